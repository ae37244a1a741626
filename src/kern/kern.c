/* Scalar kernels, written for reading: they are the definition. And the choice of faster ones. */
#include "kern.h"

#include <string.h>

#include "pleth/pleth.h"

#ifdef __FAST_MATH__
#error "pleth needs IEEE arithmetic: build without -ffast-math"
#endif

static void band_sum(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                     const int32_t *edge, int cells, uint32_t *sum)
{
    for (int r = 0; r < rows; r++) {
        const uint8_t *p = row + r * stride;
        for (int c = 0; c < cells; c++) {
            const int32_t from = edge[c] * channels, to = edge[c + 1] * channels;
            for (int k = 0; k < channels; k++) {
                uint32_t total = 0;
                for (int32_t i = from + k; i < to; i += channels)
                    total += p[i];
                sum[c * channels + k] += total;
            }
        }
    }
}

uint32_t pleth_cpu_flags(void)
{
#if defined(PLETH_KERN_X86)
    return pleth_cpu_flags_x86();
#elif defined(PLETH_KERN_ARM)
    return PLETH_CPU_NEON;
#else
    return 0;
#endif
}

void pleth_kernels_init(struct pleth_kernels *k, uint32_t mask)
{
    uint32_t flags = pleth_cpu_flags() & mask;

    memset(k, 0, sizeof *k);
    k->band_sum = band_sum;
    pleth_kernels_gemm(k);
    pleth_kernels_winograd(k);
    pleth_kernels_rows(k);
#if defined(PLETH_KERN_X86)
    pleth_kernels_init_x86(k, flags);
#elif defined(PLETH_KERN_ARM)
    pleth_kernels_init_arm(k, flags);
#else
    (void)flags;
#endif
}
