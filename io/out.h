/* Files written whole or not at all. */
#ifndef PLETHIO_OUT_H
#define PLETHIO_OUT_H

#include <stddef.h>
#include <stdio.h>

#include "error.h"

/* Written under a name of its own beside path, PATH.part-HOST-PROCESS, until it is closed: whoever
 * is killed leaves the old file or the new one, and two that write one path each write all of it.
 * What a killed one leaves under such a name goes a day later, when path is written again. What is
 * no file (a device, a pipe) is written to and not replaced. */
struct plethio_out {
    FILE *file;
    char path[1024], temporary[1152]; /* temporary "": there is none */
};
int plethio_out_open(struct plethio_out *out, const char *path, struct plethio_error *e);
/* keep 1: on the disk, then under path; 0: removed. -1 and e: it could not be kept, and is removed.
 */
int plethio_out_close(struct plethio_out *out, int keep, struct plethio_error *e);

int plethio_write_whole(const char *path, const void *bytes, size_t size, struct plethio_error *e);

#endif
