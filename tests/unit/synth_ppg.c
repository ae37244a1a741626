/* The synthetic sensor: that its light and acceleration do what its truth and parameters say. */
#include "test.h"

#include "signal/spectrum.h"
#include "synth_ppg.h"

#define TAU 6.283185307179586
#define MOST 60000

static struct plethio_ppg_sample s[MOST];
static double beat_s[2000], column[MOST];
static int samples, beats;

static struct plethio_synth_ppg quiet(void)
{
    struct plethio_synth_ppg p;
    plethio_synth_ppg_default(&p);
    p.channels = 7;
    p.rsa_ms = p.wander_ms = 0;
    p.breath_baseline = p.breath_amplitude = 0;
    p.drift_percent = p.noise_percent = p.acc_noise_g = 0;
    p.adc_bits = 24;
    return p;
}

static void make(const struct plethio_synth_ppg *p)
{
    struct plethio_ppg *ppg;
    struct plethio_error e = {""};
    samples = beats = 0;
    if (plethio_ppg_open(&ppg, p, &e) < 0) {
        printf("%s\n", e.text);
        CHECK(0);
        return;
    }
    beats = plethio_ppg_beats(ppg, beat_s, 2000);
    CHECK(beats <= 2000);
    while (samples < MOST && plethio_ppg_next(ppg, &s[samples]))
        samples++;
    CHECK(samples == MOST || plethio_ppg_next(ppg, &s[0]) == 0);
    plethio_ppg_close(&ppg);
    CHECK(ppg == NULL);
}

static double full(const struct plethio_synth_ppg *p)
{
    return ldexp(1, p->adc_bits) - 1;
}

/* One value of every sample: light of a channel, acceleration of an axis. */
static void take_light(int channel)
{
    for (int i = 0; i < samples; i++)
        column[i] = s[i].light[channel];
}

static void take_acc(int axis)
{
    for (int i = 0; i < samples; i++)
        column[i] = s[i].acc_g[axis];
}

static double mean(void)
{
    double sum = 0;
    for (int i = 0; i < samples; i++)
        sum += column[i];
    return sum / samples;
}

static double variance(void)
{
    double m = mean(), sum = 0;
    for (int i = 0; i < samples; i++)
        sum += (column[i] - m) * (column[i] - m);
    return sum / samples;
}

/* Takes the mean off and tapers with Hann. */
static void taper(void)
{
    double m = mean();
    for (int i = 0; i < samples; i++)
        column[i] = (column[i] - m) * (1 - cos(TAU * (i + 0.5) / samples));
}

/* Amplitude of the (tapered) column at a frequency; samples are even. */
static double amplitude(double hz, double rate_hz)
{
    double re, im;
    pleth_dtft(column, samples, hz / rate_hz, &re, &im);
    return 2 * sqrt(re * re + im * im) / samples;
}

/* Where it is largest. */
static double strongest(double from_hz, double to_hz, double rate_hz)
{
    double best = 0, at = 0;
    for (double f = from_hz; f <= to_hz; f += 0.002) {
        double a = amplitude(f, rate_hz);
        if (a > best) {
            best = a;
            at = f;
        }
    }
    return at;
}

/* Slope of a channel's light, relative to its mean, on the true pulse. */
static double response(int channel)
{
    double pulse = 0, xy = 0, yy = 0, m;
    take_light(channel);
    m = mean();
    for (int i = 0; i < samples; i++)
        pulse += s[i].pulse / samples;
    for (int i = 0; i < samples; i++) {
        xy += (column[i] / m - 1) * (s[i].pulse - pulse);
        yy += (s[i].pulse - pulse) * (s[i].pulse - pulse);
    }
    return -xy / yy;
}

/* ---- The body ----------------------------------------------------------------------------- */

