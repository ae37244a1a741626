/* Every operation's forward and gradient, and those of whole networks, against finite differences
 * of an independent forward in double (reference.h). */
#include "net.h"
#include "nets/nets.h"
#include "pleth/pleth.h"
#include "random.h"
#include "reference.h"
#include "test.h"

struct example {
    const char *name;
    void (*build)(struct pleth_graph *g);
    int frames;
};

/* ---- Networks of a few operations each ----------------------------------------------------------
 */

static int act(struct pleth_graph *g, int x, const char *name, int function)
{
    return pleth_activation(g, x, name, function);
}

static void images(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 2, 1, 7, 6);

    x = pleth_conv2d(g, x, "a", 5, 3, 1, 1, 1);
    x = act(g, x, "a.tanh", PLETH_TANH);
    x = pleth_conv2d(g, x, "b", 4, 3, 2, 1, 0);
    x = pleth_depthwise2d(g, x, "c", 3, 1, 1, 1);
    x = act(g, x, "c.sigmoid", PLETH_SIGMOID);
    x = pleth_depthwise2d(g, x, "d", 3, 2, 1, 0);
    x = pleth_conv2d(g, x, "e", 19, 1, 1, 0, 1);
    pleth_output(g, x, "y");
}

/* wide enough that rows are read in place, in both directions, and strided */
static void wide_images(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 3, 1, 3, 47);

    x = pleth_conv2d(g, x, "a", 4, 3, 1, 1, 1);
    x = act(g, x, "a.tanh", PLETH_TANH);
    x = pleth_conv2d(g, x, "b", 17, 3, 1, 0, 1);
    x = pleth_conv2d(g, x, "c", 3, 1, 1, 0, 1);
    pleth_output(g, x, "y");
}

static void signals(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 1, 1, 1, 93);

    x = pleth_conv1d_same(g, x, "a", 4, 5, 1);
    x = act(g, x, "a.tanh", PLETH_TANH);
    x = pleth_conv1d_same(g, x, "b", 3, 5, 2);
    x = pleth_conv1d_same(g, x, "c", 5, 4, 3);
    x = act(g, x, "c.elu", PLETH_ELU);
    x = pleth_conv1d_same(g, x, "d", 2, 5, 2);
    x = pleth_conv1d_same(g, x, "e", 3, 2, 4); /* some positions meet no tap */
    pleth_output(g, x, "y");
}

/* five taps of 16 channels and more: by tiles, of which the last is not whole */
static void tiled(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 2, 1, 1, 13), y;

    x = pleth_conv1d_same(g, x, "a", 16, 1, 1);
    y = pleth_conv1d_same(g, x, "b", 19, 5, 1);
    y = act(g, y, "b.tanh", PLETH_TANH);
    y = pleth_conv1d_same(g, y, "c", 16, 5, 1);
    x = pleth_add(g, x, y, "sum"); /* so that the gradient of x is added to */
    x = pleth_conv1d_same(g, x, "d", 16, 5, 2);
    pleth_output(g, pleth_conv1d_same(g, x, "e", 17, 5, 1), "y");
}

static void dilated(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 1, 1, 1, 21);

    x = pleth_conv1d_dilated(g, x, "a", 4, 5, 3);
    x = act(g, x, "a.tanh", PLETH_TANH);
    x = pleth_conv1d_dilated(g, x, "b", 3, 4, 7); /* reaches beyond both ends */
    pleth_output(g, pleth_conv1d_dilated(g, x, "c", 2, 3, 1), "y");
}

static void dilated_wide(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 2, 1, 1, 50);

    x = pleth_conv1d_dilated(g, x, "a", 3, 5, 16);
    x = act(g, x, "a.tanh", PLETH_TANH);
    pleth_output(g, pleth_conv1d_dilated(g, x, "b", 2, 4, 5), "y");
}

