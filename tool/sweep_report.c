/* The report of a sweep, as Markdown. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "score.h"
#include "sweep.h"

struct report {
    FILE *f;
    const struct plethtrain_results *results;
    /* of all results, or of those that a table is about */
    const struct plethtrain_students *all;
    const char *plot;
    double *work; /* (seeds + 2) * people */
};

/* Who teaches: blocks, and how many of them (0: one). */
struct teacher {
    int blocks, ensemble;
};
static const struct teacher nobody = {0, 0};
enum { TEACHERS = PLETHTRAIN_BLOCKS * PLETHTRAIN_TEACHERS };

static const struct plethtrain_student *find(const struct report *r, int network, int blocks,
                                             int strategy, struct teacher teacher)
{
    if (strategy == PLETHTRAIN_SCRATCH)
        teacher = nobody;
    return plethtrain_students_find(r->all, network, blocks, strategy, teacher.blocks,
                                    teacher.ensemble);
}

/* Those that teach students of a network (-1: any) by a strategy (-1: any), in order. */
static int list_teachers(const struct report *r, int network, int strategy,
                         struct teacher teacher[TEACHERS])
{
    int n = 0;

    for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++)
        for (int k = 0; k <= PLETHTRAIN_TEACHERS; k++) {
            int any = 0;
            for (int i = 0; i < r->all->count; i++) {
                const struct plethtrain_student *s = &r->all->student[i];
                any |= s->teacher == b && s->ensemble == k &&
                       (network < 0 || s->network == network) &&
                       (strategy < 0 || s->strategy == strategy);
            }
            if (any)
                teacher[n++] = (struct teacher){b, k};
        }
    return n;
}

/* ---- What can be compared ---------------------------------------------------------------------
 */

/* Which students a table is about, -1: any; of which sizes (NULL: all); and the sizes that are
 * there from scratch beside them, and of teachers, whatever the students' network (NULL: none). */
struct choice {
    int network, strategy;
    struct teacher teacher;
    const char *sizes, *scratch, *teachers;
};

static int picks(const struct choice *c, int network, int blocks, int strategy,
                 struct teacher teacher)
{
    if (c->teachers && network == PLETH_NET_RESNET1D && strategy == PLETHTRAIN_SCRATCH &&
        c->teachers[blocks])
        return 1;
    if (c->network >= 0 && network != c->network)
        return 0;
    if (c->scratch && strategy == PLETHTRAIN_SCRATCH)
        return c->scratch[blocks];
    return (!c->sizes || c->sizes[blocks]) && (c->strategy < 0 || strategy == c->strategy) &&
           (c->teacher.blocks < 0 ||
            (teacher.blocks == c->teacher.blocks && teacher.ensemble == c->teacher.ensemble));
}

/* The folds that every one of the students has. */
static uint64_t common_folds(const struct plethtrain_students *all, const struct choice *c)
{
    uint64_t common = UINT64_MAX;

    for (int i = 0; i < all->count; i++) {
        const struct plethtrain_student *s = &all->student[i];
        if (picks(c, s->network, s->blocks, s->strategy, (struct teacher){s->teacher, s->ensemble}))
            common &= s->folds;
    }
    return common;
}

/* The report of the students of a table, on folds that all of them have: what stands side by side
 * is of the same people. Close it. */
static int choose(struct report *part, const struct report *r, const struct choice *c,
                  struct plethtrain_students *students, struct plethio_error *e)
{
    const uint64_t folds = common_folds(r->all, c);
    struct plethtrain_results some = {NULL, 0, 0};
    int status;

    *part = *r;
    part->all = students;
    some.outcome = malloc(((size_t)r->results->count + 1) * sizeof *some.outcome);
    if (!some.outcome)
        return plethio_fail(e, "no memory");
    for (int i = 0; i < r->results->count; i++) {
        const struct plethtrain_trial *t = &r->results->outcome[i].trial;
        if (picks(c, t->network, t->blocks, t->strategy,
                  (struct teacher){t->teacher, t->ensemble}) &&
            (folds >> t->fold & 1))
            some.outcome[some.count++] = r->results->outcome[i];
    }
    status = plethtrain_students_make(students, &some, e);
    free(some.outcome);
    return status;
}

