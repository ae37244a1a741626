/* Windows for training: cut as the device cuts, labelled as the data set says, varied so that the
 * label stays true; and people who are held apart. */
#define _POSIX_C_SOURCE 200809L

#include "hearts.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef PLETH_WITH_MATIO
#include <matio.h>
#endif

#include "folds.h"
#include "pleth/pleth.h"
#include "signal/trace.h"
#include "windows.h"

static struct plethtrain_set set;
static struct plethio_error e;

static int open_set(const char *const *path, int n, double lag_s)
{
    struct plethtrain_source source[4];

    for (int i = 0; i < n; i++)
        source[i] =
            (struct plethtrain_source){.layout = "neutral", .path = path[i], .lag_s = lag_s};
    e.text[0] = 0;
    return plethtrain_set_open(&set, source, n, NULL, NULL, &e);
}

/* The rate of a window's largest frequency, per minute, by its Fourier integral. */
static double dominant(const float *x)
{
    double best = 0, most = -1;

    for (double rate = 30; rate < 240; rate += 0.25) {
        double re = 0, im = 0;
        for (int k = 0; k < PLETH_WINDOW; k++) {
            const double w = 0.5 - 0.5 * cos(heart_tau * (k + 0.5) / PLETH_WINDOW);
            re += w * (double)x[k] * cos(heart_tau * rate / 60 * k / PLETH_WINDOW_HZ);
            im += w * (double)x[k] * sin(heart_tau * rate / 60 * k / PLETH_WINDOW_HZ);
        }
        if (re * re + im * im > most) {
            most = re * re + im * im;
            best = rate;
        }
    }
    return best;
}

/* ---- The device's function ----------------------------------------------------------------- */

static void check_cut(void)
{
    double x[PLETH_WINDOW], other[PLETH_WINDOW], work[PLETH_WINDOW_WORK], mean = 0, square = 0;
    float out[PLETH_WINDOW], again[PLETH_WINDOW];
    int wrong = 0;

    for (int k = 0; k < PLETH_WINDOW; k++) {
        const double t = (double)k / PLETH_WINDOW_HZ;
        x[k] = sin(heart_tau * 1.3 * t);
        other[k] = 1e6 + 700 * x[k] + 3e4 * t; /* another unit, on a slope */
    }
    CHECK(pleth_window_cut(x, 1, NULL, out, work) == PLETH_OK);
    CHECK(pleth_window_cut(other, 1, NULL, again, work) == PLETH_OK);
    for (int k = 0; k < PLETH_WINDOW; k++) {
        mean += (double)out[k] / PLETH_WINDOW;
        square += (double)(out[k] * out[k]) / PLETH_WINDOW;
        wrong += fabs((double)(out[k] - again[k])) > 1e-3;
        /* a sine of deviation 1, but for what detrending does to its ends */
        wrong += k > 25 && k < 175 && fabs((double)out[k] - sqrt(2) * x[k]) > 0.05;
    }
    CHECK_NEAR(mean, 0, 1e-6);
    CHECK_NEAR(square, 1, 1e-5);
    CHECK(wrong == 0);
    /* breathing's sway, ten times the pulse, is mostly gone */
    for (int k = 0; k < PLETH_WINDOW; k++)
        other[k] = x[k] + 10 * sin(heart_tau * 0.1 * k / PLETH_WINDOW_HZ);
    CHECK(pleth_window_cut(other, 1, NULL, again, work) == PLETH_OK);
    CHECK_NEAR(dominant(again), 78, 1);

    for (int k = 0; k < PLETH_WINDOW; k++)
        x[k] = 4321.1;
    CHECK(pleth_window_cut(x, 1, NULL, out, work) == PLETH_EINVAL && out[7] == 0 && out[199] == 0);
    x[30] = (double)NAN;
    CHECK(pleth_window_cut(x, 1, NULL, out, work) == PLETH_EINVAL && out[7] == 0);
    x[30] = (double)INFINITY;
    CHECK(pleth_window_cut(x, 1, NULL, out, work) == PLETH_EINVAL && out[30] == 0);
}

static double product(const float *a, const float *b)
{
    double sum = 0;

    for (int k = 0; k < PLETH_WINDOW; k++)
        sum += (double)(a[k] * b[k]) / PLETH_WINDOW;
    return sum;
}

