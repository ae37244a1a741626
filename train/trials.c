#define _POSIX_C_SOURCE 200809L

#include "trials.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lines.h"
#include "memory.h"
#include "path.h"

static const int networks[] = {PLETH_NET_RESNET1D, PLETH_NET_MLP, PLETH_NET_TCN};
enum { NETWORKS = sizeof networks / sizeof *networks };

static int find_network(const char *word)
{
    for (int i = 0; i < NETWORKS; i++)
        if (strcmp(word, pleth_net_name(networks[i])) == 0)
            return networks[i];
    return -1;
}

static int find_strategy(const char *word)
{
    for (int i = 0; i < PLETHTRAIN_STRATEGIES; i++)
        if (strcmp(word, plethtrain_strategy_names[i]) == 0)
            return i;
    return -1;
}

/* ---- Tasks ----------------------------------------------------------------------------------- */

void plethtrain_trial_name(const struct plethtrain_trial *t, char name[PLETHTRAIN_TRIAL])
{
    char teacher[16] = "", fold[16] = "";

    if (t->teacher)
        snprintf(teacher, sizeof teacher, "-t%02d", t->teacher);
    if (t->fold >= 0)
        snprintf(fold, sizeof fold, "-f%d", t->fold);
    snprintf(name, PLETHTRAIN_TRIAL, "%s-%02d-%s%s%s%s%s-s%d", pleth_net_name(t->network),
             t->blocks, plethtrain_strategy_names[t->strategy], teacher, *t->on ? "-on-" : "",
             t->on, fold, t->seed);
}

static int same_name(const struct plethtrain_trial *a, const struct plethtrain_trial *b)
{
    return a->network == b->network && a->blocks == b->blocks && a->strategy == b->strategy &&
           a->teacher == b->teacher && strcmp(a->on, b->on) == 0 && a->fold == b->fold &&
           a->seed == b->seed;
}

/* All that cells of one curve have in common. */
static int same_training(const struct plethtrain_trial *a, const struct plethtrain_trial *b)
{
    return !*a->on == !*b->on && a->folds == b->folds && a->inner == b->inner &&
           a->epochs == b->epochs && a->validation == b->validation &&
           strcmp(a->data, b->data) == 0 && strcmp(a->recipe, b->recipe) == 0;
}

int plethtrain_trial_same(const struct plethtrain_trial *a, const struct plethtrain_trial *b)
{
    return same_name(a, b) && same_training(a, b) && strcmp(a->teaching, b->teaching) == 0;
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
    int network[NETWORKS], networks, strategy[PLETHTRAIN_STRATEGIES], strategies;
    int student[PLETHTRAIN_BLOCKS], students, teacher[PLETHTRAIN_BLOCKS], teachers;
    int fold[PLETHTRAIN_FOLDS], fold_count, folds, inner; /* fold_count 0: all */
    int folds_given;                                      /* 1: the plan says how many */
    int seed[PLETHTRAIN_FOLDS], seeds, epochs, validation;
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
    char why[256];
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
                          find == find_network ? "networks are resnet1d, mlp and tcn, not"
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

int plethtrain_recipe_set(struct plethtrain_recipe *r, const char *word)
{
    const struct {
        const char *key;
        double low, high;
        double *number;
        int *integer;
    } settings[] = {{"rate", 1e-9, 10, &r->rate, NULL},
                    {"decay", 0, 10, &r->decay, NULL},
                    {"dropout", 0, 0.95, &r->dropout, NULL},
                    {"sigma", 0.1, 50, &r->sigma, NULL},
                    {"alpha", 0, 1e6, &r->alpha, NULL},
                    {"beta", 0, 1e6, &r->beta, NULL},
                    {"tau", 0.01, 1000, &r->tau, NULL},
                    {"ce-weight", 0, 1e6, &r->ce_weight, NULL},
                    {"warm-up", 0, 100000, NULL, &r->warm_up},
                    {"batch", 2, 65536, NULL, &r->batch},
                    {"int8-epochs", 0, 100000, NULL, &r->int8_epochs},
                    {"stretch", 1, 3, &r->variation.stretch, NULL},
                    {"shift-s", 0, 2, &r->variation.shift_s, NULL},
                    {"mix", 0, 1, NULL, &r->variation.mix},
                    {"flip", 0, 1, NULL, &r->variation.flip},
                    {"noise", 0, 10, &r->variation.noise, NULL},
                    {"swell", 0, 0.9, &r->variation.envelope, NULL}};
    const char *equals = strchr(word, '=');
    char *end;
    double value;

    if (!equals)
        return -1;
    for (int i = 0; i < PLETHTRAIN_LOSSES && strncmp(word, "loss=", 5) == 0; i++)
        if (strcmp(equals + 1, plethtrain_loss_names[i]) == 0) {
            r->loss = i;
            return 0;
        }
    value = strtod(equals + 1, &end);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (strlen(settings[i].key) != (size_t)(equals - word) ||
            strncmp(settings[i].key, word, (size_t)(equals - word)) != 0)
            continue;
        if (end == equals + 1 || *end || !(value >= settings[i].low && value <= settings[i].high))
            return -1;
        if (settings[i].number)
            *settings[i].number = value;
        else if (value == floor(value))
            *settings[i].integer = (int)value;
        else
            return -1;
        return 0;
    }
    return -1;
}

