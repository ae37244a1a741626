#!/bin/sh
# Are 40 epochs enough, and do large networks learn their people by heart? 1-D ResNets of 2, 6 and 12
# blocks on SPC 2015 and BAMI-1, 20, 40 and 80 epochs, by the error of those who validate.
#
#     PLETH_DATA=DATA bench/epochs.sh OUT
#
# DATA: the folder that holds ppg/spc2015 and ppg/bami1 in the neutral format. OUT keeps the curve of each,
# as BLOCKS-EPOCHS.jsonl, and what is there is not trained again: docs/results/epochs has all. Fold 0
# of 2, seed 1: 18 people train, 5 validate, 22 others are not looked at. A line a network: the loss of the
# last epoch, and the validation error in /min as the mean of the epochs of the third and of the last
# quarter, whose difference is what the end of the cycle still gains. PLETH: the tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
if [ $# -ne 1 ]; then
    echo "usage: PLETH_DATA=DATA bench/epochs.sh OUT" >&2
    exit 2
fi
out=$1
runs='2-20 2-40 2-80 6-20 6-40 6-80 12-20 12-40 12-80'

for run in $runs; do
    [ ! -e "$out/$run.jsonl" ] || continue
    ppg=${PLETH_DATA:?epochs.sh: set it to the folder that holds ppg/}/ppg
    mkdir -p "$out"
    "$PLETH" train neutral "$ppg/spc2015" neutral "$ppg/bami1" --folds 2 --fold 0 --blocks "${run%-*}" \
        --epochs "${run#*-}" --threads 1 --curve "$out/$run.new" --out "$out/$run.safetensors" >/dev/null
    mv "$out/$run.new" "$out/$run.jsonl"
    rm "$out/$run.safetensors"
done

echo "| blocks | epochs | loss | error, third quarter | error, last quarter |"
echo "|---|---|---|---|---|"
for run in $runs; do
    awk -v run="$run" -f "$root/bench/json.awk" -f - "$out/$run.jsonl" <<'AWK'
{
    json($0, r)
    error[NR] = r["mae"]
}

END {
    for (i = NR / 2 + 1; i <= NR; i++)
        sum[i > NR * 3 / 4] += error[i] / (NR / 4)
    split(run, of, "-")
    printf "| %d | %d | %.2f | %.2f | %.2f |\n", of[1], of[2], r["loss"], sum[0], sum[1]
}
AWK
done
