#include "rate.h"

#include "../signal/detrend.h"
#include "../signal/filter.h"
#include "../signal/spectrum.h"
#include "quality.h"

#include <math.h>
#include <string.h>

#define STEP 1.0f   /* between rates of the belief, /min; the estimate is finer */
#define WANDER 1.2f /* /min per root second: resting to exercising hearts */
#define JUMP 0.003f /* per second */
#define SAME 6.0f   /* /min: two values nearer than this speak of one rate */
#define MEMORY_S 30.0f
#define WHITE_HZ 1.5

void pleth_rate_init(struct pleth_rate *r, int method, float rate_min, float rate_max)
{
    memset(r, 0, sizeof(*r));
    r->method = method;
    r->band.lo_hz = (double)rate_min / 60;
    r->band.hi_hz = (double)rate_max / 60;
    r->band.floor_hz = 0.75 * r->band.lo_hz;
    pleth_belief_init(&r->belief, rate_min, rate_max, STEP, WANDER, JUMP);
    pleth_fft_table(r->table, PLETH_RATE_FFT);
}

void pleth_rate_reset(struct pleth_rate *r)
{
    r->started = 0;
    r->n = 0;
    memset(&r->signs, 0, sizeof(r->signs));
    pleth_belief_reset(&r->belief);
}

/* Lambda of a detrend whose gain is one half at `hz`: lambda^2 (2 - 2 cos w)^2 = 1. */
static double smoothness(double hz, double rate_hz)
{
    return 1 / (2 - 2 * cos(6.283185307179586 * hz / rate_hz));
}

/* Three channels from `first` on: relative to their mean, without trend. */
static void flatten(struct pleth_rate *r, const struct pleth_trace *t, int first, int n,
                    double lambda, double flat[3][PLETH_RATE_SAMPLES])
{
    for (int c = 0; c < 3; c++) {
        double mean = 0;
        pleth_trace_read(t, first + c, n, flat[c], 1);
        for (int i = 0; i < n; i++)
            mean += flat[c][i];
        mean /= n;
        for (int i = 0; i < n; i++)
            flat[c][i] = flat[c][i] / mean - 1;
        pleth_detrend(flat[c], flat[c], n, lambda, r->work);
    }
}

/* Whether colours change by less than floats can hold: rounding has rhythms, too. */
static int still(double flat[3][PLETH_RATE_SAMPLES], int n)
{
    double sum = 0;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < n; i++)
            sum += flat[c][i] * flat[c][i];
    return sum < 1e-14 * n;
}

/* Limits a wave to three times its root mean square, twice: a pulse stays below, the steps that
 * coded video makes at its key frames do not. */
static void limit(double *wave, int n)
{
    for (int pass = 0; pass < 2; pass++) {
        double square = 0;
        for (int i = 0; i < n; i++)
            square += wave[i] * wave[i] / n;
        double most = 3 * sqrt(square);
        for (int i = 0; i < n; i++)
            wave[i] = wave[i] > most ? most : wave[i] < -most ? -most : wave[i];
    }
}

/* Weights w that make flat . w nearest to the wave: the method as a linear view of the colours, the
 * same for each quarter of the face. */
static void fit(double flat[3][PLETH_RATE_SAMPLES], const double *wave, int n, double w[3])
{
    double a[3][4];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            a[i][j] = 0;
            for (int t = 0; t < n; t++)
                a[i][j] += flat[i][t] * flat[j][t];
        }
        a[i][3] = 0;
        for (int t = 0; t < n; t++)
            a[i][3] += flat[i][t] * wave[t];
    }
    double ridge = 1e-6 * (a[0][0] + a[1][1] + a[2][2]) + 1e-30;
    for (int i = 0; i < 3; i++)
        a[i][i] += ridge;
    /* positive definite: elimination needs no pivots */
    for (int i = 0; i < 3; i++)
        for (int k = i + 1; k < 3; k++) {
            double m = a[k][i] / a[i][i];
            for (int j = i; j < 4; j++)
                a[k][j] -= m * a[i][j];
        }
    for (int i = 2; i >= 0; i--) {
        w[i] = a[i][3];
        for (int j = i + 1; j < 3; j++)
            w[i] -= a[i][j] * w[j];
        w[i] /= a[i][i];
    }
}

static void transform(struct pleth_rate *r, const double *x, int n)
{
    for (int i = 0; i < n; i++)
        r->work[i] = x[i] * r->window[i];
    pleth_fft_real(r->table, r->work, n, PLETH_RATE_FFT, r->spectrum);
}

static double squared(const double *z, int k)
{
    return z[2 * k] * z[2 * k] + z[2 * k + 1] * z[2 * k + 1];
}

/* A network's noise is even in the derivative that it gives, and grows towards low frequencies in
 * its sum: taken as it is, it would draw every peak downwards and make one at the band's low end.
 * Well above WHITE_HZ the sum is left as it is, lest the second harmonic outgrow the first. */
