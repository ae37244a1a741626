#include "synth_ppg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAU 6.283185307179586
#define GRAVITY 9.80665 /* m/s^2 */

/* Motion and what it does to the light are stepped on a grid of their own; samples lie between its
 * points. */
#define GRID_HZ 250

/* The pulse wave: a steep rise, a slow fall, and a second hill where the aortic valve closes. Times
 * and deviations in seconds at intervals of 1 s. */
#define RISE_S 0.08
#define FALL_S 0.16
#define SECOND_AT_S 0.40
#define SECOND_S 0.09
/* Hills reach this many beats far. */
#define REACH 3

#define SHOULDER_M 0.5   /* from the wrist to where the arm turns, as it swings half bent */
#define BURST_SLOT_S 5.0 /* at most one burst begins in each */
#define BURST_LONGEST_S 4
#define ACC_RANGE_G 8.0
#define ACC_STEPS_PER_G 4096.0

/* Wobbles by number: of STREAM_SENSOR_WOBBLE. */
enum {
    WOBBLE_DRIFT,
    WOBBLE_CADENCE,
    WOBBLE_STEP,
    WOBBLE_PITCH,
    WOBBLE_ROLL,
    WOBBLE_BURST_X,
    WOBBLE_BURST_Y,
    WOBBLE_BURST_Z,
    WOBBLES
};

/* How one channel's light feels acceleration: the sensor on its tissue is a damped oscillator, the
 * blood under it follows more slowly. */
struct coupling {
    double axis[3], omega, damping, blood_s, blood_share;
    double place, speed, blood;
};

/* What is stepped, at one point of the grid. */
struct motion {
    double acc[3], square, artefact[PLETHIO_PPG_CHANNELS], cadence;
};

struct plethio_ppg {
    struct plethio_synth_ppg p;
    struct plethio_rhythm rhythm;
    struct plethio_wobble wobble[WOBBLES];
    double perfusion[PLETHIO_PPG_CHANNELS];
    double wave_scale, flicker_phase;
    double mount[3][3]; /* from the arm (forwards, sideways, up) to the sensor's axes */
    double gait_phase[7];
    struct coupling coupling[PLETHIO_PPG_CHANNELS];
    int samples, sample;
    /* the grid: number of the later of the two points, and the state there */
    int point;
    double steps, step_hz, walking, slow[3];
    struct motion before, after;
};

const char *plethio_ppg_channel_name(int channel)
{
    static const char *const name[PLETHIO_PPG_CHANNELS] = {"green", "red", "infrared"};
    return channel >= 0 && channel < PLETHIO_PPG_CHANNELS ? name[channel] : NULL;
}

/* ---- Parameters ------------------------------------------------------------------------- */

void plethio_synth_ppg_default(struct plethio_synth_ppg *p)
{
    memset(p, 0, sizeof *p);
    p->seed = 7;
    p->duration_s = 60;
    p->rate_hz = 50;
    p->channels = 1 << PLETHIO_PPG_GREEN;
    plethio_profile_constant(&p->heart, 72);
    p->rsa_ms = 25;
    p->wander_ms = 20;
    p->pulse_percent = 2;
    p->ratio = 0.5;
    p->pulse_width = 1;
    p->dicrotic = 0.25;
    plethio_profile_constant(&p->breathing, 15);
    p->breath_baseline = 0.4;
    p->breath_amplitude = 0.15;
    p->drift_percent = 0.5;
    plethio_profile_constant(&p->cadence, 0);
    p->gait_g = 0.3;
    p->swing_deg = 20;
    p->burst_g = 0.5;
    p->acc_noise_g = 0.003;
    p->artefact_percent = 3;
    p->nonlinear_share = 0.3;
    p->level = 0.5;
    p->flicker_hz = 100;
    p->duty = 0.1;
    p->noise_percent = 0.02;
    p->adc_bits = 18;
}

enum activity { SLEEP, SITTING, DAILY_LIFE, WALKING, RUNNING, INTERVALS, CYCLING, ACTIVITIES };

/* Rate and cadence by pieces of time, each with an effort from rest (0) to the heart's most (1);
 * the heart follows the effort with a delay. */
