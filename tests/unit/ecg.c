/* R peaks: of heartbeats that the test lays out, and of SPC 2015's electrocardiograms against the
 * rates that came with them. */
#include <string.h>

#include "biosignal.h"
#include "dataset.h"
#include "ecg.h"
#include "test.h"

static const double pi = 3.14159265358979323846;

enum { N = 250 * 300, BEATS = 2000 };
static float ecg[N];
static double beat[BEATS];
static int beats;
static unsigned seed = 5;

static double gauss(void)
{
    double u[2];
    for (int i = 0; i < 2; i++) {
        seed = seed * 1664525u + 1013904223u;
        u[i] = (seed + 0.5) / 4294967296.0;
    }
    return sqrt(-2 * log(u[0])) * cos(2 * pi * u[1]);
}

static double hill(double t, double at, double width)
{
    return exp(-0.5 * (t - at) * (t - at) / (width * width));
}

/* Five waves a beat (McSharry et al. 2003), a wandering baseline, mains, muscle. Returns n. */
static int draw(double per_min, double rate_hz, double length_s, double noise, double sign)
{
    const int n = (int)(length_s * rate_hz);
    int first = 0;
    double t = 0.7;

    for (beats = 0; t < length_s; beats++) {
        beat[beats] = t;
        t += 60 / per_min * (1 + 0.06 * sin(2 * pi * 0.24 * t) + 0.02 * gauss());
    }
    for (int i = 0; i < n; i++) {
        double at = i / rate_hz, sum = 0.5 * sin(2 * pi * 0.3 * at) + 0.1 * sin(2 * pi * 50 * at);
        while (first < beats && beat[first] < at - 1)
            first++;
        for (int k = first; k < beats && beat[k] < at + 1; k++) {
            /* T comes sooner in a fast heart */
            double x = at - beat[k], q = sqrt(fmin(1, 60 / per_min));
            sum += hill(x, 0, 0.011) - 0.15 * hill(x, -0.027, 0.009) - 0.25 * hill(x, 0.028, 0.01) +
                   0.3 * hill(x, 0.28 * q, 0.04) + 0.12 * hill(x, -0.17 * q, 0.025);
        }
        ecg[i] = (float)(sign * 1000 * (sum + noise * gauss()));
    }
    return n;
}

/* Each beat is found once, at the same distance from its R to within `sd_s`. */
static void check(int n, double rate_hz, double sd_s)
{
    double *found, mean = 0, square = 0;
    int count = plethio_r_peaks(ecg, n, rate_hz, &found), hits = 0;

    for (int i = 0, k = 0; i < count; i++) {
        double off;
        while (k + 1 < beats && fabs(beat[k + 1] - found[i]) < fabs(beat[k] - found[i]))
            k++;
        off = found[i] - beat[k];
        CHECK(fabs(off) < 0.05);
        CHECK(i == 0 || found[i] > found[i - 1]);
        mean += off;
        square += off * off;
        hits++;
    }
    /* the first and the last may be cut */
    CHECK(hits <= beats && hits >= beats - 2);
    mean /= hits;
    CHECK(sqrt(square / hits - mean * mean) < sd_s);
    free(found);
}

static void laid_out(void)
{
    static const double rates[] = {125, 250, 500}, per_min[] = {38, 55, 75, 110, 160, 190};
    for (int r = 0; r < 3; r++)
        for (int p = 0; p < 6; p++)
            for (int sign = -1; sign <= 1; sign += 2) {
                check(draw(per_min[p], rates[r], 60, 0.01, sign), rates[r], 0.001);
                check(draw(per_min[p], rates[r], 60, 0.1, sign), rates[r], 0.004);
            }
}

/* Electrodes that are knocked, and weaker beats afterwards. */
static void disturbed(void)
{
    int n = draw(80, 250, 120, 0.02, 1);
    for (int i = 0; i < 40; i++)
        ecg[30 * 250 + i] += 20000 * (float)sin(pi * i / 40);
    for (int i = 60 * 250; i < n; i++)
        ecg[i] *= 0.45f;
    {
        double *found;
        int count = plethio_r_peaks(ecg, n, 250, &found), near = 0;
        for (int i = 0; i < count; i++)
            for (int k = 0; k < beats; k++)
                near += fabs(found[i] - beat[k]) < 0.03;
        CHECK(near >= beats - 3 && count <= beats + 2);
        free(found);
    }
}

static void nothing(void)
{
    double *found;
    int n = draw(80, 250, 30, 0, 1);

    CHECK(plethio_r_peaks(ecg, 2000, 250, &found) == 0);
    free(found);
    CHECK(plethio_r_peaks(ecg, n, 50, &found) == 0);
    CHECK(plethio_r_peaks(ecg, n, (double)NAN, &found) == 0);
    ecg[77] = NAN;
    CHECK(plethio_r_peaks(ecg, n, 250, &found) == 0);
    memset(ecg, 0, sizeof ecg);
    CHECK(plethio_r_peaks(ecg, n, 250, &found) == 0);
    free(found);
}

/* The rate of each labelled window of 8 s by its R peaks, all recordings that have an ECG. */
static void recorded(void)
{
    struct plethio_dataset set;
    char path[1024], *end;
    double sum = 0;
    int windows = 0, recordings = 0, near = 0;

    if (!test_shared(path, sizeof path, "data/ppg/spc2015/DATA_01_TYPE01.json")) {
        printf("without SPC 2015: laid out ones only\n");
        return;
    }
    end = strrchr(path, '/');
    *end = 0;
    CHECK(plethio_dataset_open(&set, plethio_layout_find("neutral"), path, NULL) == 0);
    for (int i = 0; i < set.count; i++) {
        struct plethio_reference r;
        CHECK(plethio_reference_read(&r, set.layout, &set.recording[i], NULL) == 0);
        recordings += r.beats > 0;
        for (int k = 0; k < r.n && r.beats > 0; k++) {
            double from = r.time_s[k] - r.window_s, first = 0, last = 0, error;
            int n = -1;
            for (int j = 0; j < r.beats; j++)
                if (r.beat_s[j] >= from && r.beat_s[j] <= r.time_s[k]) {
                    if (n++ < 0)
                        first = r.beat_s[j];
                    last = r.beat_s[j];
                }
            error = n > 0 ? fabs(60 * n / (last - first) - r.heart_rate[k]) : 1e3;
            sum += error;
            near += error < 5;
            windows++;
        }
        plethio_reference_free(&r);
    }
    plethio_dataset_free(&set);
    printf("SPC 2015: %d recordings, %d windows, mean error %.3f /min, within 5 /min %.2f %%\n",
           recordings, windows, sum / windows, 100.0 * near / windows);
    CHECK(recordings == 13 && windows > 1700);
    CHECK(sum / windows < 1 && near > 0.95 * windows);
}

int main(void)
{
    laid_out();
    disturbed();
    nothing();
    recorded();
    return test_done();
}
