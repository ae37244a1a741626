/* A video with what was measured drawn on it: the picture, and a strip of readings below it. */
#include "annotate.h"

#ifndef PLETH_WITH_CAIRO

int annotate_open(struct annotate **a, const char *path, struct plethio_error *e)
{
    *a = NULL;
    return plethio_fail(e, "%s: this pleth was built without cairo and can not draw", path);
}

/* annotate_open never gives one */
int annotate_frame(struct annotate *a, struct plethio_video *video, const pleth_frame *frame,
                   const pleth_reading *latest, const float *wave, int waves,
                   struct plethio_error *e)
{
    (void)a;
    (void)video;
    (void)frame;
    (void)latest;
    (void)wave;
    (void)waves;
    return plethio_fail(e, "nothing was opened to draw on");
}

int annotate_close(struct annotate **a, int keep, struct plethio_error *e)
{
    (void)a;
    (void)keep;
    (void)e;
    return 0;
}

#else
#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "reasons.h"

/* The strip is laid out 640 wide and 72 high, and scaled to the width of the picture. Pictures
 * narrower than LEAST_WIDTH are enlarged, so that the words in the strip stay legible. */
#define STRIP_WIDTH 640.0
#define STRIP_HEIGHT 72.0
#define LEAST_WIDTH 320
#define WAVE_SHOWN (6 * PLETH_WAVE_HZ)

struct annotate {
    char *path;
    struct plethio_writer *writer;
    /* what is written: picture above, strip below; both sides even */
    cairo_surface_t *canvas;
    int width, height, picture_height;
    uint8_t *out;
    /* the upright frame */
    cairo_surface_t *picture;
    int frame_width, frame_height;
    uint8_t *rgb;
};

int annotate_open(struct annotate **a, const char *path, struct plethio_error *e)
{
    *a = calloc(1, sizeof **a);
    if (*a)
        (*a)->path = malloc(strlen(path) + 1);
    if (!*a || !(*a)->path) {
        free(*a);
        *a = NULL;
        return plethio_fail(e, "%s: out of memory", path);
    }
    strcpy((*a)->path, path);
    return 0;
}

static int round_even(double v)
{
    return 2 * (int)ceil(v / 2);
}

/* makes room for frames of this upright size, which may change on the way; the canvas and the
 * writer are made once */
static int fit(struct annotate *a, struct plethio_video *video, int width, int height,
               struct plethio_error *e)
{
    if (width != a->frame_width || height != a->frame_height) {
        cairo_surface_destroy(a->picture);
        free(a->rgb);
        a->picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
        a->rgb = malloc(3 * (size_t)width * (size_t)height);
        a->frame_width = width;
        a->frame_height = height;
        if (cairo_surface_status(a->picture) || !a->rgb)
            return plethio_fail(e, "%s: no memory for a picture of %d x %d", a->path, width,
                                height);
    }
    if (!a->writer) {
        struct plethio_video_info info;
        struct plethio_writer_options options = {.crf = 20};
        double scale = width < LEAST_WIDTH ? ceil(LEAST_WIDTH / (double)width) : 1;
        plethio_video_info(video, &info);
        a->width = round_even(scale * width);
        a->picture_height = (int)(scale * height);
        a->height = round_even(a->picture_height + STRIP_HEIGHT * a->width / STRIP_WIDTH);
        a->canvas = cairo_image_surface_create(CAIRO_FORMAT_RGB24, a->width, a->height);
        a->out = malloc(3 * (size_t)a->width * (size_t)a->height);
        if (cairo_surface_status(a->canvas) || !a->out)
            return plethio_fail(e, "%s: no memory for a picture of %d x %d", a->path, a->width,
                                a->height);
        options.width = a->width;
        options.height = a->height;
        options.rate_hz = info.rate_hz > 0 ? info.rate_hz : PLETH_WAVE_HZ;
        return plethio_writer_open(&a->writer, a->path, &options, e);
    }
    return 0;
}

/* RGB24 in bytes to cairo's pixels in words, and back */
static void load(const uint8_t *rgb, cairo_surface_t *surface)
{
    int width = cairo_image_surface_get_width(surface);
    int height = cairo_image_surface_get_height(surface);
    int stride = cairo_image_surface_get_stride(surface);
    unsigned char *data = cairo_image_surface_get_data(surface);
    cairo_surface_flush(surface);
    for (int y = 0; y < height; y++) {
        uint32_t *row = (uint32_t *)(void *)(data + (ptrdiff_t)y * stride);
        for (int x = 0; x < width; x++, rgb += 3)
            row[x] = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
    }
    cairo_surface_mark_dirty(surface);
}

