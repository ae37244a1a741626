/* Int8 for AVX2, AVX-512 and its VNNI. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include <cpuid.h>
#include <math.h>
#include <string.h>

#include "../int8.h"
#include "pleth/pleth.h"
#include "target.h"

#define VBMI __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512vbmi")))
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

static AVX2 INLINE __m256i requantised_avx2(__m256i sum, __m256i multiplier, __m256i shift,
                                            __m256i zero)
{
    const __m256i size = _mm256_abs_epi32(sum);
    const __m256i even = _mm256_mul_epu32(size, multiplier);
    const __m256i odd =
        _mm256_mul_epu32(_mm256_srli_epi64(size, 32), _mm256_srli_epi64(multiplier, 32));
    const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
    const __m256i half =
        _mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_sub_epi32(shift, _mm256_set1_epi32(33)));
    const __m256i q = _mm256_srlv_epi32(_mm256_add_epi32(high, half),
                                        _mm256_sub_epi32(shift, _mm256_set1_epi32(32)));

    return _mm256_add_epi32(zero, _mm256_sign_epi32(q, sum));
}

/* One block: sum[rows][BLOCK]. */
static AVX2 void finish_block_avx2(const struct pleth_gemm_s8 *g, int r, int rows, int o, int outs,
                                   int blocks, const int32_t *sum)
{
    const __m256i zero = _mm256_set1_epi32(g->zero);
    const __m128i low = _mm_set1_epi8((char)g->low), high = _mm_set1_epi8((char)g->high);
    __m256i m0, m1, shift0, shift1;

    (void)blocks;
    if (g->sums) {
        finish_sums(g, r, rows, o, outs, sum, BLOCK);
        return;
    }
    if (has_small_shift(g, o, outs)) {
        finish_one_by_one(g, r, rows, o, outs, sum, BLOCK);
        return;
    }
    m0 = _mm256_loadu_si256((const __m256i *)(g->multiplier + o));
    m1 = _mm256_loadu_si256((const __m256i *)(g->multiplier + o + 8));
    shift0 = _mm256_loadu_si256((const __m256i *)(g->shift + o));
    shift1 = _mm256_loadu_si256((const __m256i *)(g->shift + o + 8));
    for (int i = 0; i < rows; i++, sum += BLOCK) {
        int8_t *y = g->y + (r + i) * g->y_step + o;
        const __m256i q0 =
            requantised_avx2(_mm256_load_si256((const __m256i *)sum), m0, shift0, zero);
        const __m256i q1 =
            requantised_avx2(_mm256_load_si256((const __m256i *)(sum + 8)), m1, shift1, zero);
        const __m256i q = _mm256_permute4x64_epi64(_mm256_packs_epi32(q0, q1), 0xd8);
        __m128i v = _mm_packs_epi16(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
        v = _mm_min_epi8(_mm_max_epi8(v, low), high);
        if (outs == BLOCK) {
            _mm_storeu_si128((__m128i *)(void *)y, v);
        } else {
            int8_t part[BLOCK];
            _mm_storeu_si128((__m128i *)(void *)part, v);
            memcpy(y, part, (size_t)outs);
        }
    }
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

    UNROLLED
    for (int b = 0; b < blocks; b++)
        factor[b] = factor_avx512(g, o + b * BLOCK);
    for (int i = 0; i < rows; i++, sum += blocks * BLOCK) {
        int8_t *y = g->y + (r + i) * g->y_step + o;
        __m512i q[4], v;
        UNROLLED
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

    UNROLLED
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

/* ---- gemm, AVX2 and AVX-512 --------------------------------------------------------------------
 *
 * Pairs of 16-bit products: multiplying bytes directly would saturate. Of each quad, values 0 and 2
 * are the even pair and 1 and 3 the odd one; x is widened once for all blocks of outputs, weights
 * once for all rows of a tile. */

/* quads that are wide at a time, and the most rows of a tile */
enum { CHUNK = 256, WIDE_ROWS = 8 };

struct wide {
    int32_t even[CHUNK], odd[CHUNK];
};

/* Quads [first, first + quads) of row r, counted through all pieces. */
static AVX2 void widen(const struct pleth_gemm_s8 *g, int r, int first, int quads, struct wide *to)
{
    const int each = quads_of(g);

    for (int p = first / each, k = first % each, done = 0, n; done < quads; done += n, p++, k = 0) {
        const int8_t *x = g->x[p] + r * g->x_step + QUAD * k;
        int i = 0;
        n = each - k < quads - done ? each - k : quads - done;
        for (; i + 8 <= n; i += 8) {
            const __m256i v = _mm256_loadu_si256((const __m256i *)(x + QUAD * i));
            _mm256_storeu_si256((__m256i *)(to->even + done + i),
                                _mm256_srai_epi16(_mm256_slli_epi16(v, 8), 8));
            _mm256_storeu_si256((__m256i *)(to->odd + done + i), _mm256_srai_epi16(v, 8));
        }
        for (; i < n; i++) {
            const __m128i v = _mm_cvtsi32_si128(load_quad(x + QUAD * i));
            to->even[done + i] = _mm_cvtsi128_si32(_mm_srai_epi16(_mm_slli_epi16(v, 8), 8));
            to->odd[done + i] = _mm_cvtsi128_si32(_mm_srai_epi16(v, 8));
        }
    }
}

/* sum[i][BLOCK] += the products of `quads` quads of x[i] and w, for `rows` rows. */
typedef void tile_function(const struct wide *x, const int8_t *w, int quads, int rows,
                           int32_t *sum);

static AVX2 INLINE void rows_avx2(const struct wide *x, const int8_t *w, int quads, int rows,
                                  int32_t *sum)
{
    __m256i total[8];

    UNROLLED
    for (int i = 0; i < 2 * rows; i++)
        total[i] = _mm256_load_si256((const __m256i *)(sum + 8 * i));
    for (int k = 0; k < quads; k++, w += QUAD * BLOCK) {
        const __m256i w0 = _mm256_loadu_si256((const __m256i *)w);
        const __m256i w1 = _mm256_loadu_si256((const __m256i *)(w + 32));
        const __m256i even0 = _mm256_srai_epi16(_mm256_slli_epi16(w0, 8), 8);
        const __m256i even1 = _mm256_srai_epi16(_mm256_slli_epi16(w1, 8), 8);
        const __m256i odd0 = _mm256_srai_epi16(w0, 8), odd1 = _mm256_srai_epi16(w1, 8);
        UNROLLED
        for (int i = 0; i < rows; i++) {
            const __m256i even = _mm256_set1_epi32(x[i].even[k]);
            const __m256i odd = _mm256_set1_epi32(x[i].odd[k]);
            total[2 * i] =
                _mm256_add_epi32(total[2 * i], _mm256_add_epi32(_mm256_madd_epi16(even, even0),
                                                                _mm256_madd_epi16(odd, odd0)));
            total[2 * i + 1] =
                _mm256_add_epi32(total[2 * i + 1], _mm256_add_epi32(_mm256_madd_epi16(even, even1),
                                                                    _mm256_madd_epi16(odd, odd1)));
        }
    }
    UNROLLED
    for (int i = 0; i < 2 * rows; i++)
        _mm256_store_si256((__m256i *)(sum + 8 * i), total[i]);
}

static AVX2 void tile_avx2(const struct wide *x, const int8_t *w, int quads, int rows, int32_t *sum)
{
    for (; rows >= 4; rows -= 4, x += 4, sum += 4 * BLOCK)
        rows_avx2(x, w, quads, 4, sum);
    if (rows >= 2) {
        rows_avx2(x, w, quads, 2, sum);
        rows -= 2;
        x += 2;
        sum += 2 * BLOCK;
    }
    if (rows)
        rows_avx2(x, w, quads, 1, sum);
}

static AVX512 INLINE void rows_avx512(const struct wide *x, const int8_t *w, int quads, int rows,
                                      int32_t *sum)
{
    __m512i total[WIDE_ROWS];

    UNROLLED
    for (int i = 0; i < rows; i++)
        total[i] = _mm512_load_si512(sum + BLOCK * i);
    for (int k = 0; k < quads; k++, w += QUAD * BLOCK) {
        const __m512i v = _mm512_loadu_si512(w);
        const __m512i w_even = _mm512_srai_epi16(_mm512_slli_epi16(v, 8), 8);
        const __m512i w_odd = _mm512_srai_epi16(v, 8);
        UNROLLED
        for (int i = 0; i < rows; i++) {
            const __m512i even = _mm512_madd_epi16(_mm512_set1_epi32(x[i].even[k]), w_even);
            const __m512i odd = _mm512_madd_epi16(_mm512_set1_epi32(x[i].odd[k]), w_odd);
            total[i] = _mm512_add_epi32(total[i], _mm512_add_epi32(even, odd));
        }
    }
    UNROLLED
    for (int i = 0; i < rows; i++)
        _mm512_store_si512(sum + BLOCK * i, total[i]);
}

static AVX512 void tile_avx512(const struct wide *x, const int8_t *w, int quads, int rows,
                               int32_t *sum)
{
    if (rows == 8) {
        rows_avx512(x, w, quads, 8, sum);
        return;
    }
    if (rows >= 4) {
        rows_avx512(x, w, quads, 4, sum);
        rows -= 4;
        x += 4;
        sum += 4 * BLOCK;
    }
    if (rows >= 2) {
        rows_avx512(x, w, quads, 2, sum);
        rows -= 2;
        x += 2;
        sum += 2 * BLOCK;
    }
    if (rows)
        rows_avx512(x, w, quads, 1, sum);
}

typedef void finish_function(const struct pleth_gemm_s8 *g, int r, int rows, int o, int outs,
                             int blocks, const int32_t *sum);

static void gemm_wide(const struct pleth_gemm_s8 *g, tile_function *tile, finish_function *finish)
{
    const int quads = g->pieces * quads_of(g);
    struct wide x[WIDE_ROWS];
    int32_t sum[WIDE_ROWS * BLOCK] __attribute__((aligned(64)));

    for (int r = 0; r < g->rows; r += WIDE_ROWS) {
        const int rows = g->rows - r < WIDE_ROWS ? g->rows - r : WIDE_ROWS;
        const int8_t *w = g->w;
        for (int o = 0; o < g->outs; o += BLOCK) {
            for (int i = 0; i < rows; i++)
                memcpy(sum + i * BLOCK, g->bias + o, BLOCK * sizeof *sum);
            for (int first = 0, n; first < quads; first += n, w += n * QUAD * BLOCK) {
                n = quads - first < CHUNK ? quads - first : CHUNK;
                if (o == 0 || quads > CHUNK)
                    for (int i = 0; i < rows; i++)
                        widen(g, r + i, first, n, &x[i]);
                tile(x, w, n, rows, sum);
            }
            finish(g, r, rows, o, g->outs - o < BLOCK ? g->outs - o : BLOCK, 1, sum);
        }
    }
}

static AVX2 void gemm_s8_avx2(const struct pleth_gemm_s8 *g)
{
    gemm_wide(g, tile_avx2, finish_block_avx2);
}

static AVX512 void gemm_s8_avx512(const struct pleth_gemm_s8 *g)
{
    gemm_wide(g, tile_avx512, finish_blocks_avx512);
}

/* ---- values by eights, AVX2 --------------------------------------------------------------------
 *
 * Quotients by doubles are exact: every product, and every sum that the contracts allow, times a
 * power of two has at most 52 bits, and so has one half more wherever that can reach the next whole
 * number. */

enum { EIGHT = 8 };

/* The first n (at most eight) values; zeros after them. */
static AVX2 INLINE __m256i load8(const int8_t *p, ptrdiff_t n)
{
    uint64_t v = 0;

    if (n >= EIGHT)
        return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
    while (n-- > 0)
        v = v << 8 | (uint8_t)p[n];
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)&v));
}

