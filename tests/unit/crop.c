/* Pixels -> square pictures, against the integral written out in double; boxes that are none. */
#include "test.h"

#include <stdint.h>
#include <string.h>

#include "camera/crop.h"
#include "camera/frame.h"

#define MOST (1300 * 1100)

static uint8_t *memory[3];
/* the upright picture in double, and what is made of it */
static double truth[3][MOST];
static float out[3 * PLETH_CROP_SIDE * PLETH_CROP_SIDE], more[sizeof(out) / sizeof(*out)];

static uint32_t bits(void)
{
    static uint32_t s = 2463534242u;
    s ^= s << 13;
    s ^= s >> 17;
    s ^= s << 5;
    return s;
}

static double uniform(double from, double to)
{
    return from + (to - from) * bits() / 4294967296.0;
}

static void release(void)
{
    for (int p = 0; p < 3; p++) {
        free(memory[p]);
        memory[p] = NULL;
    }
}

/* A random picture; no byte is allocated that is not of it, but the padding between rows. flipped:
 * rows lie from the bottom up, with negative strides. */
static pleth_frame picture(int format, int w, int h, int flipped)
{
    static const int bytes[] = {3, 3, 4, 1, 1, 1};
    pleth_frame f = {.format = format, .width = w, .height = h, .time_ns = 1};
    int pairs = (w + 1) / 2;
    release();
    for (int p = 0; p < 3; p++) {
        int need = format == PLETH_YUYV ? 4 * pairs : bytes[format] * w;
        int rows = p == 0 ? h : (h + 1) / 2;
        if (p > 0)
            need = format == PLETH_NV12 ? p == 1 ? 2 * pairs : 0 : format == PLETH_I420 ? pairs : 0;
        if (need == 0)
            continue;
        ptrdiff_t stride = need + 7, size = stride * (rows - 1) + need;
        memory[p] = malloc((size_t)size);
        for (ptrdiff_t i = 0; i < size; i++)
            memory[p][i] = (uint8_t)bits();
        f.stride[p] = flipped ? -stride : stride;
        f.plane[p] = memory[p] + (flipped ? stride * (rows - 1) : 0);
    }
    return f;
}

static double byte_at(const pleth_frame *f, int p, int x, int y)
{
    return f->plane[p][y * f->stride[p] + x];
}

/* One stored pixel as R, G, B (0..255), not clipped, by the definitions of formats and standards.
 */
static void pixel(const pleth_frame *f, int x, int y, double rgb[3])
{
    double luma, cb, cr;
    switch (f->format) {
    case PLETH_RGB24:
    case PLETH_BGR24:
    case PLETH_RGBA:
        for (int c = 0; c < 3; c++)
            rgb[f->format == PLETH_BGR24 ? 2 - c : c] =
                byte_at(f, 0, (f->format == PLETH_RGBA ? 4 : 3) * x + c, y);
        return;
    case PLETH_GRAY8:
        rgb[0] = rgb[1] = rgb[2] = byte_at(f, 0, x, y);
        return;
    case PLETH_NV12:
        luma = byte_at(f, 0, x, y);
        cb = byte_at(f, 1, x / 2 * 2, y / 2);
        cr = byte_at(f, 1, x / 2 * 2 + 1, y / 2);
        break;
    case PLETH_I420:
        luma = byte_at(f, 0, x, y);
        cb = byte_at(f, 1, x / 2, y / 2);
        cr = byte_at(f, 2, x / 2, y / 2);
        break;
    default:
        luma = byte_at(f, 0, 2 * x, y);
        cb = byte_at(f, 0, x / 2 * 4 + 1, y);
        cr = byte_at(f, 0, x / 2 * 4 + 3, y);
        break;
    }
    int limited = f->colour == PLETH_BT601_LIMITED || f->colour == PLETH_BT709_LIMITED;
    double kr = f->colour >= PLETH_BT709_LIMITED ? 0.2126 : 0.299;
    double kb = f->colour >= PLETH_BT709_LIMITED ? 0.0722 : 0.114;
    if (limited)
        luma = (luma - 16) * 255 / 219;
    cb = (cb - 128) * (limited ? 255.0 / 224 : 1);
    cr = (cr - 128) * (limited ? 255.0 / 224 : 1);
    rgb[0] = luma + 2 * (1 - kr) * cr;
    rgb[2] = luma + 2 * (1 - kb) * cb;
    rgb[1] = (luma - kr * rgb[0] - kb * rgb[2]) / (1 - kr - kb);
}

