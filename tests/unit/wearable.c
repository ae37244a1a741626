/* A wearable sensor through pleth.h alone: light and acceleration of a closed form in, readings
 * out. */
#include "test.h"

#include <limits.h>
#include <stdint.h>

#include "pleth/pleth.h"

#define TAU 6.283185307179586
#define SECOND 1000000000LL
#define MOST 400 /* readings of a run */

static uint64_t noise_state;

static double uniform(void)
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    noise_state ^= noise_state << 17;
    return (double)(noise_state >> 11) / 9007199254740992.0;
}

/* Mean 0, deviation 1. */
static double noise(void)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform();
    return sum;
}

/* ---- a body and what it wears --------------------------------------------------------------- */

/* What a channel does from `odd_from_s` to `odd_to_s`. */
enum odd { CLIPS, HOLDS, SAYS_NOTHING, RINGS };

struct body {
    double per_min, pulse; /* the first harmonic's share of the light, per cent */
    double later_per_min;  /* from later_from_s on; 0: the same */
    double later_from_s;
    double cadence, gait; /* steps a minute, 0: at rest; strength of their lines in pulses */
    double breaths_per_min, breath; /* of the baseline, in pulses */
    double noise;                   /* of light, in pulses */
    double seconds, rate_hz;
    double jitter;        /* of a sample's time, in steps either way */
    double scale, offset; /* of the light's unit */
    double unit;          /* of acceleration, per g */
    double missing;       /* share of values that are no numbers */
    double gap_at_s, gap_s;
    int odd_channels; /* bits */
    enum odd odd;
    double odd_from_s, odd_to_s;
    uint64_t seed;
};

static const struct body sitting = {.per_min = 72,
                                    .pulse = 1,
                                    .noise = 0.3,
                                    .seconds = 40,
                                    .rate_hz = 50,
                                    .scale = 1,
                                    .unit = 1,
                                    .odd_to_s = 1e9,
                                    .seed = 1};

static pleth_sensor_config wrist(int channels, int motion)
{
    pleth_sensor_config c = {.channels = channels, .motion = motion};
    for (int i = 0; i < channels; i++)
        c.light[i] = PLETH_LIGHT_GREEN + i % 3;
    return c;
}

static pleth_config with(pleth_sensor_config sensor)
{
    pleth_config config;
    pleth_config_default(&config);
    config.rate_min = 30;
    config.sensor = sensor;
    return config;
}

static double true_rate(const struct body *b, double t)
{
    return b->later_per_min > 0 && t >= b->later_from_s ? b->later_per_min : b->per_min;
}

/* Phase of the pulse, which goes on where the rate changes. */
static double true_phase(const struct body *b, double t)
{
    double first = b->later_per_min > 0 && t > b->later_from_s ? b->later_from_s : t;
    return TAU / 60 * (first * b->per_min + (t - first) * b->later_per_min);
}

/* One instant: three harmonics of the pulse; of steps the swing of the arm at half their rate, and
 * their own two lines, a little later in the light than in the acceleration. */
static pleth_sample take(const struct body *b, double t)
{
    double beat = true_phase(b, t), step = TAU * b->cadence / 60 * t, late = step - 0.7;
    double pulse = cos(beat) + 0.5 * cos(2 * beat + 0.9) + 0.2 * cos(3 * beat + 1.6);
    double gait =
        b->cadence > 0 ? 0.6 * cos(0.5 * late) + cos(late) + 0.5 * cos(2 * late + 0.4) : 0;
    double g[3] = {0.36, -0.48, 0.8};
    pleth_sample s = {.time_ns = llround(t * 1e9)};

    for (int c = 0; c < PLETH_PPG_CHANNELS; c++) {
        double part = pulse / (1 + c) + b->gait * gait + b->noise * noise() +
                      b->breath * sin(TAU * b->breaths_per_min / 60 * t);
        double light = 1000 * (1 + 0.01 * b->pulse * part);
        if (b->pulse <= 0)
            light = 1000 * (1 + 0.01 * noise());
        if (b->odd_channels & 1 << c && t >= b->odd_from_s && t < b->odd_to_s)
            light = b->odd == CLIPS   ? 1e6
                    : b->odd == HOLDS ? 990
                    : b->odd == RINGS ? 1e6 * (1.5 + 0.4 * cos(TAU * 110 / 60 * t))
                                      : (double)NAN;
        s.ppg[c] = uniform() < b->missing ? NAN : (float)(b->scale * light + b->offset);
    }
    if (b->cadence > 0) {
        g[0] += 0.25 * cos(0.5 * step);
        g[1] += 0.1 * cos(step + 0.5);
        g[2] += 0.3 * cos(step) + 0.15 * cos(2 * step + 0.4);
    }
    for (int c = 0; c < 3; c++)
        s.acceleration[c] =
            uniform() < b->missing ? NAN : (float)(b->unit * (g[c] + 0.002 * noise()));
    return s;
}

