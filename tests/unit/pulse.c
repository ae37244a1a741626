#include "camera/pulse.h"
#include "pleth/pleth.h"
#include "test.h"

#include <string.h>

static const double pi = 3.14159265358979323846;

enum { N = 3000 };
static double rgb[3 * N], wave[N], truth[N], work[PLETH_PULSE_WORK(N)];

static double noise(void)
{
    static unsigned seed = 5;
    seed = seed * 1664525u + 1013904223u;
    return seed / 4294967296.0 - 0.5;
}

/* blood volume: a fundamental and its second harmonic, -1..1 or so */
static double blood(double phase)
{
    return cos(2 * pi * phase) + 0.4 * cos(4 * pi * phase + 0.6);
}

/* Skin under white light: more blood absorbs (green most of all, Wang 2017), common changes of the
 * light multiply all channels, and each has noise of its own. */
static void skin(int n, double rate_hz, double hz, double pulse, double light, double random)
{
    static const double level[3] = {150, 110, 95}, absorbs[3] = {0.33, 0.77, 0.53};
    for (int t = 0; t < n; t++) {
        double s = t / rate_hz;
        double lamp = 1 + light * sin(2 * pi * 0.31 * s) + light * s / 60;
        for (int c = 0; c < 3; c++)
            rgb[3 * t + c] =
                level[c] * lamp * (1 - pulse * absorbs[c] * blood(hz * s)) + random * noise();
    }
}

/* POS as printed: each window normalised, projected, tuned, added. */
static void naive_pos(int n, double rate_hz)
{
    int l = (int)ceil(1.6 * rate_hz);
    static double a[N], b[N];
    memset(truth, 0, sizeof truth);
    for (int end = l; end < n; end++) {
        const double *c = rgb + 3 * (end - l);
        double mean[3] = {0, 0, 0}, ma = 0, mb = 0, va = 0, vb = 0, mh = 0;
        for (int t = 0; t < l; t++)
            for (int k = 0; k < 3; k++)
                mean[k] += c[3 * t + k] / l;
        for (int t = 0; t < l; t++) {
            double r = c[3 * t] / mean[0], g = c[3 * t + 1] / mean[1], u = c[3 * t + 2] / mean[2];
            a[t] = g - u;
            b[t] = -2 * r + g + u;
            ma += a[t] / l;
            mb += b[t] / l;
        }
        for (int t = 0; t < l; t++) {
            va += (a[t] - ma) * (a[t] - ma);
            vb += (b[t] - mb) * (b[t] - mb);
        }
        for (int t = 0; t < l; t++) {
            a[t] += sqrt(va / vb) * b[t];
            mh += a[t] / l;
        }
        for (int t = 0; t < l; t++)
            truth[end - l + t] += a[t] - mh;
    }
}

static void pos_is_pos(void)
{
    static const double rates[] = {7.3, 15, 29.97, 30, 60};
    for (int r = 0; r < 5; r++) {
        int l = (int)ceil(1.6 * rates[r]), lengths[] = {l + 1, l + 2, 2 * l, 2 * l + 1, 300, N};
        for (int i = 0; i < 6; i++) {
            for (int kind = 0; kind < 3; kind++) {
                double largest = 0;
                skin(lengths[i], rates[r], 1.2, kind == 2 ? 1e-4 : 0.005, kind == 1 ? 0.3 : 0.02,
                     kind == 2 ? 0.001 : 0.3);
                if (kind == 1) /* a flash */
                    for (int c = 0; c < 3; c++)
                        rgb[3 * (lengths[i] / 2) + c] = 250;
                naive_pos(lengths[i], rates[r]);
                CHECK(!pleth_pulse_wave(PLETH_METHOD_POS, rgb, lengths[i], rates[r], 0.7, 4, wave,
                                        work));
                for (int t = 0; t < lengths[i]; t++)
                    largest = fmax(largest, fabs(wave[t] + truth[t]));
                CHECK_NEAR(largest, 0, 1e-9);
            }
        }
    }
}

