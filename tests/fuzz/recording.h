/* A recording of any format: opened, and read on to its end. */
#ifndef PLETH_FUZZ_RECORDING_H
#define PLETH_FUZZ_RECORDING_H

#include "fuzz.h"

#include <math.h>

#include "biosignal.h"

static inline void fuzz_recording(const char *path, double rate_hz)
{
    struct plethio_biosignal *b;
    struct plethio_biosignal_info info;
    struct plethio_error e = {{0}};
    int64_t time_ns = INT64_MIN;
    float value[PLETHIO_CHANNELS];
    int got, rows = 0;

    plethio_is_biosignal(path);
    if (plethio_biosignal_open(&b, path, rate_hz, &e)) {
        MUST(!b && strncmp(e.text, path, strlen(path)) == 0 && !strchr(e.text, '\n'));
        return;
    }
    plethio_biosignal_info(b, &info);
    MUST(info.channels > 0 && info.channels <= PLETHIO_CHANNELS && info.format[0]);
    MUST(info.rate_hz >= 0 && isfinite(info.rate_hz) && info.duration_s >= 0);
    for (int i = 0; i < info.channels; i++) {
        MUST(memchr(info.channel[i].name, 0, sizeof info.channel[i].name));
        MUST(memchr(info.channel[i].unit, 0, sizeof info.channel[i].unit));
    }
    while ((got = plethio_biosignal_next(b, &time_ns, value, &e)) == 1 && rows++ < 100000) {
        MUST(time_ns != INT64_MIN);
        for (int i = 0; i < info.channels; i++)
            MUST(!isinf(value[i]));
    }
    MUST(got >= 0 || (e.text[0] && !strchr(e.text, '\n')));
    plethio_biosignal_close(&b);
}

/* The input up to a line that is only `mark`, and what follows it. */
static inline size_t fuzz_part(const uint8_t *data, size_t size, const char *mark, size_t *rest)
{
    const size_t n = strlen(mark);

    for (size_t i = 0; i + n <= size; i++)
        if (memcmp(data + i, mark, n) == 0) {
            *rest = i + n;
            return i;
        }
    *rest = size;
    return size;
}

#endif
