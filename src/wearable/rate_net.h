/* A heart-rate network (resnet1d, mlp, tcn) in the stream of a sensor: of its lights the window
 * that it was trained on -> what it says of every rate, for the tracker's belief. */
#ifndef PLETH_WEARABLE_RATE_NET_H
#define PLETH_WEARABLE_RATE_NET_H

#include "../signal/trace.h"
#include "../vitals/belief.h"
#include "pleth/pleth.h"
#include "sensor.h"
#include "window.h"

/* Class c is the rate LOWEST + c, per minute. */
enum { PLETH_RATE_NET_LOWEST = 30, PLETH_RATE_NET_CLASSES = 180 };

struct pleth_rate_net {
    pleth_net_state *state;
    int logits; /* which of the network's outputs they are */
    /* natural logarithm of the probability of each class at the last look */
    float said[PLETH_RATE_NET_CLASSES];
    /* the evidence beside its own */
    float beside[PLETH_BELIEF_STATES];
    double x[PLETH_PPG_CHANNELS * PLETH_WINDOW], work[PLETH_WINDOW_WORK];
    float window[PLETH_WINDOW];
    /* light as training has it: on a grid of PLETH_WINDOW_HZ, anew after each gap. Last, as only
       what its channels need has memory; behind it the network's state */
    struct pleth_trace light;
};

/* Bytes that it needs; 0 for a network that does not make PLETH_RATE_NET_CLASSES `logits` of
 * PLETH_WINDOW samples. */
size_t pleth_rate_net_size(const pleth_net *net, int channels);

/* Makes one in memory, aligned to 64 bytes, for a sensor of so many optical channels. */
struct pleth_rate_net *pleth_rate_net_open(void *memory, const pleth_net *net, int channels);

/* Looks at the newest window of the lights: the green ones, or where none is green all, as training
 * does; without what is mute or has just been switched to another level. Returns how many there
 * were; 0: `said` says nothing. */
int pleth_rate_net_look(struct pleth_rate_net *r, const struct pleth_sensor *s);

/* How much of what was said lies within 5 /min of what is believed, 0..1. */
float pleth_rate_net_agrees(const struct pleth_rate_net *r, const struct pleth_belief *rates);

/* Adds what was said, `by` times, to the log likelihood of each rate of a belief. */
void pleth_rate_net_weigh(const struct pleth_rate_net *r, const struct pleth_belief *rates,
                          float by, float *loglik);

#endif
