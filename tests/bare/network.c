/* A network written by pleth convert, run on one window of a fixed wave: the outputs' bits as
 * hexadecimal, on a host and on a microcontroller alike. */
#include "model.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifndef COUNT
#define COUNT 1 /* runs, for the difference in instructions */
#endif
#ifndef Z_COUNT
#define Z_COUNT 32 /* values of the second output */
#endif

static _Alignas(64) unsigned char memory[model_STATE_SIZE];
static float x[200], logits[180], z[Z_COUNT];

int main(void)
{
    const float *input[2] = {x, NULL};
    float *output[4] = {logits, z, NULL, NULL};
    pleth_net_state *state;

    /* a triangle with a shorter one on it, exact in binary */
    for (int i = 0; i < 200; i++)
        x[i] = (float)(i % 24 < 12 ? i % 12 : 12 - i % 12) / 8 - (float)(i % 7) / 16;
    if (model_open(&state, memory, sizeof memory))
        return 1;
    for (int i = 0; i < COUNT; i++)
        if (pleth_net_run(state, 1, input, output))
            return 1;
    for (int i = 0; i < 180 + Z_COUNT; i++) {
        uint32_t bits;
        memcpy(&bits, i < 180 ? &logits[i] : &z[i - 180], sizeof bits);
        printf("%08lx%c", (unsigned long)bits, i % 8 == 7 ? '\n' : ' ');
    }
    printf("\n");
    return 0;
}
