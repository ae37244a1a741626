/* Pixels -> grid, against a pixel-by-pixel definition in double; and what is no frame. */
#include "test.h"

#include <stdint.h>
#include <string.h>

#include "camera/frame.h"

#define MOST (648 * 484 * 4)

static uint8_t memory[3][MOST], shadow[3][MOST];
static struct pleth_grid grid, other;
static struct pleth_kernels kern;

static uint32_t bits(void)
{
    static uint32_t s = 2463534242u;
    s ^= s << 13;
    s ^= s >> 17;
    s ^= s << 5;
    return s;
}

/* Bytes a row and rows of plane p, as the formats' definitions have it. */
static int plane_bytes(int format, int p, int w)
{
    static const int packed[] = {3, 3, 4, 1, 1, 1, 0};
    int pairs = (w + 1) / 2;
    if (format == PLETH_YUYV)
        return p == 0 ? 4 * pairs : 0;
    if (p == 0)
        return packed[format] * w;
    if (format == PLETH_NV12)
        return p == 1 ? 2 * pairs : 0;
    return format == PLETH_I420 ? pairs : 0;
}

static int plane_rows(int p, int h)
{
    return p == 0 ? h : (h + 1) / 2;
}

/* A random picture. turned: rows lie from the bottom up in memory, with negative strides. */
static pleth_frame picture(int format, int w, int h, int turned)
{
    pleth_frame f = {.format = format, .width = w, .height = h, .time_ns = 1};
    for (int p = 0; p < 3; p++) {
        int need = plane_bytes(format, p, w), rows = plane_rows(p, h);
        ptrdiff_t stride = need + 5;
        if (need == 0)
            continue;
        for (ptrdiff_t i = 0; i < stride * rows; i++)
            memory[p][i] = (uint8_t)bits();
        f.stride[p] = turned ? -stride : stride;
        f.plane[p] = memory[p] + (turned ? stride * (rows - 1) : 0);
    }
    return f;
}

static double byte_at(const pleth_frame *f, int p, int x, int y)
{
    return f->plane[p][y * f->stride[p] + x];
}

/* Component c of one pixel: R, G, B; or Y, Cb, Cr, each chroma sample standing for its pixels. */
static double component(const pleth_frame *f, int c, int x, int y)
{
    switch (f->format) {
    case PLETH_RGB24:
        return byte_at(f, 0, 3 * x + c, y);
    case PLETH_BGR24:
        return byte_at(f, 0, 3 * x + 2 - c, y);
    case PLETH_RGBA:
        return byte_at(f, 0, 4 * x + c, y);
    case PLETH_GRAY8:
        return byte_at(f, 0, x, y);
    case PLETH_YUYV:
        return byte_at(f, 0, c == 0 ? 2 * x : x / 2 * 4 + (c == 1 ? 1 : 3), y);
    case PLETH_NV12:
        return c == 0 ? byte_at(f, 0, x, y) : byte_at(f, 1, x / 2 * 2 + c - 1, y / 2);
    default:
        return c == 0 ? byte_at(f, 0, x, y) : byte_at(f, c, x / 2, y / 2);
    }
}

/* BT.601-7 and BT.709-6: the matrices of their tables, to four or more digits. */
static void to_rgb(int colour, const double *yuv, double *rgb)
{
    static const double m[2][4] = {{1.402, 0.344136, 0.714136, 1.772},
                                   {1.5748, 0.187324, 0.468124, 1.8556}};
    const double *k = m[colour >= PLETH_BT709_LIMITED];
    int limited = colour == PLETH_BT601_LIMITED || colour == PLETH_BT709_LIMITED;
    double y = limited ? (yuv[0] - 16) / 219 * 255 : yuv[0];
    double cb = (yuv[1] - 128) * (limited ? 255.0 / 224 : 1);
    double cr = (yuv[2] - 128) * (limited ? 255.0 / 224 : 1);
    rgb[0] = y + k[0] * cr;
    rgb[1] = y - k[1] * cb - k[2] * cr;
    rgb[2] = y + k[3] * cb;
}

/* Whether component c of pixel (x, y) is counted: a chroma sample is once, at its first pixel. */
static int counts(const pleth_frame *f, int c, int x, int y)
{
    if (c == 0 || f->format < PLETH_NV12)
        return 1;
    return x % 2 == 0 && (f->format == PLETH_YUYV || y % 2 == 0);
}

