/* What the fuzz targets share: values cut from the input, and the input as a file. */
#ifndef PLETH_FUZZ_H
#define PLETH_FUZZ_H

/* mkdtemp, dup2 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold for every input: what it says is the finding. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct fuzz_input {
    const uint8_t *data;
    size_t left;
};

/* The next n bytes of the input; zeros after its end. */
static inline void fuzz_take(struct fuzz_input *in, void *to, size_t n)
{
    size_t have = n < in->left ? n : in->left;

    memset(to, 0, n);
    if (have == 0)
        return;
    memcpy(to, in->data, have);
    in->data += have;
    in->left -= have;
}

static inline uint8_t fuzz_u8(struct fuzz_input *in)
{
    uint8_t v;
    fuzz_take(in, &v, sizeof(v));
    return v;
}

static inline uint16_t fuzz_u16(struct fuzz_input *in)
{
    uint16_t v;
    fuzz_take(in, &v, sizeof(v));
    return v;
}

static inline int32_t fuzz_i32(struct fuzz_input *in)
{
    int32_t v;
    fuzz_take(in, &v, sizeof(v));
    return v;
}

static inline int64_t fuzz_i64(struct fuzz_input *in)
{
    int64_t v;
    fuzz_take(in, &v, sizeof(v));
    return v;
}

static inline float fuzz_float(struct fuzz_input *in)
{
    float v;
    fuzz_take(in, &v, sizeof(v));
    return v;
}

/* ---- Files ---------------------------------------------------------------------------------- */

static char fuzz_folder[256];
static char fuzz_files[16][300];

static inline void fuzz_clean(void)
{
    for (size_t i = 0; i < sizeof(fuzz_files) / sizeof(fuzz_files[0]); i++)
        if (fuzz_files[i][0])
            unlink(fuzz_files[i]);
    rmdir(fuzz_folder);
}

/* Path of the file `name` in a folder of this process's own, with the given contents. */
static inline const char *fuzz_file(const char *name, const uint8_t *data, size_t size)
{
    const char *root = getenv("TMPDIR");
    char path[300];
    size_t i = 0;
    FILE *f;

    if (!fuzz_folder[0]) {
        snprintf(fuzz_folder, sizeof(fuzz_folder), "%s/pleth-fuzz-XXXXXX", root ? root : "/tmp");
        if (!mkdtemp(fuzz_folder)) {
            perror(fuzz_folder);
            exit(1);
        }
        atexit(fuzz_clean);
    }
    snprintf(path, sizeof(path), "%s/%s", fuzz_folder, name);
    while (fuzz_files[i][0] && strcmp(fuzz_files[i], path))
        i++;
    strcpy(fuzz_files[i], path);
    f = fopen(path, "wb");
    if (!f || (size && fwrite(data, 1, size, f) != size) || fclose(f)) {
        perror(path);
        exit(1);
    }
    return fuzz_files[i];
}

#endif
