/* The body of kern.c, for one width of vectors. */
#include "kern/x86/vector.h"

/* ---- outer: tiles of values of x by two vectors of dy, summed in registers over all rows -------
 */

#if WIDTH == 16
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define MOST 12
#else
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5)
#define MOST 6
#endif

/* LENGTH values from k on, outputs from o on, of which there are two vectors or, `partial`, fewer
 */
static TARGET inline __attribute__((always_inline)) void
NAME(outer_tile)(const struct plethtrain_outer *g, int k, int o, const int LENGTH,
                 const int partial)
{
    const float *x = g->x + k, *dy = g->dy + o;
    float *w = g->w + k * g->w_step + o;
    const int left = g->outs - o;
    const V_SOME some0 = v_some(partial && left < WIDTH ? left : WIDTH);
    const V_SOME some1 = v_some(!partial || left > 2 * WIDTH ? WIDTH
                                : left > WIDTH               ? left - WIDTH
                                                             : 0);
    V s[MOST][2];

#define GET(i, at) (partial ? v_load_some(i ? some1 : some0, at) : v_load(at))
#define ZERO(i)                                                                                    \
    if (i < LENGTH)                                                                                \
        s[i][0] = s[i][1] = v_set(0);
#define ADD(i)                                                                                     \
    if (i < LENGTH) {                                                                              \
        const V b = v_set(x[i]);                                                                   \
        s[i][0] = v_fma(b, d0, s[i][0]);                                                           \
        s[i][1] = v_fma(b, d1, s[i][1]);                                                           \
    }
#define KEEP(i)                                                                                    \
    if (i < LENGTH) {                                                                              \
        float *to = w + i * g->w_step;                                                             \
        s[i][0] = v_add(GET(0, to), s[i][0]);                                                      \
        s[i][1] = v_add(GET(1, to + WIDTH), s[i][1]);                                              \
        if (partial) {                                                                             \
            v_store_some(some0, to, s[i][0]);                                                      \
            v_store_some(some1, to + WIDTH, s[i][1]);                                              \
        } else {                                                                                   \
            v_store(to, s[i][0]);                                                                  \
            v_store(to + WIDTH, s[i][1]);                                                          \
        }                                                                                          \
    }
    EACH(ZERO)
    for (int r = 0; r < g->rows; r++) {
        const V d0 = GET(0, dy), d1 = GET(1, dy + WIDTH);
        EACH(ADD)
        x += g->x_step;
        dy += g->dy_step;
    }
    EACH(KEEP)
#undef GET
#undef ZERO
#undef ADD
#undef KEEP
}

static TARGET void NAME(outer_whole)(const struct plethtrain_outer *g, int k, int o, int length)
{
    switch (length) {
#define CASE(i)                                                                                    \
    case i + 1:                                                                                    \
        NAME(outer_tile)(g, k, o, i + 1, 0);                                                       \
        break;
        EACH(CASE)
#undef CASE
    }
}

static TARGET void NAME(outer_partial)(const struct plethtrain_outer *g, int k, int o, int length)
{
    switch (length) {
#define CASE(i)                                                                                    \
    case i + 1:                                                                                    \
        NAME(outer_tile)(g, k, o, i + 1, 1);                                                       \
        break;
        EACH(CASE)
#undef CASE
    }
}

static void NAME(outer)(const struct plethtrain_outer *g)
{
    for (int o = 0; o < g->outs; o += 2 * WIDTH) {
        int k = 0;
        /* tiles that differ by at most one, so that the last is not small */
        for (int tiles = (g->length + MOST - 1) / MOST; tiles > 0; tiles--) {
            const int n = (g->length - k + tiles - 1) / tiles;
            if (g->outs - o >= 2 * WIDTH)
                NAME(outer_whole)(g, k, o, n);
            else
                NAME(outer_partial)(g, k, o, n);
            k += n;
        }
    }
}

#undef EACH
#undef MOST

/* ---- rows: some channels of all of them, or, by the constant `full`, as many as a vector has ----
 */

#define GET(at) (full ? v_load(at) : v_load_some(some, at))
#define PUT(at, value)                                                                             \
    do {                                                                                           \
        if (full)                                                                                  \
            v_store(at, value);                                                                    \
        else                                                                                       \
            v_store_some(some, at, value);                                                         \
    } while (0)

