/* The arithmetic that has versions by instruction set. Scalar C is the definition.
 * Integer results are exact: every version is bit-equal. Float ones may differ in rounding between
 * versions (1e-6 of the sum of what was added, as absolute values), but what a version makes of one
 * row or one element never depends on how many are asked for at once: chunks do not matter.
 *
 * Tensors lie channels-last: (d, h, w, c), the channels of a position adjacent. */
#ifndef PLETH_KERN_KERN_H
#define PLETH_KERN_KERN_H

#include <stddef.h>
#include <stdint.h>

/* Functions of one value. */
enum pleth_function {
    PLETH_RELU,
    PLETH_TANH,
    PLETH_SIGMOID,
    PLETH_ELU,
    PLETH_GELU,    /* exact, by erf */
    PLETH_CLAMP01, /* hardtanh 0..1 */
    PLETH_FUNCTION_COUNT
};

/* y[r][o] = bias[o] + sum over p, k of x[p][r * x_step + k] * w[o / 16][p * length + k][o % 16],
 * the sum in the order of p and k, bias first: a dense layer (rows are frames), a 1x1 convolution
 * (rows are pixels), any convolution (rows are the pixels of an output row, pieces the rows of its
 * window: kw * c adjacent values each), Winograd's products, attention. */
struct pleth_gemm {
    const float *const *x; /* `pieces` pointers */
    int pieces, length;
    ptrdiff_t x_step;
    int rows;
    /* blocks of 16 outputs: from one k to the next w_step floats (16 where packed), from one block
       to the next w_block. Of the last block only outs % 16 columns are read. */
    const float *w;
    ptrdiff_t w_step, w_block;
    const float *bias; /* outs values; NULL: zeros */
    float *y;
    ptrdiff_t y_step;
    int outs;
};

/* The same in int8, then requantised:
 *
 *     sum = bias[o] + sum of x * w      (int32; the caller keeps it in range)
 *     q = zero + round(sum * multiplier[o] / 2^shift[o]), halves away from zero, in 64 bits
 *     y = clamp(q, low, high)
 *
 * multiplier 0..2^31-1, shift 1..62; zero, low <= high within int8, as zero points are everywhere
 * below. Where sums is not NULL, it receives the int32 sums instead (step y_step, in int32) and y
 * is not touched. x may be read up to 3 bytes beyond each piece's last row. */
struct pleth_gemm_s8 {
    const int8_t *const *x;
    int pieces, length;
    ptrdiff_t x_step;
    int rows;
    /* [outs / 16][pieces][(length + 3) / 4][16][4], zeros where there is no weight */
    const int8_t *w;
    const int32_t *w_sum; /* sum of the weights of each output */
    const int32_t *bias;  /* these four: outs values, rounded up to 16 */
    const int32_t *multiplier;
    const int32_t *shift;
    int zero, low, high;
    int8_t *y;
    int32_t *sums;
    ptrdiff_t y_step;
    int outs;
};

/* One row of a depthwise convolution: y[i][c] = bias[c] + sum over a < kh, b < kw of
 * x[a][(i * stride + b) * channels + c] * w[(a * kw + b) * channels + c]. */
struct pleth_depthwise {
    const float *const *x; /* kh rows, already at the first pixel */
    int kh, kw, stride, channels, outs;
    const float *w, *bias; /* bias NULL: zeros */
    float *y;
};

struct pleth_kernels {
    void (*gemm)(const struct pleth_gemm *g);
    void (*gemm_s8)(const struct pleth_gemm_s8 *g);
    void (*depthwise)(const struct pleth_depthwise *d);

