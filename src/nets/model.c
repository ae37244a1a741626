/* From a model's bytes to a prepared network: which one it is, its plan, its weights. */
#include <string.h>

#include "../net/net.h"
#include "nets.h"

/* ---- Options, and what a model is refused for ---------------------------------------------------
 */

void pleth_net_options_init(pleth_net_options *options, uint32_t version)
{
    memset(options, 0, sizeof *options);
    options->version = version;
    options->cpu_mask = PLETH_CPU_ALL;
}

static int refuse(char *message, const char *what, const char *where)
{
    size_t n = strlen(what), m = strlen(where);

    if (message) {
        n = n < PLETH_MESSAGE ? n : PLETH_MESSAGE - 1;
        m = m < PLETH_MESSAGE - 1 - n ? m : PLETH_MESSAGE - 1 - n;
        memcpy(message, what, n);
        memcpy(message + n, where, m);
        message[n + m] = '\0';
    }
    return PLETH_EINVAL;
}

/* From the model's bytes to a plan with its layout. */
static int plan(struct pleth_plan *p, struct pleth_weights *w, const void *model, size_t length,
                const pleth_net_options *options, char *message)
{
    struct pleth_net_shape shape;
    char where[PLETH_MESSAGE] = "";
    int status;

    if (!model || !options)
        return refuse(message, "no model", "");
    if (options->version >> 8 != PLETH_VERSION >> 8) {
        refuse(message, "options made by another version of pleth.h", "");
        return PLETH_EVERSION;
    }
    if (options->batch < 0 || options->batch > 1024)
        return refuse(message, "batch is not within 0..1024", "");
    if (options->frames < 0 || options->frames > 1024)
        return refuse(message, "frames of a segment are not within 0..1024", "");
    status = pleth_weights_open(w, model, length, where, sizeof where);
    if (status)
        return refuse(message, where, "");
    status = pleth_net_shape_read(&shape, w, options->name, where, sizeof where);
    if (status)
        return refuse(message, where, "");
    if (options->frames)
        shape.frames = options->frames;
    pleth_graph_init(&p->graph, p->records, PLETH_STEPS, shape.frames);
    pleth_net_build(&shape, &p->graph);
    status = pleth_plan_make(p, w, options->batch, options->exact, where);
    if (status)
        return refuse(message, "the network can not be planned: ", where);
    pleth_net_seal(p, options->cpu_mask, pleth_net_name(shape.kind));
    pleth_prepare_layout(p);
    return p->net.size ? PLETH_OK : refuse(message, "the network is too large", "");
}

size_t pleth_net_size(const void *model, size_t length, const pleth_net_options *options,
                      char *message)
{
    struct pleth_plan p;
    struct pleth_weights w;

    return plan(&p, &w, model, length, options, message) ? 0 : p.net.size;
}

int pleth_net_prepare(const pleth_net **net, void *memory, size_t size, const void *model,
                      size_t length, const pleth_net_options *options, char *message)
{
    struct pleth_plan p;
    struct pleth_weights w;
    char where[PLETH_MESSAGE] = "";
    int status;

    if (!net)
        return refuse(message, "no net to give", "");
    *net = NULL;
    status = plan(&p, &w, model, length, options, message);
    if (status)
        return status;
    if (!memory || size < p.net.size || (uintptr_t)memory % PLETH_ALIGN) {
        refuse(message, "memory smaller than pleth_net_size or not aligned to 64 bytes", "");
        return PLETH_EMEMORY;
    }
    if (pleth_prepare_write(&p, &w, memory, where))
        return refuse(message, "missing, or of another shape or type than the network's: ", where);
    *net = memory;
    return PLETH_OK;
}
