/* EfficientPhys, convolutional (Liu et al. 2023): raw frames, their normalised difference inside
 * the network, and a motion branch that attends to itself. */
#include "can.h"

void pleth_build_efficientphys(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 3, 1, s->side, s->side);

    x = pleth_frame_difference(g, x, "difference");
    x = pleth_batch_norm(g, x, "batch_norm", 1e-5f);
    x = pleth_can_convolutions(g, x, "motion_conv", 1, s->width, 1);
    x = pleth_can_attend(g, x, x, 1);
    x = pleth_can_convolutions(g, x, "motion_conv", 3, 2 * s->width, 1);
    x = pleth_can_attend(g, x, x, 2);
    pleth_can_head(s, g, pleth_flatten(g, x, "flat"), "", "y");
}
