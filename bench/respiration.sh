#!/bin/sh
# Breathing with networks that see respiration and with ones that do not: error of every reading from
# 20 s on against the rate of synthetic people, by the best guess where a reading abstains.
#
#     bench/respiration.sh OUT pos|MODEL.safetensors...
#
# OUT: clips, used again where they exist. PLETH: the tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
out=$1
shift
clips=24
mkdir -p "$out"

# rates of 8 to 32 /min, everything else drawn
rate_of()
{
    echo $((8 + $1 * 7 % 25))
}
for i in $(seq $clips); do
    [ -e "$out/$i.mp4" ] ||
        "$PLETH" synth "$out/$i.mp4" --seed $((5000 + i)) --draw --duration-s 45 --size 320x240 \
            --rate-hz 30 --crf 16 --breathing-rate-per-min "$(rate_of "$i")" >/dev/null
done

echo "| method | readings | error of all /min | answered % | error of the answered /min | of these more than 3 off % |"
echo "|---|---|---|---|---|---|"
for method; do
    for i in $(seq $clips); do
        "$PLETH" measure "$out/$i.mp4" --method "$method" --json --best-guess </dev/null |
            sed "\$d; s/^/$(rate_of "$i") /"
    done | awk -f "$root/bench/json.awk" -f /dev/fd/3 3<<'AWK' | sed "s|^|\| ${method##*/} |"
{
    rate = $1
    sub(/^[^{]*/, "")
    json($0, r)
    if (r["time_s"] + 0 <= 20)
        next
    error = r["guess.breathing_rate.value"] - rate
    error = error < 0 ? -error : error
    n++
    all += error
    if (r["breathing_rate.value"] != "") {
        answered++
        sum += error
        wrong += error > 3
    }
}
END {
    printf "| %d | %.2f | %.0f | %.2f | %.1f |\n", n, all / n, 100 * answered / n,
        answered ? sum / answered : 0, answered ? 100 * wrong / answered : 0
}
AWK
done
