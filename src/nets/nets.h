/* The networks pleth knows, one file each: what they are made of, as records. */
#ifndef PLETH_NETS_NETS_H
#define PLETH_NETS_NETS_H

#include "../net/graph.h"
#include "../net/weights.h"

enum pleth_net_kind {
    PLETH_NET_DEEPPHYS,
    PLETH_NET_TSCAN,
    PLETH_NET_MTTSCAN,
    PLETH_NET_EFFICIENTPHYS,
    PLETH_NET_BIGSMALL,
    PLETH_NET_BIG,   /* BigSmall's single-task parts: 144x144 frames -> AU */
    PLETH_NET_SMALL, /* 9x9 difference frames -> one wave */
    PLETH_NET_RESNET1D,
    PLETH_NET_MLP,
    PLETH_NET_PHYSNET,
    PLETH_NET_BIOMOE,
    PLETH_NET_TCN,
    PLETH_NET_KINDS
};

/* Heads of BigSmall. */
#define PLETH_HEAD_AU 1
#define PLETH_HEAD_BVP 2
#define PLETH_HEAD_RESP 4
#define PLETH_HEAD_SPO2 8

struct pleth_net_shape {
    int kind;   /* pleth_net_kind */
    int side;   /* pixels of the square input of the CAN family and PhysNet: 36, 72, 96, 128 */
    int frames; /* of a segment */
    int heads;  /* of BigSmall */
    int width;  /* channels of the first layer: 32 as published (CAN, ResNet), others for students;
                   the later ones and the dense layer keep their published ratio to it; of the
                   TCN's layers */
    int blocks; /* of the ResNet and the TCN */
    int hidden; /* of the MLP */
    int samples, classes; /* of the 1-D networks: 200, 180 */
    int dead_head;        /* the ResNet's dense2, 200 outputs that nothing reads */
    int outputs;          /* of PLETH_NET_BIG: 12 */
    char output[16];      /* name of the single output of PLETH_NET_SMALL: "bvp", "resp" */
};

/* Lower-case name ("tscan", "resnet1d"), NULL outside the enum; and back, -1 for an unknown one.
 * Names of the field's files are understood too: "mtts", "tiny-biomoe". */
const char *pleth_net_name(int kind);
int pleth_net_find(const char *name);

/* The published configuration of a network; frames, side, ... may be changed then. */
void pleth_net_shape_default(struct pleth_net_shape *s, int kind);

/* What a checkpoint holds: from its metadata (model, img, frame_depth, blocks, n_segment, ...) or,
 * where that is silent, from `name` (NULL: not given) and the shapes of its tensors: "bigsmall" is
 * the whole network or one of its parts. Every number is within limits that keep the graph small.
 * 0, or PLETH_EINVAL with one line in message. */
int pleth_net_shape_read(struct pleth_net_shape *s, const struct pleth_weights *w, const char *name,
                         char *message, size_t message_size);

/* Writes shape as metadata: key number i = 0, 1, ... and its value; 0 when there are no more. */
int pleth_net_shape_metadata(const struct pleth_net_shape *s, int i, char key[16], char value[16]);

/* Appends the network's records. Capacity 400 is enough for every one. g->error tells. */
void pleth_net_build(const struct pleth_net_shape *s, struct pleth_graph *g);

/* Multiply-accumulates of a segment of TS-CAN if its motion convolutions were 3x3x3 instead of 3x3
 * after a shift: what the shift saves. 0 for an impossible shape. */
int64_t pleth_can3d_macs(const struct pleth_net_shape *s);

/* One file each. */
void pleth_build_deepphys(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_tscan(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_mttscan(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_efficientphys(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_bigsmall(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_big(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_small(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_resnet1d(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_mlp(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_physnet(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_tcn(const struct pleth_net_shape *s, struct pleth_graph *g);
void pleth_build_biomoe(const struct pleth_net_shape *s, struct pleth_graph *g);

#endif
