/* The state of a stream: one flat struct in the caller's memory, as long as its front needs; behind
 * it a network's, if there is one, to which its only pointers lead. */
#ifndef PLETH_STREAM_H
#define PLETH_STREAM_H

#include "camera/face.h"
#include "camera/motion.h"
#include "camera/pulse.h"
#include "camera/pulse_net.h"
#include "camera/skin.h"
#include "kern/kern.h"
#include "signal/trace.h"
#include "vitals/breathing.h"
#include "vitals/oxygen.h"
#include "vitals/rate.h"
#include "vitals/wave.h"
#include "wearable/wearable.h"

#define PLETH_READINGS 8 /* kept until they are pulled */

/* What came in: a stream takes either frames or colours, or, with a sensor, samples. */
enum pleth_input { PLETH_INPUT_NONE, PLETH_INPUT_FRAMES, PLETH_INPUT_RGB, PLETH_INPUT_SAMPLES };

/* A frame's way. */
struct pleth_camera {
    struct pleth_grid grid;
    struct pleth_face face;
    struct pleth_skin skin;
    /* colours: of a network, two channels more for its waves */
    struct pleth_trace colours, motion;
    struct pleth_breathing_picture picture;
    struct pleth_pulse_net *net; /* NULL: none */
    double pulse[PLETH_RATE_SAMPLES];
    double work[PLETH_PULSE_TRACE_WORK(PLETH_RATE_SAMPLES)];
    struct pleth_rate rate;

    /* slow means that tell why there is no pulse: luma of the skin, share clipped, head's speed in
       cells a second */
    float luma, clipped, speed;
    int64_t face_lost_ns;
    /* when the face in use last looked as if it had a pulse */
    int64_t beating_ns;
};

struct pleth_stream {
    pleth_config config;
    struct pleth_kernels kern;
    enum pleth_input input;
    char message[160];

    /* the clock: first and newest input, the last reading, when the next reading and the next look
       at the traces are due, and since when and for how many inputs it has been running on a time
       before the newest */
    int64_t first_ns, newest_ns, read_ns, due_ns, look_ns, back_ns, back_last_ns;
    int back;
    int flushed;
    /* breathing was seen in the last look */
    int breathing_seen;

    struct pleth_breathing breathing;
    struct pleth_oxygen oxygen;
    pleth_reading reading[PLETH_READINGS];
    int readings, first_reading;
    struct pleth_wave_out wave;

    /* two fronts, of which memory for one is there: see stream_size in pleth.c */
    union {
        struct pleth_camera camera;
        struct pleth_wearable wearable;
    };
};

#endif
