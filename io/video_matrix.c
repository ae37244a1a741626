/* Time is the fastest axis of such an array: each frame is spread over all of it. So it is read
 * once, in slabs of some columns of the picture, and kept as bytes in the order of the file, in a
 * file that has no name; then some frames at a time are gathered out of it. */
#define _DEFAULT_SOURCE

#include <stdlib.h>
#include <string.h>

#include "video_parts.h"

#ifdef PLETH_WITH_MATIO

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "apart.h"
#include "matlab.h"
#include "path.h"

enum {
    SIDE_MAX = 16384,
    FRAMES_MAX = 1000000,
    /* frames that are gathered at once, a line of the cache of each pixel */
    TOGETHER = 64
};

/* pixels of all frames that a slab may have, and of a whole array */
#define SLAB_MAX ((size_t)64 << 20)
#define TOTAL_MAX ((size_t)INT_MAX)

struct size {
    size_t frames, height, width;
};

struct plethio_frames {
    struct size size;
    /* frames * height * width * 3 bytes, frames fastest, colours slowest */
    const uint8_t *bytes;
    size_t length;
    /* frames from `first` on, each in rows of RGB24 */
    uint8_t *gathered;
    size_t first, have;
};

/* ---- In the other process --------------------------------------------------------------- */

struct reading {
    const char *path;
    int to;
    struct size size;
};