/* Channels of one pulse, each with noise of its own and in its own unit. */
static void check_channels(void)
{
    enum { CHANNELS = 4 };
    const double unit[CHANNELS] = {1, 3000, 0.02, 1}, nobody[CHANNELS] = {0, 0, 0, 1};
    double x[CHANNELS * PLETH_WINDOW], work[PLETH_WINDOW_WORK];
    float one[CHANNELS][PLETH_WINDOW], pulse[PLETH_WINDOW], out[PLETH_WINDOW], again[PLETH_WINDOW];

    for (int c = 0; c < CHANNELS; c++)
        for (int k = 0; k < PLETH_WINDOW; k++) {
            const double wave = sin(heart_tau * 1.3 * k / PLETH_WINDOW_HZ);
            const double noise =
                2 * plethtrain_uniform(5 + (uint64_t)c, (uint64_t)k) - 1; /* deviation 0.58 */
            x[c * PLETH_WINDOW + k] = unit[c] * (7 + wave + noise);
            pulse[k] = (float)(sqrt(2) * wave);
        }
    for (int c = 0; c < CHANNELS; c++)
        CHECK(pleth_window_cut(x + c * PLETH_WINDOW, 1, NULL, one[c], work) == PLETH_OK);
    /* noise of two thirds of the pulse's power in one, of a sixth in the mean of four */
    CHECK(pleth_window_cut(x, CHANNELS, NULL, out, work) == PLETH_OK);
    CHECK_NEAR(product(one[0], pulse), sqrt(1 / (1 + 2 / 3.0)), 0.05);
    CHECK_NEAR(product(out, pulse), sqrt(1 / (1 + 1 / 6.0)), 0.03);
    CHECK_NEAR(product(out, out), 1, 1e-5);
    /* none counts for less because its unit is small */
    for (int c = 0; c < CHANNELS; c++)
        CHECK_NEAR(product(out, one[c]), product(out, one[0]), 0.05);
    /* by weights */
    CHECK(pleth_window_cut(x, CHANNELS, nobody, out, work) == PLETH_OK);
    CHECK_NEAR(product(out, one[3]), 1, 1e-5);
    CHECK(pleth_window_cut(x, CHANNELS - 1, nobody, out, work) == PLETH_EINVAL && out[9] == 0);
    /* channels that say nothing are as none */
    pleth_window_cut(x, 2, NULL, out, work);
    for (int k = 0; k < PLETH_WINDOW; k++)
        x[2 * PLETH_WINDOW + k] = 5;
    x[3 * PLETH_WINDOW + 9] = (double)NAN;
    CHECK(pleth_window_cut(x, CHANNELS, NULL, again, work) == PLETH_OK);
    CHECK(memcmp(out, again, sizeof out) == 0);
}

/* ---- Labelled windows ---------------------------------------------------------------------- */

static void check_rates(void)
{
    static const double hz[] = {30, 50, 125, 256};
    const char *folder = heart_folder("rates");
    float x[PLETH_WINDOW];
    int off = 0;

    for (int i = 0; i < 4; i++) {
        const char *const name[] = {"a", "b", "c", "d"};
        heart_write(folder, &(struct heart){.name = name[i],
                                            .person = name[i],
                                            .rate_hz = hz[i],
                                            .seconds = 60,
                                            .from = 50 + 45 * i,
                                            .to = 60 + 45 * i});
    }
    CHECK(open_set(&folder, 1, 0) == 0);
    CHECK(set.windows == 4 * 27 && set.people == 4 && set.unlabelled == 0);
    CHECK(strcmp(set.person[1], "rates/b") == 0);
    for (int i = 0; i < set.windows; i++) {
        plethtrain_set_cut(&set, i, x);
        off += fabs(dominant(x) - (double)set.window[i].rate) > 1;
    }
    CHECK(off == 0);
    plethtrain_set_close(&set);
}

/* Intervals between beats label the windows that they fill half of, as if they began with the
 * recording. */
static void check_intervals(void)
{
    const char *folder = heart_folder("intervals");
    const struct heart h = {
        .name = "i", .person = "i", .rate_hz = 50, .seconds = 120, .from = 72, .to = 96};
    const double slope = (h.to - h.from) / h.seconds; /* per minute and second */
    double known[200], last = 0;
    int beats = 0, windows = 0;
    char path[600];
    FILE *f;

    heart_write(folder, &h);
    snprintf(path, sizeof path, "%s/i_ref.csv", folder);
    f = fopen(path, "w");
    fprintf(f, "t_cum_s,rr_ms\n");
    /* beat n is at from t + slope t^2 / 2 = 60 n; what lies in 50..60 s has no intervals */
    for (int n = 1; n < 170; n++) {
        const double t = (sqrt(h.from * h.from + 2 * slope * 60 * n) - h.from) / slope;
        if (t > 50 && t < 60)
            continue;
        if (t > 60 && last < 50) {
            /* an interval that is not known lasts for 10 s */
            fprintf(f, "0,0\n0,%.6f\n", (t - last - 10) * 1000);
            last = t;
        }
        if (t > last)
            fprintf(f, "0,%.6f\n", (t - last) * 1000);
        known[beats++] = last = t;
    }
    fclose(f);
    CHECK(open_set(&folder, 1, 0) == 0);
    for (int i = 0; i < set.windows; i++) {
        const double start = set.window[i].start / 25.0;
        CHECK_NEAR((double)set.window[i].rate, heart_rate(&h, start + 4), 1);
        /* half of the window is known */
        CHECK(start + 8 <= 54.9 || start >= 55.1);
    }
    for (double end = 8; end <= known[beats - 1]; end += 2)
        windows += end <= 54 || end >= 64;
    CHECK(abs(set.windows - windows) <= 2 && set.unlabelled >= 2 && windows > 45);
    plethtrain_set_close(&set);
}