static void draw_activity(struct plethio_synth_ppg *p, const double *u)
{
    static const struct {
        double effort[2], cadence[2], moving, bursts_per_min, burst_g;
    } kinds[ACTIVITIES] = {
        {{-0.06, 0.02}, {0, 0}, 0, 0.7, 0.2},   {{0, 0.12}, {0, 0}, 0, 3, 0.3},
        {{0.05, 0.35}, {85, 115}, 0.4, 9, 0.6}, {{0.2, 0.5}, {95, 130}, 0.85, 4, 0.5},
        {{0.45, 0.95}, {150, 190}, 0.9, 3, 1},  {{0.3, 1}, {140, 205}, 0.6, 5, 1},
        {{0.3, 0.85}, {0, 0}, 0, 5, 0.5}};
    int kind = (int)(ACTIVITIES * u[0]), pieces = 1 + (int)(6 * u[1]), i;
    double rest = plethio_log_between(42, 85, u[2]), most = plethio_between(165, 212, u[3]);
    double last = 0;
    p->heart.points = p->cadence.points = 0;
    for (i = 0; i < pieces; i++) {
        const double *v = u + 8 + 3 * i;
        double from = p->duration_s * i / pieces, to = p->duration_s * (i + 1) / pieces;
        int moves = v[0] < kinds[kind].moving;
        double effort = plethio_between(kinds[kind].effort[0], kinds[kind].effort[1], v[1]);
        double cadence = plethio_between(kinds[kind].cadence[0], kinds[kind].cadence[1], v[2]);
        double rate;
        if (!moves && kinds[kind].moving > 0)
            effort *= 0.6;
        rate = fmax(35, fmin(212, rest + effort * (most - rest)));
        p->heart.time_s[p->heart.points] = from;
        p->heart.per_min[p->heart.points++] = i ? last : rate;
        /* within a minute or so, as hearts do */
        p->heart.time_s[p->heart.points] = from + fmin(40 + 30 * v[2], 0.8 * (to - from));
        p->heart.per_min[p->heart.points++] = last = rate;
        p->cadence.time_s[p->cadence.points] = from;
        p->cadence.per_min[p->cadence.points++] = moves ? cadence : 0;
        p->cadence.time_s[p->cadence.points] = to;
        p->cadence.per_min[p->cadence.points++] = moves ? cadence : 0;
    }
    p->bursts_per_min = kinds[kind].bursts_per_min * plethio_between(0.2, 1.3, u[4]);
    p->burst_g = kinds[kind].burst_g * plethio_log_between(0.4, 2, u[5]);
    p->tilt_deg = kind == SLEEP ? 2 : plethio_between(2, 25, u[6]);
    /* breathing follows the heart */
    p->breathing = p->heart;
    for (i = 0; i < p->breathing.points; i++)
        p->breathing.per_min[i] =
            fmin(55, plethio_log_between(8, 20, u[7]) * pow(p->heart.per_min[i] / rest, 0.6));
}

