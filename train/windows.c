#define _POSIX_C_SOURCE 200809L

#include "windows.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "biosignal.h"
#include "dataset.h"
#include "memory.h"
#include "path.h"
#include "random.h"
#include "signal/trace.h"

enum { ROOM_PERSON, ROOM_RECORDING, ROOM_PIECE, ROOM_WINDOW };

static const double tau = 6.283185307179586;

static int no_memory(struct plethio_error *e)
{
    return plethio_fail(e, "no memory for the windows");
}

static int no_room(struct plethio_error *e)
{
    return plethio_fail(e,
                        "cannot keep the windows in a temporary file: %s; TMPDIR names the folder, "
                        "/tmp without it",
                        strerror(errno));
}

/* Room for one item more in one of the set's arrays. */
#define GROW(items, count, room)                                                                   \
    do {                                                                                           \
        void *grown = plethio_grow((items), (count), 1, (room), sizeof *(items));                  \
        if (!grown)                                                                                \
            return no_memory(e);                                                                   \
        (items) = grown;                                                                           \
    } while (0)

/* ---- Light on an even grid ----------------------------------------------------------------- */

/* One recording as it is read. */
struct reading {
    struct pleth_trace *trace;
    int most; /* channels that are read */
    int channel[PLETHTRAIN_CHANNELS], channels;
    /* samples of all channels, instant after instant, of the piece that is being read */
    float *row;
    int rows, room;
    double begin_s;
    double end_s; /* of the recording, whether it has light there or not */
    FILE *file;
    int64_t written; /* samples in the file */
};

/* The channels that are light: green, else of a colour that is not stated, else of any. */
static void choose_channels(struct reading *r, const struct plethio_biosignal_info *info)
{
    static const enum plethio_kind wanted[][3] = {
        {PLETHIO_GREEN, PLETHIO_GREEN, PLETHIO_GREEN},
        {PLETHIO_OPTICAL, PLETHIO_OPTICAL, PLETHIO_OPTICAL},
        {PLETHIO_INFRARED, PLETHIO_RED, PLETHIO_BLUE}};

    r->channels = 0;
    for (int k = 0; k < 3 && r->channels == 0; k++)
        for (int c = 0; c < info->channels && r->channels < r->most; c++)
            for (int i = 0; i < 3; i++)
                if (info->channel[c].kind == wanted[k][i]) {
                    r->channel[r->channels++] = c;
                    break;
                }
}

static int end_piece(struct plethtrain_set *set, struct reading *r, struct plethio_error *e)
{
    struct plethtrain_piece *p;

    if (r->rows >= PLETH_WINDOW) {
        GROW(set->piece, set->pieces, &set->room[ROOM_PIECE]);
        p = &set->piece[set->pieces++];
        *p = (struct plethtrain_piece){
            .at = r->written, .length = r->rows, .channels = r->channels, .begin_s = r->begin_s};
        for (int c = 0; c < r->channels; c++)
            for (int i = 0; i < r->rows; i++)
                fwrite(&r->row[i * r->channels + c], sizeof *r->row, 1, r->file);
        r->written += (int64_t)r->rows * r->channels;
        if (ferror(r->file))
            return no_room(e);
    }
    r->rows = 0;
    return 0;
}

/* Takes what the trace has made since `made`. */
static int take_samples(struct reading *r, int64_t made, struct plethio_error *e)
{
    const int fresh = (int)(r->trace->made - made);
    double value[PLETH_TRACE_LENGTH];
    float *row =
        plethio_grow(r->row, r->rows, fresh + 1, &r->room, sizeof *row * PLETHTRAIN_CHANNELS);

    if (!row)
        return no_memory(e);
    r->row = row;
    if (r->rows == 0)
        r->begin_s = (double)r->trace->origin_ns * 1e-9;
    for (int c = 0; c < r->channels; c++) {
        pleth_trace_read(r->trace, c, fresh, value, 1);
        for (int i = 0; i < fresh; i++)
            row[(r->rows + i) * r->channels + c] = (float)value[i];
    }
    r->rows += fresh;
    return 0;
}

