/* The report of a sweep, as Markdown. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score.h"
#include "sweep.h"

static const int networks[] = {PLETH_NET_RESNET1D, PLETH_NET_MLP, PLETH_NET_TCN};
enum { NETWORKS = sizeof networks / sizeof *networks };

struct report {
    FILE *f;
    const struct plethtrain_results *results;
    /* of all results, or of those that a table is about */
    const struct plethtrain_students *all;
    const char *plot;
    double *work; /* 2 * people */
};

static const struct plethtrain_student *find(const struct report *r, int network, int blocks,
                                             int strategy, int teacher)
{
    return plethtrain_students_find(r->all, network, blocks, strategy,
                                    strategy == PLETHTRAIN_SCRATCH ? 0 : teacher);
}

/* ---- What can be compared ---------------------------------------------------------------------
 */

/* Which students a table is about, -1: any; and the sizes that are there from scratch beside them
 * (NULL: none). */
struct choice {
    int network, strategy, teacher;
    const char *taught;
};

static int picks(const struct choice *c, const struct plethtrain_trial *t)
{
    if (c->network >= 0 && t->network != c->network)
        return 0;
    if (c->taught && t->strategy == PLETHTRAIN_SCRATCH)
        return c->taught[t->blocks];
    return (c->strategy < 0 || t->strategy == c->strategy) &&
           (c->teacher < 0 || t->teacher == c->teacher);
}

/* The folds that every one of the students has. */
static uint64_t common_folds(const struct plethtrain_results *r, const struct choice *c)
{
    uint64_t common = UINT64_MAX;

    for (int i = 0; i < r->count; i++) {
        const struct plethtrain_trial *t = &r->outcome[i].trial;
        uint64_t folds = 0;

        if (!picks(c, t))
            continue;
        for (int k = 0; k < r->count; k++) {
            const struct plethtrain_trial *u = &r->outcome[k].trial;
            if (u->network == t->network && u->blocks == t->blocks && u->strategy == t->strategy &&
                u->teacher == t->teacher)
                folds |= (uint64_t)1 << u->fold;
        }
        common &= folds;
    }
    return common;
}

/* The report of the students of a table, on folds that all of them have: what stands side by side
 * is of the same people. Close it. */
static int choose(struct report *part, const struct report *r, const struct choice *c,
                  struct plethtrain_students *students, struct plethio_error *e)
{
    const uint64_t folds = common_folds(r->results, c);
    struct plethtrain_results some = {NULL, 0, 0};
    int status;

    *part = *r;
    part->all = students;
    some.outcome = malloc(((size_t)r->results->count + 1) * sizeof *some.outcome);
    if (!some.outcome)
        return plethio_fail(e, "no memory");
    for (int i = 0; i < r->results->count; i++) {
        const struct plethtrain_trial *t = &r->results->outcome[i].trial;
        if (picks(c, t) && (folds >> t->fold & 1))
            some.outcome[some.count++] = r->results->outcome[i];
    }
    status = plethtrain_students_make(students, &some, e);
    free(some.outcome);
    return status;
}

/* How many folds, seeds and people a table speaks of. */
static void tell_extent(const struct report *part)
{
    int folds = 0, least = PLETHTRAIN_FOLDS, most = 0;

    for (int i = 0; i < part->all->count; i++) {
        const struct plethtrain_student *s = &part->all->student[i];
        folds = s->folds > folds ? s->folds : folds;
        least = s->seeds < least ? s->seeds : least;
        most = s->seeds > most ? s->seeds : most;
    }
    if (part->all->count == 0)
        fprintf(part->f, "No fold is common to these.\n\n");
    else if (least < most)
        fprintf(part->f, "Folds: %d, seeds: %d to %d, people: %d.\n\n", folds, least, most,
                part->all->people);
    else
        fprintf(part->f, "Folds: %d, seeds: %d, people: %d.\n\n", folds, most, part->all->people);
}

/* ---- One number -------------------------------------------------------------------------------
 */

/* Standard error over people of the student's error or, with `other`, of the difference. */
static double over_people(const struct report *r, const struct plethtrain_student *s,
                          const struct plethtrain_student *other, double interval[2], double *mean)
{
    double *sum = r->work, *count = r->work + r->all->people, total = 0, windows = 0;
    int n = 0;

    for (int k = 0; k < r->all->people; k++) {
        if (!(s->count[k] > 0) || (other && !(other->count[k] > 0)))
            continue;
        count[n] = s->count[k];
        sum[n] = s->sum[k];
        if (other)
            sum[n] -= other->sum[k] / other->count[k] * s->count[k];
        total += sum[n];
        windows += count[n++];
    }
    *mean = total / windows;
    return score_bootstrap(sum, count, n, interval);
}