static pleth_sample samples[20000];
static int taken;

static void record(const struct body *b)
{
    noise_state = 88172645463325252u * (2 * b->seed + 1);
    taken = 0;
    for (int i = 0; i < (int)(b->seconds * b->rate_hz) && taken < 20000; i++) {
        double t = (i + b->jitter * (2 * uniform() - 1) + 1) / b->rate_hz;
        if (b->gap_s > 0 && t > b->gap_at_s && t < b->gap_at_s + b->gap_s)
            continue;
        samples[taken++] = take(b, t);
    }
}

/* ---- a stream ------------------------------------------------------------------------------- */

static pleth_stream *open_stream(const pleth_config *config)
{
    static void *memory;
    pleth_stream *stream = NULL;
    free(memory);
    memory = aligned_alloc(16, (pleth_size(config) + 15) / 16 * 16);
    CHECK(pleth_init(&stream, memory, pleth_size(config), config) == PLETH_OK && stream);
    return stream;
}

static void check_vital(const pleth_vital *v)
{
    CHECK(isfinite(v->value) && isfinite(v->sd) && v->sd >= 0);
    CHECK(v->quality >= 0 && v->quality <= 1);
    CHECK(v->have == 0 || v->have == 1);
    CHECK(v->have ? v->quality >= 0.7f && v->reasons == 0 : v->reasons != 0);
    CHECK(v->reasons >> PLETH_REASON_COUNT == 0);
    CHECK(isfinite(v->window_start_s) && v->window_start_s <= v->window_end_s);
    CHECK(v->reserved == 0);
}

static pleth_reading readings[MOST];
static int count;

static void pull_all(pleth_stream *s)
{
    pleth_reading r;
    int status;
    while ((status = pleth_pull(s, &r)) == PLETH_OK) {
        check_vital(&r.heart_rate);
        check_vital(&r.breathing_rate);
        CHECK(isfinite(r.rate_hz) && r.rate_hz >= 0);
        CHECK(isfinite(r.motion) && r.motion >= 0 && isfinite(r.cadence) && r.cadence >= 0);
        CHECK(r.face.width == 0 && r.skin_rgb[0] == 0);
        if (count < MOST)
            readings[count++] = r;
    }
    CHECK(status == PLETH_AGAIN);
}

/* Pushes what was recorded, `block` samples at once; all readings are in readings[count]. */
static void push_all(pleth_stream *s, int block)
{
    count = 0;
    for (int i = 0; i < taken; i += block) {
        CHECK(pleth_push_sample(s, samples + i, taken - i < block ? taken - i : block) == PLETH_OK);
        pull_all(s);
    }
}

static void play(const struct body *b, pleth_sensor_config sensor)
{
    pleth_config config = with(sensor);
    record(b);
    push_all(open_stream(&config), 1);
}

/* Share of readings from from_s to to_s that give the pulse, all of them rightly. */
static double answered(const struct body *b, double from_s, double to_s, double tolerance)
{
    int n = 0, have = 0;
    for (int i = 0; i < count; i++)
        if (readings[i].time_s >= from_s && readings[i].time_s < to_s) {
            n++;
            if (readings[i].heart_rate.have) {
                have++;
                CHECK_NEAR((double)readings[i].heart_rate.value, true_rate(b, readings[i].time_s),
                           tolerance);
            }
        }
    return n ? (double)have / n : 0;
}

