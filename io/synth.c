#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "synth.h"
#include "synth_parts.h"

#define TAU 6.283185307179586

/* ---- Random numbers --------------------------------------------------------------------- */

/* Streams: one a purpose, so that no draw moves another. */
enum { DRAW = 1, DROP, JITTER, RHYTHM, EXPOSURE, BLINK, WALK, SAMPLE, CODEC, WOBBLE };

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

static double between(double low, double high, double u)
{
    return low + (high - low) * u;
}

static double log_between(double low, double high, double u)
{
    return low * pow(high / low, u);
}

static double smooth(double x)
{
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    return x * x * (3 - 2 * x);
}

static void wobble_make(struct synth_wobble *w, uint64_t seed, uint32_t number, double low_hz,
                        double high_hz)
{
    int i;
    for (i = 0; i < SYNTH_WAVES; i++) {
        uint32_t k = 2 * (number * SYNTH_WAVES + (uint32_t)i);
        double u = (i + plethio_uniform(seed, WOBBLE, k)) / SYNTH_WAVES;
        w->frequency_hz[i] = log_between(low_hz, high_hz, u);
        w->phase[i] = TAU * plethio_uniform(seed, WOBBLE, k + 1);
    }
}

static double wobble(const struct synth_wobble *w, double t)
{
    double sum = 0;
    int i;
    for (i = 0; i < SYNTH_WAVES; i++)
        sum += sin(TAU * w->frequency_hz[i] * t + w->phase[i]);
    return sum / sqrt(SYNTH_WAVES / 2.0);
}

/* ---- Parameters ------------------------------------------------------------------------- */

const char *plethio_motion_name(int motion)
{
    static const char *const names[PLETHIO_MOTIONS] = {"still", "talking", "turning", "walking"};
    return motion >= 0 && motion < PLETHIO_MOTIONS ? names[motion] : NULL;
}

static void constant(struct plethio_profile *profile, double per_min)
{
    profile->points = 1;
    profile->time_s[0] = 0;
    profile->per_min[0] = per_min;
}

void plethio_synth_default(struct plethio_synth *p)
{
    memset(p, 0, sizeof *p);
    p->seed = 7;
    p->duration_s = 30;
    p->rate_hz = 30;
    p->width = 640;
    p->height = 480;
    constant(&p->heart, 72);
    p->rsa_ms = 20;
    p->wander_ms = 15;
    p->pulse_percent = 2;
    constant(&p->breathing, 15);
    p->breath_depth = 1;
    p->chest_px = 2;
    p->head_px = 0.7;
    p->melanin_percent = 3;
    p->blood_percent = 4;
    p->specular_percent = 2.5;
    p->motion = PLETHIO_STILL;
    p->motion_strength = 1;
    p->face_percent = 56;
    p->light = 1.3;
    p->flicker_hz = 100;
    p->shutter_ms = 8;
    p->pump_hz = 0.2;
    p->drift_percent = 1;
    p->exposure_percent = 5;
    p->noise_levels = 1.5;
    p->read_share = 0.3;
    p->codec_levels = 0.03;
    strcpy(p->codec, "libx264");
    p->crf = 16;
}

