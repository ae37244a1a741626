#include "rate_net.h"

#include <math.h>
#include <string.h>

/* Least probability that counts: no network is as sure as it says. Fixed on BAMI-1 and synthetic
 * recordings (docs/ACCURACY.md). */
#define LEAST 3e-3f

/* The output of this name with one value a class, or -1. */
static int find_logits(const pleth_net_info *info)
{
    for (int i = 0; i < info->outputs; i++)
        if (memcmp(info->output[i].name, "logits", sizeof "logits") == 0 &&
            info->output[i].count == PLETH_RATE_NET_CLASSES)
            return i;
    return -1;
}

static size_t state_at(int channels)
{
    size_t end = offsetof(struct pleth_rate_net, light) + pleth_trace_size(channels, 1);
    return (end + 63) / 64 * 64;
}

size_t pleth_rate_net_size(const pleth_net *net, int channels)
{
    pleth_net_info info;

    pleth_net_describe(net, &info);
    if (info.inputs != 1 || info.input[0].count != PLETH_WINDOW || find_logits(&info) < 0)
        return 0;
    return state_at(channels) + pleth_net_state_size(net);
}

struct pleth_rate_net *pleth_rate_net_open(void *memory, const pleth_net *net, int channels)
{
    struct pleth_rate_net *r = memory;
    pleth_net_info info;

    memset(r, 0, offsetof(struct pleth_rate_net, light));
    pleth_net_describe(net, &info);
    r->logits = find_logits(&info);
    pleth_trace_init(&r->light, channels, PLETH_WINDOW_HZ);
    r->light.narrow = 1;
    return pleth_net_open(&r->state, (char *)memory + state_at(channels), pleth_net_state_size(net),
                          net) == PLETH_OK
               ? r
               : NULL;
}

/* Logarithms, up to a common sum, -> logarithms of probabilities. 0 where they are not finite. */
static int normalise(float *x)
{
    float top = x[0], sum = 0;

    for (int c = 1; c < PLETH_RATE_NET_CLASSES; c++)
        top = fmaxf(top, x[c]);
    for (int c = 0; c < PLETH_RATE_NET_CLASSES; c++)
        sum += expf(x[c] - top);
    if (!isfinite(sum))
        return 0;
    for (int c = 0; c < PLETH_RATE_NET_CLASSES; c++)
        x[c] -= top + logf(sum);
    return 1;
}

static int has_green(const pleth_sensor_config *c)
{
    int green = 0;
    for (int i = 0; i < c->channels; i++)
        green |= c->light[i] == PLETH_LIGHT_GREEN;
    return green;
}

int pleth_rate_net_look(struct pleth_rate_net *r, const struct pleth_sensor *s)
{
    const int length = PLETH_WINDOW_S * PLETH_WAVE_HZ, green = has_green(&s->config);
    const float *input[1] = {r->window};
    float *output[4] = {NULL};
    int lights = 0;

    if (r->light.made < PLETH_WINDOW || pleth_trace_count(&s->trace) < length)
        return 0;
    for (int c = 0; c < s->config.channels; c++) {
        if ((green && s->config.light[c] != PLETH_LIGHT_GREEN) ||
            pleth_sensor_since(s, c) < length ||
            pleth_sensor_mute(s, c, length) >= PLETH_SENSOR_MUTE_SHARE)
            continue;
        pleth_trace_read(&r->light, c, PLETH_WINDOW, r->x + lights++ * PLETH_WINDOW, 1);
    }
    output[r->logits] = r->said;
    if (pleth_window_cut(r->x, lights, NULL, r->window, r->work) != PLETH_OK ||
        pleth_net_run(r->state, 1, input, output) != PLETH_OK || !normalise(r->said))
        return 0;
    return lights;
}

float pleth_rate_net_agrees(const struct pleth_rate_net *r, const struct pleth_belief *rates)
{
    enum { NEAR = 5 };
    float sum = 0;

    for (int k = 0; k < rates->states; k++) {
        int at = (int)lrintf(rates->first + rates->step * (float)k) - PLETH_RATE_NET_LOWEST;

        for (int c = at - NEAR; c <= at + NEAR; c++)
            if (c >= 0 && c < PLETH_RATE_NET_CLASSES)
                sum += rates->p[k] * expf(r->said[c]);
    }
    return sum;
}

void pleth_rate_net_weigh(const struct pleth_rate_net *r, const struct pleth_belief *rates,
                          float by, float *loglik)
{
    for (int k = 0; k < rates->states; k++) {
        float at = rates->first + rates->step * (float)k - PLETH_RATE_NET_LOWEST;
        int c = at > 0 ? (int)at : 0;

        c = c < PLETH_RATE_NET_CLASSES - 1 ? c : PLETH_RATE_NET_CLASSES - 2;
        at = fminf(fmaxf(at - (float)c, 0), 1);
        loglik[k] += by * logf(expf(r->said[c] + at * (r->said[c + 1] - r->said[c])) + LEAST);
    }
}
