/* How long the networks take on one core, with random weights: float and int8, as time, as work and
 * as a share of what the core can do at most. bench/networks.sh puts the peers' times beside these.
 *
 *     bench_networks [--only NAME] [--seconds S] [--batch N] [--json]
 *     bench_networks --profile NAME
 *
 * NAME is one of the rows below (TSCAN36x20: one chunk of 20 frames; ResNet1D-6x128: 128 windows)
 * or, where none is called so, what some of them begin with. PLETH_CPU chooses the instruction set.
 * A profile takes the kernels' time one by one, each in the call where it took least; reading the
 * clock adds to it. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/net.h"
#include "net_time.h"
#include "peak.h"
#include "tool.h"

static const struct row {
    const char *name;
    int kind, side, frames, blocks;
    int count; /* frames or windows of a call */
    int batch; /* option, 0: the default */
    int int8;
} rows[] = {
    {"TSCAN36x20", PLETH_NET_TSCAN, 36, 20, 0, 20, 0, 1},
    {"TSCAN72x20", PLETH_NET_TSCAN, 72, 20, 0, 20, 0, 1},
    {"BigSmall3", PLETH_NET_BIGSMALL, 0, 3, 0, 3, 0, 1},
    {"ResNet1D-1x1", PLETH_NET_RESNET1D, 0, 0, 1, 1, 1, 1},
    {"ResNet1D-6x1", PLETH_NET_RESNET1D, 0, 0, 6, 1, 1, 1},
    {"ResNet1D-12x1", PLETH_NET_RESNET1D, 0, 0, 12, 1, 1, 1},
    {"ResNet1D-1x128", PLETH_NET_RESNET1D, 0, 0, 1, 128, 16, 1},
    {"ResNet1D-6x128", PLETH_NET_RESNET1D, 0, 0, 6, 128, 16, 1},
    {"ResNet1D-12x128", PLETH_NET_RESNET1D, 0, 0, 12, 128, 16, 1},
    {"TinyBioMoE1", PLETH_NET_BIOMOE, 0, 1, 0, 1, 0, 0},
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_networks: %s: %s\n", what, why);
    exit(1);
}

/* The row's network with random weights. */
static void open_row(const struct row *row, const pleth_net_options *options, struct net_time *net)
{
    struct pleth_net_shape shape;
    struct plethio_error e = {""};
    size_t size;
    char *bytes;

    pleth_net_shape_default(&shape, row->kind);
    shape.side = row->side ? row->side : shape.side;
    shape.frames = row->frames ? row->frames : shape.frames;
    shape.blocks = row->blocks ? row->blocks : shape.blocks;
    bytes = net_time_random(&shape, &size, &e);
    if (!bytes || net_time_open(net, bytes, size, row->name, options, row->count, &e))
        fail(row->name, e.text);
}

/* ---- Times ----------------------------------------------------------------------------------- */

static void time_row(const struct row *row, int int8, struct net_time *net, double seconds,
                     double most, int json)
{
    struct net_times times;
    double rate;

    net_time_measure(&net, 1, seconds, &times);
    rate = 2e-6 * net->macs / times.median;
    if (json) {
        printf("{\"name\": \"%s\", \"precision\": \"%s\", \"batch\": %d, \"lowest_ms\": %.4f, "
               "\"median_ms\": %.4f, \"mmac\": %.2f, \"gops\": %.1f",
               row->name, int8 ? "int8" : "float", net->model.net->batch, times.lowest,
               times.median, 1e-6 * net->macs, rate);
        if (most > 0)
            printf(", \"share\": %.3f", rate / most);
        printf("}\n");
    } else {
        printf("%-16s %-5s %9.4f %9.4f ms %8.1f %s", row->name, int8 ? "int8" : "float",
               times.lowest, times.median, rate, int8 ? "GOP/s  " : "GFLOP/s");
        if (most > 0)
            printf(" %3.0f %%", 100 * rate / most);
        printf("\n");
    }
    fflush(stdout);
}

