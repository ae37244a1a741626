/* A video on standard input, read to its end or for as long as a fuzzer may take, and measured. */
#ifndef PLETH_FUZZ_PIPE_H
#define PLETH_FUZZ_PIPE_H

#include "fuzz.h"

#include <fcntl.h>

#include "pleth/pleth.h"
#include "video.h"

static inline void fuzz_pipe(const uint8_t *data, size_t size,
                             const struct plethio_video_options *options)
{
    enum { FRAMES_MAX = 120, PIXELS_MAX = 1 << 20 };
    struct plethio_video *video;
    struct plethio_video_info info;
    struct plethio_error e = {{0}};
    pleth_config config;
    pleth_stream *stream;
    pleth_reading reading;
    pleth_frame frame;
    uint8_t *rgb = NULL;
    void *memory;
    int64_t last = INT64_MIN, pixels = 0;
    int status = 0, input = open(fuzz_file("in", data, size), O_RDONLY);

    MUST(input >= 0 && dup2(input, STDIN_FILENO) == STDIN_FILENO);
    close(input);
    if (plethio_video_open(&video, "-", options, &e)) {
        MUST(video == NULL && e.text[0] && !strchr(e.text, '\n'));
        return;
    }
    plethio_video_info(video, &info);
    MUST(info.width >= 0 && info.height >= 0);

    pleth_config_default(&config);
    config.roi = PLETH_ROI_ALL;
    memory = aligned_alloc(16, (pleth_size(&config) + 15) / 16 * 16);
    MUST(memory && pleth_init(&stream, memory, pleth_size(&config), &config) == PLETH_OK);
    for (int n = 0; n < FRAMES_MAX && pixels < PIXELS_MAX; n++) {
        status = plethio_video_next(video, &frame, &e);
        if (status <= 0)
            break;
        MUST(frame.time_ns > last);
        last = frame.time_ns;
        MUST(pleth_push_frame(stream, &frame) == PLETH_OK);
        while (pleth_pull(stream, &reading) == PLETH_OK)
            MUST(reading.heart_rate.quality >= 0);
        pixels += (int64_t)frame.width * frame.height;
        if (n == 0 && pixels < PIXELS_MAX) {
            rgb = malloc(3 * (size_t)pixels);
            MUST(rgb);
            if (plethio_frame_to_rgb(video, &frame, rgb, &e))
                MUST(e.text[0]);
        }
    }
    MUST(status >= 0 || e.text[0]);
    plethio_video_close(&video);
    MUST(video == NULL);
    free(rgb);
    free(memory);
}

#endif
