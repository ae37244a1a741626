#define _POSIX_C_SOURCE 200809L

#include "net_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/weights.h"
#include "quantize.h"
#include "safetensors.h"

/* ---- Random weights -------------------------------------------------------------------------- */

/* splitmix64, uniform in -1..1 */
static float uniform(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (float)(int32_t)(z >> 32) * (1.0f / 2147483648.0f);
}

static int ends_in(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);

    return n >= m && strcmp(name + n - m, end) == 0;
}

/* Values that keep what goes through the network at its size: gains about 1, sums of the inputs'
 * variance, small offsets. */
static float *random_values(const struct pleth_parameter *p, int norm, size_t count, uint64_t *seed)
{
    float *v = malloc(count * sizeof *v);
    size_t inputs = 1;
    float size;

    for (int axis = 1; axis < p->rank; axis++)
        inputs *= (size_t)p->shape[axis];
    size = p->rank > 1 ? (float)sqrt(3 / (double)inputs) : 0.1f;
    for (size_t i = 0; v && i < count; i++)
        v[i] = (norm && ends_in(p->name, ".weight")) || ends_in(p->name, ".running_var")
                   ? 1 + 0.5f * uniform(seed)
                   : size * uniform(seed);
    return v;
}

enum { TENSORS = 1024 };

/* Everything that making a model needs, too much for a stack. */
struct maker {
    struct pleth_record records[PLETH_RECORDS];
    struct pleth_graph graph;
    struct pleth_parameter parameter[TENSORS];
    struct pleth_tensor tensor[TENSORS];
    int tensors;
    struct plethio_metadata_list metadata;
};

/* Parameters that several records share are there once. */
static int is_known(const struct maker *m, const char *name)
{
    for (int k = 0; k < m->tensors; k++)
        if (strcmp(m->parameter[k].name, name) == 0)
            return 1;
    return 0;
}

static int add_parameters(struct maker *m, int record, uint64_t *seed, struct plethio_error *e)
{
    const int op = m->records[record].op;
    const int norm = op == PLETH_OP_BATCH_NORM || op == PLETH_OP_LAYER_NORM;
    struct pleth_parameter p;

    for (int i = 0; pleth_record_parameter(&m->graph, record, i, &p); i++) {
        struct pleth_tensor *t = &m->tensor[m->tensors];
        if (is_known(m, p.name))
            continue;
        if (m->tensors == TENSORS)
            return plethio_fail(e, "more than %d tensors", TENSORS);
        m->parameter[m->tensors] = p;
        t->name = m->parameter[m->tensors].name;
        t->name_length = (int)strlen(t->name);
        t->type = PLETH_F32;
        t->rank = p.rank;
        t->count = 1;
        for (int axis = 0; axis < p.rank; axis++)
            t->count *= t->shape[axis] = p.shape[axis];
        t->size = (size_t)t->count * sizeof(float);
        t->data = random_values(&p, norm, (size_t)t->count, seed);
        if (!t->data)
            return plethio_fail(e, "no memory for the weights");
        m->tensors++;
    }
    return 0;
}

static char *make(struct maker *m, const struct pleth_net_shape *shape, size_t *size,
                  struct plethio_error *e)
{
    uint64_t seed = 1;

    pleth_graph_init(&m->graph, m->records, PLETH_RECORDS, shape->frames);
    pleth_net_build(shape, &m->graph);
    if (m->graph.error) {
        plethio_fail(e, "%s can not be built: %s", pleth_net_name(shape->kind), m->graph.where);
        return NULL;
    }
    for (int r = 0; r < m->graph.count; r++)
        if (add_parameters(m, r, &seed, e))
            return NULL;
    if (plethio_metadata_add_shape(&m->metadata, shape, e))
        return NULL;
    return plethio_safetensors_make(m->tensor, m->tensors, m->metadata.item, m->metadata.count,
                                    size, e);
}

char *net_time_random(const struct pleth_net_shape *shape, size_t *size, struct plethio_error *e)
{
    struct maker *m = calloc(1, sizeof *m);
    char *bytes;

    if (!m) {
        plethio_fail(e, "no memory");
        return NULL;
    }
    bytes = make(m, shape, size, e);
    for (int k = 0; k < m->tensors; k++)
        free((void *)(uintptr_t)m->tensor[k].data);
    free(m);
    return bytes;
}

/* ---- Ready to run ---------------------------------------------------------------------------- */

