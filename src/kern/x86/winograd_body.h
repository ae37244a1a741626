/* The body of winograd.c, for one width of vectors. */
#include "vector.h"

/* B' of six vectors */
static TARGET inline __attribute__((always_inline)) void
NAME(transform_input)(V d0, V d1, V d2, V d3, V d4, V d5, V *t, const int to)
{
    const V four = v_set(4), two = v_set(2), five = v_set(5);
    const V even = v_fnma(four, d2, d4), odd = v_fnma(four, d1, d3);
    const V e = v_sub(d4, d2), o = v_sub(d3, d1);

    t[0] = v_fma(four, d0, v_fnma(five, d2, d4));
    t[to] = v_add(even, odd);
    t[2 * to] = v_sub(even, odd);
    t[3 * to] = v_fma(two, o, e);
    t[4 * to] = v_fnma(two, o, e);
    t[5 * to] = v_fma(four, d1, v_fnma(five, d3, d5));
}

/* some lanes of one vector of channels; whole: the patch has all 36 pixels, a constant */
static TARGET inline __attribute__((always_inline)) void
NAME(input)(const float *x, ptrdiff_t row, ptrdiff_t step, int have_h, int have_w, float *v,
            ptrdiff_t plane, V_SOME some, const int whole)
{
    V t[36], u[6];

#define PIXEL(a, b)                                                                                \
    (whole || (a < have_h && b < have_w) ? v_load_some(some, x + a * row + b * step) : v_set(0))
#define COLUMN(b)                                                                                  \
    NAME(transform_input)                                                                          \
    (PIXEL(0, b), PIXEL(1, b), PIXEL(2, b), PIXEL(3, b), PIXEL(4, b), PIXEL(5, b), t + b, 6);
#define STORE(i) v_store_some(some, v + (i)*plane, u[(i) % 6]);
#define ROW(a)                                                                                     \
    NAME(transform_input)                                                                          \
    (t[6 * a], t[6 * a + 1], t[6 * a + 2], t[6 * a + 3], t[6 * a + 4], t[6 * a + 5], u, 1);        \
    STORE(6 * a)                                                                                   \
    STORE(6 * a + 1)                                                                               \
    STORE(6 * a + 2)                                                                               \
    STORE(6 * a + 3)                                                                               \
    STORE(6 * a + 4)                                                                               \
    STORE(6 * a + 5)
    COLUMN(0)
    COLUMN(1)
    COLUMN(2)
    COLUMN(3)
    COLUMN(4)
    COLUMN(5)
    ROW(0)
    ROW(1)
    ROW(2)
    ROW(3)
    ROW(4)
    ROW(5)
#undef PIXEL
#undef COLUMN
#undef STORE
#undef ROW
}

static TARGET void NAME(winograd_input)(const float *x, ptrdiff_t row, int channels, int have_h,
                                        int have_w, float *v, ptrdiff_t plane)
{
    const int whole = have_h == 6 && have_w == 6;

    for (int c = 0; c < channels; c += WIDTH) {
        const V_SOME some = v_some(channels - c < WIDTH ? channels - c : WIDTH);
        if (whole)
            NAME(input)(x + c, row, channels, 6, 6, v + c, plane, some, 1);
        else
            NAME(input)(x + c, row, channels, have_h, have_w, v + c, plane, some, 0);
    }
}

/* A' of six vectors */
static TARGET inline __attribute__((always_inline)) void
NAME(transform_output)(V m0, V m1, V m2, V m3, V m4, V m5, V *t, const int to)
{
    const V s12 = v_add(m1, m2), d12 = v_sub(m1, m2);
    const V s34 = v_add(m3, m4), d34 = v_sub(m3, m4);

    t[0] = v_add(m0, v_add(s12, s34));
    t[to] = v_fma(v_set(2), d34, d12);
    t[2 * to] = v_fma(v_set(4), s34, s12);
    t[3 * to] = v_fma(v_set(8), d34, v_add(d12, m5));
}

static TARGET inline __attribute__((always_inline)) void
NAME(output)(const float *m, ptrdiff_t plane, ptrdiff_t step, V bias, int want_h, int want_w,
             float *y, ptrdiff_t row, V_SOME some, const int whole)
{
    V t[24], u[4];

#define M(i) v_load_some(some, m + (i)*plane)
#define COLUMN(b)                                                                                  \
    NAME(transform_output)                                                                         \
    (M(b), M(6 + b), M(12 + b), M(18 + b), M(24 + b), M(30 + b), t + b, 6);
#define STORE(a, b)                                                                                \
    if (whole || (a < want_h && b < want_w))                                                       \
        v_store_some(some, y + a * row + b * step, v_add(u[b], bias));
#define ROW(a)                                                                                     \
    NAME(transform_output)                                                                         \
    (t[6 * a], t[6 * a + 1], t[6 * a + 2], t[6 * a + 3], t[6 * a + 4], t[6 * a + 5], u, 1);        \
    STORE(a, 0)                                                                                    \
    STORE(a, 1)                                                                                    \
    STORE(a, 2)                                                                                    \
    STORE(a, 3)
    COLUMN(0)
    COLUMN(1)
    COLUMN(2)
    COLUMN(3)
    COLUMN(4)
    COLUMN(5)
    ROW(0)
    ROW(1)
    ROW(2)
    ROW(3)
#undef M
#undef COLUMN
#undef STORE
#undef ROW
}

static TARGET void NAME(winograd_output)(const float *m, ptrdiff_t plane, int channels,
                                         const float *bias, int want_h, int want_w, float *y,
                                         ptrdiff_t row)
{
    const int whole = want_h == 4 && want_w == 4;

    for (int c = 0; c < channels; c += WIDTH) {
        const V_SOME some = v_some(channels - c < WIDTH ? channels - c : WIDTH);
        const V b = bias ? v_load_some(some, bias + c) : v_set(0);
        if (whole)
            NAME(output)(m + c, plane, channels, b, 4, 4, y + c, row, some, 1);
        else
            NAME(output)(m + c, plane, channels, b, want_h, want_w, y + c, row, some, 0);
    }
}
