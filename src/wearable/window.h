/* The window of light that a 1-D heart-rate network (resnet1d, mlp, tcn) sees: the last 8 s of one
 * optical channel on an even grid of 25 Hz, as signal/trace makes it of samples at any rate.
 * Training cuts its windows by the same function. */
#ifndef PLETH_WEARABLE_WINDOW_H
#define PLETH_WEARABLE_WINDOW_H

enum { PLETH_WINDOW_HZ = 25, PLETH_WINDOW_S = 8, PLETH_WINDOW = PLETH_WINDOW_HZ * PLETH_WINDOW_S };

/* doubles of work */
enum { PLETH_WINDOW_WORK = 3 * PLETH_WINDOW };

/* x: PLETH_WINDOW samples, oldest first, in any unit -> out: without what changes more slowly than
 * a pulse does (smoothness priors), mean 0 and standard deviation 1. Returns 0, or PLETH_EINVAL and
 * zeros in out where there is nothing to see: x does not vary, or is not finite. */
int pleth_window_cut(const double *x, float *out, double *work);

#endif
