/* Recordings of PPG-DaLiA and WESAD: pickles of Python 2, of which numpy's arrays are read where
 * they lie. What is not asked for (a chest belt's 700 values a second) is passed over unread. */
#ifndef PLETHIO_DALIA_H
#define PLETHIO_DALIA_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Numbers of a pickled array of one or two axes; count 0: there is none. */
struct plethio_numbers {
    const char *data;
    /* 'f', 'i' or 'u', and bytes a number */
    char type;
    int size;
    /* rows, and columns (1 where there is one axis); distances between them in numbers */
    int64_t count, columns, along, across;
};

struct plethio_dalia {
    void *map;
    size_t size;
    /* signal.wrist: volume pulse at 64 Hz, acceleration (3 columns, 64ths of g) at 32 Hz */
    struct plethio_numbers bvp, acc;
    /* PPG-DaLiA: the rate of each window of 8 s, 2 s apart, and what is done, 4 times a second.
     * WESAD: the condition 700 times a second, and no activity */
    struct plethio_numbers label, activity;
};

enum { PLETHIO_DALIA_BVP_HZ = 64, PLETHIO_DALIA_ACC_HZ = 32, PLETHIO_DALIA_ACTIVITY_HZ = 4 };

/* 0, or -1 and e (without the path), which needs no closing. */
int plethio_dalia_open(struct plethio_dalia *d, const char *path, struct plethio_error *e);
void plethio_dalia_close(struct plethio_dalia *d);

double plethio_number_at(const struct plethio_numbers *a, int64_t row, int64_t column);

#endif
