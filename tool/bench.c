/* pleth bench: what measuring a video costs, beside what decoding it costs. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kern/kern.h"
#include "measure.h"
#include "parse.h"
#include "synth.h"
#include "tool.h"

enum {
    /* of each kind of run, in turn, so that a busy machine disturbs all of them alike */
    ROUNDS = 5,
    CLIP_S = 20
};

static const char usage[] =
    "usage: pleth bench [VIDEO] [--json]\n"
    "\n"
    "Processor time on one thread: decoding alone, decoding and measuring, and all that\n"
    "`pleth measure` does; medians of 5 interleaved runs. Without VIDEO a synthetic one is made:\n"
    "20 s of 640 x 480 at 30 Hz, H.264. PLETH_CPU=c|avx2|avx512|neon chooses the kernels.\n"
    "\n"
    "  --json   one JSON object\n";

/* Seconds of one round, and of its slowest pushes. */
struct round {
    double decode_s, decode_push_s, push_s, whole_s;
    /* the longest push of a frame, and of one that a reading came from */
    double slowest_s, slowest_reading_s;
};

struct bench {
    struct measure_options measure;
    struct plethio_video_info video;
    struct round round[ROUNDS];
    int frames;
    double length_s;
    const char *kernels;
};

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- Runs ------------------------------------------------------------------------------- */

static int decode(struct bench *b, const char *path, struct round *r, struct plethio_error *e)
{
    struct plethio_video *video;
    const double start = cpu_s();
    pleth_frame frame;
    int64_t first_ns = 0, last_ns = 0;
    int status;

    if (plethio_video_open(&video, path, &b->measure.video, e))
        return -1;
    plethio_video_info(video, &b->video);
    for (b->frames = 0; (status = plethio_video_next(video, &frame, e)) == 1; b->frames++) {
        if (b->frames == 0)
            first_ns = frame.time_ns;
        last_ns = frame.time_ns;
    }
    plethio_video_close(&video);
    r->decode_s = cpu_s() - start;
    if (status == 0 && b->frames < 2)
        return plethio_fail(e, "%s has too few frames to measure anything", path);
    if (status == 0)
        b->length_s = (double)(last_ns - first_ns) * 1e-9 * b->frames / (b->frames - 1);
    return status;
}

static int push_all(struct plethio_video *video, pleth_stream *stream, struct round *r,
                    struct plethio_error *e)
{
    pleth_reading reading;
    pleth_wave wave[64];
    pleth_frame frame;
    int status;

    while ((status = plethio_video_next(video, &frame, e)) == 1) {
        const double start = cpu_s();
        double s;
        int had = 0;

        status = pleth_push_frame(stream, &frame);
        if (status < 0 && status != PLETH_ETIME)
            return plethio_fail(e, "%s", pleth_errmsg(stream));
        while (pleth_pull(stream, &reading) == PLETH_OK)
            had = 1;
        while (pleth_pull_wave(stream, wave, 64) > 0)
            continue;
        s = cpu_s() - start;
        r->push_s += s;
        r->slowest_s = fmax(r->slowest_s, s);
        if (had)
            r->slowest_reading_s = fmax(r->slowest_reading_s, s);
    }
    return status;
}

static int decode_push(struct bench *b, const char *path, struct round *r, struct plethio_error *e)
{
    const size_t size = pleth_size(&b->measure.config);
    const double start = cpu_s();
    struct plethio_video *video;
    pleth_stream *stream;
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    int status = -1;

    if (!memory || pleth_init(&stream, memory, size, &b->measure.config) < 0) {
        free(memory);
        return plethio_fail(e, "out of memory");
    }
    if (plethio_video_open(&video, path, &b->measure.video, e) == 0) {
        status = push_all(video, stream, r, e);
        plethio_video_close(&video);
    }
    free(memory);
    r->decode_push_s = cpu_s() - start;
    return status;
}

static int whole(struct bench *b, const char *path, struct round *r, struct plethio_error *e)
{
    const double start = cpu_s();
    struct measurement m;

    if (measure_run(path, &b->measure, NULL, &m, e))
        return -1;
    measurement_free(&m);
    r->whole_s = cpu_s() - start;
    return 0;
}

