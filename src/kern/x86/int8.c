/* Int8 for AVX2, AVX-512 and its VNNI. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include <cpuid.h>
#include <math.h>
#include <string.h>

#include "../int8.h"
#include "pleth/pleth.h"
#include "target.h"

#define INLINE inline __attribute__((always_inline))

/* In front of a loop whose length is known: arrays in it can be registers only without the loop. */
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 24")
#endif

/* BLOCK outputs have their weights together, QUAD values of k each at a time. */
enum { BLOCK = 16, QUAD = 4 };

static int quads_of(const struct pleth_gemm_s8 *g)
{
    return (g->length + QUAD - 1) / QUAD;
}

/* From one block of outputs to the next. */
static ptrdiff_t block_bytes(const struct pleth_gemm_s8 *g)
{
    return (ptrdiff_t)g->pieces * quads_of(g) * QUAD * BLOCK;
}

static INLINE int32_t load_quad(const int8_t *p)
{
    int32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* ---- from sums to int8 ------------------------------------------------------------------------
 *
 * Beyond a shift of 32, (|sum| * multiplier + half) >> shift needs the product's upper word alone:
 * half and what is below it are whole upper words. Smaller shifts (networks have none) are done one
 * by one. */

static int has_small_shift(const struct pleth_gemm_s8 *g, int o, int outs)
{
    for (int j = 0; j < outs; j++)
        if (g->shift[o + j] <= 32)
            return 1;
    return 0;
}

/* Outputs [o, o + outs) of `rows` rows from r on, of which a row of sums has `width`. */
static void finish_one_by_one(const struct pleth_gemm_s8 *g, int r, int rows, int o, int outs,
                              const int32_t *sum, int width)
{
    for (int i = 0; i < rows; i++, sum += width)
        for (int j = 0; j < outs; j++)
            g->y[(r + i) * g->y_step + o + j] = pleth_clamped(
                g->zero + pleth_rounded((int64_t)sum[j] * g->multiplier[o + j], g->shift[o + j]),
                g->low, g->high);
}

static void finish_sums(const struct pleth_gemm_s8 *g, int r, int rows, int o, int outs,
                        const int32_t *sum, int width)
{
    for (int i = 0; i < rows; i++, sum += width)
        memcpy(g->sums + (r + i) * g->y_step + o, sum, (size_t)outs * sizeof *sum);
}

struct factor_avx512 {
    __m512i even, odd, half, shift;
};

static AVX512 INLINE struct factor_avx512 factor_avx512(const struct pleth_gemm_s8 *g, int o)
{
    const __m512i shift = _mm512_loadu_si512(g->shift + o);
    struct factor_avx512 f;

    f.even = _mm512_loadu_si512(g->multiplier + o);
    f.odd = _mm512_srli_epi64(f.even, 32);
    f.half =
        _mm512_sllv_epi32(_mm512_set1_epi32(1), _mm512_sub_epi32(shift, _mm512_set1_epi32(33)));
    f.shift = _mm512_sub_epi32(shift, _mm512_set1_epi32(32));
    return f;
}

static AVX512 INLINE __m512i requantised_avx512(__m512i sum, const struct factor_avx512 *f,
                                                __m512i zero)
{
    const __m512i size = _mm512_abs_epi32(sum);
    const __m512i even = _mm512_mul_epu32(size, f->even);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(size, 32), f->odd);
    const __m512i high = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
    const __m512i q = _mm512_srlv_epi32(_mm512_add_epi32(high, f->half), f->shift);

    return _mm512_mask_sub_epi32(_mm512_add_epi32(zero, q), _mm512_movepi32_mask(sum), zero, q);
}