static const pleth_reading *last(void)
{
    return &readings[count - 1];
}

/* The readings of two runs: as near as rounding leaves them. */
static pleth_reading before[MOST];
static int count_before;

static void keep(void)
{
    memcpy(before, readings, sizeof(readings));
    count_before = count;
}

static void check_same(double tolerance)
{
    CHECK(count == count_before);
    for (int i = 0; i < count; i++) {
        CHECK_NEAR((double)readings[i].heart_rate.value, (double)before[i].heart_rate.value,
                   tolerance);
        CHECK_NEAR((double)readings[i].heart_rate.quality, (double)before[i].heart_rate.quality,
                   tolerance);
        CHECK(readings[i].heart_rate.have == before[i].heart_rate.have);
        CHECK(readings[i].heart_rate.reasons == before[i].heart_rate.reasons);
    }
}

/* ---- the pulse ------------------------------------------------------------------------------ */

static const double rates[] = {25, 50, 125, 256};

/* Slow pulses count little against what breath and posture move: there a reading may be missing,
 * but none may be wrong. */
static void test_rest(void)
{
    for (int i = 0; i < 4; i++)
        for (double per_min = 40; per_min <= 180; per_min += 10) {
            struct body b = sitting;
            b.per_min = per_min;
            b.rate_hz = rates[i];
            b.seed = (uint64_t)(per_min + i);
            for (int motion = 0; motion < 2; motion++) {
                play(&b, wrist(1, motion));
                CHECK(count == 39);
                CHECK(answered(&b, 20, 40, 1.5) == 1 || per_min < 60);
                CHECK_NEAR((double)last()->heart_rate.value, per_min, per_min < 50 ? 5 : 1.5);
                CHECK_NEAR((double)last()->rate_hz, rates[i], 0.1);
                CHECK(last()->cadence == 0 && last()->motion < 0.02f);
                CHECK(readings[1].heart_rate.reasons == PLETH_WARMING_UP);
            }
        }
}

/* Times as Bluetooth leaves them: a third of a step either way. */
static void test_uneven(void)
{
    for (int i = 0; i < 4; i++)
        for (double per_min = 60; per_min < 180; per_min += 30) {
            struct body b = sitting;
            b.per_min = per_min;
            b.rate_hz = rates[i];
            b.jitter = 0.33;
            play(&b, wrist(1, 1));
            CHECK(answered(&b, 20, 40, 1.5) == 1);
        }
}

/* Steps are twice as strong in the light as the pulse. */
static void test_gait(void)
{
    static const double pair[][2] = {{72, 105}, {85, 110}, {130, 100}, {150, 168}, {95, 120}};
    for (int i = 0; i < 5; i++)
        for (int r = 0; r < 4; r++) {
            struct body b = sitting;
            b.per_min = pair[i][0];
            b.cadence = pair[i][1];
            b.gait = 2;
            b.seconds = 60;
            b.rate_hz = rates[r];
            b.seed = (uint64_t)(10 * i + r);
            play(&b, wrist(1, 1));
            CHECK(answered(&b, 16, 60, 3) > 0.8);
            CHECK(last()->motion > 0.1f);
            /* the strongest rhythm of the three axes: steps, or the arm */
            CHECK(fabs((double)last()->cadence - b.cadence) < 3 ||
                  fabs((double)last()->cadence - b.cadence / 2) < 3);
        }
}

/* How often readings are asked for changes neither what they say nor how sure they are. */
static void test_every(void)
{
    static const float every[] = {2, 0.1f, 0.25f, 1, 5};
    double quality = 0;
    for (int i = 0; i < 5; i++) {
        struct body b = sitting;
        pleth_config config = with(wrist(1, 1));
        pleth_stream *s;
        config.every_s = every[i];
        b.seconds = 38;
        record(&b);
        s = open_stream(&config);
        push_all(s, 1);
        CHECK(abs(count - (int)(38 / (double)every[i])) <= 1);
        CHECK(answered(&b, 20, 38, 1.5) == 1);
        /* and once more at the end, when nothing new has come */
        CHECK(pleth_flush(s) == PLETH_OK);
        pull_all(s);
        CHECK(last()->heart_rate.have);
        quality = i == 0 ? (double)last()->heart_rate.quality : quality;
        CHECK_NEAR((double)last()->heart_rate.quality, quality, 0.02);
    }
}

