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

int plethtrain_start(struct plethtrain_net *net, const struct pleth_net_shape *shape,
                     const char *path, char seen[PLETHTRAIN_SEEN], struct plethio_error *e)
{
    struct pleth_net_shape theirs;
    struct pleth_weights w;
    char message[200], have[200], want[200];
    size_t size;
    char *bytes = plethio_model_read(path, NULL, &size, e);
    int status = 0;

    if (!bytes)
        return -1;
    if (pleth_weights_open(&w, bytes, size, message, sizeof message) ||
        pleth_net_shape_read(&theirs, &w, NULL, message, sizeof message))
        status = plethio_fail(e, "%s: %s", path, message);
    if (status == 0) {
        theirs.dead_head = shape->dead_head; /* it is not read in any case */
        describe(&theirs, have);
        describe(shape, want);
        if (strcmp(have, want) != 0)
            status = plethio_fail(e,
                                  "%s: a network of another shape (%s) than is trained here "
                                  "(%s)",
                                  path, have, want);
    }
    if (status == 0 && net)
        status = plethtrain_load(net, &w, NULL, e);
    if (status == 0)
        status = plethtrain_seen_read(&w, path, seen, e);
    free(bytes);
    return status;
}
