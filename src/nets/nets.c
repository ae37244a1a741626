/* Which networks there are, and what a checkpoint holds. */
#include "nets.h"

#include <string.h>

#include "pleth/pleth.h"

static const struct {
    const char *name, *other; /* other: what the field's files say */
    void (*build)(const struct pleth_net_shape *s, struct pleth_graph *g);
    int side, frames, width;
} nets[PLETH_NET_KINDS] = {
    [PLETH_NET_DEEPPHYS] = {"deepphys", NULL, pleth_build_deepphys, 36, 1, 32},
    [PLETH_NET_TSCAN] = {"tscan", "ts-can", pleth_build_tscan, 36, 10, 32},
    [PLETH_NET_MTTSCAN] = {"mttscan", "mtts", pleth_build_mttscan, 36, 10, 32},
    [PLETH_NET_EFFICIENTPHYS] = {"efficientphys", NULL, pleth_build_efficientphys, 36, 10, 32},
    [PLETH_NET_BIGSMALL] = {"bigsmall", NULL, pleth_build_bigsmall, 144, 3, 32},
    [PLETH_NET_BIG] = {"bigsmall-big", NULL, pleth_build_big, 144, 1, 32},
    [PLETH_NET_SMALL] = {"bigsmall-small", NULL, pleth_build_small, 9, 1, 32},
    [PLETH_NET_RESNET1D] = {"resnet1d", NULL, pleth_build_resnet1d, 0, 1, 32},
    [PLETH_NET_MLP] = {"mlp", NULL, pleth_build_mlp, 0, 1, 0},
    [PLETH_NET_PHYSNET] = {"physnet", NULL, pleth_build_physnet, 72, 128, 0},
    [PLETH_NET_BIOMOE] = {"biomoe", "tiny-biomoe", pleth_build_biomoe, 224, 1, 0},
};

const char *pleth_net_name(int kind)
{
    return kind >= 0 && kind < PLETH_NET_KINDS ? nets[kind].name : NULL;
}

int pleth_net_find(const char *name)
{
    for (int i = 0; i < PLETH_NET_KINDS; i++)
        if (strcmp(name, nets[i].name) == 0 || (nets[i].other && strcmp(name, nets[i].other) == 0))
            return i;
    return -1;
}

void pleth_net_shape_default(struct pleth_net_shape *s, int kind)
{
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->side = nets[kind].side;
    s->frames = nets[kind].frames;
    s->width = nets[kind].width;
    s->heads = PLETH_HEAD_AU | PLETH_HEAD_BVP | PLETH_HEAD_RESP;
    s->blocks = 1;
    s->hidden = 53;
    s->samples = 200;
    s->classes = 180;
    s->outputs = 12;
    memcpy(s->output, "bvp", 4);
}

/* ---- What a checkpoint holds ---------------------------------------------------------------------- */

