/* pleth info: what this build can do, or what a file holds. */
#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "kern/kern.h"
#include "net_info.h"
#include "parse.h"
#include "pleth/pleth.h"
#include "table.h"
#include "tool.h"
#include "video.h"

#ifdef PLETH_WITH_CAIRO
#include <cairo.h>
#endif

static const char usage[] =
    "usage: pleth info [FILE|NET] [--json]\n"
    "\n"
    "Without FILE: version, parts, methods and instruction sets of this build. With a video or a\n"
    "colour trace: its size, rate and length, as pleth reads them. With a model file, or a\n"
    "network's name: layers, parameters, multiply-accumulates (MACs), memory, delay, and the "
    "terms\n"
    "of the weights as far as the file tells.\n"
    "\n"
    "  --net NAME    the network, where the model file does not say which it is\n"
    "  --rate-hz R   rate of a trace without times\n"
    "  --json        one JSON object\n";

/* ---- The build -------------------------------------------------------------------------- */

static const struct {
    uint32_t flag;
    const char *name;
} sets[] = {{PLETH_CPU_AVX2, "avx2"},
            {PLETH_CPU_AVX512, "avx512"},
            {PLETH_CPU_AVX512_VNNI, "vnni"},
            {PLETH_CPU_NEON, "neon"},
            {PLETH_CPU_DOTPROD, "dotprod"}};

static const char *drawing_library(char *text, size_t size)
{
#ifdef PLETH_WITH_CAIRO
    snprintf(text, size, "cairo %s", cairo_version_string());
    return text;
#else
    (void)text;
    (void)size;
    return NULL;
#endif
}

static void json_or_null(const char *key, const char *text)
{
    printf(",\"%s\":", key);
    if (text)
        tool_json_string(stdout, text);
    else
        printf("null");
}

static void build_json(const char *video, const char *drawing, size_t bytes)
{
    const uint32_t flags = pleth_cpu_flags();

    printf("{\"version\":\"%d.%d.%d\"", PLETH_VERSION_MAJOR, PLETH_VERSION_MINOR,
           PLETH_VERSION_PATCH);
    json_or_null("video", video);
    json_or_null("drawing", drawing);
    printf(",\"methods\":[");
    for (int i = 0; i < PLETH_METHOD_COUNT; i++)
        printf("%s\"%s\"", i ? "," : "", pleth_method_name(i));
    printf("],\"instruction_sets\":[\"c\"");
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (flags & sets[i].flag)
            printf(",\"%s\"", sets[i].name);
    printf("],\"stream_bytes\":%zu}\n", bytes);
}

static void build_text(const char *video, const char *drawing, size_t bytes)
{
    const uint32_t flags = pleth_cpu_flags();

    printf("pleth %d.%d.%d\n", PLETH_VERSION_MAJOR, PLETH_VERSION_MINOR, PLETH_VERSION_PATCH);
    printf("  videos and cameras   %s\n", video ? video : "left out of this build");
    printf("  plots, annotation    %s\n", drawing ? drawing : "left out of this build");
    printf("  methods             ");
    for (int i = 0; i < PLETH_METHOD_COUNT; i++)
        printf(" %s", pleth_method_name(i));
    printf("\n  instruction sets     c");
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (flags & sets[i].flag)
            printf(" %s", sets[i].name);
    printf("\n  memory of a stream   %.0f kB\n", (double)bytes / 1000);
}

static void show_build(int json)
{
    char text[64];
    const char *drawing = drawing_library(text, sizeof text);
    pleth_config config;

    pleth_config_default(&config);
    (json ? build_json : build_text)(plethio_video_library(), drawing, pleth_size(&config));
}

/* ---- Files ------------------------------------------------------------------------------ */

static void number(const char *key, double value)
{
    printf(",\"%s\":", key);
    tool_json_number(stdout, value, 9);
}

