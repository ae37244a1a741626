#include "pleth/pleth.h"
#include "test.h"

#include <string.h>

static const double pi = 3.14159265358979323846;

enum { BEATS = 5000, N = 40000 };
static double truth[BEATS], found[BEATS], sd[BEATS], work[4 * N];
static float wave[N];
static int truths;

static unsigned seed = 11;

static double uniform(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed + 0.5) / 4294967296.0;
}

static double gauss(void)
{
    double size = sqrt(-2 * log(uniform()));
    return size * cos(2 * pi * uniform());
}

/* Beat times until end_s at a rate that goes evenly from one to the other, with breathing (a part
 * of the interval) and random variation. */
static void make_beats(double end_s, double per_min, double to_per_min, double breathing,
                       double random)
{
    double t = 0.4;
    for (truths = 0; t < end_s; truths++) {
        double interval = 60 / (per_min + (to_per_min - per_min) * t / end_s);
        truth[truths] = t;
        t += interval * (1 + breathing * sin(2 * pi * 0.25 * t) + random * gauss());
    }
}

/* At each beat a systolic wave and, 0.3 s later, a dicrotic one of `dicrotic` its height; breathing
 * moves the baseline. Fast hearts have shorter waves. Returns the number of samples. */
static int make_wave(double end_s, double rate_hz, double dicrotic, double noise)
{
    int n = (int)(end_s * rate_hz), first = 0;
    for (int i = 0; i < n; i++) {
        double t = i / rate_hz, sum = 0.5 * sin(2 * pi * 0.21 * t) + noise * gauss();
        while (first < truths && truth[first] < t - 2)
            first++;
        for (int k = first; k < truths && truth[k] < t + 2; k++) {
            double gap = k > 0 ? truth[k] - truth[k - 1] : 1, scale = gap < 0.7 ? gap / 0.7 : 1;
            double systole = (t - truth[k]) / (0.09 * scale);
            double diastole = (t - truth[k] - 0.3 * scale) / (0.08 * scale);
            sum += exp(-0.5 * systole * systole) + dicrotic * exp(-0.5 * diastole * diastole);
        }
        wave[i] = (float)sum;
    }
    return n;
}

struct verdict {
    int hits, extra, missed;
    double sd_ms; /* of the times found, less their common delay */
};

static struct verdict compare(int count, double end_s)
{
    struct verdict v = {0, 0, 0, 0};
    double mean = 0, square = 0;
    int inner = 0, k = 0;
    for (int i = 0; i < count; i++) {
        double off;
        while (k + 1 < truths && fabs(truth[k + 1] - found[i]) < fabs(truth[k] - found[i]))
            k++;
        off = found[i] - truth[k];
        if (fabs(off) > 0.12) {
            v.extra++;
            continue;
        }
        v.hits++;
        mean += off;
        square += off * off;
    }
    /* the first and the last beats may be cut by the ends */
    for (int i = 0; i < truths; i++)
        inner += truth[i] > 1.5 && truth[i] < end_s - 1.5;
    v.missed = inner > v.hits ? inner - v.hits : 0;
    mean /= v.hits ? v.hits : 1;
    v.sd_ms = v.hits ? 1000 * sqrt(fmax(0, square / v.hits - mean * mean)) : 1e9;
    return v;
}

static void clean_waves(void)
{
    static const double rates[] = {15, 25, 30, 64}, per_min[] = {42, 58, 75, 100, 150, 200};
    for (int r = 0; r < 4; r++) {
        for (int p = 0; p < 6; p++) {
            for (int known = 0; known < 2; known++) {
                struct verdict v;
                int n, count;
                make_beats(60, per_min[p], per_min[p], 0.04, 0.02);
                n = make_wave(60, rates[r], per_min[p] > 120 ? 0.15 : 0.4, 0);
                count =
                    pleth_find_beats(wave, n, rates[r], known ? per_min[p] : 0, found, BEATS, work);
                v = compare(count, 60);
                CHECK(v.extra == 0 && v.missed == 0);
                CHECK(v.sd_ms < (rates[r] < 20 ? 6 : 2.5));
            }
        }
    }
}

/* Timing within twice the Cramer-Rao bound sd(noise) / sqrt(sum of squared slopes), which is 5.5 ms
 * for noise of 0.1 at 30 Hz; no dicrotic peak taken for a beat, none missed */
