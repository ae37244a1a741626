#include "motion.h"

void pleth_motion_of(const struct pleth_grid *g, const float *weight, int x0, int x1, int y0,
                     int y1, float *dx, float *dy)
{
    float xx = 0, xy = 0, yy = 0, xt = 0, yt = 0;
    int cols = g->cols;
    *dx = *dy = 0;
    x0 = x0 < 1 ? 1 : x0;
    y0 = y0 < 1 ? 1 : y0;
    x1 = x1 > cols - 1 ? cols - 1 : x1;
    y1 = y1 > g->rows - 1 ? g->rows - 1 : y1;
    for (int y = y0; y < y1; y++) {
        const float *a = g->luma_before + y * cols, *b = g->luma + y * cols;
        for (int x = x0; x < x1; x++) {
            /* gradients of the mean of both frames: symmetric in time, hence unbiased */
            float gx = 0.25f * (a[x + 1] - a[x - 1] + b[x + 1] - b[x - 1]);
            float gy = 0.25f * (a[x + cols] - a[x - cols] + b[x + cols] - b[x - cols]);
            float gt = b[x] - a[x];
            float w = weight ? weight[y * cols + x] : 1.0f;
            xx += w * gx * gx;
            xy += w * gx * gy;
            yy += w * gy * gy;
            xt += w * gx * gt;
            yt += w * gy * gt;
        }
    }
    /* a ridge of one grey level a cell: where there is less texture, motion is taken as none */
    float ridge = 1.0f * (float)((x1 - x0) * (y1 - y0) > 0 ? (x1 - x0) * (y1 - y0) : 1);
    xx += ridge;
    yy += ridge;
    float det = xx * yy - xy * xy;
    *dx = (xy * yt - yy * xt) / det;
    *dy = (xy * xt - xx * yt) / det;
}

void pleth_motion_blocks(const struct pleth_grid *g, float *out)
{
    for (int j = 0; j < PLETH_MOTION_ROWS; j++)
        for (int i = 0; i < PLETH_MOTION_COLS; i++, out += 2)
            pleth_motion_of(g, NULL, i * g->cols / PLETH_MOTION_COLS,
                            (i + 1) * g->cols / PLETH_MOTION_COLS, j * g->rows / PLETH_MOTION_ROWS,
                            (j + 1) * g->rows / PLETH_MOTION_ROWS, &out[0], &out[1]);
}
