#include "work.h"

#include <math.h>
#include <string.h>

#include "random.h"

/* ---- Where things lie ------------------------------------------------------------------------
 */

static int positions(const struct pleth_shape *s)
{
    return s->d * s->h * s->w;
}

static const struct plethtrain_value *value_of(const struct plethtrain_shard *s, int i)
{
    return &s->net->plan.value[i];
}

/* The caller's samples of an input. */
static const float *given(const struct plethtrain_shard *s, int i)
{
    const struct plethtrain_value *v = value_of(s, i);

    return s->net->run->input[v->input] + s->first * v->size;
}

/* An input that lies channels-last as it is. */
static int is_in_place(const struct plethtrain_value *v)
{
    return v->input >= 0 && (v->shape.c == 1 || positions(&v->shape) == 1);
}

static float *value(const struct plethtrain_shard *s, int i)
{
    const struct plethtrain_value *v = value_of(s, i);

    return v->kept ? s->net->run->batch + s->net->plan.batch * v->at + s->first * v->size
                   : s->chunk + v->at;
}

static const float *operand(const struct plethtrain_shard *s, int i)
{
    return is_in_place(value_of(s, i)) ? given(s, i) : value(s, i);
}

static float *gradient(const struct plethtrain_shard *s, int i)
{
    const struct plethtrain_value *v = value_of(s, value_of(s, i)->gradient_of);

    return v->gradient_kept
               ? s->net->run->batch + s->net->plan.batch * v->gradient_at + s->first * v->size
               : s->chunk + v->gradient_at;
}

/* Images of value i in the chunk, and all of its floats. */
static int images(const struct plethtrain_shard *s, int i)
{
    return s->count * value_of(s, i)->items;
}

static ptrdiff_t floats(const struct plethtrain_shard *s, int i)
{
    return s->count * value_of(s, i)->size;
}

static const float *weights(const struct plethtrain_shard *s, ptrdiff_t at)
{
    return at < 0 ? NULL : s->net->parameters + at;
}

/* Whether value i is dropped in this run. */
static int drops(const struct plethtrain_shard *s, int i)
{
    return s->net->plan.step[i].drop > 0 && s->net->run->mode != PLETHTRAIN_EVAL &&
           !s->net->options.keep_all;
}

/* ---- Values that only move ---------------------------------------------------------------------
 *
 * Slices, shifts, windows, ... are lists of pieces: n values from x on in the operand lie from y on
 * in the result. Forward copies them; backward goes the other way. */

typedef void move(void *to, ptrdiff_t y, ptrdiff_t x, ptrdiff_t n);

static void each_image(const struct plethtrain_shard *s, int i, int k, move *f, void *to)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *y = &value_of(s, i)->shape, *x = &value_of(s, t->in[k])->shape;
    const ptrdiff_t y_size = (ptrdiff_t)y->c * positions(y),
                    x_size = (ptrdiff_t)x->c * positions(x);
    const int n = images(s, i), p = positions(x);
    /* channels of the result before those of this operand */
    const int before = t->op == PLETH_OP_PAD_CHANNELS       ? t->record->first
                       : t->op == PLETH_OP_CONCAT && k == 1 ? y->c - x->c
                                                            : 0;

    for (int image = 0; image < n; image++) {
        const ptrdiff_t ya = image * y_size, xa = image * x_size;
        switch (t->op) {
        case PLETH_OP_FLATTEN:
            for (int c = 0; c < x->c; c++)
                for (int r = 0; r < p; r++)
                    f(to, ya + (ptrdiff_t)c * p + r, xa + (ptrdiff_t)r * x->c + c, 1);
            break;
        case PLETH_OP_SLICE:
            for (int r = 0; r < p; r++)
                f(to, ya + (ptrdiff_t)r * y->c, xa + (ptrdiff_t)r * x->c + t->record->first, y->c);
            break;
        case PLETH_OP_CONCAT:
        case PLETH_OP_PAD_CHANNELS:
            for (int r = 0; r < p; r++)
                f(to, ya + (ptrdiff_t)r * y->c + before, xa + (ptrdiff_t)r * x->c, x->c);
            break;
        case PLETH_OP_JOIN:
            f(to, ya + (k == 1 ? y_size - x_size : 0), xa, x_size);
            break;
        case PLETH_OP_WINDOWS:
        case PLETH_OP_UNWINDOWS: {
            const int back = t->op == PLETH_OP_UNWINDOWS;
            const struct pleth_shape *map = back ? y : x, *window = back ? x : y;
            const int wide = map->w / window->w;
            for (int d = 0; d < window->d; d++)
                for (int h = 0; h < window->h; h++) {
                    const ptrdiff_t in = ((ptrdiff_t)d * window->h + h) * window->w * window->c;
                    const ptrdiff_t on =
                        ((ptrdiff_t)(d / wide * window->h + h) * map->w + d % wide * window->w) *
                        map->c;
                    f(to, ya + (back ? on : in), xa + (back ? in : on),
                      (ptrdiff_t)window->w * window->c);
                }
            break;
        }
        default:
            break;
        }
    }
}

/* What moves between the frames of a segment. */
static void each_frame(const struct plethtrain_shard *s, int i, move *f, void *to)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *y = &value_of(s, i)->shape;
    const ptrdiff_t size = (ptrdiff_t)y->c * positions(y);
    const int frames = s->net->plan.graph.frames, third = y->c / 3;

    for (int sample = 0; sample < s->count; sample++)
        for (int frame = 0; frame < frames; frame++) {
            const ptrdiff_t at = ((ptrdiff_t)sample * frames + frame) * size;
            if (t->op == PLETH_OP_REPEAT)
                f(to, at, sample * size, size);
            if (t->op == PLETH_OP_FIRST_FRAME && frame == 0)
                f(to, sample * size, at, size);
            for (int r = 0; t->op == PLETH_OP_SHIFT && r < positions(y); r++) {
                const ptrdiff_t now = at + (ptrdiff_t)r * y->c;
                const int wrap = t->record->wrap ? frames : 0;
                const int later = frame + 1 < frames ? 1 : 1 - wrap;
                const int earlier = frame > 0 ? -1 : wrap - 1;
                if (frame + later < frames)
                    f(to, now, now + later * size, third);
                if (frame + earlier >= 0)
                    f(to, now + third, now + earlier * size + third, third);
                f(to, now + 2 * third, now + 2 * third, y->c - 2 * third);
            }
        }
}

