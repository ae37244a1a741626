/* Checks and times what int8 networks are made of, temporal shifts among it. All of it is exact: a
 * version gives the bits of the definition, and so of any other number of rows. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

enum {
    BLOCK = 16,
    PIECES = 9,
    X_BYTES = 1 << 18,
    W_BYTES = 1 << 20,
    Y_BYTES = 1 << 19,
    MOST_OUTS = 4096
};

static struct check_memory inputs[PIECES], weights, numbers[4], pointers, outputs;
static uint8_t truth[Y_BYTES];

static void make_memory(void)
{
    for (int i = 0; i < PIECES; i++)
        check_memory_make(&inputs[i], 1, X_BYTES);
    for (int i = 0; i < 4; i++)
        check_memory_make(&numbers[i], 1, sizeof(int32_t) * MOST_OUTS);
    check_memory_make(&weights, 1, W_BYTES);
    check_memory_make(&pointers, 1, sizeof(int8_t *) * PIECES);
    check_memory_make(&outputs, 1, Y_BYTES);
}

/* ---- random cases ---------------------------------------------------------------------------- */

static int any_byte(void)
{
    return check_below(256) - 128;
}

/* n values: any, extreme ones, or one of those alone */
static void fill_s8(int8_t *x, ptrdiff_t n)
{
    const int kind = check_below(8);

    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = (int8_t)(kind == 0   ? -128
                        : kind == 1 ? 127
                        : kind == 2 ? 127 - 255 * check_below(2)
                                    : any_byte());
}

static int8_t *bytes_of(const struct check_memory *m, ptrdiff_t n)
{
    int8_t *x = check_place(m, (size_t)n, check_below(2));
    fill_s8(x, n);
    return x;
}

static int32_t *integers(int number, ptrdiff_t n)
{
    return check_place(&numbers[number], sizeof(int32_t) * (size_t)n, check_below(2));
}

/* A factor as networks have it, of any size, at its ends, or one that makes halves; for values of
 * so many bits. */
static void random_factor(int bits, int32_t most, int32_t *multiplier, int *shift)
{
    const int kind = check_below(8);
    const int power = check_below(30);

    *shift = 1 + check_below(62);
    *multiplier = (int32_t)(check_random() % ((uint64_t)most + 1));
    if (kind < 4) {
        *multiplier = most / 2 + check_below(most / 2);
        *shift = 24 + bits - check_below(8);
        *shift = *shift > 62 ? 62 : *shift;
    } else if (kind == 4) {
        *multiplier = check_below(2) ? most : 0;
    } else if (kind == 5) {
        *multiplier = 1 << power;
        *shift = power + 1 + check_below(bits < 32 ? bits : 32);
    }
}

/* ---- definitions, once more ------------------------------------------------------------------ */

static int8_t model_clamp(int64_t v, int low, int high)
{
    return (int8_t)(v < low ? low : v > high ? high : v);
}

/* by division: the quotient goes away from zero if the remainder is half or more */
static int64_t model_round(int64_t v, int shift)
{
    const int64_t unit = (int64_t)1 << shift;
    const uint64_t rest = 2 * (uint64_t)(v % unit < 0 ? -(v % unit) : v % unit);

    return v / unit + (rest < (uint64_t)unit ? 0 : v < 0 ? -1 : 1);
}

static void model_gemm_s8(const struct pleth_gemm_s8 *g)
{
    const int fours = (g->length + 3) / 4;

    for (int o = 0; o < g->outs; o++)
        for (int r = 0; r < g->rows; r++) {
            int64_t sum = g->bias[o];
            for (int p = 0; p < g->pieces; p++)
                for (int k = 0; k < g->length; k++)
                    sum += g->x[p][r * g->x_step + k] *
                           g->w[((((ptrdiff_t)o / BLOCK * g->pieces + p) * fours + k / 4) * BLOCK +
                                 o % BLOCK) *
                                    4 +
                                k % 4];
            if (g->sums)
                g->sums[r * g->y_step + o] = (int32_t)sum;
            else
                g->y[r * g->y_step + o] = model_clamp(
                    g->zero + model_round(sum * g->multiplier[o], g->shift[o]), g->low, g->high);
        }
}

static void model_shift(const uint8_t *now, const uint8_t *later, const uint8_t *earlier,
                        uint8_t *y, int rows, int bytes, int third, int fill)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)rows * bytes; i++) {
        const int part = (int)(i % bytes) / (third > 0 ? third : 1);
        y[i] = now[i];
        if (third > 0 && part == 0)
            y[i] = later ? later[i] : (uint8_t)fill;
        else if (third > 0 && part == 1)
            y[i] = earlier ? earlier[i] : (uint8_t)fill;
    }
}

