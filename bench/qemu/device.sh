#!/bin/sh
# Heart-rate networks as C source on a Cortex-M4 in QEMU: instructions a window, and what firmware of the
# library and the model alone takes of flash and RAM. Instructions repeat exactly; they are not cycles.
#
#     bench/qemu/device.sh FOLDER...
#
# FOLDER holds model.c and model.h, as `pleth convert MODEL.safetensors FOLDER/model.c` writes them. A
# line each: "FOLDER instructions N flash N ram N", bytes, RAM without the stack; what the network
# answered is left in FOLDER/device.txt. Needs gcc-arm-none-eabi, libnewlib-arm-none-eabi,
# qemu-system-arm and gcc.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
flags="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -std=c11 -ffp-contract=off
    -ffunction-sections -fdata-sections -Wl,--gc-sections -nostartfiles -I$src/include
    -T $src/ports/mcu/mps2.ld"

fail()
{
    echo "device.sh: $*" >&2
    exit 1
}

# without the printing: what firmware would have of it
sed -e '/printf/d' -e '/memcpy/d' "$src/tests/bare/network.c" >"$tmp/silent.c"
${CC:-cc} -O2 -shared -fPIC "$src/bench/qemu/insn.c" -o "$tmp/insn.so"

# the library as small firmware builds it: kernels to be fast, the rest to be small
mkdir "$tmp/kern" "$tmp/rest"
find "$src/src" -name '*.c' | while read -r source; do
    case $source in
    "$src"/src/kern/*) level=-O2 folder=kern ;;
    *) level=-Os folder=rest ;;
    esac
    # shellcheck disable=SC2086 # flags are words
    arm-none-eabi-gcc $flags $level -c "$source" \
        -o "$tmp/$folder/$(echo "${source#"$src/src/"}" | tr / _).o" || exit 1
done 2>"$tmp/warnings" || fail "the library: $(cat "$tmp/warnings")"

# build FOLDER RUNS: the program that runs the network so often
build()
{
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $flags -Os -I"$1" "-DCOUNT=$2" "-DZ_COUNT=$z" --specs=rdimon.specs \
        "$src/ports/mcu/start.c" "$src/tests/bare/network.c" "$1/model.c" "$tmp"/kern/*.o \
        "$tmp"/rest/*.o "$(arm-none-eabi-gcc $flags -print-file-name=rdimon-crt0.o)" -lm \
        -o "$tmp/device.elf" 2>>"$tmp/warnings" || fail "$1: $(tail -n 5 "$tmp/warnings")"
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $flags -Os -w -I"$1" "-DZ_COUNT=$z" --specs=nano.specs --specs=nosys.specs \
        -Wl,-e,main "$tmp/silent.c" "$1/model.c" "$tmp"/kern/*.o "$tmp"/rest/*.o -lm \
        -o "$tmp/silent.elf" 2>"$tmp/ignored" || fail "$1: $(tail -n 5 "$tmp/ignored")"
}

# count: what the program of build executes; its output goes to $tmp/answer
count()
{
    timeout 120 qemu-system-arm -M mps2-an386 -nographic -semihosting -plugin "$tmp/insn.so" \
        -d plugin -kernel "$tmp/device.elf" 2>&1 >"$tmp/answer" </dev/null |
        sed -n 's/^insns //p'
}

for folder; do
    [ -s "$folder/model.h" ] ||
        fail "$folder: no model.c and model.h; make them with pleth convert MODEL $folder/model.c"
    z=$(sed -n 's/.*output 1: z, \([0-9]*\) values.*/\1/p' "$folder/model.h")
    [ -n "$z" ] || fail "$folder: model.h tells of no output z: not a network of windows"
    build "$folder" 1
    one=$(count)
    mv "$tmp/answer" "$folder/device.txt"
    build "$folder" 2
    two=$(count)
    [ "${one:-0}" -lt "${two:-0}" ] || fail "$folder: no count of instructions: the program failed"
    cmp "$folder/device.txt" "$tmp/answer" || fail "$folder: another answer in the second window"
    arm-none-eabi-size "$tmp/silent.elf" | awk -v folder="$folder" -v n=$((two - one)) 'NR == 2 {
        print folder " instructions " n " flash " $1 + $2 " ram " $2 + $3 }'
done
! grep 'warning:' "$tmp/warnings" | grep -v 'not implemented and will always fail' >&2
