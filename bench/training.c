/* Speed and memory of training steps on random windows of the 1-D networks:
 *
 *     training [--threads N] [--batch N] [--seconds S] [--keep-all] [--tune N] NETWORK...
 *
 * NETWORK is resnet1d:BLOCKS, mlp:HIDDEN or tcn:WIDTH; with --tune only its last N blocks and what
 * follows them learn. A step is forward, cross entropy, backward
 * and Adam. Prints the median of the steps' times (of the clock, of the processor, of the thread
 * that has most to do, to which other work on the machine adds nothing), windows a second, and
 * memory; bench/training.sh compares them with PyTorch. */
#define _DEFAULT_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "loss.h"
#include "net.h"
#include "nets/nets.h"
#include "optimiser.h"
#include "pleth/pleth.h"
#include "random.h"
#include "start.h"

static double now_s(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* NAME:NUMBER to a shape; 0 where it is none. */
static int parse_network(const char *text, struct pleth_net_shape *shape)
{
    const char *colon = strchr(text, ':');
    char name[32];
    int kind, number;

    if (!colon || colon - text >= (int)sizeof name)
        return 0;
    memcpy(name, text, (size_t)(colon - text));
    name[colon - text] = '\0';
    kind = pleth_net_find(name);
    number = atoi(colon + 1);
    if (kind < 0 || number < 1)
        return 0;
    pleth_net_shape_default(shape, kind);
    if (kind == PLETH_NET_RESNET1D)
        shape->blocks = number;
    else if (kind == PLETH_NET_MLP)
        shape->hidden = number;
    else
        shape->width = number;
    return 1;
}

static int bench(const char *name, const struct pleth_net_shape *shape,
                 struct plethtrain_options *options, int tune, double seconds)
{
    enum { MOST = 4000 };
    static struct pleth_record records[PLETH_RECORDS];
    static double times[MOST], cpu[MOST], own[MOST];
    const int n = options->batch;
    struct pleth_graph g;
    struct plethtrain_net *net;
    struct plethtrain_optimiser o;
    struct plethtrain_tuned tuned;
    struct plethio_error e;
    struct rusage usage;
    float *x = malloc(sizeof *x * (size_t)(n * shape->samples));
    int *label = malloc(sizeof *label * (size_t)n), steps = 0;
    double start, loss = 0;

    pleth_graph_init(&g, records, PLETH_RECORDS, shape->frames);
    pleth_net_build(shape, &g);
    options->fixed = tune >= 0;
    options->tuned = tune >= 0 ? tuned.prefix : NULL;
    if (!x || !label || (tune >= 0 && plethtrain_tune_last(&tuned, shape, tune, &e)) ||
        plethtrain_open(&net, &g, options, &e) ||
        plethtrain_optimiser_open(&o, PLETHTRAIN_ADAM, net->trained, PLETH_CPU_ALL, &e)) {
        fprintf(stderr, "training: %s: %s\n", name, x && label ? e.text : "no memory");
        return 1;
    }
    plethtrain_initialise(net, 1);
    for (int i = 0; i < n * shape->samples; i++)
        x[i] = (float)(2 * plethtrain_uniform(2, (uint64_t)i) - 1);
    for (int i = 0; i < n; i++)
        label[i] = (int)(plethtrain_random(3, (uint64_t)i) % (unsigned)shape->classes);
    start = now_s(CLOCK_MONOTONIC);
    while (steps < MOST && (now_s(CLOCK_MONOTONIC) - start < seconds || steps < 8)) {
        const double t = now_s(CLOCK_MONOTONIC), c = now_s(CLOCK_PROCESS_CPUTIME_ID);
        const double mine = now_s(CLOCK_THREAD_CPUTIME_ID);
        plethtrain_forward(net, PLETHTRAIN_TRAIN, n, (const float *const[]){x}, (uint64_t)steps);
        loss = plethtrain_cross_entropy(n, shape->classes, net->output[0], label, 1,
                                        net->output_gradient[0]);
        plethtrain_backward(net);
        plethtrain_optimise(&o, 5e-4, net->parameters, net->gradients);
        cpu[steps] = now_s(CLOCK_PROCESS_CPUTIME_ID) - c;
        own[steps] = now_s(CLOCK_THREAD_CPUTIME_ID) - mine;
        times[steps++] = now_s(CLOCK_MONOTONIC) - t;
    }
    /* the first ones touch memory for the first time */
    qsort(times + 3, (size_t)(steps - 3), sizeof *times, by_size);
    qsort(cpu + 3, (size_t)(steps - 3), sizeof *cpu, by_size);
    qsort(own + 3, (size_t)(steps - 3), sizeof *own, by_size);
    getrusage(RUSAGE_SELF, &usage);
    printf("%s parameters %td dropout %s threads %d batch %d wall_ms %.3f cpu_ms %.3f "
           "thread_ms %.3f windows_per_s %.0f network_mb %.1f process_mb %.1f loss %.3f\n",
           name, net->trained, options->keep_all ? "off" : "on", options->threads, n,
           1e3 * times[3 + (steps - 3) / 2], 1e3 * cpu[3 + (steps - 3) / 2],
           1e3 * own[3 + (steps - 3) / 2], n / times[3 + (steps - 3) / 2],
           1e-6 * (double)plethtrain_memory(net), 1e-3 * (double)usage.ru_maxrss, loss);
    fflush(stdout);
    plethtrain_optimiser_close(&o);
    plethtrain_close(net);
    free(x);
    free(label);
    return 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: training [--threads N] [--batch N] [--seconds S] [--keep-all] "
                    "[--tune N] NETWORK:SIZE...\n"
                    "  networks: resnet1d:BLOCKS mlp:HIDDEN tcn:WIDTH\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct plethtrain_options options = {.batch = 128, .threads = 1, .cpu_mask = PLETH_CPU_ALL};
    const char *mask = getenv("PLETH_CPU");
    double seconds = 3;
    int count = 0, tune = -1;

    if (mask)
        options.cpu_mask = (uint32_t)strtoul(mask, NULL, 0);
    for (int i = 1; i < argc; i++) {
        struct pleth_net_shape shape;
        if (!strcmp(argv[i], "--threads") && i + 1 < argc)
            options.threads = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--batch") && i + 1 < argc)
            options.batch = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
            seconds = atof(argv[++i]);
        else if (!strcmp(argv[i], "--tune") && i + 1 < argc)
            tune = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--keep-all"))
            options.keep_all = 1;
        else if (!parse_network(argv[i], &shape))
            return usage();
        else if (count++, bench(argv[i], &shape, &options, tune, seconds))
            return 1;
    }
    return count ? 0 : usage();
}
