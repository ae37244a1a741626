/* What is done to rows of positions, for AVX2 and AVX-512. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include <math.h>

#include "pleth/pleth.h"

#define WIDTH 8
#include "rows_body.h"
#undef WIDTH
#define WIDTH 16
#include "rows_body.h"

void pleth_kernels_rows_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX2) {
        k->affine = affine_avx2;
        k->add = add_avx2;
        k->multiply = multiply_avx2;
        k->scale_rows = scale_rows_avx2;
        k->pool = pool_avx2;
        k->layer_norm = layer_norm_avx2;
    }
    if (flags & PLETH_CPU_AVX512) {
        k->affine = affine_avx512;
        k->add = add_avx512;
        k->multiply = multiply_avx512;
        k->scale_rows = scale_rows_avx512;
        k->pool = pool_avx512;
        k->layer_norm = layer_norm_avx512;
    }
}

#else

/* ISO C wants something in every file */
typedef int pleth_rows_x86_absent;

#endif
