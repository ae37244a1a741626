#include "pulse.h"
#include "../signal/detrend.h"
#include "../signal/eigen.h"
#include "../signal/filter.h"
#include "../signal/spectrum.h"
#include "pleth/pleth.h"

#include <math.h>
#include <string.h>

enum { R, G, B };

static int bad_trace(const double *rgb, int n)
{
    for (int i = 0; i < 3 * n; i++)
        if (!(rgb[i] > 0 && isfinite(rgb[i])))
            return 1;
    return n < 3;
}

int pleth_pulse_window(double rate_hz)
{
    return rate_hz > 0 && rate_hz < 1e6 ? (int)ceil(1.6 * rate_hz) : 0;
}

void pleth_green(const double *rgb, int n, double *wave)
{
    for (int t = 0; t < n; t++)
        wave[t] = rgb[3 * t + G];
}

/* ---- POS ------------------------------------------------------------------------------------ */

/* Sums over the window: of d = rgb - origin and of d d' (RR GG BB RG RB GB). */
struct moments {
    double origin[3], d[3], dd[6];
};

static void moments_add(struct moments *m, const double *rgb, double sign)
{
    double r = rgb[R] - m->origin[R], g = rgb[G] - m->origin[G], b = rgb[B] - m->origin[B];
    m->d[R] += sign * r;
    m->d[G] += sign * g;
    m->d[B] += sign * b;
    m->dd[0] += sign * (r * r);
    m->dd[1] += sign * (g * g);
    m->dd[2] += sign * (b * b);
    m->dd[3] += sign * (r * g);
    m->dd[4] += sign * (r * b);
    m->dd[5] += sign * (g * b);
}

/* Population variance of x[R] R + x[G] G + x[B] B over a window of l samples. */
static double projected_variance(const struct moments *m, int l, const double x[3])
{
    double mean = (x[R] * m->d[R] + x[G] * m->d[G] + x[B] * m->d[B]) / l;
    double square = x[R] * x[R] * m->dd[0] + x[G] * x[G] * m->dd[1] + x[B] * x[B] * m->dd[2] +
                    2 * (x[R] * x[G] * m->dd[3] + x[R] * x[B] * m->dd[4] + x[G] * x[B] * m->dd[5]);
    return fmax(0, square / l - mean * mean);
}

/* In a window with channel means m, Wang's h = a + (sd(a) / sd(b)) b with a = G/mG - B/mB and
 * b = -2 R/mR + G/mG + B/mB is a linear form w . rgb. Its constant vanishes, since a and b have
 * mean zero. */
static void window_form(const struct moments *m, int l, double w[3])
{
    double scale[3], a[3], b[3], variance, alpha;
    for (int c = 0; c < 3; c++)
        scale[c] = 1 / (m->origin[c] + m->d[c] / l);
    a[R] = 0;
    a[G] = scale[G];
    a[B] = -scale[B];
    b[R] = -2 * scale[R];
    b[G] = scale[G];
    b[B] = scale[B];
    /* 1e-9 of the mean is below anything that a camera, or float, can tell from nothing */
    variance = projected_variance(m, l, b);
    alpha = variance > 1e-18 ? sqrt(projected_variance(m, l, a) / variance) : 0;
    for (int c = 0; c < 3; c++)
        w[c] = a[c] + alpha * b[c];
}

/* The overlap-added windows in O(n): sliding moments give each window's form w, sliding sums of w
 * give the form W[t] that all windows over t add up to, and the wave is W[t] . rgb[t]. Both sums
 * start afresh every l samples, the moments about a new origin, so that neither slow drifts of the
 * light nor rounding can pile up. work: 3 n. */
static int pos_overlap(const double *rgb, int n, double rate_hz, double *wave, double *work)
{
    int l = pleth_pulse_window(rate_hz), windows = n - l;
    struct moments m;
    double sum[3] = {0, 0, 0};

    if (l < 2 || windows < 1 || bad_trace(rgb, n))
        return PLETH_EINVAL;
    for (int s = 0; s < windows; s++) {
        if (s % l == 0) {
            memset(&m, 0, sizeof m);
            memcpy(m.origin, rgb + 3 * s, sizeof m.origin);
            for (int t = s; t < s + l; t++)
                moments_add(&m, rgb + 3 * t, 1);
        } else {
            moments_add(&m, rgb + 3 * (s + l - 1), 1);
            moments_add(&m, rgb + 3 * (s - 1), -1);
        }
        window_form(&m, l, work + 3 * s);
    }
    for (int t = 0; t < n; t++) {
        const double *c = rgb + 3 * t;
        if (t % l == 0) {
            sum[R] = sum[G] = sum[B] = 0;
            for (int s = t < l ? 0 : t - l + 1; s <= t && s < windows; s++)
                for (int k = 0; k < 3; k++)
                    sum[k] += work[3 * s + k];
        } else {
            for (int k = 0; k < 3; k++) {
                if (t < windows)
                    sum[k] += work[3 * t + k];
                if (t >= l)
                    sum[k] -= work[3 * (t - l) + k];
            }
        }
        wave[t] = sum[R] * c[R] + sum[G] * c[G] + sum[B] * c[B];
    }
    /* no window holds the last sample */
    wave[n - 1] = 0;
    return PLETH_OK;
}

