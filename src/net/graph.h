/* A network as data: the plain records that its builder (src/nets) appends to the caller's array,
 * and from which inference, training, quantisation, export and counts all follow. Nothing is fused
 * here, and neither batch nor number of frames appears: a record speaks of one frame (or of one
 * segment of frames, where it says so).
 *
 * A builder is a list of calls, each of which appends a record and returns its number; an operand
 * is a record's number. What goes wrong (no room, shapes that do not fit) is kept in graph->error,
 * with the record's name, and every later call returns -1, so that a builder needs no checks. With
 * records == NULL it only counts. */
#ifndef PLETH_NET_GRAPH_H
#define PLETH_NET_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "../kern/kern.h"

/* PLETH_RECORDS: more than any network has */
enum { PLETH_NAME = 64, PLETH_OPERANDS = 3, PLETH_RECORDS = 400 };

/* What one frame or segment has: channels, depth (frames of a 3-D network, windows of attention),
 * height, width. A vector is (c,1,1,1), a 1-D signal (c,1,1,w), n tokens of c values (c,1,1,n). */
struct pleth_shape {
    int c, d, h, w;
};

enum pleth_op {
    /* what the caller gives, by name */
    PLETH_OP_INPUT,
    /* cross-correlation; NAME.weight (out, in/groups, kernel...), NAME.bias (out) */
    PLETH_OP_CONV,
    /* its transpose, over d alone; NAME.weight (in, out, kernel, 1, 1), NAME.bias (out) */
    PLETH_OP_CONV_TRANSPOSED,
    /* over the channels at each position; NAME.weight (out, in), NAME.bias (out) */
    PLETH_OP_LINEAR,
    /* all values as one vector, in the order c, d, h, w */
    PLETH_OP_FLATTEN,
    /* by the running statistics; NAME.weight, .bias, .running_mean, .running_var (c) */
    PLETH_OP_BATCH_NORM,
    /* over the channels at each position, NAME.weight, .bias (c); `whole`: over all values, (c,h,w)
     */
    PLETH_OP_LAYER_NORM,
    PLETH_OP_ACTIVATION,
    PLETH_OP_ADD,
    /* the second operand may have one channel, or one position: it is repeated */
    PLETH_OP_MULTIPLY,
    PLETH_OP_AVERAGE_POOL, /* floor */
    PLETH_OP_MAX_POOL,     /* floor; `pad` zeros behind the last column first */
    PLETH_OP_MEAN,         /* over h and w */
    /* attention mask of the CAN family: x * (0.5 h w) / (sum of x over h, w) */
    PLETH_OP_MASK,
    /* temporal shift of thirds of the channels (TSM), zeros at the segment's ends, or `wrap`ped */
    PLETH_OP_SHIFT,
    /* the next frame minus this one, across segments; the last frame of all has itself as next */
    PLETH_OP_DIFFERENCE,
    /* of a segment, its frame 0; from then on records speak of a segment ... */
    PLETH_OP_FIRST_FRAME,
    /* ... until its value is repeated for each frame */
    PLETH_OP_REPEAT,
    /* channels [first, first + out.c) */
    PLETH_OP_SLICE,
    /* channels of one, then of the other */
    PLETH_OP_CONCAT,
    /* `first` channels of zeros before, the rest after */
    PLETH_OP_PAD_CHANNELS,
    /* positions of one, then of the other, as (c,1,1,n1+n2) */
    PLETH_OP_JOIN,
    /* (c,1,h,w) cut into d = h/k * w/k windows (c,d,k,k), row by row, and back */
    PLETH_OP_WINDOWS,
    PLETH_OP_UNWINDOWS,
    /* global filter: irfft2(rfft2(x) * complex weight), ortho; NAME.complex_weight (h, w/2+1, c, 2)
     */
    PLETH_OP_SPECTRAL,
    /* softmax(scale * q'k + bias) v within each window of d; operands q, k, v, channels in `heads`
       equal parts; positions of q are rows, of k and v columns. With `bias`,
       NAME.attention_biases (anything, h*w), row `first`, by |dy| * w + |dx| */
    PLETH_OP_ATTENTION,
    /* names a result */
    PLETH_OP_OUTPUT,
    PLETH_OP_COUNT
};

struct pleth_record {
    /* prefix of the parameters' names, or a name that no other record has */
    char name[PLETH_NAME];
    int op; /* pleth_op */
    /* records read, -1: none */
    int in[PLETH_OPERANDS];
    struct pleth_shape out;
    /* 1: once a segment, 0: for every frame */
    int per_segment;
    /* convolution and pooling, over d, h, w: size, step, zeros before the first (what `out` needs
       beyond the last position is zeros too) */
    int kernel[3], stride[3], pad[3];
    int dilation; /* of a convolution over w alone: positions from a tap to the next; 0 as 1 */
    int groups;   /* of a convolution: 1, or the number of channels; of biases: rows */
    int rank;     /* axes of a convolution's kernel as stored: 1, 2 or 3 */
    int bias;     /* has NAME.bias; of attention, NAME.attention_biases */
    int function; /* pleth_function */
    int first, heads, wrap, whole;
    float eps, scale;
    float drop; /* share of the values that training sets to zero; nothing else looks at it */
    /* parameters are stored under this name instead of `name` ("" : name) */
    char shared[PLETH_NAME];
};

struct pleth_graph {
    struct pleth_record *records; /* NULL: only count */
    int capacity, count;
    /* frames of a segment: what SHIFT and REPEAT refer to; 1 for networks without time */
    int frames;
    /* 0, or PLETH_EINVAL (shapes do not fit), PLETH_EMEMORY (no room), and the record it was */
    int error;
    char where[PLETH_NAME];
};

