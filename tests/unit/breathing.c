/* Breathing from motion and from the pulse's modulations, of known rate; nothing from noise. */
#include "test.h"

#include <stdint.h>
#include <string.h>

#include "vitals/breathing.h"

#define TAU 6.283185307179586
#define HZ 30.0
#define CHANNELS PLETH_TRACE_CHANNELS

static struct pleth_trace motion, colours;
static struct pleth_breathing breathing;
static struct pleth_breathing_picture picture = {.trace = &motion, .channels = CHANNELS};

static double uniform(void)
{
    static uint64_t s = 88172645463325252u;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return (double)(s >> 11) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(TAU * uniform());
}

struct person {
    double per_min, pulse_per_min;
    double chest_cells, head_cells, motion_noise; /* amplitude; deviation of a frame's motion */
    double baseline, amplitude, frequency;        /* modulations by breathing, of the pulse */
    double colour_noise;                          /* levels */
    double pulse;                                 /* of the light */
    double detuned;                               /* error of the pulse rate that is told, /min */
    double network;                               /* amplitude of a network's wave, in its noise */
};

/* Thirty frames a second; an update each second. */
static void play(const struct person *p, double seconds, int with_motion, int with_colours)
{
    const struct pleth_blood where = {&colours, -1, p->network > 0 ? 3 : -1};
    double phase = 0, before = 0;
    pleth_trace_init(&motion, CHANNELS, PLETH_BREATHING_HZ);
    pleth_trace_init(&colours, 4, HZ);
    pleth_breathing_init(&breathing);
    for (int i = 0; i < (int)(seconds * HZ); i++) {
        int64_t t_ns = llround(i / HZ * 1e9);
        double breath = sin(TAU * p->per_min / 60 * i / HZ), step = i ? breath - before : 0;
        double moved[CHANNELS], rgb[4], blood;
        static const double loss[3] = {0.43, 1, 0.69}, skin[3] = {160, 120, 95};
        before = breath;
        for (int c = 0; c < CHANNELS; c++) {
            /* vertical motion of the two lower middle blocks, and of the head */
            double cells = c == 19 || c == 21 ? p->chest_cells : c == 25 ? p->head_cells : 0;
            moved[c] = cells * step + p->motion_noise * normal();
        }
        pleth_trace_push(&motion, t_ns, moved);
        phase += TAU * p->pulse_per_min / 60 / HZ * (1 + p->frequency * breath);
        blood = p->pulse * ((1 + p->amplitude * breath) * 0.5 * cos(phase) + p->baseline * breath);
        for (int c = 0; c < 3; c++)
            rgb[c] = skin[c] * (1 - loss[c] * blood) + p->colour_noise * normal();
        /* it drifts, too: a sum of differences */
        rgb[3] = p->network * breath + normal() + 0.3 * i / HZ;
        pleth_trace_push(&colours, t_ns, rgb);
        if (i % 30 == 29)
            pleth_breathing_update(&breathing, with_motion ? &picture : NULL,
                                   with_colours ? &where : NULL,
                                   (p->pulse_per_min + p->detuned) / 60);
    }
}

static pleth_vital estimate(void)
{
    pleth_vital v = {0};
    pleth_breathing_estimate(&breathing, &v);
    return v;
}

/* Chest and head move, everything else is noise: all rates of children and adults. */
static void test_motion(void)
{
    for (double rate = 8; rate <= 40; rate += 2.3) {
        struct person p = {.per_min = rate,
                           .chest_cells = 0.15,
                           .head_cells = 0.05,
                           .motion_noise = 0.004,
                           .pulse_per_min = 70};
        play(&p, 36, 1, 0);
        pleth_vital v = estimate();
        CHECK_NEAR((double)v.value, rate, 1);
        CHECK(v.quality > 0.6f && v.sd < 2);
        CHECK(breathing.signs.motion_db > 0);
        CHECK_NEAR((double)breathing.signs.breaths, rate / 2, 1);
    }
}

/* What a network says of respiration speaks where nothing else does. */
static void test_network(void)
{
    for (double rate = 9; rate <= 36; rate += 2.7) {
        struct person p = {.per_min = rate, .pulse_per_min = 80, .colour_noise = 0.02};
        p.network = 3;
        play(&p, 36, 0, 1);
        CHECK_NEAR((double)estimate().value, rate, 1);
        CHECK(breathing.signs.modulation_db > 3);
    }
}

/* Each modulation alone, as colours carry it when there is no picture. */
static void test_modulations(void)
{
    for (int kind = 0; kind < 3; kind++)
        for (double rate = 9; rate <= 27; rate += 2.7) {
            struct person p = {
                .per_min = rate, .pulse_per_min = 80, .pulse = 0.01, .colour_noise = 0.02};
            p.baseline = kind == 0 ? 0.2 : 0;
            p.amplitude = kind == 1 ? 0.3 : 0;
            p.frequency = kind == 2 ? 0.06 : 0;
            /* the pulse rate is known to some per cent at best */
            p.detuned = kind == 2 ? 3 : 1;
            play(&p, 36, 0, 1);
            pleth_vital v = estimate();
            CHECK_NEAR((double)v.value, rate, 1);
            CHECK(v.sd < 2 && breathing.signs.modulation_db > 3);
            CHECK(breathing.signs.surprise > 10 && breathing.signs.mass > 0.9f);
        }
}

