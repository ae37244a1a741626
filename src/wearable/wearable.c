#include "wearable.h"

#include "../signal/filter.h"
#include "../signal/spectrum.h"

#include <math.h>
#include <string.h>

#define CLIPPED_SHARE 0.3f
#define HOLES_SHARE 0.3
#define BREAKS_SHARE 0.1 /* of a wave whose slow changes count */
#define MOST_SD 12.0f    /* of the belief, /min */
#define SLOPE 3          /* grid samples, over which a wave rises */
#define MOVES 0.1f
#define MEAN_SAMPLES (6.0f * PLETH_WAVE_HZ) /* of a wave's signs */
#define REMEMBERED 0.9 /* of the wave's steepness from one window to the next */
#define NEWS 0.3f      /* of a window in a channel's mean share of pulse */
#define STAYS 0.1f     /* of that share, for the channel in use */
#define RESTLESS 0.05f /* motion of one who does not sit still */

size_t pleth_wearable_size(const pleth_sensor_config *sensor)
{
    return offsetof(struct pleth_wearable, sensor) + pleth_sensor_size(sensor);
}

void pleth_wearable_init(struct pleth_wearable *w, const pleth_sensor_config *sensor,
                         float rate_min, float rate_max, struct pleth_rate_net *net)
{
    memset(w, 0, offsetof(struct pleth_wearable, sensor));
    pleth_sensor_init(&w->sensor, sensor);
    pleth_tracker_init(&w->tracker, rate_min, rate_max);
    w->best = -1;
    w->net = net;
    w->sensor.other = net ? &net->light : NULL;
}

void pleth_wearable_reset(struct pleth_wearable *w)
{
    pleth_sensor_reset(&w->sensor);
    pleth_tracker_reset(&w->tracker);
    w->seen = w->n = 0;
    w->best = -1;
    w->skew = 0;
    memset(w->pulse, 0, sizeof(w->pulse));
}

/* The wave's correlation with itself `lag` samples later, -1..1. */
static double correlation(const double *wave, int n, double lag)
{
    double xy = 0, xx = 0, yy = 0;
    int whole = (int)lag;

    for (int i = 0; i + whole + 1 < n; i++) {
        const double *to = wave + i + whole;
        double later = to[0] + (lag - whole) * (to[1] - to[0]);
        xy += wave[i] * later;
        xx += wave[i] * wave[i];
        yy += later * later;
    }
    return xx * yy > 0 ? xy / sqrt(xx * yy) : 0;
}

/* The wave of the channel that says most: its band around the pulse. Blood takes light away, so
 * that what comes back, or through, falls when blood rises; sensors differ in whether they have
 * turned that round. The steep side of a pulse is its rise. Its signs move by `share` towards those
 * of this wave. */
static void make_wave(struct pleth_wearable *w, float share)
{
    const struct pleth_trace *trace = &w->sensor.trace;
    struct pleth_sensor_signs *signs = &w->tracker.signs;
    int n = pleth_trace_count(trace);
    double two = 0, three = 0, skew, regular;
    struct pleth_filter band;

    n = n < PLETH_WEARABLE_WAVE ? n : PLETH_WEARABLE_WAVE;
    /* a step to another level would be the steepest rise of all */
    if (pleth_sensor_since(&w->sensor, w->best) < n)
        n = (int)pleth_sensor_since(&w->sensor, w->best);
    w->n = n;
    w->end = trace->made;
    pleth_trace_read(trace, w->best, n, w->wave, 1);
    if (pleth_butter_bandpass(&band, 2, 0.5, 8, trace->rate_hz) == PLETH_OK)
        pleth_filtfilt(&band, w->wave, w->wave, n, w->work);
    for (int i = SLOPE; i < n; i++) {
        double rise = w->wave[i] - w->wave[i - SLOPE];
        two += rise * rise / (n - SLOPE);
        three += rise * rise * rise / (n - SLOPE);
    }
    skew = two > 0 ? three / (two * sqrt(two)) : 0;
    /* one window alone may be mistaken, and beats that are turned round have other times */
    w->skew = REMEMBERED * w->skew + skew;
    for (int i = 0; i < n && w->skew < 0; i++)
        w->wave[i] = -w->wave[i];
    regular = correlation(w->wave, n, 60.0 * PLETH_WAVE_HZ / (double)w->tracker.median);
    signs->skew += share * ((float)fabs(skew) - signs->skew);
    signs->regular += share * ((float)regular - signs->regular);
}

/* Share of what changes in a channel from sample to sample that lies at the pulse rate, twice and
 * three times it. */
