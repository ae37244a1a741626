#include "pickle.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum {
    MARK = -1, /* on the stack, below the items of what is being made */
    /* more values, items or places on the stack than any file needs */
    MOST = 4 << 20
};

/* ---- Values ----------------------------------------------------------------------------- */

int plethio_pickle_broken(struct plethio_pickle *p, const char *what)
{
    return plethio_fail(p->e, "its pickle %s", what);
}

/* Room for one more in one of the machine's arrays; NULL and e. */
static void *room(struct plethio_pickle *p, void *items, int count, int *capacity, size_t size)
{
    void *larger = count < MOST ? plethio_grow(items, count, 1, capacity, size) : NULL;

    if (!larger && count == MOST)
        plethio_pickle_broken(p, "holds too much");
    else if (!larger)
        plethio_fail(p->e, "not enough memory");
    return larger;
}

int plethio_pickle_new(struct plethio_pickle *p, int kind)
{
    struct plethio_value *values = room(p, p->value, p->values, &p->value_capacity, sizeof *values);

    if (!values)
        return -1;
    p->value = values;
    values[p->values] = (struct plethio_value){.kind = kind, .first = -1, .last = -1};
    return p->values++;
}

/* Puts a value, or MARK, on the stack. 0, or -1 and e. */
static int push(struct plethio_pickle *p, int v)
{
    int *stack = room(p, p->stack, p->depth, &p->stack_capacity, sizeof *stack);

    if (!stack)
        return -1;
    p->stack = stack;
    stack[p->depth++] = v;
    return 0;
}

/* A new value on the stack: its number, or -1. */
static int push_new(struct plethio_pickle *p, int kind)
{
    int v = plethio_pickle_new(p, kind);

    return v < 0 || push(p, v) ? -1 : v;
}

/* Appends value v to the items of `to`. */
static int append(struct plethio_pickle *p, int to, int v)
{
    struct plethio_item *items = room(p, p->item, p->items, &p->item_capacity, sizeof *items);

    if (!items)
        return -1;
    p->item = items;
    items[p->items] = (struct plethio_item){v, -1};
    if (p->value[to].last >= 0)
        items[p->value[to].last].next = p->items;
    else
        p->value[to].first = p->items;
    p->value[to].last = p->items++;
    p->value[to].n++;
    return 0;
}

int plethio_pickle_item(const struct plethio_pickle *p, int of, int i)
{
    int at = p->value[of].first;

    while (at >= 0 && i-- > 0)
        at = p->item[at].next;
    return at >= 0 ? p->item[at].value : -1;
}

int plethio_pickle_is(const struct plethio_pickle *p, int v, int kind)
{
    return v >= 0 && p->value[v].kind == kind;
}

int plethio_pickle_number(const struct plethio_pickle *p, int of, int i, int64_t *n)
{
    int v = plethio_pickle_item(p, of, i);

    if (!plethio_pickle_is(p, v, PLETHIO_NUMBER))
        return 0;
    *n = p->value[v].n;
    return 1;
}

int plethio_pickle_get(const struct plethio_pickle *p, int dictionary, const char *key)
{
    int found = -1;

    for (int at = p->value[dictionary].first; at >= 0; at = p->item[p->item[at].next].next) {
        const struct plethio_value *k = &p->value[p->item[at].value];

        if (k->kind == PLETHIO_TEXT && (size_t)k->n == strlen(key) &&
            memcmp(k->text, key, strlen(key)) == 0)
            found = p->item[p->item[at].next].value;
    }
    return found;
}

/* ---- The stack -------------------------------------------------------------------------- */

/* The last value on the stack, which it leaves; -1 if there is none. */
static int pop(struct plethio_pickle *p)
{
    if (p->depth == 0 || p->stack[p->depth - 1] == MARK)
        return plethio_pickle_broken(p, "takes what is not there");
    return p->stack[--p->depth];
}

