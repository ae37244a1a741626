/* UBFC-rPPG: ID/vid.avi with ID/gtdump.xmp (1) or ID/ground_truth.txt (2). The root may be one such
 * folder itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_parts.h"
#include "memory.h"

static int consider(struct plethio_walk *walk, const char *file, const char *reference,
                    struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    const char *last = strrchr(walk->root, '/');
    const char *name = *walk->below ? walk->below : last && last[1] ? last + 1 : "recording";

    if (strcmp(file, "vid.avi") != 0)
        return 0;
    if (plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, walk->folder, reference, "", e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    if (plethio_copy_name(r.name, name, walk->folder, e) ||
        plethio_copy_name(r.person, name, walk->folder, e))
        return -1;
    return plethio_add_recording(walk, &r, e);
}

int plethio_consider_ubfc1(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    return consider(walk, file, "gtdump.xmp", e);
}

int plethio_consider_ubfc2(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    return consider(walk, file, "ground_truth.txt", e);
}

/* Rows of time in ms, heart rate, oxygen saturation, wave; no header. */
int plethio_read_ubfc1(struct plethio_reference *r, const struct plethio_recording *recording,
                       struct plethio_error *e)
{
    const char *path = recording->reference;
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
    r->rate_of_wave = 1;
    status = plethio_read_column(&t, 0, 0, &r->time_s, e);
    if (status == 0)
        status = plethio_read_column(&t, 0, 1, &r->heart_rate, e);
    if (status == 0)
        status = plethio_read_column(&t, 0, t.columns - 1, &r->wave, e);
    if (status == 0)
        for (int i = 0; i < r->n; i++)
            r->time_s[i] /= 1000;
    plethio_cells_free(&t);
    return status;
}

/* Three lines: the wave, the heart rate, the time in s; blanks between the numbers. */
int plethio_read_ubfc2(struct plethio_reference *r, const struct plethio_recording *recording,
                       struct plethio_error *e)
{
    const char *path = recording->reference;
    double **line[3] = {&r->wave, &r->heart_rate, &r->time_s};
    size_t size;
    char *text = plethio_read_whole(path, &size, e), *p = text;

    if (!text)
        return -1;
    r->rate_of_wave = 1;
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
                return plethio_no_memory(path, e);
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
