/* What the steps in float and in int8 share: places at one frame, as rows of positions. */
#ifndef PLETH_NET_WORK_H
#define PLETH_NET_WORK_H

#include "net.h"

enum { PLETH_PIECES = 64 }; /* rows of a window, at most */

/* A place at one frame or row. */
struct pleth_view {
    const struct pleth_place *place;
    float *at; /* first value, behind the border */
    int8_t *q; /* the same of an int8 place */
    int c, d, h, w;
    ptrdiff_t row, plane; /* values from a row (of one d) to the next, from a d to the next */
};

static inline float *pleth_row(const struct pleth_view *v, int d, int h)
{
    return v->at + d * v->plane + h * v->row;
}

static inline int8_t *pleth_row_s8(const struct pleth_view *v, int d, int h)
{
    return v->q + d * v->plane + h * v->row;
}

static inline int pleth_positions(const struct pleth_view *v)
{
    return v->d * v->h * v->w;
}

/* Of a convolution, the row of x under piece i of the window at output (d, h), and how many
 * positions further than the window's beginning the piece begins. */
static inline int pleth_piece(const struct pleth_step *t, int i, int d, int h, int *deep, int *high)
{
    const int apart = t->dilation > 1;

    *deep = d * t->stride[0] - t->pad[0] + i / t->kernel[1];
    *high = h * t->stride[1] - t->pad[1] + (apart ? 0 : i % t->kernel[1]);
    return apart ? i % t->kernel[1] * t->dilation : 0;
}

/* 1 where all positions lie without gaps. */
static inline int pleth_is_dense(const struct pleth_view *v)
{
    return v->row == (ptrdiff_t)v->w * v->c && v->plane == v->row * v->h;
}

/* Bytes of the network at an offset. */
static inline const void *pleth_constants(const struct pleth_net_state *s, uint32_t at)
{
    return (const char *)s->net + at;
}

static inline void *pleth_scratch(const struct pleth_net_state *s, const struct pleth_step *t)
{
    return s->memory + t->scratch;
}

/* A dense layer: one position out, of all values in. */
static inline int pleth_is_dense_layer(const struct pleth_step *t, const struct pleth_view *y)
{
    return t->work == PLETH_WORK_CONV && t->kernel[0] * t->kernel[1] * t->kernel[2] == 1 &&
           pleth_positions(y) == 1;
}

/* One step that reads an int8 place (work_s8.c) or floats (work_float.c); of a dense layer `rows`
 * rows. */
void pleth_work_s8(const struct pleth_net_state *s, const struct pleth_step *t,
                   const struct pleth_view *x, const struct pleth_view *y, int rows);
void pleth_work_float(const struct pleth_net_state *s, const struct pleth_step *t,
                      const struct pleth_view *x, const struct pleth_view *y, int rows);

#endif