/* The numbers of a shape: their keys in the metadata, others that the field's files have, limits. */
static const struct {
    const char *key, *other;
    size_t at;
    int low, high;
    uint32_t kinds; /* 1 << pleth_net_kind */
} numbers[] = {
#define CAN                                                                                        \
    (1u << PLETH_NET_DEEPPHYS | 1u << PLETH_NET_TSCAN | 1u << PLETH_NET_MTTSCAN |                  \
     1u << PLETH_NET_EFFICIENTPHYS)
#define BIGSMALLS (1u << PLETH_NET_BIGSMALL | 1u << PLETH_NET_BIG | 1u << PLETH_NET_SMALL)
#define SIGNALS (1u << PLETH_NET_RESNET1D | 1u << PLETH_NET_MLP)
    {"side", "img", offsetof(struct pleth_net_shape, side), 16, 256,
     CAN | 1u << PLETH_NET_PHYSNET},
    {"frames", "frame_depth", offsetof(struct pleth_net_shape, frames), 1, 1024,
     (CAN & ~(1u << PLETH_NET_DEEPPHYS)) | 1u << PLETH_NET_PHYSNET | 1u << PLETH_NET_BIGSMALL},
    {"heads", NULL, offsetof(struct pleth_net_shape, heads), 1, 15, 1u << PLETH_NET_BIGSMALL},
    {"width", "base", offsetof(struct pleth_net_shape, width), 1, 256,
     CAN | BIGSMALLS | 1u << PLETH_NET_RESNET1D},
    {"blocks", NULL, offsetof(struct pleth_net_shape, blocks), 0, 24, 1u << PLETH_NET_RESNET1D},
    {"dead_head", NULL, offsetof(struct pleth_net_shape, dead_head), 0, 1,
     1u << PLETH_NET_RESNET1D},
    {"hidden", NULL, offsetof(struct pleth_net_shape, hidden), 1, 4096, 1u << PLETH_NET_MLP},
    {"samples", NULL, offsetof(struct pleth_net_shape, samples), 16, 4096, SIGNALS},
    {"classes", NULL, offsetof(struct pleth_net_shape, classes), 1, 4096, SIGNALS},
    {"outputs", NULL, offsetof(struct pleth_net_shape, outputs), 1, 64, 1u << PLETH_NET_BIG},
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static int *number(struct pleth_net_shape *s, int i)
{
    return (int *)(void *)((char *)s + numbers[i].at);
}

/* Decimal digits only. -1 for anything else. */
static int parse(const char *text)
{
    int n = 0;

    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || n > 100000)
            return -1;
        n = 10 * n + (*text - '0');
    }
    return n;
}

static int refuse(char *message, size_t size, const char *what, const char *where)
{
    const size_t n = strlen(what), m = strlen(where);

    if (message && size > 0) {
        const size_t a = n < size ? n : size - 1, b = m < size - 1 - a ? m : size - 1 - a;
        memcpy(message, what, a);
        memcpy(message + a, where, b);
        message[a + b] = '\0';
    }
    return PLETH_EINVAL;
}

/* Axis `axis` of a tensor, 0 if it is absent. */
static int axis_of(const struct pleth_weights *w, const char *name, int axis)
{
    struct pleth_tensor t;

    if (!pleth_weights_find(w, name, &t) || axis >= t.rank || t.shape[axis] > 1 << 24)
        return 0;
    return (int)t.shape[axis];
}

/* The side of a CAN whose dense layer reads 2 width side'^2 values: two valid convolutions and two
 * pools make side' of it. */
static int side_of(int inputs, int width)
{
    for (int side = 16; side <= 256; side += 4) {
        const int pooled = ((side - 2) / 2 - 2) / 2;
        if (2 * width * pooled * pooled == inputs)
            return side;
    }
    return 0;
}

/* What the tensors tell, as far as they do. */
static void read_tensors(struct pleth_net_shape *s, const struct pleth_weights *w)
{
    static const char *const heads[] = {"au_fc1.weight", "bvp_fc1.weight", "resp_fc1.weight",
                                        "spo2_fc1.weight"};
    static const char *const first[] = {"motion_conv1.weight", "small_conv1.weight",
                                        "big_conv1.weight", "first_block_conv.conv.weight"};
    int found = 0, inputs;

    for (int i = 0; i < 4; i++)
        if (axis_of(w, first[i], 0) > 0)
            s->width = axis_of(w, first[i], 0);
    inputs = axis_of(w, s->kind == PLETH_NET_MTTSCAN ? "final_dense_1_y.weight"
                                                     : "final_dense_1.weight", 1);
    if (inputs > 0 && s->width <= 256 && side_of(inputs, s->width) > 0)
        s->side = side_of(inputs, s->width);
    for (int i = 0; i < 4; i++)
        if (axis_of(w, heads[i], 0) > 0)
            found |= 1 << i;
    s->heads = found ? found : s->heads;
    if (axis_of(w, "out_fc2.weight", 0) > 0)
        s->outputs = axis_of(w, "out_fc2.weight", 0);
    if (s->kind == PLETH_NET_RESNET1D) {
        s->blocks = 0;
        while (s->blocks < 24 &&
               axis_of(w, pleth_name_number("basicblock_list.", s->blocks, ".conv1.conv.weight")
                              .text, 0) > 0)
            s->blocks++;
        s->dead_head = axis_of(w, "dense2.weight", 0) > 0;
        if (axis_of(w, "dense.weight", 0) > 0)
            s->classes = axis_of(w, "dense.weight", 0);
    }
    if (s->kind == PLETH_NET_MLP) {
        if (axis_of(w, "fc1.weight", 0) > 0) {
            s->hidden = axis_of(w, "fc1.weight", 0);
            s->samples = axis_of(w, "fc1.weight", 1);
        }
        if (axis_of(w, "fc3.weight", 0) > 0)
            s->classes = axis_of(w, "fc3.weight", 0);
    }
}

