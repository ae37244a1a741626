/* Fits the constants of src/vitals/quality.c on synthetic signals, and says how well they hold on
 * others. Usage: calibrate pulse|breathing [SCENES [METHOD]], calibrate network SCENES
 * MODEL[:NET]..., or calibrate sensor|beats FOLDER... of recordings in the neutral format (beats:
 * breathing of sensors, with marked breaths), or calibrate sensor MODEL.safetensors FOLDER...
 * [MODEL.safetensors FOLDER...]..., where each model sees the folders after it, less the people
 * that it was trained on. Half of the seeds fit, the other half test; none is
 * used by any reported sweep (those start at seed 1000000).
 *
 * A scene is a person under some light, drawn by plethio_synth_draw; three of ten are photographs
 * or have no pulse. For the pulse its colour traces go through the code that a stream runs, for
 * breathing and for networks (all that are given make one fit) its frames go through a stream. A
 * window is right if its value is within 5 (breathing: 3) /min of the mean true rate of the window.
 */
#include "dataset.h"
#include "measure.h"
#include "model.h"
#include "net/weights.h"
#include "seen.h"
#include "stream.h"
#include "synth.h"
#include "vitals/quality.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEATURES PLETH_QUALITY_FEATURES
#define MOST 200000

struct sample {
    float x[FEATURES];
    int right, test, frozen, motion;
    float error, sd;
    double weight;
};

static struct sample *sample;
static int samples;

static double uniform(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double gaussian(uint64_t *state)
{
    double u = uniform(state), v = uniform(state);
    return sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * v);
}

/* Colours that wander together over the whole face, as low light, white balance and strong
 * compression make them: of any colour and speed, not quite alike in the quarters. This is what the
 * synthetic camera lacks, and why quarters that agree are no proof of a pulse. */
struct wander {
    double colour[3], gain[4], a, x;
};

static void begin_wandering(struct wander *w, uint64_t *random, double rate_hz)
{
    double norm = 0;
    double level = exp(log(0.01) + uniform(random) * log(100.0));
    double corner = 0.2 * exp(uniform(random) * log(15.0));
    w->a = exp(-6.283185307179586 * corner / rate_hz);
    w->x = 0;
    for (int c = 0; c < 3; c++) {
        w->colour[c] = gaussian(random);
        norm += w->colour[c] * w->colour[c];
    }
    for (int c = 0; c < 3; c++)
        w->colour[c] *= level / sqrt(norm);
    for (int p = 0; p < 4; p++)
        w->gain[p] = 0.6 + 0.8 * uniform(random);
}

static void step_wandering(struct wander *w, uint64_t *random)
{
    w->x = w->a * w->x + sqrt(1 - w->a * w->a) * gaussian(random);
}

static void add_wandering(uint64_t *random, int n, double rate_hz, float (*rgb)[3],
                          float (*parts)[12])
{
    struct wander w;
    begin_wandering(&w, random, rate_hz);
    for (int i = 0; i < n; i++) {
        step_wandering(&w, random);
        for (int c = 0; c < 3; c++) {
            rgb[i][c] += (float)(w.x * w.colour[c]);
            for (int p = 0; p < 4; p++)
                parts[i][3 * p + c] += (float)(w.gain[p] * w.x * w.colour[c]);
        }
    }
}

enum mode { QUARTERS, WHOLE, COLOURS_BREATHING };

static int method = PLETH_METHOD_POS;