/* ---- Figures ---------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Median over the rounds of the member at this offset. */
static double median(const struct bench *b, size_t offset)
{
    double v[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        memcpy(&v[i], (const char *)&b->round[i] + offset, sizeof v[i]);
    qsort(v, ROUNDS, sizeof *v, ascending);
    return v[ROUNDS / 2];
}

#define MEDIAN(b, member) median((b), offsetof(struct round, member))

static const char *kernels(uint32_t mask)
{
    const uint32_t flags = pleth_cpu_flags() & mask;

    return flags & PLETH_CPU_AVX512 ? "avx512"
           : flags & PLETH_CPU_AVX2 ? "avx2"
           : flags & PLETH_CPU_NEON ? "neon"
                                    : "c";
}

/* The processor's name as the system gives it, else the machine's kind. */
static void machine(char *text, size_t size)
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

static long peak_kb(void)
{
    struct rusage usage_of_self;

    return getrusage(RUSAGE_SELF, &usage_of_self) == 0 ? usage_of_self.ru_maxrss : 0;
}

static void text_line(const struct bench *b, const char *what, double s)
{
    printf("  %-24s %8.1f us/frame  %6.3f %% of the length  %8.0f frames/s\n", what,
           1e6 * s / b->frames, 100 * s / b->length_s, s > 0 ? b->frames / s : 0);
}

static void show_text(const struct bench *b, const char *name)
{
    char cpu[128];

    machine(cpu, sizeof cpu);
    printf("%s, kernels %s\n", cpu, b->kernels);
    printf("%s: %d frames of %d x %d, %.1f s, %s\n", name, b->frames, b->video.width,
           b->video.height, b->length_s, b->video.codec);
    text_line(b, "decoding alone", MEDIAN(b, decode_s));
    text_line(b, "measuring alone", MEDIAN(b, push_s));
    text_line(b, "decoding and measuring", MEDIAN(b, decode_push_s));
    text_line(b, "all of `pleth measure`", MEDIAN(b, whole_s));
    printf("  slowest frame %.3f ms, slowest frame to reading %.3f ms\n",
           1e3 * MEDIAN(b, slowest_s), 1e3 * MEDIAN(b, slowest_reading_s));
    printf("  memory: %.0f kB a stream, %.1f MB the whole process\n",
           (double)pleth_size(&b->measure.config) / 1000, (double)peak_kb() / 1000);
}

static void number(const char *key, double value)
{
    printf(",\"%s\":", key);
    tool_json_number(stdout, value, 5);
}

static void show_json(const struct bench *b, const char *name)
{
    char cpu[128];

    machine(cpu, sizeof cpu);
    printf("{\"machine\":");
    tool_json_string(stdout, cpu);
    printf(",\"kernels\":\"%s\",\"video\":", b->kernels);
    tool_json_string(stdout, name);
    printf(",\"codec\":");
    tool_json_string(stdout, b->video.codec);
    printf(",\"width\":%d,\"height\":%d,\"frames\":%d", b->video.width, b->video.height, b->frames);
    number("length_s", b->length_s);
    number("decode_s", MEDIAN(b, decode_s));
    number("push_s", MEDIAN(b, push_s));
    number("decode_push_s", MEDIAN(b, decode_push_s));
    number("whole_s", MEDIAN(b, whole_s));
    number("push_us_per_frame", 1e6 * MEDIAN(b, push_s) / b->frames);
    number("push_percent_of_length", 100 * MEDIAN(b, push_s) / b->length_s);
    number("whole_over_decode", MEDIAN(b, whole_s) / MEDIAN(b, decode_s));
    number("slowest_frame_ms", 1e3 * MEDIAN(b, slowest_s));
    number("slowest_frame_to_reading_ms", 1e3 * MEDIAN(b, slowest_reading_s));
    printf(",\"stream_bytes\":%zu,\"peak_kb\":%ld}\n", pleth_size(&b->measure.config), peak_kb());
}

/* ---- The verb --------------------------------------------------------------------------- */

/* A synthetic face as an H.264 file. */
static int make_clip(const char *path, struct plethio_error *e)
{
    struct plethio_synth p;
    struct plethio_scene *scene = NULL;
    struct plethio_writer *writer = NULL;
    uint8_t *rgb;
    int frames, status = -1;

    plethio_synth_default(&p);
    p.duration_s = CLIP_S;
    p.width = 640;
    p.height = 480;
    p.rate_hz = 30;
    frames = plethio_synth_frames(&p);
    rgb = malloc((size_t)p.width * (size_t)p.height * 3);
    if (!rgb)
        return plethio_fail(e, "out of memory");
    if (plethio_scene_open(&scene, &p, e) == 0 &&
        plethio_writer_open(
            &writer, path,
            &(struct plethio_writer_options){
                .width = p.width, .height = p.height, .rate_hz = p.rate_hz, .crf = 23},
            e) == 0)
        status = 0;
    for (int i = 0; i < frames && !status && !tool_stop; i++) {
        struct plethio_truth truth;
        double time_s;
        pleth_frame frame = {.format = PLETH_RGB24,
                             .width = p.width,
                             .height = p.height,
                             .plane = {rgb},
                             .stride = {(ptrdiff_t)3 * p.width}};

        plethio_scene_frame(scene, i, rgb, &time_s, &truth);
        frame.time_ns = llround(time_s * 1e9);
        status = plethio_writer_put(writer, &frame, e);
        tool_progress("making a video to measure", (double)i / frames);
    }
    tool_progress_end();
    if (plethio_writer_close(&writer, !status, e))
        status = -1;
    plethio_scene_close(&scene);
    free(rgb);
    return status;
}

/* The same in a process of its own: an encoder's memory is none that measuring needs. */
static int make_clip_apart(const char *path, struct plethio_error *e)
{
    int ends[2], status = 1;
    ssize_t n;
    pid_t child;

    if (pipe(ends))
        return plethio_fail(e, "no pipe can be made");
    child = fork();
    if (child == 0) {
        status = make_clip(path, e) ? 1 : 0;
        if (status && write(ends[1], e->text, strlen(e->text)) < 0)
            status = 2;
        _exit(status);
    }
    close(ends[1]);
    n = read(ends[0], e->text, sizeof e->text - 1);
    e->text[n > 0 ? n : 0] = '\0';
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) < 0 || status) {
        if (!*e->text)
            plethio_fail(e, "the video to measure could not be made");
        return -1;
    }
    return 0;
}

