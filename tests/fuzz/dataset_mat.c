/* What else MATLAB files hold: rates, and recordings by place and person in structures and cells,
 * through matio in a process of its own. A finding is only what ends the target itself. */
#include "recording.h"

#include "path.h"
#include "reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[1024];
    const char *file = fuzz_file("WildPPG.mat", data, size);
    struct plethio_dataset d;
    struct plethio_error e = {{0}};

    fuzz_reference_of("spc", file, file);
    fuzz_reference_of("wildppg", file, file);
    plethio_join(path, file, "wrist", "", NULL);
    fuzz_recording(path, 0);
    plethio_join(path, file, "1/wrist", "", NULL);
    fuzz_recording(path, 0);
    if (plethio_dataset_open(&d, plethio_layout_find("wildppg"), fuzz_folder, &e))
        MUST(e.text[0] && !strchr(e.text, '\n'));
    plethio_dataset_free(&d);
    return 0;
}