static TARGET inline __attribute__((always_inline)) void
NAME(tile_input_of)(const float *x, ptrdiff_t step, float *v, ptrdiff_t plane, V_SOME some,
                    const int full)
{
    const V d0 = GET(x), d1 = GET(x + step), d2 = GET(x + 2 * step), d3 = GET(x + 3 * step);
    const V d4 = GET(x + 4 * step), d5 = GET(x + 5 * step), d6 = GET(x + 6 * step);
    const V d7 = GET(x + 7 * step), k1 = v_set(4.25f), k2 = v_set(2.5f), k3 = v_set(5.25f);
    V even, odd;

    PUT(v, v_fma(k3, v_sub(d2, d4), v_sub(d6, d0)));
    even = v_fnma(k1, d4, v_add(d2, d6));
    odd = v_fnma(k1, d3, v_add(d1, d5));
    PUT(v + plane, v_add(even, odd));
    PUT(v + 2 * plane, v_sub(even, odd));
    even = v_fma(v_set(0.25f), d2, v_fnma(v_set(1.25f), d4, d6));
    odd = v_fma(v_set(0.5f), d1, v_fnma(k2, d3, v_add(d5, d5)));
    PUT(v + 3 * plane, v_add(even, odd));
    PUT(v + 4 * plane, v_sub(even, odd));
    even = v_fma(v_set(4), d2, v_fnma(v_set(5), d4, d6));
    odd = v_fma(v_set(0.5f), d5, v_fnma(k2, d3, v_add(d1, d1)));
    PUT(v + 5 * plane, v_add(even, odd));
    PUT(v + 6 * plane, v_sub(even, odd));
    PUT(v + 7 * plane, v_fma(k3, v_sub(d3, d5), v_sub(d7, d1)));
}

static TARGET void NAME(tile_input)(const float *x, int tiles, int channels, float *v,
                                    ptrdiff_t plane)
{
    const V_SOME some = v_some(channels % WIDTH);

    for (int t = 0; t < tiles; t++, x += 4 * channels, v += channels) {
        int c = 0;
        for (; c + WIDTH <= channels; c += WIDTH)
            NAME(tile_input_of)(x + c, channels, v + c, plane, some, 1);
        if (c < channels)
            NAME(tile_input_of)(x + c, channels, v + c, plane, some, 0);
    }
}

/* `left` positions, four or, in the last tile, less */
static TARGET inline __attribute__((always_inline)) void
NAME(tile_output_of)(const float *m, ptrdiff_t plane, V bias, float *y, ptrdiff_t step, int left,
                     V_SOME some, const int full)
{
    const V m1 = GET(m + plane), m2 = GET(m + 2 * plane), m3 = GET(m + 3 * plane);
    const V m4 = GET(m + 4 * plane), m5 = GET(m + 5 * plane), m6 = GET(m + 6 * plane);
    const V s1 = v_add(m1, m2), d1 = v_sub(m1, m2), s2 = v_add(m3, m4), d2 = v_sub(m3, m4);
    const V s3 = v_add(m5, m6), d3 = v_sub(m5, m6);

    PUT(y, v_add(v_add(v_add(GET(m), s1), v_add(s2, s3)), bias));
    if (left > 1)
        PUT(y + step, v_add(v_fma(v_set(2), d2, v_fma(v_set(0.5f), d3, d1)), bias));
    if (left > 2)
        PUT(y + 2 * step, v_add(v_fma(v_set(4), s2, v_fma(v_set(0.25f), s3, s1)), bias));
    if (left > 3) {
        const V last = v_add(GET(m + 7 * plane), bias);
        PUT(y + 3 * step, v_add(v_fma(v_set(8), d2, v_fma(v_set(0.125f), d3, d1)), last));
    }
}

static TARGET void NAME(tile_output)(const float *m, ptrdiff_t plane, int positions, int channels,
                                     const float *bias, float *y)
{
    const V_SOME some = v_some(channels % WIDTH);

    for (int p = 0; p < positions; p += 4, m += channels, y += 4 * channels) {
        int c = 0;
        for (; c + WIDTH <= channels; c += WIDTH)
            NAME(tile_output_of)
        (m + c, plane, bias ? v_load(bias + c) : v_set(0), y + c, channels, positions - p, some, 1);
        if (c < channels)
            NAME(tile_output_of)
        (m + c, plane, bias ? v_load_some(some, bias + c) : v_set(0), y + c, channels,
         positions - p, some, 0);
    }
}

