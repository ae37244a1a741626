/* The layer that a device tunes (pleth_head_*): what it says and learns against the network itself,
 * finite differences in double, a step of the training library, and people whose z is known to
 * differ. */
#include "io_files.h"
#include "loss.h"
#include "net.h"
#include "nets/nets.h"
#include "optimiser.h"
#include "pleth/pleth.h"
#include "quantize.h"
#include "random.h"

enum { CLASSES = 180, SAMPLES = 200, MOST = 128 };

static struct pleth_record records[PLETH_RECORDS];
static struct plethio_error e;

/* ---- Networks of random weights ---------------------------------------------------------------
 */

struct device {
    void *memory, *work, *head_memory;
    const pleth_net *net;
    pleth_net_state *state;
    pleth_net_info info;
    pleth_head *head;
    int width;
    double w[CLASSES][MOST], b[CLASSES]; /* of the dense layer, as the model has it */
};

static void fill(float *x, ptrdiff_t n, uint64_t key)
{
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = (float)(2 * plethtrain_uniform(key, (uint64_t)i) - 1);
}

static void *aligned(size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}

/* The bytes of a model, its dense layer's weights larger than at a training's beginning. */
static void *make_model(int kind, int blocks, size_t *size, struct device *d)
{
    const struct plethtrain_options options = {.batch = 1, .threads = 1, .cpu_mask = PLETH_CPU_ALL};
    struct plethio_metadata_list list = {.count = 0};
    struct pleth_net_shape shape;
    struct pleth_graph g;
    struct plethtrain_net *net;
    const struct plethtrain_parameter *p;
    void *bytes;

    pleth_net_shape_default(&shape, kind);
    shape.blocks = blocks;
    pleth_graph_init(&g, records, PLETH_RECORDS, 1);
    pleth_net_build(&shape, &g);
    if (plethtrain_open(&net, &g, &options, &e)) {
        printf("%s\n", e.text);
        exit(1);
    }
    plethtrain_initialise(net, 3);
    p = plethtrain_find(net, "dense.weight");
    if (p) {
        float *stored = malloc(sizeof *stored * (size_t)p->count);
        d->width = (int)p->count / CLASSES;
        fill(stored, p->count, 5);
        plethtrain_put(p, stored, net->parameters);
        for (int k = 0; k < CLASSES; k++)
            for (int i = 0; i < d->width; i++)
                d->w[k][i] = (double)stored[k * d->width + i];
        free(stored);
        p = plethtrain_find(net, "dense.bias");
        for (int k = 0; k < CLASSES; k++)
            d->b[k] = (double)net->parameters[p->at + k];
    }
    CHECK(plethio_metadata_add_shape(&list, &shape, &e) == 0);
    bytes = plethtrain_save(net, list.item, list.count, NULL, size, &e);
    plethtrain_close(net);
    return bytes;
}

static void open_device(struct device *d, const void *model, size_t size)
{
    char message[PLETH_MESSAGE] = "";
    pleth_net_options options;
    size_t need;

    pleth_net_options_default(&options);
    options.batch = 1;
    need = pleth_net_size(model, size, &options, message);
    d->memory = aligned(need);
    if (pleth_net_prepare(&d->net, d->memory, need, model, size, &options, message)) {
        printf("%s\n", message);
        exit(1);
    }
    d->work = aligned(pleth_net_state_size(d->net));
    CHECK(pleth_net_open(&d->state, d->work, pleth_net_state_size(d->net), d->net) == 0);
    pleth_net_describe(d->net, &d->info);
    need = pleth_head_size(d->net);
    d->head_memory = aligned(need + 64);
    memset(d->head_memory, 0x5a, need + 64);
    if (need)
        CHECK(pleth_head_init(&d->head, d->head_memory, need, d->net) == PLETH_OK);
}

static void close_device(struct device *d)
{
    free(d->memory);
    free(d->work);
    free(d->head_memory);
}

/* ---- The layer itself ------------------------------------------------------------------------ */

