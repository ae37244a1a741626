/* pleth measure: the vital signs of one recording, as text, JSON, tables, plots and video. */
#define _POSIX_C_SOURCE 200809L

#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "annotate.h"
#include "parse.h"
#include "plot.h"
#include "report.h"
#include "table.h"
#include "tool.h"
#include "waveform.h"

/* What the annotated video shows of the wave. */
enum { SHOWN = 16 * PLETH_WAVE_HZ };

static const char usage[] =
    "usage: pleth measure INPUT [options]\n"
    "\n"
    "INPUT is a video, a camera (/dev/video0), - (y4m on standard input); a colour trace:\n"
    "CSV with columns time_s,r,g,b, or float32 r g b in a .bin (with --rate-hz); or a sensor's\n"
    "recording: CSV with columns of light (ppg, green, red, ir, bvp, pleth), time_s and perhaps\n"
    "acc_x, acc_y, acc_z; EDF, BDF, WFDB, MATLAB, Polar, MAX3010x, Empatica E4, GalaxyPPG, .pkl "
    "of\n"
    "PPG-DaLiA and WESAD, .json and .bin.\n"
    "\n"
    "  --method NAME     pos (default), chrom, green, lgi, pbv, omit, ica, or a network's file;\n"
    "                    of sensors: a heart-rate network's file, as pleth train makes it, or a "
    "kept\n"
    "                    one by its name (ppg-hr-16k)\n"
    "  --net NAME        that network's name, where its file does not say: tscan, mttscan, ...\n"
    "  --roi X,Y,W,H     where the skin is, in pixels of the upright picture; all: everywhere;\n"
    "                    without it a face is looked for\n"
    "  --range A,B       pulse rates that are looked for, per minute (40,220; sensors: 30,220)\n"
    "  --from-s S, --to-s S   the part to measure, in seconds from the start\n"
    "  --every-s S       seconds between readings (1; sensors: 2)\n"
    "  --no-motion       leave a sensor's acceleration out\n"
    "  --oxygen-curve A,B,C   oxygen saturation A + B R + C R^2 per cent by a sensor's red and\n"
    "                    infrared light, R their ratio of ratios; not validated\n"
    "  --smooth          refine each reading by what comes after it; not for live input\n"
    "  --best-guess      give a best guess, too, where a reading abstains\n"
    "  --rate-hz R       rate of a trace or recording without times, of a camera, of raw frames\n"
    "  --size WxH        size asked of a camera; size of raw frames\n"
    "  --raw FORMAT      with -: raw frames of this pixel format (rgb24, yuv420p, ...)\n"
    "\n"
    "  --json            JSON Lines: one object a reading, then the summary\n"
    "  --out FILE        write the result there\n"
    "  --plot FILE       wave, spectrum and rates over time as .png or .svg\n"
    "  --waveform FILE   the pulse and breathing waves as CSV, EDF+ (.edf) or WFDB (.hea)\n"
    "  --annotate FILE   the video with the region and the live wave drawn in\n"
    "\n"
    "Not a medical device: not for diagnosis, treatment or alarms.\n";

struct job {
    const char *input, *out_path, *plot, *waveform, *annotate_path;
    struct measure_options measure;
    int json, guess;
    /* readings replace each other on a terminal, and are lines everywhere else */
    int lines;
    struct tool_out out, wave_out;
    /* instead of wave_out; how many samples are in it, and the time of the first */
    struct plethio_waveform *wave_file;
    int64_t wave_length, wave_first_ns;
    struct annotate *annotate;
    /* the newest ones, for the annotated video */
    pleth_reading latest;
    int have_latest, shown;
    float wave[SHOWN];
    /* how long the whole is, 0 if it is live */
    double length_s;
    struct plethio_error error;
};

/* ---- While measuring -------------------------------------------------------------------- */

static int on_frame(void *cookie, struct plethio_video *video, const pleth_frame *frame,
                    pleth_stream *stream)
{
    struct job *j = cookie;
    struct plethio_video_info info;
    double now_s;
    char text[128] = "measuring", value[64];

    (void)stream;
    if (!frame)
        return 0;
    if (j->length_s == 0) {
        plethio_video_info(video, &info);
        j->length_s = info.live || info.duration_s <= 0 ? -1 : info.duration_s;
        if (j->measure.video.to_s > 0 && (j->length_s < 0 || j->measure.video.to_s < j->length_s))
            j->length_s = j->measure.video.to_s;
    }
    if (j->annotate && annotate_frame(j->annotate, video, frame, j->have_latest ? &j->latest : NULL,
                                      j->wave, j->shown, &j->error))
        return -1;
    if (j->have_latest && !j->lines && j->length_s < 0) {
        report_text_reading(text, sizeof text, &j->latest, j->guess);
    } else if (j->have_latest && !j->lines && j->latest.heart_rate.have) {
        /* what fits beside the bar */
        report_value(value, sizeof value, &j->latest.heart_rate);
        snprintf(text, sizeof text, "%.0f s: %s", j->latest.time_s, value);
    }
    now_s = (double)frame->time_ns * 1e-9 - j->measure.video.from_s;
    tool_progress(text, j->length_s > 0 ? now_s / (j->length_s - j->measure.video.from_s) : -1);
    return 0;
}

