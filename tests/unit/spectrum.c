#include "signal/spectrum.h"
#include "test.h"

static const double pi = 3.14159265358979323846;

enum { N = 4096 };
static double x[N], table[2 * N], out[2 * N + 2], power[N + 1], work[6 * N + 4];

static double noise(void)
{
    static unsigned seed = 3;
    seed = seed * 1664525u + 1013904223u;
    return seed / 4294967296.0 - 0.5;
}

/* the definition */
static void slow(const double *signal, int n, double frequency, double *re, double *im)
{
    *re = *im = 0;
    for (int t = 0; t < n; t++) {
        double angle = 2 * pi * fmod(frequency * t, 1);
        *re += signal[t] * cos(angle);
        *im -= signal[t] * sin(angle);
    }
}

static void transform(void)
{
    for (int nfft = 8; nfft <= N; nfft *= 2) {
        int lengths[] = {1, nfft / 3, nfft / 2 + 1, nfft - 1, nfft};
        int step = nfft > 256 ? nfft / 256 + 1 : 1;
        pleth_fft_table(table, nfft);
        for (int l = 0; l < 5; l++) {
            int n = lengths[l];
            for (int t = 0; t < n; t++)
                x[t] = noise();
            pleth_fft_real(table, x, n, nfft, out);
            CHECK(out[1] == 0 && out[nfft + 1] == 0);
            for (int k = 0; k <= nfft / 2; k += k + step > nfft / 2 && k < nfft / 2 ? 1 : step) {
                double re, im;
                slow(x, n, (double)k / nfft, &re, &im);
                CHECK_NEAR(out[2 * k], re, 1e-12 * nfft);
                CHECK_NEAR(out[2 * k + 1], im, 1e-12 * nfft);
                pleth_dtft(x, n, (double)k / nfft, &re, &im);
                CHECK_NEAR(out[2 * k], re, 1e-12 * nfft);
                CHECK_NEAR(out[2 * k + 1], im, 1e-12 * nfft);
            }
        }
    }
    CHECK(pleth_pow2(1) == 1 && pleth_pow2(2) == 2 && pleth_pow2(3) == 4);
    CHECK(pleth_pow2(512) == 512 && pleth_pow2(513) == 1024);
}

/* the density, summed over its bins, is the mean square (Parseval) */
static void density(void)
{
    int n = 450, nfft = 512;
    double square = 0, sum = 0;
    for (int t = 0; t < n; t++) {
        x[t] = 3 + noise();
        square += x[t] * x[t] / n;
    }
    pleth_fft_table(table, nfft);
    pleth_periodogram(table, x, n, nfft, 30, power, work);
    for (int k = 0; k <= nfft / 2; k++)
        sum += power[k] * 30 / nfft;
    CHECK_NEAR(sum, square, 1e-10);
}

static double power_at(int n, double frequency)
{
    double re, im;
    slow(x, n, frequency, &re, &im);
    return re * re + im * im;
}

static void refine(void)
{
    for (int n = 100; n <= 900; n += 160) {
        for (double truth = 0.03; truth < 0.12; truth += 0.0137) {
            double top;
            for (int t = 0; t < n; t++)
                x[t] = sin(2 * pi * truth * t + 1) + 0.02 * noise();
            /* from the nearest point of a coarse grid, to the top itself */
            top = pleth_refine_peak(x, n, floor(truth * n + 0.5) / n, 0.01, 0.2);
            CHECK_NEAR(top, truth, 0.1 / n);
            CHECK(power_at(n, top) >= power_at(n, top + 3e-7));
            CHECK(power_at(n, top) >= power_at(n, top - 3e-7));
            /* a starting point that is a bin off is found uphill */
            CHECK_NEAR(pleth_refine_peak(x, n, truth + 0.9 / n, 0.01, 0.2), top, 2e-8);
            /* the band is obeyed */
            CHECK_NEAR(pleth_refine_peak(x, n, truth, truth + 0.3 / n, 0.2), truth + 0.3 / n, 2e-9);
            CHECK_NEAR(pleth_refine_peak(x, n, truth, 0.01, truth - 0.3 / n), truth - 0.3 / n,
                       2e-9);
        }
    }
    for (int t = 0; t < 100; t++)
        x[t] = 0;
    CHECK_NEAR(pleth_refine_peak(x, 100, 0.1, 0.05, 0.2), 0.1, 0.01);
}

/* against the analytic signal made term by term */
static void envelope(void)
{
    static const int lengths[] = {1, 2, 3, 4, 5, 16, 17, 99, 100};
    for (int l = 0; l < 9; l++) {
        int n = lengths[l], nfft = pleth_pow2(2 * n < 8 ? 8 : 2 * n);
        double analytic_re, analytic_im;
        for (int t = 0; t < n; t++)
            x[t] = noise();
        pleth_fft_table(table, nfft);
        pleth_hilbert_envelope(table, x, n, nfft, out, work);
        for (int t = 0; t < n; t++) {
            analytic_re = analytic_im = 0;
            for (int k = 0; 2 * k <= n; k++) {
                double re, im, weight = k == 0 || 2 * k == n ? 1 : 2, angle = 2 * pi * k * t / n;
                slow(x, n, (double)k / n, &re, &im);
                analytic_re += weight / n * (re * cos(angle) - im * sin(angle));
                analytic_im += weight / n * (re * sin(angle) + im * cos(angle));
            }
            CHECK_NEAR(out[t], hypot(analytic_re, analytic_im), 1e-12);
        }
    }
    /* of a modulated carrier: the modulation; in place */
    for (int t = 0; t < 600; t++)
        x[t] = (2 + cos(2 * pi * t / 150)) * sin(2 * pi * t / 20);
    pleth_fft_table(table, 2048);
    pleth_hilbert_envelope(table, x, 600, 2048, x, work);
    for (int t = 0; t < 600; t++)
        CHECK_NEAR(x[t], 2 + cos(2 * pi * t / 150), 1e-9);
}

static void window(void)
{
    double w[8];
    pleth_hann(w, 5, 0);
    CHECK_NEAR(w[0], 0, 0);
    CHECK_NEAR(w[1], 0.5, 1e-15);
    CHECK_NEAR(w[2], 1, 0);
    CHECK_NEAR(w[4], 0, 1e-15);
    pleth_hann(w, 4, 1);
    CHECK_NEAR(w[1], 0.5, 1e-15);
    CHECK_NEAR(w[2], 1, 0);
    CHECK_NEAR(w[3], 0.5, 1e-15);
    pleth_hann(w, 1, 0);
    CHECK_NEAR(w[0], 1, 0);
}

int main(void)
{
    transform();
    density();
    refine();
    envelope();
    window();
    return test_done();
}
