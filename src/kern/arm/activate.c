/* Functions of one value, and softmax, for NEON. The file is empty on other machines than 64-bit
 * Arm. */
#include "../kern.h"

#if defined(__aarch64__)

#include <string.h>

#include "pleth/pleth.h"
#include "target.h"

/* 2^n * (1 + part) = exp(x): x = n ln 2 + r with |r| <= ln 2 / 2, in two steps, so that r is exact
 * to its last bit; part = exp(r) - 1 by its series, within 1.2e-7. x within +-87; NaN gives NaN. */
static ALWAYS_INLINE float32x4_t exponential(float32x4_t x, float32x4_t *part)
{
    const float32x4_t n = vrndnq_f32(vmulq_n_f32(x, 1.44269504f));
    float32x4_t r = vfmsq_n_f32(x, n, 0.693359375f);
    float32x4_t p;

    r = vfmaq_n_f32(r, n, 2.12194440e-4f);
    p = vfmaq_n_f32(vdupq_n_f32(1.0f / 120), r, 1.0f / 720);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 24), r, p);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 6), r, p);
    p = vfmaq_f32(vdupq_n_f32(0.5f), r, p);
    *part = vfmaq_f32(r, vmulq_f32(r, r), p);
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23));
}

static ALWAYS_INLINE float32x4_t limited(float32x4_t x, float low, float high)
{
    return vminq_f32(vmaxq_f32(x, vdupq_n_f32(low)), vdupq_n_f32(high));
}

static ALWAYS_INLINE float32x4_t exp4(float32x4_t x)
{
    float32x4_t part, power = exponential(limited(x, -87, 87), &part);
    return vfmaq_f32(power, power, part);
}

static ALWAYS_INLINE float32x4_t relu4(float32x4_t x)
{
    return vmaxq_f32(x, vdupq_n_f32(0));
}

static ALWAYS_INLINE float32x4_t sigmoid4(float32x4_t x)
{
    const float32x4_t one = vdupq_n_f32(1);
    return vdivq_f32(one, vaddq_f32(one, exp4(vnegq_f32(x))));
}

/* 1 - 2 / (exp(2 x) + 1) */
static ALWAYS_INLINE float32x4_t tanh4(float32x4_t x)
{
    const float32x4_t one = vdupq_n_f32(1);
    const float32x4_t e = exp4(vaddq_f32(x, x));
    return vsubq_f32(one, vdivq_f32(vdupq_n_f32(2), vaddq_f32(e, one)));
}

/* exp(x) - 1 below zero, without its cancellation */
static ALWAYS_INLINE float32x4_t elu4(float32x4_t x)
{
    float32x4_t part, power = exponential(limited(x, -87, 0), &part);
    const float32x4_t below = vfmaq_f32(vsubq_f32(power, vdupq_n_f32(1)), power, part);
    return vbslq_f32(vcgtq_f32(x, vdupq_n_f32(0)), x, below);
}

/* erf within 1.5e-7 (Abramowitz and Stegun 7.1.26): 1 - t (a1 + t (a2 + ...)) exp(-z^2) with
 * t = 1 / (1 + p z), z >= 0. Of x in 0.5 x (1 + erf(x / sqrt 2)), what erf takes from 1 is
 * 2 - (what it takes) where x is negative. */
static ALWAYS_INLINE float32x4_t gelu4(float32x4_t x)
{
    const float32x4_t one = vdupq_n_f32(1);
    const float32x4_t z = vmulq_n_f32(vabsq_f32(limited(x, -14, 14)), 0.70710678f);
    const float32x4_t t = vdivq_f32(one, vfmaq_n_f32(one, z, 0.3275911f));
    float32x4_t p = vfmaq_n_f32(vdupq_n_f32(-1.453152027f), t, 1.061405429f), rest, half;

    p = vfmaq_f32(vdupq_n_f32(1.421413741f), t, p);
    p = vfmaq_f32(vdupq_n_f32(-0.284496736f), t, p);
    p = vfmaq_f32(vdupq_n_f32(0.254829592f), t, p);
    rest = vmulq_f32(vmulq_f32(p, t), exp4(vnegq_f32(vmulq_f32(z, z))));
    half = vbslq_f32(vcltq_f32(x, vdupq_n_f32(0)), rest, vsubq_f32(vdupq_n_f32(2), rest));
    /* not minus infinity times a little */
    return vmulq_f32(vmulq_n_f32(vmaxq_f32(x, vdupq_n_f32(-14)), 0.5f), half);
}

static ALWAYS_INLINE float32x4_t clamp4(float32x4_t x)
{
    return limited(x, 0, 1);
}

#define EACH(function4)                                                                            \
    do {                                                                                           \
        for (; n >= 4; n -= 4, x += 4)                                                             \
            vst1q_f32(x, function4(vld1q_f32(x)));                                                 \
        if (n > 0) {                                                                               \
            float last[4] = {0};                                                                   \
            memcpy(last, x, (size_t)n * sizeof *x);                                                \
            vst1q_f32(last, function4(vld1q_f32(last)));                                           \
            memcpy(x, last, (size_t)n * sizeof *x);                                                \
        }                                                                                          \
    } while (0)

static void activate(int function, float *x, ptrdiff_t n)
{
    switch (function) {
    case PLETH_RELU:
        EACH(relu4);
        break;
    case PLETH_TANH:
        EACH(tanh4);
        break;
    case PLETH_SIGMOID:
        EACH(sigmoid4);
        break;
    case PLETH_ELU:
        EACH(elu4);
        break;
    case PLETH_GELU:
        EACH(gelu4);
        break;
    default:
        EACH(clamp4);
    }
}

static void softmax(float *x, int rows, int n)
{
    for (int r = 0; r < rows; r++, x += n) {
        float32x4_t some = vdupq_n_f32(x[0]), sums = vdupq_n_f32(0);
        float largest, sum = 0;
        int i;

        for (i = 0; i + 4 <= n; i += 4)
            some = vmaxq_f32(some, vld1q_f32(x + i));
        for (largest = vmaxvq_f32(some); i < n; i++)
            largest = x[i] > largest ? x[i] : largest;

        for (i = 0; i < n; i++)
            x[i] -= largest;
        for (i = 0; i + 4 <= n; i += 4) {
            const float32x4_t e = exp4(vld1q_f32(x + i));
            vst1q_f32(x + i, e);
            sums = vaddq_f32(sums, e);
        }
        if (i < n) {
            float last[4] = {0};
            memcpy(last, x + i, (size_t)(n - i) * sizeof *x);
            vst1q_f32(last, exp4(vld1q_f32(last)));
            memcpy(x + i, last, (size_t)(n - i) * sizeof *x);
        }
        for (; i < n; i++)
            sum += x[i];
        sum += vaddvq_f32(sums);
        for (i = 0; i < n; i++)
            x[i] /= sum;
    }
}

void pleth_kernels_activate_arm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_NEON))
        return;
    k->activate = activate;
    k->softmax = softmax;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_arm_activate_absent;

#endif
