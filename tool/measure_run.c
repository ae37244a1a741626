/* One recording measured: input -> stream -> readings and waves -> summary. */
#include "measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "smooth.h"
#include "stream.h"
#include "table.h"

/* Beats are looked for in pieces of the wave, so that memory does not grow with the recording. A
 * beat at the end of a piece is found again, whole, in the next one. */
enum { PIECE = 64 * PLETH_WAVE_HZ, OVERLAP = 4 * PLETH_WAVE_HZ };

#define REMEMBERED_S 20.0
/* motion of a sensor (pleth.h): less is rest */
#define RESTLESS 0.05f

enum { HEART, BREATHING, OXYGEN, VITALS };

/* What the summary needs of one reading's vital. */
struct sample {
    float time_s, value, sd, quality, window_start_s, window_end_s, motion;
    uint32_t have, reasons;
};

struct run {
    const struct measure_options *options;
    /* the options' own, with the sensor of a recording */
    pleth_config config;
    const struct measure_hooks *hooks;
    struct measurement *out;
    struct plethio_error *error;
    void *memory;
    pleth_stream *stream;
    /* of the first and the last frame, and how many there were and how many did not count */
    int64_t first_ns, last_ns;
    long long frames, refused;
    int reading_capacity, wave_capacity;
    /* of each reading heart, breathing and oxygen: sample[VITALS * i] to [VITALS * i + 2] */
    struct sample *sample;
    int samples, sample_capacity;
    /* the wave's newest piece, the time of its first sample, and the beats of all of it with the
       standard deviations of their times */
    float piece[PIECE];
    int piece_count;
    double piece_s;
    double *beat, *beat_sd, *work;
    int beats, beat_capacity, beat_sd_capacity;
    /* for --smooth: what each reading of heart and breathing was made of */
    struct smooth smooth[2];
    int64_t breath_ns; /* up to where breathing was looked at */
};

static int no_memory(struct run *r)
{
    return plethio_fail(r->error, "out of memory after %.0f s of the recording",
                        (double)(r->last_ns - r->first_ns) * 1e-9);
}

/* ---- Beats ------------------------------------------------------------------------------ */

/* Finds the beats of the piece; keeps its end for the next one unless `last`. */
static int take_beats(struct run *r, int last)
{
    /* beats nearer to a cut than this are left to the piece beyond it */
    const double margin_s = 0.5 * OVERLAP / PLETH_WAVE_HZ;
    const double end_s = r->piece_s + (double)r->piece_count / PLETH_WAVE_HZ;
    const struct sample *newest = r->samples ? &r->sample[VITALS * (r->samples - 1)] : NULL;
    const double guess = newest && newest->have ? (double)newest->value : 0;
    double found[PIECE / 4], sd[PIECE / 4];
    int n, kept = last ? 0 : OVERLAP;

    if (r->piece_count <= OVERLAP) {
        if (last)
            r->piece_count = 0;
        return 0;
    }
    n = pleth_find_beats_sd(r->piece, r->piece_count, PLETH_WAVE_HZ, guess, found, sd, PIECE / 4,
                            r->work);
    if (n > 0) {
        double *beat = plethio_grow(r->beat, r->beats, n, &r->beat_capacity, sizeof *beat);
        double *beat_sd =
            plethio_grow(r->beat_sd, r->beats, n, &r->beat_sd_capacity, sizeof *beat_sd);

        r->beat = beat ? beat : r->beat;
        r->beat_sd = beat_sd ? beat_sd : r->beat_sd;
        if (!beat || !beat_sd)
            return no_memory(r);
    }
    for (int i = 0; i < n; i++) {
        double t = r->piece_s + found[i];

        if (!last && t > end_s - margin_s)
            break;
        /* a fifth of a second is less than any interval between two beats */
        if (r->beats == 0 || t > r->beat[r->beats - 1] + 0.2) {
            r->beat[r->beats] = t;
            r->beat_sd[r->beats++] = sd[i];
        }
    }
    memmove(r->piece, r->piece + r->piece_count - kept, (size_t)kept * sizeof *r->piece);
    r->piece_count = kept;
    r->piece_s = end_s - (double)kept / PLETH_WAVE_HZ;
    return 0;
}