static void model_affine_s8(const int8_t *x, const int32_t *multiplier, const int32_t *offset,
                            int8_t *y, int rows, int channels, int shift, int low)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)rows * channels; i++) {
        const int64_t unit = (int64_t)1 << shift;
        const int64_t v = (int64_t)x[i] * multiplier[i % channels] + offset[i % channels];
        y[i] = model_clamp(v / unit - (v % unit < 0), low, 127);
    }
}

static void model_table_s8(int8_t *x, ptrdiff_t n, const int8_t table[256])
{
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = (table + 128)[x[i]];
}

static void model_add_s8(const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n, int zero_a,
                         int32_t multiplier_a, int zero_b, int32_t multiplier_b, int shift,
                         int zero, int low)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const int64_t from_a = (int64_t)multiplier_a * (a[i] - zero_a);
        const int64_t from_b = (int64_t)multiplier_b * (b[i] - zero_b);
        y[i] = model_clamp(zero + model_round(from_a + from_b, shift), low, 127);
    }
}

static void model_pool_s8(const int8_t *const *x, int kh, int kw, int stride, int channels,
                          int outs, int max, int zero_x, int32_t multiplier, int shift, int zero,
                          int8_t *y)
{
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < outs; i++) {
            int64_t sum = 0;
            int8_t most = -128;
            for (int j = 0; j < kh * kw; j++) {
                const int8_t v = x[j / kw][(i * stride + j % kw) * channels + c];
                most = v > most ? v : most;
                sum += v;
            }
            sum = (sum - (int64_t)kh * kw * zero_x) * multiplier;
            y[i * channels + c] =
                max ? most : model_clamp(zero + model_round(sum, shift), -128, 127);
        }
}

static void model_scale_rows_s8(const int8_t *x, const int32_t *m, int8_t *y, int rows,
                                int channels, int zero_x, int shift, int zero)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)rows * channels; i++) {
        const int64_t v = (int64_t)m[i / channels] * (x[i] - zero_x);
        y[i] = model_clamp(zero + model_round(v, shift), -128, 127);
    }
}

static void model_quantize(const float *x, int8_t *y, ptrdiff_t n, float inverse_scale, int zero)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const float v = x[i] * inverse_scale;
        double below, part;
        if (isnan(v)) {
            y[i] = (int8_t)zero;
            continue;
        }
        below = v < -1000 ? -1000 : v > 1000 ? 1000 : floor((double)v);
        part = (double)v - below;
        if (part > 0.5 || (part >= 0.5 && fmod(below, 2) != 0.0))
            below += 1;
        y[i] = model_clamp((int64_t)below + zero, -128, 127);
    }
}

static const struct pleth_kernels model = {.gemm_s8 = model_gemm_s8,
                                           .shift = model_shift,
                                           .affine_s8 = model_affine_s8,
                                           .table_s8 = model_table_s8,
                                           .add_s8 = model_add_s8,
                                           .pool_s8 = model_pool_s8,
                                           .scale_rows_s8 = model_scale_rows_s8,
                                           .quantize = model_quantize};

/* ---- one case -------------------------------------------------------------------------------- */

/* Any kernel's: call has it write to y. */
struct job {
    const struct pleth_kernels *k;
    void (*call)(const struct pleth_kernels *k, const void *arguments, void *y);
    const void *arguments;
    void *y;
};

static void do_job(void *argument)
{
    const struct job *j = argument;
    j->call(j->k, j->arguments, j->y);
}

/* 1 if k and the reference make the same of an output of that size, and what is between its rows
 * stays */
static int same(const struct pleth_kernels *k, const struct pleth_kernels *scalar,
                void (*call)(const struct pleth_kernels *k, const void *arguments, void *y),
                const void *arguments, size_t size)
{
    struct check_output o;
    struct job j = {k, call, arguments, NULL};

    check_output_make(&o, &outputs, size);
    memcpy(truth, o.at, size);
    call(scalar ? scalar : &model, arguments, truth);
    j.y = o.at;
    if (!check_call(do_job, &j) || !check_output_whole(&o))
        return 0;
    for (size_t i = 0; i < size; i++)
        if (o.at[i] != truth[i]) {
            printf("    byte %zu of %zu: %d instead of %d\n", i, size, (int8_t)o.at[i],
                   (int8_t)truth[i]);
            return 0;
        }
    return 1;
}

