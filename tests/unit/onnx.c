/* ONNX models read back: the wire format, what nodes read and give, the weights, int8, and what is
 * refused. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>

#include "kern/int8.h"
#include "net/net.h"
#include "onnx.h"
#include "pleth/pleth.h"
#include "safetensors.h"
#include "test.h"

/* ---- Models of random weights --------------------------------------------------------------- */

enum { TENSORS = 1200 };

struct names {
    char text[PLETH_NAME + 64];
};

static struct pleth_record records[PLETH_RECORDS];
static struct pleth_graph graph;
static struct pleth_tensor tensors[TENSORS];
static struct names names[TENSORS];
static int count;
static uint32_t seed;

static float uniform(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / 16777216.0f;
}

/* A new tensor of n values of some type; the values. */
static void *add(const char *name, const char *suffix, int type, int rank, const int *shape)
{
    struct pleth_tensor *t = &tensors[count];

    snprintf(names[count].text, sizeof names[count].text, "%s%s", name, suffix);
    memset(t, 0, sizeof *t);
    t->name = names[count].text;
    t->name_length = (int)strlen(t->name);
    t->type = type;
    t->rank = rank;
    t->count = 1;
    for (int k = 0; k < rank; k++)
        t->count *= t->shape[k] = shape[k];
    t->size = (size_t)t->count * (size_t)pleth_type_size(type);
    t->data = calloc(1, t->size);
    count++;
    return (void *)(uintptr_t)t->data;
}

static int number_of(const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i].text, name) == 0)
            return i;
    return -1;
}

static void add_float(const char *name, const char *suffix, int rank, const int *shape)
{
    float *values = add(name, suffix, PLETH_F32, rank, shape);

    for (int64_t i = 0; i < tensors[count - 1].count; i++)
        values[i] = 0.1f + uniform(); /* variances must be positive */
}

/* Every parameter of the graph; products in int8, and their results, where `int8`. */
static void fill(int int8)
{
    static const int one[1] = {1};

    count = 0;
    seed = 1;
    for (int i = 0; i < graph.count; i++) {
        const struct pleth_record *r = &records[i];
        const int product = r->op == PLETH_OP_CONV || r->op == PLETH_OP_LINEAR;
        struct pleth_parameter p;
        for (int k = 0; pleth_record_parameter(&graph, i, k, &p); k++) {
            if (number_of(p.name) >= 0)
                continue;
            if (int8 && product && k == 0) {
                int8_t *values = add(p.name, "", PLETH_I8, p.rank, p.shape);
                for (int64_t v = 0; v < tensors[count - 1].count; v++)
                    values[v] = (int8_t)(254 * uniform() - 127);
                add_float(p.name, ".scale", 1, p.shape);
            } else {
                add_float(p.name, "", p.rank, p.shape);
            }
        }
        if (int8 && (product || r->op == PLETH_OP_INPUT)) {
            add_float(r->name, ".activation_scale", 1, one);
            *(int8_t *)add(r->name, ".activation_zero_point", PLETH_I8, 1, one) = -7;
        }
    }
}

static void release(void)
{
    for (int i = 0; i < count; i++)
        free((void *)(uintptr_t)tensors[i].data);
    count = 0;
}

static void build(const struct pleth_net_shape *s)
{
    pleth_graph_init(&graph, records, PLETH_RECORDS, s->frames);
    pleth_net_build(s, &graph);
    CHECK(graph.error == 0);
}

/* The model's bytes; NULL and e where it is refused. */
static uint8_t *write_model(const struct pleth_net_shape *s, size_t *size, struct plethio_error *e)
{
    char *bytes = NULL, message[PLETH_MESSAGE] = "";
    struct pleth_weights w;
    size_t length;
    void *image = plethio_safetensors_make(tensors, count, NULL, 0, &length, e);
    FILE *f = open_memstream(&bytes, size);
    int status = -1;

    CHECK(image != NULL && f != NULL);
    if (image && f) {
        CHECK(pleth_weights_open(&w, image, length, message, sizeof message) == 0);
        status = plethio_onnx_write_graph(f, s, &graph, &w, e);
        fclose(f);
    }
    free(image);
    if (status == 0)
        return (uint8_t *)bytes;
    free(bytes);
    return NULL;
}

/* ---- The wire format ------------------------------------------------------------------------ */

struct bytes {
    const uint8_t *at, *end;
};

