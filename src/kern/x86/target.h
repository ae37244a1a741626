/* Instruction sets by function-target attributes: these files need no flags of their own and are
 * empty on other machines. */
#ifndef PLETH_KERN_X86_TARGET_H
#define PLETH_KERN_X86_TARGET_H

#include <immintrin.h>

/* What PLETH_CPU_AVX2, PLETH_CPU_AVX512 and PLETH_CPU_AVX512_VNNI stand for. */
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define VNNI __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

#endif
