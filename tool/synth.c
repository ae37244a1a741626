/* pleth synth: videos and traces of known pulse and breathing. */
#define _POSIX_C_SOURCE 200809L

#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "parse.h"
#include "pleth/pleth.h"
#include "synth.h"
#include "synth_common.h"
#include "table.h"
#include "video.h"

static const char verb[] = "synth";
static const double unknown = (double)NAN;
/* A clip is held in memory: what a small machine can spare. */
static const double most_clip_bytes = 2147483648.0;

static const char usage[] =
    "usage: pleth synth OUT [options]                     a synthetic face\n"
    "       pleth synth --retime K IN OUT [options]       a real video, K times as fast\n"
    "       pleth synth --inject BPM --snr-db X IN OUT    a real video with a known pulse in it\n"
    "       pleth synth --ppg OUT [options]               a sensor on the skin, in motion: see\n"
    "                                                     pleth synth --ppg --help\n"
    "\n"
    "OUT: .mp4, .mkv, .avi or .y4m; for a synthetic face also .csv, the mean colour of its skin.\n"
    "The truth goes to OUT with the suffix .truth.csv.\n"
    "\n"
    "  --seed N                      another person, scene and noise (7)\n"
    "  --draw                        draw every option below by the seed, except those given\n"
    "  --duration-s S                length (30; --retime: 20 or more; --inject: that of IN)\n"
    "  --size WxH, --rate-hz R       640x480, 30 frames a second\n"
    "  --heart-rate-per-min P        R, from..to over the whole length, first/second (a step in\n"
    "                                the middle), or T:R,T:R,... with T in seconds (72);\n"
    "                                with --retime: the rate in IN\n"
    "  --rsa-ms A, --wander-ms A     beat to beat: with breathing, and 1/f noise (20, 15; with\n"
    "                                --inject 0, 0)\n"
    "  --pulse-percent A             green light lost from peak to peak (2); 0: no pulse\n"
    "  --breathing-rate-per-min P    as the heart rate (15)\n"
    "  --breath-depth D              its marks on the pulse wave (1)\n"
    "  --chest-px A, --head-px A     motion by breathing (2, 0.7)\n"
    "  --melanin-percent M           0.5..45: skin from pale to very dark (3)\n"
    "  --blood-percent B             0.5..20, in the skin (4)\n"
    "  --specular-percent S          light mirrored by the skin's surface (2.5)\n"
    "  --motion NAME                 still, talking, turning, walking (still)\n"
    "  --motion-strength S           0..3 (1)\n"
    "  --face-percent H              height of the head in the picture (56)\n"
    "  --light L                     0.02..2 (1.3)\n"
    "  --flicker-hz F, --flicker-percent A, --shutter-ms S\n"
    "                                lamps, as seen through the exposure (100, 0, 8)\n"
    "  --pump-hz F, --pump-percent A light regulated up and down (0.2, 0)\n"
    "  --drift-percent A             light that wanders (1)\n"
    "  --exposure-every-s S, --exposure-percent A\n"
    "                                corrections by the camera (0: never, 5)\n"
    "  --noise-levels N              of a pixel at level 128 (1.5)\n"
    "  --read-share S                share of it that does not depend on the light (0.3)\n"
    "  --codec-levels N              .csv only: what compression would leave (0.03)\n"
    "  --jitter-ms J, --drop-percent D\n"
    "                                uneven and missing frames (0, 0)\n"
    "  --frozen                      a photograph: no pulse, no breathing, no motion\n"
    "  --codec NAME, --crf Q         libx264, mjpeg, mpeg4, ffv1, ...; quality 0..51, lower is\n"
    "                                better (libx264, 16; --retime 12, --inject 0)\n"
    "  --retime K                    0.1..10: forwards and backwards in turn\n"
    "  --inject BPM                  a pulse like --heart-rate-per-min's, in skin found by colour\n"
    "  --snr-db X                    -40..40: its power against the clip's own in 0.7-4 Hz (0)\n"
    "  --roi x,y,w,h|all             where it is put instead\n"
    "  --json                        what was made, as one JSON object\n";

/* Options that are one number of struct plethio_synth. */
static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
#define NUMBER(name, field)                                                                        \
    {                                                                                              \
        name, offsetof(struct plethio_synth, field)                                                \
    }
    NUMBER("duration-s", duration_s),
    NUMBER("rate-hz", rate_hz),
    NUMBER("rsa-ms", rsa_ms),
    NUMBER("wander-ms", wander_ms),
    NUMBER("pulse-percent", pulse_percent),
    NUMBER("breath-depth", breath_depth),
    NUMBER("chest-px", chest_px),
    NUMBER("head-px", head_px),
    NUMBER("melanin-percent", melanin_percent),
    NUMBER("blood-percent", blood_percent),
    NUMBER("specular-percent", specular_percent),
    NUMBER("motion-strength", motion_strength),
    NUMBER("face-percent", face_percent),
    NUMBER("light", light),
    NUMBER("flicker-hz", flicker_hz),
    NUMBER("flicker-percent", flicker_percent),
    NUMBER("shutter-ms", shutter_ms),
    NUMBER("pump-hz", pump_hz),
    NUMBER("pump-percent", pump_percent),
    NUMBER("drift-percent", drift_percent),
    NUMBER("exposure-every-s", exposure_every_s),
    NUMBER("exposure-percent", exposure_percent),
    NUMBER("noise-levels", noise_levels),
    NUMBER("read-share", read_share),
    NUMBER("codec-levels", codec_levels),
    NUMBER("jitter-ms", jitter_ms),
    NUMBER("drop-percent", drop_percent),
#undef NUMBER
};
#define NUMBERS ((int)(sizeof numbers / sizeof *numbers))

enum {
    OPTION_SEED = 1000,
    OPTION_DRAW,
    OPTION_SIZE,
    OPTION_HEART,
    OPTION_BREATHING,
    OPTION_MOTION,
    OPTION_FROZEN,
    OPTION_CODEC,
    OPTION_CRF,
    OPTION_RETIME,
    OPTION_INJECT,
    OPTION_SNR,
    OPTION_ROI,
    OPTION_JSON,
    OPTION_COUNT
};

