/* A network in the stream: pixels of a face -> what the network was trained on -> its answers -> a
 * pulse wave beside the colours of the same frames.
 *
 * Inputs are normalised by the last ten seconds (normalise.h), so the first two give none. Networks
 * learnt 25 to 30 pictures a second: frames that come faster than 40 are thinned out. */
#ifndef PLETH_CAMERA_PULSE_NET_H
#define PLETH_CAMERA_PULSE_NET_H

#include "normalise.h"
#include "pleth/pleth.h"
#include "skin.h"

/* The colours of a frame, and after them the network's waves there: pulse, respiration. */
#define PLETH_PULSE_NET_CHANNELS (PLETH_SKIN_CHANNELS + 2)

struct pleth_pulse_sample {
    int64_t time_ns;
    double value[PLETH_PULSE_NET_CHANNELS];
};

struct pleth_pulse_net {
    pleth_net_info info;
    pleth_net_state *state;
    int kind, side;     /* of its inputs, of the crop */
    int output[2];      /* numbers of the pulse and of respiration, which is -1 if there is none */
    int segment, depth; /* frames of a segment; of these, those that go in at once */
    struct pleth_normaliser normaliser;
    /* the newest crop (`before`): whether there is one, its box and its time */
    int have;
    pleth_box box;
    int64_t taken_ns;
    /* differences in the open segment, 0 between two; whether a network that takes raw frames has
       the newest one; where in its segment the next answer is */
    int in_segment, started, position;
    /* last instant at which the picture stood still */
    int64_t still_ns;
    int was_still;
    double sum[2]; /* of the answers: networks give the waves' derivatives */
    /* colours that wait for their answer, and the first `answered` of them, that have it */
    int first, waiting, answered;
    /* all below lie behind this struct */
    struct pleth_pulse_sample *queue; /* segment + 2 */
    struct pleth_pulse_mean {
        double mean;
        int seen;
    } * mean;      /* info.frames: of the answers at each position of a segment */
    float *answer; /* depth of the pulse, then of respiration */
    float *before, *now, *input[2];
};

/* The trace's channel of respiration, -1 if the network has none. */
static inline int pleth_pulse_net_respiration(const struct pleth_pulse_net *p)
{
    return p->output[1] >= 0 ? PLETH_SKIN_CHANNELS + 1 : -1;
}

/* Bytes for a network with its state, 0 if it is no network of camera frames that gives a pulse
 * wave: TS-CAN, MTTS-CAN, DeepPhys, EfficientPhys, BigSmall, BigSmall's small part with the output
 * "bvp", and PhysNet, which sees a segment as one thing and does all its work when that is full. */
size_t pleth_pulse_net_size(const pleth_net *net);

/* In memory of that size, aligned to 64 bytes. NULL if the network is none. */
struct pleth_pulse_net *pleth_pulse_net_open(void *memory, const pleth_net *net);

/* Forgets all: another scene begins. */
void pleth_pulse_net_reset(struct pleth_pulse_net *p);

/* The square a network was trained on, around skin: half as large again as what a face detector
 * finds. */
pleth_box pleth_pulse_net_box(const pleth_box *skin);

/* Takes a frame (in order of time), where the face is, and the skin's colours. The box is held
 * until the face has left it by more than a little, and changes between two segments; no difference
 * is ever taken between two boxes. */
void pleth_pulse_net_push(struct pleth_pulse_net *p, const pleth_frame *frame, const pleth_box *box,
                          const double *rgb);

/* The input ends: what is in flight is answered. */
void pleth_pulse_net_flush(struct pleth_pulse_net *p);

/* The next answered sample after a push or flush: 1, or 0 if there is none. All are to be pulled
 * before the next push. */
int pleth_pulse_net_pull(struct pleth_pulse_net *p, struct pleth_pulse_sample *sample);

#endif
