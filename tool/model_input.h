/* Arrays on the command line: what a network reads. */
#ifndef PLETH_TOOL_MODEL_INPUT_H
#define PLETH_TOOL_MODEL_INPUT_H

#include "model.h"
#include "npy.h"

enum { TOOL_PORTS = 2 };

/* One .npy for each input port, in order: (frames, the port's axes), with axes of length 1 left out
 * or not. EfficientPhys wants a frame more than it answers. */
struct tool_arrays {
    struct plethio_npy array[TOOL_PORTS];
    const float *input[TOOL_PORTS];
    int frames; /* that are answered */
};

/* Reads paths[0..n) for the model. -1 and e if they are too few or many, or of other shapes. */
int tool_arrays_read(struct tool_arrays *a, const struct plethio_model *m, const char *const *paths,
                     int n, struct plethio_error *e);
void tool_arrays_free(struct tool_arrays *a);

#endif
