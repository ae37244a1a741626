/* pleth.h - vital signs from a camera or a wearable optical sensor, on the device itself.
 *
 * This header is the whole public API. What is not here is not API.
 * Not a medical device: readings must not be used for diagnosis or treatment.
 *
 *     pleth_config config;
 *     pleth_config_default(&config);
 *     void *memory = malloc(pleth_size(&config));           // or a static aligned array
 *     pleth_stream *stream;
 *     pleth_init(&stream, memory, pleth_size(&config), &config);
 *     while (next_frame(&frame)) {                          // frame.time_ns: when it was taken
 *         pleth_push_frame(stream, &frame);
 *         while (pleth_pull(stream, &reading) == PLETH_OK)
 *             if (reading.heart_rate.have)
 *                 printf("%.1f +- %.1f /min\n", reading.heart_rate.value, reading.heart_rate.sd);
 *     }
 *     free(memory);                                         // nothing to close
 *
 * Memory is the caller's: the library allocates nothing, reads no clock and no file, keeps no
 * globals. Different streams may be used by different threads; one stream by one at a time.
 * Functions that return int return PLETH_OK (0), PLETH_AGAIN (1) or a negative pleth_status, or a
 * count where they say so.
 */
#ifndef PLETH_H
#define PLETH_H

#include <stddef.h>
#include <stdint.h>

#define PLETH_VERSION_MAJOR 0
#define PLETH_VERSION_MINOR 1
#define PLETH_VERSION_PATCH 0
#define PLETH_VERSION                                                                              \
    ((PLETH_VERSION_MAJOR << 16) | (PLETH_VERSION_MINOR << 8) | PLETH_VERSION_PATCH)

#if defined(__GNUC__) && !defined(PLETH_STATIC)
#define PLETH_API __attribute__((visibility("default")))
#else
#define PLETH_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Results of calls ------------------------------------------------------------------- */

typedef enum pleth_status {
    PLETH_OK = 0,
    /* nothing to give yet: pleth_pull before the next reading is due */
    PLETH_AGAIN = 1,
    /* an argument that can never be right: a null pointer, an unknown enum value, NaN, a box
       outside the frame, a band whose ends are swapped */
    PLETH_EINVAL = -1,
    /* the memory is smaller than pleth_size() or not aligned to 16 bytes */
    PLETH_EMEMORY = -2,
    /* a frame whose size, stride or planes do not fit its format */
    PLETH_EFRAME = -3,
    /* a time stamp that does not follow the last one; the input is ignored. When the clock stays
       back for half a second and five inputs, each less than a second after the one before, the
       stream starts anew on the new time. */
    PLETH_ETIME = -4,
    /* the configuration was made by an incompatible version of this header */
    PLETH_EVERSION = -5
} pleth_status;

/* One sentence for a status; never NULL. */
PLETH_API const char *pleth_strerror(int status);

/* PLETH_VERSION of the library that is linked. */
PLETH_API uint32_t pleth_version(void);

/* ---- Configuration ---------------------------------------------------------------------- */

/* How a pulse wave is made from the mean colour of the skin over time. */
typedef enum pleth_method {
    PLETH_METHOD_POS = 0,   /* plane orthogonal to skin (Wang 2017); the default */
    PLETH_METHOD_CHROM = 1, /* chrominance (de Haan 2013) */
    PLETH_METHOD_GREEN = 2, /* green channel (Verkruysse 2008) */
    PLETH_METHOD_LGI = 3,   /* local group invariance (Pilz 2018) */
    PLETH_METHOD_PBV = 4,   /* blood volume pulse signature (de Haan 2014) */
    PLETH_METHOD_OMIT = 5,  /* orthogonal matrix image transformation (Casado 2023) */
    PLETH_METHOD_ICA = 6,   /* independent components by JADE (Poh 2011) */
    PLETH_METHOD_COUNT
} pleth_method;

