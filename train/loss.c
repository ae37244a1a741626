#include "loss.h"

#include <math.h>
#include <stddef.h>

/* p = softmax(x / t), without class `without` (-1: none) whose p is 0; returns the log of the sum
 * of exp(x / t). */
static double softmax(int classes, const float *x, double t, int without, float *p)
{
    double largest = -HUGE_VAL, sum = 0;

    for (int k = 0; k < classes; k++)
        if (k != without && (double)x[k] > largest)
            largest = (double)x[k];
    for (int k = 0; k < classes; k++) {
        p[k] = k == without ? 0 : expf((float)(((double)x[k] - largest) / t));
        sum += (double)p[k];
    }
    for (int k = 0; k < classes; k++)
        p[k] = (float)((double)p[k] / sum);
    return largest / t + log(sum);
}

static int known(int n, const int *label)
{
    int count = 0;

    for (int i = 0; i < n; i++)
        count += label[i] >= 0;
    return count;
}

double plethtrain_cross_entropy(int n, int classes, const float *logits, const int *label,
                                float weight, float *gradient)
{
    const int count = known(n, label);
    float p[PLETHTRAIN_CLASSES];
    double loss = 0;

    for (int i = 0; i < n; i++) {
        const float *x = logits + (ptrdiff_t)i * classes;
        float *g = gradient ? gradient + (ptrdiff_t)i * classes : NULL;
        if (label[i] < 0)
            continue;
        loss += softmax(classes, x, 1, -1, p) - (double)x[label[i]];
        p[label[i]] -= 1;
        for (int k = 0; g && k < classes; k++)
            g[k] += weight / (float)count * p[k];
    }
    return count ? loss / count : 0;
}

/* 1 where a target says anything; their number. */
static int has_target(int classes, const float *target)
{
    for (int k = 0; k < classes; k++)
        if (target[k] > 0)
            return 1;
    return 0;
}

static int known_targets(int n, int classes, const float *target)
{
    int count = 0;

    for (int i = 0; i < n; i++)
        count += has_target(classes, target + (ptrdiff_t)i * classes);
    return count;
}

double plethtrain_cross_entropy_soft(int n, int classes, const float *logits, const float *target,
                                     float weight, float *gradient)
{
    const int count = known_targets(n, classes, target);
    float p[PLETHTRAIN_CLASSES];
    double loss = 0;

    for (int i = 0; i < n; i++) {
        const float *x = logits + (ptrdiff_t)i * classes, *q = target + (ptrdiff_t)i * classes;
        float *g = gradient ? gradient + (ptrdiff_t)i * classes : NULL;
        double all;
        if (!has_target(classes, q))
            continue;
        all = softmax(classes, x, 1, -1, p);
        for (int k = 0; k < classes; k++)
            loss += q[k] > 0 ? (double)q[k] * (all - (double)x[k]) : 0;
        for (int k = 0; g && k < classes; k++)
            g[k] += weight / (float)count * (p[k] - q[k]);
    }
    return count ? loss / count : 0;
}

void plethtrain_gaussian_targets(int n, int classes, const float *rate, float sigma, float *target)
{
    for (int i = 0; i < n; i++, target += classes) {
        const int inside = rate[i] >= -0.5f && rate[i] < (float)classes - 0.5f;
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            const double d = inside ? ((double)k - (double)rate[i]) / (double)sigma : 0;
            target[k] = inside ? (float)exp(-0.5 * d * d) : 0;
            sum += (double)target[k];
        }
        for (int k = 0; k < classes && sum > 0; k++)
            target[k] = (float)((double)target[k] / sum);
        /* narrower than the distance to the next class: that class */
        if (inside && sum <= 0)
            target[(int)(rate[i] + 0.5f)] = 1;
    }
}

double plethtrain_mse(int n, const float *prediction, const float *truth, float weight,
                      float *gradient)
{
    double loss = 0;

    for (int i = 0; i < n; i++) {
        const float d = prediction[i] - truth[i];
        loss += (double)d * (double)d;
        if (gradient)
            gradient[i] += weight * 2 / (float)n * d;
    }
    return n ? loss / n : 0;
}

