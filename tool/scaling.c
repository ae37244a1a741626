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
    "  --max-flash-kb X   thousands of bytes of the int8 network as it lies in flash\n"
    "  --max-ram-kb X     thousands of bytes of its working memory\n"
    "  --max-ms X         of a window, by --macs-per-ms or, without, as this machine runs int8\n"
    "  --macs-per-ms X    multiply-accumulates that the device does in a millisecond\n"
    "  --target-mae X     mean absolute error per minute that is wanted\n"
    "  --plot FILE        the curves with their bands (.png or .svg)\n"
    "  --json             an object a curve, then the choice\n";

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

/* What is fitted. */
struct fitted {
    struct sweep_series series;
    struct sweep_law law;
    char name[80];
};

struct study {
    const struct request *q;
    struct plethtrain_students all;
    struct fitted **fitted;
    int count, sizes; /* sizes: most of any series that was asked for */
};

/* ---- JSON --------------------------------------------------------------------------------------
 */

static void key(const char *name, double value)
{
    printf(",\"%s\":", name);
    tool_json_number(stdout, value, 6);
}

static void key_interval(const char *name, const double interval[2])
{
    printf(",\"%s\":[", name);
    tool_json_number(stdout, interval[0], 6);
    printf(",");
    tool_json_number(stdout, interval[1], 6);
    printf("]");
}

static void json_series(const struct sweep_series *s)
{
    printf("\"network\":\"%s\",\"strategy\":\"%s\",\"teacher_blocks\":", pleth_net_name(s->network),
           plethtrain_strategy_names[s->strategy]);
    if (s->teacher)
        printf("%d", s->teacher);
    else
        printf("null");
}

static void json_law(const struct study *y, struct fitted *x)
{
    struct sweep_law *l = &x->law;
    static const char *const names[] = {"E0", "A", "rate"};
    double interval[2];

    printf("{");
    json_series(&x->series);
    printf(",\"axis\":\"%s\",\"people\":%d,\"points\":[", axis_words[y->q->axis], l->curve.people);
    for (int i = 0; i < x->series.count; i++) {
        const struct plethtrain_student *s = x->series.student[i];
        printf("%s{\"blocks\":%d", i ? "," : "", s->blocks);
        key("parameters", s->parameters);
        key("macs", s->macs);
        key("mae", s->error);
        key("sd", s->sd);
        printf(",\"seeds\":%d}", s->seeds);
    }
    printf("],\"laws\":[");
    for (int k = 0, n = 0; k < PLETHTRAIN_LAWS; k++) {
        const struct plethtrain_fit *f = &l->fit[k];
        if (!l->fitted[k])
            continue;
        printf("%s{\"law\":\"%s\"", n++ ? "," : "", law_words[k]);
        key("E0", f->law == PLETHTRAIN_POWER ? 0 : f->floor);
        key("A", f->scale);
        key("rate", f->law == PLETHTRAIN_LOGARITHM ? (double)NAN : f->rate);
        key("r2", f->r2);
        key("rmse", f->rmse);
        key("aicc", f->aicc);
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
        key_interval(name, interval);
    }
    key("saturates_at", plethtrain_law_saturation(&l->fit[l->best], 0.1));
    sweep_law_saturation(l, 0.1, interval);
    key_interval("saturates_at_interval", interval);
    printf("}\n");
}

/* ---- A size that was held out ------------------------------------------------------------------
 */

static double size_of(const struct study *y, const struct plethtrain_student *s)
{
    return y->q->axis == SWEEP_MACS ? s->macs : s->parameters;
}

/* Tells it; 0 where the series has no such student. */
static int tell_held_out(const struct study *y, struct fitted *x)
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
        key("expected", expected);
        key_interval("interval", interval);
        key("measured", held->error);
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
    struct fitted *fitted;
    int blocks;
    struct sweep_cost cost;
    double need[LIMITS], expected;
};

static int plans(const struct request *q)
{
    return isfinite(q->limit[FLASH]) || isfinite(q->limit[RAM]) || isfinite(q->limit[MS]) ||
           isfinite(q->target);
}

