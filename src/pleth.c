/* Read this first: a frame or a colour goes in at the top, a reading comes out at the bottom, and
 * every stage in between is one call. */
#include "stream.h"

#include <math.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "pleth needs IEEE arithmetic: compile without -ffast-math"
#endif
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "pleth supports little-endian machines only"
#endif

#define SHORTEST_S 5.0f   /* of signal before a pulse can be told */
#define GOOD_QUALITY 0.7f /* from here on a value is a reading */
#define SECOND_NS 1000000000LL
#define BREATHING_NS 4000000000LL /* between looks at a sensor's breathing */
/* a clock that stays back for so long, and so many times, without a leap, has been set */
#define BACK_NS 500000000LL
#define BACK_INPUTS 5
#define LEAP_NS SECOND_NS
#define DARK_LUMA 25.0f
#define CLIPPED_SHARE 0.3f
#define NO_REFERENCE 0.9f   /* of the quality, where no background tells light from blood */
#define WORST_QUALITY 0.45f /* that an obstacle leaves */
#define FLOOR_LEVELS 0.015f /* of a pulse: less is codec and sensor, whatever its rhythm */
/* a head that bobs in the rhythm of its pulse: the heart itself moves it ten times less */
#define RHYTHM_SHARE 0.25f
#define RHYTHM_CELLS 0.03f
/* skin that does not beat for so long gives way to another candidate */
#define PATIENCE_S 15.0
#define HOPELESS_QUALITY 0.2f
#define FAST_CELLS 2.4f       /* a second: mean motion of a head that turns or talks */
#define MEAN_S 0.7f           /* over which luma, clipping and speed are averaged */
#define EXPLAINED 0.3f        /* of a network's wave by the colours: less is motion, or made up */
#define STILL 0.03f           /* motion: oxygen is told of a body that moves less */
#define MUTE_SHARE 0.02       /* of a window in which oxygen is told */
#define SAME_RATE 4.0f        /* /min: of breath and pulse */
#define SMALL_CELLS 36        /* a skin of fewer has no quarters to speak of */
#define MOST_COEFFICIENT 1e6f /* of an oxygen curve */
#define NET_ALIGN 64          /* bytes, of a network's part of the memory */

static int fail(pleth_stream *s, int status, const char *why)
{
    size_t n = strlen(why);
    n = n < sizeof(s->message) - 1 ? n : sizeof(s->message) - 1;
    memcpy(s->message, why, n);
    s->message[n] = 0;
    return status;
}

/* ---- the signal's start over -------------------------------------------------------------- */

static void restart_colours(pleth_stream *s)
{
    if (s->camera.net)
        pleth_pulse_net_reset(s->camera.net);
    pleth_trace_reset(&s->camera.colours);
    pleth_rate_reset(&s->camera.rate);
}

static int has_sensor(const pleth_stream *s)
{
    return s->config.sensor.channels > 0;
}

static void restart(pleth_stream *s)
{
    pleth_breathing_reset(&s->breathing);
    if (has_sensor(s)) {
        pleth_wearable_reset(&s->wearable);
    } else {
        restart_colours(s);
        pleth_trace_reset(&s->camera.motion);
        if (s->config.roi == PLETH_ROI_FACE)
            s->camera.face.found = 0;
        s->camera.face_lost_ns = 0;
    }
    s->read_ns = 0;
    s->back = 0;
    s->newest_ns = 0;
}

/* The first instant after now in steps from `due`: what a gap has passed over is not made up. */
static int64_t next_after(int64_t due, int64_t step, int64_t now)
{
    return due + step * ((now - due) / step + 1);
}

/* Between looks at the traces: a second at most, of a sensor two, so that waves and beliefs do not
 * hang on how often readings are asked for. */
static int64_t look_step(const pleth_stream *s)
{
    int64_t every = llrintf(s->config.every_s * 1e9f), most = (has_sensor(s) ? 2 : 1) * SECOND_NS;
    return every < most ? every : most;
}

static void set_clock(pleth_stream *s, int64_t time_ns)
{
    int64_t every = llrintf(s->config.every_s * 1e9f);
    s->first_ns = time_ns;
    s->due_ns = time_ns + every;
    s->look_ns = time_ns + look_step(s);
    s->breathing_ns = time_ns + BREATHING_NS;
}

/* Whether input at time_ns may be taken. */
static int check_time(pleth_stream *s, int64_t time_ns)
{
    /* beyond 146 years in either direction differences overflow */
    if (time_ns > INT64_MAX / 2 || time_ns < INT64_MIN / 2)
        return fail(s, PLETH_ETIME, "the time stamp is out of range");
    if (s->input == PLETH_INPUT_NONE || s->newest_ns < time_ns) {
        s->back = 0;
        return PLETH_OK;
    }
    if (s->back == 0 || time_ns <= s->back_last_ns || time_ns - s->back_last_ns > LEAP_NS) {
        s->back = 1;
        s->back_ns = time_ns;
    } else if (++s->back >= BACK_INPUTS && time_ns - s->back_ns > BACK_NS) {
        restart(s);
        set_clock(s, time_ns);
        return PLETH_OK;
    }
    s->back_last_ns = time_ns;
    return fail(s, PLETH_ETIME, "the time stamp does not follow the one before");
}

