/* Scores against hand-worked figures and against their definitions written out plainly. */
#include "score.h"

#include <math.h>
#include <stdint.h>

#include "pleth/pleth.h"
#include "test.h"

static const double pi = 3.14159265358979323846;
static double work[SCORE_WORK(2048)];

static double noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24) - 0.5;
}

static void sine(float *x, int n, double per_min, double rate_hz, double phase, double noise_level)
{
    uint32_t state = 1;
    for (int i = 0; i < n; i++)
        x[i] =
            (float)(sin(2 * pi * per_min / 60 * i / rate_hz + phase) + noise_level * noise(&state));
}

static void test_rates(void)
{
    enum { N = 600 };
    float estimate[N], label[N];
    struct score_wave_options o = {SCORE_PLAIN, SCORE_FFT, 0, 30, 0.65, 3.7};
    struct score_window w;

    sine(estimate, N, 72.3, 30, 1, 0.2);
    sine(label, N, 72.3, 30, 0, 0);
    CHECK(score_waves(estimate, label, N, &o, &w, work) == PLETH_OK);
    CHECK_NEAR(w.label_rate, 72.3, 0.02);
    CHECK_NEAR(w.estimate_rate, 72.3, 0.1);
    CHECK(w.snr_db > 10);
    CHECK(w.macc > 0.95 && w.macc <= 1);

    o.rates = SCORE_PEAK;
    CHECK(score_waves(estimate, label, N, &o, &w, work) == PLETH_OK);
    CHECK_NEAR(w.label_rate, 72.3, 0.1);
    CHECK_NEAR(w.estimate_rate, 72.3, 0.5);

    /* the toolbox's grid: 30 Hz / 1024, bin 41 is 72.07 /min */
    o = (struct score_wave_options){SCORE_TOOLBOX, SCORE_FFT, 0, 30, 0.6, 3.3};
    CHECK(score_waves(estimate, label, N, &o, &w, work) == PLETH_OK);
    CHECK_NEAR(w.label_rate, 41 * 30.0 / 1024 * 60, 1e-9);

    /* twice the label's rate is inside the band and counts as signal, three times does not */
    sine(estimate, N, 144.6, 30, 0, 0);
    CHECK(score_waves(estimate, label, N, &o, &w, work) == PLETH_OK && w.snr_db > 3);
    sine(estimate, N, 190, 30, 0, 0);
    CHECK(score_waves(estimate, label, N, &o, &w, work) == PLETH_OK && w.snr_db < -10);
}

static void test_differences(void)
{
    enum { N = 400 };
    float level[N], step[N];
    struct score_wave_options o = {SCORE_PLAIN, SCORE_FFT, 0, 30, 0.65, 3.7};
    double a[N], b[N];

    sine(level, N, 90, 30, 0, 0.3);
    for (int i = 0; i < N; i++)
        step[i] = level[i] - (i ? level[i - 1] : 0);
    CHECK(score_prepare(level, N, &o, a, work) == PLETH_OK);
    o.differences = 1;
    CHECK(score_prepare(step, N, &o, b, work) == PLETH_OK);
    for (int i = 0; i < N; i++)
        CHECK_NEAR(b[i], a[i], 1e-5);
}

/* the definition, shift by shift */
static double plain_macc(const double *a, const double *b, int n, int shifts)
{
    double best = 0;
    for (int shift = 0; shift < shifts; shift++) {
        double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
        for (int i = 0; i < n; i++) {
            ma += a[i] / n;
            mb += b[i] / n;
        }
        for (int i = 0; i < n; i++) {
            double x = a[i] - ma, y = b[(i - shift + n) % n] - mb;
            aa += x * x;
            bb += y * y;
            ab += x * y;
        }
        best = fmax(best, fabs(ab / sqrt(aa * bb)));
    }
    return best;
}