/* sum[rows][blocks][BLOCK], of which `outs` outputs are wanted. */
static AVX512 INLINE void finish_avx512(const struct pleth_gemm_s8 *g, int r, int rows, int o,
                                        int outs, int blocks, const int32_t *sum)
{
    /* packing leaves four values of each block in turn */
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i zero = _mm512_set1_epi32(g->zero);
    const __m512i low = _mm512_set1_epi8((char)g->low), high = _mm512_set1_epi8((char)g->high);
    const __mmask64 wanted = ~(__mmask64)0 >> (64 - outs);
    struct factor_avx512 factor[4];

    for (int b = 0; b < blocks; b++)
        factor[b] = factor_avx512(g, o + b * BLOCK);
    for (int i = 0; i < rows; i++, sum += blocks * BLOCK) {
        int8_t *y = g->y + (r + i) * g->y_step + o;
        __m512i q[4], v;
        for (int b = 0; b < 4; b++)
            q[b] = b < blocks
                       ? requantised_avx512(_mm512_load_si512(sum + b * BLOCK), &factor[b], zero)
                       : q[0];
        v = _mm512_packs_epi16(_mm512_packs_epi32(q[0], q[1]), _mm512_packs_epi32(q[2], q[3]));
        v = _mm512_permutexvar_epi32(order, v);
        v = _mm512_min_epi8(_mm512_max_epi8(v, low), high);
        if (blocks == 4 && outs == 4 * BLOCK)
            _mm512_storeu_si512(y, v);
        else if (blocks == 2 && outs == 2 * BLOCK)
            _mm256_storeu_si256((__m256i *)y, _mm512_castsi512_si256(v));
        else
            _mm512_mask_storeu_epi8(y, wanted, v);
    }
}

static AVX512 void finish_blocks_avx512(const struct pleth_gemm_s8 *g, int r, int rows, int o,
                                        int outs, int blocks, const int32_t *sum)
{
    if (g->sums)
        finish_sums(g, r, rows, o, outs, sum, blocks * BLOCK);
    else if (has_small_shift(g, o, outs))
        finish_one_by_one(g, r, rows, o, outs, sum, blocks * BLOCK);
    else if (blocks == 4)
        finish_avx512(g, r, rows, o, outs, 4, sum);
    else if (blocks == 2)
        finish_avx512(g, r, rows, o, outs, 2, sum);
    else
        finish_avx512(g, r, rows, o, outs, 1, sum);
}

/* ---- gemm, VNNI --------------------------------------------------------------------------------
 *
 * The instruction multiplies unsigned by signed bytes: x gets 128 added, by its sign bit, and the
 * sums start 128 times the sum of the weights lower. A tile keeps the sums of `rows` rows and
 * `blocks` blocks in registers: up to 24 of the 32. */

enum { TILE = 24 };

static VNNI INLINE void tile_vnni(const struct pleth_gemm_s8 *g, int r, int o, int rows, int blocks,
                                  int32_t *sum)
{
    const __m512i flip = _mm512_set1_epi32((int)0x80808080);
    const int quads = quads_of(g);
    const ptrdiff_t block = block_bytes(g), step = g->x_step;
    const int8_t *w = g->w + o / BLOCK * block;
    __m512i total[TILE];

    for (int b = 0; b < blocks; b++) {
        const __m512i bias = _mm512_loadu_si512(g->bias + o + b * BLOCK);
        const __m512i w_sum = _mm512_loadu_si512(g->w_sum + o + b * BLOCK);
        const __m512i start = _mm512_sub_epi32(bias, _mm512_slli_epi32(w_sum, 7));
        UNROLLED
        for (int i = 0; i < rows; i++)
            total[i * blocks + b] = start;
    }
    for (int p = 0; p < g->pieces; p++) {
        const int8_t *x0 = g->x[p] + r * step, *x3 = x0 + 3 * step, *x6 = x3 + 3 * step;
        const int8_t *x9 = x6 + 3 * step;
        for (int k = 0; k < quads; k++, w += QUAD * BLOCK) {
            __m512i weight[4];
            UNROLLED
            for (int b = 0; b < blocks; b++)
                weight[b] = _mm512_loadu_si512(w + b * block);
            UNROLLED
            for (int i = 0; i < rows; i++) {
                const int8_t *from = i < 3 ? x0 : i < 6 ? x3 : i < 9 ? x6 : x9;
                __m512i x = _mm512_set1_epi32(load_quad(from + i % 3 * step));
                /* loads broadcast for nothing; compilers like to flip first and broadcast then */
                __asm__("" : "+v"(x));
                x = _mm512_xor_si512(x, flip);
                UNROLLED
                for (int b = 0; b < blocks; b++)
                    total[i * blocks + b] =
                        _mm512_dpbusd_epi32(total[i * blocks + b], x, weight[b]);
            }
            x0 += QUAD;
            x3 += QUAD;
            x6 += QUAD;
            x9 += QUAD;
        }
    }
    UNROLLED
    for (int i = 0; i < rows * blocks; i++)
        _mm512_store_si512(sum + i * BLOCK, total[i]);
}

