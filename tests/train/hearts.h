/* Recordings of hearts whose rate is known, as data sets in the neutral layout. */
#ifndef PLETH_TESTS_HEARTS_H
#define PLETH_TESTS_HEARTS_H

#include "recording.h"

#include <stdint.h>

#include "random.h"

static const double heart_tau = 6.283185307179586;

struct heart {
    const char *name, *person;
    double rate_hz, seconds;
    /* per minute, from the first to the last second, evenly */
    double from, to;
    /* labels: seconds that they come late; and of each window in turn instead of the true ones,
       NULL: none */
    double late_s;
    const char *const *label;
    double hole_from_s, hole_to_s; /* without samples: both values are not known (NaN) */
    double noise;
    int upside_down;
    int unlit; /* the second channel has no value at all */
};

static inline double heart_rate(const struct heart *h, double t)
{
    return h->from + (h->to - h->from) * t / h->seconds;
}

/* A pulse with an overtone, on light that drifts: beats are the integral of the rate. */
static inline double heart_light(const struct heart *h, double t, uint64_t i)
{
    const double beats = (h->from * t + 0.5 * (h->to - h->from) * t * t / h->seconds) / 60;
    const double phase = heart_tau * (beats + 0.37);
    const double wave = sin(phase) + 0.3 * sin(2 * phase + 1);

    return 1000 + 3 * t + 20 * sin(heart_tau * 0.05 * t) + (h->upside_down ? -2 : 2) * wave +
           h->noise * (plethtrain_uniform(77, i) - 0.5);
}

static inline float heart_second(const struct heart *h, double t, uint64_t i)
{
    if (h->unlit)
        return NAN;
    return (float)(500 + 0.25 * heart_light(h, t, i + 1000000));
}

/* FOLDER/NAME.json, .bin (a green channel, and a second one of another gain and its own noise) and
 * _ref.csv. */
static inline void heart_write(const char *folder, const struct heart *h)
{
    const int n = (int)(h->seconds * h->rate_hz), windows = (int)((h->seconds - 8) / 2) + 1;
    char path[640];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s.json", folder, h->name);
    f = fopen(path, "w");
    fprintf(f,
            "{\"recording\": \"%s\", \"subject\": \"%s\", \"fs_hz\": %g, \"dtype\": \"f32le\", "
            "\"n_samples\": %d, \"n_channels\": 2, \"channels\": [\"ppg1_green\", "
            "\"ppg2_green\"], \"scale\": [1.0, 1.0], \"offset\": [0.0, 0.0], \"ref_columns\": "
            "[\"t_start_s\", \"bpm_ref\"], \"n_ref\": %d}\n",
            h->name, h->person, h->rate_hz, n, windows);
    fclose(f);
    snprintf(path, sizeof path, "%s/%s.bin", folder, h->name);
    f = fopen(path, "wb");
    for (int i = 0; i < n; i++) {
        const double t = i / h->rate_hz;
        float light[2] = {(float)heart_light(h, t, (uint64_t)i), heart_second(h, t, (uint64_t)i)};
        if (t >= h->hole_from_s && t < h->hole_to_s)
            light[0] = light[1] = NAN;
        fwrite(light, sizeof light, 1, f);
    }
    fclose(f);
    snprintf(path, sizeof path, "%s/%s_ref.csv", folder, h->name);
    f = fopen(path, "w");
    fprintf(f, "t_start_s,bpm_ref\n");
    for (int i = 0; i < windows; i++) {
        /* the mean rate of a window that began so much earlier */
        const double rate = heart_rate(h, 2.0 * i + 4 - h->late_s);
        if (h->label)
            fprintf(f, "%d,%s\n", 2 * i, h->label[i]);
        else
            fprintf(f, "%d,%.6f\n", 2 * i, rate);
    }
    fclose(f);
}

/* A folder for a data set in the test's own. */
static inline const char *heart_folder(const char *name)
{
    const char *path = recording_path(name);

    CHECK(mkdir(path, 0777) == 0);
    return path;
}

/* `people` people p0, p1, ..., 60 s each, of rates 50..170 per minute that differ. */
static inline void heart_crowd(const char *folder, int people, double noise)
{
    for (int i = 0; i < people; i++) {
        char name[20], person[20];
        const double rate = 50 + 120.0 * ((7 * i) % people) / people;
        const struct heart h = {.name = name,
                                .person = person,
                                .rate_hz = 50,
                                .seconds = 60,
                                .from = rate,
                                .to = rate + 8,
                                .noise = noise,
                                .upside_down = i % 2};
        snprintf(name, sizeof name, "r%02d", i);
        snprintf(person, sizeof person, "p%02d", i);
        heart_write(folder, &h);
    }
}

#endif
