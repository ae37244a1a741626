/* One recording or one pair of waves, compared with its reference. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "pleth/pleth.h"

static const double unknown = (double)NAN;
/* Shorter references do not tell a rate from a wave. */
static const double shortest_reference_s = 10, shortest_breath_s = 15, usual_breath_s = 30;
/* Where the rate of a breathing wave is looked for. */
static const double breath_lo_hz = 0.1, breath_hi_hz = 0.6;

/* ---- Waves ------------------------------------------------------------------------------ */

struct score_wave_options evaluate_wave_options(const struct evaluate_options *o, double rate_hz,
                                                int differences)
{
    struct score_wave_options w = {o->profile, o->rates, differences, rate_hz, o->lo_hz, o->hi_hz};
    if (!(w.hi_hz > 0)) {
        int toolbox = o->profile == SCORE_TOOLBOX;
        w.lo_hz = toolbox ? 0.6 : (double)o->measure.config.rate_min / 60;
        w.hi_hz = toolbox ? 3.3 : (double)o->measure.config.rate_max / 60;
    }
    return w;
}

int evaluate_waves(const float *estimate, const float *label, int n,
                   const struct score_wave_options *w, double window_s,
                   struct evaluate_result *result, struct plethio_error *e)
{
    double samples = window_s * w->rate_hz;
    int size = window_s > 0 && samples < n ? (int)samples : n;
    int shortest = w->profile == SCORE_TOOLBOX ? SCORE_WINDOW_MIN : (size + 1) / 2;
    double *work;

    result->duration_s = n / w->rate_hz;
    if (size > SCORE_WINDOW_MAX)
        return plethio_fail(e, "a window of %d samples is too long (at most %d): say --window-s",
                            size, SCORE_WINDOW_MAX);
    if (size < SCORE_WINDOW_MIN)
        return plethio_fail(e, "a window of %d samples is too short (at least %d)", size,
                            SCORE_WINDOW_MIN);
    work = malloc((size_t)SCORE_WORK(size) * sizeof *work);
    if (!work)
        return evaluate_no_memory(e);
    for (int start = 0; start < n; start += size) {
        int length = n - start < size ? n - start : size;
        struct score_window got;
        struct score_pair pair;
        struct evaluate_window window;
        if (length < SCORE_WINDOW_MIN || length < shortest)
            continue;
        if (score_waves(estimate + start, label + start, length, w, &got, work)) {
            free(work);
            return plethio_fail(e, "the band %g to %g Hz does not fit %g samples a second",
                                w->lo_hz, w->hi_hz, w->rate_hz);
        }
        pair = score_pair_of(got.label_rate, got.estimate_rate);
        pair.snr_db = got.snr_db;
        pair.macc = got.macc;
        /* a label without any rate labels nothing */
        window = (struct evaluate_window){.start_s = start / w->rate_hz,
                                          .end_s = (start + length) / w->rate_hz,
                                          .time_s = (start + length) / w->rate_hz};
        if (isfinite(got.label_rate) &&
            evaluate_add_window(&result->study[HEART], &pair, &window, e)) {
            free(work);
            return -1;
        }
    }
    free(work);
    return 0;
}

/* ---- Recordings ------------------------------------------------------------------------- */