/* The trainer's window is the device's: the newest 8 s of a trace at the window's end. */
static void check_same_code(void)
{
    const struct heart h = {.name = "s",
                            .person = "s",
                            .rate_hz = 100,
                            .seconds = 40,
                            .from = 70,
                            .to = 90,
                            .noise = 1};
    const char *folder = heart_folder("same");
    struct pleth_trace *trace = malloc(pleth_trace_size(2, 0));
    double sample[2 * PLETH_WINDOW], work[PLETH_WINDOW_WORK];
    float theirs[PLETH_WINDOW], ours[PLETH_WINDOW];
    int compared = 0, differ = 0;

    heart_write(folder, &h);
    CHECK(open_set(&folder, 1, 0) == 0);
    pleth_trace_init(trace, 2, PLETH_WINDOW_HZ);
    for (int i = 0; i < 4000; i++) {
        /* volatile: GCC 12 forgets to round two at once */
        volatile const float kept[2] = {(float)heart_light(&h, i / 100.0, (uint64_t)i),
                                        heart_second(&h, i / 100.0, (uint64_t)i)};
        const double light[2] = {(double)kept[0], (double)kept[1]};
        const int64_t before = trace->made;
        pleth_trace_push(trace, (int64_t)i * 10000000, light);
        for (int w = 0; w < set.windows && trace->made > before; w++) {
            if (set.window[w].start + PLETH_WINDOW != trace->made)
                continue;
            for (int c = 0; c < 2; c++)
                pleth_trace_read(trace, c, PLETH_WINDOW, sample + c * PLETH_WINDOW, 1);
            for (int k = 0; k < 2 * PLETH_WINDOW; k++)
                sample[k] = (double)(float)sample[k]; /* as they are kept */
            pleth_window_cut(sample, 2, NULL, theirs, work);
            plethtrain_set_cut(&set, w, ours);
            differ += memcmp(theirs, ours, sizeof ours) != 0;
            compared++;
        }
    }
    CHECK(compared == set.windows && compared == 17 && differ == 0);
    free(trace);
    plethtrain_set_close(&set);
}

static void check_lag(void)
{
    const char *folder = heart_folder("lag");
    float x[PLETH_WINDOW];
    double late = 0, right = 0;

    /* 3 a minute each second: a label 4 s late is 12 off */
    heart_write(folder, &(struct heart){.name = "l",
                                        .person = "l",
                                        .rate_hz = 50,
                                        .seconds = 40,
                                        .from = 60,
                                        .to = 180,
                                        .late_s = 4});
    CHECK(open_set(&folder, 1, 0) == 0);
    for (int i = 0; i < set.windows; i++) {
        plethtrain_set_cut(&set, i, x);
        late += (dominant(x) - (double)set.window[i].rate) / set.windows;
    }
    plethtrain_set_close(&set);
    CHECK(open_set(&folder, 1, 4) == 0);
    for (int i = 0; i < set.windows; i++) {
        plethtrain_set_cut(&set, i, x);
        right += (dominant(x) - (double)set.window[i].rate) / set.windows;
    }
    CHECK_NEAR(late, 12, 2);
    CHECK_NEAR(right, 0, 2);
    plethtrain_set_close(&set);
}

static void check_labels_that_are_none(void)
{
    static const char *const label[] = {"0",  "-60", "29",  "29.9", "210",  "",
                                        "72", "75",  "nan", "30",   "209.5"};
    const char *folder = heart_folder("none");

    heart_write(folder, &(struct heart){.name = "n",
                                        .person = "n",
                                        .rate_hz = 50,
                                        .seconds = 28,
                                        .from = 72,
                                        .to = 72,
                                        .label = label});
    CHECK(open_set(&folder, 1, 0) == 0);
    CHECK(set.windows == 4 && set.unlabelled == 7);
    for (int i = 0; i < set.windows; i++)
        CHECK(set.window[i].rate >= 30 && set.window[i].rate <= 209.5f);
    plethtrain_set_close(&set);
}