static void test_macc(void)
{
    static const int lengths[] = {10, 11, 64, 101, 300};
    double a[300], b[300];
    uint32_t state = 7;

    for (int k = 0; k < 5; k++) {
        int n = lengths[k];
        for (int i = 0; i < n; i++) {
            a[i] = noise(&state) + 3;
            b[i] = noise(&state) - 1;
        }
        CHECK_NEAR(score_macc(a, b, n, SCORE_TOOLBOX, work), plain_macc(a, b, n, n - 1), 1e-12);
        CHECK_NEAR(score_macc(a, b, n, SCORE_PLAIN, work), plain_macc(a, b, n, n), 1e-12);
        /* turned by the one shift that the toolbox leaves out */
        for (int i = 0; i < n; i++)
            b[(i + 1) % n] = -a[i];
        CHECK_NEAR(score_macc(a, b, n, SCORE_PLAIN, work), 1, 1e-12);
        CHECK(score_macc(a, b, n, SCORE_TOOLBOX, work) < 0.999);
    }
    for (int i = 0; i < 20; i++)
        b[i] = 5;
    CHECK(isnan(score_macc(a, b, 20, SCORE_PLAIN, work)));
}

static void test_bad_windows(void)
{
    float x[64];
    struct score_wave_options o = {SCORE_PLAIN, SCORE_FFT, 0, 30, 0.65, 3.7};
    struct score_window w;

    sine(x, 64, 90, 30, 0, 0);
    CHECK(score_waves(x, x, SCORE_WINDOW_MIN - 1, &o, &w, work) == PLETH_EINVAL);
    CHECK(score_waves(x, x, SCORE_WINDOW_MAX + 1, &o, &w, work) == PLETH_EINVAL);
    o.hi_hz = 15;
    CHECK(score_waves(x, x, 64, &o, &w, work) == PLETH_EINVAL);
    /* a band between two bins of a short window holds no peak */
    o = (struct score_wave_options){SCORE_TOOLBOX, SCORE_FFT, 0, 30, 2, 2.1};
    CHECK(score_waves(x, x, 16, &o, &w, work) == PLETH_OK && isnan(w.label_rate));
}

static struct score_pair pair(int person, int recording, double reference, double estimate,
                              int answered, double quality)
{
    struct score_pair p = score_pair_of(reference, estimate);
    p.person = person;
    p.recording = recording;
    p.answered = answered;
    p.quality = quality;
    return p;
}

static void test_summary(void)
{
    const double none = (double)NAN;
    /* errors 2, 4, none, 6; references around 70: median 70, mean distance 15 */
    struct score_pair p[4] = {pair(0, 0, 60, 62, 1, 0.9), pair(0, 0, 80, 76, 1, 0.8),
                              pair(1, 1, 50, none, 0, none), pair(1, 2, 90, 96, 0, 0.4)};
    struct score_summary s;
    const double share[4] = {0.25, 0.5, 0.75, 1};
    double risk[4];

    score_summarize(p, 4, SCORE_PLAIN, 10, &s, work);
    CHECK(s.n == 4 && s.people == 2 && s.recordings == 3);
    CHECK_NEAR(s.constant_error, 15, 1e-12);
    CHECK_NEAR(s.coverage, 0.5, 0);
    CHECK_NEAR(s.missing, 0.25, 0);
    CHECK_NEAR(s.mae.value, (2 + 4 + 15 + 6) / 4.0, 1e-12);
    CHECK_NEAR(s.mae_answered, 3, 1e-12);
    CHECK_NEAR(s.mae_recordings, (3 + 15 + 6) / 3.0, 1e-12);
    CHECK_NEAR(s.median_error, 5, 1e-12);
    CHECK_NEAR(s.largest_error, 15, 1e-12);
    CHECK_NEAR(s.rmse.value, sqrt((4 + 16 + 225 + 36) / 4.0), 1e-12);
    CHECK_NEAR(s.mape.value, 100 * (2 / 60.0 + 4 / 80.0 + 15 / 50.0 + 6 / 90.0) / 4, 1e-12);
    CHECK_NEAR(s.bias, (2 - 4 + 6) / 3.0, 1e-12);
    CHECK(isnan(s.snr.value) && isnan(s.macc.value));
    /* two people of mean error 3 and 10.5: resampled means 3, 6.75 (twice as often), 10.5 */
    CHECK_NEAR(s.mae.se, 3.75 / sqrt(2), 0.15);

    /* the surest first; the one without a guess last */
    CHECK(score_risk(p, &s, 4, share, risk, work) == SCORE_BY_QUALITY);
    CHECK_NEAR(risk[0], 2, 1e-12);
    CHECK_NEAR(risk[1], 3, 1e-12);
    CHECK_NEAR(risk[2], 4, 1e-12);
    CHECK_NEAR(risk[3], s.mae.value, 1e-12);

    /* references that do not differ: silence still costs the floor */
    for (int i = 0; i < 4; i++)
        p[i] = pair(0, 0, 70, none, 0, none);
    score_summarize(p, 4, SCORE_PLAIN, 10, &s, work);
    CHECK_NEAR(s.mae.value, 10, 1e-12);
    CHECK(isnan(s.mae.se) && isnan(s.mae_answered) && isnan(s.pearson.value));
    CHECK(score_risk(p, &s, 4, share, risk, work) == SCORE_UNSURE);

    score_summarize(p, 0, SCORE_PLAIN, 10, &s, work);
    CHECK(s.n == 0 && s.people == 0 && isnan(s.mae.value) && isnan(s.median_error));
}

