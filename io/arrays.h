/* Numbers and texts by their names out of MATLAB (.mat) and HDF5 files that hold them plainly. */
#ifndef PLETHIO_ARRAYS_H
#define PLETHIO_ARRAYS_H

#include <stddef.h>

#include "error.h"

/* More than a day at 1000 Hz: what an array may hold. */
#define PLETHIO_ARRAY_MAX ((size_t)100 << 20)

struct plethio_array {
    /* the caller's: what it is called in the file */
    const char *name;
    /* in the file's own order, perhaps NAN or infinite; NULL and 0 where the file has no such
     * numbers
     */
    double *value;
    size_t count;
    /* of a text its printable characters, "" for numbers */
    char text[64];
};

/* Reads what the file has of array[0..n), in a process of its own. Other values than arrays of real
 * numbers and texts are passed over. 0, or -1 and e, without the path. Free with
 * plethio_arrays_free, also after -1. */
int plethio_arrays_read(struct plethio_array *array, int n, const char *path,
                        struct plethio_error *e);
void plethio_arrays_free(struct plethio_array *array, int n);

#endif