/* Where on the stack the values after the last mark begin; -1 without a mark. */
static int after_mark(struct plethio_pickle *p)
{
    int at = p->depth;

    while (at > 0 && p->stack[at - 1] != MARK)
        at--;
    return at > 0 ? at : plethio_pickle_broken(p, "has an end without a beginning");
}

/* Values from stack[from] on become the items of the new value, where the mark (or the first of
 * them) was. */
static int gather(struct plethio_pickle *p, int from, int bottom, int kind)
{
    int count = p->depth - from, v = push_new(p, kind);

    if (v < 0)
        return -1;
    for (int i = 0; i < count; i++)
        if (append(p, v, p->stack[from + i]))
            return -1;
    p->depth = bottom;
    p->stack[p->depth++] = v;
    return 0;
}

static int make_tuple(struct plethio_pickle *p)
{
    int from = after_mark(p);

    return from < 0 ? -1 : gather(p, from, from - 1, PLETHIO_SEQUENCE);
}

static int make_short_tuple(struct plethio_pickle *p, int n)
{
    for (int i = 1; i <= n; i++)
        if (p->depth < i || p->stack[p->depth - i] == MARK)
            return plethio_pickle_broken(p, "takes what is not there");
    return gather(p, p->depth - n, p->depth - n, PLETHIO_SEQUENCE);
}

/* Appends the values from stack[from] on to the container below stack[bottom]. */
static int extend(struct plethio_pickle *p, int from, int bottom, int kind)
{
    int to = bottom > 0 ? p->stack[bottom - 1] : -1;

    if (!plethio_pickle_is(p, to, kind) || (kind == PLETHIO_DICTIONARY && (p->depth - from) % 2))
        return plethio_pickle_broken(p, "puts items where none can be");
    for (int i = from; i < p->depth; i++) {
        if (p->stack[i] == MARK)
            return plethio_pickle_broken(p, "puts items where none can be");
        if (append(p, to, p->stack[i]))
            return -1;
    }
    p->depth = bottom;
    return 0;
}

static int extend_marked(struct plethio_pickle *p, int kind)
{
    int from = after_mark(p);

    return from < 0 ? -1 : extend(p, from, from - 1, kind);
}

static int extend_by(struct plethio_pickle *p, int n, int kind)
{
    if (p->depth < n)
        return plethio_pickle_broken(p, "takes what is not there");
    return extend(p, p->depth - n, p->depth - n, kind);
}

static int remember(struct plethio_pickle *p, uint64_t number)
{
    int *memo;

    if (p->depth == 0 || p->stack[p->depth - 1] == MARK)
        return plethio_pickle_broken(p, "remembers what is not there");
    /* each is remembered once, so that numbers are not larger than the pickle is long */
    if (number > (uint64_t)p->memos + 65536)
        return plethio_pickle_broken(p, "counts what it remembers too far");
    while ((uint64_t)p->memos <= number) {
        memo = room(p, p->memo, p->memos, &p->memo_capacity, sizeof *memo);
        if (!memo)
            return -1;
        p->memo = memo;
        memo[p->memos++] = -1;
    }
    p->memo[number] = p->stack[p->depth - 1];
    return 0;
}

static int recall(struct plethio_pickle *p, uint64_t number)
{
    if (number >= (uint64_t)p->memos || p->memo[number] < 0)
        return plethio_pickle_broken(p, "recalls what it does not remember");
    return push(p, p->memo[number]);
}

/* ---- Functions -------------------------------------------------------------------------- */

