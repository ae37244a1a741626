/* The whole test framework: checks that count, and a verdict. A test is a program:
 *
 *     int main(void) { CHECK(1 + 1 == 2); CHECK_NEAR(sin(0), 0, 1e-15); return test_done(); }
 *
 * A test that needs something absent calls test_skip("why") and the run says so. */
#ifndef PLETH_TEST_H
#define PLETH_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int test_checks, test_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        test_checks++;                                                                             \
        if (!(condition) && ++test_failures <= 20)                                                 \
            printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                         \
    } while (0)

#define CHECK_NEAR(value, truth, tolerance)                                                        \
    do {                                                                                           \
        double test_v = (value), test_t = (truth);                                                 \
        test_checks++;                                                                             \
        if (!(fabs(test_v - test_t) <= (tolerance)) && ++test_failures <= 20)                      \
            printf("%s:%d: failed: %s = %.12g, not %.12g within %g\n", __FILE__, __LINE__, #value, \
                   test_v, test_t, (double)(tolerance));                                           \
    } while (0)

/* ctest reads 77 as "skipped" */
static inline void test_skip(const char *why)
{
    printf("skipped: %s\n", why);
    exit(77);
}

static inline int test_done(void)
{
    printf("%d checks, %d failed\n", test_checks, test_failures);
    return test_failures != 0 || test_checks == 0;
}

/* Where recordings and reference vectors lie: what is below data/ in $PLETH_DATA, all else (and
 * that too, without PLETH_DATA) in $PLETH_SHARED, by default ../shared beside the checkout, given
 * by the build. Returns 0 if the file is absent. */
static inline int test_shared(char *path, size_t size, const char *below)
{
    const char *root = getenv("PLETH_SHARED"), *data = getenv("PLETH_DATA");
    FILE *f;
#ifdef TEST_SHARED
    if (!root)
        root = TEST_SHARED;
#endif
    if (data && strncmp(below, "data/", 5) == 0)
        snprintf(path, size, "%s/%s", data, below + 5);
    else
        snprintf(path, size, "%s/%s", root ? root : "../shared", below);
    f = fopen(path, "rb");
    if (!f)
        return 0;
    fclose(f);
    return 1;
}

#endif
