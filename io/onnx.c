/* A network's records, one after the other, as nodes of an ONNX graph.
 *
 * Values keep the order (frames, channels, depth, height, width) without the axes that a network
 * does not have: `axes` counts those after the channels. Windows of attention are folded into the
 * first axis, so that what happens within them needs no fourth axis of positions. */
#include "onnx.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kern/int8.h"
#include "memory.h"
#include "net/net.h"
#include "pleth/pleth.h"
#include "protobuf.h"

/* Numbers of the fields in ONNX's messages, and of its types. */
enum {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPERATORS = 8,
    MODEL_METADATA = 14
};
enum { OPERATORS_VERSION = 2 };
enum { ENTRY_KEY = 1, ENTRY_VALUE = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_CONSTANT = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OPERATOR = 4, NODE_ATTRIBUTE = 5 };
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT = 2,
    ATTRIBUTE_INT = 3,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_TYPE = 20
};
enum { ATTRIBUTE_IS_FLOAT = 1, ATTRIBUTE_IS_INT = 2, ATTRIBUTE_IS_INTS = 7 };
enum { TENSOR_DIMENSION = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_BYTES = 9 };
enum {
    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    TYPE_TENSOR = 1,
    TENSOR_ELEMENT = 1,
    TENSOR_SHAPE = 2,
    SHAPE_DIMENSION = 1,
    DIMENSION_SIZE = 1,
    DIMENSION_NAME = 2
};
enum { TYPE_FLOAT = 1, TYPE_INT8 = 3, TYPE_INT32 = 6, TYPE_INT64 = 7 };

enum { IR_VERSION = 8, OPERATORS = 17, AXES = 3, RANK = 2 * AXES + 2 };

/* A name in the model: of a record, of a part of one ("conv1:2"), of a parameter with a suffix. */
struct text {
    char at[PLETH_NAME + 64];
};

/* What a record gives. */
struct value {
    struct text name; /* of floats, "": int8 that nobody has read yet */
    int axes;         /* after (frames, channels) */
    int windows;      /* 1: the windows of d lie in the first axis */
    int merged;       /* 1: a batch norm that the layer before has done */
    /* of int8, step 0: float */
    float step;
    int zero_point;
    struct text q, scale, zero;
};

/* Whether a node gives the record's result, which has its name, or a part on the way to it. */
enum place { PART, RESULT };

struct named {
    struct text name;
    int constant;
};

struct onnx {
    const struct pleth_graph *graph;
    const struct pleth_weights *weights;
    struct plethio_error *e;
    int failed;
    struct plethio_message nodes, constants, inputs, outputs;
    struct plethio_message attributes; /* of the next node */
    struct plethio_message scratch[4]; /* emptied by whoever takes one */
    struct named *named;
    int names, capacity;
    const char *record; /* name of the record that is being written */
    int parts;          /* of it so far */
    uint8_t used[PLETH_RECORDS];
    struct value value[PLETH_RECORDS];
};

/* ---- Names and failures ---------------------------------------------------------------------- */

static void fail(struct onnx *o, const char *what, const char *name)
{
    if (!o->failed)
        plethio_fail(o->e, "%s: %s", name, what);
    o->failed = 1;
}

static struct text text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct text text(const char *format, ...)
{
    struct text t;
    va_list args;

    va_start(args, format);
    vsnprintf(t.at, sizeof t.at, format, args);
    va_end(args);
    return t;
}

static int printable(const char *name)
{
    if (!*name)
        return 0;
    for (; *name; name++)
        if (*name < 0x21 || *name > 0x7e)
            return 0;
    return 1;
}

/* Takes a name. Constants may be asked for again (0: it is there already), values may not. */
static int define(struct onnx *o, const char *name, int constant)
{
    struct named *grown;

    if (o->failed)
        return 0;
    if (!printable(name)) {
        fail(o, "a name in an ONNX model must be printable ASCII", name);
        return 0;
    }
    for (int i = 0; i < o->names; i++)
        if (strcmp(o->named[i].name.at, name) == 0) {
            if (!constant || !o->named[i].constant)
                fail(o, "two values of the ONNX model would have this name", name);
            return 0;
        }
    grown = plethio_grow(o->named, o->names, 1, &o->capacity, sizeof *grown);
    if (!grown) {
        fail(o, "out of memory", name);
        return 0;
    }
    o->named = grown;
    o->named[o->names].name = text("%s", name);
    o->named[o->names++].constant = constant;
    return 1;
}

static struct plethio_message *empty(struct plethio_message *m)
{
    m->size = 0;
    return m;
}

/* ---- Constants ------------------------------------------------------------------------------- */

static void constant(struct onnx *o, const char *name, int type, const int64_t *dims, int rank,
                     const void *data, size_t size)
{
    struct plethio_message *m = empty(&o->scratch[0]);

    if (!define(o, name, 1))
        return;
    for (int i = 0; i < rank; i++)
        plethio_message_int(m, TENSOR_DIMENSION, dims[i]);
    plethio_message_int(m, TENSOR_TYPE, type);
    plethio_message_text(m, TENSOR_NAME, name);
    plethio_message_bytes(m, TENSOR_BYTES, data, size);
    plethio_message_inner(&o->constants, GRAPH_CONSTANT, m);
}

/* Integers and numbers are named after what they are, so that each is stored once. */
static struct text integers(struct onnx *o, const int64_t *values, int n)
{
    struct text name = text("[");
    const int64_t dims[1] = {n};

    for (int i = 0; i < n; i++)
        name = values[i] == INT64_MAX
                   ? text("%send", name.at)
                   : text("%s%s%lld", name.at, i ? "," : "", (long long)values[i]);
    name = text("%s]", name.at);
    constant(o, name.at, TYPE_INT64, dims, 1, values, sizeof *values * (size_t)n);
    return name;
}

static struct text integer(struct onnx *o, int64_t value)
{
    return integers(o, &value, 1);
}

static struct text number(struct onnx *o, float value)
{
    const struct text name = text("%.9g", (double)value);

    constant(o, name.at, TYPE_FLOAT, NULL, 0, &value, sizeof value);
    return name;
}

