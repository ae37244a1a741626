/* Reading recorded files whole, for tests of training. */
#ifndef PLETH_TESTS_IO_FILES_H
#define PLETH_TESTS_IO_FILES_H

#include "memory.h"
#include "net/weights.h"
#include "pleth/pleth.h"
#include "test.h"

struct file {
    char *data;
    size_t size;
};

static inline struct file read_shared(const char *below)
{
    struct file file = {NULL, 0};
    struct plethio_error e;
    char path[600];

    if (test_shared(path, sizeof path, below))
        file.data = plethio_read_whole(path, &file.size, &e);
    if (!file.data) {
        printf("%s: missing\n", below);
        exit(1);
    }
    return file;
}

static inline struct pleth_weights open_weights(const struct file *file)
{
    struct pleth_weights w;
    char message[PLETH_MESSAGE];

    if (pleth_weights_open(&w, file->data, file->size, message, sizeof message)) {
        printf("%s\n", message);
        exit(1);
    }
    return w;
}

#endif
