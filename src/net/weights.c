/* A strict reader of safetensors, in place. The header is JSON of one form only: an object of
 * objects, whose members are "dtype", "shape", "data_offsets", or texts in "__metadata__". */
#include "weights.h"

#include <string.h>

#include "json.h"
#include "pleth/pleth.h"

/* Far more than any network has; they bound the time that a hostile header can take. */
enum { TENSORS = 2048, KEYS = 256, HEADER = 1 << 20 };

static const struct {
    const char *name;
    int size;
} types[PLETH_TYPE_COUNT] = {
    [PLETH_F32] = {"F32", 4},   [PLETH_F16] = {"F16", 2}, [PLETH_BF16] = {"BF16", 2},
    [PLETH_F64] = {"F64", 8},   [PLETH_I8] = {"I8", 1},   [PLETH_U8] = {"U8", 1},
    [PLETH_I16] = {"I16", 2},   [PLETH_I32] = {"I32", 4}, [PLETH_I64] = {"I64", 8},
    [PLETH_BOOL] = {"BOOL", 1},
};

const char *pleth_type_name(int type)
{
    return type >= 0 && type < PLETH_TYPE_COUNT ? types[type].name : NULL;
}

int pleth_type_size(int type)
{
    return type >= 0 && type < PLETH_TYPE_COUNT ? types[type].size : 0;
}

/* ---- Tensors ---------------------------------------------------------------------------- */

/* Offsets of a tensor's bytes in the data. */
struct span {
    int64_t from, to;
};

/* The value of a tensor's member after its name. */
static const char *scan_tensor(struct pleth_json *s, struct pleth_tensor *t, struct span *span)
{
    int seen = 0;

    t->count = 1;
    if (!pleth_json_accept(s, '{'))
        return "is not described by an object";
    do {
        const char *key, *text;
        int length, text_length, bit;

        if (!pleth_json_text(s, &key, &length) || !pleth_json_accept(s, ':'))
            return "has a broken description";
        bit = pleth_json_is(key, length, "dtype")          ? 1
              : pleth_json_is(key, length, "shape")        ? 2
              : pleth_json_is(key, length, "data_offsets") ? 4
                                                           : 0;
        if (!bit || seen & bit)
            return "has an unknown or repeated member in its description";
        seen |= bit;
        if (bit == 1) {
            if (!pleth_json_text(s, &text, &text_length))
                return "has no type";
            t->type = 0;
            while (t->type < PLETH_TYPE_COUNT &&
                   !pleth_json_is(text, text_length, types[t->type].name))
                t->type++;
            if (t->type == PLETH_TYPE_COUNT)
                return "has a type that is not known";
        } else if (bit == 2) {
            if (!pleth_json_accept(s, '['))
                return "has no shape";
            if (!pleth_json_accept(s, ']')) {
                do {
                    if (t->rank == PLETH_RANK)
                        return "has more than 6 axes";
                    if (!pleth_json_whole(s, &t->shape[t->rank]))
                        return "has a shape that is not of whole numbers";
                    if (t->shape[t->rank] > 0 && t->count > ((int64_t)1 << 40) / t->shape[t->rank])
                        return "has a shape too large for any memory";
                    t->count *= t->shape[t->rank++];
                } while (pleth_json_accept(s, ','));
                if (!pleth_json_accept(s, ']'))
                    return "has a broken shape";
            }
        } else if (!pleth_json_accept(s, '[') || !pleth_json_whole(s, &span->from) ||
                   !pleth_json_accept(s, ',') || !pleth_json_whole(s, &span->to) ||
                   !pleth_json_accept(s, ']')) {
            return "has broken data offsets";
        }
    } while (pleth_json_accept(s, ','));
    if (!pleth_json_accept(s, '}'))
        return "has a broken description";
    return seen == 7 ? NULL : "lacks its type, shape or data offsets";
}