struct field {
    int number;
    uint64_t value;      /* of a varint */
    struct bytes within; /* of what has a length */
};

static int take_varint(struct bytes *b, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && b->at < b->end; shift += 7) {
        *value |= (uint64_t)(*b->at & 127) << shift;
        if (*b->at++ < 128)
            return 1;
    }
    return 0;
}

/* The next field; 0 at the end, which must be reached exactly. */
static int take(struct bytes *b, struct field *f)
{
    uint64_t tag, length;

    memset(f, 0, sizeof *f);
    if (b->at == b->end)
        return 0;
    if (!take_varint(b, &tag))
        goto broken;
    f->number = (int)(tag >> 3);
    switch (tag & 7) {
    case 0:
        if (!take_varint(b, &f->value))
            goto broken;
        return 1;
    case 2:
        if (!take_varint(b, &length) || length > (uint64_t)(b->end - b->at))
            goto broken;
        f->within.at = b->at;
        f->within.end = b->at += length;
        return 1;
    case 5:
        if (b->end - b->at < 4)
            goto broken;
        b->at += 4;
        return 1;
    default:
        break;
    }
broken:
    CHECK(b->at == NULL); /* never: a field is cut off, or of a kind that is not used */
    return 0;
}

static struct names text_of(struct bytes b)
{
    struct names t = {""};

    CHECK(b.end - b.at < (ptrdiff_t)sizeof t.text);
    if (b.end - b.at < (ptrdiff_t)sizeof t.text)
        memcpy(t.text, b.at, (size_t)(b.end - b.at));
    return t;
}

/* The first field of a number, empty without one. */
static struct field first(struct bytes b, int number)
{
    struct field f;

    while (take(&b, &f))
        if (f.number == number)
            return f;
    return (struct field){0};
}

/* ---- What a model says ---------------------------------------------------------------------- */

enum { VALUES = 6000 };

static struct {
    struct names name;
    int constant, read;
    struct bytes data; /* of a constant */
} values[VALUES];
static int known;

static int value_of(const char *name)
{
    for (int i = 0; i < known; i++)
        if (strcmp(values[i].name.text, name) == 0)
            return i;
    return -1;
}

static void learn(struct names name, int constant, struct bytes data)
{
    CHECK(name.text[0] != '\0' && value_of(name.text) < 0 && known < VALUES);
    values[known].name = name;
    values[known].constant = constant;
    values[known].read = 0;
    values[known++].data = data;
}

static void learn_constant(struct bytes tensor)
{
    static const int sizes[] = {[1] = 4, [3] = 1, [6] = 4, [7] = 8};
    const uint64_t type = first(tensor, 2).value;
    const struct bytes data = first(tensor, 9).within;
    struct bytes rest = tensor;
    struct field f;
    uint64_t size = 1;

    while (take(&rest, &f))
        if (f.number == 1)
            size *= f.value;
    CHECK(type == 1 || type == 3 || type == 6 || type == 7);
    if (type < sizeof sizes / sizeof sizes[0])
        CHECK(size * (uint64_t)sizes[type] == (uint64_t)(data.end - data.at));
    learn(text_of(first(tensor, 8).within), 1, data);
}

/* Names of a port and its axes: "x (frames, 3, 9, 9)". */
static struct names port_of(struct bytes port)
{
    struct bytes shape = first(first(first(port, 2).within, 1).within, 2).within;
    struct names t = text_of(first(port, 1).within);
    size_t n = strlen(t.text);
    struct field axis;

    CHECK(first(first(first(port, 2).within, 1).within, 1).value == 1);
    for (int i = 0; take(&shape, &axis); i++) {
        n += (size_t)snprintf(t.text + n, sizeof t.text - n, "%s", i ? ", " : " (");
        if (i == 0)
            n += (size_t)snprintf(t.text + n, sizeof t.text - n, "%s",
                                  text_of(first(axis.within, 2).within).text);
        else
            n += (size_t)snprintf(t.text + n, sizeof t.text - n, "%d",
                                  (int)first(axis.within, 1).value);
    }
    snprintf(t.text + n, sizeof t.text - n, ")");
    return t;
}

struct model {
    int nodes;
    char ports[600]; /* "x (...) -> y (...) ..." */
    struct bytes graph;
};

static int nodes_of(const struct model *m, const char *op)
{
    struct bytes rest = m->graph;
    struct field f;
    int n = 0;

    while (take(&rest, &f))
        n += f.number == 1 && strcmp(text_of(first(f.within, 4).within).text, op) == 0;
    return n;
}

