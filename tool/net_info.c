#define _POSIX_C_SOURCE 200809L

#include "net_info.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "net/weights.h"
#include "nets/nets.h"
#include "seen.h"
#include "tool.h"
#include "wearable/rate_net.h"

/* The network of a file or of a name, as records. */
struct net {
    struct pleth_net_shape shape;
    struct pleth_record records[PLETH_RECORDS];
    struct pleth_graph graph;
    struct pleth_counts counts;
    int64_t unread; /* parameters that no output needs */
    /* of a file only */
    char *bytes;
    size_t size;
    struct pleth_weights weights;
    size_t prepared, state; /* bytes, on this machine's instruction sets */
    int int8, tells_rate;
};

static const char *const endings[] = {".safetensors", ".pth",  ".pt",    ".h5",
                                      ".hdf5",        ".json", ".tflite"};

int net_info_is(const char *what)
{
    const size_t n = strlen(what);
    char found[1024];

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t m = strlen(endings[i]);
        if (n > m && strcmp(what + n - m, endings[i]) == 0)
            return 1;
    }
    return pleth_net_find(what) >= 0 || plethio_model_find(found, what, NULL) == found;
}

static const char *operation(int op)
{
    static const char *const names[PLETH_OP_COUNT] = {
        [PLETH_OP_INPUT] = "input",
        [PLETH_OP_CONV] = "convolution",
        [PLETH_OP_CONV_TRANSPOSED] = "transposed convolution",
        [PLETH_OP_LINEAR] = "linear",
        [PLETH_OP_FLATTEN] = "flatten",
        [PLETH_OP_BATCH_NORM] = "batch norm",
        [PLETH_OP_LAYER_NORM] = "layer norm",
        [PLETH_OP_ACTIVATION] = "activation",
        [PLETH_OP_ADD] = "add",
        [PLETH_OP_MULTIPLY] = "multiply",
        [PLETH_OP_AVERAGE_POOL] = "average pool",
        [PLETH_OP_MAX_POOL] = "max pool",
        [PLETH_OP_MEAN] = "mean",
        [PLETH_OP_MASK] = "attention mask",
        [PLETH_OP_SHIFT] = "temporal shift",
        [PLETH_OP_DIFFERENCE] = "frame difference",
        [PLETH_OP_FIRST_FRAME] = "first frame",
        [PLETH_OP_REPEAT] = "repeat",
        [PLETH_OP_SLICE] = "slice",
        [PLETH_OP_CONCAT] = "concatenation",
        [PLETH_OP_PAD_CHANNELS] = "channel padding",
        [PLETH_OP_JOIN] = "join tokens",
        [PLETH_OP_WINDOWS] = "windows",
        [PLETH_OP_UNWINDOWS] = "windows back",
        [PLETH_OP_SPECTRAL] = "global filter",
        [PLETH_OP_ATTENTION] = "attention",
        [PLETH_OP_OUTPUT] = "output",
    };
    return names[op];
}

static int64_t parameters_of(const struct net *n, int record)
{
    struct pleth_parameter p;
    int64_t total = 0;

    for (int k = 0; pleth_record_parameter(&n->graph, record, k, &p); k++) {
        int64_t count = 1;
        for (int axis = 0; axis < p.rank; axis++)
            count *= p.shape[axis];
        total += count;
    }
    return total;
}

/* What running takes; 0 and e where the file does not fit its network. */
static int measure(struct net *n, const char *what, const char *net, struct plethio_error *e)
{
    struct plethio_model m;
    pleth_net_options options;

    pleth_net_options_default(&options);
    options.name = net;
    if (plethio_model_open(&m, what, &options, e))
        return 0;
    n->prepared = m.block_size;
    n->tells_rate = pleth_rate_net_size(m.net, 1) > 0;
    n->state = m.work_size;
    n->int8 = m.info.int8;
    plethio_model_close(&m);
    return 1;
}

static int load(struct net *n, const char *what, const char *net, struct plethio_error *e)
{
    const int kind = pleth_net_find(what);
    char message[PLETH_MESSAGE] = "";
    uint8_t used[PLETH_RECORDS];

    if (kind >= 0) {
        pleth_net_shape_default(&n->shape, kind);
    } else {
        n->bytes = plethio_model_read(what, net, &n->size, e);
        if (!n->bytes)
            return -1;
        if (pleth_weights_open(&n->weights, n->bytes, n->size, message, sizeof message) ||
            pleth_net_shape_read(&n->shape, &n->weights, net, message, sizeof message))
            return plethio_fail(e, "%s: %s", what, message);
        if (!measure(n, what, net, e))
            return -1;
    }
    pleth_graph_init(&n->graph, n->records, PLETH_RECORDS, n->shape.frames);
    pleth_net_build(&n->shape, &n->graph);
    if (n->graph.error)
        return plethio_fail(e, "%s: the network can not be built: %s", what, n->graph.where);
    pleth_graph_count(&n->graph, &n->counts);
    pleth_graph_used(&n->graph, used);
    for (int i = 0; i < n->graph.count; i++)
        if (!used[i])
            n->unread += parameters_of(n, i);
    for (int i = 0; i < n->graph.count; i++) /* running statistics are not learned */
        if (!used[i] && n->records[i].op == PLETH_OP_BATCH_NORM)
            n->unread -= 2 * n->records[i].out.c;
    return 0;
}

static void shape_text(const struct pleth_shape *s, char *text, size_t size)
{
    if (s->d > 1)
        snprintf(text, size, "%d x %d x %d x %d", s->c, s->d, s->h, s->w);
    else if (s->h > 1)
        snprintf(text, size, "%d x %d x %d", s->c, s->h, s->w);
    else if (s->w > 1)
        snprintf(text, size, "%d x %d", s->c, s->w);
    else
        snprintf(text, size, "%d", s->c);
}

