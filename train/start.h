/* Models that training begins with or learns from: what they are and whom they have seen; and
 * beginning with the weights of one instead of random ones, to tune all of them or the last. */
#ifndef PLETHTRAIN_START_H
#define PLETHTRAIN_START_H

#include "net.h"
#include "nets/nets.h"
#include "seen.h"

/* The parameters' names that plethtrain_options.tuned takes. */
struct plethtrain_tuned {
    char name[32][32];
    const char *prefix[32];
};

/* Of the last `blocks` blocks (0: none), the norm after them and the dense layer that gives the
 * logits. -1 and e: a network without so many. */
int plethtrain_tune_last(struct plethtrain_tuned *t, const struct pleth_net_shape *shape,
                         int blocks, struct plethio_error *e);

/* A model file: its tensors are those of a network of its shape. */
struct plethtrain_model {
    char *bytes; /* to be freed */
    struct pleth_weights weights;
    struct pleth_net_shape shape;
};

/* And the list of whom it has seen ("" where it does not say). -1 and e: no model, and nothing is
 * left to free. */
int plethtrain_model_open(struct plethtrain_model *m, const char *path, char seen[PLETHTRAIN_SEEN],
                          struct plethio_error *e);
/* Its parameters and statistics, into a net of its shape. */
int plethtrain_model_load(struct plethtrain_net *net, const struct plethtrain_model *m,
                          const char *path, struct plethio_error *e);

/* The shape of a model file to begin with. -1 and e: no model, or one that is not trained here. */
int plethtrain_start_shape(struct pleth_net_shape *shape, const char *path,
                           struct plethio_error *e);

/* Parameters and statistics (net NULL: neither) from a model file of that shape, and the list of
 * whom it has seen ("" where it does not say). -1 and e: no model, or one of another shape. */
int plethtrain_start(struct plethtrain_net *net, const struct pleth_net_shape *shape,
                     const char *path, char seen[PLETHTRAIN_SEEN], struct plethio_error *e);

#endif
