/* TensorFlow.js: up to a line "shard" the input is model.json, what follows is the file s beside
 * it. */
#include "container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "shard\n";
    size_t text = size, skip = 0;

    for (size_t i = 0; i + sizeof(mark) - 1 <= size && !skip; i++) {
        if (memcmp(data + i, mark, sizeof(mark) - 1) == 0) {
            text = i;
            skip = sizeof(mark) - 1;
        }
    }
    fuzz_file("s", data + text + skip, size - text - skip);
    fuzz_checkpoint(fuzz_file("model.json", data, text));
    return 0;
}