static const struct option words[] = {
    {"help", no_argument, NULL, PARSE_HELP},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"draw", no_argument, NULL, OPTION_DRAW},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"heart-rate-per-min", required_argument, NULL, OPTION_HEART},
    {"breathing-rate-per-min", required_argument, NULL, OPTION_BREATHING},
    {"motion", required_argument, NULL, OPTION_MOTION},
    {"frozen", no_argument, NULL, OPTION_FROZEN},
    {"codec", required_argument, NULL, OPTION_CODEC},
    {"crf", required_argument, NULL, OPTION_CRF},
    {"retime", required_argument, NULL, OPTION_RETIME},
    {"inject", required_argument, NULL, OPTION_INJECT},
    {"snr-db", required_argument, NULL, OPTION_SNR},
    {"roi", required_argument, NULL, OPTION_ROI},
    {"json", no_argument, NULL, OPTION_JSON},
};
#define WORDS ((int)(sizeof words / sizeof *words))

enum roi { ROI_SKIN, ROI_ALL, ROI_BOX };

struct options {
    struct plethio_synth p;
    int draw, json, given_duration, given_heart, given_crf, given_variability;
    const char *heart, *breathing, *inject;
    double retime, snr_db;
    enum roi roi;
    double box[4];
    /* which options were given: numbers, then words */
    char given[NUMBERS + WORDS];
    const char *in, *out;
};

/* ---- The command line -------------------------------------------------------------------- */

static int parse_motion(const char *name, int *motion)
{
    for (*motion = 0; *motion < PLETHIO_MOTIONS; ++*motion)
        if (strcmp(name, plethio_motion_name(*motion)) == 0)
            return 0;
    return -1;
}

/* 0, or -1 if the value does not suit the option. */
static int take_option(struct options *o, int option, const char *value)
{
    double x;
    if (option < NUMBERS) {
        double *field = (double *)(void *)((char *)&o->p + numbers[option].offset);
        if (field == &o->p.duration_s)
            o->given_duration = 1;
        if (field == &o->p.rsa_ms || field == &o->p.wander_ms)
            o->given_variability |= field == &o->p.rsa_ms ? 1 : 2;
        return parse_number(value, field);
    }
    switch (option) {
    case OPTION_SEED:
        if (parse_whole(value, 0, 9007199254740992.0, &x) < 0)
            return -1;
        o->p.seed = (uint64_t)x;
        return 0;
    case OPTION_DRAW:
        o->draw = 1;
        return 0;
    case OPTION_SIZE:
        return parse_size(value, &o->p.width, &o->p.height);
    case OPTION_HEART:
        o->heart = value;
        return 0;
    case OPTION_BREATHING:
        o->breathing = value;
        return 0;
    case OPTION_MOTION:
        return parse_motion(value, &o->p.motion);
    case OPTION_FROZEN:
        o->p.frozen = 1;
        return 0;
    case OPTION_CODEC:
        if (strlen(value) >= sizeof o->p.codec)
            return -1;
        strcpy(o->p.codec, value);
        return 0;
    case OPTION_CRF:
        if (parse_whole(value, 0, 51, &x) < 0)
            return -1;
        o->p.crf = (int)x;
        o->given_crf = 1;
        return 0;
    case OPTION_RETIME:
        return parse_number(value, &o->retime) < 0 || o->retime < 0.1 || o->retime > 10 ? -1 : 0;
    case OPTION_INJECT:
        o->inject = value;
        return 0;
    case OPTION_SNR:
        return parse_number(value, &o->snr_db) < 0 || fabs(o->snr_db) > 40 ? -1 : 0;
    case OPTION_ROI:
        o->roi = strcmp(value, "all") == 0 ? ROI_ALL : ROI_BOX;
        return o->roi == ROI_BOX ? parse_numbers(value, ',', 4, o->box) : 0;
    default:
        o->json = 1;
        return 0;
    }
}

/* ---- What is written --------------------------------------------------------------------- */

/* A recording's file and its truth, which appear together. */
struct output {
    struct plethio_writer *writer;
    struct tool_out trace, truth;
    int have_trace, have_truth;
    char truth_path[1024];
};

static void output_drop(struct output *w)
{
    plethio_writer_close(&w->writer, 0, NULL);
    if (w->have_trace)
        tool_out_close(&w->trace, 0, NULL);
    if (w->have_truth)
        tool_out_close(&w->truth, 0, NULL);
    memset(w, 0, sizeof *w);
}

static int output_open(struct output *w, const struct options *o, int width, int height,
                       double rate_hz, struct plethio_error *e)
{
    struct plethio_writer_options options = {
        .width = width, .height = height, .rate_hz = rate_hz, .crf = o->p.crf};
    memset(w, 0, sizeof *w);
    options.codec = o->p.codec;
    if (strcmp(o->out, "-") != 0) {
        if (synth_beside(o->out, ".truth.csv", w->truth_path, sizeof w->truth_path, e) < 0 ||
            tool_out_open(&w->truth, w->truth_path, e) != 0)
            return -1;
        w->have_truth = 1;
    }
    if (synth_is_suffix(o->out, ".csv")) {
        if (tool_out_open(&w->trace, o->out, e) == 0) {
            w->have_trace = 1;
            return 0;
        }
    } else if (plethio_writer_open(&w->writer, o->out, &options, e) == 0) {
        return 0;
    }
    output_drop(w);
    return -1;
}

static int output_frame(struct output *w, uint8_t *rgb, int width, int height, double time_s,
                        struct plethio_error *e)
{
    pleth_frame frame = {.format = PLETH_RGB24, .width = width, .height = height};
    frame.time_ns = (int64_t)llround(time_s * 1e9);
    frame.plane[0] = rgb;
    frame.stride[0] = 3 * (ptrdiff_t)width;
    return plethio_writer_put(w->writer, &frame, e);
}

/* -1 and e when a signal asked for the end. */
static int go_on(struct plethio_error *e)
{
    return tool_stop ? plethio_fail(e, "interrupted; nothing was written") : 0;
}

