/* MTTS-CAN (Liu et al. 2020): TS-CAN with a head each for pulse and respiration. */
#include "can.h"

void pleth_build_mttscan(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    const int x = pleth_can_trunk(s, g, 1);

    pleth_can_head(s, g, x, "_y", "pulse");
    pleth_can_head(s, g, x, "_r", "resp");
}
