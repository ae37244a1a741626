/* Epochs: batches of shuffled windows, a loss, an optimiser's steps, validation, a checkpoint. */
#ifndef PLETHTRAIN_LOOP_H
#define PLETHTRAIN_LOOP_H

#include "loss.h"
#include "int8.h"
#include "net.h"
#include "recipe.h"

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
