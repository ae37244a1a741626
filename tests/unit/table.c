/* Tables and colour traces: separators, headers, units of time, hostile files. */
#define _POSIX_C_SOURCE 200809L

#include "test.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

/* The bytes as a file of this name in a directory of its own. */
static const char *file(const char *name, const void *bytes, size_t n)
{
    static char folder[32];
    FILE *f;

    if (*path)
        unlink(path);
    if (!*folder) {
        strcpy(folder, "/tmp/pleth-table-XXXXXX");
        if (!mkdtemp(folder))
            test_skip("no directory for temporary files");
    }
    if (!name) {
        rmdir(folder);
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f))
        test_skip("temporary files can not be written");
    return path;
}

static const char *text(const char *name, const char *content)
{
    return file(name, content, strlen(content));
}

static void check_tables(void)
{
    struct plethio_table t;
    struct plethio_error e;

    CHECK(plethio_table_read(&t,
                             text("a.csv", "\xef\xbb\xbf# note\r\nTime_s,\"a \"\"b\"\"\",c\r\n"
                                           "0,1.5,x\r\n\r\n1e-1,-2\r\n"),
                             &e) == 0);
    CHECK(t.rows == 2 && t.columns == 3);
    CHECK(strcmp(t.name[1], "a \"b\"") == 0);
    CHECK(plethio_table_column(&t, "time_s") == 0);
    CHECK(plethio_table_column(&t, "x|C|Time_s") == 2);
    CHECK(plethio_table_column(&t, "tim|d") == -1);
    CHECK(t.value[1] == 1.5 && t.value[4] == -2.0 && t.value[3] == 0.1);
    CHECK(isnan(t.value[2]) && isnan(t.value[5]));
    plethio_table_free(&t);

    CHECK(plethio_table_read(&t, text("b.csv", "1;2,5\n3;4"), &e) == 0);
    CHECK(t.rows == 2 && t.columns == 2 && t.value[1] == 2.5 && t.value[3] == 4.0);
    CHECK(t.name[0][0] == '\0');
    plethio_table_free(&t);

    CHECK(plethio_table_read(&t, text("c.csv", "  1.0e0   2 \n 3\t \n"), &e) == 0);
    CHECK(t.rows == 2);
    plethio_table_free(&t);

    CHECK(plethio_table_read(&t, text("d.csv", "a,b\n"), &e) == -1);
    CHECK(strstr(e.text, "no rows") != NULL);
    CHECK(plethio_table_read(&t, text("e.csv", ""), &e) == -1);
    CHECK(plethio_table_read(&t, "/nowhere/x.csv", &e) == -1);
    CHECK(t.rows == 0 && t.value == NULL);
}

static void check_cells(void)
{
    struct plethio_cells c;
    struct plethio_error e;

    CHECK(plethio_cells_read(&c,
                             text("a.csv", "\xef\xbb\xbf# note\r\n\"a;b\" ; \"c \"\"d\"\"\";e\r\n"
                                           "\r\n 1,5 ;\" x \";\r\n"),
                             0, &e) == 0);
    CHECK(c.separator == ';' && c.rows == 2 && c.columns == 3);
    CHECK(strcmp(plethio_cells_text(&c, 0, 0), "a;b") == 0);
    CHECK(strcmp(plethio_cells_text(&c, 0, 1), "c \"d\"") == 0);
    CHECK(plethio_cells_column(&c, "x|E") == 2 && plethio_cells_column(&c, "b") == -1);
    CHECK(strcmp(plethio_cells_text(&c, 1, 0), "1,5") == 0);
    CHECK(plethio_cells_number(&c, 1, 0) == 1.5);
    CHECK(strcmp(plethio_cells_text(&c, 1, 1), "x") == 0);
    CHECK(*plethio_cells_text(&c, 1, 2) == '\0' && isnan(plethio_cells_number(&c, 1, 2)));
    CHECK(c.line[0] == 2 && c.line[1] == 4);
    plethio_cells_free(&c);

    /* what separates is looked for outside of quotes, and a sign of inches is none */
    CHECK(plethio_cells_read(&c, text("b.csv", "\"a;\"\"b\",5\",c\n1,2,3"), 0, &e) == 0);
    CHECK(c.separator == ',' && c.columns == 3);
    CHECK(strcmp(plethio_cells_text(&c, 0, 0), "a;\"b") == 0);
    CHECK(strcmp(plethio_cells_text(&c, 0, 1), "5\"") == 0);
    plethio_cells_free(&c);

    /* blanks separate only where that is asked for; and so for rows of other lengths */
    CHECK(plethio_cells_read(&c, text("c.csv", "Anna Smith\nBert\n"), 0, &e) == 0);
    CHECK(c.columns == 1 && strcmp(plethio_cells_text(&c, 0, 0), "Anna Smith") == 0);
    plethio_cells_free(&c);
    CHECK(plethio_cells_read(&c, text("d.csv", "a,b\n1\n1,2,3\n"), 0, &e) == -1);
    CHECK(strstr(e.text, "d.csv:2: 1 columns where the first row has 2") != NULL);
    CHECK(plethio_cells_read(&c, path, 1, &e) == 0);
    CHECK(c.rows == 3 && *plethio_cells_text(&c, 1, 1) == '\0');
    CHECK(plethio_cells_number(&c, 2, 1) == 2.0);
    plethio_cells_free(&c);

    CHECK(plethio_cells_read(&c, file("e.csv", "a,\0b\n", 5), 1, &e) == -1);
    CHECK(strstr(e.text, "not a text table") != NULL);
    CHECK(plethio_cells_read(&c, text("f.csv", "# only\n\n"), 0, &e) == -1);
    CHECK(strstr(e.text, "empty") != NULL && c.rows == 0 && c.text == NULL);
}