static void run_scene(uint64_t seed, enum mode mode)
{
    static struct pleth_breathing breathing;
    static double wave[PLETH_RATE_SAMPLES], work[PLETH_PULSE_TRACE_WORK(PLETH_RATE_SAMPLES)];
    int with_parts = mode == QUARTERS;
    static struct pleth_rate rate;
    static struct pleth_trace trace;
    struct plethio_synth p;
    struct plethio_error e;
    uint64_t random = seed * 77 + 5;

    plethio_synth_default(&p);
    p.duration_s = mode == COLOURS_BREATHING ? 60 : 40;
    plethio_synth_draw(&p, seed);
    /* worse compression and weaker pulses than people would show on purpose */
    if (uniform(&random) < 0.3)
        p.codec_levels *= 5 * uniform(&random);
    if (uniform(&random) < 0.3)
        p.pulse_percent *= 0.1 + 0.4 * uniform(&random);
    if (mode == COLOURS_BREATHING && uniform(&random) < 0.25)
        p.breath_depth = 0;
    if (uniform(&random) < 0.3)
        p.frozen = uniform(&random) < 0.5, p.pulse_percent = 0;
    /* a stream of frames sees the head bob and forbids a reading; colours alone do not tell */
    if (with_parts && p.motion == PLETHIO_WALKING)
        p.motion = PLETHIO_STILL;
    int n = plethio_synth_frames(&p);
    double *time_s = malloc((size_t)n * sizeof(*time_s));
    float(*rgb)[3] = malloc((size_t)n * sizeof(*rgb));
    float(*parts)[12] = malloc((size_t)n * sizeof(*parts));
    struct plethio_truth *truth = malloc((size_t)n * sizeof(*truth));
    if (plethio_synth_trace(&p, n, time_s, rgb, parts, truth, &e)) {
        fprintf(stderr, "calibrate: %s\n", e.text);
        exit(1);
    }
    for (int k = 0; k < 2; k++)
        if (uniform(&random) < 0.6)
            add_wandering(&random, n, p.rate_hz, rgb, parts);
    pleth_trace_init(&trace, with_parts ? 15 : 3, PLETH_WAVE_HZ);
    pleth_rate_init(&rate, method, 40, 220);
    pleth_breathing_init(&breathing, 0);
    double due = 1;
    for (int i = 0; i < n; i++) {
        double value[PLETH_TRACE_CHANNELS];
        for (int c = 0; c < 3; c++)
            value[c] = (double)rgb[i][c];
        for (int c = 0; c < 12; c++)
            value[3 + c] = (double)parts[i][c];
        pleth_trace_push(&trace, (int64_t)(time_s[i] * 1e9) + 1, value);
        if (time_s[i] < due)
            continue;
        due += 1;
        int window = pleth_rate_window(&trace), count = 0;
        if (!window || samples == MOST)
            continue;
        pleth_pulse_of_trace(method, &trace, window, rate.band.lo_hz, rate.band.hi_hz, wave, work);
        pleth_rate_update(&rate, &trace, wave, with_parts ? 4 : 0, 0, NULL, 0);
        pleth_vital v;
        double mean = 0, seconds = window / (double)PLETH_WAVE_HZ;
        pleth_rate_estimate(&rate, &v);
        if (mode == COLOURS_BREATHING) {
            double pulse_hz = v.quality > 0.7f ? (double)v.value / 60 : 0;
            if (!pleth_breathing_update(&breathing, NULL, &(struct pleth_blood){&trace, -1, -1},
                                        pulse_hz))
                continue;
            pleth_breathing_estimate(&breathing, &v);
            seconds = breathing.n / (double)PLETH_BREATHING_HZ;
        }
        for (int k = i; k >= 0 && time_s[k] > time_s[i] - seconds; k--) {
            mean += mode == COLOURS_BREATHING ? truth[k].breathing_rate : truth[k].heart_rate;
            count++;
        }
        struct sample *s = &sample[samples++];
        memset(s, 0, sizeof(*s));
        if (mode == COLOURS_BREATHING)
            pleth_quality_breathing_features(&breathing.signs, s->x);
        else
            pleth_quality_features(&rate.signs, s->x);
        s->frozen =
            p.frozen || (mode == COLOURS_BREATHING ? p.breath_depth <= 0 : p.pulse_percent <= 0);
        s->error = v.value - (float)(mean / count);
        s->sd = v.sd;
        s->right = !s->frozen && fabsf(s->error) <= (mode == COLOURS_BREATHING ? 3 : 5);
        s->test = seed & 1;
        s->motion = p.motion;
    }
    free(time_s);
    free(rgb);
    free(parts);
    free(truth);
}

