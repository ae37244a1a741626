/* Products of float matrices, and depthwise convolutions, for AVX2 and AVX-512.
 *
 * Tiles of rows x vectors of outputs are summed in registers: a row's value is read once for all
 * vectors of a tile, a vector of weights once for all its rows. Each output's sum is one chain of
 * fused multiply-adds in the order of pieces and k, however the tiles are cut: chunks do not
 * matter. Code for each number of rows comes from one body by constants and inlining. */
#include "../kern.h"

#if defined(PLETH_KERN_X86)

#include "pleth/pleth.h"

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

#define WIDTH 8
#include "gemm_body.h"
#undef WIDTH
#define WIDTH 16
#include "gemm_body.h"

void pleth_kernels_gemm_x86(struct pleth_kernels *k, uint32_t flags)
{
    if (flags & PLETH_CPU_AVX2) {
        k->gemm = gemm_avx2;
        k->depthwise = depthwise_avx2;
    }
    if (flags & PLETH_CPU_AVX512) {
        k->gemm = gemm_avx512;
        k->depthwise = depthwise_avx512;
    }
}

#else

/* ISO C wants something in every file */
typedef int pleth_gemm_x86_absent;

#endif
