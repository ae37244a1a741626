#include "normalise.h"

#include <math.h>
#include <string.h>

#define WINDOW_NS 10000000000LL
#define READY_NS 2000000000LL
#define SLOT_NS 24000000LL
#define MOVING_SHARE 0.4

double pleth_sums_mean(const struct pleth_sums *s)
{
    return s->count > 0 ? s->sum / s->count : 0;
}

double pleth_sums_deviation(const struct pleth_sums *s)
{
    double mean = pleth_sums_mean(s);
    double variance = s->count > 0 ? s->squares / s->count - mean * mean : 0;
    return variance > 0 ? sqrt(variance) : 0;
}

static void add(struct pleth_sums *s, const struct pleth_sums *more)
{
    s->count += more->count;
    s->sum += more->sum;
    s->squares += more->squares;
}

void pleth_sum_pixels(struct pleth_sums *s, const float *x, int n)
{
    struct pleth_sums some = {n, 0, 0};
    for (int i = 0; i < n; i++) {
        double v = (double)x[i];
        some.sum += v;
        some.squares += v * v;
    }
    add(s, &some);
}

static inline double difference(float before, float now)
{
    double a = (double)before, b = (double)now;
    return (b - a) / (b + a + 1e-7);
}

void pleth_sum_differences(struct pleth_sums *s, const float *before, const float *now, int n)
{
    struct pleth_sums some = {n, 0, 0};
    for (int i = 0; i < n; i++) {
        double d = difference(before[i], now[i]);
        some.sum += d;
        some.squares += d * d;
    }
    add(s, &some);
}

void pleth_standardise(const float *x, int n, double mean, double deviation, float *out)
{
    for (int i = 0; i < n; i++)
        out[i] = deviation > 0 ? (float)(((double)x[i] - mean) / deviation) : 0;
}

void pleth_difference(const float *before, const float *now, int n, double deviation, float *out)
{
    for (int i = 0; i < n; i++)
        out[i] = deviation > 0 ? (float)(difference(before[i], now[i]) / deviation) : 0;
}

void pleth_normalise_clip(const float *frames, int count, int n, float *motion, float *appearance,
                          ptrdiff_t step)
{
    struct pleth_sums pixels = {0}, differences = {0};
    for (int t = 0; t < count; t++)
        pleth_sum_pixels(&pixels, frames + (ptrdiff_t)t * n, n);
    for (int t = 0; t + 1 < count; t++)
        pleth_sum_differences(&differences, frames + (ptrdiff_t)t * n,
                              frames + (ptrdiff_t)(t + 1) * n, n);
    double mean = pleth_sums_mean(&pixels), deviation = pleth_sums_deviation(&pixels);
    double unit = pleth_sums_deviation(&differences);
    for (int t = 0; t + 1 < count; t++) {
        const float *now = frames + (ptrdiff_t)t * n;
        if (motion)
            pleth_difference(now, now + n, n, unit, motion + t * step);
        if (appearance)
            pleth_standardise(now, n, mean, deviation, appearance + t * step);
    }
}

/* ---- live --------------------------------------------------------------------------------- */

void pleth_normaliser_reset(struct pleth_normaliser *s)
{
    memset(s, 0, sizeof(*s));
}

void pleth_normaliser_push(struct pleth_normaliser *s, int64_t time_ns, const float *before,
                           const float *now, int n)
{
    struct pleth_normaliser_slot *slot;

    while (s->used > 0 && time_ns - s->slot[s->first].time_ns >= WINDOW_NS) {
        s->first = (s->first + 1) % PLETH_NORMALISE_SLOTS;
        s->used--;
    }
    if (s->used == 0)
        s->start_ns = time_ns;
    s->newest_ns = time_ns;
    slot = &s->slot[(s->first + s->used + PLETH_NORMALISE_SLOTS - 1) % PLETH_NORMALISE_SLOTS];
    if (s->used == 0 || time_ns - slot->time_ns >= SLOT_NS) {
        slot = &s->slot[(s->first + s->used++) % PLETH_NORMALISE_SLOTS];
        memset(slot, 0, sizeof(*slot));
        slot->time_ns = time_ns;
    }
    pleth_sum_pixels(&slot->pixels, now, n);
    if (before)
        pleth_sum_differences(&slot->differences, before, now, n);

    /* added anew each time: what is subtracted again leaves rounding behind for ever */
    memset(&s->pixels, 0, sizeof(s->pixels));
    memset(&s->differences, 0, sizeof(s->differences));
    for (int i = 0; i < s->used; i++) {
        slot = &s->slot[(s->first + i) % PLETH_NORMALISE_SLOTS];
        add(&s->pixels, &slot->pixels);
        add(&s->differences, &slot->differences);
    }
}

int pleth_normaliser_ready(const struct pleth_normaliser *s)
{
    return s->used > 0 && s->newest_ns - s->start_ns >= READY_NS;
}

double pleth_difference_floor(double pixels, double level)
{
    return sqrt(2 / (12 * fmax(pixels, 1))) / (2 * fmax(level, 1));
}

int pleth_normaliser_still(const struct pleth_normaliser *s, double floor)
{
    int moving = 0, all = 0;
    for (int i = 0; i < s->used; i++) {
        const struct pleth_sums *d = &s->slot[(s->first + i) % PLETH_NORMALISE_SLOTS].differences;
        all += d->count > 0;
        moving += d->count > 0 && pleth_sums_deviation(d) >= floor;
    }
    return moving < MOVING_SHARE * all;
}
