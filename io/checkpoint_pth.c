/* PyTorch's .pth: an uncompressed zip of a pickle and of raw storages. The pickle is not executed:
 * pickle.c makes plain values of it, and the few names that a dictionary of tensors needs mean
 * what is said here. */
#include "checkpoint_parts.h"

#include <string.h>

#include "memory.h"
#include "pickle.h"

/* ---- The zip ---------------------------------------------------------------------------- */

struct zip {
    const char *bytes;
    size_t size;
    /* the list of entries at the end */
    size_t directory, directory_end;
    /* folder of all entries, with its '/' */
    const char *root;
    size_t root_length;
};

struct entry {
    const char *name, *data;
    size_t name_length, size;
};

/* The entry whose record begins at *at, which moves on; 0 after the last, -1 and e for bad ones. */
static int zip_next(const struct zip *z, size_t *at, struct entry *entry, struct plethio_error *e)
{
    const char *r = z->bytes + *at;
    size_t left = z->directory_end - *at, record, local, start;
    int name_length;

    if (left == 0)
        return 0;
    if (left < 46 || memcmp(r, "PK\1\2", 4) != 0)
        return plethio_fail(e, "the zip's list of entries is broken");
    name_length = (int)plethio_le(r + 28, 2);
    record =
        46 + (size_t)name_length + (size_t)plethio_le(r + 30, 2) + (size_t)plethio_le(r + 32, 2);
    if (record > left)
        return plethio_fail(e, "the zip's list of entries is cut off");
    entry->name = r + 46;
    entry->name_length = (size_t)name_length;
    entry->size = (size_t)plethio_le(r + 24, 4);
    if (plethio_le(r + 10, 2) != 0 || plethio_le(r + 8, 2) & 1 ||
        plethio_le(r + 20, 4) != entry->size)
        return plethio_fail(e, "the zip's entry %.*s is compressed or encrypted",
                            name_length < 100 ? name_length : 100, entry->name);
    local = (size_t)plethio_le(r + 42, 4);
    if (local > z->size || z->size - local < 30 || memcmp(z->bytes + local, "PK\3\4", 4) != 0)
        return plethio_fail(e, "the zip's entry %.*s does not lie where its list says",
                            name_length < 100 ? name_length : 100, entry->name);
    start = local + 30 + (size_t)plethio_le(z->bytes + local + 26, 2) +
            (size_t)plethio_le(z->bytes + local + 28, 2);
    if (start > z->size || entry->size > z->size - start)
        return plethio_fail(e, "the zip's entry %.*s is cut off",
                            name_length < 100 ? name_length : 100, entry->name);
    entry->data = z->bytes + start;
    *at += record;
    return 1;
}

/* The entry root + name[0..length): 1, or 0 if there is none. */
static int zip_find(const struct zip *z, const char *name, size_t length, struct entry *entry)
{
    size_t at = z->directory;

    while (zip_next(z, &at, entry, NULL) > 0)
        if (entry->name_length == z->root_length + length &&
            memcmp(entry->name, z->root, z->root_length) == 0 &&
            memcmp(entry->name + z->root_length, name, length) == 0)
            return 1;
    return 0;
}

/* Finds the list of entries, checks all of them, and finds the pickle, which names the folder. */
static int zip_open(struct zip *z, const char *bytes, size_t size, struct entry *pickle,
                    struct plethio_error *e)
{
    static const char name[] = "/data.pkl";
    enum { END = 22, COMMENT = 65535, NAME = sizeof name - 1 };
    struct entry entry;
    size_t at, end = size >= END ? size - END : 0;
    int status;

    memset(z, 0, sizeof *z);
    memset(pickle, 0, sizeof *pickle);
    z->bytes = bytes;
    z->size = size;
    while (size >= END && end > 0 && size - end <= END + COMMENT &&
           memcmp(bytes + end, "PK\5\6", 4) != 0)
        end--;
    if (size < END || memcmp(bytes + end, "PK\5\6", 4) != 0)
        return plethio_fail(e, "a zip that is cut off: it has no list of entries");
    z->directory = (size_t)plethio_le(bytes + end + 16, 4);
    if (z->directory > end || plethio_le(bytes + end + 12, 4) > end - z->directory)
        return plethio_fail(e, "the zip's list of entries does not lie in the file");
    z->directory_end = z->directory + (size_t)plethio_le(bytes + end + 12, 4);
    at = z->directory;
    while ((status = zip_next(z, &at, &entry, e)) > 0) {
        size_t folder = entry.name_length > NAME ? entry.name_length - NAME : 0;

        if (folder > 0 && !pickle->data && memcmp(entry.name + folder, name, NAME) == 0 &&
            !memchr(entry.name, '/', folder)) {
            *pickle = entry;
            z->root = entry.name;
            z->root_length = folder + 1;
        }
    }
    if (status < 0)
        return -1;
    if (!pickle->data)
        return plethio_fail(e, "a zip without data.pkl: not a checkpoint of PyTorch's");
    if (zip_find(z, "byteorder", 9, &entry) &&
        (entry.size != 6 || memcmp(entry.data, "little", 6) != 0))
        return plethio_fail(e, "not little-endian");
    return 0;
}

