/* PyTorch's .pth: an uncompressed zip of a pickle and of raw storages. The pickle is not executed:
 * a machine of its own knows the few operations and the few names that a dictionary of tensors
 * needs, makes plain values of them, and refuses all else. */
#include "checkpoint_parts.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

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

/* ---- Values of the pickle --------------------------------------------------------------- */

enum kind {
    NOTHING, /* None, True, False, a float: known, but of no use here */
    NUMBER,
    TEXT,
    SEQUENCE,   /* a tuple or list */
    DICTIONARY, /* an ordered one or not: key, value, key, value, ... */
    NAME,       /* of a class or function: n is its number in names[] */
    STORAGE,    /* of elements of `type`, in the entry text[0..n) of the zip */
    TENSOR,     /* first: items storage, offset, shape, strides */
};

struct value {
    int kind, type;
    int64_t n;        /* NUMBER: it; SEQUENCE and DICTIONARY: items; TEXT: bytes */
    const char *text; /* in the pickle */
    int first, last;  /* of the chain of items, -1: none */
};

/* An item of a sequence or dictionary. */
struct item {
    int value, next;
};

struct machine {
    const char *at, *end;
    struct value *value;
    int values, value_capacity;
    struct item *item;
    int items, item_capacity;
    int *stack;
    int depth, stack_capacity;
    /* values by the number under which the pickle remembers them, -1: none */
    int *memo;
    int memos, memo_capacity;
    struct plethio_error *e;
};

static const struct {
    const char *name;
    int type; /* of a storage, -1: no storage */
} names[] = {
    {"collections OrderedDict", -1},         {"torch._utils _rebuild_tensor_v2", -1},
    {"torch._utils _rebuild_parameter", -1}, {"torch FloatStorage", PLETH_F32},
    {"torch DoubleStorage", PLETH_F64},      {"torch HalfStorage", PLETH_F16},
    {"torch BFloat16Storage", PLETH_BF16},   {"torch LongStorage", PLETH_I64},
    {"torch IntStorage", PLETH_I32},         {"torch ShortStorage", PLETH_I16},
    {"torch CharStorage", PLETH_I8},         {"torch ByteStorage", PLETH_U8},
    {"torch BoolStorage", PLETH_BOOL},
};
enum { ORDERED_DICTIONARY, REBUILD_TENSOR, REBUILD_PARAMETER };

static int out_of_memory(struct machine *m)
{
    return plethio_fail(m->e, "not enough memory");
}

static int broken(struct machine *m, const char *what)
{
    return plethio_fail(m->e, "its pickle %s", what);
}

/* A new value on the stack: its number, or -1. */
static int push_new(struct machine *m, int kind)
{
    struct value *values = plethio_grow(m->value, m->values, 1, &m->value_capacity, sizeof *values);
    int *stack;

    if (!values)
        return out_of_memory(m);
    m->value = values;
    stack = plethio_grow(m->stack, m->depth, 1, &m->stack_capacity, sizeof *stack);
    if (!stack)
        return out_of_memory(m);
    m->stack = stack;
    m->value[m->values] = (struct value){.kind = kind, .first = -1, .last = -1};
    m->stack[m->depth++] = m->values;
    return m->values++;
}

/* Appends value v to the items of `to`. */
static int append(struct machine *m, int to, int v)
{
    struct item *items = plethio_grow(m->item, m->items, 1, &m->item_capacity, sizeof *items);

    if (!items)
        return out_of_memory(m);
    m->item = items;
    items[m->items] = (struct item){v, -1};
    if (m->value[to].last >= 0)
        items[m->value[to].last].next = m->items;
    else
        m->value[to].first = m->items;
    m->value[to].last = m->items++;
    m->value[to].n++;
    return 0;
}

/* Item i of a sequence or tensor as a value, -1 if there is none. */
static int item_of(const struct machine *m, int of, int i)
{
    int at = m->value[of].first;

    while (at >= 0 && i-- > 0)
        at = m->item[at].next;
    return at >= 0 ? m->item[at].value : -1;
}

static int is_kind(const struct machine *m, int v, int kind)
{
    return v >= 0 && m->value[v].kind == kind;
}

