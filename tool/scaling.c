/* pleth scaling: the law of error against size, what it says of a size that was held out, and the
 * student that fits a device. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "sweep.h"
#include "tool.h"

static const char usage[] =
    "usage: pleth scaling DIR [options]\n"
    "\n"
    "Fits laws of error against size to the cells of a sweep in DIR, tells them apart by AICc, "
    "and\n"
    "says how sure they are, and from which size on nothing is left to gain. With limits, names\n"
    "the student that is expected to err least within them, or with --target-mae the smallest "
    "that\n"
    "is expected to err no more.\n"
    "\n"
    "  --network NAME     only resnet1d, mlp or tcn\n"
    "  --strategy NAME    only scratch, hard, soft, dkd, feature or ordered\n"
    "  --teacher N        only students of teachers of N blocks\n"
    "  --axis NAME        parameters (default) or macs\n"
    "  --law NAME         power-floor, power, exponential, logarithm; the best, unless given\n"
    "  --hold-out N       leaves the students of N blocks out, and predicts them\n"
    "  --max-flash-kb X   thousands of bytes of the int8 network as it lies in flash; the code\n"
    "                     that runs it, about 9 kB, comes on top\n"
    "  --max-ram-kb X     thousands of bytes of its working memory; arrays of input and outputs,\n"
    "                     about 2 kB, and the stack come on top\n"
    "  --max-ms X         of a window, by --macs-per-ms or, without, as this machine runs int8\n"
    "  --macs-per-ms X    multiply-accumulates that the device does in a millisecond; a Cortex-M4\n"
    "                     at 64 MHz about 27000 to 31000\n"
    "  --target-mae X     mean absolute error per minute that is wanted\n"
    "  --plot FILE        the curves with their bands (.png or .svg)\n"
    "  --json             an object a curve (with --hold-out each followed by held_out), one\n"
    "                     left_out a student of other folds, then the choice\n";

static const char *const law_words[PLETHTRAIN_LAWS] = {"power-floor", "power", "exponential",
                                                       "logarithm"};
static const char *const axis_words[] = {"parameters", "macs"};

enum limit { FLASH, RAM, MS, LIMITS };
static const struct {
    const char *name, *unit;
} limits[LIMITS] = {{"--max-flash-kb", "kB"}, {"--max-ram-kb", "kB"}, {"--max-ms", "ms"}};

struct request {
    const char *folder, *plot;
    int network, strategy, teacher; /* -1: any */
    enum sweep_axis axis;
    int law, hold_out, json;
    double limit[LIMITS], macs_per_ms, target; /* NAN: none */
};

struct study {
    const struct request *q;
    struct plethtrain_students all; /* that were asked for */
    struct sweep_laws laws;
    int least; /* sizes that a law needs */
};

/* ---- JSON --------------------------------------------------------------------------------------
 */

static void json_series(const struct sweep_series *s)
{
    printf("\"network\":\"%s\",\"strategy\":\"%s\",\"teacher_blocks\":", pleth_net_name(s->network),
           plethtrain_strategy_names[s->strategy]);
    if (s->teacher)
        printf("%d", s->teacher);
    else
        printf("null");
    if (s->ensemble)
        printf(",\"ensemble\":%d", s->ensemble);
}

static void json_folds(uint64_t folds)
{
    printf("[");
    for (int i = 0, n = 0; i < PLETHTRAIN_FOLDS; i++)
        if (folds >> i & 1)
            printf("%s%d", n++ ? "," : "", i);
    printf("]");
}

