/* The Bayes filter over rates, against brute force in double. */
#include "test.h"

#include <stdint.h>

#include "vitals/belief.h"

static struct pleth_belief belief;
static double p[PLETH_BELIEF_STATES], next[PLETH_BELIEF_STATES];

static double uniform(void)
{
    static uint64_t s = 88172645463325252u;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return (double)(s >> 11) / 9007199254740992.0;
}

static void put(int from, int to)
{
    for (int k = 0; k < belief.states; k++)
        belief.p[k] = k >= from && k <= to ? 1.0f / (float)(to - from + 1) : 0;
}

static double total(void)
{
    double sum = 0;
    for (int k = 0; k < belief.states; k++)
        sum += (double)belief.p[k];
    return sum;
}

static void test_states(void)
{
    pleth_belief_init(&belief, 40, 220, 1, 1.8f, 0.01f);
    CHECK(belief.states == 181 && belief.first == 40 && belief.step == 1);
    CHECK_NEAR(total(), 1, 1e-5);
    CHECK(belief.p[0] == belief.p[180]);
    pleth_belief_init(&belief, 6, 45, 0.5f, 0.6f, 0.01f);
    CHECK(belief.states == 79);
    /* as many as there are, however fine the step */
    pleth_belief_init(&belief, 20, 300, 1, 1, 0);
    CHECK(belief.states == PLETH_BELIEF_STATES);
    pleth_belief_init(&belief, 20, 300, 0.1f, 1, 0);
    CHECK(belief.states == PLETH_BELIEF_STATES);
}

/* The kernel: conserves probability, does not drift, has the wander's variance, falls off by the
 * same factor from state to state, and is mirrored at the ends. */
static void test_kernel(void)
{
    static const double seconds[] = {0.1, 0.5, 1, 2, 10};
    for (int s = 0; s < 5; s++) {
        double t = seconds[s], mean = 0, square = 0, wander = 1.8;
        pleth_belief_init(&belief, 20, 300, 1, (float)wander, 0);
        put(140, 140);
        pleth_belief_predict(&belief, (float)t);
        CHECK_NEAR(total(), 1, 1e-5);
        for (int k = 0; k < belief.states; k++) {
            mean += k * (double)belief.p[k];
            square += k * k * (double)belief.p[k];
        }
        CHECK_NEAR(mean, 140, 1e-2);
        CHECK_NEAR(square - mean * mean, wander * wander * t, 0.01 * wander * wander * t + 0.01);
        double fall = (double)(belief.p[141] / belief.p[140]);
        for (int k = 142; k < 150; k++)
            CHECK_NEAR((double)(belief.p[k] / belief.p[k - 1]), fall, 1e-3);
        CHECK_NEAR((double)belief.p[135], (double)belief.p[145], 1e-6);
        /* anywhere, and where probability would leave at an end */
        for (int run = 0; run < 20; run++) {
            int from = run % 4 == 0 ? 0 : (int)(280 * uniform());
            int to = run % 4 == 1 ? 280 : from + (int)((281 - from) * uniform());
            double r = fall, gain = (1 - r) / (1 + r);
            put(from, to);
            for (int k = 0; k < 281; k++) {
                next[k] = 0;
                for (int j = -281; j < 562; j++) {
                    int mirrored = j < 0 ? -1 - j : j > 280 ? 561 - j : j;
                    if (mirrored >= from && mirrored <= to)
                        next[k] += gain * pow(r, abs(k - j)) / (to - from + 1);
                }
            }
            pleth_belief_predict(&belief, (float)t);
            CHECK_NEAR(total(), 1, 1e-5);
            for (int k = 0; k < 281; k++)
                CHECK_NEAR((double)belief.p[k], next[k], 1e-3 * next[k] + 1e-7);
        }
        /* what knows nothing learns nothing by waiting */
        pleth_belief_reset(&belief);
        pleth_belief_predict(&belief, (float)t);
        for (int k = 0; k < 281; k++)
            CHECK_NEAR((double)belief.p[k], 1.0 / 281, 1e-7);
    }
    put(7, 7);
    pleth_belief_predict(&belief, 0);
    CHECK(belief.p[7] == 1);
}

