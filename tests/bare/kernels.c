/* Kernels against the scalar ones on machines that the checker (tests/check) cannot run on, for
 * want of memory protection: a microcontroller, WebAssembly. What a kernel may not write is checked
 * by guards, what it may not read only there. Prints what it did; 0 if all is well. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kern/kern.h"
#include "pleth/pleth.h"

enum { POOL = 24 * 1024, GUARD = 16, PIECES = 3, ROUNDS = 300 };

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint32_t next_random(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static int below(int n)
{
    return (int)(next_random() % (uint32_t)n);
}

static float uniform(void)
{
    return (float)next_random() / 1073741824.0f - 1;
}

/* sizes around the widths of vectors more often than others */
static int size_up_to(int most)
{
    static const int likely[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 24, 31, 32, 33, 48};
    const int n = likely[below((int)(sizeof likely / sizeof likely[0]))];
    return below(3) || n > most ? 1 + below(most) : n;
}

/* ---- memory: three inputs, and an output for each of both versions -----------------------------
 */

static float input[3][POOL], output[2][POOL];
static int32_t numbers[3][512];

static void fill_floats(void)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < POOL; j++)
            input[i][j] = uniform();
}

static void fill_bytes(void)
{
    const int extreme = below(4);
    for (int i = 0; i < 3; i++) {
        int8_t *b = (int8_t *)input[i];
        for (int j = 0; j < 4 * POOL; j++)
            b[j] = (int8_t)(extreme == 0 ? -128 : extreme == 1 ? 127 - 255 * below(2) : below(256));
    }
}

static void fill_outputs(void)
{
    memset(output, 0x5a, sizeof output);
}

/* 1 where both outputs agree: exactly, or with tolerance[i] (NULL: `all`) for floats */
static int same(const char *name, int bytes, const float *tolerance, float all)
{
    const uint8_t *a = (const uint8_t *)output[0], *b = (const uint8_t *)output[1];

    if (all == 0 && !tolerance) {
        for (int i = 0; i < bytes + GUARD; i++)
            if (a[i] != b[i]) {
                printf("%s: byte %d of %d: %d instead of %d\n", name, i, bytes, (int8_t)b[i],
                       (int8_t)a[i]);
                return 0;
            }
        return 1;
    }
    for (int i = 0; i < bytes / 4; i++) {
        const float limit = tolerance ? tolerance[i] : all;
        if (!(fabsf(output[0][i] - output[1][i]) <= limit)) {
            printf("%s: value %d of %d: %.9g instead of %.9g\n", name, i, bytes / 4,
                   (double)output[1][i], (double)output[0][i]);
            return 0;
        }
    }
    if (memcmp(a + bytes, b + bytes, GUARD)) {
        printf("%s: writes beyond its %d bytes\n", name, bytes);
        return 0;
    }
    return 1;
}

/* ---- kernels, each with random sizes: 1 where both versions agree ------------------------------
 */

static const struct pleth_kernels *both[2];

static int check_gemm(void)
{
    static float limit[POOL];
    const int pieces = 1 + below(PIECES), length = size_up_to(40), outs = size_up_to(70);
    const int rows = size_up_to(20), x_step = 1 + below(length + 4), blocks = (outs + 15) / 16;
    const int y_step = outs + below(3), with_bias = below(2);
    const float *x[PIECES];
    struct pleth_gemm g = {x,  pieces, length, x_step, rows,   input[1],
                           16, 0,      NULL,   NULL,   y_step, outs};

    g.w_block = (ptrdiff_t)16 * pieces * length;
    g.bias = with_bias ? input[2] : NULL;
    if (blocks * g.w_block > POOL || rows * y_step + GUARD / 4 > POOL)
        return 1;
    for (int p = 0; p < pieces; p++)
        x[p] = input[0] + below(POOL - rows * x_step - length);
    fill_floats();
    fill_outputs();
    for (int v = 0; v < 2; v++) {
        g.y = output[v];
        both[v]->gemm(&g);
    }
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < y_step; o++)
            limit[r * y_step + o] = 1e-6f * (float)(1 + pieces * length);
    return same("gemm", 4 * (rows * y_step), limit, 0);
}

