/* Model files: read in place, as checkpoints, and as networks that are prepared and run. */
#include "container.h"
#include "pleth/pleth.h"

/* A network whose memory is small enough for a fuzzer. */
static void run(const uint8_t *data, size_t size, int exact)
{
    enum { BYTES = 1 << 22 };
    pleth_net_options options;
    pleth_net_info info;
    const pleth_net *net;
    pleth_net_state *state;
    char message[PLETH_MESSAGE] = "";
    const float *input[2] = {NULL};
    float *output[4] = {NULL};
    void *memory, *work;
    size_t bytes;

    pleth_net_options_default(&options);
    options.exact = exact;
    options.batch = 1;
    options.frames = 4;
    bytes = pleth_net_size(data, size, &options, message);
    MUST(bytes || message[0]);
    if (bytes == 0 || bytes > BYTES)
        return;
    memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    MUST(memory);
    if (pleth_net_prepare(&net, memory, bytes, data, size, &options, message)) {
        MUST(!net && message[0]);
        free(memory);
        return;
    }
    pleth_net_describe(net, &info);
    bytes = pleth_net_state_size(net);
    if (bytes <= BYTES) {
        work = aligned_alloc(64, (bytes + 63) / 64 * 64);
        MUST(work && pleth_net_open(&state, work, bytes, net) == PLETH_OK);
        for (int i = 0; i < info.inputs; i++)
            MUST((input[i] = calloc(5 * (size_t)info.input[i].count, sizeof(float))) != NULL);
        for (int i = 0; i < info.outputs; i++)
            MUST((output[i] = calloc(4 * (size_t)info.output[i].count, sizeof(float))) != NULL);
        MUST(pleth_net_run(state, 4, input, output) == PLETH_OK);
        for (int i = 0; i < info.inputs; i++)
            free((void *)(uintptr_t)input[i]);
        for (int i = 0; i < info.outputs; i++)
            free(output[i]);
        free(work);
    }
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pleth_weights w;
    struct pleth_tensor t;
    char message[200] = "", value[64];
    size_t at = 0, bytes = 0;
    int n = 0;

    if (pleth_weights_open(&w, data, size, message, sizeof message)) {
        MUST(message[0] && !strchr(message, '\n'));
        run(data, size, 0);
        return 0;
    }
    while (pleth_weights_next(&w, &at, &t)) {
        MUST((const uint8_t *)t.data >= w.data && t.size <= w.data_size);
        bytes += t.size;
        n++;
    }
    MUST(n == w.tensors && bytes == w.data_size);
    pleth_weights_metadata(&w, "model", value, sizeof value);
    run(data, size, 0);
    run(data, size, 1);
    fuzz_checkpoint(fuzz_file("in", data, size));
    return 0;
}
