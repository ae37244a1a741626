/* The multilayer perceptron that distilled students are compared with. */
#include "nets.h"

void pleth_build_mlp(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    int x = pleth_input(g, "x", 1, 1, 1, s->samples);

    x = pleth_flatten(g, x, "flat");
    x = pleth_linear(g, x, "fc1", s->hidden);
    x = pleth_activation(g, x, "fc1.relu", PLETH_RELU);
    x = pleth_linear(g, x, "fc2", s->hidden);
    x = pleth_activation(g, x, "fc2.relu", PLETH_RELU);
    pleth_output(g, pleth_linear(g, x, "fc3", s->classes), "logits");
}
