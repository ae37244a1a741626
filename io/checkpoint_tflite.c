/* TensorFlow Lite's .tflite: a flatbuffer. Every offset is checked before it is followed; of the
 * public schema only what constant tensors need is known. */
#include "checkpoint_parts.h"

#include <string.h>

struct buffer {
    const char *bytes;
    size_t size;
};

/* A table, vector or text begins at a place in the buffer; 0 stands for one that is absent. */

static int holds(const struct buffer *b, size_t at, size_t n)
{
    return at <= b->size && n <= b->size - at;
}

/* Where the offset at `at` leads, 0 if it leads out of the buffer. */
static size_t follow(const struct buffer *b, size_t at)
{
    uint64_t to;

    if (!holds(b, at, 4))
        return 0;
    to = at + plethio_le(b->bytes + at, 4);
    return to <= b->size ? (size_t)to : 0;
}

/* Where field number i of a table lies, with `size` bytes; 0 if the table does not have it. */
static size_t field(const struct buffer *b, size_t table, int i, size_t size)
{
    int64_t fields;
    size_t offset, entry = 4 + 2 * (size_t)i;

    if (table == 0 || !holds(b, table, 4))
        return 0;
    /* its list of fields lies a signed distance before it */
    fields = (int64_t)table - (int32_t)(uint32_t)plethio_le(b->bytes + table, 4);
    if (fields < 0 || !holds(b, (size_t)fields, 4))
        return 0;
    if (plethio_le(b->bytes + fields, 2) < entry + 2 || !holds(b, (size_t)fields + entry, 2))
        return 0;
    offset = (size_t)plethio_le(b->bytes + (size_t)fields + entry, 2);
    return offset && holds(b, table + offset, size) ? table + offset : 0;
}

static uint64_t number(const struct buffer *b, size_t table, int i, int bytes)
{
    size_t at = field(b, table, i, (size_t)bytes);

    return at ? plethio_le(b->bytes + at, bytes) : 0;
}

/* A vector of n elements in field i: where the first lies; 0 for an absent or a broken one. */
static size_t vector(const struct buffer *b, size_t table, int i, size_t element, size_t *n)
{
    size_t at = field(b, table, i, 4);

    *n = 0;
    at = at ? follow(b, at) : 0;
    if (!at || !holds(b, at, 4))
        return 0;
    *n = (size_t)plethio_le(b->bytes + at, 4);
    at += 4;
    return *n <= (b->size - at) / element ? at : 0;
}

/* The numbers of the schema's fields. */
enum { MODEL_GRAPHS = 2, MODEL_BUFFERS = 4 };
enum { GRAPH_TENSORS = 0 };
enum { TENSOR_SHAPE = 0, TENSOR_TYPE = 1, TENSOR_BUFFER = 2, TENSOR_NAME = 3 };
enum { BUFFER_DATA = 0 };

/* The schema's types by number; -1: without a counterpart here. */
static const int types[] = {PLETH_F32,  PLETH_F16, PLETH_I32, PLETH_U8, PLETH_I64, -1,
                            PLETH_BOOL, PLETH_I16, -1,        PLETH_I8, PLETH_F64};

static int add_tensor(struct plethio_checkpoint *c, const struct buffer *b, size_t buffers,
                      size_t buffer_count, size_t tensor, struct plethio_error *e)
{
    struct pleth_tensor t = {.rank = 0};
    size_t length, axes, bytes, name, shape, data;
    uint64_t type, buffer;

    name = vector(b, tensor, TENSOR_NAME, 1, &length);
    if (!name)
        return plethio_fail(e, "a tensor without a name, or with a broken one");
    buffer = number(b, tensor, TENSOR_BUFFER, 4);
    if (buffer >= buffer_count)
        return plethio_fail(e, "tensor %.*s has no buffer", (int)(length < 100 ? length : 100),
                            b->bytes + name);
    data = vector(b, follow(b, buffers + 4 * (size_t)buffer), BUFFER_DATA, 1, &bytes);
    if (bytes > 0 && !data)
        return plethio_fail(e, "tensor %.*s lies outside the file",
                            (int)(length < 100 ? length : 100), b->bytes + name);
    /* what is computed and not stored */
    if (bytes == 0)
        return 0;
    type = number(b, tensor, TENSOR_TYPE, 1);
    shape = vector(b, tensor, TENSOR_SHAPE, 4, &axes);
    if (type >= sizeof types / sizeof types[0] || types[type] < 0 || (axes > 0 && !shape) ||
        axes > PLETH_RANK)
        return plethio_fail(e, "tensor %.*s has a type or shape that is not known",
                            (int)(length < 100 ? length : 100), b->bytes + name);
    t.type = types[type];
    t.rank = (int)axes;
    t.size = bytes;
    for (size_t axis = 0; axis < axes; axis++)
        t.shape[axis] = (int32_t)(uint32_t)plethio_le(b->bytes + shape + 4 * axis, 4);
    return plethio_checkpoint_add(c, b->bytes + name, length, &t, b->bytes, b->size, data, e);
}

int plethio_read_tflite(struct plethio_checkpoint *c, struct plethio_error *e)
{
    const struct buffer b = {c->file, c->file_size};
    size_t model = follow(&b, 0), graphs, graph_count, tensors, tensor_count, buffers, buffer_count;

    graphs = vector(&b, model, MODEL_GRAPHS, 4, &graph_count);
    buffers = vector(&b, model, MODEL_BUFFERS, 4, &buffer_count);
    if (!graphs || !buffers || graph_count == 0)
        return plethio_fail(e, "a .tflite that is cut off or broken: no graph or no buffers");
    tensors = vector(&b, follow(&b, graphs), GRAPH_TENSORS, 4, &tensor_count);
    if (!tensors)
        return plethio_fail(e, "a .tflite whose graph has no tensors");
    for (size_t i = 0; i < tensor_count; i++)
        if (add_tensor(c, &b, buffers, buffer_count, follow(&b, tensors + 4 * i), e))
            return -1;
    return 0;
}
