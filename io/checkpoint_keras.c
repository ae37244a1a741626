/* Keras' HDF5 files, by a reader of the little of HDF5 that h5py writes by default: superblock 0 or
 * 1, groups as symbol tables (version 1 B-trees, local heaps), object headers of version 1, and
 * datasets in one piece without filters. A library for all of HDF5 would read files of strangers
 * with thousands of lines that nobody here can vouch for; these can be read and fuzzed. Every
 * address and length is checked before it is followed. */
#include "checkpoint_parts.h"

#include <string.h>

struct file {
    const char *bytes;
    uint64_t size;
    /* of an address and of a length, as the superblock says: 2, 4 or 8 */
    int offset, length;
    /* addresses count from here */
    uint64_t base;
    struct plethio_checkpoint *c;
    struct plethio_error *e;
    /* objects looked at: groups may contain each other in a circle */
    int objects;
};

/* DEPTH of groups within each other, and of a B-tree; TEXT of a path in the file */
enum { DEPTH = 16, OBJECTS = 16384, TEXT = 512 };

static const char *at(const struct file *f, uint64_t address, uint64_t n)
{
    if (address > f->size || n > f->size - address)
        return NULL;
    return f->bytes + address;
}

static uint64_t address_of(const struct file *f, const char *p)
{
    uint64_t v = plethio_le(p, f->offset);

    /* beyond the end, whatever is added: refused where it is used */
    return v > f->size ? f->size + 1 : v + f->base;
}

static int broken(const struct file *f, const char *path, const char *what)
{
    return plethio_fail(f->e, "%.100s: %s", *path ? path : "/", what);
}

/* ---- Datasets --------------------------------------------------------------------------- */

/* What the messages of an object's header have said. */
struct object {
    struct pleth_tensor t;
    int has_shape, has_type, has_data, is_group;
    uint64_t data, size;
    /* of a group: B-tree of its names, and the heap that they lie in */
    uint64_t tree, heap;
};

static const char *read_shape(const struct file *f, const char *p, size_t n, struct object *o)
{
    size_t from;

    if (n < 4 || p[0] < 1 || p[0] > 2)
        return "a shape of an unknown version";
    from = p[0] == 1 ? 8 : 4;
    o->t.rank = (unsigned char)p[1];
    if (o->t.rank > PLETH_RANK)
        return "more than 6 axes";
    if (n < from + (size_t)o->t.rank * (size_t)f->length)
        return "a shape that is cut off";
    for (int axis = 0; axis < o->t.rank; axis++) {
        uint64_t v = plethio_le(p + from + (size_t)axis * (size_t)f->length, f->length);

        o->t.shape[axis] = v > (uint64_t)1 << 40 ? -1 : (int64_t)v;
    }
    o->has_shape = 1;
    return NULL;
}

/* IEEE floats and whole numbers, little-endian, without padding. */
static const char *read_type(const char *p, size_t n, struct object *o)
{
    /* offset and precision in bits, exponent's place and width, mantissa's place and width, bias */
    static const struct {
        unsigned char properties[12];
        int type, size, sign;
    } floats[] = {
        {{0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0}, PLETH_F16, 2, 15},
        {{0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}, PLETH_F32, 4, 31},
        {{0, 0, 64, 0, 52, 11, 0, 52, 255, 3, 0, 0}, PLETH_F64, 8, 63},
    };
    unsigned kind, size;

    if (n < 8)
        return "a type that is cut off";
    kind = p[0] & 15;
    size = (unsigned)plethio_le(p + 4, 4);
    o->t.type = -1;
    if (kind == 1 && n >= 20 && (p[1] & 0x41) == 0)
        for (int i = 0; i < 3; i++)
            if ((int)size == floats[i].size && (unsigned char)p[2] == floats[i].sign &&
                memcmp(p + 8, floats[i].properties, 12) == 0)
                o->t.type = floats[i].type;
    if (kind == 0 && (p[1] & 1) == 0) {
        const int has_sign = p[1] >> 3 & 1;

        o->t.type = size == 1               ? (has_sign ? PLETH_I8 : PLETH_U8)
                    : size == 2 && has_sign ? PLETH_I16
                    : size == 4 && has_sign ? PLETH_I32
                    : size == 8 && has_sign ? PLETH_I64
                                            : -1;
    }
    /* of types that are not known, only the tensors are refused: attributes may have any */
    o->has_type = 1;
    return NULL;
}

