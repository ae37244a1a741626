/* The kernels of training: each instruction set's versions against scalar C, and that against
 * double, on random and extreme values in buffers that end at an unreadable page. With --bench,
 * times. */
#define _DEFAULT_SOURCE

#include "kern.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "pleth/pleth.h"
#include "random.h"
#include "test.h"

static uint64_t seed = 1, drawn;

static int below(int n)
{
    return (int)(plethtrain_random(seed, drawn++) % (unsigned)n);
}

/* Floats that end where the readable memory does. A byte too far ends the test with a signal. */
static float *guarded(int slot, size_t n)
{
    static char *slots[8];
    enum { BYTES = 1 << 20 };
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);

    if (!slots[slot]) {
        slots[slot] =
            mmap(NULL, BYTES + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (slots[slot] == MAP_FAILED || mprotect(slots[slot] + BYTES, page, PROT_NONE)) {
            perror("kernels: mmap");
            exit(1);
        }
    }
    return (float *)(void *)(slots[slot] + BYTES - sizeof(float) * n);
}

/* Values of very different sizes, zeros of both signs. */
static float *random_floats(int slot, size_t n)
{
    float *x = guarded(slot, n);
    const int kind = below(4);

    for (size_t i = 0; i < n; i++) {
        x[i] = (float)(2 * plethtrain_uniform(seed, drawn++) - 1);
        if (kind == 0 && below(4) == 0)
            x[i] = below(2) ? 0 : -0.0f;
        if (kind == 1)
            x[i] = ldexpf(x[i], below(40) - 30);
    }
    return x;
}

static int near(const float *got, const double *want, const double *size, size_t n,
                const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - want[i]) <= 1e-6 * size[i] + 1e-37)) {
            printf("%s: value %zu is %.9g, not %.9g\n", what, i, (double)got[i], want[i]);
            return 0;
        }
    return 1;
}

enum { MOST = 1 << 14 };
static double want[MOST], size[MOST], want2[MOST], size2[MOST];

static void start(const float *from, double *w, double *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        w[i] = (double)from[i];
        s[i] = fabs(w[i]);
    }
}

static int check_outer(const struct plethtrain_kernels *k)
{
    struct plethtrain_outer o;
    const int gap = below(3), w_gap = below(3);
    float *w;
    int ok;

    o.rows = below(40);
    o.length = 1 + below(90);
    o.outs = 1 + below(below(2) ? 70 : 20);
    o.x_step = o.length + gap - (o.length > 5 && below(2) ? 4 : 0); /* rows overlap, too */
    o.dy_step = o.outs + gap;
    o.w_step = o.outs + w_gap;
    o.x = random_floats(0, (size_t)(o.rows ? (o.rows - 1) * o.x_step + o.length : 0));
    o.dy = random_floats(1, (size_t)(o.rows ? (o.rows - 1) * o.dy_step + o.outs : 0));
    w = o.w = random_floats(2, (size_t)((o.length - 1) * o.w_step + o.outs));
    start(w, want, size, (size_t)((o.length - 1) * o.w_step + o.outs));
    for (int a = 0; a < o.length; a++)
        for (int b = 0; b < o.outs; b++)
            for (int r = 0; r < o.rows; r++) {
                const double d = (double)o.x[r * o.x_step + a] * (double)o.dy[r * o.dy_step + b];
                want[a * o.w_step + b] += d;
                size[a * o.w_step + b] += fabs(d);
            }
    k->outer(&o);
    ok = near(w, want, size, (size_t)((o.length - 1) * o.w_step + o.outs), "outer");
    if (!ok)
        printf("  %d rows of %d to %d\n", o.rows, o.length, o.outs);
    return ok;
}

struct rows {
    int rows, c;
    size_t n;
};

static struct rows random_rows(void)
{
    struct rows r;

    r.rows = below(24);
    r.c = 1 + below(below(2) ? 20 : 140);
    r.n = (size_t)(r.rows * r.c);
    return r;
}