/* Lower-case name ("pos"), or NULL outside the enum. */
PLETH_API const char *pleth_method_name(int method);

/* Where the skin is. */
typedef enum pleth_roi {
    PLETH_ROI_FACE = 0, /* find and follow a face */
    PLETH_ROI_BOX = 1,  /* config.box, given by the caller and fixed */
    PLETH_ROI_ALL = 2   /* the whole frame */
} pleth_roi;

/* A rectangle in pixels of the upright picture (after rotation), x to the right, y down. */
typedef struct pleth_box {
    float x, y, width, height;
} pleth_box;

/* Instruction sets for config.cpu_mask. */
#define PLETH_CPU_AVX2 1u
#define PLETH_CPU_AVX512 2u
#define PLETH_CPU_NEON 4u
#define PLETH_CPU_AVX512_VNNI 8u
#define PLETH_CPU_DOTPROD 16u
#define PLETH_CPU_DSP 32u
#define PLETH_CPU_SIMD128 64u
#define PLETH_CPU_ALL 0xffffffffu

/* What light an optical channel of a wearable sensor sees. */
typedef enum pleth_light {
    PLETH_LIGHT_OTHER = 0,
    PLETH_LIGHT_GREEN = 1,
    PLETH_LIGHT_RED = 2,
    PLETH_LIGHT_INFRARED = 3
} pleth_light;

#define PLETH_PPG_CHANNELS 4

/* A wearable sensor. Units do not matter: only what changes, in proportion, is looked at. */
typedef struct pleth_sensor_config {
    /* optical channels, 1..PLETH_PPG_CHANNELS, and pleth_light of each; 0: there is no sensor, and
       the stream takes frames or colours */
    int32_t channels, light[PLETH_PPG_CHANNELS];
    /* 1: with acceleration of three axes, gravity in it */
    int32_t motion;
    /* values from which on the converter is at its limits; low >= high: not known */
    float low, high;
} pleth_sensor_config;

/* A prepared network: see Networks, below. */
typedef struct pleth_net pleth_net;

typedef struct pleth_config {
    /* PLETH_VERSION of the caller's header; set by pleth_config_default */
    uint32_t version;
    /* pleth_method, pleth_roi */
    int32_t method, roi;
    /* for PLETH_ROI_BOX */
    pleth_box box;
    /* pulse rates that are looked for, per minute: 40..220 by default, within 20..300 */
    float rate_min, rate_max;
    /* seconds between readings: 1 by default, within 0.1..60 */
    float every_s;
    /* instruction sets the library may use; PLETH_CPU_ALL by default */
    uint32_t cpu_mask;
    /* Oxygen saturation in per cent by the ratio of ratios R of a sensor with red and infrared
       light: a + b R + c R^2, as the sensor's maker states it (for MAX3010x Maxim gives 94.845,
       30.354, -45.060). All zero, the default: no curve, and no saturation. */
    float oxygen_curve[3];
    /* zero */
    uint32_t reserved[4];
    /* A network, or NULL. It must outlive the stream, which must then stay where it is in memory.
       Of frames it makes the pulse wave instead of `method`: TS-CAN, MTTS-CAN, DeepPhys,
       EfficientPhys, BigSmall or its small part, PhysNet (whose work all comes with the last frame
       of a segment, and whose readings speak of a window as much earlier); the stream then takes
       frames of colour only. Of a sensor's samples it says the heart rate of the last 8 s of each
       green light (of all lights where none is green), beside what spectra say: resnet1d, mlp or
       tcn, as pleth train makes them, from 200 samples at 25 Hz to `logits` of the rates 30, 31,
       ... 209 /min. It counts as far as it agrees with what the light has shown before. Any other
       network is refused (PLETH_EINVAL, pleth_size 0). */
    const pleth_net *net;
    /* a sensor whose samples the stream takes; no channels by default */
    pleth_sensor_config sensor;
} pleth_config;

