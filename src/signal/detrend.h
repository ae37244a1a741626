/* Smoothness-priors detrend (Tarvainen 2002): y = x - (I + lambda^2 D2'D2)^-1 x, in O(n). */
#ifndef PLETH_SIGNAL_DETREND_H
#define PLETH_SIGNAL_DETREND_H

/* n >= 3; y may be x. work: 2*n doubles. */
void pleth_detrend(const double *x, double *y, int n, double lambda, double *work);

/* The same of several signals in place, each `stride` after the one before: little more work than
 * one alone. */
void pleth_detrend_rows(double *y, int rows, int stride, int n, double lambda, double *work);

#endif
