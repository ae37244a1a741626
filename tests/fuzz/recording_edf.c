/* EDF and BDF, through EDFlib. */
#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_recording(fuzz_file("in.edf", data, size), 0);
    return 0;
}
