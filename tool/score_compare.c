/* Two methods on the same windows: people count, not windows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score.h"

/* Differences of errors below this are rounding, per minute. */
static const double no_difference = 1e-9;
enum { EXACT_PEOPLE = 50 };

static int by_size(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

/* Two-sided binomial probability of at most `fewer` of n fair coins, or as few of the others. */
static double sign_test(int fewer, int n)
{
    double sum = 0;
    for (int k = 0; k <= fewer; k++)
        sum += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) - n * log(2));
    return fmin(1, 2 * sum);
}

/* Probability that the smaller of the two sums of ranks is at most `least` when each of the ranks
 * is of either sign by a fair coin. Ranks are doubled, so that those of ties are whole. */
static double exact_ranks(const int *rank, int n, int least)
{
    enum { MOST = EXACT_PEOPLE * (EXACT_PEOPLE + 1) };
    double chance[MOST + 1] = {1}, sum = 0;
    int reach = 0;

    for (int i = 0; i < n; i++) {
        reach += rank[i];
        for (int s = reach; s >= 0; s--)
            chance[s] = 0.5 * (chance[s] + (s >= rank[i] ? chance[s - rank[i]] : 0));
    }
    for (int s = 0; s <= least; s++)
        sum += chance[s];
    return fmin(1, 2 * sum);
}

/* difference: n of them, none 0; sorted here by size. */
static double wilcoxon(double *difference, int n)
{
    double variance = 0, positive = 0, total = 0.5 * n * (n + 1.0);
    int rank[EXACT_PEOPLE];

    qsort(difference, (size_t)n, sizeof *difference, by_size);
    for (int i = 0, end; i < n; i = end) {
        double size = fabs(difference[i]), middle;
        for (end = i + 1; end < n && fabs(difference[end]) - size < no_difference; end++)
            continue;
        /* ranks i + 1 to end */
        middle = 0.5 * (i + 1 + end);
        for (int j = i; j < end; j++) {
            positive += difference[j] > 0 ? middle : 0;
            if (n <= EXACT_PEOPLE)
                rank[j] = i + 1 + end;
        }
        variance += (end - i) * middle * middle / 4;
    }
    if (n <= EXACT_PEOPLE)
        return exact_ranks(rank, n, (int)lround(2 * fmin(positive, total - positive)));
    /* half a rank of continuity */
    return erfc(fmax(0, fabs(positive - total / 2) - 0.5) / sqrt(2 * variance));
}

void score_compare(const struct score_pair *a, const struct score_pair *b, int n,
                   double constant_error, struct score_comparison *out, double *work)
{
    const struct score_summary costs = {.constant_error = constant_error};
    double *sum = work, *count = sum + n, *mean = count + n, total = 0;
    int people = 0, differ = 0;

    memset(out, 0, sizeof *out);
    memset(work, 0, 2 * (size_t)n * sizeof *work);
    for (int i = 0; i < n; i++) {
        double difference = score_error(&a[i], &costs) - score_error(&b[i], &costs);
        sum[a[i].person] += difference;
        count[a[i].person]++;
        total += difference;
    }
    for (int i = 0; i < n; i++)
        if (count[i] > 0) {
            sum[people] = sum[i];
            count[people++] = count[i];
        }
    for (int i = 0; i < people; i++) {
        double difference = sum[i] / count[i];
        if (fabs(difference) < no_difference) {
            out->equal++;
        } else {
            mean[differ++] = difference;
            out->better[difference > 0]++;
        }
    }
    out->n = n;
    out->people = people;
    out->difference.value = n ? total / n : (double)NAN;
    out->difference.se = score_bootstrap(sum, count, people, out->interval);
    out->sign_p = sign_test(out->better[out->better[1] < out->better[0]], differ);
    out->wilcoxon_p = wilcoxon(mean, differ);
}
