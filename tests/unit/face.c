/* Where the skin of a face is: synthetic heads of which every pixel is known, and what is no face.
 */
#include "test.h"

#include <stdint.h>
#include <string.h>

#include "camera/face.h"
#include "synth.h"

#define WIDTH 192
#define HEIGHT 144
#define RATE 15

static struct pleth_grid grid;
static struct pleth_face face;
static struct pleth_kernels kern;
static uint8_t rgb[3 * WIDTH * HEIGHT], picture[3 * WIDTH * HEIGHT], skin[WIDTH * HEIGHT];

static double uniform(void)
{
    static uint64_t s = 88172645463325252u;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return (double)(s >> 11) / 9007199254740992.0;
}

static void forget(void)
{
    memset(&grid, 0, sizeof(grid));
    memset(&face, 0, sizeof(face));
}

static void show(const uint8_t *pixels, double time_s)
{
    pleth_frame f = {.time_ns = llround(time_s * 1e9),
                     .format = PLETH_RGB24,
                     .width = WIDTH,
                     .height = HEIGHT,
                     .plane = {pixels},
                     .stride = {3 * WIDTH}};
    int fresh = pleth_grid_fill(&grid, &kern, &f);
    pleth_face_follow(&face, &grid, f.time_ns, fresh);
    int wrong = 0;
    for (int i = 0; i < grid.cols * grid.rows; i++)
        wrong += !(face.weight[i] >= 0 && face.weight[i] <= 1.0001f);
    CHECK(wrong == 0);
}

/* A person, drawn from the seed; the moves and the light are the test's. */
static struct plethio_scene *person(int seed, double melanin, int motion)
{
    struct plethio_synth p;
    struct plethio_error e = {""};
    struct plethio_scene *scene = NULL;
    plethio_synth_default(&p);
    p.seed = (uint64_t)seed;
    p.width = WIDTH;
    p.height = HEIGHT;
    p.rate_hz = RATE;
    p.duration_s = 8;
    p.melanin_percent = melanin;
    p.motion = motion;
    p.face_percent = 55;
    /* darker skin in the same light would be lost in noise before it is in colour */
    p.light = melanin > 20 ? 1 : 0.8;
    if (plethio_scene_open(&scene, &p, &e) < 0)
        printf("%s\n", e.text);
    CHECK(scene != NULL);
    return scene;
}

/* Moves a picture by (dx, dy) pixels; what comes in is the border's. */
static void shift(const uint8_t *from, uint8_t *to, int dx, int dy)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            int u = x - dx, v = y - dy;
            u = u < 0 ? 0 : u >= WIDTH ? WIDTH - 1 : u;
            v = v < 0 ? 0 : v >= HEIGHT ? HEIGHT - 1 : v;
            memcpy(to + 3 * (y * WIDTH + x), from + 3 * (v * WIDTH + u), 3);
        }
}

/* How the mask lies on the head, moved by (dx, dy): share of the weight between skin and skin,
 * along a row or down a column (so eyes and beards are inside), share of the true skin that has
 * weight, and how far the box's middle column is from the skin's, in widths of the face. */
struct fit {
    double inside, covered, off, width;
};

static struct fit measure(int dx, int dy)
{
    struct fit fit = {0};
    double all = 0, area = 0, middle = 0;
    int first[HEIGHT], last[HEIGHT], top[WIDTH], bottom[WIDTH], left = WIDTH, right = 0;
    for (int y = 0; y < HEIGHT; y++) {
        first[y] = WIDTH;
        last[y] = -1;
    }
    for (int x = 0; x < WIDTH; x++) {
        top[x] = HEIGHT;
        bottom[x] = -1;
    }
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            if (skin[y * WIDTH + x]) {
                first[y] = x < first[y] ? x : first[y];
                last[y] = x;
                top[x] = y < top[x] ? y : top[x];
                bottom[x] = y;
                left = x < left ? x : left;
                right = x > right ? x : right;
                area += 1;
                middle += x + dx;
            }
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            int u = x + dx, v = y + dy;
            if (u < 0 || v < 0 || u >= WIDTH || v >= HEIGHT)
                continue;
            double w =
                (double)face.weight[v * grid.rows / HEIGHT * grid.cols + u * grid.cols / WIDTH];
            all += w;
            /* a cell is three pixels wide */
            if ((x >= first[y] - 3 && x <= last[y] + 3) || (y >= top[x] - 3 && y <= bottom[x] + 3))
                fit.inside += w;
            fit.covered += skin[y * WIDTH + x] && w > 0.3;
        }
    fit.width = right - left;
    fit.inside /= all + 1e-9;
    fit.covered /= area + 1e-9;
    fit.off = ((double)face.box.x + 0.5 * (double)face.box.width - middle / (area + 1e-9)) /
              (fit.width + 1e-9);
    return fit;
}

/* Light to dark skin, six persons each, some before wood or in a shirt of skin's hue: found within
 * a second, nearly all of them, and where they are. */
