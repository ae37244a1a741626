/* Epochs: batches of shuffled windows, a loss, one-cycle AdamW, validation, a checkpoint. */
#ifndef PLETHTRAIN_LOOP_H
#define PLETHTRAIN_LOOP_H

#include "loss.h"
#include "int8.h"
#include "net.h"
#include "windows.h"

/* What is learned of the labels: cross entropy with the nearest class; with a Gaussian around the
 * true rate; or the squared distance of cumulative distributions from that Gaussian's. */
enum plethtrain_loss { PLETHTRAIN_CE, PLETHTRAIN_GAUSS, PLETHTRAIN_ORDERED, PLETHTRAIN_LOSSES };
/* What is learned of a teacher (loss.h). */
enum plethtrain_strategy {
    PLETHTRAIN_SCRATCH, /* nothing */
    PLETHTRAIN_HARD,
    PLETHTRAIN_SOFT,
    PLETHTRAIN_DKD,
    PLETHTRAIN_FEATURE, /* MSE of the output z, through a linear layer that is not kept */
    PLETHTRAIN_ORDERED_TEACHER,
    PLETHTRAIN_STRATEGIES
};
/* "ce", "gauss", "ordered"; "scratch", "hard", "soft", "dkd", "feature", "ordered" */
extern const char *const plethtrain_loss_names[PLETHTRAIN_LOSSES];
extern const char *const plethtrain_strategy_names[PLETHTRAIN_STRATEGIES];

/* All that decides what is learned, besides the network and the windows. */
struct plethtrain_recipe {
    int epochs, batch;
    double rate;    /* most of one cycle */
    double decay;   /* of AdamW */
    double dropout; /* in place of the network's own share; negative: its own */
    double clip;    /* of the gradient's norm */
    int loss;       /* plethtrain_loss */
    double sigma;   /* of the Gaussian, per minute */
    struct plethtrain_variation variation;
    int strategy; /* plethtrain_strategy */
    /* ce_weight * loss of the labels + alpha * loss of the teacher, of DKD: alpha of the target's
       part, beta of the others'; tau: temperature; warm_up: epochs */
    double ce_weight, alpha, beta, tau;
    int warm_up;
    /* the last so many epochs learn with weights and values rounded as in int8, and the norms'
       statistics at rest: what a device will run (Jacob et al. 2018) */
    int int8_epochs;
    uint64_t seed;
};

/* What docs/TRAIN.md gives reasons for; the weights are the strategy's own. */
void plethtrain_recipe_default(struct plethtrain_recipe *r, int strategy);

/* The same for tuning the last layers of a model to one person's few windows, or with head its
 * last layer by pleth_head_learn, once over. */
void plethtrain_recipe_tune(struct plethtrain_recipe *r, int head);

struct plethtrain_epoch {
    int epoch; /* from 1 on */
    double rate, loss;
    /* of the validating people; NAN without any */
    double mae, mae_argmax;
    double core_s; /* core-seconds from the first epoch's beginning to this one's end */
};

enum { PLETHTRAIN_TEACHERS = 8 };

/* A network and what it learns from. */
struct plethtrain_loop {
    const struct plethtrain_set *set;
    const struct plethtrain_recipe *recipe;
    /* opened for recipe->batch samples, its parameters at their beginning; of recipe->strategy
       PLETHTRAIN_FEATURE with the output "hint". In the end it holds what was learned. */
    struct plethtrain_net *net;
    /* none; or several: they are one teacher, whose logits are the mean of theirs */
    struct plethtrain_net *teacher[PLETHTRAIN_TEACHERS];
    int teachers;
    /* how int8_epochs round; NULL without any */
    const struct plethtrain_int8 *int8;
    /* numbers of windows */
    const int *learn, *validate;
    int learns, validates;
    const char *checkpoint; /* NULL: none */
    int resume;             /* from the checkpoint, if there is one */
    /* what besides recipe, parameters' number and windows the checkpoint must be of: a text */
    const char *title;
    /* as in cell.h */
    int (*tell)(void *cookie, const char *what, double done, const struct plethtrain_epoch *epoch);
    void *cookie;
};

struct plethtrain_loop_result {
    struct plethtrain_epoch *epoch; /* recipe->epochs, to be freed */
    int epochs;                     /* done */
    int best;                       /* the one that the net holds, from 1 on */
    int stopped;
    double earlier_s; /* core-seconds that what the checkpoint holds took */
};

/* The epoch with the least validation error by the median, without validation the last; of
 * int8_epochs, where there are any, one of these. What an
 * epoch learns is a function of recipe, windows, threads and instruction set alone, so that a run
 * that goes on from a checkpoint ends with the same bits as an unbroken one. -1 and e: no memory, a
 * checkpoint of something else or that can not be written, fewer than two windows. */
int plethtrain_loop_run(const struct plethtrain_loop *l, struct plethtrain_loop_result *result,
                        struct plethio_error *e);

/* Of this process and all its threads so far: it does not grow because others use the machine. */
double plethtrain_core_s(void);

/* Of a window's logits[PLETHTRAIN_RATES]: the median of the probabilities, between classes, and the
 * most probable class, per minute. */
void plethtrain_decode(const float *logits, float *median, float *most);

/* These of n windows. */
int plethtrain_estimate(struct plethtrain_net *net, const struct plethtrain_set *set,
                        const int *window, int n, float *median, float *most,
                        struct plethio_error *e);

#endif
