#include "pulse_net.h"

#include <math.h>
#include <string.h>

#include "crop.h"

#define LEAST_STEP_NS 25000000LL /* 60 a second become 30, 50 become 25 */
#define MOST_STEP_NS 500000000LL /* a longer one is no step of one motion */
/* of the box's side: moves that wait for a segment's end, and those that do not */
#define MOVED 0.08f
#define SCALED 0.15f
#define FAR 0.25f
/* The answers at the ends of a segment see less of their neighbours, so that each position has a
 * mean of its own, in that network and scene: a rhythm that is no pulse. It is learnt within some
 * 30 s, at first with care: it makes a quarter of the answers' variance (TS-CAN, a face). */
#define MEAN_FRAMES 900
#define MEAN_PRIOR 3
/* segments that are longer than the slowest pulse have no rhythm in its band, and too few
 * repetitions for a mean */
#define MEAN_LONGEST 24

enum { CAN, RAW, SMALL, BIGSMALL, VOLUME };

static const struct {
    const char *name;
    int kind;
} kinds[] = {
    {"deepphys", CAN},         {"tscan", CAN},         {"mttscan", CAN},   {"efficientphys", RAW},
    {"bigsmall-small", SMALL}, {"bigsmall", BIGSMALL}, {"physnet", VOLUME}};

/* Names fill 24 bytes; b is shorter. */
static int same(const char *a, const char *b)
{
    return memcmp(a, b, strlen(b) + 1) == 0;
}

static int find_kind(const pleth_net_info *info)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (same(info->name, kinds[i].name))
            return kinds[i].kind;
    return -1;
}

/* Frames that the network takes, and answers, at once: a segment, where time is an axis of it. */
static int depth(const pleth_net_info *info)
{
    return info->input[0].shape[1];
}

static int find_output(const pleth_net_info *info, const char *name)
{
    for (int i = 0; i < info->outputs; i++)
        if (info->output[i].count == depth(info) && same(info->output[i].name, name))
            return i;
    return -1;
}

static int find_pulse(const pleth_net_info *info)
{
    static const char *const names[] = {"y", "pulse", "bvp"};
    int found = -1;
    for (size_t k = 0; found < 0 && k < sizeof names / sizeof *names; k++)
        found = find_output(info, names[k]);
    return found;
}

static size_t round_up(size_t n)
{
    return (n + 63) / 64 * 64;
}

/* Gives the parts their places behind the struct at memory (NULL: none); returns their sum. */
static size_t layout(char *memory, const pleth_net *net, const pleth_net_info *info)
{
    enum { PARTS = 8 };
    struct pleth_pulse_net *p = (struct pleth_pulse_net *)(void *)memory;
    const size_t side = (size_t)info->input[0].shape[3], crop = 3 * side * side * sizeof(float);
    const size_t segment = (size_t)info->frames * (size_t)depth(info);
    size_t size[PARTS] = {round_up(sizeof *p),
                          round_up((segment + 2) * sizeof *p->queue),
                          round_up((size_t)info->frames * sizeof *p->mean),
                          round_up(2 * (size_t)depth(info) * sizeof *p->answer),
                          round_up(crop),
                          round_up(crop),
                          0,
                          0};
    size_t at[PARTS + 1] = {0};

    for (int i = 0; i < info->inputs; i++)
        size[PARTS - 2 + i] = round_up((size_t)info->input[i].count * sizeof(float));
    for (int i = 0; i < PARTS; i++)
        at[i + 1] = at[i] + size[i];
    if (p) {
        p->queue = (struct pleth_pulse_sample *)(void *)(memory + at[1]);
        p->mean = (struct pleth_pulse_mean *)(void *)(memory + at[2]);
        p->answer = (float *)(void *)(memory + at[3]);
        p->before = (float *)(void *)(memory + at[4]);
        p->now = (float *)(void *)(memory + at[5]);
        p->input[0] = (float *)(void *)(memory + at[6]);
        p->input[1] = (float *)(void *)(memory + at[7]);
        if (pleth_net_open(&p->state, memory + at[PARTS], pleth_net_state_size(net), net) !=
            PLETH_OK)
            return 0;
    }
    return at[PARTS] + pleth_net_state_size(net);
}

size_t pleth_pulse_net_size(const pleth_net *net)
{
    pleth_net_info info;

    pleth_net_describe(net, &info);
    if (find_kind(&info) < 0 || find_pulse(&info) < 0 || info.input[0].shape[3] > PLETH_CROP_SIDE)
        return 0;
    return layout(NULL, net, &info);
}

struct pleth_pulse_net *pleth_pulse_net_open(void *memory, const pleth_net *net)
{
    struct pleth_pulse_net *p = memory;

    memset(p, 0, sizeof(*p));
    pleth_net_describe(net, &p->info);
    p->kind = find_kind(&p->info);
    p->output[0] = find_pulse(&p->info);
    p->output[1] = find_output(&p->info, "resp");
    p->side = p->info.input[0].shape[3];
    p->depth = depth(&p->info);
    p->segment = p->info.frames * p->depth;
    if (!layout(memory, net, &p->info))
        return NULL;
    pleth_pulse_net_reset(p);
    return p;
}

