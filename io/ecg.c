#include "ecg.h"

#include <math.h>
#include <stdlib.h>

#include "signal/filter.h"
#include "signal/peaks.h"

#define LO_HZ 5
#define HI_HZ 20
#define ENERGY_S 0.1
/* no two beats are nearer to each other: 300 a minute */
#define APART_S 0.2
/* the usual energy of a beat: median of the largest in each of so many blocks, of which even a slow
 * heart has a beat in most */
#define BLOCK_S 1.5
#define BLOCKS 9
/* of the usual energy; T waves have less than a tenth, weak beats a third */
#define SHARE 0.2
#define NEAR_S 0.08

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, by_value);
    return n ? x[n / 2] : 0;
}

/* energy[i]: mean square of the slope of y within ENERGY_S about i. */
static void slope_energy(const double *y, int n, int reach, double *energy)
{
    double sum = 0;
    for (int i = 0; i < n + reach; i++) {
        int in = i < n - 1 && i > 0, out = i - 2 * reach - 1;
        if (in)
            sum += (y[i + 1] - y[i - 1]) * (y[i + 1] - y[i - 1]);
        if (out > 0 && out < n - 1)
            sum -= (y[out + 1] - y[out - 1]) * (y[out + 1] - y[out - 1]);
        if (i >= reach)
            energy[i - reach] = fmax(0, sum);
    }
}

/* The largest energy of each block. */
static void block_tops(const double *energy, int n, int length, double *top)
{
    for (int i = 0; i < n; i++)
        if (i % length == 0 || energy[i] > top[i / length])
            top[i / length] = energy[i];
}

static double usual(const double *top, int blocks, int at)
{
    double near[BLOCKS];
    int count = 0;
    for (int b = at - BLOCKS / 2; b <= at + BLOCKS / 2; b++)
        if (b >= 0 && b < blocks)
            near[count++] = top[b];
    return median(near, count);
}

static int is_top(const double *x, int n, int i, int reach)
{
    for (int k = i - reach < 0 ? 0 : i - reach; k <= i + reach && k < n; k++)
        if (x[k] > x[i] || (x[k] == x[i] && k < i))
            return 0;
    return 1;
}

/* Where `sign` times y is largest within reach samples of `at`. */
static int extreme(const double *y, int n, int at, int reach, double sign)
{
    int best = at;
    for (int k = at - reach < 1 ? 1 : at - reach; k <= at + reach && k < n - 1; k++)
        if (sign * y[k] > sign * y[best])
            best = k;
    return best;
}

/* Puts peaks, at first tops of the energy, to the tops of the wave, all of one sign. */
static void locate(const double *y, int n, double rate_hz, double *peak, int count)
{
    const int reach = (int)(NEAR_S * rate_hz);
    double up = 0, down = 0, sign;

    for (int i = 0; i < count; i++) {
        up += y[extreme(y, n, (int)peak[i], reach, 1)];
        down -= y[extreme(y, n, (int)peak[i], reach, -1)];
    }
    sign = up >= down ? 1 : -1;
    for (int i = 0; i < count; i++) {
        int k = extreme(y, n, (int)peak[i], reach, sign);
        double offset =
            k > 0 && k < n - 1 ? pleth_parabola(sign * y[k - 1], sign * y[k], sign * y[k + 1]) : 0;
        peak[i] = (k + offset) / rate_hz;
    }
}

/* y[n], energy[n] and top[] are room. */
static int find(double *y, double *energy, double *top, int n, double rate_hz, double *peak)
{
    const int block = (int)(BLOCK_S * rate_hz), blocks = (n + block - 1) / block;
    int count = 0, kept = 0;

    slope_energy(y, n, (int)(ENERGY_S / 2 * rate_hz), energy);
    block_tops(energy, n, block, top);
    for (int i = 1; i < n - 1; i++)
        if (energy[i] > energy[i - 1] && energy[i] >= energy[i + 1] &&
            energy[i] > SHARE * usual(top, blocks, i / block) &&
            is_top(energy, n, i, (int)(APART_S * rate_hz)))
            peak[count++] = i;
    locate(y, n, rate_hz, peak, count);
    for (int i = 0; i < count; i++)
        if (kept == 0 || peak[i] > peak[kept - 1] + APART_S / 2)
            peak[kept++] = peak[i];
    return kept;
}

int plethio_r_peaks(const float *ecg, int n, double rate_hz, double **peak_s)
{
    struct pleth_filter band;
    double *room;
    int count = 0;

    *peak_s = NULL;
    if (!(rate_hz >= 60 && rate_hz <= 1e5) || n < 10 * rate_hz ||
        pleth_butter_bandpass(&band, 2, LO_HZ, HI_HZ, rate_hz))
        return 0;
    for (int i = 0; i < n; i++)
        if (!isfinite(ecg[i]))
            return 0;
    /* wave, energy, filter and tops of blocks; peaks are apart, so that they are less than n */
    room = malloc((4 * (size_t)n + 64) * sizeof *room);
    *peak_s = malloc((size_t)n * sizeof **peak_s);
    if (!room || !*peak_s) {
        free(room);
        free(*peak_s);
        *peak_s = NULL;
        return -1;
    }
    for (int i = 0; i < n; i++)
        room[i] = (double)ecg[i];
    if (pleth_filtfilt(&band, room, room, n, room + n) == 0)
        count = find(room, room + n, room + 2 * (size_t)n, n, rate_hz, *peak_s);
    free(room);
    return count;
}
