#include "breathing.h"

#include "../signal/detrend.h"
#include "../signal/filter.h"
#include "../signal/spectrum.h"
#include "quality.h"

#include <math.h>
#include <string.h>

#define TOP_HZ 1.2
/* Of a sensor: overlapping windows tell more than their share of new samples. */
#define SD_SCALE 0.5f
#define TWO_PI 6.283185307179586

struct pleth_breathing_kind {
    /* at PLETH_BREATHING_HZ: of the longest window, and from one value that is transformed to the
       next */
    int samples, stride;
    int fft;
    float rate_min, rate_max; /* per minute */
    /* that a window must hold for a rate to be looked for */
    double breaths;
    float step, wander, jump;
    /* what is believed before anything is known: centre and spread of the rate's logarithm; 0: all
       rates alike */
    float centre, spread;
    /* share of a rate's evidence that the stronger of motion and blood has */
    double loudest;
    /* of the fundamental's weighed power that the second harmonic may add */
    double harmonic;
};

/* A camera may see a child, and what it sees of a chest can be anything. */
static const struct pleth_breathing_kind camera = {
    .samples = 300,
    .stride = 1,
    .fft = PLETH_BREATHING_FFT,
    .rate_min = 6,
    .rate_max = 45,
    .breaths = 3,
    .step = 0.5f,
    .wander = 0.6f,
    .jump = 0.01f,
    .loudest = 0.7,
    .harmonic = 0.25,
};
/* Adults at rest breathe 12 to 20 times a minute, ill ones up to 30: a factor of two either way is
 * two standard deviations. Beats need no more than 5 values a second. */
static const struct pleth_breathing_kind sensor = {
    .samples = 320,
    .stride = 2,
    .fft = PLETH_BREATHING_FFT / 2,
    .rate_min = 4,
    .rate_max = 45,
    .breaths = 2,
    .step = 0.5f,
    .wander = 0.35f,
    .jump = 0.01f,
    .centre = 17,
    .spread = 0.35f,
    .loudest = 1,
    .harmonic = 0.35,
};

void pleth_breathing_init(struct pleth_breathing *b, int is_sensor)
{
    const struct pleth_breathing_kind *k = is_sensor ? &sensor : &camera;
    memset(b, 0, sizeof(*b));
    b->kind = k;
    b->band.harmonic = k->harmonic;
    pleth_belief_init(&b->belief, k->rate_min, k->rate_max, k->step, k->wander, k->jump);
    if (k->centre > 0)
        pleth_belief_prefer(&b->belief, k->centre, k->spread);
    pleth_fft_table(b->table, k->fft);
}

void pleth_breathing_reset(struct pleth_breathing *b)
{
    b->started = 0;
    b->n = 0;
    memset(&b->signs, 0, sizeof(b->signs));
    pleth_belief_reset(&b->belief);
}

enum weight { VELOCITY, DISPLACEMENT, BEATS };

/* Power at bin k, weighed. */
static double weigh(enum weight weight, int k, double power)
{
    double root;
    if (weight == BEATS)
        return k * power;
    root = sqrt(k);
    return (weight == DISPLACEMENT ? k * root : 1 / root) * power;
}

static double bin_hz(const struct pleth_breathing *b)
{
    return (double)PLETH_BREATHING_HZ / b->kind->stride / b->kind->fft;
}

/* Fills power with the weighed spectrum of x. Of the power of velocities breathing, a slow motion,
 * stands out most a little above white: it is weighed by f^-0.5, and that of displacements by
 * f^1.5. What else moves amplitude and instants of beats, vessels and the heart's control, has a
 * spectrum of 1/f (Kobayashi and Musha 1982): weighed by f. */
static void transform(struct pleth_breathing *b, const double *x, int n, enum weight weight)
{
    int stride = b->kind->stride, first = (n - 1) % stride;
    n = (n - 1) / stride + 1;
    if (b->windowed != n)
        pleth_hann(b->window, n, 1);
    b->windowed = n;
    for (int i = 0; i < n; i++)
        b->examined[i] = x[first + stride * i] * b->window[i];
    pleth_fft_real(b->table, b->examined, n, b->kind->fft, b->spectrum);
    b->power[0] = 0;
    for (int k = 1; k < PLETH_BREATHING_BINS; k++) {
        double re = b->spectrum[2 * k], im = b->spectrum[2 * k + 1];
        b->power[k] = weigh(weight, k, re * re + im * im);
    }
}

