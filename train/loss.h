/* Losses and their gradients. Each returns its mean over the batch's n samples and adds `weight`
 * times the gradient of that mean to `gradient` (as large as the predictions; NULL: not wanted), so
 * that a combination is a sum of calls:
 *
 *     loss = plethtrain_cross_entropy(n, 180, logits, label, 0.1f, gradient) * 0.1 +
 *            plethtrain_soft(n, 180, logits, teacher, 4, 0.9f, gradient) * 0.9;
 *
 * Logits and teacher's logits are (n, classes), classes <= PLETHTRAIN_CLASSES. A label below 0
 * means that the truth is not known: the sample counts in no loss that needs it, and the mean is
 * over the others (0 where there are none). */
#ifndef PLETHTRAIN_LOSS_H
#define PLETHTRAIN_LOSS_H

enum { PLETHTRAIN_CLASSES = 4096 };

/* -log softmax(logits)[label] */
double plethtrain_cross_entropy(int n, int classes, const float *logits, const int *label,
                                float weight, float *gradient);
/* -sum target[k] log softmax(logits)[k]; target (n, classes): sums to 1, or all 0 where the truth
 * is not known */
double plethtrain_cross_entropy_soft(int n, int classes, const float *logits, const float *target,
                                     float weight, float *gradient);
/* Such targets: a Gaussian of deviation sigma > 0 (in classes) around a rate between classes
 * (class number 71.4 is 101.4 bpm where class 0 is 30), cut off at the ends; all 0 where the rate
 * is no number or outside [-0.5, classes - 0.5). */
void plethtrain_gaussian_targets(int n, int classes, const float *rate, float sigma, float *target);

/* Mean of (prediction - truth)^2 over n values. */
double plethtrain_mse(int n, const float *prediction, const float *truth, float weight,
                      float *gradient);
/* 1 - Pearson's correlation of n waves of `length` values; a wave without variation has none: it
 * counts as 1, without gradient. */
double plethtrain_negative_pearson(int n, int length, const float *prediction, const float *truth,
                                   float weight, float *gradient);
/* Binary cross entropy of n * outputs logits, mean over all; label 0..1; positive[outputs] weighs
 * the positive part (NULL: ones). */
double plethtrain_binary(int n, int outputs, const float *logits, const float *label,
                         const float *positive, float weight, float *gradient);

/* ---- Ordered classes ---------------------------------------------------------------------------
 *
 * The squared distance of cumulative distributions, sum over k of (P(class <= k) - Q(class <=
 * k))^2: with the whole probability on one class the continuous ranked probability score, in
 * classes (bpm), of which being wrong by twice as much costs about twice as much. */
double plethtrain_ordered_soft(int n, int classes, const float *logits, const float *target,
                               float weight, float *gradient);

/* ---- Distillation: from a teacher's logits of the same samples ----------------------------------
 */

/* Cross entropy with the teacher's most probable class. */
double plethtrain_hard(int n, int classes, const float *logits, const float *teacher, float weight,
                       float *gradient);
/* T^2 KL(softmax(teacher / T) || softmax(logits / T)) (Hinton et al. 2015) */
double plethtrain_soft(int n, int classes, const float *logits, const float *teacher,
                       float temperature, float weight, float *gradient);
/* T^2 times the squared distance of cumulative distributions, both at temperature T. */
double plethtrain_ordered_teacher(int n, int classes, const float *logits, const float *teacher,
                                  float temperature, float weight, float *gradient);

/* Decoupled (Zhao et al. 2022):
 *
 *     cross_entropy * CE + warm * T^2 * (alpha * TCKD + beta * NCKD),
 *     warm = min(epoch / warm_up, 1), 1 where warm_up is 0
 *
 * TCKD: KL of (target, all others); NCKD: KL among the others, renormalised. The label is the true
 * one. */
struct plethtrain_dkd {
    float alpha, beta, temperature, cross_entropy;
    int warm_up; /* epochs */
};
struct plethtrain_dkd_parts {
    double cross_entropy, tckd, nckd; /* means over the batch, without any factor */
};
/* parts: NULL, or what it is made of */
double plethtrain_decoupled(const struct plethtrain_dkd *d, int epoch, int n, int classes,
                            const float *logits, const float *teacher, const int *label,
                            float weight, float *gradient, struct plethtrain_dkd_parts *parts);

/* Learning a teacher's feature: plethtrain_mse of the output `hint` that plethtrain_add_regressor
 * (net.h) appends, with the teacher's output of that size. */

#endif
