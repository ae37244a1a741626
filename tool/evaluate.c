/* pleth evaluate: estimates against references. A study is a list of labelled windows; the kinds of
 * data set differ only in how they fill it. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "measure.h"
#include "memory.h"
#include "parse.h"
#include "pleth/pleth.h"
#include "score.h"
#include "score_plot.h"
#include "tool.h"

static const char verb[] = "evaluate";
static const double unknown = (double)NAN;
/* Shorter references do not tell a rate from a wave. */
static const double shortest_reference_s = 10;
/* What a missing guess costs at least, per minute (score.h): pulse, breathing. */
static const double floor_error[2] = {10, 4};

struct options {
    const char *kind, *path, *split, *plot;
    enum score_profile profile;
    enum score_rates rates;
    double window_s;
    /* 0: the profile's own band */
    double lo_hz, hi_hz;
    /* 1, 0, or -1: as the file format says */
    int differences;
    int json;
    struct measure_options measure;
};

/* ---- A study ---------------------------------------------------------------------------- */

struct window {
    double start_s, end_s;
};

/* Labelled windows of one vital: pair[i] was measured on window[i]. */
struct study {
    struct score_pair *pair;
    struct window *window;
    int count, capacity;
    /* windows whose reference says that there is no pulse, and those answered all the same */
    int null_windows, null_answered;
};

struct record {
    const char *name, *person;
    double duration_s;
    /* share of readings with a face or region; NAN where nothing was measured */
    double face;
    /* its windows in the studies of heart rate and of breathing rate */
    int first[2], nulls[2], null_answered[2];
};

enum { HEART, BREATHING };

struct evaluation {
    struct study study[2];
    /* names of the people met so far */
    char (*person)[256];
    int people, person_capacity;
    int recordings, failed;
};

static void evaluation_free(struct evaluation *v)
{
    for (int i = 0; i < 2; i++) {
        free(v->study[i].pair);
        free(v->study[i].window);
    }
    free(v->person);
}

static int no_memory(struct plethio_error *e)
{
    return plethio_fail(e, "out of memory; evaluate fewer recordings at a time");
}

/* Number of the person with this name, or -1 without memory. */
static int find_person(struct evaluation *v, const char *name)
{
    char(*larger)[256];

    for (int i = 0; i < v->people; i++)
        if (strcmp(v->person[i], name) == 0)
            return i;
    larger = plethio_grow(v->person, v->people, 1, &v->person_capacity, sizeof *larger);
    if (!larger)
        return -1;
    v->person = larger;
    snprintf(v->person[v->people], sizeof *v->person, "%s", name);
    return v->people++;
}

static int add_window(struct study *s, const struct score_pair *pair, double start_s, double end_s,
                      struct plethio_error *e)
{
    if (!(pair->reference > 0)) {
        s->null_windows++;
        s->null_answered += pair->answered;
        return 0;
    }
    if (s->count == s->capacity) {
        int more = s->capacity ? 2 * s->capacity : 256;
        struct score_pair *pairs = realloc(s->pair, (size_t)more * sizeof *pairs);
        struct window *windows;
        if (!pairs)
            return no_memory(e);
        s->pair = pairs;
        windows = realloc(s->window, (size_t)more * sizeof *windows);
        if (!windows)
            return no_memory(e);
        s->window = windows;
        s->capacity = more;
    }
    s->pair[s->count] = *pair;
    s->window[s->count++] = (struct window){start_s, end_s};
    return 0;
}

static struct record begin_record(struct evaluation *v, const char *name, const char *person)
{
    struct record r = {.name = name, .person = person, .duration_s = unknown, .face = unknown};
    for (int i = 0; i < 2; i++) {
        r.first[i] = v->study[i].count;
        r.nulls[i] = v->study[i].null_windows;
        r.null_answered[i] = v->study[i].null_answered;
    }
    return r;
}

/* ---- What is printed -------------------------------------------------------------------- */

static void key_number(const char *key, double value)
{
    printf(",\"%s\":", key);
    tool_json_number(stdout, value, 9);
}

static double mean_of(const struct study *s, int first, double (*pick)(const struct score_pair *))
{
    double sum = 0;
    int n = 0;
    for (int i = first; i < s->count; i++) {
        double x = pick(&s->pair[i]);
        if (isfinite(x)) {
            sum += x;
            n++;
        }
    }
    return n ? sum / n : unknown;
}

static double pick_answered(const struct score_pair *p)
{
    return p->answered;
}

static double pick_missing(const struct score_pair *p)
{
    return !isfinite(p->estimate);
}

static double pick_error(const struct score_pair *p)
{
    return fabs(p->estimate - p->reference);
}

static double pick_bias(const struct score_pair *p)
{
    return p->estimate - p->reference;
}

static double pick_reference(const struct score_pair *p)
{
    return p->reference;
}

static double pick_estimate(const struct score_pair *p)
{
    return p->estimate;
}

