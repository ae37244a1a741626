/* Checks and times Winograd's transforms. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

enum { CHANNELS = 200, FLOATS = 1 << 15 };

static struct check_memory inputs, biases, outputs, again;

/* The transposed transforms of the points 0, 1, -1, 2, -2 and infinity. */
static const double input_matrix[6][6] = {
    {4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
    {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1},
};
static const double output_matrix[4][6] = {
    {1, 1, 1, 1, 1, 0},
    {0, 1, -1, 2, -2, 0},
    {0, 1, 1, 4, 4, 0},
    {0, 1, -1, 8, -8, 1},
};

/* t = matrix * d * matrix' of 6x6 values, element (a, b), and the same of absolute values */
static double transformed(const double *left, const double *right, const float d[36], double *all)
{
    double sum = 0;

    *all = 0;
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            const double v = left[i] * right[j] * (double)d[6 * i + j];
            sum += v;
            *all += fabs(v);
        }
    return sum;
}

struct transform {
    const struct pleth_kernels *k;
    const float *x, *bias;
    ptrdiff_t row, plane;
    int channels, h, w;
    float *y;
};

static void call_input(void *argument)
{
    const struct transform *t = argument;
    t->k->winograd_input(t->x, t->row, t->channels, t->h, t->w, t->y, t->plane);
}

static void call_output(void *argument)
{
    const struct transform *t = argument;
    t->k->winograd_output(t->x, t->plane, t->channels, t->bias, t->h, t->w, t->y, t->row);
}

static void make_memory(void)
{
    check_memory_make(&inputs, 1, sizeof(float) * FLOATS);
    check_memory_make(&biases, 1, sizeof(float) * CHANNELS);
    check_memory_make(&outputs, 1, sizeof(float) * FLOATS);
    check_memory_make(&again, 1, sizeof(float) * FLOATS);
}

static float *floats(const struct check_memory *m, int n)
{
    float *x = check_place(m, sizeof(float) * (size_t)n, check_below(2));
    check_floats(x, (size_t)n);
    return x;
}

/* 1 if the patch with fewer channels, from c on, has the same values */
static int input_alone(const struct transform *t, int c)
{
    struct transform part = *t;

    part.y = check_place(&again, sizeof(float) * FLOATS, 0);
    part.k->winograd_input(t->x, t->row, t->channels, t->h, t->w, part.y, t->channels);
    for (int i = 0; i < 36; i++)
        if (memcmp(part.y + i * t->channels + c, t->y + i * t->plane + c, sizeof(float)))
            return 0;
    return 1;
}

static int input_right(struct transform *t)
{
    const int gap = check_below(2) ? check_below(20) : 0;
    static uint8_t before[sizeof(float) * FLOATS];
    struct check_output o;

    t->channels = check_size(1, 100);
    t->h = check_below(2) ? 6 : check_below(7);
    t->w = check_below(2) ? 6 : check_below(7);
    t->row = (ptrdiff_t)t->w * t->channels + gap;
    t->plane = t->channels + check_below(3) * check_below(20);
    t->x = floats(&inputs, t->h ? (t->h - 1) * (int)t->row + t->w * t->channels : 0);
    check_output_make(&o, &outputs, sizeof(float) * (size_t)(35 * t->plane + t->channels));
    memcpy(before, o.at, o.size);
    t->y = (float *)(void *)o.at;
    if (!check_call(call_input, t) || !check_output_whole(&o))
        return 0;
    for (int i = 0; i < 35; i++) {
        const size_t at = sizeof(float) * (size_t)(i * t->plane + t->channels);
        if (memcmp(o.at + at, before + at, sizeof(float) * (size_t)(t->plane - t->channels))) {
            printf("    what lies after element %d is overwritten\n", i);
            return 0;
        }
    }
    for (int c = 0; c < t->channels; c++) {
        float d[36];
        for (int i = 0; i < 36; i++)
            d[i] = i / 6 < t->h && i % 6 < t->w
                       ? t->x[i / 6 * t->row + (ptrdiff_t)(i % 6) * t->channels + c]
                       : 0;
        for (int i = 0; i < 36; i++) {
            double all;
            const double y = (double)t->y[i * t->plane + c],
                         want = transformed(input_matrix[i / 6], input_matrix[i % 6], d, &all);
            if (!(fabs(y - want) <= 1e-6 * all)) {
                printf("    element %d, channel %d: %.9g instead of %.9g\n", i, c, y, want);
                return 0;
            }
        }
    }
    if (!input_alone(t, check_below(t->channels))) {
        printf("    another when it is written elsewhere\n");
        return 0;
    }
    return 1;
}

