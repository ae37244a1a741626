/* Charts for people: axes with round ticks, and what is drawn in them, as PNG or SVG (cairo).
 *
 *     struct chart *c;
 *     if (chart_open(&c, "errors.png", 800, 600, e))
 *         return -1;
 *     chart_panel(c, &(struct chart_panel){.x = 10, .y = 10, .width = 780, .height = 580,
 *                                          .title = "Error against noise",
 *                                          .across = {"SNR (dB)", -6, 6, CHART_LINEAR},
 *                                          .up = {"error (/min)", 0, 8, CHART_LINEAR}});
 *     chart_line(c, n, snr, error, &(struct chart_style){.colour = CHART_BLUE, .name = "POS"});
 *     return chart_close(&c, 1, e);
 *
 * Sizes on the page are in pixels of the PNG (in the SVG: user units) from the top left corner.
 * Sizes in a panel are in its axes' units; what lies outside the axes is cut off. A NaN or
 * infinite coordinate is a gap: the line or band ends before it and starts anew after it. Texts are
 * UTF-8. Drawing can not fail; chart_close tells whether the page could be made.
 *
 * Everything from chart_open on exists only where PLETH_WITH_CAIRO is defined. */
#ifndef PLETH_TOOL_CHART_H
#define PLETH_TOOL_CHART_H

#include <stddef.h>

#include "error.h"

#define CHART_PLUS_MINUS "\xc2\xb1"

enum chart_scale {
    CHART_LINEAR = 0,
    /* seconds, written as m:ss once the axis passes a minute and as h:mm after an hour; the label's
       unit, (s), (min:s) and so on, is added to it */
    CHART_TIME = 1
};

/* Okabe and Ito (2008): told apart with every kind of colour vision, and in grey. */
enum chart_colour {
    CHART_INK = 0,
    CHART_BLUE = 1,
    CHART_ORANGE = 2,
    CHART_GREEN = 3,
    CHART_PURPLE = 4,
    CHART_SKY = 5,
    CHART_VERMILLION = 6,
    CHART_GREY = 7,
    CHART_COLOURS
};

/* Red, green, blue of a colour, each 0..1. */
void chart_rgb(enum chart_colour colour, double rgb[3]);

struct chart_axis {
    /* quantity and unit, "rate (/min)", for CHART_TIME the quantity alone; NULL: none */
    const char *label;
    /* ends, from < to; equal, swapped or not finite ones are widened to what can be drawn */
    double from, to;
    enum chart_scale scale;
    /* 1: grid but no numbers, where a neighbour shows them; 2: neither */
    int bare;
};

struct chart_panel {
    /* outer box on the page, which holds the title, the numbers and the labels too */
    double x, y, width, height;
    /* top left above the axes; NULL: none */
    const char *title;
    /* the horizontal and the vertical axis */
    struct chart_axis across, up;
};

struct chart_style {
    enum chart_colour colour;
    /* of the stroke or, for points, the diameter, in pixels; 0: 1.5, for points 5 */
    double width;
    /* 0..1, where 0 stands for the usual: 1, for bands and spans 0.2 */
    double alpha;
    int dashed;
    /* entry in the legend, top right above the axes; NULL: none */
    const char *name;
};

/* Round numbers within from..to, 1, 2 or 5 times a power of ten apart (for CHART_TIME also 15 and
 * 30 s, minutes and hours), at most `most`; returns how many. tick holds `most` (>= 2) numbers. */
int chart_ticks(double from, double to, enum chart_scale scale, int most, double *tick);

/* Text of one of the ticks that lie step apart, the last one at `last`: only the digits that tell
 * them apart. */
void chart_tick_text(double value, double step, double last, enum chart_scale scale, char *text,
                     size_t size);

/* Widens *from..*to so that it holds the finite ones of value[0..n). Start with *from = INFINITY,
 * *to = -INFINITY for the range of the values alone. */
void chart_range(int n, const double *value, double *from, double *to);

/* Moves the ends outwards by `share` of the length, at least to a length of `least` around the
 * middle; 0..least when the range is empty or not finite. */
void chart_margin(double *from, double *to, double share, double least);

#ifdef PLETH_WITH_CAIRO

struct chart;

/* A white page. path: ".png" or ".svg" by its suffix, written whole or not at all (tool_out).
 * width and height in pixels, 16..16384. Returns 0, or -1 and e. */
int chart_open(struct chart **chart, const char *path, double width, double height,
               struct plethio_error *e);

/* Writes the page (keep = 1) or forgets it (0); frees *chart and clears it. 0, or -1 and e. */
int chart_close(struct chart **chart, int keep, struct plethio_error *e);

/* Starts a panel and draws its axes; what follows is drawn in it until the next one starts. */
void chart_panel(struct chart *chart, const struct chart_panel *panel);

/* In the panel, each of n points: a line through them; dots; the area between low and high; and
 * bars from low to high with a dot at y. style: NULL for a plain one in ink. */
void chart_line(struct chart *chart, int n, const double *x, const double *y,
                const struct chart_style *style);
void chart_points(struct chart *chart, int n, const double *x, const double *y,
                  const struct chart_style *style);
void chart_band(struct chart *chart, int n, const double *x, const double *low, const double *high,
                const struct chart_style *style);
void chart_bars(struct chart *chart, int n, const double *x, const double *y, const double *low,
                const double *high, const struct chart_style *style);

/* The full height between two places on the horizontal axis, shaded. The label is written into it
 * where it fits: along, else upwards, else not at all. */
void chart_span(struct chart *chart, double from, double to, const char *label,
                const struct chart_style *style);

/* A straight line across the panel at y, or from bottom to top at x, with a label (NULL: none) at
 * its right end, or at its top. */
void chart_level(struct chart *chart, double y, const char *label, const struct chart_style *style);
void chart_mark(struct chart *chart, double x, const char *label, const struct chart_style *style);

/* A remark in grey in the middle of the panel: why it is empty. */
void chart_remark(struct chart *chart, const char *text);

enum chart_align { CHART_LEFT = 0, CHART_CENTRE = 1, CHART_RIGHT = 2 };

/* Words on the page; y is the base line, size the height of the letters' body in pixels. Returns
 * the width drawn. */
double chart_words(struct chart *chart, double x, double y, double size, int bold,
                   enum chart_align align, enum chart_colour colour, const char *text);

/* A filled box on the page; x, y is its top left corner. */
void chart_box(struct chart *chart, double x, double y, double width, double height,
               enum chart_colour colour, double alpha);

/* Words broken at spaces into lines at most `width` wide, at most `lines`, 1.35 sizes apart; the
 * last one is cut with an ellipsis. Returns the base line of the last one. */
double chart_paragraph(struct chart *chart, double x, double y, double size, double width,
                       int lines, enum chart_colour colour, const char *text);

#endif
#endif
