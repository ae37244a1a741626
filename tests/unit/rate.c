/* Colours over time -> pulse rate: known pulses, noise, light, bobbing heads. */
#include "test.h"

#include <stdint.h>
#include <string.h>

#include "camera/skin.h"
#include "camera/pulse.h"
#include "vitals/rate.h"

static int pulse_method;

/* The window's wave by the method, then the rate from it; 0 while there is too little. */
static int update(struct pleth_rate *r, const struct pleth_trace *colour, int parts, int background,
                  const struct pleth_trace *moves, int head)
{
    static double wave[PLETH_RATE_SAMPLES], work[PLETH_PULSE_TRACE_WORK(PLETH_RATE_SAMPLES)];
    int n = pleth_rate_window(colour);
    if (n == 0)
        return 0;
    pleth_pulse_of_trace(pulse_method, colour, n, r->band.lo_hz, r->band.hi_hz, wave, work);
    pleth_rate_update(r, colour, wave, parts, background, moves, head);
    return 1;
}

#define TAU 6.283185307179586
#define HZ 30.0
#define PARTS PLETH_SKIN_PARTS

static struct pleth_trace colours, motion;
static struct pleth_rate rate, again;

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

/* A person: skin under light, quarters and background. */
struct scene {
    double per_min, phase, percent; /* pulse, of green */
    double overtone;                /* second harmonic against the first */
    double noise;                   /* of a quarter's mean, levels */
    double light_percent;           /* change of all light at the pulse's own frequency */
    double skin_light_percent;      /* change of the light on the skin alone */
    double bob_cells, bob_per_min;
    double scale; /* unit of the colours */
    int lag;      /* 1: each quarter a quarter of a beat later than the one before */
};

static const struct scene usual = {.percent = 1, .noise = 0.1, .scale = 1, .overtone = 0.3};

static void play(const struct scene *s, double seconds, struct pleth_rate *r, int method, int parts,
                 int background)
{
    static const double skin[3] = {160, 120, 95}, wall[3] = {90, 100, 110};
    /* losses of light as cameras see them (Wang 2017) */
    static const double loss[3] = {0.43, 1, 0.69};
    int n = (int)(seconds * HZ);
    double x = 0;
    pleth_trace_init(&colours, 3 * (1 + parts + background), HZ);
    pleth_trace_init(&motion, 2, 10);
    pulse_method = method;
    pleth_rate_init(r, method, 40, 220);
    for (int i = 0; i < n; i++) {
        int64_t t_ns = llround(i / HZ * 1e9);
        double t = i / HZ, value[PLETH_SKIN_CHANNELS] = {0}, all[3] = {0}, before = x;
        double light = 1 + 0.01 * s->light_percent * sin(TAU * s->per_min / 60 * t + 1);
        double lamp = light * (1 + 0.01 * s->skin_light_percent * sin(TAU * s->per_min / 60 * t));
        for (int p = 0; p < PARTS; p++) {
            double a = TAU * s->per_min / 60 * t + s->phase - s->lag * TAU / 4 * p;
            double blood = 0.5 * (cos(a) + s->overtone * cos(2 * a + 2));
            for (int c = 0; c < 3; c++) {
                double v = skin[c] * lamp * (1 - 0.01 * s->percent * loss[c] * blood) +
                           s->noise * normal();
                all[c] += v / PARTS;
                if (parts)
                    value[3 + 3 * p + c] = s->scale * v;
            }
        }
        for (int c = 0; c < 3; c++) {
            value[c] = s->scale * all[c];
            if (background)
                value[3 + 3 * parts + c] = s->scale * (wall[c] * light + 0.02 * normal());
        }
        pleth_trace_push(&colours, t_ns, value);
        x = s->bob_cells * sin(TAU * s->bob_per_min / 60 * t);
        double moved[2] = {i ? 30 * (x - before + 1e-4 * normal()) : 0, 30e-4 * normal()};
        pleth_trace_push(&motion, t_ns, moved);
        if (i % 30 == 29)
            update(r, &colours, parts, background, &motion, 0);
    }
}

static pleth_vital estimate(const struct pleth_rate *r)
{
    pleth_vital v = {0};
    pleth_rate_estimate(r, &v);
    return v;
}

/* Every method, all rates, any phase and any unit: within 1 /min and sure of it. */
static void test_methods(void)
{
    for (int method = 0; method < PLETH_METHOD_COUNT; method++)
        for (double per_min = 45; per_min <= 200; per_min += 15.5) {
            struct scene s = usual;
            s.per_min = per_min;
            s.phase = per_min;
            play(&s, 12, &rate, method, PARTS, 1);
            pleth_vital v = estimate(&rate);
            CHECK_NEAR((double)v.value, per_min, 1);
            CHECK(v.quality > 0.9f && v.sd < 4);
            CHECK(rate.signs.coherence > 0.8f && rate.signs.mass > 0.9f);
            CHECK_NEAR((double)rate.signs.window_s, 10, 1e-6);
        }
}