static int output_keep(struct output *w, struct plethio_error *e)
{
    int status = plethio_writer_close(&w->writer, 1, e);
    if (w->have_trace && tool_out_close(&w->trace, status == 0, e) != 0)
        status = -1;
    if (w->have_truth && tool_out_close(&w->truth, status == 0, e) != 0)
        status = -1;
    memset(w, 0, sizeof *w);
    return status;
}

static double number_of(const struct plethio_synth *p, int i)
{
    return *(const double *)(const void *)((const char *)p + numbers[i].offset);
}

static void cell(FILE *f, double value, const char *format)
{
    fputc(',', f);
    if (isfinite(value))
        fprintf(f, format, value);
}

/* A value that is not known is an empty cell. */
static void write_truth(FILE *f, const double *time_s, const struct plethio_truth *truth, int n)
{
    int i;
    fprintf(f, "time_s,heart_rate,breathing_rate,pulse,breathing,beat\n");
    for (i = 0; i < n; i++) {
        fprintf(f, "%.6f", time_s[i]);
        cell(f, truth[i].heart_rate, "%.4f");
        cell(f, truth[i].breathing_rate, "%.4f");
        cell(f, truth[i].pulse, "%.6f");
        cell(f, truth[i].breathing, "%.6f");
        fprintf(f, ",%d\n", truth[i].beat);
    }
}

static double mean_rate(const struct plethio_truth *truth, int n, int breathing)
{
    double sum = 0;
    int i;
    for (i = 0; i < n; i++)
        sum += breathing ? truth[i].breathing_rate : truth[i].heart_rate;
    return sum / n;
}

/* What was made, in a line or an object; more: further "key":value pairs of the object. */
static void report(const struct options *o, const char *truth_path, const double *time_s,
                   const struct plethio_truth *truth, int n, const struct synth_variability *v,
                   const char *more, const char *more_text)
{
    double heart = mean_rate(truth, n, 0), breathing = mean_rate(truth, n, 1);
    double duration = n > 1 ? (time_s[n - 1] - time_s[0]) * n / (n - 1) : 0;
    FILE *f = strcmp(o->out, "-") == 0 ? stderr : stdout;
    if (!o->json) {
        fprintf(f, "%s: %d frames, %.1f s", o->out, n, duration);
        if (isfinite(heart))
            fprintf(f, heart > 0 ? ", pulse %.2f /min" : ", no pulse", heart);
        if (v && isfinite(v->sdnn_ms) && heart > 0)
            fprintf(f, " (SDNN %.1f, RMSSD %.1f ms)", v->sdnn_ms, v->rmssd_ms);
        if (isfinite(breathing))
            fprintf(f, breathing > 0 ? ", breathing %.2f /min" : ", no breathing", breathing);
        fprintf(f, "%s\n", more_text);
        return;
    }
    fprintf(f, "{\"out\":");
    tool_json_string(f, o->out);
    fprintf(f, ",\"truth\":");
    if (*truth_path)
        tool_json_string(f, truth_path);
    else
        fprintf(f, "null");
    fprintf(f, ",\"frames\":%d,\"duration_s\":", n);
    tool_json_number(f, duration, 7);
    fprintf(f, ",\"heart_rate\":");
    tool_json_number(f, heart, 7);
    fprintf(f, ",\"breathing_rate\":");
    tool_json_number(f, breathing, 7);
    fprintf(f, ",\"sdnn_ms\":");
    tool_json_number(f, v ? v->sdnn_ms : unknown, 6);
    fprintf(f, ",\"rmssd_ms\":");
    tool_json_number(f, v ? v->rmssd_ms : unknown, 6);
    fprintf(f, "%s}\n", more);
}

/* ---- A synthetic face -------------------------------------------------------------------- */

/* All parameters, for the truth's first lines and for --json. */
static void print_parameters(FILE *f, const struct plethio_synth *p, int json)
{
    const char *quote = json ? "\"" : "", *is = json ? ":" : "=", *then = json ? "," : " ";
    int i;
    fprintf(f, "%sseed%s%s%llu", quote, quote, is, (unsigned long long)p->seed);
    for (i = 0; i < NUMBERS; i++) {
        fprintf(f, "%s%s", then, quote);
        synth_print_key(f, numbers[i].name);
        fprintf(f, "%s%s%.9g", quote, is, number_of(p, i));
    }
    fprintf(f, "%s%smotion%s%s%s%s%s", then, quote, quote, is, quote,
            plethio_motion_name(p->motion), quote);
    fprintf(f, "%s%sfrozen%s%s%d", then, quote, quote, is, p->frozen);
    fprintf(f, "%s%scodec%s%s%s%s%s", then, quote, quote, is, quote, p->codec, quote);
    fprintf(f, "%s%scrf%s%s%d", then, quote, quote, is, p->crf);
    fprintf(f, "%s%swidth%s%s%d", then, quote, quote, is, p->width);
    fprintf(f, "%s%sheight%s%s%d", then, quote, quote, is, p->height);
}

static int render(const struct options *o, struct output *w, double *time_s,
                  struct plethio_truth *truth, int n, struct plethio_error *e)
{
    struct plethio_scene *scene;
    int i, width = o->p.width, height = o->p.height, status = 0;
    uint8_t *rgb = malloc(3 * (size_t)width * (size_t)height);
    if (!rgb)
        return plethio_fail(e, "not enough memory for pictures of %dx%d", width, height);
    if (plethio_scene_open(&scene, &o->p, e) < 0) {
        free(rgb);
        return -1;
    }
    for (i = 0; i < n && status == 0; i++) {
        plethio_scene_frame(scene, i, rgb, &time_s[i], &truth[i]);
        status = output_frame(w, rgb, width, height, time_s[i], e);
        if (status == 0)
            status = go_on(e);
        tool_progress(o->out, (i + 1.0) / n);
    }
    tool_progress_end();
    plethio_scene_close(&scene);
    free(rgb);
    return status;
}

