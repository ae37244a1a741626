#include "skin.h"

#include <math.h>
#include <string.h>

static float ramp(float v)
{
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

int pleth_skin_colours(struct pleth_skin *skin, const struct pleth_grid *g,
                       const struct pleth_face *face)
{
    /* red, green, blue and weight of the whole, its quarters and the background */
    double sum[1 + PLETH_SKIN_PARTS + 1][4] = {{0}};
    double clipped = 0;
    /* the quarters meet at the box's middle, over two cells, so that motion never flips a cell */
    float cx = (face->box.x + 0.5f * face->box.width) / g->cell_w - 0.5f;
    float cy = (face->box.y + 0.5f * face->box.height) / g->cell_h - 0.5f;
    float right[PLETH_GRID_SIDE];
    /* the skin's colour in the frame before */
    const float like[3] = {(float)skin->rgb[0], (float)skin->rgb[1], (float)skin->rgb[2]};

    for (int x = 0; x < g->cols; x++)
        right[x] = ramp(0.5f * ((float)x - cx) + 0.5f);
    for (int y = 0; y < g->rows; y++) {
        const float *weight = face->weight + y * g->cols, *luma = g->luma + y * g->cols;
        const float *r = g->rgb[0] + y * g->cols, *gr = g->rgb[1] + y * g->cols;
        const float *b = g->rgb[2] + y * g->cols;
        float all[4] = {0}, half[4] = {0}, back[4] = {0}, over = 0;
        for (int x = 0; x < g->cols; x++) {
            float w = weight[x] > 0.02f ? weight[x] : 0, wr = w * right[x];
            float far = weight[x] > 0.02f || luma[x] > 245 ? 0.0f : 1.0f;
            /* other skin is no background: it beats as well */
            if (fabsf(r[x] * like[1] - gr[x] * like[0]) < 0.12f * gr[x] * like[0] &&
                fabsf(gr[x] * like[2] - b[x] * like[1]) < 0.12f * b[x] * like[1])
                far = 0;
            all[0] += w * r[x];
            all[1] += w * gr[x];
            all[2] += w * b[x];
            all[3] += w;
            half[0] += wr * r[x];
            half[1] += wr * gr[x];
            half[2] += wr * b[x];
            half[3] += wr;
            back[0] += far * r[x];
            back[1] += far * gr[x];
            back[2] += far * b[x];
            back[3] += far;
            over += r[x] > 250 || gr[x] > 250 || b[x] > 250 ? w : 0;
        }
        float low = ramp(0.5f * ((float)y - cy) + 0.5f);
        clipped += (double)over;
        for (int c = 0; c < 4; c++) {
            sum[0][c] += (double)all[c];
            sum[1][c] += (double)((1 - low) * (all[c] - half[c]));
            sum[2][c] += (double)((1 - low) * half[c]);
            sum[3][c] += (double)(low * (all[c] - half[c]));
            sum[4][c] += (double)(low * half[c]);
            sum[5][c] += (double)back[c];
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
