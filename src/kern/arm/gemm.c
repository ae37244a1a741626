/* Products of float matrices for NEON. The file is empty on other machines than 64-bit Arm. */
#include "../kern.h"

#if defined(__aarch64__)

#include "pleth/pleth.h"
#include "target.h"

enum { BLOCK = 16, ROWS = 4 };

/* `rows` rows from r on times `vectors` * 4 outputs from o on, whose weights begin at w, w_step
 * from one k to the next. Each sum goes on in the order of k, four steps a turn. */
static ALWAYS_INLINE void tile(const struct pleth_gemm *g, int r, int rows, const float *w,
                               ptrdiff_t w_step, int o, int vectors)
{
    float32x4_t sum[ROWS][4];

    UNROLL
    for (int j = 0; j < vectors; j++) {
        const float32x4_t bias = g->bias ? vld1q_f32(g->bias + o + 4 * j) : vdupq_n_f32(0);
        UNROLL
        for (int i = 0; i < rows; i++)
            sum[i][j] = bias;
    }
    for (int p = 0; p < g->pieces; p++) {
        const float *x = g->x[p] + r * g->x_step;
        int k = g->length;
        for (; k >= 4; k -= 4, x += 4) {
            float32x4_t v[ROWS], u[4];
            UNROLL
            for (int i = 0; i < rows; i++)
                v[i] = vld1q_f32(x + i * g->x_step);
/* the number of a lane is a constant even for compilers that do not unroll */
#define STEP(lane)                                                                                 \
    do {                                                                                           \
        UNROLL                                                                                     \
        for (int j = 0; j < vectors; j++)                                                          \
            u[j] = vld1q_f32(w + 4 * j);                                                           \
        w += w_step;                                                                               \
        UNROLL                                                                                     \
        for (int i = 0; i < rows; i++) {                                                           \
            UNROLL                                                                                 \
            for (int j = 0; j < vectors; j++)                                                      \
                sum[i][j] = vfmaq_laneq_f32(sum[i][j], u[j], v[i], lane);                          \
        }                                                                                          \
    } while (0)
            STEP(0);
            STEP(1);
            STEP(2);
            STEP(3);
#undef STEP
        }
        for (; k > 0; k--, x++, w += w_step) {
            UNROLL
            for (int j = 0; j < vectors; j++) {
                const float32x4_t u = vld1q_f32(w + 4 * j);
                UNROLL
                for (int i = 0; i < rows; i++)
                    sum[i][j] = vfmaq_n_f32(sum[i][j], u, x[i * g->x_step]);
            }
        }
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int j = 0; j < vectors; j++)
            vst1q_f32(g->y + (r + i) * g->y_step + o + 4 * j, sum[i][j]);
    }
}

/* What is left of outputs beyond fours. */
static void one(const struct pleth_gemm *g, int r, const float *w, int o)
{
    float sum = g->bias ? g->bias[o] : 0;

    for (int p = 0; p < g->pieces; p++) {
        const float *x = g->x[p] + r * g->x_step;
        for (int k = 0; k < g->length; k++, w += g->w_step)
            sum = __builtin_fmaf(x[k], *w, sum);
    }
    g->y[r * g->y_step + o] = sum;
}

static void gemm(const struct pleth_gemm *g)
{
    /* blocks outside: a block's weights stay in the cache while all rows pass */
    for (int o = 0; o < g->outs; o += BLOCK) {
        const int n = g->outs - o < BLOCK ? g->outs - o : BLOCK;
        const float *w = g->w + o / BLOCK * g->w_block;
        int r = 0;

        if (n == BLOCK) {
            /* packed weights, as nearly always, need no arithmetic for their places */
            for (; g->w_step == BLOCK && r + 4 <= g->rows; r += 4)
                tile(g, r, 4, w, BLOCK, o, 4);
            for (; r + 4 <= g->rows; r += 4)
                tile(g, r, 4, w, g->w_step, o, 4);
            for (; r < g->rows; r++)
                tile(g, r, 1, w, g->w_step, o, 4);
            continue;
        }
        for (int j = 0; j < n / 4; j++) {
            for (r = 0; r + 4 <= g->rows; r += 4)
                tile(g, r, 4, w + 4 * j, g->w_step, o + 4 * j, 1);
            for (; r < g->rows; r++)
                tile(g, r, 1, w + 4 * j, g->w_step, o + 4 * j, 1);
        }
        for (int j = n / 4 * 4; j < n; j++)
            for (r = 0; r < g->rows; r++)
                one(g, r, w + j, o + j);
    }
}

/* `outs` neighbouring outputs of `vectors` * 4 channels, in registers while the window passes. */
static ALWAYS_INLINE void window(const struct pleth_depthwise *d, int i, int outs, int c,
                                 int vectors)
{
    const ptrdiff_t step = (ptrdiff_t)d->stride * d->channels;
    float32x4_t sum[4][2];

    UNROLL
    for (int j = 0; j < vectors; j++) {
        const float32x4_t bias = d->bias ? vld1q_f32(d->bias + c + 4 * j) : vdupq_n_f32(0);
        UNROLL
        for (int n = 0; n < outs; n++)
            sum[n][j] = bias;
    }
    for (int a = 0; a < d->kh; a++) {
        const float *x = d->x[a] + i * step + c;
        const float *w = d->w + (ptrdiff_t)a * d->kw * d->channels + c;
        for (int b = 0; b < d->kw; b++, x += d->channels, w += d->channels) {
            UNROLL
            for (int j = 0; j < vectors; j++) {
                const float32x4_t u = vld1q_f32(w + 4 * j);
                UNROLL
                for (int n = 0; n < outs; n++)
                    sum[n][j] = vfmaq_f32(sum[n][j], vld1q_f32(x + n * step + 4 * j), u);
            }
        }
    }
    UNROLL
    for (int n = 0; n < outs; n++) {
        UNROLL
        for (int j = 0; j < vectors; j++)
            vst1q_f32(d->y + (ptrdiff_t)(i + n) * d->channels + c + 4 * j, sum[n][j]);
    }
}

static void window_channel(const struct pleth_depthwise *d, int i, int c)
{
    float sum = d->bias ? d->bias[c] : 0;

    for (int a = 0; a < d->kh; a++)
        for (int b = 0; b < d->kw; b++)
            sum = __builtin_fmaf(d->x[a][(ptrdiff_t)(i * d->stride + b) * d->channels + c],
                                 d->w[(ptrdiff_t)(a * d->kw + b) * d->channels + c], sum);
    d->y[(ptrdiff_t)i * d->channels + c] = sum;
}

static void depthwise(const struct pleth_depthwise *d)
{
    int c = 0, i;

    for (; c + 8 <= d->channels; c += 8) {
        for (i = 0; i + 4 <= d->outs; i += 4)
            window(d, i, 4, c, 2);
        for (; i < d->outs; i++)
            window(d, i, 1, c, 2);
    }
    for (; c + 4 <= d->channels; c += 4)
        for (i = 0; i < d->outs; i++)
            window(d, i, 1, c, 1);
    for (; c < d->channels; c++)
        for (i = 0; i < d->outs; i++)
            window_channel(d, i, c);
}

void pleth_kernels_gemm_arm(struct pleth_kernels *k, uint32_t flags)
{
    if (!(flags & PLETH_CPU_NEON))
        return;
    k->gemm = gemm;
    k->depthwise = depthwise;
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_arm_gemm_absent;

#endif
