/* GalaxyPPG: Pnn/GalaxyWatch (PPG.csv in ms, ACC.csv), Pnn/E4 (BVP.csv in us, ACC.csv),
 * Pnn/PolarH10 (HR.csv of a chest belt, in ms of Korean time) and Pnn/Event.csv (in ms). */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dataset_parts.h"
#include "lines.h"

/* The belt's phone writes local time, which is nine hours ahead of UTC. */
#define KST_MS 32400000.0

int plethio_consider_galaxy(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    size_t device_length, length;
    const char *device = plethio_path_part(walk->folder, 1, &device_length);
    const char *person = plethio_path_part(walk->folder, 2, &length);
    const int watch = strcmp(device, "GalaxyWatch") == 0 && strcmp(file, "PPG.csv") == 0;
    const int e4 = strcmp(device, "E4") == 0 && strcmp(file, "BVP.csv") == 0;
    char beside[1024];

    if (!watch && !e4)
        return 0;
    if (plethio_join(beside, walk->folder, "../PolarH10", "", e) ||
        plethio_copy_name(r.name, *walk->below ? walk->below : device, walk->folder, e) ||
        plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, beside, "HR.csv", "", e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    snprintf(r.person, sizeof r.person, "%.*s", (int)length, person);
    if (!*r.person)
        memcpy(r.person, r.name, sizeof r.person);
    plethio_add_attribute(&r, "device", device);
    return plethio_add_recording(walk, &r, e);
}

/* When the recording begins, ms: the first row of its light. */
static int read_start(const char *path, double *start_ms, struct plethio_error *e)
{
    struct plethio_lines l;
    struct plethio_error inner;
    char *cell[2];
    int got;

    *start_ms = (double)NAN;
    if (plethio_lines_open(&l, path, &inner))
        return plethio_fail(e, "%s %s", path, inner.text);
    /* the first line names the columns, of which time is the first */
    for (int row = 0; row < 2; row++) {
        got = plethio_lines_next(&l, &inner);
        if (got == 1 && row == 1 && plethio_row_cut(l.text, ',', cell, 2) > 1)
            *start_ms = plethio_row_number(cell[0], ',');
    }
    plethio_lines_close(&l);
    if (!isfinite(*start_ms))
        return plethio_fail(e, "%s: no first row of timestamp and light", path);
    if (plethio_ends(path, "BVP.csv"))
        *start_ms /= 1000;
    return 0;
}

/* The mean of what the belt said within each window. */
static int read_rates(struct plethio_reference *r, const char *path, double start_ms,
                      struct plethio_error *e)
{
    struct plethio_cells t;
    double *sum = NULL, last_s = 0;
    int *count = NULL, time, rate, status = 0;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    time = plethio_cells_column(&t, "phoneTimestamp");
    rate = plethio_cells_column(&t, "hr");
    if (time < 0 || rate < 0)
        status = plethio_fail(e, "%s: no columns phoneTimestamp and hr", path);
    for (int row = 1; status == 0 && row < t.rows; row++)
        last_s = fmax(last_s, (plethio_cells_number(&t, row, time) - KST_MS - start_ms) / 1000);
    if (status == 0)
        status = !(last_s >= PLETHIO_WINDOW_S) || last_s > 1e7
                     ? plethio_fail(e,
                                    "%s: no rates from 8 s after the recording's start on (it "
                                    "begins at %.0f ms)",
                                    path, start_ms)
                     : plethio_label_windows(r, (long long)((last_s - PLETHIO_WINDOW_S) / 2) + 1, 2,
                                             path, e);
    if (status == 0) {
        sum = calloc((size_t)r->n, sizeof *sum);
        count = calloc((size_t)r->n, sizeof *count);
        if (!sum || !count)
            status = plethio_no_memory(path, e);
    }
    for (int row = 1; status == 0 && row < t.rows; row++) {
        const double at_s = (plethio_cells_number(&t, row, time) - KST_MS - start_ms) / 1000;
        const double value = plethio_cells_number(&t, row, rate);

        if (!(at_s >= 0 && value > 0))
            continue;
        for (int i = (int)fmax(0, ceil((at_s - PLETHIO_WINDOW_S) / 2)); i < r->n && 2 * i <= at_s;
             i++) {
            sum[i] += value;
            count[i]++;
        }
    }
    for (int i = 0; status == 0 && i < r->n; i++)
        if (count[i] > 0)
            r->heart_rate[i] = sum[i] / count[i];
    free(sum);
    free(count);
    plethio_cells_free(&t);
    return status;
}

/* The sessions between ENTER and EXIT, where there is an Event.csv. */
static int read_sessions(struct plethio_reference *r, const char *path, double start_ms,
                         struct plethio_error *e)
{
    struct plethio_cells t;
    int time, session, what, status;

    if (!plethio_is_file(path))
        return 0;
    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    time = plethio_cells_column(&t, "timestamp");
    session = plethio_cells_column(&t, "session");
    what = plethio_cells_column(&t, "status");
    status = time < 0 || session < 0 || what < 0
                 ? plethio_fail(e, "%s: no columns timestamp, session and status", path)
                 : plethio_no_texts(&r->activity, r->n, path, e);
    for (int row = 1; status == 0 && row < t.rows; row++) {
        const char *name = plethio_cells_text(&t, row, session);
        const double from_ms = plethio_cells_number(&t, row, time);
        double to_ms = (double)NAN;

        if (strcasecmp(plethio_cells_text(&t, row, what), "ENTER") != 0)
            continue;
        for (int k = 1; k < t.rows; k++) {
            const double ms = plethio_cells_number(&t, k, time);

            if (strcasecmp(plethio_cells_text(&t, k, what), "EXIT") == 0 && ms >= from_ms &&
                strcmp(plethio_cells_text(&t, k, session), name) == 0 && !(ms >= to_ms))
                to_ms = ms;
        }
        for (int i = 0; i < r->n; i++) {
            const double ms = start_ms + 1000 * r->time_s[i];

            if (ms >= from_ms && ms <= to_ms)
                r->activity[i] = name;
        }
    }
    if (r->activity) {
        r->text = t.text;
        t.text = NULL;
    }
    plethio_cells_free(&t);
    return status;
}

int plethio_read_galaxy(struct plethio_reference *r, const struct plethio_recording *recording,
                        struct plethio_error *e)
{
    const char *path = recording->reference;
    double start_ms;
    char events[1024];

    return read_start(recording->input, &start_ms, e) || read_rates(r, path, start_ms, e) ||
                   plethio_beside(events, path, (int)strlen("PolarH10/HR.csv"), "Event.csv", e) ||
                   read_sessions(r, events, start_ms, e)
               ? -1
               : 0;
}
