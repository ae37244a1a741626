#include "sensor.h"

#include <math.h>
#include <string.h>

/* A converter that says the same for so long sees no blood: it is clipped, or off. */
#define HELD_NS 400000000LL
/* without a value for so long a channel is mute */
#define MISSING_NS 100000000LL
/* A step so many times the usual one is no blood: a bit that fell over, or another gain. It is
 * taken when it stays: as another level where so many values agree, else after so long. */
#define LEAP 25.0f
#define LEAP_AGREE 3
#define LEAP_NS 250000000LL
/* where so many leap, what does not is no better */
#define REFUSED_SHARE 0.3f
#define LEAP_FROM 16 /* inputs, until the usual step is known */
/* An accelerometer that does not change by a bit for so long is dead, or its data are late. */
#define DEAF_NS 5000000000LL
#define GAP_S 6.0
#define MEAN_S 1.0f
/* grid samples: shorter flat tops say as much as they hide */
#define LOST PLETH_WAVE_HZ

static int trace_channels(const pleth_sensor_config *config)
{
    return 2 * config->channels + (config->motion ? 3 : 0);
}

size_t pleth_sensor_size(const pleth_sensor_config *config)
{
    return offsetof(struct pleth_sensor, trace) + pleth_trace_size(trace_channels(config), 1);
}

int pleth_sensor_axis(const struct pleth_sensor *s, int axis)
{
    return 2 * s->config.channels + axis;
}

void pleth_sensor_init(struct pleth_sensor *s, const pleth_sensor_config *config)
{
    memset(s, 0, offsetof(struct pleth_sensor, trace));
    s->config = *config;
    pleth_trace_init(&s->trace, trace_channels(config), PLETH_WAVE_HZ);
    s->trace.narrow = 1;
    /* what is missing is left out of windows, which need not begin anew */
    s->trace.gap_s = GAP_S;
}

void pleth_sensor_reset(struct pleth_sensor *s)
{
    memset(s->mute, 0, sizeof(s->mute));
    memset(s->clipped, 0, sizeof(s->clipped));
    memset(s->acceleration, 0, sizeof(s->acceleration));
    pleth_trace_reset(&s->trace);
    if (s->other)
        pleth_trace_reset(s->other);
}

static void begin(struct pleth_lamp *l, float v, int64_t time_ns)
{
    memset(l, 0, sizeof(*l));
    l->held_ns = time_ns;
    l->taken_ns = time_ns - MISSING_NS;
    l->last = isfinite(v) ? v : 0;
    /* where least exceeds most there has been no value */
    l->least = isfinite(v) ? v : 1;
    l->most = isfinite(v) ? v : 0;
    l->muted = -PLETH_TRACE_LENGTH - 2;
}

/* Whether a value is to be taken: a number that follows from the last one, or has stayed where it
 * leapt to. */
static int follows(struct pleth_sensor *s, struct pleth_lamp *l, float v, int64_t time_ns)
{
    float step = fabsf(v - l->last), between;
    double missed = (double)(time_ns - l->taken_ns) * 1e-9 / s->trace.interval_s;

    if (!isfinite(v))
        return 0;
    if (l->least > l->most) {
        l->last = l->least = l->most = v;
        l->begun = s->trace.made;
        return 1;
    }
    if (s->trace.inputs < LEAP_FROM ||
        !(step > LEAP * l->step * (missed > 1 ? (float)missed : 1))) {
        l->leapt_ns = 0;
        return 1;
    }
    if (l->leapt_ns == 0) {
        l->leapt_ns = time_ns;
        l->leapt_step = l->step;
        l->agree = 1;
    } else {
        between = fabsf(v - l->leapt);
        l->agree = between > LEAP * l->step ? 1 : l->agree + 1;
        l->leapt_step += 0.5f * (between - l->leapt_step);
    }
    l->leapt = v;
    if (l->agree < LEAP_AGREE && time_ns - l->leapt_ns < LEAP_NS)
        return 0;
    if (l->agree >= LEAP_AGREE)
        l->begun = s->trace.made;
    l->step = l->leapt_step > l->step ? l->leapt_step : l->step;
    l->leapt_ns = 0;
    return 1;
}

/* Whether the channel says nothing with this value: none, beyond the limits of its converter, or
 * held. */
