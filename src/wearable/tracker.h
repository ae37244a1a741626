/* The pulse rate of a moving body: spectra of light and of motion -> evidence -> a belief.
 *
 * Two windows that end now, of 16 and 8 s, are looked at. In each, light is the mean over the
 * channels of their spectra, each over its own sum, less what lies on the slope of a wandering
 * baseline; where acceleration has a line, what light has there counts little (Wiener's filter, s^2
 * / (s + k n), as in Temko 2017, on amplitudes). What is left at a rate and at its double, over the
 * mean of all that is left, is the evidence for that rate. A network's, if there is one, is added,
 * as far as it agrees with what is believed. */
#ifndef PLETH_WEARABLE_TRACKER_H
#define PLETH_WEARABLE_TRACKER_H

#include "../vitals/belief.h"
#include "../vitals/quality.h"
#include "rate_net.h"
#include "sensor.h"

/* Spectra are of every other grid sample. */
#define PLETH_TRACKER_HZ (PLETH_WAVE_HZ / 2)
#define PLETH_TRACKER_FFT 512
#define PLETH_TRACKER_BINS 241 /* to 7 Hz */
/* In grid samples. */
#define PLETH_TRACKER_LONG (16 * PLETH_WAVE_HZ)
#define PLETH_TRACKER_SHORT (8 * PLETH_WAVE_HZ)
#define PLETH_TRACKER_LEAST (4 * PLETH_WAVE_HZ)
/* What is measured lies so far back from the middle of the last 8 s, of which rates are usually
 * told: 0.7 * 8 + 0.3 * 4 - 4 s. */
#define PLETH_TRACKER_LAG_S 2.8f

struct pleth_tracker {
    struct pleth_belief belief;
    int started;
    int64_t last_ns;
    /* the belief's median, and what it moves by a second */
    float median, trend;
    struct pleth_sensor_signs signs;
    float loglik[PLETH_BELIEF_STATES];
    /* tables: of the transform, windows, and by bin what thinning took, the weight of light and the
       baseline's slope */
    double table[PLETH_TRACKER_FFT];
    double window[2][PLETH_TRACKER_LONG / 2];
    int windowed[2];
    float taken[PLETH_TRACKER_BINS], weight[PLETH_TRACKER_BINS], slope[PLETH_TRACKER_BINS];
    /* scratch: of each channel, light first, every other sample, less its first value; how many
       these are, and which of them say nothing, if any does */
    float thin[PLETH_PPG_CHANNELS + 3][PLETH_TRACKER_LONG / 2], first[PLETH_PPG_CHANNELS + 3];
    int had[PLETH_PPG_CHANNELS + 3], lost[PLETH_PPG_CHANNELS + 3];
    uint8_t gone[PLETH_PPG_CHANNELS + 3][PLETH_TRACKER_LONG / 2];
    union {
        uint8_t marks[PLETH_TRACKER_LONG];
        double raw[PLETH_TRACKER_LONG + 6];
        struct {
            double x[PLETH_TRACKER_LONG / 2], spectrum[PLETH_TRACKER_FFT + 2];
        };
    };
    float power[PLETH_TRACKER_BINS], light[PLETH_TRACKER_BINS], motion[PLETH_TRACKER_BINS];
    float whole[PLETH_TRACKER_BINS]; /* light with motion in it, of the longer window */
};

/* Rates per minute. */
void pleth_tracker_init(struct pleth_tracker *t, float rate_min, float rate_max);

/* Forgets everything. */
void pleth_tracker_reset(struct pleth_tracker *t);

/* Looks at the newest windows, and lets net (NULL: none) look. Returns how many grid samples the
 * longer one has, 0 while there are fewer than PLETH_TRACKER_LEAST or no channel has anything to
 * say. */
int pleth_tracker_update(struct pleth_tracker *t, const struct pleth_sensor *sensor,
                         struct pleth_rate_net *net);

/* Value, standard deviation and quality; the other fields are the caller's. */
void pleth_tracker_estimate(const struct pleth_tracker *t, pleth_vital *vital);

#endif