/* Which folds, how many seeds and people a table speaks of. */
static void tell_extent(const struct report *part)
{
    int least = PLETHTRAIN_SEEDS, most = 0;
    char folds[200];

    if (part->all->count == 0) {
        fprintf(part->f, "No fold is common to these.\n\n");
        return;
    }
    for (int i = 0; i < part->all->count; i++) {
        const struct plethtrain_student *s = &part->all->student[i];
        least = s->seeds < least ? s->seeds : least;
        most = s->seeds > most ? s->seeds : most;
    }
    sweep_folds_name(part->all->student[0].folds, folds);
    fprintf(part->f, "Of %s, seeds: %d", folds, least);
    if (least < most)
        fprintf(part->f, " to %d", most);
    fprintf(part->f, ", people: %d.\n\n", part->all->people);
}

/* ---- One number -------------------------------------------------------------------------------
 */

/* Standard error of the student's error over people. */
static double over_people(const struct report *r, const struct plethtrain_student *s)
{
    double *sum = r->work, *count = r->work + r->all->people;
    int n = 0;

    for (int k = 0; k < r->all->people; k++)
        if (s->count[k] > 0) {
            count[n] = s->count[k];
            sum[n++] = s->sum[k];
        }
    return score_bootstrap(sum, count, n, NULL);
}

static void tell_error(const struct report *r, const struct plethtrain_student *s)
{
    double se;

    if (!s || s->seeds == 0) {
        fprintf(r->f, " - |");
        return;
    }
    se = over_people(r, s);
    fprintf(r->f, " %.2f", s->error);
    if (isfinite(s->sd))
        fprintf(r->f, " ± %.2f", s->sd);
    if (isfinite(se))
        fprintf(r->f, " (%.2f)", se);
    fprintf(r->f, " |");
}

/* A difference of two students, of people and seeds that both have. */
struct difference {
    int seeds, people;
    double *by_seed; /* [seed * people + person]: absolute errors, summed over windows */
    double *count;   /* of a person's windows */
};

/* of: s->seed_sum or s->seed_sum_int8. */
static void take_difference(const struct report *r, const struct plethtrain_student *s,
                            const double *of, const struct plethtrain_student *other,
                            struct difference *d)
{
    const int people = r->all->people;

    *d = (struct difference){0, 0, r->work + people, r->work};
    for (int k = 0; k < people; k++)
        if (s->count[k] > 0 && other->count[k] > 0)
            d->count[d->people++] = s->count[k];
    for (int i = 0; i < s->seeds; i++)
        for (int j = 0; j < other->seeds; j++) {
            double *to = d->by_seed + (ptrdiff_t)d->seeds * d->people;
            if (s->seed[i] != other->seed[j])
                continue;
            for (int k = 0; k < people; k++) {
                const ptrdiff_t a = (ptrdiff_t)i * people + k, b = (ptrdiff_t)j * people + k;
                if (s->count[k] > 0 && other->count[k] > 0)
                    *to++ = of[a] - other->seed_sum[b] / other->seed_count[b] * s->seed_count[a];
            }
            d->seeds++;
        }
}

/* The difference, and its interval where people and seeds are drawn anew: NANs of one person. Means
 * of n that are drawn from n vary by (n - 1) / n of what they should, which of few seeds is much;
 * of one seed it is people alone who are drawn. */
