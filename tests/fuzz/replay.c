/* Runs a fuzz target over files without a fuzzer: target FILE... */
#include "fuzz.h"

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL, *bigger;
    size_t capacity = 0, got;

    *size = 0;
    if (!f)
        return NULL;
    do {
        if (*size == capacity) {
            capacity = capacity ? 2 * capacity : 4096;
            bigger = realloc(data, capacity);
            if (!bigger)
                break;
            data = bigger;
        }
        got = fread(data + *size, 1, capacity - *size, f);
        *size += got;
    } while (got > 0);
    if (ferror(f) || !feof(f)) {
        free(data);
        data = NULL;
    }
    fclose(f);
    return data;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        size_t size;
        uint8_t *data = read_file(argv[i], &size), *exact;
        if (!data) {
            perror(argv[i]);
            return 1;
        }
        /* as long as the input and no longer, so that a sanitizer sees what reads beyond it */
        exact = realloc(data, size ? size : 1);
        data = exact ? exact : data;
        /* named first, so that a crash has its input above it */
        printf("%s\n", argv[i]);
        fflush(stdout);
        LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    printf("%d inputs replayed\n", argc - 1);
    return 0;
}
