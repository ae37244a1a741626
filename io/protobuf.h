/* Messages in the wire format of Protocol Buffers: fields appended to bytes in memory.
 *
 * A field is its number and kind, then a number in base 128 or bytes with their length; a message
 * in a message is bytes, so that it is finished before it is appended to the outer one. */
#ifndef PLETHIO_PROTOBUF_H
#define PLETHIO_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

/* All zeros to begin with; bytes are freed by the owner. `failed` stays 1 once memory, or the 2 GB
 * that a message may have, did not suffice. */
struct plethio_message {
    uint8_t *bytes;
    int size, capacity;
    int failed;
};

void plethio_message_int(struct plethio_message *m, int field, int64_t value);
void plethio_message_float(struct plethio_message *m, int field, float value);
void plethio_message_bytes(struct plethio_message *m, int field, const void *bytes, size_t size);
void plethio_message_text(struct plethio_message *m, int field, const char *text);
void plethio_message_inner(struct plethio_message *m, int field,
                           const struct plethio_message *inner);
/* All fields of another message, behind those of this one. */
void plethio_message_fields(struct plethio_message *m, const struct plethio_message *more);
/* What goes before `size` bytes that the caller writes behind this message. */
void plethio_message_head(struct plethio_message *m, int field, size_t size);

#endif
