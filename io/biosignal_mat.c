/* MATLAB files through matio, v5 and v7.3, in two layouts: `sig` of the IEEE Signal Processing Cup
 * 2015 (rows [ECG,] PPG, PPG, acceleration x, y, z at 125 Hz), and rawPPG with rawAcc of BAMI
 * (50 Hz). They are small and are read whole.
 *
 * On broken files matio and HDF5 use memory that they have freed, so they work in a process of
 * their own, and only numbers come back from it. That also keeps HDF5, which knows no threads, out
 * of ours. */
#define _POSIX_C_SOURCE 200809L

#include "biosignal_parts.h"

#ifdef PLETH_WITH_MATIO

#include <errno.h>
#include <matio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

/* More than a week at 125 Hz; and what no file takes to read. */
#define SAMPLES_MAX ((size_t)100 << 20)
#define SECONDS_MAX 120

/* What the other process says first; then come length * channels floats, instant after instant. */
struct answer {
    int failed, bami;
    struct plethio_error error;
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
    const size_t i = instant * m->along + channel * m->across;

    switch (m->type) {
    case MAT_C_DOUBLE:
        return (float)((const double *)m->data)[i];
    case MAT_C_SINGLE:
        return ((const float *)m->data)[i];
    case MAT_C_INT32:
        return (float)((const int32_t *)m->data)[i];
    case MAT_C_UINT32:
        return (float)((const uint32_t *)m->data)[i];
    case MAT_C_INT16:
        return ((const int16_t *)m->data)[i];
    case MAT_C_UINT16:
        return ((const uint16_t *)m->data)[i];
    default:
        return ((const uint8_t *)m->data)[i];
    }
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

/* Fills the answer and one or two matrices. */
static int read_file(const char *path, struct answer *a, struct matrix m[2],
                     struct plethio_error *e)
{
    mat_t *file = Mat_Open(path, MAT_ACC_RDONLY);

    if (!file)
        return plethio_fail(e, "no MATLAB file");
    if (has_variable(file, "sig")) {
        if (read_matrix(&m[0], file, "sig", 5, 6, e))
            return -1;
    } else if (has_variable(file, "rawPPG")) {
        a->bami = 1;
        if (read_matrix(&m[0], file, "rawPPG", 1, 3, e) ||
            read_matrix(&m[1], file, "rawAcc", 3, 3, e))
            return -1;
        if (m[0].length != m[1].length)
            return plethio_fail(e, "rawPPG has %zu samples, rawAcc %zu", m[0].length, m[1].length);
    } else {
        return plethio_fail(e, "it has neither sig (IEEE SPC 2015) nor rawPPG (BAMI)");
    }
    a->length = m[0].length;
    a->channels = m[0].count + m[1].count;
    return 0;
}

static void answer(const char *path, int to)
{
    struct answer a = {.failed = 0};
    struct matrix m[2] = {{.count = 0}, {.count = 0}};
    FILE *pipe = fdopen(to, "wb");

    a.failed = read_file(path, &a, m, &a.error);
    if (!pipe || fwrite(&a, sizeof a, 1, pipe) != 1)
        return;
    for (size_t i = 0; !a.failed && i < a.length; i++)
        for (size_t k = 0; k < a.channels; k++) {
            const float value =
                k < m[0].count ? value_at(&m[0], i, k) : value_at(&m[1], i, k - m[0].count);

            fwrite(&value, sizeof value, 1, pipe);
        }
    fclose(pipe);
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

static int take_answer(struct plethio_biosignal *b, FILE *pipe, struct plethio_error *e)
{
    struct mat *f = b->reader;
    struct answer a;
    size_t count;

    if (!pipe || fread(&a, sizeof a, 1, pipe) != 1)
        return plethio_fail(e, "the file is broken: matio did not survive it");
    if (a.failed) {
        a.error.text[sizeof a.error.text - 1] = 0;
        return plethio_fail(e, "%s", a.error.text);
    }
    if (a.channels < 4 || a.channels > 6 || a.length > SAMPLES_MAX / a.channels)
        return plethio_fail(e, "the file is broken");
    count = a.length * a.channels;
    f->value = malloc(count * sizeof *f->value);
    if (!f->value)
        return plethio_fail(e, "not enough memory");
    if (fread(f->value, sizeof *f->value, count, pipe) != count)
        return plethio_fail(e, "the file is broken: matio did not survive it");
    f->length = a.length;
    return add_channels(b, &a, e);
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
    int ends[2], status;
    FILE *from;
    pid_t child;

    if (!f)
        return plethio_fail(e, "not enough memory");
    b->reader = f;
    b->next = next_mat;
    b->close = close_mat;
    strcpy(b->info.format, "mat");
    if (check_file(b->path, e))
        return -1;
    if (pipe(ends))
        return plethio_fail(e, "cannot be read: %s", strerror(errno));
    child = fork();
    if (child == 0) {
        close(ends[0]);
        alarm(SECONDS_MAX);
        /* HDF5 tells all that it makes of a broken file */
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        answer(b->path, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return plethio_fail(e, "cannot be read: %s", strerror(errno));
    }
    from = fdopen(ends[0], "rb");
    status = take_answer(b, from, e);
    if (from)
        fclose(from);
    else
        close(ends[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
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
