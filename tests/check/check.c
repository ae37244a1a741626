/* Checks every version of every kernel against scalar C, and times them.
 *
 *     check [--seed N] [--rounds N] [--bench]
 *
 * Levels are stacked: scalar C first, which is held against a definition written once more here,
 * then each instruction set that this machine has on top of those before; a version that a level
 * does not replace is not checked twice. Every version of a kernel sees the same random cases; the
 * seed is printed and repeats them. Buffers lie against unreadable pages, so that a byte read or
 * written too far is a signal, and signals are failures with a name. */
#define _DEFAULT_SOURCE

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kern/kern.h"
#include "pleth/pleth.h"

/* ---- random cases ---------------------------------------------------------------------------- */

static uint64_t rng;

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next_random(void)
{
    uint64_t z = rng += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0..n-1 */
static int below(int n)
{
    return (int)(next_random() % (uint64_t)n);
}

/* ---- memory between unreadable pages --------------------------------------------------------- */

static size_t page;

/* slots of readable bytes with an unreadable page before, between and after them */
struct guarded {
    uint8_t *slot;
    size_t slots, size, step;
};

static void guarded_make(struct guarded *g, size_t slots, size_t size)
{
    size_t readable = (size + page - 1) / page * page;
    uint8_t *all;

    g->slots = slots;
    g->size = readable;
    g->step = readable + page;
    all = mmap(NULL, page + slots * g->step, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) {
        perror("check: mmap");
        exit(1);
    }
    g->slot = all + page;
    for (size_t s = 0; s < slots; s++) {
        if (mprotect(g->slot + s * g->step, readable, PROT_READ | PROT_WRITE)) {
            perror("check: mprotect");
            exit(1);
        }
    }
}

/* `size` bytes that begin right after an unreadable page, or end right before one. */
static uint8_t *guarded_place(const struct guarded *g, size_t size, int at_end)
{
    return at_end ? g->slot + g->size - size : g->slot;
}

/* ---- signals --------------------------------------------------------------------------------- */

static sigjmp_buf back;
static volatile sig_atomic_t armed;

static void on_signal(int number)
{
    if (!armed) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    siglongjmp(back, number);
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    struct sigaction action = {0};

    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
}

static const char *signal_name(int number)
{
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV (memory that is not its own)";
    case SIGBUS:
        return "SIGBUS";
    case SIGILL:
        return "SIGILL (an instruction that this machine lacks)";
    default:
        return "SIGFPE";
    }
}

/* ---- band_sum -------------------------------------------------------------------------------- */

enum { MAX_CELLS = 80, MAX_SUMS = 4 * MAX_CELLS, CANARY = 16, SLOTS = 12, SLOT_SIZE = 40000 };

typedef void band_sum_function(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                               const int32_t *edge, int cells, uint32_t *sum);

struct band_case {
    const uint8_t *row;
    ptrdiff_t stride;
    int rows, channels, cells;
    const int32_t *edge;
};

/* The definition once more, a pixel at a time. */
static void band_sum_model(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                           const int32_t *edge, int cells, uint32_t *sum)
{
    for (int32_t x = edge[0]; x < edge[cells]; x++) {
        int cell = 0;
        while (edge[cell + 1] <= x)
            cell++;
        for (int r = 0; r < rows; r++)
            for (int k = 0; k < channels; k++)
                sum[channels * cell + k] += row[r * stride + (ptrdiff_t)x * channels + k];
    }
}