void plethio_synth_draw(struct plethio_synth *p, uint64_t seed)
{
    static const char *const codecs[4] = {"libx264", "libx264", "mjpeg", "mpeg4"};
    struct plethio_synth fresh;
    double u[48], rate;
    uint32_t i;
    int shape, codec;
    for (i = 0; i < 48; i++)
        u[i] = plethio_uniform(seed, DRAW, i);
    plethio_synth_default(&fresh);
    fresh.duration_s = p->duration_s;
    fresh.rate_hz = p->rate_hz;
    fresh.width = p->width;
    fresh.height = p->height;
    *p = fresh;
    p->seed = seed;
    /* a third each: constant, a slope, a step; rates where people's are, with thin tails */
    rate = log_between(45, 175, (u[0] + u[1]) / 2);
    constant(&p->heart, rate);
    shape = (int)(3 * u[2]);
    if (shape > 0) {
        double other = rate * log_between(0.75, 1.33, u[3]);
        p->heart.points = 3;
        p->heart.per_min[1] = shape == 1 ? other : rate;
        p->heart.per_min[2] = other;
        p->heart.time_s[1] = p->duration_s * between(0.3, 0.7, u[4]);
        p->heart.time_s[2] = shape == 1 ? p->duration_s : p->heart.time_s[1];
    }
    /* variability shrinks as the rate grows */
    p->rsa_ms = 60 * u[5] * u[6] * 70 / rate;
    p->wander_ms = 40 * u[7] * u[8] * 70 / rate;
    p->pulse_percent = log_between(0.5, 4, u[9]);
    constant(&p->breathing, log_between(7, 32, (u[10] + u[11]) / 2));
    p->breath_depth = between(0.3, 1.6, u[12]);
    p->chest_px = between(0.5, 3, u[13]);
    p->head_px = between(0.2, 1.5, u[14]);
    p->melanin_percent = log_between(1.3, 43, u[15]);
    p->blood_percent = between(2, 7, u[16]);
    p->specular_percent = between(1.5, 4, u[17]);
    p->motion = (int)(PLETHIO_MOTIONS * u[18]);
    p->motion_strength = between(0.3, 1.5, u[19]);
    p->face_percent = between(35, 75, u[20]);
    p->light = log_between(0.35, 1.6, u[21]);
    p->flicker_hz = u[22] < 0.5 ? 100 : 120;
    p->flicker_percent = u[23] < 0.6 ? 0 : between(0, 15, u[24]);
    p->shutter_ms = between(3, 16, u[25]);
    p->pump_hz = log_between(0.05, 0.5, u[26]);
    p->pump_percent = u[27] < 0.7 ? 0 : between(0, 3, u[28]);
    p->drift_percent = 4 * u[29] * u[30];
    p->exposure_every_s = u[31] < 0.7 ? 0 : between(3, 12, u[32]);
    p->exposure_percent = between(1, 12, u[33]);
    p->noise_levels = log_between(0.6, 5, u[34]);
    p->read_share = between(0.1, 0.6, u[35]);
    p->codec_levels = log_between(0.005, 0.2, u[36]);
    p->jitter_ms = u[37] < 0.5 ? 0 : between(0, fmin(6, 300 / p->rate_hz), u[38]);
    p->drop_percent = u[39] < 0.7 ? 0 : between(0, 10, u[40]);
    codec = (int)(4 * u[41]);
    strcpy(p->codec, codecs[codec]);
    p->crf = (int)(codec < 2 ? between(14, 29, u[42]) : between(4, 18, u[42]));
}

static int in_range(const char *name, double value, double low, double high,
                    struct plethio_error *e)
{
    if (value >= low && value <= high)
        return 0;
    return plethio_fail(e, "%s must be from %g to %g, not %g", name, low, high, value);
}

static int check_profile(const char *name, const struct plethio_profile *profile, double low,
                         double high, struct plethio_error *e)
{
    int i;
    if (profile->points < 1 || profile->points > PLETHIO_SYNTH_POINTS)
        return plethio_fail(e, "%s must have 1 to %d points, not %d", name, PLETHIO_SYNTH_POINTS,
                            profile->points);
    for (i = 0; i < profile->points; i++) {
        if (in_range(name, profile->per_min[i], low, high, e) < 0)
            return -1;
        if (!isfinite(profile->time_s[i]) || (i && profile->time_s[i] < profile->time_s[i - 1]))
            return plethio_fail(e, "times of %s must not go back (point %d, %g s)", name, i + 1,
                                profile->time_s[i]);
    }
    return 0;
}