    /* Winograd F(4x4, 3x3) with the points 0, +-1, +-2 (Lavin and Gray 2016). Input: a 6x6 patch
     * of pixels of `channels` values, rows `row` floats apart, of which only the first `have_h` x
     * `have_w` are read and the others are zeros; output element i = 6 a + b at v + i * plane. */
    void (*winograd_input)(const float *x, ptrdiff_t row, int channels, int have_h, int have_w,
                           float *v, ptrdiff_t plane);
    /* From 36 elements at m + i * plane to 4x4 pixels + bias (NULL: zeros), of which the first
     * want_h x want_w are written to y, rows `row` floats apart. */
    void (*winograd_output)(const float *m, ptrdiff_t plane, int channels, const float *bias,
                            int want_h, int want_w, float *y, ptrdiff_t row);

    /* x = function(x), pleth_function; tanh and sigmoid within 2e-6, ELU within 1e-6 of itself,
     * GELU within 1e-6 |x|, the others exactly. NaN stays NaN, infinities go to the limits (GELU's
     * and sigmoid's zero may be 1e-36). */
    void (*activate)(int function, float *x, ptrdiff_t n);
    /* y[r][c] = x[r][c] * scale[c] + shift[c], then max(., 0) where relu */
    void (*affine)(const float *x, const float *scale, const float *shift, float *y, int rows,
                   int channels, int relu);
    /* y = a + b, y = a * b, element by element; y may be a or b */
    void (*add)(const float *a, const float *b, float *y, ptrdiff_t n);
    void (*multiply)(const float *a, const float *b, float *y, ptrdiff_t n);
    /* y[r][c] = x[r][c] * m[r] */
    void (*scale_rows)(const float *x, const float *m, float *y, int rows, int channels);
    /* y[i][c] = scale * (sum of, or largest where max, over a < kh, b < kw of
     * x[a][(i * stride + b) * channels + c]), scale only for sums */
    void (*pool)(const float *const *x, int kh, int kw, int stride, int channels, int outs, int max,
                 float scale, float *y);
    /* y[r] = (x[r] - mean) / sqrt(variance + eps) * weight + bias over the n values of each row;
     * weight and bias have n values */
    void (*layer_norm)(const float *x, int rows, int n, float eps, const float *weight,
                       const float *bias, float *y);
    /* each row of n values: exp(x - largest) / sum, in place */
    void (*softmax)(float *x, int rows, int n);

    /* Temporal shift of `rows` positions of `bytes` bytes: of each, [0, third) from later, [third,
     * 2 third) from earlier, the rest from now; where later or earlier is NULL, the byte `fill`. */
    void (*shift)(const uint8_t *now, const uint8_t *later, const uint8_t *earlier, uint8_t *y,
                  int rows, int bytes, int third, int fill);

    /* y[r][c] = clamp((x[r][c] * multiplier[c] + offset[c]) >> shift, low, 127), in 32 bits that
     * the caller keeps from overflowing; the shift rounds down */
    void (*affine_s8)(const int8_t *x, const int32_t *multiplier, const int32_t *offset, int8_t *y,
                      int rows, int channels, int shift, int low);
    /* x = table[x + 128] */
    void (*table_s8)(int8_t *x, ptrdiff_t n, const int8_t table[256]);
    /* y = clamp(zero + round(((a - zero_a) * multiplier_a + (b - zero_b) * multiplier_b) /
     * 2^shift), low, 127), halves away from zero; in 64 bits, multipliers 0..2^30; y may be a or b
     */
    void (*add_s8)(const int8_t *a, const int8_t *b, int8_t *y, ptrdiff_t n, int zero_a,
                   int32_t multiplier_a, int zero_b, int32_t multiplier_b, int shift, int zero,
                   int low);
    /* y[i][c] = clamp(zero + round((sum over the window - kh * kw * zero_x) * multiplier /
     * 2^shift), -128, 127), kh * kw * multiplier < 2^44; max: the largest of the window, unchanged
     * (multiplier, shift, zeros ignored) */
    void (*pool_s8)(const int8_t *const *x, int kh, int kw, int stride, int channels, int outs,
                    int max, int zero_x, int32_t multiplier, int shift, int zero, int8_t *y);
    /* y[r][c] = clamp(zero + round((x[r][c] - zero_x) * m[r] / 2^shift), -128, 127); m >= 0 */
    void (*scale_rows_s8)(const int8_t *x, const int32_t *m, int8_t *y, int rows, int channels,
                          int zero_x, int shift, int zero);
    /* y = clamp(zero + round(x * inverse_scale), -128, 127), halves to even; NaN gives zero */
    void (*quantize)(const float *x, int8_t *y, ptrdiff_t n, float inverse_scale, int zero);