/* The first n of max(saturated(v + zero), low); low by bytes. */
static AVX2 INLINE void store8(int8_t *p, ptrdiff_t n, __m256i v, __m256i zero, __m128i low)
{
    const __m256i w = _mm256_add_epi32(v, zero);
    __m128i q = _mm_packs_epi32(_mm256_castsi256_si128(w), _mm256_extracti128_si256(w, 1));
    uint64_t rest;

    q = _mm_max_epi8(_mm_packs_epi16(q, q), low);
    if (n >= EIGHT) {
        _mm_storel_epi64((__m128i *)(void *)p, q);
        return;
    }
    _mm_storel_epi64((__m128i *)(void *)&rest, q);
    for (; n-- > 0; rest >>= 8)
        *p++ = (int8_t)rest;
}

/* Rounded, halves away from zero; clamped to where adding a zero point changes nothing. */
static AVX2 INLINE __m128i rounded4(__m256d v)
{
    const __m256d half = _mm256_set1_pd(0.5), limit = _mm256_set1_pd(1024);
    const __m256d sign = _mm256_set1_pd(-0.0);

    v = _mm256_min_pd(_mm256_max_pd(v, _mm256_xor_pd(limit, sign)), limit);
    return _mm256_cvttpd_epi32(_mm256_add_pd(v, _mm256_or_pd(_mm256_and_pd(v, sign), half)));
}

