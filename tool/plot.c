/* A measurement as one page: words and figures first, then the evidence for them. */
#include "plot.h"

#ifndef PLETH_WITH_CAIRO

int plot_check(const char *path, struct plethio_error *e)
{
    return plethio_fail(e,
                        "%s: this pleth was built without cairo and can not draw; "
                        "--waveform writes the wave as a table",
                        path);
}

int plot_measurement(const char *path, const char *title, const struct measurement *m,
                     const struct measure_options *options, struct plethio_error *e)
{
    (void)title;
    (void)m;
    (void)options;
    return plot_check(path, e);
}

#else
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "reasons.h"
#include "signal/spectrum.h"

#define TIMES "\xc3\x97"
#define ELLIPSIS "\xe2\x80\xa6"

#define PAGE_WIDTH 1200.0
#define PAGE_HEIGHT 900.0
/* left and right ends of everything, also of the panels' axes */
#define LEFT 56.0
#define RIGHT 1176.0

/* twice what is shown of the pulse wave, to part a pulse from its neighbours */
#define SPECTRUM_S 20.0
#define SPECTRUM_STEPS 480

static const double nothing = (double)NAN;

/* One of the two vital signs, and how it is shown. */
struct subject {
    /* "Pulse", "No pulse", "Heart rate" */
    const char *name, *none, *rate;
    enum chart_colour colour;
    /* its wave and how much of it is shown: some ten beats, some eight breaths */
    const char *wave, *nothing;
    double shown_s;
    /* narrowest range of rates that is drawn, per minute */
    double least;
    int breathing;
};

static const struct subject pulse = {
    .name = "Pulse",
    .none = "No pulse",
    .rate = "Heart rate (/min)",
    .colour = CHART_BLUE,
    .wave = "Pulse wave",
    .nothing = "no pulse found",
    .shown_s = 10,
    .least = 20,
};

static const struct subject breathing = {
    .name = "Breathing",
    .none = "No breathing rate",
    .rate = "Breathing rate (/min)",
    .colour = CHART_GREEN,
    .wave = "Breathing wave",
    .nothing = "no breathing rate",
    .shown_s = 30,
    .least = 10,
    .breathing = 1,
};

static const pleth_vital *vital_of(const struct subject *s, const pleth_reading *r)
{
    return s->breathing ? &r->breathing_rate : &r->heart_rate;
}

static int known(const pleth_vital *v)
{
    return v->have && isfinite(v->value) && isfinite(v->sd);
}

/* a reason as it is written on the page: "no face" */
static void reason_words(int bit, char *text, size_t size)
{
    const char *name = pleth_reason_name(bit);
    snprintf(text, size, "%s", name ? name : "no reason given");
    for (; *text; text++)
        if (*text == '_')
            *text = ' ';
}

/* ---- Top: the result in words ----------------------------------------------------------- */

static void draw_result(struct chart *c, const struct subject *s, const pleth_vital *v,
                        double coverage, double x, double width)
{
    const double y = 112;
    char text[256];
    int bit = tool_reason_first(v->reasons);
    if (known(v)) {
        chart_words(c, x, 66, 14, 1, CHART_LEFT, s->colour, s->name);
        snprintf(text, sizeof text, "%.1f", (double)v->value);
        x += chart_words(c, x, y, 46, 1, CHART_LEFT, CHART_INK, text) + 10;
        snprintf(text, sizeof text, CHART_PLUS_MINUS " %.1f", (double)v->sd);
        chart_words(c, x, y - 20, 16, 0, CHART_LEFT, CHART_GREY, text);
        chart_words(c, x, y, 16, 0, CHART_LEFT, CHART_GREY, "/min");
        x += 74;
        snprintf(text, sizeof text, "quality %.2f", (double)v->quality);
        chart_words(c, x, y - 20, 14, 0, CHART_LEFT, CHART_INK, text);
        if (isfinite(coverage)) {
            snprintf(text, sizeof text, "known for %.0f %% of the time", 100 * coverage);
            chart_words(c, x, y, 14, 0, CHART_LEFT, CHART_INK, text);
        }
        return;
    }
    chart_words(c, x, 78, 26, 1, CHART_LEFT, CHART_INK, s->none);
    if (bit < 0)
        return;
    snprintf(text, sizeof text, "%s: %s %s", pleth_reason_name(bit), tool_reason_sentence(bit),
             tool_reason_try(bit));
    chart_paragraph(c, x, 100, 14, width - 20, 2, CHART_INK, text);
}

