#include "seen.h"

#include <stdio.h>
#include <string.h>

#include "net/json.h"

/* 1 where the text of JSON writes a character beyond ASCII as an escape: names of people are
 * compared by their UTF-8, which pleth_json_unescape does not make of it. */
static int escapes(const char *text, int length)
{
    for (int i = 0; i + 5 < length; i += text[i] == '\\' ? 2 : 1)
        if (text[i] == '\\' && text[i + 1] == 'u' &&
            (text[i + 2] != '0' || text[i + 3] != '0' || text[i + 4] > '7'))
            return 1;
    return 0;
}

int plethtrain_seen_read(const struct pleth_weights *w, const char *path,
                         char list[PLETHTRAIN_SEEN], struct plethio_error *e)
{
    const char *key, *value;
    int key_length, value_length;
    size_t at = 0;

    *list = 0;
    while (pleth_weights_metadata_next(w, &at, &key, &key_length, &value, &value_length))
        if (pleth_json_is(key, key_length, "trained_on") &&
            (escapes(value, value_length) ||
             !pleth_json_unescape(value, value_length, list, PLETHTRAIN_SEEN)))
            return plethio_fail(e, "%s: whom it was trained on (trained_on) can not be read", path);
    return 0;
}

int plethtrain_is_seen(const char *list, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = list; at && *at;) {
        const char *end = strstr(at, PLETHTRAIN_AND);
        if ((end ? (size_t)(end - at) : strlen(at)) == length && strncmp(at, name, length) == 0)
            return 1;
        at = end ? end + strlen(PLETHTRAIN_AND) : NULL;
    }
    return 0;
}

int plethtrain_see(char list[PLETHTRAIN_SEEN], const char *name, struct plethio_error *e)
{
    const size_t used = strlen(list);

    if (strstr(name, PLETHTRAIN_AND))
        return plethio_fail(e,
                            "%.200s: \"%s\" stands between names in a model's list of people; "
                            "name this person otherwise",
                            name, PLETHTRAIN_AND);
    if (plethtrain_is_seen(list, name))
        return 0;
    if (used + strlen(name) + sizeof PLETHTRAIN_AND > PLETHTRAIN_SEEN)
        return plethio_fail(e, "too many people for a model's list of whom it has seen");
    snprintf(list + used, PLETHTRAIN_SEEN - used, "%s%s", used ? PLETHTRAIN_AND : "", name);
    return 0;
}
