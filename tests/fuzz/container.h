/* A checkpoint of any container: read, and made a model of. */
#ifndef PLETH_FUZZ_CONTAINER_H
#define PLETH_FUZZ_CONTAINER_H

#include "fuzz.h"

#include "checkpoint.h"

static inline void fuzz_one_line(const struct plethio_error *e)
{
    MUST(e->text[0] && !strchr(e->text, '\n'));
}

/* path: a file made by fuzz_file */
static inline void fuzz_checkpoint(const char *path)
{
    static const char *const nets[] = {NULL, "mlp", "tscan"};
    struct plethio_checkpoint c;
    struct plethio_error e = {{0}};

    if (plethio_checkpoint_read(&c, path, &e)) {
        fuzz_one_line(&e);
        MUST(c.count == 0 && !c.tensor && !c.file && !c.data);
        return;
    }
    MUST(c.count > 0);
    for (int i = 0; i < c.count; i++) {
        const struct pleth_tensor *t = &c.tensor[i];
        int64_t count = 1;

        MUST(t->name_length > 0 && strlen(t->name) == (size_t)t->name_length);
        MUST(plethio_checkpoint_find(&c, t->name) == t);
        MUST(t->rank >= 0 && t->rank <= PLETH_RANK);
        for (int axis = 0; axis < t->rank; axis++)
            count *= t->shape[axis];
        MUST(count == t->count && t->size == (size_t)count * (size_t)pleth_type_size(t->type));
        /* all of it can be read */
        for (int64_t k = 0; k < count; k++)
            (void)pleth_tensor_float(t, k);
    }
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        size_t size;
        void *model = plethio_checkpoint_convert(&c, nets[i], NULL, 0, &size, &e);
        struct pleth_weights w;

        if (!model) {
            fuzz_one_line(&e);
            continue;
        }
        MUST(pleth_weights_open(&w, model, size, NULL, 0) == 0);
        free(model);
    }
    plethio_checkpoint_free(&c);
}

#endif
