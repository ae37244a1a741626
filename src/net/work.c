/* What each kind of step does with one frame: rows of positions handed to the kernels. */
#include <math.h>
#include <string.h>

#include "net.h"

/* ---- Places ---------------------------------------------------------------------------------- */

/* A place at one frame or row. */
struct view {
    const struct pleth_place *place;
    float *at; /* first value, behind the border */
    int c, d, h, w;
    ptrdiff_t row, plane; /* floats from a row (of one d) to the next, from a d to the next */
};

static struct view view_at(const struct pleth_net_state *s, int place, int slot)
{
    const struct pleth_net *net = s->net;
    const struct pleth_place *p =
        (const struct pleth_place *)(const void *)((const char *)net + net->places_at) + place;
    struct view v;

    v.place = p;
    v.c = p->shape.c;
    v.d = p->shape.d;
    v.h = p->shape.h;
    v.w = p->shape.w;
    v.row = (ptrdiff_t)(p->before[2] + v.w + p->after[2]) * v.c;
    v.plane = v.row * (p->before[1] + v.h + p->after[1]);
    v.at = (float *)(void *)(s->memory + p->at + (size_t)slot * p->slot) + p->before[0] * v.plane +
           p->before[1] * v.row + (ptrdiff_t)p->before[2] * v.c;
    return v;
}

/* Which slot of a place a step outside the tail means by a frame. */
static struct view view_frame(const struct pleth_net_state *s, int place, int frame)
{
    const struct pleth_net *net = s->net;
    const struct pleth_place *p =
        (const struct pleth_place *)(const void *)((const char *)net + net->places_at) + place;

    return view_at(s, place, p->tail ? s->rows : p->per_segment ? 0 : frame % p->slots);
}

const float *pleth_place_row(const struct pleth_net_state *s, int place, int row)
{
    return view_at(s, place, row).at;
}

static float *row_of(const struct view *v, int d, int h)
{
    return v->at + d * v->plane + h * v->row;
}

static int positions(const struct view *v)
{
    return v->d * v->h * v->w;
}

/* 1 where all positions lie without gaps. */
static int is_dense(const struct view *v)
{
    return v->row == (ptrdiff_t)v->w * v->c && v->plane == v->row * v->h;
}

static void clear(const struct view *v)
{
    const struct pleth_place *p = v->place;
    const int high = p->before[1] + v->h + p->after[1], deep = p->before[0] + v->d + p->after[0];
    float *base = v->at - p->before[0] * v->plane - p->before[1] * v->row -
                  (ptrdiff_t)p->before[2] * v->c;

    if (!p->clear)
        return;
    for (int d = 0; d < deep; d++)
        for (int h = 0; h < high; h++) {
            float *row = base + d * v->plane + h * v->row;
            const int inside = d >= p->before[0] && d < p->before[0] + v->d && h >= p->before[1] &&
                               h < p->before[1] + v->h;
            const size_t left = (size_t)(p->before[2] * v->c), right = (size_t)(p->after[2] * v->c);
            if (!inside) {
                memset(row, 0, sizeof(float) * (size_t)v->row);
            } else {
                memset(row, 0, sizeof(float) * left);
                memset(row + v->row - right, 0, sizeof(float) * right);
            }
        }
}

static const float *constants(const struct pleth_net_state *s, uint32_t at)
{
    return (const float *)(const void *)((const char *)s->net + at);
}

/* ---- Input ----------------------------------------------------------------------------------- */

/* From the caller's order (c, d, h, w) to channels last. */
static void work_input(const struct pleth_net_state *s, const struct pleth_step *t, int64_t frame,
                       const struct view *y)
{
    const int64_t count = s->net->info.input[t->port].count;
    const float *from = s->input[t->port] + (frame - s->input_first) * count;
    const ptrdiff_t plane = positions(y);

    from += t->first * plane;
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            const float *x = from + (ptrdiff_t)(d * y->h + h) * y->w;
            float *row = row_of(y, d, h);
            for (int c = 0; c < y->c; c++, x += plane)
                for (int w = 0; w < y->w; w++)
                    row[w * y->c + c] = t->difference ? x[count + w] - x[w] : x[w];
        }
}

/* ---- Products ---------------------------------------------------------------------------------- */