static const char *scan_metadata(struct pleth_json *s)
{
    struct {
        const char *text;
        int length;
    } key[KEYS], value;
    int keys = 0;

    if (!pleth_json_accept(s, '{'))
        return "is not an object";
    if (pleth_json_accept(s, '}'))
        return NULL;
    do {
        if (keys == KEYS)
            return "has more than 256 keys";
        if (!pleth_json_text(s, &key[keys].text, &key[keys].length) || !pleth_json_accept(s, ':') ||
            !pleth_json_text(s, &value.text, &value.length))
            return "is not of texts alone";
        for (int i = 0; i < keys; i++)
            if (key[i].length == key[keys].length &&
                memcmp(key[i].text, key[keys].text, (size_t)key[i].length) == 0)
                return "has one key twice";
        keys++;
    } while (pleth_json_accept(s, ','));
    return pleth_json_accept(s, '}') ? NULL : "is broken";
}

static const char metadata_name[] = "__metadata__";

static struct pleth_json header_scanner(const struct pleth_weights *w, size_t at)
{
    struct pleth_json s = {w->header + at, w->header + w->header_size};
    return s;
}

/* From just behind '{' or ',' on: the next member. 0 at the end; bad ones were refused before. */
static int next_member(const struct pleth_weights *w, size_t *at, struct pleth_tensor *t,
                       struct span *span)
{
    struct pleth_json s = header_scanner(w, *at);

    for (;;) {
        memset(t, 0, sizeof *t);
        if (*at == 0 && !pleth_json_accept(&s, '{'))
            return 0;
        if (!pleth_json_text(&s, &t->name, &t->name_length) || !pleth_json_accept(&s, ':'))
            return 0;
        if (pleth_json_is(t->name, t->name_length, metadata_name)) {
            if (scan_metadata(&s))
                return 0;
        } else if (scan_tensor(&s, t, span)) {
            return 0;
        }
        if (!pleth_json_accept(&s, ','))
            s.at = s.end;
        *at = (size_t)(s.at - w->header);
        if (!pleth_json_is(t->name, t->name_length, metadata_name)) {
            t->data = w->data + span->from;
            t->size = (size_t)(span->to - span->from);
            return 1;
        }
        if (s.at == s.end)
            return 0;
    }
}

int pleth_weights_next(const struct pleth_weights *w, size_t *at, struct pleth_tensor *t)
{
    struct span span = {0, 0};

    return *at < w->header_size && next_member(w, at, t, &span);
}

int pleth_weights_find(const struct pleth_weights *w, const char *name, struct pleth_tensor *t)
{
    size_t at = 0;

    while (pleth_weights_next(w, &at, t))
        if (pleth_json_is(t->name, t->name_length, name))
            return 1;
    return 0;
}

/* ---- Opening ---------------------------------------------------------------------------- */