/* No window reaches over a hole. */
static void check_hole(void)
{
    const char *folder = heart_folder("hole");

    heart_write(folder, &(struct heart){.name = "h",
                                        .person = "h",
                                        .rate_hz = 50,
                                        .seconds = 60,
                                        .from = 80,
                                        .to = 80,
                                        .hole_from_s = 25,
                                        .hole_to_s = 30});
    CHECK(open_set(&folder, 1, 0) == 0);
    CHECK(set.pieces == 2);
    for (int i = 0; i < set.windows; i++) {
        const struct plethtrain_piece *p = &set.piece[set.window[i].piece];
        const double start = p->begin_s + (double)set.window[i].start / PLETH_WINDOW_HZ;
        CHECK(start + 8 <= 25.3 || start >= 29.9);
        CHECK(set.window[i].start >= 0 && set.window[i].start + PLETH_WINDOW <= p->length);
    }
    CHECK(set.windows == 9 + 12 && set.dark == 6);
    plethtrain_set_close(&set);
}

/* A channel that never has a value is as none. */
static void check_unlit(void)
{
    struct heart h = {
        .name = "u", .person = "u", .rate_hz = 50, .seconds = 60, .from = 70, .to = 90};
    const char *folder = heart_folder("unlit");
    const struct plethtrain_source first = {.layout = "neutral", .path = folder, .channels = 1};
    float x[27][PLETH_WINDOW], again[PLETH_WINDOW];

    heart_write(folder, &h);
    CHECK(plethtrain_set_open(&set, &first, 1, NULL, NULL, &e) == 0 && set.windows == 27);
    for (int i = 0; i < 27; i++)
        plethtrain_set_cut(&set, i, x[i]);
    plethtrain_set_close(&set);
    h.unlit = 1;
    heart_write(folder, &h);
    CHECK(open_set(&folder, 1, 0) == 0 && set.windows == 27 && set.dark == 0);
    for (int i = 0; i < set.windows; i++) {
        plethtrain_set_cut(&set, i, again);
        CHECK(memcmp(x[i], again, sizeof again) == 0);
    }
    plethtrain_set_close(&set);
    /* none has any */
    h.hole_to_s = 60;
    heart_write(folder, &h);
    CHECK(open_set(&folder, 1, 0) == -1 && strstr(e.text, "unlit: no window of 8 s"));
}

/* ---- References by instants ---------------------------------------------------------------- */

/* A minute of light, and a reference that says `text`. */
static int open_instants(const char *folder, const char *text)
{
    const struct heart h = {.from = 72, .to = 72, .seconds = 60};
    const struct plethtrain_source source = {.layout = "folder", .path = folder};
    char path[600];
    FILE *f;

    snprintf(path, sizeof path, "%s/i.csv", folder);
    f = fopen(path, "w");
    fprintf(f, "time_s,green_pulse\n");
    for (int i = 0; i < 3000; i++)
        fprintf(f, "%.2f,%.3f\n", i / 50.0, heart_light(&h, i / 50.0, (uint64_t)i));
    fclose(f);
    snprintf(path, sizeof path, "%s/i.truth.csv", folder);
    f = fopen(path, "w");
    fprintf(f, "time_s,heart_rate\n%s", text);
    fclose(f);
    return plethtrain_set_open(&set, &source, 1, NULL, NULL, &e);
}

/* What it knows of a window is counted in seconds, not in values. */
static void check_instants(void)
{
    static const int wanted[] = {8, 10, 12, 14, 16, 18, 20, 22, 24, 44, 46, 48, 50, 52, 54, 56, 58};
    const char *folder = heart_folder("instants");
    char text[2000] = "";

    /* nothing from 20 to 40 s; not known from 53 to 57 s */
    for (int t = 1; t <= 60; t++)
        if (t <= 20 || t >= 40)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%s\n", t,
                     t > 53 && t <= 57 ? "" : "72");
    CHECK(open_instants(folder, text) == 0);
    CHECK(set.windows == 18);
    for (int i = 0; i < set.windows && i < 17; i++)
        CHECK(set.window[i].start == 25 * (wanted[i] - 8) && set.window[i].rate == 72);
    plethtrain_set_close(&set);
    /* one each ten seconds is what is usual there */
    CHECK(open_instants(folder, "5,70\n15,72\n25,74\n35,76\n45,78\n55,80\n") == 0);
    CHECK(set.windows > 10 && set.window[0].rate == 70 && set.window[set.windows - 1].rate > 77);
    plethtrain_set_close(&set);
}

