/* What measuring a video costs, beside what decoding it costs, as a whole and in three parts. */
#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net_time.h"
#include "split.h"
#include "synth.h"
#include "tool.h"

enum {
    /* of each kind of run, in turn, so that a busy machine disturbs all of them alike */
    ROUNDS = 5,
    CLIP_S = 20
};

/* Seconds of one round, and of its slowest pushes. */
struct round {
    double decode_s, decode_push_s, push_s, whole_s;
    /* the longest push of a frame, and of one that a reading came from */
    double slowest_s, slowest_reading_s;
    /* of a method's waves, made once more each */
    double wave_s;
};

/* A frame's push: the least seconds of all rounds in each of the streams of split.h, and whether
 * the whole one looked at its traces. */
struct push {
    float least_s[SPLIT_RUNS];
    int looked;
};

/* Seconds of all frames: the face's part, the pulse wave's, and what comes after it. */
struct parts {
    double face, wave, rates;
};

struct bench {
    struct measure_options *measure;
    struct plethio_video_info video;
    struct round round[ROUNDS];
    struct push *push; /* [frames] */
    int frames;
    double length_s;
    int random; /* weights, of a network that is given by its name */
};

/* ---- Runs ------------------------------------------------------------------------------- */

static int decode(struct bench *b, const char *path, struct round *r, struct plethio_error *e)
{
    struct plethio_video *video;
    const double start = bench_cpu_s();
    pleth_frame frame;
    int64_t first_ns = 0, last_ns = 0;
    int status;

    if (plethio_video_open(&video, path, &b->measure->video, e))
        return -1;
    plethio_video_info(video, &b->video);
    for (b->frames = 0; (status = plethio_video_next(video, &frame, e)) == 1; b->frames++) {
        if (b->frames == 0)
            first_ns = frame.time_ns;
        last_ns = frame.time_ns;
    }
    plethio_video_close(&video);
    r->decode_s = bench_cpu_s() - start;
    if (status == 0 && b->frames < 2)
        return plethio_fail(e, "%s has too few frames to measure anything", path);
    if (status == 0)
        b->length_s = (double)(last_ns - first_ns) * 1e-9 * b->frames / (b->frames - 1);
    return status;
}

static int push_all(struct bench *b, struct plethio_video *video, struct split *s, struct round *r,
                    struct plethio_error *e)
{
    pleth_frame frame;
    int status, n = 0;

    while ((status = plethio_video_next(video, &frame, e)) == 1) {
        struct push *push = n < b->frames ? &b->push[n++] : NULL;
        const double start = bench_cpu_s();
        double took_s;

        status = split_push(s, &frame);
        took_s = bench_cpu_s() - start;
        if (status < 0 && status != PLETH_ETIME)
            return plethio_fail(e, "%s", pleth_errmsg(s->stream));
        if (push)
            push->least_s[s->run] = fminf(push->least_s[s->run], (float)took_s);
        if (s->run != SPLIT_WHOLE)
            continue;
        if (push)
            push->looked = s->looked;
        r->push_s += took_s;
        r->slowest_s = fmax(r->slowest_s, took_s);
        if (s->read)
            r->slowest_reading_s = fmax(r->slowest_reading_s, took_s);
        if (s->waved) {
            const double again = bench_cpu_s();
            split_wave(s);
            r->wave_s += bench_cpu_s() - again;
        }
    }
    return status;
}

static int decode_push(struct bench *b, const char *path, enum split_run run, struct round *r,
                       struct plethio_error *e)
{
    const double start = bench_cpu_s();
    struct plethio_video *video;
    struct split split;
    int status = -1;

    if (split_open(&split, &b->measure->config, run)) {
        plethio_fail(e, "out of memory");
    } else if (plethio_video_open(&video, path, &b->measure->video, e) == 0) {
        status = push_all(b, video, &split, r, e);
        plethio_video_close(&video);
    }
    split_close(&split);
    if (run == SPLIT_WHOLE)
        r->decode_push_s = bench_cpu_s() - start - r->wave_s;
    return status;
}