/* Both at once agree; motion alone is enough where colours are noise. */
static void test_together(void)
{
    struct person p = {.per_min = 15,
                       .pulse_per_min = 66,
                       .pulse = 0.01,
                       .colour_noise = 0.02,
                       .baseline = 0.2,
                       .amplitude = 0.15,
                       .frequency = 0.03,
                       .chest_cells = 0.1,
                       .motion_noise = 0.004};
    play(&p, 36, 1, 1);
    float both = estimate().quality;
    CHECK_NEAR((double)estimate().value, 15, 1);
    CHECK(both > 0.6f);
    p.pulse = 0;
    play(&p, 36, 1, 1);
    CHECK_NEAR((double)estimate().value, 15, 1);
    CHECK(estimate().quality < both);
}

/* Noise of every kind: no rate comes with quality. Stillness has finite values. */
static void test_nothing(void)
{
    int sure = 0;
    for (int run = 0; run < 40; run++) {
        struct person p = {.per_min = 15,
                           .pulse_per_min = 50 + run,
                           .colour_noise = 0.2,
                           .motion_noise = 0.01,
                           .pulse = run % 4 ? 0 : 0.01};
        play(&p, 32, run % 2 || run % 4 == 0, run % 4 != 1);
        sure += estimate().quality >= 0.5f;
    }
    CHECK(sure <= 1);
    struct person still = {.pulse_per_min = 60};
    play(&still, 32, 1, 1);
    pleth_vital v = estimate();
    CHECK(isfinite(v.value) && isfinite(v.sd) && v.quality < 0.3f);
    for (int i = 0; i < breathing.n; i++)
        CHECK(breathing.wave[i] == 0 || isfinite(breathing.wave[i]));
}

/* The wave is the breath: of mean square one, and of one sign from window to window. */
static void test_wave(void)
{
    struct person p = {
        .per_min = 14, .chest_cells = 0.2, .motion_noise = 0.002, .pulse_per_min = 70};
    int sign = 0;
    play(&p, 20, 1, 0);
    for (int second = 20; second < 40; second++) {
        double xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < 30; i++) {
            int k = second * 30 + i;
            double moved[CHANNELS];
            for (int c = 0; c < CHANNELS; c++)
                moved[c] = p.motion_noise * normal();
            moved[19] += 0.2 * (sin(TAU * 14 / 60 * k / HZ) - sin(TAU * 14 / 60 * (k - 1) / HZ));
            pleth_trace_push(&motion, llround(k / HZ * 1e9), moved);
        }
        CHECK(pleth_breathing_update(&breathing, &picture, NULL, 0) == 1);
        int n = breathing.n;
        for (int i = n / 4; i < n * 3 / 4; i++) {
            double t = (double)(motion.made - n + i) / PLETH_BREATHING_HZ;
            double truth = sin(TAU * 14 / 60 * t);
            xy += truth * breathing.wave[i];
            xx += truth * truth;
            yy += breathing.wave[i] * breathing.wave[i];
        }
        CHECK(fabs(xy) / sqrt(xx * yy) > 0.95);
        CHECK(sign == 0 || (xy > 0) == (sign > 0));
        sign = xy > 0 ? 1 : -1;
    }
    /* where the skin darkens as the chest rises, its wave is turned to go on from the chest's */
    double xy = 0, square = 0;
    pleth_trace_init(&colours, 3, HZ);
    for (int k = 0; k < 40 * 30; k++) {
        double green = 120 - 0.3 * sin(TAU * 14 / 60 * k / HZ), rgb[3] = {160, green, 95};
        pleth_trace_push(&colours, llround(k / HZ * 1e9), rgb);
    }
    CHECK(pleth_breathing_update(&breathing, NULL, &(struct pleth_blood){&colours, -1, -1}, 0) ==
          1);
    for (int i = 0; i < breathing.n; i++)
        xy += breathing.wave[i] * sin(TAU * 14 / 60 * (40 - 0.1 * (breathing.n - i)));
    CHECK((xy > 0) == (sign > 0) && fabs(xy) > 0.6 * breathing.n);
    for (int i = 0; i < breathing.n; i++)
        square += breathing.wave[i] * breathing.wave[i] / breathing.n;
    CHECK_NEAR(square, 1, 1e-6);
}

/* Under 9.5 s there is no rate, nor after a new start. */
static void test_short(void)
{
    struct person p = {.per_min = 30, .chest_cells = 0.2, .pulse_per_min = 70, .pulse = 0.01};
    play(&p, 9, 1, 1);
    CHECK(pleth_breathing_update(&breathing, &picture, &(struct pleth_blood){&colours, -1, -1},
                                 1) == 0);
    CHECK(pleth_breathing_update(&breathing, NULL, NULL, 0) == 0);
    CHECK(estimate().quality == 0 && breathing.started == 0);
    play(&p, 12, 1, 1);
    CHECK(breathing.started == 1);
    pleth_breathing_reset(&breathing);
    CHECK(breathing.started == 0 && breathing.n == 0 && estimate().quality == 0);
    CHECK(isfinite(estimate().value));
}

int main(void)
{
    test_motion();
    test_modulations();
    test_network();
    test_together();
    test_nothing();
    test_wave();
    test_short();
    return test_done();
}
