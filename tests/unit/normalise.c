/* Mean, deviation and floor of network inputs, against their definitions; whole clips and live. */
#include "test.h"

#include <stdint.h>
#include <string.h>

#include "camera/normalise.h"

enum { N = 27, CLIP = 50 };
#define SECOND 1000000000LL

static float frames[CLIP][N];
static struct pleth_normaliser live;

static float uniform(void)
{
    static uint32_t s = 2463534242u;
    s ^= s << 13;
    s ^= s >> 17;
    s ^= s << 5;
    return (float)s / 4294967296.0f;
}

static void fill(float *x, float from, float to)
{
    for (int i = 0; i < N; i++)
        x[i] = from + (to - from) * uniform();
}

static double quotient(float a, float b)
{
    return ((double)b - (double)a) / ((double)b + (double)a + 1e-7);
}

/* Mean and deviation in two passes. */
static void moments(const double *x, int n, double *mean, double *deviation)
{
    double sum = 0;
    *mean = 0;
    for (int i = 0; i < n; i++)
        *mean += x[i] / n;
    for (int i = 0; i < n; i++)
        sum += (x[i] - *mean) * (x[i] - *mean) / n;
    *deviation = sqrt(sum);
}

static void test_clip(void)
{
    static double pixels[CLIP * N], differences[(CLIP - 1) * N];
    static float tensor[(CLIP - 1) * 2 * N], motion[(CLIP - 1) * N];
    double mean, deviation, centre, unit;
    for (int t = 0; t < CLIP; t++)
        fill(frames[t], 0.1f, 0.9f);
    for (int i = 0; i < CLIP * N; i++)
        pixels[i] = (double)frames[i / N][i % N];
    for (int i = 0; i < (CLIP - 1) * N; i++)
        differences[i] = quotient(frames[i / N][i % N], frames[i / N + 1][i % N]);
    moments(pixels, CLIP * N, &mean, &deviation);
    moments(differences, (CLIP - 1) * N, &centre, &unit);

    pleth_normalise_clip(frames[0], CLIP, N, tensor, tensor + N, 2 * N);
    pleth_normalise_clip(frames[0], CLIP, N, motion, NULL, N);
    for (int i = 0; i < (CLIP - 1) * N; i++) {
        int at = i / N * 2 * N + i % N;
        CHECK_NEAR((double)tensor[at], differences[i] / unit, 1e-6);
        CHECK_NEAR((double)tensor[at + N], (pixels[i] - mean) / deviation, 1e-6);
        CHECK(motion[i] == tensor[at]);
    }
    /* a single frame has no difference */
    tensor[0] = 5;
    pleth_normalise_clip(frames[0], 1, N, tensor, tensor + N, 2 * N);
    CHECK(tensor[0] == 5);
}

/* Nothing to divide by gives zeros, never NaN. */
static void test_constant(void)
{
    float out[2][2 * N];
    struct pleth_sums none = {0};
    CHECK(pleth_sums_mean(&none) == 0 && pleth_sums_deviation(&none) == 0);
    for (int level = 0; level < 2; level++) {
        for (int i = 0; i < 3 * N; i++)
            frames[i / N][i % N] = level ? 0.3f : 0;
        pleth_normalise_clip(frames[0], 3, N, out[0], out[0] + N, 2 * N);
        for (int i = 0; i < 4 * N; i++)
            CHECK(fabsf(out[i / (2 * N)][i % (2 * N)]) < 1e-3f);
    }
    pleth_standardise(frames[0], N, 0, 0, out[0]);
    CHECK(out[0][0] == 0 && out[0][N - 1] == 0);
}

/* The sums are those of the frames of the last ten seconds. */
static void check_window(const int64_t *time, int count, int64_t within)
{
    double pixels[CLIP * N], differences[CLIP * N], mean, deviation;
    int n = 0, m = 0;
    for (int t = 0; t < count; t++)
        if (time[count - 1] - time[t] < within)
            for (int i = 0; i < N; i++) {
                pixels[n++] = (double)frames[t][i];
                if (t > 0)
                    differences[m++] = quotient(frames[t - 1][i], frames[t][i]);
            }
    CHECK(live.pixels.count == n && live.differences.count == m);
    moments(pixels, n, &mean, &deviation);
    CHECK_NEAR(pleth_sums_mean(&live.pixels), mean, 1e-12);
    CHECK_NEAR(pleth_sums_deviation(&live.pixels), deviation, 1e-12);
    if (m > 0) {
        moments(differences, m, &mean, &deviation);
        CHECK_NEAR(pleth_sums_deviation(&live.differences), deviation, 1e-12);
    }
}