static void draw_variability(struct chart *c, const struct measure_summary *s, double x)
{
    char text[96];
    if (!s->have_variability)
        return;
    chart_words(c, x, 66, 14, 1, CHART_LEFT, CHART_GREY, "Pulse-rate variability");
    snprintf(text, sizeof text, "SDNN %.0f ms, RMSSD %.0f ms", (double)s->variability.sdnn_ms,
             (double)s->variability.rmssd_ms);
    chart_words(c, x, 92, 14, 0, CHART_LEFT, CHART_INK, text);
    snprintf(text, sizeof text, "pNN50 %.0f %%, from %d intervals",
             (double)s->variability.pnn50_percent, s->variability.intervals);
    chart_words(c, x, 112, 14, 0, CHART_LEFT, CHART_INK, text);
}

/* appends to a list "a, b, c" what still fits */
static void append(char *list, size_t size, const char *item)
{
    size_t n = strlen(list), more = strlen(item);
    if (n + more + 3 > size)
        return;
    memcpy(list + n, ", ", 2);
    n += n ? 2 : 0;
    memcpy(list + n, item, more + 1);
}

static void draw_head(struct chart *c, const char *title, const struct measurement *m,
                      const struct measure_options *o)
{
    const char *method = measure_method_name(o);
    char text[256], facts[256] = "";
    size_t n = strlen(title), most = 64;
    long seconds = lround(fmin(m->summary.duration_s, 1e8));

    /* the end of a long name tells more than its beginning */
    if (n > most) {
        const char *end = title + n - most;
        while ((*end & 0xc0) == 0x80)
            end++;
        snprintf(text, sizeof text, ELLIPSIS "%s", end);
    } else {
        snprintf(text, sizeof text, "%s", title);
    }
    chart_words(c, LEFT, 34, 16, 0, CHART_LEFT, CHART_INK, text);

    if (seconds < 120)
        snprintf(text, sizeof text, "%ld s", seconds);
    else if (seconds < 3600)
        snprintf(text, sizeof text, "%ld min %ld s", seconds / 60, seconds % 60);
    else
        snprintf(text, sizeof text, "%ld h %ld min", seconds / 3600, seconds / 60 % 60);
    append(facts, sizeof facts, text);
    if (m->video.width > 0) {
        snprintf(text, sizeof text, "%d " TIMES " %d", m->video.width, m->video.height);
        append(facts, sizeof facts, text);
    }
    if (m->readings && m->reading[m->readings - 1].rate_hz > 0) {
        snprintf(text, sizeof text, m->sensor.channels > 0 ? "%.4g samples/s" : "%.1f frames/s",
                 (double)m->reading[m->readings - 1].rate_hz);
        append(facts, sizeof facts, text);
    }
    if (m->video.codec[0])
        append(facts, sizeof facts, m->video.codec);
    if (m->sensor.channels > 0)
        append(facts, sizeof facts, m->sensor.format);
    if (method && (m->sensor.channels == 0 || o->config.net))
        append(facts, sizeof facts, method);
    chart_words(c, RIGHT, 34, 13, 0, CHART_RIGHT, CHART_GREY, facts);

    draw_result(c, &pulse, &m->summary.heart_rate, m->summary.heart_coverage, LEFT, 420);
    draw_result(c, &breathing, &m->summary.breathing_rate, m->summary.breathing_coverage, 490, 440);
    draw_variability(c, &m->summary, 940);
    if (m->warning[0])
        chart_paragraph(c, LEFT, 140, 13, RIGHT - LEFT, 1, CHART_VERMILLION, m->warning);
}

