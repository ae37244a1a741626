#include "start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "net/weights.h"

int plethtrain_tune_last(struct plethtrain_tuned *t, const struct pleth_net_shape *shape,
                         int blocks, struct plethio_error *e)
{
    static const struct {
        int kind;
        const char *block, *after[2];
    } names[] = {{PLETH_NET_RESNET1D, "basicblock_list.", {"final_bn.", "dense."}},
                 {PLETH_NET_TCN, "blocks.", {"final_norm.", "dense."}},
                 {PLETH_NET_MLP, NULL, {"fc3.", NULL}}};
    int n = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const int all = names[i].block ? shape->blocks : 0;
        if (names[i].kind != shape->kind)
            continue;
        if (blocks > all || all > 24)
            return plethio_fail(e, "the last %d blocks can not be tuned: %s has %d", blocks,
                                pleth_net_name(shape->kind), all);
        for (int k = all - blocks; k < all; k++)
            snprintf(t->name[n++], sizeof *t->name, "%s%d.", names[i].block, k);
        for (int k = 0; k < 2 && names[i].after[k]; k++)
            snprintf(t->name[n++], sizeof *t->name, "%s", names[i].after[k]);
    }
    for (int i = 0; i < n; i++)
        t->prefix[i] = t->name[i];
    t->prefix[n] = NULL;
    return 0;
}

/* A shape in words: "model resnet1d, blocks 6, ...". */
static void describe(const struct pleth_net_shape *shape, char text[200])
{
    char key[16], value[16];

    text[0] = '\0';
    for (int i = 0; pleth_net_shape_metadata(shape, i, key, value); i++) {
        const size_t used = strlen(text);
        snprintf(text + used, 200 - used, "%s%s %s", i ? ", " : "", key, value);
    }
}

/* A model file, to be freed, its weights and its shape. */
static char *open_start(const char *path, struct pleth_weights *w, struct pleth_net_shape *shape,
                        struct plethio_error *e)
{
    char message[200];
    size_t size;
    char *bytes = plethio_model_read(path, NULL, &size, e);

    if (!bytes)
        return NULL;
    if (pleth_weights_open(w, bytes, size, message, sizeof message) == 0 &&
        pleth_net_shape_read(shape, w, NULL, message, sizeof message) == 0)
        return bytes;
    plethio_fail(e, "%s: %s", path, message);
    free(bytes);
    return NULL;
}

int plethtrain_start_shape(struct pleth_net_shape *shape, const char *path, struct plethio_error *e)
{
    struct pleth_weights w;
    char *bytes = open_start(path, &w, shape, e);

    free(bytes);
    if (!bytes)
        return -1;
    if (shape->kind != PLETH_NET_RESNET1D && shape->kind != PLETH_NET_MLP &&
        shape->kind != PLETH_NET_TCN)
        return plethio_fail(e, "%s: %s is none of the networks that are trained", path,
                            pleth_net_name(shape->kind));
    return 0;
}

int plethtrain_start(struct plethtrain_net *net, const struct pleth_net_shape *shape,
                     const char *path, char seen[PLETHTRAIN_SEEN], struct plethio_error *e)
{
    struct pleth_net_shape theirs;
    struct pleth_weights w;
    char have[200], want[200];
    char *bytes = open_start(path, &w, &theirs, e);
    int status = 0;

    if (!bytes)
        return -1;
    theirs.dead_head = shape->dead_head; /* it is not read in any case */
    describe(&theirs, have);
    describe(shape, want);
    if (strcmp(have, want) != 0)
        status = plethio_fail(e, "%s: a network of another shape (%s) than is trained here (%s)",
                              path, have, want);
    if (status == 0 && net)
        status = plethtrain_load(net, &w, NULL, e);
    if (status == 0)
        status = plethtrain_seen_read(&w, path, seen, e);
    free(bytes);
    return status;
}
