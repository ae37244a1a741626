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
    k->sums = sums;
    k->moments = moments;
    k->norm_back = norm_back;
    k->norm_input = norm_input;
    k->drop = drop;
    k->adam = adam;
    k->add_scaled = add_scaled;
    plethtrain_kernels_x86(k, pleth_cpu_flags() & mask);
}
