/* Tiny-BioMoE (Gkikas et al. 2025): a 224x224 image of a biosignal -> 192 values, by two experts,
 * SpectFormer (enc1) and EfficientViT (enc2), that share a gate. */
#include <math.h>

#include "nets.h"

static const float norm_eps = 1e-5f, block_eps = 1e-6f;

/* ---- SpectFormer ---------------------------------------------------------------------------- */

/* Of the stem, its parts numbered as stored: convolution, norm, ReLU. */
static int stem_conv(struct pleth_graph *g, int x, int number, int k, int s)
{
    const char *name = "enc1.patch_embed1.conv.";

    x = pleth_conv2d(g, x, pleth_name_number(name, number, "").text, 32, k, s, k / 2, 0);
    x = pleth_batch_norm(g, x, pleth_name_number(name, number + 1, "").text, norm_eps);
    return pleth_activation(g, x, pleth_name_number(name, number + 2, "").text, PLETH_RELU);
}

static int multi_head(struct pleth_graph *g, int q, int kv, const char *name, int width, int heads)
{
    int k, v;

    q = pleth_linear(g, q, pleth_name(name, ".q").text, width);
    kv = pleth_linear(g, kv, pleth_name(name, ".kv").text, 2 * width);
    k = pleth_slice(g, kv, pleth_name(name, ".k").text, 0, width);
    v = pleth_slice(g, kv, pleth_name(name, ".v").text, width, width);
    q = pleth_attention(g, q, k, v, name, heads, 1 / sqrtf((float)width / (float)heads));
    return pleth_linear(g, q, pleth_name(name, ".proj").text, width);
}

/* x + mixed(norm1(x)), then + mlp(norm2(x)); heads 0: by the global filter */
static int mixing_block(struct pleth_graph *g, int x, const char *name, int width, int ratio,
                        int heads)
{
    const struct pleth_text mixer = pleth_name(name, ".attn"), mlp = pleth_name(name, ".mlp");
    int y = pleth_layer_norm(g, x, pleth_name(name, ".norm1").text, block_eps);

    y = heads ? multi_head(g, y, y, mixer.text, width, heads) : pleth_spectral(g, y, mixer.text);
    x = pleth_add(g, x, y, pleth_name(name, ".sum1").text);
    y = pleth_layer_norm(g, x, pleth_name(name, ".norm2").text, block_eps);
    y = pleth_linear(g, y, pleth_name(mlp.text, ".fc1").text, ratio * width);
    y = pleth_depthwise2d(g, y, pleth_name(mlp.text, ".dwconv.dwconv").text, 3, 1, 1, 1);
    y = pleth_activation(g, y, pleth_name(mlp.text, ".gelu").text, PLETH_GELU);
    y = pleth_linear(g, y, pleth_name(mlp.text, ".fc2").text, width);
    return pleth_add(g, x, y, pleth_name(name, ".sum2").text);
}

/* The mean of all tokens, first of them, asks all. */
static int class_attention(struct pleth_graph *g, int x, int width, int heads)
{
    const char *name = "enc1.post_network.0";
    int token = pleth_mean(g, x, "enc1.class"), y;
    int all = pleth_join(g, token, x, "enc1.tokens");

    y = pleth_layer_norm(g, token, "enc1.post_network.0.norm1", block_eps);
    all = pleth_layer_norm(g, all, "enc1.post_network.0.norm1.all", block_eps);
    pleth_share(g, "enc1.post_network.0.norm1");
    y = multi_head(g, y, all, pleth_name(name, ".attn").text, width, heads);
    x = pleth_add(g, token, y, pleth_name(name, ".sum1").text);
    y = pleth_layer_norm(g, x, pleth_name(name, ".norm2").text, block_eps);
    y = pleth_linear(g, y, pleth_name(name, ".mlp.fc1").text, 4 * width);
    y = pleth_activation(g, y, pleth_name(name, ".mlp.gelu").text, PLETH_GELU);
    y = pleth_linear(g, y, pleth_name(name, ".mlp.fc2").text, width);
    return pleth_add(g, x, y, pleth_name(name, ".sum2").text);
}