void plethio_synth_ppg_draw(struct plethio_synth_ppg *p, uint64_t seed)
{
    struct plethio_synth_ppg fresh;
    double u[64];
    int i;
    for (i = 0; i < 64; i++)
        u[i] = plethio_uniform(seed, STREAM_DRAW, (uint32_t)i);
    plethio_synth_ppg_default(&fresh);
    fresh.duration_s = p->duration_s;
    fresh.rate_hz = p->rate_hz;
    fresh.channels = p->channels;
    *p = fresh;
    p->seed = seed;
    draw_activity(p, u);
    p->rsa_ms = 90 * u[26] * u[27];
    p->wander_ms = 60 * u[28] * u[29];
    p->pulse_percent = plethio_log_between(0.4, 6, u[30]);
    p->ratio = plethio_between(0.4, 1.1, u[31]);
    p->dicrotic = plethio_between(0.05, 0.45, u[32]);
    p->pulse_width = plethio_between(0.75, 1.3, u[61]);
    p->breath_baseline = plethio_between(0.05, 1, u[33]);
    p->breath_amplitude = plethio_between(0.02, 0.3, u[34]);
    p->drift_percent = plethio_log_between(0.1, 3, u[35]);
    p->gait_g = plethio_log_between(0.12, 0.6, u[36]);
    p->swing_deg = plethio_between(3, 35, u[37]);
    p->acc_noise_g = plethio_log_between(0.001, 0.02, u[38]);
    p->artefact_percent = plethio_log_between(0.3, 10, u[39]);
    p->nonlinear_share = plethio_between(0, 0.6, u[40]);
    p->level = plethio_between(0.2, 0.75, u[41]);
    p->ambient = u[42] < 0.5 ? 0 : 0.1 * u[43] * u[43];
    p->flicker_hz = u[44] < 0.5 ? 100 : 120;
    p->flicker_percent = u[45] < 0.5 ? 0 : plethio_between(0, 10, u[46]);
    p->duty = plethio_log_between(0.01, 0.5, u[47]);
    p->noise_percent = plethio_log_between(0.002, 0.05, u[48]);
    p->adc_bits = 14 + (int)(9 * u[49]);
    p->inverted = u[50] < 0.25;
    p->jitter_ms = u[51] < 0.6 ? 0 : plethio_between(0, fmin(8, 300 / p->rate_hz), u[52]);
    p->drop_percent = u[53] < 0.7 ? 0 : plethio_between(0, 6, u[54]);
    if (u[55] < 0.15) {
        p->gaps.n = 1;
        p->gaps.length_s[0] = plethio_log_between(0.3, 8, u[56]);
        p->gaps.start_s[0] = p->duration_s * plethio_between(0.1, 0.9, u[57]);
    }
    if (u[58] < 0.08) {
        p->off_wrist.n = 1;
        p->off_wrist.length_s[0] = p->duration_s * plethio_between(0.05, 0.3, u[59]);
        p->off_wrist.start_s[0] = p->duration_s * plethio_between(0, 0.8, u[60]);
    }
}

int plethio_ppg_ratio(const double curve[3], double saturation_percent, double *ratio)
{
    const double a = curve[0] - saturation_percent, b = curve[1], c = curve[2];
    double root = b * b - 4 * a * c, slope;

    /* of both crossings the one where the curve falls: there b + 2 c R is the negative root */
    if (!(root >= 0))
        return -1;
    root = -sqrt(root);
    *ratio = fabs(c) > 1e-12 ? (root - b) / (2 * c) : -a / b;
    slope = b + 2 * c * *ratio;
    return *ratio >= 0.2 && *ratio <= 3 && slope < 0 ? 0 : -1;
}

static int check_spells(const char *name, const struct plethio_spells *s, struct plethio_error *e)
{
    int i;
    if (s->n < 0 || s->n > PLETHIO_SPELLS)
        return plethio_fail(e, "%s: at most %d, not %d", name, PLETHIO_SPELLS, s->n);
    for (i = 0; i < s->n; i++)
        if (!(s->start_s[i] >= 0 && s->start_s[i] <= 86400 && s->length_s[i] > 0 &&
              s->length_s[i] <= 86400))
            return plethio_fail(e, "%s: %g s from %g s on is no spell within a day", name,
                                s->length_s[i], s->start_s[i]);
    return 0;
}