struct pair {
    float *y, *x;
};

static void copy_forth(void *to, ptrdiff_t y, ptrdiff_t x, ptrdiff_t n)
{
    const struct pair *p = to;

    for (ptrdiff_t i = 0; i < n; i++)
        p->y[y + i] = p->x[x + i];
}

static void add_back(void *to, ptrdiff_t y, ptrdiff_t x, ptrdiff_t n)
{
    const struct pair *p = to;

    for (ptrdiff_t i = 0; i < n; i++)
        p->x[x + i] += p->y[y + i];
}

static int is_moved(const struct plethtrain_step *t)
{
    switch (t->op) {
    case PLETH_OP_FLATTEN:
    case PLETH_OP_SLICE:
    case PLETH_OP_CONCAT:
    case PLETH_OP_PAD_CHANNELS:
    case PLETH_OP_JOIN:
    case PLETH_OP_WINDOWS:
    case PLETH_OP_UNWINDOWS:
    case PLETH_OP_REPEAT:
    case PLETH_OP_FIRST_FRAME:
    case PLETH_OP_SHIFT:
        return 1;
    default:
        return 0;
    }
}

static void each_piece(const struct plethtrain_shard *s, int i, int k, move *f, float *y, float *x)
{
    const int op = s->net->plan.step[i].op;
    struct pair p = {y, x};

    if (op == PLETH_OP_REPEAT || op == PLETH_OP_FIRST_FRAME || op == PLETH_OP_SHIFT)
        each_frame(s, i, f, &p);
    else
        each_image(s, i, k, f, &p);
}

/* ---- Products ----------------------------------------------------------------------------------
 */

/* Images of a product's result: of a depthwise one, each d is one. */
static int product_images(const struct plethtrain_shard *s, int i)
{
    return images(s, i) * (s->net->plan.step[i].conv.depthwise ? value_of(s, i)->shape.d : 1);
}

static void product_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const float *x = operand(s, t->in[0]), *bias = weights(s, t->bias);
    const int n = product_images(s, i);

    if (t->op == PLETH_OP_CONV_TRANSPOSED)
        plethtrain_conv_back(&s->tools, &t->conv, n, x, s->net->run->packed + t->packed, bias, 0,
                             value(s, i));
    else
        plethtrain_conv_forth(&s->tools, &t->conv, n, x, weights(s, t->weight), bias, 0,
                              value(s, i));
}

static void product_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *y = &value_of(s, i)->shape;
    const int n = product_images(s, i), add = t->give[0] == PLETHTRAIN_ADD;
    const int turned = t->op == PLETH_OP_CONV_TRANSPOSED;
    const float *dy = gradient(s, i), *w = weights(s, t->weight);

    if (t->tuned) {
        const float *x = operand(s, t->in[0]);
        plethtrain_conv_weights(&s->tools, &t->conv, n, turned ? dy : x, turned ? x : dy,
                                s->gradients + t->weight);
        if (t->bias >= 0)
            s->tools.train.sums(dy, images(s, i) * positions(y), y->c, s->gradients + t->bias);
    }
    if (t->give[0] == PLETHTRAIN_NONE)
        return;
    if (turned)
        plethtrain_conv_forth(&s->tools, &t->conv, n, dy, w, NULL, add, gradient(s, t->in[0]));
    else
        plethtrain_conv_back(&s->tools, &t->conv, n, dy,
                             t->conv.depthwise ? w : s->net->run->packed + t->packed, NULL, add,
                             gradient(s, t->in[0]));
}

/* ---- Norms -------------------------------------------------------------------------------------
 */

/* Rows whose sums are taken in float; of these sums, in double. */
enum { SUMMED = 64 };

static void clear_sums(struct plethtrain_shard *s, const struct plethtrain_step *t, int channels)
{
    memset(s->sum + t->norm, 0, sizeof(double) * (size_t)channels);
    memset(s->product + t->norm, 0, sizeof(double) * (size_t)channels);
}

static void keep_sums(struct plethtrain_shard *s, const struct plethtrain_step *t, int channels)
{
    for (int k = 0; k < channels; k++) {
        s->sum[t->norm + k] += (double)s->part[k];
        s->product[t->norm + k] += (double)s->part[channels + k];
    }
}

void plethtrain_work_moments(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *shape = &value_of(s, t->in[0])->shape;
    const float *x = operand(s, t->in[0]);
    const int c = shape->c, rows = images(s, t->in[0]) * positions(shape);
    float *about = s->about + t->norm;

    if (s->first == s->begin) {
        /* about a value near the mean, so that squares do not cancel */
        const int some = rows < SUMMED ? rows : SUMMED;
        memset(about, 0, sizeof(float) * (size_t)c);
        s->tools.train.sums(x, some, c, about);
        for (int k = 0; k < c; k++)
            about[k] /= (float)some;
        clear_sums(s, t, c);
    }
    for (int r = 0; r < rows; r += SUMMED) {
        memset(s->part, 0, sizeof(float) * 2 * (size_t)c);
        s->tools.train.moments(x + (ptrdiff_t)r * c, about, rows - r < SUMMED ? rows - r : SUMMED,
                               c, s->part, s->part + c);
        keep_sums(s, t, c);
    }
}

static void norm_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct plethtrain_norms *n = &s->net->run->norms;
    const struct pleth_shape *y = &value_of(s, i)->shape;

    s->tools.kern.affine(operand(s, t->in[0]), n->scale + t->norm, n->shift + t->norm, value(s, i),
                         images(s, i) * positions(y), y->c, t->relu);
}

static void norm_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct plethtrain_norms *n = &s->net->run->norms;
    const struct pleth_shape *y = &value_of(s, i)->shape;
    const float *x = operand(s, t->in[0]);
    float *dy = gradient(s, i);
    const int c = y->c, rows = images(s, i) * positions(y);

    if (s->first == s->begin)
        clear_sums(s, t, c);
    for (int r = 0; r < rows; r += SUMMED) {
        const ptrdiff_t at = (ptrdiff_t)r * c;
        memset(s->part, 0, sizeof(float) * 2 * (size_t)c);
        s->tools.train.norm_back(dy + at, x + at, n->scale + t->norm, n->shift + t->norm,
                                 n->mean + t->norm, t->relu, rows - r < SUMMED ? rows - r : SUMMED,
                                 c, s->part, s->part + c);
        keep_sums(s, t, c);
    }
}

