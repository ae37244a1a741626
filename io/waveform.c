#define _POSIX_C_SOURCE 200809L

#include "waveform_parts.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "biosignal_parts.h"

int plethio_is_waveform(const char *path)
{
    return plethio_ends(path, ".edf") || plethio_ends(path, ".hea");
}

/* ---- WFDB ------------------------------------------------------------------------------- */

/* -32768 stands for a value that is missing */
enum { MISSING = -32768, DIGITAL_MAX = 32767 };

/* digital = value * gain + zero */
struct scale {
    double gain;
    long zero;
};

static struct scale scale_of(double smallest, double largest)
{
    const double middle = smallest / 2 + largest / 2;
    double half = (largest - smallest) / 2;
    struct scale s;

    /* a wave that is tiny beside its offset would need a zero that no integer holds */
    half = fmax(half, 1e-4 * fabs(middle));
    s.gain = half > 0 ? (DIGITAL_MAX - 1) / half : 200;
    s.zero = -lround(middle * s.gain);
    return s;
}

static int digital_of(const struct scale *s, float value)
{
    if (!isfinite(value))
        return MISSING;
    return (int)fmax(-DIGITAL_MAX,
                     fmin(DIGITAL_MAX, round((double)value * s->gain) + (double)s->zero));
}

/* The last part of the path without ".hea". */
static void record_name(char name[1024], const char *path)
{
    const char *slash = strrchr(path, '/');

    strcpy(name, slash ? slash + 1 : path);
    name[strlen(name) - 4] = 0;
}

static int write_samples(struct plethio_waveform *w, FILE *f, const struct scale *scale, int *first,
                         unsigned *sum)
{
    for (int64_t n = 0; n < w->length; n++)
        for (int i = 0; i < w->channels; i++) {
            float value;
            int v;

            if (fread(&value, sizeof value, 1, w->spool) != 1)
                return -1;
            v = digital_of(&scale[i], value);
            putc(v & 255, f);
            putc(v >> 8 & 255, f);
            sum[i] += (unsigned)v;
            if (n == 0)
                first[i] = v;
        }
    return ferror(f) ? -1 : 0;
}

static void write_header(const struct plethio_waveform *w, FILE *f, const char *name,
                         const struct scale *scale, const int *first, const unsigned *sum)
{
    fprintf(f, "%s %d %.12g %lld\n", name, w->channels, w->rate_hz, (long long)w->length);
    for (int i = 0; i < w->channels; i++) {
        const struct plethio_channel *c = &w->channel[i];
        char unit[sizeof c->unit];

        /* a unit ends at a blank */
        snprintf(unit, sizeof unit, "%s", *c->unit ? c->unit : "NU");
        for (char *p = unit; *p; p++)
            if (*p == ' ')
                *p = '_';
        fprintf(f, "%s.dat 16 %.9g(%ld)/%s 16 0 %d %d 0 %s\n", name, scale[i].gain, scale[i].zero,
                unit, first[i], (int16_t)(sum[i] & 0xffff), c->name);
    }
}

static int close_written(FILE *f, int status)
{
    return (f && fclose(f) != 0) || status ? -1 : 0;
}

/* The samples first, under their own name at the end; then the header. */
static int write_wfdb(struct plethio_waveform *w, struct plethio_error *e)
{
    struct scale scale[PLETHIO_CHANNELS];
    int first[PLETHIO_CHANNELS] = {0}, status = -1;
    unsigned sum[PLETHIO_CHANNELS] = {0};
    char name[1024], data[1024], data_part[1040];
    FILE *f;

    for (int i = 0; i < w->channels; i++)
        scale[i] = scale_of((double)w->smallest[i], (double)w->largest[i]);
    record_name(name, w->path);
    if (plethio_beside(data, w->path, 4, ".dat", e))
        return -1;
    snprintf(data_part, sizeof data_part, "%s.part", data);
    errno = 0;
    f = fopen(data_part, "wb");
    status = close_written(f, !f || write_samples(w, f, scale, first, sum));
    f = status ? NULL : fopen(w->temporary, "w");
    if (f) {
        write_header(w, f, name, scale, first, sum);
        status = close_written(f, ferror(f));
    }
    if (!f || status || rename(data_part, data)) {
        const int why = errno ? errno : EIO;

        unlink(data_part);
        return plethio_fail(e, "cannot write %s: %s", data, strerror(why));
    }
    return 0;
}