void pleth_graph_init(struct pleth_graph *g, struct pleth_record *records, int capacity,
                      int frames);

int pleth_input(struct pleth_graph *g, const char *name, int c, int d, int h, int w);
/* kernel k, stride s and padding p in h and w */
int pleth_conv2d(struct pleth_graph *g, int x, const char *name, int out, int k, int s, int p,
                 int bias);
int pleth_depthwise2d(struct pleth_graph *g, int x, const char *name, int k, int s, int p,
                      int bias);
/* over w; SAME padding: out width ceil(w / s), floor of the padding before */
int pleth_conv1d_same(struct pleth_graph *g, int x, const char *name, int out, int k, int s);
/* over w; taps `dilation` positions apart, zeros so that the width stays, floor of them before */
int pleth_conv1d_dilated(struct pleth_graph *g, int x, const char *name, int out, int k,
                         int dilation);
int pleth_conv3d(struct pleth_graph *g, int x, const char *name, int out, const int kernel[3],
                 const int pad[3]);
/* over d: kernel 4, stride 2, padding 1 of PhysNet: d doubles */
int pleth_conv_transposed(struct pleth_graph *g, int x, const char *name, int out, int k, int s,
                          int p);
int pleth_linear(struct pleth_graph *g, int x, const char *name, int out);
int pleth_flatten(struct pleth_graph *g, int x, const char *name);
int pleth_batch_norm(struct pleth_graph *g, int x, const char *name, float eps);
int pleth_layer_norm(struct pleth_graph *g, int x, const char *name, float eps);
int pleth_layer_norm_whole(struct pleth_graph *g, int x, const char *name, float eps);
int pleth_activation(struct pleth_graph *g, int x, const char *name, int function);
int pleth_add(struct pleth_graph *g, int a, int b, const char *name);
int pleth_multiply(struct pleth_graph *g, int a, int b, const char *name);
int pleth_average_pool(struct pleth_graph *g, int x, const char *name, int kd, int kh, int kw);
int pleth_max_pool(struct pleth_graph *g, int x, const char *name, int kd, int kh, int kw);
/* kernel 2, stride 2 over w, after one zero behind the last */
int pleth_max_pool1d_padded(struct pleth_graph *g, int x, const char *name);
int pleth_mean(struct pleth_graph *g, int x, const char *name);
int pleth_mask(struct pleth_graph *g, int x, const char *name);
int pleth_shift(struct pleth_graph *g, int x, const char *name, int wrap);
int pleth_frame_difference(struct pleth_graph *g, int x, const char *name);
int pleth_first_frame(struct pleth_graph *g, int x, const char *name);
int pleth_repeat(struct pleth_graph *g, int x, const char *name);
int pleth_slice(struct pleth_graph *g, int x, const char *name, int first, int count);
int pleth_concat(struct pleth_graph *g, int a, int b, const char *name);
int pleth_pad_channels(struct pleth_graph *g, int x, const char *name, int before, int total);
int pleth_join(struct pleth_graph *g, int a, int b, const char *name);
int pleth_windows(struct pleth_graph *g, int x, const char *name, int k);
int pleth_unwindows(struct pleth_graph *g, int x, const char *name, int h, int w);
int pleth_spectral(struct pleth_graph *g, int x, const char *name);
int pleth_attention(struct pleth_graph *g, int q, int k, int v, const char *name, int heads,
                    float scale);
/* one head; biases: name of the tensor's prefix, row: this head's of its `rows` */
int pleth_attention_biased(struct pleth_graph *g, int q, int k, int v, const char *name,
                           float scale, const char *biases, int row, int rows);
int pleth_output(struct pleth_graph *g, int x, const char *name);

/* The last record reads the parameters of `shared` (a layer used twice). */
void pleth_share(struct pleth_graph *g, const char *shared);

/* Training drops this share (0 <= share < 1) of the last record's values: sets them to zero, others
 * to 1 / (1 - share) of themselves (Srivastava et al. 2014). Inference and counts know nothing of
 * it.
 */
void pleth_drop(struct pleth_graph *g, float share);

/* 1 where the texts are equal. */
int pleth_same_text(const char *a, const char *b);

/* PREFIX.REST, for names made in loops; cut off (and refused later as unknown) when too long. */
struct pleth_text {
    char text[PLETH_NAME];
};
struct pleth_text pleth_name(const char *prefix, const char *rest);
/* PREFIX followed by a number, then REST: ("block", 3, ".conv") -> "block3.conv" */
struct pleth_text pleth_name_number(const char *prefix, int number, const char *rest);

/* ---- What follows from records alone --------------------------------------------------------- */

/* One parameter that a record reads: its name and stored shape. */
struct pleth_parameter {
    char name[PLETH_NAME + 24];
    int rank, shape[5];
};

/* Parameter number i = 0, 1, ... of a record; 0 when there are no more. Batch norm's running
 * statistics are i = 2 and 3. */
int pleth_record_parameter(const struct pleth_graph *g, int record, int i,
                           struct pleth_parameter *p);

/* Multiply-accumulates of a record, per frame or segment, as counted in the literature:
 * convolutions, linear layers and matrix products. */
int64_t pleth_record_macs(const struct pleth_graph *g, int record);

struct pleth_counts {
    /* learned values (running statistics are not), and running statistics */
    int64_t parameters, statistics;
    /* for one segment of `frames` frames */
    int64_t macs;
    /* frames after a frame until it is answered: of shifts and of the difference */
    int delay;
};
/* Records that no output needs (a dead head) count as parameters but not as work. */
void pleth_graph_count(const struct pleth_graph *g, struct pleth_counts *counts);

/* 1 where an output depends on the record. used has g->count entries. */
void pleth_graph_used(const struct pleth_graph *g, uint8_t *used);

#endif