/* ---- Profile ------------------------------------------------------------------------------------
 *
 * A state has its own table of kernels: each is replaced by one that reads the clock around it. */

#define EACH_KERNEL(DO)                                                                            \
    DO(gemm, (const struct pleth_gemm *g), (g))                                                    \
    DO(gemm_s8, (const struct pleth_gemm_s8 *g), (g))                                              \
    DO(depthwise, (const struct pleth_depthwise *d), (d))                                          \
    DO(winograd_input,                                                                             \
       (const float *x, ptrdiff_t row, int c, int h, int w, float *v, ptrdiff_t plane),            \
       (x, row, c, h, w, v, plane))                                                                \
    DO(winograd_output,                                                                            \
       (const float *m, ptrdiff_t plane, int c, const float *bias, int h, int w, float *y,         \
        ptrdiff_t row),                                                                            \
       (m, plane, c, bias, h, w, y, row))                                                          \
    DO(activate, (int function, float *x, ptrdiff_t n), (function, x, n))                          \
    DO(affine,                                                                                     \
       (const float *x, const float *scale, const float *shift, float *y, int n, int c, int relu), \
       (x, scale, shift, y, n, c, relu))                                                           \
    DO(add, (const float *a, const float *b, float *y, ptrdiff_t n), (a, b, y, n))                 \
    DO(multiply, (const float *a, const float *b, float *y, ptrdiff_t n), (a, b, y, n))            \
    DO(scale_rows, (const float *x, const float *m, float *y, int n, int c), (x, m, y, n, c))      \
    DO(pool,                                                                                       \
       (const float *const *x, int kh, int kw, int stride, int c, int outs, int max, float scale,  \
        float *y),                                                                                 \
       (x, kh, kw, stride, c, outs, max, scale, y))                                                \
    DO(layer_norm,                                                                                 \
       (const float *x, int count, int n, float eps, const float *weight, const float *bias,       \
        float *y),                                                                                 \
       (x, count, n, eps, weight, bias, y))                                                        \
    DO(softmax, (float *x, int count, int n), (x, count, n))                                       \
    DO(shift,                                                                                      \
       (const uint8_t *now, const uint8_t *later, const uint8_t *earlier, uint8_t *y, int count,   \
        int bytes, int third, int fill),                                                           \
       (now, later, earlier, y, count, bytes, third, fill))                                        \
    DO(affine_s8,                                                                                  \
       (const int8_t *x, const int32_t *multiplier, const int32_t *offset, int8_t *y, int count,   \
        int c, int down, int low),                                                                 \
       (x, multiplier, offset, y, count, c, down, low))                                            \
    DO(table_s8, (int8_t * x, ptrdiff_t n, const int8_t table[256]), (x, n, table))                \
    DO(add_s8,                                                                                     \
       (const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n, int zero_a, int32_t factor_a,    \
        int zero_b, int32_t factor_b, int down, int zero, int low),                                \
       (a, b, y, n, zero_a, factor_a, zero_b, factor_b, down, zero, low))                          \
    DO(pool_s8,                                                                                    \
       (const int8_t *const *x, int kh, int kw, int stride, int c, int outs, int max, int zero_x,  \
        int32_t factor, int down, int zero, int8_t *y),                                            \
       (x, kh, kw, stride, c, outs, max, zero_x, factor, down, zero, y))                           \
    DO(scale_rows_s8,                                                                              \
       (const int8_t *x, const int32_t *m, int8_t *y, int count, int c, int zero_x, int down,      \
        int zero),                                                                                 \
       (x, m, y, count, c, zero_x, down, zero))                                                    \
    DO(quantize, (const float *x, int8_t *y, ptrdiff_t n, float inverse_scale, int zero),          \
       (x, y, n, inverse_scale, zero))

