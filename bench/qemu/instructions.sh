#!/bin/sh
# Instructions a product or value of every kernel, counted by QEMU: scalar, and what is on top of it.
# They repeat exactly, on a busy machine too; they are not cycles.
#
#     instructions.sh [cortex-a53 | cortex-a76 | cortex-m4]...      default: all
#
# Needs gcc, qemu-user and gcc-aarch64-linux-gnu libc6-dev-arm64-cross; for cortex-m4
# qemu-system-arm, gcc-arm-none-eabi, libnewlib-arm-none-eabi.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
[ $# -gt 0 ] || set -- cortex-a53 cortex-a76 cortex-m4
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cc -O2 -shared -fPIC "$here/insn.c" -o "$tmp/insn.so"
flags="-std=c11 -O3 -ffp-contract=off -I$src/include -I$src/src"
sources="$here/kernels.c $src/src/kern/*.c $src/src/kern/*/*.c"

# emulate CPU [WORD...]: runs the program
emulate()
{
    cpu=$1
    shift
    case $cpu in
    cortex-m4)
        words=enable=on,target=native,arg=kernels
        for word; do
            words="$words,arg=$word"
        done
        qemu-system-arm -M mps2-an386 -nographic -semihosting-config "$words" \
            -plugin "$tmp/insn.so" -d plugin -kernel "$tmp/kernels.$cpu"
        ;;
    *)
        qemu-aarch64 -cpu "$cpu" -plugin "$tmp/insn.so" "$tmp/kernels.$cpu" "$@"
        ;;
    esac
}

count()
{
    emulate "$@" 2>&1 >"$tmp/out" | sed -n 's/^insns //p'
}

for cpu; do
    # Splitting is wanted: $flags, $sources and $m4 are lists.
    # shellcheck disable=SC2086
    case $cpu in
    cortex-m4)
        m4="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
        arm-none-eabi-gcc $m4 $flags --specs=rdimon.specs -nostartfiles \
            -T "$src/ports/mcu/mps2.ld" "$src/ports/mcu/start.c" $sources \
            "$(arm-none-eabi-gcc $m4 -print-file-name=rdimon-crt0.o)" -lm -o "$tmp/kernels.$cpu"
        ;;
    *)
        aarch64-linux-gnu-gcc -static $flags $sources -lm -o "$tmp/kernels.$cpu"
        ;;
    esac
    echo "$cpu: instructions a product or value, scalar and best"
    emulate "$cpu" 2>/dev/null >"$tmp/cases"
    while read -r name; do
        emulate "$cpu" "$name" 2>/dev/null </dev/null >"$tmp/macs"
        for mask in 0 4294967295; do
            one=$(count "$cpu" "$name" $mask 1 </dev/null)
            two=$(count "$cpu" "$name" $mask 2 </dev/null)
            echo "$((two - one))"
        done | paste -s - | awk -v name="$name" -v macs="$(cat "$tmp/macs")" '{
            split(macs, w, " ")
            printf "  %-24s %8.3f %8.3f  %5.1fx  a %s\n", name, $1 / w[1], $2 / w[1], $1 / $2,
                substr(w[2], 1, length(w[2]) - 1)
        }'
    done <"$tmp/cases"
done
