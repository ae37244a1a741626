/* Streams under hostile configurations, frames, colours, samples and times. The input is a
 * configuration and then operations; seeds.sh shows the layout. Whatever is pushed, what is pulled
 * must be honest. */
#include "fuzz.h"

#include <math.h>

#include "pleth/pleth.h"

enum {
    /* what one input may cost */
    PIXELS_MAX = 1 << 20,
    PUSHES_MAX = 1200,
    /* bytes of one frame */
    FRAME_MAX = 1 << 21
};

struct state {
    pleth_stream *stream;
    int64_t time_ns;
    long pixels, pushes;
};

/* ---- What must hold ------------------------------------------------------------------------- */

static void check_vital(const pleth_vital *v)
{
    MUST(v->have == 0 || v->have == 1);
    MUST(v->have || v->reasons);
    MUST(v->reasons < 1u << PLETH_REASON_COUNT);
    MUST(isfinite(v->value) && isfinite(v->sd) && v->sd >= 0);
    MUST(v->quality >= 0 && v->quality <= 1);
    MUST(!v->have || (v->quality >= 0.5f && v->value > 0));
    MUST(isfinite(v->window_start_s) && isfinite(v->window_end_s));
    MUST(v->window_start_s <= v->window_end_s);
}

static void pull_all(struct state *s)
{
    pleth_reading r;
    int n = 0;

    memset(&r, 0xff, sizeof(r));
    while (pleth_pull(s->stream, &r) == PLETH_OK) {
        MUST(++n <= 8);
        check_vital(&r.heart_rate);
        check_vital(&r.breathing_rate);
        check_vital(&r.oxygen_saturation);
        MUST(isfinite(r.time_s) && r.time_s >= 0);
        MUST(isfinite(r.rate_hz) && r.rate_hz >= 0);
        MUST(isfinite(r.motion) && r.motion >= 0);
        MUST(isfinite(r.cadence) && r.cadence >= 0);
        MUST(isfinite(r.face.x) && isfinite(r.face.y));
        MUST(r.face.width >= 0 && r.face.height >= 0);
        for (int c = 0; c < 3; c++)
            MUST(isfinite(r.skin_rgb[c]));
    }
}

static void pull_waves(struct state *s, int count)
{
    pleth_wave wave[600];
    int n = pleth_pull_wave(s->stream, wave, count > 600 ? 600 : count);

    MUST(count >= 0 ? n >= 0 && n <= count : n == PLETH_EINVAL);
    for (int i = 0; i < n; i++) {
        MUST(isfinite(wave[i].pulse) && isfinite(wave[i].breathing));
        MUST(i == 0 || wave[i].time_ns > wave[i - 1].time_ns);
    }
}

static void check_push(struct state *s, int status)
{
    const char *said = pleth_errmsg(s->stream);

    MUST(status == PLETH_OK || status == PLETH_EINVAL || status == PLETH_EFRAME ||
         status == PLETH_ETIME);
    MUST(said && memchr(said, 0, 4096));
    MUST(status == PLETH_OK || said[0]);
    s->pushes++;
}

/* ---- Frames --------------------------------------------------------------------------------- */

/* Bytes of a row and number of rows of plane p, by the header's words; 0 without such a plane. */
static int64_t plane_row(const pleth_frame *f, int p)
{
    int64_t w = f->width, half = (w + 1) / 2;

    switch (f->format) {
    case PLETH_RGB24:
    case PLETH_BGR24:
        return p ? 0 : 3 * w;
    case PLETH_RGBA:
        return p ? 0 : 4 * w;
    case PLETH_GRAY8:
        return p ? 0 : w;
    case PLETH_NV12:
        return p == 0 ? w : p == 1 ? 2 * half : 0;
    case PLETH_I420:
        return p ? half : w;
    case PLETH_YUYV:
        return p ? 0 : 4 * half;
    default:
        return 0;
    }
}