/* ---- units ---------------------------------------------------------------------------------- */

static void test_units(void)
{
    static const double scale[] = {1000, 1e-6, 1e6, 1e9, 1e12};
    struct body b = sitting;
    b.cadence = 105;
    b.gait = 1.5;
    play(&b, wrist(2, 1));
    CHECK(answered(&b, 20, 40, 3) > 0.5);
    keep();
    /* of either polarity */
    b.scale = -1;
    play(&b, wrist(2, 1));
    check_same(0);
    for (int i = 0; i < 5; i++) {
        b.scale = scale[i];
        play(&b, wrist(2, 1));
        check_same(0.02);
    }
    b.scale = 1;
    b.offset = 5000;
    play(&b, wrist(2, 1));
    check_same(0.02);
    b.offset = 0;
    b.unit = 9.80665;
    play(&b, wrist(2, 1));
    check_same(0.02);
    b.unit = 4096;
    play(&b, wrist(2, 1));
    check_same(0.02);
}

/* Whole numbers say what floats say, and a block what its samples say. */
static void test_ways_in(void)
{
    struct body b = sitting;
    pleth_config config = with(wrist(2, 1));
    pleth_stream *s;
    b.unit = 4096;
    b.scale = 100;
    b.seconds = 30;
    record(&b);
    for (int i = 0; i < taken; i++) {
        for (int c = 0; c < 2; c++)
            samples[i].ppg[c] = rintf(samples[i].ppg[c]);
        for (int c = 0; c < 3; c++)
            samples[i].acceleration[c] = rintf(samples[i].acceleration[c]);
    }
    push_all(open_stream(&config), 1);
    keep();
    for (int block = 2; block < 200; block *= 3) {
        push_all(open_stream(&config), block);
        CHECK(count == count_before &&
              memcmp(readings, before, (size_t)count * sizeof(*readings)) == 0);
    }
    s = open_stream(&config);
    count = 0;
    for (int i = 0; i < taken; i++) {
        int32_t ppg[2], acceleration[3];
        for (int c = 0; c < 2; c++)
            ppg[c] = (int32_t)samples[i].ppg[c];
        for (int c = 0; c < 3; c++)
            acceleration[c] = (int32_t)samples[i].acceleration[c];
        CHECK(pleth_push_counts(s, samples[i].time_ns, ppg, acceleration) == PLETH_OK);
        pull_all(s);
    }
    CHECK(count == count_before &&
          memcmp(readings, before, (size_t)count * sizeof(*readings)) == 0);
    /* channels beyond the sensor's, and axes that it does not have, are not looked at */
    for (int i = 0; i < taken; i++)
        samples[i].ppg[2] = samples[i].ppg[3] = NAN;
    push_all(open_stream(&config), 1);
    CHECK(memcmp(readings, before, (size_t)count * sizeof(*readings)) == 0);
    config = with(wrist(1, 0));
    push_all(open_stream(&config), 1);
    keep();
    for (int i = 0; i < taken; i++)
        samples[i].acceleration[0] = samples[i].ppg[1] = NAN;
    push_all(open_stream(&config), 1);
    CHECK(memcmp(readings, before, (size_t)count * sizeof(*readings)) == 0);
}

/* ---- what is not there ---------------------------------------------------------------------- */