enum { PIECES = 64, ROW_FLOATS = 8192 };

static void finish(const struct pleth_net_state *s, const struct pleth_step *t, float *y,
                   ptrdiff_t n)
{
    if (t->function >= 0)
        s->kern.activate(t->function, y, n);
}

/* A dense layer: rows rows, x_step floats apart. */
static void work_dense(const struct pleth_net_state *s, const struct pleth_step *t,
                       const struct view *x, const struct view *y, int rows)
{
    const int length = positions(x) * x->c;
    const float *from = x->at;
    struct pleth_gemm g = {0};

    g.x = &from;
    g.pieces = 1;
    g.length = length;
    g.x_step = (ptrdiff_t)(x->place->slot / sizeof(float));
    g.rows = rows;
    g.w = constants(s, t->weight);
    g.w_step = 16;
    g.w_block = (ptrdiff_t)length * 16;
    g.bias = constants(s, t->bias);
    g.y = y->at;
    g.y_step = (ptrdiff_t)(y->place->slot / sizeof(float));
    g.outs = y->c;
    s->kern.gemm(&g);
    for (int r = 0; r < rows; r++)
        finish(s, t, g.y + r * g.y_step, y->c);
}

static void work_conv(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct view *x, const struct view *y)
{
    const float *piece[PIECES];
    const int pieces = t->kernel[0] * t->kernel[1];
    struct pleth_gemm g = {0};

    g.x = piece;
    g.pieces = pieces;
    g.length = t->kernel[2] * x->c;
    g.x_step = (ptrdiff_t)t->stride[2] * x->c;
    g.w = constants(s, t->weight);
    g.w_step = 16;
    g.w_block = (ptrdiff_t)g.length * pieces * 16;
    g.bias = constants(s, t->bias);
    g.y_step = y->c;
    g.outs = y->c;
    if (pieces == 1 && t->kernel[2] == 1 && t->stride[1] == 1 && t->stride[2] == 1 &&
        is_dense(x) && is_dense(y)) {
        const int chunk = ROW_FLOATS / y->c + 1;
        for (int at = 0; at < positions(x); at += chunk) {
            g.rows = positions(x) - at < chunk ? positions(x) - at : chunk;
            piece[0] = x->at + (ptrdiff_t)at * x->c;
            g.y = y->at + (ptrdiff_t)at * y->c;
            s->kern.gemm(&g);
            finish(s, t, g.y, (ptrdiff_t)g.rows * y->c);
        }
        return;
    }
    g.rows = y->w;
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            for (int i = 0; i < pieces; i++)
                piece[i] = row_of(x, d * t->stride[0] - t->pad[0] + i / t->kernel[1],
                                  h * t->stride[1] - t->pad[1] + i % t->kernel[1]) -
                           (ptrdiff_t)t->pad[2] * x->c;
            g.y = row_of(y, d, h);
            s->kern.gemm(&g);
            finish(s, t, g.y, (ptrdiff_t)y->w * y->c);
        }
}

