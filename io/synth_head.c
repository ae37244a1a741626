#include <math.h>

#include "synth_parts.h"

static float look(uint64_t seed, uint32_t index, double low, double high)
{
    return (float)(low + (high - low) * plethio_uniform(seed, STREAM_LOOK, index));
}

void plethio_head_make(struct synth_head *head, const struct plethio_synth *p)
{
    /* hair from black over brown to fair; fair only above fair skin */
    static const float fair[3] = {0.42f, 0.28f, 0.12f}, brown[3] = {0.10f, 0.05f, 0.025f};
    static const float black[3] = {0.012f, 0.010f, 0.010f}, grey[3] = {0.35f, 0.34f, 0.33f};
    uint64_t s = p->seed;
    struct plethio_skin lips;
    double melanin = p->melanin_percent / 100, blood = p->blood_percent / 100;
    float light = (float)fmax(0, 1 - melanin / 0.12), shade = look(s, 0, 0, 1);
    int c;
    plethio_skin(melanin, blood, &head->skin);
    plethio_skin(0.5 * melanin, fmin(2.2 * blood, 0.2), &lips);
    head->specular = (float)(p->specular_percent / 100);
    head->half_height = (float)(p->face_percent / 200 * p->height);
    head->half_width = head->half_height * look(s, 1, 0.71, 0.80);
    head->x = (float)p->width * look(s, 2, 0.46, 0.54);
    head->y = (float)p->height * 0.46f;
    for (c = 0; c < 3; c++) {
        float dark = shade < 0.4f ? black[c] : brown[c];
        head->hair[c] = dark + light * (shade > 0.65f ? (shade - 0.65f) * 2.8f : 0) * fair[c];
        if (look(s, 3, 0, 1) > 0.88f)
            head->hair[c] = grey[c];
        head->lips[c] = lips.diffuse[c] * (c == 0 ? 0.95f : 0.8f);
        head->lips_pulse[c] = lips.pulse[c] * head->lips[c];
    }
    head->iris[0] = 0.05f + light * look(s, 4, 0, 0.12);
    head->iris[1] = 0.03f + light * look(s, 5, 0, 0.16);
    head->iris[2] = 0.02f + light * look(s, 6, 0, 0.22);
    head->brow = look(s, 7, 0.024, 0.044);
    head->hairline = look(s, 8, -0.72, -0.55);
    head->opening = look(s, 9, 0.84, 0.95);
    head->long_hair = look(s, 10, 0, 1) > 0.6f ? 1 : 0;
    head->beard = look(s, 11, 0, 1) > 0.8f ? look(s, 12, 0.3, 0.85) : 0;
    head->glasses = look(s, 13, 0, 1) > 0.8f ? 1 : 0;
    head->mouth_width = look(s, 14, 0.27, 0.35);
    head->eye_distance = look(s, 15, 0.37, 0.43);
    head->brow_slope = look(s, 16, 0, 0.22);
    head->cheeks = look(s, 17, 8, 30);
    for (c = 0; c < 4; c++)
        head->blotch_phase[c] = (float)(6.2831853 * plethio_uniform(s, STREAM_BLOTCH, (uint32_t)c));
}

