/* What the halves of `pleth synth` share: faces (synth.c) and sensors (synth_ppg.c). */
#ifndef PLETH_TOOL_SYNTH_COMMON_H
#define PLETH_TOOL_SYNTH_COMMON_H

#include <stddef.h>
#include <stdio.h>

#include "rhythm.h"

/* The form with --ppg: whether it is asked for, and the verb then. */
int synth_is_ppg(int argc, char **argv);
int synth_ppg(int argc, char **argv);

/* R, A..B over the duration, A/B (a step in its middle), or T:R,T:R,...: 0, or -1 if it is none of
 * these. */
int synth_profile(const char *text, double duration_s, struct plethio_profile *profile);

int synth_is_suffix(const char *path, const char *suffix);

/* The name of a file beside OUT: OUT with another suffix. 0, or -1 and e. */
int synth_beside(const char *out, const char *suffix, char *path, size_t size,
                 struct plethio_error *e);

/* Of the true beats, nothing left out: deviation (ddof 1) of intervals, root mean square of their
 * differences; NAN below 4 beats. */
struct synth_variability {
    double sdnn_ms, rmssd_ms;
};
void synth_beats_variability(const double *beat_s, int n, struct synth_variability *v);

/* An option's name as a key: with _ instead of -. */
void synth_print_key(FILE *f, const char *option);

#endif
