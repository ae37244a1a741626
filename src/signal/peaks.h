/* Local maxima. */
#ifndef PLETH_SIGNAL_PEAKS_H
#define PLETH_SIGNAL_PEAKS_H

/* Indices of all local maxima (flat tops: their middle, rounded down; ends never), at most
 * capacity; returns their number. */
int pleth_local_maxima(const double *x, int n, int *index, int capacity);

/* Sub-sample offset (-0.5..0.5) of the top of the parabola through three values, b the largest. */
double pleth_parabola(double a, double b, double c);

#endif
