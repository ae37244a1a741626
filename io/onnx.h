/* Networks as ONNX models (operator set 17), for other runtimes. */
#ifndef PLETHIO_ONNX_H
#define PLETHIO_ONNX_H

#include <stdio.h>

#include "nets/nets.h"
#include "error.h"

/* Writes the network of these records and weights as an ONNX model.
 *
 * Inputs and outputs have the records' names. Their first axis is free: frames, which must be a
 * whole number of segments where the network looks across frames, or a batch of windows or images;
 * the input of a network that takes differences has one frame more. Then come the channels, and
 * those of depth, height and width that are not one: (frames, 6, 36, 36), (batch, 1, 200). The
 * metadata holds the shape as in pleth's own files.
 *
 * int8: a tensor NAME of type I8 has NAME.scale, one for each of its first axis; a record NAME
 * whose result is quantised has NAME.activation_scale, one F32, and NAME.activation_zero_point, one
 * I8. Both become pairs of QuantizeLinear and DequantizeLinear. A layer with int8 input and weights
 * has an int32 bias and, in its scales, the batch norm behind it. Scales of weights, and those by
 * which sums, pools and masks read int8 again, are a little beside the stored ones where that makes
 * a runtime in float32 round as pleth's integers do.
 *
 * Returns 0, or -1 and e: a tensor that is absent or has another shape, type or scale than the
 * network needs, a name that is used twice or is no printable ASCII, no memory, more than 2 GB, or
 * a file that can not be written. */
int plethio_onnx_write_graph(FILE *file, const struct pleth_net_shape *shape,
                             const struct pleth_graph *graph, const struct pleth_weights *weights,
                             struct plethio_error *e);

/* The same of a model: a safetensors file in memory whose metadata names the network. */
int plethio_onnx_write(const void *model, size_t size, FILE *file, struct plethio_error *e);

#endif
