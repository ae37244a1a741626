/* band_sum for NEON: every 64-bit Arm, and 32-bit ones that the compiler is told to have it. */
#include "../kern.h"

#if defined(PLETH_KERN_ARM)

#include <arm_neon.h>

#include "../band.h"
#include "pleth/pleth.h"

static inline void down_neon(const uint8_t *p, ptrdiff_t stride, int rows, int n, uint16_t *total)
{
    int i = 0;

    if (n < 16) {
        for (; i < n; i++) {
            uint32_t t = 0;
            for (int r = 0; r < rows; r++)
                t += p[r * stride + i];
            total[i] = (uint16_t)t;
        }
        return;
    }
    for (; i + 32 <= n; i += 32) {
        const uint8_t *q = p + i;
        uint16x8_t t0 = vdupq_n_u16(0), t1 = t0, t2 = t0, t3 = t0;
        for (int r = 0; r < rows; r++, q += stride) {
            const uint8x16_t v = vld1q_u8(q), w = vld1q_u8(q + 16);
            t0 = vaddw_u8(t0, vget_low_u8(v));
            t1 = vaddw_u8(t1, vget_high_u8(v));
            t2 = vaddw_u8(t2, vget_low_u8(w));
            t3 = vaddw_u8(t3, vget_high_u8(w));
        }
        vst1q_u16(total + i, t0);
        vst1q_u16(total + i + 8, t1);
        vst1q_u16(total + i + 16, t2);
        vst1q_u16(total + i + 24, t3);
    }
    for (; i < n; i += 16) {
        /* the last sixteen columns may overlap those before */
        const int at = i + 16 <= n ? i : n - 16;
        const uint8_t *q = p + at;
        uint16x8_t t0 = vdupq_n_u16(0), t1 = t0;
        for (int r = 0; r < rows; r++, q += stride) {
            const uint8x16_t v = vld1q_u8(q);
            t0 = vaddw_u8(t0, vget_low_u8(v));
            t1 = vaddw_u8(t1, vget_high_u8(v));
        }
        vst1q_u16(total + at, t0);
        vst1q_u16(total + at + 8, t1);
    }
}

static inline uint32_t add_lanes(uint32x4_t v)
{
    const uint32x2_t s = vadd_u32(vget_low_u32(v), vget_high_u32(v));
    return vget_lane_u32(vpadd_u32(s, s), 0);
}

/* Eight pixels of a cell at a time, channels apart; `keep` masks those beyond its end. */
static inline void across_neon(const uint16_t *total, int channels, const int32_t *edge, int cells,
                               uint32_t *sum)
{
    static const uint16_t lane[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    const uint16x8_t number = vld1q_u16(lane);

    for (int c = 0; c < cells; c++, sum += channels) {
        const uint16_t *t = total + (edge[c] - edge[0]) * channels;
        uint32x4_t s0 = vdupq_n_u32(0), s1 = s0, s2 = s0, s3 = s0;
        for (int n = edge[c + 1] - edge[c]; n > 0; n -= 8, t += 8 * channels) {
            const uint16x8_t keep = vcltq_u16(number, vdupq_n_u16((uint16_t)n));
            if (channels == 1) {
                s0 = vpadalq_u16(s0, vandq_u16(keep, vld1q_u16(t)));
            } else if (channels == 2) {
                const uint16x8x2_t v = vld2q_u16(t);
                s0 = vpadalq_u16(s0, vandq_u16(keep, v.val[0]));
                s1 = vpadalq_u16(s1, vandq_u16(keep, v.val[1]));
            } else if (channels == 3) {
                const uint16x8x3_t v = vld3q_u16(t);
                s0 = vpadalq_u16(s0, vandq_u16(keep, v.val[0]));
                s1 = vpadalq_u16(s1, vandq_u16(keep, v.val[1]));
                s2 = vpadalq_u16(s2, vandq_u16(keep, v.val[2]));
            } else {
                const uint16x8x4_t v = vld4q_u16(t);
                s0 = vpadalq_u16(s0, vandq_u16(keep, v.val[0]));
                s1 = vpadalq_u16(s1, vandq_u16(keep, v.val[1]));
                s2 = vpadalq_u16(s2, vandq_u16(keep, v.val[2]));
                s3 = vpadalq_u16(s3, vandq_u16(keep, v.val[3]));
            }
        }
        sum[0] += add_lanes(s0);
        if (channels > 1)
            sum[1] += add_lanes(s1);
        if (channels > 2)
            sum[2] += add_lanes(s2);
        if (channels > 3)
            sum[3] += add_lanes(s3);
    }
}

static void band_sum_neon(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                          const int32_t *edge, int cells, uint32_t *sum)
{
    if (channels == 1)
        pleth_band_sum(row, stride, rows, 1, edge, cells, sum, down_neon, across_neon);
    else
        pleth_band_sum(row, stride, rows, channels, edge, cells, sum, down_neon, across_neon);
}

void pleth_kernels_band_arm(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_NEON)
        k->band_sum = band_sum_neon;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_arm_band_absent;

#endif
