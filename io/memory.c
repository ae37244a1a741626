#include "memory.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *plethio_grow(void *items, int count, int more, int *capacity, size_t size)
{
    int bigger = *capacity ? *capacity : 64;
    void *moved;

    if (more <= *capacity - count)
        return items;
    if (more > INT_MAX - count)
        return NULL;
    while (bigger < count + more)
        bigger = bigger > INT_MAX / 2 ? INT_MAX : bigger * 2;
    if ((size_t)bigger > SIZE_MAX / size)
        return NULL;
    moved = realloc(items, (size_t)bigger * size);
    if (moved)
        *capacity = bigger;
    return moved;
}

char *plethio_read_whole(const char *path, size_t *size, struct plethio_error *e)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t used = 0, capacity = 0, got = 1;

    if (!f) {
        plethio_fail(e, "cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    while (got > 0) {
        if (capacity - used < 2) {
            char *larger;

            capacity = capacity ? 2 * capacity : 65536;
            larger = realloc(text, capacity);
            if (!larger) {
                plethio_fail(e, "%s: too long a file for this machine's memory", path);
                free(text);
                fclose(f);
                return NULL;
            }
            text = larger;
        }
        got = fread(text + used, 1, capacity - used - 1, f);
        used += got;
    }
    if (ferror(f)) {
        plethio_fail(e, "cannot read %s: %s", path, strerror(errno));
        free(text);
        fclose(f);
        return NULL;
    }
    fclose(f);
    text[used] = 0;
    *size = used;
    return text;
}
