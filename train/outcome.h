/* The small files that keep what came of each cell of a sweep. */
#ifndef PLETHTRAIN_OUTCOME_H
#define PLETHTRAIN_OUTCOME_H

#include <stdio.h>

#include "trials.h"

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

/* One JSON object and a line's end; `between` stands before each person, "\n " or "". */
void plethtrain_outcome_write(FILE *f, const struct plethtrain_outcome *o, const char *between);
/* From text[0..size); name is for messages. -1 and e. Free it, if it was read. */
int plethtrain_outcome_parse(struct plethtrain_outcome *o, const char *text, size_t size,
                             const char *name, struct plethio_error *e);
int plethtrain_outcome_read(struct plethtrain_outcome *o, const char *path,
                            struct plethio_error *e);
void plethtrain_outcome_free(struct plethtrain_outcome *o);

struct plethtrain_results {
    struct plethtrain_outcome *outcome;
    int count, capacity;
};

/* Every outcome of a folder, in the order of the names of their files; other files than *.json are
 * passed over. -1 and e: no folder, none there, one that is broken, is there twice or is of
 * transfer: these are no points of a curve. */
int plethtrain_results_read(struct plethtrain_results *r, const char *folder,
                            struct plethio_error *e);
/* Takes the outcome. */
int plethtrain_results_add(struct plethtrain_results *r, const struct plethtrain_outcome *o,
                           struct plethio_error *e);
void plethtrain_results_free(struct plethtrain_results *r);

#endif
