/* The kernels for WebAssembly, built with -msimd128: what a module has is fixed when it is built.
 */
#include "../kern.h"

#if defined(PLETH_KERN_WASM)

void pleth_kernels_float_wasm(struct pleth_kernels *k, uint32_t flags)
{
    pleth_kernels_gemm_wasm(k, flags);
    pleth_kernels_winograd_wasm(k, flags);
    pleth_kernels_activate_wasm(k, flags);
    pleth_kernels_rows_wasm(k, flags);
}

#else

/* ISO C wants something in every file */
typedef int pleth_kern_wasm_absent;

#endif
