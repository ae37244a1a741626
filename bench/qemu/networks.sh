#!/bin/sh
# Instructions a frame (or window) of whole networks on 64-bit Arm cores, in QEMU: not cycles, but they
# repeat exactly and do not depend on this machine.
#
#     bench/qemu/networks.sh MODEL.safetensors[:NET]...
#
# The difference between 30 frames and 10, so that preparing the network does not count. Needs
# gcc-aarch64-linux-gnu, qemu-user and gcc.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

gcc -O2 -shared -fPIC "$src/bench/qemu/insn.c" -o "$tmp/insn.so"
# shellcheck disable=SC2046 # a list of files
aarch64-linux-gnu-gcc -static -O3 -std=c11 -ffp-contract=off -I"$src/include" \
    "$src/bench/rss/run.c" $(find "$src/src" -name '*.c') -lm -o "$tmp/run"
for model; do
    file=${model%%:*}
    net=${model#"$file"}
    for cpu in cortex-a53 cortex-a76; do
        for frames in 10 30; do
            # shellcheck disable=SC2086
            qemu-aarch64 -cpu $cpu -plugin "$tmp/insn.so" "$tmp/run" "$file" $frames ${net#:} \
                2>&1 >"$tmp/out" </dev/null | sed -n 's/^insns //p' >"$tmp/count.$frames"
        done
        awk -v few="$(cat "$tmp/count.10")" -v many="$(cat "$tmp/count.30")" -v cpu=$cpu \
            -v name="${file##*/}" 'BEGIN {
                printf "%-28s %-11s %8.2f M instructions a frame\n", name, cpu, (many - few) / 20e6 }'
    done
done
