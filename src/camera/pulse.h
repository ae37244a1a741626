/* Mean skin colour over time -> pulse wave: the classical methods as pure functions.
 *
 * rgb is (n, 3), row by row, each value > 0; rate_hz its rate; wave gets n values in arbitrary
 * unit. n <= PLETH_PULSE_MAX; PLETH_EINVAL for fewer samples than the method's window or padding.
 * Definitions: Wang 2017 (POS), de Haan 2013 (CHROM) and 2014 (PBV), Pilz 2018 (LGI), Casado 2023
 * (OMIT), Poh 2011 with Cardoso's JADE (ICA), Verkruysse 2008 (GREEN). */
#ifndef PLETH_CAMERA_PULSE_H
#define PLETH_CAMERA_PULSE_H

/* The raw method: POS without its closing detrend and band-pass, CHROM with the band [lo,hi] Hz
 * inside, ICA with the band [lo, hi] Hz in its choice of component. wave[n].
 * work: PLETH_PULSE_WORK(n) doubles. */
int pleth_pulse_wave(int method, const double *rgb, int n, double rate_hz, double lo_hz,
                     double hi_hz, double *wave, double *work);

#define PLETH_PULSE_WORK(n) (24 * (n) + 512)

/* Each one alone, exactly as its reference: golden vectors hold these to 1e-9. */
void pleth_green(const double *rgb, int n, double *wave);
int pleth_pos(const double *rgb, int n, double rate_hz, double *wave, double *work);
/* chrom writes (L/2)(K+1) <= n values and returns that number */
int pleth_chrom(const double *rgb, int n, double rate_hz, double lo_hz, double hi_hz, double *wave,
                double *work);
int pleth_lgi(const double *rgb, int n, double *wave);
int pleth_omit(const double *rgb, int n, double *wave);
int pleth_pbv(const double *rgb, int n, double *wave);
int pleth_ica(const double *rgb, int n, double rate_hz, double lo_hz, double hi_hz, double *wave,
              double *work);

#endif
