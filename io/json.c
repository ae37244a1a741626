#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Skips a value. Deeper than any model's topology is refused, so that the stack is not. */
static int skip(struct pleth_json *s, int depth)
{
    const char *text;
    int length;

    pleth_json_space(s);
    if (s->at == s->end || depth > 64)
        return 0;
    if (*s->at == '"')
        return pleth_json_text(s, &text, &length);
    if (pleth_json_accept(s, '[')) {
        if (pleth_json_accept(s, ']'))
            return 1;
        do
            if (!skip(s, depth + 1))
                return 0;
        while (pleth_json_accept(s, ','));
        return pleth_json_accept(s, ']');
    }
    if (pleth_json_accept(s, '{')) {
        if (pleth_json_accept(s, '}'))
            return 1;
        do
            if (!pleth_json_text(s, &text, &length) || !pleth_json_accept(s, ':') ||
                !skip(s, depth + 1))
                return 0;
        while (pleth_json_accept(s, ','));
        return pleth_json_accept(s, '}');
    }
    /* a number, true, false, null */
    text = s->at;
    while (s->at < s->end && *s->at && strchr("+-.0123456789Eaeflnrstu", *s->at))
        s->at++;
    return s->at > text;
}

int plethio_json_skip(struct pleth_json *s)
{
    return skip(s, 0);
}

int plethio_json_member(struct pleth_json *s, const char *key, struct pleth_json *after)
{
    struct pleth_json found = {NULL, NULL};
    const char *text;
    int length;

    if (!pleth_json_accept(s, '{'))
        return 0;
    if (!pleth_json_accept(s, '}')) {
        do {
            if (!pleth_json_text(s, &text, &length) || !pleth_json_accept(s, ':'))
                return 0;
            if (pleth_json_is(text, length, key) && !found.at)
                found = *s;
            if (!skip(s, 0))
                return 0;
        } while (pleth_json_accept(s, ','));
        if (!pleth_json_accept(s, '}'))
            return 0;
    }
    *after = *s;
    *s = found;
    return found.at != NULL;
}

int plethio_json_number(struct pleth_json *s, double *number)
{
    char text[40], *end;
    size_t n = 0;

    pleth_json_space(s);
    while (s->at < s->end && *s->at && strchr("+-.0123456789Ee", *s->at) && n + 1 < sizeof text)
        text[n++] = *s->at++;
    text[n] = 0;
    *number = strtod(text, &end);
    return n > 0 && !*end && strchr("-0123456789", *text) && isfinite(*number);
}