/* ---- Waves ------------------------------------------------------------------------------ */

/* The part of the wave that is drawn. */
struct stretch {
    int first, n;
    /* seconds of the recording at its first sample */
    double from_s;
    /* the best reading, whose window it ends with; NULL if there is none */
    const pleth_reading *reading;
};

static double wave_time_s(const struct measurement *m, int i)
{
    int64_t origin = m->wave[0].time_ns;
    /* the stream's zero is that of its readings */
    if (m->readings)
        origin = m->reading[0].time_ns - (int64_t)llround(1e9 * m->reading[0].time_s);
    return 1e-9 * (double)(m->wave[i].time_ns - origin);
}

static float sample(const struct measurement *m, const struct subject *s, int i)
{
    return s->breathing ? m->wave[i].breathing : m->wave[i].pulse;
}

/* the last length_s of wave before the end of the best reading's window, or of the whole wave */
static struct stretch find_stretch(const struct measurement *m, const struct subject *s,
                                   double length_s)
{
    struct stretch found = {0, 0, 0, NULL};
    double best = -1, end_s;
    int last;
    for (int i = 0; i < m->readings; i++) {
        const pleth_vital *v = vital_of(s, &m->reading[i]);
        if (known(v) && (double)v->quality > best) {
            best = (double)v->quality;
            found.reading = &m->reading[i];
        }
    }
    if (m->waves < 2)
        return found;
    last = m->waves - 1;
    end_s = wave_time_s(m, last);
    if (found.reading) {
        end_s = (double)vital_of(s, found.reading)->window_end_s;
        while (last > 1 && wave_time_s(m, last) > end_s)
            last--;
        /* the wave may begin after the best window's start: then what follows it is shown as well
         */
        end_s = fmax(wave_time_s(m, last), wave_time_s(m, 0) + length_s);
        while (last < m->waves - 1 && wave_time_s(m, last) < end_s)
            last++;
        end_s = wave_time_s(m, last);
    }
    found.first = last;
    while (found.first > 0 && wave_time_s(m, found.first - 1) >= end_s - length_s)
        found.first--;
    /* a wave that could not be made yet is zero */
    while (found.first < last - 1 && sample(m, s, found.first) == 0)
        found.first++;
    found.n = last - found.first + 1;
    found.from_s = wave_time_s(m, found.first);
    return found;
}

static void draw_beats(struct chart *c, const struct measurement *m, const struct stretch *part,
                       const double *x, const double *y)
{
    /* beats at the ends are found by what lies beyond them */
    const int beyond = 3 * PLETH_WAVE_HZ;
    int before = part->first < beyond ? part->first : beyond;
    int after =
        m->waves - part->first - part->n < beyond ? m->waves - part->first - part->n : beyond;
    int n = before + part->n + after, beats = 0, shown = 0;
    double *work = malloc(sizeof *work * 6 * (size_t)n), *beat = work + 4 * n, *height = beat + n;
    float *wave = malloc(sizeof *wave * (size_t)n);
    if (work && wave) {
        for (int i = 0; i < n; i++)
            wave[i] = sample(m, &pulse, part->first - before + i);
        beats = pleth_find_beats(wave, n, PLETH_WAVE_HZ, (double)part->reading->heart_rate.value,
                                 beat, n, work);
    }
    for (int i = 0; i < beats; i++) {
        double at = beat[i] * PLETH_WAVE_HZ - before;
        int k = (int)floor(at);
        if (k < 0 || k > part->n - 2)
            continue;
        beat[shown] = x[k] + (at - k) * (x[k + 1] - x[k]);
        height[shown++] = y[k] + (at - k) * (y[k + 1] - y[k]);
    }
    if (shown)
        chart_points(c, shown, beat, height,
                     &(struct chart_style){.colour = CHART_ORANGE, .width = 7, .name = "beats"});
    free(wave);
    free(work);
}