static void check_metadata(struct bytes model, const struct pleth_net_shape *s)
{
    char key[16], value[16];
    struct field f;
    int i = 0;

    while (take(&model, &f))
        if (f.number == 14) {
            CHECK(pleth_net_shape_metadata(s, i++, key, value));
            CHECK(strcmp(text_of(first(f.within, 1).within).text, key) == 0);
            CHECK(strcmp(text_of(first(f.within, 2).within).text, value) == 0);
        }
    CHECK(i > 0 && !pleth_net_shape_metadata(s, i, key, value));
}

/* Everything that a node reads is there before it, is read somewhere, and has one name. */
static struct model check_model(const uint8_t *bytes, size_t size, const struct pleth_net_shape *s)
{
    const struct bytes whole = {bytes, bytes + size};
    struct model m = {0, "", first(whole, 7).within};
    struct bytes rest = m.graph, node;
    struct field f, g;

    known = 0;
    CHECK(first(whole, 1).value == 8 && first(first(whole, 8).within, 2).value == 17);
    CHECK(strcmp(text_of(first(whole, 2).within).text, "pleth") == 0);
    check_metadata(whole, s);
    while (take(&rest, &f)) {
        if (f.number == 5)
            learn_constant(f.within);
        if (f.number == 11) {
            learn(text_of(first(f.within, 1).within), 0, (struct bytes){NULL, NULL});
            strcat(strcat(m.ports, port_of(f.within).text), " ");
        }
    }
    strcat(m.ports, "->");
    rest = m.graph;
    while (take(&rest, &f)) {
        if (f.number != 1)
            continue;
        m.nodes++;
        node = f.within;
        while (take(&node, &g))
            if (g.number == 1) {
                const int from = value_of(text_of(g.within).text);
                CHECK(from >= 0);
                if (from >= 0)
                    values[from].read = 1;
            }
        learn(text_of(first(f.within, 2).within), 0, (struct bytes){NULL, NULL});
    }
    rest = m.graph;
    while (take(&rest, &f))
        if (f.number == 12) {
            const int from = value_of(text_of(first(f.within, 1).within).text);
            CHECK(from >= 0);
            if (from >= 0)
                values[from].read = 1;
            strcat(strcat(m.ports, " "), port_of(f.within).text);
        }
    for (int i = 0; i < known; i++)
        CHECK(values[i].read);
    return m;
}

static int used_records(int op)
{
    uint8_t used[PLETH_RECORDS];
    int n = 0;

    pleth_graph_used(&graph, used);
    for (int i = 0; i < graph.count; i++)
        n += used[i] && records[i].op == op;
    return n;
}

/* ---- Networks ------------------------------------------------------------------------------- */

static void check_weights(void)
{
    uint8_t used[PLETH_RECORDS];
    int found = 0;

    pleth_graph_used(&graph, used);
    for (int i = 0; i < graph.count; i++) {
        struct pleth_parameter p;
        int at, from;
        if (!used[i] || (records[i].op != PLETH_OP_CONV && records[i].op != PLETH_OP_BATCH_NORM) ||
            !pleth_record_parameter(&graph, i, 0, &p))
            continue;
        at = value_of(p.name);
        from = number_of(p.name);
        CHECK(from >= 0);
        if (at < 0) /* in a model of more axes the name says how many */
            continue;
        found++;
        CHECK((size_t)(values[at].data.end - values[at].data.at) == tensors[from].size);
        CHECK(memcmp(values[at].data.at, tensors[from].data, tensors[from].size) == 0);
    }
    CHECK(found > 0 || used_records(PLETH_OP_CONV) == 0);
}

