#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "path.h"
#include "video_parts.h"

enum {
    /* names are nanoseconds from so many digits on: frames of a second are fewer */
    CLOCK_DIGITS = 16,
    DIGITS_MAX = 18,
    IMAGES_MAX = 10000000
};

struct found {
    char *name;
    int64_t number;
};

int plethio_is_image(const char *name)
{
    return plethio_ends(name, ".png") || plethio_ends(name, ".bmp") || plethio_ends(name, ".jpg") ||
           plethio_ends(name, ".jpeg");
}

/* The last number in a name before its ending, modulo 10^18 (nanoseconds of today have a digit
 * more, and it stays the same). *digits: how many it has, 0 without one. */
static int64_t number_in(const char *name, int *digits)
{
    const char *end = strrchr(name, '.'), *start;
    int64_t number = 0;

    while (end > name && !isdigit((unsigned char)end[-1]))
        end--;
    start = end;
    while (start > name && isdigit((unsigned char)start[-1]))
        start--;
    *digits = (int)(end - start);
    if (end - start > DIGITS_MAX)
        start = end - DIGITS_MAX;
    for (; start < end; start++)
        number = 10 * number + (*start - '0');
    return number;
}

static int by_number(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* All pictures of a folder, unsorted. Returns how many, or -1 and e; *digits of the longest number.
 */
static int find(struct found **found, const char *folder, int *digits, struct plethio_error *e)
{
    int count = 0, capacity = 0, n;
    struct dirent *entry;
    DIR *dir = opendir(folder);

    *digits = 0;
    if (!dir)
        return plethio_fail(e, "%s: %s", folder, strerror(errno));
    while (count >= 0 && (entry = readdir(dir))) {
        struct found *more,
            f = {NULL, number_in(entry->d_name[0] == '.' ? "." : entry->d_name, &n)};

        if (entry->d_name[0] == '.' || !plethio_is_image(entry->d_name) || n == 0)
            continue;
        *digits = n > *digits ? n : *digits;
        f.name = strdup(entry->d_name);
        more = f.name && count < IMAGES_MAX ? plethio_grow(*found, count, 1, &capacity, sizeof f)
                                            : NULL;
        if (!more) {
            free(f.name);
            closedir(dir);
            while (count > 0)
                free((*found)[--count].name);
            return plethio_fail(e, "%s: no memory for so many pictures", folder);
        }
        *found = more;
        more[count++] = f;
    }
    closedir(dir);
    return count;
}

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int64_t middle_step(const struct plethio_images *images, int64_t *work)
{
    const int n = images->count - 1;

    if (n < 1)
        return 0;
    for (int i = 0; i < n; i++)
        work[i] = images->time_ns[i + 1] - images->time_ns[i];
    qsort(work, (size_t)n, sizeof *work, by_size);
    return work[n / 2];
}

/* Whether so many nanoseconds a number keep within a year, which also keeps them within int64_t. */
static int is_short(const struct found *found, int count, double ns)
{
    return (double)(found[count - 1].number - found[0].number) * ns < 366 * 86400e9;
}

/* Takes over the names of sorted pictures, one of each number. */
static void take(struct plethio_images *images, struct found *found, int count, double ns)
{
    for (int i = 0; i < count; i++) {
        if (i > 0 && found[i].number == found[i - 1].number) {
            free(found[i].name);
            continue;
        }
        images->name[images->count] = found[i].name;
        images->time_ns[images->count++] =
            (int64_t)((double)(found[i].number - found[0].number) * ns + 0.5);
    }
}

int plethio_images_open(struct plethio_images *images, const char *folder, double rate_hz,
                        struct plethio_error *e)
{
    struct found *found = NULL;
    int digits, count, clock;
    int64_t *work = NULL;

    memset(images, 0, sizeof *images);
    count = find(&found, folder, &digits, e);
    if (count < 0) {
        free(found);
        return -1;
    }
    clock = digits >= CLOCK_DIGITS;
    images->name = calloc((size_t)count + 1, sizeof *images->name);
    images->time_ns = malloc(((size_t)count + 1) * sizeof *images->time_ns);
    work = malloc(((size_t)count + 1) * sizeof *work);
    if (count == 0)
        plethio_fail(e, "%s: no pictures (.png, .bmp, .jpg) with a number in their names", folder);
    else if (!images->name || !images->time_ns || !work)
        plethio_fail(e, "%s: no memory for so many pictures", folder);
    else if (!clock && !(rate_hz > 0))
        plethio_fail(e, "%s: numbered pictures; say how many are a second's by --rate-hz", folder);
    else {
        const double ns = clock ? 1 : 1e9 / rate_hz;

        qsort(found, (size_t)count, sizeof *found, by_number);
        if (!is_short(found, count, ns)) {
            plethio_fail(e, "%s: its pictures lie more than a year apart: %.60s and %.60s", folder,
                         found[0].name, found[count - 1].name);
            goto failed;
        }
        take(images, found, count, ns);
        images->origin_ns = clock ? found[0].number : 0;
        images->step_ns = middle_step(images, work);
        free(found);
        free(work);
        return 0;
    }
failed:
    for (int i = 0; i < count; i++)
        free(found[i].name);
    free(found);
    free(work);
    free(images->name);
    free(images->time_ns);
    memset(images, 0, sizeof *images);
    return -1;
}

void plethio_images_close(struct plethio_images *images)
{
    for (int i = 0; i < images->count; i++)
        free(images->name[i]);
    free(images->name);
    free(images->time_ns);
    memset(images, 0, sizeof *images);
}