static double over_both(const struct difference *d, double interval[2])
{
    enum { ROUNDS = 2000 };
    const double wider = d->seeds > 1 ? sqrt(d->seeds / (d->seeds - 1.0)) : 1;
    double value[ROUNDS], total = 0, windows = 0;
    uint64_t draw = 0;

    for (int k = 0; k < d->people; k++) {
        windows += d->count[k];
        for (int i = 0; i < d->seeds; i++)
            total += d->by_seed[(ptrdiff_t)i * d->people + k] / d->seeds;
    }
    for (int round = 0; round < ROUNDS && d->people > 1; round++) {
        int seed[PLETHTRAIN_SEEDS];
        double sum = 0, count = 0;
        for (int i = 0; i < d->seeds; i++)
            seed[i] = (int)(plethtrain_random(1, draw++) % (uint64_t)d->seeds);
        for (int n = 0; n < d->people; n++) {
            const int k = (int)(plethtrain_random(1, draw++) % (uint64_t)d->people);
            for (int i = 0; i < d->seeds; i++) {
                const double own = d->by_seed[(ptrdiff_t)i * d->people + k];
                const double drawn = d->by_seed[(ptrdiff_t)seed[i] * d->people + k];
                sum += (own + wider * (drawn - own)) / d->seeds;
            }
            count += d->count[k];
        }
        value[round] = sum / count;
    }
    plethtrain_interval(value, d->people > 1 ? ROUNDS : 0, 0.95, interval);
    return total / windows;
}

/* 1 where it may be marked: where it has an interval, and seeds have a share in that. */
static int tell_difference(const struct report *r, const struct plethtrain_student *s,
                           const double *of, const struct plethtrain_student *other)
{
    struct difference d;
    double interval[2], mean;

    take_difference(r, s, of, other, &d);
    if (!d.seeds || !d.people) {
        fprintf(r->f, " - |");
        return 0;
    }
    mean = over_both(&d, interval);
    fprintf(r->f, " %+.2f", mean);
    if (isfinite(interval[0]))
        fprintf(r->f, " (%+.2f to %+.2f)%s", interval[0], interval[1],
                d.seeds < 2       ? ""
                : interval[1] < 0 ? " **better**"
                : interval[0] > 0 ? " **worse**"
                                  : "");
    fprintf(r->f, " |");
    return d.seeds > 1 && isfinite(interval[0]);
}

/* Beneath a table of differences. */
static void tell_comparisons(const struct report *r, int n)
{
    if (n)
        fprintf(r->f,
                "\nOf %d comparison%s one in twenty would be marked by chance, even if there were "
                "no differences at all.\n",
                n, n > 1 ? "s" : "");
    fprintf(r->f, "\n");
}

static double parameters_of(const struct report *r, int network, int blocks)
{
    for (int i = 0; i < r->all->count; i++)
        if (r->all->student[i].network == network && r->all->student[i].blocks == blocks)
            return r->all->student[i].parameters;
    return 0;
}

static void tell_size(const struct report *r, int network, int blocks)
{
    fprintf(r->f, "| %d block%s, %.0f |", blocks, blocks > 1 ? "s" : "",
            parameters_of(r, network, blocks));
}

static void rule(FILE *f, int columns)
{
    fprintf(f, "|");
    for (int i = 0; i < columns; i++)
        fprintf(f, "---|");
    fprintf(f, "\n");
}

/* ---- Strategies -------------------------------------------------------------------------------
 */

static void tell_table(const struct report *r, int network, struct teacher teacher, int differences)
{
    int have[PLETHTRAIN_STRATEGIES] = {0}, columns = 1, comparisons = 0;

    for (int i = 0; i < r->all->count; i++)
        have[r->all->student[i].strategy] = 1;
    if (differences)
        have[PLETHTRAIN_SCRATCH] = 0;
    fprintf(r->f, "| student, parameters |");
    for (int k = 0; k < PLETHTRAIN_STRATEGIES; k++)
        if (have[k]) {
            fprintf(r->f, " %s |", plethtrain_strategy_names[k]);
            columns++;
        }
    fprintf(r->f, "\n");
    rule(r->f, columns);
    for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++) {
        int any = 0;
        for (int k = 0; k < PLETHTRAIN_STRATEGIES; k++)
            any |= have[k] && find(r, network, b, k, teacher);
        if (!any)
            continue;
        tell_size(r, network, b);
        for (int k = 0; k < PLETHTRAIN_STRATEGIES; k++) {
            const struct plethtrain_student *s = find(r, network, b, k, teacher);
            const struct plethtrain_student *scratch =
                find(r, network, b, PLETHTRAIN_SCRATCH, nobody);
            if (have[k] && !differences)
                tell_error(r, s);
            else if (have[k] && s && scratch)
                comparisons += tell_difference(r, s, s->seed_sum, scratch);
            else if (have[k])
                fprintf(r->f, " - |");
        }
        fprintf(r->f, "\n");
    }
    tell_comparisons(r, comparisons);
}