static void store(cairo_surface_t *surface, uint8_t *rgb)
{
    int width = cairo_image_surface_get_width(surface);
    int height = cairo_image_surface_get_height(surface);
    int stride = cairo_image_surface_get_stride(surface);
    const unsigned char *data;
    cairo_surface_flush(surface);
    data = cairo_image_surface_get_data(surface);
    for (int y = 0; y < height; y++) {
        const uint32_t *row = (const uint32_t *)(const void *)(data + (ptrdiff_t)y * stride);
        for (int x = 0; x < width; x++, rgb += 3) {
            rgb[0] = (uint8_t)(row[x] >> 16);
            rgb[1] = (uint8_t)(row[x] >> 8);
            rgb[2] = (uint8_t)row[x];
        }
    }
}

/* ---- Drawing ---------------------------------------------------------------------------- */

static void set_colour(cairo_t *cr, enum chart_colour colour)
{
    double rgb[3];
    chart_rgb(colour, rgb);
    cairo_set_source_rgb(cr, rgb[0], rgb[1], rgb[2]);
}

/* words at (x, y), made smaller where they would be wider than width; returns their width */
static double words(cairo_t *cr, double x, double y, double size, int bold, double width,
                    const char *text)
{
    cairo_text_extents_t extents;
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
    cairo_text_extents(cr, text, &extents);
    if (extents.x_advance > width) {
        cairo_set_font_size(cr, size * width / extents.x_advance);
        extents.x_advance = width;
    }
    cairo_move_to(cr, x, y);
    cairo_show_text(cr, text);
    return extents.x_advance;
}

/* the corners alone: the face stays free, and nothing looks like a part of it */
static void draw_face(cairo_t *cr, const pleth_box *face, double pen, int found)
{
    double x0 = (double)face->x, x1 = x0 + (double)face->width;
    double y0 = (double)face->y, y1 = y0 + (double)face->height;
    double arm = 0.2 * fmin(x1 - x0, y1 - y0);
    if (!(face->width > 0 && face->height > 0))
        return;
    for (int corner = 0; corner < 4; corner++) {
        double x = corner & 1 ? x1 : x0, y = corner & 2 ? y1 : y0;
        cairo_move_to(cr, x, y + (corner & 2 ? -arm : arm));
        cairo_line_to(cr, x, y);
        cairo_line_to(cr, x + (corner & 1 ? -arm : arm), y);
    }
    /* a dark rim keeps it visible on bright pictures */
    cairo_set_source_rgba(cr, 0, 0, 0, 0.5);
    cairo_set_line_width(cr, 2 * pen);
    cairo_stroke_preserve(cr);
    if (found)
        set_colour(cr, CHART_SKY);
    else
        cairo_set_source_rgb(cr, 0.85, 0.85, 0.85);
    cairo_set_line_width(cr, pen);
    cairo_stroke(cr);
}

static void draw_wave(cairo_t *cr, const float *wave, int waves, int found)
{
    const double left = 330, right = 628, middle = 36, half = 26;
    double low = (double)INFINITY, high = -low;
    int pen_up = 1;
    if (waves > WAVE_SHOWN) {
        wave += waves - WAVE_SHOWN;
        waves = WAVE_SHOWN;
    }
    for (int i = 0; i < waves; i++) {
        low = isfinite(wave[i]) ? fmin(low, (double)wave[i]) : low;
        high = isfinite(wave[i]) ? fmax(high, (double)wave[i]) : high;
    }
    if (!(high > low))
        return;
    for (int i = 0; i < waves; i++) {
        /* the newest sample is at the right end; the wave comes in from there */
        double x = right - (right - left) * (waves - 1 - i) / (WAVE_SHOWN - 1);
        double y = middle + half - 2 * half * ((double)wave[i] - low) / (high - low);
        if (!isfinite(wave[i]))
            pen_up = 1;
        else if (pen_up)
            cairo_move_to(cr, x, y);
        else
            cairo_line_to(cr, x, y);
        pen_up = !isfinite(wave[i]);
    }
    if (found)
        set_colour(cr, CHART_SKY);
    else
        cairo_set_source_rgb(cr, 0.45, 0.45, 0.45);
    cairo_set_line_width(cr, 2);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(cr);
}

