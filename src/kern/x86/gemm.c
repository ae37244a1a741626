/* Products of float matrices for AVX2 and AVX-512.
 *
 * Tiles of rows x vectors of outputs are summed in registers: a row's value is read once for all
 * vectors of a tile, a vector of weights once for all its rows. Each output's sum is one chain of
 * fused multiply-adds in the order of pieces and k, however the tiles are cut: chunks do not
 * matter. Code for each number of rows comes from one body by constants and inlining. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include "pleth/pleth.h"
#include "target.h"

enum { BLOCK = 16 };

/* What of g a call of a tile sums: pieces [from, to), of each the values [k, k + length). */
struct part {
    const struct pleth_gemm *g;
    int from, to, k, length;
    int first; /* starts from the bias, not from y */
};

typedef void sum_rows(const struct part *p, int row, int rows, int o);

/* Rows [row, row + rows) in tiles that differ by at most one row, so that the last is not small */
static void split_rows(const struct part *p, int row, int rows, int most, int o, sum_rows *sum)
{
    for (int tiles = (rows + most - 1) / most; tiles > 0; tiles--) {
        const int n = (rows + tiles - 1) / tiles;
        sum(p, row, n, o);
        row += n;
        rows -= n;
    }
}

typedef void sum_part(const struct part *p, int row, int rows);

/* Cuts a product so that what is read again and again stays in cache: rows by the bytes of x, and
 * a long sum, which y keeps in the meantime, by the bytes of weights of one vector. */
static void split_gemm(const struct pleth_gemm *g, sum_part *sum)
{
    enum { MOST_K = 2048, MOST_X = 1 << 16 };
    const int64_t all = (int64_t)g->pieces * g->length;
    const int by = all > MOST_K ? 1 : g->pieces;
    const int by_k = by < g->pieces || g->length > MOST_K ? MOST_K : g->length;
    const int64_t some = MOST_X / ((int64_t)by * (by_k < g->length ? by_k : g->length) + 1);
    const int by_row = some < 48 ? 48 : (int)some;
    struct part p = {g, 0, 0, 0, 0, 1};

    for (int row = 0; row < g->rows; row += by_row) {
        const int rows = g->rows - row < by_row ? g->rows - row : by_row;
        p.first = 1;
        p.from = 0;
        do {
            p.to = g->pieces - p.from < by ? g->pieces : p.from + by;
            p.k = 0;
            do {
                p.length = g->length - p.k < by_k ? g->length - p.k : by_k;
                sum(&p, row, rows);
                p.first = 0;
                p.k += by_k;
            } while (p.k < g->length);
            p.from = p.to;
        } while (p.from < g->pieces);
    }
}

/* A tile of ROWS rows by VECTORS vectors of 16 outputs, both constants; of a single vector, the
 * lanes of mask. ROWS <= 12; products of both are at most 24, for 32 registers. */
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define EACH_VECTOR(DO, r) DO(r, 0) DO(r, 1) DO(r, 2) DO(r, 3) DO(r, 4) DO(r, 5) DO(r, 6) DO(r, 7)

