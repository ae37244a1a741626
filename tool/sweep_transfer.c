/* The matrix of a sweep whose cells learn from one data set each: how well what was learned there
 * holds on the others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score.h"
#include "sweep.h"

/* The people of one data set, and what one network errs on them, summed over cells. */
struct column {
    const char *name;
    int people, capacity;
    const char **person;
    double *sum, *windows; /* by person: absolute errors over windows, and these */
};

struct matrix {
    FILE *f;
    const struct plethtrain_results *results;
    int columns;
    struct column column[PLETHTRAIN_SOURCES];
    char names[PLETHTRAIN_SOURCES][PLETHTRAIN_NAME];
};

/* 1 where a person, DATA SET/PERSON, is of the column. */
static int is_of(const struct column *c, const char *person)
{
    const size_t length = strlen(c->name);

    return strncmp(person, c->name, length) == 0 && person[length] == '/';
}

/* Number of a person, new or known; -1: no memory. */
static int person_of(struct column *c, const char *name)
{
    int i = 0, room = c->capacity;
    void *grown;

    while (i < c->people && strcmp(c->person[i], name) != 0)
        i++;
    if (i < c->people)
        return i;
    if (c->people == c->capacity) {
        room = 2 * c->capacity + 64;
        if (!(grown = realloc(c->person, (size_t)room * sizeof *c->person)))
            return -1;
        c->person = grown;
        if (!(grown = realloc(c->sum, (size_t)room * sizeof *c->sum)))
            return -1;
        c->sum = grown;
        if (!(grown = realloc(c->windows, (size_t)room * sizeof *c->windows)))
            return -1;
        c->windows = grown;
        c->capacity = room;
    }
    c->person[i] = name;
    c->sum[i] = c->windows[i] = 0;
    c->people++;
    return i;
}

/* How many cells of a student, data set and seed there are on folds of that data set itself. */
static int folds_of(const struct plethtrain_results *r, const struct plethtrain_trial *t)
{
    int folds = 0;

    for (int i = 0; i < r->count; i++) {
        const struct plethtrain_trial *u = &r->outcome[i].trial;
        folds += plethtrain_trial_order(u, t) == 0 && strcmp(u->on, t->on) == 0 && u->fold >= 0 &&
                 u->seed == t->seed;
    }
    return folds;
}

/* 1 where a seed has all folds of a data set that any of them has. */
static int is_whole(const struct plethtrain_results *r, const struct plethtrain_trial *t)
{
    const int folds = folds_of(r, t);

    for (int i = 0; i < r->count; i++) {
        const struct plethtrain_trial *u = &r->outcome[i].trial;
        if (plethtrain_trial_order(u, t) == 0 && strcmp(u->on, t->on) == 0 &&
            folds_of(r, u) > folds)
            return 0;
    }
    return 1;
}

/* Sums what a student that learned on `on` (NULL: on any other data set, what a constant answer
 * errs) does on a column. -1: no memory. */
static int gather(const struct matrix *m, const struct plethtrain_trial *student, const char *on,
                  struct column *c)
{
    c->people = 0;
    for (int i = 0; i < m->results->count; i++) {
        const struct plethtrain_outcome *o = &m->results->outcome[i];
        const int itself = strcmp(o->trial.on, c->name) == 0;

        if (plethtrain_trial_order(&o->trial, student) || itself != (o->trial.fold >= 0))
            continue;
        if (on ? strcmp(on, o->trial.on) != 0 : itself)
            continue;
        if (itself && !is_whole(m->results, &o->trial))
            continue;
        for (int k = 0; k < o->people; k++) {
            const struct plethtrain_outcome_person *p = &o->person[k];
            int at;
            if (!is_of(c, p->name))
                continue;
            at = person_of(c, p->name);
            if (at < 0)
                return -1;
            c->sum[at] += p->windows * (on ? p->mae : p->mae_constant);
            c->windows[at] += p->windows;
        }
    }
    return 0;
}

static void tell_number(FILE *f, const struct column *c)
{
    double interval[2], sum = 0, windows = 0, se;

    for (int i = 0; i < c->people; i++) {
        sum += c->sum[i];
        windows += c->windows[i];
    }
    if (!(windows > 0)) {
        fprintf(f, " - |");
        return;
    }
    se = score_bootstrap(c->sum, c->windows, c->people, interval);
    fprintf(f, " %.2f", sum / windows);
    if (isfinite(se))
        fprintf(f, " ± %.2f", se);
    fprintf(f, " |");
}

