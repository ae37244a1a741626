/* Curves of error against size, and maps of teachers and students. */
#include "sweep.h"

#ifndef PLETH_WITH_CAIRO

int sweep_plot_laws(const char *path, const char *title, struct sweep_law *const *law,
                    const char *const *name, int n, struct plethio_error *e)
{
    (void)title, (void)law, (void)name, (void)n;
    return plethio_fail(e, "%s: this pleth was built without cairo and can not draw", path);
}

int sweep_plot_map(const char *path, const char *title, int teachers, const char (*teacher)[24],
                   int students, const int *student, const double *error, struct plethio_error *e)
{
    (void)title, (void)teachers, (void)teacher, (void)students, (void)student, (void)error;
    return plethio_fail(e, "%s: this pleth was built without cairo and can not draw", path);
}

#else

#include <math.h>

#include "chart.h"

enum { POINTS = 120 };

static const enum chart_colour colours[] = {
    CHART_BLUE, CHART_VERMILLION, CHART_GREEN, CHART_PURPLE, CHART_ORANGE, CHART_SKY, CHART_INK};
_Static_assert(sizeof colours / sizeof *colours == SWEEP_CURVES, "a colour for each curve");

/* Ends of the law's curve: a little beyond the sizes that were trained. */
static void ends(const struct sweep_law *l, double *from, double *to)
{
    *from = log10(l->curve.size[0]) - 0.1;
    *to = log10(l->curve.size[l->curve.sizes - 1]) + 0.1;
}

static void draw_law(struct chart *chart, struct sweep_law *l, const char *name,
                     enum chart_colour colour)
{
    const struct plethtrain_curve *c = &l->curve;
    double x[POINTS], y[POINTS], low[POINTS], high[POINTS], from, to, interval[2];
    const struct chart_style line = {
        .colour = colour, .width = 2, .name = l->best >= 0 ? name : NULL};
    const struct chart_style points = {.colour = colour, .name = l->best < 0 ? name : NULL};

    ends(l, &from, &to);
    for (int i = 0; l->best >= 0 && i < POINTS; i++) {
        const double size = pow(10, from + (to - from) * i / (POINTS - 1));
        x[i] = log10(size);
        y[i] = plethtrain_law_error(&l->fit[l->best], size);
        interval[0] = interval[1] = y[i];
        if (l->seeds)
            plethtrain_law_interval(c, &l->fit[l->best], l->seeds, SWEEP_ROUNDS, size, 0, 0.95,
                                    interval, l->work);
        low[i] = interval[0];
        high[i] = interval[1];
    }
    if (l->best >= 0) {
        chart_band(chart, POINTS, x, low, high, &(struct chart_style){.colour = colour});
        chart_line(chart, POINTS, x, y, &line);
    }
    for (int i = 0; i < c->sizes; i++) {
        const double sd = sqrt(c->variance[i]);
        x[i] = log10(c->size[i]);
        low[i] = c->error[i] - sd;
        high[i] = c->error[i] + sd;
    }
    chart_bars(chart, c->sizes, x, c->error, low, high, &points);
}

int sweep_plot_laws(const char *path, const char *title, struct sweep_law *const *law,
                    const char *const *name, int n, struct plethio_error *e)
{
    struct chart_panel panel = {.x = 10, .y = 10, .width = 780, .height = 540, .title = title};
    double from = (double)INFINITY, to = (double)-INFINITY, bottom = from, top = to;
    struct chart *chart;

    if (chart_open(&chart, path, 800, 560, e))
        return -1;
    for (int i = 0; i < n; i++) {
        const struct plethtrain_curve *c = &law[i]->curve;
        double end[2];
        ends(law[i], &end[0], &end[1]);
        chart_range(2, end, &from, &to);
        for (int k = 0; k < c->sizes; k++) {
            const double sd = sqrt(c->variance[k]);
            chart_range(2, (double[]){c->error[k] - sd, c->error[k] + sd}, &bottom, &top);
        }
    }
    chart_margin(&bottom, &top, 0.1, 1);
    panel.across = (struct chart_axis){
        .label = n && law[0]->axis == SWEEP_MACS ? "log10 of MACs a window" : "log10 of parameters",
        .from = from,
        .to = to};
    panel.up =
        (struct chart_axis){.label = "mean absolute error (/min)", .from = bottom, .to = top};
    chart_panel(chart, &panel);
    for (int i = 0; i < n; i++)
        draw_law(chart, law[i], name[i], colours[i]);
    return chart_close(&chart, 1, e);
}

/* Cells of the page, shaded from the least error (white) to the most. */
int sweep_plot_map(const char *path, const char *title, int teachers, const char (*teacher)[24],
                   int students, const int *student, const double *error, struct plethio_error *e)
{
    const double side = 64, left = 100, top = 70;
    double least = (double)INFINITY, most = (double)-INFINITY;
    struct chart *chart;
    char text[32];

    /* wide enough for the words below, too */
    if (chart_open(&chart, path, left + fmax(students * side, 300) + 20, top + teachers * side + 50,
                   e))
        return -1;
    chart_range(teachers * students, error, &least, &most);
    chart_words(chart, 16, 28, 15, 1, CHART_LEFT, CHART_INK, title);
    chart_words(chart, 16, top - 12, 12, 0, CHART_LEFT, CHART_GREY, "teacher");
    for (int t = 0; t < teachers; t++) {
        const double y = top + t * side;
        chart_words(chart, left - 10, y + side / 2 + 4, 12, 0, CHART_RIGHT, CHART_INK, teacher[t]);
        for (int s = 0; s < students; s++) {
            const double v = error[t * students + s];
            const double share = most > least ? (v - least) / (most - least) : 0;
            if (!isfinite(v))
                continue;
            chart_box(chart, left + s * side, y, side - 2, side - 2, CHART_BLUE,
                      0.05 + 0.75 * share);
            snprintf(text, sizeof text, "%.2f", v);
            chart_words(chart, left + s * side + side / 2, y + side / 2 + 5, 14, 0, CHART_CENTRE,
                        CHART_INK, text);
        }
    }
    for (int s = 0; s < students; s++) {
        snprintf(text, sizeof text, "%d", student[s]);
        chart_words(chart, left + s * side + side / 2, top + teachers * side + 18, 12, 0,
                    CHART_CENTRE, CHART_INK, text);
    }
    chart_words(chart, left, top + teachers * side + 38, 12, 0, CHART_LEFT, CHART_GREY,
                "blocks of the student; mean absolute error (/min)");
    return chart_close(&chart, 1, e);
}

#endif
