/* Beats and their variability from waves of any values. */
#include "fuzz.h"

#include <math.h>

#include "pleth/pleth.h"

static void check_variability(const double *beat, const double *sd, int count)
{
    pleth_variability v;
    int status = pleth_beat_variability_sd(beat, sd, count, &v);

    MUST(status == PLETH_OK || status == PLETH_AGAIN || status == PLETH_EINVAL);
    if (status != PLETH_OK)
        return;
    MUST(v.intervals >= 10 && v.coverage >= 0 && v.coverage <= 1);
    MUST(isfinite(v.mean_ms) && isfinite(v.sdnn_ms) && isfinite(v.rmssd_ms));
    MUST(isfinite(v.noise_ms) && v.noise_ms >= 0 && (sd || v.noise_ms == 0));
    MUST(v.mean_ms > 0 && v.sdnn_ms >= 0 && v.rmssd_ms >= 0);
    MUST(v.pnn50_percent >= 0 && v.pnn50_percent <= 100);
    MUST(!v.have_bands || (isfinite(v.lf_ms2) && isfinite(v.hf_ms2)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { N_MAX = 4000 };
    struct fuzz_input in = {data, size};
    uint8_t kind = fuzz_u8(&in);
    double rate_hz = kind & 1 ? 30 : (double)fuzz_float(&in);
    double expected = kind & 2 ? 0 : (double)fuzz_float(&in);
    int n = fuzz_u16(&in) % N_MAX, capacity = fuzz_u8(&in), count;
    float *wave = malloc(sizeof(float) * (size_t)(n + 1));
    double *work = malloc(sizeof(double) * (size_t)(4 * n + 1));
    double *beat = malloc(sizeof(double) * (size_t)(capacity + 1));
    double *sd = malloc(sizeof(double) * (size_t)(capacity + 1));

    MUST(wave && work && beat && sd);
    for (int i = 0; i < n; i++) {
        /* bytes as a wave, or any floats; the input again and again */
        if (in.left < 4) {
            in.data = data;
            in.left = size;
        }
        wave[i] = kind & 4 ? fuzz_float(&in) : (float)fuzz_u8(&in) - 128.0f;
    }
    count = pleth_find_beats_sd(wave, n, rate_hz, expected, beat, sd, capacity, work);
    MUST(count == PLETH_EINVAL || (count >= 0 && count <= capacity));
    for (int i = 0; i < count; i++) {
        MUST(isfinite(beat[i]) && beat[i] >= 0 && beat[i] <= (n - 1) / rate_hz);
        MUST(i == 0 || beat[i] > beat[i - 1]);
        MUST(sd[i] >= 0 && sd[i] <= 1);
    }
    if (count > 0) {
        check_variability(beat, NULL, count);
        check_variability(beat, sd, count);
    }
    /* and any times at all */
    for (int i = 0; i < capacity; i++)
        fuzz_take(&in, &beat[i], sizeof(beat[i]));
    check_variability(beat, NULL, capacity);
    for (int i = 0; i < capacity; i++)
        fuzz_take(&in, &sd[i], sizeof(sd[i]));
    check_variability(beat, sd, capacity);
    free(wave);
    free(work);
    free(beat);
    free(sd);
    return 0;
}
