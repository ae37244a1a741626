/* Checks and times sums of pixels by cells. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { MAX_CELLS = 80, MAX_SUMS = 4 * MAX_CELLS, SLOTS = 12, SLOT_SIZE = 40000 };

typedef void band_sum_function(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                               const int32_t *edge, int cells, uint32_t *sum);

struct band_case {
    const uint8_t *row;
    ptrdiff_t stride;
    int rows, channels, cells;
    const int32_t *edge;
};

/* The definition once more, a pixel at a time. */
static void band_sum_model(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                           const int32_t *edge, int cells, uint32_t *sum)
{
    for (int32_t x = edge[0]; x < edge[cells]; x++) {
        int cell = 0;
        while (edge[cell + 1] <= x)
            cell++;
        for (int r = 0; r < rows; r++)
            for (int k = 0; k < channels; k++)
                sum[channels * cell + k] += row[r * stride + (ptrdiff_t)x * channels + k];
    }
}

/* Cells of one width, of mixed widths (none at all among them), a few bytes in all, or a few cells
 * wider than any buffer a kernel may keep. */
static int random_edges(int32_t *edge, int cells, int channels)
{
    int kind = check_below(9), width = 1 + check_below(40),
        x = check_below(3) ? 0 : check_below(50);

    if (kind < 2)
        cells = 1 + check_below(4);
    edge[0] = x;
    for (int c = 0; c < cells; c++) {
        if (kind == 0)
            width = check_below(SLOT_SIZE / 4 / 4 / channels * 3);
        else if (kind == 1)
            width = check_below(10);
        else if (kind < 6)
            width = check_below(kind < 4 ? 20 : 70);
        edge[c + 1] = x += width;
    }
    return cells;
}

static void band_case_make(struct band_case *t, struct check_memory *rows,
                           struct check_memory *frames, struct check_memory *edges)
{
    int32_t edge[MAX_CELLS + 1];
    int at_end = check_below(2);
    size_t row_bytes, all;
    ptrdiff_t stride;
    uint8_t *p;
    int32_t *e;

    t->channels = 1 + check_below(4);
    t->cells = random_edges(edge, 1 + check_below(MAX_CELLS), t->channels);
    e = check_place(edges, sizeof(*e) * (size_t)(t->cells + 1), check_below(2));
    memcpy(e, edge, sizeof(*e) * (size_t)(t->cells + 1));
    t->edge = e;

    row_bytes = (size_t)(edge[t->cells] - edge[0]) * (size_t)t->channels;
    if (check_below(2)) {
        /* each row between unreadable pages of its own */
        t->rows = check_below(SLOTS + 1);
        stride = (ptrdiff_t)rows->step;
        p = check_place(rows, row_bytes, at_end);
        for (int r = 0; r < t->rows; r++)
            check_bytes(p + r * stride, row_bytes);
    } else {
        /* rows of one buffer, close together, sometimes more than 16-bit totals can take */
        int most = (int)(frames->size / (row_bytes + 64));
        t->rows = 1 + check_below(check_below(4) ? 20 : most < 600 ? most : 600);
        stride = (ptrdiff_t)row_bytes + check_below(64);
        all = row_bytes + (size_t)(t->rows - 1) * (size_t)stride;
        p = check_place(frames, all, at_end);
        check_bytes(p, all);
    }
    if (t->rows > 0 && check_below(2)) {
        p += (t->rows - 1) * stride;
        stride = -stride;
    }
    t->row = p - (ptrdiff_t)edge[0] * t->channels;
    t->stride = stride;
}

struct band_call {
    const struct band_case *t;
    band_sum_function *version;
    uint32_t *sum;
};

static void band_call(void *argument)
{
    const struct band_call *c = argument;
    const struct band_case *t = c->t;

    c->version(t->row, t->stride, t->rows, t->channels, t->edge, t->cells, c->sum);
}

/* Returns 1 if the version gives what the reference gives, and nothing else. */
static int band_case_run(const struct band_case *t, band_sum_function *version,
                         band_sum_function *reference, const struct check_memory *sums)
{
    const size_t n = (size_t)(t->channels * t->cells);
    uint32_t truth[MAX_SUMS], before[MAX_SUMS], *sum;
    struct check_output o;

    check_output_make(&o, sums, n * sizeof(*sum));
    sum = (uint32_t *)(void *)o.at;
    memcpy(before, sum, o.size);
    memcpy(truth, sum, o.size);
    reference(t->row, t->stride, t->rows, t->channels, t->edge, t->cells, truth);

    if (!check_call(band_call, &(struct band_call){t, version, sum}) || !check_output_whole(&o))
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (sum[i] != truth[i]) {
            printf("    cell %d, channel %d: %u instead of %u\n", (int)i / t->channels,
                   (int)i % t->channels, (unsigned)(sum[i] - before[i]),
                   (unsigned)(truth[i] - before[i]));
            return 0;
        }
    }
    return 1;
}

