/* Data sets: which recordings lie in a folder, whose they are, and what their reference says. */
#ifndef PLETHIO_DATASET_H
#define PLETHIO_DATASET_H

#include "error.h"

/* How the files of a data set lie: a row of a table (dataset_parts.h). */
struct plethio_layout;

/* The layout of this name, or NULL; and layout number i, NULL beyond the last. */
const struct plethio_layout *plethio_layout_find(const char *name);
const struct plethio_layout *plethio_layout_at(int i);

/* What `pleth evaluate` calls it, and what there is to know of it: lines for a person, in words. */
const char *plethio_layout_name(const struct plethio_layout *layout);
const char *plethio_layout_help(const struct plethio_layout *layout);

/* The attributes that recordings of this layout may have, "a|b"; "" for none. */
const char *plethio_layout_attributes(const struct plethio_layout *layout);

enum { PLETHIO_ATTRIBUTES = 10 };

struct plethio_recording {
    /* path below the root without suffix */
    char name[256];
    char person[256];
    char input[1024], reference[1024];
    /* 1: the input holds frames, whatever its name says */
    int frames;
    /* frames a second where the input does not say; 0: it does */
    double rate_hz;
    /* what the data set says of the recording: light, motion, skin, task, ... */
    struct plethio_attribute {
        char name[16], value[40];
    } attribute[PLETHIO_ATTRIBUTES];
    int attributes;
};

/* The value of an attribute; "" where the recording does not have it. */
const char *plethio_recording_attribute(const struct plethio_recording *recording,
                                        const char *name);

struct plethio_dataset {
    const struct plethio_layout *layout;
    char name[256]; /* the folder's own (path.h) */
    /* sorted by name */
    struct plethio_recording *recording;
    int count;
    /* recordings left out since they have no reference */
    int unlabelled;
};

/* 0, or -1 and e when there is no recording with a reference. Free with plethio_dataset_free. */
int plethio_dataset_open(struct plethio_dataset *dataset, const struct plethio_layout *layout,
                         const char *root, struct plethio_error *e);
void plethio_dataset_free(struct plethio_dataset *dataset);

/* Keeps the people and recordings that a file lists: a name a line, or `name,part` of which those
 * of this part are kept. A person may have the data set's name before it, SET/PERSON. part: a word,
 * such as a fold's number; NULL: "test", and every name of a file without parts. "#" starts a
 * comment. -1 and e when nothing is left. */
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
    /* wave: of the pulse; breath: of breathing, in place of breathing_rate */
    double *time_s, *heart_rate, *breathing_rate, *cadence, *wave, *breath;
    /* n > 0: where breaths were marked, breathing is compared in these windows alone */
    struct plethio_windows breaths;
    /* beats of the heart, for what they vary by: s, increasing, NULL without; of a clock of their
       own where there is no heart_rate */
    int beats;
    double *beat_s;
    /* 1: where there are both, the pulse rate is the wave's and not the device's own */
    int rate_of_wave;
    /* times of the input's frames, seconds from the first one, where they are not the input's own;
     * else 0 and NULL */
    int frames;
    double *frame_s;
    /* what was done, "" where that is not known; and what these texts point into, if anything */
    const char **activity;
    char *text;
};

/* What the layout's reader makes of recording->reference. Free with plethio_reference_free. */
int plethio_reference_read(struct plethio_reference *reference, const struct plethio_layout *layout,
                           const struct plethio_recording *recording, struct plethio_error *e);
void plethio_reference_free(struct plethio_reference *reference);

#endif
