/* What pleth makes of a checkpoint: names, layouts and metadata of its own networks. */
#include "checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "pleth/pleth.h"

/* The model's tensors; what was not taken as it is, is owned. */
struct model {
    int count, capacity;
    struct pleth_tensor *tensor;
    int kind; /* pleth_net_kind, -1: the metadata says */
    struct plethio_metadata_list metadata;
};

static void model_free(struct model *m, const struct plethio_checkpoint *c)
{
    /* of safetensors, values are the checkpoint's */
    for (int i = 0; i < m->count; i++) {
        if (c->container != PLETHIO_SAFETENSORS)
            free((void *)(uintptr_t)m->tensor[i].data);
        free((void *)(uintptr_t)m->tensor[i].name);
    }
    free(m->tensor);
    free(m);
}

/* Appends a tensor of that name and of t's type and shape; its values are `data`, which it takes.
 */
static struct pleth_tensor *append(struct model *m, const struct pleth_tensor *t, const char *name,
                                   void *data, struct plethio_error *e)
{
    struct pleth_tensor *to = plethio_grow(m->tensor, m->count, 1, &m->capacity, sizeof *to);
    size_t n = strlen(name) + 1;
    char *copy = malloc(n);

    if (to)
        m->tensor = to;
    if (!to || !copy || !data) {
        free(copy);
        plethio_fail(e, "not enough memory");
        return NULL;
    }
    memcpy(copy, name, n);
    to += m->count++;
    *to = *t;
    to->name = copy;
    to->name_length = (int)n - 1;
    to->data = data;
    return to;
}

/* A new tensor of floats. */
static float *append_floats(struct model *m, struct pleth_tensor t, const char *name,
                            struct plethio_error *e)
{
    float *data;

    t.type = PLETH_F32;
    t.size = (size_t)t.count * sizeof *data;
    data = malloc(t.size);
    if (append(m, &t, name, data, e))
        return data;
    free(data);
    return NULL;
}

/* ---- Names of our own ------------------------------------------------------------------- */

/* The prefix that all names have and no network's names have: wrappers of training loops. */
static size_t common_prefix(const struct plethio_checkpoint *c)
{
    static const char *const prefixes[] = {"module.", "model.", "net.", "_orig_mod."};
    size_t n = 0;

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t more = strlen(prefixes[i]);
        int all = 1;

        for (int t = 0; t < c->count && all; t++)
            all = (size_t)c->tensor[t].name_length > n + more &&
                  memcmp(c->tensor[t].name + n, prefixes[i], more) == 0;
        if (all) {
            n += more;
            /* from the first one again: they may stand in any order */
            i = (size_t)-1;
        }
    }
    return n;
}

static int is_float(const struct pleth_tensor *t)
{
    return t->type == PLETH_F32 || t->type == PLETH_F16 || t->type == PLETH_BF16 ||
           t->type == PLETH_F64;
}

/* The network whose names these are, -1 where they could be several ones' or are none's. */
static int kind_by_names(const struct model *m)
{
    static const struct {
        const char *name;
        int kind;
    } marks[] = {
        {"big_conv1.weight", PLETH_NET_BIGSMALL},
        {"small_conv1.weight", PLETH_NET_BIGSMALL},
        {"final_dense_1_y.weight", PLETH_NET_MTTSCAN},
        {"first_block_conv.conv.weight", PLETH_NET_RESNET1D},
        {"ConvBlock1.0.weight", PLETH_NET_PHYSNET},
        {"enc1.patch_embed1.conv.0.weight", PLETH_NET_BIOMOE},
        {"fc3.weight", PLETH_NET_MLP},
    };

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        for (int t = 0; t < m->count; t++)
            if (strcmp(m->tensor[t].name, marks[i].name) == 0)
                return marks[i].kind;
    return -1;
}

/* PyTorch's tensors under their names without wrappers, as float32. Whole numbers are counters of
 * the training and tables of indices, which the networks do not need. */
