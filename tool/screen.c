/* A terminal as a grid of cells. */
#define _DEFAULT_SOURCE /* sigaction, TIOCGWINSZ, SIGWINCH */

#include "screen.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tool.h"

#define MOST_COLUMNS 1000
#define MOST_ROWS 400

struct cell {
    uint32_t code;
    uint8_t style;
};

struct screen {
    int tty, width, height, unicode;
    struct termios before;
    struct sigaction old[5];
    /* what is drawn now, what the terminal shows, and whether that is known */
    struct cell *cell, *shown;
    int shown_valid;
    /* bytes on their way to the terminal */
    char *out;
    size_t used, room;
};

static const int watched[5] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
static volatile sig_atomic_t ended, suspended;

static void on_signal(int number)
{
    if (number == SIGTSTP)
        suspended = 1;
    else
        ended = 1;
}

/* ---- The terminal ----------------------------------------------------------------------- */

static void write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, data, n);
        if (done > 0) {
            data += done;
            n -= (size_t)done;
        } else if (done < 0 && errno != EINTR) {
            /* the terminal is gone */
            ended = 1;
            return;
        }
    }
}

static void enter(struct screen *s)
{
    /* another screen, no cursor, no wrapping at the right edge */
    static const char sequence[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
    struct termios raw = s->before;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(s->tty, TCSANOW, &raw);
    write_all(s->tty, sequence, sizeof sequence - 1);
    s->shown_valid = 0;
}

static void leave(struct screen *s)
{
    static const char sequence[] = "\033[0m\033[?7h\033[?25h\033[?1049l";
    write_all(s->tty, sequence, sizeof sequence - 1);
    tcsetattr(s->tty, TCSAFLUSH, &s->before);
}

int screen_open(struct screen **screen, struct plethio_error *e)
{
    const char *term = getenv("TERM");
    struct sigaction action;
    struct screen *s;

    *screen = NULL;
    if (!isatty(STDOUT_FILENO))
        return plethio_fail(e, "standard output is not a terminal; pleth measure --json writes "
                               "readings to files and pipes");
    if (!term || !*term || !strcmp(term, "dumb"))
        return plethio_fail(e, "TERM=%s is a terminal without a cursor; try pleth measure",
                            term ? term : "");
    s = calloc(1, sizeof *s);
    if (!s)
        return plethio_fail(e, "out of memory");
    /* keys are read from the terminal even where a video is piped to standard input */
    s->tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (s->tty < 0 || tcgetattr(s->tty, &s->before)) {
        int why = errno;
        if (s->tty >= 0)
            close(s->tty);
        free(s);
        return plethio_fail(e, "the terminal can not be opened: %s", strerror(why));
    }
    s->unicode = tool_unicode();

    ended = suspended = 0;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < 5; i++)
        sigaction(watched[i], &action, &s->old[i]);
    enter(s);
    *screen = s;
    return 0;
}

void screen_close(struct screen **screen)
{
    struct screen *s = *screen;
    if (!s)
        return;
    *screen = NULL;
    leave(s);
    for (int i = 0; i < 5; i++)
        sigaction(watched[i], &s->old[i], NULL);
    close(s->tty);
    free(s->cell);
    free(s->shown);
    free(s->out);
    free(s);
}

int screen_key(struct screen *s, int ms)
{
    struct pollfd wait = {.fd = s->tty, .events = POLLIN};
    char key;
    if (suspended) {
        leave(s);
        raise(SIGSTOP);
        suspended = 0;
        enter(s);
    }
    if (ended)
        return 'q';
    if (poll(&wait, 1, ms) <= 0)
        return ended ? 'q' : 0;
    switch (read(s->tty, &key, 1)) {
    case 1:
        return (unsigned char)key;
    case 0:
        /* readable and empty: hung up */
        return wait.revents & POLLHUP ? 'q' : 0;
    default:
        return errno == EINTR || errno == EAGAIN ? 0 : 'q';
    }
}

/* ---- The grid --------------------------------------------------------------------------- */

