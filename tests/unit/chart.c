/* Charts: round ticks and their texts, ranges, and pages that are whole or absent. */
#include "chart.h"

#include <string.h>

#include "../test.h"

static const double not_a_number = (double)NAN, infinite = (double)INFINITY;

static void test_ticks(void)
{
    double tick[16];
    CHECK(chart_ticks(0, 10, CHART_LINEAR, 6, tick) == 6);
    CHECK_NEAR(tick[1], 2, 1e-12);
    CHECK(chart_ticks(0, 10, CHART_LINEAR, 5, tick) == 3);
    CHECK_NEAR(tick[2], 10, 1e-12);
    CHECK(chart_ticks(40, 180, CHART_LINEAR, 8, tick) == 8);
    CHECK_NEAR(tick[0], 40, 1e-12);
    CHECK_NEAR(tick[7], 180, 1e-12);
    CHECK(chart_ticks(-0.3, 0.3, CHART_LINEAR, 7, tick) == 7);
    CHECK_NEAR(tick[0], -0.3, 1e-12);
    CHECK_NEAR(tick[3], 0, 1e-12);
    /* times step by parts of minutes and hours, not by tens */
    CHECK(chart_ticks(0, 500, CHART_TIME, 10, tick) == 9);
    CHECK_NEAR(tick[1], 60, 1e-12);
    CHECK(chart_ticks(0, 3600, CHART_TIME, 8, tick) == 7);
    CHECK_NEAR(tick[1], 600, 1e-12);
    CHECK(chart_ticks(0, 20, CHART_TIME, 11, tick) == 11);
    CHECK_NEAR(tick[1], 2, 1e-12);
    /* nothing that can be ticked */
    CHECK(chart_ticks(1, 1, CHART_LINEAR, 8, tick) == 0);
    CHECK(chart_ticks(2, 1, CHART_LINEAR, 8, tick) == 0);
    CHECK(chart_ticks(not_a_number, 1, CHART_LINEAR, 8, tick) == 0);
    CHECK(chart_ticks(0, infinite, CHART_LINEAR, 8, tick) == 0);
    /* never more than asked for, always inside, evenly spaced, whatever the range */
    for (int decade = -12; decade <= 12; decade++)
        for (int i = 0; i < 40; i++) {
            double from = (i * 7 % 23 - 11) * pow(10, decade);
            double to = from + (1 + i * 0.37) * pow(10, decade);
            for (int most = 2; most <= 16; most++)
                for (int scale = CHART_LINEAR; scale <= CHART_TIME; scale++) {
                    double slack = 1e-8 * (to - from);
                    int n = chart_ticks(from, to, (enum chart_scale)scale, most, tick);
                    CHECK(n >= 0 && n <= most);
                    for (int k = 0; k < n; k++)
                        CHECK(tick[k] >= from - slack && tick[k] <= to + slack);
                    for (int k = 2; k < n; k++)
                        CHECK_NEAR(tick[k] - tick[k - 1], tick[1] - tick[0], slack);
                }
        }
}

static int text_is(double value, double step, double last, enum chart_scale scale, const char *text)
{
    char out[48];
    chart_tick_text(value, step, last, scale, out, sizeof out);
    if (strcmp(out, text))
        printf("%g by %g is written %s, not %s\n", value, step, out, text);
    return !strcmp(out, text);
}

static void test_texts(void)
{
    CHECK(text_is(60, 20, 100, CHART_LINEAR, "60"));
    CHECK(text_is(0.30000000000000004, 0.1, 100, CHART_LINEAR, "0.3"));
    CHECK(text_is(0.25, 0.05, 100, CHART_LINEAR, "0.25"));
    CHECK(text_is(-1e-17, 0.5, 100, CHART_LINEAR, "0"));
    CHECK(text_is(-5, 5, 100, CHART_LINEAR,
                  "\xe2\x88\x92"
                  "5"));
    CHECK(text_is(2, 1, 100, CHART_LINEAR, "2"));
    CHECK(text_is(1.5e-12, 5e-13, 100, CHART_LINEAR, "1.5e-12"));
    /* all times of an axis are written alike */
    CHECK(text_is(8, 2, 10, CHART_TIME, "8"));
    CHECK(text_is(0.5, 0.5, 2, CHART_TIME, "0.5"));
    CHECK(text_is(55, 5, 60, CHART_TIME, "0:55"));
    CHECK(text_is(90, 30, 300, CHART_TIME, "1:30"));
    CHECK(text_is(300, 300, 3600, CHART_TIME, "0:05"));
    CHECK(text_is(3605, 5, 3610, CHART_TIME, "1:00:05"));
}

static void test_ranges(void)
{
    const double value[] = {3, not_a_number, -1, infinite, 2};
    double from = infinite, to = -infinite;
    chart_range(5, value, &from, &to);
    CHECK_NEAR(from, -1, 0);
    CHECK_NEAR(to, 3, 0);
    chart_margin(&from, &to, 0.25, 0);
    CHECK_NEAR(from, -2, 1e-12);
    CHECK_NEAR(to, 4, 1e-12);
    from = to = 70;
    chart_margin(&from, &to, 0.1, 20);
    CHECK_NEAR(from, 60, 1e-12);
    CHECK_NEAR(to, 80, 1e-12);
    from = infinite;
    to = -infinite;
    chart_margin(&from, &to, 0.1, 20);
    CHECK_NEAR(from, 0, 0);
    CHECK_NEAR(to, 20, 0);
}

