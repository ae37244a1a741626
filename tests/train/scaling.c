/* Scaling laws: sums by hand, known laws found again, and intervals that hold the truth as often as
 * they say. */
#include "scaling.h"

#include "../test.h"
#include "random.h"

enum { SIZES = 10, SEEDS = 3, PEOPLE = 12 };

static const double sizes[SIZES] = {16628,  27060,  37492,  47924,  76000,
                                    126132, 167000, 208820, 508596, 837812};

static double normal(uint64_t key, uint64_t i)
{
    return sqrt(-2 * log(1 - plethtrain_uniform(key, 2 * i))) *
           cos(6.283185307179586 * plethtrain_uniform(key, 2 * i + 1));
}

/* A curve of the law with noise: each seed's of standard deviation sd; people have errors of their
 * own, of standard deviation `own`, the same at all sizes, and as many windows. */
struct made {
    struct plethtrain_curve curve;
    double sum[SIZES * PEOPLE], count[SIZES * PEOPLE];
};

static void make(struct made *m, const struct plethtrain_fit *law, int seeds, double sd, double own,
                 uint64_t key)
{
    double by_seed[SIZES * SEEDS], person[PEOPLE], mean = 0;
    int count[SIZES];

    for (int k = 0; k < PEOPLE; k++) {
        person[k] = own * normal(plethtrain_key(key, 5), (uint64_t)k);
        mean += person[k] / PEOPLE;
    }
    m->curve = (struct plethtrain_curve){
        .sizes = SIZES, .people = PEOPLE, .sum = m->sum, .count = m->count};
    for (int i = 0; i < SIZES; i++) {
        m->curve.size[i] = sizes[i];
        count[i] = seeds;
        for (int s = 0; s < seeds; s++)
            by_seed[i * SEEDS + s] = plethtrain_law_error(law, sizes[i]) + mean +
                                     sd * normal(key, (uint64_t)(i * SEEDS + s));
    }
    plethtrain_curve_spread(&m->curve, by_seed, count, SEEDS);
    for (int i = 0; i < SIZES; i++)
        for (int k = 0; k < PEOPLE; k++) {
            m->count[i * PEOPLE + k] = 100;
            m->sum[i * PEOPLE + k] = 100 * (m->curve.error[i] + person[k] - mean);
        }
}

static const struct plethtrain_fit truths[PLETHTRAIN_LAWS] = {
    {.law = PLETHTRAIN_POWER_FLOOR, .floor = 5, .scale = 60000, .rate = 0.95},
    {.law = PLETHTRAIN_POWER, .scale = 100, .rate = 0.25},
    {.law = PLETHTRAIN_EXPONENTIAL, .floor = 5.5, .scale = 7, .rate = 50000},
    {.law = PLETHTRAIN_LOGARITHM, .floor = 25, .scale = 1.4},
};

/* Four points of which the sums are done by hand. */
static void by_hand(void)
{
    struct plethtrain_curve c = {.sizes = 4, .size = {1, 2, 4, 8}};
    const double by_seed[8] = {9, 11, 6, 8, 7, 7, 3, 5};
    const int seeds[4] = {2, 2, 2, 2};
    struct plethtrain_fit fit;
    struct plethio_error e;

    plethtrain_curve_spread(&c, by_seed, seeds, 2);
    /* squares 2, 2, 0, 2 of one degree of freedom each: pooled 1.5 */
    CHECK(c.degrees == 4);
    CHECK_NEAR(c.seed_variance, 1.5, 1e-12);
    CHECK_NEAR(c.error[0], 10, 1e-12);
    /* (2 + 4 * 1.5) / 5 / 2 and (0 + 6) / 5 / 2 */
    CHECK_NEAR(c.variance[0], 0.8, 1e-12);
    CHECK_NEAR(c.variance[2], 0.6, 1e-12);
    /* equal weights: error 10, 7, 7, 4 against u = 0..3 = log2(size): slope -9 / 5 each doubling,
       intercept 9.7; residuals .3, -.9, .9, -.3, of squares' sum 1.8 and total 18 */
    c.seed_variance = c.scatter = 0;
    c.observations = 4;
    CHECK(plethtrain_law_fit(&c, PLETHTRAIN_LOGARITHM, &fit, &e) == 0);
    CHECK_NEAR(fit.floor, 9.7, 1e-9);
    CHECK_NEAR(fit.scale, 1.8 / log(2), 1e-9);
    CHECK_NEAR(fit.chi2, 1.8, 1e-9);
    CHECK_NEAR(fit.r2, 0.9, 1e-9);
    CHECK_NEAR(fit.rmse, sqrt(0.45), 1e-9);
    CHECK_NEAR(fit.inflation, 0.9, 1e-9);
    /* n = 4, two parameters and a variance: no room for a correction */
    CHECK(isinf(fit.aicc));
    CHECK_NEAR(plethtrain_law_error(&fit, 16), 9.7 - 4 * 1.8, 1e-9);
    CHECK_NEAR(plethtrain_law_size(&fit, 9.7 - 4 * 1.8), 16, 1e-6);
    /* with a fifth point on the line AICc is n ln(chi2 / n) + 6 + 24 */
    c.sizes = c.observations = 5;
    c.size[4] = 16;
    c.error[4] = 2.5;
    CHECK(plethtrain_law_fit(&c, PLETHTRAIN_LOGARITHM, &fit, &e) == 0);
    CHECK_NEAR(fit.chi2, 1.8, 1e-9);
    CHECK_NEAR(fit.aicc, 5 * log(1.8 / 5) + 6 + 24, 1e-9);
}

