/* Calls one kernel on one shape, so that its instructions can be counted (instructions.sh):
 *
 *     kernels            names all cases
 *     kernels CASE       prints how much work one call is, "N products" or "N values"
 *     kernels CASE MASK CALLS
 *
 * MASK: PLETH_CPU_* flags as a number, 0 for the scalar kernel. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/kern.h"
#include "pleth/pleth.h"

enum { ROOM = 400 * 1000 };

static union {
    float f[ROOM / 4];
    int8_t b[ROOM];
    int32_t i[ROOM / 4];
    uint8_t u[ROOM];
} x_room, w_room, y_room;
static int32_t bias[512], multiplier[512], shift[512], w_sum[512];

/* rows: of gemm; outs: also channels; length, pieces: also the window */
struct shape {
    const char *name;
    void (*call)(const struct pleth_kernels *k, const struct shape *s);
    int rows, pieces, length, outs, x_step;
};

static void gemm(const struct pleth_kernels *k, const struct shape *s)
{
    const float *x[8];
    struct pleth_gemm g = {x,  s->pieces, s->length, s->x_step, s->rows, w_room.f,
                           16, 0,         x_room.f,  y_room.f,  s->outs, s->outs};
    for (int p = 0; p < s->pieces; p++)
        x[p] = x_room.f + 1000 * p;
    g.w_block = (ptrdiff_t)16 * s->pieces * s->length;
    k->gemm(&g);
}

static void gemm_s8(const struct pleth_kernels *k, const struct shape *s)
{
    const int8_t *x[8];
    struct pleth_gemm_s8 g = {x,     s->pieces, s->length,  s->x_step, s->rows, w_room.b,
                              w_sum, bias,      multiplier, shift,     3,       -128,
                              127,   y_room.b,  NULL,       s->outs,   s->outs};
    for (int p = 0; p < s->pieces; p++)
        x[p] = x_room.b + 1000 * p;
    k->gemm_s8(&g);
}

static void depthwise(const struct pleth_kernels *k, const struct shape *s)
{
    const float *x[8];
    const struct pleth_depthwise d = {x,       s->pieces, s->length, 1,       s->outs,
                                      s->rows, w_room.f,  w_room.f,  y_room.f};
    for (int p = 0; p < s->pieces; p++)
        x[p] = x_room.f + 1000 * p;
    k->depthwise(&d);
}

static void winograd_input(const struct pleth_kernels *k, const struct shape *s)
{
    k->winograd_input(x_room.f, 36 * s->outs, s->outs, 6, 6, y_room.f, s->outs);
}

static void winograd_output(const struct pleth_kernels *k, const struct shape *s)
{
    k->winograd_output(x_room.f, s->outs, s->outs, w_room.f, 4, 4, y_room.f, 36 * s->outs);
}

static void activate(const struct pleth_kernels *k, const struct shape *s)
{
    k->activate(s->pieces, x_room.f, s->outs);
}

static void pool(const struct pleth_kernels *k, const struct shape *s)
{
    const float *x[2] = {x_room.f, x_room.f + 2000};
    k->pool(x, 2, 2, 2, s->outs, s->rows, s->pieces, 0.25f, y_room.f);
}

static void affine(const struct pleth_kernels *k, const struct shape *s)
{
    k->affine(x_room.f, w_room.f, w_room.f, y_room.f, s->rows, s->outs, 1);
}

static void add(const struct pleth_kernels *k, const struct shape *s)
{
    k->add(x_room.f, w_room.f, y_room.f, s->outs);
}

static void multiply(const struct pleth_kernels *k, const struct shape *s)
{
    k->multiply(x_room.f, w_room.f, y_room.f, s->outs);
}

static void scale_rows(const struct pleth_kernels *k, const struct shape *s)
{
    k->scale_rows(x_room.f, w_room.f, y_room.f, s->rows, s->outs);
}

static void layer_norm(const struct pleth_kernels *k, const struct shape *s)
{
    k->layer_norm(x_room.f, s->rows, s->outs, 1e-5f, w_room.f, w_room.f, y_room.f);
}

static void softmax(const struct pleth_kernels *k, const struct shape *s)
{
    k->softmax(x_room.f, s->rows, s->outs);
}

static void affine_s8(const struct pleth_kernels *k, const struct shape *s)
{
    k->affine_s8(x_room.b, bias, bias, y_room.b, s->rows, s->outs, 16, -128);
}

static void table_s8(const struct pleth_kernels *k, const struct shape *s)
{
    k->table_s8(y_room.b, s->outs, w_room.b);
}

static void add_s8(const struct pleth_kernels *k, const struct shape *s)
{
    k->add_s8(x_room.b, w_room.b, y_room.b, s->outs, 3, 1 << 29, -5, 1 << 28, 30, 7, -128);
}

static void pool_s8(const struct pleth_kernels *k, const struct shape *s)
{
    const int8_t *x[2] = {x_room.b, x_room.b + 2000};
    k->pool_s8(x, 2, 2, 2, s->outs, s->rows, s->pieces, 3, 1 << 30, 33, 5, y_room.b);
}