void plethtrain_work_norm_input(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct plethtrain_norms *n = &s->net->run->norms;
    const struct pleth_shape *y = &value_of(s, i)->shape;

    s->tools.train.norm_input(gradient(s, i), operand(s, t->in[0]), n->a + t->norm, n->b + t->norm,
                              n->e + t->norm, images(s, i) * positions(y), y->c,
                              t->give[0] == PLETHTRAIN_ADD, gradient(s, t->in[0]));
}

/* Rows of a layer norm, and their length. */
static int layer_rows(const struct plethtrain_shard *s, int i, int *length)
{
    const struct pleth_shape *y = &value_of(s, i)->shape;
    const int whole = s->net->plan.step[i].record->whole;

    *length = whole ? y->c * positions(y) : y->c;
    return images(s, i) * (whole ? 1 : positions(y));
}

static void layer_norm_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const float *x = operand(s, t->in[0]), *dy = gradient(s, i), *w = weights(s, t->weight);
    float *dw = s->gradients + t->weight, *db = s->gradients + t->bias;
    float *dx = t->give[0] == PLETHTRAIN_NONE ? NULL : gradient(s, t->in[0]);
    int n;
    const int rows = layer_rows(s, i, &n);

    for (int r = 0; r < rows; r++, x += n, dy += n) {
        double mean = 0, square = 0, sum = 0, product = 0, gain;
        for (int k = 0; k < n; k++)
            mean += (double)x[k];
        mean /= n;
        for (int k = 0; k < n; k++)
            square += ((double)x[k] - mean) * ((double)x[k] - mean);
        gain = 1 / sqrt(square / n + (double)t->record->eps);
        for (int k = 0; k < n; k++) {
            const double h = ((double)x[k] - mean) * gain, g = (double)(dy[k] * w[k]);
            sum += g;
            product += g * h;
            if (t->tuned) {
                dw[k] += dy[k] * (float)h;
                db[k] += dy[k];
            }
        }
        for (int k = 0; dx && k < n; k++) {
            const double h = ((double)x[k] - mean) * gain, g = (double)(dy[k] * w[k]);
            const float d = (float)(gain * (g - sum / n - h * product / n));
            dx[k] = t->give[0] == PLETHTRAIN_ADD ? dx[k] + d : d;
        }
        dx = dx ? dx + n : NULL;
    }
}

/* ---- Element by element ------------------------------------------------------------------------
 */

static void activation_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const int function = t->record->function, add = t->give[0] == PLETHTRAIN_ADD;
    const ptrdiff_t n = floats(s, i);
    const float *dy = gradient(s, i);
    /* of what is not dropped, the value is 1 / (1 - drop) of the function's */
    const float undo = drops(s, i) ? 1 - t->drop : 1;
    const float *of = function == PLETH_GELU ? operand(s, t->in[0]) : value(s, i);
    float *dx = gradient(s, t->in[0]);

#define EACH(slope)                                                                                \
    for (ptrdiff_t k = 0; k < n; k++) {                                                            \
        const float y = of[k] * undo;                                                              \
        const float d = dy[k] * (slope);                                                           \
        dx[k] = add ? dx[k] + d : d;                                                               \
    }
    switch (function) {
    case PLETH_RELU:
        EACH(y > 0 ? 1 : 0)
        break;
    case PLETH_TANH:
        EACH(1 - y * y)
        break;
    case PLETH_SIGMOID:
        EACH(y * (1 - y))
        break;
    case PLETH_ELU:
        EACH(y > 0 ? 1 : 1 + y)
        break;
    case PLETH_CLAMP01:
        EACH(y > 0 && y < 1 ? 1 : 0)
        break;
    default: /* GELU: `of` is its operand */
        for (ptrdiff_t k = 0; k < n; k++) {
            const float x = of[k];
            const float d = dy[k] * (0.5f * (1 + erff(x * 0.70710678118654752f)) +
                                     x * 0.39894228040143268f * expf(-0.5f * x * x));
            dx[k] = add ? dx[k] + d : d;
        }
        break;
    }
#undef EACH
}

/* dx (+)= dy */
static void give_all(struct plethtrain_shard *s, int i, int k)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const ptrdiff_t n = floats(s, i);
    const float *dy = gradient(s, i);
    float *dx;

    if (t->give[k] == PLETHTRAIN_NONE || t->give[k] == PLETHTRAIN_SHARED)
        return;
    dx = gradient(s, t->in[k]);
    if (t->give[k] == PLETHTRAIN_ADD)
        s->tools.kern.add(dx, dy, dx, n);
    else
        memcpy(dx, dy, sizeof(float) * (size_t)n);
}

/* Of a product, the values of the second operand that meet row r, channel c. */
struct factor {
    const struct pleth_shape *shape;
    int rows;      /* of an image, of the result */
    int one_value; /* a mask: one channel */
    int one_row;   /* a gain: one position */
    int c;
};

static struct factor factor_of(const struct plethtrain_shard *s, int i)
{
    const struct pleth_shape *y = &value_of(s, i)->shape;
    struct factor f;

    f.shape = &value_of(s, s->net->plan.step[i].in[1])->shape;
    f.rows = positions(y);
    f.c = y->c;
    f.one_value = f.shape->c == 1 && y->c > 1;
    f.one_row = positions(f.shape) == 1 && f.rows > 1;
    return f;
}

static ptrdiff_t factor_row(const struct factor *f, int row)
{
    return (ptrdiff_t)(f->one_row ? row / f->rows : row) * f->shape->c;
}

static void multiply_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct factor f = factor_of(s, i);
    const float *a = operand(s, t->in[0]), *b = operand(s, t->in[1]);
    const int rows = images(s, i) * f.rows;
    float *y = value(s, i);

    if (f.one_value && !f.one_row)
        s->tools.kern.scale_rows(a, b, y, rows, f.c);
    else if (!f.one_row)
        s->tools.kern.multiply(a, b, y, (ptrdiff_t)rows * f.c);
    else
        for (int r = 0; r < rows; r++, a += f.c, y += f.c)
            for (int c = 0; c < f.c; c++)
                y[c] = a[c] * b[factor_row(&f, r) + (f.one_value ? 0 : c)];
}