/* The criterion is that of the likelihood of every seed's error, summed here one by one. */
static void criterion(void)
{
    struct plethtrain_curve c = {.sizes = 5, .size = {1, 2, 4, 8, 16}};
    const double by_seed[15] = {9, 11, 10.5, 6, 8, 0, 7, 0, 0, 3, 5, 4, 2, 3, 2};
    const int seeds[5] = {3, 2, 1, 3, 3};
    struct plethtrain_fit fit;
    struct plethio_error e;
    double chi2 = 0;

    plethtrain_curve_spread(&c, by_seed, seeds, 3);
    for (int law = 0; law < PLETHTRAIN_LAWS; law++) {
        const int k = law == PLETHTRAIN_POWER || law == PLETHTRAIN_LOGARITHM ? 3 : 4;
        CHECK(plethtrain_law_fit(&c, law, &fit, &e) == 0);
        chi2 = 0;
        for (int i = 0; i < 5; i++)
            for (int s = 0; s < seeds[i]; s++) {
                const double r = by_seed[3 * i + s] - plethtrain_law_error(&fit, c.size[i]);
                chi2 += r * r / (c.variance[i] * seeds[i]);
            }
        CHECK_NEAR(fit.aicc, 12 * log(chi2 / 12) + 2 * k + 2.0 * k * (k + 1) / (12 - k - 1), 1e-9);
    }
    /* as many sizes as parameters fit whatever they are */
    c.sizes = 3;
    plethtrain_curve_spread(&c, by_seed, seeds, 3);
    CHECK(plethtrain_law_fit(&c, PLETHTRAIN_POWER_FLOOR, &fit, &e) == 0 && isinf(fit.aicc));
}

static void exact_laws(void)
{
    struct plethio_error e;
    struct made m;

    for (int law = 0; law < PLETHTRAIN_LAWS; law++) {
        struct plethtrain_fit fit[PLETHTRAIN_LAWS];

        make(&m, &truths[law], 1, 0, 0, 1);
        for (int k = 0; k < PLETHTRAIN_LAWS; k++)
            CHECK(plethtrain_law_fit(&m.curve, k, &fit[k], &e) == 0);
        CHECK_NEAR(fit[law].floor, truths[law].floor, 1e-4);
        CHECK_NEAR(fit[law].scale / truths[law].scale, 1, 1e-4);
        if (law != PLETHTRAIN_LOGARITHM)
            CHECK_NEAR(fit[law].rate / truths[law].rate, 1, 1e-5);
        CHECK(fit[law].r2 > 1 - 1e-9);
        CHECK(plethtrain_law_best(fit, PLETHTRAIN_LAWS) == law);
    }
    /* saturation: A N^-b = 0.1; A exp(-N / c) = 0.1; never */
    CHECK_NEAR(plethtrain_law_saturation(&truths[0], 0.1), pow(600000, 1 / 0.95), 1);
    CHECK_NEAR(plethtrain_law_saturation(&truths[2], 0.1), 50000 * log(70), 1e-6);
    CHECK(isinf(plethtrain_law_saturation(&truths[1], 0.1)));
    CHECK(isinf(plethtrain_law_saturation(&truths[3], 0.1)));
    CHECK(isinf(plethtrain_law_size(&truths[0], 4.9)));
    CHECK_NEAR(plethtrain_law_size(&truths[1], plethtrain_law_error(&truths[1], 5e4)), 5e4, 1e-3);
}

/* Errors that grow with size are no law: flat, and sane. */
static void rising(void)
{
    struct plethtrain_fit fit;
    struct plethio_error e;
    struct made m;

    make(&m, &truths[0], 1, 0, 0, 1);
    for (int i = 0; i < SIZES; i++)
        m.curve.error[i] = 4 + 0.2 * i;
    for (int law = 0; law < PLETHTRAIN_LAWS; law++) {
        CHECK(plethtrain_law_fit(&m.curve, law, &fit, &e) == 0);
        CHECK(fit.scale >= 0 && isfinite(fit.rate) && isfinite(fit.chi2));
        CHECK(plethtrain_law_error(&fit, 16628) >= plethtrain_law_error(&fit, 837812) - 1e-9);
    }
}

