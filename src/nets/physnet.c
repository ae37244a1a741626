/* PhysNet (Yu et al. 2019): 3-D convolutions over a whole segment at once. */
#include "nets.h"

static const float eps = 1e-5f;

static int conv(struct pleth_graph *g, int x, int number, int out, int k, int depth)
{
    const struct pleth_text at = pleth_name_number("ConvBlock", number, "");
    const int kernel[3] = {depth, k, k}, pad[3] = {depth / 2, k / 2, k / 2};

    x = pleth_conv3d(g, x, pleth_name(at.text, ".0").text, out, kernel, pad);
    x = pleth_batch_norm(g, x, pleth_name(at.text, ".1").text, eps);
    return pleth_activation(g, x, pleth_name(at.text, ".2").text, PLETH_RELU);
}

/* Doubles the number of frames. */
static int up(struct pleth_graph *g, int x, const char *name)
{
    x = pleth_conv_transposed(g, x, pleth_name(name, ".0").text, 64, 4, 2, 1);
    x = pleth_batch_norm(g, x, pleth_name(name, ".1").text, eps);
    return pleth_activation(g, x, pleth_name(name, ".2").text, PLETH_ELU);
}

void pleth_build_physnet(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    static const int one[3] = {1, 1, 1}, none[3] = {0, 0, 0};
    int x;

    g->frames = 1; /* the network sees a segment as one thing of depth `frames` */
    x = pleth_input(g, "x", 3, s->frames, s->side, s->side);
    x = conv(g, x, 1, 16, 5, 1);
    x = pleth_max_pool(g, x, "pool1", 1, 2, 2);
    x = conv(g, x, 2, 32, 3, 3);
    x = conv(g, x, 3, 64, 3, 3);
    x = pleth_max_pool(g, x, "pool2", 2, 2, 2);
    x = conv(g, x, 4, 64, 3, 3);
    x = conv(g, x, 5, 64, 3, 3);
    x = pleth_max_pool(g, x, "pool3", 2, 2, 2);
    x = conv(g, x, 6, 64, 3, 3);
    x = conv(g, x, 7, 64, 3, 3);
    x = pleth_max_pool(g, x, "pool4", 1, 2, 2);
    x = conv(g, x, 8, 64, 3, 3);
    x = conv(g, x, 9, 64, 3, 3);
    x = up(g, x, "upsample");
    x = up(g, x, "upsample2");
    x = pleth_mean(g, x, "poolspa");
    pleth_output(g, pleth_conv3d(g, x, "ConvBlock10", 1, one, none), "y");
}
