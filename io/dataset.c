#define _POSIX_C_SOURCE 200809L

#include "dataset.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "json.h"
#include "memory.h"
#include "table.h"

/* of the windows that a neutral reference labels */
#define NEUTRAL_WINDOW_S 8
/* of the windows that breathing is compared in where breaths are marked: length, and step */
#define BREATHS_WINDOW_S 32
#define BREATHS_STEP_S 16

/* what a file does not say; the macro alone is a float */
static const double unknown = (double)NAN;

/* ---- Tables ------------------------------------------------------------------------------ */

static int out_of_memory(const char *path, struct plethio_error *e)
{
    return plethio_fail(e, "%s: out of memory; evaluate fewer recordings at a time", path);
}

/* A number, or NAN for an empty cell, "nan" and "null". -1 and e for anything else. */
static int table_number(const struct plethio_cells *t, int row, int column, double *value,
                        struct plethio_error *e)
{
    const char *cell = plethio_cells_text(t, row, column);

    *value = plethio_cells_number(t, row, column);
    if (isnan(*value) && *cell && strcasecmp(cell, "nan") != 0 && strcasecmp(cell, "null") != 0)
        return plethio_fail(e, "%s:%d: \"%.40s\" is not a number", t->path, t->line[row], cell);
    return 0;
}

/* The same for a column that may be missing. */
static int table_optional(const struct plethio_cells *t, int row, int column, double missing,
                          double *value, struct plethio_error *e)
{
    *value = missing;
    return column < 0 ? 0 : table_number(t, row, column, value, e);
}

static int copy_text(char *out, size_t size, const char *text, const char *path,
                     struct plethio_error *e)
{
    if (strlen(text) >= size)
        return plethio_fail(e, "%s: the name \"%.40s...\" is longer than %d characters", path, text,
                            (int)size - 1);
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

/* ---- Which recordings there are --------------------------------------------------------- */

static int join(char *out, size_t size, const char *folder, const char *name, const char *suffix)
{
    int length = *folder ? snprintf(out, size, "%s/%s%s", folder, name, suffix)
                         : snprintf(out, size, "%s%s", name, suffix);
    return length < 0 || (size_t)length >= size ? -1 : 0;
}

static int is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static int is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static int add_recording(struct plethio_dataset *d, int *capacity,
                         const struct plethio_recording *r, struct plethio_error *e)
{
    struct plethio_recording *more =
        plethio_grow(d->recording, d->count, 1, capacity, sizeof *d->recording);
    if (!more)
        return out_of_memory(r->input, e);
    d->recording = more;
    d->recording[d->count++] = *r;
    return 0;
}

static int has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcasecmp(name + n - m, suffix) == 0;
}

