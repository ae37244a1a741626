/* WFDB: NAME.hea says in text what the files beside it hold. Formats 16 (int16), 80 (offset bytes)
 * and 212 (two samples of 12 bits in three bytes); see PhysioNet's header(5) and signal(5). */
#define _POSIX_C_SOURCE 200809L

#include "biosignal_parts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

enum {
    SIGNALS = 256,
    /* samples in a frame, all signals of a file together */
    FRAME = 4096,
    /* frames that are kept: what one lane is behind another by is less than two */
    FRAMES = 4
};

/* One file: the samples of its signals, frame after frame. */
struct group {
    FILE *file;
    char name[128];
    int format;
    /* samples in a frame; frames read so far */
    int size;
    int64_t frames;
    int *sample; /* FRAMES * size */
    /* format 212: the second sample of a pair */
    int have_second, second;
};

struct signal {
    int group, at, per_frame, channel;
    double gain, baseline;
};

struct wfdb {
    struct group group[PLETHIO_CHANNELS];
    int groups;
    struct signal signal[SIGNALS];
    int signals;
    /* of the whole record, -1: to the end of the files */
    int64_t frames;
    /* per lane: samples a frame, and the next sample */
    int per_frame[PLETHIO_CHANNELS];
    int64_t next[PLETHIO_CHANNELS];
    struct plethio_lines header;
};

/* ---- Samples ---------------------------------------------------------------------------- */

static int sign_12(int v)
{
    return v & 0x800 ? v - 0x1000 : v;
}

/* The next sample of a file: 1, or 0 at its end. */
static int next_sample(struct group *g, int *sample)
{
    unsigned char p[3];

    if (g->format == 80) {
        const int c = getc(g->file);

        *sample = c - 128;
        return c != EOF;
    }
    if (g->format == 16) {
        if (fread(p, 1, 2, g->file) != 2)
            return 0;
        *sample = (int16_t)(p[0] | p[1] << 8);
        return 1;
    }
    if (g->have_second) {
        *sample = g->second;
        g->have_second = 0;
        return 1;
    }
    /* an odd last sample may have but two bytes */
    p[2] = 0;
    if (fread(p, 1, 3, g->file) < 2)
        return 0;
    *sample = sign_12(p[0] | (p[1] & 15) << 8);
    g->second = sign_12(p[2] | (p[1] & 0xf0) << 4);
    g->have_second = !feof(g->file);
    return 1;
}

/* What stands for "no value" in each format; format 80 has nothing of the kind. */
static int is_missing(const struct group *g, int sample)
{
    return (g->format == 16 && sample == INT16_MIN) || (g->format == 212 && sample == -2048);
}

static int read_frame(const struct wfdb *w, struct group *g, struct plethio_error *e)
{
    int *to = g->sample + (size_t)(g->frames % FRAMES) * (size_t)g->size;

    if (w->frames >= 0 && g->frames == w->frames)
        return 0;
    for (int i = 0; i < g->size; i++) {
        if (next_sample(g, &to[i]))
            continue;
        if (ferror(g->file))
            return plethio_fail(e, "%s cannot be read: %s", g->name, strerror(errno));
        if (w->frames >= 0 || i > 0)
            return plethio_fail(e, "%s ends within frame %lld", g->name, (long long)g->frames + 1);
        return 0;
    }
    g->frames++;
    return 1;
}

static int next_wfdb(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                     struct plethio_error *e)
{
    struct wfdb *w = b->reader;
    const int64_t n = w->next[lane], frame = n / w->per_frame[lane];

    (void)time_ns;
    for (int i = 0; i < w->signals; i++) {
        const struct signal *s = &w->signal[i];
        struct group *g = &w->group[s->group];
        int sample;

        if (s->channel < 0 || b->lane_of[s->channel] != lane)
            continue;
        while (g->frames <= frame) {
            const int got = read_frame(w, g, e);

            if (got <= 0)
                return got;
        }
        sample = g->sample[(size_t)(frame % FRAMES) * (size_t)g->size + (size_t)s->at +
                           (size_t)(n % s->per_frame)];
        value[s->channel] = is_missing(g, sample) ? NAN : (float)((sample - s->baseline) / s->gain);
    }
    w->next[lane]++;
    return 1;
}

