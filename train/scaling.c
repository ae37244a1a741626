/* The laws are linear in all but one parameter, so that a fit is a search along that one (variable
 * projection: Golub and Pereyra 1973). */
#include "scaling.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static const double unknown = (double)NAN, never = (double)INFINITY;

static const struct {
    const char *name, *formula;
    int parameters;
} laws[PLETHTRAIN_LAWS] = {
    {"power law with floor", "E = E0 + A N^-b", 3},
    {"power law", "E = A N^-b", 2},
    {"exponential", "E = E0 + A exp(-N/c)", 3},
    {"logarithm", "E = E0 - A ln N", 2},
};

const char *plethtrain_law_name(int law)
{
    return laws[law].name;
}

const char *plethtrain_law_formula(int law)
{
    return laws[law].formula;
}

/* ---- Spread --------------------------------------------------------------------------------- */

void plethtrain_curve_spread(struct plethtrain_curve *c, const double *by_seed, const int *seeds,
                             int most)
{
    const double prior = 4;
    double square[PLETHTRAIN_SIZES], total = 0;

    c->degrees = c->observations = 0;
    c->scatter = 0;
    for (int i = 0; i < c->sizes; i++) {
        const double *x = by_seed + i * most;
        double mean = 0;

        square[i] = 0;
        for (int k = 0; k < seeds[i]; k++)
            mean += x[k] / seeds[i];
        for (int k = 0; k < seeds[i]; k++)
            square[i] += (x[k] - mean) * (x[k] - mean);
        c->error[i] = mean;
        c->degrees += seeds[i] - 1;
        c->observations += seeds[i];
        total += square[i];
    }
    c->seed_variance = c->degrees ? total / c->degrees : 0;
    for (int i = 0; i < c->sizes; i++) {
        const double one = (square[i] + prior * c->seed_variance) / (seeds[i] - 1 + prior);
        c->variance[i] = one / seeds[i];
        c->scatter += one > 0 ? square[i] / one : 0;
    }
}

/* ---- A fit ---------------------------------------------------------------------------------- */

static double shape(int law, double size, double rate)
{
    switch (law) {
    case PLETHTRAIN_EXPONENTIAL:
        return exp(-size / rate);
    case PLETHTRAIN_LOGARITHM:
        return -log(size);
    default:
        return pow(size, -rate);
    }
}

/* What a fit works on: sizes over their geometric mean, errors, weights. */
struct points {
    int n;
    double size[PLETHTRAIN_SIZES], error[PLETHTRAIN_SIZES], weight[PLETHTRAIN_SIZES], reference;
};

static int has_floor(int law)
{
    return law != PLETHTRAIN_POWER;
}

/* Best floor and scale for this rate; returns the weighted sum of squared residuals. */
static double project(const struct points *p, int law, double rate, double *floor, double *scale)
{
    double w = 0, x = 0, y = 0, xx = 0, xy = 0, sum = 0, f[PLETHTRAIN_SIZES];

    for (int i = 0; i < p->n; i++) {
        const double v = p->weight[i];
        f[i] = shape(law, p->size[i], rate);
        w += v;
        x += v * f[i];
        y += v * p->error[i];
        xx += v * f[i] * f[i];
        xy += v * f[i] * p->error[i];
    }
    *floor = 0;
    if (has_floor(law)) {
        const double d = w * xx - x * x;
        *scale = d > 1e-14 * w * xx ? (w * xy - x * y) / d : 0;
        *scale = fmax(*scale, 0); /* bigger networks are not expected to be worse */
        *floor = (y - *scale * x) / w;
    }
    if (!has_floor(law) || (*floor < 0 && law != PLETHTRAIN_LOGARITHM)) {
        *floor = 0;
        *scale = fmax(xy / xx, 0);
    }
    for (int i = 0; i < p->n; i++) {
        const double r = p->error[i] - *floor - *scale * f[i];
        sum += p->weight[i] * r * r;
    }
    return sum;
}

/* The rate of the least sum: a grid in its logarithm, then golden sections about the best of it. */
static double search(const struct points *p, int law)
{
    enum { GRID = 60, SECTIONS = 40 };
    const double golden = 0.6180339887498949,
                 low = log(law == PLETHTRAIN_EXPONENTIAL ? 0.01 : 0.02),
                 high = log(law == PLETHTRAIN_EXPONENTIAL ? 100 : 5), step = (high - low) / GRID;
    double floor, scale, least = never, a, b, c, d, at_c, at_d;
    int best = 0;

    for (int i = 0; i <= GRID; i++) {
        const double sum = project(p, law, exp(low + i * step), &floor, &scale);
        if (sum < least) {
            least = sum;
            best = i;
        }
    }
    a = low + (best > 0 ? best - 1 : 0) * step;
    b = low + (best < GRID ? best + 1 : GRID) * step;
    c = b - golden * (b - a);
    d = a + golden * (b - a);
    at_c = project(p, law, exp(c), &floor, &scale);
    at_d = project(p, law, exp(d), &floor, &scale);
    for (int i = 0; i < SECTIONS; i++) {
        if (at_c < at_d) {
            b = d;
            d = c;
            at_d = at_c;
            c = b - golden * (b - a);
            at_c = project(p, law, exp(c), &floor, &scale);
        } else {
            a = c;
            c = d;
            at_c = at_d;
            d = a + golden * (b - a);
            at_d = project(p, law, exp(d), &floor, &scale);
        }
    }
    return exp((a + b) / 2);
}

