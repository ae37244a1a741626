/* Matrices of numbers out of MATLAB files, v5 and v7.3, wherever in structures and cells they lie;
 * matio reads them in a process of its own (apart.h). */
#ifndef PLETHIO_MATRICES_H
#define PLETHIO_MATRICES_H

#include <stddef.h>

#include "error.h"

struct plethio_matrix_query {
    /* a variable, with ".field" and "{number}" (from 1 on) of what it holds; with "{}" at its end:
     * how many cells it has, the only number */
    const char *name;
    /* How many channels: the axis that has so many. Where both do, instants are rows. */
    size_t least, most;
    /* 1: a file without it is none to fail at */
    int optional;
};

/* length instants of all channels, instant after instant; length 0 where there is none. */
struct plethio_matrix {
    size_t length, channels;
    float *value;
};

/* m[i] = what query i asks for. Free with plethio_matrices_free. 0, or -1 and e (without the path).
 */
int plethio_matrices_read(const char *path, const struct plethio_matrix_query *query, int queries,
                          struct plethio_matrix *m, struct plethio_error *e);
void plethio_matrices_free(struct plethio_matrix *m, int queries);

#endif
