#include "score.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pleth/pleth.h"
#include "signal/detrend.h"
#include "signal/filter.h"
#include "signal/peaks.h"
#include "signal/spectrum.h"

/* what can not be computed; the macro alone is a float */
static const double unknown = (double)NAN;
/* Half width of what counts as "at the rate" in a spectrum: 6 /min. */
static const double near_hz = 0.1;
static const double toolbox_lambda = 100;
static const int longest_transform = 65536;

/* ---- Waves ------------------------------------------------------------------------------ */

/* Sums differences up: in float as the toolbox does (its figures depend on it), or in double. */
static void integrate(const float *wave, int n, enum score_profile profile, double *out)
{
    float sum = 0;
    double exact = 0;
    for (int i = 0; i < n; i++) {
        sum += wave[i];
        exact += (double)wave[i];
        out[i] = profile == SCORE_TOOLBOX ? (double)sum : exact;
    }
}

static void subtract_line(double *x, int n)
{
    double mean = 0, slope = 0, square = 0, middle = 0.5 * (n - 1);
    for (int i = 0; i < n; i++)
        mean += x[i] / n;
    for (int i = 0; i < n; i++) {
        slope += (i - middle) * (x[i] - mean);
        square += (i - middle) * (i - middle);
    }
    slope /= square;
    for (int i = 0; i < n; i++)
        x[i] -= mean + slope * (i - middle);
}

int score_prepare(const float *wave, int n, const struct score_wave_options *options, double *ready,
                  double *work)
{
    struct pleth_filter filter;
    int order = options->profile == SCORE_TOOLBOX ? 1 : 2;

    if (n < SCORE_WINDOW_MIN || n > SCORE_WINDOW_MAX)
        return PLETH_EINVAL;
    if (pleth_butter_bandpass(&filter, order, options->lo_hz, options->hi_hz, options->rate_hz))
        return PLETH_EINVAL;
    if (options->differences)
        integrate(wave, n, options->profile, ready);
    else
        for (int i = 0; i < n; i++)
            ready[i] = (double)wave[i];
    if (options->profile == SCORE_TOOLBOX)
        pleth_detrend(ready, ready, n, toolbox_lambda, work);
    else
        subtract_line(ready, n);
    return pleth_filtfilt(&filter, ready, ready, n, work);
}

/* Power spectrum of a ready wave: the toolbox's boxcar and next power of two, or a Hann window
 * and at least four times as many points. power gets *nfft / 2 + 1 values. */
static void spectrum(const double *ready, int n, const struct score_wave_options *options,
                     double *power, int *nfft, double *work)
{
    double *table, *scratch;
    const double *x = ready;

    *nfft = pleth_pow2(options->profile == SCORE_TOOLBOX ? n : 4 * n);
    if (*nfft > longest_transform)
        *nfft = longest_transform;
    if (*nfft < 8)
        *nfft = 8;
    table = work;
    scratch = table + *nfft;
    if (options->profile == SCORE_PLAIN) {
        double *windowed = scratch + *nfft + 2;
        pleth_hann(windowed, n, 0);
        for (int i = 0; i < n; i++)
            windowed[i] *= ready[i];
        x = windowed;
    }
    pleth_fft_table(table, *nfft);
    pleth_periodogram(table, x, n, *nfft, options->rate_hz, power, scratch);
}

static double rate_by_spectrum(const double *ready, int n, const struct score_wave_options *options,
                               double *work)
{
    double *power = work, *rest = work + 4 * n + 64, best = -1, step, lo, hi, f;
    int nfft, k, at = -1;

    spectrum(ready, n, options, power, &nfft, rest);
    step = options->rate_hz / nfft;
    for (k = 0; k <= nfft / 2; k++) {
        f = k * step;
        if (f >= options->lo_hz && f <= options->hi_hz && power[k] > best) {
            best = power[k];
            at = k;
        }
    }
    if (at < 0 || !(best > 0))
        return unknown;
    if (options->profile == SCORE_TOOLBOX)
        return 60 * (at * step);
    pleth_hann(rest, n, 0);
    for (k = 0; k < n; k++)
        rest[k] *= ready[k];
    lo = fmax((at - 1) * step, options->lo_hz) / options->rate_hz;
    hi = fmin((at + 1) * step, options->hi_hz) / options->rate_hz;
    return 60 * options->rate_hz * pleth_refine_peak(rest, n, (double)at / nfft, lo, hi);
}