static void check_network(const struct pleth_net_shape *s, const char *ports)
{
    struct plethio_error e = {""};
    size_t size = 0;
    struct model m;
    uint8_t *bytes;

    build(s);
    fill(0);
    bytes = write_model(s, &size, &e);
    CHECK(bytes != NULL);
    if (bytes) {
        m = check_model(bytes, size, s);
        check_weights();
        CHECK(strcmp(m.ports, ports) == 0);
        if (strcmp(m.ports, ports) != 0)
            printf("%s\n%s\n", m.ports, ports);
        CHECK(nodes_of(&m, "Conv") + nodes_of(&m, "Gemm") ==
              used_records(PLETH_OP_CONV) + used_records(PLETH_OP_LINEAR));
        CHECK(nodes_of(&m, "ConvTranspose") == used_records(PLETH_OP_CONV_TRANSPOSED));
        CHECK(nodes_of(&m, "BatchNormalization") == used_records(PLETH_OP_BATCH_NORM));
        CHECK(nodes_of(&m, "LayerNormalization") == used_records(PLETH_OP_LAYER_NORM));
        CHECK(nodes_of(&m, "Softmax") == used_records(PLETH_OP_ATTENTION));
        CHECK(nodes_of(&m, "QuantizeLinear") + nodes_of(&m, "DequantizeLinear") == 0);
        printf("%-16s %4d nodes, %8zu bytes\n", pleth_net_name(s->kind), m.nodes, size);
    } else {
        printf("%s: %s\n", pleth_net_name(s->kind), e.text);
    }
    free(bytes);
    release();
}

static struct pleth_net_shape shape_of(int kind)
{
    struct pleth_net_shape s;

    pleth_net_shape_default(&s, kind);
    return s;
}

static void check_networks(void)
{
    struct pleth_net_shape s = shape_of(PLETH_NET_DEEPPHYS);

    check_network(&s, "x (batch, 6, 36, 36) -> y (batch, 1)");
    s = shape_of(PLETH_NET_TSCAN);
    check_network(&s, "x (frames, 6, 36, 36) -> y (frames, 1)");
    s.side = 72;
    s.frames = 20;
    s.width = 8;
    check_network(&s, "x (frames, 6, 72, 72) -> y (frames, 1)");
    s.frames = 1;
    s.width = 2;
    check_network(&s, "x (frames, 6, 72, 72) -> y (frames, 1)");
    s = shape_of(PLETH_NET_MTTSCAN);
    check_network(&s, "x (frames, 6, 36, 36) -> pulse (frames, 1) resp (frames, 1)");
    s = shape_of(PLETH_NET_EFFICIENTPHYS);
    check_network(&s, "x (frames + 1, 3, 36, 36) -> y (frames, 1)");
    s = shape_of(PLETH_NET_BIGSMALL);
    s.heads = PLETH_HEAD_AU | PLETH_HEAD_SPO2;
    check_network(&s, "big (frames, 3, 144, 144) small (frames, 3, 9, 9) -> au (frames, 12) spo2 "
                      "(frames, 1)");
    s = shape_of(PLETH_NET_BIG);
    check_network(&s, "big (batch, 3, 144, 144) -> au (batch, 12)");
    s = shape_of(PLETH_NET_SMALL);
    check_network(&s, "small (batch, 3, 9, 9) -> bvp (batch, 1)");
    s = shape_of(PLETH_NET_RESNET1D);
    s.blocks = 12;
    s.dead_head = 1;
    check_network(&s, "x (batch, 1, 200) -> logits (batch, 180) z (batch, 128)");
    s = shape_of(PLETH_NET_MLP);
    check_network(&s, "x (batch, 1, 200) -> logits (batch, 180)");
    s = shape_of(PLETH_NET_TCN);
    check_network(&s, "x (batch, 1, 200) -> logits (batch, 180) z (batch, 20)");
    s = shape_of(PLETH_NET_PHYSNET);
    check_network(&s, "x (batch, 3, 128, 72, 72) -> y (batch, 1, 128)");
    s = shape_of(PLETH_NET_BIOMOE);
    check_network(&s,
                  "x (batch, 3, 224, 224) -> y (batch, 192) z1 (batch, 96) z2 (batch, 96) gate1 "
                  "(batch, 96)");
}

/* ---- int8 ----------------------------------------------------------------------------------- */

