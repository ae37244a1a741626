/* MATLAB files through matio, v5 and v7.3, in two layouts: `sig` of the IEEE Signal Processing Cup
 * 2015 (rows [ECG,] PPG, PPG, acceleration x, y, z at 125 Hz), and rawPPG with rawAcc of BAMI
 * (50 Hz). They are small and are read whole, by a process of their own (apart.h). */
#define _POSIX_C_SOURCE 200809L

#include "biosignal_parts.h"

#ifdef PLETH_WITH_MATIO

#include <matio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "matlab.h"

/* More than a week at 125 Hz. */
#define SAMPLES_MAX ((size_t)100 << 20)

/* What the other process says; then come length * channels floats, instant after instant. */
struct answer {
    int bami;
    size_t length, channels;
};

struct mat {
    float *value;
    size_t at, length;
};

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

/* Which of its axes is time: the other has least to most channels. */
static int lay_out(struct matrix *m, const matvar_t *v, size_t least, size_t most,
                   struct plethio_error *e)
{
    size_t rows, columns;

    if (!plethio_matlab_is_real(v) || v->rank != 2)
        return plethio_fail(e, "%s is no matrix of real numbers", v->name);
    rows = v->dims[0];
    columns = v->dims[1];
    if (rows == 0 || columns == 0 || rows > SAMPLES_MAX / columns)
        return plethio_fail(e, "%s is empty or too large: %zu x %zu", v->name, rows, columns);
    m->type = v->class_type;
    if (rows >= least && rows <= most && columns > most) {
        m->length = columns;
        m->count = m->along = rows;
        m->across = 1;
    } else if (columns >= least && columns <= most && rows > most) {
        m->length = m->across = rows;
        m->count = columns;
        m->along = 1;
    } else {
        return plethio_fail(e, "%s is %zu x %zu, and not %zu to %zu channels", v->name, rows,
                            columns, least, most);
    }
    return 0;
}

/* Its memory is cleared before, as matio takes no notice of data that end too early. Nothing is
 * freed: the process ends soon. */
static int read_matrix(struct matrix *m, mat_t *file, const char *name, size_t least, size_t most,
                       struct plethio_error *e)
{
    matvar_t *v = Mat_VarReadInfo(file, name);
    size_t count;
    void *data;

    if (!v)
        return plethio_fail(e, "it has no variable %s", name);
    if (lay_out(m, v, least, most, e))
        return -1;
    count = m->length * m->count;
    m->data = data = calloc(count, Mat_SizeOfClass((int)m->type));
    if (!data)
        return plethio_fail(e, "not enough memory");
    if (Mat_VarReadDataLinear(file, v, data, 0, 1, (int)count))
        return plethio_fail(e, "%s cannot be read; is the file cut off?", name);
    Mat_Rewind(file);
    return 0;
}

static int has_variable(mat_t *file, const char *name)
{
    const matvar_t *v = Mat_VarReadInfo(file, name);

    Mat_Rewind(file);
    return v != NULL;
}

struct reading {
    const char *path;
    struct answer answer;
    struct matrix matrix[2];
};

/* Fills the answer and one or two matrices. */
static int read_file(void *cookie, struct plethio_error *e)
{
    struct reading *r = cookie;
    struct matrix *m = r->matrix;
    mat_t *file = Mat_Open(r->path, MAT_ACC_RDONLY);

    if (!file)
        return plethio_fail(e, "no MATLAB file");
    if (has_variable(file, "sig")) {
        if (read_matrix(&m[0], file, "sig", 5, 6, e))
            return -1;
    } else if (has_variable(file, "rawPPG")) {
        r->answer.bami = 1;
        if (read_matrix(&m[0], file, "rawPPG", 1, 3, e) ||
            read_matrix(&m[1], file, "rawAcc", 3, 3, e))
            return -1;
        if (m[0].length != m[1].length)
            return plethio_fail(e, "rawPPG has %zu samples, rawAcc %zu", m[0].length, m[1].length);
    } else {
        return plethio_fail(e, "it has neither sig (IEEE SPC 2015) nor rawPPG (BAMI)");
    }
    r->answer.length = m[0].length;
    r->answer.channels = m[0].count + m[1].count;
    return 0;
}