/* Item i, which must be a number. */
static int number_of(const struct machine *m, int of, int i, int64_t *n)
{
    int v = item_of(m, of, i);

    if (!is_kind(m, v, NUMBER))
        return 0;
    *n = m->value[v].n;
    return 1;
}

/* ---- Operations of the pickle ----------------------------------------------------------- */

enum { MARK = -1 }; /* on the stack, below the items of what is being made */

/* The last value on the stack, which it leaves; -1 if there is none. */
static int pop(struct machine *m)
{
    if (m->depth == 0 || m->stack[m->depth - 1] == MARK)
        return broken(m, "takes what is not there");
    return m->stack[--m->depth];
}

/* Where on the stack the values after the last mark begin; -1 without a mark. */
static int after_mark(struct machine *m)
{
    int at = m->depth;

    while (at > 0 && m->stack[at - 1] != MARK)
        at--;
    return at > 0 ? at : broken(m, "has an end without a beginning");
}

/* Values from stack[from] on become the items of the new value, where the mark (or the first of
 * them) was. */
static int gather(struct machine *m, int from, int bottom, int kind)
{
    int count = m->depth - from, v = push_new(m, kind);

    if (v < 0)
        return -1;
    for (int i = 0; i < count; i++)
        if (append(m, v, m->stack[from + i]))
            return -1;
    m->depth = bottom;
    m->stack[m->depth++] = v;
    return 0;
}

static int make_tuple(struct machine *m)
{
    int from = after_mark(m);

    return from < 0 ? -1 : gather(m, from, from - 1, SEQUENCE);
}

static int make_short_tuple(struct machine *m, int n)
{
    for (int i = 1; i <= n; i++)
        if (m->depth < i || m->stack[m->depth - i] == MARK)
            return broken(m, "takes what is not there");
    return gather(m, m->depth - n, m->depth - n, SEQUENCE);
}

/* Appends the values from stack[from] on to the container below stack[bottom]. */
static int extend(struct machine *m, int from, int bottom, int kind)
{
    int to = bottom > 0 ? m->stack[bottom - 1] : -1;

    if (!is_kind(m, to, kind) || (kind == DICTIONARY && (m->depth - from) % 2))
        return broken(m, "puts items where none can be");
    for (int i = from; i < m->depth; i++)
        if (m->stack[i] == MARK || append(m, to, m->stack[i]))
            return m->stack[i] == MARK ? broken(m, "puts items where none can be") : -1;
    m->depth = bottom;
    return 0;
}

static int extend_marked(struct machine *m, int kind)
{
    int from = after_mark(m);

    return from < 0 ? -1 : extend(m, from, from - 1, kind);
}

static int extend_by(struct machine *m, int n, int kind)
{
    if (m->depth < n)
        return broken(m, "takes what is not there");
    return extend(m, m->depth - n, m->depth - n, kind);
}

static int remember(struct machine *m, uint64_t number)
{
    int *memo;

    if (m->depth == 0 || m->stack[m->depth - 1] == MARK)
        return broken(m, "remembers what is not there");
    /* each is remembered once, so that numbers are not larger than the pickle is long */
    if (number > (uint64_t)m->memos + 65536)
        return broken(m, "counts what it remembers too far");
    while ((uint64_t)m->memos <= number) {
        memo = plethio_grow(m->memo, m->memos, 1, &m->memo_capacity, sizeof *memo);
        if (!memo)
            return out_of_memory(m);
        m->memo = memo;
        memo[m->memos++] = -1;
    }
    m->memo[number] = m->stack[m->depth - 1];
    return 0;
}

static int recall(struct machine *m, uint64_t number)
{
    int *stack;

    if (number >= (uint64_t)m->memos || m->memo[number] < 0)
        return broken(m, "recalls what it does not remember");
    stack = plethio_grow(m->stack, m->depth, 1, &m->stack_capacity, sizeof *stack);
    if (!stack)
        return out_of_memory(m);
    m->stack = stack;
    stack[m->depth++] = m->memo[number];
    return 0;
}

