/* Training a network: memory for a batch, forward, backward. A loop:
 *
 *     struct pleth_record records[PLETH_RECORDS];
 *     struct pleth_graph graph;
 *     pleth_graph_init(&graph, records, PLETH_RECORDS, shape.frames);
 *     pleth_net_build(&shape, &graph);
 *     struct plethtrain_options options = {.batch = 128, .threads = 2, .cpu_mask = PLETH_CPU_ALL};
 *     plethtrain_open(&net, &graph, &options, &error);
 *     plethtrain_initialise(net, seed);
 *     plethtrain_optimiser_open(&optimiser, PLETHTRAIN_ADAM, net->trained, PLETH_CPU_ALL,
 *                               &error);
 *     for (step = 0; step < steps; step++) {
 *         ... x: n windows of 200 samples, label[n]
 *         plethtrain_forward(net, PLETHTRAIN_TRAIN, n, &x, step);
 *         loss = plethtrain_cross_entropy(n, 180, net->output[0], label, 1,
 *                                         net->output_gradient[0]);
 *         plethtrain_backward(net);
 *         plethtrain_clip(net->gradients, net->trained, 1);
 *         plethtrain_optimise(&optimiser, plethtrain_one_cycle(step, steps, 5e-4),
 *                             net->parameters, net->gradients);
 *     }
 *     bytes = plethtrain_save(net, metadata, keys, NULL, &size, &error);
 *
 * A sample is a segment of the network's frames (a window, of 1-D networks); its inputs and outputs
 * lie as the device library's (include/pleth/pleth.h): (frame, c, d, h, w). An input whose
 * differences the network takes has one frame more a sample, the one that follows.
 *
 * Everything is deterministic: the same calls on the same instruction set with the same number of
 * threads give the same bits; another number of threads gives other roundings alone. A run that is
 * broken off and resumed is bit-equal to an unbroken one where these were kept: `parameters`
 * (floats of them), `statistics` (plan.statistics), the optimiser's first, second (count) and
 * steps, and the number of the next step. */
#ifndef PLETHTRAIN_NET_H
#define PLETHTRAIN_NET_H

#include "plan.h"
#include "safetensors.h"

enum plethtrain_mode {
    /* batch norm by the batch, and its running statistics updated; dropout */
    PLETHTRAIN_TRAIN,
    /* batch norm by the running statistics, nothing dropped: as inference. Backward may follow, to
       tune a network whose statistics stay as they are. */
    PLETHTRAIN_EVAL,
    /* batch norm by the running statistics, dropout as in training, and values rounded to the grids
       that they have on a device (int8.h); backward takes the rounding for none, but that of
       a ReLU which stands alone, of whose result it knows the sign (a straight-through
       estimator: Bengio et al. 2013) */
    PLETHTRAIN_INT8
};

/* What values of a record can be in int8: scale * (q - zero), q -128..127; scale 0: all. */
struct plethtrain_grid {
    float scale;
    int zero;
};
/* Rounds x[0..n) to it. */
void plethtrain_round(const struct plethtrain_grid *grid, float *x, ptrdiff_t n);

struct plethtrain_options {
    int batch;         /* samples of a call of forward, at most */
    int threads;       /* shards of a batch, 1 to batch */
    uint32_t cpu_mask; /* PLETH_CPU_* */
    uint64_t seed;     /* of dropout */
    int keep_all;      /* dropout off, also in training */
    /* batch norm by the running statistics in training, too: they stay as they are, and what lies
       before the first tuned layer is kept for no backward */
    int fixed;
    /* prefixes of the names of parameters that are trained, ended by NULL; NULL: all */
    const char *const *tuned;
};

struct plethtrain_net {
    struct plethtrain_plan plan;
    struct plethtrain_options options;
    /* One flat array each. The first `trained` parameters are what an optimiser may change; what
       follows (a dead head) is only stored. Gradients have `trained` entries. */
    ptrdiff_t trained, floats;
    float *parameters, *gradients, *statistics;
    /* by record, for PLETHTRAIN_INT8 */
    struct plethtrain_grid *grid;
    /* in the order of the graph's OUTPUTs: (sample, values), and the loss's gradient by them, which
       forward sets to zero and losses add to */
    int outputs;
    float *output[PLETHTRAIN_PORTS], *output_gradient[PLETHTRAIN_PORTS];
    struct plethtrain_run *run;
};

/* -1 and e: a graph that is broken or that training does not know, options out of range, no
 * memory or threads. */
int plethtrain_open(struct plethtrain_net **net, const struct pleth_graph *g,
                    const struct plethtrain_options *options, struct plethio_error *e);
void plethtrain_close(struct plethtrain_net *net);

/* Random weights as PyTorch's layers begin: uniform within 1 / sqrt(inputs of an output), norms one
 * and zero. */
void plethtrain_initialise(struct plethtrain_net *net, uint64_t seed);

/* Parameters and statistics from a checkpoint. What the file lacks is an error, unless its name
 * begins with `except` (NULL: nothing may lack). */
int plethtrain_load(struct plethtrain_net *net, const struct pleth_weights *w, const char *except,
                    struct plethio_error *e);
/* The bytes of a safetensors file, to be freed, without what begins with `except` (NULL: all). */
void *plethtrain_save(const struct plethtrain_net *net, const struct plethio_metadata *m, int keys,
                      const char *except, size_t *size, struct plethio_error *e);
/* One tensor as the checkpoint has it, from (and to) an array that lies as `parameters` or
 * `gradients` or, of a statistic, `statistics`. */
void plethtrain_get(const struct plethtrain_parameter *p, const float *from, float *stored);
void plethtrain_put(const struct plethtrain_parameter *p, const float *stored, float *to);
const struct plethtrain_parameter *plethtrain_find(const struct plethtrain_net *net,
                                                   const char *name);

/* Number of the output of that name, -1: none. Values of a sample of it. */
int plethtrain_output(const struct plethtrain_net *net, const char *name);
int plethtrain_output_size(const struct plethtrain_net *net, int output);

/* Fills the outputs from n samples of each input, 0 <= n <= batch. `step` seeds what is dropped: a
 * step's number. The inputs must stay as they are until backward has run. */
void plethtrain_forward(struct plethtrain_net *net, int mode, int n, const float *const *input,
                        uint64_t step);
/* Fills the gradients, from the output gradients, of the last forward. */
void plethtrain_backward(struct plethtrain_net *net);

/* Bytes in use. */
size_t plethtrain_memory(const struct plethtrain_net *net);

/* Appends what learning from a teacher's feature of `width` values needs: a linear layer from the
 * output `from` to as many, under the name `regressor`, an output `hint`. Save without it. -1: no
 * such output. */
int plethtrain_add_regressor(struct pleth_graph *g, const char *from, int width);

#endif
