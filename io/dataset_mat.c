/* Data sets in MATLAB files: the IEEE Signal Processing Cup 2015, BAMI, and WildPPG's processed
 * windows. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arrays.h"
#include "dataset_parts.h"
#include "matrices.h"

/* Labels of windows 2 s apart that the reference has under a name. */
static int read_labels(struct plethio_reference *r, const char *path, const char *name,
                       struct plethio_error *e)
{
    struct plethio_array labels = {.name = name};
    struct plethio_error inner;
    int status = plethio_arrays_read(&labels, 1, path, &inner);

    if (status)
        plethio_fail(e, "%s: %s", path, inner.text);
    else if (labels.count == 0)
        status = plethio_fail(e, "%s: it has no variable %s", path, name);
    else
        status = plethio_label_windows(r, (long long)labels.count, 2, path, e);
    if (status == 0) {
        memcpy(r->heart_rate, labels.value, labels.count * sizeof *labels.value);
        plethio_drop_no_rates(r->heart_rate, r->n);
    }
    plethio_arrays_free(&labels, 1);
    return status;
}

/* ---- IEEE SPC 2015 ---------------------------------------------------------------------- */

/* The rates of DATA_NN_TYPEYY are in DATA_NN_TYPEYY_BPMtrace, of DATA_SNN_TYY in BPM_SNN_TYY, of
 * TEST_SNN_TYY in True_SNN_TYY: beside it, or in the folder TrueBPM beside its own. */
static int find_rates(struct plethio_recording *r, const char *folder, const char *stem,
                      struct plethio_error *e)
{
    const int test = strncmp(stem, "TEST_", 5) == 0, extra = strncmp(stem, "DATA_S", 6) == 0;
    const char *before = test ? "True" : extra ? "BPM" : "DATA";
    char name[300], beside[1024];

    snprintf(name, sizeof name, "%s%s%s.mat", before, stem + 4, test || extra ? "" : "_BPMtrace");
    if (plethio_join(r->reference, folder, name, "", e))
        return -1;
    if (!plethio_is_file(r->reference) && (plethio_join(beside, folder, "../TrueBPM", "", e) ||
                                           plethio_join(r->reference, beside, name, "", e)))
        return -1;
    return 0;
}

/* A person by the number in the name: those of DATA_NN are others than those of DATA_SNN and
 * TEST_SNN, which count alike. */