int plethio_synth_check(const struct plethio_synth *p, struct plethio_error *e)
{
    const struct {
        const char *name;
        double value, low, high;
    } range[] = {
        {"duration (s)", p->duration_s, 0.5, 7200},
        {"frame rate (Hz)", p->rate_hz, 5, 240},
        {"width (pixels)", p->width, 64, 4096},
        {"height (pixels)", p->height, 64, 4096},
        {"respiratory sinus arrhythmia (ms)", p->rsa_ms, 0, 200},
        {"1/f variability (ms)", p->wander_ms, 0, 100},
        {"pulse strength (%)", p->pulse_percent, 0, 10},
        {"breathing depth", p->breath_depth, 0, 3},
        {"chest motion (pixels)", p->chest_px, 0, 20},
        {"head motion by breathing (pixels)", p->head_px, 0, 20},
        {"melanin (%)", p->melanin_percent, 0.5, 45},
        {"blood (%)", p->blood_percent, 0.5, 20},
        {"specular reflection (%)", p->specular_percent, 0, 10},
        {"motion strength", p->motion_strength, 0, 3},
        {"face height (%)", p->face_percent, 20, 90},
        {"light", p->light, 0.02, 2},
        {"flicker (Hz)", p->flicker_hz, 0, 1000},
        {"flicker (%)", p->flicker_percent, 0, 100},
        {"shutter (ms)", p->shutter_ms, 0.1, 50},
        {"light pumping (Hz)", p->pump_hz, 0.02, 1},
        {"light pumping (%)", p->pump_percent, 0, 30},
        {"light drift (%)", p->drift_percent, 0, 50},
        {"exposure step (%)", p->exposure_percent, 0, 50},
        {"pixel noise (levels)", p->noise_levels, 0, 30},
        {"share of read noise", p->read_share, 0, 1},
        {"codec noise (levels)", p->codec_levels, 0, 5},
        {"frame jitter (ms)", p->jitter_ms, 0, 1000 / p->rate_hz / 3},
        {"dropped frames (%)", p->drop_percent, 0, 80},
    };
    size_t i;
    for (i = 0; i < sizeof range / sizeof range[0]; i++)
        if (in_range(range[i].name, range[i].value, range[i].low, range[i].high, e) < 0)
            return -1;
    if (p->width % 2 || p->height % 2)
        return plethio_fail(e, "width and height must be even, not %dx%d", p->width, p->height);
    if (p->exposure_every_s != 0 && !(p->exposure_every_s >= 0.5 && p->exposure_every_s <= 7200))
        return plethio_fail(e, "seconds between exposure steps must be 0 or from 0.5 to 7200");
    if (!plethio_motion_name(p->motion))
        return plethio_fail(e, "motion must be one of 0 to %d, not %d", PLETHIO_MOTIONS - 1,
                            p->motion);
    if (check_profile("pulse rate (/min)", &p->heart, 30, 240, e) < 0)
        return -1;
    return check_profile("breathing rate (/min)", &p->breathing, 3, 60, e);
}

/* ---- The body --------------------------------------------------------------------------- */

static double profile_at(const struct plethio_profile *profile, double t)
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
    return between(profile->per_min[i - 1], profile->per_min[i], share);
}

/* Does frame k of the even grid exist? The first one always does. */
static int kept(const struct plethio_synth *p, int k)
{
    return k == 0 || 100 * plethio_uniform(p->seed, DROP, (uint32_t)k) >= p->drop_percent;
}

static int grid_frames(const struct plethio_synth *p)
{
    int n = (int)floor(p->duration_s * p->rate_hz + 1e-6);
    return n > 1 ? n : 1;
}

int plethio_synth_frames(const struct plethio_synth *p)
{
    int k, n = 0, all = grid_frames(p);
    for (k = 0; k < all; k++)
        n += kept(p, k);
    return n;
}

/* Frame k is taken at k / rate, give or take the jitter; frames never swap. */
static double frame_time(const struct plethio_synth *p, int k)
{
    double off =
        k ? plethio_normal(p->seed, JITTER, (uint32_t)k) * p->jitter_ms * p->rate_hz / 1000 : 0;
    off = off > 0.45 ? 0.45 : off < -0.45 ? -0.45 : off;
    return (k + off) / p->rate_hz;
}

static double breath_phase(const struct synth_life *life, double t)
{
    double x = t * SYNTH_BREATH_HZ;
    int i = (int)floor(x);
    i = i < 0 ? 0 : i > life->breaths - 2 ? life->breaths - 2 : i;
    return life->breath[i] + (life->breath[i + 1] - life->breath[i]) * (x - i);
}

/* Quick in, slow out, -1..1. */
static double breath_wave(double phase)
{
    return sin(phase + 0.35 * sin(phase));
}

