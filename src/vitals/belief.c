#include "belief.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* What the belief overstates its spread by on synthetic signals (bench/calibrate.c): overlapping
 * windows tell more than their share of new samples. */
#define SD_SCALE 0.75f

void pleth_belief_init(struct pleth_belief *b, float rate_min, float rate_max, float step,
                       float wander, float jump)
{
    memset(b, 0, sizeof(*b));
    b->states = (int)((rate_max - rate_min) / step + 1.5f);
    if (b->states > PLETH_BELIEF_STATES)
        b->states = PLETH_BELIEF_STATES;
    b->first = rate_min;
    b->step = step;
    b->wander = wander;
    b->jump = jump;
    for (int k = 0; k < b->states; k++)
        b->prior[k] = 1.0f / (float)b->states;
    pleth_belief_reset(b);
}

void pleth_belief_prefer(struct pleth_belief *b, float centre, float spread)
{
    float sum = 0;
    for (int k = 0; k < b->states; k++) {
        float rate = b->first + b->step * (float)k, z = logf(rate / centre) / spread;
        b->prior[k] = expf(-0.5f * z * z) / rate;
        sum += b->prior[k];
    }
    for (int k = 0; k < b->states; k++)
        b->prior[k] /= sum;
    pleth_belief_reset(b);
}

void pleth_belief_reset(struct pleth_belief *b)
{
    memcpy(b->p, b->prior, sizeof(b->p));
}

/* Wandering for some seconds. Returns the probability of a jump in them. */
static float wander(struct pleth_belief *b, float seconds)
{
    /* A two-sided geometric kernel with the wander's variance: two recursive passes, O(states). Its
       heavier tails also follow the start of exercise. Probability that would leave an end is
       mirrored there: r^k sums of what lies beyond each end start the passes. */
    int n = b->states;
    float sd = b->wander * sqrtf(seconds) / b->step, v = 1 / (sd * sd);
    float r = 1 + v - sqrtf(v * (2 + v)), gain = (1 - r) / (1 + r), rn = powf(r, (float)n);
    float forward[PLETH_BELIEF_STATES], low = 0, high = 0, sum = 0;
    float carry, back;
    for (int k = n - 1; k >= 0; k--) {
        low = b->p[k] + r * low;
        high = b->p[n - 1 - k] + r * high;
    }
    carry = (low + rn * high) / (1 - rn * rn);
    back = r * (high + rn * low) / (1 - rn * rn);
    for (int k = 0; k < n; k++)
        forward[k] = carry = b->p[k] + r * carry;
    for (int k = n - 1; k >= 0; k--) {
        float here = b->p[k];
        b->p[k] = gain * (forward[k] + back);
        back = r * (here + back);
        sum += b->p[k];
    }
    for (int k = 0; k < n; k++)
        b->p[k] /= sum;
    return 1 - expf(-b->jump * seconds);
}

void pleth_belief_predict(struct pleth_belief *b, float seconds)
{
    if (!(seconds > 0))
        return;
    float stray = wander(b, seconds);
    for (int k = 0; k < b->states; k++)
        b->p[k] = (1 - stray) * b->p[k] + stray * b->prior[k];
}

/* The same backwards in time: how likely what comes after is, from each state before. The kernel is
 * symmetric, jumps end where the prior says. */
static void predict_back(struct pleth_belief *b, float seconds)
{
    if (!(seconds > 0))
        return;
    float jumped = 0, sum = 0;
    for (int k = 0; k < b->states; k++) {
        jumped += b->prior[k] * b->p[k];
        sum += b->p[k];
    }
    float stray = wander(b, seconds);
    for (int k = 0; k < b->states; k++)
        b->p[k] = (1 - stray) * b->p[k] + stray * jumped / sum;
}

void pleth_belief_update(struct pleth_belief *b, const float *loglik)
{
    float top = loglik[0], sum = 0;
    for (int k = 1; k < b->states; k++)
        top = loglik[k] > top ? loglik[k] : top;
    for (int k = 0; k < b->states; k++) {
        b->p[k] *= expf(loglik[k] - top);
        sum += b->p[k];
    }
    if (!(sum > 1e-30f)) {
        pleth_belief_reset(b);
        return;
    }
    for (int k = 0; k < b->states; k++)
        b->p[k] /= sum;
}

float pleth_belief_quantile(const struct pleth_belief *b, float share)
{
    float below = 0;
    int k = 0;
    while (k < b->states - 1 && below + b->p[k] < share)
        below += b->p[k++];
    float part = b->p[k] > 0 ? (share - below) / b->p[k] : 0.5f;
    return b->first + b->step * ((float)k - 0.5f + (part < 1 ? part : 1));
}

void pleth_belief_estimate(const struct pleth_belief *b, float within, float *value, float *sd,
                           float *mass)
{
    int reach = (int)(within / b->step), mode = 0;
    float sum = 0, mean = 0, square = 0;
    for (int k = 1; k < b->states; k++)
        if (b->p[k] > b->p[mode])
            mode = k;
    for (int d = -reach; d <= reach; d++)
        if (mode + d >= 0 && mode + d < b->states) {
            sum += b->p[mode + d];
            mean += (float)d * b->p[mode + d];
            square += (float)(d * d) * b->p[mode + d];
        }
    if (b->p[mode] < 1.5f / (float)b->states) {
        /* nothing is known yet: the middle errs least */
        *value = b->first + b->step * 0.5f * (float)(b->states - 1);
        *sd = b->step * (float)b->states / 3.4641f;
        *mass = sum;
        return;
    }
    mean /= sum;
    square = square / sum - mean * mean;
    *value = b->first + b->step * ((float)mode + mean);
    *sd = SD_SCALE * b->step * sqrtf(square > 0 ? square : 0);
    *mass = sum;
}

void pleth_belief_smooth(struct pleth_belief *b, float *evidence, const float *seconds, int n,
                         float *work)
{
    size_t row = sizeof(float) * (size_t)b->states;
    pleth_belief_reset(b);
    for (int k = 0; k < n; k++) {
        if (k)
            pleth_belief_predict(b, seconds[k]);
        pleth_belief_update(b, evidence + (ptrdiff_t)k * b->states);
        memcpy(work + (ptrdiff_t)k * b->states, b->p, row);
    }
    /* from the end: what later evidence says of each step, which is nothing of the last */
    for (int k = 0; k < b->states; k++)
        b->p[k] = 1.0f / (float)b->states;
    for (int k = n - 1; k >= 0; k--) {
        float *out = evidence + (ptrdiff_t)k * b->states, sum = 0;
        const float *before = work + (ptrdiff_t)k * b->states;
        float after[PLETH_BELIEF_STATES];
        memcpy(after, b->p, row);
        pleth_belief_update(b, out);
        predict_back(b, k ? seconds[k] : 0);
        for (int i = 0; i < b->states; i++) {
            out[i] = before[i] * after[i];
            sum += out[i];
        }
        for (int i = 0; i < b->states; i++)
            out[i] = sum > 0 ? out[i] / sum : before[i];
    }
}
