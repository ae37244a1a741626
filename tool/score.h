/* How good estimates are: scores of waves and of rates, as pure functions over arrays.
 *
 * Two profiles. SCORE_TOOLBOX repeats what the de-facto research toolbox prints, quirks included;
 * SCORE_PLAIN is the same idea with the quirks removed. docs/EVALUATE.md defines both in full.
 * Rates are per minute, frequencies Hz, ratios dB. What can not be computed is NAN. */
#ifndef PLETH_TOOL_SCORE_H
#define PLETH_TOOL_SCORE_H

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
    /* probability that the reading gave itself; NAN: none */
    double quality;
    /* NAN: not computed */
    double snr_db, macc;
};

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

/* Error against coverage when the least sure windows go first: risk[i] is the mean error of the
 * share[i] = (i + 1) / points of windows whose quality is highest. Windows without quality go
 * before all others. Returns 0 if none has a quality. work: 2 * summary->n doubles. */
int score_risk(const struct score_pair *pair, const struct score_summary *summary, int points,
               double *share, double *risk, double *work);

/* Error of one pair, given the summary (which knows what a missing guess costs). */
double score_error(const struct score_pair *pair, const struct score_summary *summary);

#endif
