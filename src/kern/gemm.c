/* Products of float matrices, scalar. */
#include "kern.h"

enum { BLOCK = 16 };

static void gemm(const struct pleth_gemm *g)
{
    for (int r = 0; r < g->rows; r++)
        for (int o = 0; o < g->outs; o += BLOCK) {
            const int n = g->outs - o < BLOCK ? g->outs - o : BLOCK;
            const float *w = g->w + o / BLOCK * g->w_block;
            float sum[BLOCK];
            for (int j = 0; j < n; j++)
                sum[j] = g->bias ? g->bias[o + j] : 0;
            for (int p = 0; p < g->pieces; p++) {
                const float *x = g->x[p] + r * g->x_step;
                for (int k = 0; k < g->length; k++, w += g->w_step)
                    for (int j = 0; j < n; j++)
                        sum[j] += x[k] * w[j];
            }
            for (int j = 0; j < n; j++)
                g->y[r * g->y_step + o + j] = sum[j];
        }
}

static void depthwise(const struct pleth_depthwise *d)
{
    for (int i = 0; i < d->outs; i++) {
        float *y = d->y + (ptrdiff_t)i * d->channels;
        for (int c = 0; c < d->channels; c++)
            y[c] = d->bias ? d->bias[c] : 0;
        for (int a = 0; a < d->kh; a++)
            for (int b = 0; b < d->kw; b++) {
                const float *x = d->x[a] + (ptrdiff_t)(i * d->stride + b) * d->channels;
                const float *w = d->w + (ptrdiff_t)(a * d->kw + b) * d->channels;
                for (int c = 0; c < d->channels; c++)
                    y[c] += x[c] * w[c];
            }
    }
}

void pleth_kernels_gemm(struct pleth_kernels *k)
{
    k->gemm = gemm;
    k->depthwise = depthwise;
}
