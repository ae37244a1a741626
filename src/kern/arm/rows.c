/* What is done to rows of positions besides products, for NEON. The file is empty on other machines
 * than 64-bit Arm. */
#include "../kern.h"

#if defined(__aarch64__)

#include <math.h>

#include "pleth/pleth.h"
#include "target.h"

/* `vectors` * 4 channels of one output, from `at` on in each row of the window. */
static ALWAYS_INLINE void window(const float *const *x, ptrdiff_t at, int kh, int kw, int channels,
                                 int max, float scale, float *y, int vectors)
{
    float32x4_t v[4];

    UNROLL
    for (int j = 0; j < vectors; j++)
        v[j] = vld1q_f32(x[0] + at + 4 * j);
    for (int a = 0; a < kh; a++) {
        const float *p = x[a] + at + (a == 0 ? channels : 0);
        for (int b = a == 0; b < kw; b++, p += channels) {
            UNROLL
            for (int j = 0; j < vectors; j++) {
                const float32x4_t u = vld1q_f32(p + 4 * j);
                v[j] = max ? vbslq_f32(vcgtq_f32(u, v[j]), u, v[j]) : vaddq_f32(v[j], u);
            }
        }
    }
    UNROLL
    for (int j = 0; j < vectors; j++)
        vst1q_f32(y + 4 * j, max ? v[j] : vmulq_n_f32(v[j], scale));
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
    float32x4_t sums = vdupq_n_f32(0);
    float sum = 0;
    int i = 0;

    for (; i + 4 <= n; i += 4) {
        const float32x4_t d = vsubq_f32(vld1q_f32(x + i), vdupq_n_f32(from));
        sums = square ? vfmaq_f32(sums, d, d) : vaddq_f32(sums, d);
    }
    for (; i < n; i++)
        sum += square ? (x[i] - from) * (x[i] - from) : x[i] - from;
    return sum + vaddvq_f32(sums);
}

static void layer_norm(const float *x, int rows, int n, float eps, const float *weight,
                       const float *bias, float *y)
{
    for (int r = 0; r < rows; r++, x += n, y += n) {
        const float mean = total(x, n, 0, 0) / (float)n;
        const float gain = 1 / sqrtf(total(x, n, mean, 1) / (float)n + eps);
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            const float32x4_t d = vsubq_f32(vld1q_f32(x + i), vdupq_n_f32(mean));
            const float32x4_t w = vmulq_n_f32(vld1q_f32(weight + i), gain);
            vst1q_f32(y + i, vfmaq_f32(vld1q_f32(bias + i), d, w));
        }
        for (; i < n; i++)
            y[i] = (x[i] - mean) * (gain * weight[i]) + bias[i];
    }
}

void pleth_kernels_rows_arm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_NEON))
        return;
    k->pool = pool;
    k->layer_norm = layer_norm;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_arm_rows_absent;

#endif
