/* Oxygen saturation: the ratio of ratios of light that the test lays out, and of sensors on a body
 * of known saturation (synth_ppg.h), through the whole stream. */
#include "pleth/pleth.h"
#include "synth_ppg.h"
#include "test.h"
#include "vitals/oxygen.h"

static const double pi = 3.14159265358979323846;

static const float maxim[3] = {94.845f, 30.354f, -45.060f}, straight[3] = {110, -25, 0};

static unsigned seed = 3;

static double gauss(void)
{
    double u[2];
    for (int i = 0; i < 2; i++) {
        seed = seed * 1664525u + 1013904223u;
        u[i] = (seed + 0.5) / 4294967296.0;
    }
    return sqrt(-2 * log(u[0])) * cos(2 * pi * u[1]);
}

/* ---- the ratio ------------------------------------------------------------------------------ */

static struct pleth_trace trace;
static double work[PLETH_OXYGEN_WORK];

/* Ten seconds of two lights: red of 5e4 counts, infrared of 2e5, by Lambert's and Beer's law behind
 * blood that comes fast and goes slowly, breath and posture in the light. Counts that are turned
 * round are turned_from less those of the light. */
static double turned_from;

static void light_up(double ratio, double infrared, double noise)
{
    pleth_trace_init(&trace, 2, PLETH_WAVE_HZ);
    for (int i = 0; i <= 10 * PLETH_WAVE_HZ; i++) {
        double t = (double)i / PLETH_WAVE_HZ, beat = fmod(1.2 * t, 1);
        double blood = beat < 0.2 ? 0.5 - 0.5 * cos(pi * beat / 0.2)
                                  : 0.5 + 0.5 * cos(pi * (beat - 0.2) / 0.8);
        double slow = 1 + 0.02 * sin(2 * pi * 0.05 * t);
        double value[2] = {5e4 * slow * exp(-ratio * infrared * blood) + 5e4 * noise * gauss(),
                           2e5 * slow * exp(-infrared * blood) + 2e5 * noise * gauss()};
        for (int c = 0; c < 2 && turned_from > 0; c++)
            value[c] = turned_from - value[c];
        pleth_trace_push(&trace, (int64_t)(t * 1e9), value);
    }
}

static struct pleth_oxygen look(double low, double high)
{
    struct pleth_oxygen_light light = {&trace, 0, 1, low, high};
    struct pleth_oxygen o;
    pleth_oxygen_update(&o, &light, 1.2, work);
    return o;
}

static void ratios(void)
{
    struct pleth_oxygen o;
    pleth_vital v;

    for (double r = 0.3; r < 3; r += 0.3) {
        light_up(r, 0.02, 0);
        o = look(0, 0);
        CHECK(o.n == PLETH_OXYGEN_SAMPLES && o.obstacles == 0);
        CHECK_NEAR((double)o.ratio, r, 0.005 * r);
        CHECK((double)o.sd < 0.005 * r);
    }
    /* the scatter that noise makes is told */
    for (int k = 0; k < 2; k++) {
        double square = 0, said = 0;
        for (int i = 0; i < 100; i++) {
            light_up(0.8, 0.02, k ? 0.002 : 0.0005);
            o = look(0, 0);
            CHECK(o.obstacles == 0);
            square += ((double)o.ratio - 0.8) * ((double)o.ratio - 0.8) / 100;
            said += (double)o.sd * (double)o.sd / 100;
        }
        CHECK_NEAR(sqrt(said), sqrt(square), 0.35 * sqrt(square));
    }

    /* by the curve; a value is 0 to 100 per cent */
    light_up(0.8, 0.02, 0);
    o = look(0, 0);
    pleth_oxygen_estimate(&o, straight, &v);
    CHECK_NEAR((double)v.value, 90, 0.1);
    CHECK(v.sd >= 0.5f && v.quality > 0.99f);
    pleth_oxygen_estimate(&o, (const float[3]){200, 0, 0}, &v);
    CHECK(v.value == 100);
    pleth_oxygen_estimate(&o, (const float[3]){-5, 0, 0}, &v);
    CHECK(v.value == 0);
    /* ten times as steep, ten times as unsure */
    o.sd = 0.05f;
    pleth_oxygen_estimate(&o, straight, &v);
    CHECK_NEAR((double)v.sd, sqrt(1.25 * 1.25 + 0.25), 1e-3);
    CHECK_NEAR((double)v.quality, erf(2 / ((double)v.sd * sqrt(2))), 1e-3);
}

