/* Steps in float. */
#include <math.h>
#include <string.h>

#include "work.h"

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

/* ---- Products ----------------------------------------------------------------------------------
 */

static void finish(const struct pleth_net_state *s, const struct pleth_step *t, float *y,
                   ptrdiff_t n)
{
    if (t->function >= 0)
        s->kern.activate(t->function, y, n);
}

/* A dense layer: rows rows, x_step floats apart. */
static void work_dense(const struct pleth_net_state *s, const struct pleth_step *t,
                       const struct pleth_view *x, const struct pleth_view *y, int rows)
{
    const int length = pleth_positions(x) * x->c;
    const float *from = x->at;
    struct pleth_gemm g = {0};

    g.x = &from;
    g.pieces = 1;
    g.length = length;
    g.x_step = (ptrdiff_t)(x->place->slot / sizeof(float));
    g.rows = rows;
    g.w = pleth_constants(s, t->weight);
    g.w_step = 16;
    g.w_block = (ptrdiff_t)length * 16;
    g.bias = pleth_constants(s, t->bias);
    g.y = y->at;
    g.y_step = (ptrdiff_t)(y->place->slot / sizeof(float));
    g.outs = y->c;
    s->kern.gemm(&g);
    for (int r = 0; r < rows; r++)
        finish(s, t, g.y + r * g.y_step, y->c);
}

/* x[1] is added where there is one; y may lie over it. */
static void work_conv(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y)
{
    const float *piece[PLETH_PIECES];
    const int pieces = t->kernel[0] * t->kernel[1], sum = pleth_is_sum(t);
    const int over = sum && x[1].at == y->at;
    /* all positions in one row */
    const int flat = pieces == 1 && t->kernel[2] == 1 && t->stride[1] == 1 && t->stride[2] == 1 &&
                     pleth_is_dense(&x[0]) && pleth_is_dense(y) && (!sum || pleth_is_dense(&x[1]));
    const int deep = flat ? 1 : y->d, high = flat ? 1 : y->h;
    const int wide = flat ? pleth_positions(y) : y->w;
    const int chunk = flat || over ? pleth_sum_positions(y->c, 0) : wide;
    struct pleth_gemm g = {0};

    g.x = piece;
    g.pieces = pieces;
    g.length = t->kernel[2] * x->c;
    g.x_step = (ptrdiff_t)t->stride[2] * x->c;
    g.w = pleth_constants(s, t->weight);
    g.w_step = 16;
    g.w_block = (ptrdiff_t)g.length * pieces * 16;
    g.bias = pleth_constants(s, t->bias);
    g.y_step = y->c;
    g.outs = y->c;
    for (int d = 0; d < deep; d++)
        for (int h = 0; h < high; h++)
            for (int at = 0; at < wide; at += chunk) {
                const ptrdiff_t first = (ptrdiff_t)at * y->c;
                float *out = pleth_row(y, d, h) + first;
                for (int i = 0; i < pieces; i++) {
                    int plane, row;
                    const int right = pleth_piece(t, i, d, h, &plane, &row);
                    piece[i] = pleth_row(x, plane, row) + at * g.x_step +
                               (ptrdiff_t)(right - t->pad[2]) * x->c;
                }
                g.rows = at_most(chunk, wide - at);
                g.y = over ? pleth_scratch(s, t) : out;
                s->kern.gemm(&g);
                if (sum)
                    s->kern.add(pleth_row(&x[1], d, h) + first, g.y, out, (ptrdiff_t)g.rows * y->c);
                else
                    finish(s, t, out, (ptrdiff_t)g.rows * y->c);
            }
}

