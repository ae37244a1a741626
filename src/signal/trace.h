/* Samples with real time stamps -> an even grid in a ring. The front of camera and wearable alike.
 *
 * Slower or jittering input is interpolated linearly at the grid's instants; input faster than the
 * grid is averaged over each grid interval, so that nothing folds into the band. An interval
 * without samples longer than `gap_s` starts the trace anew. */
#ifndef PLETH_SIGNAL_TRACE_H
#define PLETH_SIGNAL_TRACE_H

#include <stddef.h>
#include <stdint.h>

#define PLETH_TRACE_CHANNELS 26
#define PLETH_TRACE_LENGTH 960 /* 32 s at 30 Hz */

struct pleth_trace {
    int channels;
    double rate_hz, gap_s, hole_s;
    /* input: last sample, and the number since the start */
    int64_t last_ns;
    double last[PLETH_TRACE_CHANNELS];
    int64_t inputs;
    /* grid: instant of sample 0, samples made since, integral of the input since the last one */
    int64_t origin_ns;
    int64_t made;
    /* instants of the newest sample and of the next one, and half an interval around the latter */
    int64_t end_ns, next_ns, before_ns, after_ns;
    /* counts the beginnings, so that what is kept of one trace is not taken for the next one's */
    int generation;
    double area[PLETH_TRACE_CHANNELS], area_s;
    /* smoothed interval of the input, s */
    double interval_s;
    /* 1: samples are kept as float; to be set before the first one comes */
    int narrow;
    /* 1 where no input was near */
    uint8_t hole[PLETH_TRACE_LENGTH];
    /* sample k of channel c lies at [c][k % PLETH_TRACE_LENGTH]. Last, and only the rows of the
       channels that there are need memory: pleth_trace_size */
    union {
        double ring[PLETH_TRACE_CHANNELS][PLETH_TRACE_LENGTH];
        float narrow_ring[PLETH_TRACE_CHANNELS][PLETH_TRACE_LENGTH];
    };
};

/* Bytes that a trace of so many channels needs. */
size_t pleth_trace_size(int channels, int narrow);

/* channels <= PLETH_TRACE_CHANNELS. */
void pleth_trace_init(struct pleth_trace *t, int channels, double rate_hz);

/* Forgets all samples; the next one is the first of a new grid. */
void pleth_trace_reset(struct pleth_trace *t);

/* Takes one sample. Returns 1 if a gap made the trace start anew, else 0. time_ns must exceed the
 * last one (the caller checks). */
int pleth_trace_push(struct pleth_trace *t, int64_t time_ns, const double *value);

/* Grid samples that can be read: the last min(made, PLETH_TRACE_LENGTH). */
int pleth_trace_count(const struct pleth_trace *t);

/* Copies channel c of the last n samples, oldest first, to out[i * step]. */
void pleth_trace_read(const struct pleth_trace *t, int c, int n, double *out, int step);

/* Share of the last n samples that are holes. */
double pleth_trace_holes(const struct pleth_trace *t, int n);

/* Instant of the newest grid sample. */
int64_t pleth_trace_end_ns(const struct pleth_trace *t);

/* Measured input rate, 0 before the second sample. */
double pleth_trace_input_hz(const struct pleth_trace *t);

#endif