static void tell_error(const struct report *r, const struct plethtrain_student *s)
{
    double interval[2], mean, se;

    if (!s || s->seeds == 0) {
        fprintf(r->f, " - |");
        return;
    }
    se = over_people(r, s, NULL, interval, &mean);
    fprintf(r->f, " %.2f", s->error);
    if (isfinite(s->sd))
        fprintf(r->f, " ± %.2f", s->sd);
    if (isfinite(se))
        fprintf(r->f, " (%.2f)", se);
    fprintf(r->f, " |");
}

static void tell_difference(const struct report *r, const struct plethtrain_student *s,
                            const struct plethtrain_student *scratch)
{
    double interval[2], mean;

    if (!s || !scratch || s->seeds == 0 || scratch->seeds == 0) {
        fprintf(r->f, " - |");
        return;
    }
    over_people(r, s, scratch, interval, &mean);
    fprintf(r->f, " %+.2f", mean);
    if (isfinite(interval[0]))
        fprintf(r->f, " (%+.2f to %+.2f)%s", interval[0], interval[1],
                interval[1] < 0   ? " **better**"
                : interval[0] > 0 ? " **worse**"
                                  : "");
    fprintf(r->f, " |");
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

static void tell_table(const struct report *r, int network, int teacher, int differences)
{
    int have[PLETHTRAIN_STRATEGIES] = {0}, columns = 1;

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
            if (have[k] && differences)
                tell_difference(r, s, find(r, network, b, PLETHTRAIN_SCRATCH, 0));
            else if (have[k])
                tell_error(r, s);
        }
        fprintf(r->f, "\n");
    }
    fprintf(r->f, "\n");
}

