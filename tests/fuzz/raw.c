/* Raw frames on a pipe: width, height and rate as 16-bit numbers, a byte for the pixels, then data.
 */
#include "pipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const pixels[] = {"rgb24",  "bgr24",    "rgba",        "gray",
                                         "nv12",   "yuv420p",  "yuyv422",     "yuv444p",
                                         "rgb565", "yuvj422p", "yuv420p10le", "no such format"};
    struct fuzz_input in = {data, size};
    struct plethio_video_options options = {0};

    options.width = fuzz_u16(&in);
    options.height = fuzz_u16(&in);
    options.rate_hz = fuzz_u16(&in);
    options.raw = pixels[fuzz_u8(&in) % (sizeof(pixels) / sizeof(pixels[0]))];
    fuzz_pipe(in.data, in.left, &options);
    return 0;
}