static int spectformer(struct pleth_graph *g, int x)
{
    static const struct {
        int width, ratio, heads;
    } stages[] = {{64, 8, 0}, {128, 8, 0}, {320, 4, 10}, {96, 4, 16}};

    x = stem_conv(g, x, 0, 7, 2);
    x = stem_conv(g, x, 3, 3, 1);
    x = stem_conv(g, x, 6, 3, 1);
    for (int i = 0; i < 4; i++) {
        const struct pleth_text embed = pleth_name_number("enc1.patch_embed", i + 1, "");
        const struct pleth_text name = pleth_name_number("enc1.block", i + 1, ".0");
        x = pleth_conv2d(g, x, pleth_name(embed.text, ".proj").text, stages[i].width, 3, 2, 1, 1);
        x = pleth_layer_norm(g, x, pleth_name(embed.text, ".norm").text, norm_eps);
        x = mixing_block(g, x, name.text, stages[i].width, stages[i].ratio, stages[i].heads);
        if (i < 3)
            x = pleth_layer_norm(g, x, pleth_name_number("enc1.norm", i + 1, "").text, block_eps);
    }
    x = class_attention(g, x, stages[3].width, stages[3].heads);
    return pleth_layer_norm(g, x, "enc1.norm4", block_eps);
}

/* ---- EfficientViT --------------------------------------------------------------------------- */

static int norm_of(struct pleth_graph *g, int x, const char *name)
{
    return pleth_batch_norm(g, x, pleth_name(name, ".bn").text, norm_eps);
}

static int conv_norm(struct pleth_graph *g, int x, const char *name, int out, int k, int s)
{
    x = pleth_conv2d(g, x, pleth_name(name, ".c").text, out, k, s, k / 2, 0);
    return norm_of(g, x, name);
}

static int depthwise_norm(struct pleth_graph *g, int x, const char *name, int k, int s)
{
    x = pleth_depthwise2d(g, x, pleth_name(name, ".c").text, k, s, k / 2, 0);
    return norm_of(g, x, name);
}

static int relu(struct pleth_graph *g, int x, const char *name)
{
    return pleth_activation(g, x, pleth_name(name, ".relu").text, PLETH_RELU);
}

/* x + depthwise(x), then + feed-forward */
static int local(struct pleth_graph *g, int x, const char *depthwise, const char *ffn, int width)
{
    const struct pleth_text wide = pleth_name(ffn, ".m.pw1"), narrow = pleth_name(ffn, ".m.pw2");
    int y = depthwise_norm(g, x, pleth_name(depthwise, ".m").text, 3, 1);

    x = pleth_add(g, x, y, pleth_name(depthwise, ".sum").text);
    y = relu(g, conv_norm(g, x, wide.text, 2 * width, 1, 1), wide.text);
    y = conv_norm(g, y, narrow.text, width, 1, 1);
    return pleth_add(g, x, y, pleth_name(ffn, ".sum").text);
}

/* Cascaded group attention: each head also sees what the one before it found. */
static int cascaded(struct pleth_graph *g, int x, const char *name, int width, int heads)
{
    enum { KEY = 16 };
    static const int kernels[] = {7, 5, 3, 3};
    const int value = width / heads;
    int found = -1, all = -1;

    for (int i = 0; i < heads; i++) {
        const struct pleth_text qkv = pleth_name_number(pleth_name(name, ".qkvs.").text, i, "");
        const struct pleth_text query = pleth_name_number(pleth_name(name, ".dws.").text, i, "");
        const struct pleth_text at = pleth_name_number(pleth_name(name, ".head").text, i, "");
        int part = pleth_slice(g, x, at.text, i * value, value), q, k, v;
        if (i > 0)
            part = pleth_add(g, part, found, pleth_name(at.text, ".sum").text);
        part = conv_norm(g, part, qkv.text, 2 * KEY + value, 1, 1);
        q = pleth_slice(g, part, pleth_name(at.text, ".q").text, 0, KEY);
        k = pleth_slice(g, part, pleth_name(at.text, ".k").text, KEY, KEY);
        v = pleth_slice(g, part, pleth_name(at.text, ".v").text, 2 * KEY, value);
        q = depthwise_norm(g, q, query.text, kernels[i], 1);
        found = pleth_attention_biased(g, q, k, v, pleth_name(at.text, ".attention").text,
                                       1 / sqrtf((float)KEY), name, i, heads);
        all = i == 0 ? found : pleth_concat(g, all, found, pleth_name(at.text, ".all").text);
    }
    return conv_norm(g, relu(g, all, name), pleth_name(name, ".proj.1").text, width, 1, 1);
}

