/* Networks as the caller sees them: prepared once, then run over whole arrays or frame by frame. */
#include <string.h>

#include "net.h"
#include "work.h"

void pleth_net_describe(const pleth_net *net, pleth_net_info *info)
{
    *info = net->info;
}

/* ---- States
 * ---------------------------------------------------------------------------------------- */

static size_t round_up(size_t n)
{
    return (n + PLETH_ALIGN - 1) / PLETH_ALIGN * PLETH_ALIGN;
}

static const struct pleth_place *places(const pleth_net *net)
{
    return (const struct pleth_place *)(const void *)((const char *)net + net->places_at);
}

/* A difference holds the newest raw frame. */
static size_t held_size(const pleth_net *net)
{
    return net->info.difference ? round_up(2 * sizeof(float) * (size_t)net->info.input[0].count)
                                : 0;
}

size_t pleth_net_state_size(const pleth_net *net)
{
    return round_up(sizeof(struct pleth_net_state)) + net->memory + held_size(net);
}

/* A state without kernels: PLETH_EINVAL, PLETH_EMEMORY, or PLETH_OK and *state. */
static int open_state(pleth_net_state **state, void *memory, size_t size, const pleth_net *net)
{
    pleth_net_state *s = memory;

    if (!state)
        return PLETH_EINVAL;
    *state = NULL;
    if (!net || net->magic != PLETH_NET_MAGIC)
        return PLETH_EINVAL;
    if (!memory || (uintptr_t)memory % PLETH_ALIGN || size < pleth_net_state_size(net))
        return PLETH_EMEMORY;
    memset(memory, 0, pleth_net_state_size(net));
    s->net = net;
    s->memory = (char *)memory + round_up(sizeof *s);
    s->held = (float *)(void *)(s->memory + net->memory);
    for (int i = 0; i < net->places; i++)
        if (!places(net)[i].clear)
            pleth_place_clear(s, i); /* borders that stay */
    pleth_net_reset(s);
    *state = s;
    return PLETH_OK;
}

int pleth_net_open(pleth_net_state **state, void *memory, size_t size, const pleth_net *net)
{
    const int status = open_state(state, memory, size, net);

    if (status == PLETH_OK) {
        pleth_kernels_init(&(*state)->kern, net->cpu_mask);
        (*state)->work_float = pleth_work_float;
    }
    return status;
}

int pleth_net_open_int8(pleth_net_state **state, void *memory, size_t size, const pleth_net *net)
{
    const int status =
        net && net->info.int8 != 1 ? PLETH_EINVAL : open_state(state, memory, size, net);

    if (status == PLETH_OK)
        pleth_kernels_init_int8(&(*state)->kern, net->cpu_mask);
    else if (state)
        *state = NULL;
    return status;
}

void pleth_net_reset(pleth_net_state *s)
{
    s->turn = 0;
    s->last = -1;
    s->frame0 = s->row0 = s->pushed = s->input_first = 0;
    s->rows = s->pulled = s->ended = 0;
}

/* ---- Turns
 * ------------------------------------------------------------------------------------------- */

static const struct pleth_step *steps(const pleth_net *net)
{
    return (const struct pleth_step *)(const void *)((const char *)net + net->steps_at);
}

/* All steps outside the tail, each on the frame that is its own at this turn. */
static void turn(pleth_net_state *s)
{
    const pleth_net *net = s->net;
    const struct pleth_step *step = steps(net);
    const int row = s->turn - net->lag;

    for (int i = 0; i < net->tail; i++) {
        const int frame = s->turn - step[i].lag;
        if (frame >= 0 && (s->last < 0 || frame < s->last) && !(step[i].per_segment && frame > 0))
            pleth_step_frame(s, &step[i], frame);
    }
    s->turn++;
    if (row < 0 || (s->last >= 0 && row >= s->last))
        return;
    if (s->rows == 0)
        s->row0 = s->frame0 + row;
    s->rows++;
}

static void run_tail(pleth_net_state *s)
{
    const pleth_net *net = s->net;
    const struct pleth_step *step = steps(net);

    for (int i = net->tail; s->rows > 0 && i < net->steps; i++)
        pleth_step_rows(s, &step[i]);
}