/* 1 of a setting that only those who have a teacher read. */
static int is_teaching(const char *word)
{
    static const char *const keys[] = {"alpha=", "beta=", "tau=", "ce-weight=", "warm-up="};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strncmp(word, keys[i], strlen(keys[i])) == 0)
            return 1;
    return 0;
}

static int take_recipe(struct reader *r)
{
    struct plethtrain_recipe taken;

    memset(&taken, 0, sizeof taken);
    *r->set.recipe = *r->set.teaching = 0;
    for (int i = 0; i < r->words; i++) {
        char *to = is_teaching(r->word[i]) ? r->set.teaching : r->set.recipe;
        if (plethtrain_recipe_set(&taken, r->word[i]))
            return refuse(r, "no setting of a recipe, or out of its limits", r->word[i]);
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
    void *grown;

    if (known >= 0)
        return known;
    for (int i = 0; i < s->trials; i++)
        if (same_name(&s->trial[i], t))
            return refuse(r, "a cell of that name with another recipe above", t->teaching);
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
                t->fold = f >= 0 && x->fold_count ? x->fold[f] : f;
                t->seed = x->seed[k];
                if (add_trial(r, t) < 0)
                    return -1;
            }
    return 0;
}

/* The last part of a path, and how long it is. */
static const char *last_part(const char *path, int *length)
{
    size_t end = strlen(path), from;

    while (end > 1 && path[end - 1] == '/')
        end--;
    for (from = end; from > 0 && path[from - 1] != '/'; from--)
        ;
    *length = (int)(end - from);
    return path + from;
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
    const char *name = last_part(path, &part);

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
        const char *name = last_part(s->text[i][1], &length);
        if (strlen(on) == (size_t)length && strncmp(on, name, (size_t)length) == 0)
            return i;
    }
    return -1;
}

void plethtrain_source_name(const struct plethtrain_sweep *s, int source,
                            char name[PLETHTRAIN_NAME])
{
    int length;
    const char *part = last_part(s->text[source][1], &length);

    snprintf(name, PLETHTRAIN_NAME, "%.*s", length, part);
}

int plethtrain_trial_source(const struct plethtrain_sweep *s, const struct plethtrain_trial *t)
{
    return *t->on ? find_source(s, t->on) : -1;
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
        const char *name = each ? last_part(s->text[i][1], &length) : x->on[i];
        if (each && length >= (int)sizeof t->on)
            return refuse(r, "too long a name for cells' files", name);
        snprintf(t->on, sizeof t->on, "%.*s", each ? length : (int)strlen(name), name);
        if (find_source(s, t->on) < 0)
            return refuse(r, "no data set of this plan that people are tested of", t->on);
        if (add_student(r, t))
            return -1;
    }
    return 0;
}

