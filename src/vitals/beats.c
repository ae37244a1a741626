/* Beats in a pulse wave, and what their intervals say.
 *
 * Finding: the local rate from short spectra; maxima of the wave narrowed to its fundamental, so
 * that dicrotic peaks do not count; of these the best chain by dynamic programming, in the manner
 * of Ellis, Beat tracking by dynamic programming (2007); then each beat's time by correlation with
 * the mean beat, which uses all of its slope instead of the three values about its top. */
#include "../signal/filter.h"
#include "../signal/peaks.h"
#include "../signal/spectrum.h"
#include "pleth/pleth.h"

#include <math.h>
#include <string.h>

/* ---- Local rate ----------------------------------------------------------------------------- */

enum {
    /* an unknown rate is sought from 30 to 240 per minute, in 20ths of a Hz */
    GRID_PER_HZ = 20,
    GRID_FIRST = GRID_PER_HZ / 2,
    GRID_LAST = 4 * GRID_PER_HZ
};

/* x <- wave[start..start+n) without its mean, under a Hann window; returns the sum of squares */
static double windowed(const float *wave, int start, int n, double *x)
{
    double mean = 0, square = 0;
    pleth_hann(x, n, 0);
    for (int i = 0; i < n; i++)
        mean += (double)wave[start + i] / n;
    for (int i = 0; i < n; i++) {
        x[i] *= (double)wave[start + i] - mean;
        square += x[i] * x[i];
    }
    return square;
}

/* Power at f and half of that at 2f: a beat has harmonics, and noise rarely two in step. */
static double comb(const double *x, int n, double f)
{
    double re, im, sum;
    pleth_dtft(x, n, f, &re, &im);
    sum = re * re + im * im;
    if (2 * f < 0.45) {
        pleth_dtft(x, n, 2 * f, &re, &im);
        sum += 0.5 * (re * re + im * im);
    }
    return sum;
}

/* Windows overlap by half; the last one ends with the wave. */
static int window_start(int n, int length, int k)
{
    int start = k * (length / 2);
    return start + length > n ? n - length : start;
}

/* The rate in Hz, when nothing is known about it: the strongest comb over all windows, each with
 * the same say however loud. 0 for a flat wave. */
static double overall_rate(const float *wave, int n, double rate_hz, int length, int windows,
                           double *x)
{
    double sum[GRID_LAST - GRID_FIRST + 1] = {0}, best = 0, f = 0;
    for (int k = 0; k < windows; k++) {
        double total = windowed(wave, window_start(n, length, k), length, x);
        if (!(total > 0))
            continue;
        for (int g = GRID_FIRST; g <= GRID_LAST; g++) {
            double cycles = g / (GRID_PER_HZ * rate_hz);
            if (cycles < 0.45)
                sum[g - GRID_FIRST] += comb(x, length, cycles) / total;
        }
    }
    for (int g = GRID_FIRST; g <= GRID_LAST; g++) {
        if (sum[g - GRID_FIRST] > best) {
            best = sum[g - GRID_FIRST];
            f = (double)g / GRID_PER_HZ;
        }
    }
    return f;
}

/* The period in samples in each window: the strongest comb between 0.6 and 1.6 times the rate,
 * those far from it at a discount. */
static void local_periods(const float *wave, int n, double rate_hz, double rate, int length,
                          int windows, double *period, double *x)
{
    for (int k = 0; k < windows; k++) {
        double best = 0;
        period[k] = rate_hz / rate;
        windowed(wave, window_start(n, length, k), length, x);
        for (double f = 0.6 * rate; f < 1.6 * rate; f += 0.5 * rate_hz / length) {
            double octaves = log(f / rate) / 0.35;
            double score = exp(-0.5 * octaves * octaves) * comb(x, length, f / rate_hz);
            if (score > best && f < 0.45 * rate_hz) {
                best = score;
                period[k] = rate_hz / f;
            }
        }
    }
}

/* ---- The chain of beats --------------------------------------------------------------------- */

/* y <- wave between lo and hi times the rate. work: n + 30. Nonzero if that can not be. */
static int narrow(const float *wave, int n, double rate_hz, double rate, double lo, double hi,
                  double *y, double *work)
{
    struct pleth_filter f;
    for (int i = 0; i < n; i++)
        y[i] = (double)wave[i];
    return pleth_butter_bandpass(&f, 2, lo * rate, fmin(hi * rate, 0.45 * rate_hz), rate_hz) ||
           pleth_filtfilt(&f, y, y, n, work);
}

