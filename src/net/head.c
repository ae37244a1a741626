/* The last layer of a heart-rate network, tuned to one person. */
#include <math.h>
#include <string.h>

#include "net.h"

enum { BLOCK = 16, LOWEST = 30 }; /* outputs that lie together; the rate of class 0 */

static const float sigma = 1.5f; /* of the labels, per minute */
/* Of a step, in units of what the layer's curvature allows, and what is forgotten with each. Chosen
   on people of BAMI-1. */
static const float pace = 0.5f, forgets = 0.003f;

struct pleth_head {
    const pleth_net *net;
    const struct pleth_step *dense;
    int32_t width, classes;
    float square;  /* mean of the weights' */
    float value[]; /* gains less 1, offsets, and room for the classes' probabilities */
};

/* ---- The layer ----------------------------------------------------------------------------- */

static int output_of(const pleth_net *net, const char *name)
{
    for (int i = 0; i < net->info.outputs; i++)
        if (strcmp(net->info.output[i].name, name) == 0)
            return net->output[i];
    return -1;
}

/* The step from the output z to the output logits, NULL: there is none. */
static const struct pleth_step *find_dense(const pleth_net *net)
{
    const struct pleth_step *step;
    int z, logits;

    if (!net || net->magic != PLETH_NET_MAGIC)
        return NULL;
    step = (const struct pleth_step *)(const void *)((const char *)net + net->steps_at);
    z = output_of(net, "z");
    logits = output_of(net, "logits");
    for (int i = 0; i < net->steps && z >= 0; i++)
        if (step[i].out == logits && step[i].in[0] == z && step[i].work == PLETH_WORK_CONV)
            return &step[i];
    return NULL;
}

static const struct pleth_place *place_of(const pleth_net *net, int i)
{
    return (const struct pleth_place *)(const void *)((const char *)net + net->places_at) + i;
}

/* What an int8 layer's sums of output k are multiplied by (prepare.c, write_conv_s8). */
static float unit(const struct pleth_head *h, int k)
{
    const struct pleth_place *y = place_of(h->net, h->dense->out);
    const char *block = (const char *)h->net;
    const int outputs = (h->classes + BLOCK - 1) / BLOCK * BLOCK;
    const int32_t *multiplier =
        (const int32_t *)(const void *)(block + h->dense->bias) + 2 * outputs;

    return y->is_int8
               ? (float)ldexp((double)multiplier[k] * (double)y->scale, -multiplier[outputs + k])
               : ((const float *)(const void *)(block + h->dense->extra))[k];
}

/* The weights of output k as floats: factor times weight(i). */
static float factor(const struct pleth_head *h, int k)
{
    const struct pleth_place *x = place_of(h->net, h->dense->in[0]);

    return x->is_int8 ? unit(h, k) / x->scale : 1;
}

static float weight(const struct pleth_head *h, int k, int i)
{
    const char *at = (const char *)h->net + h->dense->weight;
    const int padded = (h->width + 3) / 4 * 4;

    return place_of(h->net, h->dense->in[0])->is_int8
               ? (float)((const int8_t *)
                             at)[(k / BLOCK * padded + i / 4 * 4) * BLOCK + k % BLOCK * 4 + i % 4]
               : ((const float *)(const void *)at)[(k / BLOCK * h->width + i) * BLOCK + k % BLOCK];
}

static float bias(const struct pleth_head *h, int k)
{
    const struct pleth_place *x = place_of(h->net, h->dense->in[0]);
    const char *at = (const char *)h->net + h->dense->bias;
    const int32_t *sums = (const int32_t *)(const void *)at;
    const int outputs = (h->classes + BLOCK - 1) / BLOCK * BLOCK;

    return x->is_int8 ? unit(h, k) * (float)(sums[k] + sums[outputs + k] * x->zero)
                      : ((const float *)(const void *)at)[k];
}

/* ---- Heads --------------------------------------------------------------------------------- */