/* Students of one teacher beside those from scratch. */
static int tell_taught(const struct report *r, int network, int teacher, struct plethio_error *e)
{
    const struct plethtrain_student *itself = find(r, PLETH_NET_RESNET1D, teacher, 0, 0);
    char taught[PLETHTRAIN_BLOCKS + 1] = {0};
    const struct choice c = {network, -1, teacher, taught};
    struct plethtrain_students students;
    struct report part;
    int any = 0, scratch = 0;

    for (int i = 0; i < r->all->count; i++) {
        const struct plethtrain_student *s = &r->all->student[i];
        if (s->network == network && s->teacher == teacher)
            any = taught[s->blocks] = 1;
    }
    if (!any)
        return 0;
    if (choose(&part, r, &c, &students, e))
        return -1;
    fprintf(r->f, "### %s, teacher of %d blocks", pleth_net_name(network), teacher);
    if (itself)
        fprintf(r->f, " (%.0f parameters", itself->parameters);
    /* of the same folds only */
    if (itself && itself->seeds && students.count && itself->folds == students.student[0].folds)
        fprintf(r->f, ", itself %.2f", itself->error);
    fputs(itself ? ")" : "", r->f);
    fprintf(r->f, "\n\n");
    tell_extent(&part);
    tell_table(&part, network, teacher, 0);
    for (int i = 0; i < students.count; i++)
        scratch |= students.student[i].strategy == PLETHTRAIN_SCRATCH;
    if (scratch) {
        fprintf(r->f,
                "Differences to scratch, of the same people (95 %% interval over people):\n\n");
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
        const struct plethtrain_student *s = find(r, network, b, PLETHTRAIN_SCRATCH, 0);
        if (!s)
            continue;
        if (first)
            fprintf(r->f,
                    "### %s from scratch\n\n| student, parameters | folds | seeds | error |\n"
                    "|---|---|---|---|\n",
                    pleth_net_name(network));
        first = 0;
        tell_size(r, network, b);
        fprintf(r->f, " %d | %d |", s->folds, s->seeds);
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
    for (int n = 0; n < NETWORKS; n++) {
        tell_scratch(r, networks[n]);
        for (int t = 1; t <= PLETHTRAIN_BLOCKS; t++)
            if (tell_taught(r, networks[n], t, e))
                return -1;
    }
    return 0;
}

/* ---- Int8 --------------------------------------------------------------------------------------
 */

/* Students whose error in int8 is known of all their seeds. */
static void tell_int8(const struct report *r)
{
    int first = 1;

    for (int i = 0; i < r->all->count; i++) {
        const struct plethtrain_student *s = &r->all->student[i];
        const struct sweep_series series = {s->network, s->strategy, s->teacher, 0, {NULL}};
        struct plethtrain_student narrow = *s;
        char name[80];

        if (s->seeds == 0 || !isfinite(s->error_int8))
            continue;
        if (first)
            fprintf(r->f,
                    "## In int8\n\nThe same networks as a device runs them, calibrated on windows "
                    "of people whom they have\nseen; differences of the same people (95 %% "
                    "interval over people).\n\n"
                    "| series | student, parameters | folds | seeds | float | int8 | difference "
                    "|\n|---|---|---|---|---|---|---|\n");
        first = 0;
        narrow.sum = s->sum_int8;
        sweep_series_name(&series, name);
        fprintf(r->f, "| %s ", name);
        tell_size(r, s->network, s->blocks);
        fprintf(r->f, " %d | %d | %.2f | %.2f |", s->folds, s->seeds, s->error, s->error_int8);
        tell_difference(r, &narrow, s);
        fprintf(r->f, "\n");
    }
    if (!first)
        fprintf(r->f, "\n");
}

/* ---- Teachers against students ----------------------------------------------------------------
 */

static int tell_map(const struct report *whole, int network, int strategy, struct plethio_error *e)
{
    const struct choice c = {network, strategy, -1, NULL};
    struct plethtrain_students common;
    struct report part;
    const struct report *r = &part;
    int teacher[PLETHTRAIN_BLOCKS], student[PLETHTRAIN_BLOCKS], teachers = 0, students = 0;
    double error[PLETHTRAIN_BLOCKS * PLETHTRAIN_BLOCKS];
    char path[1024], title[80];
    int status = 0;

    if (choose(&part, whole, &c, &common, e))
        return -1;
    for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++) {
        int teaches = 0, learns = 0;
        for (int i = 0; i < r->all->count; i++) {
            const struct plethtrain_student *s = &r->all->student[i];
            if (s->network != network || s->strategy != strategy)
                continue;
            teaches |= s->teacher == b;
            learns |= s->blocks == b;
        }
        if (teaches)
            teacher[teachers++] = b;
        if (learns)
            student[students++] = b;
    }
    if (teachers < 2) {
        plethtrain_students_free(&common);
        return 0;
    }
    snprintf(title, sizeof title, "Teachers and students: %s, %s", pleth_net_name(network),
             plethtrain_strategy_names[strategy]);
    fprintf(r->f, "## %s\n\n", title);
    tell_extent(r);
    fprintf(r->f, "| teacher |");
    for (int s = 0; s < students; s++)
        fprintf(r->f, " %d |", student[s]);
    fprintf(r->f, "\n");
    rule(r->f, students + 1);
    for (int t = 0; t < teachers; t++) {
        fprintf(r->f, "| %d blocks |", teacher[t]);
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
        status = sweep_plot_map(path, title, teachers, teacher, students, student, error, e);
    }
    plethtrain_students_free(&common);
    return status;
}

/* ---- Networks against each other --------------------------------------------------------------
 */

static int tell_networks(const struct report *whole, int strategy, int teacher,
                         struct plethio_error *e)
{
    const struct choice c = {-1, strategy, teacher, NULL};
    struct plethtrain_students common;
    struct report part;
    const struct report *r = &part;
    int have[NETWORKS] = {0}, count = 0;

    for (int n = 0; n < NETWORKS; n++)
        for (int i = 0; i < whole->all->count && !have[n]; i++) {
            const struct plethtrain_student *s = &whole->all->student[i];
            have[n] = s->network == networks[n] && s->strategy == strategy && s->teacher == teacher;
            count += have[n];
        }
    if (count < 2)
        return 0;
    if (choose(&part, whole, &c, &common, e))
        return -1;
    fprintf(r->f, "## Networks of the same size: %s", plethtrain_strategy_names[strategy]);
    if (teacher)
        fprintf(r->f, ", teacher of %d blocks", teacher);
    fprintf(r->f, "\n\n");
    tell_extent(r);
    fprintf(r->f, "| as large as |");
    for (int n = 0; n < NETWORKS; n++)
        if (have[n])
            fprintf(r->f, " %s |", pleth_net_name(networks[n]));
    fprintf(r->f, "\n");
    rule(r->f, count + 1);
    for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++) {
        int any = 0;
        for (int n = 0; n < NETWORKS; n++)
            any += find(r, networks[n], b, strategy, teacher) != NULL;
        if (any < 2)
            continue;
        fprintf(r->f, "| %d block%s |", b, b > 1 ? "s" : "");
        for (int n = 0; n < NETWORKS; n++)
            if (have[n])
                tell_error(r, find(r, networks[n], b, strategy, teacher));
        fprintf(r->f, "\n");
    }
    fprintf(r->f, "\n");
    plethtrain_students_free(&common);
    return 0;
}