/* The defaults above, with the version of this header. */
PLETH_API void pleth_config_init(pleth_config *config, uint32_t version);
#define pleth_config_default(config) pleth_config_init((config), PLETH_VERSION)

/* ---- Streams ---------------------------------------------------------------------------- */

typedef struct pleth_stream pleth_stream;

/* Bytes that a stream with this configuration needs; 0 if the configuration is invalid. */
PLETH_API size_t pleth_size(const pleth_config *config);

/* Bytes that suffice for any stream of a sensor of so many channels, motion 0 or 1, without a
 * network: for a static array, which has to be aligned to 16 bytes. */
#define PLETH_SENSOR_BYTES(channels, motion) (102400 + 7680 * (channels) + 11520 * (motion))

/* Makes a stream in memory[0..size), which must be aligned to 16 bytes and outlive it.
 * PLETH_EINVAL, PLETH_EVERSION or PLETH_EMEMORY; *stream is then NULL. */
PLETH_API int pleth_init(pleth_stream **stream, void *memory, size_t size,
                         const pleth_config *config);

/* What the last failed call on this stream found, in one line; "" if none failed. */
PLETH_API const char *pleth_errmsg(const pleth_stream *stream);

/* ---- Frames ----------------------------------------------------------------------------- */

typedef enum pleth_format {
    PLETH_RGB24 = 0,
    PLETH_BGR24 = 1,
    PLETH_RGBA = 2,
    PLETH_GRAY8 =
        3,          /* also near infrared; GREEN is used, and there is no face: give a box or all */
    PLETH_NV12 = 4, /* planes: Y, UV */
    PLETH_I420 = 5, /* planes: Y, U, V */
    PLETH_YUYV = 6,
    PLETH_FORMAT_COUNT
} pleth_format;

/* How Y, Cb, Cr stand for colour. Ignored for the RGB formats. */
typedef enum pleth_colour {
    PLETH_BT601_LIMITED = 0,
    PLETH_BT601_FULL = 1,
    PLETH_BT709_LIMITED = 2,
    PLETH_BT709_FULL = 3
} pleth_colour;

/* A view of the caller's pixels, used during the call only. */
typedef struct pleth_frame {
    /* when the frame was taken; any origin, strictly increasing */
    int64_t time_ns;
    /* pleth_format, pleth_colour */
    int32_t format, colour;
    /* stored size in pixels, 1..16384 each */
    int32_t width, height;
    /* degrees clockwise that turn the stored picture upright: 0, 90, 180, 270 */
    int32_t rotation;
    /* zero */
    int32_t reserved;
    /* first row of each plane and bytes from a row to the next one, which may be negative */
    const uint8_t *plane[3];
    ptrdiff_t stride[3];
} pleth_frame;

/* Takes one frame. PLETH_EFRAME, PLETH_ETIME and PLETH_EINVAL (a box that does not lie within the
 * frame, a stream that takes colours or was flushed, grey frames for a network) leave the stream as
 * it was. */
PLETH_API int pleth_push_frame(pleth_stream *stream, const pleth_frame *frame);

/* Takes the mean colour of skin instead of a frame: rgb[3], in any linear unit, each > 0. The
 * same path from there on. A stream takes either frames or colours, and with a network frames
 * alone. PLETH_EINVAL for values that are not positive and finite. */
PLETH_API int pleth_push_rgb(pleth_stream *stream, int64_t time_ns, const float rgb[3]);

/* ---- Samples ---------------------------------------------------------------------------- */

/* Of a wearable sensor, in its own units; NAN where a channel has none. */
typedef struct pleth_sample {
    /* when it was taken; any origin, strictly increasing */
    int64_t time_ns;
    /* light that came back, or through: of either polarity, as long as it stays the same */
    float ppg[PLETH_PPG_CHANNELS];
    float acceleration[3];
    uint32_t reserved;
} pleth_sample;

