/* Losses against closed forms and finite differences, and what must hold between them. */
#include "loss.h"

#include "random.h"
#include "test.h"

enum { N = 3, CLASSES = 7 };

static float logits[N * CLASSES], teacher[N * CLASSES], target[N * CLASSES];
static const int label[N] = {2, -1, 6}, all_known[N] = {2, 0, 6};
static const float positive[CLASSES] = {1, 2, 0.5f, 3, 1, 7, 1};
static const struct plethtrain_dkd dkd = {1.5f, 8, 2, 0.7f, 0};

static double cross_entropy(const float *x, float *g)
{
    return plethtrain_cross_entropy(N, CLASSES, x, label, 1, g);
}
static double soft_targets(const float *x, float *g)
{
    return plethtrain_cross_entropy_soft(N, CLASSES, x, target, 1, g);
}
static double mse(const float *x, float *g)
{
    return plethtrain_mse(N * CLASSES, x, teacher, 1, g);
}
static double pearson(const float *x, float *g)
{
    return plethtrain_negative_pearson(N, CLASSES, x, teacher, 1, g);
}
static double binary(const float *x, float *g)
{
    return plethtrain_binary(N, CLASSES, x, target, positive, 1, g);
}
static double ordered_soft(const float *x, float *g)
{
    return plethtrain_ordered_soft(N, CLASSES, x, target, 1, g);
}
static double hard(const float *x, float *g)
{
    return plethtrain_hard(N, CLASSES, x, teacher, 1, g);
}
static double soft(const float *x, float *g)
{
    return plethtrain_soft(N, CLASSES, x, teacher, 3, 1, g);
}
static double ordered_teacher(const float *x, float *g)
{
    return plethtrain_ordered_teacher(N, CLASSES, x, teacher, 3, 1, g);
}
static double decoupled(const float *x, float *g)
{
    return plethtrain_decoupled(&dkd, 0, N, CLASSES, x, teacher, label, 1, g, NULL);
}

/* The gradient against differences of the loss, which is exact to about 1e-7: steps are large, and
 * four of them cancel the next term. */
static void check_gradient(const char *name, double (*loss)(const float *x, float *g))
{
    float g[N * CLASSES] = {0}, x[N * CLASSES];

    loss(logits, g);
    for (int i = 0; i < N * CLASSES; i++) {
        double at[5], slope;
        memcpy(x, logits, sizeof x);
        for (int k = 0; k < 5; k++) {
            x[i] = logits[i] + 0.0625f * (float)(k - 2);
            at[k] = loss(x, NULL);
        }
        slope = (8 * (at[3] - at[1]) - (at[4] - at[0])) / (12 * 0.0625);
        CHECK_NEAR((double)g[i], slope, 1e-4 * (1 + fabs(slope)));
        if (!(fabs((double)g[i] - slope) <= 1e-4 * (1 + fabs(slope))))
            printf("%s, value %d\n", name, i);
    }
}

/* The weight multiplies the gradient, which is added. */
static void check_weight(void)
{
    float once[N * CLASSES] = {0}, twice[N * CLASSES] = {0};

    plethtrain_soft(N, CLASSES, logits, teacher, 2, 1, once);
    plethtrain_soft(N, CLASSES, logits, teacher, 2, 0.25f, twice);
    plethtrain_soft(N, CLASSES, logits, teacher, 2, 0.75f, twice);
    for (int i = 0; i < N * CLASSES; i++)
        CHECK_NEAR((double)twice[i], (double)once[i], 1e-6);
}

static void probabilities(const float *x, double t, double *p)
{
    double sum = 0;

    for (int k = 0; k < CLASSES; k++)
        sum += p[k] = exp((double)x[k] / t);
    for (int k = 0; k < CLASSES; k++)
        p[k] /= sum;
}

