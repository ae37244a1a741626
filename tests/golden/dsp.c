/* The chain from colour to pulse rate against vectors recorded from numpy and scipy. The
 * tolerance is 1e-9: everything here is double, and the references themselves are good to about
 * 2e-11 (a dense solve in the detrend). */
#include "camera/pulse.h"
#include "npy.h"
#include "signal/detrend.h"
#include "signal/filter.h"
#include "signal/peaks.h"
#include "signal/spectrum.h"
#include "test.h"

static const double rate_hz = 30, tolerance = 1e-9;

static struct npy golden(const char *name)
{
    char below[64], path[1024];
    snprintf(below, sizeof below, "golden/dsp/%s.npy", name);
    if (!test_shared(path, sizeof path, below))
        test_skip("no golden vectors (docs/DATA.md)");
    return npy_read(path);
}

static double largest_difference(const double *x, const double *y, int n)
{
    double largest = 0;
    for (int i = 0; i < n; i++)
        if (!(fabs(x[i] - y[i]) <= largest))
            largest = fabs(x[i] - y[i]);
    return largest;
}

static void check_same(const char *name, const double *x, int n)
{
    struct npy truth = golden(name);
    CHECK(truth.count == n);
    if (truth.count == n) {
        double difference = largest_difference(x, truth.data, n);
        printf("%-24s %5d values, largest difference %.2g\n", name, n, difference);
        CHECK_NEAR(difference, 0, tolerance);
    }
    free(truth.data);
}

static double *vector(int n)
{
    double *x = calloc((size_t)n, sizeof *x);
    if (!x)
        exit(1);
    return x;
}

static void butterworth(void)
{
    static const struct {
        int order;
        double lo, hi;
        const char *name;
    } cases[] = {
        {1, 0.6, 3.3, "butter1"},           {1, 0.08, 0.5, "butter1_0.08_0.5"},
        {1, 0.13, 0.5, "butter1_0.13_0.5"}, {1, 0.75, 2.5, "butter1_0.75_2.5"},
        {2, 0.7, 3.0, "butter2_0.7_3.0"},   {3, 0.7, 2.5, "butter3_0.7_2.5"},
    };
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
        struct pleth_filter f;
        char name[64];
        CHECK(!pleth_butter_bandpass(&f, cases[i].order, cases[i].lo, cases[i].hi, rate_hz));
        snprintf(name, sizeof name, "%s_b", cases[i].name);
        check_same(name, f.b, f.n);
        snprintf(name, sizeof name, "%s_a", cases[i].name);
        check_same(name, f.a, f.n);
    }
}

/* derivative -> sum -> detrend -> band-pass -> periodogram, peaks, envelope */
static void postprocessing(void)
{
    enum { NFFT = 512 };
    struct npy in = golden("diff_in"), peaks = golden("peaks"), fft_hr = golden("fft_hr"),
               peak_hr = golden("peak_hr");
    struct pleth_filter f;
    int n = in.count, index[64], count, top = 0, envelope_nfft = pleth_pow2(2 * n);
    double *wave = vector(n), *work = vector(8 * n + 3 * envelope_nfft + 4), *power = vector(NFFT),
           *table = vector(envelope_nfft), sum = 0;

    for (int i = 0; i < n; i++)
        wave[i] = sum += in.data[i];
    pleth_detrend(wave, wave, n, 100, work);
    check_same("cumsum_detrend100", wave, n);
    CHECK(!pleth_butter_bandpass(&f, 1, 0.6, 3.3, rate_hz));
    CHECK(!pleth_filtfilt(&f, wave, wave, n, work));
    check_same("filtfilt", wave, n);

    pleth_fft_table(table, NFFT);
    pleth_periodogram(table, wave, n, NFFT, rate_hz, power, work);
    check_same("periodogram", power, NFFT / 2 + 1);
    for (int k = 0; k <= NFFT / 2; k++) {
        double hz = k * rate_hz / NFFT;
        if (hz >= 0.6 && hz <= 3.3 && power[k] > power[top])
            top = k;
    }
    CHECK_NEAR(60 * top * rate_hz / NFFT, fft_hr.data[0], tolerance);

    count = pleth_local_maxima(wave, n, index, 64);
    CHECK(count == peaks.count);
    for (int i = 0; i < count && i < peaks.count; i++)
        CHECK_NEAR(index[i], peaks.data[i], 0);
    CHECK_NEAR(60 * rate_hz * (count - 1) / (index[count - 1] - index[0]), peak_hr.data[0],
               tolerance);

    pleth_fft_table(table, envelope_nfft);
    pleth_hilbert_envelope(table, wave, n, envelope_nfft, wave, work);
    check_same("hilbert_env", wave, n);

    free(in.data);
    free(peaks.data);
    free(fft_hr.data);
    free(peak_hr.data);
    free(wave);
    free(work);
    free(power);
    free(table);
}

/* colour (450, 3) -> pulse wave, each method as published */
static void methods(void)
{
    struct npy rgb = golden("rgb"), ica = golden("ica_jade_toolbox");
    int n = rgb.rows;
    double *wave = vector(n), *work = vector(PLETH_PULSE_WORK(n)), sign = 0, spread = 0;

    CHECK(rgb.columns == 3);
    pleth_green(rgb.data, n, wave);
    check_same("green", wave, n);
    check_same("chrom", wave, pleth_chrom(rgb.data, n, rate_hz, 0.7, 2.5, wave, work));
    CHECK(!pleth_pos(rgb.data, n, rate_hz, wave, work));
    check_same("pos", wave, n);
    CHECK(!pleth_lgi(rgb.data, n, wave));
    check_same("lgi", wave, n);
    CHECK(!pleth_omit(rgb.data, n, wave));
    check_same("omit", wave, n);
    CHECK(!pleth_pbv(rgb.data, n, wave));
    check_same("pbv", wave, n);
    /* the component's sign is arbitrary in the reference */
    CHECK(!pleth_ica(rgb.data, n, rate_hz, 0.7, 2.5, wave, work));
    CHECK(ica.count == n);
    for (int t = 0; t < n; t++) {
        sign += wave[t] * ica.data[t];
        spread += ica.data[t] * ica.data[t] / n;
    }
    for (int t = 0; t < n && sign < 0; t++)
        wave[t] = -wave[t];
    CHECK(spread > 0.5);
    check_same("ica_jade_toolbox", wave, n);

    free(rgb.data);
    free(ica.data);
    free(wave);
    free(work);
}

int main(void)
{
    butterworth();
    methods();
    postprocessing();
    return test_done();
}