static int run(struct bench *b, const char *path, struct plethio_error *e)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct round *r = &b->round[i];

        tool_progress("measuring", (double)i / ROUNDS);
        if (decode(b, path, r, e) || decode_push(b, path, r, e) || whole(b, path, r, e)) {
            tool_progress_end();
            return -1;
        }
        if (tool_stop) {
            tool_progress_end();
            return plethio_fail(e, "interrupted");
        }
    }
    tool_progress_end();
    return 0;
}

static int bench(struct bench *b, const char *path, int json, struct plethio_error *e)
{
    const char *place = getenv("TMPDIR");
    char folder[1000], clip[1020];
    const char *name = path ? path : "synthetic face";
    int status;

    tool_catch_signals();
    if (!path) {
        if (!place || !*place)
            place = "/tmp";
        if (snprintf(folder, sizeof folder, "%s/pleth-bench-XXXXXX", place) >= (int)sizeof folder ||
            !mkdtemp(folder))
            return plethio_fail(e, "no video can be made in %s; set TMPDIR, or give a video",
                                place);
        snprintf(clip, sizeof clip, "%s/clip.mp4", folder);
        status = make_clip_apart(clip, e);
        if (!status)
            status = run(b, clip, e);
        unlink(clip);
        rmdir(folder);
    } else {
        status = run(b, path, e);
    }
    if (!status)
        (json ? show_json : show_text)(b, name);
    return status;
}

int verb_bench(int argc, char **argv)
{
    enum { JSON = 1 };
    static const struct option options[] = {{"json", no_argument, NULL, JSON},
                                            {"help", no_argument, NULL, PARSE_HELP},
                                            {NULL, 0, NULL, 0}};
    struct bench b = {.frames = 0};
    struct plethio_error e;
    int code, json = 0;

    while ((code = parse_option("bench", argc, argv, options, NULL)) != -1) {
        if (code == PARSE_HELP) {
            fputs(usage, stdout);
            return TOOL_OK;
        }
        if (code == '?')
            return TOOL_USAGE;
        json = 1;
    }
    if (optind < argc - 1)
        return parse_fail("bench", "more than one VIDEO");
    if (measure_options_init(&b.measure, &e)) {
        tool_fail("bench", &e);
        return TOOL_USAGE;
    }
    b.kernels = kernels(b.measure.config.cpu_mask);
    b.measure.forget = 1;
    if (optind < argc &&
        (strcmp(argv[optind], "-") == 0 || strncmp(argv[optind], "/dev/video", 10) == 0))
        return parse_fail("bench", "live input can not be measured twice; give a file");
    return bench(&b, optind < argc ? argv[optind] : NULL, json, &e) ? tool_fail("bench", &e)
                                                                    : TOOL_OK;
}
