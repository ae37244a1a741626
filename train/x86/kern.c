/* The kernels of training for AVX2 and AVX-512, each written once for both. */
#include "../kern.h"

#include "kern/kern.h"

#if defined(PLETH_KERN_X86)

#include "pleth/pleth.h"

#define WIDTH 8
#include "kern_body.h"
#undef WIDTH
#define WIDTH 16
#include "kern_body.h"

void plethtrain_kernels_x86(struct plethtrain_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX2) {
        k->outer = outer_avx2;
        k->tile_input = tile_input_avx2;
        k->tile_output = tile_output_avx2;
        k->tile_expand = tile_expand_avx2;
        k->sums = sums_avx2;
        k->moments = moments_avx2;
        k->norm_back = norm_back_avx2;
        k->norm_input = norm_input_avx2;
        k->drop = drop_avx2;
        k->adam = adam_avx2;
        k->add_scaled = add_scaled_avx2;
    }
    if (flags & PLETH_CPU_AVX512) {
        k->outer = outer_avx512;
        k->tile_input = tile_input_avx512;
        k->tile_output = tile_output_avx512;
        k->tile_expand = tile_expand_avx512;
        k->sums = sums_avx512;
        k->moments = moments_avx512;
        k->norm_back = norm_back_avx512;
        k->norm_input = norm_input_avx512;
        k->drop = drop_avx512;
        k->adam = adam_avx512;
        k->add_scaled = add_scaled_avx512;
    }
}

#else

void plethtrain_kernels_x86(struct plethtrain_kernels *k, uint32_t flags)
{
    (void)k;
    (void)flags;
}

#endif