static void draw_wave(struct chart *c, const struct measurement *m, const struct subject *s,
                      const struct chart_panel *place)
{
    struct stretch part = find_stretch(m, s, s->shown_s);
    struct chart_panel panel = *place;
    double *x = NULL, *y = NULL, low = (double)INFINITY, high = -low;
    char title[96];

    panel.across =
        (struct chart_axis){"time", part.from_s, part.from_s + s->shown_s, CHART_TIME, 0};
    panel.up = (struct chart_axis){NULL, 0, 1, CHART_LINEAR, 2};
    panel.title = title;
    if (part.reading)
        snprintf(title, sizeof title, "%s, where it is best", s->wave);
    else
        snprintf(title, sizeof title, "The last %.0f s: %s", part.n / (double)PLETH_WAVE_HZ,
                 s->nothing);
    if (part.n) {
        x = malloc(sizeof *x * (size_t)part.n);
        y = malloc(sizeof *y * (size_t)part.n);
    }
    if (!x || !y) {
        snprintf(title, sizeof title, "%s", s->wave);
        panel.across.bare = 2;
        panel.across.label = NULL;
        chart_panel(c, &panel);
        chart_remark(c, "no wave could be made");
        free(x);
        free(y);
        return;
    }
    for (int i = 0; i < part.n; i++) {
        x[i] = wave_time_s(m, part.first + i);
        y[i] = (double)sample(m, s, part.first + i);
    }
    panel.across.to = fmax(x[part.n - 1], x[0] + 1);
    chart_range(part.n, y, &low, &high);
    chart_margin(&low, &high, 0.08, 0);
    panel.up.from = low;
    panel.up.to = high;
    chart_panel(c, &panel);
    /* a wave in which nothing was found is no evidence: it is drawn, but pale */
    chart_line(c, part.n, x, y,
               &(struct chart_style){.colour = part.reading ? s->colour : CHART_GREY,
                                     .width = 2,
                                     .alpha = part.reading ? 1 : 0.6});
    if (part.reading && !s->breathing)
        draw_beats(c, m, &part, x, y);
    free(x);
    free(y);
}

/* ---- Spectrum --------------------------------------------------------------------------- */