static int is_video(const char *name)
{
    static const char *const suffix[] = {".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".y4m"};
    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
        if (has_suffix(name, suffix[i]))
            return 1;
    return 0;
}

/* One file of a PLETHIO_FOLDER, in the folder whose path from the root is `below`: a recording,
 * something without a reference, or neither. */
static int consider_file(struct plethio_dataset *d, int *capacity, const char *folder,
                         const char *below, const char *file, struct plethio_error *e)
{
    struct plethio_recording r;
    char stem[256];
    int video = is_video(file), trace = has_suffix(file, ".csv") || has_suffix(file, ".bin");
    const char *slash;

    if ((!video && !trace) || has_suffix(file, ".truth.csv"))
        return 0;
    memset(&r, 0, sizeof r);
    if (copy_text(stem, sizeof stem, file, folder, e))
        return -1;
    *strrchr(stem, '.') = 0;
    if (join(r.name, sizeof r.name, below, stem, "") ||
        join(r.input, sizeof r.input, folder, file, "") ||
        join(r.reference, sizeof r.reference, folder, stem, ".truth.csv"))
        return plethio_fail(e, "%s: the path of %s is too long", folder, file);
    if (!is_file(r.reference) && video)
        join(r.reference, sizeof r.reference, folder, stem, ".csv");
    if (!is_file(r.reference)) {
        d->unlabelled += video;
        return 0;
    }
    slash = strchr(r.name, '/');
    memcpy(r.person, r.name, slash ? (size_t)(slash - r.name) : strlen(r.name));
    return add_recording(d, capacity, &r, e);
}

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

/* One file of PLETHIO_NEUTRAL, as consider_file. */
static int consider_neutral(struct plethio_dataset *d, int *capacity, const char *folder,
                            const char *below, const char *file, struct plethio_error *e)
{
    struct plethio_recording r;
    char stem[256];

    if (!has_suffix(file, ".json"))
        return 0;
    memset(&r, 0, sizeof r);
    if (copy_text(stem, sizeof stem, file, folder, e))
        return -1;
    *strrchr(stem, '.') = 0;
    if (join(r.name, sizeof r.name, below, stem, "") ||
        join(r.input, sizeof r.input, folder, file, "") ||
        join(r.reference, sizeof r.reference, folder, stem, "_ref.csv"))
        return plethio_fail(e, "%s: the path of %s is too long", folder, file);
    if (!is_file(r.reference)) {
        d->unlabelled++;
        return 0;
    }
    json_text(r.input, "subject", r.person, sizeof r.person);
    if (!*r.person)
        memcpy(r.person, r.name, sizeof r.person);
    return add_recording(d, capacity, &r, e);
}

static int walk_folder(struct plethio_dataset *d, int *capacity, const char *folder,
                       const char *below, int depth, struct plethio_error *e)
{
    char path[1024], name[256];
    struct dirent *entry;
    int status = 0;
    DIR *dir = opendir(folder);

    if (!dir)
        return plethio_fail(e, "%s: %s", folder, strerror(errno));
    while (status == 0 && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        if (join(path, sizeof path, folder, entry->d_name, "") ||
            join(name, sizeof name, below, entry->d_name, ""))
            status = plethio_fail(e, "%s: the path of %s is too long", folder, entry->d_name);
        else if (!is_folder(path))
            status = (d->layout == PLETHIO_NEUTRAL ? consider_neutral : consider_file)(
                d, capacity, folder, below, entry->d_name, e);
        else if (depth < 8)
            status = walk_folder(d, capacity, path, name, depth + 1, e);
    }
    closedir(dir);
    return status;
}

/* The folder of one UBFC recording. 0 also when it is none. */
static int consider_ubfc(struct plethio_dataset *d, int *capacity, const char *folder,
                         const char *name, struct plethio_error *e)
{
    const char *reference = d->layout == PLETHIO_UBFC1 ? "gtdump.xmp" : "ground_truth.txt";
    struct plethio_recording r;

    memset(&r, 0, sizeof r);
    if (join(r.input, sizeof r.input, folder, "vid.avi", "") ||
        join(r.reference, sizeof r.reference, folder, reference, ""))
        return plethio_fail(e, "%s: the path is too long", folder);
    if (!is_file(r.input))
        return 0;
    if (!is_file(r.reference)) {
        d->unlabelled++;
        return 0;
    }
    if (copy_text(r.name, sizeof r.name, name, folder, e) ||
        copy_text(r.person, sizeof r.person, name, folder, e))
        return -1;
    return add_recording(d, capacity, &r, e);
}

static int walk_ubfc(struct plethio_dataset *d, int *capacity, const char *root,
                     struct plethio_error *e)
{
    struct dirent *entry;
    char path[1024];
    const char *last;
    int status;
    DIR *dir = opendir(root);

    if (!dir)
        return plethio_fail(e, "%s: %s", root, strerror(errno));
    last = strrchr(root, '/');
    status = consider_ubfc(d, capacity, root, last && last[1] ? last + 1 : "recording", e);
    while (status == 0 && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        if (join(path, sizeof path, root, entry->d_name, ""))
            status = plethio_fail(e, "%s: the path of %s is too long", root, entry->d_name);
        else if (is_folder(path))
            status = consider_ubfc(d, capacity, path, entry->d_name, e);
    }
    closedir(dir);
    return status;
}

static int by_name(const void *a, const void *b)
{
    const struct plethio_recording *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->input, y->input);
}

int plethio_dataset_open(struct plethio_dataset *dataset, enum plethio_layout layout,
                         const char *root, struct plethio_error *e)
{
    static const char *const wanted[] = {
        "a video NAME.mp4 (.avi, .mkv, ...) or trace NAME.csv with its NAME.truth.csv",
        "folders with vid.avi and gtdump.xmp", "folders with vid.avi and ground_truth.txt",
        "NAME.json and NAME.bin with NAME_ref.csv"};
    int capacity = 0, status;

    memset(dataset, 0, sizeof *dataset);
    dataset->layout = layout;
    status = layout == PLETHIO_FOLDER || layout == PLETHIO_NEUTRAL
                 ? walk_folder(dataset, &capacity, root, "", 0, e)
                 : walk_ubfc(dataset, &capacity, root, e);
    if (status == 0 && dataset->count == 0)
        status = plethio_fail(e, "%s: no recording with a reference here; expected %s", root,
                              wanted[layout]);
    if (status) {
        plethio_dataset_free(dataset);
        return status;
    }
    qsort(dataset->recording, (size_t)dataset->count, sizeof *dataset->recording, by_name);
    return 0;
}

