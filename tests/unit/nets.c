/* The networks: sizes as published, names and shapes of the checkpoints' tensors, and what is made
 * of a checkpoint's metadata. */
#include "nets/nets.h"
#include "pleth/pleth.h"
#include "test.h"

static struct pleth_record records[PLETH_RECORDS];
static struct pleth_graph g;
static struct pleth_counts n;

/* Builds and counts; the count alone must come to the same, and no two records have one name. */
static void build(const struct pleth_net_shape *s)
{
    struct pleth_graph only;

    pleth_graph_init(&g, records, PLETH_RECORDS, s->frames);
    pleth_net_build(s, &g);
    if (g.error)
        printf("%s: refused at %s\n", pleth_net_name(s->kind), g.where);
    CHECK(g.error == 0);
    pleth_graph_count(&g, &n);
    pleth_graph_init(&only, NULL, 0, s->frames);
    pleth_net_build(s, &only);
    CHECK(only.error == 0 && only.count == g.count);
    for (int i = 0; i < g.count; i++)
        for (int k = 0; k < i; k++)
            CHECK(strcmp(records[i].name, records[k].name) != 0 ||
                  records[i].op == PLETH_OP_OUTPUT || records[k].op == PLETH_OP_OUTPUT);
}

static void build_kind(int kind, int side, int frames)
{
    struct pleth_net_shape s;

    pleth_net_shape_default(&s, kind);
    s.side = side;
    s.frames = frames;
    build(&s);
}

/* Learned values of the parameters whose names begin so. */
static int64_t learned(const char *prefix)
{
    static char seen[1000][PLETH_NAME + 24];
    int64_t sum = 0;
    int names = 0;

    for (int i = 0; i < g.count; i++) {
        struct pleth_parameter p;
        for (int k = 0; pleth_record_parameter(&g, i, k, &p); k++) {
            int64_t count = !(records[i].op == PLETH_OP_BATCH_NORM && k >= 2);
            if (strncmp(p.name, prefix, strlen(prefix)) != 0)
                continue;
            for (int other = 0; other < names; other++)
                count *= strcmp(seen[other], p.name) != 0;
            for (int axis = 0; axis < p.rank; axis++)
                count *= p.shape[axis];
            CHECK(names < 1000);
            memcpy(seen[names++], p.name, sizeof p.name);
            sum += count;
        }
    }
    return sum;
}

static int64_t work(const char *prefix)
{
    int64_t sum = 0;

    for (int i = 0; i < g.count; i++)
        if (strncmp(records[i].name, prefix, strlen(prefix)) == 0)
            sum += pleth_record_macs(&g, i);
    return sum;
}

static const struct pleth_record *find(const char *name)
{
    for (int i = 0; i < g.count; i++)
        if (strcmp(records[i].name, name) == 0)
            return &records[i];
    printf("no record %s\n", name);
    exit(1);
}

/* The outputs in order, with one space between. */
static int outputs_are(const char *names)
{
    char text[200] = "";

    for (int i = 0; i < g.count; i++)
        if (records[i].op == PLETH_OP_OUTPUT) {
            strcat(text, *text ? " " : "");
            strcat(text, records[i].name);
        }
    return strcmp(text, names) == 0;
}