/* Untouched, it says what the network says; and takes the memory that is stated. */
static void check_layer(int kind, int blocks, int width, int is_int8)
{
    struct device *d = calloc(1, sizeof *d);
    float x[SAMPLES], z[MOST], theirs[CLASSES], ours[CLASSES], largest = 0, wave[8 * SAMPLES];
    double worst = 0;
    size_t size;
    void *model = make_model(kind, blocks, &size, d);

    if (is_int8) {
        pleth_net_options options;
        void *quantised;
        pleth_net_options_default(&options);
        fill(wave, 8 * SAMPLES, 9);
        quantised =
            plethio_quantize(model, size, &options, 8, (const float *const[]){wave}, &size, &e);
        CHECK(quantised != NULL);
        free(model);
        model = quantised;
    }
    open_device(d, model, size);
    CHECK(d->info.int8 == is_int8 && d->info.output[1].count == width && d->width == width);
    CHECK(pleth_head_size(d->net) > 0);
    CHECK(pleth_head_size(d->net) <= (size_t)PLETH_HEAD_BYTES(width, CLASSES));
    for (int n = 0; n < 4; n++) {
        fill(x, SAMPLES, 20 + (uint64_t)n);
        pleth_net_run(d->state, 1, (const float *const[]){x}, (float *const[]){theirs, z});
        CHECK(pleth_head_logits(d->head, z, ours) == PLETH_OK);
        for (int k = 0; k < CLASSES; k++) {
            worst = fmax(worst, fabs((double)(ours[k] - theirs[k])));
            largest = fmaxf(largest, fabsf(theirs[k]));
        }
    }
    /* int8 logits are rounded to a 255th of their range */
    printf("%s of %d blocks%s: z of %d values, a head of %zu bytes, logits within %.1e of their "
           "size\n",
           pleth_net_name(kind), blocks, is_int8 ? " in int8" : "", width, pleth_head_size(d->net),
           worst / (double)largest);
    CHECK(worst <= (is_int8 ? 1.01 / 128 : 1e-5) * (double)largest);
    close_device(d);
    free(model);
    free(d);
}

/* ---- What it learns -------------------------------------------------------------------------- */

/* The loss in double: cross entropy with a Gaussian of 1.5 /min. */
static double loss(const struct device *d, const float *z, const double *value, double rate)
{
    double logit[CLASSES], target[CLASSES], sum = 0, all = 0, most = -1e300, out = 0;

    for (int k = 0; k < CLASSES; k++) {
        logit[k] = d->b[k];
        for (int i = 0; i < d->width; i++)
            logit[k] += d->w[k][i] * ((1 + value[i]) * (double)z[i] + value[d->width + i]);
        most = fmax(most, logit[k]);
        target[k] = exp(-0.5 * pow((30 + k - rate) / 1.5, 2));
        all += target[k];
    }
    for (int k = 0; k < CLASSES; k++)
        sum += exp(logit[k] - most);
    for (int k = 0; k < CLASSES; k++)
        out -= target[k] / all * (logit[k] - most - log(sum));
    return out;
}

/* Steps go down the gradient of that loss, each by half of what the layer's weights and z allow,
 * times how sure the rate is; and three in a thousand are forgotten. */
static void check_gradient(void)
{
    struct device *d = calloc(1, sizeof *d);
    const double h = 1e-4;
    double square = 0;
    size_t size;
    void *model = make_model(PLETH_NET_RESNET1D, 2, &size, d);
    float *value;

    open_device(d, model, size);
    value = pleth_head_values(d->head);
    for (int k = 0; k < CLASSES; k++)
        for (int i = 0; i < d->width; i++)
            square += d->w[k][i] * d->w[k][i] / CLASSES / d->width;
    for (int step = 0; step < 6; step++) {
        const double rate = 45.3 + 30 * step, sure = step % 2 ? 1 : 0.4;
        double before[2 * MOST], room = 0, worst = 0, moved = 0;
        float z[MOST];
        fill(z, d->width, 40 + (uint64_t)step);
        for (int i = 0; i < d->width; i++) {
            z[i] = fabsf(z[i]) * 3;
            room += 1 + (double)z[i] * (double)z[i];
        }
        for (int i = 0; i < 2 * d->width; i++)
            before[i] = (double)value[i];
        CHECK(pleth_head_learn(d->head, z, (float)rate, (float)sure) == PLETH_OK);
        for (int i = 0; i < 2 * d->width; i++) {
            const double at = before[i];
            double slope, want;
            before[i] = at + h;
            slope = loss(d, z, before, rate);
            before[i] = at - h;
            slope = (slope - loss(d, z, before, rate)) / (2 * h);
            before[i] = at;
            want = -sure * (0.5 / (square * room) * slope + 0.003 * at);
            worst = fmax(worst, fabs((double)value[i] - at - want));
            moved = fmax(moved, fabs(want));
        }
        CHECK(worst < 1e-4 * moved);
    }
    close_device(d);
    free(model);
    free(d);
}