static void run_video(uint64_t seed)
{
    struct plethio_synth p;
    struct plethio_error e;
    struct plethio_scene *scene;
    pleth_config config;
    pleth_stream *stream;
    uint64_t random = seed * 131 + 7;

    plethio_synth_default(&p);
    p.duration_s = 45;
    /* small and slow, for the sake of many scenes; motion in proportion */
    p.width = 160;
    p.height = 120;
    p.rate_hz = 15;
    plethio_synth_draw(&p, seed);
    p.chest_px *= 0.7 * uniform(&random);
    p.head_px *= 0.7 * uniform(&random);
    if (uniform(&random) < 0.2)
        p.frozen = 1;
    if (uniform(&random) < 0.2)
        p.breath_depth = p.chest_px = p.head_px = 0;
    pleth_config_default(&config);
    config.every_s = 3;
    void *memory = malloc(pleth_size(&config));
    uint8_t *rgb = malloc((size_t)p.width * (size_t)p.height * 3);
    int n = plethio_synth_frames(&p);
    double *rate = malloc((size_t)n * sizeof(*rate)), *time_s = malloc((size_t)n * sizeof(*time_s));
    if (plethio_scene_open(&scene, &p, &e) ||
        pleth_init(&stream, memory, pleth_size(&config), &config) != PLETH_OK) {
        fprintf(stderr, "calibrate: %s\n", e.text);
        exit(1);
    }
    for (int i = 0; i < n; i++) {
        struct plethio_truth truth;
        pleth_reading reading;
        plethio_scene_frame(scene, i, rgb, &time_s[i], &truth);
        rate[i] = truth.breathing_rate;
        pleth_frame frame = {.time_ns = (int64_t)(time_s[i] * 1e9) + 1,
                             .format = PLETH_RGB24,
                             .width = p.width,
                             .height = p.height,
                             .plane = {rgb},
                             .stride = {3 * p.width}};
        pleth_push_frame(stream, &frame);
        while (pleth_pull(stream, &reading) == PLETH_OK) {
            const pleth_vital *v = &reading.breathing_rate;
            double mean = 0;
            int count = 0;
            if ((v->reasons & PLETH_WARMING_UP) || samples == MOST)
                continue;
            for (int k = i; k >= 0 && time_s[k] > (double)v->window_start_s; k--) {
                mean += rate[k];
                count++;
            }
            struct sample *s = &sample[samples++];
            memset(s, 0, sizeof(*s));
            pleth_quality_breathing_features(&stream->breathing.signs, s->x);
            s->frozen = p.frozen || p.breath_depth <= 0;
            s->error = v->value - (float)(mean / count);
            s->sd = v->sd;
            s->right = !s->frozen && fabsf(s->error) <= 3;
            s->test = seed & 1;
            s->motion = p.motion;
        }
    }
    plethio_scene_close(&scene);
    free(memory);
    free(rgb);
    free(rate);
    free(time_s);
}

/* The same in pictures: skin of each quarter of the picture, rounded by chance, since steps would
 * hide what is less than a level. */
static void paint_wandering(const struct wander *w, int wanders, uint64_t *random,
                            const uint8_t *skin, int width, int height, uint8_t *rgb)
{
    double add[4][3] = {{0}};
    uint32_t dither = (uint32_t)(1e9 * uniform(random));
    for (int i = 0; i < wanders; i++)
        for (int p = 0; p < 4; p++)
            for (int c = 0; c < 3; c++)
                add[p][c] += w[i].x * w[i].colour[c] * w[i].gain[p];
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const double *more = add[(x >= width / 2) + 2 * (y >= height / 2)];
            uint8_t *pixel = rgb + 3 * (y * width + x);
            if (!skin[y * width + x])
                continue;
            for (int c = 0; c < 3; c++) {
                dither = dither * 1664525u + 1013904223u;
                double v = pixel[c] + more[c] + (dither >> 8) * 0x1p-24;
                pixel[c] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
        }
}