static int add_cells(struct reader *r)
{
    const struct settings *x = &r->set;
    struct plethtrain_trial t;

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
    if (r->sweep->trials && !same_training(&r->sweep->trial[0], &t))
        return refuse(
            r,
            "folds, epochs, validation, recipe or transfer differ from those of the cells "
            "above; "
            "make it a plan of its own",
            "cells");
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
                if (x->ons ? add_transfer(r, &t) : add_student(r, &t))
                    return -1;
            }
    return 0;
}

static struct plethtrain_trial teacher_of(const struct plethtrain_trial *t)
{
    struct plethtrain_trial teacher = *t;

    teacher.network = PLETH_NET_RESNET1D;
    teacher.blocks = t->teacher;
    teacher.strategy = PLETHTRAIN_SCRATCH;
    teacher.teacher = 0;
    *teacher.teaching = 0;
    return teacher;
}

/* Adds the teachers that the plan does not list, and puts all that teach first. */
static int order_trials(struct reader *r)
{
    struct plethtrain_sweep *s = r->sweep;
    const int listed = s->trials;
    struct plethtrain_trial *sorted;
    int n = 0;
    char *teaches;

    for (int i = 0; i < listed; i++)
        if (s->trial[i].teacher) {
            const struct plethtrain_trial teacher = teacher_of(&s->trial[i]);
            if (add_trial(r, &teacher) < 0)
                return -1;
        }
    sorted = malloc((size_t)s->trials * sizeof *sorted);
    teaches = malloc((size_t)s->trials);
    s->teacher = malloc((size_t)s->trials * sizeof *s->teacher);
    if (!sorted || !teaches || !s->teacher) {
        free(sorted);
        free(teaches);
        return refuse(r, "no memory for so many", "cells");
    }
    memset(teaches, 0, (size_t)s->trials);
    for (int i = 0; i < listed; i++)
        if (s->trial[i].teacher) {
            const struct plethtrain_trial teacher = teacher_of(&s->trial[i]);
            teaches[find_trial(s, &teacher)] = 1;
        }
    for (int pass = 1; pass >= 0; pass--)
        for (int i = 0; i < s->trials; i++)
            if (teaches[i] == pass)
                sorted[n++] = s->trial[i];
    memcpy(s->trial, sorted, (size_t)s->trials * sizeof *sorted);
    for (int i = 0; i < s->trials; i++) {
        const struct plethtrain_trial teacher = teacher_of(&s->trial[i]);
        s->teacher[i] = s->trial[i].teacher ? find_trial(s, &teacher) : -1;
    }
    free(sorted);
    free(teaches);
    return 0;
}

