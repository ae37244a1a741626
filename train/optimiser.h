/* Optimisers over one flat array of parameters, rates over time, and what is done to gradients and
 * weights besides. */
#ifndef PLETHTRAIN_OPTIMISER_H
#define PLETHTRAIN_OPTIMISER_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "kern.h"

enum plethtrain_method {
    PLETHTRAIN_ADAM,  /* Kingma and Ba 2015; decay is added to the gradient */
    PLETHTRAIN_ADAMW, /* Loshchilov and Hutter 2019; decay shrinks the weights themselves */
    PLETHTRAIN_SGD    /* v = momentum v + gradient; weights -= rate v, as PyTorch */
};

struct plethtrain_optimiser {
    int method;
    float beta1, beta2, eps; /* of Adam: 0.9, 0.999, 1e-8 */
    float momentum;          /* of SGD: 0.9 */
    float decay;             /* of weights: 0 */
    /* Its state, for checkpoints: two arrays of `count` (SGD uses the first), and steps done. */
    ptrdiff_t count;
    float *first, *second;
    int64_t steps;
    struct plethtrain_kernels kern;
};

/* State of zeros for `count` parameters, constants as above, which may be changed then. cpu_mask:
 * PLETH_CPU_*. -1 and e without memory. */
int plethtrain_optimiser_open(struct plethtrain_optimiser *o, int method, ptrdiff_t count,
                              uint32_t cpu_mask, struct plethio_error *e);
void plethtrain_optimiser_close(struct plethtrain_optimiser *o);

/* One step, of `count` parameters. */
void plethtrain_optimise(struct plethtrain_optimiser *o, double rate, float *parameters,
                         const float *gradients);

enum plethtrain_schedule { PLETHTRAIN_ONE_CYCLE, PLETHTRAIN_COSINE, PLETHTRAIN_CONSTANT };

/* Rates at step 0 <= step < steps. One cycle (Smith and Topin 2018, as PyTorch's OneCycleLR with
 * its defaults): from most / 25 in the first 30 % up to `most`, then down to most / 250000, both
 * along half a cosine. Cosine: from `first` down to 0. */
double plethtrain_one_cycle(int64_t step, int64_t steps, double most);
double plethtrain_cosine(int64_t step, int64_t steps, double first);
/* That of a plethtrain_schedule, at most `most`. */
double plethtrain_rate(int schedule, int64_t step, int64_t steps, double most);

/* Scales the gradients down so that their norm is at most `most`; returns the norm they had. Where
 * it is no number they become zeros. */
double plethtrain_clip(float *gradients, ptrdiff_t count, double most);

/* average = decay * average + (1 - decay) * parameters, where decay is at most (1 + n) / (10 + n)
 * after n steps, so that the beginning is forgotten. */
void plethtrain_average(float *average, const float *parameters, ptrdiff_t count, double decay,
                        int64_t n);

#endif
