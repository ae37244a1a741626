/* A text file line by line, in memory that does not grow with it. */
#ifndef PLETHIO_LINES_H
#define PLETHIO_LINES_H

#include <stdio.h>

#include "error.h"

struct plethio_lines {
    FILE *file;
    /* the latest line, without its end */
    char text[65536];
    /* its number in the file, from 1 */
    long number;
};

/* Errors have no path: it is the caller's. 0, or -1 and e. */
int plethio_lines_open(struct plethio_lines *l, const char *path, struct plethio_error *e);

/* The next line that has more than blanks and does not start with "#", past a byte order mark. 1, 0
 * at the end, or -1 and e: no text, or a line that is longer than `text`. */
int plethio_lines_next(struct plethio_lines *l, struct plethio_error *e);

/* Back to the first line. */
void plethio_lines_rewind(struct plethio_lines *l);
void plethio_lines_close(struct plethio_lines *l);

#endif
