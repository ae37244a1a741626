/* pleth run: a network on arrays. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model.h"
#include "model_input.h"
#include "npy.h"
#include "parse.h"
#include "tool.h"

static const char usage[] =
    "usage: pleth run MODEL --in FILE.npy [--in FILE.npy] --out DIR [options]\n"
    "\n"
    "Runs a network on whole arrays and writes DIR/NAME.npy for each of its outputs. Arrays are\n"
    "float32 or float64: frames first, then channels, height and width. What a network takes and\n"
    "gives, and in which order, pleth info MODEL tells.\n"
    "\n"
    "  --in FILE      an input; once for each, in order\n"
    "  --out DIR      made if it is not there\n"
    "  --net NAME     the network, where the file does not say which it is\n"
    "  --frames N     frames of a segment, instead of what the file says\n"
    "  --exact        without optimisations that change rounding\n"
    "  --json         one JSON object: what was written\n";

static int write_output(const char *folder, const pleth_net_port *port, int frames,
                        const float *data, struct plethio_error *e)
{
    const int64_t shape[5] = {frames, port->shape[0], port->shape[1], port->shape[2],
                              port->shape[3]};
    const int rank = port->count == port->shape[0] ? 2 : 5;
    char path[1024];
    struct tool_out out;

    if (snprintf(path, sizeof path, "%s/%s.npy", folder, port->name) >= (int)sizeof path)
        return plethio_fail(e, "%.60s...: too long a name", folder);
    if (tool_out_open(&out, path, e))
        return -1;
    plethio_npy_write(out.file, rank, shape, data);
    return tool_out_close(&out, 1, e);
}

static void report(const pleth_net_info *info, const char *folder, int frames, int json)
{
    if (json) {
        printf("{\"network\":");
        tool_json_string(stdout, info->name);
        printf(",\"frames\":%d,\"outputs\":[", frames);
    }
    for (int i = 0; i < info->outputs; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s.npy", folder, info->output[i].name);
        if (json) {
            printf("%s{\"file\":", i ? "," : "");
            tool_json_string(stdout, path);
            printf(",\"values\":%d}", info->output[i].count);
        } else {
            printf("%s: %d x %d\n", path, frames, info->output[i].count);
        }
    }
    if (json)
        printf("]}\n");
}

static int run(const char *model, const pleth_net_options *options, const char *const *in, int n,
               const char *folder, int json, struct plethio_error *e)
{
    struct plethio_model m;
    struct tool_arrays a;
    float *output[4] = {NULL};
    int status = -1;

    if (plethio_model_open(&m, model, options, e))
        return -1;
    if (tool_arrays_read(&a, &m, in, n, e)) {
        plethio_model_close(&m);
        return -1;
    }
    for (int i = 0; i < m.info.outputs; i++) {
        output[i] = calloc((size_t)a.frames * (size_t)m.info.output[i].count, sizeof(float));
        if (!output[i]) {
            plethio_fail(e, "no memory for %d frames", a.frames);
            goto done;
        }
    }
    if (pleth_net_run(m.state, a.frames, a.input, output)) {
        plethio_fail(e, "%s: the network does not run on this", model);
        goto done;
    }
    if (mkdir(folder, 0777) && errno != EEXIST) {
        plethio_fail(e, "%s: %s", folder, strerror(errno));
        goto done;
    }
    for (int i = 0; i < m.info.outputs; i++)
        if (write_output(folder, &m.info.output[i], a.frames, output[i], e))
            goto done;
    report(&m.info, folder, a.frames, json);
    status = 0;
done:
    for (int i = 0; i < 4; i++)
        free(output[i]);
    tool_arrays_free(&a);
    plethio_model_close(&m);
    return status;
}

int verb_run(int argc, char **argv)
{
    enum { IN = 1, OUT, NET, FRAMES, EXACT, JSON };
    static const struct option options[] = {
        {"in", required_argument, NULL, IN},     {"out", required_argument, NULL, OUT},
        {"net", required_argument, NULL, NET},   {"frames", required_argument, NULL, FRAMES},
        {"exact", no_argument, NULL, EXACT},     {"json", no_argument, NULL, JSON},
        {"help", no_argument, NULL, PARSE_HELP}, {NULL, 0, NULL, 0}};
    const char *in[TOOL_PORTS + 1] = {NULL}, *out = NULL;
    struct plethio_error e;
    pleth_net_options net;
    int code, n = 0, json = 0;
    double frames = 0;

    pleth_net_options_default(&net);
    if (tool_cpu_mask(&net.cpu_mask, &e))
        return tool_fail("run", &e);
    while ((code = parse_option("run", argc, argv, options, NULL)) != -1) {
        switch (code) {
        case IN:
            if (n == TOOL_PORTS)
                return parse_fail("run", "--in %s: no network has more than %d inputs", optarg,
                                  TOOL_PORTS);
            in[n++] = optarg;
            break;
        case OUT:
            out = optarg;
            break;
        case NET:
            net.name = optarg;
            break;
        case FRAMES:
            if (parse_whole(optarg, 1, 1024, &frames))
                return parse_fail("run", "--frames %s: it must be a whole number, 1..1024", optarg);
            net.frames = (int32_t)frames;
            break;
        case EXACT:
            net.exact = 1;
            break;
        case JSON:
            json = 1;
            break;
        case PARSE_HELP:
            fputs(usage, stdout);
            return TOOL_OK;
        default:
            return TOOL_USAGE;
        }
    }
    if (optind != argc - 1)
        return parse_fail("run", optind == argc ? "no MODEL" : "more than one MODEL");
    if (n == 0 || !out)
        return parse_fail("run", n ? "no --out DIR" : "no --in FILE.npy");
    return run(argv[optind], &net, in, n, out, json, &e) ? tool_fail("run", &e) : TOOL_OK;
}
