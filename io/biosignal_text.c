/* Tables of text with a name for each column: CSV of any kind, what Polar's sensors log and what
 * GalaxyPPG has of a wristband (a file for light, one beside it for motion), and what a MAX3010x
 * prints ("red=1, ir=2" or "R[1] IR[2]"). */
#define _POSIX_C_SOURCE 200809L

#include "biosignal_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lines.h"
#include "table.h"

enum {
    COLUMNS = 1024,
    /* rows that unit and rate are taken from */
    PROBE = 1000,
    SECOND = 1000000000
};

struct text {
    struct plethio_lines lines;
    char separator;
    int columns;
    /* each value has its name with it, and there is no header */
    int self_named;
    /* the column of time, -1; nanoseconds in its unit, and where it starts (in its unit) */
    int time;
    double unit_ns, first;
    /* the channel of each column, -1 */
    int channel[COLUMNS];
    /* -1: what is measured is written with the other sign */
    float sign;
};

/* Wristbands: light, then motion */
struct texts {
    struct text text[2];
    int count;
};

/* ---- Cells ------------------------------------------------------------------------------ */

/* "red=12" or "R[12]": cuts the number out, which then follows the name and its end. NULL if the
 * cell is neither. */
static char *self_named(char *cell)
{
    const size_t n = strcspn(cell, "=[");
    const size_t m = strlen(cell);

    if (n == 0 || !cell[n] || !isalpha((unsigned char)*cell))
        return NULL;
    if (cell[n] == '[') {
        if (cell[m - 1] != ']')
            return NULL;
        cell[m - 1] = 0;
    }
    cell[n] = 0;
    return cell + n + 1;
}

/* Days from 1970 to a date of the Gregorian calendar (Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static long days_from(long year, long month, long day)
{
    const long y = year - (month <= 2), of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

    return 365 * y + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

/* Seconds from 1970 of "2021-03-04T10:11:12.345", NAN if it is none. */
static double seconds_of(const char *cell)
{
    long v[5];
    char *end;
    double seconds;

    for (int i = 0; i < 5; i++) {
        if (!isdigit((unsigned char)*cell))
            return (double)NAN;
        v[i] = strtol(cell, &end, 10);
        if (v[i] < 0 || v[i] > 9999 || !strchr(i < 2 ? "-" : i == 2 ? "T " : ":", *end) || !*end)
            return (double)NAN;
        cell = end + 1;
    }
    seconds = strtod(cell, &end);
    if (!isdigit((unsigned char)*cell) || v[1] < 1 || v[1] > 12 || v[2] > 31 || v[3] > 24)
        return (double)NAN;
    return 86400.0 * (double)days_from(v[0], v[1], v[2]) + 3600.0 * (double)v[3] +
           60.0 * (double)v[4] + seconds;
}

static int cut(struct text *t, char **cell)
{
    int n = plethio_row_cut(t->lines.text, t->separator, cell, COLUMNS);

    n = n < t->columns ? n : t->columns;
    for (int i = 0; t->self_named && i < n; i++) {
        char *number = self_named(cell[i]);

        cell[i] = number ? number : cell[i];
    }
    return n;
}

/* In the column's unit; NAN if the row has none. */
static double time_at(const struct text *t, char **cell, int n)
{
    double v;

    if (t->time >= n)
        return (double)NAN;
    v = plethio_row_number(cell[t->time], t->separator);
    return isnan(v) ? seconds_of(cell[t->time]) : v;
}

/* ---- Reading ---------------------------------------------------------------------------- */

static int next_text(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                     struct plethio_error *e)
{
    struct text *t = &((struct texts *)b->reader)->text[lane];
    char *cell[COLUMNS];
    int got, n;

    do {
        got = plethio_lines_next(&t->lines, e);
        if (got != 1)
            return got;
        n = cut(t, cell);
        if (!b->lane[lane].timed)
            break;
        *time_ns = plethio_ns((time_at(t, cell, n) - t->first) * t->unit_ns);
    } while (*time_ns == INT64_MIN);
    for (int i = 0; i < t->columns; i++)
        if (t->channel[i] >= 0)
            value[t->channel[i]] =
                i < n ? t->sign * (float)plethio_row_number(cell[i], t->separator) : NAN;
    return 1;
}

static void close_texts(struct plethio_biosignal *b)
{
    struct texts *all = b->reader;

    for (int i = 0; i < all->count; i++)
        plethio_lines_close(&all->text[i].lines);
    free(all);
}

/* ---- The header ------------------------------------------------------------------------- */

/* "timestamp [ms]" becomes "timestamp_ms", as PLETHIO_TIME_NAMES has it. */
static void plain_name(char *name)
{
    const size_t n = strlen(name);
    char *open = strpbrk(name, "[("), *to = open;

    if (!open || n == 0 || !strchr("])", name[n - 1]))
        return;
    while (to > name && to[-1] == ' ')
        to--;
    name[n - 1] = 0;
    memmove(to + 1, open + 1, strlen(open + 1) + 1);
    *to = '_';
}

