/* pleth watch: live, full screen in a terminal.
 *
 * One thread takes frames and measures; this one draws and reads keys, so that a camera that stalls
 * or a pipe that waits does not freeze the screen. */
#define _DEFAULT_SOURCE /* sigaction, clock_nanosleep */

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "parse.h"
#include "reasons.h"
#include "screen.h"
#include "tool.h"

/* seconds of wave that are shown, and time between two pictures of the screen */
#define WAVE_S 8
#define WAVE_SHOWN (WAVE_S * PLETH_WAVE_HZ)
#define REDRAW_MS 66
/* after this long without a frame the screen says so */
#define STALLED_S 2.0

/* What the measuring thread tells the drawing one. */
struct state {
    int have_reading;
    pleth_reading reading;
    /* the newest samples, oldest first */
    float wave[WAVE_SHOWN];
    int waves;
    /* newest frame: seconds of the recording, and by the clock */
    double time_s, clock_s;
    /* known once the source is open */
    struct plethio_video_info info;
    /* nothing more will come; failed: because of `error` */
    int ended, failed;
    struct plethio_error error;
};

struct watch {
    const char *source;
    const struct plethio_video_options *options;
    /* both used by the measuring thread alone, until it has been joined */
    struct plethio_video *video;
    pleth_stream *stream;
    pthread_mutex_t lock;
    struct state state;
};

/* read by FFmpeg's reader, set by a signal that the reading thread gets */
static _Atomic int stop;

static void on_stop(int number)
{
    (void)number;
    stop = 1;
}

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- Measuring -------------------------------------------------------------------------- */

/* files play at their own speed */
static void wait_until(double when_s)
{
    double left;
    while (!stop && (left = when_s - clock_s()) > 0) {
        struct timespec pause = {(time_t)left, (long)(1e9 * (left - floor(left)))};
        nanosleep(&pause, NULL);
    }
}

/* takes from the stream what is new */
static void publish(struct watch *w, double time_s)
{
    struct state *s = &w->state;
    pleth_wave wave[64];
    int n;
    pthread_mutex_lock(&w->lock);
    while (pleth_pull(w->stream, &s->reading) == PLETH_OK)
        s->have_reading = 1;
    while ((n = pleth_pull_wave(w->stream, wave, 64)) > 0) {
        int keep = s->waves < WAVE_SHOWN - n ? s->waves : WAVE_SHOWN - n;
        memmove(s->wave, s->wave + s->waves - keep, (size_t)keep * sizeof *s->wave);
        for (int i = 0; i < n; i++)
            s->wave[keep + i] = wave[i].pulse;
        s->waves = keep + n;
    }
    s->time_s = time_s;
    s->clock_s = clock_s();
    pthread_mutex_unlock(&w->lock);
}

static int measure_frames(struct watch *w, struct plethio_error *e)
{
    struct plethio_video_info info;
    double start_s = 0, first_s = 0, time_s = 0;
    int status, frames = 0;
    pleth_frame frame;

    if (plethio_video_open(&w->video, w->source, w->options, e))
        return -1;
    plethio_video_info(w->video, &info);
    pthread_mutex_lock(&w->lock);
    w->state.info = info;
    pthread_mutex_unlock(&w->lock);

    while (!stop && (status = plethio_video_next(w->video, &frame, e)) != 0) {
        if (status < 0)
            return -1;
        if (frames++ == 0) {
            start_s = clock_s();
            first_s = 1e-9 * (double)frame.time_ns;
        }
        time_s = 1e-9 * (double)frame.time_ns - first_s;
        if (!info.live)
            wait_until(start_s + time_s);
        status = pleth_push_frame(w->stream, &frame);
        if (status < 0 && status != PLETH_ETIME)
            return plethio_fail(e, "%s: %s", w->source, pleth_errmsg(w->stream));
        publish(w, time_s);
    }
    if (!stop) {
        pleth_flush(w->stream);
        publish(w, time_s);
    }
    return 0;
}

