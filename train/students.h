/* Students: what the folds and seeds of a sweep say together. */
#ifndef PLETHTRAIN_STUDENTS_H
#define PLETHTRAIN_STUDENTS_H

#include "outcome.h"

int plethtrain_fold_count(uint64_t folds);

/* One student: what all its folds and seeds say together. */
struct plethtrain_student {
    int network, blocks, strategy, teacher, ensemble;
    double parameters, macs, seconds; /* seconds: mean of a cell */
    int cells;
    /* A bit for each fold. Of the sets of folds that its seeds have, the largest, of these that of
       most seeds; and the seeds that have just these: what all below is of. */
    uint64_t folds;
    int seeds, seed[PLETHTRAIN_SEEDS];
    /* by seed, over all its folds' windows; their mean, and standard deviation (NAN: one seed) */
    double by_seed[PLETHTRAIN_SEEDS], error, sd;
    double error_int8; /* mean over the same seeds; NAN: not known of all of them */
    /* by person of the results' list of people: absolute errors summed over windows, in float and
       in int8, mean over seeds; and windows, 0: not tested */
    double *sum, *sum_int8, *count;
    /* the same of each seed: [k * people + person] */
    double *seed_sum, *seed_sum_int8, *seed_count;
};

/* Students in order of network, strategy, teacher, ensemble and blocks, over one list of people. */
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
                                                          int teacher, int ensemble);

#endif
