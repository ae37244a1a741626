/* MMPD and SCAMPS: frames and waves, one value a frame, in a .mat file. MMPD's says in what light,
 * of whom and doing what it was made. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "dataset_parts.h"

/* of both */
static const double rate_hz = 30;

/* A number in the way that names have it, and texts as they are. */
static void describe(struct plethio_recording *r, const char *name, const struct plethio_array *a)
{
    char text[40];

    snprintf(text, sizeof text, "%s", a->text);
    if (a->count == 1 && isfinite(a->value[0]))
        snprintf(text, sizeof text, "%g", a->value[0]);
    plethio_add_attribute(r, name, text);
}

int plethio_consider_mmpd(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    static const char *const name[] = {"light",  "motion",  "exercise",   "skin",
                                       "gender", "glasser", "hair_cover", "makeup"};
    enum { NAMES = (int)(sizeof name / sizeof *name) };
    struct plethio_recording r = {.frames = 1, .rate_hz = rate_hz};
    struct plethio_array a[NAMES];
    int person, number, length = 0;

    if (sscanf(file, "p%9d_%9d.mat%n", &person, &number, &length) != 2 || length == 0 ||
        file[length])
        return 0;
    if (plethio_stem(r.name, file, e) || plethio_join(r.input, walk->folder, file, "", e))
        return -1;
    strcpy(r.reference, r.input);
    memcpy(r.person, r.name, strcspn(r.name, "_"));
    for (int i = 0; i < NAMES; i++)
        a[i].name = strcmp(name[i], "skin") == 0 ? "skin_color" : name[i];
    /* whoever measures it is told what is wrong with it */
    if (plethio_arrays_read(a, NAMES, r.input, NULL) == 0)
        for (int i = 0; i < NAMES; i++)
            describe(&r, name[i], &a[i]);
    plethio_arrays_free(a, NAMES);
    return plethio_add_recording(walk, &r, e);
}

int plethio_consider_scamps(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.frames = 1, .rate_hz = rate_hz};
    int number, length = 0;

    if (sscanf(file, "P%9d.mat%n", &number, &length) != 1 || length == 0 || file[length])
        return 0;
    if (plethio_stem(r.name, file, e) || plethio_join(r.input, walk->folder, file, "", e))
        return -1;
    strcpy(r.reference, r.input);
    /* each is another made-up person */
    strcpy(r.person, r.name);
    return plethio_add_recording(walk, &r, e);
}

/* The wave of the pulse and, perhaps, of breathing. */
static int read_waves(struct plethio_reference *r, const struct plethio_recording *recording,
                      const char *pulse, const char *breath, struct plethio_error *e)
{
    struct plethio_array a[2] = {{.name = pulse}, {.name = breath}};
    const char *path = recording->reference;
    struct plethio_error why;
    int status = 0;

    if (plethio_arrays_read(a, breath ? 2 : 1, path, &why))
        status = plethio_fail(e, "%s: %s", path, why.text);
    else if (a[0].count < 2)
        status = plethio_fail(e, "%s: no array of numbers called %s", path, pulse);
    if (status == 0) {
        r->n = (int)a[0].count;
        r->wave = a[0].value;
        a[0].value = NULL;
        if (a[1].count == a[0].count) {
            r->breath = a[1].value;
            a[1].value = NULL;
        }
        status = plethio_even_times(r, 0, rate_hz, path, e);
    }
    plethio_arrays_free(a, 2);
    return status;
}

int plethio_read_mmpd(struct plethio_reference *r, const struct plethio_recording *recording,
                      struct plethio_error *e)
{
    return read_waves(r, recording, "GT_ppg", NULL, e);
}

int plethio_read_scamps(struct plethio_reference *r, const struct plethio_recording *recording,
                        struct plethio_error *e)
{
    return read_waves(r, recording, "d_ppg", "d_br", e);
}