/* Sizes of the tables in the papers and of their public code; work to the digits given. */
static void published_sizes(void)
{
    static const struct {
        int kind, side, frames, delay;
        int64_t parameters;
        double mega, digits;
        const char *outputs;
    } table[] = {
        {PLETH_NET_DEEPPHYS, 36, 1, 0, 532899, 51.24, 0.01, "y"},
        {PLETH_NET_DEEPPHYS, 72, 1, 0, 2228643, 227.05, 0.01, "y"},
        {PLETH_NET_TSCAN, 36, 10, 4, 532899, 51.24, 0.01, "y"},
        {PLETH_NET_TSCAN, 72, 20, 4, 2228643, 227.05, 0.01, "y"},
        {PLETH_NET_MTTSCAN, 36, 10, 4, 934564, 51.64, 0.01, "pulse resp"},
        {PLETH_NET_MTTSCAN, 72, 10, 4, 4326052, 229.1, 0.1, "pulse resp"},
        {PLETH_NET_EFFICIENTPHYS, 36, 20, 5, 467337, 25.85, 0.01, "y"},
        {PLETH_NET_EFFICIENTPHYS, 72, 10, 5, 2163081, 114.7, 0.1, "y"},
        {PLETH_NET_BIGSMALL, 144, 3, 2, 2142478, 463.04 / 3, 0.01 / 3, "au bvp resp"},
        {PLETH_NET_BIOMOE, 224, 1, 0, 7337278, 1540, 1, "y z1 z2 gate1"},
    };
    static const int sides[][2] = {{36, 3136}, {72, 16384}, {96, 30976}, {128, 57600}};

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        build_kind(table[i].kind, table[i].side, table[i].frames);
        CHECK(n.parameters == table[i].parameters);
        CHECK_NEAR(1e-6 * (double)n.macs / table[i].frames, table[i].mega, table[i].digits / 2);
        CHECK(n.delay == table[i].delay);
        CHECK(outputs_are(table[i].outputs));
    }
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        build_kind(PLETH_NET_TSCAN, sides[i][0], 10);
        CHECK(find("flat")->out.c == sides[i][1]);
    }

    build_kind(PLETH_NET_BIOMOE, 224, 1);
    CHECK(learned("enc1.") == 2897856 && learned("enc2.") == 4128478);
    CHECK(learned("ln_img") == 301056 && learned("fcn.") == 9312);
    CHECK_NEAR(1e-9 * (double)work("enc1."), 1.199, 0.0005);
    CHECK_NEAR(1e-9 * (double)work("enc2."), 0.340, 0.0005);
}

static void one_dimensional(void)
{
    static const struct {
        int blocks;
        int64_t parameters, used;
        double mega;
        int width, length;
    } table[] = {
        {1, 23292, 16628, 2.086, 32, 200},    {2, 33724, 27060, 3.110, 32, 100},
        {4, 54588, 47924, 4.646, 32, 50},     {6, 139196, 126132, 7.212, 64, 25},
        {8, 221884, 208820, 8.768, 64, 13},   {10, 534460, 508596, 11.524, 128, 7},
        {12, 863676, 837812, 13.326, 128, 4},
    };
    static const int hidden[][2] = {{53, 23235},   {74, 33924},   {110, 54300},
                                    {228, 139260}, {317, 221763}, {564, 533724},
                                    {758, 864300}, {39, 16599},   {744, 837924}};
    struct pleth_net_shape s;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t used[PLETH_RECORDS];
        const struct pleth_record *last;
        int64_t parameters;
        pleth_net_shape_default(&s, PLETH_NET_RESNET1D);
        s.blocks = table[i].blocks;
        build(&s);
        parameters = n.parameters;
        CHECK(parameters - 64 == table[i].used);
        CHECK_NEAR(1e-6 * (double)n.macs, table[i].mega, 0.0005);
        s.dead_head = 1;
        build(&s);
        CHECK(n.parameters == table[i].parameters);
        CHECK_NEAR(1e-6 * (double)n.macs, table[i].mega, 0.0005);
        CHECK(n.delay == 0 && outputs_are("logits z"));
        last = &records[find("pooled")->in[0]];
        CHECK(last->out.c == table[i].width && last->out.w == table[i].length);
        pleth_graph_used(&g, used);
        for (int k = 0; k < g.count; k++)
            CHECK(used[k] == (strcmp(records[k].name, "dense2") != 0 &&
                              strcmp(records[k].name, "basicblock_list.0.bn1") != 0));
    }
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        pleth_net_shape_default(&s, PLETH_NET_MLP);
        s.hidden = hidden[i][0];
        build(&s);
        CHECK(n.parameters == hidden[i][1] && outputs_are("logits"));
    }
    /* width c: 6 c + 6 blocks of 5 c^2 + 3 c, a norm, a dense layer; all but it at 200 positions */
    pleth_net_shape_default(&s, PLETH_NET_TCN);
    build(&s);
    CHECK(n.parameters == 6 * 20 + 6 * (5 * 400 + 60) + 40 + 21 * 180);
    CHECK(n.macs == 200 * (5 * 20 + 6 * 5 * 400) + 20 * 180 && n.delay == 0);
    CHECK(outputs_are("logits z"));
    CHECK(find("blocks.5.conv")->dilation == 32);
}