static double rate_by_peaks(const double *ready, int n, const struct score_wave_options *options,
                            double *work)
{
    if (options->profile == SCORE_TOOLBOX) {
        int *index = (int *)(void *)work;
        int count = pleth_local_maxima(ready, n, index, n);
        if (count < 2)
            return unknown;
        return 60 * options->rate_hz * (count - 1) / (index[count - 1] - index[0]);
    } else {
        /* the beat finder, told the spectral rate: ripples are no beats */
        double rate = rate_by_spectrum(ready, n, options, work), *beat = work;
        float *wave = (float *)(void *)(work + n);
        int count;
        for (int i = 0; i < n; i++)
            wave[i] = (float)ready[i];
        count = pleth_find_beats(wave, n, options->rate_hz, isfinite(rate) ? rate : 0, beat, n,
                                 work + 2 * n);
        if (count < 2)
            return unknown;
        return 60 * (count - 1) / (beat[count - 1] - beat[0]);
    }
}

double score_rate(const double *ready, int n, const struct score_wave_options *options,
                  double *work)
{
    return options->rates == SCORE_FFT ? rate_by_spectrum(ready, n, options, work)
                                       : rate_by_peaks(ready, n, options, work);
}

double score_snr(const double *ready, int n, double label_rate,
                 const struct score_wave_options *options, double *work)
{
    double *power = work, *rest = work + 4 * n + 64, signal = 0, noise = 0, near = near_hz, step;
    double first = label_rate / 60, second = 2 * first;
    int nfft, toolbox = options->profile == SCORE_TOOLBOX;

    if (!isfinite(label_rate))
        return unknown;
    spectrum(ready, n, options, power, &nfft, rest);
    step = options->rate_hz / nfft;
    /* a Hann window's main lobe is 4 bins of the unpadded spectrum wide */
    if (!toolbox)
        near = fmax(near, 2 * options->rate_hz / n);
    for (int k = 0; k <= nfft / 2; k++) {
        double f = k * step;
        int in_band = f >= options->lo_hz && f <= options->hi_hz;
        int at_first = f >= first - near && f <= first + near;
        int at_second = f >= second - near && f <= second + near;
        if (toolbox) {
            /* the harmonic counts wherever it lies, the noise only within the band */
            signal += power[k] * (at_first + at_second);
            noise += in_band && !at_first && !at_second ? power[k] : 0;
        } else if (in_band) {
            signal += at_first || at_second ? power[k] : 0;
            noise += at_first || at_second ? 0 : power[k];
        }
    }
    if (toolbox)
        return noise == 0 ? 0 : 10 * log10(signal / noise);
    return noise > 0 && signal > 0 ? 10 * log10(signal / noise) : unknown;
}

/* Correlation at every circular shift is one product of spectra. The library has the transform of
 * real signals only; the way back uses it too, since for a real signal s with spectrum S the sum
 * over k of (Re S - Im S)(cos + sin)(2 pi k t / N) is N s[t] (Hartley). */