static int take_line(struct reader *r, const char *key)
{
    struct settings *x = &r->set;
    static const char *const keys[] = {
        "data",       "folds", "only-folds", "seeds",  "epochs", "networks", "students", "teachers",
        "strategies", "cells", "validation", "recipe", "with",   "transfer", "channels", "inner"};
    int k = 0, keys_count = sizeof keys / sizeof *keys;

    while (k < keys_count && strcmp(key, keys[k]) != 0)
        k++;
    switch (k) {
    case 0:
        return take_data(r, 0);
    case 1:
        x->fold_count = 0;
        x->folds_given = 1;
        return take_one(r, 2, PLETHTRAIN_FOLDS, &x->folds);
    case 2:
        return take_numbers(r, 0, PLETHTRAIN_FOLDS - 1, PLETHTRAIN_FOLDS, x->fold, &x->fold_count);
    case 3:
        return take_numbers(r, 0, 999999, PLETHTRAIN_FOLDS, x->seed, &x->seeds);
    case 4:
        return take_one(r, 1, 100000, &x->epochs);
    case 5:
        return take_words(r, find_network, NETWORKS, x->network, &x->networks);
    case 6:
        return take_numbers(r, 1, PLETHTRAIN_BLOCKS, PLETHTRAIN_BLOCKS, x->student, &x->students);
    case 7:
        return take_numbers(r, 1, PLETHTRAIN_BLOCKS, PLETHTRAIN_BLOCKS, x->teacher, &x->teachers);
    case 8:
        return take_words(r, find_strategy, PLETHTRAIN_STRATEGIES, x->strategy, &x->strategies);
    case 9:
        return add_cells(r);
    case 10:
        if (take_one(r, 0, 1000, &x->validation))
            return -1;
        return x->validation == 1 ? refuse(r, "nobody would be left to learn from", "validation 1")
                                  : 0;
    case 11:
        return take_recipe(r);
    case 12:
        return take_data(r, 1);
    case 13:
        return take_transfer(r);
    case 15:
        return take_one(r, 2, PLETHTRAIN_FOLDS, &x->inner);
    case 14:
        x->channels_wait = 1;
        return take_one(r, 1, PLETHTRAIN_CHANNELS, &x->channels);
    default:
        return refuse(r, "no setting of a plan", key);
    }
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

/* ---- Outcomes as files ------------------------------------------------------------------------
 */

static void write_text(FILE *f, const char *text)
{
    putc('"', f);
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < 0x20)
            fprintf(f, "\\u%04x", c);
        else
            putc(c, f);
    }
    putc('"', f);
}

void plethtrain_outcome_write(FILE *f, const struct plethtrain_outcome *o)
{
    const struct plethtrain_trial *t = &o->trial;

    fprintf(f, "{\"network\":\"%s\",\"blocks\":%d,\"parameters\":%.0f,\"macs\":%.0f",
            pleth_net_name(t->network), t->blocks, o->parameters, o->macs);
    fprintf(f, ",\"strategy\":\"%s\",\"teacher_blocks\":", plethtrain_strategy_names[t->strategy]);
    if (t->teacher)
        fprintf(f, "%d", t->teacher);
    else
        fprintf(f, "null");
    fprintf(f, ",\"data\":");
    write_text(f, t->data);
    fprintf(f, ",\"recipe\":");
    write_text(f, t->recipe);
    if (*t->teaching) {
        fprintf(f, ",\"teaching\":");
        write_text(f, t->teaching);
    }
    if (*t->on) {
        fprintf(f, ",\"trained_on\":");
        write_text(f, t->on);
    }
    if (t->fold >= 0)
        fprintf(f, ",\"fold\":%d", t->fold);
    else
        fprintf(f, ",\"fold\":null");
    if (t->inner)
        fprintf(f, ",\"inner\":%d", t->inner);
    fprintf(f, ",\"folds\":%d,\"seed\":%d,\"epochs\":%d,\"validation\":%d", t->folds, t->seed,
            t->epochs, t->validation);
    fprintf(f, ",\"mae\":%.6f", o->mae);
    if (isfinite(o->mae_int8))
        fprintf(f, ",\"mae_int8\":%.6f", o->mae_int8);
    fprintf(f, ",\"windows\":%d,\"people\":[", o->windows);
    for (int i = 0; i < o->people; i++) {
        fprintf(f, "%s\n {\"person\":", i ? "," : "");
        write_text(f, o->person[i].name);
        fprintf(f, ",\"n\":%d,\"mae\":%.6f", o->person[i].windows, o->person[i].mae);
        if (*t->on)
            fprintf(f, ",\"mae_constant\":%.6f", o->person[i].mae_constant);
        if (isfinite(o->mae_int8))
            fprintf(f, ",\"mae_int8\":%.6f", o->person[i].mae_int8);
        fprintf(f, "}");
    }
    fprintf(f, "],\n \"seconds\":%.1f}\n", o->seconds);
}

