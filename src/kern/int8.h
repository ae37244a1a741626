/* Arithmetic that all int8 kernels share. */
#ifndef PLETH_KERN_INT8_H
#define PLETH_KERN_INT8_H

#include <stdint.h>

/* v / 2^shift, halves away from zero; |v| < 2^62, shift 1..62 */
static inline int64_t pleth_rounded(int64_t v, int shift)
{
    const int64_t half = (int64_t)1 << (shift - 1);

    return v < 0 ? -((-v + half) >> shift) : (v + half) >> shift;
}

static inline int8_t pleth_clamped(int64_t v, int low, int high)
{
    return (int8_t)(v < low ? low : v > high ? high : v);
}

#endif
