/* What a window says about its rate: tones, harmonics and noise. */
#include "test.h"

#include <stdint.h>
#include <string.h>

#include "signal/spectrum.h"
#include "vitals/evidence.h"

#define TAU 6.283185307179586
#define HZ 30.0
#define N 300
#define FFT 2048
#define BINS (FFT / 2 + 1)
#define LOBE (1.0 / (N / HZ)) /* half of the lobe, as the header says */
/* integral of (sinc f + (sinc(f - 1) + sinc(f + 1)) / 2)^2 over -1..1, of that over all f */
#define LOBE_SHARE 0.918
#define OVERTONE 0.25 /* most of the second harmonic, likewise */

static const struct pleth_band band = {40 / 60.0, 220 / 60.0, 0.5, 8, 0.25};
static struct pleth_belief rates;
static double table[FFT], x[N], window[N], spectrum[FFT + 2], power[BINS], sum[BINS + 1];
static float q[PLETH_BELIEF_STATES];

static double uniform(void)
{
    static uint64_t s = 88172645463325252u;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return (double)(s >> 11) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(TAU * uniform());
}

static double look(void)
{
    for (int i = 0; i < N; i++)
        x[i] *= window[i];
    pleth_fft_real(table, x, N, FFT, spectrum);
    for (int k = 0; k < BINS; k++)
        power[k] = spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1];
    return pleth_evidence(power, BINS, HZ / FFT, N / HZ, &band, &rates, q, sum);
}

static int best(void)
{
    int top = 0;
    for (int k = 1; k < rates.states; k++)
        top = q[k] > q[top] ? k : top;
    return top;
}

static void tone(double per_min, double phase, double second, double third, double noise)
{
    for (int i = 0; i < N; i++) {
        double a = TAU * per_min / 60 * i / HZ + phase;
        x[i] = cos(a) + second * cos(2 * a + 1) + third * cos(3 * a + 2) + noise * normal();
    }
}

/* A pure tone explains what a Hann lobe holds within 1/T, 92 %, at its rate and little a lobe
 * away. */
static void test_tone(void)
{
    for (int rate = 45; rate <= 215; rate += 5) {
        tone(rate, 0.1 * rate, 0, 0, 0);
        CHECK(look() > 0);
        CHECK_NEAR((double)q[rate - 40], LOBE_SHARE, 0.01);
        CHECK(abs(best() - (rate - 40)) <= 2);
        for (int k = 0; k < rates.states; k++) {
            CHECK(q[k] >= 0 && q[k] <= 0.995f);
            /* the lobes of two rates meet at three bins of 1/10 Hz: 18 /min */
            if (abs(k + 40 - rate) > 18)
                CHECK(q[k] < 0.5f);
            /* half the rate has nothing of its own */
            if (abs(2 * (k + 40) - rate) <= 4)
                CHECK(q[k] < 0.05f);
        }
    }
}

/* A pulse with strong overtones: neither half nor twice its rate wins. */
static void test_harmonics(void)
{
    for (int rate = 45; rate <= 200; rate += 5)
        for (int shape = 0; shape < 4; shape++) {
            tone(rate, shape, 0.2 + 0.2 * shape, 0.1 * shape, 0.3);
            look();
            CHECK(abs(best() - (rate - 40)) <= 4);
        }
    /* as strong as the fundamental, the second harmonic counts for a share of that */
    tone(70, 0, 1, 0, 0);
    look();
    CHECK_NEAR((double)q[30], LOBE_SHARE * (0.5 + OVERTONE / 2), 0.02);
    CHECK_NEAR((double)q[100], LOBE_SHARE * 0.5, 0.02);
}

/* A tone outside of the band leaves its flank within: that is no rate. */
static void test_flank(void)
{
    for (int rate = 20; rate < 260; rate = rate == 35 ? 225 : rate + 5) {
        tone(rate, 1, 0, 0, 0.02);
        look();
        CHECK(rate > 40 ? q[180] < 1e-4f : q[0] == 0 && q[2] == 0);
        CHECK(q[best()] < 0.9f);
    }
}