static int show_video(const char *path, int json, struct plethio_error *e)
{
    struct plethio_video *video;
    struct plethio_video_info i;

    if (plethio_video_open(&video, path, NULL, e))
        return -1;
    plethio_video_info(video, &i);
    plethio_video_close(&video);
    if (json) {
        printf("{\"file\":");
        tool_json_string(stdout, path);
        printf(",\"codec\":");
        tool_json_string(stdout, i.codec);
        printf(",\"width\":%d,\"height\":%d,\"rotation\":%d", i.width, i.height, i.rotation);
        number("rate_hz", i.rate_hz);
        if (i.duration_s > 0)
            number("duration_s", i.duration_s);
        else
            printf(",\"duration_s\":null");
        printf("}\n");
        return 0;
    }
    printf("%s: %s, %d x %d", path, i.codec, i.width, i.height);
    if (i.rotation)
        printf(" (stored %d x %d, turned by %d degrees)", i.stored_width, i.stored_height,
               i.rotation);
    if (i.rate_hz > 0)
        printf(", %.4g Hz", i.rate_hz);
    if (i.duration_s > 0)
        printf(", %.2f s", i.duration_s);
    printf("\n");
    return 0;
}

static int show_trace(const char *path, double rate_hz, int json, struct plethio_error *e)
{
    struct plethio_trace t;
    double length_s, mean[3] = {0, 0, 0}, hz;
    int n;

    if (plethio_trace_read(&t, path, rate_hz, e))
        return -1;
    length_s = (double)(t.time_ns[t.n - 1] - t.time_ns[0]) * 1e-9;
    hz = length_s > 0 ? (t.n - 1) / length_s : 0;
    for (int i = 0; i < 3 * t.n; i++)
        mean[i % 3] += (double)t.rgb[i] / t.n;
    n = t.n;
    plethio_trace_free(&t);
    if (json) {
        printf("{\"file\":");
        tool_json_string(stdout, path);
        printf(",\"samples\":%d", n);
        number("rate_hz", hz);
        number("duration_s", length_s);
        printf(",\"mean_rgb\":[");
        for (int c = 0; c < 3; c++) {
            printf("%s", c ? "," : "");
            tool_json_number(stdout, mean[c], 6);
        }
        printf("]}\n");
    } else {
        printf("%s: colour trace, %d samples, %.4g Hz, %.2f s, mean r g b %.4g %.4g %.4g\n", path,
               n, hz, length_s, mean[0], mean[1], mean[2]);
    }
    return 0;
}

int verb_info(int argc, char **argv)
{
    enum { JSON = 1, RATE, NET };
    static const struct option options[] = {{"json", no_argument, NULL, JSON},
                                            {"rate-hz", required_argument, NULL, RATE},
                                            {"net", required_argument, NULL, NET},
                                            {"help", no_argument, NULL, PARSE_HELP},
                                            {NULL, 0, NULL, 0}};
    struct plethio_error e;
    double rate_hz = 0;
    const char *net = NULL;
    int code, json = 0, status;

    while ((code = parse_option("info", argc, argv, options, NULL)) != -1) {
        if (code == JSON) {
            json = 1;
        } else if (code == RATE) {
            if (parse_number(optarg, &rate_hz) || !(rate_hz > 0 && rate_hz < 1e6))
                return parse_fail("info", "--rate-hz %s: it must be a number above 0", optarg);
        } else if (code == NET) {
            net = optarg;
        } else if (code == PARSE_HELP) {
            fputs(usage, stdout);
            return TOOL_OK;
        } else {
            return TOOL_USAGE;
        }
    }
    if (optind < argc - 1)
        return parse_fail("info", "more than one FILE");
    if (optind == argc) {
        show_build(json);
        return TOOL_OK;
    }
    if (net_info_is(argv[optind]))
        return net_info_show(argv[optind], net, json, &e) ? tool_fail("info", &e) : TOOL_OK;
    status = plethio_is_trace(argv[optind]) ? show_trace(argv[optind], rate_hz, json, &e)
                                            : show_video(argv[optind], json, &e);
    return status ? tool_fail("info", &e) : TOOL_OK;
}
