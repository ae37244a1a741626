/* What a wearable sensor's stream costs: samples of a synthetic wearer, of minutes by turns and of
 * a whole day. */
#define _DEFAULT_SOURCE /* getloadavg */

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "synth_ppg.h"
#include "tool.h"

enum {
    ROUNDS = 5,
    RATE_HZ = 125,
    LENGTH_S = 600, /* the first half at rest, the second walking */
    SAMPLES = LENGTH_S * RATE_HZ,
    EVERY_S = 2, /* between readings, as `pleth measure` has them of a sensor */
    HOUR_S = 3600,
    DAY_S = 24 * HOUR_S,
    SENSORS = 2 /* of one channel of light and of two, with three axes */
};

struct bench {
    const struct measure_options *measure;
    pleth_sample *sample; /* [SAMPLES] */
    size_t bytes[SENSORS];
    double round_s[SENSORS][ROUNDS]; /* processor time of LENGTH_S */
    double day_s;
    long readings, hour_kb, day_kb;
};

static int make_samples(struct bench *b, struct plethio_error *e)
{
    struct plethio_synth_ppg p;
    struct plethio_ppg_sample s;
    struct plethio_ppg *ppg;
    int n = 0;

    plethio_synth_ppg_default(&p);
    p.duration_s = LENGTH_S;
    p.rate_hz = RATE_HZ;
    p.channels = 1 << PLETHIO_PPG_GREEN | 1 << PLETHIO_PPG_INFRARED;
    p.cadence = (struct plethio_profile){
        .points = 2, .time_s = {LENGTH_S / 2, LENGTH_S / 2}, .per_min = {0, 110}};
    b->sample = calloc(SAMPLES, sizeof *b->sample);
    if (!b->sample)
        return plethio_fail(e, "no memory for %d samples", SAMPLES);
    if (plethio_ppg_open(&ppg, &p, e))
        return -1;
    for (; n < SAMPLES && plethio_ppg_next(ppg, &s) == 1; n++) {
        b->sample[n].time_ns = llround(s.time_s * 1e9);
        b->sample[n].ppg[0] = (float)s.light[PLETHIO_PPG_GREEN];
        b->sample[n].ppg[1] = (float)s.light[PLETHIO_PPG_INFRARED];
        for (int c = 0; c < 3; c++)
            b->sample[n].acceleration[c] = (float)s.acc_g[c];
    }
    plethio_ppg_close(&ppg);
    return n == SAMPLES ? 0 : plethio_fail(e, "only %d of %d samples were made", n, SAMPLES);
}

/* Pushes the samples, over and over, up to `seconds` after the first; readings are pulled as they
 * come. Seconds of processor time; -1 and e without memory, or with a network of something else. */
static double push(struct bench *b, int sensor, double seconds, struct plethio_error *e)
{
    pleth_config config;
    pleth_stream *stream;
    pleth_reading reading;
    void *memory;
    double start;

    pleth_config_default(&config);
    config.every_s = EVERY_S;
    config.net = b->measure->config.net;
    config.sensor = (pleth_sensor_config){
        .channels = sensor + 1, .light = {PLETH_LIGHT_GREEN, PLETH_LIGHT_INFRARED}, .motion = 1};
    if (measure_net_suits(b->measure, &config, e))
        return -1;
    b->bytes[sensor] = pleth_size(&config);
    memory = malloc(b->bytes[sensor]);
    if (!memory || pleth_init(&stream, memory, b->bytes[sensor], &config) != PLETH_OK) {
        free(memory);
        return plethio_fail(e, "no memory for a stream");
    }
    b->readings = 0;
    start = bench_cpu_s();
    for (long i = 0; i < (long)(seconds * RATE_HZ) && !tool_stop; i++) {
        pleth_sample sample = b->sample[i % SAMPLES];

        sample.time_ns += i / SAMPLES * LENGTH_S * 1000000000LL;
        pleth_push_sample(stream, &sample, 1);
        while (pleth_pull(stream, &reading) == PLETH_OK)
            b->readings++;
        if (i == (long)HOUR_S * RATE_HZ)
            b->hour_kb = bench_peak_kb();
    }
    start = bench_cpu_s() - start;
    free(memory);
    return start;
}

static int run(struct bench *b, struct plethio_error *e)
{
    if (make_samples(b, e))
        return -1;
    for (int i = 0; i < ROUNDS; i++)
        for (int k = 0; k < SENSORS; k++) {
            b->round_s[k][i] = push(b, k, LENGTH_S, e);
            if (b->round_s[k][i] < 0)
                return -1;
        }
    b->day_s = push(b, SENSORS - 1, DAY_S, e);
    b->day_kb = bench_peak_kb();
    if (tool_stop)
        return plethio_fail(e, "interrupted");
    return b->day_s < 0 ? -1 : 0;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(const double *x)
{
    double v[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        v[i] = x[i];
    qsort(v, ROUNDS, sizeof *v, ascending);
    return v[ROUNDS / 2];
}

/* Processes that wanted to run in the last minute, this one among them. */
static double load(void)
{
    double mean = 0;

    return getloadavg(&mean, 1) == 1 ? mean : 0;
}

static void show_text(const struct bench *b, uint32_t mask)
{
    bench_machine(mask, 0);
    printf("load %.1f; %d s at rest and walking, %d samples a second, a reading every %d s\n",
           load(), LENGTH_S, RATE_HZ, EVERY_S);
    for (int k = 0; k < SENSORS; k++) {
        const double s = median(b->round_s[k]);

        printf("  light %d, axes 3: %6.1f us a second, %6.0f times real time; a stream %.1f kB\n",
               k + 1, 1e6 * s / LENGTH_S, LENGTH_S / s, (double)b->bytes[k] / 1000);
    }
    printf("  a day of light %d, axes 3: %ld readings in %.2f s, %.0f times real time\n", SENSORS,
           b->readings, b->day_s, DAY_S / b->day_s);
    printf("  whole process: %ld kB after an hour, %ld kB after the day\n", b->hour_kb, b->day_kb);
}

static void show_json(const struct bench *b, uint32_t mask)
{
    bench_machine(mask, 1);
    bench_number("load", load());
    printf(",\"length_s\":%d,\"rate_hz\":%d,\"every_s\":%d,\"sensors\":[", LENGTH_S, RATE_HZ,
           EVERY_S);
    for (int k = 0; k < SENSORS; k++) {
        const double s = median(b->round_s[k]);

        printf("%s{\"channels\":%d,\"axes\":3,\"stream_bytes\":%zu", k ? "," : "", k + 1,
               b->bytes[k]);
        bench_number("us_per_second", 1e6 * s / LENGTH_S);
        bench_number("times_real_time", LENGTH_S / s);
        printf("}");
    }
    printf("],\"day\":{\"readings\":%ld", b->readings);
    bench_number("s", b->day_s);
    bench_number("times_real_time", DAY_S / b->day_s);
    printf(",\"hour_kb\":%ld,\"day_kb\":%ld}}\n", b->hour_kb, b->day_kb);
}

int bench_sensor(const struct measure_options *measure, int json, struct plethio_error *e)
{
    struct bench b = {.measure = measure};
    int status;

    tool_catch_signals();
    status = run(&b, e);
    if (!status)
        (json ? show_json : show_text)(&b, measure->config.cpu_mask);
    free(b.sample);
    return status;
}