static void start_clock(pleth_stream *s, enum pleth_input input, int64_t time_ns)
{
    if (s->input == PLETH_INPUT_NONE) {
        s->input = input;
        set_clock(s, time_ns);
    }
    s->newest_ns = time_ns;
}

static double seconds(const pleth_stream *s, int64_t time_ns)
{
    return (double)(time_ns - s->first_ns) * 1e-9;
}

/* ---- readings ------------------------------------------------------------------------------ */

/* What forbids a pulse reading, however good the wave looks. n: samples of the window, 0 if there
 * is none that ends now. */
static uint32_t pulse_obstacles(const pleth_stream *s, int n)
{
    const struct pleth_rate_signs *signs = &s->camera.rate.signs;
    int frames = s->input == PLETH_INPUT_FRAMES;
    uint32_t why = 0;
    if (frames && !s->camera.face.found)
        why |= s->camera.face_lost_ns ? PLETH_FACE_LOST : PLETH_NO_FACE;
    if (s->camera.colours.inputs > 2 &&
        pleth_trace_input_hz(&s->camera.colours) < 2.2 * (double)s->config.rate_max / 60)
        why |= PLETH_LOW_RATE;
    if (n == 0)
        return why ? why : PLETH_WARMING_UP;
    if (pleth_trace_holes(&s->camera.colours, s->camera.rate.n) > 0.15)
        why |= PLETH_GAP;
    if (fabsf(signs->background) > 0.5f)
        why |= PLETH_LIGHT_CHANGES;
    if (signs->motion_share > RHYTHM_SHARE && signs->motion_cells > RHYTHM_CELLS)
        why |= PLETH_MOTION;
    if (frames && signs->level < FLOOR_LEVELS)
        why |= PLETH_NO_PULSE;
    if (s->camera.net && signs->explained < EXPLAINED)
        why |= PLETH_NO_PULSE;
    /* a network makes a rhythm of whatever a codec leaves in a frozen picture */
    if (s->camera.net && s->camera.net->still_ns >
                             pleth_trace_end_ns(&s->camera.colours) - n * SECOND_NS / PLETH_WAVE_HZ)
        why |= PLETH_NO_PULSE;
    return why;
}

/* Why the quality of a pulse without obstacles is low, as far as it can be told. */
static uint32_t pulse_doubts(const pleth_stream *s)
{
    uint32_t why = 0;
    if (s->input == PLETH_INPUT_FRAMES && s->camera.luma < DARK_LUMA)
        why |= PLETH_TOO_DARK;
    if (s->camera.clipped > CLIPPED_SHARE)
        why |= PLETH_SATURATED;
    if (s->camera.speed > FAST_CELLS)
        why |= PLETH_MOTION;
    if (why == 0 && s->camera.rate.signs.surprise > 5 && s->camera.rate.signs.mass < 0.5f)
        why = PLETH_UNSTABLE;
    return why ? why : PLETH_NO_PULSE;
}

/* Decides whether a vital is known, of a window of window_s that ended at end_s. */
static void judge(pleth_vital *v, uint32_t obstacles, uint32_t doubts, double window_s,
                  double end_s)
{
    v->window_start_s = (float)(end_s - window_s);
    v->window_end_s = (float)end_s;
    if (obstacles && v->quality > WORST_QUALITY)
        v->quality = WORST_QUALITY;
    v->have = v->quality >= GOOD_QUALITY;
    v->reasons = v->have ? 0 : obstacles ? obstacles : doubts;
}

/* Samples of a colour window that ends now, or as long ago as a network needs to answer; 0 if the
 * input has left the last one behind. */
static int current_window(const pleth_stream *s)
{
    int64_t last_ns = s->camera.net && s->camera.net->waiting ? s->camera.net->taken_ns
                                                              : s->camera.colours.last_ns;
    int fresh = s->newest_ns - last_ns < (int64_t)(s->camera.colours.gap_s * 1e9);
    return fresh ? pleth_rate_window(&s->camera.colours) : 0;
}

