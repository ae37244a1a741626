/* Oxygen saturation of the blood's arteries by the ratio of ratios: how much red light the pulse
 * takes away against infrared, each as a share of its light. What that means for a sensor its maker
 * measures on people and states as a curve; nothing here has been validated. */
#ifndef PLETH_VITALS_OXYGEN_H
#define PLETH_VITALS_OXYGEN_H

#include "../signal/trace.h"
#include "pleth/pleth.h"

#define PLETH_OXYGEN_SAMPLES (8 * PLETH_WAVE_HZ)
#define PLETH_OXYGEN_WORK (3 * PLETH_OXYGEN_SAMPLES + 30)

struct pleth_oxygen {
    /* samples of the last window, 0: there was none */
    int n;
    /* ratio of ratios and its standard deviation; reasons why there is none */
    float ratio, sd;
    uint32_t obstacles;
};

/* What a stream knows of the light. */
struct pleth_oxygen_light {
    /* both lights are channels of this, at PLETH_WAVE_HZ */
    const struct pleth_trace *trace;
    int red, infrared;
    /* counts of a converter at its lower and upper limit; low >= high: not known */
    double low, high;
};

/* Takes the newest window, in which the heart beats pulse_hz (> 0) times a second. work:
 * PLETH_OXYGEN_WORK. */
void pleth_oxygen_update(struct pleth_oxygen *o, const struct pleth_oxygen_light *light,
                         double pulse_hz, double *work);

/* Value, standard deviation and quality, by a curve a + b R + c R^2; the other fields are the
 * caller's. All 0 where there was no window, or obstacles. */
void pleth_oxygen_estimate(const struct pleth_oxygen *o, const float curve[3], pleth_vital *vital);

#endif