/* Height of the maximum at `at` in units of a sine's whose power is that of one and a half periods
 * to each side; at most 1.5, so that no spike outweighs two beats. */
static double height(const double *y, int n, int at, double period)
{
    int reach = (int)(1.5 * period), first = at - reach < 0 ? 0 : at - reach;
    int last = at + reach > n - 1 ? n - 1 : at + reach;
    double square = 0;
    for (int i = first; i <= last; i++)
        square += y[i] * y[i];
    if (!(square > 0))
        return 0;
    return fmin(1.5, y[at] / sqrt(2 * square / (last - first + 1)));
}

/* Positions of beats in samples: of all maxima the chain with the greatest sum of heights less
 * 1.2 (log(interval / period))^2 for each interval. Returns their number, at most n/2.
 * beat: n/2; work: n. */
static int chain(const double *y, int n, const double *period, int windows, int hop, double *beat,
                 double *work)
{
    const double tightness = 1.2, gap = tightness * 1.2; /* a gap costs as three periods do */
    double *score = work, *previous = work + n / 2;
    int count = 0, length = 0, best = -1, best_before_gap = -1, passed = 0;

    for (int i = 1; i < n - 1; i++) {
        if (y[i] > y[i - 1] && y[i] >= y[i + 1] && y[i] > 0)
            beat[count++] = i;
    }
    for (int i = 0; i < count; i++) {
        int window = (int)(beat[i] / hop - 0.5);
        double tau = period[window < 0 ? 0 : window < windows ? window : windows - 1];
        double own = height(y, n, (int)beat[i], tau);
        score[i] = own;
        previous[i] = -1;
        /* those more than three periods back count as lying before a gap */
        for (; passed < i && beat[i] - beat[passed] > 3 * tau; passed++)
            if (best_before_gap < 0 || score[passed] > score[best_before_gap])
                best_before_gap = passed;
        if (best_before_gap >= 0 && score[best_before_gap] - gap > 0) {
            score[i] = own + score[best_before_gap] - gap;
            previous[i] = best_before_gap;
        }
        for (int j = passed; j < i && beat[i] - beat[j] >= 0.35 * tau; j++) {
            double odd = log((beat[i] - beat[j]) / tau);
            double joined = own + score[j] - tightness * odd * odd;
            if (joined > score[i]) {
                score[i] = joined;
                previous[i] = j;
            }
        }
        if (best < 0 || score[i] > score[best])
            best = i;
    }
    /* backwards along the chain, marking it, then forwards to gather it */
    for (int i = best; i >= 0; i = (int)previous[i])
        score[i] = HUGE_VAL;
    for (int i = 0; i < count; i++) {
        if (isinf(score[i])) {
            int at = (int)beat[i];
            beat[length++] = at + pleth_parabola(y[at - 1], y[at], y[at + 1]);
        }
    }
    return length;
}

/* ---- Times ---------------------------------------------------------------------------------- */

/* of the pulse rate: where the wave ends whose beats are timed */
#define HIGHEST 5
/* by which the bound below is too wide, on synthetic waves */
#define TOO_WIDE 0.92
/* of a beat that is like no other */
#define UNKNOWN_SD_S 1.0

/* y between its samples, by the cubic through four of them; 1 <= t <= n - 3 */
static double between(const double *y, double t)
{
    int i = (int)t;
    double u = t - i;
    return -u * (u - 1) * (u - 2) / 6 * y[i - 1] + (u + 1) * (u - 1) * (u - 2) / 2 * y[i] -
           (u + 1) * u * (u - 2) / 2 * y[i + 1] + (u + 1) * u * (u - 1) / 6 * y[i + 2];
}

/* Whether y has all samples from `before` before to `after` after a beat, and a few to spare. */
static int inside(double beat, int n, int before, int after)
{
    return beat - before >= 2 && beat + after <= n - 4;
}

/* Mean of all beats, each with the same energy, from `before` samples before to `after` after. */
static void mean_beat(const double *y, int n, const double *beat, int count, int before, int after,
                      double *mean, double *one)
{
    int length = before + after + 1;
    for (int j = 0; j < length; j++)
        mean[j] = 0;
    for (int i = 0; i < count; i++) {
        double square = 0;
        if (!inside(beat[i], n, before, after))
            continue;
        for (int j = 0; j < length; j++) {
            one[j] = between(y, beat[i] + j - before);
            square += one[j] * one[j];
        }
        for (int j = 0; j < length && square > 0; j++)
            mean[j] += one[j] / sqrt(square);
    }
}

