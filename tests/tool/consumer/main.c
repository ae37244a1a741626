/* Someone's program: a skin colour that pulses 72 times a minute, pushed for 15 seconds. */
#include <math.h>
#include <pleth/pleth.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    pleth_config config;
    pleth_stream *stream;
    pleth_reading reading;
    void *memory;
    int i, readings = 0;

    pleth_config_default(&config);
    memory = malloc(pleth_size(&config));
    if (pleth_version() != PLETH_VERSION ||
        pleth_init(&stream, memory, pleth_size(&config), &config) != PLETH_OK)
        return 1;
    for (i = 0; i < 450; i++) {
        float pulse = (float)sin(2 * 3.14159265358979 * 1.2 * i / 30);
        float rgb[3];
        rgb[0] = 160 * (1 + 0.0033f * pulse);
        rgb[1] = 110 * (1 + 0.0077f * pulse);
        rgb[2] = 90 * (1 + 0.0053f * pulse);
        if (pleth_push_rgb(stream, i * (int64_t)1000000000 / 30, rgb) != PLETH_OK)
            return 1;
        while (pleth_pull(stream, &reading) == PLETH_OK)
            readings++;
    }
    printf("%d readings\n", readings);
    free(memory);
    return readings == 0;
}