static void check_int8(void)
{
    struct pleth_net_shape s = shape_of(PLETH_NET_RESNET1D);
    struct plethio_error e = {""};
    size_t size = 0;
    struct model m;
    uint8_t *bytes;
    int at;

    s.blocks = 2;
    build(&s);
    fill(1);
    bytes = write_model(&s, &size, &e);
    CHECK(bytes != NULL);
    if (bytes) {
        m = check_model(bytes, size, &s);
        /* the input, five convolutions and the dense layer; their weights; and one bias, where the
         * input is int8 */
        CHECK(nodes_of(&m, "QuantizeLinear") == 7);
        CHECK(nodes_of(&m, "DequantizeLinear") == 7 + 6 + 1);
        at = value_of("first_block_conv.conv.summand");
        CHECK(at >= 0 && values[at].data.end - values[at].data.at == 32 * 4);
        at = value_of("dense.weight");
        CHECK(at >= 0 && memcmp(values[at].data.at, tensors[number_of("dense.weight")].data,
                                tensors[number_of("dense.weight")].size) == 0);
    }
    free(bytes);
    release();

    /* a batch norm behind a layer with int8 input is part of its scales: of minus two here */
    pleth_graph_init(&graph, records, PLETH_RECORDS, 1);
    pleth_output(
        &graph,
        pleth_batch_norm(
            &graph, pleth_linear(&graph, pleth_input(&graph, "x", 2, 1, 1, 1), "fc", 1), "bn", 0),
        "y");
    fill(1);
    tensors[number_of("fc.activation_scale")].name = "other.activation_scale";
    tensors[number_of("fc.activation_scale")].name_length = 22;
    *(float *)(uintptr_t)tensors[number_of("x.activation_scale")].data = 0.5f;
    *(float *)(uintptr_t)tensors[number_of("fc.weight.scale")].data = 0.25f;
    memcpy((void *)(uintptr_t)tensors[number_of("fc.weight")].data, "\x80\x05", 2);
    *(float *)(uintptr_t)tensors[number_of("fc.bias")].data = 3;
    *(float *)(uintptr_t)tensors[number_of("bn.weight")].data = -2;
    *(float *)(uintptr_t)tensors[number_of("bn.bias")].data = 1;
    *(float *)(uintptr_t)tensors[number_of("bn.running_mean")].data = 2;
    *(float *)(uintptr_t)tensors[number_of("bn.running_var")].data = 1;
    bytes = write_model(&s, &size, &e);
    CHECK(bytes != NULL);
    if (bytes) {
        const float step = 0.5f;
        const int32_t sum = -4; /* (1 - 2 (3 - 2)) / (0.5 step) */
        m = check_model(bytes, size, &s);
        CHECK(nodes_of(&m, "BatchNormalization") == 0 && nodes_of(&m, "Gemm") == 1);
        at = value_of("fc:normed");
        CHECK(at >= 0 && memcmp(values[at].data.at, "\x7f\xfb", 2) == 0);
        at = value_of("fc:normed.scale");
        CHECK(at >= 0 && memcmp(values[at].data.at, &step, sizeof step) == 0);
        at = value_of("fc.summand");
        CHECK(at >= 0 && memcmp(values[at].data.at, &sum, sizeof sum) == 0);
    }
    free(bytes);
    release();
}

/* ---- The same integers ---------------------------------------------------------------------- */

/* Name of input k of the node that gives `name`, or of the first node of an operation. */
static struct names input_of(const struct model *m, const char *name, const char *op, int k)
{
    const struct names none = {""};
    struct bytes rest = m->graph, node;
    struct field f, g;

    while (take(&rest, &f)) {
        if (f.number != 1)
            continue;
        node = f.within;
        if (strcmp(name ? text_of(first(node, 2).within).text : text_of(first(node, 4).within).text,
                   name ? name : op) != 0)
            continue;
        while (take(&node, &g))
            if (g.number == 1 && k-- == 0)
                return text_of(g.within);
    }
    return none;
}

static float float_of(const char *name, int i)
{
    const int at = value_of(name);
    float v = NAN;

    CHECK(at >= 0 && values[at].data.end - values[at].data.at >= 4 * (i + 1));
    if (at >= 0 && values[at].data.end - values[at].data.at >= 4 * (i + 1))
        memcpy(&v, values[at].data.at + 4 * i, sizeof v);
    return v;
}

/* The step by which a node reads int8. */
static float step_read(const struct model *m, const char *name, const char *op, int k)
{
    const struct names from = input_of(m, name, op, k);

    return float_of(input_of(m, from.text, NULL, 1).text, 0);
}

static void add_scale(const char *name, float scale, int zero)
{
    static const int one[1] = {1};

    *(float *)add(name, ".activation_scale", PLETH_F32, 1, one) = scale;
    *(int8_t *)add(name, ".activation_zero_point", PLETH_I8, 1, one) = (int8_t)zero;
}

/* What a runtime makes of a float: QuantizeLinear. */
static int quantized(float v, float scale, int zero)
{
    const float q = rintf(v / scale) + (float)zero;

    return q < -128 ? -128 : q > 127 ? 127 : (int)q;
}

