/* LGI-PPGI: folders NAME_SESSION with cv_camera_sensor_stream_handler.avi, the times of its frames
 * in cv_camera_sensor_timer_stream_handler.xml, and a finger clip's samples in
 * cms50_stream_handler.xml: an element each, in which value1 is the pulse rate (or the time in ms)
 * and value2 the wave.
 *
 * The two have no clock in common. As pyVHR does, the clip is taken to end with the video, its 60
 * samples a second before that. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_parts.h"
#include "memory.h"

static const double rate_hz = 60;

int plethio_consider_lgi(struct plethio_walk *walk, const char *file, struct plethio_error *e)
{
    struct plethio_recording r = {.name = ""};
    const char *folder;
    size_t length, of_person;
    char session[40] = "";

    if (strcmp(file, "cv_camera_sensor_stream_handler.avi") != 0)
        return 0;
    if (plethio_join(r.input, walk->folder, file, "", e) ||
        plethio_join(r.reference, walk->folder, "cms50_stream_handler.xml", "", e) ||
        plethio_copy_name(r.name, *walk->below ? walk->below : "recording", walk->folder, e))
        return -1;
    if (!plethio_is_file(r.reference)) {
        walk->dataset->unlabelled++;
        return 0;
    }
    folder = plethio_path_part(r.name, 1, &length);
    of_person = strcspn(folder, "_");
    memcpy(r.person, folder, of_person);
    if (of_person < length)
        snprintf(session, sizeof session, "%s", folder + of_person + 1);
    plethio_add_attribute(&r, "session", session);
    return plethio_add_recording(walk, &r, e);
}

/* ---- XML -------------------------------------------------------------------------------- */

/* Numbers of the elements of one name. */
struct numbers {
    const char *name;
    double *value;
    int count, capacity;
};

/* The element whose name begins at p holds a number and nothing else: the number. */
static int holds_number(const char *p, double *number)
{
    char *end;

    p += strcspn(p, "<>");
    if (*p != '>')
        return 0;
    *number = strtod(p + 1, &end);
    while (isspace((unsigned char)*end))
        end++;
    return end > p + 1 && end[0] == '<' && end[1] == '/' && isfinite(*number);
}

/* Fills n[0..count) with what the elements of these names hold that lie within an element within
 * the root, as far down as they may be. 0, -1 where the text is no XML or ends too early, -2
 * without memory. */
static int read_elements(const char *p, struct numbers *n, int count)
{
    int depth = 0, elements = 0;

    while ((p = strchr(p, '<'))) {
        const char *end = strchr(p, '>');

        if (!end)
            return -1;
        if (p[1] == '/') {
            if (--depth < 0)
                return -1;
        } else if (p[1] != '?' && p[1] != '!' && end[-1] != '/') {
            size_t length = strcspn(p + 1, " \t\r\n>");
            double number;

            depth++;
            elements++;
            for (int i = 0; i < count && depth >= 3; i++) {
                double *more;

                if (strlen(n[i].name) != length || strncmp(n[i].name, p + 1, length) != 0 ||
                    !holds_number(p + 1, &number))
                    continue;
                more = plethio_grow(n[i].value, n[i].count, 1, &n[i].capacity, sizeof *more);
                if (!more)
                    return -2;
                n[i].value = more;
                more[n[i].count++] = number;
            }
        }
        p = end + 1;
    }
    return depth == 0 && elements > 0 ? 0 : -1;
}

static int read_xml(const char *path, struct numbers *n, int count, struct plethio_error *e)
{
    size_t size;
    char *text = plethio_read_whole(path, &size, e);
    int status;

    if (!text)
        return -1;
    status = read_elements(text, n, count);
    free(text);
    if (status == -2)
        return plethio_no_memory(path, e);
    return status ? plethio_fail(e, "%s: no XML, or it is cut off", path) : 0;
}

/* ---- References ------------------------------------------------------------------------- */

/* Times of the frames, where there are any. */
static int read_times(struct plethio_reference *r, const char *reference, struct plethio_error *e)
{
    struct numbers time = {.name = "value1"};
    char path[1024];

    if (plethio_beside(path, reference, (int)strlen("cms50_stream_handler.xml"),
                       "cv_camera_sensor_timer_stream_handler.xml", e))
        return -1;
    if (!plethio_is_file(path))
        return 0;
    if (read_xml(path, &time, 1, e)) {
        free(time.value);
        return -1;
    }
    r->frame_s = time.value;
    r->frames = time.count;
    for (int i = time.count - 1; i >= 0; i--)
        r->frame_s[i] = (r->frame_s[i] - r->frame_s[0]) * 1e-3;
    return plethio_check_frame_times(r, path, e);
}

int plethio_read_lgi(struct plethio_reference *r, const struct plethio_recording *recording,
                     struct plethio_error *e)
{
    struct numbers n[2] = {{.name = "value1"}, {.name = "value2"}};
    const char *path = recording->reference;
    int status = read_xml(path, n, 2, e);
    double start_s = 0;

    r->rate_of_wave = 1;
    r->n = n[1].count;
    r->wave = n[1].value;
    if (status == 0 && n[0].count == n[1].count) {
        r->heart_rate = n[0].value;
        plethio_drop_no_rates(r->heart_rate, r->n);
    } else {
        free(n[0].value);
    }
    if (status)
        return status;
    if (r->n == 0)
        return plethio_fail(e, "%s: no samples (value2) in it", path);
    if (read_times(r, path, e))
        return -1;
    if (r->frames > 0)
        start_s = fmin(0, r->frame_s[r->frames - 1] - r->n / rate_hz);
    return plethio_even_times(r, start_s, rate_hz, path, e);
}