/* From the twentieth second on one channel of two, then both, say nothing. */
static void test_mute(void)
{
    static const uint32_t reason[] = {PLETH_SATURATED, PLETH_OFF_WRIST, PLETH_OFF_WRIST,
                                      PLETH_SATURATED};
    for (int limits = 0; limits < 2; limits++)
        for (int odd = CLIPS; odd <= (limits ? RINGS : SAYS_NOTHING); odd++) {
            pleth_sensor_config sensor = wrist(2, 1);
            struct body b = sitting;
            if (limits) {
                sensor.low = 0;
                sensor.high = 1e6f;
            }
            b.odd = (enum odd)odd;
            b.odd_from_s = 20;
            b.seconds = 60;
            b.odd_channels = 1;
            play(&b, sensor);
            CHECK(answered(&b, 20, 60, 1.5) == 1);
            b.odd_from_s = 0;
            play(&b, sensor);
            CHECK(answered(&b, 20, 60, 1.5) == 1);
            b.odd_from_s = 20;
            b.odd_channels = 3;
            play(&b, sensor);
            for (int i = 0; i < count; i++)
                if (readings[i].time_s > 23) {
                    CHECK(readings[i].heart_rate.reasons & reason[odd]);
                    CHECK(!readings[i].heart_rate.have);
                }
            /* on again: the step is to have left both windows, and the belief to trust them */
            b.odd_to_s = 30;
            b.seconds = 70;
            play(&b, sensor);
            CHECK(answered(&b, 60, 70, 1.5) == 1);
            /* from the first sample on */
            b.odd_from_s = 0;
            b.odd_to_s = 1e9;
            play(&b, sensor);
            CHECK(answered(&b, 0, 60, 0) == 0);
            for (int i = 0; i < count; i++)
                if (readings[i].time_s > 3)
                    CHECK(readings[i].heart_rate.reasons & (PLETH_SATURATED | PLETH_OFF_WRIST));
        }
}

/* A tenth of the values are no numbers, then nine tenths, then nearly all. */
static void test_missing(void)
{
    struct body b = sitting;
    b.missing = 0.1;
    play(&b, wrist(1, 1));
    CHECK(answered(&b, 20, 40, 1.5) == 1);
    b.missing = 0.9;
    play(&b, wrist(1, 1));
    CHECK(answered(&b, 0, 40, 1.5) < 0.5);
    b.missing = 0.98;
    play(&b, wrist(1, 1));
    CHECK(answered(&b, 0, 40, 0) == 0);
    /* values that no sensor gives */
    for (int motion = 0; motion < 2; motion++) {
        static const float hostile[] = {1e38f, -1e38f, 3e19f, -3e19f, INFINITY, 1e-40f, NAN};
        pleth_config config = with(wrist(1, motion));
        record(&sitting);
        for (int i = 0; i < taken; i++) {
            samples[i].ppg[0] = hostile[i * 7 / 3 % 7];
            samples[i].acceleration[i % 3] = hostile[i % 7];
        }
        push_all(open_stream(&config), 1);
        CHECK(answered(&sitting, 0, 40, 0) == 0);
    }
}

static void test_gap(void)
{
    /* the pulse is the same after the gap, or as far away as a heart gets in ten seconds */
    static const double later[] = {72, 80, 95, 60, 50};
    for (int i = 0; i < 5; i++) {
        struct body b = sitting;
        int told = 0;
        b.gap_at_s = 25;
        b.gap_s = 10;
        b.seconds = 80;
        b.later_per_min = later[i];
        b.later_from_s = 30;
        play(&b, wrist(1, 1));
        for (int k = 0; k < count; k++) {
            const pleth_reading *r = &readings[k];
            CHECK(r->time_s < 25.1 || r->time_s > 34.9);
            if (r->time_s > 34.9 && r->time_s < 38.5) {
                told += (r->heart_rate.reasons & (PLETH_GAP | PLETH_WARMING_UP)) != 0;
                CHECK(!r->heart_rate.have);
                /* what was believed is believed still */
                CHECK_NEAR((double)r->heart_rate.value, 72, 4);
            }
        }
        CHECK(told >= 3);
        CHECK(answered(&b, 20, 25, 1.5) == 1);
        /* the windows have a beat or two of the old rate at most */
        answered(&b, 35, 80, 5);
        CHECK(answered(&b, 65, 80, 1.5) == 1);
    }
    /* half a second is bridged */
    struct body b = sitting;
    b.gap_at_s = 25;
    b.gap_s = 0.5;
    play(&b, wrist(1, 1));
    CHECK(answered(&b, 20, 40, 1.5) == 1);
    /* ten samples a second carry no pulse that can be trusted */
    b = sitting;
    b.rate_hz = 10;
    play(&b, wrist(1, 1));
    CHECK(answered(&b, 0, 40, 0) == 0);
    CHECK(last()->heart_rate.reasons & PLETH_LOW_RATE);
}

