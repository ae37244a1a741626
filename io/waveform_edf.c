/* EDF+ through EDFlib. */
#include "waveform_parts.h"

#ifdef PLETH_WITH_EDF

#include <edflib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* the longest data record, s, and EDFlib's unit of its length, 10 us */
    RECORD_MAX = 60,
    UNITS = 100000
};

/* The shortest record of whole seconds with a whole number of samples: its seconds, 0 if none. */
static int record_s(double rate_hz)
{
    for (int s = 1; s <= RECORD_MAX; s++)
        if (rate_hz * s >= 1 && fabs(rate_hz * s - round(rate_hz * s)) < 1e-6)
            return s;
    return 0;
}

int plethio_edf_check(const struct plethio_waveform *w, struct plethio_error *e)
{
    /* EDF+ allows 61440 bytes in a data record */
    const double samples = w->rate_hz * record_s(w->rate_hz) * w->channels;

    if (!(samples >= 1 && samples <= 30000))
        return plethio_fail(e, "%s: EDF cannot hold %g samples a second; write .hea or .csv",
                            w->path, w->rate_hz);
    return 0;
}

/* digital = (value - least) * gain - 32768 */
struct scale {
    double least, gain;
};

static int digital_of(const struct scale *s, float value)
{
    return (int)round(((double)value - s->least) * s->gain) - 32768;
}

/* The header has eight characters for a limit: moves it outwards to what fits. */
static double limit(double v, int outwards)
{
    char text[64];

    for (int digits = 6; digits >= 0; digits--) {
        const double unit = pow(10, -digits),
                     rounded = (outwards > 0 ? ceil(v / unit) + 1 : floor(v / unit) - 1) * unit;

        snprintf(text, sizeof text, "%.*f", digits, rounded);
        if (strlen(text) <= 8)
            return strtod(text, NULL);
    }
    return (double)NAN;
}

/* EDFlib cuts off digits that do not fit, so a limit is handed over from a little further out. */
static double handed(double v)
{
    return v * (1 + 1e-12);
}

static int set_channels(const struct plethio_waveform *w, int handle, int per_record,
                        struct scale *scale)
{
    int bad = 0;

    for (int i = 0; i < w->channels; i++) {
        const double least = limit((double)w->smallest[i], -1),
                     most = limit((double)w->largest[i], 1);

        scale[i] = (struct scale){least, 65535 / (most - least)};
        bad |= !isfinite(scale[i].gain);
        bad |= edf_set_samplefrequency(handle, i, per_record) != 0;
        bad |= edf_set_physical_minimum(handle, i, handed(least)) != 0;
        bad |= edf_set_physical_maximum(handle, i, handed(most)) != 0;
        bad |= edf_set_digital_minimum(handle, i, -32768) != 0;
        bad |= edf_set_digital_maximum(handle, i, 32767) != 0;
        bad |= edf_set_label(handle, i, w->channel[i].name) != 0;
        bad |= edf_set_physical_dimension(handle, i, w->channel[i].unit) != 0;
    }
    return bad;
}

/* Times of missing values, all channels together. */
struct gap {
    int64_t from;
    int open;
};

static int end_gap(struct gap *g, int handle, int64_t to, double rate_hz)
{
    const double unit = 1e4 / rate_hz;

    if (!g->open)
        return 0;
    g->open = 0;
    return edfwrite_annotation_latin1(handle, llround((double)g->from * unit),
                                      llround((double)(to - g->from) * unit), "no value");
}

/* Record after record, each channel's samples in one piece; the last is filled up. */
static int write_records(struct plethio_waveform *w, int handle, int per_record,
                         const struct scale *scale, int *block)
{
    int held[PLETHIO_CHANNELS];
    struct gap gap = {0, 0};
    int64_t n = 0;

    for (int i = 0; i < w->channels; i++)
        held[i] = digital_of(&scale[i], w->smallest[i]);
    while (n < w->length) {
        for (int k = 0; k < per_record; k++, n++) {
            float value[PLETHIO_CHANNELS];
            int missing = n >= w->length;

            if (!missing &&
                fread(value, sizeof *value, (size_t)w->channels, w->spool) != (size_t)w->channels)
                return -1;
            for (int i = 0; i < w->channels; i++) {
                if (n < w->length && isfinite(value[i]))
                    held[i] = digital_of(&scale[i], value[i]);
                else
                    missing = 1;
                block[i * per_record + k] = held[i];
            }
            if (missing && !gap.open)
                gap = (struct gap){n, 1};
            else if (!missing && end_gap(&gap, handle, n, w->rate_hz))
                return -1;
        }
        for (int i = 0; i < w->channels; i++)
            if (edfwrite_digital_samples(handle, block + i * per_record))
                return -1;
    }
    return end_gap(&gap, handle, n, w->rate_hz);
}

int plethio_edf_write(struct plethio_waveform *w, struct plethio_error *e)
{
    const int seconds = record_s(w->rate_hz), per_record = (int)lround(w->rate_hz * seconds);
    struct scale scale[PLETHIO_CHANNELS];
    int *block = malloc((size_t)per_record * (size_t)w->channels * sizeof *block);
    int handle, bad;

    if (!block)
        return plethio_fail(e, "not enough memory");
    handle = edfopen_file_writeonly(w->temporary, EDFLIB_FILETYPE_EDFPLUS, w->channels);
    if (handle < 0) {
        free(block);
        return plethio_fail(e, "cannot write %s", w->path);
    }
    bad = set_channels(w, handle, per_record, scale);
    bad |= edf_set_datarecord_duration(handle, seconds * UNITS) != 0;
    /* the first day that EDF+ knows: when it was is not said */
    bad |= edf_set_startdatetime(handle, 1985, 1, 1, 0, 0, 0) != 0;
    bad = bad || write_records(w, handle, per_record, scale, block);
    free(block);
    return edfclose_file(handle) || bad
               ? plethio_fail(e,
                              "cannot write %s; is the disk full, or a value beyond EDF's eight "
                              "characters?",
                              w->path)
               : 0;
}

#else

int plethio_edf_check(const struct plethio_waveform *w, struct plethio_error *e)
{
    return plethio_fail(e,
                        "%s: this pleth was built without EDF; install libedf-dev and build it "
                        "again",
                        w->path);
}

int plethio_edf_write(struct plethio_waveform *w, struct plethio_error *e)
{
    return plethio_edf_check(w, e);
}

#endif
