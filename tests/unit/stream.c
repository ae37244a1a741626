/* The library as its users see it, through pleth.h alone: pictures in, readings out. */
#include "test.h"

#include <limits.h>
#include <string.h>

#include "pleth/pleth.h"
#include "synth.h"

#define TAU 6.283185307179586
#define SECOND 1000000000LL
#define MOST 200 /* readings of a run */

static uint64_t noise_state = 88172645463325252u;

static uint32_t bits(void)
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    noise_state ^= noise_state << 17;
    return (uint32_t)(noise_state >> 32);
}

static double uniform(void)
{
    return bits() / 4294967296.0;
}

/* ---- streams and what they must never do -------------------------------------------------- */

static pleth_stream *open_stream(const pleth_config *config)
{
    static void *memory;
    pleth_stream *stream = NULL;
    free(memory);
    memory = aligned_alloc(64, (pleth_size(config) + 63) / 64 * 64);
    CHECK(pleth_init(&stream, memory, pleth_size(config), config) == PLETH_OK && stream);
    return stream;
}

static pleth_config region(int roi)
{
    pleth_config config;
    pleth_config_default(&config);
    config.roi = roi;
    return config;
}

static void check_vital(const pleth_vital *v, const pleth_reading *r, double least, double most)
{
    CHECK(isfinite(v->value) && isfinite(v->sd) && v->sd >= 0);
    CHECK((double)v->value >= least && (double)v->value <= most);
    CHECK(v->quality >= 0 && v->quality <= 1);
    CHECK(v->have == 0 || v->have == 1);
    CHECK(v->have ? v->quality >= 0.7f && v->reasons == 0 : v->reasons != 0);
    CHECK(v->reasons >> PLETH_REASON_COUNT == 0);
    CHECK(isfinite(v->window_start_s) && isfinite(v->window_end_s));
    CHECK(v->window_start_s <= v->window_end_s);
    /* a face that is out of view leaves the last window behind, by less than a gap */
    CHECK((double)v->window_end_s < r->time_s + 1e-3 + 1e-6 * fabs(r->time_s));
    CHECK((double)v->window_end_s > r->time_s - 1.5 - 1e-6 * fabs(r->time_s));
    CHECK(v->reserved == 0);
}

static void check_reading(const pleth_reading *r)
{
    check_vital(&r->heart_rate, r, 20, 300);
    check_vital(&r->breathing_rate, r, 3, 60);
    CHECK(isfinite(r->time_s) && isfinite(r->rate_hz) && r->rate_hz >= 0);
    CHECK(isfinite(r->face.x) && isfinite(r->face.y));
    CHECK(isfinite(r->face.width) && isfinite(r->face.height));
    for (int c = 0; c < 3; c++)
        CHECK(isfinite(r->skin_rgb[c]) && r->skin_rgb[c] >= 0);
    for (int i = 0; i < (int)(sizeof r->reserved / sizeof *r->reserved); i++)
        CHECK(r->reserved[i] == 0);
}

/* ---- pictures of known pulse -------------------------------------------------------------- */

struct film {
    double per_min, seconds, rate_hz;
    double light_percent; /* change of all light, at the pulse's rate */
    double percent;       /* of green, from peak to peak */
    double jitter;        /* of a frame's time */
    double drop;          /* share of frames that are missing */
    double gap_at_s, gap_s;
    double pause_every_s; /* of 0.6 s */
    double resize_at_s;
    int width, height, rotation, still;
    int margin;   /* of grey wall, pixels */
    double chest; /* breathing: pixels that the texture moves */
    double breaths_per_min;
    int64_t origin_ns;
};

static const struct film usual = {.per_min = 78,
                                  .seconds = 14,
                                  .rate_hz = 30,
                                  .percent = 1,
                                  .width = 64,
                                  .height = 48,
                                  .breaths_per_min = 15};

static uint8_t pixels[3 * 256 * 256];

/* Skin with a texture, in noise of one level, that the pulse darkens. */
static pleth_frame draw(const struct film *f, int width, int height, double t)
{
    static const double skin[3] = {170, 125, 100}, loss[3] = {0.43, 1, 0.69};
    double blood = 0.5 * cos(TAU * f->per_min / 60 * t), level[3];
    double shift = f->chest * sin(TAU * f->breaths_per_min / 60 * t);
    double lamp = 1 + 0.005 * f->light_percent * sin(TAU * f->per_min / 60 * t);
    for (int c = 0; c < 3; c++)
        level[c] = skin[c] * (1 - 0.01 * f->percent * loss[c] * blood);
    for (int y = 0; y < height; y++) {
        double row = 1 + 0.15 * sin(0.2 * (y - shift));
        for (int x = 0; x < width; x++) {
            double texture = row + 0.1 * sin(0.3 * x + 0.1 * y);
            int wall = x < f->margin || x >= width - f->margin;
            for (int c = 0; c < 3; c++)
                pixels[3 * (y * width + x) + c] =
                    (uint8_t)((wall ? 90 : level[c]) * texture * lamp +
                              (f->still ? 0.5 : 2 * uniform()));
        }
    }
    return (pleth_frame){.time_ns = f->origin_ns + llround(t * 1e9),
                         .format = PLETH_RGB24,
                         .width = width,
                         .height = height,
                         .rotation = f->rotation,
                         .plane = {pixels},
                         .stride = {3 * width}};
}

static pleth_reading readings[MOST];
static int count;