static void test_rates(void)
{
    struct plethio_synth_ppg p = quiet();
    double sum = 0;
    /* beats, truth and light have the rate asked for; the pulse has no mean */
    for (double rate = 35; rate <= 210; rate += 35) {
        plethio_profile_constant(&p.heart, rate);
        make(&p);
        CHECK_NEAR(beats, rate, 1);
        for (int i = 1; i < beats; i++)
            CHECK_NEAR(beat_s[i] - beat_s[i - 1], 60 / rate, 1e-9);
        CHECK_NEAR(s[1234].heart_rate, rate, 1e-6);
        take_light(PLETHIO_PPG_GREEN);
        taper();
        CHECK_NEAR(60 * strongest(0.4, 4, p.rate_hz), rate, 0.3);
        for (int i = 0; i < samples; i++)
            column[i] = s[i].pulse;
        CHECK_NEAR(mean(), 0, 0.02);
    }
    /* 1 from peak to peak at 60 /min, its top at the beat */
    plethio_profile_constant(&p.heart, 60);
    p.rate_hz = 500;
    make(&p);
    double lowest = 1e9, highest = -1e9;
    for (int i = 0; i < samples; i++) {
        lowest = fmin(lowest, s[i].pulse);
        highest = fmax(highest, s[i].pulse);
    }
    CHECK_NEAR(highest - lowest, 1, 1e-3);
    for (int i = 0; i < samples; i++)
        if (s[i].pulse > highest - 1e-4)
            CHECK_NEAR(fabs(remainder(s[i].time_s - beat_s[0], 1)), 0, 0.02);
    /* a slope: as many beats as its mean says, in the truth's rate, too */
    p.rate_hz = 100;
    p.duration_s = 120;
    p.heart.points = 2;
    p.heart.per_min[0] = 35;
    p.heart.per_min[1] = 210;
    p.heart.time_s[1] = 120;
    make(&p);
    CHECK_NEAR(beats, 245, 1.01);
    for (int i = 0; i < samples; i++)
        sum += s[i].heart_rate / 60 / p.rate_hz;
    CHECK_NEAR(sum, beats, 1.01);
    CHECK_NEAR(s[6000].heart_rate, 122.5, 1.5);
    /* no beat stumbles: the wave goes on smoothly through rising rates */
    for (int i = 1; i < samples; i++)
        CHECK(fabs(s[i].pulse - s[i - 1].pulse) < 0.12);
}

static void test_breathing(void)
{
    struct plethio_synth_ppg p = quiet();
    p.duration_s = 300;
    p.rate_hz = 25;
    /* the baseline: a line at 0.25 Hz, half of it from the middle. sin(x + 0.35 sin x) has
       J0(0.35) + J2(0.35) = 0.985 of it in its fundamental, less by the wandering of the rate */
    p.breath_baseline = 0.8;
    make(&p);
    take_light(PLETHIO_PPG_GREEN);
    double level = mean();
    taper();
    CHECK_NEAR(60 * strongest(0.1, 0.6, p.rate_hz), 15, 0.4);
    double sum = 0;
    for (int i = 0; i < samples; i++)
        sum += s[i].breathing_rate / samples;
    CHECK_NEAR(sum, 15, 0.3);
    double xy = 0, yy = 0;
    for (int i = 0; i < samples; i++) {
        xy += (s[i].light[0] / level - 1) * s[i].breathing;
        yy += s[i].breathing * s[i].breathing;
    }
    CHECK_NEAR(xy / yy, 0.02 * 0.8 / 2, 2e-4);
    /* the amplitude: tops of the pulse go up and down by it */
    p.breath_baseline = 0;
    p.breath_amplitude = 0.3;
    make(&p);
    double top[2] = {1e9, 0};
    for (int k = 2; k < beats - 2; k++) {
        double highest = 0;
        for (int i = (int)(25 * beat_s[k]) - 2; i < (int)(25 * beat_s[k]) + 4; i++)
            highest = fmax(highest, s[i].pulse);
        top[0] = fmin(top[0], highest);
        top[1] = fmax(top[1], highest);
    }
    CHECK_NEAR((top[1] - top[0]) / (top[1] + top[0]), 0.3, 0.03);
    /* the frequency: intervals breathe by rsa_ms either way at 60 /min, by a quarter of it at 120
     */
    for (int k = 0; k < 2; k++) {
        double shortest = 1e9, longest = 0;
        p.rsa_ms = 60;
        plethio_profile_constant(&p.heart, k ? 120 : 60);
        make(&p);
        for (int i = 1; i < beats; i++) {
            shortest = fmin(shortest, beat_s[i] - beat_s[i - 1]);
            longest = fmax(longest, beat_s[i] - beat_s[i - 1]);
        }
        CHECK_NEAR((longest - shortest) / 2, k ? 0.015 : 0.06, k ? 0.002 : 0.006);
    }
    /* 1/f noise, of which 6 octaves of beats have all */
    p.rsa_ms = 0;
    p.wander_ms = 30;
    p.duration_s = 1000;
    plethio_profile_constant(&p.heart, 60);
    make(&p);
    double interval = (beat_s[beats - 1] - beat_s[0]) / (beats - 1), deviation = 0;
    for (int i = 1; i < beats; i++)
        deviation += pow(beat_s[i] - beat_s[i - 1] - interval, 2) / (beats - 1);
    CHECK_NEAR(sqrt(deviation), 0.03, 0.006);
}