/* "Pulse 72 +- 1 /min" from x on */
static void draw_vital(cairo_t *cr, const char *name, const pleth_vital *v, double x)
{
    char text[48];
    cairo_set_source_rgb(cr, 0.75, 0.75, 0.75);
    words(cr, x, 22, 12, 0, 150, name);
    cairo_set_source_rgb(cr, 1, 1, 1);
    snprintf(text, sizeof text, "%.0f", (double)v->value);
    x += words(cr, x, 58, 38, 1, 100, text) + 6;
    cairo_set_source_rgb(cr, 0.75, 0.75, 0.75);
    snprintf(text, sizeof text, CHART_PLUS_MINUS " %.1f", (double)v->sd);
    words(cr, x, 43, 13, 0, 60, text);
    words(cr, x, 58, 13, 0, 60, "/min");
}

static const char *why_none(const pleth_vital *v, int sentence)
{
    int bit = v ? tool_reason_first(v->reasons) : -1;
    if (bit < 0)
        return "";
    return sentence ? tool_reason_sentence(bit) : pleth_reason_name(bit);
}

static void draw_strip(cairo_t *cr, const pleth_reading *latest, const float *wave, int waves)
{
    const pleth_vital *heart = latest ? &latest->heart_rate : NULL;
    const pleth_vital *breathing = latest ? &latest->breathing_rate : NULL;
    /* without a breathing rate beside it, there is room for a sentence */
    int room = !breathing || !breathing->have;
    cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
    cairo_paint(cr);
    if (heart && heart->have) {
        draw_vital(cr, "Pulse", heart, 14);
    } else {
        cairo_set_source_rgb(cr, 1, 1, 1);
        words(cr, 14, 34, 20, 1, 160, "No pulse yet");
        cairo_set_source_rgb(cr, 0.85, 0.85, 0.85);
        words(cr, 14, 54, 13, 0, room ? 300 : 160, why_none(heart, room));
    }
    if (breathing && breathing->have)
        draw_vital(cr, "Breathing", breathing, 190);
    draw_wave(cr, wave, waves, heart && heart->have);
}

int annotate_frame(struct annotate *a, struct plethio_video *video, const pleth_frame *frame,
                   const pleth_reading *latest, const float *wave, int waves,
                   struct plethio_error *e)
{
    int turned = frame->rotation == 90 || frame->rotation == 270;
    int width = turned ? frame->height : frame->width;
    int height = turned ? frame->width : frame->height;
    pleth_frame out = {.time_ns = frame->time_ns, .format = PLETH_RGB24};
    double scale;
    cairo_t *cr;

    if (fit(a, video, width, height, e) || plethio_frame_to_rgb(video, frame, a->rgb, e))
        return -1;
    load(a->rgb, a->picture);

    cr = cairo_create(a->canvas);
    cairo_set_source_rgb(cr, 0, 0, 0);
    cairo_paint(cr);
    cairo_save(cr);
    scale = fmin(a->width / (double)width, a->picture_height / (double)height);
    cairo_rectangle(cr, 0, 0, a->width, a->picture_height);
    cairo_clip(cr);
    cairo_scale(cr, scale, scale);
    cairo_set_source_surface(cr, a->picture, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr),
                             scale < 1 ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
    cairo_paint(cr);
    if (latest)
        draw_face(cr, &latest->face, fmax(2, a->width / 320.0) / scale, latest->heart_rate.have);
    cairo_restore(cr);

    cairo_rectangle(cr, 0, a->picture_height, a->width, a->height - a->picture_height);
    cairo_clip(cr);
    cairo_translate(cr, 0, a->picture_height);
    cairo_scale(cr, a->width / STRIP_WIDTH, a->width / STRIP_WIDTH);
    draw_strip(cr, latest, wave, waves);
    if (cairo_status(cr)) {
        plethio_fail(e, "%s: %s", a->path, cairo_status_to_string(cairo_status(cr)));
        cairo_destroy(cr);
        return -1;
    }
    cairo_destroy(cr);

    store(a->canvas, a->out);
    out.width = a->width;
    out.height = a->height;
    out.plane[0] = a->out;
    out.stride[0] = 3 * (ptrdiff_t)a->width;
    return plethio_writer_put(a->writer, &out, e);
}

int annotate_close(struct annotate **a, int keep, struct plethio_error *e)
{
    struct annotate *p = *a;
    int failed = 0;
    if (!p)
        return 0;
    *a = NULL;
    if (p->writer)
        failed = plethio_writer_close(&p->writer, keep, e);
    else if (keep)
        failed = plethio_fail(e, "%s: no frame came to be drawn on", p->path);
    cairo_surface_destroy(p->picture);
    cairo_surface_destroy(p->canvas);
    free(p->rgb);
    free(p->out);
    free(p->path);
    free(p);
    return failed;
}
#endif
