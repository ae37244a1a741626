#include "taken.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "net/json.h"
#include "path.h"
#include "seen.h"

void plethtrain_taken_text(const struct plethtrain_set *set, char text[PLETHTRAIN_TAKEN])
{
    int used = 0;

    *text = 0;
    for (int i = 0; i < set->sources; i++)
        used +=
            snprintf(text + used, PLETHTRAIN_TAKEN - (size_t)used, "%s%s lag_s %.9g channels %d",
                     i ? PLETHTRAIN_AND : "", set->source[i], set->lag_s[i], set->channels[i]);
}

/* What stands from `at` to `end`: a data set's name[0..length), its lag, its channels. -1: it is
 * something else. */
static int read_one(const char *at, const char *end, int *length, double *lag_s, int *channels)
{
    static const char lag[] = " lag_s ";
    const char *found = NULL;
    int used = 0;

    /* the last, as the name may hold these words, too */
    for (const char *p = strstr(at, lag); p && p < end; p = strstr(p + 1, lag))
        found = p;
    if (!found || sscanf(found, " lag_s %lf channels %d%n", lag_s, channels, &used) != 2 ||
        found + used != end || !(fabs(*lag_s) <= 60) || *channels < 1 ||
        *channels > PLETHTRAIN_CHANNELS)
        return -1;
    *length = (int)(found - at);
    return 0;
}

int plethtrain_taken_read(const struct pleth_weights *w, const char *path,
                          struct plethtrain_source *source, int sources, struct plethio_error *e)
{
    char text[PLETHTRAIN_TAKEN] = "";
    int common = -1, known[PLETHTRAIN_SOURCES] = {0}, key_length, length;
    const char *key, *value;
    size_t item = 0;

    while (pleth_weights_metadata_next(w, &item, &key, &key_length, &value, &length))
        if (pleth_json_is(key, key_length, "windows") &&
            !pleth_json_unescape(value, length, text, sizeof text))
            return plethio_fail(e, "%s: how its windows were taken (windows) can not be read",
                                path);
    for (const char *at = text; *at;) {
        const char *next = strstr(at, PLETHTRAIN_AND), *end = next ? next : at + strlen(at);
        int channels;
        double lag_s;

        if (read_one(at, end, &length, &lag_s, &channels))
            return plethio_fail(
                e, "%s: how its windows were taken (windows) can not be read: %.80s", path, at);
        common = common < 0 || common == channels ? channels : 0;
        for (int i = 0; i < sources; i++) {
            char name[256];
            plethio_own_name(name, source[i].path);
            if (strlen(name) != (size_t)length || strncmp(name, at, (size_t)length) != 0)
                continue;
            source[i].lag_s = lag_s;
            source[i].channels = channels;
            known[i] = 1;
        }
        at = next ? next + strlen(PLETHTRAIN_AND) : end;
    }
    for (int i = 0; i < sources; i++)
        if (!known[i] && common > 0)
            source[i].channels = common;
    return 0;
}