/* The training library's steps of the same layer: gains and offsets are a norm of fixed statistics,
 * 0 and 1, before it. */
static void check_training(void)
{
    static const char *const tuned[] = {"gain.", NULL};
    const struct plethtrain_options options = {
        .batch = 1, .threads = 1, .cpu_mask = PLETH_CPU_ALL, .fixed = 1, .tuned = tuned};
    struct device *d = calloc(1, sizeof *d);
    struct plethtrain_net *net;
    struct plethtrain_optimiser o;
    struct pleth_graph g;
    const struct plethtrain_parameter *gain, *offset;
    double square = 0;
    float stored[CLASSES * MOST], target[CLASSES], logits[CLASSES], *value;
    size_t size;
    void *model = make_model(PLETH_NET_RESNET1D, 5, &size, d);
    int x;

    open_device(d, model, size);
    value = pleth_head_values(d->head);
    pleth_graph_init(&g, records, PLETH_RECORDS, 1);
    x = pleth_input(&g, "z", d->width, 1, 1, 1);
    x = pleth_batch_norm(&g, x, "gain", 0x1p-10f);
    pleth_output(&g, pleth_linear(&g, x, "dense", CLASSES), "logits");
    if (plethtrain_open(&net, &g, &options, &e)) {
        printf("%s\n", e.text);
        exit(1);
    }
    plethtrain_initialise(net, 1);
    for (int i = 0; i < d->width; i++)
        net->statistics[plethtrain_find(net, "gain.running_var")->at + i] = 1 - 0x1p-10f;
    for (int k = 0; k < CLASSES; k++)
        for (int i = 0; i < d->width; i++) {
            stored[k * d->width + i] = (float)d->w[k][i];
            square += d->w[k][i] * d->w[k][i] / CLASSES / d->width;
        }
    plethtrain_put(plethtrain_find(net, "dense.weight"), stored, net->parameters);
    for (int k = 0; k < CLASSES; k++)
        stored[k] = (float)d->b[k];
    plethtrain_put(plethtrain_find(net, "dense.bias"), stored, net->parameters);
    gain = plethtrain_find(net, "gain.weight");
    offset = plethtrain_find(net, "gain.bias");
    CHECK(net->trained == 2 * d->width);
    plethtrain_optimiser_open(&o, PLETHTRAIN_SGD, net->trained, PLETH_CPU_ALL, &e);
    o.momentum = 0;
    for (int step = 0; step < 20; step++) {
        const float rate = 60 + 3.7f * (float)step, class = rate - 30;
        float z[MOST];
        const float *input = z;
        double room = 0;
        fill(z, d->width, 60 + (uint64_t)step);
        for (int i = 0; i < d->width; i++)
            room += 1 + (double)z[i] * (double)z[i];
        plethtrain_forward(net, PLETHTRAIN_TRAIN, 1, &input, (uint64_t)step);
        CHECK(pleth_head_logits(d->head, z, logits) == PLETH_OK);
        for (int k = 0; k < CLASSES; k++)
            CHECK_NEAR((double)logits[k], (double)net->output[0][k], 2e-5);
        plethtrain_gaussian_targets(1, CLASSES, &class, 1.5f, target);
        plethtrain_cross_entropy_soft(1, CLASSES, net->output[0], target, 1,
                                      net->output_gradient[0]);
        plethtrain_backward(net);
        for (int i = 0; i < d->width; i++) { /* what is forgotten, as a gradient */
            const double pull = 0.003 / (0.5 / (square * room));
            net->gradients[gain->at + i] +=
                (float)(pull * ((double)net->parameters[gain->at + i] - 1));
            net->gradients[offset->at + i] +=
                (float)(pull * (double)net->parameters[offset->at + i]);
        }
        plethtrain_optimise(&o, 0.5 / (square * room), net->parameters, net->gradients);
        CHECK(pleth_head_learn(d->head, z, rate, 1) == PLETH_OK);
        for (int i = 0; i < d->width; i++) {
            CHECK_NEAR((double)value[i], (double)net->parameters[gain->at + i] - 1, 1e-5);
            CHECK_NEAR((double)value[d->width + i], (double)net->parameters[offset->at + i], 1e-5);
        }
    }
    CHECK(fabsf(value[0]) > 1e-3f);
    plethtrain_optimiser_close(&o);
    plethtrain_close(net);
    close_device(d);
    free(model);
    free(d);
}