static double pick_snr(const struct score_pair *p)
{
    return p->snr_db;
}

static double pick_macc(const struct score_pair *p)
{
    return p->macc;
}

static void json_windows(const struct study *s, int first)
{
    printf(",\"windows\":[");
    for (int i = first; i < s->count; i++) {
        const struct score_pair *p = &s->pair[i];
        printf("%s{\"window_s\":[", i > first ? "," : "");
        tool_json_number(stdout, s->window[i].start_s, 6);
        putchar(',');
        tool_json_number(stdout, s->window[i].end_s, 6);
        putchar(']');
        key_number("reference", p->reference);
        key_number("estimate", p->estimate);
        printf(",\"answered\":%s", p->answered ? "true" : "false");
        key_number("quality", p->quality);
        key_number("snr", p->snr_db);
        key_number("macc", p->macc);
        putchar('}');
    }
    putchar(']');
}

static void json_record_vital(const struct study *s, const struct record *r, int vital)
{
    int first = r->first[vital];
    printf(",\"n\":%d", s->count - first);
    key_number("coverage", mean_of(s, first, pick_answered));
    key_number("missing", mean_of(s, first, pick_missing));
    key_number("mae", mean_of(s, first, pick_error));
    key_number("bias", mean_of(s, first, pick_bias));
    key_number("snr", mean_of(s, first, pick_snr));
    key_number("macc", mean_of(s, first, pick_macc));
    if (s->null_windows > r->nulls[vital])
        printf(",\"null_windows\":%d,\"null_answered\":%d", s->null_windows - r->nulls[vital],
               s->null_answered - r->null_answered[vital]);
    json_windows(s, first);
}

static void print_record(const struct evaluation *v, const struct record *r,
                         const struct options *o)
{
    const struct study *heart = &v->study[HEART], *breathing = &v->study[BREATHING];

    if (o->json) {
        printf("{\"recording\":");
        tool_json_string(stdout, r->name);
        printf(",\"person\":");
        tool_json_string(stdout, r->person);
        key_number("duration_s", r->duration_s);
        if (isfinite(r->face))
            key_number("face", r->face);
        json_record_vital(heart, r, HEART);
        if (breathing->count > r->first[BREATHING]) {
            /* a comma comes first in every key: the vital's name opens the object */
            printf(",\"breathing_rate\":{\"unit\":\"/min\"");
            json_record_vital(breathing, r, BREATHING);
            putchar('}');
        }
        printf("}\n");
    } else {
        int first = r->first[HEART], nulls = heart->null_windows - r->nulls[HEART];
        if (v->recordings == 1)
            printf("%-32s %7s %9s %9s %9s %9s\n", "recording", "windows", "answered", "reference",
                   "estimate", "error");
        printf("%-32.64s %7d", r->name, heart->count - first);
        if (heart->count > first)
            printf(" %8.0f%% %9.1f %9.1f %9.2f\n", 100 * mean_of(heart, first, pick_answered),
                   mean_of(heart, first, pick_reference), mean_of(heart, first, pick_estimate),
                   mean_of(heart, first, pick_error));
        else if (nulls > 0)
            printf("  no pulse in it: %d of %d readings answered all the same\n",
                   heart->null_answered - r->null_answered[HEART], nulls);
        else
            printf("  nothing to compare\n");
    }
    fflush(stdout);
}

static void json_summary(const struct score_summary *s, const struct study *study,
                         const struct score_pair *pair, double *work)
{
    double share[10], risk[10];

    printf("\"n\":%d,\"people\":%d,\"recordings\":%d", s->n, s->people, s->recordings);
    key_number("coverage", s->coverage);
    key_number("missing", s->missing);
    printf(",\"mae\":{\"value\":");
    tool_json_number(stdout, s->mae.value, 9);
    key_number("se", s->mae.se);
    putchar('}');
    key_number("mae_answered", s->mae_answered);
    key_number("mae_recordings", s->mae_recordings);
    key_number("median_error", s->median_error);
    key_number("largest_error", s->largest_error);
    key_number("rmse", s->rmse.value);
    key_number("rmse_se", s->rmse.se);
    key_number("mape", s->mape.value);
    key_number("mape_se", s->mape.se);
    key_number("pearson", s->pearson.value);
    key_number("pearson_se", s->pearson.se);
    key_number("snr", s->snr.value);
    key_number("snr_se", s->snr.se);
    key_number("macc", s->macc.value);
    key_number("macc_se", s->macc.se);
    key_number("bias", s->bias);
    key_number("bias_sd", s->bias_sd);
    key_number("constant_error", s->constant_error);
    if (study->null_windows)
        printf(",\"null_windows\":%d,\"null_answered\":%d", study->null_windows,
               study->null_answered);
    if (s->coverage < 1 && score_risk(pair, s, 10, share, risk, work)) {
        printf(",\"risk_coverage\":[");
        for (int i = 0; i < 10; i++) {
            printf("%s[", i ? "," : "");
            tool_json_number(stdout, share[i], 4);
            putchar(',');
            tool_json_number(stdout, risk[i], 6);
            putchar(']');
        }
        putchar(']');
    }
}

