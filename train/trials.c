#define _POSIX_C_SOURCE 200809L

#include "trials.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "memory.h"
#include "path.h"

int plethtrain_trial_strategy(const char *word)
{
    for (int i = 0; i < PLETHTRAIN_STRATEGIES; i++)
        if (strcmp(word, plethtrain_strategy_names[i]) == 0)
            return i;
    return -1;
}

/* ---- Trials -----------------------------------------------------------------------------------
 */

void plethtrain_trial_name(const struct plethtrain_trial *t, char name[PLETHTRAIN_TRIAL])
{
    char teacher[16] = "", ensemble[16] = "", fold[16] = "";

    if (t->teacher)
        snprintf(teacher, sizeof teacher, "-t%02d", t->teacher);
    if (t->ensemble)
        snprintf(ensemble, sizeof ensemble, "x%d", t->ensemble);
    if (t->fold >= 0)
        snprintf(fold, sizeof fold, "-f%d", t->fold);
    snprintf(name, PLETHTRAIN_TRIAL, "%s-%02d-%s%s%s%s%s%s-s%d", pleth_net_name(t->network),
             t->blocks, plethtrain_strategy_names[t->strategy], teacher, ensemble,
             *t->on ? "-on-" : "", t->on, fold, t->seed);
}

int plethtrain_trial_order(const struct plethtrain_trial *a, const struct plethtrain_trial *b)
{
    if (a->network != b->network)
        return a->network - b->network;
    if (a->strategy != b->strategy)
        return a->strategy - b->strategy;
    if (a->teacher != b->teacher)
        return a->teacher - b->teacher;
    if (a->ensemble != b->ensemble)
        return a->ensemble - b->ensemble;
    return a->blocks - b->blocks;
}

int plethtrain_trial_twin(const struct plethtrain_trial *a, const struct plethtrain_trial *b)
{
    return plethtrain_trial_order(a, b) == 0 && strcmp(a->on, b->on) == 0 && a->fold == b->fold &&
           a->seed == b->seed;
}

static int differ(char *text, int before, const char *what, const char *a, const char *b)
{
    const size_t used = text ? strlen(text) : 0;

    if (strcmp(a, b) == 0)
        return 0;
    if (text)
        snprintf(text + used, PLETHTRAIN_DIFFERS - used, "%s%s %s, not %s", before ? "; " : "",
                 what, *a ? a : "none", *b ? b : "none");
    return 1;
}

static int differ_number(char *text, int before, const char *what, int a, int b)
{
    char x[16], y[16];

    snprintf(x, sizeof x, "%d", a);
    snprintf(y, sizeof y, "%d", b);
    return differ(text, before, what, x, y);
}

int plethtrain_trial_differs(const struct plethtrain_trial *a, const struct plethtrain_trial *b,
                             char text[PLETHTRAIN_DIFFERS])
{
    int n = 0;

    if (text)
        *text = 0;
    n += differ_number(text, n, "epochs", a->epochs, b->epochs);
    n += differ_number(text, n, "folds", a->folds, b->folds);
    n += differ_number(text, n, "inner", a->inner, b->inner);
    n += differ_number(text, n, "validation", a->validation, b->validation);
    n += differ(text, n, "transfer", *a->on ? "yes" : "no", *b->on ? "yes" : "no");
    n += differ(text, n, "recipe", a->recipe, b->recipe);
    if (plethtrain_trial_twin(a, b))
        n += differ(text, n, "of a teacher", a->teaching, b->teaching);
    return n + differ(text, n, "data", a->data, b->data);
}

int plethtrain_trial_same(const struct plethtrain_trial *a, const struct plethtrain_trial *b)
{
    return plethtrain_trial_twin(a, b) && !plethtrain_trial_differs(a, b, NULL);
}

void plethtrain_trial_text(const struct plethtrain_trial *t, char text[PLETHTRAIN_TRIAL_TEXT])
{
    char name[PLETHTRAIN_TRIAL];

    plethtrain_trial_name(t, name);
    snprintf(text, PLETHTRAIN_TRIAL_TEXT,
             "%s, data %s, folds %d, inner %d, epochs %d, validation %d, recipe \"%s\", of a "
             "teacher \"%s\"",
             name, t->data, t->folds, t->inner, t->epochs, t->validation, t->recipe, t->teaching);
}

