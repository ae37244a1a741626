#include "conv.h"

#include <string.h>

/* LONG_ROW: from this width on, rows are not gathered. GATHERED: floats gathered at a time. */
enum { LONG_ROW = 40, GATHERED = 1 << 15, PIECES = 64 };

/* TILES: at a time, where rows have fewer; GAP: floats between planes of tiles, so that they do not
 * meet in the same places of the cache */
enum { TAPS = 5, POINTS = 8, TILES = 64, GAP = 16 };

/* A correlation of one grid with another, and where its outputs go. */
struct correlation {
    int in[3], out[3], kernel[3], stride[3];
    int pad[3]; /* may be negative: the first window begins later */
    int apart;  /* positions from a tap to the next along w */
    int c, outs;
    const float *w;
    ptrdiff_t w_step, w_block;
    /* where tiles do: the weights of point i at u + i * u_plane, as w */
    const float *u;
    ptrdiff_t u_plane, u_block;
    const float *bias;
    ptrdiff_t y_item, y_step[3]; /* floats from an image, position to the next */
    int add;
};

static int positions(const int n[3])
{
    return n[0] * n[1] * n[2];
}

static int length_of(const struct correlation *t)
{
    return positions(t->kernel) * t->c;
}

static int is_long(const struct correlation *t)
{
    return t->in[0] == 1 && t->kernel[0] == 1 && t->out[2] >= LONG_ROW &&
           t->kernel[1] * t->kernel[2] <= PIECES;
}

/* Rows are positions as they lie */
static int is_flat(const struct correlation *t)
{
    return positions(t->kernel) == 1 && positions(t->stride) == 1 && t->pad[0] == 0 &&
           t->pad[1] == 0 && t->pad[2] == 0 && positions(t->in) == positions(t->out);
}

/* Positions along an axis that the windows reach. */
static int reach(const struct correlation *t, int axis)
{
    return (t->out[axis] - 1) * t->stride[axis] +
           (t->kernel[axis] - 1) * (axis == 2 ? t->apart : 1) + 1;
}

static int is_inside(const struct correlation *t, int axis)
{
    return t->pad[axis] <= 0 && reach(t, axis) - t->pad[axis] <= t->in[axis];
}

/* ---- Residues: for each of positions by the stride, the taps that meet it, in reverse, are a
 * correlation of the small grid ---- */

/* Along an axis: taps first, first + stride, ..., `taps` of them, meet positions residue, residue +
 * stride, ..., `out` of them, of which the first looks at small position -pad first. */
struct residue {
    int first, taps, out, pad;
};

static struct residue residue_of(const struct plethtrain_conv *c, int axis, int residue)
{
    const int s = c->stride[axis], at = residue + c->pad[axis];
    struct residue r;

    r.first = at % s;
    r.taps = r.first < c->kernel[axis] ? (c->kernel[axis] - r.first + s - 1) / s : 0;
    r.out = (c->large[axis] - residue + s - 1) / s;
    r.pad = r.taps - 1 - at / s;
    if (axis == 2 && c->dilation > 1) /* of one residue alone */
        r = (struct residue){0, c->kernel[2], c->large[2],
                             (c->kernel[2] - 1) * c->dilation - c->pad[2]};
    return r;
}

/* Residue number i of all axes; 0 after the last. */
static int residues(const struct plethtrain_conv *c, int i, int residue[3], struct residue r[3])
{
    residue[2] = i % c->stride[2];
    i /= c->stride[2];
    residue[1] = i % c->stride[1];
    residue[0] = i / c->stride[1];
    if (residue[0] >= c->stride[0])
        return 0;
    for (int axis = 0; axis < 3; axis++)
        r[axis] = residue_of(c, axis, residue[axis]);
    return 1;
}

static ptrdiff_t packed_of(const struct plethtrain_conv *c, const struct residue r[3])
{
    return (ptrdiff_t)((c->large_c + 15) / 16 * 16) * r[0].taps * r[1].taps * r[2].taps *
           c->small_c;
}