/* Along d: frame `d` gets the taps of its phase. */
static void work_transposed(const struct pleth_net_state *s, const struct pleth_step *t,
                            const struct view *x, const struct view *y)
{
    const int stride = t->stride[0], taps = t->kernel[0] / stride;
    const int blocks = (y->c + 15) / 16;
    const float *piece[PIECES];
    struct pleth_gemm g = {0};

    g.x = piece;
    g.pieces = taps;
    g.length = x->c;
    g.x_step = x->c;
    g.rows = y->w;
    g.w_step = 16;
    g.w_block = (ptrdiff_t)taps * x->c * 16;
    g.bias = constants(s, t->bias);
    g.y_step = y->c;
    g.outs = y->c;
    for (int d = 0; d < y->d; d++) {
        const int phase = (d + t->pad[0]) % stride, last = (d + t->pad[0]) / stride;
        g.w = constants(s, t->weight) + phase * blocks * g.w_block;
        for (int h = 0; h < y->h; h++) {
            for (int i = 0; i < taps; i++)
                piece[i] = row_of(x, last - (taps - 1) + i, h);
            g.y = row_of(y, d, h);
            s->kern.gemm(&g);
            finish(s, t, g.y, (ptrdiff_t)y->w * y->c);
        }
    }
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

static void work_winograd(const struct pleth_net_state *s, const struct pleth_step *t,
                          const struct view *x, const struct view *y)
{
    const int wide = (y->w + 3) / 4, tiles = wide * ((y->h + 3) / 4);
    const float *x0 = x->at - t->pad[1] * x->row - (ptrdiff_t)t->pad[2] * x->c;
    const ptrdiff_t v_plane = (ptrdiff_t)PLETH_TILES * x->c, m_plane = (ptrdiff_t)PLETH_TILES * y->c;
    float *v = (float *)(void *)s->scratch, *m = v + 36 * v_plane;
    const float *from, *bias = constants(s, t->bias);
    int finished = 0;
    struct pleth_gemm g = {0};

    g.x = &from;
    g.pieces = 1;
    g.length = x->c;
    g.x_step = x->c;
    g.w_step = 16;
    g.w_block = (ptrdiff_t)x->c * 16;
    g.y_step = y->c;
    g.outs = y->c;
    for (int first = 0; first < tiles; first += PLETH_TILES) {
        const int n = at_most(PLETH_TILES, tiles - first);
        for (int k = 0; k < n; k++) {
            const int i = 4 * ((first + k) / wide), j = 4 * ((first + k) % wide);
            s->kern.winograd_input(x0 + i * x->row + (ptrdiff_t)j * x->c, x->row, x->c,
                                   at_most(6, y->h + 2 - i), at_most(6, y->w + 2 - j),
                                   v + (ptrdiff_t)k * x->c, v_plane);
        }
        g.rows = n;
        g.w = constants(s, t->weight);
        for (int e = 0; e < 36; e++, g.w += (y->c + 15) / 16 * g.w_block) {
            from = v + e * v_plane;
            g.y = m + e * m_plane;
            s->kern.gemm(&g);
        }
        for (int k = 0; k < n; k++) {
            const int i = 4 * ((first + k) / wide), j = 4 * ((first + k) % wide);
            s->kern.winograd_output(m + (ptrdiff_t)k * y->c, m_plane, y->c, bias,
                                    at_most(4, y->h - i), at_most(4, y->w - j),
                                    row_of(y, 0, i) + (ptrdiff_t)j * y->c, y->row);
        }
        for (; finished < at_most(y->h, 4 * ((first + n) / wide)); finished++)
            finish(s, t, row_of(y, 0, finished), (ptrdiff_t)y->w * y->c);
    }
}

static void work_depthwise(const struct pleth_net_state *s, const struct pleth_step *t,
                           const struct view *x, const struct view *y)
{
    const float *piece[PIECES];
    struct pleth_depthwise g = {0};

    g.x = piece;
    g.kh = t->kernel[1];
    g.kw = t->kernel[2];
    g.stride = t->stride[2];
    g.channels = y->c;
    g.outs = y->w;
    g.w = constants(s, t->weight);
    g.bias = constants(s, t->bias);
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            for (int i = 0; i < g.kh; i++)
                piece[i] = row_of(x, d, h * t->stride[1] - t->pad[1] + i) -
                           (ptrdiff_t)t->pad[2] * x->c;
            g.y = row_of(y, d, h);
            s->kern.depthwise(&g);
            finish(s, t, g.y, (ptrdiff_t)y->w * y->c);
        }
}

/* ---- Element by element ------------------------------------------------------------------------ */

static void work_activation(const struct pleth_net_state *s, const struct pleth_step *t,
                            const struct view *x, const struct view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            memcpy(row_of(y, d, h), row_of(x, d, h), sizeof(float) * (size_t)(y->w * y->c));
            s->kern.activate(t->function, row_of(y, d, h), (ptrdiff_t)y->w * y->c);
        }
}

static void work_affine(const struct pleth_net_state *s, const struct pleth_step *t,
                        const struct view *x, const struct view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            s->kern.affine(row_of(x, d, h), constants(s, t->weight), constants(s, t->bias),
                           row_of(y, d, h), y->w, y->c, t->relu);
}

static void work_add(const struct pleth_net_state *s, const struct view *a, const struct view *b,
                     const struct view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            s->kern.add(row_of(a, d, h), row_of(b, d, h), row_of(y, d, h),
                        (ptrdiff_t)y->w * y->c);
}