static void test_found(void)
{
    static const double melanin[] = {1.5, 4, 10, 20, 30, 42};
    for (int m = 0; m < 6; m++) {
        int found = 0;
        double inside = 0, covered = 0;
        for (int seed = 1; seed <= 6; seed++) {
            struct plethio_scene *scene = person(seed, melanin[m], PLETHIO_STILL);
            double t = 0;
            struct plethio_truth truth;
            forget();
            for (int i = 0; i < 10; i++) {
                plethio_scene_frame(scene, i, rgb, &t, &truth);
                show(rgb, t);
            }
            plethio_scene_skin(scene, skin);
            plethio_scene_close(&scene);
            if (!face.found)
                continue;
            struct fit fit = measure(0, 0);
            found++;
            inside += fit.inside;
            covered += fit.covered;
            CHECK(fit.inside > 0.5 && fit.covered > 0.3);
            CHECK_NEAR(fit.off, 0, 0.1);
            CHECK_NEAR((double)face.box.width / fit.width, 1.2, 0.5);
        }
        CHECK(found >= 5);
        CHECK(inside / found > 0.8 && covered / found > 0.45);
    }
}

/* It is followed while it moves, lost when it leaves, and found again. */
static void test_followed(void)
{
    for (int seed = 1; seed <= 3; seed += 2) {
        struct plethio_scene *scene = person(seed, 5, PLETHIO_STILL);
        struct plethio_truth truth;
        double t;
        int lost = 0;
        plethio_scene_frame(scene, 0, rgb, &t, &truth);
        plethio_scene_skin(scene, skin);
        plethio_scene_close(&scene);
        forget();
        for (int i = 0; i < 4 * RATE; i++) {
            /* to and fro by a fifth of the picture, up and down, in four seconds */
            int dx = (int)lround(30 * sin(6.283185307 * i / (4.0 * RATE)));
            int dy = (int)lround(12 * sin(12.566370614 * i / (4.0 * RATE)));
            shift(rgb, picture, dx, dy);
            show(picture, (double)i / RATE);
            CHECK(face.found);
            if (i >= RATE / 2) {
                struct fit fit = measure(dx, dy);
                CHECK(fit.inside > 0.75 && fit.covered > 0.3);
                CHECK_NEAR(fit.off, 0, 0.2);
            }
        }
        /* out of the picture: the wall is left */
        for (int i = 0; i < HEIGHT * WIDTH; i++)
            memcpy(picture + 3 * i, rgb, 3);
        for (int i = 4 * RATE; i < 7 * RATE; i++) {
            show(picture, (double)i / RATE);
            if (!face.found && !lost)
                lost = i - 4 * RATE;
        }
        CHECK(!face.found && lost > 0 && lost <= 2 * RATE);
        for (int i = 7 * RATE; i < 8 * RATE; i++)
            show(rgb, (double)i / RATE);
        CHECK(face.found);
        CHECK(measure(0, 0).inside > 0.75);
    }
}

/* Talking, turning and walking heads stay found. */
static void test_moving(void)
{
    for (int motion = PLETHIO_TALKING; motion <= PLETHIO_WALKING; motion++) {
        struct plethio_scene *scene = person(3, 6, motion);
        struct plethio_truth truth;
        double t;
        int found = 0, n = 5 * RATE;
        forget();
        for (int i = 0; i < n; i++) {
            plethio_scene_frame(scene, i, rgb, &t, &truth);
            show(rgb, t);
            found += face.found;
        }
        plethio_scene_skin(scene, skin);
        CHECK(found > 0.9 * n && face.found);
        CHECK(measure(0, 0).inside > 0.7);
        plethio_scene_close(&scene);
    }
}

static void fill(int kind, int frame)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            uint8_t *p = picture + 3 * (y * WIDTH + x);
            double noise = 4 * uniform() - 2;
            for (int c = 0; c < 3; c++) {
                static const double flesh[3] = {190, 140, 115};
                p[c] = (uint8_t)(kind == 0   ? flesh[c] + noise
                                 : kind == 1 ? 256 * uniform()
                                 : kind == 2 ? x * 255.0 / WIDTH
                                 : kind == 3 ? (x + y + 5 * frame) % 256
                                 /* a white page, a black room, the sky, a leaf */
                                 : kind == 4 ? 250 + 5 * uniform()
                                 : kind == 5 ? 3 * uniform()
                                 : kind == 6 ? (c == 2 ? 220 : 120 + 60.0 * y / HEIGHT) + noise
                                             : (c == 1 ? 150 : 60 + 20 * sin(0.2 * x)) + noise);
            }
        }
}

/* No face: flat skin, noise, ramps, pages, rooms, sky, leaves. */
static void test_none(void)
{
    for (int kind = 0; kind < 8; kind++) {
        forget();
        for (int i = 0; i < RATE; i++) {
            fill(kind, i);
            show(picture, (double)i / RATE);
            CHECK(!face.found);
        }
    }
    /* pictures too small for one */
    for (int side = 1; side <= 12; side++) {
        pleth_frame f = {.time_ns = 1,
                         .format = PLETH_RGB24,
                         .width = side,
                         .height = side,
                         .plane = {rgb},
                         .stride = {3 * WIDTH}};
        forget();
        pleth_grid_fill(&grid, &kern, &f);
        pleth_face_follow(&face, &grid, 1, 1);
        CHECK(!face.found);
    }
}

