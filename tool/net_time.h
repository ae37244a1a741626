/* Networks to be timed, of a file's weights or of random ones: for pleth bench and the programs in
 * bench/. */
#ifndef PLETH_TOOL_NET_TIME_H
#define PLETH_TOOL_NET_TIME_H

#include "model.h"
#include "nets/nets.h"

/* A network with inputs, ready to be called. */
struct net_time {
    struct plethio_model model;
    int count;   /* frames (or windows) of a call */
    double macs; /* of a call, as published: without what preparing saves */
    float *input[2], *output[4];
};

/* Milliseconds a call. */
struct net_times {
    double lowest, median, quartile[2];
};

/* A float model with random weights, under which values keep their size on the way through: the
 * bytes of a safetensors file, to be freed. NULL and e for an impossible shape. */
char *net_time_random(const struct pleth_net_shape *shape, size_t *size, struct plethio_error *e);

/* Takes the model's bytes, also where it fails (-1 and e; t then holds nothing). name: of the file,
 * for messages. count: 0 for a segment. Inputs are random, uniform in -1..1. */
int net_time_open(struct net_time *t, char *bytes, size_t size, const char *name,
                  const pleth_net_options *options, int count, struct plethio_error *e);

/* The same network in int8, calibrated on the inputs of `wide`. -1 and e where it has no such form.
 */
int net_time_open_int8(struct net_time *t, const struct net_time *wide,
                       const pleth_net_options *options, struct plethio_error *e);
void net_time_close(struct net_time *t);

/* Whole segments, as pleth_net_run runs them. */
void net_time_call(struct net_time *t);

/* Calls of about `seconds` for each of the n (1 or 2) networks, which take turns, so that a busy
 * machine disturbs all of them alike. */
void net_time_measure(struct net_time *const *t, int n, double seconds, struct net_times *times);

#endif