static void whiten(double *power, double bin_hz)
{
    for (int k = 0; k <= PLETH_RATE_FFT / 2; k++) {
        double f2 = k * bin_hz * k * bin_hz;
        power[k] *= f2 / (f2 + WHITE_HZ * WHITE_HZ);
    }
}

/* Transform of the wave that the colours from `first` on make by weights w. */
static void project(struct pleth_rate *r, const struct pleth_trace *t, int first, int n,
                    double lambda, const double w[3])
{
    flatten(r, t, first, n, lambda, r->flat);
    for (int i = 0; i < n; i++)
        r->part[i] = w[0] * r->flat[0][i] + w[1] * r->flat[1][i] + w[2] * r->flat[2][i];
    transform(r, r->part, n);
}

/* Cross power of the parts over their power, within the lobe around f. */
static float coherence(struct pleth_rate *r, const struct pleth_trace *t, int parts, int n,
                       double lambda, const double w[3], double bin_hz, double window_s, double f)
{
    int k0 = (int)((f - 1.0 / window_s) / bin_hz + 0.5);
    int k1 = (int)((f + 1.0 / window_s) / bin_hz + 0.5);
    double cross = 0, own = 0;
    memset(r->parts_sum, 0, sizeof(r->parts_sum));
    memset(r->parts_power, 0, sizeof(r->parts_power));
    for (int p = 0; p < parts; p++) {
        project(r, t, 3 + 3 * p, n, lambda, w);
        for (int k = k0; k <= k1; k++) {
            r->parts_sum[2 * k] += r->spectrum[2 * k];
            r->parts_sum[2 * k + 1] += r->spectrum[2 * k + 1];
            r->parts_power[k] += squared(r->spectrum, k);
        }
    }
    for (int k = k0; k <= k1; k++) {
        cross += (squared(r->parts_sum, k) - r->parts_power[k]) / (parts * (parts - 1));
        own += r->parts_power[k] / parts;
    }
    return own > 0 ? (float)(cross / own) : 0;
}

/* How much the head moves at f: a bobbing head shades itself in that rhythm. */
static void head_motion(struct pleth_rate *r, const struct pleth_trace *t, int head, double seconds,
                        double f)
{
    int n = (int)(seconds * t->rate_hz + 0.5);
    double at = 0, whole = 1e-12;
    if (n > pleth_trace_count(t))
        n = pleth_trace_count(t);
    pleth_hann(r->part, n, 1);
    for (int c = 0; c < 2; c++) {
        double *x = r->work, re, im, mean = 0;
        pleth_trace_read(t, head + c, n, x, 1);
        for (int i = 0; i < n; i++)
            mean += x[i] / n;
        for (int i = 0; i < n; i++) {
            x[i] = (x[i] - mean) * r->part[i];
            whole += x[i] * x[i];
        }
        pleth_dtft(x, n, f / t->rate_hz, &re, &im);
        at += re * re + im * im;
    }
    /* of a sine under a Hann window, |X|^2 = n / 3 times the sum of squares */
    double share = 3 * at / (n * whole);
    r->signs.motion_share = (float)(share < 1 ? share : 1);
    r->signs.motion_cells = (float)(4 * sqrt(at) / n / (6.283185307179586 * f));
}

int pleth_rate_window(const struct pleth_trace *colours)
{
    int n = pleth_trace_count(colours);
    return n < PLETH_RATE_MIN_SAMPLES ? 0 : n < PLETH_RATE_SAMPLES ? n : PLETH_RATE_SAMPLES;
}