/* Every cell of the grid against the mean of its pixels; each pixel is in one cell, and the cells
 * are of nearly the same size. */
static void check_cells(const pleth_frame *f)
{
    static double sum[PLETH_GRID_CELLS][3], count[PLETH_GRID_CELLS][3];
    int turned = f->rotation == 90 || f->rotation == 270;
    int cols = turned ? grid.rows : grid.cols, rows = turned ? grid.cols : grid.rows;
    int gray = f->format == PLETH_GRAY8, yuv = f->format >= PLETH_NV12;
    memset(sum, 0, sizeof(sum));
    memset(count, 0, sizeof(count));
    for (int y = 0; y < f->height; y++) {
        int j = rows - 1, i = cols - 1;
        /* cells begin at even pixels */
        while ((j * f->height / rows & ~1) > y)
            j--;
        for (int x = f->width - 1; x >= 0; x--) {
            int u = i, v = j, at;
            while ((i * f->width / cols & ~1) > x)
                u = --i;
            if (f->rotation == 90) {
                u = rows - 1 - j;
                v = i;
            } else if (f->rotation == 180) {
                u = cols - 1 - i;
                v = rows - 1 - j;
            } else if (f->rotation == 270) {
                u = j;
                v = cols - 1 - i;
            }
            at = v * grid.cols + u;
            for (int c = 0; c < 3; c++)
                if (counts(f, c, x, y)) {
                    sum[at][c] += component(f, gray ? 0 : c, x, y);
                    count[at][c] += 1;
                }
        }
    }
    for (int at = 0; at < grid.cols * grid.rows; at++) {
        double mean[3], rgb[3];
        for (int c = 0; c < 3; c++)
            mean[c] = sum[at][c] / count[at][c];
        if (yuv)
            to_rgb(f->colour, mean, rgb);
        else
            memcpy(rgb, mean, sizeof(rgb));
        for (int c = 0; c < 3; c++)
            CHECK_NEAR((double)grid.rgb[c][at], rgb[c], 1e-3);
        if (f->format == PLETH_GRAY8)
            CHECK_NEAR((double)grid.luma[at], mean[0], 1e-4);
        else if (!yuv)
            CHECK_NEAR((double)grid.luma[at], 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2],
                       1e-3);
        else
            CHECK_NEAR((double)grid.luma[at],
                       f->colour % 2 == 0 ? (mean[0] - 16) / 219 * 255 : mean[0], 1e-3);
    }
}

static void check_layout(const pleth_frame *f)
{
    int turned = f->rotation == 90 || f->rotation == 270;
    int longest = f->width > f->height ? f->width : f->height;
    CHECK(grid.width == (turned ? f->height : f->width));
    CHECK(grid.height == (turned ? f->width : f->height));
    CHECK(grid.cols >= 1 && grid.rows >= 1);
    CHECK(grid.cols <= PLETH_GRID_SIDE && grid.rows <= PLETH_GRID_SIDE);
    /* fine where the picture has the pixels for it, its cells about square */
    CHECK((grid.cols > grid.rows ? grid.cols : grid.rows) >= (longest > 256 ? 33 : longest / 4));
    CHECK_NEAR((double)(grid.cell_w * (float)grid.cols), grid.width, 1e-3);
    CHECK_NEAR((double)(grid.cell_h * (float)grid.rows), grid.height, 1e-3);
    if (f->width >= 16 && f->height >= 16)
        CHECK_NEAR((double)(grid.cell_w / grid.cell_h), 1, 0.34);
}

static void test_formats(void)
{
    static const int size[][2] = {{1, 1},    {2, 3},     {3, 2},    {7, 7},     {17, 33},  {33, 17},
                                  {130, 97}, {257, 129}, {12, 480}, {641, 483}, {640, 480}};
    for (int format = 0; format < PLETH_FORMAT_COUNT; format++)
        for (int s = 0; s < (int)(sizeof(size) / sizeof(size[0])); s++)
            for (int rotation = 0; rotation < 360; rotation += 90)
                for (int turned = 0; turned < 2; turned++) {
                    pleth_frame f = picture(format, size[s][0], size[s][1], turned);
                    const char *why = "";
                    f.rotation = rotation;
                    f.colour = (int)(bits() % 4);
                    /* large pictures in one way each */
                    if (size[s][0] > 600 && (rotation != format % 4 * 90 || turned != s % 2))
                        continue;
                    CHECK(pleth_frame_check(&f, &why) == PLETH_OK);
                    memset(&grid, 0, sizeof(grid));
                    CHECK(pleth_grid_fill(&grid, &kern, &f) == 1);
                    check_layout(&f);
                    check_cells(&f);
                    CHECK(memcmp(grid.luma, grid.luma_before, sizeof(grid.luma)) == 0);
                }
}

