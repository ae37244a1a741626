#define _DEFAULT_SOURCE /* getopt_long */

#include "parse.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

int parse_fail(const char *verb, const char *format, ...)
{
    struct plethio_error e;
    char text[sizeof e.text];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* makes it one line */
    plethio_fail(&e, "%s", text);
    fprintf(stderr, "pleth %s: %s; see pleth %s --help\n", verb, e.text, verb);
    return TOOL_USAGE;
}

int parse_option(const char *verb, int argc, char **argv, const struct option *options, int *index)
{
    int code, is_long = 0;

    opterr = 0;
    code = getopt_long(argc, argv, ":h", options, index);
    if (code == ':') {
        parse_fail(verb, "a value is missing after %s", argv[optind - 1]);
        return '?';
    }
    if (code != '?')
        return code;
    /* optopt: 0 for an unknown long option, the val of one that is given a value it does not take,
     * the letter of an unknown short one, which may stand amid others */
    for (const struct option *o = options; o->name; o++)
        is_long |= o->val == optopt;
    if (optopt == 0)
        parse_fail(verb, "unknown option %s", argv[optind - 1]);
    else if (is_long)
        parse_fail(verb, "an option has a value that takes none: %s", argv[optind - 1]);
    else
        parse_fail(verb, "unknown option -%c", optopt);
    return '?';
}

int parse_number(const char *text, double *value)
{
    return parse_numbers(text, '\0', 1, value);
}

int parse_numbers(const char *text, char separator, int n, double *value)
{
    for (int i = 0; i < n; i++) {
        char *end;

        value[i] = strtod(text, &end);
        if (end == text || !isfinite(value[i]) || *end != (i < n - 1 ? separator : '\0'))
            return -1;
        text = end + 1;
    }
    return 0;
}

int parse_whole(const char *text, double low, double high, double *value)
{
    if (parse_number(text, value) || *value < low || *value > high || *value != floor(*value))
        return -1;
    return 0;
}

int parse_size(const char *text, int *width, int *height)
{
    double side[2];

    if (parse_numbers(text, 'x', 2, side))
        return -1;
    for (int i = 0; i < 2; i++)
        if (side[i] < 1 || side[i] > 16384 || side[i] != floor(side[i]))
            return -1;
    *width = (int)side[0];
    *height = (int)side[1];
    return 0;
}

int parse_data_set(const char *text, char layout[64], const char **dir)
{
    const char *colon = strchr(text, ':');

    if (!colon || colon - text >= 64)
        return -1;
    memcpy(layout, text, (size_t)(colon - text));
    layout[colon - text] = 0;
    *dir = colon + 1;
    return 0;
}

int parse_word(const char *text, const char *const *words, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    return -1;
}
