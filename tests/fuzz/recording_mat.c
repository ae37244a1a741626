/* MATLAB files, through matio. */
#include "recording.h"

/* matio 1.5.23 and HDF5 forget memory of theirs where compressed data or an HDF5 file are broken;
 * what pleth frees, unit/biosignal_mat shows under the sanitizers. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_recording(fuzz_file("in.mat", data, size), 0);
    return 0;
}