static double share_of_pulse(struct pleth_wearable *w, int c, int n, double rate)
{
    double *x = w->wave, mean = 0, square = 0, sum = 0;

    pleth_trace_read(&w->sensor.trace, c, n, x, 1);
    for (int i = 0; i < n - 1; i++) {
        x[i] = x[i + 1] - x[i];
        mean += x[i] / (n - 1);
    }
    for (int i = 0; i < n - 1; i++) {
        x[i] -= mean;
        square += x[i] * x[i];
    }
    for (int k = 1; k <= 3; k++) {
        double re, im;
        pleth_dtft(x, n - 1, k * rate, &re, &im);
        sum += re * re + im * im;
    }
    return square > 0 ? 2 * sum / ((n - 1) * square) : 0;
}

/* The channel in which the pulse is plainest, of those that are not mute and have not just been
 * switched to another level. The one in use stays until another is so for a while: waves of two
 * channels do not join without a seam. */
static int best_channel(struct pleth_wearable *w, int n)
{
    const double rate = (double)w->tracker.median / (60 * PLETH_WAVE_HZ);
    int best = -1;

    for (int c = 0; c < w->sensor.config.channels; c++) {
        int mute = pleth_sensor_mute(&w->sensor, c, n) >= PLETH_SENSOR_MUTE_SHARE ||
                   pleth_sensor_since(&w->sensor, c) < PLETH_TRACKER_LEAST;
        /* one channel needs no comparison */
        if (w->sensor.config.channels > 1) {
            double share = mute ? 0 : share_of_pulse(w, c, n, rate);
            w->pulse[c] += NEWS * ((float)share - w->pulse[c]);
        }
        if (!mute && (best < 0 || w->pulse[c] + (c == w->best ? STAYS : 0) >
                                      w->pulse[best] + (best == w->best ? STAYS : 0)))
            best = c;
    }
    return best;
}

void pleth_wearable_look(struct pleth_wearable *w)
{
    int n = pleth_trace_count(&w->sensor.trace), before = w->best;
    float share = 1;

    w->seen = pleth_tracker_update(&w->tracker, &w->sensor, w->net);
    w->best = best_channel(w, n < PLETH_WEARABLE_WAVE ? n : PLETH_WEARABLE_WAVE);
    if (w->best != before)
        w->skew = 0;
    else if (w->n > 0)
        share = fminf((float)(w->sensor.trace.made - w->end) / MEAN_SAMPLES, 1);
    w->n = 0;
    if (w->seen && w->best >= 0)
        make_wave(w, share);
}

struct pleth_blood pleth_wearable_blood(const struct pleth_wearable *w)
{
    return (struct pleth_blood){w->best >= 0 ? &w->sensor.trace : NULL, w->best, -1};
}

int pleth_wearable_age(const struct pleth_wearable *w, int64_t time_ns)
{
    double age_s = (double)(pleth_trace_end_ns(&w->sensor.trace) - time_ns) * 1e-9;
    return (int)fmin(age_s * PLETH_WAVE_HZ + 0.5, PLETH_TRACE_LENGTH);
}

uint32_t pleth_wearable_obstacles(const struct pleth_wearable *w)
{
    const struct pleth_sensor *s = &w->sensor;
    int mute = 0, clipped = 0;
    uint32_t why = 0;

    for (int c = 0; c < s->config.channels; c++) {
        mute += s->mute[c] > 0.5f;
        clipped += s->clipped[c] > CLIPPED_SHARE;
    }
    if (mute == s->config.channels)
        why |= clipped ? PLETH_SATURATED : PLETH_OFF_WRIST;
    if (s->trace.inputs > 2 && pleth_trace_input_hz(&s->trace) < 15)
        why |= PLETH_LOW_RATE;
    /* less than the shorter window may still be half of what was believed before a gap */
    if (w->seen < PLETH_TRACKER_SHORT)
        return why ? why : PLETH_WARMING_UP;
    if (pleth_trace_holes(&s->trace, w->seen) > HOLES_SHARE)
        why |= PLETH_GAP;
    /* two rates are believed in, as after a gap or at the start of exercise */
    if (w->tracker.signs.sd > MOST_SD)
        why |= PLETH_UNSTABLE;
    return why;
}

uint32_t pleth_wearable_breaks(const struct pleth_wearable *w, int n)
{
    const struct pleth_sensor *s = &w->sensor;
    uint32_t why = 0;

    if (pleth_trace_holes(&s->trace, n) > BREAKS_SHARE)
        why |= PLETH_GAP;
    if (w->best >= 0 && pleth_sensor_mute(s, w->best, n) > BREAKS_SHARE)
        why |= PLETH_OFF_WRIST;
    if (w->best >= 0 && pleth_sensor_since(s, w->best) < n)
        why |= PLETH_WARMING_UP;
    return why;
}

/* Where breathing can not be told from the body's motion. */
int pleth_wearable_moves(const struct pleth_wearable *w)
{
    return w->tracker.signs.motion > MOVES;
}

uint32_t pleth_wearable_doubts(const struct pleth_wearable *w)
{
    if (w->tracker.signs.motion > RESTLESS)
        return PLETH_MOTION;
    return w->tracker.signs.mass < 0.5f ? PLETH_UNSTABLE : PLETH_NO_PULSE;
}
