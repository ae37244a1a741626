#define _POSIX_C_SOURCE 200809L

#include "score_plot.h"

#ifndef PLETH_WITH_CAIRO

int score_plot(const char *folder, const struct score_pair *pair,
               const struct score_summary *summary, struct plethio_error *e)
{
    (void)pair;
    (void)summary;
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

static int open_page(struct chart **chart, const char *folder, const char *name,
                     struct plethio_error *e)
{
    char path[1024];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return plethio_fail(e, "%s: the path is too long", folder);
    return chart_open(chart, path, page_width, page_height, e);
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

    if (open_page(&chart, folder, "scatter.png", e))
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

    if (open_page(&chart, folder, "bland_altman.png", e))
        return -1;
    for (int answered = 0; answered < 2; answered++) {
        int count = select_pairs(pair, s->n, answered, 1, x, y);
        chart_range(count, x, &from, &to);
        chart_range(count, y, &low, &high);
    }
    chart_range(2, (double[]){s->bias - half, s->bias + half}, &low, &high);
    chart_margin(&from, &to, 0.05, 10);
    chart_margin(&low, &high, 0.08, 4);
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
    struct chart *chart;

    if (!score_risk(pair, s, POINTS, share, risk, work))
        return 0;
    if (open_page(&chart, folder, "risk_coverage.png", e))
        return -1;
    chart_range(POINTS, risk, &low, &high);
    chart_range(1, &s->constant_error, &low, &high);
    chart_margin(&low, &high, 0.05, 1);
    panel.across = (struct chart_axis){.label = "share of windows kept", .from = 0, .to = 1};
    panel.up = (struct chart_axis){.label = "mean absolute error (/min)", .from = 0, .to = high};
    chart_panel(chart, &panel);
    chart_line(chart, POINTS, share, risk, &(struct chart_style){.colour = CHART_BLUE, .width = 2});
    chart_level(chart, s->constant_error, "best constant guess",
                &(struct chart_style){.colour = CHART_GREY, .dashed = 1});
    chart_mark(chart, s->coverage, "answered", &(struct chart_style){.colour = CHART_VERMILLION});
    return chart_close(&chart, 1, e);
}

int score_plot(const char *folder, const struct score_pair *pair,
               const struct score_summary *summary, struct plethio_error *e)
{
    double *work;
    int status;

    if (mkdir(folder, 0777) && errno != EEXIST)
        return plethio_fail(e, "%s: %s", folder, strerror(errno));
    work = malloc((size_t)(2 * summary->n + 1) * sizeof *work);
    if (!work)
        return plethio_fail(e, "%s: out of memory", folder);
    status = draw_scatter(folder, pair, summary->n, work, work + summary->n, e);
    if (status == 0)
        status = draw_bland_altman(folder, pair, summary, work, work + summary->n, e);
    if (status == 0)
        status = draw_risk(folder, pair, summary, work, e);
    free(work);
    return status;
}

#endif
