/* The pieces of JSON that model files are made of, taken from a text in place. Each of the
 * functions that return an int takes its piece, after any white space, and returns 1; or returns 0,
 * and the scanner then stands somewhere within what did not fit. */
#ifndef PLETH_NET_JSON_H
#define PLETH_NET_JSON_H

#include <stddef.h>
#include <stdint.h>

struct pleth_json {
    const char *at, *end;
};

void pleth_json_space(struct pleth_json *s);

/* The character c; without it the scanner stands before what is there instead. */
int pleth_json_accept(struct pleth_json *s, char c);

/* A text between quotes: text[0..length), escapes checked but left as they are. */
int pleth_json_text(struct pleth_json *s, const char **text, int *length);

/* A whole number, 0..2^53. */
int pleth_json_whole(struct pleth_json *s, int64_t *n);

/* 1 if text[0..length) is the word. */
int pleth_json_is(const char *text, int length, const char *word);

/* Undoes the escapes of text[0..length) into out[size >= 1], zero-terminated; characters beyond
 * ASCII that are escaped by \u become '?'. 0 if it does not fit or holds a zero. */
int pleth_json_unescape(const char *text, int length, char *out, size_t size);

#endif
