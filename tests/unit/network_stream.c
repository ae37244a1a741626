/* Networks in the stream: pictures in, readings out, by networks whose weights are written here so
 * that what they must say is known. */
#include <limits.h>

#include "camera/pulse_net.h"
#include "pleth/pleth.h"
#include "safetensors.h"
#include "synth.h"
#include "test.h"

#define TAU 6.283185307179586
#define SECOND 1000000000LL

static uint64_t noise_state = 88172645463325252u;

static double uniform(void)
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    noise_state ^= noise_state << 17;
    return (double)(noise_state >> 32) / 4294967296.0;
}

/* ---- Networks that see green ----------------------------------------------------------------
 *
 * Each gives the mean of the green differences, negative, so that its wave rises with the blood:
 * identities along one channel, and where functions bend, values that are small. */

/* Value of element (o, i, y, x) of a convolution or (o, i) of a dense layer; of a convolution in
 * three dimensions (o, i, depth, y and x together). */
typedef float (*fill)(const char *name, int o, int i, int y, int x, int inputs);

static void *aligned(size_t size)
{
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    memset(memory, 0x5a, (size + 63) / 64 * 64);
    return memory;
}

static int begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static const pleth_net *make_net(const struct pleth_net_shape *shape, fill value)
{
    enum { TENSORS = 128 };
    static struct pleth_record records[PLETH_RECORDS];
    static struct pleth_parameter parameter[TENSORS];
    static struct pleth_tensor tensor[TENSORS];
    static struct plethio_metadata_list metadata;
    struct pleth_graph g;
    struct plethio_error e = {""};
    pleth_net_options options;
    const pleth_net *net = NULL;
    char message[PLETH_MESSAGE] = "";
    void *bytes;
    size_t length = 0, size;
    int tensors = 0;

    pleth_graph_init(&g, records, PLETH_RECORDS, shape->frames);
    pleth_net_build(shape, &g);
    CHECK(g.error == 0);
    for (int r = 0; r < g.count; r++)
        for (int i = 0; pleth_record_parameter(&g, r, i, &parameter[tensors]); i++) {
            const struct pleth_parameter *p = &parameter[tensors];
            struct pleth_tensor *t = &tensor[tensors++];
            int64_t d[5] = {1, 1, 1, 1, 1};
            float *v;

            *t = (struct pleth_tensor){
                p->name, (int)strlen(p->name), PLETH_F32, p->rank, {0}, 1, NULL, 0};
            for (int axis = 0; axis < p->rank; axis++)
                t->count *= d[axis] = t->shape[axis] = p->shape[axis];
            d[3] *= d[4];
            t->size = (size_t)t->count * sizeof(float);
            v = calloc((size_t)t->count, sizeof(float));
            for (int64_t k = 0; k < t->count && p->rank > 1; k++)
                v[k] =
                    value(p->name, (int)(k / (d[1] * d[2] * d[3])), (int)(k / (d[2] * d[3]) % d[1]),
                          (int)(k / d[3] % d[2]), (int)(k % d[3]), (int)d[1]);
            if (p->rank == 1 && (strstr(p->name, ".1.weight") || strstr(p->name, "running_var") ||
                                 begins(p->name, "batch_norm.weight")))
                for (int64_t k = 0; k < t->count; k++)
                    v[k] = 1;
            t->data = v;
        }
    memset(&metadata, 0, sizeof metadata);
    CHECK(plethio_metadata_add_shape(&metadata, shape, &e) == 0);
    bytes = plethio_safetensors_make(tensor, tensors, metadata.item, metadata.count, &length, &e);
    if (!bytes)
        printf("%s\n", e.text);
    CHECK(bytes != NULL);
    for (int i = 0; i < tensors; i++)
        free((void *)(uintptr_t)tensor[i].data);
    pleth_net_options_default(&options);
    size = pleth_net_size(bytes, length, &options, message);
    if (!size)
        printf("%s\n", message);
    CHECK(size > 0 &&
          pleth_net_prepare(&net, aligned(size), size, bytes, length, &options, message) == 0);
    free(bytes);
    return net;
}

