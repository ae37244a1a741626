/* COHFACE: PERSON/SESSION/data.avi, and data.hdf5 with the waves of the pulse and of breathing. */
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "dataset_parts.h"

/* where the file has no times */
static const double rate_hz = 256;

int plethio_consider_cohface(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    const char *session, *person;
    char text[40] = "";
    size_t length, of_person;

    if (strcmp(file, "data.avi") != 0)
        return 0;
    /* as the protocols name it: PERSON/SESSION/data */
    if (plethio_name_below(r.name, walk, "data", e) ||
        plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, walk->folder, "data.hdf5", "", e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    session = plethio_path_part(walk->below, 1, &length);
    person = plethio_path_part(walk->below, 2, &of_person);
    if (of_person == 0) {
        person = r.name;
        of_person = strlen(r.name);
    }
    memcpy(r.person, person, of_person);
    if (length < sizeof text)
        memcpy(text, session, length);
    plethio_add_attribute(&r, "session", text);
    /* two sessions each, by a studio's lamps and by daylight */
    if (strlen(text) == 1 && strchr("0123", text[0]))
        plethio_add_attribute(&r, "light", text[0] < '2' ? "studio" : "natural");
    return plethio_add_recording(walk, &r, e);
}

/* Moves an array's values out of it. */
static double *take(struct plethio_array *a)
{
    double *value = a->value;

    a->value = NULL;
    return value;
}

int plethio_read_cohface(struct plethio_reference *r, const struct plethio_recording *recording,
                         struct plethio_error *e)
{
    enum { PULSE, RESPIRATION, TIME, ARRAYS };
    struct plethio_array a[ARRAYS] = {{.name = "pulse"}, {.name = "respiration"}, {.name = "time"}};
    const char *path = recording->reference;
    struct plethio_error why;
    int status = 0;

    if (plethio_arrays_read(a, ARRAYS, path, &why))
        status = plethio_fail(e, "%s: %s", path, why.text);
    else if (a[PULSE].count < 2)
        status = plethio_fail(e, "%s: no array of numbers called pulse", path);
    if (status == 0) {
        r->n = (int)a[PULSE].count;
        r->wave = take(&a[PULSE]);
        if (a[RESPIRATION].count == (size_t)r->n)
            r->breath = take(&a[RESPIRATION]);
        if (a[TIME].count == (size_t)r->n) {
            r->time_s = take(&a[TIME]);
            for (int i = r->n - 1; i >= 0; i--)
                r->time_s[i] -= r->time_s[0];
        } else {
            status = plethio_even_times(r, 0, rate_hz, path, e);
        }
    }
    plethio_arrays_free(a, ARRAYS);
    return status;
}