static int write_trace(const struct options *o, struct output *w, double *time_s,
                       struct plethio_truth *truth, int n, struct plethio_error *e)
{
    float(*rgb)[3] = malloc((size_t)n * sizeof *rgb);
    int i, status;
    if (!rgb)
        return plethio_fail(e, "not enough memory for %d frames", n);
    status = plethio_synth_trace(&o->p, n, time_s, rgb, NULL, truth, e);
    if (status == 0)
        status = go_on(e);
    if (status == 0) {
        fprintf(w->trace.file, "time_s,r,g,b\n");
        for (i = 0; i < n; i++)
            fprintf(w->trace.file, "%.6f,%.5f,%.5f,%.5f\n", time_s[i], (double)rgb[i][0],
                    (double)rgb[i][1], (double)rgb[i][2]);
    }
    free(rgb);
    return status;
}

static int make_face(const struct options *o, struct plethio_error *e)
{
    int n = plethio_synth_frames(&o->p), beats = 0, status = -1;
    int most = (int)(o->p.duration_s * 6) + 16;
    double *time_s = malloc((size_t)n * sizeof *time_s);
    double *beat_s = malloc((size_t)most * sizeof *beat_s);
    struct plethio_truth *truth = malloc((size_t)n * sizeof *truth);
    struct synth_variability v;
    struct output w = {0};
    if (!time_s || !truth || !beat_s) {
        plethio_fail(e, "not enough memory for %d frames", n);
        goto done;
    }
    if (output_open(&w, o, o->p.width, o->p.height, o->p.rate_hz, e) < 0)
        goto done;
    if (w.have_trace)
        status = write_trace(o, &w, time_s, truth, n, e);
    else
        status = render(o, &w, time_s, truth, n, e);
    beats = plethio_synth_beats(&o->p, beat_s, most);
    if (status == 0 && beats < 0)
        status = plethio_fail(e, "not enough memory for %g s", o->p.duration_s);
    if (status == 0) {
        char path[sizeof w.truth_path];
        synth_beats_variability(beat_s, beats < most ? beats : most, &v);
        strcpy(path, w.truth_path);
        if (w.have_truth) {
            fprintf(w.truth.file, "# ");
            print_parameters(w.truth.file, &o->p, 0);
            fprintf(w.truth.file, "\n# beats=%d sdnn_ms=%.3f rmssd_ms=%.3f\n", beats, v.sdnn_ms,
                    v.rmssd_ms);
            write_truth(w.truth.file, time_s, truth, n);
        }
        status = output_keep(&w, e);
        if (status == 0 && o->json) {
            char *text = NULL;
            size_t size = 0;
            FILE *f = open_memstream(&text, &size);
            if (f) {
                fprintf(f, ",\"parameters\":{");
                print_parameters(f, &o->p, 1);
                fprintf(f, "}");
                fclose(f);
            }
            report(o, path, time_s, truth, n, &v, f ? text : "", "");
            free(text);
        } else if (status == 0) {
            report(o, path, time_s, truth, n, &v, "", "");
        }
    } else {
        output_drop(&w);
    }
done:
    free(time_s);
    free(beat_s);
    free(truth);
    return status;
}

/* ---- A real clip ------------------------------------------------------------------------- */

struct clip {
    int frames, capacity, width, height;
    uint8_t **rgb;
    double *time_s, rate_hz;
};

static void clip_free(struct clip *clip)
{
    int i;
    for (i = 0; i < clip->frames; i++)
        free(clip->rgb[i]);
    free(clip->rgb);
    free(clip->time_s);
    memset(clip, 0, sizeof *clip);
}

/* Makes room for one more frame. */
static int clip_grow(struct clip *clip)
{
    if (clip->frames == clip->capacity) {
        int more = clip->capacity ? 2 * clip->capacity : 256;
        uint8_t **rgb = realloc(clip->rgb, (size_t)more * sizeof *rgb);
        double *time_s;
        if (!rgb)
            return -1;
        clip->rgb = rgb;
        time_s = realloc(clip->time_s, (size_t)more * sizeof *time_s);
        if (!time_s)
            return -1;
        clip->time_s = time_s;
        clip->capacity = more;
    }
    clip->rgb[clip->frames] = malloc(3 * (size_t)clip->width * (size_t)clip->height);
    return clip->rgb[clip->frames] ? 0 : -1;
}

/* The whole video as upright RGB; an odd last row or column is left out, as videos need even
 * sides. */
static int clip_read(struct clip *clip, const char *path, struct plethio_error *e)
{
    struct plethio_video *video;
    struct plethio_video_info info;
    pleth_frame frame;
    uint8_t *whole;
    int status, y;
    memset(clip, 0, sizeof *clip);
    if (plethio_video_open(&video, path, NULL, e) < 0)
        return -1;
    plethio_video_info(video, &info);
    clip->width = info.width & ~1;
    clip->height = info.height & ~1;
    whole = malloc(3 * (size_t)info.width * (size_t)info.height);
    if (!whole || clip->width < 2 || clip->height < 2) {
        status = plethio_fail(e, "%s: pictures of %d x %d are none to work on", path, info.width,
                              info.height);
        goto done;
    }
    while ((status = plethio_video_next(video, &frame, e)) > 0) {
        size_t row = 3 * (size_t)clip->width;
        if ((clip->frames + 1.0) * 3 * clip->width * clip->height > most_clip_bytes) {
            status = plethio_fail(e,
                                  "%s: more than %d frames of %d x %d do not fit into 2 GB; cut "
                                  "it or make it smaller, with ffmpeg -t or -vf scale",
                                  path, clip->frames, clip->width, clip->height);
            break;
        }
        /* a stream may change its size on the way; `whole` has the one that the file says */
        if (frame.width != (frame.rotation % 180 ? info.height : info.width) ||
            frame.height != (frame.rotation % 180 ? info.width : info.height)) {
            status = plethio_fail(e, "%s: the pictures change their size on the way; cut it there",
                                  path);
            break;
        }
        if (plethio_frame_to_rgb(video, &frame, whole, e) < 0) {
            status = -1;
            break;
        }
        if (go_on(e)) {
            status = -1;
            break;
        }
        if (clip_grow(clip) < 0) {
            status = plethio_fail(e, "%s: not enough memory for more than %d frames", path,
                                  clip->frames);
            break;
        }
        for (y = 0; y < clip->height; y++)
            memcpy(clip->rgb[clip->frames] + (size_t)y * row,
                   whole + (size_t)y * 3 * (size_t)info.width, row);
        clip->time_s[clip->frames++] = (double)frame.time_ns * 1e-9;
        if (info.duration_s > 0)
            tool_progress(path, fmin(1, (double)frame.time_ns * 1e-9 / info.duration_s));
    }
    tool_progress_end();
    if (status == 0 && plethio_video_warning(video))
        fprintf(stderr, "pleth %s: %s: %s\n", verb, path, plethio_video_warning(video));
    if (status == 0 && clip->frames < 2)
        status = plethio_fail(e, "%s: %d frames are too few", path, clip->frames);
    if (status == 0) {
        double span = clip->time_s[clip->frames - 1] - clip->time_s[0];
        clip->rate_hz = (clip->frames - 1) / span;
        if (fabs(clip->rate_hz / info.rate_hz - 1) < 0.01)
            clip->rate_hz = info.rate_hz;
    }
done:
    free(whole);
    plethio_video_close(&video);
    if (status < 0)
        clip_free(clip);
    return status;
}

