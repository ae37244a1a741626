#define _POSIX_C_SOURCE 200809L

#include "matrices.h"

#ifdef PLETH_WITH_MATIO

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "matlab.h"

/* More than a week at 125 Hz, all that a file is asked for together. */
#define SAMPLES_MAX ((size_t)100 << 20)

enum { VARIABLES = 1024 };

/* ---- In the other process --------------------------------------------------------------- */

struct matrix {
    enum matio_classes type;
    const void *data;
    /* instants, channels, and the distances between them in data */
    size_t length, count, along, across;
};

static float value_at(const struct matrix *m, size_t instant, size_t channel)
{
    return (float)plethio_matlab_value(m->type, m->data, instant * m->along + channel * m->across);
}

/* Which of its axes is time. */
static int lay_out(struct matrix *m, const matvar_t *v, const struct plethio_matrix_query *q,
                   struct plethio_error *e)
{
    size_t rows, columns;

    if (!plethio_matlab_is_real(v) || v->rank != 2)
        return plethio_fail(e, "%s is no matrix of real numbers", q->name);
    rows = v->dims[0];
    columns = v->dims[1];
    if (rows == 0 || columns == 0 || rows > SAMPLES_MAX / columns)
        return plethio_fail(e, "%s is empty or too large: %zu x %zu", q->name, rows, columns);
    m->type = v->class_type;
    if (columns >= q->least && columns <= q->most) {
        m->length = m->across = rows;
        m->count = columns;
        m->along = 1;
    } else if (rows >= q->least && rows <= q->most) {
        m->length = columns;
        m->count = m->along = rows;
        m->across = 1;
    } else {
        return plethio_fail(e, "%s is %zu x %zu, and not %zu to %zu channels", q->name, rows,
                            columns, q->least, q->most);
    }
    return 0;
}

/* What ".field" or "{number}" at *at is of v, NULL if it has none; *at moves on. */
static matvar_t *part_of(matvar_t *v, const char **at)
{
    char field[64];
    const size_t n = 1 + strcspn(*at + 1, ".{}");
    long number;
    char *end;

    if (**at == '{' && v->class_type == MAT_C_CELL) {
        number = strtol(*at + 1, &end, 10);
        *at = end + 1;
        return number < 1 || number > INT32_MAX ? NULL : Mat_VarGetCell(v, (int)number - 1);
    }
    if (**at != '.' || v->class_type != MAT_C_STRUCT || n > sizeof field ||
        Mat_VarGetNumberOfFields(v) == 0 || v->rank != 2 || v->dims[0] != 1 || v->dims[1] != 1)
        return NULL;
    memcpy(field, *at + 1, n - 1);
    field[n - 1] = 0;
    *at += n;
    return Mat_VarGetStructFieldByName(v, field, 0);
}

/* The file's variables, without their numbers: one pass, as what they hold may be much. */
struct variables {
    matvar_t *variable[VARIABLES];
    int count;
};

static void list(struct variables *all, mat_t *file)
{
    all->count = 0;
    while (all->count < VARIABLES && (all->variable[all->count] = Mat_VarReadNextInfo(file)))
        all->count++;
}

/* What a query names; NULL if it is not there. *cells: with "{}", how many there are. */
static matvar_t *find(const struct variables *all, const char *name, size_t *cells)
{
    const size_t n = strcspn(name, ".{");
    const char *at = name + n;
    matvar_t *v = NULL;

    for (int i = 0; i < all->count && !v; i++) {
        const char *other = all->variable[i]->name;

        if (other && strlen(other) == n && strncmp(other, name, n) == 0)
            v = all->variable[i];
    }
    while (v && *at && strcmp(at, "{}") != 0)
        v = part_of(v, &at);
    if (v && *at)
        *cells = v->class_type == MAT_C_CELL && v->rank == 2 ? v->dims[0] * v->dims[1] : 0;
    return v;
}

/* Its memory is cleared before, as matio takes no notice of data that end too early; *left numbers
 * may still be read. Nothing is freed: the process ends soon. */
