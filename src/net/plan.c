/* The planner: records to steps, what is fused, when each runs and where its value lies. */
#include <math.h>
#include <string.h>

#include "net.h"
#include "weights.h"

static int largest(int a, int b)
{
    return a > b ? a : b;
}

static int positions(const struct pleth_shape *s)
{
    return s->d * s->h * s->w;
}

static const struct pleth_record *record(const struct pleth_plan *p, int r)
{
    return &p->graph.records[r];
}

/* ---- Records to steps -------------------------------------------------------------------- */

/* How often a used record reads r; the last reader in *reader. */
static int readers(const struct pleth_plan *p, const uint8_t *used, int r, int *reader)
{
    int count = 0;

    for (int i = r + 1; i < p->graph.count; i++)
        for (int k = 0; used[i] && k < PLETH_OPERANDS; k++)
            if (record(p, i)->in[k] == r) {
                count++;
                *reader = i;
            }
    return count;
}

/* 1 where every reader of r has this operation. */
static int only_read_by(const struct pleth_plan *p, const uint8_t *used, int r, int op)
{
    for (int i = r + 1; i < p->graph.count; i++)
        for (int k = 0; used[i] && k < PLETH_OPERANDS; k++)
            if (record(p, i)->in[k] == r && record(p, i)->op != op)
                return 0;
    return 1;
}

static int new_place(struct pleth_plan *p, const struct pleth_record *r)
{
    struct pleth_place *place = &p->place[p->net.places];

    memset(place, 0, sizeof *place);
    place->shape = r->out;
    place->per_segment = (uint8_t)r->per_segment;
    return p->net.places++;
}

static struct pleth_step *new_step(struct pleth_plan *p, int r, int work)
{
    const struct pleth_record *from = record(p, r);
    int at = p->net.steps++;
    struct pleth_step *s = &p->step[at];

    memset(s, 0, sizeof *s);
    s->work = work;
    for (int k = 0; k < PLETH_OPERANDS; k++)
        s->in[k] = from->in[k] >= 0 ? p->place_of[from->in[k]] : -1;
    memcpy(s->kernel, from->kernel, sizeof s->kernel);
    memcpy(s->stride, from->stride, sizeof s->stride);
    memcpy(s->pad, from->pad, sizeof s->pad);
    if (from->dilation > 1) { /* each tap a piece of its own */
        s->dilation = from->dilation;
        s->kernel[1] = from->kernel[2];
        s->kernel[2] = 1;
    }
    s->function = -1;
    s->first = from->first;
    s->heads = from->heads;
    s->wrap = from->wrap;
    s->eps = from->eps;
    s->scale = from->scale;
    s->per_segment = (uint8_t)from->per_segment;
    p->record[at] = (int16_t)r;
    p->norm[at] = -1;
    p->flat[at] = -1;
    return s;
}

/* The step that makes the value of record r, if it may still be given more to do with it: that is,
 * if nobody but the record asking reads that value. */
static struct pleth_step *fusible(struct pleth_plan *p, const uint8_t *used, int r)
{
    int reader, place = p->place_of[r];

    if (p->exact || readers(p, used, r, &reader) != 1)
        return NULL;
    for (int i = p->net.steps - 1; i >= 0; i--)
        if (p->step[i].out == place)
            return &p->step[i];
    return NULL;
}

static int is_product(int work)
{
    return work == PLETH_WORK_CONV || work == PLETH_WORK_WINOGRAD || work == PLETH_WORK_DEPTHWISE ||
           work == PLETH_WORK_CONV_TRANSPOSED;
}

static int fuse_norm(struct pleth_plan *p, const uint8_t *used, int r)
{
    const int x = record(p, r)->in[0];
    struct pleth_step *s = fusible(p, used, x);

    if (!s || !is_product(s->work) || s->function >= 0 || pleth_is_sum(s) ||
        p->norm[s - p->step] >= 0)
        return 0;
    p->norm[s - p->step] = (int16_t)r;
    p->place_of[r] = p->place_of[x];
    return 1;
}

static int fuse_function(struct pleth_plan *p, const uint8_t *used, int r)
{
    const int x = record(p, r)->in[0], function = record(p, r)->function;
    struct pleth_step *s = fusible(p, used, x);

    if (!s || s->function >= 0 || s->relu || pleth_is_sum(s))
        return 0;
    if (s->work == PLETH_WORK_AFFINE && function == PLETH_RELU)
        s->relu = 1;
    else if (is_product(s->work))
        s->function = function;
    else
        return 0;
    p->place_of[r] = p->place_of[x];
    return 1;
}

