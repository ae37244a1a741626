/* Laws of error against a network's size: fits, how sure they are, and what follows from them.
 *
 * Sizes are parameters or multiply-accumulates, any positive unit; errors are mean absolute errors
 * per minute. A curve is what a fit sees: one error for each size, the spread that training anew
 * gives it, and what each person contributes. */
#ifndef PLETHTRAIN_SCALING_H
#define PLETHTRAIN_SCALING_H

#include <stdint.h>

#include "error.h"

/* error(size) = floor + scale * shape(size; rate). Exponential in the logarithm of the size is the
 * power law with floor: exp(-b ln N) = N^-b. */
enum plethtrain_law {
    PLETHTRAIN_POWER_FLOOR, /* size^-rate; floor >= 0, scale >= 0 */
    PLETHTRAIN_POWER,       /* the same without floor */
    PLETHTRAIN_EXPONENTIAL, /* exp(-size / rate); floor >= 0, scale >= 0 */
    PLETHTRAIN_LOGARITHM,   /* -ln(size); floor is the error at size 1, there is no rate */
    PLETHTRAIN_LAWS
};

/* "power law with floor", ...; and the formula with its letters */
const char *plethtrain_law_name(int law);
const char *plethtrain_law_formula(int law);

enum { PLETHTRAIN_SIZES = 64 };

struct plethtrain_curve {
    int sizes, people;
    /* increasing; at each size the error, mean over seeds */
    double size[PLETHTRAIN_SIZES], error[PLETHTRAIN_SIZES];
    /* what training anew with as many seeds would change: variance of `error`. 0 at all sizes where
       no size has two seeds. */
    double variance[PLETHTRAIN_SIZES];
    /* of one seed's error, pooled over the sizes; and its degrees of freedom, 0: not known */
    double seed_variance;
    int degrees;
    /* errors of single seeds that there are, and the sum of their squares about the sizes' means,
       each over its size's variance of one seed */
    int observations;
    double scatter;
    /* sizes x people: absolute errors summed over a person's windows, mean over seeds; and how many
       windows. Not owned. */
    const double *sum, *count;
};

/* Sets all of these of c->sizes sizes from the errors by seed:
 * by_seed[i * most + k], k < seeds[i] <= most, seeds[i] >= 1. A size's own variance counts as much
 * as its degrees of freedom, the pooled one as much as four (moderated: Smyth 2004). */
void plethtrain_curve_spread(struct plethtrain_curve *c, const double *by_seed, const int *seeds,
                             int most);

struct plethtrain_fit {
    int law;
    double floor, scale, rate;
    /* least squares: weighted by the variances, where they are known; n sizes, k parameters */
    int n, k;
    double chi2;
    /* share of the (weighted) variance; root mean square residual, per minute */
    double r2, rmse;
    /* Akaike's criterion of the single seeds' errors, corrected for their number, up to a constant
       of the curve; infinite where n <= k, or for fewer than k + 3 errors */
    double aicc;
    /* what the residuals say the variances have to be multiplied by: at least 1 where these are
       known, else the residual variance itself; NAN: not known (n = k) */
    double inflation;
};

/* -1 and e for fewer sizes than the law has parameters, or values that are not finite or, of sizes,
 * not positive. */
int plethtrain_law_fit(const struct plethtrain_curve *c, int law, struct plethtrain_fit *fit,
                       struct plethio_error *e);

/* Error that the law gives a size. */
double plethtrain_law_error(const struct plethtrain_fit *fit, double size);

/* Size from which on all growth gains less than `gain` per minute; INFINITY for laws without floor.
 */
double plethtrain_law_saturation(const struct plethtrain_fit *fit, double gain);

/* Size that has this error, or INFINITY: none. */
double plethtrain_law_size(const struct plethtrain_fit *fit, double error);

/* What the fit would be with other seeds and (people = 1) other people: draw[0..rounds). People are
 * drawn anew, all sizes alike; what seeds do is drawn from a t distribution of the curve's
 * variances about the law. -1 and e where the spread is not known. */
int plethtrain_law_draw(const struct plethtrain_curve *c, const struct plethtrain_fit *fit,
                        int people, int rounds, uint64_t seed, struct plethtrain_fit *draw,
                        struct plethio_error *e);

/* Central interval of probability `level` of value[0..n), which is sorted. NANs where n < 2. */
void plethtrain_interval(double *value, int n, double level, double interval[2]);

/* The interval, of probability level, of the law at this size: of the expected error (seeds = 0),
 * or of what so many seeds would measure. work: rounds doubles. */
void plethtrain_law_interval(const struct plethtrain_curve *c, const struct plethtrain_fit *fit,
                             const struct plethtrain_fit *draw, int rounds, double size, int seeds,
                             double level, double interval[2], double *work);

/* The fit of the lowest criterion among fit[0..n), -1: none is finite. */
int plethtrain_law_best(const struct plethtrain_fit *fit, int n);

#endif
