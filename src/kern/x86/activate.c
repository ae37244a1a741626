/* Functions of one value, and softmax, for AVX2 and AVX-512. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include "pleth/pleth.h"

#define WIDTH 8
#include "activate_body.h"
#undef WIDTH
#define WIDTH 16
#include "activate_body.h"

void pleth_kernels_activate_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX2) {
        k->activate = activate_avx2;
        k->softmax = softmax_avx2;
    }
    if (flags & PLETH_CPU_AVX512) {
        k->activate = activate_avx512;
        k->softmax = softmax_avx512;
    }
}

#else

/* ISO C wants something in every file */
typedef int pleth_activate_x86_absent;

#endif
