#define _POSIX_C_SOURCE 200809L

#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "memory.h"

enum { ALIGN = 64 };

char *plethio_model_read(const char *path, const char *net, size_t *size, struct plethio_error *e)
{
    struct plethio_checkpoint c;
    struct pleth_weights w;
    char *bytes = plethio_read_whole(path, size, e), *made;

    if (!bytes || pleth_weights_open(&w, bytes, *size, NULL, 0) == PLETH_OK)
        return bytes;
    free(bytes);
    if (plethio_checkpoint_read(&c, path, e))
        return NULL;
    made = plethio_checkpoint_convert(&c, net, NULL, 0, size, e);
    plethio_checkpoint_free(&c);
    return made;
}

static void *aligned(size_t size)
{
    return aligned_alloc(ALIGN, (size + ALIGN - 1) / ALIGN * ALIGN);
}

int plethio_model_take(struct plethio_model *m, char *bytes, size_t size, const char *name,
                       const pleth_net_options *options, struct plethio_error *e)
{
    char message[PLETH_MESSAGE] = "";

    memset(m, 0, sizeof *m);
    m->bytes = bytes;
    m->size = size;
    m->block_size = pleth_net_size(bytes, size, options, message);
    m->block = m->block_size ? aligned(m->block_size) : NULL;
    if (m->block_size == 0 || (m->block && pleth_net_prepare(&m->net, m->block, m->block_size,
                                                             bytes, size, options, message))) {
        plethio_fail(e, "%s: %s", name, message);
        plethio_model_close(m);
        return -1;
    }
    m->work_size = m->block ? pleth_net_state_size(m->net) : 0;
    m->work = m->block ? aligned(m->work_size) : NULL;
    if (!m->work || pleth_net_open(&m->state, m->work, m->work_size, m->net)) {
        plethio_fail(e, "%s: no memory for %.0f MB", name,
                     (double)(m->block_size + m->work_size) / 1e6);
        plethio_model_close(m);
        return -1;
    }
    pleth_net_describe(m->net, &m->info);
    return 0;
}

int plethio_model_open(struct plethio_model *m, const char *path, const pleth_net_options *options,
                       struct plethio_error *e)
{
    size_t size;
    char *bytes = plethio_model_read(path, options->name, &size, e);

    memset(m, 0, sizeof *m);
    return bytes ? plethio_model_take(m, bytes, size, path, options, e) : -1;
}

void plethio_model_close(struct plethio_model *m)
{
    free(m->bytes);
    free(m->block);
    free(m->work);
    memset(m, 0, sizeof *m);
}
