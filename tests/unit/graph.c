/* Records: what builders append, refuse and count. */
#include "net/graph.h"
#include "pleth/pleth.h"
#include "test.h"

static struct pleth_record records[PLETH_RECORDS];
static struct pleth_graph g;

/* An empty graph with an input of this shape, record 0. */
static void begin(int c, int d, int h, int w)
{
    pleth_graph_init(&g, records, PLETH_RECORDS, 4);
    CHECK(pleth_input(&g, "x", c, d, h, w) == 0);
}

static int shaped(int number, int c, int d, int h, int w)
{
    const struct pleth_shape *s = number >= 0 ? &records[number].out : NULL;

    return s && s->c == c && s->d == d && s->h == h && s->w == w;
}

/* The graph refused record `where`, keeps that, and takes nothing more. */
static int refused(int number, const char *where)
{
    const int count = g.count;

    return number == -1 && g.error == PLETH_EINVAL && strcmp(g.where, where) == 0 &&
           pleth_activation(&g, 0, "later", PLETH_RELU) == -1 && g.count == count &&
           strcmp(g.where, where) == 0;
}

static void shapes(void)
{
    static const int kernel[3] = {3, 5, 5}, pad[3] = {1, 2, 2};
    int x, y;

    begin(3, 1, 36, 30);
    x = pleth_conv2d(&g, 0, "a", 32, 3, 1, 0, 1);
    CHECK(shaped(x, 32, 1, 34, 28));
    CHECK(shaped(pleth_conv2d(&g, x, "b", 8, 3, 2, 1, 0), 8, 1, 17, 14));
    CHECK(shaped(pleth_depthwise2d(&g, x, "c", 5, 1, 2, 0), 32, 1, 34, 28));
    CHECK(records[g.count - 1].groups == 32);
    CHECK(shaped(pleth_average_pool(&g, x, "d", 1, 4, 4), 32, 1, 8, 7));
    CHECK(shaped(pleth_mean(&g, x, "e"), 32, 1, 1, 1));
    CHECK(shaped(pleth_slice(&g, x, "f", 30, 2), 2, 1, 34, 28));
    CHECK(shaped(pleth_concat(&g, x, g.count - 1, "g"), 34, 1, 34, 28));
    CHECK(shaped(pleth_flatten(&g, x, "h"), 32 * 34 * 28, 1, 1, 1));
    CHECK(shaped(pleth_linear(&g, g.count - 1, "i", 7), 7, 1, 1, 1));
    CHECK(shaped(pleth_windows(&g, x, "j", 2), 32, 17 * 14, 2, 2));
    CHECK(shaped(pleth_unwindows(&g, g.count - 1, "k", 34, 28), 32, 1, 34, 28));
    CHECK(shaped(pleth_join(&g, pleth_mean(&g, x, "l"), x, "m"), 32, 1, 1, 1 + 34 * 28));
    CHECK(shaped(pleth_pad_channels(&g, x, "n", 16, 64), 64, 1, 34, 28));
    CHECK(shaped(pleth_spectral(&g, x, "o"), 32, 1, 34, 28));
    y = pleth_first_frame(&g, x, "p");
    CHECK(records[y].per_segment == 1);
    y = pleth_repeat(&g, y, "q");
    CHECK(records[y].per_segment == 0 && shaped(y, 32, 1, 34, 28));
    CHECK(shaped(pleth_output(&g, y, "y"), 32, 1, 34, 28));
    CHECK(g.error == 0);

    begin(3, 12, 20, 20);
    x = pleth_conv3d(&g, 0, "a", 6, kernel, pad);
    CHECK(shaped(x, 6, 12, 20, 20));
    x = pleth_max_pool(&g, x, "b", 2, 2, 2);
    CHECK(shaped(x, 6, 6, 10, 10));
    CHECK(shaped(pleth_conv_transposed(&g, x, "c", 5, 4, 2, 1), 5, 12, 10, 10));

    /* SAME: as long as the input, or half of it rounded up; the zeros before are the fewer */
    for (int w = 4; w < 12; w++) {
        begin(2, 1, 1, w);
        x = pleth_conv1d_same(&g, 0, "a", 4, 5, 1);
        CHECK(shaped(x, 4, 1, 1, w) && records[x].pad[2] == 2);
        x = pleth_conv1d_same(&g, 0, "b", 4, 5, 2);
        CHECK(shaped(x, 4, 1, 1, (w + 1) / 2) && records[x].pad[2] == (w % 2 ? 2 : 1));
        CHECK(shaped(pleth_max_pool1d_padded(&g, 0, "c"), 2, 1, 1, (w + 1) / 2));
        x = pleth_conv1d_dilated(&g, 0, "d", 4, 4, 3); /* 10 positions wide */
        CHECK(shaped(x, 4, 1, 1, w) && records[x].pad[2] == 4 && records[x].dilation == 3);
    }
}