static int map_pth(struct model *m, const struct plethio_checkpoint *c, struct plethio_error *e)
{
    size_t prefix = common_prefix(c);

    for (int i = 0; i < c->count; i++) {
        const struct pleth_tensor *t = &c->tensor[i];
        float *data;

        if (!is_float(t))
            continue;
        data = append_floats(m, *t, t->name + prefix, e);
        if (!data)
            return -1;
        pleth_tensor_floats(t, 0, t->count, data);
    }
    if (m->kind < 0)
        m->kind = kind_by_names(m);
    if (m->kind < 0)
        return plethio_fail(e,
                            "more than one network has tensors of these names, or none: which is "
                            "it? (--net)");
    return 0;
}

static int map_safetensors(struct model *m, const struct plethio_checkpoint *c,
                           struct plethio_error *e)
{
    struct pleth_weights w;
    char model[64];

    if (pleth_weights_open(&w, c->file, c->file_size, NULL, 0) ||
        plethio_metadata_add_file(&m->metadata, &w, e))
        return plethio_fail(e, "its metadata can not be read");
    for (int i = 0; i < c->count; i++)
        if (!append(m, &c->tensor[i], c->tensor[i].name, (void *)(uintptr_t)c->tensor[i].data, e))
            return -1;
    if (m->kind < 0 && !pleth_weights_metadata(&w, "model", model, sizeof model))
        m->kind = kind_by_names(m);
    return 0;
}

/* ---- The CAN family in TensorFlow's names and layouts ----------------------------------- */

struct layer {
    const char *ours, *tensorflow, *keras;
};

static const struct layer convolutions[] = {
    {"motion_conv1", "conv2d", "d1/layers/conv2d"},
    {"motion_conv2", "conv2d_1", "d1/layers/conv2d_1"},
    {"motion_conv3", "conv2d_5", "d2/layers/conv2d"},
    {"motion_conv4", "conv2d_6", "d2/layers/conv2d_1"},
    {"apperance_conv1", "conv2d_2", "g1/layers/conv2d"},
    {"apperance_conv2", "conv2d_3", "g1/layers/conv2d_1"},
    {"apperance_conv3", "conv2d_7", "g2/layers/conv2d"},
    {"apperance_conv4", "conv2d_8", "g2/layers/conv2d_1"},
    {"apperance_att_conv1", "conv2d_4", "attn1/layers/conv2d"},
    {"apperance_att_conv2", "conv2d_9", "attn2/layers/conv2d"},
};

/* pairs: the first of each reads the flattened values of the last convolution */
static const struct layer dense_pulse[] = {
    {"final_dense_1", "dense", "d/layers/dense"},
    {"final_dense_2", "dense_1", "d/layers/dense_1"},
};
static const struct layer dense_both[] = {
    {"final_dense_1_y", "dense", NULL},
    {"final_dense_2_y", "output_1", NULL},
    {"final_dense_1_r", "dense_1", NULL},
    {"final_dense_2_r", "output_2", NULL},
};

/* The weights (or biases) of a layer in the checkpoint; NULL and e if there are none. */
static const struct pleth_tensor *find_layer(const struct plethio_checkpoint *c,
                                             const struct layer *layer, int dense, int bias,
                                             struct plethio_error *e)
{
    const struct pleth_tensor *t = NULL;
    char name[100];

    if (c->container == PLETHIO_KERAS)
        snprintf(name, sizeof name, "inner/%s/vars/%d", layer->keras, bias);
    else if (c->container == PLETHIO_TFJS)
        snprintf(name, sizeof name, "%s/%s", layer->tensorflow, bias ? "bias" : "kernel");
    else
        snprintf(name, sizeof name, "model/%s/%s", layer->tensorflow,
                 bias    ? "BiasAdd"
                 : dense ? "MatMul"
                         : "Conv2D");
    if (c->container == PLETHIO_TFLITE && bias) {
        /* the names of all operations that were fused follow */
        for (int i = 0; i < c->count && !t; i++)
            if (strncmp(c->tensor[i].name, name, strlen(name)) == 0)
                t = &c->tensor[i];
    } else {
        t = plethio_checkpoint_find(c, name);
    }
    if (!t)
        plethio_fail(e, "tensor %s is missing", name);
    else if (!is_float(t))
        plethio_fail(e, "tensor %s is not of floats", name);
    else
        return t;
    return NULL;
}

