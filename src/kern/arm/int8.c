/* Int8 kernels for NEON, and for those of its processors that have dot products. The file is empty
 * on other machines than 64-bit Arm. */
#include "../kern.h"

#if defined(__aarch64__)

#include <string.h>

#include "pleth/pleth.h"
#include "target.h"

enum { BLOCK = 16, QUAD = 4 * BLOCK, ROWS = 4 };

/* ---- Requantisation ----------------------------------------------------------------------------
 */

/* round(p / 2^shift), halves away from zero: taking one off the negative makes it halves up. The
 * minus is shift's own: the instruction shifts left. */
static inline int64x2_t round_shift(int64x2_t p, int64x2_t minus_shift)
{
    return vrshlq_s64(vsraq_n_s64(p, p, 63), minus_shift);
}

/* round(v * multiplier / 2^shift) + zero, saturated */
static inline int32x4_t requantise(int32x4_t v, int32x4_t multiplier, int32x4_t minus_shift,
                                   int32x4_t zero)
{
    const int64x2_t low = vmull_s32(vget_low_s32(v), vget_low_s32(multiplier));
    const int64x2_t high = vmull_high_s32(v, multiplier);
    const int32x2_t l = vqmovn_s64(round_shift(low, vmovl_s32(vget_low_s32(minus_shift))));

    return vqaddq_s32(vqmovn_high_s64(l, round_shift(high, vmovl_high_s32(minus_shift))), zero);
}

static inline int8x16_t narrow(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d)
{
    const int16x8_t ab = vqmovn_high_s32(vqmovn_s32(a), b), cd = vqmovn_high_s32(vqmovn_s32(c), d);
    return vqmovn_high_s16(vqmovn_s16(ab), cd);
}

/* Writes n <= 16 bytes. */
static inline void store_some(int8_t *y, int8x16_t v, int n)
{
    int8_t b[16];
    if (n == 16) {
        vst1q_s8(y, v);
        return;
    }
    vst1q_s8(b, v);
    memcpy(y, b, (size_t)n);
}

/* From the sums of some rows' block to their results. */
static ALWAYS_INLINE void finish(const struct pleth_gemm_s8 *g, int r, int rows, int o,
                                 int32x4_t sum[ROWS][4])
{
    const int n = g->outs - o < BLOCK ? g->outs - o : BLOCK;

    if (g->sums) {
        UNROLL
        for (int i = 0; i < rows; i++) {
            int32_t s[BLOCK];
            UNROLL
            for (int j = 0; j < 4; j++)
                vst1q_s32(s + 4 * j, sum[i][j]);
            memcpy(g->sums + (r + i) * g->y_step + o, s, (size_t)n * sizeof *s);
        }
        return;
    }
    UNROLL
    for (int j = 0; j < 4; j++) {
        const int32x4_t multiplier = vld1q_s32(g->multiplier + o + 4 * j);
        const int32x4_t minus_shift = vnegq_s32(vld1q_s32(g->shift + o + 4 * j));
        UNROLL
        for (int i = 0; i < rows; i++)
            sum[i][j] = requantise(sum[i][j], multiplier, minus_shift, vdupq_n_s32(g->zero));
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
        int8x16_t b = narrow(sum[i][0], sum[i][1], sum[i][2], sum[i][3]);
        b = vminq_s8(vmaxq_s8(b, vdupq_n_s8((int8_t)g->low)), vdupq_n_s8((int8_t)g->high));
        store_some(g->y + (r + i) * g->y_step + o, b, n);
    }
}

/* ---- Products by dot products ------------------------------------------------------------------
 */

/* Four outputs' dot products with four values of one row, number `lane` of x. In assembler, as
 * compilers hide the intrinsic where not all of the file may use it. */
