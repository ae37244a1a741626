/* What the readers of the containers share. */
#ifndef PLETHIO_CHECKPOINT_PARTS_H
#define PLETHIO_CHECKPOINT_PARTS_H

#include "checkpoint.h"
#include "memory.h"

/* Appends a tensor of name[0..length), t->type, t->rank and t->shape (anything: it is checked),
 * whose bytes lie at `at` of bytes[0..available). t->size is what the file says itself, or
 * SIZE_MAX. -1 and e where that can not be, or the name was there before. */
int plethio_checkpoint_add(struct plethio_checkpoint *c, const char *name, size_t length,
                           const struct pleth_tensor *t, const char *bytes, uint64_t available,
                           uint64_t at, struct plethio_error *e);

/* One a container: they fill c->tensor from c->file[0..file_size); path is for what lies beside
 * it. e has no path yet. */
int plethio_read_pth(struct plethio_checkpoint *c, struct plethio_error *e);
int plethio_read_keras(struct plethio_checkpoint *c, struct plethio_error *e);
int plethio_read_tfjs(struct plethio_checkpoint *c, const char *path, struct plethio_error *e);
int plethio_read_tflite(struct plethio_checkpoint *c, struct plethio_error *e);

#endif
