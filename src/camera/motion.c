#include "motion.h"

#define FARTHEST 1.5f /* cells */

void pleth_motion_of(const struct pleth_grid *g, const float *weight, int x0, int x1, int y0,
                     int y1, float *dx, float *dy)
{
    float xx = 0, xy = 0, yy = 0, xt = 0, yt = 0, sx = 0, sy = 0, st = 0, n = 0;
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
            sx += w * gx;
            sy += w * gy;
            st += w * gt;
            n += w;
        }
    }
    if (!(n > 0))
        return;
    /* about the means: a step of the light alone is no motion */
    xx -= sx * sx / n;
    xy -= sx * sy / n;
    yy -= sy * sy / n;
    xt -= sx * st / n;
    yt -= sy * st / n;
    /* a ridge of one grey level a cell: where there is less texture, motion is taken as none */
    xx += n;
    yy += n;
    float det = xx * yy - xy * xy;
    *dx = (xy * yt - yy * xt) / det;
    *dy = (xy * xt - xx * yt) / det;
    /* gradients do not reach further than this: not motion, or too fast to measure */
    if (*dx * *dx + *dy * *dy > FARTHEST * FARTHEST)
        *dx = *dy = 0;
}

void pleth_motion_blocks(const struct pleth_grid *g, float *out)
{
    for (int j = 0; j < PLETH_MOTION_ROWS; j++)
        for (int i = 0; i < PLETH_MOTION_COLS; i++, out += 2)
            pleth_motion_of(g, NULL, i * g->cols / PLETH_MOTION_COLS,
                            (i + 1) * g->cols / PLETH_MOTION_COLS, j * g->rows / PLETH_MOTION_ROWS,
                            (j + 1) * g->rows / PLETH_MOTION_ROWS, &out[0], &out[1]);
}