void plethtrain_trial_shape(int network, int blocks, struct pleth_net_shape *shape)
{
    double wanted, macs, have, nearest = (double)INFINITY;
    int *knob, best = 1, most;

    pleth_net_shape_default(shape, PLETH_NET_RESNET1D);
    shape->blocks = blocks;
    shape->dead_head = 0;
    if (network == PLETH_NET_RESNET1D)
        return;
    plethtrain_shape_counts(shape, &wanted, &macs);
    pleth_net_shape_default(shape, network);
    knob = network == PLETH_NET_MLP ? &shape->hidden : &shape->width;
    most = network == PLETH_NET_MLP ? 4096 : 256;
    for (*knob = 1; *knob <= most; ++*knob) {
        plethtrain_shape_counts(shape, &have, &macs);
        if (fabs(have - wanted) < nearest) {
            nearest = fabs(have - wanted);
            best = *knob;
        }
        if (have > wanted)
            break;
    }
    *knob = best;
}

/* ---- The plan -------------------------------------------------------------------------------- */

enum { WORDS = 64 };

/* What is set. */
struct settings {
    int network[PLETHTRAIN_NETWORKS], networks, strategy[PLETHTRAIN_STRATEGIES], strategies;
    int student[PLETHTRAIN_BLOCKS], students, teacher[PLETHTRAIN_BLOCKS], teachers;
    int fold[PLETHTRAIN_FOLDS], fold_count, folds, inner; /* fold_count 0: all */
    int folds_given;                                      /* 1: the plan says how many */
    int seed[PLETHTRAIN_SEEDS], seeds, epochs, validation;
    int ensemble; /* 1: a teacher of the student's seed */
    char on[PLETHTRAIN_SOURCES][sizeof((struct plethtrain_trial *)NULL)->on]; /* "each": all */
    int ons;
    int channels, channels_wait; /* of the data sets that follow, 0: all; 1: none has followed */
    char recipe[128], teaching[128];
    int int8_epochs; /* of the recipe */
};

struct reader {
    struct plethtrain_sweep *sweep;
    struct settings set;
    int capacity;
    const char *word[WORDS];
    int words; /* after the key */
    char why[sizeof((struct plethio_error *)NULL)->text];
};

static int refuse(struct reader *r, const char *what, const char *word)
{
    snprintf(r->why, sizeof r->why, "%s: %.100s", what, word);
    return -1;
}

static int whole(const char *text, int low, int high, int *value)
{
    char *end;
    const long v = strtol(text, &end, 10);

    if (end == text || *end || v < low || v > high)
        return -1;
    *value = (int)v;
    return 0;
}

/* Numbers low..high, of which none comes twice; "2-5" is 2 3 4 5. */
static int take_numbers(struct reader *r, int low, int high, int most, int *number, int *count)
{
    int n = 0;

    for (int i = 0; i < r->words; i++) {
        char from[16] = "", *dash;
        int a, b;

        snprintf(from, sizeof from, "%s", r->word[i]);
        dash = strchr(from + 1, '-');
        if (dash)
            *dash = 0;
        if (strlen(r->word[i]) >= sizeof from || whole(from, low, high, &a) ||
            whole(dash ? dash + 1 : from, low, high, &b) || b < a) {
            snprintf(r->why, sizeof r->why,
                     "%.40s: it must be a number %d..%d, or two with - "
                     "between them",
                     r->word[i], low, high);
            return -1;
        }
        for (; a <= b; a++) {
            for (int k = 0; k < n; k++)
                if (number[k] == a)
                    return refuse(r, "twice in one line", r->word[i]);
            if (n == most)
                return refuse(r, "too many numbers in one line", r->word[i]);
            number[n++] = a;
        }
    }
    *count = n;
    return n ? 0 : refuse(r, "no number follows", "a line needs one");
}

static int take_words(struct reader *r, int (*find)(const char *), int most, int *number,
                      int *count)
{
    int n = 0;

    for (int i = 0; i < r->words; i++) {
        const int v = find(r->word[i]);
        if (v < 0)
            return refuse(r,
                          find == plethtrain_network ? "networks are resnet1d, mlp and tcn, not"
                                                     : "strategies are scratch, hard, soft, dkd, "
                                                       "feature and ordered, not",
                          r->word[i]);
        for (int k = 0; k < n; k++)
            if (number[k] == v)
                return refuse(r, "twice in one line", r->word[i]);
        if (n == most)
            return refuse(r, "too many words in one line", r->word[i]);
        number[n++] = v;
    }
    *count = n;
    return n ? 0 : refuse(r, "no word follows", "a line needs one");
}

