#include "sensor.h"

#include <math.h>
#include <string.h>

/* A converter that says the same for so long sees no blood: it is clipped, or off. */
#define HELD_NS 400000000LL
#define MEAN_S 1.0f

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
}

void pleth_sensor_reset(struct pleth_sensor *s)
{
    pleth_trace_reset(&s->trace);
}

/* Whether the channel says nothing with this value: no number, beyond the limits of its converter,
 * or held. */
static int is_mute(struct pleth_sensor *s, int c, const pleth_sample *sample, int *clipped)
{
    const pleth_sensor_config *config = &s->config;
    float v = sample->ppg[c];
    int limits = config->low < config->high, first = s->trace.inputs == 0;

    if (first || !(v == s->last[c])) {
        s->held_ns[c] = sample->time_ns;
        if (first) {
            s->least[c] = s->most[c] = isfinite(v) ? v : 0;
            s->last[c] = isfinite(v) ? v : 0;
        }
    }
    *clipped = limits && (v <= config->low || v >= config->high);
    if (!isfinite(v))
        return 1;
    s->last[c] = v;
    s->least[c] = v < s->least[c] ? v : s->least[c];
    s->most[c] = v > s->most[c] ? v : s->most[c];
    if (sample->time_ns - s->held_ns[c] < HELD_NS)
        return *clipped;
    /* without known limits: held at the largest or smallest value that there ever was */
    if (!limits && s->least[c] < s->most[c] && (v == s->least[c] || v == s->most[c]))
        *clipped = 1;
    return 1;
}

int pleth_sensor_push(struct pleth_sensor *s, const pleth_sample *sample)
{
    double value[2 * PLETH_PPG_CHANNELS + 3];
    int restarted, channels = s->config.channels;
    float step_s = s->trace.inputs ? (float)(sample->time_ns - s->newest_ns) * 1e-9f : 0;
    float share = step_s / (MEAN_S + step_s);

    for (int c = 0; c < channels; c++) {
        int clipped, mute = is_mute(s, c, sample, &clipped);

        value[c] = (double)s->last[c];
        value[channels + c] = mute;
        s->mute[c] += share * ((float)mute - s->mute[c]);
        s->clipped[c] += share * ((float)clipped - s->clipped[c]);
    }
    for (int a = 0; a < 3 && s->config.motion; a++) {
        if (isfinite(sample->acceleration[a]))
            s->acceleration[a] = sample->acceleration[a];
        value[pleth_sensor_axis(s, a)] = (double)s->acceleration[a];
    }
    restarted = pleth_trace_push(&s->trace, sample->time_ns, value);
    s->newest_ns = sample->time_ns;
    return restarted;
}

double pleth_sensor_mute(const struct pleth_sensor *s, int c, int n)
{
    double mute[PLETH_TRACE_LENGTH], sum = 0;

    pleth_trace_read(&s->trace, s->config.channels + c, n, mute, 1);
    for (int i = 0; i < n; i++)
        sum += mute[i];
    return n > 0 ? sum / n : 0;
}
