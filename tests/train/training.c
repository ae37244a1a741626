/* What training as a whole promises: the same bits again, the same numbers with other threads,
 * dropout that is what it says, forward that is inference's, files that inference reads, parts that
 * stay as they are, learning. */
#include "io_files.h"
#include "loss.h"
#include "model.h"
#include "net.h"
#include "nets/nets.h"
#include "optimiser.h"
#include "random.h"

enum { N = 12, SAMPLES = 200, CLASSES = 180 };

static struct pleth_record records[PLETH_RECORDS];

static struct plethtrain_net *open_graph(const struct pleth_graph *g,
                                         const struct plethtrain_options *options)
{
    struct plethtrain_net *net;
    struct plethio_error e;

    if (plethtrain_open(&net, g, options, &e)) {
        printf("%s\n", e.text);
        exit(1);
    }
    return net;
}

static struct plethtrain_net *open_shape(const struct pleth_net_shape *shape,
                                         const struct plethtrain_options *options)
{
    struct pleth_graph g;

    pleth_graph_init(&g, records, PLETH_RECORDS, shape->frames);
    pleth_net_build(shape, &g);
    return open_graph(&g, options);
}

static void fill(float *x, ptrdiff_t n, uint64_t key)
{
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = (float)(2 * plethtrain_uniform(key, (uint64_t)i) - 1);
}

/* ---- Determinism ------------------------------------------------------------------------------
 */

static struct plethtrain_net *open_five(int threads, uint32_t mask, uint64_t seed, int method,
                                        struct plethtrain_optimiser *o)
{
    const struct plethtrain_options options = {
        .batch = N, .threads = threads, .cpu_mask = mask, .seed = seed};
    struct pleth_net_shape shape;
    struct plethtrain_net *net;

    pleth_net_shape_default(&shape, PLETH_NET_RESNET1D);
    shape.blocks = 5;
    net = open_shape(&shape, &options);
    plethtrain_initialise(net, 5);
    CHECK(plethtrain_optimiser_open(o, method, net->trained, mask, NULL) == 0);
    return net;
}

/* Steps [from, to), dropout on, batches of different sizes. */
static void take_steps(struct plethtrain_net *net, struct plethtrain_optimiser *o, int from, int to)
{
    static float x[N * SAMPLES];
    const float *input = x;
    int label[N];

    for (int step = from; step < to; step++) {
        fill(x, N * SAMPLES, (uint64_t)step);
        for (int i = 0; i < N; i++)
            label[i] = (13 * i + step) % CLASSES;
        plethtrain_forward(net, PLETHTRAIN_TRAIN, N - step, &input, (uint64_t)step);
        plethtrain_cross_entropy(N - step, CLASSES, net->output[0], label, 1,
                                 net->output_gradient[0]);
        plethtrain_backward(net);
        plethtrain_optimise(o, 0.01, net->parameters, net->gradients);
    }
}

/* Parameters after five steps, to be freed. */
static float *train(int threads, uint32_t mask, uint64_t seed, ptrdiff_t *count)
{
    struct plethtrain_optimiser o;
    struct plethtrain_net *net = open_five(threads, mask, seed, PLETHTRAIN_SGD, &o);
    float *out = malloc(sizeof *out * (size_t)net->floats);

    take_steps(net, &o, 0, 5);
    *count = net->floats;
    memcpy(out, net->parameters, sizeof *out * (size_t)net->floats);
    plethtrain_optimiser_close(&o);
    plethtrain_close(net);
    return out;
}

/* Broken off after three steps and gone on with what net.h says is to be kept: the same bits. */
static void check_resume(void)
{
    struct plethtrain_optimiser o, first, second;
    struct plethtrain_net *whole = open_five(2, PLETH_CPU_ALL, 3, PLETHTRAIN_ADAMW, &o);
    struct plethtrain_net *begun = open_five(2, PLETH_CPU_ALL, 3, PLETHTRAIN_ADAMW, &first);
    struct plethtrain_net *resumed = open_five(2, PLETH_CPU_ALL, 3, PLETHTRAIN_ADAMW, &second);
    const size_t trained = sizeof(float) * (size_t)whole->trained;
    const size_t statistics = sizeof(float) * (size_t)whole->plan.statistics;

    take_steps(whole, &o, 0, 5);
    take_steps(begun, &first, 0, 3);
    memcpy(resumed->parameters, begun->parameters, sizeof(float) * (size_t)begun->floats);
    memcpy(resumed->statistics, begun->statistics, statistics);
    memcpy(second.first, first.first, trained);
    memcpy(second.second, first.second, trained);
    second.steps = first.steps;
    take_steps(resumed, &second, 3, 5);
    CHECK(memcmp(resumed->parameters, whole->parameters, sizeof(float) * (size_t)whole->floats) ==
          0);
    CHECK(memcmp(resumed->statistics, whole->statistics, statistics) == 0);
    CHECK(memcmp(begun->parameters, whole->parameters, trained) != 0);
    plethtrain_optimiser_close(&o);
    plethtrain_optimiser_close(&first);
    plethtrain_optimiser_close(&second);
    plethtrain_close(whole);
    plethtrain_close(begun);
    plethtrain_close(resumed);
}

