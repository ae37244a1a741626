/* Winograd's minimal filtering F(4x4, 3x3), scalar: Y = A' [(G g G') * (B' d B)] A. */
#include "kern.h"

/* B' of six values, `step` apart in both */
static void transform_input(const float *d, int from, float *t, int to)
{
    const float d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from],
                d5 = d[5 * from];

    t[0] = 4 * d0 - 5 * d2 + d4;
    t[to] = (d4 - 4 * d2) + (d3 - 4 * d1);
    t[2 * to] = (d4 - 4 * d2) - (d3 - 4 * d1);
    t[3 * to] = (d4 - d2) + 2 * (d3 - d1);
    t[4 * to] = (d4 - d2) - 2 * (d3 - d1);
    t[5 * to] = 4 * d1 - 5 * d3 + d5;
}

static void winograd_input(const float *x, ptrdiff_t row, int channels, int have_h, int have_w,
                           float *v, ptrdiff_t plane)
{
    for (int c = 0; c < channels; c++) {
        float d[36], t[36], u[36];
        for (int a = 0; a < 6; a++)
            for (int b = 0; b < 6; b++)
                d[6 * a + b] =
                    a < have_h && b < have_w ? x[a * row + (ptrdiff_t)b * channels + c] : 0;
        for (int b = 0; b < 6; b++)
            transform_input(d + b, 6, t + b, 6);
        for (int a = 0; a < 6; a++)
            transform_input(t + 6 * a, 1, u + 6 * a, 1);
        for (int i = 0; i < 36; i++)
            v[i * plane + c] = u[i];
    }
}

/* A' of six values */
static void transform_output(const float *m, int from, float *t, int to)
{
    const float s12 = m[from] + m[2 * from], d12 = m[from] - m[2 * from];
    const float s34 = m[3 * from] + m[4 * from], d34 = m[3 * from] - m[4 * from];

    t[0] = m[0] + s12 + s34;
    t[to] = d12 + 2 * d34;
    t[2 * to] = s12 + 4 * s34;
    t[3 * to] = d12 + 8 * d34 + m[5 * from];
}

static void winograd_output(const float *m, ptrdiff_t plane, int channels, const float *bias,
                            int want_h, int want_w, float *y, ptrdiff_t row)
{
    for (int c = 0; c < channels; c++) {
        float d[36], t[24], u[16];
        for (int i = 0; i < 36; i++)
            d[i] = m[i * plane + c];
        for (int b = 0; b < 6; b++)
            transform_output(d + b, 6, t + b, 6);
        for (int a = 0; a < 4; a++)
            transform_output(t + 6 * a, 1, u + 4 * a, 1);
        for (int a = 0; a < want_h; a++)
            for (int b = 0; b < want_w; b++)
                y[a * row + (ptrdiff_t)b * channels + c] = u[4 * a + b] + (bias ? bias[c] : 0);
    }
}

void pleth_kernels_winograd(struct pleth_kernels *k)
{
    k->winograd_input = winograd_input;
    k->winograd_output = winograd_output;
}