static int read_matrix(struct matrix *m, mat_t *file, const struct variables *all,
                       const struct plethio_matrix_query *q, size_t *left, struct plethio_error *e)
{
    size_t count, cells = 0;
    matvar_t *v = find(all, q->name, &cells);
    void *data;

    memset(m, 0, sizeof *m);
    if (v && q->name[strlen(q->name) - 1] == '}' && q->name[strlen(q->name) - 2] == '{') {
        double *number = malloc(sizeof *number);

        if (!number)
            return plethio_fail(e, "not enough memory");
        *number = (double)cells;
        *m = (struct matrix){MAT_C_DOUBLE, number, 1, 1, 1, 1};
        return 0;
    }
    if (!v)
        return q->optional ? 0 : plethio_fail(e, "it has no variable %s", q->name);
    if (lay_out(m, v, q, e))
        return -1;
    count = m->length * m->count;
    if (count > *left)
        return plethio_fail(e, "it holds too much");
    *left -= count;
    m->data = data = calloc(count, Mat_SizeOfClass((int)m->type));
    if (!data)
        return plethio_fail(e, "not enough memory");
    if (Mat_VarReadDataLinear(file, v, data, 0, 1, (int)count))
        return plethio_fail(e, "%s cannot be read; is the file cut off?", q->name);
    return 0;
}

struct request {
    const char *path;
    const struct plethio_matrix_query *query;
    struct matrix *matrix;
    int queries;
};

static int read_all(void *cookie, struct plethio_error *e)
{
    const struct request *r = cookie;
    mat_t *file = Mat_Open(r->path, MAT_ACC_RDONLY);
    static struct variables all;
    size_t left = SAMPLES_MAX;

    if (!file)
        return plethio_fail(e, "no MATLAB file");
    list(&all, file);
    for (int i = 0; i < r->queries; i++)
        if (read_matrix(&r->matrix[i], file, &all, &r->query[i], &left, e))
            return -1;
    return 0;
}

/* Of each matrix its shape, then length * count floats. */
static void tell(void *cookie, FILE *to)
{
    const struct request *r = cookie;

    for (int n = 0; n < r->queries; n++) {
        const struct matrix *m = &r->matrix[n];

        fwrite(&m->length, sizeof m->length, 1, to);
        fwrite(&m->count, sizeof m->count, 1, to);
        for (size_t i = 0; i < m->length; i++)
            for (size_t k = 0; k < m->count; k++) {
                const float value = value_at(m, i, k);

                fwrite(&value, sizeof value, 1, to);
            }
    }
}

/* ---- In this one ------------------------------------------------------------------------ */

static int take(struct plethio_matrix *m, const struct plethio_matrix_query *q,
                struct plethio_apart *from, struct plethio_error *e)
{
    size_t length, channels;

    if (plethio_apart_take(from, &length, sizeof length, "matio", e) ||
        plethio_apart_take(from, &channels, sizeof channels, "matio", e))
        return -1;
    if (length == 0)
        return 0;
    if (channels < q->least || channels > q->most || length > SAMPLES_MAX / channels)
        return plethio_fail(e, "the file is broken");
    m->value = malloc(length * channels * sizeof *m->value);
    if (!m->value)
        return plethio_fail(e, "not enough memory");
    if (plethio_apart_take(from, m->value, length * channels * sizeof *m->value, "matio", e))
        return -1;
    m->length = length;
    m->channels = channels;
    return 0;
}

int plethio_matrices_read(const char *path, const struct plethio_matrix_query *query, int queries,
                          struct plethio_matrix *m, struct plethio_error *e)
{
    struct request r = {path, query, NULL, queries};
    struct plethio_apart apart;
    int status;

    memset(m, 0, (size_t)queries * sizeof *m);
    if (plethio_matlab_check(path, e))
        return -1;
    r.matrix = calloc((size_t)queries, sizeof *r.matrix);
    if (!r.matrix)
        return plethio_fail(e, "not enough memory");
    status = plethio_apart_open(&apart, "matio", read_all, tell, &r, e);
    if (status == 0) {
        for (int i = 0; i < queries && status == 0; i++)
            status = take(&m[i], &query[i], &apart, e);
        plethio_apart_close(&apart);
    }
    free(r.matrix);
    if (status)
        plethio_matrices_free(m, queries);
    return status;
}

void plethio_matrices_free(struct plethio_matrix *m, int queries)
{
    for (int i = 0; i < queries; i++)
        free(m[i].value);
    memset(m, 0, (size_t)queries * sizeof *m);
}

#else

#include <string.h>

int plethio_matrices_read(const char *path, const struct plethio_matrix_query *query, int queries,
                          struct plethio_matrix *m, struct plethio_error *e)
{
    (void)path;
    (void)query;
    memset(m, 0, (size_t)queries * sizeof *m);
    return plethio_fail(e, "this pleth was built without MATLAB files; install libmatio-dev and "
                           "build it again");
}

void plethio_matrices_free(struct plethio_matrix *m, int queries)
{
    (void)m;
    (void)queries;
}

#endif