/* A class or function by its module and name, each a line. */
static int take_name(struct plethio_pickle *p)
{
    const char *module = p->at;
    const char *first = memchr(module, '\n', (size_t)(p->end - module));
    const char *second = first ? memchr(first + 1, '\n', (size_t)(p->end - first - 1)) : NULL;
    char text[100];
    size_t n;
    int v;

    if (!second)
        return plethio_pickle_broken(p, "is cut off");
    n = (size_t)(second - module);
    p->at = second + 1;
    n = n < sizeof text ? n : sizeof text - 1;
    memcpy(text, module, n);
    text[n] = 0;
    if ((size_t)(first - module) < n)
        text[first - module] = ' ';
    for (int i = 0; p->names[i]; i++)
        if (strcmp(text, p->names[i]) == 0) {
            v = push_new(p, PLETHIO_NAME);
            if (v < 0)
                return -1;
            p->value[v].n = i;
            return 0;
        }
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e)
            text[i] = '?';
    return plethio_fail(p->e, "its pickle wants '%s', which is nothing that %s", text, p->needs);
}

static int refer(struct plethio_pickle *p)
{
    int id = pop(p), v;

    if (id < 0)
        return -1;
    v = p->refer ? p->refer(p, id) : plethio_pickle_broken(p, "refers to something outside of it");
    return v < 0 ? -1 : push(p, v);
}

/* A function and the tuple of its arguments. */
static int call(struct plethio_pickle *p)
{
    int arguments = pop(p), function = arguments < 0 ? -1 : pop(p), v;

    if (function < 0)
        return -1;
    if (!plethio_pickle_is(p, function, PLETHIO_NAME) ||
        !plethio_pickle_is(p, arguments, PLETHIO_SEQUENCE))
        return plethio_pickle_broken(p, "calls what is no function");
    v = p->call(p, (int)p->value[function].n, arguments);
    return v < 0 ? -1 : push(p, v);
}

static int take_state(struct plethio_pickle *p)
{
    int state = pop(p);

    if (state < 0)
        return -1;
    if (p->depth == 0 || p->stack[p->depth - 1] == MARK)
        return plethio_pickle_broken(p, "sets the state of nothing");
    return p->take_state(p, p->stack[p->depth - 1], state);
}

/* ---- Operations ------------------------------------------------------------------------- */

/* The next n bytes, or NULL. */
static const char *bytes_of(struct plethio_pickle *p, uint64_t n)
{
    const char *at = p->at;

    if (n > (uint64_t)(p->end - p->at)) {
        plethio_pickle_broken(p, "is cut off");
        return NULL;
    }
    p->at += n;
    return at;
}

static int take_number(struct plethio_pickle *p, int bytes, int is_signed)
{
    const char *b = bytes_of(p, (uint64_t)bytes);
    int v = b ? push_new(p, PLETHIO_NUMBER) : -1;
    uint64_t n;

    if (v < 0)
        return -1;
    n = plethio_le(b, bytes);
    if (is_signed && bytes > 0 && bytes < 8 && n >> (8 * bytes - 1))
        n |= ~(uint64_t)0 << (8 * bytes);
    memcpy(&p->value[v].n, &n, sizeof n);
    return 0;
}

static int take_bool(struct plethio_pickle *p, int is_true)
{
    int v = push_new(p, PLETHIO_NUMBER);

    if (v < 0)
        return -1;
    p->value[v].n = is_true;
    return 0;
}

/* Its length in so many bytes, then the text. */
static int take_text(struct plethio_pickle *p, int bytes)
{
    const char *b = bytes_of(p, (uint64_t)bytes), *text;
    int v;

    if (!b)
        return -1;
    text = bytes_of(p, plethio_le(b, bytes));
    v = text ? push_new(p, PLETHIO_TEXT) : -1;
    if (v < 0)
        return -1;
    p->value[v].text = text;
    p->value[v].n = (int64_t)plethio_le(b, bytes);
    return 0;
}

/* Skips n bytes of a value that is of no use here. */
static int take_nothing(struct plethio_pickle *p, uint64_t n)
{
    return bytes_of(p, n) && push_new(p, PLETHIO_NOTHING) >= 0 ? 0 : -1;
}