static int add_wave(struct run *r, const pleth_wave *wave, int n)
{
    struct measurement *m = r->out;

    if (r->options->keep_wave) {
        pleth_wave *kept = plethio_grow(m->wave, m->waves, n, &r->wave_capacity, sizeof *kept);

        if (!kept)
            return no_memory(r);
        m->wave = kept;
        memcpy(m->wave + m->waves, wave, (size_t)n * sizeof *wave);
        m->waves += n;
    }
    for (int i = 0; i < n; i++) {
        double t = (double)wave[i].time_ns * 1e-9;

        /* where the wave jumps the piece ends */
        if (r->piece_count > 0 &&
            fabs(r->piece_s + (double)r->piece_count / PLETH_WAVE_HZ - t) > 0.5 / PLETH_WAVE_HZ &&
            take_beats(r, 1))
            return -1;
        if (r->piece_count == 0)
            r->piece_s = t;
        r->piece[r->piece_count++] = wave[i].pulse;
        if (r->piece_count == PIECE && take_beats(r, 0))
            return -1;
    }
    return 0;
}

/* ---- Readings --------------------------------------------------------------------------- */

static struct sample sample_of(const pleth_reading *reading, const pleth_vital *v)
{
    return (struct sample){
        (float)reading->time_s, v->value,        v->sd,        v->quality, v->window_start_s,
        v->window_end_s,        reading->motion, v->have != 0, v->reasons};
}

static void set_samples(struct run *r, int i, const pleth_reading *reading)
{
    struct sample *s = &r->sample[VITALS * i];

    s[HEART] = sample_of(reading, &reading->heart_rate);
    s[BREATHING] = sample_of(reading, &reading->breathing_rate);
    s[OXYGEN] = sample_of(reading, &reading->oxygen_saturation);
}

static int add_reading(struct run *r, const pleth_reading *reading)
{
    struct measurement *m = r->out;
    struct sample *sample = plethio_grow(r->sample, VITALS * r->samples, VITALS,
                                         &r->sample_capacity, sizeof *r->sample);

    if (!sample)
        return no_memory(r);
    r->sample = sample;
    set_samples(r, r->samples++, reading);
    if (!r->options->forget || r->options->smooth) {
        pleth_reading *kept =
            plethio_grow(m->reading, m->readings, 1, &r->reading_capacity, sizeof *kept);

        if (!kept)
            return no_memory(r);
        m->reading = kept;
        m->reading[m->readings++] = *reading;
    }
    return 0;
}

/* The stream still holds what it made the newest reading of. */
static int keep_evidence(struct run *r, const pleth_reading *reading)
{
    const struct pleth_stream *s = r->stream;
    const int sensor = r->config.sensor.channels > 0;
    const struct pleth_belief *heart =
        sensor ? &s->wearable.tracker.belief : &s->camera.rate.belief;
    const float *evidence = sensor ? s->wearable.tracker.loglik : s->camera.rate.loglik;
    const int heart_seen = !(reading->heart_rate.reasons & (PLETH_WARMING_UP | PLETH_TOO_SHORT |
                                                            PLETH_NO_FACE | PLETH_FACE_LOST));
    /* breathing is not looked at as often as readings are made, and each look counts once */
    const int breath_seen =
        !(reading->breathing_rate.reasons & (PLETH_WARMING_UP | PLETH_TOO_SHORT)) &&
        (r->smooth[1].n == 0 || s->breathing.last_ns != r->breath_ns);

    if (smooth_add(&r->smooth[0], heart, heart_seen ? evidence : NULL, reading->time_s) ||
        smooth_add(&r->smooth[1], &s->breathing.belief, breath_seen ? s->breathing.loglik : NULL,
                   reading->time_s))
        return no_memory(r);
    r->breath_ns = s->breathing.last_ns;
    return 0;
}

/* Readings again, in the light of the whole recording. */
static int smooth_readings(struct run *r)
{
    pleth_reading *reading = r->out->reading;

    if (r->samples == 0)
        return 0;
    if (smooth_apply(&r->smooth[0], &reading->heart_rate, sizeof *reading, 8, 5) ||
        smooth_apply(&r->smooth[1], &reading->breathing_rate, sizeof *reading, 4, 3))
        return no_memory(r);
    if (r->config.sensor.channels > 0)
        smooth_shift(&r->smooth[0], &reading->heart_rate, sizeof *reading, PLETH_TRACKER_LAG_S);
    for (int i = 0; i < r->samples; i++)
        set_samples(r, i, &reading[i]);
    return 0;
}