/* Step `at` becomes the last. */
static struct pleth_step *move_to_end(struct pleth_plan *p, int at)
{
    const int last = p->net.steps - 1;
    const struct pleth_step s = p->step[at];
    const int16_t record = p->record[at], norm = p->norm[at], flat = p->flat[at];

    for (int i = at; i < last; i++) {
        p->step[i] = p->step[i + 1];
        p->record[i] = p->record[i + 1];
        p->norm[i] = p->norm[i + 1];
        p->flat[i] = p->flat[i + 1];
    }
    p->step[last] = s;
    p->record[last] = record;
    p->norm[last] = norm;
    p->flat[last] = flat;
    return &p->step[last];
}

/* A sum of a convolution and of something else is made with the convolution, some positions at a
 * time: when the other operand is there too. */
static int fuse_sum(struct pleth_plan *p, const uint8_t *used, int r)
{
    const struct pleth_record *sum = record(p, r);

    for (int k = 0; k < 2; k++) {
        struct pleth_step *s = fusible(p, used, sum->in[k]);
        if (!s || s->work != PLETH_WORK_CONV || s->function >= 0 || pleth_is_sum(s) ||
            positions(&sum->out) == 1)
            continue;
        s = move_to_end(p, (int)(s - p->step));
        s->in[1] = p->place_of[sum->in[1 - k]];
        p->place_of[r] = s->out;
        return 1;
    }
    return 0;
}

/* F(4x4, 3x3) needs a quarter of the multiplications, but transforms in and out. */
static int winograd_pays(const struct pleth_plan *p, const struct pleth_record *r)
{
    const struct pleth_shape *in = &record(p, r->in[0])->out;

    return !p->exact && !p->int8 && r->groups == 1 && r->kernel[0] == 1 && r->kernel[1] == 3 &&
           r->kernel[2] == 3 && r->stride[1] == 1 && r->stride[2] == 1 && in->d == 1 &&
           in->c >= 16 && r->out.c >= 16 && r->out.h >= 7 && r->out.w >= 7;
}

static void fill_port(pleth_net_port *port, const struct pleth_record *r)
{
    size_t n = strlen(r->name);

    memset(port, 0, sizeof *port);
    memcpy(port->name, r->name, n < sizeof port->name ? n : sizeof port->name - 1);
    port->shape[0] = r->out.c;
    port->shape[1] = r->out.d;
    port->shape[2] = r->out.h;
    port->shape[3] = r->out.w;
    port->count = r->out.c * positions(&r->out);
}

static void plan_input(struct pleth_plan *p, const uint8_t *used, int r)
{
    const struct pleth_record *in = record(p, r);
    struct pleth_net_info *info = &p->net.info;
    pleth_net_port *port = &info->input[info->inputs++];
    struct pleth_step *s;

    fill_port(port, in);
    if (only_read_by(p, used, r, PLETH_OP_SLICE) || only_read_by(p, used, r, PLETH_OP_DIFFERENCE))
        return; /* read by each as it is given */
    s = new_step(p, r, PLETH_WORK_INPUT);
    s->port = info->inputs - 1;
    s->first = 0;
    s->out = p->place_of[r] = new_place(p, in);
    if (only_read_by(p, used, r, PLETH_OP_FIRST_FRAME))
        s->per_segment = p->place[s->out].per_segment = 1;
}

/* A slice or a difference of an input that is not kept itself. */
static int plan_of_input(struct pleth_plan *p, int r)
{
    const struct pleth_record *at = record(p, r);
    const struct pleth_record *in = at->in[0] >= 0 ? record(p, at->in[0]) : NULL;
    struct pleth_step *s;

    if (!in || in->op != PLETH_OP_INPUT || p->place_of[at->in[0]] >= 0)
        return 0;
    s = new_step(p, r, PLETH_WORK_INPUT);
    s->in[0] = -1;
    while (!pleth_same_text(p->net.info.input[s->port].name, in->name))
        s->port++;
    s->first = at->op == PLETH_OP_SLICE ? at->first : 0;
    s->difference = at->op == PLETH_OP_DIFFERENCE;
    p->net.info.difference |= s->difference;
    s->out = p->place_of[r] = new_place(p, at);
    return 1;
}

static void plan_copy(struct pleth_plan *p, int r, int operand, int first, int to, int to_position)
{
    struct pleth_step *s = new_step(p, r, PLETH_WORK_COPY);

    s->in[0] = p->place_of[record(p, r)->in[operand]];
    s->in[1] = s->in[2] = -1;
    s->first = first;
    s->to = to;
    s->to_position = to_position;
    s->out = p->place_of[r];
}