/* Mean colours of up to 60 frames spread over the clip. */
static void mean_picture(const struct clip *clip, float *mean)
{
    int k, i, n = 3 * clip->width * clip->height, frames = clip->frames < 60 ? clip->frames : 60;
    for (i = 0; i < n; i++)
        mean[i] = 0;
    for (k = 0; k < frames; k++) {
        const uint8_t *rgb = clip->rgb[(int)((int64_t)k * clip->frames / frames)];
        for (i = 0; i < n; i++)
            mean[i] += (float)rgb[i] / (float)frames;
    }
}

/* Weighted mean of green of every frame. */
static void green_trace(const struct clip *clip, const float *weight, double *green)
{
    int k, i, n = clip->width * clip->height;
    for (k = 0; k < clip->frames; k++) {
        double sum = 0, weights = 0;
        for (i = 0; i < n; i++) {
            sum += (double)weight[i] * clip->rgb[k][3 * i + 1];
            weights += (double)weight[i];
        }
        green[k] = sum / weights;
    }
}

/* ---- Faster ------------------------------------------------------------------------------ */

/* IN's own truth, if there is one beside it. Rows: table->rows, columns by number or -1. */
struct source_truth {
    struct plethio_table table;
    int time, heart, breathing, pulse, breath;
};

static void source_truth_read(struct source_truth *s, const char *in)
{
    char path[1024];
    struct plethio_error ignored;
    FILE *f;
    memset(s, 0, sizeof *s);
    if (synth_beside(in, ".truth.csv", path, sizeof path, &ignored) < 0)
        return;
    f = fopen(path, "r");
    if (!f)
        return;
    fclose(f);
    if (plethio_table_read(&s->table, path, &ignored) < 0) {
        memset(s, 0, sizeof *s);
        return;
    }
    s->time = plethio_table_column(&s->table, "time_s");
    s->heart = plethio_table_column(&s->table, "heart_rate");
    s->breathing = plethio_table_column(&s->table, "breathing_rate");
    s->pulse = plethio_table_column(&s->table, "pulse");
    s->breath = plethio_table_column(&s->table, "breathing");
    if (s->time < 0)
        plethio_table_free(&s->table);
}

static double source_value(const struct source_truth *s, int row, int column)
{
    return column < 0 ? unknown
                      : s->table.value[(size_t)row * (size_t)s->table.columns + (size_t)column];
}

static struct plethio_truth source_truth_at(const struct source_truth *s, double time_s,
                                            double factor, double heart)
{
    struct plethio_truth t = {heart * factor, unknown, unknown, unknown, 0};
    int low = 0, high = s->table.rows - 1;
    if (s->table.rows == 0)
        return t;
    while (high - low > 0) {
        int middle = (low + high + 1) / 2;
        if (source_value(s, middle, s->time) <= time_s + 1e-6)
            low = middle;
        else
            high = middle - 1;
    }
    t.heart_rate = factor * source_value(s, low, s->heart);
    t.breathing_rate = factor * source_value(s, low, s->breathing);
    t.pulse = source_value(s, low, s->pulse);
    t.breathing = source_value(s, low, s->breath);
    return t;
}

/* Pictures that one frame is made of, at most: K = 10 and 2 * K * 1.5 for uneven times. */
#define MIX_MOST 32

/* The frame that the clip, played factor times as fast, would have shown at time_s of its own: a
 * mean of the frames around by a triangle whose half-width is factor frames (one, if slower).
 * Slower, that is linear interpolation; faster, it keeps what lies above the new Nyquist rate (the
 * rhythm of a codec's frame types, above all) from being folded down among pulses. The clip goes on
 * mirrored beyond its ends. */
static void mix_frame(const struct clip *clip, double time_s, double factor, uint64_t seed,
                      int number, uint8_t *rgb)
{
    const double t0 = clip->time_s[0], span = clip->time_s[clip->frames - 1] - t0;
    const double width = fmax(1, factor) / clip->rate_hz;
    const uint8_t *picture[MIX_MOST];
    double share[MIX_MOST], sum = 0;
    int weight[MIX_MOST], count = 0, nearest = 0, i, k, left = 65536;
    for (i = 0; i < clip->frames; i++) {
        double t = clip->time_s[i] - t0, w = 0;
        const double away[3] = {t - time_s, t + time_s, t - (2 * span - time_s)};
        for (k = 0; k < 3; k++)
            if (!(k == 1 && i == 0) && !(k == 2 && i == clip->frames - 1))
                w += fmax(0, 1 - fabs(away[k]) / width);
        if (fabs(t - time_s) < fabs(clip->time_s[nearest] - t0 - time_s))
            nearest = i;
        if (w > 0 && count < MIX_MOST) {
            picture[count] = clip->rgb[i];
            share[count++] = w;
            sum += w;
        }
    }
    /* a gap wider than the triangle */
    if (count == 0) {
        picture[count] = clip->rgb[nearest];
        share[count++] = sum = 1;
    }
    for (k = 0; k < count; k++) {
        weight[k] = (int)(65536 * share[k] / sum);
        left -= weight[k];
    }
    weight[0] += left;
    plethio_blend(picture, weight, count, rgb, 3 * clip->width * clip->height, seed,
                  (uint32_t)number);
}