/* Reads what is chosen of a recording. lit: of each channel, whether it ever has a value. 1: no
 * instant had one of all channels; -1 and e. */
static int read_samples(struct plethtrain_set *set, struct reading *r, struct plethio_biosignal *b,
                        int lit[PLETHTRAIN_CHANNELS], struct plethio_error *e)
{
    float value[PLETHIO_CHANNELS];
    double light[PLETHTRAIN_CHANNELS];
    int64_t time_ns, last_ns = -1;
    int status;

    pleth_trace_init(r->trace, r->channels, PLETH_WINDOW_HZ);
    r->rows = 0;
    r->end_s = 0;
    while ((status = plethio_biosignal_next(b, &time_ns, value, e)) == 1) {
        int64_t made = r->trace->made;
        int whole = time_ns > last_ns;

        r->end_s = fmax(r->end_s, (double)time_ns * 1e-9);
        for (int c = 0; c < r->channels; c++) {
            light[c] = (double)value[r->channel[c]];
            lit[c] |= isfinite(light[c]);
            whole &= isfinite(light[c]);
        }
        if (!whole)
            continue;
        last_ns = time_ns;
        if (pleth_trace_push(r->trace, time_ns, light)) {
            made = 0;
            if ((status = end_piece(set, r, e)))
                break;
        }
        if ((status = take_samples(r, made, e)))
            break;
    }
    if (status || end_piece(set, r, e))
        return -1;
    return last_ns < 0;
}

/* Leaves out the channels without any value. 1: there are others; 0: nothing has changed. */
static int leave_unlit(struct reading *r, const int lit[PLETHTRAIN_CHANNELS])
{
    int kept = 0;

    for (int c = 0; c < r->channels; c++)
        kept += lit[c];
    if (kept == 0 || kept == r->channels)
        return 0;
    kept = 0;
    for (int c = 0; c < r->channels; c++)
        if (lit[c])
            r->channel[kept++] = r->channel[c];
    r->channels = kept;
    return 1;
}

static int read_light(struct plethtrain_set *set, struct reading *r, const char *path,
                      double rate_hz, struct plethio_error *e)
{
    struct plethio_biosignal_info info;
    int status, again = 0;

    if (!plethio_is_biosignal(path))
        return plethio_fail(e,
                            "%s: not a recording of a sensor; networks that see windows of "
                            "light are trained on these",
                            path);
    do {
        struct plethio_biosignal *b;
        int lit[PLETHTRAIN_CHANNELS] = {0};

        if (plethio_biosignal_open(&b, path, rate_hz, e))
            return -1;
        plethio_biosignal_info(b, &info);
        if (!again)
            choose_channels(r, &info);
        status = r->channels ? read_samples(set, r, b, lit, e)
                             : plethio_fail(e, "%s: no channel of light", path);
        plethio_biosignal_close(&b);
        again = status == 1 && leave_unlit(r, lit);
    } while (again);
    return status < 0 ? -1 : 0;
}

/* ---- Labels -------------------------------------------------------------------------------- */

/* Samples and seconds that a recording's end may lack of its last window, and its beginning of the
 * first. */
enum { SLACK = 5 };
#define SLACK_S ((SLACK + 1.0) / PLETH_WINDOW_HZ)