static void volumes(struct pleth_graph *g)
{
    static const int kernel[3] = {3, 3, 3}, pad[3] = {1, 1, 1}, one[3] = {1, 1, 1}, none[3];
    int x = pleth_input(g, "x", 2, 4, 5, 4);

    x = pleth_conv3d(g, x, "a", 3, kernel, pad);
    x = pleth_batch_norm(g, x, "a.norm", 1e-5f);
    x = act(g, x, "a.relu", PLETH_RELU);
    x = pleth_max_pool(g, x, "pool", 2, 2, 2);
    x = pleth_conv_transposed(g, x, "up", 4, 4, 2, 1);
    x = pleth_batch_norm(g, x, "up.norm", 1e-5f);
    x = act(g, x, "up.elu", PLETH_ELU);
    x = pleth_conv_transposed(g, x, "up2", 2, 4, 2, 1);
    x = pleth_mean(g, x, "mean");
    pleth_output(g, pleth_conv3d(g, x, "last", 1, one, none), "y");
}

static void vectors(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 3, 1, 2, 4), y;

    x = pleth_layer_norm_whole(g, x, "whole", 1e-5f);
    x = pleth_linear(g, x, "a", 6);
    x = pleth_layer_norm(g, x, "norm", 1e-5f);
    x = act(g, x, "gelu", PLETH_GELU);
    y = pleth_linear(g, x, "b", 6);
    x = pleth_linear(g, y, "b.again", 6);
    pleth_share(g, "b");
    x = pleth_layer_norm(g, pleth_add(g, x, y, "sum"), "norm.again", 1e-5f);
    pleth_share(g, "norm");
    x = act(g, x, "clamp", PLETH_CLAMP01);
    x = pleth_flatten(g, x, "flat");
    pleth_output(g, pleth_linear(g, x, "c", 2), "y");
    pleth_output(g, y, "inner");
}

/* sums that may and sums that may not share the memory of their gradients */
static void sums(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 3, 1, 1, 6), a, b, c, d;

    a = pleth_linear(g, x, "a", 4);
    b = pleth_linear(g, a, "b", 4);
    c = pleth_add(g, b, a, "c");
    d = act(g, c, "d", PLETH_TANH);
    d = pleth_add(g, d, c, "e");
    d = pleth_add(g, d, d, "f");
    c = pleth_add(g, a, pleth_add(g, d, c, "g"), "h");
    d = pleth_batch_norm(g, c, "norm", 1e-5f);
    c = pleth_add(g, c, d, "i");
    d = pleth_batch_norm(g, c, "norm2", 1e-5f);
    d = act(g, d, "norm2.relu", PLETH_RELU);
    pleth_output(g, d, "y");
    pleth_output(g, pleth_add(g, pleth_linear(g, d, "k", 4), c, "l"), "z");
}

static void norms(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 2, 1, 3, 5), y;

    x = pleth_batch_norm(g, x, "first", 1e-5f);
    x = pleth_conv2d(g, x, "a", 4, 3, 1, 1, 0);
    y = pleth_batch_norm(g, x, "norm", 1e-3f);
    y = act(g, y, "tanh", PLETH_TANH);
    y = pleth_batch_norm(g, y, "twice", 1e-5f);
    y = pleth_batch_norm(g, y, "thrice", 1e-5f);
    y = act(g, y, "relu", PLETH_RELU);
    y = pleth_multiply(g, y, x, "product");
    pleth_output(g, y, "y");
}

static void attended(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 3, 1, 6, 5), mask, gain;

    x = pleth_conv2d(g, x, "a", 5, 3, 1, 1, 1);
    mask = pleth_conv2d(g, x, "m", 1, 1, 1, 0, 1);
    mask = pleth_mask(g, act(g, mask, "m.sigmoid", PLETH_SIGMOID), "mask");
    x = pleth_multiply(g, x, mask, "attended");
    gain = act(g, pleth_linear(g, pleth_mean(g, x, "mean"), "g", 5), "g.sigmoid", PLETH_SIGMOID);
    x = pleth_multiply(g, x, gain, "gained");
    x = pleth_average_pool(g, x, "pool", 1, 2, 2);
    pleth_output(g, x, "y");
}

