#include "shape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const int plethtrain_networks[PLETHTRAIN_NETWORKS] = {PLETH_NET_RESNET1D, PLETH_NET_MLP,
                                                      PLETH_NET_TCN};

int plethtrain_network(const char *name)
{
    for (int i = 0; i < PLETHTRAIN_NETWORKS; i++)
        if (strcmp(name, pleth_net_name(plethtrain_networks[i])) == 0)
            return plethtrain_networks[i];
    return -1;
}

void plethtrain_shape_text(const struct pleth_net_shape *shape, char text[PLETHTRAIN_SHAPE])
{
    char key[16], value[16];
    size_t used = 0;

    text[0] = 0;
    for (int i = 0; used < PLETHTRAIN_SHAPE && pleth_net_shape_metadata(shape, i, key, value); i++)
        used += (size_t)snprintf(text + used, PLETHTRAIN_SHAPE - used, "%s%s %s", i ? ", " : "",
                                 key, value);
}

static int64_t record_parameters(const struct pleth_graph *g, int record)
{
    struct pleth_parameter p;
    int64_t total = 0;

    for (int k = 0; pleth_record_parameter(g, record, k, &p); k++) {
        int64_t count = 1;
        for (int axis = 0; axis < p.rank; axis++)
            count *= p.shape[axis];
        total += count;
    }
    /* running statistics are not learned */
    return g->records[record].op == PLETH_OP_BATCH_NORM ? total / 2 : total;
}

void plethtrain_shape_counts(const struct pleth_net_shape *shape, double *parameters, double *macs)
{
    struct pleth_record *records = malloc(PLETH_RECORDS * sizeof *records);
    uint8_t used[PLETH_RECORDS];
    struct pleth_counts counts;
    struct pleth_graph g;
    int64_t total = 0;

    *parameters = *macs = (double)NAN;
    if (!records)
        return;
    pleth_graph_init(&g, records, PLETH_RECORDS, shape->frames);
    pleth_net_build(shape, &g);
    if (!g.error) {
        pleth_graph_count(&g, &counts);
        pleth_graph_used(&g, used);
        for (int i = 0; i < g.count; i++)
            total += used[i] ? record_parameters(&g, i) : 0;
        *parameters = (double)total;
        *macs = (double)counts.macs;
    }
    free(records);
}