int screen_begin(struct screen *s, int *width, int *height)
{
    struct winsize size;
    int w = 80, h = 24;
    size_t n;
    if (!ioctl(s->tty, TIOCGWINSZ, &size) && size.ws_col > 0 && size.ws_row > 0) {
        w = size.ws_col < MOST_COLUMNS ? size.ws_col : MOST_COLUMNS;
        h = size.ws_row < MOST_ROWS ? size.ws_row : MOST_ROWS;
    }
    n = (size_t)w * (size_t)h;
    if (w != s->width || h != s->height || !s->cell || !s->shown) {
        free(s->cell);
        free(s->shown);
        s->cell = malloc(n * sizeof *s->cell);
        s->shown = malloc(n * sizeof *s->shown);
        s->width = w;
        s->height = h;
        s->shown_valid = 0;
        if (!s->cell || !s->shown)
            return -1;
    }
    for (size_t i = 0; i < n; i++)
        s->cell[i] = (struct cell){' ', SCREEN_PLAIN};
    *width = w;
    *height = h;
    return 0;
}

static void set(struct screen *s, int x, int y, uint32_t code, enum screen_style style)
{
    if (x >= 0 && x < s->width && y >= 0 && y < s->height)
        s->cell[y * s->width + x] = (struct cell){code, (uint8_t)style};
}

static void emit(struct screen *s, const char *text, size_t n)
{
    if (s->used + n > s->room) {
        size_t room = 2 * (s->used + n) + 4096;
        char *more = realloc(s->out, room);
        if (!more)
            return;
        s->out = more;
        s->room = room;
    }
    memcpy(s->out + s->used, text, n);
    s->used += n;
}

