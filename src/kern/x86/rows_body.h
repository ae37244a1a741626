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

/* some channels of one pixel */
static TARGET inline __attribute__((always_inline)) V NAME(window)(const float *const *x,
                                                                   ptrdiff_t at, int kh, int kw,
                                                                   int channels, const int max,
                                                                   V_SOME some)
{
    V t = v_load_some(some, x[0] + at);

    for (int a = 0; a < kh; a++)
        for (int b = a == 0; b < kw; b++) {
            const V v = v_load_some(some, x[a] + at + (ptrdiff_t)b * channels);
            t = max ? v_max(v, t) : v_add(t, v);
        }
    return t;
}

static TARGET void NAME(pool)(const float *const *x, int kh, int kw, int stride, int channels,
                              int outs, int max, float scale, float *y)
{
    for (int i = 0; i < outs; i++, y += channels)
        for (int c = 0; c < channels; c += WIDTH) {
            const V_SOME some = v_some(channels - c < WIDTH ? channels - c : WIDTH);
            const ptrdiff_t at = (ptrdiff_t)i * stride * channels + c;
            V t;
            if (max)
                t = NAME(window)(x, at, kh, kw, channels, 1, some);
            else
                t = v_mul(NAME(window)(x, at, kh, kw, channels, 0, some), v_set(scale));
            v_store_some(some, y + c, t);
        }
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
