/* A heart-rate network in a sensor's stream: it sees what training shows it, says of it what it
 * says anywhere, and counts as far as the light bears it out. */
#define _POSIX_C_SOURCE 200809L

#include "hearts.h"

#include <math.h>

#include "model.h"
#include "net/weights.h"
#include "net_time.h"
#include "pleth/pleth.h"
#include "quantize.h"
#include "wearable/rate_net.h"
#include "windows.h"

static struct plethio_error e;

/* ---- Networks ------------------------------------------------------------------------------ */

static struct plethio_model take(char *bytes, size_t size)
{
    struct plethio_model m;
    pleth_net_options options;

    pleth_net_options_default(&options);
    if (!bytes || plethio_model_take(&m, bytes, size, "test", &options, &e)) {
        printf("%s\n", e.text);
        exit(1);
    }
    return m;
}

static struct plethio_model random_net(const struct pleth_net_shape *shape)
{
    size_t size;
    char *bytes = net_time_random(shape, &size, &e);

    return take(bytes, size);
}

static struct pleth_net_shape shape_of(int kind)
{
    struct pleth_net_shape shape;

    pleth_net_shape_default(&shape, kind);
    return shape;
}

/* In int8, by what a window of a pulse makes of it. */
static struct plethio_model in_int8(const struct plethio_model *wide)
{
    float x[PLETH_WINDOW];
    const float *input[1] = {x};
    pleth_net_options options;
    size_t size;
    char *bytes;

    for (int i = 0; i < PLETH_WINDOW; i++)
        x[i] = (float)(1.4 * sin(heart_tau * 1.3 * i / PLETH_WINDOW_HZ));
    pleth_net_options_default(&options);
    bytes = plethio_quantize(wide->bytes, wide->size, &options, 1, input, &size, &e);
    return take(bytes, size);
}

/* A network that sees nothing and always says the same: `logit` of one class, 0 of the others. */
static struct plethio_model stubborn_net(int per_min, float logit)
{
    const struct pleth_net_shape shape = shape_of(PLETH_NET_MLP);
    static const char *const name[] = {"fc1.weight", "fc1.bias",   "fc2.weight",
                                       "fc2.bias",   "fc3.weight", "fc3.bias"};
    size_t size;
    char *bytes = net_time_random(&shape, &size, &e), message[PLETH_MESSAGE];
    struct pleth_weights w;
    struct pleth_tensor t;

    CHECK(bytes && pleth_weights_open(&w, bytes, size, message, sizeof message) == 0);
    for (int i = 0; i < 6; i++) {
        CHECK(pleth_weights_find(&w, name[i], &t));
        memset(bytes + ((const char *)t.data - bytes), 0, t.size);
    }
    memcpy(bytes + ((const char *)t.data - bytes) +
               sizeof logit * (size_t)(per_min - PLETH_RATE_NET_LOWEST),
           &logit, sizeof logit);
    return take(bytes, size);
}

/* ---- What it sees and says ------------------------------------------------------------------ */

struct front {
    pleth_sensor_config config;
    struct pleth_sensor *sensor;
    struct pleth_rate_net *net;
};

static struct front open_front(const pleth_sensor_config *config, const pleth_net *net)
{
    const size_t size = pleth_rate_net_size(net, config->channels);
    struct front f = {.config = *config};

    CHECK(size > 0);
    f.sensor = malloc(pleth_sensor_size(config));
    f.net = pleth_rate_net_open(aligned_alloc(64, (size + 63) / 64 * 64), net, config->channels);
    pleth_sensor_init(f.sensor, config);
    f.sensor->other = &f.net->light;
    return f;
}

static void close_front(struct front *f)
{
    free(f->net);
    free(f->sensor);
}

/* Of every window of a recording the network in the stream has the bits that training cuts, and
 * says what the network says of them by itself. */