void plethio_dataset_free(struct plethio_dataset *dataset)
{
    free(dataset->recording);
    memset(dataset, 0, sizeof *dataset);
}

int plethio_dataset_split(struct plethio_dataset *dataset, const char *path, const char *part,
                          struct plethio_error *e)
{
    struct plethio_cells t;
    int kept = 0, parts;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    if (part && t.columns < 2) {
        plethio_cells_free(&t);
        return plethio_fail(e, "%s: no second column, which would say what part %s is", path, part);
    }
    parts = t.columns >= 2;
    if (!part)
        part = "test";
    for (int i = 0; i < dataset->count; i++) {
        const struct plethio_recording r = dataset->recording[i];
        int keep = 0;
        for (int row = 0; row < t.rows && !keep; row++) {
            const char *name = plethio_cells_text(&t, row, 0);
            int listed = strcmp(name, r.name) == 0 || strcmp(name, r.person) == 0;
            keep = listed && (!parts || strcmp(plethio_cells_text(&t, row, 1), part) == 0);
        }
        if (keep)
            dataset->recording[kept++] = r;
    }
    dataset->count = kept;
    plethio_cells_free(&t);
    if (kept == 0)
        return plethio_fail(e, "%s: names no recording or person of this data set%s%s", path,
                            parts ? " as " : "", parts ? part : "");
    return 0;
}

/* ---- What their references say ---------------------------------------------------------- */

void plethio_reference_free(struct plethio_reference *reference)
{
    free(reference->time_s);
    free(reference->heart_rate);
    free(reference->breathing_rate);
    free(reference->cadence);
    free(reference->activity);
    free(reference->text);
    free(reference->wave);
    free(reference->breaths.end_s);
    free(reference->breaths.rate);
    memset(reference, 0, sizeof *reference);
}

/* Fills *out from a column; a column < 0 leaves it NULL. */
static int read_column(const struct plethio_cells *t, int first_row, int column, double **out,
                       struct plethio_error *e)
{
    if (column < 0)
        return 0;
    *out = malloc((size_t)(t->rows - first_row) * sizeof **out);
    if (!*out)
        return out_of_memory(t->path, e);
    for (int row = first_row; row < t->rows; row++)
        if (table_number(t, row, column, &(*out)[row - first_row], e))
            return -1;
    return 0;
}

/* The same of texts, which stay where the table has them. */
static int read_texts(const struct plethio_cells *t, int column, const char ***out,
                      struct plethio_error *e)
{
    if (column < 0)
        return 0;
    *out = malloc((size_t)t->rows * sizeof **out);
    if (!*out)
        return out_of_memory(t->path, e);
    for (int row = 1; row < t->rows; row++)
        (*out)[row - 1] = plethio_cells_text(t, row, column);
    return 0;
}

/* Leaves out values without a time and values whose time is not past the one before: recordings
 * as distributed have some. More than one in ten is no reference. */
static int keep_increasing(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    double *column[5] = {r->time_s, r->heart_rate, r->breathing_rate, r->cadence, r->wave};
    int kept = 0;

    for (int i = 0; i < r->n; i++) {
        if (!isfinite(r->time_s[i]) || (kept > 0 && !(r->time_s[i] > r->time_s[kept - 1])))
            continue;
        for (int c = 0; c < 5; c++)
            if (column[c])
                column[c][kept] = column[c][i];
        if (r->activity)
            r->activity[kept] = r->activity[i];
        kept++;
    }
    if (kept == 0 || kept < 0.9 * r->n)
        return plethio_fail(e, "%s: the time increases in %d of %d values only", path, kept, r->n);
    r->n = kept;
    return 0;
}