static int take_one(struct reader *r, int low, int high, int *value)
{
    int count;

    return take_numbers(r, low, high, 1, value, &count);
}

/* A data set that people are dealt of, or one that is only learned from. */
static int take_data(struct reader *r, int learned)
{
    struct plethtrain_sweep *s = r->sweep;
    const char *root = getenv("PLETH_DATA");
    struct plethtrain_source *source;
    char below[1024], *end = NULL;

    if (s->trials)
        return refuse(r, "data sets come before the first cells", r->word[0]);
    if (learned && !s->sources)
        return refuse(r, "no data set yet that people are tested of", "data LAYOUT PATH");
    if (!learned && s->learned_from)
        return refuse(r, "data sets that are only learned from (with) come last, not before",
                      r->words > 1 ? r->word[1] : "data");
    if (r->words < 2 || r->words > 3)
        return refuse(r, "a data set is a layout, a path and perhaps the labels' lag",
                      learned ? "with" : "data");
    if (s->sources == PLETHTRAIN_SOURCES)
        return refuse(r, "too many data sets", r->word[0]);
    source = &s->source[s->sources];
    memset(source, 0, sizeof *source);
    if (strlen(r->word[0]) > 31 || strlen(r->word[1]) >= sizeof s->text[0][1])
        return refuse(r, "too long", r->word[1]);
    strcpy(s->text[s->sources][0], r->word[0]);
    strcpy(s->text[s->sources][1], r->word[1]);
    if (root && *r->word[1] != '/' && !plethio_is_folder(r->word[1]) &&
        !plethio_is_file(r->word[1])) {
        if (plethio_join(below, root, r->word[1], "", NULL) ||
            strlen(below) >= sizeof s->text[0][1])
            return refuse(r, "too long", r->word[1]);
        strcpy(s->text[s->sources][1], below);
    }
    if (r->words == 3) {
        source->lag_s = strtod(r->word[2], &end);
        if (*end || !(fabs(source->lag_s) <= 60))
            return refuse(r, "a lag is seconds, -60..60, not", r->word[2]);
    }
    source->channels = r->set.channels;
    r->set.channels_wait = 0;
    if (learned && !s->learned_from)
        s->learned_from = s->sources;
    s->sources++;
    return 0;
}

/* 1 of a setting that only those who have a teacher read. */
static int is_teaching(const char *word)
{
    const struct plethtrain_setting *s = plethtrain_setting_find(word, strcspn(word, "="));

    return s && s->teaching != 0;
}

static int take_recipe(struct reader *r)
{
    struct plethtrain_recipe taken;
    struct plethio_error e;

    memset(&taken, 0, sizeof taken);
    *r->set.recipe = *r->set.teaching = 0;
    for (int i = 0; i < r->words; i++) {
        char *to = is_teaching(r->word[i]) ? r->set.teaching : r->set.recipe;
        if (plethtrain_recipe_set(&taken, r->word[i], &e)) {
            snprintf(r->why, sizeof r->why, "%s", e.text);
            return -1;
        }
        if (strlen(to) + strlen(r->word[i]) + 2 > sizeof r->set.recipe)
            return refuse(r, "too long a recipe", r->word[i]);
        strcat(to, *to ? " " : "");
        strcat(to, r->word[i]);
    }
    r->set.int8_epochs = taken.int8_epochs;
    return 0;
}

static int take_transfer(struct reader *r)
{
    struct settings *x = &r->set;

    x->ons = 0;
    for (int i = 0; i < r->words; i++) {
        if (x->ons == PLETHTRAIN_SOURCES)
            return refuse(r, "too many data sets", r->word[i]);
        if (strlen(r->word[i]) >= sizeof *x->on)
            return refuse(r, "too long a name for cells' files", r->word[i]);
        for (int k = 0; k < x->ons; k++)
            if (strcmp(x->on[k], r->word[i]) == 0)
                return refuse(r, "twice in one line", r->word[i]);
        strcpy(x->on[x->ons++], r->word[i]);
    }
    return x->ons ? 0 : refuse(r, "names of data sets follow, or each, not", "nothing");
}