/* ---- The light ---------------------------------------------------------------------------- */

static void test_light(void)
{
    static const double ratio[3] = {0.4, 0.7, 1.3};
    struct plethio_synth_ppg p = quiet(), other;
    static double up[MOST][PLETHIO_PPG_CHANNELS];
    for (int k = 0; k < 3; k++) {
        p.ratio = ratio[k];
        make(&p);
        CHECK_NEAR(response(PLETHIO_PPG_GREEN), 0.02, 1e-4);
        CHECK_NEAR(response(PLETHIO_PPG_INFRARED), 0.01, 1e-4);
        CHECK_NEAR(response(PLETHIO_PPG_RED) / response(PLETHIO_PPG_INFRARED), ratio[k], 1e-3);
    }
    take_light(PLETHIO_PPG_GREEN);
    CHECK_NEAR(mean() / full(&p), 0.5, 1e-3);
    /* polarity: mirrored to the last count, through noise and saturation, too */
    p.noise_percent = 0.2;
    p.level = 0.995;
    p.adc_bits = 12;
    make(&p);
    for (int i = 0; i < samples; i++)
        memcpy(up[i], s[i].light, sizeof up[i]);
    p.inverted = 1;
    make(&p);
    for (int i = 0; i < samples; i++)
        for (int c = 0; c < PLETHIO_PPG_CHANNELS; c++)
            CHECK(s[i].light[c] + up[i][c] == 4095);
    /* one channel alone has the same counts as among others */
    p.channels = 1 << PLETHIO_PPG_RED;
    make(&p);
    for (int i = 0; i < samples; i++)
        CHECK(s[i].light[PLETHIO_PPG_RED] == 4095 - up[i][PLETHIO_PPG_RED] &&
              isnan(s[i].light[PLETHIO_PPG_GREEN]) && isnan(s[i].light[PLETHIO_PPG_INFRARED]));
    /* saturation: at the limit, where the light goes beyond it, and nowhere else */
    p = quiet();
    p.adc_bits = 10;
    p.level = 1;
    p.pulse_percent = 10;
    make(&p);
    int at = 0;
    for (int i = 0; i < samples; i++) {
        double light = 1 - 0.1 * s[i].pulse;
        at += s[i].light[0] == 1023;
        CHECK_NEAR(s[i].light[0], fmin(1023, 1023 * light), 0.5000001);
        CHECK(s[i].light[0] == floor(s[i].light[0]));
    }
    CHECK(at > samples / 3 && at < samples);
    /* noise: as asked for at half of the scale and a duty of 0.1; with the root of light and duty
     */
    p = quiet();
    p.pulse_percent = 0;
    p.noise_percent = 0.1;
    for (int k = 0; k < 3; k++) {
        p.level = k == 1 ? 0.125 : 0.5;
        p.duty = k == 2 ? 0.4 : 0.1;
        make(&p);
        take_light(PLETHIO_PPG_GREEN);
        CHECK_NEAR(sqrt(variance()) / full(&p), k ? 0.0005 : 0.001, k ? 3e-5 : 6e-5);
    }
    /* lamps of 51 Hz before 50 samples a second are seen at 1 Hz, less by the time of a look; not
       at all if that is a whole period */
    p.noise_percent = 0;
    p.ambient = 0.1;
    p.flicker_hz = 51;
    p.flicker_percent = 20;
    p.duty = 0.5;
    make(&p);
    take_light(PLETHIO_PPG_GREEN);
    CHECK_NEAR(mean() / full(&p), 0.6, 1e-3);
    taper();
    double width = TAU / 2 * 51 * 0.5 / 50;
    CHECK_NEAR(amplitude(1, 50) / full(&p), 0.1 * 0.2 * sin(width) / width, 1e-4);
    p.flicker_hz = 50;
    p.duty = 1;
    make(&p);
    take_light(PLETHIO_PPG_GREEN);
    CHECK(variance() < 1);
    /* drift */
    p = quiet();
    p.pulse_percent = 0;
    p.drift_percent = 2;
    p.duration_s = 600;
    make(&p);
    take_light(PLETHIO_PPG_GREEN);
    CHECK_NEAR(sqrt(variance()) / mean(), 0.02, 0.004);
    CHECK(s[100].heart_rate == 0 && s[100].pulse == 0 && beats == 0);
    /* the same seed, the same samples; another one, others */
    plethio_synth_ppg_default(&p);
    other = p;
    make(&p);
    int n = samples;
    double green[2] = {s[700].light[0], s[2900].light[0]};
    make(&other);
    CHECK(samples == n && s[700].light[0] == green[0] && s[2900].light[0] == green[1]);
    other.seed++;
    make(&other);
    CHECK(s[700].light[0] != green[0] && s[2900].light[0] != green[1]);
}