static double correlation(const double *x, const double *y, int n)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int t = 0; t < n; t++) {
        mx += x[t] / n;
        my += y[t] / n;
    }
    for (int t = 0; t < n; t++) {
        xx += (x[t] - mx) * (x[t] - mx);
        yy += (y[t] - my) * (y[t] - my);
        xy += (x[t] - mx) * (y[t] - my);
    }
    return xy / sqrt(xx * yy + 1e-300);
}

/* every method rises with the blood, and most see through a changing light */
static void polarity(void)
{
    int n = 600;
    for (int method = 0; method < PLETH_METHOD_COUNT; method++) {
        double least = method == PLETH_METHOD_CHROM ? 0.85 : 0.9;
        skin(n, 30, 1.2, 0.01, method == PLETH_METHOD_GREEN ? 0 : 0.002, 0.05);
        for (int t = 0; t < n; t++)
            truth[t] = blood(1.2 * t / 30);
        CHECK(!pleth_pulse_wave(method, rgb, n, 30, 0.7, 4, wave, work));
        CHECK(correlation(wave + 60, truth + 60, n - 120) > least);
        if (correlation(wave + 60, truth + 60, n - 120) <= least)
            printf("%s: %g\n", pleth_method_name(method),
                   correlation(wave + 60, truth + 60, n - 120));
    }
    for (int method = PLETH_METHOD_POS; method <= PLETH_METHOD_CHROM; method++) {
        skin(n, 30, 1.2, 0.005, 0.1, 0.05);
        CHECK(!pleth_pulse_wave(method, rgb, n, 30, 0.7, 4, wave, work));
        CHECK(correlation(wave + 60, truth + 60, n - 120) > 0.8);
    }
}

/* ICA finds the one periodic source in a mixture of three, and the band decides between two */
static void ica(void)
{
    int n = 900;
    static double slow[N], fast[N];
    for (int t = 0; t < n; t++) {
        double other = noise() + noise();
        slow[t] = sin(2 * pi * 0.9 * t / 30);
        fast[t] = sin(2 * pi * 2.3 * t / 30 + 1);
        rgb[3 * t] = 100 + slow[t] + 0.4 * fast[t] + 0.8 * other;
        rgb[3 * t + 1] = 90 + 0.3 * slow[t] - 1.1 * fast[t] + 0.5 * other;
        rgb[3 * t + 2] = 80 - 0.7 * slow[t] + 0.2 * fast[t] + other;
    }
    CHECK(!pleth_ica_component(rgb, n, 30, 0.7, 1.5, wave, work));
    CHECK(fabs(correlation(wave, slow, n)) > 0.99);
    CHECK(!pleth_ica_component(rgb, n, 30, 1.8, 3, wave, work));
    CHECK(fabs(correlation(wave, fast, n)) > 0.99);
    /* the sign is the green channel's, before pleth_pulse_wave turns it */
    CHECK(correlation(wave, fast, n) < 0);
}

/* Memory of exactly the stated size, every length from too short to enough: a status or finite
 * values, and nothing beyond the end (the sanitizer's part). */
static void lengths(void)
{
    for (int method = 0; method < PLETH_METHOD_COUNT; method++) {
        int accepted = 0;
        for (int n = 0; n < 140; n++) {
            double *out = malloc(sizeof *out * (size_t)(n + 1));
            double *in = malloc(sizeof *in * (size_t)(3 * n + 1));
            double *room = malloc(sizeof *room * (size_t)PLETH_PULSE_WORK(n));
            int status, finite = 1;
            if (!out || !in || !room)
                exit(1);
            skin(n, 30, 1.2, 0.01, 0.01, 0.1);
            memcpy(in, rgb, sizeof *in * 3 * (size_t)n);
            out[n] = 12345;
            status = pleth_pulse_wave(method, in, n, 30, 0.7, 4, out, room);
            CHECK(status == PLETH_OK || status == PLETH_EINVAL);
            CHECK(status == PLETH_EINVAL || n >= 3);
            /* once long enough, always long enough */
            CHECK(status == PLETH_OK || !accepted);
            accepted |= status == PLETH_OK;
            for (int t = 0; status == PLETH_OK && t < n; t++)
                finite &= isfinite(out[t]) != 0;
            CHECK(finite && out[n] == 12345);
            free(out);
            free(in);
            free(room);
        }
        CHECK(accepted);
    }
}