static int check_sums(const struct plethtrain_kernels *k)
{
    const struct rows r = random_rows();
    const float *x = random_floats(0, r.n), *about = random_floats(1, (size_t)r.c);
    float *sum = random_floats(2, (size_t)r.c), *square = random_floats(3, (size_t)r.c);
    int ok;

    start(sum, want, size, (size_t)r.c);
    for (size_t i = 0; i < r.n; i++) {
        want[i % (size_t)r.c] += (double)x[i];
        size[i % (size_t)r.c] += fabs((double)x[i]);
    }
    k->sums(x, r.rows, r.c, sum);
    ok = near(sum, want, size, (size_t)r.c, "sums");
    start(sum, want, size, (size_t)r.c);
    start(square, want2, size2, (size_t)r.c);
    for (size_t i = 0; i < r.n; i++) {
        const size_t c = i % (size_t)r.c;
        const double d = (double)x[i] - (double)about[c],
                     s = fabs((double)x[i]) + fabs((double)about[c]);
        want[c] += d;
        size[c] += s;
        want2[c] += d * d;
        size2[c] += s * s;
    }
    k->moments(x, about, r.rows, r.c, sum, square);
    return ok && near(sum, want, size, (size_t)r.c, "moments, sum") &&
           near(square, want2, size2, (size_t)r.c, "moments, square");
}

/* The transforms of F(4, 5) as matrices: of eight inputs, and from eight elements to four outputs.
 */
static const double input_matrix[8][8] = {
    {-1, 0, 5.25, 0, -5.25, 0, 1, 0},      {0, 1, 1, -4.25, -4.25, 1, 1, 0},
    {0, -1, 1, 4.25, -4.25, -1, 1, 0},     {0, 0.5, 0.25, -2.5, -1.25, 2, 1, 0},
    {0, -0.5, 0.25, 2.5, -1.25, -2, 1, 0}, {0, 2, 4, -2.5, -5, 0.5, 1, 0},
    {0, -2, 4, 2.5, -5, -0.5, 1, 0},       {0, -1, 0, 5.25, 0, -5.25, 0, 1}};
static const double output_matrix[4][8] = {{1, 1, 1, 1, 1, 1, 1, 0},
                                           {0, 1, -1, 2, -2, 0.5, -0.5, 0},
                                           {0, 1, 1, 4, 4, 0.25, 0.25, 0},
                                           {0, 1, -1, 8, -8, 0.125, -0.125, 1}};

static int check_tiles(const struct plethtrain_kernels *k)
{
    const int c = 1 + below(below(2) ? 20 : 60), n = 1 + below(20), tiles = (n + 3) / 4;
    const ptrdiff_t plane = (ptrdiff_t)tiles * c + below(3);
    const int with_bias = below(2);
    const float *x = random_floats(0, (size_t)((4 * tiles + 4) * c));
    const float *y = random_floats(1, (size_t)(n * c)), *bias = random_floats(2, (size_t)c);
    float *v = random_floats(3, (size_t)(7 * plane + tiles * c)),
          *out = random_floats(4, (size_t)(n * c));
    static float moved[MOST];
    int ok = 1;

    k->tile_input(x, tiles, c, v, plane);
    for (int e = 0; e < 8 && ok; e++) {
        for (int i = 0; i < tiles * c; i++) {
            want[i] = size[i] = 0;
            for (int a = 0; a < 8; a++) {
                const double d = input_matrix[e][a] * (double)x[(4 * (i / c) + a) * c + i % c];
                want[i] += d;
                size[i] += fabs(d);
            }
        }
        ok = near(v + e * plane, want, size, (size_t)(tiles * c), "tile_input");
    }
    k->tile_output(v, plane, n, c, with_bias ? bias : NULL, out);
    for (int i = 0; i < n * c; i++) {
        want[i] = with_bias ? (double)bias[i % c] : 0;
        size[i] = fabs(want[i]);
        for (int e = 0; e < 8; e++) {
            const double d =
                output_matrix[i / c % 4][e] * (double)v[e * plane + i / c / 4 * c + i % c];
            want[i] += d;
            size[i] += fabs(d);
        }
    }
    ok = ok && near(out, want, size, (size_t)(n * c), "tile_output");
    memset(moved, 0, sizeof(float) * (size_t)(4 * tiles * c));
    memcpy(moved, y, sizeof(float) * (size_t)(n * c));
    k->tile_expand(y, n, c, v, plane);
    for (int e = 0; e < 8 && ok; e++) {
        for (int i = 0; i < tiles * c; i++) {
            want[i] = size[i] = 0;
            for (int a = 0; a < 4; a++) {
                const double d = output_matrix[a][e] * (double)moved[(4 * (i / c) + a) * c + i % c];
                want[i] += d;
                size[i] += fabs(d);
            }
        }
        ok = near(v + e * plane, want, size, (size_t)(tiles * c), "tile_expand");
    }
    if (!ok)
        printf("  %d positions of %d channels\n", n, c);
    return ok;
}

