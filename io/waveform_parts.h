/* What the writers of waves share. */
#ifndef PLETHIO_WAVEFORM_PARTS_H
#define PLETHIO_WAVEFORM_PARTS_H

#include <stdio.h>

#include "waveform.h"

struct plethio_waveform {
    char path[1024];
    /* what is renamed to path at the end */
    char temporary[1040];
    struct plethio_channel channel[PLETHIO_CHANNELS];
    int channels;
    double rate_hz;
    /* floats, all channels of an instant after the other */
    FILE *spool;
    int64_t length;
    /* of the finite values; 0 and 0 where there are none */
    float smallest[PLETHIO_CHANNELS], largest[PLETHIO_CHANNELS];
    int any[PLETHIO_CHANNELS];
};

/* Whether EDF can hold this rate, before anything is written. */
int plethio_edf_check(const struct plethio_waveform *w, struct plethio_error *e);

/* Writes w->temporary from w->spool, which stands at its start. */
int plethio_edf_write(struct plethio_waveform *w, struct plethio_error *e);

#endif