static void tell(void *cookie, FILE *to)
{
    const struct reading *r = cookie;
    const struct matrix *m = r->matrix;

    fwrite(&r->answer, sizeof r->answer, 1, to);
    for (size_t i = 0; i < r->answer.length; i++)
        for (size_t k = 0; k < r->answer.channels; k++) {
            const float value =
                k < m[0].count ? value_at(&m[0], i, k) : value_at(&m[1], i, k - m[0].count);

            fwrite(&value, sizeof value, 1, to);
        }
}

/* ---- In this one ------------------------------------------------------------------------ */

static int next_mat(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                    struct plethio_error *e)
{
    struct mat *f = b->reader;
    const size_t channels = (size_t)b->info.channels;

    (void)lane;
    (void)time_ns;
    (void)e;
    if (f->at == f->length)
        return 0;
    memcpy(value, f->value + f->at++ * channels, channels * sizeof *value);
    return 1;
}

static void close_mat(struct plethio_biosignal *b)
{
    struct mat *f = b->reader;

    free(f->value);
    free(f);
}

static int add_channels(struct plethio_biosignal *b, const struct answer *a,
                        struct plethio_error *e)
{
    static const char *const spc[] = {"ecg", "ppg1_green", "ppg2_green", "acc_x", "acc_y", "acc_z"};
    static const char *const bami[] = {"ppg1_green", "ppg2_green", "ppg3_green",
                                       "acc_x",      "acc_y",      "acc_z"};
    const size_t light = a->channels - 3;

    plethio_add_lane(b, a->bami ? 50 : 125);
    for (size_t i = 0; i < 6; i++) {
        const int is_there = a->bami ? i < light || i >= 3 : i >= 6 - a->channels;

        if (is_there && plethio_add_channel(b, a->bami ? bami[i] : spc[i], "", 0, e) < 0)
            return -1;
    }
    b->info.duration_s = (double)a->length / b->lane[0].rate_hz;
    return 0;
}

static int take_answer(struct plethio_biosignal *b, struct plethio_apart *from,
                       struct plethio_error *e)
{
    struct mat *f = b->reader;
    struct answer a;
    size_t count;

    if (plethio_apart_take(from, &a, sizeof a, "matio", e))
        return -1;
    if (a.channels < 4 || a.channels > 6 || a.length > SAMPLES_MAX / a.channels)
        return plethio_fail(e, "the file is broken");
    count = a.length * a.channels;
    f->value = malloc(count * sizeof *f->value);
    if (!f->value)
        return plethio_fail(e, "not enough memory");
    if (plethio_apart_take(from, f->value, count * sizeof *f->value, "matio", e))
        return -1;
    f->length = a.length;
    return add_channels(b, &a, e);
}

int plethio_open_mat(struct plethio_biosignal *b, struct plethio_error *e)
{
    struct mat *f = calloc(1, sizeof *f);
    struct reading r = {.path = b->path};
    struct plethio_apart apart;
    int status;

    if (!f)
        return plethio_fail(e, "not enough memory");
    b->reader = f;
    b->next = next_mat;
    b->close = close_mat;
    strcpy(b->info.format, "mat");
    if (plethio_matlab_check(b->path, e) ||
        plethio_apart_open(&apart, "matio", read_file, tell, &r, e))
        return -1;
    status = take_answer(b, &apart, e);
    plethio_apart_close(&apart);
    return status;
}

#else

int plethio_open_mat(struct plethio_biosignal *b, struct plethio_error *e)
{
    (void)b;
    return plethio_fail(e, "this pleth was built without MATLAB files; install libmatio-dev and "
                           "build it again");
}

#endif
