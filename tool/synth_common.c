#include "synth_common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

int synth_profile(const char *text, double duration_s, struct plethio_profile *profile)
{
    const char *dots = strstr(text, "..");
    double two[2];
    char *end;
    memset(profile, 0, sizeof *profile);
    if (parse_number(text, &profile->per_min[0]) == 0) {
        profile->points = 1;
        return 0;
    }
    if (dots) {
        profile->points = 2;
        profile->time_s[1] = duration_s;
        profile->per_min[0] = strtod(text, &end);
        /* strtod takes the first dot of 60..90 for a decimal point */
        if (end != dots && end != dots + 1)
            return -1;
        return parse_number(dots + 2, &profile->per_min[1]);
    }
    if (parse_numbers(text, '/', 2, two) == 0) {
        profile->points = 3;
        profile->per_min[0] = profile->per_min[1] = two[0];
        profile->per_min[2] = two[1];
        profile->time_s[1] = profile->time_s[2] = duration_s / 2;
        return 0;
    }
    while (profile->points < PLETHIO_SYNTH_POINTS) {
        int i = profile->points++;
        profile->time_s[i] = strtod(text, &end);
        if (end == text || *end != ':')
            return -1;
        text = end + 1;
        profile->per_min[i] = strtod(text, &end);
        if (end == text || !isfinite(profile->time_s[i]) || !isfinite(profile->per_min[i]))
            return -1;
        if (!*end)
            return 0;
        if (*end != ',')
            return -1;
        text = end + 1;
    }
    return -1;
}

int synth_is_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n > m && strcmp(path + n - m, suffix) == 0;
}

int synth_beside(const char *out, const char *suffix, char *path, size_t size,
                 struct plethio_error *e)
{
    const char *slash = strrchr(out, '/'), *dot = strrchr(out, '.');
    int stem = dot && (!slash || dot > slash) ? (int)(dot - out) : (int)strlen(out);
    if (snprintf(path, size, "%.*s%s", stem, out, suffix) >= (int)size)
        return plethio_fail(e, "%s: the name is too long", out);
    return 0;
}

void synth_beats_variability(const double *beat_s, int n, struct synth_variability *v)
{
    double mean = n > 1 ? (beat_s[n - 1] - beat_s[0]) / (n - 1) : 0, sum = 0, steps = 0;
    int i;
    v->sdnn_ms = v->rmssd_ms = (double)NAN;
    if (n < 4)
        return;
    for (i = 1; i < n; i++) {
        double interval = beat_s[i] - beat_s[i - 1];
        sum += (interval - mean) * (interval - mean);
        if (i > 1) {
            double step = interval - (beat_s[i - 1] - beat_s[i - 2]);
            steps += step * step;
        }
    }
    v->sdnn_ms = 1000 * sqrt(sum / (n - 2));
    v->rmssd_ms = 1000 * sqrt(steps / (n - 2));
}

void synth_print_key(FILE *f, const char *option)
{
    for (; *option; option++)
        fputc(*option == '-' ? '_' : *option, f);
}
