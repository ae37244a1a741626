#!/bin/sh
# Instructions a second of recording of a wearable sensor's stream, of a 64-bit Arm core in QEMU: one
# and two channels of light, three axes, 125 samples a second, a reading every two seconds. They are
# not cycles, but repeat exactly.
#
# The last four of eight minutes, less what making the samples takes. CPU: cortex-a53 unless set.
# Needs gcc-aarch64-linux-gnu, qemu-user and gcc.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
CPU=${CPU:-cortex-a53}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

gcc -O2 -shared -fPIC "$src/bench/qemu/insn.c" -o "$tmp/insn.so"
# shellcheck disable=SC2046 # a list of files
aarch64-linux-gnu-gcc -static -O3 -std=c11 -ffp-contract=off -I"$src/include" \
    "$src/bench/qemu/sensor.c" $(find "$src/src" -name '*.c') -lm -o "$tmp/sensor"

# count CHANNELS SECONDS RUN
count()
{
    qemu-aarch64 -cpu "$CPU" -plugin "$tmp/insn.so" "$tmp/sensor" "$@" 2>&1 >"$tmp/out" |
        sed -n 's/^insns //p'
}

# spell CHANNELS RUN: of the last four minutes
spell()
{
    few=$(count "$1" 240 "$2") && many=$(count "$1" 480 "$2") && echo "$((many - few))"
}

echo "| $CPU | instructions a second of recording |"
echo "|---|---|"
for channels in 1 2; do
    push=$(spell $channels push)
    make=$(spell $channels make)
    echo "| light $channels, axes 3 | $(((push - make) / 240)) |"
done