/* ---- A person whose z is another's -------------------------------------------------------------
 *
 * Each value of z answers to a range of rates of its own, and each class to those values: a layer
 * that knows the rate of z. Of the person each value has another gain and offset. */

static double answer(const struct device *d, int i, double rate)
{
    return exp(-0.5 * pow((rate - 30 - 180.0 * i / d->width) / 10, 2));
}

static double mean_error(const struct device *d, const double *gain, const double *offset)
{
    float z[MOST], logits[CLASSES];
    double error = 0;
    int n = 0;

    for (double rate = 61; rate < 100; rate += 2, n++) {
        int most = 0;
        for (int i = 0; i < d->width; i++)
            z[i] = (float)(gain[i] * answer(d, i, rate) + offset[i]);
        pleth_head_logits(d->head, z, logits);
        for (int k = 1; k < CLASSES; k++)
            most = logits[k] > logits[most] ? k : most;
        error += fabs(30 + most - rate);
    }
    return error / n;
}

static void check_person(void)
{
    struct device *d = calloc(1, sizeof *d);
    double gain[MOST], offset[MOST], before, after, own;
    size_t size, need;
    void *model;
    unsigned char *guard;

    model = make_model(PLETH_NET_RESNET1D, 5, &size, d);
    open_device(d, model, size);
    /* the layer's weights, in the model's bytes before it is prepared anew */
    {
        struct pleth_weights w;
        struct pleth_tensor t;
        char message[200];
        CHECK(pleth_weights_open(&w, model, size, message, sizeof message) == 0);
        CHECK(pleth_weights_find(&w, "dense.weight", &t) && t.type == PLETH_F32);
        for (int k = 0; k < CLASSES; k++)
            for (int i = 0; i < d->width; i++) {
                const float v = (float)(10 * answer(d, i, 30 + k));
                memcpy((char *)(uintptr_t)t.data + 4 * (k * d->width + i), &v, sizeof v);
            }
        CHECK(pleth_weights_find(&w, "dense.bias", &t));
        for (int k = 0; k < CLASSES; k++) {
            double v = 0;
            float stored;
            for (int i = 0; i < d->width; i++)
                v -= 5 * pow(answer(d, i, 30 + k), 2);
            stored = (float)v;
            memcpy((char *)(uintptr_t)t.data + 4 * k, &stored, sizeof stored);
        }
    }
    close_device(d);
    open_device(d, model, size);
    for (int i = 0; i < d->width; i++) {
        gain[i] = 1;
        offset[i] = 0;
    }
    own = mean_error(d, gain, offset);
    for (int i = 0; i < d->width; i++) {
        gain[i] = 1 + 1.6 * (plethtrain_uniform(7, (uint64_t)i) - 0.5);
        offset[i] = 1.2 * (plethtrain_uniform(8, (uint64_t)i) - 0.5);
    }
    before = mean_error(d, gain, offset);
    /* two minutes of windows every 2 s, again and again; rates between those that are tested */
    for (int n = 0; n < 20 * 60; n++) {
        const double rate = 60 + 2.0 * (double)(plethtrain_random(9, (uint64_t)n % 60) % 20);
        float z[MOST];
        for (int i = 0; i < d->width; i++)
            z[i] = (float)(gain[i] * answer(d, i, rate) + offset[i]);
        CHECK(pleth_head_learn(d->head, z, (float)rate, 1) == PLETH_OK);
    }
    after = mean_error(d, gain, offset);
    printf("a person: %.2f /min as the network knows hearts, %.2f before, %.2f after\n", own,
           before, after);
    CHECK(own < 0.6 && before > 0.9 && after < before / 2);
    /* nothing beside its own memory, which is what it was from the beginning */
    need = pleth_head_size(d->net);
    guard = (unsigned char *)d->head_memory + need;
    for (int i = 0; i < 64; i++)
        CHECK(guard[i] == 0x5a);
    close_device(d);
    free(model);
    free(d);
}

