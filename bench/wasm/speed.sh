#!/bin/sh
# Times of every kernel in WebAssembly under node: ns a product or value, scalar (as the compiler
# itself vectorises it) and with the vectors of src/kern/wasm. Least of some runs, and rough: for
# regressions take ratios.
#
# Needs clang lld wasi-libc, clang's runtime for wasm32, and node.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"${CLANG:-clang}" --target=wasm32-wasi -O3 -msimd128 -mbulk-memory -std=c11 -ffp-contract=off \
    -I"$src/include" -I"$src/src" "$here/../qemu/kernels.c" "$src"/src/kern/*.c \
    "$src"/src/kern/wasm/*.c -lm -o "$tmp/kernels.wasm"
# all code by the optimising compiler, from the first call on
node --no-warnings --no-liftoff "$here/speed.mjs" "$tmp/kernels.wasm"
