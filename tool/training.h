/* What `pleth train` and `pleth distill` share: the command line, one cell of training
 * (train/cell.h), and what is told of it. */
#ifndef PLETH_TOOL_TRAINING_H
#define PLETH_TOOL_TRAINING_H

#include "cell.h"

/* The verb: argv as main has it; `distills`: with a teacher. usage: what its help says before and
 * after that of both. */
int training_run(const char *verb, const char *const usage[2], int distills, int argc, char **argv);

/* tool/training_plot.c. -1 and e: this build can not draw, whatever the path. */
int training_can_plot(const char *path, struct plethio_error *e);
/* The curve of n epochs. 0, or -1 and e. */
int training_plot(const char *path, const struct plethtrain_epoch *epoch, int n,
                  struct plethio_error *e);

#endif
