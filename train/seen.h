/* Whom a model has seen: the list of people in its metadata `trained_on`. */
#ifndef PLETHTRAIN_SEEN_H
#define PLETHTRAIN_SEEN_H

#include "error.h"

/* Bytes of the longest list; what stands between two names. */
enum { PLETHTRAIN_SEEN = 12000 };
#define PLETHTRAIN_AND "; "

/* 1 where the list has the name. */
int plethtrain_is_seen(const char *list, const char *name);

/* Adds the name, unless it is there. -1 and e: the list is full. */
int plethtrain_see(char list[PLETHTRAIN_SEEN], const char *name, struct plethio_error *e);

#endif
