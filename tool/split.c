#include "split.h"

#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "stream.h"

static void *aligned(size_t size)
{
    return aligned_alloc(PLETH_ALIGN, (size + PLETH_ALIGN - 1) / PLETH_ALIGN * PLETH_ALIGN);
}

/* A prepared network is one block without pointers: a copy may lose its steps. */
static pleth_net *without_steps(const pleth_net *net)
{
    pleth_net *copy = aligned(net->size);

    if (copy) {
        memcpy(copy, net, net->size);
        copy->steps = copy->tail = 0;
    }
    return copy;
}

int split_open(struct split *s, const pleth_config *config, enum split_run run)
{
    pleth_config own = *config;
    const size_t size = pleth_size(config);

    memset(s, 0, sizeof *s);
    s->run = run;
    if (run == SPLIT_NO_STEPS) {
        own.net = s->net = without_steps(config->net);
        if (!s->net)
            return -1;
    }
    s->memory = size ? aligned(size) : NULL;
    return s->memory && pleth_init(&s->stream, s->memory, size, &own) == PLETH_OK ? 0 : -1;
}

int split_push(struct split *s, const pleth_frame *frame)
{
    pleth_stream *stream = s->stream;
    const int64_t look_ns = stream->look_ns, due_ns = stream->due_ns, end = stream->camera.rate.end;
    pleth_reading reading;
    pleth_wave wave[64];
    int status;

    if (s->run != SPLIT_WHOLE)
        stream->look_ns = stream->due_ns = INT64_MAX;
    status = pleth_push_frame(stream, frame);
    s->read = 0;
    while (pleth_pull(stream, &reading) == PLETH_OK)
        s->read = 1;
    while (pleth_pull_wave(stream, wave, 64) > 0)
        continue;
    s->looked = stream->look_ns != look_ns || stream->due_ns != due_ns;
    s->waved = !stream->config.net && stream->camera.rate.n > 0 && stream->camera.rate.end != end;
    return status;
}

void split_wave(struct split *s)
{
    pleth_stream *stream = s->stream;

    /* into the stream's own scratch, which every look fills anew */
    pleth_pulse_of_trace(stream->camera.rate.method, &stream->camera.colours, stream->camera.rate.n,
                         stream->camera.rate.band.lo_hz, stream->camera.rate.band.hi_hz,
                         stream->camera.pulse, stream->camera.work);
}

void split_close(struct split *s)
{
    free(s->memory);
    free(s->net);
    memset(s, 0, sizeof *s);
}
