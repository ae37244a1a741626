/* Weighted cells -> colours, against naive sums in double. */
#include "test.h"

#include <string.h>

#include "camera/skin.h"

static struct pleth_grid grid;
static struct pleth_face face;
static struct pleth_skin skin;

static double uniform(void)
{
    static uint64_t s = 88172645463325252u;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return (double)(s >> 11) / 9007199254740992.0;
}

static void lay_out(int cols, int rows)
{
    memset(&grid, 0, sizeof(grid));
    memset(&face, 0, sizeof(face));
    grid.cols = cols;
    grid.rows = rows;
    grid.cell_w = 10;
    grid.cell_h = 8;
    grid.width = 10 * cols;
    grid.height = 8 * rows;
    for (int i = 0; i < cols * rows; i++) {
        for (int c = 0; c < 3; c++)
            grid.rgb[c][i] = (float)(20 + 200 * uniform());
        grid.luma[i] = 0.299f * grid.rgb[0][i] + 0.587f * grid.rgb[1][i] + 0.114f * grid.rgb[2][i];
    }
    face.found = 1;
}

/* Mean of channel c under weights of every cell. */
static double mean(const double *weight, int c)
{
    double sum = 0, all = 0;
    for (int i = 0; i < grid.cols * grid.rows; i++) {
        sum += weight[i] * (double)grid.rgb[c][i];
        all += weight[i];
    }
    return sum / all;
}

/* Any weights: whole, quarters and background are what their definitions say. */
static void test_means(void)
{
    static double weight[PLETH_GRID_CELLS], part[4][PLETH_GRID_CELLS], far[PLETH_GRID_CELLS];
    for (int run = 0; run < 200; run++) {
        int cols = 1 + (int)(64 * uniform()), rows = 1 + (int)(64 * uniform()), away = 0;
        double cells = 0, quarter[4] = {0};
        lay_out(cols, rows);
        face.box.x = (float)(grid.width * 0.6 * uniform());
        face.box.y = (float)(grid.height * 0.6 * uniform());
        face.box.width = (float)(1 + grid.width * 0.4 * uniform());
        face.box.height = (float)(1 + grid.height * 0.4 * uniform());
        double cx = (double)face.box.x + 0.5 * (double)face.box.width;
        double cy = (double)face.box.y + 0.5 * (double)face.box.height;
        for (int i = 0; i < cols * rows; i++) {
            double w = uniform() < 0.4 ? 0 : uniform();
            /* place of the cell's middle against the box's, in cells; the seam is two wide */
            double x = (10 * (i % cols + 0.5) - cx) / 10, y = (8 * (i / cols + 0.5) - cy) / 8;
            double right = fmin(fmax(0.5 + x / 2, 0), 1), low = fmin(fmax(0.5 + y / 2, 0), 1);
            face.weight[i] = (float)w;
            if (w > 0.015 && w < 0.025)
                face.weight[i] = (float)(w = 0.5);
            weight[i] = w > 0.02 ? (double)face.weight[i] : 0;
            part[0][i] = weight[i] * (1 - right) * (1 - low);
            part[1][i] = weight[i] * right * (1 - low);
            part[2][i] = weight[i] * (1 - right) * low;
            part[3][i] = weight[i] * right * low;
            /* skin's hue in the frame before is no background: R/G and G/B within 12 % of it */
            double hue[2] = {
                (double)(grid.rgb[0][i] / grid.rgb[1][i]) / (skin.rgb[0] / skin.rgb[1]),
                (double)(grid.rgb[1][i] / grid.rgb[2][i]) / (skin.rgb[1] / skin.rgb[2])};
            int like = fabs(hue[0] - 1) < 0.12 && fabs(hue[1] - 1) < 0.12;
            far[i] = weight[i] == 0 && !like;
            cells += weight[i];
            away += far[i] > 0;
            for (int p = 0; p < 4; p++)
                quarter[p] += part[p][i];
        }
        if (cells == 0) {
            CHECK(pleth_skin_colours(&skin, &grid, &face) == 0);
            continue;
        }
        CHECK(pleth_skin_colours(&skin, &grid, &face) == 1);
        CHECK_NEAR((double)skin.cells, cells, 1e-4 * cells);
        CHECK(skin.have_background == (away >= 16));
        CHECK(skin.clipped == 0);
        for (int c = 0; c < 3; c++) {
            double joined = 0;
            CHECK_NEAR(skin.rgb[c], mean(weight, c), 1e-3);
            for (int p = 0; p < 4; p++) {
                if (fabs(quarter[p] - 0.5) > 1e-3)
                    CHECK_NEAR(skin.rgb[3 + 3 * p + c],
                               mean(quarter[p] >= 0.5 ? part[p] : weight, c), 1e-2);
                joined += quarter[p] * mean(quarter[p] > 0 ? part[p] : weight, c);
            }
            CHECK_NEAR(joined / cells, skin.rgb[c], 1e-3);
            if (away > 0)
                CHECK_NEAR(skin.rgb[15 + c], mean(far, c), 1e-3);
            else
                CHECK(skin.rgb[15 + c] == skin.rgb[c]);
        }
    }
}

/* A face whose quarters have colours of their own gives them back, in reading order. */
static void test_quarters(void)
{
    lay_out(24, 24);
    face.box = (pleth_box){0, 0, 240, 192};
    for (int i = 0; i < 24 * 24; i++) {
        int x = i % 24, y = i / 24, q = (x >= 12) + 2 * (y >= 12);
        face.weight[i] = x == 11 || x == 12 || y == 11 || y == 12 ? 0 : 1;
        for (int c = 0; c < 3; c++)
            grid.rgb[c][i] = (float)(50 * (q + 1) + c);
    }
    CHECK(pleth_skin_colours(&skin, &grid, &face) == 1);
    for (int p = 0; p < 4; p++)
        for (int c = 0; c < 3; c++)
            CHECK_NEAR(skin.rgb[3 + 3 * p + c], 50 * (p + 1) + c, 1e-4);
}

/* No skin, black skin, skin at the sensor's end. */
static void test_ends(void)
{
    lay_out(10, 10);
    CHECK(pleth_skin_colours(&skin, &grid, &face) == 0);
    CHECK(skin.cells == 0 && skin.rgb[0] == 0);
    for (int i = 0; i < 100; i++) {
        face.weight[i] = i < 40 ? 1 : 0;
        for (int c = 0; c < 3; c++)
            grid.rgb[c][i] = i < 10 && c == 1 ? 255 : 0;
        grid.luma[i] = i >= 60 ? 255 : 0;
    }
    CHECK(pleth_skin_colours(&skin, &grid, &face) == 1);
    CHECK_NEAR((double)skin.clipped, 0.25, 1e-6);
    /* logarithms and ratios of what comes out must exist */
    for (int c = 0; c < PLETH_SKIN_CHANNELS; c++)
        CHECK(skin.rgb[c] >= 0.1);
    CHECK_NEAR(skin.rgb[1], 63.75, 1e-4);
    /* a background of lamps and windows tells nothing about the light */
    CHECK(skin.have_background == 1);
    for (int i = 0; i < 100; i++)
        grid.luma[i] = 255;
    CHECK(pleth_skin_colours(&skin, &grid, &face) == 1);
    CHECK(skin.have_background == 0);
}

int main(void)
{
    test_means();
    test_quarters();
    test_ends();
    return test_done();
}
