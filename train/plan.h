/* From the records of a network (src/net/graph.h) to what its training needs: a list of steps, what
 * is kept of a batch, where each value, gradient and parameter lies, and in which order all is
 * done. Nothing here computes; train/net.c does what a plan says.
 *
 * Batch norm needs the mean and variance of the whole batch, and in its backward two more sums. So
 * a run is a sequence of phases: within one, a few samples at a time (a chunk, small enough for the
 * cache) go through all its tasks; between two, all shards of the batch have met. Values that are
 * cheap to make (norms, ReLU, sums, copies) are not kept but made anew, chunk by chunk, where
 * backward wants them.
 *
 * Values lie channels-last, (sample, frame, d, h, w, c). */
#ifndef PLETHTRAIN_PLAN_H
#define PLETHTRAIN_PLAN_H

#include "conv.h"
#include "error.h"
#include "net/graph.h"

enum { PLETHTRAIN_PORTS = 4 }; /* inputs or outputs, at most */
enum { PLETHTRAIN_POOL = 64 }; /* rows (d, h) of a pool's window, at most */

/* A tensor of the checkpoint. In memory it lies reversed, as products want it: of (a, b, rest...)
 * the values are (rest, b, a): a convolution's weights (taps, in, out), a dense layer's (in, out).
 */
struct plethtrain_parameter {
    struct pleth_parameter stored; /* name and shape */
    int record;                    /* the first that has it */
    int index;                     /* of that record's parameters */
    int statistic;                 /* a running one: its place is in `statistics` */
    int trained;
    ptrdiff_t at, count;
    int a, b, rest;
};

struct plethtrain_value {
    struct pleth_shape shape;
    int items;      /* images of a sample: frames of a segment, or 1 */
    ptrdiff_t size; /* floats of a sample */
    int used;
    int input;    /* of the caller's arrays, -1: none */
    int kept;     /* for the whole batch; else made anew in each chunk */
    ptrdiff_t at; /* kept: floats of a sample before it; else in the chunks' memory of a thread */
    int needed;   /* by backward */
    /* its gradient */
    int wanted;      /* depends on something trained */
    int gradient_of; /* the value whose gradient's memory it shares: its own or that of a sum */
    int gradient_kept;
    ptrdiff_t gradient_at;
    int first_phase, last_phase; /* while its gradient is in use */
};

/* How a step gives its operand's gradient. */
enum plethtrain_give { PLETHTRAIN_NONE, PLETHTRAIN_WRITE, PLETHTRAIN_ADD, PLETHTRAIN_SHARED };

/* What makes value i, at the same index. */
struct plethtrain_step {
    int op; /* pleth_op; -1: nothing (unused, or done by a later step) */
    /* whose attributes and parameters: itself, but of a norm with its ReLU the norm */
    const struct pleth_record *record;
    int in[PLETH_OPERANDS];
    int relu;               /* of a norm */
    float drop;             /* share of the values that training drops */
    ptrdiff_t mask;         /* 64-bit words of a sample before its bits */
    int words;              /* of a sample */
    ptrdiff_t weight, bias; /* in the parameters, -1: none */
    int tuned;              /* its parameters are trained */
    ptrdiff_t statistics;   /* running mean, then variance */
    ptrdiff_t norm;         /* floats (channels) of norms before this one */
    ptrdiff_t packed;       /* its weights for backward, -1: nobody asks for them */
    int output;             /* number of an OUTPUT */
    int phase, back;        /* of forward; of backward, of a norm its sums */
    int give[PLETH_OPERANDS];
    struct plethtrain_conv conv;
};

enum plethtrain_what {
    PLETHTRAIN_FORWARD,
    PLETHTRAIN_AGAIN,   /* forward once more, of what was not kept */
    PLETHTRAIN_MOMENTS, /* of the input of the norm */
    PLETHTRAIN_BACKWARD,
    PLETHTRAIN_NORM_INPUT /* of the norm: from its sums to the gradient of its input */
};

struct plethtrain_task {
    int what, step;
};

struct plethtrain_phase {
    int first, last; /* tasks [first, last) */
    int chunk;       /* samples at a time */
};

struct plethtrain_plan {
    int batch, threads, fixed;
    struct pleth_record *records;
    struct pleth_graph graph;
    struct plethtrain_value *value;
    struct plethtrain_step *step; /* both graph.count */

    struct plethtrain_parameter *parameter;
    int parameters;
    /* floats: trained ones come first, then those that are only stored; running statistics */
    ptrdiff_t trained, floats, statistics;

    int inputs, outputs;
    int input[PLETHTRAIN_PORTS], output[PLETHTRAIN_PORTS]; /* records */

    struct plethtrain_task *task;
    struct plethtrain_phase *phase;
    int forward, phases; /* [0, forward), then backward's */

    /* memory: floats of a sample that are kept, words of masks of a sample, floats of a thread's
       chunk, its scratch, of weights packed for backward, channels of all norms */
    ptrdiff_t kept, words, chunk, scratch, packed, norms;
};

/* fixed: norms never ask the batch, so that forward is one phase and keeps only what backward
 * wants. tuned: prefixes of names of parameters to train, ended by NULL; NULL: all. -1 and e where
 * the graph is broken, has what training does not know, or there is no memory; then nothing is left
 * to free. */
int plethtrain_plan_make(struct plethtrain_plan *p, const struct pleth_graph *g, int batch,
                         int threads, int fixed, const char *const *tuned, struct plethio_error *e);
void plethtrain_plan_free(struct plethtrain_plan *p);

#endif