/* Where within `reach` samples of a beat the pattern fits best; the beat itself if y does not go
 * that far or the best is at an end of the range, which is no maximum. */
static double best_fit(const double *y, int n, double beat, const double *pattern, int before,
                       int after, int reach)
{
    int centre = (int)(beat + 0.5), top = -reach;
    double fit[3] = {0, -HUGE_VAL, 0}, last = -HUGE_VAL;
    if (!inside(beat, n, before + reach, after + reach))
        return beat;
    for (int shift = -reach; shift <= reach; shift++) {
        double sum = 0;
        for (int j = -before; j <= after; j++)
            sum += pattern[j + before] * y[centre + shift + j];
        if (shift == top + 1)
            fit[2] = sum;
        if (sum > fit[1]) {
            top = shift;
            fit[0] = last;
            fit[1] = sum;
            fit[2] = sum;
        }
        last = sum;
    }
    if (top == -reach || top == reach)
        return beat;
    return centre + top + pleth_parabola(fit[0], fit[1], fit[2]);
}

/* Standard deviation of a beat's time, in samples, by Cramer and Rao's bound: what the beat is
 * besides the mean one, a level and a size of its own taken out, over the slope of that one. The
 * filter has left what is below `highest` periods^-1 alone: residues of neighbours are alike. */
static double time_sd(const double *y, double beat, const double *mean, int before, int after,
                      double period)
{
    const double pi = 3.14159265358979323846;
    const int length = before + after + 1;
    const double alike = fmax(1, period / (2 * HIGHEST));
    double w = 0, m = 0, x = 0, mm = 0, mx = 0, xx = 0, slope = 0, size, rest, free;

    for (int j = 0; j < length; j++) {
        double fade = sin(pi * (j + 0.5) / length), one = between(y, beat + j - before);
        w += fade;
        m += fade * mean[j];
        x += fade * one;
        mm += fade * mean[j] * mean[j];
        mx += fade * mean[j] * one;
        xx += fade * one * one;
        if (j > 0 && j < length - 1)
            slope += fade * 0.25 * (mean[j + 1] - mean[j - 1]) * (mean[j + 1] - mean[j - 1]);
    }
    mm -= m * m / w;
    mx -= m * x / w;
    xx -= x * x / w;
    size = mx / mm;
    if (!(size > 0) || !(slope > 0))
        return HUGE_VAL;
    /* level, size and time are fitted, too */
    free = fmax(w / alike - 3, 1) / (w / alike);
    rest = fmax(0, xx - size * mx) / w / free;
    return TOO_WIDE * sqrt(rest * alike / slope) / size;
}

/* Beats from where the narrow wave has them to where the whole wave y has its tops, and the
 * standard deviations of these times. Those too close to an end to be compared are dropped; returns
 * how many are left. sd: count; work: 3 periods. */
static int retime(const double *y, int n, double period, double *beat, int count, double *sd,
                  double *work)
{
    enum { ROUNDS = 3 };
    const double pi = 3.14159265358979323846;
    int before = (int)(0.4 * period) + 1, after = (int)(0.3 * period) + 1,
        reach = (int)(0.2 * period) + 1;
    int length = before + after + 1, kept = 0, top = 1;
    double *mean = work, *pattern = work + length, offset;

    for (int i = 0; i < count; i++)
        if (inside(beat[i], n, before + reach, after + reach))
            beat[kept++] = beat[i];
    if (kept < 3) {
        for (int i = 0; i < kept; i++)
            sd[i] = HUGE_VAL;
        return kept;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double moved = 0, level = 0, weight = 0;
        mean_beat(y, n, beat, kept, before, after, mean, pattern);
        /* fade out the ends, then take out what a constant would add */
        for (int j = 0; j < length; j++) {
            double fade = sin(pi * (j + 0.5) / length);
            pattern[j] = mean[j] * fade;
            level += pattern[j];
            weight += fade;
        }
        for (int j = 0; j < length; j++)
            pattern[j] -= level / weight * sin(pi * (j + 0.5) / length);
        /* what all beats move together is the pattern's doing, not theirs */
        for (int i = 0; i < kept; i++) {
            double to = best_fit(y, n, beat[i], pattern, before, after, reach);
            moved += (to - beat[i]) / kept;
            beat[i] = to;
        }
        for (int i = 0; i < kept; i++)
            beat[i] -= moved;
    }
    mean_beat(y, n, beat, kept, before, after, mean, pattern);
    for (int j = 2; j < length - 1; j++)
        if (mean[j] > mean[top])
            top = j;
    offset = top - before + pleth_parabola(mean[top - 1], mean[top], mean[top + 1]);
    for (int i = 0; i < kept; i++) {
        sd[i] = inside(beat[i], n, before, after) ? time_sd(y, beat[i], mean, before, after, period)
                                                  : HUGE_VAL;
        beat[i] += offset;
    }
    return kept;
}