/* ---- gemm_s8 --------------------------------------------------------------------------------- */

/* Weights in their order, and the sums of them that go with g. */
static void make_weights(struct pleth_gemm_s8 *g, int32_t *w_sum)
{
    const ptrdiff_t fours = (g->length + 3) / 4, block = g->pieces * fours * BLOCK * 4;
    const ptrdiff_t all = (g->outs + BLOCK - 1) / BLOCK * block;
    int8_t *w = bytes_of(&weights, all);

    memset(w_sum, 0, sizeof(*w_sum) * (size_t)((g->outs + BLOCK - 1) / BLOCK * BLOCK));
    for (ptrdiff_t i = 0; i < all; i++) {
        const ptrdiff_t o = i / block * BLOCK + i / 4 % BLOCK;
        if (i / (4 * BLOCK) % fours * 4 + i % 4 >= g->length || o >= g->outs)
            w[i] = 0;
        w_sum[o] += w[i];
    }
    g->w = w;
    g->w_sum = w_sum;
}

/* Factors and biases; those of lanes that nobody has are zeros or not. */
static void make_numbers(struct pleth_gemm_s8 *g)
{
    const ptrdiff_t n = (g->outs + BLOCK - 1) / BLOCK * BLOCK;
    int32_t *bias = integers(0, n), *multiplier = integers(1, n), *shift = integers(2, n);
    const int one = check_below(4) == 0, padded = check_below(2);

    for (ptrdiff_t o = 0; o < n; o++) {
        int by;
        random_factor(10 + check_below(16), INT32_MAX, &multiplier[o], &by);
        shift[o] = by;
        bias[o] = (int32_t)check_random() >> (1 + check_below(31));
        if (one && o > 0) {
            multiplier[o] = multiplier[0];
            shift[o] = shift[0];
        }
        if (padded && o >= g->outs)
            bias[o] = multiplier[o] = shift[o] = 0;
    }
    g->bias = bias;
    g->multiplier = multiplier;
    g->shift = shift;
    make_weights(g, integers(3, n));
}

static void gemm_case(struct pleth_gemm_s8 *g)
{
    const int8_t **x = check_place(&pointers, sizeof(*x) * PIECES, 1);

    memset(g, 0, sizeof *g);
    g->pieces = check_below(3) ? 1 + check_below(3) : 1 + check_below(PIECES);
    g->length = check_size(1, 40);
    g->rows = check_size(0, 50);
    g->outs = check_size(1, 150);
    if (check_below(40) == 0) {
        g->pieces = 1;
        g->length = check_size(1000, 5000);
        g->rows = check_below(20);
        g->outs = check_size(1, 70);
    } else if (check_below(40) == 0) {
        g->length = check_size(1, 10);
        g->rows = check_size(200, 400);
    }
    g->x_step = check_below(3) ? g->length : check_below(g->length + 10);
    x += PIECES - g->pieces;
    for (int p = 0; p < g->pieces; p++)
        x[p] = bytes_of(&inputs[p], g->rows ? (g->rows - 1) * g->x_step + g->length + 3 : 0);
    g->x = x;
    make_numbers(g);
    g->zero = any_byte();
    g->low = check_below(3) ? -128 : check_below(2) ? g->zero : any_byte();
    g->high = check_below(3) ? 127 : g->low + check_below(128 - g->low);
    g->y_step = g->outs + (check_below(2) ? check_below(20) : 0);
}

struct gemm_case {
    struct pleth_gemm_s8 g;
    int wants_sums;
};

static void gemm_call(const struct pleth_kernels *k, const void *arguments, void *y)
{
    const struct gemm_case *c = arguments;
    struct pleth_gemm_s8 g = c->g;

    if (c->wants_sums)
        g.sums = y;
    else
        g.y = y;
    k->gemm_s8(&g);
}

static int gemm_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds)
{
    make_memory();
    for (int i = 0; i < rounds; i++) {
        struct gemm_case c;
        const struct pleth_gemm_s8 *g = &c.g;
        size_t n;

        gemm_case(&c.g);
        c.wants_sums = check_below(4) == 0;
        n = g->rows ? (size_t)((g->rows - 1) * g->y_step + g->outs) : 0;
        if (!same(k, scalar, gemm_call, &c, c.wants_sums ? n * sizeof(int32_t) : n)) {
            printf("    round %d: %d pieces of %d, %d rows %td apart, %d outputs%s\n", i, g->pieces,
                   g->length, g->rows, g->x_step, g->outs, c.wants_sums ? ", sums" : "");
            return 0;
        }
    }
    return 1;
}

