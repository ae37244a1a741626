/* Checks and times what is done to rows of positions: affine maps, sums, products, pooling, layer
 * norms. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

enum { ROWS = 24, CHANNELS = 220, FLOATS = ROWS * CHANNELS, WINDOW = 7, X_FLOATS = 80 * CHANNELS };

struct kind;

/* the arguments of all of them: each uses what it needs */
struct rows {
    const struct pleth_kernels *k;
    const struct kind *kind;
    const float *a, *b, *c, *const *x;
    int rows, channels, relu, max, kh, kw, stride;
    float scale, *y;
};

/* What differs between the kernels: arguments in memory (a is made for all
 * of them), a call for `rows` rows from `from` on, and 1 if value (r, c) of y is right. */
struct kind {
    void (*make)(struct rows *t);
    void (*call)(const struct rows *t, int from, int rows, const float *a, float *y);
    int (*value)(const struct rows *t, int r, int c);
    int in_place; /* y may be a */
};

static struct check_memory first, second, third, pointers, windows[WINDOW], outputs;

static void make_memory(void)
{
    check_memory_make(&first, 1, sizeof(float) * FLOATS);
    check_memory_make(&second, 1, sizeof(float) * FLOATS);
    check_memory_make(&third, 1, sizeof(float) * FLOATS);
    check_memory_make(&pointers, 1, sizeof(float *) * WINDOW);
    for (int i = 0; i < WINDOW; i++)
        check_memory_make(&windows[i], 1, sizeof(float) * X_FLOATS);
    check_memory_make(&outputs, 1, sizeof(float) * FLOATS);
}

static float *floats(const struct check_memory *m, int n)
{
    float *x = check_place(m, sizeof(float) * (size_t)n, check_below(2));
    check_floats(x, (size_t)n);
    return x;
}

static int is(double y, double want, double all, int r, int c)
{
    if (fabs(y - want) <= 1e-6 * all)
        return 1;
    printf("    row %d, channel %d: %.9g instead of %.9g\n", r, c, y, want);
    return 0;
}

static void call(void *argument)
{
    const struct rows *t = argument;
    t->kind->call(t, 0, t->rows, t->a, t->y);
}

/* Calls for all rows, looks at each value, and at one row again alone. */
static int right(struct rows *t)
{
    static float kept[FLOATS], alone[CHANNELS];
    struct check_output o;
    int n, r;

    t->rows = check_size(0, ROWS);
    t->channels = check_size(1, CHANNELS);
    n = t->rows * t->channels;
    t->kind->make(t);
    check_output_make(&o, &outputs, sizeof(float) * (size_t)n);
    t->y = (float *)(void *)o.at;
    t->a = floats(&first, n);
    memcpy(kept, t->a, sizeof(float) * (size_t)n);
    if (t->kind->in_place && check_below(2)) {
        memcpy(t->y, kept, sizeof(float) * (size_t)n);
        t->a = t->y;
    }
    if (!check_call(call, t) || !check_output_whole(&o))
        return 0;
    t->a = kept;
    for (int i = 0; i < n; i++)
        if (!t->kind->value(t, i / t->channels, i % t->channels))
            return 0;
    if (t->rows == 0)
        return 1;
    r = check_below(t->rows);
    t->kind->call(t, r, 1, t->a, alone);
    if (!memcmp(alone, t->y + r * t->channels, sizeof(float) * (size_t)t->channels))
        return 1;
    printf("    row %d is another when it is alone\n", r);
    return 0;
}

static int run(const struct pleth_kernels *k, int rounds, const struct kind *kind)
{
    make_memory();
    for (int i = 0; i < rounds / 3 + 1; i++) {
        struct rows t = {.k = k, .kind = kind};
        if (!right(&t)) {
            printf("    round %d: %d rows of %d channels; relu %d, max %d, window %d x %d, stride "
                   "%d\n",
                   i, t.rows, t.channels, t.relu, t.max, t.kh, t.kw, t.stride);
            return 0;
        }
    }
    return 1;
}

/* ---- affine ---------------------------------------------------------------------------------- */

static void affine_make(struct rows *t)
{
    t->b = floats(&second, t->channels);
    t->c = floats(&third, t->channels);
    t->relu = check_below(2);
}

