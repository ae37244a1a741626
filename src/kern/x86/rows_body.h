/* The body of rows.c, for one width of vectors. */
#include "vector.h"

static TARGET void NAME(affine)(const float *x, const float *scale, const float *shift, float *y,
                                int rows, int channels, int relu)
{
    const int whole = channels / WIDTH * WIDTH;
    const V_SOME some = v_some(channels - whole);
    /* a floor of zero or of nothing; NaN stays */
    const V low = v_set(relu ? 0 : -INFINITY);

    for (int r = 0; r < rows; r++, x += channels, y += channels) {
        for (int c = 0; c < whole; c += WIDTH)
            v_store(y + c, v_max(low, v_fma(v_load(x + c), v_load(scale + c), v_load(shift + c))));
        if (whole < channels) {
            const V a = v_load_some(some, scale + whole), b = v_load_some(some, shift + whole);
            v_store_some(some, y + whole, v_max(low, v_fma(v_load_some(some, x + whole), a, b)));
        }
    }
}

static TARGET void NAME(add)(const float *a, const float *b, float *y, ptrdiff_t n)
{
    for (; n >= WIDTH; n -= WIDTH, a += WIDTH, b += WIDTH, y += WIDTH)
        v_store(y, v_add(v_load(a), v_load(b)));
    if (n > 0) {
        const V_SOME some = v_some((int)n);
        v_store_some(some, y, v_add(v_load_some(some, a), v_load_some(some, b)));
    }
}

static TARGET void NAME(multiply)(const float *a, const float *b, float *y, ptrdiff_t n)
{
    for (; n >= WIDTH; n -= WIDTH, a += WIDTH, b += WIDTH, y += WIDTH)
        v_store(y, v_mul(v_load(a), v_load(b)));
    if (n > 0) {
        const V_SOME some = v_some((int)n);
        v_store_some(some, y, v_mul(v_load_some(some, a), v_load_some(some, b)));
    }
}

static TARGET void NAME(scale_rows)(const float *x, const float *m, float *y, int rows,
                                    int channels)
{
    const int whole = channels / WIDTH * WIDTH;
    const V_SOME some = v_some(channels - whole);

    for (int r = 0; r < rows; r++, x += channels, y += channels) {
        const V by = v_set(m[r]);
        for (int c = 0; c < whole; c += WIDTH)
            v_store(y + c, v_mul(v_load(x + c), by));
        if (whole < channels)
            v_store_some(some, y + whole, v_mul(v_load_some(some, x + whole), by));
    }
}

/* some channels of one pixel, or, by the constant `full`, as many as a vector has: masks cost */
static TARGET inline __attribute__((always_inline)) void
NAME(window)(const float *const *x, ptrdiff_t at, int kh, int kw, int channels, V scale, float *y,
             V_SOME some, const int max, const int full)
{
    V t = full ? v_load(x[0] + at) : v_load_some(some, x[0] + at);

    for (int a = 0; a < kh; a++)
        for (int b = a == 0; b < kw; b++) {
            const float *from = x[a] + at + (ptrdiff_t)b * channels;
            const V v = full ? v_load(from) : v_load_some(some, from);
            t = max ? v_max(v, t) : v_add(t, v);
        }
    if (!max)
        t = v_mul(t, scale);
    if (full)
        v_store(y, t);
    else
        v_store_some(some, y, t);
}

static TARGET inline __attribute__((always_inline)) void
NAME(pool_by)(const float *const *x, int kh, int kw, int stride, int channels, int outs,
              float scale, float *y, const int max)
{
    const int whole = channels / WIDTH * WIDTH;
    const V_SOME some = v_some(channels - whole);
    const V by = v_set(scale);
    ptrdiff_t at = 0;

    for (int i = 0; i < outs; i++, y += channels, at += (ptrdiff_t)stride * channels) {
        for (int c = 0; c < whole; c += WIDTH)
            NAME(window)(x, at + c, kh, kw, channels, by, y + c, some, max, 1);
        if (whole < channels)
            NAME(window)(x, at + whole, kh, kw, channels, by, y + whole, some, max, 0);
    }
}

static TARGET void NAME(pool)(const float *const *x, int kh, int kw, int stride, int channels,
                              int outs, int max, float scale, float *y)
{
    if (max)
        NAME(pool_by)(x, kh, kw, stride, channels, outs, scale, y, 1);
    else
        NAME(pool_by)(x, kh, kw, stride, channels, outs, scale, y, 0);
}

static TARGET void NAME(layer_norm)(const float *x, int rows, int n, float eps, const float *weight,
                                    const float *bias, float *y)
{
    const int whole = n / WIDTH * WIDTH;
    const V_SOME some = v_some(n - whole);

    for (int r = 0; r < rows; r++, x += n, y += n) {
        V mean = v_load_some(some, x + whole), square, gain, d;
        for (int i = 0; i < whole; i += WIDTH)
            mean = v_add(mean, v_load(x + i));
        mean = v_set(v_total(mean) / (float)n);
        d = v_only(some, v_sub(v_load_some(some, x + whole), mean), v_set(0));
        square = v_mul(d, d);
        for (int i = 0; i < whole; i += WIDTH) {
            d = v_sub(v_load(x + i), mean);
            square = v_fma(d, d, square);
        }
        gain = v_div(v_set(1), v_sqrt(v_set(v_total(square) / (float)n + eps)));
        for (int i = 0; i < whole; i += WIDTH) {
            d = v_mul(v_sub(v_load(x + i), mean), gain);
            v_store(y + i, v_fma(d, v_load(weight + i), v_load(bias + i)));
        }
        d = v_mul(v_sub(v_load_some(some, x + whole), mean), gain);
        d = v_fma(d, v_load_some(some, weight + whole), v_load_some(some, bias + whole));
        v_store_some(some, y + whole, d);
    }
}
