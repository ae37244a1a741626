/* Sums of pixels by cells for AVX2 and AVX-512. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include "../band.h"
#include "pleth/pleth.h"
#include "target.h"

static AVX2 inline __m256i widen16(const uint8_t *p)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p));
}

static AVX2 inline void down_avx2(const uint8_t *p, ptrdiff_t stride, int rows, int n,
                                  uint16_t *total)
{
    int i = 0;

    if (n < 16) {
        for (; i < n; i++) {
            uint32_t t = 0;
            for (int r = 0; r < rows; r++)
                t += p[r * stride + i];
            total[i] = (uint16_t)t;
        }
        return;
    }
    for (; i + 64 <= n; i += 64) {
        const uint8_t *q = p + i;
        __m256i t0 = _mm256_setzero_si256(), t1 = t0, t2 = t0, t3 = t0;
        for (int r = 0; r < rows; r++, q += stride) {
            t0 = _mm256_add_epi16(t0, widen16(q));
            t1 = _mm256_add_epi16(t1, widen16(q + 16));
            t2 = _mm256_add_epi16(t2, widen16(q + 32));
            t3 = _mm256_add_epi16(t3, widen16(q + 48));
        }
        _mm256_storeu_si256((__m256i *)(total + i), t0);
        _mm256_storeu_si256((__m256i *)(total + i + 16), t1);
        _mm256_storeu_si256((__m256i *)(total + i + 32), t2);
        _mm256_storeu_si256((__m256i *)(total + i + 48), t3);
    }
    for (; i < n; i += 16) {
        /* the last sixteen columns may overlap those before */
        const int at = i + 16 <= n ? i : n - 16;
        const uint8_t *q = p + at;
        __m256i t = _mm256_setzero_si256();
        for (int r = 0; r < rows; r++, q += stride)
            t = _mm256_add_epi16(t, widen16(q));
        _mm256_storeu_si256((__m256i *)(total + at), t);
    }
}

/* Sixteen totals, or twice six where a pixel has three */
static AVX2 inline __m256i load_totals(const uint16_t *total, int channels)
{
    if (channels == 3)
        return _mm256_loadu2_m128i((const __m128i *)(total + 6), (const __m128i *)total);
    return _mm256_loadu_si256((const __m256i *)total);
}

/* Pairwise sums of n <= 16 totals: a multiply-add by ones and zeros takes what belongs to the cell.
 */
static AVX2 inline __m256i narrow_cell(const uint16_t *total, int n)
{
    static const int16_t take[32] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    return _mm256_madd_epi16(_mm256_loadu_si256((const __m256i *)total),
                             _mm256_loadu_si256((const __m256i *)(take + 16 - n)));
}

/* Four cells of one channel and at most sixteen totals each, or nothing and 0. */
static AVX2 inline int four_cells(const uint16_t *total, const int32_t *edge, uint32_t *sum)
{
    const int n0 = edge[1] - edge[0], n1 = edge[2] - edge[1];
    const int n2 = edge[3] - edge[2], n3 = edge[4] - edge[3];
    __m256i v01, v23, v;
    __m128i s;

    if (n0 > 16 || n1 > 16 || n2 > 16 || n3 > 16)
        return 0;
    v01 = _mm256_hadd_epi32(narrow_cell(total, n0), narrow_cell(total + n0, n1));
    total += n0 + n1;
    v23 = _mm256_hadd_epi32(narrow_cell(total, n2), narrow_cell(total + n2, n3));
    v = _mm256_hadd_epi32(v01, v23);
    s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_loadu_si128((const __m128i *)sum));
    _mm_storeu_si128((__m128i *)sum, s);
    return 1;
}

/* One cell of any width: equal channels are brought together in pairs, and a multiply-add by ones
 * adds each pair. n: totals of the cell. */
