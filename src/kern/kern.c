/* The choice of kernels: scalar ones, which are the definition, and faster ones over them. */
#include "kern.h"

#include <string.h>

#include "pleth/pleth.h"

#ifdef __FAST_MATH__
#error "pleth needs IEEE arithmetic: build without -ffast-math"
#endif

uint32_t pleth_cpu_flags(void)
{
#if defined(PLETH_KERN_X86)
    return pleth_cpu_flags_x86();
#elif defined(PLETH_KERN_ARM)
    return pleth_cpu_flags_arm();
#elif defined(PLETH_KERN_CORTEXM)
    return PLETH_CPU_DSP;
#elif defined(PLETH_KERN_WASM)
    return PLETH_CPU_SIMD128;
#else
    return 0;
#endif
}

static void init_int8(struct pleth_kernels *k, uint32_t flags)
{
    memset(k, 0, sizeof *k);
    pleth_kernels_int8(k);
    pleth_kernels_rows_s8(k);
#if defined(PLETH_KERN_X86)
    pleth_kernels_int8_x86(k, flags);
    pleth_kernels_rows_s8_x86(k, flags);
#elif defined(PLETH_KERN_ARM)
    pleth_kernels_int8_arm(k, flags);
#elif defined(PLETH_KERN_CORTEXM)
    pleth_kernels_int8_cortexm(k, flags);
#elif defined(PLETH_KERN_WASM)
    pleth_kernels_int8_wasm(k, flags);
#else
    (void)flags;
#endif
}

void pleth_kernels_init_int8(struct pleth_kernels *k, uint32_t mask)
{
#if defined(PLETH_KERN_CORTEXM)
    (void)mask;
    memset(k, 0, sizeof *k);
    pleth_kernels_int8_rest(k);
    pleth_kernels_rows_s8(k);
    pleth_kernels_int8_cortexm(k, PLETH_CPU_DSP);
#else
    init_int8(k, pleth_cpu_flags() & mask);
#endif
}

void pleth_kernels_init(struct pleth_kernels *k, uint32_t mask)
{
    uint32_t flags = pleth_cpu_flags() & mask;

    init_int8(k, flags);
    pleth_kernels_band(k);
    pleth_kernels_gemm(k);
    pleth_kernels_winograd(k);
    pleth_kernels_activate(k);
    pleth_kernels_rows(k);
#if defined(PLETH_KERN_X86)
    pleth_kernels_float_x86(k, flags);
#elif defined(PLETH_KERN_ARM)
    pleth_kernels_float_arm(k, flags);
#elif defined(PLETH_KERN_WASM)
    pleth_kernels_float_wasm(k, flags);
#else
    (void)flags;
#endif
}
