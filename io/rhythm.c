#include "rhythm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAU 6.283185307179586
/* Points of the breathing phase, a second. */
#define BREATH_HZ 20

/* ---- Random numbers --------------------------------------------------------------------- */

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t scramble(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

double plethio_uniform(uint64_t seed, uint32_t stream, uint32_t index)
{
    uint64_t x = scramble(seed + 0x9e3779b97f4a7c15u * (stream + 1u));
    x = scramble(x + 0x9e3779b97f4a7c15u * (index + 1u));
    return (double)(x >> 11) * (1.0 / 9007199254740992.0);
}

double plethio_normal(uint64_t seed, uint32_t stream, uint32_t index)
{
    double a = 1 - plethio_uniform(seed, stream, 2 * index);
    double b = plethio_uniform(seed, stream, 2 * index + 1);
    return sqrt(-2 * log(a)) * cos(TAU * b);
}

double plethio_between(double low, double high, double u)
{
    return low + (high - low) * u;
}

double plethio_log_between(double low, double high, double u)
{
    return low * pow(high / low, u);
}

double plethio_smooth(double x)
{
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    return x * x * (3 - 2 * x);
}

void plethio_wobble_make(struct plethio_wobble *w, uint64_t seed, uint32_t stream, uint32_t number,
                         double low_hz, double high_hz)
{
    int i;
    for (i = 0; i < PLETHIO_WAVES; i++) {
        uint32_t k = 2 * (number * PLETHIO_WAVES + (uint32_t)i);
        double u = (i + plethio_uniform(seed, stream, k)) / PLETHIO_WAVES;
        w->frequency_hz[i] = plethio_log_between(low_hz, high_hz, u);
        w->phase[i] = TAU * plethio_uniform(seed, stream, k + 1);
    }
}

double plethio_wobble_at(const struct plethio_wobble *w, double t)
{
    double sum = 0;
    int i;
    for (i = 0; i < PLETHIO_WAVES; i++)
        sum += sin(TAU * w->frequency_hz[i] * t + w->phase[i]);
    return sum / sqrt(PLETHIO_WAVES / 2.0);
}

/* ---- Rates over time -------------------------------------------------------------------- */

void plethio_profile_constant(struct plethio_profile *profile, double per_min)
{
    profile->points = 1;
    profile->time_s[0] = 0;
    profile->per_min[0] = per_min;
}

double plethio_profile_at(const struct plethio_profile *profile, double t)
{
    int i = 0;
    double share;
    while (i < profile->points && profile->time_s[i] <= t)
        i++;
    if (i == 0)
        return profile->per_min[0];
    if (i == profile->points)
        return profile->per_min[i - 1];
    share = (t - profile->time_s[i - 1]) / (profile->time_s[i] - profile->time_s[i - 1]);
    return plethio_between(profile->per_min[i - 1], profile->per_min[i], share);
}

int plethio_check_range(const char *name, double value, double low, double high,
                        struct plethio_error *e)
{
    if (value >= low && value <= high)
        return 0;
    return plethio_fail(e, "%s must be from %g to %g, not %g", name, low, high, value);
}

int plethio_check_profile(const char *name, const struct plethio_profile *profile, double low,
                          double high, struct plethio_error *e)
{
    int i;
    if (profile->points < 1 || profile->points > PLETHIO_SYNTH_POINTS)
        return plethio_fail(e, "%s must have 1 to %d points, not %d", name, PLETHIO_SYNTH_POINTS,
                            profile->points);
    for (i = 0; i < profile->points; i++) {
        if (plethio_check_range(name, profile->per_min[i], low, high, e) < 0)
            return -1;
        if (!isfinite(profile->time_s[i]) || (i && profile->time_s[i] < profile->time_s[i - 1]))
            return plethio_fail(e, "times of %s must not go back (point %d, %g s)", name, i + 1,
                                profile->time_s[i]);
    }
    return 0;
}

/* ---- Breath and beats ------------------------------------------------------------------- */

static double breath_phase(const struct plethio_rhythm *r, double t)
{
    double x = t * BREATH_HZ;
    int i = (int)floor(x);
    i = i < 0 ? 0 : i > r->breaths - 2 ? r->breaths - 2 : i;
    return r->breath[i] + (r->breath[i + 1] - r->breath[i]) * (x - i);
}

double plethio_rhythm_breath(const struct plethio_rhythm *r, double t)
{
    double phase = breath_phase(r, t);
    return sin(phase + 0.35 * sin(phase));
}

double plethio_rhythm_breathing_rate(const struct plethio_rhythm *r, double t)
{
    return 60 * (breath_phase(r, t + 0.05) - breath_phase(r, t)) / (0.05 * TAU);
}

/* 1/f noise with deviation 1: six first-order processes, an octave apart (at beat number k, from
 * their own history of 256 beats, so that no state is kept). */
static void pink(uint64_t seed, double *x, int n)
{
    int i, j;
    for (i = 0; i < n; i++)
        x[i] = 0;
    for (j = 0; j < 6; j++) {
        double keep = exp(-1 / ldexp(1.5, j)), fresh = sqrt(1 - keep * keep);
        uint32_t base = (uint32_t)j << 20;
        double state = plethio_normal(seed, STREAM_BEATS, base);
        for (i = 0; i < n; i++) {
            x[i] += state / sqrt(6.0);
            state =
                keep * state + fresh * plethio_normal(seed, STREAM_BEATS, base + 1 + (uint32_t)i);
        }
    }
}

static int make_breath(struct plethio_rhythm *r, const struct plethio_rhythm_options *o)
{
    double phase = TAU * plethio_uniform(o->seed, STREAM_START, 2);
    struct plethio_wobble slow;
    int i;
    plethio_wobble_make(&slow, o->seed, STREAM_WOBBLE, PLETHIO_WOBBLE_BREATH, 0.01, 0.08);
    r->breaths = (int)((o->duration_s + 2) * BREATH_HZ) + 2;
    r->breath = malloc((size_t)r->breaths * sizeof *r->breath);
    if (!r->breath)
        return -1;
    for (i = 0; i < r->breaths; i++) {
        double t = (double)i / BREATH_HZ;
        double rate = plethio_profile_at(o->breathing, t) / 60;
        r->breath[i] = phase;
        /* nobody breathes like a clock */
        phase += TAU * rate * (1 + 0.03 * plethio_wobble_at(&slow, t)) / BREATH_HZ;
    }
    return 0;
}

static int make_beats(struct plethio_rhythm *r, const struct plethio_rhythm_options *o)
{
    int most = (int)(o->duration_s * 240 / 60 * 1.5) + 16, n = 0;
    double *noise = malloc((size_t)most * sizeof *noise), t;
    r->beat_s = malloc((size_t)most * sizeof *r->beat_s);
    if (!noise || !r->beat_s) {
        free(noise);
        return -1;
    }
    pink(o->seed, noise, most);
    t = -(0.1 + 0.9 * plethio_uniform(o->seed, STREAM_START, 0)) * 60 /
        plethio_profile_at(o->heart, 0);
    while (n < most) {
        double interval = 60 / plethio_profile_at(o->heart, t), change, breath;
        int again;
        r->beat_s[n] = t;
        if (t > o->duration_s + 1)
            break;
        /* the rate in the middle of the interval counts; breathing in quickens the heart */
        for (again = 0; again < 3; again++) {
            double middle = t + interval / 2;
            breath = plethio_rhythm_breath(r, middle > 0 ? middle : 0);
            change = (-o->rsa_ms * breath + o->wander_ms * noise[n]) / 1000;
            interval = 60 / plethio_profile_at(o->heart, middle);
            change *= pow(interval, o->shrink);
            change = fmax(-0.3 * interval, fmin(0.3 * interval, change));
            interval += change;
        }
        t += interval;
        n++;
    }
    r->beats = n < most ? n + 1 : most;
    free(noise);
    return 0;
}

int plethio_rhythm_make(struct plethio_rhythm *r, const struct plethio_rhythm_options *o)
{
    memset(r, 0, sizeof *r);
    return make_breath(r, o) < 0 || make_beats(r, o) < 0 ? -1 : 0;
}

void plethio_rhythm_free(struct plethio_rhythm *r)
{
    free(r->beat_s);
    free(r->breath);
    memset(r, 0, sizeof *r);
}

int plethio_rhythm_beat(const struct plethio_rhythm *r, double t)
{
    int low = 0, high = r->beats - 1;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (r->beat_s[middle] <= t)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- Samples ---------------------------------------------------------------------------- */

int plethio_sample_kept(uint64_t seed, int k, double drop_percent)
{
    return k == 0 || 100 * plethio_uniform(seed, STREAM_DROP, (uint32_t)k) >= drop_percent;
}

double plethio_sample_time(uint64_t seed, int k, double rate_hz, double jitter_ms)
{
    double off =
        k ? plethio_normal(seed, STREAM_JITTER, (uint32_t)k) * jitter_ms * rate_hz / 1000 : 0;
    off = off > 0.45 ? 0.45 : off < -0.45 ? -0.45 : off;
    return (k + off) / rate_hz;
}