static void draw_spectrum(struct chart *c, const struct measurement *m,
                          const struct chart_panel *place)
{
    struct stretch part = find_stretch(m, &pulse, SPECTRUM_S);
    const struct chart_style outside = {.colour = CHART_GREY, .alpha = 0.12};
    struct chart_panel panel = *place;
    double lo = (double)m->rate_min, hi = (double)m->rate_max, top = 0, mean = 0;
    double rate[SPECTRUM_STEPS], power[SPECTRUM_STEPS];
    double *x = part.n >= PLETH_WAVE_HZ ? malloc(sizeof *x * 2 * (size_t)part.n) : NULL;

    panel.title = part.reading ? "Its spectrum" : "Spectrum";
    panel.across = (struct chart_axis){"rate (/min)", 0, 1.1 * hi, CHART_LINEAR, 0};
    panel.up = (struct chart_axis){NULL, 0, 1.12, CHART_LINEAR, 2};
    if (!x) {
        panel.across.bare = 2;
        panel.across.label = NULL;
        chart_panel(c, &panel);
        chart_remark(c, "too short for a spectrum");
        return;
    }
    for (int i = 0; i < part.n; i++)
        mean += (double)m->wave[part.first + i].pulse / part.n;
    pleth_hann(x + part.n, part.n, 0);
    for (int i = 0; i < part.n; i++)
        x[i] = ((double)m->wave[part.first + i].pulse - mean) * x[part.n + i];
    for (int i = 0; i < SPECTRUM_STEPS; i++) {
        double re, im;
        rate[i] = panel.across.to * i / (SPECTRUM_STEPS - 1);
        pleth_dtft(x, part.n, rate[i] / 60 / PLETH_WAVE_HZ, &re, &im);
        power[i] = re * re + im * im;
        top = fmax(top, power[i]);
    }
    free(x);
    for (int i = 0; i < SPECTRUM_STEPS; i++)
        power[i] = top > 0 ? power[i] / top : 0;

    chart_panel(c, &panel);
    chart_span(c, 0, lo, "not looked at", &outside);
    chart_span(c, hi, panel.across.to, "not looked at", &outside);
    if (part.reading) {
        const pleth_vital *v = &part.reading->heart_rate;
        char label[48];
        snprintf(label, sizeof label, "%.0f /min", (double)v->value);
        chart_span(c, (double)(v->value - v->sd), (double)(v->value + v->sd), NULL,
                   &(struct chart_style){.colour = CHART_VERMILLION, .alpha = 0.25});
        chart_mark(c, (double)v->value, label, &(struct chart_style){.colour = CHART_VERMILLION});
        chart_mark(c, 2 * (double)v->value, "2" TIMES,
                   &(struct chart_style){.colour = CHART_GREY, .dashed = 1});
    }
    chart_line(c, SPECTRUM_STEPS, rate, power,
               &(struct chart_style){.colour = part.reading ? CHART_BLUE : CHART_GREY,
                                     .width = 2,
                                     .alpha = part.reading ? 1 : 0.6});
}

/* ---- Rates over time -------------------------------------------------------------------- */

/* the time that reading i stands for: half way to its neighbours */
static double reading_from(const struct measurement *m, int i)
{
    return i == 0 ? 0 : (m->reading[i - 1].time_s + m->reading[i].time_s) / 2;
}

static double reading_to(const struct measurement *m, int i, double end_s)
{
    return i == m->readings - 1 ? end_s : (m->reading[i].time_s + m->reading[i + 1].time_s) / 2;
}

static int reason_at(const struct measurement *m, const struct subject *s, int i)
{
    return tool_reason_first(vital_of(s, &m->reading[i])->reasons);
}

/* Shades readings first..last, none of which has a value. Each reason that lasts gets a span of its
 * own; where reasons alternate faster than can be read, the most frequent one speaks for all. */
static void draw_abstained(struct chart *c, const struct measurement *m, const struct subject *s,
                           int first, int last, double end_s)
{
    int count[PLETH_REASON_COUNT + 1] = {0}, often = 0, lasting = 1;
    const struct chart_style shade = {.colour = CHART_GREY, .name = "no value"};
    char words[48];
    for (int i = first, start = first; i <= last; i++) {
        int bit = reason_at(m, s, i);
        count[bit + 1]++;
        if (count[bit + 1] > count[often])
            often = bit + 1;
        if (i == last || reason_at(m, s, i + 1) != bit) {
            lasting &= reading_to(m, i, end_s) - reading_from(m, start) > 0.02 * end_s;
            start = i + 1;
        }
    }
    for (int i = first, start = first; i <= last; i++) {
        if (i < last && (!lasting || reason_at(m, s, i + 1) == reason_at(m, s, i)))
            continue;
        reason_words(lasting ? reason_at(m, s, i) : often - 1, words, sizeof words);
        chart_span(c, reading_from(m, start), reading_to(m, i, end_s), words, &shade);
        start = i + 1;
    }
}