void pleth_pulse_net_reset(struct pleth_pulse_net *p)
{
    pleth_net_reset(p->state);
    pleth_normaliser_reset(&p->normaliser);
    memset(p->mean, 0, (size_t)p->info.frames * sizeof(*p->mean));
    if (p->kind == VOLUME)
        memset(p->input[0], 0, (size_t)p->info.input[0].count * sizeof(float));
    p->have = p->in_segment = p->started = p->position = p->was_still = 0;
    p->first = p->waiting = p->answered = 0;
    p->still_ns = INT64_MIN;
    p->sum[0] = p->sum[1] = 0;
}

pleth_box pleth_pulse_net_box(const pleth_box *skin)
{
    /* skin reaches from the hair to the neck, a detector's square from the brows' upper to the
       chin's lower end; measured on faces of three sizes: 1.04, 1.12, 1.24 */
    const float side = 1.5f * 1.15f * skin->width;
    return (pleth_box){skin->x + 0.5f * (skin->width - side),
                       skin->y + 0.55f * skin->height - 0.5f * side, side, side};
}

/* ---- Answers ------------------------------------------------------------------------------ */

/* An answer less the mean of those at its position. */
static double without_rhythm(struct pleth_pulse_net *p, double y)
{
    struct pleth_pulse_mean *m = &p->mean[p->position];
    const int most = MEAN_FRAMES / p->info.frames;

    p->position = (p->position + 1) % p->info.frames;
    if (p->info.frames == 1 || p->info.frames > MEAN_LONGEST)
        return y;
    m->seen += m->seen < most;
    m->mean += (y - m->mean) / (m->seen + MEAN_PRIOR);
    return y - m->mean;
}

/* One answer goes to the colours that have waited longest for it. */
static void give(struct pleth_pulse_net *p, double pulse, double respiration)
{
    struct pleth_pulse_sample *s;

    /* a network of raw frames answers the last one twice when it is flushed */
    if (p->answered == p->waiting)
        return;
    s = &p->queue[(p->first + p->answered++) % (p->segment + 2)];
    if (!p->was_still) {
        p->sum[0] += pulse;
        p->sum[1] += respiration;
    }
    memcpy(s->value + PLETH_SKIN_CHANNELS, p->sum, sizeof(p->sum));
}

/* What the network has finished, less the first `stale` answers of a volume, given before. */
static void collect(struct pleth_pulse_net *p, int stale)
{
    float *pulse = p->answer, *respiration = p->answer + p->depth, *out[4] = {NULL};

    out[p->output[0]] = pulse;
    if (p->output[1] >= 0)
        out[p->output[1]] = respiration;
    while (pleth_net_pull(p->state, out) == PLETH_OK)
        for (int i = stale; i < p->depth; i++)
            give(p, without_rhythm(p, isfinite(pulse[i]) ? (double)pulse[i] : 0),
                 p->output[1] >= 0 && isfinite(respiration[i]) ? (double)respiration[i] : 0);
}

static void reverse(float *x, int count, int size)
{
    for (int i = 0, j = count - 1; i < j; i++, j--)
        for (int k = 0; k < size; k++) {
            const float swap = x[i * size + k];
            x[i * size + k] = x[j * size + k];
            x[j * size + k] = swap;
        }
}

/* Runs a volume whose first in_segment frames are new. The rest, of the segment before or zeros,
 * goes in front of them. */
static void run_volume(struct pleth_pulse_net *p)
{
    const int size = p->side * p->side, stale = p->depth - p->in_segment;
    const float *input[2] = {p->input[0], NULL};

    for (int c = 0; c < 3 && stale > 0; c++) {
        float *x = p->input[0] + c * p->depth * size;
        reverse(x, p->in_segment, size);
        reverse(x + p->in_segment * size, stale, size);
        reverse(x, p->depth, size);
    }
    pleth_net_push(p->state, input);
    collect(p, stale);
}

/* The next difference begins a segment. */
static void end_segment(struct pleth_pulse_net *p)
{
    if (p->in_segment > 0 && p->kind == VOLUME)
        run_volume(p);
    if (p->in_segment > 0) {
        pleth_net_flush(p->state);
        collect(p, 0);
    }
    pleth_net_reset(p->state);
    p->in_segment = p->started = p->position = 0;
}

/* ---- Inputs ------------------------------------------------------------------------------- */

/* The deviation that differences are divided by: that of a sensor's noise at least. Sees whether
 * the picture stands still, too. */
static double unit(struct pleth_pulse_net *p, const pleth_frame *frame)
{
    const int turned = frame->rotation == 90 || frame->rotation == 270;
    const float width = (float)(turned ? frame->height : frame->width);
    const float height = (float)(turned ? frame->width : frame->height);
    const double w = (double)(fminf(p->box.x + p->box.width, width) - fmaxf(p->box.x, 0));
    const double h = (double)(fminf(p->box.y + p->box.height, height) - fmaxf(p->box.y, 0));
    const double floor = pleth_difference_floor(w * h / (p->side * p->side),
                                                255 * pleth_sums_mean(&p->normaliser.pixels));

    p->was_still = pleth_normaliser_still(&p->normaliser, floor);
    if (p->was_still)
        p->still_ns = frame->time_ns;
    return fmax(pleth_sums_deviation(&p->normaliser.differences), floor);
}

