/* Pushes samples of a wearable sensor through a stream, so that its instructions can be counted
 * (sensor.sh):
 *
 *     sensor CHANNELS SECONDS RUN
 *
 * CHANNELS of light and three axes, 125 samples a second, at rest and walking by turns of a minute.
 * RUN: make, the samples alone, or push. Prints the number of readings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pleth/pleth.h"

#define RATE_HZ 125
#define TAU 6.283185307179586

/* Uniform, mean 0, width 1. */
static double noise(void)
{
    static unsigned s = 1;

    s = s * 1664525u + 1013904223u;
    return (s >> 8) / 16777216.0 - 0.5;
}

/* Pulse 75, breathing 15, steps 115 a minute. */
static void make(pleth_sample *sample, int i)
{
    const double t = (double)i / RATE_HZ, walks = fmod(t, 120) < 60 ? 0 : 1;
    const double step = walks * sin(TAU * 115 / 60 * t), pulse = TAU * 75 / 60 * t;

    sample->time_ns = (int64_t)(t * 1e9);
    for (int c = 0; c < PLETH_PPG_CHANNELS; c++)
        sample->ppg[c] = (float)(1000 + 10 * sin(pulse) + 4 * sin(2 * pulse) +
                                 3 * sin(TAU * 15 / 60 * t) + 8 * step + noise());
    for (int c = 0; c < 3; c++)
        sample->acceleration[c] = (float)((c == 2) + 0.3 * step + 0.01 * noise());
}

int main(int argc, char **argv)
{
    pleth_config config;
    pleth_stream *stream;
    pleth_reading reading;
    pleth_sample sample;
    void *memory;
    int readings = 0;

    pleth_config_default(&config);
    config.every_s = 2;
    config.sensor.channels = argc == 4 ? atoi(argv[1]) : 0;
    config.sensor.motion = 1;
    memory = malloc(pleth_size(&config));
    if (config.sensor.channels < 1 || !memory ||
        pleth_init(&stream, memory, pleth_size(&config), &config) != PLETH_OK) {
        fprintf(stderr, "usage: sensor CHANNELS SECONDS make|push\n");
        return 1;
    }
    for (int i = 0; i < atoi(argv[2]) * RATE_HZ; i++) {
        make(&sample, i);
        if (strcmp(argv[3], "push") == 0 && pleth_push_sample(stream, &sample, 1) != PLETH_OK)
            return 1;
        while (pleth_pull(stream, &reading) == PLETH_OK)
            readings++;
    }
    printf("%d\n", readings);
    free(memory);
    return 0;
}
