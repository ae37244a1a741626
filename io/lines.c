#include "lines.h"

#include <errno.h>
#include <string.h>

int plethio_lines_open(struct plethio_lines *l, const char *path, struct plethio_error *e)
{
    l->number = 0;
    l->file = fopen(path, "rb");
    return l->file ? 0 : plethio_fail(e, "cannot be opened: %s", strerror(errno));
}

int plethio_lines_next(struct plethio_lines *l, struct plethio_error *e)
{
    while (fgets(l->text, (int)sizeof l->text, l->file)) {
        size_t n = strlen(l->text);
        const char *start = l->text;

        l->number++;
        if (n + 1 == sizeof l->text)
            return plethio_fail(e, "line %ld is too long; is it a table?", l->number);
        /* fgets ends at a line's end or the file's; a zero byte ends the text before that */
        if (n == 0 || (l->text[n - 1] != '\n' && !feof(l->file)))
            return plethio_fail(e, "this is not a text table (CSV)");
        while (n > 0 && (l->text[n - 1] == '\n' || l->text[n - 1] == '\r'))
            l->text[--n] = 0;
        if (l->number == 1 && strncmp(start, "\xef\xbb\xbf", 3) == 0)
            memmove(l->text, l->text + 3, n - 2);
        if (start[strspn(start, " \t")] && *start != '#')
            return 1;
    }
    return ferror(l->file) ? plethio_fail(e, "cannot be read: %s", strerror(errno)) : 0;
}

void plethio_lines_rewind(struct plethio_lines *l)
{
    rewind(l->file);
    l->number = 0;
}

void plethio_lines_close(struct plethio_lines *l)
{
    if (l->file)
        fclose(l->file);
    l->file = NULL;
}
