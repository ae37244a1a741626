/* The body of winograd.c, for one width of vectors. Patches that are not whole go through a buffer,
 * so that what is done for each vector of channels has no conditions; and it is a function, not the
 * body of a loop, out of which compilers would take more addresses than there are registers. */
#include "vector.h"

/* Masked stores cost several plain ones: full vectors, by the constant `full`, go without. */
#define GET(at) (full ? v_load(at) : v_load_some(some, at))
#define PUT(at, value)                                                                             \
    if (full)                                                                                      \
        v_store(at, value);                                                                        \
    else                                                                                           \
        v_store_some(some, at, value);

/* B' of six vectors, to v and the planes behind it */
static TARGET inline __attribute__((always_inline)) void
NAME(row_of_input)(V d0, V d1, V d2, V d3, V d4, V d5, float *v, ptrdiff_t plane, V_SOME some,
                   const int full)
{
    const V four = v_set(4), two = v_set(2), five = v_set(5);
    const V even = v_fnma(four, d2, d4), odd = v_fnma(four, d1, d3);
    const V e = v_sub(d4, d2), o = v_sub(d3, d1);

    PUT(v, v_fma(four, d0, v_fnma(five, d2, d4)))
    PUT(v + plane, v_add(even, odd))
    PUT(v + 2 * plane, v_sub(even, odd))
    v += 3 * plane;
    PUT(v, v_fma(two, o, e))
    PUT(v + plane, v_fnma(two, o, e))
    PUT(v + 2 * plane, v_fma(four, d1, v_fnma(five, d3, d5)))
}

/* One vector of channels of a patch, pixels `step` floats apart. The rows of B' d are made two at a
 * time: all six are more than there are registers, and to load pixels again costs less than to keep
 * them. */
static TARGET inline __attribute__((always_inline)) void NAME(input)(const float *x, ptrdiff_t row,
                                                                     ptrdiff_t step, float *v,
                                                                     ptrdiff_t plane, V_SOME some,
                                                                     const int full)
{
    const V four = v_set(4), two = v_set(2), five = v_set(5);
    const float *x0 = x, *x3 = x + 3 * row;
    V t[6], u[6];

#define COLUMNS(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5)
#define LOAD(b, at)                                                                                \
    const V d1 = GET(x0 + row), d2 = GET(x0 + 2 * row), d3 = GET(x3), d4 = GET(x3 + row);          \
    x0 += step;                                                                                    \
    x3 += step;
#define ROWS_0_5(b)                                                                                \
    {                                                                                              \
        const V d0 = GET(x0), d5 = GET(x3 + 2 * row);                                              \
        LOAD(b, x)                                                                                 \
        t[b] = v_fma(four, d0, v_fnma(five, d2, d4));                                              \
        u[b] = v_fma(four, d1, v_fnma(five, d3, d5));                                              \
    }
#define ROWS_1_2(b)                                                                                \
    {                                                                                              \
        LOAD(b, x)                                                                                 \
        const V even = v_fnma(four, d2, d4), odd = v_fnma(four, d1, d3);                           \
        t[b] = v_add(even, odd);                                                                   \
        u[b] = v_sub(even, odd);                                                                   \
    }
#define ROWS_3_4(b)                                                                                \
    {                                                                                              \
        LOAD(b, x)                                                                                 \
        const V even = v_sub(d4, d2), odd = v_sub(d3, d1);                                         \
        t[b] = v_fma(two, odd, even);                                                              \
        u[b] = v_fnma(two, odd, even);                                                             \
    }
#define STORE(first, second)                                                                       \
    NAME(row_of_input)                                                                             \
    (t[0], t[1], t[2], t[3], t[4], t[5], v + 6 * first * plane, plane, some, full);                \
    NAME(row_of_input)                                                                             \
    (u[0], u[1], u[2], u[3], u[4], u[5], v + 6 * second * plane, plane, some, full);               \
    x0 -= 6 * step;                                                                                \
    x3 -= 6 * step;
    COLUMNS(ROWS_0_5)
    STORE(0, 5)
    COLUMNS(ROWS_1_2)
    STORE(1, 2)
    COLUMNS(ROWS_3_4)
    STORE(3, 4)
#undef LOAD
#undef ROWS_0_5
#undef ROWS_1_2
#undef ROWS_3_4
#undef STORE
}

static TARGET __attribute__((noinline)) void
NAME(input_full)(const float *x, ptrdiff_t row, ptrdiff_t step, float *v, ptrdiff_t plane)
{
    NAME(input)(x, row, step, v, plane, v_some(WIDTH), 1);
}

static TARGET __attribute__((noinline)) void
NAME(input_some)(const float *x, ptrdiff_t row, ptrdiff_t step, float *v, ptrdiff_t plane, int n)
{
    NAME(input)(x, row, step, v, plane, v_some(n), 0);
}

