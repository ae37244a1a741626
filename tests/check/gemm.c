/* Checks and times products of float matrices and depthwise convolutions. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

enum { BLOCK = 16, PIECES = 9, X_FLOATS = 1 << 18, W_FLOATS = 1 << 20, Y_FLOATS = 1 << 17 };

static struct check_memory pieces[PIECES], weights, biases, pointers, outputs, again;

static void make_memory(void)
{
    for (int i = 0; i < PIECES; i++)
        check_memory_make(&pieces[i], 1, sizeof(float) * X_FLOATS);
    check_memory_make(&weights, 1, sizeof(float) * W_FLOATS);
    check_memory_make(&biases, 1, sizeof(float) * 4096);
    check_memory_make(&pointers, 1, sizeof(float *) * PIECES);
    check_memory_make(&outputs, 1, sizeof(float) * Y_FLOATS);
    check_memory_make(&again, 1, sizeof(float) * Y_FLOATS);
}

static float *floats(const struct check_memory *m, ptrdiff_t n)
{
    float *x = check_place(m, sizeof(float) * (size_t)n, check_below(2));
    check_floats(x, (size_t)n);
    return x;
}

/* ---- gemm ------------------------------------------------------------------------------------ */

struct gemm_call {
    const struct pleth_kernels *k;
    struct pleth_gemm g;
};

static void gemm_call(void *argument)
{
    const struct gemm_call *c = argument;
    c->k->gemm(&c->g);
}

/* Sums of few and many rows, outputs and values, each seldom large together with the others. */
static void gemm_case(struct pleth_gemm *g)
{
    const float **x = check_place(&pointers, sizeof(*x) * PIECES, 1);
    const int kind = check_below(40);
    int k;

    memset(g, 0, sizeof *g);
    g->pieces = check_below(3) ? 1 + check_below(3) : 1 + check_below(PIECES);
    g->length = check_below(20) ? check_size(1, 60) : 0;
    g->rows = check_size(0, 50);
    g->outs = check_size(1, 150);
    if (kind == 0) {
        g->pieces = 1 + check_below(2);
        g->length = check_size(2000, 5000);
        g->rows = check_below(30);
        g->outs = check_size(1, 70);
    } else if (kind == 1) {
        g->length = check_size(1, 10);
        g->rows = check_size(400, 700);
    }
    k = g->pieces * g->length;
    g->x_step = check_below(3) ? g->length : check_below(g->length + 10);
    x += PIECES - g->pieces;
    for (int p = 0; p < g->pieces; p++) {
        const ptrdiff_t n = g->rows ? (g->rows - 1) * g->x_step + g->length : 0;
        x[p] = floats(&pieces[p], n);
    }
    g->x = x;
    if (check_below(4)) { /* packed */
        g->w_step = BLOCK;
        g->w_block = (ptrdiff_t)k * BLOCK;
    } else { /* a matrix as it is */
        g->w_step = g->outs + check_below(5);
        g->w_block = BLOCK;
    }
    g->w = floats(&weights, k ? (g->outs - 1) / BLOCK * g->w_block + (k - 1) * g->w_step +
                                    (g->outs - 1) % BLOCK + 1
                              : 0);
    g->bias = check_below(4) ? floats(&biases, g->outs) : NULL;
    g->y_step = g->outs + (check_below(2) ? check_below(20) : 0);
}

/* 1 if row r, output o is what it should be: 1e-6 of what was added, more where rounding has longer
 * to walk about */
static int gemm_value(const struct pleth_gemm *g, int r, int o)
{
    const float *w = g->w + o / BLOCK * g->w_block + o % BLOCK;
    const double y = (double)g->y[r * g->y_step + o];
    double sum = g->bias ? (double)g->bias[o] : 0, all = fabs(sum);

    for (int p = 0; p < g->pieces; p++)
        for (int k = 0; k < g->length; k++, w += g->w_step) {
            const double a = (double)g->x[p][r * g->x_step + k] * (double)*w;
            sum += a;
            all += fabs(a);
        }
    if (fabs(y - sum) <= 1e-6 * all * (1 + 0.01 * g->pieces * g->length))
        return 1;
    printf("    row %d, output %d: %.9g instead of %.9g\n", r, o, y, sum);
    return 0;
}

