#include "signal/eigen.h"
#include "test.h"

static double uniform(void)
{
    static unsigned seed = 9;
    seed = seed * 1664525u + 1013904223u;
    return seed / 4294967296.0 - 0.5;
}

/* a v = value v for every pair, the vectors orthonormal, the values falling */
static void check(const double *a, int n, double scale)
{
    double copy[PLETH_EIGEN_MAX * PLETH_EIGEN_MAX], value[PLETH_EIGEN_MAX],
        vector[PLETH_EIGEN_MAX * PLETH_EIGEN_MAX];
    for (int i = 0; i < n * n; i++)
        copy[i] = a[i];
    pleth_symmetric_eigen(copy, n, value, vector);
    for (int k = 0; k < n; k++) {
        const double *v = vector + k * n;
        CHECK(k == 0 || value[k] <= value[k - 1]);
        for (int i = 0; i < n; i++) {
            double sum = 0, dot = 0;
            for (int j = 0; j < n; j++) {
                sum += a[i * n + j] * v[j];
                dot += vector[i * n + j] * v[j];
            }
            CHECK_NEAR(sum, value[k] * v[i], 1e-14 * n * scale);
            CHECK_NEAR(dot, i == k, 1e-14);
        }
    }
}

int main(void)
{
    double a[PLETH_EIGEN_MAX * PLETH_EIGEN_MAX];
    for (int n = 1; n <= PLETH_EIGEN_MAX; n++) {
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < n; i++)
                for (int j = 0; j <= i; j++)
                    a[i * n + j] = a[j * n + i] = uniform();
            check(a, n, 1);
            /* one value that outweighs the others, as the mean colour does */
            for (int i = 0; i < n * n; i++)
                a[i] = a[i] * 1e-4 + 1e4;
            check(a, n, 1e4 * n);
        }
        /* equal values, and none */
        for (int i = 0; i < n * n; i++)
            a[i] = i % (n + 1) ? 0 : 2;
        check(a, n, 1);
        for (int i = 0; i < n * n; i++)
            a[i] = 0;
        check(a, n, 1);
    }
    return test_done();
}