/* The pulse wave over one beat, 0 and 1 at its top: a steep rise, a slow fall with a second hill
 * where the aortic valve closes. Two Gaussian hills, as in Tang et al.,
 * doi:10.1038/s41598-020-69076-x, wrapped so that beat joins beat without a step. */
static double pulse_shape(double phase)
{
    double sum = 0;
    int k;
    for (k = -2; k <= 2; k++) {
        double d = phase + k, width = d < 0 ? 0.10 : 0.17, second = (d - 0.40) / 0.09;
        sum += exp(-d * d / (2 * width * width)) + 0.25 * exp(-second * second / 2);
    }
    return sum;
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
        double state = plethio_normal(seed, RHYTHM, base);
        for (i = 0; i < n; i++) {
            x[i] += state / sqrt(6.0);
            state = keep * state + fresh * plethio_normal(seed, RHYTHM, base + 1 + (uint32_t)i);
        }
    }
}

static int make_breath(struct synth_life *life)
{
    const struct plethio_synth *p = &life->p;
    double phase = TAU * plethio_uniform(p->seed, WALK, 2);
    int i;
    life->breaths = (int)((p->duration_s + 2) * SYNTH_BREATH_HZ) + 2;
    life->breath = malloc((size_t)life->breaths * sizeof *life->breath);
    if (!life->breath)
        return -1;
    for (i = 0; i < life->breaths; i++) {
        double t = (double)i / SYNTH_BREATH_HZ;
        double rate = profile_at(&p->breathing, t) / 60;
        life->breath[i] = phase;
        /* nobody breathes like a clock */
        phase +=
            TAU * rate * (1 + 0.03 * wobble(&life->wobble[WOBBLE_BREATH], t)) / SYNTH_BREATH_HZ;
    }
    return 0;
}

static int make_beats(struct synth_life *life)
{
    const struct plethio_synth *p = &life->p;
    int most = (int)(p->duration_s * 240 / 60 * 1.5) + 16, n = 0;
    double *noise = malloc((size_t)most * sizeof *noise), t;
    life->beat_s = malloc((size_t)most * sizeof *life->beat_s);
    if (!noise || !life->beat_s) {
        free(noise);
        return -1;
    }
    pink(p->seed, noise, most);
    t = -(0.1 + 0.9 * plethio_uniform(p->seed, WALK, 0)) * 60 / profile_at(&p->heart, 0);
    while (n < most) {
        double interval = 60 / profile_at(&p->heart, t), change, phase;
        int again;
        life->beat_s[n] = t;
        if (t > p->duration_s + 1)
            break;
        /* the rate in the middle of the interval counts; breathing in quickens the heart */
        for (again = 0; again < 3; again++) {
            double middle = t + interval / 2;
            phase = breath_phase(life, middle > 0 ? middle : 0);
            change = (-p->rsa_ms * breath_wave(phase) + p->wander_ms * noise[n]) / 1000;
            interval = 60 / profile_at(&p->heart, middle);
            change = fmax(-0.3 * interval, fmin(0.3 * interval, change));
            interval += change;
        }
        t += interval;
        n++;
    }
    life->beats = n < most ? n + 1 : most;
    free(noise);
    return 0;
}