static void draw_rate(struct chart *c, const struct measurement *m, const struct subject *s,
                      const struct chart_panel *place)
{
    struct chart_panel panel = *place;
    size_t n = (size_t)m->readings;
    double *x = calloc(5 * n + 1, sizeof *x), *y = x + n, *low = y + n, *high = low + n;
    int any;
    double *lone = high + n, from = (double)INFINITY, to = -from, end_s = m->summary.duration_s;

    panel.title = s->rate;
    for (int i = 0; x && i < m->readings; i++) {
        const pleth_vital *v = vital_of(s, &m->reading[i]);
        int before = i > 0 && known(vital_of(s, &m->reading[i - 1]));
        int after = i < m->readings - 1 && known(vital_of(s, &m->reading[i + 1]));
        x[i] = m->reading[i].time_s;
        end_s = fmax(end_s, x[i]);
        y[i] = known(v) ? (double)v->value : nothing;
        low[i] = y[i] - (double)v->sd;
        high[i] = y[i] + (double)v->sd;
        /* a value without neighbours shows no band: it gets a bar, where there is room for bars */
        lone[i] = before || after || n > 600 ? nothing : y[i];
    }
    panel.across = (struct chart_axis){"time", 0, end_s, CHART_TIME, 0};
    if (!x || !m->readings) {
        panel.across.bare = panel.up.bare = 2;
        panel.across.label = NULL;
        chart_panel(c, &panel);
        chart_remark(c, "no reading was due");
        free(x);
        return;
    }
    chart_range(m->readings, low, &from, &to);
    chart_range(m->readings, high, &from, &to);
    any = from <= to;
    if (!any)
        panel.up.bare = 2;
    chart_margin(&from, &to, 0.1, s->least);
    panel.up.from = fmax(from, 0);
    panel.up.to = to;
    chart_panel(c, &panel);
    for (int i = 0; i < m->readings; i++) {
        int first = i;
        if (known(vital_of(s, &m->reading[i])))
            continue;
        while (i + 1 < m->readings && !known(vital_of(s, &m->reading[i + 1])))
            i++;
        draw_abstained(c, m, s, first, i, end_s);
    }
    if (any)
        chart_band(c, m->readings, x, low, high,
                   &(struct chart_style){.colour = s->colour,
                                         .alpha = 0.22,
                                         .name = CHART_PLUS_MINUS " standard deviation"});
    chart_bars(c, m->readings, x, lone, low, high, &(struct chart_style){.colour = s->colour});
    chart_line(c, m->readings, x, y, &(struct chart_style){.colour = s->colour, .width = 2});
    free(x);
}

/* ---- The page --------------------------------------------------------------------------- */

int plot_check(const char *path, struct plethio_error *e)
{
    struct chart *c;
    if (chart_open(&c, path, PAGE_WIDTH, PAGE_HEIGHT, e))
        return -1;
    return chart_close(&c, 0, e);
}

int plot_measurement(const char *path, const char *title, const struct measurement *m,
                     const struct measure_options *options, struct plethio_error *e)
{
    static const struct chart_panel wave = {.x = 10, .y = 150, .width = 760, .height = 230},
                                    spectrum = {.x = 750, .y = 150, .width = 440, .height = 230},
                                    rate = {.x = 10, .y = 386, .width = 1180, .height = 240},
                                    breath = {.x = 10, .y = 634, .width = 590, .height = 230},
                                    breaths = {.x = 590, .y = 634, .width = 600, .height = 230};
    struct chart *c;
    char version[96];
    if (chart_open(&c, path, PAGE_WIDTH, PAGE_HEIGHT, e))
        return -1;
    draw_head(c, title, m, options);
    draw_wave(c, m, &pulse, &wave);
    draw_spectrum(c, m, &spectrum);
    draw_rate(c, m, &pulse, &rate);
    draw_wave(c, m, &breathing, &breath);
    draw_rate(c, m, &breathing, &breaths);
    snprintf(version, sizeof version, "pleth %d.%d.%d, not a medical device", PLETH_VERSION_MAJOR,
             PLETH_VERSION_MINOR, PLETH_VERSION_PATCH);
    chart_words(c, RIGHT, PAGE_HEIGHT - 12, 12, 0, CHART_RIGHT, CHART_GREY, version);
    return chart_close(&c, 1, e);
}
#endif