/* One operation: 0, 1 after the last, -1 and e. */
static int step(struct plethio_pickle *p)
{
    const char *b = bytes_of(p, 1);
    unsigned operation;

    if (!b)
        return -1;
    operation = (unsigned char)*b;
    switch (operation) {
    case 0x80: /* PROTO */
        return bytes_of(p, 1) ? 0 : -1;
    case '.': /* STOP */
        return 1;
    case '(': /* MARK */
        return push(p, MARK);
    case 'N': /* NONE */
        return take_nothing(p, 0);
    case 0x88: /* NEWTRUE */
    case 0x89: /* NEWFALSE */
        return take_bool(p, operation == 0x88);
    case 'G': /* BINFLOAT */
        return take_nothing(p, 8);
    case 'K': /* BININT1 */
        return take_number(p, 1, 0);
    case 'M': /* BININT2 */
        return take_number(p, 2, 0);
    case 'J': /* BININT */
        return take_number(p, 4, 1);
    case 0x8a: /* LONG1: its length, then the number */
        b = bytes_of(p, 1);
        if (b && (unsigned char)*b > 8)
            return plethio_pickle_broken(p, "has a number of more than 64 bits");
        return b ? take_number(p, (unsigned char)*b, 1) : -1;
    case 'U': /* SHORT_BINSTRING */
    case 'C': /* SHORT_BINBYTES */
        return take_text(p, 1);
    case 'X': /* BINUNICODE */
    case 'T': /* BINSTRING */
    case 'B': /* BINBYTES */
        return take_text(p, 4);
    case 'c': /* GLOBAL */
        return take_name(p);
    case 'Q': /* BINPERSID */
        return refer(p);
    case 'R': /* REDUCE */
        return call(p);
    case 'b': /* BUILD */
        return take_state(p);
    case '}': /* EMPTY_DICT */
        return push_new(p, PLETHIO_DICTIONARY) < 0 ? -1 : 0;
    case ')': /* EMPTY_TUPLE */
    case ']': /* EMPTY_LIST */
        return push_new(p, PLETHIO_SEQUENCE) < 0 ? -1 : 0;
    case 't': /* TUPLE */
        return make_tuple(p);
    case 0x85: /* TUPLE1 */
    case 0x86: /* TUPLE2 */
    case 0x87: /* TUPLE3 */
        return make_short_tuple(p, (int)operation - 0x84);
    case 'a': /* APPEND */
        return extend_by(p, 1, PLETHIO_SEQUENCE);
    case 'e': /* APPENDS */
        return extend_marked(p, PLETHIO_SEQUENCE);
    case 's': /* SETITEM */
        return extend_by(p, 2, PLETHIO_DICTIONARY);
    case 'u': /* SETITEMS */
        return extend_marked(p, PLETHIO_DICTIONARY);
    case 'q': /* BINPUT */
        b = bytes_of(p, 1);
        return b ? remember(p, plethio_le(b, 1)) : -1;
    case 'r': /* LONG_BINPUT */
        b = bytes_of(p, 4);
        return b ? remember(p, plethio_le(b, 4)) : -1;
    case 'h': /* BINGET */
        b = bytes_of(p, 1);
        return b ? recall(p, plethio_le(b, 1)) : -1;
    case 'j': /* LONG_BINGET */
        b = bytes_of(p, 4);
        return b ? recall(p, plethio_le(b, 4)) : -1;
    default:
        return plethio_fail(p->e, "its pickle has the operation 0x%02x, which is not read",
                            operation);
    }
}

int plethio_pickle_read(struct plethio_pickle *p, const char *bytes, size_t size,
                        struct plethio_error *e)
{
    int status;

    p->at = bytes;
    p->end = bytes + size;
    p->e = e;
    do
        status = step(p);
    while (status == 0);
    if (status < 0)
        return -1;
    if (p->depth != 1 || p->stack[0] == MARK)
        return plethio_pickle_broken(p, "ends before its value is made");
    return p->stack[0];
}

void plethio_pickle_free(struct plethio_pickle *p)
{
    free(p->value);
    free(p->item);
    free(p->stack);
    free(p->memo);
}