/* A window that ends at end_s, labelled; in whichever piece from first_piece on it lies. */
static int add_window(struct plethtrain_set *set, int first_piece, double end_s, double rate,
                      struct plethio_error *e)
{
    if (!(rate >= PLETHTRAIN_LOWEST && rate <= PLETHTRAIN_HIGHEST)) {
        set->unlabelled++;
        return 0;
    }
    for (int k = first_piece; k < set->pieces; k++) {
        const struct plethtrain_piece *p = &set->piece[k];
        double first = round((end_s - PLETH_WINDOW_S - p->begin_s) * PLETH_WINDOW_HZ);
        double last = p->length - PLETH_WINDOW;

        if (!(first >= -SLACK && first <= last + SLACK))
            continue;
        GROW(set->window, set->windows, &set->room[ROOM_WINDOW]);
        set->window[set->windows++] =
            (struct plethtrain_window){.piece = k,
                                       .start = (int32_t)fmin(fmax(first, 0), last),
                                       .recording = set->recordings - 1,
                                       .rate = (float)rate};
        return 0;
    }
    set->dark++;
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The usual time between two values of a reference, a median, but 1 s where they come in bursts;
 * negative: no memory. */
static double usual_step(const struct plethio_reference *r)
{
    double *step = malloc((size_t)r->n * sizeof *step), usual = -1;

    if (!step)
        return usual;
    step[0] = PLETH_WINDOW_S; /* of a single value */
    for (int i = 1; i < r->n; i++)
        step[i - 1] = r->time_s[i] - r->time_s[i - 1];
    qsort(step, (size_t)(r->n - 1), sizeof *step, compare_numbers);
    usual = fmax(step[(r->n - 1) / 2], 1);
    free(step);
    return usual;
}

/* The mean of what a reference says in the window that ends at end_s, NAN where it knows less than
 * half of it: each value stands for the time since the one before, usual_s at most. *from moves on
 * with the windows. */
static double mean_rate(const struct plethio_reference *r, double end_s, double usual_s, int *from)
{
    const double half_s = 0.5 * PLETH_WINDOW_S - 1e-6; /* times are sums */
    double sum = 0, known_s = 0;
    int known = 0;

    while (*from < r->n && r->time_s[*from] <= end_s - PLETH_WINDOW_S)
        ++*from;
    for (int i = *from; i < r->n && r->time_s[i] <= end_s; i++)
        if (isfinite(r->heart_rate[i]) && r->heart_rate[i] > 0) {
            known_s += i > 0 ? fmin(r->time_s[i] - r->time_s[i - 1], usual_s) : usual_s;
            sum += r->heart_rate[i];
            known++;
        }
    return known_s >= half_s ? sum / known : (double)NAN;
}

/* The mean rate of the beats' intervals in the window that ends at end_s, each for as long as it
 * lasts, NAN where intervals of rates that have a class fill less than half of it. *from moves on
 * with the windows. */
static double beat_rate(const struct plethio_reference *r, double end_s, int *from)
{
    const double longest_s = 60.0 / PLETHTRAIN_LOWEST;
    double beats = 0, known_s = 0;

    while (*from + 1 < r->beats && r->beat_s[*from + 1] <= end_s - PLETH_WINDOW_S)
        ++*from;
    for (int i = *from; i + 1 < r->beats && r->beat_s[i] < end_s; i++) {
        const double length_s = r->beat_s[i + 1] - r->beat_s[i];
        const double in_s =
            fmin(r->beat_s[i + 1], end_s) - fmax(r->beat_s[i], end_s - PLETH_WINDOW_S);
        if (!(length_s > 0 && length_s <= longest_s))
            continue;
        beats += in_s / length_s;
        known_s += in_s;
    }
    return 2 * known_s >= PLETH_WINDOW_S ? 60 * beats / known_s : (double)NAN;
}

/* last_s: when the recording ends, beyond which there is nothing to label. */
static int add_labels(struct plethtrain_set *set, const struct plethio_reference *r,
                      int first_piece, double last_s, double lag_s, struct plethio_error *e)
{
    int from = 0, status = 0;
    double usual_s;

    last_s += lag_s;
    if (!r->heart_rate) {
        last_s = r->beats ? fmin(last_s, r->beat_s[r->beats - 1]) : 0;
        for (double end_s = PLETH_WINDOW_S; end_s <= last_s && status == 0; end_s += 2)
            status = add_window(set, first_piece, end_s - lag_s, beat_rate(r, end_s, &from), e);
        return status;
    }

    if (r->window_s > 0) {
        for (int i = 0; i < r->n && status == 0; i++)
            status = add_window(set, first_piece, r->time_s[i] - lag_s, r->heart_rate[i], e);
        return status;
    }
    last_s = r->n ? fmin(last_s, r->time_s[r->n - 1]) : 0;
    usual_s = r->n ? usual_step(r) : 0;
    if (usual_s < 0)
        return no_memory(e);
    for (double end_s = PLETH_WINDOW_S; end_s <= last_s && status == 0; end_s += 2)
        status =
            add_window(set, first_piece, end_s - lag_s, mean_rate(r, end_s, usual_s, &from), e);
    return status;
}

/* ---- Sets ---------------------------------------------------------------------------------- */

static int person_number(struct plethtrain_set *set, int source, const char *name,
                         struct plethio_error *e)
{
    char full[PLETHTRAIN_NAME];
    int length = snprintf(full, sizeof full, "%s/%s", set->source[source], name);