/* floor, scale, rate and chi2, in the units of the curve. */
static void solve(const struct points *p, struct plethtrain_fit *fit)
{
    fit->rate = fit->law == PLETHTRAIN_LOGARITHM ? 0 : search(p, fit->law);
    fit->chi2 = project(p, fit->law, fit->rate, &fit->floor, &fit->scale);
    switch (fit->law) {
    case PLETHTRAIN_EXPONENTIAL:
        fit->rate *= p->reference;
        break;
    case PLETHTRAIN_LOGARITHM:
        fit->floor += fit->scale * log(p->reference);
        break;
    default:
        fit->scale *= pow(p->reference, fit->rate);
    }
}

static void take_points(const struct plethtrain_curve *c, struct points *p)
{
    double mean = 0;

    p->n = c->sizes;
    for (int i = 0; i < p->n; i++)
        mean += log(c->size[i]) / p->n;
    p->reference = exp(mean);
    for (int i = 0; i < p->n; i++) {
        p->size[i] = c->size[i] / p->reference;
        p->error[i] = c->error[i];
        p->weight[i] = c->seed_variance > 0 ? 1 / c->variance[i] : 1;
    }
}

/* How good a fit is, from its residuals. */
static void judge(const struct points *p, const struct plethtrain_curve *c,
                  struct plethtrain_fit *fit)
{
    /* of the criterion: the variance is estimated, too */
    const int n = fit->n, all = c->observations, k = fit->k + 1;
    const double chi2 = fit->chi2 + c->scatter;
    double w = 0, mean = 0, total = 0, square = 0;

    for (int i = 0; i < n; i++) {
        w += p->weight[i];
        mean += p->weight[i] * p->error[i];
    }
    for (int i = 0; i < n; i++) {
        const double d = p->error[i] - mean / w;
        const double r = p->error[i] - plethtrain_law_error(fit, c->size[i]);
        total += p->weight[i] * d * d;
        square += r * r;
    }
    fit->r2 = total > 0 ? 1 - fit->chi2 / total : unknown;
    fit->rmse = sqrt(square / n);
    /* exact points: the criterion of rounding errors would be no number */
    fit->aicc = n > fit->k && all - k > 1 ? all * log(fmax(chi2 / all, 1e-12 * total)) + 2.0 * k +
                                                2.0 * k * (k + 1) / (all - k - 1)
                                          : never;
    fit->inflation = n > fit->k ? fit->chi2 / (n - fit->k) : unknown;
    if (c->seed_variance > 0)
        fit->inflation = n > fit->k ? fmax(fit->inflation, 1) : 1;
}

int plethtrain_law_fit(const struct plethtrain_curve *c, int law, struct plethtrain_fit *fit,
                       struct plethio_error *e)
{
    struct points p;

    memset(fit, 0, sizeof *fit);
    fit->law = law;
    fit->n = c->sizes;
    fit->k = laws[law].parameters;
    if (fit->n < fit->k)
        return plethio_fail(e, "%d sizes, but the %s has %d parameters; train more sizes", fit->n,
                            laws[law].name, fit->k);
    for (int i = 0; i < c->sizes; i++)
        if (!(c->size[i] > 0) || !isfinite(c->size[i]) || !isfinite(c->error[i]))
            return plethio_fail(e, "size %g with error %g: no point of a curve", c->size[i],
                                c->error[i]);
    take_points(c, &p);
    solve(&p, fit);
    judge(&p, c, fit);
    return 0;
}

double plethtrain_law_error(const struct plethtrain_fit *fit, double size)
{
    return fit->floor + fit->scale * shape(fit->law, size, fit->rate);
}

double plethtrain_law_size(const struct plethtrain_fit *fit, double error)
{
    const double share = (error - fit->floor) / fit->scale;

    if (!(fit->scale > 0))
        return error >= fit->floor ? 0 : never;
    if (fit->law == PLETHTRAIN_LOGARITHM)
        return exp(-share);
    if (!(share > 0))
        return never;
    return fit->law == PLETHTRAIN_EXPONENTIAL ? fmax(-fit->rate * log(share), 0)
                                              : pow(share, -1 / fit->rate);
}

double plethtrain_law_saturation(const struct plethtrain_fit *fit, double gain)
{
    if (fit->law != PLETHTRAIN_POWER_FLOOR && fit->law != PLETHTRAIN_EXPONENTIAL)
        return never;
    return plethtrain_law_size(fit, fit->floor + gain);
}

