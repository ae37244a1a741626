/* What is done to rows of positions besides products, for WebAssembly's vectors. */
#include "../kern.h"

#if defined(PLETH_KERN_WASM)

#include <math.h>

#include "pleth/pleth.h"
#include "target.h"

/* `vectors` * 4 channels of one output, from `at` on in each row of the window. */
static ALWAYS_INLINE void window(const float *const *x, ptrdiff_t at, int kh, int kw, int channels,
                                 int max, float scale, float *y, int vectors)
{
    v128_t v[4];

    UNROLL
    for (int j = 0; j < vectors; j++)
        v[j] = wasm_v128_load(x[0] + at + 4 * j);
    for (int a = 0; a < kh; a++) {
        const float *p = x[a] + at + (a == 0 ? channels : 0);
        for (int b = a == 0; b < kw; b++, p += channels) {
            UNROLL
            for (int j = 0; j < vectors; j++) {
                const v128_t u = wasm_v128_load(p + 4 * j);
                v[j] = max ? wasm_f32x4_pmax(v[j], u) : wasm_f32x4_add(v[j], u);
            }
        }
    }
    UNROLL
    for (int j = 0; j < vectors; j++)
        wasm_v128_store(y + 4 * j, max ? v[j] : times(v[j], scale));
}

static inline float window_channel(const float *const *x, ptrdiff_t at, int kh, int kw,
                                   int channels, int max, float scale)
{
    float v = x[0][at];

    for (int a = 0; a < kh; a++)
        for (int b = a == 0; b < kw; b++) {
            const float u = x[a][at + (ptrdiff_t)b * channels];
            v = !max ? v + u : u > v ? u : v;
        }
    return max ? v : v * scale;
}

static void pool(const float *const *x, int kh, int kw, int stride, int channels, int outs, int max,
                 float scale, float *y)
{
    for (int i = 0; i < outs; i++, y += channels) {
        const ptrdiff_t at = (ptrdiff_t)i * stride * channels;
        int c = 0;
        for (; max && c + 16 <= channels; c += 16)
            window(x, at + c, kh, kw, channels, 1, scale, y + c, 4);
        for (; c + 16 <= channels; c += 16)
            window(x, at + c, kh, kw, channels, 0, scale, y + c, 4);
        for (; c + 4 <= channels; c += 4)
            window(x, at + c, kh, kw, channels, max, scale, y + c, 1);
        for (; c < channels; c++)
            y[c] = window_channel(x, at + c, kh, kw, channels, max, scale);
    }
}

/* The sum of n values, or of their squared distances from `from`: four sums at a time. */
static ALWAYS_INLINE float total(const float *x, int n, float from, int square)
{
    v128_t sums = wasm_f32x4_splat(0);
    float sum = 0;
    int i = 0;

    for (; i + 4 <= n; i += 4) {
        const v128_t d = wasm_f32x4_sub(wasm_v128_load(x + i), wasm_f32x4_splat(from));
        sums = square ? multiply_add(d, d, sums) : wasm_f32x4_add(sums, d);
    }
    for (; i < n; i++)
        sum += square ? (x[i] - from) * (x[i] - from) : x[i] - from;
    return sum + sum_of_lanes(sums);
}

static void layer_norm(const float *x, int rows, int n, float eps, const float *weight,
                       const float *bias, float *y)
{
    for (int r = 0; r < rows; r++, x += n, y += n) {
        const float mean = total(x, n, 0, 0) / (float)n;
        const float gain = 1 / sqrtf(total(x, n, mean, 1) / (float)n + eps);
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            const v128_t d = wasm_f32x4_sub(wasm_v128_load(x + i), wasm_f32x4_splat(mean));
            const v128_t w = times(wasm_v128_load(weight + i), gain);
            wasm_v128_store(y + i, multiply_add(d, w, wasm_v128_load(bias + i)));
        }
        for (; i < n; i++)
            y[i] = (x[i] - mean) * (gain * weight[i]) + bias[i];
    }
}

void pleth_kernels_rows_wasm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_SIMD128))
        return;
    k->pool = pool;
    k->layer_norm = layer_norm;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_wasm_rows_absent;

#endif
