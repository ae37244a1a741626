/* Checks every version of every kernel against scalar C, and times them.
 *
 *     check [--seed N] [--rounds N] [--only NAME] [--bench]
 *
 * Levels are stacked: scalar C first, which is held against a definition written once more in the
 * family's file, then each instruction set that this machine has on top of those before; a version
 * that a level does not replace is not checked twice. Every version of a kernel sees the same
 * random cases; the seed is printed and repeats them. Buffers lie against unreadable pages, so that
 * a byte read or written too far is a signal, and signals are failures with a name. */
#define _DEFAULT_SOURCE

#include "check.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* ---- random cases ---------------------------------------------------------------------------- */

static uint64_t rng;

/* splitmix64 (Steele, Lea, Flood 2014) */
uint64_t check_random(void)
{
    uint64_t z = rng += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int check_below(int n)
{
    return (int)(check_random() % (uint64_t)n);
}

int check_size(int from, int to)
{
    int n;

    switch (check_below(4)) {
    case 0:
        n = from + check_below(3);
        break;
    case 1:
        n = (1 << check_below(12)) + check_below(3) - 1;
        break;
    default:
        return from + check_below(to - from + 1);
    }
    return n < from ? from : n > to ? to : n;
}

void check_floats(float *x, size_t n)
{
    const int kind = check_below(4);

    for (size_t i = 0; i < n; i++) {
        const uint64_t r = check_random();
        x[i] = (float)(r >> 40) / 8388608.0f - 1;
        if (kind == 0 && r % 8 == 0)
            x[i] = 0;
        else if (kind == 1)
            x[i] = ldexpf(x[i], (int)(r % 32) - 20);
    }
}

void check_bytes(void *p, size_t n)
{
    const int pattern = check_below(6);
    uint8_t *b = p;

    if (pattern < 2) {
        memset(p, pattern ? 0xff : 0, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)check_random();
}

/* ---- memory between unreadable pages --------------------------------------------------------- */

void check_memory_make(struct check_memory *m, size_t slots, size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t readable = (size + page - 1) / page * page;
    uint8_t *all;

    if (m->slot)
        return;
    m->slots = slots;
    m->size = readable;
    m->step = readable + page;
    all = mmap(NULL, page + slots * m->step, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) {
        perror("check: mmap");
        exit(1);
    }
    m->slot = all + page;
    for (size_t s = 0; s < slots; s++) {
        if (mprotect(m->slot + s * m->step, readable, PROT_READ | PROT_WRITE)) {
            perror("check: mprotect");
            exit(1);
        }
    }
}

void *check_place(const struct check_memory *m, size_t size, int at_end)
{
    if (size > m->size) {
        printf("check: a case of %zu bytes, for which there are %zu\n", size, m->size);
        exit(1);
    }
    return at_end ? m->slot + m->size - size : m->slot;
}

static const uint8_t around = 0xa5;

void check_output_make(struct check_output *o, const struct check_memory *m, size_t size)
{
    const int at_end = check_below(2);
    const size_t room = m->size - size;

    o->size = size;
    o->at = check_place(m, size, at_end);
    o->guarded = room < 256 ? room : 256;
    o->guard = at_end ? o->at - o->guarded : o->at + size;
    memset(o->guard, around, o->guarded);
    for (size_t i = 0; i < size; i++)
        o->at[i] = (uint8_t)check_random();
}

int check_output_whole(const struct check_output *o)
{
    for (size_t i = 0; i < o->guarded; i++)
        if (o->guard[i] != around) {
            printf("    what lies %s the output is overwritten\n",
                   o->guard < o->at ? "before" : "after");
            return 0;
        }
    return 1;
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

int check_call(void (*f)(void *argument), void *argument)
{
    const int number = sigsetjmp(back, 1);

    if (number == 0) {
        armed = 1;
        f(argument);
    }
    armed = 0;
    if (number)
        printf("    %s\n", signal_name(number));
    return number == 0;
}

/* ---- times ----------------------------------------------------------------------------------- */

double check_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

double check_time(const struct check_bench *b, const struct pleth_kernels *k)
{
    double least = 0, start, t;
    int calls = 1;

    /* as many calls as the clock needs to be exact */
    for (;; calls *= 2) {
        t = check_now_ns();
        for (int i = 0; i < calls; i++)
            b->call(k);
        t = check_now_ns() - t;
        if (t > 20e3)
            break;
    }
    start = check_now_ns();
    for (int n = 0; n < 5 || check_now_ns() - start < 0.1e9; n++) {
        t = check_now_ns();
        for (int i = 0; i < calls; i++)
            b->call(k);
        t = (check_now_ns() - t) / calls;
        if (n == 0 || t < least)
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
    {"vnni", PLETH_CPU_AVX512_VNNI},
    {"neon", PLETH_CPU_NEON},
    {"dotprod", PLETH_CPU_DOTPROD},
};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

struct level {
    const char *name;
    uint32_t mask;
    struct pleth_kernels k;
};

static const struct check *const families[] = {check_band,     check_gemm, check_winograd,
                                               check_activate, check_rows, check_int8};

typedef void any_function(void);

static any_function *version_of(const struct pleth_kernels *k, const struct check *c)
{
    any_function *f;

    memcpy(&f, (const char *)k + c->member, sizeof f);
    return f;
}

/* Is it the first level with this version of a kernel? */
static int is_new(const struct level *level, int l, const struct check *c)
{
    for (int i = 0; i < l; i++)
        if (version_of(&level[i].k, c) == version_of(&level[l].k, c))
            return 0;
    return 1;
}

static void bench_kernel(const struct check *c, const struct level *level, int count)
{
    static const char *const units[] = {NULL, "GFLOP/s", "GOP/s", "G values/s"};
    static double peak[LEVELS][sizeof units / sizeof *units];
    struct check_bench b = {0};

    printf("%s: ns (times as fast as C as it was compiled here; share of the core's peak)\n",
           c->name);
    for (int i = 0; c->bench(i, &b); i++) {
        double first = 0;
        printf("  %-32s", b.name);
        for (int l = 0; l < count; l++) {
            double ns;
            if (!is_new(level, l, c))
                continue;
            ns = check_time(&b, &level[l].k);
            printf("  %s %.*f", level[l].name, ns < 1000 ? 1 : 0, ns);
            if (l == 0)
                first = ns;
            else
                printf(" (%.1fx)", first / ns);
            if (b.unit && l > 0) {
                const char *unit = units[b.unit];
                printf(" %.1f %s", b.work / ns, unit);
                if (peak[l][b.unit] <= 0)
                    peak[l][b.unit] = check_peak(b.unit, level[l].mask);
                if (peak[l][b.unit] > 0)
                    printf(" %.0f %%", 100e9 * b.work / ns / peak[l][b.unit]);
            }
        }
        printf("\n");
        fflush(stdout);
    }
}

static int usage(void)
{
    fprintf(stderr, "usage: check [--seed N] [--rounds N] [--only NAME] [--bench]\n");
    return 2;
}

/* All versions of a kernel; adds to passed and failed. */
static void check_kernel(const struct check *c, const struct level *level, int count, uint64_t seed,
                         int rounds, int *passed, int *failed)
{
    struct pleth_kernels k;
    int last = 0;

    for (int l = 0; l < count; l++) {
        int ok;
        if (!is_new(level, l, c))
            continue;
        rng = seed;
        ok = c->run(&level[l].k, l > 0 ? &level[0].k : NULL, rounds);
        printf("%-8s %s %s\n", level[l].name, c->name, ok ? "ok" : "FAILED");
        fflush(stdout);
        *(ok ? passed : failed) += 1;
        last = l;
    }

    /* flags that the machine lacks choose nothing; all of them choose the highest level */
    pleth_kernels_init(&k, ~pleth_cpu_flags());
    if (version_of(&k, c) != version_of(&level[0].k, c)) {
        printf("%s: chosen for an instruction set that is not here\n", c->name);
        *failed += 1;
    }
    pleth_kernels_init(&k, PLETH_CPU_ALL);
    if (version_of(&k, c) != version_of(&level[last].k, c)) {
        printf("%s: all instruction sets together do not choose the highest level\n", c->name);
        *failed += 1;
    }
}

int main(int argc, char **argv)
{
    uint64_t seed = (uint64_t)time(NULL);
    int rounds = 3000, with_bench = 0, count = 0, passed = 0, failed = 0;
    const uint32_t flags = pleth_cpu_flags();
    const char *only = NULL;
    struct level level[LEVELS];
    uint32_t mask = 0;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--bench"))
            with_bench = 1;
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--rounds") && i + 1 < argc)
            rounds = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--only") && i + 1 < argc)
            only = argv[++i];
        else
            return usage();
    }
    catch_signals();
    printf("seed %llu\n", (unsigned long long)seed);

    for (int l = 0; l < LEVELS; l++) {
        if (levels[l].flag && !(flags & levels[l].flag)) {
            printf("%-8s not on this machine\n", levels[l].name);
            continue;
        }
        level[count].name = levels[l].name;
        level[count].mask = mask |= levels[l].flag;
        pleth_kernels_init(&level[count].k, mask);
        if (count && !memcmp(&level[count].k, &level[count - 1].k, sizeof level[count].k)) {
            printf("%-8s chooses no kernel: the mask is not obeyed, or the flag is idle\n",
                   levels[l].name);
            failed++;
        }
        count++;
    }
    for (size_t f = 0; f < sizeof families / sizeof *families; f++)
        for (const struct check *c = families[f]; c->name; c++)
            if (!only || !strcmp(only, c->name))
                check_kernel(c, level, count, seed, rounds, &passed, &failed);

    printf("%d versions passed, %d failures\n", passed, failed);
    if (failed)
        printf("repeat with --seed %llu\n", (unsigned long long)seed);
    for (size_t f = 0; !failed && with_bench && f < sizeof families / sizeof *families; f++)
        for (const struct check *c = families[f]; c->name; c++)
            if (!only || !strcmp(only, c->name))
                bench_kernel(c, level, count);
    return failed != 0;
}