static int check_norm_back(const struct plethtrain_kernels *k)
{
    const struct rows r = random_rows();
    const int relu = below(2);
    const float *x = random_floats(0, r.n), *scale = random_floats(1, (size_t)r.c),
                *shift = random_floats(2, (size_t)r.c), *mean = random_floats(3, (size_t)r.c);
    float *dy = random_floats(4, r.n), *sum = random_floats(5, (size_t)r.c),
          *product = random_floats(6, (size_t)r.c);
    static float before[MOST];
    int wrong = 0;

    memcpy(before, dy, sizeof(float) * r.n);
    start(sum, want, size, (size_t)r.c);
    start(product, want2, size2, (size_t)r.c);
    k->norm_back(dy, x, scale, shift, mean, relu, r.rows, r.c, sum, product);
    for (size_t i = 0; i < r.n; i++) {
        const size_t c = i % (size_t)r.c;
        const double y = (double)x[i] * (double)scale[c] + (double)shift[c];
        const double m = (double)dy[i] * ((double)x[i] - (double)mean[c]);
        /* at the kink either answer is right */
        const int unsure =
            fabs(y) <= 1e-6 * (fabs((double)x[i] * (double)scale[c]) + fabs((double)shift[c]));
        const float truth = relu && !(y > 0) ? 0 : before[i];
        wrong += dy[i] != truth && !(unsure && (dy[i] == 0 || dy[i] == before[i]));
        want[c] += (double)dy[i];
        size[c] += fabs((double)dy[i]);
        want2[c] += m;
        size2[c] += fabs((double)dy[i]) * (fabs((double)x[i]) + fabs((double)mean[c]));
    }
    if (wrong)
        printf("norm_back: %d of %zu values are wrong\n", wrong, r.n);
    return !wrong && near(sum, want, size, (size_t)r.c, "norm_back, sum") &&
           near(product, want2, size2, (size_t)r.c, "norm_back, product");
}

static int check_norm_input(const struct plethtrain_kernels *k)
{
    const struct rows r = random_rows();
    const int add = below(2);
    const float *x = random_floats(0, r.n), *dz = random_floats(1, r.n);
    const float *a = random_floats(2, (size_t)r.c), *b = random_floats(3, (size_t)r.c),
                *e = random_floats(4, (size_t)r.c);
    float *dx = random_floats(5, r.n);

    start(dx, want, size, r.n);
    for (size_t i = 0; i < r.n; i++) {
        const size_t c = i % (size_t)r.c;
        const double p = (double)dz[i] * (double)a[c], q = (double)x[i] * (double)b[c];
        want[i] = (add ? want[i] : 0) + p + q + (double)e[c];
        size[i] = (add ? size[i] : 0) + fabs(p) + fabs(q) + fabs((double)e[c]);
    }
    k->norm_input(dz, x, a, b, e, r.rows, r.c, add, dx);
    return near(dx, want, size, r.n, "norm_input");
}