static AVX2 inline void one_cell(const uint16_t *total, int channels, int n, uint32_t *sum)
{
    static const uint16_t keep[32] = {
        0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,
        0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,
    };
    static const int8_t pair[5][16] = {
        {0},
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15},
        {0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1},
        {0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15},
    };
    const int step = channels == 3 ? 12 : 16;
    const __m256i order =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)pair[channels]));
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i t = _mm256_setzero_si256();
    __m128i s;

    for (; n > 0; n -= step, total += step) {
        __m256i v = load_totals(total, channels);
        if (n < step) /* of three channels, the pairing drops what lies above six */
            v = _mm256_and_si256(v, load_totals(keep + 16 - n, channels));
        t = _mm256_add_epi32(t, _mm256_madd_epi16(_mm256_shuffle_epi8(v, order), ones));
    }
    s = _mm_add_epi32(_mm256_castsi256_si128(t), _mm256_extracti128_si256(t, 1));
    if (channels <= 2)
        s = _mm_hadd_epi32(s, s);
    if (channels == 1)
        s = _mm_hadd_epi32(s, s);
    sum[0] += (uint32_t)_mm_cvtsi128_si32(s);
    if (channels > 1)
        sum[1] += (uint32_t)_mm_extract_epi32(s, 1);
    if (channels > 2)
        sum[2] += (uint32_t)_mm_extract_epi32(s, 2);
    if (channels > 3)
        sum[3] += (uint32_t)_mm_extract_epi32(s, 3);
}

static AVX2 inline void across_avx2(const uint16_t *total, int channels, const int32_t *edge,
                                    int cells, uint32_t *sum)
{
    for (int c = 0; c < cells;) {
        const uint16_t *t = total + (edge[c] - edge[0]) * channels;
        if (channels == 1 && cells - c >= 4 && four_cells(t, edge + c, sum + c)) {
            c += 4;
            continue;
        }
        one_cell(t, channels, (edge[c + 1] - edge[c]) * channels, sum + c * channels);
        c++;
    }
}

static AVX2 void band_sum_avx2(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                               const int32_t *edge, int cells, uint32_t *sum)
{
    if (channels == 1)
        pleth_band_sum(row, stride, rows, 1, edge, cells, sum, down_avx2, across_avx2);
    else
        pleth_band_sum(row, stride, rows, channels, edge, cells, sum, down_avx2, across_avx2);
}

static AVX512 inline void down_avx512(const uint8_t *p, ptrdiff_t stride, int rows, int n,
                                      uint16_t *total)
{
    for (int i = 0; i < n; i += 64) {
        const uint64_t some = n - i >= 64 ? UINT64_MAX : ((uint64_t)1 << (n - i)) - 1;
        const __mmask32 left = (__mmask32)some, right = (__mmask32)(some >> 32);
        const uint8_t *q = p + i;
        __m512i t0 = _mm512_setzero_si512(), t1 = t0;
        for (int r = 0; r < rows; r++, q += stride) {
            __m256i v0 = _mm256_maskz_loadu_epi8(left, q);
            __m256i v1 = _mm256_maskz_loadu_epi8(right, q + 32);
            t0 = _mm512_add_epi16(t0, _mm512_cvtepu8_epi16(v0));
            t1 = _mm512_add_epi16(t1, _mm512_cvtepu8_epi16(v1));
        }
        _mm512_storeu_si512(total + i, t0);
        _mm512_storeu_si512(total + i + 32, t1);
    }
}

static AVX512 void band_sum_avx512(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                                   const int32_t *edge, int cells, uint32_t *sum)
{
    if (channels == 1)
        pleth_band_sum(row, stride, rows, 1, edge, cells, sum, down_avx512, across_avx2);
    else
        pleth_band_sum(row, stride, rows, channels, edge, cells, sum, down_avx512, across_avx2);
}

void pleth_kernels_band_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX2)
        k->band_sum = band_sum_avx2;
    if (flags & PLETH_CPU_AVX512)
        k->band_sum = band_sum_avx512;
}

#else

/* ISO C wants something in every file */
typedef int pleth_band_x86_absent;

#endif