/* 1 if rows [from, from + rows) alone give what they give with the others */
static int gemm_alone(const struct pleth_kernels *k, const struct pleth_gemm *g, int from, int rows)
{
    struct gemm_call c = {k, *g};
    const float *x[PIECES];

    for (int p = 0; p < g->pieces; p++)
        x[p] = g->x[p] + from * g->x_step;
    c.g.x = x;
    c.g.rows = rows;
    c.g.y = check_place(&again, sizeof(float) * Y_FLOATS, 0);
    if (!check_call(gemm_call, &c))
        return 0;
    for (int r = 0; r < rows; r++)
        if (memcmp(c.g.y + r * g->y_step, g->y + (from + r) * g->y_step,
                   sizeof(float) * (size_t)g->outs)) {
            printf("    row %d is another when %d are asked for from %d on\n", from + r, rows,
                   from);
            return 0;
        }
    return 1;
}

static int gemm_right(const struct pleth_kernels *k, struct pleth_gemm *g)
{
    const size_t n = g->rows ? (size_t)((g->rows - 1) * g->y_step + g->outs) : 0;
    static uint8_t before[sizeof(float) * Y_FLOATS];
    struct gemm_call c;
    struct check_output o;
    int from;

    check_output_make(&o, &outputs, sizeof(float) * n);
    memcpy(before, o.at, o.size);
    g->y = (float *)(void *)o.at;
    c.k = k;
    c.g = *g;
    if (!check_call(gemm_call, &c) || !check_output_whole(&o))
        return 0;
    for (int r = 0; r + 1 < g->rows; r++) {
        const size_t gap = sizeof(float) * (size_t)(r * g->y_step + g->outs);
        if (memcmp(o.at + gap, before + gap, sizeof(float) * (size_t)(g->y_step - g->outs))) {
            printf("    what lies after row %d is overwritten\n", r);
            return 0;
        }
    }
    /* all of what is small, some of what is large */
    for (int i = 0; i < g->rows * g->outs; i++)
        if (i < 500 || i == g->rows * g->outs - 1 || check_below(20) == 0)
            if (!gemm_value(g, i / g->outs, i % g->outs))
                return 0;
    if (g->rows == 0)
        return 1;
    from = check_below(g->rows);
    return gemm_alone(k, g, from, 1) && gemm_alone(k, g, from, 1 + check_below(g->rows - from));
}

static int gemm_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    struct pleth_gemm g;

    (void)scalar;
    make_memory();
    for (int i = 0; i < rounds; i++) {
        gemm_case(&g);
        if (!gemm_right(k, &g)) {
            printf("    round %d: %d rows, %d x %d values, %d outputs; steps %td, %td, %td; block "
                   "%td\n",
                   i, g.rows, g.pieces, g.length, g.outs, g.x_step, g.y_step, g.w_step, g.w_block);
            return 0;
        }
    }
    return 1;
}

/* Products of the networks. `calls`: as many with weights and rows of their own follow each other,
 * as the rows of a picture or the 36 elements of Winograd do. */