/* Students of one teacher beside those from scratch. */
static int tell_taught(const struct report *r, int network, struct teacher teacher,
                       struct plethio_error *e)
{
    const struct plethtrain_student *itself =
        find(r, PLETH_NET_RESNET1D, teacher.blocks, PLETHTRAIN_SCRATCH, nobody);
    char taught[PLETHTRAIN_BLOCKS + 1] = {0}, name[40];
    const struct choice c = {network, -1, teacher, NULL, taught, NULL};
    struct plethtrain_students students;
    struct report part;
    int scratch = 0;

    for (int i = 0; i < r->all->count; i++) {
        const struct plethtrain_student *s = &r->all->student[i];
        if (s->network == network && s->teacher == teacher.blocks &&
            s->ensemble == teacher.ensemble)
            taught[s->blocks] = 1;
    }
    if (choose(&part, r, &c, &students, e))
        return -1;
    sweep_teacher_name(teacher.blocks, teacher.ensemble, name);
    fprintf(r->f, "### %s, %s", pleth_net_name(network), name);
    if (itself)
        fprintf(r->f, " (%.0f parameters%s", itself->parameters, teacher.ensemble ? " each" : "");
    /* of the same folds only */
    if (itself && students.count && itself->folds == students.student[0].folds)
        fprintf(r->f, teacher.ensemble ? ", one alone %.2f" : ", itself %.2f", itself->error);
    fputs(itself ? ")" : "", r->f);
    fprintf(r->f, "\n\n");
    tell_extent(&part);
    tell_table(&part, network, teacher, 0);
    for (int i = 0; i < students.count; i++)
        scratch |= students.student[i].strategy == PLETHTRAIN_SCRATCH;
    if (scratch) {
        fprintf(r->f, "Differences to scratch, of the same people and seeds (95 %% interval over "
                      "people and seeds;\nof one seed over people alone, and not marked):\n\n");
        tell_table(&part, network, teacher, 1);
    }
    plethtrain_students_free(&students);
    return 0;
}

/* All sizes from scratch, each with what it has. */
static void tell_scratch(const struct report *r, int network)
{
    int first = 1;

    for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++) {
        const struct plethtrain_student *s = find(r, network, b, PLETHTRAIN_SCRATCH, nobody);
        if (!s)
            continue;
        if (first)
            fprintf(r->f,
                    "### %s from scratch\n\n| student, parameters | folds | seeds | error |\n"
                    "|---|---|---|---|\n",
                    pleth_net_name(network));
        first = 0;
        tell_size(r, network, b);
        fprintf(r->f, " %d | %d |", plethtrain_fold_count(s->folds), s->seeds);
        tell_error(r, s);
        fprintf(r->f, "\n");
    }
    if (!first)
        fprintf(r->f, "\n");
}

static int tell_strategies(const struct report *r, struct plethio_error *e)
{
    fprintf(
        r->f,
        "## Students\n\n"
        "Mean absolute error per minute over the windows of the folds that all of a table have,\n"
        "mean over seeds ± their standard deviation (standard error by bootstrap over people)."
        "\n\n");
    for (int n = 0; n < PLETHTRAIN_NETWORKS; n++) {
        struct teacher teacher[TEACHERS];
        const int teachers = list_teachers(r, plethtrain_networks[n], -1, teacher);
        tell_scratch(r, plethtrain_networks[n]);
        for (int t = 0; t < teachers; t++)
            if (tell_taught(r, plethtrain_networks[n], teacher[t], e))
                return -1;
    }
    return 0;
}