static int read_truth(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    struct plethio_cells t;
    int time, status;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    time = plethio_cells_column(&t, "time_s");
    if (time < 0) {
        plethio_cells_free(&t);
        return plethio_fail(e, "%s: no column time_s; the first row must name the columns", path);
    }
    r->n = t.rows - 1;
    status = read_column(&t, 1, time, &r->time_s, e);
    if (status == 0)
        status = read_column(&t, 1, plethio_cells_column(&t, "heart_rate"), &r->heart_rate, e);
    if (status == 0)
        status =
            read_column(&t, 1, plethio_cells_column(&t, "breathing_rate"), &r->breathing_rate, e);
    if (status == 0)
        status = read_column(&t, 1, plethio_cells_column(&t, "cadence"), &r->cadence, e);
    if (status == 0)
        status = read_column(&t, 1, plethio_cells_column(&t, "pulse"), &r->wave, e);
    if (status == 0 && !r->heart_rate && !r->breathing_rate && !r->wave)
        status = plethio_fail(e, "%s: no column heart_rate, breathing_rate or pulse", path);
    if (status == 0)
        status = read_texts(&t, plethio_cells_column(&t, "activity"), &r->activity, e);
    if (r->activity) {
        r->text = t.text;
        t.text = NULL;
    }
    plethio_cells_free(&t);
    return status;
}

/* Rows of time in ms, heart rate, oxygen saturation, wave; no header. */
static int read_ubfc1(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    struct plethio_cells t;
    int status;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    if (t.columns < 3) {
        plethio_cells_free(&t);
        return plethio_fail(e, "%s: expected rows of time, heart rate, oxygen saturation, wave",
                            path);
    }
    r->n = t.rows;
    status = read_column(&t, 0, 0, &r->time_s, e);
    if (status == 0)
        status = read_column(&t, 0, 1, &r->heart_rate, e);
    if (status == 0)
        status = read_column(&t, 0, t.columns - 1, &r->wave, e);
    if (status == 0)
        for (int i = 0; i < r->n; i++)
            r->time_s[i] /= 1000;
    plethio_cells_free(&t);
    return status;
}

/* Three lines: the wave, the heart rate, the time in s; blanks between the numbers. */
static int read_ubfc2(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    double **line[3] = {&r->wave, &r->heart_rate, &r->time_s};
    size_t size;
    char *text = plethio_read_whole(path, &size, e), *p = text;

    if (!text)
        return -1;
    for (int i = 0; i < 3; i++) {
        int count = 0, capacity = 0;
        for (;;) {
            double *larger;
            char *end;
            p += strspn(p, " \t\r,");
            if (*p == 0 || *p == '\n')
                break;
            larger = plethio_grow(*line[i], count, 1, &capacity, sizeof **line[i]);
            if (!larger) {
                free(text);
                return out_of_memory(path, e);
            }
            *line[i] = larger;
            larger[count] = strtod(p, &end);
            if (end == p || !isfinite(larger[count])) {
                plethio_fail(e, "%s:%d: value %d is not a number", path, i + 1, count + 1);
                free(text);
                return -1;
            }
            count++;
            p = end;
        }
        if (i == 0)
            r->n = count;
        if (count == 0 || count != r->n) {
            free(text);
            return plethio_fail(e,
                                "%s:%d: %d values where line 1 has %d; expected three lines: "
                                "wave, heart rate, time",
                                path, i + 1, count, r->n);
        }
        p += *p == '\n';
    }
    free(text);
    return 0;
}

static int read_neutral(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    struct plethio_cells t;
    int start, time, heart, status = 0;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    start = plethio_cells_column(&t, "t_start_s");
    time = plethio_cells_column(&t, "t_start_s|t_s");
    heart = plethio_cells_column(&t, start >= 0 ? "bpm_ref" : "hr_ecg_bpm|pulse_bpm|pulse_median");
    if (time < 0 || heart < 0 || t.rows < 2)
        status =
            plethio_fail(e,
                         "%s: no rows of t_start_s,bpm_ref or of t_s and hr_ecg_bpm, pulse_bpm "
                         "or pulse_median",
                         path);
    r->n = t.rows - 1;
    if (status || read_column(&t, 1, time, &r->time_s, e) ||
        read_column(&t, 1, heart, &r->heart_rate, e) ||
        read_column(&t, 1, plethio_cells_column(&t, "resp_rate_bpm"), &r->breathing_rate, e))
        status = -1;
    for (int i = 0; status == 0 && start >= 0 && i < r->n; i++)
        r->time_s[i] += NEUTRAL_WINDOW_S;
    if (start >= 0)
        r->window_s = NEUTRAL_WINDOW_S;
    plethio_cells_free(&t);
    return status;
}

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

    if (read_column(t, 1, column, &time, e)) {
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
        while (from < kept && time[from] < k * BREATHS_STEP_S)
            from++;
        while (to < kept && time[to] < k * BREATHS_STEP_S + BREATHS_WINDOW_S)
            to++;
        rate[k] += to - from < 3 ? unknown
                                 : 60 * (to - from - 1) / (time[to - 1] - time[from]) / t->columns;
    }
    free(time);
    return 0;
}

