/* MATLAB files, through matio in a process of its own. libFuzzer also keeps what kills that
 * process; a finding is only what ends the target itself. */
#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_recording(fuzz_file("in.mat", data, size), 0);
    return 0;
}