static void pull_all(pleth_stream *s)
{
    pleth_reading r;
    int status;
    while ((status = pleth_pull(s, &r)) == PLETH_OK) {
        check_reading(&r);
        if (count < MOST)
            readings[count++] = r;
    }
    CHECK(status == PLETH_AGAIN);
}

/* Plays a film to a stream; all readings are in readings[count] afterwards. */
static void play(pleth_stream *s, const struct film *f)
{
    count = 0;
    for (int i = 0; i < (int)(f->seconds * f->rate_hz); i++) {
        double t = (i + (i ? f->jitter * (uniform() - 0.5) : 0)) / f->rate_hz;
        int small = f->resize_at_s > 0 && t > f->resize_at_s;
        if (i && uniform() < f->drop)
            continue;
        if (f->gap_s > 0 && t > f->gap_at_s && t < f->gap_at_s + f->gap_s)
            continue;
        if (f->pause_every_s > 0 && fmod(t, f->pause_every_s) > f->pause_every_s - 0.6)
            continue;
        pleth_frame frame = draw(f, small ? f->width / 2 : f->width, f->height, t);
        CHECK(pleth_push_frame(s, &frame) == PLETH_OK);
        pull_all(s);
    }
}

static const pleth_reading *last(void)
{
    return &readings[count - 1];
}

/* Share of readings from from_s on that give the pulse, all of them rightly. */
static double answered(double from_s, double truth, double tolerance)
{
    int n = 0, have = 0;
    for (int i = 0; i < count; i++)
        if (readings[i].time_s >= from_s) {
            n++;
            if (readings[i].heart_rate.have) {
                have++;
                CHECK_NEAR((double)readings[i].heart_rate.value, truth, tolerance);
            }
        }
    return n ? (double)have / n : 0;
}

/* ---- what it is for ----------------------------------------------------------------------- */

/* The loop of pleth.h, over rates and methods, whole frame and box. */
static void test_pulse(void)
{
    for (int method = 0; method < PLETH_METHOD_COUNT; method++) {
        struct film f = usual;
        pleth_config config = region(method % 2 ? PLETH_ROI_ALL : PLETH_ROI_BOX);
        config.box = (pleth_box){8, 0, 48, 48};
        f.margin = method % 2 ? 0 : 8;
        config.method = method;
        f.per_min = 50 + 23 * method;
        f.origin_ns = method * INT64_C(1234567890123456);
        play(open_stream(&config), &f);
        CHECK(count == 13);
        CHECK(answered(8, f.per_min, 1) == 1);
        for (int i = 0; i < count; i++) {
            const pleth_reading *r = &readings[i];
            CHECK_NEAR(r->time_s, i + 1, 0.05);
            CHECK(r->time_ns == f.origin_ns + llround(r->time_s * 1e9));
            CHECK_NEAR((double)r->rate_hz, 30, 0.5);
            CHECK_NEAR((double)r->skin_rgb[1], 128, 5);
            CHECK(r->time_s > 4.9 ||
                  (!r->heart_rate.have && r->heart_rate.reasons & PLETH_WARMING_UP));
            CHECK(r->heart_rate.window_start_s > -0.05f);
            CHECK(r->heart_rate.window_end_s - r->heart_rate.window_start_s < 10.1f);
        }
        CHECK(last()->face.width == (method % 2 ? 64 : 48));
        CHECK(last()->heart_rate.sd < 5);
    }
}

/* Twice the readings say the same. */
static void test_every(void)
{
    static const float every[] = {0.1f, 0.5f, 1, 2.5f};
    for (int i = 0; i < 4; i++) {
        pleth_config config = region(PLETH_ROI_ALL);
        config.every_s = every[i];
        struct film f = usual;
        f.seconds = 12.1;
        play(open_stream(&config), &f);
        CHECK(abs(count - (int)(12.05 / (double)every[i])) <= 1);
        CHECK(answered(8, f.per_min, 1) == 1);
    }
}

/* Frames as cameras give them: jitter of a third, a tenth missing; slow and fast ones. */
static void test_frames(void)
{
    static const double rates[] = {15, 20, 24.5, 29.97, 60, 120};
    for (int i = 0; i < 6; i++) {
        struct film f = usual;
        pleth_config config = region(PLETH_ROI_ALL);
        config.rate_max = 180;
        f.rate_hz = rates[i];
        f.width = f.height = 40;
        f.jitter = 0.6;
        f.drop = 0.1;
        play(open_stream(&config), &f);
        CHECK(answered(9, f.per_min, 1.5) == 1);
        CHECK_NEAR((double)last()->rate_hz, 0.9 * rates[i], 0.15 * rates[i]);
    }
    /* five frames a second can not carry 220 a minute */
    struct film f = usual;
    pleth_config config = region(PLETH_ROI_ALL);
    f.rate_hz = 5;
    play(open_stream(&config), &f);
    CHECK(answered(0, f.per_min, 1) == 0);
    CHECK(last()->heart_rate.reasons & PLETH_LOW_RATE);
}

/* Three seconds without frames: no reading speaks of them, a reason says why, and it comes back.
 * Half a second is bridged. */