/* ---- Int8 --------------------------------------------------------------------------------------
 */

/* Students whose error in int8 is known of all their seeds. */
static void tell_int8(const struct report *r)
{
    int first = 1, comparisons = 0;

    for (int i = 0; i < r->all->count; i++) {
        const struct plethtrain_student *s = &r->all->student[i];
        const struct sweep_series series = {s->network,  s->strategy, s->teacher,
                                            s->ensemble, 0,           {NULL}};
        char name[80];

        if (s->seeds == 0 || !isfinite(s->error_int8))
            continue;
        if (first)
            fprintf(r->f,
                    "## In int8\n\nThe same networks as a device runs them, calibrated on windows "
                    "of people whom they have\nseen; differences of the same people and seeds "
                    "(95 %% interval over both; of one seed over\npeople alone, and not marked)."
                    "\n\n"
                    "| series | student, parameters | folds | seeds | float | int8 | difference "
                    "|\n|---|---|---|---|---|---|---|\n");
        first = 0;
        sweep_series_name(&series, name);
        fprintf(r->f, "| %s ", name);
        tell_size(r, s->network, s->blocks);
        fprintf(r->f, " %d | %d | %.2f | %.2f |", plethtrain_fold_count(s->folds), s->seeds,
                s->error, s->error_int8);
        comparisons += tell_difference(r, s, s->seed_sum_int8, s);
        fprintf(r->f, "\n");
    }
    if (!first)
        tell_comparisons(r, comparisons);
}

/* ---- Teachers against students ----------------------------------------------------------------
 */

static int tell_map(const struct report *whole, int network, int strategy, struct plethio_error *e)
{
    char scratch[PLETHTRAIN_BLOCKS + 1] = {0}, teach[PLETHTRAIN_BLOCKS + 1] = {0};
    const struct choice c = {network, strategy, {-1, 0}, NULL, scratch, teach};
    struct plethtrain_students common;
    struct report part;
    const struct report *r = &part;
    struct teacher teacher[TEACHERS];
    const int teachers = list_teachers(whole, network, strategy, teacher);
    int student[PLETHTRAIN_BLOCKS], students = 0, status = 0;
    double error[TEACHERS * PLETHTRAIN_BLOCKS];
    char path[1024], title[80], label[TEACHERS][24];

    if (teachers < 2)
        return 0;
    for (int i = 0; i < whole->all->count; i++) {
        const struct plethtrain_student *s = &whole->all->student[i];
        if (s->network == network && s->strategy == strategy)
            scratch[s->blocks] = 1;
    }
    for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++)
        if (scratch[b])
            student[students++] = b;
    for (int t = 0; t < teachers; t++)
        teach[teacher[t].blocks] = 1;
    if (choose(&part, whole, &c, &common, e))
        return -1;
    if (common.count == 0) {
        plethtrain_students_free(&common);
        return 0;
    }
    snprintf(title, sizeof title, "Teachers and students: %s, %s", pleth_net_name(network),
             plethtrain_strategy_names[strategy]);
    fprintf(r->f, "## %s\n\n", title);
    tell_extent(r);
    fprintf(r->f, "| teacher | itself |");
    for (int s = 0; s < students; s++)
        fprintf(r->f, " %d |", student[s]);
    fprintf(r->f, "\n");
    rule(r->f, students + 2);
    fprintf(r->f, "| none | - |");
    for (int s = 0; s < students; s++)
        tell_error(r, find(r, network, student[s], PLETHTRAIN_SCRATCH, nobody));
    fprintf(r->f, "\n");
    for (int t = 0; t < teachers; t++) {
        if (teacher[t].ensemble)
            snprintf(label[t], sizeof label[t], "%d of %d blocks", teacher[t].ensemble,
                     teacher[t].blocks);
        else
            snprintf(label[t], sizeof label[t], "%d block%s", teacher[t].blocks,
                     teacher[t].blocks > 1 ? "s" : "");
        fprintf(r->f, "| %s |", label[t]);
        tell_error(r, find(r, PLETH_NET_RESNET1D, teacher[t].blocks, PLETHTRAIN_SCRATCH, nobody));
        for (int s = 0; s < students; s++) {
            const struct plethtrain_student *x = find(r, network, student[s], strategy, teacher[t]);
            error[t * students + s] = x && x->seeds ? x->error : (double)NAN;
            tell_error(r, x);
        }
        fprintf(r->f, "\n");
    }
    fprintf(r->f, "\n");
    if (r->plot) {
        snprintf(path, sizeof path, "%s/map-%s-%s.png", r->plot, pleth_net_name(network),
                 plethtrain_strategy_names[strategy]);
        fprintf(r->f, "![](map-%s-%s.png)\n\n", pleth_net_name(network),
                plethtrain_strategy_names[strategy]);
        status = sweep_plot_map(path, title, teachers, (const char(*)[24])label, students, student,
                                error, e);
    }
    plethtrain_students_free(&common);
    return status;
}

