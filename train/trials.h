/* clang-format off */
/* A sweep: a plan, and the cells it means.
 *
 * A plan is a text of settings, which hold until they are set anew; the line `cells` adds the cells
 * of all that is set:
 *
 *     # source D's Table 2
 *     data spc shared/SPC              a data set: layout, path, seconds that labels come late (0)
 *     channels 1                       of what follows, the first so many optical channels alone
 *     data bami shared/BAMI-1 -1
 *     with neutral people              one that is only learned from, in every fold
 *     folds 2                          people are dealt to so many folds, each tested once
 *     inner 3                          each fold in turn is left out, the others' people are dealt
 *                                      to so many folds: to choose by, without a look at that fold
 *     seeds 1-3
 *     epochs 40
 *     validation 5                     one of so many training people chooses the epoch; 0: the
 *                                      last one is taken
 *     networks resnet1d                resnet1d, mlp, tcn: each as large as the ResNet of as many
 *     students 1 2 6 10                blocks
 *     teachers 12                      ResNets, trained from scratch on the same fold and seed
 *     ensemble 3                       the mean of so many of them, of seeds 1, 2, ..., whatever
 *                                      the student's
 *     strategies scratch hard soft dkd ordered
 *     cells
 *
 * `transfer spc bami` (or `transfer each`) makes cells that learn from one of these data sets alone
 * and are tested on all people of all others; with `folds` also, by folds of its own people, on
 * itself.
 *
 * `recipe alpha=2 tau=4` changes how cells are trained, by the settings of recipe.h; `recipe` alone
 * takes that back. What is of a teacher is nothing to cells without one, so that plans that differ
 * in it share their teachers. `only-folds 0` trains less than all folds. Paths are as they are or,
 * where there is none, below PLETH_DATA. A cell is a pure function of its trial and the data. */
/* clang-format on */
#ifndef PLETHTRAIN_TRIALS_H
#define PLETHTRAIN_TRIALS_H

#include "loop.h"
#include "shape.h"

enum { PLETHTRAIN_BLOCKS = 16, PLETHTRAIN_FOLDS = 64, PLETHTRAIN_SEEDS = 64 };
enum { PLETHTRAIN_TRIAL = 96 };       /* bytes of a cell's name */
enum { PLETHTRAIN_TRIAL_TEXT = 768 }; /* of all that it is */
enum { PLETHTRAIN_DIFFERS = 400 };    /* of what two are told apart by */

/* What is trained and tested. */
struct plethtrain_trial {
    int network; /* PLETH_NET_RESNET1D, _MLP, _TCN */
    int blocks;  /* 1..PLETHTRAIN_BLOCKS */
    int strategy;
    int teacher;  /* blocks of it; 0: none */
    int ensemble; /* so many teachers, of seeds 1, 2, ...; 0: one, of the same seed */
    /* of transfer: the one data set that it learns from, tested on all others (fold -1) or on a
       fold of its own people; "": none, people of all are dealt to folds. folds 0: it has none */
    char on[25];
    int fold, folds, inner, seed, epochs; /* inner: as in folds.h; then folds is of all */
    int validation; /* one of so many training people chooses the epoch; 0: the last one is taken */
    /* "spc2015+bami1@-1 with people": last parts of the paths, and lags; those that are only
       learned from last */
    char data[256];
    /* "rate=1e-3", what all learn by, and "alpha=2 tau=4", what those learn by who have a teacher;
       "": as ever */
    char recipe[128], teaching[128];
};

struct plethtrain_sweep {
    struct plethtrain_source source[PLETHTRAIN_SOURCES];
    /* source[i].layout and .path */
    char text[PLETHTRAIN_SOURCES][2][512];
    int sources, learned_from; /* as plethtrain_split has it */
    /* No two are the same; teachers come before all else, then what the plan lists, in its order */
    struct plethtrain_trial *trial;
    /* of each trial the numbers of its teachers', then -1 */
    int (*teacher)[PLETHTRAIN_TEACHERS + 1];
    int trials;
};

/* -1 and e, which names file and line. */
int plethtrain_sweep_read(struct plethtrain_sweep *s, const char *path, struct plethio_error *e);
void plethtrain_sweep_free(struct plethtrain_sweep *s);

/* Stable, without ending: "resnet1d-06-dkd-t12-f0-s1", of three teachers "...-t12x3-f0-s1"; of
 * transfer "resnet1d-06-scratch-on-spc-s1", and "resnet1d-06-scratch-on-spc-f0-s1" of a fold of spc
 * itself. */
void plethtrain_trial_name(const struct plethtrain_trial *t, char name[PLETHTRAIN_TRIAL]);
/* The name of a plan's data set: the last part of its path. */
void plethtrain_source_name(const struct plethtrain_sweep *s, int source,
                            char name[PLETHTRAIN_NAME]);
/* The number of the data set that it learns from; -1: of all of them. */
int plethtrain_trial_source(const struct plethtrain_sweep *s, const struct plethtrain_trial *t);
int plethtrain_trial_same(const struct plethtrain_trial *a, const struct plethtrain_trial *b);
/* How many of epochs, folds, data and what else cells of one curve share are not the same, of one
 * name also what is of a teacher; and these, "epochs 2, not 3; data a, not b" (text NULL: not). */
int plethtrain_trial_differs(const struct plethtrain_trial *a, const struct plethtrain_trial *b,
                             char text[PLETHTRAIN_DIFFERS]);
/* The order of students: 0 where both are one, of perhaps another fold, seed or training. */
int plethtrain_trial_order(const struct plethtrain_trial *a, const struct plethtrain_trial *b);
/* 1 where both have one name. */
int plethtrain_trial_twin(const struct plethtrain_trial *a, const struct plethtrain_trial *b);
/* The number of a strategy; -1: none. */
int plethtrain_trial_strategy(const char *word);
/* All that a trial is, in one line: what its model says that it is of. */
void plethtrain_trial_text(const struct plethtrain_trial *t, char text[PLETHTRAIN_TRIAL_TEXT]);

/* The network that a trial trains: of the MLP the hidden size, of the TCN the width is such that it
 * has as many parameters as the ResNet of so many blocks, as nearly as can be. */
void plethtrain_trial_shape(int network, int blocks, struct pleth_net_shape *shape);

#endif