/* With p, y free of their means: r = p y / (|p| |y|), dr/dp = y / (|p| |y|) - r p / |p|^2 */
double plethtrain_negative_pearson(int n, int length, const float *prediction, const float *truth,
                                   float weight, float *gradient)
{
    double loss = 0;

    for (int i = 0; i < n; i++, prediction += length, truth += length) {
        double p_mean = 0, y_mean = 0, pp = 0, yy = 0, py = 0, r;
        for (int k = 0; k < length; k++) {
            p_mean += (double)prediction[k] / length;
            y_mean += (double)truth[k] / length;
        }
        for (int k = 0; k < length; k++) {
            const double p = (double)prediction[k] - p_mean, y = (double)truth[k] - y_mean;
            pp += p * p;
            yy += y * y;
            py += p * y;
        }
        r = pp > 0 && yy > 0 ? py / sqrt(pp * yy) : 0;
        loss += 1 - r;
        for (int k = 0; gradient && pp > 0 && yy > 0 && k < length; k++) {
            const double p = (double)prediction[k] - p_mean, y = (double)truth[k] - y_mean;
            gradient[(ptrdiff_t)i * length + k] -=
                (float)((double)weight / n * (y / sqrt(pp * yy) - r * p / pp));
        }
    }
    return n ? loss / n : 0;
}

double plethtrain_binary(int n, int outputs, const float *logits, const float *label,
                         const float *positive, float weight, float *gradient)
{
    const double all = (double)n * outputs;
    double loss = 0;

    for (ptrdiff_t i = 0; i < (ptrdiff_t)n * outputs; i++) {
        const double x = (double)logits[i], y = (double)label[i];
        const double w = positive ? (double)positive[i % outputs] : 1;
        /* log(1 + exp(-|x|)), from which both logarithms follow without overflow */
        const double rest = log1p(exp(-fabs(x)));
        const double minus_log_yes = rest + (x < 0 ? -x : 0), minus_log_no = rest + (x > 0 ? x : 0);
        const double yes = exp(-minus_log_yes), no = exp(-minus_log_no);
        loss += w * y * minus_log_yes + (1 - y) * minus_log_no;
        if (gradient)
            gradient[i] += (float)((double)weight / all * ((1 - y) * yes - w * y * no));
    }
    return all > 0 ? loss / all : 0;
}

/* ---- Ordered classes --------------------------------------------------------------------------
 */

/* The distance of p to q, and its gradient by the logits x of
 * p = softmax(x / t), added times a: with D_k the difference of the cumulative sums and G_j twice
 * the sum of D_k over k >= j, dx_j = p_j (G_j - sum p G) / t. */
static double distance(int classes, const float *p, const float *q, double t, double a,
                       float *gradient)
{
    double difference[PLETHTRAIN_CLASSES], d = 0, loss = 0, mean = 0, sum = 0;

    for (int k = 0; k < classes; k++) {
        d += (double)p[k] - (double)q[k];
        difference[k] = d;
        loss += d * d;
    }
    for (int k = classes - 1; gradient && k >= 0; k--) {
        sum += 2 * difference[k];
        difference[k] = sum;
        mean += (double)p[k] * sum;
    }
    for (int k = 0; gradient && k < classes; k++)
        gradient[k] += (float)(a * (double)p[k] * (difference[k] - mean) / t);
    return loss;
}

double plethtrain_ordered_soft(int n, int classes, const float *logits, const float *target,
                               float weight, float *gradient)
{
    const int count = known_targets(n, classes, target);
    float p[PLETHTRAIN_CLASSES];
    double loss = 0;

    for (int i = 0; i < n; i++) {
        const float *q = target + (ptrdiff_t)i * classes;
        if (!has_target(classes, q))
            continue;
        softmax(classes, logits + (ptrdiff_t)i * classes, 1, -1, p);
        loss += distance(classes, p, q, 1, (double)weight / count,
                         gradient ? gradient + (ptrdiff_t)i * classes : NULL);
    }
    return count ? loss / count : 0;
}

/* ---- Distillation -----------------------------------------------------------------------------
 */

double plethtrain_hard(int n, int classes, const float *logits, const float *teacher, float weight,
                       float *gradient)
{
    double loss = 0;

    for (int i = 0; i < n; i++) {
        const float *t = teacher + (ptrdiff_t)i * classes;
        int most = 0;
        for (int k = 1; k < classes; k++)
            most = t[k] > t[most] ? k : most;
        loss += plethtrain_cross_entropy(1, classes, logits + (ptrdiff_t)i * classes, &most,
                                         weight / (float)n,
                                         gradient ? gradient + (ptrdiff_t)i * classes : NULL);
    }
    return n ? loss / n : 0;
}

/* KL(q || p) of p = softmax(x / t), q = softmax(y / t), both without a class (-1: none); q and p
 * are filled. */
static double divergence(int classes, const float *x, const float *y, double t, int without,
                         float *p, float *q)
{
    const double log_p = softmax(classes, x, t, without, p);
    const double log_q = softmax(classes, y, t, without, q);
    double sum = 0;

    for (int k = 0; k < classes; k++)
        if (q[k] > 0)
            sum += (double)q[k] * (((double)y[k] / t - log_q) - ((double)x[k] / t - log_p));
    return sum;
}

