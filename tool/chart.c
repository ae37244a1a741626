/* Charts for people: axes with round ticks, and what is drawn in them, as PNG or SVG. */
#include "chart.h"

#include <math.h>
#include <stdio.h>

void chart_rgb(enum chart_colour colour, double rgb[3])
{
    static const unsigned char table[CHART_COLOURS][3] = {
        {34, 34, 34},    {0, 114, 178},  {230, 159, 0}, {0, 158, 115},
        {204, 121, 167}, {86, 180, 233}, {213, 94, 0},  {120, 120, 120},
    };
    for (int i = 0; i < 3; i++)
        rgb[i] = table[(unsigned)colour < CHART_COLOURS ? colour : CHART_INK][i] / 255.0;
}

/* ---- Ticks ------------------------------------------------------------------------------ */

/* the smallest round step that is at least `least` */
static double round_step(double least, enum chart_scale scale)
{
    static const double clock_s[] = {15,   30,   60,   120,   300,   600,  900,
                                     1800, 3600, 7200, 14400, 21600, 43200};
    double power;
    if (scale == CHART_TIME && least > 10)
        for (size_t i = 0; i < sizeof clock_s / sizeof *clock_s; i++)
            if (clock_s[i] >= least)
                return clock_s[i];
    power = pow(10, floor(log10(least)));
    for (int i = 0; i < 3; i++)
        if ((i == 0 ? 1 : i == 1 ? 2 : 5) * power >= least * (1 - 1e-9))
            return (i == 0 ? 1 : i == 1 ? 2 : 5) * power;
    return 10 * power;
}

int chart_ticks(double from, double to, enum chart_scale scale, int most, double *tick)
{
    double step, first, last, slack = 1e-9 * (to - from);
    if (!(to > from) || !isfinite(to - from) || most < 2)
        return 0;
    /* ends that miss a round number by rounding alone still get their tick */
    step = round_step((to - from) / most, scale);
    first = ceil((from - slack) / step);
    last = floor((to + slack) / step);
    if (last - first + 1 > most) {
        step = round_step(1.01 * step, scale);
        first = ceil((from - slack) / step);
        last = floor((to + slack) / step);
    }
    for (int i = 0; first + i <= last; i++)
        tick[i] = (first + i) * step;
    return last >= first ? (int)(last - first) + 1 : 0;
}

/* how an axis of time is written: 's' seconds, 'm' m:ss, 'h' h:mm, 'x' h:mm:ss */
static char clock_kind(double step, double last)
{
    if (last < 60)
        return 's';
    if (last < 3600)
        return 'm';
    return step >= 60 ? 'h' : 'x';
}

void chart_tick_text(double value, double step, double last, enum chart_scale scale, char *text,
                     size_t size)
{
    /* U+2212, the minus sign that is as wide as the plus */
    const char *sign = value < 0 ? "\xe2\x88\x92" : "";
    double v = fabs(value);
    int decimals = 0;
    if (scale == CHART_TIME && clock_kind(step, last) != 's' && v < 1e9) {
        char kind = clock_kind(step, last);
        long s = lround(v);
        if (kind == 'm')
            snprintf(text, size, "%s%ld:%02ld", sign, s / 60, s % 60);
        else if (kind == 'h')
            snprintf(text, size, "%s%ld:%02ld", sign, s / 3600, s / 60 % 60);
        else
            snprintf(text, size, "%s%ld:%02ld:%02ld", sign, s / 3600, s / 60 % 60, s % 60);
        return;
    }
    if (step > 0 && step < 1)
        decimals = (int)ceil(-log10(step) - 1e-9);
    if (decimals > 9 || v >= 1e9)
        snprintf(text, size, "%s%g", sign, v);
    else if (v < 0.5 * pow(10, -decimals))
        snprintf(text, size, "0");
    else
        snprintf(text, size, "%s%.*f", sign, decimals, v);
}

