#include "quality.h"

#include <math.h>

static float logistic(float z)
{
    return 1 / (1 + expf(-z));
}

float pleth_quality_of_pulse(const struct pleth_rate_signs *s)
{
    return logistic(-4.0f + 0.1f * s->surprise + 0.2f * s->snr_db + 3 * s->coherence);
}

float pleth_quality_of_breathing(const struct pleth_breathing_signs *s)
{
    return logistic(-4.0f + 0.15f * s->surprise + 2 * s->mass);
}
