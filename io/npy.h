/* Arrays in NumPy's files (.npy). */
#ifndef PLETHIO_NPY_H
#define PLETHIO_NPY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

enum { PLETHIO_AXES = 5 };

struct plethio_npy {
    int rank; /* 0: one number */
    int64_t shape[PLETHIO_AXES];
    int64_t count; /* product of the shape, at least 1 */
    float *data;   /* C order */
};

/* Reads little-endian float32, or float64 rounded to float, of formats 1.0 to 3.0 in C order, with
 * 1 or more numbers along up to 5 axes, and nothing behind them. -1 and e for anything else. */
int plethio_npy_read(struct plethio_npy *a, const char *path, struct plethio_error *e);
void plethio_npy_free(struct plethio_npy *a);

/* Writes count = product of shape[0..rank) numbers as float32, format 1.0. The caller looks at
 * ferror(f), as with fprintf. */
void plethio_npy_write(FILE *f, int rank, const int64_t *shape, const float *data);

#endif
