/* What faults of a sensor do to its pulse readings: every recording of a set again and again, each
 * time with one fault at one share of the samples. Usage: faults LAYOUT FOLDER, a data set that
 * `pleth evaluate` knows; prints a table for docs/ACCURACY.md. A recording's faults are drawn by
 * its number alone. */
#include "biosignal.h"
#include "dataset.h"
#include "measure.h"
#include "score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIGHT 5.0f   /* /min */
#define WINDOW_S 8.0 /* of the true rate; and the longest that a stream looks at */
#define LONGEST_S 16.0

enum fault {
    NONE,
    DROPPED,
    LOST,
    REPEATED,
    HELD,
    REORDERED,
    STRAY,
    CORRUPTED,
    NOT_A_NUMBER,
    SATURATED,
    FLAT,
    OFF_WRIST,
    DEAF,
    FAULTS
};

static const struct {
    const char *name;
    /* mean length of a spell, s; 0: each sample for itself */
    double spell_s;
} kind[FAULTS] = {
    [NONE] = {"none", 0},
    [DROPPED] = {"dropped", 0},
    [LOST] = {"dropped for 3 s", 3},
    [REPEATED] = {"sent twice", 0},
    [HELD] = {"the value of the one before", 0},
    [REORDERED] = {"exchanged with the next", 0},
    [STRAY] = {"stamped up to 10 s early", 0},
    [CORRUPTED] = {"any value up to ten times the range", 0},
    [NOT_A_NUMBER] = {"not a number", 0},
    [SATURATED] = {"clipped at the top", 0},
    [FLAT] = {"constant for 20 s", 20},
    [OFF_WRIST] = {"off the wrist for 60 s", 60},
    [DEAF] = {"acceleration constant for 60 s", 60},
};

static const double share_of[] = {0.01, 0.05, 0.2, 0.5};
enum { SHARES = sizeof share_of / sizeof *share_of };

/* ---- One recording's light, as far as faults need to know it -------------------------------- */

struct light {
    int channels;
    /* the level that each share of the samples exceeds; mean and range */
    float top[PLETH_PPG_CHANNELS][SHARES], mean[PLETH_PPG_CHANNELS], range[PLETH_PPG_CHANNELS];
};

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void die(const char *why)
{
    fprintf(stderr, "faults: %s\n", why);
    exit(1);
}

static void learn(struct light *l, const char *path)
{
    struct plethio_biosignal *b;
    struct plethio_biosignal_info info;
    struct plethio_error e;
    float value[PLETHIO_CHANNELS], *all[PLETH_PPG_CHANNELS] = {0};
    int64_t time_ns;
    int status, n = 0, capacity = 0;

    memset(l, 0, sizeof(*l));
    if (plethio_biosignal_open(&b, path, 0, &e))
        die(e.text);
    plethio_biosignal_info(b, &info);
    while ((status = plethio_biosignal_next(b, &time_ns, value, &e)) == 1) {
        int k = 0;
        if (n == capacity)
            capacity = capacity ? 2 * capacity : 65536;
        for (int c = 0; c < info.channels && k < PLETH_PPG_CHANNELS; c++) {
            if (info.channel[c].kind < PLETHIO_OPTICAL || info.channel[c].kind > PLETHIO_BLUE)
                continue;
            all[k] = realloc(all[k], (size_t)capacity * sizeof(**all));
            if (!all[k])
                die("out of memory");
            all[k++][n] = value[c];
        }
        l->channels = k;
        n++;
    }
    if (status < 0)
        die(e.text);
    for (int k = 0; k < l->channels; k++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += (double)all[k][i] / n;
        qsort(all[k], (size_t)n, sizeof(float), by_value);
        l->mean[k] = (float)sum;
        l->range[k] = all[k][n - 1 - n / 100] - all[k][n / 100];
        for (int i = 0; i < SHARES; i++)
            l->top[k][i] = all[k][(int)((1 - share_of[i]) * (n - 1))];
        free(all[k]);
    }
    plethio_biosignal_close(&b);
}

/* ---- A faulty sensor --------------------------------------------------------------------------
 */

