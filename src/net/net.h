/* From records and weights to results, in three steps:
 *
 *     plan     what is computed, in which order, fused how, and where every value lies
 *     prepare  what the plan derives from the weights: folded, packed, transformed
 *     run      frame by frame; nothing is computed twice, nothing allocated
 *
 * A prepared network is one flat block without pointers: this header, steps, places, weights. It is
 * constant, may lie in flash, and any number of states may share it. A state is what one stream has
 * in flight.
 *
 * Time. A shift looks one frame ahead, so each step has a lag: at turn t of a segment it works on
 * frame t - lag. Whole arrays and single frames take the same turns and so give the same bits.
 * Steps from the first dense layer on (of a network without time: all) are its tail: they take up
 * to `batch` rows at once, so that their weights are read once for all. */
#ifndef PLETH_NET_NET_H
#define PLETH_NET_NET_H

#include "../kern/kern.h"
#include "graph.h"
#include "pleth/pleth.h"

enum { PLETH_STEPS = PLETH_RECORDS, PLETH_PLACES = PLETH_RECORDS, PLETH_ALIGN = 64 };

/* Tiles that Winograd takes at once: what makes its products worth while and stays in the cache.
 * And floats between its 36 planes, a cache line, so that planes of 4 kB do not share its sets. */
enum { PLETH_TILES = 32, PLETH_PLANE_GAP = 16 };

/* Floats of a chunk of positions that stays in the cache between two things done to it. */
enum { PLETH_CHUNK = 8192 };

#define PLETH_NET_MAGIC 0x6e746c70u /* "pltn" */

/* A stored value: channels-last, positions (d, h, w) with a border of zeros around them where a
 * convolution wants one. */
struct pleth_place {
    struct pleth_shape shape;
    /* positions before and after the value along d, h, w */
    int32_t before[3], after[3];
    /* bytes: from the state's memory to frame 0's slot, from a slot to the next */
    uint32_t at, slot;
    /* frames (of the tail: rows) that are kept */
    int32_t slots;
    /* indexed by the row in the tail's batch; by nothing, once a segment */
    uint8_t tail, per_segment;
    /* the border is written over by others and cleared again before each use */
    uint8_t clear;
    /* int8: value = scale * (q - zero); 0: float */
    uint8_t is_int8;
    int8_t zero;
    float scale;
};

/* What a step does with the numbers; most are the record's operation. */
enum pleth_work {
    PLETH_WORK_INPUT,
    PLETH_WORK_CONV,
    PLETH_WORK_WINOGRAD,
    PLETH_WORK_DEPTHWISE,
    PLETH_WORK_CONV_TRANSPOSED,
    PLETH_WORK_AFFINE,
    PLETH_WORK_LAYER_NORM,
    PLETH_WORK_LAYER_NORM_WHOLE,
    PLETH_WORK_ACTIVATION,
    PLETH_WORK_ADD,
    PLETH_WORK_MULTIPLY,
    PLETH_WORK_POOL,
    PLETH_WORK_MEAN,
    PLETH_WORK_MASK,
    PLETH_WORK_ATTEND, /* int8: mask and multiplication in one */
    PLETH_WORK_SHIFT,
    PLETH_WORK_COPY, /* slice, concatenation, padding, joining: channels or positions moved */
    PLETH_WORK_WINDOWS,
    PLETH_WORK_UNWINDOWS,
    PLETH_WORK_SPECTRAL,
    PLETH_WORK_ATTENTION
};

struct pleth_step {
    int32_t work;                    /* pleth_work */
    int32_t in[PLETH_OPERANDS], out; /* places, -1: none */
    int32_t lag;
    uint8_t per_segment, tail, relu, difference;
    int32_t function; /* pleth_function after it, -1: none */
    int32_t kernel[3], stride[3], pad[3];
    /* > 1: the taps of kernel[1] lie that many positions apart along w */
    int32_t dilation;
    /* input: port and first channel; copy: first channel read; attention: row of the biases */
    int32_t port, first;
    /* copy: first channel and position written; the other channels get zeros */
    int32_t to, to_position, zeros;
    int32_t heads, wrap, maximum;
    float eps, scale;
    /* int8: of what lies between a product and a function by table or a sum */
    float middle_scale;
    int32_t middle_zero;
    /* int8 sums, products and pools: multipliers and the shift under them */
    int32_t multiplier[2], shift;
    /* bytes from the network's start, 0: none. weight: packed; bias: one float an output; extra:
       what else the work needs */
    uint32_t weight, bias, extra;
    uint32_t scratch; /* bytes from the state's memory: what the step needs while it works */
};

/* 1 for a convolution to which another value is added. */
static inline int pleth_is_sum(const struct pleth_step *s)
{
    return s->work == PLETH_WORK_CONV && s->in[1] >= 0;
}

/* 1 where an int8 product is rounded before it becomes the step's value. */
static inline int pleth_has_middle(const struct pleth_step *s)
{
    return s->function > PLETH_RELU || pleth_is_sum(s);
}

/* Positions of so many channels that a convolution takes before they are added: in int8 few, for
 * small devices. */
static inline int pleth_sum_positions(int channels, int is_int8)
{
    return is_int8 ? channels < 64 ? 1024 / channels : 16 : PLETH_CHUNK / channels + 1;
}

