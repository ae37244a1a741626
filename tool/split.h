/* A whole run in three parts, without a clock or a hook in the library: the same frames go through
 * streams of which each leaves out a part more.
 *
 *     SPLIT_WHOLE     the stream as it is
 *     SPLIT_NO_LOOK   never looks at its traces: no method's wave, no rates, no waves, no readings
 *     SPLIT_NO_STEPS  and its network takes no step: frames are cropped, normalised and pushed, the
 *                     answers are zeros
 *
 * So a network's part is what the last two differ by, and all after it what the first two differ
 * by. A method, one function of the traces, is part of each look: split_wave calls it once more.
 * What is left is the frame's own part: finding and following the face, colours, motion, crops. */
#ifndef PLETH_TOOL_SPLIT_H
#define PLETH_TOOL_SPLIT_H

#include "pleth/pleth.h"

enum split_run { SPLIT_WHOLE, SPLIT_NO_LOOK, SPLIT_NO_STEPS, SPLIT_RUNS };

struct split {
    enum split_run run;
    void *memory, *net;
    pleth_stream *stream;
    /* of the last push: whether the stream looked at its traces, whether a method made a wave of
       them, whether a reading came of it */
    int looked, waved, read;
};

/* 0, or -1 without memory or with an invalid configuration. SPLIT_NO_STEPS needs config->net. Free
 * with split_close, also after a failure. */
int split_open(struct split *s, const pleth_config *config, enum split_run run);

/* pleth_push_frame, and all that is ready pulled. */
int split_push(struct split *s, const pleth_frame *frame);

/* The method's wave of the newest window again, after a push that made one. */
void split_wave(struct split *s);
void split_close(struct split *s);

#endif