static void affine_call(const struct rows *t, int from, int rows, const float *a, float *y)
{
    t->k->affine(a + from * t->channels, t->b, t->c, y, rows, t->channels, t->relu);
}

static int affine_value(const struct rows *t, int r, int c)
{
    const double product = (double)t->a[r * t->channels + c] * (double)t->b[c];
    const double sum = product + (double)t->c[c];

    return is((double)t->y[r * t->channels + c], t->relu ? fmax(sum, 0) : sum,
              fabs(product) + fabs((double)t->c[c]), r, c);
}

static int affine_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    static const struct kind kind = {affine_make, affine_call, affine_value, 1};
    (void)scalar;
    return run(k, rounds, &kind);
}

/* ---- add, multiply --------------------------------------------------------------------------- */

static void pair_make(struct rows *t)
{
    t->b = floats(&second, t->rows * t->channels);
}

static void add_call(const struct rows *t, int from, int rows, const float *a, float *y)
{
    t->k->add(a + from * t->channels, t->b + from * t->channels, y, (ptrdiff_t)rows * t->channels);
}

static int add_value(const struct rows *t, int r, int c)
{
    const int i = r * t->channels + c;
    return is((double)t->y[i], (double)(t->a[i] + t->b[i]), 0, r, c);
}

static int add_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    static const struct kind kind = {pair_make, add_call, add_value, 1};
    (void)scalar;
    return run(k, rounds, &kind);
}

static void multiply_call(const struct rows *t, int from, int rows, const float *a, float *y)
{
    t->k->multiply(a + from * t->channels, t->b + from * t->channels, y,
                   (ptrdiff_t)rows * t->channels);
}

static int multiply_value(const struct rows *t, int r, int c)
{
    const int i = r * t->channels + c;
    return is((double)t->y[i], (double)(t->a[i] * t->b[i]), 0, r, c);
}

static int multiply_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar,
                        int rounds)
{
    static const struct kind kind = {pair_make, multiply_call, multiply_value, 1};
    (void)scalar;
    return run(k, rounds, &kind);
}

/* ---- scale_rows ------------------------------------------------------------------------------ */

static void scale_make(struct rows *t)
{
    t->b = floats(&second, t->rows);
}

static void scale_call(const struct rows *t, int from, int rows, const float *a, float *y)
{
    t->k->scale_rows(a + from * t->channels, t->b + from, y, rows, t->channels);
}

static int scale_value(const struct rows *t, int r, int c)
{
    const int i = r * t->channels + c;
    return is((double)t->y[i], (double)(t->a[i] * t->b[r]), 0, r, c);
}

static int scale_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    static const struct kind kind = {scale_make, scale_call, scale_value, 1};
    (void)scalar;
    return run(k, rounds, &kind);
}

/* ---- pool: rows are the pixels of a row of outputs ------------------------------------------- */

static void pool_make(struct rows *t)
{
    const float **x = check_place(&pointers, sizeof(*x) * WINDOW, 1);

    t->kh = 1 + check_below(WINDOW);
    t->kw = 1 + check_below(WINDOW);
    t->stride = 1 + check_below(3);
    t->max = check_below(2);
    t->scale = 1 / (float)(t->kh * t->kw);
    x += WINDOW - t->kh;
    for (int a = 0; a < t->kh; a++)
        x[a] = floats(&windows[a], t->rows ? ((t->rows - 1) * t->stride + t->kw) * t->channels : 0);
    t->x = x;
}

static void pool_call(const struct rows *t, int from, int rows, const float *a, float *y)
{
    const float *x[WINDOW];

    (void)a;
    for (int i = 0; i < t->kh; i++)
        x[i] = t->x[i] + from * t->stride * t->channels;
    t->k->pool(x, t->kh, t->kw, t->stride, t->channels, rows, t->max, t->scale, y);
}

static int pool_value(const struct rows *t, int r, int c)
{
    double sum = 0, all = 0, largest = -HUGE_VAL;

    for (int a = 0; a < t->kh; a++)
        for (int b = 0; b < t->kw; b++) {
            const double v = (double)t->x[a][(r * t->stride + b) * t->channels + c];
            sum += v;
            all += fabs(v);
            largest = fmax(largest, v);
        }
    if (t->max)
        return is((double)t->y[r * t->channels + c], largest, 0, r, c);
    return is((double)t->y[r * t->channels + c], sum * (double)t->scale, all * (double)t->scale, r,
              c);
}

