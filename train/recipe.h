/* How a network learns, and the settings of it that have a name: in a plan (trials.h), among the
 * options of `pleth train` and `pleth distill`, and in what identifies a training. */
#ifndef PLETHTRAIN_RECIPE_H
#define PLETHTRAIN_RECIPE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
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
    int optimiser;  /* plethtrain_method (optimiser.h) */
    int schedule;   /* plethtrain_schedule */
    double rate;    /* the most that it comes to */
    double decay;   /* of weights */
    double dropout; /* in place of the network's own share; negative: its own */
    double clip;    /* the gradient's norm at most */
    /* of the exponential average of the weights over steps, which is what is validated, kept and
       calibrated then, with the norms' statistics averaged alike, as they are of the weights of
       their time; 0: none */
    double average;
    int loss;     /* plethtrain_loss */
    double sigma; /* of the Gaussian, per minute */
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

/* ---- Settings by name ------------------------------------------------------------------------ */

struct plethtrain_setting {
    const char *key; /* "tau" */
    size_t field;    /* its offset in a recipe */
    int whole;       /* that is an int, else a double */
    double lowest, highest;
    const char *const *word; /* of an int: what its values are called from 0 on; NULL: numbers */
    unsigned teaching;       /* a bit for each strategy that reads it; 0: whatever the strategy */
};

/* NULL: there is none of that name, key[0..length). */
const struct plethtrain_setting *plethtrain_setting_find(const char *key, size_t length);
/* -1: not within its limits. */
int plethtrain_setting_take(const struct plethtrain_setting *s, struct plethtrain_recipe *r,
                            const char *value);
/* What it may be: "a number, 0..10", "a whole number, 2..65536", "ce, gauss, ordered". */
void plethtrain_setting_limits(const struct plethtrain_setting *s, char text[80]);

/* Sets what "tau=4" says. -1 and e: no such setting, and which there are; or not within its limits,
 * and what they are. */
int plethtrain_recipe_set(struct plethtrain_recipe *r, const char *word, struct plethio_error *e);

enum { PLETHTRAIN_RECIPE_TEXT = 1000 };
/* All of it: "strategy=scratch epochs=40 seed=1 rate=0.003 ...", the same for the same recipe
 * alone. */
void plethtrain_recipe_text(const struct plethtrain_recipe *r, char text[PLETHTRAIN_RECIPE_TEXT]);

#endif