#define DOT(sum, weights, x, lane)                                                                 \
    __asm__("sdot %0.4s, %1.16b, %2.4b[" #lane "]" : "+w"(sum) : "w"(weights), "w"(x))

static ALWAYS_INLINE DOTPROD void tile_dot(const struct pleth_gemm_s8 *g, int r, int rows,
                                           const int8_t *w, int o)
{
    int32x4_t sum[ROWS][4];

    UNROLL
    for (int j = 0; j < 4; j++) {
        const int32x4_t bias = vld1q_s32(g->bias + o + 4 * j);
        UNROLL
        for (int i = 0; i < rows; i++)
            sum[i][j] = bias;
    }
    for (int p = 0; p < g->pieces; p++) {
        const int8_t *x = g->x[p] + r * g->x_step;
        int k = g->length;
        for (; k >= 16; k -= 16, x += 16) {
            int8x16_t v[ROWS], u[4];
            UNROLL
            for (int i = 0; i < rows; i++)
                v[i] = vld1q_s8(x + i * g->x_step);
#define STEP(lane)                                                                                 \
    do {                                                                                           \
        UNROLL                                                                                     \
        for (int j = 0; j < 4; j++)                                                                \
            u[j] = vld1q_s8(w + 16 * j);                                                           \
        w += QUAD;                                                                                 \
        UNROLL                                                                                     \
        for (int i = 0; i < rows; i++) {                                                           \
            UNROLL                                                                                 \
            for (int j = 0; j < 4; j++)                                                            \
                DOT(sum[i][j], u[j], v[i], lane);                                                  \
        }                                                                                          \
    } while (0)
            STEP(0);
            STEP(1);
            STEP(2);
            STEP(3);
        }
        for (; k > 0; k -= 4, x += 4) {
            int8x16_t v[ROWS], u[4];
            UNROLL
            for (int i = 0; i < rows; i++) {
                int32_t four;
                memcpy(&four, x + i * g->x_step, 4);
                v[i] = vreinterpretq_s8_s32(vdupq_n_s32(four));
            }
            STEP(0);
        }
#undef STEP
    }
    finish(g, r, rows, o, sum);
}

static DOTPROD void gemm_s8_dot(const struct pleth_gemm_s8 *g)
{
    const int8_t *w = g->w;

    for (int o = 0; o < g->outs; o += BLOCK, w += g->pieces * ((g->length + 3) / 4) * QUAD) {
        int r = 0;
        for (; r + 4 <= g->rows; r += 4)
            tile_dot(g, r, 4, w, o);
        for (; r + 2 <= g->rows; r += 2)
            tile_dot(g, r, 2, w, o);
        for (; r < g->rows; r++)
            tile_dot(g, r, 1, w, o);
    }
}

/* ---- Products without --------------------------------------------------------------------------
 */

/* Products of a row's four values (four times in x) with four outputs' weights, added in pairs:
 * sum[0] has two pairs of output 0, then of 1; sum[1] of 2 and 3. */
static inline void pairs(int32x4_t sum[2], int8x16_t w, int8x16_t x)
{
    sum[0] = vpadalq_s16(sum[0], vmull_s8(vget_low_s8(w), vget_low_s8(x)));
    sum[1] = vpadalq_s16(sum[1], vmull_high_s8(w, x));
}

/* The same with two groups of four values, whose products are added in 16 bits: they fit unless
 * weights of -128 meet values of -128. */
static inline void pairs_of_two(int32x4_t sum[2], int8x16_t w0, int8x16_t w1, int8x16_t x0,
                                int8x16_t x1)
{
    const int16x8_t low = vmull_s8(vget_low_s8(w0), vget_low_s8(x0));
    const int16x8_t high = vmull_high_s8(w0, x0);

    sum[0] = vpadalq_s16(sum[0], vmlal_s8(low, vget_low_s8(w1), vget_low_s8(x1)));
    sum[1] = vpadalq_s16(sum[1], vmlal_high_s8(high, w1, x1));
}

/* One or two rows times a block; `two`: no weight is -128. */
static ALWAYS_INLINE void tile_neon(const struct pleth_gemm_s8 *g, int r, int rows, const int8_t *w,
                                    int o, int two)
{
    int32x4_t s[2][4][2], sum[ROWS][4];

    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int j = 0; j < 4; j++)
            s[i][j][0] = s[i][j][1] = vdupq_n_s32(0);
    }
    for (int p = 0; p < g->pieces; p++) {
        const int8_t *x = g->x[p] + r * g->x_step;
        int k = g->length;
        for (; two && k >= 8; k -= 8, x += 8, w += 2 * QUAD) {
            int8x16_t a[2], b[2];
            UNROLL
            for (int i = 0; i < rows; i++) {
                const int32x2_t eight = vreinterpret_s32_s8(vld1_s8(x + i * g->x_step));
                a[i] = vreinterpretq_s8_s32(vdupq_lane_s32(eight, 0));
                b[i] = vreinterpretq_s8_s32(vdupq_lane_s32(eight, 1));
            }
            UNROLL
            for (int j = 0; j < 4; j++) {
                const int8x16_t u = vld1q_s8(w + 16 * j), v = vld1q_s8(w + QUAD + 16 * j);
                UNROLL
                for (int i = 0; i < rows; i++)
                    pairs_of_two(s[i][j], u, v, a[i], b[i]);
                /* or else all weights are loaded first, and sums have no place in registers */
                if (j == 1)
                    __asm__ volatile("" : : : "memory");
            }
        }
        for (; k > 0; k -= 4, x += 4, w += QUAD) {
            int8x16_t a[2];
            UNROLL
            for (int i = 0; i < rows; i++) {
                int32_t four;
                memcpy(&four, x + i * g->x_step, 4);
                a[i] = vreinterpretq_s8_s32(vdupq_n_s32(four));
            }
            UNROLL
            for (int j = 0; j < 4; j++) {
                const int8x16_t u = vld1q_s8(w + 16 * j);
                UNROLL
                for (int i = 0; i < rows; i++)
                    pairs(s[i][j], u, a[i]);
            }
        }
    }
    UNROLL
    for (int j = 0; j < 4; j++) {
        const int32x4_t bias = vld1q_s32(g->bias + o + 4 * j);
        UNROLL
        for (int i = 0; i < rows; i++)
            sum[i][j] = vaddq_s32(vpaddq_s32(s[i][j][0], s[i][j][1]), bias);
    }
    finish(g, r, rows, o, sum);
}