void chart_range(int n, const double *value, double *from, double *to)
{
    for (int i = 0; i < n; i++) {
        if (!isfinite(value[i]))
            continue;
        *from = fmin(*from, value[i]);
        *to = fmax(*to, value[i]);
    }
}

void chart_margin(double *from, double *to, double share, double least)
{
    double length = *to - *from, middle = *from + length / 2;
    if (!isfinite(length) || length < 0) {
        *from = 0;
        *to = least > 0 ? least : 1;
        return;
    }
    if (!(least > 0))
        least = fmax(fabs(middle), 1) * 1e-6;
    length = fmax(length * (1 + 2 * share), least);
    *from = middle - length / 2;
    *to = middle + length / 2;
}

#ifdef PLETH_WITH_CAIRO
#include <cairo-svg.h>
#include <cairo.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define MOST_TICKS 16
#define MOST_NAMES 8
#define TITLE_SIZE 14.0
#define LABEL_SIZE 12.0

struct chart {
    struct tool_out out;
    cairo_surface_t *surface;
    cairo_t *cr;
    int svg;
    /* the panel in work: its axes' box on the page, and their ends */
    double left, top, right, bottom;
    double x0, x1, y0, y1;
    /* where its title ends, and the legend gathered so far */
    double title_end;
    int names;
    struct {
        char text[48];
        enum chart_colour colour;
        char kind; /* '-' line, ':' dashed, 'o' dots, '#' area */
    } name[MOST_NAMES];
};

static cairo_status_t write_out(void *closure, const unsigned char *data, unsigned int length)
{
    struct tool_out *out = closure;
    return fwrite(data, 1, length, out->file) == length ? CAIRO_STATUS_SUCCESS
                                                        : CAIRO_STATUS_WRITE_ERROR;
}

static int has_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path), k = strlen(suffix);
    return n > k && !strcmp(path + n - k, suffix);
}

int chart_open(struct chart **chart, const char *path, double width, double height,
               struct plethio_error *e)
{
    struct chart *c;
    cairo_font_options_t *options;
    *chart = NULL;
    if (!(width >= 16 && width <= 16384 && height >= 16 && height <= 16384))
        return plethio_fail(e, "%s: a picture of %g x %g pixels can not be drawn", path, width,
                            height);
    if (!has_suffix(path, ".png") && !has_suffix(path, ".svg"))
        return plethio_fail(e, "%s: plots are .png or .svg; end the name with one of these", path);
    c = calloc(1, sizeof *c);
    if (!c)
        return plethio_fail(e, "%s: out of memory", path);
    if (tool_out_open(&c->out, path, e)) {
        free(c);
        return -1;
    }
    c->svg = has_suffix(path, ".svg");
    if (c->svg)
        c->surface = cairo_svg_surface_create_for_stream(write_out, &c->out, width, height);
    else
        c->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    c->cr = cairo_create(c->surface);
    if (cairo_status(c->cr)) {
        plethio_fail(e, "%s: %s", path, cairo_status_to_string(cairo_status(c->cr)));
        chart_close(&c, 0, NULL);
        return -1;
    }
    /* letters at the same places in PNG and SVG, and no coloured fringes */
    options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(c->cr, options);
    cairo_font_options_destroy(options);
    cairo_set_source_rgb(c->cr, 1, 1, 1);
    cairo_paint(c->cr);
    cairo_set_line_join(c->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_ROUND);
    c->right = width;
    c->bottom = height;
    c->x1 = c->y1 = 1;
    *chart = c;
    return 0;
}

/* ---- Words ------------------------------------------------------------------------------ */

static void set_colour(struct chart *c, enum chart_colour colour, double alpha)
{
    double rgb[3];
    chart_rgb(colour, rgb);
    cairo_set_source_rgba(c->cr, rgb[0], rgb[1], rgb[2], alpha);
}

static void set_font(struct chart *c, double size, int bold)
{
    cairo_select_font_face(c->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c->cr, size);
}