/* The second operand may be a mask (one channel) or a gain (one position). */
static void work_multiply(const struct pleth_net_state *s, const struct view *a,
                          const struct view *b, const struct view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            const float *x = row_of(a, d, h);
            float *out = row_of(y, d, h);
            if (b->c == 1 && y->c > 1)
                s->kern.scale_rows(x, row_of(b, d, h), out, y->w, y->c);
            else if (positions(b) == 1)
                for (int w = 0; w < y->w; w++)
                    s->kern.multiply(x + w * y->c, b->at, out + w * y->c, y->c);
            else
                s->kern.multiply(x, row_of(b, d, h), out, (ptrdiff_t)y->w * y->c);
        }
}

static void work_pool(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct view *x, const struct view *y)
{
    const float *piece[PIECES];
    const int pieces = t->kernel[0] * t->kernel[1];
    const float scale = 1.0f / (float)(pieces * t->kernel[2]);

    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            for (int i = 0; i < pieces; i++)
                piece[i] = row_of(x, d * t->stride[0] + i / t->kernel[1],
                                  h * t->stride[1] + i % t->kernel[1]);
            s->kern.pool(piece, pieces, t->kernel[2], t->stride[2], y->c, y->w, t->maximum, scale,
                         row_of(y, d, h));
        }
}

/* Over h and w, each d for itself. */
static void work_mean(const struct pleth_net_state *s, const struct view *x, const struct view *y)
{
    const float scale = 1.0f / (float)(x->h * x->w);

    for (int d = 0; d < y->d; d++) {
        float *out = row_of(y, d, 0);
        memset(out, 0, sizeof(float) * (size_t)y->c);
        for (int h = 0; h < x->h; h++)
            for (int w = 0; w < x->w; w++)
                s->kern.add(out, row_of(x, d, h) + (ptrdiff_t)w * x->c, out, y->c);
        for (int c = 0; c < y->c; c++)
            out[c] *= scale;
    }
}

static void work_mask(const struct view *x, const struct view *y)
{
    double sum = 0;
    float scale;

    for (int h = 0; h < x->h; h++)
        for (int w = 0; w < x->w; w++)
            sum += (double)row_of(x, 0, h)[w];
    scale = (float)(0.5 * x->h * x->w / sum);
    for (int h = 0; h < x->h; h++)
        for (int w = 0; w < x->w; w++)
            row_of(y, 0, h)[w] = row_of(x, 0, h)[w] * scale;
}

static void work_norm(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct view *x, const struct view *y)
{
    const float *weight = constants(s, t->weight), *bias = constants(s, t->bias);

    if (t->work == PLETH_WORK_LAYER_NORM_WHOLE) {
        const int n = positions(x) * x->c;
        double mean = 0, square = 0;
        float gain, centre;
        for (int d = 0; d < x->d; d++)
            for (int h = 0; h < x->h; h++)
                for (int i = 0; i < x->w * x->c; i++)
                    mean += (double)row_of(x, d, h)[i];
        mean /= n;
        for (int d = 0; d < x->d; d++)
            for (int h = 0; h < x->h; h++)
                for (int i = 0; i < x->w * x->c; i++) {
                    const double e = (double)row_of(x, d, h)[i] - mean;
                    square += e * e;
                }
        gain = (float)(1 / sqrt(square / n + (double)t->eps));
        centre = (float)mean;
        for (int d = 0; d < x->d; d++)
            for (int h = 0; h < x->h; h++) {
                const ptrdiff_t at = (ptrdiff_t)(d * x->h + h) * x->w * x->c;
                for (int i = 0; i < x->w * x->c; i++)
                    row_of(y, d, h)[i] =
                        (row_of(x, d, h)[i] - centre) * gain * weight[at + i] + bias[at + i];
            }
        return;
    }
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            s->kern.layer_norm(row_of(x, d, h), y->w, y->c, t->eps, weight, bias, row_of(y, d, h));
}

/* ---- Moving ------------------------------------------------------------------------------------ */

