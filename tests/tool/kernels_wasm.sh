#!/bin/sh
# Kernels in WebAssembly, run by node: the program of tests/bare compares them with the scalar ones.
set -eu
for clang in clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 none; do
    if command -v "$clang" >/dev/null &&
        echo 'int main(void) { return 0; }' | $clang --target=wasm32-wasi -x c - -o /dev/null 2>/dev/null
    then
        break
    fi
done
if [ "$clang" = none ] || ! command -v node >/dev/null; then
    echo "skipped: no node, or no clang that makes WebAssembly (Debian: clang lld wasi-libc" \
        "libclang-rt-14-dev-wasm32 nodejs)"
    exit 77
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# without vectors, too: all is scalar then, and must build
for simd in -msimd128 -mno-simd128; do
    $clang --target=wasm32-wasi $simd -mbulk-memory -O3 -std=c11 -ffp-contract=off -Wall -Wextra \
        -Wconversion -Werror -I"$SRC/include" -I"$SRC/src" "$SRC/tests/bare/kernels.c" \
        "$SRC"/src/kern/*.c "$SRC"/src/kern/*/*.c -lm -o "$tmp/kernels$simd.wasm"
done
node --no-warnings "$SRC/ports/wasm/run.mjs" "$tmp/kernels-msimd128.wasm"
if node --no-warnings "$SRC/ports/wasm/run.mjs" "$tmp/kernels-mno-simd128.wasm"; then
    echo "without vectors there should be nothing to compare"
    exit 1
fi