/* Whether the reading that ends the input only says again what the one before did. */
static int repeats(const struct run *r, const pleth_reading *reading)
{
    const struct sample *last = r->samples ? r->sample + VITALS * (r->samples - 1) : NULL;

    return last && (float)reading->time_s == last[HEART].time_s &&
           (reading->heart_rate.have <= (int)last[HEART].have) &&
           (reading->breathing_rate.have <= (int)last[BREATHING].have);
}

/* What the stream has ready: kept, and shown to the hooks. 0, 1: a hook stops, -1. */
static int drain(struct run *r)
{
    const struct measure_hooks *h = r->hooks;
    const double offset_s = (double)r->first_ns * 1e-9;
    pleth_reading reading;
    pleth_wave wave[64];
    int n, stop = 0;

    while (pleth_pull(r->stream, &reading) == PLETH_OK) {
        pleth_vital *vital[VITALS] = {&reading.heart_rate, &reading.breathing_rate,
                                      &reading.oxygen_saturation};

        /* the stream counts from the first frame it got, we from the recording's first one */
        reading.time_s += offset_s;
        for (int i = 0; i < VITALS; i++) {
            vital[i]->window_start_s = fmaxf(vital[i]->window_start_s, 0) + (float)offset_s;
            vital[i]->window_end_s += (float)offset_s;
        }
        if (repeats(r, &reading))
            continue;
        if (add_reading(r, &reading) || (r->options->smooth && keep_evidence(r, &reading)))
            return -1;
        if (h && h->on_reading && !r->options->smooth && !stop)
            stop = h->on_reading(h->cookie, &reading);
    }
    while (stop >= 0 && (n = pleth_pull_wave(r->stream, wave, 64)) > 0) {
        if (add_wave(r, wave, n))
            return -1;
        if (h && h->on_wave && !stop)
            stop = h->on_wave(h->cookie, wave, n);
    }
    return stop < 0 ? -1 : stop > 0;
}

/* ---- Input ------------------------------------------------------------------------------ */

static int start(struct run *r)
{
    const size_t size = pleth_size(&r->config);
    int status;

    if (measure_net_suits(r->options, &r->config, r->error))
        return -1;
    if (size == 0)
        return plethio_fail(r->error, "the settings of the measurement are not valid");
    r->out->rate_min = r->config.rate_min;
    r->out->rate_max = r->config.rate_max;
    r->memory = aligned_alloc(64, (size + 63) / 64 * 64);
    r->work = malloc(4 * PIECE * sizeof *r->work);
    if (!r->memory || !r->work)
        return no_memory(r);
    status = pleth_init(&r->stream, r->memory, size, &r->config);
    if (status < 0)
        return plethio_fail(r->error, "cannot start measuring: %s", pleth_strerror(status));
    return 0;
}

/* What a push said: 0 go on, -1. Frames whose clock runs back are left out, and told at the end. */
static int pushed(struct run *r, int status, int64_t time_ns)
{
    if (status == PLETH_ETIME) {
        r->refused++;
        return 0;
    }
    if (status < 0)
        return plethio_fail(r->error, "at %.2f s: %s", (double)time_ns * 1e-9,
                            *pleth_errmsg(r->stream) ? pleth_errmsg(r->stream)
                                                     : pleth_strerror(status));
    r->last_ns = time_ns;
    r->frames++;
    return 0;
}

static int check_box(const struct run *r, const struct plethio_video_info *info)
{
    const pleth_config *c = &r->config;

    if (c->roi != PLETH_ROI_BOX || (c->box.x + c->box.width <= (float)info->width &&
                                    c->box.y + c->box.height <= (float)info->height))
        return 0;
    return plethio_fail(r->error, "the box %g,%g,%g,%g does not lie within the picture of %d x %d",
                        (double)c->box.x, (double)c->box.y, (double)c->box.width,
                        (double)c->box.height, info->width, info->height);
}