double score_macc(const double *a, const double *b, int n, enum score_profile profile, double *work)
{
    int nfft = pleth_pow2(2 * n - 1), shifts = profile == SCORE_TOOLBOX ? n - 1 : n;
    double mean_a = 0, mean_b = 0, square_a = 0, square_b = 0, best = 0;
    double *table = work, *x = table + nfft, *fa = x + nfft, *fb = fa + nfft + 2;

    for (int i = 0; i < n; i++) {
        mean_a += a[i] / n;
        mean_b += b[i] / n;
    }
    for (int i = 0; i < n; i++) {
        square_a += (a[i] - mean_a) * (a[i] - mean_a);
        square_b += (b[i] - mean_b) * (b[i] - mean_b);
    }
    if (!(square_a > 0) || !(square_b > 0))
        return unknown;
    pleth_fft_table(table, nfft);
    for (int i = 0; i < n; i++)
        x[i] = a[i] - mean_a;
    pleth_fft_real(table, x, n, nfft, fa);
    for (int i = 0; i < n; i++)
        x[i] = b[i] - mean_b;
    pleth_fft_real(table, x, n, nfft, fb);
    for (int k = 0; k <= nfft / 2; k++) {
        /* S = A conj(B), and the same mirrored: S[N-k] = conj(S[k]) */
        double re = fa[2 * k] * fb[2 * k] + fa[2 * k + 1] * fb[2 * k + 1];
        double im = fa[2 * k + 1] * fb[2 * k] - fa[2 * k] * fb[2 * k + 1];
        x[k] = re - im;
        x[(nfft - k) % nfft] = k == 0 || k == nfft / 2 ? re : re + im;
    }
    pleth_fft_real(table, x, nfft, nfft, fa);
    for (int shift = 0; shift < shifts; shift++) {
        /* a shift of the circle is two shifts of the line: s and s - n */
        double sum = 0;
        int at[2] = {shift, nfft + shift - n};
        for (int j = 0; j < (shift ? 2 : 1); j++) {
            /* fa holds half of the transform; the other half is its conjugate */
            int k = at[j] <= nfft / 2 ? at[j] : nfft - at[j];
            double re = fa[2 * k], im = at[j] <= nfft / 2 ? fa[2 * k + 1] : -fa[2 * k + 1];
            sum += re - im;
        }
        best = fmax(best, fabs(sum));
    }
    return best / nfft / sqrt(square_a * square_b);
}

int score_waves(const float *estimate, const float *label, int n,
                const struct score_wave_options *options, struct score_window *out, double *work)
{
    double *a = work, *b, *rest;
    int status;

    if (n < SCORE_WINDOW_MIN || n > SCORE_WINDOW_MAX)
        return PLETH_EINVAL;
    b = a + n;
    rest = b + n;
    status = score_prepare(estimate, n, options, a, rest);
    if (status == PLETH_OK)
        status = score_prepare(label, n, options, b, rest);
    if (status != PLETH_OK)
        return status;
    out->estimate_rate = score_rate(a, n, options, rest);
    out->label_rate = score_rate(b, n, options, rest);
    out->snr_db = score_snr(a, n, out->label_rate, options, rest);
    out->macc = score_macc(a, b, n, options->profile, rest);
    return PLETH_OK;
}

/* ---- Rates ------------------------------------------------------------------------------ */

struct moments {
    int n;
    double mean, sd0, sd1;
};

static struct moments moments(const double *x, int n)
{
    struct moments m = {n, 0, unknown, unknown};
    double square = 0;
    for (int i = 0; i < n; i++)
        m.mean += x[i] / n;
    for (int i = 0; i < n; i++)
        square += (x[i] - m.mean) * (x[i] - m.mean);
    if (n == 0)
        m.mean = unknown;
    if (n > 0)
        m.sd0 = sqrt(square / n);
    if (n > 1)
        m.sd1 = sqrt(square / (n - 1));
    return m;
}

static struct score_value mean_value(const double *x, int n, enum score_profile profile)
{
    struct moments m = moments(x, n);
    double sd = profile == SCORE_TOOLBOX ? m.sd0 : m.sd1;
    return (struct score_value){m.mean, sd / sqrt(n)};
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    if (n == 0)
        return unknown;
    qsort(x, (size_t)n, sizeof *x, ascending);
    return 0.5 * (x[(n - 1) / 2] + x[n / 2]);
}

struct score_pair score_pair_of(double reference, double estimate)
{
    return (struct score_pair){.answered = isfinite(estimate) != 0,
                               .reference = reference,
                               .estimate = estimate,
                               .quality = unknown,
                               .sd = unknown,
                               .snr_db = unknown,
                               .macc = unknown,
                               .cadence = unknown,
                               .elapsed_s = unknown};
}