/* Counts that were turned round lie below a limit that must be known. */
static void turned(void)
{
    struct pleth_oxygen o;

    turned_from = 262143;
    light_up(0.6, 0.02, 0);
    turned_from = 0;
    o = look(0, 262143);
    CHECK(o.obstacles == 0);
    CHECK_NEAR((double)o.ratio, 0.6, 0.003);
    o = look(0, 0);
    CHECK(o.obstacles == PLETH_NOT_MEASURABLE_HERE);
    /* no light at all is left below this one */
    o = look(0, 1e5);
    CHECK(o.obstacles == PLETH_NOT_MEASURABLE_HERE);
}

static void nothing_to_tell(void)
{
    struct pleth_oxygen o;
    pleth_vital v;

    light_up(0.8, 0.02, 0.05); /* noise */
    CHECK(look(0, 0).obstacles == PLETH_NO_PULSE);
    light_up(0.8, 0, 0); /* no blood */
    CHECK(look(0, 0).obstacles == PLETH_NO_PULSE);
    light_up(-0.8, 0.02, 0); /* red that rises with it is none */
    CHECK(look(0, 0).obstacles == PLETH_NO_PULSE);
    light_up(4, 0.02, 0);
    CHECK(look(0, 0).obstacles == PLETH_UNSTABLE);
    pleth_trace_reset(&trace);
    o = look(0, 0);
    CHECK(o.n == 0 && o.obstacles == PLETH_WARMING_UP);
    pleth_oxygen_estimate(&o, straight, &v);
    CHECK(v.value == 0 && v.sd == 0 && v.quality == 0);
}

/* ---- the stream ----------------------------------------------------------------------------- */

static pleth_reading last;
static int answers, wrong;

/* Measures a body's red and infrared light; `answers` of its readings have a value, of which
 * `wrong` are more than 1 % from the truth. */
static void play(const struct plethio_synth_ppg *p, const pleth_config *config, double truth)
{
    static void *memory;
    struct plethio_ppg *ppg;
    struct plethio_ppg_sample x;
    pleth_stream *s;

    free(memory);
    memory = aligned_alloc(16, (pleth_size(config) + 15) / 16 * 16);
    CHECK(pleth_init(&s, memory, pleth_size(config), config) == PLETH_OK);
    CHECK(plethio_ppg_open(&ppg, p, NULL) == 0);
    answers = wrong = 0;
    while (plethio_ppg_next(ppg, &x)) {
        pleth_sample sample = {.time_ns = (int64_t)(x.time_s * 1e9)};
        pleth_reading r;
        sample.ppg[0] = (float)x.light[PLETHIO_PPG_RED];
        sample.ppg[1] = (float)x.light[PLETHIO_PPG_INFRARED];
        for (int i = 0; i < 3; i++)
            sample.acceleration[i] = (float)x.acc_g[i];
        CHECK(pleth_push_sample(s, &sample, 1) == PLETH_OK);
        while (pleth_pull(s, &r) == PLETH_OK) {
            const pleth_vital *v = &r.oxygen_saturation;
            CHECK(v->have ? v->reasons == 0 && v->quality >= 0.7f : v->reasons != 0);
            CHECK(isfinite(v->value) && isfinite(v->sd) && v->value >= 0 && v->value <= 100);
            CHECK(!v->have || r.heart_rate.have);
            CHECK(!v->have || v->window_end_s - v->window_start_s == 8);
            answers += v->have;
            wrong += v->have && fabs((double)v->value - truth) > 1;
            last = r;
        }
    }
    plethio_ppg_close(&ppg);
}

static pleth_config config_with(const float curve[3])
{
    pleth_config c;
    pleth_config_default(&c);
    c.sensor.channels = 2;
    c.sensor.light[0] = PLETH_LIGHT_RED;
    c.sensor.light[1] = PLETH_LIGHT_INFRARED;
    c.sensor.motion = 1;
    c.every_s = 2;
    for (int i = 0; i < 3; i++)
        c.oxygen_curve[i] = curve[i];
    return c;
}

static struct plethio_synth_ppg body(double per_min, uint64_t number)
{
    struct plethio_synth_ppg p;
    plethio_synth_ppg_default(&p);
    p.channels = 1 << PLETHIO_PPG_RED | 1 << PLETHIO_PPG_INFRARED;
    p.seed = number;
    plethio_profile_constant(&p.heart, per_min);
    return p;
}

