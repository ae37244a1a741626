#!/bin/sh
# A synthetic face of known pulse and breathing, measured: demo.sh PLETH OUT-FOLDER
set -eu
pleth=$1
out=$2
mkdir -p "$out"

echo
echo "Making a synthetic face: pleth synth $out/demo.mp4 --duration-s 30"
"$pleth" synth "$out/demo.mp4" --duration-s 30
echo "Measuring it: pleth measure $out/demo.mp4 --json --plot $out/demo.png"
"$pleth" measure "$out/demo.mp4" --json --plot "$out/demo.png" >"$out/demo.jsonl"

# measured KEY: value and deviation of the summary
measured()
{
    grep '^{"summary"' "$out/demo.jsonl" |
        sed -n "s/.*\"$1\":{\"value\":\([0-9.]*\),\"unit\":\"[^\"]*\",\"sd\":\([0-9.]*\).*/\1 \2/p"
}

# truth COLUMN: its mean over the clip
truth()
{
    awk -F, -v name="$1" '
        /^#/ { next }
        !column { for (i = 1; i <= NF; i++) if ($i == name) column = i; next }
        { sum += $column; n++ }
        END { if (n) printf "%.1f", sum / n }' "$out/demo.truth.csv"
}

echo
printf '%-10s %-18s %s\n' '' measured truth
for vital in heart_rate breathing_rate; do
    values=$(measured $vital)
    if [ -n "$values" ]; then
        values=$(printf '%.1f +- %.1f /min' "${values% *}" "${values#* }")
    fi
    name=pulse
    [ $vital = heart_rate ] || name=breathing
    printf '%-10s %-18s %s\n' "$name" "${values:-not known}" "$(truth $vital) /min"
done
echo
echo "Plot: $out/demo.png   Readings: $out/demo.jsonl   Truth: $out/demo.truth.csv"