/* Steps of one record. 0 where it is refused. */
static int plan_record(struct pleth_plan *p, const uint8_t *used, int r)
{
    const struct pleth_record *at = record(p, r);
    const struct pleth_shape *in = at->in[0] >= 0 ? &record(p, at->in[0])->out : NULL;
    struct pleth_net_info *info = &p->net.info;
    struct pleth_step *s;
    int work = -1;

    switch (at->op) {
    case PLETH_OP_INPUT:
        if (info->inputs == (int)(sizeof info->input / sizeof info->input[0]))
            return 0;
        plan_input(p, used, r);
        return 1;
    case PLETH_OP_OUTPUT:
        if (info->outputs == (int)(sizeof info->output / sizeof info->output[0]))
            return 0;
        fill_port(&info->output[info->outputs], at);
        p->net.output[info->outputs++] = p->place_of[at->in[0]];
        p->place_of[r] = p->place_of[at->in[0]];
        return 1;
    case PLETH_OP_MASK:
        if (p->int8) { /* a part of the multiplication */
            p->place_of[r] = p->place_of[at->in[0]];
            return 1;
        }
        work = PLETH_WORK_MASK;
        break;
    case PLETH_OP_FLATTEN:
    case PLETH_OP_FIRST_FRAME:
    case PLETH_OP_REPEAT:
        p->place_of[r] = p->place_of[at->in[0]];
        return 1;
    case PLETH_OP_DIFFERENCE:
    case PLETH_OP_SLICE:
        if (plan_of_input(p, r))
            return 1;
        if (at->op == PLETH_OP_DIFFERENCE)
            return 0;
        p->place_of[r] = new_place(p, at);
        plan_copy(p, r, 0, at->first, 0, 0);
        return 1;
    case PLETH_OP_CONCAT:
        p->place_of[r] = new_place(p, at);
        plan_copy(p, r, 0, 0, 0, 0);
        plan_copy(p, r, 1, 0, in->c, 0);
        return 1;
    case PLETH_OP_PAD_CHANNELS:
        p->place_of[r] = new_place(p, at);
        plan_copy(p, r, 0, 0, at->first, 0);
        p->step[p->net.steps - 1].zeros = 1;
        return 1;
    case PLETH_OP_JOIN:
        p->place_of[r] = new_place(p, at);
        plan_copy(p, r, 0, 0, 0, 0);
        plan_copy(p, r, 1, 0, 0, positions(in));
        return 1;
    case PLETH_OP_CONV:
        work = at->groups > 1         ? PLETH_WORK_DEPTHWISE
               : winograd_pays(p, at) ? PLETH_WORK_WINOGRAD
                                      : PLETH_WORK_CONV;
        break;
    case PLETH_OP_LINEAR:
        work = PLETH_WORK_CONV;
        break;
    case PLETH_OP_CONV_TRANSPOSED:
        work = PLETH_WORK_CONV_TRANSPOSED;
        break;
    case PLETH_OP_BATCH_NORM:
        if (fuse_norm(p, used, r))
            return 1;
        work = PLETH_WORK_AFFINE;
        break;
    case PLETH_OP_ACTIVATION:
        if (fuse_function(p, used, r))
            return 1;
        work = PLETH_WORK_ACTIVATION;
        break;
    case PLETH_OP_LAYER_NORM:
        work = at->whole ? PLETH_WORK_LAYER_NORM_WHOLE : PLETH_WORK_LAYER_NORM;
        break;
    case PLETH_OP_ADD:
        if (fuse_sum(p, used, r))
            return 1;
        work = PLETH_WORK_ADD;
        break;
    case PLETH_OP_MULTIPLY:
        work = p->int8 && record(p, at->in[1])->op == PLETH_OP_MASK ? PLETH_WORK_ATTEND
                                                                    : PLETH_WORK_MULTIPLY;
        break;
    case PLETH_OP_AVERAGE_POOL:
    case PLETH_OP_MAX_POOL:
        work = PLETH_WORK_POOL;
        break;
    case PLETH_OP_MEAN:
        work = PLETH_WORK_MEAN;
        break;
    case PLETH_OP_SHIFT:
        work = PLETH_WORK_SHIFT;
        break;
    case PLETH_OP_WINDOWS:
        work = PLETH_WORK_WINDOWS;
        break;
    case PLETH_OP_UNWINDOWS:
        work = PLETH_WORK_UNWINDOWS;
        break;
    case PLETH_OP_SPECTRAL:
        work = PLETH_WORK_SPECTRAL;
        break;
    case PLETH_OP_ATTENTION:
        work = PLETH_WORK_ATTENTION;
        break;
    default:
        return 0;
    }
    s = new_step(p, r, work);
    s->out = p->place_of[r] = new_place(p, at);
    s->maximum = at->op == PLETH_OP_MAX_POOL;
    if (at->op == PLETH_OP_ACTIVATION)
        s->function = at->function;
    if (at->op == PLETH_OP_LINEAR) {
        for (int k = 0; k < 3; k++)
            s->kernel[k] = s->stride[k] = 1;
        memset(s->pad, 0, sizeof s->pad);
        if (record(p, at->in[0])->op == PLETH_OP_FLATTEN)
            p->flat[s - p->step] = (int16_t)s->in[0];
    }
    if (at->op == PLETH_OP_CONV_TRANSPOSED && s->kernel[0] % s->stride[0] != 0)
        return 0;
    return 1;
}

