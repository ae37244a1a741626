#!/bin/sh
# Synthetic wearers at rest whose breathing is known, as neutral recordings with marked breaths: what
# the quality of a sensor's breathing is fitted on.
#
#     bench/breaths.sh OUT FIRST LAST
#
# FIRST..LAST: seeds; rates of 6 to 35 /min, everything else drawn. Breathing leaves no mark on the
# light of every fifth. PLETH: the tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
out=$1
mkdir -p "$out"

for seed in $(seq "$2" "$3"); do
    at=$out/$seed marks=
    [ $((seed % 5)) -ne 0 ] || marks="--breath-baseline 0 --breath-amplitude 0 --rsa-ms 0"
    # shellcheck disable=SC2086
    "$PLETH" synth --ppg "$at.json" --draw --seed "$seed" --duration-s 240 --cadence-per-min 0 \
        --bursts-per-min 0 --tilt-deg 0 $marks \
        --breathing-rate-per-min "$((6 + seed * 11 % 30))" >/dev/null
    awk -F, -v ref="${at}_ref.csv" -v breaths="${at}_breaths.csv" '
        BEGIN { print "t_s,hr_ecg_bpm" >ref; print "breath_s" >breaths }
        /^#/ || /^time_s/ { next }
        {
            if ($1 >= due) { print $1 "," $2 >ref; due += 1 }
            phase += $3 / 60 * ($1 - last)
            last = $1
            if (int(phase) > count) { print $1 >breaths; count = int(phase) }
        }' "$at.truth.csv"
    rm "$at.truth.csv" "$at.beats.csv"
done
