/* PURE: SS-TT.json with a folder SS-TT of Image<ns>.png beside it, or with the pictures in its own
 * folder; SS is the person, TT the task. The .json has the times of the pictures and, on the same
 * clock, the samples of a finger clip: by these they are laid beside each other. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_parts.h"
#include "json.h"
#include "memory.h"
#include "video_parts.h"

/* nanoseconds are told modulo this, as the names of pictures are (video_parts.h) */
static const double clock_ns = 1e18;

static int has_images(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int has = 0;

    while (dir && !has && (entry = readdir(dir)))
        has = entry->d_name[0] != '.' && plethio_is_image(entry->d_name);
    if (dir)
        closedir(dir);
    return has;
}

int plethio_consider_pure(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    static const char *const motion[] = {"steady",           "talking",        "slow translation",
                                         "fast translation", "small rotation", "medium rotation"};
    struct plethio_recording r = {.frames = 1};
    int person, task, length = 0;

    if (sscanf(file, "%2d-%2d.json%n", &person, &task, &length) != 2 || length == 0 || file[length])
        return 0;
    if (plethio_stem(r.name, file, e) || plethio_join(r.input, walk->folder, r.name, "", e) ||
        plethio_join(r.reference, walk->folder, file, "", e))
        return -1;
    if (!has_images(r.input)) {
        if (!has_images(walk->folder))
            return 0;
        strcpy(r.input, walk->folder);
    }
    memcpy(r.person, r.name, strcspn(r.name, "-"));
    plethio_add_attribute(&r, "task", r.name + strcspn(r.name, "-") + 1);
    if (task >= 1 && task <= 6)
        plethio_add_attribute(&r, "motion", motion[task - 1]);
    return plethio_add_recording(walk, &r, e);
}

/* A number under a key of the object that begins at s; NAN without one. */
static double number_of(struct pleth_json s, const char *key)
{
    struct pleth_json after;
    double number;

    return plethio_json_member(&s, key, &after) && plethio_json_number(&s, &number) ? number
                                                                                    : (double)NAN;
}

/* What there is of a finger clip's samples. */
struct samples {
    double *time_ns, *wave, *rate;
    int count, capacity[3];
};

static int add_sample(struct samples *out, struct pleth_json s)
{
    double **column[] = {&out->time_ns, &out->wave, &out->rate};
    const double time_ns = fmod(number_of(s, "Timestamp"), clock_ns);
    struct pleth_json after;
    int has_value = plethio_json_member(&s, "Value", &after);

    for (int i = 0; i < 3; i++) {
        double *more =
            plethio_grow(*column[i], out->count, 1, &out->capacity[i], sizeof **column[i]);

        if (!more)
            return -1;
        *column[i] = more;
    }
    out->time_ns[out->count] = time_ns;
    out->wave[out->count] = has_value ? number_of(s, "waveform") : (double)NAN;
    out->rate[out->count++] = has_value ? number_of(s, "pulseRate") : (double)NAN;
    return 0;
}

/* The objects of the array that begins at s. -1 where it does not end, -2 without memory. */
static int read_samples(struct samples *out, struct pleth_json s)
{
    if (!pleth_json_accept(&s, '['))
        return -1;
    if (pleth_json_accept(&s, ']'))
        return 0;
    do {
        if (add_sample(out, s))
            return -2;
        if (!plethio_json_skip(&s))
            return -1;
    } while (pleth_json_accept(&s, ','));
    return pleth_json_accept(&s, ']') ? 0 : -1;
}

/* When the first picture was taken: by its name, else by the .json. */
static double first_image_ns(const char *folder, struct pleth_json s)
{
    struct plethio_images images;
    double first = (double)NAN;

    if (plethio_images_open(&images, folder, 1, NULL) == 0) {
        first = images.origin_ns > 0 ? (double)images.origin_ns : first;
        plethio_images_close(&images);
    }
    if (isnan(first) && pleth_json_accept(&s, '['))
        first = fmod(number_of(s, "Timestamp"), clock_ns);
    return first;
}

static int parse(struct plethio_reference *r, const struct plethio_recording *recording,
                 const char *text, size_t size, struct samples *samples, struct plethio_error *e)
{
    const char *path = recording->reference;
    struct pleth_json clip = {text, text + size}, image = clip, after;
    double first_ns;
    int status;

    if (!plethio_json_member(&clip, "/FullPackage", &after))
        return plethio_fail(e, "%s: no JSON with a member /FullPackage, or it is cut off", path);
    if (!plethio_json_member(&image, "/Image", &after))
        return plethio_fail(e, "%s: no member /Image with the times of the pictures", path);
    status = read_samples(samples, clip);
    if (status == -2)
        return plethio_no_memory(path, e);
    if (status || samples->count == 0)
        return plethio_fail(e, "%s: /FullPackage is no array of samples", path);
    first_ns = first_image_ns(recording->input, image);
    if (!isfinite(first_ns))
        return plethio_fail(e, "%s: the first picture has no time", path);
    r->n = samples->count;
    r->rate_of_wave = 1;
    for (int i = 0; i < r->n; i++)
        samples->time_ns[i] = (samples->time_ns[i] - first_ns) * 1e-9;
    plethio_drop_no_rates(samples->rate, r->n);
    return 0;
}

int plethio_read_pure(struct plethio_reference *r, const struct plethio_recording *recording,
                      struct plethio_error *e)
{
    struct samples samples = {.count = 0};
    size_t size;
    char *text = plethio_read_whole(recording->reference, &size, e);
    int status = text ? parse(r, recording, text, size, &samples, e) : -1;

    free(text);
    r->time_s = samples.time_ns;
    r->wave = samples.wave;
    r->heart_rate = samples.rate;
    return status;
}