/* ---- Cells ------------------------------------------------------------------------------------
 */

static int find_trial(const struct plethtrain_sweep *s, const struct plethtrain_trial *t)
{
    for (int i = 0; i < s->trials; i++)
        if (plethtrain_trial_same(&s->trial[i], t))
            return i;
    return -1;
}

enum { TRIALS = 10000 };

/* Its number, known or new; -1 where there is no room. */
static int add_trial(struct reader *r, const struct plethtrain_trial *t)
{
    struct plethtrain_sweep *s = r->sweep;
    const int known = find_trial(s, t);
    int seeds = 0;
    void *grown;

    if (known >= 0)
        return known;
    for (int i = 0; i < s->trials; i++) {
        const struct plethtrain_trial *u = &s->trial[i];
        if (plethtrain_trial_twin(u, t))
            return refuse(r, "a cell of that name with another recipe above", t->teaching);
        seeds +=
            plethtrain_trial_order(u, t) == 0 && u->fold == t->fold && strcmp(u->on, t->on) == 0;
    }
    if (seeds >= PLETHTRAIN_SEEDS)
        return refuse(r, "more seeds of one student than", "64");
    if (s->trials == TRIALS)
        return refuse(r, "more cells than a plan may have", "10000");
    grown = plethio_grow(s->trial, s->trials, 1, &r->capacity, sizeof *s->trial);
    if (!grown)
        return refuse(r, "no memory for so many", "cells");
    s->trial = grown;
    s->trial[s->trials] = *t;
    return s->trials++;
}

/* A trial of each teacher, fold and seed: one of a network, a size and a strategy. What learns from
 * one data set is tested on the others (fold -1), and then on itself if there are folds. */
static int add_student(struct reader *r, struct plethtrain_trial *t)
{
    const struct settings *x = &r->set;
    const int teachers = t->strategy == PLETHTRAIN_SCRATCH ? 1 : x->teachers;
    const int folds = t->folds && x->fold_count ? x->fold_count : t->folds;

    for (int i = 0; i < teachers; i++)
        for (int f = *t->on ? -1 : 0; f < folds; f++)
            for (int k = 0; k < x->seeds; k++) {
                t->teacher = t->strategy == PLETHTRAIN_SCRATCH ? 0 : x->teacher[i];
                t->ensemble = t->teacher && x->ensemble > 1 ? x->ensemble : 0;
                t->fold = f >= 0 && x->fold_count ? x->fold[f] : f;
                t->seed = x->seed[k];
                if (add_trial(r, t) < 0)
                    return -1;
            }
    return 0;
}

/* Appends a data set by what tells it from others on any machine, after the word before it:
 * "+bami1@-1:1", the last part of its path, the labels' lag, and of how many channels if not all.
 */
static int name_data(const struct plethtrain_source *source, const char *path, const char *before,
                     char data[256])
{
    const size_t used = strlen(data);
    char lag[32] = "", channels[16] = "";
    int part, length;
    const char *name = plethio_last_part(path, &part);

    if (source->lag_s < 0 || source->lag_s > 0)
        snprintf(lag, sizeof lag, "@%g", source->lag_s);
    if (source->channels)
        snprintf(channels, sizeof channels, ":%d", source->channels);
    length = snprintf(data + used, 256 - used, "%s%.*s%s%s", before, part, name, lag, channels);
    return length >= 256 - (int)used ? -1 : 0;
}

/* Of a data set that people are tested of. */
static int find_source(const struct plethtrain_sweep *s, const char *on)
{
    const int sources = s->learned_from ? s->learned_from : s->sources;

    for (int i = 0; i < sources; i++) {
        int length;
        const char *name = plethio_last_part(s->text[i][1], &length);
        if (strlen(on) == (size_t)length && strncmp(on, name, (size_t)length) == 0)
            return i;
    }
    return -1;
}

void plethtrain_source_name(const struct plethtrain_sweep *s, int source,
                            char name[PLETHTRAIN_NAME])
{
    int length;
    const char *part = plethio_last_part(s->text[source][1], &length);

    snprintf(name, PLETHTRAIN_NAME, "%.*s", length, part);
}

int plethtrain_trial_source(const struct plethtrain_sweep *s, const struct plethtrain_trial *t)
{
    return *t->on ? find_source(s, t->on) : -1;
}

