/* What a plan derives from the weights, written once: folded, packed, transformed, and in the order
 * in which the kernels read it. */
#include <math.h>
#include <string.h>

#include "net.h"
#include "weights.h"

/* ---- Layout -------------------------------------------------------------------------------- */

enum { BLOCK = 16 }; /* outputs of a kernel's block */

static int blocks(int outputs)
{
    return (outputs + BLOCK - 1) / BLOCK;
}

/* int8 in: an affine step may also make int8 of floats, and is float then. */
static int is_int8(const struct pleth_plan *p, int i)
{
    const struct pleth_step *s = &p->step[i];

    return s->in[0] >= 0 && p->place[s->in[0]].is_int8;
}

/* Bytes that one output's weights take: pieces of whole fours. */
static uint64_t packed_s8(const struct pleth_plan *p, int i)
{
    const struct pleth_step *s = &p->step[i];
    const struct pleth_shape *x = &p->place[s->in[0]].shape;
    const uint64_t c = (uint64_t)x->c;

    if (p->flat[i] >= 0)
        return (c * (uint64_t)x->d * (uint64_t)x->h * (uint64_t)x->w + 3) / 4 * 4;
    return (uint64_t)s->kernel[0] * (uint64_t)s->kernel[1] *
           ((c * (uint64_t)s->kernel[2] + 3) / 4 * 4);
}

/* Floats of weights, of biases and of the rest of a step. */
static void floats_of(const struct pleth_plan *p, int i, uint64_t *weight, uint64_t *bias,
                      uint64_t *extra)
{
    const struct pleth_step *s = &p->step[i];
    const struct pleth_shape *x = s->in[0] >= 0 ? &p->place[s->in[0]].shape : NULL;
    const struct pleth_shape *y = &p->place[s->out].shape;
    const uint64_t outputs = (uint64_t)blocks(y->c) * BLOCK;
    const uint64_t window =
        (uint64_t)s->kernel[0] * (uint64_t)s->kernel[1] * (uint64_t)s->kernel[2];

    *weight = *bias = *extra = 0;
    if (is_int8(p, i)) {
        if (s->work == PLETH_WORK_AFFINE) {
            *weight = *bias = (uint64_t)y->c;
        } else if (s->work == PLETH_WORK_CONV) {
            *weight = outputs * packed_s8(p, i) / sizeof(float);
            *bias = (p->place[s->out].is_int8 ? 4 : 2) * outputs;
            *extra = s->function > PLETH_RELU   ? 256 / sizeof(float)
                     : p->place[s->out].is_int8 ? 0
                                                : outputs;
        }
        return;
    }
    switch (s->work) {
    case PLETH_WORK_CONV:
        *weight = outputs * (uint64_t)x->c *
                  (p->flat[i] >= 0 ? (uint64_t)x->d * (uint64_t)x->h * (uint64_t)x->w : window);
        *bias = outputs;
        break;
    case PLETH_WORK_CONV_TRANSPOSED:
        *weight = outputs * (uint64_t)x->c * window;
        *bias = outputs;
        break;
    case PLETH_WORK_WINOGRAD:
        *weight = outputs * (uint64_t)x->c * 36;
        *bias = outputs;
        break;
    case PLETH_WORK_DEPTHWISE:
        *weight = (uint64_t)y->c * window;
        *bias = (uint64_t)y->c;
        break;
    case PLETH_WORK_AFFINE:
    case PLETH_WORK_LAYER_NORM:
        *weight = *bias = (uint64_t)y->c;
        break;
    case PLETH_WORK_LAYER_NORM_WHOLE:
        *weight = *bias = (uint64_t)y->c * (uint64_t)y->d * (uint64_t)y->h * (uint64_t)y->w;
        break;
    case PLETH_WORK_SPECTRAL: {
        const uint64_t h = (uint64_t)x->h, w = (uint64_t)x->w, u = w / 2 + 1;
        *weight = 2 * h * u * (uint64_t)x->c;
        *extra = 2 * (2 * u * w) + 2 * (2 * h * 2 * h);
        break;
    }
    case PLETH_WORK_ATTENTION:
        *extra = p->graph.records[p->record[i]].bias ? (uint64_t)x->h * (uint64_t)x->w : 0;
        break;
    default:
        break;
    }
}

