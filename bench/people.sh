#!/bin/sh
# Synthetic people to learn from, in the neutral format: what `--with` of pleth train and `with` of a
# plan take.
#
#     bench/people.sh OUT N
#
# N recordings of one person each, whom `pleth synth --ppg --draw` draws, from sleep to sprint, 150 s
# long, at 25 to 125 samples a second. Seeds are others than those of bench/wearers.sh. PLETH: the
# tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
if [ $# -ne 2 ]; then
    echo "usage: people.sh OUT N" >&2
    exit 2
fi
out=$1
mkdir -p "$out"
for i in $(seq "$2"); do
    seed=$((30000 + i))
    case $((i % 4)) in
    0) hz=25 ;;
    1) hz=50 ;;
    2) hz=64 ;;
    *) hz=125 ;;
    esac
    "$PLETH" synth --ppg "$out/person$seed.json" --draw --labels --seed "$seed" --duration-s 150 \
        --rate-hz "$hz" >/dev/null
done
