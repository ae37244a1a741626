/* What this machine has, and the kernels for it: on 64-bit Arm all of them, on 32-bit ones with
 * NEON those of the camera. */
#include "../kern.h"

#if defined(PLETH_KERN_ARM)

#include "pleth/pleth.h"

uint32_t pleth_cpu_flags_arm(void)
{
#if defined(__ARM_FEATURE_DOTPROD)
    return PLETH_CPU_NEON | PLETH_CPU_DOTPROD;
#elif defined(__aarch64__) && defined(__linux__)
    /* Linux answers reads of this register in place of the processor, since 4.11 */
    uint64_t features;
    __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(features));
    return PLETH_CPU_NEON | ((features >> 44 & 15) ? PLETH_CPU_DOTPROD : 0);
#else
    return PLETH_CPU_NEON;
#endif
}

void pleth_kernels_float_arm(struct pleth_kernels *k, uint32_t flags)
{
    pleth_kernels_band_arm(k, flags);
#if defined(__aarch64__)
    pleth_kernels_gemm_arm(k, flags);
    pleth_kernels_winograd_arm(k, flags);
    pleth_kernels_activate_arm(k, flags);
    pleth_kernels_rows_arm(k, flags);
    pleth_kernels_rows_s8_arm(k, flags);
#endif
}

#if !defined(__aarch64__)
void pleth_kernels_int8_arm(struct pleth_kernels *k, uint32_t flags)
{
    (void)k;
    (void)flags;
}
#endif

#else

/* ISO C wants something in every file */
typedef int pleth_kern_arm_absent;

#endif