static void noisy_waves(void)
{
    static const double noises[] = {0.05, 0.1, 0.2};
    for (int k = 0; k < 3; k++) {
        struct verdict v;
        int n;
        make_beats(300, 66, 66, 0.04, 0.02);
        n = make_wave(300, 30, 0.5, noises[k]);
        v = compare(pleth_find_beats(wave, n, 30, 66, found, BEATS, work), 300);
        CHECK(v.extra == 0 && v.missed == 0);
        CHECK(v.sd_ms < 2 * 55 * noises[k]);
    }
}

/* how far times scatter is told without the truth, and a beat that is like no other has no time */
static void scatter(void)
{
    static const double noises[] = {0.02, 0.05, 0.1, 0.2}, rates[] = {30, 60};
    for (int k = 0; k < 8; k++) {
        double rate_hz = rates[k / 4], sum = 0;
        int n, count, middle;
        struct verdict v;
        make_beats(300, 66, 66, 0.04, 0.02);
        n = make_wave(300, rate_hz, 0.4, noises[k % 4]);
        count = pleth_find_beats_sd(wave, n, rate_hz, 66, found, sd, BEATS, work);
        for (int i = 0; i < count; i++)
            sum += sd[i] * sd[i];
        v = compare(count, 300);
        CHECK(v.missed == 0);
        /* neighbours that overlap a little more or less are a small noise, too */
        CHECK_NEAR(1000 * sqrt(sum / count), v.sd_ms, 0.12 * v.sd_ms + 0.3);

        /* the same without */
        memcpy(truth, found, (size_t)count * sizeof *found);
        CHECK(pleth_find_beats(wave, n, rate_hz, 66, found, BEATS, work) == count);
        CHECK(memcmp(truth, found, (size_t)count * sizeof *found) == 0);

        middle = (int)(150 * rate_hz);
        for (int i = middle; i < middle + 2 * rate_hz; i++)
            wave[i] = (float)gauss();
        count = pleth_find_beats_sd(wave, n, rate_hz, 66, found, sd, BEATS, work);
        sum = middle = 0;
        for (int i = 0; i < count; i++)
            if (found[i] > 150.3 && found[i] < 151.7) {
                CHECK(sd[i] <= 1);
                sum += sd[i];
                middle++;
            }
        CHECK(middle == 0 || noises[k % 4] > 0.1 || 1000 * sum / middle > 3 * v.sd_ms);
    }
}

/* variability from the wave equals that of the true beats */
static void through_the_wave(void)
{
    pleth_variability is, should;
    int n, count;
    make_beats(310, 64, 64, 0.05, 0.03);
    n = make_wave(310, 30, 0.4, 0.03);
    count = pleth_find_beats(wave, n, 30, 64, found, BEATS, work);
    CHECK(pleth_beat_variability(truth, truths, &should) == PLETH_OK);
    CHECK(pleth_beat_variability(found, count, &is) == PLETH_OK);
    CHECK((double)is.coverage > 0.99);
    CHECK(abs(is.intervals - should.intervals) <= 3);
    CHECK_NEAR((double)is.mean_ms, (double)should.mean_ms, 1);
    CHECK_NEAR((double)is.sdnn_ms, (double)should.sdnn_ms, 1);
    CHECK_NEAR((double)is.rmssd_ms, (double)should.rmssd_ms, 1.5);
    CHECK_NEAR((double)is.pnn50_percent, (double)should.pnn50_percent, 4);
    CHECK(is.have_bands && should.have_bands);
    CHECK_NEAR((double)is.hf_ms2, (double)should.hf_ms2, 0.05 * (double)should.hf_ms2);
}

