/* One network trained and tested on people it has not seen: a cell of a sweep. */
#ifndef PLETHTRAIN_CELL_H
#define PLETHTRAIN_CELL_H

#include "folds.h"
#include "loop.h"
#include "personal.h"

struct plethtrain_cell {
    const struct plethtrain_set *set; /* of plethtrain_set_open: read once for many cells */
    struct pleth_net_shape shape;     /* resnet1d, mlp, tcn; samples 200, classes 180 */
    struct plethtrain_split split;
    struct plethtrain_recipe recipe; /* plethtrain_recipe_default first */
    /* of distillation (recipe.strategy): model files of the teacher, several of one whose logits
       are the mean of theirs. One that knows whom it was trained on is refused where one of these
       is tested. Of feature distillation one alone. */
    const char *teacher[PLETHTRAIN_TEACHERS];
    int teachers;
    /* a model file of that shape to begin with, refused like a teacher; NULL: random weights. With
       one, `tune` >= 0: only the last so many blocks and what follows them learn, and norms keep
       its statistics; negative: all learns */
    const char *start;
    int tune;
    /* > 0, with start: nothing is made, but how much the model gains by the first so many minutes
       of each person who is tested, or of all where nothing says who; with tune < 0 by the head
       alone, as a device does it */
    double minutes;
    int threads;
    uint32_t cpu_mask;
    /* where the model is written, whole or not at all; NULL: nowhere */
    const char *out;
    const char *note; /* NULL, or what its metadata says as "trial" */
    /* kept after each epoch, and in the end until the caller, who has written what came of it,
       removes it; and whether to go on from what it holds. Otherwise there must be none yet. */
    const char *checkpoint;
    int resume;
    /* NULL, or is told after each batch how far it has come (0..1), and after each epoch about it;
       nonzero ends the training, with what the checkpoint holds for a later run */
    int (*tell)(void *cookie, const char *what, double done, const struct plethtrain_epoch *epoch);
    void *cookie;
};

/* Errors are means of |estimate - label| over windows, per minute, frame by frame (no memory from
 * window to window). The estimate is the median of the network's probabilities, which is what
 * makes that mean least if they are right; `mae_argmax` has the most probable class. `mae_int8` is
 * that of the same network in int8 as a device runs it, calibrated on windows of the people it has
 * seen (int8.h). */
struct plethtrain_cell_person {
    char name[PLETHTRAIN_NAME];
    int windows;
    double mae, mae_int8, mae_argmax;
    /* always answering the median of the tested windows of the person's data set: no constant
       answer errs less there */
    double mae_median;
};

struct plethtrain_cell_result {
    int64_t parameters, macs;   /* without what no output needs (a dead head) */
    int64_t teacher_parameters; /* of all of it */
    int teacher_blocks;         /* of the first; 0: none, or it has no blocks */
    int learns, validates;      /* people with windows */
    int trained_windows;
    /* tested people; 0 and NULL: nobody was, and the errors are NAN */
    struct plethtrain_cell_person *person;
    int people, windows;
    double mae, mae_int8, mae_argmax;
    /* always answering the training labels' median */
    double mae_constant;
    /* all epochs, and the one that was taken; its errors on the validating people, NAN: none */
    struct plethtrain_epoch *epoch;
    int epochs, best;
    double mae_validation;
    double seconds; /* that a core was busy, of all threads, with what the checkpoint held before */
    int stopped;    /* 1: ended by `tell`; there is no result, only a checkpoint */
    struct plethtrain_personal_result personal; /* with `minutes`, and then nothing else */
};

/* 0 (also when stopped), or -1 and e. Free the result with plethtrain_cell_free, also then. */
int plethtrain_cell_run(const struct plethtrain_cell *c, struct plethtrain_cell_result *result,
                        struct plethio_error *e);
void plethtrain_cell_free(struct plethtrain_cell_result *result);

#endif
