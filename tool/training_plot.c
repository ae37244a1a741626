#include "training.h"

#ifndef PLETH_WITH_CAIRO

int training_can_plot(const char *path, struct plethio_error *e)
{
    return plethio_fail(e, "%s: this pleth was built without cairo and can not draw", path);
}

int training_plot(const char *path, const struct plethtrain_epoch *epoch, int n,
                  struct plethio_error *e)
{
    (void)epoch;
    (void)n;
    return training_can_plot(path, e);
}

#else

#include <math.h>
#include <stdlib.h>

#include "chart.h"

int training_can_plot(const char *path, struct plethio_error *e)
{
    (void)path;
    (void)e;
    return 0;
}

int training_plot(const char *path, const struct plethtrain_epoch *epoch, int n,
                  struct plethio_error *e)
{
    double *value = calloc(4 * (size_t)n + 1, sizeof *value), from = 0, to = (double)-INFINITY;
    int validated = 0;
    double *number = value, *loss = value + n, *mae = loss + n, *most = mae + n;
    struct chart_panel panel = {.x = 10,
                                .y = 10,
                                .width = 780,
                                .height = 280,
                                .title = "Training",
                                .across = {.label = "epoch", .from = 0, .to = n},
                                .up = {.label = "loss"}};
    struct chart *chart;

    if (!value)
        return plethio_fail(e, "no memory to draw");
    for (int i = 0; i < n; i++) {
        number[i] = epoch[i].epoch;
        loss[i] = epoch[i].loss;
        mae[i] = epoch[i].mae;
        most[i] = epoch[i].mae_argmax;
        validated |= isfinite(mae[i]);
    }
    if (chart_open(&chart, path, 800, validated ? 600 : 300, e)) {
        free(value);
        return -1;
    }
    chart_range(n, loss, &from, &to);
    panel.up.from = from, panel.up.to = to;
    chart_panel(chart, &panel);
    chart_line(chart, n, number, loss, &(struct chart_style){.colour = CHART_BLUE});
    if (validated) {
        from = 0, to = (double)-INFINITY;
        chart_range(n, mae, &from, &to);
        chart_range(n, most, &from, &to);
        panel.y = 310;
        panel.title = "People who validate";
        panel.up =
            (struct chart_axis){.label = "mean absolute error (/min)", .from = from, .to = to};
        chart_panel(chart, &panel);
        chart_line(chart, n, number, mae,
                   &(struct chart_style){.colour = CHART_BLUE, .name = "median"});
        chart_line(chart, n, number, most,
                   &(struct chart_style){.colour = CHART_ORANGE, .name = "most probable class"});
    }
    free(value);
    return chart_close(&chart, 1, e);
}

#endif