void pleth_rate_update(struct pleth_rate *r, const struct pleth_trace *t, const double *wave,
                       int parts, int have_background, const struct pleth_trace *motion, int head)
{
    int n = pleth_rate_window(t), mode;
    double rate = t->rate_hz, bin_hz = rate / PLETH_RATE_FFT, lambda, window_s, m, w[3], f;
    double mean = 0, input_hz = pleth_trace_input_hz(t);
    struct pleth_filter pass;
    float value, sd;

    window_s = n / rate;
    lambda = smoothness(0.7 * r->band.lo_hz, rate);
    r->band.harmonic = 0.25;
    r->band.top_hz = 2.2 * r->band.hi_hz;
    if (r->band.top_hz > 0.45 * rate)
        r->band.top_hz = 0.45 * rate;
    if (r->band.top_hz > 0.45 * input_hz)
        r->band.top_hz = 0.45 * input_hz;
    if (n != r->n)
        pleth_hann(r->window, n, 1);
    r->n = n;
    r->end = t->made;

    pleth_trace_read(t, 1, n, r->part, 1);
    for (int i = 0; i < n; i++)
        mean += r->part[i] / n;
    memcpy(r->wave, wave, (size_t)n * sizeof(*wave));
    flatten(r, t, 0, n, lambda, r->flat);
    if (still(r->flat, n))
        memset(r->wave, 0, sizeof(r->wave));
    pleth_detrend(r->wave, r->wave, n, lambda, r->work);
    limit(r->wave, n);
    transform(r, r->wave, n);
    for (int k = 0; k <= PLETH_RATE_FFT / 2; k++)
        r->power[k] = squared(r->spectrum, k);
    if (r->method == PLETH_RATE_NETWORK)
        whiten(r->power, bin_hz);
    pleth_evidence(r->power, PLETH_RATE_FFT / 2 + 1, bin_hz, window_s, &r->band, &r->belief, r->q,
                   r->sum);

    /* Windows overlap: only the new part of this one is new evidence. */
    double fresh = r->started ? (double)(pleth_trace_end_ns(t) - r->last_ns) * 1e-9 : window_s;
    double share = fresh < window_s ? fresh / window_s : 1;
    m = pleth_evidence_freedom(&r->band, window_s);
    for (int k = 0; k < r->belief.states; k++)
        r->loglik[k] = (float)(-share * m * log(1 - (double)r->q[k]));
    if (r->started)
        pleth_belief_predict(&r->belief, (float)fresh);
    pleth_belief_update(&r->belief, r->loglik);
    r->last_ns = pleth_trace_end_ns(t);
    r->started = 1;

    /* what the window shows where the belief is */
    pleth_belief_estimate(&r->belief, 5, &value, &sd, &r->signs.mass);
    f = (double)value / 60;
    mode = (int)((value - r->belief.first) / r->belief.step + 0.5f);
    mode = mode < 0 ? 0 : mode >= r->belief.states ? r->belief.states - 1 : mode;
    double q = (double)r->q[mode] > 1e-4 ? (double)r->q[mode] : 1e-4;
    r->signs.window_s = (float)window_s;
    r->signs.snr_db = (float)(10 * log10(q / (1 - q)));
    r->signs.surprise =
        (float)(-m * log(1 - q) - log((r->band.hi_hz - r->band.lo_hz) * window_s / 1.5 + 1));

    /* the wave's transform is still in r->spectrum: its fundamental, as a change of the mean colour
     */
    int k = (int)(f / bin_hz + 0.5);
    double re = r->spectrum[2 * k], im = r->spectrum[2 * k + 1], own = re * re + im * im;
    r->signs.history *= fabsf(value - r->last_value) < SAME ? expf(-(float)fresh / MEMORY_S) : 0;
    r->signs.history += (float)share * r->signs.surprise;
    r->last_value = value;

    fit(r->flat, r->wave, n, w);
    r->signs.explained = 1;
    if (r->method == PLETH_RATE_NETWORK) {
        /* light and noise are measured against what the colours hold of the wave */
        double whole = own, wave_re = re, wave_im = im;
        project(r, t, 0, n, lambda, w);
        re = r->spectrum[2 * k];
        im = r->spectrum[2 * k + 1];
        own = re * re + im * im;
        r->signs.explained = (float)((re * wave_re + im * wave_im) / (whole + 1e-30));
    }
    r->signs.level = (float)(mean * 2 * sqrt(own) / (0.5 * n) /
                             sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2] + 1e-30));
    r->signs.background = 0;
    if (have_background) {
        /* only what is itself a rhythm at this rate counts: the rest is the background's noise */
        double lobe = 0, total = 1e-30;
        project(r, t, 3 + 3 * parts, n, lambda, w);
        for (int i = (int)(r->band.floor_hz / bin_hz); i < (int)(r->band.top_hz / bin_hz); i++) {
            total += squared(r->spectrum, i);
            if (fabs(i * bin_hz - f) < 1.5 / window_s)
                lobe += squared(r->spectrum, i);
        }
        r->signs.background =
            (float)(lobe / total * (re * r->spectrum[2 * k] + im * r->spectrum[2 * k + 1]) /
                    (own + 1e-30));
    }
    r->signs.coherence =
        parts > 1 ? coherence(r, t, parts, n, lambda, w, bin_hz, window_s, f) : -1.0f;

    r->signs.motion_share = r->signs.motion_cells = 0;
    if (motion && pleth_trace_count(motion) > 20)
        head_motion(r, motion, head, window_s, f);

    double cut = 1.6 * r->band.hi_hz < 0.45 * rate ? 1.6 * r->band.hi_hz : 0.45 * rate;
    if (pleth_butter_bandpass(&pass, 2, 0.7 * r->band.lo_hz, cut, rate) == PLETH_OK)
        pleth_filtfilt(&pass, r->wave, r->wave, n, r->work);
}

void pleth_rate_estimate(const struct pleth_rate *r, pleth_vital *vital)
{
    float mass;
    pleth_belief_estimate(&r->belief, 8, &vital->value, &vital->sd, &mass);
    vital->quality = r->started ? pleth_quality_of_pulse(&r->signs, r->method) : 0;
}
