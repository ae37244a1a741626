/* Recordings of wearable and bedside sensors, sample by sample, whatever file they lie in. What is
 * read of each format, docs/DATA.md says.
 *
 * All channels of a recording are read at the instants of its optical ones (the fastest of these;
 * without any, of the fastest channels there are). A channel with a rate of its own (acceleration
 * of a wristband) is interpolated there. It is missing before its first sample, after its last,
 * which holds for as long as one does, and where samples with times of their own are more than a
 * second apart. Memory does not grow with the length of a recording, except of MATLAB files.
 * Different recordings may be read by different threads. */
#ifndef PLETHIO_BIOSIGNAL_H
#define PLETHIO_BIOSIGNAL_H

#include <stdint.h>

#include "error.h"

enum plethio_kind {
    PLETHIO_OTHER,
    /* light that skin lets through or throws back, by its colour; OPTICAL: colour not stated */
    PLETHIO_OPTICAL,
    PLETHIO_GREEN,
    PLETHIO_RED,
    PLETHIO_INFRARED,
    PLETHIO_BLUE,
    PLETHIO_ACC_X,
    PLETHIO_ACC_Y,
    PLETHIO_ACC_Z,
    PLETHIO_ECG,
    PLETHIO_RESPIRATION
};

struct plethio_channel {
    char name[40];
    /* as the file states it, "" if it does not */
    char unit[16];
    enum plethio_kind kind;
};

#define PLETHIO_CHANNELS 32

struct plethio_biosignal_info {
    /* "csv", "edf" (also BDF), "wfdb", "mat", "e4", "polar", "max3010x", "neutral", "dalia",
     * "galaxy" */
    char format[12];
    int channels;
    struct plethio_channel channel[PLETHIO_CHANNELS];
    /* samples a second; 0 where they are uneven */
    double rate_hz;
    /* as far as the file tells, else 0 */
    double duration_s;
};

struct plethio_biosignal;

/* path: a file (of the neutral format and of WFDB any of the two), an E4 folder or the BVP.csv in
 * it, one of GalaxyPPG or its PPG.csv, a place in a file of WildPPG (FILE.mat/wrist), or a record's
 * name without suffix (WFDB). rate_hz (> 0, else it is not given) is that of the
 * optical channels; it is needed where a file has neither times nor a rate, and goes before what it
 * says: other channels then keep their proportion to it. 0, or -1 and e. */
int plethio_biosignal_open(struct plethio_biosignal **b, const char *path, double rate_hz,
                           struct plethio_error *e);
void plethio_biosignal_info(const struct plethio_biosignal *b, struct plethio_biosignal_info *info);

/* The next instant, ns from the recording's start, and value[channels] there in the file's physical
 * units, NAN where one is missing. 1, 0 at the end, or -1 and e. Times are as recorded: they may
 * stand still or run back. */
int plethio_biosignal_next(struct plethio_biosignal *b, int64_t *time_ns, float *value,
                           struct plethio_error *e);
void plethio_biosignal_close(struct plethio_biosignal **b);

/* 1 if the name, or the beginning of a file, say that it is a recording of a sensor and neither a
 * video nor a colour trace: a table needs a column of light, and not red, green and blue. Pipes and
 * devices are not looked into and are none. */
int plethio_is_biosignal(const char *path);

#endif