/* Rectifiers: one channel for what rises, one for what falls. */
static float small_weight(const char *name, int o, int i, int y, int x, int inputs)
{
    const int positions = inputs / 4;
    if (begins(name, "small_conv1"))
        return i == 1 && y == 1 && x == 1 && o < 2 ? (o == 0 ? 1.0f : -1.0f) : 0;
    if (begins(name, "small_conv"))
        return i == o && o < 2 && y == 1 && x == 1;
    if (begins(name, "out_fc1"))
        return o < 2 && i / positions == o ? 1 / (float)positions : 0;
    return i == 0 ? -1.0f : i == 1 ? 1.0f : 0;
}

/* The channels that a shift leaves where they are: the last third, blue at the input. */
static float can_weight(const char *name, int o, int i, int y, int x, int inputs)
{
    if (begins(name, "motion_conv") || begins(name, "apperance_conv"))
        return i == (inputs == 3 ? 2 : inputs - 1) && (o == 2 || o == 5) && y == 1 && x == 1
                   ? (begins(name, "apperance") ? 0 : 0.1f)
                   : 0;
    if (begins(name, "final_dense_1"))
        return o == 0 && i >= inputs / 6 * 5 ? 10 / (float)(inputs / 6) : 0;
    if (begins(name, "final_dense_2"))
        return o == 0 && i == 0 ? -1 : 0;
    return 0;
}

/* Rectifiers again; time halved twice is doubled twice, by lines between its points. */
static float volume_weight(const char *name, int o, int i, int depth, int yx, int inputs)
{
    static const float line[4] = {0.25f, 0.75f, 0.75f, 0.25f};

    if (begins(name, "upsample"))
        return i == o && o < 2 ? line[depth] : 0;
    if (begins(name, "ConvBlock10"))
        return i == 0 ? -1.0f : i == 1 ? 1.0f : 0;
    if (inputs == 3)
        return i == 1 && yx == 12 && o < 2 ? (o == 0 ? 1.0f : -1.0f) : 0;
    return i == o && o < 2 && depth == 1 && yx == 4;
}

static struct pleth_net_shape shape_of(int kind, int width)
{
    struct pleth_net_shape s;
    pleth_net_shape_default(&s, kind);
    s.width = width;
    return s;
}

/* ---- Pictures ------------------------------------------------------------------------------- */

enum { WIDTH = 64, HEIGHT = 48 };
static uint8_t pixels[3 * WIDTH * HEIGHT];

/* Skin with a pulse of per_min, in noise of a level; frozen: none of both. */
static pleth_frame draw(double t, double per_min, int frozen)
{
    static const double skin[3] = {170, 125, 100}, loss[3] = {0.43, 1, 0.69};
    const double blood = frozen ? 0 : 0.005 * cos(TAU * per_min / 60 * t);

    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++)
                pixels[3 * (y * WIDTH + x) + c] =
                    (uint8_t)(skin[c] * (1 - loss[c] * blood) *
                                  (1 + 0.15 * sin(0.2 * y) + 0.1 * sin(0.3 * x)) +
                              (frozen ? 0.5 : 2 * uniform()));
    return (pleth_frame){.time_ns = llround(t * 1e9),
                         .format = PLETH_RGB24,
                         .width = WIDTH,
                         .height = HEIGHT,
                         .plane = {pixels},
                         .stride = {3 * WIDTH}};
}

static pleth_config config_of(const pleth_net *net)
{
    pleth_config c;
    pleth_config_default(&c);
    c.roi = PLETH_ROI_ALL;
    c.net = net;
    return c;
}

struct result {
    pleth_reading reading[64];
    int readings, waves;
    double wave_at_rate, wave_all; /* against the blood's volume, and by itself */
};

/* Pulls what is there; per_min of the truth. */
static void pull(pleth_stream *s, struct result *r, double per_min)
{
    pleth_reading reading;
    pleth_wave w;

    while (pleth_pull(s, &reading) == PLETH_OK) {
        CHECK(isfinite(reading.heart_rate.value) && isfinite(reading.heart_rate.quality));
        CHECK(reading.heart_rate.have == (reading.heart_rate.reasons == 0));
        if (r->readings < 64)
            r->reading[r->readings++] = reading;
    }
    while (pleth_pull_wave(s, &w, 1) == 1) {
        const double blood = cos(TAU * per_min / 60 * (double)w.time_ns * 1e-9);
        r->waves++;
        r->wave_at_rate += blood * (double)w.pulse;
        r->wave_all += fabs((double)w.pulse);
    }
}

