/* Someone's program: a skin colour that pulses 72 times a minute, pushed for 15 seconds. */
#include <pleth/pleth.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    pleth_config config;
    pleth_stream *stream;
    pleth_reading reading;
    void *memory;
    /* a rotation by 1.2 / 30 of a turn for each frame: x and y are its cosine and sine */
    const double turn_x = 0.96858316112863, turn_y = 0.24868988716485;
    double x = 1, y = 0;
    int i, readings = 0;

    pleth_config_default(&config);
    memory = malloc(pleth_size(&config));
    if (pleth_version() != PLETH_VERSION ||
        pleth_init(&stream, memory, pleth_size(&config), &config) != PLETH_OK)
        return 1;
    for (i = 0; i < 450; i++) {
        double turned = x * turn_x - y * turn_y;
        float pulse = (float)y, rgb[3];
        y = x * turn_y + y * turn_x;
        x = turned;
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
