/* The 1-D ResNet's training against vectors recorded from PyTorch: outputs in training mode, losses
 * and gradients of every kind of distillation, three steps of Adam. */
#include "io_files.h"
#include "loss.h"
#include "net.h"
#include "nets/nets.h"
#include "npy.h"
#include "optimiser.h"
#include "pleth/pleth.h"
#include "test.h"

enum { N = 4, CLASSES = 180 };

static struct plethtrain_net *open_network(int blocks, int teacher_width, int threads)
{
    static struct pleth_record records[PLETH_RECORDS];
    const struct plethtrain_options options = {
        .batch = N, .threads = threads, .cpu_mask = PLETH_CPU_ALL, .keep_all = 1};
    struct pleth_net_shape shape;
    struct pleth_graph g;
    struct plethtrain_net *net;
    struct plethio_error e;

    pleth_net_shape_default(&shape, PLETH_NET_RESNET1D);
    shape.blocks = blocks;
    shape.dead_head = 1;
    pleth_graph_init(&g, records, PLETH_RECORDS, shape.frames);
    pleth_net_build(&shape, &g);
    if (teacher_width)
        plethtrain_add_regressor(&g, "z", teacher_width);
    if (plethtrain_open(&net, &g, &options, &e)) {
        printf("%s\n", e.text);
        exit(1);
    }
    return net;
}

static void load(struct plethtrain_net *net, const char *below, const char *except)
{
    struct file file = read_shared(below);
    struct pleth_weights w = open_weights(&file);
    struct plethio_error e = {""};

    CHECK(plethtrain_load(net, &w, except, &e) == 0);
    if (e.text[0])
        printf("%s: %s\n", below, e.text);
    free(file.data);
}

/* Numbers of a recorded array, to be freed. */
static float *floats(const char *below, int *count)
{
    struct npy a;
    float *out;
    char path[600];

    if (!test_shared(path, sizeof path, below)) {
        printf("%s: missing\n", below);
        exit(1);
    }
    a = npy_read(path);
    out = malloc(sizeof *out * (size_t)a.count);
    for (int i = 0; i < a.count; i++)
        out[i] = (float)a.data[i];
    *count = a.count;
    free(a.data);
    return out;
}

/* 1 for a convolution's bias that batch norm in training mode follows: its gradient is zero in
 * truth, and what is recorded is rounding. */
static int is_exempt(const char *name)
{
    return strstr(name, "conv1.conv.bias") || strstr(name, "first_block_conv.conv.bias");
}

/* Of conv2 the residual stream follows, all of whose readers are norms: the same, unless a padded
 * pool compares it with zero. */
static int is_exempt_stream(const char *name)
{
    return strstr(name, "conv2.conv.bias") != NULL;
}

static void compare_gradients(const struct plethtrain_net *net, const char *below)
{
    struct file file = read_shared(below);
    struct pleth_weights w = open_weights(&file);
    struct pleth_tensor t;
    double largest = 0, worst = 0, noise = 0;
    size_t at = 0;
    int found = 0;

    while (pleth_weights_next(&w, &at, &t))
        for (int64_t i = 0; i < t.count; i++)
            largest = fmax(largest, fabs((double)pleth_tensor_float(&t, i)));
    for (int i = 0; i < net->plan.parameters; i++) {
        const struct plethtrain_parameter *p = &net->plan.parameter[i];
        const char *name = p->stored.name;
        float *g = malloc(sizeof *g * (size_t)p->count);
        double most = 0, off = 0;
        if (!p->trained || p->statistic) {
            CHECK(!pleth_weights_find(&w, name, &t));
            free(g);
            continue;
        }
        plethtrain_get(p, net->gradients, g);
        CHECK(pleth_weights_find(&w, name, &t) && t.count == p->count);
        found++;
        for (int64_t k = 0; k < p->count; k++) {
            const double truth = (double)pleth_tensor_float(&t, k);
            most = fmax(most, fabs(truth));
            off = fmax(off, fabs((double)g[k] - truth));
        }
        if (is_exempt(name) || (is_exempt_stream(name) && most < 1e-5)) {
            for (int64_t k = 0; k < p->count; k++) {
                CHECK_NEAR((double)g[k], 0, 1e-5);
                noise = fmax(noise, fabs((double)g[k]));
            }
        } else {
            CHECK_NEAR(off, 0, fmax(1e-4 * most, 1e-6 * largest));
            worst = fmax(worst, off / fmax(most, 1e-2 * largest));
            if (off > fmax(1e-4 * most, 1e-6 * largest))
                printf("%s %s: %g of %g\n", below, name, off, most);
        }
        free(g);
    }
    CHECK(found == w.tensors);
    printf("%s: at most %.2g of the largest; biases without one at most %.2g\n", below, worst,
           noise);
    free(file.data);
}