static void check_windows(const struct plethio_model *m, double hz, int unlit)
{
    static const pleth_sensor_config config = {.channels = 2,
                                               .light = {PLETH_LIGHT_GREEN, PLETH_LIGHT_GREEN}};
    static int number;
    char name[40];
    const struct heart h = {.name = "h",
                            .person = "h",
                            .rate_hz = hz,
                            .seconds = 40,
                            .from = 70,
                            .to = 90,
                            .noise = 1,
                            .unlit = unlit};
    struct plethtrain_source source = {.layout = "neutral"};
    struct plethtrain_set set;
    struct front f = open_front(&config, m->net);
    float x[PLETH_WINDOW], logits[PLETH_RATE_NET_CLASSES];
    const float *input[1] = {x};
    float *output[4] = {NULL};
    int compared = 0, differ = 0;
    double off = 0;

    snprintf(name, sizeof name, "windows%d", number++);
    source.path = heart_folder(name);
    heart_write(source.path, &h);
    CHECK(plethtrain_set_open(&set, &source, 1, NULL, NULL, &e) == 0);
    output[f.net->logits] = logits;
    for (int i = 0; i < (int)(h.seconds * hz); i++) {
        const pleth_sample s = {.time_ns = llround(i * 1e9 / hz),
                                .ppg = {(float)heart_light(&h, i / hz, (uint64_t)i),
                                        heart_second(&h, i / hz, (uint64_t)i)}};
        const int64_t before = f.net->light.made;

        pleth_sensor_push(f.sensor, &s);
        for (int w = 0; w < set.windows && f.net->light.made > before; w++) {
            double top = -1e30, sum = 0;

            if (set.window[w].start + PLETH_WINDOW != f.net->light.made ||
                pleth_rate_net_look(f.net, f.sensor) == 0)
                continue;
            plethtrain_set_cut(&set, w, x);
            differ += memcmp(x, f.net->window, sizeof x) != 0;
            CHECK(pleth_net_run(m->state, 1, input, output) == PLETH_OK);
            for (int c = 0; c < PLETH_RATE_NET_CLASSES; c++)
                top = fmax(top, (double)logits[c]);
            for (int c = 0; c < PLETH_RATE_NET_CLASSES; c++)
                sum += exp((double)logits[c] - top);
            for (int c = 0; c < PLETH_RATE_NET_CLASSES; c++)
                off = fmax(off, fabs((double)(f.net->said[c] - logits[c]) + top + log(sum)));
            compared++;
        }
    }
    CHECK(set.windows == 17);
    /* the first one is full before the stream's own grid has 8 s */
    CHECK(compared >= set.windows - 1);
    CHECK(differ == 0);
    CHECK_NEAR(off, 0, 1e-4);
    plethtrain_set_close(&set);
    close_front(&f);
}

static void check_networks(void)
{
    static const int kind[] = {PLETH_NET_RESNET1D, PLETH_NET_MLP, PLETH_NET_TCN};

    for (int i = 0; i < 3; i++) {
        const struct pleth_net_shape shape = shape_of(kind[i]);
        struct plethio_model wide = random_net(&shape), narrow = in_int8(&wide);

        CHECK(wide.info.int8 == 0 && narrow.info.int8 == 1);
        check_windows(&wide, i == 0 ? 125 : 50, 0);
        check_windows(&narrow, i == 0 ? 25 : 50, i == 0);
        plethio_model_close(&wide);
        plethio_model_close(&narrow);
    }
}

/* Seconds of a pulse for all channels; those in `held` say the same all the time. */
static void push(struct front *f, double from_s, double to_s, int held)
{
    static const struct heart h = {.seconds = 1e3, .from = 80, .to = 80, .noise = 1};

    for (int i = (int)lround(from_s * 50); i < (int)lround(to_s * 50); i++) {
        pleth_sample s = {.time_ns = (int64_t)i * 20000000};

        for (int c = 0; c < f->config.channels; c++)
            s.ppg[c] = held >> c & 1 ? 900 : (float)heart_light(&h, i / 50.0, (uint64_t)i);
        pleth_sensor_push(f->sensor, &s);
    }
}