static void json_law(const struct study *y, struct sweep_fitted *x)
{
    struct sweep_law *l = &x->law;
    static const char *const names[] = {"E0", "A", "rate"};
    double interval[2];

    printf("{");
    json_series(&x->series);
    printf(",\"axis\":\"%s\",\"folds\":", axis_words[y->q->axis]);
    json_folds(y->laws.folds);
    printf(",\"people\":%d,\"windows\":%.0f,\"points\":[", l->curve.people, sweep_law_windows(l));
    for (int i = 0; i < x->series.count; i++) {
        const struct plethtrain_student *s = x->series.student[i];
        printf("%s{\"blocks\":%d", i ? "," : "", s->blocks);
        tool_json_key(stdout, "parameters", s->parameters, 6);
        tool_json_key(stdout, "macs", s->macs, 6);
        tool_json_key(stdout, "mae", s->error, 6);
        tool_json_key(stdout, "sd", s->sd, 6);
        printf(",\"seeds\":%d}", s->seeds);
    }
    printf("],\"laws\":[");
    for (int k = 0, n = 0; k < PLETHTRAIN_LAWS; k++) {
        const struct plethtrain_fit *f = &l->fit[k];
        if (!l->fitted[k])
            continue;
        printf("%s{\"law\":\"%s\"", n++ ? "," : "", law_words[k]);
        tool_json_key(stdout, "E0", f->law == PLETHTRAIN_POWER ? 0 : f->floor, 6);
        tool_json_key(stdout, "A", f->scale, 6);
        tool_json_key(stdout, "rate", f->law == PLETHTRAIN_LOGARITHM ? (double)NAN : f->rate, 6);
        tool_json_key(stdout, "r2", f->r2, 6);
        tool_json_key(stdout, "rmse", f->rmse, 6);
        tool_json_key(stdout, "aicc", f->aicc, 6);
        printf("}");
    }
    printf("],\"best\":");
    if (l->best < 0) {
        printf("null}\n");
        return;
    }
    printf("\"%s\"", law_words[l->best]);
    for (int i = 0; i < 3; i++) {
        char name[32];
        sweep_law_parameter(l, i, interval);
        snprintf(name, sizeof name, "%s_interval", names[i]);
        tool_json_interval(stdout, name, interval, 6);
    }
    tool_json_key(stdout, "saturates_at", plethtrain_law_saturation(&l->fit[l->best], 0.1), 6);
    sweep_law_saturation(l, 0.1, interval);
    tool_json_interval(stdout, "saturates_at_interval", interval, 6);
    printf("}\n");
}

/* ---- A size that was held out ------------------------------------------------------------------
 */

static double size_of(const struct study *y, const struct plethtrain_student *s)
{
    return y->q->axis == SWEEP_MACS ? s->macs : s->parameters;
}

/* Tells it; 0 where the series has no such student. */
static int tell_held_out(const struct study *y, struct sweep_fitted *x)
{
    const struct plethtrain_student *held = NULL;
    struct sweep_law *l = &x->law;
    double interval[2] = {(double)NAN, (double)NAN}, expected;

    for (int i = 0; i < x->series.count; i++)
        if (x->series.student[i]->blocks == y->q->hold_out)
            held = x->series.student[i];
    if (!held || l->best < 0)
        return 0;
    expected = plethtrain_law_error(&l->fit[l->best], size_of(y, held));
    if (l->seeds)
        plethtrain_law_interval(&l->curve, &l->fit[l->best], l->seeds, SWEEP_ROUNDS,
                                size_of(y, held), held->seeds, 0.95, interval, l->work);
    if (y->q->json) {
        printf("{\"held_out\":{");
        json_series(&x->series);
        printf(",\"blocks\":%d", held->blocks);
        tool_json_key(stdout, "expected", expected, 6);
        tool_json_interval(stdout, "interval", interval, 6);
        tool_json_key(stdout, "measured", held->error, 6);
        printf("}}\n");
        return 1;
    }
    printf("%d blocks, held out: %.2f expected", held->blocks, expected);
    if (isfinite(interval[0]))
        printf(" (%.2f to %.2f, 95 %%, of the same people and %d seed%s)", interval[0], interval[1],
               held->seeds, held->seeds > 1 ? "s" : "");
    printf(", %.2f measured", held->error);
    if (isfinite(interval[0]))
        printf(": %s", held->error >= interval[0] && held->error <= interval[1]
                           ? "within"
                           : "outside, so the law does not hold there");
    printf("\n\n");
    return 1;
}

/* ---- A student for a device --------------------------------------------------------------------
 */

/* A size of a series, and what its law says. */
struct candidate {
    struct sweep_fitted *fitted;
    int blocks;
    struct sweep_cost cost;
    double need[LIMITS], expected;
};

static int plans(const struct request *q)
{
    return isfinite(q->limit[FLASH]) || isfinite(q->limit[RAM]) || isfinite(q->limit[MS]) ||
           isfinite(q->target);
}

/* c[n]; the time of a network is that of the candidate before it which is the same network, so that
 * limits treat all of its strategies alike. */