static uint32_t take(uint64_t *top, uint64_t floats)
{
    const uint64_t at = *top;

    if (floats == 0 || at >= 0x40000000u)
        return 0;
    *top += (floats * sizeof(float) + PLETH_ALIGN - 1) / PLETH_ALIGN * PLETH_ALIGN;
    return (uint32_t)at;
}

void pleth_prepare_layout(struct pleth_plan *p)
{
    struct pleth_net *net = &p->net;
    uint64_t top = 0;

    take(&top, sizeof *net / sizeof(float) + 1);
    net->steps_at = take(&top, (uint64_t)net->steps * sizeof *p->step / sizeof(float) + 1);
    net->places_at = take(&top, (uint64_t)net->places * sizeof *p->place / sizeof(float) + 1);
    for (int i = 0; i < net->steps; i++) {
        uint64_t weight, bias, extra;
        floats_of(p, i, &weight, &bias, &extra);
        p->step[i].weight = take(&top, weight);
        p->step[i].bias = take(&top, bias);
        p->step[i].extra = take(&top, extra);
    }
    net->size = top < 0x40000000u ? (uint32_t)top : 0; /* 0: too large */
}

/* ---- Parameters ---------------------------------------------------------------------------- */

/* A parameter of the model, maybe int8 with a scale for each of its first axis. */
struct parameter {
    struct pleth_tensor tensor, scale;
    int64_t each; /* values under one scale; 0: there is none */
};

static const char scale_suffix[] = ".scale";

/* Parameter number i of a record. 0 if it is absent or has another shape than the network's. */
static int find(const struct pleth_plan *p, const struct pleth_weights *w, int record, int i,
                struct parameter *out, char *where)
{
    struct pleth_parameter want;
    char name[sizeof want.name + sizeof scale_suffix];

    memset(out, 0, sizeof *out);
    if (!pleth_record_parameter(&p->graph, record, i, &want))
        return 0;
    memcpy(where, want.name, strlen(want.name) + 1);
    if (!pleth_weights_find(w, want.name, &out->tensor) || out->tensor.rank != want.rank)
        return 0;
    for (int k = 0; k < want.rank; k++)
        if (out->tensor.shape[k] != want.shape[k])
            return 0;
    if (out->tensor.type != PLETH_I8)
        return out->tensor.type == PLETH_F32 || out->tensor.type == PLETH_F16 ||
               out->tensor.type == PLETH_BF16 || out->tensor.type == PLETH_F64;
    memcpy(name, want.name, strlen(want.name) + 1);
    memcpy(name + strlen(name), scale_suffix, sizeof scale_suffix);
    out->each = out->tensor.count / (want.rank > 0 ? want.shape[0] : 1);
    return pleth_weights_find(w, name, &out->scale) && out->scale.type == PLETH_F32 &&
           out->scale.rank == 1 && out->scale.shape[0] == want.shape[0];
}

static double value(const struct parameter *q, int64_t i)
{
    const double v = (double)pleth_tensor_float(&q->tensor, i);
    return q->each ? v * (double)pleth_tensor_float(&q->scale, i / q->each) : v;
}

/* What a step's weights come from. */
struct source {
    struct parameter weight, bias;
    int has_bias;
    /* of the batch norm folded in: gain and offset by output */
    struct parameter gamma, beta, mean, variance;
    int has_norm;
    double eps;
};

static double gain(const struct source *q, int output)
{
    return q->has_norm ? value(&q->gamma, output) / sqrt(value(&q->variance, output) + q->eps) : 1;
}

static double offset(const struct source *q, int output)
{
    const double bias = q->has_bias ? value(&q->bias, output) : 0;
    return q->has_norm
               ? (bias - value(&q->mean, output)) * gain(q, output) + value(&q->beta, output)
               : bias;
}

static int find_norm(const struct pleth_plan *p, const struct pleth_weights *w, int record,
                     struct source *q, char *where)
{
    q->has_norm = 1;
    q->eps = (double)p->graph.records[record].eps;
    return find(p, w, record, 0, &q->gamma, where) && find(p, w, record, 1, &q->beta, where) &&
           find(p, w, record, 2, &q->mean, where) && find(p, w, record, 3, &q->variance, where);
}