/* ---- The law ----------------------------------------------------------------------------------
 */

enum { MOST_SERIES = 8 }; /* of a drawing */

static int tell_laws(const struct report *r, enum sweep_axis axis, struct plethio_error *e)
{
    static const char *const file[] = {"law-parameters.png", "law-macs.png"};
    struct sweep_law *law[MOST_SERIES] = {NULL};
    char names[MOST_SERIES][80], path[1024];
    const char *name[MOST_SERIES];
    int n = 0, status = 0;

    for (int i = 0; i < r->all->count && status == 0;) {
        struct sweep_series s;
        struct sweep_law *l;
        char text[80];

        i = sweep_series_take(r->all, i, &s);
        if (s.count < 4)
            continue;
        l = malloc(sizeof *l);
        if (!l)
            return plethio_fail(e, "no memory");
        sweep_series_name(&s, text);
        status = sweep_law_fit(l, &s, r->all->people, axis, -1, 0, e);
        if (status == 0) {
            fprintf(r->f, "### %s, by %s\n\n", text, axis ? "MACs" : "parameters");
            sweep_law_tell(r->f, l);
        }
        if (status == 0 && n < MOST_SERIES) {
            strcpy(names[n], text);
            name[n] = names[n];
            law[n++] = l;
        } else {
            sweep_law_free(l);
            free(l);
        }
    }
    if (status == 0 && n && r->plot) {
        snprintf(path, sizeof path, "%s/%s", r->plot, file[axis]);
        fprintf(r->f, "![](%s)\n\n", file[axis]);
        status = sweep_plot_laws(path, "Error against size", law, name, n, e);
    }
    for (int i = 0; i < n; i++) {
        sweep_law_free(law[i]);
        free(law[i]);
    }
    return status;
}

/* ---- Cost -------------------------------------------------------------------------------------
 */

static int tell_costs(const struct report *r, struct plethio_error *e)
{
    double all_s = 0;

    fprintf(r->f,
            "## Cost\n\nBytes of the float model's file; of the int8 network as it lies in flash, "
            "and of its\nworking memory; seconds that training a cell keeps a core busy, mean.\n\n"
            "| network | parameters | MACs a window | float | int8 flash | int8 RAM | training (s) "
            "|\n");
    rule(r->f, 7);
    for (int n = 0; n < NETWORKS; n++)
        for (int b = 1; b <= PLETHTRAIN_BLOCKS; b++) {
            struct sweep_cost cost;
            double seconds = 0;
            int cells = 0;

            for (int i = 0; i < r->all->count; i++) {
                const struct plethtrain_student *s = &r->all->student[i];
                if (s->network != networks[n] || s->blocks != b)
                    continue;
                seconds += s->seconds * s->cells;
                cells += s->cells;
            }
            if (!cells)
                continue;
            all_s += seconds;
            if (sweep_cost(networks[n], b, &cost, e))
                return -1;
            fprintf(r->f, "| %s, %d block%s | %.0f | %.0f | %zu | %zu | %zu | %.0f |\n",
                    pleth_net_name(networks[n]), b, b > 1 ? "s" : "", cost.parameters, cost.macs,
                    cost.file, cost.flash, cost.ram, seconds / cells);
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
    for (int i = 0; i < plan->trials; i++)
        if (*plan->trial[i].teaching &&
            (i == 0 || strcmp(plan->trial[i].teaching, plan->trial[i - 1].teaching) != 0))
            fprintf(f, "Of a teacher: %s.\n\n", plan->trial[i].teaching);
}

static int tell_all(struct report *r, struct plethio_error *e)
{
    int status = tell_strategies(r, e);

    if (status == 0)
        tell_int8(r);
    for (int n = 0; n < NETWORKS && status == 0; n++)
        for (int k = 1; k < PLETHTRAIN_STRATEGIES && status == 0; k++)
            status = tell_map(r, networks[n], k, e);
    for (int k = 0; k < PLETHTRAIN_STRATEGIES && status == 0; k++)
        for (int t = 0; t <= PLETHTRAIN_BLOCKS && status == 0; t++)
            status = tell_networks(r, k, t, e);
    fprintf(r->f, "## Error against size\n\n");
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
    report.work = malloc((size_t)(2 * all.people + 1) * sizeof *report.work);
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
