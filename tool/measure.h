/* One recording measured: the middle of `pleth measure`, `evaluate`, `watch` and `bench`. */
#ifndef PLETH_TOOL_MEASURE_H
#define PLETH_TOOL_MEASURE_H

#include "biosignal.h"
#include "error.h"
#include "model.h"
#include "pleth/pleth.h"
#include "video.h"

struct measure_options {
    pleth_config config;
    struct plethio_video_options video;
    /* model file that --method names (NULL: none), the network's name where the file does not say,
       and what measure_options_load makes of them, which config.net leads to */
    const char *network, *net;
    struct plethio_model model;
    /* rate of a .bin trace, or of a table without a time column */
    double rate_hz;
    /* the input holds frames, whatever its name says */
    int frames;
    /* whether the command line says between what rates, and how often: sensors have other defaults
     */
    int has_range, has_every;
    /* leave a sensor's acceleration out */
    int no_motion;
    /* readings refined by what came after them: they come at the end, and not from live input */
    int smooth;
    /* keep every sample of the wave */
    int keep_wave;
    /* let go of readings once on_reading has seen them, so that memory does not grow */
    int forget;
};

/* The whole recording in one number: `measure`'s summary line. */
struct measure_summary {
    double duration_s;
    pleth_vital heart_rate, breathing_rate, oxygen_saturation;
    /* share of readings (after warming up) with a value */
    double heart_coverage, breathing_coverage, oxygen_coverage;
    int have_variability;
    pleth_variability variability;
    uint32_t variability_reasons;
};

/* Times are seconds since the recording's first frame, also where only a part was measured. */
struct measurement {
    pleth_reading *reading;
    int readings;
    pleth_wave *wave;
    int waves;
    struct measure_summary summary;
    struct plethio_video_info video;      /* zero for traces and sensors */
    struct plethio_biosignal_info sensor; /* no channels for videos and traces */
    /* pulse rates that were looked for, per minute */
    float rate_min, rate_max;
    char warning[512];
};

/* Called after each frame (frame NULL for traces), for each reading, and for finished samples of
 * the wave; return nonzero to stop, negative if that is a failure, whose error is the hook's to
 * keep. Any of them may be NULL. */
struct measure_hooks {
    void *cookie;
    int (*on_frame)(void *cookie, struct plethio_video *video, const pleth_frame *frame,
                    pleth_stream *stream);
    int (*on_reading)(void *cookie, const pleth_reading *reading);
    int (*on_wave)(void *cookie, const pleth_wave *wave, int count);
    /* takes the place of pleth_push_sample, to push what else it likes; returns as that does */
    int (*push)(void *cookie, pleth_stream *stream, const pleth_sample *sample);
};

/* input: a video, a camera (/dev/video0), "-" (y4m on standard input), a colour trace (.csv, .bin)
 * or a sensor's recording (biosignal.h). 0, or -1 and e; -1 with an empty e where a hook failed.
 * Where options->video.stop turns nonzero, live input ends as if it were over; a file is given up
 * (-1). Free with measurement_free.
 */
int measure_run(const char *input, const struct measure_options *options,
                const struct measure_hooks *hooks, struct measurement *out,
                struct plethio_error *e);
void measurement_free(struct measurement *m);

/* ---- Options shared by the verbs that measure ------------------------------------------------
 *
 *     static const struct option options[] = {MEASURE_OPTIONS, {"json", no_argument, NULL, 'j'},
 *                                             {NULL, 0, NULL, 0}};
 *     ...
 *     switch (measure_option(&measure, code = getopt_long(...), optarg, &e)) { 1: taken, ... }
 */
enum {
    MEASURE_METHOD = 0x1000,
    MEASURE_NET,
    MEASURE_ROI,
    MEASURE_RANGE,
    MEASURE_FROM_S,
    MEASURE_TO_S,
    MEASURE_EVERY_S,
    MEASURE_RATE_HZ,
    MEASURE_SIZE,
    MEASURE_RAW,
    MEASURE_NO_MOTION,
    MEASURE_OXYGEN_CURVE, /* of measure alone */
    MEASURE_SMOOTH
};

#define MEASURE_OPTIONS                                                                            \
    {"method", required_argument, NULL, MEASURE_METHOD},                                           \
        {"net", required_argument, NULL, MEASURE_NET},                                             \
        {"roi", required_argument, NULL, MEASURE_ROI},                                             \
        {"range", required_argument, NULL, MEASURE_RANGE},                                         \
        {"from-s", required_argument, NULL, MEASURE_FROM_S},                                       \
        {"to-s", required_argument, NULL, MEASURE_TO_S},                                           \
        {"every-s", required_argument, NULL, MEASURE_EVERY_S},                                     \
        {"rate-hz", required_argument, NULL, MEASURE_RATE_HZ},                                     \
        {"size", required_argument, NULL, MEASURE_SIZE},                                           \
        {"raw", required_argument, NULL, MEASURE_RAW},                                             \
        {"no-motion", no_argument, NULL, MEASURE_NO_MOTION},                                       \
    {                                                                                              \
        "smooth", no_argument, NULL, MEASURE_SMOOTH                                                \
    }

/* The defaults, with the instruction sets that the environment's PLETH_CPU allows (c, avx2, avx512,
 * neon; unset: all). 0, or -1 and e if it names none of them. */
int measure_options_init(struct measure_options *options, struct plethio_error *e);

/* One option as getopt_long gave it: 1 taken, 0 not one of these, -1 its value is wrong (e). value
 * must outlive the options. */
int measure_option(struct measure_options *options, int code, const char *value,
                   struct plethio_error *e);

/* Whether each option given has an effect on this input: 0, or -1 and e (--raw of a file, ...). */
int measure_options_suit(const struct measure_options *options, const char *input,
                         struct plethio_error *e);

/* Reads and prepares the network that --method names, if it names one: 0, or -1 and e.
 * measure_options_free lets it go. Whether it suits what is measured is not known yet. */
int measure_options_load(struct measure_options *options, struct plethio_error *e);

/* Whether the network of a stream's configuration, if it has one, suits what the stream takes: 0,
 * or -1 and e. */
int measure_net_suits(const struct measure_options *options, const pleth_config *config,
                      struct plethio_error *e);
void measure_options_free(struct measure_options *options);

/* "pos", or a network's name. */
const char *measure_method_name(const struct measure_options *options);

#endif