/* bytes of the UTF-8 character at s, or 0 where there is none: cairo stops for good at a bad one */
static size_t utf8_length(const unsigned char *s)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    unsigned long code = s[0] & (0xffu >> (n == 1 ? 0 : n + 1));
    if (s[0] >= 0x80 && (s[0] < 0xc2 || s[0] > 0xf4))
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10ffff)) ||
        (code >= 0xd800 && code < 0xe000))
        return 0;
    return n;
}

/* a copy that can be drawn: bytes that are no UTF-8 (file names may hold any) and control
 * characters become '?' */
static void clean_text(const char *text, char *out, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n, at = 0;
    while (*s) {
        n = utf8_length(s);
        if (at + (n ? n : 1) >= size)
            break;
        if (n == 0 || *s < 0x20 || *s == 0x7f) {
            out[at++] = '?';
            s++;
            continue;
        }
        memcpy(out + at, s, n);
        at += n;
        s += n;
    }
    out[at] = 0;
}

static double text_width(struct chart *c, double size, int bold, const char *text)
{
    cairo_text_extents_t extents;
    char clean[512];
    clean_text(text, clean, sizeof clean);
    set_font(c, size, bold);
    cairo_text_extents(c->cr, clean, &extents);
    return extents.x_advance;
}

double chart_words(struct chart *c, double x, double y, double size, int bold,
                   enum chart_align align, enum chart_colour colour, const char *text)
{
    char clean[512];
    double width = text_width(c, size, bold, text);
    clean_text(text, clean, sizeof clean);
    set_colour(c, colour, 1);
    cairo_move_to(c->cr,
                  x - width * (align == CHART_RIGHT    ? 1
                               : align == CHART_CENTRE ? 0.5
                                                       : 0),
                  y);
    cairo_show_text(c->cr, clean);
    return width;
}

void chart_box(struct chart *c, double x, double y, double width, double height,
               enum chart_colour colour, double alpha)
{
    set_colour(c, colour, alpha);
    cairo_rectangle(c->cr, x, y, width, height);
    cairo_fill(c->cr);
}

double chart_paragraph(struct chart *c, double x, double y, double size, double width, int lines,
                       enum chart_colour colour, const char *text)
{
    char clean[1024], line[512];
    const char *s = clean;
    clean_text(text, clean, sizeof clean);
    for (int i = 0; i < lines && *s; i++) {
        size_t fit = 0;
        const char *more = "";
        /* the most words that fit; one word that is too long stays whole */
        for (size_t end = strcspn(s, " "); end < sizeof line - 8;
             end += 1 + strcspn(s + end + 1, " ")) {
            memcpy(line, s, end);
            line[end] = 0;
            if (fit && text_width(c, size, 0, line) > width)
                break;
            fit = end;
            if (!s[end])
                break;
        }
        if (!fit)
            break;
        if (i == lines - 1 && s[fit])
            more = "\xe2\x80\xa6";
        snprintf(line, sizeof line, "%.*s%s", (int)fit, s, more);
        if (i)
            y += 1.35 * size;
        chart_words(c, x, y, size, 0, CHART_LEFT, colour, line);
        s += fit;
        s += strspn(s, " ");
    }
    return y;
}

/* ---- Panels ----------------------------------------------------------------------------- */

static double place_x(const struct chart *c, double x)
{
    return c->left + (c->right - c->left) * (x - c->x0) / (c->x1 - c->x0);
}

static double place_y(const struct chart *c, double y)
{
    return c->bottom - (c->bottom - c->top) * (y - c->y0) / (c->y1 - c->y0);
}

/* strokes of one pixel are sharp when they run through the middle of pixels */
static double sharp(double v)
{
    return floor(v) + 0.5;
}

/* the legend of the panel that ends: beside its title where it fits, else within, on white, there
 * one name beneath the other where they are too long for a line */
