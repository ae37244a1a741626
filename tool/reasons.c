/* Reasons for readers: one table, shared by measure, watch, annotate and plot. */
#include "reasons.h"

#include <stddef.h>

#include "pleth/pleth.h"

static const struct {
    const char *sentence, *attempt;
} table[PLETH_REASON_COUNT] = {
    {"No face has been found.", "Face the camera, or give the place of the skin with --roi."},
    {"The face went out of view.", "Stay in the picture."},
    {"The skin is too dark to see a pulse.", "Turn on a light in front of you, or move closer."},
    {"The skin is overexposed.",
     "Use softer light, a shorter exposure, or dimmer lamps of the sensor."},
    {"The light flickers or changes.", "Use steady light, and lock the camera's exposure."},
    {"Movement hides the pulse.",
     "Sit still, with the camera on something firm, or the sensor snug."},
    {"Nothing here behaves like a pulse.",
     "Keep still: near a camera in steady light, or under a snug sensor."},
    {"There are too few pictures or samples a second.",
     "Record 15 pictures or 20 samples a second."},
    {"Pictures or samples are missing.", "Close other programs, or record to a faster disk."},
    {"Not enough has been seen yet.", "Wait a few seconds."},
    {"The recording is too short.", "Record at least 15 seconds."},
    {"The estimates do not agree yet.", "Keep still a little longer."},
    {"The sensor is off the skin.", "Wear it snugly."},
    {"This input can not carry this vital sign.", ""},
};

const char *tool_reason_sentence(int bit)
{
    return bit >= 0 && bit < PLETH_REASON_COUNT ? table[bit].sentence : NULL;
}

const char *tool_reason_try(int bit)
{
    return bit >= 0 && bit < PLETH_REASON_COUNT ? table[bit].attempt : NULL;
}

int tool_reason_first(uint32_t reasons)
{
    static const uint32_t order[PLETH_REASON_COUNT] = {
        PLETH_NOT_MEASURABLE_HERE,
        PLETH_OFF_WRIST,
        PLETH_NO_FACE,
        PLETH_FACE_LOST,
        PLETH_TOO_DARK,
        PLETH_SATURATED,
        PLETH_LOW_RATE,
        PLETH_GAP,
        PLETH_TOO_SHORT,
        PLETH_WARMING_UP,
        PLETH_LIGHT_CHANGES,
        PLETH_MOTION,
        PLETH_UNSTABLE,
        PLETH_NO_PULSE,
    };
    for (int i = 0; i < PLETH_REASON_COUNT; i++)
        for (int bit = 0; bit < PLETH_REASON_COUNT; bit++)
            if (reasons & order[i] & (1u << bit))
                return bit;
    return -1;
}
