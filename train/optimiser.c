#include "optimiser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int plethtrain_optimiser_open(struct plethtrain_optimiser *o, int method, ptrdiff_t count,
                              uint32_t cpu_mask, struct plethio_error *e)
{
    memset(o, 0, sizeof *o);
    plethtrain_kernels_init(&o->kern, cpu_mask);
    o->method = method;
    o->beta1 = 0.9f;
    o->beta2 = 0.999f;
    o->eps = 1e-8f;
    o->momentum = 0.9f;
    o->count = count;
    o->first = calloc((size_t)count + 1, sizeof *o->first);
    o->second = calloc((size_t)count + 1, sizeof *o->second);
    if (o->first && o->second)
        return 0;
    plethtrain_optimiser_close(o);
    return plethio_fail(e, "no memory for the optimiser of %lld parameters", (long long)count);
}

void plethtrain_optimiser_close(struct plethtrain_optimiser *o)
{
    free(o->first);
    free(o->second);
    o->first = o->second = NULL;
}

static void adam(struct plethtrain_optimiser *o, double rate, float *w, const float *g)
{
    const double n = (double)o->steps;
    const int decoupled = o->method == PLETHTRAIN_ADAMW;
    const struct plethtrain_adam a = {
        .beta1 = o->beta1,
        .beta2 = o->beta2,
        .step = (float)(rate / (1 - pow((double)o->beta1, n))),
        .correct = (float)(1 / sqrt(1 - pow((double)o->beta2, n))),
        .eps = o->eps,
        .shrink = decoupled ? (float)(1 - rate * (double)o->decay) : 1,
        .add = decoupled ? 0 : o->decay,
    };

    o->kern.adam(&a, g, o->first, o->second, w, o->count);
}

void plethtrain_optimise(struct plethtrain_optimiser *o, double rate, float *parameters,
                         const float *gradients)
{
    o->steps++;
    if (o->method != PLETHTRAIN_SGD) {
        adam(o, rate, parameters, gradients);
        return;
    }
    for (ptrdiff_t i = 0; i < o->count; i++) {
        o->first[i] = o->momentum * o->first[i] + (gradients[i] + o->decay * parameters[i]);
        parameters[i] -= (float)rate * o->first[i];
    }
}

/* From a to b along half a cosine, at 0 <= share <= 1. */
static double ease(double a, double b, double share)
{
    return b + (a - b) / 2 * (1 + cos(3.141592653589793 * share));
}

double plethtrain_one_cycle(int64_t step, int64_t steps, double most)
{
    const double top = 0.3 * (double)steps - 1, last = (double)steps - 1;

    if ((double)step <= top)
        return ease(most / 25, most, top > 0 ? (double)step / top : 1);
    return ease(most, most / 25e4, last > top ? ((double)step - top) / (last - top) : 1);
}

double plethtrain_cosine(int64_t step, int64_t steps, double first)
{
    return ease(first, 0, (double)step / (double)(steps > 0 ? steps : 1));
}

double plethtrain_rate(int schedule, int64_t step, int64_t steps, double most)
{
    switch (schedule) {
    case PLETHTRAIN_ONE_CYCLE:
        return plethtrain_one_cycle(step, steps, most);
    case PLETHTRAIN_COSINE:
        return plethtrain_cosine(step, steps, most);
    default:
        return most;
    }
}

double plethtrain_clip(float *gradients, ptrdiff_t count, double most)
{
    double sum = 0, norm;

    for (ptrdiff_t i = 0; i < count; i++)
        sum += (double)gradients[i] * (double)gradients[i];
    norm = sqrt(sum);
    for (ptrdiff_t i = 0; !(norm <= most) && i < count; i++)
        gradients[i] = isfinite(norm) ? gradients[i] * (float)(most / norm) : 0;
    return norm;
}

void plethtrain_average(float *average, const float *parameters, ptrdiff_t count, double decay,
                        int64_t n)
{
    const double start = (1 + (double)n) / (10 + (double)n);
    const float keep = (float)(start < decay ? start : decay);

    for (ptrdiff_t i = 0; i < count; i++)
        average[i] = keep * average[i] + (1 - keep) * parameters[i];
}