static int weigh(const struct study *y, struct candidate *first, int n, struct plethio_error *e)
{
    const struct request *q = y->q;
    struct candidate *c = &first[n];
    struct sweep_law *l = &c->fitted->law;
    const int network = c->fitted->series.network;
    int same = 0;

    if (sweep_cost(network, c->blocks, &c->cost, e))
        return -1;
    c->need[FLASH] = 1e-3 * (double)c->cost.flash;
    c->need[RAM] = 1e-3 * (double)c->cost.ram;
    c->need[MS] = c->cost.macs / q->macs_per_ms;
    while (same < n &&
           (first[same].fitted->series.network != network || first[same].blocks != c->blocks))
        same++;
    if (same < n)
        c->need[MS] = first[same].need[MS];
    else if (isfinite(q->limit[MS]) && !isfinite(q->macs_per_ms) &&
             sweep_milliseconds(network, c->blocks, &c->need[MS], e))
        return -1;
    c->expected = plethtrain_law_error(&l->fit[l->best],
                                       q->axis == SWEEP_MACS ? c->cost.macs : c->cost.parameters);
    return 0;
}

static int fails(const struct request *q, const struct candidate *c, int limit)
{
    return isfinite(q->limit[limit]) && c->need[limit] > q->limit[limit];
}

static int fits(const struct request *q, const struct candidate *c)
{
    return !fails(q, c, FLASH) && !fails(q, c, RAM) && !fails(q, c, MS);
}

/* The sizes that a law speaks of: no larger and no smaller ones than were trained. */
static int list_candidates(const struct study *y, struct candidate *c, int *n,
                           struct plethio_error *e)
{
    *n = 0;
    for (int i = 0; i < y->laws.count; i++) {
        const struct sweep_series *s = &y->laws.fitted[i]->series;
        int low = PLETHTRAIN_BLOCKS, high = 1;

        if (y->laws.fitted[i]->law.best < 0)
            continue;
        for (int k = 0; k < s->count; k++) {
            low = s->student[k]->blocks < low ? s->student[k]->blocks : low;
            high = s->student[k]->blocks > high ? s->student[k]->blocks : high;
        }
        for (int b = low; b <= high; b++) {
            c[*n] = (struct candidate){.fitted = y->laws.fitted[i], .blocks = b};
            if (weigh(y, c, *n, e))
                return -1;
            ++*n;
            tool_progress("sizes", (i + (b - low + 1.0) / (high - low + 1)) / y->laws.count);
        }
    }
    tool_progress_end();
    return 0;
}

/* Whether a is the better choice: errs less or, with a target, is smaller. */
static int better(const struct request *q, const struct candidate *a, const struct candidate *b)
{
    if (isfinite(q->target) && a->cost.flash != b->cost.flash)
        return a->cost.flash < b->cost.flash;
    if (a->expected < b->expected || a->expected > b->expected)
        return a->expected < b->expected;
    return a->cost.flash < b->cost.flash;
}

static void expect(const struct candidate *c, const struct request *q, double interval[2])
{
    struct sweep_law *l = &c->fitted->law;
    const struct plethtrain_fit *d = l->all ? l->all : l->seeds;

    interval[0] = interval[1] = (double)NAN;
    if (d)
        plethtrain_law_interval(&l->curve, &l->fit[l->best], d, SWEEP_ROUNDS,
                                q->axis == SWEEP_MACS ? c->cost.macs : c->cost.parameters, 0, 0.95,
                                interval, l->work);
}

static void tell_choice(const struct request *q, const struct candidate *c)
{
    double interval[2];

    expect(c, q, interval);
    if (q->json) {
        printf("{\"choice\":{");
        json_series(&c->fitted->series);
        printf(",\"blocks\":%d", c->blocks);
        tool_json_key(stdout, "parameters", c->cost.parameters, 6);
        tool_json_key(stdout, "macs", c->cost.macs, 6);
        tool_json_key(stdout, "expected_mae", c->expected, 6);
        tool_json_interval(stdout, "interval", interval, 6);
        tool_json_key(stdout, "flash_kb", c->need[FLASH], 6);
        tool_json_key(stdout, "ram_kb", c->need[RAM], 6);
        tool_json_key(stdout, "ms", c->need[MS], 6);
        printf("}}\n");
        return;
    }
    printf("choice: %d block%s of %s: %.2f expected", c->blocks, c->blocks > 1 ? "s" : "",
           c->fitted->name, c->expected);
    if (isfinite(interval[0]))
        printf(" (%.2f to %.2f, 95 %%, over %s)", interval[0], interval[1],
               c->fitted->law.all ? "people and seeds" : "seeds");
    printf("\n        %.0f parameters, %.3f M MACs, int8: %.1f kB of flash, %.1f kB of RAM",
           c->cost.parameters, 1e-6 * c->cost.macs, c->need[FLASH], c->need[RAM]);
    if (isfinite(c->need[MS]))
        printf(", %.3g ms", c->need[MS]);
    printf("\n");
}

