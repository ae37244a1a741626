#include "evidence.h"

/* half the width of the Hann window's main lobe that counts, 1/T: 92 % of a tone's power. Wider
 * lobes take in more noise than signal (bench/calibrate.c: 48 % of windows right at 1.5, 49.5 % at
 * 1). */
#define LOBE 1.0

/* Power from 0 to f Hz: the running sum, linear within a bin. */
static double upto(const double *sum, int bins, double bin_hz, double f)
{
    double at = f / bin_hz + 0.5;
    int k = (int)at;
    if (at <= 0)
        return 0;
    if (k >= bins)
        return sum[bins];
    return sum[k] + (at - k) * (sum[k + 1] - sum[k]);
}

double pleth_lobe(const double *sum, int bins, double bin_hz, double window_s, double f)
{
    return upto(sum, bins, bin_hz, f + LOBE / window_s) -
           upto(sum, bins, bin_hz, f - LOBE / window_s);
}

double pleth_evidence_freedom(const struct pleth_band *band, double window_s)
{
    /* a Hann window joins 1.5 bins of 1/T */
    double m = (band->top_hz - band->floor_hz) * window_s / 1.5;
    return m > 2 ? m : 2;
}

static double rate_hz(const struct pleth_belief *rates, int k)
{
    return (double)(rates->first + rates->step * (float)k) / 60;
}

/* Share of the power at f and, within limits, at its double. */
static float share(const double *sum, int bins, double bin_hz, double window_s,
                   const struct pleth_band *band, double f, double total)
{
    double one = pleth_lobe(sum, bins, bin_hz, window_s, f), two = 0;
    if (2 * f + LOBE / window_s < band->top_hz)
        two = pleth_lobe(sum, bins, bin_hz, window_s, 2 * f);
    if (two > band->harmonic * one)
        two = band->harmonic * one;
    double q = total > 0 ? (one + two) / total : 0;
    return (float)(q < 0.995 ? q : 0.995);
}

double pleth_evidence(const double *power, int bins, double bin_hz, double window_s,
                      const struct pleth_band *band, const struct pleth_belief *rates, float *q,
                      double *sum)
{
    double total;
    sum[0] = 0;
    for (int k = 0; k < bins; k++)
        sum[k + 1] = sum[k] + power[k];
    total = upto(sum, bins, bin_hz, band->top_hz) - upto(sum, bins, bin_hz, band->floor_hz);
    for (int k = 0; k < rates->states; k++) {
        double f = rate_hz(rates, k);
        int inside = f > band->lo_hz - 1e-6 && f < band->hi_hz + 1e-6;
        q[k] = inside ? share(sum, bins, bin_hz, window_s, band, f, total) : 0;
    }
    /* what falls from an end of the band inwards, and is larger still outside, is the flank of
       something else */
    int first = 0, last = rates->states - 1;
    while (first < last && q[first] == 0)
        first++;
    while (first < last && q[last] == 0)
        last--;
    if (share(sum, bins, bin_hz, window_s, band, rate_hz(rates, first - 1), total) >= q[first])
        for (; first < last && q[first] >= q[first + 1]; first++)
            q[first] = 0;
    if (share(sum, bins, bin_hz, window_s, band, rate_hz(rates, last + 1), total) >= q[last])
        for (; last > first && q[last] >= q[last - 1]; last--)
            q[last] = 0;
    return total;
}
