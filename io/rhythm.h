/* A body's rhythms over time, for whatever is synthesised from them (a face: synth.h, a sensor on
 * the skin: synth_ppg.h): breathing, beats, when samples are taken, and the random numbers for all
 * of it. Everything is a function of the parameters and the seed alone. */
#ifndef PLETHIO_RHYTHM_H
#define PLETHIO_RHYTHM_H

#include <stdint.h>

#include "error.h"

/* ---- Random numbers as a function of (seed, stream, index): no state to carry ------------- */

/* One a purpose, so that no draw moves another. */
enum plethio_stream {
    STREAM_DRAW = 1,
    STREAM_DROP,
    STREAM_JITTER,
    STREAM_BEATS,
    STREAM_EXPOSURE,
    STREAM_BLINK,
    STREAM_START,
    STREAM_SAMPLE,
    STREAM_CODEC,
    STREAM_WOBBLE,
    STREAM_LOOK = 100,
    STREAM_BLOTCH,
    STREAM_ROOM = 120,
    STREAM_GRAIN,
    STREAM_GRAIN_AT,
    STREAM_SENSOR = 140,
    STREAM_SENSOR_NOISE,
    STREAM_SENSOR_WOBBLE,
    STREAM_BURST
};

double plethio_uniform(uint64_t seed, uint32_t stream, uint32_t index); /* 0 <= x < 1 */
double plethio_normal(uint64_t seed, uint32_t stream, uint32_t index);

/* u in 0..1 to low..high: evenly, and with an even logarithm. */
double plethio_between(double low, double high, double u);
double plethio_log_between(double low, double high, double u);

/* From 0 at x <= 0 to 1 at x >= 1 without a corner. */
double plethio_smooth(double x);

/* A smooth random function of time with mean square 1: sinusoids between two frequencies. */
#define PLETHIO_WAVES 6
struct plethio_wobble {
    double frequency_hz[PLETHIO_WAVES], phase[PLETHIO_WAVES];
};
void plethio_wobble_make(struct plethio_wobble *w, uint64_t seed, uint32_t stream, uint32_t number,
                         double low_hz, double high_hz);
double plethio_wobble_at(const struct plethio_wobble *w, double t);

/* ---- Rates over time ---------------------------------------------------------------------- */

#define PLETHIO_SYNTH_POINTS 32

/* A rate over time: straight lines between points, the first and last value outside. Times do not
 * decrease; two points at one time are a step. */
struct plethio_profile {
    int points;
    double time_s[PLETHIO_SYNTH_POINTS], per_min[PLETHIO_SYNTH_POINTS];
};

void plethio_profile_constant(struct plethio_profile *profile, double per_min);
double plethio_profile_at(const struct plethio_profile *profile, double t);

/* 0, or -1 and e naming what is out of its range. */
int plethio_check_range(const char *name, double value, double low, double high,
                        struct plethio_error *e);
int plethio_check_profile(const char *name, const struct plethio_profile *profile, double low,
                          double high, struct plethio_error *e);

/* ---- Breath and beats --------------------------------------------------------------------- */

/* Of STREAM_WOBBLE: the number that the breath's rate takes. */
#define PLETHIO_WOBBLE_BREATH 8

/* Beat follows beat at 60 / rate, lengthened and shortened with breathing by rsa_ms (amplitude) and
 * by 1/f noise of wander_ms (deviation), both times (interval / 1 s)^shrink, and by no more than
 * 0.3 of the interval. */
struct plethio_rhythm_options {
    uint64_t seed;
    double duration_s;
    const struct plethio_profile *heart, *breathing;
    double rsa_ms, wander_ms, shrink;
};

struct plethio_rhythm {
    int beats; /* the first one before time 0, the last one after the end */
    double *beat_s;
    int breaths; /* points of the breathing phase, evenly spaced */
    double *breath;
};

/* 0, or -1 without memory; free with plethio_rhythm_free in either case. */
int plethio_rhythm_make(struct plethio_rhythm *r, const struct plethio_rhythm_options *o);
void plethio_rhythm_free(struct plethio_rhythm *r);

/* Index of the last beat at or before t, 0..beats - 2. */
int plethio_rhythm_beat(const struct plethio_rhythm *r, double t);

/* Breathing at t: quick in, slow out, -1..1, 1 is full lungs; its rate per minute. */
double plethio_rhythm_breath(const struct plethio_rhythm *r, double t);
double plethio_rhythm_breathing_rate(const struct plethio_rhythm *r, double t);

/* ---- Samples ------------------------------------------------------------------------------ */

/* Does sample k of the even grid exist, when drop_percent of them are missing? The first one always
 * does. */
int plethio_sample_kept(uint64_t seed, int k, double drop_percent);

/* It is taken at k / rate, give or take jitter_ms (deviation); samples never swap. */
double plethio_sample_time(uint64_t seed, int k, double rate_hz, double jitter_ms);

#endif