    /* Adds the bytes of a band of image rows into sums by column cell. Cell c covers pixels
     * [edge[c], edge[c+1]) of each of the `rows` rows, the first of which starts at row and the
     * next ones stride bytes (negative too) further on; edges do not decrease and edge[0] >= 0.
     * A pixel is 1..4 interleaved bytes: 1 for Y, U, V, grey; 2 for NV12's UV; 3 for RGB24; 4 for
     * RGBA, and for YUYV with "pixels" that are pairs. sum[channels * cells], as c0 c1 c2 c0 c1 c2,
     * is accumulated modulo 2^32: a cell may have 2^24 pixels. Nothing is read outside
     * [edge[0], edge[cells]) of each row. */
    void (*band_sum)(const uint8_t *row, ptrdiff_t stride, int rows, int channels,
                     const int32_t *edge, int cells, uint32_t *sum);
};

/* Fills the table from low to high by what the CPU has and mask (PLETH_CPU_*) allows. */
void pleth_kernels_init(struct pleth_kernels *k, uint32_t mask);

/* The same of what networks in int8 need, and NULL elsewhere: links nothing in float, and on a
 * Cortex-M, whose instructions are known when it is built, no scalar version of what it has. */
void pleth_kernels_init_int8(struct pleth_kernels *k, uint32_t mask);

/* PLETH_CPU_* flags of this machine. */
uint32_t pleth_cpu_flags(void);

/* For kern.c: the scalar definitions, by file. */
void pleth_kernels_band(struct pleth_kernels *k);
void pleth_kernels_gemm(struct pleth_kernels *k);
void pleth_kernels_winograd(struct pleth_kernels *k);
void pleth_kernels_activate(struct pleth_kernels *k);
void pleth_kernels_rows(struct pleth_kernels *k);
void pleth_kernels_int8(struct pleth_kernels *k);
void pleth_kernels_int8_rest(struct pleth_kernels *k); /* what Cortex-M has no other version of */
void pleth_kernels_rows_s8(struct pleth_kernels *k);

/* For kern.c: what each architecture has, and what it puts on top. */
#if defined(__x86_64__) || defined(__i386__)
#define PLETH_KERN_X86 1
uint32_t pleth_cpu_flags_x86(void);
void pleth_kernels_float_x86(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_int8_x86(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_rows_s8_x86(struct pleth_kernels *k, uint32_t flags);
/* the float ones, by file */
void pleth_kernels_band_x86(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_gemm_x86(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_winograd_x86(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_activate_x86(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_rows_x86(struct pleth_kernels *k, uint32_t flags);
#elif defined(__aarch64__) || defined(__ARM_NEON)
#define PLETH_KERN_ARM 1
uint32_t pleth_cpu_flags_arm(void);
void pleth_kernels_float_arm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_int8_arm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_band_arm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_gemm_arm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_winograd_arm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_activate_arm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_rows_arm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_rows_s8_arm(struct pleth_kernels *k, uint32_t flags);
#elif defined(__ARM_FEATURE_DSP)
#define PLETH_KERN_CORTEXM 1
void pleth_kernels_int8_cortexm(struct pleth_kernels *k, uint32_t flags);
#elif defined(__wasm_simd128__)
#define PLETH_KERN_WASM 1
void pleth_kernels_float_wasm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_int8_wasm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_gemm_wasm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_winograd_wasm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_activate_wasm(struct pleth_kernels *k, uint32_t flags);
void pleth_kernels_rows_wasm(struct pleth_kernels *k, uint32_t flags);
#endif

#endif