static void raw(const float *crop, int n, float *out)
{
    for (int i = 0; i < n; i++)
        out[i] = 255 * crop[i];
}

/* The difference between `before` and `now` goes through the network. */
static void push_difference(struct pleth_pulse_net *p, double deviation)
{
    const struct pleth_sums *pixels = &p->normaliser.pixels;
    const double mean = pleth_sums_mean(pixels), spread = pleth_sums_deviation(pixels);
    const int n = 3 * p->side * p->side;
    const float *input[2] = {p->input[0], p->input[1]};

    switch (p->kind) {
    case CAN:
        pleth_difference(p->before, p->now, n, deviation, p->input[0]);
        pleth_standardise(p->before, n, mean, spread, p->input[0] + n);
        break;
    case RAW:
        if (!p->started) {
            raw(p->before, n, p->input[0]);
            pleth_net_push(p->state, input);
            p->started = 1;
        }
        raw(p->now, n, p->input[0]);
        break;
    case SMALL:
        pleth_difference(p->before, p->now, n, deviation, p->input[0]);
        break;
    case VOLUME:
        for (int c = 0; c < 3; c++)
            pleth_difference(p->before + c * n / 3, p->now + c * n / 3, n / 3, deviation,
                             p->input[0] + (c * p->depth + p->in_segment) * (n / 3));
        if (++p->in_segment == p->depth) {
            run_volume(p);
            p->in_segment = 0;
        }
        return;
    default:
        pleth_difference(p->before, p->now, n, deviation, p->input[0]);
        pleth_crop_resize(p->input[0], p->side, 3, p->input[1], p->info.input[1].shape[3]);
        /* only the first frame of a segment is looked at */
        if (p->in_segment == 0)
            pleth_standardise(p->before, n, mean, spread, p->input[0]);
        break;
    }
    pleth_net_push(p->state, input);
    p->in_segment = (p->in_segment + 1) % p->segment;
    collect(p, 0);
}

static int crop(struct pleth_pulse_net *p, const pleth_frame *frame)
{
    /* networks of 36 pixels a side were trained without black */
    const float least = p->kind == CAN && p->side == 36 ? 1.0f / 255 : 0;
    return pleth_crop(frame, &p->box, p->side, least, p->now);
}

/* How far the box has been left, in its sides; a larger or smaller face counts as much as moves. */
static float left(const pleth_box *held, const pleth_box *box)
{
    const float x = box->x + 0.5f * box->width - held->x - 0.5f * held->width;
    const float y = box->y + 0.5f * box->height - held->y - 0.5f * held->height;
    return fmaxf(fmaxf(fabsf(x) / held->width, fabsf(y) / held->height),
                 fmaxf(fabsf(box->width / held->width - 1), fabsf(box->height / held->height - 1)) *
                     (MOVED / SCALED));
}

void pleth_pulse_net_push(struct pleth_pulse_net *p, const pleth_frame *frame, const pleth_box *box,
                          const double *rgb)
{
    const int n = 3 * p->side * p->side;
    const int64_t step = frame->time_ns - p->taken_ns;
    const int follows = p->have && step <= MOST_STEP_NS;
    float *swap, away;

    if (p->have && step < LEAST_STEP_NS)
        return;
    if (!follows) {
        end_segment(p);
        p->box = *box;
    }
    p->have = crop(p, frame) == PLETH_OK;
    if (!p->have)
        return;
    p->taken_ns = frame->time_ns;
    pleth_normaliser_push(&p->normaliser, frame->time_ns, follows ? p->before : NULL, p->now, n);
    if (follows && pleth_normaliser_ready(&p->normaliser)) {
        struct pleth_pulse_sample *s = &p->queue[(p->first + p->waiting++) % (p->segment + 2)];
        s->time_ns = frame->time_ns;
        memcpy(s->value, rgb, PLETH_SKIN_CHANNELS * sizeof(*rgb));
        push_difference(p, unit(p, frame));
    }

    away = left(&p->box, box);
    if (away > FAR || (away > MOVED && p->in_segment == 0)) {
        /* the newest frame again, as the next one's other half */
        end_segment(p);
        p->box = *box;
        p->have = crop(p, frame) == PLETH_OK;
    }
    swap = p->before;
    p->before = p->now;
    p->now = swap;
}

void pleth_pulse_net_flush(struct pleth_pulse_net *p)
{
    end_segment(p);
    p->have = 0;
}

int pleth_pulse_net_pull(struct pleth_pulse_net *p, struct pleth_pulse_sample *sample)
{
    if (p->answered == 0)
        return 0;
    *sample = p->queue[p->first];
    p->first = (p->first + 1) % (p->segment + 2);
    p->waiting--;
    p->answered--;
    return 1;
}
