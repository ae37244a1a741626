/* Skin colours over time -> pulse wave -> pulse rate with its uncertainty and quality. */
#ifndef PLETH_VITALS_RATE_H
#define PLETH_VITALS_RATE_H

#include "../signal/trace.h"
#include "belief.h"
#include "evidence.h"
#include "pleth/pleth.h"

#define PLETH_RATE_SAMPLES 300 /* 10 s at PLETH_WAVE_HZ */
#define PLETH_RATE_MIN_SAMPLES 150
#define PLETH_RATE_FFT 2048
/* beside the values of pleth_method: waves of a network */
#define PLETH_RATE_NETWORK PLETH_METHOD_COUNT

/* What the last window showed at the rate that the belief holds. */
struct pleth_rate_signs {
    /* its length, s */
    float window_s;
    /* -M log(1 - q) - log(candidates): how far noise is from explaining the peak, nats */
    float surprise;
    /* the surprises of the last half minute that spoke for this same rate, each by its share of new
       samples: what a longer window would have shown. Starts over when the value jumps. */
    float history;
    /* 10 log10 q / (1 - q), dB */
    float snr_db;
    /* cross power of the face's quarters over their power: about 0 for noise, 1 for a pulse that
       all see in phase; -1 if the quarters are not known */
    float coherence;
    /* belief within 5 /min of the value, 0..1 */
    float mass;
    /* amplitude of the fundamental in levels of the mean colour, 0..255; of a network, of what the
       colours hold of it */
    float level;
    /* share of the wave's fundamental that a linear view of the colours holds, about 0..1: 1 for
       the methods, which are one; what a network sees beyond them is motion before it is blood */
    float explained;
    /* the background seen as if it were skin: its wave at the rate in phase with the skin's, over
       the skin's, times its own q; about 0, and 1 where all the light changes alike. 0 if there is
       no background. */
    float background;
    /* the head's motion: share of its velocity's power at the rate, 0..1, and the amplitude of its
       displacement there, in cells of the grid. 0 if it is not known. */
    float motion_share, motion_cells;
};

struct pleth_rate {
    int method, started;
    struct pleth_band band;
    struct pleth_belief belief;
    int64_t last_ns;
    struct pleth_rate_signs signs;
    float last_value;
    /* band-passed wave of the last window at PLETH_WAVE_HZ, oldest first, and the trace's count of
       samples at its end */
    int n;
    int64_t end;
    double wave[PLETH_RATE_SAMPLES];
    /* scratch */
    float q[PLETH_BELIEF_STATES], loglik[PLETH_BELIEF_STATES];
    double table[PLETH_RATE_FFT], window[PLETH_RATE_SAMPLES];
    double flat[3][PLETH_RATE_SAMPLES], part[PLETH_RATE_SAMPLES];
    double spectrum[PLETH_RATE_FFT + 2], parts_sum[PLETH_RATE_FFT + 2];
    double power[PLETH_RATE_FFT / 2 + 1], parts_power[PLETH_RATE_FFT / 2 + 1];
    double sum[PLETH_RATE_FFT / 2 + 2];
    double work[PLETH_RATE_FFT];
};

/* Rates per minute; method: pleth_method whose waves will come, or PLETH_RATE_NETWORK, since each
 * has a quality of its own. */
void pleth_rate_init(struct pleth_rate *r, int method, float rate_min, float rate_max);

/* Samples of the trace that the next update takes: 0 while there are fewer than
 * PLETH_RATE_MIN_SAMPLES. */
int pleth_rate_window(const struct pleth_trace *colours);

/* The trace began anew. */
void pleth_rate_reset(struct pleth_rate *r);

/* Takes the newest window: wave[n], n = pleth_rate_window(colours), the raw pulse wave that a
 * method or a network made of it, and the colour trace itself: channels 0..2 the whole skin, then 3
 * for each of `parts`, then 3 of the background if have_background. motion: a trace whose channels
 * `head` and head + 1 are the head's velocity in cells a second, or NULL. */
void pleth_rate_update(struct pleth_rate *r, const struct pleth_trace *colours, const double *wave,
                       int parts, int have_background, const struct pleth_trace *motion, int head);

/* Value, standard deviation and quality; the other fields are the caller's. */
void pleth_rate_estimate(const struct pleth_rate *r, pleth_vital *vital);

#endif