static void refusals(void)
{
    static const int kernel[3] = {3, 3, 3}, none[3] = {0, 0, 0};
    char long_name[PLETH_NAME + 1];
    int x;

    pleth_graph_init(&g, records, PLETH_RECORDS, 4);
    CHECK(refused(pleth_input(&g, "empty", 3, 1, 0, 4), "empty"));
    pleth_graph_init(&g, records, PLETH_RECORDS, 4);
    CHECK(refused(pleth_input(&g, "vast", 1 << 20, 1 << 20, 1 << 20, 1 << 20), "vast"));
    pleth_graph_init(&g, records, PLETH_RECORDS, 4);
    CHECK(refused(pleth_linear(&g, 0, "nothing to read", 4), "nothing to read"));

#define REFUSED(call, where)                                                                       \
    begin(6, 1, 8, 8);                                                                             \
    CHECK(refused(call, where))
    REFUSED(pleth_conv2d(&g, 1, "a", 4, 3, 1, 1, 1), "a");
    REFUSED(pleth_conv2d(&g, -1, "a", 4, 3, 1, 1, 1), "a");
    REFUSED(pleth_conv2d(&g, 0, "a", 4, 9, 1, 0, 1), "a");
    REFUSED(pleth_conv2d(&g, 0, "a", 0, 3, 1, 1, 1), "a");
    REFUSED(pleth_conv2d(&g, 0, "a", 4, 3, 0, 1, 1), "a");
    REFUSED(pleth_conv2d(&g, 0, "a", 4, 0, 1, 0, 1), "a");
    REFUSED(pleth_conv2d(&g, 0, "a", 1 << 30, 3, 1, 1, 1), "a");
    REFUSED(pleth_depthwise2d(&g, 0, "a", 9, 1, 0, 1), "a");
    REFUSED(pleth_depthwise2d(&g, 5, "a", 3, 1, 1, 1), "a");
    REFUSED(pleth_conv1d_same(&g, 0, "a", 4, 5, 1), "a");
    REFUSED(pleth_conv1d_dilated(&g, 0, "a", 4, 5, 2), "a");
    REFUSED(pleth_conv3d(&g, 0, "a", 4, kernel, none), "a");
    REFUSED(pleth_conv_transposed(&g, 0, "a", 4, 1, 2, 3), "a");
    REFUSED(pleth_conv_transposed(&g, 0, "a", 4, 4, 0, 1), "a");
    REFUSED(pleth_linear(&g, 0, "a", -3), "a");
    REFUSED(pleth_add(&g, 0, pleth_slice(&g, 0, "s", 0, 3), "a"), "a");
    REFUSED(pleth_add(&g, 0, 7, "a"), "a");
    REFUSED(pleth_add(&g, 0, pleth_first_frame(&g, 0, "f"), "a"), "a");
    REFUSED(pleth_multiply(&g, 0, pleth_slice(&g, 0, "s", 0, 3), "a"), "a");
    REFUSED(pleth_average_pool(&g, 0, "a", 1, 9, 9), "a");
    REFUSED(pleth_average_pool(&g, 0, "a", 0, 2, 2), "a");
    REFUSED(pleth_max_pool(&g, 0, "a", 2, 2, 2), "a");
    REFUSED(pleth_max_pool1d_padded(&g, 3, "a"), "a");
    REFUSED(pleth_mask(&g, 0, "a"), "a");
    REFUSED(pleth_shift(&g, pleth_first_frame(&g, 0, "f"), "a", 0), "a");
    REFUSED(pleth_frame_difference(&g, pleth_mean(&g, 0, "m"), "a"), "a");
    REFUSED(pleth_repeat(&g, 0, "a"), "a");
    REFUSED(pleth_first_frame(&g, pleth_first_frame(&g, 0, "f"), "a"), "a");
    REFUSED(pleth_slice(&g, 0, "a", 4, 3), "a");
    REFUSED(pleth_slice(&g, 0, "a", -1, 3), "a");
    REFUSED(pleth_slice(&g, 0, "a", 0, 0), "a");
    REFUSED(pleth_concat(&g, 0, pleth_mean(&g, 0, "m"), "a"), "a");
    REFUSED(pleth_pad_channels(&g, 0, "a", 1, 6), "a");
    REFUSED(pleth_join(&g, 0, pleth_slice(&g, 0, "s", 0, 3), "a"), "a");
    REFUSED(pleth_windows(&g, 0, "a", 3), "a");
    REFUSED(pleth_windows(&g, 0, "a", 0), "a");
    REFUSED(pleth_unwindows(&g, 0, "a", 12, 8), "a");
    REFUSED(pleth_attention(&g, 0, 0, 0, "a", 4, 1), "a");
    REFUSED(pleth_attention(&g, 0, 0, 5, "a", 1, 1), "a");
    REFUSED(pleth_attention(&g, 0, pleth_slice(&g, 0, "s", 0, 3), 0, "a", 1, 1), "a");
    REFUSED(pleth_attention_biased(&g, pleth_mean(&g, 0, "m"), 0, 0, "a", 1, "b", 0, 1), "a");
    REFUSED(pleth_output(&g, 9, "a"), "a");
#undef REFUSED

    memset(long_name, 'n', PLETH_NAME);
    long_name[PLETH_NAME] = '\0';
    begin(3, 1, 8, 8);
    CHECK(pleth_flatten(&g, 0, long_name) == -1 && g.error == PLETH_EINVAL);

    /* no room: named, and nothing written beyond it */
    memset(records, 0x55, sizeof records);
    pleth_graph_init(&g, records, 2, 1);
    x = pleth_input(&g, "x", 3, 1, 8, 8);
    x = pleth_activation(&g, x, "fits", PLETH_RELU);
    CHECK(x == 1 && g.error == 0);
    CHECK(pleth_activation(&g, x, "does not", PLETH_RELU) == -1);
    CHECK(g.error == PLETH_EMEMORY && strcmp(g.where, "does not") == 0 && g.count == 2);
    CHECK(records[2].op == 0x55555555);
}