int pleth_pos(const double *rgb, int n, double rate_hz, double *wave, double *work)
{
    struct pleth_filter f;
    int status = pos_overlap(rgb, n, rate_hz, wave, work);
    if (!status)
        status = pleth_butter_bandpass(&f, 1, 0.75, 3, rate_hz);
    if (status)
        return status;
    pleth_detrend(wave, wave, n, 100, work);
    return pleth_filtfilt(&f, wave, wave, n, work);
}

/* ---- CHROM ---------------------------------------------------------------------------------- */

static double deviation(const double *x, int n)
{
    double mean = 0, square = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / n;
    for (int i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean);
    return sqrt(square / n);
}

int pleth_chrom(const double *rgb, int n, double rate_hz, double lo_hz, double hi_hz, double *wave,
                double *work)
{
    struct pleth_filter f;
    int half = (pleth_pulse_window(rate_hz) + 1) / 2, l = 2 * half, written;
    double *hann = work, *x = work + l, *y = x + l, *room = y + l;

    if (half < 1 || n < l || bad_trace(rgb, n) ||
        pleth_butter_bandpass(&f, 3, lo_hz, hi_hz, rate_hz))
        return PLETH_EINVAL;
    written = n / half * half;
    memset(wave, 0, sizeof *wave * (size_t)written);
    pleth_hann(hann, l, 0);
    for (int start = 0; start + l <= written; start += half) {
        const double *c = rgb + 3 * start;
        double mean[3] = {0, 0, 0}, spread, alpha;
        for (int t = 0; t < l; t++)
            for (int k = 0; k < 3; k++)
                mean[k] += c[3 * t + k] / l;
        for (int t = 0; t < l; t++) {
            double r = c[3 * t + R] / mean[R], g = c[3 * t + G] / mean[G];
            x[t] = 3 * r - 2 * g;
            y[t] = 1.5 * r + g - 1.5 * (c[3 * t + B] / mean[B]);
        }
        if (pleth_filtfilt(&f, x, x, l, room) || pleth_filtfilt(&f, y, y, l, room))
            return PLETH_EINVAL;
        /* as for POS: nothing is below 1e-9 of the mean */
        spread = deviation(y, l);
        alpha = spread > 1e-9 ? deviation(x, l) / spread : 0;
        for (int t = 0; t < l; t++)
            wave[start + t] += hann[t] * (x[t] - alpha * y[t]);
    }
    return written;
}

/* ---- LGI, OMIT: the green part of what is orthogonal to one colour -------------------------- */

static void project(const double *rgb, int n, const double axis[3], double *wave)
{
    for (int t = 0; t < n; t++) {
        const double *c = rgb + 3 * t;
        wave[t] = c[G] - axis[G] * (axis[R] * c[R] + axis[G] * c[G] + axis[B] * c[B]);
    }
}

int pleth_lgi(const double *rgb, int n, double *wave)
{
    /* the first left singular vector of the 3 x n trace is the first eigenvector of its square */
    double square[9] = {0}, value[3], vector[9];
    if (bad_trace(rgb, n))
        return PLETH_EINVAL;
    for (int t = 0; t < n; t++)
        for (int i = 0; i < 9; i++)
            square[i] += rgb[3 * t + i / 3] * rgb[3 * t + i % 3];
    pleth_symmetric_eigen(square, 3, value, vector);
    project(rgb, n, vector, wave);
    return PLETH_OK;
}

int pleth_omit(const double *rgb, int n, double *wave)
{
    /* the first column of Q in the QR decomposition of the 3 x n trace: the first frame's colour */
    double axis[3], length;
    if (bad_trace(rgb, n))
        return PLETH_EINVAL;
    length = sqrt(rgb[R] * rgb[R] + rgb[G] * rgb[G] + rgb[B] * rgb[B]);
    for (int c = 0; c < 3; c++)
        axis[c] = rgb[c] / length;
    project(rgb, n, axis, wave);
    return PLETH_OK;
}

/* ---- PBV ------------------------------------------------------------------------------------ */

/* L of the Cholesky decomposition of a 3x3 correlation matrix; nonzero if it is singular. */
static int cholesky3(const double r[9], double l[9])
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = r[3 * i + j];
            for (int k = 0; k < j; k++)
                sum -= l[3 * i + k] * l[3 * j + k];
            if (i == j && !(sum > 1e-12))
                return 1;
            l[3 * i + j] = i == j ? sqrt(sum) : sum / l[3 * j + j];
        }
    }
    return 0;
}

static void cholesky3_solve(const double l[9], const double in[3], double out[3])
{
    out[0] = in[0] / l[0];
    out[1] = (in[1] - l[3] * out[0]) / l[4];
    out[2] = (in[2] - l[6] * out[0] - l[7] * out[1]) / l[8];
    out[2] /= l[8];
    out[1] = (out[1] - l[7] * out[2]) / l[4];
    out[0] = (out[0] - l[3] * out[1] - l[6] * out[2]) / l[0];
}