static int on_reading(void *cookie, const pleth_reading *reading)
{
    struct job *j = cookie;
    FILE *f = j->out.file;
    char text[128];

    j->latest = *reading;
    j->have_latest = 1;
    if (j->json) {
        report_json_reading(f, reading, j->guess);
    } else if (j->lines) {
        report_text_reading(text, sizeof text, reading, j->guess);
        fprintf(f, "%s\n", text);
    }
    /* whoever reads a pipe waits for each line */
    if (fflush(f))
        return plethio_fail(&j->error, "the result can not be written; is the disk full?");
    return 0;
}

/* A sample's place in the file is its time; what lies between has no value. */
static int push_wave(struct job *j, const pleth_wave *wave)
{
    static const float none[2] = {NAN, NAN};
    const float value[2] = {wave->pulse, wave->breathing};
    int64_t at;

    if (j->wave_length == 0)
        j->wave_first_ns = wave->time_ns;
    at = llround((double)(wave->time_ns - j->wave_first_ns) * 1e-9 * PLETH_WAVE_HZ);
    if (at - j->wave_length > INT64_C(86400) * PLETH_WAVE_HZ)
        return plethio_fail(&j->error,
                            "%s: more than a day is missing within the recording; "
                            "write the wave as .csv",
                            j->waveform);
    for (; j->wave_length < at; j->wave_length++)
        if (plethio_waveform_push(j->wave_file, none, &j->error))
            return -1;
    if (at < j->wave_length)
        return 0;
    j->wave_length++;
    return plethio_waveform_push(j->wave_file, value, &j->error);
}

static int on_wave(void *cookie, const pleth_wave *wave, int count)
{
    struct job *j = cookie;

    for (int i = 0; i < count; i++) {
        if (j->shown == SHOWN)
            memmove(j->wave, j->wave + 1, (SHOWN - 1) * sizeof *j->wave);
        else
            j->shown++;
        j->wave[j->shown - 1] = wave[i].pulse;
        if (j->wave_file && push_wave(j, &wave[i]))
            return -1;
        if (j->wave_out.file)
            fprintf(j->wave_out.file, "%.4f,%.6g,%.6g\n", (double)wave[i].time_ns * 1e-9,
                    (double)wave[i].pulse, (double)wave[i].breathing);
    }
    if (j->wave_out.file && ferror(j->wave_out.file))
        return plethio_fail(&j->error, "cannot write %s; is the disk full?", j->waveform);
    return 0;
}

/* ---- The whole -------------------------------------------------------------------------- */

