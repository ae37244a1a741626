/* Series of students, and the laws that are fitted to them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

static const double level = 0.95;

void sweep_teacher_name(int blocks, int ensemble, char name[40])
{
    if (ensemble)
        snprintf(name, 40, "%d teachers of %d blocks", ensemble, blocks);
    else
        snprintf(name, 40, "teacher of %d blocks", blocks);
}

void sweep_folds_name(uint64_t folds, char name[200])
{
    const char *between = plethtrain_fold_count(folds) > 1 ? "folds " : "fold ";
    size_t used = 0;

    *name = 0;
    for (int i = 0, end; i < PLETHTRAIN_FOLDS && used < 190; i = end + 1) {
        for (end = i; end < PLETHTRAIN_FOLDS && (folds >> end & 1); end++)
            ;
        if (end == i)
            continue;
        used += (size_t)snprintf(name + used, 200 - used, "%s%d", between, i);
        if (end > i + 1)
            used += (size_t)snprintf(name + used, 200 - used, "%s%d", end > i + 2 ? "-" : ", ",
                                     end - 1);
        between = ", ";
    }
}

void sweep_series_name(const struct sweep_series *s, char name[80])
{
    char teacher[40] = "";

    if (s->teacher)
        sweep_teacher_name(s->teacher, s->ensemble, teacher);
    snprintf(name, 80, "%s, %s%s%s", pleth_net_name(s->network),
             plethtrain_strategy_names[s->strategy], *teacher ? ", " : "", teacher);
}

/* The number of the student after the series of this one. */
static int series_end(const struct plethtrain_students *all, int first)
{
    const struct plethtrain_student *head = &all->student[first];
    int i = first;

    for (; i < all->count; i++) {
        const struct plethtrain_student *x = &all->student[i];
        if (x->network != head->network || x->strategy != head->strategy ||
            x->teacher != head->teacher || x->ensemble != head->ensemble)
            break;
    }
    return i;
}

/* How many of students from..end-1 have these folds. */
static int having(const struct plethtrain_students *all, int from, int end, uint64_t folds)
{
    int n = 0;

    for (int i = from; i < end; i++)
        n += all->student[i].folds == folds;
    return n;
}

uint64_t sweep_series_folds(const struct plethtrain_students *all, int least)
{
    uint64_t best = 0;

    for (int i = 0, end; i < all->count; i = end) {
        end = series_end(all, i);
        for (int k = i; k < end; k++) {
            const uint64_t folds = all->student[k].folds;
            const int wider = plethtrain_fold_count(folds) - plethtrain_fold_count(best);
            if (having(all, i, end, folds) >= least &&
                (wider > 0 || (wider == 0 && having(all, 0, all->count, folds) >
                                                 having(all, 0, all->count, best))))
                best = folds;
        }
    }
    return best;
}

int sweep_series_take(const struct plethtrain_students *all, int first, uint64_t folds,
                      struct sweep_series *s)
{
    const struct plethtrain_student *head = &all->student[first];
    const int end = series_end(all, first);

    *s = (struct sweep_series){head->network, head->strategy, head->teacher, head->ensemble, 0,
                               {NULL}};
    for (int i = first; i < end && s->count < PLETHTRAIN_SIZES; i++)
        if (all->student[i].folds == folds)
            s->student[s->count++] = &all->student[i];
    return end;
}

/* "2, 14 blocks of fold 0; 3 blocks of fold 1": students from..end-1 that have not these folds. */
static void tell_students(FILE *f, const struct plethtrain_students *all, int from, int end,
                          uint64_t folds)
{
    const struct plethtrain_student *last = NULL;
    char text[200];

    for (int i = from; i < end; i++) {
        const struct plethtrain_student *x = &all->student[i];
        if (x->folds == folds)
            continue;
        if (last && last->folds != x->folds) {
            sweep_folds_name(last->folds, text);
            fprintf(f, " blocks of %s; ", text);
        } else {
            fprintf(f, "%s", last ? ", " : "");
        }
        fprintf(f, "%d", x->blocks);
        last = x;
    }
    sweep_folds_name(last->folds, text);
    fprintf(f, " blocks of %s", text);
}

void sweep_series_tell_others(FILE *f, const struct plethtrain_students *all, uint64_t folds,
                              int least)
{
    char text[200], name[80];
    int any = 0;

    for (int i = 0, end; i < all->count; i = end) {
        struct sweep_series s;
        end = sweep_series_take(all, i, folds, &s);
        if (end - i < least || s.count == end - i)
            continue;
        sweep_folds_name(folds, text);
        if (!any)
            fprintf(f, "Left out, as of other folds than %s and so of other people:", text);
        sweep_series_name(&s, name);
        fprintf(f, "%s %s (", any++ ? "," : "", name);
        tell_students(f, all, i, end, folds);
        fprintf(f, ")");
    }
    if (any)
        fprintf(f, ".\n\n");
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
    double by_seed[PLETHTRAIN_SIZES * PLETHTRAIN_SEEDS];
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
        memcpy(by_seed + (ptrdiff_t)i * PLETHTRAIN_SEEDS, student[i]->by_seed,
               sizeof student[i]->by_seed);
    }
    take_people(l, student, people);
    plethtrain_curve_spread(c, by_seed, seeds, PLETHTRAIN_SEEDS);
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

