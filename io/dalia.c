#define _POSIX_C_SOURCE 200809L

#include "dalia.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "pickle.h"

/* ---- What numpy's names mean ------------------------------------------------------------ */

enum {
    TYPE = PLETHIO_OBJECT, /* of numbers: text[0..n) as numpy has it, such as "f8"; type 1 where
                            * their most significant byte comes first */
    ARRAY                  /* first: items version, shape, type, by columns, bytes */
};

static const char *const names[] = {"numpy.core.multiarray _reconstruct",
                                    "numpy._core.multiarray _reconstruct",
                                    "numpy.core.multiarray scalar",
                                    "numpy._core.multiarray scalar",
                                    "numpy ndarray",
                                    "numpy dtype",
                                    NULL};
enum { RECONSTRUCT, RECONSTRUCT_2, SCALAR, SCALAR_2, NDARRAY, DTYPE };

static int call(struct plethio_pickle *p, int function, int arguments)
{
    int v = plethio_pickle_item(p, arguments, 0), made;

    switch (function) {
    case RECONSTRUCT:
    case RECONSTRUCT_2:
        if (!plethio_pickle_is(p, v, PLETHIO_NAME) || p->value[v].n != NDARRAY)
            break;
        return plethio_pickle_new(p, ARRAY);
    case SCALAR:
    case SCALAR_2:
        return plethio_pickle_new(p, PLETHIO_NOTHING);
    case DTYPE:
        if (!plethio_pickle_is(p, v, PLETHIO_TEXT))
            break;
        made = plethio_pickle_new(p, TYPE);
        if (made >= 0) {
            p->value[made].text = p->value[v].text;
            p->value[made].n = p->value[v].n;
        }
        return made;
    default:
        break;
    }
    return plethio_pickle_broken(p, "gives a function other arguments than numpy's arrays have");
}

/* Of a type (version, order of bytes, ...), of an array what it consists of. */
static int take_state(struct plethio_pickle *p, int object, int state)
{
    int order;

    if (!plethio_pickle_is(p, state, PLETHIO_SEQUENCE))
        return plethio_pickle_broken(p, "sets a state that is no tuple");
    if (plethio_pickle_is(p, object, TYPE)) {
        order = plethio_pickle_item(p, state, 1);
        p->value[object].type = plethio_pickle_is(p, order, PLETHIO_TEXT) &&
                                p->value[order].n == 1 && *p->value[order].text == '>';
        return 0;
    }
    if (!plethio_pickle_is(p, object, ARRAY))
        return plethio_pickle_broken(p, "sets the state of what is no array");
    p->value[object].first = p->value[state].first;
    return 0;
}

/* ---- Arrays ----------------------------------------------------------------------------- */

/* The kind and size of a type of numbers; 0 for one that is not read. */
static int type_of(const struct plethio_value *type, char *kind, int *size)
{
    if (type->n != 2 || type->type)
        return 0;
    *kind = type->text[0];
    *size = type->text[1] - '0';
    if (*kind == 'f')
        return *size == 4 || *size == 8;
    return (*kind == 'i' || *kind == 'u') && (*size == 1 || *size == 2 || *size == 4 || *size == 8);
}

/* The array under a value, which has so many columns. */
static int take_array(const struct plethio_pickle *p, int v, const char *name, int64_t columns,
                      struct plethio_numbers *a)
{
    int shape, type, bytes, axes;
    int64_t by_columns = 0;

    if (!plethio_pickle_is(p, v, ARRAY))
        return plethio_fail(p->e, "its %s is no array of numpy's", name);
    shape = plethio_pickle_item(p, v, 1);
    type = plethio_pickle_item(p, v, 2);
    bytes = plethio_pickle_item(p, v, 4);
    if (!plethio_pickle_is(p, shape, PLETHIO_SEQUENCE) || !plethio_pickle_is(p, type, TYPE) ||
        !plethio_pickle_number(p, v, 3, &by_columns) ||
        !plethio_pickle_is(p, bytes, PLETHIO_TEXT) || !type_of(&p->value[type], &a->type, &a->size))
        return plethio_fail(p->e, "its %s is no array of plain numbers", name);
    axes = (int)(p->value[shape].n < 3 ? p->value[shape].n : 3);
    a->columns = 1;
    if (axes < 1 || axes > 2 || !plethio_pickle_number(p, shape, 0, &a->count) ||
        (axes == 2 && !plethio_pickle_number(p, shape, 1, &a->columns)) || a->count < 0 ||
        a->columns != columns)
        return plethio_fail(p->e, "its %s has not %lld columns", name, (long long)columns);
    if (a->count > p->value[bytes].n || a->count * columns * a->size != p->value[bytes].n)
        return plethio_fail(p->e, "its %s has %lld bytes, not %lld x %lld numbers of %d", name,
                            (long long)p->value[bytes].n, (long long)a->count, (long long)columns,
                            a->size);
    a->data = p->value[bytes].text;
    a->along = by_columns ? 1 : columns;
    a->across = by_columns ? a->count : 1;
    return 0;
}