static AVX2 INLINE __m256i rounded8(__m256d v0, __m256d v1)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(rounded4(v0)), rounded4(v1), 1);
}

static AVX2 INLINE __m256d lower4(__m256i v)
{
    return _mm256_cvtepi32_pd(_mm256_castsi256_si128(v));
}

static AVX2 INLINE __m256d upper4(__m256i v)
{
    return _mm256_cvtepi32_pd(_mm256_extracti128_si256(v, 1));
}

static AVX2 void add_s8_avx2(const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n, int zero_a,
                             int32_t multiplier_a, int zero_b, int32_t multiplier_b, int shift,
                             int zero, int low)
{
    const double a1 = ldexp(multiplier_a, -shift), b1 = ldexp(multiplier_b, -shift);
    const __m256d ma = _mm256_set1_pd(a1), mb = _mm256_set1_pd(b1);
    const __m256d from = _mm256_set1_pd(-zero_a * a1 - zero_b * b1);
    const __m256i zero32 = _mm256_set1_epi32(zero);
    const __m128i low8 = _mm_set1_epi8((char)low);

    for (ptrdiff_t i = 0; i < n; i += EIGHT) {
        const __m256i va = load8(a + i, n - i), vb = load8(b + i, n - i);
        const __m256d v0 = _mm256_fmadd_pd(lower4(va), ma, _mm256_fmadd_pd(lower4(vb), mb, from));
        const __m256d v1 = _mm256_fmadd_pd(upper4(va), ma, _mm256_fmadd_pd(upper4(vb), mb, from));
        store8(y + i, n - i, rounded8(v0, v1), zero32, low8);
    }
}

