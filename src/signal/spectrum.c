#include "spectrum.h"

#include <math.h>
#include <stddef.h>

static const double two_pi = 6.28318530717958647692;

int pleth_pow2(int n)
{
    int p = 1;
    while (p < n)
        p *= 2;
    return p;
}

/* cos and -sin of 2 pi k / nfft for k < nfft/2 */
void pleth_fft_table(double *table, int nfft)
{
    for (int k = 0; k < nfft / 2; k++) {
        double angle = two_pi * k / nfft;
        table[2 * k] = cos(angle);
        table[2 * k + 1] = -sin(angle);
    }
}

/* One radix-4 step over z[points] in bit-reversed order: joins transforms of length quarter, which
 * belong to the samples 0, 2, 1, 3 modulo 4, into transforms of four times the length. */
static void join4(const double *table, int nfft, double *z, int points, int quarter)
{
    int step = nfft / (4 * quarter);
    for (int j = 0; j < quarter; j++) {
        const double *w1 = table + (ptrdiff_t)2 * j * step, *w2 = table + (ptrdiff_t)4 * j * step;
        double w1r = w1[0], w1i = w1[1], w2r = w2[0], w2i = w2[1];
        double w3r = w1r * w2r - w1i * w2i, w3i = w1r * w2i + w1i * w2r;
        for (int p = j; p < points; p += 4 * quarter) {
            double *a = z + (ptrdiff_t)2 * p, *b = a + (ptrdiff_t)2 * quarter;
            double *c = b + (ptrdiff_t)2 * quarter, *d = c + (ptrdiff_t)2 * quarter;
            double br = b[0] * w2r - b[1] * w2i, bi = b[0] * w2i + b[1] * w2r;
            double cr = c[0] * w1r - c[1] * w1i, ci = c[0] * w1i + c[1] * w1r;
            double dr = d[0] * w3r - d[1] * w3i, di = d[0] * w3i + d[1] * w3r;
            double evenr = a[0] + br, eveni = a[1] + bi, oddr = a[0] - br, oddi = a[1] - bi;
            double sumr = cr + dr, sumi = ci + di, difr = cr - dr, difi = ci - di;
            a[0] = evenr + sumr;
            a[1] = eveni + sumi;
            b[0] = oddr + difi; /* odd - i dif */
            b[1] = oddi - difr;
            c[0] = evenr - sumr;
            c[1] = eveni - sumi;
            d[0] = oddr - difi;
            d[1] = oddi + difr;
        }
    }
}

/* The first step, which has no factors: even samples of x as real and odd ones as imaginary parts,
 * four of them a quarter apart -> their transform, in bit-reversed places. */
static void begin4(const double *x, int n, double *z, int points)
{
    int quarter = points / 4, reversed = 0;

    for (int j = 0; j < quarter; j++) {
        double v[8], *out = z + (ptrdiff_t)8 * reversed;
        int bit = quarter / 2;
        for (int i = 0; i < 4; i++) {
            int at = 2 * (j + i * quarter);
            if (at + 1 < n) {
                v[2 * i] = x[at];
                v[2 * i + 1] = x[at + 1];
            } else {
                v[2 * i] = at < n ? x[at] : 0;
                v[2 * i + 1] = 0;
            }
        }
        double evenr = v[0] + v[4], eveni = v[1] + v[5], oddr = v[0] - v[4], oddi = v[1] - v[5];
        double sumr = v[2] + v[6], sumi = v[3] + v[7], difr = v[2] - v[6], difi = v[3] - v[7];
        out[0] = evenr + sumr;
        out[1] = eveni + sumi;
        out[2] = oddr + difi;
        out[3] = oddi - difr;
        out[4] = evenr - sumr;
        out[5] = eveni - sumi;
        out[6] = oddr - difi;
        out[7] = oddi + difr;
        while (bit && (reversed & bit)) {
            reversed ^= bit;
            bit /= 2;
        }
        reversed |= bit;
    }
}

/* The last step of an odd power of two: joins two transforms of half the points. */
static void end2(const double *table, double *z, int points)
{
    for (int j = 0; j < points / 2; j++) {
        const double *w = table + (ptrdiff_t)4 * j;
        double *a = z + (ptrdiff_t)2 * j, *b = a + points;
        double br = b[0] * w[0] - b[1] * w[1], bi = b[0] * w[1] + b[1] * w[0];
        b[0] = a[0] - br;
        b[1] = a[1] - bi;
        a[0] += br;
        a[1] += bi;
    }
}

void pleth_fft_real(const double *table, const double *x, int n, int nfft, double *out)
{
    int points = nfft / 2, quarter = 4;

    begin4(x, n, out, points);
    for (; 4 * quarter <= points; quarter *= 4)
        join4(table, nfft, out, points, quarter);
    if (2 * quarter == points)
        end2(table, out, points);
    /* part the transforms of even (E) and odd (O) samples: X[k] = E[k] + W^k O[k] */
    out[nfft] = out[0] - out[1];
    out[nfft + 1] = 0;
    out[0] += out[1];
    out[1] = 0;
    for (int k = 1; k <= points / 2; k++) {
        double *p = out + 2 * k, *q = out + 2 * (points - k);
        double wr = table[2 * k], wi = table[2 * k + 1];
        double er = 0.5 * (p[0] + q[0]), ei = 0.5 * (p[1] - q[1]);
        double dr = 0.5 * (p[1] + q[1]), di = -0.5 * (p[0] - q[0]);
        double tr = wr * dr - wi * di, ti = wr * di + wi * dr;
        p[0] = er + tr;
        p[1] = ei + ti;
        q[0] = er - tr;
        q[1] = ti - ei;
    }
}

