/* How much a model gains by getting to know one person: each for themselves, the first minutes
 * tune it, what comes after tests it, before and after. */
#ifndef PLETHTRAIN_PERSONAL_H
#define PLETHTRAIN_PERSONAL_H

#include "loop.h"

struct plethtrain_personal {
    const struct plethtrain_set *set;
    const struct plethtrain_recipe *recipe;
    /* numbers of the windows of these people, in the set's order */
    const int *window;
    int windows;
    /* of a person's recordings, one after the other, without what lies between them; a window that
       reaches over the end, or may as the loop moves and stretches it, is for neither */
    double minutes;
    /* Holds the model, and in the end again: each person's tuning begins anew. NULL: not by a loop
       over the recipe's epochs, but as a device does it, pleth_head_learn on the outputs of the
       model file `model`, in the order of time, as many times over as there are epochs. */
    struct plethtrain_net *net;
    const char *model;
    uint32_t cpu_mask;
    /* as in cell.h */
    int (*tell)(void *cookie, const char *what, double done, const struct plethtrain_epoch *epoch);
    void *cookie;
};

struct plethtrain_person {
    char name[PLETHTRAIN_NAME];
    int tuned, windows;   /* windows that tune and that test */
    double before, after; /* mean absolute error of the median, per minute */
};

struct plethtrain_personal_result {
    struct plethtrain_person *person; /* to be freed */
    int people;
    int left_out; /* people without two windows that tune or without one that tests */
    int stopped;  /* ended by tell: no result */
};

/* -1 and e: no memory, a model that can not be run or has no such layer, nobody with windows on
 * both sides. */
int plethtrain_personal_run(const struct plethtrain_personal *p,
                            struct plethtrain_personal_result *result, struct plethio_error *e);

#endif