static int64_t plane_rows(const pleth_frame *f, int p)
{
    return p ? ((int64_t)f->height + 1) / 2 : f->height;
}

/* Gives each plane exactly the memory that the frame speaks of, or none where it speaks nonsense.
 * Returns 0 when that would be too much for a fuzzer. */
static int give_planes(pleth_frame *f, uint8_t *memory[3], int tint)
{
    int64_t total = 0;

    for (int p = 0; p < 3; p++) {
        int64_t row = plane_row(f, p), rows = plane_rows(f, p), step = f->stride[p], size;
        memory[p] = NULL;
        f->plane[p] = NULL;
        if (row < 1 || rows < 1)
            continue;
        if (step < -FRAME_MAX || step > FRAME_MAX)
            return 0;
        size = row + (rows - 1) * (step < 0 ? -step : step);
        total += size;
        if (row > FRAME_MAX || rows > FRAME_MAX || total > FRAME_MAX)
            return 0;
        memory[p] = malloc((size_t)size);
        MUST(memory[p]);
        for (int64_t i = 0; i < size; i++)
            memory[p][i] = (uint8_t)(tint + (p ? 10 * p : 0) + (i * 7 & 15));
        f->plane[p] = memory[p] + (step < 0 ? (rows - 1) * -step : 0);
    }
    return 1;
}

static void free_planes(uint8_t *memory[3])
{
    for (int p = 0; p < 3; p++)
        free(memory[p]);
}

/* Any values whatever, in one frame. */
static void push_hostile_frame(struct state *s, struct fuzz_input *in)
{
    uint8_t *memory[3] = {0}, without = fuzz_u8(in);
    pleth_frame f;

    memset(&f, 0, sizeof(f));
    f.time_ns = fuzz_i64(in);
    f.format = fuzz_i32(in);
    f.colour = fuzz_i32(in);
    f.width = fuzz_i32(in);
    f.height = fuzz_i32(in);
    f.rotation = fuzz_i32(in);
    for (int p = 0; p < 3; p++)
        f.stride[p] = (ptrdiff_t)fuzz_i64(in);
    if (give_planes(&f, memory, 100)) {
        for (int p = 0; p < 3; p++)
            if (without & 1 << p)
                f.plane[p] = NULL;
        check_push(s, pleth_push_frame(s->stream, &f));
        s->pixels += FRAME_MAX / 8;
    }
    free_planes(memory);
}

/* A run of frames of one kind whose brightness goes up and down. */
static void push_frames(struct state *s, struct fuzz_input *in)
{
    uint8_t *memory[3] = {0};
    int count, swing, period, padding, tint;
    int64_t step_ns;
    pleth_frame f;

    memset(&f, 0, sizeof(f));
    f.format = fuzz_u8(in) % (PLETH_FORMAT_COUNT + 1);
    f.colour = fuzz_u8(in) % 5;
    f.width = fuzz_u8(in);
    f.height = fuzz_u8(in);
    f.rotation = 90 * (fuzz_u8(in) % 5);
    padding = (int8_t)fuzz_u8(in);
    step_ns = (int64_t)fuzz_u16(in) * 100000;
    count = fuzz_u8(in);
    tint = fuzz_u8(in);
    swing = fuzz_u8(in);
    period = 1 + fuzz_u8(in);
    for (int p = 0; p < 3; p++) {
        f.stride[p] = (ptrdiff_t)plane_row(&f, p) + abs(padding);
        if (padding < 0)
            f.stride[p] = -f.stride[p];
    }
    for (int i = 0; i < count && s->pixels < PIXELS_MAX && s->pushes < PUSHES_MAX; i++) {
        double phase = 6.283185307179586 * i / period;
        if (!give_planes(&f, memory, tint + (int)(swing * sin(phase))))
            break;
        f.time_ns = s->time_ns;
        check_push(s, pleth_push_frame(s->stream, &f));
        free_planes(memory);
        s->time_ns = (int64_t)((uint64_t)s->time_ns + (uint64_t)step_ns);
        s->pixels += 64 + (long)f.width * f.height;
        pull_all(s);
    }
}

