/* WFDB: up to a line "samples" the input is the header, what follows is the file s beside it. */
#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t rest, text = fuzz_part(data, size, "samples\n", &rest);

    fuzz_file("s", data + rest, size - rest);
    fuzz_recording(fuzz_file("in.hea", data, text), 0);
    return 0;
}