static void others(void)
{
    struct pleth_net_shape s;
    int64_t bigsmall, part;

    /* PhysNet: 769,836 stored values, 11 of them counters; it sees a segment at once */
    build_kind(PLETH_NET_PHYSNET, 72, 128);
    CHECK(n.parameters + n.statistics == 769836 - 11);
    CHECK(g.frames == 1 && outputs_are("y"));
    CHECK(find("y")->out.c == 1 && find("y")->out.d == 128 && find("y")->out.h == 1);

    /* heads come and go; one head is two dense layers */
    pleth_net_shape_default(&s, PLETH_NET_BIGSMALL);
    build(&s);
    bigsmall = n.parameters;
    s.heads |= PLETH_HEAD_SPO2;
    build(&s);
    CHECK(outputs_are("au bvp resp spo2"));
    CHECK(n.parameters - bigsmall == 5184 * 128 + 128 + 128 + 1);
    s.heads = PLETH_HEAD_RESP;
    s.frames = 7;
    build(&s);
    CHECK(outputs_are("resp") && n.delay == 6);

    /* the parts are the whole less the other heads */
    pleth_net_shape_default(&s, PLETH_NET_BIG);
    build(&s);
    CHECK(outputs_are("au") && n.delay == 0);
    part = n.parameters;
    pleth_net_shape_default(&s, PLETH_NET_SMALL);
    memcpy(s.output, "resp", 5);
    build(&s);
    CHECK(outputs_are("resp"));
    CHECK(part + n.parameters + 5184 * 128 + 128 + 128 + 1 == bigsmall);

    /* what the shift saves: two thirds of the motion convolutions, 25.39 M of 51.24 M */
    pleth_net_shape_default(&s, PLETH_NET_TSCAN);
    build(&s);
    CHECK(pleth_can3d_macs(&s) - n.macs == 2 * s.frames * work("motion_conv"));
    s.side = 4;
    CHECK(pleth_can3d_macs(&s) == 0);

    /* students: all widths in proportion */
    pleth_net_shape_default(&s, PLETH_NET_TSCAN);
    s.width = 8;
    build(&s);
    CHECK(find("motion_conv1")->out.c == 8 && find("motion_conv4")->out.c == 16);
    CHECK(find("final_dense_1")->out.c == 32);

    /* too small a picture is refused by name, at every capacity for want of room */
    pleth_net_shape_default(&s, PLETH_NET_TSCAN);
    s.side = 7;
    pleth_graph_init(&g, records, PLETH_RECORDS, s.frames);
    pleth_net_build(&s, &g);
    CHECK(g.error == PLETH_EINVAL && g.where[0]);
    pleth_net_shape_default(&s, PLETH_NET_BIOMOE);
    build(&s);
    for (int capacity = 0, whole = g.count; capacity < whole; capacity++) {
        pleth_graph_init(&g, records, capacity, 1);
        pleth_net_build(&s, &g);
        CHECK(g.error == PLETH_EMEMORY && g.count == capacity);
    }
}

