/* Who trains, who chooses the epoch, who is tested: always whole people. */
#ifndef PLETHTRAIN_FOLDS_H
#define PLETHTRAIN_FOLDS_H

#include "windows.h"

enum plethtrain_role {
    PLETHTRAIN_ABSENT,
    PLETHTRAIN_LEARNS,
    PLETHTRAIN_VALIDATES, /* one of the training people who chooses the epoch */
    PLETHTRAIN_TESTED,
    PLETHTRAIN_ROLES
};

/* Exactly one of the first five ways to choose who is tested, or none: then nobody is. */
struct plethtrain_split {
    /* people dealt to `folds` folds, about as many windows in each; of fold `fold`, from 0 on */
    int folds, fold;
    uint64_t seed; /* of the deal */
    /* a file of name,part lines, as `pleth evaluate --write-split` makes it: those of `part` are
       tested (NULL: "test"), other names in it learn, who is not named is absent */
    const char *file, *part;
    /* one person, by name: all others learn */
    const char *person;
    /* data sets from this number on are only for the test; 0: none are */
    int tested_from;
    /* 1 + number of the one data set that is learned from: all people of the others are tested, or
       with `folds` those of its own fold and nobody else. 0: not so */
    int only;
    /* Beside any of these: data sets from this number on, which come last, are only learned from.
       Their people are in no fold and no file, are never tested and never validate. 0: none are */
    int learned_from;
    /* > 0: to choose by. `fold` counts folds * inner: nobody of fold `fold / inner` is there, the
       others are dealt anew to `inner` folds, and those of fold `fold % inner` are tested */
    int inner;
    /* one of so many training people validates; 0: none, the last epoch is taken */
    int validation;
};

/* role[set->people]. -1 and e: a file that can not be read or names nobody of these, a person that
 * is not there, more folds than people, nobody left to learn. */
int plethtrain_split_people(const struct plethtrain_set *set, const struct plethtrain_split *s,
                            int *role, struct plethio_error *e);

/* The data sets that have people with that role: a bit of each. */
unsigned plethtrain_role_sources(const struct plethtrain_set *set, const int *role, int which);

#endif