static void take_network(const pleth_stream *s, const pleth_reading *reading,
                         const struct plethio_synth *p, int frame, const double *time_s,
                         const double *rate, uint64_t seed)
{
    const pleth_vital *v = &reading->heart_rate;
    double mean = 0;
    int count = 0;
    if (s->camera.rate.n == 0 ||
        (v->reasons & (PLETH_WARMING_UP | PLETH_NO_FACE | PLETH_FACE_LOST)) || samples == MOST)
        return;
    for (int k = frame; k >= 0 && time_s[k] > (double)v->window_start_s; k--) {
        /* a network answers late */
        if (time_s[k] > (double)v->window_end_s)
            continue;
        mean += rate[k];
        count++;
    }
    struct sample *out = &sample[samples++];
    memset(out, 0, sizeof(*out));
    pleth_quality_features(&s->camera.rate.signs, out->x);
    out->frozen = p->frozen || p->pulse_percent <= 0;
    out->error = v->value - (float)(mean / count);
    out->sd = v->sd;
    out->right = !out->frozen && fabsf(out->error) <= 5;
    out->test = seed & 1;
    out->motion = p->motion;
}

/* One scene through one network. */
static void run_network(uint64_t seed, const pleth_net *net)
{
    struct plethio_synth p;
    struct plethio_error e;
    struct plethio_scene *scene;
    struct wander w[2];
    pleth_config config;
    pleth_stream *stream;
    uint64_t random = seed * 131 + 7;
    int wanders = 0;

    plethio_synth_default(&p);
    p.duration_s = 22;
    p.width = 240;
    p.height = 180;
    plethio_synth_draw(&p, seed);
    /* of a face that is so small the mean must not be noisier than of one in a usual picture */
    p.noise_levels = fmax(0.42 * p.noise_levels, 0.4);
    if (uniform(&random) < 0.3)
        p.pulse_percent *= 0.1 + 0.4 * uniform(&random);
    if (uniform(&random) < 0.3)
        p.frozen = uniform(&random) < 0.5, p.pulse_percent = 0;
    if (p.motion == PLETHIO_WALKING)
        p.motion = PLETHIO_STILL;
    for (int k = 0; k < 2; k++)
        if (uniform(&random) < 0.35)
            begin_wandering(&w[wanders++], &random, p.rate_hz);
    pleth_config_default(&config);
    config.net = net;
    size_t size = pleth_size(&config);
    void *memory = malloc(size);
    int n = plethio_synth_frames(&p), pixels = p.width * p.height;
    uint8_t *rgb = malloc(3 * (size_t)pixels), *skin = malloc((size_t)pixels);
    double *rate = malloc((size_t)n * sizeof(*rate)), *time_s = malloc((size_t)n * sizeof(*time_s));
    if (plethio_scene_open(&scene, &p, &e) ||
        pleth_init(&stream, memory, size, &config) != PLETH_OK) {
        fprintf(stderr, "calibrate: %s\n", size ? e.text : "no network of a pulse wave");
        exit(1);
    }
    for (int i = 0; i < n; i++) {
        struct plethio_truth truth;
        pleth_reading reading;
        plethio_scene_frame(scene, i, rgb, &time_s[i], &truth);
        rate[i] = truth.heart_rate;
        plethio_scene_skin(scene, skin);
        for (int k = 0; k < wanders; k++)
            step_wandering(&w[k], &random);
        if (wanders)
            paint_wandering(w, wanders, &random, skin, p.width, p.height, rgb);
        pleth_frame frame = {.time_ns = (int64_t)(time_s[i] * 1e9) + 1,
                             .format = PLETH_RGB24,
                             .width = p.width,
                             .height = p.height,
                             .plane = {rgb},
                             .stride = {3 * p.width}};
        pleth_push_frame(stream, &frame);
        while (pleth_pull(stream, &reading) == PLETH_OK)
            take_network(stream, &reading, &p, i, time_s, rate, seed);
    }
    plethio_scene_close(&scene);
    free(memory);
    free(rgb);
    free(skin);
    free(rate);
    free(time_s);
}

