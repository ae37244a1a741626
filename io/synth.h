/* A face of known pulse and breathing: the physics of `pleth synth`, without files.
 *
 * Light follows the dichromatic model of Wang et al., "Algorithmic principles of remote PPG", IEEE
 * TBME 64 (2017) 1479: light(t) * (specular(t) + diffuse(t) * (1 - pulsatility * blood(t))),
 * then the camera's noise and its transfer curve. Skin: skin.h. docs/SYNTH.md has the whole model.
 * Everything is a function of the parameters and the seed alone; nothing is kept between calls. */
#ifndef PLETHIO_SYNTH_H
#define PLETHIO_SYNTH_H

#include <stdint.h>

#include "error.h"
#include "rhythm.h"
#include "skin.h"

enum plethio_motion {
    PLETHIO_STILL = 0, /* sway of some tenths of a pixel */
    PLETHIO_TALKING = 1,
    PLETHIO_TURNING = 2,
    PLETHIO_WALKING = 3, /* past a lamp: bobs at 1.6-2 Hz, the light goes round the head */
    PLETHIO_MOTIONS
};

/* Lower-case name, or NULL outside the enum. */
const char *plethio_motion_name(int motion);

struct plethio_synth {
    uint64_t seed;
    double duration_s, rate_hz; /* 0.5..7200, 5..240 */
    int width, height;          /* even, 64..4096 */

    /* pulse 30..240 /min. Interval between beats: 60 / rate, lengthened and shortened with
       breathing by rsa_ms (amplitude, 0..200) and by 1/f noise of wander_ms (deviation, 0..100) */
    struct plethio_profile heart;
    double rsa_ms, wander_ms;
    /* green light lost from peak to peak of the pulse, per cent of the diffuse light of a light
       skin (melanin 3 %, blood 4 %), 0..10; other skins have the same relative blood volume change
       and the loss that follows from it */
    double pulse_percent;

    /* breathing 3..60 /min. Depth 0..3 scales its marks on the pulse wave: baseline 0.4 and
       amplitude 0.15 of the pulse; chest and head move by as many pixels (0..20) */
    struct plethio_profile breathing;
    double breath_depth, chest_px, head_px;

    /* volume fractions, per cent: 0.5..45 and 0.5..20 (people: 1-43 and 2-7) */
    double melanin_percent, blood_percent;
    /* share of light that the skin's surface mirrors at perpendicular view, per cent, 0..10 */
    double specular_percent;

    int motion;             /* plethio_motion */
    double motion_strength; /* 0..3, 1 is usual */
    double face_percent;    /* height of the head, per cent of the frame's, 20..90 */

    /* level 1: a white paper facing the light is just white; 0.02..2 */
    double light;
    /* lamps: brightness goes up and down flicker_hz times a second (100 or 120; 0..1000) by
       flicker_percent (0..100) either way, seen through an exposure of shutter_ms (0.1..50) */
    double flicker_hz, flicker_percent, shutter_ms;
    /* light regulated up and down, 0.02..1 Hz, by pump_percent (0..30) either way */
    double pump_hz, pump_percent;
    /* slow wandering of the light, 0..50 */
    double drift_percent;
    /* every exposure_every_s (0: never; 0.5..) the camera corrects its gain by up to
       exposure_percent (0..50) within 0.2 s, red against blue by a fifth of that */
    double exposure_every_s, exposure_percent;

    /* standard deviation of a pixel at level 128, in levels, 0..30; read_share (0..1) of its
       variance is the same for all pixels, the rest grows with the light */
    double noise_levels, read_share;
    /* traces only: what compression leaves in the mean of a quarter of the face, in levels, 0..5 */
    double codec_levels;

    /* times of frames scatter by jitter_ms (deviation; 0.. a third of the frame), and drop_percent
       (0..80) of the frames are missing */
    double jitter_ms, drop_percent;

    /* a photograph: no pulse, no breathing, no motion; light and noise as set */
    int frozen;

    /* for whoever encodes the frames: name of FFmpeg's codec and quality 0..51 */
    char codec[24];
    int crf;
};

/* A light-skinned person sitting still in good light: 30 s, 640x480 at 30 Hz, pulse 72, breathing
 * 15 /min, H.264 at crf 16. */
void plethio_synth_default(struct plethio_synth *p);

/* Any person in any plausible scene. Duration, rate and size are kept as they are in *p. */
void plethio_synth_draw(struct plethio_synth *p, uint64_t seed);

/* 0, or -1 and e naming the field that is out of its range. */
int plethio_synth_check(const struct plethio_synth *p, struct plethio_error *e);

/* The truth at the time of one frame. */
struct plethio_truth {
    /* 60 / the interval between beats that this time is in: its mean over a span of time is the
       number of beats in it. breathing_rate likewise from the breathing phase. What a photograph
       or a pulse of 0 % lacks is 0, as is its wave. */
    double heart_rate, breathing_rate;
    /* blood volume, 1 from peak to peak at rest; breathing -1..1, 1 is full lungs */
    double pulse, breathing;
    /* 1 in the first frame at or after a beat (the top of the pulse wave) */
    int beat;
};

/* Frames of a recording, after drops; the parameters must pass plethio_synth_check. */
int plethio_synth_frames(const struct plethio_synth *p);

/* Times of beats (tops of the pulse wave) from 0 to the duration, at most capacity; returns how
 * many there are, or -1 without memory. There are none where truth has no pulse. */
int plethio_synth_beats(const struct plethio_synth *p, double *beat_s, int capacity);

/* The truth at n times of one's own, increasing, from 0 to the duration. 0, or -1 and e. */
int plethio_synth_truth(const struct plethio_synth *p, int n, const double *time_s,
                        struct plethio_truth *truth, struct plethio_error *e);

/* The mean colour of the skin over time, without rendering: the same body, light, motion and skin
 * as the video, taken at some two hundred points of a region that follows the head.
 * frame_count = plethio_synth_frames(p). Each array has frame_count rows, any may be NULL:
 * time_s; rgb, the mean level (0..255) of all skin; parts, the same of the four quarters of the
 * face (upper left, upper right, lower left, lower right of the picture), rgb each, with noise and
 * shading of their own; truth.
 * 0, or -1 and e (parameters, memory). */
int plethio_synth_trace(const struct plethio_synth *p, int frame_count, double *time_s,
                        float (*rgb)[3], float (*parts)[12], struct plethio_truth *truth,
                        struct plethio_error *e);

struct plethio_scene;

/* The same as pictures. Free with plethio_scene_close. 0, or -1 and e. */
int plethio_scene_open(struct plethio_scene **scene, const struct plethio_synth *p,
                       struct plethio_error *e);
/* Frame 0.. in any order: rgb has height * width * 3 bytes. */
void plethio_scene_frame(struct plethio_scene *scene, int frame, uint8_t *rgb, double *time_s,
                         struct plethio_truth *truth);
/* Which pixels of the last frame were skin, 0 or 1, height * width bytes. */
void plethio_scene_skin(const struct plethio_scene *scene, uint8_t *mask);
void plethio_scene_close(struct plethio_scene **scene);

#endif