/* Why there is none: the limits that the smallest breaks or, where some fit, the error of the best
 * of these. */
static void tell_none(const struct request *q, const struct candidate *smallest,
                      const struct candidate *best)
{
    const struct candidate *c = best ? best : smallest;
    int n = 0;

    if (q->json) {
        printf("{\"choice\":null,\"fails\":[");
        if (best)
            printf("\"--target-mae\"");
        for (int k = 0; k < LIMITS && !best; k++)
            if (fails(q, c, k))
                printf("%s\"%s\"", n++ ? "," : "", limits[k].name);
        printf("]}\n");
        return;
    }
    if (best) {
        printf(
            "choice: none; --target-mae %g fails: of those that fit, %d blocks of %s is expected "
            "to err least, by %.2f\n",
            q->target, c->blocks, c->fitted->name, c->expected);
        return;
    }
    printf("choice: none;");
    for (int k = 0; k < LIMITS; k++)
        if (fails(q, c, k))
            printf("%s %s %g fails", n++ ? "," : "", limits[k].name, q->limit[k]);
    n = 0;
    printf(": %d block%s of %s, the smallest, needs", c->blocks, c->blocks > 1 ? "s" : "",
           c->fitted->name);
    for (int k = 0; k < LIMITS; k++)
        if (fails(q, c, k))
            printf("%s %.4g %s", n++ ? "," : "", c->need[k], limits[k].unit);
    printf("\n");
}

static int choose(const struct study *y, struct plethio_error *e)
{
    const struct request *q = y->q;
    struct candidate *c = malloc(((size_t)y->laws.count * PLETHTRAIN_BLOCKS + 1) * sizeof *c);
    const struct candidate *chosen = NULL, *smallest = NULL, *best = NULL;
    int n, status;

    if (!c)
        return plethio_fail(e, "no memory");
    status = list_candidates(y, c, &n, e);
    if (status == 0 && n == 0)
        status = plethio_fail(e,
                              "%s: no law to choose by: more sizes or seeds of one series are "
                              "needed, or --law",
                              q->folder);
    for (int i = 0; i < n && status == 0; i++) {
        if (!smallest || c[i].cost.flash < smallest->cost.flash)
            smallest = &c[i];
        if (!fits(q, &c[i]))
            continue;
        if (!best || c[i].expected < best->expected)
            best = &c[i];
        if (isfinite(q->target) && c[i].expected > q->target)
            continue;
        if (!chosen || better(q, &c[i], chosen))
            chosen = &c[i];
    }
    if (status == 0 && chosen)
        tell_choice(q, chosen);
    else if (status == 0)
        tell_none(q, smallest, best);
    free(c);
    return status;
}

/* ---- All ---------------------------------------------------------------------------------------
 */

static int asked_for(const struct request *q, const struct plethtrain_trial *t)
{
    return (q->network < 0 || t->network == q->network) &&
           (q->strategy < 0 || t->strategy == q->strategy) &&
           (q->teacher < 0 || t->teacher == q->teacher);
}

/* The folder's cells that were asked for. */
static int read_cells(const struct request *q, struct plethtrain_results *r,
                      struct plethio_error *e)
{
    char asked[100] = "";
    int kept = 0;

    if (plethtrain_results_read(r, q->folder, e))
        return -1;
    for (int i = 0; i < r->count; i++)
        if (asked_for(q, &r->outcome[i].trial))
            r->outcome[kept++] = r->outcome[i];
        else
            plethtrain_outcome_free(&r->outcome[i]);
    r->count = kept;
    if (kept)
        return 0;
    if (q->network >= 0)
        snprintf(asked, sizeof asked, " --network %s", pleth_net_name(q->network));
    if (q->strategy >= 0)
        snprintf(asked + strlen(asked), sizeof asked - strlen(asked), " --strategy %s",
                 plethtrain_strategy_names[q->strategy]);
    if (q->teacher >= 0)
        snprintf(asked + strlen(asked), sizeof asked - strlen(asked), " --teacher %d", q->teacher);
    return plethio_fail(e, "%s: no cells of%s", q->folder, asked);
}