static int push_video(struct run *r, struct plethio_video *video)
{
    const struct measure_hooks *h = r->hooks;
    const _Atomic int *stop = r->options->video.stop;
    pleth_frame frame;
    int status;

    while ((status = plethio_video_next(video, &frame, r->error)) == 1) {
        if (r->frames == 0)
            r->first_ns = r->last_ns = frame.time_ns;
        if (pushed(r, pleth_push_frame(r->stream, &frame), frame.time_ns))
            return -1;
        status = drain(r);
        if (status == 0 && h && h->on_frame)
            status = h->on_frame(h->cookie, video, &frame, r->stream);
        if (status)
            return status < 0 ? -1 : 0;
        if (stop && *stop)
            break;
    }
    if (status < 0)
        return -1;
    if (stop && *stop && !r->out->video.live)
        return plethio_fail(r->error, "interrupted at %.1f s", (double)r->last_ns * 1e-9);
    return 0;
}

static int run_video(struct run *r, const char *input)
{
    struct plethio_video *video;
    struct plethio_video_info *info = &r->out->video;
    const char *warning;
    int status;

    if (plethio_video_open(&video, input, &r->options->video, r->error))
        return -1;
    plethio_video_info(video, info);
    if (r->options->smooth && info->live)
        status = plethio_fail(r->error, "--smooth needs a whole recording; this input is live");
    else if (check_box(r, info))
        status = -1;
    else
        status = push_video(r, video);
    plethio_video_info(video, info);
    warning = plethio_video_warning(video);
    if (warning)
        memcpy(r->out->warning, warning, strlen(warning) + 1);
    plethio_video_close(&video);
    return status;
}

static int push_trace(struct run *r, const struct plethio_trace *t)
{
    const struct plethio_video_options *part = &r->options->video;
    const struct measure_hooks *h = r->hooks;
    int status = 0;

    for (int i = 0; i < t->n && !status; i++) {
        const double s = (double)t->time_ns[i] * 1e-9;

        if (s < part->from_s || (part->to_s > 0 && s >= part->to_s))
            continue;
        if (r->frames == 0)
            r->first_ns = r->last_ns = t->time_ns[i];
        if (pushed(r, pleth_push_rgb(r->stream, t->time_ns[i], t->rgb + 3 * (size_t)i),
                   t->time_ns[i]))
            return -1;
        status = drain(r);
        if (status == 0 && h && h->on_frame)
            status = h->on_frame(h->cookie, NULL, NULL, r->stream);
        if (part->stop && *part->stop)
            return plethio_fail(r->error, "interrupted at %.1f s", s);
    }
    return status < 0 ? -1 : 0;
}

static int run_trace(struct run *r, const char *input)
{
    struct plethio_trace trace;
    int status;

    if (r->config.roi == PLETH_ROI_BOX)
        return plethio_fail(r->error, "%s: a colour trace has no picture for a box (--roi)", input);
    if (plethio_trace_read(&trace, input, r->options->rate_hz, r->error))
        return -1;
    status = push_trace(r, &trace);
    plethio_trace_free(&trace);
    return status;
}

/* ---- Recordings of sensors --------------------------------------------------------------- */

/* Which channels of a recording the stream takes: column[] of its light, then of acceleration. */
struct columns {
    int light[PLETH_PPG_CHANNELS], acceleration[3];
};

static int light_of(enum plethio_kind kind)
{
    switch (kind) {
    case PLETHIO_GREEN:
        return PLETH_LIGHT_GREEN;
    case PLETHIO_RED:
        return PLETH_LIGHT_RED;
    case PLETHIO_INFRARED:
        return PLETH_LIGHT_INFRARED;
    default:
        return PLETH_LIGHT_OTHER;
    }
}