int pleth_find_beats(const float *wave, int n, double rate_hz, double expected_per_min,
                     double *beat_s, int capacity, double *work)
{
    return pleth_find_beats_sd(wave, n, rate_hz, expected_per_min, beat_s, NULL, capacity, work);
}

int pleth_find_beats_sd(const float *wave, int n, double rate_hz, double expected_per_min,
                        double *beat_s, double *sd_s, int capacity, double *work)
{
    double rate = expected_per_min / 60, *y = work, *beat, *room, *period;
    int length, windows, count, found = 0;

    if (!wave || !beat_s || !work || n < 0 || capacity < 0 || !(rate_hz >= 2 && rate_hz < 1e5) ||
        !(rate == 0 || (rate >= 2.0 / 60 && rate <= 400.0 / 60 && rate < 0.4 * rate_hz)))
        return PLETH_EINVAL;
    for (int i = 0; i < n; i++)
        if (!isfinite(wave[i]))
            return PLETH_EINVAL;
    /* too short for any beat to have a neighbour, or for the filters */
    if (n < 40 || n < 2 * rate_hz)
        return 0;

    /* eight seconds, or four of what is slower than a pulse */
    length = (int)fmin(n, fmax(8, rate > 0 ? 4 / rate : 0) * rate_hz);
    windows = 1 + (n - length + length / 2 - 1) / (length / 2);
    period = work + 4 * (ptrdiff_t)n - windows;
    beat = work + n;
    room = beat + n / 2;
    if (rate == 0)
        rate = overall_rate(wave, n, rate_hz, length, windows, room);
    if (rate == 0 || n * rate < 2 * rate_hz)
        return 0;
    local_periods(wave, n, rate_hz, rate, length, windows, period, room);
    if (narrow(wave, n, rate_hz, rate, 0.5, 1.8, y, room))
        return 0;
    count = chain(y, n, period, windows, length / 2, beat, room);
    if (narrow(wave, n, rate_hz, rate, 0.4, HIGHEST, y, room))
        return 0;
    count = retime(y, n, rate_hz / rate, beat, count, room, room + n / 2);
    for (int i = 0; i < count && found < capacity; i++) {
        double t = beat[i] / rate_hz;
        if (beat[i] >= 0 && beat[i] <= n - 1 && (found == 0 || t > beat_s[found - 1])) {
            if (sd_s)
                sd_s[found] = fmin(room[i] / rate_hz, UNKNOWN_SD_S);
            beat_s[found++] = t;
        }
    }
    return found;
}

/* ---- Variability ---------------------------------------------------------------------------- */

enum { NEIGHBOURS = 11 };
/* of a beat whose time counts: as much as a heart at rest varies by from beat to beat */
#define MOST_SD_S 0.03

/* s, and the standard deviations of these times, or NULL */
struct beats {
    const double *beat_s, *sd_s;
};

static double interval(const struct beats *beats, int i)
{
    return beats->beat_s[i + 1] - beats->beat_s[i];
}

/* s^2 */
static double time_variance(const struct beats *beats, int i)
{
    return beats->sd_s ? beats->sd_s[i] * beats->sd_s[i] : 0;
}

/* The artefact gate: an interval of 20..300 per minute that differs by at most 20 % from the median
 * of the 11 about it. Missed and doubled beats and ectopic ones with their pause do not pass, nor
 * do intervals from or to a beat whose time is uncertain. */
