/* Int8 products and more for WebAssembly's vectors. */
#include "../kern.h"

#if defined(PLETH_KERN_WASM)

#include "pleth/pleth.h"
#include "target.h"

enum { BLOCK = 16, QUAD = 4 * BLOCK, ROWS = 2 };

/* round(v / 2^shift), halves away from zero: taking one off the negative makes it halves up. */
static inline int64_t rounded(int64_t v, int shift)
{
    v += v >> 63;
    return ((v >> (shift - 1)) + 1) >> 1;
}

static inline int8_t clamped(int64_t v, int low, int high)
{
    return (int8_t)(v < low ? low : v > high ? high : v);
}

/* Four values of a row, as int16, twice. */
static ALWAYS_INLINE v128_t load_four(const int8_t *x)
{
    return wasm_i16x8_extend_low_i8x16(wasm_v128_load32_splat(x));
}

/* Rows and eight of a block's outputs, from half * 8 on, into sum[row][output]. The products of
 * pairs lie side by side: two pairs of an output, two of the next. */
static ALWAYS_INLINE void tile(const struct pleth_gemm_s8 *g, int r, int rows, const int8_t *w,
                               int half, int32_t *sum)
{
    v128_t s[ROWS][4];

    UNROLL
    for (int i = 0; i < rows; i++)
        s[i][0] = s[i][1] = s[i][2] = s[i][3] = wasm_i32x4_splat(0);
    w += half * (QUAD / 2);
    for (int p = 0; p < g->pieces; p++) {
        const int8_t *x = g->x[p] + r * g->x_step;
        for (int k = g->length; k > 0; k -= 4, x += 4, w += QUAD) {
            const v128_t u0 = wasm_v128_load(w), u1 = wasm_v128_load(w + 16);
            const v128_t u[4] = {wasm_i16x8_extend_low_i8x16(u0), wasm_i16x8_extend_high_i8x16(u0),
                                 wasm_i16x8_extend_low_i8x16(u1), wasm_i16x8_extend_high_i8x16(u1)};
            UNROLL
            for (int i = 0; i < rows; i++) {
                const v128_t v = load_four(x + i * g->x_step);
                UNROLL
                for (int j = 0; j < 4; j++)
                    s[i][j] = wasm_i32x4_add(s[i][j], wasm_i32x4_dot_i16x8(u[j], v));
            }
        }
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int j = 0; j < 4; j += 2) {
            const v128_t even = wasm_i32x4_shuffle(s[i][j], s[i][j + 1], 0, 2, 4, 6);
            const v128_t odd = wasm_i32x4_shuffle(s[i][j], s[i][j + 1], 1, 3, 5, 7);
            wasm_v128_store(sum + i * BLOCK + 8 * half + 2 * j, wasm_i32x4_add(even, odd));
        }
    }
}

/* From the products' sums of a row's block to its results. */
static void finish(const struct pleth_gemm_s8 *g, int r, int o, int32_t *sum)
{
    const ptrdiff_t at = r * g->y_step + o;
    const int n = g->outs - o < BLOCK ? g->outs - o : BLOCK;
    const int32_t *multiplier = g->multiplier + o, *shift = g->shift + o;
    const int zero = g->zero, low = g->low, high = g->high;

    for (int j = 0; j < n; j++)
        sum[j] += g->bias[o + j];
    if (g->sums) {
        memcpy(g->sums + at, sum, (size_t)n * sizeof *sum);
        return;
    }
    for (int j = 0; j < n; j++) {
        const int64_t q = rounded((int64_t)sum[j] * multiplier[j], shift[j]);
        g->y[at + j] = clamped(zero + q, low, high);
    }
}

static void gemm_s8(const struct pleth_gemm_s8 *g)
{
    const int8_t *w = g->w;
    int32_t sum[ROWS * BLOCK];

    for (int o = 0; o < g->outs; o += BLOCK, w += g->pieces * ((g->length + 3) / 4) * QUAD) {
        int r = 0;
        for (; r + ROWS <= g->rows; r += ROWS) {
            tile(g, r, ROWS, w, 0, sum);
            tile(g, r, ROWS, w, 1, sum);
            finish(g, r, o, sum);
            finish(g, r + 1, o, sum + BLOCK);
        }
        for (; r < g->rows; r++) {
            tile(g, r, 1, w, 0, sum);
            tile(g, r, 1, w, 1, sum);
            finish(g, r, o, sum);
        }
    }
}

/* Whole vectors of each row; what is left of channels, one by one. */
static void pool_s8(const int8_t *const *x, int kh, int kw, int stride, int channels, int outs,
                    int max, int zero_x, int32_t multiplier, int shift, int zero, int8_t *y)
{
    const int whole = max ? channels & ~15 : 0;

    for (int i = 0; i < outs; i++, y += channels) {
        const ptrdiff_t at = (ptrdiff_t)i * stride * channels;
        for (int c = 0; c < whole; c += 16) {
            v128_t most = wasm_i8x16_splat(-128);
            for (int a = 0; a < kh; a++)
                for (int b = 0; b < kw; b++)
                    most = wasm_i8x16_max(most, wasm_v128_load(x[a] + at + c + b * channels));
            wasm_v128_store(y + c, most);
        }
        for (int c = whole; c < channels; c++) {
            int sum = -kh * kw * zero_x, most = -128;
            for (int a = 0; a < kh; a++)
                for (int b = 0; b < kw; b++) {
                    const int v = x[a][at + c + b * channels];
                    sum += v;
                    most = v > most ? v : most;
                }
            y[c] = max ? (int8_t)most
                       : clamped(zero + rounded((int64_t)sum * multiplier, shift), -128, 127);
        }
    }
}

void pleth_kernels_int8_wasm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_SIMD128))
        return;
    k->gemm_s8 = gemm_s8;
    k->pool_s8 = pool_s8;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_wasm_int8_absent;

#endif
