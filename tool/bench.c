/* pleth bench: how fast and how large, on this machine. */
#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>

#include "kern/kern.h"
#include "net_info.h"
#include "nets/nets.h"
#include "parse.h"
#include "tool.h"

static const char usage[] =
    "usage: pleth bench [VIDEO] [--method NAME|FILE] [--json]\n"
    "       pleth bench MODEL|NET [--frames N] [--json]\n"
    "       pleth bench sensor [--method FILE] [--json]\n"
    "\n"
    "Of a video: processor time on one thread for decoding alone, decoding and measuring, and all\n"
    "that `pleth measure` does; medians of 5 interleaved runs. Without VIDEO a synthetic one is\n"
    "made: 20 s of 640 x 480 at 30 Hz, H.264. Measuring is split in three: the face (finding and\n"
    "following it, colours, motion, a network's crops), the pulse wave (the network, or the\n"
    "method), and all after it (rates, breathing, waves, readings). The split comes from streams\n"
    "that leave parts out: what a network takes is what a stream saves whose network does no "
    "step,\n"
    "and what comes after, what one saves that never looks at its traces.\n"
    "\n"
    "Of a model file, or of a network with random weights: the time of a call (a segment of\n"
    "frames, a window), in float and int8 by turns, multiply-accumulates, memory, delay. G/s\n"
    "counts the operations of the network as published; what is saved by Winograd can put it "
    "above\n"
    "the peak, which is measured.\n"
    "\n"
    "Of a sensor: how many times faster than real time the samples of a synthetic wearer are\n"
    "measured, the memory of a stream, and of the process after an hour and a whole day; with a\n"
    "heart-rate network's file as --method, by that, too.\n"
    "\n"
    "PLETH_CPU=c|avx2|avx512|vnni|neon|dotprod chooses the kernels.\n"
    "\n"
    "  --method M    what makes the pulse wave: pos, chrom, green, lgi, pbv, omit, ica, a "
    "network's\n"
    "                model file, or its name (tscan), for random weights\n"
    "  --net NAME    the network, where the model file does not say which it is\n"
    "  --frames N    frames of a segment, instead of what the file says\n"
    "  --json        one JSON object\n";

/* ---- What all parts measure and print
 * -------------------------------------------------------------- */

static const char *kernels(uint32_t mask)
{
    const uint32_t flags = pleth_cpu_flags() & mask;

    return flags & PLETH_CPU_AVX512 ? "avx512"
           : flags & PLETH_CPU_AVX2 ? "avx2"
           : flags & PLETH_CPU_NEON ? "neon"
                                    : "c";
}

static void processor(char *text, size_t size)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    struct utsname name;
    char line[256];

    snprintf(text, size, "%s", uname(&name) == 0 ? name.machine : "unknown");
    while (f && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');

        if (strncmp(line, "model name", 10) == 0 && colon && colon[1]) {
            colon[strcspn(colon, "\n")] = '\0';
            snprintf(text, size, "%s", colon + 2);
            break;
        }
    }
    if (f)
        fclose(f);
}

void bench_machine(uint32_t cpu_mask, int json)
{
    char text[128];

    processor(text, sizeof text);
    if (json) {
        printf("{\"machine\":");
        tool_json_string(stdout, text);
        printf(",\"kernels\":\"%s\"", kernels(cpu_mask));
    } else {
        printf("%s, kernels %s\n", text, kernels(cpu_mask));
    }
}

double bench_cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

long bench_peak_kb(void)
{
    struct rusage usage_of_self;

    return getrusage(RUSAGE_SELF, &usage_of_self) == 0 ? usage_of_self.ru_maxrss : 0;
}

void bench_number(const char *key, double value)
{
    printf(",\"%s\":", key);
    tool_json_number(stdout, value, 5);
}

/* ---- The verb --------------------------------------------------------------------------- */

struct request {
    struct measure_options measure;
    const char *what; /* VIDEO, MODEL, NET or "sensor"; NULL: none */
    const char *net;
    int method, frames, json;
};