static int is_time(const char *name)
{
    char plain[64];

    if (strlen(name) >= sizeof plain)
        return 0;
    strcpy(plain, name);
    plain_name(plain);
    return plethio_row_find((char *const[]){plain}, 1,
                            "sensor timestamp_ns|phone timestamp|phonetimestamp|" //
                            PLETHIO_TIME_NAMES) == 0;
}

/* Of two columns of time the sensor's is finer than the phone's, which stands still within a
 * packet. */
static int time_column(char *const *name, int columns)
{
    int found = -1;

    for (int i = 0; i < columns; i++)
        if (is_time(name[i]) && (found < 0 || strncasecmp(name[found], "phone", 5) == 0))
            found = i;
    return found;
}

/* Tells a first row of numbers from names, and cuts names out of "red=12". */
static int read_names(struct text *t, char **name, struct plethio_error *e)
{
    const int got = plethio_lines_next(&t->lines, e);
    int named = 0;

    if (got <= 0)
        return got == 0 ? plethio_fail(e, "it is empty") : -1;
    t->separator = plethio_row_separator(t->lines.text, 1);
    t->columns = plethio_row_cut(t->lines.text, t->separator, name, COLUMNS);
    if (t->columns > COLUMNS)
        return plethio_fail(e, "more than %d columns; is it a table?", COLUMNS);
    t->self_named = 1;
    for (int i = 0; i < t->columns; i++) {
        const size_t n = strcspn(name[i], "=[");

        t->self_named &= name[i][n] && isdigit((unsigned char)name[i][n + 1]);
        named |= *name[i] && isnan(plethio_row_number(name[i], t->separator));
    }
    for (int i = 0; t->self_named && i < t->columns; i++)
        self_named(name[i]);
    if (!named)
        return plethio_fail(e, "no header; its first line must name the columns: light (ppg, "
                               "green, red, ir), time (time_s, time_ms, ...), and perhaps acc_x, "
                               "acc_y, acc_z");
    return 0;
}

static int add_columns(struct plethio_biosignal *b, struct text *t, char *const *name, int lane,
                       struct plethio_error *e)
{
    t->time = time_column(name, t->columns);
    for (int i = 0; i < t->columns; i++) {
        t->channel[i] = -1;
        if (!*name[i] || i == t->time || is_time(name[i]) ||
            !plethio_has_place(t->columns, name[i]))
            continue;
        t->channel[i] = plethio_add_channel(b, name[i], NULL, lane, e);
        if (t->channel[i] < 0)
            return -1;
    }
    return 0;
}

/* ---- Time ------------------------------------------------------------------------------- */

/* The time of the last whole row, NAN if it has none. */
static double last_time(struct text *t)
{
    char *cell[COLUMNS];
    double last = (double)NAN;
    struct plethio_error e;

    if (fseeko(t->lines.file, 0, SEEK_END) || ftello(t->lines.file) < 4096 ||
        fseeko(t->lines.file, -4096, SEEK_END))
        plethio_lines_rewind(&t->lines);
    /* the first is cut off, or the header */
    for (int row = 0; plethio_lines_next(&t->lines, &e) == 1; row++) {
        const double now = row == 0 ? (double)NAN : time_at(t, cell, cut(t, cell));

        last = isnan(now) ? last : now;
    }
    return last;
}

/* Where the times begin, their unit, and the rate if they are even. The name is the column's. */
static int probe(struct text *t, char *name, double *rate_hz, double *duration_s,
                 struct plethio_error *e)
{
    char *cell[COLUMNS];
    double step[PROBE], before = (double)NAN, last, mean;
    int n = 0, rows = 0, got, even = 0, dated = 0;

    plain_name(name);
    t->unit_ns = plethio_time_unit(name);
    t->first = (double)NAN;
    while (rows < PROBE && (got = plethio_lines_next(&t->lines, e)) != 0) {
        int cells;
        double now;

        if (got < 0)
            return -1;
        cells = cut(t, cell);
        now = time_at(t, cell, cells);
        if (isnan(now))
            continue;
        dated |= isnan(plethio_row_number(cell[t->time], t->separator));
        if (rows++ == 0)
            t->first = now;
        else if (now > before)
            step[n++] = now - before;
        before = now;
    }
    if (rows == 0)
        return plethio_fail(e, "no row has a time");
    if (dated)
        t->unit_ns = 1e9;
    if (!(t->unit_ns > 0))
        t->unit_ns = plethio_time_unit_guess(step, n);
    if (!(t->unit_ns > 0))
        return plethio_fail(e, "the unit of its time is not plain; call the column time_s, "
                               "time_ms, time_us or time_ns");
    /* stamps that are rounded to milliseconds still belong to even samples */
    mean = n > 0 ? (before - t->first) / n : 0;
    for (int i = 0; i < n; i++)
        even += fabs(step[i] - mean) <= 0.1 * mean + 1e6 / t->unit_ns;
    *rate_hz = n > 0 && n == rows - 1 && 20 * even >= 19 * n ? 1e9 / (mean * t->unit_ns) : 0;
    last = last_time(t);
    *duration_s = last > t->first ? (last - t->first) * t->unit_ns * 1e-9 : 0;
    return 0;
}