/* A pool between equal scales, where every fourth sum is a half. */
static void check_pool(const struct model *m)
{
    const float step = step_read(m, NULL, "AveragePool", 0);
    int wrong = 0;

    for (int sum = -484; sum <= 536; sum++) { /* of four from -121 to 134 */
        const float mean = (float)sum * step / 4;
        wrong += quantized(mean, 0.3f, -7) != pleth_clamped(-7 + pleth_rounded(sum, 2), -128, 127);
    }
    CHECK(wrong == 0);
    CHECK(fabsf(step / 0.3f - 1) < 2e-3f && step > 0.3f);
}

static void check_norm(int channels)
{
    int wrong = 0;
    double gains[4], offsets[4], reach = 0, far = 0;

    for (int c = 0; c < channels; c++) {
        const float *stored[4];
        static const char *const parts[4] = {"bn.weight", "bn.bias", "bn.running_mean",
                                             "bn.running_var"};
        for (int k = 0; k < 4; k++)
            stored[k] = tensors[number_of(parts[k])].data;
        gains[c] = (double)stored[0][c] / sqrt((double)stored[3][c] + (double)1e-5f);
        offsets[c] = ((double)stored[1][c] - (double)stored[2][c] * gains[c]) / (double)0.05f;
        gains[c] *= (double)0.3f / (double)0.05f;
        reach = fmax(reach, pleth_affine_reach_s8(gains[c], offsets[c]));
    }
    for (int c = 0; c < channels; c++) {
        const float gain = float_of("bn.gain", c), offset = float_of("bn.offset", c);
        const int shift = pleth_affine_shift_s8(reach);
        int32_t multiplier, add;
        pleth_affine_s8(gains[c], offsets[c], -7, 11, shift, &multiplier, &add);
        for (int q = -128; q < 128; q++) {
            const int32_t whole = (q * multiplier + add) >> shift;
            const float x = 0.3f * (float)(q + 7) * gain + offset;
            wrong += quantized(x, 0.05f, 11) != (whole < -128 ? -128 : whole > 127 ? 127 : whole);
            far = fmax(far, fabs((double)x / (double)0.05f - (gains[c] * (q + 7) + offsets[c])));
        }
    }
    CHECK(wrong == 0);
    CHECK(far < 0.2);
}

/* A sum's summands in the multiples that pleth adds, of steps 0.05 and 0.3 into 0.31. */
static void check_sum(const struct model *m)
{
    const float a = step_read(m, "sum", NULL, 0), b = step_read(m, "sum", NULL, 1);
    int32_t multiplier[2], shift;
    int wrong = 0;

    CHECK(pleth_factors_s8((double)0.05f / (double)0.31f, (double)0.3f / (double)0.31f,
                           PLETH_ADD_BITS, multiplier, &shift));
    for (int i = -139; i <= 116; i++)
        for (int k = -121; k <= 134; k++)
            wrong += quantized((float)i * a + (float)k * b, 0.31f, 3) !=
                     pleth_clamped(
                         3 + pleth_rounded((int64_t)i * multiplier[0] + (int64_t)k * multiplier[1],
                                           shift),
                         -128, 127);
    CHECK(wrong <= 2); /* of 65536, where a float32 can not tell */
}