/* Layers of networks. */
static const struct {
    const char *name;
    int rows, pieces, length, step, outs;
} layers[] = {
    {"conv 3x3, 3 -> 32, 34 pixels", 34, 3, 9, 3, 32},
    {"conv 3x3, 32 -> 32, 34 pixels", 34, 3, 96, 32, 32},
    {"conv 3x3, 32 -> 64, 16 pixels", 16, 3, 96, 32, 64},
    {"conv 3x3, 64 -> 64, 16 pixels", 16, 3, 192, 64, 64},
    {"conv 1x1, 32 -> 1, 34 pixels", 34, 1, 32, 32, 1},
    {"conv 5, 32 -> 32, 200 samples", 200, 1, 160, 32, 32},
    {"conv 5, 64 -> 64, 50 samples", 50, 1, 320, 64, 64},
    {"conv 5, 128 -> 128, 4 samples", 4, 1, 640, 128, 128},
    {"dense 3136 -> 128, 1 row", 1, 1, 3136, 3136, 128},
    {"dense 3136 -> 128, 20 rows", 20, 1, 3136, 3136, 128},
};

static struct pleth_gemm_s8 layer;

static void layer_call(const struct pleth_kernels *k)
{
    k->gemm_s8(&layer);
}

static int gemm_bench(int number, struct check_bench *b)
{
    static const int8_t *x[PIECES];
    int32_t *factor;

    if (number == sizeof layers / sizeof *layers)
        return 0;
    make_memory();
    memset(&layer, 0, sizeof layer);
    layer.pieces = layers[number].pieces;
    layer.length = layers[number].length;
    layer.rows = layers[number].rows;
    layer.outs = layers[number].outs;
    layer.x_step = layers[number].step;
    layer.y_step = layer.outs;
    for (int p = 0; p < layer.pieces; p++)
        x[p] = bytes_of(&inputs[p], (layer.rows - 1) * layer.x_step + layer.length + 3);
    layer.x = x;
    make_numbers(&layer);
    factor = integers(1, MOST_OUTS);
    for (int o = 0; o < MOST_OUTS; o++)
        factor[o] = (1 << 30) + check_below(1 << 30);
    layer.multiplier = factor;
    factor = integers(2, MOST_OUTS);
    for (int o = 0; o < MOST_OUTS; o++)
        factor[o] = 40;
    layer.shift = factor;
    layer.low = -128;
    layer.high = 127;
    layer.y = check_place(&outputs, Y_BYTES, 0);
    b->name = layers[number].name;
    b->call = layer_call;
    b->unit = CHECK_INT8_OPS;
    b->work = 2.0 * layer.rows * layer.pieces * layer.length * layer.outs;
    return 1;
}

/* ---- rows and elements ----------------------------------------------------------------------- */

/* Arguments of all the others. */
struct work {
    const void *x[PIECES]; /* a and b; now, later and earlier; rows of a window */
    const int32_t *multiplier, *offset;
    const float *values;
    const int8_t *table;
    int rows, channels, low, zero_x, zero, zero_b, shift, third, kh, kw, stride, max;
    int32_t factor, factor_b;
    float scale;
    int over; /* the operand that y lies over, -1: none */
};

static ptrdiff_t count(const struct work *w)
{
    return (ptrdiff_t)w->rows * w->channels;
}

/* What all have: rows of channels, sometimes many of few or few of many; zero points and factor. */
static void work_case(struct work *w, int inputs_wanted)
{
    memset(w, 0, sizeof *w);
    w->rows = check_size(0, 40);
    w->channels = check_size(1, 150);
    if (check_below(10) == 0) {
        w->rows = check_size(0, 300);
        w->channels = check_size(1, 10);
    } else if (check_below(10) == 0) {
        w->rows = check_below(4);
        w->channels = check_size(1, 2000);
    }
    for (int i = 0; i < inputs_wanted; i++)
        w->x[i] = bytes_of(&inputs[i], count(w));
    w->zero_x = any_byte();
    w->zero_b = any_byte();
    w->zero = any_byte();
    w->low = check_below(2) ? -128 : check_below(2) ? w->zero : any_byte();
}

static void describe(int round, const struct work *w)
{
    printf("    round %d: %d rows of %d\n", round, w->rows, w->channels);
}