/* ---- When --------------------------------------------------------------------------------- */

/* From the first dense layer over a whole map on, or all of a network without one. */
static int tail_starts(const struct pleth_plan *p)
{
    for (int i = 0; i < p->net.steps; i++)
        if (p->flat[i] >= 0)
            return i;
    return p->graph.frames > 1 ? p->net.steps : 0;
}

static void plan_time(struct pleth_plan *p, int batch)
{
    int lag_of[PLETH_PLACES], thin = 1;
    struct pleth_net *net = &p->net;

    net->tail = tail_starts(p);
    for (int i = 0; i < net->steps; i++) {
        struct pleth_step *s = &p->step[i];
        const int ahead = s->work != PLETH_WORK_SHIFT ? 0 : s->wrap ? p->graph.frames - 1 : 1;

        for (int k = 0; k < PLETH_OPERANDS; k++)
            if (s->in[k] >= 0)
                s->lag = largest(s->lag, lag_of[s->in[k]] + ahead);
        s->tail = i >= net->tail;
        if (s->work == PLETH_WORK_COPY) /* a place made by two copies: the later one tells */
            for (int j = i - 1; j >= 0 && p->step[j].out == s->out; j--)
                p->step[j].lag = s->lag = largest(p->step[j].lag, s->lag);
        lag_of[s->out] = s->lag;
        p->place[s->out].tail = s->tail;
        net->lag = largest(net->lag, s->lag);
        thin &= p->place[s->out].shape.h == 1 && p->place[s->out].shape.d == 1;
    }
    net->info.delay = net->lag;
    if (batch == 0)
        batch = p->graph.frames > 1 ? p->graph.frames : net->tail > 0 || thin ? 8 : 1;
    /* at a segment's end the frames that were waiting for it are answered together */
    net->batch = largest(batch, net->lag + 1);
}

/* ---- Where --------------------------------------------------------------------------------- */

static void border(struct pleth_place *x, int axis, int before, int after)
{
    x->before[axis] = largest(x->before[axis], before);
    x->after[axis] = largest(x->after[axis], after);
}

static int extent(const struct pleth_shape *s, int axis)
{
    return axis == 0 ? s->d : axis == 1 ? s->h : s->w;
}

/* Positions from a window's first to behind its last. */
static int span(const struct pleth_step *s, int axis)
{
    if (s->dilation > 1 && axis > 0)
        return axis == 1 ? 1 : (s->kernel[1] - 1) * s->dilation + 1;
    return s->kernel[axis];
}

static void plan_borders(struct pleth_plan *p)
{
    for (int i = 0; i < p->net.steps; i++) {
        const struct pleth_step *s = &p->step[i];
        const int windowed = s->work == PLETH_WORK_CONV || s->work == PLETH_WORK_WINOGRAD ||
                             s->work == PLETH_WORK_DEPTHWISE || s->work == PLETH_WORK_POOL;

        for (int axis = 0; windowed && p->flat[i] < 0 && axis < 3; axis++) {
            const int n = extent(&p->place[s->in[0]].shape, axis);
            const int m = extent(&p->place[s->out].shape, axis);
            /* a pool's zeros are all behind */
            const int before = s->work == PLETH_WORK_POOL ? 0 : s->pad[axis];
            const int end = (m - 1) * s->stride[axis] + span(s, axis) - before;
            border(&p->place[s->in[0]], axis, before, largest(0, end - n));
        }
        if (s->work == PLETH_WORK_CONV_TRANSPOSED) {
            const int n = p->place[s->in[0]].shape.d, m = p->place[s->out].shape.d;
            border(&p->place[s->in[0]], 0, (s->kernel[0] - 1 - s->pad[0]) / s->stride[0],
                   largest(0, (m - 1 + s->pad[0]) / s->stride[0] - (n - 1)));
        }
    }
}

static int has_border(const struct pleth_place *x)
{
    int any = 0;

    for (int axis = 0; axis < 3; axis++)
        any |= x->before[axis] | x->after[axis];
    return any;
}

