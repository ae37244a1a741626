#include "folds.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "table.h"

unsigned plethtrain_role_sources(const struct plethtrain_set *set, const int *role, int which)
{
    unsigned sources = 0;

    for (int i = 0; i < set->recordings; i++)
        if (role[set->recording[i].person] == which)
            sources |= 1u << set->recording[i].source;
    return sources;
}

/* Deals those of the people with role `from` to `folds` folds, in a random order but one data set
 * after the other, each to the fold with the fewest windows so far; those of fold `fold` get role
 * `to`. */
static int deal(const struct plethtrain_set *set, const int *windows, int folds, int fold,
                uint64_t seed, int from, int to, int *role, struct plethio_error *e)
{
    int *order = malloc((size_t)set->people * sizeof *order), people = 0;
    int64_t *filled = calloc((size_t)folds, sizeof *filled);

    if (!order || !filled) {
        free(order);
        free(filled);
        return plethio_fail(e, "no memory for the folds");
    }
    for (int p = 0; p < set->people; p++)
        if (role[p] == from && windows[p] > 0)
            order[people++] = p;
    /* people are numbered data set by data set: shuffled within each */
    for (int begin = 0, end; begin < people; begin = end) {
        const char *name = set->person[order[begin]];
        const size_t length = (size_t)(strchr(name, '/') - name) + 1;
        for (end = begin + 1; end < people && strncmp(set->person[order[end]], name, length) == 0;)
            end++;
        for (int i = end - 1; i > begin; i--) {
            const int span = i - begin + 1;
            const int j = begin + (int)(plethtrain_random(seed, (uint64_t)i) % (uint64_t)span);
            const int other = order[j];
            order[j] = order[i];
            order[i] = other;
        }
    }
    for (int i = 0; i < people; i++) {
        int least = 0;
        for (int k = 1; k < folds; k++)
            if (filled[k] < filled[least])
                least = k;
        filled[least] += windows[order[i]];
        if (least == fold)
            role[order[i]] = to;
    }
    free(order);
    free(filled);
    if (people < folds) {
        char names[PLETHTRAIN_NAMES];
        plethtrain_set_names(
            set, plethtrain_role_sources(set, role, from) | plethtrain_role_sources(set, role, to),
            names);
        return plethio_fail(e, "%s: %d people do not make %d folds", names, people, folds);
    }
    return 0;
}

/* 1 where nobody of the recording's data set is dealt: all learn. */
static int only_learned(const struct plethtrain_split *s, const struct plethtrain_recording *r)
{
    return s->learned_from > 0 && r->source >= s->learned_from;
}

/* 1 where a split names a recording, its person, or the person with the data set's name before. */
static int is_named(const struct plethtrain_set *set, const struct plethtrain_recording *r,
                    const char *name)
{
    const char *person = set->person[r->person];

    return strcmp(name, person) == 0 || strcmp(name, r->name) == 0 ||
           strcmp(name, person + strlen(set->source[r->source]) + 1) == 0;
}

static int read_file(const struct plethtrain_set *set, const struct plethtrain_split *s, int *role,
                     struct plethio_error *e)
{
    const char *part = s->part ? s->part : "test";
    struct plethio_cells t;
    int status = 0, tested = 0;

    if (plethio_cells_read(&t, s->file, 0, e))
        return -1;
    if (t.columns < 2)
        status = plethio_fail(e, "%s: no second column, which would say who is tested", s->file);
    for (int i = 0; i < set->recordings && status == 0; i++) {
        const struct plethtrain_recording *r = &set->recording[i];
        for (int row = 0; row < t.rows && status == 0; row++) {
            int to;
            if (only_learned(s, r) || !is_named(set, r, plethio_cells_text(&t, row, 0)))
                continue;
            to = strcmp(plethio_cells_text(&t, row, 1), part) == 0 ? PLETHTRAIN_TESTED
                                                                   : PLETHTRAIN_LEARNS;
            if (role[r->person] != PLETHTRAIN_ABSENT && role[r->person] != to)
                status = plethio_fail(e, "%s: %.200s is on both sides; whole people are tested",
                                      s->file, set->person[r->person]);
            role[r->person] = to;
            tested += to == PLETHTRAIN_TESTED;
        }
    }
    plethio_cells_free(&t);
    if (status == 0 && tested == 0)
        status = plethio_fail(e, "%s: names nobody of these data sets as %s", s->file, part);
    return status;
}

