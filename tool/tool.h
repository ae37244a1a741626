/* The tool: verbs, and what they share. */
#ifndef PLETH_TOOL_H
#define PLETH_TOOL_H

#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "out.h"

/* Exit status (INTERFACE): done, could not be done, wrong command line. */
enum { TOOL_OK = 0, TOOL_FAILED = 1, TOOL_USAGE = 2 };

/* One verb a file; each is `int verb_NAME(int argc, char **argv)` with argv[0] = the verb. */
int verb_measure(int argc, char **argv);
int verb_watch(int argc, char **argv);
int verb_synth(int argc, char **argv);
int verb_evaluate(int argc, char **argv);
int verb_run(int argc, char **argv);
int verb_convert(int argc, char **argv);
int verb_info(int argc, char **argv);
int verb_quantize(int argc, char **argv);
int verb_train(int argc, char **argv);
int verb_distill(int argc, char **argv);
int verb_sweep(int argc, char **argv);
int verb_scaling(int argc, char **argv);
int verb_bench(int argc, char **argv);

/* "pleth VERB: text" on standard error; returns TOOL_FAILED. */
int tool_fail(const char *verb, const struct plethio_error *e);

/* Progress with the time left on standard error, only on a terminal and only after two seconds;
 * done in 0..1, negative: unknown. tool_progress_clear clears the line, for something else to be
 * printed; tool_progress_end also ends the work that the time left is reckoned from. */
void tool_progress(const char *what, double done);
void tool_progress_clear(void);
void tool_progress_end(void);
/* What long readers are given to tell of their progress: nonzero where tool_stop is. */
int tool_tell(void *cookie, const char *what, double done);

/* From tool_catch_signals on, the first signal that would end the tool sets tool_stop, so that work
 * ends in order and leaves nothing behind; a second one ends it at once. */
extern _Atomic int tool_stop;
void tool_catch_signals(void);

/* A file written whole or not at all (io/out.h), of path "-" standard output. */
struct tool_out {
    FILE *file;
    struct plethio_out whole;
};
int tool_out_open(struct tool_out *out, const char *path, struct plethio_error *e);
int tool_out_close(struct tool_out *out, int keep, struct plethio_error *e);

/* The instruction sets that PLETH_CPU in the environment allows; all where it is not set. -1 and e
 * for a word that is none. */
int tool_cpu_mask(uint32_t *mask, struct plethio_error *e);

/* Which of how many processes mpirun or srun says this one is; -1 where neither has started it. */
int tool_rank(int *rank, int *count);

/* 1 where the environment's locale is UTF-8 and characters beyond ASCII can be printed; and the
 * sign before a standard deviation there, "+-" elsewhere. */
int tool_unicode(void);
const char *tool_plus_minus(void);

/* JSON Lines: values with up to `digits` significant digits, "null" for what is not finite. */
void tool_json_number(FILE *f, double value, int digits);
/* A member after another: ,"name":value and ,"name":[value,value] */
void tool_json_key(FILE *f, const char *name, double value, int digits);
void tool_json_interval(FILE *f, const char *name, const double interval[2], int digits);
void tool_json_string(FILE *f, const char *text);

#endif
