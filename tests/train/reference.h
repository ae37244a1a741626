/* A network's forward once more, for tests: every operation as its definition says, in double, in
 * the order (image, c, d, h, w) of the checkpoints, without any code of the library under test but
 * the records. Finite differences of it are the truth that gradients are held against. */
#ifndef PLETH_TESTS_REFERENCE_H
#define PLETH_TESTS_REFERENCE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

struct reference {
    const struct plethtrain_plan *plan; /* for names and places of parameters alone */
    int samples, train;
    const double *parameters, *statistics; /* as stored, parameter i at at[i] */
    ptrdiff_t at[2000];
    const double *input[PLETHTRAIN_PORTS];
    double *value[PLETH_RECORDS];
};

static double *ref_parameter(const struct reference *r, int record, int k)
{
    struct pleth_parameter p;

    if (!pleth_record_parameter(&r->plan->graph, record, k, &p))
        return NULL;
    for (int i = 0; i < r->plan->parameters; i++)
        if (strcmp(r->plan->parameter[i].stored.name, p.name) == 0)
            return (double *)(uintptr_t)(r->plan->parameter[i].statistic ? r->statistics
                                                                         : r->parameters) +
                   r->at[i];
    return NULL;
}

static double ref_function(int function, double x)
{
    switch (function) {
    case PLETH_RELU:
        return x > 0 ? x : 0;
    case PLETH_TANH:
        return tanh(x);
    case PLETH_SIGMOID:
        return 1 / (1 + exp(-x));
    case PLETH_ELU:
        return x > 0 ? x : expm1(x);
    case PLETH_GELU:
        return 0.5 * x * (1 + erf(x * sqrt(0.5)));
    default:
        return x < 0 ? 0 : x > 1 ? 1 : x;
    }
}

/* Of image i: value (c, d, h, w), 0 outside. */
static double ref_at(const double *x, const struct pleth_shape *s, ptrdiff_t i, int c, int d, int h,
                     int w)
{
    if (d < 0 || h < 0 || w < 0 || d >= s->d || h >= s->h || w >= s->w)
        return 0;
    return x[(((i * s->c + c) * s->d + d) * s->h + h) * s->w + w];
}

static double ref_conv(const struct pleth_record *q, const double *x, const struct pleth_shape *s,
                       const double *w, ptrdiff_t i, int o, const int at[3])
{
    const int inputs = s->c / q->groups, first = o / (q->out.c / q->groups) * inputs;
    const int *k = q->kernel;
    double sum = 0;

    for (int c = 0; c < inputs; c++)
        for (int a = 0; a < k[0]; a++)
            for (int b = 0; b < k[1]; b++)
                for (int e = 0; e < k[2]; e++)
                    sum += w[(((o * inputs + c) * k[0] + a) * k[1] + b) * k[2] + e] *
                           ref_at(x, s, i, first + c, at[0] * q->stride[0] - q->pad[0] + a,
                                  at[1] * q->stride[1] - q->pad[1] + b,
                                  at[2] * q->stride[2] - q->pad[2] +
                                      e * (q->dilation > 1 ? q->dilation : 1));
    return sum;
}

static double ref_transposed(const struct pleth_record *q, const double *x,
                             const struct pleth_shape *s, const double *w, ptrdiff_t i, int o,
                             const int at[3])
{
    double sum = 0;

    for (int d = 0; d < s->d; d++)
        for (int c = 0; c < s->c; c++) {
            const int k = at[0] - d * q->stride[0] + q->pad[0];
            if (k >= 0 && k < q->kernel[0])
                sum +=
                    w[(c * q->out.c + o) * q->kernel[0] + k] * ref_at(x, s, i, c, d, at[1], at[2]);
        }
    return sum;
}

static double ref_pool(const struct pleth_record *q, const double *x, const struct pleth_shape *s,
                       ptrdiff_t i, int c, const int at[3])
{
    const int *k = q->kernel;
    double sum = 0, most = -HUGE_VAL;

    for (int a = 0; a < k[0]; a++)
        for (int b = 0; b < k[1]; b++)
            for (int e = 0; e < k[2]; e++) {
                const double v =
                    ref_at(x, s, i, c, at[0] * k[0] + a, at[1] * k[1] + b, at[2] * k[2] + e);
                sum += v;
                most = fmax(most, v);
            }
    return q->op == PLETH_OP_MAX_POOL ? most : sum / (k[0] * k[1] * k[2]);
}