static void frames(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 2, 1, 3, 2), first, y;

    x = pleth_frame_difference(g, x, "difference");
    x = pleth_conv2d(g, x, "a", 7, 3, 1, 1, 1);
    y = pleth_shift(g, x, "shift", 0);
    y = pleth_conv2d(g, y, "b", 4, 3, 1, 1, 1);
    y = pleth_shift(g, y, "wrapped", 1);
    first = pleth_conv2d(g, pleth_first_frame(g, x, "first"), "c", 4, 1, 1, 0, 1);
    y = pleth_add(g, y, pleth_repeat(g, first, "repeat"), "sum");
    pleth_output(g, y, "y");
    pleth_output(g, pleth_mean(g, first, "still"), "s");
}

static void pieces(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 2, 1, 1, 5), a, b;

    x = pleth_linear(g, x, "a", 6);
    a = pleth_slice(g, x, "left", 0, 2);
    b = pleth_slice(g, x, "right", 1, 5);
    x = pleth_concat(g, a, b, "both");
    x = pleth_pad_channels(g, x, "pad", 2, 10);
    x = pleth_join(g, x, pleth_mean(g, x, "mean"), "joined");
    x = pleth_max_pool1d_padded(g, x, "pool");
    pleth_output(g, pleth_linear(g, x, "b", 3), "y");
}

/* an odd length: the last value meets the zero, and loses where it is negative */
static void padded_pool(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 4, 1, 1, 7);

    x = pleth_linear(g, x, "a", 5);
    x = pleth_max_pool1d_padded(g, x, "pool");
    x = pleth_max_pool(g, x, "pool2", 1, 1, 3);
    pleth_output(g, x, "y");
}

static void tokens(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 4, 1, 4, 6), q, k, v, token;

    x = pleth_conv2d(g, x, "a", 6, 1, 1, 0, 1);
    x = pleth_spectral(g, x, "filter");
    x = pleth_windows(g, x, "windows", 2);
    q = pleth_linear(g, x, "q", 4);
    q = pleth_depthwise2d(g, q, "q.near", 3, 1, 1, 0);
    k = pleth_linear(g, x, "k", 4);
    v = pleth_linear(g, x, "v", 3);
    x = pleth_attention_biased(g, q, k, v, "attention", 0.7f, "table", 1, 3);
    x = pleth_unwindows(g, x, "map", 4, 6);
    token = pleth_mean(g, x, "mean");
    x = pleth_join(g, token, x, "all");
    x = pleth_linear(g, x, "kv", 12);
    k = pleth_slice(g, x, "k2", 0, 6);
    v = pleth_slice(g, x, "v2", 6, 6);
    q = pleth_linear(g, token, "q2", 6);
    pleth_output(g, pleth_attention(g, q, k, v, "attention2", 3, 0.5f), "y");
}

static void odd_filter(struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 2, 1, 3, 5);

    x = pleth_linear(g, x, "a", 3);
    x = pleth_spectral(g, x, "filter");
    pleth_output(g, act(g, x, "tanh", PLETH_TANH), "y");
}

static struct pleth_net_shape network;

static void whole_network(struct pleth_graph *g)
{
    pleth_net_build(&network, g);
}

/* ---- Comparing ----------------------------------------------------------------------------------
 */

struct setting {
    struct plethtrain_net *net;
    struct reference ref;
    double *parameters, *statistics, *input[PLETHTRAIN_PORTS];
    float *given[PLETHTRAIN_PORTS];
};

static double random_value(uint64_t key, ptrdiff_t i)
{
    return 2 * plethtrain_uniform(key, (uint64_t)i) - 1;
}