/* Weights from TensorFlow's order, y,x,in,out (TensorFlow Lite's: out,y,x,in) to out,in,y,x. */
static void reorder(const struct pleth_tensor *t, int lite, int64_t o, int64_t in, int64_t h,
                    int64_t w, float *to)
{
    for (int64_t a = 0; a < o; a++)
        for (int64_t b = 0; b < in; b++)
            for (int64_t y = 0; y < h; y++)
                for (int64_t x = 0; x < w; x++)
                    *to++ = pleth_tensor_float(t, lite ? ((a * h + y) * w + x) * in + b
                                                       : ((y * w + x) * in + b) * o + a);
}

/* Appends weights and biases of a layer. `channels`: those of the picture that a dense layer sees
 * flattened; 0: it sees a vector. *outputs: those of the layer. */
static int map_layer(struct model *m, const struct plethio_checkpoint *c, const struct layer *layer,
                     int dense, int64_t channels, int64_t *outputs, struct plethio_error *e)
{
    const int lite = c->container == PLETHIO_TFLITE, rank = dense ? 2 : 4;
    const struct pleth_tensor *t = find_layer(c, layer, dense, 0, e);
    struct pleth_tensor out = {.rank = rank};
    int64_t o, in, h = 1, w = 1;
    char name[100];
    float *data;

    if (!t)
        return -1;
    if (t->rank != rank)
        return plethio_fail(e, "tensor %.100s has %d axes instead of %d", t->name, t->rank, rank);
    o = t->shape[lite ? 0 : rank - 1];
    in = t->shape[lite ? rank - 1 : rank - 2];
    if (!dense) {
        h = t->shape[lite ? 1 : 0];
        w = t->shape[lite ? 2 : 1];
    } else if (channels > 0) {
        while (h * h * channels < in)
            h++;
        if (h * h * channels != in)
            return plethio_fail(e, "tensor %.100s does not read squares of %lld channels", t->name,
                                (long long)channels);
        w = h;
        in = channels;
    }
    out.count = t->count;
    out.shape[0] = o;
    out.shape[1] = dense ? in * h * w : in;
    out.shape[2] = h;
    out.shape[3] = w;
    snprintf(name, sizeof name, "%s.weight", layer->ours);
    data = append_floats(m, out, name, e);
    if (!data)
        return -1;
    reorder(t, lite, o, in, h, w, data);
    t = find_layer(c, layer, dense, 1, e);
    if (!t)
        return -1;
    if (t->count != o)
        return plethio_fail(e, "tensor %.100s has %lld values instead of %lld", t->name,
                            (long long)t->count, (long long)o);
    snprintf(name, sizeof name, "%s.bias", layer->ours);
    data = append_floats(m, (struct pleth_tensor){.rank = 1, .shape = {o}, .count = o}, name, e);
    if (!data)
        return -1;
    pleth_tensor_floats(t, 0, o, data);
    *outputs = o;
    return 0;
}

static int map_can(struct model *m, const struct plethio_checkpoint *c, struct plethio_error *e)
{
    enum { LAST = 3 }; /* the convolution that the dense layers read */
    const int lite = c->container == PLETHIO_TFLITE;
    const int kind = lite ? PLETH_NET_MTTSCAN : PLETH_NET_TSCAN;
    const struct layer *dense = lite ? dense_both : dense_pulse;
    int64_t channels = 0, outputs;

    if (m->kind >= 0 && m->kind != kind)
        return plethio_fail(e, "%s's files are read as %s alone",
                            plethio_container_name(c->container), pleth_net_name(kind));
    m->kind = kind;
    for (size_t i = 0; i < sizeof convolutions / sizeof convolutions[0]; i++) {
        if (map_layer(m, c, &convolutions[i], 0, 0, &outputs, e))
            return -1;
        if (i == LAST)
            channels = outputs;
    }
    for (int i = 0; i < (lite ? 4 : 2); i++)
        if (map_layer(m, c, &dense[i], 1, i % 2 ? 0 : channels, &outputs, e))
            return -1;
    /* the published Keras weights were trained on longer segments than the others */
    if (c->container == PLETHIO_KERAS)
        return plethio_metadata_add(&m->metadata, "frames", "20", e);
    return 0;
}