    if (length >= (int)sizeof full)
        return plethio_fail(e, "%.80s...: too long a name", full);
    for (int i = 0; i < set->people; i++)
        if (strcmp(set->person[i], full) == 0)
            return i;
    GROW(set->person, set->people, &set->room[ROOM_PERSON]);
    memcpy(set->person[set->people], full, sizeof full);
    return set->people++;
}

/* Notes which file a recording is, or lies in (FILE.mat/wrist); -1 and e where another data set has
 * it, too. */
static int note_file(const struct plethtrain_set *set, struct plethtrain_recording *r,
                     const char *path, struct plethio_error *e)
{
    char file[sizeof((struct plethio_recording *)NULL)->input];
    struct stat s;
    int missing;

    snprintf(file, sizeof file, "%s", path);
    /* the light of the neutral format lies beside what describes it, and is what must not be in two
     */
    if (plethio_ends(file, ".json")) {
        memcpy(file + strlen(file) - 5, ".bin", 5);
        if (stat(file, &s))
            snprintf(file, sizeof file, "%s", path);
    }
    while ((missing = stat(file, &s)) && errno == ENOTDIR)
        *strrchr(file, '/') = 0;
    if (missing)
        return plethio_fail(e, "%s: %s", path, strerror(errno));
    r->file[0] = (uint64_t)s.st_dev;
    r->file[1] = (uint64_t)s.st_ino;
    for (const struct plethtrain_recording *other = set->recording; other < r; other++)
        if (other->source != r->source && memcmp(other->file, r->file, sizeof r->file) == 0)
            return plethio_fail(e,
                                "%s: in data set %s and in %s; who is tested would be learned from",
                                path, set->source[other->source], set->source[r->source]);
    return 0;
}

static int add_recording(struct plethtrain_set *set, struct reading *r, int source,
                         const struct plethio_layout *layout,
                         const struct plethio_recording *recording, double lag_s,
                         struct plethio_error *e)
{
    struct plethio_reference reference;
    struct plethtrain_recording *to;
    const int first = set->pieces;
    int person = person_number(set, source, recording->person, e), status;

    if (person < 0)
        return -1;
    GROW(set->recording, set->recordings, &set->room[ROOM_RECORDING]);
    to = &set->recording[set->recordings++];
    memset(to, 0, sizeof *to);
    to->person = person;
    to->source = source;
    memcpy(to->name, recording->name, sizeof recording->name);
    if (note_file(set, to, recording->input, e))
        return -1;
    if (plethio_reference_read(&reference, layout, recording, e))
        return -1;
    if (!reference.heart_rate && reference.beats < 2) {
        set->unlabelled++;
        plethio_reference_free(&reference);
        return 0;
    }
    status = read_light(set, r, recording->input, recording->rate_hz, e);
    if (status == 0)
        status = add_labels(set, &reference, first, r->end_s + SLACK_S, lag_s, e);
    plethio_reference_free(&reference);
    return status;
}

static int name_source(struct plethtrain_set *set, const struct plethtrain_source *source,
                       struct plethio_error *e)
{
    char *to = set->source[set->sources];

