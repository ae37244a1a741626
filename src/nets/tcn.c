/* A temporal convolutional network (Bai et al. 2018) on PPG windows, of the 1-D ResNet's sizes: the
 * length stays, and each block looks twice as far as the one before. Not causal: a window is known
 * as a whole. */
#include "nets.h"

enum { KERNEL = 5 };
static const float eps = 1e-5f, drop = 0.2f;

static int norm_relu(struct pleth_graph *g, int x, struct pleth_text name)
{
    x = pleth_batch_norm(g, x, name.text, eps);
    return pleth_activation(g, x, pleth_name(name.text, ".relu").text, PLETH_RELU);
}

void pleth_build_tcn(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 1, 1, 1, s->samples), y;

    x = pleth_conv1d_same(g, x, "first", s->width, KERNEL, 1);
    for (int i = 0; i < s->blocks; i++) {
        const struct pleth_text at = pleth_name_number("blocks.", i, ".");
        y = norm_relu(g, x, pleth_name(at.text, "norm"));
        pleth_drop(g, drop);
        y = pleth_conv1d_dilated(g, y, pleth_name(at.text, "conv").text, s->width, KERNEL, 1 << i);
        x = pleth_add(g, x, y, pleth_name(at.text, "sum").text);
    }
    x = norm_relu(g, x, pleth_name("final_norm", ""));
    x = pleth_mean(g, x, "pooled");
    pleth_output(g, pleth_linear(g, x, "dense", s->classes), "logits");
    pleth_output(g, x, "z");
}