static AVX2 void largest_avx2(const int8_t *const *x, int kh, int kw, int channels, ptrdiff_t at,
                              int8_t *y)
{
    int c = 0;

    for (; c + 32 <= channels; c += 32) {
        __m256i v = _mm256_set1_epi8(-128);
        for (int a = 0; a < kh; a++)
            for (int b = 0; b < kw; b++) {
                const int8_t *p = x[a] + at + (ptrdiff_t)b * channels + c;
                v = _mm256_max_epi8(v, _mm256_loadu_si256((const __m256i *)p));
            }
        _mm256_storeu_si256((__m256i *)(y + c), v);
    }
    for (; c < channels; c += EIGHT) {
        __m256i v = _mm256_set1_epi32(-128);
        for (int a = 0; a < kh; a++)
            for (int b = 0; b < kw; b++)
                v = _mm256_max_epi32(v,
                                     load8(x[a] + at + (ptrdiff_t)b * channels + c, channels - c));
        store8(y + c, channels - c, v, _mm256_setzero_si256(), _mm_set1_epi8(-128));
    }
}

static AVX2 void pool_s8_avx2(const int8_t *const *x, int kh, int kw, int stride, int channels,
                              int outs, int max, int zero_x, int32_t multiplier, int shift,
                              int zero, int8_t *y)
{
    const __m256d m = _mm256_set1_pd(ldexp(multiplier, -shift));
    const __m256i start = _mm256_set1_epi32(-kh * kw * zero_x), zero32 = _mm256_set1_epi32(zero);
    const __m128i low = _mm_set1_epi8(-128);

    for (int i = 0; i < outs; i++, y += channels) {
        const ptrdiff_t at = (ptrdiff_t)i * stride * channels;
        if (max) {
            largest_avx2(x, kh, kw, channels, at, y);
            continue;
        }
        for (int c = 0; c < channels; c += EIGHT) {
            __m256i sum = start;
            for (int a = 0; a < kh; a++)
                for (int b = 0; b < kw; b++)
                    sum = _mm256_add_epi32(
                        sum, load8(x[a] + at + (ptrdiff_t)b * channels + c, channels - c));
            store8(y + c, channels - c,
                   rounded8(_mm256_mul_pd(lower4(sum), m), _mm256_mul_pd(upper4(sum), m)), zero32,
                   low);
        }
    }
}

