/* Models as C source, prepared and const, for devices that link only the part that runs. */
#ifndef PLETHIO_SOURCE_H
#define PLETHIO_SOURCE_H

#include <stddef.h>
#include <stdio.h>

#include "error.h"

/* Writes the network of a model as C source, or the header that goes with it. path: where the
 * source goes; its last part without the ending, other characters than letters and digits as '_',
 * is the NAME that both use: NAME_STATE_SIZE bytes that a state needs, NAME_open. One frame or
 * window at a time, prepared for every instruction set. -1 and e where the model is refused; the
 * caller looks at ferror. */
int plethio_source_write(const void *model, size_t length, const char *path, FILE *f,
                         struct plethio_error *e);
int plethio_source_write_header(const void *model, size_t length, const char *path, FILE *f,
                                struct plethio_error *e);

#endif