static void put(char *message, size_t size, size_t *at, const char *text, size_t length)
{
    for (size_t i = 0; i < length && *at + 1 < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        message[(*at)++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    message[*at] = '\0';
}

static int refuse(char *message, size_t size, const char *name, int length, const char *what)
{
    size_t at = 0;

    if (message && size > 0) {
        if (length > 0) {
            put(message, size, &at, "tensor ", 7);
            put(message, size, &at, name, (size_t)(length < 80 ? length : 80));
            put(message, size, &at, " ", 1);
        }
        put(message, size, &at, what, strlen(what));
    }
    return PLETH_EINVAL;
}

/* What the tensors so far allow to be said of the next one without a look at each of them. */
struct seen {
    int64_t end;        /* of the last byte */
    uint8_t names[512]; /* one bit for each hash of a name */
};

/* 1 if a name of this hash was seen before. */
static int seen_name(struct seen *seen, const char *name, int length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    int bit, found;

    for (int i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    bit = (int)((hash ^ hash >> 15) % (8 * sizeof seen->names));
    found = seen->names[bit / 8] >> bit % 8 & 1;
    seen->names[bit / 8] |= (uint8_t)(1 << bit % 8);
    return found;
}

/* Compares a tensor with those before it: names and bytes must differ. */
static const char *check_against_others(const struct pleth_weights *w, const struct pleth_tensor *t,
                                        const struct span *span)
{
    struct pleth_tensor other;
    struct span place = {0, 0};
    size_t at = 0;

    while (next_member(w, &at, &other, &place) && other.name != t->name) {
        if (other.name_length == t->name_length &&
            memcmp(other.name, t->name, (size_t)t->name_length) == 0)
            return "is described twice";
        if (place.from < span->to && span->from < place.to)
            return "shares bytes with another one";
    }
    return NULL;
}

/* One member of the header, from its name on. */
static int open_member(struct pleth_weights *w, struct pleth_json *s, struct seen *seen,
                       int64_t *covered, int *metadata, char *message, size_t message_size)
{
    struct pleth_tensor t;
    struct span span = {0, 0};
    const char *what;

    memset(&t, 0, sizeof t);
    if (!pleth_json_text(s, &t.name, &t.name_length) || !pleth_json_accept(s, ':'))
        return refuse(message, message_size, NULL, 0, "the header's JSON is broken");
    if (pleth_json_is(t.name, t.name_length, metadata_name)) {
        what = (*metadata)++ ? "is described twice" : scan_metadata(s);
        return what ? refuse(message, message_size, t.name, t.name_length, what) : PLETH_OK;
    }
    what = scan_tensor(s, &t, &span);
    if (!what && w->tensors++ == TENSORS)
        what = "is one too many: 2048 at most";
    if (!what && t.name_length == 0)
        what = "a tensor has no name";
    if (!what && memchr(t.name, '\\', (size_t)t.name_length))
        what = "has an escape in its name";
    if (!what && (span.to < span.from || (uint64_t)span.to > w->data_size))
        what = "lies outside the file";
    if (!what && t.count * types[t.type].size != span.to - span.from)
        what = "has a shape that does not give its number of bytes";
    /* both are looked at: every name has to be remembered */
    if (!what && seen_name(seen, t.name, t.name_length) + (span.from < seen->end) > 0)
        what = check_against_others(w, &t, &span);
    if (what)
        return refuse(message, message_size, t.name, t.name_length, what);
    *covered += span.to - span.from;
    if (span.to > seen->end)
        seen->end = span.to;
    return PLETH_OK;
}

int pleth_weights_open(struct pleth_weights *w, const void *bytes, size_t size, char *message,
                       size_t message_size)
{
    const uint8_t *b = bytes;
    uint64_t length = 0;
    struct pleth_json s;
    struct seen seen;
    int64_t covered = 0;
    int metadata = 0;

    memset(w, 0, sizeof *w);
    memset(&seen, 0, sizeof seen);
    if (!bytes || size < 8)
        return refuse(message, message_size, NULL, 0,
                      "not a safetensors file: shorter than 8 bytes");
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)b[i] << (8 * i);
    if (length > size - 8)
        return refuse(message, message_size, NULL, 0,
                      "not a safetensors file, or cut off: the header is longer than the file");
    if (length > HEADER)
        return refuse(message, message_size, NULL, 0, "the header is longer than 1 MB");
    w->header = (const char *)b + 8;
    w->header_size = (size_t)length;
    w->data = b + 8 + length;
    w->data_size = size - 8 - (size_t)length;

    s = header_scanner(w, 0);
    if (s.at == s.end || *s.at != '{')
        return refuse(message, message_size, NULL, 0,
                      "not a safetensors file: the header is not a JSON object");
    s.at++;
    if (!pleth_json_accept(&s, '}')) {
        do {
            const int status =
                open_member(w, &s, &seen, &covered, &metadata, message, message_size);
            if (status != PLETH_OK)
                return status;
        } while (pleth_json_accept(&s, ','));
        if (!pleth_json_accept(&s, '}'))
            return refuse(message, message_size, NULL, 0, "the header's JSON is broken");
    }
    pleth_json_space(&s);
    if (s.at != s.end)
        return refuse(message, message_size, NULL, 0,
                      "there is more in the header than its object");
    /* disjoint, within the data and as long as it: without gaps */
    if ((uint64_t)covered != w->data_size)
        return refuse(message, message_size, NULL, 0,
                      (uint64_t)seen.end < w->data_size ? "there are bytes after the last tensor"
                                                        : "there are bytes between tensors that "
                                                          "belong to none");
    return PLETH_OK;
}

/* ---- Metadata --------------------------------------------------------------------------- */

/* Where the pairs of __metadata__ begin; 0 if there are none. */
static int find_metadata(const struct pleth_weights *w, struct pleth_json *s)
{
    struct pleth_tensor t;
    struct span span;

    *s = header_scanner(w, 0);
    if (!pleth_json_accept(s, '{'))
        return 0;
    do {
        memset(&t, 0, sizeof t);
        if (!pleth_json_text(s, &t.name, &t.name_length) || !pleth_json_accept(s, ':'))
            return 0;
        if (pleth_json_is(t.name, t.name_length, metadata_name))
            return pleth_json_accept(s, '{');
        if (scan_tensor(s, &t, &span))
            return 0;
    } while (pleth_json_accept(s, ','));
    return 0;
}

int pleth_weights_metadata_next(const struct pleth_weights *w, size_t *at, const char **key,
                                int *key_length, const char **value, int *value_length)
{
    struct pleth_json s = header_scanner(w, *at);

    if (*at == 0 ? !find_metadata(w, &s) : !pleth_json_accept(&s, ','))
        return 0;
    if (!pleth_json_text(&s, key, key_length) || !pleth_json_accept(&s, ':') ||
        !pleth_json_text(&s, value, value_length))
        return 0;
    *at = (size_t)(s.at - w->header);
    return 1;
}

int pleth_weights_metadata(const struct pleth_weights *w, const char *key, char *value, size_t size)
{
    const char *name, *text;
    int name_length, length;
    size_t at = 0;

    while (pleth_weights_metadata_next(w, &at, &name, &name_length, &text, &length))
        if (pleth_json_is(name, name_length, key))
            return size > 0 && pleth_json_unescape(text, length, value, size);
    return 0;
}

/* ---- Values ----------------------------------------------------------------------------- */

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static float from_half(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31,
                   fraction = h & 1023;
    const float scale = 1.0f / (1 << 24);

    if (exponent == 0) { /* subnormal: fraction / 2^24 */
        const float v = (float)fraction * scale;
        return sign ? -v : v;
    }
    return from_bits(sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13);
}

float pleth_tensor_float(const struct pleth_tensor *t, int64_t i)
{
    const char *at = (const char *)t->data + i * types[t->type].size;
    uint16_t half;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    float f;
    double d;

    switch (t->type) {
    case PLETH_F32:
        memcpy(&f, at, sizeof f);
        return f;
    case PLETH_F16:
        memcpy(&half, at, sizeof half);
        return from_half(half);
    case PLETH_BF16:
        memcpy(&half, at, sizeof half);
        return from_bits((uint32_t)half << 16);
    case PLETH_F64:
        memcpy(&d, at, sizeof d);
        return (float)d;
    case PLETH_I8:
        return (float)*(const int8_t *)at;
    case PLETH_I16:
        memcpy(&i16, at, sizeof i16);
        return (float)i16;
    case PLETH_I32:
        memcpy(&i32, at, sizeof i32);
        return (float)i32;
    case PLETH_I64:
        memcpy(&i64, at, sizeof i64);
        return (float)i64;
    default:
        return (float)*(const uint8_t *)at;
    }
}

void pleth_tensor_floats(const struct pleth_tensor *t, int64_t first, int64_t count, float *out)
{
    if (t->type == PLETH_F32) {
        memcpy(out, (const char *)t->data + first * 4, (size_t)count * sizeof *out);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        out[i] = pleth_tensor_float(t, first + i);
}
