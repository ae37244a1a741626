/* Published checkpoints: what a file of weights holds, whatever its container, and the model file
 * that pleth makes of it. Nothing in a file is ever executed, and every length is checked. */
#ifndef PLETHIO_CHECKPOINT_H
#define PLETHIO_CHECKPOINT_H

#include "error.h"
#include "net/weights.h"
#include "safetensors.h"

enum plethio_container {
    PLETHIO_SAFETENSORS,
    /* PyTorch 1.6 and later: an uncompressed zip, a pickle of a dictionary of tensors */
    PLETHIO_PTH,
    /* Keras 3: HDF5 with groups as symbol tables, uncompressed and unchunked datasets */
    PLETHIO_KERAS,
    /* TensorFlow.js: model.json, raw files beside it */
    PLETHIO_TFJS,
    /* TensorFlow Lite: the constant tensors of the first graph */
    PLETHIO_TFLITE,
    PLETHIO_CONTAINERS
};

struct plethio_checkpoint {
    int container; /* plethio_container */
    int count, capacity;
    /* in the file's order, as stored: names (zero-terminated here), types, shapes, bytes */
    struct pleth_tensor *tensor;
    /* the file's bytes, and of TensorFlow.js those beside it */
    char *file, *data;
    size_t file_size, data_size;
};

/* Reads a file; which container it is, its first bytes say. Tensors have 1 to 6 axes or are single
 * numbers, and no two have one name. -1 and e for anything else. */
int plethio_checkpoint_read(struct plethio_checkpoint *c, const char *path,
                            struct plethio_error *e);
void plethio_checkpoint_free(struct plethio_checkpoint *c);

/* Tensor `name`, or NULL. */
const struct pleth_tensor *plethio_checkpoint_find(const struct plethio_checkpoint *c,
                                                   const char *name);

/* "PyTorch" */
const char *plethio_container_name(int container);

/* A model file (safetensors, to be freed) of a checkpoint: published names and layouts become those
 * of the network (src/nets), floats float32; of safetensors everything stays as it is. `net` names
 * the network, NULL: the one whose names these are. The metadata has the network, its shape, what
 * the caller gives (which goes before what the file says, and may say of a shape what tensors can
 * not: frames, output), and what else the file's own had. NULL and e where the tensors are not
 * those of the network. */
void *plethio_checkpoint_convert(const struct plethio_checkpoint *c, const char *net,
                                 const struct plethio_metadata *m, int keys, size_t *size,
                                 struct plethio_error *e);

#endif
