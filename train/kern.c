/* The kernels of training, scalar. */
#include "kern.h"

#include <math.h>

#include "kern/kern.h"

#ifdef __FAST_MATH__
#error "pleth needs IEEE arithmetic: build without -ffast-math"
#endif

static void outer(const struct plethtrain_outer *o)
{
    for (int r = 0; r < o->rows; r++) {
        const float *x = o->x + r * o->x_step, *dy = o->dy + r * o->dy_step;
        for (int k = 0; k < o->length; k++)
            for (int i = 0; i < o->outs; i++)
                o->w[k * o->w_step + i] += x[k] * dy[i];
    }
}

static void tile_input(const float *x, int tiles, int channels, float *v, ptrdiff_t plane)
{
    for (int t = 0; t < tiles; t++, x += 4 * channels, v += channels)
        for (int c = 0; c < channels; c++) {
            float d[8], even, odd;
            for (int k = 0; k < 8; k++)
                d[k] = x[k * channels + c];
            v[c] = d[6] - d[0] + 5.25f * (d[2] - d[4]);
            even = d[2] - 4.25f * d[4] + d[6];
            odd = d[1] - 4.25f * d[3] + d[5];
            v[plane + c] = even + odd;
            v[2 * plane + c] = even - odd;
            even = 0.25f * d[2] - 1.25f * d[4] + d[6];
            odd = 0.5f * d[1] - 2.5f * d[3] + 2 * d[5];
            v[3 * plane + c] = even + odd;
            v[4 * plane + c] = even - odd;
            even = 4 * d[2] - 5 * d[4] + d[6];
            odd = 2 * d[1] - 2.5f * d[3] + 0.5f * d[5];
            v[5 * plane + c] = even + odd;
            v[6 * plane + c] = even - odd;
            v[7 * plane + c] = d[7] - d[1] + 5.25f * (d[3] - d[5]);
        }
}

static void tile_output(const float *m, ptrdiff_t plane, int positions, int channels,
                        const float *bias, float *y)
{
    for (int p = 0; p < positions; p += 4, m += channels, y += 4 * channels)
        for (int c = 0; c < channels; c++) {
            const float b = bias ? bias[c] : 0;
            const float s1 = m[plane + c] + m[2 * plane + c], d1 = m[plane + c] - m[2 * plane + c];
            const float s2 = m[3 * plane + c] + m[4 * plane + c];
            const float d2 = m[3 * plane + c] - m[4 * plane + c];
            const float s3 = m[5 * plane + c] + m[6 * plane + c];
            const float d3 = m[5 * plane + c] - m[6 * plane + c];
            const float out[4] = {m[c] + s1 + s2 + s3 + b, d1 + 2 * d2 + 0.5f * d3 + b,
                                  s1 + 4 * s2 + 0.25f * s3 + b,
                                  d1 + 8 * d2 + 0.125f * d3 + m[7 * plane + c] + b};
            for (int k = 0; k < 4 && p + k < positions; k++)
                y[k * channels + c] = out[k];
        }
}

static void tile_expand(const float *y, int positions, int channels, float *v, ptrdiff_t plane)
{
    for (int p = 0; p < positions; p += 4, v += channels, y += 4 * channels)
        for (int c = 0; c < channels; c++) {
            float g[4], even, odd;
            for (int k = 0; k < 4; k++)
                g[k] = p + k < positions ? y[k * channels + c] : 0;
            v[c] = g[0];
            even = g[0] + g[2];
            odd = g[1] + g[3];
            v[plane + c] = even + odd;
            v[2 * plane + c] = even - odd;
            even = g[0] + 4 * g[2];
            odd = 2 * g[1] + 8 * g[3];
            v[3 * plane + c] = even + odd;
            v[4 * plane + c] = even - odd;
            even = g[0] + 0.25f * g[2];
            odd = 0.5f * g[1] + 0.125f * g[3];
            v[5 * plane + c] = even + odd;
            v[6 * plane + c] = even - odd;
            v[7 * plane + c] = g[3];
        }
}

static void sums(const float *x, int rows, int channels, float *sum)
{
    for (int r = 0; r < rows; r++, x += channels)
        for (int c = 0; c < channels; c++)
            sum[c] += x[c];
}

static void moments(const float *x, const float *about, int rows, int channels, float *sum,
                    float *square)
{
    for (int r = 0; r < rows; r++, x += channels)
        for (int c = 0; c < channels; c++) {
            const float d = x[c] - about[c];
            sum[c] += d;
            square[c] += d * d;
        }
}

static void norm_back(float *dy, const float *x, const float *scale, const float *shift,
                      const float *mean, int relu, int rows, int channels, float *sum,
                      float *product)
{
    for (int r = 0; r < rows; r++, x += channels, dy += channels)
        for (int c = 0; c < channels; c++) {
            const float d = !relu || x[c] * scale[c] + shift[c] > 0 ? dy[c] : 0;
            dy[c] = d;
            sum[c] += d;
            product[c] += d * (x[c] - mean[c]);
        }
}

static void norm_input(const float *dz, const float *x, const float *a, const float *b,
                       const float *e, int rows, int channels, int add, float *dx)
{
    for (int r = 0; r < rows; r++, x += channels, dz += channels, dx += channels)
        for (int c = 0; c < channels; c++)
            dx[c] = (add ? dx[c] : 0) + dz[c] * a[c] + (x[c] * b[c] + e[c]);
}

static void drop(float *x, const uint64_t *bits, ptrdiff_t n, float scale)
{
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = bits[i / 64] >> i % 64 & 1 ? x[i] * scale : 0;
}

static void add_scaled(const float *x, float a, ptrdiff_t n, float *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

static void adam(const struct plethtrain_adam *a, const float *g, float *m, float *v, float *w,
                 ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const float d = g[i] + a->add * w[i];
        m[i] = a->beta1 * m[i] + (1 - a->beta1) * d;
        v[i] = a->beta2 * v[i] + (1 - a->beta2) * (d * d);
        w[i] = a->shrink * w[i] - a->step * m[i] / (sqrtf(v[i]) * a->correct + a->eps);
    }
}

void plethtrain_kernels_init(struct plethtrain_kernels *k, uint32_t mask)
{
    k->outer = outer;
    k->tile_input = tile_input;
    k->tile_output = tile_output;
    k->tile_expand = tile_expand;
    k->sums = sums;
    k->moments = moments;
    k->norm_back = norm_back;
    k->norm_input = norm_input;
    k->drop = drop;
    k->adam = adam;
    k->add_scaled = add_scaled;
    plethtrain_kernels_x86(k, pleth_cpu_flags() & mask);
}
