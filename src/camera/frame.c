#include "frame.h"

#include <string.h>

#define MAX_SIDE 16384

/* Bytes that a row of plane p must hold, 0 if the format has no such plane. */
static ptrdiff_t row_bytes(const pleth_frame *f, int p)
{
    ptrdiff_t w = f->width, half = (w + 1) / 2;
    switch (f->format) {
    case PLETH_RGB24:
    case PLETH_BGR24:
        return p == 0 ? 3 * w : 0;
    case PLETH_RGBA:
        return p == 0 ? 4 * w : 0;
    case PLETH_GRAY8:
        return p == 0 ? w : 0;
    case PLETH_NV12:
        return p == 0 ? w : p == 1 ? 2 * half : 0;
    case PLETH_I420:
        return p == 0 ? w : half;
    case PLETH_YUYV:
        return p == 0 ? 4 * half : 0;
    default:
        return 0;
    }
}

int pleth_frame_check(const pleth_frame *f, const char **why)
{
    if (f->format < 0 || f->format >= PLETH_FORMAT_COUNT) {
        *why = "frame.format is not a pleth_format";
        return PLETH_EINVAL;
    }
    if (f->colour < 0 || f->colour > PLETH_BT709_FULL) {
        *why = "frame.colour is not a pleth_colour";
        return PLETH_EINVAL;
    }
    if (f->rotation != 0 && f->rotation != 90 && f->rotation != 180 && f->rotation != 270) {
        *why = "frame.rotation is not 0, 90, 180 or 270";
        return PLETH_EINVAL;
    }
    if (f->width < 1 || f->height < 1 || f->width > MAX_SIDE || f->height > MAX_SIDE) {
        *why = "frame.width and height must be 1..16384";
        return PLETH_EFRAME;
    }
    for (int p = 0; p < 3; p++) {
        ptrdiff_t need = row_bytes(f, p);
        if (need == 0)
            continue;
        if (!f->plane[p]) {
            *why = "a plane of the frame is NULL";
            return PLETH_EFRAME;
        }
        if (f->stride[p] < need && f->stride[p] > -need) {
            *why = "a stride of the frame is shorter than its row";
            return PLETH_EFRAME;
        }
    }
    return PLETH_OK;
}

/* Cells along a side of n pixels, cut at even pixels so that cells of Y and of half-size chroma
 * cover the same part of the picture. */
static void cut(int32_t *edge, int cells, int n)
{
    for (int c = 0; c < cells; c++)
        edge[c] = (int32_t)((int64_t)c * n / cells) & ~1;
    edge[cells] = n;
}

static int layout(struct pleth_grid *g, const pleth_frame *f)
{
    int w = f->width, h = f->height, side, cols, rows, turned;
    if (g->cols && g->stored_width == w && g->stored_height == h && g->rotation == f->rotation &&
        g->format == f->format)
        return 0;
    side = ((w > h ? w : h) + PLETH_GRID_SIDE - 1) / PLETH_GRID_SIDE;
    side = side < 4 ? 4 : side;
    cols = w / side > 0 ? w / side : 1;
    rows = h / side > 0 ? h / side : 1;
    turned = f->rotation == 90 || f->rotation == 270;
    g->stored_width = w;
    g->stored_height = h;
    g->rotation = f->rotation;
    g->format = f->format;
    g->cols = turned ? rows : cols;
    g->rows = turned ? cols : rows;
    g->width = turned ? h : w;
    g->height = turned ? w : h;
    g->cell_w = (float)g->width / (float)g->cols;
    g->cell_h = (float)g->height / (float)g->rows;
    return 1;
}

/* Where cell (i, j) of the stored picture lies in the upright grid. */
static int upright(const struct pleth_grid *g, int i, int j)
{
    switch (g->rotation) {
    case 90:
        return i * g->cols + g->cols - 1 - j;
    case 180:
        return (g->rows - 1 - j) * g->cols + g->cols - 1 - i;
    case 270:
        return (g->rows - 1 - i) * g->cols + j;
    default:
        return j * g->cols + i;
    }
}

void pleth_yuv_init(struct pleth_yuv *m, int colour)
{
    /* ITU-R BT.601-7 and BT.709-6: Kr, Kb; limited range puts Y in 16..235, chroma in 16..240 */
    int limited = colour == PLETH_BT601_LIMITED || colour == PLETH_BT709_LIMITED;
    int hd = colour == PLETH_BT709_LIMITED || colour == PLETH_BT709_FULL;
    float kr = hd ? 0.2126f : 0.299f, kb = hd ? 0.0722f : 0.114f, kg = 1.0f - kr - kb;
    m->black = limited ? 16.0f : 0.0f;
    m->luma = limited ? 255.0f / 219.0f : 1.0f;
    m->chroma = limited ? 255.0f / 224.0f : 1.0f;
    m->red_cr = 2.0f * (1.0f - kr);
    m->green_cb = 2.0f * kb * (1.0f - kb) / kg;
    m->green_cr = 2.0f * kr * (1.0f - kr) / kg;
    m->blue_cb = 2.0f * (1.0f - kb);
}