static AVX2 void scale_rows_s8_avx2(const int8_t *x, const int32_t *m, int8_t *y, int rows,
                                    int channels, int zero_x, int shift, int zero)
{
    const double unit = ldexp(1, -shift);
    const __m256i zero_x32 = _mm256_set1_epi32(zero_x), zero32 = _mm256_set1_epi32(zero);
    const __m128i low = _mm_set1_epi8(-128);

    for (int r = 0; r < rows; r++, x += channels, y += channels) {
        const __m256d factor = _mm256_set1_pd(m[r] * unit);
        for (int c = 0; c < channels; c += EIGHT) {
            const __m256i v = _mm256_sub_epi32(load8(x + c, channels - c), zero_x32);
            store8(y + c, channels - c,
                   rounded8(_mm256_mul_pd(lower4(v), factor), _mm256_mul_pd(upper4(v), factor)),
                   zero32, low);
        }
    }
}

/* The first n lanes. */
static AVX2 INLINE __m256i lanes8(ptrdiff_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n < EIGHT ? (int)n : EIGHT),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static AVX2 void quantize_avx2(const float *x, int8_t *y, ptrdiff_t n, float inverse_scale,
                               int zero)
{
    const __m256 scale = _mm256_set1_ps(inverse_scale), limit = _mm256_set1_ps(1024);
    const __m256i zero32 = _mm256_set1_epi32(zero);
    const __m128i low = _mm_set1_epi8(-128);

    for (ptrdiff_t i = 0; i < n; i += EIGHT) {
        __m256 v = _mm256_mul_ps(_mm256_maskload_ps(x + i, lanes8(n - i)), scale);
        v = _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
        v = _mm256_max_ps(_mm256_min_ps(v, limit), _mm256_sub_ps(_mm256_setzero_ps(), limit));
        store8(y + i, n - i, _mm256_cvtps_epi32(v), zero32, low);
    }
}

/* ---- values by sixteens, AVX-512 ---------------------------------------------------------------
 */

enum { SIXTEEN = 16 };

static AVX512 INLINE __mmask16 lanes16(ptrdiff_t n)
{
    return (__mmask16)(n < SIXTEEN ? (1 << n) - 1 : 0xffff);
}

static AVX512 INLINE __m512i load16(const int8_t *p, ptrdiff_t n)
{
    return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(lanes16(n), p));
}

static AVX512 INLINE void store16(int8_t *p, ptrdiff_t n, __m512i v, __m512i zero, __m128i low)
{
    const __m128i q = _mm_max_epi8(_mm512_cvtsepi32_epi8(_mm512_add_epi32(v, zero)), low);

    if (n >= SIXTEEN)
        _mm_storeu_si128((__m128i *)(void *)p, q);
    else
        _mm_mask_storeu_epi8(p, lanes16(n), q);
}

/* round(v * multiplier / 2^shift), halves away from zero, in 32 bits: multiplier = upper 2^15 +
 * lower, both of 15 bits, and so v * multiplier = (v upper) 2^15 + v lower. One less where that is
 * negative makes it halves up. */
struct factor16 {
    __m512i upper, lower, half;
    __m128i down;
};

enum { LOWER = 15 };

static int is_factor16(int32_t multiplier, int shift)
{
    return multiplier < 1 << 2 * LOWER && shift > LOWER && shift < 45;
}

