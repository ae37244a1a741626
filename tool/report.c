#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reasons.h"
#include "tool.h"

/* ---- JSON ------------------------------------------------------------------------------- */

static void key_number(FILE *f, const char *key, double value, int digits)
{
    fprintf(f, "\"%s\":", key);
    tool_json_number(f, value, digits);
}

/* Times to the millisecond, however long the recording is. */
static void time_number(FILE *f, double s)
{
    tool_json_number(f, round(s * 1e3) / 1e3, 12);
}

/* {"value":..,"unit":"/min","sd":..,"quality":..}, with coverage unless that is negative, and
 * without the last brace. */
static void json_open(FILE *f, const pleth_vital *v, const char *unit, double coverage)
{
    fputc('{', f);
    key_number(f, "value", round((double)v->value * 100) / 100, 7);
    fprintf(f, ",\"unit\":\"%s\",", unit);
    key_number(f, "sd", (double)v->sd, 3);
    fputc(',', f);
    key_number(f, "quality", (double)v->quality, 3);
    if (coverage >= 0) {
        fputc(',', f);
        key_number(f, "coverage", coverage, 3);
    }
}

static void json_value(FILE *f, const pleth_vital *v, double coverage)
{
    json_open(f, v, "/min", coverage);
    fputc('}', f);
}

static void json_vital(FILE *f, const char *name, const pleth_vital *v, double coverage)
{
    fprintf(f, ",\"%s\":", name);
    if (v->have)
        json_value(f, v, coverage);
    else
        fprintf(f, "null");
}

static void json_oxygen(FILE *f, const pleth_vital *v, double coverage)
{
    fprintf(f, ",\"oxygen_saturation\":");
    if (!v->have) {
        fprintf(f, "null");
        return;
    }
    json_open(f, v, "%", coverage);
    fprintf(f, ",\"validated\":false}");
}

/* Whether the input could carry it. */
static int may_have(const pleth_vital *v)
{
    return v->have || !(v->reasons & PLETH_NOT_MEASURABLE_HERE);
}

/* "name":["reason",...] after what stands before it; nothing without reasons. */
static void json_reasons(FILE *f, const char *name, uint32_t reasons, int *first)
{
    const char *comma = "";

    if (!reasons)
        return;
    fprintf(f, "%s\"%s\":[", *first ? "" : ",", name);
    for (int bit = 0; bit < PLETH_REASON_COUNT; bit++)
        if (reasons & 1u << bit) {
            fprintf(f, "%s\"%s\"", comma, pleth_reason_name(bit));
            comma = ",";
        }
    fputc(']', f);
    *first = 0;
}

static void json_guess(FILE *f, const pleth_vital *heart, const pleth_vital *breathing)
{
    fprintf(f, ",\"guess\":{\"heart_rate\":");
    if (heart->value > 0)
        json_value(f, heart, -1);
    else
        fprintf(f, "null");
    fprintf(f, ",\"breathing_rate\":");
    if (breathing->value > 0)
        json_value(f, breathing, -1);
    else
        fprintf(f, "null");
    fputc('}', f);
}

void report_json_reading(FILE *f, const pleth_reading *r, int guess)
{
    int first = 1;

    fprintf(f, "{\"time_s\":");
    time_number(f, r->time_s);
    fprintf(f, ",\"window_s\":[");
    time_number(f, (double)r->heart_rate.window_start_s);
    fputc(',', f);
    time_number(f, (double)r->heart_rate.window_end_s);
    fputc(']', f);
    json_vital(f, "heart_rate", &r->heart_rate, -1);
    json_vital(f, "breathing_rate", &r->breathing_rate, -1);
    if (may_have(&r->oxygen_saturation))
        json_oxygen(f, &r->oxygen_saturation, -1);
    fprintf(f, ",\"reasons\":{");
    json_reasons(f, "heart_rate", r->heart_rate.reasons, &first);
    json_reasons(f, "breathing_rate", r->breathing_rate.reasons, &first);
    if (may_have(&r->oxygen_saturation))
        json_reasons(f, "oxygen_saturation", r->oxygen_saturation.reasons, &first);
    fputc('}', f);
    if (guess)
        json_guess(f, &r->heart_rate, &r->breathing_rate);
    if (r->face.width > 0 && r->face.height > 0)
        fprintf(f, ",\"face\":[%.1f,%.1f,%.1f,%.1f]", (double)r->face.x, (double)r->face.y,
                (double)r->face.width, (double)r->face.height);
    else
        fprintf(f, ",\"face\":null");
    fputc(',', f);
    key_number(f, "rate_hz", (double)r->rate_hz, 5);
    if (r->motion > 0) {
        fputc(',', f);
        key_number(f, "motion", (double)r->motion, 3);
        fputc(',', f);
        key_number(f, "cadence_per_min", (double)r->cadence, 4);
    }
    fprintf(f, "}\n");
}