/* Index of the first instant >= t. */
static int first_at(const double *time, int n, double t)
{
    int lo = 0, hi = n;
    while (lo < hi) {
        int middle = lo + (hi - lo) / 2;
        if (time[middle] < t)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

/* Mean of a reference's rate from start_s to end_s; where that span lies between two instants at
 * most 10 s apart, by a straight line. NAN outside the reference, and where there is a pulse or
 * breath (more than 0) in a part of the span only, as when a sensor is put on. */
static double reference_mean(const struct plethio_reference *r, const double *rate, double start_s,
                             double end_s)
{
    double sum = 0, middle = 0.5 * (start_s + end_s);
    int n = 0, none = 0, i;

    for (i = first_at(r->time_s, r->n, start_s); i < r->n && r->time_s[i] <= end_s; i++)
        if (isfinite(rate[i])) {
            sum += rate[i];
            none += rate[i] == 0 && rate != r->cadence;
            n++;
        }
    if (none > 0 && none < n)
        return unknown;
    if (n > 0)
        return sum / n;
    i = first_at(r->time_s, r->n, middle);
    if (i == 0 || i == r->n || r->time_s[i] - r->time_s[i - 1] > 10)
        return unknown;
    return rate[i - 1] + (rate[i] - rate[i - 1]) * (middle - r->time_s[i - 1]) /
                             (r->time_s[i] - r->time_s[i - 1]);
}

/* One of the reference's waves at n instants from start_s on, rate_hz apart, by straight lines. -1
 * where it does not reach. */
static int reference_wave(const struct plethio_reference *r, const double *wave, double start_s,
                          double rate_hz, int n, float *out)
{
    for (int i = 0; i < n; i++) {
        double t = start_s + i / rate_hz, value;
        int k = first_at(r->time_s, r->n, t);
        if (k == r->n)
            return -1;
        if (k == 0 && r->time_s[0] - t > 0.1)
            return -1;
        value = wave[k];
        if (k > 0)
            value = wave[k - 1] + (wave[k] - wave[k - 1]) * (t - r->time_s[k - 1]) /
                                      (r->time_s[k] - r->time_s[k - 1]);
        if (!isfinite(value))
            return -1;
        out[i] = (float)value;
    }
    return 0;
}

/* One recording, measured, beside its reference. */
struct comparison {
    const struct evaluate_options *options;
    const struct plethio_reference *reference;
    const struct measurement *measured;
    /* of the waves: seconds since the first frame, and the pulse */
    double *wave_s;
    float *wave;
    /* for windows of up to SCORE_WINDOW_MAX samples: label, ready waves and work */
    float *label;
    double *ready, *work;
    int longest;
    /* time of the newest label of windows that has been used: each counts once */
    double labelled_s;
};

static void comparison_free(struct comparison *c)
{
    free(c->wave_s);
    free(c->wave);
    free(c->label);
    free(c->ready);
    free(c->work);
}

static int comparison_open(struct comparison *c, const struct evaluate_options *o,
                           const struct plethio_reference *reference, const struct measurement *m,
                           struct plethio_error *e)
{
    size_t n = (size_t)m->waves + 1;
    double origin_ns = 0;

    memset(c, 0, sizeof *c);
    c->options = o;
    c->reference = reference;
    c->measured = m;
    /* a stream's windows are at most some 30 s long; references are taken over --window-s */
    c->longest = (int)(PLETH_WAVE_HZ * fmax(60, o->window_s)) + 1;
    if (c->longest > SCORE_WINDOW_MAX)
        c->longest = SCORE_WINDOW_MAX;
    c->wave_s = malloc(n * sizeof *c->wave_s);
    c->wave = malloc(n * sizeof *c->wave);
    c->label = malloc(((size_t)c->longest + n) * sizeof *c->label);
    c->ready = malloc(2 * (size_t)c->longest * sizeof *c->ready);
    c->work = malloc((size_t)SCORE_WORK(c->longest) * sizeof *c->work);
    if (!c->wave_s || !c->wave || !c->label || !c->ready || !c->work) {
        comparison_free(c);
        return evaluate_no_memory(e);
    }
    if (m->readings)
        origin_ns = (double)m->reading[0].time_ns - 1e9 * m->reading[0].time_s;
    for (int i = 0; i < m->waves; i++) {
        c->wave_s[i] = ((double)m->wave[i].time_ns - origin_ns) / 1e9;
        c->wave[i] = m->wave[i].pulse;
    }
    return 0;
}

/* Rate of one of the reference's waves over a window, by the estimator of the plain profile. */
static double rate_of_wave(struct comparison *c, int vital, double start_s, double end_s)
{
    const struct plethio_reference *r = c->reference;
    struct score_wave_options w = evaluate_wave_options(c->options, PLETH_WAVE_HZ, 0);
    int n = (int)((end_s - start_s) * PLETH_WAVE_HZ);

    if (vital == BREATHING) {
        w.lo_hz = breath_lo_hz;
        w.hi_hz = breath_hi_hz;
    }
    if (n < SCORE_WINDOW_MIN || n > c->longest)
        return unknown;
    if (reference_wave(r, vital == HEART ? r->wave : r->breath, start_s, PLETH_WAVE_HZ, n,
                       c->label))
        return unknown;
    if (score_prepare(c->label, n, &w, c->ready, c->work))
        return unknown;
    return score_rate(c->ready, n, &w, c->work);
}

/* Windows of a vital that have labels of their own; n is 0 where it has none. */
static struct plethio_windows labelled_windows(const struct plethio_reference *r, int vital)
{
    double *rate = vital == HEART ? r->heart_rate : r->breathing_rate;

    if (vital == BREATHING && r->breaths.n > 0)
        return r->breaths;
    return (struct plethio_windows){r->window_s > 0 && rate ? r->n : 0, r->window_s, r->time_s,
                                    rate};
}

/* What the reference says of a window. It is taken over at least shortest_reference_s (for a wave;
 * usual_breath_s for one of breathing)
 * or over --window-s, around the window's middle and within the recording. */
static double reference_rate(struct comparison *c, int vital, double start_s, double end_s)
{
    const struct plethio_reference *r = c->reference;
    const double *rate = vital == HEART ? r->heart_rate : r->breathing_rate;
    double length = c->options->window_s, middle = 0.5 * (start_s + end_s);
    /* between the end of a window and the reading that is made at its end */
    const double near_s = 0.25;
    struct plethio_windows own = labelled_windows(r, vital);
    int i;
    int by_wave = vital == HEART ? r->wave && (!rate || r->rate_of_wave) : !rate && r->breath;
    /* a wave of breathing is looked at for as long as there is of it, up to the usual span */
    double shortest_s = vital == HEART
                            ? shortest_reference_s
                            : fmax(shortest_breath_s, fmin(usual_breath_s, r->time_s[r->n - 1]));

    /* windows with labels of their own: the one that ends with the reading */
    if (own.n > 0) {
        i = first_at(own.end_s, own.n, end_s - near_s);
        if (i == own.n || own.end_s[i] > end_s + near_s || own.end_s[i] <= c->labelled_s)
            return unknown;
        c->labelled_s = own.end_s[i];
        return own.rate[i];
    }
    if (!(length > 0))
        length = by_wave ? fmax(shortest_s, end_s - start_s) : end_s - start_s;
    start_s = fmax(fmin(middle - length / 2, r->time_s[r->n - 1] - length), 0);
    end_s = start_s + length;
    if (by_wave)
        return rate_of_wave(c, vital, start_s, end_s);
    return rate ? reference_mean(r, rate, start_s, end_s) : unknown;
}

/* SNR of the measured wave at the reference rate over a window, and its correlation with the
 * reference's wave where there is one. */
static void score_reading_wave(struct comparison *c, double start_s, double end_s,
                               struct score_pair *pair)
{
    struct score_wave_options w = evaluate_wave_options(c->options, PLETH_WAVE_HZ, 0);
    int first = first_at(c->wave_s, c->measured->waves, start_s - 1e-6);
    int n = first_at(c->wave_s, c->measured->waves, end_s + 1e-6) - first;
    double *estimate = c->ready, *label = estimate + c->longest;

    if (n < SCORE_WINDOW_MIN || n > c->longest || n < 0.8 * (end_s - start_s) * PLETH_WAVE_HZ)
        return;
    /* a stream that started anew leaves a hole */
    if (fabs((c->wave_s[first + n - 1] - c->wave_s[first]) * PLETH_WAVE_HZ - (n - 1)) > 0.5)
        return;
    if (score_prepare(c->wave + first, n, &w, estimate, c->work))
        return;
    pair->snr_db = score_snr(estimate, n, pair->reference, &w, c->work);
    if (c->reference->wave &&
        reference_wave(c->reference, c->reference->wave, c->wave_s[first], PLETH_WAVE_HZ, n,
                       c->label) == 0 &&
        score_prepare(c->label, n, &w, label, c->work) == 0)
        pair->macc = score_macc(estimate, label, n, w.profile, c->work);
}

/* What was done at most instants of the window. */
static void copy_activity(const struct plethio_reference *r, struct evaluate_window *window)
{
    const char *best = "";
    int most = 0, first = first_at(r->time_s, r->n, window->start_s);

    for (int i = first; i < r->n && r->time_s[i] <= window->end_s; i++) {
        int count = 0;
        /* once for each time that it begins */
        if (i > first && strcmp(r->activity[i], r->activity[i - 1]) == 0)
            continue;
        for (int k = first; k < r->n && r->time_s[k] <= window->end_s; k++)
            count += strcmp(r->activity[k], r->activity[i]) == 0;
        if (count > most) {
            most = count;
            best = r->activity[i];
        }
    }
    snprintf(window->activity, sizeof window->activity, "%s", best);
}

/* Every reading from the first one that has had time to warm up (if none has, the last one); of a
 * random start, and where the reference has windows of its own, every one. */
static int compare_readings(struct evaluate_result *result, struct comparison *c, int vital,
                            struct plethio_error *e)
{
    const struct measurement *m = c->measured;
    const int all = c->options->starts || labelled_windows(c->reference, vital).n > 0;
    int first = 0;

    c->labelled_s = 0;
    while (!all && first < m->readings - 1) {
        const pleth_vital *x =
            vital == HEART ? &m->reading[first].heart_rate : &m->reading[first].breathing_rate;
        if (x->have || !(x->reasons & PLETH_WARMING_UP))
            break;
        first++;
    }
    for (int i = first; i < m->readings; i++) {
        const pleth_reading *r = &m->reading[i];
        const pleth_vital *x = vital == HEART ? &r->heart_rate : &r->breathing_rate;
        struct score_pair pair = score_pair_of(unknown, unknown);
        double start_s = (double)x->window_start_s, end_s = (double)x->window_end_s;
        struct evaluate_window window;

        if (!(end_s > start_s)) {
            end_s = r->time_s;
            start_s = fmax(0, end_s - shortest_reference_s);
        }
        if (x->value > 0) {
            pair.answered = x->have;
            pair.estimate = (double)x->value;
            pair.quality = (double)x->quality;
            pair.sd = (double)x->sd;
        }
        pair.elapsed_s = r->time_s - c->options->measure.video.from_s;
        pair.reference = reference_rate(c, vital, start_s, end_s);
        if (!isfinite(pair.reference))
            continue;
        if (vital == HEART && pair.reference > 0)
            score_reading_wave(c, start_s, end_s, &pair);
        if (c->reference->cadence)
            pair.cadence = reference_mean(c->reference, c->reference->cadence, start_s, end_s);
        else if (vital == HEART)
            pair.cadence = (double)r->cadence;
        window = (struct evaluate_window){.start_s = start_s, .end_s = end_s, .time_s = r->time_s};
        if (c->reference->activity)
            copy_activity(c->reference, &window);
        if (evaluate_add_window(&result->study[vital], &pair, &window, e))
            return -1;
    }
    return 0;
}

/* The toolbox profile compares waves, not readings. */
static int compare_recording_waves(struct evaluate_result *result, struct comparison *c,
                                   struct plethio_error *e)
{
    struct score_wave_options w = evaluate_wave_options(c->options, PLETH_WAVE_HZ, 0);
    int n = c->measured->waves;

    if (!c->reference->wave)
        return plethio_fail(e, "the reference has no wave (column pulse), which --profile toolbox "
                               "needs: say --profile plain");
    while (n > 0 && c->wave_s[n - 1] > c->reference->time_s[c->reference->n - 1])
        n--;
    if (n < SCORE_WINDOW_MIN)
        return plethio_fail(e, "too short: no pulse wave was measured");
    if (reference_wave(c->reference, c->reference->wave, c->wave_s[0], PLETH_WAVE_HZ, n, c->label))
        return plethio_fail(e, "the reference's wave does not cover the recording");
    return evaluate_waves(c->wave, c->label, n, &w, c->options->window_s, result, e);
}

static int compare_recording(struct evaluate_result *result, struct comparison *c,
                             struct plethio_error *e)
{
    if (c->options->profile == SCORE_TOOLBOX)
        return compare_recording_waves(result, c, e);
    if (compare_readings(result, c, HEART, e))
        return -1;
    if (c->reference->breathing_rate || c->reference->breath || c->reference->breaths.n > 0)
        return compare_readings(result, c, BREATHING, e);
    return 0;
}

/* Tells how far the recording has come. */
static int on_frame(void *cookie, struct plethio_video *video, const pleth_frame *frame,
                    pleth_stream *stream)
{
    _Atomic int *thousandths = cookie;
    struct plethio_video_info info;

    (void)stream;
    if (!frame)
        return 0;
    plethio_video_info(video, &info);
    if (info.duration_s > 0)
        *thousandths = (int)(1000 * fmin(1, (double)frame->time_ns * 1e-9 / info.duration_s));
    return 0;
}

/* Measures from a part of the recording on. */
static void start_at(struct evaluate_options *o, struct evaluate_result *result,
                     const struct plethio_reference *reference, double share)
{
    double last_s = reference->time_s[reference->n - 1], start_s;
    size_t length = strlen(result->name);

    start_s = share * fmax(0, last_s - EVALUATE_START_S);
    o->measure.video.from_s = start_s;
    o->measure.video.to_s = start_s + EVALUATE_START_S;
    snprintf(result->name + length, sizeof result->name - length, "@%.1f", start_s);
}

static int compare_measurement(const struct evaluate_options *o,
                               const struct plethio_reference *reference,
                               const struct measurement *m, struct evaluate_result *result,
                               struct plethio_error *e)
{
    struct comparison c;
    int faces = 0, status;

    for (int i = 0; i < m->readings; i++)
        faces += m->reading[i].face.width > 0;
    result->face = m->readings ? (double)faces / m->readings : unknown;
    memcpy(result->warning, m->warning, sizeof m->warning);
    status = comparison_open(&c, o, reference, m, e);
    if (status == 0) {
        status = compare_recording(result, &c, e);
        comparison_free(&c);
    }
    result->duration_s = m->summary.duration_s;
    return status;
}

int evaluate_recording(const struct plethio_recording *recording,
                       const struct plethio_layout *layout, const struct evaluate_options *options,
                       double start, _Atomic int *thousandths, struct evaluate_result *result,
                       struct plethio_error *e)
{
    const struct measure_hooks hooks = {.cookie = thousandths, .on_frame = on_frame};
    struct evaluate_options o = *options;
    struct plethio_reference reference;
    struct measurement m;
    int status;

    if (plethio_reference_read(&reference, layout, recording, e))
        return -1;
    o.measure.frames = recording->frames;
    if (recording->rate_hz > 0)
        o.measure.video.rate_hz = recording->rate_hz;
    o.measure.video.frame_s = reference.frame_s;
    o.measure.video.frames = reference.frames;
    if (start >= 0)
        start_at(&o, result, &reference, start);
    status = measure_run(recording->input, &o.measure, &hooks, &m, e);
    if (status == 0) {
        status = compare_measurement(&o, &reference, &m, result, e);
        /* of whole recordings: nobody says where a strap's intervals begin */
        if (!(o.measure.video.from_s > 0 || o.measure.video.to_s > 0))
            evaluate_compare_variability(&reference, &m.summary, &result->variability);
        measurement_free(&m);
    }
    plethio_reference_free(&reference);
    return status;
}