static int find_all(const struct pleth_plan *p, const struct pleth_weights *w, int i,
                    struct source *q, char *where)
{
    const int r = p->record[i];

    memset(q, 0, sizeof *q);
    q->has_bias = p->graph.records[r].bias || p->graph.records[r].op == PLETH_OP_LAYER_NORM;
    if (!find(p, w, r, 0, &q->weight, where) || (q->has_bias && !find(p, w, r, 1, &q->bias, where)))
        return 0;
    return p->norm[i] < 0 || find_norm(p, w, p->norm[i], q, where);
}

/* ---- Packing --------------------------------------------------------------------------------- */

static void write_bias(const struct source *q, int outputs, float *bias)
{
    for (int o = 0; o < outputs; o++)
        bias[o] = (float)offset(q, o);
}

/* [block][d, h: a piece each; w, c][16] from (out, c, d, h, w) */
static void pack_conv(const struct source *q, int outputs, int channels, const int32_t kernel[3],
                      float *out)
{
    const int window = kernel[0] * kernel[1] * kernel[2];

    for (int o = 0; o < outputs; o++) {
        const double g = gain(q, o);
        float *to = out + (int64_t)(o / BLOCK) * window * channels * BLOCK + o % BLOCK;
        for (int at = 0; at < window; at++)
            for (int c = 0; c < channels; c++, to += BLOCK)
                *to = (float)(g * value(&q->weight, ((int64_t)o * channels + c) * window + at));
    }
}

/* [stride phase][block][k / stride pieces; c][16] from (c, out, k): phase f takes the taps f, f +
 * stride, ... from the last to the first, as the input's positions increase. */
static void pack_transposed(const struct source *q, int outputs, int channels, int k, int stride,
                            float *out)
{
    const int taps = k / stride;

    for (int phase = 0; phase < stride; phase++)
        for (int o = 0; o < outputs; o++) {
            const double g = gain(q, o);
            float *to = out +
                        ((int64_t)phase * blocks(outputs) + o / BLOCK) * taps * channels * BLOCK +
                        o % BLOCK;
            for (int tap = taps - 1; tap >= 0; tap--)
                for (int c = 0; c < channels; c++, to += BLOCK)
                    *to = (float)(g * value(&q->weight,
                                            ((int64_t)c * outputs + o) * k + phase + tap * stride));
        }
}

/* U = G g G', F(4x4, 3x3): [36][block][c][16] */
static void pack_winograd(const struct source *q, int outputs, int channels, float *out)
{
    static const double G[6][3] = {
        {1.0 / 4, 0, 0},
        {-1.0 / 6, -1.0 / 6, -1.0 / 6},
        {-1.0 / 6, 1.0 / 6, -1.0 / 6},
        {1.0 / 24, 1.0 / 12, 1.0 / 6},
        {1.0 / 24, -1.0 / 12, 1.0 / 6},
        {0, 0, 1},
    };
    const int64_t plane = (int64_t)blocks(outputs) * channels * BLOCK;

    for (int o = 0; o < outputs; o++)
        for (int c = 0; c < channels; c++) {
            const int64_t from = ((int64_t)o * channels + c) * 9;
            float *to = out + ((int64_t)(o / BLOCK) * channels + c) * BLOCK + o % BLOCK;
            double rows[6][3];
            for (int a = 0; a < 6; a++)
                for (int j = 0; j < 3; j++)
                    rows[a][j] = G[a][0] * value(&q->weight, from + j) +
                                 G[a][1] * value(&q->weight, from + 3 + j) +
                                 G[a][2] * value(&q->weight, from + 6 + j);
            for (int a = 0; a < 6; a++)
                for (int b = 0; b < 6; b++, to += plane)
                    *to = (float)(gain(q, o) * (rows[a][0] * G[b][0] + rows[a][1] * G[b][1] +
                                                rows[a][2] * G[b][2]));
        }
}