double score_error(const struct score_pair *pair, const struct score_summary *summary)
{
    return isfinite(pair->estimate) ? fabs(pair->estimate - pair->reference)
                                    : summary->constant_error;
}

uint64_t score_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Quantile of sorted values, by a straight line between two of them. */
static double quantile(const double *x, int n, double p)
{
    double at = p * (n - 1);
    int i = (int)at;
    return i + 1 < n ? x[i] + (at - i) * (x[i + 1] - x[i]) : x[n - 1];
}

double score_bootstrap(const double *sum, const double *count, int people, double interval[2])
{
    enum { ROUNDS = 2000 };
    double value[ROUNDS];
    /* the same resamples in every run */
    uint64_t state = 1;

    if (interval)
        interval[0] = interval[1] = unknown;
    if (people < 2)
        return unknown;
    for (int round = 0; round < ROUNDS; round++) {
        double s = 0, c = 0;
        for (int i = 0; i < people; i++) {
            int j = (int)(score_random(&state) % (uint64_t)people);
            s += sum[j];
            c += count[j];
        }
        value[round] = s / c;
    }
    if (interval) {
        qsort(value, ROUNDS, sizeof *value, ascending);
        interval[0] = quantile(value, ROUNDS, 0.025);
        interval[1] = quantile(value, ROUNDS, 0.975);
    }
    return moments(value, ROUNDS).sd1;
}

static int label_count(const struct score_pair *pair, int n, int by_person)
{
    int last = -1;
    for (int i = 0; i < n; i++) {
        int label = by_person ? pair[i].person : pair[i].recording;
        last = label > last ? label : last;
    }
    return last + 1;
}

/* Errors summed by person or recording: sum[i] over count[i] windows. Labels without windows are
 * left out; returns how many are left. */
static int group_errors(const struct score_pair *pair, int n, const struct score_summary *summary,
                        int by_person, double *sum, double *count)
{
    int labels = label_count(pair, n, by_person), used = 0;
    memset(sum, 0, sizeof *sum * (size_t)labels);
    memset(count, 0, sizeof *count * (size_t)labels);
    for (int i = 0; i < n; i++) {
        int label = by_person ? pair[i].person : pair[i].recording;
        sum[label] += score_error(&pair[i], summary);
        count[label] += 1;
    }
    for (int i = 0; i < labels; i++)
        if (count[i] > 0) {
            sum[used] = sum[i];
            count[used++] = count[i];
        }
    return used;
}

static struct score_value correlation(const struct score_pair *pair, int n)
{
    struct score_value r = {unknown, unknown};
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    int count = 0;
    for (int i = 0; i < n; i++)
        if (isfinite(pair[i].estimate)) {
            mean_x += pair[i].reference;
            mean_y += pair[i].estimate;
            count++;
        }
    if (count < 2)
        return r;
    mean_x /= count;
    mean_y /= count;
    for (int i = 0; i < n; i++)
        if (isfinite(pair[i].estimate)) {
            double x = pair[i].reference - mean_x, y = pair[i].estimate - mean_y;
            xx += x * x;
            yy += y * y;
            xy += x * y;
        }
    if (!(xx > 0) || !(yy > 0))
        return r;
    r.value = xy / sqrt(xx * yy);
    if (count > 2)
        r.se = sqrt(fmax(0, 1 - r.value * r.value) / (count - 2));
    return r;
}

static struct score_value mean_finite(const struct score_pair *pair, int n, int macc,
                                      enum score_profile profile, double *work)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        double x = macc ? pair[i].macc : pair[i].snr_db;
        if (isfinite(x))
            work[count++] = x;
    }
    return mean_value(work, count, profile);
}

void score_summarize(const struct score_pair *pair, int n, enum score_profile profile,
                     double floor_error, struct score_summary *out, double *work)
{
    double centre;

    for (int i = 0; i < n; i++)
        work[i] = pair[i].reference;
    centre = median(work, n);
    for (int i = 0; i < n; i++)
        work[i] = fabs(pair[i].reference - centre);
    score_summarize_part(pair, n, profile, fmax(moments(work, n).mean, floor_error), out, work);
}