struct pleth_net {
    uint32_t magic, size;
    uint32_t cpu_mask;
    struct pleth_net_info info;
    int32_t steps, places, tail; /* first step of the tail */
    int32_t lag;                 /* largest of a step outside the tail */
    int32_t batch;
    uint32_t steps_at, places_at; /* bytes from the start */
    uint32_t memory;              /* bytes of a state: values, and what steps need meanwhile */
    int32_t output[4];            /* places of the outputs */
};

struct pleth_view; /* work.h */

struct pleth_net_state {
    const struct pleth_net *net;
    /* NULL, or is shown what every step made, row by row, in a network of floats: for calibration
     */
    void (*watch)(void *watcher, int place, const float *row, ptrdiff_t n);
    void *watcher;
    struct pleth_kernels kern;
    /* pleth_work_float, or NULL where only int8 was linked */
    void (*work_float)(const struct pleth_net_state *s, const struct pleth_step *t,
                       const struct pleth_view *x, const struct pleth_view *y, int rows);
    char *memory;
    /* what inputs and outputs are read from and written to, for frames from `first` on */
    const float *const *input;
    int64_t input_first;
    int last;       /* frames of the running segment, -1 while it is open */
    int turn;       /* of the running segment */
    int64_t frame0; /* global number of its frame 0 */
    int64_t row0;   /* global number of the frame in the tail's row 0 */
    int rows;       /* waiting for the tail, or finished by it and not pulled */
    int pulled, ended;
    int64_t pushed;
    float *held; /* the newest raw frame of a difference */
};

/* ---- plan.c ------------------------------------------------------------------------------ */

/* What only planning and preparing need: some 250 kB, on the stack of the call. */
struct pleth_plan {
    struct pleth_net net;
    struct pleth_step step[PLETH_STEPS];
    struct pleth_place place[PLETH_PLACES];
    /* records that a step's weights come from: its own, and a batch norm folded into it */
    int16_t record[PLETH_STEPS], norm[PLETH_STEPS];
    /* a dense layer on a flattened map: the map's place, else -1 */
    int16_t flat[PLETH_STEPS];
    struct pleth_graph graph;
    struct pleth_record records[PLETH_STEPS];
    int place_of[PLETH_STEPS]; /* by record, -1 */
    int exact, int8;
};

/* Plans p->graph, in int8 where the weights carry the scales of activations. 0 or PLETH_EINVAL with
 * the record's name in where. */
struct pleth_weights;
int pleth_plan_make(struct pleth_plan *p, const struct pleth_weights *w, int batch, int exact,
                    char where[PLETH_NAME]);

/* NAME.activation_scale (F32, 1) and NAME.activation_zero_point (I8, 1): value = scale (q - zero).
 * 0 if they are absent or senseless. */
int pleth_activation_scale(const struct pleth_weights *w, const char *name, float *scale,
                           int *zero);

/* The largest quotient that attention multiplies a mask's 0..255 with: within 31 bits. */
enum { PLETH_ATTEND_MOST = (1 << 23) - 1 };

/* A factor as multiplier / 2^shift, and a second one, or 0, under the same shift: multipliers of at
 * most `bits` bits, which is what leaves the sums of an operation room. 0 where it is beyond all
 * sense. */
enum { PLETH_ADD_BITS = 21, PLETH_ATTEND_BITS = 24, PLETH_POOL_BITS = 30 };
int pleth_factors_s8(double a, double b, int bits, int32_t multiplier[2], int32_t *shift);

/* Makes a plan's header valid, for instruction sets cpu_mask. */
void pleth_net_seal(struct pleth_plan *p, uint32_t cpu_mask, const char *name);

/* ---- prepare.c --------------------------------------------------------------------------- */

/* Gives every step its place among the weights: fills the offsets and net.size. */
void pleth_prepare_layout(struct pleth_plan *p);
/* Writes the block. 0 or PLETH_EINVAL, with the parameter's name in where. */
int pleth_prepare_write(const struct pleth_plan *p, const struct pleth_weights *w, char *block,
                        char where[PLETH_MESSAGE]);

/* What a product's sum is multiplied by: multiplier / 2^shift = factor > 0, with the multiplier in
 * [2^30, 2^31). 0 where it can not be. */
int pleth_product_factor_s8(double factor, int32_t *multiplier, int32_t *shift);

/* A gain and an offset in int8, both in steps of what they make: y = (x multiplier + add) >> shift,
 * in 32 bits. The shift is one for all channels: what the largest of their reaches leaves. */
double pleth_affine_reach_s8(double gain, double offset);
int pleth_affine_shift_s8(double reach); /* below 1: beyond all sense */
void pleth_affine_s8(double gain, double offset, int zero_x, int zero_y, int shift,
                     int32_t *multiplier, int32_t *add);

/* ---- work.c ------------------------------------------------------------------------------ */

/* One step outside the tail, on frame `frame` of the segment. */
void pleth_step_frame(struct pleth_net_state *s, const struct pleth_step *step, int frame);

/* One step of the tail, on all waiting rows. */
void pleth_step_rows(struct pleth_net_state *s, const struct pleth_step *step);

/* The value of a place in a row of the tail as floats in the order c, d, h, w. */
void pleth_place_row(const struct pleth_net_state *s, int place, int row, float *out);

/* Zeros in all of a place, borders too. */
void pleth_place_clear(const struct pleth_net_state *s, int place);

#endif
