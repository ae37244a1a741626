/* Tiny-BioMoE, which has every operation of attention: forward against the recorded outputs, and
 * its gradient's slope against the loss on both sides of a small step along it. */
#include "io_files.h"
#include "net.h"
#include "nets/nets.h"
#include "npy.h"
#include "random.h"

enum { N = 2 };

/* A loss that is linear in the outputs; gives their gradient, too. */
static double loss_of(struct plethtrain_net *net)
{
    const int y = plethtrain_output(net, "y"), n = N * plethtrain_output_size(net, y);
    double loss = 0;

    for (int k = 0; k < n; k++) {
        const double r = 2 * plethtrain_uniform(3, (uint64_t)k) - 1;
        net->output_gradient[y][k] = (float)r;
        loss += r * (double)net->output[y][k];
    }
    return loss;
}

/* The loss with the parameters of one tensor moved by `step` times the gradient. */
static double loss_at(struct plethtrain_net *net, const float *const *input,
                      const struct plethtrain_parameter *p, const float *gradient, double step)
{
    float *w = net->parameters + p->at, *kept = malloc(sizeof *kept * (size_t)p->count);
    double loss;

    memcpy(kept, w, sizeof *kept * (size_t)p->count);
    for (ptrdiff_t k = 0; k < p->count; k++)
        w[k] += (float)(step * (double)gradient[p->at + k]);
    plethtrain_forward(net, PLETHTRAIN_EVAL, N, input, 0);
    loss = loss_of(net);
    memcpy(w, kept, sizeof *kept * (size_t)p->count);
    free(kept);
    return loss;
}

int main(void)
{
    /* of each kind of layer, as far from the end as there is one */
    static const char *const names[] = {"ln_img.weight",
                                        "enc1.patch_embed1.conv.0.weight",
                                        "enc1.block1.0.attn.complex_weight",
                                        "enc1.block1.0.mlp.dwconv.dwconv.weight",
                                        "enc1.block3.0.attn.q.weight",
                                        "enc1.post_network.0.attn.kv.weight",
                                        "enc2.patch_embed.0.c.weight",
                                        "enc2.blocks1.0.mixer.m.attn.attention_biases",
                                        "enc2.blocks1.0.mixer.m.attn.qkvs.1.c.weight",
                                        "enc2.blocks2.1.se.fc1.weight",
                                        "ln_e.weight",
                                        "fcn.1.weight",
                                        "ln_out.bias"};
    const struct plethtrain_options options = {
        .batch = N, .threads = 2, .cpu_mask = PLETH_CPU_ALL, .keep_all = 1};
    static struct pleth_record records[PLETH_RECORDS];
    struct pleth_net_shape shape;
    struct pleth_graph g;
    struct plethtrain_net *net;
    struct plethio_error e;
    struct pleth_weights w;
    struct file file;
    struct npy x, y;
    char path[600];
    float *input, *gradient;
    double most = 0, off = 0;

    if (!test_shared(path, sizeof path, "golden/biomoe/x.npy"))
        test_skip("no golden vectors");
    x = npy_read(path);
    CHECK(test_shared(path, sizeof path, "golden/biomoe/y.npy"));
    y = npy_read(path);
    pleth_net_shape_default(&shape, PLETH_NET_BIOMOE);
    pleth_graph_init(&g, records, PLETH_RECORDS, shape.frames);
    pleth_net_build(&shape, &g);
    file = read_shared("golden/biomoe/weights.safetensors");
    w = open_weights(&file);
    if (plethtrain_open(&net, &g, &options, &e) || plethtrain_load(net, &w, NULL, &e)) {
        printf("%s\n", e.text);
        return 1;
    }
    input = malloc(sizeof *input * (size_t)x.count);
    for (int i = 0; i < x.count; i++)
        input[i] = (float)x.data[i];
    plethtrain_forward(net, PLETHTRAIN_EVAL, N, (const float *const[]){input}, 0);
    for (int i = 0; i < y.count; i++) {
        most = fmax(most, fabs(y.data[i]));
        off = fmax(off, fabs(y.data[i] - (double)net->output[plethtrain_output(net, "y")][i]));
    }
    printf("%.2g of the largest output\n", off / most);
    CHECK_NEAR(off, 0, 1e-4 * most);

    loss_of(net);
    plethtrain_backward(net);
    gradient = malloc(sizeof *gradient * (size_t)net->trained);
    memcpy(gradient, net->gradients, sizeof *gradient * (size_t)net->trained);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct plethtrain_parameter *p = plethtrain_find(net, names[i]);
        double square = 0, step, slope;
        CHECK(p != NULL);
        if (!p) {
            printf("no %s\n", names[i]);
            continue;
        }
        for (ptrdiff_t k = 0; k < p->count; k++)
            square += (double)gradient[p->at + k] * (double)gradient[p->at + k];
        /* changes the loss, which is exact to about 1e-5, by 0.1: less, and a
         * weight of one would not notice */
        step = 0.05 / square;
        slope = (loss_at(net, (const float *const[]){input}, p, gradient, step) -
                 loss_at(net, (const float *const[]){input}, p, gradient, -step)) /
                (2 * step);
        printf("%s: %.4g, by differences %.4g\n", names[i], square, slope);
        CHECK_NEAR(slope, square, 0.03 * square);
    }
    free(gradient);
    free(input);
    free(x.data);
    free(y.data);
    free(file.data);
    plethtrain_close(net);
    return test_done();
}