/* Takes count >= 0 samples, at any rate from 20 a second on, even or uneven. PLETH_EINVAL for a
 * stream without a sensor or one that was flushed, PLETH_ETIME for a sample that does not follow
 * the last one: that one and those after it are not taken. */
PLETH_API int pleth_push_sample(pleth_stream *stream, const pleth_sample *sample, int count);

/* One sample of a part that counts in whole numbers, such as MAX3010x: ppg[channels] and, with
 * motion, acceleration[3]. Counts beyond 2^24 lose what a float does not hold. */
PLETH_API int pleth_push_counts(pleth_stream *stream, int64_t time_ns, const int32_t *ppg,
                                const int32_t *acceleration);

/* ---- Readings --------------------------------------------------------------------------- */

/* Why a vital is not known, or doubtful: bits of pleth_vital.reasons. */
#define PLETH_NO_FACE (1u << 0)       /* no face has been found yet */
#define PLETH_FACE_LOST (1u << 1)     /* the face has gone out of view */
#define PLETH_TOO_DARK (1u << 2)      /* the skin is too dark to see a pulse above the noise */
#define PLETH_SATURATED (1u << 3)     /* the skin is overexposed */
#define PLETH_LIGHT_CHANGES (1u << 4) /* light or exposure change as fast as a pulse */
#define PLETH_MOTION (1u << 5)        /* motion drowns the pulse */
#define PLETH_NO_PULSE (1u << 6)      /* nothing in the signal behaves like a pulse */
#define PLETH_LOW_RATE (1u << 7)      /* too few frames a second for the band asked for */
#define PLETH_GAP (1u << 8)           /* frames are missing within the window */
#define PLETH_WARMING_UP (1u << 9)    /* the stream has not run for long enough */
#define PLETH_TOO_SHORT (1u << 10)    /* the recording ended before enough was seen */
#define PLETH_UNSTABLE (1u << 11)     /* successive windows disagree */
#define PLETH_OFF_WRIST (1u << 12)    /* the sensor does not touch the skin */
#define PLETH_NOT_MEASURABLE_HERE (1u << 13) /* this input can not carry this vital */
#define PLETH_REASON_COUNT 14

/* Name of reason bit number 0..PLETH_REASON_COUNT-1 ("no_face"), or NULL. */
PLETH_API const char *pleth_reason_name(int bit);

/* One vital sign at one instant. */
typedef struct pleth_vital {
    /* 1 if value is a measurement, 0 if it is not known: then reasons has at least one bit */
    int32_t have;
    uint32_t reasons;
    /* best estimate, and its standard deviation, per minute, of oxygen in per cent. Finite in every
       case; without `have`, value is the best guess that the belief holds, for evaluation only. */
    float value, sd;
    /* calibrated probability that value is within 5 /min (pulse) or 3 /min (breathing) of the
       truth, 0..1; at least 0.7 wherever `have` is set. Of oxygen: that noise moves it by less than
       2 %, whatever the curve is worth */
    float quality;
    /* what it was measured on: stream time in seconds since the first frame. The window ends
       before the reading where the newest frames tell nothing yet: a network answers late. */
    float window_start_s, window_end_s;
    uint32_t reserved;
} pleth_vital;

typedef struct pleth_reading {
    /* time stamp of the newest frame that counts, and seconds since the first frame */
    int64_t time_ns;
    double time_s;
    pleth_vital heart_rate, breathing_rate;
    /* the face or region in use; all zero if there is none, or with a sensor */
    pleth_box face;
    /* measured frames a second, over the last second or so */
    float rate_hz;
    /* mean colour of the skin, 0..255; of pleth_push_rgb its own unit */
    float skin_rgb[3];
    /* of a sensor with acceleration: how much it changes within 0.2 s over gravity (0 and more; a
       walk has 0.3 or so), and the strongest rhythm of it per minute (steps, the swing of an arm),
       0 at rest */
    float motion, cadence;
    /* Of the arteries, with config.oxygen_curve, red and infrared light, a good pulse and no
       motion, over 8 s; else the reason is PLETH_NOT_MEASURABLE_HERE or what is in the way. NOT
       VALIDATED: it is the arithmetic of a pulse oximeter and the caller's curve, held to synthetic
       light alone. Counts must be in proportion to the light, with none at 0; where they rise with
       the blood, config.sensor.high must say from where on they fall. */
    pleth_vital oxygen_saturation;
    uint32_t reserved[6];
} pleth_reading;