/* The first third of the channels from the next frame, the second from the one before. */
static void work_shift(const struct view *next, const struct view *before, const struct view *x,
                       const struct view *y)
{
    const int third = x->c / 3;

    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            const float *now = row_of(x, d, h);
            const float *later = next ? row_of(next, d, h) : NULL;
            const float *earlier = before ? row_of(before, d, h) : NULL;
            float *out = row_of(y, d, h);
            for (int w = 0; w < y->w; w++) {
                const int at = w * y->c;
                for (int c = 0; c < third; c++)
                    out[at + c] = later ? later[at + c] : 0;
                for (int c = third; c < 2 * third; c++)
                    out[at + c] = earlier ? earlier[at + c] : 0;
                for (int c = 2 * third; c < y->c; c++)
                    out[at + c] = now[at + c];
            }
        }
}

static void work_copy(const struct pleth_step *t, const struct view *x, const struct view *y)
{
    const int n = at_most(x->c - t->first, y->c - t->to), whole = n == x->c && n == y->c;

    if (positions(x) != positions(y)) { /* tokens joined, all channels */
        memcpy(y->at + (ptrdiff_t)t->to_position * y->c, x->at,
               sizeof(float) * (size_t)(positions(x) * x->c));
        return;
    }
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            const float *from = row_of(x, d, h) + t->first;
            float *to = row_of(y, d, h) + t->to;
            if (t->zeros)
                memset(row_of(y, d, h), 0, sizeof(float) * (size_t)(y->w * y->c));
            if (whole)
                memcpy(to, from, sizeof(float) * (size_t)(y->w * n));
            else
                for (int w = 0; w < y->w; w++)
                    memcpy(to + w * y->c, from + w * x->c, sizeof(float) * (size_t)n);
        }
}

/* Between a map and its windows of k x k: `map` has d = 1, `cut` d = windows. */
static void work_windows(const struct view *map, const struct view *cut, int back)
{
    const int k = cut->w, across = map->w / k;
    const size_t size = sizeof(float) * (size_t)(k * cut->c);

    for (int d = 0; d < cut->d; d++)
        for (int h = 0; h < k; h++) {
            float *a = row_of(map, 0, d / across * k + h) + (ptrdiff_t)(d % across) * k * map->c;
            float *b = row_of(cut, d, h);
            memcpy(back ? a : b, back ? b : a, size);
        }
}

/* ---- Mixing ------------------------------------------------------------------------------------ */

/* Each window and head for itself: scores = scale q'k + bias, softmax over keys, times v. */
static void work_attention(const struct pleth_net_state *s, const struct pleth_step *t,
                           const struct view *q, const struct view *k, const struct view *v,
                           const struct view *y)
{
    const int width = q->c / t->heads, value = v->c / t->heads;
    const int queries = q->h * q->w, keys = k->h * k->w, packed = (keys + 15) / 16 * 16;
    float *across = (float *)(void *)s->scratch; /* keys, packed for gemm */
    float *scores = across + (ptrdiff_t)packed * width;
    const float *bias = t->extra ? constants(s, t->extra) : NULL;
    const float *from;
    struct pleth_gemm g = {0};

    g.x = &from;
    g.pieces = 1;
    for (int d = 0; d < q->d; d++)
        for (int head = 0; head < t->heads; head++) {
            const float *key = row_of(k, d, 0) + head * width;
            for (int j = 0; j < keys; j++)
                for (int c = 0; c < width; c++)
                    across[((ptrdiff_t)(j / 16) * width + c) * 16 + j % 16] =
                        t->scale * key[(ptrdiff_t)j * k->c + c];
            from = row_of(q, d, 0) + head * width;
            g.length = width;
            g.x_step = q->c;
            g.rows = queries;
            g.w = across;
            g.w_step = 16;
            g.w_block = (ptrdiff_t)width * 16;
            g.y = scores;
            g.y_step = keys;
            g.outs = keys;
            s->kern.gemm(&g);
            for (int i = 0; bias && i < queries; i++)
                for (int j = 0; j < keys; j++) {
                    const int dy = i / q->w - j / q->w, dx = i % q->w - j % q->w;
                    scores[i * keys + j] += bias[(dy < 0 ? -dy : dy) * q->w + (dx < 0 ? -dx : dx)];
                }
            s->kern.softmax(scores, queries, keys);
            from = scores;
            g.length = keys;
            g.x_step = keys;
            g.w = row_of(v, d, 0) + head * value;
            g.w_step = v->c;
            g.w_block = 16;
            g.y = row_of(y, d, 0) + head * value;
            g.y_step = y->c;
            g.outs = value;
            s->kern.gemm(&g);
        }
}