static void test_gap(void)
{
    struct film f = usual;
    pleth_config config = region(PLETH_ROI_ALL);
    f.seconds = 26;
    f.gap_at_s = 10;
    f.gap_s = 3;
    play(open_stream(&config), &f);
    int told = 0;
    for (int i = 0; i < count; i++) {
        const pleth_vital *v = &readings[i].heart_rate;
        CHECK(readings[i].time_s < 10.1 || readings[i].time_s > 12.9);
        if (readings[i].time_s > 12.9 && readings[i].time_s < 17.5) {
            CHECK(!v->have && v->quality == 0);
            told += (v->reasons & (PLETH_GAP | PLETH_WARMING_UP)) != 0;
        }
    }
    CHECK(told >= 4);
    CHECK(answered(21, f.per_min, 1) == 1);

    f.gap_s = 0.5;
    f.seconds = 20;
    play(open_stream(&config), &f);
    CHECK(answered(18, f.per_min, 1) == 1);

    /* more than is missing now and then */
    f = usual;
    f.pause_every_s = 2;
    play(open_stream(&config), &f);
    CHECK(answered(0, 0, 0) == 0 && last()->heart_rate.reasons & PLETH_GAP);
}

/* Another size, or turned pictures. */
static void test_size(void)
{
    struct film f = usual;
    pleth_config config = region(PLETH_ROI_ALL);
    f.seconds = 24;
    f.resize_at_s = 10;
    play(open_stream(&config), &f);
    for (int i = 0; i < count; i++)
        if (readings[i].time_s > 10.5 && readings[i].time_s < 14.5)
            CHECK(!readings[i].heart_rate.have);
    CHECK(answered(19, f.per_min, 1) == 1);
    CHECK(last()->face.width == 32);
    for (int rotation = 0; rotation < 360; rotation += 90) {
        f = usual;
        f.rotation = rotation;
        f.seconds = 10;
        play(open_stream(&config), &f);
        CHECK(answered(9, f.per_min, 1) == 1);
        CHECK(last()->face.width == (rotation % 180 ? 48 : 64));
    }
}

/* The picture's texture moves with the breath; the pulse is there besides. */
static void test_breathing(void)
{
    struct film f = usual;
    pleth_config config = region(PLETH_ROI_ALL);
    f.seconds = 34;
    f.chest = 0.5;
    f.breaths_per_min = 17;
    play(open_stream(&config), &f);
    CHECK_NEAR((double)last()->breathing_rate.value, 17, 1.5);
    CHECK(answered(10, f.per_min, 1.5) > 0.9);
    CHECK(!readings[5].breathing_rate.have);
}

/* A photograph, in noise or without: no number, by no method. */
static void test_photograph(void)
{
    for (int method = 0; method < PLETH_METHOD_COUNT; method++)
        for (int still = 0; still < 2; still++) {
            struct film f = usual;
            pleth_config config = region(PLETH_ROI_ALL);
            config.method = method;
            f.percent = 0;
            f.still = still;
            play(open_stream(&config), &f);
            CHECK(answered(0, 0, 0) == 0);
            for (int i = 0; i < count; i++) {
                CHECK(readings[i].heart_rate.quality < 0.5f);
                CHECK(readings[i].breathing_rate.have == 0);
            }
            CHECK(last()->heart_rate.reasons & PLETH_NO_PULSE);
        }
}

/* What has a pulse's rhythm and is none: traces of it far below a sensor's levels, and light that
 * changes on the wall as well. */
static void test_rhythms(void)
{
    struct film f = usual;
    pleth_config config = region(PLETH_ROI_ALL);
    f.percent = 0.01;
    f.still = 1;
    play(open_stream(&config), &f);
    CHECK(answered(0, 0, 0) == 0 && last()->heart_rate.reasons & PLETH_NO_PULSE);

    f = usual;
    f.percent = 0;
    f.light_percent = 1;
    f.margin = 8;
    config = region(PLETH_ROI_BOX);
    config.box = (pleth_box){8, 0, 48, 48};
    config.method = PLETH_METHOD_GREEN;
    play(open_stream(&config), &f);
    CHECK(answered(0, 0, 0) == 0 && last()->heart_rate.reasons & PLETH_LIGHT_CHANGES);
}

/* A photograph of a face, held in a hand that bobs like a pulse. */
static void test_bobbing(void)
{
    enum { WIDTH = 192, HEIGHT = 144 };
    struct plethio_synth p;
    struct plethio_error e = {""};
    struct plethio_scene *scene = NULL;
    struct plethio_truth truth;
    static uint8_t photograph[3 * WIDTH * HEIGHT];
    double t;
    pleth_config config = region(PLETH_ROI_FACE);
    config.method = PLETH_METHOD_GREEN;
    pleth_stream *s = open_stream(&config);
    plethio_synth_default(&p);
    p.seed = 3;
    p.width = WIDTH;
    p.height = HEIGHT;
    CHECK(plethio_scene_open(&scene, &p, &e) == 0);
    plethio_scene_frame(scene, 0, photograph, &t, &truth);
    plethio_scene_close(&scene);
    count = 0;
    for (int i = 0; i < 420; i++) {
        double shift = 8 + 3 * sin(TAU * 80 / 60 * i / 30);
        int whole = (int)shift;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < 3 * WIDTH; x++) {
                int above = y - whole - 1 > 0 ? y - whole - 1 : 0;
                int here = y - whole > 0 ? y - whole : 0;
                double a = photograph[above * 3 * WIDTH + x], b = photograph[here * 3 * WIDTH + x];
                pixels[y * 3 * WIDTH + x] = (uint8_t)(b + (shift - whole) * (a - b) + uniform());
            }
        pleth_frame f = {.time_ns = i * SECOND / 30,
                         .format = PLETH_RGB24,
                         .width = WIDTH,
                         .height = HEIGHT,
                         .plane = {pixels},
                         .stride = {3 * WIDTH}};
        CHECK(pleth_push_frame(s, &f) == PLETH_OK);
        pull_all(s);
    }
    CHECK(answered(0, 0, 0) == 0);
    CHECK(last()->heart_rate.reasons & PLETH_MOTION);
}

