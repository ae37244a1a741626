/* Independent components of colour by JADE: Cardoso and Souloumiac, Blind beamforming for
 * non-Gaussian signals, IEE Proceedings F 140 (1993); for real signals of three channels. */
#include "../signal/detrend.h"
#include "../signal/eigen.h"
#include "../signal/filter.h"
#include "../signal/spectrum.h"
#include "pleth/pleth.h"
#include "pulse.h"

#include <math.h>
#include <string.h>

enum { G = 1 };

/* Symmetric 3x3 matrices as 6 numbers whose dot product is that of the matrices: the diagonal, then
 * sqrt 2 times what is beside it. */
static const int pair[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};

/* Detrended channels of mean 0 and deviation 1, in x[3][n]; nonzero if one does not vary. */
static int standardise(const double *rgb, int n, double *x, double *work)
{
    for (int c = 0; c < 3; c++) {
        double *channel = x + c * n, mean = 0, square = 0, level = 0;
        for (int t = 0; t < n; t++) {
            channel[t] = rgb[3 * t + c];
            level += channel[t] / n;
        }
        pleth_detrend(channel, channel, n, 100, work);
        for (int t = 0; t < n; t++)
            mean += channel[t] / n;
        for (int t = 0; t < n; t++) {
            channel[t] -= mean;
            square += channel[t] * channel[t];
        }
        square = sqrt(square / n);
        if (!(square > 1e-9 * level))
            return 1;
        for (int t = 0; t < n; t++)
            channel[t] /= square;
    }
    return 0;
}

/* y[3][n] <- matrix y, both in place */
static void transform(const double matrix[9], double *y, int n)
{
    for (int t = 0; t < n; t++) {
        double a = y[t], b = y[n + t], c = y[2 * n + t];
        for (int i = 0; i < 3; i++)
            y[i * n + t] = matrix[3 * i] * a + matrix[3 * i + 1] * b + matrix[3 * i + 2] * c;
    }
}

/* Unit covariance by the symmetric inverse root of the present one; nonzero if it is singular. */
static int whiten(double *y, int n)
{
    double covariance[9], value[3], vector[9], root[9] = {0};
    for (int i = 0; i < 9; i++) {
        double sum = 0;
        for (int t = 0; t < n; t++)
            sum += y[i / 3 * n + t] * y[i % 3 * n + t];
        covariance[i] = sum / n;
    }
    pleth_symmetric_eigen(covariance, 3, value, vector);
    if (!(value[2] > 1e-12 * value[0]))
        return 1;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 9; i++)
            root[i] += vector[3 * k + i / 3] * vector[3 * k + i % 3] / sqrt(value[k]);
    transform(root, y, n);
    return 0;
}

/* The three strongest eigenmatrices of the fourth-order cumulants of white y, times their
 * eigenvalues. */
static void eigenmatrices(const double *y, int n, double m[3][3][3])
{
    double cumulant[36], value[6], vector[36];
    int used[6] = {0};
    for (int i = 0; i < 6; i++) {
        for (int j = i; j < 6; j++) {
            int a = pair[i][0], b = pair[i][1], c = pair[j][0], d = pair[j][1];
            double sum = 0;
            for (int t = 0; t < n; t++)
                sum += y[a * n + t] * y[b * n + t] * y[c * n + t] * y[d * n + t];
            sum = sum / n - (a == b) * (c == d) - (a == c) * (b == d) - (a == d) * (b == c);
            sum *= sqrt((i < 3 ? 1 : 2) * (j < 3 ? 1.0 : 2.0));
            cumulant[6 * i + j] = cumulant[6 * j + i] = sum;
        }
    }
    pleth_symmetric_eigen(cumulant, 6, value, vector);
    for (int k = 0; k < 3; k++) {
        int top = -1;
        for (int i = 0; i < 6; i++)
            if (!used[i] && (top < 0 || fabs(value[i]) > fabs(value[top])))
                top = i;
        used[top] = 1;
        for (int i = 0; i < 6; i++) {
            double entry = value[top] * vector[6 * top + i] / (i < 3 ? 1 : sqrt(2));
            m[k][pair[i][0]][pair[i][1]] = m[k][pair[i][1]][pair[i][0]] = entry;
        }
    }
}

/* Turns the axes p, q of one matrix: m <- r' m r. */
static void turn(double m[3][3], int p, int q, double c, double s)
{
    for (int k = 0; k < 3; k++) {
        double x = m[p][k], y = m[q][k];
        m[p][k] = c * x + s * y;
        m[q][k] = c * y - s * x;
    }
    for (int k = 0; k < 3; k++) {
        double x = m[k][p], y = m[k][q];
        m[k][p] = c * x + s * y;
        m[k][q] = c * y - s * x;
    }
}