static double largest_difference(const float *a, const float *b, ptrdiff_t n)
{
    double most = 0;

    for (ptrdiff_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)a[i] - (double)b[i]));
    return most;
}

static void check_determinism(void)
{
    ptrdiff_t n;
    float *one = train(1, PLETH_CPU_ALL, 9, &n), *again = train(1, PLETH_CPU_ALL, 9, &n);
    float *two = train(2, PLETH_CPU_ALL, 9, &n), *two_again = train(2, PLETH_CPU_ALL, 9, &n);
    float *five = train(5, PLETH_CPU_ALL, 9, &n), *scalar = train(1, 0, 9, &n);
    float *other = train(1, PLETH_CPU_ALL, 10, &n);

    CHECK(memcmp(one, again, sizeof *one * (size_t)n) == 0);
    CHECK(memcmp(two, two_again, sizeof *one * (size_t)n) == 0);
    CHECK_NEAR(largest_difference(one, two, n), 0, 1e-4);
    CHECK_NEAR(largest_difference(one, five, n), 0, 1e-4);
    CHECK_NEAR(largest_difference(one, scalar, n), 0, 1e-4);
    CHECK(largest_difference(one, other, n) > 1e-3); /* other values are dropped */
    free(one);
    free(again);
    free(two);
    free(two_again);
    free(five);
    free(scalar);
    free(other);
}

/* ---- Dropout ----------------------------------------------------------------------------------
 */

/* A linear layer whose values are dropped: its outputs tell which, and gradients must obey. */
static void check_dropout(float share)
{
    enum { WIDTH = 1000, BATCH = 20 };
    const struct plethtrain_options options = {
        .batch = BATCH, .threads = 2, .cpu_mask = PLETH_CPU_ALL, .seed = 4};
    struct pleth_graph g;
    struct plethtrain_net *net;
    const struct plethtrain_parameter *bias;
    float x[BATCH], first[BATCH * WIDTH], kept[WIDTH];
    const float *input = x;
    const float scale = 1 / (1 - share);
    int dropped = 0, wrong = 0, same = 0;

    pleth_graph_init(&g, records, PLETH_RECORDS, 1);
    pleth_linear(&g, pleth_input(&g, "x", 1, 1, 1, 1), "a", WIDTH);
    pleth_drop(&g, share);
    pleth_output(&g, 1, "y");
    net = open_graph(&g, &options);
    bias = plethtrain_find(net, "a.bias");
    for (int i = 0; i < WIDTH; i++)
        net->parameters[bias->at + i] = 1 + (float)i;
    fill(x, BATCH, 1);
    memset(kept, 0, sizeof kept);
    plethtrain_forward(net, PLETHTRAIN_TRAIN, BATCH, &input, 3);
    for (int i = 0; i < BATCH * WIDTH; i++) {
        const float y = net->output[0][i];
        dropped += y == 0;
        wrong += y != 0 && fabsf(y - scale * (1 + (float)(i % WIDTH))) > 1e-3f * y;
        kept[i % WIDTH] += y == 0 ? 0 : scale;
        net->output_gradient[0][i] = 1;
    }
    CHECK(wrong == 0);
    /* five deviations of a binomial count */
    CHECK_NEAR((double)dropped / (BATCH * WIDTH), (double)share,
               5 * sqrt((double)(share * (1 - share)) / (BATCH * WIDTH)));
    plethtrain_backward(net);
    for (int i = 0; i < WIDTH; i++)
        CHECK_NEAR((double)net->gradients[bias->at + i], (double)kept[i], 1e-3);
    memcpy(first, net->output[0], sizeof first);
    plethtrain_forward(net, PLETHTRAIN_TRAIN, BATCH, &input, 3);
    CHECK(memcmp(first, net->output[0], sizeof first) == 0);
    plethtrain_forward(net, PLETHTRAIN_TRAIN, BATCH, &input, 4);
    for (int i = 0; i < BATCH * WIDTH; i++)
        same += (first[i] == 0) == (net->output[0][i] == 0);
    CHECK_NEAR((double)same / (BATCH * WIDTH), (double)(share * share + (1 - share) * (1 - share)),
               0.02);
    plethtrain_forward(net, PLETHTRAIN_EVAL, BATCH, &input, 4);
    for (int i = 0; i < BATCH * WIDTH; i++)
        CHECK_NEAR((double)net->output[0][i], 1 + i % WIDTH, 1e-2);
    plethtrain_close(net);
}