static void shift_case(struct work *w)
{
    work_case(w, 3);
    w->third = check_below(3) ? w->channels / 3 : check_below(w->channels / 2 + 1);
    w->zero = check_below(256);
    for (int i = 1; i < 3; i++)
        if (check_below(4) == 0)
            w->x[i] = NULL;
}

static void shift_call(const struct pleth_kernels *k, const void *arguments, void *y)
{
    const struct work *w = arguments;
    k->shift(w->x[0], w->x[1], w->x[2], y, w->rows, w->channels, w->third, w->zero);
}

static void affine_case(struct work *w)
{
    int32_t *multiplier, *offset;

    work_case(w, 1);
    multiplier = integers(0, w->channels);
    offset = integers(1, w->channels);
    for (int c = 0; c < w->channels; c++) {
        multiplier[c] = check_below(1 << 24) - (1 << 23);
        offset[c] = (int32_t)check_random() >> (2 + check_below(28));
    }
    w->multiplier = multiplier;
    w->offset = offset;
    w->shift = check_below(3) ? 16 + check_below(15) : check_below(32);
}

static void affine_call(const struct pleth_kernels *k, const void *arguments, void *y)
{
    const struct work *w = arguments;
    k->affine_s8(w->x[0], w->multiplier, w->offset, y, w->rows, w->channels, w->shift, w->low);
}

static void table_case(struct work *w)
{
    work_case(w, 0);
    w->table = bytes_of(&weights, 256);
    w->x[0] = bytes_of(&inputs[0], count(w));
}

static void table_call(const struct pleth_kernels *k, const void *arguments, void *y)
{
    const struct work *w = arguments;
    memcpy(y, w->x[0], (size_t)count(w));
    k->table_s8(y, count(w), w->table);
}

static void add_case(struct work *w)
{
    work_case(w, 2);
    w->over = check_below(3) - 1;
    random_factor(8, 1 << 30, &w->factor_b, &w->shift);
    random_factor(8, 1 << 30, &w->factor, &w->shift);
}

static void add_call(const struct pleth_kernels *k, const void *arguments, void *y)
{
    const struct work *w = arguments;
    const int8_t *x[2] = {w->x[0], w->x[1]};

    if (w->over >= 0) {
        memcpy(y, x[w->over], (size_t)count(w));
        x[w->over] = y;
    }
    k->add_s8(x[0], x[1], y, count(w), w->zero_x, w->factor, w->zero_b, w->factor_b, w->shift,
              w->zero, w->low);
}

static void pool_case(struct work *w)
{
    work_case(w, 0);
    w->kh = 1 + check_below(3);
    w->kw = 1 + check_below(3);
    w->stride = 1 + check_below(3);
    w->max = check_below(3) == 0;
    if (check_below(4) == 0) { /* a mean */
        w->kh = 1;
        w->kw = check_size(1, 100);
        w->rows = w->rows > 0;
    }
    random_factor(8, INT32_MAX, &w->factor, &w->shift);
    for (int i = 0; i < w->kh; i++)
        w->x[i] = bytes_of(
            &inputs[i], w->rows ? ((w->rows - 1) * w->stride + w->kw) * (ptrdiff_t)w->channels : 0);
}

static void pool_call(const struct pleth_kernels *k, const void *arguments, void *y)
{
    const struct work *w = arguments;
    const int8_t *x[PIECES];

    for (int i = 0; i < w->kh; i++)
        x[i] = w->x[i];
    k->pool_s8(x, w->kh, w->kw, w->stride, w->channels, w->rows, w->max, w->zero_x, w->factor,
               w->shift, w->zero, y);
}

static void scale_case(struct work *w)
{
    int32_t *m, one;

    work_case(w, 1);
    m = integers(0, w->rows);
    random_factor(8, INT32_MAX, &one, &w->shift);
    for (int r = 0; r < w->rows; r++)
        m[r] = check_below(3) ? one : (int32_t)(check_random() >> 33);
    w->multiplier = m;
}

static void scale_call(const struct pleth_kernels *k, const void *arguments, void *y)
{
    const struct work *w = arguments;
    k->scale_rows_s8(w->x[0], w->multiplier, y, w->rows, w->channels, w->zero_x, w->shift, w->zero);
}

