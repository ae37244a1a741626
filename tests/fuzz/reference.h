/* The reference of one recording, and what must hold of any. */
#ifndef PLETH_FUZZ_REFERENCE_H
#define PLETH_FUZZ_REFERENCE_H

#include "recording.h"

#include "dataset.h"

static inline void fuzz_reference(const char *layout, const char *input, const char *path)
{
    struct plethio_recording recording = {.name = "r", .person = "1"};
    struct plethio_reference r;
    struct plethio_error e = {{0}};
    size_t length = 0;

    snprintf(recording.input, sizeof recording.input, "%s", input);
    snprintf(recording.reference, sizeof recording.reference, "%s", path);
    if (plethio_reference_read(&r, plethio_layout_find(layout), &recording, &e)) {
        MUST(e.text[0] && !strchr(e.text, '\n'));
        return;
    }
    for (int i = 0; i < r.n; i++) {
        MUST(isfinite(r.time_s[i]));
        MUST(i == 0 || r.time_s[i] > r.time_s[i - 1]);
        if (r.activity)
            length += strlen(r.activity[i]);
    }
    MUST(length < SIZE_MAX);
    plethio_reference_free(&r);
}

#endif