/* A reference whose clock is another one, or broken at its end. */
static void check_endless(void)
{
    static const char *const last[] = {"1e17", "1764400000", "1e300"};
    const char *folder = heart_folder("endless");
    char path[600], text[1000];

    for (int k = 0; k < 3; k++) {
        text[0] = 0;
        for (int t = 1; t <= 40; t++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%d,72\n", t);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s,72\n", last[k]);
        CHECK(open_instants(folder, text) == 0);
        CHECK(set.windows >= 17 && set.windows + set.unlabelled + set.dark <= 27);
        plethtrain_set_close(&set);
    }
    folder = heart_folder("endless intervals");
    heart_write(
        folder,
        &(struct heart){
            .name = "i", .person = "i", .rate_hz = 50, .seconds = 60, .from = 72, .to = 72});
    snprintf(path, sizeof path, "%s/i_ref.csv", folder);
    for (int k = 0; k < 3; k++) {
        FILE *f = fopen(path, "w");
        fprintf(f, "t_cum_s,rr_ms\n");
        for (int i = 0; i < 40; i++)
            fprintf(f, "0,800\n");
        fprintf(f, "0,%s\n0,800\n", last[k]);
        fclose(f);
        CHECK(open_set(&folder, 1, 0) == 0);
        CHECK(set.windows >= 12 && set.windows + set.unlabelled + set.dark <= 27);
        plethtrain_set_close(&set);
    }
}

/* ---- Files --------------------------------------------------------------------------------- */

/* People are known by the folder's own name, whatever way leads to it. */
static void check_names(void)
{
    const char *own = heart_folder("own"), *link = recording_path("link"), *way[4];
    char here[600];

    heart_write(
        own, &(struct heart){
                 .name = "n", .person = "n", .rate_hz = 50, .seconds = 20, .from = 80, .to = 80});
    CHECK(symlink(own, link) == 0);
    snprintf(here, sizeof here, "%s/.", own);
    way[0] = own;
    way[1] = link;
    way[2] = here;
    way[3] = ".";
    for (int i = 0; i < 4; i++) {
        CHECK(i < 3 || chdir(own) == 0);
        CHECK(open_set(&way[i], 1, 0) == 0 && strcmp(set.person[0], "own/n") == 0);
        plethtrain_set_close(&set);
    }
    CHECK(chdir("/") == 0);
}

#ifdef PLETH_WITH_MATIO
/* Recordings that lie in one file, of two people. */
static void check_inside(void)
{
    static double light[2][3 * 200], rate[3] = {72, 72, 72};
    const struct heart h = {.from = 72, .to = 72, .seconds = 24};
    const char *folder[2] = {heart_folder("wild"), heart_folder("again")};
    struct plethtrain_source source[2];
    char path[600], other[600];
    mat_t *file;

    snprintf(path, sizeof path, "%s/WildPPG.mat", folder[0]);
    snprintf(other, sizeof other, "%s/WildPPG.mat", folder[1]);
    for (int p = 0; p < 2; p++)
        for (int i = 0; i < 600; i++) /* column-major: windows by their samples */
            light[p][i % 200 * 3 + i / 200] = heart_light(&h, i / 25.0, (uint64_t)i);
    file = Mat_CreateVer(path, NULL, MAT_FT_MAT5);
    for (int v = 0; v < 2; v++) {
        matvar_t *cell[2], *cells;
        for (int p = 0; p < 2; p++)
            cell[p] = Mat_VarCreate(NULL, MAT_C_DOUBLE, MAT_T_DOUBLE, 2, (size_t[]){3, v ? 200 : 1},
                                    v ? light[p] : rate, 0);
        cells = Mat_VarCreate(v ? "data_ppg_wrist" : "data_bpm_values", MAT_C_CELL, MAT_T_CELL, 2,
                              (size_t[]){2, 1}, cell, 0);
        CHECK(file && cells && Mat_VarWrite(file, cells, MAT_COMPRESSION_NONE) == 0);
        Mat_VarFree(cells);
    }
    Mat_Close(file);
    for (int i = 0; i < 2; i++)
        source[i] = (struct plethtrain_source){.layout = "wildppg", .path = folder[i]};
    CHECK(plethtrain_set_open(&set, source, 1, NULL, NULL, &e) == 0);
    CHECK(set.people == 2 && set.recordings == 2 && set.windows == 6);
    plethtrain_set_close(&set);
    CHECK(link(path, other) == 0);
    CHECK(plethtrain_set_open(&set, source, 2, NULL, NULL, &e) == -1 &&
          strstr(e.text, "in data set wild and in again"));
}
#endif

/* ---- Variations ---------------------------------------------------------------------------- */

