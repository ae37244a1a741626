/* Reasons for readers: what keeps a vital sign from being known, and what to try. */
#ifndef PLETH_TOOL_REASONS_H
#define PLETH_TOOL_REASONS_H

#include <stdint.h>

/* One short sentence for reason bit number 0..PLETH_REASON_COUNT-1 ("No face has been found."), and
 * one that says what to try ("Face the camera ..."); NULL outside. Where nothing can be tried, the
 * second is "". */
const char *tool_reason_sentence(int bit);
const char *tool_reason_try(int bit);

/* The bit number of the reason in the mask `reasons` that tells a person most: what can be seen and
 * mended before what follows from it. -1 if no known bit is set. */
int tool_reason_first(uint32_t reasons);

#endif
