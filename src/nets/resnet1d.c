/* 1-D ResNet on PPG windows (Hong et al. 2020, as Meier et al. 2024 use it): 200 samples -> 180
 * classes of heart rate. */
#include "nets.h"

enum { KERNEL = 5, DEAD = 200 };
static const float eps = 1e-5f, drop = 0.5f;

static int norm_relu(struct pleth_graph *g, int x, struct pleth_text name)
{
    x = pleth_batch_norm(g, x, name.text, eps);
    return pleth_activation(g, x, pleth_name(name.text, ".relu").text, PLETH_RELU);
}

static int norm_relu_drop(struct pleth_graph *g, int x, struct pleth_text name)
{
    x = norm_relu(g, x, name);
    pleth_drop(g, drop);
    return x;
}

/* Pre-activation block i: halves the length where i is odd, doubles the channels at 4, 8, ... */
static int block(struct pleth_graph *g, int x, int i, int channels)
{
    const struct pleth_text at = pleth_name_number("basicblock_list.", i, ".");
    const int stride = i % 2 == 1 ? 2 : 1, grow = i > 0 && i % 4 == 0;
    int y = x, shortcut = x;

    if (i > 0)
        y = norm_relu_drop(g, x, pleth_name(at.text, "bn1"));
    else
        pleth_batch_norm(g, x, pleth_name(at.text, "bn1").text, eps); /* stored, but not read */
    y = pleth_conv1d_same(g, y, pleth_name(at.text, "conv1.conv").text, channels, KERNEL, stride);
    y = norm_relu_drop(g, y, pleth_name(at.text, "bn2"));
    y = pleth_conv1d_same(g, y, pleth_name(at.text, "conv2.conv").text, channels, KERNEL, 1);
    if (stride == 2)
        shortcut = pleth_max_pool1d_padded(g, shortcut, pleth_name(at.text, "pool").text);
    if (grow)
        shortcut = pleth_pad_channels(g, shortcut, pleth_name(at.text, "pad").text, channels / 4,
                                      channels);
    return pleth_add(g, y, shortcut, pleth_name(at.text, "sum").text);
}

void pleth_build_resnet1d(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    int channels = s->width;
    int x = pleth_input(g, "x", 1, 1, 1, s->samples);

    x = pleth_conv1d_same(g, x, "first_block_conv.conv", channels, KERNEL, 1);
    x = norm_relu(g, x, pleth_name("first_block_bn", ""));
    for (int i = 0; i < s->blocks; i++) {
        if (i > 0 && i % 4 == 0)
            channels *= 2;
        x = block(g, x, i, channels);
    }
    x = norm_relu(g, x, pleth_name("final_bn", ""));
    x = pleth_mean(g, x, "pooled");
    pleth_output(g, pleth_linear(g, x, "dense", s->classes), "logits");
    if (s->dead_head)
        pleth_linear(g, x, "dense2", DEAD);
    pleth_output(g, x, "z");
}
