/* The arithmetic of int8 networks, scalar: the definition of every bit. */
#include <math.h>

#include "int8.h"
#include "kern.h"

enum { BLOCK = 16 };

static void gemm_s8(const struct pleth_gemm_s8 *g)
{
    const int fours = (g->length + 3) / 4;
    const ptrdiff_t block = (ptrdiff_t)g->pieces * fours * BLOCK * 4;

    for (int r = 0; r < g->rows; r++)
        for (int o = 0; o < g->outs; o++) {
            const int8_t *w = g->w + o / BLOCK * block + o % BLOCK * 4;
            int32_t sum = g->bias[o];
            for (int p = 0; p < g->pieces; p++, w += (ptrdiff_t)fours * BLOCK * 4) {
                const int8_t *x = g->x[p] + r * g->x_step;
                for (int k = 0; k < g->length; k++)
                    sum += x[k] * w[k / 4 * BLOCK * 4 + k % 4];
            }
            if (g->sums)
                g->sums[r * g->y_step + o] = sum;
            else
                g->y[r * g->y_step + o] = pleth_clamped(
                    g->zero + pleth_rounded((int64_t)sum * g->multiplier[o], g->shift[o]), g->low,
                    g->high);
        }
}

static void table_s8(int8_t *x, ptrdiff_t n, const int8_t table[256])
{
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = table[x[i] + 128];
}

static void add_s8(const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n, int zero_a,
                   int32_t multiplier_a, int zero_b, int32_t multiplier_b, int shift, int zero,
                   int low)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const int64_t sum =
            (int64_t)(a[i] - zero_a) * multiplier_a + (int64_t)(b[i] - zero_b) * multiplier_b;
        y[i] = pleth_clamped(zero + pleth_rounded(sum, shift), low, 127);
    }
}

static void pool_s8(const int8_t *const *x, int kh, int kw, int stride, int channels, int outs,
                    int max, int zero_x, int32_t multiplier, int shift, int zero, int8_t *y)
{
    for (int i = 0; i < outs; i++, y += channels)
        for (int c = 0; c < channels; c++) {
            int sum = 0, largest = -128;
            for (int a = 0; a < kh; a++)
                for (int b = 0; b < kw; b++) {
                    const int v = x[a][(ptrdiff_t)(i * stride + b) * channels + c];
                    sum += v - zero_x;
                    largest = v > largest ? v : largest;
                }
            y[c] = max ? (int8_t)largest
                       : pleth_clamped(zero + pleth_rounded((int64_t)sum * multiplier, shift), -128,
                                       127);
        }
}

static void scale_rows_s8(const int8_t *x, const int32_t *m, int8_t *y, int rows, int channels,
                          int zero_x, int shift, int zero)
{
    for (int r = 0; r < rows; r++, x += channels, y += channels)
        for (int c = 0; c < channels; c++)
            y[c] = pleth_clamped(zero + pleth_rounded((int64_t)(x[c] - zero_x) * m[r], shift), -128,
                                 127);
}

static void quantize(const float *x, int8_t *y, ptrdiff_t n, float inverse_scale, int zero)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const float v = nearbyintf(x[i] * inverse_scale) + (float)zero;
        y[i] = (int8_t)(isnan(v) ? zero : v < -128 ? -128 : v > 127 ? 127 : (int)v);
    }
}

void pleth_kernels_int8_rest(struct pleth_kernels *k)
{
    k->table_s8 = table_s8;
    k->scale_rows_s8 = scale_rows_s8;
    k->quantize = quantize;
}

void pleth_kernels_int8(struct pleth_kernels *k)
{
    pleth_kernels_int8_rest(k);
    k->gemm_s8 = gemm_s8;
    k->add_s8 = add_s8;
    k->pool_s8 = pool_s8;
}
