/* Lines in panels from numbers on standard input, for the pictures that the scripts here make.
 *
 *     bench_lines OUT.png|.svg TITLE < lines.csv
 *
 * Each row is panel,series,x,y; panels and series appear in the order they are first named. A panel
 * is named "title|label across|label up". */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"

#ifdef PLETH_WITH_CAIRO

enum { NAME = 128, SERIES = 8, PANELS = 4, POINTS = 512 };

struct series {
    char name[NAME];
    int n;
    double x[POINTS], y[POINTS];
};

struct panel {
    char name[NAME];
    int count;
    struct series series[SERIES];
};

static struct panel panel[PANELS];
static int panels;

static int fail(const char *what)
{
    fprintf(stderr, "bench_lines: %s\n", what);
    return 1;
}

/* The entry of this name, or the next free one; NULL when there is none. */
static struct panel *find_panel(const char *name)
{
    for (int i = 0; i < panels; i++)
        if (strcmp(panel[i].name, name) == 0)
            return &panel[i];
    if (panels == PANELS)
        return NULL;
    snprintf(panel[panels].name, NAME, "%s", name);
    return &panel[panels++];
}

static struct series *find_series(struct panel *p, const char *name)
{
    for (int i = 0; i < p->count; i++)
        if (strcmp(p->series[i].name, name) == 0)
            return &p->series[i];
    if (p->count == SERIES)
        return NULL;
    snprintf(p->series[p->count].name, NAME, "%s", name);
    return &p->series[p->count++];
}

static int read_rows(void)
{
    char line[512], in[NAME], name[NAME];
    double x, y;

    while (fgets(line, sizeof line, stdin)) {
        struct panel *p;
        struct series *s;
        if (sscanf(line, "%127[^,],%127[^,],%lf,%lf", in, name, &x, &y) != 4)
            continue;
        p = find_panel(in);
        s = p ? find_series(p, name) : NULL;
        if (!s || s->n == POINTS)
            return fail("too many panels (4), series (8) or points (512)");
        s->x[s->n] = x;
        s->y[s->n++] = y;
    }
    return panels ? 0 : fail("no rows of panel,series,x,y");
}

static void draw(struct chart *chart, struct panel *p, double left, double top, double width,
                 double height)
{
    static const enum chart_colour colour[SERIES] = {CHART_BLUE,   CHART_VERMILLION, CHART_GREEN,
                                                     CHART_ORANGE, CHART_PURPLE,     CHART_SKY,
                                                     CHART_INK,    CHART_GREY};
    double from = (double)INFINITY, to = (double)-INFINITY, low = 0, high = 0;
    char *across = strchr(p->name, '|'), *up = across ? strchr(across + 1, '|') : NULL;
    struct chart_panel frame = {.x = left, .y = top, .width = width, .height = height};

    if (across)
        *across++ = 0;
    if (up)
        *up++ = 0;
    for (int i = 0; i < p->count; i++) {
        chart_range(p->series[i].n, p->series[i].x, &from, &to);
        chart_range(p->series[i].n, p->series[i].y, &low, &high);
    }
    chart_margin(&from, &to, 0.02, 1e-9);
    /* more names than fit beside the title lie within, above the lines */
    double room = p->count > 3 ? 1.25 : 1.05;
    frame.title = p->name;
    frame.across = (struct chart_axis){.label = across, .from = from, .to = to};
    frame.up = (struct chart_axis){.label = up, .from = low, .to = high > low ? room * high : 1};
    chart_panel(chart, &frame);
    for (int i = 0; i < p->count; i++) {
        struct chart_style style = {.colour = colour[i], .width = 2, .name = p->series[i].name};
        chart_line(chart, p->series[i].n, p->series[i].x, p->series[i].y, &style);
        style.name = NULL;
        style.width = 6;
        chart_points(chart, p->series[i].n, p->series[i].x, p->series[i].y, &style);
    }
}

int main(int argc, char **argv)
{
    struct plethio_error e;
    struct chart *chart;
    double width = 640, height = 440;

    if (argc != 3)
        return fail("usage: bench_lines OUT.png TITLE < lines.csv");
    if (read_rows())
        return 1;
    if (chart_open(&chart, argv[1], panels * width, height + 40, &e))
        return fail(e.text);
    chart_words(chart, 16, 28, 16, 1, CHART_LEFT, CHART_INK, argv[2]);
    for (int i = 0; i < panels; i++)
        draw(chart, &panel[i], i * width + 8, 40, width - 16, height - 8);
    return chart_close(&chart, 1, &e) ? fail(e.text) : 0;
}

#else

int main(void)
{
    fprintf(stderr, "bench_lines: built without cairo\n");
    return 1;
}

#endif
