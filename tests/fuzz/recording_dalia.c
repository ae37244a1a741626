/* Pickles of PPG-DaLiA and WESAD: the wristband, and the rates of its windows. */
#include "recording.h"

#include "reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("in.pkl", data, size);

    fuzz_recording(path, 0);
    fuzz_reference_of("dalia", path, path);
    fuzz_reference_of("wesad", path, fuzz_file("HR.csv", (const uint8_t *)"60\n61\n", 6));
    return 0;
}
