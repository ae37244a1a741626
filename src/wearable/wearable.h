/* A wearable sensor's front: samples -> traces -> pulse rate, wave, and why there is none. */
#ifndef PLETH_WEARABLE_WEARABLE_H
#define PLETH_WEARABLE_WEARABLE_H

#include "../signal/filter.h"
#include "../vitals/breathing.h"
#include "rate_net.h"
#include "tracker.h"

#define PLETH_WEARABLE_WAVE (10 * PLETH_WAVE_HZ)

struct pleth_wearable {
    struct pleth_tracker tracker;
    struct pleth_rate_net *net; /* NULL: none */
    /* grid samples that the last look saw, 0: none */
    int seen;
    /* optical channel that the wave is taken from, -1: none is usable; and which way it is steep,
       positive where its rise is, a sum over windows in which older ones fade */
    int best;
    double skew;
    /* of each channel the share of its changes that beat with the pulse, a mean over windows */
    float pulse[PLETH_PPG_CHANNELS];
    /* band-passed wave of the last ten seconds, rising with the blood, and the trace's count of
       samples at its end */
    int n;
    int64_t end;
    double wave[PLETH_WEARABLE_WAVE], work[PLETH_WEARABLE_WAVE + 6 * PLETH_FILTER_TAPS];
    struct pleth_sensor sensor; /* last: pleth_sensor_size */
};

/* Bytes that the front of such a sensor needs. */
size_t pleth_wearable_size(const pleth_sensor_config *sensor);

/* net: NULL or a network, which must outlive it. */
void pleth_wearable_init(struct pleth_wearable *w, const pleth_sensor_config *sensor,
                         float rate_min, float rate_max, struct pleth_rate_net *net);

/* The clock was set: another recording begins. */
void pleth_wearable_reset(struct pleth_wearable *w);

/* Looks at the newest windows. */
void pleth_wearable_look(struct pleth_wearable *w);

/* Where breathing is to be looked for; trace is NULL where nothing is to be seen. */
struct pleth_blood pleth_wearable_blood(const struct pleth_wearable *w);

/* Grid samples since the instant time_ns. */
int pleth_wearable_age(const struct pleth_wearable *w, int64_t time_ns);

/* What forbids a pulse reading, and why its quality is low. */
uint32_t pleth_wearable_obstacles(const struct pleth_wearable *w);
uint32_t pleth_wearable_doubts(const struct pleth_wearable *w);

/* What forbids a reading of the last n grid samples of the wave's channel: much of it missing or
 * mute, or a switch to another level. */
uint32_t pleth_wearable_breaks(const struct pleth_wearable *w, int n);

/* 1 while motion hides what breathing does to the light. */
int pleth_wearable_moves(const struct pleth_wearable *w);

#endif