/* Newton's method on the logistic likelihood with a weak ridge. */
static void fit(double *w)
{
    memset(w, 0, FEATURES * sizeof(*w));
    for (int pass = 0; pass < 30; pass++) {
        double a[FEATURES][FEATURES + 1] = {{0}};
        for (int i = 0; i < samples; i++) {
            const struct sample *s = &sample[i];
            double z = 0;
            if (s->test)
                continue;
            for (int c = 0; c < FEATURES; c++)
                z += w[c] * (double)s->x[c];
            double p = 1 / (1 + exp(-z)), g = s->weight * (s->right - p);
            double h = s->weight * p * (1 - p);
            for (int c = 0; c < FEATURES; c++) {
                for (int d = 0; d < FEATURES; d++)
                    a[c][d] += h * (double)s->x[c] * (double)s->x[d];
                a[c][FEATURES] += g * (double)s->x[c];
            }
        }
        for (int c = 0; c < FEATURES; c++) {
            a[c][c] += 1e-2;
            a[c][FEATURES] -= 1e-2 * w[c];
        }
        for (int c = 0; c < FEATURES; c++)
            for (int d = 0; d < FEATURES; d++)
                if (d != c) {
                    double m = a[d][c] / a[c][c];
                    for (int k = c; k <= FEATURES; k++)
                        a[d][k] -= m * a[c][k];
                }
        for (int c = 0; c < FEATURES; c++)
            w[c] += a[c][FEATURES] / a[c][c];
    }
}

static void report(const double *w, const char *name)
{
    int bin[10] = {0}, good[10] = {0}, have = 0, wrong = 0, could = 0, all = 0, frozen = 0,
        lied = 0;
    double z2 = 0, square = 0, brier = 0;
    for (int i = 0; i < samples; i++) {
        const struct sample *s = &sample[i];
        double z = 0;
        if (!s->test)
            continue;
        for (int c = 0; c < FEATURES; c++)
            z += w[c] * (double)s->x[c];
        double p = 1 / (1 + exp(-z));
        int b = (int)(p * 10);
        b = b > 9 ? 9 : b;
        bin[b]++;
        good[b] += s->right;
        all++;
        could += s->right;
        brier += (p - s->right) * (p - s->right);
        frozen += s->frozen;
        if (p >= 0.5) {
            have++;
            wrong += !s->right;
            lied += s->frozen;
            if (s->right) {
                z2 += (double)(s->error * s->error / (s->sd * s->sd));
                square += (double)(s->error * s->error);
            }
        }
    }
    printf(
        "%s: %d windows, %.1f %% right, answered %.1f %%, wrong of those %.2f %%, answered "
        "without a pulse %d of %d, Brier %.4f, rms error of right ones %.2f, rms error/sd %.2f\n",
        name, all, 100.0 * could / all, 100.0 * have / all, 100.0 * wrong / (have ? have : 1), lied,
        frozen, brier / all, sqrt(square / (have - wrong)), sqrt(z2 / (have - wrong)));
    for (int m = 0; m < PLETHIO_MOTIONS; m++) {
        int answered = 0, bad = 0, count = 0, fine = 0;
        for (int i = 0; i < samples; i++) {
            double z = 0;
            if (!sample[i].test || sample[i].motion != m)
                continue;
            for (int c = 0; c < FEATURES; c++)
                z += w[c] * (double)sample[i].x[c];
            count++;
            fine += sample[i].right;
            answered += z > 0;
            bad += z > 0 && !sample[i].right;
        }
        if (count > 0)
            printf("  %-8s %5d windows, %d right, %d answered, %d of them wrong\n",
                   plethio_motion_name(m), count, fine, answered, bad);
    }
    printf("  quality  windows  share right\n");
    for (int b = 0; b < 10; b++)
        printf("  %.1f-%.1f  %6d   %.3f\n", b / 10.0, (b + 1) / 10.0, bin[b],
               bin[b] ? (double)good[b] / bin[b] : 0.0);
}

static void conclude(const char *name)
{
    double w[FEATURES];
    for (int i = 0; i < samples; i++)
        sample[i].weight = sample[i].weight > 0 ? sample[i].weight : 1;
    fit(w);
    printf("%s = {", name);
    for (int c = 0; c < FEATURES; c++)
        printf("%s%.3ff", c ? ", " : "", w[c]);
    printf("};\n");
    report(w, name);
    samples = 0;
}

