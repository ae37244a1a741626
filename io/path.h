/* Paths of files and folders. Those that are made here have at most 1023 bytes. */
#ifndef PLETHIO_PATH_H
#define PLETHIO_PATH_H

#include <stddef.h>
#include <stdio.h>

#include "error.h"

int plethio_is_file(const char *path);
int plethio_is_folder(const char *path);

/* Bytes that a file can be unpacked to: deflate makes at most 1032 of one. 0 where it cannot be
 * read.
 */
size_t plethio_unpacked_max(const char *path);

/* Whether `path` ends so, in whatever case, and has more before that. */
int plethio_ends(const char *path, const char *ending);

/* folder/name + ending; no folder ("") and no slash. -1 and e where it does not fit. */
int plethio_join(char to[1024], const char *folder, const char *name, const char *ending,
                 struct plethio_error *e);

/* path with its last `cut` characters replaced. -1 and e where it does not fit. */
int plethio_beside(char to[1024], const char *path, int cut, const char *ending,
                   struct plethio_error *e);

/* A file without a name, to be written and read, which is gone when it is closed: in the folder
 * that TMPDIR names, else in /tmp (where alone tmpfile makes it). NULL and errno. */
FILE *plethio_temporary(void);

/* The last part of a path, without slashes behind it, and how long it is. */
const char *plethio_last_part(const char *path, int *length);

/* A folder's own name, whatever way leads to it (".", a link); of one that is not there the last
 * part of its path. */
void plethio_own_name(char name[256], const char *path);

/* A name as an array holds it; -1 and e, which begins with `path`, for one that is longer. */
int plethio_copy_name(char to[256], const char *name, const char *path, struct plethio_error *e);

#endif
