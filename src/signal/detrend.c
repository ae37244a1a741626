#include "detrend.h"

/* By Woodbury's identity x - (I + q D'D)^-1 x = q D' (I + q D D')^-1 D x with q = lambda^2. The
 * right side solves for the second differences alone, so a large mean costs no digits and a
 * straight line gives (nearly) zeros. I + q D D' is pentadiagonal, symmetric, positive definite:
 * 1 + 6q on the diagonal, -4q and q beside it. */
void pleth_detrend(const double *x, double *y, int n, double lambda, double *work)
{
    double q = lambda * lambda;
    int m = n - 2;
    double *inverse = work, *one = work + n;

    if (m < 1) {
        for (int i = 0; i < n; i++)
            y[i] = 0;
        return;
    }
    /* second differences, then L (unit lower band: one and q, over the diagonal) and 1/diagonal on
     * the way down */
    for (int i = 0; i < m; i++) {
        double d = 1 + 6 * q, z = x[i] - 2 * x[i + 1] + x[i + 2];
        one[i] = -4 * q;
        if (i >= 1) {
            double p = one[i - 1] * inverse[i - 1];
            d -= p * one[i - 1];
            one[i] -= p * q;
            z -= p * y[i - 1];
        }
        if (i >= 2) {
            double p = q * inverse[i - 2];
            d -= p * q;
            z -= p * y[i - 2];
        }
        inverse[i] = 1 / d;
        y[i] = z;
    }
    for (int i = m - 1; i >= 0; i--) {
        double z = y[i];
        if (i + 1 < m)
            z -= one[i] * y[i + 1];
        if (i + 2 < m)
            z -= q * y[i + 2];
        y[i] = z * inverse[i];
    }
    /* y = q D' z, from the end so that z can lie in y */
    for (int i = n - 1; i >= 0; i--) {
        double t = i < m ? y[i] : 0;
        if (i >= 1 && i - 1 < m)
            t -= 2 * y[i - 1];
        if (i >= 2)
            t += y[i - 2];
        y[i] = q * t;
    }
}
