#!/bin/sh
# What heart-rate networks cost in float and int8, two Markdown tables: on this machine, and on a
# Cortex-M4 in QEMU.
#
#     bench/cost.sh WINDOWS.npy MODEL.safetensors...
#
# MODEL: float networks of windows, as `pleth train` writes them. WINDOWS.npy: what their int8 forms are
# calibrated on; neither bytes nor instructions depend on it. PLETH: the tool. ROUNDS: of `pleth bench`,
# all models in turn, of which the lowest median counts (5). CLOCK_MHZ and CYCLES: the microcontroller's
# clock (64) and cycles an instruction in int8 and in float ("1.5 1.8"), which the last column assumes;
# nothing else does.
#
# Bytes are those of the network as `pleth convert` writes it in C, for one window at a time. Needs what
# bench/qemu/networks.sh and bench/qemu/device.sh need.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
ROUNDS=${ROUNDS:-5}
CLOCK_MHZ=${CLOCK_MHZ:-64}
CYCLES=${CYCLES:-1.5 1.8}
if [ $# -lt 2 ]; then
    echo "usage: cost.sh WINDOWS.npy MODEL.safetensors..." >&2
    exit 2
fi
windows=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# each model in both forms, as file and as C source
count=0
for model; do
    count=$((count + 1))
    mkdir "$tmp/$count-float" "$tmp/$count-int8"
    cp "$model" "$tmp/$count-float.safetensors"
    "$PLETH" quantize "$model" "$tmp/$count-int8.safetensors" --calibrate "$windows" >"$tmp/out"
    "$PLETH" info "$model" --json >"$tmp/$count.json"
    for numbers in float int8; do
        "$PLETH" convert "$tmp/$count-$numbers.safetensors" "$tmp/$count-$numbers/model.c" >"$tmp/out"
    done
done

round=0
while [ "$round" -lt "$ROUNDS" ]; do
    round=$((round + 1))
    for n in $(seq "$count"); do
        "$PLETH" bench "$tmp/$n-float.safetensors" --json | sed "s/^/$n /"
    done >>"$tmp/times"
    echo "round $round of $ROUNDS done" >&2
done

for n in $(seq "$count"); do
    for numbers in float int8; do
        sed -n "s/^#define model_STATE_SIZE /$n-$numbers state /p" "$tmp/$n-$numbers/model.h"
        sed -n "s/^static const .* network\[\([0-9]*\)\].*/$n-$numbers words \1/p" "$tmp/$n-$numbers/model.c"
    done
done >"$tmp/bytes"
CPUS='cortex-a53 cortex-a76 x86-64' "$root/bench/qemu/networks.sh" "$tmp"/*.safetensors >"$tmp/cores"
echo "instructions of large cores counted" >&2
"$root/bench/qemu/device.sh" "$tmp"/*-float "$tmp"/*-int8 >"$tmp/device"

cat "$root/bench/json.awk" - >"$tmp/table.awk" <<'AWK'
function least(key, ms) {
    if (ms != "" && (!(key in time) || ms + 0 < time[key]))
        time[key] = ms + 0
}
# "resnet1d:12": blocks end in a sum
function name_of(r,    i, blocks) {
    for (i = 0; i < r["layers.length"]; i++)
        blocks += r["layers." i ".operation"] == "add"
    return r["network"] (blocks ? ":" blocks : "")
}
FILENAME ~ /[0-9]+\.json$/ {
    json($0, r)
    n = FILENAME
    sub(/.*\//, "", n)
    n += 0
    name[n] = name_of(r)
    parameters[n] = r["parameters"] - r["unread_parameters"]
    macs[n] = r["macs"]
}
FILENAME ~ /times$/ {
    n = $1
    sub(/^[0-9]+ /, "")
    json($0, r)
    least(n "-float", r["float.median_ms"])
    least(n "-int8", r["int8.median_ms"])
    machine = r["machine"] ", kernels " r["kernels"] ", one thread"
}
FILENAME ~ /bytes$/ { bytes[$1, $2] = $3 }
FILENAME ~ /cores$/ {
    sub(/\.safetensors$/, "", $1)
    core[$1, $2] = $3
}
FILENAME ~ /device$/ {
    sub(/.*\//, "", $1)
    for (i = 2; i < NF; i += 2)
        device[$1, $i] = $(i + 1)
}
END {
    print "This machine: " machine
    print ""
    print "| network | parameters | M MACs | numbers | prepared, bytes | state, bytes | ms a window |" \
        " M instructions x86-64, AVX2 | Cortex-A76 | Cortex-A53 |"
    print "|---|---|---|---|---|---|---|---|---|---|"
    for (n = 1; n <= count; n++)
        for (k = 0; k < 2; k++) {
            key = n (k ? "-int8" : "-float")
            printf "| %s | %d | %.2f | %s | %d | %d | %.4f | %.2f | %.2f | %.2f |\n", name[n],
                parameters[n], macs[n] / 1e6, k ? "int8" : "float", 4 * bytes[key, "words"],
                bytes[key, "state"], time[key], core[key, "x86-64"], core[key, "cortex-a76"],
                core[key, "cortex-a53"]
        }
    print ""
    split(cycles, each, " ")
    print "Cortex-M4 in QEMU; cycles an instruction, assumed: " each[1] " in int8, " each[2] " in float"
    print ""
    print "| network | numbers | flash, bytes | of which code | RAM, bytes | M instructions a window |" \
        " a MAC | ms at " clock " MHz |"
    print "|---|---|---|---|---|---|---|---|"
    for (k = 1; k >= 0; k--)
        for (n = 1; n <= count; n++) {
            key = n (k ? "-int8" : "-float")
            printf "| %s | %s | %d | %d | %d | %.2f | %.2f | %.0f |\n", name[n], k ? "int8" : "float",
                device[key, "flash"], device[key, "flash"] - 4 * bytes[key, "words"], device[key, "ram"],
                device[key, "instructions"] / 1e6, device[key, "instructions"] / macs[n],
                device[key, "instructions"] * each[k ? 1 : 2] / (clock * 1e3)
        }
}
AWK
awk -v count="$count" -v clock="$CLOCK_MHZ" -v cycles="$CYCLES" -f "$tmp/table.awk" \
    "$tmp"/[0-9]*.json "$tmp/times" "$tmp/bytes" "$tmp/cores" "$tmp/device"