int plethio_synth_ppg_check(const struct plethio_synth_ppg *p, struct plethio_error *e)
{
    const struct {
        const char *name;
        double value, low, high;
    } range[] = {
        {"duration (s)", p->duration_s, 1, 86400},
        {"sampling rate (Hz)", p->rate_hz, 20, 1000},
        {"respiratory sinus arrhythmia (ms)", p->rsa_ms, 0, 200},
        {"1/f variability (ms)", p->wander_ms, 0, 100},
        {"pulse strength (%)", p->pulse_percent, 0, 20},
        {"ratio of ratios", p->ratio, 0.2, 3},
        {"width of the pulse", p->pulse_width, 0.5, 1.6},
        {"dicrotic hill", p->dicrotic, 0, 0.6},
        {"breathing's baseline", p->breath_baseline, 0, 3},
        {"breathing's amplitude", p->breath_amplitude, 0, 0.9},
        {"drift (%)", p->drift_percent, 0, 20},
        {"gait (g)", p->gait_g, 0, 4},
        {"arm swing (degrees)", p->swing_deg, 0, 90},
        {"bursts (/min)", p->bursts_per_min, 0, 60 / BURST_SLOT_S},
        {"bursts (g)", p->burst_g, 0, 8},
        {"tilt (degrees)", p->tilt_deg, 0, 90},
        {"noise of acceleration (g)", p->acc_noise_g, 0, 1},
        {"motion artefact (% per g)", p->artefact_percent, 0, 100},
        {"nonlinear share", p->nonlinear_share, 0, 1},
        {"level", p->level, 0.001, 4},
        {"ambient light", p->ambient, 0, 2},
        {"flicker (Hz)", p->flicker_hz, 0, 1000},
        {"flicker (%)", p->flicker_percent, 0, 100},
        {"duty", p->duty, 0.001, 1},
        {"noise (%)", p->noise_percent, 0, 10},
        {"bits of the ADC", p->adc_bits, 8, 24},
        {"jitter (ms)", p->jitter_ms, 0, 1000 / p->rate_hz / 3},
        {"dropped samples (%)", p->drop_percent, 0, 80},
    };
    size_t i;
    int k;
    for (i = 0; i < sizeof range / sizeof range[0]; i++)
        if (plethio_check_range(range[i].name, range[i].value, range[i].low, range[i].high, e) < 0)
            return -1;
    if (p->channels <= 0 || p->channels >= 1 << PLETHIO_PPG_CHANNELS)
        return plethio_fail(e, "channels must be green, red, infrared or several of these");
    if (plethio_check_profile("pulse rate (/min)", &p->heart, 30, 240, e) < 0 ||
        plethio_check_profile("breathing rate (/min)", &p->breathing, 3, 60, e) < 0 ||
        plethio_check_profile("cadence (/min)", &p->cadence, 0, 240, e) < 0)
        return -1;
    for (k = 0; k < p->cadence.points; k++)
        if (p->cadence.per_min[k] != 0 && p->cadence.per_min[k] < 20)
            return plethio_fail(e, "cadence (/min) must be 0 or from 20 to 240, not %g",
                                p->cadence.per_min[k]);
    if (check_spells("gaps", &p->gaps, e) < 0)
        return -1;
    return check_spells("spells off the wrist", &p->off_wrist, e);
}

static int within(const struct plethio_spells *s, double t)
{
    int i;
    for (i = 0; i < s->n; i++)
        if (t >= s->start_s[i] && t < s->start_s[i] + s->length_s[i])
            return 1;
    return 0;
}

/* ---- The pulse -------------------------------------------------------------------------- */

static double hill(double x, double deviation)
{
    x /= deviation;
    return exp(-x * x / 2);
}

/* One beat's share of the wave x seconds after its top, the intervals before and after it given. As
 * in ECGSYN, the program of McSharry's model, widths go with the square root of the interval: at
 * higher rates the hills are narrower but fill more of the beat. */
static double beat_shape(const struct plethio_synth_ppg *p, double x, double before_s,
                         double after_s)
{
    double later = sqrt(after_s), root = x < 0 ? sqrt(before_s) : later;
    double first = hill(x, (x < 0 ? RISE_S : FALL_S) * p->pulse_width * root);
    return first + p->dicrotic * hill(x - SECOND_AT_S * later, SECOND_S * p->pulse_width * later);
}

/* Mean of a wave of such beats at this interval: the hills' areas. */
static double shape_mean(const struct plethio_synth_ppg *p, double interval_s)
{
    return sqrt(TAU / interval_s) * p->pulse_width *
           ((RISE_S + FALL_S) / 2 + p->dicrotic * SECOND_S);
}

/* One over the height of the wave at 60 /min. */
static double shape_scale(const struct plethio_synth_ppg *p)
{
    double lowest = 1e9, highest = -1e9;
    int i, k;
    for (i = 0; i < 1000; i++) {
        double sum = 0;
        for (k = -REACH; k <= REACH; k++)
            sum += beat_shape(p, i / 1000.0 + k, 1, 1);
        lowest = fmin(lowest, sum);
        highest = fmax(highest, sum);
    }
    return 1 / (highest - lowest);
}

