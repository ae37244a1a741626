/* NAME.ext and NAME.truth.csv (or, for a video, NAME.csv) beside it, at any depth. The person is
 * the first folder below the root; a recording at the root is a person of its own. */
#include <stdlib.h>
#include <string.h>

#include "dataset_parts.h"

static int is_video(const char *name)
{
    static const char *const suffix[] = {".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".y4m"};

    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
        if (plethio_ends(name, suffix[i]))
            return 1;
    return 0;
}

int plethio_consider_folder(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    const int video = is_video(file),
              trace = plethio_ends(file, ".csv") || plethio_ends(file, ".bin");
    struct plethio_recording r = {.name = ""};
    char stem[256];

    if ((!video && !trace) || plethio_ends(file, ".truth.csv"))
        return 0;
    if (plethio_stem(stem, file, e) || plethio_name_below(r.name, walk, stem, e) ||
        plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, walk->folder, stem, ".truth.csv", e))
        return -1;
    if (!plethio_is_file(r.reference) && video)
        plethio_join(r.reference, walk->folder, stem, ".csv", NULL);
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled += video;
        return 0;
    }
    plethio_person_by_folder(&r);
    return plethio_add_recording(walk, &r, e);
}

/* *out = a column of texts, which stay where the table has them. */
static int read_texts(const struct plethio_cells *t, int column, const char ***out,
                      struct plethio_error *e)
{
    if (column < 0)
        return 0;
    *out = malloc((size_t)t->rows * sizeof **out);
    if (!*out)
        return plethio_no_memory(t->path, e);
    for (int row = 1; row < t->rows; row++)
        (*out)[row - 1] = plethio_cells_text(t, row, column);
    return 0;
}

int plethio_read_truth(struct plethio_reference *r, const struct plethio_recording *recording,
                       struct plethio_error *e)
{
    const char *path = recording->reference;
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
    status = plethio_read_column(&t, 1, time, &r->time_s, e);
    if (status == 0)
        status =
            plethio_read_column(&t, 1, plethio_cells_column(&t, "heart_rate"), &r->heart_rate, e);
    if (status == 0)
        status = plethio_read_column(&t, 1, plethio_cells_column(&t, "breathing_rate"),
                                     &r->breathing_rate, e);
    if (status == 0)
        status = plethio_read_column(&t, 1, plethio_cells_column(&t, "cadence"), &r->cadence, e);
    if (status == 0)
        status = plethio_read_column(&t, 1, plethio_cells_column(&t, "pulse"), &r->wave, e);
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
