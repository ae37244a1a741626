#include "can.h"

/* what training drops after a pool, and of the dense layer */
static const float pooled_drop = 0.25f, dense_drop = 0.5f;

int pleth_can_convolutions(struct pleth_graph *g, int x, const char *branch, int number, int width,
                           int shift)
{
    for (int i = 0; i < 2; i++) {
        const struct pleth_text conv = pleth_name_number(branch, number + i, "");
        if (shift)
            x = pleth_shift(g, x, pleth_name(conv.text, ".shift").text, 0);
        x = pleth_conv2d(g, x, conv.text, width, 3, 1, i == 0, 1);
        x = pleth_activation(g, x, pleth_name(conv.text, ".tanh").text, PLETH_TANH);
    }
    return x;
}

int pleth_can_attend(struct pleth_graph *g, int x, int features, int number)
{
    const struct pleth_text conv = pleth_name_number("apperance_att_conv", number, "");
    int mask = pleth_conv2d(g, features, conv.text, 1, 1, 1, 0, 1);

    mask = pleth_activation(g, mask, pleth_name(conv.text, ".sigmoid").text, PLETH_SIGMOID);
    mask = pleth_mask(g, mask, pleth_name_number("mask", number, "").text);
    x = pleth_multiply(g, x, mask, pleth_name_number("attended", number, "").text);
    x = pleth_average_pool(g, x, pleth_name_number("motion_pool", number, "").text, 1, 2, 2);
    pleth_drop(g, pooled_drop);
    return x;
}

int pleth_can_trunk(const struct pleth_net_shape *s, struct pleth_graph *g, int shift)
{
    const int x = pleth_input(g, "x", 6, 1, s->side, s->side);
    int motion = pleth_slice(g, x, "motion", 0, 3);
    int appearance = pleth_slice(g, x, "appearance", 3, 3);

    appearance = pleth_can_convolutions(g, appearance, "apperance_conv", 1, s->width, 0);
    motion = pleth_can_convolutions(g, motion, "motion_conv", 1, s->width, shift);
    motion = pleth_can_attend(g, motion, appearance, 1);

    appearance = pleth_average_pool(g, appearance, "apperance_pool1", 1, 2, 2);
    pleth_drop(g, pooled_drop);
    appearance = pleth_can_convolutions(g, appearance, "apperance_conv", 3, 2 * s->width, 0);
    motion = pleth_can_convolutions(g, motion, "motion_conv", 3, 2 * s->width, shift);
    motion = pleth_can_attend(g, motion, appearance, 2);
    return pleth_flatten(g, motion, "flat");
}

int pleth_can_head(const struct pleth_net_shape *s, struct pleth_graph *g, int x,
                   const char *suffix, const char *output)
{
    const struct pleth_text dense = pleth_name("final_dense_1", suffix);

    x = pleth_linear(g, x, dense.text, 4 * s->width);
    x = pleth_activation(g, x, pleth_name(dense.text, ".tanh").text, PLETH_TANH);
    pleth_drop(g, dense_drop);
    x = pleth_linear(g, x, pleth_name("final_dense_2", suffix).text, 1);
    return pleth_output(g, x, output);
}