static const struct shape {
    const char *name;
    int rows, pieces, length, outs, step, calls, same_weights;
} shapes[] = {
    {"conv 3x3, 3 to 32, 36 wide", 36, 3, 9, 32, 3, 34, 1},
    {"conv 3x3, 32 to 32, 34 wide", 34, 3, 96, 32, 32, 34, 1},
    {"conv 3x3, 32 to 64, 17 wide", 17, 3, 96, 64, 32, 17, 1},
    {"conv 3x3, 64 to 64, 15 wide", 15, 3, 192, 64, 64, 15, 1},
    {"conv 1-D, 5 x 32 to 32, 200", 200, 1, 160, 32, 32, 1, 1},
    {"conv 1-D, 5 x 64 to 64, 50", 50, 1, 320, 64, 64, 1, 1},
    {"conv 1-D, 5 x 128 to 128, 4", 4, 1, 640, 128, 128, 1, 1},
    {"dense 3136 to 128, 1 row", 1, 1, 3136, 128, 3136, 1, 1},
    {"dense 3136 to 128, 20 rows", 20, 1, 3136, 128, 3136, 1, 1},
    {"dense 5184 to 128, 3 rows", 3, 1, 5184, 128, 5184, 1, 1},
    {"dense 16384 to 128, 20 rows", 20, 1, 16384, 128, 16384, 1, 1},
    {"Winograd 32 to 32, 9 tiles", 9, 1, 32, 32, 32, 36, 0},
    {"Winograd 32 to 32, 32 tiles", 32, 1, 32, 32, 32, 36, 0},
    {"Winograd 64 to 64, 9 tiles", 9, 1, 64, 64, 64, 36, 0},
    {"Winograd 64 to 64, 25 tiles", 25, 1, 64, 64, 64, 36, 0},
    {"1x1, 64 to 512, 3136 pixels", 3136, 1, 64, 512, 64, 1, 1},
    {"1x1, 128 to 512, 784 pixels", 784, 1, 128, 512, 128, 1, 1},
    {"1x1, 1280 to 512, 16 pixels", 16, 1, 1280, 512, 1280, 1, 1},
    {"1x1, 32 to 1, 34 pixels", 34, 1, 32, 1, 32, 34, 1},
    {"attention 49 x 20 x 180", 49, 1, 20, 180, 20, 1, 1},
};

static const struct shape *shape;
/* as far from lines of the cache as the memory of networks is */
static _Alignas(64) float bench_x[1 << 20], bench_w[1 << 22], bench_y[1 << 21];

static void gemm_times(const struct pleth_kernels *k)
{
    const struct shape *s = shape;
    const ptrdiff_t in = (ptrdiff_t)s->rows * s->step,
                    block = (ptrdiff_t)s->pieces * s->length * BLOCK;

    for (int i = 0; i < s->calls; i++) {
        const float *x[3] = {bench_x + i * in, bench_x + (i + 1) * in, bench_x + (i + 2) * in};
        struct pleth_gemm g = {0};
        g.x = x;
        g.pieces = s->pieces;
        g.length = s->length;
        g.x_step = s->step;
        g.rows = s->rows;
        g.w = bench_w + (s->same_weights ? 0 : i * (s->outs + 15) / 16 * block);
        g.w_step = BLOCK;
        g.w_block = block;
        g.y = bench_y + i * s->rows * s->outs;
        g.y_step = s->outs;
        g.outs = s->outs;
        k->gemm(&g);
    }
}

static int gemm_bench(int number, struct check_bench *b)
{
    if (number == sizeof shapes / sizeof *shapes)
        return 0;
    shape = &shapes[number];
    if (number == 0) {
        check_floats(bench_x, sizeof bench_x / sizeof *bench_x);
        check_floats(bench_w, sizeof bench_w / sizeof *bench_w);
    }
    b->name = shape->name;
    b->call = gemm_times;
    b->unit = CHECK_FLOPS;
    b->work = 2.0 * shape->rows * shape->pieces * shape->length * shape->outs * shape->calls;
    return 1;
}

/* ---- depthwise ------------------------------------------------------------------------------- */

struct depthwise_call {
    const struct pleth_kernels *k;
    struct pleth_depthwise d;
};

static void depthwise_call(void *argument)
{
    const struct depthwise_call *c = argument;
    c->k->depthwise(&c->d);
}

static void depthwise_case(struct pleth_depthwise *d)
{
    const float **x = check_place(&pointers, sizeof(*x) * PIECES, 1);

    memset(d, 0, sizeof *d);
    d->kh = 1 + check_below(7);
    d->kw = 1 + check_below(7);
    d->stride = 1 + check_below(3);
    d->channels = check_size(1, 70);
    d->outs = check_size(0, 30);
    x += PIECES - d->kh;
    for (int a = 0; a < d->kh; a++)
        x[a] = floats(&pieces[a],
                      d->outs ? (ptrdiff_t)((d->outs - 1) * d->stride + d->kw) * d->channels : 0);
    d->x = x;
    d->w = floats(&weights, (ptrdiff_t)d->kh * d->kw * d->channels);
    d->bias = check_below(4) ? floats(&biases, d->channels) : NULL;
}

