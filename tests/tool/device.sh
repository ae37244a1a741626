#!/bin/sh
# Int8 networks as C source, the smallest and the largest heart-rate network: built for this machine and
# for a Cortex-M4, run there in QEMU, with the same bits. The library and the model alone stay within a
# device's memory, and a window within a number of instructions a multiplication.
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
# convert BLOCKS CHANNELS: the network as C, and what it answers here
convert()
{
    mkdir "$tmp/b$1"
    "$PLETH" quantize "$golden/b$1/weights.safetensors" "$tmp/model.safetensors" \
        --calibrate "$golden/x.npy" >"$tmp/out"
    "$PLETH" convert "$tmp/model.safetensors" "$tmp/b$1/model.c" >"$tmp/out"
    [ -s "$tmp/b$1/model.h" ] || { echo "convert: no model.h"; exit 1; }
    # shellcheck disable=SC2086 # flags are words
    $CC ${BUILD_FLAGS:-} -std=c11 "-DZ_COUNT=$2" -I"$tmp/b$1" -I"$SRC/include" \
        "$SRC/tests/bare/network.c" "$tmp/b$1/model.c" "$PLETH_STATIC" -lm -o "$tmp/host"
    "$tmp/host" >"$tmp/b$1/host.txt"
}
convert 01 32
convert 12 128

command -v arm-none-eabi-gcc >/dev/null || skip "the device: no arm-none-eabi-gcc"
command -v qemu-system-arm >/dev/null || skip "the device: no qemu-system-arm"
sh "$SRC/bench/qemu/device.sh" "$tmp/b01" "$tmp/b12" >"$tmp/costs"
cmp "$tmp/b01/host.txt" "$tmp/b01/device.txt"
cmp "$tmp/b12/host.txt" "$tmp/b12/device.txt"

# multiplications of a window (pleth info), instructions for each, bytes of flash and RAM, at most
cat >"$tmp/limits" <<END
2085760 1.6 32768 16384
13326080 1.4 917504 19456
END
paste -d ' ' "$tmp/costs" "$tmp/limits" | awk '{
    sub(/.*\//, "", $1)
    printf "%s: %d instructions a window, %.2f a multiplication; flash %d bytes, RAM %d bytes\n", $1,
        $3, $3 / $8, $5, $7
    bad += NF != 11 || $3 > $8 * $9 || $5 > $10 || $7 > $11
}
END { exit NR != 2 || bad }'
