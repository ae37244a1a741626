/* Files written whole or not at all. */
#ifndef PLETHTRAIN_FILE_H
#define PLETHTRAIN_FILE_H

#include <stddef.h>

#include "error.h"

/* The bytes, first under a name of their own beside path and on the disk, then under path: whoever
 * is killed leaves the old file or the new one. -1 and e. */
int plethtrain_file_write(const char *path, const void *bytes, size_t size,
                          struct plethio_error *e);

#endif