/* Jumps put a share of 1 - exp(-jump t) anywhere. Two short waits are one long one. */
static void test_jump(void)
{
    pleth_belief_init(&belief, 40, 220, 1, 0.5f, 0.02f);
    put(30, 30);
    pleth_belief_predict(&belief, 5);
    CHECK_NEAR(total(), 1, 1e-5);
    CHECK_NEAR((double)belief.p[170], (1 - exp(-0.1)) / 181, 1e-6);
    double mean = 0, square = 0, jumped = 1 - exp(-0.1);
    for (int k = 0; k < 181; k++) {
        mean += (double)belief.p[k] * (k - 30);
        square += (double)belief.p[k] * (k - 30) * (k - 30);
    }
    double once = square;
    CHECK_NEAR(mean, jumped * 60, 0.01);
    put(30, 30);
    for (int i = 0; i < 10; i++)
        pleth_belief_predict(&belief, 0.5f);
    for (int k = 0, i = 0; k < 181; k++, i++)
        once -= (double)belief.p[k] * (k - 30) * (k - 30);
    CHECK_NEAR(once, 0, 0.01 * square);
}

/* Evidence: Bayes' rule, whatever the offset of the log likelihood. */
static void test_update(void)
{
    static float loglik[PLETH_BELIEF_STATES];
    for (int run = 0; run < 30; run++) {
        double sum = 0, offset = 500 * (uniform() - 0.5);
        pleth_belief_init(&belief, 40, 220, 1, 1, 0.01f);
        for (int k = 0; k < 181; k++) {
            belief.p[k] = (float)(uniform() / 90);
            loglik[k] = (float)(30 * uniform() * uniform());
            p[k] = (double)belief.p[k] * exp((double)loglik[k]);
            sum += p[k];
            loglik[k] = (float)((double)loglik[k] + offset);
        }
        pleth_belief_update(&belief, loglik);
        CHECK_NEAR(total(), 1, 1e-5);
        for (int k = 0; k < 181; k++)
            CHECK_NEAR((double)belief.p[k], p[k] / sum, 2e-3 * p[k] / sum + 1e-9);
    }
    /* evidence for what was impossible: start anew rather than divide by nothing */
    put(0, 10);
    for (int k = 0; k < 181; k++)
        loglik[k] = k == 100 ? 0.0f : -1000.0f;
    pleth_belief_update(&belief, loglik);
    CHECK_NEAR(total(), 1, 1e-5);
    CHECK(belief.p[0] == belief.p[180]);
}

/* A Gaussian belief: its mean, its deviation (times a calibrated constant) and its mass, of what is
 * within reach. */