static void check_int8_between(void)
{
    struct pleth_net_shape s = shape_of(PLETH_NET_RESNET1D);
    struct plethio_error e = {""};
    size_t size = 0;
    struct model m;
    uint8_t *bytes;
    int x, pool, sum, mask;

    pleth_graph_init(&graph, records, PLETH_RECORDS, 1);
    x = pleth_input(&graph, "x", 4, 1, 4, 4);
    pool = pleth_average_pool(&graph, x, "pool", 1, 2, 2);
    sum = pleth_batch_norm(&graph, pool, "bn", 1e-5f);
    sum = pleth_add(&graph, sum, pool, "sum");
    mask = pleth_mask(&graph, pleth_slice(&graph, pool, "first", 0, 1), "mask");
    pleth_output(&graph, pleth_multiply(&graph, sum, mask, "attended"), "y");
    CHECK(graph.error == 0);
    fill(0);
    add_scale("x", 0.3f, -7);
    add_scale("pool", 0.3f, -7);
    add_scale("bn", 0.05f, 11);
    add_scale("sum", 0.31f, 3);
    add_scale("attended", 0.2f, -1);
    bytes = write_model(&s, &size, &e);
    CHECK(bytes != NULL);
    if (bytes) {
        m = check_model(bytes, size, &s);
        CHECK(nodes_of(&m, "QuantizeLinear") == 6 && nodes_of(&m, "BatchNormalization") == 0);
        check_pool(&m);
        check_norm(4);
        /* the norm's Add is the first one: the record's has its name */
        CHECK(strcmp(input_of(&m, "bn", NULL, 1).text, "bn.offset") == 0);
        check_sum(&m);
        /* the mask counted in ones, its quotient rounded once, at most what 23 bits hold */
        CHECK(float_of(input_of(&m, input_of(&m, NULL, "ReduceSum", 0).text, NULL, 1).text, 0) ==
              1);
        CHECK(float_of(input_of(&m, NULL, "Max", 1).text, 0) == 1);
        CHECK(float_of(input_of(&m, NULL, "Min", 1).text, 0) == (float)PLETH_ATTEND_MOST);
        CHECK(nodes_of(&m, "Round") == 1 && nodes_of(&m, "Div") == 1);
    } else {
        printf("%s\n", e.text);
    }
    free(bytes);

    /* a mask whose reader stays in floats is one of floats */
    tensors[number_of("attended.activation_scale")].name_length -= 1;
    bytes = write_model(&s, &size, &e);
    CHECK(bytes != NULL);
    if (bytes) {
        m = check_model(bytes, size, &s);
        CHECK(nodes_of(&m, "Round") == 0 && nodes_of(&m, "Div") == 1);
    }
    free(bytes);
    release();
}

/* Sums of a product, those of all results in int8, that float32 rounds to another integer than
 * pleth's factor. */
static int wrong_sums(float x, float weight, double exact, float y)
{
    const float factor = x * weight / y;
    int32_t multiplier, shift;
    int wrong = 0;
    int64_t whole = 0;

    CHECK(pleth_product_factor_s8((double)x * exact / (double)y, &multiplier, &shift));
    for (int64_t sum = 0; whole < 256; sum++) {
        whole = pleth_rounded(sum * multiplier, shift);
        wrong += (int64_t)rintf((float)sum * factor) != whole;
    }
    return wrong;
}

static void check_weight_scales(void)
{
    enum { OUTPUTS = 40 };
    struct pleth_net_shape s = shape_of(PLETH_NET_RESNET1D);
    struct plethio_error e = {""};
    int plain = 0, chosen = 0;
    size_t size = 0;
    uint8_t *bytes;
    float *scales;

    pleth_graph_init(&graph, records, PLETH_RECORDS, 1);
    pleth_output(&graph, pleth_linear(&graph, pleth_input(&graph, "x", 2, 1, 1, 1), "fc", OUTPUTS),
                 "y");
    fill(1);
    scales = (float *)(uintptr_t)tensors[number_of("fc.weight.scale")].data;
    *(float *)(uintptr_t)tensors[number_of("x.activation_scale")].data = 0.013f;
    *(float *)(uintptr_t)tensors[number_of("fc.activation_scale")].data = 0.019f;
    for (int i = 0; i < OUTPUTS; i++)
        scales[i] *= 5e-3f;
    bytes = write_model(&s, &size, &e);
    CHECK(bytes != NULL);
    if (bytes) {
        check_model(bytes, size, &s);
        for (int i = 0; i < OUTPUTS; i++) {
            const float scale = float_of("fc.weight.scale", i);
            CHECK(fabsf(scale / scales[i] - 1) < 2e-6f);
            plain += wrong_sums(0.013f, scales[i], (double)scales[i], 0.019f);
            chosen += wrong_sums(0.013f, scale, (double)scales[i], 0.019f);
        }
        CHECK(chosen < plain);
        printf("sums rounded elsewhere: %d, by the scales as they are %d\n", chosen, plain);
    }
    free(bytes);
    release();
}

/* ---- What is refused ------------------------------------------------------------------------ */

static struct pleth_net_shape small_shape(const char *output)
{
    struct pleth_net_shape s = shape_of(PLETH_NET_SMALL);

    memset(s.output, 0, sizeof s.output);
    memcpy(s.output, output, strlen(output));
    return s;
}

