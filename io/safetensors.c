#include "safetensors.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The header ------------------------------------------------------------------------- */

/* Text that is only counted while there is no room for it. */
struct text {
    char *at;
    size_t n, size;
};

static void put(struct text *t, const char *text, size_t n)
{
    if (t->at && n <= t->size - t->n)
        memcpy(t->at + t->n, text, n);
    t->n += n;
}

static void put_word(struct text *t, const char *word)
{
    put(t, word, strlen(word));
}

static void put_number(struct text *t, int64_t v)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)v);
    put_word(t, text);
}

static void put_quoted(struct text *t, const char *text, size_t n)
{
    put_word(t, "\"");
    for (size_t i = 0; i < n; i++) {
        char escape[8];

        if ((unsigned char)text[i] < 0x20) {
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)text[i]);
            put_word(t, escape);
            continue;
        }
        if (text[i] == '"' || text[i] == '\\')
            put_word(t, "\\");
        put(t, text + i, 1);
    }
    put_word(t, "\"");
}

static void put_header(struct text *h, const struct pleth_tensor *t, int tensors,
                       const struct plethio_metadata *m, int keys)
{
    int64_t at = 0;

    put_word(h, "{");
    if (keys > 0) {
        put_word(h, "\"__metadata__\":{");
        for (int i = 0; i < keys; i++) {
            put_word(h, i ? "," : "");
            put_quoted(h, m[i].key, strlen(m[i].key));
            put_word(h, ":");
            put_quoted(h, m[i].value, strlen(m[i].value));
        }
        put_word(h, tensors ? "}," : "}");
    }
    for (int i = 0; i < tensors; i++) {
        put_word(h, i ? "," : "");
        put_quoted(h, t[i].name, (size_t)t[i].name_length);
        put_word(h, ":{\"dtype\":\"");
        put_word(h, pleth_type_name(t[i].type));
        put_word(h, "\",\"shape\":[");
        for (int axis = 0; axis < t[i].rank; axis++) {
            put_word(h, axis ? "," : "");
            put_number(h, t[i].shape[axis]);
        }
        put_word(h, "],\"data_offsets\":[");
        put_number(h, at);
        at += (int64_t)t[i].size;
        put_word(h, ",");
        put_number(h, at);
        put_word(h, "]}");
    }
    put_word(h, "}");
    /* data at multiples of 8 can be read in place */
    while (h->n % 8)
        put_word(h, " ");
}

/* ---- The file --------------------------------------------------------------------------- */

void *plethio_safetensors_make(const struct pleth_tensor *t, int tensors,
                               const struct plethio_metadata *m, int keys, size_t *size,
                               struct plethio_error *e)
{
    struct text header = {NULL, 0, 0};
    struct pleth_weights w;
    char message[200];
    unsigned char *image;
    size_t at;

    put_header(&header, t, tensors, m, keys);
    *size = 8 + header.n;
    for (int i = 0; i < tensors; i++)
        *size += t[i].size;
    image = malloc(*size);
    if (!image) {
        plethio_fail(e, "not enough memory for a model of %zu bytes", *size);
        return NULL;
    }
    for (int i = 0; i < 8; i++)
        image[i] = (unsigned char)((uint64_t)header.n >> (8 * i));
    header.at = (char *)image + 8;
    header.size = header.n;
    at = 8 + header.n;
    header.n = 0;
    put_header(&header, t, tensors, m, keys);
    for (int i = 0; i < tensors; i++) {
        if (t[i].size > 0)
            memcpy(image + at, t[i].data, t[i].size);
        at += t[i].size;
    }
    if (pleth_weights_open(&w, image, *size, message, sizeof message)) {
        plethio_fail(e, "no model can be made of it: %s", message);
        free(image);
        return NULL;
    }
    return image;
}