/* The back of both fronts: traces -> waves -> beliefs. */
static void look_at_traces(pleth_stream *s)
{
    int frames = s->input == PLETH_INPUT_FRAMES, n = current_window(s);
    double pulse_hz = 0;

    if (n) {
        if (s->camera.net)
            pleth_trace_read(&s->camera.colours, PLETH_SKIN_CHANNELS, n, s->camera.pulse, 1);
        else
            pleth_pulse_of_trace(s->camera.rate.method, &s->camera.colours, n,
                                 s->camera.rate.band.lo_hz, s->camera.rate.band.hi_hz,
                                 s->camera.pulse, s->camera.work);
        pleth_rate_update(&s->camera.rate, &s->camera.colours, s->camera.pulse,
                          frames && s->camera.skin.cells >= SMALL_CELLS ? PLETH_SKIN_PARTS : 0,
                          frames && s->camera.skin.have_background,
                          frames ? &s->camera.motion : NULL, 2 * PLETH_MOTION_BLOCKS);
        pleth_vital heart;
        pleth_rate_estimate(&s->camera.rate, &heart);
        if (heart.quality >= GOOD_QUALITY && !pulse_obstacles(s, n))
            pulse_hz = (double)heart.value / 60;
    }
    struct pleth_blood blood = {&s->camera.colours, -1,
                                s->camera.net ? pleth_pulse_net_respiration(s->camera.net) : -1};
    s->camera.picture.trace = &s->camera.motion;
    s->breathing_seen = pleth_breathing_update(&s->breathing, frames ? &s->camera.picture : NULL,
                                               n ? &blood : NULL, pulse_hz);
    s->camera.picture.trace = NULL;
}

/* Samples of a sensor's grid since breathing was looked at; -1: nothing was seen of it then, or
 * there has been a gap. */
static int breath_age(const pleth_stream *s)
{
    int known = s->breathing_seen && s->breathing.started;
    return known ? pleth_wearable_age(&s->wearable, s->breathing.last_ns) : -1;
}

static void look_at_breath(pleth_stream *s)
{
    struct pleth_wearable *w = &s->wearable;
    struct pleth_blood blood = pleth_wearable_blood(w);
    pleth_vital heart;

    pleth_tracker_estimate(&w->tracker, &heart);
    s->breathing_seen = pleth_breathing_update(&s->breathing, NULL, blood.trace ? &blood : NULL,
                                               w->seen ? (double)heart.value / 60 : 0);
}

/* The sensor's first channel that sees this light, or -1. */
static int channel_of(const pleth_sensor_config *c, int light)
{
    for (int i = 0; i < c->channels; i++)
        if (c->light[i] == light)
            return i;
    return -1;
}

/* Whether there is a curve, and the light that it is for. */
static int tells_oxygen(const pleth_config *c)
{
    return (c->oxygen_curve[0] != 0 || c->oxygen_curve[1] != 0 || c->oxygen_curve[2] != 0) &&
           channel_of(&c->sensor, PLETH_LIGHT_RED) >= 0 &&
           channel_of(&c->sensor, PLETH_LIGHT_INFRARED) >= 0;
}

static void look_at_oxygen(pleth_stream *s)
{
    struct pleth_wearable *w = &s->wearable;
    const pleth_sensor_config *c = &s->config.sensor;
    struct pleth_oxygen_light light = {&w->sensor.trace, channel_of(c, PLETH_LIGHT_RED),
                                       channel_of(c, PLETH_LIGHT_INFRARED), (double)c->low,
                                       (double)c->high};
    pleth_vital heart;

    memset(&s->oxygen, 0, sizeof(s->oxygen));
    pleth_tracker_estimate(&w->tracker, &heart);
    /* scratch of breathing, which is not being looked at */
    _Static_assert(PLETH_OXYGEN_WORK <= PLETH_TRACE_LENGTH, "oxygen needs more scratch");
    if (w->seen && heart.quality >= GOOD_QUALITY)
        pleth_oxygen_update(&s->oxygen, &light, (double)heart.value / 60, s->breathing.blood);
    if (s->oxygen.n && (pleth_sensor_mute(&w->sensor, light.red, s->oxygen.n) > MUTE_SHARE ||
                        pleth_sensor_mute(&w->sensor, light.infrared, s->oxygen.n) > MUTE_SHARE))
        s->oxygen.obstacles |= PLETH_SATURATED;
    if (s->oxygen.n && pleth_trace_holes(&w->sensor.trace, s->oxygen.n) > 0)
        s->oxygen.obstacles |= PLETH_GAP;
    /* a step of both lights looks like a ratio of one */
    if (pleth_sensor_since(&w->sensor, light.red) < s->oxygen.n ||
        pleth_sensor_since(&w->sensor, light.infrared) < s->oxygen.n)
        s->oxygen.obstacles |= PLETH_WARMING_UP;
}

static void look_at_samples(pleth_stream *s)
{
    pleth_wearable_look(&s->wearable);
    /* breathing is slow, and takes long to look at */
    if (s->newest_ns >= s->breathing_ns) {
        look_at_breath(s);
        s->breathing_ns = next_after(s->breathing_ns, BREATHING_NS, s->newest_ns);
    }
    if (tells_oxygen(&s->config))
        look_at_oxygen(s);
}

/* An empty reading; the oldest one gives way. */
static pleth_reading *new_reading(pleth_stream *s)
{
    pleth_reading *out;

    if (s->readings == PLETH_READINGS) {
        s->first_reading = (s->first_reading + 1) % PLETH_READINGS;
        s->readings--;
    }
    out = &s->reading[(s->first_reading + s->readings++) % PLETH_READINGS];
    memset(out, 0, sizeof(*out));
    out->time_ns = s->newest_ns;
    out->time_s = seconds(s, s->newest_ns);
    s->read_ns = s->newest_ns;
    return out;
}

