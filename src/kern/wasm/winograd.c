/* Winograd's transforms for WebAssembly, four channels at a time. */
#include "../kern.h"

#if defined(PLETH_KERN_WASM)

#include "pleth/pleth.h"
#include "target.h"

/* a + by * b */
static ALWAYS_INLINE v128_t plus(v128_t a, v128_t b, float by)
{
    return wasm_f32x4_add(a, times(b, by));
}

/* B' of six values, `from` and `to` apart */
static ALWAYS_INLINE void transform_input(const v128_t *d, int from, v128_t *t, int to)
{
    const v128_t d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from],
                 d5 = d[5 * from];
    const v128_t even = plus(d4, d2, -4), odd = plus(d3, d1, -4);
    const v128_t d42 = wasm_f32x4_sub(d4, d2), d31 = wasm_f32x4_sub(d3, d1);

    t[0] = plus(plus(d4, d2, -5), d0, 4);
    t[to] = wasm_f32x4_add(even, odd);
    t[2 * to] = wasm_f32x4_sub(even, odd);
    t[3 * to] = plus(d42, d31, 2);
    t[4 * to] = plus(d42, d31, -2);
    t[5 * to] = plus(plus(d5, d3, -5), d1, 4);
}

/* A' of six values */
static ALWAYS_INLINE void transform_output(const v128_t *m, int from, v128_t *t, int to)
{
    const v128_t s12 = wasm_f32x4_add(m[from], m[2 * from]);
    const v128_t d12 = wasm_f32x4_sub(m[from], m[2 * from]);
    const v128_t s34 = wasm_f32x4_add(m[3 * from], m[4 * from]);
    const v128_t d34 = wasm_f32x4_sub(m[3 * from], m[4 * from]);

    t[0] = wasm_f32x4_add(wasm_f32x4_add(m[0], s12), s34);
    t[to] = plus(d12, d34, 2);
    t[2 * to] = plus(s12, s34, 4);
    t[3 * to] = wasm_f32x4_add(plus(d12, d34, 8), m[5 * from]);
}

/* Four channels, or the n < 4 last ones; `whole`: of all pixels. */
static ALWAYS_INLINE void input_some(const float *x, ptrdiff_t row, int channels, int have_h,
                                     int have_w, float *v, ptrdiff_t plane, int n, int whole)
{
    v128_t d[6], t[36], u[6];

    for (int b = 0; b < 6; b++) {
        UNROLL
        for (int a = 0; a < 6; a++) {
            const int there = whole || (a < have_h && b < have_w);
            d[a] =
                there ? load_floats(x + a * row + (ptrdiff_t)b * channels, n) : wasm_f32x4_splat(0);
        }
        transform_input(d, 1, t + b, 6);
    }
    for (int a = 0; a < 6; a++) {
        transform_input(t + 6 * a, 1, u, 1);
        UNROLL
        for (int b = 0; b < 6; b++)
            store_floats(v + (6 * a + b) * plane, u[b], n);
    }
}

static void winograd_input(const float *x, ptrdiff_t row, int channels, int have_h, int have_w,
                           float *v, ptrdiff_t plane)
{
    const int whole = have_h >= 6 && have_w >= 6;
    int c = 0;

    for (; whole && c + 4 <= channels; c += 4)
        input_some(x + c, row, channels, 6, 6, v + c, plane, 4, 1);
    for (; c + 4 <= channels; c += 4)
        input_some(x + c, row, channels, have_h, have_w, v + c, plane, 4, 0);
    if (c < channels)
        input_some(x + c, row, channels, have_h, have_w, v + c, plane, channels - c, 0);
}

static ALWAYS_INLINE void output_some(const float *m, ptrdiff_t plane, int channels,
                                      const float *bias, int want_h, int want_w, float *y,
                                      ptrdiff_t row, int n)
{
    const v128_t add = bias ? load_floats(bias, n) : wasm_f32x4_splat(0);
    v128_t d[6], t[24], u[4];

    for (int b = 0; b < 6; b++) {
        UNROLL
        for (int a = 0; a < 6; a++)
            d[a] = load_floats(m + (6 * a + b) * plane, n);
        transform_output(d, 1, t + b, 6);
    }
    for (int a = 0; a < want_h; a++) {
        transform_output(t + 6 * a, 1, u, 1);
        UNROLL
        for (int b = 0; b < 4; b++)
            if (b < want_w)
                store_floats(y + a * row + (ptrdiff_t)b * channels, wasm_f32x4_add(u[b], add), n);
    }
}

static void winograd_output(const float *m, ptrdiff_t plane, int channels, const float *bias,
                            int want_h, int want_w, float *y, ptrdiff_t row)
{
    int c = 0;

    for (; c + 4 <= channels; c += 4)
        output_some(m + c, plane, channels, bias ? bias + c : NULL, want_h, want_w, y + c, row, 4);
    if (c < channels)
        output_some(m + c, plane, channels, bias ? bias + c : NULL, want_h, want_w, y + c, row,
                    channels - c);
}

void pleth_kernels_winograd_wasm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_SIMD128))
        return;
    k->winograd_input = winograd_input;
    k->winograd_output = winograd_output;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_wasm_winograd_absent;

#endif
