/* What the checks of kernels share. Each family of kernels has a file of its own, which offers an
 * array of struct check; check.c runs them all on every instruction set of this machine. */
#ifndef PLETH_TESTS_CHECK_H
#define PLETH_TESTS_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "kern/kern.h"
#include "pleth/pleth.h"

/* ---- random cases: every version of a kernel sees the same ones --------------------------------
 */

uint64_t check_random(void);
/* 0..n-1 */
int check_below(int n);
/* from..to, near its ends and powers of two more often than elsewhere */
int check_size(int from, int to);
/* n values in -1..1; sometimes with zeros, tiny and large ones among them */
void check_floats(float *x, size_t n);
void check_bytes(void *p, size_t n);

/* ---- memory between unreadable pages: what is read or written too far is a signal --------------
 */

/* slots of `size` readable bytes (whole pages), an unreadable page before, between and after them
 */
struct check_memory {
    uint8_t *slot;
    size_t slots, size, step;
};

/* Once for each; later calls do nothing. */
void check_memory_make(struct check_memory *m, size_t slots, size_t size);
/* `size` bytes that begin right after an unreadable page, or end right before one. */
void *check_place(const struct check_memory *m, size_t size, int at_end);

/* An output of `size` bytes at an end of m's first slot, random like the bytes on its other side */
struct check_output {
    uint8_t *at, *guard;
    size_t size, guarded;
};
void check_output_make(struct check_output *o, const struct check_memory *m, size_t size);
/* 1 if nothing around it was written; else 0, and says so */
int check_output_whole(const struct check_output *o);

/* Calls f(argument); 1, or 0 and says so where it raised a signal. */
int check_call(void (*f)(void *argument), void *argument);

/* ---- checks ------------------------------------------------------------------------------------
 */

enum check_unit { CHECK_NOTHING, CHECK_FLOPS, CHECK_INT8_OPS, CHECK_VALUES };

struct check_bench {
    const char *name;
    void (*call)(const struct pleth_kernels *k);
    enum check_unit unit;
    double work; /* of a call, in that unit; multiply and add are two */
};

/* one kernel */
struct check {
    const char *name;
    size_t member; /* offsetof(struct pleth_kernels, name) */
    /* 1 if k's version is right in that many random cases; else 0, and prints the first that is
       not, indented by four. scalar: the scalar table; NULL where that is what is checked. */
    int (*run)(const struct pleth_kernels *k, const struct pleth_kernels *scalar, int rounds);
    /* Prepares case `number` of those worth timing; 0 where there are no more. */
    int (*bench)(int number, struct check_bench *b);
};

/* by file; the last has no name */
extern const struct check check_band[], check_gemm[], check_winograd[], check_activate[],
    check_rows[], check_int8[];

/* Operations a second that this core does at most: multiply-adds of registers by registers, with
 * the widest vectors of these flags; 0 where that is not known. */
double check_peak(enum check_unit unit, uint32_t flags);

double check_now_ns(void);
/* ns of a call, the least of many */
double check_time(const struct check_bench *b, const struct pleth_kernels *k);

#endif