/* A member's number, low..high; a whole one where `whole`. */
static int number(struct pleth_json object, const char *key, double low, double high, int is_whole,
                  double *value, struct plethio_error *e)
{
    struct pleth_json after;

    if (!plethio_json_member(&object, key, &after))
        return plethio_fail(e, "no \"%s\"", key);
    if (!plethio_json_number(&object, value) || *value < low || *value > high ||
        (is_whole && *value != floor(*value)))
        return plethio_fail(e, "\"%s\" is no %snumber within %g..%g", key, is_whole ? "whole " : "",
                            low, high);
    return 0;
}

/* An error per minute that files of before it was measured do not have: NAN. */
static int later_error(struct pleth_json object, const char *key, double *value,
                       struct plethio_error *e)
{
    struct pleth_json at = object, after;

    *value = (double)NAN;
    return plethio_json_member(&at, key, &after) ? number(object, key, 0, 1e6, 0, value, e) : 0;
}

static int integer(struct pleth_json object, const char *key, int low, int high, int *value,
                   struct plethio_error *e)
{
    double v;

    if (number(object, key, low, high, 1, &v, e))
        return -1;
    *value = (int)v;
    return 0;
}

static int text_of(struct pleth_json object, const char *key, char *value, size_t size,
                   struct plethio_error *e)
{
    struct pleth_json after;
    const char *text;
    int length;

    if (!plethio_json_member(&object, key, &after) || !pleth_json_text(&object, &text, &length) ||
        !pleth_json_unescape(text, length, value, size))
        return plethio_fail(e, "no \"%s\", or no text of less than %zu bytes", key, size);
    return 0;
}

static int is_null(struct pleth_json object, const char *key)
{
    struct pleth_json after;

    return plethio_json_member(&object, key, &after) && object.end - object.at >= 4 &&
           memcmp(object.at, "null", 4) == 0;
}

/* What is learned from and who is tested. */
static int parse_split(struct pleth_json object, struct plethtrain_trial *t,
                       struct plethio_error *e)
{
    struct pleth_json on = object, inner = object, after;
    const int transfer = plethio_json_member(&on, "trained_on", &after);

    if (transfer && (text_of(object, "trained_on", t->on, sizeof t->on, e) || !*t->on))
        return plethio_fail(e, "\"trained_on\" is no name of a data set");
    if (integer(object, "folds", transfer ? 0 : 2, PLETHTRAIN_FOLDS, &t->folds, e))
        return -1;
    if (plethio_json_member(&inner, "inner", &after) &&
        integer(object, "inner", 2, t->folds, &t->inner, e))
        return -1;
    t->fold = -1;
    if (transfer && is_null(object, "fold"))
        return 0;
    return integer(object, "fold", 0, t->folds - 1, &t->fold, e);
}

static int parse_trial(struct pleth_json object, struct plethtrain_trial *t,
                       struct plethio_error *e)
{
    struct pleth_json teaching = object, after;
    char word[32];

    if (text_of(object, "network", word, sizeof word, e))
        return -1;
    t->network = find_network(word);
    if (t->network < 0)
        return plethio_fail(e, "\"network\": %s is not resnet1d, mlp or tcn", word);
    if (text_of(object, "strategy", word, sizeof word, e))
        return -1;
    t->strategy = find_strategy(word);
    if (t->strategy < 0)
        return plethio_fail(e, "\"strategy\": %s is none", word);
    if (integer(object, "blocks", 1, PLETHTRAIN_BLOCKS, &t->blocks, e) ||
        parse_split(object, t, e) || integer(object, "seed", 0, 999999, &t->seed, e) ||
        integer(object, "epochs", 1, 100000, &t->epochs, e) ||
        integer(object, "validation", 0, 1000, &t->validation, e) ||
        text_of(object, "data", t->data, sizeof t->data, e) ||
        text_of(object, "recipe", t->recipe, sizeof t->recipe, e) ||
        (plethio_json_member(&teaching, "teaching", &after) &&
         text_of(object, "teaching", t->teaching, sizeof t->teaching, e)))
        return -1;
    if (t->strategy == PLETHTRAIN_SCRATCH)
        return is_null(object, "teacher_blocks")
                   ? 0
                   : plethio_fail(e, "\"teacher_blocks\" is null of what has no teacher");
    return integer(object, "teacher_blocks", 1, PLETHTRAIN_BLOCKS, &t->teacher, e);
}

