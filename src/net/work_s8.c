/* Steps in int8: value = scale (q - zero), sums in int32, the same bits on every machine. */
#include <string.h>

#include "work.h"

static void finish(const struct pleth_net_state *s, const struct pleth_step *t, int8_t *y,
                   ptrdiff_t n)
{
    if (t->function > PLETH_RELU)
        s->kern.table_s8(y, n, pleth_constants(s, t->extra));
}

/* What is the same for all rows of a product. */
static void set_product(const struct pleth_net_state *s, const struct pleth_step *t,
                        const struct pleth_view *y, struct pleth_gemm_s8 *g)
{
    const int outputs = (y->c + 15) / 16 * 16;
    const int32_t *numbers = pleth_constants(s, t->bias);

    memset(g, 0, sizeof *g);
    g->w = pleth_constants(s, t->weight);
    g->bias = numbers;
    g->w_sum = numbers + outputs;
    g->multiplier = numbers + 2 * outputs;
    g->shift = numbers + 3 * outputs;
    g->zero = pleth_has_middle(t) ? t->middle_zero : y->place->zero;
    g->low = t->function == PLETH_RELU ? y->place->zero : -128;
    g->high = 127;
    g->outs = y->c;
}

static void work_dense(const struct pleth_net_state *s, const struct pleth_step *t,
                       const struct pleth_view *x, const struct pleth_view *y, int rows)
{
    const int8_t *from = x->q;
    const float *scale = pleth_constants(s, t->extra);
    struct pleth_gemm_s8 g;

    set_product(s, t, y, &g);
    g.x = &from;
    g.pieces = 1;
    g.length = pleth_positions(x) * x->c;
    g.x_step = (ptrdiff_t)x->place->slot;
    g.rows = rows;
    if (y->place->is_int8) {
        g.y = y->q;
        g.y_step = (ptrdiff_t)y->place->slot;
        s->kern.gemm_s8(&g);
        for (int r = 0; r < rows; r++)
            finish(s, t, g.y + r * g.y_step, y->c);
        return;
    }
    g.sums = pleth_scratch(s, t);
    g.y_step = y->c;
    s->kern.gemm_s8(&g);
    for (int r = 0; r < rows; r++) {
        float *out = y->at + r * (ptrdiff_t)(y->place->slot / sizeof(float));
        for (int c = 0; c < y->c; c++)
            out[c] = (float)g.sums[r * y->c + c] * scale[c];
        if (t->function >= 0)
            s->kern.activate(t->function, out, y->c);
    }
}

/* y = a + b, of n values. */
static void add(const struct pleth_net_state *s, const struct pleth_step *t, const int8_t *a,
                int zero_a, const int8_t *b, int zero_b, int8_t *y, int zero, ptrdiff_t n)
{
    s->kern.add_s8(a, b, y, n, zero_a, t->multiplier[0], zero_b, t->multiplier[1], t->shift, zero,
                   -128);
}

/* x[1] is added where there is one; y may lie over it. */
static void work_conv(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y)
{
    const int8_t *piece[PLETH_PIECES];
    const int sum = pleth_is_sum(t), over = sum && x[1].q == y->q;
    const int chunk = over ? pleth_sum_positions(y->c, 1) : y->w;
    struct pleth_gemm_s8 g;

    set_product(s, t, y, &g);
    g.x = piece;
    g.pieces = t->kernel[0] * t->kernel[1];
    g.length = t->kernel[2] * x->c;
    g.x_step = (ptrdiff_t)t->stride[2] * x->c;
    g.y_step = y->c;
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            for (int at = 0; at < y->w; at += chunk) {
                const ptrdiff_t first = (ptrdiff_t)at * y->c;
                int8_t *out = pleth_row_s8(y, d, h) + first;
                for (int i = 0; i < g.pieces; i++) {
                    int deep, high;
                    const int right = pleth_piece(t, i, d, h, &deep, &high);
                    piece[i] = pleth_row_s8(x, deep, high) + at * g.x_step +
                               (ptrdiff_t)(right - t->pad[2]) * x->c;
                }
                g.rows = chunk < y->w - at ? chunk : y->w - at;
                g.y = over ? pleth_scratch(s, t) : out;
                s->kern.gemm_s8(&g);
                if (sum)
                    add(s, t, g.y, g.zero, pleth_row_s8(&x[1], d, h) + first, x[1].place->zero, out,
                        y->place->zero, (ptrdiff_t)g.rows * y->c);
                else
                    finish(s, t, out, (ptrdiff_t)g.rows * y->c);
            }
}

