/* Recursive filters: Butterworth design, causal and zero-phase runs. Double throughout. */
#ifndef PLETH_SIGNAL_FILTER_H
#define PLETH_SIGNAL_FILTER_H

#define PLETH_FILTER_TAPS 9 /* a band-pass of order 4 */

/* y[k] = sum b[i] x[k-i] - sum a[i] y[k-i], a[0] = 1, n coefficients each. */
struct pleth_filter {
    int n;
    double b[PLETH_FILTER_TAPS], a[PLETH_FILTER_TAPS];
};

/* Butterworth band-pass, order 1..4 (2*order poles), by the bilinear transform with pre-warping.
 * 0 < lo_hz < hi_hz < rate_hz/2, else PLETH_EINVAL. A single polynomial loses digits with order and
 * rate/band: order 4 from 0.7 to 4 Hz is good to 1e-6 at 60 Hz, to 1e-3 at 240 Hz. */
int pleth_butter_bandpass(struct pleth_filter *f, int order, double lo_hz, double hi_hz,
                          double rate_hz);

/* Butterworth low-pass, order 1..4. */
int pleth_butter_lowpass(struct pleth_filter *f, int order, double cut_hz, double rate_hz);

/* Causal, transposed direct form II. state[n-1] goes from call to call (zero at first), so that
 * any split of the input gives the same bits. y may be x. */
void pleth_filter_run(const struct pleth_filter *f, double *state, const double *x, double *y,
                      int n);

/* Forward and backward with odd padding of 3*f->n samples and steady-state start (the de-facto
 * standard filtfilt). n must exceed the padding, else PLETH_EINVAL. y may be x.
 * work: n + 6*f->n doubles. */
int pleth_filtfilt(const struct pleth_filter *f, const double *x, double *y, int n, double *work);

#endif
