/* What is done to rows of bytes besides products, scalar. */
#include "kern.h"

static void shift(const uint8_t *now, const uint8_t *later, const uint8_t *earlier, uint8_t *y,
                  int rows, int bytes, int third, int fill)
{
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < bytes; i++) {
            const ptrdiff_t at = (ptrdiff_t)r * bytes + i;
            const uint8_t *from = i < third ? later : i < 2 * third ? earlier : now;
            y[at] = from ? from[at] : (uint8_t)fill;
        }
}

static void affine_s8(const int8_t *x, const int32_t *multiplier, const int32_t *offset, int8_t *y,
                      int rows, int channels, int by, int low)
{
    for (int r = 0; r < rows; r++, x += channels, y += channels)
        for (int c = 0; c < channels; c++) {
            const int32_t v = (x[c] * multiplier[c] + offset[c]) >> by;
            y[c] = (int8_t)(v < low ? low : v > 127 ? 127 : v);
        }
}

void pleth_kernels_rows_s8(struct pleth_kernels *k)
{
    k->shift = shift;
    k->affine_s8 = affine_s8;
}