/* ---- The model -------------------------------------------------------------------------- */

/* Whether the file has every tensor that the network reads, in its shape. */
static int check(const struct pleth_net_shape *shape, const struct pleth_weights *w,
                 struct plethio_error *e)
{
    struct pleth_record *records = calloc(PLETH_RECORDS, sizeof *records);
    struct pleth_graph g;
    struct pleth_parameter p;
    struct pleth_tensor t;
    int status = 0;

    if (!records)
        return plethio_fail(e, "not enough memory");
    pleth_graph_init(&g, records, PLETH_RECORDS, shape->frames);
    pleth_net_build(shape, &g);
    if (g.error)
        status = plethio_fail(e, "the network can not be of such a shape: %s", g.where);
    for (int r = 0; r < g.count && status == 0; r++)
        for (int i = 0; status == 0 && pleth_record_parameter(&g, r, i, &p); i++) {
            int same;

            if (!pleth_weights_find(w, p.name, &t)) {
                status = plethio_fail(e, "not a whole %s: tensor %s is missing",
                                      pleth_net_name(shape->kind), p.name);
                break;
            }
            same = t.rank == p.rank;
            for (int axis = 0; axis < p.rank && same; axis++)
                same = t.shape[axis] == p.shape[axis];
            if (!same || (!is_float(&t) && t.type != PLETH_I8))
                status = plethio_fail(e, "tensor %s has another shape or type than that of %s",
                                      p.name, pleth_net_name(shape->kind));
        }
    free(records);
    return status;
}

static int map(struct model *m, const struct plethio_checkpoint *c, const char *net,
               struct plethio_error *e)
{
    m->kind = net ? pleth_net_find(net) : -1;
    if (net && m->kind < 0)
        return plethio_fail(e, "no network of the name %.40s", net);
    if (m->kind >= 0 && plethio_metadata_add(&m->metadata, "model", pleth_net_name(m->kind), e))
        return -1;
    switch (c->container) {
    case PLETHIO_SAFETENSORS:
        return map_safetensors(m, c, e);
    case PLETHIO_PTH:
        return map_pth(m, c, e);
    default:
        return map_can(m, c, e);
    }
}

/* The model as a file, whose metadata is what was put together so far. */
static void *image_of(const struct model *m, const struct plethio_metadata_list *metadata,
                      size_t *size, struct plethio_error *e)
{
    return plethio_safetensors_make(m->tensor, m->count, metadata->item, metadata->count, size, e);
}

void *plethio_checkpoint_convert(const struct plethio_checkpoint *c, const char *net,
                                 const struct plethio_metadata *given, int keys, size_t *size,
                                 struct plethio_error *e)
{
    struct model *m = calloc(1, sizeof *m);
    struct plethio_metadata_list *all = calloc(1, sizeof *all);
    struct pleth_net_shape shape;
    struct pleth_weights w;
    char message[PLETH_MESSAGE];
    void *plain = NULL, *image = NULL;
    int status = 0;

    if (!m || !all) {
        free(m);
        free(all);
        plethio_fail(e, "not enough memory");
        return NULL;
    }
    for (int i = 0; i < keys && status == 0; i++)
        status = plethio_metadata_add(&m->metadata, given[i].key, given[i].value, e);
    if (status == 0 && map(m, c, net, e) == 0)
        plain = image_of(m, &m->metadata, size, e);
    if (plain) {
        /* what the tensors and the metadata say of the shape, then said in full */
        if (pleth_weights_open(&w, plain, *size, message, sizeof message) ||
            pleth_net_shape_read(&shape, &w, m->kind >= 0 ? pleth_net_name(m->kind) : NULL, message,
                                 sizeof message))
            plethio_fail(e, "%s", message);
        else if (check(&shape, &w, e) == 0 && plethio_metadata_add_shape(all, &shape, e) == 0 &&
                 plethio_metadata_add_file(all, &w, e) == 0)
            image = image_of(m, all, size, e);
    }
    free(plain);
    free(all);
    model_free(m, c);
    return image;
}