/* Fills q with the evidence of a spectrum of n samples. */
static void weigh_evidence(struct pleth_breathing *b, const double *power, int n)
{
    pleth_evidence(power, PLETH_BREATHING_BINS, bin_hz(b), (double)n / PLETH_BREATHING_HZ, &b->band,
                   &b->belief, b->q, b->sum);
}

static void examine(struct pleth_breathing *b, const double *x, int n, enum weight weight)
{
    transform(b, x, n, weight);
    weigh_evidence(b, b->power, n);
}

/* Gain one half at one cycle a window: trends go, three breaths stay. */
static void flatten(struct pleth_breathing *b, double *x, int rows, int n)
{
    pleth_detrend_rows(x, rows, PLETH_BREATHING_SAMPLES, n, 1 / (2 - 2 * cos(TWO_PI / n)), b->work);
}

/* Without its mean and trend. */
static void level(double *x, int n)
{
    double middle = 0.5 * (n - 1), mean = 0, slope = 0;
    for (int i = 0; i < n; i++) {
        mean += x[i] / n;
        slope += (i - middle) * x[i];
    }
    slope *= 12.0 / ((double)n * ((double)n * n - 1));
    for (int i = 0; i < n; i++)
        x[i] -= mean + slope * (i - middle);
}

/* The strongest independent motions of the picture: principal axes of all velocities at the speed
 * of breathing, by orthogonal iteration. Talking, turning and breathing move the blocks in
 * different proportions, so that one axis each is left to them. */
static void principal_motions(struct pleth_breathing *b, struct pleth_breathing_picture *p, int n)
{
    int channels = p->channels;
    struct pleth_filter pass;
    double all = 1e-30, slow = 0;
    pleth_butter_bandpass(&pass, 2, 0.08, 1.0, PLETH_BREATHING_HZ);
    for (int c = 0; c < channels; c++) {
        pleth_trace_read(p->trace, c, n, p->motion[c], 1);
        for (int k = 0; k < n; k++)
            all += p->motion[c][k] * p->motion[c][k];
        pleth_filtfilt(&pass, p->motion[c], p->motion[c], n, b->work);
        for (int k = 0; k < n; k++)
            slow += p->motion[c][k] * p->motion[c][k];
    }
    b->signs.calm = (float)(slow < all ? slow / all : 1);
    for (int i = 0; i < channels; i++)
        for (int j = 0; j <= i; j++) {
            double s = 0;
            for (int k = 0; k < n; k++)
                s += p->motion[i][k] * p->motion[j][k];
            p->covariance[i][j] = p->covariance[j][i] = s;
        }
    for (int a = 0; a < PLETH_BREATHING_PARTS; a++)
        for (int c = 0; c < channels; c++)
            p->axis[a][c] = (c % PLETH_BREATHING_PARTS == a) + 0.01 * c;
    for (int pass_no = 0; pass_no < 25; pass_no++)
        for (int a = 0; a < PLETH_BREATHING_PARTS; a++) {
            double next[PLETH_TRACE_CHANNELS], norm = 1e-30;
            for (int i = 0; i < channels; i++) {
                next[i] = 0;
                for (int j = 0; j < channels; j++)
                    next[i] += p->covariance[i][j] * p->axis[a][j];
            }
            for (int before = 0; before < a; before++) {
                double dot = 0;
                for (int i = 0; i < channels; i++)
                    dot += next[i] * p->axis[before][i];
                for (int i = 0; i < channels; i++)
                    next[i] -= dot * p->axis[before][i];
            }
            for (int i = 0; i < channels; i++)
                norm += next[i] * next[i];
            norm = sqrt(norm);
            for (int i = 0; i < channels; i++)
                p->axis[a][i] = next[i] / norm;
        }
}

/* Mean over `span` samples around each third sample: 30 Hz to 10 Hz. */
static void thin(const double *x, int n, double *out, int count, int span)
{
    int ratio = PLETH_WAVE_HZ / PLETH_BREATHING_HZ, first = 0, end = 0;
    double s = 0;
    for (int i = 0; i < count; i++) {
        int middle = n - 1 - (count - 1 - i) * ratio, from = middle - span / 2, to = from + span;
        from = from < 0 ? 0 : from;
        to = to > n ? n : to;
        while (end < to)
            s += x[end++];
        while (first < from)
            s -= x[first++];
        out[i] = s / (to - from);
    }
}