static void end_panel(struct chart *c)
{
    enum { LINE = 18 };
    double width = 0, widest = 0, begin, x, y = c->top - 9;
    int lines = 1;
    for (int i = 0; i < c->names; i++) {
        const double one = 40 + text_width(c, LABEL_SIZE, 0, c->name[i].text);
        width += one;
        widest = fmax(widest, one);
    }
    if (!c->names)
        return;
    if (width > c->right - c->left) {
        lines = c->names;
        width = widest;
    }
    x = begin = c->right - width + 14;
    if (x < c->title_end + 20 || lines > 1) {
        y = c->top + 18;
        cairo_set_source_rgba(c->cr, 1, 1, 1, 0.8);
        cairo_rectangle(c->cr, x - 8, y - 14, width, 20 + LINE * (lines - 1));
        cairo_fill(c->cr);
    }
    for (int i = 0; i < c->names; i++) {
        double middle = y - 4;
        set_colour(c, c->name[i].colour, c->name[i].kind == '#' ? 0.25 : 1);
        if (c->name[i].kind == '#') {
            cairo_rectangle(c->cr, x, middle - 5, 18, 10);
            cairo_fill(c->cr);
        } else if (c->name[i].kind == 'o') {
            cairo_arc(c->cr, x + 11, middle, 3.5, 0, 6.2832);
            cairo_fill(c->cr);
        } else {
            cairo_set_line_width(c->cr, 2);
            if (c->name[i].kind == ':')
                cairo_set_dash(c->cr, (const double[]){5, 4}, 2, 0);
            cairo_move_to(c->cr, x, middle);
            cairo_line_to(c->cr, x + 18, middle);
            cairo_stroke(c->cr);
            cairo_set_dash(c->cr, NULL, 0, 0);
        }
        x += 24;
        x += chart_words(c, x, y, LABEL_SIZE, 0, CHART_LEFT, CHART_INK, c->name[i].text) + 16;
        if (lines > 1) {
            x = begin;
            y += LINE;
        }
    }
    c->names = 0;
}

static void usable_ends(const struct chart_axis *axis, double *from, double *to)
{
    *from = axis->from;
    *to = axis->to;
    if (!(*to > *from) || !isfinite(*to - *from))
        chart_margin(from, to, 0, 1);
}

static void draw_across(struct chart *c, const struct chart_axis *axis)
{
    double tick[MOST_TICKS], last = -1e9;
    int most = (int)fmin(fmax((c->right - c->left) / 70, 2), MOST_TICKS);
    int n = chart_ticks(c->x0, c->x1, axis->scale, most, tick);
    double step = n > 1 ? tick[1] - tick[0] : 1;
    char text[128];
    for (int i = 0; axis->bare < 2 && i < n; i++) {
        double x = sharp(place_x(c, tick[i])), half;
        set_colour(c, CHART_INK, 0.08);
        cairo_set_line_width(c->cr, 1);
        cairo_move_to(c->cr, x, c->top);
        cairo_line_to(c->cr, x, c->bottom);
        cairo_stroke(c->cr);
        if (axis->bare)
            continue;
        chart_tick_text(tick[i], step, tick[n - 1], axis->scale, text, sizeof text);
        half = text_width(c, LABEL_SIZE, 0, text) / 2;
        if (x - half < last + 8)
            continue;
        last = x + half;
        chart_words(c, x, c->bottom + 17, LABEL_SIZE, 0, CHART_CENTRE, CHART_GREY, text);
    }
    if (!axis->label)
        return;
    snprintf(text, sizeof text, "%s", axis->label);
    if (axis->scale == CHART_TIME) {
        char kind = clock_kind(step, n ? tick[n - 1] : 0);
        snprintf(text, sizeof text, "%s (%s)", axis->label,
                 kind == 's'   ? "s"
                 : kind == 'm' ? "min:s"
                 : kind == 'h' ? "h:min"
                               : "h:min:s");
    }
    chart_words(c, (c->left + c->right) / 2, c->bottom + (axis->bare ? 17 : 34), LABEL_SIZE, 0,
                CHART_CENTRE, CHART_GREY, text);
}

