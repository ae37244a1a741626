/* Videos in y4m on a pipe. */
#include "pipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_pipe(data, size, NULL);
    return 0;
}