static TARGET inline __attribute__((always_inline)) void
NAME(tile_expand_of)(const float *y, ptrdiff_t step, int left, float *v, ptrdiff_t plane,
                     V_SOME some, const int full)
{
    const V zero = v_set(0), g0 = GET(y), g1 = left > 1 ? GET(y + step) : zero;
    const V g2 = left > 2 ? GET(y + 2 * step) : zero, g3 = left > 3 ? GET(y + 3 * step) : zero;
    V even = v_add(g0, g2), odd = v_add(g1, g3);

    PUT(v, g0);
    PUT(v + plane, v_add(even, odd));
    PUT(v + 2 * plane, v_sub(even, odd));
    even = v_fma(v_set(4), g2, g0);
    odd = v_fma(v_set(8), g3, v_add(g1, g1));
    PUT(v + 3 * plane, v_add(even, odd));
    PUT(v + 4 * plane, v_sub(even, odd));
    even = v_fma(v_set(0.25f), g2, g0);
    odd = v_fma(v_set(0.125f), g3, v_mul(v_set(0.5f), g1));
    PUT(v + 5 * plane, v_add(even, odd));
    PUT(v + 6 * plane, v_sub(even, odd));
    PUT(v + 7 * plane, g3);
}

static TARGET void NAME(tile_expand)(const float *y, int positions, int channels, float *v,
                                     ptrdiff_t plane)
{
    const V_SOME some = v_some(channels % WIDTH);

    for (int p = 0; p < positions; p += 4, v += channels, y += 4 * channels) {
        int c = 0;
        for (; c + WIDTH <= channels; c += WIDTH)
            NAME(tile_expand_of)(y + c, channels, positions - p, v + c, plane, some, 1);
        if (c < channels)
            NAME(tile_expand_of)(y + c, channels, positions - p, v + c, plane, some, 0);
    }
}

static TARGET inline __attribute__((always_inline)) void
NAME(sums_of)(const float *x, int rows, ptrdiff_t step, float *sum, V_SOME some, const int full)
{
    V s0 = GET(sum), s1 = v_set(0), s2 = v_set(0), s3 = v_set(0);
    int r = 0;

    for (; r + 4 <= rows; r += 4, x += 4 * step) {
        s0 = v_add(s0, GET(x));
        s1 = v_add(s1, GET(x + step));
        s2 = v_add(s2, GET(x + 2 * step));
        s3 = v_add(s3, GET(x + 3 * step));
    }
    for (; r < rows; r++, x += step)
        s0 = v_add(s0, GET(x));
    PUT(sum, v_add(v_add(s0, s1), v_add(s2, s3)));
}

static TARGET void NAME(sums)(const float *x, int rows, int channels, float *sum)
{
    int c = 0;

    for (; c + WIDTH <= channels; c += WIDTH)
        NAME(sums_of)(x + c, rows, channels, sum + c, v_some(WIDTH), 1);
    if (c < channels)
        NAME(sums_of)(x + c, rows, channels, sum + c, v_some(channels - c), 0);
}

static TARGET inline __attribute__((always_inline)) void
NAME(moments_of)(const float *x, const float *about, int rows, ptrdiff_t step, float *sum,
                 float *square, V_SOME some, const int full)
{
    const V k = GET(about);
    V s0 = GET(sum), s1 = v_set(0), s2 = v_set(0), s3 = v_set(0);
    V q0 = GET(square), q1 = v_set(0), q2 = v_set(0), q3 = v_set(0);
    int r = 0;

#define ADD(s, q, at)                                                                              \
    do {                                                                                           \
        const V d = v_sub(GET(at), k);                                                             \
        s = v_add(s, d);                                                                           \
        q = v_fma(d, d, q);                                                                        \
    } while (0)
    for (; r + 4 <= rows; r += 4, x += 4 * step) {
        ADD(s0, q0, x);
        ADD(s1, q1, x + step);
        ADD(s2, q2, x + 2 * step);
        ADD(s3, q3, x + 3 * step);
    }
    for (; r < rows; r++, x += step)
        ADD(s0, q0, x);
#undef ADD
    PUT(sum, v_add(v_add(s0, s1), v_add(s2, s3)));
    PUT(square, v_add(v_add(q0, q1), v_add(q2, q3)));
}