/* The breaths beside a reference of the neutral format, if they are there. */
static int read_breaths(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    struct plethio_windows *w = &r->breaths;
    char beside[1024];
    struct plethio_cells t;
    int stem = (int)strlen(path) - (int)strlen("_ref.csv"), status = 0;
    double last_s = fmin(r->time_s[r->n - 1], 1e7) - BREATHS_WINDOW_S;
    int windows = last_s > 0 ? (int)ceil(last_s / BREATHS_STEP_S) : 0;

    if (stem < 0 ||
        snprintf(beside, sizeof beside, "%.*s_breaths.csv", stem, path) >= (int)sizeof beside)
        return 0;
    if (!is_file(beside))
        return 0;
    if (plethio_cells_read(&t, beside, 0, e))
        return -1;
    w->length_s = BREATHS_WINDOW_S;
    w->end_s = malloc(((size_t)windows + 1) * sizeof *w->end_s);
    w->rate = calloc((size_t)windows + 1, sizeof *w->rate);
    if (!w->end_s || !w->rate)
        status = out_of_memory(beside, e);
    for (int c = 0; c < t.columns && status == 0; c++)
        status = add_annotator(&t, c, w->rate, windows, e);
    for (int k = 0; k < windows && status == 0; k++)
        if (!isnan(w->rate[k])) {
            w->end_s[w->n] = k * BREATHS_STEP_S + BREATHS_WINDOW_S;
            w->rate[w->n++] = w->rate[k];
        }
    if (status == 0 && w->n == 0)
        status = plethio_fail(e, "%s: no %d s with three breaths of every annotator", beside,
                              BREATHS_WINDOW_S);
    plethio_cells_free(&t);
    return status;
}

int plethio_reference_read(struct plethio_reference *reference, enum plethio_layout layout,
                           const char *path, struct plethio_error *e)
{
    int status;

    memset(reference, 0, sizeof *reference);
    if (layout == PLETHIO_UBFC1)
        status = read_ubfc1(reference, path, e);
    else if (layout == PLETHIO_UBFC2)
        status = read_ubfc2(reference, path, e);
    else if (layout == PLETHIO_NEUTRAL)
        status = read_neutral(reference, path, e);
    else
        status = read_truth(reference, path, e);
    if (status == 0)
        status = keep_increasing(reference, path, e);
    if (status == 0 && layout == PLETHIO_NEUTRAL)
        status = read_breaths(reference, path, e);
    if (status)
        plethio_reference_free(reference);
    return status;
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
            if (table_number(t, row, column[i], &value[i], e))
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
        if (copy_text(p->name, sizeof p->name, plethio_cells_text(t, row, recording), t->path, e) ||
            copy_text(p->person, sizeof p->person,
                      plethio_cells_text(t, row, person < 0 ? recording : person), t->path, e))
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
            if (table_number(t, row + i, prediction, &a, e) ||
                table_number(t, row + i, label, &b, e))
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
            if (table_number(t, row, time, &first, e) || table_number(t, end - 1, time, &last, e))
                return -1;
            p->rate_hz = (p->n - 1) / (last - first);
            if (!(p->rate_hz > 0) || !isfinite(p->rate_hz))
                return plethio_fail(e, "%s:%d: time_s does not increase", t->path, t->line[row]);
        }
        if (copy_text(p->name, sizeof p->name, name, t->path, e) ||
            copy_text(p->person, sizeof p->person,
                      person < 0 ? name : plethio_cells_text(t, row, person), t->path, e))
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
    int folder = is_folder(path), status;

    memset(waves, 0, sizeof *waves);
    if (folder && (join(index, sizeof index, path, "index.csv", "") ||
                   join(bin, sizeof bin, path, "waves.bin", "")))
        return plethio_fail(e, "%s: the path is too long", path);
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
        if (table_number(t, row, reference, &x->reference, e) ||
            table_number(t, row, estimate, &x->estimate, e) ||
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
        if (copy_text(x->name, sizeof x->name, name, t->path, e) ||
            copy_text(x->person, sizeof x->person,
                      person < 0 ? name : plethio_cells_text(t, row, person), t->path, e))
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