/* ---- Motion ------------------------------------------------------------------------------- */

/* Share of the light's power between 1 and 7 Hz that the three axes of acceleration explain by
 * linear filters: the sum of their coherences (Welch, Hann, 4 s), as random motion of the three is
 * independent. */
static double coherence(double rate_hz)
{
    enum { LENGTH = 200, BINS = 24 };
    static double power[4][BINS], cross[3][BINS][2];
    double explained = 0, all = 0;
    memset(power, 0, sizeof power);
    memset(cross, 0, sizeof cross);
    for (int from = 0; from + LENGTH <= samples; from += LENGTH / 2)
        for (int b = 0; b < BINS; b++) {
            double re[4], im[4];
            for (int k = 0; k < 4; k++) {
                double piece[LENGTH], m = 0;
                for (int i = 0; i < LENGTH; i++) {
                    piece[i] = k < 3 ? s[from + i].acc_g[k] : s[from + i].light[0];
                    m += piece[i] / LENGTH;
                }
                for (int i = 0; i < LENGTH; i++)
                    piece[i] = (piece[i] - m) * (1 - cos(TAU * (i + 0.5) / LENGTH));
                pleth_dtft(piece, LENGTH, (1 + 0.25 * b) / rate_hz, &re[k], &im[k]);
                power[k][b] += re[k] * re[k] + im[k] * im[k];
            }
            for (int k = 0; k < 3; k++) {
                cross[k][b][0] += re[k] * re[3] + im[k] * im[3];
                cross[k][b][1] += im[k] * re[3] - re[k] * im[3];
            }
        }
    for (int b = 0; b < BINS; b++) {
        all += power[3][b];
        for (int k = 0; k < 3; k++)
            explained +=
                (cross[k][b][0] * cross[k][b][0] + cross[k][b][1] * cross[k][b][1]) / power[k][b];
    }
    return explained / all;
}