static TARGET void NAME(moments)(const float *x, const float *about, int rows, int channels,
                                 float *sum, float *square)
{
    int c = 0;

    for (; c + WIDTH <= channels; c += WIDTH)
        NAME(moments_of)(x + c, about + c, rows, channels, sum + c, square + c, v_some(WIDTH), 1);
    if (c < channels)
        NAME(moments_of)
    (x + c, about + c, rows, channels, sum + c, square + c, v_some(channels - c), 0);
}

struct NAME(norm) {
    float *dy;
    const float *x, *scale, *shift, *mean;
    float *sum, *product;
};

static TARGET inline __attribute__((always_inline)) void
NAME(norm_back_of)(const struct NAME(norm) * n, int c, int rows, ptrdiff_t step, V_SOME some,
                   const int vectors, const int relu, const int full)
{
    const V zero = v_set(0);
    const float *x = n->x + c;
    float *dy = n->dy + c;
    V scale[2], shift[2], mean[2], s[2], p[2];

    for (int i = 0; i < vectors; i++) {
        scale[i] = GET(n->scale + c + i * WIDTH);
        shift[i] = GET(n->shift + c + i * WIDTH);
        mean[i] = GET(n->mean + c + i * WIDTH);
        s[i] = GET(n->sum + c + i * WIDTH);
        p[i] = GET(n->product + c + i * WIDTH);
    }
    for (int r = 0; r < rows; r++, x += step, dy += step)
        for (int i = 0; i < vectors; i++) {
            const V v = GET(x + i * WIDTH);
            V d = GET(dy + i * WIDTH);
            if (relu)
                d = v_choose(v_less(zero, v_fma(v, scale[i], shift[i])), d, zero);
            PUT(dy + i * WIDTH, d);
            s[i] = v_add(s[i], d);
            p[i] = v_fma(d, v_sub(v, mean[i]), p[i]);
        }
    for (int i = 0; i < vectors; i++) {
        PUT(n->sum + c + i * WIDTH, s[i]);
        PUT(n->product + c + i * WIDTH, p[i]);
    }
}

static TARGET inline __attribute__((always_inline)) void
NAME(norm_back_by)(const struct NAME(norm) * n, int rows, int channels, const int relu)
{
    int c = 0;

    for (; c + 2 * WIDTH <= channels; c += 2 * WIDTH)
        NAME(norm_back_of)(n, c, rows, channels, v_some(WIDTH), 2, relu, 1);
    for (; c + WIDTH <= channels; c += WIDTH)
        NAME(norm_back_of)(n, c, rows, channels, v_some(WIDTH), 1, relu, 1);
    if (c < channels)
        NAME(norm_back_of)(n, c, rows, channels, v_some(channels - c), 1, relu, 0);
}

static TARGET void NAME(norm_back)(float *dy, const float *x, const float *scale,
                                   const float *shift, const float *mean, int relu, int rows,
                                   int channels, float *sum, float *product)
{
    const struct NAME(norm) n = {dy, x, scale, shift, mean, sum, product};

    if (relu)
        NAME(norm_back_by)(&n, rows, channels, 1);
    else
        NAME(norm_back_by)(&n, rows, channels, 0);
}

struct NAME(norm_input) {
    const float *dz, *x, *a, *b, *e;
    float *dx;
};

/* two vectors of channels at a time, so that memory is read in its order */
static TARGET inline __attribute__((always_inline)) void
NAME(norm_input_of)(const struct NAME(norm_input) * n, int c, int rows, ptrdiff_t step, V_SOME some,
                    const int vectors, const int add, const int full)
{
    const float *dz = n->dz + c, *x = n->x + c;
    float *dx = n->dx + c;
    V a[2], b[2], e[2];

    for (int i = 0; i < vectors; i++) {
        a[i] = GET(n->a + c + i * WIDTH);
        b[i] = GET(n->b + c + i * WIDTH);
        e[i] = GET(n->e + c + i * WIDTH);
    }
    for (int r = 0; r < rows; r++, dz += step, x += step, dx += step)
        for (int i = 0; i < vectors; i++) {
            const V rest = v_fma(GET(x + i * WIDTH), b[i], e[i]);
            const V d = v_fma(GET(dz + i * WIDTH), a[i], rest);
            PUT(dx + i * WIDTH, add ? v_add(GET(dx + i * WIDTH), d) : d);
        }
}

