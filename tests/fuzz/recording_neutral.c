/* The neutral format: up to a line "samples" the input is the .json, what follows the .bin. */
#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t rest, text = fuzz_part(data, size, "samples\n", &rest);

    fuzz_file("in.bin", data + rest, size - rest);
    fuzz_recording(fuzz_file("in.json", data, text), 0);
    return 0;
}