static double interval_after(const struct plethio_ppg *g, int beat)
{
    int last = g->rhythm.beats - 2;
    beat = beat < 0 ? 0 : beat > last ? last : beat;
    return g->rhythm.beat_s[beat + 1] - g->rhythm.beat_s[beat];
}

/* Beyond the first and last known beat they go on as evenly as there. */
static double beat_time(const struct plethio_ppg *g, int beat)
{
    int last = g->rhythm.beats - 1;
    if (beat < 0)
        return g->rhythm.beat_s[0] + beat * interval_after(g, 0);
    if (beat > last)
        return g->rhythm.beat_s[last] + (beat - last) * interval_after(g, last);
    return g->rhythm.beat_s[beat];
}

/* Mean 0, height 1 at 60 /min. `now`: the beat before t. */
static double pulse_wave(const struct plethio_ppg *g, double t, int now)
{
    const struct plethio_synth_ppg *p = &g->p;
    double sum = 0, mean[2], share;
    int k;
    for (k = now - REACH; k <= now + 1 + REACH; k++)
        sum += beat_shape(p, t - beat_time(g, k), interval_after(g, k - 1), interval_after(g, k));
    for (k = 0; k < 2; k++)
        mean[k] = (shape_mean(p, interval_after(g, now + k - 1)) +
                   shape_mean(p, interval_after(g, now + k))) /
                  2;
    share = (t - beat_time(g, now)) / interval_after(g, now);
    return g->wave_scale * (sum - plethio_between(mean[0], mean[1], share));
}

/* ---- Motion ----------------------------------------------------------------------------- */

static double wobble(const struct plethio_ppg *g, int number, double t)
{
    return plethio_wobble_at(&g->wobble[number], t);
}

/* How deep the burst is that may be going on, 0..1. */
static double burst_at(const struct plethio_ppg *g, double t)
{
    const struct plethio_synth_ppg *p = &g->p;
    int slot = (int)floor(t / BURST_SLOT_S), k;
    double depth = 0;
    for (k = slot > 0 ? slot - 1 : 0; k <= slot; k++) {
        double u[3], into;
        int i;
        for (i = 0; i < 3; i++)
            u[i] = plethio_uniform(p->seed, STREAM_BURST, 3 * (uint32_t)k + (uint32_t)i);
        into = (t - BURST_SLOT_S * (k + u[1])) / plethio_log_between(0.5, BURST_LONGEST_S, u[2]);
        if (u[0] < p->bursts_per_min * BURST_SLOT_S / 60 && into > 0 && into < 1)
            depth = fmax(depth, sin(TAU / 2 * into) * sin(TAU / 2 * into));
    }
    return depth;
}

static void turn(double *a, double *b, double angle)
{
    double c = cos(angle), s = sin(angle), x = *a;
    *a = c * x + s * *b;
    *b = c * *b - s * x;
}

/* Acceleration and gravity along forwards, sideways and up of the arm; the gait goes on by one step
 * of the grid. */
static void arm(struct plethio_ppg *g, double t, double cadence, double acc[3])
{
    const struct plethio_synth_ppg *p = &g->p;
    const double *phase = g->gait_phase;
    double turns = TAU * g->steps, half = turns / 2, burst = burst_at(g, t);
    double slow = TAU / 2 * g->step_hz, swing = p->swing_deg * TAU / 360 * g->walking;
    double speed = swing * slow * cos(half + phase[0]);
    double push = swing * slow * slow * sin(half + phase[0]);
    double depth = p->gait_g * g->walking * pow(g->step_hz / 2, 2);
    double tilt = p->tilt_deg * TAU / 360 / sqrt(2);
    int i;
    /* no step is quite like another */
    depth *= 1 + 0.15 * wobble(g, WOBBLE_STEP, t);
    acc[0] = depth * (0.4 * sin(turns + phase[1]) + 0.2 * sin(2 * turns + phase[2]));
    acc[1] = depth * 0.3 * sin(half + phase[3]);
    acc[2] = 1 + depth * (sin(turns + phase[4]) + 0.35 * sin(2 * turns + phase[5]) +
                          0.15 * sin(3 * turns + phase[6]));
    turn(&acc[0], &acc[2], swing * sin(half + phase[0]) + tilt * wobble(g, WOBBLE_PITCH, t));
    turn(&acc[1], &acc[2], tilt * wobble(g, WOBBLE_ROLL, t));
    acc[0] -= SHOULDER_M / GRAVITY * push;
    acc[2] += SHOULDER_M / GRAVITY * speed * speed;
    for (i = 0; burst > 0 && i < 3; i++)
        acc[i] += p->burst_g * burst * wobble(g, WOBBLE_BURST_X + i, t);

    if (cadence > 0)
        g->step_hz = cadence / 60;
    g->steps += g->step_hz / GRID_HZ;
    g->walking += ((cadence > 0) - g->walking) / (0.5 * GRID_HZ);
}

