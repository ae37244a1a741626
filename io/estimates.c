#include "estimates.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "path.h"
#include "table.h"

/* what a file does not say; the macro alone is a float */
static const double unknown = (double)NAN;

static int out_of_memory(const char *path, struct plethio_error *e)
{
    return plethio_fail(e, "%s: out of memory; evaluate fewer recordings at a time", path);
}

/* A number in a column that may be missing. */
static int table_optional(const struct plethio_cells *t, int row, int column, double missing,
                          double *value, struct plethio_error *e)
{
    *value = missing;
    return column < 0 ? 0 : plethio_cells_value(t, row, column, value, e);
}

/* ---- Pairs of waves --------------------------------------------------------------------- */

void plethio_waves_free(struct plethio_waves *waves)
{
    for (int i = 0; i < waves->count; i++) {
        free(waves->pair[i].estimate);
        free(waves->pair[i].label);
    }
    free(waves->pair);
    memset(waves, 0, sizeof *waves);
}

/* n little-endian floats at a byte offset of a file in memory */
static float *float_slice(const char *bytes, size_t size, double offset, int n)
{
    float *out;

    if (!(offset >= 0) || offset > (double)size || (double)n * 4 > (double)size - offset)
        return NULL;
    out = malloc((size_t)n * sizeof *out);
    for (int i = 0; out && i < n; i++) {
        const unsigned char *p = (const unsigned char *)bytes + (size_t)offset + 4 * (size_t)i;
        uint32_t bits =
            (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        memcpy(&out[i], &bits, 4);
        if (!isfinite(out[i])) {
            free(out);
            return NULL;
        }
    }
    return out;
}

static int read_indexed(struct plethio_waves *w, const struct plethio_cells *t, const char *bytes,
                        size_t size, const char *bin, struct plethio_error *e)
{
    static const char *const names[] = {"n_samples", "fs_hz", "offset_pred_bytes",
                                        "offset_label_bytes"};
    int column[4], recording = plethio_cells_column(t, "recording"),
                   person = plethio_cells_column(t, "person");

    for (int i = 0; i < 4; i++) {
        column[i] = plethio_cells_column(t, names[i]);
        if (column[i] < 0)
            return plethio_fail(e, "%s: no column %s", t->path, names[i]);
    }
    if (recording < 0)
        return plethio_fail(e, "%s: no column recording", t->path);
    w->pair = calloc((size_t)t->rows, sizeof *w->pair);
    if (!w->pair)
        return out_of_memory(t->path, e);
    for (int row = 1; row < t->rows; row++) {
        struct plethio_wave_pair *p = &w->pair[w->count++];
        double value[4];
        for (int i = 0; i < 4; i++)
            if (plethio_cells_value(t, row, column[i], &value[i], e))
                return -1;
        if (!(value[0] >= 1 && value[0] <= 1e8) || !(value[1] > 0))
            return plethio_fail(e, "%s:%d: number of samples or rate out of range", t->path,
                                t->line[row]);
        p->n = (int)value[0];
        p->rate_hz = value[1];
        p->estimate = float_slice(bytes, size, value[2], p->n);
        p->label = float_slice(bytes, size, value[3], p->n);
        if (!p->estimate || !p->label)
            return plethio_fail(e, "%s: does not hold %d finite samples for line %d of %s", bin,
                                p->n, t->line[row], t->path);
        if (plethio_copy_name(p->name, plethio_cells_text(t, row, recording), t->path, e) ||
            plethio_copy_name(
                p->person, plethio_cells_text(t, row, person < 0 ? recording : person), t->path, e))
            return -1;
    }
    return 0;
}

/* Rows of one recording follow each other. */
static int read_wave_rows(struct plethio_waves *w, const struct plethio_cells *t, double rate_hz,
                          struct plethio_error *e)
{
    int prediction = plethio_cells_column(t, "prediction"),
        label = plethio_cells_column(t, "label");
    int recording = plethio_cells_column(t, "recording"),
        person = plethio_cells_column(t, "person");
    int time = plethio_cells_column(t, "time_s"), capacity = 0;

    if (prediction < 0 || label < 0)
        return plethio_fail(e, "%s: no columns prediction and label", t->path);
    if (time < 0 && !(rate_hz > 0))
        return plethio_fail(e, "%s: no column time_s; say --rate-hz", t->path);
    for (int row = 1, end; row < t->rows; row = end) {
        const char *name = recording < 0 ? "recording" : plethio_cells_text(t, row, recording);
        struct plethio_wave_pair *p = plethio_grow(w->pair, w->count, 1, &capacity, sizeof *p);
        if (!p)
            return out_of_memory(t->path, e);
        w->pair = p;
        p = &w->pair[w->count++];
        memset(p, 0, sizeof *p);
        for (end = row + 1; end < t->rows && recording >= 0; end++)
            if (strcmp(plethio_cells_text(t, end, recording), name) != 0)
                break;
        if (recording < 0)
            end = t->rows;
        p->n = end - row;
        p->estimate = malloc((size_t)p->n * sizeof *p->estimate);
        p->label = malloc((size_t)p->n * sizeof *p->label);
        if (!p->estimate || !p->label)
            return out_of_memory(t->path, e);
        for (int i = 0; i < p->n; i++) {
            double a, b;
            if (plethio_cells_value(t, row + i, prediction, &a, e) ||
                plethio_cells_value(t, row + i, label, &b, e))
                return -1;
            p->estimate[i] = (float)a;
            p->label[i] = (float)b;
            if (!isfinite(p->estimate[i]) || !isfinite(p->label[i]))
                return plethio_fail(e, "%s:%d: prediction or label is missing", t->path,
                                    t->line[row + i]);
        }
        p->rate_hz = rate_hz;
        if (time >= 0) {
            double first, last;
            if (plethio_cells_value(t, row, time, &first, e) ||
                plethio_cells_value(t, end - 1, time, &last, e))
                return -1;
            p->rate_hz = (p->n - 1) / (last - first);
            if (!(p->rate_hz > 0) || !isfinite(p->rate_hz))
                return plethio_fail(e, "%s:%d: time_s does not increase", t->path, t->line[row]);
        }
        if (plethio_copy_name(p->name, name, t->path, e) ||
            plethio_copy_name(p->person, person < 0 ? name : plethio_cells_text(t, row, person),
                              t->path, e))
            return -1;
    }
    return 0;
}

int plethio_waves_read(struct plethio_waves *waves, const char *path, double rate_hz,
                       struct plethio_error *e)
{
    char index[1024], bin[1024], *bytes = NULL;
    struct plethio_cells t;
    size_t size = 0;
    int folder = plethio_is_folder(path), status;

    memset(waves, 0, sizeof *waves);
    if (folder && (plethio_join(index, path, "index.csv", "", e) ||
                   plethio_join(bin, path, "waves.bin", "", e)))
        return -1;
    if (plethio_cells_read(&t, folder ? index : path, 0, e))
        return -1;
    if (folder) {
        waves->differences = 1;
        bytes = plethio_read_whole(bin, &size, e);
        status = bytes ? read_indexed(waves, &t, bytes, size, bin, e) : -1;
        free(bytes);
    } else {
        status = read_wave_rows(waves, &t, rate_hz, e);
    }
    if (status == 0 && waves->count == 0)
        status = plethio_fail(e, "%s: no recordings", path);
    plethio_cells_free(&t);
    if (status)
        plethio_waves_free(waves);
    return status;
}

/* ---- Rates ------------------------------------------------------------------------------ */

void plethio_rates_free(struct plethio_rates *rates)
{
    free(rates->rate);
    free(rates->label);
    free(rates->text);
    memset(rates, 0, sizeof *rates);
}

/* Fills r->label, whose texts stay where the table has them. */
static int read_labels(struct plethio_rates *r, const struct plethio_cells *t,
                       const char *const *column, int columns, struct plethio_error *e)
{
    r->label = malloc(((size_t)t->rows * (size_t)columns + 1) * sizeof *r->label);
    if (!r->label)
        return out_of_memory(t->path, e);
    for (int k = 0; k < columns; k++) {
        int at = plethio_cells_column(t, column[k]);
        if (at < 0)
            return plethio_fail(e, "%s: no column %s", t->path, column[k]);
        for (int row = 1; row < t->rows; row++)
            r->label[(row - 1) * columns + k] = plethio_cells_text(t, row, at);
    }
    return 0;
}

static int read_rates(struct plethio_rates *r, const struct plethio_cells *t,
                      struct plethio_error *e)
{
    int reference = plethio_cells_column(t, "reference"),
        estimate = plethio_cells_column(t, "estimate");
    int recording = plethio_cells_column(t, "recording"),
        person = plethio_cells_column(t, "person");
    int time = plethio_cells_column(t, "time_s"), answered = plethio_cells_column(t, "answered");
    int quality = plethio_cells_column(t, "quality"), sd = plethio_cells_column(t, "sd");
    int cadence = plethio_cells_column(t, "cadence");

    if (reference < 0 || estimate < 0)
        return plethio_fail(e, "%s: no columns reference and estimate", t->path);
    r->rate = calloc((size_t)t->rows, sizeof *r->rate);
    if (!r->rate)
        return out_of_memory(t->path, e);
    for (int row = 1; row < t->rows; row++) {
        struct plethio_rate *x = &r->rate[r->count++];
        const char *name = recording < 0 ? "recording" : plethio_cells_text(t, row, recording);
        double stood;
        if (plethio_cells_value(t, row, reference, &x->reference, e) ||
            plethio_cells_value(t, row, estimate, &x->estimate, e) ||
            table_optional(t, row, time, unknown, &x->time_s, e) ||
            table_optional(t, row, quality, unknown, &x->quality, e) ||
            table_optional(t, row, sd, unknown, &x->sd, e) ||
            table_optional(t, row, cadence, unknown, &x->cadence, e) ||
            table_optional(t, row, answered, 1, &stood, e))
            return -1;
        if (!(x->reference > 0))
            return plethio_fail(e, "%s:%d: the reference must be a rate above 0", t->path,
                                t->line[row]);
        x->answered = stood != 0 && isfinite(x->estimate);
        if (plethio_copy_name(x->name, name, t->path, e) ||
            plethio_copy_name(x->person, person < 0 ? name : plethio_cells_text(t, row, person),
                              t->path, e))
            return -1;
    }
    return r->count ? 0 : plethio_fail(e, "%s: no rows below the header", t->path);
}

int plethio_rates_read(struct plethio_rates *rates, const char *path, const char *const *column,
                       int columns, struct plethio_error *e)
{
    struct plethio_cells t;
    int status;

    memset(rates, 0, sizeof *rates);
    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    status = read_rates(rates, &t, e);
    if (status == 0)
        status = read_labels(rates, &t, column, columns, e);
    rates->text = t.text;
    t.text = NULL;
    plethio_cells_free(&t);
    if (status)
        plethio_rates_free(rates);
    return status;
}
