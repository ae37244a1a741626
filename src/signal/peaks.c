#include "peaks.h"

int pleth_local_maxima(const double *x, int n, int *index, int capacity)
{
    int count = 0;
    for (int i = 1; i < n - 1 && count < capacity; i++) {
        int end = i;
        if (!(x[i] > x[i - 1]))
            continue;
        while (end < n - 1 && x[end + 1] == x[i])
            end++;
        if (end < n - 1 && x[end + 1] < x[i])
            index[count++] = (i + end) / 2;
        i = end;
    }
    return count;
}

double pleth_parabola(double a, double b, double c)
{
    double curve = a - 2 * b + c, offset;
    if (!(curve < 0))
        return 0;
    offset = (a - c) / (2 * curve);
    if (offset > 0.5)
        return 0.5;
    return offset < -0.5 ? -0.5 : offset;
}