/* irfft2(rfft2(x) weight) by products with the matrices of the transforms, 16 channels at a time.
 * In between a row holds u real parts and u imaginary ones of 16 channels. */
static void work_spectral(const struct pleth_net_state *s, const struct pleth_step *t,
                          const struct view *x, const struct view *y)
{
    const int h = x->h, w = x->w, u = w / 2 + 1;
    const float *along = constants(s, t->extra), *down = along + 2 * u * w, *up = down + 4 * h * h,
                *back = up + 4 * h * h;
    const float *weight = constants(s, t->weight), *imaginary = weight + (ptrdiff_t)h * u * x->c;
    float *a = (float *)(void *)s->scratch, *b = a + (ptrdiff_t)h * 2 * u * 16;
    const float *from;
    struct pleth_gemm g = {0};

    g.x = &from;
    g.pieces = 1;
    for (int c = 0; c < x->c; c += 16) {
        const int n = at_most(16, x->c - c);
        g.outs = n;
        /* a[row][2u]: along w */
        from = along;
        g.length = w;
        g.x_step = w;
        g.rows = 2 * u;
        g.w_step = x->c;
        g.y_step = 16;
        for (int i = 0; i < h; i++) {
            g.w = row_of(x, 0, i) + c;
            g.y = a + (ptrdiff_t)i * 2 * u * 16;
            s->kern.gemm(&g);
        }
        /* b[part][row][u]: down h; real and imaginary parts of a row alternate */
        from = down;
        g.length = 2 * h;
        g.x_step = 2 * h;
        g.rows = 2 * h;
        g.w_step = (ptrdiff_t)u * 16;
        g.y_step = (ptrdiff_t)u * 16;
        for (int k = 0; k < u; k++) {
            g.w = a + (ptrdiff_t)k * 16;
            g.y = b + (ptrdiff_t)k * 16;
            s->kern.gemm(&g);
        }
        for (int i = 0; i < h * u; i++) {
            float *re = b + (ptrdiff_t)i * 16, *im = re + (ptrdiff_t)h * u * 16;
            const ptrdiff_t at = (ptrdiff_t)i * x->c + c;
            for (int j = 0; j < n; j++) {
                const float r = re[j], m = im[j];
                re[j] = r * weight[at + j] - m * imaginary[at + j];
                im[j] = r * imaginary[at + j] + m * weight[at + j];
            }
        }
        /* back up: rows alternate in what is read, so real and imaginary parts are interleaved */
        for (int k = 0; k < u; k++)
            for (int i = 0; i < 2 * h; i++)
                memcpy(a + ((ptrdiff_t)k * 2 * h + i) * 16,
                       b + ((ptrdiff_t)(i % 2 * h + i / 2) * u + k) * 16, sizeof(float) * 16);
        from = up;
        g.w_step = 16;
        g.y_step = (ptrdiff_t)u * 16;
        for (int k = 0; k < u; k++) {
            g.w = a + (ptrdiff_t)k * 2 * h * 16;
            g.y = b + (ptrdiff_t)k * 16;
            s->kern.gemm(&g);
        }
        /* back along w: row i has its real parts at b[0][i], its imaginary ones at b[1][i] */
        from = back;
        g.length = 2 * u;
        g.x_step = 2 * u;
        g.rows = w;
        g.w_step = 16;
        g.y_step = y->c;
        for (int i = 0; i < h; i++) {
            memcpy(a, b + (ptrdiff_t)i * u * 16, sizeof(float) * 16 * (size_t)u);
            memcpy(a + (ptrdiff_t)u * 16, b + (ptrdiff_t)(h + i) * u * 16,
                   sizeof(float) * 16 * (size_t)u);
            g.w = a;
            g.y = row_of(y, 0, i) + c;
            s->kern.gemm(&g);
        }
    }
}

/* ---- Dispatch ------------------------------------------------------------------------------------ */

