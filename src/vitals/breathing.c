#include "breathing.h"

#include "../signal/detrend.h"
#include "../signal/filter.h"
#include "../signal/spectrum.h"
#include "quality.h"

#include <math.h>
#include <string.h>

#define RATE_MIN 6.0f /* per minute */
#define RATE_MAX 45.0f
#define BREATHS 3.0
#define STEP 0.5f
#define WANDER 0.6f /* /min per root second */
#define JUMP 0.01f  /* per second */
#define TWO_PI 6.283185307179586

void pleth_breathing_init(struct pleth_breathing *b)
{
    memset(b, 0, sizeof(*b));
    b->band.hi_hz = (double)RATE_MAX / 60;
    b->band.top_hz = 1.2;
    pleth_belief_init(&b->belief, RATE_MIN, RATE_MAX, STEP, WANDER, JUMP);
    pleth_fft_table(b->table, PLETH_BREATHING_FFT);
}

void pleth_breathing_reset(struct pleth_breathing *b)
{
    b->started = 0;
    b->n = 0;
    memset(&b->signs, 0, sizeof(b->signs));
    pleth_belief_reset(&b->belief);
}

/* Fills q with the evidence of x. Of the power of velocities breathing, a slow motion, stands out
 * most a little above white: it is weighed by f^-0.5, and that of displacements by f^1.5. */
static void examine(struct pleth_breathing *b, const double *x, int n, int displacement)
{
    double bin_hz = (double)PLETH_BREATHING_HZ / PLETH_BREATHING_FFT;
    for (int i = 0; i < n; i++)
        b->examined[i] = x[i] * b->window[i];
    pleth_fft_real(b->table, b->examined, n, PLETH_BREATHING_FFT, b->spectrum);
    b->power[0] = 0;
    for (int k = 1; k < PLETH_BREATHING_BINS; k++) {
        double root = sqrt(k), re = b->spectrum[2 * k], im = b->spectrum[2 * k + 1];
        b->power[k] = (displacement ? k * root : 1 / root) * (re * re + im * im);
    }
    pleth_evidence(b->power, PLETH_BREATHING_BINS, bin_hz, (double)n / PLETH_BREATHING_HZ, &b->band,
                   &b->belief, b->q, b->sum);
}

/* Gain one half at one cycle a window: trends go, three breaths stay. */
static void flatten(struct pleth_breathing *b, double *x, int rows, int n)
{
    pleth_detrend_rows(x, rows, PLETH_BREATHING_SAMPLES, n, 1 / (2 - 2 * cos(TWO_PI / n)), b->work);
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

int pleth_breathing_update(struct pleth_breathing *b, struct pleth_breathing_picture *picture,
                           const struct pleth_blood *blood, double pulse_hz)
{
    int n_motion =
        picture ? at_most(pleth_trace_count(picture->trace), PLETH_BREATHING_SAMPLES) : 0;
    int n_blood =
        blood ? at_most(pleth_trace_count(blood->trace) * PLETH_BREATHING_HZ / PLETH_WAVE_HZ,
                        PLETH_BREATHING_SAMPLES)
              : 0;
    int n = n_motion > n_blood ? n_motion : n_blood;
    /* a face that was found a little later shortens both: three sources are worth it */
    if (n_motion > n_blood && n_blood >= 0.7 * n_motion)
        n = n_blood;
    int states = b->belief.states;
    float best = 0;

    if (n < PLETH_BREATHING_MIN_SAMPLES)
        return 0;
    /* a rhythm needs three breaths; what is slower counts as noise, not as a rate */
    b->band.lo_hz = BREATHS * PLETH_BREATHING_HZ / n;
    b->band.floor_hz = 0.5 * PLETH_BREATHING_HZ / n;
    if (b->windowed != n)
        pleth_hann(b->window, n, 1);
    b->windowed = n;
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
            examine(b, b->x, n, 0);
            for (int i = 1; i < n; i++)
                b->x[i] += b->x[i - 1];
            keep_best(b, b->x, n, &best);
            keep_larger(b->best_motion, b->q, states);
        }
    }
    if (n_blood >= n) {
        demodulate(b, blood, pulse_hz, n);
        int modulations = pulse_hz > 0 ? PLETH_BREATHING_MODULATIONS : 1;
        flatten(b, b->modulation[0], modulations, n);
        for (int c = 0; c < modulations; c++) {
            examine(b, b->modulation[c], n, 1);
            keep_best(b, b->modulation[c], n, &best);
            keep_larger(b->best_modulation, b->q, states);
        }
        if (blood->respiration >= 0) {
            int all = pleth_trace_count(blood->trace);
            pleth_trace_read(blood->trace, blood->respiration, all, b->re, 1);
            thin(b->re, all, b->x, n, PLETH_WAVE_HZ / PLETH_BREATHING_HZ);
            flatten(b, b->x, 1, n);
            examine(b, b->x, n, 1);
            keep_best(b, b->x, n, &best);
            keep_larger(b->best_modulation, b->q, states);
        }
    }

    double window_s = (double)n / PLETH_BREATHING_HZ, value_q;
    double m = pleth_evidence_freedom(&b->band, window_s);
    int64_t end = pleth_trace_end_ns(n_motion >= n ? picture->trace : blood->trace);
    double fresh = b->started ? (double)(end - b->last_ns) * 1e-9 : window_s;
    double share = fresh < window_s ? fresh / window_s : 1;
    float value, sd;
    for (int k = 0; k < states; k++) {
        /* the sources fail apart: either may speak for a rate, both together the louder */
        double one = (double)b->best_motion[k], two = (double)b->best_modulation[k];
        double q = 0.7 * (one > two ? one : two) + 0.3 * (one < two ? one : two);
        b->q[k] = (float)q;
        b->loglik[k] = (float)(-share * m * log(1 - q));
    }
    take_wave(b, n, (int)(fresh * PLETH_BREATHING_HZ + 0.5));
    if (b->started)
        pleth_belief_predict(&b->belief, (float)fresh);
    pleth_belief_update(&b->belief, b->loglik);
    b->last_ns = end;
    b->started = 1;

    pleth_belief_estimate(&b->belief, 3, &value, &sd, &b->signs.mass);
    int mode = (int)((value - b->belief.first) / b->belief.step + 0.5f);
    mode = mode < 0 ? 0 : mode >= states ? states - 1 : mode;
    value_q = (double)b->q[mode];
    b->signs.surprise =
        (float)(-m * log(1 - value_q) - log((b->band.hi_hz - b->band.lo_hz) * window_s / 1.5 + 1));
    b->signs.breaths = (float)((double)value / 60 * window_s);
    double qm = (double)b->best_motion[mode], qc = (double)b->best_modulation[mode];
    qm = qm > 1e-3 ? qm : 1e-3;
    qc = qc > 1e-3 ? qc : 1e-3;
    b->signs.motion_db = (float)(10 * log10(qm / (1 - qm)));
    b->signs.modulation_db = (float)(10 * log10(qc / (1 - qc)));
    return 1;
}

void pleth_breathing_estimate(const struct pleth_breathing *b, pleth_vital *vital)
{
    float mass;
    pleth_belief_estimate(&b->belief, 4, &vital->value, &vital->sd, &mass);
    vital->quality = b->started ? pleth_quality_of_breathing(&b->signs) : 0;
}