static void check_variations(void)
{
    const char *folder = heart_folder("vary");
    struct plethtrain_variation v = {.stretch = 1.3, .shift_s = 1};
    float x[PLETH_WINDOW], again[PLETH_WINDOW], plain[PLETH_WINDOW];
    double least = HUGE_VAL, most = 0, turned = 0;
    int off = 0;

    heart_write(
        folder,
        &(struct heart){
            .name = "v", .person = "v", .rate_hz = 125, .seconds = 60, .from = 60, .to = 100});
    CHECK(open_set(&folder, 1, 0) == 0);
    for (int n = 0; n < 400; n++) {
        const int i = n % set.windows;
        const float rate = plethtrain_set_vary(&set, i, &v, (uint64_t)n, x);
        const double ratio = (double)(rate / set.window[i].rate);
        off += fabs(dominant(x) - (double)rate) > 2;
        least = fmin(least, ratio);
        most = fmax(most, ratio);
    }
    CHECK(off == 0);
    /* by more than the recording has at its ends */
    for (int n = 0; n < 100; n++) {
        const struct plethtrain_variation wide = {.stretch = 2.5, .shift_s = 1};
        const int i = n % 2 ? 0 : set.windows - 1;
        const float rate = plethtrain_set_vary(&set, i, &wide, (uint64_t)n, x);
        off += fabs(dominant(x) - (double)rate) > 2;
    }
    CHECK(off == 0);
    CHECK(least < 0.8 && least > 0.74 && most > 1.25 && most < 1.34);
    /* a function of the key; nothing asked for is nothing done */
    v = (struct plethtrain_variation){
        .stretch = 1.3, .shift_s = 1, .mix = 1, .flip = 1, .noise = 0.2, .envelope = 0.3};
    CHECK(plethtrain_set_vary(&set, 3, &v, 5, x) == plethtrain_set_vary(&set, 3, &v, 5, again));
    CHECK(memcmp(x, again, sizeof x) == 0);
    plethtrain_set_vary(&set, 3, &v, 6, again);
    CHECK(memcmp(x, again, sizeof x) != 0);
    v = (struct plethtrain_variation){.stretch = 0};
    CHECK(plethtrain_set_vary(&set, 3, &v, 5, x) == set.window[3].rate);
    plethtrain_set_cut(&set, 3, plain);
    CHECK(memcmp(x, plain, sizeof x) == 0);
    /* upside down half of the time */
    v = (struct plethtrain_variation){.flip = 1};
    turned = 0;
    for (int n = 0; n < 400; n++) {
        plethtrain_set_vary(&set, 3, &v, (uint64_t)n, x);
        CHECK_NEAR(fabs(product(x, plain)), 1, 1e-3);
        turned += product(x, plain) < 0;
    }
    CHECK_NEAR(turned, 200, 50); /* five deviations */
    /* noise of the size that was asked for, uniform up to it */
    v = (struct plethtrain_variation){.noise = 1};
    turned = 0;
    for (int n = 0; n < 400; n++) {
        plethtrain_set_vary(&set, 3, &v, (uint64_t)n, x);
        turned += product(x, plain) / 400;
    }
    CHECK_NEAR(turned, 0.8814, 0.02); /* the mean of 1 / sqrt(1 + u^2) */
    plethtrain_set_close(&set);
}

/* ---- People -------------------------------------------------------------------------------- */

static int count(const int *role, int wanted)
{
    int n = 0;

    for (int p = 0; p < set.people; p++)
        n += role[p] == wanted;
    return n;
}