/* a rate that doubles, ectopic beats, a gap without signal, a bang on the sensor */
static void hard_waves(void)
{
    struct verdict v;
    int n, before;

    make_beats(120, 60, 120, 0.03, 0.02);
    n = make_wave(120, 30, 0.3, 0.05);
    for (int known = 0; known < 2; known++) {
        v = compare(pleth_find_beats(wave, n, 30, known ? 85 : 0, found, BEATS, work), 120);
        CHECK(v.extra <= 1 && v.missed <= 1);
    }

    /* every 17th beat comes early by 30 % */
    make_beats(120, 66, 66, 0.02, 0.01);
    for (int k = 16; k + 1 < truths; k += 17)
        truth[k] -= 0.3 * (truth[k] - truth[k - 1]);
    n = make_wave(120, 30, 0.4, 0.02);
    v = compare(pleth_find_beats(wave, n, 30, 66, found, BEATS, work), 120);
    CHECK(v.extra <= 1 && v.missed <= 1);

    make_beats(120, 72, 72, 0.03, 0.02);
    n = make_wave(120, 30, 0.4, 0.02);
    for (int i = 50 * 30; i < 62 * 30; i++)
        wave[i] = 0;
    before = truths;
    for (int k = truths = 0; k < before; k++)
        if (truth[k] < 50 || truth[k] > 62)
            truth[truths++] = truth[k];
    v = compare(pleth_find_beats(wave, n, 30, 72, found, BEATS, work), 120);
    CHECK(v.extra <= 17 && v.missed <= 4);

    make_beats(120, 72, 72, 0.03, 0.02);
    n = make_wave(120, 30, 0.4, 0.02);
    for (int i = 0; i < 12; i++)
        wave[1800 + i] += 20;
    v = compare(pleth_find_beats(wave, n, 30, 72, found, BEATS, work), 120);
    CHECK(v.extra <= 3 && v.missed <= 4);
}

/* breaths are found like beats, given their rate */
static void breaths(void)
{
    int n = 180 * 10, count;
    for (int i = 0; i < n; i++)
        wave[i] = (float)(sin(2 * pi * 0.23 * i / 10) + 0.1 * gauss());
    count = pleth_find_beats(wave, n, 10, 14, found, BEATS, work);
    CHECK(abs(count - 41) <= 3);
    for (int i = 1; i < count; i++)
        CHECK_NEAR(found[i] - found[i - 1], 1 / 0.23, 0.4);
}

/* every length up to a few beats in memory of exactly the stated size; then what is refused */
static void odd_inputs(void)
{
    int n, full;
    make_beats(30, 72, 72, 0.03, 0.02);
    n = make_wave(30, 30, 0.4, 0);
    full = pleth_find_beats(wave, n, 30, 72, found, BEATS, work);
    CHECK(full > 30);
    for (int length = 0; length < 400; length += 1 + length / 40) {
        for (int known = 0; known < 2; known++) {
            float *in = malloc(sizeof *in * (size_t)(length + 1));
            double *room = malloc(sizeof *room * (size_t)(4 * length + 1));
            int count;
            if (!in || !room)
                exit(1);
            memcpy(in, wave, sizeof *in * (size_t)length);
            count = pleth_find_beats(in, length, 30, known ? 72 : 0, found, BEATS, room);
            CHECK(count >= 0 && count <= 2 + length * 72 / 1800);
            for (int i = 0; i < count; i++)
                CHECK(found[i] > 0 && found[i] < length / 30.0 && (!i || found[i] > found[i - 1]));
            free(in);
            free(room);
        }
    }
    CHECK(pleth_find_beats(wave, n, 30, 72, found, 7, work) == 7);
    CHECK(pleth_find_beats(wave, n, 30, 72, found, 0, work) == 0);
    CHECK(pleth_find_beats(NULL, n, 30, 72, found, 7, work) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, n, 30, 72, NULL, 7, work) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, n, 30, 72, found, 7, NULL) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, -1, 30, 72, found, 7, work) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, n, 1.9, 0, found, 7, work) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, n, (double)NAN, 72, found, 7, work) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, n, 30, -1, found, 7, work) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, n, 30, 1, found, 7, work) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, n, 30, 60 * 30, found, 7, work) == PLETH_EINVAL);
    CHECK(pleth_find_beats(wave, n, 30, (double)NAN, found, 7, work) == PLETH_EINVAL);
    wave[100] = NAN;
    CHECK(pleth_find_beats(wave, n, 30, 72, found, 7, work) == PLETH_EINVAL);
    memset(wave, 0, sizeof wave);
    CHECK(pleth_find_beats(wave, n, 30, 0, found, BEATS, work) == 0);
    CHECK(pleth_find_beats(wave, n, 30, 72, found, BEATS, work) == 0);
}