static void names(void)
{
    struct pleth_text t = pleth_name_number("block", 31, ".conv");

    CHECK(strcmp(t.text, "block31.conv") == 0);
    CHECK(strcmp(pleth_name_number("", 0, "").text, "0") == 0);
    CHECK(strcmp(pleth_name_number("", 2147483647, "").text, "2147483647") == 0);
    for (int i = 0; i < 10; i++)
        t = pleth_name(t.text, t.text);
    CHECK(strlen(t.text) == PLETH_NAME - 1);
}

static int parameter(int record, int i, const char *name, int rank, int a, int b, int c, int d,
                     int e)
{
    const int shape[5] = {a, b, c, d, e};
    struct pleth_parameter p;

    return pleth_record_parameter(&g, record, i, &p) && strcmp(p.name, name) == 0 &&
           p.rank == rank && memcmp(p.shape, shape, sizeof(int) * (size_t)rank) == 0;
}

static int parameters_of(int record)
{
    struct pleth_parameter p;
    int n = 0;

    while (pleth_record_parameter(&g, record, n, &p))
        n++;
    return n;
}

static void parameters(void)
{
    static const int kernel[3] = {3, 1, 5}, pad[3] = {1, 0, 2};
    int x;

    begin(6, 1, 8, 10);
    CHECK(parameters_of(0) == 0);
    x = pleth_conv2d(&g, 0, "conv", 4, 3, 1, 1, 1);
    CHECK(parameters_of(x) == 2 && parameter(x, 0, "conv.weight", 4, 4, 6, 3, 3, 0) &&
          parameter(x, 1, "conv.bias", 1, 4, 0, 0, 0, 0));
    CHECK(pleth_record_macs(&g, x) == 4 * 6 * 9 * 80);
    x = pleth_conv2d(&g, 0, "bare", 4, 3, 1, 1, 0);
    CHECK(parameters_of(x) == 1);
    x = pleth_depthwise2d(&g, 0, "depth", 3, 1, 1, 1);
    CHECK(parameter(x, 0, "depth.weight", 4, 6, 1, 3, 3, 0));
    CHECK(pleth_record_macs(&g, x) == 6 * 9 * 80);
    x = pleth_conv3d(&g, 0, "solid", 4, kernel, pad);
    CHECK(parameter(x, 0, "solid.weight", 5, 4, 6, 3, 1, 5));
    x = pleth_conv_transposed(&g, 0, "up", 5, 4, 2, 1);
    CHECK(parameter(x, 0, "up.weight", 5, 6, 5, 4, 1, 1) &&
          parameter(x, 1, "up.bias", 1, 5, 0, 0, 0, 0) && parameters_of(x) == 2);
    x = pleth_linear(&g, 0, "fc", 5);
    CHECK(parameter(x, 0, "fc.weight", 2, 5, 6, 0, 0, 0) && pleth_record_macs(&g, x) == 5 * 6 * 80);
    x = pleth_batch_norm(&g, 0, "bn", 1e-5f);
    CHECK(parameters_of(x) == 4 && parameter(x, 3, "bn.running_var", 1, 6, 0, 0, 0, 0));
    x = pleth_layer_norm(&g, 0, "ln", 1e-5f);
    CHECK(parameters_of(x) == 2 && parameter(x, 0, "ln.weight", 1, 6, 0, 0, 0, 0));
    x = pleth_layer_norm_whole(&g, 0, "ln_img", 1e-5f);
    CHECK(parameters_of(x) == 2 && parameter(x, 1, "ln_img.bias", 3, 6, 8, 10, 0, 0));
    x = pleth_spectral(&g, 0, "s");
    CHECK(parameters_of(x) == 1 && parameter(x, 0, "s.complex_weight", 4, 8, 6, 6, 2, 0));
    x = pleth_attention(&g, 0, 0, 0, "plain", 2, 1);
    CHECK(parameters_of(x) == 0 && pleth_record_macs(&g, x) == 2 * 6 * 80 * 80);
    x = pleth_attention_biased(&g, 0, 0, 0, "head1", 1, "attn", 1, 3);
    CHECK(parameters_of(x) == 1 && parameter(x, 0, "attn.attention_biases", 2, 3, 80, 0, 0, 0));

    begin(6, 1, 1, 20);
    x = pleth_conv1d_same(&g, 0, "conv", 4, 5, 2);
    CHECK(parameter(x, 0, "conv.weight", 3, 4, 6, 5, 0, 0));
    x = pleth_conv1d_dilated(&g, 0, "far", 4, 5, 8);
    CHECK(parameter(x, 0, "far.weight", 3, 4, 6, 5, 0, 0) &&
          pleth_record_macs(&g, x) == 20 * 4 * 30);
}

