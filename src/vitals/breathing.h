/* Breathing rate from what breathing moves and modulates: the motion of chest, shoulders and head,
 * the baseline of the skin's colour, and amplitude and frequency of the pulse wave (Charlton 2018
 * for the three modulations). */
#ifndef PLETH_VITALS_BREATHING_H
#define PLETH_VITALS_BREATHING_H

#include "../signal/trace.h"
#include "belief.h"
#include "evidence.h"
#include "pleth/pleth.h"

#define PLETH_BREATHING_HZ 10
#define PLETH_BREATHING_SAMPLES 300 /* 30 s */
#define PLETH_BREATHING_MIN_SAMPLES 95
#define PLETH_BREATHING_FFT 1024
#define PLETH_BREATHING_BINS 128      /* to 1.24 Hz: what is higher is not looked at */
#define PLETH_BREATHING_MODULATIONS 3 /* baseline, amplitude, frequency */
#define PLETH_BREATHING_PARTS 4       /* independent motions that are looked at */

/* What the last window showed at the rate that the belief holds. */
struct pleth_breathing_signs {
    /* -M log(1 - q) - log(candidates) of the joined evidence, nats */
    float surprise;
    /* belief within 3 /min of the value, 0..1 */
    float mass;
    /* breaths in the window */
    float breaths;
    /* 10 log10 q / (1 - q) of the best motion and of the best modulation, dB */
    float motion_db, modulation_db;
    /* share of the picture's motion that is as slow as breathing, 0..1; 0 without a picture */
    float calm;
};

struct pleth_breathing {
    struct pleth_band band;
    struct pleth_belief belief;
    int started;
    int64_t last_ns;
    struct pleth_breathing_signs signs;
    /* the wave of the last window that is most like breathing, at PLETH_BREATHING_HZ, of mean
       square one; its sign goes on from the window before */
    int n;
    double wave[PLETH_BREATHING_SAMPLES];
    /* scratch */
    float q[PLETH_BELIEF_STATES], loglik[PLETH_BELIEF_STATES];
    float best_motion[PLETH_BELIEF_STATES], best_modulation[PLETH_BELIEF_STATES];
    double table[PLETH_BREATHING_FFT], window[PLETH_BREATHING_SAMPLES];
    int windowed; /* samples that the window is of */
    double x[PLETH_BREATHING_SAMPLES], next[PLETH_BREATHING_SAMPLES];
    double modulation[PLETH_BREATHING_MODULATIONS][PLETH_BREATHING_SAMPLES];
    double blood[PLETH_TRACE_LENGTH];
    /* of which not all is in use at once: work before re and im, and a channel as long as it is
       examined before its spectrum */
    union {
        double work[2 * PLETH_TRACE_LENGTH];
        struct {
            double re[PLETH_TRACE_LENGTH], im[PLETH_TRACE_LENGTH];
        };
        struct {
            double examined[PLETH_BREATHING_SAMPLES];
            double spectrum[PLETH_BREATHING_FFT + 2];
            double power[PLETH_BREATHING_BINS], sum[PLETH_BREATHING_BINS + 1];
        };
    };
};

/* Where the motion of a picture is seen, and what it takes to look at it. */
struct pleth_breathing_picture {
    /* velocities, `channels` of them at PLETH_BREATHING_HZ */
    const struct pleth_trace *trace;
    int channels;
    /* scratch */
    double motion[PLETH_TRACE_CHANNELS][PLETH_BREATHING_SAMPLES];
    double covariance[PLETH_TRACE_CHANNELS][PLETH_TRACE_CHANNELS];
    double axis[PLETH_BREATHING_PARTS][PLETH_TRACE_CHANNELS];
};

void pleth_breathing_init(struct pleth_breathing *b);

/* Both traces began anew. */
void pleth_breathing_reset(struct pleth_breathing *b);

/* Where in a trace blood is seen. */
struct pleth_blood {
    const struct pleth_trace *trace;
    /* channel of a sensor's light, or -1: channels 0..2 are a camera's colours */
    int light;
    /* channel that is a network's wave of respiration, or -1 */
    int respiration;
};

/* Takes the newest window. picture: NULL if there is none. blood: NULL if there is none now;
 * pulse_hz: the pulse rate if it is known, else 0. Returns 0 while there is too little of both,
 * else 1. */
int pleth_breathing_update(struct pleth_breathing *b, struct pleth_breathing_picture *picture,
                           const struct pleth_blood *blood, double pulse_hz);

/* Value, standard deviation and quality; the other fields are the caller's. */
void pleth_breathing_estimate(const struct pleth_breathing *b, pleth_vital *vital);

#endif