static void set_up(struct setting *s, const struct example *e, int samples, int threads, int mode,
                   uint32_t mask)
{
    static struct pleth_record records[PLETH_RECORDS];
    const struct plethtrain_options options = {
        .batch = samples + 1, .threads = threads, .cpu_mask = mask, .keep_all = 1};
    struct pleth_graph g;
    struct plethio_error error;
    const struct plethtrain_plan *p;
    ptrdiff_t stored = 0, statistic = 0;

    memset(s, 0, sizeof *s);
    pleth_graph_init(&g, records, PLETH_RECORDS, e->frames);
    e->build(&g);
    if (plethtrain_open(&s->net, &g, &options, &error)) {
        printf("%s: %s\n", e->name, error.text);
        exit(1);
    }
    p = &s->net->plan;
    s->parameters = malloc(sizeof(double) * (size_t)(p->floats + 1));
    s->statistics = malloc(sizeof(double) * (size_t)(p->statistics + 1));
    for (int i = 0; i < p->parameters; i++) {
        const struct plethtrain_parameter *q = &p->parameter[i];
        float *v = malloc(sizeof *v * (size_t)q->count);
        double fan = 1;
        for (int axis = 1; axis < q->stored.rank; axis++)
            fan *= q->stored.shape[axis];
        for (ptrdiff_t k = 0; k < q->count; k++) {
            const double u = random_value((uint64_t)i + 1, k);
            double to = q->stored.rank > 1 ? 2 * u / sqrt(fan) : 0.5 * u;
            if (p->records[q->record].op == PLETH_OP_BATCH_NORM)
                to = q->index == 0 || q->index == 3 ? 1 + 0.5 * u : 0.5 * u;
            if (p->records[q->record].op == PLETH_OP_LAYER_NORM && q->index == 0)
                to = 1 + 0.5 * u;
            v[k] = (float)to;
            (q->statistic ? s->statistics
                          : s->parameters)[(q->statistic ? statistic : stored) + k] = (double)v[k];
        }
        s->ref.at[i] = q->statistic ? statistic : stored;
        *(q->statistic ? &statistic : &stored) += q->count;
        plethtrain_put(q, v, q->statistic ? s->net->statistics : s->net->parameters);
        free(v);
    }
    for (int i = 0; i < p->inputs; i++) {
        const ptrdiff_t n = samples * p->value[p->input[i]].size;
        s->input[i] = malloc(sizeof(double) * (size_t)n);
        s->given[i] = malloc(sizeof(float) * (size_t)n);
        for (ptrdiff_t k = 0; k < n; k++)
            s->input[i][k] = (double)(s->given[i][k] = (float)random_value(100 + (uint64_t)i, k));
        s->ref.input[i] = s->input[i];
    }
    s->ref.plan = p;
    s->ref.samples = samples;
    s->ref.train = mode == PLETHTRAIN_TRAIN;
    s->ref.parameters = s->parameters;
    s->ref.statistics = s->statistics;
    plethtrain_forward(s->net, mode, samples, (const float *const *)s->given, 0);
}

static void tear_down(struct setting *s)
{
    ref_free(&s->ref);
    for (int i = 0; i < PLETHTRAIN_PORTS; i++) {
        free(s->input[i]);
        free(s->given[i]);
    }
    free(s->parameters);
    free(s->statistics);
    plethtrain_close(s->net);
}

/* A loss that is linear in the outputs: its gradient by them is r. */
static double reference_loss(struct setting *s)
{
    const struct plethtrain_plan *p = &s->net->plan;
    double loss = 0;

    ref_forward(&s->ref);
    for (int o = 0; o < p->outputs; o++)
        for (ptrdiff_t k = 0; k < s->ref.samples * p->value[p->output[o]].size; k++)
            loss += random_value(200 + (uint64_t)o, k) * s->ref.value[p->output[o]][k];
    return loss;
}

