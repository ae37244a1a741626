#!/bin/sh
# Instructions a frame (or window) of whole networks, in QEMU: not cycles, but they repeat exactly and do
# not depend on this machine.
#
#     bench/qemu/networks.sh MODEL.safetensors[:NET]...
#
# The difference between 30 frames and 10, so that preparing the network does not count. CPUS: "cortex-a53
# cortex-a76" unless set; x86-64, with all that QEMU has of it, is AVX2 and no AVX-512. Needs
# gcc-aarch64-linux-gnu (for x86-64 gcc-x86-64-linux-gnu, gcc itself on such a machine), qemu-user and gcc.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
CPUS=${CPUS:-cortex-a53 cortex-a76}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

gcc -O2 -shared -fPIC "$src/bench/qemu/insn.c" -o "$tmp/insn.so"
for cpu in $CPUS; do
    case $cpu in
    x86-64) target=x86_64 ;;
    *) target=aarch64 ;;
    esac
    # shellcheck disable=SC2046 # a list of files
    [ -e "$tmp/run.$target" ] ||
        "$target-linux-gnu-gcc" -static -O3 -std=c11 -ffp-contract=off -I"$src/include" \
            "$src/bench/rss/run.c" $(find "$src/src" -name '*.c') -lm -o "$tmp/run.$target"
done

# emulate CPU ARGUMENT...: runs the program
emulate()
{
    cpu=$1
    shift
    case $cpu in
    x86-64) qemu-x86_64 -cpu max -plugin "$tmp/insn.so" "$tmp/run.x86_64" "$@" ;;
    *) qemu-aarch64 -cpu "$cpu" -plugin "$tmp/insn.so" "$tmp/run.aarch64" "$@" ;;
    esac
}

for model; do
    file=${model%%:*}
    net=${model#"$file"}
    for cpu in $CPUS; do
        for frames in 10 30; do
            # shellcheck disable=SC2086
            emulate $cpu "$file" $frames ${net#:} 2>&1 >"$tmp/out" </dev/null |
                sed -n 's/^insns //p' >"$tmp/count.$frames"
        done
        awk -v few="$(cat "$tmp/count.10")" -v many="$(cat "$tmp/count.30")" -v cpu="$cpu" \
            -v name="${file##*/}" 'BEGIN {
                printf "%-28s %-11s %8.2f M instructions a frame\n", name, cpu, (many - few) / 20e6 }'
    done
done