static float clamp01(float x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static float smooth(float low, float high, float x)
{
    float t = clamp01((x - low) / (high - low));
    return t * t * (3 - 2 * t);
}

/* 1 inside an ellipse, 0 outside, with an edge of that width. */
static float ellipse(float u, float v, float radius_u, float radius_v, float edge)
{
    float a = u / radius_u, b = v / radius_v, r = a * a + b * b;
    float narrow = radius_u < radius_v ? radius_u : radius_v;
    if (r > 4 && narrow > edge)
        return 0;
    return clamp01((1 - sqrtf(r)) * narrow / edge + 0.5f);
}

/* A soft hill: 1 in the middle, 0 from the ellipse on. */
static float hill(float u, float v, float radius_u, float radius_v)
{
    float a = u / radius_u, b = v / radius_v, r = 1 - (a * a + b * b);
    return r > 0 ? r * r : 0;
}

/* Paints dull matter without blood over the texel. */
static void cover(struct synth_texel *t, const float rgb[3], float specular, float share)
{
    int c;
    if (share <= 0)
        return;
    for (c = 0; c < 3; c++) {
        t->diffuse[c] += (rgb[c] - t->diffuse[c]) * share;
        t->pulse[c] *= 1 - share;
    }
    t->specular += (specular - t->specular) * share;
    t->skin *= 1 - share;
}

static void darken(struct synth_texel *t, float factor)
{
    int c;
    for (c = 0; c < 3; c++) {
        t->diffuse[c] *= factor;
        t->pulse[c] *= factor;
    }
}

static void paint_skin(const struct synth_head *h, float u, float v, float mouth,
                       struct synth_texel *t)
{
    const float *phase = h->blotch_phase;
    float side = fabsf(u);
    float cheek = hill(side - 0.44f, v - 0.28f, 0.36f, 0.32f);
    float nose = hill(u, v - 0.18f, 0.2f, 0.22f);
    float blotch = sinf(7 * u + 5 * v + phase[0]) + sinf(11 * v - 6 * u + phase[1]) +
                   sinf(19 * u + 13 * v + phase[2]) + sinf(23 * v - 17 * u + phase[3]);
    /* per cent of what there is: redder cheeks and nose, uneven pigment */
    float blood = h->cheeks * (cheek + 0.8f * nose) + 2 * blotch;
    float melanin = 3 * blotch + 10 * hill(side - h->eye_distance, v + 0.02f, 0.3f, 0.22f);
    /* the pulse is stronger in cheeks and forehead than on the nose and around the eyes */
    float strength = 1 + 0.25f * cheek + 0.15f * hill(u, v + 0.5f, 0.6f, 0.35f) - 0.3f * nose;
    float jaw = smooth(0.25f, 0.6f, v);
    int c;
    for (c = 0; c < 3; c++) {
        float change = 1 + h->skin.by_blood[c] * blood + h->skin.by_melanin[c] * melanin;
        t->diffuse[c] = h->skin.diffuse[c] * (change > 0.3f ? change : 0.3f);
        t->pulse[c] = t->diffuse[c] * h->skin.pulse[c] * strength;
    }
    t->specular = h->specular * (1 + 0.6f * nose + 0.4f * hill(u, v + 0.5f, 0.7f, 0.4f));
    t->skin = 1;
    /* nose: a ridge whose flanks tilt to the sides, its tip upwards below */
    t->tilt_x = 0;
    t->tilt_y = 0;
    if (v > -0.2f && v < 0.36f && side < 0.3f) {
        float grow = smooth(-0.2f, 0.25f, v) * (1 - smooth(0.27f, 0.36f, v));
        float width = 0.07f + 0.08f * smooth(-0.1f, 0.25f, v);
        float flank = u / width;
        t->tilt_x += 1.3f * grow * flank * expf(-flank * flank);
        t->tilt_y += 0.9f * hill(u, v - 0.3f, 0.16f, 0.1f);
    }
    /* sockets, the hollow below the lower lip, the chin; an open mouth pulls the jaw down */
    t->tilt_y += 0.55f * hill(side - h->eye_distance, v + 0.17f, 0.26f, 0.12f) -
                 0.3f * hill(side - h->eye_distance, v - 0.06f, 0.24f, 0.12f) -
                 0.4f * hill(u, v - 0.72f, 0.25f, 0.1f);
    t->tilt_x += mouth * jaw * 0.08f * u;
    t->tilt_y += mouth * jaw * 0.12f;
}

static void paint_mouth(const struct synth_head *h, float u, float v, float mouth, float edge,
                        struct synth_texel *t)
{
    static const float inside[3] = {0.03f, 0.008f, 0.008f};
    float w = h->mouth_width, a = u / w, bend = -0.03f * a * a, open = 0.1f * mouth;
    float upper, lower, line, share;
    int c;
    if (fabsf(u) > w + 0.1f || v < 0.38f || v > 0.8f)
        return;
    v -= 0.52f + bend;
    /* two lips that meet at v = 0, or leave the opening between them */
    upper = ellipse(u, v, w, 0.065f, edge) * (v < 0 ? 1 : 0);
    lower = ellipse(u, v - open, w * 0.92f, 0.085f, edge) * (v >= open ? 1 : 0);
    share = upper > lower ? upper : lower;
    for (c = 0; c < 3; c++) {
        t->diffuse[c] += (h->lips[c] - t->diffuse[c]) * share;
        t->pulse[c] += (h->lips_pulse[c] * 0.7f - t->pulse[c]) * share;
    }
    t->skin *= 1 - share;
    t->tilt_y += (lower - upper) * 0.4f;
    line = ellipse(u, v - open / 2, w * 0.95f, 0.011f + open / 2, edge);
    cover(t, inside, 0.01f, line);
    cover(t, (const float[]){0.5f, 0.48f, 0.42f}, 0.02f,
          ellipse(u, v - 0.012f, w * 0.6f, 0.03f, edge) * clamp01(open * 14 - 0.4f) * line);
}

static void paint_eye(const struct synth_head *h, float u, float v, float lid, float edge,
                      struct synth_texel *t)
{
    static const float white[3] = {0.52f, 0.49f, 0.46f}, pupil[3] = {0.006f, 0.006f, 0.006f};
    float x = fabsf(u) - h->eye_distance, y = v + 0.07f, height = 0.082f * (1 - 0.9f * lid);
    float almond, y_brow, along;
    if (fabsf(x) < 0.34f && y > -0.4f && y < 0.25f) {
        /* shadow under the brow bone, the lid's crease, the eye, the lash line */
        darken(t, 1 - 0.28f * hill(x, y + 0.03f, 0.27f, 0.17f));
        darken(t, 1 - 0.45f * ellipse(x, y + 0.105f - 1.2f * x * x, 0.18f, 0.012f, edge));
        almond = ellipse(x, y + 0.5f * x * x, 0.17f, height, edge);
        cover(t, white, 0.06f, almond);
        cover(t, h->iris, 0.05f, ellipse(x, y, 0.075f, 0.08f, edge) * almond);
        cover(t, pupil, 0.08f, ellipse(x, y, 0.032f, 0.034f, edge) * almond);
        cover(t, (const float[]){0.9f, 0.9f, 0.9f}, 0.1f,
              ellipse(x + (u < 0 ? 0.022f : -0.022f), y + 0.025f, 0.016f, 0.016f, edge) * almond);
        cover(t, pupil, 0.01f,
              0.85f * ellipse(x, y + height + 0.5f * x * x - 0.004f, 0.185f, 0.014f, edge));
        y_brow = y + 0.215f + h->brow_slope * (x + 0.1f) * 0.35f + 0.8f * x * x;
        along = 1 - smooth(0.16f, 0.27f, fabsf(x));
        cover(t, h->hair, 0.01f,
              0.85f * along * ellipse(x, y_brow, 0.3f, h->brow * (1.1f - x * 1.3f), edge));
        if (h->glasses > 0)
            cover(t, (const float[]){0.02f, 0.02f, 0.022f}, 0.05f,
                  ellipse(x, y - 0.02f, 0.29f, 0.2f, edge) -
                      ellipse(x, y - 0.02f, 0.262f, 0.172f, edge));
    }
    if (h->glasses > 0)
        cover(t, (const float[]){0.02f, 0.02f, 0.022f}, 0.05f,
              ellipse(u, v + 0.08f, h->eye_distance - 0.26f, 0.016f, edge));
}

void plethio_head_texel(const struct synth_head *h, float u, float v, float mouth, float lid,
                        float edge, struct synth_texel *t)
{
    float face, below, strand;
    /* below the mouth the jaw moves with it */
    float w = v - 0.07f * mouth * smooth(0.5f, 0.9f, v);
    paint_skin(h, u, w, mouth, t);
    cover(t, (const float[]){0.01f, 0.005f, 0.004f}, 0.01f,
          0.8f * ellipse(fabsf(u) - 0.085f, v - 0.315f, 0.042f, 0.02f, edge));
    darken(t, 1 - 0.22f * hill(u, v - 0.36f, 0.2f, 0.07f));
    paint_mouth(h, u, v, mouth, edge, t);
    paint_eye(h, u, v, lid, edge, t);
    if (h->beard > 0) {
        float ring = smooth(0.34f, 0.5f, w + 0.25f * fabsf(u)) *
                     (1 - ellipse(u, v - 0.53f, h->mouth_width + 0.03f, 0.1f, 0.1f));
        cover(t, h->hair, 0.01f, h->beard * ring);
    }
    /* hair round an oval opening for the face, down to the ears or to the shoulders */
    face = ellipse(u, v - 0.25f, h->opening, 0.25f - h->hairline, 0.05f + edge);
    below = h->long_hair > 0 ? 1 : 1 - smooth(0.05f, 0.3f, v);
    strand = plethio_head_strand(u, v);
    cover(t, (const float[]){h->hair[0] * strand, h->hair[1] * strand, h->hair[2] * strand}, 0.02f,
          (1 - face) * below);
}

float plethio_head_strand(float u, float v)
{
    return 0.9f + 0.12f * sinf(70 * u + 5 * sinf(3 * v)) + 0.1f * sinf(31 * u - 11 * v);
}

float plethio_head_round(float x, float y)
{
    float jaw = y > 0.15f ? (y - 0.15f) / 0.85f : 0;
    return x * (1 + 0.3f * jaw * jaw);
}

int plethio_head_point(const struct synth_moment *m, float x, float y, float z, float *u, float *v)
{
    float cy = cosf(m->yaw), sy = sinf(m->yaw), cp = cosf(m->pitch), sp = sinf(m->pitch);
    float forward = x * sy + z * cy;
    *u = x * cy - z * sy;
    *v = y * cp - forward * sp;
    return y * sp + forward * cp > 0;
}

void plethio_head_light(const struct synth_moment *m, const struct synth_texel *t, float x, float y,
                        float z, float rgb[3])
{
    float nx = x + t->tilt_x, ny = y + t->tilt_y;
    float inverse = 1 / sqrtf(nx * nx + ny * ny + z * z + 1e-6f);
    const float *l = m->to_lamp;
    float facing = (nx * l[0] + ny * l[1] + z * l[2]) * inverse;
    /* Blinn: half way between lamp and camera */
    float half = 1 / sqrtf(2 + 2 * l[2]);
    float mirror = (nx * l[0] + ny * l[1] + z * (l[2] + 1)) * inverse * half;
    float shade = m->ambient + m->lamp * (facing > 0 ? facing : 0), shine;
    int c;
    mirror = mirror > 0 ? mirror * mirror : 0;
    mirror *= mirror;
    mirror *= mirror;
    mirror *= mirror;
    /* the rough surface mirrors light from everywhere, its smooth part shows the lamp */
    shine = t->specular * (0.8f * shade + 1.6f * m->lamp * mirror);
    for (c = 0; c < 3; c++)
        rgb[c] = m->gain[c] * (shade * (t->diffuse[c] - t->pulse[c] * m->blood) + shine);
}
