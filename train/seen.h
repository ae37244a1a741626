/* Whom a model has seen: the list of people in its metadata `trained_on`. */
#ifndef PLETHTRAIN_SEEN_H
#define PLETHTRAIN_SEEN_H

#include "error.h"
#include "net/weights.h"

/* Bytes of the longest list; what stands between two names. */
enum { PLETHTRAIN_SEEN = 60000 };
#define PLETHTRAIN_AND "; "

/* The list of a model file that is open, "" where it does not say; path is for the message. -1 and
 * e: a list that is no text or too long, whose people could not be kept apart. */
int plethtrain_seen_read(const struct pleth_weights *w, const char *path,
                         char list[PLETHTRAIN_SEEN], struct plethio_error *e);
/* 1 where the list has the name. */
int plethtrain_is_seen(const char *list, const char *name);

/* Adds the name, unless it is there. -1 and e: the list is full, or the name would be two of it. */
int plethtrain_see(char list[PLETHTRAIN_SEEN], const char *name, struct plethio_error *e);

#endif