static void ref_batch_norm(const struct reference *r, int record, const double *x, double *y,
                           ptrdiff_t images)
{
    const struct pleth_record *q = &r->plan->records[record];
    const int n = q->out.d * q->out.h * q->out.w;

    for (int c = 0; c < q->out.c; c++) {
        double mean = ref_parameter(r, record, 2)[c], var = ref_parameter(r, record, 3)[c];
        if (r->train) {
            mean = var = 0;
            for (ptrdiff_t i = 0; i < images; i++)
                for (int k = 0; k < n; k++)
                    mean += x[(i * q->out.c + c) * n + k] / (double)(images * n);
            for (ptrdiff_t i = 0; i < images; i++)
                for (int k = 0; k < n; k++)
                    var += pow(x[(i * q->out.c + c) * n + k] - mean, 2) / (double)(images * n);
        }
        for (ptrdiff_t i = 0; i < images; i++)
            for (int k = 0; k < n; k++)
                y[(i * q->out.c + c) * n + k] = (x[(i * q->out.c + c) * n + k] - mean) /
                                                    sqrt(var + (double)q->eps) *
                                                    ref_parameter(r, record, 0)[c] +
                                                ref_parameter(r, record, 1)[c];
    }
}

/* A layer norm of n values `step` apart, with weights `w_step` apart. */
static void ref_norm(const double *x, double *y, int n, int step, double eps, const double *w,
                     const double *b)
{
    double mean = 0, var = 0;

    for (int k = 0; k < n; k++)
        mean += x[k * step] / n;
    for (int k = 0; k < n; k++)
        var += pow(x[k * step] - mean, 2) / n;
    for (int k = 0; k < n; k++)
        y[k * step] = (x[k * step] - mean) / sqrt(var + eps) * w[k] + b[k];
}

static void ref_attention(const struct reference *r, int record, ptrdiff_t i, double *y)
{
    const struct pleth_record *q = &r->plan->records[record];
    const struct pleth_shape *a = &r->plan->records[q->in[0]].out,
                             *b = &r->plan->records[q->in[1]].out,
                             *v = &r->plan->records[q->in[2]].out;
    const int rows = a->h * a->w, columns = b->h * b->w, key = a->c / q->heads,
              width = v->c / q->heads;
    const double *bias = q->bias ? ref_parameter(r, record, 0) + q->first * rows : NULL;
    double *p = malloc(sizeof *p * (size_t)columns);

    for (int d = 0; d < a->d; d++)
        for (int head = 0; head < q->heads; head++)
            for (int row = 0; row < rows; row++) {
                double sum = 0;
                for (int c = 0; c < columns; c++) {
                    const int dy = abs(row / a->w - c / a->w), dx = abs(row % a->w - c % a->w);
                    p[c] = bias ? bias[dy * a->w + dx] : 0;
                    for (int k = 0; k < key; k++)
                        p[c] +=
                            (double)q->scale *
                            ref_at(r->value[q->in[0]], a, i, head * key + k, d, row / a->w,
                                   row % a->w) *
                            ref_at(r->value[q->in[1]], b, i, head * key + k, d, c / b->w, c % b->w);
                    sum += p[c] = exp(p[c]);
                }
                for (int k = 0; k < width; k++) {
                    double *to = &y[((i * v->c + head * width + k) * a->d + d) * rows + row];
                    *to = 0;
                    for (int c = 0; c < columns; c++)
                        *to += p[c] / sum *
                               ref_at(r->value[q->in[2]], v, i, head * width + k, d, c / b->w,
                                      c % b->w);
                }
            }
    free(p);
}

/* irfft2(rfft2(x) w), ortho, of one channel, summed as it is written: the inverse drops the
 * imaginary part of its first column and of the one at half the rate. */