/* Where the clip turns round, in seconds from its start: the first and the last top or bottom of
 * the strongest oscillation of its skin's green between 0.7 and 4 Hz. A wave that is mirrored at
 * its tops and bottoms goes on in phase; mirrored anywhere else, it would stumble at each turn, and
 * its spectrum would fall apart into lines. Without skin, the ends of the clip. */
static int turning_points(const struct clip *clip, double *start, double *end,
                          struct plethio_error *e)
{
    size_t pixels = (size_t)clip->width * (size_t)clip->height;
    float *mean = malloc(3 * pixels * sizeof *mean), *weight = malloc(pixels * sizeof *weight);
    double *green = malloc(2 * (size_t)clip->frames * sizeof *green), share = -1, rate, phase;
    double span = clip->time_s[clip->frames - 1] - clip->time_s[0];
    *start = 0;
    *end = span;
    if (mean && weight && green) {
        mean_picture(clip, mean);
        share = plethio_skin_mask(mean, clip->width, clip->height, weight);
    }
    if (share > 0) {
        green_trace(clip, weight, green);
        if (plethio_strongest(clip->time_s, green, clip->frames, 0.7, 4, &rate, &phase,
                              green + clip->frames) == 0) {
            double half = 0.5 / rate, first = phase / 6.283185307179586 / rate;
            first -= half * floor(first / half);
            if (span - first > 2 * half) {
                *start = first;
                *end = first + half * floor((span - first) / half);
            }
        }
    }
    free(mean);
    free(weight);
    free(green);
    return share < 0 ? plethio_fail(e, "not enough memory for a mask") : 0;
}

static int make_faster(const struct options *o, struct plethio_error *e)
{
    struct clip clip;
    struct source_truth source;
    struct output w = {0};
    double start, end, duration, *time_s, heart = unknown;
    struct plethio_truth *truth;
    uint8_t *rgb;
    int i, n, status = -1;
    if (clip_read(&clip, o->in, e) < 0)
        return -1;
    if (turning_points(&clip, &start, &end, e) < 0) {
        clip_free(&clip);
        return -1;
    }
    source_truth_read(&source, o->in);
    if (o->given_heart)
        heart = o->p.heart.per_min[0];
    duration = o->given_duration ? o->p.duration_s : fmax(20, (end - start) / o->retime);
    n = (int)floor(duration * clip.rate_hz + 0.5);
    rgb = malloc(3 * (size_t)clip.width * (size_t)clip.height);
    time_s = malloc((size_t)n * sizeof *time_s);
    truth = malloc((size_t)n * sizeof *truth);
    if (!rgb || !time_s || !truth) {
        plethio_fail(e, "not enough memory for %d frames", n);
        goto done;
    }
    status = output_open(&w, o, clip.width, clip.height, clip.rate_hz, e);
    for (i = 0; i < n && status == 0; i++) {
        double at;
        time_s[i] = i / clip.rate_hz;
        at = start + plethio_fold(o->retime * time_s[i], end - start);
        truth[i] = source_truth_at(&source, at, o->retime, heart);
        mix_frame(&clip, at, o->retime, o->p.seed, i, rgb);
        status = output_frame(&w, rgb, clip.width, clip.height, time_s[i], e);
        if (status == 0)
            status = go_on(e);
        tool_progress(o->out, (i + 1.0) / n);
    }
    tool_progress_end();
    if (status == 0) {
        char path[sizeof w.truth_path];
        strcpy(path, w.truth_path);
        if (w.have_truth) {
            fprintf(w.truth.file, "# retime=%.9g frames=%d from_s=%.6f to_s=%.6f\n", o->retime,
                    clip.frames, start, end);
            write_truth(w.truth.file, time_s, truth, n);
        }
        status = output_keep(&w, e);
        if (status == 0)
            report(o, path, time_s, truth, n, NULL, "", "");
    } else {
        output_drop(&w);
    }
done:
    free(rgb);
    free(time_s);
    free(truth);
    if (source.table.rows)
        plethio_table_free(&source.table);
    clip_free(&clip);
    return status;
}

/* ---- With a pulse in it ------------------------------------------------------------------ */

/* Weights of the pixels; returns the share of the picture, or -1 and e. */
static double choose_skin(const struct options *o, const struct clip *clip, const float *mean,
                          float *weight, struct plethio_error *e)
{
    int x, y;
    double sum = 0;
    if (o->roi == ROI_SKIN) {
        double share = plethio_skin_mask(mean, clip->width, clip->height, weight);
        if (share < 0)
            return plethio_fail(e, "not enough memory for a mask");
        if (share == 0)
            return plethio_fail(e,
                                "%s: no skin found by its colour; say where it is with --roi "
                                "x,y,w,h or --roi all",
                                o->in);
        return share;
    }
    if (o->roi == ROI_BOX &&
        !(o->box[0] >= 0 && o->box[1] >= 0 && o->box[2] >= 1 && o->box[3] >= 1 &&
          o->box[0] + o->box[2] <= clip->width && o->box[1] + o->box[3] <= clip->height))
        return plethio_fail(e, "%s: the box %g,%g,%g,%g does not lie in pictures of %d x %d", o->in,
                            o->box[0], o->box[1], o->box[2], o->box[3], clip->width, clip->height);
    for (y = 0; y < clip->height; y++)
        for (x = 0; x < clip->width; x++) {
            int in = o->roi == ROI_ALL || (x >= o->box[0] && x < o->box[0] + o->box[2] &&
                                           y >= o->box[1] && y < o->box[1] + o->box[3]);
            weight[y * clip->width + x] = (float)in;
            sum += in;
        }
    return sum / clip->width / clip->height;
}

struct injection {
    int n;
    double *time_s, *own, *pulse, *work;
    struct plethio_truth *truth;
    float *mean, *weight;
    double share, loss;
};