static void close_wfdb(struct plethio_biosignal *b)
{
    struct wfdb *w = b->reader;

    for (int i = 0; i < w->groups; i++) {
        if (w->group[i].file)
            fclose(w->group[i].file);
        free(w->group[i].sample);
    }
    plethio_lines_close(&w->header);
    free(w);
}

/* ---- The header ------------------------------------------------------------------------- */

/* A finite number; *at is left behind it. */
static int number(const char **at, double *value)
{
    char *end;

    *value = strtod(*at, &end);
    if (end == *at || !isfinite(*value))
        return 0;
    *at = end;
    return 1;
}

/* A whole number of 1 to max. */
static int whole(const char **at, int max, int *value)
{
    char *end;
    const long v = strtol(*at, &end, 10);

    if (end == *at || v < 1 || v > max)
        return 0;
    *at = end;
    *value = (int)v;
    return 1;
}

/* The next field of the line, cut out; "" at its end. */
static char *field(char **at)
{
    char *start = *at + strspn(*at, " \t");

    *at = start + strcspn(start, " \t");
    if (**at)
        *(*at)++ = 0;
    return start;
}

/* NAME SIGNALS [RATE[/...]] [SAMPLES] [TIME [DATE]] */
static int read_record(struct wfdb *w, double *rate_hz, struct plethio_error *e)
{
    char *at = w->header.text;
    const char *name = field(&at), *signals = field(&at), *rate = field(&at), *samples = field(&at);
    double n;

    if (strchr(name, '/'))
        return plethio_fail(e, "a record of several segments; give one of these");
    if (!whole(&signals, SIGNALS, &w->signals) || *signals)
        return plethio_fail(e, "its header has no number of signals, 1 to %d", SIGNALS);
    *rate_hz = 250;
    if (*rate && (!number(&rate, rate_hz) || !(*rate_hz > 0 && *rate_hz <= 1e6) ||
                  (*rate && *rate != '/' && *rate != '(')))
        return plethio_fail(e, "its header has no rate of samples");
    w->frames = -1;
    if (*samples) {
        if (!number(&samples, &n) || *samples || !(n >= 0 && n < 1e15))
            return plethio_fail(e, "its header has no number of samples");
        w->frames = n > 0 ? (int64_t)n : -1;
    }
    return 0;
}

static int same_file(const struct wfdb *w, const char *name, int format)
{
    const struct group *g = w->groups > 0 ? &w->group[w->groups - 1] : NULL;

    return g && g->format == format && strcmp(g->name, name) == 0;
}

static int add_group(struct wfdb *w, const char *name, int format, struct plethio_error *e)
{
    struct group *g = &w->group[w->groups];

    if (w->groups == PLETHIO_CHANNELS)
        return plethio_fail(e, "more than %d files", PLETHIO_CHANNELS);
    /* a header may not name files anywhere else */
    if (strlen(name) >= sizeof g->name || strpbrk(name, "/\\") || *name == '.' || *name == '-')
        return plethio_fail(e, "its header names a file that does not lie beside it: %.100s", name);
    strcpy(g->name, name);
    g->format = format;
    w->groups++;
    return 0;
}

/* GAIN[(BASELINE)][/UNIT]; a gain of 0 stands for one that is not known, 200. */
static int read_gain(struct signal *s, const char *gain, int *have_baseline, const char **unit)
{
    s->gain = 200;
    *unit = "mV";
    if (!*gain)
        return 1;
    if (!number(&gain, &s->gain))
        return 0;
    if (*gain == '(') {
        gain++;
        if (!number(&gain, &s->baseline) || *gain++ != ')')
            return 0;
        *have_baseline = 1;
    }
    if (*gain == '/')
        *unit = gain + 1;
    else if (*gain)
        return 0;
    if (s->gain == 0)
        s->gain = 200;
    return 1;
}

static int lane_with(struct plethio_biosignal *b, int per_frame, double rate_hz)
{
    struct wfdb *w = b->reader;

    for (int i = 0; i < b->lanes; i++)
        if (w->per_frame[i] == per_frame)
            return i;
    w->per_frame[b->lanes] = per_frame;
    return plethio_add_lane(b, rate_hz * per_frame);
}