static void compare_outputs(const struct setting *s, const char *name, double tolerance)
{
    const struct plethtrain_plan *p = &s->net->plan;

    for (int o = 0; o < p->outputs; o++) {
        const ptrdiff_t n = s->ref.samples * p->value[p->output[o]].size;
        double most = 0, off = 0;
        for (ptrdiff_t k = 0; k < n; k++) {
            const double truth = s->ref.value[p->output[o]][k];
            most = fmax(most, fabs(truth));
            off = fmax(off, fabs((double)s->net->output[o][k] - truth));
        }
        CHECK_NEAR(off, 0, tolerance * fmax(most, 1e-3));
        if (!(off <= tolerance * fmax(most, 1e-3)))
            printf("%s: output %d is off by %g of %g\n", name, o, off, most);
    }
}

static void give_gradient(struct setting *s)
{
    const struct plethtrain_plan *p = &s->net->plan;

    for (int o = 0; o < p->outputs; o++)
        for (ptrdiff_t k = 0; k < s->ref.samples * p->value[p->output[o]].size; k++)
            s->net->output_gradient[o][k] = (float)random_value(200 + (uint64_t)o, k);
    plethtrain_backward(s->net);
}

/* Parameters of a small network, each by itself: all of a small tensor, some forty of a large one.
 */
static void check_example(const struct example *e, int samples, int threads, int mode,
                          uint32_t mask)
{
    struct setting s;
    const struct plethtrain_plan *p;
    double largest = 0;

    set_up(&s, e, samples, threads, mode, mask);
    p = &s.net->plan;
    reference_loss(&s);
    compare_outputs(&s, e->name, 1e-5);
    give_gradient(&s);
    for (ptrdiff_t k = 0; k < p->trained; k++)
        largest = fmax(largest, fabs((double)s.net->gradients[k]));
    for (int i = 0; i < p->parameters; i++) {
        const struct plethtrain_parameter *q = &p->parameter[i];
        const double step = 1e-5;
        const ptrdiff_t apart = q->count > 80 ? q->count / 40 : 1;
        double most = 0, off = 0;
        float *g;
        if (!q->trained)
            continue;
        g = malloc(sizeof *g * (size_t)q->count);
        plethtrain_get(q, s.net->gradients, g);
        for (ptrdiff_t k = i % apart; k < q->count; k += apart) {
            double *v = s.parameters + s.ref.at[i] + k;
            const double kept = *v;
            double truth;
            *v = kept + step;
            truth = reference_loss(&s);
            *v = kept - step;
            truth = (truth - reference_loss(&s)) / (2 * step);
            *v = kept;
            most = fmax(most, fabs(truth));
            off = fmax(off, fabs(truth - (double)g[k]));
        }
        CHECK_NEAR(off, 0, 1e-4 * most + 1e-6 * largest);
        if (!(off <= 1e-4 * most + 1e-6 * largest))
            printf("%s, %d threads, mode %d: the gradient of %s is off by %g of %g\n", e->name,
                   threads, mode, q->stored.name, off, most);
        free(g);
    }
    tear_down(&s);
}

