#include "skin.h"

#include <string.h>

static float ramp(float v)
{
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

int pleth_skin_colours(struct pleth_skin *skin, const struct pleth_grid *g,
                       const struct pleth_face *face)
{
    double sum[1 + PLETH_SKIN_PARTS + 1][4] = {{0}};
    double clipped = 0;
    /* the quarters meet at the box's middle, over two cells, so that motion never flips a cell */
    float cx = (face->box.x + 0.5f * face->box.width) / g->cell_w - 0.5f;
    float cy = (face->box.y + 0.5f * face->box.height) / g->cell_h - 0.5f;

    for (int y = 0; y < g->rows; y++) {
        float low = ramp(0.5f * ((float)y - cy) + 0.5f);
        for (int x = 0; x < g->cols; x++) {
            int at = y * g->cols + x;
            float w = face->weight[at];
            float rgb[3] = {g->rgb[0][at], g->rgb[1][at], g->rgb[2][at]};
            if (w > 0.02f) {
                float right = ramp(0.5f * ((float)x - cx) + 0.5f);
                float share[1 + PLETH_SKIN_PARTS] = {w, w * (1 - low) * (1 - right),
                                                     w * (1 - low) * right, w * low * (1 - right),
                                                     w * low * right};
                for (int p = 0; p <= PLETH_SKIN_PARTS; p++) {
                    for (int c = 0; c < 3; c++)
                        sum[p][c] += (double)(share[p] * rgb[c]);
                    sum[p][3] += (double)share[p];
                }
                if (rgb[0] > 250 || rgb[1] > 250 || rgb[2] > 250)
                    clipped += (double)w;
            } else if (g->luma[at] < 245) {
                for (int c = 0; c < 3; c++)
                    sum[1 + PLETH_SKIN_PARTS][c] += (double)rgb[c];
                sum[1 + PLETH_SKIN_PARTS][3] += 1;
            }
        }
    }
    memset(skin, 0, sizeof(*skin));
    if (sum[0][3] <= 0)
        return 0;
    skin->cells = (float)sum[0][3];
    skin->clipped = (float)(clipped / sum[0][3]);
    skin->have_background = sum[1 + PLETH_SKIN_PARTS][3] >= 16;
    for (int p = 0; p <= 1 + PLETH_SKIN_PARTS; p++) {
        const double *s = sum[p][3] >= 0.5 ? sum[p] : sum[0];
        for (int c = 0; c < 3; c++) {
            /* darker than a fifth of a grey level is black: kept above zero for the ratios */
            double v = s[c] / s[3];
            skin->rgb[3 * p + c] = v > 0.2 ? v : 0.2;
        }
    }
    return 1;
}