/* A picture without a face says so. */
static void test_no_face(void)
{
    pleth_config config = region(PLETH_ROI_FACE);
    static uint8_t grey[64 * 48];
    pleth_stream *s = open_stream(&config);
    count = 0;
    for (int i = 0; i < 200; i++) {
        pleth_frame f = {.time_ns = i * SECOND / 30,
                         .format = PLETH_GRAY8,
                         .width = 64,
                         .height = 48,
                         .plane = {grey},
                         .stride = {64}};
        for (int k = 0; k < 64 * 48; k++)
            grey[k] = (uint8_t)(100 + bits() % 20);
        CHECK(pleth_push_frame(s, &f) == PLETH_OK);
        pull_all(s);
    }
    CHECK(count == 6);
    for (int i = 0; i < count; i++) {
        CHECK(readings[i].heart_rate.reasons & PLETH_NO_FACE);
        CHECK(readings[i].face.width == 0 && readings[i].face.height == 0);
    }
}

/* A synthetic head: the pulse of its truth, the box around it; then it leaves. */
static void test_face(void)
{
    struct plethio_synth p;
    struct plethio_error e = {""};
    struct plethio_scene *scene = NULL;
    struct plethio_truth truth;
    static uint8_t wall[3];
    double t = 0, beats = 0;
    pleth_config config = region(PLETH_ROI_FACE);
    pleth_stream *s = open_stream(&config);
    int n = 12 * 30;
    plethio_synth_default(&p);
    p.seed = 3;
    p.width = 192;
    p.height = 144;
    p.duration_s = 12;
    CHECK(plethio_scene_open(&scene, &p, &e) == 0);
    count = 0;
    for (int i = 0; i < n; i++) {
        plethio_scene_frame(scene, i, pixels, &t, &truth);
        beats += truth.heart_rate / n;
        pleth_frame f = {.time_ns = llround(t * 1e9),
                         .format = PLETH_RGB24,
                         .width = 192,
                         .height = 144,
                         .plane = {pixels},
                         .stride = {3 * 192}};
        CHECK(pleth_push_frame(s, &f) == PLETH_OK);
        pull_all(s);
    }
    plethio_scene_close(&scene);
    CHECK(answered(9, beats, 3) == 1);
    CHECK_NEAR((double)(last()->face.x + 0.5f * last()->face.width), 96, 20);
    CHECK(last()->face.width > 25 && last()->face.width < 120);
    CHECK(last()->skin_rgb[0] > last()->skin_rgb[2]);
    /* the wall alone */
    memcpy(wall, pixels, 3);
    for (int i = 0; i < 192 * 144; i++)
        memcpy(pixels + 3 * i, wall, 3);
    for (int i = n; i < n + 90; i++) {
        pleth_frame f = {.time_ns = i * SECOND / 30,
                         .format = PLETH_RGB24,
                         .width = 192,
                         .height = 144,
                         .plane = {pixels},
                         .stride = {3 * 192}};
        CHECK(pleth_push_frame(s, &f) == PLETH_OK);
        pull_all(s);
    }
    CHECK(!last()->heart_rate.have && last()->heart_rate.reasons & PLETH_FACE_LOST);
    CHECK(last()->face.width == 0);
}

/* ---- colours, waves ----------------------------------------------------------------------- */

static int push_colour(pleth_stream *s, double t, double per_min, double scale)
{
    double blood = 0.5 * cos(TAU * per_min / 60 * t);
    float rgb[3] = {(float)(scale * (170 * (1 - 0.0043 * blood) + 0.1 * uniform())),
                    (float)(scale * (125 * (1 - 0.01 * blood) + 0.1 * uniform())),
                    (float)(scale * (100 * (1 - 0.0069 * blood) + 0.1 * uniform()))};
    return pleth_push_rgb(s, llround(t * 1e9), rgb);
}

