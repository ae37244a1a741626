/* A sweep: a plan, the cells it means, and the small files that keep what came of each.
 *
 * A plan is a text of settings, which hold until they are set anew; the line `cells` adds the cells
 * of all that is set:
 *
 *     # source D's Table 2
 *     data spc shared/SPC              a data set: layout, path, seconds that labels come late (0)
 *     data bami shared/BAMI-1 -1
 *     with neutral people              one that is only learned from, in every fold
 *     folds 2                          people are dealt to so many folds, each tested once
 *     inner 3                          each fold in turn is left out, the others' people are dealt
 *                                      to so many folds: to choose by, without a look at that fold
 *     seeds 1-3
 *     epochs 40
 *     validation 5                     one of so many training people chooses the epoch; 0: the
 * last networks resnet1d                resnet1d, mlp, tcn: each as large as the ResNet of as many
 *     students 1 2 6 10                blocks
 *     teachers 12                      ResNets, trained from scratch on the same fold and seed
 *     strategies scratch hard soft dkd feature ordered
 *     cells
 *
 * `transfer spc bami` (or `transfer each`) makes cells that learn from one of these data sets alone
 * and are tested on all people of all others; with `folds` also, by folds of its own people, on
 * itself.
 *
 * `recipe alpha=2 tau=4` changes how cells are trained (loss, sigma, rate, decay, dropout, batch,
 * alpha, beta, tau, ce-weight, warm-up, int8-epochs; loop.h; and how windows vary: stretch,
 * shift-s, mix, flip, noise, swell); `recipe` alone takes that back. What is of a teacher is
 * nothing to cells without one, so that plans that differ in it share their teachers. `only-folds
 * 0` trains less than all folds. Paths are as they are or, where there is none, below PLETH_DATA. A
 * cell is a pure function of its trial and the data. */
#ifndef PLETHTRAIN_TRIALS_H
#define PLETHTRAIN_TRIALS_H

#include <stdio.h>

#include "loop.h"
#include "shape.h"

enum { PLETHTRAIN_BLOCKS = 16, PLETHTRAIN_FOLDS = 64 };
enum { PLETHTRAIN_TRIAL = 96 }; /* bytes of a cell's name */

/* Sets what "tau=4" says. -1: no such setting, or not within its limits. */
int plethtrain_recipe_set(struct plethtrain_recipe *r, const char *word);

/* What is trained and tested. */
struct plethtrain_trial {
    int network; /* PLETH_NET_RESNET1D, _MLP, _TCN */
    int blocks;  /* 1..PLETHTRAIN_BLOCKS */
    int strategy;
    int teacher; /* blocks of it; 0: none */
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

struct plethtrain_outcome {
    struct plethtrain_trial trial;
    double parameters, macs; /* without what no output needs */
    double mae, seconds;     /* seconds: that a core was busy */
    /* in int8, as a device runs it; NAN: not known, of cells of before it was measured */
    double mae_int8;
    int windows, people;
    struct plethtrain_outcome_person {
        char name[PLETHTRAIN_NAME];
        int windows;
        double mae, mae_int8;
        double mae_constant; /* of transfer: as plethtrain_cell_person.mae_median; else 0 */
    } * person;
};

struct plethtrain_sweep {
    struct plethtrain_source source[PLETHTRAIN_SOURCES];
    /* source[i].layout and .path */
    char text[PLETHTRAIN_SOURCES][2][512];
    int sources, learned_from; /* as plethtrain_split has it */
    /* No two are the same; teachers come before all else, then what the plan lists, in its order */
    struct plethtrain_trial *trial;
    /* of each trial the number of its teacher's, -1: none */
    int *teacher;
    int trials;
};

/* -1 and e, which names file and line. */
int plethtrain_sweep_read(struct plethtrain_sweep *s, const char *path, struct plethio_error *e);
void plethtrain_sweep_free(struct plethtrain_sweep *s);

/* Stable, without ending: "resnet1d-06-dkd-t12-f0-s1"; of transfer "resnet1d-06-scratch-on-spc-s1",
 * and "resnet1d-06-scratch-on-spc-f0-s1" of a fold of spc itself. */
void plethtrain_trial_name(const struct plethtrain_trial *t, char name[PLETHTRAIN_TRIAL]);
/* The name of a plan's data set: the last part of its path. */
void plethtrain_source_name(const struct plethtrain_sweep *s, int source,
                            char name[PLETHTRAIN_NAME]);
/* The number of the data set that it learns from; -1: of all of them. */
int plethtrain_trial_source(const struct plethtrain_sweep *s, const struct plethtrain_trial *t);
int plethtrain_trial_same(const struct plethtrain_trial *a, const struct plethtrain_trial *b);

/* The network that a trial trains: of the MLP the hidden size, of the TCN the width is such that it
 * has as many parameters as the ResNet of so many blocks, as nearly as can be. */
void plethtrain_trial_shape(int network, int blocks, struct pleth_net_shape *shape);

/* One JSON object and a line's end. */
void plethtrain_outcome_write(FILE *f, const struct plethtrain_outcome *o);
/* From text[0..size); name is for messages. -1 and e. Free it, if it was read. */
int plethtrain_outcome_parse(struct plethtrain_outcome *o, const char *text, size_t size,
                             const char *name, struct plethio_error *e);
int plethtrain_outcome_read(struct plethtrain_outcome *o, const char *path,
                            struct plethio_error *e);
void plethtrain_outcome_free(struct plethtrain_outcome *o);

/* ---- Many outcomes --------------------------------------------------------------------------- */

struct plethtrain_results {
    struct plethtrain_outcome *outcome;
    int count, capacity;
};

/* Every outcome of a folder, in the order of the names of their files; other files than *.json are
 * passed over. -1 and e: no folder, none there, one that is broken or is of transfer: these are no
 * points of a curve. */
int plethtrain_results_read(struct plethtrain_results *r, const char *folder,
                            struct plethio_error *e);
/* Takes the outcome. */
int plethtrain_results_add(struct plethtrain_results *r, const struct plethtrain_outcome *o,
                           struct plethio_error *e);
void plethtrain_results_free(struct plethtrain_results *r);

/* One student: what all its folds and seeds say together. */
struct plethtrain_student {
    int network, blocks, strategy, teacher;
    double parameters, macs, seconds; /* seconds: mean of a cell */
    int cells, folds, seeds;          /* seeds that have all the folds that any of them has */
    /* by seed, over all its folds' windows; their mean, and standard deviation (NAN: one seed) */
    double by_seed[PLETHTRAIN_FOLDS], error, sd;
    double error_int8; /* mean over the same seeds; NAN: not known of all of them */
    /* by person of the results' list of people: absolute errors summed over windows, in float and
       in int8, mean over seeds; and windows, 0: not tested */
    double *sum, *sum_int8, *count;
};

/* Students in order of network, strategy, teacher and blocks, over one list of people. */
struct plethtrain_students {
    struct plethtrain_student *student;
    int count, people;
    double *values;
    const char **person;
};
int plethtrain_students_make(struct plethtrain_students *s, const struct plethtrain_results *r,
                             struct plethio_error *e);
void plethtrain_students_free(struct plethtrain_students *s);
const struct plethtrain_student *plethtrain_students_find(const struct plethtrain_students *s,
                                                          int network, int blocks, int strategy,
                                                          int teacher);

#endif
