#include "detrend.h"

#include <math.h>
#include <stddef.h>

/* relative: rows of the factors that differ by less are alike from there on */
#define ALIKE 1e-15

/* By Woodbury's identity x - (I + q D'D)^-1 x = q D' (I + q D D')^-1 D x with q = lambda^2. The
 * right side solves for the second differences alone, so a large mean costs no digits and a
 * straight line gives (nearly) zeros. I + q D D' is pentadiagonal, symmetric, positive definite:
 * 1 + 6q on the diagonal, -4q and q beside it. */
void pleth_detrend_rows(double *y, int rows, int stride, int n, double lambda, double *work)
{
    double q = lambda * lambda, one_before = 0, inverse_before = 0;
    int m = n - 2, alike = 0;
    double *inverse = work, *one = work + n;

    if (m < 1) {
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < n; i++)
                y[(ptrdiff_t)r * stride + i] = 0;
        return;
    }
    /* second differences, then L (unit lower band: one and q, over the diagonal) and 1/diagonal on
       the way down */
    for (int i = 0; i < m; i++) {
        double by_one = i >= 1 ? one[i - 1] * inverse[i - 1] : 0;
        double by_two = i >= 2 ? q * inverse[i - 2] : 0;
        if (alike) {
            one[i] = one[i - 1];
            inverse[i] = inverse[i - 1];
        } else {
            one[i] = -4 * q - by_one * q;
            inverse[i] = 1 / (1 + 6 * q - by_one * (i >= 1 ? one[i - 1] : 0) - by_two * q);
            alike = fabs(one[i] - one_before) <= ALIKE * fabs(one[i]) &&
                    fabs(inverse[i] - inverse_before) <= ALIKE * inverse[i];
            one_before = one[i];
            inverse_before = inverse[i];
        }
        for (int r = 0; r < rows; r++) {
            double *x = y + (ptrdiff_t)r * stride, z = x[i] - 2 * x[i + 1] + x[i + 2];
            if (i >= 1)
                z -= by_one * x[i - 1];
            if (i >= 2)
                z -= by_two * x[i - 2];
            x[i] = z;
        }
    }
    for (int i = m - 1; i >= 0; i--)
        for (int r = 0; r < rows; r++) {
            double *x = y + (ptrdiff_t)r * stride, z = x[i];
            if (i + 1 < m)
                z -= one[i] * x[i + 1];
            if (i + 2 < m)
                z -= q * x[i + 2];
            x[i] = z * inverse[i];
        }
    /* q D' z, from the end so that z can lie in y */
    for (int r = 0; r < rows; r++) {
        double *x = y + (ptrdiff_t)r * stride;
        for (int i = n - 1; i >= 0; i--) {
            double t = i < m ? x[i] : 0;
            if (i >= 1 && i - 1 < m)
                t -= 2 * x[i - 1];
            if (i >= 2)
                t += x[i - 2];
            x[i] = q * t;
        }
    }
}

void pleth_detrend(const double *x, double *y, int n, double lambda, double *work)
{
    for (int i = 0; i < n && x != y; i++)
        y[i] = x[i];
    pleth_detrend_rows(y, 1, n, n, lambda, work);
}
