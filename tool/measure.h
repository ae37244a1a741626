/* One recording measured: the middle of `pleth measure`, `evaluate`, `watch` and `bench`. */
#ifndef PLETH_TOOL_MEASURE_H
#define PLETH_TOOL_MEASURE_H

#include "error.h"
#include "pleth/pleth.h"
#include "video.h"

struct measure_options {
    pleth_config config;
    struct plethio_video_options video;
    /* rate of a .bin trace or of a .csv without a time column */
    double rate_hz;
    /* readings refined by what came after them */
    int smooth;
    /* keep every sample of the wave */
    int keep_wave;
};

/* The whole recording in one number: `measure`'s summary line. */
struct measure_summary {
    double duration_s;
    pleth_vital heart_rate, breathing_rate;
    /* share of readings (after warming up) with a value */
    double heart_coverage, breathing_coverage;
    int have_variability;
    pleth_variability variability;
    uint32_t oxygen_reasons, variability_reasons;
};

struct measurement {
    pleth_reading *reading;
    int readings;
    pleth_wave *wave;
    int waves;
    struct measure_summary summary;
    struct plethio_video_info video; /* zero for traces */
    char warning[512];
};

/* Called after each frame (frame NULL for traces) and for each reading; return nonzero to stop. */
struct measure_hooks {
    void *cookie;
    int (*on_frame)(void *cookie, struct plethio_video *video, const pleth_frame *frame,
                    pleth_stream *stream);
    int (*on_reading)(void *cookie, const pleth_reading *reading);
};

/* input: what INTERFACE's `measure INPUT` takes. 0, or -1 and e. Free with measurement_free. */
int measure_run(const char *input, const struct measure_options *options,
                const struct measure_hooks *hooks, struct measurement *out,
                struct plethio_error *e);
void measurement_free(struct measurement *m);

/* Options shared by the verbs that measure (--method, --roi, --range, --from-s, ...): for
 * getopt_long or argp; see measure.c. */

#endif
