#include "quantize.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "net/net.h"
#include "nets/nets.h"
#include "safetensors.h"

enum { TENSORS = 2048, BINS = 512 };

/* ---- Calibration --------------------------------------------------------------------------------
 */

/* The values of a record: the smallest, the largest, and, once these are known, how many lay in
 * each of so many equal parts between them. */
struct range {
    float low, high;
    uint32_t *bin; /* [BINS], or NULL to look for low and high */
};

struct calibration {
    struct pleth_plan plan;
    struct pleth_weights weights;
    struct pleth_net_shape shape;
    struct range range[PLETH_PLACES];
    uint32_t bins[PLETH_PLACES][BINS];
    uint8_t used[PLETH_RECORDS];
    uint32_t cpu_mask;
};

/* Plans the network unfused, so that every record's value is seen when it runs. */
static int plan(struct calibration *c, struct plethio_error *e)
{
    struct pleth_plan *p = &c->plan;
    char where[PLETH_MESSAGE] = "";

    pleth_graph_init(&p->graph, p->records, PLETH_RECORDS, c->shape.frames);
    pleth_net_build(&c->shape, &p->graph);
    if (pleth_plan_make(p, NULL, 0, 1, where))
        return plethio_fail(e, "the network can not be planned: %s", where);
    pleth_graph_used(&p->graph, c->used);
    return 0;
}

/* Takes some values of a place into its range. */
static void look(void *watcher, int place, const float *value, ptrdiff_t n)
{
    struct range *range = (struct range *)watcher + place;

    for (ptrdiff_t i = 0; i < n; i++) {
        const float v = value[i];
        if (range->bin) {
            const float at = (v - range->low) / (range->high - range->low) * BINS;
            range->bin[at > 0 ? at < BINS ? (int)at : BINS - 1 : 0]++;
            continue;
        }
        range->low = v < range->low ? v : range->low;
        range->high = v > range->high ? v : range->high;
    }
}

/* Runs it twice: for the ranges, then for how values lie in them. */
static int observe(struct calibration *c, int frames, const float *const *input,
                   struct plethio_error *e)
{
    struct pleth_plan *p = &c->plan;
    char where[PLETH_MESSAGE] = "";
    pleth_net_state *state;
    char *block = NULL, *work = NULL;
    float *output[4] = {NULL};
    int status = -1;

    pleth_net_seal(p, c->cpu_mask, pleth_net_name(c->shape.kind));
    pleth_prepare_layout(p);
    block = aligned_alloc(PLETH_ALIGN, (p->net.size + PLETH_ALIGN - 1) / PLETH_ALIGN * PLETH_ALIGN);
    if (!block || p->net.size == 0) {
        plethio_fail(e, "no memory for the network");
        goto done;
    }
    if (pleth_prepare_write(p, &c->weights, block, where)) {
        plethio_fail(e, "missing, or of another shape or type than the network's: %s", where);
        goto done;
    }
    work = aligned_alloc(PLETH_ALIGN, pleth_net_state_size((pleth_net *)(void *)block));
    for (int i = 0; i < p->net.info.outputs; i++)
        output[i] = calloc((size_t)frames * (size_t)p->net.info.output[i].count, sizeof(float));
    if (!work || pleth_net_open(&state, work, pleth_net_state_size((pleth_net *)(void *)block),
                                (pleth_net *)(void *)block)) {
        plethio_fail(e, "no memory for the network");
        goto done;
    }
    for (int i = 0; i < PLETH_PLACES; i++) {
        c->range[i].low = INFINITY;
        c->range[i].high = -INFINITY;
    }
    state->watch = look;
    state->watcher = c->range;
    status = pleth_net_run(state, frames, input, output);
    for (int i = 0; i < PLETH_PLACES; i++)
        if (c->range[i].high > c->range[i].low)
            c->range[i].bin = c->bins[i];
    if (!status)
        status = pleth_net_run(state, frames, input, output);
    if (status)
        plethio_fail(e, "the network does not run on this calibration data");
done:
    for (int i = 0; i < 4; i++)
        free(output[i]);
    free(work);
    free(block);
    return status;
}

/* ---- What gets a scale --------------------------------------------------------------------------
 */

/* 1 where every reader of r has the operation; 0 without any. */
static int read_by(const struct calibration *c, int r, int op, int function)
{
    const struct pleth_graph *g = &c->plan.graph;
    int any = 0;

    for (int i = r + 1; i < g->count; i++)
        for (int k = 0; c->used[i] && k < PLETH_OPERANDS; k++)
            if (g->records[i].in[k] == r) {
                if (g->records[i].op != op ||
                    (op == PLETH_OP_ACTIVATION && g->records[i].function != function))
                    return 0;
                any = 1;
            }
    return any;
}

/* Records whose value is stored in int8 with a scale of their own. Not: what is moved unchanged,
 * what is fused into its reader, a network's last numbers, floats that a network begins with. */
