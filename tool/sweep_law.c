/* Series of students, and the laws that are fitted to them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

static const double level = 0.95;

void sweep_series_name(const struct sweep_series *s, char name[80])
{
    char teacher[40] = "";

    if (s->teacher)
        snprintf(teacher, sizeof teacher, ", teacher of %d blocks", s->teacher);
    snprintf(name, 80, "%s, %s%s", pleth_net_name(s->network),
             plethtrain_strategy_names[s->strategy], teacher);
}

int sweep_series_take(const struct plethtrain_students *all, int first, struct sweep_series *s)
{
    const struct plethtrain_student *head = &all->student[first];
    int i = first, folds = 0, kept = 0;

    *s = (struct sweep_series){head->network, head->strategy, head->teacher, 0, {NULL}};
    for (; i < all->count; i++) {
        const struct plethtrain_student *x = &all->student[i];
        if (x->network != s->network || x->strategy != s->strategy || x->teacher != s->teacher)
            break;
        if (s->count < PLETHTRAIN_SIZES)
            s->student[s->count++] = x;
        folds = x->folds > folds ? x->folds : folds;
    }
    for (int k = 0; k < s->count; k++)
        if (s->student[k]->folds == folds && s->student[k]->seeds > 0)
            s->student[kept++] = s->student[k];
    s->count = kept;
    return i;
}

/* People that all sizes were tested on, by their sums; the others do not count. */
static void take_people(struct sweep_law *l, const struct plethtrain_student *const *student,
                        int people)
{
    struct plethtrain_curve *c = &l->curve;
    double *sum = l->values, *count = l->values + (ptrdiff_t)c->sizes * people;

    c->people = 0;
    for (int k = 0; k < people; k++) {
        int all = 1;
        for (int i = 0; i < c->sizes; i++)
            all = all && student[i]->count[k] > 0;
        if (all)
            c->people++;
    }
    for (int k = 0, at = 0; k < people; k++) {
        int all = 1;
        for (int i = 0; i < c->sizes; i++)
            all = all && student[i]->count[k] > 0;
        for (int i = 0; i < c->sizes && all; i++) {
            sum[i * c->people + at] = student[i]->sum[k];
            count[i * c->people + at] = student[i]->count[k];
        }
        at += all;
    }
    c->sum = sum;
    c->count = count;
}

static int by_size(const void *a, const void *b)
{
    const struct plethtrain_student *x = *(const struct plethtrain_student *const *)a;
    const struct plethtrain_student *y = *(const struct plethtrain_student *const *)b;

    return (x->parameters > y->parameters) - (x->parameters < y->parameters);
}

static int make_curve(struct sweep_law *l, const struct sweep_series *s, int people, int without,
                      struct plethio_error *e)
{
    const struct plethtrain_student *student[PLETHTRAIN_SIZES];
    struct plethtrain_curve *c = &l->curve;
    double by_seed[PLETHTRAIN_SIZES * PLETHTRAIN_FOLDS];
    int seeds[PLETHTRAIN_SIZES];

    for (int i = 0; i < s->count; i++)
        if (s->student[i]->blocks != without)
            student[c->sizes++] = s->student[i];
    qsort(student, (size_t)c->sizes, sizeof *student, by_size);
    l->values = malloc(2 * sizeof(double) * (size_t)(c->sizes * people + 1));
    if (!l->values)
        return plethio_fail(e, "no memory for %d people", people);
    for (int i = 0; i < c->sizes; i++) {
        c->size[i] = l->axis == SWEEP_MACS ? student[i]->macs : student[i]->parameters;
        seeds[i] = student[i]->seeds;
        memcpy(by_seed + (ptrdiff_t)i * PLETHTRAIN_FOLDS, student[i]->by_seed,
               sizeof student[i]->by_seed);
    }
    take_people(l, student, people);
    plethtrain_curve_spread(c, by_seed, seeds, PLETHTRAIN_FOLDS);
    return 0;
}

/* What other people and seeds, and other seeds alone, would change; nothing where no spread is
 * known. */
static int draw(struct sweep_law *l, struct plethio_error *e)
{
    struct plethtrain_fit **both[2] = {&l->seeds, &l->all};

    for (int people = 0; people < 2; people++) {
        struct plethtrain_fit *d = malloc(SWEEP_ROUNDS * sizeof *d);
        if (!d)
            return plethio_fail(e, "no memory");
        if (plethtrain_law_draw(&l->curve, &l->fit[l->best], people, SWEEP_ROUNDS, 1, d, NULL)) {
            free(d);
            continue;
        }
        *both[people] = d;
    }
    return 0;
}

int sweep_law_fit(struct sweep_law *l, const struct sweep_series *s, int people,
                  enum sweep_axis axis, int law, int without, struct plethio_error *e)
{
    struct plethio_error why;