/* The model is refused in one line that names `where`. */
static void refused(const struct pleth_net_shape *s, const char *where)
{
    struct plethio_error e = {""};
    size_t size = 0;
    uint8_t *bytes = write_model(s, &size, &e);

    CHECK(bytes == NULL);
    CHECK(strstr(e.text, where) != NULL);
    if (!strstr(e.text, where))
        printf("\"%s\" does not name %s\n", e.text, where);
    free(bytes);
}

static void check_names(void)
{
    /* the names of other values, of a parameter and of a constant; not printable; in UTF-8 */
    static const char *const hostile[] = {
        "small", "small_conv1", "out_fc2.weight", "[0,5184]", "", "a b", "a\nb", "\x7f", "\xc3\xa4",
    };

    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        const struct pleth_net_shape s = small_shape(hostile[i]);
        struct plethio_error e = {""};
        size_t size;
        uint8_t *bytes;
        build(&s);
        fill(0);
        bytes = write_model(&s, &size, &e);
        CHECK(bytes == NULL && e.text[0] != '\0' && !strchr(e.text, '\n'));
        free(bytes);
        release();
    }
}

static void check_tensors(void)
{
    const struct pleth_net_shape s = small_shape("bvp");
    static const char weight[] = "small_conv1.weight", bias[] = "small_conv1.bias";
    struct pleth_tensor *t;

    build(&s);
    fill(0);
    t = &tensors[number_of(weight)];
    t->name = "small_conv1.weighs";
    refused(&s, weight);
    t->name = weight;
    t->shape[0] = 3;
    t->shape[1] = 32;
    refused(&s, weight);
    release();

    fill(0);
    t = &tensors[number_of(bias)];
    t->type = PLETH_I32;
    refused(&s, bias);
    t->type = PLETH_F32;
    t->rank = 2;
    t->shape[1] = 1;
    refused(&s, bias);
    release();

    fill(0);
    t = &tensors[number_of(weight)];
    t->type = PLETH_I8; /* without a scale */
    t->size = (size_t)t->count;
    refused(&s, "small_conv1.weight.scale");
    release();
}

static void check_scales(void)
{
    static const float bad[] = {0, -1, NAN, INFINITY, 1e-44f};
    static const char *const scales[] = {"small_conv2.weight.scale",
                                         "small_conv1.activation_scale"};
    const struct pleth_net_shape s = small_shape("bvp");

    build(&s);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (size_t k = 0; k < sizeof scales / sizeof scales[0]; k++) {
            fill(1);
            ((float *)(uintptr_t)tensors[number_of(scales[k])].data)[0] = bad[i];
            refused(&s, "small_conv");
            release();
        }
    fill(1);
    tensors[number_of("small.activation_zero_point")].type = PLETH_U8;
    refused(&s, "small.activation_zero_point");
    release();
    fill(1);
    tensors[number_of("small_conv1.activation_zero_point")].name =
        "small_conv1.activation_zero_pointy";
    tensors[number_of("small_conv1.activation_zero_point")].name_length += 1;
    refused(&s, "small_conv1.activation_zero_point");
    release();
}

static void check_files(void)
{
    const struct pleth_net_shape s = small_shape("bvp");
    struct plethio_error e = {""};
    FILE *full = fopen("/dev/full", "wb");
    size_t length;
    struct pleth_weights w;
    void *image;

    build(&s);
    fill(0);
    image = plethio_safetensors_make(tensors, count, NULL, 0, &length, &e);
    CHECK(image && pleth_weights_open(&w, image, length, NULL, 0) == 0);
    if (full && image) {
        setvbuf(full, NULL, _IONBF, 0);
        CHECK(plethio_onnx_write_graph(full, &s, &graph, &w, &e) == -1);
        /* a model that does not say what it is, and no model at all */
        CHECK(plethio_onnx_write(image, length, full, &e) == -1);
        CHECK(strstr(e.text, "network") != NULL);
        CHECK(plethio_onnx_write("{}", 2, full, &e) == -1);
    }
    if (full)
        fclose(full);
    free(image);
    release();

    /* a graph that could not be built */
    pleth_graph_init(&graph, records, 1, 1);
    pleth_net_build(&s, &graph);
    CHECK(graph.error != 0);
    CHECK(plethio_onnx_write_graph(stdout, &s, &graph, &w, &e) == -1);
}

int main(void)
{
    check_networks();
    check_int8();
    check_int8_between();
    check_weight_scales();
    check_names();
    check_tensors();
    check_scales();
    check_files();
    return test_done();
}