/* Finer than the belief's states, and the same whatever the phase and the unit. */
static void test_fine(void)
{
    double sum = 0, square = 0;
    for (int i = 0; i < 20; i++) {
        struct scene s = usual;
        s.noise = 0.02;
        s.per_min = 71 + 0.1 * i;
        s.phase = 0.7 * i;
        s.scale = i % 2 ? 1 : 1e-6;
        play(&s, 14, &rate, PLETH_METHOD_POS, 0, 0);
        double error = (double)estimate(&rate).value - s.per_min;
        sum += error;
        square += error * error;
        CHECK(rate.signs.coherence == -1);
    }
    CHECK_NEAR(sum / 20, 0, 0.2);
    CHECK(sqrt(square / 20) < 0.3);
}

/* The fundamental's amplitude in levels of the colour that the method looks at. */
static void test_level(void)
{
    for (double percent = 0.25; percent <= 2; percent *= 2) {
        struct scene s = usual;
        s.per_min = 75;
        s.percent = percent;
        s.noise = 0.005;
        play(&s, 12, &rate, PLETH_METHOD_GREEN, 0, 0);
        /* blood swings half of `percent` either way, of 120 levels */
        CHECK_NEAR((double)rate.signs.level, 0.005 * percent * 120, 0.1 * 0.005 * percent * 120);
    }
}

/* White noise: no rate comes with quality. */
static void test_noise(void)
{
    int sure = 0, likely = 0;
    double worst = 0;
    for (int run = 0; run < 100; run++) {
        struct scene s = usual;
        s.per_min = 80;
        s.percent = 0;
        play(&s, 10, &rate, run % 2 ? PLETH_METHOD_POS : PLETH_METHOD_GREEN, PARTS, 1);
        float quality = estimate(&rate).quality;
        likely += quality > 0.3f;
        sure += quality >= 0.7f;
        worst = (double)quality > worst ? (double)quality : worst;
        CHECK(fabsf(rate.signs.background) < 0.5f);
    }
    CHECK(likely <= 5 && sure == 0);
    CHECK(worst < 0.7);
    /* nothing at all: no numbers, but finite ones */
    struct scene s = usual;
    s.percent = s.noise = 0;
    for (int method = 0; method < PLETH_METHOD_COUNT; method++) {
        play(&s, 12, &rate, method, PARTS, 1);
        pleth_vital v = estimate(&rate);
        CHECK(isfinite(v.value) && isfinite(v.sd) && v.quality < 0.05f);
        CHECK(rate.signs.level == 0);
        for (int i = 0; i < rate.n; i++)
            CHECK(isfinite(rate.wave[i]));
    }
}

/* Quarters that see the same pulse agree; noise of their own, or a wave that wanders through the
 * face, does not. */
static void test_coherence(void)
{
    struct scene s = usual;
    double sum = 0;
    s.per_min = 66;
    s.noise = 0.3;
    play(&s, 12, &rate, PLETH_METHOD_POS, PARTS, 1);
    CHECK(rate.signs.coherence > 0.6f);
    s.lag = 1;
    s.overtone = 0;
    play(&s, 12, &rate, PLETH_METHOD_POS, PARTS, 1);
    CHECK(rate.signs.coherence < 0.2f);
    s = usual;
    s.percent = 0;
    for (int run = 0; run < 30; run++) {
        play(&s, 10, &rate, PLETH_METHOD_GREEN, PARTS, 1);
        sum += (double)rate.signs.coherence / 30;
    }
    /* the rate is chosen where their sum is largest, hence not quite 0 */
    CHECK(sum > -0.3 && sum < 0.4);
}

/* Light that changes everywhere is seen on the wall; light that changes on the skin alone is not,
 * nor is a pulse. */
static void test_background(void)
{
    struct scene s = usual;
    s.per_min = 96;
    s.overtone = 0;
    play(&s, 12, &rate, PLETH_METHOD_GREEN, PARTS, 1);
    CHECK_NEAR((double)rate.signs.background, 0, 0.1);
    s.percent = 0;
    s.light_percent = 1;
    play(&s, 12, &rate, PLETH_METHOD_GREEN, PARTS, 1);
    CHECK_NEAR((double)rate.signs.background, 1, 0.1);
    play(&s, 12, &rate, PLETH_METHOD_GREEN, PARTS, 0);
    CHECK(rate.signs.background == 0);
    s.light_percent = 0;
    s.skin_light_percent = 1;
    play(&s, 12, &rate, PLETH_METHOD_GREEN, PARTS, 1);
    CHECK_NEAR((double)rate.signs.background, 0, 0.1);
}