/* The next reading, oldest first; PLETH_AGAIN if none is due. A stream keeps the last 8. */
PLETH_API int pleth_pull(pleth_stream *stream, pleth_reading *reading);

/* Ends the input: makes one last reading of what is there, to be pulled. */
PLETH_API int pleth_flush(pleth_stream *stream);

/* One sample of the pulse wave, on an even grid of PLETH_WAVE_HZ. */
#define PLETH_WAVE_HZ 30
typedef struct pleth_wave {
    int64_t time_ns;
    /* relative blood volume change, arbitrary unit; breathing: displacement or modulation */
    float pulse, breathing;
} pleth_wave;

/* The next finished samples of the waves, at most count; returns how many (0..count), or
 * PLETH_EINVAL. Samples come about 3 s after their frames. A stream keeps the last 16 s. */
PLETH_API int pleth_pull_wave(pleth_stream *stream, pleth_wave *wave, int count);

/* ---- Beats ------------------------------------------------------------------------------ */

/* Pulse-rate variability over a run of beats: named conventions of the Task Force (1996), from
 * pulse arrivals instead of ECG R peaks. Standard deviations with ddof 1. */
typedef struct pleth_variability {
    /* intervals used, and the share of beats that passed the artefact gate */
    int32_t intervals;
    float coverage;
    float mean_ms, sdnn_ms, rmssd_ms, pnn50_percent;
    /* power 0.04..0.15 and 0.15..0.4 Hz, ms^2; have_bands only from five minutes on */
    int32_t have_bands;
    float lf_ms2, hf_ms2;
    /* root mean square of what uncertain times of beats had added to successive differences, and
       what has been taken out again: of rmssd_ms, and by its share of sdnn_ms. 0 where times are
       taken as exact */
    float noise_ms;
} pleth_variability;

/* Finds beats in a pulse wave sampled at rate_hz (2 or more): times in seconds from wave[0], with
 * sub-sample precision, at most capacity. expected_per_min (2..400) guides the search; 0: unknown.
 * work holds 4 * n doubles. Returns the number of beats, 0 for waves under 40 samples, 2 s or two
 * beats, or PLETH_EINVAL. */
PLETH_API int pleth_find_beats(const float *wave, int n, double rate_hz, double expected_per_min,
                               double *beat_s, int capacity, double *work);

/* The same with sd_s[capacity], NULL or the standard deviation of each time in seconds, as far as
 * the wave tells: by how little each beat is like the mean of all. 1 s for a beat like no other. */
PLETH_API int pleth_find_beats_sd(const float *wave, int n, double rate_hz, double expected_per_min,
                                  double *beat_s, double *sd_s, int capacity, double *work);

/* Variability of count beat times (seconds, increasing). PLETH_AGAIN when fewer than 10 good
 * intervals, or 5 pairs of neighbours among them, are left after the artefact gate. Bands need 297
 * s from the first beat to the last and four good beats of five in every five minutes. */
PLETH_API int pleth_beat_variability(const double *beat_s, int count, pleth_variability *out);

/* The same of beats whose times have standard deviations, as pleth_find_beats_sd gives them (NULL:
 * all 0). */
PLETH_API int pleth_beat_variability_sd(const double *beat_s, const double *sd_s, int count,
                                        pleth_variability *out);

