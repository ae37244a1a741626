/* Samples of a wearable sensor -> an even grid: light of each optical channel, acceleration, and
 * what share of each grid interval an optical channel said nothing. */
#ifndef PLETH_WEARABLE_SENSOR_H
#define PLETH_WEARABLE_SENSOR_H

#include "../signal/trace.h"
#include "pleth/pleth.h"

struct pleth_sensor {
    pleth_sensor_config config;
    struct pleth_lamp {
        /* the last value taken, since when it has been the same, and when there was one */
        float last;
        int64_t held_ns, taken_ns;
        /* the largest and smallest taken so far; usual size of a step from one to the next */
        float least, most, step;
        /* values that leapt and were not taken: since when, the last, how many agree with it, and
           the mean size of the steps between them */
        int64_t leapt_ns;
        float leapt, leapt_step;
        int agree;
        /* share of values that were not taken, of the newest second */
        float refused;
        /* the trace's count of samples when the light was last switched to another level, and when
           it was last mute */
        int64_t begun, muted;
    } light[PLETH_PPG_CHANNELS];
    float acceleration[3];
    /* since when acceleration has not changed at all */
    int64_t deaf_ns;
    /* share of the newest second that is mute, and mute at a limit of the converter */
    float mute[PLETH_PPG_CHANNELS], clipped[PLETH_PPG_CHANNELS];
    int64_t newest_ns;
    /* NULL, or where the light goes as well: a network's grid */
    struct pleth_trace *other;
    /* light from channel 0, the share that is mute of each light, acceleration. Last, as only what
       these need has memory: pleth_sensor_size */
    struct pleth_trace trace;
};

/* Bytes that a sensor needs. */
size_t pleth_sensor_size(const pleth_sensor_config *config);

void pleth_sensor_init(struct pleth_sensor *s, const pleth_sensor_config *config);

/* Forgets all samples. */
void pleth_sensor_reset(struct pleth_sensor *s);

/* 1 where acceleration says nothing: there is none, or it has been the same for long. */
int pleth_sensor_deaf(const struct pleth_sensor *s);

/* Takes one sample, later than the last. Returns 1 if a gap made the trace start anew, else 0. */
int pleth_sensor_push(struct pleth_sensor *s, const pleth_sample *sample);

/* The trace's channel of an axis of acceleration, 0..2. */
int pleth_sensor_axis(const struct pleth_sensor *s, int axis);

/* An optical channel that is mute for more of a window is left out. */
#define PLETH_SENSOR_MUTE_SHARE 0.5

/* Grid samples since optical channel c was last switched to another level, as by a gain or the
 * power of its lamp. */
int64_t pleth_sensor_since(const struct pleth_sensor *s, int c);

/* Share of the last n grid samples in which optical channel c was mute, 0..1. */
double pleth_sensor_mute(const struct pleth_sensor *s, int c, int n);

/* Marks in lost[0..n) which of the last n grid samples of a channel of the trace say nothing: light
 * that was mute, and what no input was near. Returns how many. */
int pleth_sensor_lost(const struct pleth_sensor *s, int channel, int n, uint8_t *lost);

#endif