/* Sets the stream's sensor up for this recording. */
static int choose_channels(struct run *r, const char *input, struct columns *at)
{
    const struct plethio_biosignal_info *info = &r->out->sensor;
    pleth_sensor_config *sensor = &r->config.sensor;
    int axes = 0;

    for (int i = 0; i < info->channels; i++) {
        const enum plethio_kind kind = info->channel[i].kind;

        if (kind >= PLETHIO_OPTICAL && kind <= PLETHIO_BLUE &&
            sensor->channels < PLETH_PPG_CHANNELS) {
            sensor->light[sensor->channels] = light_of(kind);
            at->light[sensor->channels++] = i;
        }
        if (kind >= PLETHIO_ACC_X && kind <= PLETHIO_ACC_Z) {
            at->acceleration[kind - PLETHIO_ACC_X] = i;
            axes |= 1 << (kind - PLETHIO_ACC_X);
        }
    }
    sensor->motion = axes == 7 && !r->options->no_motion;
    if (sensor->channels == 0)
        return plethio_fail(r->error,
                            "%s has no channel of light (ppg, green, red, ir, bvp, pleth)", input);
    if (!r->options->has_range) {
        r->config.rate_min = 30;
        r->config.rate_max = 220;
    }
    if (!r->options->has_every)
        r->config.every_s = 2;
    return start(r);
}

static int push_recording(struct run *r, struct plethio_biosignal *b, const struct columns *at)
{
    const struct plethio_video_options *part = &r->options->video;
    const struct measure_hooks *h = r->hooks;
    float value[PLETHIO_CHANNELS];
    pleth_sample sample = {.reserved = 0};
    int status = 0;

    while (!status && (status = plethio_biosignal_next(b, &sample.time_ns, value, r->error)) == 1) {
        const double s = (double)sample.time_ns * 1e-9;

        status = 0;
        if (s < part->from_s)
            continue;
        if (part->to_s > 0 && s >= part->to_s)
            break;
        for (int c = 0; c < r->config.sensor.channels; c++)
            sample.ppg[c] = value[at->light[c]];
        for (int c = 0; c < 3 && r->config.sensor.motion; c++)
            sample.acceleration[c] = value[at->acceleration[c]];
        if (r->frames == 0)
            r->first_ns = r->last_ns = sample.time_ns;
        status = h && h->push ? h->push(h->cookie, r->stream, &sample)
                              : pleth_push_sample(r->stream, &sample, 1);
        if (pushed(r, status, sample.time_ns))
            return -1;
        status = drain(r);
        if (status == 0 && h && h->on_frame && r->frames % 64 == 0)
            status = h->on_frame(h->cookie, NULL, NULL, r->stream);
        if (part->stop && *part->stop)
            return plethio_fail(r->error, "interrupted at %.1f s", s);
    }
    return status < 0 ? -1 : 0;
}

static int run_recording(struct run *r, const char *input)
{
    struct plethio_biosignal *b;
    struct columns at;
    int status;

    if (r->config.roi != PLETH_ROI_FACE)
        return plethio_fail(r->error, "%s: a sensor's recording has no picture (--roi)", input);
    if (plethio_biosignal_open(&b, input, r->options->rate_hz, r->error))
        return -1;
    plethio_biosignal_info(b, &r->out->sensor);
    status = choose_channels(r, input, &at) ? -1 : push_recording(r, b, &at);
    plethio_biosignal_close(&b);
    return status;
}

/* ---- Summary ---------------------------------------------------------------------------- */

struct weighted {
    double value, weight;
};

static int by_value(const void *a, const void *b)
{
    double x = ((const struct weighted *)a)->value, y = ((const struct weighted *)b)->value;

    return (x > y) - (x < y);
}

/* Sorts w[0..n) by value. */
static double weighted_median(struct weighted *w, int n)
{
    double half = 0, sum = 0;

    qsort(w, (size_t)n, sizeof *w, by_value);
    for (int i = 0; i < n; i++)
        half += 0.5 * w[i].weight;
    for (int i = 0; i < n; i++) {
        sum += w[i].weight;
        if (sum >= half)
            return w[i].value;
    }
    return n ? w[n - 1].value : 0;
}

static int is_warm(const struct sample *s)
{
    return s->have || !(s->reasons & PLETH_WARMING_UP);
}

/* Median of the answered samples (all warm ones where `all`), and its standard deviation: their own
 * one, lowered by how many windows apart they come from, and the true rate's movement. */
