/* Mean skin colour over time -> pulse wave: the classical methods as pure functions.
 *
 * rgb is (n, 3), row by row, each value > 0 and finite; rate_hz its rate; wave gets n values in an
 * arbitrary unit. PLETH_EINVAL for other values, or fewer samples than the method's window or
 * padding. A trace that holds no colour change (constant, or grey) gives zeros, GREEN excepted.
 * Definitions: Wang 2017 (POS), de Haan 2013 (CHROM) and 2014 (PBV), Pilz 2018 (LGI), Casado 2023
 * (OMIT), Poh 2011 with Cardoso's JADE (ICA), Verkruysse 2008 (GREEN). */
#ifndef PLETH_CAMERA_PULSE_H
#define PLETH_CAMERA_PULSE_H

#include "../signal/trace.h"

/* The raw method: POS without its closing detrend and band-pass, CHROM with the band [lo, hi] Hz
 * inside, ICA with the band [lo, hi] Hz in its choice of component and nowhere else. GREEN and PBV
 * keep their mean. lo and hi matter to CHROM and ICA alone.
 *
 * Whatever the sign in the method's paper, wave rises with the volume of blood, so that systolic
 * peaks are maxima as in a contact sensor: more blood, darker skin, green most of all.
 *
 * CHROM's last samples, where no whole pair of its windows lies (fewer than 0.8 s), are 0; POS
 * never looks at the last sample. work: PLETH_PULSE_WORK(n) doubles. */
int pleth_pulse_wave(int method, const double *rgb, int n, double rate_hz, double lo_hz,
                     double hi_hz, double *wave, double *work);

#define PLETH_PULSE_WORK(n) (24 * (n) + 512)

/* The raw wave of the newest n samples of a colour trace, whose channels 0..2 are the skin's; zero
 * where the method can not be had. work: PLETH_PULSE_TRACE_WORK(n) doubles. */
void pleth_pulse_of_trace(int method, const struct pleth_trace *colours, int n, double lo_hz,
                          double hi_hz, double *wave, double *work);

#define PLETH_PULSE_TRACE_WORK(n) (PLETH_PULSE_WORK(n) + 3 * (n))

/* Each one alone, with sign, scale, detrend and filters exactly as its reference: golden vectors
 * hold these to 1e-9. work: PLETH_PULSE_WORK(n) doubles. */
void pleth_green(const double *rgb, int n, double *wave);
int pleth_pos(const double *rgb, int n, double rate_hz, double *wave, double *work);
/* chrom writes (L/2)(K+1) <= n values and returns that number, with L = 1.6 s made even and K
 * windows that overlap by half */
int pleth_chrom(const double *rgb, int n, double rate_hz, double lo_hz, double hi_hz, double *wave,
                double *work);
int pleth_lgi(const double *rgb, int n, double *wave);
int pleth_omit(const double *rgb, int n, double *wave);
int pleth_pbv(const double *rgb, int n, double *wave);
/* the component with the largest share of its power in one peak, wherever that is, band-passed to
 * [lo, hi]; its sign is that of the green channel */
int pleth_ica(const double *rgb, int n, double rate_hz, double lo_hz, double hi_hz, double *wave,
              double *work);
/* the same without the band-pass, and the peak sought within [lo, hi] only */
int pleth_ica_component(const double *rgb, int n, double rate_hz, double lo_hz, double hi_hz,
                        double *wave, double *work);

/* The window of POS and CHROM, 1.6 s in samples, rounded up; 0 if the rate makes no sense. */
int pleth_pulse_window(double rate_hz);

#endif
