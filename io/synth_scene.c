#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "synth.h"
#include "synth_parts.h"

/* Layers from back to front: the room (still), the body (neck and shirt, moved as a whole by
 * fractions of a pixel), the head (a texture on a round surface that turns). They are put together
 * in linear light, row by row, and then developed: transfer curve, noise, rounding. */

#define LEVELS 4096     /* entries of the transfer curve */
#define NOISE (1 << 16) /* entries of the noise table */
#define MARGIN 48       /* pixels that the body may be moved */
#define REACH 1.08f     /* the texture covers -REACH..REACH */
#define TEXTURE_MOST 640

struct body {
    int x0, y0, width, height;
    /* linear light, cover, skin: 5 a pixel */
    float *pixel;
    float neck_pulse[3];
};

struct plethio_scene {
    struct synth_life life;
    struct synth_head head;
    int width, height;
    float *room; /* height * width * 3, linear light */
    struct body body;
    int texture_width, texture_height;
    struct synth_texel *texture;
    float painted_mouth, painted_lid;
    /* level of linear light i / LEVELS, and the noise's deviation there */
    float level[LEVELS + 2], deviation[LEVELS + 2];
    float *grain; /* NOISE + 3 * width */
    float *line;  /* width * 3 */
    uint8_t *skin;
};

