/* What `pleth evaluate` says of recordings and of all of them, in words and as JSON. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "evaluate.h"
#include "score_plot.h"
#include "tool.h"

static const double unknown = (double)NAN;
/* What counts as the start of a recording. */
static const double start_up_s = 30;

/* ---- A recording ------------------------------------------------------------------------ */

static double mean_of(const struct evaluate_study *s, double (*pick)(const struct score_pair *))
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < s->count; i++) {
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

static void json_windows(const struct evaluate_study *s)
{
    printf(",\"windows\":[");
    for (int i = 0; i < s->count; i++) {
        const struct score_pair *p = &s->pair[i];
        printf("%s{\"window_s\":[", i ? "," : "");
        tool_json_number(stdout, s->window[i].start_s, 6);
        putchar(',');
        tool_json_number(stdout, s->window[i].end_s, 6);
        putchar(']');
        tool_json_key(stdout, "reference", p->reference, 9);
        tool_json_key(stdout, "estimate", p->estimate, 9);
        printf(",\"answered\":%s", p->answered ? "true" : "false");
        tool_json_key(stdout, "quality", p->quality, 9);
        tool_json_key(stdout, "snr", p->snr_db, 9);
        tool_json_key(stdout, "macc", p->macc, 9);
        if (isfinite(p->sd))
            tool_json_key(stdout, "sd", p->sd, 9);
        putchar('}');
    }
    putchar(']');
}

static void json_record_vital(const struct evaluate_study *s)
{
    printf(",\"n\":%d", s->count);
    tool_json_key(stdout, "coverage", mean_of(s, pick_answered), 9);
    tool_json_key(stdout, "missing", mean_of(s, pick_missing), 9);
    tool_json_key(stdout, "mae", mean_of(s, pick_error), 9);
    tool_json_key(stdout, "bias", mean_of(s, pick_bias), 9);
    tool_json_key(stdout, "snr", mean_of(s, pick_snr), 9);
    tool_json_key(stdout, "macc", mean_of(s, pick_macc), 9);
    if (s->null_windows)
        printf(",\"null_windows\":%d,\"null_answered\":%d", s->null_windows, s->null_answered);
    json_windows(s);
}

static void json_result(const struct evaluate_result *r)
{
    printf("{\"recording\":");
    tool_json_string(stdout, r->name);
    printf(",\"person\":");
    tool_json_string(stdout, r->person);
    tool_json_key(stdout, "duration_s", r->duration_s, 9);
    if (isfinite(r->face))
        tool_json_key(stdout, "face", r->face, 9);
    json_record_vital(&r->study[HEART]);
    if (r->study[BREATHING].count) {
        /* a comma comes first in every key: the vital's name opens the object */
        printf(",\"breathing_rate\":{\"unit\":\"/min\"");
        json_record_vital(&r->study[BREATHING]);
        putchar('}');
    }
    evaluate_json_variability(&r->variability);
    printf("}\n");
}

static void text_result(const struct evaluate_result *r)
{
    const struct evaluate_study *s = &r->study[HEART];

    printf("%-32.64s %7d", r->name, s->count);
    if (s->count)
        printf(" %8.0f%% %9.1f %9.1f %9.2f\n", 100 * mean_of(s, pick_answered),
               mean_of(s, pick_reference), mean_of(s, pick_estimate), mean_of(s, pick_error));
    else if (s->null_windows)
        printf("  no pulse in it: %d of %d readings answered all the same\n", s->null_answered,
               s->null_windows);
    else if (!r->variability.known)
        printf("  nothing to compare\n");
    if (!r->variability.known)
        return;
    if (s->count || s->null_windows)
        printf("%-40s", "");
    evaluate_text_variability(&r->variability);
}

void evaluate_print_result(const struct evaluate_result *result, const struct evaluate_options *o,
                           int first)
{
    if (o->json) {
        json_result(result);
    } else {
        if (first)
            printf("%-32s %7s %9s %9s %9s %9s\n", "recording", "windows", "answered", "reference",
                   "estimate", "error");
        text_result(result);
    }
    fflush(stdout);
}

/* ---- The summary ------------------------------------------------------------------------ */

/* Everything that is said of one vital. */
struct account {
    int vital;
    const struct evaluate_study *study;
    struct score_summary s;
    double *work;
};

enum { RISKS = 4 };
static const double kept[RISKS] = {0.7, 0.8, 0.9, 1};

static void json_intervals(const struct score_intervals *x)
{
    printf("\"n\":%d", x->n);
    tool_json_key(stdout, "coverage_50", x->coverage_50, 9);
    tool_json_key(stdout, "coverage_90", x->coverage_90, 9);
    tool_json_key(stdout, "width_50", x->width_50, 9);
    tool_json_key(stdout, "width_90", x->width_90, 9);
    tool_json_key(stdout, "crps", x->crps, 9);
}

static void json_sureness(const struct account *a)
{
    const struct score_pair *pair = a->study->pair;
    enum score_sureness by;
    struct score_intervals all, answered;
    struct score_bin bin[SCORE_BINS];
    double risk[RISKS];

    by = score_risk(pair, &a->s, RISKS, kept, risk, a->work);
    if (by != SCORE_UNSURE) {
        printf(",\"risk\":{\"by\":\"%s\"", by == SCORE_BY_QUALITY ? "quality" : "sd");
        for (int i = RISKS - 1; i >= 0; i--) {
            char key[8];
            snprintf(key, sizeof key, "%.0f", 100 * kept[i]);
            tool_json_key(stdout, key, risk[i], 9);
        }
        putchar('}');
    }
    score_intervals(pair, a->s.n, 0, &all);
    if (all.n) {
        score_intervals(pair, a->s.n, 1, &answered);
        printf(",\"intervals\":{");
        json_intervals(&all);
        printf(",\"answered\":{");
        json_intervals(&answered);
        printf("}}");
    }
    if (score_reliability(pair, a->s.n, evaluate_right[a->vital], bin)) {
        const char *comma = "";
        printf(",\"reliability\":{\"within\":%g,\"bins\":[", evaluate_right[a->vital]);
        for (int i = 0; i < SCORE_BINS; i++) {
            if (bin[i].n == 0)
                continue;
            printf("%s{\"n\":%d", comma, bin[i].n);
            tool_json_key(stdout, "quality", bin[i].quality, 9);
            tool_json_key(stdout, "right", bin[i].right, 9);
            putchar('}');
            comma = ",";
        }
        printf("]}");
    }
}

/* The windows of one side of the start's end: n, MAE, share answered. */
struct side {
    int n;
    double mae, coverage;
};

/* 0 where no window knows how long measuring had run. */
static int start_up(const struct account *a, struct side side[2])
{
    memset(side, 0, 2 * sizeof *side);
    for (int i = 0; i < a->s.n; i++) {
        const struct score_pair *p = &a->study->pair[i];
        struct side *x = &side[p->elapsed_s > start_up_s];
        if (!isfinite(p->elapsed_s))
            continue;
        x->n++;
        x->mae += score_error(p, &a->s);
        x->coverage += p->answered;
    }
    for (int i = 0; i < 2; i++) {
        side[i].mae = side[i].n ? side[i].mae / side[i].n : unknown;
        side[i].coverage = side[i].n ? side[i].coverage / side[i].n : unknown;
    }
    return side[0].n + side[1].n > 0;
}

static void json_start_up(const struct account *a)
{
    static const char *const key[2] = {"first", "rest"};
    struct side side[2];

    if (!start_up(a, side))
        return;
    printf(",\"start_up\":{\"first_s\":%g", start_up_s);
    for (int i = 0; i < 2; i++) {
        printf(",\"%s\":{\"n\":%d", key[i], side[i].n);
        tool_json_key(stdout, "coverage", side[i].coverage, 9);
        tool_json_key(stdout, "mae", side[i].mae, 9);
        putchar('}');
    }
    putchar('}');
}

/* Number of windows with a cadence; breathing is not taken for steps. */
static int cadence_lock(const struct account *a, struct score_lock *lock)
{
    memset(lock, 0, sizeof *lock);
    if (a->vital == HEART)
        score_cadence_lock(a->study->pair, a->s.n, lock);
    return lock->n;
}

static void json_summary(const struct account *a)
{
    const struct score_summary *s = &a->s;
    const struct evaluate_study *study = a->study;
    struct score_lock lock;
    double share[10], risk[10];

    printf("\"n\":%d,\"people\":%d,\"recordings\":%d", s->n, s->people, s->recordings);
    tool_json_key(stdout, "coverage", s->coverage, 9);
    tool_json_key(stdout, "missing", s->missing, 9);
    printf(",\"mae\":{\"value\":");
    tool_json_number(stdout, s->mae.value, 9);
    tool_json_key(stdout, "se", s->mae.se, 9);
    putchar('}');
    tool_json_key(stdout, "mae_answered", s->mae_answered, 9);
    tool_json_key(stdout, "mae_recordings", s->mae_recordings, 9);
    tool_json_key(stdout, "median_error", s->median_error, 9);
    tool_json_key(stdout, "largest_error", s->largest_error, 9);
    tool_json_key(stdout, "rmse", s->rmse.value, 9);
    tool_json_key(stdout, "rmse_se", s->rmse.se, 9);
    tool_json_key(stdout, "mape", s->mape.value, 9);
    tool_json_key(stdout, "mape_se", s->mape.se, 9);
    tool_json_key(stdout, "pearson", s->pearson.value, 9);
    tool_json_key(stdout, "pearson_se", s->pearson.se, 9);
    tool_json_key(stdout, "snr", s->snr.value, 9);
    tool_json_key(stdout, "snr_se", s->snr.se, 9);
    tool_json_key(stdout, "macc", s->macc.value, 9);
    tool_json_key(stdout, "macc_se", s->macc.se, 9);
    tool_json_key(stdout, "bias", s->bias, 9);
    tool_json_key(stdout, "bias_sd", s->bias_sd, 9);
    tool_json_key(stdout, "constant_error", s->constant_error, 9);
    if (study->null_windows)
        printf(",\"null_windows\":%d,\"null_answered\":%d", study->null_windows,
               study->null_answered);
    for (int i = 0; i < 10; i++)
        share[i] = (i + 1) / 10.0;
    if (s->coverage < 1 &&
        score_risk(study->pair, s, 10, share, risk, a->work) == SCORE_BY_QUALITY) {
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
    json_sureness(a);
    json_start_up(a);
    if (cadence_lock(a, &lock)) {
        printf(",\"cadence_lock\":{\"n\":%d,\"wrong\":%d,\"locked\":%d", lock.n, lock.wrong,
               lock.locked);
        tool_json_key(stdout, "share", (double)lock.locked / lock.n, 9);
        putchar('}');
    }
}
void evaluate_text_line(const char *what, double value, double se, const char *unit)
{
    if (!isfinite(value))
        return;
    printf("  %-34s %10.4f", what, value);
    if (isfinite(se))
        printf(" +- %.4f", se);
    printf("%s%s\n", *unit ? " " : "", unit);
}

static void text_sureness(const struct account *a)
{
    enum score_sureness by;
    struct score_intervals x;
    struct score_bin bin[SCORE_BINS];
    double risk[RISKS];
    char what[64];

    by = score_risk(a->study->pair, &a->s, RISKS, kept, risk, a->work);
    for (int i = RISKS - 2; i >= 0 && by != SCORE_UNSURE; i--) {
        snprintf(what, sizeof what, "  of the surest %.0f %% (by %s)", 100 * kept[i],
                 by == SCORE_BY_QUALITY ? "quality" : "sd");
        evaluate_text_line(what, risk[i], unknown, "/min");
    }
    score_intervals(a->study->pair, a->s.n, 0, &x);
    if (x.n) {
        evaluate_text_line("references within 50 % intervals", 100 * x.coverage_50, unknown, "%");
        evaluate_text_line("references within 90 % intervals", 100 * x.coverage_90, unknown, "%");
        evaluate_text_line("  mean width of these", x.width_90, unknown, "/min");
        evaluate_text_line("ranked probability score (CRPS)", x.crps, unknown, "/min");
    }
    if (score_reliability(a->study->pair, a->s.n, evaluate_right[a->vital], bin)) {
        printf("  quality: windows, their mean quality, share with an error of at most %g /min\n",
               evaluate_right[a->vital]);
        for (int i = 0; i < SCORE_BINS; i++)
            if (bin[i].n)
                printf("    %.1f to %.1f %28d %6.3f %6.3f\n", (double)i / SCORE_BINS,
                       (i + 1.0) / SCORE_BINS, bin[i].n, bin[i].quality, bin[i].right);
    }
}

static void text_start_up(const struct account *a)
{
    struct side side[2];
    char what[64];

    if (!start_up(a, side) || side[0].n == 0 || side[1].n == 0)
        return;
    snprintf(what, sizeof what, "mean absolute error, first %g s", start_up_s);
    evaluate_text_line(what, side[0].mae, unknown, "/min");
    evaluate_text_line("  after these", side[1].mae, unknown, "/min");
}

static void text_summary(const struct account *a)
{
    const struct score_summary *s = &a->s;
    const struct evaluate_study *study = a->study;
    static const char *const name[VITALS] = {"heart rate", "breathing rate"};
    struct score_lock lock;

    printf("\n%s: %d windows, %d recordings, %d people\n", name[a->vital], s->n, s->recordings,
           s->people);
    if (s->n > 0) {
        evaluate_text_line("answered", 100 * s->coverage, unknown, "% of windows");
        evaluate_text_line("mean absolute error", s->mae.value, s->mae.se, "/min");
        if (s->coverage < 1)
            evaluate_text_line("  of the answered windows", s->mae_answered, unknown, "/min");
        evaluate_text_line("  mean over recordings", s->mae_recordings, unknown, "/min");
        evaluate_text_line("median error", s->median_error, unknown, "/min");
        evaluate_text_line("largest error", s->largest_error, unknown, "/min");
        evaluate_text_line("root mean square error", s->rmse.value, s->rmse.se, "/min");
        evaluate_text_line("mean absolute percentage error", s->mape.value, s->mape.se, "%");
        evaluate_text_line("Pearson correlation", s->pearson.value, s->pearson.se, "");
        evaluate_text_line("signal to noise ratio", s->snr.value, s->snr.se, "dB");
        evaluate_text_line("largest correlation of the waves", s->macc.value, s->macc.se, "");
        evaluate_text_line("bias (estimate - reference)", s->bias, unknown, "/min");
        evaluate_text_line("  95 % of the differences within", 1.96 * s->bias_sd, unknown,
                           "/min of the bias");
        evaluate_text_line("windows without a guess", 100 * s->missing, unknown, "%");
        text_sureness(a);
        text_start_up(a);
        if (cadence_lock(a, &lock))
            printf("  on the cadence, its half or double: %d of %d windows (%d wrong by more than 5"
                   " /min)\n",
                   lock.locked, lock.n, lock.wrong);
    }
    if (study->null_windows)
        printf("  without a pulse: %d of %d readings answered all the same\n", study->null_answered,
               study->null_windows);
}

static int plot(const struct evaluation *v, const struct account *a, int vital,
                struct plethio_error *e)
{
    struct score_drawing d = {.pair = a->study->pair,
                              .summary = &a->s,
                              .within = evaluate_right[a->vital],
                              .recording = v->recording[vital].name,
                              .recordings = v->recording[vital].count};
    double *time_s = malloc((size_t)a->study->count * sizeof *time_s);
    char folder[1024];
    int length, status;

    if (!time_s)
        return evaluate_no_memory(e);
    for (int i = 0; i < a->study->count; i++)
        time_s[i] = a->study->window[i].time_s;
    d.time_s = time_s;
    /* what is wrong with it score_plot will find in the folder below it */
    if (vital == BREATHING)
        mkdir(v->options->plot, 0777);
    length = snprintf(folder, sizeof folder, "%s%s", v->options->plot,
                      vital == BREATHING ? "/breathing" : "");
    if (length < 0 || (size_t)length >= sizeof folder)
        status = plethio_fail(e, "--plot %.60s...: the path is too long", v->options->plot);
    else
        status = score_plot(folder, &d, e);
    free(time_s);
    return status;
}

static int print_accounts(const struct evaluation *v, const struct account account[VITALS],
                          struct plethio_error *e)
{
    const struct evaluate_options *o = v->options;
    const int breathing = v->study[BREATHING].count > 0;

    if (o->json) {
        for (int i = 0; i < VITALS; i++)
            if (evaluate_print_groups(v, i, &account[i].s, e))
                return -1;
        printf("{\"summary\":{");
        json_summary(&account[HEART]);
        if (breathing) {
            printf(",\"breathing_rate\":{");
            json_summary(&account[BREATHING]);
            putchar('}');
        }
        if (evaluate_print_variability(v, e))
            return -1;
        printf(",\"failed\":%d,\"profile\":\"%s\"}}\n", v->failed,
               o->profile == SCORE_TOOLBOX ? "toolbox" : "plain");
    } else {
        for (int i = 0; i < VITALS; i++) {
            if (!v->study[i].count && !v->study[i].null_windows)
                continue;
            text_summary(&account[i]);
            if (evaluate_print_groups(v, i, &account[i].s, e))
                return -1;
        }
        if (evaluate_print_variability(v, e))
            return -1;
    }
    for (int i = 0; i < VITALS && o->plot; i++)
        if (v->study[i].count && plot(v, &account[i], i, e))
            return -1;
    return 0;
}

int evaluate_print_summary(const struct evaluation *v, struct plethio_error *e)
{
    struct account account[VITALS];
    int status = 0;

    memset(account, 0, sizeof account);
    for (int i = 0; i < VITALS && status == 0; i++) {
        const struct evaluate_study *study = &v->study[i];
        const int vital = i == HEART ? v->options->vital : i;
        struct account *a = &account[i];

        a->vital = vital;
        a->study = study;
        a->work = malloc((size_t)(3 * study->count + 1) * sizeof *a->work);
        if (a->work)
            score_summarize(study->pair, study->count, v->options->profile, evaluate_floor[vital],
                            &a->s, a->work);
        else
            status = evaluate_no_memory(e);
    }
    if (status == 0)
        status = print_accounts(v, account, e);
    for (int i = 0; i < VITALS; i++)
        free(account[i].work);
    return status;
}
