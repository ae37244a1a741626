/* The window of light that a 1-D heart-rate network (resnet1d, mlp, tcn) sees: the last 8 s of a
 * sensor's optical channels on an even grid of 25 Hz, as signal/trace makes it of samples at any
 * rate. Training cuts its windows by the same function. */
#ifndef PLETH_WEARABLE_WINDOW_H
#define PLETH_WEARABLE_WINDOW_H

enum { PLETH_WINDOW_HZ = 25, PLETH_WINDOW_S = 8, PLETH_WINDOW = PLETH_WINDOW_HZ * PLETH_WINDOW_S };

/* doubles of work */
enum { PLETH_WINDOW_WORK = 4 * PLETH_WINDOW };

/* x: channels x PLETH_WINDOW samples, each channel's oldest first, in any unit -> out: the mean of
 * the channels, each without what changes more slowly than a pulse does (smoothness priors) and of
 * standard deviation 1, brought to mean 0 and standard deviation 1 again. The channels' noise
 * differs more than their pulse does. They are taken to be of one polarity, as those of one sensor
 * are. weight: of each channel, at least 0; NULL: all the same. A channel that does not vary, or is
 * not finite, is left out. Returns 0, or PLETH_EINVAL and zeros in out where that leaves none. */
int pleth_window_cut(const double *x, int channels, const double *weight, float *out, double *work);

#endif