/* The number behind a key of an object of losses.json. */
static double recorded(const char *object, const char *key)
{
    static struct file file;
    char name[200];
    const char *at;

    if (!file.data)
        file = read_shared("golden/r1d/losses.json");
    snprintf(name, sizeof name, "\"%s\"", object);
    at = strstr(file.data, name);
    snprintf(name, sizeof name, "\"%s\":", key);
    at = at ? strstr(at, name) : NULL;
    return at ? strtod(at + strlen(name), NULL) : HUGE_VAL;
}

struct data {
    float *x, *logits, *z;
    int label[N];
};

static double loss_of(struct plethtrain_net *net, const struct data *d, const char *kind)
{
    const int logits = plethtrain_output(net, "logits"), hint = plethtrain_output(net, "hint");
    const float *y = net->output[logits], *t = d->logits;
    const struct plethtrain_dkd dkd = {1, 8, 2, 1, 0};
    float *dy = net->output_gradient[logits];

    if (strcmp(kind, "ce") == 0)
        return plethtrain_cross_entropy(N, CLASSES, y, d->label, 1, dy);
    if (strcmp(kind, "hard") == 0)
        return plethtrain_hard(N, CLASSES, y, t, 1, dy);
    if (strcmp(kind, "soft") == 0)
        return plethtrain_soft(N, CLASSES, y, t, 2, 1, dy);
    if (strcmp(kind, "dkd") == 0)
        return plethtrain_decoupled(&dkd, 0, N, CLASSES, y, t, d->label, 1, dy, NULL);
    return plethtrain_cross_entropy(N, CLASSES, y, d->label, 1, dy) +
           plethtrain_mse(N * plethtrain_output_size(net, hint), net->output[hint], d->z, 1,
                          net->output_gradient[hint]);
}

static void check_network(int blocks, const char *const *kinds, const struct data *d, int threads)
{
    char below[100], weights[100];
    const float *x = d->x;

    snprintf(weights, sizeof weights, "golden/r1d/b%02d/weights.safetensors", blocks);
    for (; *kinds; kinds++) {
        const int with_hint = strcmp(*kinds, "feat") == 0;
        struct plethtrain_net *net = open_network(blocks, with_hint ? 128 : 0, threads);
        const int logits = plethtrain_output(net, "logits");
        double most = 0, loss;
        float *truth;
        int count;
        load(net, weights, "regressor.");
        if (with_hint) {
            struct file file;
            struct pleth_weights w;
            struct pleth_tensor t;
            snprintf(below, sizeof below, "golden/r1d/b%02d/regressor.safetensors", blocks);
            file = read_shared(below);
            w = open_weights(&file);
            for (int k = 0; k < 2; k++) {
                const char *name = k ? "regressor.bias" : "regressor.weight";
                const struct plethtrain_parameter *p = plethtrain_find(net, name);
                float *v = malloc(sizeof *v * (size_t)p->count);
                CHECK(pleth_weights_find(&w, name, &t) ||
                      pleth_weights_find(&w, name + strlen("regressor."), &t));
                pleth_tensor_floats(&t, 0, t.count, v);
                plethtrain_put(p, v, net->parameters);
                free(v);
            }
            free(file.data);
        }
        plethtrain_forward(net, PLETHTRAIN_TRAIN, N, &x, 0);
        snprintf(below, sizeof below, "golden/r1d/b%02d/train_logits.npy", blocks);
        truth = floats(below, &count);
        CHECK(count == N * CLASSES);
        for (int i = 0; i < count; i++)
            most = fmax(most, fabs((double)truth[i]));
        for (int i = 0; i < count; i++)
            CHECK_NEAR((double)net->output[logits][i], (double)truth[i], 1e-5 + 1e-5 * most);
        free(truth);
        loss = loss_of(net, d, *kinds);
        snprintf(below, sizeof below, "r1d/b%02d/%s", blocks, *kinds);
        CHECK_NEAR(loss, recorded(below, "loss"), 1e-5 * fabs(loss));
        plethtrain_backward(net);
        snprintf(below, sizeof below, "golden/r1d/b%02d/grad_%s.safetensors", blocks, *kinds);
        compare_gradients(net, below);
        plethtrain_close(net);
    }
}