/* intervals whose figures can be worked out by hand */
static void known_figures(void)
{
    pleth_variability v;
    /* 20 intervals in turn 800 and 860 ms: deviation 30 sqrt(20/19), differences all 60 */
    truth[0] = 5;
    for (int i = 0; i < 20; i++)
        truth[i + 1] = truth[i] + (i % 2 ? 0.86 : 0.8);
    CHECK(pleth_beat_variability(truth, 21, &v) == PLETH_OK);
    CHECK(v.intervals == 20 && v.have_bands == 0);
    CHECK_NEAR((double)v.coverage, 1, 0);
    CHECK_NEAR((double)v.mean_ms, 830, 1e-3);
    CHECK_NEAR((double)v.sdnn_ms, 30 * sqrt(20.0 / 19), 1e-3);
    CHECK_NEAR((double)v.rmssd_ms, 60, 1e-3);
    CHECK_NEAR((double)v.pnn50_percent, 100, 1e-3);
    /* 800, 800, 860: every third difference is 0 */
    for (int i = 0; i < 30; i++)
        truth[i + 1] = truth[i] + (i % 3 == 2 ? 0.86 : 0.8);
    CHECK(pleth_beat_variability(truth, 31, &v) == PLETH_OK);
    CHECK_NEAR((double)v.rmssd_ms, 60 * sqrt(19.0 / 29), 1e-3);
    CHECK_NEAR((double)v.pnn50_percent, 100 * 19.0 / 29, 1e-3);
    /* ten good intervals are needed */
    CHECK(pleth_beat_variability(truth, 11, &v) == PLETH_OK);
    CHECK(pleth_beat_variability(truth, 10, &v) == PLETH_AGAIN);
    CHECK(v.intervals == 9 && v.sdnn_ms == 0);
    CHECK(pleth_beat_variability(truth, 1, &v) == PLETH_AGAIN);
    CHECK(pleth_beat_variability(truth, 0, &v) == PLETH_AGAIN);
    CHECK(pleth_beat_variability(truth, -1, &v) == PLETH_EINVAL);
    CHECK(pleth_beat_variability(NULL, 11, &v) == PLETH_EINVAL);
    CHECK(pleth_beat_variability(truth, 11, NULL) == PLETH_EINVAL);
    /* any times at all: a gap longer than the world is old */
    truth[10] = 1e300;
    CHECK(pleth_beat_variability(truth, 11, &v) == PLETH_AGAIN);
    for (int i = 0; i < 12; i++)
        truth[i + 11] = truth[10] + 1e290 * (i + 1);
    CHECK(pleth_beat_variability(truth, 23, &v) == PLETH_AGAIN);
    truth[4] = truth[3];
    CHECK(pleth_beat_variability(truth, 11, &v) == PLETH_EINVAL);
    truth[4] = (double)NAN;
    CHECK(pleth_beat_variability(truth, 11, &v) == PLETH_EINVAL);
}

/* missed, doubled and ectopic beats leave the figures as they were */
static void gate(void)
{
    pleth_variability clean, v;
    int count = 0, dropped = 0;

    make_beats(200, 66, 66, 0.03, 0.01);
    CHECK(pleth_beat_variability(truth, truths, &clean) == PLETH_OK);
    CHECK_NEAR((double)clean.coverage, 1, 0);
    for (int i = 0; i < truths; i++) {
        if (i % 23 == 11) {
            dropped++;
            continue;
        }
        found[count++] = truth[i] - (i % 29 == 13 ? 0.3 : 0);
        if (i % 31 == 17)
            found[count++] = truth[i] + 0.35;
    }
    CHECK(pleth_beat_variability(found, count, &v) == PLETH_OK);
    CHECK(dropped > 5 && (double)v.coverage < 0.9 && (double)v.coverage > 0.7);
    CHECK_NEAR((double)v.mean_ms, (double)clean.mean_ms, 4);
    CHECK_NEAR((double)v.sdnn_ms, (double)clean.sdnn_ms, 3);
    CHECK_NEAR((double)v.rmssd_ms, (double)clean.rmssd_ms, 3);

    /* a long run of nothing but artefacts is not answered */
    found[0] = 0;
    for (int i = 0; i < 40; i++)
        found[i + 1] = found[i] + (i % 2 ? 0.4 : 1.4);
    CHECK(pleth_beat_variability(found, 41, &v) == PLETH_AGAIN);
}

