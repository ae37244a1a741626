/* Time stamps as cameras give them -> an even grid: against lines, brute-force integrals and dates.
 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "signal/trace.h"

#define HZ 30.0
#define SECOND 1000000000LL
#define INPUTS 4000

static struct pleth_trace trace, again;
static int64_t stamp[INPUTS];
static double value[INPUTS][2];

/* xorshift: 0 <= x < 1 */
static double uniform(void)
{
    static uint64_t s = 88172645463325252u;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return (double)(s >> 11) / 9007199254740992.0;
}

static double grid_s(int64_t k)
{
    return (double)k / HZ;
}

static int feed(struct pleth_trace *t, int n)
{
    int restarts = 0;
    pleth_trace_init(t, 2, HZ);
    for (int i = 0; i < n; i++)
        restarts += pleth_trace_push(t, stamp[i], value[i]);
    return restarts;
}

static double sample(int64_t k, int c)
{
    return trace.ring[c][k % PLETH_TRACE_LENGTH];
}

/* Jittered stamps from 5 to 31 frames a second: a straight line stays the same line. */
static void test_line(void)
{
    static const double rates[] = {5, 15, 25, 29.97, 30, 31};
    static const int64_t origins[] = {0, -7 * SECOND, INT64_C(1790000000) * SECOND, INT64_MIN / 2};
    for (int r = 0; r < 6; r++)
        for (int o = 0; o < 4; o++) {
            int n = (int)(20 * rates[r]);
            for (int i = 0; i < n; i++) {
                double jitter = i ? 0.3 * (uniform() - 0.5) : 0;
                stamp[i] = origins[o] + llround((i + jitter) / rates[r] * 1e9);
                double t = (double)(stamp[i] - origins[o]) * 1e-9;
                value[i][0] = 3 * t - 1;
                value[i][1] = -100 * t;
            }
            CHECK(feed(&trace, n) == 0);
            CHECK(trace.made == (int64_t)floor((double)(stamp[n - 1] - origins[o]) * 3e-8) + 1);
            for (int64_t k = 0; k < trace.made; k++) {
                CHECK_NEAR(sample(k, 0), 3 * grid_s(k) - 1, 1e-7);
                CHECK_NEAR(sample(k, 1), -100 * grid_s(k), 3e-6);
            }
            CHECK(rates[r] < 10 || pleth_trace_holes(&trace, (int)trace.made) == 0);
            CHECK_NEAR(pleth_trace_input_hz(&trace), rates[r], 0.15 * rates[r]);
            CHECK(llabs(pleth_trace_end_ns(&trace) - origins[o] -
                        llround(grid_s(trace.made - 1) * 1e9)) <= 1);
        }
}

/* Fast input: each sample is the integral of the straight lines between inputs over its own
 * thirtieth, here summed in a thousand steps. */
static void test_fast(void)
{
    static const double rates[] = {60, 100, 119.88, 240};
    for (int r = 0; r < 4; r++) {
        int n = (int)(6 * rates[r]), at = 0;
        for (int i = 0; i < n; i++) {
            double jitter = i ? 0.4 * (uniform() - 0.5) : 0;
            stamp[i] = SECOND + llround((i + jitter) / rates[r] * 1e9);
            value[i][0] = uniform();
        }
        CHECK(feed(&trace, n) == 0);
        CHECK(llabs(trace.made - 180) <= 1);
        CHECK(sample(0, 0) == value[0][0]);
        for (int64_t k = 2; k < trace.made; k++) {
            double area = 0;
            for (int j = 0; j < 1000; j++) {
                double t = 1 + ((double)k - 0.5 + (j + 0.5) / 1000) / HZ;
                while (at > 0 && (double)stamp[at] * 1e-9 > t)
                    at--;
                while ((double)stamp[at + 1] * 1e-9 < t)
                    at++;
                double share =
                    (t - (double)stamp[at] * 1e-9) / ((double)(stamp[at + 1] - stamp[at]) * 1e-9);
                area += value[at][0] + share * (value[at + 1][0] - value[at][0]);
            }
            CHECK_NEAR(sample(k, 0), area / 1000, 1e-4);
        }
        CHECK_NEAR(pleth_trace_input_hz(&trace), rates[r], 0.05 * rates[r]);
    }
    /* lamps: 31 Hz would fold to 1 Hz; means over a thirtieth leave sinc(31/30) of it */
    for (int i = 0; i < 1200; i++) {
        stamp[i] = llround(i / 240.0 * 1e9);
        value[i][0] = sin(6.283185307179586 * 31 * i / 240);
    }
    feed(&trace, 1200);
    for (int64_t k = 1; k < trace.made; k++)
        CHECK_NEAR(sample(k, 0), 0, 0.034);
}

