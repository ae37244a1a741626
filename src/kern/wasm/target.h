/* What the files for WebAssembly share. */
#ifndef PLETH_KERN_WASM_TARGET_H
#define PLETH_KERN_WASM_TARGET_H

#include <string.h>
#include <wasm_simd128.h>

/* Arrays of vectors are to lie in local variables, whatever the compiler's options. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

/* n <= 4 floats; those beyond are zeros. */
static ALWAYS_INLINE v128_t load_floats(const float *x, int n)
{
    float some[4] = {0};
    if (n == 4)
        return wasm_v128_load(x);
    memcpy(some, x, (size_t)n * sizeof *x);
    return wasm_v128_load(some);
}

static ALWAYS_INLINE void store_floats(float *y, v128_t v, int n)
{
    float some[4];
    if (n == 4) {
        wasm_v128_store(y, v);
        return;
    }
    wasm_v128_store(some, v);
    memcpy(y, some, (size_t)n * sizeof *y);
}

/* a * b + c, rounded twice: a fused product is not to be had */
static ALWAYS_INLINE v128_t multiply_add(v128_t a, v128_t b, v128_t c)
{
    return wasm_f32x4_add(wasm_f32x4_mul(a, b), c);
}

static ALWAYS_INLINE v128_t times(v128_t v, float by)
{
    return wasm_f32x4_mul(v, wasm_f32x4_splat(by));
}

static ALWAYS_INLINE float sum_of_lanes(v128_t v)
{
    return (wasm_f32x4_extract_lane(v, 0) + wasm_f32x4_extract_lane(v, 1)) +
           (wasm_f32x4_extract_lane(v, 2) + wasm_f32x4_extract_lane(v, 3));
}

#endif
