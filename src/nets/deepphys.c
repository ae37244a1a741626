/* DeepPhys (Chen and McDuff 2018): each frame for itself. */
#include "can.h"

void pleth_build_deepphys(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    pleth_can_head(s, g, pleth_can_trunk(s, g, 0), "", "y");
}