/* ---- Networks ---------------------------------------------------------------------------

 * A model is a safetensors file in memory, whose metadata names the network:
 *
 *     pleth_net_options options;
 *     pleth_net_options_default(&options);
 *     size_t size = pleth_net_size(model, length, &options, message);
 *     void *memory = malloc(size);                            // aligned to 64 bytes
 *     const pleth_net *net;
 *     pleth_net_prepare(&net, memory, size, model, length, &options, message);
 *     pleth_net_state *state;
 *     pleth_net_open(&state, work, pleth_net_state_size(net), net);
 *     pleth_net_run(state, frames, inputs, outputs);
 *
 * A prepared network is constant and may be shared by any number of states, each of which serves
 * one stream. The model's bytes are not needed any more once it is prepared. */

typedef struct pleth_net_state pleth_net_state;

/* One line for what a model is refused for. */
#define PLETH_MESSAGE 200

typedef struct pleth_net_options {
    /* PLETH_VERSION of the caller's header; set by pleth_net_options_default */
    uint32_t version;
    /* instruction sets that may be used; PLETH_CPU_ALL by default */
    uint32_t cpu_mask;
    /* 1: no optimisation that changes rounding (no folding, no Winograd); 0 by default */
    int32_t exact;
    /* frames (or windows) that a state takes through the dense layers, and a network without time
       through all layers, at once: more is faster on whole arrays and needs more memory. 1..1024;
       0, the default: one segment, and 8 windows */
    int32_t batch;
    /* name of the network where the metadata lacks it, or NULL */
    const char *name;
    /* frames of a segment, 0: as the metadata says, or as published */
    int32_t frames;
    uint32_t reserved[7];
} pleth_net_options;

PLETH_API void pleth_net_options_init(pleth_net_options *options, uint32_t version);
#define pleth_net_options_default(options) pleth_net_options_init((options), PLETH_VERSION)

/* Bytes that the prepared network needs, 0 if the model is refused; message[PLETH_MESSAGE] (or
 * NULL) then says what is wrong and where. */
PLETH_API size_t pleth_net_size(const void *model, size_t length, const pleth_net_options *options,
                                char *message);

/* Prepares a network in memory[0..size), aligned to 64 bytes. PLETH_EINVAL for a model that is
 * refused, PLETH_EMEMORY, PLETH_EVERSION; *net is then NULL. */
PLETH_API int pleth_net_prepare(const pleth_net **net, void *memory, size_t size, const void *model,
                                size_t length, const pleth_net_options *options, char *message);

/* What an input takes or an output gives for one frame. */
typedef struct pleth_net_port {
    char name[24];
    /* channels, depth, height, width: the order of values in the caller's arrays */
    int32_t shape[4];
    int32_t count; /* their product */
    int32_t reserved;
} pleth_net_port;

typedef struct pleth_net_info {
    char name[24];
    int32_t inputs, outputs;
    pleth_net_port input[2], output[4];
    /* frames of a segment; of BigSmall's Big input one is used */
    int32_t frames;
    /* frames after a frame until it is answered */
    int32_t delay;
    /* 1: an answer needs the frame after it too (difference): one more for the last */
    int32_t difference;
    /* 0: float, 1: int8 from the first step to the last, 2: floats at the beginning */
    int32_t int8;
} pleth_net_info;
PLETH_API void pleth_net_describe(const pleth_net *net, pleth_net_info *info);

/* Bytes of a state. */
PLETH_API size_t pleth_net_state_size(const pleth_net *net);

/* Makes a state in memory[0..size), aligned to 64 bytes, which like net must outlive it. */
PLETH_API int pleth_net_open(pleth_net_state **state, void *memory, size_t size,
                             const pleth_net *net);

/* The same for networks in int8 alone (info.int8 == 1), for devices where every byte counts: what
 * runs floats is not linked then. PLETH_EINVAL for others. */
PLETH_API int pleth_net_open_int8(pleth_net_state **state, void *memory, size_t size,
                                  const pleth_net *net);