static void fill(uint8_t *p, size_t n)
{
    int pattern = below(6);

    if (pattern < 2) {
        memset(p, pattern ? 0xff : 0, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)next_random();
}

/* Cells of one width, of mixed widths (none at all among them), a few bytes in all, or a few cells
 * wider than any buffer a kernel may keep. */
static int random_edges(int32_t *edge, int cells, int channels)
{
    int kind = below(9), width = 1 + below(40), x = below(3) ? 0 : below(50);

    if (kind < 2)
        cells = 1 + below(4);
    edge[0] = x;
    for (int c = 0; c < cells; c++) {
        if (kind == 0)
            width = below(SLOT_SIZE / 4 / 4 / channels * 3);
        else if (kind == 1)
            width = below(10);
        else if (kind < 6)
            width = below(kind < 4 ? 20 : 70);
        edge[c + 1] = x += width;
    }
    return cells;
}

static void band_case_make(struct band_case *t, struct guarded *rows, struct guarded *frames,
                           struct guarded *edges)
{
    int32_t edge[MAX_CELLS + 1];
    int at_end = below(2);
    size_t row_bytes, all;
    ptrdiff_t stride;
    uint8_t *p;
    int32_t *e;

    t->channels = 1 + below(4);
    t->cells = random_edges(edge, 1 + below(MAX_CELLS), t->channels);
    e = (int32_t *)(void *)guarded_place(edges, sizeof(*e) * (size_t)(t->cells + 1), below(2));
    memcpy(e, edge, sizeof(*e) * (size_t)(t->cells + 1));
    t->edge = e;

    row_bytes = (size_t)(edge[t->cells] - edge[0]) * (size_t)t->channels;
    if (below(2)) {
        /* each row between unreadable pages of its own */
        t->rows = below(SLOTS + 1);
        stride = (ptrdiff_t)rows->step;
        p = guarded_place(rows, row_bytes, at_end);
        for (int r = 0; r < t->rows; r++)
            fill(p + r * stride, row_bytes);
    } else {
        /* rows of one buffer, close together, sometimes more than 16-bit totals can take */
        int most = (int)(frames->size / (row_bytes + 64));
        t->rows = 1 + below(below(4) ? 20 : most < 600 ? most : 600);
        stride = (ptrdiff_t)row_bytes + below(64);
        all = row_bytes + (size_t)(t->rows - 1) * (size_t)stride;
        p = guarded_place(frames, all, at_end);
        fill(p, all);
    }
    if (t->rows > 0 && below(2)) {
        p += (t->rows - 1) * stride;
        stride = -stride;
    }
    t->row = p - (ptrdiff_t)edge[0] * t->channels;
    t->stride = stride;
}

/* Calls the version; 0, or the signal that it raised. */
static int band_case_call(const struct band_case *t, band_sum_function *version, uint32_t *sum)
{
    int number = sigsetjmp(back, 1);

    if (number == 0) {
        armed = 1;
        version(t->row, t->stride, t->rows, t->channels, t->edge, t->cells, sum);
    }
    armed = 0;
    return number;
}

/* Returns 1 if the version gives what the reference gives, and nothing else. */
static int band_case_run(const struct band_case *t, band_sum_function *version,
                         band_sum_function *reference, const struct guarded *sums)
{
    size_t n = (size_t)(t->channels * t->cells);
    uint32_t truth[MAX_SUMS], before[MAX_SUMS], *sum;
    uint32_t canary[CANARY], *guard;
    int at_end = below(2), number;

    sum = (uint32_t *)(void *)guarded_place(sums, n * sizeof(*sum), at_end);
    guard = at_end ? sum - CANARY : sum + n;
    for (size_t i = 0; i < CANARY; i++)
        guard[i] = canary[i] = (uint32_t)next_random();
    for (size_t i = 0; i < n; i++)
        sum[i] = before[i] = truth[i] = (uint32_t)next_random();
    reference(t->row, t->stride, t->rows, t->channels, t->edge, t->cells, truth);

    number = band_case_call(t, version, sum);
    if (number) {
        printf("    %s\n", signal_name(number));
        return 0;
    }
    if (memcmp(guard, canary, sizeof(canary))) {
        printf("    sums %s the cells are overwritten\n", at_end ? "before" : "after");
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (sum[i] != truth[i]) {
            printf("    cell %d, channel %d: %u instead of %u\n", (int)i / t->channels,
                   (int)i % t->channels, (unsigned)(sum[i] - before[i]),
                   (unsigned)(truth[i] - before[i]));
            return 0;
        }
    }
    return 1;
}

static int band_sum_check(band_sum_function *version, band_sum_function *reference, int rounds)
{
    static struct guarded rows, frames, edges, sums;
    struct band_case t;

    if (!rows.slot) {
        guarded_make(&rows, SLOTS, SLOT_SIZE);
        guarded_make(&frames, 1, 1 << 20);
        guarded_make(&edges, 1, sizeof(int32_t) * (MAX_CELLS + 1));
        guarded_make(&sums, 1, sizeof(uint32_t) * (MAX_SUMS + CANARY));
    }
    for (int i = 0; i < rounds; i++) {
        band_case_make(&t, &rows, &frames, &edges);
        if (!band_case_run(&t, version, reference, &sums)) {
            printf("    round %d: %d rows, stride %td, %d channels, %d cells, pixels %d..%d\n", i,
                   t.rows, t.stride, t.channels, t.cells, (int)t.edge[0], (int)t.edge[t.cells]);
            return 0;
        }
    }
    return 1;
}

/* ---- times ----------------------------------------------------------------------------------- */

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* Whole frames in 64 x 48 cells or so, as the camera stage asks for them: planes with channels, and
 * the part of the width and height that they have. */
struct frame_kind {
    const char *name;
    int width, height, planes;
    struct {
        int channels, across, down;
    } plane[3];
};

static const struct frame_kind frame_kinds[] = {
    {"I420 640x480", 640, 480, 3, {{1, 1, 1}, {1, 2, 2}, {1, 2, 2}}},
    {"NV12 640x480", 640, 480, 2, {{1, 1, 1}, {2, 2, 2}}},
    {"YUYV 640x480", 640, 480, 1, {{4, 2, 1}}},
    {"RGB24 640x480", 640, 480, 1, {{3, 1, 1}}},
    {"RGBA 640x480", 640, 480, 1, {{4, 1, 1}}},
    {"I420 1920x1080", 1920, 1080, 3, {{1, 1, 1}, {1, 2, 2}, {1, 2, 2}}},
};

static void band_sum_frame(band_sum_function *version, const struct frame_kind *f,
                           const uint8_t *pixels)
{
    enum { CELLS = 64 };

    for (int p = 0; p < f->planes; p++) {
        int channels = f->plane[p].channels;
        int width = f->width / f->plane[p].across, height = f->height / f->plane[p].down;
        int band = f->height * CELLS / f->width, y0 = 0;
        int32_t edge[CELLS + 1];
        for (int c = 0; c <= CELLS; c++)
            edge[c] = c * width / CELLS;
        for (int b = 0; b < band; b++) {
            int y1 = (b + 1) * height / band;
            uint32_t sum[4 * CELLS] = {0};
            version(pixels + (ptrdiff_t)y0 * width * channels, (ptrdiff_t)width * channels, y1 - y0,
                    channels, edge, CELLS, sum);
            y0 = y1;
        }
        pixels += (ptrdiff_t)width * height * channels;
    }
}

/* ns a frame, the least of many */
static double band_sum_time(band_sum_function *version, const struct frame_kind *f,
                            const uint8_t *pixels)
{
    double least = 0, start = now_ns();

    for (int i = 0; i < 20 || now_ns() - start < 0.2e9; i++) {
        double t = now_ns();
        band_sum_frame(version, f, pixels);
        t = now_ns() - t;
        if (i == 0 || t < least)
            least = t;
    }
    return least;
}

/* ---- levels ---------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t flag;
} levels[] = {
    {"c", 0},
    {"avx2", PLETH_CPU_AVX2},
    {"avx512", PLETH_CPU_AVX512},
    {"neon", PLETH_CPU_NEON},
};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

struct version {
    const char *level;
    band_sum_function *function;
};

static void bench(const struct version *version, int versions)
{
    size_t size = 1920 * 1080 * 3;
    uint8_t *pixels = malloc(size);

    if (!pixels) {
        fprintf(stderr, "check: no memory for frames to time\n");
        exit(1);
    }
    for (size_t i = 0; i < size; i++)
        pixels[i] = (uint8_t)next_random();
    printf("band_sum, ns a frame (times as fast as C as it was compiled here)\n");
    for (size_t f = 0; f < sizeof(frame_kinds) / sizeof(frame_kinds[0]); f++) {
        double c = 0;
        printf("  %-16s", frame_kinds[f].name);
        for (int v = 0; v < versions; v++) {
            double ns = band_sum_time(version[v].function, &frame_kinds[f], pixels);
            if (v == 0)
                c = ns;
            printf("  %s %.0f", version[v].level, ns);
            if (v > 0)
                printf(" (%.1fx)", c / ns);
        }
        printf("\n");
    }
    free(pixels);
}

static int usage(void)
{
    fprintf(stderr, "usage: check [--seed N] [--rounds N] [--bench]\n");
    return 2;
}

int main(int argc, char **argv)
{
    uint64_t seed = (uint64_t)time(NULL);
    int rounds = 3000, with_bench = 0, versions = 0, passed = 0, failed = 0;
    uint32_t flags = pleth_cpu_flags(), mask = 0;
    struct version version[LEVELS];
    struct pleth_kernels k;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--bench"))
            with_bench = 1;
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--rounds") && i + 1 < argc)
            rounds = atoi(argv[++i]);
        else
            return usage();
    }
    page = (size_t)sysconf(_SC_PAGESIZE);
    catch_signals();
    printf("seed %llu\n", (unsigned long long)seed);

    for (int l = 0; l < LEVELS; l++) {
        int seen = 0, ok;
        if (levels[l].flag && !(flags & levels[l].flag)) {
            printf("%-8s not on this machine\n", levels[l].name);
            continue;
        }
        mask |= levels[l].flag;
        pleth_kernels_init(&k, mask);
        for (int v = 0; v < versions; v++)
            seen |= version[v].function == k.band_sum;
        if (seen) {
            printf("%-8s chooses no kernel: the mask is not obeyed, or the flag is idle\n",
                   levels[l].name);
            failed++;
            continue;
        }
        rng = seed;
        ok = band_sum_check(k.band_sum, versions ? version[0].function : band_sum_model, rounds);
        printf("%-8s band_sum %s\n", levels[l].name, ok ? "ok" : "FAILED");
        *(ok ? &passed : &failed) += 1;
        version[versions].level = levels[l].name;
        version[versions++].function = k.band_sum;
    }

    /* flags that the machine lacks choose nothing; all of them choose the highest level */
    pleth_kernels_init(&k, ~flags);
    if (k.band_sum != version[0].function) {
        printf("a kernel was chosen for an instruction set that is not here\n");
        failed++;
    }
    pleth_kernels_init(&k, PLETH_CPU_ALL);
    if (k.band_sum != version[versions - 1].function) {
        printf("all instruction sets together do not choose the highest level\n");
        failed++;
    }

    printf("%d versions passed, %d failures\n", passed, failed);
    if (failed)
        printf("repeat with --seed %llu\n", (unsigned long long)seed);
    else if (with_bench)
        bench(version, versions);
    return failed != 0;
}
