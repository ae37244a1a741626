/* References in HDF5, through its library in a process of its own. libFuzzer also keeps what kills
 * that process; a finding is only what ends the target itself. */
#include "reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reference("cohface", fuzz_file("data.hdf5", data, size));
    return 0;
}