/* A head that bobs at the pulse's rate, at another one, or not at all. */
static void test_motion(void)
{
    struct scene s = usual;
    s.per_min = s.bob_per_min = 84;
    s.bob_cells = 0.2;
    play(&s, 14, &rate, PLETH_METHOD_POS, PARTS, 1);
    CHECK(rate.signs.motion_share > 0.8f);
    CHECK_NEAR((double)rate.signs.motion_cells, 0.2, 0.03);
    s.bob_per_min = 130;
    play(&s, 14, &rate, PLETH_METHOD_POS, PARTS, 1);
    CHECK(rate.signs.motion_share < 0.1f);
    s.bob_cells = 0;
    play(&s, 14, &rate, PLETH_METHOD_POS, PARTS, 1);
    CHECK(rate.signs.motion_share < 0.5f && rate.signs.motion_cells < 0.003f);
    update(&rate, &colours, PARTS, 1, NULL, 0);
    CHECK(rate.signs.motion_share == 0 && rate.signs.motion_cells == 0);
}

/* The wave is the pulse: one sine in, the same sine out, upright (more blood, higher), in the
 * middle of the window. */
static void test_wave(void)
{
    for (int method = 0; method < PLETH_METHOD_COUNT; method++) {
        struct scene s = usual;
        double xy = 0, xx = 0, yy = 0;
        s.per_min = 72;
        s.overtone = 0;
        s.noise = 0.05;
        play(&s, 12, &rate, method, 0, 0);
        CHECK(rate.n == PLETH_RATE_SAMPLES && rate.end == colours.made);
        for (int i = 60; i < 240; i++) {
            double truth = cos(TAU * s.per_min / 60 * (double)(rate.end - rate.n + i) / HZ);
            xy += rate.wave[i] * truth;
            xx += rate.wave[i] * rate.wave[i];
            yy += truth * truth;
        }
        CHECK(xy / sqrt(xx * yy) > 0.97);
    }
}

/* A rate that changes is followed; short windows are refused; repeats are bit-equal. */
static void test_time(void)
{
    struct scene s = usual;
    s.per_min = 60;
    play(&s, 4.9, &rate, PLETH_METHOD_POS, PARTS, 1);
    CHECK(update(&rate, &colours, PARTS, 1, &motion, 0) == 0);
    CHECK(estimate(&rate).quality == 0 && rate.started == 0);
    play(&s, 12, &rate, PLETH_METHOD_POS, PARTS, 1);
    play(&s, 12, &again, PLETH_METHOD_POS, PARTS, 1);
    CHECK_NEAR((double)estimate(&rate).value, (double)estimate(&again).value, 0.3);
    memcpy(&again, &rate, sizeof(rate));
    update(&rate, &colours, PARTS, 1, &motion, 0);
    update(&again, &colours, PARTS, 1, &motion, 0);
    CHECK(memcmp(&rate.belief, &again.belief, sizeof(rate.belief)) == 0);
    CHECK(memcmp(rate.wave, again.wave, sizeof(rate.wave)) == 0);
    pleth_rate_reset(&rate);
    CHECK(estimate(&rate).quality == 0 && rate.n == 0);

    /* from 60 to 100 within 40 s, as one starts to exercise */
    double phase = 0, value[3], worst = 0;
    pleth_trace_init(&colours, 3, HZ);
    pulse_method = PLETH_METHOD_POS;
    pleth_rate_init(&rate, PLETH_METHOD_POS, 40, 220);
    for (int i = 0; i < 60 * 30; i++) {
        double t = i / HZ, now = t < 10 ? 60 : t < 50 ? 50 + t : 100;
        phase += TAU * now / 60 / HZ;
        value[0] = 160 * (1 - 0.002 * cos(phase)) + 0.05 * normal();
        value[1] = 120 * (1 - 0.005 * cos(phase)) + 0.05 * normal();
        value[2] = 95 * (1 - 0.0035 * cos(phase)) + 0.05 * normal();
        pleth_trace_push(&colours, llround(t * 1e9), value);
        if (i % 30 == 29 && update(&rate, &colours, 0, 0, NULL, 0)) {
            /* the window speaks of five seconds ago */
            double truth = t - 5 < 10 ? 60 : t - 5 < 50 ? 45 + t : 100;
            worst = fmax(worst, fabs((double)estimate(&rate).value - truth));
        }
    }
    CHECK(worst < 5);
    CHECK_NEAR((double)estimate(&rate).value, 100, 1);
}

int main(void)
{
    test_methods();
    test_fine();
    test_level();
    test_noise();
    test_coherence();
    test_background();
    test_motion();
    test_wave();
    test_time();
    return test_done();
}
