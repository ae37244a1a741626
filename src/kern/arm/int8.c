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

/* From the sums of a row's block to its results. */
static inline void finish(const struct pleth_gemm_s8 *g, int r, int o, const int32x4_t sum[4])
{
    const ptrdiff_t at = r * g->y_step + o;
    const int n = g->outs - o < BLOCK ? g->outs - o : BLOCK;
    const int32x4_t zero = vdupq_n_s32(g->zero);
    int32x4_t q[4];
    int8x16_t b;

    if (g->sums) {
        int32_t s[BLOCK];
        UNROLL
        for (int j = 0; j < 4; j++)
            vst1q_s32(s + 4 * j, sum[j]);
        memcpy(g->sums + at, s, (size_t)n * sizeof *s);
        return;
    }
    UNROLL
    for (int j = 0; j < 4; j++)
        q[j] = requantise(sum[j], vld1q_s32(g->multiplier + o + 4 * j),
                          vnegq_s32(vld1q_s32(g->shift + o + 4 * j)), zero);
    b = narrow(q[0], q[1], q[2], q[3]);
    b = vminq_s8(vmaxq_s8(b, vdupq_n_s8((int8_t)g->low)), vdupq_n_s8((int8_t)g->high));
    store_some(g->y + at, b, n);
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
    UNROLL
    for (int i = 0; i < rows; i++)
        finish(g, r + i, o, sum[i]);
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

static inline int8x16_t load_four(const int8_t *x)
{
    int32_t four;
    memcpy(&four, x, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

/* Rows and eight of a block's outputs (its first or second half), into sum[row][output]. */
static ALWAYS_INLINE void half_tile(const struct pleth_gemm_s8 *g, int r, int rows, const int8_t *w,
                                    int two, int32_t *sum)
{
    int32x4_t s[ROWS][2][2];

    UNROLL
    for (int i = 0; i < rows; i++)
        s[i][0][0] = s[i][0][1] = s[i][1][0] = s[i][1][1] = vdupq_n_s32(0);
    for (int p = 0; p < g->pieces; p++) {
        const int8_t *x = g->x[p] + r * g->x_step;
        int k = g->length;
        for (; two && k > 4; k -= 8, x += 8, w += 2 * QUAD) {
            const int8x16_t u0 = vld1q_s8(w), u1 = vld1q_s8(w + 16);
            const int8x16_t v0 = vld1q_s8(w + QUAD), v1 = vld1q_s8(w + QUAD + 16);
            UNROLL
            for (int i = 0; i < rows; i++) {
                const int8x16_t a = load_four(x + i * g->x_step);
                const int8x16_t b = load_four(x + i * g->x_step + 4);
                pairs_of_two(s[i][0], u0, v0, a, b);
                pairs_of_two(s[i][1], u1, v1, a, b);
            }
        }
        for (; k > 0; k -= 4, x += 4, w += QUAD) {
            const int8x16_t u0 = vld1q_s8(w), u1 = vld1q_s8(w + 16);
            UNROLL
            for (int i = 0; i < rows; i++) {
                const int8x16_t a = load_four(x + i * g->x_step);
                pairs(s[i][0], u0, a);
                pairs(s[i][1], u1, a);
            }
        }
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
        vst1q_s32(sum + i * BLOCK, vpaddq_s32(s[i][0][0], s[i][0][1]));
        vst1q_s32(sum + i * BLOCK + 4, vpaddq_s32(s[i][1][0], s[i][1][1]));
    }
}

static ALWAYS_INLINE void tile_neon(const struct pleth_gemm_s8 *g, int r, int rows, const int8_t *w,
                                    int o, int two)
{
    int32_t sum[ROWS * BLOCK];

    half_tile(g, r, rows, w, two, sum);
    half_tile(g, r, rows, w + QUAD / 2, two, sum + BLOCK / 2);
    for (int i = 0; i < rows; i++) {
        int32x4_t v[4];
        UNROLL
        for (int j = 0; j < 4; j++)
            v[j] = vaddq_s32(vld1q_s32(sum + i * BLOCK + 4 * j), vld1q_s32(g->bias + o + 4 * j));
        finish(g, r + i, o, v);
    }
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
        if (g->rows >= ROWS && moderate(w, block))
            for (; r + ROWS <= g->rows; r += ROWS)
                tile_neon(g, r, ROWS, w, o, 1);
        for (; r + ROWS <= g->rows; r += ROWS)
            tile_neon(g, r, ROWS, w, o, 0);
        for (; r < g->rows; r++)
            tile_neon(g, r, 1, w, o, 0);
    }
}

/* ---- Element by element ------------------------------------------------------------------------
 */

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

/* Reads n <= 16 bytes, the others are 0. */
static inline int8x16_t load_some(const int8_t *x, int n)
{
    int8_t b[16] = {0};
    if (n == 16)
        return vld1q_s8(x);
    memcpy(b, x, (size_t)n);
    return vld1q_s8(b);
}

static inline int at_most_16(ptrdiff_t n)
{
    return n < 16 ? (int)n : 16;
}

static void table_s8(int8_t *x, ptrdiff_t n, const int8_t table[256])
{
    int8x16x4_t t[4];

    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            t[i].val[j] = vld1q_s8(table + 64 * i + 16 * j);
    for (ptrdiff_t i = 0; i < n; i += 16) {
        const int some = at_most_16(n - i);
        const uint8x16_t at =
            veorq_u8(vreinterpretq_u8_s8(load_some(x + i, some)), vdupq_n_u8(128));
        /* where the number is not in a quarter of the table, what is there stays */
        int8x16_t v = vqtbl4q_s8(t[0], at);
        v = vqtbx4q_s8(v, t[1], vsubq_u8(at, vdupq_n_u8(64)));
        v = vqtbx4q_s8(v, t[2], vsubq_u8(at, vdupq_n_u8(128)));
        v = vqtbx4q_s8(v, t[3], vsubq_u8(at, vdupq_n_u8(192)));
        store_some(x + i, v, some);
    }
}

static void add_s8(const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n, int zero_a,
                   int32_t multiplier_a, int zero_b, int32_t multiplier_b, int shift, int zero,
                   int low)
{
    const int64x2_t by = vdupq_n_s64(-shift);

    for (ptrdiff_t i = 0; i < n; i += 16) {
        const int some = at_most_16(n - i);
        const struct wide u = centred(load_some(a + i, some), zero_a);
        const struct wide v = centred(load_some(b + i, some), zero_b);
        int32x4_t q[4];
        UNROLL
        for (int j = 0; j < 4; j++) {
            int64x2_t l = vmull_n_s32(vget_low_s32(u.v[j]), multiplier_a);
            int64x2_t h = vmull_high_n_s32(u.v[j], multiplier_a);
            l = vmlal_n_s32(l, vget_low_s32(v.v[j]), multiplier_b);
            h = vmlal_high_n_s32(h, v.v[j], multiplier_b);
            q[j] = vqmovn_high_s64(vqmovn_s64(round_shift(l, by)), round_shift(h, by));
            q[j] = vqaddq_s32(q[j], vdupq_n_s32(zero));
        }
        store_some(y + i, vmaxq_s8(narrow(q[0], q[1], q[2], q[3]), vdupq_n_s8((int8_t)low)), some);
    }
}

/* Channels [c, c + some) of output i: the sum or the largest of the window. */
static inline void pool_some(const int8_t *const *x, int kh, int kw, ptrdiff_t at, int channels,
                             int max, int some, int8x16_t *largest, struct wide *sum)
{
    int16x8_t low = vdupq_n_s16(0), high = low;
    struct wide total = widen(low, high);

    *largest = vdupq_n_s8(-128);
    for (int a = 0; a < kh; a++) {
        const int8_t *p = x[a] + at;
        /* 16 bits hold the sum of 256 */
        for (int b = 0; b < kw; b++, p += channels) {
            const int8x16_t v = load_some(p, some);
            if (max) {
                *largest = vmaxq_s8(*largest, v);
                continue;
            }
            low = vaddw_s8(low, vget_low_s8(v));
            high = vaddw_high_s8(high, v);
            if (b % 128 == 127 || b == kw - 1) {
                const struct wide w = widen(low, high);
                UNROLL
                for (int j = 0; j < 4; j++)
                    total.v[j] = vaddq_s32(total.v[j], w.v[j]);
                low = high = vdupq_n_s16(0);
            }
        }
    }
    *sum = total;
}

static void pool_s8(const int8_t *const *x, int kh, int kw, int stride, int channels, int outs,
                    int max, int zero_x, int32_t multiplier, int shift, int zero, int8_t *y)
{
    for (int i = 0; i < outs; i++, y += channels)
        for (int c = 0; c < channels; c += 16) {
            const int some = at_most_16(channels - c);
            int8x16_t largest;
            struct wide sum;
            pool_some(x, kh, kw, (ptrdiff_t)i * stride * channels + c, channels, max, some,
                      &largest, &sum);
            if (max) {
                store_some(y + c, largest, some);
                continue;
            }
            UNROLL
            for (int j = 0; j < 4; j++)
                sum.v[j] =
                    requantise(vsubq_s32(sum.v[j], vdupq_n_s32(kh * kw * zero_x)),
                               vdupq_n_s32(multiplier), vdupq_n_s32(-shift), vdupq_n_s32(zero));
            store_some(y + c, narrow(sum.v[0], sum.v[1], sum.v[2], sum.v[3]), some);
        }
}

static void scale_rows_s8(const int8_t *x, const int32_t *m, int8_t *y, int rows, int channels,
                          int zero_x, int shift, int zero)
{
    for (int r = 0; r < rows; r++, x += channels, y += channels)
        for (int c = 0; c < channels; c += 16) {
            const int some = at_most_16(channels - c);
            struct wide v = centred(load_some(x + c, some), zero_x);
            UNROLL
            for (int j = 0; j < 4; j++)
                v.v[j] =
                    requantise(v.v[j], vdupq_n_s32(m[r]), vdupq_n_s32(-shift), vdupq_n_s32(zero));
            store_some(y + c, narrow(v.v[0], v.v[1], v.v[2], v.v[3]), some);
        }
}

static void quantize(const float *x, int8_t *y, ptrdiff_t n, float inverse_scale, int zero)
{
    for (ptrdiff_t i = 0; i < n; i += 16) {
        const int some = at_most_16(n - i);
        float last[16] = {0};
        const float *p = x + i;
        int32x4_t q[4];
        if (some < 16)
            p = memcpy(last, p, (size_t)some * sizeof *x);
        /* to the nearest, saturated, NaN to 0 */
        UNROLL
        for (int j = 0; j < 4; j++)
            q[j] = vqaddq_s32(vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(p + 4 * j), inverse_scale)),
                              vdupq_n_s32(zero));
        store_some(y + i, narrow(q[0], q[1], q[2], q[3]), some);
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
