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

# compile SOURCE OBJECT OPTION...
compile()
{
    source=$1
    object=$2
    shift 2
    # shellcheck disable=SC2086 # flags are words
    arm-none-eabi-gcc $flags "$@" -c "$source" -o "$object" 2>>"$tmp/warnings" ||
        fail "$source: $(tail -n 5 "$tmp/warnings")"
}

# link PROGRAM WORD...: the words, the model and the library
link()
{
    program=$1
    shift
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $flags "$@" "$tmp/model.o" "$tmp"/kern/*.o "$tmp"/rest/*.o -lm -o "$program" \
        2>>"$tmp/warnings" || fail "$folder: $(tail -n 5 "$tmp/warnings")"
}

# count RUNS: what the program executes that runs the network so often; its output goes to $tmp/answer
count()
{
    compile "$src/tests/bare/network.c" "$tmp/network.o" -Os -I"$folder" "-DZ_COUNT=$z" "-DCOUNT=$1"
    link "$tmp/device.elf" --specs=rdimon.specs "$tmp/start.o" "$tmp/network.o" "$crt0"
    timeout 120 qemu-system-arm -M mps2-an386 -nographic -semihosting -plugin "$tmp/insn.so" \
        -d plugin -kernel "$tmp/device.elf" 2>&1 >"$tmp/answer" </dev/null |
        sed -n 's/^insns //p'
}

# the library as small firmware builds it: kernels to be fast, the rest to be small
mkdir "$tmp/kern" "$tmp/rest"
find "$src/src" -name '*.c' | while read -r file; do
    object=$(echo "${file#"$src/src/"}" | tr / _).o
    case $file in
    "$src"/src/kern/*) compile "$file" "$tmp/kern/$object" -O2 ;;
    *) compile "$file" "$tmp/rest/$object" -Os ;;
    esac
done
compile "$src/ports/mcu/start.c" "$tmp/start.o" -Os
# shellcheck disable=SC2086
crt0=$(arm-none-eabi-gcc $flags -print-file-name=rdimon-crt0.o)

for folder; do
    [ -s "$folder/model.h" ] ||
        fail "$folder: no model.c and model.h; make them with pleth convert MODEL $folder/model.c"
    z=$(sed -n 's/.*output 1: z, \([0-9]*\) values.*/\1/p' "$folder/model.h")
    [ -n "$z" ] || fail "$folder: model.h tells of no output z: not a network of windows"
    compile "$folder/model.c" "$tmp/model.o" -Os
    one=$(count 1)
    mv "$tmp/answer" "$folder/device.txt"
    two=$(count 2)
    [ "${one:-0}" -lt "${two:-0}" ] || fail "$folder: no count of instructions: the program failed"
    cmp "$folder/device.txt" "$tmp/answer" || fail "$folder: another answer in the second window"

    compile "$tmp/silent.c" "$tmp/silent.o" -Os -w -I"$folder" "-DZ_COUNT=$z"
    link "$tmp/silent.elf" --specs=nano.specs --specs=nosys.specs -Wl,-e,main "$tmp/silent.o"
    arm-none-eabi-size "$tmp/silent.elf" | awk -v folder="$folder" -v n=$((two - one)) 'NR == 2 {
        print folder " instructions " n " flash " $1 + $2 " ram " $2 + $3 }'
done
! grep 'warning:' "$tmp/warnings" | grep -v 'not implemented and will always fail' >&2
