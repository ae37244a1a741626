/* band_sum for vector units, in two steps that each instruction set fills in.
 *
 * Down: the bytes of up to PLETH_BAND_ROWS rows are added column by column into 16-bit totals, many
 * columns at once whatever the cells and channels are. Across: the totals of each cell are added,
 * once a band instead of once a row. */
#ifndef PLETH_KERN_BAND_H
#define PLETH_KERN_BAND_H

#include <stddef.h>
#include <stdint.h>

/* Totals stay within 128 * 255 < 2^15, so that signed multiply-adds may take them. A band of more
 * than PLETH_BAND_COLUMNS bytes a row is done in several goes. Loads of totals may run over by the
 * slack, and then see anything. */
enum { PLETH_BAND_ROWS = 128, PLETH_BAND_COLUMNS = 2048, PLETH_BAND_SLACK = 64 };

/* total[i] = sum over r < rows of p[r * stride + i], for i < n; may write total[n .. n + slack) */
typedef void pleth_band_down(const uint8_t *p, ptrdiff_t stride, int rows, int n, uint16_t *total);

/* For each cell c: adds the totals of pixels [edge[c], edge[c+1]) to sum[channels * c ...], where
 * total[0] belongs to pixel edge[0] */
typedef void pleth_band_across(const uint16_t *total, int channels, const int32_t *edge, int cells,
                               uint32_t *sum);

static inline __attribute__((always_inline)) void
pleth_band_sum(const uint8_t *row, ptrdiff_t stride, int rows, int channels, const int32_t *edge,
               int cells, uint32_t *sum, pleth_band_down *down, pleth_band_across *across)
{
    uint16_t total[PLETH_BAND_COLUMNS + PLETH_BAND_SLACK];
    const int most = PLETH_BAND_COLUMNS / channels;

    for (int first = 0, next; first < cells; first = next) {
        /* as many whole cells as fit; a single one that does not fit is cut */
        next = first + 1;
        while (next < cells && edge[next + 1] - edge[first] <= most)
            next++;
        for (int x = edge[first]; x < edge[next]; x += most) {
            const int32_t cut[2] = {x, edge[next] - x < most ? edge[next] : x + most};
            const int32_t *e = next - first > 1 ? edge + first : cut;
            for (int r = 0; r < rows; r += PLETH_BAND_ROWS) {
                const int some = rows - r < PLETH_BAND_ROWS ? rows - r : PLETH_BAND_ROWS;
                down(row + r * stride + (ptrdiff_t)x * channels, stride, some,
                     (cut[1] - x) * channels, total);
                across(total, channels, e, next - first, sum + first * channels);
            }
        }
    }
}

#endif
