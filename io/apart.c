#define _POSIX_C_SOURCE 200809L

#include "apart.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What no file takes to read. */
#define SECONDS_MAX 120

/* What the other process says first. */
struct head {
    int failed;
    struct plethio_error error;
};

static void work(int to, int (*prepare)(void *cookie, struct plethio_error *e),
                 void (*tell)(void *cookie, FILE *to), void *cookie)
{
    static const int deadly[] = {SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
    FILE *pipe = fdopen(to, "wb");
    struct head head;

    /* whatever this program does on these elsewhere, here they end the process */
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        signal(deadly[i], SIG_DFL);
    alarm(SECONDS_MAX);
    /* HDF5 tells all that it makes of a broken file */
    if (!pipe || !freopen("/dev/null", "w", stderr))
        return;
    memset(&head, 0, sizeof head);
    head.failed = prepare(cookie, &head.error) != 0;
    if (fwrite(&head, sizeof head, 1, pipe) == 1 && !head.failed)
        tell(cookie, pipe);
    fclose(pipe);
}

int plethio_apart_open(struct plethio_apart *a, const char *library,
                       int (*prepare)(void *cookie, struct plethio_error *e),
                       void (*tell)(void *cookie, FILE *to), void *cookie, struct plethio_error *e)
{
    struct head head;
    int ends[2];

    if (pipe(ends))
        return plethio_fail(e, "cannot be read: %s", strerror(errno));
    a->child = fork();
    if (a->child == 0) {
        close(ends[0]);
        work(ends[1], prepare, tell, cookie);
        _exit(0);
    }
    close(ends[1]);
    if (a->child < 0) {
        close(ends[0]);
        return plethio_fail(e, "cannot be read: %s", strerror(errno));
    }
    a->from = fdopen(ends[0], "rb");
    if (!a->from)
        close(ends[0]);
    if (!a->from || plethio_apart_take(a, &head, sizeof head, library, e)) {
        plethio_apart_close(a);
        return plethio_fail(e, "the file is broken: %s did not survive it", library);
    }
    if (head.failed) {
        head.error.text[sizeof head.error.text - 1] = 0;
        plethio_apart_close(a);
        return plethio_fail(e, "%s", head.error.text);
    }
    return 0;
}

void plethio_apart_close(struct plethio_apart *a)
{
    if (a->from)
        fclose(a->from);
    while (waitpid(a->child, NULL, 0) < 0 && errno == EINTR)
        ;
}

int plethio_apart_take(struct plethio_apart *a, void *to, size_t size, const char *library,
                       struct plethio_error *e)
{
    if (fread(to, 1, size, a->from) == size)
        return 0;
    return plethio_fail(e, "the file is broken: %s did not survive it", library);
}
