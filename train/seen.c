#include "seen.h"

#include <stdio.h>
#include <string.h>

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

    if (plethtrain_is_seen(list, name))
        return 0;
    if (used + strlen(name) + sizeof PLETHTRAIN_AND > PLETHTRAIN_SEEN)
        return plethio_fail(e, "too many people for a model's list of whom it has seen");
    snprintf(list + used, PLETHTRAIN_SEEN - used, "%s%s", used ? PLETHTRAIN_AND : "", name);
    return 0;
}