/* FILE FORMAT[xN][:SKEW][+OFFSET] [GAIN [BITS [ZERO [FIRST [SUM [BLOCK [NAME]]]]]]] */
static int read_signal(struct plethio_biosignal *b, struct signal *s, int number_of, double rate_hz,
                       struct plethio_error *e)
{
    struct wfdb *w = b->reader;
    char *at = w->header.text, *name = field(&at), fallback[24];
    const char *format_field = field(&at), *gain = field(&at), *zero, *unit;
    int format, have_baseline = 0;
    struct group *g;

    s->per_frame = 1;
    if (!whole(&format_field, INT_MAX, &format) ||
        (*format_field == 'x' && (format_field++, !whole(&format_field, FRAME, &s->per_frame))))
        return plethio_fail(e, "line %ld: signal %d has no format", w->header.number, number_of);
    if (format != 16 && format != 80 && format != 212)
        return plethio_fail(e, "signal %d has format %d; read are 16, 80 and 212", number_of,
                            format);
    if (*format_field)
        return plethio_fail(e, "signal %d has a skew or an offset, which are not read", number_of);
    if (!read_gain(s, gain, &have_baseline, &unit))
        return plethio_fail(e, "line %ld: signal %d has no gain", w->header.number, number_of);
    field(&at);
    zero = field(&at);
    if (!have_baseline && *zero && !number(&zero, &s->baseline))
        return plethio_fail(e, "line %ld: signal %d has no zero", w->header.number, number_of);
    for (int i = 0; i < 3; i++)
        field(&at);
    at += strspn(at, " \t");
    if (!same_file(w, name, format) && add_group(w, name, format, e))
        return -1;
    s->group = w->groups - 1;
    g = &w->group[s->group];
    s->at = g->size;
    g->size += s->per_frame;
    if (g->size > FRAME)
        return plethio_fail(e, "more than %d samples in a frame", FRAME);
    snprintf(fallback, sizeof fallback, "signal %d", number_of);
    s->channel = -1;
    if (plethio_has_place(w->signals, at)) {
        s->channel = plethio_add_channel(b, *at ? at : fallback, unit,
                                         lane_with(b, s->per_frame, rate_hz), e);
        if (s->channel < 0)
            return -1;
    }
    return 0;
}

static int open_group(struct group *g, const char *folder, struct plethio_error *e)
{
    char path[1024];

    if (plethio_beside(path, folder, 0, g->name, e))
        return -1;
    g->file = fopen(path, "rb");
    if (!g->file)
        return plethio_fail(e, "%s cannot be opened: %s", g->name, strerror(errno));
    g->sample = malloc(FRAMES * (size_t)g->size * sizeof *g->sample);
    return g->sample ? 0 : plethio_fail(e, "not enough memory");
}

int plethio_open_wfdb(struct plethio_biosignal *b, struct plethio_error *e)
{
    const int cut = plethio_ends(b->path, ".hea") || plethio_ends(b->path, ".dat") ? 4 : 0;
    struct wfdb *w = calloc(1, sizeof *w);
    char path[1024], *slash;
    double rate_hz = 0;
    int got;

    if (!w)
        return plethio_fail(e, "not enough memory");
    b->reader = w;
    b->next = next_wfdb;
    b->close = close_wfdb;
    strcpy(b->info.format, "wfdb");
    if (plethio_beside(path, b->path, cut, ".hea", e) || plethio_lines_open(&w->header, path, e))
        return -1;
    got = plethio_lines_next(&w->header, e);
    if (got <= 0)
        return got == 0 ? plethio_fail(e, "its header is empty") : -1;
    if (read_record(w, &rate_hz, e))
        return -1;
    for (int i = 0; i < w->signals; i++) {
        got = plethio_lines_next(&w->header, e);
        if (got <= 0)
            return got == 0 ? plethio_fail(e, "its header has %d of %d signals", i, w->signals)
                            : -1;
        if (read_signal(b, &w->signal[i], i + 1, rate_hz, e))
            return -1;
    }
    slash = strrchr(path, '/');
    slash = slash ? slash + 1 : path;
    *slash = 0;
    for (int i = 0; i < w->groups; i++)
        if (open_group(&w->group[i], path, e))
            return -1;
    b->info.duration_s = w->frames > 0 ? (double)w->frames / rate_hz : 0;
    return 0;
}
