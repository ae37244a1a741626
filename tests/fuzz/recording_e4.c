/* An E4's folder: up to a line "motion" the input is BVP.csv, what follows is ACC.csv. */
#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t rest, text = fuzz_part(data, size, "motion\n", &rest);

    fuzz_file("ACC.csv", data + rest, size - rest);
    fuzz_recording(fuzz_file("BVP.csv", data, text), 0);
    return 0;
}
