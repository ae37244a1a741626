/* BIDMC PPG and Respiration: WFDB records bidmcNN, and bidmcNNn of what the monitor said each
 * second; or CSV files of the same, bidmc_NN_Signals.csv and bidmc_NN_Numerics.csv. */
#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "biosignal.h"
#include "dataset_parts.h"
#include "memory.h"

/* The digits of bidmcNN.hea or bidmc_NN_Signals.csv; 0 for any other file. */
static int digits_of(const char *file, const char *before, const char *after)
{
    const size_t n = strlen(before);
    int digits = 0;

    if (strncasecmp(file, before, n) != 0)
        return 0;
    while (isdigit((unsigned char)file[n + (size_t)digits]) && digits < 8)
        digits++;
    return digits > 0 && strcasecmp(file + n + digits, after) == 0 ? digits : 0;
}

/* Whether the CSV file says again what a record beside it or above does. */
static int has_record(const struct plethio_walk *walk, const char *record)
{
    char above[1024], path[1024];

    return (plethio_join(path, walk->folder, record, ".hea", NULL) == 0 && plethio_is_file(path)) ||
           (plethio_join(above, walk->folder, "..", "", NULL) == 0 &&
            plethio_join(path, above, record, ".hea", NULL) == 0 && plethio_is_file(path));
}

int plethio_consider_bidmc(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    int digits = digits_of(file, "bidmc", ".hea");
    const int record = digits > 0;
    char numerics[64], name[300];

    if (record) {
        snprintf(numerics, sizeof numerics, "%.*sn.hea", 5 + digits, file);
        snprintf(r.person, sizeof r.person, "%.*s", digits, file + 5);
    } else {
        digits = digits_of(file, "bidmc_", "_Signals.csv");
        if (digits == 0)
            return 0;
        snprintf(numerics, sizeof numerics, "%.*s_Numerics.csv", 6 + digits, file);
        snprintf(r.person, sizeof r.person, "%.*s", digits, file + 6);
    }
    snprintf(name, sizeof name, "bidmc%s", r.person);
    if (!record && has_record(walk, name))
        return 0;
    if (plethio_name_below(r.name, walk, name, e) ||
        plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, walk->folder, numerics, "", e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    return plethio_add_recording(walk, &r, e);
}

/* The channel of this name, which the headers end with a comma; -1. */
static int channel_of(const struct plethio_biosignal_info *info, const char *name)
{
    const size_t n = strlen(name);

    for (int i = 0; i < info->channels; i++)
        if (strncasecmp(info->channel[i].name, name, n) == 0 &&
            (!info->channel[i].name[n] || strcmp(info->channel[i].name + n, ",") == 0))
            return i;
    return -1;
}

/* Appends a second. */
static int add_row(struct plethio_reference *r, int capacity[3], double time_s, double heart,
                   double breathing)
{
    double **column[3] = {&r->time_s, &r->heart_rate, &r->breathing_rate};
    const double value[3] = {time_s, heart, breathing};

    for (int i = 0; i < 3; i++) {
        double *larger = plethio_grow(*column[i], r->n, 1, &capacity[i], sizeof **column[i]);

        if (!larger)
            return -1;
        *column[i] = larger;
        larger[r->n] = value[i];
    }
    r->n++;
    return 0;
}

static int read_record(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    struct plethio_biosignal *b;
    struct plethio_biosignal_info info;
    float value[PLETHIO_CHANNELS];
    int heart, breathing, got, capacity[3] = {0};
    int64_t time_ns;

    if (plethio_biosignal_open(&b, path, 0, e))
        return -1;
    plethio_biosignal_info(b, &info);
    heart = channel_of(&info, "HR");
    heart = heart < 0 ? channel_of(&info, "PULSE") : heart;
    breathing = channel_of(&info, "RESP");
    got = heart < 0 ? plethio_fail(e, "%s: it has neither HR nor PULSE", path) : 1;
    while (got == 1 && (got = plethio_biosignal_next(b, &time_ns, value, e)) == 1)
        if (add_row(r, capacity, (double)time_ns * 1e-9, (double)value[heart],
                    breathing < 0 ? (double)NAN : (double)value[breathing]))
            got = plethio_no_memory(path, e);
    plethio_biosignal_close(&b);
    return got;
}

static int read_csv(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    struct plethio_cells t;
    int time, heart, status = 0;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    time = plethio_cells_column(&t, "Time [s]");
    heart = plethio_cells_column(&t, "HR|PULSE");
    if (time < 0 || heart < 0 || t.rows < 2)
        status = plethio_fail(e, "%s: no rows of Time [s] with HR or PULSE", path);
    r->n = t.rows - 1;
    if (status || plethio_read_column(&t, 1, time, &r->time_s, e) ||
        plethio_read_column(&t, 1, heart, &r->heart_rate, e) ||
        plethio_read_column(&t, 1, plethio_cells_column(&t, "RESP"), &r->breathing_rate, e))
        status = -1;
    plethio_cells_free(&t);
    return status;
}

int plethio_read_bidmc(struct plethio_reference *r, const struct plethio_recording *recording,
                       struct plethio_error *e)
{
    const char *path = recording->reference;

    if (plethio_ends(path, ".csv") ? read_csv(r, path, e) : read_record(r, path, e))
        return -1;
    if (r->n > 0)
        plethio_drop_no_rates(r->heart_rate, r->n);
    return 0;
}
