/* PPG-DaLiA and WESAD: Sn.pkl of a wristband and much else (dalia.h). */
#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dalia.h"
#include "dataset_parts.h"

/* Sn.pkl: its name, person and input. 1, 0 for any other file, -1 and e. */
static int take(struct plethio_recording *r, const struct plethio_walk *walk, const char *file,
                struct plethio_error *e)
{
    char stem[256];
    int digits = 0;

    while (*file == 'S' && isdigit((unsigned char)file[1 + digits]))
        digits++;
    if (digits == 0 || strcmp(file + 1 + digits, ".pkl") != 0)
        return 0;
    return plethio_stem(stem, file, e) || plethio_name_below(r->name, walk, stem, e) ||
                   plethio_copy_name(r->person, stem, file, e) ||
                   plethio_join(r->input, walk->folder, file, "", e)
               ? -1
               : 1;
}

/* What is done, or asked of a person, at the end of each window: a word by its number. */
static int add_activity(struct plethio_reference *r, const struct plethio_numbers *a,
                        double rate_hz, const char *const *word, int words, const char *path,
                        struct plethio_error *e)
{
    if (a->count == 0)
        return 0;
    if (plethio_no_texts(&r->activity, r->n, path, e))
        return -1;
    for (int i = 0; i < r->n; i++) {
        const double at = r->time_s[i] * rate_hz - 1;
        const double number = at < (double)a->count ? plethio_number_at(a, (int64_t)at, 0) : -1;

        if (number >= 0 && number < words)
            r->activity[i] = word[(int)number];
    }
    return 0;
}

/* ---- PPG-DaLiA -------------------------------------------------------------------------- */

int plethio_consider_dalia(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    const int got = take(&r, walk, file, e);

    if (got != 1)
        return got;
    memcpy(r.reference, r.input, sizeof r.reference);
    return plethio_add_recording(walk, &r, e);
}

static int read_rates(struct plethio_reference *r, const struct plethio_dalia *d, const char *path,
                      struct plethio_error *e)
{
    /* as the data set's description numbers them */
    static const char *const activity[] = {"transient",    "sitting", "stairs",
                                           "table soccer", "cycling", "driving",
                                           "lunch",        "walking", "working"};
    const struct plethio_numbers *label = &d->label;
    const double duration_s = (double)d->bvp.count / PLETHIO_DALIA_BVP_HZ;

    if (label->count == 0)
        return plethio_fail(e, "%s: it has no label", path);
    if (2 * (double)label->count > duration_s)
        return plethio_fail(e,
                            "%s: %lld labels in %.0f s are not one for each 8 s, 2 s apart; is it "
                            "WESAD (pleth evaluate wesad)?",
                            path, (long long)label->count, duration_s);
    if (plethio_label_windows(r, label->count, 2, path, e))
        return -1;
    for (int i = 0; i < r->n; i++)
        r->heart_rate[i] = plethio_number_at(label, i, 0);
    plethio_drop_no_rates(r->heart_rate, r->n);
    return add_activity(r, &d->activity, PLETHIO_DALIA_ACTIVITY_HZ, activity, 9, path, e);
}

int plethio_read_dalia(struct plethio_reference *r, const struct plethio_recording *recording,
                       struct plethio_error *e)
{
    const char *path = recording->reference;
    struct plethio_dalia d;
    struct plethio_error inner;
    int status;

    if (plethio_dalia_open(&d, path, &inner))
        return plethio_fail(e, "%s: %s", path, inner.text);
    status = read_rates(r, &d, path, e);
    plethio_dalia_close(&d);
    return status;
}

/* ---- WESAD ------------------------------------------------------------------------------ */

int plethio_consider_wesad(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    const int got = take(&r, walk, file, e);
    char name[300];

    if (got != 1)
        return got;
    snprintf(name, sizeof name, "../GeneratedLabels/HR_%s.csv", r.person);
    if (plethio_join(r.reference, walk->folder, name, "", e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    return plethio_add_recording(walk, &r, e);
}

/* The conditions that the recording itself tells. */
static int add_conditions(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    enum { CONDITION_HZ = 700 };
    static const char *const condition[] = {"", "baseline", "stress", "amusement", "meditation"};
    struct plethio_dalia d;
    struct plethio_error inner;
    int status;

    if (plethio_dalia_open(&d, path, &inner))
        return plethio_fail(e, "%s: %s", path, inner.text);
    status = add_activity(r, &d.label, CONDITION_HZ, condition, 5, path, e);
    plethio_dalia_close(&d);
    return status;
}

int plethio_read_wesad(struct plethio_reference *r, const struct plethio_recording *recording,
                       struct plethio_error *e)
{
    const char *path = recording->reference;
    struct plethio_cells t;
    int status;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    status = plethio_label_windows(r, t.rows, 2, path, e);
    for (int i = 0; status == 0 && i < r->n; i++)
        status = plethio_cells_value(&t, i, 0, &r->heart_rate[i], e);
    if (status == 0)
        plethio_drop_no_rates(r->heart_rate, r->n);
    plethio_cells_free(&t);
    return status ? status : add_conditions(r, recording->input, e);
}
