/* A heart-rate network in int8, as a device runs it (io/quantize.h): rounded by what it does with
 * windows of recordings, and run on others. */
#ifndef PLETHTRAIN_INT8_H
#define PLETHTRAIN_INT8_H

#include "model.h"
#include "seen.h"
#include "windows.h"

/* Most windows that a network is calibrated on. */
enum { PLETHTRAIN_CALIBRATION = 256 };

/* Numbers of the windows of people who are in the list, or with seen 0 of those who are not, in
 * order. Returns how many; window has room for all of the set's. */
int plethtrain_windows_seen(const struct plethtrain_set *set, const char *list, int seen,
                            int *window);
/* What a network is calibrated on: at most PLETHTRAIN_CALIBRATION of the n windows, evenly spread
 * over them, cut as on the device: count * PLETH_WINDOW samples, to be freed. NULL and e: no
 * window, no memory. */
float *plethtrain_calibration(const struct plethtrain_set *set, const int *window, int n,
                              int *count, struct plethio_error *e);

/* The number of the output "logits" of a network from PLETH_WINDOW samples to PLETHTRAIN_RATES
 * classes; -1 and e: another network. */
int plethtrain_check_device(const struct plethio_model *m, struct plethio_error *e);

/* Estimates of n windows, per minute, as those of plethtrain_estimate (loop.h), by the
 * network as a device runs it. -1 and e: another network,
 * no memory. */
int plethtrain_estimate_device(struct plethio_model *m, const struct plethtrain_set *set,
                               const int *window, int n, float *median, float *most,
                               struct plethio_error *e);

#endif
