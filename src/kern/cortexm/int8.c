/* Int8 kernels for Cortex-M4 and M7 (the DSP extension): two 16-bit products an instruction, four
 * bytes compared at once. The file is empty on other machines. */
#include "../kern.h"

#if defined(PLETH_KERN_CORTEXM)

#include <arm_acle.h>
#include <string.h>

#include "pleth/pleth.h"

/* BLOCK outputs have their weights together, four a time (quad). CHUNK quads of ROWS rows are
 * widened to 16 bits at once, on the stack: 16 bytes a quad. */
enum { BLOCK = 16, ROWS = 2, CHUNK = 80 };

/* Bytes 0 and 2, and bytes 1 and 3, with their signs. */
static inline int16x2_t even(uint32_t v)
{
    return __sxtb16((int8x4_t)v);
}

static inline int16x2_t odd(uint32_t v)
{
    int16x2_t r;
    /* the compiler has no name for the rotation that the instruction includes */
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(r) : "r"(v));
    return r;
}

static inline uint32_t load(const int8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* `quads` quads from number `first` on, counted through all pieces, of rows r and, where there is
 * one, r + 1: wide[quad][row][even, odd]. */
static void widen(const struct pleth_gemm_s8 *g, int r, int first, int quads, int16x2_t *wide)
{
    const int each = (g->length + 3) / 4;
    const ptrdiff_t next = r + 1 < g->rows ? g->x_step : 0;

    for (int p = first / each, k = first % each; quads > 0; p++, k = 0) {
        const int8_t *x = g->x[p] + r * g->x_step + 4 * k;
        int n = each - k < quads ? each - k : quads;
        quads -= n;
        for (; n > 0; n--, x += 4, wide += 2 * ROWS) {
            const uint32_t a = load(x), b = load(x + next);
            wide[0] = even(a);
            wide[1] = odd(a);
            wide[2] = even(b);
            wide[3] = odd(b);
        }
    }
}

/* One quad of two rows and two outputs, sixteen products: w moves to the next quad. Written out
 * because compilers spill the sums. */
#define QUAD                                                                                       \
    "ldrd %[x0], %[x1], [%[wide]], #8\n\t"                                                         \
    "ldrd %[x2], %[x3], [%[wide]], #8\n\t"                                                         \
    "ldr %[u], [%[w]], #4\n\t"                                                                     \
    "sxtb16 %[v], %[u]\n\t"                                                                        \
    "sxtb16 %[u], %[u], ror #8\n\t"                                                                \
    "smlad %[a0], %[v], %[x0], %[a0]\n\t"                                                          \
    "smlad %[b0], %[v], %[x2], %[b0]\n\t"                                                          \
    "ldr %[v], [%[w]], #60\n\t"                                                                    \
    "smlad %[a0], %[u], %[x1], %[a0]\n\t"                                                          \
    "smlad %[b0], %[u], %[x3], %[b0]\n\t"                                                          \
    "sxtb16 %[u], %[v]\n\t"                                                                        \
    "sxtb16 %[v], %[v], ror #8\n\t"                                                                \
    "smlad %[a1], %[u], %[x0], %[a1]\n\t"                                                          \
    "smlad %[b1], %[u], %[x2], %[b1]\n\t"                                                          \
    "smlad %[a1], %[v], %[x1], %[a1]\n\t"                                                          \
    "smlad %[b1], %[v], %[x3], %[b1]\n\t"

/* sum[row][output] = what the row had before + the products of `quads` quads of two rows with two
 * outputs' weights. */
static void two_by_two(const int16x2_t *wide, const int8_t *w, int quads, const int32_t *before_a,
                       const int32_t *before_b, int32_t *sum)
{
    int32_t a0 = before_a[0], a1 = before_a[1], b0 = before_b[0], b1 = before_b[1];
    uint32_t u, v, x0, x1, x2, x3;

#define SOME(text)                                                                                 \
    __asm__(text                                                                                   \
            : [wide] "+r"(wide), [w] "+r"(w), [a0] "+r"(a0), [a1] "+r"(a1), [b0] "+r"(b0),         \
              [b1] "+r"(b1), [u] "=&r"(u), [v] "=&r"(v), [x0] "=&r"(x0), [x1] "=&r"(x1),           \
              [x2] "=&r"(x2), [x3] "=&r"(x3)                                                       \
            :                                                                                      \
            : "memory")
    for (int n = quads >> 2; n > 0; n--)
        SOME(QUAD QUAD QUAD QUAD);
    for (int n = quads & 3; n > 0; n--)
        SOME(QUAD);
#undef SOME
    sum[0] = a0;
    sum[1] = a1;
    sum[BLOCK] = b0;
    sum[BLOCK + 1] = b1;
}

/* The same for one row, whose values are every second pair of `wide`. */
static void one_by_two(const int16x2_t *wide, const int8_t *w, int quads, const int32_t *before,
                       int32_t *sum)
{
    int32_t a0 = before[0], a1 = before[1];
    uint32_t u, v, x0, x1;

    for (; quads > 0; quads--)
        __asm__("ldrd %[x0], %[x1], [%[wide]], #16\n\t"
                "ldr %[u], [%[w]], #4\n\t"
                "sxtb16 %[v], %[u]\n\t"
                "sxtb16 %[u], %[u], ror #8\n\t"
                "smlad %[a0], %[v], %[x0], %[a0]\n\t"
                "ldr %[v], [%[w]], #60\n\t"
                "smlad %[a0], %[u], %[x1], %[a0]\n\t"
                "sxtb16 %[u], %[v]\n\t"
                "sxtb16 %[v], %[v], ror #8\n\t"
                "smlad %[a1], %[u], %[x0], %[a1]\n\t"
                "smlad %[a1], %[v], %[x1], %[a1]\n\t"
                : [wide] "+r"(wide), [w] "+r"(w), [a0] "+r"(a0), [a1] "+r"(a1), [u] "=&r"(u),
                  [v] "=&r"(v), [x0] "=&r"(x0), [x1] "=&r"(x1)
                :
                : "memory");
    sum[0] = a0;
    sum[1] = a1;
}

/* Half of it rounded: v / 2^(shift - 1) within 31 bits. Apart, as networks hardly ever have shifts
 * so small. */
static __attribute__((noinline)) int32_t half_of(int64_t v, int shift)
{
    const int32_t limit = 1 << 30;

    v = ((v >> (shift - 1)) + 1) >> 1;
    return v > limit ? limit : v < -limit ? -limit : (int32_t)v;
}

/* round(sum * multiplier / 2^shift), halves away from zero, cut to 31 bits. One off the negative
 * makes it halves up; the last bit but one is rounded, and for shifts above 32, as networks have
 * them, lies in the upper word. */
static inline int32_t requantise(int32_t sum, int32_t multiplier, int shift)
{
    int64_t p = (int64_t)sum * multiplier;

    p += p >> 63;
    if (shift <= 32)
        return half_of(p, shift);
    return (((int32_t)(p >> 32) >> (shift - 33)) + 1) >> 1;
}

static inline int32_t clamped(int32_t v, int low, int high)
{
    v = v < low ? low : v;
    return v > high ? high : v;
}

/* From the sums of `outs` outputs from o on to the results of row r. */
static void finish(const struct pleth_gemm_s8 *g, int r, int o, int outs, const int32_t *sum)
{
    const ptrdiff_t at = r * g->y_step + o;
    const int32_t *multiplier = g->multiplier + o, *shift = g->shift + o;
    const int zero = g->zero, low = g->low, high = g->high;
    int8_t *y = g->y + at;

    if (g->sums) {
        memcpy(g->sums + at, sum, (size_t)outs * sizeof *sum);
        return;
    }
    for (int j = 0; j < outs; j++) {
        const int32_t v = zero + requantise(sum[j], multiplier[j], shift[j]);
        y[j] = (int8_t)clamped(v, low, high);
    }
}

static void gemm_s8(const struct pleth_gemm_s8 *g)
{
    const int quads = g->pieces * ((g->length + 3) / 4);
    int16x2_t wide[2 * ROWS * CHUNK] __attribute__((aligned(8)));
    int32_t sum[ROWS * BLOCK];

    for (int r = 0; r < g->rows; r += ROWS) {
        const int rows = g->rows - r < ROWS ? g->rows - r : ROWS;
        const int8_t *w = g->w;

        for (int o = 0; o < g->outs; o += BLOCK) {
            const int outs = g->outs - o < BLOCK ? g->outs - o : BLOCK;
            const int32_t *a = g->bias + o, *b = a; /* sums begin with it */
            for (int q = 0; q < quads; q += CHUNK) {
                const int n = quads - q < CHUNK ? quads - q : CHUNK;
                if (o == 0 || quads > CHUNK)
                    widen(g, r, q, n, wide);
                for (int j = 0; j < outs; j += 2)
                    if (rows == ROWS)
                        two_by_two(wide, w + 4 * j, n, a + j, b + j, sum + j);
                    else
                        one_by_two(wide, w + 4 * j, n, a + j, sum + j);
                w += n * 4 * BLOCK;
                a = sum;
                b = sum + BLOCK;
            }
            for (int i = 0; i < rows; i++)
                finish(g, r + i, o, outs, sum + i * BLOCK);
        }
    }
}

/* Zeros go into one number that all sums begin with. For shifts as networks have them, all bits of
 * the rounded sum lie within 32. */
static void add_s8(const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n, int zero_a,
                   int32_t multiplier_a, int zero_b, int32_t multiplier_b, int shift, int zero,
                   int low)
{
    const int64_t start = -((int64_t)zero_a * multiplier_a + (int64_t)zero_b * multiplier_b);
    const int narrow = shift >= 10 && shift <= 32;

    for (ptrdiff_t i = 0; i < n; i++) {
        int64_t p = start + (int64_t)a[i] * multiplier_a + (int64_t)b[i] * multiplier_b, v;
        p += p >> 63;
        if (narrow) {
            const uint32_t last = (uint32_t)p >> (shift - 1);
            const uint32_t upper = (uint32_t)(p >> 32) << 1 << (32 - shift);
            y[i] = (int8_t)clamped(zero + (((int32_t)(last | upper) + 1) >> 1), low, 127);
            continue;
        }
        v = zero + (((p >> (shift - 1)) + 1) >> 1);
        y[i] = (int8_t)(v < low ? low : v > 127 ? 127 : v);
    }
}

/* One channel of all rows at a time, so that its numbers stay in registers. */
static void affine_s8(const int8_t *x, const int32_t *multiplier, const int32_t *offset, int8_t *y,
                      int rows, int channels, int shift, int low)
{
    for (int c = 0; c < channels; c++) {
        const int32_t m = multiplier[c], add = offset[c];
#pragma GCC unroll 4
        for (int i = c, r = 0; r < rows; r++, i += channels) {
            const int32_t v = (x[i] * m + add) >> shift;
            y[i] = (int8_t)clamped(v, low, 127);
        }
    }
}

/* The larger of four signed bytes each: the subtraction leaves for the selection which of a's are
 * not less. */
static inline uint32_t larger(uint32_t a, uint32_t b)
{
    (void)__ssub8((int8x4_t)a, (int8x4_t)b);
    return __sel(a, b);
}

static void pool_s8(const int8_t *const *x, int kh, int kw, int stride, int channels, int outs,
                    int max, int zero_x, int32_t multiplier, int shift, int zero, int8_t *y)
{
    const int whole = max ? channels & ~3 : 0;

    for (int i = 0; i < outs; i++, y += channels) {
        const ptrdiff_t at = (ptrdiff_t)i * stride * channels;

        for (int c = 0; c < whole; c += 4) {
            uint32_t most = 0x80808080;
            for (int a = 0; a < kh; a++) {
                const int8_t *p = x[a] + at + c;
                for (int b = kw; b > 0; b--, p += channels)
                    most = larger(most, load(p));
            }
            memcpy(y + c, &most, sizeof most);
        }
        for (int c = whole; c < channels; c++) {
            int32_t sum = -kh * kw * zero_x;
            int most = -128;
            for (int a = 0; a < kh; a++) {
                const int8_t *p = x[a] + at + c;
                for (int b = kw; b > 0; b--, p += channels) {
                    sum += *p;
                    most = *p > most ? *p : most;
                }
            }
            y[c] = (int8_t)(max ? most
                                : clamped(zero + requantise(sum, multiplier, shift), -128, 127));
        }
    }
}

void pleth_kernels_int8_cortexm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_DSP))
        return;
    k->gemm_s8 = gemm_s8;
    k->add_s8 = add_s8;
    k->affine_s8 = affine_s8;
    k->pool_s8 = pool_s8;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_cortexm_absent;

#endif
