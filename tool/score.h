/* How good estimates are: scores of waves and of rates, as pure functions over arrays.
 *
 * Two profiles. SCORE_TOOLBOX repeats what the de-facto research toolbox prints, quirks included;
 * SCORE_PLAIN is the same idea with the quirks removed. docs/EVALUATE.md defines both in full.
 * Rates are per minute, frequencies Hz, ratios dB. What can not be computed is NAN. */
#ifndef PLETH_TOOL_SCORE_H
#define PLETH_TOOL_SCORE_H

#include <stdint.h>

enum score_profile { SCORE_TOOLBOX, SCORE_PLAIN };
enum score_rates { SCORE_FFT, SCORE_PEAK };

struct score_wave_options {
    enum score_profile profile;
    /* rate of a wave: its largest spectral peak, or the mean distance of its peaks */
    enum score_rates rates;
    /* the waves are differences, to be summed up */
    int differences;
    /* samples a second; the band of pulse (or breathing) rates */
    double rate_hz, lo_hz, hi_hz;
};

/* One window of two waves, compared. */
struct score_window {
    double label_rate, estimate_rate;
    /* power of the estimate at the label's rate and its double over the rest of the band */
    double snr_db;
    /* largest absolute correlation over circular shifts */
    double macc;
};

/* Windows of n samples: SCORE_WINDOW_MIN..SCORE_WINDOW_MAX (fewer can not be filtered, more not
 * transformed). */
#define SCORE_WINDOW_MIN 10
#define SCORE_WINDOW_MAX 32768
/* doubles of work for a window of n samples */
#define SCORE_WORK(n) (28 * (n) + 512)

/* 0, or PLETH_EINVAL for n out of range or a band that does not fit the rate. */
int score_waves(const float *estimate, const float *label, int n,
                const struct score_wave_options *options, struct score_window *out, double *work);

/* The parts of score_waves, for a wave whose reference is a rate and not a wave. `ready` is a wave
 * after score_prepare. */
int score_prepare(const float *wave, int n, const struct score_wave_options *options, double *ready,
                  double *work);
double score_rate(const double *ready, int n, const struct score_wave_options *options,
                  double *work);
double score_snr(const double *ready, int n, double label_rate,
                 const struct score_wave_options *options, double *work);
double score_macc(const double *a, const double *b, int n, enum score_profile profile,
                  double *work);

/* One labelled window. */
struct score_pair {
    /* both below the number of pairs */
    int person, recording;
    /* 1 if the reading stood by its value, 0 if it abstained and estimate is its best guess */
    int answered;
    double reference;
    /* NAN: not even a guess */
    double estimate;
    /* probability that the reading gave itself, and its standard deviation; NAN: none */
    double quality, sd;
    /* NAN: not computed */
    double snr_db, macc;
    /* steps per minute, 0 or NAN: none */
    double cadence;
    /* seconds since measuring began, at the window's end; NAN: not known */
    double elapsed_s;
};

/* A pair of which only these are known. */
struct score_pair score_pair_of(double reference, double estimate);

struct score_value {
    double value, se;
};

struct score_summary {
    int n, people, recordings;
    /* share of windows answered, and share without any guess */
    double coverage, missing;
    struct score_value mae, rmse, mape, pearson, snr, macc;
    /* over the answered windows only; mean over recordings; median over windows */
    double mae_answered, mae_recordings, median_error;
    /* estimate - reference: mean and standard deviation; largest absolute error */
    double bias, bias_sd, largest_error;
    /* mean absolute error of the best constant guess: what knowing nothing costs */
    double constant_error;
};

/* A missing guess is an error of the constant predictor's size, at least floor_error (per minute):
 * a set whose references hardly differ makes silence no virtue. It counts in mae, mae_recordings,
 * median_error, rmse and mape, not in pearson and bias. Standard errors: toolbox formulae with
 * SCORE_TOOLBOX; else that of mae by bootstrap over people (NAN for one person) and the others by
 * their formulae with ddof 1. work: 3 * n doubles. */
void score_summarize(const struct score_pair *pair, int n, enum score_profile profile,
                     double floor_error, struct score_summary *out, double *work);

