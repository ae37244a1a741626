/* A sensor on the skin of a body of known pulse, breathing and motion: the physics of
 * `pleth synth --ppg`, without files.
 *
 * Light of channel c = level * (1 - perfusion[c] * blood(t)) * (1 + drift(t)) * (1 +
 * artefact[c](t))
 * + ambient light, then shot noise and an ADC. Pulse: Gaussian hills over each beat (McSharry et
 * al., IEEE TBME 50 (2003) 289; for PPG Tang et al., doi:10.1038/s41598-020-69076-x), their widths
 * in seconds with the square root of the interval. docs/SYNTH.md has the whole model.
 * Everything is a function of the parameters and the seed alone. */
#ifndef PLETHIO_SYNTH_PPG_H
#define PLETHIO_SYNTH_PPG_H

#include <stdint.h>

#include "error.h"
#include "rhythm.h"

enum plethio_ppg_channel {
    PLETHIO_PPG_GREEN,
    PLETHIO_PPG_RED,
    PLETHIO_PPG_INFRARED,
    PLETHIO_PPG_CHANNELS
};

/* "green", "red", "infrared", or NULL outside the enum. */
const char *plethio_ppg_channel_name(int channel);

/* Spells of time, in any order. */
#define PLETHIO_SPELLS 32
struct plethio_spells {
    int n;
    double start_s[PLETHIO_SPELLS], length_s[PLETHIO_SPELLS];
};

struct plethio_synth_ppg {
    uint64_t seed;
    double duration_s, rate_hz; /* 1..86400, 20..1000 */
    int channels;               /* bits 1 << plethio_ppg_channel, at least one */

    /* pulse 30..240 /min. Interval between beats: 60 / rate, lengthened and shortened with
       breathing by rsa_ms (amplitude, 0..200) and by 1/f noise of wander_ms (deviation, 0..100),
       both at 60 /min: they shrink with the square of the interval */
    struct plethio_profile heart;
    double rsa_ms, wander_ms;
    /* light lost from peak to peak of the pulse at 60 /min, per cent of green's, 0..20; infrared
       loses half of that, red `ratio` (0.2..3) times as much as infrared: the ratio of ratios */
    double pulse_percent, ratio;
    /* width of the wave's hills against the usual one, 0.5..1.6; height of the second hill against
       the first, 0..0.6 */
    double pulse_width, dicrotic;
    /* breathing 3..60 /min; its marks on the pulse wave: baseline, from peak to peak, 0..3 of the
       pulse's, and amplitude, either way, 0..0.9 of the pulse's */
    struct plethio_profile breathing;
    double breath_baseline, breath_amplitude;
    /* slow wandering of the light (0.005 to 0.08 Hz), per cent, 0..20 */
    double drift_percent;

    /* gait: steps per minute, 0 (at rest) or 20..240. Up and down at the cadence and its multiples,
       gait_g (0..4) at 120 /min and with the cadence's square; sideways at half of it, at which the
       arm swings swing_deg (0..90) either way */
    struct plethio_profile cadence;
    double gait_g, swing_deg;
    /* random motion: spells of some seconds, bursts_per_min (0..12), of 1 to 8 Hz and burst_g
       (0..8) deep; slow turning of the wrist by tilt_deg (0..90) */
    double bursts_per_min, burst_g, tilt_deg;
    /* noise of a sample of an axis, deviation, g, 0..1; the axes round to 1/4096 g, +-8 g */
    double acc_noise_g;
    /* motion in the light: per cent of it and g of acceleration, 0..100, behind a linear filter of
       each channel's own; share of it (0..1) that is rectified instead of linear */
    double artefact_percent, nonlinear_share;

    /* light that comes back without pulse and motion, 0.001..4 of full scale; what is left of the
       surroundings' in it, 0..2, flickering flicker_hz (0..1000) times a second by flicker_percent
       (0..100) either way, averaged over the duty (0.001..1) of a sample's time in which the sensor
       looks */
    double level, ambient, flicker_hz, flicker_percent, duty;
    /* deviation of a sample's noise, per cent of full scale at half of it and a duty of 0.1, 0..10:
       with the square root of the light, and of 1 / duty */
    double noise_percent;
    int adc_bits; /* 8..24: counts 0..2^bits - 1 */
    int inverted; /* counts fall with the light, so that they rise with the blood */

    /* times scatter by jitter_ms (deviation; 0.. a third of the step), drop_percent (0..80) of the
       samples are missing, and all in gaps */
    double jitter_ms, drop_percent;
    struct plethio_spells gaps;
    /* the sensor lies on a table: a twentieth of the light, four times the ambient, no motion */
    struct plethio_spells off_wrist;
};

/* A person sitting still: 60 s, green at 50 Hz, pulse 72, breathing 15 /min. */
void plethio_synth_ppg_default(struct plethio_synth_ppg *p);

/* Anybody, from sleep to sprint, with any plausible sensor. Duration, rate and channels are kept as
 * they are in *p. */
void plethio_synth_ppg_draw(struct plethio_synth_ppg *p, uint64_t seed);

/* The ratio of ratios 0.2..3 at which a sensor's curve a + b R + c R^2 (per cent) falls through
 * this saturation: 0, or -1 where it does not. */
int plethio_ppg_ratio(const double curve[3], double saturation_percent, double *ratio);

/* 0, or -1 and e naming the field that is out of its range. */
int plethio_synth_ppg_check(const struct plethio_synth_ppg *p, struct plethio_error *e);

/* One instant and its truth. */
struct plethio_ppg_sample {
    double time_s;
    /* counts of plethio_ppg_channel, whole; NAN where a channel is absent */
    double light[PLETHIO_PPG_CHANNELS];
    double acc_g[3];
    /* 60 / the interval between beats that this time is in: its mean over a span of time is the
       number of beats in it; breathing_rate likewise. 0 where the sensor sees none: off the wrist,
       and without a pulse, which breathing modulates */
    double heart_rate, breathing_rate;
    /* blood volume, 1 from peak to peak at 60 /min, mean 0, without breathing's baseline; breathing
       -1..1, 1 is full lungs. 0 where there is none */
    double pulse, breathing;
    /* steps per minute, 0 at rest; root mean square of acceleration without gravity over the last
       second, g */
    double cadence, motion_g;
    int on_wrist;
};

struct plethio_ppg;

/* Samples in order, in less than 1 MB of memory for every hour. Free with plethio_ppg_close. 0, or
 * -1 and e (parameters, memory). */
int plethio_ppg_open(struct plethio_ppg **ppg, const struct plethio_synth_ppg *p,
                     struct plethio_error *e);
/* 1, or 0 after the last sample. */
int plethio_ppg_next(struct plethio_ppg *ppg, struct plethio_ppg_sample *sample);
/* Times of the heart's beats (tops of the pulse wave) from 0 to the duration, on the wrist or not,
 * in beat_s[capacity]; returns how many there are: none without a pulse. */
int plethio_ppg_beats(const struct plethio_ppg *ppg, double *beat_s, int capacity);
void plethio_ppg_close(struct plethio_ppg **ppg);

#endif