/* Writes a slab's values as bytes. */
static int write_slab(const struct reading *r, const matvar_t *v, const void *data, size_t count,
                      uint8_t *bytes, struct plethio_error *e)
{
    size_t done = 0;

    for (size_t i = 0; i < count; i++) {
        double value = plethio_matlab_value(v->class_type, data, i);

        if (v->class_type != MAT_C_UINT8)
            value *= 255;
        if (!(value > -1 && value < 256))
            return plethio_fail(e, "%s holds %g; a pixel is 0 to 1, or a byte", v->name,
                                v->class_type == MAT_C_UINT8 ? value : value / 255);
        bytes[i] = (uint8_t)(fmin(fmax(value, 0), 255) + 0.5);
    }
    while (done < count) {
        const ssize_t n = write(r->to, bytes + done, count - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return plethio_fail(e,
                                "its pixels cannot be kept: %s; is there room in the folder for "
                                "temporary files?",
                                strerror(errno));
        done += (size_t)n;
    }
    return 0;
}

static int find_size(struct reading *r, const matvar_t *v, struct plethio_error *e)
{
    struct size *s = &r->size;

    if (!plethio_matlab_is_real(v) || v->rank != 4 || v->dims[3] != 3)
        return plethio_fail(e, "%s is no array of frames x height x width x 3", v->name);
    *s = (struct size){v->dims[0], v->dims[1], v->dims[2]};
    if (s->frames < 1 || s->height < 1 || s->width < 1 || s->frames > FRAMES_MAX ||
        s->height > SIDE_MAX || s->width > SIDE_MAX || s->frames * s->height > SLAB_MAX ||
        s->frames * s->height * s->width > TOTAL_MAX / 3 ||
        3 * s->frames * s->height * s->width > plethio_unpacked_max(r->path))
        return plethio_fail(e, "%s is empty or too large: %zu frames of %zu x %zu", v->name,
                            s->frames, s->width, s->height);
    return 0;
}

/* n columns of the picture from x on, of one colour: values that follow each other in the file.
 * What matio 1.5 has for parts of arrays of version 5 counts wrongly beyond two axes. */
static int read_slab(mat_t *file, matvar_t *v, const struct size *s, size_t x, size_t n, int colour,
                     void *data)
{
    int start[4] = {0, 0, (int)x, colour}, stride[4] = {1, 1, 1, 1};
    int edge[4] = {(int)s->frames, (int)s->height, (int)n, 1};
    const size_t column = s->frames * s->height;

    if (Mat_GetVersion(file) == MAT_FT_MAT73)
        return Mat_VarReadData(file, v, data, start, stride, edge);
    return Mat_VarReadDataLinear(file, v, data, (int)(((size_t)colour * s->width + x) * column), 1,
                                 (int)(n * column));
}

static int read_pixels(void *cookie, struct plethio_error *e)
{
    struct reading *r = cookie;
    mat_t *file = Mat_Open(r->path, MAT_ACC_RDONLY);
    matvar_t *v = NULL;
    size_t columns, column;
    uint8_t *bytes;
    void *data;

    if (!file)
        return plethio_fail(e, "no MATLAB file");
    v = Mat_VarReadInfo(file, "video");
    if (!v) {
        Mat_Rewind(file);
        v = Mat_VarReadInfo(file, "Xsub");
    }
    if (!v)
        return plethio_fail(e, "it has neither video (MMPD) nor Xsub (SCAMPS)");
    if (find_size(r, v, e))
        return -1;
    column = r->size.frames * r->size.height;
    columns = SLAB_MAX / column;
    if (columns > r->size.width)
        columns = r->size.width;
    /* cleared, as matio takes no notice of data that end too early */
    data = calloc(columns * column, Mat_SizeOfClass((int)v->class_type));
    bytes = malloc(columns * column);
    if (!data || !bytes)
        return plethio_fail(e, "not enough memory");
    for (int colour = 0; colour < 3; colour++)
        for (size_t x = 0; x < r->size.width; x += columns) {
            const size_t n = r->size.width - x < columns ? r->size.width - x : columns;

            if (read_slab(file, v, &r->size, x, n, colour, data))
                return plethio_fail(e, "%s cannot be read; is the file cut off?", v->name);
            if (write_slab(r, v, data, n * column, bytes, e))
                return -1;
        }
    return 0;
}

static void tell(void *cookie, FILE *to)
{
    const struct reading *r = cookie;

    fwrite(&r->size, sizeof r->size, 1, to);
}

/* ---- In this one ------------------------------------------------------------------------ */

/* Has the pixels read into a file; maps it. */
static int keep(struct plethio_frames *m, const char *path, FILE *file, struct plethio_error *e)
{
    struct reading r = {.path = path, .to = fileno(file)};
    struct plethio_apart apart;
    struct plethio_error why;
    off_t length;
    int status;

    if (plethio_matlab_check(path, &why) ||
        plethio_apart_open(&apart, "matio", read_pixels, tell, &r, &why))
        return plethio_fail(e, "%s: %s", path, why.text);
    status = plethio_apart_take(&apart, &m->size, sizeof m->size, "matio", &why);
    plethio_apart_close(&apart);
    if (status)
        return plethio_fail(e, "%s: %s", path, why.text);
    m->length = 3 * m->size.frames * m->size.height * m->size.width;
    length = lseek(fileno(file), 0, SEEK_END);
    if (length < 0 || (size_t)length != m->length)
        return plethio_fail(e, "%s: the file is broken", path);
    m->bytes = mmap(NULL, m->length, PROT_READ, MAP_SHARED, fileno(file), 0);
    if (m->bytes == MAP_FAILED) {
        m->bytes = NULL;
        return plethio_fail(e, "%s: %s", path, strerror(errno));
    }
    return 0;
}

int plethio_matrix_open(struct plethio_frames **matrix, const char *path, struct plethio_error *e)
{
    struct plethio_frames *m = calloc(1, sizeof *m);
    FILE *file = plethio_temporary();
    int status = -1;

    *matrix = m;
    if (!m || !file)
        plethio_fail(e, "%s: no memory, or no place for temporary files", path);
    else
        status = keep(m, path, file, e);
    if (file)
        fclose(file);
    if (status == 0) {
        m->gathered = malloc(TOGETHER * 3 * m->size.height * m->size.width);
        if (!m->gathered)
            status = plethio_fail(e, "%s: not enough memory", path);
    }
    if (status)
        plethio_matrix_close(matrix);
    return status;
}

void plethio_matrix_size(const struct plethio_frames *matrix, int *frames, int *width, int *height)
{
    *frames = (int)matrix->size.frames;
    *width = (int)matrix->size.width;
    *height = (int)matrix->size.height;
}

static void gather(struct plethio_frames *m, size_t first)
{
    const struct size *s = &m->size;
    const size_t frame = 3 * s->height * s->width;

    m->first = first;
    m->have = s->frames - first < TOGETHER ? s->frames - first : TOGETHER;
    for (size_t c = 0; c < 3; c++)
        for (size_t x = 0; x < s->width; x++)
            for (size_t y = 0; y < s->height; y++) {
                const uint8_t *from =
                    m->bytes + ((c * s->width + x) * s->height + y) * s->frames + first;
                uint8_t *to = m->gathered + 3 * (y * s->width + x) + c;

                for (size_t i = 0; i < m->have; i++)
                    to[i * frame] = from[i];
            }
}

const uint8_t *plethio_matrix_frame(struct plethio_frames *matrix, int i)
{
    const size_t at = (size_t)i;

    if (at < matrix->first || at >= matrix->first + matrix->have)
        gather(matrix, at);
    return matrix->gathered + (at - matrix->first) * 3 * matrix->size.height * matrix->size.width;
}

void plethio_matrix_close(struct plethio_frames **matrix)
{
    struct plethio_frames *m = *matrix;

    if (!m)
        return;
    if (m->bytes)
        munmap((void *)(uintptr_t)m->bytes, m->length);
    free(m->gathered);
    free(m);
    *matrix = NULL;
}

#else

int plethio_matrix_open(struct plethio_frames **matrix, const char *path, struct plethio_error *e)
{
    *matrix = NULL;
    return plethio_fail(e,
                        "%s: this pleth was built without MATLAB files; install libmatio-dev and "
                        "build it again",
                        path);
}

/* No array was ever opened, so that nothing below is reached with one. */

void plethio_matrix_size(const struct plethio_frames *matrix, int *frames, int *width, int *height)
{
    (void)matrix;
    *frames = *width = *height = 0;
}

const uint8_t *plethio_matrix_frame(struct plethio_frames *matrix, int i)
{
    (void)matrix;
    (void)i;
    return NULL;
}

void plethio_matrix_close(struct plethio_frames **matrix)
{
    *matrix = NULL;
}

#endif
