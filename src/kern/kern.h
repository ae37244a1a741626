/* The arithmetic that has versions by instruction set. Scalar C is the definition.
 * All integer results are exact, so every version is bit-equal. */
#ifndef PLETH_KERN_KERN_H
#define PLETH_KERN_KERN_H

#include <stddef.h>
#include <stdint.h>

struct pleth_kernels {
    /* Adds the bytes of a band of image rows into sums by column cell. Cell c covers pixels
     * [edge[c], edge[c+1]) of each of the `rows` rows, the first of which starts at row and the
     * next ones stride bytes (negative too) further on; edges do not decrease and edge[0] >= 0.
     * A pixel is 1..4 interleaved bytes: 1 for Y, U, V, grey; 2 for NV12's UV; 3 for RGB24; 4 for
     * RGBA, and for YUYV with "pixels" that are pairs. sum[channels * cells], as c0 c1 c2 c0 c1 c2,
     * is accumulated modulo 2^32: a cell may have 2^24 pixels. Nothing is read outside
     * [edge[0], edge[cells]) of each row. */
    void (*band_sum)(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                     const int32_t *edge, int cells, uint32_t *sum);
};

/* Fills the table from low to high by what the CPU has and mask (PLETH_CPU_*) allows. */
void pleth_kernels_init(struct pleth_kernels *k, uint32_t mask);

/* PLETH_CPU_* flags of this machine. */
uint32_t pleth_cpu_flags(void);

/* For kern.c: what each architecture puts on top, and what it has. */
#if defined(__x86_64__) || defined(__i386__)
#define PLETH_KERN_X86 1
void pleth_kernels_init_x86(struct pleth_kernels *k, uint32_t flags);
uint32_t pleth_cpu_flags_x86(void);
#elif defined(__aarch64__) || defined(__ARM_NEON)
#define PLETH_KERN_ARM 1
void pleth_kernels_init_arm(struct pleth_kernels *k, uint32_t flags);
#endif

#endif