/* ---- What the pickle's names mean ------------------------------------------------------- */

enum {
    STORAGE = PLETHIO_OBJECT, /* of elements of `type`, in the entry text[0..n) of the zip */
    TENSOR                    /* first: items storage, offset, shape, strides */
};

static const char *const names[] = {"collections OrderedDict",
                                    "torch._utils _rebuild_tensor_v2",
                                    "torch._utils _rebuild_parameter",
                                    "torch FloatStorage",
                                    "torch DoubleStorage",
                                    "torch HalfStorage",
                                    "torch BFloat16Storage",
                                    "torch LongStorage",
                                    "torch IntStorage",
                                    "torch ShortStorage",
                                    "torch CharStorage",
                                    "torch ByteStorage",
                                    "torch BoolStorage",
                                    NULL};
enum { ORDERED_DICTIONARY, REBUILD_TENSOR, REBUILD_PARAMETER, FIRST_STORAGE };

/* of the storages among the names */
static const int storage_type[] = {PLETH_F32, PLETH_F64, PLETH_F16, PLETH_BF16, PLETH_I64,
                                   PLETH_I32, PLETH_I16, PLETH_I8,  PLETH_U8,   PLETH_BOOL};

/* ('storage', type, entry, place, elements) becomes a storage. */
static int take_storage(struct plethio_pickle *p, int id)
{
    int type, entry, v;
    int64_t elements;

    type = plethio_pickle_is(p, id, PLETHIO_SEQUENCE) ? plethio_pickle_item(p, id, 1) : -1;
    entry = type >= 0 ? plethio_pickle_item(p, id, 2) : -1;
    if (!plethio_pickle_is(p, type, PLETHIO_NAME) || p->value[type].n < FIRST_STORAGE ||
        !plethio_pickle_is(p, entry, PLETHIO_TEXT) || !plethio_pickle_number(p, id, 4, &elements))
        return plethio_pickle_broken(p, "refers to something that is no storage of a known type");
    v = plethio_pickle_new(p, STORAGE);
    if (v < 0)
        return -1;
    p->value[v].type = storage_type[p->value[type].n - FIRST_STORAGE];
    p->value[v].text = p->value[entry].text;
    p->value[v].n = p->value[entry].n;
    return v;
}

static int call(struct plethio_pickle *p, int function, int arguments)
{
    int v;

    switch (function) {
    case ORDERED_DICTIONARY:
        if (p->value[arguments].n != 0)
            break;
        return plethio_pickle_new(p, PLETHIO_DICTIONARY);
    case REBUILD_TENSOR:
        if (!plethio_pickle_is(p, plethio_pickle_item(p, arguments, 0), STORAGE) ||
            !plethio_pickle_is(p, plethio_pickle_item(p, arguments, 1), PLETHIO_NUMBER) ||
            !plethio_pickle_is(p, plethio_pickle_item(p, arguments, 2), PLETHIO_SEQUENCE) ||
            !plethio_pickle_is(p, plethio_pickle_item(p, arguments, 3), PLETHIO_SEQUENCE))
            break;
        v = plethio_pickle_new(p, TENSOR);
        if (v >= 0)
            p->value[v].first = p->value[arguments].first;
        return v;
    case REBUILD_PARAMETER:
        v = plethio_pickle_item(p, arguments, 0);
        if (!plethio_pickle_is(p, v, TENSOR))
            break;
        return v;
    default:
        break;
    }
    return plethio_pickle_broken(p, "gives a function other arguments than a tensor's");
}

/* Only a dictionary may have a state, which says nothing about weights. */
static int take_state(struct plethio_pickle *p, int object, int state)
{
    (void)state;
    return plethio_pickle_is(p, object, PLETHIO_DICTIONARY)
               ? 0
               : plethio_pickle_broken(p, "sets the state of an object that is no dictionary");
}

/* ---- Tensors ---------------------------------------------------------------------------- */

