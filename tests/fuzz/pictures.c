/* A folder of pictures: lines of names up to a line of "picture", and what is in each of them. */
#include "recording.h"

#include <ctype.h>
#include <sys/stat.h>

#include "video.h"

enum { NAMES = 4 };

/* A name that stays within the folder. */
static void clean(char *name, size_t size, const uint8_t *from, size_t length)
{
    size_t n = 0;

    for (size_t i = 0; i < length && n + 1 < size; i++)
        name[n++] = isalnum(from[i]) || from[i] == '.' ? (char)from[i] : '_';
    name[n] = 0;
}

static void look(const char *folder, double rate_hz)
{
    const struct plethio_video_options options = {.rate_hz = rate_hz};
    struct plethio_video *video;
    struct plethio_error e = {{0}};
    pleth_frame frame;
    int64_t last_ns = -1;
    unsigned sum = 0;
    int got;

    if (plethio_video_open(&video, folder, &options, &e)) {
        MUST(!video && strncmp(e.text, folder, strlen(folder)) == 0 && !strchr(e.text, '\n'));
        return;
    }
    while ((got = plethio_video_next(video, &frame, &e)) == 1) {
        MUST(frame.time_ns > last_ns && frame.width > 0 && frame.height > 0);
        last_ns = frame.time_ns;
        sum += ((const uint8_t *)frame.plane[0])[(frame.height - 1) * frame.stride[0]];
    }
    MUST(got == 0 || (e.text[0] && !strchr(e.text, '\n')) || sum == 0);
    plethio_video_close(&video);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t rest, names = fuzz_part(data, size, "picture\n", &rest), at = 0;
    char folder[300], path[NAMES][400], name[60];
    int count = 0;

    fuzz_file("anchor", NULL, 0);
    snprintf(folder, sizeof folder, "%s/pictures", fuzz_folder);
    mkdir(folder, 0700);
    while (at < names && count < NAMES) {
        size_t end = at;
        FILE *f;

        while (end < names && data[end] != '\n')
            end++;
        clean(name, sizeof name, data + at, end - at);
        at = end + 1;
        if (!name[0] || strspn(name, ".") == strlen(name))
            continue;
        snprintf(path[count], sizeof path[count], "%s/%s", folder, name);
        f = fopen(path[count], "wb");
        if (!f)
            continue;
        fwrite(data + rest, 1, size - rest, f);
        fclose(f);
        count++;
    }
    look(folder, 0);
    look(folder, 25);
    while (count > 0)
        unlink(path[--count]);
    rmdir(folder);
    return 0;
}