static void text_line(const char *what, double value, double se, const char *unit)
{
    if (!isfinite(value))
        return;
    printf("  %-34s %10.4f", what, value);
    if (isfinite(se))
        printf(" +- %.4f", se);
    printf("%s%s\n", *unit ? " " : "", unit);
}

static void text_summary(const char *what, const struct score_summary *s, const struct study *study)
{
    printf("\n%s: %d windows, %d recordings, %d people\n", what, s->n, s->recordings, s->people);
    if (s->n > 0) {
        text_line("answered", 100 * s->coverage, unknown, "% of windows");
        text_line("mean absolute error", s->mae.value, s->mae.se, "/min");
        if (s->coverage < 1)
            text_line("  of the answered windows", s->mae_answered, unknown, "/min");
        text_line("  mean over recordings", s->mae_recordings, unknown, "/min");
        text_line("median error", s->median_error, unknown, "/min");
        text_line("largest error", s->largest_error, unknown, "/min");
        text_line("root mean square error", s->rmse.value, s->rmse.se, "/min");
        text_line("mean absolute percentage error", s->mape.value, s->mape.se, "%");
        text_line("Pearson correlation", s->pearson.value, s->pearson.se, "");
        text_line("signal to noise ratio", s->snr.value, s->snr.se, "dB");
        text_line("largest correlation of the waves", s->macc.value, s->macc.se, "");
        text_line("bias (estimate - reference)", s->bias, unknown, "/min");
        text_line("  95 % of the differences within", 1.96 * s->bias_sd, unknown,
                  "/min of the bias");
        text_line("windows without a guess", 100 * s->missing, unknown, "%");
    }
    if (study->null_windows)
        printf("  without a pulse: %d of %d readings answered all the same\n", study->null_answered,
               study->null_windows);
}

static int print_summary(const struct evaluation *v, const struct options *o,
                         struct plethio_error *e)
{
    static const char *const name[2] = {"heart rate", "breathing rate"};
    struct score_summary s[2];
    double *work[2] = {NULL, NULL};
    int status = 0;

    for (int i = 0; i < 2 && status == 0; i++) {
        const struct study *study = &v->study[i];
        work[i] = malloc((size_t)(3 * study->count + 1) * sizeof *work[i]);
        if (!work[i])
            status = no_memory(e);
        else
            score_summarize(study->pair, study->count, o->profile, floor_error[i], &s[i], work[i]);
    }
    if (status == 0 && o->json) {
        printf("{\"summary\":{");
        json_summary(&s[HEART], &v->study[HEART], v->study[HEART].pair, work[HEART]);
        if (v->study[BREATHING].count) {
            printf(",\"breathing_rate\":{");
            json_summary(&s[BREATHING], &v->study[BREATHING], v->study[BREATHING].pair,
                         work[BREATHING]);
            putchar('}');
        }
        printf(",\"failed\":%d,\"profile\":\"%s\"}}\n", v->failed,
               o->profile == SCORE_TOOLBOX ? "toolbox" : "plain");
    } else if (status == 0) {
        for (int i = 0; i < 2; i++)
            if (v->study[i].count || v->study[i].null_windows)
                text_summary(name[i], &s[i], &v->study[i]);
    }
    if (status == 0 && o->plot && v->study[HEART].count)
        status = score_plot(o->plot, v->study[HEART].pair, &s[HEART], e);
    free(work[0]);
    free(work[1]);
    return status;
}

/* ---- Waves ------------------------------------------------------------------------------ */

static struct score_wave_options wave_options(const struct options *o, double rate_hz,
                                              int differences)
{
    struct score_wave_options w = {o->profile, o->rates, differences, rate_hz, o->lo_hz, o->hi_hz};
    if (!(w.hi_hz > 0)) {
        int toolbox = o->profile == SCORE_TOOLBOX;
        w.lo_hz = toolbox ? 0.6 : (double)o->measure.config.rate_min / 60;
        w.hi_hz = toolbox ? 3.3 : (double)o->measure.config.rate_max / 60;
    }
    return w;
}

/* Cuts two waves into windows that do not overlap and compares them. A last short window counts in
 * the toolbox profile; in the plain one from half a window on. */
