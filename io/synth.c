#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "synth.h"
#include "synth_parts.h"

#define TAU 6.283185307179586

/* ---- Parameters ------------------------------------------------------------------------- */

const char *plethio_motion_name(int motion)
{
    static const char *const names[PLETHIO_MOTIONS] = {"still", "talking", "turning", "walking"};
    return motion >= 0 && motion < PLETHIO_MOTIONS ? names[motion] : NULL;
}

void plethio_synth_default(struct plethio_synth *p)
{
    memset(p, 0, sizeof *p);
    p->seed = 7;
    p->duration_s = 30;
    p->rate_hz = 30;
    p->width = 640;
    p->height = 480;
    plethio_profile_constant(&p->heart, 72);
    p->rsa_ms = 20;
    p->wander_ms = 15;
    p->pulse_percent = 2;
    plethio_profile_constant(&p->breathing, 15);
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
        u[i] = plethio_uniform(seed, STREAM_DRAW, i);
    plethio_synth_default(&fresh);
    fresh.duration_s = p->duration_s;
    fresh.rate_hz = p->rate_hz;
    fresh.width = p->width;
    fresh.height = p->height;
    *p = fresh;
    p->seed = seed;
    /* a third each: constant, a slope, a step; rates where people's are, with thin tails */
    rate = plethio_log_between(45, 175, (u[0] + u[1]) / 2);
    plethio_profile_constant(&p->heart, rate);
    shape = (int)(3 * u[2]);
    if (shape > 0) {
        double other = rate * plethio_log_between(0.75, 1.33, u[3]);
        p->heart.points = 3;
        p->heart.per_min[1] = shape == 1 ? other : rate;
        p->heart.per_min[2] = other;
        p->heart.time_s[1] = p->duration_s * plethio_between(0.3, 0.7, u[4]);
        p->heart.time_s[2] = shape == 1 ? p->duration_s : p->heart.time_s[1];
    }
    /* variability shrinks as the rate grows */
    p->rsa_ms = 60 * u[5] * u[6] * 70 / rate;
    p->wander_ms = 40 * u[7] * u[8] * 70 / rate;
    p->pulse_percent = plethio_log_between(0.5, 4, u[9]);
    plethio_profile_constant(&p->breathing, plethio_log_between(7, 32, (u[10] + u[11]) / 2));
    p->breath_depth = plethio_between(0.3, 1.6, u[12]);
    p->chest_px = plethio_between(0.5, 3, u[13]);
    p->head_px = plethio_between(0.2, 1.5, u[14]);
    p->melanin_percent = plethio_log_between(1.3, 43, u[15]);
    p->blood_percent = plethio_between(2, 7, u[16]);
    p->specular_percent = plethio_between(1.5, 4, u[17]);
    p->motion = (int)(PLETHIO_MOTIONS * u[18]);
    p->motion_strength = plethio_between(0.3, 1.5, u[19]);
    p->face_percent = plethio_between(35, 75, u[20]);
    p->light = plethio_log_between(0.35, 1.6, u[21]);
    p->flicker_hz = u[22] < 0.5 ? 100 : 120;
    p->flicker_percent = u[23] < 0.6 ? 0 : plethio_between(0, 15, u[24]);
    p->shutter_ms = plethio_between(3, 16, u[25]);
    p->pump_hz = plethio_log_between(0.05, 0.5, u[26]);
    p->pump_percent = u[27] < 0.7 ? 0 : plethio_between(0, 3, u[28]);
    p->drift_percent = 4 * u[29] * u[30];
    p->exposure_every_s = u[31] < 0.7 ? 0 : plethio_between(3, 12, u[32]);
    p->exposure_percent = plethio_between(1, 12, u[33]);
    p->noise_levels = plethio_log_between(0.6, 5, u[34]);
    p->read_share = plethio_between(0.1, 0.6, u[35]);
    p->codec_levels = plethio_log_between(0.005, 0.2, u[36]);
    p->jitter_ms = u[37] < 0.5 ? 0 : plethio_between(0, fmin(6, 300 / p->rate_hz), u[38]);
    p->drop_percent = u[39] < 0.7 ? 0 : plethio_between(0, 10, u[40]);
    codec = (int)(4 * u[41]);
    strcpy(p->codec, codecs[codec]);
    p->crf = (int)(codec < 2 ? plethio_between(14, 29, u[42]) : plethio_between(4, 18, u[42]));
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
        if (plethio_check_range(range[i].name, range[i].value, range[i].low, range[i].high, e) < 0)
            return -1;
    if (p->width % 2 || p->height % 2)
        return plethio_fail(e, "width and height must be even, not %dx%d", p->width, p->height);
    if (p->exposure_every_s != 0 && !(p->exposure_every_s >= 0.5 && p->exposure_every_s <= 7200))
        return plethio_fail(e, "seconds between exposure steps must be 0 or from 0.5 to 7200");
    if (!plethio_motion_name(p->motion))
        return plethio_fail(e, "motion must be one of 0 to %d, not %d", PLETHIO_MOTIONS - 1,
                            p->motion);
    if (plethio_check_profile("pulse rate (/min)", &p->heart, 30, 240, e) < 0)
        return -1;
    return plethio_check_profile("breathing rate (/min)", &p->breathing, 3, 60, e);
}

/* ---- The body --------------------------------------------------------------------------- */

static int grid_frames(const struct plethio_synth *p)
{
    int n = (int)floor(p->duration_s * p->rate_hz + 1e-6);
    return n > 1 ? n : 1;
}