/* Each lane has two values, of 16 bits, and their factors; the sum of the products is divided. */
static AVX512 INLINE struct factor16 factor16(int32_t first, int32_t second, int shift)
{
    struct factor16 f;

    f.upper = _mm512_set1_epi32(first >> LOWER | second >> LOWER << 16);
    f.lower = _mm512_set1_epi32((first & 0x7fff) | (second & 0x7fff) << 16);
    f.half = _mm512_set1_epi32(1 << (shift - LOWER - 1));
    f.down = _mm_cvtsi32_si128(shift - LOWER);
    return f;
}

static AVX512 INLINE __m512i quotient16(__m512i v, const struct factor16 *f)
{
    const __m512i upper = _mm512_madd_epi16(v, f->upper), lower = _mm512_madd_epi16(v, f->lower);
    const __m512i all = _mm512_add_epi32(upper, _mm512_srai_epi32(lower, LOWER));
    const __m512i less = _mm512_add_epi32(lower, _mm512_srai_epi32(all, 31));

    return _mm512_sra_epi32(
        _mm512_add_epi32(_mm512_add_epi32(upper, f->half), _mm512_srai_epi32(less, LOWER)),
        f->down);
}

static AVX512 void add_s8_avx512(const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n,
                                 int zero_a, int32_t multiplier_a, int zero_b, int32_t multiplier_b,
                                 int shift, int zero, int low)
{
    const __m512i zeros = _mm512_set1_epi32((zero_a & 0xffff) | (int32_t)((uint32_t)zero_b << 16));
    const __m512i zero32 = _mm512_set1_epi32(zero);
    const __m128i low8 = _mm_set1_epi8((char)low);
    struct factor16 factor;

    if (!is_factor16(multiplier_a, shift) || !is_factor16(multiplier_b, shift)) {
        add_s8_avx2(a, b, y, n, zero_a, multiplier_a, zero_b, multiplier_b, shift, zero, low);
        return;
    }
    factor = factor16(multiplier_a, multiplier_b, shift);
    for (ptrdiff_t i = 0; i < n; i += SIXTEEN) {
        const __m512i vb = _mm512_slli_epi32(load16(b + i, n - i), 16);
        const __m512i v = _mm512_mask_mov_epi16(load16(a + i, n - i), 0xaaaaaaaa, vb);
        store16(y + i, n - i, quotient16(_mm512_sub_epi16(v, zeros), &factor), zero32, low8);
    }
}

static AVX512 void pool_s8_avx512(const int8_t *const *x, int kh, int kw, int stride, int channels,
                                  int outs, int max, int zero_x, int32_t multiplier, int shift,
                                  int zero, int8_t *y)
{
    const __m512i zero32 = _mm512_set1_epi32(zero);
    const __m128i low = _mm_set1_epi8(-128);
    struct factor16 factor;
    __m512i start;

    /* sums must stay within 16 bits */
    if (max || kh > 128 || kw > 128 || kh * kw > 128 || !is_factor16(multiplier, shift)) {
        pool_s8_avx2(x, kh, kw, stride, channels, outs, max, zero_x, multiplier, shift, zero, y);
        return;
    }
    start = _mm512_set1_epi32(-kh * kw * zero_x);
    factor = factor16(multiplier, 0, shift);
    for (int i = 0; i < outs; i++, y += channels) {
        const ptrdiff_t at = (ptrdiff_t)i * stride * channels;
        for (int c = 0; c < channels; c += SIXTEEN) {
            __m512i sum = start;
            for (int a = 0; a < kh; a++)
                for (int b = 0; b < kw; b++)
                    sum = _mm512_add_epi32(
                        sum, load16(x[a] + at + (ptrdiff_t)b * channels + c, channels - c));
            store16(y + c, channels - c, quotient16(sum, &factor), zero32, low);
        }
    }
}

static AVX512 void scale_rows_s8_avx512(const int8_t *x, const int32_t *m, int8_t *y, int rows,
                                        int channels, int zero_x, int shift, int zero)
{
    const __m512i zero_x32 = _mm512_set1_epi32(zero_x), zero32 = _mm512_set1_epi32(zero);
    const __m128i low = _mm_set1_epi8(-128);

    for (int r = 0; r < rows; r++, x += channels, y += channels) {
        struct factor16 factor;
        if (!is_factor16(m[r], shift)) {
            scale_rows_s8_avx2(x, m + r, y, 1, channels, zero_x, shift, zero);
            continue;
        }
        factor = factor16(m[r], 0, shift);
        for (int c = 0; c < channels; c += SIXTEEN) {
            const __m512i v = _mm512_sub_epi32(load16(x + c, channels - c), zero_x32);
            store16(y + c, channels - c, quotient16(v, &factor), zero32, low);
        }
    }
}

