/* Beats of known height, foot and instant: the lines between them are known, too. */
#include "test.h"

#include "pleth/pleth.h"
#include "vitals/modulation.h"

#define TAU 6.283185307179586
#define N 960
#define COUNT 320
#define RATIO 3

static double x[N], work[2 * N], line[PLETH_MODULATIONS][COUNT];
static double *const out[PLETH_MODULATIONS] = {line[0], line[1], line[2], line[3], line[4]};

/* A pulse that rises within a third of the beat; rises slower than it falls where sign is -1 and
 * the light falls with the blood. */
static void play(double pulse_hz, double sign, double baseline, double amplitude, double frequency,
                 double breath_hz)
{
    double phase = 0;
    for (int i = 0; i < N; i++) {
        double breath = sin(TAU * breath_hz * i / PLETH_WAVE_HZ), part;
        phase += pulse_hz / PLETH_WAVE_HZ * (1 + frequency * breath);
        part = phase - floor(phase);
        part = part < 0.35 ? part / 0.35 : 1 + (part - 0.35) / 0.65;
        x[i] = 500 + sign * (baseline * breath - (1 + amplitude * breath) * cos(TAU * part / 2));
    }
}

/* Amplitude of a sine of breath_hz in a modulation, and what is left beside it. */
static double depth(const double *m, double breath_hz, double *rest)
{
    double mean = 0, sine = 0, cosine = 0, square = 0;
    int from = 30, n = COUNT - 60;
    for (int i = from; i < from + n; i++)
        mean += m[i] / n;
    for (int i = from; i < from + n; i++) {
        double t = TAU * breath_hz * (N - 1 - (COUNT - 1 - i) * RATIO) / PLETH_WAVE_HZ;
        sine += (m[i] - mean) * sin(t) * 2 / n;
        cosine += (m[i] - mean) * cos(t) * 2 / n;
        square += (m[i] - mean) * (m[i] - mean) / n;
    }
    *rest = sqrt(fmax(square - 0.5 * (sine * sine + cosine * cosine), 0));
    return sqrt(sine * sine + cosine * cosine);
}

/* Gain of a mean over 1/hz at f. */
static double sinc(double f, double hz)
{
    return sin(TAU / 2 * f / hz) / (TAU / 2 * f / hz);
}

/* Straight lines between samples are two such means; the baseline is one, and so is an interval. */
static void test_each(double pulse_hz, double sign)
{
    /* whole breaths in what depth() looks at: 26 s */
    const double breath_hz = 6 / 26.0, mean = sinc(breath_hz, pulse_hz), lines = mean * mean;
    double rest;

    play(pulse_hz, sign, 0.3, 0, 0, breath_hz);
    CHECK(pleth_modulations(x, N, pulse_hz, RATIO, COUNT, out, work) == PLETH_MODULATIONS);
    CHECK_NEAR(depth(line[PLETH_BASELINE], breath_hz, &rest), 0.3 * mean, 0.015);
    CHECK(rest < 0.03);
    CHECK_NEAR(depth(line[PLETH_PEAKS], breath_hz, &rest), 0.3 * lines, 0.02);
    CHECK_NEAR(depth(line[PLETH_TROUGHS], breath_hz, &rest), 0.3 * lines, 0.02);
    CHECK(depth(line[PLETH_INTERVALS], breath_hz, &rest) < 0.02);

    play(pulse_hz, sign, 0, 0.3, 0, breath_hz);
    CHECK(pleth_modulations(x, N, pulse_hz, RATIO, COUNT, out, work) == PLETH_MODULATIONS);
    /* from foot to top it is two high */
    CHECK_NEAR(depth(line[PLETH_AMPLITUDE], breath_hz, &rest), 0.6 * lines, 0.04);
    CHECK_NEAR(depth(line[PLETH_PEAKS], breath_hz, &rest), 0.3 * lines, 0.02);
    CHECK_NEAR(depth(line[PLETH_TROUGHS], breath_hz, &rest), 0.3 * lines, 0.02);

    play(pulse_hz, sign, 0, 0, 0.05, breath_hz);
    CHECK(pleth_modulations(x, N, pulse_hz, RATIO, COUNT, out, work) == PLETH_MODULATIONS);
    CHECK_NEAR(depth(line[PLETH_INTERVALS], breath_hz, &rest), 0.05 * mean * lines, 0.003);
    for (int i = 0; i < COUNT; i++)
        CHECK_NEAR(line[PLETH_INTERVALS][i], 1, 0.08);
}

/* Without a pulse the baseline is left: the mean over a second, of a straight line itself. */
static void test_none(void)
{
    for (int i = 0; i < N; i++)
        x[i] = 3 * i;
    CHECK(pleth_modulations(x, N, 0, RATIO, COUNT, out, work) == 1);
    for (int i = 10; i < COUNT - 10; i++)
        CHECK_NEAR(line[PLETH_BASELINE][i], 3 * (N - 1 - (COUNT - 1 - i) * RATIO), 1.6);
    /* a line has no beats, whatever the pulse is said to be */
    CHECK(pleth_modulations(x, N, 1.2, RATIO, COUNT, out, work) == 1);
    for (int i = 0; i < N; i++)
        x[i] = 7;
    CHECK(pleth_modulations(x, N, 1.2, RATIO, COUNT, out, work) == 1);
}

/* More tops than there is room for, of the fastest pulse and of noise. */
static void test_many(void)
{
    for (int i = 0; i < N; i++)
        x[i] = i % 2 ? 1 : -1;
    CHECK(pleth_modulations(x, N, 30, RATIO, COUNT, out, work) >= 1);
    play(5, 1, 0.3, 0, 0, 0.5);
    CHECK(pleth_modulations(x, N, 5, RATIO, COUNT, out, work) == PLETH_MODULATIONS);
    for (int m = 0; m < PLETH_MODULATIONS; m++)
        for (int i = 0; i < COUNT; i++)
            CHECK(isfinite(line[m][i]));
}

/* Short windows, and each ratio: the last value is of the last sample. */
static void test_short(void)
{
    play(1.2, 1, 0, 0, 0, 0.2);
    CHECK(pleth_modulations(x, 300, 1.2, RATIO, 100, out, work) == PLETH_MODULATIONS);
    for (int i = 10; i < 90; i++) {
        CHECK_NEAR(line[PLETH_PEAKS][i], 501, 0.05);
        CHECK_NEAR(line[PLETH_TROUGHS][i], 499, 0.05);
        CHECK_NEAR(line[PLETH_AMPLITUDE][i], 2, 0.1);
    }
}

int main(void)
{
    for (double pulse_hz = 0.8; pulse_hz < 3; pulse_hz *= 1.31) {
        test_each(pulse_hz, 1);
        test_each(pulse_hz, -1);
    }
    test_none();
    test_many();
    test_short();
    return test_done();
}