/* ---- The same as inference --------------------------------------------------------------------
 */

/* Random parameters, saved; the file run by the device library and by the plan. */
static void check_inference(int kind, int segments, uint32_t mask)
{
    const struct plethtrain_options options = {
        .batch = segments, .threads = segments > 1 ? 2 : 1, .cpu_mask = mask};
    struct pleth_net_shape shape;
    struct plethtrain_net *net, *loaded;
    struct plethio_metadata_list m = {0};
    struct plethio_model model;
    struct plethio_error e = {""};
    struct file file;
    struct pleth_weights w;
    const float *input[PLETHTRAIN_PORTS], *run_input[PLETHTRAIN_PORTS];
    float *output[PLETHTRAIN_PORTS];
    pleth_net_options net_options;
    int frames;

    pleth_net_shape_default(&shape, kind);
    if (kind == PLETH_NET_PHYSNET)
        shape.frames = 8, shape.side = 32;
    shape.blocks = 6;
    net = open_shape(&shape, &options);
    plethtrain_initialise(net, 3);
    for (ptrdiff_t i = 0; i < net->plan.statistics; i++)
        net->statistics[i] += (float)(0.2 * plethtrain_uniform(8, (uint64_t)i));
    CHECK(plethio_metadata_add_shape(&m, &shape, &e) == 0);
    file.data = plethtrain_save(net, m.item, m.count, NULL, &file.size, &e);
    CHECK(file.data != NULL);
    if (!file.data) {
        printf("%s\n", e.text);
        return;
    }
    w = open_weights(&file);
    loaded = open_shape(&shape, &options);
    CHECK(plethtrain_load(loaded, &w, NULL, &e) == 0);
    CHECK(memcmp(loaded->parameters, net->parameters, sizeof(float) * (size_t)net->floats) == 0);

    pleth_net_options_default(&net_options);
    net_options.cpu_mask = mask;
    net_options.exact = 1;
    if (plethio_model_take(&model, file.data, file.size, "saved", &net_options, &e)) {
        printf("%s\n", e.text);
        CHECK(0);
        return;
    }
    frames = segments * model.info.frames;
    for (int i = 0; i < model.info.inputs; i++) {
        /* the frame after a segment is the next one's first: told twice to the plan */
        const int count = model.info.input[i].count, more = model.info.difference;
        const int size = model.info.frames * count;
        float *x = malloc(sizeof *x * (size_t)((frames + 1) * count));
        float *y = malloc(sizeof *y * (size_t)(segments * (size + count)));
        fill(x, (ptrdiff_t)(frames + 1) * count, 20 + (uint64_t)i);
        for (int k = 0; k < segments; k++)
            memcpy(y + (ptrdiff_t)k * (size + more * count), x + (ptrdiff_t)k * size,
                   sizeof *x * (size_t)(size + more * count));
        run_input[i] = x;
        input[i] = y;
    }
    for (int i = 0; i < model.info.outputs; i++)
        output[i] = malloc(sizeof(float) * (size_t)(frames * model.info.output[i].count));
    CHECK(pleth_net_run(model.state, frames, run_input, output) == 0);
    plethtrain_forward(loaded, PLETHTRAIN_EVAL, segments, input, 0);
    CHECK(model.info.outputs == loaded->outputs);
    for (int i = 0; i < model.info.outputs; i++) {
        const int n = frames * model.info.output[i].count;
        double low = HUGE_VAL, high = -HUGE_VAL, range;
        for (int k = 0; k < n; k++) {
            low = fmin(low, (double)output[i][k]);
            high = fmax(high, (double)output[i][k]);
        }
        /* the last layer's terms are about that large, where they cancel */
        range = fmax(fmax(high, -low), 0.05);
        CHECK(plethtrain_output(loaded, model.info.output[i].name) == i);
        CHECK_NEAR(largest_difference(loaded->output[i], output[i], n) / range, 0, 1e-5);
        printf("%s %s: %.2g of its size\n", pleth_net_name(kind), model.info.output[i].name,
               largest_difference(loaded->output[i], output[i], n) / range);
        free(output[i]);
    }
    for (int i = 0; i < model.info.inputs; i++) {
        free((void *)(uintptr_t)input[i]);
        free((void *)(uintptr_t)run_input[i]);
    }
    plethio_model_close(&model);
    plethtrain_close(net);
    plethtrain_close(loaded);
}

