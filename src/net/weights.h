/* A safetensors file in memory, read in place: 8 bytes of header length, JSON, raw data.
 *
 * Strict: lengths, offsets that overlap or leave gaps, unknown types, duplicate names, shapes that
 * do not give the bytes they claim, anything after the end: all refused, with the tensor's name. */
#ifndef PLETH_NET_WEIGHTS_H
#define PLETH_NET_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

enum pleth_type {
    PLETH_F32,
    PLETH_F16,
    PLETH_BF16,
    PLETH_F64,
    PLETH_I8,
    PLETH_U8,
    PLETH_I16,
    PLETH_I32,
    PLETH_I64,
    PLETH_BOOL,
    PLETH_TYPE_COUNT
};

enum { PLETH_RANK = 6 };

struct pleth_tensor {
    const char *name; /* in the header, not terminated; escapes are not undone */
    int name_length;
    int type; /* pleth_type */
    int rank;
    int64_t shape[PLETH_RANK];
    int64_t count;    /* product of the shape; 1 for a scalar */
    const void *data; /* little-endian, maybe unaligned: read by pleth_tensor_* */
    size_t size;      /* bytes */
};

struct pleth_weights {
    const char *header;
    size_t header_size;
    const uint8_t *data;
    size_t data_size;
    int tensors;
};

/* Checks all of bytes[0..size). 0 or PLETH_EINVAL with one line in message[message_size]. */
int pleth_weights_open(struct pleth_weights *w, const void *bytes, size_t size, char *message,
                       size_t message_size);

/* Tensor `name`; 0 if there is none. */
int pleth_weights_find(const struct pleth_weights *w, const char *name, struct pleth_tensor *t);

/* All tensors in the header's order: *at = 0 first; 0 after the last. */
int pleth_weights_next(const struct pleth_weights *w, size_t *at, struct pleth_tensor *t);

/* Value of a key of __metadata__, unescaped; 0 if there is none or it does not fit. */
int pleth_weights_metadata(const struct pleth_weights *w, const char *key, char *value,
                           size_t size);

/* All pairs of __metadata__ in their order, escapes not undone (pleth_json_unescape does): *at = 0
 * first; 0 after the last. */
int pleth_weights_metadata_next(const struct pleth_weights *w, size_t *at, const char **key,
                                int *key_length, const char **value, int *value_length);

/* Element i as float, from F32, F16, BF16, F64 or any integer type. */
float pleth_tensor_float(const struct pleth_tensor *t, int64_t i);

/* count elements from `first` on, widened to float. */
void pleth_tensor_floats(const struct pleth_tensor *t, int64_t first, int64_t count, float *out);

const char *pleth_type_name(int type); /* "F32" */
int pleth_type_size(int type);         /* bytes */

#endif
