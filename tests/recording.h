/* Recordings that tests make: files in a folder of their own, and what is read from them. */
#ifndef PLETH_RECORDING_H
#define PLETH_RECORDING_H

#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "biosignal.h"

static char recording_folder[256];

static inline void recording_begin(void)
{
    const char *root = getenv("TMPDIR");

    snprintf(recording_folder, sizeof recording_folder, "%s/pleth-recording-XXXXXX",
             root ? root : "/tmp");
    if (!mkdtemp(recording_folder)) {
        perror(recording_folder);
        exit(1);
    }
}

static inline void recording_end(void)
{
    char command[300];

    snprintf(command, sizeof command, "rm -r '%s'", recording_folder);
    CHECK(system(command) == 0);
}

/* Path of a file in the folder; one of four buffers. */
static inline const char *recording_path(const char *name)
{
    static char path[4][512];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", recording_folder, name);
    return path[turn];
}

static inline const char *recording_bytes(const char *name, const void *bytes, size_t size)
{
    const char *path = recording_path(name);
    FILE *f = fopen(path, "wb");

    if (!f || (size && fwrite(bytes, 1, size, f) != size) || fclose(f)) {
        perror(path);
        exit(1);
    }
    return path;
}

static inline const char *recording_text(const char *name, const char *text)
{
    return recording_bytes(name, text, strlen(text));
}

static inline struct plethio_biosignal *recording_open(const char *path, double rate_hz)
{
    struct plethio_biosignal *b;
    struct plethio_error e = {{0}};

    if (plethio_biosignal_open(&b, path, rate_hz, &e))
        printf("%s\n", e.text);
    CHECK(b != NULL);
    return b;
}

/* The next instant must be this one; NAN stands for a missing value. */
static inline void recording_row(struct plethio_biosignal *b, double time_s, int channels,
                                 const double *truth)
{
    struct plethio_error e = {{0}};
    int64_t time_ns = 0;
    float value[PLETHIO_CHANNELS];
    int got;

    if (!b)
        return;
    got = plethio_biosignal_next(b, &time_ns, value, &e);
    if (got != 1)
        printf("%s\n", e.text);
    CHECK(got == 1);
    CHECK_NEAR((double)time_ns * 1e-9, time_s, 1e-9);
    for (int i = 0; got == 1 && i < channels; i++) {
        if (isnan(truth[i]))
            CHECK(isnan(value[i]));
        else
            CHECK_NEAR((double)value[i], truth[i], 1e-5 * (1 + fabs(truth[i])));
    }
}
#define RECORDING_ROW(b, time_s, ...)                                                              \
    recording_row(b, time_s, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)),              \
                  (double[]){__VA_ARGS__})

/* Nothing is left, and the recording is closed. */
static inline void recording_done(struct plethio_biosignal *b)
{
    struct plethio_error e;
    int64_t time_ns;
    float value[PLETHIO_CHANNELS];

    if (b)
        CHECK(plethio_biosignal_next(b, &time_ns, value, &e) == 0);
    plethio_biosignal_close(&b);
    CHECK(b == NULL);
}

/* Opening, or reading on to the end, fails with one line that names the file and has `word`. */
static inline void recording_refused(const char *path, double rate_hz, const char *word)
{
    struct plethio_biosignal *b;
    struct plethio_error e = {{0}};
    int64_t time_ns;
    float value[PLETHIO_CHANNELS];
    int status = plethio_biosignal_open(&b, path, rate_hz, &e);

    while (status >= 0 && (status = plethio_biosignal_next(b, &time_ns, value, &e)) == 1)
        ;
    plethio_biosignal_close(&b);
    CHECK(status == -1);
    CHECK(!strchr(e.text, '\n') && strncmp(e.text, path, strlen(path)) == 0);
    if (!strstr(e.text, word))
        printf("\"%s\" does not say \"%s\"\n", e.text, word);
    CHECK(strstr(e.text, word) != NULL);
}

#endif