/* ---- What is trained, and what is not ----------------------------------------------------------
 */

static void check_dead_head(void)
{
    const struct plethtrain_options options = {.batch = 2, .threads = 1, .cpu_mask = PLETH_CPU_ALL};
    struct pleth_net_shape shape;
    struct plethtrain_net *net;
    struct pleth_graph g;
    struct pleth_counts counts;

    pleth_net_shape_default(&shape, PLETH_NET_RESNET1D);
    shape.dead_head = 1;
    net = open_shape(&shape, &options);
    pleth_graph_init(&g, records, PLETH_RECORDS, 1);
    pleth_net_build(&shape, &g);
    pleth_graph_count(&g, &counts);
    CHECK(net->floats == counts.parameters && net->plan.statistics == counts.statistics);
    CHECK(net->floats == 23292 && net->trained == 16628); /* networks.md section 3 */
    CHECK(plethtrain_find(net, "dense2.weight")->at >= net->trained);
    CHECK(plethtrain_find(net, "basicblock_list.0.bn1.weight")->at >= net->trained);
    plethtrain_close(net);
}

/* Only the last layer: its gradient is as when all are trained. */
static void check_tuned(void)
{
    static const char *const last[] = {"dense.", NULL};
    struct plethtrain_options options = {.batch = 4, .threads = 1, .cpu_mask = PLETH_CPU_ALL};
    struct pleth_net_shape shape;
    struct plethtrain_net *all, *some;
    static float x[4 * SAMPLES];
    const float *input = x;
    const int label[4] = {3, 7, 100, -1};

    fill(x, 4 * SAMPLES, 6);
    pleth_net_shape_default(&shape, PLETH_NET_RESNET1D);
    shape.blocks = 2;
    all = open_shape(&shape, &options);
    options.tuned = last;
    some = open_shape(&shape, &options);
    CHECK(some->trained == 33 * CLASSES && some->floats == all->floats);
    CHECK(plethtrain_memory(some) < plethtrain_memory(all));
    for (int k = 0; k < 2; k++) {
        struct plethtrain_net *net = k ? some : all;
        plethtrain_initialise(net, 1);
        plethtrain_forward(net, PLETHTRAIN_EVAL, 4, &input, 0);
        plethtrain_cross_entropy(4, CLASSES, net->output[0], label, 1, net->output_gradient[0]);
        plethtrain_backward(net);
    }
    for (int k = 0; k < 2; k++) {
        const char *name = k ? "dense.bias" : "dense.weight";
        const struct plethtrain_parameter *a = plethtrain_find(all, name),
                                          *b = plethtrain_find(some, name);
        CHECK_NEAR(largest_difference(all->gradients + a->at, some->gradients + b->at, a->count), 0,
                   1e-6);
    }
    plethtrain_close(all);
    plethtrain_close(some);
}

/* What a network learns in training with its statistics fixed, of its last block and what follows:
 * gradients as when all are, of which frozen layers need no memory, and nothing else changes. */