static void combine(const struct run *r, int vital, int all, struct weighted *w, pleth_vital *out)
{
    double variance = 0, quality = 0, weight = 0, first = 0, last = 0, window = 0, spread;
    int n = 0;

    for (int i = 0; i < r->samples; i++) {
        const struct sample *s = &r->sample[VITALS * i + vital];
        double sd = fmax((double)s->sd, 0.1);

        if (!(s->have || (all && is_warm(s))) || !(s->value > 0))
            continue;
        w[n] = (struct weighted){(double)s->value, fmax((double)s->quality, 1e-3) / (sd * sd)};
        variance += w[n].weight * sd * sd;
        quality += (double)s->quality;
        weight += w[n].weight;
        window += (double)(s->window_end_s - s->window_start_s);
        last = (double)s->window_end_s;
        if (n++ == 0)
            first = (double)s->window_start_s;
    }
    if (n == 0)
        return;
    /* a recording no longer than a belief remembers: its last word holds all that was seen */
    out->value =
        all && last - first < REMEMBERED_S ? (float)w[n - 1].value : (float)weighted_median(w, n);
    for (int i = 0; i < n; i++)
        w[i].value = fabs(w[i].value - (double)out->value);
    /* of a normal distribution's median absolute deviation */
    spread = 1.4826 * weighted_median(w, n);
    variance = variance / weight / fmax(1, (last - first) / fmax(window / n, 1));
    out->sd = (float)sqrt(variance + spread * spread);
    out->quality = (float)(quality / n);
    out->window_start_s = (float)first;
    out->window_end_s = (float)last;
}

/* The commonest reasons of the samples without a value: all that at least half of them give, or the
 * one that most give. */
static uint32_t common_reasons(const struct run *r, int vital)
{
    int count[PLETH_REASON_COUNT] = {0}, most = 0, n = 0;
    uint32_t reasons = 0;

    for (int i = 0; i < r->samples; i++) {
        const struct sample *s = &r->sample[VITALS * i + vital];

        if (s->have || !is_warm(s))
            continue;
        n++;
        for (int bit = 0; bit < PLETH_REASON_COUNT; bit++)
            count[bit] += (s->reasons & 1u << bit) != 0;
    }
    for (int bit = 0; bit < PLETH_REASON_COUNT; bit++)
        if (count[bit] > count[most])
            most = bit;
    for (int bit = 0; bit < PLETH_REASON_COUNT; bit++)
        if (count[bit] > 0 && (bit == most || 2 * count[bit] >= n))
            reasons |= 1u << bit;
    return reasons;
}

static void summarize_vital(const struct run *r, int vital, struct weighted *w, pleth_vital *out,
                            double *coverage)
{
    int warm = 0, answered = 0;

    for (int i = 0; i < r->samples; i++) {
        const struct sample *s = &r->sample[VITALS * i + vital];

        warm += is_warm(s) && !(s->reasons & PLETH_TOO_SHORT);
        answered += s->have != 0;
    }
    *coverage = warm ? (double)answered / warm : 0;
    /* few answers among many refusals are what chance gives, too */
    out->have = answered > 0 && *coverage >= 0.25;
    combine(r, vital, !out->have, w, out);
    if (out->have)
        return;
    out->quality = fminf(out->quality, 0.49f);
    out->reasons = warm ? common_reasons(r, vital) : PLETH_TOO_SHORT;
    if (out->reasons == 0)
        out->reasons = PLETH_UNSTABLE;
}

/* What the beats vary by that lie within windows whose rate is more likely right than not, of a
 * body at rest, whose motion does not shift them: how well each is timed they say themselves. 20 s
 * of such windows must be readings, and half of the recording good intervals. */