/* ---- Networks against each other --------------------------------------------------------------
 */

static int tell_networks(const struct report *whole, int strategy, struct teacher teacher,
                         struct plethio_error *e)
{
    char shared[PLETHTRAIN_BLOCKS + 1] = {0};
    const struct choice c = {-1, strategy, teacher, shared, NULL, NULL};
    struct plethtrain_students common;
    struct report part;
    const struct report *r = &part;
    int have[PLETHTRAIN_NETWORKS] = {0}, count = 0;
    char name[40];

    for (int n = 0; n < PLETHTRAIN_NETWORKS; n++)
        for (int i = 0; i < whole->all->count && !have[n]; i++) {
            const struct plethtrain_student *s = &whole->all->student[i];
            have[n] = s->network == plethtrain_networks[n] && s->strategy == strategy &&
                      s->teacher == teacher.blocks && s->ensemble == teacher.ensemble;
            count += have[n];
        }
    if (count < 2)
        return 0;
    /* a size that one network alone has is not compared, and its folds say nothing */
    for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++) {
        int any = 0;
        for (int n = 0; n < PLETHTRAIN_NETWORKS; n++)
            any += find(whole, plethtrain_networks[n], b, strategy, teacher) != NULL;
        shared[b] = any > 1;
    }
    if (choose(&part, whole, &c, &common, e))
        return -1;
    if (common.count == 0) {
        plethtrain_students_free(&common);
        return 0;
    }
    fprintf(r->f, "## Networks of the same size: %s", plethtrain_strategy_names[strategy]);
    if (teacher.blocks) {
        sweep_teacher_name(teacher.blocks, teacher.ensemble, name);
        fprintf(r->f, ", %s", name);
    }
    fprintf(r->f, "\n\n");
    tell_extent(r);
    fprintf(r->f, "| as large as |");
    for (int n = 0; n < PLETHTRAIN_NETWORKS; n++)
        if (have[n])
            fprintf(r->f, " %s |", pleth_net_name(plethtrain_networks[n]));
    fprintf(r->f, "\n");
    rule(r->f, count + 1);
    for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++) {
        if (!shared[b])
            continue;
        fprintf(r->f, "| %d block%s |", b, b > 1 ? "s" : "");
        for (int n = 0; n < PLETHTRAIN_NETWORKS; n++)
            if (have[n])
                tell_error(r, find(r, plethtrain_networks[n], b, strategy, teacher));
        fprintf(r->f, "\n");
    }
    fprintf(r->f, "\n");
    plethtrain_students_free(&common);
    return 0;
}

/* ---- The law ----------------------------------------------------------------------------------
 */

enum { LAW_SIZES = 4 };