/* What the beliefs say now. */
static void read_traces(pleth_stream *s)
{
    int frames = s->input == PLETH_INPUT_FRAMES, n = current_window(s);
    pleth_reading *out = new_reading(s);
    double end_s = out->time_s;

    out->rate_hz = (float)pleth_trace_input_hz(frames ? &s->camera.motion : &s->camera.colours);
    if (s->camera.face.found)
        out->face = s->camera.face.box;
    for (int c = 0; c < 3; c++)
        out->skin_rgb[c] =
            frames ? fminf((float)s->camera.skin.rgb[c], 255) : (float)s->camera.colours.last[c];

    pleth_rate_estimate(&s->camera.rate, &out->heart_rate);
    if (frames && !s->camera.skin.have_background)
        out->heart_rate.quality *= NO_REFERENCE;
    if (n == 0)
        out->heart_rate.quality = 0;
    judge(&out->heart_rate, pulse_obstacles(s, n), pulse_doubts(s), n / (double)PLETH_WAVE_HZ,
          n ? seconds(s, s->camera.colours.last_ns) : end_s);

    pleth_breathing_estimate(&s->breathing, &out->breathing_rate);
    judge(&out->breathing_rate, s->breathing_seen ? 0 : PLETH_WARMING_UP,
          s->camera.speed > FAST_CELLS ? PLETH_MOTION : PLETH_UNSTABLE,
          s->breathing_seen ? s->breathing.n / (double)PLETH_BREATHING_HZ : 0, end_s);
}

static void read_samples(pleth_stream *s)
{
    const struct pleth_wearable *w = &s->wearable;
    pleth_reading *out = new_reading(s);
    int age = breath_age(s);
    uint32_t obstacles = pleth_wearable_obstacles(w), doubts = pleth_wearable_doubts(w);

    out->rate_hz = (float)pleth_trace_input_hz(&w->sensor.trace);
    out->motion = w->tracker.signs.motion;
    out->cadence = w->tracker.signs.cadence;
    pleth_tracker_estimate(&w->tracker, &out->heart_rate);
    judge(&out->heart_rate, obstacles, doubts, w->seen / (double)PLETH_WAVE_HZ, out->time_s);
    pleth_breathing_estimate(&s->breathing, &out->breathing_rate);
    obstacles =
        age < 0 ? PLETH_WARMING_UP
                : (obstacles & ~(uint32_t)PLETH_WARMING_UP) |
                      pleth_wearable_breaks(w, s->breathing.n * PLETH_WAVE_HZ / PLETH_BREATHING_HZ);
    /* a slow pulse looks like breath: where it is not known, or the same, nobody tells */
    if (!out->heart_rate.have)
        obstacles |= out->heart_rate.reasons;
    else if (fabsf(out->breathing_rate.value - out->heart_rate.value) < SAME_RATE)
        obstacles |= PLETH_UNSTABLE;
    judge(&out->breathing_rate, obstacles | (pleth_wearable_moves(w) ? PLETH_MOTION : 0),
          PLETH_UNSTABLE, age < 0 ? 0 : s->breathing.n / (double)PLETH_BREATHING_HZ,
          age < 0 ? out->time_s : seconds(s, s->breathing.last_ns));
}

static void read_oxygen(pleth_stream *s, pleth_reading *out)
{
    pleth_vital *v = &out->oxygen_saturation;
    uint32_t obstacles = s->oxygen.obstacles;

    v->reasons = PLETH_NOT_MEASURABLE_HERE;
    if (!tells_oxygen(&s->config))
        return;
    pleth_oxygen_estimate(&s->oxygen, s->config.oxygen_curve, v);
    if (!out->heart_rate.have)
        obstacles |= out->heart_rate.reasons;
    if (out->motion > STILL)
        obstacles |= PLETH_MOTION;
    judge(v, obstacles, PLETH_NO_PULSE, s->oxygen.n / (double)PLETH_WAVE_HZ, out->time_s);
}

static void look(pleth_stream *s)
{
    if (has_sensor(s))
        look_at_samples(s);
    else
        look_at_traces(s);
}

static void make_reading(pleth_stream *s)
{
    if (has_sensor(s))
        read_samples(s);
    else
        read_traces(s);
    read_oxygen(s, &s->reading[(s->first_reading + s->readings - 1) % PLETH_READINGS]);
}

/* What the last window adds to the waves. */
static void make_wave(pleth_stream *s, int last)
{
    const struct pleth_wearable *w = &s->wearable;
    if (has_sensor(s)) {
        int age = breath_age(s);
        if (w->n > 0)
            pleth_wave_add(&s->wave, w->sensor.trace.generation, w->sensor.trace.origin_ns, w->end,
                           w->wave, w->n, s->breathing.wave, s->breathing.n, age > 0 ? age : 0,
                           last);
        return;
    }
    if (s->camera.rate.n > 0)
        pleth_wave_add(&s->wave, s->camera.colours.generation, s->camera.colours.origin_ns,
                       s->camera.rate.end, s->camera.rate.wave, s->camera.rate.n, s->breathing.wave,
                       s->breathing.n, 0, last);
}

