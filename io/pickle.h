/* Pickles, read without executing anything: a machine of its own knows the operations of the
 * protocols 2 and 3 that plain data need, makes plain values of them, and refuses all else. What
 * the few functions that it may name make of their arguments, its user says. */
#ifndef PLETHIO_PICKLE_H
#define PLETHIO_PICKLE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum {
    PLETHIO_NOTHING,    /* None, a float: known, but of no use here */
    PLETHIO_NUMBER,     /* also True and False */
    PLETHIO_TEXT,       /* of characters or bytes */
    PLETHIO_SEQUENCE,   /* a tuple or list */
    PLETHIO_DICTIONARY, /* key, value, key, value, ... */
    PLETHIO_NAME,       /* of a class or function: n is its number in `names` */
    PLETHIO_OBJECT      /* from here on: what the user's functions make */
};

struct plethio_value {
    int kind, type;
    int64_t n;        /* NUMBER: it; SEQUENCE and DICTIONARY: items; TEXT: bytes; OBJECT: free */
    const char *text; /* in the pickle */
    int first, last;  /* of the chain of items, -1: none */
};

/* An item of a sequence or dictionary. */
struct plethio_item {
    int value, next;
};

struct plethio_pickle {
    /* The user's: the classes and functions that may be named, "module name", to a NULL; and who
     * wants no others, with what to do about them ("weights need; save ..."). */
    const char *const *names;
    const char *needs;
    /* What a function makes of the tuple of its arguments, and (or NULL) what a reference by a
     * tuple to something outside the pickle stands for: a value, or -1 and e. */
    int (*call)(struct plethio_pickle *p, int function, int arguments);
    int (*refer)(struct plethio_pickle *p, int id);
    /* Takes the state of an object: 0, or -1 and e. */
    int (*take_state)(struct plethio_pickle *p, int object, int state);

    /* The machine's. Values are known by their numbers in `value`. */
    const char *at, *end;
    struct plethio_value *value;
    int values, value_capacity;
    struct plethio_item *item;
    int items, item_capacity;
    int *stack;
    int depth, stack_capacity;
    /* values by the number under which the pickle remembers them, -1: none */
    int *memo;
    int memos, memo_capacity;
    struct plethio_error *e;
};

/* Reads a pickle that stays where it is for as long as its texts are used; the user's members of p
 * are set, all others 0. The value that it stands for, or -1 and e. Free in any case. */
int plethio_pickle_read(struct plethio_pickle *p, const char *bytes, size_t size,
                        struct plethio_error *e);
void plethio_pickle_free(struct plethio_pickle *p);

/* A new value: its number, or -1 and e. */
int plethio_pickle_new(struct plethio_pickle *p, int kind);

/* -1 and e: "its pickle ...". */
int plethio_pickle_broken(struct plethio_pickle *p, const char *what);

/* Whether the value, which may be -1, is of this kind. */
int plethio_pickle_is(const struct plethio_pickle *p, int v, int kind);

/* Item i of what has items, -1 if there is none. */
int plethio_pickle_item(const struct plethio_pickle *p, int of, int i);

/* The same, which must be a number: 1, or 0. */
int plethio_pickle_number(const struct plethio_pickle *p, int of, int i, int64_t *n);

/* The value of the last pair with that key in a dictionary, -1 if there is none. */
int plethio_pickle_get(const struct plethio_pickle *p, int dictionary, const char *key);

#endif
