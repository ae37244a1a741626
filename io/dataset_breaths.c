/* Breaths that annotators marked, beside a recording in the neutral format. */
#include <math.h>
#include <stdlib.h>

#include "dataset_parts.h"

/* of the windows that breathing is compared in: length, and step from one to the next */
#define WINDOW_S 32
#define STEP_S 16
/* the longest recording of which they are looked at */
#define LONGEST_S 1e7

/* what a window without enough breaths has for a rate; the macro alone is a float */
static const double unknown = (double)NAN;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Adds to each of `windows` rates the share of one annotator: of the intervals between the breaths
 * within it, NAN where there are fewer than three breaths. Annotators put in later what they
 * missed, and mark a breath twice: the times are sorted, equal ones count once. */
static int add_annotator(const struct plethio_cells *t, int column, double *rate, int windows,
                         struct plethio_error *e)
{
    double *time = NULL;
    int n = 0, kept = 0, from = 0, to = 0;

    if (plethio_read_column(t, 1, column, &time, e)) {
        free(time);
        return -1;
    }
    for (int row = 1; row < t->rows; row++)
        if (!isnan(time[row - 1]))
            time[n++] = time[row - 1];
    qsort(time, (size_t)n, sizeof *time, by_size);
    for (int i = 0; i < n; i++)
        if (kept == 0 || time[i] > time[kept - 1])
            time[kept++] = time[i];
    for (int k = 0; k < windows; k++) {
        while (from < kept && time[from] < k * STEP_S)
            from++;
        while (to < kept && time[to] < k * STEP_S + WINDOW_S)
            to++;
        rate[k] += to - from < 3 ? unknown
                                 : 60 * (to - from - 1) / (time[to - 1] - time[from]) / t->columns;
    }
    free(time);
    return 0;
}

int plethio_read_breaths(struct plethio_reference *r, const struct plethio_recording *recording,
                         struct plethio_error *e)
{
    struct plethio_windows *w = &r->breaths;
    char path[sizeof recording->reference + sizeof "breaths.csv"];
    struct plethio_cells t;
    double last_s = 0;
    int windows, status = 0;

    if (!plethio_beside_reference(path, sizeof path, recording, "breaths.csv"))
        return 0;
    for (int i = 0; i < r->n; i++)
        if (isfinite(r->time_s[i]))
            last_s = fmax(last_s, r->time_s[i]);
    last_s = fmin(last_s, LONGEST_S) - WINDOW_S;
    windows = last_s > 0 ? (int)ceil(last_s / STEP_S) : 0;
    if (windows == 0)
        return 0;
    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    w->length_s = WINDOW_S;
    w->end_s = malloc(((size_t)windows + 1) * sizeof *w->end_s);
    w->rate = calloc((size_t)windows + 1, sizeof *w->rate);
    if (!w->end_s || !w->rate)
        status = plethio_no_memory(path, e);
    for (int c = 0; c < t.columns && status == 0; c++)
        status = add_annotator(&t, c, w->rate, windows, e);
    for (int k = 0; k < windows && status == 0; k++)
        if (!isnan(w->rate[k])) {
            w->end_s[w->n] = k * STEP_S + WINDOW_S;
            w->rate[w->n++] = w->rate[k];
        }
    if (status == 0 && w->n == 0)
        status =
            plethio_fail(e, "%s: no %d s with three breaths of every annotator", path, WINDOW_S);
    plethio_cells_free(&t);
    return status;
}
