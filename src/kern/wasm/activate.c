/* Functions of one value, and softmax, for WebAssembly's vectors. */
#include "../kern.h"

#if defined(PLETH_KERN_WASM)

#include "pleth/pleth.h"
#include "target.h"

/* 2^n * (1 + part) = exp(x): x = n ln 2 + r with |r| <= ln 2 / 2, in two steps, so that r is exact
 * to its last bit; part = exp(r) - 1 by its series, within 1.2e-7. x within +-87; NaN gives NaN.
 * n comes of an addition that leaves no bits for a fraction: it is the sum's last bits. */
static ALWAYS_INLINE v128_t exponential(v128_t x, v128_t *part)
{
    const v128_t large = wasm_f32x4_splat(12582912); /* 1.5 * 2^23 */
    const v128_t sum = wasm_f32x4_add(times(x, 1.44269504f), large);
    const v128_t n = wasm_f32x4_sub(sum, large);
    v128_t r = wasm_f32x4_sub(x, times(n, 0.693359375f));
    v128_t p;

    r = wasm_f32x4_add(r, times(n, 2.12194440e-4f));
    p = wasm_f32x4_add(wasm_f32x4_splat(1.0f / 120), times(r, 1.0f / 720));
    p = multiply_add(r, p, wasm_f32x4_splat(1.0f / 24));
    p = multiply_add(r, p, wasm_f32x4_splat(1.0f / 6));
    p = multiply_add(r, p, wasm_f32x4_splat(0.5f));
    *part = multiply_add(wasm_f32x4_mul(r, r), p, r);
    return wasm_i32x4_shl(wasm_i32x4_add(sum, wasm_i32x4_splat(127)), 23);
}

/* NaN stays. */
static ALWAYS_INLINE v128_t limited(v128_t x, float low, float high)
{
    return wasm_f32x4_pmin(wasm_f32x4_pmax(x, wasm_f32x4_splat(low)), wasm_f32x4_splat(high));
}

static ALWAYS_INLINE v128_t exp4(v128_t x)
{
    v128_t part, power = exponential(limited(x, -87, 87), &part);
    return multiply_add(power, part, power);
}

static ALWAYS_INLINE v128_t relu4(v128_t x)
{
    return wasm_f32x4_pmax(x, wasm_f32x4_splat(0));
}

static ALWAYS_INLINE v128_t sigmoid4(v128_t x)
{
    const v128_t one = wasm_f32x4_splat(1);
    return wasm_f32x4_div(one, wasm_f32x4_add(one, exp4(wasm_f32x4_neg(x))));
}

/* 1 - 2 / (exp(2 x) + 1) */
static ALWAYS_INLINE v128_t tanh4(v128_t x)
{
    const v128_t one = wasm_f32x4_splat(1);
    const v128_t e = exp4(wasm_f32x4_add(x, x));
    return wasm_f32x4_sub(one, wasm_f32x4_div(wasm_f32x4_splat(2), wasm_f32x4_add(e, one)));
}

/* exp(x) - 1 below zero, without its cancellation */
static ALWAYS_INLINE v128_t elu4(v128_t x)
{
    v128_t part, power = exponential(limited(x, -87, 0), &part);
    const v128_t below = multiply_add(power, part, wasm_f32x4_sub(power, wasm_f32x4_splat(1)));
    return wasm_v128_bitselect(x, below, wasm_f32x4_gt(x, wasm_f32x4_splat(0)));
}

/* erf within 1.5e-7 (Abramowitz and Stegun 7.1.26): 1 - t (a1 + t (a2 + ...)) exp(-z^2) with
 * t = 1 / (1 + p z), z >= 0. Of x in 0.5 x (1 + erf(x / sqrt 2)), what erf takes from 1 is
 * 2 - (what it takes) where x is negative. */
static ALWAYS_INLINE v128_t gelu4(v128_t x)
{
    const v128_t one = wasm_f32x4_splat(1);
    const v128_t z = times(wasm_f32x4_abs(limited(x, -14, 14)), 0.70710678f);
    const v128_t t = wasm_f32x4_div(one, wasm_f32x4_add(one, times(z, 0.3275911f)));
    v128_t p = wasm_f32x4_add(wasm_f32x4_splat(-1.453152027f), times(t, 1.061405429f)), rest, half;

    p = multiply_add(t, p, wasm_f32x4_splat(1.421413741f));
    p = multiply_add(t, p, wasm_f32x4_splat(-0.284496736f));
    p = multiply_add(t, p, wasm_f32x4_splat(0.254829592f));
    rest = wasm_f32x4_mul(wasm_f32x4_mul(p, t), exp4(wasm_f32x4_neg(wasm_f32x4_mul(z, z))));
    half = wasm_v128_bitselect(rest, wasm_f32x4_sub(wasm_f32x4_splat(2), rest),
                               wasm_f32x4_lt(x, wasm_f32x4_splat(0)));
    /* not minus infinity times a little */
    return wasm_f32x4_mul(times(wasm_f32x4_max(x, wasm_f32x4_splat(-14)), 0.5f), half);
}

static ALWAYS_INLINE v128_t clamp4(v128_t x)
{
    return limited(x, 0, 1);
}

#define EACH(function4)                                                                            \
    do {                                                                                           \
        for (; n >= 4; n -= 4, x += 4)                                                             \
            wasm_v128_store(x, function4(wasm_v128_load(x)));                                      \
        if (n > 0) {                                                                               \
            float last[4] = {0};                                                                   \
            memcpy(last, x, (size_t)n * sizeof *x);                                                \
            wasm_v128_store(last, function4(wasm_v128_load(last)));                                \
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
        v128_t sums = wasm_f32x4_splat(0);
        float largest = x[0], sum = 0;
        int i;

        for (i = 1; i < n; i++)
            largest = x[i] > largest ? x[i] : largest;
        for (i = 0; i < n; i++)
            x[i] -= largest;
        for (i = 0; i + 4 <= n; i += 4) {
            const v128_t e = exp4(wasm_v128_load(x + i));
            wasm_v128_store(x + i, e);
            sums = wasm_f32x4_add(sums, e);
        }
        if (i < n) {
            float last[4] = {0};
            memcpy(last, x + i, (size_t)(n - i) * sizeof *x);
            wasm_v128_store(last, exp4(wasm_v128_load(last)));
            memcpy(x + i, last, (size_t)(n - i) * sizeof *x);
        }
        for (; i < n; i++)
            sum += x[i];
        sum += sum_of_lanes(sums);
        for (i = 0; i < n; i++)
            x[i] /= sum;
    }
}

void pleth_kernels_activate_wasm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_SIMD128))
        return;
    k->activate = activate;
    k->softmax = softmax;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_wasm_activate_absent;

#endif