static void check_fixed(int kind, const char *const *last, int blocks)
{
    struct plethtrain_options options = {
        .batch = 8, .threads = 2, .cpu_mask = PLETH_CPU_ALL, .keep_all = 1};
    struct pleth_net_shape shape;
    struct plethtrain_net *all, *some;
    struct plethtrain_optimiser o;
    static float x[8 * SAMPLES];
    const float *input = x;
    const int label[8] = {3, 7, 100, -1, 20, 179, 0, 64};
    float *before;

    fill(x, 8 * SAMPLES, 16);
    pleth_net_shape_default(&shape, kind);
    shape.blocks = blocks;
    all = open_shape(&shape, &options);
    options.tuned = last;
    options.fixed = 1;
    some = open_shape(&shape, &options);
    CHECK(plethtrain_memory(some) < plethtrain_memory(all));
    CHECK(some->plan.kept <= all->plan.kept / 2); /* of a sample, until backward */
    plethtrain_initialise(all, 1);
    /* statistics that are not those of any batch here */
    for (ptrdiff_t i = 0; i < all->plan.statistics; i++)
        all->statistics[i] = 0.5f + (float)plethtrain_uniform(17, (uint64_t)i);
    for (int i = 0; i < all->plan.parameters; i++) {
        const struct plethtrain_parameter *a = &all->plan.parameter[i],
                                          *b = plethtrain_find(some, a->stored.name);
        float *from = a->statistic ? all->statistics : all->parameters;
        memcpy((b->statistic ? some->statistics : some->parameters) + b->at, from + a->at,
               (size_t)a->count * sizeof *from);
    }
    for (int k = 0; k < 2; k++) {
        struct plethtrain_net *net = k ? some : all;
        plethtrain_forward(net, k ? PLETHTRAIN_TRAIN : PLETHTRAIN_EVAL, 8, &input, 0);
        plethtrain_cross_entropy(8, CLASSES, net->output[0], label, 1, net->output_gradient[0]);
        plethtrain_backward(net);
    }
    CHECK_NEAR(largest_difference(all->output[0], some->output[0], 8 * CLASSES), 0, 1e-5);
    for (int i = 0; i < some->plan.parameters; i++) {
        const struct plethtrain_parameter *b = &some->plan.parameter[i],
                                          *a = plethtrain_find(all, b->stored.name);
        int tuned = 0;
        for (int k = 0; last[k]; k++)
            tuned |= strncmp(b->stored.name, last[k], strlen(last[k])) == 0;
        CHECK(b->trained == (tuned && !b->statistic));
        if (b->trained)
            CHECK_NEAR(
                largest_difference(all->gradients + a->at, some->gradients + b->at, a->count), 0,
                1e-5);
    }
    /* steps of an optimiser: whatever is not tuned keeps its bits */
    before = malloc((size_t)some->floats * sizeof *before);
    memcpy(before, some->parameters, (size_t)some->floats * sizeof *before);
    plethtrain_optimiser_open(&o, PLETHTRAIN_ADAMW, some->trained, PLETH_CPU_ALL, NULL);
    for (int step = 0; step < 3; step++) {
        plethtrain_forward(some, PLETHTRAIN_TRAIN, 8, &input, (uint64_t)step);
        plethtrain_cross_entropy(8, CLASSES, some->output[0], label, 1, some->output_gradient[0]);
        plethtrain_backward(some);
        plethtrain_optimise(&o, 1e-3, some->parameters, some->gradients);
    }
    CHECK(memcmp(before, some->parameters, (size_t)some->trained * sizeof *before) != 0);
    CHECK(memcmp(before + some->trained, some->parameters + some->trained,
                 (size_t)(some->floats - some->trained) * sizeof *before) == 0);
    for (ptrdiff_t i = 0; i < all->plan.statistics; i++)
        CHECK(some->statistics[i] == all->statistics[i]);
    free(before);
    plethtrain_optimiser_close(&o);
    plethtrain_close(all);
    plethtrain_close(some);
}

/* ---- Learning ---------------------------------------------------------------------------------
 */