static int is_dense_layer(const struct pleth_step *t, const struct view *y)
{
    return t->work == PLETH_WORK_CONV && t->kernel[0] * t->kernel[1] * t->kernel[2] == 1 &&
           positions(y) == 1;
}

static void run(struct pleth_net_state *s, const struct pleth_step *t, const struct view *x,
                const struct view *y, int64_t frame)
{
    clear(y);
    switch (t->work) {
    case PLETH_WORK_INPUT:
        work_input(s, t, frame, y);
        break;
    case PLETH_WORK_CONV:
        if (is_dense_layer(t, y))
            work_dense(s, t, &x[0], y, 1);
        else
            work_conv(s, t, &x[0], y);
        break;
    case PLETH_WORK_WINOGRAD:
        work_winograd(s, t, &x[0], y);
        break;
    case PLETH_WORK_DEPTHWISE:
        work_depthwise(s, t, &x[0], y);
        break;
    case PLETH_WORK_CONV_TRANSPOSED:
        work_transposed(s, t, &x[0], y);
        break;
    case PLETH_WORK_AFFINE:
        work_affine(s, t, &x[0], y);
        break;
    case PLETH_WORK_LAYER_NORM:
    case PLETH_WORK_LAYER_NORM_WHOLE:
        work_norm(s, t, &x[0], y);
        break;
    case PLETH_WORK_ACTIVATION:
        work_activation(s, t, &x[0], y);
        break;
    case PLETH_WORK_ADD:
        work_add(s, &x[0], &x[1], y);
        break;
    case PLETH_WORK_MULTIPLY:
        work_multiply(s, &x[0], &x[1], y);
        break;
    case PLETH_WORK_POOL:
        work_pool(s, t, &x[0], y);
        break;
    case PLETH_WORK_MEAN:
        work_mean(s, &x[0], y);
        break;
    case PLETH_WORK_MASK:
        work_mask(&x[0], y);
        break;
    case PLETH_WORK_COPY:
        work_copy(t, &x[0], y);
        break;
    case PLETH_WORK_WINDOWS:
        work_windows(&x[0], y, 0);
        break;
    case PLETH_WORK_UNWINDOWS:
        work_windows(y, &x[0], 1);
        break;
    case PLETH_WORK_SPECTRAL:
        work_spectral(s, t, &x[0], y);
        break;
    case PLETH_WORK_ATTENTION:
        work_attention(s, t, &x[0], &x[1], &x[2], y);
        break;
    default:
        break;
    }
}

void pleth_step_frame(struct pleth_net_state *s, const struct pleth_step *t, int frame)
{
    const struct view y = view_frame(s, t->out, frame);
    struct view x[PLETH_OPERANDS];

    for (int k = 0; k < PLETH_OPERANDS; k++)
        if (t->in[k] >= 0)
            x[k] = view_frame(s, t->in[k], frame);
    if (t->work == PLETH_WORK_SHIFT) {
        const int frames = s->last >= 0 ? s->last : frame + 2;
        const int next = frame + 1 < frames ? frame + 1 : t->wrap ? 0 : -1;
        const int before = frame > 0 ? frame - 1 : t->wrap ? frames - 1 : -1;
        const struct view later = view_frame(s, t->in[0], next < 0 ? 0 : next);
        const struct view earlier = view_frame(s, t->in[0], before < 0 ? 0 : before);
        clear(&y);
        work_shift(next < 0 ? NULL : &later, before < 0 ? NULL : &earlier, &x[0], &y);
        return;
    }
    run(s, t, x, &y, s->frame0 + frame);
}

void pleth_step_rows(struct pleth_net_state *s, const struct pleth_step *t)
{
    struct view x[PLETH_OPERANDS], y = view_at(s, t->out, 0);

    if (is_dense_layer(t, &y)) {
        x[0] = view_at(s, t->in[0], 0);
        work_dense(s, t, &x[0], &y, s->rows);
        return;
    }
    for (int row = 0; row < s->rows; row++) {
        for (int k = 0; k < PLETH_OPERANDS; k++)
            if (t->in[k] >= 0)
                x[k] = view_at(s, t->in[k], row);
        y = view_at(s, t->out, row);
        run(s, t, x, &y, s->row0 + row);
    }
}
