/* The body of gemm.c, for one width of vectors. */
#include "vector.h"

/* A tile of ROWS rows by VECTORS vectors of outputs, both constants, from output o, which begins a
 * block: in registers, at most 12 rows and 24 sums of 16 floats, 6 and 12 of 8. Of a partial tile,
 * one block wide, only outputs `left` of the block are read and written. */
#if WIDTH == 16
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
/* from a block to vector i, in weights */
#define OFFSET(i) ((i)*block)
#else
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5)
#define OFFSET(i) ((i) / 2 * block + (i) % 2 * WIDTH)
#endif
#define EACH_VECTOR(DO, r) DO(r, 0) DO(r, 1) DO(r, 2) DO(r, 3) DO(r, 4) DO(r, 5) DO(r, 6) DO(r, 7)

static TARGET inline __attribute__((always_inline)) void NAME(tile)(const struct part *p, int row,
                                                                    int o, const int ROWS,
                                                                    const int VECTORS,
                                                                    const int partial)
{
    const struct pleth_gemm *g = p->g;
    const ptrdiff_t step = g->x_step, w_step = g->w_step, block = g->w_block;
    const float *w = g->w + o / BLOCK * block + ((ptrdiff_t)p->from * g->length + p->k) * w_step;
    float *y = g->y + row * g->y_step + o;
    V_SOME some[BLOCK / WIDTH];
    V s[12][8], v[8];

    if (partial)
        for (int i = 0; i < BLOCK / WIDTH; i++) {
            const int left = g->outs - o - i * WIDTH;
            some[i] = v_some(left < 0 ? 0 : left < WIDTH ? left : WIDTH);
        }

#define GET(i, at) (partial ? v_load_some(some[i % (BLOCK / WIDTH)], at) : v_load(at))
#define PUT(i, at, value)                                                                          \
    if (partial)                                                                                   \
        v_store_some(some[i % (BLOCK / WIDTH)], at, value);                                        \
    else                                                                                           \
        v_store(at, value);
#define FROM_BIAS(r, i)                                                                            \
    if (r < ROWS && i < VECTORS)                                                                   \
        s[r][i] = v[i];
#define FROM_BIAS_ROW(r) EACH_VECTOR(FROM_BIAS, r)
#define FROM_Y(r, i)                                                                               \
    if (r < ROWS && i < VECTORS)                                                                   \
        s[r][i] = GET(i, y + r * g->y_step + i * WIDTH);
#define FROM_Y_ROW(r) EACH_VECTOR(FROM_Y, r)
#define LOAD_BIAS(r, i)                                                                            \
    if (i < VECTORS)                                                                               \
        v[i] = g->bias ? GET(i, g->bias + o + i * WIDTH) : v_set(0);
#define LOAD_W(r, i)                                                                               \
    if (i < VECTORS)                                                                               \
        v[i] = GET(i, w + OFFSET(i));
#define ADD(r, i)                                                                                  \
    if (i < VECTORS)                                                                               \
        s[r][i] = v_fma(b, v[i], s[r][i]);
#define ADD_ROW(r)                                                                                 \
    if (r < ROWS) {                                                                                \
        const V b = v_set(x[r / 3][r % 3 * step]);                                                 \
        EACH_VECTOR(ADD, r)                                                                        \
    }
#define STORE(r, i)                                                                                \
    if (r < ROWS && i < VECTORS) {                                                                 \
        PUT(i, y + r * g->y_step + i * WIDTH, s[r][i])                                             \
    }
#define STORE_ROW(r) EACH_VECTOR(STORE, r)

    if (p->first) {
        EACH_VECTOR(LOAD_BIAS, 0)
        EACH(FROM_BIAS_ROW)
    } else {
        EACH(FROM_Y_ROW)
    }
    for (int i = p->from; i < p->to; i++) {
        /* every third row has a pointer; the others are one or two steps from it */
        const float *x[4];
        x[0] = g->x[i] + row * step + p->k;
        x[1] = x[0] + (ROWS > 3 ? 3 : 0) * step;
        x[2] = x[0] + (ROWS > 6 ? 6 : 0) * step;
        x[3] = x[0] + (ROWS > 9 ? 9 : 0) * step;
        for (int k = 0; k < p->length; k++) {
            EACH_VECTOR(LOAD_W, 0)
            EACH(ADD_ROW)
            w += w_step;
            x[0]++;
            x[1]++;
            x[2]++;
            x[3]++;
        }
    }
    EACH(STORE_ROW)
#undef GET
#undef PUT
#undef FROM_BIAS
#undef FROM_BIAS_ROW
#undef FROM_Y
#undef FROM_Y_ROW
#undef LOAD_BIAS
#undef LOAD_W
#undef ADD
#undef ADD_ROW
#undef STORE
#undef STORE_ROW
}

