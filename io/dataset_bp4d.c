/* BP4D+: Physiology/F001/T1/BP_mmHg.txt (a finger cuff's wave), "Pulse Rate_BPM.txt" and
 * "Respiration Rate_BPM.txt", 1000 values a second; the video in 2D+3D/F001 beside Physiology, as
 * the .zip of that name holds it: a folder T1 of numbered .jpg, 25 a second, or a video T1.mp4. */
#include <stdio.h>
#include <string.h>

#include "dataset_parts.h"

static const double rate_hz = 1000, frames_hz = 25;

/* Where the video of a person's task is. 0 where there is none. */
static int find_video(char input[1024], const char *base, const char *person, const char *task)
{
    static const char *const ending[] = {"", ".mp4", ".avi", ".mkv", ".mov"};
    char path[1024];

    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        if (plethio_join(path, base, "2D+3D", "", NULL) ||
            plethio_join(input, path, person, "", NULL) ||
            plethio_join(path, input, task, ending[i], NULL))
            return 0;
        strcpy(input, path);
        if (i == 0 ? plethio_is_folder(input) : plethio_is_file(input))
            return 1;
    }
    return 0;
}

int plethio_consider_bp4d(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.frames = 1};
    const char *task, *person, *physiology;
    size_t of_task, of_person, length;
    char base[1024], name[40], folder[40];

    if (strcmp(file, "BP_mmHg.txt") != 0)
        return 0;
    task = plethio_path_part(walk->folder, 1, &of_task);
    person = plethio_path_part(walk->folder, 2, &of_person);
    physiology = plethio_path_part(walk->folder, 3, &length);
    if (length != 10 || strncmp(physiology, "Physiology", 10) != 0 || of_person >= sizeof name ||
        of_task >= sizeof folder || of_person == 0)
        return 0;
    snprintf(base, sizeof base, "%.*s", (int)(physiology - walk->folder), walk->folder);
    snprintf(name, sizeof name, "%.*s", (int)of_person, person);
    snprintf(folder, sizeof folder, "%s", task);
    if (!find_video(r.input, *base ? base : ".", name, folder))
        return 0;
    if (plethio_join(r.reference, walk->folder, file, "", e))
        return -1;
    snprintf(r.name, sizeof r.name, "%s/%s", name, folder);
    strcpy(r.person, name);
    r.rate_hz = plethio_is_folder(r.input) ? frames_hz : 0;
    plethio_add_attribute(&r, "task", folder);
    plethio_add_attribute(&r, "gender", name[0] == 'F' ? "female" : name[0] == 'M' ? "male" : "");
    return plethio_add_recording(walk, &r, e);
}

/* Another file of the folder, as many values as the wave has; none where it is not there. */
static int read_beside(const struct plethio_reference *r, const char *reference, const char *name,
                       double **out, struct plethio_error *e)
{
    char path[1024];
    int n;

    if (plethio_beside(path, reference, (int)strlen("BP_mmHg.txt"), name, e))
        return -1;
    if (!plethio_is_file(path))
        return 0;
    if (plethio_read_numbers(path, out, &n, e))
        return -1;
    if (n != r->n)
        return plethio_fail(e, "%s: %d values where BP_mmHg.txt has %d", path, n, r->n);
    plethio_drop_no_rates(*out, n);
    return 0;
}

int plethio_read_bp4d(struct plethio_reference *r, const struct plethio_recording *recording,
                      struct plethio_error *e)
{
    const char *path = recording->reference;

    r->rate_of_wave = 1;
    if (plethio_read_numbers(path, &r->wave, &r->n, e) ||
        plethio_even_times(r, 0, rate_hz, path, e) ||
        read_beside(r, path, "Pulse Rate_BPM.txt", &r->heart_rate, e))
        return -1;
    return read_beside(r, path, "Respiration Rate_BPM.txt", &r->breathing_rate, e);
}
