#define _POSIX_C_SOURCE 200809L

#include "out.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* 1: "HOST-PROCESS", perhaps with a number more. */
static int is_writer(const char *text)
{
    const char *last = strrchr(text, '-');

    return last && last > text && last[1] && last[1 + strspn(last + 1, "0123456789")] == 0;
}

/* What killed writers of the path have left: nobody has written to it for a day before `now`. */
static void remove_left(const char *path, time_t now)
{
    enum { DAY_S = 86400 };
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const size_t length = strlen(name), part = strlen(".part-");
    char folder[1024] = ".";
    struct dirent *entry;
    struct stat s;
    DIR *dir;

    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
    dir = opendir(folder);
    while (dir && (entry = readdir(dir)))
        if (strncmp(entry->d_name, name, length) == 0 &&
            strncmp(entry->d_name + length, ".part-", part) == 0 &&
            is_writer(entry->d_name + length + part) &&
            fstatat(dirfd(dir), entry->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(s.st_mode) && s.st_mtime < now - DAY_S)
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
}

/* A file that nobody else has, or -1 and errno. */
static int open_temporary(struct plethio_out *out)
{
    enum { TRIES = 100 };
    const size_t size = sizeof out->temporary;
    struct utsname host;
    struct stat s;
    int file = -1;

    if (uname(&host))
        return -1;
    for (int n = 0; n < TRIES && file < 0; n++) {
        const int used = snprintf(out->temporary, size, "%s.part-%s-%ld", out->path, host.nodename,
                                  (long)getpid());
        if (used >= (int)size - 8) {
            errno = ENAMETOOLONG;
            return -1;
        }
        if (n > 0)
            snprintf(out->temporary + used, size - (size_t)used, "-%d", n);
        file = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (file < 0 && errno != EEXIST)
            return -1;
    }
    if (file >= 0 && fstat(file, &s) == 0)
        remove_left(out->path, s.st_mtime);
    return file;
}

int plethio_out_open(struct plethio_out *out, const char *path, struct plethio_error *e)
{
    struct stat s;
    int file;

    memset(out, 0, sizeof *out);
    if (strlen(path) >= sizeof out->path)
        return plethio_fail(e, "cannot write %.80s...: the name is too long", path);
    strcpy(out->path, path);
    file =
        stat(path, &s) || S_ISREG(s.st_mode) ? open_temporary(out) : open(path, O_WRONLY | O_TRUNC);
    out->file = file < 0 ? NULL : fdopen(file, "w");
    if (out->file)
        return 0;
    plethio_fail(e, "cannot write %s: %s", path, strerror(errno));
    if (file >= 0) {
        close(file);
        if (*out->temporary)
            unlink(out->temporary);
    }
    return -1;
}

int plethio_out_close(struct plethio_out *out, int keep, struct plethio_error *e)
{
    FILE *f = out->file;
    int failed;

    if (!f)
        return 0;
    out->file = NULL;
    errno = 0;
    failed = fflush(f) != 0 || ferror(f);
    if (keep && !failed && *out->temporary)
        failed = fsync(fileno(f)) != 0;
    failed |= fclose(f) != 0;
    if (keep && !failed && *out->temporary)
        failed = rename(out->temporary, out->path) != 0;
    if (keep && failed)
        plethio_fail(e, "cannot write %s: %s", out->path, strerror(errno ? errno : EIO));
    if (*out->temporary && (!keep || failed))
        unlink(out->temporary);
    return keep && failed ? -1 : 0;
}

int plethio_write_whole(const char *path, const void *bytes, size_t size, struct plethio_error *e)
{
    struct plethio_out out;

    if (plethio_out_open(&out, path, e))
        return -1;
    fwrite(bytes, 1, size, out.file);
    return plethio_out_close(&out, 1, e);
}