int plethio_life_make(struct synth_life *life, const struct plethio_synth *p)
{
    /* Hz: lowest and highest of each smooth random motion, in the order of the enum */
    static const double band[WOBBLES][2] = {{0.05, 0.6}, {0.05, 0.6},   {0.06, 0.25},
                                            {0.1, 0.7},  {0.05, 0.3},   {2.5, 6},
                                            {0.12, 0.5}, {0.008, 0.05}, {0.01, 0.08}};
    struct plethio_skin light_skin;
    double lowest = 1e9, highest = -1e9, mean = 0;
    int i, k, n = 0, all = grid_frames(p);
    memset(life, 0, sizeof *life);
    life->p = *p;
    for (i = 0; i < WOBBLES; i++)
        wobble_make(&life->wobble[i], p->seed, (uint32_t)i, band[i][0], band[i][1]);
    life->frames = plethio_synth_frames(p);
    life->time_s = malloc((size_t)life->frames * sizeof *life->time_s);
    if (!life->time_s)
        return -1;
    for (k = 0; k < all; k++)
        if (kept(p, k))
            life->time_s[n++] = frame_time(p, k);
    for (i = 0; i < 512; i++) {
        double v = pulse_shape(i / 512.0);
        lowest = fmin(lowest, v);
        highest = fmax(highest, v);
        mean += v / 512;
    }
    life->wave_scale = 1 / (highest - lowest);
    life->wave_mean = mean;
    plethio_skin(0.03, 0.04, &light_skin);
    life->swing_percent = p->pulse_percent / 100 / (double)light_skin.pulse[1];
    life->step_hz = between(1.6, 2.0, plethio_uniform(p->seed, WALK, 1));
    life->lamp_period_s = between(4, 8, plethio_uniform(p->seed, WALK, 3));
    life->lamp_phase = plethio_uniform(p->seed, WALK, 4);
    if (p->frozen)
        return 0;
    return make_breath(life) < 0 || make_beats(life) < 0 ? -1 : 0;
}

void plethio_life_free(struct synth_life *life)
{
    free(life->time_s);
    free(life->beat_s);
    free(life->breath);
    memset(life, 0, sizeof *life);
}

int plethio_synth_beats(const struct plethio_synth *p, double *beat_s, int capacity)
{
    struct synth_life life;
    int i, n = 0;
    if (plethio_life_make(&life, p) < 0) {
        plethio_life_free(&life);
        return -1;
    }
    for (i = 0; i < life.beats && p->pulse_percent > 0; i++)
        if (life.beat_s[i] >= 0 && life.beat_s[i] < p->duration_s) {
            if (n < capacity)
                beat_s[n] = life.beat_s[i];
            n++;
        }
    plethio_life_free(&life);
    return n;
}