/* Floats of weights packed for `back`. */
static ptrdiff_t back_packed(const struct plethtrain_conv *c)
{
    struct residue r[3];
    int residue[3];
    ptrdiff_t n = 0;

    for (int i = 0; !c->depthwise && residues(c, i, residue, r); i++)
        n += packed_of(c, r);
    return n;
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

/* An image of h x w with as many zeros around as the windows reach, or itself where they stay
 * inside. *step: floats from a row to the next. */
static const float *padded(const struct correlation *t, const float *x, float *to, ptrdiff_t *step)
{
    const int high = reach(t, 1), wide = reach(t, 2);
    const int first = t->pad[2] > 0 ? t->pad[2] : 0, skip = t->pad[2] < 0 ? -t->pad[2] : 0;
    int n = t->in[2] - skip;
    float *row = to;

    if (is_inside(t, 1) && is_inside(t, 2)) {
        *step = (ptrdiff_t)t->in[2] * t->c;
        return x - ((ptrdiff_t)t->pad[1] * t->in[2] + t->pad[2]) * t->c;
    }
    n = n < wide - first ? n : wide - first;
    *step = (ptrdiff_t)wide * t->c;
    for (int h = 0; h < high; h++, row += *step) {
        const int from = h - t->pad[1];
        if (from < 0 || from >= t->in[1]) {
            memset(row, 0, sizeof(float) * (size_t)*step);
            continue;
        }
        memset(row, 0, sizeof(float) * (size_t)(first * t->c));
        memcpy(row + first * t->c, x + ((ptrdiff_t)from * t->in[2] + skip) * t->c,
               sizeof(float) * (size_t)(n * t->c));
        memset(row + (first + n) * t->c, 0, sizeof(float) * (size_t)((wide - first - n) * t->c));
    }
    return to;
}

/* The same of taps that lie apart, whose image is one row */
static void gather_apart(const struct correlation *t, const float *x, int at, float *to)
{
    for (int e = 0; e < t->kernel[2]; e++, to += t->c) {
        const int w = at - t->pad[2] + e * t->apart;
        if (w < 0 || w >= t->in[2])
            memset(to, 0, sizeof(float) * (size_t)t->c);
        else
            memcpy(to, x + (ptrdiff_t)w * t->c, sizeof(float) * (size_t)t->c);
    }
}

/* What lies under output position (d, h, w) of an image */
static void gather(const struct correlation *t, const float *x, const int at[3], float *to)
{
    const int run = t->kernel[2] * t->c, w = at[2] * t->stride[2] - t->pad[2];
    const int low = w < 0 ? (-w < t->kernel[2] ? -w : t->kernel[2]) : 0;
    const int left = t->in[2] - w;
    const int high = left < t->kernel[2] ? (left > low ? left : low) : t->kernel[2];

    for (int a = 0; a < t->kernel[0]; a++)
        for (int b = 0; b < t->kernel[1]; b++, to += run) {
            const int d = at[0] * t->stride[0] - t->pad[0] + a;
            const int h = at[1] * t->stride[1] - t->pad[1] + b;
            if (d < 0 || d >= t->in[0] || h < 0 || h >= t->in[1]) {
                memset(to, 0, sizeof(float) * (size_t)run);
                continue;
            }
            if (low > 0)
                memset(to, 0, sizeof(float) * (size_t)(low * t->c));
            if (high > low)
                memcpy(to + low * t->c,
                       x + (((ptrdiff_t)d * t->in[1] + h) * t->in[2] + w + low) * t->c,
                       sizeof(float) * (size_t)((high - low) * t->c));
            if (high < t->kernel[2])
                memset(to + high * t->c, 0, sizeof(float) * (size_t)((t->kernel[2] - high) * t->c));
        }
}

/* A place in the grid of outputs of all images, going through them in order. */
struct walk {
    int item, at[3];
};

static struct walk walk_to(const struct correlation *t, ptrdiff_t row)
{
    struct walk k;
    int p = (int)(row % positions(t->out));

    k.item = (int)(row / positions(t->out));
    k.at[2] = p % t->out[2];
    p /= t->out[2];
    k.at[1] = p % t->out[1];
    k.at[0] = p / t->out[1];
    return k;
}

static void walk_on(const struct correlation *t, struct walk *k)
{
    if (++k->at[2] < t->out[2])
        return;
    k->at[2] = 0;
    if (++k->at[1] < t->out[1])
        return;
    k->at[1] = 0;
    if (++k->at[0] < t->out[0])
        return;
    k->at[0] = 0;
    k->item++;
}

static const float *gather_rows(const struct correlation *t, const float *x, ptrdiff_t row,
                                int rows, float *to)
{
    const int length = length_of(t);
    const ptrdiff_t image = (ptrdiff_t)positions(t->in) * t->c;
    struct walk k = walk_to(t, row);

    if (is_flat(t))
        return x + row * t->c;
    for (int r = 0; r < rows; r++, walk_on(t, &k))
        if (t->apart > 1)
            gather_apart(t, x + k.item * image, k.at[2], to + (ptrdiff_t)r * length);
        else
            gather(t, x + k.item * image, k.at, to + (ptrdiff_t)r * length);
    return to;
}

/* Rows gathered at a time */
static int block_rows(const struct correlation *t)
{
    const int n = GATHERED / (length_of(t) + t->outs);

    return n < 48 ? 48 : n;
}

/* ---- Forward ----------------------------------------------------------------------------------
 */

static float *place(const struct correlation *t, float *y, const struct walk *k)
{
    return y + k->item * t->y_item + k->at[0] * t->y_step[0] + k->at[1] * t->y_step[1] +
           k->at[2] * t->y_step[2];
}

/* All outputs lie equally far from one to the next. */
static int is_uniform(const struct correlation *t, int items)
{
    ptrdiff_t step = t->y_step[2] * t->out[2];

    for (int axis = 1; axis >= 0; axis--) {
        if (t->out[axis] > 1 && t->y_step[axis] != step)
            return 0;
        step *= t->out[axis];
    }
    return items == 1 || t->y_item == step;
}

/* A product whose rows go to y, or by way of scratch where they are scattered (not uniform) or
 * added. */
static void multiply(const struct plethtrain_tools *tools, const struct correlation *t,
                     struct pleth_gemm *g, struct walk k, int uniform, float *y, float *scratch)
{
    const int direct = uniform && !t->add;

    g->w = t->w;
    g->w_step = t->w_step;
    g->w_block = t->w_block;
    g->bias = t->bias;
    g->outs = t->outs;
    g->y = direct ? place(t, y, &k) : scratch;
    g->y_step = direct ? t->y_step[2] : t->outs;
    tools->kern.gemm(g);
    if (t->add && uniform && t->y_step[2] == t->outs) {
        tools->kern.add(scratch, place(t, y, &k), place(t, y, &k), (ptrdiff_t)g->rows * t->outs);
        return;
    }
    for (int r = 0; !direct && r < g->rows; r++, walk_on(t, &k)) {
        float *to = place(t, y, &k);
        const float *from = scratch + (ptrdiff_t)r * t->outs;
        if (t->add)
            tools->kern.add(from, to, to, t->outs);
        else
            memcpy(to, from, sizeof(float) * (size_t)t->outs);
    }
}

static void correlate_long(const struct plethtrain_tools *tools, const struct correlation *t,
                           int items, const float *x, float *y)
{
    const int apart = t->apart > 1;
    const float *piece[PIECES];
    float *plane = tools->scratch;
    float *rows = plane + (ptrdiff_t)reach(t, 1) * reach(t, 2) * t->c;
    struct pleth_gemm g = {0};

    g.x = piece;
    g.pieces = t->kernel[1] * (apart ? t->kernel[2] : 1);
    g.length = (apart ? 1 : t->kernel[2]) * t->c;
    g.x_step = (ptrdiff_t)t->stride[2] * t->c;
    g.rows = t->out[2];
    for (int i = 0; i < items; i++) {
        ptrdiff_t step;
        const float *from = padded(t, x + (ptrdiff_t)i * t->in[1] * t->in[2] * t->c, plane, &step);
        for (int h = 0; h < t->out[1]; h++) {
            const struct walk k = {i, {0, h, 0}};
            for (int b = 0; b < g.pieces; b++)
                piece[b] = from + (h * t->stride[1] + (apart ? 0 : b)) * step +
                           (apart ? (ptrdiff_t)b * t->apart * t->c : 0);
            multiply(tools, t, &g, k, 1, y, rows);
        }
    }
}

/* ---- Five taps by tiles -----------------------------------------------------------------------
 */

static int is_tiled(const struct plethtrain_conv *c)
{
    return !c->depthwise && c->dilation <= 1 && c->kernel[0] == 1 && c->kernel[1] == 1 &&
           c->kernel[2] == TAPS && positions(c->stride) == 1 && c->large[0] == 1 &&
           c->large[1] == 1 && c->large_c >= 16 && c->small_c >= 16;
}

/* What the taps are at the points 0, +-1, +-2, +-1/2 and infinity, with the factors of the other
 * transforms in it. */
static const float points[POINTS][TAPS] = {
    {-1, 0, 0, 0, 0},
    {-2 / 9.0f, -2 / 9.0f, -2 / 9.0f, -2 / 9.0f, -2 / 9.0f},
    {-2 / 9.0f, 2 / 9.0f, -2 / 9.0f, 2 / 9.0f, -2 / 9.0f},
    {1 / 90.0f, 2 / 90.0f, 4 / 90.0f, 8 / 90.0f, 16 / 90.0f},
    {1 / 90.0f, -2 / 90.0f, 4 / 90.0f, -8 / 90.0f, 16 / 90.0f},
    {32 / 45.0f, 16 / 45.0f, 8 / 45.0f, 4 / 45.0f, 2 / 45.0f},
    {32 / 45.0f, -16 / 45.0f, 8 / 45.0f, -4 / 45.0f, 2 / 45.0f},
    {0, 0, 0, 0, 1},
};

/* u[i] = sum over k of points[i][k] * w[k], of n values each, in w side by side */
static void to_points(const float *w, ptrdiff_t n, float *u, ptrdiff_t u_plane)
{
    for (int i = 0; i < POINTS; i++) {
        const float *p = points[i];
        float *to = u + i * u_plane;
        for (ptrdiff_t k = 0; k < n; k++)
            to[k] = p[0] * w[k] + p[1] * w[n + k] + p[2] * w[2 * n + k] + p[3] * w[3 * n + k] +
                    p[4] * w[4 * n + k];
    }
}

/* Images whose tiles make a block, tiles of a row; floats from a point's tiles to the next's; and
 * where in scratch, behind a row with zeros around, tiles of x, of y, and the rest lie. */
struct tiling {
    int items, tiles;
    ptrdiff_t x_plane, y_plane;
    ptrdiff_t x, y, rest;
};

static struct tiling tiling_of(const struct correlation *t)
{
    struct tiling g;

    g.tiles = (t->out[2] + 3) / 4;
    g.items = TILES / g.tiles > 0 ? TILES / g.tiles : 1;
    g.x_plane = (ptrdiff_t)g.items * g.tiles * t->c + GAP;
    g.y_plane = (ptrdiff_t)g.items * g.tiles * t->outs + GAP;
    g.x = (ptrdiff_t)(4 * g.tiles + 4) * t->c;
    g.y = g.x + POINTS * g.x_plane;
    g.rest = g.y + POINTS * g.y_plane;
    return g;
}

static ptrdiff_t tiled_scratch(const struct correlation *t)
{
    const ptrdiff_t sums = (ptrdiff_t)POINTS * t->c * t->outs;
    const ptrdiff_t row = (ptrdiff_t)t->out[2] * t->outs;

    return tiling_of(t).rest + (sums > row ? sums : row);
}

/* The tiles of a block of images of x. */
static void tile_rows(const struct plethtrain_tools *tools, const struct correlation *t,
                      const struct tiling *g, int items, const float *x)
{
    const int wide = 4 * g->tiles + 4, first = t->pad[2];
    const int n = t->in[2] < wide - first ? t->in[2] : wide - first;
    float *row = tools->scratch;

    memset(row, 0, sizeof(float) * (size_t)(first * t->c));
    memset(row + (ptrdiff_t)(first + n) * t->c, 0,
           sizeof(float) * (size_t)((wide - first - n) * t->c));
    for (int i = 0; i < items; i++) {
        memcpy(row + first * t->c, x + (ptrdiff_t)i * t->in[2] * t->c,
               sizeof(float) * (size_t)(n * t->c));
        tools->train.tile_input(row, g->tiles, t->c,
                                tools->scratch + g->x + (ptrdiff_t)i * g->tiles * t->c, g->x_plane);
    }
}

static void correlate_tiles(const struct plethtrain_tools *tools, const struct correlation *t,
                            int items, const float *x, float *y)
{
    const struct tiling g = tiling_of(t);
    const ptrdiff_t x_item = (ptrdiff_t)t->in[2] * t->c, y_item = (ptrdiff_t)t->out[2] * t->outs;
    struct pleth_gemm m = {0};
    float *tiles_x = tools->scratch + g.x, *tiles_y = tools->scratch + g.y;
    float *rest = tools->scratch + g.rest;
    const float *from;

    m.x = &from;
    m.pieces = 1;
    m.length = t->c;
    m.x_step = t->c;
    m.w_step = t->w_step;
    m.w_block = t->u_block;
    m.y_step = m.outs = t->outs;
    for (int i = 0; i < items; i += g.items) {
        const int n = items - i < g.items ? items - i : g.items;
        tile_rows(tools, t, &g, n, x + i * x_item);
        m.rows = n * g.tiles;
        for (int p = 0; p < POINTS; p++) {
            from = tiles_x + p * g.x_plane;
            m.w = t->u + p * t->u_plane;
            m.y = tiles_y + p * g.y_plane;
            tools->kern.gemm(&m);
        }
        for (int k = 0; k < n; k++) {
            float *to = y + (i + k) * y_item, *out = t->add ? rest : to;
            tools->train.tile_output(tiles_y + (ptrdiff_t)k * g.tiles * t->outs, g.y_plane,
                                     t->out[2], t->outs, t->bias, out);
            if (t->add)
                tools->kern.add(out, to, to, y_item);
        }
    }
}

static void weights_tiles(const struct plethtrain_tools *tools, const struct correlation *t,
                          int items, const float *x, const float *dy, float *dw)
{
    const struct tiling g = tiling_of(t);
    const ptrdiff_t x_item = (ptrdiff_t)t->in[2] * t->c, y_item = (ptrdiff_t)t->out[2] * t->outs;
    const ptrdiff_t n = (ptrdiff_t)t->c * t->outs;
    float *tiles_x = tools->scratch + g.x, *tiles_y = tools->scratch + g.y;
    float *rest = tools->scratch + g.rest;
    struct plethtrain_outer o = {0};

    memset(rest, 0, sizeof(float) * (size_t)(POINTS * n));
    o.x_step = o.length = t->c;
    o.dy_step = o.outs = t->outs;
    o.w_step = t->outs;
    for (int i = 0; i < items; i += g.items) {
        const int some = items - i < g.items ? items - i : g.items;
        tile_rows(tools, t, &g, some, x + i * x_item);
        for (int k = 0; k < some; k++)
            tools->train.tile_expand(dy + (i + k) * y_item, t->out[2], t->outs,
                                     tiles_y + (ptrdiff_t)k * g.tiles * t->outs, g.y_plane);
        o.rows = some * g.tiles;
        for (int p = 0; p < POINTS; p++) {
            o.x = tiles_x + p * g.x_plane;
            o.dy = tiles_y + p * g.y_plane;
            o.w = rest + p * n;
            tools->train.outer(&o);
        }
    }
    for (int k = 0; k < TAPS; k++)
        for (int p = 0; p < POINTS; p++)
            tools->train.add_scaled(rest + p * n, points[p][k], n, dw + k * n);
}

static void correlate(const struct plethtrain_tools *tools, const struct correlation *t, int items,
                      const float *x, float *y)
{
    const ptrdiff_t all = (ptrdiff_t)items * positions(t->out);
    const int block = block_rows(t), uniform = is_uniform(t, items);
    struct pleth_gemm g = {0};
    const float *from;

    if (t->u) {
        correlate_tiles(tools, t, items, x, y);
        return;
    }
    if (is_long(t)) {
        correlate_long(tools, t, items, x, y);
        return;
    }
    g.x = &from;
    g.pieces = 1;
    g.length = length_of(t);
    g.x_step = g.length;
    for (ptrdiff_t row = 0; row < all; row += block) {
        g.rows = all - row < block ? (int)(all - row) : block;
        from = gather_rows(t, x, row, g.rows, tools->scratch);
        multiply(tools, t, &g, walk_to(t, row), uniform, y,
                 tools->scratch + (ptrdiff_t)block * g.length);
    }
}

static struct correlation forth(const struct plethtrain_conv *c)
{
    struct correlation t = {.c = c->large_c, .outs = c->small_c};

    memcpy(t.in, c->large, sizeof t.in);
    memcpy(t.out, c->small, sizeof t.out);
    memcpy(t.kernel, c->kernel, sizeof t.kernel);
    memcpy(t.stride, c->stride, sizeof t.stride);
    memcpy(t.pad, c->pad, sizeof t.pad);
    t.apart = c->dilation > 1 ? c->dilation : 1;
    t.w_step = c->small_c;
    t.w_block = 16;
    t.y_step[2] = c->small_c;
    t.y_step[1] = t.y_step[2] * c->small[2];
    t.y_step[0] = t.y_step[1] * c->small[1];
    t.y_item = t.y_step[0] * c->small[0];
    return t;
}

static void depthwise_forth(const struct plethtrain_tools *tools, const struct correlation *t,
                            int items, const float *x, const float *w, const float *bias, float *y)
{
    const float *piece[PIECES];
    struct pleth_depthwise g = {0};

    g.x = piece;
    g.kh = t->kernel[1];
    g.kw = t->kernel[2];
    g.stride = t->stride[2];
    g.channels = t->c;
    g.outs = t->out[2];
    g.w = w;
    g.bias = bias;
    for (int i = 0; i < items; i++) {
        ptrdiff_t step;
        const float *from =
            padded(t, x + (ptrdiff_t)i * t->in[1] * t->in[2] * t->c, tools->scratch, &step);
        for (int h = 0; h < t->out[1]; h++) {
            for (int b = 0; b < g.kh; b++)
                piece[b] = from + (h * t->stride[1] + b) * step;
            g.y = y + i * t->y_item + h * t->y_step[1];
            tools->kern.depthwise(&g);
        }
    }
}

void plethtrain_conv_forth(const struct plethtrain_tools *tools, const struct plethtrain_conv *c,
                           int items, const float *large, const float *w, const float *bias,
                           int add, float *small)
{
    struct correlation t = forth(c);

    t.add = add;
    t.w = w;
    t.bias = bias;
    if (c->depthwise)
        depthwise_forth(tools, &t, items, large, w, bias, small);
    else
        correlate(tools, &t, items, large, small);
}

/* ---- Back to the large grid ------------------------------------------------------------------
 */

/* Of what is tiled, the points follow. */
ptrdiff_t plethtrain_conv_packed(const struct plethtrain_conv *c)
{
    const ptrdiff_t n = back_packed(c);

    return is_tiled(c) ? n + n / TAPS * POINTS : n;
}

/* Of one tap, `columns` of the large channels: (small c, 16) */
static void pack_tap(const float *w, int columns, int small_c, float *to)
{
    for (int s = 0; s < small_c; s++, to += 16)
        for (int k = 0; k < 16; k++)
            to[k] = k < columns ? w[(ptrdiff_t)k * small_c + s] : 0;
}

static void pack_back(const struct plethtrain_conv *c, const float *w, float *packed)
{
    struct residue r[3];
    int residue[3];

    for (int i = 0; !c->depthwise && residues(c, i, residue, r); i++)
        for (int first = 0; first < c->large_c; first += 16)
            for (int a = r[0].taps - 1; a >= 0; a--)
                for (int b = r[1].taps - 1; b >= 0; b--)
                    for (int d = r[2].taps - 1; d >= 0; d--) {
                        const int tap = ((r[0].first + a * c->stride[0]) * c->kernel[1] +
                                         r[1].first + b * c->stride[1]) *
                                            c->kernel[2] +
                                        r[2].first + d * c->stride[2];
                        const int left = c->large_c - first;
                        pack_tap(w + ((ptrdiff_t)tap * c->large_c + first) * c->small_c,
                                 left < 16 ? left : 16, c->small_c, packed);
                        packed += 16 * c->small_c;
                    }
}

void plethtrain_conv_pack(const struct plethtrain_conv *c, const float *w, float *packed)
{
    const ptrdiff_t block = (ptrdiff_t)16 * c->small_c;
    float *u = packed + back_packed(c);

    pack_back(c, w, packed);
    for (int first = 0; is_tiled(c) && first < c->large_c; first += 16) {
        to_points(packed, block, u, (c->large_c + 15) / 16 * block);
        packed += TAPS * block;
        u += block;
    }
}

static ptrdiff_t large_size(const struct plethtrain_conv *c)
{
    return (ptrdiff_t)positions(c->large) * c->large_c;
}

static void depthwise_back(const struct plethtrain_conv *c, int items, const float *small,
                           const float *w, float *large)
{
    const int n = c->large_c;

    for (int i = 0; i < items; i++, large += large_size(c))
        for (int h = 0; h < c->small[1]; h++)
            for (int v = 0; v < c->small[2]; v++, small += n)
                for (int a = 0; a < c->kernel[1]; a++)
                    for (int b = 0; b < c->kernel[2]; b++) {
                        const int y = h * c->stride[1] - c->pad[1] + a;
                        const int x = v * c->stride[2] - c->pad[2] + b;
                        const float *tap = w + (ptrdiff_t)(a * c->kernel[2] + b) * n;
                        float *to = large + ((ptrdiff_t)y * c->large[2] + x) * n;
                        if (y < 0 || y >= c->large[1] || x < 0 || x >= c->large[2])
                            continue;
                        for (int k = 0; k < n; k++)
                            to[k] += small[k] * tap[k];
                    }
}

static struct correlation back(const struct plethtrain_conv *c, const struct residue r[3])
{
    struct correlation t = {.c = c->small_c, .outs = c->large_c};
    const ptrdiff_t row = (ptrdiff_t)c->large[2] * c->large_c;

    for (int axis = 0; axis < 3; axis++) {
        t.in[axis] = c->small[axis];
        t.out[axis] = r[axis].out;
        t.kernel[axis] = r[axis].taps;
        t.stride[axis] = 1;
        t.pad[axis] = r[axis].pad;
    }
    t.apart = c->dilation > 1 ? c->dilation : 1;
    t.w_step = 16;
    t.w_block = 16 * (ptrdiff_t)length_of(&t);
    t.y_step[2] = (ptrdiff_t)c->stride[2] * c->large_c;
    t.y_step[1] = c->stride[1] * row;
    t.y_step[0] = c->stride[0] * row * c->large[1];
    t.y_item = large_size(c);
    return t;
}

/* bias or zeros where no tap meets a residue */
static void fill(const struct correlation *t, int items, const float *bias, float *y)
{
    const ptrdiff_t all = (ptrdiff_t)items * positions(t->out);
    struct walk k = {0};

    for (ptrdiff_t row = 0; row < all; row++, walk_on(t, &k))
        for (int o = 0; o < t->outs; o++)
            place(t, y, &k)[o] = bias ? bias[o] : 0;
}

void plethtrain_conv_back(const struct plethtrain_tools *tools, const struct plethtrain_conv *c,
                          int items, const float *small, const float *packed, const float *bias,
                          int add, float *large)
{
    struct residue r[3];
    int residue[3];

    if (c->depthwise) {
        if (!add)
            memset(large, 0, sizeof(float) * (size_t)(items * large_size(c)));
        depthwise_back(c, items, small, packed, large);
        return;
    }
    for (int i = 0; residues(c, i, residue, r); i++) {
        struct correlation t = back(c, r);
        float *y = large +
                   (((ptrdiff_t)residue[0] * c->large[1] + residue[1]) * c->large[2] + residue[2]) *
                       c->large_c;
        t.w = packed;
        if (is_tiled(c)) {
            t.u = packed + back_packed(c); /* there is one residue */
            t.u_plane = (ptrdiff_t)((c->large_c + 15) / 16 * 16) * c->small_c;
            t.u_block = 16 * (ptrdiff_t)c->small_c;
        }
        t.bias = bias;
        t.add = add;
        packed += packed_of(c, r);
        if (positions(t.out) <= 0)
            continue;
        if (positions(t.kernel) > 0)
            correlate(tools, &t, items, small, y);
        else if (!add)
            fill(&t, items, bias, y);
    }
}

/* ---- Gradient by the weights ------------------------------------------------------------------
 */

static void depthwise_weights(const struct plethtrain_conv *c, int items, const float *large,
                              const float *small, float *dw)
{
    const int n = c->large_c;

    for (int i = 0; i < items; i++, large += large_size(c))
        for (int h = 0; h < c->small[1]; h++)
            for (int v = 0; v < c->small[2]; v++, small += n)
                for (int a = 0; a < c->kernel[1]; a++)
                    for (int b = 0; b < c->kernel[2]; b++) {
                        const int y = h * c->stride[1] - c->pad[1] + a;
                        const int x = v * c->stride[2] - c->pad[2] + b;
                        const float *from = large + ((ptrdiff_t)y * c->large[2] + x) * n;
                        float *tap = dw + (ptrdiff_t)(a * c->kernel[2] + b) * n;
                        if (y < 0 || y >= c->large[1] || x < 0 || x >= c->large[2])
                            continue;
                        for (int k = 0; k < n; k++)
                            tap[k] += small[k] * from[k];
                    }
}

static void weights_long(const struct plethtrain_tools *tools, const struct correlation *t,
                         int items, const float *x, const float *dy, float *dw)
{
    const int apart = t->apart > 1, pieces = apart ? t->kernel[2] : t->kernel[1];
    struct plethtrain_outer o = {0};

    o.x_step = (ptrdiff_t)t->stride[2] * t->c;
    o.dy_step = t->outs;
    o.rows = t->out[2];
    o.length = (apart ? 1 : t->kernel[2]) * t->c;
    o.outs = t->outs;
    o.w_step = t->outs;
    for (int i = 0; i < items; i++) {
        ptrdiff_t step;
        const float *from =
            padded(t, x + (ptrdiff_t)i * t->in[1] * t->in[2] * t->c, tools->scratch, &step);
        for (int h = 0; h < t->out[1]; h++, dy += (ptrdiff_t)t->out[2] * t->outs)
            for (int b = 0; b < pieces; b++) {
                o.x = from + (h * t->stride[1] + (apart ? 0 : b)) * step +
                      (apart ? (ptrdiff_t)b * t->apart * t->c : 0);
                o.dy = dy;
                o.w = dw + (ptrdiff_t)b * o.length * t->outs;
                tools->train.outer(&o);
            }
    }
}

void plethtrain_conv_weights(const struct plethtrain_tools *tools, const struct plethtrain_conv *c,
                             int items, const float *large, const float *small, float *dw)
{
    const struct correlation t = forth(c);
    const ptrdiff_t all = (ptrdiff_t)items * positions(t.out);
    const int block = block_rows(&t);
    struct plethtrain_outer o = {0};

    if (c->depthwise) {
        depthwise_weights(c, items, large, small, dw);
        return;
    }
    if (is_tiled(c)) {
        weights_tiles(tools, &t, items, large, small, dw);
        return;
    }
    if (is_long(&t)) {
        weights_long(tools, &t, items, large, small, dw);
        return;
    }
    o.length = length_of(&t);
    o.x_step = o.length;
    o.dy_step = t.outs;
    o.outs = t.outs;
    o.w = dw;
    o.w_step = t.outs;
    for (ptrdiff_t row = 0; row < all; row += block) {
        o.rows = all - row < block ? (int)(all - row) : block;
        o.x = gather_rows(&t, large, row, o.rows, tools->scratch);
        o.dy = small + row * t.outs;
        tools->train.outer(&o);
    }
}

/* ---- Scratch ----------------------------------------------------------------------------------
 */

static ptrdiff_t scratch_of(const struct correlation *t)
{
    const ptrdiff_t plane = (ptrdiff_t)reach(t, 1) * reach(t, 2) * t->c;
    const ptrdiff_t rows = (ptrdiff_t)block_rows(t) * (length_of(t) + t->outs);

    if (t->in[0] == 1 && plane + (ptrdiff_t)t->out[2] * t->outs > rows)
        return plane + (ptrdiff_t)t->out[2] * t->outs;
    return rows;
}

ptrdiff_t plethtrain_conv_scratch(const struct plethtrain_conv *c)
{
    struct correlation t = forth(c);
    ptrdiff_t most = scratch_of(&t);
    struct residue r[3];
    int residue[3];

    for (int i = 0; residues(c, i, residue, r); i++) {
        t = back(c, r);
        if (positions(t.out) > 0 && positions(t.kernel) > 0 && scratch_of(&t) > most)
            most = scratch_of(&t);
        if (is_tiled(c) && tiled_scratch(&t) > most)
            most = tiled_scratch(&t);
    }
    t = forth(c);
    if (is_tiled(c) && tiled_scratch(&t) > most)
        most = tiled_scratch(&t);
    return most;
}
