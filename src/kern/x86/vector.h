/* One name for an operation on eight or sixteen floats, so that what is written once is compiled
 * for AVX2 and for AVX-512. Included with WIDTH 8 or 16 each time before what uses it; not guarded.
 *
 * v_some(n) is the first n lanes: loads of some are zero elsewhere and read nothing there. In v_max
 * and v_min, a NaN in the second argument stays. */
#include <immintrin.h>

#include "target.h"

#ifndef PLETH_KERN_X86_VECTOR_H
#define PLETH_KERN_X86_VECTOR_H

static AVX2 inline __m256i some_avx2(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static AVX2 inline __m256 scale_avx2(__m256 a, __m256 n)
{
    const __m256i by = _mm256_cvtps_epi32(_mm256_floor_ps(n));
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), _mm256_slli_epi32(by, 23)));
}

static AVX2 inline float total_avx2(__m256 a)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

/* the sums of eight vectors */
static AVX2 inline __m256 totals_avx2(const __m256 a[8])
{
    const __m256 s01 = _mm256_hadd_ps(a[0], a[1]), s23 = _mm256_hadd_ps(a[2], a[3]);
    const __m256 s45 = _mm256_hadd_ps(a[4], a[5]), s67 = _mm256_hadd_ps(a[6], a[7]);
    const __m256 s0123 = _mm256_hadd_ps(s01, s23), s4567 = _mm256_hadd_ps(s45, s67);

    return _mm256_add_ps(_mm256_permute2f128_ps(s0123, s4567, 0x20),
                         _mm256_permute2f128_ps(s0123, s4567, 0x31));
}

/* of four vectors, the sums of four lanes each: a0 a1 a2 a3 in each quarter */
static AVX512 inline __m512 quarters_avx512(const __m512 a[4])
{
    const __m512 s01 =
        _mm512_add_ps(_mm512_unpacklo_ps(a[0], a[1]), _mm512_unpackhi_ps(a[0], a[1]));
    const __m512 s23 =
        _mm512_add_ps(_mm512_unpacklo_ps(a[2], a[3]), _mm512_unpackhi_ps(a[2], a[3]));

    return _mm512_add_ps(_mm512_shuffle_ps(s01, s23, 0x44), _mm512_shuffle_ps(s01, s23, 0xee));
}

/* the sums of sixteen */
static AVX512 inline __m512 totals_avx512(const __m512 a[16])
{
    const __m512 q0 = quarters_avx512(a), q1 = quarters_avx512(a + 4);
    const __m512 q2 = quarters_avx512(a + 8), q3 = quarters_avx512(a + 12);
    const __m512 s01 =
        _mm512_add_ps(_mm512_shuffle_f32x4(q0, q1, 0x44), _mm512_shuffle_f32x4(q0, q1, 0xee));
    const __m512 s23 =
        _mm512_add_ps(_mm512_shuffle_f32x4(q2, q3, 0x44), _mm512_shuffle_f32x4(q2, q3, 0xee));

    return _mm512_add_ps(_mm512_shuffle_f32x4(s01, s23, 0x88),
                         _mm512_shuffle_f32x4(s01, s23, 0xdd));
}

static AVX2 inline float largest_avx2(__m256 a)
{
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

#endif

#undef V
#undef V_SOME
#undef V_TRUTH
#undef TARGET
#undef NAME
#undef v_some
#undef v_load
#undef v_load_some
#undef v_store
#undef v_store_some
#undef v_set
#undef v_add
#undef v_sub
#undef v_mul
#undef v_fma
#undef v_fnma
#undef v_div
#undef v_sqrt
#undef v_max
#undef v_min
#undef v_less
#undef v_choose
#undef v_only
#undef v_bound
#undef v_fraction
#undef v_nearest
#undef v_scale
#undef v_total
#undef v_totals
#undef v_largest

#if WIDTH == 16

#define TARGET AVX512
#define NAME(f) f##_avx512
#define V __m512
#define V_SOME __mmask16
#define V_TRUTH __mmask16
#define v_some(n) ((__mmask16)((1u << (n)) - 1))
#define v_load(p) _mm512_loadu_ps(p)
#define v_load_some(some, p) _mm512_maskz_loadu_ps(some, p)
#define v_store(p, v) _mm512_storeu_ps(p, v)
#define v_store_some(some, p, v) _mm512_mask_storeu_ps(p, some, v)
#define v_set(a) _mm512_set1_ps(a)
#define v_add(a, b) _mm512_add_ps(a, b)
#define v_sub(a, b) _mm512_sub_ps(a, b)
#define v_mul(a, b) _mm512_mul_ps(a, b)
/* a * b + c; c - a * b */
#define v_fma(a, b, c) _mm512_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm512_fnmadd_ps(a, b, c)
#define v_div(a, b) _mm512_div_ps(a, b)
#define v_sqrt(a) _mm512_sqrt_ps(a)
#define v_max(a, b) _mm512_max_ps(a, b)
#define v_min(a, b) _mm512_min_ps(a, b)
#define v_less(a, b) _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ)
/* yes where true, or in some lanes */
#define v_choose(truth, yes, no) _mm512_mask_blend_ps(truth, no, yes)
#define v_only(some, yes, no) _mm512_mask_blend_ps(some, no, yes)
/* For exponents: what v_fraction and v_scale can take; a - floor(a); a * 2^floor(n). Infinite ones
 * give infinity and 0. */
#define v_bound(a) (a)
#define v_fraction(a) _mm512_reduce_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)
#define v_nearest(a) _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_scale(a, n) _mm512_scalef_ps(a, n)
#define v_total(a) _mm512_reduce_add_ps(a)
/* the sums of as many vectors as one has lanes */
#define v_totals(a) totals_avx512(a)
#define v_largest(a) _mm512_reduce_max_ps(a)

#else

#define TARGET AVX2
#define NAME(f) f##_avx2
#define V __m256
#define V_SOME __m256i
#define V_TRUTH __m256
#define v_some(n) some_avx2(n)
#define v_load(p) _mm256_loadu_ps(p)
#define v_load_some(some, p) _mm256_maskload_ps(p, some)
#define v_store(p, v) _mm256_storeu_ps(p, v)
#define v_store_some(some, p, v) _mm256_maskstore_ps(p, some, v)
#define v_set(a) _mm256_set1_ps(a)
#define v_add(a, b) _mm256_add_ps(a, b)
#define v_sub(a, b) _mm256_sub_ps(a, b)
#define v_mul(a, b) _mm256_mul_ps(a, b)
#define v_fma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm256_fnmadd_ps(a, b, c)
#define v_div(a, b) _mm256_div_ps(a, b)
#define v_sqrt(a) _mm256_sqrt_ps(a)
#define v_max(a, b) _mm256_max_ps(a, b)
#define v_min(a, b) _mm256_min_ps(a, b)
#define v_less(a, b) _mm256_cmp_ps(a, b, _CMP_LT_OQ)
#define v_choose(truth, yes, no) _mm256_blendv_ps(no, yes, truth)
#define v_only(some, yes, no) _mm256_blendv_ps(no, yes, _mm256_castsi256_ps(some))
/* infinite exponents give 2^126 and 2^-126 */
#define v_bound(a) _mm256_min_ps(_mm256_set1_ps(126), _mm256_max_ps(_mm256_set1_ps(-126), a))
#define v_fraction(a) _mm256_sub_ps(a, _mm256_floor_ps(a))
#define v_nearest(a) _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_scale(a, n) scale_avx2(a, n)
#define v_total(a) total_avx2(a)
#define v_totals(a) totals_avx2(a)
#define v_largest(a) largest_avx2(a)

#endif
