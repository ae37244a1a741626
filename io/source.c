#include "source.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

static void name_of(const char *path, char *name, size_t size)
{
    const char *last = strrchr(path, '/'), *at = last ? last + 1 : path;
    const char *dot = strrchr(at, '.');
    size_t n = 0;

    if (isdigit((unsigned char)*at) && n + 1 < size)
        name[n++] = '_';
    for (; *at && at != dot && n + 1 < size; at++)
        name[n++] = isalnum((unsigned char)*at) ? *at : '_';
    name[n] = '\0';
}

static void write_header(FILE *f, const char *name, const struct plethio_model *m)
{
    fprintf(f,
            "/* The network %s, prepared: written by pleth convert. */\n"
            "#ifndef %s_NETWORK_H\n"
            "#define %s_NETWORK_H\n"
            "\n"
            "#include <pleth/pleth.h>\n"
            "\n"
            "/* Bytes of memory that a state needs, aligned to 64. */\n"
            "#define %s_STATE_SIZE %zu\n"
            "\n",
            m->info.name, name, name, name, m->work_size);
    for (int i = 0; i < m->info.inputs; i++)
        fprintf(f, "/* input %d: %s, %d values a frame */\n", i, m->info.input[i].name,
                m->info.input[i].count);
    for (int i = 0; i < m->info.outputs; i++)
        fprintf(f, "/* output %d: %s, %d values a frame */\n", i, m->info.output[i].name,
                m->info.output[i].count);
    fprintf(f,
            "\n"
            "/* A state in memory[0..size): then pleth_net_run, or push and pull. */\n"
            "int %s_open(pleth_net_state **state, void *memory, size_t size);\n"
            "\n"
            "#endif\n",
            name);
}

static void write_source(FILE *f, const char *name, const struct plethio_model *m)
{
    const char *bytes = m->block;
    const size_t words = m->block_size / sizeof(uint32_t);

    fprintf(f,
            "/* The network %s, prepared: written by pleth convert. */\n"
            "#include \"%s.h\"\n"
            "\n"
            "#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__\n"
            "#error \"written for little-endian machines\"\n"
            "#endif\n"
            "\n"
            "static const _Alignas(64) uint32_t network[%zu] = {\n",
            m->info.name, name, words);
    for (size_t i = 0; i < words; i++) {
        uint32_t word;
        memcpy(&word, bytes + i * sizeof word, sizeof word);
        fprintf(f, "%s0x%08" PRIx32 ",%s", i % 8 == 0 ? "    " : " ", word,
                i % 8 == 7 || i + 1 == words ? "\n" : "");
    }
    fprintf(f,
            "};\n"
            "\n"
            "int %s_open(pleth_net_state **state, void *memory, size_t size)\n"
            "{\n"
            "    return %s(state, memory, size, (const pleth_net *)(const void *)network);\n"
            "}\n",
            name, m->info.int8 == 1 ? "pleth_net_open_int8" : "pleth_net_open");
}

/* The model prepared for one frame at a time. */
static int prepare(struct plethio_model *m, const void *model, size_t length, const char *path,
                   struct plethio_error *e)
{
    pleth_net_options options;
    char *copy = malloc(length);

    if (!copy)
        return plethio_fail(e, "no memory for %zu bytes", length);
    memcpy(copy, model, length);
    pleth_net_options_default(&options);
    options.batch = 1;
    return plethio_model_take(m, copy, length, path, &options, e);
}

enum { NAME = 80 };

int plethio_source_write(const void *model, size_t length, const char *path, FILE *f,
                         struct plethio_error *e)
{
    struct plethio_model m;
    char name[NAME];

    if (prepare(&m, model, length, path, e))
        return -1;
    name_of(path, name, sizeof name);
    write_source(f, name, &m);
    plethio_model_close(&m);
    return 0;
}

int plethio_source_write_header(const void *model, size_t length, const char *path, FILE *f,
                                struct plethio_error *e)
{
    struct plethio_model m;
    char name[NAME];

    if (prepare(&m, model, length, path, e))
        return -1;
    name_of(path, name, sizeof name);
    write_header(f, name, &m);
    plethio_model_close(&m);
    return 0;
}