static int input_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    (void)scalar;
    make_memory();
    for (int i = 0; i < rounds; i++) {
        struct transform t = {.k = k};
        if (!input_right(&t)) {
            printf("    round %d: %d x %d pixels, %d channels, row %td, plane %td\n", i, t.h, t.w,
                   t.channels, t.row, t.plane);
            return 0;
        }
    }
    return 1;
}

static int output_right(struct transform *t)
{
    static uint8_t before[sizeof(float) * FLOATS];
    struct check_output o;

    t->channels = check_size(1, 100);
    t->h = check_below(2) ? 4 : check_below(5);
    t->w = check_below(2) ? 4 : 1 + check_below(4);
    t->row = (ptrdiff_t)t->w * t->channels + (check_below(2) ? check_below(20) : 0);
    t->plane = t->channels + check_below(3) * check_below(20);
    t->x = floats(&inputs, 35 * (int)t->plane + t->channels);
    t->bias = check_below(3) ? floats(&biases, t->channels) : NULL;
    check_output_make(&o, &outputs,
                      sizeof(float) *
                          (size_t)(t->h ? (t->h - 1) * t->row + (ptrdiff_t)t->w * t->channels : 0));
    memcpy(before, o.at, o.size);
    t->y = (float *)(void *)o.at;
    if (!check_call(call_output, t) || !check_output_whole(&o))
        return 0;
    for (int a = 0; a + 1 < t->h; a++) {
        const ptrdiff_t used = (ptrdiff_t)t->w * t->channels;
        const size_t at = sizeof(float) * (size_t)(a * t->row + used);
        if (memcmp(o.at + at, before + at, sizeof(float) * (size_t)(t->row - used))) {
            printf("    what lies after row %d is overwritten\n", a);
            return 0;
        }
    }
    for (int c = 0; c < t->channels; c++) {
        const double bias = t->bias ? (double)t->bias[c] : 0;
        float m[36];
        for (int i = 0; i < 36; i++)
            m[i] = t->x[i * t->plane + c];
        for (int a = 0; a < t->h; a++)
            for (int b = 0; b < t->w; b++) {
                double all;
                const double y = (double)t->y[a * t->row + (ptrdiff_t)b * t->channels + c];
                const double want = bias + transformed(output_matrix[a], output_matrix[b], m, &all);
                if (!(fabs(y - want) <= 1e-6 * (all + fabs(bias)))) {
                    printf("    pixel %d, %d, channel %d: %.9g instead of %.9g\n", a, b, c, y,
                           want);
                    return 0;
                }
            }
    }
    return 1;
}

static int output_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    (void)scalar;
    make_memory();
    for (int i = 0; i < rounds; i++) {
        struct transform t = {.k = k};
        if (!output_right(&t)) {
            printf("    round %d: %d x %d pixels, %d channels, row %td, plane %td\n", i, t.h, t.w,
                   t.channels, t.row, t.plane);
            return 0;
        }
    }
    return 1;
}

/* ---- times: a picture's tiles, planes as far apart as 32 of them need ---------------------------
 */

enum { TILES = 32, WIDE = 8 };

static _Alignas(64) float picture[36 * 36 * 64], elements[36 * (TILES * 64 + 16)];
static int bench_channels;

static void input_times(const struct pleth_kernels *k)
{
    const int c = bench_channels, row = 36 * c;

    for (int t = 0; t < TILES; t++)
        k->winograd_input(picture + 4 * (t / WIDE) * row + 4 * (t % WIDE) * c, row, c, 6, 6,
                          elements + t * c, TILES * c + 16);
}

static void output_times(const struct pleth_kernels *k)
{
    const int c = bench_channels, row = 36 * c;

    for (int t = 0; t < TILES; t++)
        k->winograd_output(elements + t * c, TILES * c + 16, c, picture, 4, 4,
                           picture + 4 * (t / WIDE) * row + 4 * (t % WIDE) * c, row);
}

static int bench(int number, struct check_bench *b, void (*call)(const struct pleth_kernels *k))
{
    static const char *const names[] = {"32 tiles of 32 channels", "32 tiles of 64 channels"};

    if (number == 2)
        return 0;
    check_floats(picture, sizeof picture / sizeof *picture);
    check_floats(elements, sizeof elements / sizeof *elements);
    bench_channels = 32 << number;
    b->name = names[number];
    b->call = call;
    b->unit = CHECK_NOTHING;
    return 1;
}

static int input_bench(int number, struct check_bench *b)
{
    return bench(number, b, input_times);
}

static int output_bench(int number, struct check_bench *b)
{
    return bench(number, b, output_times);
}

const struct check check_winograd[] = {
    {"winograd_input", offsetof(struct pleth_kernels, winograd_input), input_run, input_bench},
    {"winograd_output", offsetof(struct pleth_kernels, winograd_output), output_run, output_bench},
    {NULL, 0, NULL, NULL},
};
