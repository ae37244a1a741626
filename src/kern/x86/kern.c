/* What this machine has, and the kernels for it. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include <cpuid.h>

#include "pleth/pleth.h"

/* Register state that the operating system saves: the low half of XCR0. */
static uint32_t saved_state(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return low;
}

uint32_t pleth_cpu_flags_x86(void)
{
    /* SSE and AVX state; and opmask, upper halves of ZMM0-15, ZMM16-31 */
    const uint32_t ymm = 0x06, zmm = 0xe6;
    const uint32_t wide = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    uint32_t a, b, c, d, saved, fma, flags = 0;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    saved = saved_state();
    fma = c & bit_FMA;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2) || !fma)
        return 0;
    if ((saved & ymm) == ymm)
        flags |= PLETH_CPU_AVX2;
    if ((saved & zmm) == zmm && (b & wide) == wide) {
        flags |= PLETH_CPU_AVX512;
        if (c & bit_AVX512VNNI)
            flags |= PLETH_CPU_AVX512_VNNI;
    }
    return flags;
}

void pleth_kernels_float_x86(struct pleth_kernels *k, uint32_t flags)
{
    pleth_kernels_band_x86(k, flags);
    pleth_kernels_gemm_x86(k, flags);
    pleth_kernels_winograd_x86(k, flags);
    pleth_kernels_activate_x86(k, flags);
    pleth_kernels_rows_x86(k, flags);
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_x86_absent;

#endif
