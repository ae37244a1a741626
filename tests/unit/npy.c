/* NumPy's arrays: what is read, what is written, what is refused. */
#define _POSIX_C_SOURCE 200809L

#include <unistd.h>

/* not the one of the tests */
#include "../../io/npy.h"
#include "test.h"

static char path[] = "npy-XXXXXX";

/* A file of this format, header and data. */
static void write_file(int major, const char *header, const void *data, size_t size)
{
    const size_t n = strlen(header);
    FILE *f = fopen(path, "wb");

    CHECK(f != NULL);
    if (!f)
        return;
    fwrite("\x93NUMPY", 1, 6, f);
    fputc(major, f);
    fputc(0, f);
    fputc((int)(n & 255), f);
    fputc((int)(n >> 8), f);
    if (major > 1)
        fwrite("\0\0", 1, 2, f);
    fwrite(header, 1, n, f);
    fwrite(data, 1, size, f);
    fclose(f);
}

static void refused(int major, const char *header, const void *data, size_t size, const char *what)
{
    struct plethio_npy a;
    struct plethio_error e = {{0}};

    write_file(major, header, data, size);
    CHECK(plethio_npy_read(&a, path, &e) == -1 && !a.data);
    if (!strstr(e.text, what))
        printf("%s: %s\n", header, e.text);
    CHECK(strstr(e.text, what) && strstr(e.text, path));
}

static void accepted(int major, const char *header, const void *data, size_t size, int rank,
                     const float *values, int64_t count)
{
    struct plethio_npy a;
    struct plethio_error e = {{0}};

    write_file(major, header, data, size);
    CHECK(plethio_npy_read(&a, path, &e) == 0);
    CHECK(a.rank == rank && a.count == count);
    CHECK(a.data && memcmp(a.data, values, (size_t)count * sizeof *values) == 0);
    plethio_npy_free(&a);
    CHECK(!a.data);
}

static void both_ways(void)
{
    static const float values[] = {1, -2, 3.5f, NAN, INFINITY, -0.0f};
    static const int64_t shapes[][PLETHIO_AXES] = {{6}, {2, 3}, {1, 1, 2, 3, 1}};
    static const int ranks[] = {1, 2, 5};

    for (int i = 0; i < 3; i++) {
        struct plethio_npy a;
        struct plethio_error e;
        FILE *f = fopen(path, "wb");

        plethio_npy_write(f, ranks[i], shapes[i], values);
        CHECK((ftell(f) - (long)sizeof values) % 64 == 0);
        fclose(f);
        CHECK(plethio_npy_read(&a, path, &e) == 0);
        CHECK(a.rank == ranks[i] && memcmp(a.shape, shapes[i], sizeof a.shape) == 0);
        CHECK(a.count == 6 && memcmp(a.data, values, sizeof values) == 0);
        plethio_npy_free(&a);
    }
}

int main(void)
{
    static const float f[] = {0.5f, -3};
    static const double d[] = {0.5, -3};
    const int file = mkstemp(path);
    struct plethio_npy a;
    struct plethio_error e;

    CHECK(file >= 0);
    close(file);
    accepted(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }  \n", f, 8, 1, f, 2);
    accepted(2, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }\n", d, 16, 2, f, 2);
    accepted(3, "{'shape':(),'fortran_order':False,'descr':'<f4'}", f, 4, 0, f, 1);
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", f, 7, "another number");
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", f, 8, "another number");
    refused(1, "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", f, 8, "neither");
    refused(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", f, 8, "neither");
    refused(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", f, 8, "C order");
    refused(1, "{'descr': '<f4', 'fortran_order': False, }", f, 8, "lacks");
    refused(1, "{'descr': '<f4', 'descr': '<f4', 'shape': (2,), }", f, 8, "repeated");
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", f, 0,
            "without numbers");
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", f, 8, "broken");
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2), }", f, 8, "broken");
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,2), }", f, 8,
            "5 axes");
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999, 999999999), }", f, 8,
            "too large");
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", f, 8,
            "too large");
    refused(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x", f, 8, "broken");
    refused(1, "os.system('true')", f, 8, "no dictionary");
    refused(4, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", f, 8, "later than");
    both_ways();
    unlink(path);
    CHECK(plethio_npy_read(&a, path, &e) == -1 && strstr(e.text, "cannot open"));
    return test_done();
}