static int injection_make(struct injection *j, const struct options *o, const struct clip *clip,
                          struct plethio_error *e)
{
    int pixels = clip->width * clip->height, i;
    double span = clip->time_s[clip->frames - 1] - clip->time_s[0];
    double period = span * clip->frames / (clip->frames - 1), level = 0, felt = 0, weights = 0;
    struct plethio_synth p = o->p;
    double *green;
    p.duration_s = o->given_duration ? o->p.duration_s : period;
    p.breath_depth = 0;
    j->n = (int)floor(p.duration_s * clip->rate_hz + 0.5);
    if (!o->given_duration)
        j->n = clip->frames;
    if (p.duration_s < 2)
        return plethio_fail(e, "%s: %.1f s are too short to put a pulse in", o->in, p.duration_s);
    j->time_s = malloc((size_t)j->n * sizeof *j->time_s);
    j->own = malloc((size_t)j->n * sizeof *j->own);
    j->pulse = malloc((size_t)j->n * sizeof *j->pulse);
    j->work = malloc((size_t)(j->n > clip->frames ? j->n : clip->frames) * sizeof *j->work);
    j->truth = malloc((size_t)j->n * sizeof *j->truth);
    j->mean = malloc(3 * (size_t)pixels * sizeof *j->mean);
    j->weight = malloc((size_t)pixels * sizeof *j->weight);
    if (!j->time_s || !j->own || !j->pulse || !j->work || !j->truth || !j->mean || !j->weight)
        return plethio_fail(e, "not enough memory for %d frames", j->n);
    mean_picture(clip, j->mean);
    j->share = choose_skin(o, clip, j->mean, j->weight, e);
    if (j->share < 0)
        return -1;
    green = j->work;
    green_trace(clip, j->weight, green);
    for (i = 0; i < j->n; i++) {
        j->time_s[i] =
            period * (i / clip->frames) + clip->time_s[i % clip->frames] - clip->time_s[0];
        level += green[i % clip->frames] / j->n;
    }
    p.duration_s = fmax(p.duration_s, j->time_s[j->n - 1] + 0.1);
    if (plethio_synth_truth(&p, j->n, j->time_s, j->truth, e) < 0)
        return -1;
    /* soft edges feel less of the pulse than they count in the mean */
    for (i = 0; i < pixels; i++) {
        double w = (double)j->weight[i], v = (double)j->mean[3 * i + 1];
        felt += w * w * v;
        weights += w * v;
    }
    for (i = 0; i < j->n; i++) {
        j->own[i] = green[i % clip->frames] / level - 1;
        j->pulse[i] = -j->truth[i].pulse * felt / weights;
        j->truth[i].breathing_rate = j->truth[i].breathing = unknown;
    }
    return 0;
}

/* The loss of green at which the injected power in 0.7-4 Hz is the wished ratio to the clip's. */
static int injection_strength(struct injection *j, const struct options *o, struct plethio_error *e)
{
    double own = plethio_band_power(j->time_s, j->own, j->n, 0.7, 4, j->work);
    double unit = plethio_band_power(j->time_s, j->pulse, j->n, 0.7, 4, j->work);
    if (!(own > 0) || !(unit > 0))
        return plethio_fail(e,
                            "%s: green does not change at all between 0.7 and 4 Hz, so that no "
                            "ratio to it can be had; take a clip with noise",
                            o->in);
    j->loss = sqrt(pow(10, o->snr_db / 10) * own / unit);
    if (j->loss > 0.3)
        return plethio_fail(e,
                            "%s: %g dB would take %.0f %% of the light; the clip changes too much "
                            "by itself, take a lower --snr-db",
                            o->in, o->snr_db, 100 * j->loss);
    return 0;
}

static int injection_write(const struct injection *j, const struct options *o,
                           const struct clip *clip, struct plethio_error *e)
{
    struct output w = {0};
    size_t bytes = 3 * (size_t)clip->width * (size_t)clip->height;
    uint8_t *rgb = malloc(bytes);
    char path[sizeof w.truth_path], more[200], text[200];
    int i, c, status;
    if (!rgb)
        return plethio_fail(e, "not enough memory for a picture");
    status = output_open(&w, o, clip->width, clip->height, clip->rate_hz, e);
    for (i = 0; i < j->n && status == 0; i++) {
        double loss[3];
        for (c = 0; c < 3; c++)
            loss[c] = j->loss * plethio_pulse_signature[c] * j->truth[i].pulse;
        memcpy(rgb, clip->rgb[i % clip->frames], bytes);
        plethio_inject(rgb, j->weight, clip->width, clip->height, loss, o->p.seed, (uint32_t)i);
        status = output_frame(&w, rgb, clip->width, clip->height, j->time_s[i], e);
        if (status == 0)
            status = go_on(e);
        tool_progress(o->out, (i + 1.0) / j->n);
    }
    tool_progress_end();
    free(rgb);
    if (status < 0) {
        output_drop(&w);
        return -1;
    }
    strcpy(path, w.truth_path);
    if (w.have_truth) {
        fprintf(w.truth.file, "# inject snr_db=%.9g loss_percent=%.6g skin_share=%.4f seed=%llu\n",
                o->snr_db, 100 * j->loss, j->share, (unsigned long long)o->p.seed);
        write_truth(w.truth.file, j->time_s, j->truth, j->n);
    }
    if (output_keep(&w, e) != 0)
        return -1;
    snprintf(more, sizeof more, ",\"snr_db\":%.9g,\"loss_percent\":%.6g,\"skin_share\":%.4f",
             o->snr_db, 100 * j->loss, j->share);
    snprintf(text, sizeof text, " at %g dB (%.3f %% of green) in %.0f %% of the picture", o->snr_db,
             100 * j->loss, 100 * j->share);
    report(o, path, j->time_s, j->truth, j->n, NULL, more, text);
    return 0;
}

static int make_injected(const struct options *o, struct plethio_error *e)
{
    struct clip clip;
    struct injection j;
    int status;
    if (clip_read(&clip, o->in, e) < 0)
        return -1;
    memset(&j, 0, sizeof j);
    status = injection_make(&j, o, &clip, e);
    if (status == 0)
        status = injection_strength(&j, o, e);
    if (status == 0)
        status = injection_write(&j, o, &clip, e);
    free(j.time_s);
    free(j.own);
    free(j.pulse);
    free(j.work);
    free(j.truth);
    free(j.mean);
    free(j.weight);
    clip_free(&clip);
    return status;
}

