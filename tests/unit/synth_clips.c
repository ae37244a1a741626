/* pleth synth on videos: what it puts in can be found again, by other means than pleth's own. */
#define _POSIX_C_SOURCE 200809L

#include "test.h"

#include <string.h>
#include <unistd.h>

#include "inject.h"
#include "signal/spectrum.h"
#include "table.h"
#include "tool.h"
#include "video.h"

#ifdef PLETH_WITH_FFMPEG

#define MOST 700
#define TAU 6.283185307179586

static char folder[] = "/tmp/pleth-synth-XXXXXX";

/* verb_synth with words separated by blanks, @ standing for the folder. */
static int synth(const char *line)
{
    char text[1024], *argv[40], *word;
    int argc = 1, n = 0;
    for (; *line && n < (int)sizeof text - 64; line++)
        n += *line == '@' ? snprintf(text + n, sizeof text - (size_t)n, "%s/", folder)
                          : snprintf(text + n, sizeof text - (size_t)n, "%c", *line);
    argv[0] = "synth";
    for (word = strtok(text, " "); word && argc < 39; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return verb_synth(argc, argv);
}

struct trace {
    int n;
    double time_s[MOST], green[MOST], pulse[MOST], rate[MOST];
};

static void in_folder(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", folder, name);
}

/* Mean green of a box, frame by frame. */
static void read_trace(struct trace *t, const char *path, int x0, int y0, int side)
{
    struct plethio_video *video;
    struct plethio_video_info info;
    struct plethio_error e;
    pleth_frame frame;
    uint8_t *rgb;
    t->n = 0;
    CHECK(plethio_video_open(&video, path, NULL, &e) == 0);
    plethio_video_info(video, &info);
    rgb = malloc(3 * (size_t)info.width * (size_t)info.height);
    while (t->n < MOST && plethio_video_next(video, &frame, &e) == 1) {
        double sum = 0;
        CHECK(plethio_frame_to_rgb(video, &frame, rgb, &e) == 0);
        for (int y = y0; y < y0 + side; y++)
            for (int x = x0; x < x0 + side; x++)
                sum += rgb[3 * (y * info.width + x) + 1];
        t->time_s[t->n] = (double)frame.time_ns * 1e-9;
        t->green[t->n++] = sum / side / side;
    }
    free(rgb);
    plethio_video_close(&video);
}

static void read_truth(struct trace *t, const char *path)
{
    struct plethio_table table;
    struct plethio_error e;
    CHECK(plethio_table_read(&table, path, &e) == 0);
    int pulse = plethio_table_column(&table, "pulse");
    int rate = plethio_table_column(&table, "heart_rate");
    CHECK(table.rows == t->n && pulse >= 0 && rate >= 0);
    for (int i = 0; i < t->n && i < table.rows; i++) {
        t->pulse[i] = table.value[i * table.columns + pulse];
        t->rate[i] = table.value[i * table.columns + rate];
    }
    plethio_table_free(&table);
}

static double mean_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i] / n;
    return sum;
}

static double peak_rate(const struct trace *t)
{
    static double x[MOST];
    double mean = mean_of(t->green, t->n), best = 0, power = 0;
    for (int i = 0; i < t->n; i++)
        x[i] = (t->green[i] - mean) * sin(TAU / 2 * (i + 0.5) / t->n);
    for (double f = 40; f < 220; f += 0.1) {
        double re, im;
        pleth_dtft(x, t->n, f / 60 / 30, &re, &im);
        if (re * re + im * im > power) {
            power = re * re + im * im;
            best = f;
        }
    }
    return best;
}

static struct trace before, after;
static char path[1024];

/* Played K times as fast, the pulse is K times as fast, also over the turns. */
static void test_retime(void)
{
    CHECK(synth("--size 96x72 --duration-s 10 --heart-rate-per-min 55 --rsa-ms 5 --wander-ms 5 "
                "--pulse-percent 3 --motion-strength 0 --breath-depth 0 --head-px 0 "
                "--drift-percent 0 --codec ffv1 "
                "@slow.mkv") == 0);
    in_folder(path, sizeof path, "slow.mkv");
    read_trace(&before, path, 39, 33, 9);
    in_folder(path, sizeof path, "slow.truth.csv");
    read_truth(&before, path);
    CHECK(before.n == 300);
    CHECK_NEAR(peak_rate(&before), mean_of(before.rate, before.n), 1);
    static const char *const factor[3] = {"0.8", "1.5", "2.3"};
    for (int i = 0; i < 3; i++) {
        char line[256];
        double k = strtod(factor[i], NULL);
        snprintf(line, sizeof line, "--retime %s @slow.mkv @fast.mkv", factor[i]);
        CHECK(synth(line) == 0);
        in_folder(path, sizeof path, "fast.mkv");
        read_trace(&after, path, 39, 33, 9);
        in_folder(path, sizeof path, "fast.truth.csv");
        read_truth(&after, path);
        CHECK(after.n == 600);
        CHECK_NEAR(mean_of(after.rate, after.n) / mean_of(before.rate, before.n), k, 0.03 * k);
        CHECK_NEAR(peak_rate(&after), k * mean_of(before.rate, before.n), 0.02 * k * 55);
    }
}

