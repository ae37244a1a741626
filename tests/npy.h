/* Reads .npy files (NumPy format 1.0, little-endian float64 or float32, C order) into doubles. */
#ifndef PLETH_TEST_NPY_H
#define PLETH_TEST_NPY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct npy {
    int rows, columns, count; /* a vector has one column */
    double *data;
};

/* The array in the file; ends the test with a message if it can not be read. */
static inline struct npy npy_read(const char *path)
{
    struct npy array = {0, 1, 0, NULL};
    unsigned char magic[10];
    char header[1024] = "", *shape;
    int wide, size, fields;
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
    fields = sscanf(shape + 10, "%d, %d", &array.rows, &array.columns);
    if (fields < 1 || array.rows < 1 || array.columns < 1)
        goto bad;
    array.count = array.rows * array.columns;
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