/* Whatever the rate does, no sample leaves the range of the inputs near it. */
static void test_range(void)
{
    for (int run = 0; run < 50; run++) {
        double period = 0.02, smallest = 2;
        int64_t t = -SECOND;
        int at = 0;
        for (int i = 0; i < INPUTS; i++) {
            if (i % 40 == 0)
                period = 0.004 + 0.1 * uniform() * uniform();
            t += 1 + llround(period * 1e9 * (0.5 + uniform()));
            stamp[i] = t;
            value[i][0] = uniform();
            value[i][1] = (double)(t - stamp[0]) * 1e-9;
        }
        pleth_trace_init(&trace, 2, HZ);
        for (int i = 0; i < INPUTS; i++) {
            CHECK(pleth_trace_push(&trace, stamp[i], value[i]) == 0);
            for (; at < trace.made; at++) {
                double late = sample(at, 1) - grid_s(at);
                CHECK(sample(at, 0) >= 0 && sample(at, 0) <= 1);
                smallest = sample(at, 1) < smallest ? sample(at, 1) : smallest;
                /* a sample's instant is its own, to half an interval of the grid */
                CHECK_NEAR(late, 0, 0.5 / HZ);
            }
        }
        CHECK(smallest >= 0);
        CHECK(llabs(trace.made - (int64_t)((double)(t - stamp[0]) * 3e-8)) <= 1);
    }
}

/* Up to a quarter second is jitter, up to one and a half a hole, more a gap. */
static void test_holes(void)
{
    static const struct {
        double pause;
        int restarts;
        double holes;
    } cases[] = {{0.2, 0, 0},   {0.24, 0, 0}, {0.26, 0, 8}, {1.0, 0, 30},
                 {1.49, 0, 45}, {1.51, 1, 0}, {3600, 1, 0}};
    for (int i = 0; i < 7; i++) {
        for (int k = 0; k < 200; k++) {
            double pause = k >= 100 ? cases[i].pause - 1 / HZ : 0;
            stamp[k] = 5 * SECOND + llround((k / HZ + pause) * 1e9);
            value[k][0] = k;
            value[k][1] = 7;
        }
        CHECK(feed(&trace, 200) == cases[i].restarts);
        if (cases[i].restarts) {
            CHECK(trace.made == 100 && trace.origin_ns == stamp[100]);
            CHECK(sample(0, 0) == 100);
        } else {
            CHECK(llabs(trace.made - 199 - (int64_t)(cases[i].pause * HZ)) <= 1);
            CHECK_NEAR(pleth_trace_holes(&trace, (int)trace.made) * (double)trace.made,
                       cases[i].holes, 1.5);
            CHECK(pleth_trace_holes(&trace, 90) == 0);
        }
    }
    CHECK(pleth_trace_holes(&trace, 0) == 0);
}

