/* Tables and colour traces: the input is read as a .csv, with and without a rate, and as a .bin. */
#include "fuzz.h"

#include <math.h>

#include "table.h"

static void read_trace(const char *path, double rate_hz)
{
    struct plethio_trace trace;
    struct plethio_error e = {{0}};

    if (plethio_trace_read(&trace, path, rate_hz, &e)) {
        MUST(e.text[0] && !strchr(e.text, '\n'));
        return;
    }
    MUST(trace.n > 0);
    for (int i = 0; i < trace.n; i++) {
        MUST(trace.time_ns[i] != INT64_MIN);
        for (int c = 0; c < 3; c++)
            MUST(isfinite(trace.rgb[3 * i + c]) && trace.rgb[3 * i + c] > 0);
    }
    plethio_trace_free(&trace);
}

static void read_table(const char *path)
{
    struct plethio_table table;
    struct plethio_error e = {{0}};
    int64_t *ns;

    if (plethio_table_read(&table, path, &e)) {
        MUST(e.text[0] && !strchr(e.text, '\n'));
        return;
    }
    MUST(table.rows > 0 && table.columns > 0);
    ns = malloc((size_t)table.rows * sizeof(*ns));
    MUST(ns);
    plethio_table_time(&table, ns);
    free(ns);
    for (int i = 0; i < table.columns; i++)
        MUST(memchr(table.name[i], 0, 1 << 20));
    for (int i = 0; i < table.rows * table.columns; i++)
        MUST(!isinf(table.value[i]));
    plethio_table_free(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *csv = fuzz_file("in.csv", data, size), *bin = fuzz_file("in.bin", data, size);

    read_table(csv);
    read_trace(csv, 0);
    read_trace(csv, 30);
    read_trace(bin, 30);
    return 0;
}