static int has_scale(const struct calibration *c, int r)
{
    const struct pleth_graph *g = &c->plan.graph;
    const struct pleth_record *at = &g->records[r];

    if (!c->used[r] || c->plan.place_of[r] < 0)
        return 0;
    switch (at->op) {
    case PLETH_OP_CONV:
    case PLETH_OP_LINEAR:
    case PLETH_OP_BATCH_NORM:
        return !read_by(c, r, PLETH_OP_BATCH_NORM, 0) &&
               !read_by(c, r, PLETH_OP_ACTIVATION, PLETH_RELU) &&
               !read_by(c, r, PLETH_OP_OUTPUT, 0);
    case PLETH_OP_ACTIVATION:
    case PLETH_OP_ADD:
    case PLETH_OP_MULTIPLY:
    case PLETH_OP_AVERAGE_POOL:
    case PLETH_OP_MEAN:
    case PLETH_OP_INPUT:
        return 1;
    case PLETH_OP_SLICE: /* of an input: the form in which it is kept */
        return g->records[at->in[0]].op == PLETH_OP_INPUT;
    default:
        return 0;
    }
}

/* Beyond this a function is within half a step of its limit: no use in telling values apart. */
static float limit_before(const struct calibration *c, int r)
{
    return read_by(c, r, PLETH_OP_ACTIVATION, PLETH_TANH)      ? 3.2f
           : read_by(c, r, PLETH_OP_ACTIVATION, PLETH_SIGMOID) ? 6.2f
                                                               : INFINITY;
}

/* The scale and zero point that hold a range, zero among its values. */
static void set_scale(double low, double high, float *scale, int8_t *zero)
{
    low = fmin(low, 0);
    high = fmax(high, 0);
    *scale = (float)(high > low ? (high - low) / 255 : 1);
    *zero = (int8_t)lrint(-128 - low / (double)*scale);
}

/* Sum of squared errors of a range's values when they are rounded and cut to a scale's. */
static double squared_error(const struct range *r, double scale, int zero)
{
    const double width = ((double)r->high - (double)r->low) / BINS;
    double error = 0;

    for (int i = 0; i < BINS; i++) {
        const double v = (double)r->low + (i + 0.5) * width;
        const double q = fmin(fmax(nearbyint(v / scale) + zero, -128), 127);
        const double outside = fabs((q - zero) * scale - v) - scale / 2;
        /* within the scale's range the error is that of rounding, whatever the bin's centre is */
        const double e =
            outside > 0 ? (outside + scale / 2) * (outside + scale / 2) : scale * scale / 12;
        error += r->bin[i] * e;
    }
    return error;
}

/* Cuts a range where that makes the squared error smaller, at most to a quarter on either side. */
static void choose(const struct range *range, float limit, float *scale, int8_t *zero)
{
    enum { STEPS = 24 };
    const double low = fmax((double)range->low, -(double)limit);
    const double high = fmin((double)range->high, (double)limit);
    double best = HUGE_VAL;

    set_scale(low, high, scale, zero);
    for (int i = 0; range->bin && i <= STEPS; i++)
        for (int j = 0; j <= STEPS; j++) {
            float s;
            int8_t z;
            double error;
            set_scale(low * (1 - 0.75 * i / STEPS), high * (1 - 0.75 * j / STEPS), &s, &z);
            error = squared_error(range, (double)s, z);
            if (error < best) {
                best = error;
                *scale = s;
                *zero = z;
            }
        }
}

/* ---- Weights ------------------------------------------------------------------------------------
 */

float plethio_round_weights(const float *w, int64_t n, int8_t *q)
{
    double largest = 0, best = HUGE_VAL;
    float chosen = 1;

    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)w[i]));
    if (!(largest > 0)) {
        memset(q, 0, (size_t)n);
        return 1;
    }
    for (int step = 0; step <= 20; step++) {
        const double scale = largest * (1 - 0.02 * step) / 127;
        double error = 0;
        for (int64_t i = 0; i < n; i++) {
            const double r = fmin(fmax(nearbyint((double)w[i] / scale), -127), 127) * scale;
            error += (r - (double)w[i]) * (r - (double)w[i]);
        }
        if (error < best) {
            best = error;
            chosen = (float)scale;
        }
    }
    for (int64_t i = 0; i < n; i++)
        q[i] = (int8_t)fmin(fmax(nearbyint((double)w[i] / (double)chosen), -127), 127);
    return chosen;
}

/* ---- The file -----------------------------------------------------------------------------------
 */

struct image {
    struct pleth_tensor tensor[TENSORS];
    void *owned[TENSORS]; /* names and data made here */
    int tensors, owns;
};

static void *own(struct image *f, size_t size)
{
    void *p = f->owns < TENSORS ? calloc(1, size) : NULL;

    if (p)
        f->owned[f->owns++] = p;
    return p;
}