static int check_values(const struct plethtrain_kernels *k)
{
    const int n = below(400);
    const float a = (float)(below(100) - 50) / 7;
    const float *x = random_floats(0, (size_t)n);
    float *y = random_floats(1, (size_t)n);
    uint64_t bits[8];
    int wrong = 0, ok;

    start(y, want, size, (size_t)n);
    for (int i = 0; i < n; i++) {
        want[i] += (double)a * (double)x[i];
        size[i] += fabs((double)a * (double)x[i]);
    }
    k->add_scaled(x, a, n, y);
    ok = near(y, want, size, (size_t)n, "add_scaled");
    for (int i = 0; i < 8; i++)
        bits[i] = plethtrain_random(seed, drawn++);
    if (n > 0)
        y[below(n)] = NAN; /* what is dropped is zero, whatever it was */
    for (int i = 0; i < n; i++)
        want[i] = bits[i / 64] >> i % 64 & 1 ? (double)(y[i] * 1.25f) : 0;
    k->drop(y, bits, n, 1.25f);
    for (int i = 0; i < n; i++)
        wrong += !((double)y[i] == want[i] || (isnan(y[i]) && isnan(want[i])));
    if (wrong)
        printf("drop: %d of %d values are wrong\n", wrong, n);
    return ok && !wrong;
}

static int check_adam(const struct plethtrain_kernels *k)
{
    const struct plethtrain_adam a = {
        0.9f, 0.999f, 0.01f, 1.5f, 1e-8f, below(2) ? 0.99f : 1, below(2) ? 0.1f : 0};
    const int n = below(100);
    const float *g = random_floats(0, (size_t)n);
    float *m = random_floats(1, (size_t)n), *v = random_floats(2, (size_t)n);
    float *w = random_floats(3, (size_t)n);
    static double kept[MOST];

    for (int i = 0; i < n; i++) {
        double d, s;
        v[i] = fabsf(v[i]);
        d = (double)g[i] + (double)a.add * (double)w[i];
        s = fabs((double)g[i]) + (double)a.add * fabs((double)w[i]);
        want[i] = (double)a.beta1 * (double)m[i] + (1 - (double)a.beta1) * d;
        size[i] = fabs((double)m[i]) + s;
        want2[i] = (double)a.beta2 * (double)v[i] + (double)(1 - a.beta2) * d * d;
        size2[i] = (double)v[i] + s * s;
        kept[i] = (double)w[i];
    }
    k->adam(&a, g, m, v, w, n);
    if (!near(m, want, size, (size_t)n, "adam, first") ||
        !near(v, want2, size2, (size_t)n, "adam, second"))
        return 0;
    for (int i = 0; i < n; i++) {
        const double by = sqrt((double)v[i]) * (double)a.correct + (double)a.eps;
        const double step = (double)a.step * (double)m[i] / by;
        want[i] = (double)a.shrink * kept[i] - step;
        size[i] = fabs(kept[i]) + fabs(step);
    }
    return near(w, want, size, (size_t)n, "adam, weights");
}

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

struct bench {
    const char *name, *unit;
    double work;
    void (*call)(const struct plethtrain_kernels *k);
};

static float big[1 << 16], big2[1 << 16], big3[1 << 17];

static void call_outer(const struct plethtrain_kernels *k)
{
    const struct plethtrain_outer o = {big, big2, 32, 32, 200, 160, 32, big3, 32};
    k->outer(&o);
}
static void call_outer_short(const struct plethtrain_kernels *k)
{
    const struct plethtrain_outer o = {big, big2, 640, 128, 56, 640, 128, big3, 128};
    k->outer(&o);
}
static void call_sums(const struct plethtrain_kernels *k)
{
    k->sums(big, 200, 32, big3);
}
static void call_moments(const struct plethtrain_kernels *k)
{
    k->moments(big, big2, 200, 32, big3, big3 + 32);
}
static void call_norm_back(const struct plethtrain_kernels *k)
{
    k->norm_back(big, big2, big3, big3 + 32, big3 + 64, 1, 200, 32, big3 + 96, big3 + 128);
}
static void call_norm_input(const struct plethtrain_kernels *k)
{
    k->norm_input(big, big2, big3, big3 + 32, big3 + 64, 200, 32, 1, big3 + 128);
}
static void call_drop(const struct plethtrain_kernels *k)
{
    static const uint64_t bits[100] = {0x5555555555555555u};
    k->drop(big, bits, 6400, 2);
}
static void call_tile_input(const struct plethtrain_kernels *k)
{
    k->tile_input(big, 50, 32, big3, 1616);
}
static void call_tile_output(const struct plethtrain_kernels *k)
{
    k->tile_output(big3, 1616, 200, 32, NULL, big);
}
static void call_tile_expand(const struct plethtrain_kernels *k)
{
    k->tile_expand(big, 200, 32, big3, 1616);
}
static void call_adam(const struct plethtrain_kernels *k)
{
    static const struct plethtrain_adam a = {0.9f, 0.999f, 1e-3f, 1, 1e-8f, 1, 0};
    k->adam(&a, big, big2, big3, big3 + 6400, 6400);
}
static void call_add_scaled(const struct plethtrain_kernels *k)
{
    k->add_scaled(big, 0.5f, 6400, big2);
}

