/* The arithmetic that has versions by instruction set. Scalar C is the definition.
 * All integer results are exact, so every version is bit-equal. */
#ifndef PLETH_KERN_KERN_H
#define PLETH_KERN_KERN_H

#include <stddef.h>
#include <stdint.h>

/* Adds the bytes of one image row into sums by column cell: cell c covers pixels
 * [edge[c], edge[c+1]), c = 0..cells-1, edges increasing from edge[0] >= 0. sum[] is accumulated.
 * Rows are read only inside [edge[0], edge[cells]). */
struct pleth_kernels {
    /* one byte a pixel (Y, U, V, grey): sum[cells] */
    void (*row_sum1)(const uint8_t *row, const int32_t *edge, int cells, uint32_t *sum);
    /* two interleaved bytes a pixel (NV12's UV): sum[2*cells], as UVUV... */
    void (*row_sum2)(const uint8_t *row, const int32_t *edge, int cells, uint32_t *sum);
    /* three (RGB24, BGR24): sum[3*cells] */
    void (*row_sum3)(const uint8_t *row, const int32_t *edge, int cells, uint32_t *sum);
    /* four (RGBA; YUYV as pairs of pixels): sum[4*cells] */
    void (*row_sum4)(const uint8_t *row, const int32_t *edge, int cells, uint32_t *sum);
};

/* Fills the table from low to high by what the CPU has and mask (PLETH_CPU_*) allows. */
void pleth_kernels_init(struct pleth_kernels *k, uint32_t mask);

/* PLETH_CPU_* flags of this machine. */
uint32_t pleth_cpu_flags(void);

#endif