int plethio_consider_spc(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    char stem[256];
    int number;

    if (!plethio_ends(file, ".mat") || plethio_ends(file, "_BPMtrace.mat") ||
        plethio_stem(stem, file, e))
        return 0;
    if (sscanf(stem, "DATA_%d", &number) == 1)
        snprintf(r.person, sizeof r.person, "train%02d", number);
    else if (sscanf(stem, "DATA_S%d", &number) == 1 || sscanf(stem, "TEST_S%d", &number) == 1)
        snprintf(r.person, sizeof r.person, "testS%02d", number);
    else
        return 0;
    if (plethio_name_below(r.name, walk, stem, e) ||
        plethio_join(r.input, walk->folder, file, "", e) || find_rates(&r, walk->folder, stem, e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    return plethio_add_recording(walk, &r, e);
}

int plethio_read_spc(struct plethio_reference *r, const struct plethio_recording *recording,
                     struct plethio_error *e)
{
    return read_labels(r, recording->reference, "BPM0", e);
}

/* ---- BAMI ------------------------------------------------------------------------------- */

int plethio_consider_bami(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    char stem[256];

    if (!plethio_ends(file, ".mat") || strncasecmp(file, "BAMI", 4) != 0)
        return 0;
    if (plethio_stem(stem, file, e) || plethio_name_below(r.name, walk, stem, e) ||
        plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_copy_name(r.person, stem, file, e))
        return -1;
    memcpy(r.reference, r.input, sizeof r.reference);
    return plethio_add_recording(walk, &r, e);
}

int plethio_read_bami(struct plethio_reference *r, const struct plethio_recording *recording,
                      struct plethio_error *e)
{
    return read_labels(r, recording->reference, "bpm_ecg", e);
}

/* ---- WildPPG ---------------------------------------------------------------------------- */

static const char *const places[] = {"ankle", "chest", "head", "sternum", "wrist"};
enum { PLACES = sizeof places / sizeof *places, FORMS = 3, PEOPLE = 1000 };

/* Of cells, at most PEOPLE. */
static int count_of(const struct plethio_matrix *m)
{
    return m->length == 0 ? 0 : m->value[0] < PEOPLE ? (int)m->value[0] : PEOPLE;
}

/* How many people the file has, and of how many of these windows of each place. */
static int count_people(const char *path, int *people, int at[PLACES], struct plethio_error *e)
{
    static const char *const form[FORMS][2] = {
        {"data_ppg_", "{}"}, {"data_ppg_g_", "{}"}, {"data_ppg_", "_g{}"}};
    struct plethio_matrix_query query[1 + FORMS * PLACES];
    struct plethio_matrix m[1 + FORMS * PLACES];
    char name[FORMS * PLACES][40];
    struct plethio_error inner;

    query[0] = (struct plethio_matrix_query){"data_bpm_values{}", 1, 1, 0};
    for (int i = 0; i < FORMS * PLACES; i++) {
        snprintf(name[i], sizeof name[i], "%s%s%s", form[i % FORMS][0], places[i / FORMS],
                 form[i % FORMS][1]);
        query[1 + i] = (struct plethio_matrix_query){name[i], 1, 1, 1};
    }
    if (plethio_matrices_read(path, query, 1 + FORMS * PLACES, m, &inner))
        return plethio_fail(e, "%s: %s", path, inner.text);
    *people = count_of(&m[0]);
    for (int i = 0; i < PLACES; i++)
        at[i] = 0;
    for (int i = 0; i < FORMS * PLACES; i++)
        if (at[i / FORMS] == 0)
            at[i / FORMS] = count_of(&m[1 + i]);
    plethio_matrices_free(m, 1 + FORMS * PLACES);
    return *people > 0 ? 0
                       : plethio_fail(e, "%s: data_bpm_values is no cell array of people", path);
}

int plethio_consider_wildppg(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    char part[300];
    int people = 0, at[PLACES];

    if (strncasecmp(file, "WildPPG_Part", 12) == 0 && plethio_ends(file, ".mat"))
        walk->dataset->unlabelled += 4;
    if (strcasecmp(file, "WildPPG.mat") != 0)
        return 0;
    if (plethio_join(r.reference, walk->folder, file, "", e) ||
        count_people(r.reference, &people, at, e))
        return -1;
    for (int i = 0; i < people * PLACES; i++) {
        if (i / PLACES >= at[i % PLACES])
            continue;
        snprintf(r.person, sizeof r.person, "%02d", i / PLACES + 1);
        snprintf(part, sizeof part, "WildPPG/%s/%s", r.person, places[i % PLACES]);
        if (plethio_name_below(r.name, walk, part, e))
            return -1;
        snprintf(part, sizeof part, "%s/%s/%s", file, r.person, places[i % PLACES]);
        r.attributes = 0;
        plethio_add_attribute(&r, "place", places[i % PLACES]);
        if (plethio_join(r.input, walk->folder, part, "", e) || plethio_add_recording(walk, &r, e))
            return -1;
    }
    return 0;
}

int plethio_read_wildppg(struct plethio_reference *r, const struct plethio_recording *recording,
                         struct plethio_error *e)
{
    const char *path = recording->reference;
    char name[40];
    const struct plethio_matrix_query query = {name, 1, 1, 0};
    struct plethio_matrix m;
    struct plethio_error inner;
    int status;

    snprintf(name, sizeof name, "data_bpm_values{%d}", atoi(recording->person));
    if (plethio_matrices_read(path, &query, 1, &m, &inner))
        return plethio_fail(e, "%s: %s", path, inner.text);
    status = plethio_label_windows(r, (long long)m.length, PLETHIO_WINDOW_S, path, e);
    for (int i = 0; status == 0 && i < r->n; i++)
        r->heart_rate[i] = (double)m.value[i];
    if (status == 0)
        plethio_drop_no_rates(r->heart_rate, r->n);
    plethio_matrices_free(&m, 1);
    return status;
}