static int good(const struct beats *beats, int intervals, int i)
{
    double sorted[NEIGHBOURS], own = interval(beats, i), median;
    int count = intervals < NEIGHBOURS ? intervals : NEIGHBOURS, first = i - NEIGHBOURS / 2;

    if (own < 0.2 || own > 3 ||
        fmax(time_variance(beats, i), time_variance(beats, i + 1)) > MOST_SD_S * MOST_SD_S)
        return 0;
    if (first + count > intervals)
        first = intervals - count;
    if (first < 0)
        first = 0;
    for (int k = 0; k < count; k++) {
        double value = interval(beats, first + k);
        int at = k;
        for (; at > 0 && sorted[at - 1] > value; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = value;
    }
    median = 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
    return fabs(own - median) <= 0.2 * median;
}

/* Lomb's sums (Lomb 1976, Scargle 1982) for a block of frequencies, a step apart. */
enum { BLOCK = 32 };

struct lomb {
    double weight, xc[BLOCK], xs[BLOCK], c2[BLOCK], s2[BLOCK];
};

static const double two_pi = 6.28318530717958647692;

/* Takes the value x at time t with weight w; each frequency is one rotation on from the last. */
static void lomb_add(struct lomb *sums, double first_hz, double step_hz, double t, double x,
                     double w)
{
    double c = cos(two_pi * first_hz * t), s = sin(two_pi * first_hz * t);
    double turn_c = cos(two_pi * step_hz * t), turn_s = sin(two_pi * step_hz * t);
    sums->weight += w;
    for (int b = 0; b < BLOCK; b++) {
        double next = c * turn_c - s * turn_s;
        sums->xc[b] += w * x * c;
        sums->xs[b] += w * x * s;
        sums->c2[b] += w * (c * c - s * s);
        sums->s2[b] += w * 2 * c * s;
        s = s * turn_c + c * turn_s;
        c = next;
    }
}

/* Of a sine of amplitude A at this frequency: A^2 / 2. */
static double lomb_power(const struct lomb *sums, int b)
{
    /* the origin of time at which sine and cosine are orthogonal */
    double size = hypot(sums->c2[b], sums->s2[b]), angle = 0.5 * atan2(sums->s2[b], sums->c2[b]);
    double along = sums->xc[b] * cos(angle) + sums->xs[b] * sin(angle);
    double across = sums->xs[b] * cos(angle) - sums->xc[b] * sin(angle);
    double power = along * along / (0.5 * (sums->weight + size));
    if (sums->weight - size > 1e-9 * sums->weight)
        power += across * across / (0.5 * (sums->weight - size));
    return power / sums->weight;
}

/* A stretch of the intervals, in s from its start and ms about its straight line. */
struct stretch {
    double start_s, length_s, level, slope;
};

static double above_line(const struct stretch *r, double t, double interval_s)
{
    return 1000 * interval_s - r->level - r->slope * t;
}

static double hann_at(const struct stretch *r, double t)
{
    return 0.5 - 0.5 * cos(two_pi * t / r->length_s);
}

/* All good intervals first..last-1, each at its end. What lies between two of them and is not good
 * counts as so many beats on the straight line from one to the other: a hole would mirror the
 * strong low frequencies into the high ones. */
static void lomb_stretch(struct lomb *sums, const struct stretch *r, double first_hz,
                         double step_hz, const struct beats *beats, int intervals, int first,
                         int last)
{
    int before = -1;
    memset(sums, 0, sizeof *sums);
    for (int i = first; i < last; i++) {
        double t = beats->beat_s[i + 1] - r->start_s, own = interval(beats, i);
        if (!good(beats, intervals, i))
            continue;
        if (before >= 0 && before < i - 1) {
            double from = beats->beat_s[before + 1] - r->start_s, was = interval(beats, before);
            double missing = beats->beat_s[i] - r->start_s - from;
            int missed = (int)(2 * missing / (own + was) + 0.5);
            for (int k = 1; k <= missed; k++) {
                double at = from + missing * k / missed;
                double value = was + (own - was) * (at - from) / (t - from);
                lomb_add(sums, first_hz, step_hz, at, above_line(r, at, value), hann_at(r, at));
            }
        }
        lomb_add(sums, first_hz, step_hz, t, above_line(r, t, own), hann_at(r, t));
        before = i;
    }
}

/* Adds the power (ms^2) of both bands in one stretch, under a Hann window; nonzero if less than 80
 * % of it is good. */
static int band_powers(const struct beats *beats, int intervals, double start_s, double length_s,
                       double *lf, double *hf)
{
    struct stretch r = {start_s, length_s, 0, 0};
    struct lomb sums;
    double n = 0, st = 0, sx = 0, stt = 0, stx = 0, covered = 0, step_hz = 0.5 / length_s;
    int first = 0, last, k_last = (int)ceil(0.4 / step_hz);

    while (first < intervals && beats->beat_s[first + 1] < start_s)
        first++;
    for (last = first; last < intervals && beats->beat_s[last + 1] <= start_s + length_s; last++) {
        double t = beats->beat_s[last + 1] - start_s, x = 1000 * interval(beats, last);
        if (!good(beats, intervals, last))
            continue;
        n++;
        st += t;
        sx += x;
        stt += t * t;
        stx += t * x;
        covered += x / 1000;
    }
    if (covered < 0.8 * length_s)
        return 1;
    r.slope = (n * stx - st * sx) / (n * stt - st * st);
    r.level = (sx - r.slope * st) / n;

    for (int k = (int)ceil(0.04 / step_hz); k < k_last; k += BLOCK) {
        lomb_stretch(&sums, &r, k * step_hz, step_hz, beats, intervals, first, last);
        for (int b = 0; b < BLOCK && k + b < k_last; b++) {
            /* the window spreads a line over 1.5 / length */
            double power = lomb_power(&sums, b) * step_hz * length_s / 1.5;
            if ((k + b) * step_hz < 0.15)
                *lf += power;
            else
                *hf += power;
        }
    }
    return 0;
}

int pleth_beat_variability(const double *beat_s, int count, pleth_variability *out)
{
    return pleth_beat_variability_sd(beat_s, NULL, count, out);
}

int pleth_beat_variability_sd(const double *beat_s, const double *sd_s, int count,
                              pleth_variability *out)
{
    const struct beats all = {beat_s, sd_s}, *beats = &all;
    double mean = 0, square = 0, differences = 0, span, length_s, lf = 0, hf = 0;
    double noise = 0, noise_of_differences = 0; /* what uncertain times add to both */
    int intervals = count - 1, used = 0, pairs = 0, over_50 = 0, before = 0, stretches = 0;

    if (!beat_s || !out || count < 0)
        return PLETH_EINVAL;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < count; i++)
        if (!isfinite(beat_s[i]) || (i > 0 && !(beat_s[i] > beat_s[i - 1])) ||
            (sd_s && !(sd_s[i] >= 0 && sd_s[i] < 1e3)))
            return PLETH_EINVAL;
    for (int i = 0; i < intervals; i++) {
        int now = good(beats, intervals, i);
        if (now) {
            mean += interval(beats, i);
            noise += time_variance(beats, i) + time_variance(beats, i + 1);
            used++;
        }
        if (now && before) {
            double d = interval(beats, i) - interval(beats, i - 1);
            differences += d * d;
            noise_of_differences += time_variance(beats, i - 1) + 4 * time_variance(beats, i) +
                                    time_variance(beats, i + 1);
            over_50 += fabs(d) > 0.05;
            pairs++;
        }
        before = now;
    }
    out->intervals = used;
    out->coverage = intervals > 0 ? (float)used / (float)intervals : 0;
    if (used < 10 || pairs < 5)
        return PLETH_AGAIN;
    mean /= used;
    for (int i = 0; i < intervals; i++)
        if (good(beats, intervals, i))
            square += (interval(beats, i) - mean) * (interval(beats, i) - mean);
    square /= used - 1;
    differences /= pairs;
    noise /= used;
    noise_of_differences /= pairs;
    out->mean_ms = (float)(1000 * mean);
    out->sdnn_ms = (float)(1000 * sqrt(fmax(square - noise, 0)));
    out->rmssd_ms = (float)(1000 * sqrt(fmax(differences - noise_of_differences, 0)));
    out->noise_ms = (float)(1000 * sqrt(noise_of_differences));
    out->pnn50_percent = (float)(100.0 * over_50 / pairs);

    /* five minutes of recording, whose first and last beats lie a little inside; longer ones in
     * stretches of five minutes that overlap by half */
    span = beat_s[intervals] - beat_s[0];
    if (span < 297)
        return PLETH_OK;
    length_s = fmin(span, 300);
    for (double start = 0; start + length_s <= span; start += 150) {
        if (band_powers(beats, intervals, beat_s[0] + start, length_s, &lf, &hf))
            return PLETH_OK;
        stretches++;
    }
    out->have_bands = 1;
    out->lf_ms2 = (float)(lf / stretches);
    out->hf_ms2 = (float)(hf / stretches);
    return PLETH_OK;
}
