/* Readings of a whole recording refined by what came after them (`measure --smooth`). */
#ifndef PLETH_TOOL_SMOOTH_H
#define PLETH_TOOL_SMOOTH_H

#include "pleth/pleth.h"
#include "vitals/belief.h"

/* The evidence that the stream saw for one vital, reading by reading. Zero it to begin. */
struct smooth {
    struct pleth_belief belief;
    float *evidence; /* [n][belief.states], log likelihoods */
    float *seconds;  /* since the reading before */
    int n, capacity;
    double last_s;
};

/* Takes the evidence of the reading at time_s: loglik[belief->states], or NULL where the window
 * told nothing. 0, or -1 without memory. */
int smooth_add(struct smooth *s, const struct pleth_belief *belief, const float *loglik,
               double time_s);

/* Replaces value and deviation of vital[0..s->n), one a reading and `stride` bytes apart, by those
 * of the whole recording's belief within `within` /min of its mode. A reading whose value moves by
 * more than `right` is no longer known: its quality spoke of another rate. 0, or -1 without memory.
 */
int smooth_apply(struct smooth *s, pleth_vital *vital, size_t stride, float within, float right);

/* The belief's view of the rate lags behind the middle of a reading's window by lag_s: value[]
 * moves that far back in time, between readings by straight lines. */
void smooth_shift(const struct smooth *s, pleth_vital *vital, size_t stride, float lag_s);

void smooth_free(struct smooth *s);

#endif
