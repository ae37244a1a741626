#define _POSIX_C_SOURCE 200809L

#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int plethtrain_file_write(const char *path, const void *bytes, size_t size, struct plethio_error *e)
{
    char temporary[1100];
    FILE *f;
    int failed;

    if (snprintf(temporary, sizeof temporary, "%s.part", path) >= (int)sizeof temporary)
        return plethio_fail(e, "cannot write %.80s...: the name is too long", path);
    f = fopen(temporary, "wb");
    if (!f)
        return plethio_fail(e, "cannot write %s: %s", path, strerror(errno));
    errno = 0;
    failed = fwrite(bytes, 1, size, f) != size || fflush(f) || fsync(fileno(f));
    failed |= fclose(f) != 0;
    failed = failed || rename(temporary, path);
    if (!failed)
        return 0;
    plethio_fail(e, "cannot write %s: %s", path, strerror(errno ? errno : EIO));
    unlink(temporary);
    return -1;
}
