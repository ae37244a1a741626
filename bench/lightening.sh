#!/bin/sh
# What int8 costs a camera network: size, and error by the true rate's group (the limits are those of
# "Real-time heart rate monitoring using deep learning model lightening techniques": below 77, 77 to
# 90, above 90 /min) on retimed and injected clips.
#
#     bench/lightening.sh CLIPS MODEL.safetensors...
#
# CLIPS: the clips of bench/accuracy.sh (out/accuracy/clips). Every clip counts, by the best guess
# where the reading abstains. PLETH: the tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
clips=$1
shift
face_rate=52.7
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# true rate and path of each clip; injected ones from +6 dB on, where a pulse can be seen at all
for clip in "$clips"/face_x*.mp4; do
    [ -e "$clip" ] || continue
    k=${clip##*_x}
    echo "$(awk -v k="${k%.mp4}" -v r=$face_rate 'BEGIN { print k * r }') $clip"
done >"$tmp/list"
for base in face still_noise; do
    for level in 6 12 18; do
        for clip in "$clips/$base"/*_"$level".mp4; do
            [ -e "$clip" ] || continue
            name=${clip##*/}
            echo "${name%%_*} $clip"
        done
    done
done >>"$tmp/list"

echo "| model | bytes | below 77 | 77 to 90 | above 90 | all | answered |"
echo "|---|---|---|---|---|---|---|"
for model; do
    while read -r rate clip; do
        printf '%s %s ' "$rate" "$clip"
        "$PLETH" measure "$clip" --method "$model" --json --best-guess </dev/null | tail -1
    done <"$tmp/list" >"$tmp/results"
    awk -f "$root/bench/json.awk" -f /dev/stdin "$tmp/results" <<'AWK' >"$tmp/row"
{
    rate = $1
    line = $0
    sub(/^[^{]*/, "", line)
    json(line, r)
    value = r["summary.heart_rate.value"]
    answered += value != ""
    if (value == "")
        value = r["summary.guess.heart_rate.value"]
    error = value == "" ? rate : value - rate
    error = error < 0 ? -error : error
    group = rate < 77 ? 1 : rate < 90 ? 2 : 3
    sum[group] += error
    n[group]++
    all += error
}
END {
    for (g = 1; g <= 3; g++)
        printf " %.2f (n = %d) |", n[g] ? sum[g] / n[g] : 0, n[g]
    printf " %.2f | %.0f %% |\n", NR ? all / NR : 0, NR ? 100 * answered / NR : 0
}
AWK
    echo "| ${model##*/} | $(wc -c <"$model") |$(cat "$tmp/row")"
done
