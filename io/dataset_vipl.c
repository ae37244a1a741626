/* VIPL-HR: pN/vM/sourceK with video.avi, wave.csv (a finger clip's wave), gt_HR.csv (its pulse
 * rate, one a second) and, but for source2, time.txt: the times of the frames in ms, which the .avi
 * does not keep. source4 is near infrared, without colours, and is left out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_parts.h"

static const double rate_hz = 60;

int plethio_consider_vipl(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    const char *source, *task, *person;
    size_t of_source, of_task, of_person;
    char text[40];

    source = plethio_path_part(walk->below, 1, &of_source);
    task = plethio_path_part(walk->below, 2, &of_task);
    person = plethio_path_part(walk->below, 3, &of_person);
    if (strcmp(file, "video.avi") != 0 || strncmp(source, "source", 6) != 0 ||
        strcmp(source, "source4") == 0 || of_person == 0 || of_person >= sizeof r.person)
        return 0;
    if (plethio_copy_name(r.name, walk->below, walk->folder, e) ||
        plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, walk->folder, "wave.csv", "", e))
        return -1;
    if (!plethio_is_file(r.reference))
        plethio_join(r.reference, walk->folder, "gt_HR.csv", "", NULL);
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    memcpy(r.person, person, of_person);
    snprintf(text, sizeof text, "%.*s", (int)(of_task < 32 ? of_task : 32), task);
    plethio_add_attribute(&r, "task", text);
    plethio_add_attribute(&r, "source", source + 6);
    return plethio_add_recording(walk, &r, e);
}

/* Times of the frames, where there are any. */
static int read_times(struct plethio_reference *r, const char *folder, struct plethio_error *e)
{
    char path[1024];

    if (plethio_join(path, folder, "time.txt", "", e))
        return -1;
    if (!plethio_is_file(path))
        return 0;
    if (plethio_read_numbers(path, &r->frame_s, &r->frames, e))
        return -1;
    for (int i = r->frames - 1; i >= 0; i--)
        r->frame_s[i] = (r->frame_s[i] - r->frame_s[0]) * 1e-3;
    return plethio_check_frame_times(r, path, e);
}

/* The clip's rates, each of a second, at the instants of the wave. */
static int read_rates(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    double *rate = NULL;
    int n = 0, status = plethio_read_numbers(path, &rate, &n, e);

    r->heart_rate = status ? NULL : malloc((size_t)r->n * sizeof *r->heart_rate);
    if (status == 0 && !r->heart_rate)
        status = plethio_no_memory(path, e);
    for (int i = 0; status == 0 && i < r->n; i++) {
        const int second = (int)r->time_s[i];

        r->heart_rate[i] = second < n ? rate[second] : (double)NAN;
    }
    free(rate);
    if (status == 0)
        plethio_drop_no_rates(r->heart_rate, r->n);
    return status;
}

int plethio_read_vipl(struct plethio_reference *r, const struct plethio_recording *recording,
                      struct plethio_error *e)
{
    const char *path = recording->reference, *slash = strrchr(path, '/');
    char folder[1024], rates[1024];

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (plethio_join(rates, folder, "gt_HR.csv", "", e) || read_times(r, folder, e))
        return -1;
    if (plethio_ends(path, "/gt_HR.csv")) {
        if (plethio_read_numbers(path, &r->heart_rate, &r->n, e))
            return -1;
        plethio_drop_no_rates(r->heart_rate, r->n);
        return plethio_even_times(r, 0, 1, path, e);
    }
    r->rate_of_wave = 1;
    if (plethio_read_numbers(path, &r->wave, &r->n, e) ||
        plethio_even_times(r, 0, rate_hz, path, e))
        return -1;
    return plethio_is_file(rates) ? read_rates(r, rates, e) : 0;
}
