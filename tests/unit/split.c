/* Streams that leave parts of a run out: what is left out is what split.h says, and nothing else.
 */
#include "split.h"

#include "net_time.h"
#include "stream.h"
#include "synth.h"
#include "test.h"

enum { FRAMES = 300, WIDTH = 96, HEIGHT = 96, SHOTS = 64 };

static uint8_t picture[FRAMES][HEIGHT * WIDTH * 3];

static pleth_frame frame_of(int i)
{
    return (pleth_frame){.time_ns = i * 1000000000LL / 30,
                         .format = PLETH_RGB24,
                         .width = WIDTH,
                         .height = HEIGHT,
                         .plane = {picture[i]},
                         .stride = {(ptrdiff_t)3 * WIDTH}};
}

static void render(void)
{
    struct plethio_synth p;
    struct plethio_scene *scene;
    struct plethio_error e;

    plethio_synth_default(&p);
    p.duration_s = FRAMES / 30.0;
    p.width = WIDTH;
    p.height = HEIGHT;
    if (plethio_scene_open(&scene, &p, &e)) {
        printf("%s\n", e.text);
        exit(1);
    }
    for (int i = 0; i < FRAMES; i++) {
        struct plethio_truth truth;
        double time_s;
        plethio_scene_frame(scene, i, picture[i], &time_s, &truth);
    }
    plethio_scene_close(&scene);
}

/* The whole stream's answers are those of a stream that is pushed by hand, although its waves are
 * made again in between. */
static void whole(const pleth_config *config)
{
    static pleth_reading reading[SHOTS];
    const size_t size = pleth_size(config);
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    pleth_reading shown;
    pleth_stream *stream;
    struct split s;
    int looks = 0, waves = 0, reads = 0, n = 0;

    CHECK(split_open(&s, config, SPLIT_WHOLE) == 0);
    CHECK(pleth_init(&stream, memory, size, config) == PLETH_OK);
    for (int i = 0; i < FRAMES; i++) {
        const pleth_frame frame = frame_of(i);
        CHECK(split_push(&s, &frame) == PLETH_OK);
        CHECK(pleth_push_frame(stream, &frame) == PLETH_OK);
        while (n < SHOTS && pleth_pull(stream, &shown) == PLETH_OK)
            reading[n++] = shown;
        looks += i > 0 && s.looked;
        waves += s.waved;
        reads += s.read;
        if (s.waved) {
            static double before[PLETH_RATE_SAMPLES];
            memcpy(before, s.stream->camera.pulse, sizeof before);
            split_wave(&s);
            CHECK(memcmp(before, s.stream->camera.pulse,
                         (size_t)s.stream->camera.rate.n * sizeof *before) == 0);
        }
    }
    CHECK(n == 9 && reads == n && looks == n);    /* one a second, and the first after one */
    CHECK(config->net ? waves == 0 : waves == 5); /* from five seconds of signal on */
    /* all that the readings came of, and the last one of them */
    CHECK(memcmp(&s.stream->camera.rate, &stream->camera.rate, offsetof(struct pleth_rate, q)) ==
          0);
    CHECK(memcmp(&s.stream->reading[(n - 1) % PLETH_READINGS], &reading[n - 1],
                 sizeof reading[0]) == 0);
    split_close(&s);
    free(memory);
}

/* The others have the same traces: bits of a run that leaves out no more than it says. */
static void parts(const pleth_config *config)
{
    struct split s[SPLIT_RUNS];
    const int runs = config->net ? SPLIT_RUNS : SPLIT_NO_STEPS;
    const struct pleth_trace *a, *b;

    for (int run = 0; run < runs; run++) {
        CHECK(split_open(&s[run], config, (enum split_run)run) == 0);
        for (int i = 0; i < FRAMES; i++) {
            const pleth_frame frame = frame_of(i);
            CHECK(split_push(&s[run], &frame) == PLETH_OK);
            CHECK(run == SPLIT_WHOLE || (!s[run].read && !s[run].waved));
        }
        CHECK(run == SPLIT_WHOLE ||
              (s[run].stream->camera.rate.n == 0 && !s[run].stream->breathing.started));
    }
    a = &s[SPLIT_WHOLE].stream->camera.colours;
    b = &s[SPLIT_NO_LOOK].stream->camera.colours;
    CHECK(pleth_trace_count(a) > (config->net ? 200 : 280));
    CHECK(memcmp(a, b, sizeof *a) == 0);
    for (int run = 1; run < runs; run++)
        CHECK(memcmp(&s[SPLIT_WHOLE].stream->camera.motion, &s[run].stream->camera.motion,
                     sizeof s[run].stream->camera.motion) == 0);
    if (config->net) {
        double moved = 0, zero = 0;
        b = &s[SPLIT_NO_STEPS].stream->camera.colours;
        CHECK(pleth_trace_count(a) == pleth_trace_count(b));
        for (int c = 0; c < PLETH_SKIN_CHANNELS; c++)
            CHECK(memcmp(a->ring[c], b->ring[c], sizeof a->ring[c]) == 0);
        for (int64_t k = 0; k < pleth_trace_count(a); k++) {
            moved += fabs(a->ring[PLETH_SKIN_CHANNELS][k]);
            zero += fabs(b->ring[PLETH_SKIN_CHANNELS][k]);
        }
        CHECK(moved > 0 && zero == 0);
    }
    for (int run = 0; run < runs; run++)
        split_close(&s[run]);
}

int main(void)
{
    struct plethio_model model;
    struct pleth_net_shape shape;
    struct plethio_error e;
    pleth_net_options options;
    pleth_config config;
    size_t size;
    char *bytes;

    render();
    pleth_config_default(&config);
    whole(&config);
    parts(&config);

    pleth_net_shape_default(&shape, PLETH_NET_TSCAN);
    pleth_net_options_default(&options);
    bytes = net_time_random(&shape, &size, &e);
    if (!bytes || plethio_model_take(&model, bytes, size, "tscan", &options, &e)) {
        printf("%s\n", e.text);
        return 1;
    }
    config.net = model.net;
    whole(&config);
    parts(&config);
    plethio_model_close(&model);
    return test_done();
}