static float clamp01(float x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static float smooth(float low, float high, float x)
{
    float t = clamp01((x - low) / (high - low));
    return t * t * (3 - 2 * t);
}

static float draw(uint64_t seed, uint32_t index, double low, double high)
{
    return (float)(low + (high - low) * plethio_uniform(seed, STREAM_ROOM, index));
}

/* ---- What is made once ------------------------------------------------------------------ */

/* A wall with light falling off to the sides, bare or with a shelf, a curtain or wooden boards. */
static void paint_room(struct plethio_scene *s)
{
    uint64_t seed = s->life.p.seed;
    int kind = (int)draw(seed, 0, 0, 4), x, y, c;
    float tone = draw(seed, 1, 0.10, 0.5), wall[3], pole = draw(seed, 2, 14, 40);
    wall[0] = tone * draw(seed, 3, 0.85, 1.1);
    wall[1] = tone * draw(seed, 4, 0.9, 1.05);
    wall[2] = tone * draw(seed, 5, 0.8, 1.15);
    for (y = 0; y < s->height; y++)
        for (x = 0; x < s->width; x++) {
            float u = (float)x / (float)s->height, v = (float)y / (float)s->height, *p;
            float side = (float)x / (float)s->width - 0.3f, light;
            p = s->room + 3 * ((size_t)y * (size_t)s->width + (size_t)x);
            light = 0.75f - 0.45f * side * side - 0.15f * v;
            light *= 1 + 0.02f * sinf(31 * u + 3 * sinf(17 * v)) * sinf(43 * v + 11 * u);
            for (c = 0; c < 3; c++)
                p[c] = wall[c] * light;
            if (kind == 1) { /* books of all colours on two boards */
                float shelf = v * 2.6f + 0.2f, row = floorf(shelf), in = shelf - row;
                float at = u * pole + 7 * row;
                uint32_t book = (uint32_t)(at > 0 ? at : 0) + 1000 * (uint32_t)row;
                float tall = draw(seed, 100 + book, 0.35, 0.85), edge = at - floorf(at);
                for (c = 0; c < 3; c++) {
                    if (in > 0.93f)
                        p[c] = (c == 0 ? 0.2f : c == 1 ? 0.11f : 0.06f) * light;
                    else if (in > 1 - tall && edge > 0.06f)
                        p[c] = draw(seed, 5000 + 3 * book + (uint32_t)c, 0.02, 0.4) * light;
                    else
                        p[c] *= 0.4f;
                }
            } else if (kind == 2) { /* folds */
                float fold = 0.8f + 0.2f * sinf(pole * u * 2 + 2 * sinf(pole * u * 0.7f));
                for (c = 0; c < 3; c++)
                    p[c] *= fold;
            } else if (kind == 3) { /* wood, which has the colour of skin */
                float board = u * 4, gap = board - floorf(board);
                float grain = 0.85f + 0.1f * sinf(60 * u + 6 * sinf(4 * v + floorf(board)));
                grain *= gap < 0.02f ? 0.4f : 1;
                p[0] = 0.33f * grain * light;
                p[1] = 0.19f * grain * light;
                p[2] = 0.10f * grain * light;
            }
        }
}

/* Neck and shirt at rest, shaded by the lamp's usual place. */
static int paint_body(struct plethio_scene *s)
{
    const struct synth_head *h = &s->head;
    struct body *b = &s->body;
    uint64_t seed = s->life.p.seed;
    float shirt[3], stripes = draw(seed, 20, 0, 1) > 0.5f ? draw(seed, 21, 0.1, 0.35) : 0;
    float collar = draw(seed, 22, 0, 0.2);
    int x, y, c;
    for (c = 0; c < 3; c++) {
        shirt[c] = draw(seed, 23 + (uint32_t)c, 0.03, 0.5);
        b->neck_pulse[c] = 0.8f * h->skin.pulse[c];
    }
    b->x0 = -MARGIN;
    b->y0 = (int)(h->y + 0.3f * h->half_height) - MARGIN;
    b->width = s->width + 2 * MARGIN;
    b->height = s->height + MARGIN - b->y0;
    b->pixel = malloc((size_t)b->width * (size_t)b->height * 5 * sizeof *b->pixel);
    if (!b->pixel)
        return -1;
    for (y = 0; y < b->height; y++)
        for (x = 0; x < b->width; x++) {
            float u = ((float)(x + b->x0) - h->x) / h->half_width;
            float v = ((float)(y + b->y0) - h->y) / h->half_height;
            float *p = b->pixel + 5 * ((size_t)y * (size_t)b->width + (size_t)x);
            float wide = 0.52f + 0.25f * smooth(1.0f, 1.5f, v), su, sv, rim, cloth, neck, shade;
            neck = clamp01((wide - fabsf(u)) * h->half_width * 0.7f + 0.5f);
            /* shoulders: a broad arch; the collar: a dip in its middle */
            su = u / 2.5f;
            sv = (v - 2.6f) / 1.35f;
            rim = 1 - sqrtf(su * su + sv * sv);
            if (v > 2.6f)
                rim = 1 - fabsf(su);
            cloth = clamp01(rim * h->half_width * 1.4f + 0.5f);
            su = u / 0.62f;
            sv = (v - 1.15f) / (0.26f + collar);
            cloth *= 1 - clamp01((1 - sqrtf(su * su + sv * sv)) * h->half_width * 0.3f + 0.5f);
            p[3] = cloth > neck ? cloth : neck;
            p[4] = (1 - cloth) * neck;
            /* the chin's shadow falls on the neck */
            shade = (0.45f + 0.4f * smooth(0.85f, 1.45f, v)) * (1 - 0.35f * u * u);
            for (c = 0; c < 3; c++) {
                float skin = h->skin.diffuse[c] * (shade > 0 ? shade : 0) + 0.3f * h->specular;
                float fold = 0.75f - 0.12f * u * (u > 0 ? 1 : 0.3f) + 0.05f * sinf(5 * u + 4 * v);
                fold *= 1 - stripes * (sinf(26 * v) > 0 ? 1 : 0);
                fold *= 0.96f + 0.04f * sinf(90 * u) * sinf(70 * v);
                p[c] = skin + (shirt[c] * (fold > 0.15f ? fold : 0.15f) - skin) * cloth;
            }
        }
    return 0;
}

/* Paints the part of the head's texture whose v lies within the limits. */
static void paint_head(struct plethio_scene *s, float from_v, float to_v, float mouth, float lid)
{
    float edge = 2 * REACH / (float)s->texture_height;
    int x, y;
    for (y = 0; y < s->texture_height; y++) {
        float v = ((float)y + 0.5f) * edge - REACH;
        if (v < from_v || v > to_v)
            continue;
        for (x = 0; x < s->texture_width; x++) {
            float u = ((float)x + 0.5f) * 2 * REACH / (float)s->texture_width - REACH;
            plethio_head_texel(&s->head, u, v, mouth, lid, 1.5f * edge,
                               &s->texture[(size_t)y * (size_t)s->texture_width + (size_t)x]);
        }
    }
}

static void make_tables(struct plethio_scene *s)
{
    double read, shot, mean = 0;
    int i;
    plethio_noise(&s->life.p, &read, &shot);
    for (i = 0; i < LEVELS + 2; i++) {
        double light = (double)i / LEVELS, level = plethio_level(light), slope;
        slope = 1 / (plethio_linear(level + 0.5) - plethio_linear(level - 0.5));
        s->level[i] = (float)level;
        s->deviation[i] = (float)(sqrt(read + shot * light) * slope);
    }
    for (i = 0; i < NOISE; i++) {
        s->grain[i] = (float)plethio_normal(s->life.p.seed, STREAM_GRAIN, (uint32_t)i);
        mean += (double)s->grain[i] / NOISE;
    }
    for (i = 0; i < NOISE; i++)
        s->grain[i] -= (float)mean;
    for (i = 0; i < 3 * s->width; i++)
        s->grain[NOISE + i] = s->grain[i % NOISE];
}

int plethio_scene_open(struct plethio_scene **scene, const struct plethio_synth *p,
                       struct plethio_error *e)
{
    struct plethio_scene *s;
    size_t pixels;
    *scene = NULL;
    if (plethio_synth_check(p, e) < 0)
        return -1;
    s = calloc(1, sizeof *s);
    if (!s)
        return plethio_fail(e, "not enough memory for a scene");
    *scene = s;
    s->width = p->width;
    s->height = p->height;
    pixels = (size_t)s->width * (size_t)s->height;
    plethio_head_make(&s->head, p);
    s->texture_width = (int)fminf(TEXTURE_MOST, 2.3f * s->head.half_width + 8);
    s->texture_height = (int)fminf(TEXTURE_MOST, 2.3f * s->head.half_height + 8);
    s->room = malloc(3 * pixels * sizeof *s->room);
    s->skin = malloc(pixels);
    s->line = malloc(3 * (size_t)s->width * sizeof *s->line);
    s->grain = malloc((NOISE + 3 * (size_t)s->width) * sizeof *s->grain);
    s->texture = malloc((size_t)s->texture_width * (size_t)s->texture_height * sizeof *s->texture);
    if (plethio_life_make(&s->life, p) < 0 || !s->room || !s->skin || !s->line || !s->grain ||
        !s->texture || paint_body(s) < 0) {
        plethio_scene_close(scene);
        return plethio_fail(e, "not enough memory for a scene of %dx%d pixels", p->width,
                            p->height);
    }
    paint_room(s);
    paint_head(s, -REACH, REACH, 0, 0);
    make_tables(s);
    memset(s->skin, 0, pixels);
    return 0;
}

void plethio_scene_close(struct plethio_scene **scene)
{
    struct plethio_scene *s = *scene;
    if (!s)
        return;
    plethio_life_free(&s->life);
    free(s->room);
    free(s->skin);
    free(s->line);
    free(s->grain);
    free(s->texture);
    free(s->body.pixel);
    free(s);
    *scene = NULL;
}

/* ---- Every frame ------------------------------------------------------------------------ */

/* Light on things that do not turn, against their usual light. */
static float room_light(const struct synth_moment *m)
{
    return m->ambient + m->lamp * 0.95f;
}

static void lay_body(const struct plethio_scene *s, const struct synth_moment *m, int y)
{
    const struct body *b = &s->body;
    float dx = 0.5f * m->x, dy = 0.5f * m->y + m->chest, light = room_light(m);
    float sx = -dx - (float)b->x0, sy = (float)y - dy - (float)b->y0, fx, fy, keep[3];
    int x, c, ix = (int)floorf(sx), iy = (int)floorf(sy);
    const float *above, *below;
    uint8_t *skin = s->skin + (size_t)y * (size_t)s->width;
    fx = sx - (float)ix;
    fy = sy - (float)iy;
    if (iy < 0 || ix < 0 || ix + s->width + 1 > b->width)
        return;
    if (iy > b->height - 2) {
        iy = b->height - 2;
        fy = 1;
    }
    above = b->pixel + 5 * ((size_t)iy * (size_t)b->width + (size_t)ix);
    below = above + 5 * (size_t)b->width;
    for (c = 0; c < 3; c++)
        keep[c] = b->neck_pulse[c] * m->blood;
    for (x = 0; x < s->width; x++, above += 5, below += 5) {
        float p[5], *out = s->line + 3 * x;
        if (above[3] + above[8] + below[3] + below[8] <= 0)
            continue;
        for (c = 0; c < 5; c++) {
            float top = above[c] + (above[c + 5] - above[c]) * fx;
            float bottom = below[c] + (below[c + 5] - below[c]) * fx;
            p[c] = top + (bottom - top) * fy;
        }
        for (c = 0; c < 3; c++)
            out[c] += (p[c] * (1 - p[4] * keep[c]) * m->gain[c] * light - out[c]) * p[3];
        skin[x] = p[4] > 0.5f;
    }
}

/* The texture at (u, v), between four of its points. */
static void texel_at(const struct plethio_scene *s, float u, float v, struct synth_texel *t)
{
    float x = (u + REACH) * (float)s->texture_width / (2 * REACH) - 0.5f;
    float y = (v + REACH) * (float)s->texture_height / (2 * REACH) - 0.5f;
    int ix = (int)x, iy = (int)y, i;
    const float *a, *b;
    float *out = (float *)t, fx, fy;
    ix = ix < 0 ? 0 : ix > s->texture_width - 2 ? s->texture_width - 2 : ix;
    iy = iy < 0 ? 0 : iy > s->texture_height - 2 ? s->texture_height - 2 : iy;
    fx = clamp01(x - (float)ix);
    fy = clamp01(y - (float)iy);
    a = (const float *)&s->texture[(size_t)iy * (size_t)s->texture_width + (size_t)ix];
    b = (const float *)&s->texture[(size_t)(iy + 1) * (size_t)s->texture_width + (size_t)ix];
    for (i = 0; i < 10; i++) {
        float top = a[i] + (a[i + 10] - a[i]) * fx, bottom = b[i] + (b[i + 10] - b[i]) * fx;
        out[i] = top + (bottom - top) * fy;
    }
}

/* Pixel column of the picture to radii from the head's centre, turned back by its roll. */
struct turned {
    float cosine, sine, middle, row;
};

static int turn_row(const struct plethio_scene *s, const struct synth_moment *m, int y,
                    struct turned *t, int *from, int *end)
{
    const struct synth_head *h = &s->head;
    float reach = 1.3f * h->half_width;
    t->cosine = cosf(m->roll);
    t->sine = sinf(m->roll);
    t->middle = h->x + m->x;
    t->row = ((float)y + 0.5f - h->y - m->y) / h->half_height;
    *from = (int)fmaxf(0, t->middle - reach);
    *end = (int)fminf((float)s->width, t->middle + reach);
    return fabsf(t->row) < 1.7f;
}

static void turn(const struct synth_head *h, const struct turned *t, int x, float *hx, float *hy)
{
    /* roll turns pixels, not radii */
    float px = ((float)x + 0.5f - t->middle) / h->half_height;
    *hx = (t->cosine * px + t->sine * t->row) * h->half_height / h->half_width;
    *hy = t->cosine * t->row - t->sine * px;
}

/* Hair that stands out from the skull, and long hair behind the neck. */
static void lay_hair(const struct plethio_scene *s, const struct synth_moment *m, int y)
{
    const struct synth_head *h = &s->head;
    struct synth_texel t = {{0}, {0}, 0.02f, 0, 0, 0};
    struct turned turned;
    float hx, hy, rgb[3];
    int x, end, c;
    if (!turn_row(s, m, y, &turned, &x, &end))
        return;
    for (; x < end; x++) {
        float cover, hu, hv, *out = s->line + 3 * x;
        turn(h, &turned, x, &hx, &hy);
        hu = hx / 1.05f;
        hv = (hy + 0.06f) / 1.0f;
        cover = clamp01((1 - sqrtf(hu * hu + hv * hv)) * h->half_width + 0.5f);
        if (h->long_hair > 0 && hy > -0.06f) {
            float wide = 1.05f + 0.06f * sinf(3 * hy);
            float fall = clamp01((wide - fabsf(hx)) * h->half_width + 0.5f);
            cover = fall * (1 - smooth(1.3f, 1.5f, hy));
        } else if (h->long_hair <= 0) {
            cover *= 1 - smooth(-0.1f, 0.15f, hy);
        }
        if (cover <= 0)
            continue;
        for (c = 0; c < 3; c++)
            t.diffuse[c] = h->hair[c] * plethio_head_strand(hx, hy);
        plethio_head_light(m, &t, 0.8f * hx, -0.2f, 0.5f, rgb);
        for (c = 0; c < 3; c++)
            out[c] += (rgb[c] - out[c]) * cover;
    }
}

static float ear(const struct synth_head *h, float x, float y)
{
    float eu = (fabsf(x) - 0.99f) / 0.1f, ev = (y - 0.04f) / 0.19f;
    if (h->long_hair > 0)
        return 0;
    return clamp01((1 - sqrtf(eu * eu + ev * ev)) * 0.1f * h->half_width + 0.5f);
}

static void lay_head(const struct plethio_scene *s, const struct synth_moment *m, int y)
{
    const struct synth_head *h = &s->head;
    uint8_t *skin = s->skin + (size_t)y * (size_t)s->width;
    struct turned turned;
    int x, end, c;
    if (!turn_row(s, m, y, &turned, &x, &end))
        return;
    for (; x < end; x++) {
        struct synth_texel t = {{0}, {0}, 0, 1, 0, 0};
        float hx, hy, rx, rr, cover, aside, z, u, v, rgb[3], *out = s->line + 3 * x;
        turn(h, &turned, x, &hx, &hy);
        rx = plethio_head_round(hx, hy);
        rr = rx * rx + hy * hy;
        cover = clamp01((1 - rr) * 0.5f * h->half_width + 0.5f);
        aside = cover < 1 ? ear(h, hx, hy) : 0;
        if (aside > 0) {
            for (c = 0; c < 3; c++) {
                t.diffuse[c] = 0.75f * h->skin.diffuse[c];
                t.pulse[c] = t.diffuse[c] * h->skin.pulse[c];
            }
            t.specular = 0.5f * h->specular;
            plethio_head_light(m, &t, hx > 0 ? 0.6f : -0.6f, -0.2f, 0.75f, rgb);
            for (c = 0; c < 3; c++)
                out[c] += (rgb[c] - out[c]) * aside;
            skin[x] = aside > 0.5f;
        }
        if (cover <= 0)
            continue;
        z = sqrtf(rr < 1 ? 1 - rr : 0);
        if (plethio_head_point(m, rx, hy, z, &u, &v)) {
            texel_at(s, u, v, &t);
        } else {
            memcpy(t.diffuse, h->hair, sizeof t.diffuse);
            t.specular = 0.02f;
            t.skin = 0;
        }
        plethio_head_light(m, &t, rx, hy, z, rgb);
        for (c = 0; c < 3; c++)
            out[c] += (rgb[c] - out[c]) * cover;
        if (cover > 0.5f)
            skin[x] = t.skin > 0.5f;
    }
}

/* Linear light to bytes: the transfer curve, the sensor's noise, rounding. */
static void develop(const struct plethio_scene *s, uint32_t row, uint8_t *rgb)
{
    uint64_t seed = s->life.p.seed;
    const float *grain = s->grain + (int)(plethio_uniform(seed, STREAM_GRAIN_AT, row) * NOISE);
    int i, n = 3 * s->width;
    for (i = 0; i < n; i++) {
        float x = s->line[i] * LEVELS, share, v;
        int k;
        x = x < 0 ? 0 : x > LEVELS ? LEVELS : x;
        k = (int)x;
        share = x - (float)k;
        v = s->level[k] + (s->level[k + 1] - s->level[k]) * share + grain[i] * s->deviation[k];
        v = v < 0 ? 0 : v > 255 ? 255 : v;
        rgb[i] = (uint8_t)(v + 0.5f);
    }
}

void plethio_scene_frame(struct plethio_scene *s, int frame, uint8_t *rgb, double *time_s,
                         struct plethio_truth *truth)
{
    struct synth_moment m;
    int x, y;
    plethio_life_frame(&s->life, frame, &m);
    if (time_s)
        *time_s = s->life.time_s[frame];
    if (truth)
        *truth = m.truth;
    if (m.mouth != s->painted_mouth)
        paint_head(s, 0.2f, REACH, m.mouth, m.lid);
    if (m.lid != s->painted_lid)
        paint_head(s, -0.5f, 0.25f, m.mouth, m.lid);
    s->painted_mouth = m.mouth;
    s->painted_lid = m.lid;
    for (y = 0; y < s->height; y++) {
        const float *room = s->room + 3 * (size_t)y * (size_t)s->width;
        float light = room_light(&m), gain[3];
        for (x = 0; x < 3; x++)
            gain[x] = m.gain[x] * light;
        memset(s->skin + (size_t)y * (size_t)s->width, 0, (size_t)s->width);
        for (x = 0; x < s->width; x++) {
            s->line[3 * x] = room[3 * x] * gain[0];
            s->line[3 * x + 1] = room[3 * x + 1] * gain[1];
            s->line[3 * x + 2] = room[3 * x + 2] * gain[2];
        }
        lay_hair(s, &m, y);
        lay_body(s, &m, y);
        lay_head(s, &m, y);
        develop(s, (uint32_t)frame * 4096u + (uint32_t)y, rgb + 3 * (size_t)y * (size_t)s->width);
    }
}

void plethio_scene_skin(const struct plethio_scene *s, uint8_t *mask)
{
    memcpy(mask, s->skin, (size_t)s->width * (size_t)s->height);
}
