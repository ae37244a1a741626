/* Weighted cells -> mean colours: the whole skin, its four quarters, and the background. */
#ifndef PLETH_CAMERA_SKIN_H
#define PLETH_CAMERA_SKIN_H

#include "face.h"

#define PLETH_SKIN_PARTS 4
/* whole, parts, background; three colours each */
#define PLETH_SKIN_CHANNELS (3 * (1 + PLETH_SKIN_PARTS + 1))

struct pleth_skin {
    /* [0..2] whole skin, [3..14] the quarters (upper left, upper right, lower left, lower right),
       [15..17] background, all 0..255; what has no cells repeats the whole skin */
    double rgb[PLETH_SKIN_CHANNELS];
    /* sum of weights in cells, share of it at the end of the sensor's range */
    float cells, clipped;
    int have_background;
};

/* Returns 0 if no cell has weight. skin holds the colours of the frame before (zero at first),
 * whose hue is left out of the background. */
int pleth_skin_colours(struct pleth_skin *skin, const struct pleth_grid *grid,
                       const struct pleth_face *face);

#endif
