/* Motion between two frames, against pictures whose displacement is known exactly. */
#include "test.h"

#include <string.h>

#include "camera/motion.h"

#define TAU 6.283185307179586
#define WAVES 12

static struct pleth_grid grid;

static double uniform(void)
{
    static uint64_t s = 88172645463325252u;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return (double)(s >> 11) / 9007199254740992.0;
}

/* A texture that is defined everywhere: waves of 8 to 18 cells in all directions. */
struct texture {
    double kx[WAVES], ky[WAVES], phase[WAVES], amplitude;
};

static struct texture weave(double amplitude)
{
    struct texture t = {.amplitude = amplitude};
    for (int i = 0; i < WAVES; i++) {
        double k = TAU / (8 + 10 * uniform()), direction = TAU * uniform();
        t.kx[i] = k * cos(direction);
        t.ky[i] = k * sin(direction);
        t.phase[i] = TAU * uniform();
    }
    return t;
}

static float level(const struct texture *t, double x, double y)
{
    double sum = 0;
    for (int i = 0; i < WAVES; i++)
        sum += cos(t->kx[i] * x + t->ky[i] * y + t->phase[i]);
    return (float)(120 + t->amplitude * sum / sqrt(WAVES / 2.0));
}

/* Before and after the texture moved by (dx, dy) cells. */
static void move(const struct texture *t, int cols, int rows, double dx, double dy)
{
    grid.cols = cols;
    grid.rows = rows;
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < cols; x++) {
            grid.luma_before[y * cols + x] = level(t, x, y);
            grid.luma[y * cols + x] = level(t, x - dx, y - dy);
        }
}

/* From a hundredth of a cell to half of one, in all directions: to six per cent. */
static void test_displacement(void)
{
    static const double size[] = {0.01, 0.03, 0.1, 0.3, 0.5};
    for (int run = 0; run < 20; run++) {
        struct texture t = weave(40);
        for (int s = 0; s < 5; s++) {
            double direction = TAU * uniform(), dx = size[s] * cos(direction);
            double dy = size[s] * sin(direction);
            float mx, my;
            move(&t, 64, 48, dx, dy);
            pleth_motion_of(&grid, NULL, 0, 64, 0, 48, &mx, &my);
            CHECK_NEAR((double)mx, dx, 0.06 * size[s]);
            CHECK_NEAR((double)my, dy, 0.06 * size[s]);
        }
    }
}

/* One wave along each axis has a closed form: two frames differ by 2 sin(kd/2) of the wave, their
 * mean slope is seen as sin k cos(kd/2). The texture's power against a ridge of 1 a cell shrinks
 * it. */
static void test_closed_form(void)
{
    for (int period = 6; period <= 24; period *= 2)
        for (double d = -0.5; d <= 0.5; d += 0.125) {
            double k = TAU / period, slope = 20 * sin(k) * cos(0.5 * k * d);
            double power = 0.5 * slope * slope, seen = 2 * tan(0.5 * k * d) / sin(k);
            float mx, my;
            grid.cols = grid.rows = 2 * 24 + 2;
            for (int i = 0; i < grid.cols * grid.rows; i++) {
                int x = i % grid.cols, y = i / grid.cols;
                grid.luma_before[i] = (float)(100 + 20 * cos(k * x) + 20 * cos(k * y));
                grid.luma[i] = (float)(100 + 20 * cos(k * (x - d)) + 20 * cos(k * (y + d)));
            }
            pleth_motion_of(&grid, NULL, 1, 49, 1, 49, &mx, &my);
            CHECK_NEAR((double)mx, seen * power / (power + 1), 1e-3 * fabs(d) + 1e-6);
            CHECK_NEAR((double)my, -seen * power / (power + 1), 1e-3 * fabs(d) + 1e-6);
        }
}