static void check_channels(void)
{
    static const pleth_sensor_config greens = {.channels = 3,
                                               .light = {PLETH_LIGHT_RED, PLETH_LIGHT_GREEN,
                                                         PLETH_LIGHT_GREEN}},
                                     none = {.channels = 2,
                                             .light = {PLETH_LIGHT_RED, PLETH_LIGHT_INFRARED}};
    struct plethio_model m = stubborn_net(90, 3), broken = stubborn_net(90, NAN);
    struct front f = open_front(&greens, m.net);

    push(&f, 0, 7.9, 0);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 0);
    push(&f, 7.9, 8.1, 0);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 2);
    push(&f, 8.1, 14, 1 << 1);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 1);
    push(&f, 14, 22, 1 << 1 | 1 << 2);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 0);
    close_front(&f);

    f = open_front(&none, m.net);
    push(&f, 0, 10, 0);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 2);
    /* no window reaches over a gap, as none that was trained on does */
    push(&f, 12, 19.9, 0);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 0);
    push(&f, 19.9, 20.1, 0);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 2);
    close_front(&f);

    f = open_front(&none, broken.net);
    push(&f, 0, 10, 0);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 0);
    close_front(&f);
    plethio_model_close(&m);
    plethio_model_close(&broken);
}

/* 180 classes, one of which has e^3 times the probability of each other. */
static void check_evidence(void)
{
    static const pleth_sensor_config config = {.channels = 1, .light = {PLETH_LIGHT_GREEN}};
    const double other = 1 / (exp(3) + 179), one = exp(3) * other, least = 3e-3;
    struct plethio_model m = stubborn_net(90, 3);
    struct front f = open_front(&config, m.net);
    struct pleth_belief b;
    float loglik[PLETH_BELIEF_STATES] = {0};

    push(&f, 0, 10, 0);
    CHECK(pleth_rate_net_look(f.net, f.sensor) == 1);
    pleth_belief_init(&b, 85, 225, 0.5f, 1, 0);
    pleth_rate_net_weigh(f.net, &b, 2, loglik);
    CHECK_NEAR((double)loglik[10], 2 * log(one + least), 1e-4);
    CHECK_NEAR((double)loglik[11], 2 * log(sqrt(one * other) + least), 1e-4);
    CHECK_NEAR((double)loglik[12], 2 * log(other + least), 1e-4);
    CHECK_NEAR((double)loglik[b.states - 1], 2 * log(other + least), 1e-4); /* beyond its classes */
    memset(b.p, 0, sizeof b.p);
    b.p[2 * (94 - 85)] = 1;
    CHECK_NEAR((double)pleth_rate_net_agrees(f.net, &b), one + 10 * other, 1e-5);
    memset(b.p, 0, sizeof b.p);
    b.p[2 * (150 - 85)] = 1;
    CHECK_NEAR((double)pleth_rate_net_agrees(f.net, &b), 11 * other, 1e-5);
    close_front(&f);
    plethio_model_close(&m);
}

/* ---- Through pleth.h ------------------------------------------------------------------------ */

static pleth_config with(int channels, const pleth_net *net)
{
    pleth_config c;

    pleth_config_default(&c);
    c.rate_min = 30;
    c.every_s = 2;
    c.sensor.channels = channels;
    c.sensor.light[0] = PLETH_LIGHT_GREEN;
    c.net = net;
    return c;
}

static void check_refused(void)
{
    struct pleth_net_shape shape = shape_of(PLETH_NET_RESNET1D);
    struct plethio_model m = random_net(&shape);
    pleth_config c = with(2, m.net), without = with(2, NULL);
    pleth_stream *s;
    size_t size = pleth_size(&c);
    char *memory = aligned_alloc(64, (size + 127) / 64 * 64);

    CHECK(size > pleth_size(&without) + pleth_net_state_size(m.net));
    CHECK(pleth_init(&s, memory + 16, size - 1, &c) == PLETH_EMEMORY && s == NULL);
    CHECK(pleth_init(&s, memory + 16, size, &c) == PLETH_OK && s != NULL);
    c.sensor.channels = 0; /* frames of a camera */
    CHECK(pleth_size(&c) == 0 && pleth_init(&s, memory, size, &c) == PLETH_EINVAL && s == NULL);
    plethio_model_close(&m);

    shape.classes = 90;
    m = random_net(&shape);
    c = with(1, m.net);
    CHECK(pleth_size(&c) == 0 && pleth_init(&s, memory, size, &c) == PLETH_EINVAL && s == NULL);
    plethio_model_close(&m);
    shape = shape_of(PLETH_NET_MLP);
    shape.samples = 128;
    m = random_net(&shape);
    c.net = m.net;
    CHECK(pleth_size(&c) == 0 && pleth_init(&s, memory, size, &c) == PLETH_EINVAL);
    plethio_model_close(&m);
    shape = shape_of(PLETH_NET_TSCAN);
    m = random_net(&shape);
    c.net = m.net;
    CHECK(pleth_size(&c) == 0 && pleth_init(&s, memory, size, &c) == PLETH_EINVAL);
    plethio_model_close(&m);
    free(memory);
}

