/* What each kind of step does with one frame: rows of positions handed to the kernels. */
#include <string.h>

#include "work.h"

/* ---- Places ---------------------------------------------------------------------------------- */

static const struct pleth_place *place_of(const struct pleth_net_state *s, int place)
{
    return (const struct pleth_place *)pleth_constants(s, s->net->places_at) + place;
}

static struct pleth_view view_at(const struct pleth_net_state *s, int place, int slot)
{
    const struct pleth_place *p = place_of(s, place);
    char *base = s->memory + p->at + (size_t)slot * p->slot;
    struct pleth_view v;
    ptrdiff_t first;

    v.place = p;
    v.c = p->shape.c;
    v.d = p->shape.d;
    v.h = p->shape.h;
    v.w = p->shape.w;
    v.row = (ptrdiff_t)(p->before[2] + v.w + p->after[2]) * v.c;
    v.plane = v.row * (p->before[1] + v.h + p->after[1]);
    first = p->before[0] * v.plane + p->before[1] * v.row + (ptrdiff_t)p->before[2] * v.c;
    v.at = (float *)(void *)base + first;
    v.q = (int8_t *)base + first;
    return v;
}

/* Which slot of a place a step outside the tail means by a frame. */
static struct pleth_view view_frame(const struct pleth_net_state *s, int place, int frame)
{
    const struct pleth_place *p = place_of(s, place);

    return view_at(s, place, p->tail ? s->rows : p->per_segment ? 0 : frame % p->slots);
}

void pleth_place_row(const struct pleth_net_state *s, int place, int row, float *out)
{
    const struct pleth_view v = view_at(s, place, row);
    const ptrdiff_t n = pleth_positions(&v);

    for (int c = 0; c < v.c; c++)
        for (ptrdiff_t i = 0; i < n; i++)
            out[c * n + i] = v.place->is_int8
                                 ? v.place->scale * (float)(v.q[i * v.c + c] - v.place->zero)
                                 : v.at[i * v.c + c];
}

void pleth_place_clear(const struct pleth_net_state *s, int place)
{
    const struct pleth_place *p = place_of(s, place);

    memset(s->memory + p->at, p->is_int8 ? p->zero : 0, (size_t)p->slots * p->slot);
}

static void clear(const struct pleth_view *v)
{
    const struct pleth_place *p = v->place;
    const int high = p->before[1] + v->h + p->after[1], deep = p->before[0] + v->d + p->after[0];
    const size_t size = p->is_int8 ? 1 : sizeof(float);
    const int zero = p->is_int8 ? p->zero : 0;
    const size_t left = (size_t)(p->before[2] * v->c) * size;
    const size_t right = (size_t)(p->after[2] * v->c) * size, row = (size_t)v->row * size;
    const ptrdiff_t first =
        p->before[0] * v->plane + p->before[1] * v->row + (ptrdiff_t)p->before[2] * v->c;
    char *at = p->is_int8 ? (char *)(v->q - first) : (char *)(v->at - first);

    if (!p->clear)
        return;
    for (int d = 0; d < deep; d++)
        for (int h = 0; h < high; h++, at += row) {
            const int inside = d >= p->before[0] && d < p->before[0] + v->d && h >= p->before[1] &&
                               h < p->before[1] + v->h;
            if (inside) {
                memset(at, zero, left);
                memset(at + row - right, zero, right);
            } else {
                memset(at, zero, row);
            }
        }
}

/* ---- Input ----------------------------------------------------------------------------------- */

/* From the caller's order (c, d, h, w) to channels last. */
static void work_input(const struct pleth_net_state *s, const struct pleth_step *t, int64_t frame,
                       const struct pleth_view *y)
{
    const int64_t count = s->net->info.input[t->port].count;
    const float *from = s->input[t->port] + (frame - s->input_first) * count;
    const ptrdiff_t plane = pleth_positions(y);
    const struct pleth_place *p = y->place;

    from += t->first * plane;
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            const float *x = from + (ptrdiff_t)(d * y->h + h) * y->w;
            float *row = p->is_int8 ? pleth_scratch(s, t) : pleth_row(y, d, h);
            for (int c = 0; c < y->c; c++, x += plane)
                for (int w = 0; w < y->w; w++)
                    row[w * y->c + c] = t->difference ? x[count + w] - x[w] : x[w];
            if (p->is_int8)
                s->kern.quantize(row, pleth_row_s8(y, d, h), (ptrdiff_t)y->w * y->c, 1 / p->scale,
                                 p->zero);
        }
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

/* ---- Moving ------------------------------------------------------------------------------------
 */

static size_t size_of(const struct pleth_view *v)
{
    return v->place->is_int8 ? 1 : sizeof(float);
}

/* Bytes of a row, whatever its values are. */
static uint8_t *bytes_of(const struct pleth_view *v, int d, int h)
{
    return v->place->is_int8 ? (uint8_t *)pleth_row_s8(v, d, h)
                             : (uint8_t *)(void *)pleth_row(v, d, h);
}

/* The first third of the channels from the next frame, the second from the one before. */
static void work_shift(const struct pleth_net_state *s, const struct pleth_view *next,
                       const struct pleth_view *before, const struct pleth_view *x,
                       const struct pleth_view *y)
{
    const int size = (int)size_of(y);

    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            s->kern.shift(bytes_of(x, d, h), next ? bytes_of(next, d, h) : NULL,
                          before ? bytes_of(before, d, h) : NULL, bytes_of(y, d, h), y->w,
                          y->c * size, y->c / 3 * size, y->place->is_int8 ? y->place->zero : 0);
}