static int check_gemm_s8(void)
{
    const int pieces = 1 + below(PIECES), length = size_up_to(below(4) ? 60 : 400);
    const int outs = size_up_to(40), rows = size_up_to(20), quads = (length + 3) / 4;
    const int blocks = (outs + 15) / 16, y_step = outs + below(3), sums = below(4) == 0;
    const int limits = below(2), scale = below(3);
    const int8_t *x[PIECES];
    static int32_t shift[80];
    int32_t *bias = numbers[0], *multiplier = numbers[1], *w_sum = numbers[2];
    int8_t *w = (int8_t *)input[1];
    struct pleth_gemm_s8 g = {
        x,    pieces,     length, 1 + below(length + 4),         rows, w,   w_sum,
        bias, multiplier, shift,  limits ? below(256) - 128 : 0, -128, 127, NULL,
        NULL, y_step,     outs};

    if (blocks * pieces * quads * 64 > 4 * POOL)
        return 1;
    if (limits) {
        g.low = below(256) - 128;
        g.high = g.low + below(128 - g.low);
    }
    fill_bytes();
    for (int b = 0; b < blocks; b++)
        for (int p = 0; p < pieces; p++)
            for (int k = 0; k < 4 * quads; k++)
                for (int o = 0; o < 16; o++) {
                    int8_t *at = w + (((b * pieces + p) * quads + k / 4) * 16 + o) * 4 + k % 4;
                    if (k >= length || b * 16 + o >= outs)
                        *at = 0;
                }
    for (int o = 0; o < 16 * blocks; o++) {
        w_sum[o] = 0;
        for (int q = 0; q < pieces * quads; q++)
            for (int k = 0; k < 4; k++)
                w_sum[o] += w[((o / 16 * pieces * quads + q) * 16 + o % 16) * 4 + k];
        bias[o] = ((int32_t)next_random() - (1 << 30)) >> below(24);
        multiplier[o] = (int32_t)(next_random() & 0x7fffffff);
        if (scale == 0) {
            shift[o] = 1 + below(62);
        } else {
            /* as networks have it: results about as large as bytes */
            multiplier[o] |= 0x40000000;
            shift[o] = 34 + below(14);
        }
    }
    for (int p = 0; p < pieces; p++)
        x[p] = (const int8_t *)input[0] + below(4 * POOL - rows * (int)g.x_step - length - 3);
    fill_outputs();
    for (int v = 0; v < 2; v++) {
        g.y = (int8_t *)output[v];
        g.sums = sums ? (int32_t *)(void *)output[v] : NULL;
        both[v]->gemm_s8(&g);
    }
    return same("gemm_s8", sums ? 4 * rows * y_step : rows * y_step, NULL, 0);
}

static int check_depthwise(void)
{
    const int kh = 1 + below(5), kw = 1 + below(5), stride = 1 + below(2);
    const int channels = size_up_to(70), outs = size_up_to(12);
    const float *x[5];
    struct pleth_depthwise d = {x, kh, kw, stride, channels, outs, input[1], NULL, NULL};

    d.bias = below(2) ? input[2] : NULL;
    for (int a = 0; a < kh; a++)
        x[a] = input[0] + below(1000);
    fill_floats();
    fill_outputs();
    for (int v = 0; v < 2; v++) {
        d.y = output[v];
        both[v]->depthwise(&d);
    }
    return same("depthwise", 4 * outs * channels, NULL, 1e-6f * (float)(1 + kh * kw));
}

static int check_winograd_input(void)
{
    const int channels = size_up_to(70), row = 6 * channels + below(9), plane = channels + below(9);
    const int have_h = below(3) ? 6 : below(7), have_w = below(3) ? 6 : below(7);

    fill_floats();
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->winograd_input(input[0], row, channels, have_h, have_w, output[v], plane);
    return same("winograd_input", 4 * (35 * plane + channels), NULL, 1e-4f);
}

static int check_winograd_output(void)
{
    const int channels = size_up_to(70), row = 4 * channels + below(9), plane = channels + below(9);
    const int want_h = 1 + below(4), want_w = 1 + below(4);
    const float *bias = below(2) ? input[2] : NULL;

    fill_floats();
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->winograd_output(input[0], plane, channels, bias, want_h, want_w, output[v], row);
    return same("winograd_output", 4 * ((want_h - 1) * row + want_w * channels), NULL, 2e-4f);
}

static int check_activate(void)
{
    const int function = below(PLETH_FUNCTION_COUNT), n = size_up_to(200);

    fill_floats();
    fill_outputs();
    for (int i = 0; i < n; i++) {
        const float scale = (float)(1 << below(8));
        output[0][i] = below(50) ? scale * input[0][i] : below(2) ? INFINITY : -INFINITY;
    }
    memcpy(output[1], output[0], (size_t)n * sizeof(float));
    for (int v = 0; v < 2; v++)
        both[v]->activate(function, output[v], n);
    for (int i = 0; i < n; i++) {
        const float scale = 1 + fabsf(output[0][i]);
        if (output[0][i] == output[1][i]) {
            output[0][i] = output[1][i] = 0; /* infinities too */
        } else {
            output[0][i] /= scale;
            output[1][i] /= scale;
        }
    }
    return same("activate", 4 * n, NULL, 4e-6f);
}

