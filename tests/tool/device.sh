#!/bin/sh
# An int8 network as C source: built for this machine and for a Cortex-M4, run there in QEMU, with
# the same bits. The library and the model alone stay within a small device's memory.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

skip()
{
    echo "skipped: $*"
    exit 77
}

golden=${PLETH_SHARED:-$SRC/../shared}/golden/r1d
[ -e "$golden/x.npy" ] || skip "no golden vectors; set PLETH_SHARED"
"$PLETH" quantize "$golden/b01/weights.safetensors" "$tmp/model.safetensors" \
    --calibrate "$golden/x.npy" >"$tmp/out"
"$PLETH" convert "$tmp/model.safetensors" "$tmp/model.c" >"$tmp/out"
[ -s "$tmp/model.h" ] || { echo "convert: no model.h"; exit 1; }

# shellcheck disable=SC2086 # flags are words
$CC ${BUILD_FLAGS:-} -std=c11 -I"$tmp" -I"$SRC/include" "$SRC/tests/bare/network.c" "$tmp/model.c" \
    "$PLETH_STATIC" -lm -o "$tmp/host"
"$tmp/host" >"$tmp/host.txt"

command -v arm-none-eabi-gcc >/dev/null || skip "the device: no arm-none-eabi-gcc"
command -v qemu-system-arm >/dev/null || skip "the device: no qemu-system-arm"
flags="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -O2 -std=c11 -ffp-contract=off
    -ffunction-sections -fdata-sections -Wl,--gc-sections -nostartfiles -I$tmp -I$SRC/include
    -T $SRC/ports/mcu/mps2.ld"
sources=$(find "$SRC/src" -name '*.c')
# shellcheck disable=SC2086
arm-none-eabi-gcc $flags --specs=rdimon.specs "$SRC/ports/mcu/start.c" "$SRC/tests/bare/network.c" \
    "$tmp/model.c" $sources "$(arm-none-eabi-gcc $flags -print-file-name=rdimon-crt0.o)" -lm \
    -o "$tmp/device.elf" 2>"$tmp/warnings"
if grep 'warning:' "$tmp/warnings" | grep -v 'not implemented and will always fail'; then
    exit 1
fi
timeout 120 qemu-system-arm -M mps2-an386 -nographic -semihosting -kernel "$tmp/device.elf" \
    >"$tmp/device.txt" </dev/null
cmp "$tmp/host.txt" "$tmp/device.txt"

# without the printing: what firmware would have of it
sed -e '/printf/d' -e '/memcpy/d' "$SRC/tests/bare/network.c" >"$tmp/silent.c"
# shellcheck disable=SC2086
arm-none-eabi-gcc $flags -w --specs=nano.specs --specs=nosys.specs -Wl,-e,main "$tmp/silent.c" \
    "$tmp/model.c" $sources -lm -o "$tmp/silent.elf" 2>"$tmp/warnings"
arm-none-eabi-size "$tmp/silent.elf" | awk 'NR == 2 {
    print "flash " $1 + $2 " bytes, RAM " $2 + $3 " bytes"
    if ($1 + $2 > 40 * 1024 || $2 + $3 > 24 * 1024) exit 1 }'
