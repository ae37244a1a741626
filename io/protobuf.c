#include "protobuf.h"

#include <limits.h>
#include <string.h>

#include "memory.h"

/* Kinds of fields. */
enum { VARINT = 0, LENGTH = 2, FIXED32 = 5 };

static void append(struct plethio_message *m, const void *bytes, size_t size)
{
    uint8_t *grown = NULL;

    if (size == 0 || m->failed)
        return;
    if (size <= INT_MAX)
        grown = plethio_grow(m->bytes, m->size, (int)size, &m->capacity, 1);
    if (!grown) {
        m->failed = 1;
        return;
    }
    m->bytes = grown;
    memcpy(m->bytes + m->size, bytes, size);
    m->size += (int)size;
}

/* Seven bits a byte, the lowest first; the top bit says that more follow. */
static void append_varint(struct plethio_message *m, uint64_t value)
{
    uint8_t bytes[10];
    size_t n = 0;

    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (uint8_t)(value | 0x80);
    bytes[n++] = (uint8_t)value;
    append(m, bytes, n);
}

static void append_tag(struct plethio_message *m, int field, int kind)
{
    append_varint(m, (uint64_t)field << 3 | (uint64_t)kind);
}

void plethio_message_int(struct plethio_message *m, int field, int64_t value)
{
    append_tag(m, field, VARINT);
    append_varint(m, (uint64_t)value);
}

void plethio_message_float(struct plethio_message *m, int field, float value)
{
    append_tag(m, field, FIXED32);
    append(m, &value, sizeof value);
}

void plethio_message_head(struct plethio_message *m, int field, size_t size)
{
    append_tag(m, field, LENGTH);
    append_varint(m, size);
}

void plethio_message_bytes(struct plethio_message *m, int field, const void *bytes, size_t size)
{
    plethio_message_head(m, field, size);
    append(m, bytes, size);
}

void plethio_message_text(struct plethio_message *m, int field, const char *text)
{
    plethio_message_bytes(m, field, text, strlen(text));
}

void plethio_message_inner(struct plethio_message *m, int field,
                           const struct plethio_message *inner)
{
    m->failed |= inner->failed;
    plethio_message_bytes(m, field, inner->bytes, (size_t)inner->size);
}

void plethio_message_fields(struct plethio_message *m, const struct plethio_message *more)
{
    m->failed |= more->failed;
    append(m, more->bytes, (size_t)more->size);
}