/* Index of the last beat at or before t. */
static int beat_before(const struct synth_life *life, double t)
{
    int low = 0, high = life->beats - 1;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (life->beat_s[middle] <= t)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void live(const struct synth_life *life, double t, double last, struct synth_moment *m)
{
    const struct plethio_synth *p = &life->p;
    double phase = breath_phase(life, t), breath = breath_wave(phase);
    if (p->pulse_percent > 0) {
        int k = beat_before(life, t);
        double interval = life->beat_s[k + 1] - life->beat_s[k];
        double wave = pulse_shape((t - life->beat_s[k]) / interval) - life->wave_mean;
        m->truth.heart_rate = 60 / interval;
        m->truth.pulse = wave * life->wave_scale * (1 - 0.15 * p->breath_depth * breath);
        m->truth.beat = life->beat_s[k] > last;
    }
    m->truth.breathing_rate = 60 * (breath_phase(life, t + 0.05) - phase) / (0.05 * TAU);
    m->truth.breathing = breath;
    m->blood = (float)(life->swing_percent * (m->truth.pulse - 0.2 * p->breath_depth * breath));
    m->y += (float)(p->head_px * -breath);
    m->chest = (float)(p->chest_px * -breath);
}

/* ---- Motion ----------------------------------------------------------------------------- */

static double at(const struct synth_life *life, int number, double t)
{
    return wobble(&life->wobble[number], t);
}

static void move(const struct synth_life *life, double t, struct synth_moment *m)
{
    const struct plethio_synth *p = &life->p;
    double scale = p->height / 480.0, strength = p->motion_strength, s, blink;
    int second;
    /* the sway of anybody who sits */
    m->x += (float)(0.5 * strength * scale * at(life, WOBBLE_X, t));
    m->y += (float)(0.4 * strength * scale * at(life, WOBBLE_Y, t));
    m->yaw += (float)(0.006 * strength * at(life, WOBBLE_YAW, t));
    m->pitch += (float)(0.005 * strength * at(life, WOBBLE_PITCH, t));
    m->roll += (float)(0.003 * strength * at(life, WOBBLE_ROLL, t));
    if (p->motion == PLETHIO_TALKING) {
        double says = smooth(0.8 + 0.9 * at(life, WOBBLE_PAUSE, t));
        s = 0.45 + 0.55 * at(life, WOBBLE_SPEAK, t);
        m->mouth = (float)(says * strength * (s < 0 ? 0 : s > 1.4 ? 1.4 : s));
        m->y += (float)(3 * strength * scale * at(life, WOBBLE_PITCH, t));
        m->x += (float)(2.5 * strength * scale * at(life, WOBBLE_X, t));
        m->pitch += (float)(0.05 * strength * at(life, WOBBLE_PITCH, t));
        m->yaw += (float)(0.06 * strength * at(life, WOBBLE_YAW, t));
        m->roll += (float)(0.02 * strength * at(life, WOBBLE_ROLL, t));
    }
    if (p->motion == PLETHIO_TURNING) {
        m->yaw += (float)(0.3 * strength * at(life, WOBBLE_YAW, t));
        m->pitch += (float)(0.06 * strength * at(life, WOBBLE_PITCH, t));
        m->roll += (float)(0.05 * strength * at(life, WOBBLE_ROLL, t));
        m->x += (float)(6 * strength * scale * at(life, WOBBLE_X, t));
    }
    if (p->motion == PLETHIO_WALKING) {
        double step = TAU * life->step_hz * t;
        m->y += (float)(4 * strength * scale * sin(step));
        m->x += (float)(4 * strength * scale * sin(step / 2 + 1));
        m->pitch += (float)(0.025 * strength * sin(step + 0.7));
        m->roll += (float)(0.02 * strength * sin(step / 2));
        m->yaw += (float)(0.04 * strength * at(life, WOBBLE_YAW, t));
    }
    /* a blink in every other second or so, a quarter of a second long */
    second = (int)(t / 2);
    blink = t - 2 * second - 1.7 * plethio_uniform(p->seed, BLINK, 2 * (uint32_t)second);
    if (plethio_uniform(p->seed, BLINK, 2 * (uint32_t)second + 1) < 0.55 && blink > 0 &&
        blink < 0.25)
        m->lid = (float)(smooth(blink / 0.08) * smooth((0.25 - blink) / 0.12));
}

/* ---- Light ------------------------------------------------------------------------------ */

/* Where the camera's gain is heading in spell number k: -1..1. */
static double exposure_target(const struct plethio_synth *p, int k)
{
    return k ? 2 * plethio_uniform(p->seed, EXPOSURE, (uint32_t)k) - 1 : 0;
}

static void shine(const struct synth_life *life, double t, struct synth_moment *m)
{
    const struct plethio_synth *p = &life->p;
    double gain = p->light, step = 0, angle = -0.45, height = -0.5, lamp = 0.62, norm;
    /* a lamp's flicker, averaged over the exposure, at the instants when frames are taken */
    double width = TAU / 2 * p->flicker_hz * p->shutter_ms / 1000;
    double seen = width > 1e-9 ? sin(width) / width : 1;
    gain *= 1 + p->flicker_percent / 100 * seen * cos(TAU * p->flicker_hz * t + life->lamp_phase);
    gain *= 1 + p->pump_percent / 100 * sin(TAU * (p->pump_hz * t + life->lamp_phase));
    gain *= 1 + p->drift_percent / 100 * at(life, WOBBLE_DRIFT, t);
    if (p->exposure_every_s > 0) {
        int k = (int)(t / p->exposure_every_s);
        double into = t - k * p->exposure_every_s, from = exposure_target(p, k ? k - 1 : 0);
        step = between(from, exposure_target(p, k), smooth(into / 0.2)) * p->exposure_percent / 100;
    }
    if (p->motion == PLETHIO_WALKING && !p->frozen) {
        /* a lamp comes from the left, passes overhead and goes to the right, and the next one */
        double pass = t / life->lamp_period_s + life->lamp_phase;
        pass = 2 * (pass - floor(pass)) - 1;
        angle = 1.2 * pass * fmin(p->motion_strength, 1.2);
        lamp *= 1 + 0.5 * fmin(p->motion_strength, 1.5) * (0.4 - pass * pass);
    }
    m->gain[0] = (float)(gain * (1 + 1.1 * step));
    m->gain[1] = (float)(gain * (1 + step));
    m->gain[2] = (float)(gain * (1 + 0.9 * step));
    m->ambient = 0.4f;
    m->lamp = (float)lamp;
    norm = sqrt(1 + height * height);
    m->to_lamp[0] = (float)(sin(angle) / norm);
    m->to_lamp[1] = (float)(height / norm);
    m->to_lamp[2] = (float)(cos(angle) / norm);
}

void plethio_life_moment(const struct synth_life *life, double time_s, double last_s,
                         struct synth_moment *m)
{
    memset(m, 0, sizeof *m);
    if (!life->p.frozen) {
        live(life, time_s, last_s, m);
        move(life, time_s, m);
    }
    shine(life, time_s, m);
}

void plethio_life_frame(const struct synth_life *life, int frame, struct synth_moment *m)
{
    double t = life->time_s[frame];
    plethio_life_moment(life, t, frame ? life->time_s[frame - 1] : t, m);
}

int plethio_synth_truth(const struct plethio_synth *p, int n, const double *time_s,
                        struct plethio_truth *truth, struct plethio_error *e)
{
    struct synth_life life;
    struct synth_moment m;
    int i;
    if (plethio_synth_check(p, e) < 0)
        return -1;
    if (plethio_life_make(&life, p) < 0) {
        plethio_life_free(&life);
        return plethio_fail(e, "not enough memory for %g s", p->duration_s);
    }
    for (i = 0; i < n; i++) {
        plethio_life_moment(&life, time_s[i], i ? time_s[i - 1] : time_s[i], &m);
        truth[i] = m.truth;
    }
    plethio_life_free(&life);
    return 0;
}

/* ---- The trace -------------------------------------------------------------------------- */

void plethio_noise(const struct plethio_synth *p, double *read, double *shot)
{
    double middle = plethio_linear(128), slope = plethio_linear(128.5) - plethio_linear(127.5);
    double variance = p->noise_levels * p->noise_levels * slope * slope;
    *read = variance * p->read_share;
    *shot = variance * (1 - p->read_share) / middle;
}

#define POINTS 20 /* of a side of the square round the head */

/* Points of the face at rest that are skin, by quarter. */
struct region {
    float x[4][POINTS * POINTS / 4], y[4][POINTS * POINTS / 4];
    int n[4];
};

static void region_make(struct region *r, const struct synth_head *head)
{
    struct synth_texel texel;
    int i, j;
    memset(r, 0, sizeof *r);
    for (j = 0; j < POINTS; j++)
        for (i = 0; i < POINTS; i++) {
            float x = ((float)i + 0.5f) * 2 / POINTS - 1, y = ((float)j + 0.5f) * 2 / POINTS - 1;
            int quarter = (x > 0) + 2 * (y > 0.1f);
            if (x * x + y * y > 0.7f || fabsf(x) < 0.02f)
                continue;
            plethio_head_texel(head, plethio_head_round(x, y), y, 0, 0, 0.02f, &texel);
            if (texel.skin > 0.9f && r->n[quarter] < POINTS * POINTS / 4) {
                r->x[quarter][r->n[quarter]] = x;
                r->y[quarter][r->n[quarter]++] = y;
            }
        }
}

/* Mean levels of the points of one quarter, the region lying at (dx, dy) from the head's centre;
 * and the mean variance of a pixel there. */
static void region_mean(const struct synth_head *head, const struct synth_moment *m,
                        const struct plethio_synth *p, const float *x, const float *y, int n,
                        double dx, double dy, double level[3], double variance[3])
{
    double read, shot, cosine = cos((double)m->roll), sine = sin((double)m->roll);
    int i, c;
    plethio_noise(p, &read, &shot);
    for (c = 0; c < 3; c++)
        level[c] = variance[c] = 0;
    for (i = 0; i < n; i++) {
        struct synth_texel texel;
        double px = (double)x[i] + dx, py = (double)y[i] + dy, rr;
        double hx = cosine * px + sine * py, hy = cosine * py - sine * px;
        float u, v, z, rgb[3];
        hx = (double)plethio_head_round((float)hx, (float)hy);
        rr = hx * hx + hy * hy;
        z = (float)sqrt(rr < 1 ? 1 - rr : 0);
        plethio_head_point(m, (float)hx, (float)hy, z, &u, &v);
        plethio_head_texel(head, u, v, m->mouth, m->lid, 0.02f, &texel);
        plethio_head_light(m, &texel, (float)hx, (float)hy, z, rgb);
        for (c = 0; c < 3; c++) {
            double light = (double)rgb[c], value = plethio_level(light), slope;
            slope = 1 / (plethio_linear(value + 0.5) - plethio_linear(value - 0.5));
            level[c] += value / n;
            if (value < 255)
                variance[c] += (read + shot * light) * slope * slope / n;
        }
    }
}

int plethio_synth_trace(const struct plethio_synth *p, int frame_count, double *time_s,
                        float (*rgb)[3], float (*parts)[12], struct plethio_truth *truth,
                        struct plethio_error *e)
{
    struct synth_life life;
    struct synth_head head;
    struct region *region;
    double lag_x = 0, lag_y = 0, slow[12] = {0}, last = -1;
    int i, q, c, all;
    if (plethio_synth_check(p, e) < 0)
        return -1;
    region = malloc(sizeof *region);
    if (plethio_life_make(&life, p) < 0 || !region) {
        plethio_life_free(&life);
        free(region);
        return plethio_fail(e, "not enough memory for a trace of %g s", p->duration_s);
    }
    if (frame_count != life.frames) {
        i = life.frames;
        plethio_life_free(&life);
        free(region);
        return plethio_fail(e, "the trace has %d frames, not %d", i, frame_count);
    }
    plethio_head_make(&head, p);
    region_make(region, &head);
    all = region->n[0] + region->n[1] + region->n[2] + region->n[3];
    for (i = 0; i < frame_count; i++) {
        struct synth_moment m;
        double t = life.time_s[i], step = last < 0 ? 0 : t - last, follow, sum[3] = {0};
        plethio_life_frame(&life, i, &m);
        if (time_s)
            time_s[i] = t;
        if (truth)
            truth[i] = m.truth;
        /* the region follows the head with a delay of 0.3 s, as a tracker does */
        follow = last < 0 ? 1 : 1 - exp(-step / 0.3);
        lag_x += follow * ((double)m.x - lag_x);
        lag_y += follow * ((double)m.y - lag_y);
        for (q = 0; q < 4 && (rgb || parts); q++) {
            double level[3], variance[3], pixels, keep = exp(-step / 0.5), luma;
            uint32_t k = 32 * (uint32_t)i + 8 * (uint32_t)q;
            if (region->n[q] == 0)
                continue;
            region_mean(&head, &m, p, region->x[q], region->y[q], region->n[q],
                        (lag_x - (double)m.x) / (double)head.half_width,
                        (lag_y - (double)m.y) / (double)head.half_height, level, variance);
            pixels = (double)region->n[q] * 4 / (POINTS * POINTS) * (double)head.half_width *
                     (double)head.half_height;
            /* codecs: half of it goes with the frame, half stays for half a second; brightness
               suffers with all channels alike */
            luma = plethio_normal(p->seed, CODEC, k);
            for (c = 0; c < 3; c++) {
                double own = plethio_normal(p->seed, CODEC, k + 1 + (uint32_t)c);
                double slower = plethio_normal(p->seed, CODEC, k + 4 + (uint32_t)c);
                slow[3 * q + c] = keep * slow[3 * q + c] + sqrt(1 - keep * keep) * slower;
                level[c] +=
                    p->codec_levels * (0.5 * luma + 0.5 * own + sqrt(0.5) * slow[3 * q + c]);
                level[c] +=
                    sqrt(variance[c] / pixels) * plethio_normal(p->seed, SAMPLE, k + (uint32_t)c);
                level[c] = fmax(0, fmin(255, level[c]));
                sum[c] += level[c] * region->n[q] / all;
                if (parts)
                    parts[i][3 * q + c] = (float)level[c];
            }
        }
        for (c = 0; c < 3 && rgb; c++)
            rgb[i][c] = (float)sum[c];
        last = t;
    }
    plethio_life_free(&life);
    free(region);
    return 0;
}
