/* What one window of a wave says about its rate.
 *
 * The share q(f) of a window's power that lies at f and twice f (there within limits, so that half
 * the rate never wins by a strong fundamental) is what least squares would explain by a periodic
 * signal; M independent spectral values make its log likelihood -M log(1 - q(f)), up to a constant
 * (Quinn and Hannan 2001, for a Gaussian signal of unknown variance). */
#ifndef PLETH_VITALS_EVIDENCE_H
#define PLETH_VITALS_EVIDENCE_H

#include "belief.h"

struct pleth_band {
    /* rates looked for, and between what frequencies power counts as a whole, Hz */
    double lo_hz, hi_hz, floor_hz, top_hz;
    /* of the fundamental's power that the second harmonic may add, at most */
    double harmonic;
};

/* Power spectrum -> q at each rate of the belief. power[bins]: |X|^2 at k * bin_hz of a
 * Hann-windowed signal of window_s seconds; sum: bins + 1 doubles of work. Returns the total power
 * in the band, 0 if there is none (then q is 0). q is 0 outside lo_hz..hi_hz, and where
 * it only falls from something larger beyond an end of that band. */
double pleth_evidence(const double *power, int bins, double bin_hz, double window_s,
                      const struct pleth_band *band, const struct pleth_belief *rates, float *q,
                      double *sum);

/* Independent spectral values in the band. */
double pleth_evidence_freedom(const struct pleth_band *band, double window_s);

/* Power between f - 1/window_s and f + 1/window_s, from the running sum that pleth_evidence
 * left. */
double pleth_lobe(const double *sum, int bins, double bin_hz, double window_s, double f);

#endif