/* Along d: frame `d` gets the taps of its phase. */
static void work_transposed(const struct pleth_net_state *s, const struct pleth_step *t,
                            const struct pleth_view *x, const struct pleth_view *y)
{
    const int stride = t->stride[0], taps = t->kernel[0] / stride;
    const int blocks = (y->c + 15) / 16;
    const float *piece[PLETH_PIECES];
    struct pleth_gemm g = {0};

    g.x = piece;
    g.pieces = taps;
    g.length = x->c;
    g.x_step = x->c;
    g.rows = y->w;
    g.w_step = 16;
    g.w_block = (ptrdiff_t)taps * x->c * 16;
    g.bias = pleth_constants(s, t->bias);
    g.y_step = y->c;
    g.outs = y->c;
    for (int d = 0; d < y->d; d++) {
        const int phase = (d + t->pad[0]) % stride, last = (d + t->pad[0]) / stride;
        g.w = (const float *)pleth_constants(s, t->weight) + phase * blocks * g.w_block;
        for (int h = 0; h < y->h; h++) {
            for (int i = 0; i < taps; i++)
                piece[i] = pleth_row(x, last - (taps - 1) + i, h);
            g.y = pleth_row(y, d, h);
            s->kern.gemm(&g);
            finish(s, t, g.y, (ptrdiff_t)y->w * y->c);
        }
    }
}

static void work_winograd(const struct pleth_net_state *s, const struct pleth_step *t,
                          const struct pleth_view *x, const struct pleth_view *y)
{
    const int wide = (y->w + 3) / 4, tiles = wide * ((y->h + 3) / 4);
    const float *x0 = x->at - t->pad[1] * x->row - (ptrdiff_t)t->pad[2] * x->c;
    const ptrdiff_t v_plane = (ptrdiff_t)PLETH_TILES * x->c + PLETH_PLANE_GAP;
    const ptrdiff_t m_plane = (ptrdiff_t)PLETH_TILES * y->c + PLETH_PLANE_GAP;
    float *v = pleth_scratch(s, t), *m = v + 36 * v_plane;
    const float *from, *bias = pleth_constants(s, t->bias);
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
        g.w = pleth_constants(s, t->weight);
        for (int e = 0; e < 36; e++, g.w += (y->c + 15) / 16 * g.w_block) {
            from = v + e * v_plane;
            g.y = m + e * m_plane;
            s->kern.gemm(&g);
        }
        for (int k = 0; k < n; k++) {
            const int i = 4 * ((first + k) / wide), j = 4 * ((first + k) % wide);
            s->kern.winograd_output(m + (ptrdiff_t)k * y->c, m_plane, y->c, bias,
                                    at_most(4, y->h - i), at_most(4, y->w - j),
                                    pleth_row(y, 0, i) + (ptrdiff_t)j * y->c, y->row);
        }
        for (; finished < at_most(y->h, 4 * ((first + n) / wide)); finished++)
            finish(s, t, pleth_row(y, 0, finished), (ptrdiff_t)y->w * y->c);
    }
}

static void work_depthwise(const struct pleth_net_state *s, const struct pleth_step *t,
                           const struct pleth_view *x, const struct pleth_view *y)
{
    const float *piece[PLETH_PIECES];
    struct pleth_depthwise g = {0};

    g.x = piece;
    g.kh = t->kernel[1];
    g.kw = t->kernel[2];
    g.stride = t->stride[2];
    g.channels = y->c;
    g.outs = y->w;
    g.w = pleth_constants(s, t->weight);
    g.bias = pleth_constants(s, t->bias);
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            for (int i = 0; i < g.kh; i++)
                piece[i] =
                    pleth_row(x, d, h * t->stride[1] - t->pad[1] + i) - (ptrdiff_t)t->pad[2] * x->c;
            g.y = pleth_row(y, d, h);
            s->kern.depthwise(&g);
            finish(s, t, g.y, (ptrdiff_t)y->w * y->c);
        }
}

/* ---- Element by element ------------------------------------------------------------------------
 */

static void work_activation(const struct pleth_net_state *s, const struct pleth_step *t,
                            const struct pleth_view *x, const struct pleth_view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            memcpy(pleth_row(y, d, h), pleth_row(x, d, h), sizeof(float) * (size_t)(y->w * y->c));
            s->kern.activate(t->function, pleth_row(y, d, h), (ptrdiff_t)y->w * y->c);
        }
}

