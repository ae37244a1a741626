/* Checks and times functions of one value, and softmax. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

enum { MOST = 4096 };

static struct check_memory memory;
static _Alignas(64) float bench_values[4096];

/* ---- activate -------------------------------------------------------------------------------- */

static const char *const names[PLETH_FUNCTION_COUNT] = {"relu", "tanh", "sigmoid",
                                                        "elu",  "gelu", "clamp"};

static double truth(int function, double x)
{
    switch (function) {
    case PLETH_RELU:
        return x > 0 ? x : 0;
    case PLETH_TANH:
        return tanh(x);
    case PLETH_SIGMOID:
        return 1 / (1 + exp(-x));
    case PLETH_ELU:
        return x > 0 ? x : expm1(x);
    case PLETH_GELU:
        return isinf(x) ? (x > 0 ? x : 0) : 0.5 * x * erfc(-x * sqrt(0.5));
    default:
        return x < 0 ? 0 : x > 1 ? 1 : x;
    }
}

static int near(int function, float x, float y)
{
    const double want = truth(function, (double)x), error = fabs((double)y - want);

    if (isnan(x))
        return isnan(y);
    if (isinf(want))
        return (double)y == want;
    switch (function) {
    case PLETH_TANH:
    case PLETH_SIGMOID:
        return error <= 2e-6;
    case PLETH_ELU:
        return error <= 1e-6 * fabs(want) + 1e-37;
    case PLETH_GELU:
        return error <= (isinf(x) ? 1e-36 : 1e-6 * fabs((double)x) + 1e-37);
    default:
        return error == 0;
    }
}

struct activation {
    const struct pleth_kernels *k;
    int function;
    float *x;
    ptrdiff_t n;
};

static void call_activate(void *argument)
{
    const struct activation *a = argument;
    a->k->activate(a->function, a->x, a->n);
}

/* Of any size, more often those for which something happens */
static float any_value(void)
{
    static const float special[] = {0,  -0.0f, 1,     -1,     1e-30f,   -1e-30f,   20, -20,
                                    88, -88,   3e38f, -3e38f, INFINITY, -INFINITY, NAN};
    const uint64_t r = check_random();
    const float u = (float)(r >> 40) / 8388608.0f - 1;
    uint32_t bits = (uint32_t)r;
    float x;

    switch (check_below(8)) {
    case 0:
        return special[r % (sizeof special / sizeof *special)];
    case 1:
        memcpy(&x, &bits, sizeof x);
        return x;
    case 2:
        return 100 * u;
    case 3:
        return ldexpf(u, -(int)(r % 30));
    default:
        return 8 * u;
    }
}

static int activate_right(struct activation *a)
{
    static float before[MOST], one;
    struct check_output o;
    struct activation alone;

    a->function = check_below(PLETH_FUNCTION_COUNT);
    a->n = check_size(0, 300);
    check_output_make(&o, &memory, sizeof(float) * (size_t)a->n);
    a->x = (float *)(void *)o.at;
    for (ptrdiff_t i = 0; i < a->n; i++)
        a->x[i] = before[i] = any_value();
    if (!check_call(call_activate, a) || !check_output_whole(&o))
        return 0;
    for (ptrdiff_t i = 0; i < a->n; i++)
        if (!near(a->function, before[i], a->x[i])) {
            printf("    of %.9g: %.9g instead of %.9g\n", (double)before[i], (double)a->x[i],
                   truth(a->function, (double)before[i]));
            return 0;
        }
    if (a->n == 0)
        return 1;
    alone = *a;
    alone.n = check_below((int)a->n);
    one = before[alone.n];
    alone.x = &one;
    a->k->activate(a->function, &one, 1);
    if ((isnan(one) && isnan(a->x[alone.n])) || !memcmp(&one, a->x + alone.n, sizeof one))
        return 1;
    printf("    of %.9g: another when it is alone\n", (double)before[alone.n]);
    return 0;
}

