/* What the networks of the CAN family (convolutional attention, Chen and McDuff 2018) share. */
#ifndef PLETH_NETS_CAN_H
#define PLETH_NETS_CAN_H

#include "nets.h"

/* Two 3x3 convolutions with tanh, the first padded. shift: the temporal shift before each. */
int pleth_can_convolutions(struct pleth_graph *g, int x, const char *branch, int number, int width,
                           int shift);
/* The mask that features make by a 1x1 convolution, times x, then pooled by 2. */
int pleth_can_attend(struct pleth_graph *g, int x, int features, int number);
/* Both branches of a network whose input has motion in channels 0..2, appearance in 3..5: (2
 * width, side', side') flattened. */
int pleth_can_trunk(const struct pleth_net_shape *s, struct pleth_graph *g, int shift);
/* Dense layer with tanh, then one value; names final_dense_1SUFFIX, final_dense_2SUFFIX. */
int pleth_can_head(const struct pleth_net_shape *s, struct pleth_graph *g, int x,
                   const char *suffix, const char *output);

#endif