int pleth_net_shape_read(struct pleth_net_shape *s, const struct pleth_weights *w, const char *name,
                         char *message, size_t message_size)
{
    char value[32];
    int kind;

    if (!pleth_weights_metadata(w, "model", value, sizeof value)) {
        if (!name)
            return refuse(message, message_size, "the metadata names no network", "");
        value[0] = '\0';
    }
    if (name) {
        kind = pleth_net_find(name);
        if (kind < 0)
            return refuse(message, message_size, "no network of the name ", name);
    } else {
        kind = pleth_net_find(value);
        if (kind < 0)
            return refuse(message, message_size, "the metadata names an unknown network: ", value);
    }
    pleth_net_shape_default(s, kind);
    read_tensors(s, w);
    for (int i = 0; i < NUMBERS; i++) {
        int *to = number(s, i);
        if (!(numbers[i].kinds & 1u << kind))
            continue;
        if (pleth_weights_metadata(w, numbers[i].key, value, sizeof value) ||
            (numbers[i].other && pleth_weights_metadata(w, numbers[i].other, value, sizeof value)) ||
            (kind == PLETH_NET_BIGSMALL && numbers[i].at == offsetof(struct pleth_net_shape, frames) &&
             pleth_weights_metadata(w, "n_segment", value, sizeof value)))
            *to = parse(value);
        if (*to < numbers[i].low || *to > numbers[i].high)
            return refuse(message, message_size, "impossible in the metadata or by its tensors: ",
                          numbers[i].key);
    }
    if (kind == PLETH_NET_PHYSNET && (s->frames % 4 || s->side % 16))
        return refuse(message, message_size, "frames must be divisible by 4 and the side by 16", "");
    if (pleth_weights_metadata(w, "output", value, sizeof s->output))
        memcpy(s->output, value, sizeof s->output);
    return PLETH_OK;
}

int pleth_net_shape_metadata(const struct pleth_net_shape *s, int i, char key[16], char value[16])
{
    memset(key, 0, 16);
    memset(value, 0, 16);
    if (i == 0) {
        memcpy(key, "model", 6);
        memcpy(value, nets[s->kind].name, strlen(nets[s->kind].name));
        return 1;
    }
    for (int k = 0; k < NUMBERS; k++)
        if (numbers[k].kinds & 1u << s->kind && --i == 0) {
            const struct pleth_text text =
                pleth_name_number("", *(const int *)(const void *)((const char *)s + numbers[k].at),
                                  "");
            memcpy(key, numbers[k].key, strlen(numbers[k].key));
            memcpy(value, text.text, 15);
            return 1;
        }
    if (--i == 0 && s->kind == PLETH_NET_SMALL) {
        memcpy(key, "output", 7);
        memcpy(value, s->output, 15);
        return 1;
    }
    return 0;
}

void pleth_net_build(const struct pleth_net_shape *s, struct pleth_graph *g)
{
    nets[s->kind].build(s, g);
}
