/* pleth convert: checkpoints of other programs to models of pleth's, and models to other formats.
 */
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "model.h"
#include "onnx.h"
#include "parse.h"
#include "pleth/pleth.h"
#include "source.h"
#include "tool.h"

static const char verb[] = "convert";

static const char usage[] =
    "usage: pleth convert IN OUT [options]\n"
    "\n"
    "IN: a model (.safetensors), or published weights of a network that pleth knows: PyTorch's "
    ".pth,\n"
    "Keras' .weights.h5, TensorFlow.js' model.json with its files beside it, TensorFlow Lite's\n"
    ".tflite. What it is, its contents say.\n"
    "OUT: .safetensors; .onnx for other runtimes; .c, with a .h beside it, for firmware\n"
    "\n"
    "  --net NAME            the network, where IN does not say which it is\n"
    "  --metadata KEY=VALUE  into the metadata of OUT, once for each; frames, side and output say\n"
    "                        what tensors alone do not\n"
    "  --json                one JSON object: what was written\n";

enum { METADATA = 32 };

struct options {
    const char *in, *out, *net;
    struct plethio_metadata metadata[METADATA];
    int keys, json;
};

/* ---- What OUT may be -------------------------------------------------------------------- */

/* One an ending: writes the model, a safetensors image, to a file that will be path. */
typedef int write_function(const void *model, size_t size, const char *path, FILE *file,
                           struct plethio_error *e);

static int write_safetensors(const void *model, size_t size, const char *path, FILE *file,
                             struct plethio_error *e)
{
    (void)path;
    (void)e;
    fwrite(model, 1, size, file);
    return 0;
}

static int write_onnx(const void *model, size_t size, const char *path, FILE *file,
                      struct plethio_error *e)
{
    (void)path;
    return plethio_onnx_write(model, size, file, e);
}

static const struct writer {
    const char *ending;
    write_function *write;
    /* what else is written, the ending replaced by this; or NULL */
    const char *beside;
    write_function *write_beside;
} writers[] = {
    {".safetensors", write_safetensors, NULL, NULL},
    {".onnx", write_onnx, NULL, NULL},
    {".c", plethio_source_write, ".h", plethio_source_write_header},
};

static const struct writer *find_writer(const char *path)
{
    const size_t n = strlen(path);

    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        const size_t m = strlen(writers[i].ending);
        if (n > m && strcmp(path + n - m, writers[i].ending) == 0)
            return &writers[i];
    }
    return NULL;
}

/* ---- The verb --------------------------------------------------------------------------- */

static void report(const struct options *o, int container, const void *model, size_t size)
{
    struct pleth_weights w;
    struct pleth_tensor t;
    char net[64] = "";
    int64_t values = 0;
    size_t at = 0;

    /* what was just made is well formed */
    if (pleth_weights_open(&w, model, size, NULL, 0))
        return;
    pleth_weights_metadata(&w, "model", net, sizeof net);
    while (pleth_weights_next(&w, &at, &t))
        values += t.count;
    if (o->json) {
        printf("{\"out\":");
        tool_json_string(stdout, o->out);
        printf(",\"from\":");
        tool_json_string(stdout, plethio_container_name(container));
        printf(",\"network\":");
        tool_json_string(stdout, net);
        printf(",\"tensors\":%d,\"values\":%lld}\n", w.tensors, (long long)values);
    } else {
        printf("%s: %s from %s, %d tensors, %lld values\n", o->out, net,
               plethio_container_name(container), w.tensors, (long long)values);
    }
}

/* The file `to`, whole or not at all; name: what it is written for. */
static int write_file(write_function *write, const void *model, size_t size, const char *name,
                      const char *to, struct plethio_error *e)
{
    struct tool_out out;

    if (tool_out_open(&out, to, e))
        return -1;
    if (write(model, size, name, out.file, e) < 0) {
        tool_out_close(&out, 0, NULL);
        return -1;
    }
    return tool_out_close(&out, 1, e);
}

static int convert(const struct options *o, const struct writer *writer, struct plethio_error *e)
{
    struct plethio_checkpoint c;
    struct plethio_error inner;
    size_t size;
    void *model;
    char found[1024];
    const char *in = plethio_model_find(found, o->in, e);
    int container, status;

    if (!in || plethio_checkpoint_read(&c, in, e))
        return -1;
    container = c.container;
    model = plethio_checkpoint_convert(&c, o->net, o->metadata, o->keys, &size, &inner);
    plethio_checkpoint_free(&c);
    if (!model)
        return plethio_fail(e, "%s: %s", o->in, inner.text);
    status = write_file(writer->write, model, size, o->out, o->out, e);
    if (status == 0 && writer->beside) {
        char path[1024];
        const int stem = (int)(strlen(o->out) - strlen(writer->ending));
        if (snprintf(path, sizeof path, "%.*s%s", stem, o->out, writer->beside) >= (int)sizeof path)
            status = plethio_fail(e, "%.60s...: too long a name", o->out);
        else
            status = write_file(writer->write_beside, model, size, o->out, path, e);
    }
    if (status == 0)
        report(o, container, model, size);
    free(model);
    return status;
}

/* KEY=VALUE, in place. */
static int take_metadata(struct options *o, char *text)
{
    char *equals = strchr(text, '=');

    if (!equals || equals == text || o->keys == METADATA)
        return parse_fail(verb, "--metadata %.100s: it must be KEY=VALUE, at most %d of them", text,
                          METADATA);
    *equals = 0;
    for (int i = 0; i < o->keys; i++)
        if (strcmp(o->metadata[i].key, text) == 0)
            return parse_fail(verb, "--metadata %.100s is given twice", text);
    o->metadata[o->keys++] = (struct plethio_metadata){text, equals + 1};
    return TOOL_OK;
}

int verb_convert(int argc, char **argv)
{
    enum { NET = 1, PAIR, JSON };
    static const struct option options[] = {{"net", required_argument, NULL, NET},
                                            {"metadata", required_argument, NULL, PAIR},
                                            {"json", no_argument, NULL, JSON},
                                            {"help", no_argument, NULL, PARSE_HELP},
                                            {NULL, 0, NULL, 0}};
    const struct writer *writer;
    struct plethio_error e;
    struct options o;
    int code;

    memset(&o, 0, sizeof o);
    while ((code = parse_option(verb, argc, argv, options, NULL)) != -1) {
        if (code == NET) {
            o.net = optarg;
        } else if (code == PAIR) {
            if (take_metadata(&o, optarg) != TOOL_OK)
                return TOOL_USAGE;
        } else if (code == JSON) {
            o.json = 1;
        } else if (code == PARSE_HELP) {
            fputs(usage, stdout);
            return TOOL_OK;
        } else {
            return TOOL_USAGE;
        }
    }
    if (argc - optind != 2)
        return parse_fail(verb, "expected IN and OUT");
    o.in = argv[optind];
    o.out = argv[optind + 1];
    writer = find_writer(o.out);
    if (!writer)
        return parse_fail(verb, "%.100s: OUT must end in .safetensors, .onnx or .c", o.out);
    if (strcmp(o.in, o.out) == 0)
        return parse_fail(verb, "IN and OUT are the same file");
    return convert(&o, writer, &e) ? tool_fail(verb, &e) : TOOL_OK;
}