static void check_values(void)
{
    double p[CLASSES], q[CLASSES], kl = 0, ce = 0, ranked = 0, below = 0;
    static const float y[4] = {1, 2, 3, 4}, z[4] = {-1, -2, -3, -4}, flat[4] = {5, 5, 5, 5};
    static const float yes[2] = {1, 0}, score[2] = {0, 2};
    float g[4] = {0}, certain[N * CLASSES] = {0};

    for (int i = 0; i < N; i++) {
        if (label[i] >= 0)
            certain[i * CLASSES + label[i]] = 1;
        probabilities(logits + i * CLASSES, 3, p);
        probabilities(teacher + i * CLASSES, 3, q);
        for (int k = 0; k < CLASSES; k++)
            kl += 9 * q[k] * log(q[k] / p[k]) / N;
        probabilities(logits + i * CLASSES, 1, p);
        ce -= label[i] < 0 ? 0 : log(p[label[i]]) / 2;
        below = 0;
        for (int k = 0; k < CLASSES && label[i] >= 0; k++) {
            below += p[k];
            ranked += pow(below - (k >= label[i]), 2) / 2;
        }
    }
    CHECK_NEAR(soft(logits, NULL), kl, 1e-6 * (1 + kl));
    CHECK_NEAR(cross_entropy(logits, NULL), ce, 1e-6 * (1 + ce));
    CHECK_NEAR(plethtrain_ordered_soft(N, CLASSES, logits, certain, 1, NULL), ranked,
               1e-5 * (1 + ranked));
    CHECK_NEAR(soft(teacher, NULL), 0, 1e-6);
    CHECK_NEAR(ordered_teacher(teacher, NULL), 0, 1e-9);
    CHECK_NEAR(plethtrain_mse(4, y, z, 1, NULL), (4 + 16 + 36 + 64) / 4.0, 1e-6);
    CHECK_NEAR(plethtrain_negative_pearson(1, 4, y, y, 1, NULL), 0, 1e-12);
    CHECK_NEAR(plethtrain_negative_pearson(1, 4, y, z, 1, NULL), 2, 1e-12);
    CHECK_NEAR(plethtrain_negative_pearson(1, 4, flat, y, 1, g), 1, 1e-12);
    CHECK(g[0] == 0 && g[3] == 0);
    CHECK_NEAR(plethtrain_binary(1, 2, score, yes, NULL, 1, NULL), (log(2) + log(1 + exp(2))) / 2,
               1e-7);
    CHECK_NEAR(plethtrain_binary(1, 2, score, yes, positive, 1, NULL),
               (log(2) + log(1 + exp(2))) / 2, 1e-7);
}

/* KL of all classes = TCKD + (1 - b) NCKD, sample by sample (networks.md section 8). */
static void check_identity(void)
{
    const struct plethtrain_dkd plain = {1, 1, 2.5f, 0, 0};

    for (int i = 0; i < N; i++) {
        const float *x = logits + i * CLASSES, *t = teacher + i * CLASSES;
        struct plethtrain_dkd_parts parts;
        double b[CLASSES], kl;
        plethtrain_decoupled(&plain, 0, 1, CLASSES, x, t, &all_known[i], 1, NULL, &parts);
        kl = plethtrain_soft(1, CLASSES, x, t, 2.5f, 1, NULL) / (2.5 * 2.5);
        probabilities(t, 2.5, b);
        CHECK_NEAR(parts.tckd + (1 - b[all_known[i]]) * parts.nckd, kl, 1e-6 * (1 + kl));
    }
}

static void check_warm_up(void)
{
    const struct plethtrain_dkd plan = {1, 8, 4, 1, 20};
    struct plethtrain_dkd_parts p;
    double loss;

    for (int epoch = 0; epoch <= 30; epoch += 10) {
        const double warm = epoch < 20 ? epoch / 20.0 : 1;
        loss = plethtrain_decoupled(&plan, epoch, N, CLASSES, logits, teacher, label, 1, NULL, &p);
        CHECK_NEAR(loss, p.cross_entropy + warm * 16 * (p.tckd + 8 * p.nckd), 1e-9 * (1 + loss));
    }
}

