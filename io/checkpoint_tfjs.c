/* TensorFlow.js: model.json, which says which tensors follow each other in which raw files. */
#include "checkpoint_parts.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"

/* ---- The manifest ----------------------------------------------------------------------- */

/* Appends the file `name` beside path to c->data. */
static int append_file(struct plethio_checkpoint *c, const char *path, const char *name, int length,
                       struct plethio_error *e)
{
    enum { BYTES = 1 << 30 };
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0, size;
    char beside[1024], *bytes, *all;

    /* a model may not name files anywhere else */
    if (length < 1 || memchr(name, '/', (size_t)length) || memchr(name, '\\', (size_t)length) ||
        name[0] == '.')
        return plethio_fail(e, "weightsManifest names a file that does not lie beside it: %.*s",
                            length < 100 ? length : 100, name);
    if (folder + (size_t)length >= sizeof beside)
        return plethio_fail(e, "weightsManifest names a file too long: %.100s", name);
    memcpy(beside, path, folder);
    memcpy(beside + folder, name, (size_t)length);
    beside[folder + (size_t)length] = 0;
    bytes = plethio_read_whole(beside, &size, e);
    if (!bytes)
        return -1;
    /* files may be named more than once */
    all = size > BYTES - c->data_size ? NULL : realloc(c->data, c->data_size + size + 1);
    if (!all) {
        free(bytes);
        return plethio_fail(e, "more weights than this machine has memory, or than 1 GB");
    }
    memcpy(all + c->data_size, bytes, size);
    free(bytes);
    c->data = all;
    c->data_size += size;
    return 0;
}

/* The files of a group. */
static int read_paths(struct plethio_checkpoint *c, struct pleth_json group, const char *path,
                      struct plethio_error *e)
{
    struct pleth_json after;
    const char *name;
    int length;

    if (!plethio_json_member(&group, "paths", &after) || !pleth_json_accept(&group, '['))
        return plethio_fail(e, "weightsManifest names no files");
    do {
        if (!pleth_json_text(&group, &name, &length))
            return plethio_fail(e, "weightsManifest names no files");
        if (append_file(c, path, name, length, e))
            return -1;
    } while (pleth_json_accept(&group, ','));
    return 0;
}

/* One tensor's description, whose bytes begin at *at of the group's. */
static int read_tensor(struct plethio_checkpoint *c, struct pleth_json *s, size_t *at,
                       struct plethio_error *e)
{
    static const struct {
        const char *name;
        int type;
    } types[] = {{"float32", PLETH_F32},
                 {"float16", PLETH_F16},
                 {"int32", PLETH_I32},
                 {"uint8", PLETH_U8},
                 {"bool", PLETH_BOOL}};
    struct pleth_tensor t = {.type = -1, .size = SIZE_MAX};
    struct pleth_json from = *s, to;
    const char *name, *type;
    int length, type_length;

    if (!plethio_json_member(s, "name", &to) || !pleth_json_text(s, &name, &length))
        return plethio_fail(e, "weightsManifest has a tensor without a name");
    *s = from;
    if (plethio_json_member(s, "quantization", &to))
        return plethio_fail(e, "tensor %.*s is quantised; convert the model without that",
                            length < 100 ? length : 100, name);
    *s = from;
    if (plethio_json_member(s, "dtype", &to) && pleth_json_text(s, &type, &type_length))
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
            if (pleth_json_is(type, type_length, types[i].name))
                t.type = types[i].type;
    if (t.type < 0)
        return plethio_fail(e, "tensor %.*s has a dtype that is not known",
                            length < 100 ? length : 100, name);
    *s = from;
    if (!plethio_json_member(s, "shape", &to) || !pleth_json_accept(s, '['))
        return plethio_fail(e, "tensor %.*s has no shape", length < 100 ? length : 100, name);
    if (!pleth_json_accept(s, ']')) {
        do
            if (t.rank == PLETH_RANK || !pleth_json_whole(s, &t.shape[t.rank++]))
                return plethio_fail(e, "tensor %.*s has a shape that can not be",
                                    length < 100 ? length : 100, name);
        while (pleth_json_accept(s, ','));
        if (!pleth_json_accept(s, ']'))
            return plethio_fail(e, "tensor %.*s has a broken shape", length < 100 ? length : 100,
                                name);
    }
    *s = to;
    if (plethio_checkpoint_add(c, name, (size_t)length, &t, c->data, c->data_size, *at, e))
        return -1;
    *at += c->tensor[c->count - 1].size;
    return 0;
}

int plethio_read_tfjs(struct plethio_checkpoint *c, const char *path, struct plethio_error *e)
{
    struct pleth_json s = {c->file, c->file + c->file_size}, after, group;
    size_t at = 0;

    if (!plethio_json_member(&s, "weightsManifest", &after) || !pleth_json_accept(&s, '['))
        return plethio_fail(e, "no weightsManifest: not the model.json of TensorFlow.js");
    /* all files first: they move while they are read */
    group = s;
    do {
        struct pleth_json one = group;

        if (read_paths(c, one, path, e))
            return -1;
        if (!plethio_json_skip(&group))
            return plethio_fail(e, "weightsManifest is broken");
    } while (pleth_json_accept(&group, ','));
    do {
        struct pleth_json weights = s;

        if (!plethio_json_member(&weights, "weights", &after) || !pleth_json_accept(&weights, '['))
            return plethio_fail(e, "weightsManifest has a group without weights");
        if (!pleth_json_accept(&weights, ']')) {
            do
                if (read_tensor(c, &weights, &at, e))
                    return -1;
            while (pleth_json_accept(&weights, ','));
            if (!pleth_json_accept(&weights, ']'))
                return plethio_fail(e, "weightsManifest is broken");
        }
        s = after;
    } while (pleth_json_accept(&s, ','));
    if (at != c->data_size)
        return plethio_fail(e, "the files beside it have %zu bytes, its tensors %zu", c->data_size,
                            at);
    return 0;
}