/* Light that is noise alone: with an accelerometer that lies still, and without one. */
static void test_noise(void)
{
    for (int motion = 0; motion < 2; motion++) {
        int n = 0, have = 0;
        for (uint64_t seed = 1; seed <= 10; seed++) {
            struct body b = sitting;
            b.pulse = 0;
            b.seed = seed;
            b.seconds = 60;
            play(&b, wrist(1, motion));
            for (int i = 0; i < count; i++)
                if (readings[i].time_s > 5) {
                    n++;
                    have += readings[i].heart_rate.have;
                }
        }
        CHECK(n > 500);
        CHECK(have <= 0.1 * n);
    }
}

/* ---- the stream's other promises ------------------------------------------------------------ */

static void test_time(void)
{
    pleth_config config = with(wrist(1, 1));
    pleth_stream *s = open_stream(&config);
    pleth_sample early;
    record(&sitting);
    CHECK(pleth_push_sample(s, samples, 1000) == PLETH_OK);
    CHECK(*pleth_errmsg(s) == 0);
    early = samples[999];
    CHECK(pleth_push_sample(s, &early, 1) == PLETH_ETIME);
    early.time_ns -= SECOND / 100;
    CHECK(pleth_push_sample(s, &early, 1) == PLETH_ETIME);
    CHECK(*pleth_errmsg(s));
    early.time_ns = INT64_MAX;
    CHECK(pleth_push_sample(s, &early, 1) == PLETH_ETIME);
    early.time_ns = INT64_MIN;
    CHECK(pleth_push_sample(s, &early, 1) == PLETH_ETIME);
    /* of a block all before the one that runs back are taken */
    samples[1100].time_ns = samples[900].time_ns;
    CHECK(pleth_push_sample(s, samples + 1000, 300) == PLETH_ETIME);
    CHECK(pleth_push_sample(s, samples + 1101, 899) == PLETH_OK);
    count = 0;
    pull_all(s);
    CHECK(count == 8 && answered(&sitting, 0, 40, 1.5) == 1);
    /* stray stamps among good ones, however many, are no clock that was set */
    for (int i = 0; i < 60; i++) {
        early.time_ns = samples[taken - 1].time_ns - (60 - i) * 3 * SECOND;
        CHECK(pleth_push_sample(s, &early, 1) == PLETH_ETIME);
    }
    early.time_ns = samples[taken - 1].time_ns + SECOND / 50;
    CHECK(pleth_push_sample(s, &early, 1) == PLETH_OK);
    pull_all(s);
    /* a clock that stays back has been set: all begins anew */
    for (int i = 0; i < taken; i++)
        samples[i].time_ns = i * SECOND / 50 - 1000 * SECOND;
    count = 0;
    for (int i = 0; i < taken; i++) {
        int status = pleth_push_sample(s, samples + i, 1);
        CHECK(status ==
              (samples[i].time_ns <= -1000 * SECOND + SECOND / 2 ? PLETH_ETIME : PLETH_OK));
        pull_all(s);
    }
    CHECK(count == 39 && readings[0].time_s < 2);
    CHECK(readings[0].heart_rate.reasons & PLETH_WARMING_UP);
    CHECK(answered(&sitting, 20, 40, 1.5) == 1);
}

