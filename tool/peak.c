#define _POSIX_C_SOURCE 200809L

#include "peak.h"

#include <time.h>

#include "kern/kern.h"
#include "pleth/pleth.h"

#if defined(PLETH_KERN_X86)

#include <immintrin.h>

enum { PEAK_STEPS = 2000000, CHAINS = 12 };

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static volatile float sink;

#define CHAIN(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)

__attribute__((target("avx2,fma"))) static void fma_avx2(void)
{
    const __m256 b = _mm256_set1_ps(0.999f), c = _mm256_set1_ps(1e-3f);
    __m256 a[CHAINS];

#define SET(i) a[i] = _mm256_set1_ps((float)i);
#define STEP(i) a[i] = _mm256_fmadd_ps(a[i], b, c);
#define SUM(i) sink += _mm256_cvtss_f32(a[i]);
    CHAIN(SET)
    for (int k = 0; k < PEAK_STEPS; k++) {
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

#define SET(i) a[i] = _mm512_set1_ps((float)i);
#define STEP(i) a[i] = _mm512_fmadd_ps(a[i], b, c);
#define SUM(i) sink += _mm512_cvtss_f32(a[i]);
    CHAIN(SET)
    for (int k = 0; k < PEAK_STEPS; k++) {
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
#define SUM(i) sink += (float)_mm_cvtsi128_si32(_mm512_castsi512_si128(a[i]));
    CHAIN(SET)
    for (int k = 0; k < PEAK_STEPS; k++) {
        CHAIN(STEP)
    }
    CHAIN(SUM)
#undef SET
#undef STEP
#undef SUM
}

/* Operations a second in thousand millions, of a loop that makes `each` with one instruction. */
static double best_of(void (*loop)(void), int each)
{
    double best = 0;

    for (int i = 0; i < 10; i++) {
        const double start = now_s();
        double rate;
        loop();
        rate = 1e-9 * PEAK_STEPS * CHAINS * each / (now_s() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

double peak_rate(int int8, uint32_t mask)
{
    const uint32_t flags = pleth_cpu_flags() & mask;

    if (int8)
        return flags & PLETH_CPU_AVX512_VNNI ? best_of(dot_vnni, 128) : 0;
    return flags & PLETH_CPU_AVX512 ? best_of(fma_avx512, 32)
           : flags & PLETH_CPU_AVX2 ? best_of(fma_avx2, 16)
                                    : 0;
}

#else

/* Not known for this machine. */
double peak_rate(int int8, uint32_t mask)
{
    (void)int8;
    (void)mask;
    return 0;
}

#endif