/* Offsets are 32 bits; nothing that pleth runs comes near a gigabyte. */
#define TOO_LARGE 0x40000000u

static uint32_t aligned(uint64_t bytes)
{
    const uint64_t up = (bytes + PLETH_ALIGN - 1) / PLETH_ALIGN * PLETH_ALIGN;
    return up < TOO_LARGE ? (uint32_t)up : TOO_LARGE; /* refused by the caller */
}

/* From when to when a place's memory is taken, and which. */
struct life {
    int first, last, keeps, tail;
    uint64_t at, size;
};

/* How many frames each place keeps, and how long: forever where a later turn still reads it. */
static void plan_slots(struct pleth_plan *p, struct life *life)
{
    const struct pleth_net *net = &p->net;

    for (int i = 0; i < net->places; i++) {
        life[i] = (struct life){.first = net->steps, .last = -1};
        p->place[i].slots = 1;
    }
    for (int i = 0; i < net->steps; i++) {
        const struct pleth_step *s = &p->step[i];
        if (life[s->out].first > i)
            life[s->out].first = i;
        life[s->out].last = largest(life[s->out].last, i);
        life[s->out].tail = s->tail;
        for (int k = 0; k < PLETH_OPERANDS; k++) {
            struct pleth_place *x = s->in[k] >= 0 ? &p->place[s->in[k]] : NULL;
            struct life *l = x ? &life[s->in[k]] : NULL;
            int made, back;
            if (!x)
                continue;
            made = p->step[l->first].lag;
            /* a shift also reads the frame before, a wrapping one all */
            back = s->work != PLETH_WORK_SHIFT ? 0 : s->wrap ? p->graph.frames - 1 : 1;
            l->last = largest(l->last, i);
            if (x->tail)
                continue;
            if (s->tail) {
                x->tail = 1; /* made frame by frame, read by rows */
                l->keeps = 1;
            } else if (x->per_segment) {
                l->keeps |= !s->per_segment;
            } else {
                x->slots = largest(x->slots, s->lag - made + back + 1);
            }
        }
    }
    for (int i = 0; i < net->places; i++) {
        struct pleth_place *x = &p->place[i];
        if (x->per_segment && !x->tail)
            x->slots = 1;
        else if (x->tail)
            x->slots = net->batch;
        life[i].keeps |= !x->tail && x->slots > 1;
        for (int k = 0; k < net->info.outputs; k++)
            if (net->output[k] == i) { /* read when the tail has worked */
                life[i].keeps |= !life[i].tail;
                life[i].last = net->steps;
            }
    }
}

/* 1 where two places hold values at the same time. The tail works after all other steps of a turn,
 * so that neither of the two keeps anything from the other. */
static int meet(const struct life *a, const struct life *b)
{
    if (a->keeps || b->keeps)
        return 1;
    return a->tail == b->tail && a->first <= b->last && b->first <= a->last;
}

/* Bytes that a step needs while it works; over: its sum is written over what is added. */
static uint64_t scratch(const struct pleth_plan *p, int i, int over)
{
    const struct pleth_step *s = &p->step[i];
    const struct pleth_shape *x = s->in[0] >= 0 ? &p->place[s->in[0]].shape : NULL;
    const struct pleth_shape *y = &p->place[s->out].shape;

    switch (s->work) {
    case PLETH_WORK_WINOGRAD:
        return 36 * (PLETH_TILES * (uint64_t)(x->c + y->c) + 2 * PLETH_PLANE_GAP) * sizeof(float);
    case PLETH_WORK_ATTENTION: {
        const struct pleth_shape *k = &p->place[s->in[1]].shape;
        const uint64_t keys = (uint64_t)(k->h * k->w), queries = (uint64_t)(x->h * x->w);
        return ((keys + 15) / 16 * 16 * (uint64_t)(x->c / s->heads) + queries * keys + 64) *
               sizeof(float);
    }
    case PLETH_WORK_SPECTRAL:
        return (uint64_t)2 * (uint64_t)x->h * 2 * (uint64_t)(x->w / 2 + 1) * 16 * sizeof(float);
    case PLETH_WORK_INPUT:
    case PLETH_WORK_AFFINE: /* a row of floats before it is rounded */
        return p->place[s->out].is_int8 && !(s->in[0] >= 0 && p->place[s->in[0]].is_int8)
                   ? (uint64_t)y->w * (uint64_t)y->c * sizeof(float)
                   : 0;
    case PLETH_WORK_MEAN: /* a row's mean */
        return (uint64_t)y->c * sizeof(float);
    case PLETH_WORK_ATTEND: /* a row of the mask */
        return (uint64_t)y->w * sizeof(int32_t);
    case PLETH_WORK_CONV:
        if (over) { /* some positions before they are added */
            const int most = positions(y),
                      some = pleth_sum_positions(y->c, p->place[s->out].is_int8);
            return (uint64_t)(some < most ? some : most) * (uint64_t)y->c *
                   (p->place[s->out].is_int8 ? 1 : sizeof(float));
        }
        /* a dense layer's sums before they are floats */
        return p->place[s->in[0]].is_int8 && !p->place[s->out].is_int8
                   ? (uint64_t)p->net.batch * (uint64_t)y->c * sizeof(int32_t)
                   : 0;
    default:
        return 0;
    }
}

