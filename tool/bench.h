/* The parts of pleth bench: whole runs over a video, networks alone, a sensor's stream. */
#ifndef PLETH_TOOL_BENCH_H
#define PLETH_TOOL_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "measure.h"

/* Times whole runs over a video (NULL: one made for it) and prints them, as text or one JSON
 * object. options->network may also be the name of a network, which then has random weights. 0, or
 * -1 and e. */
int bench_video(struct measure_options *options, const char *path, int json,
                struct plethio_error *e);

/* The same of calls of a network: a model file, or a name. */
int bench_net(const char *what, const pleth_net_options *options, int json,
              struct plethio_error *e);

/* The same of the stream of a wearable sensor, whose samples are made for it; with the heart-rate
 * network of the options, if they have one. */
int bench_sensor(const struct measure_options *measure, int json, struct plethio_error *e);

/* Processor time of this process so far, s; its largest memory so far, kB. */
double bench_cpu_s(void);
long bench_peak_kb(void);

/* Prints the processor's name, or the machine's kind where the system gives none, and the kernels
 * that cpu_mask allows: a line's, or an object's first part. */
void bench_machine(uint32_t cpu_mask, int json);

/* ,"KEY":VALUE */
void bench_number(const char *key, double value);

#endif