static void test_toolbox_summary(void)
{
    struct score_pair p[3] = {pair(0, 0, 60, 61, 1, 1), pair(1, 1, 80, 78, 1, 1),
                              pair(2, 2, 100, 106, 1, 1)};
    struct score_summary s;
    double sd;

    for (int i = 0; i < 3; i++)
        p[i].snr_db = i;
    score_summarize(p, 3, SCORE_TOOLBOX, 10, &s, work);
    sd = sqrt(((1 - 3) * (1 - 3) + (2 - 3) * (2 - 3) + (6 - 3) * (6 - 3)) / 3.0);
    CHECK_NEAR(s.mae.value, 3, 1e-12);
    CHECK_NEAR(s.mae.se, sd / sqrt(3), 1e-12);
    CHECK_NEAR(s.snr.value, 1, 1e-12);
    CHECK_NEAR(s.snr.se, sqrt(2 / 3.0) / sqrt(3), 1e-12);
    /* sums of squares: 900 between, 800 and 1032.7 within */
    CHECK_NEAR(s.pearson.value, 900 / sqrt(800 * 1032.6666666666667), 1e-9);
    CHECK_NEAR(s.pearson.se, sqrt((1 - s.pearson.value * s.pearson.value) / 1), 1e-12);
}

/* With one window a person, the bootstrap's standard error is that of a mean. */
static void test_bootstrap(void)
{
    enum { N = 400 };
    static struct score_pair p[N];
    struct score_summary plain, toolbox;
    uint32_t state = 3;

    for (int i = 0; i < N; i++)
        p[i] = pair(i, i, 70, 70 + 20 * noise(&state), 1, 1);
    score_summarize(p, N, SCORE_PLAIN, 10, &plain, work);
    score_summarize(p, N, SCORE_TOOLBOX, 10, &toolbox, work);
    CHECK_NEAR(plain.mae.se / toolbox.mae.se, 1, 0.08);
    /* all windows of ten people: people count, not windows */
    for (int i = 0; i < N; i++)
        p[i] = pair(i / 40, i / 40, 70, 70 + i / 40, 1, 1);
    score_summarize(p, N, SCORE_PLAIN, 10, &plain, work);
    CHECK_NEAR(plain.mae.se, sqrt(8.25 / 10), 0.08);
}

