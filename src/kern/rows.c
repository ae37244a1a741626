/* What is done to rows of positions besides products and functions, scalar. */
#include <math.h>

#include "kern.h"

static void affine(const float *x, const float *scale, const float *shift, float *y, int rows,
                   int channels, int relu)
{
    for (int r = 0; r < rows; r++, x += channels, y += channels)
        for (int c = 0; c < channels; c++) {
            const float v = x[c] * scale[c] + shift[c];
            y[c] = relu && v < 0 ? 0 : v;
        }
}

static void add(const float *a, const float *b, float *y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = a[i] + b[i];
}

static void multiply(const float *a, const float *b, float *y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

static void scale_rows(const float *x, const float *m, float *y, int rows, int channels)
{
    for (int r = 0; r < rows; r++, x += channels, y += channels)
        for (int c = 0; c < channels; c++)
            y[c] = x[c] * m[r];
}

static void pool(const float *const *x, int kh, int kw, int stride, int channels, int outs, int max,
                 float scale, float *y)
{
    for (int i = 0; i < outs; i++, y += channels)
        for (int a = 0; a < kh; a++)
            for (int b = 0; b < kw; b++) {
                const float *from = x[a] + (ptrdiff_t)(i * stride + b) * channels;
                const int first = a + b == 0, last = a == kh - 1 && b == kw - 1;
                for (int c = 0; c < channels; c++) {
                    if (first)
                        y[c] = from[c];
                    else if (max)
                        y[c] = from[c] > y[c] ? from[c] : y[c];
                    else
                        y[c] += from[c];
                    if (last && !max)
                        y[c] *= scale;
                }
            }
}

static void layer_norm(const float *x, int rows, int n, float eps, const float *weight,
                       const float *bias, float *y)
{
    for (int r = 0; r < rows; r++, x += n, y += n) {
        float mean = 0, square = 0, gain;
        for (int i = 0; i < n; i++)
            mean += x[i];
        mean /= (float)n;
        for (int i = 0; i < n; i++)
            square += (x[i] - mean) * (x[i] - mean);
        gain = 1 / sqrtf(square / (float)n + eps);
        for (int i = 0; i < n; i++)
            y[i] = (x[i] - mean) * gain * weight[i] + bias[i];
    }
}

void pleth_kernels_rows(struct pleth_kernels *k)
{
    k->affine = affine;
    k->add = add;
    k->multiply = multiply;
    k->scale_rows = scale_rows;
    k->pool = pool;
    k->layer_norm = layer_norm;
}