/* ---- What is refused ------------------------------------------------------------------------- */

static void check_refusals(void)
{
    struct device *d = calloc(1, sizeof *d), *mlp = calloc(1, sizeof *mlp);
    float z[MOST] = {1}, bad[MOST] = {1}, logits[CLASSES], before[2 * MOST], *value;
    const float rates[] = {29.4f, 209.5f, -70, NAN, INFINITY}, weights[] = {-0.1f, 1.1f, NAN};
    size_t size, need;
    void *model = make_model(PLETH_NET_RESNET1D, 1, &size, d), *other;
    pleth_head *head;

    open_device(d, model, size);
    value = pleth_head_values(d->head);
    CHECK(pleth_head_learn(d->head, z, 29.5f, 1) == PLETH_OK);
    CHECK(pleth_head_learn(d->head, z, 209.4f, 1) == PLETH_OK);
    CHECK(value[0] != 0);
    memcpy(before, value, 2 * (size_t)d->width * sizeof *value);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        CHECK(pleth_head_learn(d->head, z, rates[i], 1) == PLETH_EINVAL);
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        CHECK(pleth_head_learn(d->head, z, 80, weights[i]) == PLETH_EINVAL);
    bad[5] = NAN;
    CHECK(pleth_head_learn(d->head, bad, 80, 1) == PLETH_EINVAL);
    bad[5] = -INFINITY;
    CHECK(pleth_head_learn(d->head, bad, 80, 1) == PLETH_EINVAL);
    bad[5] = 3e38f;
    CHECK(pleth_head_learn(d->head, bad, 80, 1) == PLETH_EINVAL);
    CHECK(pleth_head_learn(NULL, z, 80, 1) == PLETH_EINVAL);
    CHECK(pleth_head_learn(d->head, NULL, 80, 1) == PLETH_EINVAL);
    CHECK(pleth_head_logits(d->head, z, NULL) == PLETH_EINVAL);
    CHECK(pleth_head_logits(d->head, NULL, logits) == PLETH_EINVAL);
    CHECK(pleth_head_learn(d->head, z, 80, 0) == PLETH_OK); /* not sure at all */
    CHECK(memcmp(before, value, 2 * (size_t)d->width * sizeof *value) == 0);

    need = pleth_head_size(d->net);
    head = d->head;
    CHECK(pleth_head_init(&head, d->head_memory, need - 1, d->net) == PLETH_EMEMORY && !head);
    CHECK(pleth_head_init(&head, (char *)d->head_memory + 4, need, d->net) == PLETH_EMEMORY);
    CHECK(pleth_head_init(&head, NULL, need, d->net) == PLETH_EMEMORY);
    CHECK(pleth_head_init(NULL, d->head_memory, need, d->net) == PLETH_EINVAL);
    CHECK(pleth_head_init(&head, d->head_memory, need, NULL) == PLETH_EINVAL);
    other = make_model(PLETH_NET_MLP, 1, &size, mlp);
    open_device(mlp, other, size);
    CHECK(pleth_head_size(mlp->net) == 0);
    CHECK(pleth_head_init(&head, d->head_memory, 100000, mlp->net) == PLETH_EINVAL && !head);
    close_device(d);
    close_device(mlp);
    free(model);
    free(other);
    free(d);
    free(mlp);
}

int main(void)
{
    check_layer(PLETH_NET_RESNET1D, 1, 32, 0);
    check_layer(PLETH_NET_RESNET1D, 6, 64, 0);
    check_layer(PLETH_NET_RESNET1D, 12, 128, 0);
    check_layer(PLETH_NET_TCN, 3, 20, 0);
    check_layer(PLETH_NET_RESNET1D, 1, 32, 1);
    check_layer(PLETH_NET_RESNET1D, 6, 64, 1);
    check_gradient();
    check_training();
    check_person();
    check_refusals();
    return test_done();
}
