/* A measurement as one page to be read by a person. */
#ifndef PLETH_TOOL_PLOT_H
#define PLETH_TOOL_PLOT_H

#include "measure.h"

/* Draws m to path (.png or .svg, 1200 x 900 pixels): the result in words, the pulse wave where it
 * is best with its beats, its spectrum with the peak that was chosen, heart rate over time with its
 * standard deviation, and the same for breathing. Spans without a value are shaded and say why.
 * title: what was measured, a file name for example. options: what m was made with. The waves
 * need options->keep_wave. Returns 0, or -1 and e. */
int plot_measurement(const char *path, const char *title, const struct measurement *m,
                     const struct measure_options *options, struct plethio_error *e);

/* Whether path can be drawn to at all, before long work: 0, or -1 and e. Leaves nothing there. */
int plot_check(const char *path, struct plethio_error *e);

#endif