void report_json_summary(FILE *f, const struct measure_summary *s, int guess)
{
    const pleth_variability *v = &s->variability;
    int first = 1;

    fprintf(f, "{\"summary\":{\"duration_s\":");
    time_number(f, s->duration_s);
    json_vital(f, "heart_rate", &s->heart_rate, s->heart_coverage);
    json_vital(f, "breathing_rate", &s->breathing_rate, s->breathing_coverage);
    if (s->have_variability) {
        fprintf(f, ",\"hrv\":{");
        key_number(f, "sdnn_ms", (double)v->sdnn_ms, 4);
        fputc(',', f);
        key_number(f, "rmssd_ms", (double)v->rmssd_ms, 4);
        fputc(',', f);
        key_number(f, "pnn50_percent", (double)v->pnn50_percent, 4);
        if (v->have_bands) {
            fputc(',', f);
            key_number(f, "lf_ms2", (double)v->lf_ms2, 4);
            fputc(',', f);
            key_number(f, "hf_ms2", (double)v->hf_ms2, 4);
        }
        fputc(',', f);
        key_number(f, "noise_ms", (double)v->noise_ms, 4);
        fprintf(f, ",\"mean_ms\":");
        tool_json_number(f, (double)v->mean_ms, 5);
        fprintf(f, ",\"intervals\":%d}", (int)v->intervals);
    } else {
        fprintf(f, ",\"hrv\":null");
    }
    json_oxygen(f, &s->oxygen_saturation, s->oxygen_coverage);
    fprintf(f, ",\"reasons\":{");
    json_reasons(f, "heart_rate", s->heart_rate.reasons, &first);
    json_reasons(f, "breathing_rate", s->breathing_rate.reasons, &first);
    json_reasons(f, "hrv", s->variability_reasons, &first);
    json_reasons(f, "oxygen_saturation", s->oxygen_saturation.reasons, &first);
    fputc('}', f);
    if (guess)
        json_guess(f, &s->heart_rate, &s->breathing_rate);
    fprintf(f, "}}\n");
}

/* ---- Text ------------------------------------------------------------------------------- */

void report_value(char *text, size_t size, const pleth_vital *v)
{
    snprintf(text, size, "%.1f %s %.1f /min", (double)v->value, tool_plus_minus(), (double)v->sd);
}

/* Blanks that fill a UTF-8 text up to this many characters. */
static int pad(const char *text, int width)
{
    for (; *text; text++)
        width -= (*text & 0xc0) != 0x80;
    return width > 0 ? width : 0;
}

/* The value, or in its place the reason that says most; "(guess ...)" behind it where asked for. */
static void vital_text(char *text, size_t size, const pleth_vital *v, int guess)
{
    const int bit = tool_reason_first(v->reasons);
    char words[32];
    size_t n;

    if (v->have) {
        report_value(text, size, v);
        return;
    }
    snprintf(words, sizeof words, "%s", bit >= 0 ? pleth_reason_name(bit) : "unknown");
    for (char *c = words; *c; c++)
        if (*c == '_')
            *c = ' ';
    snprintf(text, size, "(%s)", words);
    n = strlen(text);
    if (guess && v->value > 0)
        snprintf(text + n, size - n, " perhaps %.0f", (double)v->value);
}