/* An oval of skin with two eyes around (cx, cy), a radius wide. */
static void oval(double cx, double cy, double radius)
{
    for (int y = 0; y < grid.rows; y++)
        for (int x = 0; x < grid.cols; x++) {
            double dx = (x - cx) / radius, dy = (y - cy) / (1.3 * radius);
            int at = y * grid.cols + x, eye = fabs(fabs(dx) - 0.4) < 0.15 && fabs(dy + 0.2) < 0.12;
            if (dx * dx + dy * dy > 1)
                continue;
            grid.rgb[0][at] = eye ? 40 : 190;
            grid.rgb[1][at] = eye ? 40 : 140;
            grid.rgb[2][at] = eye ? 45 : 115;
            grid.luma[at] = eye ? 40 : 152;
        }
}

/* Of two faces the larger is taken; when it does not beat, the other one, and back again. */
static void test_another(void)
{
    forget();
    grid.cols = 64;
    grid.rows = 48;
    grid.width = 640;
    grid.height = 480;
    grid.cell_w = grid.cell_h = 10;
    for (int i = 0; i < 64 * 48; i++) {
        grid.rgb[0][i] = grid.rgb[1][i] = grid.rgb[2][i] = 90;
        grid.luma[i] = 90;
    }
    oval(22, 24, 9);
    memcpy(grid.luma_before, grid.luma, sizeof(grid.luma));
    CHECK(pleth_face_follow(&face, &grid, 1, 1) == 1);
    CHECK(face.found && fabs((double)(face.box.x + face.box.width / 2) / 10 - 22.5) < 2);
    pleth_box first = face.box;
    CHECK(pleth_face_try_another(&face, &grid, 2) == 0);
    CHECK(face.found && memcmp(&first, &face.box, sizeof(first)) == 0);
    oval(47, 24, 7);
    memcpy(grid.luma_before, grid.luma, sizeof(grid.luma));
    CHECK(pleth_face_try_another(&face, &grid, 3) == 1);
    CHECK(face.found && fabs((double)(face.box.x + face.box.width / 2) / 10 - 47.5) < 2);
    CHECK(pleth_face_try_another(&face, &grid, 4) == 1);
    CHECK(face.found && fabs((double)(face.box.x + face.box.width / 2) / 10 - 22.5) < 2);
    forget();
}

/* Another layout of the grid voids what was known of the old one. */
static void test_fresh(void)
{
    struct plethio_scene *scene = person(1, 5, PLETHIO_STILL);
    struct plethio_truth truth;
    double t;
    plethio_scene_frame(scene, 0, rgb, &t, &truth);
    plethio_scene_close(&scene);
    forget();
    show(rgb, 0);
    CHECK(face.found);
    fill(5, 0);
    pleth_frame f = {.time_ns = 1000,
                     .format = PLETH_RGB24,
                     .width = 100,
                     .height = 100,
                     .plane = {picture},
                     .stride = {3 * WIDTH}};
    int fresh = pleth_grid_fill(&grid, &kern, &f);
    CHECK(fresh == 1);
    pleth_face_follow(&face, &grid, f.time_ns, fresh);
    CHECK(!face.found);
}

/* A fixed region covers what the box covers of each cell, exactly. */
static void test_fixed(void)
{
    forget();
    grid.cols = 20;
    grid.rows = 10;
    grid.width = 200;
    grid.height = 80;
    grid.cell_w = 10;
    grid.cell_h = 8;
    for (int run = 0; run < 50; run++) {
        pleth_box box = {(float)(250 * uniform() - 20), (float)(90 * uniform() - 10),
                         (float)(1 + 200 * uniform()), (float)(1 + 80 * uniform())};
        double area = 0, left = fmax((double)box.x, 0), top = fmax((double)box.y, 0);
        double right = fmin((double)(box.x + box.width), 200);
        double bottom = fmin((double)(box.y + box.height), 80);
        pleth_face_fix(&face, &grid, &box);
        CHECK(face.found && face.box.width == box.width);
        for (int i = 0; i < 200; i++) {
            CHECK(face.weight[i] >= 0 && face.weight[i] <= 1.0001f);
            area += (double)face.weight[i] * 80;
        }
        CHECK_NEAR(area, fmax(right - left, 0) * fmax(bottom - top, 0), 0.05);
    }
    pleth_face_fix(&face, &grid, NULL);
    CHECK(face.box.width == 200 && face.box.height == 80);
    for (int i = 0; i < 200; i++)
        CHECK(face.weight[i] == 1);
}

int main(void)
{
    pleth_kernels_init(&kern, PLETH_CPU_ALL);
    test_found();
    test_followed();
    test_moving();
    test_none();
    test_another();
    test_fresh();
    test_fixed();
    return test_done();
}