    plethio_own_name(to, source->path);
    for (int i = 0; i < set->sources; i++)
        if (strcmp(set->source[i], to) == 0)
            return plethio_fail(e,
                                "%s: two data sets of that name; whose people are whose would "
                                "not be known",
                                to);
    set->lag_s[set->sources] = source->lag_s;
    set->channels[set->sources] = source->channels ? source->channels : PLETHTRAIN_CHANNELS;
    set->sources++;
    return 0;
}

static int add_source(struct plethtrain_set *set, struct reading *r,
                      const struct plethtrain_source *source, double before, double share,
                      int (*tell)(void *, const char *, double), void *cookie,
                      struct plethio_error *e)
{
    const struct plethio_layout *layout = plethio_layout_find(source->layout);
    struct plethio_dataset d;
    int status = 0;

    if (!layout)
        return plethio_fail(e, "%s: not a data set that is known; pleth evaluate --help lists them",
                            source->layout);
    if (name_source(set, source, e) || plethio_dataset_open(&d, layout, source->path, e))
        return -1;
    r->most = set->channels[set->sources - 1];
    for (int i = 0; i < d.count && status == 0; i++) {
        status = add_recording(set, r, set->sources - 1, layout, &d.recording[i], source->lag_s, e);
        if (status == 0 && tell &&
            tell(cookie, d.recording[i].name, before + share * (i + 1) / d.count))
            status = plethio_fail(e, "stopped");
    }
    plethio_dataset_free(&d);
    return status;
}

/* Windows in which no light varies say nothing. */
static void drop_dark(struct plethtrain_set *set)
{
    int kept = 0;
    float x[PLETH_WINDOW];

    for (int i = 0; i < set->windows; i++) {
        int seen = 0;

        plethtrain_set_cut(set, i, x);
        for (int k = 0; k < PLETH_WINDOW; k++)
            seen |= x[k] != 0;
        if (seen)
            set->window[kept++] = set->window[i];
    }
    set->dark += set->windows - kept;
    set->windows = kept;
}

static int map_samples(struct plethtrain_set *set, struct reading *r, struct plethio_error *e)
{
    char names[PLETHTRAIN_NAMES];
    void *map;

    plethtrain_set_names(set, ~0u, names);
    if (set->windows == 0)
        return plethio_fail(e, "%s: no window of 8 s with light and a heart rate of %d to %d /min",
                            names, PLETHTRAIN_LOWEST, (int)PLETHTRAIN_HIGHEST);
    if (fflush(r->file))
        return no_room(e);
    set->bytes = (size_t)r->written * sizeof(float);
    map = mmap(NULL, set->bytes, PROT_READ, MAP_SHARED, fileno(r->file), 0);
    if (map == MAP_FAILED) {
        set->bytes = 0;
        return plethio_fail(e, "cannot map the windows: %s", strerror(errno));
    }
    set->sample = map;
    drop_dark(set);
    return set->windows ? 0 : plethio_fail(e, "%s: no window in which the light varies", names);
}

int plethtrain_set_open(struct plethtrain_set *set, const struct plethtrain_source *source,
                        int sources, int (*tell)(void *, const char *, double), void *cookie,
                        struct plethio_error *e)
{
    struct reading r = {.file = plethio_temporary()};
    int status = 0;