/* The whole upright picture. */
static void upright(const pleth_frame *f, int *width, int *height)
{
    int w = f->width, h = f->height, turned = f->rotation == 90 || f->rotation == 270;
    *width = turned ? h : w;
    *height = turned ? w : h;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            double rgb[3];
            int u = x, v = y;
            if (f->rotation == 90) {
                u = h - 1 - y;
                v = x;
            } else if (f->rotation == 180) {
                u = w - 1 - x;
                v = h - 1 - y;
            } else if (f->rotation == 270) {
                u = y;
                v = w - 1 - x;
            }
            pixel(f, x, y, rgb);
            for (int c = 0; c < 3; c++)
                truth[c][v * *width + u] = rgb[c];
        }
}

/* How much of [k, k + 1) lies in [a, b). */
static double overlap(int k, double a, double b)
{
    double from = a > k ? a : k, to = b < k + 1 ? b : k + 1;
    return to > from ? to - from : 0;
}

/* Every output pixel against the integral over its part of the box. */
static void check_crop(const pleth_frame *f, pleth_box box, int side, float least)
{
    int w, h;
    double worst = 0;
    upright(f, &w, &h);
    CHECK(pleth_crop(f, &box, side, least, out) == PLETH_OK);
    double x0 = fmax((double)box.x, 0), x1 = fmin((double)box.x + (double)box.width, w);
    double y0 = fmax((double)box.y, 0), y1 = fmin((double)box.y + (double)box.height, h);
    for (int j = 0; j < side; j++)
        for (int i = 0; i < side; i++) {
            double a = x0 + (x1 - x0) * i / side, b = x0 + (x1 - x0) * (i + 1) / side;
            double c = y0 + (y1 - y0) * j / side, d = y0 + (y1 - y0) * (j + 1) / side;
            double sum[3] = {0};
            for (int y = (int)c; y < d && y < h; y++)
                for (int x = (int)a; x < b && x < w; x++)
                    for (int k = 0; k < 3; k++)
                        sum[k] += overlap(x, a, b) * overlap(y, c, d) * truth[k][y * w + x];
            for (int k = 0; k < 3; k++) {
                double want = sum[k] / ((b - a) * (d - c)) / 255, limit = (double)least;
                want = want < limit ? limit : want > 1 ? 1 : want;
                worst = fmax(worst, fabs((double)out[(k * side + j) * side + i] - want));
            }
        }
    CHECK_NEAR(worst, 0, 1e-6);
}

static void test_formats(void)
{
    static const int size[][2] = {{1, 1}, {2, 3}, {17, 33}, {130, 97}, {321, 243}};
    static const int sides[] = {9, 36, 72, 1, 5};
    for (int format = 0; format < PLETH_FORMAT_COUNT; format++)
        for (int s = 0; s < 5; s++)
            for (int rotation = 0; rotation < 360; rotation += 90) {
                pleth_frame f = picture(format, size[s][0], size[s][1], rotation % 180 == 90);
                int turned = rotation % 180 == 90;
                double w = size[s][turned], h = size[s][!turned];
                pleth_box all = {0, 0, (float)w, (float)h};
                pleth_box part = {
                    (float)uniform(-0.2 * w, 0.4 * w), (float)uniform(-0.2 * h, 0.4 * h),
                    (float)uniform(0.5 * w + 0.7, w), (float)uniform(0.5 * h + 0.7, h)};
                f.rotation = rotation;
                f.colour = (int)(bits() % 4);
                check_crop(&f, all, sides[(s + format) % 5], 0);
                if (w > 2 && h > 2) {
                    part.width = fmaxf(part.width, 1 - part.x);
                    part.height = fmaxf(part.height, 1 - part.y);
                    check_crop(&f, part, sides[(s + format + 1) % 5], 0);
                }
            }
}

/* Every size of a network's input, from more, about as many, and fewer pixels than it has. */
static void test_sides(void)
{
    static const int sides[] = {9, 36, 72, 96, 128, 144};
    for (int s = 0; s < 6; s++)
        for (int format = PLETH_RGB24; format <= PLETH_I420; format += PLETH_I420) {
            pleth_frame f = picture(format, 528, 592, 0);
            check_crop(&f, (pleth_box){36, 76, 406, 406}, sides[s], 1 / 255.0f);
            check_crop(&f, (pleth_box){10.25f, 11.75f, 144.5f, 143}, sides[s], 0);
            check_crop(&f, (pleth_box){400.3f, 500.9f, 11.7f, 20.2f}, sides[s], 0);
        }
}