/* Reads the command line: TOOL_OK and r->what, or what to end with. *help: has been shown. */
static int read_options(struct request *r, int argc, char **argv, int *help)
{
    enum { JSON = 1, FRAMES };
    static const struct option options[] = {{"method", required_argument, NULL, MEASURE_METHOD},
                                            {"net", required_argument, NULL, MEASURE_NET},
                                            {"frames", required_argument, NULL, FRAMES},
                                            {"json", no_argument, NULL, JSON},
                                            {"help", no_argument, NULL, PARSE_HELP},
                                            {NULL, 0, NULL, 0}};
    struct plethio_error e;
    double frames;
    int code;

    while ((code = parse_option("bench", argc, argv, options, NULL)) != -1) {
        switch (code) {
        case JSON:
            r->json = 1;
            break;
        case FRAMES:
            if (parse_whole(optarg, 1, 1024, &frames))
                return parse_fail("bench", "--frames %s: it must be a whole number, 1..1024",
                                  optarg);
            r->frames = (int)frames;
            break;
        case MEASURE_NET:
            r->net = optarg;
            break;
        case MEASURE_METHOD:
            r->method = 1;
            if (pleth_net_find(optarg) >= 0)
                r->measure.network = optarg;
            else if (measure_option(&r->measure, code, optarg, &e) < 0)
                return parse_fail("bench", "%s", e.text);
            break;
        case PARSE_HELP:
            fputs(usage, stdout);
            *help = 1;
            return TOOL_OK;
        default:
            return TOOL_USAGE;
        }
    }
    if (optind < argc - 1)
        return parse_fail("bench", "more than one VIDEO or MODEL");
    r->what = optind < argc ? argv[optind] : NULL;
    return TOOL_OK;
}

static int run_net(const struct request *r, struct plethio_error *e)
{
    pleth_net_options options;

    if (r->method)
        return parse_fail("bench", "--method is for a video, and %s is a network", r->what);
    if (r->net && pleth_net_find(r->what) >= 0)
        return parse_fail("bench", "--net is for a model file, and %s is a network", r->what);
    pleth_net_options_default(&options);
    options.cpu_mask = r->measure.config.cpu_mask;
    options.name = r->net;
    options.frames = r->frames;
    return bench_net(r->what, &options, r->json, e) ? tool_fail("bench", e) : TOOL_OK;
}

static int run_sensor(struct request *r, struct plethio_error *e)
{
    struct measure_options *o = &r->measure;
    int status;

    if (r->net || r->frames)
        return parse_fail("bench", "--net and --frames are not for a sensor");
    if (r->method && (!o->network || pleth_net_find(o->network) >= 0))
        return parse_fail("bench", "--method: of a sensor it is a heart-rate network's file");
    status = measure_options_load(o, e) || bench_sensor(o, r->json, e);
    measure_options_free(o);
    return status ? tool_fail("bench", e) : TOOL_OK;
}

static int run_video(struct request *r, struct plethio_error *e)
{
    if (r->frames)
        return parse_fail("bench", "--frames is for a model file or a network alone");
    if (r->net && (!r->measure.network || pleth_net_find(r->measure.network) >= 0))
        return parse_fail("bench", "--net is for a model file");
    if (r->what && (strcmp(r->what, "-") == 0 || strncmp(r->what, "/dev/video", 10) == 0))
        return parse_fail("bench", "live input can not be measured twice; give a file");
    r->measure.net = r->net;
    return bench_video(&r->measure, r->what, r->json, e) ? tool_fail("bench", e) : TOOL_OK;
}

int verb_bench(int argc, char **argv)
{
    struct request r = {.what = NULL};
    struct plethio_error e;
    int status, help = 0;

    if (measure_options_init(&r.measure, &e)) {
        tool_fail("bench", &e);
        return TOOL_USAGE;
    }
    status = read_options(&r, argc, argv, &help);
    if (status != TOOL_OK || help)
        return status;
    if (r.what && strcmp(r.what, "sensor") == 0)
        return run_sensor(&r, &e);
    return r.what && net_info_is(r.what) ? run_net(&r, &e) : run_video(&r, &e);
}