static void check_people(void)
{
    const char *folder[2] = {heart_folder("one"), heart_folder("two")};
    const char *file;
    int role[64], other[64], tested[64] = {0};
    struct plethtrain_split s = {.folds = 3, .seed = 1, .validation = 5};

    heart_crowd(folder[0], 11, 0);
    heart_crowd(folder[1], 7, 0); /* the same names, other people */
    /* a second recording of one person */
    heart_write(
        folder[0],
        &(struct heart){
            .name = "again", .person = "p03", .rate_hz = 50, .seconds = 60, .from = 80, .to = 80});
    CHECK(open_set(folder, 2, 0) == 0);
    CHECK(set.people == 18 && set.recordings == 19);

    /* every person is tested in exactly one fold; nobody on two sides; folds alike in size */
    for (s.fold = 0; s.fold < 3; s.fold++) {
        int windows = 0;
        CHECK(plethtrain_split_people(&set, &s, role, &e) == 0);
        CHECK(plethtrain_split_people(&set, &s, other, &e) == 0);
        CHECK(memcmp(role, other, sizeof *role * (size_t)set.people) == 0);
        for (int p = 0; p < set.people; p++)
            tested[p] += role[p] == PLETHTRAIN_TESTED;
        for (int i = 0; i < set.windows; i++)
            windows += role[plethtrain_set_person(&set, i)] == PLETHTRAIN_TESTED;
        CHECK(abs(windows - set.windows / 3) <= 27);
        CHECK(count(role, PLETHTRAIN_ABSENT) == 0 && count(role, PLETHTRAIN_VALIDATES) >= 2 &&
              count(role, PLETHTRAIN_VALIDATES) <= 3);
    }
    for (int p = 0; p < set.people; p++)
        CHECK(tested[p] == 1);
    s.seed = 2;
    s.fold = 0;
    CHECK(plethtrain_split_people(&set, &s, other, &e) == 0);
    s.seed = 1;
    CHECK(plethtrain_split_people(&set, &s, role, &e) == 0);
    CHECK(memcmp(role, other, sizeof *role * (size_t)set.people) != 0);
    /* to choose by: who is tested in fold 1 is not there, the others are tested once each */
    s = (struct plethtrain_split){.folds = 3, .fold = 1, .seed = 1};
    CHECK(plethtrain_split_people(&set, &s, other, &e) == 0);
    memset(tested, 0, sizeof tested);
    s.inner = 2;
    for (s.fold = 2; s.fold < 4; s.fold++) {
        CHECK(plethtrain_split_people(&set, &s, role, &e) == 0);
        for (int p = 0; p < set.people; p++) {
            CHECK((role[p] == PLETHTRAIN_ABSENT) == (other[p] == PLETHTRAIN_TESTED));
            tested[p] += role[p] == PLETHTRAIN_TESTED;
        }
    }
    for (int p = 0; p < set.people; p++)
        CHECK(tested[p] == (other[p] != PLETHTRAIN_TESTED));
    /* as many folds as people: one is left out at a time */
    s = (struct plethtrain_split){.folds = 18, .fold = 4, .seed = 1};
    CHECK(plethtrain_split_people(&set, &s, role, &e) == 0 && count(role, PLETHTRAIN_TESTED) == 1);
    s.folds = 19;
    CHECK(plethtrain_split_people(&set, &s, role, &e) == -1 &&
          strstr(e.text, "one, two: 18 people do not make 19 folds"));

    s = (struct plethtrain_split){.person = "two/p03"};
    CHECK(plethtrain_split_people(&set, &s, role, &e) == 0);
    CHECK(count(role, PLETHTRAIN_TESTED) == 1 && count(role, PLETHTRAIN_LEARNS) == 17 &&
          role[14] == PLETHTRAIN_TESTED);
    s.person = "nobody";
    CHECK(plethtrain_split_people(&set, &s, role, &e) == -1 && strstr(e.text, "nobody"));
    s = (struct plethtrain_split){.tested_from = 1};
    CHECK(plethtrain_split_people(&set, &s, role, &e) == 0);
    CHECK(count(role, PLETHTRAIN_TESTED) == 7 && role[10] == PLETHTRAIN_LEARNS &&
          role[11] == PLETHTRAIN_TESTED);

    /* a file: who is not in it is absent; a person's recordings must be on one side */
    file = recording_text("split.csv", "name,fold\none/p00,1\none/p01,2\np06,1\n");
    s = (struct plethtrain_split){.file = file, .part = "1"};
    CHECK(plethtrain_split_people(&set, &s, role, &e) == 0);
    CHECK(count(role, PLETHTRAIN_TESTED) == 3 && count(role, PLETHTRAIN_LEARNS) == 1 &&
          count(role, PLETHTRAIN_ABSENT) == 14);
    s.part = NULL;
    CHECK(plethtrain_split_people(&set, &s, role, &e) == -1 && strstr(e.text, "test"));
    s.file = recording_text("split.csv", "name,part\nagain,test\nr03,train\n");
    CHECK(plethtrain_split_people(&set, &s, role, &e) == -1 && strstr(e.text, "both sides"));
    s.file = recording_text("split.csv", "name\none/p00\n");
    CHECK(plethtrain_split_people(&set, &s, role, &e) == -1 && strstr(e.text, "second column"));
    s.file = recording_text("split.csv", "name,part\none/p00,test\n");
    CHECK(plethtrain_split_people(&set, &s, role, &e) == -1 && strstr(e.text, "nobody is left"));
    plethtrain_set_close(&set);
}

/* Nobody of a data set that is only learned from is dealt, named or tested, however who is tested
 * is chosen, and nothing else changes by it. */