static TARGET void NAME(winograd_input)(const float *x, ptrdiff_t row, int channels, int have_h,
                                        int have_w, float *v, ptrdiff_t plane)
{
    for (int c = 0; c < channels; c += WIDTH) {
        const int n = channels - c < WIDTH ? channels - c : WIDTH;
        const float *from = x + c;
        ptrdiff_t from_row = row, step = channels;
        _Alignas(64) float patch[36 * WIDTH];

        if (have_h < 6 || have_w < 6) {
            const V_SOME some = v_some(n);
            for (int i = 0; i < 6; i++)
                for (int j = 0; j < 6; j++) {
                    const float *at = from + i * row + (ptrdiff_t)j * channels;
                    const int is = i < have_h && j < have_w;
                    v_store(patch + (6 * i + j) * WIDTH, is ? v_load_some(some, at) : v_set(0));
                }
            from = patch;
            from_row = 6 * WIDTH;
            step = WIDTH;
        }
        if (n == WIDTH)
            NAME(input_full)(from, from_row, step, v + c, plane);
        else
            NAME(input_some)(from, from_row, step, v + c, plane, n);
    }
}

/* One vector of channels: 36 elements to 4 x 4 pixels, `step` floats apart */
static TARGET inline __attribute__((always_inline)) void
NAME(output)(const float *m, ptrdiff_t plane, V bias, float *y, ptrdiff_t row, ptrdiff_t step,
             V_SOME some, const int full)
{
    const V two = v_set(2), four = v_set(4), eight = v_set(8);
    const ptrdiff_t down = 6 * plane;
    const float *m3 = m + 3 * down;
    V t0[6], t1[6], t2[6], t3[6];

/* A' of six vectors */
#define TRANSFORM(m0, m1, m2, m3, m4, m5, y0, y1, y2, y3)                                          \
    {                                                                                              \
        const V s12 = v_add(m1, m2), d12 = v_sub(m1, m2);                                          \
        const V s34 = v_add(m3, m4), d34 = v_sub(m3, m4);                                          \
        y0 = v_add(m0, v_add(s12, s34));                                                           \
        y1 = v_fma(two, d34, d12);                                                                 \
        y2 = v_fma(four, s34, s12);                                                                \
        y3 = v_fma(eight, d34, v_add(d12, m5));                                                    \
    }
#define COLUMN(b)                                                                                  \
    {                                                                                              \
        const V e0 = GET(m), e1 = GET(m + down), e2 = GET(m + 2 * down);                           \
        const V e3 = GET(m3), e4 = GET(m3 + down), e5 = GET(m3 + 2 * down);                        \
        TRANSFORM(e0, e1, e2, e3, e4, e5, t0[b], t1[b], t2[b], t3[b])                              \
        m += plane;                                                                                \
        m3 += plane;                                                                               \
    }
#define STORE(t)                                                                                   \
    {                                                                                              \
        V u0, u1, u2, u3;                                                                          \
        TRANSFORM(t[0], t[1], t[2], t[3], t[4], t[5], u0, u1, u2, u3)                              \
        PUT(y, v_add(u0, bias))                                                                    \
        PUT(y + step, v_add(u1, bias))                                                             \
        PUT(y + 2 * step, v_add(u2, bias))                                                         \
        PUT(y + 3 * step, v_add(u3, bias))                                                         \
        y += row;                                                                                  \
    }
    COLUMNS(COLUMN)
    STORE(t0)
    STORE(t1)
    STORE(t2)
    STORE(t3)
#undef TRANSFORM
#undef COLUMNS
#undef COLUMN
#undef STORE
}

static TARGET __attribute__((noinline)) void NAME(output_full)(const float *m, ptrdiff_t plane,
                                                               const float *bias, float *y,
                                                               ptrdiff_t row, ptrdiff_t step)
{
    NAME(output)(m, plane, bias ? v_load(bias) : v_set(0), y, row, step, v_some(WIDTH), 1);
}

static TARGET __attribute__((noinline)) void NAME(output_some)(const float *m, ptrdiff_t plane,
                                                               const float *bias, float *y,
                                                               ptrdiff_t row, ptrdiff_t step, int n)
{
    const V_SOME some = v_some(n);
    const V b = bias ? v_load_some(some, bias) : v_set(0);

    NAME(output)(m, plane, b, y, row, step, some, 0);
}

static TARGET void NAME(winograd_output)(const float *m, ptrdiff_t plane, int channels,
                                         const float *bias, int want_h, int want_w, float *y,
                                         ptrdiff_t row)
{
    const int whole = want_h == 4 && want_w == 4;

    for (int c = 0; c < channels; c += WIDTH) {
        const int n = channels - c < WIDTH ? channels - c : WIDTH;
        const float *b = bias ? bias + c : NULL;
        _Alignas(64) float patch[16 * WIDTH];
        float *to = whole ? y + c : patch;
        const ptrdiff_t to_row = whole ? row : 4 * WIDTH, step = whole ? channels : WIDTH;

        if (n == WIDTH)
            NAME(output_full)(m + c, plane, b, to, to_row, step);
        else
            NAME(output_some)(m + c, plane, b, to, to_row, step, n);
        for (int i = 0; !whole && i < want_h; i++)
            for (int j = 0; j < want_w; j++) {
                float *at = y + i * row + (ptrdiff_t)j * channels + c;
                const V v = v_load(patch + (4 * i + j) * WIDTH);
                if (n == WIDTH)
                    v_store(at, v);
                else
                    v_store_some(v_some(n), at, v);
            }
    }
}

#undef GET
#undef PUT