static void run(const pleth_config *config, double seconds, double rate_hz, double per_min,
                int frozen, unsigned char garbage, struct result *r)
{
    const size_t size = pleth_size(config);
    unsigned char *room = malloc(size + 128);
    unsigned char *memory = (unsigned char *)(((uintptr_t)room + 63) / 64 * 64 + 16);
    pleth_stream *s = NULL;

    memset(room, garbage, size + 128);
    memset(r, 0, sizeof *r);
    noise_state = 88172645463325252u;
    CHECK(size > 0 && pleth_init(&s, memory, size - 1, config) == PLETH_EMEMORY && !s);
    CHECK(pleth_init(&s, memory, size, config) == PLETH_OK);
    for (int i = 0; s && i < (int)(seconds * rate_hz); i++) {
        pleth_frame f = draw(i / rate_hz, per_min, frozen);
        CHECK(pleth_push_frame(s, &f) == PLETH_OK);
        pull(s, r, per_min);
    }
    CHECK(pleth_flush(s) == PLETH_OK);
    pull(s, r, per_min);
    /* what lies around is not touched */
    for (unsigned char *p = room; p < memory; p++)
        CHECK(*p == garbage);
    for (unsigned char *p = memory + size; p < room + size + 128; p++)
        CHECK(*p == garbage);
    free(room);
}

static const pleth_net *small, *can, *deep, *other, *volume;

/* The pulse is found, at the cameras' rates, and its wave rises with the blood. */
static void test_pulse(void)
{
    static const double rates[] = {25, 30, 60, 100};
    const pleth_net *nets[] = {small, can, deep, other, volume};
    struct result r;

    for (int n = 0; n < 5; n++)
        for (int i = 0; i < 4; i++) {
            pleth_config c = config_of(nets[n]);
            const pleth_vital *v;
            run(&c, 16, rates[i], 78, 0, 0, &r);
            v = &r.reading[r.readings - 1].heart_rate;
            CHECK_NEAR((double)v->value, 78, 1.5);
            CHECK(v->have);
            CHECK(r.waves > 300 && r.wave_at_rate > 0.5 * r.wave_all);
        }
}

/* A frozen picture has no pulse, whatever the network makes of it. */
static void test_still(void)
{
    const pleth_net *nets[] = {small, can, deep, other, volume};
    struct result r;

    for (int n = 0; n < 5; n++) {
        pleth_config c = config_of(nets[n]);
        run(&c, 14, 30, 78, 1, 0, &r);
        CHECK(r.readings > 10);
        for (int i = 0; i < r.readings; i++)
            CHECK(!r.reading[i].heart_rate.have);
        CHECK(r.reading[r.readings - 1].heart_rate.reasons & PLETH_NO_PULSE);
    }
}

/* The same frames give the same readings, whatever was in memory before. */
static void test_memory(void)
{
    static struct result a, b;
    const pleth_net *nets[] = {can, other, volume};

    for (int n = 0; n < 3; n++) {
        pleth_config c = config_of(nets[n]);
        run(&c, 12, 30, 66, 0, 0, &a);
        run(&c, 12, 30, 66, 0, 0xff, &b);
        CHECK(a.readings == b.readings && a.waves == b.waves);
        CHECK(memcmp(a.reading, b.reading, (size_t)a.readings * sizeof *a.reading) == 0);
        CHECK(memcmp(&a.wave_at_rate, &b.wave_at_rate, sizeof a.wave_at_rate) == 0);
    }
}

/* After a gap a stream is as good as new. */
static void test_gap(void)
{
    pleth_config c = config_of(can);
    void *memory = aligned(pleth_size(&c));
    pleth_stream *s;
    static struct result r;

    memset(&r, 0, sizeof r);
    CHECK(pleth_init(&s, memory, pleth_size(&c), &c) == PLETH_OK);
    for (int i = 0; i < 30 * 26; i++) {
        const double t = i / 30.0 + (i < 30 * 12 ? 0 : 5);
        pleth_frame f = draw(t, i < 30 * 12 ? 60 : 96, 0);
        CHECK(pleth_push_frame(s, &f) == PLETH_OK);
        pull(s, &r, 60);
    }
    for (int i = 0; i < r.readings; i++) {
        const pleth_vital *v = &r.reading[i].heart_rate;
        const double t = r.reading[i].time_s;
        if (t > 10 && t < 12)
            CHECK_NEAR((double)v->value, 60, 1.5);
        if (t > 17 && t < 23.5)
            CHECK(!v->have && v->reasons & PLETH_WARMING_UP);
        if (t > 29)
            CHECK_NEAR((double)v->value, 96, 1.5);
    }
    free(memory);
}