static struct text floats(struct onnx *o, const char *name, const int64_t *dims, int rank,
                          const float *data)
{
    size_t size = sizeof *data;

    for (int i = 0; i < rank; i++)
        size *= (size_t)dims[i];
    constant(o, name, TYPE_FLOAT, dims, rank, data, size);
    return text("%s", name);
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static struct plethio_message *attribute(struct onnx *o, const char *name, int type)
{
    struct plethio_message *m = empty(&o->scratch[1]);

    plethio_message_text(m, ATTRIBUTE_NAME, name);
    plethio_message_int(m, ATTRIBUTE_TYPE, type);
    return m;
}

static void attribute_int(struct onnx *o, const char *name, int64_t value)
{
    struct plethio_message *m = attribute(o, name, ATTRIBUTE_IS_INT);

    plethio_message_int(m, ATTRIBUTE_INT, value);
    plethio_message_inner(&o->attributes, NODE_ATTRIBUTE, m);
}

static void attribute_float(struct onnx *o, const char *name, float value)
{
    struct plethio_message *m = attribute(o, name, ATTRIBUTE_IS_FLOAT);

    plethio_message_float(m, ATTRIBUTE_FLOAT, value);
    plethio_message_inner(&o->attributes, NODE_ATTRIBUTE, m);
}

static void attribute_ints(struct onnx *o, const char *name, const int64_t *values, int n)
{
    struct plethio_message *m = attribute(o, name, ATTRIBUTE_IS_INTS);

    for (int i = 0; i < n; i++)
        plethio_message_int(m, ATTRIBUTE_INTS, values[i]);
    plethio_message_inner(&o->attributes, NODE_ATTRIBUTE, m);
}

/* A node of the attributes so far; the name of what it gives. */
static struct text node(struct onnx *o, enum place place, const char *op, const char *const *inputs,
                        int n)
{
    struct plethio_message *m = empty(&o->scratch[0]);
    const struct text name =
        place == RESULT ? text("%s", o->record) : text("%s:%d", o->record, ++o->parts);

    define(o, name.at, 0);
    for (int i = 0; i < n; i++)
        plethio_message_text(m, NODE_INPUT, inputs[i]);
    plethio_message_text(m, NODE_OUTPUT, name.at);
    plethio_message_text(m, NODE_NAME, name.at);
    plethio_message_text(m, NODE_OPERATOR, op);
    plethio_message_fields(m, &o->attributes);
    plethio_message_inner(&o->nodes, GRAPH_NODE, m);
    empty(&o->attributes);
    return name;
}

/* The same of one to three inputs, the rest NULL. */
static struct text emit(struct onnx *o, enum place place, const char *op, const char *a,
                        const char *b, const char *c)
{
    const char *const inputs[3] = {a, b, c};

    return node(o, place, op, inputs, c ? 3 : b ? 2 : 1);
}

static struct text reshape(struct onnx *o, enum place place, const char *x, const int64_t *dims,
                           int rank)
{
    return emit(o, place, "Reshape", x, integers(o, dims, rank).at, NULL);
}

static struct text transpose(struct onnx *o, enum place place, const char *x, const int64_t *order,
                             int rank)
{
    attribute_ints(o, "perm", order, rank);
    return emit(o, place, "Transpose", x, NULL, NULL);
}

/* [from, to) of an axis. */
static struct text slice(struct onnx *o, enum place place, const char *x, int axis, int64_t from,
                         int64_t to)
{
    const struct text starts = integer(o, from), ends = integer(o, to), axes = integer(o, axis);
    const char *const inputs[4] = {x, starts.at, ends.at, axes.at};

    return node(o, place, "Slice", inputs, 4);
}

/* Zeros before and after an axis. */
static struct text pad(struct onnx *o, enum place place, const char *x, int rank, int axis,
                       int64_t before, int64_t after)
{
    int64_t pads[2 * RANK] = {0};

    pads[axis] = before;
    pads[rank + axis] = after;
    return emit(o, place, "Pad", x, integers(o, pads, 2 * rank).at, NULL);
}

static struct text concat(struct onnx *o, enum place place, int axis, const char *a, const char *b,
                          const char *c)
{
    attribute_int(o, "axis", axis);
    return emit(o, place, "Concat", a, b, c);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

/* A stored parameter of a record; int8 has a scale for each of its first axis. */
struct parameter {
    struct pleth_parameter stored;
    struct pleth_tensor tensor, scale;
};

static int sensible(double scale)
{
    return scale > 1e-30 && scale < 1e30;
}

static int find_float(struct onnx *o, const char *name, struct pleth_tensor *t, int64_t count)
{
    if (!pleth_weights_find(o->weights, name, t)) {
        fail(o, "there is no such tensor", name);
        return 0;
    }
    if (t->type != PLETH_F32 || t->rank != 1 || t->shape[0] != count) {
        fail(o, "a scale must be F32, one for each output, or one for an activation", name);
        return 0;
    }
    for (int64_t i = 0; i < count; i++)
        if (!sensible((double)pleth_tensor_float(t, i))) {
            fail(o, "a scale must be greater than 0 and within all sense", name);
            return 0;
        }
    return 1;
}

/* Parameter number i of a record. 0 and a failure if the file's is another. */
static int find(struct onnx *o, int record, int i, struct parameter *p)
{
    const char *name = p->stored.name;
    int fits;

    if (o->failed || !pleth_record_parameter(o->graph, record, i, &p->stored))
        return 0;
    if (!pleth_weights_find(o->weights, name, &p->tensor)) {
        fail(o, "there is no such tensor", name);
        return 0;
    }
    fits = p->tensor.rank == p->stored.rank;
    for (int k = 0; fits && k < p->stored.rank; k++)
        fits = p->tensor.shape[k] == p->stored.shape[k];
    if (!fits) {
        fail(o, "the tensor has another shape than the network needs", name);
        return 0;
    }
    if (p->tensor.type == PLETH_I8)
        return find_float(o, text("%s.scale", name).at, &p->scale, p->tensor.shape[0]);
    if (p->tensor.type == PLETH_F32 || p->tensor.type == PLETH_F16 ||
        p->tensor.type == PLETH_BF16 || p->tensor.type == PLETH_F64)
        return 1;
    fail(o, "a parameter must be of a floating-point type or int8 with a scale", name);
    return 0;
}

/* A parameter's values as floats, to be freed; NULL after a failure. */
static float *load(struct onnx *o, int record, int i)
{
    struct parameter p;
    float *values;
    int64_t each;

    if (!find(o, record, i, &p))
        return NULL;
    values = malloc(sizeof *values * (size_t)p.tensor.count);
    if (!values) {
        fail(o, "out of memory", p.stored.name);
        return NULL;
    }
    pleth_tensor_floats(&p.tensor, 0, p.tensor.count, values);
    each = p.tensor.count / p.tensor.shape[0];
    for (int64_t k = 0; p.tensor.type == PLETH_I8 && k < p.tensor.count; k++)
        values[k] *= pleth_tensor_float(&p.scale, k / each);
    return values;
}

/* int8 weights and a scale for each of the first axis: the values they stand for. */
static struct text dequantize_weights(struct onnx *o, const char *name, const int64_t *dims,
                                      int rank, const void *values, const float *scales)
{
    const struct text scale = text("%s.scale", name), zero = text("%s.zero_point", name);
    const size_t n = (size_t)dims[0];
    size_t size = 1;
    int8_t *zeros = calloc(n, 1);

    for (int k = 0; k < rank; k++)
        size *= (size_t)dims[k];
    constant(o, name, TYPE_INT8, dims, rank, values, size);
    constant(o, scale.at, TYPE_FLOAT, dims, 1, scales, sizeof *scales * n);
    if (zeros)
        constant(o, zero.at, TYPE_INT8, dims, 1, zeros, n);
    else
        fail(o, "out of memory", name);
    free(zeros);
    attribute_int(o, "axis", 0);
    return emit(o, PART, "DequantizeLinear", name, scale.at, zero.at);
}

/* A parameter as the constant of these axes, or what int8 and its scale give. */
static struct text parameter(struct onnx *o, int record, int i, const int64_t *dims, int rank)
{
    struct parameter p;
    struct text name;
    float *values;

    if (!find(o, record, i, &p))
        return text("?");
    /* two layers may share a parameter, and read it with more or fewer axes of one */
    name = rank == p.stored.rank ? text("%s", p.stored.name) : text("%s:%d", p.stored.name, rank);
    if (p.tensor.type == PLETH_I8) {
        values = malloc(p.scale.size);
        if (values) {
            pleth_tensor_floats(&p.scale, 0, p.scale.count, values);
            name = dequantize_weights(o, name.at, dims, rank, p.tensor.data, values);
        } else {
            fail(o, "out of memory", name.at);
        }
    } else {
        values = load(o, record, i);
        if (values)
            floats(o, name.at, dims, rank, values);
    }
    free(values);
    return name;
}

/* ---- Layers in int8 -------------------------------------------------------------------------- */

static int has_scale(const struct onnx *o, int record)
{
    struct pleth_tensor t;

    return pleth_weights_find(o->weights,
                              text("%s.activation_scale", o->graph->records[record].name).at, &t);
}

/* The record that alone reads a record, -1: none, or several. */
static int only_reader(const struct onnx *o, int record)
{
    int reader = -1;

    for (int i = record + 1; i < o->graph->count; i++)
        for (int k = 0; o->used[i] && k < PLETH_OPERANDS; k++)
            if (o->graph->records[i].in[k] == record) {
                if (reader >= 0)
                    return -1;
                reader = i;
            }
    return reader;
}

/* The batch norm that is part of a layer, -1: none. */
static int norm_behind(const struct onnx *o, int record)
{
    const int reader = only_reader(o, record);

    return reader < 0 || o->graph->records[reader].op != PLETH_OP_BATCH_NORM || has_scale(o, record)
               ? -1
               : reader;
}

/* The record with the scale of a record's result: itself, or the ReLU behind it. -1: none. */
static int scaled_result(const struct onnx *o, int record)
{
    const int reader = only_reader(o, record);

    if (has_scale(o, record))
        return record;
    return reader >= 0 && o->graph->records[reader].op == PLETH_OP_ACTIVATION &&
                   o->graph->records[reader].function == PLETH_RELU && has_scale(o, reader)
               ? reader
               : -1;
}

/* gain and offset of the outputs of a layer's bias, then of a batch norm behind it; -1: without. */
static void load_affine(struct onnx *o, int layer, int norm, double *gain, double *offset)
{
    const struct pleth_record *r = &o->graph->records[layer < 0 ? norm : layer];
    float *bias = layer >= 0 && r->bias ? load(o, layer, 1) : NULL, *stored[4] = {NULL};

    for (int k = 0; norm >= 0 && k < 4; k++)
        stored[k] = load(o, norm, k);
    for (int c = 0; c < r->out.c && !o->failed; c++) {
        gain[c] = 1;
        offset[c] = bias ? (double)bias[c] : 0;
        if (norm < 0)
            continue;
        gain[c] =
            (double)stored[0][c] / sqrt((double)stored[3][c] + (double)o->graph->records[norm].eps);
        offset[c] = (double)stored[1][c] + (offset[c] - (double)stored[2][c]) * gain[c];
    }
    free(bias);
    for (int k = 0; k < 4; k++)
        free(stored[k]);
}

/* From int8 to int8 pleth counts in integers, other runtimes in float32 between DequantizeLinear
 * and QuantizeLinear. Both take the nearest integer; where two are as good as equally near, the
 * last bit of a factor decides, or how halves are rounded. One such integer can move a network's
 * output by several steps. So a node does not get the numbers that the scales say, but those with
 * which a float32 makes the integers of pleth's own factors, as far from the halves as they leave
 * room. */

/* A product's sums go on to the next integer at some 255 places. How many of these a float32
 * factor, as other runtimes have it, puts elsewhere than multiplier / 2^shift. */
static int misplaced(float factor, int32_t multiplier, int shift)
{
    int n = 0;

    for (int64_t k = 1; k < 256; k++) {
        const int64_t at = k << shift, half = (int64_t)1 << (shift - 1);
        const int64_t first = (at - half + multiplier - 1) / multiplier; /* that gives k */
        n += !(rintf((float)first * factor) >= (float)k) ||
             !(rintf((float)(first - 1) * factor) < (float)k);
    }
    return n;
}

/* The scale of an output's weights: of the floats nearest to it, one with which the product of the
 * scales, as a float32, makes the same integers of as many sums as possible. */
static float nearest_scale(const struct value *x, double scale, float step)
{
    enum { FLOATS = 8 };
    float best = (float)scale, up = best, down = best;
    int32_t multiplier, shift;
    int fewest;

    if (!pleth_product_factor_s8((double)x->step * scale / (double)step, &multiplier, &shift) ||
        shift > 54)
        return best;
    fewest = misplaced(x->step * best / step, multiplier, shift);
    for (int i = 0; fewest > 0 && i < 2 * FLOATS; i++) {
        const float s = i % 2 ? (down = nextafterf(down, 0)) : (up = nextafterf(up, HUGE_VALF));
        const int n = misplaced(x->step * s / step, multiplier, shift);
        if (n < fewest) {
            fewest = n;
            best = s;
        }
    }
    return best;
}

/* Weights and bias of a layer whose input and weights are int8, as integer arithmetic uses them: a
 * batch norm behind it is part of the scales, the bias int32 in steps of input times weight. */
static void int8_layer(struct onnx *o, int record, const struct value *x, const int64_t *dims,
                       int rank, const struct parameter *p, struct text *weight, struct text *bias)
{
    const double most = 1e9; /* what leaves an int32 sum room */
    const int64_t n = dims[0], each = p->tensor.count / n;
    const int norm = norm_behind(o, record);
    const int result = scaled_result(o, norm < 0 ? record : norm);
    const struct text name = norm < 0 ? text("%s", p->stored.name) : text("%s:normed", o->record);
    const struct text summand = text("%s.summand", o->record), unit = text("%s.unit", o->record);
    double *gain = calloc((size_t)n, sizeof *gain), *offset = calloc((size_t)n, sizeof *offset);
    float *scale = calloc((size_t)n, sizeof *scale), *step = calloc((size_t)n, sizeof *step);
    int32_t *sum = calloc((size_t)n, sizeof *sum);
    int8_t *values = malloc(p->tensor.size);
    float result_step = 0;
    int zero;

    if (result >= 0)
        pleth_activation_scale(o->weights, o->graph->records[result].name, &result_step, &zero);
    if (!gain || !offset || !scale || !step || !sum || !values) {
        fail(o, "out of memory", name.at);
        goto done;
    }
    load_affine(o, record, norm, gain, offset);
    memcpy(values, p->tensor.data, p->tensor.size);
    for (int64_t c = 0; c < n; c++) {
        const double size = (double)pleth_tensor_float(&p->scale, c) * fabs(gain[c]);
        const double by = (double)x->step * size;
        if (!sensible(by) || !isfinite(offset[c])) {
            fail(o,
                 "a scale, with the batch norm behind it, must be greater than 0 and within all "
                 "sense",
                 name.at);
            goto done;
        }
        scale[c] = result_step > 0 ? nearest_scale(x, size, result_step) : (float)size;
        step[c] = (float)by;
        sum[c] = (int32_t)lrint(fmax(-most, fmin(most, offset[c] / by)));
        for (int64_t k = c * each; gain[c] < 0 && k < (c + 1) * each; k++)
            values[k] = (int8_t)(values[k] == -128 ? 127 : -values[k]);
    }
    *weight = dequantize_weights(o, name.at, dims, rank, values, scale);
    constant(o, summand.at, TYPE_INT32, &n, 1, sum, sizeof *sum * (size_t)n);
    constant(o, unit.at, TYPE_FLOAT, &n, 1, step, sizeof *step * (size_t)n);
    attribute_int(o, "axis", 0);
    *bias = emit(o, PART, "DequantizeLinear", summand.at, unit.at, NULL);
    if (norm >= 0)
        o->value[norm].merged = 1;
done:
    free(gain);
    free(offset);
    free(scale);
    free(step);
    free(sum);
    free(values);
}

/* Weights (of these axes, outputs first) and bias of a layer; no bias: "". */
static void layer_parameters(struct onnx *o, int record, const struct value *x, const int64_t *dims,
                             int rank, struct text *weight, struct text *bias)
{
    struct parameter p;

    *weight = *bias = text("%s", "");
    if (!find(o, record, 0, &p))
        return;
    if (x->step > 0 && p.tensor.type == PLETH_I8) {
        int8_layer(o, record, x, dims, rank, &p, weight, bias);
        return;
    }
    *weight = parameter(o, record, 0, dims, rank);
    if (o->graph->records[record].bias)
        *bias = parameter(o, record, 1, dims, 1);
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* Axes after (frames, channels); their number. */
static int positions(const struct pleth_shape *s, int axes, int64_t dims[AXES])
{
    const int64_t all[AXES] = {s->d, s->h, s->w};

    if (axes == 1)
        dims[0] = all[0] * all[1] * all[2];
    for (int i = 0; axes > 1 && i < axes; i++)
        dims[i] = all[AXES - axes + i];
    return axes;
}

/* (first, c, positions ...); how many. first: 0 keeps the frames, -1 is what remains. */
static int shape_of(const struct pleth_shape *s, int axes, int64_t first, int64_t dims[RANK])
{
    dims[0] = first;
    dims[1] = s->c;
    return 2 + positions(s, axes, dims + 2);
}

/* A record's value in floats: not between the attributes of a node and the node. */
static const struct value *read_value(struct onnx *o, int record)
{
    struct value *v = &o->value[record];

    if (!*v->name.at)
        v->name = emit(o, PART, "DequantizeLinear", v->q.at, v->scale.at, v->zero.at);
    return v;
}

/* The record's value with as many axes. */
static struct text with_axes(struct onnx *o, int record, int axes)
{
    const struct value *v = read_value(o, record);
    int64_t dims[RANK];
    int rank;

    if (v->axes == axes)
        return v->name;
    rank = shape_of(&o->graph->records[record].out, axes, 0, dims);
    return reshape(o, PART, v->name.at, dims, rank);
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* ---- The same integers ----------------------------------------------------------------------- */

/* A record's int8 in steps that are not its own. */
static struct text read_by(struct onnx *o, int record, float step)
{
    const struct value *v = &o->value[record];

    return emit(o, PART, "DequantizeLinear", v->q.at, number(o, step).at, v->zero.at);
}

/* The middle of the factors that make the same integers of n values' sum, less their zero points,
 * as multiplier / 2^shift does. */
static double middle_factor(int32_t multiplier, int shift, int n, int zero_x, int zero_y)
{
    double least = 0, most = HUGE_VAL;

    for (int64_t sum = (-128 - zero_x) * n; sum <= (127 - zero_x) * n; sum++) {
        const int64_t edge = sum < 0 ? 128 + zero_y : 127 - zero_y; /* of int8, from the zero */
        const int64_t steps = llabs(pleth_rounded(sum * multiplier, shift));
        const double size = fabs((double)sum), reached = (double)(steps < edge ? steps : edge);
        if (reached > 0)
            least = fmax(least, (reached - 0.5) / size);
        if (steps < edge)
            most = fmin(most, (reached + 0.5) / size); /* of no sum: infinity */
    }
    return isfinite(most) ? (least + most) / 2 : ldexp(multiplier, -shift);
}

/* What a mean of n values reads: its input in steps with which rounding gives pleth's means. */
static struct text read_for_mean(struct onnx *o, const struct pleth_record *r, int n)
{
    const struct value *x = &o->value[r->in[0]];
    int32_t multiplier[2], shift;
    float step;
    int zero;

    if (!(x->step > 0) || !pleth_activation_scale(o->weights, r->name, &step, &zero) ||
        !pleth_factors_s8((double)x->step / (double)step / n, 0, PLETH_POOL_BITS, multiplier,
                          &shift))
        return read_value(o, r->in[0])->name;
    return read_by(
        o, r->in[0],
        (float)(middle_factor(multiplier[0], shift, n, x->zero_point, zero) * n * (double)step));
}

/* Both of a sum, in the multiples of its own step that pleth adds. 0: not in int8. */
static int read_for_sum(struct onnx *o, const struct pleth_record *r, struct text *a,
                        struct text *b)
{
    const struct value *x = &o->value[r->in[0]], *y = &o->value[r->in[1]];
    int32_t multiplier[2], shift;
    float step;
    int zero;

    if (!(x->step > 0) || !(y->step > 0) || x->axes != y->axes ||
        !pleth_activation_scale(o->weights, r->name, &step, &zero) ||
        !pleth_factors_s8((double)x->step / (double)step, (double)y->step / (double)step,
                          PLETH_ADD_BITS, multiplier, &shift) ||
        multiplier[0] == 0 || multiplier[1] == 0)
        return 0;
    *a = read_by(o, r->in[0], (float)ldexp((double)step * multiplier[0], -shift));
    *b = read_by(o, r->in[1], (float)ldexp((double)step * multiplier[1], -shift));
    return 1;
}

/* The offset with which x gain + offset becomes the same integers, of every x in int8, as
 * (x multiplier + add) >> shift. */
static float middle_offset(const struct value *x, float gain, int32_t multiplier, int32_t add,
                           int shift, double step, int zero, int low)
{
    double least = -HUGE_VAL, most = HUGE_VAL;

    for (int q = -128; q < 128; q++) {
        const float product = x->step * (float)(q - x->zero_point) * gain;
        const int32_t whole = (q * multiplier + add) >> shift;
        const int kept = whole < low ? low : whole > 127 ? 127 : whole;
        if (kept > low)
            least = fmax(least, step * (kept - zero - 0.5) - (double)product);
        if (kept < 127)
            most = fmin(most, step * (kept - zero + 0.5) - (double)product);
    }
    return (float)(!isfinite(least)  ? most - step / 2
                   : !isfinite(most) ? least + step / 2
                                     : (least + most) / 2);
}

/* Gain and offset of batch norm i from int8 to int8 of this scale, at least `low`. */
static void load_norm_s8(struct onnx *o, int i, double step, int zero, int low, float *gain,
                         float *offset)
{
    const struct value *x = &o->value[o->graph->records[i].in[0]];
    const int n = o->graph->records[i].out.c;
    const double ratio = (double)x->step / step;
    double *m = calloc((size_t)n, sizeof *m), *b = calloc((size_t)n, sizeof *b), reach = 0;
    int shift;

    if (m && b) {
        load_affine(o, -1, i, m, b);
        for (int c = 0; c < n; c++)
            reach = fmax(reach, pleth_affine_reach_s8(m[c] * ratio, b[c] / step));
        shift = pleth_affine_shift_s8(reach);
        if (shift < 1)
            fail(o, "a batch norm must be within all sense of the scales around it", o->record);
        for (int c = 0; shift > 0 && c < n; c++) {
            int32_t multiplier, add;
            pleth_affine_s8(m[c] * ratio, b[c] / step, x->zero_point, zero, shift, &multiplier,
                            &add);
            gain[c] = (float)(ldexp(multiplier, -shift) / ratio);
            offset[c] = middle_offset(x, gain[c], multiplier, add, shift, step, zero, low);
        }
    } else {
        fail(o, "out of memory", o->record);
    }
    free(m);
    free(b);
}

/* 0: the batch norm is not one from int8 to int8. */
static int write_norm_s8(struct onnx *o, int i, struct value *y)
{
    const struct pleth_record *r = &o->graph->records[i];
    const struct value *x = read_value(o, r->in[0]);
    const struct text names[2] = {text("%s.gain", r->name), text("%s.offset", r->name)};
    const int64_t dims[1 + AXES] = {r->out.c, 1, 1, 1};
    const int result = scaled_result(o, i);
    float *gain, *offset, step;
    struct text t;
    int zero;

    if (!(x->step > 0) || result < 0 ||
        !pleth_activation_scale(o->weights, o->graph->records[result].name, &step, &zero))
        return 0;
    gain = calloc((size_t)r->out.c, sizeof *gain);
    offset = calloc((size_t)r->out.c, sizeof *offset);
    if (gain && offset) {
        load_norm_s8(o, i, (double)step, zero, result == i ? -128 : zero, gain, offset);
        floats(o, names[0].at, dims, 1 + x->axes, gain);
        floats(o, names[1].at, dims, 1 + x->axes, offset);
        t = emit(o, PART, "Mul", x->name.at, names[0].at, NULL);
        y->name = emit(o, RESULT, "Add", t.at, names[1].at, NULL);
    } else {
        fail(o, "out of memory", r->name);
    }
    free(gain);
    free(offset);
    return 1;
}

/* ---- Layers ---------------------------------------------------------------------------------- */

/* Size, step and zeros of a window over the last `axes` of d, h, w. */
static void window_attributes(struct onnx *o, const struct pleth_record *r, int axes)
{
    const struct pleth_shape *x = &o->graph->records[r->in[0]].out;
    const int in[AXES] = {x->d, x->h, x->w}, out[AXES] = {r->out.d, r->out.h, r->out.w};
    int64_t kernel[AXES], stride[AXES], apart[AXES], pads[2 * AXES];

    for (int i = 0; i < axes; i++) {
        const int k = AXES - axes + i;
        kernel[i] = r->kernel[k];
        stride[i] = r->stride[k];
        apart[i] = k == AXES - 1 ? larger(1, r->dilation) : 1;
        pads[i] = r->pad[k];
        pads[axes + i] = larger(0, (out[k] - 1) * r->stride[k] +
                                       (r->kernel[k] - 1) * (int)apart[i] + 1 - r->pad[k] - in[k]);
    }
    attribute_ints(o, "kernel_shape", kernel, axes);
    attribute_ints(o, "strides", stride, axes);
    if (r->dilation > 1)
        attribute_ints(o, "dilations", apart, axes);
    if (r->op == PLETH_OP_CONV)
        attribute_ints(o, "pads", pads, 2 * axes);
}

static void write_conv(struct onnx *o, int i, struct value *y)
{
    const struct pleth_record *r = &o->graph->records[i];
    const struct value *x = read_value(o, r->in[0]);
    const int axes = larger(r->rank, x->axes);
    const struct text in = with_axes(o, r->in[0], axes);
    int64_t dims[RANK] = {r->out.c, o->graph->records[r->in[0]].out.c / r->groups};
    struct text weight, bias;

    for (int k = 0; k < axes; k++)
        dims[2 + k] = r->kernel[AXES - axes + k];
    layer_parameters(o, i, x, dims, 2 + axes, &weight, &bias);
    window_attributes(o, r, axes);
    if (r->groups > 1)
        attribute_int(o, "group", r->groups);
    y->name = emit(o, RESULT, "Conv", in.at, weight.at, *bias.at ? bias.at : NULL);
    y->axes = axes;
}

static void write_conv_transposed(struct onnx *o, int i, struct value *y)
{
    const struct pleth_record *r = &o->graph->records[i];
    const struct text in = with_axes(o, r->in[0], AXES);
    const int64_t dims[5] = {o->graph->records[r->in[0]].out.c, r->out.c, r->kernel[0], 1, 1};
    const int64_t channels = r->out.c, pads[2 * AXES] = {r->pad[0], 0, 0, r->pad[0], 0, 0};
    const struct text weight = parameter(o, i, 0, dims, 5), bias = parameter(o, i, 1, &channels, 1);

    window_attributes(o, r, AXES);
    attribute_ints(o, "pads", pads, 2 * AXES);
    y->name = emit(o, RESULT, "ConvTranspose", in.at, weight.at, bias.at);
    y->axes = AXES;
}

/* A matrix product where there is one position, else a convolution of size one. */
static void write_linear(struct onnx *o, int i, struct value *y)
{
    const struct pleth_record *r = &o->graph->records[i];
    const struct value *x = read_value(o, r->in[0]);
    const int64_t dims[RANK] = {r->out.c, o->graph->records[r->in[0]].out.c, 1, 1, 1};
    struct text weight, bias;

    layer_parameters(o, i, x, dims, 2 + x->axes, &weight, &bias);
    if (x->axes == 0)
        attribute_int(o, "transB", 1);
    y->name = emit(o, RESULT, x->axes == 0 ? "Gemm" : "Conv", x->name.at, weight.at, bias.at);
}

static void write_batch_norm(struct onnx *o, int i, struct value *y)
{
    const struct pleth_record *r = &o->graph->records[i];
    const int64_t channels = r->out.c;
    struct text names[4];
    const char *inputs[5] = {read_value(o, r->in[0])->name.at};

    if (y->merged) {
        y->name = read_value(o, r->in[0])->name;
        return;
    }
    if (write_norm_s8(o, i, y))
        return;
    for (int k = 0; k < 4; k++) {
        names[k] = parameter(o, i, k, &channels, 1);
        inputs[1 + k] = names[k].at;
    }
    attribute_float(o, "epsilon", r->eps);
    y->name = node(o, RESULT, "BatchNormalization", inputs, 5);
}

/* Over the last axes, so that channels go there and back where there are positions. */
static void write_layer_norm(struct onnx *o, int i, struct value *y)
{
    static const int64_t last[AXES + 1][5] = {{0}, {0, 2, 1}, {0, 2, 3, 1}, {0, 2, 3, 4, 1}};
    static const int64_t back[AXES + 1][5] = {{0}, {0, 2, 1}, {0, 3, 1, 2}, {0, 4, 1, 2, 3}};
    const struct pleth_record *r = &o->graph->records[i];
    const int axes = y->axes, turn = axes > 0 && !r->whole;
    int64_t dims[RANK];
    const int rank = shape_of(&r->out, axes, 0, dims);
    struct text in = read_value(o, r->in[0])->name, weight, bias;

    weight = parameter(o, i, 0, dims + 1, r->whole ? rank - 1 : 1);
    bias = parameter(o, i, 1, dims + 1, r->whole ? rank - 1 : 1);
    if (turn)
        in = transpose(o, PART, in.at, last[axes], rank);
    attribute_int(o, "axis", r->whole ? 1 : -1);
    attribute_float(o, "epsilon", r->eps);
    y->name = emit(o, turn ? PART : RESULT, "LayerNormalization", in.at, weight.at, bias.at);
    if (turn)
        y->name = transpose(o, RESULT, y->name.at, back[axes], rank);
}

static void write_activation(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const char *x = read_value(o, r->in[0])->name.at;
    struct text t;

    switch (r->function) {
    case PLETH_RELU:
        y->name = emit(o, RESULT, "Relu", x, NULL, NULL);
        break;
    case PLETH_TANH:
        y->name = emit(o, RESULT, "Tanh", x, NULL, NULL);
        break;
    case PLETH_SIGMOID:
        y->name = emit(o, RESULT, "Sigmoid", x, NULL, NULL);
        break;
    case PLETH_ELU:
        y->name = emit(o, RESULT, "Elu", x, NULL, NULL);
        break;
    case PLETH_CLAMP01:
        y->name = emit(o, RESULT, "Clip", x, number(o, 0).at, number(o, 1).at);
        break;
    default: /* x (1 + erf(x / sqrt 2)) / 2, in the order that other runtimes recognise */
        t = emit(o, PART, "Div", x, number(o, 1.41421356f).at, NULL);
        t = emit(o, PART, "Erf", t.at, NULL, NULL);
        t = emit(o, PART, "Add", t.at, number(o, 1).at, NULL);
        t = emit(o, PART, "Mul", x, t.at, NULL);
        y->name = emit(o, RESULT, "Mul", t.at, number(o, 0.5f).at, NULL);
        break;
    }
}

/* ---- Positions ------------------------------------------------------------------------------- */

/* Numbers of the axes of h and w in a value; how many there are. */
static int plane(const struct value *v, int64_t axes[2])
{
    const int n = v->axes < 2 ? v->axes : 2;

    for (int i = 0; i < n; i++)
        axes[i] = 2 + v->axes - n + i;
    return n;
}

static void write_pool(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const struct pleth_shape *x = &o->graph->records[r->in[0]].out;
    const int max = r->op == PLETH_OP_MAX_POOL;
    const struct text in = max ? read_value(o, r->in[0])->name
                               : read_for_mean(o, r, r->kernel[0] * r->kernel[1] * r->kernel[2]);
    const char *op = max ? "MaxPool" : "AveragePool";
    const int alone = r->pad[2] && r->out.w * r->stride[2] > x->w;
    struct text most, last;

    window_attributes(o, r, y->axes);
    if (!alone) {
        y->name = emit(o, RESULT, op, in.at, NULL, NULL);
        return;
    }
    /* The last value meets a zero. Not as Pad: runtimes that merge it with MaxPool, which pads with
     * minus infinity, lose the zero. */
    most = emit(o, PART, op, in.at, NULL, NULL);
    last = slice(o, PART, in.at, 1 + y->axes, x->w - 1, x->w);
    last = emit(o, PART, "Relu", last.at, NULL, NULL);
    y->name = concat(o, RESULT, 1 + y->axes, most.at, last.at, NULL);
}

static void write_mean(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const struct value *x = &o->value[r->in[0]];
    const struct pleth_shape *map = &o->graph->records[r->in[0]].out;
    const struct text in = read_for_mean(o, r, map->h * map->w);
    int64_t axes[2];
    const int n = plane(x, axes), keep = x->axes > 2;

    if (n == 0) {
        y->name = emit(o, RESULT, "Identity", in.at, NULL, NULL);
        return;
    }
    attribute_ints(o, "axes", axes, n);
    attribute_int(o, "keepdims", keep);
    y->name = emit(o, RESULT, "ReduceMean", in.at, NULL, NULL);
    y->axes = keep ? x->axes : 0;
}

/* 1 where a mask in int8 is a part of the multiplications that read it. */
static int is_part(const struct onnx *o, int mask)
{
    int read = 0, zero;
    float step;

    if (!(o->value[o->graph->records[mask].in[0]].step > 0))
        return 0;
    for (int i = mask + 1; i < o->graph->count; i++) {
        const struct pleth_record *r = &o->graph->records[i];
        for (int k = 0; o->used[i] && k < PLETH_OPERANDS; k++)
            if (r->in[k] == mask) {
                if (r->op != PLETH_OP_MULTIPLY || k != 1 || r->in[0] > mask ||
                    !(o->value[r->in[0]].step > 0) ||
                    !pleth_activation_scale(o->weights, r->name, &step, &zero))
                    return 0;
                read = 1;
            }
    }
    return read;
}

static void write_mask(struct onnx *o, int i, struct value *y)
{
    const struct pleth_record *r = &o->graph->records[i];
    struct text sum, share, gain;
    const struct value *x;
    int64_t axes[2];
    int n;

    if (is_part(o, i)) {
        *y = o->value[r->in[0]];
        return;
    }
    x = read_value(o, r->in[0]);
    n = plane(x, axes);
    sum = emit(o, PART, "ReduceSum", x->name.at, integers(o, axes, n).at, NULL);
    share = emit(o, PART, "Div", x->name.at, sum.at, NULL);
    gain = number(o, 0.5f * (float)r->out.h * (float)r->out.w);
    y->name = emit(o, RESULT, "Mul", share.at, gain.at, NULL);
}

/* A map under its mask, which pleth weighs with the mask's integers times one rounded quotient. */
static void write_attended(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const struct value *x = read_value(o, r->in[0]), *mask = &o->value[r->in[1]];
    const struct pleth_shape *map = &o->graph->records[r->in[1]].out;
    int32_t multiplier[2] = {1, 0}, shift = 1;
    struct text counts, sum, share;
    int64_t axes[2];
    const int n = plane(mask, axes);
    float step = 1;
    int zero;

    if (!pleth_activation_scale(o->weights, r->name, &step, &zero) ||
        !pleth_factors_s8((double)x->step / (double)step, 0, PLETH_ATTEND_BITS, multiplier, &shift))
        fail(o, "a scale must be within all sense of the scales before it", r->name);
    counts = read_by(o, r->in[1], 1);
    sum = emit(o, PART, "ReduceSum", counts.at, integers(o, axes, n).at, NULL);
    sum = emit(o, PART, "Max", sum.at, number(o, 1).at, NULL);
    share = number(o, (float)(0.5 * multiplier[0] * map->h * map->w));
    share = emit(o, PART, "Div", share.at, sum.at, NULL);
    share = emit(o, PART, "Round", share.at, NULL, NULL);
    share = emit(o, PART, "Min", share.at, number(o, (float)PLETH_ATTEND_MOST).at, NULL);
    share = emit(o, PART, "Mul", counts.at, share.at, NULL);
    share = emit(o, PART, "Mul", share.at,
                 number(o, (float)ldexp((double)step / (double)x->step, -shift)).at, NULL);
    y->name = emit(o, RESULT, "Mul", x->name.at, share.at, NULL);
    y->axes = x->axes;
}

/* (h, w) cut into windows that lie in the first axis, or back. */
static void write_windows(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    static const int64_t cut_order[6] = {0, 2, 4, 1, 3, 5}, join_order[6] = {0, 3, 1, 4, 2, 5};
    const int cut = r->op == PLETH_OP_WINDOWS;
    const struct pleth_shape *x = &o->graph->records[r->in[0]].out;
    const struct pleth_shape *map = cut ? x : &r->out, *part = cut ? &r->out : x;
    const int64_t down = map->h / part->h, across = map->w / part->w;
    const int64_t cut_dims[6] = {0, map->c, down, part->h, across, part->w};
    const int64_t join_dims[6] = {-1, down, across, map->c, part->h, part->w};
    struct text t = with_axes(o, r->in[0], 2);
    int64_t dims[RANK];

    t = reshape(o, PART, t.at, cut ? cut_dims : join_dims, 6);
    t = transpose(o, PART, t.at, cut ? cut_order : join_order, 6);
    y->name = reshape(o, RESULT, t.at, dims, shape_of(&r->out, 2, -1, dims));
    y->axes = 2;
    y->windows = cut;
}

/* ---- Frames ---------------------------------------------------------------------------------- */

/* A third of the channels, each from the frame `by` further; x (segments, frames, channels ...). */
static struct text shift_third(struct onnx *o, const char *x, int rank, int by, int wrap)
{
    const int64_t frames = o->graph->frames;
    struct text stay, gone;

    stay = by > 0 ? slice(o, PART, x, 1, 1, frames) : slice(o, PART, x, 1, 0, frames - 1);
    if (!wrap)
        return pad(o, PART, stay.at, rank, 1, by<0, by> 0);
    gone = by > 0 ? slice(o, PART, x, 1, 0, 1) : slice(o, PART, x, 1, frames - 1, frames);
    return by > 0 ? concat(o, PART, 1, stay.at, gone.at, NULL)
                  : concat(o, PART, 1, gone.at, stay.at, NULL);
}

static void write_shift(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const struct value *x = read_value(o, r->in[0]);
    const int third = r->out.c / 3;
    int64_t dims[RANK], segments[RANK] = {-1, o->graph->frames};
    const int rank = shape_of(&r->out, x->axes, -1, dims);
    struct text all, next, last, same;

    if (third == 0) {
        y->name = emit(o, RESULT, "Identity", x->name.at, NULL, NULL);
        return;
    }
    memcpy(segments + 2, dims + 1, sizeof *dims * (size_t)(rank - 1));
    all = reshape(o, PART, x->name.at, segments, rank + 1);
    next = slice(o, PART, all.at, 2, 0, third);
    next = shift_third(o, next.at, rank + 1, 1, r->wrap);
    last = slice(o, PART, all.at, 2, third, 2 * third);
    last = shift_third(o, last.at, rank + 1, -1, r->wrap);
    same = slice(o, PART, all.at, 2, 2 * third, r->out.c);
    all = concat(o, PART, 2, next.at, last.at, same.at);
    y->name = reshape(o, RESULT, all.at, dims, rank);
}

static void write_difference(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const char *x = read_value(o, r->in[0])->name.at;
    const struct text next = slice(o, PART, x, 0, 1, INT64_MAX), now = slice(o, PART, x, 0, 0, -1);

    y->name = emit(o, RESULT, "Sub", next.at, now.at, NULL);
}

static void write_first_frame(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const struct text zero = integer(o, 0), end = integer(o, INT64_MAX);
    const struct text step = integer(o, o->graph->frames);
    const char *const inputs[5] = {read_value(o, r->in[0])->name.at, zero.at, end.at, zero.at,
                                   step.at};

    y->name = node(o, RESULT, "Slice", inputs, 5);
}

static void write_repeat(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const struct value *x = read_value(o, r->in[0]);
    int64_t dims[RANK], one[RANK] = {0, 1}, times[RANK];
    const int rank = shape_of(&r->out, x->axes, -1, dims);
    struct text t;

    memcpy(one + 2, dims + 1, sizeof *dims * (size_t)(rank - 1));
    for (int k = 0; k <= rank; k++)
        times[k] = k == 1 ? o->graph->frames : 1;
    t = reshape(o, PART, x->name.at, one, rank + 1);
    t = emit(o, PART, "Tile", t.at, integers(o, times, rank + 1).at, NULL);
    y->name = reshape(o, RESULT, t.at, dims, rank);
}

/* ---- Mixing ---------------------------------------------------------------------------------- */

/* cos or sin of 2 pi i k / n, by the number of the angle alone so that no precision is lost. */
static double wave(int is_sin, int64_t i, int64_t k, int64_t n)
{
    const double angle = 2 * 3.14159265358979323846 * (double)(i * k % n) / (double)n;

    return is_sin ? sin(angle) : cos(angle);
}

/* The four matrices of a transform of rows: from w values to u real or imaginary parts (w, u), and
 * from those back (u, w), to be added. */
static struct text row_matrix(struct onnx *o, int w, int is_sin, int back)
{
    const int u = w / 2 + 1;
    const struct text name = text("rows%s%s:%d", back ? "_back" : "", is_sin ? "_i" : "_r", w);
    const int64_t dims[2] = {back ? u : w, back ? w : u};
    float *m = malloc(sizeof *m * (size_t)u * (size_t)w);

    for (int k = 0; m && k < u; k++)
        for (int i = 0; i < w; i++) {
            /* what is not its own mirror image stands for two */
            const double count = back && k > 0 && 2 * k != w ? 2 : 1, sign = is_sin ? -1 : 1;
            m[back ? k * w + i : i * u + k] =
                (float)(sign * count * wave(is_sin, i, k, w) / sqrt((double)w));
        }
    if (m)
        floats(o, name.at, dims, 2, m);
    else
        fail(o, "out of memory", name.at);
    free(m);
    return name;
}

/* The same of columns of h complex values, real parts above imaginary ones: (2h, 2h). */
static struct text column_matrix(struct onnx *o, int h, int back)
{
    const struct text name = text("columns%s:%d", back ? "_back" : "", h);
    const int64_t dims[2] = {2 * h, 2 * h};
    float *m = malloc(sizeof *m * 4 * (size_t)h * (size_t)h);

    for (int k = 0; m && k < 2 * h; k++)
        for (int i = 0; i < 2 * h; i++) {
            const int mixed = (k < h) != (i < h);
            double v = wave(mixed, i % h, k % h, h) / sqrt((double)h);
            if (mixed && (k < h) == back)
                v = -v;
            m[k * 2 * h + i] = (float)v;
        }
    if (m)
        floats(o, name.at, dims, 2, m);
    else
        fail(o, "out of memory", name.at);
    free(m);
    return name;
}

/* Part 0 (real) or 1 of the weights (h, u, c, 2) as (c, h, u). */
static struct text filter(struct onnx *o, int i, int part)
{
    const struct pleth_shape *s = &o->graph->records[i].out;
    const int u = s->w / 2 + 1, c = s->c;
    const int64_t dims[3] = {c, s->h, u};
    const struct text name = text("%s%s", o->record, part ? ".imaginary" : ".real");
    float *from = load(o, i, 0), *to = malloc(sizeof *to * (size_t)c * (size_t)s->h * (size_t)u);

    for (int at = 0; from && to && at < s->h * u; at++)
        for (int k = 0; k < c; k++)
            to[(ptrdiff_t)k * s->h * u + at] = from[2 * ((ptrdiff_t)at * c + k) + part];
    if (from && to)
        floats(o, name.at, dims, 3, to);
    else
        fail(o, "out of memory", name.at);
    free(from);
    free(to);
    return name;
}

/* The transform and its inverse as products with matrices: (h, w) -> real over imaginary parts
 * (2h, u), which the weights turn and stretch. */
static void write_spectral(struct onnx *o, int i, struct value *y)
{
    const struct pleth_record *r = &o->graph->records[i];
    const int h = r->out.h, w = r->out.w;
    const struct text x = with_axes(o, r->in[0], 2), wr = filter(o, i, 0), wi = filter(o, i, 1);
    struct text re, im, both;

    re = emit(o, PART, "MatMul", x.at, row_matrix(o, w, 0, 0).at, NULL);
    im = emit(o, PART, "MatMul", x.at, row_matrix(o, w, 1, 0).at, NULL);
    both = concat(o, PART, 2, re.at, im.at, NULL);
    both = emit(o, PART, "MatMul", column_matrix(o, h, 0).at, both.at, NULL);
    re = slice(o, PART, both.at, 2, 0, h);
    im = slice(o, PART, both.at, 2, h, 2 * h);
    {
        const struct text rr = emit(o, PART, "Mul", re.at, wr.at, NULL);
        const struct text ii = emit(o, PART, "Mul", im.at, wi.at, NULL);
        const struct text ri = emit(o, PART, "Mul", re.at, wi.at, NULL);
        const struct text ir = emit(o, PART, "Mul", im.at, wr.at, NULL);
        re = emit(o, PART, "Sub", rr.at, ii.at, NULL);
        im = emit(o, PART, "Add", ri.at, ir.at, NULL);
    }
    both = concat(o, PART, 2, re.at, im.at, NULL);
    both = emit(o, PART, "MatMul", column_matrix(o, h, 1).at, both.at, NULL);
    re = slice(o, PART, both.at, 2, 0, h);
    im = slice(o, PART, both.at, 2, h, 2 * h);
    re = emit(o, PART, "MatMul", re.at, row_matrix(o, w, 0, 1).at, NULL);
    im = emit(o, PART, "MatMul", im.at, row_matrix(o, w, 1, 1).at, NULL);
    y->name = emit(o, RESULT, "Add", re.at, im.at, NULL);
    y->axes = 2;
}

/* One head's row of the biases, as (queries, keys) by how far they are from each other. */
static struct text distances(struct onnx *o, int i)
{
    const struct pleth_record *r = &o->graph->records[i];
    const int w = r->out.w, n = r->out.h * w;
    const struct text name = text("%s.biases", o->record);
    const int64_t dims[2] = {n, n};
    float *from = load(o, i, 0), *to = malloc(sizeof *to * (size_t)n * (size_t)n);

    for (int q = 0; from && to && q < n; q++)
        for (int k = 0; k < n; k++)
            to[q * n + k] = from[r->first * n + abs(q / w - k / w) * w + abs(q % w - k % w)];
    if (from && to)
        floats(o, name.at, dims, 2, to);
    else
        fail(o, "out of memory", name.at);
    free(from);
    free(to);
    return name;
}

static void write_attention(struct onnx *o, int i, struct value *y)
{
    static const int64_t turned[4] = {0, 1, 3, 2};
    const struct pleth_record *r = &o->graph->records[i];
    int64_t dims[RANK];
    struct text parts[3], t;

    for (int k = 0; k < 3; k++) {
        const struct pleth_shape *s = &o->graph->records[r->in[k]].out;
        const int64_t heads[4] = {0, r->heads, s->c / r->heads, (int64_t)s->h * s->w};
        parts[k] = reshape(o, PART, read_value(o, r->in[k])->name.at, heads, 4);
    }
    t = transpose(o, PART, parts[0].at, turned, 4);
    t = emit(o, PART, "MatMul", t.at, parts[1].at, NULL);
    t = emit(o, PART, "Mul", t.at, number(o, r->scale).at, NULL);
    if (r->bias)
        t = emit(o, PART, "Add", t.at, distances(o, i).at, NULL);
    attribute_int(o, "axis", -1);
    t = emit(o, PART, "Softmax", t.at, NULL, NULL);
    t = transpose(o, PART, t.at, turned, 4);
    t = emit(o, PART, "MatMul", parts[2].at, t.at, NULL);
    y->name = reshape(o, RESULT, t.at, dims, shape_of(&r->out, y->axes, 0, dims));
}

/* Sums, products and channels of two values, each with the axes of the one that has more. */
static void write_pair(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const int axes =
        r->op == PLETH_OP_JOIN ? 1 : larger(o->value[r->in[0]].axes, o->value[r->in[1]].axes);
    struct text a, b;

    y->axes = axes;
    if (r->op == PLETH_OP_MULTIPLY && o->graph->records[r->in[1]].op == PLETH_OP_MASK &&
        o->value[r->in[1]].step > 0) {
        write_attended(o, r, y);
        return;
    }
    if (r->op != PLETH_OP_ADD || !read_for_sum(o, r, &a, &b)) {
        a = with_axes(o, r->in[0], axes);
        b = with_axes(o, r->in[1], axes);
    }
    if (r->op == PLETH_OP_ADD)
        y->name = emit(o, RESULT, "Add", a.at, b.at, NULL);
    else if (r->op == PLETH_OP_MULTIPLY)
        y->name = emit(o, RESULT, "Mul", a.at, b.at, NULL);
    else
        y->name = concat(o, RESULT, r->op == PLETH_OP_JOIN ? 2 : 1, a.at, b.at, NULL);
}

/* ---- Ports ----------------------------------------------------------------------------------- */

/* What the first axis of an input or output counts. */
static const char *counted(const struct onnx *o, const struct pleth_record *port)
{
    int across = 0, difference = 0;

    for (int i = 0; i < o->graph->count; i++) {
        const int op = o->graph->records[i].op;
        difference |= op == PLETH_OP_DIFFERENCE;
        across |= op == PLETH_OP_SHIFT || op == PLETH_OP_REPEAT || op == PLETH_OP_FIRST_FRAME;
    }
    if (difference && port->op == PLETH_OP_INPUT)
        return "frames + 1";
    return port->per_segment ? "segments" : across || difference ? "frames" : "batch";
}

/* An input's or output's name, type and shape (free, c, positions). */
static void write_port(struct onnx *o, const struct pleth_record *r, const int64_t *dims, int rank)
{
    struct plethio_message *dimension = &o->scratch[0], *shape = empty(&o->scratch[1]);
    struct plethio_message *outer = &o->scratch[2], *port = empty(&o->scratch[3]);
    const int is_input = r->op == PLETH_OP_INPUT;

    for (int i = 0; i < rank; i++) {
        empty(dimension);
        if (i == 0)
            plethio_message_text(dimension, DIMENSION_NAME, counted(o, r));
        else
            plethio_message_int(dimension, DIMENSION_SIZE, dims[i]);
        plethio_message_inner(shape, SHAPE_DIMENSION, dimension);
    }
    /* a value's type is a tensor's, which is an element's type and the shape */
    empty(outer);
    plethio_message_int(outer, TENSOR_ELEMENT, TYPE_FLOAT);
    plethio_message_inner(outer, TENSOR_SHAPE, shape);
    empty(shape);
    plethio_message_inner(shape, TYPE_TENSOR, outer);
    plethio_message_text(port, VALUE_NAME, r->name);
    plethio_message_inner(port, VALUE_TYPE, shape);
    plethio_message_inner(is_input ? &o->inputs : &o->outputs,
                          is_input ? GRAPH_INPUT : GRAPH_OUTPUT, port);
}

static void write_input(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    int64_t dims[RANK];

    y->axes = r->out.d > 1 ? 3 : r->out.h > 1 ? 2 : r->out.w > 1 ? 1 : 0;
    y->name = text("%s", r->name);
    define(o, r->name, 0);
    write_port(o, r, dims, shape_of(&r->out, y->axes, 0, dims));
}

/* Without the axes of one. */
static void write_output(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const struct value *x = read_value(o, r->in[0]);
    const int64_t all[AXES] = {r->out.d, r->out.h, r->out.w};
    int64_t dims[RANK] = {0, r->out.c};
    int rank = 2;

    for (int i = 0; i < AXES; i++)
        if (all[i] > 1)
            dims[rank++] = all[i];
    y->name = rank == 2 + x->axes ? emit(o, RESULT, "Identity", x->name.at, NULL, NULL)
                                  : reshape(o, RESULT, x->name.at, dims, rank);
    write_port(o, r, dims, rank);
}

/* ---- Records --------------------------------------------------------------------------------- */

static void write_record(struct onnx *o, int i, struct value *y)
{
    const struct pleth_record *r = &o->graph->records[i];
    int64_t dims[RANK];

    switch (r->op) {
    case PLETH_OP_INPUT:
        write_input(o, r, y);
        break;
    case PLETH_OP_CONV:
        write_conv(o, i, y);
        break;
    case PLETH_OP_CONV_TRANSPOSED:
        write_conv_transposed(o, i, y);
        break;
    case PLETH_OP_LINEAR:
        write_linear(o, i, y);
        break;
    case PLETH_OP_FLATTEN:
        y->axes = 0;
        y->name = reshape(o, RESULT, read_value(o, r->in[0])->name.at, dims,
                          shape_of(&r->out, 0, 0, dims));
        break;
    case PLETH_OP_BATCH_NORM:
        write_batch_norm(o, i, y);
        break;
    case PLETH_OP_LAYER_NORM:
        write_layer_norm(o, i, y);
        break;
    case PLETH_OP_ACTIVATION:
        write_activation(o, r, y);
        break;
    case PLETH_OP_ADD:
    case PLETH_OP_MULTIPLY:
    case PLETH_OP_CONCAT:
    case PLETH_OP_JOIN:
        write_pair(o, r, y);
        break;
    case PLETH_OP_AVERAGE_POOL:
    case PLETH_OP_MAX_POOL:
        write_pool(o, r, y);
        break;
    case PLETH_OP_MEAN:
        write_mean(o, r, y);
        break;
    case PLETH_OP_MASK:
        write_mask(o, i, y);
        break;
    case PLETH_OP_SHIFT:
        write_shift(o, r, y);
        break;
    case PLETH_OP_DIFFERENCE:
        write_difference(o, r, y);
        break;
    case PLETH_OP_FIRST_FRAME:
        write_first_frame(o, r, y);
        break;
    case PLETH_OP_REPEAT:
        write_repeat(o, r, y);
        break;
    case PLETH_OP_SLICE:
        y->name =
            slice(o, RESULT, read_value(o, r->in[0])->name.at, 1, r->first, r->first + r->out.c);
        break;
    case PLETH_OP_PAD_CHANNELS:
        y->name = pad(o, RESULT, read_value(o, r->in[0])->name.at, 2 + y->axes, 1, r->first,
                      r->out.c - r->first - o->graph->records[r->in[0]].out.c);
        break;
    case PLETH_OP_WINDOWS:
    case PLETH_OP_UNWINDOWS:
        write_windows(o, r, y);
        break;
    case PLETH_OP_SPECTRAL:
        write_spectral(o, i, y);
        break;
    case PLETH_OP_ATTENTION:
        write_attention(o, i, y);
        break;
    case PLETH_OP_OUTPUT:
        write_output(o, r, y);
        break;
    default:
        fail(o, "ONNX has no operator for this", r->name);
        break;
    }
}

/* 1 where a record only moves values (and zeros) about: int8 stays what it was. */
static int only_moves(int op)
{
    switch (op) {
    case PLETH_OP_FLATTEN:
    case PLETH_OP_MAX_POOL:
    case PLETH_OP_SHIFT:
    case PLETH_OP_FIRST_FRAME:
    case PLETH_OP_REPEAT:
    case PLETH_OP_SLICE:
    case PLETH_OP_PAD_CHANNELS:
    case PLETH_OP_WINDOWS:
    case PLETH_OP_UNWINDOWS:
        return 1;
    default:
        return 0;
    }
}

/* 1 where the record keeps what is in each window to itself. */
static int within_windows(int op)
{
    switch (op) {
    case PLETH_OP_FLATTEN:
    case PLETH_OP_MEAN:
    case PLETH_OP_JOIN:
    case PLETH_OP_OUTPUT:
    case PLETH_OP_SHIFT:
    case PLETH_OP_REPEAT:
    case PLETH_OP_FIRST_FRAME:
    case PLETH_OP_SPECTRAL:
        return 0;
    default:
        return 1;
    }
}

/* Rounds the record's value to int8, by its own scale or that of what it moved. */
static void quantize(struct onnx *o, const struct pleth_record *r, struct value *y)
{
    const struct text scale = text("%s.activation_scale", r->name);
    const struct text zero = text("%s.activation_zero_point", r->name);
    struct pleth_tensor s, z;

    if (pleth_weights_find(o->weights, scale.at, &s)) {
        if (!find_float(o, scale.at, &s, 1))
            return;
        if (!pleth_weights_find(o->weights, zero.at, &z) || z.type != PLETH_I8 || z.count != 1) {
            fail(o, "an activation's scale needs a zero point, one I8", zero.at);
            return;
        }
        constant(o, scale.at, TYPE_FLOAT, NULL, 0, s.data, s.size);
        constant(o, zero.at, TYPE_INT8, NULL, 0, z.data, z.size);
        y->step = pleth_tensor_float(&s, 0);
        y->zero_point = (int)pleth_tensor_float(&z, 0);
        y->scale = scale;
        y->zero = zero;
    } else if (r->in[0] >= 0 && only_moves(r->op)) {
        y->step = o->value[r->in[0]].step;
        y->zero_point = o->value[r->in[0]].zero_point;
        y->scale = o->value[r->in[0]].scale;
        y->zero = o->value[r->in[0]].zero;
    }
    if (y->step > 0) {
        y->q = emit(o, PART, "QuantizeLinear", y->name.at, y->scale.at, y->zero.at);
        y->name = text("%s", "");
    }
}

static void write_records(struct onnx *o)
{
    pleth_graph_used(o->graph, o->used);
    for (int i = 0; i < o->graph->count && !o->failed; i++) {
        const struct pleth_record *r = &o->graph->records[i];
        struct value *y = &o->value[i];
        if (!o->used[i] && r->op != PLETH_OP_INPUT)
            continue;
        o->record = r->name;
        o->parts = 0;
        if (r->in[0] >= 0) {
            y->axes = o->value[r->in[0]].axes;
            y->windows = o->value[r->in[0]].windows;
        }
        if (y->windows && !within_windows(r->op))
            fail(o, "ONNX models do this to whole frames only, not to windows", r->name);
        write_record(o, i, y);
        if (r->op != PLETH_OP_OUTPUT && !*y->q.at)
            quantize(o, r, y);
    }
}

/* ---- The file -------------------------------------------------------------------------------- */

static void write_metadata(struct plethio_message *model, struct plethio_message *entry,
                           const struct pleth_net_shape *shape)
{
    char key[16], value[16];

    for (int i = 0; pleth_net_shape_metadata(shape, i, key, value); i++) {
        empty(entry);
        plethio_message_text(entry, ENTRY_KEY, key);
        plethio_message_text(entry, ENTRY_VALUE, value);
        plethio_message_inner(model, MODEL_METADATA, entry);
    }
}

/* Everything but the constants, which are most of it and are written from where they are. */
static int write_model(struct onnx *o, const struct pleth_net_shape *shape, FILE *file)
{
    struct plethio_message *model = empty(&o->scratch[0]), *part = empty(&o->scratch[1]);
    struct plethio_message *graph = &o->nodes;
    const struct text version =
        text("%d.%d.%d", PLETH_VERSION_MAJOR, PLETH_VERSION_MINOR, PLETH_VERSION_PATCH);

    plethio_message_text(graph, GRAPH_NAME, pleth_net_name(shape->kind));
    plethio_message_fields(graph, &o->inputs);
    plethio_message_fields(graph, &o->outputs);
    plethio_message_int(model, MODEL_IR_VERSION, IR_VERSION);
    plethio_message_text(model, MODEL_PRODUCER, "pleth");
    plethio_message_text(model, MODEL_PRODUCER_VERSION, version.at);
    plethio_message_int(part, OPERATORS_VERSION, OPERATORS);
    plethio_message_inner(model, MODEL_OPERATORS, part);
    write_metadata(model, part, shape);
    plethio_message_head(model, MODEL_GRAPH, (size_t)graph->size + (size_t)o->constants.size);
    if (model->failed || graph->failed || o->constants.failed ||
        o->constants.size > INT_MAX - graph->size - model->size)
        return plethio_fail(o->e, "no memory, or more than the 2 GB that an ONNX model may have");
    if (fwrite(model->bytes, 1, (size_t)model->size, file) != (size_t)model->size ||
        fwrite(graph->bytes, 1, (size_t)graph->size, file) != (size_t)graph->size ||
        fwrite(o->constants.bytes, 1, (size_t)o->constants.size, file) != (size_t)o->constants.size)
        return plethio_fail(o->e, "the ONNX model can not be written");
    return 0;
}

int plethio_onnx_write_graph(FILE *file, const struct pleth_net_shape *shape,
                             const struct pleth_graph *graph, const struct pleth_weights *weights,
                             struct plethio_error *e)
{
    struct onnx *o;
    int status = -1;

    if (graph->error)
        return plethio_fail(e, "%s: the network can not be built", graph->where);
    o = calloc(1, sizeof *o);
    if (!o)
        return plethio_fail(e, "out of memory");
    o->graph = graph;
    o->weights = weights;
    o->e = e;
    write_records(o);
    if (!o->failed)
        status = write_model(o, shape, file);
    free(o->nodes.bytes);
    free(o->constants.bytes);
    free(o->inputs.bytes);
    free(o->outputs.bytes);
    free(o->attributes.bytes);
    for (size_t i = 0; i < sizeof o->scratch / sizeof o->scratch[0]; i++)
        free(o->scratch[i].bytes);
    free(o->named);
    free(o);
    return status;
}

int plethio_onnx_write(const void *model, size_t size, FILE *file, struct plethio_error *e)
{
    struct pleth_record records[PLETH_RECORDS];
    struct pleth_weights weights;
    struct pleth_net_shape shape;
    struct pleth_graph graph;
    char message[PLETH_MESSAGE];

    if (pleth_weights_open(&weights, model, size, message, sizeof message) ||
        pleth_net_shape_read(&shape, &weights, NULL, message, sizeof message))
        return plethio_fail(e, "%s", message);
    pleth_graph_init(&graph, records, PLETH_RECORDS, shape.frames);
    pleth_net_build(&shape, &graph);
    return plethio_onnx_write_graph(file, &shape, &graph, &weights, e);
}