/* 1 where none of n weights is -128 */
static int moderate(const int8_t *w, ptrdiff_t n)
{
    int8x16_t low = vdupq_n_s8(0);

    for (ptrdiff_t i = 0; i < n; i += QUAD) {
        const int8x16_t a = vminq_s8(vld1q_s8(w + i), vld1q_s8(w + i + 16));
        low = vminq_s8(low, vminq_s8(a, vminq_s8(vld1q_s8(w + i + 32), vld1q_s8(w + i + 48))));
    }
    return vminvq_s8(low) > -128;
}

static void gemm_s8_neon(const struct pleth_gemm_s8 *g)
{
    const ptrdiff_t block = (ptrdiff_t)g->pieces * ((g->length + 3) / 4) * QUAD;
    const int8_t *w = g->w;

    for (int o = 0; o < g->outs; o += BLOCK, w += block) {
        int r = 0;
        /* looking pays from a few rows on */
        if (g->rows >= 4 && moderate(w, block))
            for (; r + 2 <= g->rows; r += 2)
                tile_neon(g, r, 2, w, o, 1);
        for (; r + 2 <= g->rows; r += 2)
            tile_neon(g, r, 2, w, o, 0);
        for (; r < g->rows; r++)
            tile_neon(g, r, 1, w, o, 0);
    }
}

/* ---- Element by element ------------------------------------------------------------------------
 */

/* Reads n <= 16 bytes, the others are 0. */
static inline int8x16_t load_some(const int8_t *x, int n)
{
    int8_t b[16] = {0};
    if (n == 16)
        return vld1q_s8(x);
    memcpy(b, x, (size_t)n);
    return vld1q_s8(b);
}

/* Bytes are widened to four vectors of int32 and come back through narrow. */
struct wide {
    int32x4_t v[4];
};

static inline struct wide widen(int16x8_t low, int16x8_t high)
{
    const struct wide w = {{vmovl_s16(vget_low_s16(low)), vmovl_high_s16(low),
                            vmovl_s16(vget_low_s16(high)), vmovl_high_s16(high)}};
    return w;
}

/* x - zero as int32 */
static inline struct wide centred(int8x16_t x, int zero)
{
    const int8x16_t z = vdupq_n_s8((int8_t)zero);
    return widen(vsubl_s8(vget_low_s8(x), vget_low_s8(z)), vsubl_high_s8(x, z));
}

