/* Peak memory of a program that is linked to libpleth alone and runs a model once:
 *
 *     run MODEL FRAMES [NET]
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <pleth/pleth.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void *aligned(size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}

int main(int argc, char **argv)
{
    int file = argc > 2 ? open(argv[1], O_RDONLY) : -1, frames = argc > 2 ? atoi(argv[2]) : 0;
    char message[PLETH_MESSAGE] = "";
    pleth_net_options options;
    pleth_net_info info;
    const pleth_net *net;
    pleth_net_state *state;
    const float *input[2] = {NULL};
    float *output[4] = {NULL};
    struct rusage usage;
    struct stat about;
    void *model;
    size_t size;

    if (file < 0 || fstat(file, &about) || frames < 1) {
        fprintf(stderr, "usage: run MODEL FRAMES [NET]\n");
        return 1;
    }
    model = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    pleth_net_options_default(&options);
    options.name = argc > 3 ? argv[3] : NULL;
    size =
        model == MAP_FAILED ? 0 : pleth_net_size(model, (size_t)about.st_size, &options, message);
    if (size == 0 || pleth_net_prepare(&net, aligned(size), size, model, (size_t)about.st_size,
                                       &options, message)) {
        fprintf(stderr, "%s: %s\n", argv[1], message);
        return 1;
    }
    munmap(model, (size_t)about.st_size); /* not needed any more */
    size = pleth_net_state_size(net);
    if (pleth_net_open(&state, aligned(size), size, net))
        return 1;
    pleth_net_describe(net, &info);
    for (int i = 0; i < info.inputs; i++)
        input[i] = calloc((size_t)(frames + 1) * (size_t)info.input[i].count, sizeof(float));
    for (int i = 0; i < info.outputs; i++)
        output[i] = calloc((size_t)frames * (size_t)info.output[i].count, sizeof(float));
    if (pleth_net_run(state, frames, input, output) || getrusage(RUSAGE_SELF, &usage))
        return 1;
    printf("%-14s x%-3d %s %7.1f MB\n", info.name, frames, info.int8 ? "int8 " : "float",
           (double)usage.ru_maxrss / 1024);
    return 0;
}