/* The next point of the grid. */
static void step(struct plethio_ppg *g)
{
    const struct plethio_synth_ppg *p = &g->p;
    double t = (double)++g->point / GRID_HZ, acc[3], own[3], square = 0;
    double cadence = plethio_profile_at(&p->cadence, t);
    int on = !within(&p->off_wrist, t), c, i;
    struct motion *m = &g->after;
    g->before = g->after;
    /* slopes between rest and a gait, too, start at the slowest one */
    cadence = cadence < 20 ? 0 : cadence * (1 + 0.015 * wobble(g, WOBBLE_CADENCE, t));
    arm(g, t, cadence, acc);
    if (!on) {
        acc[0] = acc[1] = 0;
        acc[2] = 1;
    }
    m->cadence = on ? cadence : 0;
    for (i = 0; i < 3; i++) {
        m->acc[i] = 0;
        for (c = 0; c < 3; c++)
            m->acc[i] += g->mount[i][c] * acc[c];
        if (g->point == 0)
            g->slow[i] = m->acc[i];
        g->slow[i] += (m->acc[i] - g->slow[i]) / GRID_HZ;
        own[i] = m->acc[i] - g->slow[i];
        square += own[i] * own[i];
    }
    m->square += (square - m->square) / GRID_HZ;
    for (c = 0; c < PLETHIO_PPG_CHANNELS; c++) {
        struct coupling *k = &g->coupling[c];
        double force = 0, linear;
        for (i = 0; i < 3; i++)
            force += k->axis[i] * own[i];
        k->speed +=
            (k->omega * k->omega * (force - k->place) - 2 * k->damping * k->omega * k->speed) /
            GRID_HZ;
        k->place += k->speed / GRID_HZ;
        k->blood += (force - k->blood) / (k->blood_s * GRID_HZ);
        linear = plethio_between(k->place, k->blood, k->blood_share);
        m->artefact[c] = plethio_between(linear, fabs(linear), p->nonlinear_share);
    }
}

static void normalise(double v[3])
{
    double norm = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    int i;
    for (i = 0; i < 3; i++)
        v[i] /= norm;
}

/* How the sensor sits on this arm. */
static void draw_arm(struct plethio_ppg *g)
{
    uint64_t seed = g->p.seed;
    double u[32], n[16], q[4], norm = 0, common[3];
    int c, i, k;
    for (i = 0; i < 32; i++)
        u[i] = plethio_uniform(seed, STREAM_SENSOR, (uint32_t)i);
    for (i = 0; i < 16; i++)
        n[i] = plethio_normal(seed, STREAM_SENSOR, 32 + (uint32_t)i);
    for (i = 0; i < 7; i++)
        g->gait_phase[i] = TAU * u[i];
    g->flicker_phase = TAU * u[7];
    /* any way round: a random unit quaternion's rotation */
    for (i = 0; i < 4; i++)
        norm += n[i] * n[i];
    for (i = 0; i < 4; i++)
        q[i] = n[i] / sqrt(norm);
    for (i = 0; i < 3; i++) {
        int j = (i + 1) % 3;
        k = (i + 2) % 3;
        g->mount[i][i] = 1 - 2 * (q[j] * q[j] + q[k] * q[k]);
        g->mount[i][j] = 2 * (q[i] * q[j] - q[k] * q[3]);
        g->mount[i][k] = 2 * (q[i] * q[k] + q[j] * q[3]);
    }
    for (i = 0; i < 3; i++)
        common[i] = n[4 + i];
    normalise(common);
    /* the channels feel much the same, but not quite */
    for (c = 0; c < PLETHIO_PPG_CHANNELS; c++) {
        struct coupling *x = &g->coupling[c];
        for (i = 0; i < 3; i++)
            x->axis[i] = common[i] + 0.3 * n[7 + 3 * c + i];
        normalise(x->axis);
        for (i = 0; i < 3; i++)
            x->axis[i] *= plethio_between(0.7, 1.3, u[8 + c]);
        x->omega = TAU * plethio_log_between(2, 6, u[11]) * plethio_between(0.9, 1.1, u[12 + c]);
        x->damping = plethio_between(0.4, 0.9, u[15]);
        x->blood_s = plethio_between(0.1, 0.4, u[16]);
        x->blood_share = plethio_between(0, 0.6, u[17 + c]);
    }
}