static int has_time(const struct net *n)
{
    return n->graph.frames > 1 || n->counts.delay > 0;
}

/* 3x3x3 convolutions where TS-CAN shifts: what the shift saves. */
static int64_t macs_3d(const struct net *n)
{
    return n->shape.kind == PLETH_NET_TSCAN || n->shape.kind == PLETH_NET_MTTSCAN
               ? pleth_can3d_macs(&n->shape) / n->graph.frames
               : 0;
}

/* Whom a model has seen, where it says so (train/seen.h): in JSON their names, else how many. */
static void show_seen(const struct net *n, int json)
{
    char *list = malloc(PLETHTRAIN_SEEN);
    int people = 1;

    if (list && pleth_weights_metadata(&n->weights, "trained_on", list, PLETHTRAIN_SEEN) && *list) {
        for (const char *at = list; (at = strstr(at, PLETHTRAIN_AND)); at++)
            people++;
        if (json) {
            printf(",\"trained_on\":");
            tool_json_string(stdout, list);
        } else {
            printf("  %-24s %d people, whom --json names\n", "trained_on", people);
        }
    }
    free(list);
}

/* The file's own words about itself: all metadata that is not the network's shape. */
static void show_metadata(const struct net *n, int json)
{
    static const char *const keys[] = {"license", "terms", "source",   "data",   "people",
                                       "error",   "split", "training", "recipe", "windows",
                                       "author",  "card",  "url"};
    char value[1200];

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!pleth_weights_metadata(&n->weights, keys[i], value, sizeof value))
            continue;
        if (json) {
            printf(",\"%s\":", keys[i]);
            tool_json_string(stdout, value);
        } else {
            printf("  %-24s %s\n", keys[i], value);
        }
    }
    show_seen(n, json);
}

static void show_text(const struct net *n)
{
    const struct pleth_counts *c = &n->counts;
    char text[80];

    printf("%s\n\n  %-40s %-22s %-16s %12s %14s\n", pleth_net_name(n->shape.kind), "layer", "",
           "output", "parameters", "MACs");
    for (int i = 0; i < n->graph.count; i++) {
        const struct pleth_record *r = &n->records[i];
        const int64_t parameters = parameters_of(n, i), macs = pleth_record_macs(&n->graph, i);
        shape_text(&r->out, text, sizeof text);
        printf("  %-40s %-22s %-16s", r->name, operation(r->op), text);
        if (parameters)
            printf(" %12" PRId64, parameters);
        if (macs)
            printf("%*s %14" PRId64, parameters ? 0 : 13, "", macs);
        printf("\n");
    }
    printf("\n  parameters               %" PRId64, c->parameters);
    if (n->unread)
        printf(", %" PRId64 " of them read by nothing", n->unread);
    printf("\n  MACs                     %.3f M", (double)c->macs / n->graph.frames * 1e-6);
    if (n->graph.frames > 1)
        printf(" a frame, %.2f M a segment of %d frames", (double)c->macs * 1e-6, n->graph.frames);
    printf("\n");
    if (macs_3d(n))
        printf("  MACs with 3-D kernels    %.3f M a frame, instead of shifts\n",
               (double)macs_3d(n) * 1e-6);
    if (has_time(n))
        printf("  delay                    %d frames\n", c->delay);
    if (n->bytes) {
        printf("  file                     %zu bytes%s\n", n->size, n->int8 ? ", int8" : "");
        printf("  prepared                 %zu bytes, shared by all streams\n", n->prepared);
        printf("  working memory           %zu bytes a stream\n", n->state);
        if (n->tells_rate)
            printf(
                "  use                      pleth measure RECORDING --method FILE, of a sensor\n");
        show_metadata(n, 0);
    }
}

static void show_json(const struct net *n)
{
    const struct pleth_counts *c = &n->counts;

    printf("{\"network\":");
    tool_json_string(stdout, pleth_net_name(n->shape.kind));
    printf(",\"parameters\":%" PRId64 ",\"unread_parameters\":%" PRId64 ",\"macs\":%" PRId64
           ",\"frames\":%d,\"delay\":%d",
           c->parameters, n->unread, c->macs, n->graph.frames, c->delay);
    if (macs_3d(n))
        printf(",\"macs_3d\":%" PRId64, macs_3d(n) * n->graph.frames);
    if (n->bytes) {
        printf(",\"bytes\":%zu,\"prepared_bytes\":%zu,\"state_bytes\":%zu,\"int8\":%s", n->size,
               n->prepared, n->state, n->int8 ? "true" : "false");
        show_metadata(n, 1);
    }
    printf(",\"layers\":[");
    for (int i = 0; i < n->graph.count; i++) {
        const struct pleth_record *r = &n->records[i];
        printf("%s{\"name\":", i ? "," : "");
        tool_json_string(stdout, r->name);
        printf(",\"operation\":");
        tool_json_string(stdout, operation(r->op));
        printf(",\"shape\":[%d,%d,%d,%d],\"parameters\":%" PRId64 ",\"macs\":%" PRId64 "}",
               r->out.c, r->out.d, r->out.h, r->out.w, parameters_of(n, i),
               pleth_record_macs(&n->graph, i));
    }
    printf("]}\n");
}

int net_info_show(const char *what, const char *net, int json, struct plethio_error *e)
{
    struct net *n = calloc(1, sizeof *n);
    int status = -1;

    if (!n)
        return plethio_fail(e, "no memory");
    if (!load(n, what, net, e)) {
        (json ? show_json : show_text)(n);
        status = 0;
    }
    free(n->bytes);
    free(n);
    return status;
}