static int weigh(const struct study *y, struct candidate *c, struct plethio_error *e)
{
    const struct request *q = y->q;
    struct sweep_law *l = &c->fitted->law;

    if (sweep_cost(c->fitted->series.network, c->blocks, &c->cost, e))
        return -1;
    c->need[FLASH] = 1e-3 * (double)c->cost.flash;
    c->need[RAM] = 1e-3 * (double)c->cost.ram;
    c->need[MS] = c->cost.macs / q->macs_per_ms;
    if (isfinite(q->limit[MS]) && !isfinite(q->macs_per_ms) &&
        sweep_milliseconds(c->fitted->series.network, c->blocks, &c->need[MS], e))
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
    for (int i = 0; i < y->count; i++) {
        const struct sweep_series *s = &y->fitted[i]->series;
        int low = PLETHTRAIN_BLOCKS, high = 1;

        if (y->fitted[i]->law.best < 0)
            continue;
        for (int k = 0; k < s->count; k++) {
            low = s->student[k]->blocks < low ? s->student[k]->blocks : low;
            high = s->student[k]->blocks > high ? s->student[k]->blocks : high;
        }
        for (int b = low; b <= high; b++) {
            c[*n] = (struct candidate){.fitted = y->fitted[i], .blocks = b};
            if (weigh(y, &c[*n], e))
                return -1;
            ++*n;
        }
    }
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
        key("parameters", c->cost.parameters);
        key("macs", c->cost.macs);
        key("expected_mae", c->expected);
        key_interval("interval", interval);
        key("flash_kb", c->need[FLASH]);
        key("ram_kb", c->need[RAM]);
        key("ms", c->need[MS]);
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
    struct candidate *c = malloc(((size_t)y->count * PLETHTRAIN_BLOCKS + 1) * sizeof *c);
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

static int fit_all(struct study *y, struct plethio_error *e)
{
    const struct request *q = y->q;

    y->fitted = calloc((size_t)y->all.count + 1, sizeof(struct fitted *));
    if (!y->fitted)
        return plethio_fail(e, "no memory");
    for (int i = 0; i < y->all.count;) {
        struct fitted *x = calloc(1, sizeof *x);
        const struct sweep_series *s;

        if (!x)
            return plethio_fail(e, "no memory");
        y->fitted[y->count] = x;
        s = &x->series;
        i = sweep_series_take(&y->all, i, &x->series);
        sweep_series_name(s, x->name);
        if ((q->network >= 0 && s->network != q->network) ||
            (q->strategy >= 0 && s->strategy != q->strategy) ||
            (q->teacher >= 0 && s->teacher != q->teacher)) {
            free(x);
            y->fitted[y->count] = NULL;
            continue;
        }
        y->sizes = s->count > y->sizes ? s->count : y->sizes;
        /* what no law can be fitted to is passed over */
        if (s->count - (q->hold_out > 0) < 3) {
            free(x);
            y->fitted[y->count] = NULL;
            continue;
        }
        y->count++;
        if (sweep_law_fit(&x->law, s, y->all.people, q->axis, q->law, q->hold_out, e))
            return -1;
    }
    if (y->count == 0)
        return plethio_fail(e,
                            "%s: no law can be fitted: a series has %d sizes at most, and three "
                            "are needed; train more",
                            q->folder, y->sizes);
    return 0;
}

static int draw(const struct study *y, struct plethio_error *e)
{
    enum { MOST = 8 };
    struct sweep_law *law[MOST];
    const char *name[MOST];
    int n = 0;

    for (; n < y->count && n < MOST; n++) {
        law[n] = &y->fitted[n]->law;
        name[n] = y->fitted[n]->name;
    }
    return sweep_plot_laws(y->q->plot, "Error against size", law, name, n, e);
}

static int tell(const struct study *y, struct plethio_error *e)
{
    const struct request *q = y->q;
    int held = 0;

    for (int i = 0; i < y->count; i++) {
        if (q->json) {
            json_law(y, y->fitted[i]);
        } else {
            printf("%s, %d sizes, %d people\n\n", y->fitted[i]->name, y->fitted[i]->law.curve.sizes,
                   y->fitted[i]->law.curve.people);
            sweep_law_tell(stdout, &y->fitted[i]->law);
        }
        if (q->hold_out)
            held += tell_held_out(y, y->fitted[i]);
    }
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
    struct study y = {.q = q};
    int status;

    if (plethtrain_results_read(&results, q->folder, e))
        return -1;
    status = plethtrain_students_make(&y.all, &results, e);
    if (status == 0)
        status = fit_all(&y, e);
    if (status == 0)
        status = tell(&y, e);
    for (int i = 0; y.fitted && i <= y.all.count && y.fitted[i]; i++) {
        sweep_law_free(&y.fitted[i]->law);
        free(y.fitted[i]);
    }
    free(y.fitted);
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
        q->network = pleth_net_find(text);
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
