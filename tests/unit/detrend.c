#include "signal/detrend.h"
#include "test.h"

#include <string.h>

enum { N = 2000 };
static double x[N], y[N], same[N], work[2 * N];

/* What was taken away, z = x - y, must solve (I + lambda^2 D'D) z = x, where D z are the second
 * differences. Returns the largest residual. */
static double residual(int n, double lambda)
{
    double largest = 0;
    for (int i = 0; i < n; i++) {
        double sum = x[i] - y[i];
        for (int j = i - 2; j <= i; j++) {
            double z0, z1, z2;
            if (j < 0 || j + 2 >= n)
                continue;
            z0 = x[j] - y[j];
            z1 = x[j + 1] - y[j + 1];
            z2 = x[j + 2] - y[j + 2];
            sum += lambda * lambda * (i == j + 1 ? -2 : 1) * (z0 - 2 * z1 + z2);
        }
        largest = fmax(largest, fabs(sum - x[i]));
    }
    return largest;
}

int main(void)
{
    static const int lengths[] = {3, 4, 5, 6, 7, 30, 449, N};
    static const double lambdas[] = {0.5, 10, 100, 300};
    unsigned seed = 1;

    for (int i = 0; i < N; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = 120 + 0.01 * i + sin(0.2 * i) + seed / 4294967296.0;
    }
    for (int l = 0; l < 8; l++) {
        for (int k = 0; k < 4; k++) {
            int n = lengths[l];
            double q = lambdas[k] * lambdas[k];
            pleth_detrend(x, y, n, lambdas[k], work);
            CHECK_NEAR(residual(n, lambdas[k]), 0, 1e-12 * (1 + q) * 120);
            memcpy(same, x, sizeof same);
            pleth_detrend(same, same, n, lambdas[k], work);
            CHECK(memcmp(same, y, sizeof *y * (size_t)n) == 0);
        }
    }
    /* two signals at once, side by side: the same bits as one after the other */
    for (int i = 0; i < 300; i++) {
        same[i] = x[i];
        same[400 + i] = x[1000 + i];
    }
    pleth_detrend_rows(same, 2, 400, 300, 40, work);
    for (int r = 0; r < 2; r++) {
        pleth_detrend(x + 1000 * r, y, 300, 40, work);
        CHECK(memcmp(same + 400 * r, y, 300 * sizeof *y) == 0);
    }
    /* a straight line is all trend, however steep */
    for (int i = 0; i < N; i++)
        x[i] = 1e4 - 3.7 * i;
    pleth_detrend(x, y, N, 100, work);
    for (int i = 0; i < N; i++)
        CHECK_NEAR(y[i], 0, 1e-8);
    /* a constant leaves exactly nothing */
    for (int i = 0; i < N; i++)
        x[i] = 0.1;
    pleth_detrend(x, y, N, 100, work);
    for (int i = 0; i < N; i++)
        CHECK_NEAR(y[i], 0, 0);
    /* a pulse far above the corner frequency stays: 1 - 1/(1 + q (2 sin(w/2))^4) of it */
    for (int i = 0; i < N; i++)
        x[i] = sin(0.25 * i);
    pleth_detrend(x, y, N, 100, work);
    for (int i = 200; i < N - 200; i++)
        CHECK_NEAR(y[i], x[i] * (1 - 1 / (1 + 1e4 * pow(2 * sin(0.125), 4))), 1e-6);
    /* one or two values have no second difference: nothing but trend */
    pleth_detrend(x, y, 2, 100, work);
    CHECK(y[0] == 0 && y[1] == 0);
    return test_done();
}
