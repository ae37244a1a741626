#include "signal/filter.h"
#include "pleth/pleth.h"
#include "test.h"

#include <string.h>

static const double pi = 3.14159265358979323846;

/* |H| at a frequency, from the coefficients */
static double gain(const struct pleth_filter *f, double hz, double rate_hz)
{
    double br = 0, bi = 0, ar = 0, ai = 0;
    for (int i = 0; i < f->n; i++) {
        double angle = -2 * pi * hz / rate_hz * i;
        br += f->b[i] * cos(angle);
        bi += f->b[i] * sin(angle);
        ar += f->a[i] * cos(angle);
        ai += f->a[i] * sin(angle);
    }
    return hypot(br, bi) / hypot(ar, ai);
}

/* half the power at the edges, all of it at the (pre-warped) centre, the analog roll-off between */
static void design(void)
{
    static const double rates[] = {10, 15, 30, 60};
    for (int r = 0; r < 4; r++) {
        for (int order = 1; order <= 4; order++) {
            struct pleth_filter f;
            double rate = rates[r], lo = 0.7, hi = 4;
            double a = tan(pi * lo / rate), b = tan(pi * hi / rate);
            CHECK(!pleth_butter_bandpass(&f, order, lo, hi, rate));
            CHECK(f.n == 2 * order + 1 && f.a[0] == 1);
            CHECK_NEAR(gain(&f, lo, rate), sqrt(0.5), 1e-6);
            CHECK_NEAR(gain(&f, hi, rate), sqrt(0.5), 1e-6);
            CHECK_NEAR(gain(&f, atan(sqrt(a * b)) * rate / pi, rate), 1, 1e-6);
            CHECK_NEAR(gain(&f, 0, rate), 0, 1e-6);
            CHECK_NEAR(gain(&f, rate / 2, rate), 0, 1e-6);
            for (double hz = 0.3; hz < rate / 2; hz += 0.37) {
                double w = tan(pi * hz / rate), s = (w * w - a * b) / (w * (b - a));
                CHECK_NEAR(gain(&f, hz, rate), 1 / sqrt(1 + pow(s, 2 * order)), 1e-6);
            }
            CHECK(!pleth_butter_lowpass(&f, order, lo, rate));
            CHECK(f.n == order + 1 && f.a[0] == 1);
            for (double hz = 0; hz < rate / 2; hz += 0.35) {
                double s = tan(pi * hz / rate) / a;
                CHECK_NEAR(gain(&f, hz, rate), 1 / sqrt(1 + pow(s, 2 * order)), 1e-9);
            }
        }
    }
}

static void refuses(void)
{
    struct pleth_filter f;
    CHECK(pleth_butter_bandpass(&f, 0, 1, 2, 30) == PLETH_EINVAL);
    CHECK(pleth_butter_bandpass(&f, 5, 1, 2, 30) == PLETH_EINVAL);
    CHECK(pleth_butter_bandpass(&f, 1, 2, 1, 30) == PLETH_EINVAL);
    CHECK(pleth_butter_bandpass(&f, 1, 0, 1, 30) == PLETH_EINVAL);
    CHECK(pleth_butter_bandpass(&f, 1, 1, 15, 30) == PLETH_EINVAL);
    CHECK(pleth_butter_bandpass(&f, 1, 1, 2, (double)NAN) == PLETH_EINVAL);
    CHECK(pleth_butter_bandpass(&f, 1, (double)NAN, 2, 30) == PLETH_EINVAL);
    CHECK(pleth_butter_bandpass(&f, 1, 1, 2, (double)INFINITY) == PLETH_EINVAL);
    CHECK(pleth_butter_lowpass(&f, 1, 15, 30) == PLETH_EINVAL);
    CHECK(pleth_butter_lowpass(&f, 1, (double)NAN, 30) == PLETH_EINVAL);
}

/* any split of the input gives the same bits, and in place is the same as not */
static void chunks(void)
{
    enum { N = 500 };
    double x[N], whole[N], parts[N];
    for (int order = 1; order <= 4; order++) {
        struct pleth_filter f;
        double state[PLETH_FILTER_TAPS] = {0};
        unsigned seed = 7;
        for (int i = 0; i < N; i++) {
            seed = seed * 1664525u + 1013904223u;
            x[i] = seed / 4294967296.0 - 0.5;
        }
        CHECK(!pleth_butter_bandpass(&f, order, 0.7, 3, 30));
        pleth_filter_run(&f, state, x, whole, N);
        memset(state, 0, sizeof state);
        memcpy(parts, x, sizeof x);
        for (int done = 0, size = 1; done < N; done += size, size = 1 + size * 7 % 31) {
            if (size > N - done)
                size = N - done;
            pleth_filter_run(&f, state, parts + done, parts + done, size);
        }
        CHECK(memcmp(whole, parts, sizeof whole) == 0);
    }
}

static void zero_phase(void)
{
    enum { N = 600 };
    struct pleth_filter f;
    double x[N], y[N], work[N + 6 * PLETH_FILTER_TAPS], g;

    /* a sine keeps its phase and gets the square of the gain */
    CHECK(!pleth_butter_bandpass(&f, 2, 0.7, 3, 30));
    g = gain(&f, 0.9, 30);
    for (int i = 0; i < N; i++)
        x[i] = 50 + sin(2 * pi * 0.9 * i / 30);
    CHECK(!pleth_filtfilt(&f, x, y, N, work));
    for (int i = 150; i < N - 150; i++)
        CHECK_NEAR(y[i], g * g * (x[i] - 50), 1e-3);
    /* a low-pass leaves a constant alone and a straight line too, thanks to the odd padding */
    CHECK(!pleth_butter_lowpass(&f, 1, 3, 30));
    for (int i = 0; i < N; i++)
        x[i] = 50;
    CHECK(!pleth_filtfilt(&f, x, y, N, work));
    for (int i = 0; i < N; i++)
        CHECK_NEAR(y[i], 50, 1e-10);
    /* too short for the padding; one more is enough; in place */
    CHECK(pleth_filtfilt(&f, x, y, 3 * f.n, work) == PLETH_EINVAL);
    CHECK(pleth_filtfilt(&f, x, x, 3 * f.n + 1, work) == PLETH_OK);
    CHECK_NEAR(x[0], 50, 1e-10);
}

int main(void)
{
    design();
    refuses();
    chunks();
    zero_phase();
    return test_done();
}
