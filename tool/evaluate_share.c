/* Several processes, perhaps on several machines, that measure one data set. Each knows its rank
 * from the environment that mpirun or srun made, and hands its results on as files in a folder that
 * all see: this needs no MPI to build or to run, and a recording takes seconds where a file takes
 * milliseconds. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "evaluate.h"
#include "memory.h"
#include "tool.h"

static const double patience_s = 60;

/* A result in a file: this, then of each vital its pairs and its windows. */
struct part {
    char magic[8];
    /* of another build's structs */
    uint32_t pair_size, window_size;
    char name[288];
    double duration_s, face;
    int failed;
    char error[512], warning[512];
    struct evaluate_variability variability;
    int count[VITALS], null_windows[VITALS], null_answered[VITALS];
};

static const char magic[8] = "pleth-1";

static void pause_a_little(void)
{
    nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL);
}

int evaluate_share_open(struct evaluate_share *share, const char *folder, struct plethio_error *e)
{
    struct stat s;

    *share = (struct evaluate_share){0, 1, folder};
    if (!folder)
        return 0;
    if (tool_rank(&share->rank, &share->count))
        return plethio_fail(e, "--share %s: this process has no rank; it is for mpirun and srun",
                            folder);
    if (share->rank == 0) {
        if (mkdir(folder, 0777))
            return plethio_fail(e, "--share %s: %s; name a folder that is not there yet", folder,
                                strerror(errno));
        return 0;
    }
    for (double waited_s = 0; stat(folder, &s); waited_s += 0.02) {
        if (waited_s > patience_s)
            return plethio_fail(e, "--share %s: rank 0 has not made it in %.0f s; do all see it?",
                                folder, patience_s);
        pause_a_little();
    }
    return 0;
}

static int part_path(const struct evaluate_share *share, int task, char *path, size_t size,
                     struct plethio_error *e)
{
    int length = snprintf(path, size, "%s/%06d.part", share->folder, task);

    return length < 0 || (size_t)length >= size
               ? plethio_fail(e, "--share %.60s...: the path is too long", share->folder)
               : 0;
}

int evaluate_share_put(const struct evaluate_share *share, int task,
                       const struct evaluate_result *result, struct plethio_error *e)
{
    struct part part;
    struct tool_out out;
    char path[1024];

    /* every byte of it, also between the members, goes to the file */
    memset(&part, 0, sizeof part);
    memcpy(part.magic, magic, sizeof magic);
    part.pair_size = sizeof(struct score_pair);
    part.window_size = sizeof(struct evaluate_window);
    memcpy(part.name, result->name, sizeof part.name);
    part.duration_s = result->duration_s;
    part.face = result->face;
    part.failed = result->failed;
    part.variability = result->variability;
    memcpy(part.error, result->error, sizeof part.error);
    memcpy(part.warning, result->warning, sizeof part.warning);
    for (int i = 0; i < VITALS; i++) {
        part.count[i] = result->study[i].count;
        part.null_windows[i] = result->study[i].null_windows;
        part.null_answered[i] = result->study[i].null_answered;
    }
    if (part_path(share, task, path, sizeof path, e) || tool_out_open(&out, path, e))
        return -1;
    fwrite(&part, sizeof part, 1, out.file);
    for (int i = 0; i < VITALS; i++) {
        const struct evaluate_study *s = &result->study[i];
        if (s->count == 0)
            continue;
        fwrite(s->pair, sizeof *s->pair, (size_t)s->count, out.file);
        fwrite(s->window, sizeof *s->window, (size_t)s->count, out.file);
    }
    return tool_out_close(&out, 1, e);
}

/* Fills the result from a part's bytes; -1 if they are none of this recording. */
static int take_part(const char *bytes, size_t size, struct evaluate_result *result)
{
    const size_t window_size = sizeof(struct score_pair) + sizeof(struct evaluate_window);
    const char *at = bytes + sizeof(struct part);
    struct part part;
    size_t wanted = sizeof part;

    if (size < sizeof part)
        return -1;
    memcpy(&part, bytes, sizeof part);
    if (memcmp(part.magic, magic, sizeof magic) != 0 ||
        part.pair_size != sizeof(struct score_pair) ||
        part.window_size != sizeof(struct evaluate_window))
        return -1;
    for (int i = 0; i < VITALS; i++) {
        if (part.count[i] < 0)
            return -1;
        wanted += (size_t)part.count[i] * window_size;
    }
    if (size != wanted)
        return -1;
    part.name[sizeof part.name - 1] = part.error[sizeof part.error - 1] =
        part.warning[sizeof part.warning - 1] = 0;
    memcpy(result->name, part.name, sizeof part.name);
    result->duration_s = part.duration_s;
    result->face = part.face;
    result->failed = part.failed != 0;
    result->variability = part.variability;
    memcpy(result->error, part.error, sizeof part.error);
    memcpy(result->warning, part.warning, sizeof part.warning);
    for (int i = 0; i < VITALS; i++) {
        struct evaluate_study *s = &result->study[i];
        size_t pairs = (size_t)part.count[i] * sizeof *s->pair;
        size_t windows = (size_t)part.count[i] * sizeof *s->window;
        s->null_windows = part.null_windows[i];
        s->null_answered = part.null_answered[i];
        if (part.count[i] == 0)
            continue;
        s->pair = malloc(pairs);
        s->window = malloc(windows);
        if (!s->pair || !s->window)
            return -1;
        memcpy(s->pair, at, pairs);
        memcpy(s->window, at + pairs, windows);
        s->count = s->pair_capacity = s->window_capacity = part.count[i];
        at += pairs + windows;
    }
    return 0;
}

int evaluate_share_get(const struct evaluate_share *share, int task, struct evaluate_result *result,
                       struct plethio_error *e)
{
    char path[1024], *bytes;
    struct stat s;
    size_t size;
    int status;

    if (part_path(share, task, path, sizeof path, e))
        return -1;
    /* the launcher ends this process when another one dies */
    while (stat(path, &s))
        pause_a_little();
    bytes = plethio_read_whole(path, &size, e);
    if (!bytes)
        return -1;
    status = take_part(bytes, size, result);
    free(bytes);
    if (status)
        return plethio_fail(e, "%s: no result of this pleth; do all ranks run the same one?", path);
    unlink(path);
    return 0;
}

void evaluate_share_close(const struct evaluate_share *share)
{
    if (share->folder && share->rank == 0)
        rmdir(share->folder);
}