/* Equally sure windows go together; where nothing has a quality the sd counts. */
static void test_risk(void)
{
    const double share[3] = {1 / 4.0, 3 / 4.0, 1};
    struct score_pair p[4] = {pair(0, 0, 70, 71, 1, 0.5), pair(0, 0, 70, 72, 1, 0.5),
                              pair(0, 0, 70, 76, 1, 0.5), pair(0, 0, 70, 78, 1, 0.4)};
    struct score_summary s;
    double risk[3];

    score_summarize(p, 4, SCORE_PLAIN, 10, &s, work);
    CHECK(score_risk(p, &s, 3, share, risk, work) == SCORE_BY_QUALITY);
    CHECK_NEAR(risk[0], 3, 1e-12);
    CHECK_NEAR(risk[1], 3, 1e-12);
    CHECK_NEAR(risk[2], 17 / 4.0, 1e-12);
    for (int i = 0; i < 4; i++) {
        p[i].quality = (double)NAN;
        p[i].sd = 4 - i;
    }
    CHECK(score_risk(p, &s, 3, share, risk, work) == SCORE_BY_SD);
    CHECK_NEAR(risk[0], 8, 1e-12);
    CHECK_NEAR(risk[1], 16 / 3.0, 1e-12);
}

/* the definition: the integral of (F(x) - [x >= truth])^2 */
static double plain_crps(double mean, double sd, double truth)
{
    const double step = 1e-4;
    double sum = 0;
    for (double x = mean - 12 * sd + step / 2; x < mean + 12 * sd; x += step) {
        double f = 0.5 * erfc(-(x - mean) / (sd * sqrt(2)));
        sum += (f - (x >= truth)) * (f - (x >= truth)) * step;
    }
    return sum;
}

static void test_intervals(void)
{
    const double error[5] = {0.6, -0.7, 1.6, -1.7, 3}, nominal[3] = {0.5, 0.9, 1};
    struct score_pair p[7];
    struct score_intervals x;
    double observed[3];

    CHECK_NEAR(score_crps(70, 2, 70), 2 * (sqrt(2 / pi) - 1 / sqrt(pi)), 1e-12);
    CHECK_NEAR(score_crps(70, 1.5, 73), plain_crps(70, 1.5, 73), 1e-4);
    CHECK_NEAR(score_crps(70, 0.8, 69.5), plain_crps(70, 0.8, 69.5), 1e-4);
    /* a distribution that is a point has the absolute error */
    CHECK_NEAR(score_crps(70, 1e-9, 75), 5, 1e-6);

    /* in units of sd = 2; two windows have no interval, one with an interval is not answered */
    for (int i = 0; i < 5; i++) {
        p[i] = pair(0, 0, 70 + 2 * error[i], 70, i < 4, (double)NAN);
        p[i].sd = 2;
    }
    p[5] = pair(0, 0, 70, 70, 1, (double)NAN);
    p[6] = pair(0, 0, 70, (double)NAN, 0, (double)NAN);
    p[6].sd = 2;
    score_intervals(p, 7, 0, &x);
    CHECK(x.n == 5);
    CHECK_NEAR(x.coverage_50, 1 / 5.0, 1e-12);
    CHECK_NEAR(x.coverage_90, 3 / 5.0, 1e-12);
    CHECK_NEAR(x.width_50, 4 * 0.67448975, 1e-7);
    CHECK_NEAR(x.width_90, 4 * 1.64485363, 1e-7);
    CHECK(score_calibration(p, 7, 0, 3, nominal, observed) == 5);
    CHECK_NEAR(observed[0], x.coverage_50, 1e-12);
    CHECK_NEAR(observed[1], x.coverage_90, 1e-12);
    CHECK_NEAR(observed[2], 1, 1e-12);
    score_intervals(p, 7, 1, &x);
    CHECK(x.n == 4);
    CHECK_NEAR(x.coverage_90, 3 / 4.0, 1e-12);
    CHECK_NEAR(x.crps,
               (plain_crps(70, 2, 71.2) + plain_crps(70, 2, 68.6) + plain_crps(70, 2, 73.2) +
                plain_crps(70, 2, 66.6)) /
                   4,
               1e-4);
    score_intervals(p + 5, 2, 0, &x);
    CHECK(x.n == 0 && isnan(x.coverage_90) && isnan(x.crps));
}

