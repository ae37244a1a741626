/* Pushes a video through a stream, so that its instructions can be counted (pipeline.sh):
 *
 *     pipeline CLIP.y4m FRAMES RUN [MODEL [NET]]
 *
 * FRAMES: at most so many of the clip (I420). RUN: whole, no-look or no-steps, the streams of
 * tool/split.h, or waves: the whole one, with every wave of the method made twice. Prints how many
 * frames were pushed and how many readings came of them. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pleth/pleth.h"
#include "split.h"

static const char *const runs[] = {"whole", "no-look", "no-steps", "waves"};
enum { WAVES = SPLIT_RUNS };

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "pipeline: %s: %s\n", what, why);
    return 1;
}

static void *aligned(size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}

/* All n bytes, without a copy that would be counted. */
static int read_all(int file, void *to, size_t n)
{
    char *p = to;
    ssize_t got = 0;

    for (; n > 0 && (got = read(file, p, n)) > 0; n -= (size_t)got)
        p += got;
    return n == 0 ? 0 : -1;
}

static int read_line(int file, char *line, size_t size)
{
    size_t n = 0;

    while (n + 1 < size && read(file, &line[n], 1) == 1 && line[n] != '\n')
        n++;
    line[n] = '\0';
    return n > 0 ? 0 : -1;
}

/* The prepared network of a file, NULL where it is none. */
static const pleth_net *load(const char *path, const char *name, char message[PLETH_MESSAGE])
{
    const int file = open(path, O_RDONLY);
    pleth_net_options options;
    const pleth_net *net = NULL;
    struct stat about;
    void *model, *block;
    size_t size, length;

    snprintf(message, PLETH_MESSAGE, "can not be read");
    if (file < 0 || fstat(file, &about))
        return NULL;
    length = (size_t)about.st_size;
    model = aligned(length);
    if (model && !read_all(file, model, length)) {
        pleth_net_options_default(&options);
        options.name = name;
        size = pleth_net_size(model, length, &options, message);
        block = size ? aligned(size) : NULL;
        if (block)
            pleth_net_prepare(&net, block, size, model, length, &options, message);
    }
    free(model);
    close(file);
    return net;
}

static int push_all(struct split *split, int file, const char *header, int most, int twice)
{
    const char *rate = strstr(header, " F");
    pleth_frame frame = {.format = PLETH_I420};
    int64_t over, under;
    size_t size;
    uint8_t *pixels;
    char line[64];
    int n, readings = 0;

    if (sscanf(header, "YUV4MPEG2 W%d H%d", &frame.width, &frame.height) != 2 || !rate ||
        sscanf(rate, " F%ld:%ld", &over, &under) != 2)
        return fail("clip", "not y4m");
    frame.stride[0] = frame.width;
    frame.stride[1] = frame.stride[2] = (frame.width + 1) / 2;
    size = (size_t)frame.width * (size_t)frame.height +
           2 * (size_t)frame.stride[1] * (size_t)((frame.height + 1) / 2);
    pixels = malloc(size);
    if (!pixels)
        return fail("clip", "no memory");
    frame.plane[0] = pixels;
    frame.plane[1] = pixels + (ptrdiff_t)frame.width * frame.height;
    frame.plane[2] = frame.plane[1] + frame.stride[1] * ((frame.height + 1) / 2);
    for (n = 0; n < most && !read_line(file, line, sizeof line) && !read_all(file, pixels, size);
         n++) {
        frame.time_ns = n * under * 1000000000 / over;
        if (split_push(split, &frame) != PLETH_OK)
            return fail("clip", pleth_errmsg(split->stream));
        readings += split->read;
        if (twice && split->waved)
            split_wave(split);
    }
    printf("%d frames, %d readings\n", n, readings);
    free(pixels);
    return 0;
}

int main(int argc, char **argv)
{
    char message[PLETH_MESSAGE] = "", header[256];
    pleth_config config;
    struct split split;
    int run = 0, file;

    while (argc > 3 && run <= WAVES && strcmp(argv[3], runs[run]) != 0)
        run++;
    if (argc < 4 || run > WAVES) {
        fprintf(stderr,
                "usage: pipeline CLIP.y4m FRAMES whole|no-look|no-steps|waves [MODEL [NET]]\n");
        return 2;
    }
    pleth_config_default(&config);
    if (argc > 4) {
        config.net = load(argv[4], argc > 5 ? argv[5] : NULL, message);
        if (!config.net)
            return fail(argv[4], message);
    }
    file = open(argv[1], O_RDONLY);
    if (file < 0 || read_line(file, header, sizeof header))
        return fail(argv[1], "can not be read");
    if ((run == SPLIT_NO_STEPS && !config.net) ||
        split_open(&split, &config, run == WAVES ? SPLIT_WHOLE : (enum split_run)run))
        return fail("stream", "can not be opened");
    return push_all(&split, file, header, atoi(argv[2]), run == WAVES);
}