static int band_sum_run(const struct pleth_kernels *k, const struct pleth_kernels *scalar,
                        int rounds)
{
    static struct check_memory rows, frames, edges, sums;
    struct band_case t;

    check_memory_make(&rows, SLOTS, SLOT_SIZE);
    check_memory_make(&frames, 1, 1 << 20);
    check_memory_make(&edges, 1, sizeof(int32_t) * (MAX_CELLS + 1));
    check_memory_make(&sums, 1, sizeof(uint32_t) * MAX_SUMS);
    for (int i = 0; i < rounds; i++) {
        band_case_make(&t, &rows, &frames, &edges);
        if (!band_case_run(&t, k->band_sum, scalar ? scalar->band_sum : band_sum_model, &sums)) {
            printf("    round %d: %d rows, stride %td, %d channels, %d cells, pixels %d..%d\n", i,
                   t.rows, t.stride, t.channels, t.cells, (int)t.edge[0], (int)t.edge[t.cells]);
            return 0;
        }
    }
    return 1;
}

/* ---- times ----------------------------------------------------------------------------------- */

/* Whole frames in 64 x 48 cells or so, as the camera stage asks for them: planes with channels, and
 * the part of the width and height that they have. */
struct frame_kind {
    const char *name;
    int width, height, planes;
    struct {
        int channels, across, down;
    } plane[3];
};

static const struct frame_kind frame_kinds[] = {
    {"I420 640x480", 640, 480, 3, {{1, 1, 1}, {1, 2, 2}, {1, 2, 2}}},
    {"NV12 640x480", 640, 480, 2, {{1, 1, 1}, {2, 2, 2}}},
    {"YUYV 640x480", 640, 480, 1, {{4, 2, 1}}},
    {"RGB24 640x480", 640, 480, 1, {{3, 1, 1}}},
    {"RGBA 640x480", 640, 480, 1, {{4, 1, 1}}},
    {"I420 1920x1080", 1920, 1080, 3, {{1, 1, 1}, {1, 2, 2}, {1, 2, 2}}},
};

enum { FRAME_BYTES = 1920 * 1080 * 3 };

static const struct frame_kind *f;
static uint8_t *frame;

static void band_sum_frame(const struct pleth_kernels *k)
{
    enum { CELLS = 64 };
    const uint8_t *pixels = frame;

    for (int p = 0; p < f->planes; p++) {
        int channels = f->plane[p].channels;
        int width = f->width / f->plane[p].across, height = f->height / f->plane[p].down;
        int band = f->height * CELLS / f->width, y0 = 0;
        int32_t edge[CELLS + 1];
        for (int c = 0; c <= CELLS; c++)
            edge[c] = c * width / CELLS;
        for (int b = 0; b < band; b++) {
            int y1 = (b + 1) * height / band;
            uint32_t sum[4 * CELLS] = {0};
            k->band_sum(pixels + (ptrdiff_t)y0 * width * channels, (ptrdiff_t)width * channels,
                        y1 - y0, channels, edge, CELLS, sum);
            y0 = y1;
        }
        pixels += (ptrdiff_t)width * height * channels;
    }
}

static int band_sum_bench(int number, struct check_bench *b)
{
    if (number == sizeof(frame_kinds) / sizeof(frame_kinds[0]))
        return 0;
    if (!frame && !(frame = malloc(FRAME_BYTES))) {
        fprintf(stderr, "check: no memory for frames to time\n");
        exit(1);
    }
    for (size_t i = 0; number == 0 && i < FRAME_BYTES; i++)
        frame[i] = (uint8_t)check_random();
    f = &frame_kinds[number];
    b->name = f->name;
    b->call = band_sum_frame;
    b->unit = CHECK_NOTHING;
    return 1;
}

const struct check check_band[] = {
    {"band_sum", offsetof(struct pleth_kernels, band_sum), band_sum_run, band_sum_bench},
    {NULL, 0, NULL, NULL},
};