/* Colours in any unit take the same way; the wave that comes out is the pulse at its time. */
static void test_colours(void)
{
    static const double scales[] = {1, 1.0 / 255, 1e-6, 1e6};
    for (int k = 0; k < 4; k++) {
        pleth_config config = region(PLETH_ROI_FACE);
        pleth_stream *s = open_stream(&config);
        static pleth_wave wave[600];
        int n = 0, got;
        double xy = 0, xx = 0, yy = 0;
        count = 0;
        for (int i = 0; i < 420; i++) {
            CHECK(push_colour(s, i / 30.0, 66, scales[k]) == PLETH_OK);
            pull_all(s);
            /* singly and in blocks */
            got = pleth_pull_wave(s, wave + n, i % 2 ? 600 - n : 1);
            CHECK(got >= 0);
            n += got;
        }
        CHECK(answered(8, 66, 1) == 1);
        CHECK(n > 420 - 5 * 30 && n <= 420 - 2 * 30);
        CHECK(pleth_flush(s) == PLETH_OK);
        pull_all(s);
        n += pleth_pull_wave(s, wave + n, 600 - n);
        CHECK(pleth_pull_wave(s, wave + n, 600 - n) == 0);
        CHECK(n >= 415 && n <= 421);
        for (int i = 0; i < n; i++) {
            double truth = cos(TAU * 66 / 60 * (double)wave[i].time_ns * 1e-9);
            CHECK(llabs(wave[i].time_ns - wave[0].time_ns - i * SECOND / 30) <= 1);
            CHECK(isfinite(wave[i].pulse) && isfinite(wave[i].breathing));
            if (i < 30 || i > 360)
                continue;
            xy += (double)wave[i].pulse * truth;
            xx += (double)wave[i].pulse * (double)wave[i].pulse;
            yy += truth * truth;
        }
        CHECK(xy / sqrt(xx * yy) > 0.95);
    }
    /* what is no colour */
    pleth_config config = region(PLETH_ROI_ALL);
    pleth_stream *s = open_stream(&config);
    static const float bad[] = {0, -1, NAN, INFINITY, 1e31f};
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 5; i++) {
            float rgb[3] = {10, 10, 10};
            rgb[c] = bad[i];
            CHECK(pleth_push_rgb(s, 5, rgb) == PLETH_EINVAL && *pleth_errmsg(s));
        }
    float rgb[3] = {10, 10, 10};
    CHECK(pleth_push_rgb(s, 5, rgb) == PLETH_OK);
    CHECK(pleth_push_rgb(s, 6, NULL) == PLETH_EINVAL &&
          pleth_push_rgb(NULL, 6, rgb) == PLETH_EINVAL);
}

/* Nobody pulls: the newest eight readings stay, oldest first; sixteen seconds of wave. */
static void test_rings(void)
{
    pleth_config config = region(PLETH_ROI_ALL);
    pleth_stream *s = open_stream(&config);
    static pleth_wave wave[2000];
    for (int i = 0; i <= 30 * 30; i++)
        push_colour(s, i / 30.0, 90, 1);
    count = 0;
    pull_all(s);
    CHECK(count == 8);
    for (int i = 0; i < count; i++)
        CHECK_NEAR(readings[i].time_s, 23 + i, 1e-6);
    int n = pleth_pull_wave(s, wave, 2000);
    CHECK(n == 16 * PLETH_WAVE_HZ);
    CHECK_NEAR((double)wave[n - 1].time_ns * 1e-9, 27, 0.1);
}

/* ---- calls in any order -------------------------------------------------------------------- */

static void test_order(void)
{
    pleth_config config = region(PLETH_ROI_ALL);
    pleth_stream *s = open_stream(&config);
    pleth_frame frame = draw(&usual, 64, 48, 0);
    pleth_reading r;
    pleth_wave wave[4];
    CHECK(pleth_pull(s, &r) == PLETH_AGAIN && pleth_pull_wave(s, wave, 4) == 0);
    CHECK(!strcmp(pleth_errmsg(s), "") && pleth_errmsg(NULL) != NULL);
    CHECK(pleth_pull(s, NULL) == PLETH_EINVAL && pleth_pull(NULL, &r) == PLETH_EINVAL);
    CHECK(pleth_pull_wave(s, NULL, 4) == PLETH_EINVAL &&
          pleth_pull_wave(NULL, wave, 4) == PLETH_EINVAL);
    CHECK(pleth_pull_wave(s, wave, -1) == PLETH_EINVAL && pleth_pull_wave(s, wave, 0) == 0);
    CHECK(pleth_push_frame(NULL, &frame) == PLETH_EINVAL &&
          pleth_push_frame(s, NULL) == PLETH_EINVAL);
    CHECK(pleth_flush(NULL) == PLETH_EINVAL);
    /* a flush of nothing gives nothing, and ends the input all the same */
    CHECK(pleth_flush(s) == PLETH_OK && pleth_flush(s) == PLETH_OK);
    CHECK(pleth_pull(s, &r) == PLETH_AGAIN);
    CHECK(pleth_push_frame(s, &frame) == PLETH_EINVAL && *pleth_errmsg(s));

    /* a short recording: one last reading says that it was too short; once */
    s = open_stream(&config);
    for (int i = 0; i < 60; i++) {
        frame = draw(&usual, 64, 48, i / 30.0);
        CHECK(pleth_push_frame(s, &frame) == PLETH_OK);
    }
    count = 0;
    CHECK(pleth_flush(s) == PLETH_OK && pleth_flush(s) == PLETH_OK);
    pull_all(s);
    CHECK(count == 2);
    CHECK(last()->heart_rate.reasons == PLETH_TOO_SHORT);
    CHECK(last()->breathing_rate.reasons & PLETH_TOO_SHORT);
    CHECK(readings[0].heart_rate.reasons & PLETH_WARMING_UP);

    /* frames or colours */
    float rgb[3] = {1, 2, 3};
    s = open_stream(&config);
    frame = draw(&usual, 64, 48, 0);
    CHECK(pleth_push_frame(s, &frame) == PLETH_OK);
    CHECK(pleth_push_rgb(s, SECOND, rgb) == PLETH_EINVAL && *pleth_errmsg(s));
    s = open_stream(&config);
    CHECK(pleth_push_rgb(s, -SECOND, rgb) == PLETH_OK);
    CHECK(pleth_push_frame(s, &frame) == PLETH_EINVAL && *pleth_errmsg(s));
    CHECK(pleth_flush(s) == PLETH_OK && pleth_push_rgb(s, 0, rgb) == PLETH_EINVAL);
}

