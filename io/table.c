#define _POSIX_C_SOURCE 200809L

#include "table.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

enum {
    COLUMNS_MAX = 1024,
    /* rows that the unit of time is guessed from */
    STEPS_MAX = 1000
};

/* ---- Cells ------------------------------------------------------------------------------ */

/* Whether the separator stands in a line outside of quoted cells. */
static int separates(const char *line, char separator)
{
    int starts = 1, quoted = 0;

    for (const char *p = line; *p; p++) {
        if (quoted) {
            /* the two quotes of "" end a quoted text and start the next */
            quoted = *p != '"';
            starts = !quoted && p[1] == '"';
        } else if (*p == separator) {
            return 1;
        } else if (*p == '"' && starts) {
            quoted = 1;
        } else if (*p != ' ') {
            starts = strchr("\t;,", *p) != NULL;
        }
    }
    return 0;
}

char plethio_row_separator(const char *line, int loose)
{
    for (const char *c = "\t;,"; *c; c++)
        if (separates(line, *c))
            return *c;
    return loose ? ' ' : ',';
}

/* The next cell of a line, cut out in place, without quotes and the blanks around it; NULL after
 * the last one. */
static char *next_cell(char **at, char separator)
{
    char *start = *at, *end, *to;

    if (!start)
        return NULL;
    while (*start == ' ' || (*start == '\t' && separator != '\t'))
        start++;
    if (separator == ' ' && !*start)
        return *at = NULL;
    if (*start == '"') {
        to = ++start;
        for (end = start; *end && (*end != '"' || end[1] == '"'); end++) {
            if (*end == '"')
                end++;
            *to++ = *end;
        }
        while (*end && *end != separator)
            end++;
    } else {
        end = start + strcspn(start, (const char[]){separator, '\0'});
        to = end;
    }
    while (to > start && isspace((unsigned char)to[-1]))
        to--;
    while (start < to && isspace((unsigned char)*start))
        start++;
    *at = *end ? end + 1 : NULL;
    *to = '\0';
    return start;
}

int plethio_row_cut(char *line, char separator, char **cut, int max)
{
    char *at = line, *cell;
    int n = 0;

    while ((cell = next_cell(&at, separator))) {
        if (n < max)
            cut[n] = cell;
        n++;
    }
    return n;
}

static int no_room(const struct plethio_cells *c, struct plethio_error *e)
{
    return plethio_fail(e, "%s: too long a table for this machine", c->path);
}

/* Room for arrays of rows in plethio_cells. */
struct room {
    int cells, lines;
};

static int add_row(struct plethio_cells *c, struct room *room, char *text, int line, int loose,
                   struct plethio_error *e)
{
    char *cut[COLUMNS_MAX], **cell, *nothing = text + strlen(text);
    int count, *lines;

    if (c->rows == 0)
        c->separator = plethio_row_separator(text, loose);
    count = plethio_row_cut(text, c->separator, cut, COLUMNS_MAX);
    if (c->rows == 0)
        c->columns = count;
    if (c->columns > COLUMNS_MAX)
        return plethio_fail(e, "%s has more than %d columns; is it a table?", c->path, COLUMNS_MAX);
    if (count != c->columns && !loose)
        return plethio_fail(e, "%s:%d: %d columns where the first row has %d", c->path, line, count,
                            c->columns);
    if (c->rows >= INT_MAX / c->columns)
        return no_room(c, e);
    cell = plethio_grow(c->cell, c->rows, 1, &room->cells, (size_t)c->columns * sizeof *cell);
    if (!cell)
        return no_room(c, e);
    c->cell = cell;
    lines = plethio_grow(c->line, c->rows, 1, &room->lines, sizeof *lines);
    if (!lines)
        return no_room(c, e);
    c->line = lines;
    cell += (size_t)c->rows * (size_t)c->columns;
    for (int i = 0; i < c->columns; i++)
        cell[i] = i < count ? cut[i] : nothing;
    c->line[c->rows++] = line;
    return 0;
}

int plethio_cells_read(struct plethio_cells *cells, const char *path, int loose,
                       struct plethio_error *e)
{
    struct room room = {0, 0};
    int status = 0, line = 1;
    size_t size;
    char *next;