    memset(set, 0, sizeof *set);
    r.trace = malloc(pleth_trace_size(PLETHTRAIN_CHANNELS, 0));
    if (!r.file)
        status = no_room(e);
    else if (!r.trace)
        status = no_memory(e);
    for (int i = 0; i < sources && status == 0; i++)
        status =
            add_source(set, &r, &source[i], (double)i / sources, 1.0 / sources, tell, cookie, e);
    if (status == 0)
        status = map_samples(set, &r, e);
    if (r.file)
        fclose(r.file);
    free(r.trace);
    free(r.row);
    if (status)
        plethtrain_set_close(set);
    return status;
}

void plethtrain_set_close(struct plethtrain_set *set)
{
    if (set->bytes)
        munmap((void *)(uintptr_t)set->sample, set->bytes);
    free(set->person);
    free(set->recording);
    free(set->piece);
    free(set->window);
    memset(set, 0, sizeof *set);
}

void plethtrain_set_names(const struct plethtrain_set *set, unsigned which,
                          char text[PLETHTRAIN_NAMES])
{
    size_t used = 0;

    text[0] = 0;
    for (int i = 0; i < set->sources && used < PLETHTRAIN_NAMES; i++)
        if (which >> i & 1)
            used += (size_t)snprintf(text + used, PLETHTRAIN_NAMES - used, "%s%s", used ? ", " : "",
                                     set->source[i]);
}

int plethtrain_set_person(const struct plethtrain_set *set, int window)
{
    return set->recording[set->window[window].recording].person;
}

uint64_t plethtrain_set_digest(const struct plethtrain_set *set)
{
    uint64_t digest = (uint64_t)set->windows;
    uint32_t bits;

    for (int i = 0; i < set->windows; i++) {
        memcpy(&bits, &set->window[i].rate, sizeof bits);
        digest = plethtrain_key(digest, bits);
        digest = plethtrain_key(digest, (uint64_t)set->window[i].start);
    }
    for (size_t i = 0; i < set->bytes / sizeof(float); i++) {
        memcpy(&bits, &set->sample[i], sizeof bits);
        digest = plethtrain_mix(digest + bits);
    }
    return digest;
}

/* ---- Windows ------------------------------------------------------------------------------- */

void plethtrain_set_cut(const struct plethtrain_set *set, int i, float *x)
{
    const struct plethtrain_window *w = &set->window[i];
    const struct plethtrain_piece *p = &set->piece[w->piece];
    double sample[PLETHTRAIN_CHANNELS * PLETH_WINDOW], work[PLETH_WINDOW_WORK];

    for (int c = 0; c < p->channels; c++)
        for (int k = 0; k < PLETH_WINDOW; k++)
            sample[c * PLETH_WINDOW + k] =
                (double)set->sample[p->at + (int64_t)c * p->length + w->start + k];
    pleth_window_cut(sample, p->channels, NULL, x, work);
}

/* Numbers of a window's random stream. */
enum {
    OF_STRETCH,
    OF_SHIFT,
    OF_FLIP,
    OF_NOISE,
    OF_ENVELOPE,
    OF_CHANNELS = 8, /* and PLETHTRAIN_CHANNELS more */
    OF_SAMPLES = 16
};

/* -1 .. 1 */
static double either(uint64_t key, uint64_t number)
{
    return 2 * plethtrain_uniform(key, number) - 1;
}

/* A row between its samples, by the cubic through four of them (Catmull and Rom 1974). */
static double between(const float *row, int length, double at)
{
    const int i = (int)fmin(fmax(floor(at), 0), length - 2);
    const double t = at - i, b = (double)row[i], c = (double)row[i + 1];
    const double a = i > 0 ? (double)row[i - 1] : 2 * b - c;
    const double d = i < length - 2 ? (double)row[i + 2] : 2 * c - b;

    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/* A window moved by `shift` samples lies between its label and its neighbour's. *shift ends there,
 * and becomes 0 where there is no neighbour. */
static double moved_rate(const struct plethtrain_set *set, int i, double *shift)
{
    enum { APART = 75 }; /* neighbours are at most so many samples apart */
    const struct plethtrain_window *w = &set->window[i], *other;
    const int next = *shift < 0 ? i - 1 : i + 1;
    int apart;

    if (next < 0 || next >= set->windows || set->window[next].piece != w->piece) {
        *shift = 0;
        return (double)w->rate;
    }
    other = &set->window[next];
    apart = other->start - w->start;
    if (apart == 0 || abs(apart) > APART) {
        *shift = 0;
        return (double)w->rate;
    }
    if (fabs(*shift) > abs(apart))
        *shift = apart;
    return (double)w->rate + (double)(other->rate - w->rate) * *shift / apart;
}

static void disturb(const struct plethtrain_variation *v, uint64_t key, float *x)
{
    const double level = v->noise * plethtrain_uniform(key, OF_NOISE);
    const double swell = v->envelope * plethtrain_uniform(key, OF_ENVELOPE);
    const double hz = 0.05 + 0.25 * plethtrain_uniform(key, OF_ENVELOPE + 1);
    const double phase = plethtrain_uniform(key, OF_ENVELOPE + 2);
    double mean = 0, square = 0;

    for (int k = 0; k < PLETH_WINDOW; k++) {
        /* Box and Muller */
        const uint64_t number = OF_SAMPLES + 2 * (uint64_t)k;
        const double normal = sqrt(-2 * log(1 - plethtrain_uniform(key, number))) *
                              cos(tau * plethtrain_uniform(key, number + 1));
        x[k] = (float)((double)x[k] * (1 + swell * sin(tau * (phase + hz * k / PLETH_WINDOW_HZ))) +
                       level * normal);
        mean += (double)x[k] / PLETH_WINDOW;
    }
    for (int k = 0; k < PLETH_WINDOW; k++)
        square += ((double)x[k] - mean) * ((double)x[k] - mean) / PLETH_WINDOW;
    for (int k = 0; k < PLETH_WINDOW && square > 0; k++)
        x[k] = (float)(((double)x[k] - mean) / sqrt(square));
}

float plethtrain_set_vary(const struct plethtrain_set *set, int i,
                          const struct plethtrain_variation *v, uint64_t key, float *x)
{
    const struct plethtrain_window *w = &set->window[i];
    const struct plethtrain_piece *p = &set->piece[w->piece];
    const double middle = 0.5 * (PLETH_WINDOW - 1);
    double sample[PLETHTRAIN_CHANNELS * PLETH_WINDOW], work[PLETH_WINDOW_WORK];
    double weight[PLETHTRAIN_CHANNELS];
    double shift = v->shift_s * PLETH_WINDOW_HZ * either(key, OF_SHIFT);
    double rate = moved_rate(set, i, &shift);
    const double centre = w->start + middle + shift;
    double faster = v->stretch > 0 ? exp(log(v->stretch) * either(key, OF_STRETCH)) : 1;

    /* no further than the piece reaches either way: moved, it would have another label */
    faster = fmin(faster, fmin(centre, p->length - 1 - centre) / middle);
    if (!(rate * faster >= PLETHTRAIN_LOWEST && rate * faster <= PLETHTRAIN_HIGHEST))
        faster = 1;
    for (int c = 0; c < p->channels; c++) {
        const float *row = set->sample + p->at + (int64_t)c * p->length;
        weight[c] = plethtrain_uniform(key, OF_CHANNELS + (uint64_t)c);
        for (int k = 0; k < PLETH_WINDOW; k++)
            sample[c * PLETH_WINDOW + k] = between(row, p->length, centre + (k - middle) * faster);
    }
    pleth_window_cut(sample, p->channels, v->mix ? weight : NULL, x, work);
    if (v->noise > 0 || v->envelope > 0)
        disturb(v, key, x);
    if (v->flip && plethtrain_random(key, OF_FLIP) & 1)
        for (int k = 0; k < PLETH_WINDOW; k++)
            x[k] = -x[k];
    return (float)(rate * faster);
}