/* The most sizes of one series that are of the same folds. */
static int most_sizes(const struct plethtrain_students *all)
{
    int most = 0;

    for (int k = 0; k < all->count; k++)
        for (int i = 0; i < all->count;) {
            struct sweep_series s;
            i = sweep_series_take(all, i, all->student[k].folds, &s);
            most = s.count > most ? s.count : most;
        }
    return most;
}

static int fit_all(struct study *y, struct plethio_error *e)
{
    const struct request *q = y->q;

    if (sweep_laws_fit(&y->laws, &y->all, y->least, q->axis, q->law, q->hold_out, e))
        return -1;
    if (y->laws.count == 0)
        return plethio_fail(e,
                            "%s: no law can be fitted: a series has %d size%s of the same folds at "
                            "most, and %s are needed; train more",
                            q->folder, most_sizes(&y->all), most_sizes(&y->all) == 1 ? "" : "s",
                            q->hold_out ? "three beside the one held out" : "three");
    return 0;
}

/* All, or what matters most: from scratch, and the largest teachers. */
static int draw(const struct study *y, struct plethio_error *e)
{
    char *drawn = calloc((size_t)y->laws.count + 1, 1);
    int n = 0, status;

    if (!drawn)
        return plethio_fail(e, "no memory");
    for (int pass = 0; pass < 3; pass++)
        for (int i = 0; i < y->laws.count && n < SWEEP_CURVES; i++) {
            const int scratch = y->laws.fitted[i]->series.strategy == PLETHTRAIN_SCRATCH;
            if (!drawn[i] && (pass == 2 || (pass == 0 ? scratch : sweep_laws_leads(&y->laws, i))))
                n += drawn[i] = 1;
        }
    status = sweep_laws_plot(&y->laws, drawn, 1, y->q->plot, "Error against size", e);
    if (status == 0)
        sweep_laws_tell_rest(y->q->json ? stderr : stdout, &y->laws, drawn);
    free(drawn);
    return status;
}

/* Those of other folds, whose errors are no points beside the others'. */
static void tell_others(const struct study *y)
{
    if (!y->q->json) {
        sweep_series_tell_others(stdout, &y->all, y->laws.folds, y->least);
        return;
    }
    for (int i = 0; i < y->all.count; i++) {
        const struct plethtrain_student *x = &y->all.student[i];
        const struct sweep_series s = {x->network, x->strategy, x->teacher, x->ensemble, 0, {NULL}};
        if (x->folds == y->laws.folds)
            continue;
        printf("{\"left_out\":{");
        json_series(&s);
        printf(",\"blocks\":%d,\"folds\":", x->blocks);
        json_folds(x->folds);
        printf("}}\n");
    }
}

static int tell(const struct study *y, struct plethio_error *e)
{
    const struct request *q = y->q;
    int held = 0;

    for (int i = 0; i < y->laws.count; i++) {
        if (q->json) {
            json_law(y, y->laws.fitted[i]);
        } else {
            printf("%s\n\n", y->laws.fitted[i]->name);
            sweep_law_tell(stdout, &y->laws.fitted[i]->law, &y->laws.fitted[i]->series);
        }
        if (q->hold_out)
            held += tell_held_out(y, y->laws.fitted[i]);
    }
    tell_others(y);
    if (q->hold_out && !held)
        return plethio_fail(e,
                            "--hold-out %d: no series has such a student and sizes enough beside "
                            "it; choose another, or give --law",
                            q->hold_out);
    if (q->plot && draw(y, e))
        return -1;
    return plans(q) ? choose(y, e) : 0;
}

static int work(const struct request *q, struct plethio_error *e)
{
    struct plethtrain_results results;
    struct study y = {.q = q, .least = q->hold_out ? 4 : 3};
    int status;

    if (read_cells(q, &results, e)) {
        plethtrain_results_free(&results);
        return -1;
    }
    status = plethtrain_students_make(&y.all, &results, e);
    if (status == 0)
        status = fit_all(&y, e);
    if (status == 0)
        status = tell(&y, e);
    sweep_laws_free(&y.laws);
    plethtrain_students_free(&y.all);
    plethtrain_results_free(&results);
    return status;
}

/* ---- The command line --------------------------------------------------------------------------
 */

enum {
    NETWORK = 1,
    STRATEGY,
    TEACHER,
    AXIS,
    LAW,
    HOLD_OUT,
    MAX_FLASH,
    MAX_RAM,
    MAX_MS,
    MACS_PER_MS,
    TARGET,
    PLOT,
    JSON
};

