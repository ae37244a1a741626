/* Writes model files: safetensors, in memory. (src/net/weights.h reads them.) */
#ifndef PLETHIO_SAFETENSORS_H
#define PLETHIO_SAFETENSORS_H

#include <stddef.h>

#include "error.h"
#include "net/weights.h"

struct plethio_metadata {
    const char *key, *value;
};

/* The file's bytes, to be freed, and their number. Tensors come in the order given: t[i].name (of
 * name_length, printable ASCII without quotes and backslashes), type, shape, data and size count.
 * NULL and e where the reader would refuse the file: names that are empty or repeated, sizes that
 * the shapes do not give. */
void *plethio_safetensors_make(const struct pleth_tensor *t, int tensors,
                               const struct plethio_metadata *m, int keys, size_t *size,
                               struct plethio_error *e);

#endif