enum {
#define NUMBER(name, parameters, arguments) K_##name,
    EACH_KERNEL(NUMBER)
#undef NUMBER
        KERNELS
};

static struct pleth_kernels plain;

/* What one call of the network spent: by kernel, and of products by the step whose weights they
 * read; the last one those of others (attention). */
struct spent {
    double s, macs;
    long calls;
};
enum { ALL = KERNELS, BETWEEN, PRODUCT, PARTS = PRODUCT + PLETH_STEPS + 1 };
static struct spent spent[PARTS];

static const char *const kernel_name[KERNELS] = {
#define NAMED(name, parameters, arguments) #name,
    EACH_KERNEL(NAMED)
#undef NAMED
};

#define TIMED(name, parameters, arguments)                                                         \
    static void timed_##name parameters                                                            \
    {                                                                                              \
        const double start = now_s();                                                              \
        plain.name arguments;                                                                      \
        spent[K_##name].s += now_s() - start;                                                      \
        spent[K_##name].calls++;                                                                   \
    }
EACH_KERNEL(TIMED)
#undef TIMED

static const pleth_net *profiled;

static const struct pleth_step *steps_of(const pleth_net *net)
{
    return (const struct pleth_step *)(const void *)((const char *)net + net->steps_at);
}

static int step_of(const void *w)
{
    const struct pleth_step *step = steps_of(profiled);
    const ptrdiff_t at = (const char *)w - (const char *)profiled;
    int found = PLETH_STEPS;

    for (int i = 0; at >= 0 && at < (ptrdiff_t)profiled->size && i < profiled->steps; i++)
        if (step[i].weight && (ptrdiff_t)step[i].weight <= at &&
            (found == PLETH_STEPS || step[found].weight < step[i].weight))
            found = i;
    return found;
}

static void count_product(const void *w, double macs, double s)
{
    struct spent *p = &spent[PRODUCT + step_of(w)];

    p->s += s;
    p->macs += macs;
    p->calls++;
}

static void product_float(const struct pleth_gemm *g)
{
    const double before = spent[K_gemm].s;

    timed_gemm(g);
    count_product(g->w, (double)g->rows * g->outs * g->pieces * g->length,
                  spent[K_gemm].s - before);
}

static void product_s8(const struct pleth_gemm_s8 *g)
{
    const double before = spent[K_gemm_s8].s;

    timed_gemm_s8(g);
    count_product(g->w, (double)g->rows * g->outs * g->pieces * g->length,
                  spent[K_gemm_s8].s - before);
}

static void print_products(const struct spent *product)
{
    const struct pleth_step *step = steps_of(profiled);
    const struct pleth_place *place =
        (const struct pleth_place *)(const void *)((const char *)profiled + profiled->places_at);

    for (int i = 0; i <= PLETH_STEPS; i++) {
        const struct spent *p = &product[i];
        if (!p->calls)
            continue;
        if (i < PLETH_STEPS)
            printf("  step %-3d %4d -> %-4d %3dx%-3d kernel %dx%dx%d %-8s", i,
                   place[step[i].in[0]].shape.c, place[step[i].out].shape.c,
                   place[step[i].out].shape.h, place[step[i].out].shape.w, step[i].kernel[0],
                   step[i].kernel[1], step[i].kernel[2],
                   step[i].work == PLETH_WORK_WINOGRAD ? "Winograd" : "");
        else
            printf("  %-44s", "products of values");
        printf(" %9.4f ms %6.1f G/s %6ld calls\n", 1e3 * p->s, 2e-9 * p->macs / p->s, p->calls);
    }
}

static void profile(const struct row *row, int int8, struct net_time *net, double seconds)
{
    static struct spent best[PARTS];
    pleth_net_state *state = net->model.state;
    struct net_times times;
    const double start = now_s();

    net_time_measure(&net, 1, seconds, &times);
    plain = state->kern;
    profiled = net->model.net;
#define REPLACE(name, parameters, arguments) state->kern.name = timed_##name;
    EACH_KERNEL(REPLACE)
#undef REPLACE
    state->kern.gemm = product_float;
    state->kern.gemm_s8 = product_s8;
    for (int i = 0; i < PARTS; i++)
        best[i].s = HUGE_VAL;
    do {
        double from;
        memset(spent, 0, sizeof spent);
        from = now_s();
        net_time_call(net);
        spent[ALL].s = spent[BETWEEN].s = now_s() - from;
        for (int k = 0; k < KERNELS; k++)
            spent[BETWEEN].s -= spent[k].s;
        for (int i = 0; i < PARTS; i++)
            if (spent[i].s < best[i].s)
                best[i] = spent[i];
    } while (now_s() - start < 3 * seconds);
    state->kern = plain;
    printf("%s %s: %.4f ms, %.4f with a clock around each kernel\n", row->name,
           int8 ? "int8" : "float", times.lowest, 1e3 * best[ALL].s);
    for (int k = 0; k < KERNELS; k++)
        if (best[k].calls)
            printf("  %-16s %9.4f ms %5.1f %% %6ld calls\n", kernel_name[k], 1e3 * best[k].s,
                   100 * best[k].s / best[ALL].s, best[k].calls);
    printf("  %-16s %9.4f ms %5.1f %%\n", "between", 1e3 * best[BETWEEN].s,
           100 * best[BETWEEN].s / best[ALL].s);
    print_products(best + PRODUCT);
}

/* 1 where a row is meant by NAME. */
static int is_meant(const struct row *row, const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return row == &rows[i];
    return strncmp(row->name, name, strlen(name)) == 0;
}

/* ---- All ------------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
    const char *only = "", *profiled_name = NULL;
    double seconds = 1, most[2];
    int json = 0, batch = 0;
    uint32_t mask;
    struct plethio_error e = {""};

    for (int i = 1; i < argc; i++) {
        const int more = i + 1 < argc;
        if (strcmp(argv[i], "--json") == 0)
            json = 1;
        else if (strcmp(argv[i], "--only") == 0 && more)
            only = argv[++i];
        else if (strcmp(argv[i], "--profile") == 0 && more)
            only = profiled_name = argv[++i];
        else if (strcmp(argv[i], "--seconds") == 0 && more)
            seconds = atof(argv[++i]);
        else if (strcmp(argv[i], "--batch") == 0 && more)
            batch = atoi(argv[++i]);
        else {
            fprintf(stderr,
                    "usage: bench_networks [--only NAME] [--seconds S] [--batch N] [--json] "
                    "[--profile NAME]\n");
            return 2;
        }
    }
    if (tool_cpu_mask(&mask, &e))
        fail("PLETH_CPU", e.text);
    for (int int8 = 0; int8 < 2; int8++)
        most[int8] = peak_rate(int8, mask);
    if (json)
        printf("{\"peak_gflops\": %.1f, \"peak_int8_gops\": %.1f}\n", most[0], most[1]);
    else if (most[0] > 0)
        printf("this core at most: %.0f GFLOP/s in float, %.0f GOP/s in int8\n", most[0], most[1]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        pleth_net_options options;
        struct net_time net[2];
        if (!is_meant(row, only))
            continue;
        pleth_net_options_default(&options);
        options.cpu_mask = mask;
        options.batch = batch ? batch : row->batch;
        open_row(row, &options, &net[0]);
        if (row->int8 && net_time_open_int8(&net[1], &net[0], &options, &e))
            fail(row->name, e.text);
        for (int int8 = 0; int8 <= row->int8; int8++) {
            if (profiled_name)
                profile(row, int8, &net[int8], seconds);
            else
                time_row(row, int8, &net[int8], seconds, most[int8], json);
            net_time_close(&net[int8]);
        }
    }
    return 0;
}