/* ---- Opening ---------------------------------------------------------------------------- */

static int add_text(struct plethio_biosignal *b, const char *path, double rate_hz,
                    struct plethio_error *e)
{
    struct texts *all = b->reader;
    struct text *t = &all->text[all->count];
    const int lane = plethio_add_lane(b, 0);
    char *name[COLUMNS], time_name[64] = "";
    double duration_s = 0, own_hz = 0;
    int polar;

    if (plethio_lines_open(&t->lines, path, e))
        return -1;
    all->count++;
    t->sign = 1;
    if (read_names(t, name, e) || add_columns(b, t, name, lane, e))
        return -1;
    polar = t->separator == ';' && strcasecmp(name[0], "phone timestamp") == 0;
    if (polar)
        strcpy(b->info.format, "polar");
    if (t->time >= 0)
        strncat(time_name, name[t->time], sizeof time_name - 1);
    if (t->self_named)
        plethio_lines_rewind(&t->lines);
    if (rate_hz > 0) {
        b->lane[lane].timed = 0;
        return 0;
    }
    if (t->time < 0)
        return plethio_fail(e, "no column of time (time_s, time_ms, ...); give the rate with "
                               "--rate-hz");
    if (probe(t, time_name, &own_hz, &duration_s, e))
        return -1;
    b->lane[lane].rate_hz = own_hz;
    b->lane[lane].gap_ns = SECOND;
    if (lane == 0)
        b->info.duration_s = duration_s;
    plethio_lines_rewind(&t->lines);
    return t->self_named || plethio_lines_next(&t->lines, e) == 1 ? 0 : -1;
}

/* The file of motion beside that of light: their clocks are one. */
static int add_motion(struct plethio_biosignal *b, const char *path, struct plethio_error *e)
{
    struct text *text = ((struct texts *)b->reader)->text;

    if (add_text(b, path, 0, e))
        return -1;
    b->lane[1].start_ns = 0;
    text[1].first = text[0].first * text[0].unit_ns / text[1].unit_ns;
    return 0;
}

/* Counts of a MAX3010x's photodiode, and nothing else. */
static int is_max3010x(const struct plethio_biosignal *b)
{
    int counts = 0;

    for (int i = 0; i < b->info.channels; i++) {
        const enum plethio_kind kind = b->info.channel[i].kind;

        if (kind != PLETHIO_OTHER && (kind < PLETHIO_GREEN || kind > PLETHIO_INFRARED))
            return 0;
        counts |= kind != PLETHIO_OTHER ? 1 << kind : 0;
    }
    return (counts & 1 << PLETHIO_RED) && (counts & 1 << PLETHIO_INFRARED);
}

int plethio_open_text(struct plethio_biosignal *b, double rate_hz, struct plethio_error *e)
{
    struct texts *all = calloc(1, sizeof *all);
    char beside[1024];

    if (!all)
        return plethio_fail(e, "not enough memory");
    b->reader = all;
    b->next = next_text;
    b->close = close_texts;
    strcpy(b->info.format, "csv");
    if (add_text(b, b->path, rate_hz, e))
        return -1;
    if (is_max3010x(b) && (all->text[0].self_named || all->text[0].time < 0))
        strcpy(b->info.format, "max3010x");
    return strcmp(b->info.format, "polar") == 0 && plethio_ends(b->path, "_PPG.txt") &&
                   rate_hz <= 0 && plethio_beside(beside, b->path, 7, "ACC.txt", e) == 0 &&
                   access(beside, F_OK) == 0
               ? add_motion(b, beside, e)
               : 0;
}

int plethio_open_galaxy(struct plethio_biosignal *b, struct plethio_error *e)
{
    const int file = plethio_ends(b->path, ".csv");
    struct texts *all = calloc(1, sizeof *all);
    char folder[1024], light[1024], motion[1024];
    int watch;

    if (!all)
        return plethio_fail(e, "not enough memory");
    b->reader = all;
    b->next = next_text;
    b->close = close_texts;
    strcpy(b->info.format, "galaxy");
    if (plethio_beside(folder, b->path, file ? 8 : 0, "", e) ||
        plethio_beside(light, folder, 0, "/PPG.csv", e) ||
        plethio_beside(motion, folder, 0, "/ACC.csv", e))
        return -1;
    watch = access(light, F_OK) == 0;
    if ((!watch && plethio_beside(light, folder, 0, "/BVP.csv", e)) || add_text(b, light, 0, e) ||
        add_motion(b, motion, e))
        return -1;
    /* the watch's light is published upside down */
    all->text[0].sign = watch ? -1 : 1;
    return 0;
}
