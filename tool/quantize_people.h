/* pleth quantize on data sets: recordings of people whom a heart-rate network has seen calibrate
 * it, those of others tell what int8 costs. */
#ifndef PLETH_TOOL_QUANTIZE_PEOPLE_H
#define PLETH_TOOL_QUANTIZE_PEOPLE_H

#include "int8.h"

struct quantize_people {
    struct plethtrain_set set;
    /* numbers of windows: of `seen` that may calibrate, then of `unseen` others */
    int *window, seen, unseen;
    int people_seen, people_unseen;
    /* those that calibrate: count * PLETH_WINDOW */
    float *sample;
    int count;
    /* of the unseen, per minute over windows: mean absolute errors, and the standard error over
       people of their difference; NAN: nobody is unseen */
    double mae, mae_int8, difference_se;
};

/* Reads the data sets, with the lag and the channels that the model's training took (taken.h).
 * Where the model does not say whom it has seen, or has seen nobody of these,
 * everybody calibrates. -1 and e: a network of another kind, unreadable; close it also then. */
int quantize_people_open(struct quantize_people *q, const struct plethio_model *m,
                         const struct plethtrain_source *source, int sources,
                         struct plethio_error *e);
/* The errors of both on those it has not seen. */
int quantize_people_compare(struct quantize_people *q, struct plethio_model *wide,
                            struct plethio_model *narrow, struct plethio_error *e);
void quantize_people_close(struct quantize_people *q);

#endif