static void check_only_learned(void)
{
    const char *folder[3] = {heart_folder("main"), heart_folder("tests"), heart_folder("beside")};
    int role[64], other[64], alone[64];
    struct plethtrain_split ways[] = {{.folds = 3, .seed = 1, .validation = 3},
                                      {.person = "p02", .seed = 1, .validation = 3},
                                      {.tested_from = 1, .seed = 1, .validation = 3},
                                      {.seed = 1, .validation = 2}};
    const char *file;

    heart_crowd(folder[0], 9, 0);
    heart_crowd(folder[1], 5, 0);
    heart_crowd(folder[2], 6, 0); /* the same names */
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++)
        for (int fold = 0; fold < (ways[way].folds ? 3 : 1); fold++) {
            struct plethtrain_split s = ways[way];

            s.fold = fold;
            CHECK(open_set(folder, 2, 0) == 0);
            CHECK(plethtrain_split_people(&set, &s, alone, &e) == 0);
            plethtrain_set_close(&set);
            CHECK(open_set(folder, 3, 0) == 0 && set.people == 20);
            s.learned_from = 2;
            CHECK(plethtrain_split_people(&set, &s, role, &e) == 0);
            CHECK(memcmp(role, alone, 14 * sizeof *role) == 0);
            for (int p = 14; p < 20; p++)
                CHECK(role[p] == PLETHTRAIN_LEARNS);
            plethtrain_set_close(&set);
        }
    CHECK(open_set(folder, 3, 0) == 0);
    /* one of them is learned from: the others are tested, all of them, or folds of its own people
     */
    CHECK(plethtrain_split_people(&set,
                                  &(struct plethtrain_split){.only = 2, .seed = 1, .validation = 5},
                                  role, &e) == 0);
    for (int p = 0; p < 20; p++)
        CHECK(
            (role[p] == PLETHTRAIN_TESTED) == (p < 9 || p >= 14) &&
            (p < 9 || p >= 14 || role[p] == PLETHTRAIN_LEARNS || role[p] == PLETHTRAIN_VALIDATES));
    CHECK(count(role, PLETHTRAIN_VALIDATES) == 1);
    CHECK(plethtrain_split_people(
              &set, &(struct plethtrain_split){.only = 2, .seed = 1, .folds = 5, .learned_from = 2},
              role, &e) == 0);
    CHECK(count(role, PLETHTRAIN_ABSENT) == 9 && count(role, PLETHTRAIN_TESTED) == 1 &&
          count(role, PLETHTRAIN_LEARNS) == 10);
    CHECK(plethtrain_split_people(
              &set, &(struct plethtrain_split){.only = 2, .seed = 1, .folds = 6, .learned_from = 2},
              other, &e) == -1 &&
          strstr(e.text, "tests: 5 people do not make 6 folds"));
    for (int p = 0; p < 9; p++)
        CHECK(role[p] == PLETHTRAIN_ABSENT);
    /* a file means people of the first two, though others have their names */
    file = recording_text("beside.csv", "name,part\nmain/p00,test\nmain/p01,train\np04,test\n");
    CHECK(plethtrain_split_people(&set, &(struct plethtrain_split){.file = file, .learned_from = 2},
                                  role, &e) == 0);
    CHECK(count(role, PLETHTRAIN_TESTED) == 3 && count(role, PLETHTRAIN_LEARNS) == 7 &&
          count(role, PLETHTRAIN_ABSENT) == 10 && role[18] == PLETHTRAIN_LEARNS);
    CHECK(plethtrain_split_people(
              &set, &(struct plethtrain_split){.person = "beside/p01", .learned_from = 2}, role,
              &e) == -1 &&
          strstr(e.text, "nobody"));
    /* who is left to learn may be these alone */
    file = recording_text("all.csv", "name,part\nmain/p00,test\n");
    CHECK(plethtrain_split_people(&set, &(struct plethtrain_split){.file = file, .learned_from = 2},
                                  role, &e) == 0 &&
          count(role, PLETHTRAIN_LEARNS) == 6);
    plethtrain_set_close(&set);
}

static void check_refusals(void)
{
    const char *folder = heart_folder("refused"), *twice[2] = {folder, folder};
    struct plethtrain_source source = {.layout = "nonsense", .path = folder};
    uint64_t digest;

    CHECK(open_set(&folder, 1, 0) == -1 && strstr(e.text, "no recording"));
    heart_write(
        folder,
        &(struct heart){
            .name = "f", .person = "f", .rate_hz = 50, .seconds = 20, .from = 80, .to = 80});
    CHECK(open_set(twice, 2, 0) == -1 && strstr(e.text, "two data sets of that name"));
    CHECK(plethtrain_set_open(&set, &source, 1, NULL, NULL, &e) == -1 &&
          strstr(e.text, "nonsense"));
    CHECK(open_set(&folder, 1, 0) == 0);
    digest = plethtrain_set_digest(&set);
    plethtrain_set_close(&set);
    CHECK(open_set(&folder, 1, 0) == 0 && plethtrain_set_digest(&set) == digest);
    plethtrain_set_close(&set);
    CHECK(open_set(&folder, 1, 60) == -1 && strstr(e.text, "refused: no window"));
    heart_write(
        folder,
        &(struct heart){
            .name = "f", .person = "f", .rate_hz = 50, .seconds = 20, .from = 80, .to = 80.001});
    CHECK(open_set(&folder, 1, 0) == 0 && plethtrain_set_digest(&set) != digest);
    plethtrain_set_close(&set);
}

int main(void)
{
    recording_begin();
    check_cut();
    check_channels();
    check_rates();
    check_same_code();
    check_lag();
    check_labels_that_are_none();
    check_hole();
    check_unlit();
    check_instants();
    check_endless();
    check_names();
#ifdef PLETH_WITH_MATIO
    check_inside();
#endif
    check_variations();
    check_intervals();
    check_people();
    check_only_learned();
    check_refusals();
    recording_end();
    return test_done();
}
