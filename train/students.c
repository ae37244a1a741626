#include "students.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_outcomes(const void *a, const void *b)
{
    const struct plethtrain_trial *x = &(*(const struct plethtrain_outcome *const *)a)->trial;
    const struct plethtrain_trial *y = &(*(const struct plethtrain_outcome *const *)b)->trial;
    const int student = plethtrain_trial_order(x, y);

    if (student)
        return student;
    return x->seed != y->seed ? x->seed - y->seed : x->fold - y->fold;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_people(struct plethtrain_students *s, const struct plethtrain_results *r)
{
    size_t all = 0, n = 0;

    for (int i = 0; i < r->count; i++)
        all += (size_t)r->outcome[i].people;
    s->person = malloc((all + 1) * sizeof *s->person);
    if (!s->person)
        return -1;
    for (int i = 0; i < r->count; i++)
        for (int k = 0; k < r->outcome[i].people; k++)
            s->person[n++] = r->outcome[i].person[k].name;
    qsort(s->person, n, sizeof *s->person, compare_names);
    for (size_t i = 0; i < n; i++)
        if (s->people == 0 || strcmp(s->person[s->people - 1], s->person[i]) != 0)
            s->person[s->people++] = s->person[i];
    return 0;
}

int plethtrain_fold_count(uint64_t folds)
{
    int n = 0;

    for (; folds; folds &= folds - 1)
        n++;
    return n;
}

/* cell[0..n): of one student, by seed, then fold. The end of the first one's seed, and the folds
 * that this has; what learns from one data set and is tested on all others has none. */
static int take_seed(const struct plethtrain_outcome *const *cell, int n, uint64_t *folds)
{
    int end = 0;

    *folds = 0;
    for (; end < n && cell[end]->trial.seed == cell[0]->trial.seed; end++)
        if (cell[end]->trial.fold >= 0)
            *folds |= (uint64_t)1 << cell[end]->trial.fold;
    return end;
}

/* The largest set of folds that a seed has; of several that of most seeds. */
static uint64_t choose_folds(const struct plethtrain_outcome *const *cell, int n)
{
    uint64_t best = 0, folds, other;
    int most = 0;

    for (int i = 0; i < n; i += take_seed(cell + i, n - i, &folds)) {
        int seeds = 0;
        take_seed(cell + i, n - i, &folds);
        for (int k = 0; k < n; k += take_seed(cell + k, n - k, &other)) {
            take_seed(cell + k, n - k, &other);
            seeds += other == folds;
        }
        if (plethtrain_fold_count(folds) > plethtrain_fold_count(best) ||
            (plethtrain_fold_count(folds) == plethtrain_fold_count(best) && seeds > most)) {
            best = folds;
            most = seeds;
        }
    }
    return best;
}

/* Adds a cell's people to what the student has of its last seed. */
static void add_people(const struct plethtrain_students *s, const struct plethtrain_outcome *o,
                       struct plethtrain_student *to)
{
    const ptrdiff_t seed = (ptrdiff_t)to->seeds * s->people;

    for (int k = 0; k < o->people; k++) {
        const char *name = o->person[k].name;
        const char **found =
            bsearch(&name, s->person, (size_t)s->people, sizeof *s->person, compare_names);
        const ptrdiff_t at = seed + (found - s->person);
        to->seed_sum[at] += o->person[k].windows * o->person[k].mae;
        to->seed_sum_int8[at] += o->person[k].windows * o->person[k].mae_int8;
        to->seed_count[at] += o->person[k].windows;
    }
}

static void gather(const struct plethtrain_students *s,
                   const struct plethtrain_outcome *const *cell, int n,
                   struct plethtrain_student *to)
{
    const struct plethtrain_trial *t = &cell[0]->trial;
    uint64_t folds;
    double square = 0;

    to->network = t->network;
    to->blocks = t->blocks;
    to->strategy = t->strategy;
    to->teacher = t->teacher;
    to->ensemble = t->ensemble;
    to->parameters = cell[0]->parameters;
    to->macs = cell[0]->macs;
    to->cells = n;
    to->folds = choose_folds(cell, n);
    for (int i = 0; i < n; i++)
        to->seconds += cell[i]->seconds / n;
    for (int i = 0, end; i < n; i = end) {
        double sum = 0, sum_int8 = 0, count = 0;
        end = i + take_seed(cell + i, n - i, &folds);
        if (folds != to->folds || to->seeds == PLETHTRAIN_SEEDS)
            continue;
        for (int k = i; k < end; k++) {
            sum += cell[k]->windows * cell[k]->mae;
            sum_int8 += cell[k]->windows * cell[k]->mae_int8;
            count += cell[k]->windows;
            add_people(s, cell[k], to);
        }
        to->seed[to->seeds] = cell[i]->trial.seed;
        to->by_seed[to->seeds++] = sum / count;
        to->error_int8 += sum_int8 / count;
    }
    to->error_int8 /= to->seeds;
    for (int k = 0; k < to->seeds; k++)
        to->error += to->by_seed[k] / to->seeds;
    for (int k = 0; k < to->seeds; k++)
        square += (to->by_seed[k] - to->error) * (to->by_seed[k] - to->error);
    to->sd = to->seeds > 1 ? sqrt(square / (to->seeds - 1)) : (double)NAN;
    for (int k = 0; k < s->people; k++)
        for (int i = 0; i < to->seeds; i++) {
            const ptrdiff_t at = (ptrdiff_t)i * s->people + k;
            to->sum[k] += to->seed_sum[at] / to->seeds;
            to->sum_int8[k] += to->seed_sum_int8[at] / to->seeds;
            to->count[k] += to->seed_count[at] / to->seeds;
        }
}

int plethtrain_students_make(struct plethtrain_students *s, const struct plethtrain_results *r,
                             struct plethio_error *e)
{
    const size_t n = (size_t)r->count;
    const struct plethtrain_outcome **cell = malloc((n + 1) * sizeof *cell);
    double *values;

    memset(s, 0, sizeof *s);
    s->student = calloc(n + 1, sizeof *s->student);
    /* three of a student and three of a seed, of which there are no more than cells */
    if (cell && s->student && list_people(s, r) == 0)
        s->values = calloc(n * 6 * (size_t)s->people + 1, sizeof *s->values);
    if (!s->values) {
        free(cell);
        plethtrain_students_free(s);
        return plethio_fail(e, "no memory for %d cells", r->count);
    }
    values = s->values;
    for (size_t i = 0; i < n; i++)
        cell[i] = &r->outcome[i];
    qsort(cell, n, sizeof *cell, compare_outcomes);
    for (size_t i = 0, end; i < n; i = end) {
        struct plethtrain_student *to = &s->student[s->count++];
        ptrdiff_t seeds;
        for (end = i; end < n && plethtrain_trial_order(&cell[end]->trial, &cell[i]->trial) == 0;
             end++)
            ;
        seeds = (ptrdiff_t)(end - i) * s->people;
        to->sum = values;
        to->sum_int8 = to->sum + s->people;
        to->count = to->sum_int8 + s->people;
        to->seed_sum = to->count + s->people;
        to->seed_sum_int8 = to->seed_sum + seeds;
        to->seed_count = to->seed_sum_int8 + seeds;
        values = to->seed_count + seeds;
        gather(s, cell + i, (int)(end - i), to);
    }
    free(cell);
    return 0;
}

void plethtrain_students_free(struct plethtrain_students *s)
{
    free(s->student);
    free(s->values);
    free(s->person);
    memset(s, 0, sizeof *s);
}

const struct plethtrain_student *plethtrain_students_find(const struct plethtrain_students *s,
                                                          int network, int blocks, int strategy,
                                                          int teacher, int ensemble)
{
    for (int i = 0; i < s->count; i++) {
        const struct plethtrain_student *x = &s->student[i];
        if (x->network == network && x->blocks == blocks && x->strategy == strategy &&
            x->teacher == teacher && x->ensemble == ensemble)
            return x;
    }
    return NULL;
}
