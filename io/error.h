/* What went wrong, in one line for a person: what, where, and what to try. */
#ifndef PLETHIO_ERROR_H
#define PLETHIO_ERROR_H

struct plethio_error {
    char text[512];
};

/* printf into e->text (cut if too long, newlines removed); returns -1. e may be NULL. */
int plethio_fail(struct plethio_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