/* Blood over time. Of colours: green against red and blue, where light and shade cancel. */
static void read_blood(struct pleth_breathing *b, const struct pleth_blood *blood, int n)
{
    if (blood->light >= 0) {
        pleth_trace_read(blood->trace, blood->light, n, b->blood, 1);
        return;
    }
    memset(b->blood, 0, sizeof(b->blood));
    for (int c = 0; c < 3; c++) {
        double mean = 0, weight = c == 1 ? 1 : -0.5;
        pleth_trace_read(blood->trace, c, n, b->re, 1);
        for (int i = 0; i < n; i++)
            mean += b->re[i] / n;
        for (int i = 0; i < n; i++)
            b->blood[i] += weight * (b->re[i] / mean - 1);
    }
}

/* Baseline, amplitude and frequency of the pulse: it is shifted to zero frequency and smoothed over
 * one beat, so that its length and turning rate are left. */
static void demodulate(struct pleth_breathing *b, const struct pleth_blood *blood, double pulse_hz,
                       int count)
{
    int n = pleth_trace_count(blood->trace);
    int beat = pulse_hz > 0 ? (int)(PLETH_WAVE_HZ / pulse_hz + 0.5) : PLETH_WAVE_HZ;
    double last = 0;
    read_blood(b, blood, n);
    thin(b->blood, n, b->modulation[0], count, beat);
    if (pulse_hz <= 0)
        return;
    pleth_detrend(b->blood, b->blood, n, 1 / (2 - 2 * cos(TWO_PI * 0.6 * pulse_hz / PLETH_WAVE_HZ)),
                  b->work);
    double step = TWO_PI * pulse_hz / PLETH_WAVE_HZ, step_r = cos(step), step_i = -sin(step);
    double turned_r = 1, turned_i = 0;
    for (int i = 0; i < n; i++) {
        double r = turned_r * step_r - turned_i * step_i;
        b->re[i] = b->blood[i] * turned_r;
        b->im[i] = b->blood[i] * turned_i;
        turned_i = turned_r * step_i + turned_i * step_r;
        turned_r = r;
    }
    thin(b->re, n, b->modulation[1], count, 2 * beat);
    thin(b->im, n, b->modulation[2], count, 2 * beat);
    for (int i = 0; i < count; i++) {
        double re = b->modulation[1][i], im = b->modulation[2][i], phase = atan2(im, re);
        double turn = i ? phase - last : 0;
        last = phase;
        turn -= TWO_PI * floor(turn / TWO_PI + 0.5);
        b->modulation[1][i] = sqrt(re * re + im * im);
        b->modulation[2][i] = turn;
    }
}

/* Keeps x if it is the channel that is most like breathing so far. */
static void keep_best(struct pleth_breathing *b, const double *x, int n, float *best)
{
    float before = *best;
    for (int k = 0; k < b->belief.states; k++)
        *best = b->q[k] > *best ? b->q[k] : *best;
    if (*best > before)
        memcpy(b->next, x, (size_t)n * sizeof(*x));
}

/* The new window's wave, of mean square one, with the sign that goes on from the last window, which
 * ended `fresh` samples earlier. */
static void take_wave(struct pleth_breathing *b, int n, int fresh)
{
    double square = 1e-30, along = 0;
    flatten(b, b->next, 1, n);
    for (int i = 0; i < n; i++)
        square += b->next[i] * b->next[i] / n;
    for (int i = 0; i < n; i++) {
        int before = b->n - n + fresh + i;
        if (before >= 0 && before < b->n)
            along += b->next[i] * b->wave[before];
    }
    square = (along < 0 ? -1 : 1) * sqrt(square);
    for (int i = 0; i < n; i++)
        b->wave[i] = b->next[i] / square;
    b->n = n;
}

static void keep_larger(float *most, const float *q, int states)
{
    for (int k = 0; k < states; k++)
        most[k] = q[k] > most[k] ? q[k] : most[k];
}

static int at_most(int n, int most)
{
    return n < most ? n : most;
}

/* The modulations of a sensor's pulse, beat by beat. Which of them shows breathing, and which its
 * double, differs between people, and each has a rhythm of its own at times: what counts is the
 * mean of their spectra, each over its own sum. The wave that is kept has the largest share of it
 * at the rate that is believed in. */
