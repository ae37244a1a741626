#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int plethio_fail(struct plethio_error *e, const char *format, ...)
{
    va_list args;

    if (!e)
        return -1;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    /* one line, whatever a file name or a library's message brought along */
    for (char *p = e->text; *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
    return -1;
}