static const char *read_layout(const struct file *f, const char *p, size_t n, struct object *o)
{
    if (n < 2 || p[0] != 3)
        return "a layout of an unknown version";
    if (p[1] == 2)
        return "in chunks, perhaps compressed; save it without compression";
    if (p[1] != 1 || n < 2 + (size_t)f->offset + (size_t)f->length)
        return "a layout that is not in one piece";
    o->data = address_of(f, p + 2);
    o->size = plethio_le(p + 2 + f->offset, f->length);
    o->has_data = 1;
    return NULL;
}

static const char *read_group(const struct file *f, const char *p, size_t n, struct object *o)
{
    if (n < 2 * (size_t)f->offset)
        return "a group that is cut off";
    o->tree = address_of(f, p);
    o->heap = address_of(f, p + f->offset);
    o->is_group = 1;
    return NULL;
}

/* ---- Objects ---------------------------------------------------------------------------- */

enum {
    SHAPE = 1,
    LINKS = 2,
    TYPE = 3,
    LINK = 6,
    EXTERNAL = 7,
    LAYOUT = 8,
    CONTINUED = 16,
    GROUP = 17
};

/* The messages of an object's header into o. */
static const char *read_object(const struct file *f, uint64_t address, struct object *o)
{
    enum { BLOCKS = 8 };
    struct {
        uint64_t at, size;
    } block[BLOCKS];
    const char *p = at(f, address, 16), *wrong = NULL;
    int blocks = 1, messages;

    memset(o, 0, sizeof *o);
    if (!p)
        return "lies outside the file";
    if (memcmp(p, "OHDR", 4) == 0)
        return "written with libver='latest'; save it with h5py's default";
    if (p[0] != 1)
        return "an object of an unknown version";
    messages = (int)plethio_le(p + 2, 2);
    block[0].at = address + 16;
    block[0].size = plethio_le(p + 8, 4);
    for (int i = 0; i < blocks && !wrong; i++) {
        uint64_t left = block[i].size;

        p = at(f, block[i].at, left);
        if (!p)
            return "its header lies outside the file";
        while (left >= 8 && messages-- > 0 && !wrong) {
            const int type = (int)plethio_le(p, 2);
            const size_t n = (size_t)plethio_le(p + 2, 2);
            const int shared = p[4] & 2;

            if (n > left - 8)
                return "its header is cut off";
            if (shared && (type == SHAPE || type == TYPE || type == LAYOUT))
                return "its description is shared with another object's";
            if (type == SHAPE)
                wrong = read_shape(f, p + 8, n, o);
            else if (type == TYPE)
                wrong = read_type(p + 8, n, o);
            else if (type == LAYOUT)
                wrong = read_layout(f, p + 8, n, o);
            else if (type == GROUP)
                wrong = read_group(f, p + 8, n, o);
            else if (type == LINKS || type == LINK)
                wrong = "a group of the new kind; save it with h5py's default libver";
            else if (type == EXTERNAL)
                wrong = "its values lie in another file";
            else if (type == CONTINUED && (blocks == BLOCKS || n < (size_t)(f->offset + f->length)))
                wrong = "its header is in too many pieces";
            else if (type == CONTINUED) {
                block[blocks].at = address_of(f, p + 8);
                block[blocks++].size = plethio_le(p + 8 + f->offset, f->length);
            }
            p += 8 + n;
            left -= 8 + n;
        }
    }
    return wrong;
}

static int read_dataset(struct file *f, const struct object *o, const char *path)
{
    struct pleth_tensor t = o->t;

    if (!o->has_shape || !o->has_type || !o->has_data)
        return broken(f, path, "lacks its shape, type or place");
    if (t.type < 0)
        return broken(f, path, "of a type that is not float16, float32, float64 or a whole number");
    t.size = o->size < SIZE_MAX ? (size_t)o->size : SIZE_MAX - 1;
    return plethio_checkpoint_add(f->c, path, strlen(path), &t, f->bytes, f->size, o->data, f->e);
}

/* ---- Groups ----------------------------------------------------------------------------- */

static int visit(struct file *f, uint64_t address, char path[TEXT], int depth);

/* The names of a group lie here. */
struct heap {
    const char *text;
    uint64_t size;
};

static int open_heap(const struct file *f, uint64_t address, struct heap *heap)
{
    const int head = 8 + 2 * f->length + f->offset;
    const char *p = at(f, address, (uint64_t)head);

    if (!p || memcmp(p, "HEAP", 4) != 0)
        return 0;
    heap->size = plethio_le(p + 8, f->length);
    heap->text = at(f, address_of(f, p + 8 + 2 * f->length), heap->size);
    return heap->text != NULL;
}