static void multiply_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct factor f = factor_of(s, i);
    const float *a = operand(s, t->in[0]), *b = operand(s, t->in[1]), *dy = gradient(s, i);
    const int rows = images(s, i) * f.rows;

    if (t->give[0] != PLETHTRAIN_NONE) {
        float *da = gradient(s, t->in[0]);
        const int add = t->give[0] == PLETHTRAIN_ADD;
        for (int r = 0; r < rows; r++, da += f.c) {
            const float *g = dy + (ptrdiff_t)r * f.c, *m = b + factor_row(&f, r);
            for (int c = 0; c < f.c; c++)
                da[c] = (add ? da[c] : 0) + g[c] * m[f.one_value ? 0 : c];
        }
    }
    if (t->give[1] != PLETHTRAIN_NONE) {
        float *db = gradient(s, t->in[1]);
        if (t->give[1] == PLETHTRAIN_WRITE)
            memset(db, 0, sizeof(float) * (size_t)floats(s, t->in[1]));
        for (int r = 0; r < rows; r++) {
            const float *g = dy + (ptrdiff_t)r * f.c, *m = a + (ptrdiff_t)r * f.c;
            float *to = db + factor_row(&f, r), sum = 0;
            for (int c = 0; c < f.c && !f.one_value; c++)
                to[c] += g[c] * m[c];
            for (int c = 0; c < f.c && f.one_value; c++)
                sum += g[c] * m[c];
            to[0] += f.one_value ? sum : 0;
        }
    }
}

/* ---- Pools -------------------------------------------------------------------------------------
 */

/* The window of one output position of a pool. */
struct window {
    const struct pleth_record *r;
    const struct pleth_shape *x;
    int at[3];
};

/* Floats from an image's beginning to element e of a window; -1: beyond it, a zero. */
static ptrdiff_t window_row(const struct window *w, int e)
{
    const int *k = w->r->kernel, *stride = w->r->stride;
    const int d = w->at[0] * stride[0] + e / (k[1] * k[2]);
    const int h = w->at[1] * stride[1] + e / k[2] % k[1];
    const int v = w->at[2] * stride[2] + e % k[2];

    return v >= w->x->w ? -1 : (((ptrdiff_t)d * w->x->h + h) * w->x->w + v) * w->x->c;
}

static void pool_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *y = &value_of(s, i)->shape, *x = &value_of(s, t->in[0])->shape;
    const int *k = t->record->kernel, pieces = k[0] * k[1], max = t->op == PLETH_OP_MAX_POOL;
    const int whole = x->w / k[2] < y->w ? x->w / k[2] : y->w;
    const int n = images(s, i);
    const float *from = operand(s, t->in[0]), *piece[PLETHTRAIN_POOL];
    float *to = value(s, i);

    for (int image = 0; image < n; image++, from += (ptrdiff_t)x->c * positions(x))
        for (int d = 0; d < y->d; d++)
            for (int h = 0; h < y->h; h++, to += (ptrdiff_t)y->w * y->c) {
                struct window w = {t->record, x, {d, h, 0}};
                for (int e = 0; e < pieces; e++)
                    piece[e] = from + window_row(&w, e * k[2]);
                s->tools.kern.pool(piece, pieces, k[2], k[2], x->c, whole, max,
                                   1.0f / (float)(pieces * k[2]), to);
                /* the last window, with zeros behind the row */
                for (w.at[2] = whole; w.at[2] < y->w; w.at[2]++)
                    for (int c = 0; c < y->c; c++) {
                        float most = 0;
                        for (int e = 0; e < pieces * k[2]; e++) {
                            const ptrdiff_t at = window_row(&w, e);
                            if (at >= 0 && from[at + c] > most)
                                most = from[at + c];
                        }
                        to[w.at[2] * y->c + c] = most;
                    }
            }
}

static void average_window(const struct window *w, const float *dy, float scale, float *dx)
{
    const int *k = w->r->kernel, c = w->x->c;

    for (int e = 0; e < k[0] * k[1] * k[2]; e++) {
        float *to = dx + window_row(w, e);
        for (int j = 0; j < c; j++)
            to[j] += dy[j] * scale;
    }
}

/* To the first of the largest; what a zero behind the row won is nobody's. */
static void max_window(const struct window *w, const float *x, const float *dy, float *dx)
{
    const int *k = w->r->kernel, c = w->x->c, n = k[0] * k[1] * k[2];

    if (n == 2 && window_row(w, 1) >= 0) {
        const float *a = x + window_row(w, 0), *b = x + window_row(w, 1);
        float *da = dx + window_row(w, 0), *db = dx + window_row(w, 1);
        for (int j = 0; j < c; j++) {
            const float first = a[j] >= b[j] ? dy[j] : 0;
            da[j] += first;
            db[j] += dy[j] - first;
        }
        return;
    }
    for (int j = 0; j < c; j++) {
        float most = -INFINITY;
        ptrdiff_t won = -1;
        for (int e = 0; e < n; e++) {
            const ptrdiff_t at = window_row(w, e);
            const float v = at < 0 ? 0 : x[at + j];
            if (v > most) {
                most = v;
                won = at;
            }
        }
        if (won >= 0)
            dx[won + j] += dy[j];
    }
}

static void pool_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *y = &value_of(s, i)->shape, *x = &value_of(s, t->in[0])->shape;
    const int *k = t->record->kernel, max = t->op == PLETH_OP_MAX_POOL;
    const ptrdiff_t size = (ptrdiff_t)x->c * positions(x);
    const float *from = max ? operand(s, t->in[0]) : NULL, *dy = gradient(s, i);
    const float scale = 1.0f / (float)(k[0] * k[1] * k[2]);
    float *dx = gradient(s, t->in[0]);

    if (t->give[0] == PLETHTRAIN_WRITE)
        memset(dx, 0, sizeof(float) * (size_t)floats(s, t->in[0]));
    for (int image = 0; image < images(s, i); image++, dx += size) {
        for (int p = 0; p < positions(y); p++, dy += y->c) {
            const struct window w = {t->record, x, {p / (y->h * y->w), p / y->w % y->h, p % y->w}};
            if (max)
                max_window(&w, from, dy, dx);
            else
                average_window(&w, dy, scale, dx);
        }
        from = max ? from + size : NULL;
    }
}