static void test_refused(void)
{
    static const float skin[3] = {150, 110, 90};
    static uint8_t grey[16 * 16];
    static const int32_t counts[3] = {1, 2, 3};
    pleth_frame frame = {
        .format = PLETH_GRAY8, .width = 16, .height = 16, .plane = {grey}, .stride = {16}};
    pleth_config config = with(wrist(1, 1));
    pleth_stream *s = open_stream(&config);
    pleth_sample sample = {.time_ns = 1};
    CHECK(pleth_push_frame(s, &frame) == PLETH_EINVAL && strstr(pleth_errmsg(s), "samples"));
    s = open_stream(&config);
    CHECK(pleth_push_rgb(s, 1, skin) == PLETH_EINVAL && strstr(pleth_errmsg(s), "samples"));
    CHECK(pleth_push_sample(NULL, &sample, 1) == PLETH_EINVAL);
    CHECK(pleth_push_sample(s, NULL, 1) == PLETH_EINVAL);
    CHECK(pleth_push_sample(s, &sample, -1) == PLETH_EINVAL);
    CHECK(pleth_push_counts(s, 1, NULL, counts) == PLETH_EINVAL);
    CHECK(pleth_push_counts(s, 1, counts, NULL) == PLETH_EINVAL);
    CHECK(pleth_push_sample(s, &sample, 0) == PLETH_OK);
    CHECK(pleth_push_sample(s, &sample, 1) == PLETH_OK);
    CHECK(pleth_flush(s) == PLETH_OK);
    sample.time_ns = 2;
    CHECK(pleth_push_sample(s, &sample, 1) == PLETH_EINVAL && strstr(pleth_errmsg(s), "flushed"));
    config = with(wrist(1, 0));
    s = open_stream(&config);
    CHECK(pleth_push_counts(s, 1, counts, NULL) == PLETH_OK);
    config = with(wrist(0, 0));
    s = open_stream(&config);
    CHECK(pleth_push_sample(s, &sample, 1) == PLETH_EINVAL && strstr(pleth_errmsg(s), "no sensor"));
    s = open_stream(&config);
    CHECK(pleth_push_counts(s, 1, counts, counts) == PLETH_EINVAL &&
          strstr(pleth_errmsg(s), "no sensor"));
}

static void refuse(pleth_sensor_config sensor)
{
    static _Alignas(16) unsigned char memory[1 << 20];
    pleth_config config = with(sensor);
    pleth_stream *s = (pleth_stream *)memory;
    CHECK(pleth_size(&config) == 0);
    CHECK(pleth_init(&s, memory, sizeof(memory), &config) == PLETH_EINVAL && s == NULL);
}

static void test_config(void)
{
    static const int32_t numbers[] = {-1, INT32_MIN, INT32_MAX, 9};
    static const float limits[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 4; i++) {
        pleth_sensor_config c = wrist(2, 1);
        c.channels = numbers[i];
        refuse(c);
        c = wrist(2, 1);
        c.light[1] = numbers[i];
        refuse(c);
        c = wrist(2, 1);
        c.motion = numbers[i];
        refuse(c);
    }
    refuse(wrist(PLETH_PPG_CHANNELS, 2));
    for (int i = 0; i < 3; i++) {
        pleth_sensor_config c = wrist(1, 0);
        c.low = limits[i];
        refuse(c);
        c = wrist(1, 0);
        c.high = limits[i];
        refuse(c);
    }
    /* lights of channels that are not there are nobody's concern; swapped limits are unknown */
    pleth_config config = with(wrist(1, 1));
    config.sensor.light[3] = 99;
    config.sensor.low = 1;
    CHECK(pleth_size(&config) > 0);
    config.sensor.channels = 5;
    CHECK(pleth_size(&config) == 0);
}