static void work_affine(const struct pleth_net_state *s, const struct pleth_step *t,
                        const struct pleth_view *x, const struct pleth_view *y)
{
    const struct pleth_place *p = y->place;

    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            float *row = p->is_int8 ? pleth_scratch(s, t) : pleth_row(y, d, h);
            s->kern.affine(pleth_row(x, d, h), pleth_constants(s, t->weight),
                           pleth_constants(s, t->bias), row, y->w, y->c, t->relu);
            if (p->is_int8)
                s->kern.quantize(row, pleth_row_s8(y, d, h), (ptrdiff_t)y->w * y->c, 1 / p->scale,
                                 p->zero);
        }
}

static void work_add(const struct pleth_net_state *s, const struct pleth_view *a,
                     const struct pleth_view *b, const struct pleth_view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            s->kern.add(pleth_row(a, d, h), pleth_row(b, d, h), pleth_row(y, d, h),
                        (ptrdiff_t)y->w * y->c);
}

/* The second operand may be a mask (one channel) or a gain (one position). */
static void work_multiply(const struct pleth_net_state *s, const struct pleth_view *a,
                          const struct pleth_view *b, const struct pleth_view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            const float *x = pleth_row(a, d, h);
            float *out = pleth_row(y, d, h);
            if (b->c == 1 && y->c > 1)
                s->kern.scale_rows(x, pleth_row(b, d, h), out, y->w, y->c);
            else if (pleth_positions(b) == 1)
                for (int w = 0; w < y->w; w++)
                    s->kern.multiply(x + w * y->c, b->at, out + w * y->c, y->c);
            else
                s->kern.multiply(x, pleth_row(b, d, h), out, (ptrdiff_t)y->w * y->c);
        }
}

static void work_pool(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y)
{
    const float *piece[PLETH_PIECES];
    const int pieces = t->kernel[0] * t->kernel[1];
    const float scale = 1.0f / (float)(pieces * t->kernel[2]);

    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            for (int i = 0; i < pieces; i++)
                piece[i] = pleth_row(x, d * t->stride[0] + i / t->kernel[1],
                                     h * t->stride[1] + i % t->kernel[1]);
            s->kern.pool(piece, pieces, t->kernel[2], t->stride[2], y->c, y->w, t->maximum, scale,
                         pleth_row(y, d, h));
        }
}

/* Over h and w, each d for itself: row by row, then of what they gave. */
static void work_mean(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y)
{
    const float scale = 1.0f / (float)(x->h * x->w);
    float *sum = pleth_scratch(s, t);

    for (int d = 0; d < y->d; d++) {
        float *out = pleth_row(y, d, 0);
        for (int h = 0; h < x->h; h++) {
            const float *row = pleth_row(x, d, h);
            s->kern.pool(&row, 1, x->w, 1, x->c, 1, 0, scale, h == 0 ? out : sum);
            if (h > 0)
                s->kern.add(out, sum, out, x->c);
        }
    }
}

static void work_mask(const struct pleth_view *x, const struct pleth_view *y)
{
    double sum = 0;
    float scale;

    for (int h = 0; h < x->h; h++)
        for (int w = 0; w < x->w; w++)
            sum += (double)pleth_row(x, 0, h)[w];
    scale = (float)(0.5 * x->h * x->w / sum);
    for (int h = 0; h < x->h; h++)
        for (int w = 0; w < x->w; w++)
            pleth_row(y, 0, h)[w] = pleth_row(x, 0, h)[w] * scale;
}

