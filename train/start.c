#include "start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "shape.h"

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

/* The tensors are those of a network of the shape, before there is any memory for one. */
static int check_tensors(const struct plethtrain_model *m, const char *path,
                         struct plethio_error *e)
{
    struct pleth_record *records = malloc(PLETH_RECORDS * sizeof *records);
    struct pleth_parameter p;
    struct pleth_tensor t;
    struct pleth_graph g;
    char shape[PLETHTRAIN_SHAPE];
    int status = 0;

    if (!records)
        return plethio_fail(e, "no memory for a model");
    pleth_graph_init(&g, records, PLETH_RECORDS, m->shape.frames);
    pleth_net_build(&m->shape, &g);
    for (int i = 0; i < g.count && g.error == PLETH_OK && status == 0; i++)
        for (int k = 0; pleth_record_parameter(&g, i, k, &p) && status == 0; k++) {
            int64_t count = 1;
            for (int axis = 0; axis < p.rank; axis++)
                count *= p.shape[axis];
            if (pleth_weights_find(&m->weights, p.name, &t) && t.count == count)
                continue;
            plethtrain_shape_text(&m->shape, shape);
            status = plethio_fail(e, "%s: lacks %s of the network that it says it is (%s)", path,
                                  p.name, shape);
        }
    free(records);
    return status;
}

int plethtrain_model_open(struct plethtrain_model *m, const char *path, char seen[PLETHTRAIN_SEEN],
                          struct plethio_error *e)
{
    char message[200];
    size_t size;

    m->bytes = plethio_model_read(path, NULL, &size, e);
    if (!m->bytes)
        return -1;
    if (pleth_weights_open(&m->weights, m->bytes, size, message, sizeof message) ||
        pleth_net_shape_read(&m->shape, &m->weights, NULL, message, sizeof message))
        plethio_fail(e, "%s: %s", path, message);
    else if (check_tensors(m, path, e) == 0 &&
             plethtrain_seen_read(&m->weights, path, seen, e) == 0)
        return 0;
    free(m->bytes);
    return -1;
}

int plethtrain_model_load(struct plethtrain_net *net, const struct plethtrain_model *m,
                          const char *path, struct plethio_error *e)
{
    struct plethio_error why;

    return plethtrain_load(net, &m->weights, NULL, &why) ? plethio_fail(e, "%s: %s", path, why.text)
                                                         : 0;
}

int plethtrain_start_shape(struct pleth_net_shape *shape, const char *path, struct plethio_error *e)
{
    char seen[PLETHTRAIN_SEEN];
    struct plethtrain_model m;

    if (plethtrain_model_open(&m, path, seen, e))
        return -1;
    free(m.bytes);
    *shape = m.shape;
    if (plethtrain_network(pleth_net_name(shape->kind)) < 0)
        return plethio_fail(e, "%s: %s is none of the networks that are trained", path,
                            pleth_net_name(shape->kind));
    return 0;
}

int plethtrain_start(struct plethtrain_net *net, const struct pleth_net_shape *shape,
                     const char *path, char seen[PLETHTRAIN_SEEN], struct plethio_error *e)
{
    char have[PLETHTRAIN_SHAPE], want[PLETHTRAIN_SHAPE];
    struct plethtrain_model m;
    int status = 0;

    if (plethtrain_model_open(&m, path, seen, e))
        return -1;
    m.shape.dead_head = shape->dead_head; /* it is not read in any case */
    plethtrain_shape_text(&m.shape, have);
    plethtrain_shape_text(shape, want);
    if (strcmp(have, want) != 0)
        status = plethio_fail(e,
                              "%s: a network of another shape (%s) than is trained here "
                              "(%s)",
                              path, have, want);
    if (status == 0 && net)
        status = plethtrain_model_load(net, &m, path, e);
    free(m.bytes);
    return status;
}
