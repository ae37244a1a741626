/* How readings and summaries are shown: JSON Lines for programs, sentences for people. */
#ifndef PLETH_TOOL_REPORT_H
#define PLETH_TOOL_REPORT_H

#include <stdio.h>

#include "measure.h"

/* One line each. guess: also give the best guess of a vital that is not known. */
void report_json_reading(FILE *f, const pleth_reading *reading, int guess);
void report_json_summary(FILE *f, const struct measure_summary *summary, int guess);

/* "72.4 ± 0.8 /min", or "72.4 +- 0.8 /min" where the terminal does not speak UTF-8. */
void report_value(char *text, size_t size, const pleth_vital *vital);

/* One line without its end: time, pulse, breathing, or why not. */
void report_text_reading(char *text, size_t size, const pleth_reading *reading, int guess);

/* The end of a measurement, a few lines. name: what was measured. */
void report_text_summary(FILE *f, const char *name, const struct measurement *m,
                         const struct measure_options *options, int guess);

#endif