static int pool_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    static const struct kind kind = {pool_make, pool_call, pool_value, 0};
    (void)scalar;
    return run(k, rounds, &kind);
}

/* ---- layer_norm ------------------------------------------------------------------------------ */

static const float eps = 1e-5f;

static void norm_call(const struct rows *t, int from, int rows, const float *a, float *y)
{
    t->k->layer_norm(a + from * t->channels, rows, t->channels, eps, t->b, t->c, y);
}

static int norm_value(const struct rows *t, int r, int c)
{
    const float *x = t->a + r * t->channels;
    double mean = 0, square = 0, all = 0, gain, product;

    for (int i = 0; i < t->channels; i++)
        mean += (double)x[i] / t->channels;
    for (int i = 0; i < t->channels; i++) {
        square += ((double)x[i] - mean) * ((double)x[i] - mean) / t->channels;
        all = fmax(all, fabs((double)x[i]));
    }
    gain = 1 / sqrt(square + (double)eps);
    product = ((double)x[c] - mean) * gain * (double)t->b[c];
    /* what is lost where values much alike are subtracted, too */
    return is((double)t->y[r * t->channels + c], product + (double)t->c[c],
              fabs((double)t->c[c]) + 4 * fabs(product) + 2 * all * gain * fabs((double)t->b[c]), r,
              c);
}

static int norm_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    static const struct kind kind = {affine_make, norm_call, norm_value, 1};
    (void)scalar;
    return run(k, rounds, &kind);
}

/* ---- times: 34 positions of 32 channels, as between TS-CAN's convolutions ---------------------
 */

enum { MANY = 34, SOME = 32 };

static _Alignas(64) float bench_a[4 * MANY * SOME], bench_b[MANY * SOME], bench_y[MANY * SOME];

static void affine_times(const struct pleth_kernels *k)
{
    k->affine(bench_a, bench_b, bench_b + SOME, bench_y, MANY, SOME, 1);
}

static void add_times(const struct pleth_kernels *k)
{
    k->add(bench_a, bench_b, bench_y, MANY * SOME);
}

static void multiply_times(const struct pleth_kernels *k)
{
    k->multiply(bench_a, bench_b, bench_y, MANY * SOME);
}

static void scale_times(const struct pleth_kernels *k)
{
    k->scale_rows(bench_a, bench_b, bench_y, MANY, SOME);
}

static void pool_times(const struct pleth_kernels *k)
{
    const float *x[2] = {bench_a, bench_a + 2 * MANY * SOME};
    k->pool(x, 2, 2, 2, SOME, MANY, 0, 0.25f, bench_y);
}

static void norm_times(const struct pleth_kernels *k)
{
    k->layer_norm(bench_a, MANY / 2, 2 * SOME, eps, bench_b, bench_b + 2 * SOME, bench_y);
}

static int bench(int number, struct check_bench *b, void (*times)(const struct pleth_kernels *k))
{
    if (number == 1)
        return 0;
    check_floats(bench_a, sizeof bench_a / sizeof *bench_a);
    check_floats(bench_b, sizeof bench_b / sizeof *bench_b);
    b->name = "34 x 32 results";
    b->call = times;
    b->unit = CHECK_VALUES;
    b->work = MANY * SOME;
    return 1;
}

#define BENCH(name)                                                                                \
    static int name##_bench(int number, struct check_bench *b)                                     \
    {                                                                                              \
        return bench(number, b, name##_times);                                                     \
    }

BENCH(affine)
BENCH(add)
BENCH(multiply)
BENCH(scale)
BENCH(pool)
BENCH(norm)

const struct check check_rows[] = {
    {"affine", offsetof(struct pleth_kernels, affine), affine_run, affine_bench},
    {"add", offsetof(struct pleth_kernels, add), add_run, add_bench},
    {"multiply", offsetof(struct pleth_kernels, multiply), multiply_run, multiply_bench},
    {"scale_rows", offsetof(struct pleth_kernels, scale_rows), scale_run, scale_bench},
    {"pool", offsetof(struct pleth_kernels, pool), pool_run, pool_bench},
    {"layer_norm", offsetof(struct pleth_kernels, layer_norm), norm_run, norm_bench},
    {NULL, 0, NULL, NULL},
};