static void mean_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *x = &value_of(s, t->in[0])->shape;
    const int n = x->h * x->w;
    const float *from = operand(s, t->in[0]);
    float *y = value(s, i);

    memset(y, 0, sizeof(float) * (size_t)floats(s, i));
    for (int r = 0; r < images(s, i) * x->d; r++, from += (ptrdiff_t)n * x->c, y += x->c) {
        s->tools.train.sums(from, n, x->c, y);
        for (int c = 0; c < x->c; c++)
            y[c] /= (float)n;
    }
}

static void mean_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *x = &value_of(s, t->in[0])->shape;
    const int n = x->h * x->w, add = t->give[0] == PLETHTRAIN_ADD;
    const float *dy = gradient(s, i), share = 1 / (float)n;
    float *dx = gradient(s, t->in[0]);

    for (int r = 0; r < images(s, i) * x->d; r++, dy += x->c)
        for (int p = 0; p < n; p++, dx += x->c)
            for (int c = 0; c < x->c; c++)
                dx[c] = (add ? dx[c] : 0) + dy[c] * share;
}

static void mask_forward(struct plethtrain_shard *s, int i)
{
    const int n = (int)(value_of(s, i)->size / value_of(s, i)->items);
    const float *x = operand(s, s->net->plan.step[i].in[0]);
    float *y = value(s, i);

    for (int image = 0; image < images(s, i); image++, x += n, y += n) {
        double sum = 0;
        for (int k = 0; k < n; k++)
            sum += (double)x[k];
        for (int k = 0; k < n; k++)
            y[k] = x[k] * (float)(0.5 * n / sum);
    }
}

/* networks.md: with c = n / 2 and S = sum of x, dx = c / S * (dy - sum(dy * x) / S) */
static void mask_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const int n = (int)(value_of(s, i)->size / value_of(s, i)->items);
    const float *x = operand(s, t->in[0]), *dy = gradient(s, i);
    float *dx = gradient(s, t->in[0]);

    for (int image = 0; image < images(s, i); image++, x += n, dy += n, dx += n) {
        double sum = 0, product = 0;
        for (int k = 0; k < n; k++) {
            sum += (double)x[k];
            product += (double)dy[k] * (double)x[k];
        }
        for (int k = 0; k < n; k++) {
            const float d = (float)(0.5 * n / sum * ((double)dy[k] - product / sum));
            dx[k] = t->give[0] == PLETHTRAIN_ADD ? dx[k] + d : d;
        }
    }
}

static void difference_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_value *v = value_of(s, i);
    const ptrdiff_t size = v->size / v->items;
    const float *x = operand(s, s->net->plan.step[i].in[0]);
    float *y = value(s, i);

    for (int sample = 0; sample < s->count; sample++, x += size)
        for (int frame = 0; frame < v->items; frame++, x += size, y += size)
            for (ptrdiff_t k = 0; k < size; k++)
                y[k] = x[size + k] - x[k];
}

/* ---- Attention ---------------------------------------------------------------------------------
 */

/* One window and head: rows of q, columns of k and v, `step` floats from a position to the next. */
struct head {
    const float *q, *k, *v, *bias;
    int rows, columns, key, value, wide; /* wide: w of the window, for biases */
    ptrdiff_t q_step, k_step, v_step, y_step;
    float scale;
};

/* Where the bias of row r, column c lies in its head's table. */
static int bias_at(const struct head *h, int r, int c)
{
    const int dy = r / h->wide - c / h->wide, dx = r % h->wide - c % h->wide;

    return (dy < 0 ? -dy : dy) * h->wide + (dx < 0 ? -dx : dx);
}

static void scores(const struct plethtrain_shard *s, const struct head *h, float *p)
{
    for (int r = 0; r < h->rows; r++)
        for (int c = 0; c < h->columns; c++) {
            const float *q = h->q + r * h->q_step, *k = h->k + c * h->k_step;
            float sum = 0;
            for (int j = 0; j < h->key; j++)
                sum += q[j] * k[j];
            p[r * h->columns + c] = h->scale * sum + (h->bias ? h->bias[bias_at(h, r, c)] : 0);
        }
    s->tools.kern.softmax(p, h->rows, h->columns);
}

/* Head number `number` of window `window` of all images of the chunk. */
static struct head head_of(const struct plethtrain_shard *s, int i, int window, int number)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *q = &value_of(s, t->in[0])->shape, *k = &value_of(s, t->in[1])->shape;
    const struct pleth_shape *v = &value_of(s, t->in[2])->shape;
    struct head h = {0};

    h.rows = q->h * q->w;
    h.columns = k->h * k->w;
    h.key = q->c / t->record->heads;
    h.value = v->c / t->record->heads;
    h.wide = q->w;
    h.q_step = q->c;
    h.k_step = k->c;
    h.v_step = h.y_step = v->c;
    h.scale = t->record->scale;
    h.q = operand(s, t->in[0]) + (ptrdiff_t)window * h.rows * q->c + number * h.key;
    h.k = operand(s, t->in[1]) + (ptrdiff_t)window * h.columns * k->c + number * h.key;
    h.v = operand(s, t->in[2]) + (ptrdiff_t)window * h.columns * v->c + number * h.value;
    if (t->record->bias)
        h.bias = weights(s, t->weight) + (ptrdiff_t)t->record->first * h.rows;
    return h;
}

static void attention_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    float *p = s->tools.scratch, *y = value(s, i);

    for (int window = 0; window < images(s, i) * value_of(s, i)->shape.d; window++)
        for (int number = 0; number < t->record->heads; number++) {
            const struct head h = head_of(s, i, window, number);
            scores(s, &h, p);
            for (int r = 0; r < h.rows; r++) {
                float *to = y + ((ptrdiff_t)window * h.rows + r) * h.y_step + number * h.value;
                memset(to, 0, sizeof(float) * (size_t)h.value);
                for (int c = 0; c < h.columns; c++)
                    s->tools.train.add_scaled(h.v + c * h.v_step, p[r * h.columns + c], h.value,
                                              to);
            }
        }
}