/* A minute of light, with a pulse of per_min or noise alone (0); of one who sits still, where there
 * is an accelerometer. Returns the last reading; *answered: how many had a value. */
static pleth_reading play(const pleth_net *net, double per_min, int motion, int *answered)
{
    const struct heart h = {.seconds = 60, .from = per_min, .to = per_min, .noise = 1};
    pleth_config c = with(1, net);
    pleth_reading r, last;
    pleth_stream *s;
    char *memory;

    c.sensor.motion = motion;
    memory = malloc(pleth_size(&c));
    memset(&last, 0, sizeof last);
    *answered = 0;
    CHECK(pleth_init(&s, memory, pleth_size(&c), &c) == PLETH_OK);
    for (int i = 0; i < 60 * 50; i++) {
        const double jolt = 2e-3 * plethtrain_uniform(5, (uint64_t)i);
        const pleth_sample sample = {
            .time_ns = (int64_t)i * 20000000,
            .ppg = {per_min > 0 ? (float)heart_light(&h, i / 50.0, (uint64_t)i)
                                : (float)(1000 + plethtrain_uniform(6, (uint64_t)i))},
            .acceleration = {(float)jolt, 0.6f, 0.8f}};

        CHECK(pleth_push_sample(s, &sample, 1) == PLETH_OK);
        while (pleth_pull(s, &r) == PLETH_OK) {
            last = r;
            *answered += r.heart_rate.have;
        }
    }
    free(memory);
    return last;
}

static void check_streams(void)
{
    struct plethio_model silent = stubborn_net(90, 0), right = stubborn_net(76, 20),
                         wrong = stubborn_net(150, 20);

    for (int motion = 0; motion < 2; motion++) {
        int answered;
        const pleth_reading alone = play(NULL, 76, motion, &answered);
        pleth_reading r = play(silent.net, 76, motion, &answered);

        /* one that says nothing changes nothing */
        CHECK_NEAR((double)alone.heart_rate.value, 76, 1.5);
        CHECK_NEAR((double)r.heart_rate.value, (double)alone.heart_rate.value, 0.01);
        /* one that is right helps, one that is wrong is not believed against the light */
        r = play(right.net, 76, motion, &answered);
        CHECK_NEAR((double)r.heart_rate.value, 76, 1);
        CHECK(r.heart_rate.have && r.heart_rate.sd < alone.heart_rate.sd);
        r = play(wrong.net, 76, motion, &answered);
        CHECK_NEAR((double)r.heart_rate.value, 76, 1.5);
        /* where there is no pulse, nothing that it says is one */
        r = play(right.net, 0, motion, &answered);
        CHECK(answered == 0 && !r.heart_rate.have && r.heart_rate.reasons != 0);
    }
    plethio_model_close(&silent);
    plethio_model_close(&right);
    plethio_model_close(&wrong);
}

int main(void)
{
    recording_begin();
    CHECK(PLETH_RATE_NET_LOWEST == (int)PLETHTRAIN_LOWEST);
    CHECK(PLETH_RATE_NET_CLASSES == (int)PLETHTRAIN_RATES);
    check_networks();
    check_channels();
    check_evidence();
    check_refused();
    check_streams();
    recording_end();
    return test_done();
}