/* ---- Colours -------------------------------------------------------------------------------- */

static void push_colours(struct state *s, struct fuzz_input *in)
{
    int64_t step_ns = (int64_t)fuzz_u16(in) * 100000;
    int count = fuzz_u16(in), jitter = fuzz_u8(in);
    float base[3], swing = (float)fuzz_u8(in) / 1000, period = 1 + fuzz_u8(in);

    for (int c = 0; c < 3; c++)
        base[c] = fuzz_u8(in);
    for (int i = 0; i < count && s->pushes < PUSHES_MAX; i++) {
        float rgb[3], wave = sinf(6.2831853f * (float)i / period);
        for (int c = 0; c < 3; c++)
            rgb[c] = base[c] * (1 + swing * (float)(c + 1) * wave);
        check_push(s, pleth_push_rgb(s->stream, s->time_ns, rgb));
        s->time_ns = (int64_t)((uint64_t)s->time_ns + (uint64_t)step_ns +
                               (uint64_t)((i * 31 & 15) * jitter) * 10000);
        pull_all(s);
    }
}

static void push_hostile_colour(struct state *s, struct fuzz_input *in)
{
    int64_t time_ns = fuzz_i64(in);
    float rgb[3];

    for (int c = 0; c < 3; c++)
        rgb[c] = fuzz_float(in);
    check_push(s, pleth_push_rgb(s->stream, time_ns, rgb));
}

/* ---- Samples -------------------------------------------------------------------------------- */

/* A pulse in light and steps in both, `block` samples at once, in any of many orders of size. */
static void push_samples(struct state *s, struct fuzz_input *in)
{
    int64_t step_ns = (int64_t)fuzz_u16(in) * 100000;
    int count = fuzz_u16(in), jitter = fuzz_u8(in), block = 1 + fuzz_u8(in) % 64, filled = 0;
    float swing = (float)fuzz_u8(in) / 1000, period = 1 + fuzz_u8(in), size;
    float steps = (float)fuzz_u8(in) / 100, gait = 1 + fuzz_u8(in);
    pleth_sample sample[64];

    size = powf(10, (int8_t)fuzz_u8(in) % 39);
    memset(sample, 0, sizeof(sample));
    for (int i = 0; i < count && s->pushes < PUSHES_MAX; i++) {
        float beat = sinf(6.2831853f * (float)i / period),
              step = sinf(6.2831853f * (float)i / gait);
        pleth_sample *x = &sample[filled++];

        x->time_ns = s->time_ns;
        for (int c = 0; c < PLETH_PPG_CHANNELS; c++)
            x->ppg[c] = size * (1 + swing * beat + steps * step / (float)(c + 1));
        for (int c = 0; c < 3; c++)
            x->acceleration[c] = size * (0.6f + (float)c * steps * step);
        s->time_ns = (int64_t)((uint64_t)s->time_ns + (uint64_t)step_ns +
                               (uint64_t)((i * 31 & 15) * jitter) * 10000);
        s->pushes++;
        if (filled == block || i == count - 1) {
            check_push(s, pleth_push_sample(s->stream, sample, filled));
            pull_all(s);
            filled = 0;
        }
    }
}

static void push_hostile_sample(struct state *s, struct fuzz_input *in)
{
    pleth_sample x = {.time_ns = fuzz_i64(in)};

    for (int c = 0; c < PLETH_PPG_CHANNELS; c++)
        x.ppg[c] = fuzz_float(in);
    for (int c = 0; c < 3; c++)
        x.acceleration[c] = fuzz_float(in);
    check_push(s, pleth_push_sample(s->stream, &x, 1));
}