static VNNI void four_blocks_vnni(const struct pleth_gemm_s8 *g, int r, int o, int rows,
                                  int32_t *sum)
{
    switch (rows) {
    case 1:
        tile_vnni(g, r, o, 1, 4, sum);
        break;
    case 2:
        tile_vnni(g, r, o, 2, 4, sum);
        break;
    case 3:
        tile_vnni(g, r, o, 3, 4, sum);
        break;
    case 4:
        tile_vnni(g, r, o, 4, 4, sum);
        break;
    case 5:
        tile_vnni(g, r, o, 5, 4, sum);
        break;
    default:
        tile_vnni(g, r, o, 6, 4, sum);
    }
}

/* The same for two blocks or one, of up to 12 rows. */
static VNNI INLINE void tall_vnni(const struct pleth_gemm_s8 *g, int r, int o, int rows, int blocks,
                                  int32_t *sum)
{
    switch (rows) {
    case 1:
        tile_vnni(g, r, o, 1, blocks, sum);
        break;
    case 2:
        tile_vnni(g, r, o, 2, blocks, sum);
        break;
    case 3:
        tile_vnni(g, r, o, 3, blocks, sum);
        break;
    case 4:
        tile_vnni(g, r, o, 4, blocks, sum);
        break;
    case 5:
        tile_vnni(g, r, o, 5, blocks, sum);
        break;
    case 6:
        tile_vnni(g, r, o, 6, blocks, sum);
        break;
    case 7:
        tile_vnni(g, r, o, 7, blocks, sum);
        break;
    case 8:
        tile_vnni(g, r, o, 8, blocks, sum);
        break;
    case 9:
        tile_vnni(g, r, o, 9, blocks, sum);
        break;
    case 10:
        tile_vnni(g, r, o, 10, blocks, sum);
        break;
    case 11:
        tile_vnni(g, r, o, 11, blocks, sum);
        break;
    default:
        tile_vnni(g, r, o, 12, blocks, sum);
    }
}

static VNNI void two_blocks_vnni(const struct pleth_gemm_s8 *g, int r, int o, int rows,
                                 int32_t *sum)
{
    tall_vnni(g, r, o, rows, 2, sum);
}

static VNNI void one_block_vnni(const struct pleth_gemm_s8 *g, int r, int o, int rows, int32_t *sum)
{
    tall_vnni(g, r, o, rows, 1, sum);
}

static VNNI void gemm_s8_vnni(const struct pleth_gemm_s8 *g)
{
    int32_t sum[TILE * BLOCK] __attribute__((aligned(64)));

    for (int o = 0, blocks; o < g->outs; o += blocks * BLOCK) {
        const int left = g->outs - o;
        int most, tiles, outs;
        blocks = left > 3 * BLOCK ? 4 : left > BLOCK ? 2 : 1;
        most = blocks == 4 ? 6 : 12;
        tiles = (g->rows + most - 1) / most;
        outs = left < blocks * BLOCK ? left : blocks * BLOCK;
        /* tiles of nearly equal height: short ones are slower by more than their share */
        for (int r = 0, rows; r < g->rows; r += rows) {
            rows = (g->rows - r + tiles - 1) / tiles;
            tiles--;
            if (blocks == 4)
                four_blocks_vnni(g, r, o, rows, sum);
            else if (blocks == 2)
                two_blocks_vnni(g, r, o, rows, sum);
            else
                one_block_vnni(g, r, o, rows, sum);
            finish_blocks_avx512(g, r, rows, o, outs, blocks, sum);
        }
    }
}

void pleth_kernels_int8_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX512_VNNI) {
        k->gemm_s8 = gemm_s8_vnni;
    }
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_x86_int8_absent;

#endif