/* A class or function by its module and name, each a line. */
static int take_name(struct machine *m)
{
    const char *module = m->at;
    const char *first = memchr(module, '\n', (size_t)(m->end - module));
    const char *second = first ? memchr(first + 1, '\n', (size_t)(m->end - first - 1)) : NULL;
    char text[100];
    size_t n;
    int v;

    if (!second)
        return broken(m, "is cut off");
    n = (size_t)(second - module);
    m->at = second + 1;
    n = n < sizeof text ? n : sizeof text - 1;
    memcpy(text, module, n);
    text[n] = 0;
    if ((size_t)(first - module) < n)
        text[first - module] = ' ';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i].name) == 0) {
            v = push_new(m, NAME);
            if (v < 0)
                return -1;
            m->value[v].n = (int64_t)i;
            return 0;
        }
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e)
            text[i] = '?';
    return plethio_fail(m->e,
                        "its pickle wants '%s', which is nothing that weights need; save the "
                        "state_dict() alone",
                        text);
}

/* ('storage', type, entry, place, elements) becomes a storage. */
static int take_storage(struct machine *m)
{
    int id = pop(m), type, entry, v;
    int64_t elements;

    if (id < 0)
        return -1;
    type = is_kind(m, id, SEQUENCE) ? item_of(m, id, 1) : -1;
    entry = type >= 0 ? item_of(m, id, 2) : -1;
    if (!is_kind(m, type, NAME) || names[m->value[type].n].type < 0 || !is_kind(m, entry, TEXT) ||
        !number_of(m, id, 4, &elements))
        return broken(m, "refers to something that is no storage of a known type");
    v = push_new(m, STORAGE);
    if (v < 0)
        return -1;
    m->value[v].type = names[m->value[type].n].type;
    m->value[v].text = m->value[entry].text;
    m->value[v].n = m->value[entry].n;
    return 0;
}

/* A function and the tuple of its arguments. */
static int call(struct machine *m)
{
    int arguments = pop(m), function = arguments < 0 ? -1 : pop(m), v;

    if (function < 0)
        return -1;
    if (!is_kind(m, function, NAME) || !is_kind(m, arguments, SEQUENCE))
        return broken(m, "calls what is no function");
    switch (m->value[function].n) {
    case ORDERED_DICTIONARY:
        if (m->value[arguments].n != 0)
            break;
        return push_new(m, DICTIONARY) < 0 ? -1 : 0;
    case REBUILD_TENSOR:
        if (!is_kind(m, item_of(m, arguments, 0), STORAGE) ||
            !is_kind(m, item_of(m, arguments, 1), NUMBER) ||
            !is_kind(m, item_of(m, arguments, 2), SEQUENCE) ||
            !is_kind(m, item_of(m, arguments, 3), SEQUENCE))
            break;
        v = push_new(m, TENSOR);
        if (v < 0)
            return -1;
        m->value[v].first = m->value[arguments].first;
        return 0;
    case REBUILD_PARAMETER:
        v = item_of(m, arguments, 0);
        if (!is_kind(m, v, TENSOR))
            break;
        /* the tensor itself, in the place of the function that was taken from the stack */
        m->stack[m->depth++] = v;
        return 0;
    default:
        break;
    }
    return broken(m, "gives a function other arguments than a tensor's");
}

/* The state of an object: only a dictionary may have one, which says nothing about weights. */
static int take_state(struct machine *m)
{
    if (pop(m) < 0)
        return -1;
    if (m->depth == 0 || !is_kind(m, m->stack[m->depth - 1], DICTIONARY))
        return broken(m, "sets the state of an object that is no dictionary");
    return 0;
}

/* The next n bytes, or NULL. */
static const char *bytes_of(struct machine *m, uint64_t n)
{
    const char *at = m->at;

    if (n > (uint64_t)(m->end - m->at)) {
        broken(m, "is cut off");
        return NULL;
    }
    m->at += n;
    return at;
}

static int take_number(struct machine *m, int bytes, int is_signed)
{
    const char *p = bytes_of(m, (uint64_t)bytes);
    int v = p ? push_new(m, NUMBER) : -1;
    uint64_t n;

    if (v < 0)
        return -1;
    n = plethio_le(p, bytes);
    if (is_signed && bytes > 0 && bytes < 8 && n >> (8 * bytes - 1))
        n |= ~(uint64_t)0 << (8 * bytes);
    memcpy(&m->value[v].n, &n, sizeof n);
    return 0;
}

