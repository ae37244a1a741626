/* MATLAB files through matio, v5 and v7.3, in two layouts: `sig` of the IEEE Signal Processing Cup
 * 2015 (rows [ECG,] PPG, PPG, acceleration x, y, z at 125 Hz), and rawPPG with rawAcc of BAMI
 * (50 Hz). They are small and are read whole. */
#include "biosignal_parts.h"

#ifdef PLETH_WITH_MATIO

#include <matio.h>
#include <stdlib.h>
#include <string.h>

/* More than a week at 125 Hz. */
#define SAMPLES_MAX ((size_t)100 << 20)

struct matrix {
    matvar_t *variable;
    /* instants, channels, and the distances between them in data */
    size_t length, count, along, across;
};

struct mat {
    mat_t *file;
    struct matrix matrix[2];
    int matrices;
    size_t at;
};

static float value_at(const struct matrix *m, size_t instant, size_t channel)
{
    const size_t i = instant * m->along + channel * m->across;
    const void *data = m->variable->data;
    double v;

    switch (m->variable->class_type) {
    case MAT_C_DOUBLE:
        v = ((const double *)data)[i];
        break;
    case MAT_C_SINGLE:
        v = (double)((const float *)data)[i];
        break;
    case MAT_C_INT32:
        v = ((const int32_t *)data)[i];
        break;
    case MAT_C_UINT32:
        v = ((const uint32_t *)data)[i];
        break;
    case MAT_C_INT16:
        v = ((const int16_t *)data)[i];
        break;
    case MAT_C_UINT16:
        v = ((const uint16_t *)data)[i];
        break;
    default:
        v = ((const uint8_t *)data)[i];
        break;
    }
    return isfinite(v) ? (float)v : NAN;
}

static int next_mat(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                    struct plethio_error *e)
{
    struct mat *f = b->reader;

    (void)lane;
    (void)time_ns;
    (void)e;
    if (f->at == f->matrix[0].length)
        return 0;
    for (int i = 0; i < f->matrices; i++)
        for (size_t k = 0; k < f->matrix[i].count; k++)
            *value++ = value_at(&f->matrix[i], f->at, k);
    f->at++;
    return 1;
}

static void close_mat(struct plethio_biosignal *b)
{
    struct mat *f = b->reader;

    for (int i = 0; i < f->matrices; i++)
        Mat_VarFree(f->matrix[i].variable);
    if (f->file)
        Mat_Close(f->file);
    free(f);
}

static int is_plain(const matvar_t *v)
{
    switch (v->class_type) {
    case MAT_C_DOUBLE:
    case MAT_C_SINGLE:
    case MAT_C_INT32:
    case MAT_C_UINT32:
    case MAT_C_INT16:
    case MAT_C_UINT16:
    case MAT_C_UINT8:
        return !v->isComplex && v->rank == 2;
    default:
        return 0;
    }
}

/* Reads the next variable as a matrix with least to most channels, along whichever axis. */
static int read_matrix(struct mat *f, const char *name, size_t least, size_t most,
                       struct plethio_error *e)
{
    struct matrix *m = &f->matrix[f->matrices];
    matvar_t *v = Mat_VarReadInfo(f->file, name);
    size_t rows, columns;

    if (!v)
        return plethio_fail(e, "it has no variable %s", name);
    m->variable = v;
    f->matrices++;
    if (!is_plain(v))
        return plethio_fail(e, "%s is no matrix of real numbers", name);
    rows = v->dims[0];
    columns = v->dims[1];
    if (rows == 0 || columns == 0 || rows > SAMPLES_MAX / columns)
        return plethio_fail(e, "%s is empty or too large: %zu x %zu", name, rows, columns);
    if (rows >= least && rows <= most && columns > most)
        *m = (struct matrix){v, columns, rows, rows, 1};
    else if (columns >= least && columns <= most && rows > most)
        *m = (struct matrix){v, rows, columns, 1, rows};
    else
        return plethio_fail(e, "%s is %zu x %zu, not %zu to %zu channels", name, rows, columns,
                            least, most);
    if (Mat_VarReadDataAll(f->file, v) || !v->data)
        return plethio_fail(e, "%s cannot be read; is the file cut off?", name);
    if (v->nbytes < rows * columns * Mat_SizeOfClass((int)v->class_type))
        return plethio_fail(e, "%s holds less than its size says", name);
    return 0;
}

static int has_variable(mat_t *file, const char *name)
{
    matvar_t *v = Mat_VarReadInfo(file, name);

    Mat_VarFree(v);
    Mat_Rewind(file);
    return v != NULL;
}

static int read_spc(struct plethio_biosignal *b, struct plethio_error *e)
{
    static const char *const names[] = {"ecg",   "ppg1_green", "ppg2_green",
                                        "acc_x", "acc_y",      "acc_z"};
    struct mat *f = b->reader;

    if (read_matrix(f, "sig", 5, 6, e))
        return -1;
    plethio_add_lane(b, 125);
    for (size_t i = 6 - f->matrix[0].count; i < 6; i++)
        if (plethio_add_channel(b, names[i], "", 0, e) < 0)
            return -1;
    return 0;
}

static int read_bami(struct plethio_biosignal *b, struct plethio_error *e)
{
    static const char *const names[] = {"ppg1_green", "ppg2_green", "ppg3_green",
                                        "acc_x",      "acc_y",      "acc_z"};
    struct mat *f = b->reader;

    if (read_matrix(f, "rawPPG", 1, 3, e))
        return -1;
    Mat_Rewind(f->file);
    if (read_matrix(f, "rawAcc", 3, 3, e))
        return -1;
    if (f->matrix[0].length != f->matrix[1].length)
        return plethio_fail(e, "rawPPG has %zu samples, rawAcc %zu", f->matrix[0].length,
                            f->matrix[1].length);
    plethio_add_lane(b, 50);
    for (size_t i = 0; i < 6; i++)
        if ((i < f->matrix[0].count || i >= 3) && plethio_add_channel(b, names[i], "", 0, e) < 0)
            return -1;
    return 0;
}

int plethio_open_mat(struct plethio_biosignal *b, struct plethio_error *e)
{
    struct mat *f = calloc(1, sizeof *f);
    int status;

    if (!f)
        return plethio_fail(e, "not enough memory");
    b->reader = f;
    b->next = next_mat;
    b->close = close_mat;
    strcpy(b->info.format, "mat");
    f->file = Mat_Open(b->path, MAT_ACC_RDONLY);
    if (!f->file)
        return plethio_fail(e, "cannot be opened, or is no MATLAB file");
    if (has_variable(f->file, "sig"))
        status = read_spc(b, e);
    else if (has_variable(f->file, "rawPPG"))
        status = read_bami(b, e);
    else
        status = plethio_fail(e, "it has neither sig (IEEE SPC 2015) nor rawPPG (BAMI)");
    if (!status)
        b->info.duration_s = (double)f->matrix[0].length / b->lane[0].rate_hz;
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