/* Over many curves of each law, AICc names the one that made them most often. */
static void choice(void)
{
    enum { CURVES = 60 };
    struct plethio_error e;
    struct made m;

    for (int law = 0; law < PLETHTRAIN_LAWS; law++) {
        int right = 0;

        for (int i = 0; i < CURVES; i++) {
            struct plethtrain_fit fit[PLETHTRAIN_LAWS];

            make(&m, &truths[law], SEEDS, 0.08, 0, (uint64_t)(1000 * law + i));
            for (int k = 0; k < PLETHTRAIN_LAWS; k++)
                CHECK(plethtrain_law_fit(&m.curve, k, &fit[k], &e) == 0);
            right += plethtrain_law_best(fit, PLETHTRAIN_LAWS) == law;
        }
        printf("%s: named for %d of %d curves of its own\n", plethtrain_law_name(law), right,
               CURVES);
        CHECK(right >= CURVES * 3 / 4);
    }
}

/* How often 90 % intervals hold the truth: of the parameters with people who differ, of the error
 * at a size that nobody trained, and of what three seeds measure there. */
static void coverage(void)
{
    enum { CURVES = 200, ROUNDS = 200 };
    const double level = 0.9, size = 90000, sd = 0.2, own = 1;
    static struct plethtrain_fit draw[ROUNDS];
    double work[ROUNDS], interval[2];
    struct plethio_error e;
    struct made m;

    for (int law = 0; law < PLETHTRAIN_LAWS; law++) {
        const struct plethtrain_fit *t = &truths[law];
        int in_rate = 0, in_error = 0, in_new = 0, in_floor = 0;

        for (int i = 0; i < CURVES; i++) {
            const uint64_t key = (uint64_t)(7000 * law + i);
            struct plethtrain_fit fit;
            double people = 0, measured = 0;

            make(&m, t, SEEDS, sd, own, key);
            for (int k = 0; k < PEOPLE; k++)
                people += own * normal(plethtrain_key(key, 5), (uint64_t)k) / PEOPLE;
            CHECK(plethtrain_law_fit(&m.curve, law, &fit, &e) == 0);
            CHECK(plethtrain_law_draw(&m.curve, &fit, 1, ROUNDS, 1, draw, &e) == 0);
            for (int r = 0; r < ROUNDS; r++)
                work[r] = draw[r].rate;
            plethtrain_interval(work, ROUNDS, level, interval);
            in_rate += t->rate >= interval[0] && t->rate <= interval[1];
            for (int r = 0; r < ROUNDS; r++)
                work[r] = draw[r].floor;
            plethtrain_interval(work, ROUNDS, level, interval);
            in_floor += t->floor >= interval[0] && t->floor <= interval[1];
            plethtrain_law_interval(&m.curve, &fit, draw, ROUNDS, size, 0, level, interval, work);
            in_error += plethtrain_law_error(t, size) >= interval[0] &&
                        plethtrain_law_error(t, size) <= interval[1];
            /* the same people, three other seeds */
            CHECK(plethtrain_law_draw(&m.curve, &fit, 0, ROUNDS, 1, draw, &e) == 0);
            plethtrain_law_interval(&m.curve, &fit, draw, ROUNDS, size, 3, level, interval, work);
            for (int s = 0; s < 3; s++)
                measured += (plethtrain_law_error(t, size) + people +
                             sd * normal(plethtrain_key(key, 9), (uint64_t)s)) /
                            3;
            in_new += measured >= interval[0] && measured <= interval[1];
        }
        printf("%s: of %d 90 %% intervals, truth is in %d of the rate, %d of the floor, %d of the "
               "error, %d of three new seeds\n",
               plethtrain_law_name(law), CURVES, in_rate, in_floor, in_error, in_new);
        CHECK(in_error >= 0.82 * CURVES && in_error <= 0.97 * CURVES);
        CHECK(in_new >= 0.84 * CURVES);
        /* a plain power law has no floor to put people's common share in */
        if (law == PLETHTRAIN_POWER_FLOOR || law == PLETHTRAIN_EXPONENTIAL) {
            CHECK(in_rate >= 0.84 * CURVES);
            CHECK(in_floor >= 0.82 * CURVES);
        }
    }
}

static void refused(void)
{
    struct plethtrain_curve c = {.sizes = 2, .size = {1, 2}, .error = {3, 2}};
    struct plethtrain_fit fit;
    struct plethio_error e;

    CHECK(plethtrain_law_fit(&c, PLETHTRAIN_POWER_FLOOR, &fit, &e) < 0);
    CHECK(strstr(e.text, "train more sizes") != NULL);
    CHECK(plethtrain_law_fit(&c, PLETHTRAIN_POWER, &fit, &e) == 0);
    CHECK(isnan(fit.inflation) && isinf(fit.aicc));
    CHECK(plethtrain_law_draw(&c, &fit, 0, 1, 1, &fit, &e) < 0);
    c.size[0] = 0;
    CHECK(plethtrain_law_fit(&c, PLETHTRAIN_POWER, &fit, &e) < 0);
    c.size[0] = 1;
    c.error[1] = (double)NAN;
    CHECK(plethtrain_law_fit(&c, PLETHTRAIN_POWER, &fit, &e) < 0);
}

int main(void)
{
    by_hand();
    criterion();
    exact_laws();
    rising();
    choice();
    coverage();
    refused();
    return test_done();
}