static inline int8x16_t requantise_wide(struct wide w, int32_t multiplier, int shift, int zero)
{
    UNROLL
    for (int j = 0; j < 4; j++)
        w.v[j] =
            requantise(w.v[j], vdupq_n_s32(multiplier), vdupq_n_s32(-shift), vdupq_n_s32(zero));
    return narrow(w.v[0], w.v[1], w.v[2], w.v[3]);
}

/* Where the number is not in a quarter of the table, what is there stays. */
static inline int8x16_t look_up(const int8x16x4_t t[4], int8x16_t x)
{
    const uint8x16_t at = veorq_u8(vreinterpretq_u8_s8(x), vdupq_n_u8(128));
    int8x16_t v = vqtbl4q_s8(t[0], at);

    v = vqtbx4q_s8(v, t[1], vsubq_u8(at, vdupq_n_u8(64)));
    v = vqtbx4q_s8(v, t[2], vsubq_u8(at, vdupq_n_u8(128)));
    return vqtbx4q_s8(v, t[3], vsubq_u8(at, vdupq_n_u8(192)));
}

static void table_s8(int8_t *x, ptrdiff_t n, const int8_t table[256])
{
    int8x16x4_t t[4];

    UNROLL
    for (int i = 0; i < 4; i++) {
        UNROLL
        for (int j = 0; j < 4; j++)
            t[i].val[j] = vld1q_s8(table + 64 * i + 16 * j);
    }
    for (; n >= 16; n -= 16, x += 16)
        vst1q_s8(x, look_up(t, vld1q_s8(x)));
    if (n > 0)
        store_some(x, look_up(t, load_some(x, (int)n)), (int)n);
}

struct sum_of_two {
    int32_t multiplier_a, multiplier_b;
    int zero_a, zero_b, shift, zero, low;
};

static ALWAYS_INLINE int8x16_t add16(int8x16_t a, int8x16_t b, const struct sum_of_two *s)
{
    const struct wide u = centred(a, s->zero_a), v = centred(b, s->zero_b);
    const int64x2_t by = vdupq_n_s64(-s->shift);
    int32x4_t q[4];

    UNROLL
    for (int j = 0; j < 4; j++) {
        int64x2_t l = vmull_n_s32(vget_low_s32(u.v[j]), s->multiplier_a);
        int64x2_t h = vmull_high_n_s32(u.v[j], s->multiplier_a);
        l = vmlal_n_s32(l, vget_low_s32(v.v[j]), s->multiplier_b);
        h = vmlal_high_n_s32(h, v.v[j], s->multiplier_b);
        q[j] = vqmovn_high_s64(vqmovn_s64(round_shift(l, by)), round_shift(h, by));
        q[j] = vqaddq_s32(q[j], vdupq_n_s32(s->zero));
    }
    return vmaxq_s8(narrow(q[0], q[1], q[2], q[3]), vdupq_n_s8((int8_t)s->low));
}

static void add_s8(const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n, int zero_a,
                   int32_t multiplier_a, int zero_b, int32_t multiplier_b, int shift, int zero,
                   int low)
{
    const struct sum_of_two s = {multiplier_a, multiplier_b, zero_a, zero_b, shift, zero, low};

    for (; n >= 16; n -= 16, a += 16, b += 16, y += 16)
        vst1q_s8(y, add16(vld1q_s8(a), vld1q_s8(b), &s));
    if (n > 0)
        store_some(y, add16(load_some(a, (int)n), load_some(b, (int)n), &s), (int)n);
}

/* One output of a pooling: `some` channels from `at` on in each row of the window. */
static ALWAYS_INLINE int8x16_t window_largest(const int8_t *const *x, ptrdiff_t at, int kh, int kw,
                                              int channels, int some)
{
    int8x16_t largest = vdupq_n_s8(-128);

    for (int a = 0; a < kh; a++) {
        const int8_t *p = x[a] + at;
        for (int b = 0; b < kw; b++, p += channels)
            largest = vmaxq_s8(largest, load_some(p, some));
    }
    return largest;
}

