#include <stddef.h>

#ifdef PLETH_WITH_MATIO

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "matlab.h"
#include "memory.h"

int plethio_matlab_check(const char *path, struct plethio_error *e)
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

int plethio_matlab_is_real(const matvar_t *v)
{
    switch (v->class_type) {
    case MAT_C_DOUBLE:
    case MAT_C_SINGLE:
    case MAT_C_INT32:
    case MAT_C_UINT32:
    case MAT_C_INT16:
    case MAT_C_UINT16:
    case MAT_C_INT8:
    case MAT_C_UINT8:
        return !v->isComplex && v->rank >= 2;
    default:
        return 0;
    }
}

double plethio_matlab_value(enum matio_classes type, const void *data, size_t i)
{
    switch (type) {
    case MAT_C_DOUBLE:
        return ((const double *)data)[i];
    case MAT_C_SINGLE:
        return (double)((const float *)data)[i];
    case MAT_C_INT32:
        return ((const int32_t *)data)[i];
    case MAT_C_UINT32:
        return ((const uint32_t *)data)[i];
    case MAT_C_INT16:
        return ((const int16_t *)data)[i];
    case MAT_C_UINT16:
        return ((const uint16_t *)data)[i];
    case MAT_C_INT8:
        return ((const int8_t *)data)[i];
    default:
        return ((const uint8_t *)data)[i];
    }
}

#else

/* A file of C has something in it. */
typedef int plethio_without_matio;

#endif