/* ---- The verb ---------------------------------------------------------------------------- */

/* Whether the truth of OUT would replace that of IN. */
static int shares_truth(const struct options *o)
{
    char in[1024], out[1024];
    struct plethio_error ignored;
    return synth_beside(o->in, ".truth.csv", in, sizeof in, &ignored) == 0 &&
           synth_beside(o->out, ".truth.csv", out, sizeof out, &ignored) == 0 &&
           strcmp(in, out) == 0;
}

/* Reads all options into o; a second time after --draw, so that what is given goes before what is
 * drawn. Returns TOOL_OK, TOOL_USAGE, or -1 after --help. */
static int take_all(struct options *o, int argc, char **argv)
{
    struct option table[NUMBERS + WORDS + 1];
    int i, option, index = 0;
    for (i = 0; i < NUMBERS; i++)
        table[i] = (struct option){numbers[i].name, required_argument, NULL, i};
    memcpy(table + NUMBERS, words, sizeof words);
    memset(table + NUMBERS + WORDS, 0, sizeof *table);
    optind = 1;
    while ((option = parse_option(verb, argc, argv, table, &index)) != -1) {
        if (option == PARSE_HELP) {
            fputs(usage, stdout);
            return -1;
        }
        if (option == '?')
            return TOOL_USAGE;
        if (take_option(o, option, optarg) < 0)
            return parse_fail(verb, "--%s: '%.100s' is not a value of this option",
                              table[index].name, optarg);
        o->given[index] = 1;
    }
    return TOOL_OK;
}

static int is_among(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return 1;
    return 0;
}

/* Refuses options without an effect on what is made. */
static int check_given(const struct options *o)
{
    static const char *const of_retime[] = {"retime", "seed", "duration-s", "heart-rate-per-min",
                                            "codec",  "crf",  "json",       NULL};
    static const char *const of_inject[] = {
        "inject", "snr-db",    "roi",   "seed", "duration-s", "breathing-rate-per-min",
        "rsa-ms", "wander-ms", "codec", "crf",  "json",       NULL};
    static const char *const not_of_face[] = {"snr-db", "roi", NULL};
    int i;
    for (i = 0; i < NUMBERS + WORDS; i++) {
        const char *name = i < NUMBERS ? numbers[i].name : words[i - NUMBERS].name;
        int suits = o->inject       ? is_among(name, of_inject)
                    : o->retime > 0 ? is_among(name, of_retime)
                                    : !is_among(name, not_of_face);
        if (o->given[i] && !suits)
            return parse_fail(verb, "--%s has no effect %s", name,
                              o->inject       ? "with --inject"
                              : o->retime > 0 ? "with --retime"
                                              : "without --inject");
    }
    return TOOL_OK;
}

static int take_rates(struct options *o)
{
    const char *heart = o->inject ? o->inject : o->heart;
    if (heart && synth_profile(heart, o->p.duration_s, &o->p.heart) < 0)
        return parse_fail(
            verb, "'%.100s' is no pulse rate: write R, A..B, A/B or T:R,T:R,... per minute", heart);
    if (o->breathing && synth_profile(o->breathing, o->p.duration_s, &o->p.breathing) < 0)
        return parse_fail(
            verb, "'%.100s' is no breathing rate: write R, A..B, A/B or T:R,T:R,... per minute",
            o->breathing);
    o->given_heart = o->heart != NULL;
    return TOOL_OK;
}

int verb_synth(int argc, char **argv)
{
    struct options o;
    struct plethio_error e;
    int status, files, uneven;
    if (synth_is_ppg(argc, argv))
        return synth_ppg(argc, argv);
    memset(&o, 0, sizeof o);
    plethio_synth_default(&o.p);
    status = take_all(&o, argc, argv);
    if (status == TOOL_OK && o.draw) {
        plethio_synth_draw(&o.p, o.p.seed);
        status = take_all(&o, argc, argv);
    }
    if (status < 0)
        return TOOL_OK;
    if (status != TOOL_OK)
        return status;
    if (o.retime > 0 && o.inject)
        return parse_fail(verb, "--retime and --inject do not go together: run it twice");
    status = check_given(&o);
    if (status != TOOL_OK)
        return status;
    files = o.retime > 0 || o.inject ? 2 : 1;
    if (argc - optind != files)
        return parse_fail(verb, files == 2 ? "expected IN and OUT" : "expected one OUT");
    o.in = argv[optind];
    o.out = argv[argc - 1];
    if (files == 2 && synth_is_suffix(o.out, ".csv"))
        return parse_fail(verb, "OUT must be a video (.mp4, .mkv, .avi, .y4m)");
    if (files == 2 && strcmp(o.in, o.out) == 0)
        return parse_fail(verb, "IN and OUT are the same file");
    if (files == 2 && shares_truth(&o))
        return parse_fail(verb, "IN and OUT have the same truth; give OUT a name of its own");
    if (!o.given_crf && files == 2)
        o.p.crf = o.inject ? 0 : 12;
    if (o.inject && !(o.given_variability & 1))
        o.p.rsa_ms = 0;
    if (o.inject && !(o.given_variability & 2))
        o.p.wander_ms = 0;
    status = take_rates(&o);
    if (status != TOOL_OK)
        return status;
    if (plethio_synth_check(&o.p, &e) < 0)
        return parse_fail(verb, "%s", e.text);
    uneven = o.p.jitter_ms > 0 || o.p.drop_percent > 0;
    if (files == 1 && uneven && (synth_is_suffix(o.out, ".y4m") || strcmp(o.out, "-") == 0))
        return parse_fail(verb,
                          "y4m has no times of frames: no --jitter-ms and --drop-percent with it");
    tool_catch_signals();
    if (o.inject)
        status = make_injected(&o, &e);
    else if (o.retime > 0)
        status = make_faster(&o, &e);
    else
        status = make_face(&o, &e);
    return status < 0 ? tool_fail(verb, &e) : TOOL_OK;
}
