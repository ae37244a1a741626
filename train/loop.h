/* Epochs: batches of shuffled windows, a loss, one-cycle AdamW, validation, a checkpoint. */
#ifndef PLETHTRAIN_LOOP_H
#define PLETHTRAIN_LOOP_H

#include "loss.h"
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
    uint64_t seed;
};

/* What docs/TRAIN.md gives reasons for; the weights are the strategy's own. */
void plethtrain_recipe_default(struct plethtrain_recipe *r, int strategy);

struct plethtrain_epoch {
    int epoch; /* from 1 on */
    double rate, loss;
    /* of the validating people; NAN without any */
    double mae, mae_argmax;
};

#endif