static void examine_beats(struct pleth_breathing *b, const struct pleth_blood *blood,
                          double pulse_hz, int n)
{
    /* the last of them is made where the wave is kept, since it is looked at last; and the blood is
       not needed after its modulations are known */
    double *out[] = {b->modulation[0], b->modulation[1], b->modulation[2], b->x, b->next};
    double *mean = b->blood, most = -1;
    int all = pleth_trace_count(blood->trace), filled, best = 0;
    int low = (int)(b->band.floor_hz / bin_hz(b)), high = (int)(b->band.top_hz / bin_hz(b)) + 1;
    int near = (int)((double)pleth_belief_quantile(&b->belief, 0.5f) / 60 / bin_hz(b) + 0.5);

    _Static_assert(sizeof(out) == PLETH_MODULATIONS * sizeof(*out), "a place for each modulation");
    pleth_trace_read(blood->trace, blood->light, all, b->blood, 1);
    filled = pleth_modulations(b->blood, all, pulse_hz, PLETH_WAVE_HZ / PLETH_BREATHING_HZ, n, out,
                               b->work);
    memset(mean, 0, PLETH_BREATHING_BINS * sizeof(*mean));
    for (int m = 0; m < filled; m++) {
        double sum = 1e-30, share = 0;
        level(out[m], n);
        transform(b, out[m], n, BEATS);
        for (int k = low; k <= high; k++)
            sum += b->power[k];
        for (int k = 0; k < PLETH_BREATHING_BINS; k++)
            mean[k] += b->power[k] / sum;
        for (int k = near - 2; k <= near + 2; k++)
            share += b->power[k] / sum;
        if (share > most) {
            most = share;
            best = m;
        }
    }
    if (out[best] != b->next)
        memcpy(b->next, out[best], (size_t)n * sizeof(*b->next));
    weigh_evidence(b, mean, n);
    memcpy(b->best_modulation, b->q, sizeof(b->q));
}

static float odds_db(float q)
{
    q = q > 1e-3f ? q : 1e-3f;
    return (float)(10 * log10((double)q / (1 - (double)q)));
}

/* Median, standard deviation of a normal distribution with the belief's middle two thirds, as far
 * as these are calibrated (bench/calibrate.c), and what lies within so much of the median. */
static void middle(const struct pleth_belief *b, float within, float *value, float *sd, float *mass)
{
    *value = pleth_belief_quantile(b, 0.5f);
    *sd = SD_SCALE * 0.5f * (pleth_belief_quantile(b, 0.84f) - pleth_belief_quantile(b, 0.16f));
    *mass = 0;
    for (int k = 0; k < b->states; k++)
        if (fabsf(b->first + b->step * (float)k - *value) <= within)
            *mass += b->p[k];
}

/* What the last evidence and the belief show together. */
static void describe(struct pleth_breathing *b, double m, double window_s)
{
    int states = b->belief.states, mode;
    float value, sd;

    pleth_belief_estimate(&b->belief, 3, &value, &sd, &b->signs.mass);
    if (b->kind == &sensor)
        middle(&b->belief, 3, &value, &sd, &b->signs.mass);
    mode = (int)((value - b->belief.first) / b->belief.step + 0.5f);
    mode = mode < 0 ? 0 : mode >= states ? states - 1 : mode;
    b->signs.sd = sd;
    b->signs.surprise = (float)(-m * log(1 - (double)b->q[mode]) -
                                log((b->band.hi_hz - b->band.lo_hz) * window_s / 1.5 + 1));
    b->signs.breaths = (float)((double)value / 60 * window_s);
    b->signs.motion_db = odds_db(b->best_motion[mode]);
    b->signs.modulation_db = odds_db(b->best_modulation[mode]);
}