static int compare_waves(struct evaluation *v, const float *estimate, const float *label, int n,
                         const struct score_wave_options *w, double window_s, int person,
                         double *duration_s, struct plethio_error *e)
{
    double samples = window_s * w->rate_hz;
    int size = window_s > 0 && samples < n ? (int)samples : n;
    int shortest = w->profile == SCORE_TOOLBOX ? SCORE_WINDOW_MIN : (size + 1) / 2;
    double *work;

    *duration_s = n / w->rate_hz;
    if (size > SCORE_WINDOW_MAX)
        return plethio_fail(e, "a window of %d samples is too long (at most %d): say --window-s",
                            size, SCORE_WINDOW_MAX);
    if (size < SCORE_WINDOW_MIN)
        return plethio_fail(e, "a window of %d samples is too short (at least %d)", size,
                            SCORE_WINDOW_MIN);
    work = malloc((size_t)SCORE_WORK(size) * sizeof *work);
    if (!work)
        return no_memory(e);
    for (int start = 0; start < n; start += size) {
        int length = n - start < size ? n - start : size;
        struct score_window got;
        struct score_pair pair = {
            .person = person, .recording = v->recordings, .answered = 1, .quality = unknown};
        if (length < SCORE_WINDOW_MIN || length < shortest)
            continue;
        if (score_waves(estimate + start, label + start, length, w, &got, work)) {
            free(work);
            return plethio_fail(e, "the band %g to %g Hz does not fit %g samples a second",
                                w->lo_hz, w->hi_hz, w->rate_hz);
        }
        pair.reference = got.label_rate;
        pair.estimate = got.estimate_rate;
        pair.answered = isfinite(got.estimate_rate);
        pair.snr_db = got.snr_db;
        pair.macc = got.macc;
        /* a label without any rate labels nothing */
        if (isfinite(got.label_rate) && add_window(&v->study[HEART], &pair, start / w->rate_hz,
                                                   (start + length) / w->rate_hz, e)) {
            free(work);
            return -1;
        }
    }
    free(work);
    return 0;
}

static int evaluate_waves(struct evaluation *v, const struct options *o, struct plethio_error *e)
{
    struct plethio_waves waves;
    int status = 0;

    if (plethio_waves_read(&waves, o->path, o->measure.rate_hz, e))
        return -1;
    for (int i = 0; i < waves.count && status == 0; i++) {
        const struct plethio_wave_pair *p = &waves.pair[i];
        struct score_wave_options w =
            wave_options(o, p->rate_hz, o->differences < 0 ? waves.differences : o->differences);
        struct record r = begin_record(v, p->name, p->person);
        int person = find_person(v, p->person);
        struct plethio_error why;

        if (person < 0)
            status = no_memory(e);
        else if (compare_waves(v, p->estimate, p->label, p->n, &w, o->window_s, person,
                               &r.duration_s, &why))
            status = plethio_fail(e, "%s: %s: %s", o->path, p->name, why.text);
        v->recordings++;
        if (status == 0)
            print_record(v, &r, o);
    }
    plethio_waves_free(&waves);
    return status;
}

/* ---- Rates ------------------------------------------------------------------------------ */

static int evaluate_rates(struct evaluation *v, const struct options *o, struct plethio_error *e)
{
    struct plethio_rates rates;
    int status = 0;

    if (plethio_rates_read(&rates, o->path, e))
        return -1;
    for (int i = 0, end; i < rates.count && status == 0; i = end) {
        const struct plethio_rate *first = &rates.rate[i];
        struct record r = begin_record(v, first->name, first->person);
        int person = find_person(v, first->person);
        if (person < 0)
            status = no_memory(e);
        for (end = i; end < rates.count && status == 0; end++) {
            const struct plethio_rate *x = &rates.rate[end];
            struct score_pair pair = {person,      v->recordings, x->answered, x->reference,
                                      x->estimate, x->quality,    unknown,     unknown};
            if (strcmp(x->name, first->name) != 0 || strcmp(x->person, first->person) != 0)
                break;
            status = add_window(&v->study[HEART], &pair, x->time_s, x->time_s, e);
        }
        v->recordings++;
        if (status == 0)
            print_record(v, &r, o);
    }
    plethio_rates_free(&rates);
    return status;
}

/* ---- Recordings ------------------------------------------------------------------------- */