static void emit_code(struct screen *s, uint32_t c)
{
    char text[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char head[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 0; c >>= 6)
        text[i] = (char)(i ? 0x80 | (c & 0x3f) : n > 1 ? head[n] | c : c);
    emit(s, text, n);
}

void screen_end(struct screen *s)
{
    static const char *const sequence[SCREEN_STYLES] = {"\033[0m",    "\033[0;1m",  "\033[0;2m",
                                                        "\033[0;36m", "\033[0;32m", "\033[0;33m"};
    s->used = 0;
    if (!s->shown_valid)
        emit(s, "\033[0m\033[2J", 8);
    for (int y = 0; y < s->height; y++) {
        const struct cell *row = s->cell + y * s->width, *old = s->shown + y * s->width;
        char place[32];
        int style = -1, same = s->shown_valid;
        for (int x = 0; same && x < s->width; x++)
            same = row[x].code == old[x].code && row[x].style == old[x].style;
        if (same)
            continue;
        snprintf(place, sizeof place, "\033[%d;1H", y + 1);
        emit(s, place, strlen(place));
        for (int x = 0; x < s->width; x++) {
            if (row[x].style != style) {
                style = row[x].style;
                emit(s, sequence[style], strlen(sequence[style]));
            }
            emit_code(s, row[x].code);
        }
    }
    write_all(s->tty, s->out, s->used);
    memcpy(s->shown, s->cell, (size_t)s->width * (size_t)s->height * sizeof *s->cell);
    s->shown_valid = 1;
}

/* ---- What is put on it ------------------------------------------------------------------ */

/* the next character of UTF-8 text; bytes that are none give '?' */
static uint32_t next_code(const char **text)
{
    const unsigned char *t = (const unsigned char *)*text;
    int more = t[0] >= 0xf0 ? 3 : t[0] >= 0xe0 ? 2 : t[0] >= 0xc2 ? 1 : 0;
    uint32_t code = more ? t[0] & (0x3fu >> more) : t[0];
    *text += 1;
    if (t[0] >= 0x80 && (more == 0 || t[0] > 0xf4))
        return '?';
    for (int i = 1; i <= more; i++) {
        if ((t[i] & 0xc0) != 0x80)
            return '?';
        code = code << 6 | (t[i] & 0x3f);
    }
    *text += more;
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ? '?' : code;
}

static int put_bytes(struct screen *s, int x, int y, enum screen_style style, const char *text,
                     const char *end)
{
    int from = x;
    while (text < end) {
        uint32_t code = next_code(&text);
        if (code >= 0x80 && !s->unicode)
            code = '?';
        set(s, x++, y, code, style);
    }
    return x - from;
}

int screen_put(struct screen *s, int x, int y, enum screen_style style, const char *text)
{
    return put_bytes(s, x, y, style, text, text + strlen(text));
}

int screen_paragraph(struct screen *s, int x, int y, int width, int rows, enum screen_style style,
                     const char *text)
{
    int row = 0;
    while (*text && row < rows) {
        const char *end = text, *word = text;
        while (*word) {
            word += strcspn(word, " ");
            if (word - text > width && end > text)
                break;
            end = word;
            word += strspn(word, " ");
        }
        put_bytes(s, x, y + row++, style, text, end);
        text = end + strspn(end, " ");
    }
    return row;
}

int screen_digits(struct screen *s, int x, int y, int scale, enum screen_style style,
                  const char *digits)
{
    /* three by five dots, a row in three bits from the top */
    static const uint16_t font[10] = {075557, 026227, 071747, 071717, 055711,
                                      074717, 074757, 071111, 075757, 075717};
    const uint32_t full = s->unicode ? 0x2588 : '#';
    int from = x;
    for (; *digits >= '0' && *digits <= '9'; digits++, x += 8 * scale)
        for (int row = 0; row < 5 * scale; row++)
            for (int column = 0; column < 6 * scale; column++) {
                int dots = font[*digits - '0'] >> (3 * (4 - row / scale)) & 7;
                if (dots >> (2 - column / (2 * scale)) & 1)
                    set(s, x + column, y + row, full, style);
            }
    return x - from;
}

void screen_bar(struct screen *s, int x, int y, int width, enum screen_style style, double share)
{
    int filled = (int)lround(width * fmin(fmax(share, 0), 1));
    for (int i = 0; i < width; i++) {
        uint32_t code = s->unicode ? (i < filled ? 0x2588 : 0x2591) : (i < filled ? '#' : '.');
        set(s, x + i, y, code, i < filled ? style : SCREEN_DIM);
    }
}

/* sets one dot of the wave: with Unicode a cell is a braille pattern of two by four, whose bits are
 * numbered down the left and then the right column, with the fourth row added last */
static void dot(struct screen *s, int x, int y, int column, int row, enum screen_style style)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int cx, cy;
    uint32_t code = 0x2800;
    if (!s->unicode) {
        set(s, x + column, y + row, '*', style);
        return;
    }
    cx = x + column / 2;
    cy = y + row / 4;
    if (cx < 0 || cx >= s->width || cy < 0 || cy >= s->height)
        return;
    if ((s->cell[cy * s->width + cx].code & ~0xffu) == 0x2800)
        code = s->cell[cy * s->width + cx].code;
    set(s, cx, cy, code | bit[row % 4][column % 2], style);
}

void screen_wave(struct screen *s, int x, int y, int width, int height, enum screen_style style,
                 const float *value, int n)
{
    const int columns = width * (s->unicode ? 2 : 1), rows = height * (s->unicode ? 4 : 1);
    double low = (double)INFINITY, high = -low;
    int last = -1;
    if (columns < 2 || rows < 2 || n < 2)
        return;
    for (int i = 0; i < n; i++) {
        low = isfinite(value[i]) ? fmin(low, (double)value[i]) : low;
        high = isfinite(value[i]) ? fmax(high, (double)value[i]) : high;
    }
    if (!(high > low))
        return;
    for (int c = 0; c < columns; c++) {
        double at = (n - 1.0) * c / (columns - 1);
        int i = at < n - 1 ? (int)at : n - 2, row;
        double v = (double)value[i] + (at - i) * ((double)value[i + 1] - (double)value[i]);
        if (!isfinite(v)) {
            last = -1;
            continue;
        }
        row = (int)lround((rows - 1) * (high - v) / (high - low));
        dot(s, x, y, c, row, style);
        /* steep parts are joined half way in either column */
        for (int r = last < 0 ? row : last; r != row; r += row > r ? 1 : -1)
            dot(s, x, y, abs(r - last) <= abs(row - last) / 2 ? c - 1 : c, r, style);
        last = row;
    }
}