/* no colour change, no wave: a constant, grey, two equal channels */
static void nothing(void)
{
    int n = 300;
    for (int kind = 0; kind < 5; kind++) {
        for (int t = 0; t < n; t++) {
            double s = sin(0.25 * t), level = kind == 4 ? 1e-3 : 100.1;
            rgb[3 * t] = level * (kind == 1 ? 1 + 0.1 * s : 1);
            rgb[3 * t + 1] = 0.7 * level * (kind >= 1 && kind <= 2 ? 1 + 0.1 * s : 1);
            rgb[3 * t + 2] = 0.6 * level * (kind == 1 || kind == 3 ? 1 + 0.1 * s : 1);
        }
        for (int method = 0; method < PLETH_METHOD_COUNT; method++) {
            double mean = 0, largest = 0;
            CHECK(!pleth_pulse_wave(method, rgb, n, 30, 0.7, 4, wave, work));
            for (int t = 0; t < n; t++)
                mean += wave[t] / n;
            for (int t = 0; t < n; t++)
                largest = fmax(largest, fabs(wave[t] - mean));
            CHECK(isfinite(largest));
            if (kind == 0 || kind == 4 || (kind == 1 && method != PLETH_METHOD_GREEN))
                CHECK_NEAR(largest, 0, 1e-11);
        }
    }
}

static void refuses(void)
{
    static const double bad[] = {0, -1, (double)NAN, (double)INFINITY};
    int n = 300;
    skin(n, 30, 1.2, 0.01, 0.01, 0.1);
    CHECK(pleth_pulse_wave(-1, rgb, n, 30, 0.7, 4, wave, work) == PLETH_EINVAL);
    CHECK(pleth_pulse_wave(PLETH_METHOD_COUNT, rgb, n, 30, 0.7, 4, wave, work) == PLETH_EINVAL);
    for (int i = 0; i < 4; i++) {
        CHECK(pleth_pulse_wave(PLETH_METHOD_POS, rgb, n, bad[i], 0.7, 4, wave, work) ==
              PLETH_EINVAL);
        CHECK(pleth_pulse_wave(PLETH_METHOD_CHROM, rgb, n, bad[i], 0.7, 4, wave, work) ==
              PLETH_EINVAL);
        CHECK(pleth_pulse_wave(PLETH_METHOD_CHROM, rgb, n, 30, bad[i], 4, wave, work) ==
              PLETH_EINVAL);
    }
    CHECK(pleth_pulse_wave(PLETH_METHOD_CHROM, rgb, n, 30, 4, 0.7, wave, work) == PLETH_EINVAL);
    CHECK(pleth_pulse_wave(PLETH_METHOD_ICA, rgb, n, 30, 4, 0.7, wave, work) == PLETH_EINVAL);
    for (int method = 0; method < PLETH_METHOD_COUNT; method++) {
        for (int i = 0; i < 4; i++) {
            double kept = rgb[451];
            rgb[451] = bad[i];
            CHECK(pleth_pulse_wave(method, rgb, n, 30, 0.7, 4, wave, work) == PLETH_EINVAL);
            rgb[451] = kept;
        }
    }
    CHECK(pleth_pos(rgb, 48, 30, wave, work) == PLETH_EINVAL);
    CHECK(pleth_pos(rgb, 49, 30, wave, work) == PLETH_OK);
    CHECK(pleth_ica(rgb, 21, 30, 0.7, 2.5, wave, work) == PLETH_EINVAL);
    CHECK(pleth_ica(rgb, 22, 30, 0.7, 2.5, wave, work) == PLETH_OK);
}

int main(void)
{
    pos_is_pos();
    polarity();
    ica();
    lengths();
    nothing();
    refuses();
    return test_done();
}
