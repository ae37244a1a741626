#define _POSIX_C_SOURCE 200809L

#include "score_plot.h"

#ifndef PLETH_WITH_CAIRO

int score_plot(const char *folder, const struct score_drawing *drawing, struct plethio_error *e)
{
    (void)drawing;
    return plethio_fail(e, "%s: this pleth was built without cairo and can not draw", folder);
}

#else

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chart.h"

static const double page_width = 640, page_height = 560;

/* The pairs with a guess, answered (1) or not (0): reference, or mean and difference. */
static int select_pairs(const struct score_pair *pair, int n, int answered, int difference,
                        double *x, double *y)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        if (isfinite(pair[i].estimate) && (pair[i].answered != 0) == answered) {
            double r = pair[i].reference, v = pair[i].estimate;
            x[count] = difference ? (r + v) / 2 : r;
            y[count++] = difference ? v - r : v;
        }
    return count;
}

static int open_page(struct chart **chart, const char *folder, const char *name, double width,
                     double height, struct plethio_error *e)
{
    char path[1024];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return plethio_fail(e, "%s: the path is too long", folder);
    return chart_open(chart, path, width, height, e);
}

static struct chart_panel whole_page(const char *title)
{
    return (struct chart_panel){
        .x = 10, .y = 10, .width = page_width - 20, .height = page_height - 20, .title = title};
}

/* What both kinds of point clouds share; x and y hold n values each. */
static void draw_pairs(struct chart *chart, const struct score_pair *pair, int n, int difference,
                       double *x, double *y)
{
    int count = select_pairs(pair, n, 0, difference, x, y);
    if (count)
        chart_points(chart, count, x, y,
                     &(struct chart_style){.colour = CHART_GREY, .name = "best guess"});
    count = select_pairs(pair, n, 1, difference, x, y);
    if (count)
        chart_points(chart, count, x, y,
                     &(struct chart_style){.colour = CHART_BLUE, .name = "answered"});
}

static int draw_scatter(const char *folder, const struct score_pair *pair, int n, double *x,
                        double *y, struct plethio_error *e)
{
    struct chart_panel panel = whole_page("Estimate against reference");
    double from = (double)INFINITY, to = (double)-INFINITY;
    struct chart *chart;

    if (open_page(&chart, folder, "scatter.png", page_width, page_height, e))
        return -1;
    for (int i = 0; i < n; i++) {
        chart_range(1, &pair[i].reference, &from, &to);
        chart_range(1, &pair[i].estimate, &from, &to);
    }
    chart_margin(&from, &to, 0.05, 10);
    panel.across = (struct chart_axis){.label = "reference (/min)", .from = from, .to = to};
    panel.up = (struct chart_axis){.label = "estimate (/min)", .from = from, .to = to};
    chart_panel(chart, &panel);
    chart_line(chart, 2, (double[]){from, to}, (double[]){from, to},
               &(struct chart_style){.colour = CHART_INK, .dashed = 1});
    draw_pairs(chart, pair, n, 0, x, y);
    return chart_close(&chart, 1, e);
}

static int draw_bland_altman(const char *folder, const struct score_pair *pair,
                             const struct score_summary *s, double *x, double *y,
                             struct plethio_error *e)
{
    struct chart_panel panel = whole_page("Difference against mean (Bland-Altman)");
    double from = (double)INFINITY, to = (double)-INFINITY, low = 0, high = 0,
           half = 1.96 * s->bias_sd;
    struct chart_style limit = {.colour = CHART_VERMILLION, .dashed = 1};
    struct chart *chart;
    char label[64];

    if (open_page(&chart, folder, "bland_altman.png", page_width, page_height, e))
        return -1;
    for (int answered = 0; answered < 2; answered++) {
        int count = select_pairs(pair, s->n, answered, 1, x, y);
        chart_range(count, x, &from, &to);
        chart_range(count, y, &low, &high);
    }
    chart_range(2, (double[]){s->bias - half, s->bias + half}, &low, &high);
    chart_margin(&from, &to, 0.05, 10);
    chart_margin(&low, &high, 0.08, 4);
    /* the labels of the levels stand at the right end, clear of the points */
    to += 0.2 * (to - from);
    panel.across = (struct chart_axis){
        .label = "mean of reference and estimate (/min)", .from = from, .to = to};
    panel.up = (struct chart_axis){.label = "estimate - reference (/min)", .from = low, .to = high};
    chart_panel(chart, &panel);
    draw_pairs(chart, pair, s->n, 1, x, y);
    snprintf(label, sizeof label, "bias %.2f", s->bias);
    chart_level(chart, s->bias, label, &(struct chart_style){.colour = CHART_VERMILLION});
    snprintf(label, sizeof label, "+1.96 SD %.2f", s->bias + half);
    chart_level(chart, s->bias + half, label, &limit);
    snprintf(label, sizeof label, "-1.96 SD %.2f", s->bias - half);
    chart_level(chart, s->bias - half, label, &limit);
    return chart_close(&chart, 1, e);
}