/* Two rows 40 ms apart, their times in this unit under this name: the second in ns, or -1. */
static int64_t second_row(const char *name, const char *first, const char *second)
{
    struct plethio_table t;
    char content[128];
    int64_t ns[2] = {-1, -1};

    snprintf(content, sizeof content, "%s,x\n%s,1\n%s,2\n", name, first, second);
    if (plethio_table_read(&t, text("t.csv", content), NULL))
        return -2;
    if (plethio_table_time(&t, ns))
        ns[1] = -1;
    plethio_table_free(&t);
    return ns[1];
}

static void check_times(void)
{
    CHECK(second_row("time_s", "10", "10.04") == 40000000);
    CHECK(second_row("timestamp_ms", "1700000000000", "1700000000040") == 40000000);
    CHECK(second_row("T_us", "0", "40000") == 40000000);
    CHECK(second_row("time_ns", "0", "40000000") == 40000000);
    /* by the distance of the rows */
    CHECK(second_row("t", "0", "0.04") == 40000000);
    CHECK(second_row("timestamp", "1700000000000", "1700000000040") == 40000000);
    CHECK(second_row("time", "0", "40000") == 40000000);
    CHECK(second_row("time", "0", "40000000") == 40000000);
    CHECK(second_row("time", "0", "1e12") == -1);
    CHECK(second_row("time", "5", "5") == -1);
    CHECK(second_row("when", "0", "0.04") == -1);
    /* seconds by name may lie as far apart as they like; what overflows has no time */
    CHECK(second_row("time_s", "0", "3600") == INT64_C(3600000000000));
    CHECK(second_row("time_s", "0", "1e30") == INT64_MIN);
}

static void check_traces(void)
{
    static const float rgb[8] = {1, 2, 3, 4, -5, 6, 7, 8};
    static const float more[9] = {1, 2, 3, 4, 5, 6, 7, 8, INFINITY};
    struct plethio_trace t;
    struct plethio_error e;

    CHECK(plethio_trace_read(&t,
                             text("a.csv", "frame,mean_B,Red,green,time_ms\n0,3,1,2,100\n"
                                           "1,0,1,1,133\n2,30,10,20,166\n3,,1,1,200\n4,1,1,1,\n"),
                             0, &e) == 0);
    CHECK(t.n == 2);
    CHECK(t.time_ns[1] == 66000000);
    CHECK(t.rgb[0] == 1.0f && t.rgb[1] == 2.0f && t.rgb[2] == 3.0f && t.rgb[5] == 30.0f);
    plethio_trace_free(&t);

    CHECK(plethio_trace_read(&t, text("b.csv", "0 9 8 7\n0.02 9 8 6\n0.04 9 8 5\n"), 0, &e) == 0);
    CHECK(t.n == 3 && t.time_ns[2] == 40000000 && t.rgb[8] == 5.0f);
    plethio_trace_free(&t);

    CHECK(plethio_trace_read(&t, text("c.csv", "r,g,b\n9,8,7\n9,8,6\n"), 0, &e) == -1);
    CHECK(strstr(e.text, "--rate-hz") != NULL);
    CHECK(plethio_trace_read(&t, path, 20, &e) == 0);
    CHECK(t.n == 2 && t.time_ns[1] == 50000000);
    plethio_trace_free(&t);

    CHECK(plethio_trace_read(&t, text("d.csv", "time_s,ppg\n0,1\n1,2\n"), 0, &e) == -1);
    CHECK(strstr(e.text, "r, g and b") != NULL);
    CHECK(plethio_trace_read(&t, text("e.csv", "r,g,b\n0,0,0\n"), 30, &e) == -1);

    CHECK(plethio_trace_read(&t, file("a.bin", rgb, sizeof rgb), 0, &e) == -1);
    CHECK(plethio_trace_read(&t, path, 50, &e) == 0);
    CHECK(t.n == 1 && t.rgb[2] == 3.0f);
    plethio_trace_free(&t);
    CHECK(plethio_trace_read(&t, file("b.bin", more, sizeof more), 50, &e) == 0);
    CHECK(t.n == 2 && t.time_ns[1] == 20000000);
    plethio_trace_free(&t);
    CHECK(plethio_trace_read(&t, file("c.bin", "abc", 3), 50, &e) == -1);

    CHECK(plethio_is_trace("x/y.CSV") && plethio_is_trace("a.bin"));
    CHECK(!plethio_is_trace("csv") && !plethio_is_trace("a.mp4"));
}

/* Whatever the bytes are, the reader gives numbers or one line. */
static void check_garbage(void)
{
    uint32_t seed = 1;

    for (int round = 0; round < 300; round++) {
        static const char alphabet[] = "0123456789.,;\t\" -+eErgbtime\n\r#\xff\0";
        char bytes[400];
        struct plethio_trace t;
        struct plethio_error e = {""};

        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        memcpy(bytes, "t,r,g,b\n", round % 2 ? 8 : 0);
        if (plethio_trace_read(&t, file("g.csv", bytes, sizeof bytes), 0, &e) == 0) {
            CHECK(t.n > 0);
            plethio_trace_free(&t);
        } else {
            CHECK(e.text[0] != '\0');
        }
    }
}

int main(void)
{
    check_cells();
    check_tables();
    check_times();
    check_traces();
    check_garbage();
    file(NULL, NULL, 0);
    return test_done();
}
