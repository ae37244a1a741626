/* GalaxyPPG: up to a line "motion" the input is PPG.csv (and an E4's BVP.csv), up to "belt"
 * ACC.csv, up to "events" the belt's HR.csv, then Event.csv. */
#include "recording.h"

#include "reference.h"

#include <sys/stat.h>

static char belt[300];

static void remove_belt(void)
{
    char path[400];

    snprintf(path, sizeof path, "%s/HR.csv", belt);
    unlink(path);
    rmdir(belt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t motion, rates, events;
    const size_t light = fuzz_part(data, size, "motion\n", &motion);
    const size_t axes = fuzz_part(data + motion, size - motion, "belt\n", &rates);
    const uint8_t *hr = data + motion + rates;
    const size_t rest = size - motion - rates, beats = fuzz_part(hr, rest, "events\n", &events);
    const char *path;

    fuzz_file("ACC.csv", data + motion, axes);
    fuzz_file("Event.csv", hr + events, rest - events);
    if (!belt[0]) {
        snprintf(belt, sizeof belt, "%s/PolarH10", fuzz_folder);
        mkdir(belt, 0700);
        /* runs before the folder around it is removed */
        atexit(remove_belt);
    }
    path = fuzz_file("PolarH10/HR.csv", hr, beats);
    fuzz_recording(fuzz_file("PPG.csv", data, light), 0);
    fuzz_reference_of("galaxy", fuzz_file("PPG.csv", data, light), path);
    fuzz_reference_of("galaxy", fuzz_file("BVP.csv", data, light), path);
    return 0;
}