/* Whether strides are those of C order; axes of one element may have any. */
static int is_contiguous(const struct pleth_tensor *t, const int64_t *stride)
{
    int64_t expected = 1;

    for (int axis = t->rank - 1; axis >= 0; axis--) {
        if (t->shape[axis] > 1 && stride[axis] != expected)
            return 0;
        if (t->shape[axis] < 1 || expected > ((int64_t)1 << 40) / t->shape[axis])
            return 1; /* a shape that is refused as such */
        expected *= t->shape[axis];
    }
    return 1;
}

static int add_tensor(struct plethio_checkpoint *c, const struct plethio_pickle *p,
                      const struct zip *z, const struct plethio_value *name, int v)
{
    const struct plethio_value *storage = &p->value[plethio_pickle_item(p, v, 0)];
    const int sizes = plethio_pickle_item(p, v, 2), strides = plethio_pickle_item(p, v, 3);
    const int length = (int)(name->n < 100 ? name->n : 100);
    struct pleth_tensor t = {.type = storage->type, .size = SIZE_MAX};
    int64_t stride[PLETH_RANK], offset = p->value[plethio_pickle_item(p, v, 1)].n;
    struct entry entry;
    char path[80];

    if (p->value[sizes].n > PLETH_RANK || p->value[strides].n != p->value[sizes].n)
        return plethio_fail(p->e, "tensor %.*s has more than %d axes, or not as many strides",
                            length, name->text, PLETH_RANK);
    t.rank = (int)p->value[sizes].n;
    for (int axis = 0; axis < t.rank; axis++)
        if (!plethio_pickle_number(p, sizes, axis, &t.shape[axis]) ||
            !plethio_pickle_number(p, strides, axis, &stride[axis]))
            return plethio_fail(p->e, "tensor %.*s has a shape that is not of numbers", length,
                                name->text);
    if (!is_contiguous(&t, stride))
        return plethio_fail(p->e,
                            "tensor %.*s is not stored in its own order; save it after "
                            ".contiguous()",
                            length, name->text);
    if (storage->n > 64)
        return plethio_fail(p->e, "tensor %.*s has no storage", length, name->text);
    memcpy(path, "data/", 5);
    memcpy(path + 5, storage->text, (size_t)storage->n);
    if (!zip_find(z, path, 5 + (size_t)storage->n, &entry))
        return plethio_fail(p->e, "tensor %.*s has no storage", length, name->text);
    if (offset < 0 || (uint64_t)offset > entry.size / (size_t)pleth_type_size(t.type))
        return plethio_fail(p->e, "tensor %.*s lies outside its storage", length, name->text);
    return plethio_checkpoint_add(c, name->text, (size_t)name->n, &t, entry.data, entry.size,
                                  (uint64_t)offset * (uint64_t)pleth_type_size(t.type), p->e);
}

/* The dictionary of tensors: what the pickle is, or what training loops put it into. */
static int weights_of(const struct plethio_pickle *p, int root)
{
    static const char *const keys[] = {"model_state_dict", "state_dict", "model", "net", "weights"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        int v = plethio_pickle_get(p, root, keys[i]);

        if (plethio_pickle_is(p, v, PLETHIO_DICTIONARY))
            return v;
    }
    return root;
}

static int add_tensors(struct plethio_checkpoint *c, const struct plethio_pickle *p, int root,
                       const struct zip *z)
{
    if (!plethio_pickle_is(p, root, PLETHIO_DICTIONARY))
        return plethio_fail(p->e, "its pickle is no dictionary; save the state_dict()");
    for (int at = p->value[weights_of(p, root)].first; at >= 0;
         at = p->item[p->item[at].next].next) {
        int key = p->item[at].value, v = p->item[p->item[at].next].value;

        /* counters and options of the training stand beside the tensors in some files */
        if (!plethio_pickle_is(p, v, TENSOR))
            continue;
        if (!plethio_pickle_is(p, key, PLETHIO_TEXT))
            return plethio_fail(p->e, "its pickle has a tensor without a name");
        if (add_tensor(c, p, z, &p->value[key], v))
            return -1;
    }
    return 0;
}

int plethio_read_pth(struct plethio_checkpoint *c, struct plethio_error *e)
{
    struct plethio_pickle p = {.names = names,
                               .needs = "weights need; save the state_dict() alone",
                               .call = call,
                               .refer = take_storage,
                               .take_state = take_state};
    struct entry pickle;
    struct zip z;
    int root, status;

    if (zip_open(&z, c->file, c->file_size, &pickle, e))
        return -1;
    /* its values take fifty times as much memory */
    if (pickle.size > 4 << 20)
        return plethio_fail(e, "its pickle is longer than that of any weights");
    root = plethio_pickle_read(&p, pickle.data, pickle.size, e);
    status = root < 0 ? -1 : add_tensors(c, &p, root, &z);
    plethio_pickle_free(&p);
    return status;
}