static void test_artefact(void)
{
    struct plethio_synth_ppg p = quiet();
    static double rest[MOST];
    double linear, bent, none;
    /* without coupling motion leaves no mark: the same counts as at rest */
    p.noise_percent = 0.02;
    make(&p);
    for (int i = 0; i < samples; i++)
        rest[i] = s[i].light[0];
    plethio_profile_constant(&p.cadence, 110);
    p.bursts_per_min = 8;
    p.tilt_deg = 20;
    p.artefact_percent = 0;
    make(&p);
    for (int i = 0; i < samples; i++)
        CHECK(s[i].light[0] == rest[i]);
    /* what is linear in it doubles with the coupling */
    double moved[2] = {0, 0};
    p.nonlinear_share = 0;
    p.noise_percent = 0;
    p.pulse_percent = 0;
    for (int k = 0; k < 2; k++) {
        p.artefact_percent = 2 + 2 * k;
        make(&p);
        take_light(PLETHIO_PPG_GREEN);
        moved[k] = sqrt(variance());
    }
    CHECK_NEAR(moved[1] / moved[0], 2, 1e-3);
    CHECK(moved[0] / full(&p) > 0.001);
    /* coherence of light and acceleration: all of it, less when it is bent, none without coupling.
       Chance explains 3 of some 300 half-overlapping pieces */
    p = quiet();
    p.duration_s = 600;
    p.bursts_per_min = 12;
    p.burst_g = 0.2;
    p.artefact_percent = 20;
    p.pulse_percent = 0;
    p.noise_percent = 0.02;
    p.nonlinear_share = 0;
    make(&p);
    linear = coherence(p.rate_hz);
    p.nonlinear_share = 1;
    make(&p);
    bent = coherence(p.rate_hz);
    p.artefact_percent = 0;
    p.pulse_percent = 2;
    make(&p);
    none = coherence(p.rate_hz);
    CHECK_NEAR(linear, 1, 0.1);
    CHECK(bent < 0.2);
    CHECK(none < 0.06);
    /* the channels feel the same motion, but not quite */
    p.artefact_percent = 5;
    p.nonlinear_share = 0.3;
    p.pulse_percent = 0;
    make(&p);
    double xy = 0, xx = 0, yy = 0;
    take_light(PLETHIO_PPG_GREEN);
    double m[2] = {mean(), 0};
    take_light(PLETHIO_PPG_INFRARED);
    m[1] = mean();
    for (int i = 0; i < samples; i++) {
        double x = s[i].light[PLETHIO_PPG_GREEN] - m[0];
        double y = s[i].light[PLETHIO_PPG_INFRARED] - m[1];
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    CHECK(xy / sqrt(xx * yy) > 0.6 && xy / sqrt(xx * yy) < 0.9999);
}

/* Power of all axes at a frequency, whatever way the sensor is mounted. */
static double moves_at(double hz, double rate_hz)
{
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        take_acc(k);
        taper();
        sum += pow(amplitude(hz, rate_hz), 2);
    }
    return sum;
}

static double gait_at(double from_hz, double to_hz, double rate_hz)
{
    double best = 0, at = 0;
    for (double f = from_hz; f < to_hz; f += 0.01) {
        double power = moves_at(f, rate_hz);
        if (power > best) {
            best = power;
            at = f;
        }
    }
    return at;
}

static void test_gait(void)
{
    struct plethio_synth_ppg p = quiet();
    /* at rest there is gravity alone */
    make(&p);
    for (int i = 0; i < samples; i += 100) {
        const double *a = s[i].acc_g;
        CHECK_NEAR(sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]), 1, 5e-4);
        CHECK(s[i].cadence == 0 && s[i].motion_g < 1e-6);
    }
    /* a gait without a swing: up and down at the cadence, g^2 / 2 for each of its waves */
    p.swing_deg = 0;
    plethio_profile_constant(&p.cadence, 120);
    p.duration_s = 120;
    make(&p);
    CHECK_NEAR(gait_at(0.6, 5, p.rate_hz), 2, 0.04);
    double sum = 0, felt = 0;
    for (int k = 0; k < 3; k++) {
        take_acc(k);
        sum += variance();
    }
    CHECK_NEAR(sum,
               0.3 * 0.3 / 2 * (1 + 0.4 * 0.4 + 0.2 * 0.2 + 0.3 * 0.3 + 0.35 * 0.35 + 0.15 * 0.15) *
                   (1 + 0.15 * 0.15),
               0.006);
    for (int i = 1000; i < samples; i++) {
        CHECK_NEAR(s[i].cadence, 120, 9);
        felt += s[i].motion_g * s[i].motion_g / (samples - 1000);
    }
    CHECK_NEAR(felt, sum, 0.1 * sum);
    /* twice as fast, four times as deep: 160 against 80 steps a minute */
    double depth[2];
    for (int k = 0; k < 2; k++) {
        plethio_profile_constant(&p.cadence, k ? 160 : 80);
        make(&p);
        depth[k] = 0;
        for (int i = 1000; i < samples; i++)
            depth[k] += s[i].motion_g * s[i].motion_g;
    }
    CHECK_NEAR(sqrt(depth[1] / depth[0]), 4, 0.3);
    /* an arm that swings does so at half the cadence: gravity's share of it, sin(swing), against
       the tangential acceleration 0.5 m * swing * (pi * cadence)^2 */
    p.gait_g = 0;
    p.swing_deg = 10;
    plethio_profile_constant(&p.cadence, 120);
    make(&p);
    CHECK_NEAR(gait_at(0.5, 5, p.rate_hz), 1, 0.03);
    double swing = 10 * TAU / 360, along = swing - 0.5 / 9.80665 * swing * pow(TAU / 2 * 2, 2);
    sum = 0;
    for (int k = 0; k < 3; k++) {
        take_acc(k);
        sum += variance();
    }
    CHECK_NEAR(sqrt(sum), fabs(along) / sqrt(2), 0.08 * fabs(along));
    /* rests: no motion a few seconds after the last step, and then again steps */
    p = quiet();
    p.cadence.points = 4;
    p.cadence.time_s[0] = p.cadence.time_s[1] = 20;
    p.cadence.time_s[2] = p.cadence.time_s[3] = 40;
    p.cadence.per_min[0] = p.cadence.per_min[3] = 100;
    make(&p);
    for (int i = 0; i < samples; i++) {
        double t = s[i].time_s;
        if (t > 2 && t < 20)
            CHECK(s[i].cadence > 90 && s[i].motion_g > 0.1);
        if (t > 28 && t < 40)
            CHECK(s[i].cadence == 0 && s[i].motion_g < 0.02);
        if (t > 44)
            CHECK(s[i].cadence > 90 && s[i].motion_g > 0.1);
    }
    /* bursts: about as many seconds of motion as there are bursts of some 1.7 s */
    p = quiet();
    p.duration_s = 600;
    p.bursts_per_min = 6;
    make(&p);
    int moving = 0;
    for (int i = 0; i < samples; i++)
        moving += s[i].motion_g > 0.05;
    CHECK(moving > samples / 10 && moving < samples * 6 / 10);
}