/* ---- Samples ---------------------------------------------------------------------------- */

int plethio_ppg_open(struct plethio_ppg **ppg, const struct plethio_synth_ppg *p,
                     struct plethio_error *e)
{
    /* Hz: lowest and highest of each smooth random motion, in the order of the enum */
    static const double band[WOBBLES][2] = {{0.005, 0.08}, {0.02, 0.2}, {0.1, 0.8}, {0.01, 0.3},
                                            {0.01, 0.3},   {1, 8},      {1, 8},     {1, 8}};
    struct plethio_ppg *g;
    struct plethio_rhythm_options rhythm;
    int i;
    *ppg = NULL;
    if (plethio_synth_ppg_check(p, e) < 0)
        return -1;
    g = calloc(1, sizeof *g);
    if (!g)
        return plethio_fail(e, "not enough memory for %g s", p->duration_s);
    g->p = *p;
    rhythm = (struct plethio_rhythm_options){.seed = p->seed,
                                             .duration_s = p->duration_s,
                                             .heart = &g->p.heart,
                                             .breathing = &g->p.breathing,
                                             .rsa_ms = p->rsa_ms,
                                             .wander_ms = p->wander_ms,
                                             .shrink = 2};
    if (plethio_rhythm_make(&g->rhythm, &rhythm) < 0) {
        plethio_ppg_close(&g);
        return plethio_fail(e, "not enough memory for %g s", p->duration_s);
    }
    for (i = 0; i < WOBBLES; i++)
        plethio_wobble_make(&g->wobble[i], p->seed, STREAM_SENSOR_WOBBLE, (uint32_t)i, band[i][0],
                            band[i][1]);
    g->perfusion[PLETHIO_PPG_GREEN] = p->pulse_percent / 100;
    g->perfusion[PLETHIO_PPG_INFRARED] = p->pulse_percent / 200;
    g->perfusion[PLETHIO_PPG_RED] = p->ratio * g->perfusion[PLETHIO_PPG_INFRARED];
    g->wave_scale = shape_scale(p);
    g->samples = (int)floor(p->duration_s * p->rate_hz + 1e-6);
    draw_arm(g);
    /* who walks when the recording begins has walked before */
    g->walking = plethio_profile_at(&p->cadence, 0) > 0;
    g->step_hz = plethio_profile_at(&p->cadence, 0) / 60;
    g->point = -1;
    step(g);
    *ppg = g;
    return 0;
}

void plethio_ppg_close(struct plethio_ppg **ppg)
{
    if (!*ppg)
        return;
    plethio_rhythm_free(&(*ppg)->rhythm);
    free(*ppg);
    *ppg = NULL;
}

int plethio_ppg_beats(const struct plethio_ppg *ppg, double *beat_s, int capacity)
{
    int i, n = 0;
    for (i = 0; i < ppg->rhythm.beats && ppg->p.pulse_percent > 0; i++) {
        double t = ppg->rhythm.beat_s[i];
        if (t >= 0 && t < ppg->p.duration_s && n++ < capacity)
            beat_s[n - 1] = t;
    }
    return n;
}