static void draw_up(struct chart *c, const struct chart_axis *axis, double label_x)
{
    double tick[MOST_TICKS];
    int most = (int)fmin(fmax((c->bottom - c->top) / 34, 2), MOST_TICKS);
    int n = chart_ticks(c->y0, c->y1, axis->scale, most, tick);
    double step = n > 1 ? tick[1] - tick[0] : 1;
    char text[48];
    for (int i = 0; axis->bare < 2 && i < n; i++) {
        double y = sharp(place_y(c, tick[i]));
        set_colour(c, CHART_INK, 0.08);
        cairo_set_line_width(c->cr, 1);
        cairo_move_to(c->cr, c->left, y);
        cairo_line_to(c->cr, c->right, y);
        cairo_stroke(c->cr);
        if (axis->bare)
            continue;
        chart_tick_text(tick[i], step, tick[n - 1], axis->scale, text, sizeof text);
        chart_words(c, c->left - 8, y + 4, LABEL_SIZE, 0, CHART_RIGHT, CHART_GREY, text);
    }
    if (axis->label) {
        cairo_save(c->cr);
        cairo_translate(c->cr, label_x, (c->top + c->bottom) / 2);
        cairo_rotate(c->cr, -1.5707963267948966);
        chart_words(c, 0, 0, LABEL_SIZE, 0, CHART_CENTRE, CHART_GREY, axis->label);
        cairo_restore(c->cr);
    }
}

void chart_panel(struct chart *c, const struct chart_panel *p)
{
    end_panel(c);
    c->left = p->x + 46 + (p->up.label ? 20 : 0);
    c->right = p->x + p->width - 14;
    c->top = p->y + (p->title ? 30 : 12);
    c->bottom =
        p->y + p->height - (p->across.bare ? 6 : 24) - (p->across.label ? LABEL_SIZE + 6 : 0);
    usable_ends(&p->across, &c->x0, &c->x1);
    usable_ends(&p->up, &c->y0, &c->y1);
    c->title_end = c->left;
    if (p->title)
        c->title_end +=
            chart_words(c, c->left, c->top - 9, TITLE_SIZE, 1, CHART_LEFT, CHART_INK, p->title);
    draw_across(c, &p->across);
    draw_up(c, &p->up, p->x + 14);
    set_colour(c, CHART_INK, 0.5);
    cairo_set_line_width(c->cr, 1);
    cairo_move_to(c->cr, c->left, sharp(c->bottom));
    cairo_line_to(c->cr, c->right, sharp(c->bottom));
    cairo_stroke(c->cr);
}

/* ---- What is drawn in a panel ----------------------------------------------------------- */

static const struct chart_style plain = {.colour = CHART_INK};

/* enters a name into the legend, cuts off what is outside the axes, sets colour and stroke */
static void begin(struct chart *c, const struct chart_style *s, char kind, double alpha)
{
    int known = 0;
    for (int i = 0; s->name && i < c->names; i++)
        known |= !strcmp(c->name[i].text, s->name);
    if (s->name && !known && c->names < MOST_NAMES) {
        snprintf(c->name[c->names].text, sizeof c->name[0].text, "%s", s->name);
        c->name[c->names].colour = s->colour;
        c->name[c->names++].kind = kind == '-' && s->dashed ? ':' : kind;
    }
    cairo_save(c->cr);
    /* a little more, so that strokes and dots on the edge stay whole */
    cairo_rectangle(c->cr, c->left - 4, c->top - 4, c->right - c->left + 8, c->bottom - c->top + 8);
    cairo_clip(c->cr);
    set_colour(c, s->colour, s->alpha > 0 ? s->alpha : alpha);
    cairo_set_line_width(c->cr, s->width > 0 ? s->width : 1.5);
    if (s->dashed)
        cairo_set_dash(c->cr, (const double[]){5, 4}, 2, 0);
}

/* cairo counts in 1/256 pixel within 24 bits: far points are brought near, well outside the clip */
static double near_page(double v)
{
    return fmin(fmax(v, -1e5), 1e5);
}