static TARGET inline __attribute__((always_inline)) void
NAME(norm_input_by)(const struct NAME(norm_input) * n, int rows, int channels, const int add)
{
    int c = 0;

    for (; c + 2 * WIDTH <= channels; c += 2 * WIDTH)
        NAME(norm_input_of)(n, c, rows, channels, v_some(WIDTH), 2, add, 1);
    for (; c + WIDTH <= channels; c += WIDTH)
        NAME(norm_input_of)(n, c, rows, channels, v_some(WIDTH), 1, add, 1);
    if (c < channels)
        NAME(norm_input_of)(n, c, rows, channels, v_some(channels - c), 1, add, 0);
}

static TARGET void NAME(norm_input)(const float *dz, const float *x, const float *a, const float *b,
                                    const float *e, int rows, int channels, int add, float *dx)
{
    const struct NAME(norm_input) n = {dz, x, a, b, e, dx};

    if (add)
        NAME(norm_input_by)(&n, rows, channels, 1);
    else
        NAME(norm_input_by)(&n, rows, channels, 0);
}

#undef GET
#undef PUT

/* ---- values ------------------------------------------------------------------------------------
 */

/* Lanes of which the lowest bits are set */
static TARGET inline V_SOME NAME(lanes)(unsigned bits)
{
#if WIDTH == 16
    return (__mmask16)bits;
#else
    const __m256i one = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)bits), one), one);
#endif
}

static TARGET void NAME(drop)(float *x, const uint64_t *bits, ptrdiff_t n, float scale)
{
    const V by = v_set(scale), zero = v_set(0);
    ptrdiff_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH) {
        const V_SOME kept = NAME(lanes)((unsigned)(bits[i / 64] >> i % 64));
        v_store(x + i, v_only(kept, v_mul(v_load(x + i), by), zero));
    }
    if (i < n) {
        const V_SOME some = v_some((int)(n - i));
        const V_SOME kept = NAME(lanes)((unsigned)(bits[i / 64] >> i % 64));
        v_store_some(some, x + i, v_only(kept, v_mul(v_load_some(some, x + i), by), zero));
    }
}

static TARGET void NAME(add_scaled)(const float *x, float a, ptrdiff_t n, float *y)
{
    const V by = v_set(a);

    for (; n >= WIDTH; n -= WIDTH, x += WIDTH, y += WIDTH)
        v_store(y, v_fma(by, v_load(x), v_load(y)));
    if (n > 0) {
        const V_SOME some = v_some((int)n);
        v_store_some(some, y, v_fma(by, v_load_some(some, x), v_load_some(some, y)));
    }
}

/* some values, or, by the constant `full`, as many as a vector has */
static TARGET inline __attribute__((always_inline)) void
NAME(adam_of)(const struct plethtrain_adam *a, const float *g, float *m, float *v, float *w,
              V_SOME some, const int full)
{
#define GET(at) (full ? v_load(at) : v_load_some(some, at))
#define PUT(at, value)                                                                             \
    do {                                                                                           \
        if (full)                                                                                  \
            v_store(at, value);                                                                    \
        else                                                                                       \
            v_store_some(some, at, value);                                                         \
    } while (0)
    const V d = v_fma(v_set(a->add), GET(w), GET(g));
    const V first = v_fma(v_set(a->beta1), GET(m), v_mul(v_set(1 - a->beta1), d));
    const V second = v_fma(v_set(a->beta2), GET(v), v_mul(v_set(1 - a->beta2), v_mul(d, d)));
    const V by = v_fma(v_sqrt(second), v_set(a->correct), v_set(a->eps));

    PUT(m, first);
    PUT(v, second);
    PUT(w, v_sub(v_mul(v_set(a->shrink), GET(w)), v_div(v_mul(v_set(a->step), first), by)));
#undef GET
#undef PUT
}

static TARGET void NAME(adam)(const struct plethtrain_adam *a, const float *g, float *m, float *v,
                              float *w, ptrdiff_t n)
{
    ptrdiff_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        NAME(adam_of)(a, g + i, m + i, v + i, w + i, v_some(WIDTH), 1);
    if (i < n)
        NAME(adam_of)(a, g + i, m + i, v + i, w + i, v_some((int)(n - i)), 0);
}
