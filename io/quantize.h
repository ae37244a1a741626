/* Float models to int8: weights by output, activations by the range they had on calibration data,
 * or weights alone. */
#ifndef PLETHIO_QUANTIZE_H
#define PLETHIO_QUANTIZE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "pleth/pleth.h"

/* A safetensors image of the model in int8, to be freed: weights as int8 with NAME.weight.scale,
 * the scale and zero point of each record's value as NAME.activation_scale and
 * NAME.activation_zero_point; all else as it was. The network runs once over input (frames frames
 * of each port, as pleth_net_run takes them), which tells the ranges; with frames 0 only weights
 * become int8, and the network runs in float. NULL and e where the model is refused or the network
 * has no int8 form. */
void *plethio_quantize(const void *model, size_t length, const pleth_net_options *options,
                       int frames, const float *const *input, size_t *size,
                       struct plethio_error *e);

/* int8 of the n weights of one output, and its scale: of those up to the largest weight's the one
 * with the least squared error. */
float plethio_round_weights(const float *w, int64_t n, int8_t *q);

#endif
