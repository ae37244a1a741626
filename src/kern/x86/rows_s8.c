/* What int8 networks do to rows of positions besides products: affine maps, temporal shifts. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include "pleth/pleth.h"
#include "target.h"

/* ---- y = (x * multiplier + offset) >> by ------------------------------------------------------
 */

static AVX512 void affine_s8_avx512(const int8_t *x, const int32_t *multiplier,
                                    const int32_t *offset, int8_t *y, int rows, int channels,
                                    int by, int low)
{
    const __m512i least = _mm512_set1_epi32(low);
    const __m128i count = _mm_cvtsi32_si128(by);

    for (int c = 0; c < channels; c += 16) {
        const int left = channels - c;
        const __mmask16 mask = (__mmask16)(left < 16 ? (1 << left) - 1 : 0xffff);
        const __m512i m = _mm512_maskz_loadu_epi32(mask, multiplier + c);
        const __m512i o = _mm512_maskz_loadu_epi32(mask, offset + c);
        for (int r = 0; r < rows; r++) {
            const ptrdiff_t at = (ptrdiff_t)r * channels + c;
            const __m512i v = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, x + at));
            const __m512i z =
                _mm512_sra_epi32(_mm512_add_epi32(_mm512_mullo_epi32(v, m), o), count);
            /* narrowing saturates: at 127 */
            _mm_mask_storeu_epi8(y + at, mask, _mm512_cvtsepi32_epi8(_mm512_max_epi32(z, least)));
        }
    }
}

static AVX2 inline __m256i affine_of_eight(const int8_t *x, const int32_t *multiplier,
                                           const int32_t *offset, __m128i count, __m256i least)
{
    const __m256i v = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)x));
    const __m256i product = _mm256_mullo_epi32(v, _mm256_loadu_si256((const __m256i *)multiplier));
    const __m256i sum = _mm256_add_epi32(product, _mm256_loadu_si256((const __m256i *)offset));

    return _mm256_max_epi32(_mm256_sra_epi32(sum, count), least);
}

static AVX2 void affine_s8_avx2(const int8_t *x, const int32_t *multiplier, const int32_t *offset,
                                int8_t *y, int rows, int channels, int by, int low)
{
    const __m256i least = _mm256_set1_epi32(low);
    const __m128i count = _mm_cvtsi32_si128(by);

    for (int r = 0; r < rows; r++, x += channels, y += channels) {
        int c = 0;
        for (; c + 8 <= channels; c += 8) {
            const __m256i v = affine_of_eight(x + c, multiplier + c, offset + c, count, least);
            const __m128i words =
                _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
            _mm_storel_epi64((__m128i *)(y + c), _mm_packs_epi16(words, words));
        }
        for (; c < channels; c++) {
            const int32_t v = (x[c] * multiplier[c] + offset[c]) >> by;
            y[c] = (int8_t)(v < low ? low : v > 127 ? 127 : v);
        }
    }
}

/* ---- temporal shift ---------------------------------------------------------------------------
 */

/* the n lowest bits, n of any sign and size */
static inline uint64_t lowest(ptrdiff_t n)
{
    return n <= 0 ? 0 : n >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1;
}

/* Positions of up to 64 bytes: as many as fit are moved at once. Longer ones: 64 bytes at a time,
 * and what is left. */
static AVX512 void shift_avx512(const uint8_t *now, const uint8_t *later, const uint8_t *earlier,
                                uint8_t *y, int rows, int bytes, int third, int fill)
{
    const __m512i filled = _mm512_set1_epi8((char)fill);
    const uint8_t *from[2] = {later ? later : now, earlier ? earlier : now};
    const ptrdiff_t all = (ptrdiff_t)rows * bytes, unit = bytes < 64 ? 64 / bytes * bytes : bytes;

    for (ptrdiff_t c = 0; c < unit; c += 64) {
        uint64_t first = lowest(third - c), second = lowest(2 * (ptrdiff_t)third - c) & ~first;
        /* the pattern again for each position, twice as many each time */
        for (int had = bytes; had < 64; had *= 2) {
            first |= first << had;
            second |= second << had;
        }
        for (ptrdiff_t at = c; at < all; at += unit) {
            const ptrdiff_t end = at - c + unit;
            const uint64_t mask = lowest((end < all ? end : all) - at);
            __m512i v = _mm512_mask_loadu_epi8(filled, ~first & ~second & mask, now + at);
            v = _mm512_mask_loadu_epi8(v, later ? first & mask : 0, from[0] + at);
            v = _mm512_mask_loadu_epi8(v, earlier ? second & mask : 0, from[1] + at);
            _mm512_mask_storeu_epi8(y + at, mask, v);
        }
    }
}

static AVX2 inline __m256i lanes_below(__m256i number, int n)
{
    return _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(n < 0 ? 0 : n > 32 ? 32 : n)), number);
}

/* Positions of up to 32 bytes: as many as fit, and what is written beyond them comes again right.
 * Of longer ones the last 32 bytes overlap those before. */
static AVX2 void shift_avx2(const uint8_t *now, const uint8_t *later, const uint8_t *earlier,
                            uint8_t *y, int rows, int bytes, int third, int fill)
{
    const __m256i filled = _mm256_set1_epi8((char)fill);
    const ptrdiff_t all = (ptrdiff_t)rows * bytes;
    const int unit = bytes < 32 ? 32 / bytes * bytes : bytes;
    ptrdiff_t done = all;
    uint8_t lane[32];
    __m256i number;

    for (int i = 0, n = 0; i < 32; i++, n = n + 1 < bytes ? n + 1 : 0)
        lane[i] = (uint8_t)n;
    number = _mm256_loadu_si256((const __m256i *)lane);
    for (int c = 0; c < unit; c += 32) {
        const int begin = bytes < 32 || c + 32 <= bytes ? c : bytes - 32;
        const __m256i first = lanes_below(number, third - begin);
        const __m256i second = lanes_below(number, 2 * third - begin);
        ptrdiff_t at = begin;
        for (; at + 32 <= all; at += unit) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(now + at));
            v = _mm256_blendv_epi8(
                v, earlier ? _mm256_loadu_si256((const __m256i *)(earlier + at)) : filled, second);
            v = _mm256_blendv_epi8(
                v, later ? _mm256_loadu_si256((const __m256i *)(later + at)) : filled, first);
            _mm256_storeu_si256((__m256i *)(y + at), v);
        }
        if (bytes < 32)
            done = at;
    }
    for (ptrdiff_t i = done; i < all; i++) {
        const int part = lane[i - done];
        const uint8_t *from = part < third ? later : part < 2 * third ? earlier : now;
        y[i] = from ? from[i] : (uint8_t)fill;
    }
}

void pleth_kernels_rows_s8_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX2) {
        k->affine_s8 = affine_s8_avx2;
        k->shift = shift_avx2;
    }
    if (flags & PLETH_CPU_AVX512) {
        k->affine_s8 = affine_s8_avx512;
        k->shift = shift_avx512;
    }
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_x86_rows_s8_absent;

#endif
