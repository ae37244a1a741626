/* Optimisers against steps by hand, rates at their corners, clipping and averaging. */
#include "optimiser.h"

#include "pleth/pleth.h"
#include "test.h"

static void check_adam(int method, double decay)
{
    static const float gradient[3] = {0.5f, -0.25f, 2};
    const double rate = 0.01;
    struct plethtrain_optimiser o;
    double w = 1.5, m = 0, v = 0;
    float p = 1.5f;

    CHECK(plethtrain_optimiser_open(&o, method, 1, PLETH_CPU_ALL, NULL) == 0);
    o.decay = (float)decay;
    for (int i = 0; i < 3; i++) {
        double g = (double)gradient[i];
        if (method == PLETHTRAIN_ADAMW)
            w -= rate * decay * w;
        else
            g += decay * w;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        w -= rate * (m / (1 - pow(0.9, i + 1))) / (sqrt(v / (1 - pow(0.999, i + 1))) + 1e-8);
        plethtrain_optimise(&o, rate, &p, &gradient[i]);
        CHECK_NEAR((double)p, w, 1e-5 * fabs(w));
    }
    CHECK(o.steps == 3);
    plethtrain_optimiser_close(&o);
}

/* v = 0.9 v + g; w -= 0.1 v: from 1 with gradients 1, 2 and decay 0.5 of the weights */
static void check_sgd(void)
{
    static const float one = 1, two = 2;
    struct plethtrain_optimiser o;
    float p = 1;

    CHECK(plethtrain_optimiser_open(&o, PLETHTRAIN_SGD, 1, PLETH_CPU_ALL, NULL) == 0);
    o.decay = 0.5f;
    plethtrain_optimise(&o, 0.1, &p, &one); /* v = 1.5 */
    CHECK_NEAR((double)p, 0.85, 1e-6);
    plethtrain_optimise(&o, 0.1, &p, &two); /* v = 1.35 + 2 + 0.425 */
    CHECK_NEAR((double)p, 0.85 - 0.3775, 1e-6);
    plethtrain_optimiser_close(&o);
}

static void check_rates(void)
{
    /* PyTorch's OneCycleLR of max_lr 1 in 10 steps: the first, the peak, in between, the last */
    CHECK_NEAR(plethtrain_one_cycle(0, 10, 1), 0.04, 1e-12);
    CHECK_NEAR(plethtrain_one_cycle(1, 10, 1), 0.52, 1e-12);
    CHECK_NEAR(plethtrain_one_cycle(2, 10, 1), 1, 1e-12);
    CHECK_NEAR(plethtrain_one_cycle(9, 10, 1), 4e-6, 1e-12);
    CHECK_NEAR(plethtrain_one_cycle(4, 10, 1),
               4e-6 + (1 - 4e-6) / 2 * (1 + cos(3.141592653589793 * 2 / 7)), 1e-12);
    CHECK_NEAR(plethtrain_cosine(0, 10, 2), 2, 1e-12);
    CHECK_NEAR(plethtrain_cosine(5, 10, 2), 1, 1e-12);
    CHECK_NEAR(plethtrain_cosine(10, 10, 2), 0, 1e-12);
    for (int steps = 1; steps < 5; steps++)
        for (int i = 0; i < steps; i++)
            CHECK(plethtrain_one_cycle(i, steps, 1) > 0 && plethtrain_one_cycle(i, steps, 1) <= 1);
}

static void check_clip(void)
{
    float g[3] = {3, 0, 4}, bad[2] = {1, NAN};

    CHECK_NEAR(plethtrain_clip(g, 3, 10), 5, 1e-12);
    CHECK(g[0] == 3 && g[2] == 4);
    CHECK_NEAR(plethtrain_clip(g, 3, 1), 5, 1e-12);
    CHECK_NEAR((double)g[0], 0.6, 1e-6);
    CHECK_NEAR((double)g[2], 0.8, 1e-6);
    CHECK(isnan(plethtrain_clip(bad, 2, 1)));
    CHECK(bad[0] == 0 && bad[1] == 0);
}

static void check_average(void)
{
    float average = 0, w = 1;

    plethtrain_average(&average, &w, 1, 0.99, 0); /* keeps 1 / 10 */
    CHECK_NEAR((double)average, 0.9, 1e-6);
    plethtrain_average(&average, &w, 1, 0.99, 1000000);
    CHECK_NEAR((double)average, 0.99 * 0.9 + 0.01, 1e-6);
}

int main(void)
{
    check_adam(PLETHTRAIN_ADAM, 0);
    check_adam(PLETHTRAIN_ADAM, 0.1);
    check_adam(PLETHTRAIN_ADAMW, 0.1);
    check_sgd();
    check_rates();
    check_clip();
    check_average();
    return test_done();
}
