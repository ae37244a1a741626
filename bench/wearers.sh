#!/bin/sh
# Synthetic wearers in the neutral format, labelled by windows of 8 s every 2 s from their truth (0
# without a pulse): what the constants of sensors are fixed and their quality is fitted on, beside
# BAMI-1.
#
#     bench/wearers.sh OUT
#
# Makes OUT/drawn, from sleep to sprint, half of them with steps over weak pulses; OUT/none, without a
# pulse; OUT/slow, hearts of 33 to 60 /min at rest. No figure is reported on any of them. PLETH: the
# tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
out=$1
mkdir -p "$out/drawn" "$out/none" "$out/slow"

# make FOLDER NAME OPTION...
make()
{
    at=$out/$1/$2
    shift 2
    "$PLETH" synth --ppg "$at.json" --draw --labels "$@" >/dev/null
}

for seed in $(seq 9001 9024); do
    make drawn "$seed" --seed "$seed" --duration-s 200 --rate-hz 50
done
for seed in $(seq 801 820); do
    make none "$seed" --seed "$seed" --duration-s 160 --rate-hz 50 --pulse-percent 0
done
seed=7000
for rate in 33 36 39 42 46 50 55 60; do
    for breaths in 10 14 18; do
        seed=$((seed + 1))
        make slow "$seed" --seed "$seed" --duration-s 120 --rate-hz 25 --cadence-per-min 0 \
            --bursts-per-min 0.5 --heart-rate-per-min "$rate" --breathing-rate-per-min "$breaths"
    done
done
for seed in $(seq 8001 8024); do
    make drawn "$seed" --seed "$seed" --duration-s 120 --rate-hz 50 \
        --cadence-per-min $((70 + seed * 37 % 100)) --pulse-percent "0.$((1 + seed % 5))" \
        --artefact-percent $((2 + seed % 4)) --gait-g 0.4
done