/* First fit: the lowest offset at which block order[i] meets none of those before it in the order.
 * 0: too large. */
static int fit(struct life *life, const int *order, int i)
{
    struct life *x = &life[order[i]];
    int moved;

    x->at = 0;
    do {
        moved = 0;
        if (x->size >= TOO_LARGE || x->at + x->size >= TOO_LARGE)
            return 0;
        for (int j = 0; j < i; j++) {
            const struct life *y = &life[order[j]];
            if (meet(x, y) && x->at < y->at + y->size && y->at < x->at + x->size) {
                x->at = y->at + y->size;
                moved = 1;
            }
        }
    } while (moved);
    return 1;
}

/* 1 where place y can lie as x does: with the same border or, as a single row, within its border.
 */
static int can_lie_as(const struct pleth_plan *p, int y, int x)
{
    const struct pleth_place *a = &p->place[y], *b = &p->place[x];
    const int one_row = a->shape.d * a->shape.h == 1;

    if (memcmp(&a->shape, &b->shape, sizeof a->shape) != 0 || a->is_int8 != b->is_int8 ||
        a->slots != b->slots)
        return 0;
    for (int axis = 0; axis < 3; axis++) {
        const int before = b->before[axis] - a->before[axis];
        const int after = b->after[axis] - a->after[axis];
        if (before < 0 || after < 0 || (before + after > 0 && !one_row))
            return 0;
    }
    for (int i = 0; i < p->net.steps; i++)
        if (p->flat[i] == y && has_border(b))
            return 0;
    return 1;
}

/* A sum is written over what it adds where nobody else needs that any more: over[place] is the
 * first of those that share the memory so, and life is theirs together. */
static void plan_overwriting(struct pleth_plan *p, struct life *life, int *over)
{
    for (int i = 0; i < p->net.places; i++)
        over[i] = i;
    for (int i = 0; i < p->net.steps; i++) {
        const struct pleth_step *s = &p->step[i];
        const int y = s->out, x = pleth_is_sum(s) ? over[s->in[1]] : y;

        /* x + conv(x) goes on reading what it would write over */
        if (x == y || s->in[0] == s->in[1] || life[x].last != i || life[x].tail != life[y].tail ||
            life[x].keeps || life[y].keeps || !can_lie_as(p, y, x))
            continue;
        over[y] = x;
        memcpy(p->place[y].before, p->place[x].before, sizeof p->place[y].before);
        memcpy(p->place[y].after, p->place[x].after, sizeof p->place[y].after);
        life[x].last = life[y].last;
        life[y] = (struct life){.first = p->net.steps, .last = -1};
    }
}

/* What lives at the same time lies side by side, what is kept lies alone; the largest first, so
 * that the smaller find gaps. */