/* de Haan 2014: w solves N N' w = p with N = rgb / mean and p the direction of the deviations v;
 * the wave is N' w / (p . w). N N' / n = 1 1' + S with S = V C V, V = diag(v), C the correlations.
 * N N' is nearly singular (the ones outweigh S by 10^4 and more) while C is not, so the inverse of
 * S is taken by itself and the ones are put in by Sherman and Morrison's formula. */
int pleth_pbv(const double *rgb, int n, double *wave)
{
    double mean[3] = {0, 0, 0}, correlation[9] = {0}, v[3], l[9] = {0}, one[3], u[3], p[3], w[3],
           pw, s1u, s1p, ones;

    if (bad_trace(rgb, n))
        return PLETH_EINVAL;
    memset(wave, 0, sizeof *wave * (size_t)n);
    for (int i = 0; i < 3 * n; i++)
        mean[i % 3] += rgb[i] / n;
    for (int t = 0; t < n; t++) {
        double d[3];
        for (int c = 0; c < 3; c++)
            d[c] = rgb[3 * t + c] / mean[c] - 1;
        for (int i = 0; i < 9; i++)
            correlation[i] += d[i / 3] * d[i % 3] / n;
    }
    for (int c = 0; c < 3; c++) {
        v[c] = sqrt(correlation[4 * c]);
        if (!(v[c] > 1e-9))
            return PLETH_OK;
        one[c] = 1 / v[c];
    }
    for (int i = 0; i < 9; i++)
        correlation[i] *= one[i / 3] * one[i % 3];
    if (cholesky3(correlation, l))
        return PLETH_OK;
    /* with p = v up to a factor that cancels: S^-1 1 = V^-1 C^-1 (1/v), S^-1 p = V^-1 C^-1 1 */
    cholesky3_solve(l, one, u);
    for (int c = 0; c < 3; c++)
        w[c] = 1;
    cholesky3_solve(l, w, p);
    ones = 1;
    s1u = s1p = pw = 0;
    for (int c = 0; c < 3; c++) {
        u[c] *= one[c];
        p[c] *= one[c];
        s1u += u[c];
        s1p += p[c];
    }
    ones += s1u;
    for (int c = 0; c < 3; c++) {
        w[c] = p[c] - u[c] * (s1p / ones);
        pw += v[c] * w[c];
    }
    pw /= sqrt(v[R] * v[R] + v[G] * v[G] + v[B] * v[B]);
    for (int t = 0; t < n; t++) {
        double sum = s1p / ones;
        for (int c = 0; c < 3; c++)
            sum += w[c] * (rgb[3 * t + c] / mean[c] - 1);
        wave[t] = sum / pw;
    }
    return PLETH_OK;
}

/* ---- All of them ---------------------------------------------------------------------------- */

int pleth_pulse_wave(int method, const double *rgb, int n, double rate_hz, double lo_hz,
                     double hi_hz, double *wave, double *work)
{
    int status, sign = -1;

    switch (method) {
    case PLETH_METHOD_POS:
        status = pos_overlap(rgb, n, rate_hz, wave, work);
        break;
    case PLETH_METHOD_CHROM:
        /* 3R - 2G falls as green rises */
        sign = 1;
        status = pleth_chrom(rgb, n, rate_hz, lo_hz, hi_hz, wave, work);
        for (int t = status; status > 0 && t < n; t++)
            wave[t] = 0;
        break;
    case PLETH_METHOD_GREEN:
        status = bad_trace(rgb, n) ? PLETH_EINVAL : PLETH_OK;
        if (!status)
            pleth_green(rgb, n, wave);
        break;
    case PLETH_METHOD_LGI:
        status = pleth_lgi(rgb, n, wave);
        break;
    case PLETH_METHOD_PBV:
        status = pleth_pbv(rgb, n, wave);
        break;
    case PLETH_METHOD_OMIT:
        status = pleth_omit(rgb, n, wave);
        break;
    case PLETH_METHOD_ICA:
        status = pleth_ica_component(rgb, n, rate_hz, lo_hz, hi_hz, wave, work);
        break;
    default:
        return PLETH_EINVAL;
    }
    if (status < 0)
        return status;
    for (int t = 0; sign < 0 && t < n; t++)
        wave[t] = -wave[t];
    return PLETH_OK;
}

void pleth_pulse_of_trace(int method, const struct pleth_trace *colours, int n, double lo_hz,
                          double hi_hz, double *wave, double *work)
{
    double *rgb = work + PLETH_PULSE_WORK(n);
    for (int c = 0; c < 3; c++)
        pleth_trace_read(colours, c, n, rgb + c, 3);
    if (pleth_pulse_wave(method, rgb, n, colours->rate_hz, lo_hz, hi_hz, wave, work) != PLETH_OK)
        memset(wave, 0, (size_t)n * sizeof(*wave));
}