static void kinds(void)
{
    for (int kind = 0; kind < PLETH_NET_KINDS; kind++) {
        const char *name = pleth_net_name(kind);
        CHECK(name && pleth_net_find(name) == kind);
    }
    CHECK(!pleth_net_name(-1) && !pleth_net_name(PLETH_NET_KINDS));
    CHECK(pleth_net_find("mtts") == PLETH_NET_MTTSCAN);
    CHECK(pleth_net_find("tiny-biomoe") == PLETH_NET_BIOMOE);
    CHECK(pleth_net_find("") == -1 && pleth_net_find("TSCAN") == -1);
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

static struct {
    uint8_t bytes[1 << 16];
    struct pleth_weights weights;
} file;

static struct pleth_net_shape shape;
static char message[PLETH_MESSAGE];

/* A file of this header and `data` zeros. */
static void open_header(const char *header, size_t data)
{
    const uint64_t length = strlen(header);

    memset(file.bytes, 0, sizeof file.bytes);
    for (int i = 0; i < 8; i++)
        file.bytes[i] = (uint8_t)(length >> 8 * i);
    memcpy(file.bytes + 8, header, length);
    if (pleth_weights_open(&file.weights, file.bytes, 8 + length + data, message, sizeof message) !=
        0) {
        printf("%s: %s\n", header, message);
        exit(1);
    }
}

/* What a file of this metadata and no tensor is, as `shape`, or why not. */
static int read_metadata(const char *metadata, const char *name)
{
    char header[2000];

    snprintf(header, sizeof header, "{\"__metadata__\":{%s}}", metadata);
    open_header(header, 0);
    memset(message, 0, sizeof message);
    return pleth_net_shape_read(&shape, &file.weights, name, message, sizeof message);
}

static void metadata(void)
{
    static const char *const wrong[] = {
        "\"model\":\"alexnet\"",
        "\"side\":\"36\"",
        "\"model\":\"tscan\",\"img\":\"8\"",
        "\"model\":\"tscan\",\"img\":\"-36\"",
        "\"model\":\"tscan\",\"img\":\"36.5\"",
        "\"model\":\"tscan\",\"img\":\"\"",
        "\"model\":\"tscan\",\"img\":\"100000000000000000\"",
        "\"model\":\"tscan\",\"frame_depth\":\"0\"",
        "\"model\":\"tscan\",\"frames\":\"4000000000\"",
        "\"model\":\"tscan\",\"width\":\"100000\"",
        "\"model\":\"resnet1d\",\"blocks\":\"1000\"",
        "\"model\":\"resnet1d\",\"classes\":\"0\"",
        "\"model\":\"mlp\",\"hidden\":\"99999\"",
        "\"model\":\"physnet\",\"frames\":\"30\"",
        "\"model\":\"physnet\",\"side\":\"8\"",
        "\"model\":\"bigsmall-small\",\"output\":\"\"",
        "\"model\":\"bigsmall-small\",\"output\":\"a b\"",
    };

    CHECK(read_metadata("\"model\":\"tscan\",\"img\":\"72\",\"frame_depth\":\"20\"", NULL) == 0);
    CHECK(shape.kind == PLETH_NET_TSCAN && shape.side == 72 && shape.frames == 20 &&
          shape.width == 32);
    CHECK(read_metadata("\"model\":\"mtts\"", NULL) == 0 && shape.kind == PLETH_NET_MTTSCAN);
    CHECK(read_metadata("", "mttscan") == 0 && shape.kind == PLETH_NET_MTTSCAN);
    CHECK(read_metadata("\"model\":\"tscan\"", "deepphys") == 0 && shape.kind == PLETH_NET_TSCAN);
    CHECK(read_metadata("\"model\":\"resnet1d\",\"blocks\":\"12\",\"base\":\"16\"", NULL) == 0);
    CHECK(shape.blocks == 12 && shape.width == 16);
    CHECK(read_metadata("\"model\":\"bigsmall-small\",\"output\":\"resp\"", NULL) == 0);
    CHECK(strcmp(shape.output, "resp") == 0);
    CHECK(read_metadata("", NULL) == PLETH_EINVAL && message[0]);
    CHECK(read_metadata("", "alexnet") == PLETH_EINVAL && strstr(message, "alexnet"));
    CHECK(read_metadata("\"model\":\"tscan\",\"img\":\"8\"", NULL) == PLETH_EINVAL &&
          strstr(message, "side"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const int status = read_metadata(wrong[i], NULL);
        if (status != PLETH_EINVAL || !message[0])
            printf("taken: %s\n", wrong[i]);
        CHECK(status == PLETH_EINVAL && message[0]);
    }
    /* a short buffer for the message, or none */
    CHECK(pleth_net_shape_read(&shape, &file.weights, NULL, message, 5) == PLETH_EINVAL &&
          strlen(message) == 4);
    CHECK(pleth_net_shape_read(&shape, &file.weights, NULL, NULL, 0) == PLETH_EINVAL);
}

/* What is written as metadata reads back as the same shape. */
static void written_metadata(void)
{
    for (int kind = 0; kind < PLETH_NET_KINDS; kind++) {
        struct pleth_net_shape s;
        char text[1000] = "", key[16], value[16];
        pleth_net_shape_default(&s, kind);
        s.side = s.side == 36 ? 72 : s.side;
        s.frames = s.frames == 10 ? 24 : s.frames;
        s.width = s.width ? 16 : 0;
        s.dead_head = kind == PLETH_NET_RESNET1D;
        memcpy(s.output, "wave", 5);
        for (int i = 0; pleth_net_shape_metadata(&s, i, key, value); i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s\"%s\":\"%s\"",
                     i ? "," : "", key, value);
        if (kind == PLETH_NET_BIGSMALL)
            continue; /* told from its parts by tensors, which this file lacks */
        CHECK(read_metadata(text, NULL) == 0);
        if (kind != PLETH_NET_SMALL)
            memcpy(s.output, shape.output, sizeof s.output);
        CHECK(memcmp(&shape, &s, sizeof s) == 0);
    }
}

/* The shape that tensors of zeros in U8 tell. */
static int read_tensors_of(const char *name, const char *tensors, size_t data)
{
    open_header(tensors, data);
    return pleth_net_shape_read(&shape, &file.weights, name, message, sizeof message);
}

#define TENSOR(name, shape, from, to)                                                              \
    "\"" name "\":{\"dtype\":\"U8\",\"shape\":[" shape "],\"data_offsets\":[" from "," to "]}"

static void tensors_tell(void)
{
    CHECK(read_tensors_of("tscan",
                          "{" TENSOR("motion_conv1.weight", "8", "0", "8") "," TENSOR(
                              "final_dense_1.weight", "1,4096", "8", "4104") "}",
                          4104) == 0);
    CHECK(shape.width == 8 && shape.side == 72);
    CHECK(read_tensors_of("bigsmall",
                          "{" TENSOR("big_conv1.weight", "4", "0",
                                     "4") "," TENSOR("out_fc2.weight", "5", "4", "9") "}",
                          9) == 0);
    CHECK(shape.kind == PLETH_NET_BIG && shape.width == 4 && shape.outputs == 5);
    CHECK(read_tensors_of("bigsmall", "{" TENSOR("small_conv1.weight", "4", "0", "4") "}", 4) == 0);
    CHECK(shape.kind == PLETH_NET_SMALL);
    CHECK(read_tensors_of("bigsmall",
                          "{" TENSOR("small_conv1.weight", "4", "0", "4") "," TENSOR(
                              "big_conv1.weight", "4", "4",
                              "8") "," TENSOR("spo2_fc1.weight", "1", "8",
                                              "9") "," TENSOR("bvp_fc1.weight", "1", "9", "10") "}",
                          10) == 0);
    CHECK(shape.kind == PLETH_NET_BIGSMALL && shape.heads == (PLETH_HEAD_BVP | PLETH_HEAD_SPO2));
    CHECK(
        read_tensors_of("resnet1d",
                        "{" TENSOR("basicblock_list.0.conv1.conv.weight", "4", "0", "4") "," TENSOR(
                            "basicblock_list.1.conv1.conv.weight", "4", "4",
                            "8") "," TENSOR("dense2.weight", "1", "8",
                                            "9") "," TENSOR("dense.weight", "20", "9", "29") "}",
                        29) == 0);
    CHECK(shape.blocks == 2 && shape.dead_head == 1 && shape.classes == 20);
    CHECK(read_tensors_of("mlp",
                          "{" TENSOR("fc1.weight", "7,50", "0",
                                     "350") "," TENSOR("fc3.weight", "9,7", "350", "413") "}",
                          413) == 0);
    CHECK(shape.hidden == 7 && shape.samples == 50 && shape.classes == 9);
    /* impossible widths are refused, not built */
    CHECK(read_tensors_of("tscan", "{" TENSOR("motion_conv1.weight", "5000", "0", "5000") "}",
                          5000) == PLETH_EINVAL);
}

/* ---- The checkpoints of the field ------------------------------------------------------------ */

/* Whether the network has parameter `name` in this shape. */
static int has(const char *name, int rank, const int64_t *dims)
{
    for (int i = 0; i < g.count; i++) {
        struct pleth_parameter p;
        for (int k = 0; pleth_record_parameter(&g, i, k, &p); k++) {
            int equal = p.rank == rank && strcmp(p.name, name) == 0;
            for (int axis = 0; equal && axis < rank; axis++)
                equal = p.shape[axis] == dims[axis];
            if (equal)
                return 1;
        }
    }
    return 0;
}

/* Every tensor is a parameter, and every parameter a tensor. */
static void whole_file(const char *below)
{
    struct pleth_weights w;
    struct pleth_tensor t;
    size_t at = 0, size;
    char path[600];
    uint8_t *bytes;
    FILE *f;

    if (!test_shared(path, sizeof path, below)) {
        printf("%s: missing\n", below);
        CHECK(0);
        return;
    }
    f = fopen(path, "rb");
    fseek(f, 0, SEEK_END);
    size = (size_t)ftell(f);
    rewind(f);
    bytes = malloc(size);
    CHECK(fread(bytes, 1, size, f) == size);
    fclose(f);
    CHECK(pleth_weights_open(&w, bytes, size, message, sizeof message) == 0);
    CHECK(pleth_net_shape_read(&shape, &w, NULL, message, sizeof message) == 0);
    build(&shape);
    while (pleth_weights_next(&w, &at, &t)) {
        char name[200];
        snprintf(name, sizeof name, "%.*s", t.name_length, t.name);
        if (!has(name, t.rank, t.shape))
            printf("%s: nothing reads %s\n", below, name);
        CHECK(has(name, t.rank, t.shape));
    }
    for (int i = 0; i < g.count; i++) {
        struct pleth_parameter p;
        for (int k = 0; pleth_record_parameter(&g, i, k, &p); k++)
            CHECK(pleth_weights_find(&w, p.name, &t) == 1);
    }
    free(bytes);
}

/* The lines of the list that begin with `prefix` agree with the network; "module." is left out. */
static void listed(const char *list, const char *prefix, int kind)
{
    struct pleth_net_shape s;
    char line[400];
    int lines = 0;
    FILE *f = fopen(list, "r");

    pleth_net_shape_default(&s, kind);
    build(&s);
    while (f && fgets(line, sizeof line, f)) {
        char name[200], dims[100];
        int64_t size[8] = {0};
        int rank = 0;
        char *at = dims;
        if (strncmp(line, prefix, strlen(prefix)) != 0 || strstr(line, "num_batches_tracked") ||
            sscanf(line, "%*[^,],%199[^,],%*[^,],%99[^,]", name, dims) != 2)
            continue;
        while (rank < 8 && *at >= '0' && *at <= '9') {
            size[rank++] = strtol(at, &at, 10);
            at += *at == 'x';
        }
        at = strncmp(name, "module.", 7) == 0 ? name + 7 : name;
        if (!has(at, rank, size))
            printf("%s: nothing reads %s (%s)\n", prefix, at, dims);
        CHECK(has(at, rank, size));
        lines++;
    }
    CHECK(lines >= 12);
    if (f)
        fclose(f);
}

static void checkpoints(void)
{
    static const char *const files[] = {
        "golden/tscan36/weights.safetensors",
        "golden/tscan72/weights.safetensors",
        "golden/tscan36_published/weights.safetensors",
        "golden/mtts36/weights.safetensors",
        "golden/mtts36_published/weights.safetensors",
        "golden/deepphys36/weights.safetensors",
        "golden/effphys36/weights.safetensors",
        "golden/bigsmall/weights.safetensors",
        "golden/r1d/b01/weights.safetensors",
        "golden/r1d/b02/weights.safetensors",
        "golden/r1d/b06/weights.safetensors",
        "golden/r1d/b10/weights.safetensors",
        "golden/r1d/b12/weights.safetensors",
        "golden/r1d/teacher.safetensors",
        "golden/biomoe/weights.safetensors",
    };
    char path[600];

    if (!test_shared(path, sizeof path, files[0])) {
        printf("no recorded checkpoints: their names are not compared; set PLETH_SHARED\n");
        return;
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        whole_file(files[i]);
    if (test_shared(path, sizeof path, "weights/tensors.csv")) {
        listed(path, "physnet_pth/", PLETH_NET_PHYSNET);
        listed(path, "bigsmall_pth/BP4D_Big_AU", PLETH_NET_BIG);
        listed(path, "bigsmall_pth/BP4D_Small_Heart", PLETH_NET_SMALL);
        listed(path, "bigsmall_pth/BP4D_Small_Resp", PLETH_NET_SMALL);
    }
}

int main(void)
{
    published_sizes();
    one_dimensional();
    others();
    kinds();
    metadata();
    written_metadata();
    tensors_tell();
    checkpoints();
    return test_done();
}