void report_text_reading(char *text, size_t size, const pleth_reading *r, int guess)
{
    char heart[64], breathing[64];

    vital_text(heart, sizeof heart, &r->heart_rate, guess);
    vital_text(breathing, sizeof breathing, &r->breathing_rate, guess);
    snprintf(text, size, "%7.1f s   pulse %s%*s  breathing %s", r->time_s, heart, pad(heart, 20),
             "", breathing);
}

/* In place of a value: why there is none, and what to try. */
static void unknown_line(FILE *f, const char *name, uint32_t reasons)
{
    const int bit = tool_reason_first(reasons);

    fprintf(f, "  %-12snot known.  %s %s\n", name, bit >= 0 ? tool_reason_sentence(bit) : "",
            bit >= 0 ? tool_reason_try(bit) : "");
}

static void line(FILE *f, const char *name, const pleth_vital *v, double coverage, int guess)
{
    char value[64];

    if (v->have) {
        report_value(value, sizeof value, v);
        fprintf(f, "  %-12s%s%*s  quality %.2f, known %.0f %% of the time\n", name, value,
                pad(value, 16), "", (double)v->quality, 100 * coverage);
        return;
    }
    unknown_line(f, name, v->reasons);
    if (guess && v->value > 0)
        fprintf(f, "  %-12sbest guess %.1f /min, right with a probability of %.2f\n", "",
                (double)v->value, (double)v->quality);
}

/* Nothing where the input can not carry it and nobody asked. */
static void oxygen_line(FILE *f, const struct measure_summary *s, const float curve[3])
{
    const pleth_vital *v = &s->oxygen_saturation;
    const int asked = curve[0] != 0 || curve[1] != 0 || curve[2] != 0;

    if (v->have)
        fprintf(f, "  %-12s%.1f %s %.1f %%      NOT VALIDATED: the curve given, and arithmetic\n",
                "Oxygen", (double)v->value, tool_plus_minus(), (double)v->sd);
    else if (asked)
        unknown_line(f, "Oxygen", v->reasons);
}

void report_text_summary(FILE *f, const char *name, const struct measurement *m,
                         const struct measure_options *o, int guess)
{
    const struct measure_summary *s = &m->summary;
    const pleth_variability *v = &s->variability;

    fprintf(f, "%s: %.1f s", name, s->duration_s);
    if (m->video.width > 0)
        fprintf(f, ", %d x %d", m->video.width, m->video.height);
    if (m->video.rate_hz > 0)
        fprintf(f, " at %.4g Hz", m->video.rate_hz);
    if (m->sensor.channels > 0) {
        if (m->sensor.rate_hz > 0)
            fprintf(f, " at %.4g Hz", m->sensor.rate_hz);
        fprintf(f, ", %s", m->sensor.format);
        fprintf(f, o->config.net ? ", %s\n" : "\n", o->model.info.name);
    } else {
        fprintf(f, ", %s\n", measure_method_name(o));
    }
    line(f, "Pulse", &s->heart_rate, s->heart_coverage, guess);
    line(f, "Breathing", &s->breathing_rate, s->breathing_coverage, guess);
    if (s->have_variability) {
        fprintf(f, "  %-12sSDNN %.0f ms, RMSSD %.0f ms, pNN50 %.0f %% (pulse rate, %d intervals)\n",
                "Variability", (double)v->sdnn_ms, (double)v->rmssd_ms, (double)v->pnn50_percent,
                (int)v->intervals);
        if (v->have_bands)
            fprintf(f, "  %-12sLF %.0f ms^2, HF %.0f ms^2\n", "", (double)v->lf_ms2,
                    (double)v->hf_ms2);
    }
    oxygen_line(f, s, o->config.oxygen_curve);
    if (m->video.width > 0 && m->video.camera_locked == 0)
        fprintf(f, "  The camera's exposure could not be locked: readings may suffer from it.\n");
    fprintf(f, "Not a medical device: not for diagnosis, treatment or alarms.\n");
}