size_t pleth_head_size(const pleth_net *net)
{
    const struct pleth_step *dense = find_dense(net);

    return dense ? sizeof(pleth_head) +
                       sizeof(float) * (2 * (size_t)place_of(net, dense->in[0])->shape.c +
                                        (size_t)place_of(net, dense->out)->shape.c)
                 : 0;
}

int pleth_head_init(pleth_head **head, void *memory, size_t size, const pleth_net *net)
{
    const size_t needed = pleth_head_size(net);
    pleth_head *h = memory;
    float square = 0;

    if (!head)
        return PLETH_EINVAL;
    *head = NULL;
    if (!needed)
        return PLETH_EINVAL;
    if (!memory || (uintptr_t)memory % 16 || size < needed)
        return PLETH_EMEMORY;
    memset(memory, 0, needed);
    h->net = net;
    h->dense = find_dense(net);
    h->width = place_of(net, h->dense->in[0])->shape.c;
    h->classes = place_of(net, h->dense->out)->shape.c;
    for (int k = 0; k < h->classes; k++) {
        const float f = factor(h, k);
        for (int i = 0; i < h->width; i++)
            square += f * weight(h, k, i) * f * weight(h, k, i);
    }
    h->square = square / (float)(h->width * h->classes);
    *head = h;
    return PLETH_OK;
}

float *pleth_head_values(pleth_head *head)
{
    return head->value;
}

int pleth_head_logits(const pleth_head *h, const float *z, float *logits)
{
    if (!h || !z || !logits)
        return PLETH_EINVAL;
    for (int k = 0; k < h->classes; k++) {
        float sum = 0;
        for (int i = 0; i < h->width; i++)
            sum += weight(h, k, i) * (z[i] + h->value[i] * z[i] + h->value[h->width + i]);
        logits[k] = factor(h, k) * sum + bias(h, k);
    }
    return PLETH_OK;
}

/* Logits to the loss's gradient by them: probabilities less the label's. */
static void differ(float *p, int classes, float rate)
{
    float most = p[0], sum = 0, label = 0;

    for (int k = 1; k < classes; k++)
        most = p[k] > most ? p[k] : most;
    for (int k = 0; k < classes; k++) {
        const float d = ((float)(LOWEST + k) - rate) / sigma;
        sum += p[k] = expf(p[k] - most);
        label += expf(-0.5f * d * d);
    }
    for (int k = 0; k < classes; k++) {
        const float d = ((float)(LOWEST + k) - rate) / sigma;
        p[k] = p[k] / sum - expf(-0.5f * d * d) / label;
    }
}

int pleth_head_learn(pleth_head *h, const float *z, float rate, float how_sure)
{
    float *gain, *offset, *p, square = 0, step;

    if (!h || !z || !(rate >= LOWEST - 0.5f && rate < LOWEST - 0.5f + (float)h->classes) ||
        !(how_sure >= 0 && how_sure <= 1))
        return PLETH_EINVAL;
    for (int i = 0; i < h->width; i++)
        square += z[i] * z[i] + 1;
    if (!isfinite(square))
        return PLETH_EINVAL;
    gain = h->value;
    offset = gain + h->width;
    p = offset + h->width;
    pleth_head_logits(h, z, p);
    differ(p, h->classes, rate);
    for (int k = 0; k < h->classes; k++)
        p[k] *= factor(h, k);
    /* weights squared times z squared: how fast the loss bends along gains and offsets */
    step = pace / (h->square * square + 1e-20f);
    for (int i = 0; i < h->width; i++) {
        float slope = 0;
        for (int k = 0; k < h->classes; k++)
            slope += p[k] * weight(h, k, i);
        gain[i] -= how_sure * (step * slope * z[i] + forgets * gain[i]);
        offset[i] -= how_sure * (step * slope + forgets * offset[i]);
    }
    return PLETH_OK;
}
