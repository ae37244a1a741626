/* Networks in int8 against the same in float: the correlation of the outputs, calibrated on other
 * frames than those compared where there are enough; frame by frame the same bits as whole. */
#include "memory.h"
#include "npy.h"
#include "pleth/pleth.h"
#include "quantize.h"
#include "test.h"

struct network {
    void *memory, *work;
    pleth_net_state *state;
    pleth_net_info info;
    size_t model;
};

static void *aligned(size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}

static struct network open_network(const void *model, size_t size, const pleth_net_options *options)
{
    struct network n = {0};
    const pleth_net *net;
    char message[PLETH_MESSAGE] = "";
    size_t need = pleth_net_size(model, size, options, message);

    n.model = size;
    n.memory = aligned(need);
    CHECK(need > 0 && pleth_net_prepare(&net, n.memory, need, model, size, options, message) == 0);
    if (need == 0 || !net) {
        printf("refused: %s\n", message);
        exit(1);
    }
    n.work = aligned(pleth_net_state_size(net));
    CHECK(pleth_net_open(&n.state, n.work, pleth_net_state_size(net), net) == 0);
    pleth_net_describe(net, &n.info);
    return n;
}

static void close_network(struct network *n)
{
    free(n->memory);
    free(n->work);
}

static float *floats(const char *below, int *count)
{
    char path[600];
    struct npy array;
    float *out;

    if (!test_shared(path, sizeof path, below)) {
        printf("%s: missing\n", below);
        exit(1);
    }
    array = npy_read(path);
    out = malloc(sizeof *out * (size_t)array.count);
    for (int i = 0; i < array.count; i++)
        out[i] = (float)array.data[i];
    free(array.data);
    *count = array.count;
    return out;
}

static double correlation(const float *a, const float *b, int n)
{
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;

    for (int i = 0; i < n; i++) {
        ma += (double)a[i] / n;
        mb += (double)b[i] / n;
    }
    for (int i = 0; i < n; i++) {
        const double x = (double)a[i] - ma, y = (double)b[i] - mb;
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return ab / sqrt(aa * bb);
}

struct example {
    const char *model, *net;
    int frames; /* of a segment, 0: as the file says */
    const char *input[2];
    /* frames (windows) to calibrate on; the rest is compared, or all where there is no rest */
    int calibrate;
    double least[4]; /* correlation of each output */
};

static void compare(const struct example *e)
{
    char path[600];
    struct plethio_error error = {""};
    pleth_net_options options;
    size_t size, size8;
    char *model;
    void *model8;
    const float *input[2] = {NULL}, *rest[2];
    float *exact[4] = {NULL}, *coarse[4] = {NULL}, *pushed[4] = {NULL};
    struct network wide, narrow;
    int frames = 0, from;

    CHECK(test_shared(path, sizeof path, e->model));
    model = plethio_read_whole(path, &size, &error);
    pleth_net_options_default(&options);
    options.name = e->net;
    options.frames = e->frames;
    wide = open_network(model, size, &options);
    for (int i = 0; i < wide.info.inputs; i++) {
        int count;
        input[i] = floats(e->input[i], &count);
        frames = count / wide.info.input[i].count - wide.info.difference;
    }
    model8 = plethio_quantize(model, size, &options, e->calibrate, input, &size8, &error);
    CHECK(model8 != NULL);
    if (!model8) {
        printf("%s: %s\n", e->model, error.text);
        return;
    }
    options.name = NULL;
    narrow = open_network(model8, size8, &options);
    CHECK(narrow.info.int8 && !wide.info.int8);
    from = frames > e->calibrate ? e->calibrate : 0;
    for (int i = 0; i < 2; i++)
        rest[i] = input[i] ? input[i] + (ptrdiff_t)from * wide.info.input[i].count : NULL;
    for (int i = 0; i < wide.info.outputs; i++) {
        const size_t n = (size_t)((frames - from + 1) * wide.info.output[i].count);
        exact[i] = calloc(n, sizeof(float));
        coarse[i] = calloc(n, sizeof(float));
        pushed[i] = calloc(n, sizeof(float));
    }
    CHECK(pleth_net_run(wide.state, frames - from, rest, exact) == 0);
    CHECK(pleth_net_run(narrow.state, frames - from, rest, coarse) == 0);
    for (int i = 0; i < wide.info.outputs; i++) {
        const double r =
            correlation(exact[i], coarse[i], (frames - from) * wide.info.output[i].count);
        CHECK(r >= e->least[i]);
        printf("%-46s %-8s r = %.5f; file %.1f %% of float\n", e->model, wide.info.output[i].name,
               r, 100 * (double)size8 / (double)size);
    }
    for (int f = 0, answers = 0; f <= frames - from + wide.info.difference; f++) {
        const float *in[2];
        for (int i = 0; i < 2; i++)
            in[i] = rest[i] ? rest[i] + (ptrdiff_t)f * wide.info.input[i].count : NULL;
        CHECK((f < frames - from + wide.info.difference ? pleth_net_push(narrow.state, in)
                                                        : pleth_net_flush(narrow.state)) == 0);
        for (;; answers++) {
            float *to[4];
            for (int i = 0; i < 4; i++)
                to[i] =
                    pushed[i] ? pushed[i] + (ptrdiff_t)answers * wide.info.output[i].count : NULL;
            if (answers > frames - from || pleth_net_pull(narrow.state, to) != PLETH_OK)
                break;
        }
    }
    for (int i = 0; i < wide.info.outputs; i++)
        CHECK(memcmp(pushed[i], coarse[i],
                     sizeof(float) * (size_t)((frames - from) * wide.info.output[i].count)) == 0);
    for (int i = 0; i < 4; i++) {
        free(exact[i]);
        free(coarse[i]);
        free(pushed[i]);
    }
    for (int i = 0; i < 2; i++)
        free((void *)(uintptr_t)input[i]);
    free(model);
    free(model8);
    close_network(&wide);
    close_network(&narrow);
}

int main(void)
{
    static const struct example examples[] = {
        {"golden/tscan36_published/weights.safetensors",
         "tscan",
         10,
         {"golden/tscan36_published/x.npy"},
         100,
         {0.999}},
        {"golden/mtts36_published/weights.safetensors",
         "mttscan",
         10,
         {"golden/tscan36_published/x.npy"},
         100,
         {0.999, 0.99}},
        {"golden/effphys36/weights.safetensors", NULL, 0, {"golden/effphys36/x.npy"}, 20, {0.9}},
        {"golden/bigsmall/weights.safetensors",
         NULL,
         0,
         {"golden/bigsmall/big.npy", "golden/bigsmall/small.npy"},
         6,
         {0.99, 0.9, 0.9}},
        {"golden/r1d/b01/weights.safetensors", NULL, 0, {"golden/r1d/x.npy"}, 4, {0.99, 0.99}},
        {"golden/r1d/b12/weights.safetensors", NULL, 0, {"golden/r1d/x.npy"}, 4, {0.9, 0.9}},
    };
    char path[600];

    if (!test_shared(path, sizeof path, examples[0].model))
        test_skip("no golden vectors; set PLETH_SHARED");
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        compare(&examples[i]);
    return test_done();
}
