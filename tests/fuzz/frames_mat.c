/* Frames and waves in MATLAB files, through matio in a process of its own. libFuzzer also keeps
 * what kills that process; a finding is only what ends the target itself. */
#include "reference.h"

#include "video.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct plethio_video_options options = {.rate_hz = 30};
    const char *path = fuzz_file("p1_1.mat", data, size);
    struct plethio_video *video;
    struct plethio_error e = {{0}};
    pleth_frame frame;
    unsigned sum = 0;
    int frames = 0;

    fuzz_reference("mmpd", path);
    fuzz_reference("scamps", path);
    if (plethio_video_open(&video, path, &options, &e)) {
        MUST(!video && strncmp(e.text, path, strlen(path)) == 0 && !strchr(e.text, '\n'));
        return 0;
    }
    while (plethio_video_next(video, &frame, &e) == 1 && frames++ < 1000)
        for (int y = 0; y < frame.height; y++)
            for (int x = 0; x < 3 * frame.width; x++)
                sum += ((const uint8_t *)frame.plane[0])[y * frame.stride[0] + x];
    MUST(frames > 0 || sum == 0);
    plethio_video_close(&video);
    return 0;
}