static void test_window(void)
{
    int64_t time[CLIP], now = -3 * SECOND;
    pleth_normaliser_reset(&live);
    CHECK(!pleth_normaliser_ready(&live));
    for (int t = 0; t < CLIP; t++) {
        fill(frames[t], 0.0f, 1.0f);
        time[t] = now;
        pleth_normaliser_push(&live, now, t ? frames[t - 1] : NULL, frames[t], N);
        check_window(time, t + 1, 10 * SECOND);
        CHECK(pleth_normaliser_ready(&live) == (now >= -SECOND));
        now += t % 3 == 0 ? SECOND / 2 : SECOND / 4;
    }
    /* a pause longer than the window begins anew */
    pleth_normaliser_push(&live, now + 11 * SECOND, frames[0], frames[1], N);
    CHECK(live.pixels.count == N && !pleth_normaliser_ready(&live));
}

/* Any rate of frames fits into the ring. */
static void test_rates(void)
{
    static const int hz[] = {5, 15, 24, 25, 30, 41, 42, 50, 60, 90, 120, 240, 1000};
    for (int r = 0; r < (int)(sizeof(hz) / sizeof(*hz)); r++) {
        int count = 13 * hz[r], most = 0;
        pleth_normaliser_reset(&live);
        for (int t = 0; t < count; t++) {
            pleth_normaliser_push(&live, t * SECOND / hz[r], t ? frames[(t - 1) % CLIP] : NULL,
                                  frames[t % CLIP], N);
            most = live.used > most ? live.used : most;
        }
        CHECK(most <= PLETH_NORMALISE_SLOTS);
        CHECK_NEAR(live.pixels.count / (10 * hz[r] * N), 1, 0.01);
    }
}

/* Noise of one sensor level's rounding makes differences of the floor's size; a fifth of the frames
 * refined by a codec do not move a picture. */
static void test_floor(void)
{
    static float last[N], now[N];
    struct pleth_sums s = {0};
    for (int t = 0; t < 2000; t++) {
        for (int i = 0; i < N; i++) {
            float sum = 0;
            for (int k = 0; k < 4; k++)
                sum += 100 + uniform() - 0.5f;
            now[i] = sum / 4 / 255;
        }
        if (t > 0)
            pleth_sum_differences(&s, last, now, N);
        memcpy(last, now, sizeof(now));
    }
    double floor = pleth_difference_floor(4, 100);
    CHECK_NEAR(pleth_sums_deviation(&s) / floor, 1, 0.02);
    CHECK_NEAR(pleth_difference_floor(16, 100) / floor, 0.5, 1e-12);
    CHECK_NEAR(pleth_difference_floor(4, 50) / floor, 2, 1e-12);
    /* enlarged pictures and black ones */
    CHECK(pleth_difference_floor(0.1, 100) == pleth_difference_floor(1, 100));
    CHECK(isfinite(pleth_difference_floor(0, 0)));

    for (int every = 1; every <= 5; every++) {
        pleth_normaliser_reset(&live);
        for (int t = 0; t < 300; t++) {
            memcpy(last, now, sizeof(now));
            for (int i = 0; i < N && t % every == 0; i++)
                now[i] = (100 + 10 * uniform()) / 255;
            pleth_normaliser_push(&live, t * SECOND / 30, t ? last : NULL, now, N);
        }
        CHECK(pleth_sums_deviation(&live.differences) > 2 * floor);
        CHECK(pleth_normaliser_still(&live, floor) == (every > 2));
    }
    /* 24 pictures a second shown as 60 */
    pleth_normaliser_reset(&live);
    for (int t = 0; t < 600; t++) {
        memcpy(last, now, sizeof(now));
        for (int i = 0; i < N && t * 24 / 60 != (t - 1) * 24 / 60; i++)
            now[i] = (100 + 10 * uniform()) / 255;
        pleth_normaliser_push(&live, t * SECOND / 60, t ? last : NULL, now, N);
    }
    CHECK(!pleth_normaliser_still(&live, floor));
}

int main(void)
{
    test_clip();
    test_constant();
    test_window();
    test_rates();
    test_floor();
    return test_done();
}