static void summarize_variability(struct run *r, struct measure_summary *s)
{
    pleth_variability *v = &s->variability;
    double covered_s = -1;
    float answered_s = 0, answered_to_s = -1;
    int n = 0, at = 0, moving = 0;

    for (int i = 0; i < r->samples; i++) {
        const struct sample *h = &r->sample[VITALS * i + HEART];
        double from = fmax((double)h->window_start_s, covered_s), to = (double)h->window_end_s;

        if (h->have && h->window_end_s > answered_to_s) {
            answered_s += h->window_end_s - fmaxf(h->window_start_s, answered_to_s);
            answered_to_s = h->window_end_s;
        }
        moving += h->motion > RESTLESS;
        if (h->quality < 0.5f || h->motion > RESTLESS || to <= from)
            continue;
        covered_s = to;
        while (at < r->beats && r->beat[at] < from)
            at++;
        for (; at < r->beats && r->beat[at] < to; at++, n++) {
            r->beat[n] = r->beat[at];
            r->beat_sd[n] = r->beat_sd[at];
        }
    }
    if (answered_s < 20) {
        s->variability_reasons =
            s->heart_rate.have || s->duration_s < 20 ? PLETH_TOO_SHORT : s->heart_rate.reasons;
        return;
    }
    /* Of what differs from beat to beat half may be the sensor's noise, and is taken out. A heart
       at rest has hardly more of it than of all variability: intervals that know nothing of each
       other have 1.41 times as much, times of beats that do not 1.73. */
    s->have_variability = pleth_beat_variability_sd(r->beat, r->beat_sd, n, v) == PLETH_OK &&
                          v->coverage >= 0.7f && v->noise_ms < v->rmssd_ms &&
                          v->rmssd_ms < 1.3f * v->sdnn_ms &&
                          1e-3 * v->intervals * (double)v->mean_ms > 0.5 * s->duration_s;
    if (!s->have_variability) {
        memset(v, 0, sizeof *v);
        s->variability_reasons = 2 * moving > r->samples ? PLETH_MOTION : PLETH_UNSTABLE;
    }
}

static int summarize(struct run *r)
{
    struct measure_summary *s = &r->out->summary;
    struct weighted *w = malloc(((size_t)r->samples + 1) * sizeof *w);

    if (!w)
        return no_memory(r);
    if (r->frames > 1)
        s->duration_s =
            (double)(r->last_ns - r->first_ns) * 1e-9 * (double)r->frames / (double)(r->frames - 1);
    summarize_vital(r, HEART, w, &s->heart_rate, &s->heart_coverage);
    summarize_vital(r, BREATHING, w, &s->breathing_rate, &s->breathing_coverage);
    summarize_vital(r, OXYGEN, w, &s->oxygen_saturation, &s->oxygen_coverage);
    free(w);
    summarize_variability(r, s);
    return 0;
}

/* ---- The run ---------------------------------------------------------------------------- */

/* Readings that had to wait for the end. */
static int show_all(struct run *r)
{
    const struct measure_hooks *h = r->hooks;
    int stop = 0;

    for (int i = 0; h && h->on_reading && i < r->out->readings && !stop; i++)
        stop = h->on_reading(h->cookie, &r->out->reading[i]);
    return stop < 0 ? -1 : 0;
}

static int run(struct run *r, const char *input)
{
    const int sensor = !r->options->frames && plethio_is_biosignal(input);

    if (r->options->no_motion && !sensor)
        return plethio_fail(r->error, "--no-motion leaves out a sensor's acceleration; %s has none",
                            input);
    if (sensor ? run_recording(r, input)
               : start(r) || (!r->options->frames && plethio_is_trace(input) ? run_trace(r, input)
                                                                             : run_video(r, input)))
        return -1;
    if (r->frames == 0)
        return plethio_fail(r->error, "%s: there is nothing in the part to be measured", input);
    if (pleth_flush(r->stream) < 0 || drain(r) < 0 || take_beats(r, 1))
        return -1;
    if (r->refused && !*r->out->warning)
        snprintf(r->out->warning, sizeof r->out->warning,
                 "%lld frames whose time stamps run back were left out", r->refused);
    if (r->options->smooth && (smooth_readings(r) || show_all(r)))
        return -1;
    return summarize(r);
}

int measure_run(const char *input, const struct measure_options *options,
                const struct measure_hooks *hooks, struct measurement *out, struct plethio_error *e)
{
    struct plethio_error unheard;
    struct run *r = calloc(1, sizeof *r);
    int status;

    memset(out, 0, sizeof *out);
    if (!e)
        e = &unheard;
    e->text[0] = '\0';
    if (!r)
        return plethio_fail(e, "out of memory");
    r->options = options;
    r->config = options->config;
    r->hooks = hooks;
    r->out = out;
    r->error = e;
    status = run(r, input);
    free(r->memory);
    free(r->sample);
    free(r->beat);
    free(r->beat_sd);
    free(r->work);
    smooth_free(&r->smooth[0]);
    smooth_free(&r->smooth[1]);
    free(r);
    if (status)
        measurement_free(out);
    return status;
}

void measurement_free(struct measurement *m)
{
    free(m->reading);
    free(m->wave);
    memset(m, 0, sizeof *m);
}