static int parse_people(struct pleth_json list, struct plethtrain_outcome *o,
                        struct plethio_error *e)
{
    struct pleth_json after;
    int capacity = 0, windows = 0;
    double sum = 0, sum_int8 = 0;

    if (!plethio_json_member(&list, "people", &after) || !pleth_json_accept(&list, '['))
        return plethio_fail(e, "no \"people\", or no list");
    do {
        struct plethtrain_outcome_person *p;
        struct pleth_json person = list;
        void *grown = plethio_grow(o->person, o->people, 1, &capacity, sizeof *o->person);

        if (!grown)
            return plethio_fail(e, "no memory for more than %d people", o->people);
        o->person = grown;
        p = &o->person[o->people];
        p->mae_constant = 0;
        if (text_of(person, "person", p->name, sizeof p->name, e) ||
            integer(person, "n", 1, 1000000000, &p->windows, e) ||
            number(person, "mae", 0, 1e6, 0, &p->mae, e) ||
            later_error(person, "mae_int8", &p->mae_int8, e) ||
            (*o->trial.on && number(person, "mae_constant", 0, 1e6, 0, &p->mae_constant, e)))
            return -1;
        for (int i = 0; i < o->people; i++)
            if (strcmp(o->person[i].name, p->name) == 0)
                return plethio_fail(e, "\"people\": %s is there twice", p->name);
        o->people++;
        if (p->windows > o->windows - windows)
            return plethio_fail(e, "\"people\" have more than the %d windows", o->windows);
        windows += p->windows;
        sum += p->windows * p->mae;
        sum_int8 += p->windows * p->mae_int8;
        if (!plethio_json_skip(&list))
            return plethio_fail(e, "\"people\" is broken");
    } while (pleth_json_accept(&list, ','));
    if (windows != o->windows || fabs(sum / windows - o->mae) > 1e-3 * (1 + o->mae))
        return plethio_fail(e, "\"people\" do not add up to \"windows\" and \"mae\"");
    if (isfinite(o->mae_int8) &&
        !(fabs(sum_int8 / windows - o->mae_int8) <= 1e-3 * (1 + o->mae_int8)))
        return plethio_fail(e, "\"people\" do not add up to \"mae_int8\"");
    return 0;
}

int plethtrain_outcome_parse(struct plethtrain_outcome *o, const char *text, size_t size,
                             const char *name, struct plethio_error *e)
{
    struct pleth_json object = {text, text + size}, end = object;
    struct plethio_error why;

    memset(o, 0, sizeof *o);
    pleth_json_space(&object);
    if (object.at == object.end || *object.at != '{' || !plethio_json_skip(&end)) {
        plethio_fail(&why, "no JSON object");
        goto broken;
    }
    pleth_json_space(&end);
    if (end.at != end.end) {
        plethio_fail(&why, "more than one JSON object");
        goto broken;
    }
    if (parse_trial(object, &o->trial, &why) ||
        number(object, "parameters", 1, 1e12, 1, &o->parameters, &why) ||
        number(object, "macs", 1, 1e15, 1, &o->macs, &why) ||
        number(object, "mae", 0, 1e6, 0, &o->mae, &why) ||
        later_error(object, "mae_int8", &o->mae_int8, &why) ||
        number(object, "seconds", 0, 1e9, 0, &o->seconds, &why) ||
        integer(object, "windows", 1, 1000000000, &o->windows, &why) ||
        parse_people(object, o, &why))
        goto broken;
    return 0;
broken:
    plethtrain_outcome_free(o);
    return plethio_fail(e, "%s: no cell of a sweep: %s; remove it, and it is trained again", name,
                        why.text);
}