static int depthwise_value(const struct pleth_depthwise *d, int i, int c)
{
    const double y = (double)d->y[(ptrdiff_t)i * d->channels + c];
    double sum = d->bias ? (double)d->bias[c] : 0, all = fabs(sum);

    for (int a = 0; a < d->kh; a++)
        for (int b = 0; b < d->kw; b++) {
            const double p = (double)d->x[a][(ptrdiff_t)(i * d->stride + b) * d->channels + c] *
                             (double)d->w[(ptrdiff_t)(a * d->kw + b) * d->channels + c];
            sum += p;
            all += fabs(p);
        }
    if (fabs(y - sum) <= 1e-6 * all)
        return 1;
    printf("    pixel %d, channel %d: %.9g instead of %.9g\n", i, c, y, sum);
    return 0;
}

static int depthwise_right(const struct pleth_kernels *k, struct pleth_depthwise *d)
{
    struct depthwise_call c;
    struct check_output o;
    int i;

    check_output_make(&o, &outputs, sizeof(float) * (size_t)(d->outs * d->channels));
    d->y = (float *)(void *)o.at;
    c.k = k;
    c.d = *d;
    if (!check_call(depthwise_call, &c) || !check_output_whole(&o))
        return 0;
    for (i = 0; i < d->outs * d->channels; i++)
        if (!depthwise_value(d, i / d->channels, i % d->channels))
            return 0;
    if (d->outs == 0)
        return 1;
    /* one pixel alone */
    i = check_below(d->outs);
    for (int a = 0; a < d->kh; a++)
        ((const float **)(uintptr_t)d->x)[a] += (ptrdiff_t)i * d->stride * d->channels;
    c.d.outs = 1;
    c.d.y = check_place(&again, sizeof(float) * Y_FLOATS, 0);
    if (!check_call(depthwise_call, &c))
        return 0;
    if (!memcmp(c.d.y, d->y + (ptrdiff_t)i * d->channels, sizeof(float) * (size_t)d->channels))
        return 1;
    printf("    pixel %d is another when it is alone\n", i);
    return 0;
}

static int depthwise_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar,
                         int rounds)
{
    struct pleth_depthwise d;

    (void)scalar;
    make_memory();
    for (int i = 0; i < rounds; i++) {
        depthwise_case(&d);
        if (!depthwise_right(k, &d)) {
            printf("    round %d: %d x %d, stride %d, %d channels, %d pixels\n", i, d.kh, d.kw,
                   d.stride, d.channels, d.outs);
            return 0;
        }
    }
    return 1;
}

static int kernel_width;

static void depthwise_times(const struct pleth_kernels *k)
{
    enum { CHANNELS = 64, OUTS = 28 };
    const ptrdiff_t row = (ptrdiff_t)(OUTS + kernel_width) * CHANNELS;
    const float *x[7];
    struct pleth_depthwise d = {0};

    for (int a = 0; a < kernel_width; a++)
        x[a] = bench_x + a * row;
    d.x = x;
    d.kh = d.kw = kernel_width;
    d.stride = 1;
    d.channels = CHANNELS;
    d.outs = OUTS;
    d.w = bench_w;
    d.y = bench_y;
    k->depthwise(&d);
}

static int depthwise_bench(int number, struct check_bench *b)
{
    static const char *const names[] = {"3x3, 64 channels, 28 pixels", "5x5", "7x7"};

    if (number == 3)
        return 0;
    kernel_width = 3 + 2 * number;
    b->name = names[number];
    b->call = depthwise_times;
    b->unit = CHECK_FLOPS;
    b->work = 2.0 * kernel_width * kernel_width * 64 * 28;
    return 1;
}

const struct check check_gemm[] = {
    {"gemm", offsetof(struct pleth_kernels, gemm), gemm_run, gemm_bench},
    {"depthwise", offsetof(struct pleth_kernels, depthwise), depthwise_run, depthwise_bench},
    {NULL, 0, NULL, NULL},
};