struct run {
    enum fault fault;
    int share;
    const struct light *light;
    const struct plethio_reference *reference;
    uint64_t random;
    /* spells: until when the state holds */
    int in_spell;
    int64_t turn_ns, spell_from_ns;
    pleth_sample before, waiting;
    int have_before, is_waiting;
    double drift;
    int at;
    /* the fault's spell has filled all that a stream looks at */
    int covered;
};

struct tally {
    int n, answered, wrong, covered, covered_answered;
    double error, error_answered;
};

static struct tally tally;

static double uniform(struct run *r)
{
    return (double)(score_random(&r->random) >> 11) * 0x1p-53;
}

/* Whether this sample is hit. */
static int is_hit(struct run *r, int64_t time_ns)
{
    const double share = share_of[r->share], spell_s = kind[r->fault].spell_s;

    if (r->fault == NONE)
        return 0;
    if (spell_s == 0)
        return uniform(r) < share;
    if (time_ns >= r->turn_ns) {
        double mean = r->in_spell || !r->have_before ? spell_s * (1 - share) / share : spell_s;
        r->in_spell = r->have_before && !r->in_spell;
        r->turn_ns = time_ns + (int64_t)(-log(1 - uniform(r)) * mean * 1e9);
        r->spell_from_ns = time_ns;
    }
    return r->in_spell;
}

static int push_faulty(void *cookie, pleth_stream *stream, const pleth_sample *sample)
{
    struct run *r = cookie;
    const struct light *l = r->light;
    pleth_sample s = *sample;
    const int hit = is_hit(r, s.time_ns);
    int status = PLETH_OK;

    r->covered = r->in_spell && (double)(s.time_ns - r->spell_from_ns) * 1e-9 >= LONGEST_S;
    if (r->is_waiting) {
        r->is_waiting = 0;
        pleth_push_sample(stream, &s, 1);
        pleth_push_sample(stream, &r->waiting, 1);
        return PLETH_OK;
    }
    switch (hit ? r->fault : NONE) {
    case DROPPED:
    case LOST:
        return PLETH_OK;
    case REPEATED:
        status = pleth_push_sample(stream, &s, 1);
        pleth_push_sample(stream, &s, 1);
        return status;
    case HELD:
    case FLAT:
        if (r->have_before)
            memcpy(s.ppg, r->before.ppg, sizeof(s.ppg));
        break;
    case REORDERED:
        r->waiting = s;
        r->is_waiting = 1;
        return PLETH_OK;
    case STRAY:
        s.time_ns -= (int64_t)(uniform(r) * 10e9);
        pleth_push_sample(stream, &s, 1);
        return PLETH_OK;
    case CORRUPTED:
        for (int k = 0; k < l->channels; k++)
            s.ppg[k] = l->mean[k] + 10 * l->range[k] * (float)(2 * uniform(r) - 1);
        break;
    case NOT_A_NUMBER:
        for (int k = 0; k < l->channels; k++)
            s.ppg[k] = NAN;
        break;
    case OFF_WRIST:
        /* the room's light, that wanders */
        r->drift += 0.02 * (uniform(r) - 0.5);
        for (int k = 0; k < l->channels; k++)
            s.ppg[k] = l->mean[k] + l->range[k] * (float)(1 + r->drift + 0.02 * (uniform(r) - 0.5));
        break;
    case DEAF:
        if (r->have_before)
            memcpy(s.acceleration, r->before.acceleration, sizeof(s.acceleration));
        break;
    default:
        break;
    }
    for (int k = 0; k < l->channels && r->fault == SATURATED; k++)
        s.ppg[k] = fminf(s.ppg[k], l->top[k][r->share]);
    r->before = s;
    r->have_before = 1;
    return pleth_push_sample(stream, &s, 1);
}

/* ---- Scores -----------------------------------------------------------------------------------
 */