#undef OFFSET
#undef EACH_VECTOR

/* Up to MOST rows of a block that is not whole, of one, of two */
#define MOST (WIDTH == 16 ? 12 : 6)

static TARGET void NAME(sum_partial)(const struct part *p, int row, int rows, int o)
{
    switch (rows) {
#define CASE(r)                                                                                    \
    case r + 1:                                                                                    \
        NAME(tile)(p, row, o, r + 1, BLOCK / WIDTH, 1);                                            \
        break;
        EACH(CASE)
#undef CASE
    }
}

static TARGET void NAME(sum_blocks)(const struct part *p, int row, int rows, int o)
{
    switch (rows) {
#define CASE(r)                                                                                    \
    case r + 1:                                                                                    \
        NAME(tile)(p, row, o, r + 1, 2, 0);                                                        \
        break;
        EACH(CASE)
#undef CASE
    }
}

#undef EACH

/* More vectors at once where rows are few, so that enough sums are under way */
static TARGET void NAME(sum_four)(const struct part *p, int row, int rows, int o)
{
    switch (rows) {
#if WIDTH == 16
    case 3:
        NAME(tile)(p, row, o, 3, 4, 0);
        break;
    case 4:
        NAME(tile)(p, row, o, 4, 4, 0);
        break;
    case 5:
        NAME(tile)(p, row, o, 5, 4, 0);
        break;
    case 6:
        NAME(tile)(p, row, o, 6, 4, 0);
        break;
#endif
    case 1:
        NAME(tile)(p, row, o, 1, 4, 0);
        break;
    case 2:
        NAME(tile)(p, row, o, 2, 4, 0);
        break;
    }
}

static TARGET void NAME(sum_eight)(const struct part *p, int row, int rows, int o)
{
    if (rows == 1)
        NAME(tile)(p, row, o, 1, 8, 0);
#if WIDTH == 16
    else
        NAME(tile)(p, row, o, 2, 8, 0);
#endif
}

static void NAME(sum_part)(const struct part *p, int row, int rows)
{
    const int outs = p->g->outs;
    int o = 0;

    if (rows <= MOST / 6)
        for (; outs - o >= 8 * WIDTH; o += 8 * WIDTH)
            NAME(sum_eight)(p, row, rows, o);
    if (rows <= (WIDTH == 16 ? 6 : 2))
        for (; outs - o >= 4 * WIDTH; o += 4 * WIDTH)
            NAME(sum_four)(p, row, rows, o);
    for (; outs - o >= 2 * WIDTH; o += 2 * WIDTH)
        split_rows(p, row, rows, MOST, o, NAME(sum_blocks));
    for (; o < outs; o += BLOCK)
        split_rows(p, row, rows, MOST, o, NAME(sum_partial));
}

#undef MOST

/* One output: values in lanes instead, since 15 of 16 outputs would be for nothing. Weights are
 * brought together, MOST_K at a time. */