static int whole(struct bench *b, const char *path, struct round *r, struct plethio_error *e)
{
    const double start = bench_cpu_s();
    struct measurement m;

    if (measure_run(path, b->measure, NULL, &m, e))
        return -1;
    measurement_free(&m);
    r->whole_s = bench_cpu_s() - start;
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

/* Shares of the least times, laid on the median run, so that they add up to it. */
static struct parts parts(const struct bench *b)
{
    const double push_s = MEDIAN(b, push_s);
    double total = 0, looks = 0, steps = 0;
    struct parts p;

    for (int i = 0; i < b->frames; i++) {
        const float *s = b->push[i].least_s;

        total += (double)s[SPLIT_WHOLE];
        if (b->push[i].looked)
            looks += (double)(s[SPLIT_WHOLE] - s[SPLIT_NO_LOOK]);
        if (b->measure->config.net)
            steps += (double)(s[SPLIT_NO_LOOK] - s[SPLIT_NO_STEPS]);
    }
    p.wave = b->measure->config.net ? fmax(steps, 0) : MEDIAN(b, wave_s);
    p.rates = fmax(b->measure->config.net ? looks : looks - p.wave, 0);
    p.wave *= push_s / total;
    p.rates *= push_s / total;
    p.face = push_s - p.wave - p.rates;
    return p;
}

static void text_line(const struct bench *b, const char *what, double s)
{
    printf("  %-24s %8.1f us/frame  %6.3f %% of the length  %8.0f frames/s\n", what,
           1e6 * s / b->frames, 100 * s / b->length_s, s > 0 ? b->frames / s : 0);
}

static void part_line(const struct bench *b, const char *what, double s)
{
    printf("    %-22s %8.1f us/frame  %6.3f %% of the length  %6.2f %% of measuring\n", what,
           1e6 * s / b->frames, 100 * s / b->length_s, 100 * s / MEDIAN(b, push_s));
}

static void show_text(const struct bench *b, const char *name)
{
    const struct plethio_model *model = &b->measure->model;
    const struct parts p = parts(b);
    char wave[64];

    snprintf(wave, sizeof wave, "pulse wave (%s)", measure_method_name(b->measure));
    bench_machine(b->measure->config.cpu_mask, 0);
    printf("%s: %d frames of %d x %d, %.1f s, %s\n", name, b->frames, b->video.width,
           b->video.height, b->length_s, b->video.codec);
    text_line(b, "decoding alone", MEDIAN(b, decode_s));
    text_line(b, "measuring alone", MEDIAN(b, push_s));
    part_line(b, "face, colours, crops", p.face);
    part_line(b, wave, p.wave);
    part_line(b, "rates and readings", p.rates);
    text_line(b, "decoding and measuring", MEDIAN(b, decode_push_s));
    text_line(b, "all of `pleth measure`", MEDIAN(b, whole_s));
    printf("  slowest frame %.3f ms, slowest frame to reading %.3f ms\n",
           1e3 * MEDIAN(b, slowest_s), 1e3 * MEDIAN(b, slowest_reading_s));
    if (model->net)
        printf("  network: %s, %s, %zu bytes, prepared %zu\n", model->info.int8 ? "int8" : "float",
               b->random ? "random weights" : "of a file", model->size, model->block_size);
    printf("  memory: %.0f kB a stream, %.1f MB the whole process\n",
           (double)pleth_size(&b->measure->config) / 1000, (double)bench_peak_kb() / 1000);
}

static void json_part(const struct bench *b, const char *name, double s)
{
    printf("\"%s\":{\"us_per_frame\":", name);
    tool_json_number(stdout, 1e6 * s / b->frames, 5);
    bench_number("percent", 100 * s / MEDIAN(b, push_s));
    bench_number("percent_of_length", 100 * s / b->length_s);
    printf("}");
}

static void show_json(const struct bench *b, const char *name)
{
    const struct plethio_model *model = &b->measure->model;
    const struct parts p = parts(b);

    bench_machine(b->measure->config.cpu_mask, 1);
    printf(",\"video\":");
    tool_json_string(stdout, name);
    printf(",\"codec\":");
    tool_json_string(stdout, b->video.codec);
    printf(",\"width\":%d,\"height\":%d,\"frames\":%d", b->video.width, b->video.height, b->frames);
    bench_number("length_s", b->length_s);
    printf(",\"method\":");
    tool_json_string(stdout, measure_method_name(b->measure));
    if (model->net)
        printf(",\"weights\":\"%s\",\"int8\":%s,\"bytes\":%zu,\"prepared_bytes\":%zu",
               b->random ? "random" : "file", model->info.int8 ? "true" : "false", model->size,
               model->block_size);
    bench_number("decode_s", MEDIAN(b, decode_s));
    bench_number("push_s", MEDIAN(b, push_s));
    bench_number("decode_push_s", MEDIAN(b, decode_push_s));
    bench_number("whole_s", MEDIAN(b, whole_s));
    bench_number("decode_us_per_frame", 1e6 * MEDIAN(b, decode_s) / b->frames);
    bench_number("push_us_per_frame", 1e6 * MEDIAN(b, push_s) / b->frames);
    bench_number("push_percent_of_length", 100 * MEDIAN(b, push_s) / b->length_s);
    printf(",\"parts\":{");
    json_part(b, "face", p.face);
    printf(",");
    json_part(b, "wave", p.wave);
    printf(",");
    json_part(b, "rates", p.rates);
    printf("}");
    bench_number("whole_over_decode", MEDIAN(b, whole_s) / MEDIAN(b, decode_s));
    bench_number("slowest_frame_ms", 1e3 * MEDIAN(b, slowest_s));
    bench_number("slowest_frame_to_reading_ms", 1e3 * MEDIAN(b, slowest_reading_s));
    printf(",\"stream_bytes\":%zu,\"peak_kb\":%ld}\n", pleth_size(&b->measure->config),
           bench_peak_kb());
}

/* ---- The clip, and all ------------------------------------------------------------------- */

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

/* Once through a video in all ways. */
static int run_round(struct bench *b, const char *path, struct round *r, struct plethio_error *e)
{
    const int runs = b->measure->config.net ? SPLIT_RUNS : SPLIT_NO_STEPS;

    if (decode(b, path, r, e))
        return -1;
    if (!b->push) {
        b->push = calloc((size_t)b->frames, sizeof *b->push);
        if (!b->push)
            return plethio_fail(e, "no memory for %d frames", b->frames);
        for (int i = 0; i < b->frames; i++)
            for (int k = 0; k < SPLIT_RUNS; k++)
                b->push[i].least_s[k] = HUGE_VALF;
    }
    for (int k = 0; k < runs; k++)
        if (decode_push(b, path, (enum split_run)k, r, e))
            return -1;
    return whole(b, path, r, e);
}

static int run(struct bench *b, const char *path, struct plethio_error *e)
{
    for (int i = 0; i < ROUNDS; i++) {
        int status;

        tool_progress("measuring", (double)i / ROUNDS);
        status = run_round(b, path, &b->round[i], e);
        if (status || tool_stop) {
            tool_progress_end();
            return status ? status : plethio_fail(e, "interrupted");
        }
    }
    tool_progress_end();
    return 0;
}

/* The network that makes the wave: a file's, or of this name with random weights. */
static int load(struct bench *b, struct plethio_error *e)
{
    struct measure_options *o = b->measure;
    const int kind = o->network ? pleth_net_find(o->network) : -1;
    pleth_net_options options;
    struct pleth_net_shape shape;
    size_t size;
    char *bytes;

    b->random = kind >= 0;
    if (!b->random)
        return measure_options_load(o, e) || measure_net_suits(o, &o->config, e) ? -1 : 0;
    pleth_net_shape_default(&shape, kind);
    bytes = net_time_random(&shape, &size, e);
    pleth_net_options_default(&options);
    options.cpu_mask = o->config.cpu_mask;
    if (!bytes || plethio_model_take(&o->model, bytes, size, o->network, &options, e))
        return -1;
    o->config.net = o->model.net;
    return pleth_size(&o->config)
               ? 0
               : plethio_fail(e, "%s makes no pulse wave of a face's pictures", o->model.info.name);
}

/* Makes a clip, measures it and removes it. */
static int run_own_clip(struct bench *b, struct plethio_error *e)
{
    const char *place = getenv("TMPDIR");
    char folder[1000], clip[1020];
    int status;

    if (!place || !*place)
        place = "/tmp";
    if (snprintf(folder, sizeof folder, "%s/pleth-bench-XXXXXX", place) >= (int)sizeof folder ||
        !mkdtemp(folder))
        return plethio_fail(e, "no video can be made in %s; set TMPDIR, or give a video", place);
    snprintf(clip, sizeof clip, "%s/clip.mp4", folder);
    status = make_clip_apart(clip, e);
    if (!status)
        status = run(b, clip, e);
    unlink(clip);
    rmdir(folder);
    return status;
}

int bench_video(struct measure_options *options, const char *path, int json,
                struct plethio_error *e)
{
    struct bench b = {.measure = options};
    int status;

    options->forget = 1;
    tool_catch_signals();
    status = load(&b, e);
    if (!status)
        status = path ? run(&b, path, e) : run_own_clip(&b, e);
    if (!status)
        (json ? show_json : show_text)(&b, path ? path : "synthetic face");
    free(b.push);
    measure_options_free(options);
    return status;
}