/* The same for a part of a set, in which a missing guess costs what it costs in the whole one. */
void score_summarize_part(const struct score_pair *pair, int n, enum score_profile profile,
                          double constant_error, struct score_summary *out, double *work);

/* Copies the pairs whose label is `wanted` to out and numbers their people and recordings anew;
 * returns how many. work: 2 * n ints. */
int score_select(const struct score_pair *pair, int n, const int *label, int wanted,
                 struct score_pair *out, int *work);

/* Error of one pair, given the summary (which knows what a missing guess costs). */
double score_error(const struct score_pair *pair, const struct score_summary *summary);

/* The next number of a seeded sequence (splitmix64: Steele, Lea, Flood 2014). */
uint64_t score_random(uint64_t *state);

/* Standard deviation of a sum over a count when people are drawn anew, with all their windows: sum
 * and count are by person. interval: NULL, or gets the 2.5 and 97.5 % quantiles. NAN for fewer than
 * two people. */
double score_bootstrap(const double *sum, const double *count, int people, double interval[2]);

/* ---- How sure ----------------------------------------------------------------------------- */

enum score_sureness { SCORE_UNSURE, SCORE_BY_QUALITY, SCORE_BY_SD };

/* Error against coverage when the least sure windows go first: risk[i] is the mean error of the
 * surest share[i] (0..1, increasing) of the windows, by quality or, where no window has any, by sd.
 * Windows without go before all others; equally sure ones go together, each with their mean error.
 * SCORE_UNSURE if no window has either. work: 2 * summary->n doubles. */
enum score_sureness score_risk(const struct score_pair *pair, const struct score_summary *summary,
                               int points, const double *share, double *risk, double *work);

/* Central intervals of a normal distribution of mean estimate and deviation sd. */
struct score_intervals {
    /* windows with an estimate and an sd above 0; all else is NAN where there is none */
    int n;
    /* share of references within the 50 and the 90 % interval, and the mean widths of these */
    double coverage_50, coverage_90, width_50, width_90;
    /* mean continuous ranked probability score, per minute (Gneiting and Raftery 2007, eq. 21) */
    double crps;
};
void score_intervals(const struct score_pair *pair, int n, int answered_only,
                     struct score_intervals *out);

/* CRPS of a normal distribution with this mean and deviation (> 0). */
double score_crps(double mean, double sd, double truth);

/* observed[i]: share of references within the central interval of probability nominal[i]. Returns
 * the number of windows with an interval. */
int score_calibration(const struct score_pair *pair, int n, int answered_only, int points,
                      const double *nominal, double *observed);

/* Windows whose quality lies in one tenth of 0..1: their mean quality, and the share of them whose
 * error is at most `within` per minute. */
enum { SCORE_BINS = 10 };
struct score_bin {
    int n;
    double quality, right;
};
/* Returns the number of windows with a quality (a missing guess has none). */
int score_reliability(const struct score_pair *pair, int n, double within,
                      struct score_bin bin[SCORE_BINS]);

/* ---- Cadence ------------------------------------------------------------------------------ */

struct score_lock {
    /* windows with a cadence and an estimate; those wrong by more than 5 /min; and those of them
       whose estimate lies within 3 /min of the cadence, its half or its double */
    int n, wrong, locked;
};
void score_cadence_lock(const struct score_pair *pair, int n, struct score_lock *out);

/* ---- Two methods on the same windows ------------------------------------------------------ */

struct score_comparison {
    int n, people;
    /* mean absolute error of the first less that of the second, its bootstrap standard error over
       people, and the 95 % interval; NAN for one person */
    struct score_value difference;
    double interval[2];
    /* people whose own mean absolute error is smaller with the first, with the second, equal */
    int better[2], equal;
    /* two-sided probabilities of what is seen or further off, if the methods did not differ: of the
       people's signs (binomial) and of their signed ranks (Wilcoxon 1945: exact up to 50 people
       that differ, beyond by the normal approximation). 1 where no person differs. */
    double sign_p, wilcoxon_p;
};

/* a[i] and b[i] are the same window: same person, same reference. constant_error as in the summary.
 * work: 3 * n doubles. */
void score_compare(const struct score_pair *a, const struct score_pair *b, int n,
                   double constant_error, struct score_comparison *out, double *work);

#endif