static void work_copy(const struct pleth_step *t, const struct pleth_view *x,
                      const struct pleth_view *y)
{
    const size_t size = size_of(y), wide_x = (size_t)x->c * size, wide_y = (size_t)y->c * size;
    const int n = at_most(x->c - t->first, y->c - t->to), whole = n == x->c && n == y->c;

    if (pleth_positions(x) != pleth_positions(y)) { /* tokens joined, all channels */
        memcpy(bytes_of(y, 0, 0) + (size_t)t->to_position * wide_y, bytes_of(x, 0, 0),
               (size_t)pleth_positions(x) * wide_x);
        return;
    }
    for (int d = 0; d < y->d; d++)
        for (int h = 0; h < y->h; h++) {
            const uint8_t *from = bytes_of(x, d, h) + (size_t)t->first * size;
            uint8_t *to = bytes_of(y, d, h) + (size_t)t->to * size;
            if (t->zeros)
                memset(bytes_of(y, d, h), y->place->is_int8 ? y->place->zero : 0,
                       (size_t)y->w * wide_y);
            if (whole)
                memcpy(to, from, (size_t)y->w * wide_y);
            else
                for (int w = 0; w < y->w; w++)
                    memcpy(to + (size_t)w * wide_y, from + (size_t)w * wide_x, (size_t)n * size);
        }
}

/* Between a map and its windows of k x k: `map` has d = 1, `cut` d = windows. */
static void work_windows(const struct pleth_view *map, const struct pleth_view *cut, int back)
{
    const int k = cut->w, across = map->w / k;
    const size_t size = size_of(cut) * (size_t)(k * cut->c);

    for (int d = 0; d < cut->d; d++)
        for (int h = 0; h < k; h++) {
            uint8_t *a = bytes_of(map, 0, d / across * k + h) + (size_t)(d % across) * size;
            uint8_t *b = bytes_of(cut, d, h);
            memcpy(back ? a : b, back ? b : a, size);
        }
}

/* ---- Dispatch
 * ------------------------------------------------------------------------------------ */

/* By what the step reads: int8 or float. */
static void work(const struct pleth_net_state *s, const struct pleth_step *t,
                 const struct pleth_view *x, const struct pleth_view *y, int rows)
{
    if (x[0].place->is_int8)
        pleth_work_s8(s, t, x, y, rows);
    else
        s->work_float(s, t, x, y, rows);
}

static void run(struct pleth_net_state *s, const struct pleth_step *t, const struct pleth_view *x,
                const struct pleth_view *y, int64_t frame)
{
    clear(y);
    switch (t->work) {
    case PLETH_WORK_INPUT:
        work_input(s, t, frame, y);
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
    default:
        work(s, t, x, y, 1);
        break;
    }
}

/* To who watches, if anybody does. */
static void show(const struct pleth_net_state *s, const struct pleth_step *t,
                 const struct pleth_view *y)
{
    for (int d = 0; s->watch && d < y->d; d++)
        for (int h = 0; h < y->h; h++)
            s->watch(s->watcher, t->out, pleth_row(y, d, h), (ptrdiff_t)y->w * y->c);
}

void pleth_step_frame(struct pleth_net_state *s, const struct pleth_step *t, int frame)
{
    const struct pleth_view y = view_frame(s, t->out, frame);
    struct pleth_view x[PLETH_OPERANDS];

    for (int k = 0; k < PLETH_OPERANDS; k++)
        if (t->in[k] >= 0)
            x[k] = view_frame(s, t->in[k], frame);
    if (t->work == PLETH_WORK_SHIFT) {
        const int frames = s->last >= 0 ? s->last : frame + 2;
        const int next = frame + 1 < frames ? frame + 1 : t->wrap ? 0 : -1;
        const int before = frame > 0 ? frame - 1 : t->wrap ? frames - 1 : -1;
        const struct pleth_view later = view_frame(s, t->in[0], next < 0 ? 0 : next);
        const struct pleth_view earlier = view_frame(s, t->in[0], before < 0 ? 0 : before);
        clear(&y);
        work_shift(s, next < 0 ? NULL : &later, before < 0 ? NULL : &earlier, &x[0], &y);
        return;
    }
    run(s, t, x, &y, s->frame0 + frame);
    show(s, t, &y);
}

void pleth_step_rows(struct pleth_net_state *s, const struct pleth_step *t)
{
    struct pleth_view x[PLETH_OPERANDS], y = view_at(s, t->out, 0);

    if (pleth_is_dense_layer(t, &y)) {
        x[0] = view_at(s, t->in[0], 0);
        work(s, t, x, &y, s->rows);
        for (int row = 0; s->watch && row < s->rows; row++) {
            y = view_at(s, t->out, row);
            show(s, t, &y);
        }
        return;
    }
    for (int row = 0; row < s->rows; row++) {
        for (int k = 0; k < PLETH_OPERANDS; k++)
            if (t->in[k] >= 0)
                x[k] = view_at(s, t->in[k], row);
        y = view_at(s, t->out, row);
        run(s, t, x, &y, s->row0 + row);
        show(s, t, &y);
    }
}