/* Colour and shape propose a face, its pulse decides: what does not beat for a while gives way. */
static void doubt_face(pleth_stream *s)
{
    pleth_vital heart;
    pleth_rate_estimate(&s->camera.rate, &heart);
    int beats = heart.quality > HOPELESS_QUALITY;
    if (!s->camera.face.found || !s->camera.rate.started || beats || s->camera.beating_ns == 0)
        s->camera.beating_ns = s->newest_ns;
    if ((double)(s->newest_ns - s->camera.beating_ns) * 1e-9 < PATIENCE_S)
        return;
    s->camera.beating_ns = s->newest_ns;
    if (pleth_face_try_another(&s->camera.face, &s->camera.grid, s->newest_ns))
        restart_colours(s);
}

/* Looks at the traces, and makes readings, where they are due. */
static void advance(pleth_stream *s)
{
    int64_t every = llrintf(s->config.every_s * 1e9f);
    int look_due = s->newest_ns >= s->look_ns, due = s->newest_ns >= s->due_ns;
    if (!look_due && !due)
        return;
    look(s);
    make_wave(s, 0);
    if (s->input == PLETH_INPUT_FRAMES && s->config.roi == PLETH_ROI_FACE)
        doubt_face(s);
    if (look_due)
        s->look_ns = next_after(s->look_ns, look_step(s), s->newest_ns);
    if (due) {
        make_reading(s);
        s->due_ns = next_after(s->due_ns, every, s->newest_ns);
    }
}

/* ---- what goes in -------------------------------------------------------------------------- */

/* Moves a mean towards a value that held for step_s seconds. */
static void blend(float *mean, float value, float step_s)
{
    *mean += step_s / (MEAN_S + step_s) * (value - *mean);
}

static int box_fits(const pleth_stream *s, const pleth_frame *frame)
{
    int turned = frame->rotation == 90 || frame->rotation == 270;
    const pleth_box *box = &s->config.box;
    return s->config.roi != PLETH_ROI_BOX ||
           (box->x + box->width <= (float)(turned ? frame->height : frame->width) &&
            box->y + box->height <= (float)(turned ? frame->width : frame->height));
}

/* Colours, and a network's wave beside them, in order of time. */
static void take_colours(pleth_stream *s, int64_t time_ns, const double *value)
{
    if (pleth_trace_push(&s->camera.colours, time_ns, value))
        pleth_rate_reset(&s->camera.rate);
}

static void pull_network(pleth_stream *s)
{
    struct pleth_pulse_sample sample;
    while (pleth_pulse_net_pull(s->camera.net, &sample))
        take_colours(s, sample.time_ns, sample.value);
}

static void push_network(pleth_stream *s, const pleth_frame *frame)
{
    pleth_box box = s->camera.face.box;
    /* what a gap parts is not one scene */
    if (s->camera.net->have &&
        (double)(frame->time_ns - s->camera.net->taken_ns) * 1e-9 > s->camera.colours.gap_s)
        restart_colours(s);
    if (s->config.roi == PLETH_ROI_FACE)
        box = pleth_pulse_net_box(&box);
    else if (s->config.roi == PLETH_ROI_ALL)
        box = (pleth_box){0, 0, (float)s->camera.grid.width, (float)s->camera.grid.height};
    pleth_pulse_net_push(s->camera.net, frame, &box, s->camera.skin.rgb);
    pull_network(s);
}

