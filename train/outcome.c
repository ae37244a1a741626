#define _POSIX_C_SOURCE 200809L

#include "outcome.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"
#include "path.h"

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

void plethtrain_outcome_write(FILE *f, const struct plethtrain_outcome *o, const char *between)
{
    const struct plethtrain_trial *t = &o->trial;

    fprintf(f, "{\"network\":\"%s\",\"blocks\":%d,\"parameters\":%.0f,\"macs\":%.0f",
            pleth_net_name(t->network), t->blocks, o->parameters, o->macs);
    fprintf(f, ",\"strategy\":\"%s\",\"teacher_blocks\":", plethtrain_strategy_names[t->strategy]);
    if (t->teacher)
        fprintf(f, "%d", t->teacher);
    else
        fprintf(f, "null");
    if (t->ensemble)
        fprintf(f, ",\"ensemble\":%d", t->ensemble);
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
        fprintf(f, "%s%s{\"person\":", i ? "," : "", between);
        write_text(f, o->person[i].name);
        fprintf(f, ",\"n\":%d,\"mae\":%.6f", o->person[i].windows, o->person[i].mae);
        if (*t->on)
            fprintf(f, ",\"mae_constant\":%.6f", o->person[i].mae_constant);
        if (isfinite(o->mae_int8))
            fprintf(f, ",\"mae_int8\":%.6f", o->person[i].mae_int8);
        fprintf(f, "}");
    }
    fprintf(f, "],%s\"seconds\":%.1f}\n", between, o->seconds);
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

    if (!plethio_json_member(&object, key, &after))
        return 0;
    pleth_json_space(&object);
    return object.end - object.at >= 4 && memcmp(object.at, "null", 4) == 0;
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
    struct pleth_json teaching = object, ensemble = object, after;
    char word[32];

    if (text_of(object, "network", word, sizeof word, e))
        return -1;
    t->network = plethtrain_network(word);
    if (t->network < 0)
        return plethio_fail(e, "\"network\": %s is not resnet1d, mlp or tcn", word);
    if (text_of(object, "strategy", word, sizeof word, e))
        return -1;
    t->strategy = plethtrain_trial_strategy(word);
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
    if (plethio_json_member(&ensemble, "ensemble", &after) &&
        integer(object, "ensemble", 2, PLETHTRAIN_TEACHERS, &t->ensemble, e))
        return -1;
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
    char differs[PLETHTRAIN_DIFFERS];

    if (*a->on)
        return plethio_fail(e,
                            "%s: learned from one data set alone, and no point of a curve; pleth "
                            "sweep PLAN --report tells of it",
                            path);
    if (!plethtrain_trial_differs(a, b, differs))
        return 0;
    return plethio_fail(e,
                        "%s: of other training than the cells before it; give each sweep a folder "
                        "of its own: %s",
                        path, differs);
}

/* The number of the outcome that is of the same cell, -1: none. */
static int find_twin(const struct plethtrain_results *r, const struct plethtrain_trial *t)
{
    for (int i = 0; i < r->count; i++)
        if (plethtrain_trial_twin(&r->outcome[i].trial, t))
            return i;
    return -1;
}

int plethtrain_results_read(struct plethtrain_results *r, const char *folder,
                            struct plethio_error *e)
{
    struct dirent **entry;
    const int n = scandir(folder, &entry, is_result, alphasort);
    struct plethtrain_outcome o;
    char path[1024];
    int status = 0, twin;

    memset(r, 0, sizeof *r);
    if (n < 0)
        return plethio_fail(e, "%s: no folder that can be read", folder);
    /* outcome i is of entry i */
    for (int i = 0; i < n && status == 0; i++) {
        if (plethio_join(path, folder, entry[i]->d_name, "", e) ||
            plethtrain_outcome_read(&o, path, e)) {
            status = -1;
            break;
        }
        twin = find_twin(r, &o.trial);
        if (twin >= 0)
            status = plethio_fail(e, "%s: the same cell as %s/%s; remove one of them", path, folder,
                                  entry[twin]->d_name);
        else if (check_kin(r, &o, path, e) || plethtrain_results_add(r, &o, e))
            status = -1;
        if (status)
            plethtrain_outcome_free(&o);
    }
    for (int i = 0; i < n; i++)
        free(entry[i]);
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