/* 1 of NAME-f0 and the like. */
static int ends_as_fold(const char *name)
{
    const char *at = name + strlen(name);

    while (at > name && at[-1] >= '0' && at[-1] <= '9')
        at--;
    return *at && at - name > 2 && at[-1] == 'f' && at[-2] == '-';
}

/* A student on each of the data sets that are learned from alone. */
static int add_transfer(struct reader *r, struct plethtrain_trial *t)
{
    const struct plethtrain_sweep *s = r->sweep;
    const struct settings *x = &r->set;
    const int each = x->ons == 1 && strcmp(x->on[0], "each") == 0;
    const int ons = !each ? x->ons : s->learned_from ? s->learned_from : s->sources;

    for (int i = 0; i < ons; i++) {
        int length;
        const char *name = each ? plethio_last_part(s->text[i][1], &length) : x->on[i];
        if (each && length >= (int)sizeof t->on)
            return refuse(r, "too long a name for cells' files", name);
        snprintf(t->on, sizeof t->on, "%.*s", each ? length : (int)strlen(name), name);
        if (find_source(s, t->on) < 0)
            return refuse(r, "no data set of this plan that people are tested of", t->on);
        if (ends_as_fold(t->on))
            return refuse(r, "its cells' files would be named like a fold of another's", t->on);
        if (add_student(r, t))
            return -1;
    }
    return 0;
}

static int add_cells(struct reader *r)
{
    const struct settings *x = &r->set;
    struct plethtrain_trial t;
    char differs[PLETHTRAIN_DIFFERS];

    memset(&t, 0, sizeof t);
    if (r->words)
        return refuse(r, "nothing follows the word cells, not", r->word[0]);
    if (!r->sweep->sources)
        return refuse(r, "no data set yet", "data LAYOUT PATH");
    if (x->channels_wait)
        return refuse(r, "it speaks of the data sets that follow, and none does", "channels");
    if (!x->networks || !x->students || !x->strategies)
        return refuse(r, "not set yet",
                      !x->networks   ? "networks"
                      : !x->students ? "students"
                                     : "strategies");
    for (int f = 0; f < x->fold_count; f++)
        if (x->fold[f] >= x->folds * (x->inner ? x->inner : 1))
            return refuse(r,
                          "only-folds names one that is not there; they count from 0 to folds - 1, "
                          "with inner to folds * inner - 1",
                          "only-folds");
    if (x->fold_count && x->ons && !x->folds_given)
        return refuse(r, "with transfer it needs folds", "only-folds");
    if (x->int8_epochs > x->epochs)
        return refuse(r, "more epochs in int8 than epochs", x->recipe);
    for (int i = 0; i < x->strategies; i++)
        if (x->strategy[i] != PLETHTRAIN_SCRATCH && !x->teachers)
            return refuse(r, "not set yet", "teachers");
    for (int i = 0; i < r->sweep->sources; i++)
        if (name_data(&r->sweep->source[i], r->sweep->text[i][1],
                      i == 0                        ? ""
                      : i == r->sweep->learned_from ? " with "
                                                    : "+",
                      t.data))
            return refuse(r, "data sets of too long names", r->sweep->text[i][1]);
    if (x->inner && (x->ons || x->folds * x->inner > PLETHTRAIN_FOLDS))
        return refuse(r, x->ons ? "not with transfer" : "too many folds in all", "inner");
    t.folds = x->ons && !x->folds_given ? 0 : x->folds * (x->inner ? x->inner : 1);
    t.inner = x->inner;
    if (x->ons)
        strcpy(t.on, x->on[0]); /* that it is transfer, for what follows */
    t.epochs = x->epochs;
    t.validation = x->validation;
    strcpy(t.recipe, x->recipe);
    if (r->sweep->trials && plethtrain_trial_differs(&t, &r->sweep->trial[0], differs)) {
        snprintf(r->why, sizeof r->why,
                 "other than the cells above, make it a plan of its own: %.150s", differs);
        return -1;
    }
    for (int n = 0; n < x->networks; n++)
        for (int b = 0; b < x->students; b++)
            for (int i = 0; i < x->strategies; i++) {
                t.network = x->network[n];
                t.blocks = x->student[b];
                t.strategy = x->strategy[i];
                strcpy(t.teaching, t.strategy == PLETHTRAIN_SCRATCH ? "" : x->teaching);
                if (t.network == PLETH_NET_MLP && t.strategy == PLETHTRAIN_FEATURE)
                    return refuse(r, "it has no features to learn by; give it cells of its own",
                                  "mlp");
                if (t.strategy == PLETHTRAIN_FEATURE && x->ensemble > 1)
                    return refuse(r,
                                  "learns of one teacher, not of an ensemble; give it cells of "
                                  "its own",
                                  "feature");
                if (x->ons ? add_transfer(r, &t) : add_student(r, &t))
                    return -1;
            }
    return 0;
}