static void ref_spectral(const double *x, double *y, int high, int wide, const double *w, int c,
                         int channels)
{
    const double turn = 6.283185307179586;

    memset(y, 0, sizeof *y * (size_t)(high * wide));
    for (int k = 0; k < high; k++)
        for (int l = 0; l <= wide / 2; l++) {
            const double *z = w + ((ptrdiff_t)(k * (wide / 2 + 1) + l) * channels + c) * 2;
            const double twice = l == 0 || 2 * l == wide ? 1 : 2;
            double re = 0, im = 0, out_re, out_im;
            for (int h = 0; h < high; h++)
                for (int v = 0; v < wide; v++) {
                    const double angle = -turn * ((double)(k * h) / high + (double)(l * v) / wide);
                    re += x[h * wide + v] * cos(angle);
                    im += x[h * wide + v] * sin(angle);
                }
            out_re = re * z[0] - im * z[1];
            out_im = re * z[1] + im * z[0];
            for (int h = 0; h < high; h++)
                for (int v = 0; v < wide; v++) {
                    const double angle = turn * ((double)(k * h) / high + (double)(l * v) / wide);
                    y[h * wide + v] +=
                        twice * (out_re * cos(angle) - out_im * sin(angle)) / (high * wide);
                }
        }
}

/* One value of what moves values, or of what is element by element. */
static double ref_value(const struct reference *r, int record, ptrdiff_t i, int c, const int at[3])
{
    const struct pleth_record *q = &r->plan->records[record];
    const struct pleth_shape *s = &r->plan->records[q->in[0]].out, *y = &q->out;
    const double *x = r->value[q->in[0]], *z = q->in[1] >= 0 ? r->value[q->in[1]] : NULL;
    const struct pleth_shape *u = q->in[1] >= 0 ? &r->plan->records[q->in[1]].out : NULL;
    const int frames = r->plan->graph.frames, frame = (int)(i % frames);
    const int d = at[0], h = at[1], w = at[2];
    double sum = 0;

    switch (q->op) {
    case PLETH_OP_CONV:
        return ref_conv(q, x, s, ref_parameter(r, record, 0), i, c, at) +
               (q->bias ? ref_parameter(r, record, 1)[c] : 0);
    case PLETH_OP_CONV_TRANSPOSED:
        return ref_transposed(q, x, s, ref_parameter(r, record, 0), i, c, at) +
               ref_parameter(r, record, 1)[c];
    case PLETH_OP_LINEAR:
        for (int k = 0; k < s->c; k++)
            sum += ref_parameter(r, record, 0)[c * s->c + k] * ref_at(x, s, i, k, d, h, w);
        return sum + ref_parameter(r, record, 1)[c];
    case PLETH_OP_FLATTEN:
        return x[i * y->c + c];
    case PLETH_OP_ACTIVATION:
        return ref_function(q->function, ref_at(x, s, i, c, d, h, w));
    case PLETH_OP_ADD:
        return ref_at(x, s, i, c, d, h, w) + ref_at(z, u, i, c, d, h, w);
    case PLETH_OP_MULTIPLY:
        return ref_at(x, s, i, c, d, h, w) * ref_at(z, u, i, u->c == 1 ? 0 : c, u->d == 1 ? 0 : d,
                                                    u->h == 1 ? 0 : h, u->w == 1 ? 0 : w);
    case PLETH_OP_AVERAGE_POOL:
    case PLETH_OP_MAX_POOL:
        return ref_pool(q, x, s, i, c, at);
    case PLETH_OP_MEAN:
        for (int a = 0; a < s->h; a++)
            for (int b = 0; b < s->w; b++)
                sum += ref_at(x, s, i, c, d, a, b);
        return sum / (s->h * s->w);
    case PLETH_OP_MASK:
        for (int a = 0; a < s->h; a++)
            for (int b = 0; b < s->w; b++)
                sum += ref_at(x, s, i, c, d, a, b);
        return ref_at(x, s, i, c, d, h, w) * 0.5 * s->h * s->w / sum;
    case PLETH_OP_SHIFT: {
        const int part = c / (y->c / 3 > 0 ? y->c / 3 : 1);
        int from = frame + (y->c < 3 || part > 1 ? 0 : part == 0 ? 1 : -1);
        if (q->wrap)
            from = (from + frames) % frames;
        return from < 0 || from >= frames ? 0 : ref_at(x, s, i - frame + from, c, d, h, w);
    }
    case PLETH_OP_DIFFERENCE: {
        const ptrdiff_t image = i / frames * (frames + 1) + frame;
        return ref_at(x, s, image + 1, c, d, h, w) - ref_at(x, s, image, c, d, h, w);
    }
    case PLETH_OP_FIRST_FRAME:
        return ref_at(x, s, i * frames, c, d, h, w);
    case PLETH_OP_REPEAT:
        return ref_at(x, s, i / frames, c, d, h, w);
    case PLETH_OP_SLICE:
        return ref_at(x, s, i, q->first + c, d, h, w);
    case PLETH_OP_CONCAT:
        return c < s->c ? ref_at(x, s, i, c, d, h, w) : ref_at(z, u, i, c - s->c, d, h, w);
    case PLETH_OP_PAD_CHANNELS:
        return c < q->first || c >= q->first + s->c ? 0 : ref_at(x, s, i, c - q->first, d, h, w);
    case PLETH_OP_JOIN: {
        const int n = s->d * s->h * s->w;
        return w < n ? x[(i * s->c + c) * n + w] : z[(i * u->c + c) * (u->d * u->h * u->w) + w - n];
    }
    case PLETH_OP_WINDOWS:
        return ref_at(x, s, i, c, 0, d / (s->w / y->w) * y->h + h, d % (s->w / y->w) * y->w + w);
    case PLETH_OP_UNWINDOWS:
        return ref_at(x, s, i, c, h / s->h * (y->w / s->w) + w / s->w, h % s->h, w % s->w);
    case PLETH_OP_OUTPUT:
        return ref_at(x, s, i, c, d, h, w);
    default:
        abort();
    }
}

