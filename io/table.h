/* Tables of text and of numbers, and colour traces in them. */
#ifndef PLETHIO_TABLE_H
#define PLETHIO_TABLE_H

#include <stdint.h>

#include "error.h"

/* ---- Rows ------------------------------------------------------------------------------- */

/* What separates the cells of a line: a tab, a semicolon or a comma, the first of these that it has
 * outside of quotes; where it has none, a blank if `loose`, else a comma. */
char plethio_row_separator(const char *line, int loose);

/* Cuts a line in place into cells without the blanks and quotes around them. Returns how many it
 * has, of which cell holds the first `max`. */
int plethio_row_cut(char *line, char separator, char **cell, int max);

/* NAN unless the cell is a finite number and nothing else. Where semicolons separate, a comma may
 * be its decimal point. The cell is as before afterwards. */
double plethio_row_number(char *cell, char separator);

/* Number of the column with one of these names, as plethio_cells_column. */
int plethio_row_find(char *const *name, int columns, const char *names);

/* Names of the column that holds the time. */
#define PLETHIO_TIME_NAMES                                                                         \
    "time_s|time_ms|time_us|time_ns|timestamp_s|timestamp_ms|timestamp_us|timestamp_ns|t_s|t_ms|"  \
    "t_us|t_ns|seconds|time|timestamp|t"

/* Nanoseconds in one unit of a column of time: by the end of its name (_s, _ms, _us, _ns, seconds),
 * or by n steps between its rows (> 0, which are sorted), whose middle one must then lie between
 * 0.3 ms and 0.3 s. 0 if neither fits. */
double plethio_time_unit(const char *name);
double plethio_time_unit_guess(double *step, int n);

/* ---- Whole files ------------------------------------------------------------------------ */

/* A CSV file as text: cells separated by tabs, semicolons or commas (the first of these that the
 * first line has outside of quotes), without the blanks and quotes around them ("" in quotes is
 * one "). A byte order mark, empty lines and lines that start with "#" are passed over. */
struct plethio_cells {
    /* the caller's, for errors */
    const char *path;
    char separator;
    int rows, columns;
    /* rows * columns, row after row */
    char **cell;
    /* of each row in the file, from 1 */
    int *line;
    /* the file, which the cells are cut out of */
    char *text;
};

/* Every row must have as many cells as the first, unless `loose`: then cells that a row lacks are
 * empty, those that it has too many left out, and blanks separate where nothing else does. Returns
 * 0, or -1 and e: no text, no rows, more than 1024 columns, or a row (with its line) of another
 * length. */
int plethio_cells_read(struct plethio_cells *cells, const char *path, int loose,
                       struct plethio_error *e);
void plethio_cells_free(struct plethio_cells *cells);

const char *plethio_cells_text(const struct plethio_cells *cells, int row, int column);

/* As plethio_row_number. */
double plethio_cells_number(const struct plethio_cells *cells, int row, int column);

/* A number, or NAN for an empty cell, "nan" and "null". -1 and e, with the line, for anything else.
 */
int plethio_cells_value(const struct plethio_cells *cells, int row, int column, double *value,
                        struct plethio_error *e);

/* Number of the column that the first row gives one of these names, which are separated by "|" and
 * compared without regard to case; earlier names go first. -1 if there is none. */
int plethio_cells_column(const struct plethio_cells *cells, const char *names);

/* A CSV file of numbers, read loosely. A first row with a cell that is no number is the header.
 * Cells that are empty or no number are NAN. */
struct plethio_table {
    int rows, columns;
    /* columns names, "" without a header */
    char **name;
    /* rows * columns, row after row */
    double *value;
};

int plethio_table_read(struct plethio_table *table, const char *path, struct plethio_error *e);
void plethio_table_free(struct plethio_table *table);

/* As plethio_cells_column. */
int plethio_table_column(const struct plethio_table *table, const char *names);

/* The column that holds the time, and its values in nanoseconds from the first row that has one
 * (INT64_MIN where a cell is no number). The unit is the end of the column's name (_s, _ms, _us,
 * _ns) or, without one, what puts the rows' usual distance between 0.3 ms and 0.3 s. ns holds
 * table->rows values. Returns 0, or -1 without such a column or unit. */
int plethio_table_time(const struct plethio_table *table, int64_t *ns);

/* Mean colour of skin over time: n samples at time_ns, rgb[3 * n]. */
struct plethio_trace {
    int n;
    int64_t *time_ns;
    float *rgb;
};

/* path: a .csv with columns named r, g and b (or red ..., mean_r ...) and a time column, or 3 or 4
 * columns without header ([time,] r, g, b); or a .bin of float32 little-endian r g b r g b ....
 * rate_hz (> 0) is needed for a .bin and where a .csv has no time; it goes before a column of time.
 * Rows with a missing or negative value are left out. Returns 0, or -1 and e. */
int plethio_trace_read(struct plethio_trace *trace, const char *path, double rate_hz,
                       struct plethio_error *e);
void plethio_trace_free(struct plethio_trace *trace);

/* 1 if the name of the file says that it is a trace (.csv, .bin) and no video. */
int plethio_is_trace(const char *path);

#endif