/* Draws series into a plot of the report, `drawn` marked by its number. */
static int plot_laws(const struct report *r, const struct sweep_laws *laws, const char *drawn,
                     char plot, const char *file, const char *title, struct plethio_error *e)
{
    char path[1024];

    if (!memchr(drawn, plot, (size_t)laws->count))
        return 0;
    snprintf(path, sizeof path, "%s/%s", r->plot, file);
    fprintf(r->f, "![](%s)\n\n", file);
    return sweep_laws_plot(laws, drawn, plot, path, title, e);
}

/* All networks from scratch; then of each network the strategies, with their largest teachers. */
static int plot_all(const struct report *r, const struct sweep_laws *laws, enum sweep_axis axis,
                    struct plethio_error *e)
{
    static const char *const word[] = {"parameters", "macs"};
    char *drawn = calloc((size_t)laws->count + 1, 1), file[80], title[80];
    int status = 0;

    if (!drawn)
        return plethio_fail(e, "no memory");
    for (int i = 0; i < laws->count; i++)
        drawn[i] = laws->fitted[i]->series.strategy == PLETHTRAIN_SCRATCH;
    snprintf(file, sizeof file, "law-%s.png", word[axis]);
    status = plot_laws(r, laws, drawn, 1, file, "Error against size, from scratch", e);
    for (int n = 0; n < PLETHTRAIN_NETWORKS && status == 0; n++) {
        int any = 0;
        for (int i = 0; i < laws->count; i++) {
            const struct sweep_series *s = &laws->fitted[i]->series;
            if (s->network == plethtrain_networks[n] && sweep_laws_leads(laws, i)) {
                any |= s->strategy != PLETHTRAIN_SCRATCH;
                drawn[i] = (char)(2 + n);
            }
        }
        if (!any)
            continue;
        snprintf(file, sizeof file, "law-%s-%s.png", pleth_net_name(plethtrain_networks[n]),
                 word[axis]);
        snprintf(title, sizeof title, "Error against size: %s, largest teachers",
                 pleth_net_name(plethtrain_networks[n]));
        status = plot_laws(r, laws, drawn, (char)(2 + n), file, title, e);
    }
    if (status == 0)
        sweep_laws_tell_rest(r->f, laws, drawn);
    free(drawn);
    return status;
}

static int tell_laws(const struct report *r, enum sweep_axis axis, struct plethio_error *e)
{
    struct sweep_laws laws;
    int status = sweep_laws_fit(&laws, r->all, LAW_SIZES, axis, -1, 0, e);

    for (int i = 0; i < laws.count && status == 0; i++) {
        struct sweep_fitted *x = laws.fitted[i];
        fprintf(r->f, "### %s, by %s\n\n", x->name, axis ? "MACs" : "parameters");
        sweep_law_tell(r->f, &x->law, &x->series);
    }
    if (status == 0 && r->plot)
        status = plot_all(r, &laws, axis, e);
    sweep_laws_free(&laws);
    return status;
}

/* ---- Cost -------------------------------------------------------------------------------------
 */

static int tell_costs(const struct report *r, struct plethio_error *e)
{
    double all_s = 0;

    fprintf(r->f,
            "## Cost\n\nBytes of the float model's file; of the int8 network as it lies in flash, "
            "and of its\nworking memory; seconds that training a cell keeps a core busy, mean. The "
            "time of a "
            "window is no part\nof a report that is the same everywhere: `pleth scaling --max-ms`, "
            "`pleth bench`.\n\n"
            "| network | parameters | MACs a window | float | int8 flash | int8 RAM | training (s) "
            "|\n");
    rule(r->f, 7);
    for (int n = 0; n < PLETHTRAIN_NETWORKS; n++)
        for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++) {
            struct sweep_cost cost;
            double seconds = 0;
            int cells = 0;

            for (int i = 0; i < r->all->count; i++) {
                const struct plethtrain_student *s = &r->all->student[i];
                if (s->network != plethtrain_networks[n] || s->blocks != b)
                    continue;
                seconds += s->seconds * s->cells;
                cells += s->cells;
            }
            if (!cells)
                continue;
            all_s += seconds;
            if (sweep_cost(plethtrain_networks[n], b, &cost, e))
                return -1;
            fprintf(r->f, "| %s, %d block%s | %.0f | %.0f | %zu | %zu | %zu | %.0f |\n",
                    pleth_net_name(plethtrain_networks[n]), b, b > 1 ? "s" : "", cost.parameters,
                    cost.macs, cost.file, cost.flash, cost.ram, seconds / cells);
        }
    fprintf(r->f, "\nAll cells together: %.2f core-hours.\n\n", all_s / 3600);
    return 0;
}