void pleth_dtft(const double *x, int n, double frequency, double *re, double *im)
{
    double turn_r = cos(two_pi * frequency), turn_i = -sin(two_pi * frequency);
    double sum_r = 0, sum_i = 0;
    /* anew every 256 samples, so that rounding does not pile up in the rotation */
    for (int start = 0; start < n; start += 256) {
        double angle = two_pi * fmod(frequency * start, 1.0);
        double r = cos(angle), i = -sin(angle);
        int end = n - start < 256 ? n : start + 256;
        for (int t = start; t < end; t++) {
            double next = r * turn_r - i * turn_i;
            sum_r += x[t] * r;
            sum_i += x[t] * i;
            i = r * turn_i + i * turn_r;
            r = next;
        }
    }
    *re = sum_r;
    *im = sum_i;
}

void pleth_periodogram(const double *table, const double *x, int n, int nfft, double rate_hz,
                       double *power, double *work)
{
    double scale = 1 / (rate_hz * n);
    pleth_fft_real(table, x, n, nfft, work);
    for (int k = 0; k <= nfft / 2; k++) {
        double r = work[2 * k], i = work[2 * k + 1];
        power[k] = (k == 0 || k == nfft / 2 ? 1 : 2) * scale * (r * r + i * i);
    }
}

static double power_at(const double *x, int n, double frequency)
{
    double re, im;
    pleth_dtft(x, n, frequency, &re, &im);
    return re * re + im * im;
}

double pleth_refine_peak(const double *x, int n, double near, double lo, double hi)
{
    const double golden = 0.61803398874989484820;
    double step = 0.5 / n, mid, a, b, left, right, power_left, power_right;

    /* uphill in half bins until the top lies between a and b */
    mid = fmin(fmax(near, lo), hi);
    power_left = power_at(x, n, fmax(mid - step, lo));
    power_right = power_at(x, n, fmin(mid + step, hi));
    if (power_left > power_right)
        step = -step;
    for (double here = power_at(x, n, mid);;) {
        double next = fmin(fmax(mid + step, lo), hi);
        double there = power_at(x, n, next);
        if (next == mid || !(there > here))
            break;
        mid = next;
        here = there;
    }
    a = fmax(mid - fabs(step), lo);
    b = fmin(mid + fabs(step), hi);
    left = b - golden * (b - a);
    right = a + golden * (b - a);
    power_left = power_at(x, n, left);
    power_right = power_at(x, n, right);
    while (b - a > 1e-9) {
        if (power_left > power_right) {
            b = right;
            right = left;
            power_right = power_left;
            left = b - golden * (b - a);
            power_left = power_at(x, n, left);
        } else {
            a = left;
            left = right;
            power_left = power_right;
            right = a + golden * (b - a);
            power_right = power_at(x, n, right);
        }
    }
    return 0.5 * (a + b);
}

void pleth_hann(double *w, int n, int periodic)
{
    int period = periodic ? n : n - 1;
    for (int i = 0; i < n; i++)
        w[i] = period > 0 ? 0.5 - 0.5 * cos(two_pi * i / period) : 1;
}

/* The Hilbert transform of a signal of period n is its circular convolution with
 *     n even: h[k] = 2/n cot(pi k / n) at odd k, else 0;
 *     n odd:  h[k] = 1/n cot(pi k / 2n) at odd k, -1/n tan(pi k / 2n) at even k.
 * It is done here as a linear one over k = -(n-1)..n-1 by power-of-two transforms. Their inverse is
 * a forward transform F of the Hartley values H[k] = Re - Im: x[t] = (Re F[t] - Im F[t]) / nfft. */
void pleth_hilbert_envelope(const double *table, const double *x, int n, int nfft, double *envelope,
                            double *work)
{
    double *real = work, *kernel = work + nfft, *signal = kernel + nfft + 2;

    for (int k = 0; k < nfft; k++)
        real[k] = 0;
    for (int k = 1; k < n; k++) {
        double h = 0;
        if (n % 2 == 0 && k % 2)
            h = 2 / (n * tan(two_pi * k / (2.0 * n)));
        else if (n % 2)
            h = k % 2 ? 1 / (n * tan(two_pi * k / (4.0 * n))) : -tan(two_pi * k / (4.0 * n)) / n;
        real[k] = h;
        real[nfft - k] = -h;
    }
    pleth_fft_real(table, real, nfft, nfft, kernel);
    pleth_fft_real(table, x, n, nfft, signal);
    for (int k = 0; k <= nfft / 2; k++) {
        const double *s = signal + 2 * k, *h = kernel + 2 * k;
        double re = s[0] * h[0] - s[1] * h[1], im = s[0] * h[1] + s[1] * h[0];
        real[k] = re - im;
        if (k > 0 && k < nfft / 2)
            real[nfft - k] = re + im;
    }
    pleth_fft_real(table, real, nfft, nfft, signal);
    for (int t = 0; t < n; t++) {
        double hilbert = (signal[2 * t] - signal[2 * t + 1]) / nfft;
        envelope[t] = sqrt(x[t] * x[t] + hilbert * hilbert);
    }
}