/* All four colour matrices, on all formats that have them. */
static void test_colours(void)
{
    for (int format = PLETH_NV12; format <= PLETH_YUYV; format++)
        for (int colour = 0; colour < 4; colour++) {
            pleth_frame f = picture(format, 34, 20, 0);
            f.colour = colour;
            memset(&grid, 0, sizeof(grid));
            pleth_grid_fill(&grid, &kern, &f);
            check_cells(&f);
        }
    /* white, black and the primaries of limited BT.709 (100 % bars) */
    static const uint8_t bars[5][3] = {
        {235, 128, 128}, {16, 128, 128}, {63, 102, 240}, {173, 42, 26}, {32, 240, 118}};
    static const double rgb[5][3] = {
        {255, 255, 255}, {0, 0, 0}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}};
    for (int i = 0; i < 5; i++) {
        pleth_frame f = {.format = PLETH_I420,
                         .colour = PLETH_BT709_LIMITED,
                         .width = 1,
                         .height = 1,
                         .plane = {&bars[i][0], &bars[i][1], &bars[i][2]},
                         .stride = {1, 1, 1}};
        memset(&grid, 0, sizeof(grid));
        pleth_grid_fill(&grid, &kern, &f);
        for (int c = 0; c < 3; c++)
            CHECK_NEAR((double)grid.rgb[c][0], rgb[i][c], 1.2);
    }
}

/* The same bits from every instruction set, and nothing of the bytes outside of the picture. */
static void test_bits(void)
{
    static const uint32_t masks[] = {0, PLETH_CPU_AVX2, PLETH_CPU_AVX512, PLETH_CPU_NEON};
    static const int size[][2] = {{1, 1}, {17, 33}, {639, 479}};
    for (int format = 0; format < PLETH_FORMAT_COUNT; format++)
        for (int s = 0; s < 3; s++) {
            pleth_frame f = picture(format, size[s][0], size[s][1], s == 1), g = f;
            memset(&grid, 0, sizeof(grid));
            pleth_grid_fill(&grid, &kern, &f);
            for (int m = 0; m < 4; m++) {
                struct pleth_kernels some;
                pleth_kernels_init(&some, masks[m]);
                memset(&other, 0, sizeof(other));
                pleth_grid_fill(&other, &some, &f);
                CHECK(memcmp(&grid, &other, sizeof(grid)) == 0);
            }
            for (int p = 0; p < 3; p++) {
                int need = plane_bytes(format, p, f.width);
                ptrdiff_t stride = need + 5;
                if (need == 0)
                    continue;
                for (int y = 0; y < plane_rows(p, f.height); y++)
                    for (ptrdiff_t i = 0; i < stride; i++)
                        shadow[p][y * stride + i] =
                            i < need ? memory[p][y * stride + i] : (uint8_t)bits();
                /* the last Y of a row of odd width is nobody's */
                for (int y = 0; format == PLETH_YUYV && y < f.height; y++)
                    if (f.width % 2)
                        shadow[p][y * stride + need - 2] = (uint8_t)bits();
                for (int y = 0; format == PLETH_RGBA && y < f.height; y++)
                    for (int x = 0; x < f.width; x++)
                        shadow[p][y * stride + 4 * x + 3] = (uint8_t)bits();
                g.plane[p] = shadow[p] + (f.plane[p] - memory[p]);
            }
            memset(&other, 0, sizeof(other));
            pleth_grid_fill(&other, &kern, &g);
            CHECK(memcmp(&grid, &other, sizeof(grid)) == 0);
        }
}

