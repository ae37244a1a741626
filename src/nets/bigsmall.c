/* BigSmall (Narayanswamy et al. 2023): one large frame of a segment, a small one for every frame.
 * And its two branches as networks of their own, as published. */
#include "nets.h"

static int conv(struct pleth_graph *g, int x, const char *name, int number, int width)
{
    const struct pleth_text text = pleth_name_number(name, number, "");

    x = pleth_conv2d(g, x, text.text, width, 3, 1, 1, 1);
    return pleth_activation(g, x, pleth_name(text.text, ".relu").text, PLETH_RELU);
}

/* 144x144 -> 9x9 */
static int big(struct pleth_graph *g, int x, int width)
{
    x = conv(g, x, "big_conv", 1, width);
    x = conv(g, x, "big_conv", 2, width);
    x = pleth_average_pool(g, x, "big_pool1", 1, 2, 2);
    x = conv(g, x, "big_conv", 3, width);
    x = conv(g, x, "big_conv", 4, 2 * width);
    x = pleth_average_pool(g, x, "big_pool2", 1, 2, 2);
    x = conv(g, x, "big_conv", 5, 2 * width);
    x = conv(g, x, "big_conv", 6, 2 * width);
    return pleth_average_pool(g, x, "big_pool3", 1, 4, 4);
}

static int small(struct pleth_graph *g, int x, int width, int shift)
{
    for (int i = 1; i <= 4; i++) {
        if (shift)
            x = pleth_shift(g, x, pleth_name_number("small_conv", i, ".shift").text, 1);
        x = conv(g, x, "small_conv", i, i < 4 ? width : 2 * width);
    }
    return x;
}

static void head(struct pleth_graph *g, int x, const char *prefix, int width, int outputs,
                 const char *output)
{
    x = pleth_linear(g, x, pleth_name(prefix, "_fc1").text, 4 * width);
    x = pleth_activation(g, x, pleth_name(prefix, "_fc1.relu").text, PLETH_RELU);
    x = pleth_linear(g, x, pleth_name(prefix, "_fc2").text, outputs);
    pleth_output(g, x, output);
}

void pleth_build_bigsmall(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    static const struct {
        int flag, outputs;
        const char *name;
    } heads[] = {
        {PLETH_HEAD_AU, 12, "au"},
        {PLETH_HEAD_BVP, 1, "bvp"},
        {PLETH_HEAD_RESP, 1, "resp"},
        {PLETH_HEAD_SPO2, 1, "spo2"},
    };
    const int large = pleth_input(g, "big", 3, 1, 144, 144);
    int x = pleth_input(g, "small", 3, 1, 9, 9);
    int still = big(g, pleth_first_frame(g, large, "big.first"), s->width);

    still = pleth_repeat(g, still, "big.repeat");
    x = pleth_add(g, still, small(g, x, s->width, 1), "sum");
    x = pleth_flatten(g, x, "flat");
    for (int i = 0; i < (int)(sizeof heads / sizeof heads[0]); i++)
        if (s->heads & heads[i].flag)
            head(g, x, heads[i].name, s->width, heads[i].outputs, heads[i].name);
}

void pleth_build_big(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    const int x = big(g, pleth_input(g, "big", 3, 1, 144, 144), s->width);

    head(g, pleth_flatten(g, x, "flat"), "out", s->width, s->outputs, "au");
}

void pleth_build_small(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    const int x = small(g, pleth_input(g, "small", 3, 1, 9, 9), s->width, 0);

    head(g, pleth_flatten(g, x, "flat"), "out", s->width, 1, s->output);
}