static int vit_block(struct pleth_graph *g, int x, const char *name, int side, int width, int heads)
{
    enum { WINDOW = 7 };
    const struct pleth_text mixer = pleth_name(name, ".mixer.m.attn");
    int y;

    x = local(g, x, pleth_name(name, ".dw0").text, pleth_name(name, ".ffn0").text, width);
    y = side > WINDOW ? pleth_windows(g, x, pleth_name(mixer.text, ".windows").text, WINDOW) : x;
    y = cascaded(g, y, mixer.text, width, heads);
    if (side > WINDOW)
        y = pleth_unwindows(g, y, pleth_name(mixer.text, ".map").text, side, side);
    x = pleth_add(g, x, y, pleth_name(mixer.text, ".sum").text);
    return local(g, x, pleth_name(name, ".dw1").text, pleth_name(name, ".ffn1").text, width);
}

/* Half the side, another width. */
static int merge(struct pleth_graph *g, int x, const char *name, int from, int to)
{
    const struct pleth_text one = pleth_name(name, ".conv1"), two = pleth_name(name, ".conv2");
    int gain;

    x = relu(g, conv_norm(g, x, one.text, 4 * from, 1, 1), one.text);
    x = relu(g, depthwise_norm(g, x, two.text, 3, 2), two.text);
    gain = pleth_mean(g, x, pleth_name(name, ".se.mean").text);
    gain = pleth_conv2d(g, gain, pleth_name(name, ".se.fc1").text, from, 1, 1, 0, 1);
    gain = relu(g, gain, pleth_name(name, ".se.fc1").text);
    gain = pleth_conv2d(g, gain, pleth_name(name, ".se.fc2").text, 4 * from, 1, 1, 0, 1);
    gain = pleth_activation(g, gain, pleth_name(name, ".se.sigmoid").text, PLETH_SIGMOID);
    x = pleth_multiply(g, x, gain, pleth_name(name, ".se").text);
    return conv_norm(g, x, pleth_name(name, ".conv3").text, to, 1, 1);
}

static int efficientvit(struct pleth_graph *g, int x)
{
    static const struct {
        int side, width, heads;
    } stages[] = {{14, 192, 3}, {7, 288, 3}, {4, 96, 4}};

    for (int i = 0; i < 4; i++) {
        const struct pleth_text name = pleth_name_number("enc2.patch_embed.", 2 * i, "");
        x = conv_norm(g, x, name.text, 24 << i, 3, 2);
        if (i < 3)
            x = relu(g, x, name.text);
    }
    x = vit_block(g, x, "enc2.blocks1.0", stages[0].side, stages[0].width, stages[0].heads);
    for (int i = 1; i < 3; i++) {
        const struct pleth_text at = pleth_name_number("enc2.blocks", i + 1, ".");
        const int from = stages[i - 1].width, to = stages[i].width;
        x = local(g, x, pleth_name(at.text, "0.0").text, pleth_name(at.text, "0.1").text, from);
        x = merge(g, x, pleth_name(at.text, "1").text, from, to);
        x = local(g, x, pleth_name(at.text, "2.0").text, pleth_name(at.text, "2.1").text, to);
        x = vit_block(g, x, pleth_name(at.text, "3").text, stages[i].side, to, stages[i].heads);
    }
    return pleth_mean(g, x, "enc2.mean");
}

/* ---- Both ----------------------------------------------------------------------------------- */

/* LN(z) times the gate of z; the second expert shares the first one's parameters. */
static int gated(struct pleth_graph *g, int z, int width, const char *norm, const char *linear,
                 int *gate)
{
    int y = pleth_layer_norm(g, z, norm, norm_eps);

    pleth_share(g, "ln_e");
    z = pleth_activation(g, z, pleth_name(linear, ".elu").text, PLETH_ELU);
    z = pleth_linear(g, z, linear, width);
    pleth_share(g, "fcn.1");
    *gate = pleth_activation(g, z, pleth_name(linear, ".clamp").text, PLETH_CLAMP01);
    return pleth_multiply(g, y, *gate, pleth_name(linear, ".gated").text);
}

void pleth_build_biomoe(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    enum { WIDTH = 96 };
    int x = pleth_input(g, "x", 3, 1, 224, 224), z1, z2, y1, y2, gate1, gate2;

    (void)s; /* it has one shape only */
    x = pleth_layer_norm_whole(g, x, "ln_img", norm_eps);
    z1 = spectformer(g, x);
    z2 = efficientvit(g, x);
    y1 = gated(g, z1, WIDTH, "ln_e", "fcn.1", &gate1);
    y2 = gated(g, z2, WIDTH, "ln_e.2", "fcn.1.2", &gate2);
    x = pleth_concat(g, y1, y2, "both");
    x = pleth_layer_norm(g, x, "ln_out", norm_eps);
    pleth_output(g, x, "y");
    pleth_output(g, z1, "z1");
    pleth_output(g, z2, "z2");
    pleth_output(g, gate1, "gate1");
}
