#include "checkpoint_parts.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

const char *plethio_container_name(int container)
{
    static const char *const names[PLETHIO_CONTAINERS] = {
        [PLETHIO_SAFETENSORS] = "safetensors",
        [PLETHIO_PTH] = "PyTorch",
        [PLETHIO_KERAS] = "Keras",
        [PLETHIO_TFJS] = "TensorFlow.js",
        [PLETHIO_TFLITE] = "TensorFlow Lite",
    };

    return container >= 0 && container < PLETHIO_CONTAINERS ? names[container] : NULL;
}

/* ---- Tensors ---------------------------------------------------------------------------- */

static int printable(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return 0;
    return length > 0;
}

/* The product of the shape, -1 if it can not be one. */
static int64_t count_of(const struct pleth_tensor *t)
{
    int64_t count = 1;

    for (int axis = 0; axis < t->rank; axis++) {
        if (t->shape[axis] < 1 || t->shape[axis] > ((int64_t)1 << 40) / count)
            return -1;
        count *= t->shape[axis];
    }
    return count;
}

int plethio_checkpoint_add(struct plethio_checkpoint *c, const char *name, size_t length,
                           const struct pleth_tensor *t, const char *bytes, uint64_t available,
                           uint64_t at, struct plethio_error *e)
{
    enum { TENSORS = 4096, NAME = 1024 };
    struct pleth_tensor *to;
    char *copy;
    size_t size;

    if (length > NAME || !printable(name, length))
        return plethio_fail(e, "a tensor has no name that can be printed");
    if (c->count == TENSORS)
        return plethio_fail(e, "more than %d tensors", TENSORS);
    to = plethio_grow(c->tensor, c->count, 1, &c->capacity, sizeof *to);
    copy = malloc(length + 1);
    if (to)
        c->tensor = to;
    if (!to || !copy) {
        free(copy);
        return plethio_fail(e, "not enough memory");
    }
    memcpy(copy, name, length);
    copy[length] = 0;
    to += c->count++;
    *to = *t;
    to->name = copy;
    to->name_length = (int)length;
    if (plethio_checkpoint_find(c, copy) != to)
        return plethio_fail(e, "tensor %.100s is there twice", copy);
    if (t->rank < 0 || t->rank > PLETH_RANK)
        return plethio_fail(e, "tensor %.100s has %d axes; %d at most", copy, t->rank, PLETH_RANK);
    to->count = count_of(t);
    if (to->count < 0)
        return plethio_fail(e, "tensor %.100s has a shape that can not be", copy);
    size = (size_t)to->count * (size_t)pleth_type_size(t->type);
    if (t->size != SIZE_MAX && t->size != size)
        return plethio_fail(e, "tensor %.100s has %zu bytes, its shape needs %zu", copy, t->size,
                            size);
    if (at > available || size > available - at)
        return plethio_fail(e, "tensor %.100s lies outside its data", copy);
    to->size = size;
    to->data = bytes + at;
    return 0;
}

const struct pleth_tensor *plethio_checkpoint_find(const struct plethio_checkpoint *c,
                                                   const char *name)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->tensor[i].name, name) == 0)
            return &c->tensor[i];
    return NULL;
}

/* ---- Files ------------------------------------------------------------------------------ */

static int read_safetensors(struct plethio_checkpoint *c, struct plethio_error *e)
{
    struct pleth_weights w;
    struct pleth_tensor t;
    char message[200];
    size_t at = 0;

    if (pleth_weights_open(&w, c->file, c->file_size, message, sizeof message))
        return plethio_fail(e, "%s", message);
    while (pleth_weights_next(&w, &at, &t))
        if (plethio_checkpoint_add(c, t.name, (size_t)t.name_length, &t, t.data, t.size, 0, e))
            return -1;
    return 0;
}

static int begins(const struct plethio_checkpoint *c, size_t at, const char *magic, size_t n)
{
    return c->file_size >= at + n && memcmp(c->file + at, magic, n) == 0;
}

static int read_tensors(struct plethio_checkpoint *c, const char *path, struct plethio_error *e)
{
    c->container = begins(c, 0, "PK\3\4", 4)              ? PLETHIO_PTH
                   : begins(c, 0, "\x89HDF\r\n\x1a\n", 8) ? PLETHIO_KERAS
                   : begins(c, 4, "TFL3", 4)              ? PLETHIO_TFLITE
                   : begins(c, 8, "{", 1)                 ? PLETHIO_SAFETENSORS
                   : begins(c, 0, "{", 1)                 ? PLETHIO_TFJS
                                                          : PLETHIO_CONTAINERS;
    switch (c->container) {
    case PLETHIO_SAFETENSORS:
        return read_safetensors(c, e);
    case PLETHIO_PTH:
        return plethio_read_pth(c, e);
    case PLETHIO_KERAS:
        return plethio_read_keras(c, e);
    case PLETHIO_TFJS:
        return plethio_read_tfjs(c, path, e);
    case PLETHIO_TFLITE:
        return plethio_read_tflite(c, e);
    default:
        break;
    }
    /* how a pickle of protocol 2 begins, and PyTorch's first magic number in it */
    if (begins(c, 0, "\x80\x02\x8a\x0a", 4))
        return plethio_fail(e,
                            "written by a PyTorch before 1.6; load and save it with a newer one");
    return plethio_fail(e, "not a checkpoint that is known: safetensors, .pth, Keras' .h5, "
                           "TensorFlow.js' model.json, .tflite");
}

int plethio_checkpoint_read(struct plethio_checkpoint *c, const char *path, struct plethio_error *e)
{
    struct plethio_error inner;

    memset(c, 0, sizeof *c);
    c->file = plethio_read_whole(path, &c->file_size, e);
    if (!c->file)
        return -1;
    if (read_tensors(c, path, &inner) == 0) {
        if (c->count > 0)
            return 0;
        plethio_fail(&inner, "no tensors in it");
    }
    plethio_checkpoint_free(c);
    return plethio_fail(e, "%s: %s", path, inner.text);
}

void plethio_checkpoint_free(struct plethio_checkpoint *c)
{
    for (int i = 0; i < c->count; i++)
        free((void *)(uintptr_t)c->tensor[i].name);
    free(c->tensor);
    free(c->file);
    free(c->data);
    memset(c, 0, sizeof *c);
}