static void check_eval(int blocks, const struct data *d)
{
    struct plethtrain_net *net = open_network(blocks, 0, 1);
    const char *const files[] = {"eval_logits", "eval_z"}, *const outputs[] = {"logits", "z"};
    const float *x = d->x;
    char below[100];

    snprintf(below, sizeof below, "golden/r1d/b%02d/weights.safetensors", blocks);
    load(net, below, NULL);
    plethtrain_forward(net, PLETHTRAIN_EVAL, N, &x, 0);
    for (int k = 0; k < 2; k++) {
        double most = 0;
        float *truth;
        int count;
        snprintf(below, sizeof below, "golden/r1d/b%02d/%s.npy", blocks, files[k]);
        truth = floats(below, &count);
        for (int i = 0; i < count; i++)
            most = fmax(most, fabs((double)truth[i]));
        for (int i = 0; i < count; i++)
            CHECK_NEAR((double)net->output[plethtrain_output(net, outputs[k])][i], (double)truth[i],
                       1e-5 + 1e-5 * most);
        free(truth);
    }
    plethtrain_close(net);
}

/* Three steps, then every parameter and statistic but what rounding alone moves. */
static void check_adam(int blocks, const struct data *d)
{
    struct plethtrain_net *net = open_network(blocks, 0, 1);
    const float *x = d->x;
    struct plethtrain_optimiser o;
    struct pleth_weights w;
    struct pleth_tensor t;
    struct file file;
    char below[100];
    double losses[3];
    const char *at;

    snprintf(below, sizeof below, "golden/r1d/b%02d/weights.safetensors", blocks);
    load(net, below, NULL);
    CHECK(plethtrain_optimiser_open(&o, PLETHTRAIN_ADAM, net->trained, PLETH_CPU_ALL, NULL) == 0);
    for (int i = 0; i < 3; i++) {
        plethtrain_forward(net, PLETHTRAIN_TRAIN, N, &x, 0);
        losses[i] = loss_of(net, d, "ce");
        plethtrain_backward(net);
        plethtrain_optimise(&o, 5e-4, net->parameters, net->gradients);
    }
    file = read_shared("golden/r1d/losses.json");
    snprintf(below, sizeof below, "\"r1d/b%02d/adam3\": [", blocks);
    at = strstr(file.data, below);
    CHECK(at != NULL);
    at = at ? at + strlen(below) : "";
    for (int i = 0; i < 3; i++) {
        char *end;
        CHECK_NEAR(losses[i], strtod(at, &end), 2e-5 * losses[i]);
        at = end + (*end == ',');
    }
    free(file.data);

    snprintf(below, sizeof below, "golden/r1d/b%02d/after_adam3.safetensors", blocks);
    file = read_shared(below);
    w = open_weights(&file);
    for (int i = 0; i < net->plan.parameters; i++) {
        const struct plethtrain_parameter *p = &net->plan.parameter[i];
        const char *name = p->stored.name;
        float *v;
        if (is_exempt(name) || is_exempt_stream(name) || strstr(name, "running_mean"))
            continue;
        v = malloc(sizeof *v * (size_t)p->count);
        plethtrain_get(p, p->statistic ? net->statistics : net->parameters, v);
        CHECK(pleth_weights_find(&w, name, &t) && t.count == p->count);
        for (int64_t k = 0; k < p->count; k++)
            CHECK_NEAR((double)v[k], (double)pleth_tensor_float(&t, k),
                       1e-4 * fmax(1, fabs((double)v[k])));
        free(v);
    }
    free(file.data);
    plethtrain_optimiser_close(&o);
    plethtrain_close(net);
}

int main(void)
{
    static const char *const all[] = {"ce", "hard", "soft", "dkd", "feat", NULL};
    static const char *const two[] = {"ce", "dkd", NULL}, *const one[] = {"ce", NULL};
    struct data d;
    struct file labels;
    char path[600];
    int count;

    if (!test_shared(path, sizeof path, "golden/r1d/x.npy"))
        test_skip("no golden vectors");
    d.x = floats("golden/r1d/x.npy", &count);
    d.logits = floats("golden/r1d/teacher_logits.npy", &count);
    d.z = floats("golden/r1d/teacher_z.npy", &count);
    labels = read_shared("golden/r1d/labels.npy");
    for (int i = 0; i < N; i++) /* int64 behind the header */
        d.label[i] = (unsigned char)labels.data[labels.size - 8 * (size_t)(N - i)];
    free(labels.data);

    for (int threads = 1; threads <= 2; threads++) {
        check_network(1, all, &d, threads);
        check_network(2, all, &d, threads);
        check_network(6, all, &d, threads);
        check_network(10, two, &d, threads);
        check_network(12, one, &d, threads);
    }
    for (int i = 0; i < 3; i++)
        check_eval((const int[]){1, 6, 12}[i], &d);
    check_adam(1, &d);
    check_adam(6, &d);
    free(d.x);
    free(d.logits);
    free(d.z);
    return test_done();
}