static void test_reliability(void)
{
    struct score_pair p[5] = {pair(0, 0, 70, 75, 1, 0.92), pair(0, 0, 70, 76, 1, 1),
                              pair(0, 0, 70, 70, 0, 0.25), pair(0, 0, 70, 70, 0, (double)NAN),
                              pair(0, 0, 70, (double)NAN, 0, 0.25)};
    struct score_bin bin[SCORE_BINS];

    CHECK(score_reliability(p, 5, 5, bin) == 3);
    CHECK(bin[9].n == 2 && bin[2].n == 1 && bin[0].n == 0);
    CHECK_NEAR(bin[9].quality, 0.96, 1e-12);
    CHECK_NEAR(bin[9].right, 0.5, 1e-12);
    CHECK_NEAR(bin[2].right, 1, 0);
    CHECK(isnan(bin[0].quality));
}

static void test_cadence_lock(void)
{
    /* on it, on its half, on its double; right; wrong elsewhere; no cadence; no guess */
    const double row[8][3] = {{120, 158, 160},       {120, 82, 160},       {70, 177, 90},
                              {120, 118, 118},       {120, 100, 160},      {120, 158, 0},
                              {70, 90, (double)NAN}, {70, (double)NAN, 90}};
    struct score_pair p[8];
    struct score_lock lock;

    for (int i = 0; i < 8; i++) {
        p[i] = pair(0, 0, row[i][0], row[i][1], 1, 1);
        p[i].cadence = row[i][2];
    }
    score_cadence_lock(p, 8, &lock);
    CHECK(lock.n == 5 && lock.wrong == 4 && lock.locked == 3);
}

/* A part has people numbered anew, and what silence costs from the whole. */
static void test_part(void)
{
    const int label[4] = {0, 1, -1, 1};
    struct score_pair p[4] = {pair(0, 0, 60, 60, 1, 1), pair(3, 2, 100, (double)NAN, 0, 1),
                              pair(1, 1, 60, 60, 1, 1), pair(2, 3, 100, 101, 1, 1)};
    struct score_pair part[4];
    struct score_summary whole, s;
    int numbers[8];

    score_summarize(p, 4, SCORE_PLAIN, 10, &whole, work);
    CHECK_NEAR(whole.constant_error, 20, 1e-12);
    CHECK(score_select(p, 4, label, 1, part, numbers) == 2);
    CHECK(part[0].person == 0 && part[1].person == 1);
    CHECK(part[0].recording == 0 && part[1].recording == 1);
    score_summarize_part(part, 2, SCORE_PLAIN, whole.constant_error, &s, work);
    CHECK(s.people == 2 && s.recordings == 2);
    CHECK_NEAR(s.mae.value, (20 + 1) / 2.0, 1e-12);
    CHECK(score_select(p, 4, label, 5, part, numbers) == 0);
}

/* Three people by hand: errors 2 2 | 1 | 0 1 2 against 1 1 | 4 | 0 1 2. */
static void test_compare(void)
{
    const double reference[6] = {60, 60, 80, 70, 70, 70}, first[6] = {62, 58, 81, 70, 71, 72},
                 second[6] = {61, 61, 84, 70, 69, 68};
    const int person[6] = {0, 0, 1, 2, 2, 2};
    const double sum[3] = {2, -3, 0}, count[3] = {2, 1, 3};
    struct score_pair a[6], b[6];
    struct score_comparison c;
    double mean = 0, square = 0;

    for (int i = 0; i < 6; i++) {
        a[i] = pair(person[i], person[i], reference[i], first[i], 1, 1);
        b[i] = pair(person[i], person[i], reference[i], second[i], 1, 1);
    }
    score_compare(a, b, 6, 10, &c, work);
    CHECK(c.n == 6 && c.people == 3);
    CHECK_NEAR(c.difference.value, -1 / 6.0, 1e-12);
    CHECK(c.better[0] == 1 && c.better[1] == 1 && c.equal == 1);
    CHECK_NEAR(c.sign_p, 1, 1e-12);
    /* ranks 1 and 2 of either sign: 0, 1, 2, 3, of which half are at most 1 */
    CHECK_NEAR(c.wilcoxon_p, 1, 1e-12);
    /* all 27 ways to draw three people; each of the two furthest has a chance of 1 in 27 */
    for (int i = 0; i < 27; i++) {
        const int j[3] = {i % 3, i / 3 % 3, i / 9};
        double s = sum[j[0]] + sum[j[1]] + sum[j[2]], k = count[j[0]] + count[j[1]] + count[j[2]];
        mean += s / k / 27;
        square += s / k * (s / k) / 27;
    }
    CHECK_NEAR(c.difference.se, sqrt(square - mean * mean), 0.05);
    CHECK_NEAR(c.interval[0], -3, 1e-12);
    CHECK_NEAR(c.interval[1], 1, 1e-12);

    /* a missing guess costs the constant's error in both */
    b[2].estimate = (double)NAN;
    score_compare(a, b, 6, 10, &c, work);
    CHECK_NEAR(c.difference.value, (2 - 9) / 6.0, 1e-12);
    score_compare(a, a, 2, 10, &c, work);
    CHECK(c.equal == 1 && isnan(c.difference.se) && isnan(c.interval[0]));
    CHECK_NEAR(c.wilcoxon_p, 1, 0);
}