int plethtrain_law_best(const struct plethtrain_fit *fit, int n)
{
    int best = -1;

    for (int i = 0; i < n; i++)
        if (isfinite(fit[i].aicc) && (best < 0 || fit[i].aicc < fit[best].aicc))
            best = i;
    return best;
}

/* ---- How sure ------------------------------------------------------------------------------- */

/* Box and Muller (1958): number i of a stream */
static double normal(uint64_t key, uint64_t i)
{
    const double two_pi = 6.283185307179586;

    return sqrt(-2 * log(1 - plethtrain_uniform(key, 2 * i))) *
           cos(two_pi * plethtrain_uniform(key, 2 * i + 1));
}

/* Degrees of freedom of the variance of what is not explained. */
static int degrees(const struct plethtrain_curve *c, const struct plethtrain_fit *fit)
{
    return c->degrees + fit->n - fit->k;
}

/* A deviation from the law that has the variances' estimate behind it, not the variances: one
 * factor for a whole draw, so that its tails are those of a t distribution. */
static double t_factor(int n, uint64_t key)
{
    double chi2 = 0;

    for (int i = 0; i < n; i++) {
        const double z = normal(key, (uint64_t)i);
        chi2 += z * z;
    }
    return sqrt(n / fmax(chi2, 1e-12));
}

/* What a size's error becomes when people are drawn anew: times[k] of person k. */
static double with_people(const struct plethtrain_curve *c, int size, const int *times)
{
    const ptrdiff_t at = (ptrdiff_t)size * c->people;
    double sum = 0, count = 0;

    for (int k = 0; k < c->people; k++) {
        sum += times[k] * c->sum[at + k];
        count += times[k] * c->count[at + k];
    }
    return count > 0 ? sum / count : c->error[size];
}

int plethtrain_law_draw(const struct plethtrain_curve *c, const struct plethtrain_fit *fit,
                        int people, int rounds, uint64_t seed, struct plethtrain_fit *draw,
                        struct plethio_error *e)
{
    const int n = degrees(c, fit);
    struct points p;
    /* a sample's spread is that of its n over n - 1 */
    const double wider = sqrt((double)c->people / (c->people - 1));
    int *times;

    if (n < 1 || !isfinite(fit->inflation))
        return plethio_fail(e, "%d sizes of one seed: no spread is known; train more of either",
                            fit->n);
    if (people && c->people < 2)
        return plethio_fail(e, "%d people: what others would change is not known", c->people);
    times = calloc((size_t)c->people + 1, sizeof *times);
    if (!times)
        return plethio_fail(e, "no memory for %d people", c->people);
    take_points(c, &p);
    for (int round = 0; round < rounds; round++) {
        const uint64_t key = plethtrain_key(seed, (uint64_t)round);
        const double factor = t_factor(n, plethtrain_key(key, 1)) * sqrt(fit->inflation);

        memset(times, 0, ((size_t)c->people + 1) * sizeof *times);
        for (int k = 0; people && k < c->people; k++)
            times[plethtrain_random(plethtrain_key(key, 2), (uint64_t)k) % (uint64_t)c->people]++;
        for (int i = 0; i < c->sizes; i++) {
            p.error[i] = plethtrain_law_error(fit, c->size[i]) +
                         factor / sqrt(p.weight[i]) * normal(plethtrain_key(key, 3), (uint64_t)i);
            if (people)
                p.error[i] += wider * (with_people(c, i, times) - c->error[i]);
        }
        draw[round] = *fit;
        solve(&p, &draw[round]);
    }
    free(times);
    return 0;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(const double *sorted, int n, double share)
{
    const double at = share * (n - 1);
    const int i = (int)at < n - 1 ? (int)at : n - 2;

    /* also between infinite neighbours */
    return sorted[i] == sorted[i + 1] ? sorted[i]
                                      : sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]);
}

void plethtrain_interval(double *value, int n, double level, double interval[2])
{
    interval[0] = interval[1] = unknown;
    if (n < 2)
        return;
    qsort(value, (size_t)n, sizeof *value, ascending);
    interval[0] = quantile(value, n, (1 - level) / 2);
    interval[1] = quantile(value, n, (1 + level) / 2);
}

void plethtrain_law_interval(const struct plethtrain_curve *c, const struct plethtrain_fit *fit,
                             const struct plethtrain_fit *draw, int rounds, double size, int seeds,
                             double level, double interval[2], double *work)
{
    const uint64_t stream = 77;
    const double variance = c->seed_variance > 0 ? c->seed_variance : 1;
    const double sd = seeds > 0 ? sqrt(variance * fit->inflation / seeds) : 0;
    const int n = degrees(c, fit);

    for (int round = 0; round < rounds; round++) {
        const uint64_t key = plethtrain_key(stream, (uint64_t)round);
        work[round] = plethtrain_law_error(&draw[round], size);
        if (sd > 0)
            work[round] += sd * t_factor(n, plethtrain_key(key, 1)) * normal(key, 0);
    }
    plethtrain_interval(work, rounds, level, interval);
}