static void test_estimate(void)
{
    float value, sd, mass;
    pleth_belief_init(&belief, 40, 220, 1, 1, 0);
    put(80, 81);
    pleth_belief_estimate(&belief, 5, &value, &sd, &mass);
    double scale = (double)sd / 0.5;
    CHECK(value == 120.5f && scale > 0.5 && scale <= 1);
    for (double mean = 60; mean < 200; mean += 13.37)
        for (double dev = 0.8; dev < 3; dev += 0.5) {
            double sum = 0;
            for (int k = 0; k < 181; k++)
                sum += p[k] = exp(-0.5 * pow((40 + k - mean) / dev, 2));
            for (int k = 0; k < 181; k++)
                belief.p[k] = (float)(p[k] / sum);
            pleth_belief_estimate(&belief, 12, &value, &sd, &mass);
            CHECK_NEAR((double)value, mean, 0.01);
            CHECK_NEAR((double)sd, scale * dev, 0.01);
            CHECK_NEAR((double)mass, 1, 1e-4);
            /* two deviations and a half bin either side */
            int reach = (int)(2 * dev);
            pleth_belief_estimate(&belief, (float)(2 * dev), &value, &sd, &mass);
            CHECK_NEAR((double)mass, erf((reach + 0.5) / dev / sqrt(2)), 0.03);
            CHECK_NEAR((double)value, mean, 0.2);
            CHECK((double)sd < scale * dev);
        }
    /* two rates: the likelier one, with its own deviation; mass says what the other has */
    for (int k = 0; k < 181; k++)
        belief.p[k] = k == 20 ? 0.6f : k == 120 ? 0.4f : 0;
    pleth_belief_estimate(&belief, 5, &value, &sd, &mass);
    CHECK(value == 60 && sd == 0);
    CHECK_NEAR((double)mass, 0.6, 1e-6);
    /* at the ends there is nothing beyond */
    put(180, 180);
    pleth_belief_estimate(&belief, 5, &value, &sd, &mass);
    CHECK(value == 220 && sd == 0 && mass == 1);
    put(0, 1);
    pleth_belief_estimate(&belief, 5, &value, &sd, &mass);
    CHECK_NEAR((double)value, 40.5, 1e-6);
    CHECK_NEAR((double)sd, scale * 0.5, 1e-6);
    /* nothing known: the middle, and the deviation of a uniform distribution */
    pleth_belief_reset(&belief);
    pleth_belief_estimate(&belief, 5, &value, &sd, &mass);
    CHECK_NEAR((double)value, 130, 1e-3);
    CHECK_NEAR((double)sd, 181 / sqrt(12), 0.01);
    CHECK_NEAR((double)mass, 11.0 / 181, 0.04);
}

/* A whole recording: forward and backward against sums over every path of a small belief,
 * with all rates equally likely at first (centre 0) or not. */
static void test_smooth(double centre)
{
    enum { STATES = 4, STEPS = 5 };
    float evidence[STEPS * STATES], seconds[STEPS] = {9, 1, 0.5f, 2, 1}, work[STEPS * STATES];
    double move[STEPS][STATES][STATES], want[STEPS][STATES] = {{0}}, first[STATES], all = 0;
    pleth_belief_init(&belief, 60, 63, 1, 0.8f, 0.1f);
    CHECK(belief.states == STATES);
    if (centre > 0)
        pleth_belief_prefer(&belief, (float)centre, 0.02f);
    for (int k = 0; k < STATES; k++)
        first[k] = (double)belief.p[k];
    for (int t = 1; t < STEPS; t++)
        for (int from = 0; from < STATES; from++) {
            put(from, from);
            pleth_belief_predict(&belief, seconds[t]);
            for (int to = 0; to < STATES; to++)
                move[t][from][to] = (double)belief.p[to];
        }
    for (int i = 0; i < STEPS * STATES; i++)
        evidence[i] = (float)(4 * uniform());
    for (int path = 0; path < 1024; path++) {
        double weight = first[path & 3];
        for (int t = 0; t < STEPS; t++) {
            int at = path >> (2 * t) & 3;
            weight *= exp((double)evidence[t * STATES + at]);
            if (t)
                weight *= move[t][path >> (2 * t - 2) & 3][at];
        }
        all += weight;
        for (int t = 0; t < STEPS; t++)
            want[t][path >> (2 * t) & 3] += weight;
    }
    pleth_belief_smooth(&belief, evidence, seconds, STEPS, work);
    for (int t = 0; t < STEPS; t++)
        for (int k = 0; k < STATES; k++)
            CHECK_NEAR((double)evidence[t * STATES + k], want[t][k] / all, 2e-3);
}

/* What is believed before anything is known: a log-normal distribution; a jump and a fresh start
 * lead back to it. */
