/* A published network's waves with their labels: every window of every protocol must give the rate,
 * SNR and MACC that the field's standard toolbox gives. */
#include <string.h>

#include "estimates.h"
#include "pleth/pleth.h"
#include "score.h"
#include "test.h"

struct protocol {
    const char *name;
    enum score_rates rates;
    double window_s, lo_hz, hi_hz;
};

static const struct protocol protocols[] = {
    {"whole_fft", SCORE_FFT, 0, 0.6, 3.3},
    {"whole_peak", SCORE_PEAK, 0, 0.6, 3.3},
    {"win30_fft", SCORE_FFT, 30, 0.6, 3.3},
    {"win10_fft", SCORE_FFT, 10, 0.6, 3.3},
    {"whole_fft_band_0.75_2.5", SCORE_FFT, 0, 0.75, 2.5},
};

enum { PROTOCOLS = sizeof protocols / sizeof *protocols };

static const struct plethio_wave_pair *find(const struct plethio_waves *w, const char *name)
{
    for (int i = 0; i < w->count; i++)
        if (strcmp(w->pair[i].name, name) == 0)
            return &w->pair[i];
    return NULL;
}

int main(void)
{
    char path[1024], line[512];
    struct plethio_waves waves;
    struct plethio_error e;
    int seen[PROTOCOLS] = {0};
    double *work = malloc(SCORE_WORK(2048) * sizeof *work);
    FILE *f;

    if (!test_shared(path, sizeof path, "data/video/ubfc_deepphys/index.csv"))
        test_skip("no recordings (data/video/ubfc_deepphys)");
    *strrchr(path, '/') = 0;
    CHECK(plethio_waves_read(&waves, path, 0, &e) == 0);
    CHECK(waves.count == 42 && waves.differences == 1);

    CHECK(test_shared(path, sizeof path, "data/video/ubfc_deepphys/expected_windows.csv"));
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        char protocol[64], recording[64];
        int start, n, p = 0;
        double label_rate, estimate_rate, snr, macc;
        struct score_window window;
        const struct plethio_wave_pair *pair;

        if (sscanf(line, "%63[^,],%63[^,],%d,%d,%lf,%lf,%lf,%lf", protocol, recording, &start, &n,
                   &label_rate, &estimate_rate, &snr, &macc) != 8)
            continue;
        while (p < PROTOCOLS && strcmp(protocols[p].name, protocol) != 0)
            p++;
        pair = find(&waves, recording);
        CHECK(p < PROTOCOLS && pair && start + n <= pair->n && n <= 2048);
        if (p == PROTOCOLS || !pair || start + n > pair->n || n > 2048)
            continue;
        struct score_wave_options options = {SCORE_TOOLBOX, protocols[p].rates, 1,
                                             pair->rate_hz, protocols[p].lo_hz, protocols[p].hi_hz};
        CHECK(score_waves(pair->estimate + start, pair->label + start, n, &options, &window,
                          work) == PLETH_OK);
        /* the file holds nine digits: a neighbouring bin is 0.9 /min away */
        CHECK_NEAR(window.label_rate, label_rate, 1e-6);
        CHECK_NEAR(window.estimate_rate, estimate_rate, 1e-6);
        CHECK_NEAR(window.snr_db, snr, 1e-4);
        CHECK_NEAR(window.macc, macc, 1e-6);
        seen[p]++;
    }
    if (f)
        fclose(f);
    CHECK(seen[0] == 42 && seen[1] == 42 && seen[2] == 117 && seen[3] == 279 && seen[4] == 42);
    plethio_waves_free(&waves);
    free(work);
    return test_done();
}
