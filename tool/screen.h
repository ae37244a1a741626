/* A terminal as a grid of cells, full screen: words, big digits and waves, drawn without flicker.
 *
 * Plain ECMA-48 control sequences, which every terminal of today obeys; braille and block
 * characters where the locale is UTF-8, ASCII elsewhere. */
#ifndef PLETH_TOOL_SCREEN_H
#define PLETH_TOOL_SCREEN_H

#include "error.h"

struct screen;

enum screen_style {
    SCREEN_PLAIN = 0,
    SCREEN_BOLD,
    SCREEN_DIM,
    /* colours of the terminal's own palette */
    SCREEN_CYAN,
    SCREEN_GREEN,
    SCREEN_YELLOW,
    SCREEN_STYLES
};

/* Takes the terminal of this process: no echo, keys at once, its own screen. -1 and e where
 * standard output is no terminal, or one that can not move its cursor. From here on SIGINT,
 * SIGTERM, SIGHUP and SIGQUIT only make screen_key return 'q', so that screen_close is reached;
 * SIGTSTP gives the terminal back until the process continues. */
int screen_open(struct screen **screen, struct plethio_error *e);

/* Gives the terminal back as it was; clears *screen. NULL is fine. */
void screen_close(struct screen **screen);

/* Waits for a key, at most ms milliseconds. 0: none came. 'q' also for a signal that ends the
 * program, and when the terminal is gone. */
int screen_key(struct screen *screen, int ms);

/* Blanks the grid, at the size that the terminal has now. -1: no memory. */
int screen_begin(struct screen *screen, int *width, int *height);

/* Shows what was put since screen_begin. */
void screen_end(struct screen *screen);

/* UTF-8 words from column x of row y on (from 0, top left); what leaves the grid is cut off.
 * Characters that control a terminal are shown as '?'. Returns the columns that they take. */
int screen_put(struct screen *screen, int x, int y, enum screen_style style, const char *text);

/* The same broken at spaces to lines of `width` columns, at most `rows`; returns the rows used. */
int screen_paragraph(struct screen *screen, int x, int y, int width, int rows,
                     enum screen_style style, const char *text);

/* Digits, 5 * scale rows high and 8 * scale columns wide each; returns the columns they take. */
int screen_digits(struct screen *screen, int x, int y, int scale, enum screen_style style,
                  const char *digits);

/* A bar of `width` cells, filled by share 0..1. */
void screen_bar(struct screen *screen, int x, int y, int width, enum screen_style style,
                double share);

/* A line through n values (oldest first), scaled to fill width x height cells; values that are not
 * finite are gaps. Nothing is drawn when all are equal. */
void screen_wave(struct screen *screen, int x, int y, int width, int height,
                 enum screen_style style, const float *value, int n);

#endif
