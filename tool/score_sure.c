/* Whether estimates know how wrong they are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score.h"

/* what can not be computed; the macro alone is a float */
static const double unknown = (double)NAN;
/* normal quantiles of 75 and 95 % */
static const double z_50 = 0.6744897501960817, z_90 = 1.6448536269514722;
static const double root_half = 0.70710678118654752, root_pi = 1.7724538509055160;

/* pairs of (sureness, error), the surest first */
static int surest_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Among equally sure windows none goes first: each gets the mean error of them all. */
static void level_ties(double *sorted, int n)
{
    for (int i = 0, end; i < n; i = end) {
        double sum = 0;
        for (end = i; end < n && !(sorted[2 * end] < sorted[2 * i]); end++)
            sum += sorted[2 * end + 1];
        for (int j = i; j < end; j++)
            sorted[2 * j + 1] = sum / (end - i);
    }
}

enum score_sureness score_risk(const struct score_pair *pair, const struct score_summary *summary,
                               int points, const double *share, double *risk, double *work)
{
    enum score_sureness by = SCORE_UNSURE;
    int n = summary->n, used = 0;
    double sum = 0;

    for (int i = 0; i < n && by != SCORE_BY_QUALITY; i++)
        by = isfinite(pair[i].quality) ? SCORE_BY_QUALITY : isfinite(pair[i].sd) ? SCORE_BY_SD : by;
    if (by == SCORE_UNSURE)
        return by;
    for (int i = 0; i < n; i++) {
        double sure = by == SCORE_BY_QUALITY ? pair[i].quality : -pair[i].sd;
        work[2 * i] = isfinite(sure) ? sure : (double)-INFINITY;
        work[2 * i + 1] = score_error(&pair[i], summary);
    }
    qsort(work, (size_t)n, 2 * sizeof *work, surest_first);
    level_ties(work, n);
    for (int i = 0; i < points; i++) {
        int upto = (int)ceil(share[i] * n - 1e-9);
        while (used < upto)
            sum += work[2 * used++ + 1];
        risk[i] = sum / used;
    }
    return by;
}

/* Distance of the reference in standard deviations; negative where there is no interval. */
static double distance(const struct score_pair *p, int answered_only)
{
    if (!(p->sd > 0) || !isfinite(p->sd) || !isfinite(p->estimate) ||
        (answered_only && !p->answered))
        return -1;
    return fabs(p->reference - p->estimate) / p->sd;
}

double score_crps(double mean, double sd, double truth)
{
    double z = (truth - mean) / sd;
    /* 2 Phi(z) - 1 and 2 phi(z) */
    double inside = erf(z * root_half), twice_density = 2 * root_half * exp(-z * z / 2) / root_pi;
    return sd * (z * inside + twice_density - 1 / root_pi);
}

void score_intervals(const struct score_pair *pair, int n, int answered_only,
                     struct score_intervals *out)
{
    double sd = 0;
    int in_50 = 0, in_90 = 0;

    memset(out, 0, sizeof *out);
    for (int i = 0; i < n; i++) {
        double z = distance(&pair[i], answered_only);
        if (z < 0)
            continue;
        out->n++;
        in_50 += z <= z_50;
        in_90 += z <= z_90;
        sd += pair[i].sd;
        out->crps += score_crps(pair[i].estimate, pair[i].sd, pair[i].reference);
    }
    if (out->n == 0) {
        out->coverage_50 = out->coverage_90 = out->width_50 = out->width_90 = out->crps = unknown;
        return;
    }
    out->coverage_50 = (double)in_50 / out->n;
    out->coverage_90 = (double)in_90 / out->n;
    out->width_50 = 2 * z_50 * sd / out->n;
    out->width_90 = 2 * z_90 * sd / out->n;
    out->crps /= out->n;
}

int score_calibration(const struct score_pair *pair, int n, int answered_only, int points,
                      const double *nominal, double *observed)
{
    int count = 0;

    memset(observed, 0, (size_t)points * sizeof *observed);
    for (int i = 0; i < n; i++) {
        double z = distance(&pair[i], answered_only);
        if (z < 0)
            continue;
        count++;
        for (int k = 0; k < points; k++)
            observed[k] += erf(z * root_half) <= nominal[k];
    }
    for (int k = 0; k < points; k++)
        observed[k] = count ? observed[k] / count : unknown;
    return count;
}

int score_reliability(const struct score_pair *pair, int n, double within,
                      struct score_bin bin[SCORE_BINS])
{
    int count = 0;

    memset(bin, 0, SCORE_BINS * sizeof *bin);
    for (int i = 0; i < n; i++) {
        double quality = pair[i].quality;
        struct score_bin *b;
        if (!isfinite(quality) || !isfinite(pair[i].estimate))
            continue;
        b = &bin[(int)fmin(fmax(quality * SCORE_BINS, 0), SCORE_BINS - 1)];
        b->n++;
        b->quality += quality;
        b->right += fabs(pair[i].estimate - pair[i].reference) <= within;
        count++;
    }
    for (int k = 0; k < SCORE_BINS; k++) {
        bin[k].quality = bin[k].n ? bin[k].quality / bin[k].n : unknown;
        bin[k].right = bin[k].n ? bin[k].right / bin[k].n : unknown;
    }
    return count;
}
