/* TS-CAN (Liu et al. 2020): DeepPhys with a temporal shift before each motion convolution. */
#include "can.h"

void pleth_build_tscan(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    pleth_can_head(s, g, pleth_can_trunk(s, g, 1), "", "y");
}

int64_t pleth_can3d_macs(const struct pleth_net_shape *s)
{
    struct pleth_record records[PLETH_RECORDS];
    struct pleth_graph g;
    struct pleth_counts counts;

    pleth_graph_init(&g, records, PLETH_RECORDS, s->frames);
    pleth_build_tscan(s, &g);
    for (int i = 0; !g.error && i < g.count; i++)
        if (records[i].op == PLETH_OP_CONV && records[i].kernel[1] == 3)
            records[i].kernel[0] = 3;
    pleth_graph_count(&g, &counts);
    return counts.macs;
}
