#include "safetensors.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/json.h"

/* ---- Metadata --------------------------------------------------------------------------- */

static const char *keep(struct plethio_metadata_list *list, const char *text)
{
    size_t n = strlen(text) + 1;
    char *to = list->text + list->used;

    if (n > sizeof list->text - list->used)
        return NULL;
    memcpy(to, text, n);
    list->used += n;
    return to;
}

int plethio_metadata_add(struct plethio_metadata_list *list, const char *key, const char *value,
                         struct plethio_error *e)
{
    struct plethio_metadata *to = &list->item[list->count];

    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i].key, key) == 0)
            return 0;
    if (list->count == (int)(sizeof list->item / sizeof list->item[0]) ||
        !(to->key = keep(list, key)) || !(to->value = keep(list, value)))
        return plethio_fail(e, "more metadata than %zu keys or %zu bytes",
                            sizeof list->item / sizeof list->item[0], sizeof list->text);
    list->count++;
    return 0;
}

int plethio_metadata_add_shape(struct plethio_metadata_list *list, const struct pleth_net_shape *s,
                               struct plethio_error *e)
{
    char key[16], value[16];

    for (int i = 0; pleth_net_shape_metadata(s, i, key, value); i++)
        if (plethio_metadata_add(list, key, value, e))
            return -1;
    return 0;
}

int plethio_metadata_add_file(struct plethio_metadata_list *list, const struct pleth_weights *w,
                              struct plethio_error *e)
{
    const char *key, *value;
    char key_text[256], value_text[sizeof list->text];
    int key_length, value_length;
    size_t at = 0;

    while (pleth_weights_metadata_next(w, &at, &key, &key_length, &value, &value_length)) {
        if (!pleth_json_unescape(key, key_length, key_text, sizeof key_text) ||
            !pleth_json_unescape(value, value_length, value_text, sizeof value_text))
            return plethio_fail(e, "metadata that is too long, or has a zero in it: %.*s",
                                key_length < 100 ? key_length : 100, key);
        if (plethio_metadata_add(list, key_text, value_text, e))
            return -1;
    }
    return 0;
}

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
