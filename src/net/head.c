/* The last layer of a heart-rate network, tuned to one person. */
#include <math.h>
#include <string.h>

#include "net.h"

enum { BLOCK = 16, LOWEST = 30 }; /* outputs that lie together; the rate of class 0 */

/* Of the labels, per minute, and what makes their sum over classes 1 (short of the ends). */
static const float sigma = 1.5f, density = 0.26596152f;
/* Of a step, in units of what the layer's curvature allows, and what is forgotten with each. Chosen
   on people of BAMI-1. */
static const float pace = 0.5f, forgets = 0.003f;

struct pleth_head {
    const char *weight; /* of the dense layer, as prepared (prepare.c) */
    int32_t is_int8, width, classes;
    float square; /* mean of the weights' */
    /* gains less 1, offsets; of each class what its weights are counted in, its bias, room for its
       probability */
    float value[];
};

/* ---- The layer ----------------------------------------------------------------------------- */

/* The step from the output z to the output logits, which are floats; NULL: there is none. */
static const struct pleth_step *find_dense(const pleth_net *net)
{
    const struct pleth_step *step;

    if (!net || net->magic != PLETH_NET_MAGIC || net->info.output[1].name[0] != 'z')
        return NULL;
    step = (const struct pleth_step *)(const void *)((const char *)net + net->steps_at);
    for (int i = 0; i < net->steps; i++)
        if (step[i].out == net->output[0] && step[i].in[0] == net->output[1] &&
            (net->info.int8 == 0 || step[i].extra))
            return &step[i];
    return NULL;
}

/* In units of the class. */
static float weight(const pleth_head *h, uint32_t k, uint32_t i)
{
    const uint32_t width = (uint32_t)h->width, lane = k % BLOCK;

    k /= BLOCK;
    if (h->is_int8)
        return ((const int8_t *)
                    h->weight)[((k * ((width + 3) / 4) + i / 4) * BLOCK + lane) * 4 + i % 4];
    return ((const float *)(const void *)h->weight)[(k * width + i) * BLOCK + lane];
}

/* Units and biases of the classes. */
static void read_layer(pleth_head *h, const pleth_net *net, const struct pleth_step *dense)
{
    const struct pleth_place *x =
        (const struct pleth_place *)(const void *)((const char *)net + net->places_at) +
        dense->in[0];
    const float *extra = (const float *)(const void *)((const char *)net + dense->extra);
    const int padded = (int)((uint32_t)(h->classes + BLOCK - 1) / BLOCK * BLOCK);
    const int32_t *sums = (const int32_t *)(const void *)((const char *)net + dense->bias);
    float *unit = h->value + 2 * h->width;

    h->weight = (const char *)net + dense->weight;
    h->is_int8 = x->is_int8;
    for (int k = 0; k < h->classes; k++, sums++, unit++) {
        float *bias = unit + h->classes;
        *unit = 1;
        memcpy(bias, sums, sizeof *bias);
        if (x->is_int8) {
            *unit = extra[k];
            *bias = *unit * (float)(sums[0] + sums[padded] * x->zero);
            *unit /= x->scale;
        }
        for (int i = 0; i < h->width; i++) {
            const float w = *unit * weight(h, (uint32_t)k, (uint32_t)i);
            h->square += w * w;
        }
    }
    h->square /= (float)(h->width * h->classes);
}

/* ---- Heads --------------------------------------------------------------------------------- */

size_t pleth_head_size(const pleth_net *net)
{
    return find_dense(net)
               ? sizeof(pleth_head) + sizeof(float) * (2 * (size_t)net->info.output[1].count +
                                                       3 * (size_t)net->info.output[0].count)
               : 0;
}

int pleth_head_init(pleth_head **head, void *memory, size_t size, const pleth_net *net)
{
    const size_t needed = pleth_head_size(net);
    pleth_head *h = memory;

    if (!head)
        return PLETH_EINVAL;
    *head = NULL;
    if (!needed)
        return PLETH_EINVAL;
    if (!memory || (uintptr_t)memory % 16 || size < needed)
        return PLETH_EMEMORY;
    memset(memory, 0, needed);
    h->width = net->info.output[1].count;
    h->classes = net->info.output[0].count;
    read_layer(h, net, find_dense(net));
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
        const float *unit = h->value + 2 * h->width + k;
        float sum = 0;
        for (int i = 0; i < h->width; i++)
            sum += weight(h, (uint32_t)k, (uint32_t)i) *
                   (z[i] + h->value[i] * z[i] + h->value[h->width + i]);
        logits[k] = *unit * sum + unit[h->classes];
    }
    return PLETH_OK;
}

int pleth_head_learn(pleth_head *h, const float *z, float rate, float how_sure)
{
    float *unit, *p, square = 0, most = 0, sum = 0, step;

    rate -= LOWEST;
    if (!h || !z || !(rate >= -0.5f && rate < (float)h->classes - 0.5f) ||
        !(how_sure >= 0 && how_sure <= 1))
        return PLETH_EINVAL;
    for (int i = 0; i < h->width; i++)
        square += z[i] * z[i] + 1;
    if (!(square < INFINITY))
        return PLETH_EINVAL;
    unit = h->value + 2 * h->width;
    p = unit + 2 * h->classes;
    pleth_head_logits(h, z, p);
    for (int k = 0; k < h->classes; k++)
        most = k == 0 || p[k] > most ? p[k] : most;
    for (int k = 0; k < h->classes; k++)
        sum += p[k] = expf(p[k] - most);
    /* the loss's slope along the logits */
    for (int k = 0; k < h->classes; k++) {
        const float d = (float)k - rate;
        p[k] = (p[k] / sum - density * expf(-0.5f / (sigma * sigma) * d * d)) * unit[k];
    }
    /* weights squared times z squared: how fast the loss bends along gains and offsets */
    step = pace / (h->square * square + 1e-20f);
    for (int i = 0; i < h->width; i++) {
        float *gain = h->value + i, *offset = gain + h->width, slope = 0;
        for (int k = 0; k < h->classes; k++)
            slope += p[k] * weight(h, (uint32_t)k, (uint32_t)i);
        *gain -= how_sure * (step * slope * z[i] + forgets * *gain);
        *offset -= how_sure * (step * slope + forgets * *offset);
    }
    return PLETH_OK;
}