int pleth_push_frame(pleth_stream *s, const pleth_frame *frame)
{
    const char *why = "";
    float motion[2 * (PLETH_MOTION_BLOCKS + 1)];
    double velocity[PLETH_TRACE_CHANNELS];
    int status, fresh, another = 0;
    float step_s;

    if (!s || !frame)
        return PLETH_EINVAL;
    if (s->input == PLETH_INPUT_RGB || has_sensor(s) || s->flushed)
        return fail(s, PLETH_EINVAL, "this stream takes colours or samples, or has been flushed");
    status = pleth_frame_check(frame, &why);
    if (status != PLETH_OK)
        return fail(s, status, why);
    if (!box_fits(s, frame))
        return fail(s, PLETH_EINVAL, "config.box does not lie within the frame");
    if (s->camera.net && frame->format == PLETH_GRAY8)
        return fail(s, PLETH_EINVAL, "networks need colour, and this frame is grey");
    status = check_time(s, frame->time_ns);
    if (status != PLETH_OK)
        return status;
    step_s = s->newest_ns && s->input != PLETH_INPUT_NONE
                 ? (float)(frame->time_ns - s->newest_ns) * 1e-9f
                 : 0;
    start_clock(s, PLETH_INPUT_FRAMES, frame->time_ns);

    /* pixels -> grid -> where the skin is -> its colours */
    fresh = pleth_grid_fill(&s->camera.grid, &s->kern, frame);
    if (fresh && pleth_trace_count(&s->camera.motion) > 0) {
        restart_colours(s);
        pleth_trace_reset(&s->camera.motion);
        pleth_breathing_reset(&s->breathing);
    }
    /* of grey pictures there is only one wave */
    s->camera.rate.method = s->camera.net                  ? PLETH_RATE_NETWORK
                            : frame->format == PLETH_GRAY8 ? PLETH_METHOD_GREEN
                                                           : s->config.method;
    if (s->config.roi == PLETH_ROI_FACE)
        another = pleth_face_follow(&s->camera.face, &s->camera.grid, frame->time_ns, fresh);
    else if (fresh)
        pleth_face_fix(&s->camera.face, &s->camera.grid,
                       s->config.roi == PLETH_ROI_BOX ? &s->config.box : NULL);
    if (another)
        restart_colours(s);
    if (s->camera.face.found &&
        pleth_skin_colours(&s->camera.skin, &s->camera.grid, &s->camera.face)) {
        if (s->camera.net)
            push_network(s, frame);
        else
            take_colours(s, frame->time_ns, s->camera.skin.rgb);
        blend(&s->camera.luma,
              (float)(0.299 * s->camera.skin.rgb[0] + 0.587 * s->camera.skin.rgb[1] +
                      0.114 * s->camera.skin.rgb[2]),
              step_s);
        blend(&s->camera.clipped, s->camera.skin.clipped, step_s);
        blend(&s->camera.speed,
              step_s > 0 ? hypotf(s->camera.face.dx, s->camera.face.dy) / step_s : 0, step_s);
        s->camera.face_lost_ns = 0;
    } else if (s->camera.face_lost_ns == 0 && pleth_trace_count(&s->camera.colours) > 0) {
        s->camera.face_lost_ns = frame->time_ns;
    }

    /* what moves, in cells a second: every block of the picture, and the head */
    pleth_motion_blocks(&s->camera.grid, motion);
    motion[2 * PLETH_MOTION_BLOCKS] = s->camera.face.dx;
    motion[2 * PLETH_MOTION_BLOCKS + 1] = s->camera.face.dy;
    for (int c = 0; c < 2 * (PLETH_MOTION_BLOCKS + 1); c++)
        velocity[c] = step_s > 0 ? (double)(motion[c] / step_s) : 0;
    if (pleth_trace_push(&s->camera.motion, frame->time_ns, velocity))
        pleth_breathing_reset(&s->breathing);

    advance(s);
    return PLETH_OK;
}

int pleth_push_rgb(pleth_stream *s, int64_t time_ns, const float rgb[3])
{
    double value[PLETH_TRACE_CHANNELS];
    int status;

    if (!s || !rgb)
        return PLETH_EINVAL;
    if (s->input == PLETH_INPUT_FRAMES || has_sensor(s) || s->camera.net || s->flushed)
        return fail(s, PLETH_EINVAL, "this stream takes frames or samples, or has been flushed");
    for (int c = 0; c < 3; c++) {
        if (!(rgb[c] > 0 && rgb[c] < 1e30f))
            return fail(s, PLETH_EINVAL, "a colour is not a positive finite number");
        value[c] = (double)rgb[c];
    }
    status = check_time(s, time_ns);
    if (status != PLETH_OK)
        return status;
    start_clock(s, PLETH_INPUT_RGB, time_ns);
    if (pleth_trace_push(&s->camera.colours, time_ns, value)) {
        pleth_rate_reset(&s->camera.rate);
        pleth_breathing_reset(&s->breathing);
    }
    advance(s);
    return PLETH_OK;
}

int pleth_push_sample(pleth_stream *s, const pleth_sample *sample, int count)
{
    if (!s || !sample || count < 0)
        return PLETH_EINVAL;
    if (!has_sensor(s) || s->flushed)
        return fail(s, PLETH_EINVAL, "this stream has no sensor, or has been flushed");
    for (int i = 0; i < count; i++) {
        int status = check_time(s, sample[i].time_ns);
        if (status != PLETH_OK)
            return status;
        start_clock(s, PLETH_INPUT_SAMPLES, sample[i].time_ns);
        if (pleth_sensor_push(&s->wearable.sensor, &sample[i]))
            pleth_breathing_reset(&s->breathing);
        advance(s);
    }
    return PLETH_OK;
}

int pleth_push_counts(pleth_stream *s, int64_t time_ns, const int32_t *ppg,
                      const int32_t *acceleration)
{
    pleth_sample sample = {.time_ns = time_ns};

    if (!s || !ppg || (s->config.sensor.motion && !acceleration))
        return PLETH_EINVAL;
    for (int c = 0; c < s->config.sensor.channels && c < PLETH_PPG_CHANNELS; c++)
        sample.ppg[c] = (float)ppg[c];
    for (int c = 0; c < 3 && s->config.sensor.motion; c++)
        sample.acceleration[c] = (float)acceleration[c];
    return pleth_push_sample(s, &sample, 1);
}