/* Whether both names lead to one file; names of what is not there yet are compared as they are. */
static int same_file(const char *a, const char *b)
{
    struct stat x, y;

    if (stat(a, &x) || stat(b, &y))
        return strcmp(a, b) == 0;
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* No output may replace the input or another output, nor two mingle on standard output. */
static int check_outputs(const struct job *j, struct plethio_error *e)
{
    const char *const path[] = {j->out_path, j->waveform, j->annotate_path, j->plot};

    for (int i = 0; i < 4; i++) {
        if (!path[i])
            continue;
        if (strcmp(path[i], "-") != 0 && same_file(path[i], j->input))
            return plethio_fail(e, "%s is the input; give the output another name", path[i]);
        for (int k = 0; k < i; k++)
            if (path[k] && same_file(path[i], path[k]))
                return strcmp(path[i], "-") == 0
                           ? plethio_fail(e, "two outputs go to standard output; give the readings"
                                             " a file with --out")
                           : plethio_fail(e, "two outputs go to %s; give one another name",
                                          path[i]);
    }
    if (j->annotate_path && j->measure.smooth)
        return plethio_fail(e, "--annotate shows readings as they come, --smooth changes them at "
                               "the end; leave one out");
    return 0;
}

static int open_waveform(struct job *j)
{
    static const struct plethio_channel channel[2] = {{.name = "pulse"}, {.name = "breathing"}};

    if (plethio_is_waveform(j->waveform))
        return plethio_waveform_open(&j->wave_file, j->waveform, channel, 2, PLETH_WAVE_HZ,
                                     &j->error);
    if (tool_out_open(&j->wave_out, j->waveform, &j->error))
        return -1;
    fprintf(j->wave_out.file, "time_s,pulse,breathing\n");
    return 0;
}

static int open_outputs(struct job *j)
{
    struct plethio_error *e = &j->error;

    /* what can not be drawn is told before the work, not after it */
    if (j->plot && plot_check(j->plot, e))
        return -1;
    if (j->annotate_path && plethio_is_trace(j->input))
        return plethio_fail(e, "%s: a colour trace has no pictures to draw on (--annotate)",
                            j->input);
    if (tool_out_open(&j->out, j->out_path, e))
        return -1;
    if (j->waveform && open_waveform(j))
        return -1;
    return j->annotate_path ? annotate_open(&j->annotate, j->annotate_path, e) : 0;
}

/* Every output is closed, whatever becomes of the others; the first failure is the one that is
 * told. */
static int close_outputs(struct job *j, int keep)
{
    struct plethio_error e;
    int status = 0;

    if (annotate_close(&j->annotate, keep, &e) && keep && !status++)
        j->error = e;
    if (tool_out_close(&j->wave_out, keep, &e) && keep && !status++)
        j->error = e;
    if (plethio_waveform_close(&j->wave_file, keep, &e) && keep && !status++)
        j->error = e;
    /* what went to standard output is out already */
    if (tool_out_close(&j->out, keep, &e) && keep && !status++)
        j->error = e;
    return status ? -1 : 0;
}

static const char *name_of(const char *input)
{
    const char *slash = strrchr(input, '/');

    if (strcmp(input, "-") == 0)
        return "standard input";
    return slash && slash[1] && strncmp(input, "/dev/", 5) != 0 ? slash + 1 : input;
}

static int measure(struct job *j)
{
    const struct measure_hooks hooks = {
        .cookie = j, .on_frame = on_frame, .on_reading = on_reading, .on_wave = on_wave};
    struct measurement m;
    struct plethio_error e;
    int status;

    if (measure_options_load(&j->measure, &j->error))
        return -1;
    if (open_outputs(j)) {
        close_outputs(j, 0);
        return -1;
    }
    status = measure_run(j->input, &j->measure, &hooks, &m, &e);
    tool_progress_end();
    if (status) {
        if (*e.text)
            j->error = e;
        close_outputs(j, 0);
        return -1;
    }
    if (*m.warning)
        fprintf(stderr, "pleth measure: %s: %s\n", j->input, m.warning);
    if (j->json)
        report_json_summary(j->out.file, &m.summary, j->guess);
    else
        report_text_summary(j->out.file, name_of(j->input), &m, &j->measure, j->guess);
    /* a plot that fails costs no reading */
    status = close_outputs(j, 1);
    if (!status && j->plot)
        status = plot_measurement(j->plot, name_of(j->input), &m, &j->measure, &j->error);
    measurement_free(&m);
    return status;
}

int verb_measure(int argc, char **argv)
{
    enum { JSON = 1, GUESS, OUT, PLOT, WAVEFORM, ANNOTATE };
    static const struct option options[] = {
        MEASURE_OPTIONS,
        {"json", no_argument, NULL, JSON},
        {"oxygen-curve", required_argument, NULL, MEASURE_OXYGEN_CURVE},
        {"best-guess", no_argument, NULL, GUESS},
        {"out", required_argument, NULL, OUT},
        {"plot", required_argument, NULL, PLOT},
        {"waveform", required_argument, NULL, WAVEFORM},
        {"annotate", required_argument, NULL, ANNOTATE},
        {"help", no_argument, NULL, PARSE_HELP},
        {NULL, 0, NULL, 0}};
    struct job *j = calloc(1, sizeof *j);
    struct plethio_error *e;
    int code, taken, status = -1;

    if (!j)
        return TOOL_FAILED;
    e = &j->error;
    j->out_path = "-";
    if (measure_options_init(&j->measure, e)) {
        tool_fail("measure", e);
        status = TOOL_USAGE;
        goto done;
    }
    while ((code = parse_option("measure", argc, argv, options, NULL)) != -1) {
        taken = measure_option(&j->measure, code, optarg, e);
        if (taken < 0) {
            status = parse_fail("measure", "%s", e->text);
            goto done;
        }
        if (taken)
            continue;
        switch (code) {
        case JSON:
            j->json = 1;
            break;
        case GUESS:
            j->guess = 1;
            break;
        case OUT:
            j->out_path = optarg;
            break;
        case PLOT:
            j->plot = optarg;
            break;
        case WAVEFORM:
            j->waveform = optarg;
            break;
        case ANNOTATE:
            j->annotate_path = optarg;
            break;
        case PARSE_HELP:
            fputs(usage, stdout);
            status = TOOL_OK;
            goto done;
        default:
            status = TOOL_USAGE;
            goto done;
        }
    }
    if (optind != argc - 1) {
        status = parse_fail("measure", optind == argc ? "no INPUT given" : "more than one INPUT");
        goto done;
    }
    j->input = argv[optind];
    if (measure_options_suit(&j->measure, j->input, e) || check_outputs(j, e)) {
        status = parse_fail("measure", "%s", e->text);
        goto done;
    }
    j->lines = strcmp(j->out_path, "-") != 0 || !isatty(STDOUT_FILENO);
    j->measure.keep_wave = j->plot != NULL;
    j->measure.forget = j->plot == NULL;
    j->measure.video.stop = &tool_stop;
    tool_catch_signals();
    status = measure(j) ? tool_fail("measure", e) : TOOL_OK;
done:
    measure_options_free(&j->measure);
    free(j);
    return status;
}
