/* UBFC-Phys: sN/vid_sN_TK.avi with bvp_sN_TK.csv, a wristband's pulse wave in one column. */
#include <stdio.h>
#include <string.h>

#include "dataset_parts.h"

static const double rate_hz = 64;

int plethio_consider_phys(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    static const char *const activity[] = {"rest", "speech", "arithmetic"};
    struct plethio_recording r = {.name = ""};
    char beside[300], stem[256];
    int person, task, length = 0;

    if (sscanf(file, "vid_s%9d_T%9d.avi%n", &person, &task, &length) != 2 || length == 0 ||
        file[length])
        return 0;
    if (plethio_stem(stem, file, e))
        return -1;
    /* without vid_ */
    strcpy(r.name, stem + 4);
    snprintf(beside, sizeof beside, "bvp_%s.csv", r.name);
    if (plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, walk->folder, beside, "", e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    memcpy(r.person, r.name, strcspn(r.name, "_"));
    plethio_add_attribute(&r, "task", r.name + strcspn(r.name, "_") + 1);
    if (task >= 1 && task <= 3)
        plethio_add_attribute(&r, "activity", activity[task - 1]);
    return plethio_add_recording(walk, &r, e);
}

int plethio_read_phys(struct plethio_reference *r, const struct plethio_recording *recording,
                      struct plethio_error *e)
{
    if (plethio_read_numbers(recording->reference, &r->wave, &r->n, e))
        return -1;
    return plethio_even_times(r, 0, rate_hz, recording->reference, e);
}
