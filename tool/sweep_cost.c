/* What a student costs on a device: counted on a network of random weights, for its bytes do not
 * depend on what it has learned. */
#include <string.h>

#include "net_time.h"
#include "sweep.h"
#include "tool.h"

/* In float and in int8, both prepared for these instruction sets. */
static int make(struct net_time net[2], int network, int blocks, uint32_t cpu_mask, size_t *file,
                struct plethio_error *e)
{
    struct pleth_net_shape shape;
    pleth_net_options options;
    char *bytes;

    plethtrain_trial_shape(network, blocks, &shape);
    pleth_net_options_default(&options);
    options.cpu_mask = cpu_mask;
    options.batch = 1;
    bytes = net_time_random(&shape, file, e);
    if (!bytes || net_time_open(&net[0], bytes, *file, pleth_net_name(network), &options, 0, e))
        return -1;
    if (net_time_open_int8(&net[1], &net[0], &options, e)) {
        net_time_close(&net[0]);
        return -1;
    }
    return 0;
}

int sweep_cost(int network, int blocks, struct sweep_cost *cost, struct plethio_error *e)
{
    struct pleth_net_shape shape;
    struct net_time net[2];

    memset(cost, 0, sizeof *cost);
    plethtrain_trial_shape(network, blocks, &shape);
    plethtrain_shape_counts(&shape, &cost->parameters, &cost->macs);
    /* the layout that a microcontroller has, too */
    if (make(net, network, blocks, 0, &cost->file, e))
        return -1;
    cost->flash = net[1].model.block_size;
    cost->ram = net[1].model.work_size;
    net_time_close(&net[0]);
    net_time_close(&net[1]);
    return 0;
}

int sweep_milliseconds(int network, int blocks, double *ms, struct plethio_error *e)
{
    struct net_time net[2], *measured = &net[1];
    struct net_times times;
    uint32_t cpu_mask;
    size_t file;

    if (tool_cpu_mask(&cpu_mask, e) || make(net, network, blocks, cpu_mask, &file, e))
        return -1;
    net_time_measure(&measured, 1, 0.2, &times);
    *ms = times.median / net[1].count;
    net_time_close(&net[0]);
    net_time_close(&net[1]);
    return 0;
}