static void scale_rows_s8(const struct pleth_kernels *k, const struct shape *s)
{
    k->scale_rows_s8(x_room.b, bias, y_room.b, s->rows, s->outs, 3, 20, 5);
}

static void quantize(const struct pleth_kernels *k, const struct shape *s)
{
    k->quantize(x_room.f, y_room.b, s->outs, 30, 3);
}

static void temporal_shift(const struct pleth_kernels *k, const struct shape *s)
{
    k->shift(x_room.u, w_room.u, w_room.u, y_room.u, s->rows, s->outs, s->outs / 3, 0);
}

static const struct shape shapes[] = {
    {"gemm-conv-3x3-3-32", gemm, 34, 3, 9, 32, 3},
    {"gemm-conv-3x3-32-32", gemm, 34, 3, 96, 32, 32},
    {"gemm-conv-5-32-32", gemm, 50, 1, 160, 32, 32},
    {"gemm-tiles-64-64", gemm, 32, 1, 64, 64, 64},
    {"gemm-dense-3136-16", gemm, 1, 1, 3136, 16, 0},
    {"gemm_s8-conv-3x3-3-32", gemm_s8, 34, 3, 9, 32, 3},
    {"gemm_s8-conv-3x3-32-32", gemm_s8, 34, 3, 96, 32, 32},
    {"gemm_s8-conv-3x3-64-64", gemm_s8, 16, 3, 192, 64, 64},
    {"gemm_s8-conv-5-32-32", gemm_s8, 50, 1, 160, 32, 32},
    {"gemm_s8-conv-5-1-32", gemm_s8, 100, 1, 5, 32, 2},
    {"gemm_s8-dense-3136-128", gemm_s8, 1, 1, 3136, 112, 0},
    {"depthwise-3x3-24", depthwise, 16, 3, 3, 24, 0},
    {"winograd_input-32", winograd_input, 36, 1, 1, 32, 0},
    {"winograd_output-32", winograd_output, 16, 1, 1, 32, 0},
    {"relu", activate, 1, PLETH_RELU, 1, 1024, 0},
    {"tanh", activate, 1, PLETH_TANH, 1, 1024, 0},
    {"sigmoid", activate, 1, PLETH_SIGMOID, 1, 1024, 0},
    {"elu", activate, 1, PLETH_ELU, 1, 1024, 0},
    {"gelu", activate, 1, PLETH_GELU, 1, 1024, 0},
    {"clamp01", activate, 1, PLETH_CLAMP01, 1, 1024, 0},
    {"affine-32", affine, 34, 1, 1, 32, 0},
    {"add", add, 1, 1, 1, 1024, 0},
    {"multiply", multiply, 1, 1, 1, 1024, 0},
    {"scale_rows-32", scale_rows, 34, 1, 1, 32, 0},
    {"pool-average-32", pool, 16, 0, 1, 32, 0},
    {"pool-largest-32", pool, 16, 1, 1, 32, 0},
    {"layer_norm-64", layer_norm, 49, 1, 1, 64, 0},
    {"softmax-49", softmax, 49, 1, 1, 49, 0},
    {"shift-32", temporal_shift, 34, 1, 1, 32, 0},
    {"affine_s8-32", affine_s8, 34, 1, 1, 32, 0},
    {"table_s8", table_s8, 1, 1, 1, 1024, 0},
    {"add_s8", add_s8, 1, 1, 1, 1024, 0},
    {"pool_s8-average-32", pool_s8, 16, 0, 1, 32, 0},
    {"pool_s8-largest-32", pool_s8, 16, 1, 1, 32, 0},
    {"scale_rows_s8-32", scale_rows_s8, 34, 1, 1, 32, 0},
    {"quantize", quantize, 1, 1, 1, 1024, 0},
};

int main(int argc, char **argv)
{
    const int n = (int)(sizeof shapes / sizeof shapes[0]);
    const struct shape *s = shapes;
    struct pleth_kernels k;

    if (argc < 2) {
        for (int i = 0; i < n; i++)
            puts(shapes[i].name);
        return 0;
    }
    while (s < shapes + n && strcmp(s->name, argv[1]) != 0)
        s++;
    if (s == shapes + n) {
        fprintf(stderr, "kernels: no case \"%s\"\n", argv[1]);
        return 2;
    }
    if (argc < 4) {
        const int product = s->call == gemm || s->call == gemm_s8 || s->call == depthwise;
        const int each = product ? s->rows * s->pieces * s->length * s->outs : s->rows * s->outs;
        printf("%d %s\n", each, product ? "products" : "values");
        return 0;
    }
    pleth_kernels_init(&k, (uint32_t)strtoul(argv[2], NULL, 10));
    for (int i = 0; i < 512; i++) {
        multiplier[i] = 1 << 30;
        shift[i] = 40;
    }
    for (int i = 0; i < ROOM; i++)
        w_room.b[i] = (int8_t)(i % 61 - 30);
    for (int i = 0; i < ROOM / 4; i++)
        x_room.f[i] = (float)(i % 101) * 0.05f - 2.5f;
    for (int i = strtol(argv[3], NULL, 10) > 0 ? (int)strtol(argv[3], NULL, 10) : 0; i > 0; i--)
        s->call(&k, s);
    return 0;
}