int plethio_synth_frames(const struct plethio_synth *p)
{
    int k, n = 0, all = grid_frames(p);
    for (k = 0; k < all; k++)
        n += plethio_sample_kept(p->seed, k, p->drop_percent);
    return n;
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

int plethio_life_make(struct synth_life *life, const struct plethio_synth *p)
{
    /* Hz: lowest and highest of each smooth random motion, in the order of the enum */
    static const double band[WOBBLES][2] = {{0.05, 0.6}, {0.05, 0.6}, {0.06, 0.25}, {0.1, 0.7},
                                            {0.05, 0.3}, {2.5, 6},    {0.12, 0.5},  {0.008, 0.05}};
    const struct plethio_rhythm_options rhythm = {.seed = p->seed,
                                                  .duration_s = p->duration_s,
                                                  .heart = &life->p.heart,
                                                  .breathing = &life->p.breathing,
                                                  .rsa_ms = p->rsa_ms,
                                                  .wander_ms = p->wander_ms};
    struct plethio_skin light_skin;
    double lowest = 1e9, highest = -1e9, mean = 0;
    int i, k, n = 0, all = grid_frames(p);
    memset(life, 0, sizeof *life);
    life->p = *p;
    for (i = 0; i < WOBBLES; i++)
        plethio_wobble_make(&life->wobble[i], p->seed, STREAM_WOBBLE, (uint32_t)i, band[i][0],
                            band[i][1]);
    life->frames = plethio_synth_frames(p);
    life->time_s = malloc((size_t)life->frames * sizeof *life->time_s);
    if (!life->time_s)
        return -1;
    for (k = 0; k < all; k++)
        if (plethio_sample_kept(p->seed, k, p->drop_percent))
            life->time_s[n++] = plethio_sample_time(p->seed, k, p->rate_hz, p->jitter_ms);
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
    life->step_hz = plethio_between(1.6, 2.0, plethio_uniform(p->seed, STREAM_START, 1));
    life->lamp_period_s = plethio_between(4, 8, plethio_uniform(p->seed, STREAM_START, 3));
    life->lamp_phase = plethio_uniform(p->seed, STREAM_START, 4);
    if (p->frozen)
        return 0;
    return plethio_rhythm_make(&life->rhythm, &rhythm);
}

void plethio_life_free(struct synth_life *life)
{
    free(life->time_s);
    plethio_rhythm_free(&life->rhythm);
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
    for (i = 0; i < life.rhythm.beats && p->pulse_percent > 0; i++)
        if (life.rhythm.beat_s[i] >= 0 && life.rhythm.beat_s[i] < p->duration_s) {
            if (n < capacity)
                beat_s[n] = life.rhythm.beat_s[i];
            n++;
        }
    plethio_life_free(&life);
    return n;
}

static void live(const struct synth_life *life, double t, double last, struct synth_moment *m)
{
    const struct plethio_synth *p = &life->p;
    double breath = plethio_rhythm_breath(&life->rhythm, t);
    if (p->pulse_percent > 0) {
        const double *beat_s = &life->rhythm.beat_s[plethio_rhythm_beat(&life->rhythm, t)];
        double interval = beat_s[1] - beat_s[0];
        double wave = pulse_shape((t - beat_s[0]) / interval) - life->wave_mean;
        m->truth.heart_rate = 60 / interval;
        m->truth.pulse = wave * life->wave_scale * (1 - 0.15 * p->breath_depth * breath);
        m->truth.beat = beat_s[0] > last;
    }
    m->truth.breathing_rate = plethio_rhythm_breathing_rate(&life->rhythm, t);
    m->truth.breathing = breath;
    m->blood = (float)(life->swing_percent * (m->truth.pulse - 0.2 * p->breath_depth * breath));
    m->y += (float)(p->head_px * -breath);
    m->chest = (float)(p->chest_px * -breath);
}

/* ---- Motion ----------------------------------------------------------------------------- */

static double at(const struct synth_life *life, int number, double t)
{
    return plethio_wobble_at(&life->wobble[number], t);
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
        double says = plethio_smooth(0.8 + 0.9 * at(life, WOBBLE_PAUSE, t));
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
    blink = t - 2 * second - 1.7 * plethio_uniform(p->seed, STREAM_BLINK, 2 * (uint32_t)second);
    if (plethio_uniform(p->seed, STREAM_BLINK, 2 * (uint32_t)second + 1) < 0.55 && blink > 0 &&
        blink < 0.25)
        m->lid = (float)(plethio_smooth(blink / 0.08) * plethio_smooth((0.25 - blink) / 0.12));
}

/* ---- Light ------------------------------------------------------------------------------ */

/* Where the camera's gain is heading in spell number k: -1..1. */
static double exposure_target(const struct plethio_synth *p, int k)
{
    return k ? 2 * plethio_uniform(p->seed, STREAM_EXPOSURE, (uint32_t)k) - 1 : 0;
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
        step = plethio_between(from, exposure_target(p, k), plethio_smooth(into / 0.2)) *
               p->exposure_percent / 100;
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
            luma = plethio_normal(p->seed, STREAM_CODEC, k);
            for (c = 0; c < 3; c++) {
                double own = plethio_normal(p->seed, STREAM_CODEC, k + 1 + (uint32_t)c);
                double slower = plethio_normal(p->seed, STREAM_CODEC, k + 4 + (uint32_t)c);
                slow[3 * q + c] = keep * slow[3 * q + c] + sqrt(1 - keep * keep) * slower;
                level[c] +=
                    p->codec_levels * (0.5 * luma + 0.5 * own + sqrt(0.5) * slow[3 * q + c]);
                level[c] += sqrt(variance[c] / pixels) *
                            plethio_normal(p->seed, STREAM_SAMPLE, k + (uint32_t)c);
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