/* Real and imaginary parts apart, and the matrices of the four transforms. */
static void pack_spectral(const struct source *q, const struct pleth_shape *x, float *weight,
                          float *matrix)
{
    const int h = x->h, w = x->w, u = w / 2 + 1;
    const int64_t n = (int64_t)h * u * x->c;
    const double turn = 2 * 3.14159265358979323846, row = 1 / sqrt(w), column = 1 / sqrt(h);
    float *along = matrix, *down = along + 2 * u * w, *up = down + 4 * h * h,
          *back = up + 4 * h * h;

    for (int64_t i = 0; i < n; i++) {
        weight[i] = (float)value(&q->weight, 2 * i);
        weight[n + i] = (float)value(&q->weight, 2 * i + 1);
    }
    /* along w: u real parts, then u imaginary ones, of w real values; and back, where all but the
       first and, of an even w, the last stand for two */
    for (int k = 0; k < u; k++)
        for (int j = 0; j < w; j++) {
            const double angle = turn * (double)(k * j % w) / w;
            const double twice = k == 0 || 2 * k == w ? 1 : 2;
            along[k * w + j] = (float)(row * cos(angle));
            along[(u + k) * w + j] = (float)(-row * sin(angle));
            back[j * 2 * u + k] = (float)(row * twice * cos(angle));
            back[j * 2 * u + u + k] = (float)(-row * twice * sin(angle));
        }
    /* along h: rows are real parts, then imaginary ones; columns real and imaginary in turn */
    for (int k = 0; k < h; k++)
        for (int j = 0; j < h; j++) {
            const double angle = turn * (double)(k * j % h) / h;
            const float c = (float)(column * cos(angle)), s = (float)(column * sin(angle));
            down[k * 2 * h + 2 * j] = c;
            down[k * 2 * h + 2 * j + 1] = s;
            down[(h + k) * 2 * h + 2 * j] = -s;
            down[(h + k) * 2 * h + 2 * j + 1] = c;
            up[k * 2 * h + 2 * j] = c;
            up[k * 2 * h + 2 * j + 1] = -s;
            up[(h + k) * 2 * h + 2 * j] = s;
            up[(h + k) * 2 * h + 2 * j + 1] = c;
        }
}

/* ---- int8 -------------------------------------------------------------------------------------
 */

int pleth_product_factor_s8(double factor, int32_t *multiplier, int32_t *shift)
{
    int exponent;
    const double m = frexp(factor, &exponent);
    int64_t whole = llrint(ldexp(m, 31));

    if (!(factor > 0) || !isfinite(factor))
        return 0;
    if (whole == (int64_t)1 << 31) {
        whole /= 2;
        exponent++;
    }
    *multiplier = (int32_t)whole;
    *shift = 31 - exponent;
    return *shift >= 1 && *shift <= 62;
}

static double limited(double v, double limit)
{
    return v < -limit ? -limit : v > limit ? limit : v;
}

/* A product in int8: packed weights, then for each output the bias in units of the sum, the sum of
 * the weights, multiplier and shift; and the function's table. Of a float result no multiplier and
 * shift, but the scales. */
static int write_conv_s8(const struct pleth_plan *p, int i, const struct source *q, char *block)
{
    const struct pleth_step *s = &p->step[i];
    const struct pleth_place *x = &p->place[s->in[0]], *y = &p->place[s->out];
    const int32_t one[3] = {1, 1, x->shape.d * x->shape.h * x->shape.w};
    const int32_t *kernel = p->flat[i] >= 0 ? one : s->kernel;
    const int channels = x->shape.c, window = kernel[0] * kernel[1] * kernel[2];
    const int outputs = blocks(y->shape.c) * BLOCK, length = kernel[2] * channels;
    const int64_t padded = (length + 3) / 4 * 4;
    int8_t *weight = (int8_t *)(block + s->weight);
    int32_t *bias = (int32_t *)(void *)(block + s->bias), *sum = bias + outputs;
    int32_t *multiplier = sum + outputs, *shift = multiplier + outputs;
    const double middle = pleth_has_middle(s) ? (double)s->middle_scale : (double)y->scale;

    if (!q->weight.each)
        return 0; /* weights of an int8 network are int8 */
    for (int o = 0; o < y->shape.c; o++) {
        const double g = gain(q, o), scale = (double)pleth_tensor_float(&q->weight.scale, o);
        const double unit = (double)x->scale * scale * fabs(g);
        const int sign = g < 0 ? -1 : 1;
        int64_t total = 0;

        if (!(unit > 0))
            return 0;
        for (int at = 0; at < window; at++)
            for (int c = 0; c < channels; c++) {
                const int k = at % kernel[2] * channels + c, piece = at / kernel[2];
                const int v =
                    sign * (int)pleth_tensor_float(&q->weight.tensor,
                                                   ((int64_t)o * channels + c) * window + at);
                const int8_t kept = (int8_t)(v > 127 ? 127 : v);
                weight[(((int64_t)(o / BLOCK) * kernel[0] * kernel[1] + piece) * padded +
                        k / 4 * 4) *
                           BLOCK +
                       o % BLOCK * 4 + k % 4] = kept;
                total += kept;
            }
        sum[o] = (int32_t)total;
        bias[o] = (int32_t)(llrint(limited(offset(q, o) / unit, 1e9)) - total * x->zero);
        if (!y->is_int8)
            ((float *)(void *)(block + s->extra))[o] = (float)unit;
        else if (!pleth_product_factor_s8(unit / middle, &multiplier[o], &shift[o]))
            return 0;
    }
    return 1;
}