/* A moving region among stillness: only cells with weight count, and rectangles are clipped. */
static void test_region(void)
{
    struct texture t = weave(40);
    static float weight[PLETH_GRID_CELLS];
    float mx, my, nx, ny;
    move(&t, 60, 40, 0, 0);
    for (int y = 8; y < 32; y++)
        for (int x = 10; x < 40; x++) {
            grid.luma[y * 60 + x] = level(&t, x - 0.2, y + 0.1);
            weight[y * 60 + x] = x > 11 && x < 38 && y > 9 && y < 30;
        }
    pleth_motion_of(&grid, weight, 0, 60, 0, 40, &mx, &my);
    CHECK_NEAR((double)mx, 0.2, 0.01);
    CHECK_NEAR((double)my, -0.1, 0.01);
    pleth_motion_of(&grid, NULL, 12, 38, 10, 30, &nx, &ny);
    CHECK_NEAR((double)nx, 0.2, 0.01);
    CHECK_NEAR((double)ny, -0.1, 0.01);
    pleth_motion_of(&grid, weight, -100, 1000, -5, 400, &nx, &ny);
    CHECK(nx == mx && ny == my);
    pleth_motion_of(&grid, NULL, 42, 60, 0, 40, &mx, &my);
    CHECK(mx == 0 && my == 0);
    /* an empty rectangle, and a picture of one cell */
    pleth_motion_of(&grid, NULL, 30, 30, 3, 2, &mx, &my);
    CHECK(mx == 0 && my == 0);
    move(&t, 1, 1, 0.3, 0.3);
    pleth_motion_of(&grid, NULL, 0, 1, 0, 1, &mx, &my);
    CHECK(mx == 0 && my == 0);
}

/* No texture, no motion, whatever the light does; noise alone moves by next to nothing; an edge
 * tells of the motion across it alone. */
static void test_flat(void)
{
    double sum = 0, square = 0;
    float mx, my;
    grid.cols = 64;
    grid.rows = 48;
    for (int i = 0; i < 64 * 48; i++) {
        grid.luma_before[i] = 100;
        grid.luma[i] = 130;
    }
    pleth_motion_of(&grid, NULL, 0, 64, 0, 48, &mx, &my);
    CHECK(mx == 0 && my == 0);
    for (int run = 0; run < 50; run++) {
        /* a cell of 10 x 10 pixels with noise of 3 levels: 0.3 */
        for (int i = 0; i < 64 * 48; i++) {
            grid.luma_before[i] = 100 + (float)(uniform() - 0.5);
            grid.luma[i] = 100 + (float)(uniform() - 0.5);
        }
        pleth_motion_of(&grid, NULL, 0, 64, 0, 48, &mx, &my);
        sum += (double)(mx + my);
        square += (double)(mx * mx + my * my);
    }
    CHECK_NEAR(sum / 100, 0, 1e-3);
    CHECK_NEAR(sqrt(square / 100), 0, 2e-3);
    for (int i = 0; i < 64 * 48; i++) {
        double at = (i % 64 - 32) * 0.5;
        grid.luma_before[i] = (float)(100 + 80 * tanh(0.3 * at));
        grid.luma[i] = (float)(100 + 80 * tanh(0.3 * (at - 0.1)));
    }
    pleth_motion_of(&grid, NULL, 0, 64, 0, 48, &mx, &my);
    CHECK_NEAR((double)mx, 0.2, 0.02);
    CHECK(my == 0);
}

/* Blocks cover the picture from left to right and down, x before y. */
static void test_blocks(void)
{
    float out[2 * PLETH_MOTION_BLOCKS];
    struct texture t = weave(30);
    move(&t, 64, 48, 0, 0);
    for (int b = 0; b < PLETH_MOTION_BLOCKS; b++) {
        int x0 = b % PLETH_MOTION_COLS * 16, y0 = b / PLETH_MOTION_COLS * 16;
        move(&t, 64, 48, 0, 0);
        for (int y = y0; y < y0 + 16; y++)
            for (int x = x0; x < x0 + 16; x++)
                grid.luma[y * 64 + x] = level(&t, x - 0.1, y - 0.05);
        pleth_motion_blocks(&grid, out);
        for (int i = 0; i < PLETH_MOTION_BLOCKS; i++) {
            int near = abs(i % 4 - b % 4) <= 1 && abs(i / 4 - b / 4) <= 1;
            if (i == b) {
                CHECK_NEAR((double)out[2 * i], 0.1, 0.03);
                CHECK_NEAR((double)out[2 * i + 1], 0.05, 0.03);
            } else if (!near) {
                CHECK(out[2 * i] == 0 && out[2 * i + 1] == 0);
            }
        }
    }
}

int main(void)
{
    test_displacement();
    test_closed_form();
    test_region();
    test_flat();
    test_blocks();
    return test_done();
}
