/* Writes model files: safetensors, in memory. (src/net/weights.h reads them.) */
#ifndef PLETHIO_SAFETENSORS_H
#define PLETHIO_SAFETENSORS_H

#include <stddef.h>

#include "error.h"
#include "nets/nets.h"

struct plethio_metadata {
    const char *key, *value;
};

/* Metadata as it is put together: of two values of one key the first stays. */
struct plethio_metadata_list {
    int count;
    struct plethio_metadata item[64];
    /* the texts */
    size_t used;
    char text[65536];
};
/* Adds one pair; those of a network's shape; those that the file w has. -1 and e: no room. */
int plethio_metadata_add(struct plethio_metadata_list *list, const char *key, const char *value,
                         struct plethio_error *e);
int plethio_metadata_add_shape(struct plethio_metadata_list *list, const struct pleth_net_shape *s,
                               struct plethio_error *e);
int plethio_metadata_add_file(struct plethio_metadata_list *list, const struct pleth_weights *w,
                              struct plethio_error *e);

/* The file's bytes, to be freed, and their number. Tensors come in the order given: t[i].name (of
 * name_length, printable ASCII without quotes and backslashes), type, shape, data and size count.
 * NULL and e where the reader would refuse the file: names that are empty or repeated, sizes that
 * the shapes do not give. */
void *plethio_safetensors_make(const struct pleth_tensor *t, int tensors,
                               const struct plethio_metadata *m, int keys, size_t *size,
                               struct plethio_error *e);

#endif
