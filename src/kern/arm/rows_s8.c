/* Bytes of rows of positions, for NEON. The file is empty on other machines than 64-bit Arm. */
#include "../kern.h"

#if defined(__aarch64__)

#include "pleth/pleth.h"
#include "target.h"

/* Sixteen bytes of each row, those of number at .. at + 15: masks say whose they are. A pointer
 * that is NULL stands for the byte `fill`. */
static ALWAYS_INLINE void shift_column(const uint8_t *now, const uint8_t *later,
                                       const uint8_t *earlier, uint8_t *y, int rows, int bytes,
                                       uint8x16_t is_later, uint8x16_t is_now, uint8x16_t fill)
{
    for (int r = 0; r < rows; r++) {
        const ptrdiff_t at = (ptrdiff_t)r * bytes;
        const uint8x16_t l = later ? vld1q_u8(later + at) : fill;
        const uint8x16_t e = earlier ? vld1q_u8(earlier + at) : fill;
        vst1q_u8(y + at, vbslq_u8(is_now, vld1q_u8(now + at), vbslq_u8(is_later, l, e)));
    }
}

static void shift(const uint8_t *now, const uint8_t *later, const uint8_t *earlier, uint8_t *y,
                  int rows, int bytes, int third, int fill)
{
    static const uint8_t counted[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const uint8x16_t number = vld1q_u8(counted), filled = vdupq_n_u8((uint8_t)fill);

    for (int i = 0; bytes >= 16 && i < bytes; i += 16) {
        /* the last sixteen bytes may overlap those before */
        const int at = i + 16 <= bytes ? i : bytes - 16;
        const int first = third - at, second = 2 * third - at;
        const uint8_t to_later = (uint8_t)(first < 0 ? 0 : first > 16 ? 16 : first);
        const uint8_t to_earlier = (uint8_t)(second < 0 ? 0 : second > 16 ? 16 : second);
        const uint8x16_t is_later = vcltq_u8(number, vdupq_n_u8(to_later));
        const uint8x16_t is_now = vcgeq_u8(number, vdupq_n_u8(to_earlier));
        if (later && earlier)
            shift_column(now + at, later + at, earlier + at, y + at, rows, bytes, is_later, is_now,
                         filled);
        else
            shift_column(now + at, later ? later + at : NULL, earlier ? earlier + at : NULL, y + at,
                         rows, bytes, is_later, is_now, filled);
    }
    for (int i = 0; bytes < 16 && i < rows * bytes; i++) {
        const uint8_t *from = i % bytes < third ? later : i % bytes < 2 * third ? earlier : now;
        y[i] = from ? from[i] : (uint8_t)fill;
    }
}

/* Sixteen channels of all rows */
static void affine_s8_column(const int8_t *x, const int32_t *multiplier, const int32_t *offset,
                             int8_t *y, int rows, int channels, int by, int low)
{
    const int32x4_t minus_shift = vdupq_n_s32(-by);
    int32x4_t m[4], add[4];

    UNROLL
    for (int j = 0; j < 4; j++) {
        m[j] = vld1q_s32(multiplier + 4 * j);
        add[j] = vld1q_s32(offset + 4 * j);
    }
    for (int r = 0; r < rows; r++, x += channels, y += channels) {
        const int8x16_t v = vld1q_s8(x);
        const int16x8_t l = vmovl_s8(vget_low_s8(v)), h = vmovl_high_s8(v);
        const int32x4_t a = vmlaq_s32(add[0], vmovl_s16(vget_low_s16(l)), m[0]);
        const int32x4_t b = vmlaq_s32(add[1], vmovl_high_s16(l), m[1]);
        const int32x4_t c = vmlaq_s32(add[2], vmovl_s16(vget_low_s16(h)), m[2]);
        const int32x4_t d = vmlaq_s32(add[3], vmovl_high_s16(h), m[3]);
        const int16x8_t ab =
            vqmovn_high_s32(vqmovn_s32(vshlq_s32(a, minus_shift)), vshlq_s32(b, minus_shift));
        const int16x8_t cd =
            vqmovn_high_s32(vqmovn_s32(vshlq_s32(c, minus_shift)), vshlq_s32(d, minus_shift));
        const int8x16_t q = vqmovn_high_s16(vqmovn_s16(ab), cd);
        vst1q_s8(y, vmaxq_s8(q, vdupq_n_s8((int8_t)low)));
    }
}

static void affine_s8(const int8_t *x, const int32_t *multiplier, const int32_t *offset, int8_t *y,
                      int rows, int channels, int by, int low)
{
    int c = 0;

    for (; c + 16 <= channels; c += 16)
        affine_s8_column(x + c, multiplier + c, offset + c, y + c, rows, channels, by, low);
    for (int r = 0; r < rows; r++)
        for (int i = c; i < channels; i++) {
            const int32_t v = (x[r * channels + i] * multiplier[i] + offset[i]) >> by;
            y[r * channels + i] = (int8_t)(v < low ? low : v > 127 ? 127 : v);
        }
}

void pleth_kernels_rows_s8_arm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_NEON))
        return;
    k->shift = shift;
    k->affine_s8 = affine_s8;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_arm_rows_s8_absent;

#endif
