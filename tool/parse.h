/* The command line: options, and the words and numbers that are their values. */
#ifndef PLETH_TOOL_PARSE_H
#define PLETH_TOOL_PARSE_H

#include <getopt.h>

/* --help and -h in every verb's table of options */
#define PARSE_HELP 'h'

/* A wrong command line: "pleth VERB: text; see pleth VERB --help" in one line on standard error.
 * Returns TOOL_USAGE. */
int parse_fail(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The next option's val, as getopt_long gives it, and unless index is NULL its number in options;
 * -1 after the last. '?' for an option that is unknown, has a value though it takes none, or lacks
 * one: parse_fail has told then. */
int parse_option(const char *verb, int argc, char **argv, const struct option *options, int *index);

/* Values, of which the text must be a whole one: 0, or -1 if it is none. Numbers are finite. */

int parse_number(const char *text, double *value);

/* n numbers with the separator between them */
int parse_numbers(const char *text, char separator, int n, double *value);

/* a number without fraction, from low to high */
int parse_whole(const char *text, double low, double high, double *value);

/* WIDTHxHEIGHT in pixels, each 1..16384 */
int parse_size(const char *text, int *width, int *height);

/* DATASET:DIR, the layout of less than 64 bytes */
int parse_data_set(const char *text, char layout[64], const char **dir);

/* Which of words[0..n) it is, or -1. */
int parse_word(const char *text, const char *const *words, int n);

#endif