static void go_to(struct chart *c, double x, double y, int first)
{
    x = near_page(place_x(c, x));
    y = near_page(place_y(c, y));
    if (first)
        cairo_move_to(c->cr, x, y);
    else
        cairo_line_to(c->cr, x, y);
}

/* samples first..last (all finite) that share a column of the page, when there are many, are drawn
 * by their extremes: the picture is the same and the file stays small */
static int column_end(const struct chart *c, int n, const double *x, const double *y, int first)
{
    double column = floor(place_x(c, x[first]) * 2);
    int i = first + 1;
    while (i < n && isfinite(x[i]) && isfinite(y[i]) && floor(place_x(c, x[i]) * 2) == column)
        i++;
    return i;
}

void chart_line(struct chart *c, int n, const double *x, const double *y,
                const struct chart_style *s)
{
    int pen_up = 1;
    begin(c, s ? s : &plain, '-', 1);
    for (int i = 0; i < n;) {
        int end, low = i, high = i;
        if (!isfinite(x[i]) || !isfinite(y[i])) {
            pen_up = 1;
            i++;
            continue;
        }
        end = column_end(c, n, x, y, i);
        for (int k = i; k < end; k++) {
            low = y[k] < y[low] ? k : low;
            high = y[k] > y[high] ? k : high;
        }
        go_to(c, x[i], y[i], pen_up);
        if (end - i > 4) {
            go_to(c, x[low < high ? low : high], y[low < high ? low : high], 0);
            go_to(c, x[low < high ? high : low], y[low < high ? high : low], 0);
            go_to(c, x[end - 1], y[end - 1], 0);
        } else {
            for (int k = i + 1; k < end; k++)
                go_to(c, x[k], y[k], 0);
        }
        /* a lone sample between gaps shows as a dot, by the round cap */
        if (pen_up && end == i + 1)
            go_to(c, x[i], y[i], 0);
        pen_up = 0;
        i = end;
    }
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
}

void chart_points(struct chart *c, int n, const double *x, const double *y,
                  const struct chart_style *s)
{
    s = s ? s : &plain;
    begin(c, s, 'o', 1);
    for (int i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i]))
            continue;
        cairo_new_sub_path(c->cr);
        cairo_arc(c->cr, near_page(place_x(c, x[i])), near_page(place_y(c, y[i])),
                  (s->width > 0 ? s->width : 5) / 2, 0, 6.2832);
        /* one by one, so that crowds of translucent dots grow darker */
        cairo_fill(c->cr);
    }
    cairo_restore(c->cr);
}

static int whole(const double *x, const double *low, const double *high, int i)
{
    return isfinite(x[i]) && isfinite(low[i]) && isfinite(high[i]);
}

void chart_band(struct chart *c, int n, const double *x, const double *low, const double *high,
                const struct chart_style *s)
{
    begin(c, s ? s : &plain, '#', 0.2);
    for (int i = 0; i < n;) {
        int end = i;
        while (end < n && whole(x, low, high, end))
            end++;
        for (int k = i; k < end; k++)
            go_to(c, x[k], high[k], k == i);
        for (int k = end - 1; k >= i; k--)
            go_to(c, x[k], low[k], 0);
        if (end > i)
            cairo_close_path(c->cr);
        i = end + 1;
    }
    cairo_fill(c->cr);
    cairo_restore(c->cr);
}

void chart_bars(struct chart *c, int n, const double *x, const double *y, const double *low,
                const double *high, const struct chart_style *s)
{
    struct chart_style dots = s ? *s : plain;
    begin(c, &dots, 'o', 1);
    for (int i = 0; i < n; i++) {
        if (!whole(x, low, high, i) || !isfinite(y[i]))
            continue;
        go_to(c, x[i], low[i], 1);
        go_to(c, x[i], high[i], 0);
    }
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
    dots.name = NULL;
    dots.width = 6;
    chart_points(c, n, x, y, &dots);
}

