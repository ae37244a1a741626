#include "crop.h"

#include "frame.h"

#include <math.h>
#include <string.h>

/* Interleaved samples of one plane, and which bytes of each are which component: red, green, blue
 * or Y, Cb, Cr. step 0: none. */
struct pass {
    int plane, step, half_x, half_y;
    struct {
        int byte, component;
    } take[3];
    int takes;
};

static const struct pass passes[PLETH_FORMAT_COUNT][3] = {
    [PLETH_RGB24] = {{0, 3, 0, 0, {{0, 0}, {1, 1}, {2, 2}}, 3}},
    [PLETH_BGR24] = {{0, 3, 0, 0, {{0, 2}, {1, 1}, {2, 0}}, 3}},
    [PLETH_RGBA] = {{0, 4, 0, 0, {{0, 0}, {1, 1}, {2, 2}}, 3}},
    [PLETH_GRAY8] = {{0, 1, 0, 0, {{0, 0}}, 1}},
    [PLETH_NV12] = {{0, 1, 0, 0, {{0, 0}}, 1}, {1, 2, 1, 1, {{0, 1}, {1, 2}}, 2}},
    [PLETH_I420] = {{0, 1, 0, 0, {{0, 0}}, 1},
                    {1, 1, 1, 1, {{0, 1}}, 1},
                    {2, 1, 1, 1, {{0, 2}}, 1}},
    [PLETH_YUYV] = {{0, 2, 0, 0, {{0, 0}}, 1}, {0, 4, 1, 0, {{1, 1}, {3, 2}}, 2}},
};

/* Samples that a cell covers: `left` of the first, all of those between, `right` of the last; of a
 * single one (first == last) left. */
struct span {
    int32_t first, last;
    float left, right;
};

/* Part i of [from, from + length) cut in `parts`, of n samples. */
static struct span cut(double from, double length, int i, int parts, int n)
{
    double a = from + i * length / parts, b = from + (i + 1) * length / parts;
    struct span s;
    s.first = (int32_t)floor(a);
    s.last = (int32_t)ceil(b) - 1;
    /* rounding must not lead beyond the picture */
    s.first = s.first > n - 1 ? n - 1 : s.first;
    s.last = s.last > n - 1 ? n - 1 : s.last < s.first ? s.first : s.last;
    s.left = (float)(s.first == s.last ? b - a : s.first + 1 - a);
    s.right = (float)(b - s.last);
    return s;
}

/* A row of the picture is summed in tiles of so many bytes. */
#define TILE 2048
/* Rows whose bytes' sum 16 bits hold */
#define ROWS 256

/* v[i] = weighted sum over the rows of a span of p[i], for n <= TILE bytes. */
static void down(const uint8_t *p, ptrdiff_t stride, const struct span *y, int n, float *v)
{
    uint16_t total[TILE];
    for (int i = 0; i < n; i++)
        v[i] = y->left * (float)p[i];
    for (int r = y->first + 1; r < y->last; r += ROWS) {
        int rows = y->last - r < ROWS ? y->last - r : ROWS;
        memset(total, 0, (size_t)n * sizeof(*total));
        for (int k = 0; k < rows; k++) {
            p += stride;
            for (int i = 0; i < n; i++)
                total[i] = (uint16_t)(total[i] + p[i]);
        }
        for (int i = 0; i < n; i++)
            v[i] += (float)total[i];
    }
    if (y->last > y->first) {
        p += stride;
        for (int i = 0; i < n; i++)
            v[i] += y->right * (float)p[i];
    }
}

/* Adds the part of each cell that lies in the tile of samples [t0, t1) to sum[cell][step]. */
static inline __attribute__((always_inline)) void
across(const float *v, int t0, int t1, const struct span *x, int cells, int step, double *sum)
{
    for (int c = 0; c < cells && x[c].first < t1; c++) {
        int from = x[c].first + 1 > t0 ? x[c].first + 1 : t0;
        int to = x[c].last < t1 ? x[c].last : t1;
        double s[4] = {0};
        if (x[c].last < t0)
            continue;
        if (x[c].first >= t0)
            for (int k = 0; k < step; k++)
                s[k] = (double)(x[c].left * v[(x[c].first - t0) * step + k]);
        for (int i = from; i < to; i++)
            for (int k = 0; k < step; k++)
                s[k] += (double)v[(i - t0) * step + k];
        if (x[c].last > x[c].first && x[c].last < t1)
            for (int k = 0; k < step; k++)
                s[k] += (double)(x[c].right * v[(x[c].last - t0) * step + k]);
        for (int k = 0; k < step; k++)
            sum[c * step + k] += s[k];
    }
}

/* sum[cell][step]: integral of each sample's bytes over the cells of one row of cells. */
static void integrate(const pleth_frame *f, const struct pass *pass, const struct span *x,
                      const struct span *y, int cells, double *sum)
{
    ptrdiff_t stride = f->stride[pass->plane];
    const uint8_t *row = f->plane[pass->plane] + y->first * stride;
    int step = pass->step, end = x[cells - 1].last + 1;
    float v[TILE];

    memset(sum, 0, (size_t)(cells * step) * sizeof(*sum));
    for (int t0 = x[0].first; t0 < end; t0 += TILE / step) {
        int t1 = end - t0 < TILE / step ? end : t0 + TILE / step;
        down(row + (ptrdiff_t)t0 * step, stride, y, (t1 - t0) * step, v);
        switch (step) {
        case 1:
            across(v, t0, t1, x, cells, 1, sum);
            break;
        case 2:
            across(v, t0, t1, x, cells, 2, sum);
            break;
        case 3:
            across(v, t0, t1, x, cells, 3, sum);
            break;
        default:
            across(v, t0, t1, x, cells, 4, sum);
            break;
        }
    }
}