/* Index of the first instant >= t. */
static int first_at(const double *time, int n, double t)
{
    int lo = 0, hi = n;
    while (lo < hi) {
        int middle = lo + (hi - lo) / 2;
        if (time[middle] < t)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

/* Mean of a reference's rate from start_s to end_s; where that span lies between two instants at
 * most 10 s apart, by a straight line. NAN outside the reference. */
static double reference_mean(const struct plethio_reference *r, const double *rate, double start_s,
                             double end_s)
{
    double sum = 0, middle = 0.5 * (start_s + end_s);
    int n = 0, i;

    for (i = first_at(r->time_s, r->n, start_s); i < r->n && r->time_s[i] <= end_s; i++)
        if (isfinite(rate[i])) {
            sum += rate[i];
            n++;
        }
    if (n > 0)
        return sum / n;
    i = first_at(r->time_s, r->n, middle);
    if (i == 0 || i == r->n || r->time_s[i] - r->time_s[i - 1] > 10)
        return unknown;
    return rate[i - 1] + (rate[i] - rate[i - 1]) * (middle - r->time_s[i - 1]) /
                             (r->time_s[i] - r->time_s[i - 1]);
}

/* The reference's wave at n instants from start_s on, rate_hz apart, by straight lines. -1 where it
 * does not reach. */
static int reference_wave(const struct plethio_reference *r, double start_s, double rate_hz, int n,
                          float *out)
{
    for (int i = 0; i < n; i++) {
        double t = start_s + i / rate_hz, value;
        int k = first_at(r->time_s, r->n, t);
        if (k == r->n)
            return -1;
        if (k == 0 && r->time_s[0] - t > 0.1)
            return -1;
        value = r->wave[k];
        if (k > 0)
            value = r->wave[k - 1] + (r->wave[k] - r->wave[k - 1]) * (t - r->time_s[k - 1]) /
                                         (r->time_s[k] - r->time_s[k - 1]);
        if (!isfinite(value))
            return -1;
        out[i] = (float)value;
    }
    return 0;
}

/* One recording, measured, beside its reference. */
struct comparison {
    const struct options *options;
    const struct plethio_reference *reference;
    const struct measurement *measured;
    /* of the waves: seconds since the first frame, and the pulse */
    double *wave_s;
    float *wave;
    /* for windows of up to SCORE_WINDOW_MAX samples: label, ready waves and work */
    float *label;
    double *ready, *work;
    int longest;
};

static void comparison_free(struct comparison *c)
{
    free(c->wave_s);
    free(c->wave);
    free(c->label);
    free(c->ready);
    free(c->work);
}

static int comparison_open(struct comparison *c, const struct options *o,
                           const struct plethio_reference *reference, const struct measurement *m,
                           struct plethio_error *e)
{
    size_t n = (size_t)m->waves + 1;
    double origin_ns = 0;

    memset(c, 0, sizeof *c);
    c->options = o;
    c->reference = reference;
    c->measured = m;
    /* a stream's windows are at most some 30 s long; references are taken over --window-s */
    c->longest = (int)(PLETH_WAVE_HZ * fmax(60, o->window_s)) + 1;
    if (c->longest > SCORE_WINDOW_MAX)
        c->longest = SCORE_WINDOW_MAX;
    c->wave_s = malloc(n * sizeof *c->wave_s);
    c->wave = malloc(n * sizeof *c->wave);
    c->label = malloc(((size_t)c->longest + n) * sizeof *c->label);
    c->ready = malloc(2 * (size_t)c->longest * sizeof *c->ready);
    c->work = malloc((size_t)SCORE_WORK(c->longest) * sizeof *c->work);
    if (!c->wave_s || !c->wave || !c->label || !c->ready || !c->work) {
        comparison_free(c);
        return no_memory(e);
    }
    if (m->readings)
        origin_ns = (double)m->reading[0].time_ns - 1e9 * m->reading[0].time_s;
    for (int i = 0; i < m->waves; i++) {
        c->wave_s[i] = ((double)m->wave[i].time_ns - origin_ns) / 1e9;
        c->wave[i] = m->wave[i].pulse;
    }
    return 0;
}

/* Rate of the reference's wave over a window, by the estimator of the plain profile. */
static double rate_of_wave(struct comparison *c, double start_s, double end_s)
{
    struct score_wave_options w = wave_options(c->options, PLETH_WAVE_HZ, 0);
    int n = (int)((end_s - start_s) * PLETH_WAVE_HZ);

    if (n < SCORE_WINDOW_MIN || n > c->longest)
        return unknown;
    if (reference_wave(c->reference, start_s, PLETH_WAVE_HZ, n, c->label))
        return unknown;
    if (score_prepare(c->label, n, &w, c->ready, c->work))
        return unknown;
    return score_rate(c->ready, n, &w, c->work);
}

/* What the reference says of a window. It is taken over at least shortest_reference_s (for a wave)
 * or over --window-s, around the window's middle and within the recording. */
static double reference_rate(struct comparison *c, int vital, double start_s, double end_s)
{
    const struct plethio_reference *r = c->reference;
    const double *rate = vital == HEART ? r->heart_rate : r->breathing_rate;
    double length = c->options->window_s, middle = 0.5 * (start_s + end_s);
    int by_wave = vital == HEART && r->wave && (!rate || c->options->kind[0] == 'u');

    if (!(length > 0))
        length = by_wave ? fmax(shortest_reference_s, end_s - start_s) : end_s - start_s;
    start_s = fmax(fmin(middle - length / 2, r->time_s[r->n - 1] - length), 0);
    end_s = start_s + length;
    if (by_wave)
        return rate_of_wave(c, start_s, end_s);
    return rate ? reference_mean(r, rate, start_s, end_s) : unknown;
}

/* SNR of the measured wave at the reference rate over a window, and its correlation with the
 * reference's wave where there is one. */
static void score_reading_wave(struct comparison *c, double start_s, double end_s,
                               struct score_pair *pair)
{
    struct score_wave_options w = wave_options(c->options, PLETH_WAVE_HZ, 0);
    int first = first_at(c->wave_s, c->measured->waves, start_s - 1e-6);
    int n = first_at(c->wave_s, c->measured->waves, end_s + 1e-6) - first;
    double *estimate = c->ready, *label = estimate + c->longest;

    if (n < SCORE_WINDOW_MIN || n > c->longest || n < 0.8 * (end_s - start_s) * PLETH_WAVE_HZ)
        return;
    /* a stream that started anew leaves a hole */
    if (fabs((c->wave_s[first + n - 1] - c->wave_s[first]) * PLETH_WAVE_HZ - (n - 1)) > 0.5)
        return;
    if (score_prepare(c->wave + first, n, &w, estimate, c->work))
        return;
    pair->snr_db = score_snr(estimate, n, pair->reference, &w, c->work);
    if (c->reference->wave &&
        reference_wave(c->reference, c->wave_s[first], PLETH_WAVE_HZ, n, c->label) == 0 &&
        score_prepare(c->label, n, &w, label, c->work) == 0)
        pair->macc = score_macc(estimate, label, n, w.profile, c->work);
}

/* Every reading from the first one that has had time to warm up; if none has, the last one. */
static int compare_readings(struct evaluation *v, struct comparison *c, int vital, int person,
                            struct plethio_error *e)
{
    const struct measurement *m = c->measured;
    int first = 0;

    while (first < m->readings - 1) {
        const pleth_vital *x =
            vital == HEART ? &m->reading[first].heart_rate : &m->reading[first].breathing_rate;
        if (x->have || !(x->reasons & PLETH_WARMING_UP))
            break;
        first++;
    }
    for (int i = first; i < m->readings; i++) {
        const pleth_reading *r = &m->reading[i];
        const pleth_vital *x = vital == HEART ? &r->heart_rate : &r->breathing_rate;
        struct score_pair pair = {person,  v->recordings, x->have, unknown,
                                  unknown, unknown,       unknown, unknown};
        double start_s = (double)x->window_start_s, end_s = (double)x->window_end_s;

        if (!(end_s > start_s)) {
            end_s = r->time_s;
            start_s = fmax(0, end_s - shortest_reference_s);
        }
        if (x->value > 0) {
            pair.estimate = (double)x->value;
            pair.quality = (double)x->quality;
        }
        pair.reference = reference_rate(c, vital, start_s, end_s);
        if (!isfinite(pair.reference))
            continue;
        if (vital == HEART && pair.reference > 0)
            score_reading_wave(c, start_s, end_s, &pair);
        if (add_window(&v->study[vital], &pair, start_s, end_s, e))
            return -1;
    }
    return 0;
}

/* The toolbox profile compares waves, not readings. */
static int compare_recording_waves(struct evaluation *v, struct comparison *c, int person,
                                   struct plethio_error *e)
{
    struct score_wave_options w = wave_options(c->options, PLETH_WAVE_HZ, 0);
    double duration;
    int n = c->measured->waves;

    if (!c->reference->wave)
        return plethio_fail(e, "the reference has no wave (column pulse), which --profile toolbox "
                               "needs: say --profile plain");
    while (n > 0 && c->wave_s[n - 1] > c->reference->time_s[c->reference->n - 1])
        n--;
    if (n < SCORE_WINDOW_MIN)
        return plethio_fail(e, "too short: no pulse wave was measured");
    if (reference_wave(c->reference, c->wave_s[0], PLETH_WAVE_HZ, n, c->label))
        return plethio_fail(e, "the reference's wave does not cover the recording");
    return compare_waves(v, c->wave, c->label, n, &w, c->options->window_s, person, &duration, e);
}

static int compare_recording(struct evaluation *v, struct comparison *c, int person,
                             struct plethio_error *e)
{
    if (c->options->profile == SCORE_TOOLBOX)
        return compare_recording_waves(v, c, person, e);
    if (compare_readings(v, c, HEART, person, e))
        return -1;
    if (c->reference->breathing_rate)
        return compare_readings(v, c, BREATHING, person, e);
    return 0;
}

/* How far a data set has come. */
struct progress {
    const char *name;
    int done, count;
};

static int on_frame(void *cookie, struct plethio_video *video, const pleth_frame *frame,
                    pleth_stream *stream)
{
    const struct progress *p = cookie;
    struct plethio_video_info info;
    double part = 0;

    (void)stream;
    if (frame) {
        plethio_video_info(video, &info);
        if (info.duration_s > 0)
            part = fmin(1, (double)frame->time_ns * 1e-9 / info.duration_s);
    }
    tool_progress(p->name, (p->done + part) / p->count);
    return 0;
}

static int evaluate_recording(struct evaluation *v, const struct plethio_recording *recording,
                              enum plethio_layout layout, const struct options *o,
                              struct progress *progress, struct record *record,
                              struct plethio_error *e)
{
    const struct measure_hooks hooks = {progress, on_frame, NULL, NULL};
    struct plethio_reference reference;
    struct measurement m;
    struct comparison c;
    int person = find_person(v, recording->person), status;

    if (person < 0)
        return no_memory(e);
    if (plethio_reference_read(&reference, layout, recording->reference, e))
        return -1;
    status = measure_run(recording->input, &o->measure, &hooks, &m, e);
    tool_progress_clear();
    if (status == 0) {
        int faces = 0;
        for (int i = 0; i < m.readings; i++)
            faces += m.reading[i].face.width > 0;
        record->duration_s = m.summary.duration_s;
        record->face = m.readings ? (double)faces / m.readings : unknown;
        if (m.warning[0])
            fprintf(stderr, "pleth %s: %s: %s\n", verb, recording->input, m.warning);
        status = comparison_open(&c, o, &reference, &m, e);
        if (status == 0) {
            status = compare_recording(v, &c, person, e);
            comparison_free(&c);
        }
        measurement_free(&m);
    }
    plethio_reference_free(&reference);
    return status;
}

static int evaluate_dataset(struct evaluation *v, enum plethio_layout layout,
                            const struct options *o, struct plethio_error *e)
{
    struct plethio_dataset d;
    struct plethio_error why;

    if (plethio_dataset_open(&d, layout, o->path, e))
        return -1;
    if (o->split && plethio_dataset_split(&d, o->split, e)) {
        plethio_dataset_free(&d);
        return -1;
    }
    if (d.unlabelled)
        fprintf(stderr, "pleth %s: %d recordings have no reference beside them and do not count\n",
                verb, d.unlabelled);
    for (int i = 0; i < d.count; i++) {
        struct record r = begin_record(v, d.recording[i].name, d.recording[i].person);
        struct progress progress = {d.recording[i].name, i, d.count};
        int status = evaluate_recording(v, &d.recording[i], layout, o, &progress, &r, &why);
        v->recordings++;
        if (status == 0) {
            print_record(v, &r, o);
        } else {
            v->failed++;
            fprintf(stderr, "pleth %s: %s: %s\n", verb, d.recording[i].name, why.text);
        }
    }
    tool_progress_end();
    plethio_dataset_free(&d);
    if (v->failed == v->recordings)
        return plethio_fail(e, "%s: not one of %d recordings could be measured", o->path,
                            v->failed);
    return 0;
}

/* ---- The command line ------------------------------------------------------------------- */

static const char usage[] =
    "usage: pleth evaluate DATASET PATH [options]\n"
    "\n"
    "  folder DIR    videos or traces, each with NAME.truth.csv (or NAME.csv) beside it:\n"
    "                columns time_s, heart_rate, breathing_rate, pulse\n"
    "  ubfc1 DIR, ubfc2 DIR\n"
    "                UBFC-rPPG: folders with vid.avi and gtdump.xmp, or ground_truth.txt\n"
    "  waves DIR     index.csv and waves.bin: predicted and labelled differences of pulse waves\n"
    "  waves FILE    CSV: prediction, label [, recording, person, time_s]\n"
    "  rates FILE    CSV: reference, estimate [, recording, person, time_s, answered, quality]\n"
    "\n"
    "  --profile plain|toolbox  definitions of the scores (docs/EVALUATE.md); plain by default\n"
    "  --rates fft|peak         rate of a wave: its spectrum's largest peak, or its beats\n"
    "  --window-s W             waves: cut into windows of W s; recordings: reference over W s\n"
    "  --band-hz A,B            band of the filter, of rates and of SNR\n"
    "  --differences yes|no     waves are differences, to be summed up\n"
    "  --split FILE             only the people or recordings listed: NAME or NAME,test a line\n"
    "  --plot DIR               Bland-Altman, scatter and risk-coverage plots\n"
    "  --json                   one object a recording, then the summary\n"
    "\n"
    "Options of `pleth measure` that recordings are measured with:\n"
    "  --method, --net, --roi, --range, --from-s, --to-s, --every-s, --rate-hz, --smooth\n";

enum {
    OPTION_PROFILE = 1,
    OPTION_RATES,
    OPTION_WINDOW,
    OPTION_BAND,
    OPTION_DIFFERENCES,
    OPTION_SPLIT,
    OPTION_PLOT,
    OPTION_JSON
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, PARSE_HELP},
    {"profile", required_argument, NULL, OPTION_PROFILE},
    {"rates", required_argument, NULL, OPTION_RATES},
    {"window-s", required_argument, NULL, OPTION_WINDOW},
    {"band-hz", required_argument, NULL, OPTION_BAND},
    {"differences", required_argument, NULL, OPTION_DIFFERENCES},
    {"split", required_argument, NULL, OPTION_SPLIT},
    {"plot", required_argument, NULL, OPTION_PLOT},
    {"json", no_argument, NULL, OPTION_JSON},
    MEASURE_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* Negative where the value does not fit the option. */
static int take_option(struct options *o, int option, const char *value)
{
    static const char *const profiles[] = {"toolbox", "plain"};
    static const char *const rates[] = {"fft", "peak"};
    static const char *const yes[] = {"no", "yes"};
    double ends[2];
    int word = 0, bad = 0;

    switch (option) {
    case OPTION_PROFILE:
        word = parse_word(value, profiles, 2);
        o->profile = word == 0 ? SCORE_TOOLBOX : SCORE_PLAIN;
        return word;
    case OPTION_RATES:
        word = parse_word(value, rates, 2);
        o->rates = word == 0 ? SCORE_FFT : SCORE_PEAK;
        return word;
    case OPTION_DIFFERENCES:
        o->differences = parse_word(value, yes, 2);
        return o->differences;
    case OPTION_BAND:
        bad = parse_numbers(value, ',', 2, ends) || !(ends[0] > 0 && ends[0] < ends[1]);
        if (!bad) {
            o->lo_hz = ends[0];
            o->hi_hz = ends[1];
        }
        break;
    case OPTION_WINDOW:
        bad = parse_number(value, &o->window_s) || !(o->window_s > 0);
        break;
    case OPTION_SPLIT:
        o->split = value;
        break;
    case OPTION_PLOT:
        o->plot = value;
        break;
    case OPTION_JSON:
        o->json = 1;
        break;
    }
    return bad ? -1 : 0;
}

/* What a wrong value of an option is told with. */
static const char *wanted(int option)
{
    switch (option) {
    case OPTION_PROFILE:
        return "--profile is plain or toolbox, not";
    case OPTION_RATES:
        return "--rates is fft or peak, not";
    case OPTION_DIFFERENCES:
        return "--differences is yes or no, not";
    case OPTION_BAND:
        return "--band-hz is A,B with 0 < A < B, not";
    default:
        return "--window-s is a number of seconds above 0, not";
    }
}

static const char *const kinds[] = {"folder", "ubfc1", "ubfc2", "waves", "rates"};
enum { KIND_WAVES = 3, KIND_RATES = 4, KINDS = 5 };

static int run(const struct options *o, int kind)
{
    struct evaluation v;
    struct plethio_error e;
    int status;

    memset(&v, 0, sizeof v);
    if (kind == KIND_WAVES)
        status = evaluate_waves(&v, o, &e);
    else if (kind == KIND_RATES)
        status = evaluate_rates(&v, o, &e);
    else
        status = evaluate_dataset(&v, (enum plethio_layout)kind, o, &e);
    if (status == 0)
        status = print_summary(&v, o, &e);
    if (status == 0 && (fflush(stdout) || ferror(stdout)))
        status = plethio_fail(&e, "standard output: could not be written");
    if (status)
        tool_fail(verb, &e);
    if (v.failed)
        status = -1;
    evaluation_free(&v);
    return status ? TOOL_FAILED : TOOL_OK;
}

int verb_evaluate(int argc, char **argv)
{
    struct options o;
    struct plethio_error e;
    int option, kind, status;

    memset(&o, 0, sizeof o);
    if (measure_options_init(&o.measure, &e)) {
        tool_fail(verb, &e);
        return TOOL_USAGE;
    }
    o.profile = SCORE_PLAIN;
    o.differences = -1;
    o.measure.keep_wave = 1;
    optind = 1;
    while ((option = parse_option(verb, argc, argv, long_options, NULL)) != -1) {
        if (option == PARSE_HELP) {
            fputs(usage, stdout);
            return TOOL_OK;
        }
        if (option == '?')
            return TOOL_USAGE;
        status = measure_option(&o.measure, option, optarg, &e);
        if (status < 0)
            return parse_fail(verb, "%s", e.text);
        if (status > 0)
            continue;
        if (take_option(&o, option, optarg) < 0)
            return parse_fail(verb, "%s %s", wanted(option), optarg);
    }
    if (argc - optind != 2)
        return parse_fail(verb, "expected a kind of data set and a path");
    o.kind = argv[optind];
    o.path = argv[optind + 1];
    kind = parse_word(o.kind, kinds, KINDS);
    if (kind < 0)
        return parse_fail(verb, "a data set is folder, ubfc1, ubfc2, waves or rates, not %s",
                          o.kind);
    if (o.split && (kind == KIND_WAVES || kind == KIND_RATES))
        return parse_fail(verb, "--split is for recordings; it does nothing with %s", o.kind);
    if (measure_options_suit(&o.measure, o.path, &e))
        return parse_fail(verb, "%s", e.text);
    status = measure_options_load(&o.measure, &e) ? tool_fail(verb, &e) : run(&o, kind);
    measure_options_free(&o.measure);
    return status;
}
