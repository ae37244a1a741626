/* Motion between two frames by least squares on the luma grid (Lucas and Kanade 1981): one
 * displacement for each block of the picture. Breathing moves chest, shoulders and head by a
 * fraction of a pixel; averaged over many cells that is seen. */
#ifndef PLETH_CAMERA_MOTION_H
#define PLETH_CAMERA_MOTION_H

#include "frame.h"

#define PLETH_MOTION_COLS 4
#define PLETH_MOTION_ROWS 3
#define PLETH_MOTION_BLOCKS (PLETH_MOTION_COLS * PLETH_MOTION_ROWS)

/* Displacement in cells of the region where weight > 0 (NULL: everywhere) within columns [x0, x1)
 * and rows [y0, y1). Zero where there is no texture to hold on to, and beyond a cell
 * and a half, where gradients tell nothing. */
void pleth_motion_of(const struct pleth_grid *grid, const float *weight, int x0, int x1, int y0,
                     int y1, float *dx, float *dy);

/* Displacement of each block, x and y in turn: out[2 * PLETH_MOTION_BLOCKS]. */
void pleth_motion_blocks(const struct pleth_grid *grid, float *out);

#endif
