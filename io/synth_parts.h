/* What the trace and the pictures of synth.h share: the body over time, the light on it, the head
 * and its surface. Internal to io/. */
#ifndef PLETHIO_SYNTH_PARTS_H
#define PLETHIO_SYNTH_PARTS_H

#include "rhythm.h"
#include "synth.h"

/* Of STREAM_WOBBLE. */
enum {
    WOBBLE_X,
    WOBBLE_Y,
    WOBBLE_YAW,
    WOBBLE_PITCH,
    WOBBLE_ROLL,
    WOBBLE_SPEAK,
    WOBBLE_PAUSE,
    WOBBLE_DRIFT,
    WOBBLES
};

/* Everything about a recording that is fixed before its first frame. */
struct synth_life {
    struct plethio_synth p;
    int frames;
    double *time_s; /* frames */
    struct plethio_rhythm rhythm;
    double wave_mean, wave_scale; /* of the raw pulse shape: to mean 0, 1 from peak to peak */
    double swing_percent;         /* blood volume from peak to peak */
    double step_hz, lamp_period_s, lamp_phase;
    struct plethio_wobble wobble[WOBBLES];
};

/* 0, or -1 without memory; free with plethio_life_free in either case. */
int plethio_life_make(struct synth_life *life, const struct plethio_synth *p);
void plethio_life_free(struct synth_life *life);

/* Body and light at one instant. */
struct synth_moment {
    struct plethio_truth truth;
    /* blood volume, per cent above its mean */
    float blood;
    /* place of the head's centre and of the chest against rest, pixels */
    float x, y, chest;
    /* radians: to the picture's right, down, clockwise */
    float yaw, pitch, roll;
    /* 0 closed .. 1 open; 0 open .. 1 closed */
    float mouth, lid;
    /* gain by channel (white facing the light = 1); light from everywhere and from the lamp, whose
       unit vector points from the head (x right, y down, z to the camera) */
    float gain[3], ambient, lamp, to_lamp[3];
};

/* At time_s; a beat is one after last_s. */
void plethio_life_moment(const struct synth_life *life, double time_s, double last_s,
                         struct synth_moment *m);
/* At frame 0..frames-1. */
void plethio_life_frame(const struct synth_life *life, int frame, struct synth_moment *m);

/* The look of a head: drawn from the seed. Coordinates u (right) and v (down) on the head's front,
 * whose outline is the unit circle. */
struct synth_head {
    struct plethio_skin skin;
    float specular;
    /* semi-axes in pixels and rest position of the centre */
    float half_width, half_height, x, y;
    float hair[3], iris[3], lips[3], lips_pulse[3], brow, hairline, opening, long_hair;
    float beard, glasses, mouth_width, eye_distance, brow_slope, cheeks;
    float blotch_phase[4];
};

void plethio_head_make(struct synth_head *head, const struct plethio_synth *p);

/* One point of the surface: light that comes back out of it (linear, white = 1), what 1 % more
 * blood takes from it, what it mirrors, how much of it is skin, and its tilt against the round
 * head. */
struct synth_texel {
    float diffuse[3], pulse[3], specular, skin, tilt_x, tilt_y;
};

void plethio_head_texel(const struct synth_head *head, float u, float v, float mouth, float lid,
                        float edge, struct synth_texel *texel);

/* From the picture to the round head: (x, y) in radii from the head's centre, already turned back
 * by its roll; the jaw is narrower than the skull. */
float plethio_head_round(float x, float y);

/* Hair is uneven: factor of its colour. */
float plethio_head_strand(float u, float v);

/* The surface point seen at (x, y) of the round head: u, v of the front, or 0 if that is the back
 * of the head. z = sqrt(1 - x^2 - y^2). */
int plethio_head_point(const struct synth_moment *m, float x, float y, float z, float *u, float *v);

/* Linear light from that point towards the camera. */
void plethio_head_light(const struct synth_moment *m, const struct synth_texel *texel, float x,
                        float y, float z, float rgb[3]);

/* Deviation of a pixel's noise in linear light squared: read part, and part per light. */
void plethio_noise(const struct plethio_synth *p, double *read, double *shot);

#endif