static void give_all(const pleth_net_state *s, float *const *output)
{
    const pleth_net_info *info = &s->net->info;

    for (int port = 0; port < info->outputs; port++)
        for (int row = 0; output[port] && row < s->rows; row++)
            pleth_place_row(s, s->net->output[port], row,
                            output[port] + (s->row0 + row) * info->output[port].count);
}

int pleth_net_run(pleth_net_state *s, int frames, const float *const *input, float *const *output)
{
    const pleth_net *net = s->net;

    if (frames < 1 || !input || !output)
        return PLETH_EINVAL;
    for (int i = 0; i < net->info.inputs; i++)
        if (!input[i])
            return PLETH_EINVAL;
    pleth_net_reset(s);
    s->input = input;
    while (s->frame0 < frames) {
        const int64_t left = frames - s->frame0;
        const int n = left < net->info.frames ? (int)left : net->info.frames;

        s->last = n;
        for (s->turn = 0; s->turn < n + net->lag;) {
            turn(s);
            if (s->rows == net->batch) {
                run_tail(s);
                give_all(s, output);
                s->rows = 0;
            }
        }
        s->frame0 += n;
    }
    run_tail(s);
    give_all(s, output);
    pleth_net_reset(s);
    return PLETH_OK;
}

/* ---- Frame by frame
 * ------------------------------------------------------------------------------------ */

/* The turns of one frame whose inputs lie in s->input, from input_first on; `last`: of the segment.
 */
static void push(pleth_net_state *s, int last)
{
    const pleth_net *net = s->net;

    if (last || s->turn + 1 == net->info.frames)
        s->last = s->turn + 1;
    turn(s);
    while (s->last >= 0 && s->turn < s->last + net->lag)
        turn(s);
    run_tail(s);
}

/* Before a new frame: what was not pulled is dropped, and a finished segment gives way. */
static void begin(pleth_net_state *s)
{
    if (s->ended)
        pleth_net_reset(s);
    s->rows = s->pulled = 0;
    if (s->last >= 0) {
        s->frame0 += s->last;
        s->last = -1;
        s->turn = 0;
    }
}

int pleth_net_push(pleth_net_state *s, const float *const *input)
{
    const pleth_net *net = s->net;
    const size_t count = (size_t)net->info.input[0].count;
    const float *held[1];

    for (int i = 0; i < net->info.inputs; i++)
        if (!input || !input[i])
            return PLETH_EINVAL;
    begin(s);
    if (!net->info.difference) {
        s->input = input;
        s->input_first = s->pushed++;
        push(s, 0);
        return PLETH_OK;
    }
    /* held: the frame before, then this one */
    memcpy(s->held, s->held + count, count * sizeof(float));
    memcpy(s->held + count, input[0], count * sizeof(float));
    if (s->pushed++ == 0)
        return PLETH_OK;
    held[0] = s->held;
    s->input = held;
    s->input_first = s->pushed - 2;
    push(s, 0);
    s->input = NULL;
    return PLETH_OK;
}

int pleth_net_flush(pleth_net_state *s)
{
    const pleth_net *net = s->net;
    const size_t count = (size_t)net->info.input[0].count;
    const float *held[1];

    begin(s);
    if (net->info.difference && s->pushed > 0) {
        /* the last frame of all has itself as next */
        memcpy(s->held, s->held + count, count * sizeof(float));
        held[0] = s->held;
        s->input = held;
        s->input_first = s->pushed - 1;
        push(s, 1);
        s->input = NULL;
    } else if (s->turn > 0) {
        s->last = s->turn;
        while (s->turn < s->last + net->lag)
            turn(s);
        run_tail(s);
    }
    s->ended = 1;
    return PLETH_OK;
}

int pleth_net_pull(pleth_net_state *s, float *const *output)
{
    if (!output)
        return PLETH_EINVAL;
    if (s->pulled >= s->rows)
        return PLETH_AGAIN;
    for (int port = 0; port < s->net->info.outputs; port++)
        if (output[port])
            pleth_place_row(s, s->net->output[port], s->pulled, output[port]);
    s->pulled++;
    return PLETH_OK;
}