static int take_text(struct machine *m)
{
    const char *p = bytes_of(m, 4), *text;
    int v;

    if (!p)
        return -1;
    text = bytes_of(m, plethio_le(p, 4));
    v = text ? push_new(m, TEXT) : -1;
    if (v < 0)
        return -1;
    m->value[v].text = text;
    m->value[v].n = (int64_t)plethio_le(p, 4);
    return 0;
}

/* Skips n bytes of a value that is of no use here. */
static int take_nothing(struct machine *m, uint64_t n)
{
    return bytes_of(m, n) && push_new(m, NOTHING) >= 0 ? 0 : -1;
}

/* One operation: 0, 1 after the last, -1 and e. */
static int step(struct machine *m)
{
    const char *p = bytes_of(m, 1);
    unsigned operation;

    if (!p)
        return -1;
    operation = (unsigned char)*p;
    switch (operation) {
    case 0x80: /* PROTO */
        return bytes_of(m, 1) ? 0 : -1;
    case '.': /* STOP */
        return 1;
    case '(': /* MARK: a place on the stack without a value */
        if (push_new(m, NOTHING) < 0)
            return -1;
        m->stack[m->depth - 1] = MARK;
        return 0;
    case 'N':  /* NONE */
    case 0x88: /* NEWTRUE */
    case 0x89: /* NEWFALSE */
        return take_nothing(m, 0);
    case 'G': /* BINFLOAT */
        return take_nothing(m, 8);
    case 'K': /* BININT1 */
        return take_number(m, 1, 0);
    case 'M': /* BININT2 */
        return take_number(m, 2, 0);
    case 'J': /* BININT */
        return take_number(m, 4, 1);
    case 0x8a: /* LONG1: its length, then the number */
        p = bytes_of(m, 1);
        if (p && (unsigned char)*p > 8)
            return broken(m, "has a number of more than 64 bits");
        return p ? take_number(m, (unsigned char)*p, 1) : -1;
    case 'X': /* BINUNICODE */
        return take_text(m);
    case 'c': /* GLOBAL */
        return take_name(m);
    case 'Q': /* BINPERSID */
        return take_storage(m);
    case 'R': /* REDUCE */
        return call(m);
    case 'b': /* BUILD */
        return take_state(m);
    case '}': /* EMPTY_DICT */
        return push_new(m, DICTIONARY) < 0 ? -1 : 0;
    case ')': /* EMPTY_TUPLE */
    case ']': /* EMPTY_LIST */
        return push_new(m, SEQUENCE) < 0 ? -1 : 0;
    case 't': /* TUPLE */
        return make_tuple(m);
    case 0x85: /* TUPLE1 */
    case 0x86: /* TUPLE2 */
    case 0x87: /* TUPLE3 */
        return make_short_tuple(m, (int)operation - 0x84);
    case 'a': /* APPEND */
        return extend_by(m, 1, SEQUENCE);
    case 'e': /* APPENDS */
        return extend_marked(m, SEQUENCE);
    case 's': /* SETITEM */
        return extend_by(m, 2, DICTIONARY);
    case 'u': /* SETITEMS */
        return extend_marked(m, DICTIONARY);
    case 'q': /* BINPUT */
        p = bytes_of(m, 1);
        return p ? remember(m, plethio_le(p, 1)) : -1;
    case 'r': /* LONG_BINPUT */
        p = bytes_of(m, 4);
        return p ? remember(m, plethio_le(p, 4)) : -1;
    case 'h': /* BINGET */
        p = bytes_of(m, 1);
        return p ? recall(m, plethio_le(p, 1)) : -1;
    case 'j': /* LONG_BINGET */
        p = bytes_of(m, 4);
        return p ? recall(m, plethio_le(p, 4)) : -1;
    default:
        return plethio_fail(m->e, "its pickle has the operation 0x%02x, which weights do not need",
                            operation);
    }
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

static int add_tensor(struct plethio_checkpoint *c, const struct machine *m, const struct zip *z,
                      const struct value *name, int v)
{
    const struct value *storage = &m->value[item_of(m, v, 0)];
    const int sizes = item_of(m, v, 2), strides = item_of(m, v, 3);
    const int length = (int)(name->n < 100 ? name->n : 100);
    struct pleth_tensor t = {.type = storage->type, .size = SIZE_MAX};
    int64_t stride[PLETH_RANK], offset = m->value[item_of(m, v, 1)].n;
    struct entry entry;
    char path[80];

    if (m->value[sizes].n > PLETH_RANK || m->value[strides].n != m->value[sizes].n)
        return plethio_fail(m->e, "tensor %.*s has more than %d axes, or not as many strides",
                            length, name->text, PLETH_RANK);
    t.rank = (int)m->value[sizes].n;
    for (int axis = 0; axis < t.rank; axis++)
        if (!number_of(m, sizes, axis, &t.shape[axis]) ||
            !number_of(m, strides, axis, &stride[axis]))
            return plethio_fail(m->e, "tensor %.*s has a shape that is not of numbers", length,
                                name->text);
    if (!is_contiguous(&t, stride))
        return plethio_fail(m->e,
                            "tensor %.*s is not stored in its own order; save it after "
                            ".contiguous()",
                            length, name->text);
    if (storage->n > 64)
        return plethio_fail(m->e, "tensor %.*s has no storage", length, name->text);
    memcpy(path, "data/", 5);
    memcpy(path + 5, storage->text, (size_t)storage->n);
    if (!zip_find(z, path, 5 + (size_t)storage->n, &entry))
        return plethio_fail(m->e, "tensor %.*s has no storage", length, name->text);
    if (offset < 0 || (uint64_t)offset > entry.size / (size_t)pleth_type_size(t.type))
        return plethio_fail(m->e, "tensor %.*s lies outside its storage", length, name->text);
    return plethio_checkpoint_add(c, name->text, (size_t)name->n, &t, entry.data, entry.size,
                                  (uint64_t)offset * (uint64_t)pleth_type_size(t.type), m->e);
}

/* The value of the last pair with that key in a dictionary, -1 if there is none. */
static int value_of(const struct machine *m, int dictionary, const char *key)
{
    int found = -1;

    for (int at = m->value[dictionary].first; at >= 0; at = m->item[m->item[at].next].next) {
        const struct value *k = &m->value[m->item[at].value];

        if (k->kind == TEXT && (size_t)k->n == strlen(key) &&
            memcmp(k->text, key, strlen(key)) == 0)
            found = m->item[m->item[at].next].value;
    }
    return found;
}

/* The dictionary of tensors: what the pickle is, or what training loops put it into. */
static int weights_of(const struct machine *m, int root)
{
    static const char *const keys[] = {"model_state_dict", "state_dict", "model", "net", "weights"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        int v = value_of(m, root, keys[i]);

        if (is_kind(m, v, DICTIONARY))
            return v;
    }
    return root;
}

static int add_tensors(struct plethio_checkpoint *c, const struct machine *m, const struct zip *z)
{
    int root = m->depth == 1 ? m->stack[0] : -1;

    if (!is_kind(m, root, DICTIONARY))
        return plethio_fail(m->e, "its pickle is no dictionary; save the state_dict()");
    for (int at = m->value[weights_of(m, root)].first; at >= 0;
         at = m->item[m->item[at].next].next) {
        int key = m->item[at].value, v = m->item[m->item[at].next].value;

        /* counters and options of the training stand beside the tensors in some files */
        if (!is_kind(m, v, TENSOR))
            continue;
        if (!is_kind(m, key, TEXT))
            return plethio_fail(m->e, "its pickle has a tensor without a name");
        if (add_tensor(c, m, z, &m->value[key], v))
            return -1;
    }
    return 0;
}

int plethio_read_pth(struct plethio_checkpoint *c, struct plethio_error *e)
{
    struct machine m = {.e = e};
    struct entry pickle;
    struct zip z;
    int status;

    if (zip_open(&z, c->file, c->file_size, &pickle, e))
        return -1;
    /* its values take fifty times as much memory */
    if (pickle.size > 4 << 20)
        return plethio_fail(e, "its pickle is longer than that of any weights");
    m.at = pickle.data;
    m.end = pickle.data + pickle.size;
    do
        status = step(&m);
    while (status == 0);
    if (status > 0)
        status = add_tensors(c, &m, &z);
    free(m.value);
    free(m.item);
    free(m.stack);
    free(m.memo);
    return status;
}
