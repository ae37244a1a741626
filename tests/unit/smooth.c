/* Forward and backward over a whole recording, against sums over all ways in double. */
#include "smooth.h"

#include "test.h"

#include <string.h>

enum { STATES = 21, STEPS = 6 };

static double uniform(void)
{
    static unsigned long long s = 88172645463325252u;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return (double)(s >> 11) / 9007199254740992.0;
}

/* How the belief moves in `seconds`, as a matrix: a row a state it starts from. */
static void moves(struct pleth_belief b, float seconds, double m[STATES][STATES])
{
    for (int i = 0; i < STATES; i++) {
        memset(b.p, 0, sizeof(b.p));
        b.p[i] = 1;
        pleth_belief_predict(&b, seconds);
        for (int j = 0; j < STATES; j++)
            m[i][j] = (double)b.p[j];
    }
}

static void test_against_sums(void)
{
    struct smooth s = {0};
    struct pleth_belief b;
    pleth_vital vital[STEPS];
    double like[STEPS][STATES], move[STEPS][STATES][STATES], forward[STEPS][STATES];
    double backward[STEPS][STATES], time_s = 0;

    pleth_belief_init(&b, 60, 80, 1, 2, 0.02f);
    memset(vital, 0, sizeof(vital));
    for (int k = 0; k < STEPS; k++) {
        float loglik[STATES];
        double step = 0.5 + uniform();
        time_s += step;
        for (int i = 0; i < STATES; i++) {
            loglik[i] = (float)(3 * uniform() - 0.05 * (i - 12) * (i - 12));
            like[k][i] = exp((double)loglik[i]);
        }
        CHECK(smooth_add(&s, &b, loglik, time_s) == 0);
        moves(b, s.seconds[k], move[k]);
        vital[k].value = 72;
        vital[k].have = 1;
        vital[k].quality = 0.9f;
    }
    for (int i = 0; i < STATES; i++) {
        forward[0][i] = like[0][i];
        backward[STEPS - 1][i] = 1;
    }
    for (int k = 1; k < STEPS; k++)
        for (int j = 0; j < STATES; j++) {
            forward[k][j] = 0;
            for (int i = 0; i < STATES; i++)
                forward[k][j] += forward[k - 1][i] * move[k][i][j] * like[k][j];
        }
    for (int k = STEPS - 1; k > 0; k--)
        for (int i = 0; i < STATES; i++) {
            backward[k - 1][i] = 0;
            for (int j = 0; j < STATES; j++)
                backward[k - 1][i] += move[k][i][j] * like[k][j] * backward[k][j];
        }
    CHECK(smooth_apply(&s, vital, sizeof(vital[0]), 30, 30) == 0);
    for (int k = 0; k < STEPS; k++) {
        double all = 0, mean = 0;
        for (int i = 0; i < STATES; i++) {
            all += forward[k][i] * backward[k][i];
            mean += (60 + i) * forward[k][i] * backward[k][i];
        }
        for (int i = 0; i < STATES; i++)
            CHECK_NEAR((double)s.evidence[k * STATES + i], forward[k][i] * backward[k][i] / all,
                       2e-3);
        CHECK_NEAR((double)vital[k].value, mean / all, 0.05);
        CHECK(vital[k].have && vital[k].reasons == 0);
    }
    smooth_free(&s);
}

/* One bad window among good ones is moved to their rate, and is no reading any more; what was
 * warming up stays as it was. */
static void test_outlier(void)
{
    struct smooth s = {0};
    struct pleth_belief b;
    pleth_vital vital[9];
    pleth_belief_init(&b, 40, 220, 1, 1.2f, 0.003f);
    memset(vital, 0, sizeof(vital));
    for (int k = 0; k < 9; k++) {
        float loglik[181];
        int rate = k == 5 ? 150 : 70;
        for (int i = 0; i < 181; i++)
            loglik[i] = -0.02f * (float)((40 + i - rate) * (40 + i - rate));
        for (int i = 0; i < 181; i++)
            loglik[i] = loglik[i] < -8 ? -8 : loglik[i];
        CHECK(smooth_add(&s, &b, k ? loglik : NULL, k + 1) == 0);
        vital[k].value = (float)rate;
        vital[k].quality = 0.9f;
        vital[k].have = k > 0;
        vital[k].reasons = k ? 0 : PLETH_WARMING_UP;
    }
    CHECK(smooth_apply(&s, vital, sizeof(vital[0]), 8, 5) == 0);
    CHECK(vital[0].value == 70 && !vital[0].have && vital[0].reasons == PLETH_WARMING_UP);
    for (int k = 1; k < 9; k++) {
        CHECK_NEAR((double)vital[k].value, 70, 1);
        CHECK(vital[k].have == (k != 5));
        CHECK(vital[k].reasons == (k == 5 ? PLETH_UNSTABLE : 0));
        CHECK((vital[k].quality < 0.5f) == (k == 5));
    }
    smooth_free(&s);
}

/* What lags by lag_s is moved back by it: exactly so on a ramp, whatever the steps between
 * readings, and at the end the last value stays. */
static void test_shift(void)
{
    enum { N = 40 };
    for (int run = 0; run < 4; run++) {
        static const double lags[] = {0, 0.7, 2.8, 9};
        struct smooth s = {0};
        struct pleth_belief b;
        struct {
            char before[24];
            pleth_vital vital;
            int after;
        } reading[N];
        double at_s[N], time_s = 3;
        pleth_belief_init(&b, 60, 80, 1, 2, 0.02f);
        memset(reading, 0x5a, sizeof(reading));
        for (int k = 0; k < N; k++) {
            time_s += run % 2 ? 0.3 + 2 * uniform() : 1;
            at_s[k] = time_s;
            CHECK(smooth_add(&s, &b, NULL, time_s) == 0);
            reading[k].vital.value = (float)(60 + 1.5 * (time_s - lags[run]));
            reading[k].vital.sd = 3;
        }
        smooth_shift(&s, &reading[0].vital, sizeof(reading[0]), (float)lags[run]);
        for (int k = 0; k < N; k++) {
            double want = fmin(at_s[k], at_s[N - 1] - lags[run]);
            CHECK_NEAR((double)reading[k].vital.value, 60 + 1.5 * want, 1e-3);
            CHECK(reading[k].vital.sd == 3 && reading[k].after == 0x5a5a5a5a);
        }
        smooth_free(&s);
    }
}

int main(void)
{
    test_shift();
    test_against_sums();
    test_outlier();
    return test_done();
}
