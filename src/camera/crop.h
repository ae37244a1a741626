/* Frames of any pixel format, stride and rotation -> square float pictures for networks.
 *
 * Each output pixel is the mean of the frame over its share of the box, by exact integration with
 * fractional edges (what OpenCV calls INTER_AREA, without its rounding to 8 bits). A chroma sample
 * stands for all pixels that share it. */
#ifndef PLETH_CAMERA_CROP_H
#define PLETH_CAMERA_CROP_H

#include "pleth/pleth.h"

#define PLETH_CROP_SIDE 144 /* the largest */

/* Writes rgb[3][side][side]: red, green, blue planes of the upright picture, 0..1, limited to
 * [least, 1]. least: 0, or 1/255 for networks that were trained so. side: 1..PLETH_CROP_SIDE.
 *
 * frame: checked. box: pixels of the upright picture, of any position and size; it is clipped to
 * the picture, and what is left is stretched to the square. Within 1e-6 of the integral in double.
 * PLETH_EINVAL when less than a pixel's width or height of the box lies in the picture. */
int pleth_crop(const pleth_frame *frame, const pleth_box *box, int side, float least, float *rgb);

/* The same integration from one square picture to another: to[channels][to_side][to_side] of
 * from[channels][from_side][from_side], any values. Sides 1..PLETH_CROP_SIDE; to is not from. */
void pleth_crop_resize(const float *from, int from_side, int channels, float *to, int to_side);

#endif
