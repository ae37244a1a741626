/* What a step of a plan does with a chunk of samples. */
#ifndef PLETHTRAIN_WORK_H
#define PLETHTRAIN_WORK_H

#include "net.h"

/* Of the norms of a network, one entry a channel. */
struct plethtrain_norms {
    float *mean, *inverse, *scale, *shift; /* y = x * scale + shift */
    float *a, *b, *e;                      /* of kern's norm_input */
};

/* A shard's part of a batch, and its thread's memory. */
struct plethtrain_shard {
    struct plethtrain_net *net;
    int number, begin, end; /* samples [begin, end) */
    int first, count;       /* the chunk at hand */
    struct plethtrain_tools tools;
    float *chunk;     /* values and gradients that are not kept */
    float *gradients; /* of parameters, by this shard's samples */
    /* of norms: the first two moments about a value, or the two sums of backward */
    double *sum, *product;
    float *about, *part;
};

struct plethtrain_run {
    int job, mode, samples;
    uint64_t step;
    const float *input[PLETHTRAIN_PORTS];
    float *batch;    /* values and gradients that are kept */
    uint64_t *masks; /* bits of what is not dropped */
    float *packed;   /* weights for backward */
    struct plethtrain_norms norms;
    struct plethtrain_shard *shard;
    struct plethtrain_team *team;
    size_t bytes;
};

void plethtrain_work_forward(struct plethtrain_shard *s, int step, int again);
void plethtrain_work_moments(struct plethtrain_shard *s, int step);
void plethtrain_work_backward(struct plethtrain_shard *s, int step);
void plethtrain_work_norm_input(struct plethtrain_shard *s, int step);

#endif