/* ---- Sensors ------------------------------------------------------------------------------- */

/* Readings of one recording, with what they were judged by. */
struct sensor_run {
    const pleth_stream *stream;
    struct plethio_windows labels;
    int breathing, at, test;
};

static int see_stream(void *cookie, struct plethio_video *video, const pleth_frame *frame,
                      pleth_stream *stream)
{
    (void)video;
    (void)frame;
    ((struct sensor_run *)cookie)->stream = stream;
    return 0;
}

/* The label of the window that ends with the reading. */
static int see_reading(void *cookie, const pleth_reading *reading)
{
    struct sensor_run *run = cookie;
    const struct plethio_windows *l = &run->labels;
    const pleth_vital *v = run->breathing ? &reading->breathing_rate : &reading->heart_rate;

    while (run->at < l->n && l->end_s[run->at] < (double)v->window_end_s - 0.25)
        run->at++;
    if (!run->stream || samples == MOST || run->at == l->n || !(v->value > 0) ||
        l->end_s[run->at] > (double)v->window_end_s + 0.25)
        return 0;
    /* before a network says something, another quality holds */
    if (run->stream->config.net && !(run->stream->wearable.tracker.signs.network > 0))
        return 0;
    struct sample *s = &sample[samples++];
    memset(s, 0, sizeof(*s));
    if (run->breathing)
        pleth_quality_beats_features(&run->stream->breathing.signs, s->x);
    else
        pleth_quality_sensor_features(&run->stream->wearable.tracker.signs, s->x);
    s->frozen = !(l->rate[run->at] > 0);
    s->error = v->value - (float)l->rate[run->at++];
    s->sd = v->sd;
    s->right = !s->frozen && fabsf(s->error) <= (run->breathing ? 3 : 5);
    s->test = run->test;
    s->motion = PLETHIO_MOTIONS; /* of a body, not of a face */
    return 0;
}

/* Whom a model has seen. -1 and e: who that is can not be told. */
static int read_trained(const struct plethio_model *model, const char *path,
                        char list[PLETHTRAIN_SEEN], struct plethio_error *e)
{
    struct pleth_weights w;
    char message[PLETH_MESSAGE];

    if (pleth_weights_open(&w, model->bytes, model->size, message, sizeof message))
        return plethio_fail(e, "%s: %s", path, message);
    return plethtrain_seen_read(&w, path, list, e);
}

/* Whether a person of a folder is in it: the data set's name is the folder's. */
static int is_trained(const char *list, const char *folder, const char *person)
{
    const char *slash = strrchr(folder, '/');
    char name[700];

    snprintf(name, sizeof name, "%s/%s", slash ? slash + 1 : folder, person);
    return plethtrain_is_seen(list, name);
}

static int is_model(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".safetensors") == 0;
}