/* Sines of 60 rates in noise, new ones in each step: better than chance, log 60, by a quarter. */
static void check_learning(int kind, const char *name)
{
    enum { BATCH = 64, STEPS = 150, RATES = 60 };
    const struct plethtrain_options options = {
        .batch = BATCH, .threads = 2, .cpu_mask = PLETH_CPU_ALL, .keep_all = 1};
    struct pleth_net_shape shape;
    struct plethtrain_net *net;
    struct plethtrain_optimiser o;
    static float x[BATCH * SAMPLES];
    const float *input = x;
    int label[BATCH];
    double first = 0, loss = 0;

    pleth_net_shape_default(&shape, kind);
    net = open_shape(&shape, &options);
    plethtrain_initialise(net, 2);
    CHECK(plethtrain_optimiser_open(&o, PLETHTRAIN_ADAMW, net->trained, PLETH_CPU_ALL, NULL) == 0);
    for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < BATCH; i++) {
            const uint64_t key = plethtrain_key(77, (uint64_t)(step * BATCH + i));
            const double rate = 45 + 2.0 * (double)(plethtrain_random(key, 0) % RATES);
            label[i] = (int)rate - 30;
            for (int k = 0; k < SAMPLES; k++)
                x[i * SAMPLES + k] =
                    (float)(sin(6.283185307179586 *
                                (plethtrain_uniform(key, 1) + rate / 60 * k / 25)) +
                            0.3 * (plethtrain_uniform(key, 2 + (uint64_t)k) - 0.5));
        }
        plethtrain_forward(net, PLETHTRAIN_TRAIN, BATCH, &input, (uint64_t)step);
        loss = plethtrain_cross_entropy(BATCH, CLASSES, net->output[0], label, 1,
                                        net->output_gradient[0]);
        first = step == 0 ? loss : first;
        plethtrain_backward(net);
        plethtrain_clip(net->gradients, net->trained, 5);
        plethtrain_optimise(&o, plethtrain_one_cycle(step, STEPS, 5e-3), net->parameters,
                            net->gradients);
    }
    printf("%s: loss from %.2f to %.2f\n", name, first, loss);
    CHECK(loss < 0.75 * log(RATES) && first > log(RATES));
    plethtrain_optimiser_close(&o);
    plethtrain_close(net);
}

static void check_refusals(void)
{
    struct plethtrain_options options = {.batch = 2, .threads = 3, .cpu_mask = PLETH_CPU_ALL};
    struct pleth_net_shape shape;
    struct pleth_graph g;
    struct plethtrain_net *net;
    struct plethio_error e = {""};

    pleth_net_shape_default(&shape, PLETH_NET_MLP);
    pleth_graph_init(&g, records, PLETH_RECORDS, 1);
    pleth_net_build(&shape, &g);
    CHECK(plethtrain_open(&net, &g, &options, &e) == -1 && net == NULL && e.text[0]);
    options.threads = 1;
    options.batch = 0;
    CHECK(plethtrain_open(&net, &g, &options, &e) == -1 && net == NULL);
    options.batch = 1;
    g.records[1].drop = 1;
    CHECK(plethtrain_open(&net, &g, &options, &e) == -1 && net == NULL);
    g.error = PLETH_EINVAL;
    CHECK(plethtrain_open(&net, &g, &options, &e) == -1 && net == NULL);
    for (int high = 8; high <= 9; high++) {
        pleth_graph_init(&g, records, PLETH_RECORDS, 1);
        pleth_linear(&g,
                     pleth_average_pool(&g, pleth_input(&g, "x", 2, 8, high, 4), "p", 8, high, 4),
                     "a", 3);
        pleth_output(&g, 1, "y");
        CHECK(plethtrain_open(&net, &g, &options, &e) == (high > 8 ? -1 : 0));
        CHECK(high == 8 || strstr(e.text, "not of 72"));
        plethtrain_close(net);
    }
}

int main(void)
{
    static const int kinds[] = {PLETH_NET_RESNET1D, PLETH_NET_MLP,      PLETH_NET_TSCAN,
                                PLETH_NET_MTTSCAN,  PLETH_NET_DEEPPHYS, PLETH_NET_EFFICIENTPHYS,
                                PLETH_NET_BIGSMALL, PLETH_NET_SMALL,    PLETH_NET_PHYSNET,
                                PLETH_NET_TCN};

    check_refusals();
    check_determinism();
    check_resume();
    check_dropout(0.5f);
    check_dropout(0.25f);
    check_dropout(0.9f);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        check_inference(kinds[i], 3, PLETH_CPU_ALL);
        check_inference(kinds[i], 1, 0);
    }
    check_dead_head();
    check_tuned();
    {
        static const char *const resnet[] = {"basicblock_list.4.", "final_bn.", "dense.", NULL};
        static const char *const tcn[] = {"blocks.3.", "final_norm.", "dense.", NULL};
        check_fixed(PLETH_NET_RESNET1D, resnet, 5);
        check_fixed(PLETH_NET_TCN, tcn, 4);
    }
    check_learning(PLETH_NET_RESNET1D, "resnet1d");
    check_learning(PLETH_NET_MLP, "mlp");
    check_learning(PLETH_NET_TCN, "tcn");
    return test_done();
}
