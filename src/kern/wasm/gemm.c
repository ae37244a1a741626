/* Products of float matrices for WebAssembly's vectors. */
#include "../kern.h"

#if defined(PLETH_KERN_WASM)

#include "pleth/pleth.h"
#include "target.h"

enum { BLOCK = 16, ROWS = 4 };

/* `rows` rows from r on times `vectors` * 4 outputs from o on, whose weights begin at w. */
static ALWAYS_INLINE void tile(const struct pleth_gemm *g, int r, int rows, const float *w, int o,
                               int vectors)
{
    v128_t sum[ROWS][2];

    UNROLL
    for (int j = 0; j < vectors; j++) {
        const v128_t bias = g->bias ? wasm_v128_load(g->bias + o + 4 * j) : wasm_f32x4_splat(0);
        UNROLL
        for (int i = 0; i < rows; i++)
            sum[i][j] = bias;
    }
    for (int p = 0; p < g->pieces; p++) {
        const float *x = g->x[p] + r * g->x_step;
        for (int k = g->length; k > 0; k--, x++, w += g->w_step) {
            v128_t u[2];
            UNROLL
            for (int j = 0; j < vectors; j++)
                u[j] = wasm_v128_load(w + 4 * j);
            UNROLL
            for (int i = 0; i < rows; i++) {
                const v128_t v = wasm_v128_load32_splat(x + i * g->x_step);
                UNROLL
                for (int j = 0; j < vectors; j++)
                    sum[i][j] = multiply_add(v, u[j], sum[i][j]);
            }
        }
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int j = 0; j < vectors; j++)
            wasm_v128_store(g->y + (r + i) * g->y_step + o + 4 * j, sum[i][j]);
    }
}

/* What is left of outputs beyond fours. */
static void one(const struct pleth_gemm *g, int r, const float *w, int o)
{
    float sum = g->bias ? g->bias[o] : 0;

    for (int p = 0; p < g->pieces; p++) {
        const float *x = g->x[p] + r * g->x_step;
        for (int k = 0; k < g->length; k++, w += g->w_step)
            sum += x[k] * *w;
    }
    g->y[r * g->y_step + o] = sum;
}

static void gemm(const struct pleth_gemm *g)
{
    /* blocks outside: a block's weights stay in the cache while all rows pass */
    for (int o = 0; o < g->outs; o += BLOCK) {
        const int n = g->outs - o < BLOCK ? g->outs - o : BLOCK;
        const float *w = g->w + o / BLOCK * g->w_block;
        int j = 0, r;

        for (; j + 8 <= n; j += 8) {
            for (r = 0; r + ROWS <= g->rows; r += ROWS)
                tile(g, r, ROWS, w + j, o + j, 2);
            for (; r < g->rows; r++)
                tile(g, r, 1, w + j, o + j, 2);
        }
        for (; j + 4 <= n; j += 4)
            for (r = 0; r < g->rows; r++)
                tile(g, r, 1, w + j, o + j, 1);
        for (; j < n; j++)
            for (r = 0; r < g->rows; r++)
                one(g, r, w + j, o + j);
    }
}

/* Four channels of an output, or the n < 4 last ones, while the window passes. */
static ALWAYS_INLINE void window(const struct pleth_depthwise *d, int i, int c, int n)
{
    v128_t sum = d->bias ? load_floats(d->bias + c, n) : wasm_f32x4_splat(0);

    for (int a = 0; a < d->kh; a++) {
        const float *x = d->x[a] + (ptrdiff_t)i * d->stride * d->channels + c;
        const float *w = d->w + (ptrdiff_t)a * d->kw * d->channels + c;
        for (int b = 0; b < d->kw; b++, x += d->channels, w += d->channels)
            sum = multiply_add(load_floats(x, n), load_floats(w, n), sum);
    }
    store_floats(d->y + (ptrdiff_t)i * d->channels + c, sum, n);
}

static void depthwise(const struct pleth_depthwise *d)
{
    for (int i = 0; i < d->outs; i++) {
        int c = 0;
        for (; c + 4 <= d->channels; c += 4)
            window(d, i, c, 4);
        if (c < d->channels)
            window(d, i, c, d->channels - c);
    }
}

void pleth_kernels_gemm_wasm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_SIMD128))
        return;
    k->gemm = gemm;
    k->depthwise = depthwise;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_wasm_gemm_absent;

#endif
