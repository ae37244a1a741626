/* TS-CAN (Liu et al. 2020): DeepPhys with a temporal shift before each motion convolution. */
#include "can.h"

void pleth_build_tscan(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    pleth_can_head(s, g, pleth_can_trunk(s, g, 1), "", "y");
}

int64_t pleth_can3d_macs(const struct pleth_net_shape *s)
{
    enum { RECORDS = 64 };
    struct pleth_record records[RECORDS];
    struct pleth_graph g;
    struct pleth_counts counts;

    pleth_graph_init(&g, records, RECORDS, s->frames);
    pleth_build_tscan(s, &g);
    if (g.error)
        return 0;
    for (int i = 0; i < g.count; i++)
        if (records[i].in[0] >= 0 && records[records[i].in[0]].op == PLETH_OP_SHIFT)
            records[i].kernel[0] = 3;
    pleth_graph_count(&g, &counts);
    return counts.macs;
}