/* Frames that are none change nothing: the readings after them are those without them. */
static void test_bad_frames(void)
{
    pleth_config config = region(PLETH_ROI_ALL);
    static pleth_reading want[MOST];
    static const struct film f = {
        .per_min = 78, .rate_hz = 30, .percent = 1, .still = 1, .width = 64, .height = 48};
    for (int hostile = 0; hostile < 2; hostile++) {
        pleth_stream *s = open_stream(&config);
        count = 0;
        for (int i = 0; i < 240; i++) {
            pleth_frame frame = draw(&f, 64, 48, i / 30.0), bad = frame;
            CHECK(pleth_push_frame(s, &frame) == PLETH_OK);
            if (hostile) {
                int status;
                bad.time_ns += 1000;
                switch (i % 8) {
                case 0:
                    bad.width = 0;
                    break;
                case 1:
                    bad.height = 1 << 20;
                    break;
                case 2:
                    bad.plane[0] = NULL;
                    break;
                case 3:
                    bad.stride[0] = 3 * 64 - 1;
                    break;
                case 4:
                    bad.format = 77;
                    break;
                case 5:
                    bad.rotation = 91;
                    break;
                case 6:
                    bad.time_ns = frame.time_ns;
                    break;
                default:
                    bad.time_ns = INT64_MAX;
                    break;
                }
                status = pleth_push_frame(s, &bad);
                CHECK(status == (i % 8 < 4   ? PLETH_EFRAME
                                 : i % 8 < 6 ? PLETH_EINVAL
                                             : PLETH_ETIME));
                CHECK(*pleth_errmsg(s));
            }
            pull_all(s);
        }
        if (!hostile)
            memcpy(want, readings, sizeof(want));
        else
            CHECK(memcmp(want, readings, sizeof(want[0]) * (size_t)count) == 0);
        CHECK(count == 7);
    }
}

/* A clock that stumbles is ignored; one that stays back is the new one. */
static void test_clock(void)
{
    pleth_config config = region(PLETH_ROI_ALL);
    pleth_stream *s = open_stream(&config);
    count = 0;
    int i = 0;
    for (; i < 300; i++)
        CHECK(push_colour(s, 1000 + i / 30.0, 78, 1) == PLETH_OK);
    CHECK(push_colour(s, 1000 + 299 / 30.0, 78, 1) == PLETH_ETIME);
    CHECK(push_colour(s, 900, 78, 1) == PLETH_ETIME);
    CHECK(push_colour(s, 1000 + i / 30.0, 78, 1) == PLETH_OK);
    pull_all(s);
    for (int k = 0; k < 40; k++)
        CHECK(push_colour(s, 5 + k / 30.0, 78, 1) == (k > 15 ? PLETH_OK : PLETH_ETIME));
    count = 0;
    for (int k = 40; k < 360; k++) {
        CHECK(push_colour(s, 5 + k / 30.0, 78, 1) == PLETH_OK);
        pull_all(s);
    }
    CHECK(readings[0].time_s < 2 && !readings[0].heart_rate.have);
    CHECK(answered(8, 78, 1) == 1);
    CHECK(last()->time_s > 10 && last()->time_s < 12);
    /* beyond what nanoseconds can be told apart in */
    CHECK(push_colour(s, 9e9, 78, 1) == PLETH_ETIME);
    /* half a century later */
    CHECK(push_colour(s, 1.6e9, 78, 1) == PLETH_OK);
    pull_all(s);
}

/* A film that is played again and again on its own clock: each time is a beginning like the first.
 */
static void test_loops(void)
{
    pleth_config config = region(PLETH_ROI_ALL);
    pleth_stream *s = open_stream(&config);
    int waves[3];
    for (int loop = 0; loop < 3; loop++) {
        pleth_wave wave[64];
        int n;
        count = waves[loop] = 0;
        for (int i = 0; i < 420; i++) {
            pleth_frame frame = draw(&usual, 64, 48, i / 30.0);
            int status = pleth_push_frame(s, &frame);
            CHECK(status == PLETH_OK || (status == PLETH_ETIME && loop > 0 && i < 20));
            pull_all(s);
            while ((n = pleth_pull_wave(s, wave, 64)) > 0)
                waves[loop] += n;
        }
        CHECK(answered(9, usual.per_min, 1) == 1);
        CHECK(waves[loop] > 250 && abs(waves[loop] - waves[0]) < 40);
    }
}

/* Waves do not hang on how often readings are asked for. */
static void test_seldom(void)
{
    pleth_config config = region(PLETH_ROI_ALL);
    config.every_s = 20;
    pleth_stream *s = open_stream(&config);
    int waves = 0, n;
    count = 0;
    for (int i = 0; i < 1230; i++) {
        pleth_wave wave[64];
        pleth_frame frame = draw(&usual, 32, 24, i / 30.0);
        CHECK(pleth_push_frame(s, &frame) == PLETH_OK);
        pull_all(s);
        while ((n = pleth_pull_wave(s, wave, 64)) > 0)
            waves += n;
    }
    CHECK(count == 2);
    CHECK(answered(0, usual.per_min, 1) == 1);
    CHECK(waves > 1080);
}