/* All recordings of the folders, each folder with the same weight; every other one tests. */
static void run_sensors(int folders, char **folder, int no_motion, int breathing)
{
    static char trained[PLETHTRAIN_SEEN];
    const struct plethio_layout *neutral = plethio_layout_find("neutral");
    struct plethio_model model = {.net = NULL};

    for (int f = 0; f < folders; f++) {
        struct plethio_dataset d;
        struct plethio_error e;
        int first = samples;

        if (is_model(folder[f])) {
            pleth_net_options options;

            pleth_net_options_default(&options);
            plethio_model_close(&model);
            if (plethio_model_open(&model, folder[f], &options, &e) ||
                read_trained(&model, folder[f], trained, &e)) {
                fprintf(stderr, "calibrate: %s\n", e.text);
                exit(1);
            }
            continue;
        }
        if (plethio_dataset_open(&d, neutral, folder[f], &e)) {
            fprintf(stderr, "calibrate: %s\n", e.text);
            exit(1);
        }
        for (int i = 0; i < d.count; i++) {
            struct measure_options options;
            struct measurement m;
            struct plethio_reference reference;
            struct sensor_run run = {.breathing = breathing, .test = i & 1};
            const struct measure_hooks hooks = {
                .cookie = &run, .on_frame = see_stream, .on_reading = see_reading};

            if (is_trained(trained, folder[f], d.recording[i].person))
                continue;
            if (measure_options_init(&options, &e) ||
                plethio_reference_read(&reference, neutral, &d.recording[i], &e)) {
                fprintf(stderr, "calibrate: %s\n", e.text);
                exit(1);
            }
            run.labels = breathing
                             ? reference.breaths
                             : (struct plethio_windows){reference.n, reference.window_s,
                                                        reference.time_s, reference.heart_rate};
            options.no_motion = no_motion;
            options.config.net = model.net;
            options.forget = 1;
            if (measure_run(d.recording[i].input, &options, &hooks, &m, &e)) {
                fprintf(stderr, "calibrate: %s\n", e.text);
                exit(1);
            }
            measurement_free(&m);
            plethio_reference_free(&reference);
        }
        for (int i = first; i < samples; i++)
            sample[i].weight = 3000.0 / (samples - first);
        plethio_dataset_free(&d);
    }
    plethio_model_close(&model);
    conclude(breathing ? "beats" : no_motion ? "without" : "with");
}

static void run_networks(int scenes, int models, char **names)
{
    for (int m = 0; m < models; m++) {
        struct plethio_model model;
        struct plethio_error e;
        pleth_net_options options;
        char *net = strrchr(names[m], ':');
        pleth_net_options_default(&options);
        if (net)
            *net++ = 0;
        options.name = net;
        if (plethio_model_open(&model, names[m], &options, &e)) {
            fprintf(stderr, "calibrate: %s\n", e.text);
            exit(1);
        }
        for (int k = 0; k < scenes; k++)
            run_network((uint64_t)k + 1, model.net);
        plethio_model_close(&model);
    }
    conclude("network");
}

int main(int argc, char **argv)
{
    int scenes = argc > 2 ? atoi(argv[2]) : 0;
    int networks = argc > 3 && strcmp(argv[1], "network") == 0;
    int sensors = argc > 2 && strcmp(argv[1], "sensor") == 0;
    int beats = argc > 2 && strcmp(argv[1], "beats") == 0;
    while (argc > 3 && !networks && !sensors && !beats && method < PLETH_METHOD_COUNT &&
           strcmp(argv[3], pleth_method_name(method)))
        method++;
    if (argc < 2 || scenes < 0 || method == PLETH_METHOD_COUNT) {
        fprintf(stderr, "usage: calibrate pulse|breathing [SCENES [METHOD]]\n"
                        "       calibrate network SCENES MODEL[:NET]...\n"
                        "       calibrate sensor|beats FOLDER...\n"
                        "       calibrate sensor MODEL FOLDER... [MODEL FOLDER...]...\n");
        return 2;
    }
    sample = malloc(MOST * sizeof(*sample));
    if (networks) {
        run_networks(scenes, argc - 3, argv + 3);
    } else if (sensors) {
        run_sensors(argc - 2, argv + 2, 0, 0);
        run_sensors(argc - 2, argv + 2, 1, 0);
    } else if (beats) {
        run_sensors(argc - 2, argv + 2, 0, 1);
    } else if (strcmp(argv[1], "breathing") == 0) {
        for (int k = 0; k < (scenes ? scenes : 500); k++)
            run_video((uint64_t)k + 1);
        conclude("picture");
        for (int k = 0; k < (scenes ? scenes : 500); k++)
            run_scene((uint64_t)k + 1, COLOURS_BREATHING);
        conclude("colours");
    } else {
        for (int k = 0; k < (scenes ? scenes : 700); k++)
            run_scene((uint64_t)k + 1, QUARTERS);
        conclude("quarters");
        for (int k = 0; k < (scenes ? scenes : 700); k++)
            run_scene((uint64_t)k + 1, WHOLE);
        conclude("whole");
    }
    free(sample);
    return 0;
}
