/* PyTorch's .pth. */
#include "container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_checkpoint(fuzz_file("in", data, size));
    return 0;
}
