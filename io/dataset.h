/* Data sets: which recordings lie in a folder, whose they are, and what their reference says. And
 * the tables that are scored without measuring: pairs of waves, and anybody's rates. */
#ifndef PLETHIO_DATASET_H
#define PLETHIO_DATASET_H

#include "error.h"

enum plethio_layout {
    /* NAME.ext and NAME.truth.csv (or, for a video, NAME.csv) beside it, at any depth. The person
     * is the first folder below the root; a recording at the root is a person of its own. */
    PLETHIO_FOLDER = 0,
    /* UBFC-rPPG: ID/vid.avi with ID/gtdump.xmp (1) or ID/ground_truth.txt (2). The root may be one
     * such folder itself. */
    PLETHIO_UBFC1 = 1,
    PLETHIO_UBFC2 = 2,
    /* Recordings of sensors in the neutral format: NAME.json, NAME.bin and NAME_ref.csv, of which
     * the first row names the columns. The person is what NAME.json says under "subject". */
    PLETHIO_NEUTRAL = 3
};

struct plethio_recording {
    /* path below the root without suffix */
    char name[256];
    char person[256];
    char input[1024], reference[1024];
};

struct plethio_dataset {
    enum plethio_layout layout;
    /* sorted by name */
    struct plethio_recording *recording;
    int count;
    /* recordings left out since they have no reference */
    int unlabelled;
};

/* 0, or -1 and e when there is no recording with a reference. Free with plethio_dataset_free. */
int plethio_dataset_open(struct plethio_dataset *dataset, enum plethio_layout layout,
                         const char *root, struct plethio_error *e);
void plethio_dataset_free(struct plethio_dataset *dataset);

/* Keeps the people and recordings that a file lists: a name a line, or `name,part` of which those
 * of this part are kept. part: a word, such as a fold's number; NULL: "test", and every name of a
 * file without parts. "#" starts a comment. -1 and e when nothing is left. */
int plethio_dataset_split(struct plethio_dataset *dataset, const char *path, const char *part,
                          struct plethio_error *e);

/* Windows with labels of their own: window k lasts length_s and ends at end_s[k]. */
struct plethio_windows {
    int n;
    double length_s;
    double *end_s, *rate;
};

/* What a reference says over time: n instants, seconds from the first frame, increasing (values
 * that do not follow in time are left out); arrays
 * that the file does not have are NULL, values that it lacks NAN. Rates and steps per minute. */
struct plethio_reference {
    int n;
    /* > 0: each value is of the window of so many seconds that ends at its time */
    double window_s;
    double *time_s, *heart_rate, *breathing_rate, *cadence, *wave;
    /* n > 0: where breaths were marked, breathing is compared in these windows alone */
    struct plethio_windows breaths;
    /* what was done, "" where that is not known; and what these texts point into, if anything */
    const char **activity;
    char *text;
};

/* Columns of PLETHIO_NEUTRAL: t_start_s and bpm_ref, of windows of 8 s; or t_s and any of
 * hr_ecg_bpm (else pulse_bpm, pulse_median) and resp_rate_bpm. NAME_breaths.csv beside NAME_ref.csv
 * has a column of times for each annotator, in s, the shorter ones empty at their ends: breathing
 * is then their mean rate in windows of 32 s, each 16 s after the one before, the first from 0 on,
 * the last one ending before the reference; an annotator's rate is that of the intervals between
 * the breaths within the window, of which there must be three. Columns of PLETHIO_FOLDER, by name:
 * time_s and at least one of heart_rate, breathing_rate and pulse (the wave); perhaps cadence and
 * activity (a word). Free with plethio_reference_free. */
int plethio_reference_read(struct plethio_reference *reference, enum plethio_layout layout,
                           const char *path, struct plethio_error *e);
void plethio_reference_free(struct plethio_reference *reference);

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
