/* The body of activate.c, for one width of vectors. The polynomials are minimax fits of their own:
 * what each leaves is said beside it. */
#include "vector.h"

/* 2^t within 1.0e-7, and 2^0 is 1: with f = t - floor(t), 1 + f + f (f - 1) q(f) */
static TARGET inline V NAME(exp2_of)(V t)
{
    V f, p;

    t = v_bound(t);
    f = v_fraction(t);
    p = v_fma(f, v_set(0.00187931687f), v_set(0.008990998672f));
    p = v_fma(f, p, v_set(0.05581867382f));
    p = v_fma(f, p, v_set(0.2401592718f));
    p = v_fma(f, p, v_set(0.6931517389f));
    p = v_fma(f, p, v_set(1));
    return v_scale(p, t);
}

/* x = n ln 2 + r, |r| <= ln 2 / 2; ln 2 in two parts, the first with zeros enough to be exact times
 * n */
static TARGET inline V NAME(reduce)(V x, V *n)
{
    *n = v_nearest(v_mul(x, v_set(1.44269504f)));
    return v_fnma(*n, v_set(-2.12194440e-4f), v_fnma(*n, v_set(0.693359375f), x));
}

/* e^x for -87 <= x <= 0; what is lower is taken as -87. Within 1.1e-7. */
static TARGET inline V NAME(exp_of)(V x)
{
    V n, p;
    const V r = NAME(reduce)(v_max(v_set(-87), x), &n);

    p = v_fma(r, v_set(0.0083124824f), v_set(0.04189055691f));
    p = v_fma(r, p, v_set(0.1666711628f));
    p = v_fma(r, p, v_set(0.4999922876f));
    p = v_fma(r, p, v_set(1));
    p = v_fma(r, p, v_set(1));
    return v_scale(p, n);
}

/* e^x - 1 for x <= 0, within 4.6e-7 of itself */
static TARGET inline V NAME(expm1_of)(V x)
{
    V n, p, two_n;
    const V r = NAME(reduce)(v_max(v_set(-20), x), &n);

    p = v_fma(r, v_set(0.008338096158f), v_set(0.04187298541f));
    p = v_fma(r, p, v_set(0.1666683149f));
    p = v_fma(r, p, v_set(0.4999940018f));
    p = v_fma(v_mul(r, r), p, r);
    two_n = v_scale(v_set(1), n);
    return v_fma(two_n, p, v_sub(two_n, v_set(1)));
}

/* x times the normal distribution at x. That is 1 / (1 + 2^(-x h(x^2))), where h is smooth; its
 * fit leaves 2.3e-7 |x|, rounding makes it 3.5e-7. */
static TARGET inline V NAME(gelu_of)(V x)
{
    const V u = v_min(v_set(28), v_mul(x, x));
    V h;

    h = v_fma(u, v_set(-1.923603849e-7f), v_set(8.9597726e-6f));
    h = v_fma(u, h, v_set(-0.0001454634965f));
    h = v_fma(u, h, v_set(-0.000129065284f));
    h = v_fma(u, h, v_set(0.1048681107f));
    h = v_fma(u, h, v_set(2.302201539f));
    h = NAME(exp2_of)(v_mul(v_sub(v_set(0), x), h));
    return v_div(v_max(v_set(-20), x), v_add(v_set(1), h));
}

static TARGET inline __attribute__((always_inline)) V NAME(function_of)(const int function, V x)
{
    switch (function) {
    case PLETH_RELU:
        return v_max(v_set(0), x);
    case PLETH_TANH: /* 1 - 2 / (1 + e^2x) */
        x = NAME(exp2_of)(v_mul(x, v_set(2.88539008f)));
        return v_sub(v_set(1), v_div(v_set(2), v_add(x, v_set(1))));
    case PLETH_SIGMOID:
        x = NAME(exp2_of)(v_mul(x, v_set(-1.44269504f)));
        return v_div(v_set(1), v_add(x, v_set(1)));
    case PLETH_ELU:
        return v_choose(v_less(v_set(0), x), x, NAME(expm1_of)(x));
    case PLETH_GELU:
        return NAME(gelu_of)(x);
    default:
        return v_min(v_set(1), v_max(v_set(0), x));
    }
}

static TARGET inline __attribute__((always_inline)) void NAME(each)(const int function, float *x,
                                                                    ptrdiff_t n)
{
    for (; n >= 2 * WIDTH; n -= 2 * WIDTH, x += 2 * WIDTH) {
        const V a = NAME(function_of)(function, v_load(x));
        const V b = NAME(function_of)(function, v_load(x + WIDTH));
        v_store(x, a);
        v_store(x + WIDTH, b);
    }
    for (; n > 0; n -= WIDTH, x += WIDTH) {
        const V_SOME some = v_some(n < WIDTH ? (int)n : WIDTH);
        v_store_some(some, x, NAME(function_of)(function, v_load_some(some, x)));
    }
}

static TARGET void NAME(activate)(int function, float *x, ptrdiff_t n)
{
    switch (function) {
    case PLETH_RELU:
        NAME(each)(PLETH_RELU, x, n);
        break;
    case PLETH_TANH:
        NAME(each)(PLETH_TANH, x, n);
        break;
    case PLETH_SIGMOID:
        NAME(each)(PLETH_SIGMOID, x, n);
        break;
    case PLETH_ELU:
        NAME(each)(PLETH_ELU, x, n);
        break;
    case PLETH_GELU:
        NAME(each)(PLETH_GELU, x, n);
        break;
    default:
        NAME(each)(PLETH_CLAMP01, x, n);
    }
}

static TARGET void NAME(softmax)(float *x, int rows, int n)
{
    const int whole = n / WIDTH * WIDTH;
    const V_SOME some = v_some(n - whole);

    for (int r = 0; r < rows; r++, x += n) {
        V all = v_set(x[0]), sum = v_set(0), e;
        for (int i = 0; i < whole; i += WIDTH)
            all = v_max(all, v_load(x + i));
        /* lanes beyond the row stand for its first value in the maximum and for 0 in the sum */
        e = v_load_some(some, x + whole);
        all = v_max(all, v_only(some, e, v_set(x[0])));
        all = v_set(v_largest(all));
        for (int i = 0; i < whole; i += WIDTH) {
            e = NAME(exp_of)(v_sub(v_load(x + i), all));
            v_store(x + i, e);
            sum = v_add(sum, e);
        }
        e = NAME(exp_of)(v_sub(v_load_some(some, x + whole), all));
        v_store_some(some, x + whole, e);
        sum = v_set(1 / v_total(v_add(sum, v_only(some, e, v_set(0)))));
        for (int i = 0; i < whole; i += WIDTH)
            v_store(x + i, v_mul(v_load(x + i), sum));
        v_store_some(some, x + whole, v_mul(v_load_some(some, x + whole), sum));
    }
}