/* What a function makes of each value before it. */
static void write_table(const struct pleth_step *s, const struct pleth_place *y, int8_t *table)
{
    for (int v = -128; v < 128; v++) {
        const double x = (double)s->middle_scale * (v - s->middle_zero);
        double f;
        switch (s->function) {
        case PLETH_TANH:
            f = tanh(x);
            break;
        case PLETH_SIGMOID:
            f = 1 / (1 + exp(-x));
            break;
        case PLETH_ELU:
            f = x > 0 ? x : expm1(x);
            break;
        case PLETH_GELU:
            f = 0.5 * x * (1 + erf(x * 0.70710678118654752440));
            break;
        default:
            f = limited(x, 1) > 0 ? limited(x, 1) : 0;
            break;
        }
        f = nearbyint(f / (double)y->scale) + y->zero;
        table[v + 128] = (int8_t)(f < -128 ? -128 : f > 127 ? 127 : f);
    }
}

double pleth_affine_reach_s8(double gain, double offset)
{
    const double m = fabs(gain) * 256, b = fabs(offset) + 256;

    return m > b ? m : b;
}

int pleth_affine_shift_s8(double reach)
{
    int exponent;

    frexp(reach, &exponent);
    return 29 - exponent > 24 ? 24 : 29 - exponent;
}

void pleth_affine_s8(double gain, double offset, int zero_x, int zero_y, int shift,
                     int32_t *multiplier, int32_t *add)
{
    *multiplier = (int32_t)lrint(ldexp(gain, shift));
    *add = (int32_t)(llrint(ldexp(offset + zero_y + 0.5, shift)) - (int64_t)*multiplier * zero_x);
}

static int write_affine_s8(const struct pleth_plan *p, int i, const struct source *q, char *block)
{
    struct pleth_step *s = (struct pleth_step *)(void *)(block + p->net.steps_at) + i;
    const struct pleth_place *x = &p->place[s->in[0]], *y = &p->place[s->out];
    int32_t *multiplier = (int32_t *)(void *)(block + s->weight);
    int32_t *add = (int32_t *)(void *)(block + s->bias);
    const double ratio = (double)x->scale / (double)y->scale;
    double reach = 0;

    for (int c = 0; c < y->shape.c; c++)
        reach =
            fmax(reach, pleth_affine_reach_s8(gain(q, c) * ratio, offset(q, c) / (double)y->scale));
    s->shift = pleth_affine_shift_s8(reach);
    if (s->shift < 1)
        return 0;
    for (int c = 0; c < y->shape.c; c++)
        pleth_affine_s8(gain(q, c) * ratio, offset(q, c) / (double)y->scale, x->zero, y->zero,
                        s->shift, &multiplier[c], &add[c]);
    return 1;
}

