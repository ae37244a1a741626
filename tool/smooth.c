#include "smooth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DOUBTFUL 0.45f /* quality that is left to a value other than the one it spoke of */

int smooth_add(struct smooth *s, const struct pleth_belief *belief, const float *loglik,
               double time_s)
{
    const size_t row = (size_t)belief->states;

    s->belief = *belief;
    if (s->n == s->capacity) {
        size_t more = s->capacity ? 2 * (size_t)s->capacity : 64;
        float *evidence = realloc(s->evidence, more * row * sizeof(*evidence));
        float *seconds;

        if (!evidence)
            return -1;
        s->evidence = evidence;
        seconds = realloc(s->seconds, more * sizeof(*seconds));
        if (!seconds)
            return -1;
        s->seconds = seconds;
        s->capacity = (int)more;
    }
    if (loglik)
        memcpy(s->evidence + (size_t)s->n * row, loglik, row * sizeof(*loglik));
    else
        memset(s->evidence + (size_t)s->n * row, 0, row * sizeof(*loglik));
    s->seconds[s->n++] = (float)(time_s - s->last_s);
    s->last_s = time_s;
    return 0;
}

int smooth_apply(struct smooth *s, pleth_vital *vital, size_t stride, float within, float right)
{
    const size_t row = (size_t)s->belief.states;
    float *work = malloc(((size_t)s->n * row + 1) * sizeof(*work));

    if (!work)
        return -1;
    pleth_belief_smooth(&s->belief, s->evidence, s->seconds, s->n, work);
    free(work);
    for (int i = 0; i < s->n; i++, vital = (pleth_vital *)((char *)vital + stride)) {
        float before = vital->value, mass;

        if (vital->reasons & PLETH_WARMING_UP)
            continue;
        memcpy(s->belief.p, s->evidence + (size_t)i * row, row * sizeof(*s->evidence));
        pleth_belief_estimate(&s->belief, within, &vital->value, &vital->sd, &mass);
        if (fabsf(vital->value - before) <= right)
            continue;
        vital->quality = fminf(1 - vital->quality, DOUBTFUL);
        if (vital->have)
            vital->reasons = PLETH_UNSTABLE;
        vital->have = 0;
    }
    return 0;
}

static pleth_vital *vital_at(pleth_vital *vital, size_t stride, int i)
{
    return (pleth_vital *)(void *)((char *)vital + (size_t)i * stride);
}

void smooth_shift(const struct smooth *s, pleth_vital *vital, size_t stride, float lag_s)
{
    for (int i = 0; i < s->n; i++) {
        float left = lag_s;
        int k = i;

        while (k + 1 < s->n && left > s->seconds[k + 1])
            left -= s->seconds[++k];
        if (k + 1 < s->n) {
            const float a = vital_at(vital, stride, k)->value;
            const float b = vital_at(vital, stride, k + 1)->value;
            vital_at(vital, stride, i)->value = a + (b - a) * left / s->seconds[k + 1];
        } else {
            vital_at(vital, stride, i)->value = vital_at(vital, stride, k)->value;
        }
    }
}

void smooth_free(struct smooth *s)
{
    free(s->evidence);
    free(s->seconds);
    memset(s, 0, sizeof(*s));
}
