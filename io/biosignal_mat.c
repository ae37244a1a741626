/* MATLAB files through matio, v5 and v7.3, in two layouts: `sig` of the IEEE Signal Processing Cup
 * 2015 (rows [ECG,] PPG, PPG, acceleration x, y, z at 125 Hz), and rawPPG with rawAcc of BAMI
 * (50 Hz). They are small and are read whole. */
#include "biosignal_parts.h"

#ifdef PLETH_WITH_MATIO

#include <errno.h>
#include <matio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* More than a week at 125 Hz. */
#define SAMPLES_MAX ((size_t)100 << 20)

struct matrix {
    enum matio_classes type;
    void *data;
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
    const void *data = m->data;
    double v;

    switch (m->type) {
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
    return (float)v;
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
        free(f->matrix[i].data);
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

/* Which of its axes is time: the other has least to most channels. */
static int lay_out(struct matrix *m, const matvar_t *v, size_t least, size_t most,
                   struct plethio_error *e)
{
    size_t rows, columns;

    if (!is_plain(v))
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

/* Reads the next matrix. Its memory is cleared before, as matio takes no notice of data that end
 * too early. */
static int read_matrix(struct mat *f, const char *name, size_t least, size_t most,
                       struct plethio_error *e)
{
    struct matrix *m = &f->matrix[f->matrices++];
    matvar_t *v = Mat_VarReadInfo(f->file, name);
    int status;

    if (!v)
        return plethio_fail(e, "it has no variable %s", name);
    status = lay_out(m, v, least, most, e);
    if (!status) {
        const size_t count = m->length * m->count;

        m->data = calloc(count, Mat_SizeOfClass((int)m->type));
        if (!m->data)
            status = plethio_fail(e, "not enough memory");
        else if (Mat_VarReadDataLinear(f->file, v, m->data, 0, 1, (int)count))
            status = plethio_fail(e, "%s cannot be read; is the file cut off?", name);
    }
    Mat_VarFree(v);
    return status;
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

/* Version 5 or 7.3, and of version 5 elements that end where the file does. */
static int check_file(const char *path, struct plethio_error *e)
{
    FILE *file = fopen(path, "rb");
    unsigned char head[128], tag[8];
    long size = 0, at = 128;
    int version = 0, big = 0;

    if (!file)
        return plethio_fail(e, "cannot be opened: %s", strerror(errno));
    if (fread(head, 1, 128, file) == 128 && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
        big = memcmp(head + 126, "MI", 2) == 0;
        version = big || memcmp(head + 126, "IM", 2) == 0 ? head[124 + !big] : 0;
    }
    while (version == 1 && at < size) {
        if (fseek(file, at, SEEK_SET) || fread(tag, 1, 8, file) != 8)
            break;
        at += 8 + (long)(big ? (uint32_t)tag[4] << 24 | (uint32_t)tag[5] << 16 |
                                   (uint32_t)tag[6] << 8 | tag[7]
                             : plethio_le(tag + 4, 4));
    }
    fclose(file);
    if (version != 1 && version != 2)
        return plethio_fail(e, "no MATLAB file of version 5 or 7.3");
    return version == 1 && at != size ? plethio_fail(e, "it is cut off, or broken") : 0;
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
    if (check_file(b->path, e))
        return -1;
    f->file = Mat_Open(b->path, MAT_ACC_RDONLY);
    if (!f->file)
        return plethio_fail(e, "no MATLAB file");
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