static void test_colours(void)
{
    /* the lightness of those that share a picture differs enough to be told apart in grey */
    double blue[3], orange[3], rgb[3];
    chart_rgb(CHART_BLUE, blue);
    chart_rgb(CHART_ORANGE, orange);
    CHECK(0.3 * orange[0] + 0.59 * orange[1] - 0.3 * blue[0] - 0.59 * blue[1] > 0.2);
    for (int i = 0; i < CHART_COLOURS; i++) {
        chart_rgb((enum chart_colour)i, rgb);
        for (int k = 0; k < 3; k++)
            CHECK(rgb[k] >= 0 && rgb[k] <= 1);
    }
}

#ifdef PLETH_WITH_CAIRO
static long file_size(const char *path)
{
    FILE *f = fopen(path, "rb");
    long size;
    if (!f)
        return -1;
    fseek(f, 0, SEEK_END);
    size = ftell(f);
    fclose(f);
    return size;
}

static int file_has(const char *path, const char *text)
{
    static char content[1 << 20];
    FILE *f = fopen(path, "rb");
    size_t n;
    if (!f)
        return 0;
    n = fread(content, 1, sizeof content - 1, f);
    fclose(f);
    content[n] = 0;
    return strstr(content, text) != NULL;
}

/* everything that can be drawn, with gaps, far and odd values, and texts that are no UTF-8 */
static int draw(const char *path, int n, int keep, struct plethio_error *e)
{
    struct chart *c;
    double *x = malloc(sizeof *x * 4 * (size_t)(n + 1)), *y = x + n, *low = y + n, *high = low + n;
    int status;
    CHECK(x != NULL);
    for (int i = 0; x && i < n; i++) {
        x[i] = i;
        y[i] = i % 97 == 13 ? not_a_number : i % 89 == 7 ? 1e300 : sin(i / 30.0);
        low[i] = y[i] - 0.2;
        high[i] = i % 101 == 5 ? infinite : y[i] + 0.2;
    }
    if (!x || chart_open(&c, path, 400, 300, e)) {
        free(x);
        return -1;
    }
    for (int pass = 0; pass < 3; pass++) {
        chart_panel(c, &(struct chart_panel){
                           .width = 400,
                           .height = 300,
                           .title = "A title \xff\xc3",
                           .across = {"time (s)", 0, pass ? n : not_a_number, CHART_TIME, 0},
                           .up = {"value", pass == 1 ? 3 : -2, 2, CHART_LINEAR, 0}});
        chart_band(c, n, x, low, high, &(struct chart_style){.name = "band"});
        chart_line(c, n, x, y, &(struct chart_style){.colour = CHART_BLUE, .name = "line"});
        chart_points(c, n, x, y, NULL);
        chart_bars(c, n < 50 ? n : 50, x, y, low, high, &(struct chart_style){.dashed = 1});
        chart_span(c, n / 4.0, n / 2.0, "no face", NULL);
        chart_span(c, not_a_number, n / 2.0, NULL, NULL);
        chart_level(c, 0.5, "level", NULL);
        chart_level(c, not_a_number, "level", NULL);
        chart_mark(c, n / 3.0, "mark", NULL);
        chart_mark(c, n - 0.001, "a mark whose label goes to the left", NULL);
        chart_remark(c, "nothing here");
    }
    CHECK(chart_words(c, 5, 5, 12, 1, CHART_RIGHT, CHART_INK, "wider") >
          chart_words(c, 5, 5, 12, 0, CHART_LEFT, CHART_INK, "w"));
    CHECK_NEAR(chart_paragraph(c, 5, 50, 10, 60, 3, CHART_INK,
                               "one two three four five six seven "
                               "eight nine ten eleven twelve"),
               50 + 2 * 13.5, 1e-9);
    CHECK_NEAR(chart_paragraph(c, 5, 50, 10, 60, 3, CHART_INK, ""), 50, 1e-9);
    status = chart_close(&c, keep, e);
    CHECK(c == NULL);
    free(x);
    return status;
}

static void test_pages(void)
{
    struct plethio_error e = {""};
    remove("chart_test.png");
    remove("chart_test.svg");
    CHECK(draw("chart_test.png", 1000, 0, &e) == 0);
    CHECK(file_size("chart_test.png") == -1);
    CHECK(draw("chart_test.png", 1000, 1, &e) == 0);
    CHECK(file_has("chart_test.png", "PNG"));
    CHECK(file_size("chart_test.png") > 1000);
    CHECK(draw("chart_test.svg", 0, 1, &e) == 0);
    CHECK(draw("chart_test.svg", 1000, 1, &e) == 0);
    CHECK(file_has("chart_test.svg", "<svg"));
    /* as many samples as an hour has do not make an hour's file */
    CHECK(draw("chart_test.png", 108000, 1, &e) == 0);
    CHECK(draw("chart_test.gif", 10, 1, &e) == -1);
    CHECK(strstr(e.text, ".svg") != NULL);
    CHECK(draw("no/such/folder/chart.png", 10, 1, &e) == -1);
    CHECK(strstr(e.text, "no/such/folder/chart.png") != NULL);
    remove("chart_test.png");
    remove("chart_test.svg");
}
#endif

int main(void)
{
    test_ticks();
    test_texts();
    test_ranges();
    test_colours();
#ifdef PLETH_WITH_CAIRO
    test_pages();
#endif
    return test_done();
}
