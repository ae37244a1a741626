#define _XOPEN_SOURCE 700 /* realpath */

#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

int plethio_is_file(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

int plethio_is_folder(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

size_t plethio_unpacked_max(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && s.st_size > 0 ? 1032 * (size_t)s.st_size : 0;
}

int plethio_ends(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);

    return n > m && strcasecmp(path + n - m, ending) == 0;
}

int plethio_join(char to[1024], const char *folder, const char *name, const char *ending,
                 struct plethio_error *e)
{
    const int n = snprintf(to, 1024, "%s%s%s%s", folder, *folder ? "/" : "", name, ending);

    return n < 0 || n >= 1024
               ? plethio_fail(e, "%.60s: the path of %.60s is too long", folder, name)
               : 0;
}

int plethio_beside(char to[1024], const char *path, int cut, const char *ending,
                   struct plethio_error *e)
{
    const size_t n = strlen(path) - (size_t)cut;

    if (n + strlen(ending) >= 1024)
        return plethio_fail(e, "the name is too long");
    memmove(to, path, n);
    strcpy(to + n, ending);
    return 0;
}

FILE *plethio_temporary(void)
{
    const char *place = getenv("TMPDIR");
    char path[1024];
    FILE *f;
    int file;

    if (!place || !*place)
        place = "/tmp";
    if (snprintf(path, sizeof path, "%s/pleth-XXXXXX", place) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    file = mkstemp(path);
    if (file < 0)
        return NULL;
    unlink(path);
    f = fdopen(file, "w+b");
    if (!f)
        close(file);
    return f;
}

const char *plethio_last_part(const char *path, int *length)
{
    size_t end = strlen(path), from;

    while (end > 1 && path[end - 1] == '/')
        end--;
    for (from = end; from > 0 && path[from - 1] != '/'; from--)
        ;
    *length = (int)(end - from);
    return path + from;
}

void plethio_own_name(char name[256], const char *path)
{
    char *real = realpath(path, NULL);
    int length;
    const char *part = plethio_last_part(real ? real : path, &length);

    snprintf(name, 256, "%.*s", length, part);
    free(real);
}

int plethio_copy_name(char to[256], const char *name, const char *path, struct plethio_error *e)
{
    const size_t n = strlen(name);

    if (n >= 256)
        return plethio_fail(e, "%s: the name \"%.40s...\" is longer than 255 characters", path,
                            name);
    memcpy(to, name, n + 1);
    return 0;
}
