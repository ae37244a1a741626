#include "window.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "../signal/detrend.h"
#include "pleth/pleth.h"

/* Passes half of 0.4 Hz at 25 Hz, where the slowest pulse, 30 a minute, has 0.5 Hz. */
static const double lambda = 100;

/* Of rounding the detrended window of a constant x keeps less than this share of it. */
static const double nothing = 1e-9;

/* y -> mean 0 and standard deviation 1; 0 where it varies by no more than `least`. */
static int standardise(double *y, double least)
{
    double mean = 0, square = 0;

    for (int i = 0; i < PLETH_WINDOW; i++)
        mean += y[i] / PLETH_WINDOW;
    for (int i = 0; i < PLETH_WINDOW; i++)
        square += (y[i] - mean) * (y[i] - mean) / PLETH_WINDOW;
    if (!(square > least * least))
        return 0;
    for (int i = 0; i < PLETH_WINDOW; i++)
        y[i] = (y[i] - mean) / sqrt(square);
    return 1;
}

/* One channel, standardised: y[PLETH_WINDOW]; 0 where there is nothing to see. */
static int cut_channel(const double *x, double *y, double *work)
{
    double mean = 0, size = 0;

    for (int i = 0; i < PLETH_WINDOW; i++)
        mean += x[i] / PLETH_WINDOW;
    for (int i = 0; i < PLETH_WINDOW; i++) {
        y[i] = x[i] - mean;
        size = fmax(size, fabs(x[i]));
    }
    if (!isfinite(mean) || !(size < HUGE_VAL))
        return 0;
    pleth_detrend(y, y, PLETH_WINDOW, lambda, work);
    return standardise(y, nothing * size);
}

int pleth_window_cut(const double *x, int channels, const double *weight, float *out, double *work)
{
    double *sum = work, *y = work + PLETH_WINDOW;

    memset(sum, 0, PLETH_WINDOW * sizeof *sum);
    for (int c = 0; c < channels; c++)
        if (cut_channel(x + (ptrdiff_t)c * PLETH_WINDOW, y, work + 2 * PLETH_WINDOW))
            for (int i = 0; i < PLETH_WINDOW; i++)
                sum[i] += (weight ? weight[c] : 1) * y[i];
    memset(out, 0, PLETH_WINDOW * sizeof *out);
    if (!standardise(sum, nothing))
        return PLETH_EINVAL;
    for (int i = 0; i < PLETH_WINDOW; i++)
        out[i] = (float)sum[i];
    return PLETH_OK;
}