static AVX512 inline __attribute__((always_inline)) void
tile_avx512(const struct part *p, int row, int o, __mmask16 mask, const int ROWS, const int VECTORS)
{
    const struct pleth_gemm *g = p->g;
    const ptrdiff_t step = g->x_step, w_step = g->w_step, block = g->w_block;
    const float *w = g->w + o / BLOCK * block + ((ptrdiff_t)p->from * g->length + p->k) * w_step;
    float *y = g->y + row * g->y_step + o;
    __m512 s[12][8], v[8];

#define FROM_BIAS(r, i)                                                                            \
    if (r < ROWS && i < VECTORS)                                                                   \
        s[r][i] = v[i];
#define FROM_BIAS_ROW(r) EACH_VECTOR(FROM_BIAS, r)
#define FROM_Y(r, i)                                                                               \
    if (r < ROWS && i < VECTORS)                                                                   \
        s[r][i] = VECTORS > 1 ? _mm512_loadu_ps(y + r * g->y_step + i * BLOCK)                     \
                              : _mm512_maskz_loadu_ps(mask, y + r * g->y_step);
#define FROM_Y_ROW(r) EACH_VECTOR(FROM_Y, r)
#define LOAD(base, i)                                                                              \
    if (i < VECTORS)                                                                               \
        v[i] =                                                                                     \
            VECTORS > 1 ? _mm512_loadu_ps((base) + i * BLOCK) : _mm512_maskz_loadu_ps(mask, base);
#define LOAD_W(base, i)                                                                            \
    if (i < VECTORS)                                                                               \
        v[i] =                                                                                     \
            VECTORS > 1 ? _mm512_loadu_ps((base) + i * block) : _mm512_maskz_loadu_ps(mask, base);
#define ADD(r, i)                                                                                  \
    if (i < VECTORS)                                                                               \
        s[r][i] = _mm512_fmadd_ps(b, v[i], s[r][i]);
#define ADD_ROW(r)                                                                                 \
    if (r < ROWS) {                                                                                \
        const __m512 b = _mm512_set1_ps(x[r / 3][r % 3 * step]);                                   \
        EACH_VECTOR(ADD, r)                                                                        \
    }
#define ADD_K                                                                                      \
    EACH_VECTOR(LOAD_W, w)                                                                         \
    EACH(ADD_ROW)                                                                                  \
    w += w_step;
#define STORE(r, i)                                                                                \
    if (r < ROWS && i < VECTORS) {                                                                 \
        if (VECTORS > 1)                                                                           \
            _mm512_storeu_ps(y + r * g->y_step + i * BLOCK, s[r][i]);                              \
        else                                                                                       \
            _mm512_mask_storeu_ps(y + r * g->y_step, mask, s[r][i]);                               \
    }
#define STORE_ROW(r) EACH_VECTOR(STORE, r)

    if (!p->first) {
        EACH(FROM_Y_ROW)
    } else {
        if (g->bias) {
            EACH_VECTOR(LOAD, g->bias + o)
        } else {
            for (int i = 0; i < VECTORS; i++)
                v[i] = _mm512_setzero_ps();
        }
        EACH(FROM_BIAS_ROW)
    }
    for (int i = p->from; i < p->to; i++) {
        const float *x[4];
        x[0] = g->x[i] + row * step + p->k;
        x[1] = x[0] + (ROWS > 3 ? 3 : 0) * step;
        x[2] = x[0] + (ROWS > 6 ? 6 : 0) * step;
        x[3] = x[0] + (ROWS > 9 ? 9 : 0) * step;
        for (int k = 0; k < p->length; k++) {
            ADD_K
            x[0]++;
            x[1]++;
            x[2]++;
            x[3]++;
        }
    }
    EACH(STORE_ROW)
}

static AVX512 void sum1_avx512(const struct part *p, int row, int rows, int o)
{
    const int left = p->g->outs - o;
    const __mmask16 mask = (__mmask16)(left < BLOCK ? (1 << left) - 1 : 0xffff);

    switch (rows) {
#define CASE(r)                                                                                    \
    case r + 1:                                                                                    \
        tile_avx512(p, row, o, mask, r + 1, 1);                                                    \
        break;
        EACH(CASE)
#undef CASE
    }
}

static AVX512 void sum2_avx512(const struct part *p, int row, int rows, int o)
{
    switch (rows) {
#define CASE(r)                                                                                    \
    case r + 1:                                                                                    \
        tile_avx512(p, row, o, 0, r + 1, 2);                                                       \
        break;
        EACH(CASE)
#undef CASE
    }
}

static AVX512 void sum4_avx512(const struct part *p, int row, int rows, int o)
{
    switch (rows) {
    case 3:
        tile_avx512(p, row, o, 0, 3, 4);
        break;
    case 4:
        tile_avx512(p, row, o, 0, 4, 4);
        break;
    case 5:
        tile_avx512(p, row, o, 0, 5, 4);
        break;
    default:
        tile_avx512(p, row, o, 0, 6, 4);
    }
}

static AVX512 void sum8_avx512(const struct part *p, int row, int rows, int o)
{
    if (rows == 1)
        tile_avx512(p, row, o, 0, 1, 8);
    else
        tile_avx512(p, row, o, 0, 2, 8);
}

static void sum_part_avx512(const struct part *p, int row, int rows)
{
    const int outs = p->g->outs;
    int o = 0;

    /* few rows: more vectors at once, so that enough sums are under way */
    if (rows <= 2)
        for (; outs - o >= 8 * BLOCK; o += 8 * BLOCK)
            sum8_avx512(p, row, rows, o);
    else if (rows <= 6)
        for (; outs - o >= 4 * BLOCK; o += 4 * BLOCK)
            sum4_avx512(p, row, rows, o);
    for (; outs - o >= 2 * BLOCK; o += 2 * BLOCK)
        split_rows(p, row, rows, 12, o, sum2_avx512);
    for (; o < outs; o += BLOCK)
        split_rows(p, row, rows, 12, o, sum1_avx512);
}

static void gemm_avx512(const struct pleth_gemm *g)
{
    split_gemm(g, sum_part_avx512);
}

void pleth_kernels_gemm_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX512)
        k->gemm = gemm_avx512;
}

#else

/* ISO C wants something in every file */
typedef int pleth_gemm_x86_absent;

#endif