/* ---- tables -----------------------------------------------------------------------------------
 */

/* Sixteen tables of sixteen, by the lower half of each byte, of which each upper bit halves the
 * number. Signs turn the order of the table's halves. */
static AVX2 void table_s8_avx2(int8_t *x, ptrdiff_t n, const int8_t table[256])
{
    __m256i part[16];
    int8_t rest[32] = {0};

    for (int j = 0; j < 16; j++)
        part[j] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)(table + 16 * (j ^ 8))));
    for (ptrdiff_t i = 0; i < n; i += 32) {
        int8_t *p = n - i < 32 ? rest : x + i;
        __m256i v, found[16];
        if (p == rest)
            memcpy(rest, x + i, (size_t)(n - i));
        v = _mm256_loadu_si256((const __m256i *)(void *)p);
        UNROLLED
        for (int j = 0; j < 16; j++)
            found[j] = _mm256_shuffle_epi8(part[j], _mm256_and_si256(v, _mm256_set1_epi8(15)));
        UNROLLED
        for (int j = 0; j < 8; j++)
            found[j] = _mm256_blendv_epi8(found[2 * j], found[2 * j + 1], _mm256_slli_epi16(v, 3));
        UNROLLED
        for (int j = 0; j < 4; j++)
            found[j] = _mm256_blendv_epi8(found[2 * j], found[2 * j + 1], _mm256_slli_epi16(v, 2));
        UNROLLED
        for (int j = 0; j < 2; j++)
            found[j] = _mm256_blendv_epi8(found[2 * j], found[2 * j + 1], _mm256_slli_epi16(v, 1));
        _mm256_storeu_si256((__m256i *)(void *)p, _mm256_blendv_epi8(found[0], found[1], v));
        if (p == rest)
            memcpy(x + i, rest, (size_t)(n - i));
    }
}

static VBMI void table_s8_vbmi(int8_t *x, ptrdiff_t n, const int8_t table[256])
{
    const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
    const __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);

    for (ptrdiff_t i = 0; i < n; i += 64) {
        const __mmask64 lanes = ~(__mmask64)0 >> (n - i < 64 ? 64 - (n - i) : 0);
        const __m512i v = _mm512_maskz_loadu_epi8(lanes, x + i);
        const __m512i negative = _mm512_permutex2var_epi8(t0, v, t1);
        const __m512i other = _mm512_permutex2var_epi8(t2, v, t3);
        const __m512i y = _mm512_mask_mov_epi8(other, _mm512_movepi8_mask(v), negative);
        if (n - i >= 64)
            _mm512_storeu_si512(x + i, y);
        else
            _mm512_mask_storeu_epi8(x + i, lanes, y);
    }
}

static int has_vbmi(void)
{
    uint32_t a, b, c = 0, d;

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & bit_AVX512VBMI);
}

/* ---- choice -----------------------------------------------------------------------------------
 */

void pleth_kernels_int8_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX2) {
        k->gemm_s8 = gemm_s8_avx2;
        k->table_s8 = table_s8_avx2;
        k->add_s8 = add_s8_avx2;
        k->pool_s8 = pool_s8_avx2;
        k->scale_rows_s8 = scale_rows_s8_avx2;
        k->quantize = quantize_avx2;
    }
    if (flags & PLETH_CPU_AVX512) {
        k->gemm_s8 = gemm_s8_avx512;
        k->add_s8 = add_s8_avx512;
        k->pool_s8 = pool_s8_avx512;
        k->scale_rows_s8 = scale_rows_s8_avx512;
    }
    if (flags & PLETH_CPU_AVX512_VNNI) {
        k->gemm_s8 = gemm_s8_vnni;
        /* all that have VNNI have it, but the first */
        if (has_vbmi())
            k->table_s8 = table_s8_vbmi;
    }
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_x86_int8_absent;

#endif
