/* Arrays that grow, whole files in memory, and numbers in bytes. */
#ifndef PLETHIO_MEMORY_H
#define PLETHIO_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Room for `more` (>= 1) items of this size beyond the first `count` in an array from malloc that
 * has room for *capacity (NULL and 0 to begin with). Returns the array, perhaps elsewhere; NULL
 * without memory, and then the old one stays as it is. */
void *plethio_grow(void *items, int count, int more, int *capacity, size_t size);

/* The whole file with a zero after it, to be freed; *size does not count the zero. NULL and e where
 * it can not be read. */
char *plethio_read_whole(const char *path, size_t *size, struct plethio_error *e);

/* A little-endian number of 1 to 8 bytes. */
static inline uint64_t plethio_le(const void *p, int bytes)
{
    const unsigned char *b = p;
    uint64_t v = 0;

    for (int i = 0; i < bytes; i++)
        v |= (uint64_t)b[i] << (8 * i);
    return v;
}

#endif
