/* Recordings of sensors in the neutral format: NAME.json, NAME.bin and NAME_ref.csv, of which the
 * first row names the columns. The person is what NAME.json says under "subject". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_parts.h"
#include "json.h"

/* The text under a key of a recording's .json; "" without one. */
static void json_text(const char *path, const char *key, char *out, size_t size)
{
    enum { MOST = 1 << 16 };
    char *text = malloc(MOST + 1);
    FILE *f = fopen(path, "rb");
    struct pleth_json s, after;
    const char *value;
    int length;

    *out = 0;
    if (text && f) {
        s.at = text;
        s.end = text + fread(text, 1, MOST, f);
        if (plethio_json_member(&s, key, &after) && pleth_json_text(&s, &value, &length) &&
            !pleth_json_unescape(value, length, out, size))
            *out = 0;
    }
    if (f)
        fclose(f);
    free(text);
}

int plethio_consider_neutral(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    char stem[256];

    if (!plethio_ends(file, ".json"))
        return 0;
    if (plethio_stem(stem, file, e) || plethio_name_below(r.name, walk, stem, e) ||
        plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, walk->folder, stem, "_ref.csv", e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    json_text(r.input, "subject", r.person, sizeof r.person);
    if (!*r.person)
        memcpy(r.person, r.name, sizeof r.person);
    return plethio_add_recording(walk, &r, e);
}

int plethio_read_neutral(struct plethio_reference *r, const struct plethio_recording *recording,
                         struct plethio_error *e)
{
    const char *path = recording->reference;
    struct plethio_cells t;
    int start, time, heart, intervals, status = 0;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    intervals = plethio_cells_column(&t, "rr_ms");
    if (intervals >= 0 && t.rows >= 2) {
        status = plethio_read_intervals(r, &t, intervals, e);
        plethio_cells_free(&t);
        return status;
    }
    start = plethio_cells_column(&t, "t_start_s");
    time = plethio_cells_column(&t, "t_start_s|t_s");
    heart = plethio_cells_column(&t, start >= 0 ? "bpm_ref" : "hr_ecg_bpm|pulse_bpm|pulse_median");
    if (time < 0 || heart < 0 || t.rows < 2)
        status =
            plethio_fail(e,
                         "%s: no rows of t_start_s,bpm_ref, of rr_ms, or of t_s and hr_ecg_bpm, "
                         "pulse_bpm or pulse_median",
                         path);
    r->n = t.rows - 1;
    if (status || plethio_read_column(&t, 1, time, &r->time_s, e) ||
        plethio_read_column(&t, 1, heart, &r->heart_rate, e) ||
        plethio_read_column(&t, 1, plethio_cells_column(&t, "resp_rate_bpm"), &r->breathing_rate,
                            e))
        status = -1;
    for (int i = 0; status == 0 && start >= 0 && i < r->n; i++)
        r->time_s[i] += PLETHIO_WINDOW_S;
    if (start >= 0)
        r->window_s = PLETHIO_WINDOW_S;
    plethio_cells_free(&t);
    return status ? status : plethio_read_beats(r, recording, e);
}