/* People and windows of a column, of one cell that is tested on all of them. */
static void tell_size(const struct matrix *m, const struct column *c)
{
    int people = 0, windows = 0;

    for (int i = 0; i < m->results->count && !people; i++) {
        const struct plethtrain_outcome *o = &m->results->outcome[i];
        for (int k = 0; o->trial.fold < 0 && k < o->people; k++)
            if (is_of(c, o->person[k].name)) {
                people++;
                windows += o->person[k].windows;
            }
    }
    if (people)
        fprintf(m->f, " %s, %d people, %d windows |", c->name, people, windows);
    else
        fprintf(m->f, " %s |", c->name);
}

static int tell_row(struct matrix *m, const struct plethtrain_trial *student, const char *on)
{
    for (int c = 0; c < m->columns; c++) {
        if (gather(m, student, on, &m->column[c]))
            return -1;
        tell_number(m->f, &m->column[c]);
    }
    fprintf(m->f, "\n");
    return 0;
}

static int tell_student(struct matrix *m, const struct plethtrain_trial *t)
{
    int seeds[PLETHTRAIN_SEEDS], count = 0, status = 0;
    char teacher[40];

    for (int i = 0; i < m->results->count; i++) {
        const struct plethtrain_trial *u = &m->results->outcome[i].trial;
        int k = 0;
        while (k < count && seeds[k] != u->seed)
            k++;
        if (plethtrain_trial_order(t, u) == 0 && k == count && count < PLETHTRAIN_SEEDS)
            seeds[count++] = u->seed;
    }
    fprintf(m->f, "### %s, %d block%s, %s", pleth_net_name(t->network), t->blocks,
            t->blocks > 1 ? "s" : "", plethtrain_strategy_names[t->strategy]);
    if (t->teacher) {
        sweep_teacher_name(t->teacher, t->ensemble, teacher);
        fprintf(m->f, ", %s", teacher);
    }
    fprintf(m->f, ", %d seed%s\n\n| trained on |", count, count > 1 ? "s" : "");
    for (int c = 0; c < m->columns; c++)
        tell_size(m, &m->column[c]);
    fprintf(m->f, "\n|");
    for (int c = 0; c <= m->columns; c++)
        fprintf(m->f, "---|");
    fprintf(m->f, "\n");
    for (int c = 0; c < m->columns && status == 0; c++) {
        int any = 0;
        for (int i = 0; i < m->results->count; i++) {
            const struct plethtrain_trial *u = &m->results->outcome[i].trial;
            any |= plethtrain_trial_order(t, u) == 0 && strcmp(u->on, m->column[c].name) == 0;
        }
        if (!any)
            continue;
        fprintf(m->f, "| %s |", m->column[c].name);
        status = tell_row(m, t, m->column[c].name);
    }
    if (status == 0) {
        fprintf(m->f, "| its own median, always |");
        status = tell_row(m, t, NULL);
    }
    fprintf(m->f, "\n");
    return status;
}

int sweep_transfer(FILE *f, const struct plethtrain_sweep *plan, const struct plethtrain_results *r,
                   struct plethio_error *e)
{
    const int folds = plan->trial[0].folds;
    struct matrix *m = calloc(1, sizeof *m);
    int status = 0;

    if (!m)
        return plethio_fail(e, "no memory for the matrix");
    m->f = f;
    m->results = r;
    m->columns = plan->learned_from ? plan->learned_from : plan->sources;
    for (int c = 0; c < m->columns; c++) {
        plethtrain_source_name(plan, c, m->names[c]);
        m->column[c].name = m->names[c];
    }
    fprintf(f,
            "## Trained on one data set, tested on the others\n\n"
            "Mean absolute error per minute over a data set's windows, mean over seeds ± standard "
            "error by\nbootstrap over people. A row is what was learned from that data set alone");
    if (plan->learned_from)
        fprintf(f, ", with\nthose that are only learned from");
    fprintf(f, ".\n");
    if (folds)
        fprintf(f,
                "Trained and tested on the same one: %d folds of its people, so that nobody is on "
                "both sides.\n",
                folds);
    fprintf(f, "The last row is the error of always answering the median of the tested windows "
               "themselves: no\nconstant answer has a smaller one.\n\n");
    for (int i = 0; i < r->count && status == 0; i++) {
        int known = 0;
        for (int k = 0; k < i; k++)
            known |= plethtrain_trial_order(&r->outcome[k].trial, &r->outcome[i].trial) == 0;
        if (!known)
            status = tell_student(m, &r->outcome[i].trial);
    }
    for (int c = 0; c < m->columns; c++) {
        free(m->column[c].person);
        free(m->column[c].sum);
        free(m->column[c].windows);
    }
    free(m);
    return status ? plethio_fail(e, "no memory for the matrix") : 0;
}