static void push_hostile_counts(struct state *s, struct fuzz_input *in)
{
    int64_t time_ns = fuzz_i64(in);
    int32_t ppg[PLETH_PPG_CHANNELS], acceleration[3];

    for (int c = 0; c < PLETH_PPG_CHANNELS; c++)
        ppg[c] = fuzz_i32(in);
    for (int c = 0; c < 3; c++)
        acceleration[c] = fuzz_i32(in);
    check_push(s, pleth_push_counts(s->stream, time_ns, ppg, acceleration));
}

/* ---- Configurations ------------------------------------------------------------------------- */

static void take_config(struct fuzz_input *in, pleth_config *c)
{
    uint8_t which = fuzz_u8(in);

    pleth_config_default(c);
    if (which & 1)
        c->method = fuzz_u8(in) % (PLETH_METHOD_COUNT + 1);
    if (which & 2) {
        c->roi = fuzz_u8(in) % 4;
        c->box.x = fuzz_float(in);
        c->box.y = fuzz_float(in);
        c->box.width = fuzz_float(in);
        c->box.height = fuzz_float(in);
    }
    if (which & 4) {
        c->rate_min = fuzz_float(in);
        c->rate_max = fuzz_float(in);
    }
    if (which & 8)
        c->every_s = fuzz_float(in);
    if (which & 16)
        c->cpu_mask = fuzz_u8(in);
    if (which & 32)
        c->roi = PLETH_ROI_ALL;
    if (which & 64)
        c->version = (uint32_t)fuzz_i32(in);
    if (which & 128)
        c->method = fuzz_i32(in);
}

static void take_sensor(struct fuzz_input *in, pleth_sensor_config *c)
{
    c->channels = fuzz_u8(in) % (PLETH_PPG_CHANNELS + 2);
    for (int i = 0; i < PLETH_PPG_CHANNELS; i++)
        c->light[i] = (int8_t)fuzz_u8(in);
    c->motion = fuzz_u8(in) % 3;
    c->low = fuzz_float(in);
    c->high = fuzz_float(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct state s = {0};
    pleth_config config;
    size_t need, given;
    uint8_t more;
    void *memory;
    int status;

    take_config(&in, &config);
    more = fuzz_u8(&in);
    if (more & 2) {
        take_sensor(&in, &config.sensor);
        config.oxygen_curve[0] = 110;
        config.oxygen_curve[1] = -25;
    }
    need = pleth_size(&config);
    MUST(need < 64u << 20);
    given = need > 16 && more & 1 ? need - 16 : need;
    /* exactly as much as was asked for, and not all zero */
    memory = aligned_alloc(16, (given + 31) / 16 * 16);
    MUST(memory);
    memset(memory, 0xa5, given);
    status = pleth_init(&s.stream, memory, given, &config);
    MUST((status == PLETH_OK) == (s.stream != NULL));
    MUST(status != PLETH_OK || (need > 0 && given == need));
    MUST(pleth_strerror(status) != NULL);

    while (s.stream && in.left > 0 && s.pixels < PIXELS_MAX && s.pushes < PUSHES_MAX) {
        switch (fuzz_u8(&in) % 11) {
        case 0:
            push_frames(&s, &in);
            break;
        case 1:
            push_hostile_frame(&s, &in);
            break;
        case 2:
            push_colours(&s, &in);
            break;
        case 3:
            push_hostile_colour(&s, &in);
            break;
        case 4:
            s.time_ns = fuzz_i64(&in);
            break;
        case 5:
            pull_waves(&s, (int16_t)fuzz_u16(&in));
            break;
        case 6:
            status = pleth_flush(s.stream);
            MUST(status <= PLETH_AGAIN);
            break;
        case 8:
            push_samples(&s, &in);
            break;
        case 9:
            push_hostile_sample(&s, &in);
            break;
        case 10:
            push_hostile_counts(&s, &in);
            break;
        default:
            pull_all(&s);
            break;
        }
    }
    if (s.stream) {
        pleth_flush(s.stream);
        pull_all(&s);
        pull_waves(&s, 600);
    }
    free(memory);
    return 0;
}