/* Of a large one the slope along a random direction, of every so many tensors, each on its own. */
static void check_network(const char *name, int frame_count, int every, int mode, double tolerance)
{
    struct example e = {name, whole_network, frame_count};
    struct setting s;
    const struct plethtrain_plan *p;
    double largest = 0;

    set_up(&s, &e, 2, 2, mode, PLETH_CPU_ALL);
    p = &s.net->plan;
    reference_loss(&s);
    compare_outputs(&s, name, tolerance / 10);
    give_gradient(&s);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < p->parameters; i++) {
            const struct plethtrain_parameter *q = &p->parameter[i];
            const double step = 1e-6;
            double slope = 0, size = 0, truth = 0;
            float *g;
            if (!q->trained)
                continue;
            g = malloc(sizeof *g * (size_t)q->count);
            plethtrain_get(q, s.net->gradients, g);
            for (ptrdiff_t k = 0; k < q->count; k++) {
                slope += (double)g[k] * random_value(7, k);
                size += (double)g[k] * (double)g[k] / 3;
            }
            largest = fmax(largest, sqrt(size));
            for (int side = -1; pass == 1 && i % every == 0 && side <= 1; side += 2) {
                for (ptrdiff_t k = 0; k < q->count; k++)
                    s.parameters[s.ref.at[i] + k] += side * step * random_value(7, k);
                truth += side * reference_loss(&s) / (2 * step);
                for (ptrdiff_t k = 0; k < q->count; k++)
                    s.parameters[s.ref.at[i] + k] -= side * step * random_value(7, k);
            }
            if (pass == 1 && i % every == 0) {
                CHECK_NEAR(slope, truth, tolerance * (sqrt(size) + 1e-2 * largest));
                if (!(fabs(slope - truth) <= tolerance * (sqrt(size) + 1e-2 * largest)))
                    printf("%s: the slope of %s is %g, not %g; its gradient is %g\n", name,
                           q->stored.name, slope, truth, sqrt(size));
            }
            free(g);
        }
    tear_down(&s);
}

int main(void)
{
    static const struct example examples[] = {
        {"images", images, 1},
        {"wide_images", wide_images, 1},
        {"signals", signals, 1},
        {"volumes", volumes, 1},
        {"vectors", vectors, 1},
        {"sums", sums, 1},
        {"norms", norms, 1},
        {"attended", attended, 1},
        {"frames", frames, 4},
        {"pieces", pieces, 1},
        {"padded_pool", padded_pool, 1},
        {"tokens", tokens, 1},
        {"odd_filter", odd_filter, 1},
        {"tiled", tiled, 1},
        {"dilated", dilated, 1},
        {"dilated_wide", dilated_wide, 1},
    };
    static const struct {
        int kind, side, frames, width, blocks, hidden;
        double tolerance;
    } networks[] = {
        {PLETH_NET_DEEPPHYS, 16, 1, 3, 0, 0, 1e-3},
        {PLETH_NET_TSCAN, 16, 3, 3, 0, 0, 1e-3},
        {PLETH_NET_MTTSCAN, 16, 2, 3, 0, 0, 1e-3},
        {PLETH_NET_EFFICIENTPHYS, 16, 3, 3, 0, 0, 1e-3},
        {PLETH_NET_SMALL, 9, 1, 4, 0, 0, 1e-3},
        {PLETH_NET_RESNET1D, 0, 1, 4, 6, 0, 1e-3},
        {PLETH_NET_MLP, 0, 1, 0, 0, 30, 1e-3},
        {PLETH_NET_TCN, 0, 1, 5, 5, 0, 1e-3},
        /* of its many values at a kink, one or two are on the other side in double */
        {PLETH_NET_PHYSNET, 16, 4, 0, 0, 0, 1e-2},
    };

    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        for (int mode = PLETHTRAIN_TRAIN; mode <= PLETHTRAIN_EVAL; mode++) {
            check_example(&examples[i], 3, 1, mode, PLETH_CPU_ALL);
            check_example(&examples[i], 3, 2, mode, 0);
            check_example(&examples[i], 2, 3, mode, PLETH_CPU_AVX2);
        }
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        pleth_net_shape_default(&network, networks[i].kind);
        network.side = networks[i].side;
        network.frames = networks[i].frames;
        network.width = networks[i].width;
        network.blocks = networks[i].blocks;
        network.hidden = networks[i].hidden;
        network.samples = 40;
        network.classes = 12;
        check_network(pleth_net_name(networks[i].kind), networks[i].frames,
                      networks[i].kind == PLETH_NET_PHYSNET ? 5 : 1, PLETHTRAIN_TRAIN,
                      networks[i].tolerance);
    }
    return test_done();
}