static ALWAYS_INLINE struct wide window_sum(const int8_t *const *x, ptrdiff_t at, int kh, int kw,
                                            int channels, int some)
{
    const int32x4_t zero = vdupq_n_s32(0);
    struct wide total = {{zero, zero, zero, zero}};

    for (int a = 0; a < kh; a++) {
        const int8_t *p = x[a] + at;
        for (int b = 0; b < kw;) {
            /* 16 bits hold the sum of 256 */
            const int end = kw - b < 256 ? kw : b + 256;
            int16x8_t low = vdupq_n_s16(0), high = low;
            for (; b < end; b++, p += channels) {
                const int8x16_t v = load_some(p, some);
                low = vaddw_s8(low, vget_low_s8(v));
                high = vaddw_high_s8(high, v);
            }
            total.v[0] = vaddw_s16(total.v[0], vget_low_s16(low));
            total.v[1] = vaddw_high_s16(total.v[1], low);
            total.v[2] = vaddw_s16(total.v[2], vget_low_s16(high));
            total.v[3] = vaddw_high_s16(total.v[3], high);
        }
    }
    return total;
}

static void pool_s8(const int8_t *const *x, int kh, int kw, int stride, int channels, int outs,
                    int max, int zero_x, int32_t multiplier, int shift, int zero, int8_t *y)
{
    const int32x4_t zeros = vdupq_n_s32(kh * kw * zero_x);

    for (int i = 0; i < outs; i++, y += channels)
        for (int c = 0; c < channels; c += 16) {
            /* the last sixteen channels may overlap those before */
            const int some = channels < 16 ? channels : 16;
            const int first = c + some <= channels ? c : channels - some;
            const ptrdiff_t at = (ptrdiff_t)i * stride * channels + first;
            struct wide sum;
            if (max) {
                const int8x16_t v = some == 16 ? window_largest(x, at, kh, kw, channels, 16)
                                               : window_largest(x, at, kh, kw, channels, some);
                store_some(y + first, v, some);
                continue;
            }
            sum = some == 16 ? window_sum(x, at, kh, kw, channels, 16)
                             : window_sum(x, at, kh, kw, channels, some);
            UNROLL
            for (int j = 0; j < 4; j++)
                sum.v[j] = vsubq_s32(sum.v[j], zeros);
            store_some(y + first, requantise_wide(sum, multiplier, shift, zero), some);
        }
}

static void scale_rows_s8(const int8_t *x, const int32_t *m, int8_t *y, int rows, int channels,
                          int zero_x, int shift, int zero)
{
    for (int r = 0; r < rows; r++) {
        int n = channels;
        for (; n >= 16; n -= 16, x += 16, y += 16)
            vst1q_s8(y, requantise_wide(centred(vld1q_s8(x), zero_x), m[r], shift, zero));
        if (n > 0)
            store_some(y, requantise_wide(centred(load_some(x, n), zero_x), m[r], shift, zero), n);
        x += n;
        y += n;
    }
}

/* To the nearest, saturated, NaN to 0. */
static inline int8x16_t quantize16(const float *x, float inverse_scale, int zero)
{
    int32x4_t q[4];

    UNROLL
    for (int j = 0; j < 4; j++)
        q[j] = vqaddq_s32(vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + 4 * j), inverse_scale)),
                          vdupq_n_s32(zero));
    return narrow(q[0], q[1], q[2], q[3]);
}

static void quantize(const float *x, int8_t *y, ptrdiff_t n, float inverse_scale, int zero)
{
    for (; n >= 16; n -= 16, x += 16, y += 16)
        vst1q_s8(y, quantize16(x, inverse_scale, zero));
    if (n > 0) {
        float last[16] = {0};
        memcpy(last, x, (size_t)n * sizeof *x);
        store_some(y, quantize16(last, inverse_scale, zero), (int)n);
    }
}

void pleth_kernels_int8_arm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_NEON))
        return;
    k->gemm_s8 = gemm_s8_neon;
    k->table_s8 = table_s8;
    k->add_s8 = add_s8;
    k->pool_s8 = pool_s8;
    k->scale_rows_s8 = scale_rows_s8;
    k->quantize = quantize;
    if (flags & PLETH_CPU_DOTPROD)
        k->gemm_s8 = gemm_s8_dot;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_arm_int8_absent;

#endif