static int check_rows(void)
{
    const int channels = size_up_to(70), rows = size_up_to(20), n = channels * rows,
              relu = below(2);
    static float limit[POOL];
    int ok = 1;

    fill_floats();
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->affine(input[0], input[1], input[2], output[v], rows, channels, relu);
    ok &= same("affine", 4 * n, NULL, 2e-6f);
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->add(input[0], input[1], output[v], n);
    ok &= same("add", 4 * n, NULL, 0);
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->multiply(input[0], input[1], output[v], n);
    ok &= same("multiply", 4 * n, NULL, 0);
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->scale_rows(input[0], input[1], output[v], rows, channels);
    ok &= same("scale_rows", 4 * n, NULL, 0);
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->layer_norm(input[0], rows, channels, 1e-3f, input[1], input[2], output[v]);
    /* few values may be close together: the gain goes up to 30 */
    ok &= same("layer_norm", 4 * n, NULL, 1e-4f);
    fill_outputs();
    for (int v = 0; v < 2; v++) {
        memcpy(output[v], input[0], (size_t)n * sizeof(float));
        both[v]->softmax(output[v], rows, channels);
    }
    for (int i = 0; i < n; i++)
        limit[i] = 2e-6f;
    return ok & same("softmax", 4 * n, limit, 0);
}

static int check_pool(void)
{
    const int kh = 1 + below(4), kw = 1 + below(4), stride = 1 + below(3), max = below(2);
    const int channels = size_up_to(70), outs = size_up_to(12);
    const float *x[4];

    for (int a = 0; a < kh; a++)
        x[a] = input[0] + below(1000);
    fill_floats();
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->pool(x, kh, kw, stride, channels, outs, max, 0.25f, output[v]);
    return same("pool", 4 * outs * channels, NULL, max ? 0 : 4e-6f);
}

static int check_bytes(void)
{
    const int n = size_up_to(300), channels = size_up_to(70), rows = size_up_to(20);
    const int8_t *a = (const int8_t *)input[0] + below(16),
                 *b = (const int8_t *)input[1] + below(16);
    const int kh = 1 + below(4), kw = 1 + below(4), stride = 1 + below(3), max = below(2);
    const int outs = size_up_to(12), zero = below(256) - 128, zero_a = below(256) - 128;
    const int zero_b = below(256) - 128, low = below(256) - 128, shift = 1 + below(40);
    const int32_t m = (int32_t)(next_random() & 0x3fffffff) >> below(30);
    const int32_t l = (int32_t)(next_random() & 0x3fffffff) >> below(30);
    const float inverse = below(2) ? 1 : 0.37f;
    const int8_t *x[4];
    int ok = 1;

    fill_bytes();
    fill_outputs();
    for (int v = 0; v < 2; v++) {
        memcpy(output[v], a, (size_t)n);
        both[v]->table_s8((int8_t *)output[v], n, b);
    }
    ok &= same("table_s8", n, NULL, 0);
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->add_s8(a, b, (int8_t *)output[v], n, zero_a, m, zero_b, l, shift, zero, low);
    ok &= same("add_s8", n, NULL, 0);
    for (int i = 0; i < kh; i++)
        x[i] = a + below(1000);
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->pool_s8(x, kh, kw, stride, channels, outs, max, zero_a, m, shift, zero,
                         (int8_t *)output[v]);
    ok &= same("pool_s8", outs * channels, NULL, 0);
    for (int r = 0; r < rows; r++)
        numbers[0][r] = (int32_t)next_random() >> below(31);
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->scale_rows_s8(a, numbers[0], (int8_t *)output[v], rows, channels, zero_a, shift,
                               zero);
    ok &= same("scale_rows_s8", rows * channels, NULL, 0);
    fill_floats();
    for (int i = 0; i < n; i++) {
        input[0][i] *= (float)(1 << below(12));
        if (below(30) == 0)
            input[0][i] = below(3) == 0 ? NAN : below(2) ? INFINITY : -INFINITY;
        else if (below(3) == 0)
            input[0][i] = (float)(below(600) - 300) / 2; /* halves */
    }
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->quantize(input[0], (int8_t *)output[v], n, inverse, zero);
    return ok & same("quantize", n, NULL, 0);
}

