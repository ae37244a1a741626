#!/bin/sh
# How long the networks take beside ONNX Runtime and PyTorch, one thread each: rounds of all of them
# in turn, of which the lowest median counts, as a Markdown table in milliseconds.
#
#     PEERS=DIR bench/networks.sh
#
# PEERS: a folder with the peers' programs and models (bench_ort_c.sh, bench_torch.py, quiet.sh, onnx,
# onnx_fold and an int8 folder in each); without it only our own times are taken. ROUNDS: 5; 0 makes the
# table again of what is there. OUT: where the raw output is kept, and added to. PYTHON: one with torch.
# BUSY=1 counts what was measured on a busy machine too, where FIGURE=lowest, the lowest single call,
# says more than the median.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
BENCH=${BENCH:-$root/build/release/bench_networks}
PEERS=${PEERS:-}
ROUNDS=${ROUNDS:-5}
OUT=${OUT:-$root/out/networks}
PYTHON=${PYTHON:-/usr/bin/python3}
BUSY=${BUSY:-0}
FIGURE=${FIGURE:-median}
# an OpenBLAS that does not know this core falls back to AVX2
export OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE:-SKYLAKEX}"
names='TSCAN36x20 TSCAN72x20 BigSmall3 ResNet1D-1x1 ResNet1D-6x1 ResNet1D-12x1
    ResNet1D-1x128 ResNet1D-6x128 ResNet1D-12x128 TinyBioMoE1'
mkdir -p "$OUT"

ours()
{
    for name in $names; do
        state=
        [ -z "$PEERS" ] || "$PEERS/quiet.sh" 15 || state=' (busy machine)'
        "$BENCH" --only "$name" --json | sed "s/\$/$state/"
    done
}

round=0
while [ "$round" -lt "$ROUNDS" ]; do
    round=$((round + 1))
    ours >>"$OUT/ours.txt"
    if [ -n "$PEERS" ]; then
        # the second form of the ResNets has its padding folded into the convolutions
        for models in onnx onnx_fold onnx/int8 onnx_fold/int8; do
            (cd "$PEERS" && ./bench_ort_c.sh $models 1) >>"$OUT/onnx.txt"
        done
        (cd "$PEERS" && "$PYTHON" bench_torch.py 1 2>"$OUT/torch.log") >>"$OUT/torch.txt"
    fi
    echo "round $round of $ROUNDS done" >&2
done

touch "$OUT/onnx.txt" "$OUT/torch.txt"
awk -v names="$(echo $names)" -v busy="$BUSY" -v figure="$FIGURE" '
function value(key,    at) {
    at = index($0, "\"" key "\": ")
    return at ? substr($0, at + length(key) + 4) + 0 : 0
}
function text(key,    at, rest) {
    at = index($0, "\"" key "\": \"")
    rest = substr($0, at + length(key) + 5)
    return substr(rest, 1, index(rest, "\"") - 1)
}
# "median 1.234 ms min 1.2", with or without "ms"
function peer(    i, word) {
    word = figure == "lowest" ? "min" : "median"
    for (i = 1; i < NF; i++)
        if ($i == word)
            return $(i + 1) + 0
    return 0
}
function least(table, key, ms) {
    if (!(key in table) || ms < table[key])
        table[key] = ms
}
function shown(table, key) {
    return key in table ? sprintf("%.3f", table[key]) : "-"
}
/busy machine/ && !busy { next }
FILENAME ~ /ours.txt$/ && /"name"/ {
    key = text("name") " " text("precision")
    ms = value(figure "_ms")
    if (!(key in ours) || ms < ours[key]) {
        ours[key] = ms
        rate[key] = 2 * value("mmac") / ms
        share[key] = value("share") * value("median_ms") / ms
    }
}
FILENAME ~ /onnx.txt$/ && / median / {
    name = $2
    sub(/.*\//, "", name)
    sub(/\.onnx$/, "", name)
    least(onnx, name ($2 ~ /int8/ ? " int8" : " float"), peer())
}
FILENAME ~ /torch.txt$/ && / median / {
    name = $1
    sub(/\+jit$/, "", name)
    least(torch, name " float", peer())
}
END {
    print "| network | numbers | pleth | G/s | of the peak | ONNX Runtime | torch | pleth / better peer |"
    print "|---|---|---|---|---|---|---|---|"
    n = split(names, all)
    for (i = 1; i <= n; i++)
        for (k = 0; k < 2; k++) {
            key = all[i] (k ? " int8" : " float")
            if (!(key in ours))
                continue
            best = key in onnx ? onnx[key] : 0
            if (key in torch && (!best || torch[key] < best))
                best = torch[key]
            printf("| %s | %s | %s | %.0f | %s | %s | %s | %s |\n", all[i], k ? "int8" : "float",
                   shown(ours, key), rate[key], share[key] ? sprintf("%.0f %%", 100 * share[key]) : "-",
                   shown(onnx, key), shown(torch, key), best ? sprintf("%.2f", ours[key] / best) : "-")
        }
}' "$OUT/ours.txt" "$OUT/onnx.txt" "$OUT/torch.txt"