/* ---- All --------------------------------------------------------------------------------------
 */

static void tell_head(FILE *f, const struct plethtrain_sweep *plan,
                      const struct plethtrain_results *r, const struct plethtrain_students *all)
{
    fprintf(f, "# Sweep of %d cells\n\n", plan->trials);
    if (r->count < plan->trials)
        fprintf(f,
                "%d of them are not there yet or have failed; what follows is of the others.\n\n",
                plan->trials - r->count);
    fprintf(f,
            "Data %s; %d people. A network's size is what it reads: without the dead head and the "
            "norm\nthat nothing reads, which published counts include. MLP and TCN are as large "
            "as the ResNet of so many blocks.\n\n",
            plan->trial[0].data, all->people);
    if (*plan->trial[0].recipe)
        fprintf(f, "Recipe: %s.\n\n", plan->trial[0].recipe);
    for (int i = 0; i < plan->trials; i++) {
        int told = !*plan->trial[i].teaching;
        for (int k = 0; k < i && !told; k++)
            told = strcmp(plan->trial[i].teaching, plan->trial[k].teaching) == 0;
        if (!told)
            fprintf(f, "Of a teacher: %s.\n\n", plan->trial[i].teaching);
    }
}

static int tell_all(struct report *r, struct plethio_error *e)
{
    int status = tell_strategies(r, e);

    if (status == 0)
        tell_int8(r);
    for (int n = 0; n < PLETHTRAIN_NETWORKS && status == 0; n++)
        for (int k = 1; k < PLETHTRAIN_STRATEGIES && status == 0; k++)
            status = tell_map(r, plethtrain_networks[n], k, e);
    if (status == 0)
        status = tell_networks(r, PLETHTRAIN_SCRATCH, nobody, e);
    for (int k = 1; k < PLETHTRAIN_STRATEGIES && status == 0; k++) {
        struct teacher teacher[TEACHERS];
        const int teachers = list_teachers(r, -1, k, teacher);
        for (int t = 0; t < teachers && status == 0; t++)
            status = tell_networks(r, k, teacher[t], e);
    }
    fprintf(r->f, "## Error against size\n\n");
    sweep_series_tell_others(r->f, r->all, sweep_series_folds(r->all, LAW_SIZES), LAW_SIZES);
    if (status == 0)
        status = tell_laws(r, SWEEP_PARAMETERS, e);
    if (status == 0)
        status = tell_laws(r, SWEEP_MACS, e);
    return status ? status : tell_costs(r, e);
}

int sweep_report(FILE *f, const struct plethtrain_sweep *plan, const struct plethtrain_results *r,
                 const char *plot, struct plethio_error *e)
{
    struct plethtrain_students all;
    struct report report = {f, r, &all, plot, NULL};
    int status;

    if (plethtrain_students_make(&all, r, e))
        return -1;
    report.work = malloc(((PLETHTRAIN_SEEDS + 2) * (size_t)all.people + 1) * sizeof *report.work);
    if (report.work) {
        tell_head(f, plan, r, &all);
        if (*plan->trial[0].on)
            status = sweep_transfer(f, plan, r, e) || tell_costs(&report, e) ? -1 : 0;
        else
            status = tell_all(&report, e);
    } else {
        status = plethio_fail(e, "no memory");
    }
    free(report.work);
    plethtrain_students_free(&all);
    return status;
}