static void test_refused(void)
{
    struct pleth_net_shape shape = shape_of(PLETH_NET_SMALL, 2);
    pleth_config c = config_of(small);
    pleth_stream *s;
    void *memory = aligned(pleth_size(&c));
    static uint8_t grey[16 * 16];
    const float rgb[3] = {1, 1, 1};
    pleth_frame f = {
        .format = PLETH_GRAY8, .width = 16, .height = 16, .plane = {grey}, .stride = {16}};

    CHECK(pleth_init(&s, memory, pleth_size(&c), &c) == PLETH_OK);
    CHECK(pleth_push_frame(s, &f) == PLETH_EINVAL && *pleth_errmsg(s));
    CHECK(pleth_push_rgb(s, 0, rgb) == PLETH_EINVAL);
    free(memory);
    /* a wave of breathing, and a network of something else */
    memcpy(shape.output, "resp", 5);
    c.net = make_net(&shape, small_weight);
    CHECK(pleth_size(&c) == 0 && pleth_init(&s, grey, sizeof grey, &c) == PLETH_EINVAL);
    free((void *)(uintptr_t)c.net);
    shape = shape_of(PLETH_NET_MLP, 0);
    c.net = make_net(&shape, small_weight);
    CHECK(pleth_size(&c) == 0);
    free((void *)(uintptr_t)c.net);
}

/* ---- The part by itself --------------------------------------------------------------------- */

/* Boxes that wander and jump: no sample is lost, none comes twice, and no step of the wave tells
 * of a box. */
static void test_boxes(const pleth_net *net)
{
    struct pleth_pulse_net *p = pleth_pulse_net_open(aligned(pleth_pulse_net_size(net)), net);
    double rgb[PLETH_SKIN_CHANNELS] = {0}, before = 0, calm = 0, most = 0;
    struct pleth_pulse_sample sample;
    int64_t newest = INT64_MIN;
    int samples = 0, frames = 300;

    noise_state = 88172645463325252u;
    for (int i = 0; i < frames; i++) {
        pleth_frame f = draw(i / 30.0, 60, 0);
        float at = i < 150 ? 2 : (float)(2 + (i - 150) % 40 / 2 + (i > 220 ? 12 : 0));
        pleth_box box = {at, 4, 24, 24};
        rgb[0] = i;
        pleth_pulse_net_push(p, &f, &box, rgb);
        if (i == frames - 1)
            pleth_pulse_net_flush(p);
        while (pleth_pulse_net_pull(p, &sample)) {
            const double step = sample.value[PLETH_SKIN_CHANNELS] - before;
            CHECK(sample.time_ns > newest);
            newest = sample.time_ns;
            CHECK_NEAR(sample.value[0], (double)newest * 30e-9, 1e-3);
            before += step;
            samples++;
            if (i < 150 && samples > 20)
                calm = fmax(calm, fabs(step));
            else if (i >= 150)
                most = fmax(most, fabs(step));
        }
    }
    CHECK(newest == llround((frames - 1) / 30.0 * 1e9));
    CHECK(samples == frames - 60);
    CHECK(calm > 0 && most < 2 * calm);
    free(p);
}

int main(void)
{
    struct pleth_net_shape s = shape_of(PLETH_NET_SMALL, 2);
    small = make_net(&s, small_weight);
    s = shape_of(PLETH_NET_TSCAN, 3);
    can = make_net(&s, can_weight);
    s = shape_of(PLETH_NET_DEEPPHYS, 3);
    deep = make_net(&s, can_weight);
    s = shape_of(PLETH_NET_EFFICIENTPHYS, 3);
    other = make_net(&s, can_weight);
    s = shape_of(PLETH_NET_PHYSNET, 0);
    s.side = 36;
    s.frames = 32;
    volume = make_net(&s, volume_weight);
    if (!small || !can || !deep || !other || !volume)
        return test_done();
    test_pulse();
    test_still();
    test_memory();
    test_gap();
    test_refused();
    test_boxes(small);
    test_boxes(can);
    test_boxes(other);
    test_boxes(volume);
    free((void *)(uintptr_t)small);
    free((void *)(uintptr_t)can);
    free((void *)(uintptr_t)deep);
    free((void *)(uintptr_t)other);
    free((void *)(uintptr_t)volume);
    return test_done();
}