int plethtrain_outcome_read(struct plethtrain_outcome *o, const char *path, struct plethio_error *e)
{
    size_t size;
    char *text = plethio_read_whole(path, &size, e);
    int status;

    if (!text)
        return -1;
    status = plethtrain_outcome_parse(o, text, size, path, e);
    free(text);
    return status;
}

void plethtrain_outcome_free(struct plethtrain_outcome *o)
{
    free(o->person);
    memset(o, 0, sizeof *o);
}

/* ---- Many outcomes ----------------------------------------------------------------------------
 */

int plethtrain_results_add(struct plethtrain_results *r, const struct plethtrain_outcome *o,
                           struct plethio_error *e)
{
    void *grown = plethio_grow(r->outcome, r->count, 1, &r->capacity, sizeof *r->outcome);

    if (!grown)
        return plethio_fail(e, "no memory for %d cells", r->count + 1);
    r->outcome = grown;
    r->outcome[r->count++] = *o;
    return 0;
}

static int is_result(const struct dirent *d)
{
    return plethio_ends(d->d_name, ".json");
}

/* Cells of other people or other training are no points of the same curve. */
static int check_kin(const struct plethtrain_results *r, const struct plethtrain_outcome *o,
                     const char *path, struct plethio_error *e)
{
    const struct plethtrain_trial *a = &o->trial, *b = r->count ? &r->outcome[0].trial : a;

    if (*a->on)
        return plethio_fail(e,
                            "%s: learned from one data set alone, and no point of a curve; pleth "
                            "sweep PLAN --report tells of it",
                            path);
    if (same_training(a, b))
        return 0;
    return plethio_fail(
        e,
        "%s: of other data, folds, epochs, validation or recipe than the cells before it; "
        "give each sweep a folder of its own",
        path);
}

int plethtrain_results_read(struct plethtrain_results *r, const char *folder,
                            struct plethio_error *e)
{
    struct dirent **entry;
    const int n = scandir(folder, &entry, is_result, alphasort);
    struct plethtrain_outcome o;
    char path[1024];
    int status = 0;

    memset(r, 0, sizeof *r);
    if (n < 0)
        return plethio_fail(e, "%s: no folder that can be read", folder);
    for (int i = 0; i < n; i++) {
        if (status == 0)
            status = plethio_join(path, folder, entry[i]->d_name, "", e);
        if (status == 0)
            status = plethtrain_outcome_read(&o, path, e);
        if (status == 0 && (check_kin(r, &o, path, e) || plethtrain_results_add(r, &o, e))) {
            plethtrain_outcome_free(&o);
            status = -1;
        }
        free(entry[i]);
    }
    free(entry);
    if (status == 0 && n == 0)
        status = plethio_fail(e, "%s: no cells of a sweep (*.json) there", folder);
    if (status)
        plethtrain_results_free(r);
    return status;
}

void plethtrain_results_free(struct plethtrain_results *r)
{
    for (int i = 0; i < r->count; i++)
        plethtrain_outcome_free(&r->outcome[i]);
    free(r->outcome);
    memset(r, 0, sizeof *r);
}

/* ---- Students ---------------------------------------------------------------------------------
 */

static int compare_students(const struct plethtrain_trial *a, const struct plethtrain_trial *b)
{
    if (a->network != b->network)
        return a->network - b->network;
    if (a->strategy != b->strategy)
        return a->strategy - b->strategy;
    if (a->teacher != b->teacher)
        return a->teacher - b->teacher;
    return a->blocks - b->blocks;
}

