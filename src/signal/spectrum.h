/* Spectra of real signals, and peaks finer than a bin. */
#ifndef PLETH_SIGNAL_SPECTRUM_H
#define PLETH_SIGNAL_SPECTRUM_H

/* Smallest power of two >= n. */
int pleth_pow2(int n);

/* Twiddle table for transforms of nfft points (a power of two, 8..65536): nfft doubles. */
void pleth_fft_table(double *table, int nfft);

/* Transform of real x[n], zero-padded to nfft: out[2*k], out[2*k+1] = real and imaginary part of
 * sum x[t] exp(-2 pi i k t / nfft), k = 0..nfft/2, so out holds nfft + 2 doubles.
 * n <= nfft; out may not be x. */
void pleth_fft_real(const double *table, const double *x, int n, int nfft, double *out);

/* The same transform at any frequency, cycles per sample, by recurrence. */
void pleth_dtft(const double *x, int n, double frequency, double *re, double *im);

/* One-sided boxcar periodogram, density scaling as in the field's toolboxes (P[k] = 2|X|^2 / (fs
 * n); not doubled at 0 and nfft/2; no mean removal): nfft/2 + 1 values. work: nfft + 2 doubles. */
void pleth_periodogram(const double *table, const double *x, int n, int nfft, double rate_hz,
                       double *power, double *work);

/* Local maximum of |DTFT|^2 within [lo, hi] cycles per sample that is reached uphill from `near`
 * (best: within half a bin, 0.5/n, of it), by golden section to 1e-9: independent of any transform
 * length. Remove the mean first where lo is below 2/n. */
double pleth_refine_peak(const double *x, int n, double near, double lo, double hi);

/* Hann window, periodic = 0 symmetric, 1 periodic. */
void pleth_hann(double *w, int n, int periodic);

/* Magnitude of the analytic signal of x[n], any n >= 1, taken as one period of a periodic signal:
 * envelope[n], which may be x. nfft >= 2 n, a power of two. work: 3 * nfft + 4 doubles. */
void pleth_hilbert_envelope(const double *table, const double *x, int n, int nfft, double *envelope,
                            double *work);

#endif