/* A box must lie within the picture, upright. */
static void test_box(void)
{
    pleth_config config = region(PLETH_ROI_BOX);
    config.box = (pleth_box){10, 10, 50, 30};
    pleth_stream *s = open_stream(&config);
    pleth_frame frame = draw(&usual, 64, 48, 0);
    CHECK(pleth_push_frame(s, &frame) == PLETH_OK);
    frame = draw(&usual, 64, 48, 0.1);
    frame.rotation = 90;
    CHECK(pleth_push_frame(s, &frame) == PLETH_EINVAL);
    CHECK(strstr(pleth_errmsg(s), "box") != NULL);
    frame.rotation = 180;
    CHECK(pleth_push_frame(s, &frame) == PLETH_OK);
    frame = draw(&usual, 32, 24, 0.2);
    CHECK(pleth_push_frame(s, &frame) == PLETH_EINVAL);
}

/* ---- hostile input ------------------------------------------------------------------------- */

/* Whatever comes in, what comes out is finite. */
static void test_hostile(void)
{
    for (int run = 0; run < 60; run++) {
        pleth_config config = region((int)(bits() % 3));
        config.method = (int)(bits() % PLETH_METHOD_COUNT);
        config.box = (pleth_box){(float)(bits() % 40), 3, 20, 9000};
        config.every_s = run % 3 ? 0.2f : 1;
        pleth_stream *s = open_stream(&config);
        int64_t t = (int64_t)bits() * (bits() % 1000000000u);
        int kind = (int)(bits() % 5), format = (int)(bits() % PLETH_FORMAT_COUNT);
        int width = 1 + (int)(bits() % 40), height = 1 + (int)(bits() % 40), frames = run % 2;
        count = 0;
        int taken = 0;
        for (int i = 0; i < 400; i++) {
            float rgb[3];
            t += kind == 0 ? (int64_t)(bits() % 100000000u) + 1 : SECOND / 30;
            if (bits() % 200 == 0)
                t += (int64_t)(bits() % 8) * SECOND;
            if (kind == 4 && bits() % 100 == 0) {
                t -= (int64_t)(bits() % 8) * SECOND;
                width = 1 + (int)(bits() % 60);
                format = (int)(bits() % PLETH_FORMAT_COUNT);
            }
            for (int k = 0; frames && k < width * height * 4 + 400; k++)
                pixels[k] = (uint8_t)(kind == 1   ? i % 2 * 255
                                      : kind == 2 ? 0
                                      : kind == 3 ? 100 + k % 7 + i % 3
                                                  : (int)(bits() & 255));
            pleth_frame f = {.time_ns = t,
                             .format = format,
                             .width = width,
                             .height = height,
                             .colour = (int)(bits() % 4),
                             .plane = {pixels, pixels, pixels},
                             .stride = {4 * width + 4, 2 * width + 2, width + 1}};
            for (int c = 0; c < 3; c++)
                rgb[c] = kind == 1   ? (i % 2 ? 1e-30f : 1e29f)
                         : kind == 2 ? 1e-38f
                         : kind == 3 ? 5 + (float)(i % 3)
                                     : (float)(uniform() + 1e-9);
            int status = frames ? pleth_push_frame(s, &f) : pleth_push_rgb(s, t, rgb);
            taken += status == PLETH_OK;
            /* a box that the picture has become too small for is refused */
            CHECK(status == PLETH_OK || status == PLETH_ETIME ||
                  (status == PLETH_EINVAL && config.roi == PLETH_ROI_BOX));
            if (bits() % 8 == 0)
                pull_all(s);
        }
        CHECK(pleth_flush(s) == PLETH_OK);
        pull_all(s);
        CHECK(count > 0 || taken == 0);
        pleth_wave wave[700];
        int n = pleth_pull_wave(s, wave, 700);
        CHECK(n >= 0 && n <= 16 * PLETH_WAVE_HZ);
        for (int i = 0; i < n; i++)
            CHECK(isfinite(wave[i].pulse) && isfinite(wave[i].breathing));
    }
}

/* ---- making a stream, names ---------------------------------------------------------------- */

/* A configuration and what must be said of it. */
static void expect(const pleth_config *config, int status)
{
    static _Alignas(64) unsigned char memory[1 << 21];
    pleth_stream *stream = (pleth_stream *)memory;
    CHECK((pleth_size(config) > 0) == (status == PLETH_OK));
    CHECK(pleth_size(config) <= sizeof(memory));
    CHECK(pleth_init(&stream, memory, sizeof(memory), config) == status);
    CHECK((stream != NULL) == (status == PLETH_OK));
}

