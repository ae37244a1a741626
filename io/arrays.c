#include "arrays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "path.h"

#ifdef PLETH_WITH_HDF5
#include <hdf5.h>
#endif
#ifdef PLETH_WITH_MATIO
#include "matlab.h"
#endif

void plethio_arrays_free(struct plethio_array *array, int n)
{
    for (int i = 0; i < n; i++) {
        free(array[i].value);
        array[i].value = NULL;
        array[i].count = 0;
    }
}

#if defined(PLETH_WITH_HDF5) || defined(PLETH_WITH_MATIO)

/* ---- In the other process, which ends soon: nothing is freed ------------------------------- */

struct request {
    const char *path;
    struct plethio_array *array;
    int n;
};

/* Room for count values of so many bytes in the file; cleared, as the libraries take no notice of
 * data that end too early. */
static double *room(const struct request *r, struct plethio_array *a, size_t count, size_t size,
                    struct plethio_error *e)
{
    if (count == 0 || count > PLETHIO_ARRAY_MAX || count * size > plethio_unpacked_max(r->path)) {
        plethio_fail(e, "%s is empty or too large: %zu values", a->name, count);
        return NULL;
    }
    a->count = count;
    a->value = calloc(count, sizeof *a->value);
    if (!a->value)
        plethio_fail(e, "not enough memory");
    return a->value;
}

static void tell(void *cookie, FILE *to)
{
    const struct request *r = cookie;

    for (int i = 0; i < r->n; i++) {
        const struct plethio_array *a = &r->array[i];

        fwrite(&a->count, sizeof a->count, 1, to);
        fwrite(a->text, sizeof a->text, 1, to);
        if (a->count)
            fwrite(a->value, sizeof *a->value, a->count, to);
    }
}

#ifdef PLETH_WITH_HDF5

static int read_hdf5(void *cookie, struct plethio_error *e)
{
    const struct request *r = cookie;
    const hid_t file = H5Fopen(r->path, H5F_ACC_RDONLY, H5P_DEFAULT);

    if (file < 0)
        return plethio_fail(e, "no HDF5 file, or it is cut off");
    for (int i = 0; i < r->n; i++) {
        struct plethio_array *a = &r->array[i];
        hid_t set;
        H5T_class_t class;
        hssize_t count;
        hid_t type;

        if (H5Lexists(file, a->name, H5P_DEFAULT) <= 0)
            continue;
        set = H5Dopen2(file, a->name, H5P_DEFAULT);
        if (set < 0)
            return plethio_fail(e, "%s is no array", a->name);
        type = H5Dget_type(set);
        class = H5Tget_class(type);
        if (class != H5T_INTEGER && class != H5T_FLOAT)
            continue;
        count = H5Sget_simple_extent_npoints(H5Dget_space(set));
        if (!room(r, a, count > 0 ? (size_t)count : 0, H5Tget_size(type), e))
            return -1;
        if (H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, a->value) < 0)
            return plethio_fail(e, "%s cannot be read; is the file cut off?", a->name);
    }
    return 0;
}

#endif

#ifdef PLETH_WITH_MATIO

/* The printable characters of a text, which matio holds in units of one or two bytes. */
static void take_text(struct plethio_array *a, mat_t *file)
{
    const matvar_t *v = Mat_VarRead(file, a->name);
    const size_t unit = v && v->data && v->data_size > 0 ? (size_t)v->data_size : 0;
    size_t n = 0;

    for (size_t i = 0; unit && i + unit <= v->nbytes && n + 1 < sizeof a->text; i += unit) {
        const unsigned char c = ((const unsigned char *)v->data)[i];

        if (c >= 32 && c < 127)
            a->text[n++] = (char)c;
    }
    while (n > 0 && a->text[n - 1] == ' ')
        n--;
    a->text[n] = 0;
}

static int take_numbers(const struct request *r, struct plethio_array *a, mat_t *file, matvar_t *v,
                        struct plethio_error *e)
{
    size_t count = 1;
    void *data;

    for (int i = 0; i < v->rank; i++)
        count = v->dims[i] && count > PLETHIO_ARRAY_MAX / v->dims[i] ? PLETHIO_ARRAY_MAX + 1
                                                                     : count * v->dims[i];
    /* MATLAB keeps whole numbers in the fewest bytes */
    if (!room(r, a, count, 1, e))
        return -1;
    data = calloc(count, Mat_SizeOfClass((int)v->class_type));
    if (!data)
        return plethio_fail(e, "not enough memory");
    if (Mat_VarReadDataLinear(file, v, data, 0, 1, (int)count))
        return plethio_fail(e, "%s cannot be read; is the file cut off?", a->name);
    for (size_t i = 0; i < count; i++)
        a->value[i] = plethio_matlab_value(v->class_type, data, i);
    return 0;
}

static int read_matlab(void *cookie, struct plethio_error *e)
{
    const struct request *r = cookie;
    mat_t *file = Mat_Open(r->path, MAT_ACC_RDONLY);

    if (!file)
        return plethio_fail(e, "no MATLAB file");
    for (int i = 0; i < r->n; i++) {
        struct plethio_array *a = &r->array[i];
        matvar_t *v = Mat_VarReadInfo(file, a->name);

        if (v && v->class_type == MAT_C_CHAR)
            take_text(a, file);
        else if (v && plethio_matlab_is_real(v) && take_numbers(r, a, file, v, e))
            return -1;
        Mat_Rewind(file);
    }
    return 0;
}

#endif

/* ---- In this one ------------------------------------------------------------------------ */

static int take(struct plethio_array *a, struct plethio_apart *from, const char *library,
                struct plethio_error *e)
{
    if (plethio_apart_take(from, &a->count, sizeof a->count, library, e) ||
        plethio_apart_take(from, a->text, sizeof a->text, library, e)) {
        a->count = 0;
        return -1;
    }
    a->text[sizeof a->text - 1] = 0;
    if (a->count == 0)
        return 0;
    if (a->count > PLETHIO_ARRAY_MAX)
        return plethio_fail(e, "the file is broken");
    a->value = malloc(a->count * sizeof *a->value);
    if (!a->value)
        return plethio_fail(e, "not enough memory");
    return plethio_apart_take(from, a->value, a->count * sizeof *a->value, library, e);
}

static int read_apart(const struct request *r, const char *library,
                      int (*prepare)(void *cookie, struct plethio_error *e),
                      struct plethio_error *e)
{
    struct request copy = *r;
    struct plethio_apart apart;
    int status;

    status = plethio_apart_open(&apart, library, prepare, tell, &copy, e);
    if (status)
        return status;
    for (int i = 0; i < r->n && status == 0; i++)
        status = take(&r->array[i], &apart, library, e);
    plethio_apart_close(&apart);
    return status;
}

#endif

int plethio_arrays_read(struct plethio_array *array, int n, const char *path,
                        struct plethio_error *e)
{
    const int matlab = plethio_ends(path, ".mat");

    for (int i = 0; i < n; i++)
        array[i] = (struct plethio_array){.name = array[i].name};
#ifdef PLETH_WITH_MATIO
    if (matlab)
        return plethio_matlab_check(path, e)
                   ? -1
                   : read_apart(&(struct request){path, array, n}, "matio", read_matlab, e);
#endif
#ifdef PLETH_WITH_HDF5
    if (!matlab)
        return read_apart(&(struct request){path, array, n}, "HDF5", read_hdf5, e);
#endif
    return plethio_fail(e, "this pleth was built without %s files; install %s and build it again",
                        matlab ? "MATLAB" : "HDF5", matlab ? "libmatio-dev" : "libhdf5-dev");
}