/* Forgets all frames: the next one begins a segment. */
PLETH_API void pleth_net_reset(pleth_net_state *state);

/* Runs whole segments: input[i] has `frames` frames of port i, output[i] takes as many. A last,
 * shorter segment is run as it is. Inputs of networks with
 * `difference` hold one frame more than is answered: input frames + 1. Resets the state before and
 * after. PLETH_EINVAL for frames < 1 or a NULL array. */
PLETH_API int pleth_net_run(pleth_net_state *state, int frames, const float *const *input,
                            float *const *output);

/* One frame at a time: the same answers, bit for bit, as soon as they can be had. pleth_net_push
 * takes one frame of each input; after it pleth_net_pull gives the answers that are finished, each
 * for the next frame in order, until PLETH_AGAIN. Answers not pulled before the next push are lost.
 * pleth_net_flush ends the input: the segment as it is, and of a difference the last frame. */
PLETH_API int pleth_net_push(pleth_net_state *state, const float *const *input);
PLETH_API int pleth_net_pull(pleth_net_state *state, float *const *output);
PLETH_API int pleth_net_flush(pleth_net_state *state);

/* ---- One person --------------------------------------------------------------------------

 * The last layer of a heart-rate network (resnet1d, tcn: outputs "logits" and "z"), tuned to the
 * person who wears it, on the device, from a few minutes of windows whose rate is known: of a chest
 * strap, or of the readings that are surest.
 *
 *     static _Alignas(16) unsigned char memory[PLETH_HEAD_BYTES(64, 180)];
 *     pleth_head *head;
 *     pleth_head_init(&head, memory, sizeof memory, net);
 *     while (...) {
 *         pleth_net_run(state, 1, &window, (float *[]){logits, z});
 *         if (the rate is known)
 *             pleth_head_learn(head, z, rate, 1);
 *         pleth_head_logits(head, z, logits);               // instead of the network's own
 *     }
 *
 * What is learned is a gain and an offset of each value of z before the dense layer, which itself
 * stays as it is, wherever it lies (in flash, in float or int8): a few minutes know few rates, and
 * a layer that learned them freely would forget the others. docs/TRAIN.md says what it is worth. */

typedef struct pleth_head pleth_head;

/* Bytes that suffice for a network with so many values of z (of a ResNet 32 up to 4 blocks, 64 up
 * to 8, 128 up to 12) and classes: for a static array, which has to be aligned to 16 bytes. */
#define PLETH_HEAD_BYTES(width, classes) (64 + 8 * (width) + 12 * (classes))

/* Bytes that a head needs; 0 for a network without such a layer. */
PLETH_API size_t pleth_head_size(const pleth_net *net);

/* Makes a head that has learned nothing in memory[0..size), aligned to 16 bytes, which like net
 * must outlive it. PLETH_EINVAL for a network without such a layer, PLETH_EMEMORY; *head is then
 * NULL. */
PLETH_API int pleth_head_init(pleth_head **head, void *memory, size_t size, const pleth_net *net);

/* One step down the cross entropy with a Gaussian of 1.5 /min around the rate (what of it lies
 * beyond the first or last class is cut off), where class k stands for 30 + k /min. z: as the
 * network gave it for the window; weight: 0..1, how sure the rate is. PLETH_EINVAL, and nothing
 * learned, for values of z that are not finite, a rate that has no class (29.5 to below 29.5 +
 * classes), a weight outside 0..1. */
PLETH_API int pleth_head_learn(pleth_head *head, const float *z, float rate, float weight);

/* What the network's last layer says now: logits[classes]. */
PLETH_API int pleth_head_logits(const pleth_head *head, const float *z, float *logits);

/* What was learned, to be kept and put back: 2 * width values, gains less 1 and then offsets. */
PLETH_API float *pleth_head_values(pleth_head *head);

#ifdef __cplusplus
}
#endif
#endif
