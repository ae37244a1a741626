/* How the windows of a model's training were taken of its data sets: its metadata `windows`, so
 * that others take the same. */
#ifndef PLETHTRAIN_TAKEN_H
#define PLETHTRAIN_TAKEN_H

#include "net/weights.h"
#include "windows.h"

enum { PLETHTRAIN_TAKEN = PLETHTRAIN_SOURCES * (PLETHTRAIN_NAME + 60) };

/* "spc2015 lag_s 0 channels 4; bami1 lag_s -1 channels 4" */
void plethtrain_taken_text(const struct plethtrain_set *set, char text[PLETHTRAIN_TAKEN]);

/* Gives each source the lag and the channels of the data set of its name; of one that the training
 * had not, the channels that all of it had. What the model does not say stays as it is. path is for
 * the message; -1 and e: it says what can not be. */
int plethtrain_taken_read(const struct pleth_weights *w, const char *path,
                          struct plethtrain_source *source, int sources, struct plethio_error *e);

#endif
