/* What all verbs share: failing in one line, progress, files that are whole or not there, JSON. */
#define _POSIX_C_SOURCE 200809L

#include "tool.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "pleth/pleth.h"

int tool_fail(const char *verb, const struct plethio_error *e)
{
    fflush(stdout);
    fprintf(stderr, "pleth %s: %s\n", verb, e->text);
    return TOOL_FAILED;
}

/* ---- Signals ---------------------------------------------------------------------------- */

_Atomic int tool_stop;

static void on_signal(int number)
{
    (void)number;
    tool_stop = 1;
}

void tool_catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* ---- Instruction sets ------------------------------------------------------------------- */

int tool_cpu_mask(uint32_t *mask, struct plethio_error *e)
{
    static const struct {
        const char *name;
        uint32_t mask;
    } sets[] = {{"c", 0},
                {"avx2", PLETH_CPU_AVX2},
                {"avx512", PLETH_CPU_AVX2 | PLETH_CPU_AVX512},
                {"vnni", PLETH_CPU_AVX2 | PLETH_CPU_AVX512 | PLETH_CPU_AVX512_VNNI},
                {"neon", PLETH_CPU_NEON},
                {"dotprod", PLETH_CPU_NEON | PLETH_CPU_DOTPROD}};
    const char *wanted = getenv("PLETH_CPU");

    *mask = PLETH_CPU_ALL;
    if (!wanted || !*wanted)
        return 0;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strcmp(wanted, sets[i].name) == 0) {
            *mask = sets[i].mask;
            return 0;
        }
    return plethio_fail(e,
                        "PLETH_CPU=%s is no instruction set; it may be c, avx2, avx512, vnni, neon "
                        "or dotprod",
                        wanted);
}

/* ---- Progress --------------------------------------------------------------------------- */

/* The one line of progress that a terminal has room for. */
static struct {
    int running, shown;
    double started_s, drawn_s;
} bar;

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void left(char text[32], double seconds)
{
    long s = lround(fmin(seconds, 1e8));

    if (s >= 3600)
        snprintf(text, 32, "%ld:%02ld h left", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(text, 32, "%ld:%02ld min left", s / 60, s % 60);
    else
        snprintf(text, 32, "%ld s left", s);
}

void tool_progress(const char *what, double done)
{
    enum { CELLS = 20 };
    static const char full[] = "####################", empty[] = "--------------------";
    double now = now_s();
    char time[32];

    if (!bar.running) {
        bar.running = 1;
        bar.shown = 0;
        bar.started_s = now;
        bar.drawn_s = 0;
    }
    if (now - bar.started_s < 2 || now - bar.drawn_s < 0.1 || !isatty(STDERR_FILENO))
        return;
    bar.drawn_s = now;
    bar.shown = 1;
    if (done > 0 && done <= 1) {
        int cells = (int)lround(done * CELLS);

        left(time, (now - bar.started_s) * (1 - done) / done);
        fprintf(stderr, "\r\033[K[%.*s%.*s] %3.0f %%  %s  %.60s", cells, full, CELLS - cells, empty,
                100 * done, time, what);
    } else {
        fprintf(stderr, "\r\033[K%.78s", what);
    }
    fflush(stderr);
}

void tool_progress_clear(void)
{
    if (bar.shown) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
    bar.shown = 0;
}

int tool_tell(void *cookie, const char *what, double done)
{
    (void)cookie;
    tool_progress(what, done);
    return tool_stop;
}

void tool_progress_end(void)
{
    tool_progress_clear();
    bar.running = 0;
}

/* ---- Files ------------------------------------------------------------------------------ */

int tool_out_open(struct tool_out *out, const char *path, struct plethio_error *e)
{
    int status = 0;

    memset(out, 0, sizeof *out);
    if (strcmp(path, "-") == 0) {
        out->file = stdout;
    } else {
        status = plethio_out_open(&out->whole, path, e);
        out->file = out->whole.file;
    }
    return status;
}

int tool_out_close(struct tool_out *out, int keep, struct plethio_error *e)
{
    FILE *f = out->file;
    int failed;

    out->file = NULL;
    if (f != stdout)
        return plethio_out_close(&out->whole, keep, e);
    errno = 0;
    failed = fflush(f) != 0 || ferror(f);
    return failed && keep ? plethio_fail(e, "cannot write to standard output: %s",
                                         strerror(errno ? errno : EIO))
                          : 0;
}

/* ---- Ranks ------------------------------------------------------------------------------ */

static int variable(const char *name, int low, int *value)
{
    const char *text = getenv(name);
    double number;

    if (!text || parse_whole(text, low, 1e6, &number))
        return -1;
    *value = (int)number;
    return 0;
}

int tool_rank(int *rank, int *count)
{
    /* srun's are also there under an mpirun within its allocation, so they come last */
    static const char *const names[][2] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                           {"PMI_RANK", "PMI_SIZE"},
                                           {"SLURM_PROCID", "SLURM_NTASKS"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!variable(names[i][0], 0, rank) && !variable(names[i][1], 1, count) && *rank < *count)
            return 0;
    *rank = 0;
    *count = 1;
    return -1;
}

/* ---- Characters ------------------------------------------------------------------------- */

int tool_unicode(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (int i = 0; i < 3; i++) {
        const char *value = getenv(variables[i]);

        if (value && *value)
            return strstr(value, "UTF-8") || strstr(value, "utf8");
    }
    return 0;
}

const char *tool_plus_minus(void)
{
    return tool_unicode() ? "\xc2\xb1" : "+-";
}

/* ---- JSON ------------------------------------------------------------------------------- */

void tool_json_number(FILE *f, double value, int digits)
{
    if (!isfinite(value))
        fprintf(f, "null");
    else
        /* no "-0" */
        fprintf(f, "%.*g", digits, value == 0 ? 0.0 : value);
}

void tool_json_key(FILE *f, const char *name, double value, int digits)
{
    fprintf(f, ",\"%s\":", name);
    tool_json_number(f, value, digits);
}

void tool_json_interval(FILE *f, const char *name, const double interval[2], int digits)
{
    fprintf(f, ",\"%s\":[", name);
    tool_json_number(f, interval[0], digits);
    putc(',', f);
    tool_json_number(f, interval[1], digits);
    putc(']', f);
}

void tool_json_string(FILE *f, const char *text)
{
    putc('"', f);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(f, "\\u%04x", c);
        else
            putc(c, f);
    }
    putc('"', f);
}
