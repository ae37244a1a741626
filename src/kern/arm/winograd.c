/* Winograd's transforms for NEON, four channels at a time. The file is empty on other machines than
 * 64-bit Arm. */
#include "../kern.h"

#if defined(__aarch64__)

#include <string.h>

#include "pleth/pleth.h"
#include "target.h"

/* n <= 4 floats; those beyond are zeros. */
static ALWAYS_INLINE float32x4_t load(const float *x, int n)
{
    float v[4] = {0};
    if (n == 4)
        return vld1q_f32(x);
    memcpy(v, x, (size_t)n * sizeof *x);
    return vld1q_f32(v);
}

static ALWAYS_INLINE void store(float *y, float32x4_t v, int n)
{
    float some[4];
    if (n == 4) {
        vst1q_f32(y, v);
        return;
    }
    vst1q_f32(some, v);
    memcpy(y, some, (size_t)n * sizeof *y);
}

/* a + by * b */
static ALWAYS_INLINE float32x4_t plus(float32x4_t a, float32x4_t b, float by)
{
    return vfmaq_n_f32(a, b, by);
}

/* B' of six values, `from` and `to` apart */
static ALWAYS_INLINE void transform_input(const float32x4_t *d, int from, float32x4_t *t, int to)
{
    const float32x4_t d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from],
                      d5 = d[5 * from];
    const float32x4_t even = plus(d4, d2, -4), odd = plus(d3, d1, -4);
    const float32x4_t d42 = vsubq_f32(d4, d2), d31 = vsubq_f32(d3, d1);

    t[0] = plus(plus(d4, d2, -5), d0, 4);
    t[to] = vaddq_f32(even, odd);
    t[2 * to] = vsubq_f32(even, odd);
    t[3 * to] = plus(d42, d31, 2);
    t[4 * to] = plus(d42, d31, -2);
    t[5 * to] = plus(plus(d5, d3, -5), d1, 4);
}

/* A' of six values */
static ALWAYS_INLINE void transform_output(const float32x4_t *m, int from, float32x4_t *t, int to)
{
    const float32x4_t s12 = vaddq_f32(m[from], m[2 * from]);
    const float32x4_t d12 = vsubq_f32(m[from], m[2 * from]);
    const float32x4_t s34 = vaddq_f32(m[3 * from], m[4 * from]);
    const float32x4_t d34 = vsubq_f32(m[3 * from], m[4 * from]);

    t[0] = vaddq_f32(vaddq_f32(m[0], s12), s34);
    t[to] = plus(d12, d34, 2);
    t[2 * to] = plus(s12, s34, 4);
    t[3 * to] = vaddq_f32(plus(d12, d34, 8), m[5 * from]);
}

/* Four channels, or the n < 4 last ones; `whole`: of all pixels. */
static ALWAYS_INLINE void input_some(const float *x, ptrdiff_t row, int channels, int have_h,
                                     int have_w, float *v, ptrdiff_t plane, int n, int whole)
{
    float32x4_t d[6], t[36], u[6];

    for (int b = 0; b < 6; b++) {
        UNROLL
        for (int a = 0; a < 6; a++) {
            const int there = whole || (a < have_h && b < have_w);
            d[a] = there ? load(x + a * row + (ptrdiff_t)b * channels, n) : vdupq_n_f32(0);
        }
        transform_input(d, 1, t + b, 6);
    }
    for (int a = 0; a < 6; a++) {
        transform_input(t + 6 * a, 1, u, 1);
        UNROLL
        for (int b = 0; b < 6; b++)
            store(v + (6 * a + b) * plane, u[b], n);
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
    const float32x4_t add = bias ? load(bias, n) : vdupq_n_f32(0);
    float32x4_t d[6], t[24], u[4];

    for (int b = 0; b < 6; b++) {
        UNROLL
        for (int a = 0; a < 6; a++)
            d[a] = load(m + (6 * a + b) * plane, n);
        transform_output(d, 1, t + b, 6);
    }
    for (int a = 0; a < want_h; a++) {
        transform_output(t + 6 * a, 1, u, 1);
        UNROLL
        for (int b = 0; b < 4; b++)
            if (b < want_w)
                store(y + a * row + (ptrdiff_t)b * channels, vaddq_f32(u[b], add), n);
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

void pleth_kernels_winograd_arm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_NEON))
        return;
    k->winograd_input = winograd_input;
    k->winograd_output = winograd_output;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_arm_winograd_absent;

#endif