void score_summarize_part(const struct score_pair *pair, int n, enum score_profile profile,
                          double constant_error, struct score_summary *out, double *work)
{
    double *error = work, *second = work + n, *third = second + n;
    struct moments m;
    int answered = 0, guessed = 0, groups;

    memset(out, 0, sizeof *out);
    out->n = n;
    out->constant_error = constant_error;

    for (int i = 0; i < n; i++)
        error[i] = score_error(&pair[i], out);
    m = moments(error, n);
    out->mae = mean_value(error, n, profile);
    out->largest_error = unknown;
    for (int i = 0; i < n; i++)
        out->largest_error = fmax(out->largest_error, error[i]);

    for (int i = 0; i < n; i++)
        second[i] = error[i] * error[i];
    m = moments(second, n);
    out->rmse.value = sqrt(m.mean);
    /* the toolbox takes the root of the mean square's standard error; the plain profile carries
       it through the root */
    out->rmse.se =
        profile == SCORE_TOOLBOX ? sqrt(m.sd0 / sqrt(n)) : m.sd1 / sqrt(n) / (2 * out->rmse.value);

    for (int i = 0; i < n; i++)
        second[i] = 100 * error[i] / pair[i].reference;
    out->mape = mean_value(second, n, profile);

    for (int i = 0; i < n; i++)
        if (pair[i].answered)
            second[answered++] = error[i];
    out->coverage = n ? (double)answered / n : unknown;
    out->mae_answered = moments(second, answered).mean;

    for (int i = 0; i < n; i++)
        if (isfinite(pair[i].estimate))
            second[guessed++] = pair[i].estimate - pair[i].reference;
    m = moments(second, guessed);
    out->missing = n ? (double)(n - guessed) / n : unknown;
    out->bias = m.mean;
    out->bias_sd = profile == SCORE_TOOLBOX ? m.sd0 : m.sd1;

    out->pearson = correlation(pair, n);
    out->snr = mean_finite(pair, n, 0, profile, second);
    out->macc = mean_finite(pair, n, 1, profile, second);

    groups = group_errors(pair, n, out, 0, second, third);
    out->recordings = groups;
    for (int i = 0; i < groups; i++)
        second[i] /= third[i];
    out->mae_recordings = moments(second, groups).mean;
    groups = group_errors(pair, n, out, 1, second, third);
    out->people = groups;
    if (profile == SCORE_PLAIN)
        out->mae.se = score_bootstrap(second, third, groups, NULL);
    out->median_error = median(error, n);
}

/* Labels numbered in the order in which they are met; met holds -1 for those that were not. */
static int renumber(int *met, int *count, int label)
{
    if (met[label] < 0)
        met[label] = (*count)++;
    return met[label];
}

int score_select(const struct score_pair *pair, int n, const int *label, int wanted,
                 struct score_pair *out, int *work)
{
    int *person = work, *recording = work + n, people = 0, recordings = 0, count = 0;

    for (int i = 0; i < 2 * n; i++)
        work[i] = -1;
    for (int i = 0; i < n; i++)
        if (label[i] == wanted) {
            out[count] = pair[i];
            out[count].person = renumber(person, &people, pair[i].person);
            out[count++].recording = renumber(recording, &recordings, pair[i].recording);
        }
    return count;
}

void score_cadence_lock(const struct score_pair *pair, int n, struct score_lock *out)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < n; i++) {
        double estimate = pair[i].estimate, step = pair[i].cadence;
        int wrong;
        if (!(step > 0) || !isfinite(step) || !isfinite(estimate))
            continue;
        wrong = fabs(estimate - pair[i].reference) > 5;
        out->n++;
        out->wrong += wrong;
        out->locked += wrong && (fabs(estimate - step) <= 3 || fabs(estimate - step / 2) <= 3 ||
                                 fabs(estimate - 2 * step) <= 3);
    }
}
