/* The arithmetic that only training has, with versions by instruction set, as src/kern has it for
 * the device: scalar C is the definition, faster versions may differ in rounding (1e-6 of the sum
 * of what was added, as absolute values). Channels-last: rows of `channels` adjacent values. */
#ifndef PLETHTRAIN_KERN_H
#define PLETHTRAIN_KERN_H

#include <stddef.h>
#include <stdint.h>

/* w[k][o] += sum over r of x[r * x_step + k] * dy[r * dy_step + o]: a gradient of weights. */
struct plethtrain_outer {
    const float *x, *dy;
    ptrdiff_t x_step, dy_step;
    int rows, length, outs; /* k < length, o < outs */
    float *w;
    ptrdiff_t w_step;
};

/* A step of Adam, of each of n values:
 *
 *     d = g + add * w;  m = beta1 m + (1 - beta1) d;  v = beta2 v + (1 - beta2) d^2
 *     w = shrink * w - step * m / (sqrt(v) * correct + eps) */
struct plethtrain_adam {
    float beta1, beta2, step, correct, eps, shrink, add;
};

struct plethtrain_kernels {
    void (*outer)(const struct plethtrain_outer *o);

    /* Winograd's (Toom's and Cook's) F(4, 5): four outputs of a convolution by five taps from eight
     * products, with the points 0, +-1, +-2, +-1/2 (Lavin and Gray 2016). Element i = 0..7 of tile
     * t, channel c lies at v[i * plane + t * channels + c].
     * input: tile t from positions [4 t, 4 t + 8) of x. output: four positions of y from m, + bias
     * (NULL: zeros), of `positions` in all. expand: the transpose of output; what lies beyond
     * `positions` of y counts as zeros. */
    void (*tile_input)(const float *x, int tiles, int channels, float *v, ptrdiff_t plane);
    void (*tile_output)(const float *m, ptrdiff_t plane, int positions, int channels,
                        const float *bias, float *y);
    void (*tile_expand)(const float *y, int positions, int channels, float *v, ptrdiff_t plane);

    /* sum[c] += sum over rows of x[r][c] */
    void (*sums)(const float *x, int rows, int channels, float *sum);
    /* The first two moments about `about`: with d = x[r][c] - about[c], sum[c] += the sum of d,
     * square[c] += that of d * d */
    void (*moments)(const float *x, const float *about, int rows, int channels, float *sum,
                    float *square);
    /* Backwards through y = x * scale + shift and, where relu, max(., 0): in place, dy[r][c]
     * becomes 0 where relu and y is not > 0; then sum[c] += the sum of dy and product[c] += that of
     * dy * (x - mean) */
    void (*norm_back)(float *dy, const float *x, const float *scale, const float *shift,
                      const float *mean, int relu, int rows, int channels, float *sum,
                      float *product);
    /* dx[r][c] = (add ? dx[r][c] : 0) + dz[r][c] * a[c] + (x[r][c] * b[c] + e[c]) */
    void (*norm_input)(const float *dz, const float *x, const float *a, const float *b,
                       const float *e, int rows, int channels, int add, float *dx);
    /* x[i] = bit i % 64 of bits[i / 64] ? x[i] * scale : 0 */
    void (*drop)(float *x, const uint64_t *bits, ptrdiff_t n, float scale);
    void (*adam)(const struct plethtrain_adam *a, const float *g, float *m, float *v, float *w,
                 ptrdiff_t n);
    /* y[i] += a * x[i] */
    void (*add_scaled)(const float *x, float a, ptrdiff_t n, float *y);
};

/* Filled from low to high by what the CPU has and mask (PLETH_CPU_*) allows. */
void plethtrain_kernels_init(struct plethtrain_kernels *k, uint32_t mask);

/* For kern.c: what x86 puts on top; nothing elsewhere. */
void plethtrain_kernels_x86(struct plethtrain_kernels *k, uint32_t flags);

#endif