/* The grid remembers the frame before, until size, rotation or format change. */
static void test_fresh(void)
{
    pleth_frame f = picture(PLETH_RGB24, 64, 48, 0);
    memset(&grid, 0, sizeof(grid));
    CHECK(pleth_grid_fill(&grid, &kern, &f) == 1);
    memcpy(other.luma, grid.luma, sizeof(grid.luma));
    f = picture(PLETH_RGB24, 64, 48, 1);
    CHECK(pleth_grid_fill(&grid, &kern, &f) == 0);
    CHECK(memcmp(other.luma, grid.luma_before, sizeof(grid.luma)) == 0);
    CHECK(memcmp(other.luma, grid.luma, sizeof(grid.luma)) != 0);
    f.rotation = 180;
    CHECK(pleth_grid_fill(&grid, &kern, &f) == 1);
    CHECK(pleth_grid_fill(&grid, &kern, &f) == 0);
    f.format = PLETH_BGR24;
    CHECK(pleth_grid_fill(&grid, &kern, &f) == 1);
    f.height = 47;
    CHECK(pleth_grid_fill(&grid, &kern, &f) == 1);
    f.width = 63;
    CHECK(pleth_grid_fill(&grid, &kern, &f) == 1);
    CHECK(memcmp(grid.luma_before, grid.luma, sizeof(grid.luma)) == 0);
}

/* The widest frame there is, one row high. */
static void test_wide(void)
{
    static uint8_t row[4 * 16384];
    memset(row, 255, sizeof(row));
    for (int format = 0; format <= PLETH_GRAY8; format++) {
        pleth_frame f = {.format = format,
                         .width = 16384,
                         .height = 16384,
                         .plane = {row},
                         .stride = {4 * 16384}};
        const char *why = "";
        CHECK(pleth_frame_check(&f, &why) == PLETH_OK);
        /* rows may not share memory */
        f.stride[0] = 0;
        CHECK(pleth_frame_check(&f, &why) == PLETH_EFRAME);
        f.height = 1;
        f.stride[0] = 4 * 16384;
        memset(&grid, 0, sizeof(grid));
        CHECK(pleth_grid_fill(&grid, &kern, &f) == 1);
        CHECK(grid.cols == 64 && grid.rows == 1);
        for (int i = 0; i < 64; i++)
            CHECK_NEAR((double)grid.luma[i], 255, 1e-4);
    }
}

/* Every way in which a frame can be wrong, each one alone. */
static void test_check(void)
{
    static const int formats[] = {-1, PLETH_FORMAT_COUNT, 99, INT32_MIN, INT32_MAX};
    static const int rotations[] = {-90, 1, 45, 360, INT32_MAX};
    static const int sides[] = {0, -1, 16385, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 5; i++) {
        pleth_frame f = picture(PLETH_I420, 16, 16, 0);
        const char *why = NULL;
        f.format = formats[i];
        CHECK(pleth_frame_check(&f, &why) == PLETH_EINVAL && why && *why);
        f = picture(PLETH_I420, 16, 16, 0);
        f.colour = i < 2 ? -1 - i : 4 + i;
        CHECK(pleth_frame_check(&f, &why) == PLETH_EINVAL);
        f = picture(PLETH_I420, 16, 16, 0);
        f.rotation = rotations[i];
        CHECK(pleth_frame_check(&f, &why) == PLETH_EINVAL);
        f = picture(PLETH_I420, 16, 16, 0);
        f.width = sides[i];
        CHECK(pleth_frame_check(&f, &why) == PLETH_EFRAME);
        f = picture(PLETH_I420, 16, 16, 0);
        f.height = sides[i];
        CHECK(pleth_frame_check(&f, &why) == PLETH_EFRAME);
    }
    for (int format = 0; format < PLETH_FORMAT_COUNT; format++)
        for (int p = 0; p < 3; p++) {
            pleth_frame f = picture(format, 15, 16, p % 2), g = f;
            const char *why = NULL;
            int need = plane_bytes(format, p, 15);
            f.plane[p] = NULL;
            CHECK(pleth_frame_check(&f, &why) == (need ? PLETH_EFRAME : PLETH_OK));
            CHECK(!need || (why && *why));
            g.stride[p] = need;
            CHECK(pleth_frame_check(&g, &why) == PLETH_OK);
            g.stride[p] = -need;
            CHECK(pleth_frame_check(&g, &why) == PLETH_OK);
            g.stride[p] = need - 1;
            CHECK(pleth_frame_check(&g, &why) == (need ? PLETH_EFRAME : PLETH_OK));
            g.stride[p] = 1 - need;
            CHECK(pleth_frame_check(&g, &why) == (need ? PLETH_EFRAME : PLETH_OK));
        }
}

int main(void)
{
    pleth_kernels_init(&kern, PLETH_CPU_ALL);
    test_formats();
    test_colours();
    test_bits();
    test_fresh();
    test_wide();
    test_check();
    return test_done();
}
