/* Libraries that broken files can bring down, in a process of their own: matio and HDF5 use memory
 * that they have freed. That also keeps HDF5, which knows no threads, out of this process. */
#ifndef PLETHIO_APART_H
#define PLETHIO_APART_H

#include <stdio.h>
#include <sys/types.h>

#include "error.h"

struct plethio_apart {
    FILE *from;
    pid_t child;
};

/* In the other process: `prepare` reads what there is to be read; where it returns nonzero its
 * error is this function's. Else `tell` writes its result, which here comes out of a->from.
 * `library` names what may have died. Both have two minutes. 0, or -1 and e, without a path; close
 * it after 0 only. */
int plethio_apart_open(struct plethio_apart *a, const char *library,
                       int (*prepare)(void *cookie, struct plethio_error *e),
                       void (*tell)(void *cookie, FILE *to), void *cookie, struct plethio_error *e);
void plethio_apart_close(struct plethio_apart *a);

/* The next `size` bytes of the result: 0, or -1 and e where it ends before. */
int plethio_apart_take(struct plethio_apart *a, void *to, size_t size, const char *library,
                       struct plethio_error *e);

#endif
