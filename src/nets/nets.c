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
    [PLETH_NET_TCN] = {"tcn", NULL, pleth_build_tcn, 0, 1, 20},
};

const char *pleth_net_name(int kind)
{
    return kind >= 0 && kind < PLETH_NET_KINDS ? nets[kind].name : NULL;
}

int pleth_net_find(const char *name)
{
    for (int i = 0; i < PLETH_NET_KINDS; i++)
        if (pleth_same_text(name, nets[i].name) ||
            (nets[i].other && pleth_same_text(name, nets[i].other)))
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
    s->blocks = kind == PLETH_NET_TCN ? 6 : 1; /* six see all of 200 samples */
    s->hidden = 53;
    s->samples = 200;
    s->classes = 180;
    s->outputs = 12;
    memcpy(s->output, "bvp", 4);
}

/* ---- What a checkpoint holds ---------------------------------------------------------------- */

enum {
    DEEPPHYS = 1 << PLETH_NET_DEEPPHYS,
    SHIFTED = 1 << PLETH_NET_TSCAN | 1 << PLETH_NET_MTTSCAN | 1 << PLETH_NET_EFFICIENTPHYS,
    CAN = DEEPPHYS | SHIFTED,
    BIGSMALL = 1 << PLETH_NET_BIGSMALL,
    BIG = 1 << PLETH_NET_BIG,
    PARTS = BIG | 1 << PLETH_NET_SMALL,
    RESNET = 1 << PLETH_NET_RESNET1D,
    MLP = 1 << PLETH_NET_MLP,
    PHYSNET = 1 << PLETH_NET_PHYSNET,
    TCN = 1 << PLETH_NET_TCN
};

/* The numbers of a shape: their keys in the metadata, others that the field's files have, limits.
 */
static const struct {
    const char *key, *other;
    size_t at;
    int low, high;
    int kinds; /* that have it */
} numbers[] = {
#define AT(field) offsetof(struct pleth_net_shape, field)
    {"side", "img", AT(side), 16, 256, CAN | PHYSNET},
    {"frames", "frame_depth", AT(frames), 1, 1024, SHIFTED | PHYSNET},
    {"frames", "n_segment", AT(frames), 1, 1024, BIGSMALL},
    {"heads", NULL, AT(heads), 1, 15, BIGSMALL},
    {"width", "base", AT(width), 1, 256, CAN | BIGSMALL | PARTS | RESNET | TCN},
    {"blocks", NULL, AT(blocks), 0, 24, RESNET},
    {"blocks", NULL, AT(blocks), 0, 8, TCN},
    {"dead_head", NULL, AT(dead_head), 0, 1, RESNET},
    {"hidden", NULL, AT(hidden), 1, 4096, MLP},
    {"samples", NULL, AT(samples), 128, 4096, TCN},
    {"samples", NULL, AT(samples), 16, 4096, RESNET | MLP},
    {"classes", NULL, AT(classes), 1, 4096, RESNET | MLP | TCN},
    {"outputs", NULL, AT(outputs), 1, 64, BIG},
#undef AT
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
                                        "big_conv1.weight", "first_block_conv.conv.weight",
                                        "first.weight"};
    int found = 0, inputs;

    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (axis_of(w, first[i], 0) > 0)
            s->width = axis_of(w, first[i], 0);
    inputs = axis_of(
        w, s->kind == PLETH_NET_MTTSCAN ? "final_dense_1_y.weight" : "final_dense_1.weight", 1);
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
               axis_of(w,
                       pleth_name_number("basicblock_list.", s->blocks, ".conv1.conv.weight").text,
                       0) > 0)
            s->blocks++;
        s->dead_head = axis_of(w, "dense2.weight", 0) > 0;
        if (axis_of(w, "dense.weight", 0) > 0)
            s->classes = axis_of(w, "dense.weight", 0);
    }
    if (s->kind == PLETH_NET_TCN) {
        s->blocks = 0;
        while (s->blocks < 8 &&
               axis_of(w, pleth_name_number("blocks.", s->blocks, ".conv.weight").text, 0) > 0)
            s->blocks++;
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

/* The network that the metadata or, where it is silent, `name` tells; -1 with a message. */
static int read_kind(const struct pleth_weights *w, const char *name, char *message, size_t size)
{
    char value[32];
    int kind;

    if (pleth_weights_metadata(w, "model", value, sizeof value)) {
        kind = pleth_net_find(value);
        if (kind < 0)
            refuse(message, size, "the metadata names an unknown network: ", value);
    } else if (name) {
        kind = pleth_net_find(name);
        if (kind < 0)
            refuse(message, size, "no network of the name ", name);
    } else {
        kind = -1;
        refuse(message, size, "the metadata names no network", "");
    }
    if (kind == PLETH_NET_BIGSMALL && !axis_of(w, "small_conv1.weight", 0))
        return PLETH_NET_BIG;
    if (kind == PLETH_NET_BIGSMALL && !axis_of(w, "big_conv1.weight", 0))
        return PLETH_NET_SMALL;
    return kind;
}

/* An output's name, as far as there is one: letters, digits and _. */
static int read_output(struct pleth_net_shape *s, const struct pleth_weights *w)
{
    char value[sizeof s->output] = "";

    if (!pleth_weights_metadata(w, "output", value, sizeof value))
        return 1;
    for (const char *c = value; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && *c != '_')
            return 0;
    memcpy(s->output, value, sizeof value);
    return value[0] != '\0';
}

int pleth_net_shape_read(struct pleth_net_shape *s, const struct pleth_weights *w, const char *name,
                         char *message, size_t message_size)
{
    const int kind = read_kind(w, name, message, message_size);
    char value[32];

    if (kind < 0)
        return PLETH_EINVAL;
    pleth_net_shape_default(s, kind);
    read_tensors(s, w);
    for (int i = 0; i < NUMBERS; i++) {
        int *to = number(s, i);
        if (!(numbers[i].kinds & 1 << kind))
            continue;
        if (pleth_weights_metadata(w, numbers[i].key, value, sizeof value) ||
            (numbers[i].other && pleth_weights_metadata(w, numbers[i].other, value, sizeof value)))
            *to = parse(value);
        if (*to < numbers[i].low || *to > numbers[i].high)
            return refuse(message, message_size,
                          "impossible by the metadata or the tensors: ", numbers[i].key);
    }
    if (kind == PLETH_NET_PHYSNET && s->frames % 4)
        return refuse(message, message_size, "PhysNet needs frames divisible by 4", "");
    if (kind == PLETH_NET_SMALL && !read_output(s, w))
        return refuse(message, message_size, "impossible in the metadata: output", "");
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
        if (numbers[k].kinds & 1 << s->kind && --i == 0) {
            const struct pleth_text text = pleth_name_number(
                "", *(const int *)(const void *)((const char *)s + numbers[k].at), "");
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
