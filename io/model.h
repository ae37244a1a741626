/* Model files, from the file to a network that is ready to run. */
#ifndef PLETHIO_MODEL_H
#define PLETHIO_MODEL_H

#include <stddef.h>

#include "error.h"
#include "pleth/pleth.h"

struct plethio_model {
    /* the model file's bytes: safetensors, whatever the container was */
    char *bytes;
    size_t size;
    /* prepared, and one state of it */
    void *block, *work;
    size_t block_size, work_size;
    const pleth_net *net;
    pleth_net_state *state;
    pleth_net_info info;
};

/* The file that a word means: itself where that is there, has a . or begins with /; else
 * WORD.safetensors among the kept models: in the folder PLETH_MODELS of the environment, then in
 * share/pleth/models of the prefix that this program is installed in (Linux), then in models beside
 * it, as in a build. Into `to`, or `word` itself; NULL and e, which says where was looked, for what
 * is nowhere. */
const char *plethio_model_find(char to[1024], const char *word, struct plethio_error *e);

/* The bytes of a model file, to be freed: of safetensors as they are, of published checkpoints
 * (io/checkpoint.h) what they become; `net` names the network where the file does not (NULL). A
 * path is a word of plethio_model_find, here and below. NULL and e where it can not be read. */
char *plethio_model_read(const char *path, const char *net, size_t *size, struct plethio_error *e);

/* Reads, prepares and opens. -1 and e; m then holds nothing. */
int plethio_model_open(struct plethio_model *m, const char *path, const pleth_net_options *options,
                       struct plethio_error *e);

/* The same from bytes in memory, which m then owns. */
int plethio_model_take(struct plethio_model *m, char *bytes, size_t size, const char *name,
                       const pleth_net_options *options, struct plethio_error *e);

void plethio_model_close(struct plethio_model *m);

#endif
