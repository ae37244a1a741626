/* Signs of a window -> calibrated probability that its value is right. The constants are fitted on
 * synthetic signals by bench/calibrate.c, those of a sensor's pulse on BAMI-1 besides. */
#ifndef PLETH_VITALS_QUALITY_H
#define PLETH_VITALS_QUALITY_H

#include "breathing.h"
#include "rate.h"

#define PLETH_QUALITY_FEATURES 13

/* What a wearable sensor showed in the last windows. */
struct pleth_sensor_signs {
    /* belief within 5 /min of the value, 0..1, and its standard deviation, /min */
    float mass, sd;
    /* evidence of the spectra at the value over the mean over all rates, nats, a mean over ten
       seconds or so */
    float height;
    /* how much acceleration changes within a step (second differences over 0.2 s) over gravity, 0
       and more; 0 without an accelerometer */
    float motion;
    /* cadence, /min: the strongest line of acceleration; 0: at rest */
    float cadence;
    /* amplitude of light at the value over the mean over all rates, before motion is taken away */
    float share;
    /* 1: the value lies on a multiple of the cadence (or on half of it, or one and a half), where
       motion looks like a pulse */
    float locked;
    /* 1: there is an accelerometer */
    float accelerated;
    /* of the wave's last ten seconds: skewness of its slope, 0 and more, as the steep side of a
       pulse is its rise; and its correlation with itself a beat later, -1..1 */
    float skew, regular;
    /* 1: the newest evidence is a network's, too; and how much of what it said lay within 5 /min of
       what was believed before, 0..1, a mean over ten seconds or so */
    float network, agreed;
};

/* The signs of a pulse as the logistic model's inputs, each about -1..1. */
void pleth_quality_features(const struct pleth_rate_signs *signs, float *x);

/* The signs of breathing likewise. */
void pleth_quality_breathing_features(const struct pleth_breathing_signs *signs, float *x);

/* And of breathing in a sensor's beats. */
void pleth_quality_beats_features(const struct pleth_breathing_signs *signs, float *x);

/* The signs of a sensor's pulse likewise. */
void pleth_quality_sensor_features(const struct pleth_sensor_signs *signs, float *x);

/* Probability that the pulse rate is within 5 /min of the truth, 0..1, for waves of a pleth_method.
 */
float pleth_quality_of_pulse(const struct pleth_rate_signs *signs, int method);

/* Probability that a sensor's pulse rate is within 5 /min of the truth, 0..1. */
float pleth_quality_of_sensor(const struct pleth_sensor_signs *signs);

/* Probability that the breathing rate is within 3 /min of the truth, 0..1. */
float pleth_quality_of_breathing(const struct pleth_breathing_signs *signs);

/* The same of a sensor's. */
float pleth_quality_of_beats(const struct pleth_breathing_signs *signs);

#endif
