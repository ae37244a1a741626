/* Beats of the heart beside a recording in the neutral format: as intervals of a chest strap, as
 * times, or in a channel of the recording itself. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "biosignal.h"
#include "dataset_parts.h"
#include "ecg.h"
#include "memory.h"

/* Longer than any interval between two beats: where one is not known. */
#define GAP_S 10

int plethio_read_intervals(struct plethio_reference *r, const struct plethio_cells *t, int column,
                           struct plethio_error *e)
{
    double *interval, at = 0;
    const int n = t->rows - 1;

    if (plethio_read_column(t, 1, column, &interval, e))
        return -1;
    r->time_s = malloc((size_t)n * sizeof *r->time_s);
    r->beat_s = malloc(((size_t)n + 1) * sizeof *r->beat_s);
    if (!r->time_s || !r->beat_s) {
        free(interval);
        return plethio_no_memory(t->path, e);
    }
    r->beat_s[0] = 0;
    for (int i = 0; i < n; i++) {
        at += interval[i] > 0 ? interval[i] / 1000 : GAP_S;
        r->beat_s[i + 1] = r->time_s[i] = at;
    }
    r->n = n;
    r->beats = n + 1;
    free(interval);
    return 0;
}

static int read_times(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    struct plethio_cells t;
    int column, status;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    column = plethio_cells_column(&t, "t_beat_s|time_s");
    if (column < 0 || t.rows < 2)
        status = plethio_fail(e, "%s: no column of times, t_beat_s or time_s", path);
    else
        status = plethio_read_column(&t, 1, column, &r->beat_s, e);
    for (int i = 0; status == 0 && i < t.rows - 1; i++)
        if (isfinite(r->beat_s[i]) && (r->beats == 0 || r->beat_s[i] > r->beat_s[r->beats - 1]))
            r->beat_s[r->beats++] = r->beat_s[i];
    plethio_cells_free(&t);
    return status;
}

static int read_channel(struct plethio_reference *r, struct plethio_biosignal *b, int channel,
                        double rate_hz, struct plethio_error *e)
{
    float value[PLETHIO_CHANNELS], *ecg = NULL, *more;
    int n = 0, capacity = 0, status;
    int64_t time_ns;

    while ((status = plethio_biosignal_next(b, &time_ns, value, e)) == 1) {
        more = plethio_grow(ecg, n, 1, &capacity, sizeof *ecg);
        if (!more) {
            free(ecg);
            return plethio_fail(e, "out of memory for its ECG");
        }
        ecg = more;
        ecg[n++] = value[channel];
    }
    if (status == 0)
        r->beats = plethio_r_peaks(ecg, n, rate_hz, &r->beat_s);
    free(ecg);
    if (status == 0 && r->beats < 0) {
        r->beats = 0;
        return plethio_fail(e, "out of memory for its ECG");
    }
    return status;
}

static int read_ecg(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    struct plethio_biosignal_info info;
    struct plethio_biosignal *b;
    struct plethio_error why;
    int status = 0;

    /* what is wrong with it, measuring tells */
    if (plethio_biosignal_open(&b, path, 0, &why))
        return 0;
    plethio_biosignal_info(b, &info);
    for (int i = 0; i < info.channels; i++)
        if (info.channel[i].kind == PLETHIO_ECG && info.rate_hz > 0) {
            if (read_channel(r, b, i, info.rate_hz, &why))
                status = plethio_fail(e, "%s: %s", path, why.text);
            break;
        }
    plethio_biosignal_close(&b);
    return status;
}

int plethio_read_beats(struct plethio_reference *r, const struct plethio_recording *recording,
                       struct plethio_error *e)
{
    char path[sizeof recording->reference + sizeof "beats.csv"];
    const char *reference = recording->reference, *suffix = strrchr(reference, '_');

    if (suffix && strcmp(suffix, "_ref.csv") == 0) {
        snprintf(path, sizeof path, "%.*s_beats.csv", (int)(suffix - reference), reference);
        if (plethio_is_file(path))
            return read_times(r, path, e);
    }
    return read_ecg(r, recording->input, e);
}