/* ---- Time --------------------------------------------------------------------------------- */

static void test_time(void)
{
    struct plethio_synth_ppg p = quiet();
    int off = 0;
    make(&p);
    CHECK(samples == 3000);
    for (int i = 0; i < samples; i++)
        CHECK_NEAR(s[i].time_s, i / 50.0, 1e-12);
    p.gaps.n = 2;
    p.gaps.start_s[0] = 40;
    p.gaps.length_s[0] = 2;
    p.gaps.start_s[1] = 10;
    p.gaps.length_s[1] = 3.5;
    make(&p);
    CHECK(samples == 3000 - 275);
    CHECK_NEAR(s[499].time_s, 9.98, 1e-9);
    CHECK_NEAR(s[500].time_s, 13.5, 1e-9);
    /* uneven and missing */
    p.gaps.n = 0;
    p.jitter_ms = 3;
    p.drop_percent = 10;
    p.duration_s = 600;
    make(&p);
    CHECK_NEAR(samples / 30000.0, 0.9, 0.01);
    double deviation = 0;
    for (int i = 1; i < samples; i++) {
        double step = s[i].time_s * 50;
        CHECK(s[i].time_s > s[i - 1].time_s);
        deviation += pow((step - floor(step + 0.5)) / 50, 2) / samples;
    }
    CHECK_NEAR(sqrt(deviation), 0.003, 1e-4);
    /* off the wrist: the sensor sees nobody, and lies still */
    p = quiet();
    plethio_profile_constant(&p.cadence, 120);
    p.off_wrist.n = 1;
    p.off_wrist.start_s[0] = 20;
    p.off_wrist.length_s[0] = 10;
    p.ambient = 0.05;
    make(&p);
    for (int i = 0; i < samples; i++) {
        int out = s[i].time_s >= 20 && s[i].time_s < 30;
        const double *a = s[i].acc_g;
        CHECK(s[i].on_wrist == !out);
        off += out;
        if (!out) {
            CHECK(s[i].heart_rate > 70);
            continue;
        }
        CHECK(s[i].heart_rate == 0 && s[i].breathing_rate == 0 && s[i].pulse == 0 &&
              s[i].cadence == 0);
        CHECK_NEAR(s[i].light[0] / full(&p), 0.5 / 20 + 4 * 0.05, 1e-6);
        CHECK(s[i].time_s < 20.1 || fabs(sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]) - 1) < 5e-4);
    }
    CHECK(off == 500);
    /* the heart goes on */
    CHECK_NEAR(beats, 72, 1);
    /* the fastest, the shortest */
    p.rate_hz = 1000;
    p.duration_s = 1;
    make(&p);
    CHECK(samples == 1000);
}

