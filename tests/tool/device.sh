#!/bin/sh
# An int8 network as C source: built for this machine and for a Cortex-M4, run there in QEMU, with
# the same bits. The library and the model alone stay within a small device's memory, and a window
# within 1.6 instructions a multiplication.
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
flags="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -std=c11 -ffp-contract=off
    -ffunction-sections -fdata-sections -Wl,--gc-sections -nostartfiles -I$tmp -I$SRC/include
    -T $SRC/ports/mcu/mps2.ld"

# the library as small firmware builds it: kernels to be fast, the rest to be small
mkdir "$tmp/kern" "$tmp/rest"
for source in $(find "$SRC/src" -name '*.c'); do
    case $source in
    "$SRC"/src/kern/*) level=-O2 folder=kern ;;
    *) level=-Os folder=rest ;;
    esac
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $flags $level -c "$source" \
        -o "$tmp/$folder/$(echo "${source#"$SRC/src/"}" | tr / _).o"
done 2>"$tmp/warnings"

# build RUNS: the program that runs the network so often
build()
{
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $flags -Os "-DCOUNT=$1" --specs=rdimon.specs "$SRC/ports/mcu/start.c" \
        "$SRC/tests/bare/network.c" "$tmp/model.c" "$tmp"/kern/*.o "$tmp"/rest/*.o \
        "$(arm-none-eabi-gcc $flags -print-file-name=rdimon-crt0.o)" -lm \
        -o "$tmp/device$1.elf" 2>>"$tmp/warnings"
}
build 1
build 2
if grep 'warning:' "$tmp/warnings" | grep -v 'not implemented and will always fail'; then
    exit 1
fi
$CC -O2 -shared -fPIC "$SRC/bench/qemu/insn.c" -o "$tmp/insn.so"
for runs in 1 2; do
    timeout 120 qemu-system-arm -M mps2-an386 -nographic -semihosting -plugin "$tmp/insn.so" \
        -d plugin -kernel "$tmp/device$runs.elf" >"$tmp/device.txt" 2>"$tmp/count$runs" </dev/null
    cmp "$tmp/host.txt" "$tmp/device.txt"
done
cat "$tmp/count1" "$tmp/count2" | awk '/^insns / { runs++; had = last; last = $2 } END {
    if (runs != 2) { print "no count of instructions"; exit 1 }
    macs = 32000 + 2 * 1024000 + 5760 # pleth info
    printf "%d instructions a window, %.2f a multiplication\n", last - had, (last - had) / macs
    exit last - had > 1.6 * macs }'

# without the printing: what firmware would have of it
sed -e '/printf/d' -e '/memcpy/d' "$SRC/tests/bare/network.c" >"$tmp/silent.c"
# shellcheck disable=SC2086
arm-none-eabi-gcc $flags -Os -w --specs=nano.specs --specs=nosys.specs -Wl,-e,main \
    "$tmp/silent.c" "$tmp/model.c" "$tmp"/kern/*.o "$tmp"/rest/*.o -lm \
    -o "$tmp/silent.elf" 2>"$tmp/warnings"
arm-none-eabi-size "$tmp/silent.elf" | awk 'NR == 2 {
    print "flash " $1 + $2 " bytes, RAM " $2 + $3 " bytes"
    if ($1 + $2 > 32 * 1024 || $2 + $3 > 16 * 1024) exit 1 }'
