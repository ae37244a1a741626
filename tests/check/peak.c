/* What this core does at most: multiply-adds between registers, in enough independent chains. */
#include "check.h"

enum { STEPS = 1000000, CHAINS = 12 };

/* `values` operations a chain and step; f runs STEPS */
static double rate(void (*f)(void), int values)
{
    double best = 0;

    for (int i = 0; i < 5; i++) {
        const double start = check_now_ns();
        f();
        const double r = 1e9 * STEPS * CHAINS * values / (check_now_ns() - start);
        best = r > best ? r : best;
    }
    return best;
}

#if defined(PLETH_KERN_X86)

#include <immintrin.h>

static volatile float sink;

#define CHAIN(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)

__attribute__((target("avx2,fma"))) static void fma_avx2(void)
{
    const __m256 b = _mm256_set1_ps(0.999f), c = _mm256_set1_ps(1e-3f);
    __m256 a[CHAINS];
#define SET(i) a[i] = _mm256_set1_ps(i);
#define STEP(i) a[i] = _mm256_fmadd_ps(a[i], b, c);
#define SUM(i) sink += _mm256_cvtss_f32(a[i]);
    CHAIN(SET)
    for (int k = 0; k < STEPS; k++) {
        CHAIN(STEP)
    }
    CHAIN(SUM)
#undef SET
#undef STEP
#undef SUM
}

__attribute__((target("avx512f"))) static void fma_avx512(void)
{
    const __m512 b = _mm512_set1_ps(0.999f), c = _mm512_set1_ps(1e-3f);
    __m512 a[CHAINS];
#define SET(i) a[i] = _mm512_set1_ps(i);
#define STEP(i) a[i] = _mm512_fmadd_ps(a[i], b, c);
#define SUM(i) sink += _mm512_cvtss_f32(a[i]);
    CHAIN(SET)
    for (int k = 0; k < STEPS; k++) {
        CHAIN(STEP)
    }
    CHAIN(SUM)
#undef SET
#undef STEP
#undef SUM
}

__attribute__((target("avx512f,avx512vnni"))) static void dot_vnni(void)
{
    const __m512i b = _mm512_set1_epi8(3), c = _mm512_set1_epi8(1);
    __m512i a[CHAINS];
#define SET(i) a[i] = _mm512_set1_epi32(i);
#define STEP(i) a[i] = _mm512_dpbusd_epi32(a[i], b, c);
#define SUM(i) sink += (float)_mm512_reduce_add_epi32(a[i]);
    CHAIN(SET)
    for (int k = 0; k < STEPS; k++) {
        CHAIN(STEP)
    }
    CHAIN(SUM)
#undef SET
#undef STEP
#undef SUM
}

double check_peak(enum check_unit unit, uint32_t flags)
{
    if (unit == CHECK_FLOPS && flags & PLETH_CPU_AVX512)
        return rate(fma_avx512, 2 * 16);
    if (unit == CHECK_FLOPS && flags & PLETH_CPU_AVX2)
        return rate(fma_avx2, 2 * 8);
    if (unit == CHECK_INT8_OPS && flags & PLETH_CPU_AVX512_VNNI)
        return rate(dot_vnni, 2 * 64);
    return 0;
}

#elif defined(__aarch64__)

#include <arm_neon.h>

static volatile float sink;

static void fma_neon(void)
{
    const float32x4_t b = vdupq_n_f32(0.999f), c = vdupq_n_f32(1e-3f);
    float32x4_t a[CHAINS];
    for (int i = 0; i < CHAINS; i++)
        a[i] = vdupq_n_f32((float)i);
    for (int k = 0; k < STEPS; k++)
        for (int i = 0; i < CHAINS; i++)
            a[i] = vfmaq_f32(c, a[i], b);
    for (int i = 0; i < CHAINS; i++)
        sink += vgetq_lane_f32(a[i], 0);
}

double check_peak(enum check_unit unit, uint32_t flags)
{
    return unit == CHECK_FLOPS && flags & PLETH_CPU_NEON ? rate(fma_neon, 2 * 4) : 0;
}

#else

double check_peak(enum check_unit unit, uint32_t flags)
{
    (void)unit;
    (void)flags;
    (void)rate;
    return 0;
}

#endif