static int is_mute(struct pleth_sensor *s, struct pleth_lamp *l, float v, int64_t time_ns,
                   float share, int *clipped)
{
    const pleth_sensor_config *config = &s->config;
    int limits = config->low < config->high;

    if (s->trace.inputs == 0)
        begin(l, v, time_ns);
    *clipped = limits && (v <= config->low || v >= config->high);
    if (!*clipped && !follows(s, l, v, time_ns)) {
        if (isfinite(v))
            l->refused += share * (1 - l->refused);
        return time_ns - l->taken_ns >= MISSING_NS || l->refused > REFUSED_SHARE;
    }
    l->refused -= share * l->refused;
    if (v != l->last) {
        /* a median, which a few leaps among the first do not move */
        float by = 1 + (s->trace.inputs < LEAP_FROM ? 0.3f : 2 * share);
        l->held_ns = time_ns;
        if (l->step > 0)
            l->step *= fabsf(v - l->last) > l->step ? by : 1 / by;
        else
            l->step = fabsf(v - l->last);
    }
    l->taken_ns = time_ns;
    l->last = v;
    l->least = v < l->least ? v : l->least;
    l->most = v > l->most ? v : l->most;
    if (time_ns - l->held_ns < HELD_NS)
        return *clipped || l->refused > REFUSED_SHARE;
    /* without known limits: held at the largest or smallest value that there ever was */
    if (!limits && l->least < l->most && (v == l->least || v == l->most))
        *clipped = 1;
    return 1;
}

int pleth_sensor_push(struct pleth_sensor *s, const pleth_sample *sample)
{
    double value[2 * PLETH_PPG_CHANNELS + 3];
    int restarted, channels = s->config.channels, any = 0;
    float step_s = s->trace.inputs ? (float)(sample->time_ns - s->newest_ns) * 1e-9f : 0;
    float share = step_s / (MEAN_S + step_s);

    for (int c = 0; c < channels; c++) {
        int clipped,
            mute = is_mute(s, &s->light[c], sample->ppg[c], sample->time_ns, share, &clipped);

        any |= isfinite(sample->ppg[c]);
        value[c] = (double)s->light[c].last;
        value[channels + c] = mute;
        if (mute)
            s->light[c].muted = s->trace.made;
        s->mute[c] += share * ((float)mute - s->mute[c]);
        s->clipped[c] += share * ((float)clipped - s->clipped[c]);
    }
    for (int a = 0; a < 3 && s->config.motion; a++) {
        if (isfinite(sample->acceleration[a]) && sample->acceleration[a] != s->acceleration[a]) {
            s->acceleration[a] = sample->acceleration[a];
            s->deaf_ns = sample->time_ns;
        }
        value[pleth_sensor_axis(s, a)] = (double)s->acceleration[a];
    }
    if (s->trace.inputs == 0)
        s->deaf_ns = sample->time_ns;
    restarted = pleth_trace_push(&s->trace, sample->time_ns, value);
    if (s->other && any)
        pleth_trace_push(s->other, sample->time_ns, value);
    for (int c = 0; c < channels && restarted; c++) {
        s->light[c].begun = 0;
        s->light[c].muted = -PLETH_TRACE_LENGTH - 2;
    }
    s->newest_ns = sample->time_ns;
    return restarted;
}

int pleth_sensor_deaf(const struct pleth_sensor *s)
{
    return !s->config.motion || s->newest_ns - s->deaf_ns > DEAF_NS;
}

int64_t pleth_sensor_since(const struct pleth_sensor *s, int c)
{
    return s->trace.made - s->light[c].begun;
}

/* Whether the last n grid samples have no part of a mute one. */
static int is_whole(const struct pleth_sensor *s, int c, int n)
{
    return s->trace.made - s->light[c].muted > n + 1;
}

double pleth_sensor_mute(const struct pleth_sensor *s, int c, int n)
{
    double mute[PLETH_TRACE_LENGTH], sum = 0;

    if (n <= 0 || is_whole(s, c, n))
        return 0;
    pleth_trace_read(&s->trace, s->config.channels + c, n, mute, 1);
    for (int i = 0; i < n; i++)
        sum += mute[i];
    return sum / n;
}

int pleth_sensor_lost(const struct pleth_sensor *s, int channel, int n, uint8_t *lost)
{
    const struct pleth_trace *t = &s->trace;
    double mute[PLETH_TRACE_LENGTH];
    int count = 0;

    for (int i = 0; i < n; i++)
        count += lost[i] = t->hole[(t->made - n + i) % PLETH_TRACE_LENGTH];
    if (channel >= s->config.channels || is_whole(s, channel, n))
        return count;
    pleth_trace_read(t, s->config.channels + channel, n, mute, 1);
    for (int i = 0, run = 0; i < n; i++) {
        run = mute[i] > 0.5 ? run + 1 : 0;
        if (run < LOST)
            continue;
        for (int k = i; k > i - LOST && !lost[k]; k--)
            count += lost[k] = 1;
    }
    return count;
}