static int draw_risk(const char *folder, const struct score_pair *pair,
                     const struct score_summary *s, double *work, struct plethio_error *e)
{
    enum { POINTS = 50 };
    struct chart_panel panel = whole_page("Error when the least sure windows are left out");
    double share[POINTS], risk[POINTS], low = 0, high = 0;
    char label[80] = "mean absolute error (/min)";
    struct chart *chart;
    int near;

    for (int i = 0; i < POINTS; i++)
        share[i] = (i + 1.0) / POINTS;
    if (score_risk(pair, s, POINTS, share, risk, work) == SCORE_UNSURE)
        return 0;
    if (open_page(&chart, folder, "risk_coverage.png", page_width, page_height, e))
        return -1;
    chart_range(POINTS, risk, &low, &high);
    /* a far better method than the constant would lie flat on the axis under it */
    near = s->constant_error <= 3 * high;
    if (near)
        chart_range(1, &s->constant_error, &low, &high);
    else
        snprintf(label, sizeof label, "mean absolute error (/min), %.1f by the best constant",
                 s->constant_error);
    chart_margin(&low, &high, 0.05, 0.1);
    panel.across = (struct chart_axis){.label = "share of windows kept", .from = 0, .to = 1};
    panel.up = (struct chart_axis){.label = label, .from = 0, .to = high};
    chart_panel(chart, &panel);
    chart_line(chart, POINTS, share, risk, &(struct chart_style){.colour = CHART_BLUE, .width = 2});
    if (near)
        chart_level(chart, s->constant_error, "best constant guess",
                    &(struct chart_style){.colour = CHART_GREY, .dashed = 1});
    chart_mark(chart, s->coverage, "answered", &(struct chart_style){.colour = CHART_VERMILLION});
    return chart_close(&chart, 1, e);
}

/* Share of references within intervals against their probability. */
static void draw_intervals(struct chart *chart, const struct score_drawing *d,
                           const struct chart_panel *panel)
{
    enum { POINTS = 101 };
    static const struct {
        enum chart_colour colour;
        const char *name;
    } curve[2] = {{CHART_GREY, "all windows"}, {CHART_BLUE, "answered"}};
    double nominal[POINTS], observed[POINTS];

    for (int i = 0; i < POINTS; i++)
        nominal[i] = (double)i / (POINTS - 1);
    chart_panel(chart, panel);
    chart_line(chart, 2, (double[]){0, 1}, (double[]){0, 1},
               &(struct chart_style){.colour = CHART_INK, .dashed = 1});
    for (int answered = 0; answered < 2; answered++) {
        if (!score_calibration(d->pair, d->summary->n, answered, POINTS, nominal, observed))
            continue;
        chart_line(chart, POINTS, nominal, observed,
                   &(struct chart_style){
                       .colour = curve[answered].colour, .width = 2, .name = curve[answered].name});
    }
}

/* Share of right estimates against their mean quality, with 95 % intervals of a share (Wilson
 * 1927). */
static void draw_reliability(struct chart *chart, const struct score_drawing *d,
                             const struct chart_panel *panel)
{
    const double z = 1.96;
    struct score_bin bin[SCORE_BINS];
    double x[SCORE_BINS], y[SCORE_BINS], low[SCORE_BINS], high[SCORE_BINS];
    int n = 0;

    score_reliability(d->pair, d->summary->n, d->within, bin);
    chart_panel(chart, panel);
    chart_line(chart, 2, (double[]){0, 1}, (double[]){0, 1},
               &(struct chart_style){.colour = CHART_INK, .dashed = 1});
    for (int i = 0; i < SCORE_BINS; i++) {
        double count = bin[i].n, middle, half;
        if (bin[i].n == 0)
            continue;
        middle = (bin[i].right + z * z / (2 * count)) / (1 + z * z / count);
        half = z / (1 + z * z / count) *
               sqrt(bin[i].right * (1 - bin[i].right) / count + z * z / (4 * count * count));
        x[n] = bin[i].quality;
        y[n] = bin[i].right;
        low[n] = middle - half;
        high[n++] = middle + half;
    }
    chart_bars(chart, n, x, y, low, high, &(struct chart_style){.colour = CHART_BLUE});
}

static int draw_calibration(const char *folder, const struct score_drawing *d,
                            struct plethio_error *e)
{
    struct score_intervals intervals;
    struct score_bin bin[SCORE_BINS];
    int has_quality = score_reliability(d->pair, d->summary->n, d->within, bin) > 0, panels;
    double side = 460, x = 10;
    struct chart *chart;
    char label[64];

