#include "window.h"

#include <math.h>
#include <string.h>

#include "../signal/detrend.h"
#include "pleth/pleth.h"

/* Passes half of 0.4 Hz at 25 Hz, where the slowest pulse, 30 a minute, has 0.5 Hz. */
static const double lambda = 100;

/* Of rounding the detrended window of a constant x keeps less than this share of it. */
static const double nothing = 1e-9;

int pleth_window_cut(const double *x, float *out, double *work)
{
    double *y = work, mean = 0, square = 0, size = 0;

    memset(out, 0, PLETH_WINDOW * sizeof *out);
    for (int i = 0; i < PLETH_WINDOW; i++)
        mean += x[i] / PLETH_WINDOW;
    for (int i = 0; i < PLETH_WINDOW; i++) {
        y[i] = x[i] - mean;
        size = fmax(size, fabs(x[i]));
    }
    if (!isfinite(mean) || !(size < HUGE_VAL))
        return PLETH_EINVAL;
    pleth_detrend(y, y, PLETH_WINDOW, lambda, work + PLETH_WINDOW);
    mean = 0;
    for (int i = 0; i < PLETH_WINDOW; i++)
        mean += y[i] / PLETH_WINDOW;
    for (int i = 0; i < PLETH_WINDOW; i++)
        square += (y[i] - mean) * (y[i] - mean) / PLETH_WINDOW;
    if (!(square > nothing * nothing * size * size))
        return PLETH_EINVAL;
    for (int i = 0; i < PLETH_WINDOW; i++)
        out[i] = (float)((y[i] - mean) / sqrt(square));
    return PLETH_OK;
}