static void counts(void)
{
    struct pleth_counts n;
    uint8_t used[PLETH_RECORDS];
    int x, still, dead;

    /* shared parameters count once, a dead head has parameters and no work, a segment's own record
       works once */
    begin(2, 1, 4, 4);
    still = pleth_first_frame(&g, 0, "first");
    still = pleth_linear(&g, still, "still", 2);
    still = pleth_repeat(&g, still, "again");
    x = pleth_shift(&g, 0, "shift", 0);
    x = pleth_linear(&g, x, "fc", 2);
    dead = pleth_linear(&g, x, "dead", 10);
    x = pleth_linear(&g, x, "fc.again", 2);
    pleth_share(&g, "fc");
    x = pleth_batch_norm(&g, x, "bn", 1e-5f);
    pleth_output(&g, pleth_add(&g, x, still, "sum"), "y");
    CHECK(g.error == 0);
    pleth_graph_used(&g, used);
    for (int i = 0; i < g.count; i++)
        CHECK(used[i] == (i != dead));
    pleth_graph_count(&g, &n);
    CHECK(n.parameters == 6 + 6 + 30 + 4 && n.statistics == 4);
    CHECK(n.macs == 2 * 2 * 16 + 4 * (2 * 2 * 2 * 16));
    CHECK(n.delay == 1);

    begin(3, 1, 4, 4);
    x = pleth_shift(&g, 0, "shift", 1);
    pleth_output(&g, pleth_shift(&g, x, "shift2", 1), "y");
    pleth_graph_count(&g, &n);
    CHECK(n.delay == 3);
}

int main(void)
{
    shapes();
    refusals();
    names();
    parameters();
    counts();
    return test_done();
}
