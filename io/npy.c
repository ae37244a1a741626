#include "npy.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* ---- The header: a Python dictionary of three known entries ------------------------------ */

struct text {
    const char *at, *end;
};

static int take(struct text *t, const char *word)
{
    size_t n = strlen(word);

    while (t->at < t->end && *t->at == ' ')
        t->at++;
    if ((size_t)(t->end - t->at) < n || memcmp(t->at, word, n) != 0)
        return 0;
    t->at += n;
    return 1;
}

/* (), (n,), (n, m), ...: what is wrong with it, or NULL */
static const char *take_shape(struct text *t, struct plethio_npy *a)
{
    a->count = 1;
    if (!take(t, "("))
        return "the header has no shape";
    while (!take(t, ")")) {
        int64_t n = 0;

        if (a->rank > 0 && !take(t, ","))
            return "the header's shape is broken";
        if (take(t, ")"))
            break;
        if (a->rank == PLETHIO_AXES)
            return "more than 5 axes";
        take(t, "");
        if (t->at == t->end || *t->at < '0' || *t->at > '9')
            return "the header's shape is broken";
        while (t->at < t->end && *t->at >= '0' && *t->at <= '9' && n < 1000000000000)
            n = 10 * n + (*t->at++ - '0');
        if (n < 1)
            return "an axis without numbers";
        if (n > ((int64_t)1 << 40) / a->count)
            return "a shape too large for any memory";
        a->shape[a->rank++] = n;
        a->count *= n;
    }
    return NULL;
}

static const char *take_header(struct text *t, struct plethio_npy *a, int *size)
{
    int seen = 0;
    const char *wrong;

    *size = 0;
    if (!take(t, "{"))
        return "the header is no dictionary";
    while (!take(t, "}")) {
        if (seen && !take(t, ","))
            return "the header is broken";
        if (take(t, "}"))
            break;
        if (take(t, "'descr':") && !(seen & 1)) {
            seen |= 1;
            *size = take(t, "'<f4'") ? 4 : take(t, "'<f8'") ? 8 : 0;
            if (*size == 0)
                return "numbers that are neither float32 nor float64, little-endian";
        } else if (take(t, "'fortran_order':") && !(seen & 2)) {
            seen |= 2;
            if (!take(t, "False"))
                return "not in C order";
        } else if (take(t, "'shape':") && !(seen & 4)) {
            seen |= 4;
            wrong = take_shape(t, a);
            if (wrong)
                return wrong;
        } else {
            return "the header has an unknown or a repeated entry";
        }
    }
    if (seen != 7)
        return "the header lacks descr, fortran_order or shape";
    take(t, "");
    return t->end - t->at == 0 || (t->end - t->at == 1 && *t->at == '\n') ? NULL
                                                                          : "the header is broken";
}

/* ---- Reading ---------------------------------------------------------------------------- */

/* What is wrong with the file, or NULL: then a->data has the numbers. */
static const char *parse(struct plethio_npy *a, const char *bytes, size_t size)
{
    const unsigned char *b = (const unsigned char *)bytes;
    struct text header;
    size_t start, length;
    const char *wrong;
    int item;

    if (size < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return "not a .npy file";
    if (b[6] < 1 || b[6] > 3 || b[7] != 0)
        return "a format of .npy later than 3.0";
    start = b[6] == 1 ? 10 : 12;
    length = b[8] + 256u * b[9];
    if (b[6] > 1)
        length += 65536u * b[10] + (size_t)16777216 * b[11];
    if (length > size - start)
        return "cut off within the header";
    header.at = bytes + start;
    header.end = header.at + length;
    wrong = take_header(&header, a, &item);
    if (wrong)
        return wrong;
    if ((uint64_t)a->count * (uint64_t)item != size - start - length)
        return "another number of bytes than its shape says";
    a->data = malloc((size_t)a->count * sizeof *a->data);
    if (!a->data)
        return "too large for this machine's memory";
    if (item == 4) {
        memcpy(a->data, header.end, (size_t)a->count * sizeof *a->data);
        return NULL;
    }
    for (int64_t i = 0; i < a->count; i++) {
        double v;

        memcpy(&v, header.end + 8 * i, sizeof v);
        a->data[i] = (float)v;
    }
    return NULL;
}

int plethio_npy_read(struct plethio_npy *a, const char *path, struct plethio_error *e)
{
    size_t size;
    char *bytes;
    const char *wrong;

    memset(a, 0, sizeof *a);
    bytes = plethio_read_whole(path, &size, e);
    if (!bytes)
        return -1;
    wrong = parse(a, bytes, size);
    free(bytes);
    if (!wrong)
        return 0;
    plethio_npy_free(a);
    return plethio_fail(e, "%s: %s", path, wrong);
}

void plethio_npy_free(struct plethio_npy *a)
{
    free(a->data);
    memset(a, 0, sizeof *a);
}

/* ---- Writing ---------------------------------------------------------------------------- */

void plethio_npy_write(FILE *f, int rank, const int64_t *shape, const float *data)
{
    char header[256];
    size_t n = 10, count = 1;

    memcpy(header, "\x93NUMPY\1\0", 8);
    n += (size_t)snprintf(header + n, sizeof header - n,
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < rank; i++) {
        n += (size_t)snprintf(header + n, sizeof header - n, i ? ", %lld" : "%lld",
                              (long long)shape[i]);
        count *= (size_t)shape[i];
    }
    n += (size_t)snprintf(header + n, sizeof header - n, rank == 1 ? ",), }" : "), }");
    /* the numbers begin at a multiple of 64 */
    while (n % 64 != 63)
        header[n++] = ' ';
    header[n++] = '\n';
    header[8] = (char)(n - 10);
    header[9] = 0;
    fwrite(header, 1, n, f);
    fwrite(data, sizeof *data, count, f);
}