static void test_memory(void)
{
    pleth_config config = with(wrist(PLETH_PPG_CHANNELS, 1)), camera = with(wrist(0, 0));
    size_t size = pleth_size(&config);
    unsigned char *memory = aligned_alloc(16, (size + 63) / 16 * 16);
    pleth_stream *s;
    CHECK(size > 0 && size < pleth_size(&camera));
    /* the constant for static arrays holds for every sensor, and is no waste */
    for (int channels = 1; channels <= PLETH_PPG_CHANNELS; channels++)
        for (int motion = 0; motion < 2; motion++) {
            pleth_config one = with(wrist(channels, motion));
            size_t most = PLETH_SENSOR_BYTES((size_t)channels, (size_t)motion);
            CHECK(pleth_size(&one) <= most && pleth_size(&one) + 8192 > most);
        }
    record(&sitting);
    memset(memory, 0, size + 32);
    CHECK(pleth_init(&s, memory, size - 1, &config) == PLETH_EMEMORY && s == NULL);
    CHECK(pleth_init(&s, memory + 16, size, &config) == PLETH_OK);
    push_all(s, 1);
    keep();
    /* whatever lay there before, and nothing around it is touched */
    memset(memory, 0xa5, size + 32);
    CHECK(pleth_init(&s, memory + 16, size, &config) == PLETH_OK);
    push_all(s, 1);
    CHECK(count == count_before &&
          memcmp(readings, before, (size_t)count * sizeof(*readings)) == 0);
    CHECK(answered(&sitting, 20, 40, 1.5) == 1);
    for (int i = 0; i < 16; i++)
        CHECK(memory[i] == 0xa5 && memory[size + 16 + (size_t)i] == 0xa5);
    free(memory);
}

/* Breath moves the baseline of the channel that is of use; whoever walks breathes unseen. */
static void test_breathing(void)
{
    for (int i = 0; i < 4; i++) {
        struct body b = sitting;
        b.breaths_per_min = 12 + 4 * i;
        b.breath = 0.7;
        b.seconds = 70;
        b.odd = HOLDS;
        b.odd_channels = i % 2;
        play(&b, wrist(2, 1));
        CHECK(last()->breathing_rate.have);
        CHECK_NEAR((double)last()->breathing_rate.value, b.breaths_per_min, 1);
        /* it is looked at every four seconds, and says what it speaks of */
        for (int k = count - 4; k < count; k++) {
            double age = readings[k].time_s - (double)readings[k].breathing_rate.window_end_s;
            CHECK(age >= 0 && age < 4.1);
        }
        b.cadence = 105;
        b.gait = 1;
        play(&b, wrist(2, 1));
        for (int k = 0; k < count; k++)
            CHECK(!readings[k].breathing_rate.have);
        CHECK(last()->breathing_rate.reasons & PLETH_MOTION);
    }
}

/* The wave: its beats are the pulse's, on a grid without holes. */
static void test_wave(void)
{
    static pleth_wave wave[4000];
    pleth_config config = with(wrist(1, 1));
    pleth_stream *s = open_stream(&config);
    int n = 0, rises = 0;
    record(&sitting);
    for (int i = 0; i < taken; i++) {
        CHECK(pleth_push_sample(s, samples + i, 1) == PLETH_OK);
        n += pleth_pull_wave(s, wave + n, 4000 - n);
    }
    CHECK(pleth_flush(s) == PLETH_OK);
    n += pleth_pull_wave(s, wave + n, 4000 - n);
    CHECK(n > 35 * PLETH_WAVE_HZ && n <= 40 * PLETH_WAVE_HZ);
    for (int i = 1; i < n; i++) {
        CHECK(llabs(wave[i].time_ns - wave[i - 1].time_ns - SECOND / PLETH_WAVE_HZ) <= 1);
        CHECK(isfinite(wave[i].pulse) && isfinite(wave[i].breathing));
    }
    static float pulse[4000];
    static double beat_s[200], work[4 * 4000];
    for (int i = 0; i < n; i++)
        pulse[i] = wave[i].pulse;
    rises = pleth_find_beats(pulse, n, PLETH_WAVE_HZ, 72, beat_s, 200, work);
    CHECK_NEAR(rises, n / (double)PLETH_WAVE_HZ * 72 / 60, 2);
}

int main(void)
{
    test_rest();
    test_uneven();
    test_gait();
    test_every();
    test_units();
    test_ways_in();
    test_mute();
    test_missing();
    test_gap();
    test_noise();
    test_time();
    test_refused();
    test_config();
    test_memory();
    test_breathing();
    test_wave();
    return test_done();
}
