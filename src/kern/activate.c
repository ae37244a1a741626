/* Functions of one value, and softmax, scalar. */
#include <math.h>

#include "kern.h"

static float function_of(int function, float x)
{
    switch (function) {
    case PLETH_RELU:
        return x > 0 || isnan(x) ? x : 0;
    case PLETH_TANH:
        return tanhf(x);
    case PLETH_SIGMOID:
        return 1 / (1 + expf(-x));
    case PLETH_ELU:
        return x > 0 ? x : expm1f(x);
    case PLETH_GELU:
        return isinf(x) ? (x > 0 ? x : 0) : 0.5f * x * (1 + erff(x * 0.70710678118654752f));
    default:
        return x < 0 ? 0 : x > 1 ? 1 : x;
    }
}

static void activate(int function, float *x, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = function_of(function, x[i]);
}

static void softmax(float *x, int rows, int n)
{
    for (int r = 0; r < rows; r++, x += n) {
        float largest = x[0], sum = 0;
        for (int i = 1; i < n; i++)
            largest = x[i] > largest ? x[i] : largest;
        for (int i = 0; i < n; i++)
            sum += x[i] = expf(x[i] - largest);
        for (int i = 0; i < n; i++)
            x[i] /= sum;
    }
}

void pleth_kernels_activate(struct pleth_kernels *k)
{
    k->activate = activate;
    k->softmax = softmax;
}