double plethio_number_at(const struct plethio_numbers *a, int64_t row, int64_t column)
{
    const char *at = a->data + (row * a->along + column * a->across) * a->size;
    uint64_t bits = plethio_le(at, a->size);
    uint32_t half = (uint32_t)bits;
    int64_t whole;
    double d;
    float f;

    if (a->type == 'f' && a->size == 8) {
        memcpy(&d, &bits, sizeof d);
        return d;
    }
    if (a->type == 'f') {
        memcpy(&f, &half, sizeof f);
        return (double)f;
    }
    if (a->type == 'u')
        return (double)bits;
    if (a->size < 8 && bits >> (8 * a->size - 1))
        bits |= ~(uint64_t)0 << (8 * a->size);
    memcpy(&whole, &bits, sizeof whole);
    return (double)whole;
}

/* ---- The file --------------------------------------------------------------------------- */

static int map_file(struct plethio_dalia *d, const char *path, struct plethio_error *e)
{
    int file = open(path, O_RDONLY);
    struct stat s;

    if (file < 0)
        return plethio_fail(e, "cannot be opened: %s", strerror(errno));
    if (fstat(file, &s) || !S_ISREG(s.st_mode) || s.st_size == 0) {
        close(file);
        return plethio_fail(e, "it is empty, or no file");
    }
    d->size = (size_t)s.st_size;
    d->map = mmap(NULL, d->size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (d->map == MAP_FAILED) {
        d->map = NULL;
        return plethio_fail(e, "cannot be read: %s", strerror(errno));
    }
    return 0;
}

/* The dictionary under a key of a dictionary, -1 if there is none. */
static int below(const struct plethio_pickle *p, int v, const char *key)
{
    v = plethio_pickle_is(p, v, PLETHIO_DICTIONARY) ? plethio_pickle_get(p, v, key) : -1;
    return plethio_pickle_is(p, v, PLETHIO_DICTIONARY) ? v : -1;
}

static int find_arrays(struct plethio_dalia *d, const struct plethio_pickle *p, int root)
{
    const int wrist = below(p, below(p, root, "signal"), "wrist");
    int label, activity;

    if (wrist < 0)
        return plethio_fail(p->e, "it has no signal.wrist: no recording of PPG-DaLiA or WESAD");
    if (take_array(p, plethio_pickle_get(p, wrist, "BVP"), "signal.wrist.BVP", 1, &d->bvp) ||
        take_array(p, plethio_pickle_get(p, wrist, "ACC"), "signal.wrist.ACC", 3, &d->acc))
        return -1;
    label = plethio_pickle_get(p, root, "label");
    activity = plethio_pickle_get(p, root, "activity");
    if ((label >= 0 && take_array(p, label, "label", 1, &d->label)) ||
        (activity >= 0 && take_array(p, activity, "activity", 1, &d->activity)))
        return -1;
    return 0;
}

int plethio_dalia_open(struct plethio_dalia *d, const char *path, struct plethio_error *e)
{
    struct plethio_pickle p = {.names = names,
                               .needs = "a recording of PPG-DaLiA or WESAD needs",
                               .call = call,
                               .take_state = take_state};
    int root, status;

    memset(d, 0, sizeof *d);
    if (map_file(d, path, e))
        return -1;
    root = plethio_pickle_read(&p, d->map, d->size, e);
    status = root < 0 ? -1 : find_arrays(d, &p, root);
    plethio_pickle_free(&p);
    if (status)
        plethio_dalia_close(d);
    return status;
}

void plethio_dalia_close(struct plethio_dalia *d)
{
    if (d->map)
        munmap(d->map, d->size);
    memset(d, 0, sizeof *d);
}