    memset(cells, 0, sizeof *cells);
    cells->path = path;
    cells->text = plethio_read_whole(path, &size, e);
    if (!cells->text)
        return -1;
    if (strlen(cells->text) != size)
        status = plethio_fail(e, "%s: this is not a text table (CSV)", path);
    /* past a byte order mark, as spreadsheets write it */
    next = cells->text + (strncmp(cells->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
    for (; next && !status; line++) {
        char *row = next, *end = strchr(row, '\n');

        next = end ? end + 1 : NULL;
        if (!end)
            end = row + strlen(row);
        while (end > row && end[-1] == '\r')
            end--;
        *end = '\0';
        if (row[strspn(row, " \t")] != '\0' && *row != '#')
            status = add_row(cells, &room, row, line, loose, e);
    }
    if (!status && cells->rows == 0)
        status = plethio_fail(e, "%s: the table is empty", path);
    if (status)
        plethio_cells_free(cells);
    return status;
}

void plethio_cells_free(struct plethio_cells *cells)
{
    free(cells->text);
    free(cells->cell);
    free(cells->line);
    memset(cells, 0, sizeof *cells);
}

static char *cell_at(const struct plethio_cells *c, int row, int column)
{
    return c->cell[(size_t)row * (size_t)c->columns + (size_t)column];
}

const char *plethio_cells_text(const struct plethio_cells *cells, int row, int column)
{
    return cell_at(cells, row, column);
}

double plethio_row_number(char *cell, char separator)
{
    char *end, *comma = separator == ';' ? strchr(cell, ',') : NULL;
    double value;

    if (comma)
        *comma = '.';
    value = strtod(cell, &end);
    if (end == cell || *end || !isfinite(value))
        value = (double)NAN;
    if (comma)
        *comma = ',';
    return value;
}

double plethio_cells_number(const struct plethio_cells *cells, int row, int column)
{
    return plethio_row_number(cell_at(cells, row, column), cells->separator);
}

int plethio_cells_value(const struct plethio_cells *cells, int row, int column, double *value,
                        struct plethio_error *e)
{
    const char *cell = plethio_cells_text(cells, row, column);

    *value = plethio_cells_number(cells, row, column);
    if (isnan(*value) && *cell && strcasecmp(cell, "nan") != 0 && strcasecmp(cell, "null") != 0)
        return plethio_fail(e, "%s:%d: \"%.40s\" is not a number", cells->path, cells->line[row],
                            cell);
    return 0;
}

int plethio_row_find(char *const *name, int columns, const char *names)
{
    while (*names) {
        size_t n = strcspn(names, "|");

        for (int i = 0; i < columns; i++)
            if (strlen(name[i]) == n && n && strncasecmp(name[i], names, n) == 0)
                return i;
        names += n + (names[n] == '|');
    }
    return -1;
}

int plethio_cells_column(const struct plethio_cells *cells, const char *names)
{
    return plethio_row_find(cells->cell, cells->columns, names);
}

/* ---- Tables ----------------------------------------------------------------------------- */

static int is_header(const struct plethio_cells *c)
{
    for (int i = 0; i < c->columns; i++)
        if (*plethio_cells_text(c, 0, i) && isnan(plethio_cells_number(c, 0, i)))
            return 1;
    return 0;
}

static int fill_table(struct plethio_table *t, const struct plethio_cells *c,
                      struct plethio_error *e)
{
    const int header = is_header(c);
    const size_t columns = (size_t)c->columns;

    t->rows = c->rows - header;
    t->columns = c->columns;
    if (t->rows == 0)
        return plethio_fail(e, "%s holds no rows of numbers", c->path);
    t->name = calloc(columns, sizeof *t->name);
    t->value = malloc((size_t)t->rows * columns * sizeof *t->value);
    if (!t->name || !t->value)
        return no_room(c, e);
    for (int i = 0; i < t->columns; i++) {
        t->name[i] = strdup(header ? plethio_cells_text(c, 0, i) : "");
        if (!t->name[i])
            return no_room(c, e);
    }
    for (int row = 0; row < t->rows; row++)
        for (int i = 0; i < t->columns; i++)
            t->value[(size_t)row * columns + (size_t)i] = plethio_cells_number(c, row + header, i);
    return 0;
}

int plethio_table_read(struct plethio_table *table, const char *path, struct plethio_error *e)
{
    struct plethio_cells cells;
    int status;

    memset(table, 0, sizeof *table);
    if (plethio_cells_read(&cells, path, 1, e))
        return -1;
    status = fill_table(table, &cells, e);
    plethio_cells_free(&cells);
    if (status)
        plethio_table_free(table);
    return status;
}

void plethio_table_free(struct plethio_table *table)
{
    for (int i = 0; table->name && i < table->columns; i++)
        free(table->name[i]);
    free(table->name);
    free(table->value);
    memset(table, 0, sizeof *table);
}

int plethio_table_column(const struct plethio_table *table, const char *names)
{
    return plethio_row_find(table->name, table->columns, names);
}

/* ---- Time ------------------------------------------------------------------------------- */

static const struct {
    const char *ending;
    double ns;
} units[] = {{"_s", 1e9}, {"_ms", 1e6}, {"_us", 1e3}, {"_ns", 1}, {"seconds", 1e9}};

double plethio_time_unit(const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t m = strlen(units[i].ending);

        if (n >= m && strcasecmp(name + n - m, units[i].ending) == 0)
            return units[i].ns;
    }
    return 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double plethio_time_unit_guess(double *step, int n)
{
    double unit = 1e9;

    if (n == 0)
        return 0;
    qsort(step, (size_t)n, sizeof *step, ascending);
    while (unit >= 1 && step[n / 2] * unit > 0.3e9)
        unit /= 1e3;
    return unit >= 1 && step[n / 2] * unit > 0.3e6 ? unit : 0;
}

static double unit_by_steps(const struct plethio_table *t, int column)
{
    double step[STEPS_MAX];
    int n = 0;

    for (int i = 1; i < t->rows && n < STEPS_MAX; i++) {
        double d = t->value[(size_t)i * (size_t)t->columns + (size_t)column] -
                   t->value[(size_t)(i - 1) * (size_t)t->columns + (size_t)column];

        if (d > 0)
            step[n++] = d;
    }
    return plethio_time_unit_guess(step, n);
}

int plethio_table_time(const struct plethio_table *table, int64_t *ns)
{
    int column = plethio_table_column(table, PLETHIO_TIME_NAMES);
    double unit, first = (double)NAN;

    if (column < 0)
        return -1;
    unit = plethio_time_unit(table->name[column]);
    if (!(unit > 0))
        unit = unit_by_steps(table, column);
    if (!(unit > 0))
        return -1;
    for (int i = 0; i < table->rows; i++) {
        double t = table->value[(size_t)i * (size_t)table->columns + (size_t)column];

        if (isnan(first))
            first = t;
        t = (t - first) * unit;
        ns[i] = fabs(t) < 9e18 ? llround(t) : INT64_MIN;
    }
    return 0;
}

/* ---- Traces ----------------------------------------------------------------------------- */

int plethio_is_trace(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && (strcasecmp(dot, ".csv") == 0 || strcasecmp(dot, ".bin") == 0);
}

static int allocate(struct plethio_trace *trace, size_t n, const char *path,
                    struct plethio_error *e)
{
    if (n < INT_MAX / 4) {
        trace->time_ns = malloc((n + 1) * sizeof *trace->time_ns);
        trace->rgb = malloc((n + 1) * 3 * sizeof *trace->rgb);
    }
    if (!trace->time_ns || !trace->rgb)
        return plethio_fail(e, "%s: too long a trace for this machine", path);
    return 0;
}

/* Takes sample i of the file if it can be colour. */
static void take(struct plethio_trace *trace, int64_t time_ns, const float rgb[3])
{
    if (time_ns == INT64_MIN)
        return;
    for (int c = 0; c < 3; c++)
        if (!(rgb[c] > 0) || !isfinite(rgb[c]))
            return;
    trace->time_ns[trace->n] = time_ns;
    memcpy(trace->rgb + 3 * (size_t)trace->n++, rgb, 3 * sizeof *rgb);
}

static int64_t even(size_t i, double rate_hz)
{
    double ns = (double)i / rate_hz * 1e9;

    return ns < 9e18 ? llround(ns) : INT64_MIN;
}

static int read_csv(struct plethio_trace *trace, const struct plethio_table *t, const char *path,
                    double rate_hz, struct plethio_error *e)
{
    static const char *const names[3] = {"r|red|mean_r|r_mean|mean_red|red_mean|skin_r",
                                         "g|green|mean_g|g_mean|mean_green|green_mean|skin_g",
                                         "b|blue|mean_b|b_mean|mean_blue|blue_mean|skin_b"};
    const int bare = !*t->name[0] && (t->columns == 3 || t->columns == 4);
    int column[3], timed;

    for (int c = 0; c < 3; c++) {
        column[c] = bare ? t->columns - 3 + c : plethio_table_column(t, names[c]);
        if (column[c] < 0)
            return plethio_fail(e, "%s has no columns r, g and b; name them in its first line",
                                path);
    }
    if (allocate(trace, (size_t)t->rows, path, e))
        return -1;
    if (bare && t->columns == 4) {
        free(t->name[0]);
        t->name[0] = strdup("time");
        if (!t->name[0])
            return plethio_fail(e, "out of memory");
    }
    timed = !(rate_hz > 0);
    if (timed && plethio_table_time(t, trace->time_ns))
        return plethio_fail(e,
                            "%s has no column of time (time_s, time_ms, ...);"
                            " give the rate with --rate-hz",
                            path);
    for (int i = 0; i < t->rows; i++) {
        const double *row = t->value + (size_t)i * (size_t)t->columns;
        const float rgb[3] = {(float)row[column[0]], (float)row[column[1]], (float)row[column[2]]};

        /* taken samples never pass the row that is read, so the times may share their array */
        take(trace, timed ? trace->time_ns[i] : even((size_t)i, rate_hz), rgb);
    }
    return 0;
}

static int read_bin(struct plethio_trace *trace, const char *path, double rate_hz,
                    struct plethio_error *e)
{
    FILE *f;
    long long bytes;
    size_t n;

    if (!(rate_hz > 0))
        return plethio_fail(e, "%s does not say its rate; give it with --rate-hz", path);
    f = fopen(path, "rb");
    if (!f)
        return plethio_fail(e, "cannot open %s: %s", path, strerror(errno));
    if (fseeko(f, 0, SEEK_END) || (bytes = (long long)ftello(f)) < 0 || fseeko(f, 0, SEEK_SET)) {
        fclose(f);
        return plethio_fail(e, "cannot read %s: %s", path, strerror(errno));
    }
    n = (size_t)bytes / (3 * sizeof(float));
    if (allocate(trace, n, path, e)) {
        fclose(f);
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        float rgb[3];

        if (fread(rgb, sizeof *rgb, 3, f) != 3)
            break;
        take(trace, even(i, rate_hz), rgb);
    }
    if (ferror(f)) {
        fclose(f);
        return plethio_fail(e, "cannot read %s: %s", path, strerror(errno));
    }
    fclose(f);
    return 0;
}

int plethio_trace_read(struct plethio_trace *trace, const char *path, double rate_hz,
                       struct plethio_error *e)
{
    const char *dot = strrchr(path, '.');
    int status;

    memset(trace, 0, sizeof *trace);
    if (dot && strcasecmp(dot, ".bin") == 0) {
        status = read_bin(trace, path, rate_hz, e);
    } else {
        struct plethio_table table;

        if (plethio_table_read(&table, path, e))
            return -1;
        status = read_csv(trace, &table, path, rate_hz, e);
        plethio_table_free(&table);
    }
    if (!status && trace->n == 0)
        status = plethio_fail(e, "%s holds no colours: r, g and b must be above 0", path);
    if (status)
        plethio_trace_free(trace);
    return status;
}

void plethio_trace_free(struct plethio_trace *trace)
{
    free(trace->time_ns);
    free(trace->rgb);
    memset(trace, 0, sizeof *trace);
}
