#include "eigen.h"

#include <math.h>

/* Rotates rows p and q of an n-column matrix. */
static void rotate_rows(double *a, int n, int p, int q, double c, double s)
{
    for (int k = 0; k < n; k++) {
        double x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
    }
}

static void rotate_columns(double *a, int n, int p, int q, double c, double s)
{
    for (int k = 0; k < n; k++) {
        double x = a[k * n + p], y = a[k * n + q];
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
}

/* One pass over all pairs; returns whether anything was left to turn. */
static int sweep(double *a, int n, double *vector)
{
    int turned = 0;
    for (int p = 0; p < n - 1; p++) {
        for (int q = p + 1; q < n; q++) {
            double off = a[p * n + q], theta, t, c;
            /* nothing that would still change the diagonal */
            if (fabs(off) <= 1e-18 * (fabs(a[p * n + p]) + fabs(a[q * n + q])))
                continue;
            theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
            t = (theta < 0 ? -1 : 1) / (fabs(theta) + hypot(theta, 1));
            c = 1 / hypot(t, 1);
            rotate_rows(a, n, p, q, c, t * c);
            rotate_columns(a, n, p, q, c, t * c);
            rotate_rows(vector, n, p, q, c, t * c);
            a[p * n + q] = a[q * n + p] = 0;
            turned = 1;
        }
    }
    return turned;
}

void pleth_symmetric_eigen(double *a, int n, double *value, double *vector)
{
    for (int i = 0; i < n * n; i++)
        vector[i] = i % (n + 1) == 0;
    /* convergence is quadratic: about 6 passes; the limit only guards against NaN */
    for (int pass = 0; pass < 50 && sweep(a, n, vector); pass++)
        ;
    for (int i = 0; i < n; i++)
        value[i] = a[i * n + i];
    for (int i = 0; i < n - 1; i++) {
        int top = i;
        double t;
        for (int k = i + 1; k < n; k++)
            if (value[k] > value[top])
                top = k;
        t = value[i];
        value[i] = value[top];
        value[top] = t;
        for (int k = 0; k < n; k++) {
            t = vector[i * n + k];
            vector[i * n + k] = vector[top * n + k];
            vector[top * n + k] = t;
        }
    }
}