/* Logits a thousand apart: losses and gradients are numbers, and the small share is not lost. */
static void check_extremes(void)
{
    static const float high[3] = {1000, 0, -1000}, other[3] = {-1000, 0, 1000};
    static const int first = 0;
    struct plethtrain_dkd_parts p;
    float g[3] = {0};
    double loss = plethtrain_decoupled(&dkd, 0, 1, 3, high, other, &first, 1, g, &p);

    CHECK(isfinite(loss) && isfinite(g[0]) && isfinite(g[1]) && isfinite(g[2]));
    CHECK_NEAR(plethtrain_cross_entropy(1, 3, other, &first, 1, g), 2000, 1e-3);
    loss = plethtrain_binary(1, 3, high, other, NULL, 1, g);
    CHECK(isfinite(loss));
    /* a = 1 - e: TCKD of a teacher with 1 - 2 e is that of the small shares */
    {
        const float s[2] = {30, 0}, t[2] = {30 - 0.69314718f, 0};
        const struct plethtrain_dkd one = {1, 0, 1, 0, 0};
        const double e = 1 / (1 + exp(30)), f = 1 / (1 + exp(30 - log(2)));
        const double truth = f * log(f / e) + (1 - f) * (log1p(-f) - log1p(-e));
        plethtrain_decoupled(&one, 0, 1, 2, s, t, &first, 1, NULL, &p);
        CHECK_NEAR(p.tckd, truth, 1e-3 * truth);
    }
}

static void check_targets(void)
{
    const float rate[4] = {3.25f, NAN, -2, 6.4f};
    float t[4 * CLASSES];
    double sum = 0;

    plethtrain_gaussian_targets(4, CLASSES, rate, 1.5f, t);
    for (int k = 0; k < CLASSES; k++) {
        sum += (double)t[k];
        CHECK(t[CLASSES + k] == 0 && t[2 * CLASSES + k] == 0);
    }
    CHECK_NEAR(sum, 1, 1e-6);
    CHECK_NEAR((double)(t[4] / t[3]), exp((0.25 * 0.25 - 0.75 * 0.75) / (2 * 1.5 * 1.5)), 1e-5);
    CHECK(t[3 * CLASSES + 6] > t[3 * CLASSES + 5]);
    plethtrain_gaussian_targets(1, CLASSES, rate, 1e-3f, t);
    CHECK(t[3] == 1);
    /* nothing known: no loss, no gradient */
    memset(t, 0, sizeof t);
    sum = plethtrain_cross_entropy_soft(N, CLASSES, logits, t, 1, NULL) +
          plethtrain_ordered_soft(N, CLASSES, logits, t, 1, NULL);
    CHECK(sum == 0);
    CHECK(plethtrain_cross_entropy(1, CLASSES, logits, &label[1], 1, t) == 0 && t[0] == 0);
}

int main(void)
{
    static const struct {
        const char *name;
        double (*loss)(const float *x, float *g);
    } losses[] = {
        {"cross entropy", cross_entropy},
        {"soft targets", soft_targets},
        {"mse", mse},
        {"pearson", pearson},
        {"binary", binary},
        {"ordered soft", ordered_soft},
        {"hard", hard},
        {"soft", soft},
        {"ordered teacher", ordered_teacher},
        {"decoupled", decoupled},
    };
    const float rate[N] = {2.2f, 4.9f, NAN};

    for (int i = 0; i < N * CLASSES; i++) {
        logits[i] = (float)(3 * plethtrain_uniform(1, (uint64_t)i));
        teacher[i] = (float)(4 * plethtrain_uniform(2, (uint64_t)i));
    }
    plethtrain_gaussian_targets(N, CLASSES, rate, 1, target);
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        check_gradient(losses[i].name, losses[i].loss);
    check_weight();
    check_values();
    check_identity();
    check_warm_up();
    check_extremes();
    check_targets();
    return test_done();
}
