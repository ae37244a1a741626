/* Sums of pixels by cells, scalar. */
#include "kern.h"

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

void pleth_kernels_band(struct pleth_kernels *k)
{
    k->band_sum = band_sum;
}