/* How many teachers a trial has, and what they are. */
static int teachers_of(const struct plethtrain_trial *t,
                       struct plethtrain_trial teacher[PLETHTRAIN_TEACHERS])
{
    const int n = !t->teacher ? 0 : t->ensemble ? t->ensemble : 1;

    for (int k = 0; k < n; k++) {
        teacher[k] = *t;
        teacher[k].network = PLETH_NET_RESNET1D;
        teacher[k].blocks = t->teacher;
        teacher[k].strategy = PLETHTRAIN_SCRATCH;
        teacher[k].teacher = teacher[k].ensemble = 0;
        teacher[k].seed = t->ensemble ? k + 1 : t->seed;
        *teacher[k].teaching = 0;
    }
    return n;
}

/* Adds the teachers that the plan does not list, and puts all that teach first. */
static int order_trials(struct reader *r)
{
    struct plethtrain_sweep *s = r->sweep;
    struct plethtrain_trial *sorted, teacher[PLETHTRAIN_TEACHERS];
    const int listed = s->trials;
    char *teaches = calloc(TRIALS, 1);
    int n = 0;

    for (int i = 0; teaches && i < listed; i++)
        for (int k = teachers_of(&s->trial[i], teacher) - 1; k >= 0; k--) {
            const int at = add_trial(r, &teacher[k]);
            if (at < 0) {
                free(teaches);
                return -1;
            }
            teaches[at] = 1;
        }
    sorted = malloc((size_t)s->trials * sizeof *sorted);
    s->teacher = malloc((size_t)s->trials * sizeof *s->teacher);
    if (!sorted || !teaches || !s->teacher) {
        free(sorted);
        free(teaches);
        return refuse(r, "no memory for so many", "cells");
    }
    for (int pass = 1; pass >= 0; pass--)
        for (int i = 0; i < s->trials; i++)
            if (teaches[i] == pass)
                sorted[n++] = s->trial[i];
    memcpy(s->trial, sorted, (size_t)s->trials * sizeof *sorted);
    for (int i = 0; i < s->trials; i++) {
        const int teachers = teachers_of(&s->trial[i], teacher);
        for (int k = 0; k <= PLETHTRAIN_TEACHERS; k++)
            s->teacher[i][k] = k < teachers ? find_trial(s, &teacher[k]) : -1;
    }
    free(sorted);
    free(teaches);
    return 0;
}

/* ---- Settings ----------------------------------------------------------------------------------
 */

static int set_data(struct reader *r)
{
    return take_data(r, 0);
}

static int set_with(struct reader *r)
{
    return take_data(r, 1);
}

static int set_channels(struct reader *r)
{
    r->set.channels_wait = 1;
    return take_one(r, 1, PLETHTRAIN_CHANNELS, &r->set.channels);
}

static int set_folds(struct reader *r)
{
    r->set.fold_count = 0;
    r->set.folds_given = 1;
    return take_one(r, 2, PLETHTRAIN_FOLDS, &r->set.folds);
}

static int set_only_folds(struct reader *r)
{
    return take_numbers(r, 0, PLETHTRAIN_FOLDS - 1, PLETHTRAIN_FOLDS, r->set.fold,
                        &r->set.fold_count);
}

static int set_inner(struct reader *r)
{
    return take_one(r, 2, PLETHTRAIN_FOLDS, &r->set.inner);
}

static int set_seeds(struct reader *r)
{
    return take_numbers(r, 0, 999999, PLETHTRAIN_SEEDS, r->set.seed, &r->set.seeds);
}

static int set_epochs(struct reader *r)
{
    return take_one(r, 1, 100000, &r->set.epochs);
}