static void attention_head_backward(struct plethtrain_shard *s, const struct head *h,
                                    const float *dy, float *dq, float *dk, float *dv, float *dbias)
{
    float *p = s->tools.scratch, *dp = p + h->rows * h->columns;

    scores(s, h, p);
    for (int r = 0; r < h->rows; r++) {
        const float *g = dy + r * h->y_step;
        float *row = p + r * h->columns, *drow = dp + r * h->columns;
        double product = 0;
        for (int c = 0; c < h->columns; c++) {
            const float *v = h->v + c * h->v_step;
            float sum = 0;
            for (int j = 0; j < h->value; j++)
                sum += g[j] * v[j];
            drow[c] = sum;
            product += (double)sum * (double)row[c];
            if (dv)
                s->tools.train.add_scaled(g, row[c], h->value, dv + c * h->v_step);
        }
        for (int c = 0; c < h->columns; c++) {
            const float d = row[c] * (drow[c] - (float)product);
            if (dbias)
                dbias[bias_at(h, r, c)] += d;
            if (dq)
                s->tools.train.add_scaled(h->k + c * h->k_step, d * h->scale, h->key,
                                          dq + r * h->q_step);
            if (dk)
                s->tools.train.add_scaled(h->q + r * h->q_step, d * h->scale, h->key,
                                          dk + c * h->k_step);
        }
    }
}

static void attention_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const float *dy = gradient(s, i);
    float *d[PLETH_OPERANDS];

    for (int k = 0; k < PLETH_OPERANDS; k++) {
        d[k] = t->give[k] == PLETHTRAIN_NONE ? NULL : gradient(s, t->in[k]);
        if (t->give[k] == PLETHTRAIN_WRITE)
            memset(d[k], 0, sizeof(float) * (size_t)floats(s, t->in[k]));
    }
    for (int window = 0; window < images(s, i) * value_of(s, i)->shape.d; window++)
        for (int number = 0; number < t->record->heads; number++) {
            const struct head h = head_of(s, i, window, number);
            const ptrdiff_t row = (ptrdiff_t)window * h.rows,
                            column = (ptrdiff_t)window * h.columns;
            float *bias = t->record->bias && t->tuned
                              ? s->gradients + t->weight + (ptrdiff_t)t->record->first * h.rows
                              : NULL;
            attention_head_backward(s, &h, dy + row * h.y_step + number * h.value,
                                    d[0] ? d[0] + row * h.q_step + number * h.key : NULL,
                                    d[1] ? d[1] + column * h.k_step + number * h.key : NULL,
                                    d[2] ? d[2] + column * h.v_step + number * h.value : NULL,
                                    bias);
        }
}

/* ---- The global filter -------------------------------------------------------------------------
 *
 * irfft2(rfft2(x) * w), ortho, channels adjacent: transforms of one axis at a time, as sums. Planes
 * are (h, w / 2 + 1, c) of real parts, then as many imaginary ones. */

struct plane {
    float *re, *im;
};

/* out[o] += a * in * e^(i angle), for n channels */
static void add_turned(struct plane out, const float *re, const float *im, double angle, double a,
                       int n)
{
    const float c = (float)(a * cos(angle)), e = (float)(a * sin(angle));

    for (int k = 0; k < n; k++) {
        out.re[k] += c * re[k] - (im ? e * im[k] : 0);
        out.im[k] += e * re[k] + (im ? c * im[k] : 0);
    }
}

static const double turn = 6.283185307179586;

/* rfft2 of an image, without the ortho factor, by way of t */
static void transform(const struct pleth_shape *x, const float *from, struct plane t,
                      struct plane to)
{
    const int half = x->w / 2 + 1, c = x->c;
    const size_t bytes = sizeof(float) * (size_t)(x->h * half * c);

    memset(t.re, 0, bytes);
    memset(t.im, 0, bytes);
    memset(to.re, 0, bytes);
    memset(to.im, 0, bytes);
    for (int h = 0; h < x->h; h++)
        for (int k = 0; k < half; k++)
            for (int w = 0; w < x->w; w++) {
                const ptrdiff_t at = (ptrdiff_t)(h * half + k) * c;
                add_turned((struct plane){t.re + at, t.im + at},
                           from + (ptrdiff_t)(h * x->w + w) * c, NULL,
                           -turn * (k * w % x->w) / x->w, 1, c);
            }
    for (int k = 0; k < x->h; k++)
        for (int h = 0; h < x->h; h++)
            for (int v = 0; v < half; v++) {
                const ptrdiff_t at = (ptrdiff_t)(k * half + v) * c,
                                in = (ptrdiff_t)(h * half + v) * c;
                add_turned((struct plane){to.re + at, to.im + at}, t.re + in, t.im + in,
                           -turn * (k * h % x->h) / x->h, 1, c);
            }
}

/* The real part of the sum of what `from` holds at each frequency, weighed by `weight` of its
 * column: added to `to`, by way of t. */
static void untransform(const struct pleth_shape *x, struct plane from, struct plane t,
                        double (*weight)(const struct pleth_shape *x, int column), float *to)
{
    const int half = x->w / 2 + 1, c = x->c;
    const size_t bytes = sizeof(float) * (size_t)(x->h * half * c);

    memset(t.re, 0, bytes);
    memset(t.im, 0, bytes);
    for (int h = 0; h < x->h; h++)
        for (int k = 0; k < x->h; k++)
            for (int v = 0; v < half; v++) {
                const ptrdiff_t at = (ptrdiff_t)(h * half + v) * c,
                                in = (ptrdiff_t)(k * half + v) * c;
                add_turned((struct plane){t.re + at, t.im + at}, from.re + in, from.im + in,
                           turn * (k * h % x->h) / x->h, 1, c);
            }
    for (int h = 0; h < x->h; h++)
        for (int k = 0; k < half; k++)
            for (int w = 0; w < x->w; w++) {
                const double angle = turn * (k * w % x->w) / x->w, a = weight(x, k);
                const float cosine = (float)(a * cos(angle)), sine = (float)(a * sin(angle));
                const ptrdiff_t at = (ptrdiff_t)(h * half + k) * c;
                float *y = to + (ptrdiff_t)(h * x->w + w) * c;
                for (int j = 0; j < c; j++)
                    y[j] += cosine * t.re[at + j] - sine * t.im[at + j];
            }
}