static int check_shift(void)
{
    const int bytes = size_up_to(300), rows = size_up_to(20), third = below(bytes / 3 + 1);
    const uint8_t *a = (const uint8_t *)input[0] + below(16), *b = (const uint8_t *)input[1];
    const uint8_t *later = below(4) ? a + 7000 : NULL, *earlier = below(4) ? b + below(16) : NULL;
    const int fill = below(256);

    fill_bytes();
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->shift(a, later, earlier, (uint8_t *)output[v], rows, bytes, third, fill);
    return same("shift", rows * bytes, NULL, 0);
}

static int check_affine_s8(void)
{
    const int channels = size_up_to(70), rows = size_up_to(20), shift = below(24);
    const int low = below(256) - 128;

    fill_bytes();
    fill_outputs();
    for (int c = 0; c < channels; c++) {
        numbers[0][c] = below(1 << 23) >> below(23);
        numbers[1][c] = (int32_t)(next_random() & 0x3fffffff) - (1 << 29);
    }
    for (int v = 0; v < 2; v++)
        both[v]->affine_s8((const int8_t *)input[0], numbers[0], numbers[1], (int8_t *)output[v],
                           rows, channels, shift, low);
    return same("affine_s8", rows * channels, NULL, 0);
}

static int check_band_sum(void)
{
    const int channels = 1 + below(4), cells = 1 + below(20), rows = 1 + below(40);
    int32_t edge[21];

    edge[0] = below(10);
    for (int c = 0; c < cells; c++)
        edge[c + 1] = edge[c] + below(40);
    fill_bytes();
    fill_outputs();
    for (int v = 0; v < 2; v++)
        both[v]->band_sum((const uint8_t *)input[0] + below(1), 900, rows, channels, edge, cells,
                          (uint32_t *)(void *)output[v]);
    return same("band_sum", 4 * cells * channels, NULL, 0);
}

#define DIFFERENT(f) (scalar.f != fast.f)

int main(void)
{
    struct pleth_kernels scalar, fast;
    int ok = 1, versions = 0;

    pleth_kernels_init(&scalar, 0);
    pleth_kernels_init(&fast, PLETH_CPU_ALL);
    both[0] = &scalar;
    both[1] = &fast;
    versions = DIFFERENT(gemm) + DIFFERENT(gemm_s8) + DIFFERENT(depthwise) +
               DIFFERENT(winograd_input) + DIFFERENT(winograd_output) + DIFFERENT(activate) +
               DIFFERENT(affine) + DIFFERENT(add) + DIFFERENT(multiply) + DIFFERENT(scale_rows) +
               DIFFERENT(pool) + DIFFERENT(layer_norm) + DIFFERENT(softmax) + DIFFERENT(table_s8) +
               DIFFERENT(add_s8) + DIFFERENT(pool_s8) + DIFFERENT(scale_rows_s8) +
               DIFFERENT(quantize) + DIFFERENT(band_sum) + DIFFERENT(shift) + DIFFERENT(affine_s8);
    for (int i = 0; i < ROUNDS && ok; i++) {
        if (DIFFERENT(gemm))
            ok &= check_gemm();
        if (DIFFERENT(gemm_s8))
            ok &= check_gemm_s8();
        if (DIFFERENT(depthwise))
            ok &= check_depthwise();
        if (DIFFERENT(winograd_input))
            ok &= check_winograd_input();
        if (DIFFERENT(winograd_output))
            ok &= check_winograd_output();
        if (DIFFERENT(activate))
            ok &= check_activate();
        if (DIFFERENT(pool))
            ok &= check_pool();
        if (DIFFERENT(affine) || DIFFERENT(add) || DIFFERENT(multiply) || DIFFERENT(scale_rows) ||
            DIFFERENT(layer_norm) || DIFFERENT(softmax))
            ok &= check_rows();
        if (DIFFERENT(table_s8) || DIFFERENT(add_s8) || DIFFERENT(pool_s8) ||
            DIFFERENT(scale_rows_s8) || DIFFERENT(quantize))
            ok &= check_bytes();
        if (DIFFERENT(shift))
            ok &= check_shift();
        if (DIFFERENT(affine_s8))
            ok &= check_affine_s8();
        if (DIFFERENT(band_sum))
            ok &= check_band_sum();
    }
    printf("%d kernels, %d rounds: %s\n", versions, ROUNDS, ok ? "ok" : "FAILED");
    return !ok || versions == 0;
}
