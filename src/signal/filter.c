#include "filter.h"
#include "pleth/pleth.h"

#include <math.h>

enum { MAX_ORDER = 4, MAX_POLES = 2 * MAX_ORDER };

static const double pi = 3.14159265358979323846;

struct cplx {
    double re, im;
};

static struct cplx cmul(struct cplx a, struct cplx b)
{
    struct cplx c = {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    return c;
}

static struct cplx cdiv(struct cplx a, struct cplx b)
{
    double d = b.re * b.re + b.im * b.im;
    struct cplx c = {(a.re * b.re + a.im * b.im) / d, (a.im * b.re - a.re * b.im) / d};
    return c;
}

/* principal square root */
static struct cplx croot(struct cplx a)
{
    double size = hypot(a.re, a.im);
    struct cplx r = {sqrt(fmax(0, (size + a.re) / 2)), sqrt(fmax(0, (size - a.re) / 2))};
    if (a.im < 0)
        r.im = -r.im;
    return r;
}

/* Pole number k of the analog low-pass prototype of this order: on the unit circle, left half. */
static struct cplx prototype_pole(int order, int k)
{
    double angle = pi * (2 * k + order + 1) / (2 * order);
    struct cplx p = {cos(angle), sin(angle)};
    return p;
}

/* s -> z with a sampling rate of 2 (so that s = 4 (z - 1) / (z + 1)) */
static struct cplx bilinear(struct cplx s)
{
    struct cplx above = {4 + s.re, s.im}, below = {4 - s.re, -s.im};
    return cdiv(above, below);
}

/* Coefficients of prod (1 - root z^-1). Roots come in conjugate pairs: the result is real. */
static void polynomial(const struct cplx *root, int count, double *coefficient)
{
    struct cplx c[MAX_POLES + 1] = {{1, 0}};
    for (int k = 0; k < count; k++) {
        for (int i = k + 1; i > 0; i--) {
            struct cplx t = cmul(root[k], c[i - 1]);
            c[i].re -= t.re;
            c[i].im -= t.im;
        }
    }
    for (int i = 0; i <= count; i++)
        coefficient[i] = c[i].re;
}

static double binomial(int n, int k)
{
    double c = 1;
    for (int i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return c;
}

int pleth_butter_bandpass(struct pleth_filter *f, int order, double lo_hz, double hi_hz,
                          double rate_hz)
{
    struct cplx pole[MAX_POLES], scale = {1, 0};
    double lo, hi, width, square, gain;

    if (order < 1 || order > MAX_ORDER || !(lo_hz > 0 && lo_hz < hi_hz && hi_hz < rate_hz / 2) ||
        !isfinite(rate_hz))
        return PLETH_EINVAL;
    lo = 4 * tan(pi * lo_hz / rate_hz);
    hi = 4 * tan(pi * hi_hz / rate_hz);
    width = hi - lo;
    square = lo * hi;
    gain = 1;
    /* s -> (s^2 + lo hi) / (s (hi - lo)) makes two poles of each; the order zeros at s = 0 go to
     * z = 1 and those at infinity to z = -1 */
    for (int k = 0; k < order; k++) {
        struct cplx half = prototype_pole(order, k), root;
        half.re *= width / 2;
        half.im *= width / 2;
        root = cmul(half, half);
        root.re -= square;
        root = croot(root);
        for (int sign = -1; sign <= 1; sign += 2) {
            struct cplx s = {half.re + sign * root.re, half.im + sign * root.im};
            struct cplx below = {4 - s.re, -s.im};
            pole[2 * k + (sign > 0)] = bilinear(s);
            scale = cmul(scale, below);
        }
        gain *= 4 * width;
    }
    gain /= scale.re;
    f->n = 2 * order + 1;
    polynomial(pole, 2 * order, f->a);
    for (int i = 0; i < f->n; i++)
        f->b[i] = i % 2 ? 0 : gain * binomial(order, i / 2) * (i % 4 ? -1 : 1);
    return PLETH_OK;
}

int pleth_butter_lowpass(struct pleth_filter *f, int order, double cut_hz, double rate_hz)
{
    struct cplx pole[MAX_POLES], scale = {1, 0};
    double cut, gain = 1;

    if (order < 1 || order > MAX_ORDER || !(cut_hz > 0 && cut_hz < rate_hz / 2) ||
        !isfinite(rate_hz))
        return PLETH_EINVAL;
    cut = 4 * tan(pi * cut_hz / rate_hz);
    for (int k = 0; k < order; k++) {
        struct cplx s = prototype_pole(order, k), below;
        s.re *= cut;
        s.im *= cut;
        below.re = 4 - s.re;
        below.im = -s.im;
        pole[k] = bilinear(s);
        scale = cmul(scale, below);
        gain *= cut;
    }
    gain /= scale.re;
    f->n = order + 1;
    polynomial(pole, order, f->a);
    for (int i = 0; i < f->n; i++)
        f->b[i] = gain * binomial(order, i);
    return PLETH_OK;
}

void pleth_filter_run(const struct pleth_filter *f, double *state, const double *x, double *y,
                      int n)
{
    int last = f->n - 1;
    for (int t = 0; t < n; t++) {
        double in = x[t], out = f->b[0] * in + state[0];
        for (int i = 1; i < last; i++)
            state[i - 1] = f->b[i] * in - f->a[i] * out + state[i];
        state[last - 1] = f->b[last] * in - f->a[last] * out;
        y[t] = out;
    }
}

/* The state in which a constant input `level` has always been there. */
static void steady_state(const struct pleth_filter *f, double level, double *state)
{
    double sum_b = 0, sum_a = 0, out;
    for (int i = 0; i < f->n; i++) {
        sum_b += f->b[i];
        sum_a += f->a[i];
    }
    out = sum_b / sum_a;
    for (int i = f->n - 2; i >= 0; i--) {
        double later = i < f->n - 2 ? state[i + 1] : 0;
        state[i] = later + level * (f->b[i + 1] - f->a[i + 1] * out);
    }
}

static void reverse(double *x, int n)
{
    for (int i = 0, j = n - 1; i < j; i++, j--) {
        double t = x[i];
        x[i] = x[j];
        x[j] = t;
    }
}

int pleth_filtfilt(const struct pleth_filter *f, const double *x, double *y, int n, double *work)
{
    double state[PLETH_FILTER_TAPS];
    int pad = 3 * f->n, total = n + 2 * pad;

    if (n <= pad)
        return PLETH_EINVAL;
    for (int i = 0; i < pad; i++) {
        work[i] = 2 * x[0] - x[pad - i];
        work[pad + n + i] = 2 * x[n - 1] - x[n - 2 - i];
    }
    for (int i = 0; i < n; i++)
        work[pad + i] = x[i];
    for (int pass = 0; pass < 2; pass++) {
        steady_state(f, work[0], state);
        pleth_filter_run(f, state, work, work, total);
        reverse(work, total);
    }
    for (int i = 0; i < n; i++)
        y[i] = work[pad + i];
    return PLETH_OK;
}