/* The power that was put in stands to the clip's own as was asked for, after decoding. more:
 * further options, which leave that many frames. */
static void test_inject(const char *clip, const char *more, int frames, int x, int y, int side)
{
    static const char *const wish[3] = {"6", "0", "-6"};
    static double own[MOST], put[MOST], work[MOST];
    read_trace(&before, clip, x, y, side);
    CHECK(before.n >= frames);
    before.n = frames;
    for (int i = 0; i < 3; i++) {
        char line[1400];
        double mean = 0, pulse = 0, xy = 0, yy = 0, snr;
        snprintf(line, sizeof line, "--inject %d --snr-db %s --roi %d,%d,%d,%d %s %s @put.mp4",
                 60 + 45 * i, wish[i], x, y, side, side, more, clip);
        CHECK(synth(line) == 0);
        in_folder(path, sizeof path, "put.mp4");
        read_trace(&after, path, x, y, side);
        in_folder(path, sizeof path, "put.truth.csv");
        read_truth(&after, path);
        CHECK(after.n == before.n);
        mean = mean_of(before.green, before.n);
        pulse = mean_of(after.pulse, after.n);
        for (int k = 0; k < after.n; k++) {
            xy += (after.green[k] - before.green[k]) * (after.pulse[k] - pulse);
            yy += (after.pulse[k] - pulse) * (after.pulse[k] - pulse);
        }
        for (int k = 0; k < after.n; k++) {
            own[k] = before.green[k] / mean;
            put[k] = xy / yy * after.pulse[k] / mean;
        }
        CHECK(xy < 0);
        snr = 10 * log10(plethio_band_power(after.time_s, put, after.n, 0.7, 4, work) /
                         plethio_band_power(before.time_s, own, before.n, 0.7, 4, work));
        CHECK_NEAR(snr, strtod(wish[i], NULL), 0.5);
        CHECK_NEAR(mean_of(after.rate, after.n), 60 + 45 * i, 0.01);
    }
}

static void test_frozen(void)
{
    char clip[1024];
    CHECK(
        synth("--frozen --size 160x120 --face-percent 80 --noise-levels 3 --duration-s 6 --seed 33 "
              "--crf 12 @still.mp4") == 0);
    in_folder(clip, sizeof clip, "still.mp4");
    test_inject(clip, "", 180, 55, 30, 50);
    /* looped to last, in skin that is found by itself */
    CHECK(synth("--inject 120 --snr-db 10 --duration-s 9 @still.mp4 @long.mp4") == 0);
    in_folder(path, sizeof path, "long.mp4");
    read_trace(&after, path, 65, 35, 30);
    CHECK(after.n == 270);
    CHECK_NEAR(peak_rate(&after), 120, 0.5);
}

int main(void)
{
    char shared[1024];
    if (!mkdtemp(folder))
        return 1;
    test_retime();
    test_frozen();
    if (test_shared(shared, sizeof shared, "data/video/still_noise.mp4"))
        test_inject(shared, "--duration-s 3", 90, 60, 60, 140);
    for (int i = 0; i < 10; i++) {
        static const char *const names[10] = {"slow.mkv",       "slow.truth.csv",  "fast.mkv",
                                              "fast.truth.csv", "put.mp4",         "put.truth.csv",
                                              "still.mp4",      "still.truth.csv", "long.mp4",
                                              "long.truth.csv"};
        in_folder(path, sizeof path, names[i]);
        unlink(path);
    }
    /* succeeds only if nothing else was left behind */
    CHECK(rmdir(folder) == 0);
    return test_done();
}

#else

int main(void)
{
    test_skip("built without FFmpeg");
}

#endif
