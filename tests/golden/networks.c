/* Every network against the recorded outputs: with all optimisations and without, on every
 * instruction set that is here, whole and frame by frame. */
#include "npy.h"
#include "pleth/pleth.h"
#include "test.h"

struct file {
    char *data;
    size_t size;
};

static struct file read_file(const char *path)
{
    struct file file = {NULL, 0};
    FILE *f = fopen(path, "rb");

    if (f && fseek(f, 0, SEEK_END) == 0) {
        file.size = (size_t)ftell(f);
        rewind(f);
        file.data = malloc(file.size);
        if (file.data && fread(file.data, 1, file.size, f) != file.size)
            file.size = 0;
    }
    if (f)
        fclose(f);
    return file;
}

static float *floats(const char *folder, const char *name, int *count)
{
    char below[200], path[600];
    struct npy array;
    float *out;

    snprintf(below, sizeof below, "golden/%s/%s.npy", folder, name);
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

struct example {
    /* where inputs and outputs lie, where weights do, and the network's name if they do not say */
    const char *folder, *weights, *net;
    int frames; /* of a segment, 0: as the metadata says */
    /* files in the order of the network's ports; NULL: not recorded */
    const char *input[2], *output[4];
    double exact, fast; /* tolerances, of the output's range */
};

static void *aligned(size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}

/* The largest difference over the range of the truth. */
static double difference(const float *a, const float *truth, int n)
{
    double most = 0, low = 1e30, high = -1e30;

    for (int i = 0; i < n; i++) {
        const double v = (double)truth[i];
        most = fmax(most, fabs((double)a[i] - v));
        low = fmin(low, v);
        high = fmax(high, v);
        if (!isfinite(a[i]))
            return HUGE_VAL;
    }
    return most / (n > 1 ? high - low : fabs(high));
}

static void run_example(const struct example *e, int exact, uint32_t mask)
{
    char path[600], message[PLETH_MESSAGE];
    struct file model;
    pleth_net_options options;
    pleth_net_info info;
    const pleth_net *net;
    pleth_net_state *state;
    const float *input[2] = {NULL};
    float *output[4] = {NULL}, *pushed[4] = {NULL}, *truth[4] = {NULL};
    void *memory, *work;
    size_t size;
    int frames = 0, answers = 0;

    if (!test_shared(path, sizeof path, e->weights)) {
        printf("%s: missing\n", e->weights);
        exit(1);
    }
    model = read_file(path);
    pleth_net_options_default(&options);
    options.exact = exact;
    options.cpu_mask = mask;
    options.name = e->net;
    options.frames = e->frames;
    size = pleth_net_size(model.data, model.size, &options, message);
    CHECK(size > 0);
    if (size == 0) {
        printf("%s: %s\n", e->folder, message);
        return;
    }
    memory = aligned(size);
    CHECK(pleth_net_prepare(&net, memory, size, model.data, model.size, &options, message) == 0);
    if (!net) {
        printf("%s: %s\n", e->folder, message);
        return;
    }
    free(model.data);
    pleth_net_describe(net, &info);
    work = aligned(pleth_net_state_size(net));
    CHECK(pleth_net_open(&state, work, pleth_net_state_size(net), net) == 0);
    for (int i = 0; i < info.inputs; i++) {
        int count;
        input[i] = floats(e->folder, e->input[i], &count);
        frames = count / info.input[i].count - info.difference;
    }
    for (int i = 0; i < info.outputs; i++) {
        output[i] = calloc((size_t)(frames * info.output[i].count), sizeof(float));
        pushed[i] = calloc((size_t)((frames + 1) * info.output[i].count), sizeof(float));
    }
    CHECK(pleth_net_run(state, frames, input, output) == 0);
    for (int i = 0; i < info.outputs; i++)
        if (e->output[i]) {
            int count;
            double d;
            truth[i] = floats(e->folder, e->output[i], &count);
            CHECK(count == frames * info.output[i].count);
            d = difference(output[i], truth[i], count);
            CHECK_NEAR(d, 0, exact ? e->exact : e->fast);
            printf("%-20s %-8s %s mask %x: %.2g of the range; %zu kB prepared, %zu kB state\n",
                   e->folder, info.output[i].name, exact ? "exact" : "fast ", (unsigned)mask, d,
                   size / 1024, pleth_net_state_size(net) / 1024);
        }
    /* frame by frame: the same bits, and no answer later than the delay says */
    for (int f = 0; f <= frames + info.difference; f++) {
        const float *in[2];
        float *to[4];
        for (int i = 0; i < info.inputs; i++)
            in[i] = input[i] + (ptrdiff_t)f * info.input[i].count;
        CHECK((f < frames + info.difference ? pleth_net_push(state, in) : pleth_net_flush(state)) ==
              0);
        for (;;) {
            for (int i = 0; i < 4; i++)
                to[i] = pushed[i] ? pushed[i] + (ptrdiff_t)answers * info.output[i].count : NULL;
            if (answers > frames || pleth_net_pull(state, to) != PLETH_OK)
                break;
            answers++;
        }
        CHECK(answers >= f + 1 - info.delay - info.difference || f >= frames);
    }
    CHECK(answers == frames + info.difference);
    for (int i = 0; i < info.outputs; i++)
        CHECK(memcmp(pushed[i], output[i],
                     sizeof(float) * (size_t)(frames * info.output[i].count)) == 0);
    for (int i = 0; i < 4; i++) {
        free(output[i]);
        free(pushed[i]);
        free(truth[i]);
    }
    for (int i = 0; i < 2; i++)
        free((void *)(uintptr_t)input[i]);
    free(memory);
    free(work);
}

int main(void)
{
    static const struct example examples[] = {
        {"deepphys36", "golden/deepphys36/weights.safetensors", NULL, 0, {"x"}, {"y"}, 1e-5, 1e-4},
        {"tscan36", "golden/tscan36/weights.safetensors", NULL, 0, {"x"}, {"y"}, 1e-5, 1e-4},
        {"tscan72", "golden/tscan72/weights.safetensors", NULL, 0, {"x"}, {"y"}, 1e-5, 1e-4},
        {"mtts36",
         "golden/mtts36/weights.safetensors",
         NULL,
         0,
         {"x"},
         {"pulse", "resp"},
         1e-5,
         1e-4},
        {"effphys36", "golden/effphys36/weights.safetensors", NULL, 0, {"x"}, {"y"}, 1e-5, 1e-4},
        {"bigsmall",
         "golden/bigsmall/weights.safetensors",
         NULL,
         0,
         {"big", "small"},
         {"au", "bvp", "resp"},
         1e-5,
         1e-4},
        {"r1d/b01",
         "golden/r1d/b01/weights.safetensors",
         NULL,
         0,
         {"../x"},
         {"eval_logits", "eval_z"},
         1e-5,
         1e-4},
        {"r1d/b02",
         "golden/r1d/b02/weights.safetensors",
         NULL,
         0,
         {"../x"},
         {"eval_logits", "eval_z"},
         1e-5,
         1e-4},
        {"r1d/b06",
         "golden/r1d/b06/weights.safetensors",
         NULL,
         0,
         {"../x"},
         {"eval_logits", "eval_z"},
         1e-5,
         1e-4},
        {"r1d/b10",
         "golden/r1d/b10/weights.safetensors",
         NULL,
         0,
         {"../x"},
         {"eval_logits", "eval_z"},
         1e-5,
         1e-4},
        {"r1d/b12",
         "golden/r1d/b12/weights.safetensors",
         NULL,
         0,
         {"../x"},
         {"eval_logits", "eval_z"},
         1e-5,
         1e-4},
        {"biomoe",
         "golden/biomoe/weights.safetensors",
         NULL,
         0,
         {"x"},
         {"y", "z1", "z2", "gate1"},
         1e-4,
         1e-4},
        {"tscan36_published",
         "golden/tscan36_published/weights.safetensors",
         "tscan",
         10,
         {"x"},
         {"y"},
         1e-5,
         1e-4},
    };
    char path[600];
    pleth_net_options none;

    pleth_net_options_default(&none);
    if (!test_shared(path, sizeof path, examples[0].weights))
        test_skip("no golden vectors; set PLETH_SHARED");
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        run_example(&examples[i], 1, PLETH_CPU_ALL);
        run_example(&examples[i], 0, PLETH_CPU_ALL);
        run_example(&examples[i], 0, PLETH_CPU_AVX2);
        run_example(&examples[i], 1, 0);
    }
    return test_done();
}
