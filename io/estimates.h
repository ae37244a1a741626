/* Tables that are scored without measuring: pairs of waves, and anybody's rates. */
#ifndef PLETHIO_ESTIMATES_H
#define PLETHIO_ESTIMATES_H

#include "error.h"

/* Estimated and true wave of one recording. */
struct plethio_wave_pair {
    char name[256], person[256];
    double rate_hz;
    int n;
    float *estimate, *label;
};

struct plethio_waves {
    struct plethio_wave_pair *pair;
    int count;
    /* 1 if the file format says that they are differences */
    int differences;
};

/* path: a folder with index.csv (recording, n_samples, fs_hz, offset_pred_bytes,
 * offset_label_bytes) and waves.bin (float32 little-endian differences), or a CSV file with the
 * columns prediction and label, and optionally recording, person and time_s. rate_hz: of a CSV
 * without time_s, else 0. Free with plethio_waves_free. */
int plethio_waves_read(struct plethio_waves *waves, const char *path, double rate_hz,
                       struct plethio_error *e);
void plethio_waves_free(struct plethio_waves *waves);

/* One window of somebody's estimates; NAN for what a row does not say. */
struct plethio_rate {
    char name[256], person[256];
    double time_s, reference, estimate, quality, sd, cadence;
    int answered;
};

struct plethio_rates {
    struct plethio_rate *rate;
    int count;
    /* cells of the columns asked for, row after row: `count` times as many as these */
    const char **label;
    /* what the labels point into */
    char *text;
};

/* A CSV file with the columns reference and estimate (empty: none), and optionally recording,
 * person, time_s, answered (0 or 1), quality (0..1), sd (per minute) and cadence (steps per
 * minute). column[0..columns) are further ones that the file must have, for their labels. Free with
 * plethio_rates_free. */
int plethio_rates_read(struct plethio_rates *rates, const char *path, const char *const *column,
                       int columns, struct plethio_error *e);
void plethio_rates_free(struct plethio_rates *rates);

#endif