/* Fills r->value of every record that is used. */
static void ref_forward(struct reference *r)
{
    const struct plethtrain_plan *p = r->plan;

    for (int record = 0; record < p->graph.count; record++) {
        const struct pleth_record *q = &p->records[record];
        const struct plethtrain_value *v = &p->value[record];
        const ptrdiff_t images = (ptrdiff_t)r->samples * v->items;
        const int n = q->out.d * q->out.h * q->out.w, size = n * q->out.c;
        const double *x = q->in[0] >= 0 ? r->value[q->in[0]] : NULL;
        double *y;
        if (!v->used)
            continue;
        if (!r->value[record])
            r->value[record] = malloc(sizeof *y * (size_t)(images * size));
        y = r->value[record];
        if (q->op == PLETH_OP_INPUT) {
            memcpy(y, r->input[v->input], sizeof *y * (size_t)(images * size));
            continue;
        }
        if (q->op == PLETH_OP_BATCH_NORM) {
            ref_batch_norm(r, record, x, y, images);
            continue;
        }
        for (ptrdiff_t i = 0; i < images; i++) {
            if (q->op == PLETH_OP_LAYER_NORM && q->whole)
                ref_norm(x + i * size, y + i * size, size, 1, (double)q->eps,
                         ref_parameter(r, record, 0), ref_parameter(r, record, 1));
            else if (q->op == PLETH_OP_LAYER_NORM)
                for (int k = 0; k < n; k++)
                    ref_norm(x + i * size + k, y + i * size + k, q->out.c, n, (double)q->eps,
                             ref_parameter(r, record, 0), ref_parameter(r, record, 1));
            else if (q->op == PLETH_OP_ATTENTION)
                ref_attention(r, record, i, y);
            else if (q->op == PLETH_OP_SPECTRAL)
                for (int c = 0; c < q->out.c; c++)
                    ref_spectral(x + i * size + c * n, y + i * size + c * n, q->out.h, q->out.w,
                                 ref_parameter(r, record, 0), c, q->out.c);
            else
                for (int k = 0; k < size; k++) {
                    const int at[3] = {k / (q->out.h * q->out.w) % q->out.d,
                                       k / q->out.w % q->out.h, k % q->out.w};
                    y[i * size + k] = ref_value(r, record, i, k / n, at);
                }
        }
    }
}

static void ref_free(struct reference *r)
{
    for (int i = 0; i < PLETH_RECORDS; i++)
        free(r->value[i]);
}

#endif