static int compare_outcomes(const void *a, const void *b)
{
    const struct plethtrain_trial *x = &(*(const struct plethtrain_outcome *const *)a)->trial;
    const struct plethtrain_trial *y = &(*(const struct plethtrain_outcome *const *)b)->trial;
    const int student = compare_students(x, y);

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

static void add_people(const struct plethtrain_students *s, const struct plethtrain_outcome *o,
                       struct plethtrain_student *to)
{
    for (int k = 0; k < o->people; k++) {
        const char *name = o->person[k].name;
        const char **at =
            bsearch(&name, s->person, (size_t)s->people, sizeof *s->person, compare_names);
        to->sum[at - s->person] += o->person[k].windows * o->person[k].mae;
        to->sum_int8[at - s->person] += o->person[k].windows * o->person[k].mae_int8;
        to->count[at - s->person] += o->person[k].windows;
    }
}

/* cell[0..n): of one student, by seed, then fold. */
static void gather(const struct plethtrain_students *s,
                   const struct plethtrain_outcome *const *cell, int n,
                   struct plethtrain_student *to)
{
    const struct plethtrain_trial *t = &cell[0]->trial;
    double square = 0;

    to->network = t->network;
    to->blocks = t->blocks;
    to->strategy = t->strategy;
    to->teacher = t->teacher;
    to->parameters = cell[0]->parameters;
    to->macs = cell[0]->macs;
    to->cells = n;
    for (int i = 0, end; i < n; i = end) {
        for (end = i; end < n && cell[end]->trial.seed == cell[i]->trial.seed; end++)
            to->seconds += cell[end]->seconds / n;
        to->folds = end - i > to->folds ? end - i : to->folds;
    }
    for (int i = 0, end; i < n; i = end) {
        double sum = 0, sum_int8 = 0, count = 0;
        for (end = i; end < n && cell[end]->trial.seed == cell[i]->trial.seed; end++) {
            sum += cell[end]->windows * cell[end]->mae;
            sum_int8 += cell[end]->windows * cell[end]->mae_int8;
            count += cell[end]->windows;
        }
        if (end - i < to->folds || to->seeds == PLETHTRAIN_FOLDS)
            continue;
        for (int k = i; k < end; k++)
            add_people(s, cell[k], to);
        to->by_seed[to->seeds++] = sum / count;
        to->error_int8 += sum_int8 / count;
    }
    to->error_int8 /= to->seeds;
    for (int k = 0; k < to->seeds; k++)
        to->error += to->by_seed[k] / to->seeds;
    for (int k = 0; k < to->seeds; k++)
        square += (to->by_seed[k] - to->error) * (to->by_seed[k] - to->error);
    to->sd = to->seeds > 1 ? sqrt(square / (to->seeds - 1)) : (double)NAN;
    for (int k = 0; k < s->people; k++) {
        to->sum[k] /= to->seeds;
        to->sum_int8[k] /= to->seeds;
        to->count[k] /= to->seeds;
    }
}

int plethtrain_students_make(struct plethtrain_students *s, const struct plethtrain_results *r,
                             struct plethio_error *e)
{
    const size_t n = (size_t)r->count;
    const struct plethtrain_outcome **cell = malloc((n + 1) * sizeof *cell);

    memset(s, 0, sizeof *s);
    s->student = calloc(n + 1, sizeof *s->student);
    if (cell && s->student && list_people(s, r) == 0)
        s->values = calloc(n * 3 * (size_t)s->people + 1, sizeof *s->values);
    if (!s->values) {
        free(cell);
        plethtrain_students_free(s);
        return plethio_fail(e, "no memory for %d cells", r->count);
    }
    for (size_t i = 0; i < n; i++)
        cell[i] = &r->outcome[i];
    qsort(cell, n, sizeof *cell, compare_outcomes);
    for (size_t i = 0, end; i < n; i = end) {
        struct plethtrain_student *to = &s->student[s->count];
        for (end = i; end < n && compare_students(&cell[end]->trial, &cell[i]->trial) == 0; end++)
            ;
        to->sum = s->values + (size_t)s->count * 3 * (size_t)s->people;
        to->sum_int8 = to->sum + s->people;
        to->count = to->sum_int8 + s->people;
        s->count++;
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
                                                          int teacher)
{
    for (int i = 0; i < s->count; i++) {
        const struct plethtrain_student *x = &s->student[i];
        if (x->network == network && x->blocks == blocks && x->strategy == strategy &&
            x->teacher == teacher)
            return x;
    }
    return NULL;
}