static void work_add(const struct pleth_net_state *s, const struct pleth_step *t,
                     const struct pleth_view *a, const struct pleth_view *b,
                     const struct pleth_view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            add(s, t, pleth_row_s8(a, d, h), a->place->zero, pleth_row_s8(b, d, h), b->place->zero,
                pleth_row_s8(y, d, h), y->place->zero, (ptrdiff_t)y->w * y->c);
}

static void work_pool(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y)
{
    const int8_t *piece[PLETH_PIECES];
    const int pieces = t->kernel[0] * t->kernel[1];

    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            for (int i = 0; i < pieces; i++)
                piece[i] = pleth_row_s8(x, d * t->stride[0] + i / t->kernel[1],
                                        h * t->stride[1] + i % t->kernel[1]);
            s->kern.pool_s8(piece, pieces, t->kernel[2], t->stride[2], y->c, y->w, t->maximum,
                            x->place->zero, t->multiplier[0], t->shift, y->place->zero,
                            pleth_row_s8(y, d, h));
        }
}

/* Over w alone: maps of one row, which is what 1-D networks have. */
static void work_mean(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y)
{
    for (int d = 0; d < y->d; d++) {
        const int8_t *piece[1];
        piece[0] = pleth_row_s8(x, d, 0);
        s->kern.pool_s8(piece, 1, x->w, 1, y->c, 1, 0, x->place->zero, t->multiplier[0], t->shift,
                        y->place->zero, pleth_row_s8(y, d, 0));
    }
}

static void work_affine(const struct pleth_net_state *s, const struct pleth_step *t,
                        const struct pleth_view *x, const struct pleth_view *y)
{
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            s->kern.affine_s8(pleth_row_s8(x, d, h), pleth_constants(s, t->weight),
                              pleth_constants(s, t->bias), pleth_row_s8(y, d, h), y->w, y->c,
                              t->shift, t->relu ? y->place->zero : -128);
}

/* a / b rounded down, at most PLETH_ATTEND_MOST: times 255 within 31 bits. Bit by bit, as there is
 * only one a frame, and small devices have no division in 64 bits but 700 bytes of code for it. */
static int32_t quotient(int64_t a, int64_t b)
{
    int32_t q = 0;

    for (int32_t bit = (PLETH_ATTEND_MOST + 1) / 2; bit > 0; bit /= 2)
        if ((q + bit) * b <= a)
            q += bit;
    return q;
}

/* y = x s (0.5 h w) / sum of s: with integers a = s - zero, the multiplier of a position is
 * a * (factor 0.5 h w / sum of a), the quotient rounded once a frame. */
static void work_attend(const struct pleth_net_state *s, const struct pleth_step *t,
                        const struct pleth_view *x, const struct pleth_view *mask,
                        const struct pleth_view *y)
{
    int32_t *multiplier = pleth_scratch(s, t), factor;
    int64_t sum = 0;

    for (int h = 0; h < mask->h; h++)
        for (int w = 0; w < mask->w; w++)
            sum += pleth_row_s8(mask, 0, h)[w] - mask->place->zero;
    sum = sum > 0 ? sum : 1;
    factor = quotient((int64_t)t->multiplier[0] * mask->h * mask->w + sum, 2 * sum);
    for (int h = 0; h < y->h; h++) {
        for (int w = 0; w < y->w; w++) {
            const int a = pleth_row_s8(mask, 0, h)[w] - mask->place->zero;
            multiplier[w] = (a > 0 ? a : 0) * factor;
        }
        s->kern.scale_rows_s8(pleth_row_s8(x, 0, h), multiplier, pleth_row_s8(y, 0, h), y->w, y->c,
                              x->place->zero, t->shift, y->place->zero);
    }
}

void pleth_work_s8(const struct pleth_net_state *s, const struct pleth_step *t,
                   const struct pleth_view *x, const struct pleth_view *y, int rows)
{
    switch (t->work) {
    case PLETH_WORK_CONV:
        if (pleth_is_dense_layer(t, y))
            work_dense(s, t, &x[0], y, rows);
        else
            work_conv(s, t, x, y);
        break;
    case PLETH_WORK_ADD:
        work_add(s, t, &x[0], &x[1], y);
        break;
    case PLETH_WORK_POOL:
        work_pool(s, t, &x[0], y);
        break;
    case PLETH_WORK_MEAN:
        work_mean(s, t, &x[0], y);
        break;
    case PLETH_WORK_AFFINE:
        work_affine(s, t, &x[0], y);
        break;
    case PLETH_WORK_ATTEND:
        work_attend(s, t, &x[0], &x[1], y);
        break;
    default:
        break;
    }
}