/* An hour at 29.97 frames a second: sample k is k / 30 s after the first frame, to the end. */
static void test_long(void)
{
    int64_t origin = INT64_C(1700000000123456789), n = 3600 * 30000 / 1001, at = 0;
    double worst = 0;
    pleth_trace_init(&trace, 1, HZ);
    for (int64_t i = 0; i < n; i++) {
        int64_t t = origin + i * 1001 * SECOND / 30000;
        double v = (double)(t - origin) * 1e-9;
        CHECK(pleth_trace_push(&trace, t, &v) == 0);
        for (; at < trace.made; at++)
            worst = fmax(worst, fabs(sample(at, 0) - grid_s(at)));
    }
    CHECK_NEAR(worst, 0, 2e-9);
    CHECK(llabs(trace.made - 3600 * 30) <= 1);
    CHECK(pleth_trace_count(&trace) == PLETH_TRACE_LENGTH);
    CHECK(llabs(pleth_trace_end_ns(&trace) - origin - (trace.made - 1) * SECOND / 30) <= 1);
    CHECK_NEAR(pleth_trace_input_hz(&trace), 30 / 1.001, 1e-6);
}

/* Oldest first, in steps, and the same bits when it is done again. */
static void test_read(void)
{
    double out[6] = {0};
    for (int i = 0; i < 1500; i++) {
        stamp[i] = i * (SECOND / 30) + llround(uniform() * 1e7);
        value[i][0] = uniform();
        value[i][1] = i;
    }
    feed(&trace, 1500);
    feed(&again, 1500);
    CHECK(trace.made == again.made);
    CHECK(memcmp(trace.ring, again.ring, sizeof(trace.ring)) == 0);
    pleth_trace_read(&trace, 1, 3, out, 2);
    for (int i = 0; i < 3; i++)
        CHECK(out[2 * i] == sample(trace.made - 3 + i, 1) && out[2 * i + 1] == 0);
    pleth_trace_reset(&trace);
    CHECK(pleth_trace_count(&trace) == 0 && pleth_trace_input_hz(&trace) == 0);
    CHECK(pleth_trace_push(&trace, stamp[0], value[0]) == 0);
    CHECK(pleth_trace_count(&trace) == 1 && pleth_trace_end_ns(&trace) == stamp[0]);
}

/* A narrow trace holds the same samples as floats, and touches no more memory than it says. */
static void test_narrow(void)
{
    const size_t size = pleth_trace_size(2, 1);
    unsigned char *memory = malloc(size + 64);
    struct pleth_trace *t = (struct pleth_trace *)(void *)memory;
    double wide[PLETH_TRACE_LENGTH], narrow[PLETH_TRACE_LENGTH];

    CHECK(size + 2 * sizeof(trace.narrow_ring[0]) == pleth_trace_size(2, 0));
    CHECK(pleth_trace_size(PLETH_TRACE_CHANNELS, 0) == sizeof(trace));
    for (int i = 0; i < INPUTS; i++) {
        stamp[i] = i * (SECOND / 125) + llround(uniform() * 1e6);
        value[i][0] = uniform() * 1e5;
        value[i][1] = -i;
    }
    feed(&trace, INPUTS);
    memset(memory, 0x5a, size + 64);
    pleth_trace_init(t, 2, HZ);
    t->narrow = 1;
    for (int i = 0; i < INPUTS; i++)
        CHECK(pleth_trace_push(t, stamp[i], value[i]) == 0);
    CHECK(t->made == trace.made && pleth_trace_count(t) == 960);
    for (int c = 0; c < 2; c++) {
        pleth_trace_read(&trace, c, 960, wide, 1);
        pleth_trace_read(t, c, 960, narrow, 1);
        for (int i = 0; i < 960; i++)
            CHECK(narrow[i] == (double)(float)wide[i]);
    }
    for (int i = 0; i < 64; i++)
        CHECK(memory[size + (size_t)i] == 0x5a);
    free(memory);
}

int main(void)
{
    test_line();
    test_fast();
    test_range();
    test_holes();
    test_long();
    test_read();
    test_narrow();
    return test_done();
}