/* The rotation that makes the matrices as diagonal as can be, by sweeps over the three planes until
 * no sine is above 1/(100 sqrt n). Its rows are the components' directions. */
static void diagonalise(double m[3][3][3], int n, double rotation[9])
{
    static const int planes[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    double least = 0.01 / sqrt(n);
    int turned = 1;

    for (int i = 0; i < 9; i++)
        rotation[i] = i % 4 == 0;
    /* a few sweeps do; the limit is for matrices that rounding keeps from settling */
    for (int sweep = 0; turned && sweep < 100; sweep++) {
        turned = 0;
        for (int i = 0; i < 3; i++) {
            int p = planes[i][0], q = planes[i][1];
            double dd = 0, oo = 0, cross = 0, angle, c, s;
            for (int k = 0; k < 3; k++) {
                double d = m[k][p][p] - m[k][q][q], o = 2 * m[k][p][q];
                dd += d * d;
                oo += o * o;
                cross += d * o;
            }
            angle = 0.5 * atan2(2 * cross, dd - oo + hypot(dd - oo, 2 * cross));
            c = cos(angle);
            s = sin(angle);
            if (!(fabs(s) > least))
                continue;
            turned = 1;
            for (int k = 0; k < 3; k++) {
                double x = rotation[3 * p + k], y = rotation[3 * q + k];
                turn(m[k], p, q, c, s);
                rotation[3 * p + k] = c * x + s * y;
                rotation[3 * q + k] = c * y - s * x;
            }
        }
    }
}

/* The largest value of the power spectrum within [lo, hi] cycles per sample over its sum without
 * the mean: the component's claim to be periodic. work: 3 nfft. */
static double peak_share(const double *x, int n, int nfft, double lo, double hi, double *work)
{
    double *table = work, *spectrum = work + nfft, top = 0, sum = 0;
    pleth_fft_table(table, nfft);
    pleth_fft_real(table, x, n, nfft, spectrum);
    for (int k = 1; k <= nfft / 2; k++) {
        double re = spectrum[2 * k], im = spectrum[2 * k + 1], power = re * re + im * im;
        double frequency = (double)k / nfft;
        if (frequency * n < 1)
            continue;
        sum += power;
        if (frequency >= lo && frequency <= hi && power > top)
            top = power;
    }
    return sum > 0 ? top / sum : 0;
}

/* work: 3 n for the components, then room for the transforms */
static int component(const double *rgb, int n, double lo, double hi, double *wave, double *work)
{
    double *y = work, *room = work + 3 * n, m[3][3][3], rotation[9], best = -1, with_green = 0;
    const double *source = y;
    int nfft = pleth_pow2(2 * n);

    for (int i = 0; i < 3 * n; i++)
        if (!(rgb[i] > 0 && isfinite(rgb[i])))
            return PLETH_EINVAL;
    memset(wave, 0, sizeof *wave * (size_t)n);
    if (standardise(rgb, n, y, room))
        return PLETH_OK;
    memcpy(wave, y + G * n, sizeof *wave * (size_t)n);
    if (whiten(y, n)) {
        memset(wave, 0, sizeof *wave * (size_t)n);
        return PLETH_OK;
    }
    eigenmatrices(y, n, m);
    diagonalise(m, n, rotation);
    transform(rotation, y, n);
    for (int k = 0; k < 3; k++) {
        double share = peak_share(y + k * n, n, nfft, lo, hi, room);
        if (share > best) {
            best = share;
            source = y + k * n;
        }
    }
    for (int t = 0; t < n; t++)
        with_green += source[t] * wave[t];
    for (int t = 0; t < n; t++)
        wave[t] = with_green < 0 ? -source[t] : source[t];
    return PLETH_OK;
}

int pleth_ica_component(const double *rgb, int n, double rate_hz, double lo_hz, double hi_hz,
                        double *wave, double *work)
{
    if (n < 12 || !(rate_hz > 0 && lo_hz > 0 && lo_hz < hi_hz))
        return PLETH_EINVAL;
    return component(rgb, n, lo_hz / rate_hz, hi_hz / rate_hz, wave, work);
}

int pleth_ica(const double *rgb, int n, double rate_hz, double lo_hz, double hi_hz, double *wave,
              double *work)
{
    struct pleth_filter f;
    if (pleth_butter_bandpass(&f, 3, lo_hz, hi_hz, rate_hz) || n <= 3 * f.n ||
        component(rgb, n, 0, 0.5, wave, work))
        return PLETH_EINVAL;
    return pleth_filtfilt(&f, wave, wave, n, work);
}
