#!/bin/sh
# How far a network sees: TCNs of 2 to 6 layers with about as many parameters each, and of six layers
# with fewer channels, on SPC 2015 and BAMI-1, two folds by people, seed 1.
#
#     PLETH_DATA=DATA bench/fields.sh OUT
#
# DATA: the folder that holds ppg/spc2015 and ppg/bami1 in the neutral format. OUT keeps what `pleth train
# --json` says of each, and what is there is not trained again: docs/results/fields has all. A line a shape:
# samples of 25 Hz that a position of its last layer sees, parameters, multiply-accumulates of a window,
# error over all windows in /min, in float and int8. PLETH: the tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
if [ $# -ne 1 ]; then
    echo "usage: PLETH_DATA=DATA bench/fields.sh OUT" >&2
    exit 2
fi
out=$1
shapes='2x32 3x27 4x24 5x22 6x20 6x16 6x12 6x8 6x4'

for shape in $shapes; do
    for fold in 0 1; do
        name=$out/$shape-f$fold
        [ ! -e "$name.json" ] || continue
        ppg=${PLETH_DATA:?fields.sh: set it to the folder that holds ppg/}/ppg
        mkdir -p "$out"
        "$PLETH" train neutral "$ppg/spc2015" neutral "$ppg/bami1" --folds 2 --fold $fold --validation 0 --threads 1 \
            --net tcn --blocks "${shape%x*}" --width "${shape#*x}" --out "$name.safetensors" --json >"$name.new"
        mv "$name.new" "$name.json"
        rm "$name.safetensors"
    done
done

cat "$root/bench/json.awk" - >"$out/table.awk" <<'AWK'
BEGIN {
    print "| layers | channels | sees, samples | parameters | M MACs | error | int8 |"
    print "|---|---|---|---|---|---|---|"
    count = split(shapes, shape, " ")
    for (i = 1; i <= count; i++) {
        split(shape[i], of, "x")
        error = int8 = windows = 0
        for (fold = 0; fold < 2; fold++) {
            json_file(out "/" shape[i] "-f" fold ".json", r)
            windows += r["windows"]
            error += r["windows"] * r["mae"]
            int8 += r["windows"] * r["mae_int8"]
        }
        # kernels of 5: the first sees 5 samples, a layer that is dilated by d sees 4 d more
        printf "| %d | %d | %d | %d | %.2f | %.2f | %.2f |\n", of[1], of[2], 1 + 4 * 2 ^ of[1], r["parameters"],
               r["macs"] / 1e6, error / windows, int8 / windows
    }
}
AWK
awk -v out="$out" -v shapes="$shapes" -f "$out/table.awk"
rm -f "$out/table.awk"