static void test_prefer(void)
{
    static float loglik[PLETH_BELIEF_STATES];
    for (double centre = 60; centre < 130; centre += 30)
        for (double spread = 0.2; spread < 0.7; spread += 0.2) {
            double sum = 0;
            pleth_belief_init(&belief, 30, 220, 1, 0.5f, 0.02f);
            put(30, 30);
            pleth_belief_prefer(&belief, (float)centre, (float)spread);
            for (int k = 0; k < 191; k++) {
                double z = log((30 + k) / centre) / spread;
                sum += p[k] = exp(-0.5 * z * z) / (30 + k);
            }
            CHECK_NEAR(total(), 1, 1e-5);
            for (int k = 0; k < 191; k++)
                CHECK_NEAR((double)belief.p[k], p[k] / sum, 1e-4 * p[k] / sum + 1e-8);
            put(0, 0);
            pleth_belief_predict(&belief, 5);
            CHECK_NEAR((double)belief.p[60], (1 - exp(-0.1)) * p[60] / sum, 1e-6);
            CHECK_NEAR((double)belief.p[160], (1 - exp(-0.1)) * p[160] / sum, 1e-6);
            put(0, 10);
            for (int k = 0; k < 191; k++)
                loglik[k] = k == 100 ? 0.0f : -1000.0f;
            pleth_belief_update(&belief, loglik);
            CHECK_NEAR((double)belief.p[70], p[70] / sum, 1e-6);
            put(5, 5);
            pleth_belief_reset(&belief);
            CHECK_NEAR((double)belief.p[70], p[70] / sum, 1e-6);
        }
    /* and back to no preference at all */
    pleth_belief_init(&belief, 30, 220, 1, 0.5f, 0.02f);
    CHECK(belief.p[0] == belief.p[190]);
}

/* A state is as wide as a step, all of it equally likely: closed forms of a uniform, a triangular
 * and a Gaussian belief. */
static void test_quantile(void)
{
    pleth_belief_init(&belief, 40, 220, 1, 1, 0);
    for (double share = 0.125; share < 1; share += 0.125) {
        put(0, 180);
        CHECK_NEAR((double)pleth_belief_quantile(&belief, (float)share), 39.5 + 181 * share, 2e-3);
        put(80, 80);
        CHECK_NEAR((double)pleth_belief_quantile(&belief, (float)share), 119.5 + share, 1e-4);
        put(20, 59);
        CHECK_NEAR((double)pleth_belief_quantile(&belief, (float)share), 59.5 + 40 * share, 1e-3);
        /* F(k) = (k (k + 1)) / (181 * 182): linear within a state */
        for (int k = 0; k < 181; k++)
            belief.p[k] = (float)(k + 1) * 2 / (181.0f * 182);
        int k = (int)((sqrt(1 + 4 * share * 181 * 182) - 1) / 2);
        double below = k * (k + 1.0) / (181.0 * 182), here = 2 * (k + 1.0) / (181.0 * 182);
        CHECK_NEAR((double)pleth_belief_quantile(&belief, (float)share),
                   39.5 + k + (share - below) / here, 0.01);
    }
    for (double mean = 70; mean < 180; mean += 12.7) {
        static const double z[3] = {-1, 0, 1}, share[3] = {0.15865525, 0.5, 0.84134475};
        double sum = 0;
        for (int k = 0; k < 181; k++)
            sum += p[k] = exp(-0.5 * pow((40 + k - mean) / 6, 2));
        for (int k = 0; k < 181; k++)
            belief.p[k] = (float)(p[k] / sum);
        for (int i = 0; i < 3; i++)
            CHECK_NEAR((double)pleth_belief_quantile(&belief, (float)share[i]), mean + 6 * z[i],
                       0.05);
    }
    /* steps of another width */
    pleth_belief_init(&belief, 6, 45, 0.5f, 0.6f, 0);
    put(10, 13);
    CHECK_NEAR((double)pleth_belief_quantile(&belief, 0.5f), 11.75, 1e-5);
}

int main(void)
{
    test_states();
    test_kernel();
    test_jump();
    test_update();
    test_estimate();
    test_prefer();
    test_quantile();
    for (int run = 0; run < 5; run++) {
        test_smooth(0);
        test_smooth(60);
        test_smooth(62.5);
    }
    return test_done();
}