/* The box clipped to the upright picture and turned to the stored one: from and length along x, y.
 * 0 if nothing to speak of is left. */
static int stored_box(const pleth_frame *f, const pleth_box *box, double from[2], double length[2])
{
    int turned = f->rotation == 90 || f->rotation == 270;
    double size[2] = {turned ? f->height : f->width, turned ? f->width : f->height};
    double lo[2] = {(double)box->x, (double)box->y}, hi[2];
    hi[0] = lo[0] + (double)box->width;
    hi[1] = lo[1] + (double)box->height;
    for (int c = 0; c < 2; c++) {
        /* false for NaN */
        if (!(hi[c] > lo[c]))
            return 0;
        lo[c] = lo[c] > 0 ? lo[c] : 0;
        hi[c] = hi[c] < size[c] ? hi[c] : size[c];
        if (hi[c] - lo[c] < 1)
            return 0;
    }
    for (int c = 0; c < 2; c++) {
        int u = turned ? 1 - c : c;
        int backwards = c == 0 ? f->rotation >= 180 : f->rotation == 90 || f->rotation == 180;
        from[c] = backwards ? size[u] - hi[u] : lo[u];
        length[c] = hi[u] - lo[u];
    }
    return 1;
}

int pleth_crop(const pleth_frame *f, const pleth_box *box, int side, float least, float *rgb)
{
    struct span x[2][PLETH_CROP_SIDE];
    double from[2], length[2], sum[4 * PLETH_CROP_SIDE];
    /* where cell (0, 0) of the stored picture goes, and from a cell to the next along x and y */
    int origin = 0, along_x = 1, along_y = side;
    struct pleth_yuv yuv;

    if (side < 1 || side > PLETH_CROP_SIDE || !stored_box(f, box, from, length))
        return PLETH_EINVAL;
    if (f->rotation == 90) {
        origin = side - 1;
        along_x = side;
        along_y = -1;
    } else if (f->rotation == 180) {
        origin = side * side - 1;
        along_x = -1;
        along_y = -side;
    } else if (f->rotation == 270) {
        origin = (side - 1) * side;
        along_x = -side;
        along_y = 1;
    }
    for (int half = 0; half < 2; half++)
        for (int i = 0; i < side; i++)
            x[half][i] = cut(from[0] / (1 + half), length[0] / (1 + half), i, side,
                             (f->width + half) / (1 + half));
    pleth_yuv_init(&yuv, f->colour);

    for (int j = 0; j < side; j++) {
        float value[3][PLETH_CROP_SIDE];
        for (const struct pass *p = passes[f->format]; p < passes[f->format] + 3 && p->step; p++) {
            double h = length[1] / (1 + p->half_y), w = length[0] / (1 + p->half_x);
            double scale = (double)side * side / (w * h);
            struct span y = cut(from[1] / (1 + p->half_y), h, j, side,
                                (f->height + p->half_y) / (1 + p->half_y));
            integrate(f, p, x[p->half_x], &y, side, sum);
            for (int t = 0; t < p->takes; t++)
                for (int i = 0; i < side; i++)
                    value[p->take[t].component][i] =
                        (float)(sum[i * p->step + p->take[t].byte] * scale);
        }
        for (int i = 0; i < side; i++) {
            int at = origin + i * along_x + j * along_y;
            float colour[3];
            if (f->format >= PLETH_NV12)
                pleth_yuv_rgb(&yuv, value[0][i], value[1][i], value[2][i], colour);
            else
                for (int c = 0; c < 3; c++)
                    colour[c] = value[f->format == PLETH_GRAY8 ? 0 : c][i];
            for (int c = 0; c < 3; c++) {
                float v = colour[c] / 255.0f;
                rgb[c * side * side + at] = v < least ? least : v > 1 ? 1 : v;
            }
        }
    }
    return PLETH_OK;
}

void pleth_crop_resize(const float *from, int from_side, int channels, float *to, int to_side)
{
    struct span cell[PLETH_CROP_SIDE];
    double scale = (double)to_side * to_side / ((double)from_side * from_side);
    for (int i = 0; i < to_side; i++)
        cell[i] = cut(0, from_side, i, to_side, from_side);
    for (int c = 0; c < channels; c++, from += from_side * from_side)
        for (int j = 0; j < to_side; j++)
            for (int i = 0; i < to_side; i++) {
                const struct span *x = &cell[i], *y = &cell[j];
                double sum = 0;
                for (int v = y->first; v <= y->last; v++) {
                    const float *row = from + v * from_side;
                    double line = (double)(x->left * row[x->first]);
                    for (int u = x->first + 1; u < x->last; u++)
                        line += (double)row[u];
                    if (x->last > x->first)
                        line += (double)(x->right * row[x->last]);
                    sum += line * (double)(v == y->first  ? y->left
                                           : v == y->last ? y->right
                                                          : 1.0f);
                }
                *to++ = (float)(sum * scale);
            }
}