static void quantize_case(struct work *w)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-40f, -0.0f, 0};
    float *x;

    work_case(w, 0);
    x = check_place(&weights, sizeof(float) * (size_t)count(w), check_below(2));
    w->scale = check_below(2) ? 1 : (float)ldexp(1 + check_below(1000) / 1000.0, check_below(20));
    for (ptrdiff_t i = 0; i < count(w); i++) {
        const int kind = check_below(12);
        /* halves, values within and beyond the range */
        x[i] = (float)(kind < 4   ? (check_below(1024) - 512) * 0.5
                       : kind < 8 ? (check_below(1 << 20) - (1 << 19)) / 2000.0
                                  : ldexp(check_below(1000) - 500, check_below(60) - 20));
        x[i] /= w->scale;
        if (kind == 11)
            x[i] = odd[check_below(sizeof odd / sizeof *odd)];
    }
    w->values = x;
}

static void quantize_call(const struct pleth_kernels *k, const void *arguments, void *y)
{
    const struct work *w = arguments;
    k->quantize(w->values, y, count(w), w->scale, w->zero);
}

typedef void work_case_function(struct work *w);
typedef void work_call_function(const struct pleth_kernels *k, const void *arguments, void *y);

static int run(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds,
               work_case_function *make, work_call_function *call)
{
    make_memory();
    for (int i = 0; i < rounds; i++) {
        struct work w;
        make(&w);
        if (!same(k, scalar, call, &w, (size_t)count(&w))) {
            describe(i, &w);
            return 0;
        }
    }
    return 1;
}

/* ---- times of those: an image row of 34 pixels of 32 channels, twice reduced, and others ------
 */

static struct work timed;
static work_call_function *timed_call;

static void time_work(const struct pleth_kernels *k)
{
    timed_call(k, &timed, outputs.slot);
}

static int bench(int number, struct check_bench *b, work_case_function *make,
                 work_call_function *call)
{
    static const struct {
        const char *name;
        int rows, channels;
    } sizes[] = {{"34 of 32", 34, 32}, {"16 of 64", 16, 64}, {"1000 of 3", 1000, 3}};

    if (number == sizeof sizes / sizeof *sizes)
        return 0;
    make_memory();
    make(&timed);
    timed.over = -1;
    timed.rows = sizes[number].rows;
    timed.channels = sizes[number].channels;
    timed.third = timed.channels / 3;
    timed.kh = timed.kw = timed.stride = 2;
    timed.max = 0;
    timed.factor = timed.factor_b = (1 << 30) - 1;
    timed.shift = call == affine_call ? 20 : 32;
    timed.multiplier = integers(0, MOST_OUTS);
    timed.offset = integers(1, MOST_OUTS);
    for (int i = 0; i < 3; i++)
        timed.x[i] = inputs[i].slot;
    timed.values = (const float *)(const void *)weights.slot;
    timed_call = call;
    b->name = sizes[number].name;
    b->call = time_work;
    b->unit = CHECK_VALUES;
    b->work = (double)count(&timed);
    return 1;
}

#define RUN_AND_BENCH(name)                                                                        \
    static int name##_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar,       \
                          int rounds)                                                              \
    {                                                                                              \
        return run(k, scalar, rounds, name##_case, name##_call);                                   \
    }                                                                                              \
    static int name##_bench(int number, struct check_bench *b)                                     \
    {                                                                                              \
        return bench(number, b, name##_case, name##_call);                                         \
    }
RUN_AND_BENCH(shift)
RUN_AND_BENCH(affine)
RUN_AND_BENCH(table)
RUN_AND_BENCH(add)
RUN_AND_BENCH(pool)
RUN_AND_BENCH(scale)
RUN_AND_BENCH(quantize)

const struct check check_int8[] = {
    {"gemm_s8", offsetof(struct pleth_kernels, gemm_s8), gemm_run, gemm_bench},
    {"shift", offsetof(struct pleth_kernels, shift), shift_run, shift_bench},
    {"affine_s8", offsetof(struct pleth_kernels, affine_s8), affine_run, affine_bench},
    {"table_s8", offsetof(struct pleth_kernels, table_s8), table_run, table_bench},
    {"add_s8", offsetof(struct pleth_kernels, add_s8), add_run, add_bench},
    {"pool_s8", offsetof(struct pleth_kernels, pool_s8), pool_run, pool_bench},
    {"scale_rows_s8", offsetof(struct pleth_kernels, scale_rows_s8), scale_run, scale_bench},
    {"quantize", offsetof(struct pleth_kernels, quantize), quantize_run, quantize_bench},
    {NULL, 0, NULL, NULL},
};