static int check_wfdb(const struct plethio_waveform *w, struct plethio_error *e)
{
    char name[1024];

    record_name(name, w->path);
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
            return plethio_fail(e, "%s: the name of a WFDB record has but letters, digits, _ and -",
                                w->path);
    return 0;
}

/* ---- Both ------------------------------------------------------------------------------- */

static int is_edf(const struct plethio_waveform *w)
{
    return plethio_ends(w->path, ".edf");
}

/* What can not be written is told before the work. */
static int begin(struct plethio_waveform *w, const char *path, struct plethio_error *e)
{
    FILE *f;

    if (strlen(path) >= sizeof w->path)
        return plethio_fail(e, "cannot write %.80s...: the name is too long", path);
    strcpy(w->path, path);
    if (is_edf(w) ? plethio_edf_check(w, e) : check_wfdb(w, e))
        return -1;
    snprintf(w->temporary, sizeof w->temporary, "%s.part", path);
    f = fopen(w->temporary, "wb");
    if (!f) {
        *w->temporary = 0;
        return plethio_fail(e, "cannot write %s: %s", path, strerror(errno));
    }
    fclose(f);
    w->spool = plethio_temporary();
    return w->spool ? 0 : plethio_fail(e, "no temporary file: %s", strerror(errno));
}

int plethio_waveform_open(struct plethio_waveform **w, const char *path,
                          const struct plethio_channel *channel, int channels, double rate_hz,
                          struct plethio_error *e)
{
    *w = calloc(1, sizeof **w);
    if (!*w)
        return plethio_fail(e, "not enough memory");
    memcpy((*w)->channel, channel, (size_t)channels * sizeof *channel);
    (*w)->channels = channels;
    (*w)->rate_hz = rate_hz;
    if (begin(*w, path, e) == 0)
        return 0;
    plethio_waveform_close(w, 0, NULL);
    return -1;
}

int plethio_waveform_push(struct plethio_waveform *w, const float *value, struct plethio_error *e)
{
    for (int i = 0; i < w->channels; i++) {
        const float v = value[i];

        if (!isfinite(v))
            continue;
        w->smallest[i] = w->any[i] ? fminf(w->smallest[i], v) : v;
        w->largest[i] = w->any[i] ? fmaxf(w->largest[i], v) : v;
        w->any[i] = 1;
    }
    w->length++;
    if (fwrite(value, sizeof *value, (size_t)w->channels, w->spool) != (size_t)w->channels)
        return plethio_fail(e, "cannot write %s; is the disk full?", w->path);
    return 0;
}

static int finish(struct plethio_waveform *w, struct plethio_error *e)
{
    if (fflush(w->spool) || fseeko(w->spool, 0, SEEK_SET))
        return plethio_fail(e, "cannot write %s; is the disk full?", w->path);
    if (is_edf(w) ? plethio_edf_write(w, e) : write_wfdb(w, e))
        return -1;
    return rename(w->temporary, w->path)
               ? plethio_fail(e, "cannot write %s: %s", w->path, strerror(errno))
               : 0;
}

int plethio_waveform_close(struct plethio_waveform **w, int keep, struct plethio_error *e)
{
    int status = 0;

    if (!*w)
        return 0;
    if (keep)
        status = finish(*w, e);
    if (*(*w)->temporary && (!keep || status))
        unlink((*w)->temporary);
    if ((*w)->spool)
        fclose((*w)->spool);
    free(*w);
    *w = NULL;
    return status;
}
