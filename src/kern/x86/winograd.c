/* Winograd's transforms for AVX2 and AVX-512: channels in lanes. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include "pleth/pleth.h"

#define WIDTH 8
#include "winograd_body.h"
#undef WIDTH
#define WIDTH 16
#include "winograd_body.h"

void pleth_kernels_winograd_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX2) {
        k->winograd_input = winograd_input_avx2;
        k->winograd_output = winograd_output_avx2;
    }
    if (flags & PLETH_CPU_AVX512) {
        k->winograd_input = winograd_input_avx512;
        k->winograd_output = winograd_output_avx512;
    }
}

#else

/* ISO C wants something in every file */
typedef int pleth_winograd_x86_absent;

#endif