static void store_yuv(struct pleth_grid *g, int at, const struct pleth_yuv *m, float y, float u,
                      float v)
{
    float rgb[3];
    g->luma[at] = pleth_yuv_rgb(m, y, u, v, rgb);
    for (int c = 0; c < 3; c++)
        g->rgb[c][at] = rgb[c];
}

static void store_rgb(struct pleth_grid *g, int at, float r, float green, float b)
{
    g->rgb[0][at] = r;
    g->rgb[1][at] = green;
    g->rgb[2][at] = b;
    g->luma[at] = 0.299f * r + 0.587f * green + 0.114f * b;
}

int pleth_grid_fill(struct pleth_grid *g, const struct pleth_kernels *kern, const pleth_frame *f)
{
    int fresh = layout(g, f);
    int turned = f->rotation == 90 || f->rotation == 270;
    int cols = turned ? g->rows : g->cols, rows = turned ? g->cols : g->rows;
    int32_t xe[PLETH_GRID_SIDE + 1], xh[PLETH_GRID_SIDE + 1], ye[PLETH_GRID_SIDE + 1];
    int half_width = (f->width + 1) / 2;
    struct pleth_yuv yuv;

    pleth_yuv_init(&yuv, f->colour);
    memcpy(g->luma_before, g->luma, sizeof(g->luma));
    cut(xe, cols, f->width);
    cut(ye, rows, f->height);
    for (int c = 0; c < cols; c++)
        xh[c] = xe[c] / 2;
    xh[cols] = half_width;

    for (int j = 0; j < rows; j++) {
        /* up to four interleaved sums a cell, and the two chroma planes */
        uint32_t sum[4 * PLETH_GRID_SIDE] = {0}, su[2 * PLETH_GRID_SIDE] = {0};
        uint32_t sv[PLETH_GRID_SIDE] = {0};
        int y0 = ye[j], y1 = ye[j + 1], c0 = y0 / 2, c1 = j + 1 < rows ? y1 / 2 : (y1 + 1) / 2;
        const uint8_t *luma = f->plane[0] + y0 * f->stride[0];
        if (f->format == PLETH_RGB24 || f->format == PLETH_BGR24)
            kern->band_sum(luma, f->stride[0], y1 - y0, 3, xe, cols, sum);
        else if (f->format == PLETH_RGBA)
            kern->band_sum(luma, f->stride[0], y1 - y0, 4, xe, cols, sum);
        else if (f->format == PLETH_YUYV)
            kern->band_sum(luma, f->stride[0], y1 - y0, 4, xh, cols, sum);
        else
            kern->band_sum(luma, f->stride[0], y1 - y0, 1, xe, cols, sum);
        if (f->format == PLETH_NV12) {
            kern->band_sum(f->plane[1] + c0 * f->stride[1], f->stride[1], c1 - c0, 2, xh, cols, su);
        } else if (f->format == PLETH_I420) {
            kern->band_sum(f->plane[1] + c0 * f->stride[1], f->stride[1], c1 - c0, 1, xh, cols, su);
            kern->band_sum(f->plane[2] + c0 * f->stride[2], f->stride[2], c1 - c0, 1, xh, cols, sv);
        }
        /* the second Y of the last pair of a row of odd width belongs to no pixel */
        for (int y = y0; f->format == PLETH_YUYV && f->width % 2 && y < y1; y++)
            sum[4 * cols - 2] -= f->plane[0][y * f->stride[0] + 4 * half_width - 2];
        for (int i = 0; i < cols; i++) {
            int at = upright(g, i, j);
            float n = (float)(xe[i + 1] - xe[i]) * (float)(y1 - y0);
            float nc = (float)(xh[i + 1] - xh[i]) * (float)(c1 - c0);
            float npairs = (float)(xh[i + 1] - xh[i]) * (float)(y1 - y0);
            const uint32_t *s = sum;
            switch (f->format) {
            case PLETH_RGB24:
                s += 3 * i;
                store_rgb(g, at, (float)s[0] / n, (float)s[1] / n, (float)s[2] / n);
                break;
            case PLETH_BGR24:
                s += 3 * i;
                store_rgb(g, at, (float)s[2] / n, (float)s[1] / n, (float)s[0] / n);
                break;
            case PLETH_RGBA:
                s += 4 * i;
                store_rgb(g, at, (float)s[0] / n, (float)s[1] / n, (float)s[2] / n);
                break;
            case PLETH_GRAY8:
                store_rgb(g, at, (float)s[i] / n, (float)s[i] / n, (float)s[i] / n);
                break;
            case PLETH_YUYV:
                s += 4 * i;
                store_yuv(g, at, &yuv, (float)(s[0] + s[2]) / n, (float)s[1] / npairs,
                          (float)s[3] / npairs);
                break;
            case PLETH_NV12:
                store_yuv(g, at, &yuv, (float)s[i] / n, (float)su[2 * i] / nc,
                          (float)su[2 * i + 1] / nc);
                break;
            default: /* PLETH_I420 */
                store_yuv(g, at, &yuv, (float)s[i] / n, (float)su[i] / nc, (float)sv[i] / nc);
                break;
            }
        }
    }
    if (fresh)
        memcpy(g->luma_before, g->luma, sizeof(g->luma));
    return fresh;
}