/* The true rate of the window that ends at time_s; 0 where it is not known, or not all pulse. */
static float truth_at(struct run *run, double time_s)
{
    const struct plethio_reference *r = run->reference;
    const double back_s = r->window_s > 0 ? 0.5 : WINDOW_S, ahead_s = r->window_s > 0 ? 0.5 : 0;
    double sum = 0;
    int n = 0;

    while (run->at < r->n && r->time_s[run->at] < time_s - back_s)
        run->at++;
    for (int i = run->at; i < r->n && r->time_s[i] <= time_s + ahead_s; i++, n++) {
        if (!(r->heart_rate[i] > 0))
            return 0;
        sum += r->heart_rate[i];
    }
    return n > 0 ? (float)(sum / n) : 0;
}

static int see_reading(void *cookie, const pleth_reading *reading)
{
    struct run *run = cookie;
    const pleth_vital *v = &reading->heart_rate;
    float error, truth = truth_at(run, reading->time_s);

    if (!(truth > 0))
        return 0;
    error = fabsf(v->value > 0 ? v->value - truth : truth);
    tally.n++;
    tally.error += (double)error;
    tally.covered += run->covered;
    if (v->have) {
        tally.answered++;
        tally.covered_answered += run->covered;
        tally.error_answered += (double)error;
        tally.wrong += error > RIGHT;
    }
    return 0;
}

static void measure(const struct plethio_recording *recording, const struct light *light,
                    const struct plethio_reference *reference, enum fault fault, int share,
                    uint64_t seed)
{
    struct run run = {.fault = fault, .share = share, .light = light, .reference = reference};
    const struct measure_hooks hooks = {
        .cookie = &run, .on_reading = see_reading, .push = push_faulty};
    struct measure_options options;
    struct measurement m;
    struct plethio_error e;

    run.random = seed;
    if (measure_options_init(&options, &e))
        die(e.text);
    options.forget = 1;
    if (measure_run(recording->input, &options, &hooks, &m, &e))
        die(e.text);
    measurement_free(&m);
}

/* A cell of the table; adds what was answered within the fault to the row's. */
static void print_cell(int *covered, int *covered_answered)
{
    if (tally.n == 0)
        die("no reading has a true rate");
    printf(" %.1f / %.0f", tally.error / tally.n, 100.0 * tally.answered / tally.n);
    if (tally.answered)
        printf(" / %.1f / %.1f", tally.error_answered / tally.answered,
               100.0 * tally.wrong / tally.answered);
    printf(" |");
    fflush(stdout);
    *covered += tally.covered;
    *covered_answered += tally.covered_answered;
    memset(&tally, 0, sizeof(tally));
}

int main(int argc, char **argv)
{
    const struct plethio_layout *layout = argc == 3 ? plethio_layout_find(argv[1]) : NULL;
    struct plethio_dataset d;
    struct plethio_error e;

    if (!layout) {
        fprintf(stderr, "usage: faults LAYOUT FOLDER   as `pleth evaluate` takes them\n");
        return 2;
    }
    if (plethio_dataset_open(&d, layout, argv[2], &e))
        die(e.text);
    printf(
        "Error of all /min / answered %% / error of the answered /min / of these more than 5 off "
        "%%, where so many samples have the fault:\n\n| samples |");
    for (int share = 0; share < SHARES; share++)
        printf(" %.0f %% |", 100 * share_of[share]);
    printf(" answered within the fault |\n|---|---|---|---|---|---|\n");
    for (enum fault fault = NONE; fault < FAULTS; fault++) {
        int covered = 0, covered_answered = 0;

        printf("| %s |", kind[fault].name);
        for (int share = 0; share < (fault == NONE ? 1 : SHARES); share++) {
            for (int i = 0; i < d.count; i++) {
                struct plethio_reference reference;
                struct light light;

                learn(&light, d.recording[i].input);
                if (plethio_reference_read(&reference, layout, &d.recording[i], &e))
                    die(e.text);
                measure(&d.recording[i], &light, &reference, fault, share, (uint64_t)i);
                plethio_reference_free(&reference);
            }
            print_cell(&covered, &covered_answered);
        }
        for (int share = 1; share < SHARES && fault == NONE; share++)
            printf(" |");
        if (covered)
            printf(" %d of %d |\n", covered_answered, covered);
        else
            printf(" - |\n");
    }
    plethio_dataset_free(&d);
    return 0;
}