void chart_span(struct chart *c, double from, double to, const char *label,
                const struct chart_style *s)
{
    struct chart_style style = s ? *s : plain;
    double a, b, width, height = c->bottom - c->top;
    if (!s)
        style.colour = CHART_GREY;
    if (!isfinite(from) || !isfinite(to) || to <= c->x0 || from >= c->x1)
        return;
    begin(c, &style, '#', 0.2);
    /* whole pixels, so that what touches shows no seam; wide ones leave one to part neighbours */
    a = round(place_x(c, fmax(from, c->x0)));
    b = fmax(round(place_x(c, fmin(to, c->x1))), a + 1);
    if (b - a > 8)
        b -= 1;
    cairo_rectangle(c->cr, a, c->top, b - a, height);
    cairo_fill(c->cr);
    cairo_restore(c->cr);
    if (!label)
        return;
    width = text_width(c, LABEL_SIZE, 0, label);
    if (width + 8 <= b - a) {
        chart_words(c, (a + b) / 2, (c->top + c->bottom) / 2 + 4, LABEL_SIZE, 0, CHART_CENTRE,
                    CHART_INK, label);
    } else if (width + 8 <= height && b - a >= LABEL_SIZE + 4) {
        cairo_save(c->cr);
        cairo_translate(c->cr, (a + b) / 2 + 4, (c->top + c->bottom) / 2);
        cairo_rotate(c->cr, -1.5707963267948966);
        chart_words(c, 0, 0, LABEL_SIZE, 0, CHART_CENTRE, CHART_INK, label);
        cairo_restore(c->cr);
    }
}

void chart_level(struct chart *c, double y, const char *label, const struct chart_style *s)
{
    s = s ? s : &plain;
    if (!isfinite(y) || y < c->y0 || y > c->y1)
        return;
    begin(c, s, '-', 1);
    go_to(c, c->x0, y, 1);
    go_to(c, c->x1, y, 0);
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
    if (label)
        chart_words(c, c->right - 4, place_y(c, y) - 5, LABEL_SIZE, 0, CHART_RIGHT, s->colour,
                    label);
}

void chart_mark(struct chart *c, double x, const char *label, const struct chart_style *s)
{
    double at, width;
    s = s ? s : &plain;
    if (!isfinite(x) || x < c->x0 || x > c->x1)
        return;
    begin(c, s, '-', 1);
    go_to(c, x, c->y0, 1);
    go_to(c, x, c->y1, 0);
    cairo_stroke(c->cr);
    cairo_restore(c->cr);
    if (!label)
        return;
    /* right of the line, unless that leaves the panel */
    at = place_x(c, x);
    width = text_width(c, LABEL_SIZE, 0, label);
    if (at + 5 + width <= c->right + 10)
        chart_words(c, at + 5, c->top + 11, LABEL_SIZE, 0, CHART_LEFT, s->colour, label);
    else
        chart_words(c, at - 5, c->top + 11, LABEL_SIZE, 0, CHART_RIGHT, s->colour, label);
}

void chart_remark(struct chart *c, const char *text)
{
    chart_words(c, (c->left + c->right) / 2, (c->top + c->bottom) / 2 + 4, TITLE_SIZE, 0,
                CHART_CENTRE, CHART_GREY, text);
}

int chart_close(struct chart **chart, int keep, struct plethio_error *e)
{
    struct chart *c = *chart;
    cairo_status_t status;
    int failed = 0;
    if (!c)
        return 0;
    *chart = NULL;
    if (keep)
        end_panel(c);
    status = cairo_status(c->cr);
    cairo_destroy(c->cr);
    if (c->svg) {
        cairo_surface_finish(c->surface);
        status = status ? status : cairo_surface_status(c->surface);
    } else if (keep && !status) {
        status = cairo_surface_write_to_png_stream(c->surface, write_out, &c->out);
    }
    cairo_surface_destroy(c->surface);
    if (keep && status)
        failed = plethio_fail(e, "%s: the plot could not be written: %s", c->out.whole.path,
                              cairo_status_to_string(status));
    if (tool_out_close(&c->out, keep && !failed, failed ? NULL : e))
        failed = -1;
    free(c);
    return failed;
}
#endif
