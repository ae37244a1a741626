#include "wave.h"

#include <string.h>

#define RATIO 3 /* pulse samples a breathing sample */

/* Breathing wave `back` pulse samples before its end, which is held. */
static float breath_at(const double *breathing, int m, int64_t back)
{
    back = back > 0 ? back : 0;
    int64_t whole = back / RATIO;
    double part = (double)(back % RATIO) / RATIO;
    if (whole + 1 >= m)
        return 0;
    return (float)((1 - part) * breathing[m - 1 - whole] + part * breathing[m - 2 - whole]);
}

void pleth_wave_add(struct pleth_wave_out *w, int generation, int64_t origin_ns, int64_t end,
                    const double *pulse, int n, const double *breathing, int m, int late, int last)
{
    int64_t from = end - n, upto = last ? end : end - PLETH_WAVE_DELAY;
    if (generation != w->generation) {
        /* a new trace: samples of the old one are final or lost with the gap */
        w->generation = generation;
        w->origin_ns = origin_ns;
        w->finished = w->pulled = 0;
        w->have_next = 0;
    }
    if (w->finished < from) {
        /* no window has shown what lies between */
        w->finished = w->pulled = from;
        w->have_next = 0;
    }
    int64_t start = w->finished;
    for (int64_t k = start; k < upto; k++) {
        float beat = (float)pulse[k - from], breath = breath_at(breathing, m, end - 1 - k - late);
        if (w->have_next && k - start < PLETH_WAVE_FADE) {
            float now = (float)(k - start + 1) / (PLETH_WAVE_FADE + 1);
            beat = now * beat + (1 - now) * w->next_pulse[k - start];
            breath = now * breath + (1 - now) * w->next_breathing[k - start];
        }
        w->pulse[k % PLETH_WAVE_LENGTH] = beat;
        w->breathing[k % PLETH_WAVE_LENGTH] = breath;
        w->finished = k + 1;
    }
    if (w->pulled < w->finished - PLETH_WAVE_LENGTH)
        w->pulled = w->finished - PLETH_WAVE_LENGTH;
    w->have_next = 0;
    if (!last && w->finished + PLETH_WAVE_FADE <= end && w->finished > start) {
        for (int i = 0; i < PLETH_WAVE_FADE; i++) {
            w->next_pulse[i] = (float)pulse[w->finished + i - from];
            w->next_breathing[i] = breath_at(breathing, m, end - 1 - w->finished - i - late);
        }
        w->have_next = 1;
    }
}
