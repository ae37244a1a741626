/* What breathing does to the pulse wave of a sensor on the skin, beat by beat: it moves the
 * baseline, the amplitude and the frequency (Charlton 2018). A beat is one sample of each, so that
 * rates above half the pulse's can not be seen in them. */
#ifndef PLETH_VITALS_MODULATION_H
#define PLETH_VITALS_MODULATION_H

enum {
    PLETH_BASELINE,
    PLETH_PEAKS,
    PLETH_TROUGHS,
    PLETH_AMPLITUDE,
    PLETH_INTERVALS,
    PLETH_MODULATIONS
};

/* x[n]: light at PLETH_WAVE_HZ, of a pulse of pulse_hz, or 0 where that is not known; blood up or
 * down. out[m], m < PLETH_MODULATIONS: `count` values, of which the last belongs to the last sample
 * and each other one to the sample `ratio` before the next, 1 + (count - 1) * ratio <= n; between
 * beats they lie on straight lines. The baseline is the mean over a beat, or a second. Returns how
 * many of out are filled, from the first on: all, or the baseline alone where the pulse is not
 * known or there are fewer than four beats. work: 2 * n doubles. */
int pleth_modulations(const double *x, int n, double pulse_hz, int ratio, int count,
                      double *const *out, double *work);

#endif