/* The names of one leaf, and the objects that they are of. */
static int visit_names(struct file *f, uint64_t address, const struct heap *heap, char path[TEXT],
                       int depth)
{
    const char *p = at(f, address, 8);
    const size_t entry = 2 * (size_t)f->offset + 24, from = strlen(path);
    int count;

    if (!p || memcmp(p, "SNOD", 4) != 0)
        return broken(f, path, "a group whose list of names is broken");
    count = (int)plethio_le(p + 6, 2);
    p = at(f, address + 8, (uint64_t)count * entry);
    if (!p)
        return broken(f, path, "a group whose list of names is cut off");
    for (int i = 0; i < count; i++, p += entry) {
        const uint64_t name = plethio_le(p, f->offset);
        const char *text = name < heap->size ? heap->text + name : NULL;
        const char *end = text ? memchr(text, 0, (size_t)(heap->size - name)) : NULL;
        size_t n = end ? (size_t)(end - text) : 0, m = from;

        if (n == 0 || n > TEXT - 2 - from)
            return broken(f, path, "a group with a name that is broken or too long");
        if (plethio_le(p + 2 * f->offset, 4) == 2)
            return broken(f, path, "a group with a symbolic link");
        if (m > 0)
            path[m++] = '/';
        memcpy(path + m, text, n + 1);
        if (visit(f, address_of(f, p + f->offset), path, depth + 1))
            return -1;
        path[from] = 0;
    }
    return 0;
}

/* A node of the B-tree of names, in their order. */
static int visit_tree(struct file *f, uint64_t address, const struct heap *heap, char path[TEXT],
                      int depth, int level)
{
    const size_t head = 8 + 2 * (size_t)f->offset, step = (size_t)(f->length + f->offset);
    const char *p = at(f, address, head);
    int count;

    if (!p || memcmp(p, "TREE", 4) != 0 || p[4] != 0 ||
        (level >= 0 && (unsigned char)p[5] != level) || (unsigned char)p[5] > DEPTH)
        return broken(f, path, "a group whose tree of names is broken");
    level = (unsigned char)p[5];
    count = (int)plethio_le(p + 6, 2);
    p = at(f, address + head, (uint64_t)count * step);
    if (!p)
        return broken(f, path, "a group whose tree of names is cut off");
    for (int i = 0; i < count; i++, p += step) {
        const uint64_t child = address_of(f, p + f->length);
        int status;

        if (++f->objects > OBJECTS)
            return broken(f, path, "more objects than any network has");
        status = level > 0 ? visit_tree(f, child, heap, path, depth, level - 1)
                           : visit_names(f, child, heap, path, depth);
        if (status)
            return status;
    }
    return 0;
}

/* The object of that name: a dataset, or a group and all that is in it. */
static int visit(struct file *f, uint64_t address, char path[TEXT], int depth)
{
    struct object o;
    struct heap heap;
    const char *wrong;

    if (depth > DEPTH || ++f->objects > OBJECTS)
        return broken(f, path, "groups within groups without an end");
    wrong = read_object(f, address, &o);
    if (wrong)
        return broken(f, path, wrong);
    if (!o.is_group)
        return read_dataset(f, &o, path);
    if (!open_heap(f, o.heap, &heap))
        return broken(f, path, "a group whose names are broken");
    return visit_tree(f, o.tree, &heap, path, depth, -1);
}

int plethio_read_keras(struct plethio_checkpoint *c, struct plethio_error *e)
{
    struct file f = {.bytes = c->file, .size = c->file_size, .c = c, .e = e};
    char path[TEXT] = "";
    const char *p = at(&f, 0, 24);
    uint64_t root;

    if (!p)
        return plethio_fail(e, "an HDF5 file that is cut off");
    if ((unsigned char)p[8] > 1)
        return plethio_fail(e, "HDF5 written with libver='latest'; save it with h5py's default");
    f.offset = p[13];
    f.length = p[14];
    if ((f.offset != 4 && f.offset != 8) || (f.length != 4 && f.length != 8))
        return plethio_fail(e, "HDF5 with addresses of %d bytes", f.offset);
    /* base address, three others, then the root's entry: its name, its address */
    root = p[8] == 0 ? 24 : 28;
    p = at(&f, root, 6 * (uint64_t)f.offset);
    if (!p)
        return plethio_fail(e, "an HDF5 file that is cut off");
    f.base = address_of(&f, p);
    return visit(&f, address_of(&f, p + 5 * f.offset), path, 0);
}