int pleth_flush(pleth_stream *s)
{
    if (!s)
        return PLETH_EINVAL;
    if (s->input != PLETH_INPUT_NONE && !s->flushed) {
        int started = has_sensor(s) ? s->wearable.tracker.started : s->camera.rate.started;
        if (!has_sensor(s) && s->camera.net) {
            pleth_pulse_net_flush(s->camera.net);
            pull_network(s);
        }
        if (s->read_ns != s->newest_ns || !(started && s->breathing.started)) {
            s->breathing_ns = s->newest_ns;
            look(s);
            make_reading(s);
        } else if (has_sensor(s) && breath_age(s) > 0) {
            look_at_breath(s);
        }
        make_wave(s, 1);
        /* what was still warming up will never be warm */
        pleth_reading *out =
            &s->reading[(s->first_reading + s->readings + PLETH_READINGS - 1) % PLETH_READINGS];
        pleth_vital *vital[3] = {&out->heart_rate, &out->breathing_rate, &out->oxygen_saturation};
        for (int i = 0; i < 3 && s->readings > 0; i++)
            if (vital[i]->reasons & PLETH_WARMING_UP)
                vital[i]->reasons = (vital[i]->reasons & ~PLETH_WARMING_UP) | PLETH_TOO_SHORT;
    }
    s->flushed = 1;
    return PLETH_OK;
}

/* ---- what comes out ------------------------------------------------------------------------ */

int pleth_pull(pleth_stream *s, pleth_reading *reading)
{
    if (!s || !reading)
        return PLETH_EINVAL;
    if (s->readings == 0)
        return PLETH_AGAIN;
    *reading = s->reading[s->first_reading];
    s->first_reading = (s->first_reading + 1) % PLETH_READINGS;
    s->readings--;
    return PLETH_OK;
}

int pleth_pull_wave(pleth_stream *s, pleth_wave *wave, int count)
{
    int n = 0;
    if (!s || !wave || count < 0)
        return PLETH_EINVAL;
    struct pleth_wave_out *w = &s->wave;
    for (; n < count && w->pulled < w->finished; n++, w->pulled++) {
        wave[n].time_ns = w->origin_ns + llround((double)w->pulled * 1e9 / PLETH_WAVE_HZ);
        wave[n].pulse = w->pulse[w->pulled % PLETH_WAVE_LENGTH];
        wave[n].breathing = w->breathing[w->pulled % PLETH_WAVE_LENGTH];
    }
    return n;
}

/* ---- making a stream ----------------------------------------------------------------------- */

void pleth_config_init(pleth_config *c, uint32_t version)
{
    if (!c)
        return;
    memset(c, 0, sizeof(*c));
    c->version = version;
    c->rate_min = 40;
    c->rate_max = 220;
    c->every_s = 1;
    c->cpu_mask = PLETH_CPU_ALL;
}

static int check_sensor(const pleth_sensor_config *c)
{
    if (c->channels < 0 || c->channels > PLETH_PPG_CHANNELS)
        return PLETH_EINVAL;
    for (int i = 0; i < c->channels; i++)
        if (c->light[i] < 0 || c->light[i] > PLETH_LIGHT_INFRARED)
            return PLETH_EINVAL;
    if (c->motion < 0 || c->motion > 1 || !isfinite(c->low) || !isfinite(c->high))
        return PLETH_EINVAL;
    return PLETH_OK;
}

/* Bytes of a network's part of the stream; 0 for one that does not suit what the stream takes. */
static size_t net_part(const pleth_config *c)
{
    return c->sensor.channels > 0 ? pleth_rate_net_size(c->net, c->sensor.channels)
                                  : pleth_pulse_net_size(c->net);
}

static int check_config(const pleth_config *c)
{
    if (!c)
        return PLETH_EINVAL;
    /* before 1.0 the minor version may change the structs */
    if (c->version >> 8 != PLETH_VERSION >> 8)
        return PLETH_EVERSION;
    if (c->method < 0 || c->method >= PLETH_METHOD_COUNT || c->roi < 0 || c->roi > PLETH_ROI_ALL)
        return PLETH_EINVAL;
    if (!(c->rate_min >= 20 && c->rate_max <= 300 && c->rate_max >= c->rate_min + 10))
        return PLETH_EINVAL;
    if (!(c->every_s >= 0.1f && c->every_s <= 60))
        return PLETH_EINVAL;
    for (int i = 0; i < 3; i++)
        if (!(fabsf(c->oxygen_curve[i]) <= MOST_COEFFICIENT))
            return PLETH_EINVAL;
    for (size_t i = 0; i < sizeof(c->reserved) / sizeof(c->reserved[0]); i++)
        if (c->reserved[i] != 0)
            return PLETH_EINVAL;
    if (c->roi == PLETH_ROI_BOX &&
        !(c->box.x >= 0 && c->box.y >= 0 && c->box.width >= 1 && c->box.height >= 1 &&
          c->box.x + c->box.width <= 16384 && c->box.y + c->box.height <= 16384))
        return PLETH_EINVAL;
    if (check_sensor(&c->sensor) != PLETH_OK || (c->net && net_part(c) == 0))
        return PLETH_EINVAL;
    return PLETH_OK;
}

