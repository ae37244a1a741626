/* Frames of any pixel format, stride and rotation -> a grid of mean colours.
 *
 * Everything later in the camera path works on this grid of at most 64 x 64 cells of the upright
 * picture: each pixel is read once, and the work after that does not depend on the picture's size.
 */
#ifndef PLETH_CAMERA_FRAME_H
#define PLETH_CAMERA_FRAME_H

#include "../kern/kern.h"
#include "pleth/pleth.h"

#define PLETH_GRID_SIDE 64
#define PLETH_GRID_CELLS (PLETH_GRID_SIDE * PLETH_GRID_SIDE)

struct pleth_grid {
    /* cells of the upright picture, row by row; 0 before the first frame */
    int cols, rows;
    /* upright picture in pixels, and pixels a cell */
    int width, height;
    float cell_w, cell_h;
    /* the stored picture that this grid was laid out for */
    int stored_width, stored_height, rotation, format;
    /* mean red, green, blue of each cell, 0..255 */
    float rgb[3][PLETH_GRID_CELLS];
    /* mean luma of each cell, 0..255, of this frame and of the one before */
    float luma[PLETH_GRID_CELLS], luma_before[PLETH_GRID_CELLS];
};

/* PLETH_OK if the view can be read, else PLETH_EINVAL or PLETH_EFRAME with *why set. */
int pleth_frame_check(const pleth_frame *frame, const char **why);

/* Y, Cb, Cr (0..255) -> R, G, B. */
struct pleth_yuv {
    float black, luma, chroma;
    float red_cr, green_cb, green_cr, blue_cb;
};

/* colour: pleth_colour */
void pleth_yuv_init(struct pleth_yuv *m, int colour);

/* rgb: 0..255, not clipped: outside where the three are no colour. Returns full-range luma. Linear:
 * of mean Y, Cb, Cr it makes the mean of the colours. */
static inline float pleth_yuv_rgb(const struct pleth_yuv *m, float y, float u, float v,
                                  float rgb[3])
{
    float luma = (y - m->black) * m->luma;
    float cb = (u - 128.0f) * m->chroma, cr = (v - 128.0f) * m->chroma;
    rgb[0] = luma + m->red_cr * cr;
    rgb[1] = luma - m->green_cb * cb - m->green_cr * cr;
    rgb[2] = luma + m->blue_cb * cb;
    return luma;
}

/* Fills the grid from a checked frame. Returns 1 when the layout is new (first frame, another size
 * or rotation: what was learnt about cells is void, and luma_before equals luma), else 0. */
int pleth_grid_fill(struct pleth_grid *grid, const struct pleth_kernels *kern,
                    const pleth_frame *frame);

#endif