static void bench(void)
{
    static const struct bench benches[] = {
        {"outer, 200 rows, 5 x 32 to 32", "GFLOP/s", 2.0 * 200 * 160 * 32, call_outer},
        {"outer, 56 rows, 5 x 128 to 128", "GFLOP/s", 2.0 * 56 * 640 * 128, call_outer_short},
        {"sums, 200 x 32", "G values/s", 6400, call_sums},
        {"moments, 200 x 32", "G values/s", 6400, call_moments},
        {"norm_back, 200 x 32", "G values/s", 6400, call_norm_back},
        {"norm_input, 200 x 32", "G values/s", 6400, call_norm_input},
        {"drop, 6400", "G values/s", 6400, call_drop},
        {"tile_input, 200 x 32", "G values/s", 6400, call_tile_input},
        {"tile_output, 200 x 32", "G values/s", 6400, call_tile_output},
        {"tile_expand, 200 x 32", "G values/s", 6400, call_tile_expand},
        {"adam, 6400", "G values/s", 6400, call_adam},
        {"add_scaled, 6400", "G values/s", 6400, call_add_scaled},
    };
    static const struct {
        const char *name;
        uint32_t mask;
    } levels[] = {{"c", 0}, {"avx2", PLETH_CPU_AVX2}, {"avx512", PLETH_CPU_ALL}};

    for (size_t b = 0; b < sizeof benches / sizeof *benches; b++) {
        double scalar = 0;
        printf("  %-32s", benches[b].name);
        for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
            struct plethtrain_kernels k;
            double least = HUGE_VAL;
            plethtrain_kernels_init(&k, levels[l].mask);
            for (int i = 0; i < 200; i++) {
                double t = now_ns();
                for (int j = 0; j < 10; j++)
                    benches[b].call(&k);
                t = (now_ns() - t) / 10;
                least = t < least ? t : least;
                memset(big, 0, sizeof big);
                memset(big2, 0, sizeof big2);
                memset(big3, 0, sizeof big3);
            }
            scalar = l == 0 ? least : scalar;
            printf("  %s %.0f ns (%.1fx) %.1f %s", levels[l].name, least, scalar / least,
                   benches[b].work / least, benches[b].unit);
        }
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    static int (*const checks[])(const struct plethtrain_kernels *k) = {
        check_outer,  check_sums, check_norm_back, check_norm_input,
        check_values, check_adam, check_tiles};
    static const uint32_t masks[] = {0, PLETH_CPU_AVX2, PLETH_CPU_ALL};

    if (argc > 1 && strcmp(argv[1], "--bench") == 0) {
        bench();
        return 0;
    }
    for (size_t c = 0; c < sizeof checks / sizeof *checks; c++)
        for (size_t m = 0; m < sizeof masks / sizeof *masks; m++) {
            struct plethtrain_kernels k;
            int failed = 0;
            plethtrain_kernels_init(&k, masks[m]);
            drawn = 0;
            for (int round = 0; round < 400 && !failed; round++) {
                seed = (uint64_t)round + 1000 * c;
                failed = !checks[c](&k);
            }
            CHECK(!failed);
            if (failed)
                printf("  mask %x, check %zu, seed %llu\n", (unsigned)masks[m], c,
                       (unsigned long long)seed);
        }
    return test_done();
}