double plethtrain_soft(int n, int classes, const float *logits, const float *teacher,
                       float temperature, float weight, float *gradient)
{
    const double t = (double)temperature;
    float p[PLETHTRAIN_CLASSES], q[PLETHTRAIN_CLASSES];
    double loss = 0;

    for (int i = 0; i < n; i++) {
        const ptrdiff_t at = (ptrdiff_t)i * classes;
        loss += t * t * divergence(classes, logits + at, teacher + at, t, -1, p, q);
        for (int k = 0; gradient && k < classes; k++)
            gradient[at + k] += weight * temperature / (float)n * (p[k] - q[k]);
    }
    return n ? loss / n : 0;
}

double plethtrain_ordered_teacher(int n, int classes, const float *logits, const float *teacher,
                                  float temperature, float weight, float *gradient)
{
    const double t = (double)temperature;
    float p[PLETHTRAIN_CLASSES], q[PLETHTRAIN_CLASSES];
    double loss = 0;

    for (int i = 0; i < n; i++) {
        const ptrdiff_t at = (ptrdiff_t)i * classes;
        softmax(classes, logits + at, t, -1, p);
        softmax(classes, teacher + at, t, -1, q);
        loss +=
            t * t *
            distance(classes, p, q, t, (double)weight * t * t / n, gradient ? gradient + at : NULL);
    }
    return n ? loss / n : 0;
}

/* log of the sum of exp(x / t) over all classes but one */
static double log_others(int classes, const float *x, double t, int without)
{
    double largest = -HUGE_VAL, sum = 0;

    for (int k = 0; k < classes; k++)
        if (k != without && (double)x[k] > largest)
            largest = (double)x[k];
    for (int k = 0; k < classes; k++)
        sum += k == without ? 0 : (double)expf((float)(((double)x[k] - largest) / t));
    return largest / t + log(sum);
}

/* log(1 / (1 + exp(-x))) */
static double log_sigmoid(double x)
{
    return x < 0 ? x - log1p(exp(x)) : -log1p(exp(-x));
}

/* Of one sample: log of the target's share, of that of all others. The others' is a log-sum-exp
 * over them, so that neither is lost where the other is nearly one. */
static void split(int classes, const float *x, double t, int label, double *target, double *others)
{
    const double lead = (double)x[label] / t - log_others(classes, x, t, label);

    *target = log_sigmoid(lead);
    *others = log_sigmoid(-lead);
}

double plethtrain_decoupled(const struct plethtrain_dkd *d, int epoch, int n, int classes,
                            const float *logits, const float *teacher, const int *label,
                            float weight, float *gradient, struct plethtrain_dkd_parts *parts)
{
    const double t = (double)d->temperature;
    const double warm = d->warm_up > 0 && epoch < d->warm_up ? (double)epoch / d->warm_up : 1;
    const int count = known(n, label);
    const double factor = count ? (double)weight * warm * t / count : 0; /* T^2 / T */
    float p[PLETHTRAIN_CLASSES], q[PLETHTRAIN_CLASSES];
    struct plethtrain_dkd_parts sum = {0};

    sum.cross_entropy =
        plethtrain_cross_entropy(n, classes, logits, label, weight * d->cross_entropy, gradient);
    for (int i = 0; i < n; i++) {
        const ptrdiff_t at = (ptrdiff_t)i * classes;
        const int y = label[i];
        double log_a, log_rest_a, log_b, log_rest_b, pull;
        if (y < 0)
            continue;
        split(classes, logits + at, t, y, &log_a, &log_rest_a);
        split(classes, teacher + at, t, y, &log_b, &log_rest_b);
        sum.tckd +=
            (exp(log_b) * (log_b - log_a) + exp(log_rest_b) * (log_rest_b - log_rest_a)) / count;
        sum.nckd += divergence(classes, logits + at, teacher + at, t, y, p, q) / count;
        /* a - b, without loss where both are nearly one */
        pull = log_a < log_rest_a ? exp(log_a) - exp(log_b) : exp(log_rest_b) - exp(log_rest_a);
        for (int k = 0; gradient && k < classes; k++) {
            const double target = k == y ? pull : -pull * (double)p[k];
            const double others = k == y ? 0 : (double)(p[k] - q[k]);
            gradient[at + k] +=
                (float)(factor * ((double)d->alpha * target + (double)d->beta * others));
        }
    }
    if (parts)
        *parts = sum;
    return (double)d->cross_entropy * sum.cross_entropy +
           warm * t * t * ((double)d->alpha * sum.tckd + (double)d->beta * sum.nckd);
}