/* What the ADC makes of light as a share of full scale. */
static double counts(const struct plethio_synth_ppg *p, double light, uint32_t number)
{
    double full = ldexp(1, p->adc_bits) - 1, value;
    double noise = p->noise_percent / 100 * sqrt(fmax(light, 0) / 0.5 * 0.1 / p->duty);
    light += noise * plethio_normal(p->seed, STREAM_SENSOR_NOISE, number);
    value = fmax(0, fmin(full, floor(full * light + 0.5)));
    return p->inverted ? full - value : value;
}

static double acc_reading(const struct plethio_synth_ppg *p, double g, uint32_t number)
{
    g += p->acc_noise_g * plethio_normal(p->seed, STREAM_SENSOR_NOISE, number);
    g = fmax(-ACC_RANGE_G, fmin(ACC_RANGE_G, g));
    return floor(g * ACC_STEPS_PER_G + 0.5) / ACC_STEPS_PER_G;
}

static void body(const struct plethio_ppg *g, struct plethio_ppg_sample *s)
{
    int now = plethio_rhythm_beat(&g->rhythm, s->time_s);
    if (!s->on_wrist || !(g->p.pulse_percent > 0))
        return;
    s->breathing = plethio_rhythm_breath(&g->rhythm, s->time_s);
    s->breathing_rate = plethio_rhythm_breathing_rate(&g->rhythm, s->time_s);
    s->heart_rate = 60 / interval_after(g, now);
    s->pulse = pulse_wave(g, s->time_s, now) * (1 - g->p.breath_amplitude * s->breathing);
}

static void look(const struct plethio_ppg *g, double share, uint32_t number,
                 struct plethio_ppg_sample *s)
{
    const struct plethio_synth_ppg *p = &g->p;
    double t = s->time_s, width = TAU / 2 * p->flicker_hz * p->duty / p->rate_hz;
    double seen = width > 1e-9 ? sin(width) / width : 1;
    double ambient = p->ambient * (1 + p->flicker_percent / 100 * seen *
                                           cos(TAU * p->flicker_hz * t + g->flicker_phase));
    double blood = s->pulse - p->breath_baseline / 2 * s->breathing;
    double drift = 1 + p->drift_percent / 100 * wobble(g, WOBBLE_DRIFT, t);
    int c;
    for (c = 0; c < PLETHIO_PPG_CHANNELS; c++) {
        double moved = plethio_between(g->before.artefact[c], g->after.artefact[c], share);
        double light = p->level / 20 + 4 * ambient;
        moved = fmax(0.05, fmin(4, 1 + p->artefact_percent / 100 * moved));
        if (s->on_wrist)
            light = p->level * (1 - g->perfusion[c] * blood) * drift * moved + ambient;
        s->light[c] = p->channels >> c & 1 ? counts(p, light, number + (uint32_t)c) : (double)NAN;
    }
}

int plethio_ppg_next(struct plethio_ppg *ppg, struct plethio_ppg_sample *sample)
{
    const struct plethio_synth_ppg *p = &ppg->p;
    double t, share;
    uint32_t number;
    int k, i;
    do {
        k = ppg->sample++;
        if (k >= ppg->samples) {
            ppg->sample = ppg->samples;
            return 0;
        }
        t = plethio_sample_time(p->seed, k, p->rate_hz, p->jitter_ms);
    } while (!plethio_sample_kept(p->seed, k, p->drop_percent) || within(&p->gaps, t));
    while ((double)ppg->point / GRID_HZ <= t)
        step(ppg);
    share = t * GRID_HZ - (ppg->point - 1);
    number = 6 * (uint32_t)k;
    memset(sample, 0, sizeof *sample);
    sample->time_s = t;
    sample->on_wrist = !within(&p->off_wrist, t);
    for (i = 0; i < 3; i++) {
        double g = plethio_between(ppg->before.acc[i], ppg->after.acc[i], share);
        sample->acc_g[i] = acc_reading(p, g, number + 3 + (uint32_t)i);
    }
    sample->cadence = ppg->before.cadence;
    sample->motion_g = sqrt(plethio_between(ppg->before.square, ppg->after.square, share));
    body(ppg, sample);
    look(ppg, share, number, sample);
    return 1;
}
