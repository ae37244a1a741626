/* Convolutions and their gradients on dense channels-last arrays, any strides and padding.
 *
 * A convolution goes from a large grid to a small one; its gradient by the input goes back, which
 * is also what a transposed convolution is. So both are told here by one geometry, and a transposed
 * convolution's forward is `back`, its backward `forth`. Weights lie as (taps, large c, small c).
 *
 * Rows of products are positions. Where rows of an image are long, they are read in place or from a
 * copy with zeros around; where they are short, the values under each position are gathered first,
 * of many positions and images at once, so that products have enough rows. The gradients
 * of five taps along one row, one position apart, of 16 channels and more take eight products for
 * four outputs instead of twenty (kern.h's tiles), with rounding within 2e-6 of the largest value.
 * Forward does without: of values next to zero, rounding decides whether a ReLU passes them. */
#ifndef PLETHTRAIN_CONV_H
#define PLETHTRAIN_CONV_H

#include "kern.h"
#include "kern/kern.h"

/* What a shard's thread works with. */
struct plethtrain_tools {
    struct pleth_kernels kern;
    struct plethtrain_kernels train;
    float *scratch; /* as many floats as the step asked for */
};

struct plethtrain_conv {
    int large[3], small[3]; /* d, h, w */
    int large_c, small_c;   /* equal where depthwise */
    int kernel[3], stride[3], pad[3];
    int dilation;  /* > 1: positions from a tap to the next along w, whose stride is 1 then */
    int depthwise; /* weights are (taps, c) */
};

/* small (+)= bias + correlation of large with w; bias NULL: zeros. `items` images one after the
 * other. What is depthwise can not be added. */
void plethtrain_conv_forth(const struct plethtrain_tools *t, const struct plethtrain_conv *c,
                           int items, const float *large, const float *w, const float *bias,
                           int add, float *small);

/* large (+)= bias + the transpose of that; packed: by plethtrain_conv_pack, or w where depthwise,
 * which has no bias here. */
void plethtrain_conv_back(const struct plethtrain_tools *t, const struct plethtrain_conv *c,
                          int items, const float *small, const float *packed, const float *bias,
                          int add, float *large);

/* dw += the gradient by the weights */
void plethtrain_conv_weights(const struct plethtrain_tools *t, const struct plethtrain_conv *c,
                             int items, const float *large, const float *small, float *dw);

/* Weights as `back` wants them: their number, and they themselves. */
ptrdiff_t plethtrain_conv_packed(const struct plethtrain_conv *c);
void plethtrain_conv_pack(const struct plethtrain_conv *c, const float *w, float *packed);

/* Floats of scratch that any of them needs. */
ptrdiff_t plethtrain_conv_scratch(const struct plethtrain_conv *c);

static inline int plethtrain_taps(const struct plethtrain_conv *c)
{
    return c->kernel[0] * c->kernel[1] * c->kernel[2];
}

#endif