static int test_person(const struct plethtrain_set *set, const struct plethtrain_split *s,
                       int *role, struct plethio_error *e)
{
    int found = 0;

    for (int i = 0; i < set->recordings; i++) {
        const struct plethtrain_recording *r = &set->recording[i];
        if (!only_learned(s, r) && is_named(set, r, s->person)) {
            role[r->person] = PLETHTRAIN_TESTED;
            found = 1;
        }
    }
    return found ? 0 : plethio_fail(e, "%s: nobody of these data sets", s->person);
}

/* Gives a role to all people of data sets from..to-1. */
static void give_role(const struct plethtrain_set *set, int from, int to, int as, int *role)
{
    for (int i = 0; i < set->recordings; i++)
        if (set->recording[i].source >= from && set->recording[i].source < to)
            role[set->recording[i].person] = as;
}

/* Those of the training people who choose the epoch. */
static int choose_validating(const struct plethtrain_set *set, const struct plethtrain_split *s,
                             const int *windows, int *role, struct plethio_error *e)
{
    int people = 0;

    for (int p = 0; p < set->people; p++)
        people += role[p] == PLETHTRAIN_LEARNS && windows[p] > 0;
    if (people < s->validation)
        return plethio_fail(e,
                            "of %d people to learn from one of %d can not choose the epoch; with "
                            "validation 0 the last one is taken",
                            people, s->validation);
    return deal(set, windows, s->validation, 0, plethtrain_key(s->seed, 2), PLETHTRAIN_LEARNS,
                PLETHTRAIN_VALIDATES, role, e);
}

int plethtrain_split_people(const struct plethtrain_set *set, const struct plethtrain_split *s,
                            int *role, struct plethio_error *e)
{
    const int sources = s->learned_from > 0 ? s->learned_from : set->sources;
    int *windows = calloc((size_t)set->people + 1, sizeof *windows), status = 0, learns = 0;

    if (!windows)
        return plethio_fail(e, "no memory for the folds");
    for (int i = 0; i < set->windows; i++)
        windows[plethtrain_set_person(set, i)]++;
    /* who is only learned from is absent until all others have their roles */
    for (int p = 0; p < set->people; p++)
        role[p] = PLETHTRAIN_ABSENT;
    if (!s->file)
        give_role(set, 0, sources, PLETHTRAIN_LEARNS, role);
    if (s->only > 0) {
        const int others = s->folds > 0 ? PLETHTRAIN_ABSENT : PLETHTRAIN_TESTED;
        give_role(set, 0, s->only - 1, others, role);
        give_role(set, s->only, sources, others, role);
    }
    if (s->file)
        status = read_file(set, s, role, e);
    else if (s->person)
        status = test_person(set, s, role, e);
    else if (s->tested_from > 0)
        give_role(set, s->tested_from, sources, PLETHTRAIN_TESTED, role);
    if (status == 0 && s->folds > 0)
        status = deal(set, windows, s->folds, s->inner ? s->fold / s->inner : s->fold,
                      plethtrain_key(s->seed, 1), PLETHTRAIN_LEARNS,
                      s->inner ? PLETHTRAIN_ABSENT : PLETHTRAIN_TESTED, role, e);
    if (status == 0 && s->inner > 0)
        status = deal(set, windows, s->inner, s->fold % s->inner, plethtrain_key(s->seed, 3),
                      PLETHTRAIN_LEARNS, PLETHTRAIN_TESTED, role, e);
    if (status == 0 && s->validation > 0)
        status = choose_validating(set, s, windows, role, e);
    give_role(set, sources, set->sources, PLETHTRAIN_LEARNS, role);
    for (int p = 0; p < set->people; p++)
        learns += role[p] == PLETHTRAIN_LEARNS && windows[p] > 0;
    free(windows);
    if (status == 0 && learns == 0)
        status = plethio_fail(e, "nobody is left to learn from");
    return status;
}
