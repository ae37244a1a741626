/* Reads .npy files (NumPy format 1.0, little-endian float64 or float32, C order) into doubles. */
#ifndef PLETH_TEST_NPY_H
#define PLETH_TEST_NPY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct npy {
    int rows, columns, count; /* a vector has one column; further axes count into `count` alone */
    double *data;
};

/* The array in the file; ends the test with a message if it can not be read. */
static inline struct npy npy_read(const char *path)
{
    struct npy array = {0, 1, 0, NULL};
    unsigned char magic[10];
    char header[1024] = "", *shape;
    int wide, size;
    FILE *f = fopen(path, "rb");

    if (!f || fread(magic, 1, 10, f) != 10 || memcmp(magic, "\x93NUMPY\1", 7) != 0)
        goto bad;
    size = magic[8] + 256 * magic[9];
    if (size >= (int)sizeof header || fread(header, 1, (size_t)size, f) != (size_t)size)
        goto bad;
    wide = strstr(header, "'<f8'") != NULL;
    shape = strstr(header, "'shape': (");
    if (!shape || strstr(header, "True") || (!wide && !strstr(header, "'<f4'")))
        goto bad;
    array.count = 1;
    shape += 10;
    for (int axis = 0; *shape != ')'; axis++) {
        long n = strtol(shape, &shape, 10);
        if (n < 1 || n > 100000000 / array.count)
            goto bad;
        array.count *= (int)n;
        if (axis < 2)
            *(axis == 0 ? &array.rows : &array.columns) = (int)n;
        shape += strspn(shape, ", ");
    }
    array.data = malloc(sizeof(double) * (size_t)array.count);
    for (int i = 0; array.data && i < array.count; i++) {
        float narrow;
        if (fread(wide ? (void *)&array.data[i] : (void *)&narrow, wide ? 8 : 4, 1, f) != 1)
            goto bad;
        if (!wide)
            array.data[i] = (double)narrow;
    }
    fclose(f);
    return array;
bad:
    printf("%s: not a .npy file of format 1.0 with float64 or float32 in C order\n", path);
    exit(1);
}

#endif