    score_intervals(d->pair, d->summary->n, 0, &intervals);
    panels = (intervals.n > 0) + has_quality;
    if (panels == 0)
        return 0;
    if (open_page(&chart, folder, "calibration.png", panels * side + 20, side + 20, e))
        return -1;
    if (intervals.n > 0) {
        struct chart_panel panel = {.x = x,
                                    .y = 10,
                                    .width = side - 10,
                                    .height = side,
                                    .title = "Intervals",
                                    .across = {.label = "probability of the interval", .to = 1},
                                    .up = {.label = "share of references within", .to = 1}};
        draw_intervals(chart, d, &panel);
        x += side;
    }
    if (has_quality) {
        struct chart_panel panel = {.x = x,
                                    .y = 10,
                                    .width = side - 10,
                                    .height = side,
                                    .title = "Quality",
                                    .across = {.label = "quality", .to = 1},
                                    .up = {.label = label, .to = 1}};
        snprintf(label, sizeof label, "share of errors up to %g /min", d->within);
        draw_reliability(chart, d, &panel);
    }
    return chart_close(&chart, 1, e);
}

/* ---- Strips ----------------------------------------------------------------------------- */

enum { STRIPS = 6 };
static const double strip_width = 900, strip_height = 190;

/* One recording over time, windows first..end. row: room for 5 * (end - first) values. */
static void draw_strip(struct chart *chart, const struct score_drawing *d, int first, int end,
                       double y, double *row)
{
    const double z_90 = 1.645;
    const int n = end - first;
    double *reference = row, *low = row + n, *high = row + 2 * n, *answered = row + 3 * n,
           *guess = row + 4 * n;
    double from = (double)INFINITY, to = (double)-INFINITY, begin = from, finish = to;
    struct chart_panel panel = {.x = 10, .y = y, .width = strip_width - 20, .height = strip_height};

    for (int i = 0; i < n; i++) {
        const struct score_pair *p = &d->pair[first + i];
        double half = p->sd > 0 ? z_90 * p->sd : (double)NAN;
        reference[i] = p->reference;
        low[i] = p->estimate - half;
        high[i] = p->estimate + half;
        answered[i] = p->answered ? p->estimate : (double)NAN;
        guess[i] = p->answered ? (double)NAN : p->estimate;
    }
    /* wide intervals are cut off: the rates are what is to be seen */
    chart_range(n, reference, &from, &to);
    chart_range(n, answered, &from, &to);
    chart_range(n, guess, &from, &to);
    chart_margin(&from, &to, 0.15, 20);
    chart_range(n, d->time_s + first, &begin, &finish);
    chart_margin(&begin, &finish, 0, 1);
    panel.title = d->recording[d->pair[first].recording];
    panel.across =
        (struct chart_axis){.label = "time", .from = begin, .to = finish, .scale = CHART_TIME};
    panel.up = (struct chart_axis){.label = "rate (/min)", .from = from, .to = to};
    chart_panel(chart, &panel);
    chart_band(chart, n, d->time_s + first, low, high,
               &(struct chart_style){.colour = CHART_SKY, .alpha = 0.35, .name = "90 % interval"});
    chart_line(chart, n, d->time_s + first, reference,
               &(struct chart_style){.colour = CHART_INK, .width = 1.5, .name = "reference"});
    chart_points(chart, n, d->time_s + first, guess,
                 &(struct chart_style){.colour = CHART_GREY, .name = "best guess"});
    chart_points(chart, n, d->time_s + first, answered,
                 &(struct chart_style){.colour = CHART_BLUE, .name = "answered"});
}

static int draw_strips(const char *folder, const struct score_drawing *d, double *row,
                       struct plethio_error *e)
{
    struct chart *chart = NULL;
    int strip = 0, page = 0, left = d->recordings;

    for (int first = 0, end; first < d->summary->n; first = end) {
        char name[32];
        for (end = first + 1; end < d->summary->n; end++)
            if (d->pair[end].recording != d->pair[first].recording)
                break;
        left--;
        if (!isfinite(d->time_s[first]))
            continue;
        if (strip == 0) {
            int strips = left + 1 < STRIPS ? left + 1 : STRIPS;
            snprintf(name, sizeof name, "strips-%02d.png", ++page);
            if (open_page(&chart, folder, name, strip_width, 20 + strips * strip_height, e))
                return -1;
        }
        draw_strip(chart, d, first, end, 10 + strip * strip_height, row);
        strip = (strip + 1) % STRIPS;
        if (strip == 0 && chart_close(&chart, 1, e))
            return -1;
    }
    return strip ? chart_close(&chart, 1, e) : 0;
}

int score_plot(const char *folder, const struct score_drawing *d, struct plethio_error *e)
{
    const int n = d->summary->n;
    double *work;
    int status;

    if (mkdir(folder, 0777) && errno != EEXIST)
        return plethio_fail(e, "%s: %s", folder, strerror(errno));
    work = malloc((size_t)(5 * n + 1) * sizeof *work);
    if (!work)
        return plethio_fail(e, "%s: out of memory", folder);
    status = draw_scatter(folder, d->pair, n, work, work + n, e);
    if (status == 0)
        status = draw_bland_altman(folder, d->pair, d->summary, work, work + n, e);
    if (status == 0)
        status = draw_risk(folder, d->pair, d->summary, work, e);
    if (status == 0)
        status = draw_calibration(folder, d, e);
    if (status == 0)
        status = draw_strips(folder, d, work, e);
    free(work);
    return status;
}

#endif