static TARGET void NAME(gemm_one)(const struct pleth_gemm *g)
{
    enum { MOST_K = 512 };
    float weight[MOST_K], total[WIDTH];
    const float *w = g->w;

    for (int r = 0; r < g->rows; r++)
        g->y[r * g->y_step] = g->bias ? g->bias[0] : 0;
    for (int p = 0; p < g->pieces; p++)
        for (int k0 = 0; k0 < g->length; k0 += MOST_K) {
            const int n = g->length - k0 < MOST_K ? g->length - k0 : MOST_K;
            const int whole = n / WIDTH * WIDTH;
            const V_SOME some = v_some(n - whole);
            for (int k = 0; k < n; k++, w += g->w_step)
                weight[k] = *w;
            for (int row = 0; row < g->rows; row += WIDTH) {
                const int rows = g->rows - row < WIDTH ? g->rows - row : WIDTH;
                const float *x = g->x[p] + k0 + row * g->x_step;
                V s[WIDTH];
                for (int r = 0; r < WIDTH; r++, x += g->x_step) {
                    V t = v_set(0);
                    if (r < rows) {
                        for (int k = 0; k < whole; k += WIDTH)
                            t = v_fma(v_load(x + k), v_load(weight + k), t);
                        if (whole < n)
                            t = v_fma(v_load_some(some, x + whole),
                                      v_load_some(some, weight + whole), t);
                    }
                    s[r] = t;
                }
                v_store(total, v_totals(s));
                for (int r = 0; r < rows; r++)
                    g->y[(row + r) * g->y_step] += total[r];
            }
        }
}

static void NAME(gemm)(const struct pleth_gemm *g)
{
    if (g->outs == 1)
        NAME(gemm_one)(g);
    else
        split_gemm(g, NAME(sum_part));
}

/* Pixels i .. i + PIXELS, a constant, of some channels from c on, or, by the constant `full`, of as
 * many as a vector has: weights are read once for all. */
static TARGET inline __attribute__((always_inline)) void
NAME(pixels)(const struct pleth_depthwise *d, int i, int c, V_SOME some, const int PIXELS,
             const int full)
{
    const ptrdiff_t step = (ptrdiff_t)d->stride * d->channels;
    const float *w = d->w + c;
    float *y = d->y + (ptrdiff_t)i * d->channels + c;
    V s[8];

#define GET(at) (full ? v_load(at) : v_load_some(some, at))
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)
#define FROM_BIAS(j)                                                                               \
    if (j < PIXELS)                                                                                \
        s[j] = d->bias ? GET(d->bias + c) : v_set(0);
#define ADD(j)                                                                                     \
    if (j < PIXELS)                                                                                \
        s[j] = v_fma(GET(x + j * step), v, s[j]);
#define STORE(j)                                                                                   \
    if (j < PIXELS) {                                                                              \
        if (full)                                                                                  \
            v_store(y + j * d->channels, s[j]);                                                    \
        else                                                                                       \
            v_store_some(some, y + j * d->channels, s[j]);                                         \
    }
    EACH(FROM_BIAS)
    for (int a = 0; a < d->kh; a++) {
        const float *x = d->x[a] + i * step + c;
        for (int b = 0; b < d->kw; b++, x += d->channels, w += d->channels) {
            const V v = GET(w);
            EACH(ADD)
        }
    }
    EACH(STORE)
#undef GET
#undef EACH
#undef FROM_BIAS
#undef ADD
#undef STORE
}

static TARGET inline __attribute__((always_inline)) void
NAME(row_of_pixels)(const struct pleth_depthwise *d, int c, V_SOME some, const int full)
{
    int i = 0;

    for (; i + 8 <= d->outs; i += 8)
        NAME(pixels)(d, i, c, some, 8, full);
    for (; i + 2 <= d->outs; i += 2)
        NAME(pixels)(d, i, c, some, 2, full);
    for (; i < d->outs; i++)
        NAME(pixels)(d, i, c, some, 1, full);
}

static TARGET void NAME(depthwise)(const struct pleth_depthwise *d)
{
    int c = 0;

    for (; c + WIDTH <= d->channels; c += WIDTH)
        NAME(row_of_pixels)(d, c, v_some(WIDTH), 1);
    if (c < d->channels)
        NAME(row_of_pixels)(d, c, v_some(d->channels - c), 0);
}