static int plan_memory(struct pleth_plan *p)
{
    enum { BLOCKS = PLETH_PLACES + PLETH_STEPS }; /* places, then what steps need meanwhile */
    struct pleth_net *net = &p->net;
    const int blocks = net->places + net->steps;
    struct life life[BLOCKS];
    int over[PLETH_PLACES], order[BLOCKS];
    uint64_t top = 0;

    plan_slots(p, life);
    plan_overwriting(p, life, over);
    for (int i = 0; i < net->places; i++) {
        struct pleth_place *x = &p->place[i];
        uint64_t n = (uint64_t)x->shape.c * (x->is_int8 ? 1 : sizeof(float));

        for (int axis = 0; axis < 3; axis++)
            n *= (uint64_t)(x->before[axis] + extent(&x->shape, axis) + x->after[axis]);
        x->slot = aligned(n + 4); /* int8 kernels may read 3 bytes on */
        x->clear = has_border(x) && !life[over[i]].keeps;
        if (over[i] == i)
            life[i].size = (uint64_t)x->slot * (uint64_t)x->slots;
    }
    for (int i = 0; i < net->steps; i++)
        life[net->places + i] =
            (struct life){.first = i,
                          .last = i,
                          .tail = p->step[i].tail,
                          .size = aligned(scratch(p, i, over[p->step[i].out] != p->step[i].out))};
    for (int i = 0; i < blocks; i++) {
        int at = i;
        for (; at > 0 && life[order[at - 1]].size < life[i].size; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (int i = 0; i < blocks; i++) {
        const struct life *l = &life[order[i]];
        if (!fit(life, order, i))
            return 0;
        top = l->at + l->size > top ? l->at + l->size : top;
    }
    for (int i = 0; i < net->places; i++)
        p->place[i].at = (uint32_t)life[over[i]].at;
    for (int i = 0; i < net->steps; i++)
        p->step[i].scratch = (uint32_t)life[net->places + i].at;
    net->memory = (uint32_t)top;
    return 1;
}

/* ---- int8 ------------------------------------------------------------------------------------ */

static const char scale_suffix[] = ".activation_scale";
static const char zero_suffix[] = ".activation_zero_point";

int pleth_activation_scale(const struct pleth_weights *w, const char *name, float *scale, int *zero)
{
    char text[PLETH_NAME + sizeof zero_suffix];
    const size_t n = strlen(name);
    struct pleth_tensor t;

    if (n >= PLETH_NAME)
        return 0;
    memcpy(text, name, n);
    memcpy(text + n, scale_suffix, sizeof scale_suffix);
    if (!pleth_weights_find(w, text, &t) || t.type != PLETH_F32 || t.count != 1)
        return 0;
    *scale = pleth_tensor_float(&t, 0);
    memcpy(text + n, zero_suffix, sizeof zero_suffix);
    if (!pleth_weights_find(w, text, &t) || t.type != PLETH_I8 || t.count != 1)
        return 0;
    *zero = (int)pleth_tensor_float(&t, 0);
    return *scale > 1e-30f && *scale < 1e30f;
}

int pleth_factors_s8(double a, double b, int bits, int32_t multiplier[2], int32_t *shift)
{
    int exponent;

    frexp(a > b ? a : b, &exponent); /* < 2^exponent */
    *shift = bits - exponent;
    if (!(a > 0) || *shift < 1 || *shift > 62)
        return 0;
    multiplier[0] = (int32_t)lrint(ldexp(a, *shift));
    multiplier[1] = (int32_t)lrint(ldexp(b, *shift));
    return 1;
}

static int set_factors(struct pleth_step *s, double a, double b, int bits)
{
    return pleth_factors_s8(a, b, bits, s->multiplier, &s->shift);
}

/* Which record a place holds in the end. */
static int find_record(const struct pleth_plan *p, int place)
{
    int last = -1;

    for (int r = 0; r < p->graph.count; r++) {
        const int op = record(p, r)->op;
        if (p->place_of[r] == place && op != PLETH_OP_FLATTEN && op != PLETH_OP_FIRST_FRAME &&
            op != PLETH_OP_REPEAT && op != PLETH_OP_OUTPUT && op != PLETH_OP_MASK)
            last = r;
    }
    return last;
}

/* Factors of a sum of values with these scales. */
static int set_sum(struct pleth_step *s, const struct pleth_place *b, float scale_a, float scale_y)
{
    return b->is_int8 && set_factors(s, (double)scale_a / (double)scale_y,
                                     (double)b->scale / (double)scale_y, PLETH_ADD_BITS);
}

/* One step in int8: the scale of what it makes, and its factors. 0 where it can not be. */
static int plan_step_int8(struct pleth_plan *p, const struct pleth_weights *w, int i)
{
    struct pleth_step *s = &p->step[i];
    struct pleth_place *y = &p->place[s->out];
    const struct pleth_place *x = s->in[0] >= 0 ? &p->place[s->in[0]] : NULL;
    int zero = 0;
    float scale = 0;
    double ratio;

    y->is_int8 =
        (uint8_t)pleth_activation_scale(w, record(p, find_record(p, s->out))->name, &scale, &zero);
    if (x && x->is_int8 &&
        (s->work == PLETH_WORK_SHIFT || s->work == PLETH_WORK_COPY || s->maximum ||
         s->work == PLETH_WORK_WINDOWS || s->work == PLETH_WORK_UNWINDOWS)) {
        y->is_int8 = 1; /* values are moved, not changed */
        scale = x->scale;
        zero = x->zero;
    }
    y->scale = scale;
    y->zero = (int8_t)zero;
    if (!x)
        return s->work == PLETH_WORK_INPUT;
    if (!x->is_int8)
        return y->is_int8 == 0 || s->work == PLETH_WORK_AFFINE;
    ratio = (double)x->scale / (double)y->scale;
    switch (s->work) {
    case PLETH_WORK_CONV:
        if (pleth_has_middle(s)) {
            const int product = p->norm[i] >= 0 ? p->norm[i] : p->record[i];
            int middle;
            if (y->is_int8 &&
                !pleth_activation_scale(w, record(p, product)->name, &s->middle_scale, &middle))
                return 0;
            s->middle_zero = y->is_int8 ? middle : 0;
        }
        return !pleth_is_sum(s) ||
               (y->is_int8 && set_sum(s, &p->place[s->in[1]], s->middle_scale, y->scale));
    case PLETH_WORK_SHIFT:
    case PLETH_WORK_COPY:
    case PLETH_WORK_WINDOWS:
    case PLETH_WORK_UNWINDOWS:
        return 1;
    case PLETH_WORK_AFFINE:
        return y->is_int8;
    case PLETH_WORK_POOL:
        return s->maximum ||
               (y->is_int8 && set_factors(s, ratio / (s->kernel[0] * s->kernel[1] * s->kernel[2]),
                                          0, PLETH_POOL_BITS));
    case PLETH_WORK_MEAN:
        return y->is_int8 && x->shape.h == 1 &&
               set_factors(s, ratio / x->shape.w, 0, PLETH_POOL_BITS);
    case PLETH_WORK_ADD:
        return y->is_int8 && set_sum(s, &p->place[s->in[1]], x->scale, y->scale);
    case PLETH_WORK_ATTEND:
        /* multiplied by up to 255 of the mask, over the sum of the mask */
        return y->is_int8 && p->place[s->in[1]].is_int8 &&
               set_factors(s, ratio, 0, PLETH_ATTEND_BITS);
    default:
        return 0;
    }
}

/* ---- All of it ------------------------------------------------------------------------------ */

/* 1 where no step reads floats, 2 where some do. */
static int all_int8(const struct pleth_plan *p)
{
    for (int i = 0; i < p->net.steps; i++)
        for (int k = 0; k < PLETH_OPERANDS; k++)
            if (p->step[i].in[k] >= 0 && !p->place[p->step[i].in[k]].is_int8)
                return 2;
    return 1;
}

/* int8 if any input has a scale, kept or read through a slice or difference. */
static int is_quantised(const struct pleth_plan *p, const struct pleth_weights *w)
{
    float scale;
    int zero;

    for (int r = 0; w && r < p->graph.count; r++)
        if (pleth_activation_scale(w, record(p, r)->name, &scale, &zero))
            return 1;
    return 0;
}

int pleth_plan_make(struct pleth_plan *p, const struct pleth_weights *w, int batch, int exact,
                    char where[PLETH_NAME])
{
    uint8_t used[PLETH_STEPS];
    struct pleth_net *net = &p->net;

    memset(net, 0, sizeof *net);
    where[0] = '\0';
    if (p->graph.error || p->graph.count > PLETH_STEPS) {
        memcpy(where, p->graph.where, PLETH_NAME);
        return PLETH_EINVAL;
    }
    p->int8 = is_quantised(p, w);
    p->exact = exact && !p->int8; /* what int8 gives does not depend on fusing */
    p->net.info.int8 = p->int8;
    pleth_graph_used(&p->graph, used);
    for (int r = 0; r < p->graph.count; r++)
        p->place_of[r] = -1;
    for (int r = 0; r < p->graph.count; r++)
        /* a record makes two steps at most */
        if (used[r] && (net->steps > PLETH_STEPS - 2 || !plan_record(p, used, r))) {
            memcpy(where, record(p, r)->name, PLETH_NAME);
            return PLETH_EINVAL;
        }
    for (int i = 0; p->int8 && i < net->steps; i++)
        if (!plan_step_int8(p, w, i)) {
            memcpy(where, record(p, p->record[i])->name, PLETH_NAME);
            return PLETH_EINVAL;
        }
    net->info.int8 = p->int8 ? all_int8(p) : 0;
    net->info.frames = p->graph.frames;
    plan_time(p, batch);
    plan_borders(p);
    if (!plan_memory(p)) {
        memcpy(where, "(all values)", sizeof "(all values)");
        return PLETH_EINVAL;
    }
    for (int i = 0; i < net->steps; i++)
        if (p->flat[i] >= 0 && has_border(&p->place[p->flat[i]])) {
            memcpy(where, record(p, p->record[i])->name, PLETH_NAME);
            return PLETH_EINVAL;
        }
    return PLETH_OK;
}

void pleth_net_seal(struct pleth_plan *p, uint32_t cpu_mask, const char *name)
{
    p->net.magic = PLETH_NET_MAGIC;
    p->net.cpu_mask = cpu_mask;
    memcpy(p->net.info.name, name, strlen(name) + 1); /* all are short */
}