/* All of one step. 0 if a parameter is missing or wrong: then its name is in where. */
static int write_step(const struct pleth_plan *p, const struct pleth_weights *w, int i, char *block,
                      char *where)
{
    const struct pleth_step *s = &p->step[i];
    const struct pleth_shape *x = s->in[0] >= 0 ? &p->place[s->in[0]].shape : NULL;
    const struct pleth_shape *y = &p->place[s->out].shape;
    const struct pleth_record *r = &p->graph.records[p->record[i]];
    float *weight = (float *)(void *)(block + s->weight);
    float *bias = (float *)(void *)(block + s->bias);
    float *extra = (float *)(void *)(block + s->extra);
    struct source q;

    switch (s->work) {
    case PLETH_WORK_CONV:
    case PLETH_WORK_WINOGRAD:
    case PLETH_WORK_DEPTHWISE:
    case PLETH_WORK_CONV_TRANSPOSED:
    case PLETH_WORK_LAYER_NORM:
    case PLETH_WORK_LAYER_NORM_WHOLE:
    case PLETH_WORK_SPECTRAL:
        if (!find_all(p, w, i, &q, where))
            return 0;
        break;
    case PLETH_WORK_AFFINE:
        memset(&q, 0, sizeof q);
        if (!find_norm(p, w, p->record[i], &q, where))
            return 0;
        break;
    default:
        break;
    }
    if (is_int8(p, i)) {
        if (s->work == PLETH_WORK_AFFINE)
            return write_affine_s8(p, i, &q, block);
        if (s->work != PLETH_WORK_CONV)
            return 1;
        if (s->function > PLETH_RELU)
            write_table(s, &p->place[s->out], (int8_t *)(block + s->extra));
        return write_conv_s8(p, i, &q, block);
    }
    switch (s->work) {
    case PLETH_WORK_CONV:
        if (p->flat[i] >= 0) {
            const int32_t map[3] = {x->d, x->h, x->w};
            pack_conv(&q, y->c, x->c, map, weight);
        } else {
            pack_conv(&q, y->c, x->c, s->kernel, weight);
        }
        write_bias(&q, y->c, bias);
        return 1;
    case PLETH_WORK_WINOGRAD:
        pack_winograd(&q, y->c, x->c, weight);
        write_bias(&q, y->c, bias);
        return 1;
    case PLETH_WORK_DEPTHWISE: {
        const int window = s->kernel[1] * s->kernel[2];
        for (int c = 0; c < y->c; c++)
            for (int at = 0; at < window; at++)
                weight[at * y->c + c] =
                    (float)(gain(&q, c) * value(&q.weight, (int64_t)c * window + at));
        write_bias(&q, y->c, bias);
        return 1;
    }
    case PLETH_WORK_CONV_TRANSPOSED:
        pack_transposed(&q, y->c, x->c, s->kernel[0], s->stride[0], weight);
        write_bias(&q, y->c, bias);
        return 1;
    case PLETH_WORK_AFFINE:
        for (int c = 0; c < y->c; c++)
            weight[c] = (float)gain(&q, c);
        write_bias(&q, y->c, bias);
        return 1;
    case PLETH_WORK_LAYER_NORM:
    case PLETH_WORK_LAYER_NORM_WHOLE: {
        const int whole = s->work == PLETH_WORK_LAYER_NORM_WHOLE;
        const int n = whole ? y->d * y->h * y->w : 1;
        for (int c = 0; c < y->c; c++)
            for (int at = 0; at < n; at++) {
                weight[at * y->c + c] = (float)value(&q.weight, (int64_t)c * n + at);
                bias[at * y->c + c] = (float)value(&q.bias, (int64_t)c * n + at);
            }
        return 1;
    }
    case PLETH_WORK_SPECTRAL:
        pack_spectral(&q, x, weight, extra);
        return 1;
    case PLETH_WORK_ATTENTION:
        if (r->bias) {
            if (!find(p, w, p->record[i], 0, &q.weight, where))
                return 0;
            pleth_tensor_floats(&q.weight.tensor, (int64_t)s->first * x->h * x->w, x->h * x->w,
                                extra);
        }
        return 1;
    default:
        return 1;
    }
}

int pleth_prepare_write(const struct pleth_plan *p, const struct pleth_weights *w, char *block,
                        char where[PLETH_MESSAGE])
{
    const struct pleth_net *net = &p->net;

    memset(block, 0, net->size);
    memcpy(block, net, sizeof *net);
    memcpy(block + net->steps_at, p->step, (size_t)net->steps * sizeof *p->step);
    memcpy(block + net->places_at, p->place, (size_t)net->places * sizeof *p->place);
    for (int i = 0; i < net->steps; i++)
        if (!write_step(p, w, i, block, where))
            return PLETH_EINVAL;
    return PLETH_OK;
}
