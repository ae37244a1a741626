#define _POSIX_C_SOURCE 200809L

#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "memory.h"
#include "path.h"

enum { ALIGN = 64, PLACES = 3 };

/* The folders of kept models, those that there may be, in their order; "" for none. */
static void places(char folder[PLACES][1024])
{
    const char *named = getenv("PLETH_MODELS");
    char program[960];
    const ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char *end;

    folder[0][0] = folder[1][0] = folder[2][0] = '\0';
    if (named)
        snprintf(folder[0], sizeof folder[0], "%s", named);
    if (n <= 0 || n == (ssize_t)sizeof program - 1) /* not told, or cut */
        return;
    program[n] = '\0';
    end = strrchr(program, '/');
    if (!end)
        return;
    *end = '\0';
    snprintf(folder[2], sizeof folder[2], "%s/models", program);
    end = strrchr(program, '/');
    if (end && strcmp(end, "/bin") == 0)
        snprintf(folder[1], sizeof folder[1], "%.*s/share/pleth/models", (int)(end - program),
                 program);
}

const char *plethio_model_find(char to[1024], const char *word, struct plethio_error *e)
{
    char folder[PLACES][1024], looked[400] = "";

    if (access(word, F_OK) == 0 || strchr(word, '.') || *word == '/' || !*word)
        return word;
    places(folder);
    for (int i = 0; i < PLACES; i++) {
        const size_t used = strlen(looked);
        if (!*folder[i])
            continue;
        if (plethio_join(to, folder[i], word, ".safetensors", e))
            return NULL;
        if (plethio_is_file(to))
            return to;
        snprintf(looked + used, sizeof looked - used, "%s%.120s", used ? ", " : "", folder[i]);
    }
    plethio_fail(e, "%.60s: neither a file nor a kept model: no %.60s.safetensors in %s", word,
                 word, *looked ? looked : "PLETH_MODELS, which is not set");
    return NULL;
}

char *plethio_model_read(const char *path, const char *net, size_t *size, struct plethio_error *e)
{
    struct plethio_checkpoint c;
    struct pleth_weights w;
    char found[1024], *bytes, *made;

    path = plethio_model_find(found, path, e);
    bytes = path ? plethio_read_whole(path, size, e) : NULL;
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