/* Bytes of a stream's struct with the front that it needs. */
static size_t front_size(const pleth_config *config)
{
    return offsetof(struct pleth_stream, camera) + (config->sensor.channels > 0
                                                        ? pleth_wearable_size(&config->sensor)
                                                        : sizeof(struct pleth_camera));
}

/* And of a network's part behind it, which wants a coarser alignment; 0 without one. */
static size_t net_size(const pleth_config *config)
{
    return config->net ? NET_ALIGN + net_part(config) : 0;
}

size_t pleth_size(const pleth_config *config)
{
    return check_config(config) == PLETH_OK ? front_size(config) + net_size(config) : 0;
}

/* net_memory: where a network's part goes, if there is one. */
static int init_camera(struct pleth_camera *c, const pleth_config *config, void *net_memory)
{
    if (config->net) {
        c->net = pleth_pulse_net_open(net_memory, config->net);
        if (!c->net)
            return PLETH_EINVAL;
    }
    pleth_trace_init(&c->colours, c->net ? PLETH_PULSE_NET_CHANNELS : PLETH_SKIN_CHANNELS,
                     PLETH_WAVE_HZ);
    pleth_trace_init(&c->motion, 2 * (PLETH_MOTION_BLOCKS + 1), PLETH_BREATHING_HZ);
    c->picture.channels = 2 * (PLETH_MOTION_BLOCKS + 1);
    pleth_rate_init(&c->rate, c->net ? PLETH_RATE_NETWORK : config->method, config->rate_min,
                    config->rate_max);
    c->luma = 128;
    return PLETH_OK;
}

static int init_wearable(struct pleth_wearable *w, const pleth_config *config, void *net_memory)
{
    struct pleth_rate_net *net = NULL;

    if (config->net) {
        net = pleth_rate_net_open(net_memory, config->net, config->sensor.channels);
        if (!net)
            return PLETH_EINVAL;
    }
    pleth_wearable_init(w, &config->sensor, config->rate_min, config->rate_max, net);
    return PLETH_OK;
}

int pleth_init(pleth_stream **stream, void *memory, size_t size, const pleth_config *config)
{
    int status = check_config(config);
    pleth_stream *s = memory;
    char *behind;
    if (!stream)
        return PLETH_EINVAL;
    *stream = NULL;
    if (status != PLETH_OK)
        return status;
    if (!memory || size < front_size(config) + net_size(config) || (uintptr_t)memory % 16)
        return PLETH_EMEMORY;
    memset(s, 0, front_size(config));
    s->config = *config;
    pleth_kernels_init(&s->kern, config->cpu_mask);
    pleth_breathing_init(&s->breathing, has_sensor(s));
    s->wave.generation = -1; /* of no trace yet */
    behind = (char *)memory + front_size(config);
    behind += (NET_ALIGN - (uintptr_t)behind % NET_ALIGN) % NET_ALIGN;
    status = has_sensor(s) ? init_wearable(&s->wearable, config, behind)
                           : init_camera(&s->camera, config, behind);
    *stream = status == PLETH_OK ? s : NULL;
    return status;
}

const char *pleth_errmsg(const pleth_stream *s)
{
    return s ? s->message : "";
}

const char *pleth_strerror(int status)
{
    switch (status) {
    case PLETH_OK:
        return "done";
    case PLETH_AGAIN:
        return "nothing to give yet";
    case PLETH_EINVAL:
        return "an argument is invalid";
    case PLETH_EMEMORY:
        return "the memory is too small or not aligned to 16 bytes";
    case PLETH_EFRAME:
        return "the frame's size, stride or planes do not fit its format";
    case PLETH_ETIME:
        return "the time stamp does not follow the one before";
    case PLETH_EVERSION:
        return "the configuration was made for another version of the library";
    default:
        return "unknown status";
    }
}

uint32_t pleth_version(void)
{
    return PLETH_VERSION;
}

const char *pleth_method_name(int method)
{
    static const char *const name[PLETH_METHOD_COUNT] = {"pos", "chrom", "green", "lgi",
                                                         "pbv", "omit",  "ica"};
    return method >= 0 && method < PLETH_METHOD_COUNT ? name[method] : NULL;
}

const char *pleth_reason_name(int bit)
{
    static const char *const name[PLETH_REASON_COUNT] = {
        "no_face",   "face_lost",          "too_dark", "saturated",  "light_changes", "motion",
        "no_pulse",  "low_rate",           "gap",      "warming_up", "too_short",     "unstable",
        "off_wrist", "not_measurable_here"};
    return bit >= 0 && bit < PLETH_REASON_COUNT ? name[bit] : NULL;
}