static void test_config(void)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, -1, 1e30f};
    pleth_config good, c;
    pleth_config_default(&good);
    CHECK(good.version == PLETH_VERSION && good.version == pleth_version());
    CHECK(good.method == PLETH_METHOD_POS && good.roi == PLETH_ROI_FACE);
    CHECK(good.rate_min == 40 && good.rate_max == 220 && good.every_s == 1);
    CHECK(good.cpu_mask == PLETH_CPU_ALL);
    pleth_config_init(NULL, PLETH_VERSION);
    expect(&good, PLETH_OK);
    c = good;
    c.reserved[3] = 1;
    expect(&c, PLETH_EINVAL);
    expect(NULL, PLETH_EINVAL);
    for (int i = 0; i < 5; i++) {
        c = good;
        c.rate_min = bad[i];
        expect(&c, PLETH_EINVAL);
        c = good;
        c.rate_max = bad[i];
        expect(&c, PLETH_EINVAL);
        c = good;
        c.every_s = bad[i];
        expect(&c, PLETH_EINVAL);
        for (int field = 0; field < 4; field++) {
            c = region(PLETH_ROI_BOX);
            c.box = (pleth_box){1, 1, 10, 10};
            expect(&c, PLETH_OK);
            *(field == 0   ? &c.box.x
              : field == 1 ? &c.box.y
              : field == 2 ? &c.box.width
                           : &c.box.height) = bad[i];
            expect(&c, PLETH_EINVAL);
        }
    }
    /* ends of the ranges, and just beyond */
    static const struct {
        float min, max, every;
        int status;
    } ends[] = {{20, 300, 0.1f, PLETH_OK},      {19.9f, 220, 1, PLETH_EINVAL},
                {40, 300.1f, 1, PLETH_EINVAL},  {220, 40, 1, PLETH_EINVAL},
                {40, 220, 0.09f, PLETH_EINVAL}, {40, 220, 60, PLETH_OK},
                {40, 220, 60.1f, PLETH_EINVAL}, {100, 110, 1, PLETH_OK}};
    for (int i = 0; i < (int)(sizeof(ends) / sizeof(ends[0])); i++) {
        c = good;
        c.rate_min = ends[i].min;
        c.rate_max = ends[i].max;
        c.every_s = ends[i].every;
        expect(&c, ends[i].status);
    }
    for (int i = 0; i < 3; i++) {
        c = good;
        c.method = i == 0 ? -1 : i == 1 ? PLETH_METHOD_COUNT : INT_MAX;
        expect(&c, PLETH_EINVAL);
        c = good;
        c.roi = i == 0 ? -1 : i == 1 ? 3 : INT_MIN;
        expect(&c, PLETH_EINVAL);
    }
    c = good;
    c.version = PLETH_VERSION + (1 << 8);
    expect(&c, PLETH_EVERSION);
    c.version = PLETH_VERSION + (1 << 16);
    expect(&c, PLETH_EVERSION);
    c.version = 0;
    expect(&c, PLETH_EVERSION);
    c.version = PLETH_VERSION + 1;
    expect(&c, PLETH_OK);
    /* no box, though one is asked for */
    expect(&(pleth_config){.version = PLETH_VERSION,
                           .roi = PLETH_ROI_BOX,
                           .rate_min = 40,
                           .rate_max = 220,
                           .every_s = 1},
           PLETH_EINVAL);
}

static void test_memory(void)
{
    pleth_config config = region(PLETH_ROI_ALL);
    size_t size = pleth_size(&config);
    unsigned char *memory = aligned_alloc(64, (size + 127) / 64 * 64);
    pleth_stream *s = (pleth_stream *)memory;
    CHECK(pleth_init(NULL, memory, size, &config) == PLETH_EINVAL);
    CHECK(pleth_init(&s, NULL, size, &config) == PLETH_EMEMORY && s == NULL);
    CHECK(pleth_init(&s, memory, size - 1, &config) == PLETH_EMEMORY && s == NULL);
    CHECK(pleth_init(&s, memory, 0, &config) == PLETH_EMEMORY);
    for (int shift = 1; shift < 16; shift++)
        CHECK(pleth_init(&s, memory + shift, size, &config) == PLETH_EMEMORY && s == NULL);
    /* whatever lay there before, and nothing behind it is touched */
    memset(memory, 0xa5, size + 32);
    CHECK(pleth_init(&s, memory + 16, size, &config) == PLETH_OK && s);
    play(s, &usual);
    CHECK(answered(8, usual.per_min, 1) == 1);
    for (int i = 0; i < 16; i++)
        CHECK(memory[i] == 0xa5 && memory[size + 16 + (size_t)i] == 0xa5);
    free(memory);
}

static void test_names(void)
{
    for (int status = PLETH_EVERSION - 3; status < PLETH_AGAIN + 4; status++) {
        CHECK(pleth_strerror(status) && *pleth_strerror(status));
        for (int other = PLETH_EVERSION; other < status && status <= PLETH_AGAIN; other++)
            CHECK(strcmp(pleth_strerror(status), pleth_strerror(other)) != 0);
    }
    CHECK(!strcmp(pleth_strerror(INT_MIN), pleth_strerror(99)));
    static const char *const reasons[] = {
        "no_face",   "face_lost",          "too_dark", "saturated",  "light_changes", "motion",
        "no_pulse",  "low_rate",           "gap",      "warming_up", "too_short",     "unstable",
        "off_wrist", "not_measurable_here"};
    static const char *const methods[] = {"pos", "chrom", "green", "lgi", "pbv", "omit", "ica"};
    for (int bit = 0; bit < PLETH_REASON_COUNT; bit++)
        CHECK(!strcmp(pleth_reason_name(bit), reasons[bit]));
    for (int method = 0; method < PLETH_METHOD_COUNT; method++)
        CHECK(!strcmp(pleth_method_name(method), methods[method]));
    CHECK(!pleth_reason_name(-1) && !pleth_reason_name(PLETH_REASON_COUNT));
    CHECK(!pleth_reason_name(INT_MAX) && !pleth_reason_name(INT_MIN));
    CHECK(!pleth_method_name(-1) && !pleth_method_name(PLETH_METHOD_COUNT));
}

int main(void)
{
    test_pulse();
    test_every();
    test_frames();
    test_gap();
    test_size();
    test_breathing();
    test_photograph();
    test_rhythms();
    test_bobbing();
    test_no_face();
    test_face();
    test_colours();
    test_rings();
    test_order();
    test_bad_frames();
    test_clock();
    test_loops();
    test_seldom();
    test_box();
    test_hostile();
    test_config();
    test_memory();
    test_names();
    return test_done();
}