static int set_validation(struct reader *r)
{
    if (take_one(r, 0, 1000, &r->set.validation))
        return -1;
    return r->set.validation == 1 ? refuse(r, "nobody would be left to learn from", "validation 1")
                                  : 0;
}

static int set_networks(struct reader *r)
{
    return take_words(r, plethtrain_network, PLETHTRAIN_NETWORKS, r->set.network, &r->set.networks);
}

static int set_students(struct reader *r)
{
    return take_numbers(r, 1, PLETHTRAIN_BLOCKS, PLETHTRAIN_BLOCKS, r->set.student,
                        &r->set.students);
}

static int set_teachers(struct reader *r)
{
    return take_numbers(r, 1, PLETHTRAIN_BLOCKS, PLETHTRAIN_BLOCKS, r->set.teacher,
                        &r->set.teachers);
}

static int set_ensemble(struct reader *r)
{
    return take_one(r, 1, PLETHTRAIN_TEACHERS, &r->set.ensemble);
}

static int set_strategies(struct reader *r)
{
    return take_words(r, plethtrain_trial_strategy, PLETHTRAIN_STRATEGIES, r->set.strategy,
                      &r->set.strategies);
}

static int take_line(struct reader *r, const char *key)
{
    static const struct {
        const char *key;
        int (*take)(struct reader *r);
    } settings[] = {{"data", set_data},
                    {"with", set_with},
                    {"channels", set_channels},
                    {"folds", set_folds},
                    {"only-folds", set_only_folds},
                    {"inner", set_inner},
                    {"transfer", take_transfer},
                    {"seeds", set_seeds},
                    {"epochs", set_epochs},
                    {"validation", set_validation},
                    {"recipe", take_recipe},
                    {"networks", set_networks},
                    {"students", set_students},
                    {"teachers", set_teachers},
                    {"ensemble", set_ensemble},
                    {"strategies", set_strategies},
                    {"cells", add_cells}};

    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
        if (strcmp(key, settings[k].key) == 0)
            return settings[k].take(r);
    return refuse(r, "no setting of a plan", key);
}

/* Cuts the line into words, in place; a # begins a remark. */
static int cut(struct reader *r, char *text, char **key)
{
    const char *blanks = " \t\r";
    char *rest = strpbrk(text, "#"), *save = NULL, *word;

    if (rest)
        *rest = 0;
    *key = strtok_r(text, blanks, &save);
    r->words = 0;
    while ((word = strtok_r(NULL, blanks, &save)) != NULL) {
        if (r->words == WORDS)
            return refuse(r, "too many words in one line", word);
        r->word[r->words++] = word;
    }
    return 0;
}

int plethtrain_sweep_read(struct plethtrain_sweep *s, const char *path, struct plethio_error *e)
{
    struct reader r;
    struct plethio_lines *l = malloc(sizeof *l);
    struct plethio_error why;
    int status;
    char *key;

    memset(s, 0, sizeof *s);
    memset(&r, 0, sizeof r);
    r.sweep = s;
    r.set.folds = 2;
    r.set.seeds = r.set.seed[0] = 1;
    r.set.ensemble = 1;
    r.set.epochs = 40;
    r.set.validation = 5;
    if (!l)
        return plethio_fail(e, "%s: no memory", path);
    if (plethio_lines_open(l, path, &why)) {
        free(l);
        return plethio_fail(e, "%s: %s", path, why.text);
    }
    while ((status = plethio_lines_next(l, &why)) > 0)
        if (cut(&r, l->text, &key) || (key && take_line(&r, key))) {
            status = plethio_fail(&why, "line %ld: %s", l->number, r.why);
            break;
        }
    if (status == 0 && s->trials == 0)
        status = plethio_fail(&why, "the plan has no cells: the line `cells` adds them");
    if (status == 0 && order_trials(&r))
        status = plethio_fail(&why, "%s", r.why);
    plethio_lines_close(l);
    free(l);
    for (int i = 0; i < s->sources; i++) {
        s->source[i].layout = s->text[i][0];
        s->source[i].path = s->text[i][1];
    }
    if (status == 0)
        return 0;
    plethtrain_sweep_free(s);
    return plethio_fail(e, "%s: %s", path, why.text);
}

void plethtrain_sweep_free(struct plethtrain_sweep *s)
{
    free(s->trial);
    free(s->teacher);
    memset(s, 0, sizeof *s);
}
