/* Waves on an even grid, written as EDF+ (NAME.edf) or WFDB (NAME.hea and NAME.dat, format 16).
 * Both store 16-bit integers between the smallest and the largest value, which only the end knows:
 * until then the samples wait in an unnamed file, and memory does not grow. */
#ifndef PLETHIO_WAVEFORM_H
#define PLETHIO_WAVEFORM_H

#include "biosignal.h"

struct plethio_waveform;

/* 1 if the ending of the name is .edf or .hea. */
int plethio_is_waveform(const char *path);

/* channels 1..PLETHIO_CHANNELS, of which name and unit are used. 0, or -1 and e. */
int plethio_waveform_open(struct plethio_waveform **w, const char *path,
                          const struct plethio_channel *channel, int channels, double rate_hz,
                          struct plethio_error *e);

/* The next instant; NAN where a value is missing: WFDB has a mark for that, in EDF+ the one before
 * is held and an annotation "no value" covers the time. */
int plethio_waveform_push(struct plethio_waveform *w, const float *value, struct plethio_error *e);

/* Writes the whole file, or, unless `keep`, none. w is gone in any case. */
int plethio_waveform_close(struct plethio_waveform **w, int keep, struct plethio_error *e);

#endif
