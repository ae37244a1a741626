/* Samples of a wearable sensor -> an even grid: light of each optical channel, acceleration, and
 * what share of each grid interval an optical channel said nothing. */
#ifndef PLETH_WEARABLE_SENSOR_H
#define PLETH_WEARABLE_SENSOR_H

#include "../signal/trace.h"
#include "pleth/pleth.h"

struct pleth_sensor {
    pleth_sensor_config config;
    /* of each light: the last value that was a number, since when it has been the same, and the
       largest and smallest seen so far */
    float last[PLETH_PPG_CHANNELS], least[PLETH_PPG_CHANNELS], most[PLETH_PPG_CHANNELS];
    int64_t held_ns[PLETH_PPG_CHANNELS];
    float acceleration[3];
    /* share of the newest second that is mute, and mute at a limit of the converter */
    float mute[PLETH_PPG_CHANNELS], clipped[PLETH_PPG_CHANNELS];
    int64_t newest_ns;
    /* light from channel 0, the share that is mute of each light, acceleration. Last, as only what
       these need has memory: pleth_sensor_size */
    struct pleth_trace trace;
};

/* Bytes that a sensor needs. */
size_t pleth_sensor_size(const pleth_sensor_config *config);

void pleth_sensor_init(struct pleth_sensor *s, const pleth_sensor_config *config);

/* Forgets all samples. */
void pleth_sensor_reset(struct pleth_sensor *s);

/* Takes one sample, later than the last. Returns 1 if a gap made the trace start anew, else 0. */
int pleth_sensor_push(struct pleth_sensor *s, const pleth_sample *sample);

/* The trace's channel of an axis of acceleration, 0..2. */
int pleth_sensor_axis(const struct pleth_sensor *s, int axis);

/* An optical channel that is mute for more of a window is left out. */
#define PLETH_SENSOR_MUTE_SHARE 0.3

/* Share of the last n grid samples in which optical channel c was mute, 0..1. */
double pleth_sensor_mute(const struct pleth_sensor *s, int c, int n);

#endif