double sweep_law_windows(const struct sweep_law *l)
{
    double windows = 0;

    for (int k = 0; k < l->curve.people; k++)
        windows += l->curve.count[k];
    return windows;
}

static void tell_extent(FILE *f, const struct sweep_law *l, const struct sweep_series *s)
{
    int least = PLETHTRAIN_SEEDS, most = 0;
    char folds[200];

    for (int i = 0; i < s->count; i++) {
        least = s->student[i]->seeds < least ? s->student[i]->seeds : least;
        most = s->student[i]->seeds > most ? s->student[i]->seeds : most;
    }
    sweep_folds_name(s->student[0]->folds, folds);
    fprintf(f, "Sizes: %d, %s, seeds: %d", l->curve.sizes, folds, least);
    if (least < most)
        fprintf(f, " to %d", most);
    fprintf(f, ", people: %d, windows: %.0f.\n\n", l->curve.people, sweep_law_windows(l));
}

void sweep_law_tell(FILE *f, struct sweep_law *l, const struct sweep_series *s)
{
    static const char *const letters[PLETHTRAIN_LAWS][3] = {
        {"E0", "A", "b"}, {NULL, "A", "b"}, {"E0", "A", "c"}, {"E0", "A", NULL}};
    const char *unit = l->axis == SWEEP_MACS ? "MACs" : "parameters";
    double interval[2];

    tell_extent(f, l, s);
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
    fprintf(f, "95 %% intervals of the %s, over %s:", plethtrain_law_name(l->best),
            l->all ? "people and seeds" : "seeds");
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

/* ---- All series -------------------------------------------------------------------------------
 */

int sweep_laws_fit(struct sweep_laws *x, const struct plethtrain_students *all, int least,
                   enum sweep_axis axis, int law, int without, struct plethio_error *e)
{
    memset(x, 0, sizeof *x);
    x->folds = sweep_series_folds(all, least);
    x->fitted = calloc((size_t)all->count + 1, sizeof(struct sweep_fitted *));
    if (!x->fitted)
        return plethio_fail(e, "no memory");
    for (int i = 0; i < all->count;) {
        struct sweep_series series;
        struct sweep_fitted *f;

        i = sweep_series_take(all, i, x->folds, &series);
        if (series.count < least)
            continue;
        f = calloc(1, sizeof *f);
        if (!f)
            return plethio_fail(e, "no memory");
        x->fitted[x->count++] = f;
        f->series = series;
        sweep_series_name(&series, f->name);
        if (sweep_law_fit(&f->law, &series, all->people, axis, law, without, e))
            return -1;
    }
    return 0;
}

void sweep_laws_free(struct sweep_laws *x)
{
    for (int i = 0; i < x->count; i++) {
        sweep_law_free(&x->fitted[i]->law);
        free(x->fitted[i]);
    }
    free(x->fitted);
    memset(x, 0, sizeof *x);
}

int sweep_laws_leads(const struct sweep_laws *x, int i)
{
    const struct sweep_series *a = &x->fitted[i]->series;

    for (int k = 0; k < x->count; k++) {
        const struct sweep_series *b = &x->fitted[k]->series;
        if (b->network == a->network && b->strategy == a->strategy &&
            (b->teacher > a->teacher || (b->teacher == a->teacher && b->ensemble > a->ensemble)))
            return 0;
    }
    return 1;
}

int sweep_laws_plot(const struct sweep_laws *x, const char *drawn, char plot, const char *path,
                    const char *title, struct plethio_error *e)
{
    struct sweep_law *law[SWEEP_CURVES];
    const char *name[SWEEP_CURVES];
    int n = 0;

    for (int i = 0; i < x->count && n < SWEEP_CURVES; i++)
        if (drawn[i] == plot) {
            law[n] = &x->fitted[i]->law;
            name[n++] = x->fitted[i]->name;
        }
    return sweep_plot_laws(path, title, law, name, n, e);
}

void sweep_laws_tell_rest(FILE *f, const struct sweep_laws *x, const char *drawn)
{
    int any = 0;

    for (int i = 0; i < x->count; i++)
        if (!drawn[i])
            fprintf(f, "%s%s", any++ ? "; " : "Not drawn: ", x->fitted[i]->name);
    if (any)
        fprintf(f, ".\n\n");
}