/* More bytes a row than a tile has, more rows than 16 bits can sum. */
static void test_large(void)
{
    for (int format = 0; format < PLETH_FORMAT_COUNT; format++) {
        pleth_frame f = picture(format, 1299, 1021, format % 2);
        check_crop(&f, (pleth_box){1.5f, 0.25f, 1297, 1020.5f}, format % 2 ? 1 : 9, 0);
    }
    pleth_frame f = picture(PLETH_GRAY8, 1100, 1300, 0);
    for (int y = 0; y < 1300; y++)
        memset(memory[0] + y * f.stride[0], 255, 1100);
    check_crop(&f, (pleth_box){0, 0, 1100, 1300}, 1, 0);
    CHECK_NEAR((double)out[0], 1, 1e-7);
}

static void test_limits(void)
{
    pleth_frame f = picture(PLETH_RGB24, 16, 16, 0);
    memset(memory[0], 0, (size_t)f.stride[0] * 4);
    check_crop(&f, (pleth_box){0, 0, 16, 16}, 16, 1 / 255.0f);
    CHECK(out[0] == 1 / 255.0f);
    /* of pure chroma some colours lie outside of the cube */
    f = picture(PLETH_YUYV, 16, 16, 0);
    check_crop(&f, (pleth_box){0, 0, 16, 16}, 16, 0);
    int low = 0, high = 0;
    for (int i = 0; i < 3 * 256; i++) {
        low += out[i] == 0;
        high += out[i] == 1;
        CHECK(out[i] >= 0 && out[i] <= 1);
    }
    CHECK(low > 20 && high > 20);
}

static void test_boxes(void)
{
    static const pleth_box none[] = {
        {0, 0, 0.5f, 10},     {0, 0, 10, 0.5f},
        {64, 0, 10, 10},      {0, 48, 10, 10},
        {-10, 0, 10, 10},     {0, -10, 10, 10.5f},
        {63.5f, 0, 10, 10},   {0, 0, -10, 10},
        {0, 0, NAN, 10},      {0, 0, 10, NAN},
        {NAN, 0, 10, 10},     {0, NAN, 10, 10},
        {1e30f, 0, 1e30f, 1}, {-INFINITY, 0, INFINITY, 10},
    };
    pleth_frame f = picture(PLETH_NV12, 64, 48, 0);
    pleth_box all = {0, 0, 64, 48};
    for (int i = 0; i < (int)(sizeof(none) / sizeof(*none)); i++)
        CHECK(pleth_crop(&f, &none[i], 9, 0, out) == PLETH_EINVAL);
    CHECK(pleth_crop(&f, &all, 0, 0, out) == PLETH_EINVAL);
    CHECK(pleth_crop(&f, &all, PLETH_CROP_SIDE + 1, 0, out) == PLETH_EINVAL);
    /* what reaches far beyond the picture is the picture */
    CHECK(pleth_crop(&f, &all, 36, 0, out) == PLETH_OK);
    memcpy(more, out, sizeof(more));
    all = (pleth_box){-1e9f, -1e9f, INFINITY, 3e9f};
    CHECK(pleth_crop(&f, &all, 36, 0, out) == PLETH_OK);
    CHECK(memcmp(more, out, sizeof(more)) == 0);
    check_crop(&f, (pleth_box){63, 47, 1, 1}, 144, 0);
    check_crop(&f, (pleth_box){20.6f, 0.7f, 1, 1.25f}, 9, 0);
}

static void test_resize(void)
{
    static const int sides[][2] = {{144, 9}, {144, 36}, {128, 36}, {72, 9},
                                   {36, 36}, {9, 36},   {5, 3}};
    for (int s = 0; s < 7; s++) {
        int n = sides[s][0], m = sides[s][1];
        double ratio = (double)n / m;
        for (int i = 0; i < 3 * n * n; i++)
            out[i] = (float)uniform(-1, 1);
        pleth_crop_resize(out, n, 3, more, m);
        for (int c = 0; c < 3; c++)
            for (int j = 0; j < m; j++)
                for (int i = 0; i < m; i++) {
                    double sum = 0;
                    for (int y = 0; y < n; y++)
                        for (int x = 0; x < n; x++)
                            sum += overlap(x, i * ratio, (i + 1) * ratio) *
                                   overlap(y, j * ratio, (j + 1) * ratio) *
                                   (double)out[(c * n + y) * n + x];
                    CHECK_NEAR((double)more[(c * m + j) * m + i], sum / ratio / ratio, 1e-6);
                }
    }
}

int main(void)
{
    test_formats();
    test_sides();
    test_large();
    test_limits();
    test_boxes();
    test_resize();
    release();
    return test_done();
}
