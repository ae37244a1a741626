#!/bin/sh
# The kernel checker on 64-bit Arm, in qemu-user: a processor without dot products, one with, and
# all that QEMU knows.
set -eu
compiler=aarch64-linux-gnu-gcc
for tool in $compiler qemu-aarch64; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: no $tool (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)"
        exit 77
    fi
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Kernels as they are installed. Not the checker: this compiler (12.2) ends with an internal error on
# some of its loops at -O3.
flags="-std=c11 -ffp-contract=off -Wall -Wextra -Wconversion -Werror -I$SRC/include -I$SRC/src"
# Splitting is wanted: $flags is a list.
# shellcheck disable=SC2086
(cd "$tmp" && $compiler $flags -O3 -c "$SRC"/src/kern/*.c && mkdir arm && cd arm &&
    $compiler $flags -O3 -c "$SRC"/src/kern/arm/*.c)
# shellcheck disable=SC2086
$compiler $flags -O2 -static -I"$SRC/tests" "$SRC"/tests/check/*.c "$tmp"/*.o "$tmp"/arm/*.o -lm \
    -o "$tmp/check"
for cpu in cortex-a53 cortex-a76 max; do
    echo "$cpu"
    qemu-aarch64 -cpu $cpu "$tmp/check" --rounds 150 >"$tmp/out" 2>&1 || {
        cat "$tmp/out"
        exit 1
    }
    tail -n 1 "$tmp/out"
    if [ $cpu = cortex-a53 ]; then
        grep -q '^dotprod  not on this machine' "$tmp/out"
    else
        grep -q '^dotprod  gemm_s8 ok' "$tmp/out"
    fi
done