/* Multiply-accumulates of a frame. */
static int count_macs(const struct plethio_model *m, const pleth_net_options *options, double *macs,
                      struct plethio_error *e)
{
    struct pleth_record *records = malloc(PLETH_RECORDS * sizeof *records);
    char message[PLETH_MESSAGE] = "";
    struct pleth_net_shape shape;
    struct pleth_weights w;
    struct pleth_counts counts;
    struct pleth_graph g;
    int status = -1;

    if (!records)
        return plethio_fail(e, "no memory");
    if (pleth_weights_open(&w, m->bytes, m->size, message, sizeof message) ||
        pleth_net_shape_read(&shape, &w, options->name, message, sizeof message)) {
        plethio_fail(e, "%s", message);
    } else {
        shape.frames = options->frames ? options->frames : shape.frames;
        pleth_graph_init(&g, records, PLETH_RECORDS, shape.frames);
        pleth_net_build(&shape, &g);
        pleth_graph_count(&g, &counts);
        *macs = (double)counts.macs / g.frames;
        status = 0;
    }
    free(records);
    return status;
}

static float *values(size_t n)
{
    return aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);
}

static int add_arrays(struct net_time *t)
{
    const pleth_net_info *info = &t->model.info;
    uint64_t seed = 2;

    for (int i = 0; i < info->inputs; i++) {
        const size_t n = (size_t)info->input[i].count * (size_t)(t->count + info->difference);
        t->input[i] = values(n);
        for (size_t k = 0; t->input[i] && k < n; k++)
            t->input[i][k] = uniform(&seed);
        if (!t->input[i])
            return -1;
    }
    for (int i = 0; i < info->outputs; i++) {
        t->output[i] = values((size_t)info->output[i].count * (size_t)t->count);
        if (!t->output[i])
            return -1;
    }
    return 0;
}

int net_time_open(struct net_time *t, char *bytes, size_t size, const char *name,
                  const pleth_net_options *options, int count, struct plethio_error *e)
{
    memset(t, 0, sizeof *t);
    if (plethio_model_take(&t->model, bytes, size, name, options, e))
        return -1;
    t->count = count ? count : t->model.info.frames;
    if (count_macs(&t->model, options, &t->macs, e)) {
        net_time_close(t);
        return -1;
    }
    t->macs *= t->count;
    if (add_arrays(t)) {
        plethio_fail(e, "%s: no memory for %d frames", name, t->count);
        net_time_close(t);
        return -1;
    }
    return 0;
}

int net_time_open_int8(struct net_time *t, const struct net_time *wide,
                       const pleth_net_options *options, struct plethio_error *e)
{
    pleth_net_options narrow = *options;
    size_t size;
    char *bytes = plethio_quantize(wide->model.bytes, wide->model.size, options, wide->count,
                                   (const float *const *)wide->input, &size, e);

    memset(t, 0, sizeof *t);
    narrow.name = NULL; /* the new file says */
    return bytes ? net_time_open(t, bytes, size, wide->model.info.name, &narrow, wide->count, e)
                 : -1;
}

void net_time_close(struct net_time *t)
{
    for (int i = 0; i < 2; i++)
        free(t->input[i]);
    for (int i = 0; i < 4; i++)
        free(t->output[i]);
    plethio_model_close(&t->model);
    memset(t, 0, sizeof *t);
}

void net_time_call(struct net_time *t)
{
    /* which fails for missing arrays alone */
    pleth_net_run(t->model.state, t->count, (const float *const *)t->input, t->output);
}

/* ---- Times ----------------------------------------------------------------------------------- */

enum { MOST = 20000, TURNS = 10, NETS = 2 };

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The value below which a share of them lies, between neighbours linearly. */
static double quantile(const double *sorted, int n, double share)
{
    const double at = share * (n - 1);
    const int i = (int)at;

    return i + 1 < n ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

void net_time_measure(struct net_time *const *t, int n, double seconds, struct net_times *times)
{
    static double ms[NETS][MOST];
    int calls[NETS] = {0};

    for (int turn = 0; turn < TURNS; turn++)
        for (int i = 0; i < n; i++) {
            double start;
            net_time_call(t[i]); /* the other network's data leave the cache */
            start = now_s();
            do {
                const double from = now_s();
                net_time_call(t[i]);
                ms[i][calls[i]++] = 1e3 * (now_s() - from);
            } while (calls[i] < MOST * (turn + 1) / TURNS && now_s() - start < seconds / TURNS);
        }
    for (int i = 0; i < n; i++) {
        qsort(ms[i], (size_t)calls[i], sizeof ms[i][0], by_size);
        times[i] =
            (struct net_times){ms[i][0],
                               quantile(ms[i], calls[i], 0.5),
                               {quantile(ms[i], calls[i], 0.25), quantile(ms[i], calls[i], 0.75)}};
    }
}