int pleth_breathing_update(struct pleth_breathing *b, struct pleth_breathing_picture *picture,
                           const struct pleth_blood *blood, double pulse_hz)
{
    int most = b->kind->samples;
    int n_motion = picture ? at_most(pleth_trace_count(picture->trace), most) : 0;
    int n_blood =
        blood ? at_most(pleth_trace_count(blood->trace) * PLETH_BREATHING_HZ / PLETH_WAVE_HZ, most)
              : 0;
    int n = n_motion > n_blood ? n_motion : n_blood;
    /* a face that was found a little later shortens both: three sources are worth it */
    if (n_motion > n_blood && n_blood >= 0.7 * n_motion)
        n = n_blood;
    int states = b->belief.states;
    float best = 0;

    if (n < PLETH_BREATHING_MIN_SAMPLES)
        return 0;
    /* a rhythm needs some breaths; what is slower counts as noise, not as a rate */
    b->band.lo_hz = b->kind->breaths * PLETH_BREATHING_HZ / n;
    b->band.floor_hz = 0.5 * PLETH_BREATHING_HZ / n;
    b->band.top_hz = TOP_HZ;
    b->band.hi_hz = (double)b->kind->rate_max / 60;
    b->signs.calm = 0;
    memset(b->best_motion, 0, sizeof(b->best_motion));
    memset(b->best_modulation, 0, sizeof(b->best_modulation));
    memset(b->next, 0, sizeof(b->next));

    if (n_motion >= n) {
        principal_motions(b, picture, n);
        for (int a = 0; a < PLETH_BREATHING_PARTS; a++) {
            for (int i = 0; i < n; i++) {
                b->x[i] = 0;
                for (int c = 0; c < picture->channels; c++)
                    b->x[i] += picture->axis[a][c] * picture->motion[c][i];
            }
            examine(b, b->x, n, VELOCITY);
            for (int i = 1; i < n; i++)
                b->x[i] += b->x[i - 1];
            keep_best(b, b->x, n, &best);
            keep_larger(b->best_motion, b->q, states);
        }
    }
    if (n_blood >= n && blood->light >= 0) {
        /* a beat is a sample */
        if (pulse_hz > 0) {
            b->band.top_hz = fmin(TOP_HZ, pulse_hz / 2);
            b->band.hi_hz = fmin(b->band.hi_hz, b->band.top_hz);
        }
        examine_beats(b, blood, pulse_hz, n);
    } else if (n_blood >= n) {
        demodulate(b, blood, pulse_hz, n);
        int modulations = pulse_hz > 0 ? PLETH_BREATHING_MODULATIONS : 1;
        flatten(b, b->modulation[0], modulations, n);
        for (int c = 0; c < modulations; c++) {
            examine(b, b->modulation[c], n, DISPLACEMENT);
            keep_best(b, b->modulation[c], n, &best);
            keep_larger(b->best_modulation, b->q, states);
        }
        if (blood->respiration >= 0) {
            int all = pleth_trace_count(blood->trace);
            pleth_trace_read(blood->trace, blood->respiration, all, b->re, 1);
            thin(b->re, all, b->x, n, PLETH_WAVE_HZ / PLETH_BREATHING_HZ);
            flatten(b, b->x, 1, n);
            examine(b, b->x, n, DISPLACEMENT);
            keep_best(b, b->x, n, &best);
            keep_larger(b->best_modulation, b->q, states);
        }
    }

    double window_s = (double)n / PLETH_BREATHING_HZ, loudest = b->kind->loudest;
    double m = pleth_evidence_freedom(&b->band, window_s);
    int64_t end = pleth_trace_end_ns(n_motion >= n ? picture->trace : blood->trace);
    double fresh = b->started ? (double)(end - b->last_ns) * 1e-9 : window_s;
    double share = fresh < window_s ? fresh / window_s : 1;
    for (int k = 0; k < states; k++) {
        /* the sources fail apart: either may speak for a rate, both together the louder */
        double one = (double)b->best_motion[k], two = (double)b->best_modulation[k];
        double q = loudest * (one > two ? one : two) + (1 - loudest) * (one < two ? one : two);
        b->q[k] = (float)q;
        b->loglik[k] = (float)(-share * m * log(1 - q));
    }
    take_wave(b, n, (int)fmin(fresh * PLETH_BREATHING_HZ + 0.5, n));
    if (b->started)
        pleth_belief_predict(&b->belief, (float)fresh);
    pleth_belief_update(&b->belief, b->loglik);
    b->last_ns = end;
    b->started = 1;
    describe(b, m, window_s);
    return 1;
}

/* Of a camera the most probable rate; of a sensor, whose belief has more of what was known before
 * in it, the one with as much on either side. */
void pleth_breathing_estimate(const struct pleth_breathing *b, pleth_vital *vital)
{
    float mass;
    if (b->kind == &sensor)
        middle(&b->belief, 4, &vital->value, &vital->sd, &mass);
    else
        pleth_belief_estimate(&b->belief, 4, &vital->value, &vital->sd, &mass);
    if (!b->started)
        vital->quality = 0;
    else if (b->kind == &sensor)
        vital->quality = pleth_quality_of_beats(&b->signs);
    else
        vital->quality = pleth_quality_of_breathing(&b->signs);
}