static struct pleth_tensor *add(struct image *f, const char *prefix, int length, const char *suffix,
                                int type, int64_t count)
{
    const size_t size = (size_t)count * (size_t)pleth_type_size(type);
    const size_t tail = strlen(suffix);
    struct pleth_tensor *t;
    char *name;
    void *data;

    if (f->tensors == TENSORS)
        return NULL;
    name = own(f, (size_t)length + tail + 1);
    data = own(f, size);
    if (!name || !data)
        return NULL;
    memcpy(name, prefix, (size_t)length);
    memcpy(name + length, suffix, tail + 1);
    t = &f->tensor[f->tensors++];
    memset(t, 0, sizeof *t);
    t->name = name;
    t->name_length = (int)((size_t)length + tail);
    t->type = type;
    t->rank = 1;
    t->shape[0] = t->count = count;
    t->data = data;
    t->size = size;
    return t;
}

/* The weights of a product that runs in int8? */
static int is_product_weight(const struct calibration *c, const struct pleth_tensor *t)
{
    const struct pleth_graph *g = &c->plan.graph;

    for (int r = 0; r < g->count; r++) {
        struct pleth_parameter p;
        if ((g->records[r].op == PLETH_OP_CONV || g->records[r].op == PLETH_OP_LINEAR) &&
            c->used[r] && pleth_record_parameter(g, r, 0, &p) &&
            (int)strlen(p.name) == t->name_length &&
            memcmp(p.name, t->name, (size_t)t->name_length) == 0)
            return 1;
    }
    return 0;
}

static int add_weights(struct calibration *c, struct image *f)
{
    struct pleth_tensor t;
    size_t at = 0;

    while (pleth_weights_next(&c->weights, &at, &t)) {
        struct pleth_tensor *q, *scale;
        const int64_t outputs = t.rank > 0 ? t.shape[0] : 1, n = outputs ? t.count / outputs : 0;
        float *values;

        if (f->tensors == TENSORS)
            return -1;
        if (!is_product_weight(c, &t)) {
            f->tensor[f->tensors++] = t;
            continue;
        }
        q = add(f, t.name, t.name_length, "", PLETH_I8, t.count);
        scale = add(f, t.name, t.name_length, ".scale", PLETH_F32, outputs);
        values = malloc(sizeof *values * (size_t)(n > 0 ? n : 1));
        if (!q || !scale || !values) {
            free(values);
            return -1;
        }
        q->rank = t.rank;
        memcpy(q->shape, t.shape, sizeof q->shape);
        for (int64_t o = 0; o < outputs; o++) {
            pleth_tensor_floats(&t, o * n, n, values);
            ((float *)(uintptr_t)scale->data)[o] =
                plethio_round_weights(values, n, (int8_t *)(uintptr_t)q->data + o * n);
        }
        free(values);
    }
    return 0;
}

static int add_scales(struct calibration *c, struct image *f)
{
    for (int r = 0; r < c->plan.graph.count; r++) {
        const char *name = c->plan.graph.records[r].name;
        struct pleth_tensor *scale, *zero;
        if (!has_scale(c, r))
            continue;
        scale = add(f, name, (int)strlen(name), ".activation_scale", PLETH_F32, 1);
        zero = add(f, name, (int)strlen(name), ".activation_zero_point", PLETH_I8, 1);
        if (!scale || !zero)
            return -1;
        choose(&c->range[c->plan.place_of[r]], limit_before(c, r), (float *)(uintptr_t)scale->data,
               (int8_t *)(uintptr_t)zero->data);
    }
    return 0;
}

void *plethio_quantize(const void *model, size_t length, const pleth_net_options *options,
                       int frames, const float *const *input, size_t *size, struct plethio_error *e)
{
    struct calibration *c = calloc(1, sizeof *c);
    struct image *f = calloc(1, sizeof *f);
    struct plethio_metadata_list *metadata = calloc(1, sizeof *metadata);
    char message[PLETH_MESSAGE] = "";
    pleth_net_options plain = *options;
    void *out = NULL;

    if (!c || !f || !metadata) {
        plethio_fail(e, "no memory");
        goto done;
    }
    if (pleth_weights_open(&c->weights, model, length, message, sizeof message) ||
        pleth_net_shape_read(&c->shape, &c->weights, options->name, message, sizeof message)) {
        plethio_fail(e, "%s", message);
        goto done;
    }
    if (options->frames)
        c->shape.frames = options->frames;
    c->cpu_mask = options->cpu_mask;
    if (plan(c, e) || (frames > 0 && observe(c, frames, input, e)))
        goto done;
    if (add_weights(c, f) || (frames > 0 && add_scales(c, f))) {
        plethio_fail(e, "no memory, or more than %d tensors", TENSORS);
        goto done;
    }
    if (plethio_metadata_add_shape(metadata, &c->shape, e) ||
        plethio_metadata_add_file(metadata, &c->weights, e))
        goto done;
    out = plethio_safetensors_make(f->tensor, f->tensors, metadata->item, metadata->count, size, e);
    plain.name = NULL;
    if (out && pleth_net_size(out, *size, &plain, message) == 0) {
        plethio_fail(e, "%s has no int8 form: %s", pleth_net_name(c->shape.kind), message);
        free(out);
        out = NULL;
    }
done:
    for (int i = 0; f && i < f->owns; i++)
        free(f->owned[i]);
    free(metadata);
    free(f);
    free(c);
    return out;
}