/* White noise: the shares average what a lobe has of the band, and -M log(1 - q) of a random rate
 * is a few nats at most. */
static void test_noise(void)
{
    enum { RUNS = 1000 };
    double share = 0, lobe = 2 * LOBE, m = pleth_evidence_freedom(&band, N / HZ);
    double candidates = (band.hi_hz - band.lo_hz) * N / HZ / 1.5 + 1;
    int above = 0, far_above = 0;
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < N; i++)
            x[i] = normal();
        look();
        share += (double)q[90] / RUNS;
        double surprise = -m * log(1 - (double)q[best()]) - log(candidates);
        above += surprise > 5;
        far_above += surprise > 12;
    }
    CHECK(share > lobe / 7.5 && share < (1 + OVERTONE) * lobe / 7.5);
    /* a lobe is two bins and its overtone's as many: more than the single value that
       log(candidates) allows for, so that 5 nats come by chance, but 12 do not */
    CHECK(above < 0.5 * RUNS && far_above < 0.02 * RUNS);
    CHECK_NEAR(m, 50, 1e-9);
}

/* Power between two frequencies is the integral of the spectrum, linear within a bin. */
static void test_lobe(void)
{
    for (int k = 0; k < BINS; k++)
        power[k] = uniform();
    pleth_evidence(power, BINS, HZ / FFT, 10, &band, &rates, q, sum);
    for (double f = 0; f < 15; f += 0.337) {
        double brute = 0, step = HZ / FFT / 200;
        for (double g = f - LOBE; g < f + LOBE; g += step) {
            int bin = (int)floor((g + 0.5 * step) / (HZ / FFT) + 0.5);
            brute += bin >= 0 && bin < BINS ? power[bin] / 200 : 0;
        }
        CHECK_NEAR(pleth_lobe(sum, BINS, HZ / FFT, 10, f), brute, 0.02);
    }
    /* a rate's share, by hand */
    double all = 0, one = 0, two = 0;
    for (int k = 0; k < BINS; k++)
        power[k] = k * HZ / FFT > 1 ? 2 : 1;
    /* what falls from an end of the band is no rate of its own: two that are */
    power[(int)(0.8 * FFT / HZ)] += 1e-3;
    power[(int)(3.5 * FFT / HZ)] += 1e-3;
    pleth_evidence(power, BINS, HZ / FFT, 10, &band, &rates, q, sum);
    all = (2 * 7 + 0.5) / (HZ / FFT);
    one = 2 * 2 * LOBE / (HZ / FFT);
    two = OVERTONE * one;
    CHECK_NEAR((double)q[80], (one + two) / all, 1e-3);
    /* nothing outside of the band, and no power at all */
    struct pleth_band narrow = {1, 2, 0.75, 8, 0.25};
    for (int k = 0; k < BINS; k++)
        power[k] = uniform();
    pleth_evidence(power, BINS, HZ / FFT, 10, &narrow, &rates, q, sum);
    for (int k = 0; k < rates.states; k++)
        CHECK(q[k] >= 0 && (q[k] == 0 || (k >= 20 && k <= 80)));
    CHECK(q[50] > 0);
    memset(power, 0, sizeof(power));
    CHECK(pleth_evidence(power, BINS, HZ / FFT, 10, &band, &rates, q, sum) == 0);
    for (int k = 0; k < rates.states; k++)
        CHECK(q[k] == 0);
    narrow.top_hz = 0.8;
    CHECK(pleth_evidence_freedom(&narrow, 1) == 2);
}

int main(void)
{
    pleth_belief_init(&rates, 40, 220, 1, 1, 0);
    pleth_fft_table(table, FFT);
    pleth_hann(window, N, 1);
    test_tone();
    test_harmonics();
    test_flank();
    test_noise();
    test_lobe();
    return test_done();
}
