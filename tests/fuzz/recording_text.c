/* Tables of sensors: the input as a .csv, with and without a rate, and as Polar's pair of files. */
#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t rest, text = fuzz_part(data, size, "motion\n", &rest);

    fuzz_file("x_ACC.txt", data + rest, size - rest);
    fuzz_recording(fuzz_file("x_PPG.txt", data, text), 0);
    fuzz_recording(fuzz_file("in.csv", data, text), 50);
    return 0;
}
