/* Windows of waves -> one wave: a sine in windows comes out as that sine. */
#include "test.h"

#include <string.h>

#include "vitals/wave.h"

#define TAU 6.283185307179586
#define N 300

static struct pleth_wave_out out;
static double window[N], breath[N / 3];

static double truth(int64_t k, double hz)
{
    return sin(TAU * hz * (double)k / PLETH_WAVE_HZ);
}

/* The window that ends before sample `end`: at its ends worse than in its middle. */
static void add(int64_t end, int n, int last, double error)
{
    for (int i = 0; i < n; i++) {
        int edge = i < n - 1 - i ? i : n - 1 - i;
        window[i] = truth(end - n + i, 1.2) + error * (edge < 45 ? 1 : 0);
    }
    /* ends at the same instant: every third sample back from the last one */
    for (int i = 0; i < n / 3; i++)
        breath[i] = truth(end - 1 - 3 * (n / 3 - 1 - i), 0.25);
    pleth_wave_add(&out, 1, 5, end, window, n, breath, n / 3, 0, last);
}

static double pulse_at(int64_t k)
{
    return (double)out.pulse[k % PLETH_WAVE_LENGTH];
}

/* Half a minute in windows of up to ten seconds, one a second: every sample once, in order, three
 * seconds behind, and right, though the windows' ends are wrong. */
static void test_sine(void)
{
    int64_t done = 0;
    memset(&out, 0, sizeof(out));
    out.origin_ns = 5;
    for (int64_t end = 150; end <= 900; end += 30) {
        int n = end < N ? (int)end : N;
        add(end, n, 0, 0.5);
        CHECK(out.finished == end - PLETH_WAVE_DELAY && out.pulled <= out.finished);
        for (; done < out.finished; done++) {
            CHECK_NEAR(pulse_at(done), truth(done, 1.2) + (done < 45 ? 0.5 : 0), 1e-5);
            /* what has no breathing yet is zero; straight lines between its samples */
            if (done > 2)
                CHECK_NEAR((double)out.breathing[done % PLETH_WAVE_LENGTH], truth(done, 0.25),
                           4e-3);
        }
    }
    /* the end: all of it */
    add(900, N, 1, 0);
    CHECK(out.finished == 900);
    for (; done < 900; done++)
        CHECK_NEAR(pulse_at(done), truth(done, 1.2), 1e-5);
}

/* A breathing wave that ended two seconds before the pulse's still lies at its own instants. */
static void test_late(void)
{
    int64_t done = 0;
    memset(&out, 0, sizeof(out));
    for (int64_t end = 150; end <= 900; end += 30) {
        int n = end < N ? (int)end : N, late = end % 60 ? 60 : 30;
        for (int i = 0; i < n; i++)
            window[i] = truth(end - n + i, 1.2);
        for (int i = 0; i < N / 3; i++)
            breath[i] = truth(end - late - 1 - 3 * (N / 3 - 1 - i), 0.25);
        pleth_wave_add(&out, 1, 0, end, window, n, breath, N / 3, late, end == 900);
        for (; done < out.finished && done < 900 - late; done++)
            CHECK_NEAR((double)out.breathing[done % PLETH_WAVE_LENGTH], truth(done, 0.25), 4e-3);
    }
    /* and its last value is held to the end */
    CHECK(done == 870 && out.finished == 900);
    for (; done < 900; done++)
        CHECK_NEAR((double)out.breathing[done % PLETH_WAVE_LENGTH], truth(869, 0.25), 1e-6);
}

/* Two windows that differ by a constant: no step, but a slope over a second. */
static void test_fade(void)
{
    double largest = 0;
    memset(&out, 0, sizeof(out));
    for (int64_t end = 300; end <= 600; end += 30) {
        for (int i = 0; i < N; i++)
            window[i] = end % 60 == 0 ? 1 : 0;
        pleth_wave_add(&out, 1, 0, end, window, N, NULL, 0, 0, 0);
    }
    for (int64_t k = 211; k < out.finished; k++)
        largest = fmax(largest, fabs(pulse_at(k) - pulse_at(k - 1)));
    CHECK_NEAR(largest, 1.0 / (PLETH_WAVE_FADE + 1), 1e-5);
    CHECK(out.breathing[500 % PLETH_WAVE_LENGTH] == 0);
}

/* Nobody pulls: the newest sixteen seconds stay, the rest is dropped from the old end. */
static void test_overflow(void)
{
    memset(&out, 0, sizeof(out));
    out.origin_ns = 5;
    for (int64_t end = 300; end <= 1800; end += 15)
        add(end, N, 0, 0);
    CHECK(out.finished == 1800 - PLETH_WAVE_DELAY);
    CHECK(out.pulled == out.finished - PLETH_WAVE_LENGTH);
    for (int64_t k = out.pulled; k < out.finished; k++)
        CHECK_NEAR(pulse_at(k), truth(k, 1.2), 1e-5);
}

/* A window that begins after the last one ended: what no window has shown is not given, and a trace
 * that began anew. */
static void test_jump(void)
{
    memset(&out, 0, sizeof(out));
    out.origin_ns = 5;
    add(300, N, 0, 0);
    add(1200, N, 0, 0);
    CHECK(out.finished == 1110 && out.pulled == 900);
    for (int64_t k = 900; k < out.finished; k++)
        CHECK_NEAR(pulse_at(k), truth(k, 1.2), 1e-5);
    pleth_wave_add(&out, 2, 77, 160, window, 150, breath, 0, 0, 0);
    CHECK(out.origin_ns == 77 && out.pulled == 10 && out.finished == 70);
}

int main(void)
{
    test_sine();
    test_late();
    test_fade();
    test_overflow();
    test_jump();
    return test_done();
}