/* scatter of times, known to be so wide, is taken out; what is wide of all others does not count */
static void uncertain_times(void)
{
    pleth_variability clean, v;

    make_beats(1800, 66, 66, 0.04, 0.02);
    CHECK(pleth_beat_variability(truth, truths, &clean) == PLETH_OK);
    CHECK_NEAR((double)clean.noise_ms, 0, 0);
    for (int i = 0; i < truths; i++) {
        sd[i] = i % 2 ? 0.02 : 0.005;
        found[i] = truth[i] + sd[i] * gauss();
    }
    /* differences of intervals hold three times, the middle one twice */
    CHECK(pleth_beat_variability_sd(found, sd, truths, &v) == PLETH_OK);
    CHECK_NEAR((double)v.noise_ms, 1000 * sqrt(3 * (0.02 * 0.02 + 0.005 * 0.005)), 0.5);
    CHECK_NEAR((double)v.sdnn_ms, (double)clean.sdnn_ms, 1.5);
    CHECK_NEAR((double)v.rmssd_ms, (double)clean.rmssd_ms, 2);
    CHECK(pleth_beat_variability(found, truths, &v) == PLETH_OK);
    CHECK((double)v.rmssd_ms > (double)clean.rmssd_ms + 10);
    CHECK(pleth_beat_variability_sd(found, NULL, truths, &clean) == PLETH_OK);
    CHECK(memcmp(&v, &clean, sizeof v) == 0);

    make_beats(200, 66, 66, 0.03, 0.01);
    CHECK(pleth_beat_variability(truth, truths, &clean) == PLETH_OK);
    for (int i = 0; i < truths; i++) {
        sd[i] = i % 10 == 5 ? 0.1 : 0;
        found[i] = truth[i] + (i % 10 == 5 ? 0.08 : 0);
    }
    CHECK(pleth_beat_variability_sd(found, sd, truths, &v) == PLETH_OK);
    CHECK_NEAR((double)v.coverage, 0.8, 0.02);
    CHECK_NEAR((double)v.sdnn_ms, (double)clean.sdnn_ms, 2);
    CHECK_NEAR((double)v.rmssd_ms, (double)clean.rmssd_ms, 2);
    /* nothing but noise: not below 0 */
    for (int i = 0; i < 20; i++) {
        found[i] = i;
        sd[i] = 0.02;
    }
    CHECK(pleth_beat_variability_sd(found, sd, 20, &v) == PLETH_OK);
    CHECK(v.sdnn_ms == 0 && v.rmssd_ms == 0 && v.noise_ms > 0);
    sd[7] = -1e-9;
    CHECK(pleth_beat_variability_sd(found, sd, 20, &v) == PLETH_EINVAL);
    sd[7] = (double)NAN;
    CHECK(pleth_beat_variability_sd(found, sd, 20, &v) == PLETH_EINVAL);
}

/* intervals modulated by sines: each band gets half the square of its amplitude */
static void bands(void)
{
    static const double lengths[] = {301, 460, 900};
    for (int l = 0; l < 3; l++) {
        pleth_variability v;
        double t = 3;
        int kept = 0;
        for (truths = 0; t < 3 + lengths[l]; truths++) {
            truth[truths] = t;
            t += 0.9 + 0.04 * sin(2 * pi * 0.09 * t) + 0.02 * sin(2 * pi * 0.27 * t);
        }
        CHECK(pleth_beat_variability(truth, truths, &v) == PLETH_OK);
        CHECK(v.have_bands);
        CHECK_NEAR((double)v.lf_ms2, 800, 40);
        CHECK_NEAR((double)v.hf_ms2, 200, 20);
        /* one beat in twenty missed, and with it a tenth of the intervals */
        for (int i = 0; i < truths; i++)
            if (i % 20 != 7)
                found[kept++] = truth[i];
        CHECK(pleth_beat_variability(found, kept, &v) == PLETH_OK);
        CHECK(v.have_bands);
        CHECK_NEAR((double)v.lf_ms2, 800, 80);
        CHECK_NEAR((double)v.hf_ms2, 200, 40);
    }
    /* not before five minutes */
    make_beats(290, 66, 66, 0.03, 0.01);
    {
        pleth_variability v;
        CHECK(pleth_beat_variability(truth, truths, &v) == PLETH_OK);
        CHECK(!v.have_bands && v.lf_ms2 == 0 && v.hf_ms2 == 0);
    }
}

int main(void)
{
    clean_waves();
    noisy_waves();
    through_the_wave();
    hard_waves();
    breaths();
    odd_inputs();
    known_figures();
    gate();
    scatter();
    uncertain_times();
    bands();
    return test_done();
}