/* Of the inverse: each column but the first and that of half the rate stands for two. */
static double inverse_weight(const struct pleth_shape *x, int column)
{
    return (column == 0 || 2 * column == x->w ? 1.0 : 2.0) / (x->h * x->w);
}

static double one(const struct pleth_shape *x, int column)
{
    (void)x;
    (void)column;
    return 1;
}

static void set_planes(float *scratch, const struct pleth_shape *x, struct plane p[3])
{
    const ptrdiff_t n = (ptrdiff_t)x->h * (x->w / 2 + 1) * x->c;

    for (int k = 0; k < 3; k++)
        p[k] = (struct plane){scratch + 2 * k * n, scratch + (2 * k + 1) * n};
}

static void spectral_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *x = &value_of(s, i)->shape;
    const ptrdiff_t n = (ptrdiff_t)x->h * (x->w / 2 + 1) * x->c;
    const float *w = weights(s, t->weight), *from = operand(s, t->in[0]);
    float *y = value(s, i);
    struct plane p[3];

    set_planes(s->tools.scratch, x, p);
    memset(y, 0, sizeof(float) * (size_t)floats(s, i));
    for (int image = 0; image < images(s, i); image++) {
        const ptrdiff_t at = (ptrdiff_t)image * x->h * x->w * x->c;
        transform(x, from + at, p[0], p[1]);
        for (ptrdiff_t k = 0; k < n; k++) {
            const float re = p[1].re[k], im = p[1].im[k];
            p[1].re[k] = re * w[2 * k] - im * w[2 * k + 1];
            p[1].im[k] = re * w[2 * k + 1] + im * w[2 * k];
        }
        untransform(x, p[1], p[0], inverse_weight, y + at);
    }
}

/* With g the transform of dy, weighed as the inverse is: dw = conj(X) g, dX = conj(w) g, and dx the
 * transpose of the transform. */
static void spectral_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct pleth_shape *x = &value_of(s, i)->shape;
    const int half = x->w / 2 + 1, c = x->c;
    const ptrdiff_t n = (ptrdiff_t)x->h * half * c;
    const float *w = weights(s, t->weight), *from = operand(s, t->in[0]), *dy = gradient(s, i);
    float *dw = t->tuned ? s->gradients + t->weight : NULL;
    float *dx = t->give[0] == PLETHTRAIN_NONE ? NULL : gradient(s, t->in[0]);
    struct plane p[3];

    set_planes(s->tools.scratch, x, p);
    if (t->give[0] == PLETHTRAIN_WRITE)
        memset(dx, 0, sizeof(float) * (size_t)floats(s, t->in[0]));
    for (int image = 0; image < images(s, i); image++) {
        const ptrdiff_t at = (ptrdiff_t)image * x->h * x->w * c;
        transform(x, from + at, p[0], p[1]);
        transform(x, dy + at, p[0], p[2]);
        for (ptrdiff_t k = 0; k < n; k++) {
            const float a = (float)inverse_weight(x, (int)(k / c % half));
            const float re = p[2].re[k] * a, im = p[2].im[k] * a;
            if (dw) {
                dw[2 * k] += p[1].re[k] * re + p[1].im[k] * im;
                dw[2 * k + 1] += p[1].re[k] * im - p[1].im[k] * re;
            }
            p[2].re[k] = w[2 * k] * re + w[2 * k + 1] * im;
            p[2].im[k] = w[2 * k] * im - w[2 * k + 1] * re;
        }
        if (dx)
            untransform(x, p[2], p[0], one, dx + at);
    }
}

/* ---- Inputs and outputs ------------------------------------------------------------------------
 */

/* From the caller's (c, d, h, w) to channels-last, and back. */
static void to_last(const struct pleth_shape *x, const float *from, float *to)
{
    const int n = positions(x);

    for (int r = 0; r < n; r++)
        for (int c = 0; c < x->c; c++)
            *to++ = from[(ptrdiff_t)c * n + r];
}

static void output_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct plethtrain_value *v = value_of(s, i);
    const int n = positions(&v->shape), c = v->shape.c;
    const float *x = operand(s, t->in[0]);
    float *y = s->net->output[t->output] + s->first * v->size;

    for (int image = 0; image < images(s, i); image++, y += (ptrdiff_t)n * c)
        for (int r = 0; r < n; r++)
            for (int k = 0; k < c; k++)
                y[(ptrdiff_t)k * n + r] = *x++;
}

static void output_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const struct plethtrain_value *v = value_of(s, i);
    const int n = positions(&v->shape), c = v->shape.c, add = t->give[0] == PLETHTRAIN_ADD;
    const float *dy = s->net->output_gradient[t->output] + s->first * v->size;
    float *dx = gradient(s, t->in[0]);

    for (int image = 0; image < images(s, i); image++, dy += (ptrdiff_t)n * c)
        for (int r = 0; r < n; r++)
            for (int k = 0; k < c; k++, dx++)
                *dx = (add ? *dx : 0) + dy[(ptrdiff_t)k * n + r];
}

static void input_forward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_value *v = value_of(s, i);
    const ptrdiff_t size = v->size / v->items;

    for (int image = 0; image < images(s, i); image++)
        to_last(&v->shape, given(s, i) + image * size, value(s, i) + image * size);
}

/* ---- Dropout -----------------------------------------------------------------------------------
 */

/* 64 bits, each set with a probability of keep / 65536: from the lowest bit of keep to the highest,
 * a bit that is set joins random bits to what is there, one that is not takes from it. */
static uint64_t draw(uint64_t key, uint64_t counter, unsigned keep)
{
    uint64_t bits = 0;

    for (int b = 0; b < 16; b++)
        if (bits || keep >> b & 1) {
            const uint64_t r = plethtrain_random(key, 16 * counter + (unsigned)b);
            bits = keep >> b & 1 ? bits | r : bits & r;
        }
    return bits;
}

static uint64_t *mask_of(const struct plethtrain_shard *s, const struct plethtrain_step *t,
                         int sample)
{
    return s->net->run->masks + s->net->plan.batch * t->mask + (ptrdiff_t)sample * t->words;
}