static void saturations(void)
{
    const float *const curves[2] = {maxim, straight};
    for (int k = 0; k < 2; k++) {
        const double curve[3] = {(double)curves[k][0], (double)curves[k][1], (double)curves[k][2]};
        for (double percent = 70; percent <= 100; percent += 5) {
            pleth_config config = config_with(curves[k]);
            struct plethio_synth_ppg p = body(55 + percent / 2, (uint64_t)percent);
            /* Maxim's curve does not reach 100 */
            double truth = k == 0 && percent == 100 ? 99.5 : percent;
            CHECK(plethio_ppg_ratio(curve, truth, &p.ratio) == 0);
            CHECK_NEAR(curve[0] + curve[1] * p.ratio + curve[2] * p.ratio * p.ratio, truth, 1e-9);
            p.noise_percent = 0.01;
            play(&p, &config, truth);
            CHECK(answers > 10 && wrong == 0);
            /* turned round: of a known limit, and of none */
            p.inverted = 1;
            config.sensor.high = (float)(ldexp(1, p.adc_bits) - 1);
            play(&p, &config, truth);
            CHECK(answers > 10 && wrong == 0);
            config.sensor.high = 0;
            play(&p, &config, truth);
            CHECK(answers == 0 && last.oxygen_saturation.reasons & PLETH_NOT_MEASURABLE_HERE);
        }
    }
}

static uint32_t refused(const struct plethio_synth_ppg *p, const pleth_config *config)
{
    play(p, config, 0);
    CHECK(answers == 0);
    return last.oxygen_saturation.reasons;
}

static void refusals(void)
{
    pleth_config config = config_with(straight), other;
    struct plethio_synth_ppg p = body(70, 1);
    double ratio;

    plethio_profile_constant(&p.cadence, 110);
    CHECK(refused(&p, &config) & PLETH_MOTION);
    /* a finger as cold as that */
    p = body(70, 2);
    p.pulse_percent = 0.1;
    CHECK(refused(&p, &config) & PLETH_NO_PULSE);
    p.pulse_percent = 0;
    CHECK(refused(&p, &config) != 0);
    p = body(70, 3);
    p.level = 0.998;
    p.pulse_percent = 4;
    config.sensor.high = (float)(ldexp(1, p.adc_bits) - 1);
    config.sensor.low = -1;
    CHECK(refused(&p, &config) & PLETH_SATURATED);
    p = body(70, 4);
    config = config_with(straight);
    play(&p, &config, 97.5);
    CHECK(answers > 10 && wrong == 0);

    /* no curve, no red light, no infrared */
    other = config;
    other.oxygen_curve[0] = other.oxygen_curve[1] = 0;
    CHECK(refused(&p, &other) == PLETH_NOT_MEASURABLE_HERE);
    for (int i = 0; i < 2; i++) {
        other = config;
        other.sensor.light[i] = PLETH_LIGHT_GREEN;
        CHECK(refused(&p, &other) == PLETH_NOT_MEASURABLE_HERE);
    }
    CHECK(refused(&p, &other) == PLETH_NOT_MEASURABLE_HERE);

    for (int i = 0; i < 3; i++) {
        other = config;
        other.oxygen_curve[i] = NAN;
        CHECK(pleth_size(&other) == 0);
        other.oxygen_curve[i] = -2e6f;
        CHECK(pleth_size(&other) == 0);
    }
    CHECK(plethio_ppg_ratio((const double[3]){110, -25, 0}, 111, &ratio) != 0);
    CHECK(plethio_ppg_ratio((const double[3]){110, 25, 0}, 90, &ratio) != 0);
    CHECK(plethio_ppg_ratio((const double[3]){0, 0, 0}, 90, &ratio) != 0);
    CHECK(plethio_ppg_ratio((const double[3]){94.845, 30.354, -45.06}, 100, &ratio) != 0);
}

/* A camera, whatever it is told. */
static void camera(void)
{
    pleth_config config;
    pleth_stream *s;
    pleth_reading r;
    void *memory;
    int readings = 0;

    pleth_config_default(&config);
    config.oxygen_curve[0] = 110;
    config.oxygen_curve[1] = -25;
    memory = aligned_alloc(16, (pleth_size(&config) + 15) / 16 * 16);
    CHECK(pleth_init(&s, memory, pleth_size(&config), &config) == PLETH_OK);
    for (int i = 0; i < 600; i++) {
        float pulse = 1 + 0.01f * (float)sin(2 * pi * 1.2 * i / 30);
        const float rgb[3] = {150, 100 * pulse, 80};
        CHECK(pleth_push_rgb(s, (int64_t)i * 33333333, rgb) == PLETH_OK);
        for (; pleth_pull(s, &r) == PLETH_OK; readings++) {
            CHECK(!r.oxygen_saturation.have && r.oxygen_saturation.value == 0);
            CHECK(r.oxygen_saturation.reasons == PLETH_NOT_MEASURABLE_HERE);
        }
    }
    CHECK(readings > 15);
    free(memory);
}

int main(void)
{
    ratios();
    turned();
    nothing_to_tell();
    saturations();
    refusals();
    camera();
    return test_done();
}
