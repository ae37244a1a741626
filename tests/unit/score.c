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
    return (struct score_pair){person,   recording, answered,    reference,
                               estimate, quality,   (double)NAN, (double)NAN};
}

static void test_summary(void)
{
    const double none = (double)NAN;
    /* errors 2, 4, none, 6; references around 70: median 70, mean distance 15 */
    struct score_pair p[4] = {pair(0, 0, 60, 62, 1, 0.9), pair(0, 0, 80, 76, 1, 0.8),
                              pair(1, 1, 50, none, 0, none), pair(1, 2, 90, 96, 0, 0.4)};
    struct score_summary s;
    double share[4], risk[4];

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
    CHECK(score_risk(p, &s, 4, share, risk, work) == 1);
    CHECK_NEAR(share[1], 0.5, 0);
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
    CHECK(score_risk(p, &s, 4, share, risk, work) == 0);

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

int main(void)
{
    test_rates();
    test_differences();
    test_macc();
    test_bad_windows();
    test_summary();
    test_toolbox_summary();
    test_bootstrap();
    return test_done();
}