static int take_positive(const char *name, const char *text, double *value)
{
    if (parse_number(text, value) || !(*value > 0))
        return parse_fail("scaling", "--%s %s: it must be a number above 0", name, text);
    return TOOL_OK;
}

static int take_blocks(const char *name, const char *text, int *value)
{
    double blocks;

    if (parse_whole(text, 1, PLETHTRAIN_BLOCKS, &blocks))
        return parse_fail("scaling", "--%s %s: it must be a whole number, 1..%d", name, text,
                          PLETHTRAIN_BLOCKS);
    *value = (int)blocks;
    return TOOL_OK;
}

static int take_word(struct request *q, int code, const char *text)
{
    int axis;

    switch (code) {
    case NETWORK:
        q->network = plethtrain_network(text);
        return q->network < 0
                   ? parse_fail("scaling", "--network %s: it may be resnet1d, mlp, tcn", text)
                   : TOOL_OK;
    case STRATEGY:
        q->strategy = parse_word(text, plethtrain_strategy_names, PLETHTRAIN_STRATEGIES);
        return q->strategy < 0
                   ? parse_fail("scaling",
                                "--strategy %s: it may be scratch, hard, soft, dkd, feature, "
                                "ordered",
                                text)
                   : TOOL_OK;
    case AXIS:
        axis = parse_word(text, axis_words, 2);
        if (axis < 0)
            return parse_fail("scaling", "--axis %s: it may be parameters, macs", text);
        q->axis = (enum sweep_axis)axis;
        return TOOL_OK;
    default:
        q->law = parse_word(text, law_words, PLETHTRAIN_LAWS);
        return q->law < 0 ? parse_fail("scaling",
                                       "--law %s: it may be power-floor, power, exponential, "
                                       "logarithm",
                                       text)
                          : TOOL_OK;
    }
}

static int take(struct request *q, int code, const char *name, const char *text)
{
    switch (code) {
    case TEACHER:
        return take_blocks(name, text, &q->teacher);
    case HOLD_OUT:
        return take_blocks(name, text, &q->hold_out);
    case MAX_FLASH:
        return take_positive(name, text, &q->limit[FLASH]);
    case MAX_RAM:
        return take_positive(name, text, &q->limit[RAM]);
    case MAX_MS:
        return take_positive(name, text, &q->limit[MS]);
    case MACS_PER_MS:
        return take_positive(name, text, &q->macs_per_ms);
    case TARGET:
        return take_positive(name, text, &q->target);
    case PLOT:
        q->plot = text;
        return TOOL_OK;
    case JSON:
        q->json = 1;
        return TOOL_OK;
    default:
        return take_word(q, code, text);
    }
}

int verb_scaling(int argc, char **argv)
{
    static const struct option options[] = {{"network", required_argument, NULL, NETWORK},
                                            {"strategy", required_argument, NULL, STRATEGY},
                                            {"teacher", required_argument, NULL, TEACHER},
                                            {"axis", required_argument, NULL, AXIS},
                                            {"law", required_argument, NULL, LAW},
                                            {"hold-out", required_argument, NULL, HOLD_OUT},
                                            {"max-flash-kb", required_argument, NULL, MAX_FLASH},
                                            {"max-ram-kb", required_argument, NULL, MAX_RAM},
                                            {"max-ms", required_argument, NULL, MAX_MS},
                                            {"macs-per-ms", required_argument, NULL, MACS_PER_MS},
                                            {"target-mae", required_argument, NULL, TARGET},
                                            {"plot", required_argument, NULL, PLOT},
                                            {"json", no_argument, NULL, JSON},
                                            {"help", no_argument, NULL, PARSE_HELP},
                                            {NULL, 0, NULL, 0}};
    const double none = (double)NAN;
    struct request q = {.network = -1,
                        .strategy = -1,
                        .teacher = -1,
                        .law = -1,
                        .limit = {none, none, none},
                        .macs_per_ms = none,
                        .target = none};
    struct plethio_error e;
    int code, index, status;

    while ((code = parse_option("scaling", argc, argv, options, &index)) != -1) {
        if (code == PARSE_HELP) {
            fputs(usage, stdout);
            return TOOL_OK;
        }
        if (code == '?')
            return TOOL_USAGE;
        status = take(&q, code, options[index].name, optarg);
        if (status)
            return status;
    }
    if (optind != argc - 1)
        return parse_fail("scaling", "it takes one DIR");
    q.folder = argv[optind];
    return work(&q, &e) ? tool_fail("scaling", &e) : TOOL_OK;
}
