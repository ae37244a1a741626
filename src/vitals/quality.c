#include "quality.h"

#include <math.h>

static float clamp(float v, float lo, float hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static float logistic(float z)
{
    return 1 / (1 + expf(-z));
}

void pleth_quality_features(const struct pleth_rate_signs *s, float *x)
{
    float snr = clamp(s->snr_db, -15, 12) / 10;
    x[0] = 1;
    x[1] = clamp(s->surprise, -3, 60) / 30;
    x[2] = snr;
    x[3] = snr * fabsf(snr);
    x[4] = s->mass;
    x[5] = clamp(s->coherence, 0, 1);
    x[6] = clamp(s->coherence, 0, 1) * snr;
}

float pleth_quality_of_pulse(const struct pleth_rate_signs *s)
{
    static const float quarters[PLETH_QUALITY_FEATURES] = {-3, 2, 2, 0, 1, 3, 0};
    static const float whole[PLETH_QUALITY_FEATURES] = {-2, 2, 2, 0, 1, 0, 0};
    const float *w = s->coherence < -0.5f ? whole : quarters;
    float x[PLETH_QUALITY_FEATURES], z = 0;
    pleth_quality_features(s, x);
    for (int c = 0; c < PLETH_QUALITY_FEATURES; c++)
        z += w[c] * x[c];
    return logistic(z);
}

float pleth_quality_of_breathing(const struct pleth_breathing_signs *s)
{
    return logistic(-4.0f + 0.15f * s->surprise + 2 * s->mass);
}