static void work_norm(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y)
{
    const float *weight = pleth_constants(s, t->weight), *bias = pleth_constants(s, t->bias);

    if (t->work == PLETH_WORK_LAYER_NORM_WHOLE) {
        const int n = pleth_positions(x) * x->c;
        double mean = 0, square = 0;
        float gain, centre;
        for (int d = 0; d < x->d; d++)
            for (int h = 0; h < x->h; h++)
                for (int i = 0; i < x->w * x->c; i++)
                    mean += (double)pleth_row(x, d, h)[i];
        mean /= n;
        for (int d = 0; d < x->d; d++)
            for (int h = 0; h < x->h; h++)
                for (int i = 0; i < x->w * x->c; i++) {
                    const double e = (double)pleth_row(x, d, h)[i] - mean;
                    square += e * e;
                }
        gain = (float)(1 / sqrt(square / n + (double)t->eps));
        centre = (float)mean;
        for (int d = 0; d < x->d; d++)
            for (int h = 0; h < x->h; h++) {
                const ptrdiff_t at = (ptrdiff_t)(d * x->h + h) * x->w * x->c;
                for (int i = 0; i < x->w * x->c; i++)
                    pleth_row(y, d, h)[i] =
                        (pleth_row(x, d, h)[i] - centre) * gain * weight[at + i] + bias[at + i];
            }
        return;
    }
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            s->kern.layer_norm(pleth_row(x, d, h), y->w, y->c, t->eps, weight, bias,
                               pleth_row(y, d, h));
}

/* ---- Mixing ------------------------------------------------------------------------------------
 */

/* Each window and head for itself: scores = scale q'k + bias, softmax over keys, times v. */
static void work_attention(const struct pleth_net_state *s, const struct pleth_step *t,
                           const struct pleth_view *q, const struct pleth_view *k,
                           const struct pleth_view *v, const struct pleth_view *y)
{
    const int width = q->c / t->heads, value = v->c / t->heads;
    const int queries = q->h * q->w, keys = k->h * k->w, packed = (keys + 15) / 16 * 16;
    float *across = pleth_scratch(s, t); /* keys, packed for gemm */
    float *scores = across + (ptrdiff_t)packed * width;
    const float *bias = t->extra ? pleth_constants(s, t->extra) : NULL;
    const float *from;
    struct pleth_gemm g = {0};

    g.x = &from;
    g.pieces = 1;
    for (int d = 0; d < q->d; d++)
        for (int head = 0; head < t->heads; head++) {
            const float *key = pleth_row(k, d, 0) + head * width;
            for (int j = 0; j < keys; j++)
                for (int c = 0; c < width; c++)
                    across[((ptrdiff_t)(j / 16) * width + c) * 16 + j % 16] =
                        t->scale * key[(ptrdiff_t)j * k->c + c];
            from = pleth_row(q, d, 0) + head * width;
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
            g.w = pleth_row(v, d, 0) + head * value;
            g.w_step = v->c;
            g.w_block = 16;
            g.y = pleth_row(y, d, 0) + head * value;
            g.y_step = y->c;
            g.outs = value;
            s->kern.gemm(&g);
        }
}

/* irfft2(rfft2(x) weight) by products with the matrices of the transforms, 16 channels at a time.
 * In between a row holds u real parts and u imaginary ones of 16 channels. */
static void work_spectral(const struct pleth_net_state *s, const struct pleth_step *t,
                          const struct pleth_view *x, const struct pleth_view *y)
{
    const int h = x->h, w = x->w, u = w / 2 + 1;
    const float *along = (const float *)pleth_constants(s, t->extra), *down = along + 2 * u * w,
                *up = down + 4 * h * h, *back = up + 4 * h * h;
    const float *weight = pleth_constants(s, t->weight),
                *imaginary = weight + (ptrdiff_t)h * u * x->c;
    float *a = pleth_scratch(s, t), *b = a + (ptrdiff_t)h * 2 * u * 16;
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
            g.w = pleth_row(x, 0, i) + c;
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
            g.y = pleth_row(y, 0, i) + c;
            s->kern.gemm(&g);
        }
    }
}

/* ---- Dispatch
 * ------------------------------------------------------------------------------------ */

void pleth_work_float(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y, int rows)
{
    switch (t->work) {
    case PLETH_WORK_CONV:
        if (pleth_is_dense_layer(t, y))
            work_dense(s, t, &x[0], y, rows);
        else
            work_conv(s, t, x, y);
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
        work_mean(s, t, &x[0], y);
        break;
    case PLETH_WORK_MASK:
        work_mask(&x[0], y);
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