static void draw_masks(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const uint64_t key =
        plethtrain_key(plethtrain_key(s->net->options.seed, s->net->run->step), (uint64_t)i);
    const unsigned keep = (unsigned)lrintf((1 - t->drop) * 65535);

    for (int k = s->first; k < s->first + s->count; k++)
        for (int w = 0; w < t->words; w++)
            mask_of(s, t, k)[w] = draw(key, (uint64_t)k * (unsigned)t->words + (unsigned)w, keep);
}

static void drop(struct plethtrain_shard *s, int i, float *x)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    const ptrdiff_t size = value_of(s, i)->size;

    for (int k = 0; k < s->count; k++)
        s->tools.train.drop(x + k * size, mask_of(s, t, s->first + k), size, 1 / (1 - t->drop));
}

/* ---- Int8 --------------------------------------------------------------------------------------
 */

void plethtrain_round(const struct plethtrain_grid *grid, float *x, ptrdiff_t n)
{
    const float scale = grid->scale, steps = 1 / scale;
    const float low = (float)(-128 - grid->zero), high = (float)(127 - grid->zero);

    for (ptrdiff_t i = 0; i < n; i++) {
        float v = x[i] * steps;
        v = v > low ? v < high ? v : high : low; /* of no number: low */
        x[i] = (float)(int)(v < 0 ? v - 0.5f : v + 0.5f) * scale;
    }
}

/* ---- All steps ---------------------------------------------------------------------------------
 */

void plethtrain_work_forward(struct plethtrain_shard *s, int i, int again)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];
    int length;

    if (is_moved(t)) {
        /* what no piece fills is zero */
        if (t->op == PLETH_OP_PAD_CHANNELS || t->op == PLETH_OP_SHIFT)
            memset(value(s, i), 0, sizeof(float) * (size_t)floats(s, i));
        for (int k = 0; k < PLETH_OPERANDS && t->in[k] >= 0; k++)
            each_piece(s, i, k, copy_forth, value(s, i), (float *)(uintptr_t)operand(s, t->in[k]));
    }
    switch (t->op) {
    case PLETH_OP_INPUT:
        input_forward(s, i);
        break;
    case PLETH_OP_CONV:
    case PLETH_OP_CONV_TRANSPOSED:
    case PLETH_OP_LINEAR:
        product_forward(s, i);
        break;
    case PLETH_OP_BATCH_NORM:
        norm_forward(s, i);
        break;
    case PLETH_OP_LAYER_NORM: {
        const int rows = layer_rows(s, i, &length);
        s->tools.kern.layer_norm(operand(s, t->in[0]), rows, length, t->record->eps,
                                 weights(s, t->weight), weights(s, t->bias), value(s, i));
        break;
    }
    case PLETH_OP_ACTIVATION:
        memcpy(value(s, i), operand(s, t->in[0]), sizeof(float) * (size_t)floats(s, i));
        s->tools.kern.activate(t->record->function, value(s, i), floats(s, i));
        break;
    case PLETH_OP_ADD:
        s->tools.kern.add(operand(s, t->in[0]), operand(s, t->in[1]), value(s, i), floats(s, i));
        break;
    case PLETH_OP_MULTIPLY:
        multiply_forward(s, i);
        break;
    case PLETH_OP_AVERAGE_POOL:
    case PLETH_OP_MAX_POOL:
        pool_forward(s, i);
        break;
    case PLETH_OP_MEAN:
        mean_forward(s, i);
        break;
    case PLETH_OP_MASK:
        mask_forward(s, i);
        break;
    case PLETH_OP_DIFFERENCE:
        difference_forward(s, i);
        break;
    case PLETH_OP_SPECTRAL:
        spectral_forward(s, i);
        break;
    case PLETH_OP_ATTENTION:
        attention_forward(s, i);
        break;
    case PLETH_OP_OUTPUT:
        output_forward(s, i);
        break;
    default:
        break;
    }
    if (s->net->run->mode == PLETHTRAIN_INT8 && s->net->grid[i].scale > 0)
        plethtrain_round(&s->net->grid[i], value(s, i), floats(s, i));
    if (drops(s, i)) {
        if (!again)
            draw_masks(s, i);
        drop(s, i, value(s, i));
    }
}

void plethtrain_work_backward(struct plethtrain_shard *s, int i)
{
    const struct plethtrain_step *t = &s->net->plan.step[i];

    if (drops(s, i))
        drop(s, i, gradient(s, i));
    for (int k = 0; is_moved(t) && k < PLETH_OPERANDS && t->in[k] >= 0; k++) {
        float *dx;
        if (t->give[k] == PLETHTRAIN_NONE)
            continue;
        dx = gradient(s, t->in[k]);
        if (t->give[k] == PLETHTRAIN_WRITE)
            memset(dx, 0, sizeof(float) * (size_t)floats(s, t->in[k]));
        each_piece(s, i, k, add_back, gradient(s, i), dx);
    }
    switch (t->op) {
    case PLETH_OP_CONV:
    case PLETH_OP_CONV_TRANSPOSED:
    case PLETH_OP_LINEAR:
        product_backward(s, i);
        break;
    case PLETH_OP_BATCH_NORM:
        norm_backward(s, i);
        break;
    case PLETH_OP_LAYER_NORM:
        layer_norm_backward(s, i);
        break;
    case PLETH_OP_ADD:
        give_all(s, i, 0);
        give_all(s, i, 1);
        break;
    case PLETH_OP_MULTIPLY:
        multiply_backward(s, i);
        break;
    case PLETH_OP_ATTENTION:
        attention_backward(s, i);
        break;
    case PLETH_OP_SPECTRAL:
        spectral_backward(s, i);
        break;
    default:
        break;
    }
    /* all that follow have one operand and nothing else to learn */
    if (t->in[0] < 0 || t->give[0] == PLETHTRAIN_NONE)
        return;
    switch (t->op) {
    case PLETH_OP_ACTIVATION:
        activation_backward(s, i);
        break;
    case PLETH_OP_AVERAGE_POOL:
    case PLETH_OP_MAX_POOL:
        pool_backward(s, i);
        break;
    case PLETH_OP_MEAN:
        mean_backward(s, i);
        break;
    case PLETH_OP_MASK:
        mask_backward(s, i);
        break;
    case PLETH_OP_OUTPUT:
        output_backward(s, i);
        break;
    default:
        break;
    }
}
