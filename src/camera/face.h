/* Grid -> where the skin of a face is: found by colour and shape, followed by its motion.
 *
 * A face network may take this stage's place: it has to fill the same struct, nothing else. */
#ifndef PLETH_CAMERA_FACE_H
#define PLETH_CAMERA_FACE_H

#include "frame.h"

struct pleth_face {
    /* 1 while there is a face (or the caller's region); what follows is then valid */
    int found;
    /* instant of the last look for skin, and of the last one that found it */
    int64_t looked_ns, seen_ns;
    /* box in pixels of the upright picture, smoothed */
    pleth_box box;
    /* motion since the last frame, in cells; and since `mask` was made */
    float dx, dy, moved_x, moved_y;
    /* colour of this face: mean and spread of ln(R/G), ln(G/B), luma */
    float mean[3], spread[3];
    /* weight 0..1 of each cell as last looked at, and moved to where it is in this frame */
    float mask[PLETH_GRID_CELLS], weight[PLETH_GRID_CELLS];
    /* scratch */
    float score[PLETH_GRID_CELLS], scratch[PLETH_GRID_CELLS];
    int16_t label[PLETH_GRID_CELLS], queue[PLETH_GRID_CELLS];
};

/* A fixed region: every cell weighs what `box` covers of it; NULL is the whole picture. */
void pleth_face_fix(struct pleth_face *face, const struct pleth_grid *grid, const pleth_box *box);

/* Follows the face into this frame, looking anew a few times a second. fresh: the grid's layout is
 * new. Returns 1 if this is another face than in the frame before. */
int pleth_face_follow(struct pleth_face *face, const struct pleth_grid *grid, int64_t time_ns,
                      int fresh);

/* What was followed does not beat: takes the next likely face elsewhere in the picture, if there is
 * one. Returns 1 if so; 0 leaves all as it was. */
int pleth_face_try_another(struct pleth_face *face, const struct pleth_grid *grid, int64_t time_ns);

#endif
