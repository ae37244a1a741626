/* The reference of a recording of some layout: refused in one line, or instants that increase. */
#ifndef PLETH_FUZZ_REFERENCE_H
#define PLETH_FUZZ_REFERENCE_H

#include "fuzz.h"

#include <math.h>

#include "dataset.h"

static inline void fuzz_reference_of(const char *layout, const char *input, const char *path)
{
    struct plethio_recording recording = {.name = "r", .person = "1"};
    struct plethio_reference r;
    struct plethio_error e = {{0}};

    MUST(snprintf(recording.input, sizeof recording.input, "%s", input) <
         (int)sizeof recording.input);
    MUST(snprintf(recording.reference, sizeof recording.reference, "%s", path) <
         (int)sizeof recording.reference);
    if (plethio_reference_read(&r, plethio_layout_find(layout), &recording, &e)) {
        MUST(e.text[0] && !strchr(e.text, '\n'));
        return;
    }
    MUST(r.n > 0);
    for (int i = 0; i < r.n; i++) {
        MUST(isfinite(r.time_s[i]));
        MUST(i == 0 || r.time_s[i] > r.time_s[i - 1]);
        MUST(!r.heart_rate || isnan(r.heart_rate[i]) || r.heart_rate[i] >= 0 ||
             strcmp(layout, "folder") == 0 || strcmp(layout, "neutral") == 0 ||
             strncmp(layout, "ubfc", 4) == 0);
        MUST(!r.activity || strlen(r.activity[i]) < SIZE_MAX);
    }
    for (int i = 0; i < r.frames; i++)
        MUST(isfinite(r.frame_s[i]) && (i == 0 || r.frame_s[i] >= r.frame_s[i - 1]));
    plethio_reference_free(&r);
}

static inline void fuzz_reference(const char *layout, const char *path)
{
    fuzz_reference_of(layout, "", path);
}

#endif
