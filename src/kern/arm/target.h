/* Instruction sets by function-target attributes, and loops of which nothing may be left: these
 * files need no flags of their own and are empty on other machines. */
#ifndef PLETH_KERN_ARM_TARGET_H
#define PLETH_KERN_ARM_TARGET_H

#include <arm_neon.h>

/* What PLETH_CPU_DOTPROD stands for. */
#if defined(__clang__)
#define DOTPROD __attribute__((target("dotprod")))
#else
#define DOTPROD __attribute__((target("arch=armv8.2-a+dotprod")))
#endif

/* Arrays of vectors are to lie in registers, whatever the compiler's options. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#endif