/* One person for each difference. */
static void compare_differences(const double *difference, int n, struct score_comparison *c)
{
    static struct score_pair a[64], b[64];

    for (int i = 0; i < n; i++) {
        a[i] = pair(i, i, 70, 200 + difference[i], 1, 1);
        b[i] = pair(i, i, 70, 200, 1, 1);
    }
    score_compare(a, b, n, 10, c, work);
}

static void test_rank_tests(void)
{
    const double eight[8] = {3, -1, 4, 8, -2, 5, 6, 7}, tied[5] = {1, 1, -1, 2, 0};
    double many[60], turned[60];
    struct score_comparison c;

    /* sums of negative ranks up to 3 out of 1..8: {}, 1, 2, 3, 1+2, so 5 in 256; up to two of
       eight signs: 1 + 8 + 28 */
    compare_differences(eight, 8, &c);
    CHECK_NEAR(c.wilcoxon_p, 2 * 5 / 256.0, 1e-12);
    CHECK_NEAR(c.sign_p, 2 * 37 / 256.0, 1e-12);
    /* ranks 2, 2, 2, 4: sums up to 2 are {} and each of three, so 4 in 16; one does not differ */
    compare_differences(tied, 5, &c);
    CHECK(c.equal == 1 && c.better[0] == 1 && c.better[1] == 3);
    CHECK_NEAR(c.wilcoxon_p, 2 * 4 / 16.0, 1e-12);
    CHECK_NEAR(c.sign_p, 2 * 5 / 16.0, 1e-12);
    /* 60 people: the textbook's mean n(n+1)/4 and variance n(n+1)(2n+1)/24 */
    for (int i = 0; i < 60; i++) {
        many[i] = i % 3 ? i + 1 : -(i + 1);
        turned[i] = -many[i];
    }
    compare_differences(many, 60, &c);
    {
        /* negative ranks are 1, 4, 7, ... 58 */
        double z = (915 - 20 * 59 / 2.0 - 0.5) / sqrt(60 * 61 * 121 / 24.0);
        double p = c.wilcoxon_p;
        CHECK_NEAR(p, erfc(z / sqrt(2)), 1e-12);
        compare_differences(turned, 60, &c);
        CHECK_NEAR(c.wilcoxon_p, p, 1e-15);
        /* and at 50 the exact one is close to it: 1, 4, ... 49 */
        compare_differences(many, 50, &c);
        z = (50 * 51 / 4.0 - 17 * 50 / 2.0 - 0.5) / sqrt(50 * 51 * 101 / 24.0);
        CHECK_NEAR(c.wilcoxon_p, erfc(z / sqrt(2)), 0.002);
    }
}

int main(void)
{
    test_rates();
    test_differences();
    test_macc();
    test_bad_windows();
    test_summary();
    test_toolbox_summary();
    test_bootstrap();
    test_risk();
    test_intervals();
    test_reliability();
    test_cadence_lock();
    test_part();
    test_compare();
    test_rank_tests();
    return test_done();
}