    memset(l, 0, sizeof *l);
    l->axis = axis;
    l->best = -1;
    if (make_curve(l, s, people, without, e))
        return -1;
    for (int k = 0; k < PLETHTRAIN_LAWS; k++) {
        l->fitted[k] = plethtrain_law_fit(&l->curve, k, &l->fit[k], &why) == 0;
        if (!l->fitted[k]) {
            l->fit[k].aicc = (double)INFINITY;
            if (k == law)
                return plethio_fail(e, "%s", why.text);
        }
    }
    l->best = law >= 0 ? law : plethtrain_law_best(l->fit, PLETHTRAIN_LAWS);
    return l->best < 0 ? 0 : draw(l, e);
}

void sweep_law_free(struct sweep_law *l)
{
    free(l->values);
    free(l->all);
    free(l->seeds);
    l->values = NULL;
    l->all = l->seeds = NULL;
}

static double parameter(const struct plethtrain_fit *fit, int which)
{
    return which == 0 ? fit->floor : which == 1 ? fit->scale : fit->rate;
}

void sweep_law_parameter(struct sweep_law *l, int which, double interval[2])
{
    const struct plethtrain_fit *d = l->all ? l->all : l->seeds;

    for (int i = 0; d && i < SWEEP_ROUNDS; i++)
        l->work[i] = parameter(&d[i], which);
    plethtrain_interval(l->work, d ? SWEEP_ROUNDS : 0, level, interval);
}

void sweep_law_saturation(struct sweep_law *l, double gain, double interval[2])
{
    const struct plethtrain_fit *d = l->all ? l->all : l->seeds;

    for (int i = 0; d && i < SWEEP_ROUNDS; i++)
        l->work[i] = plethtrain_law_saturation(&d[i], gain);
    plethtrain_interval(l->work, d ? SWEEP_ROUNDS : 0, level, interval);
}

/* ---- Words ------------------------------------------------------------------------------------
 */

/* With as many digits as tell something: 5.31, 0.94, 61300 as 6.13e+04. */
static void tell_number(FILE *f, double value)
{
    if (isinf(value))
        fprintf(f, "none");
    else if (isnan(value))
        fprintf(f, "-");
    else
        fprintf(f, "%.3g", value);
}

static void tell_interval(FILE *f, const double interval[2])
{
    if (isnan(interval[0])) {
        fprintf(f, "-");
        return;
    }
    tell_number(f, interval[0]);
    fprintf(f, " to ");
    tell_number(f, interval[1]);
}

void sweep_law_tell(FILE *f, struct sweep_law *l)
{
    static const char *const letters[PLETHTRAIN_LAWS][3] = {
        {"E0", "A", "b"}, {NULL, "A", "b"}, {"E0", "A", "c"}, {"E0", "A", NULL}};
    const char *unit = l->axis == SWEEP_MACS ? "MACs" : "parameters";
    double interval[2];

    fprintf(f, "| law (N: %s) | E0 | A | b or c | R2 | RMSE | AICc |\n", unit);
    fprintf(f, "|---|---|---|---|---|---|---|\n");
    for (int k = 0; k < PLETHTRAIN_LAWS; k++) {
        const struct plethtrain_fit *fit = &l->fit[k];
        if (!l->fitted[k])
            continue;
        fprintf(f, "| %s%s, %s%s |", k == l->best ? "**" : "", plethtrain_law_name(k),
                plethtrain_law_formula(k), k == l->best ? "**" : "");
        for (int i = 0; i < 3; i++) {
            if (letters[k][i])
                fprintf(f, " %.4g |", parameter(fit, i));
            else
                fprintf(f, " - |");
        }
        fprintf(f, " %.3f | %.3f | ", fit->r2, fit->rmse);
        if (isfinite(fit->aicc))
            fprintf(f, "%.1f |\n", fit->aicc);
        else
            fprintf(f, "- |\n");
    }
    fprintf(f, "\n");
    if (l->best < 0) {
        fprintf(f, "%d sizes and %d errors of seeds are too few to tell laws apart.\n\n",
                l->curve.sizes, l->curve.observations);
        return;
    }
    fprintf(
        f, "95 %% intervals of the first by AICc, over %s:", l->all ? "people and seeds" : "seeds");
    for (int i = 0; i < 3; i++) {
        if (!letters[l->best][i])
            continue;
        sweep_law_parameter(l, i, interval);
        fprintf(f, " %s ", letters[l->best][i]);
        tell_interval(f, interval);
        fprintf(f, ";");
    }
    sweep_law_saturation(l, 0.1, interval);
    if (isfinite(plethtrain_law_saturation(&l->fit[l->best], 0.1))) {
        const double at = plethtrain_law_saturation(&l->fit[l->best], 0.1);
        fprintf(f, " less than 0.1 bpm is left to gain from ");
        tell_number(f, at);
        fprintf(f, " %s on (", unit);
        tell_interval(f, interval);
        fprintf(f, ")%s.\n\n",
                at > l->curve.size[l->curve.sizes - 1] ? ", which is beyond what was trained" : "");
    } else {
        fprintf(f, " it does not saturate.\n\n");
    }
}
