/* A heart-rate network in int8, as a device runs it (io/quantize.h): rounded by what it does with
 * windows of recordings, and run on others. */
#ifndef PLETHTRAIN_INT8_H
#define PLETHTRAIN_INT8_H

#include "model.h"
#include "net.h"
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

/* How a network that is trained becomes one in int8. */
struct plethtrain_int8 {
    const struct pleth_net_shape *shape;
    const char *except; /* as plethtrain_save has it */
    const float *sample;
    int count; /* windows of `sample` */
};

/* The model file's bytes, to be freed. NULL and e: no memory, no int8 form. */
char *plethtrain_int8_make(const struct plethtrain_net *net, const struct plethtrain_int8 *how,
                           size_t *size, struct plethio_error *e);
/* Gives the net the grids that its records have in such a file (net.h). -1 and e: not one. */
int plethtrain_int8_grids(struct plethtrain_net *net, const char *bytes, size_t size,
                          struct plethio_error *e);
/* Rounds the weights that are int8 on a device, as the file would have them. -1: no memory. */
int plethtrain_int8_weights(struct plethtrain_net *net, const char *except);
/* Rounds n windows of the net's input. */
void plethtrain_int8_input(const struct plethtrain_net *net, float *x, int n);

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