/* ---- Anybody ------------------------------------------------------------------------------ */

static void test_draw(void)
{
    double slowest = 300, fastest = 0, steps = 0;
    int resting = 0, inverted = 0, saturated = 0, worn = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct plethio_synth_ppg p, q;
        struct plethio_error e = {""};
        plethio_synth_ppg_default(&p);
        p.duration_s = 300;
        p.rate_hz = 25;
        q = p;
        q.level = 0.1; /* does not matter */
        plethio_synth_ppg_draw(&p, seed);
        plethio_synth_ppg_draw(&q, seed);
        CHECK(memcmp(&p, &q, sizeof p) == 0 && p.duration_s == 300 && p.rate_hz == 25);
        if (plethio_synth_ppg_check(&p, &e) < 0) {
            printf("seed %d: %s\n", (int)seed, e.text);
            CHECK(0);
        }
        inverted += p.inverted;
        resting += plethio_profile_at(&p.cadence, 150) == 0;
        steps = fmax(steps, plethio_profile_at(&p.cadence, 150));
        for (int i = 0; i < p.heart.points; i++) {
            slowest = fmin(slowest, p.heart.per_min[i]);
            fastest = fmax(fastest, p.heart.per_min[i]);
        }
        if (seed % 20)
            continue;
        make(&p);
        CHECK(samples > 5000);
        for (int i = 0; i < samples; i++) {
            worn += s[i].on_wrist;
            saturated += s[i].on_wrist && (s[i].light[0] == 0 || s[i].light[0] == full(&p));
        }
    }
    CHECK(slowest < 42 && slowest >= 35);
    CHECK(fastest > 190 && fastest <= 212);
    CHECK(steps > 180 && resting > 120 && resting < 320);
    CHECK(inverted > 60 && inverted < 140);
    CHECK(saturated < worn / 100);
}

static void test_refusals(void)
{
    struct plethio_synth_ppg p;
    struct plethio_error e;
    struct plethio_ppg *ppg;
#define REFUSED(change, word)                                                                      \
    do {                                                                                           \
        plethio_synth_ppg_default(&p);                                                             \
        change;                                                                                    \
        e.text[0] = '\0';                                                                          \
        CHECK(plethio_synth_ppg_check(&p, &e) < 0 && strstr(e.text, word) &&                       \
              !strchr(e.text, '\n'));                                                              \
        CHECK(plethio_ppg_open(&ppg, &p, &e) < 0 && ppg == NULL);                                  \
    } while (0)
    plethio_synth_ppg_default(&p);
    CHECK(plethio_synth_ppg_check(&p, &e) == 0);
    REFUSED(p.rate_hz = 19, "rate");
    REFUSED(p.rate_hz = (double)NAN, "rate");
    REFUSED(p.duration_s = 1e6, "duration");
    REFUSED(p.channels = 0, "channels");
    REFUSED(p.channels = 8, "channels");
    REFUSED(p.heart.per_min[0] = 300, "pulse rate");
    REFUSED(p.breathing.per_min[0] = 0, "breathing");
    REFUSED(p.cadence.per_min[0] = 300, "cadence");
    REFUSED(p.cadence.per_min[0] = 5, "cadence");
    REFUSED(p.ratio = 0, "ratio");
    REFUSED(p.pulse_width = 2, "width");
    REFUSED(p.duty = 0, "duty");
    REFUSED(p.level = -1, "level");
    REFUSED(p.adc_bits = 25, "bits");
    REFUSED(p.bursts_per_min = 13, "bursts");
    REFUSED(p.jitter_ms = 10, "jitter");
    REFUSED((p.gaps.n = 1, p.gaps.start_s[0] = -1), "gaps");
    REFUSED((p.off_wrist.n = 1, p.off_wrist.length_s[0] = 0), "off the wrist");
    REFUSED(p.off_wrist.n = 33, "off the wrist");
}

int main(void)
{
    test_rates();
    test_breathing();
    test_light();
    test_artefact();
    test_gait();
    test_time();
    test_draw();
    test_refusals();
    return test_done();
}