static void *measure_thread(void *argument)
{
    struct watch *w = argument;
    struct plethio_error e = {""};
    int failed = measure_frames(w, &e) != 0;
    pthread_mutex_lock(&w->lock);
    /* a read that was ended on purpose is no failure */
    w->state.failed = failed && !stop;
    w->state.error = e;
    w->state.ended = 1;
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- Drawing ---------------------------------------------------------------------------- */

/* What is said where a value would stand. Returns the rows it takes. */
static int draw_reason(struct screen *s, int x, int y, int width, uint32_t reasons)
{
    int bit = tool_reason_first(reasons), rows;
    if (bit < 0)
        return 0;
    rows = screen_paragraph(s, x, y, width, 3, SCREEN_PLAIN, tool_reason_sentence(bit));
    return rows + screen_paragraph(s, x, y + rows, width, 3, SCREEN_DIM, tool_reason_try(bit));
}

/* One vital sign, seven rows from y on. */
static void draw_vital(struct screen *s, int x, int y, int width, const char *name,
                       const char *none, const pleth_vital *v)
{
    char text[64];
    int digits;
    screen_put(s, x, y, SCREEN_BOLD, name);
    if (!v->have) {
        screen_put(s, x, y + 2, SCREEN_BOLD, none);
        draw_reason(s, x, y + 3, width - 2, v->reasons);
        return;
    }
    snprintf(text, sizeof text, "%.0f", (double)v->value);
    digits = screen_digits(s, x, y + 2, 1, SCREEN_BOLD, text);
    if (digits + 20 > width) {
        snprintf(text, sizeof text, "/min %s %.1f", tool_plus_minus(), (double)v->sd);
        screen_put(s, x + 8, y, SCREEN_DIM, text);
        return;
    }
    x += digits + 1;
    screen_put(s, x, y + 2, SCREEN_PLAIN, "/min");
    snprintf(text, sizeof text, "%s %.1f", tool_plus_minus(), (double)v->sd);
    screen_put(s, x, y + 3, SCREEN_PLAIN, text);
    snprintf(text, sizeof text, "quality %.2f", (double)v->quality);
    screen_put(s, x, y + 5, SCREEN_DIM, text);
    screen_bar(s, x, y + 6, 12, v->quality >= 0.8f ? SCREEN_GREEN : SCREEN_YELLOW,
               (double)v->quality);
}

static void draw_top(struct screen *s, const struct watch *w, const struct state *now, int width)
{
    char time[32], facts[160] = "", text[256];
    const char *name;
    int n;
    snprintf(time, sizeof time, "%.0f:%02.0f", floor(now->time_s / 60),
             floor(fmod(now->time_s, 60)));
    if (now->have_reading && now->reading.rate_hz > 0 && width >= 64)
        snprintf(facts, sizeof facts, "%d x %d, %.1f frames/s, ", now->info.width, now->info.height,
                 (double)now->reading.rate_hz);
    n = snprintf(text, sizeof text, "%s%s", facts, time);
    screen_put(s, width - 2 - n, 0, SCREEN_DIM, text);
    n = screen_put(s, 2, 0, SCREEN_BOLD, "pleth");
    /* of a long path, the file's name */
    name = strrchr(w->source, '/');
    name = name && strlen(w->source) > (size_t)width / 3 ? name + 1 : w->source;
    snprintf(text, sizeof text, "%.*s", width / 3, name);
    screen_put(s, 3 + n, 0, SCREEN_PLAIN, text);
}

static void draw_wave(struct screen *s, const struct state *now, int y, int width, int height)
{
    int found = now->have_reading && now->reading.heart_rate.have;
    /* a wave that is not full yet comes in from the right */
    int columns = (width - 4) * now->waves / WAVE_SHOWN;
    char title[64];
    snprintf(title, sizeof title, "Pulse wave, %d seconds", WAVE_S);
    screen_put(s, 2, y, SCREEN_BOLD, title);
    screen_wave(s, width - 2 - columns, y + 1, columns, height - 1,
                found ? SCREEN_CYAN : SCREEN_DIM, now->wave, now->waves);
}

static int draw(struct screen *s, const struct watch *w, const struct state *now)
{
    static const pleth_vital unknown = {.reasons = PLETH_WARMING_UP};
    const pleth_vital *heart = now->have_reading ? &now->reading.heart_rate : &unknown;
    const pleth_vital *breathing = now->have_reading ? &now->reading.breathing_rate : &unknown;
    double silent_s = clock_s() - now->clock_s;
    int width, height, y = 2, side;
    char text[128];

    if (screen_begin(s, &width, &height))
        return -1;
    draw_top(s, w, now, width);
    /* side by side where there is room, else one below the other */
    side = width >= 64;
    draw_vital(s, 2, y, side ? width / 2 - 2 : width - 4, "Pulse", "No pulse", heart);
    if (side)
        draw_vital(s, width / 2, y, width / 2 - 2, "Breathing", "No breathing rate", breathing);
    else if (height >= 24)
        draw_vital(s, 2, y += 8, width - 4, "Breathing", "No breathing rate", breathing);
    y += 8;
    if (height - y >= 5)
        draw_wave(s, now, y, width, height - 2 - y);

    if (now->clock_s <= 0) {
        snprintf(text, sizeof text, "q quits   Waiting for %.80s", w->source);
        screen_put(s, 2, height - 1, SCREEN_DIM, text);
    } else if (silent_s > STALLED_S) {
        snprintf(text, sizeof text, "No frame has come for %.0f seconds.", silent_s);
        screen_put(s, 2, height - 1, SCREEN_YELLOW, text);
    } else if (now->info.camera_locked == 0) {
        screen_put(s, 2, height - 1, SCREEN_DIM,
                   "q quits   This camera's exposure can not be locked.");
    } else {
        screen_put(s, 2, height - 1, SCREEN_DIM, "q quits   Not a medical device.");
    }
    screen_end(s);
    return 0;
}

/* ---- The verb --------------------------------------------------------------------------- */

static void usage(FILE *f)
{
    fputs("usage: pleth watch [OPTIONS] [CAMERA|FILE|-]\n"
          "Measures pulse and breathing live, full screen in a terminal; q quits.\n"
          "Without a camera: /dev/video0. A file plays at its own speed; - is y4m on standard "
          "input.\n\n"
          "  --method NAME      pos (default), chrom, green, lgi, pbv, omit, ica, or a network's "
          "file\n"
          "  --net NAME         that network's name, where its file does not say\n"
          "  --roi x,y,w,h|all  the place of the skin, instead of a face that is looked for\n"
          "  --range A,B        pulse rates that are looked for, per minute (40,220)\n"
          "  --every-s S        seconds between readings (1)\n"
          "  --rate-hz R        frames a second asked of the camera, or of raw frames\n"
          "  --size WxH         size asked of the camera, or of raw frames\n"
          "  --raw PIXELS       raw frames on standard input: rgb24, yuv420p, ...\n"
          "  --help             this text\n",
          f);
}

/* 0: go on. 1: done, *status is the exit status. */
static int parse(int argc, char **argv, struct measure_options *options, const char **source,
                 int *status)
{
    static const struct option known[] = {{"method", required_argument, NULL, MEASURE_METHOD},
                                          {"net", required_argument, NULL, MEASURE_NET},
                                          {"roi", required_argument, NULL, MEASURE_ROI},
                                          {"range", required_argument, NULL, MEASURE_RANGE},
                                          {"every-s", required_argument, NULL, MEASURE_EVERY_S},
                                          {"rate-hz", required_argument, NULL, MEASURE_RATE_HZ},
                                          {"size", required_argument, NULL, MEASURE_SIZE},
                                          {"raw", required_argument, NULL, MEASURE_RAW},
                                          {"help", no_argument, NULL, PARSE_HELP},
                                          {NULL, 0, NULL, 0}};
    struct plethio_error e;
    int code;
    *status = TOOL_USAGE;
    while ((code = parse_option("watch", argc, argv, known, NULL)) != -1) {
        if (code == PARSE_HELP) {
            usage(stdout);
            *status = TOOL_OK;
            return 1;
        }
        if (code == '?')
            return 1;
        if (measure_option(options, code, optarg, &e) != 1) {
            parse_fail("watch", "%s", e.text);
            return 1;
        }
    }
    if (argc - optind > 1) {
        parse_fail("watch", "one camera at a time; %s is one too many", argv[optind + 1]);
        return 1;
    }
    *source = optind < argc ? argv[optind] : "/dev/video0";
    if (measure_options_suit(options, *source, &e)) {
        parse_fail("watch", "%s", e.text);
        return 1;
    }
    return 0;
}

/* draws and waits for keys until the measuring thread ends or a person does */
static int show(struct watch *w, struct screen *s)
{
    struct state now;
    int key = 0;
    do {
        pthread_mutex_lock(&w->lock);
        now = w->state;
        pthread_mutex_unlock(&w->lock);
        if (draw(s, w, &now))
            return -1;
        key = screen_key(s, REDRAW_MS);
    } while (!now.ended && key != 'q' && key != 'Q');
    return 0;
}

/* the signal that interrupts a read which waits may come just before that read: it is repeated */
static void end_thread(struct watch *w, pthread_t thread)
{
    const struct timespec pause = {0, 20 * 1000 * 1000};
    int ended = 0;
    while (!ended) {
        pthread_mutex_lock(&w->lock);
        ended = w->state.ended;
        pthread_mutex_unlock(&w->lock);
        if (!ended) {
            pthread_kill(thread, SIGUSR1);
            nanosleep(&pause, NULL);
        }
    }
    pthread_join(thread, NULL);
}

/* the last reading, in a line that stays */
static void print_last(const struct state *s)
{
    const pleth_vital *v = &s->reading.heart_rate;
    int bit = tool_reason_first(v->reasons);
    if (s->have_reading && v->have)
        printf("Pulse %.1f %s %.1f /min, quality %.2f\n", (double)v->value, tool_plus_minus(),
               (double)v->sd, (double)v->quality);
    else if (s->have_reading && bit >= 0)
        printf("No pulse: %s %s\n", tool_reason_sentence(bit), tool_reason_try(bit));
    v = &s->reading.breathing_rate;
    if (s->have_reading && v->have)
        printf("Breathing %.1f %s %.1f /min, quality %.2f\n", (double)v->value, tool_plus_minus(),
               (double)v->sd, (double)v->quality);
}

int verb_watch(int argc, char **argv)
{
    struct measure_options options;
    struct plethio_error e = {""};
    struct watch *w = NULL;
    struct screen *screen = NULL;
    void *memory = NULL;
    struct sigaction action;
    pthread_t thread;
    const char *source;
    size_t size;
    int status = TOOL_FAILED;

    if (measure_options_init(&options, &e)) {
        tool_fail("watch", &e);
        return TOOL_USAGE;
    }
    if (parse(argc, argv, &options, &source, &status))
        return status;

    status = TOOL_FAILED;
    w = calloc(1, sizeof *w);
    if (measure_options_load(&options, &e) || measure_net_suits(&options, &options.config, &e))
        goto done;
    size = pleth_size(&options.config);
    memory = size ? aligned_alloc(64, (size + 63) / 64 * 64) : NULL;
    if (!w || !memory || pleth_init(&w->stream, memory, size, &options.config)) {
        plethio_fail(&e, "no stream could be made with these options");
        goto done;
    }
    w->source = source;
    options.video.stop = &stop;
    stop = 0;
    w->options = &options.video;
    if (screen_open(&screen, &e))
        goto done;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_stop;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    pthread_mutex_init(&w->lock, NULL);
    if (pthread_create(&thread, NULL, measure_thread, w)) {
        plethio_fail(&e, "no thread could be started");
        goto done;
    }
    if (show(w, screen) == 0)
        status = TOOL_OK;
    else
        plethio_fail(&e, "out of memory");
    screen_close(&screen);
    end_thread(w, thread);
    print_last(&w->state);
    if (w->state.failed) {
        status = TOOL_FAILED;
        e = w->state.error;
    } else if (w->video && plethio_video_warning(w->video)) {
        fprintf(stderr, "pleth watch: %s\n", plethio_video_warning(w->video));
    }
done:
    screen_close(&screen);
    if (status)
        tool_fail("watch", &e);
    if (w && w->video)
        plethio_video_close(&w->video);
    measure_options_free(&options);
    free(memory);
    free(w);
    return status;
}
