#!/bin/sh
# Kernels on a microcontroller: a Cortex-M4 (QEMU's model of Arm's MPS2 board with image AN386).
# The program of tests/bare compares them with the scalar ones; what it prints and its verdict come
# by semihosting.
set -eu
for tool in arm-none-eabi-gcc qemu-system-arm; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: no $tool (Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm)"
        exit 77
    fi
done
if [ "$(arm-none-eabi-gcc -print-file-name=rdimon.specs)" = rdimon.specs ]; then
    echo "skipped: no newlib (Debian: libnewlib-arm-none-eabi)"
    exit 77
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Splitting is wanted: $cpu is a list.
cpu="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
for level in -O3 -Os; do
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $cpu $level -std=c11 -ffp-contract=off -Wall -Wextra -Wconversion \
        -Wdouble-promotion -Werror -I"$SRC/include" -I"$SRC/src" --specs=rdimon.specs \
        -nostartfiles -T "$SRC/ports/mcu/mps2.ld" "$SRC/ports/mcu/start.c" \
        "$SRC/tests/bare/kernels.c" "$SRC"/src/kern/*.c "$SRC"/src/kern/*/*.c \
        "$(arm-none-eabi-gcc $cpu -print-file-name=rdimon-crt0.o)" -lm -o "$tmp/kernels"
    # the limit is for what hangs: a run takes a second or two
    timeout 300 qemu-system-arm -M mps2-an386 -nographic -semihosting -kernel "$tmp/kernels" </dev/null
done