static int activate_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar,
                        int rounds)
{
    (void)scalar;
    check_memory_make(&memory, 1, sizeof(float) * MOST);
    for (int i = 0; i < 2 * rounds; i++) {
        struct activation a = {.k = k};
        if (!activate_right(&a)) {
            printf("    round %d: %s of %td values\n", i, names[a.function], a.n);
            return 0;
        }
    }
    return 1;
}

static int bench_function;

static void activate_times(const struct pleth_kernels *k)
{
    static _Alignas(64) float x[4096];
    memcpy(x, bench_values, sizeof x);
    k->activate(bench_function, x, 4096);
}

static int activate_bench(int number, struct check_bench *b)
{
    if (number == PLETH_FUNCTION_COUNT)
        return 0;
    check_floats(bench_values, 4096);
    bench_function = number;
    b->name = names[number];
    b->call = activate_times;
    b->unit = CHECK_VALUES;
    b->work = 4096;
    return 1;
}

/* ---- softmax --------------------------------------------------------------------------------- */

struct softmax {
    const struct pleth_kernels *k;
    float *x;
    int rows, n;
};

static void call_softmax(void *argument)
{
    const struct softmax *s = argument;
    s->k->softmax(s->x, s->rows, s->n);
}

static int softmax_right(struct softmax *s)
{
    static float before[MOST], alone[MOST];
    const float spread = check_below(3) ? 5 : 100;
    struct check_output o;
    int r;

    s->rows = check_size(0, 10);
    s->n = check_size(1, 200);
    check_output_make(&o, &memory, sizeof(float) * (size_t)(s->rows * s->n));
    s->x = (float *)(void *)o.at;
    check_floats(s->x, (size_t)(s->rows * s->n));
    for (int i = 0; i < s->rows * s->n; i++)
        before[i] = s->x[i] *= spread;
    if (!check_call(call_softmax, s) || !check_output_whole(&o))
        return 0;
    for (int i = 0; i < s->rows * s->n; i++) {
        const float *row = before + i / s->n * s->n;
        double largest = (double)row[0], sum = 0, want;
        for (int j = 0; j < s->n; j++)
            largest = fmax(largest, (double)row[j]);
        for (int j = 0; j < s->n; j++)
            sum += exp((double)row[j] - largest);
        want = exp((double)before[i] - largest) / sum;
        /* the difference is rounded before its exponential is taken */
        if (!(fabs((double)s->x[i] - want) <=
              want * (2e-6 + 6e-8 * fabs((double)before[i] - largest)) + 1e-37)) {
            printf("    row %d, value %d: %.9g instead of %.9g\n", i / s->n, i % s->n,
                   (double)s->x[i], want);
            return 0;
        }
    }
    if (s->rows == 0)
        return 1;
    r = check_below(s->rows);
    memcpy(alone, before + r * s->n, sizeof(float) * (size_t)s->n);
    s->k->softmax(alone, 1, s->n);
    if (!memcmp(alone, s->x + r * s->n, sizeof(float) * (size_t)s->n))
        return 1;
    printf("    row %d is another when it is alone\n", r);
    return 0;
}

static int softmax_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar,
                       int rounds)
{
    (void)scalar;
    check_memory_make(&memory, 1, sizeof(float) * MOST);
    for (int i = 0; i < rounds / 3 + 1; i++) {
        struct softmax s = {.k = k};
        if (!softmax_right(&s)) {
            printf("    round %d: %d rows of %d\n", i, s.rows, s.n);
            return 0;
        }
    }
    return 1;
}

static void softmax_times(const struct pleth_kernels *k)
{
    static _Alignas(64) float x[4096];
    memcpy(x, bench_values, sizeof x);
    k->softmax(x, 64, 49);
}

static int softmax_bench(int number, struct check_bench *b)
{
    if (number == 1)
        return 0;
    check_floats(bench_values, 4096);
    b->name = "64 rows of 49";
    b->call = softmax_times;
    b->unit = CHECK_VALUES;
    b->work = 64 * 49;
    return 1;
}

const struct check check_activate[] = {
    {"activate", offsetof(struct pleth_kernels, activate), activate_run, activate_bench},
    {"softmax", offsetof(struct pleth_kernels, softmax), softmax_run, softmax_bench},
    {NULL, 0, NULL, NULL},
};
