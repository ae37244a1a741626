#!/bin/sh
# The sweep of docs/ACCURACY.md over synthetic faces: method x skin x light x motion x compression.
# It tests physics (how little light, how much noise, motion and compression a pulse survives), not
# fairness on people. Prints Markdown.
#
#     bench/physics.sh [OUT]         OUT: clips, results and the plot (out/physics)
#
# PLETH: the tool; BENCH: folder of bench_lines (cmake --build build/release -t bench_lines); JOBS:
# processes at a time (2). Clips and results that exist are used again; results belong to one build of
# the tool. Seeds start at 1000000: none of them calibrates pleth (bench/calibrate.c).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
BENCH=${BENCH:-$root/build/release}
out=${1:-$root/out/physics}
clips=$out/clips
runs=$out/results-$(cksum <"$PLETH" | cut -d ' ' -f 1)
mkdir -p "$clips" "$runs"
export PLETH
methods="pos chrom green lgi pbv omit ica"
# melanin, per cent of the epidermis' volume: pale to very dark
skins="2 6 12 20 30 43"
lights="bright dim drift exposure"
motions="still talking turning walking"
codecs="x264-18 x264-26 x264-34 mjpeg-20"
tab=$(printf '\t')

light_options()
{
    case $1 in
    bright) echo "--light 1.3" ;;
    dim) echo "--light 0.35" ;;
    drift) echo "--light 1 --drift-percent 10 --pump-hz 0.2 --pump-percent 3" ;;
    flicker) echo "--light 1 --flicker-hz 100 --flicker-percent 10" ;;
    exposure) echo "--light 1 --exposure-every-s 4 --exposure-percent 8" ;;
    esac
}

# ---- Clips: 15 s, 320x240, a head of 180 lines, rates spread over 48 to 157 /min
cell()
{
    name=${1}_${2}_${3}_${4}
    echo "$clips/$name.mp4$tab\"\$PLETH\" synth \"\$PART/$name.mp4\" --seed $((1000000 + i))" \
        "--duration-s 15 --size 320x240 --face-percent 75 --melanin-percent $1" \
        "$(light_options "$2") $5 --heart-rate-per-min $((48 + i * 37 % 110))" \
        "--breathing-rate-per-min $((10 + i * 7 % 16)) --codec $(codec_name "$4") --crf ${4#*-}"
    i=$((i + 1))
}
codec_name()
{
    case $1 in
    x264-*) echo libx264 ;;
    mjpeg-*) echo mjpeg ;;
    esac
}
i=0
for skin in $skins; do
    for light in $lights; do
        for codec in $codecs; do
            for motion in $motions; do
                cell "$skin" "$light" "$motion" "$codec" "--motion $motion"
            done
        done
        cell "$skin" "$light" photograph x264-26 --frozen
    done
done >"$out/cells.txt"
for skin in $skins; do
    for motion in still talking; do
        cell "$skin" flicker "$motion" x264-18 "--motion $motion"
    done
done >>"$out/cells.txt"
sh "$root/bench/cells.sh" <"$out/cells.txt" || echo "physics: not all clips could be made" >&2

# ---- Measurements; and the skins' colour
{
    for method in $methods; do
        echo "$runs/$method.json$tab\"\$PLETH\" evaluate folder '$clips' --method $method --json"
    done
    for skin in $skins; do
        echo "$runs/skin_$skin.csv$tab\"\$PLETH\" synth \"\$PART/skin_$skin.csv\" --frozen" \
            "--duration-s 1 --melanin-percent $skin --light 1.3"
    done
} | sh "$root/bench/cells.sh" || echo "physics: not everything could be measured" >&2

# ---- Tables
# one line a window: skin, light, motion, codec, answered, error (the constant's, 20, without a guess),
# 1 if there is a pulse, and for the first window of a recording its share of readings with a face
cat >"$out/windows.awk" <<'AWK'
{ json($0, v)
  if (v["recording"] == "")
      next
  split(v["recording"], part, "_")
  key = part[1] " " part[2] " " part[3] " " part[4]
  for (i = 0; i < v["windows.length"]; i++) {
      w = "windows." i "."
      error = v[w "estimate"] == "" ? 20 : v[w "estimate"] - v[w "reference"]
      print key, v[w "answered"] == "true", error < 0 ? -error : error, 1, i ? "-" : v["face"]
  }
  for (i = 0; i < v["null_windows"] + 0; i++)
      print key, (i < v["null_answered"] + 0), "-", 0, i ? "-" : v["face"] }
AWK
for method in $methods; do
    [ ! -s "$runs/$method.json" ] || awk -f "$root/bench/json.awk" -f "$out/windows.awk" \
        "$runs/$method.json" | sed "s/^/$method /"
done >"$out/windows.txt"

# table TITLE FIELD VALUES [METHOD]: a row a value of one field of windows.txt
cat >"$out/table.awk" <<'AWK'
(method == "" || $1 == method) && $8 {
    k = $field
    n[k]++
    all[k] += $7
    if ($6) { answered[k]++; sum[k] += $7; wrong[k] += $7 > 5 }
}
(method == "" || $1 == method) && !$8 { k = $field; nulls[k]++; caught[k] += $6 }
(method == "" || $1 == method) && $9 != "-" { k = $field; faces[k] += $9; clips[k]++ }
END {
    count = split(values, value, " ")
    for (j = 1; j <= count; j++) {
        k = value[j]
        if (!clips[k])
            continue
        printf "| %s | %d | %d | %s | %s | %s | %s | %s | %.0f |\n", k, clips[k], n[k],
            n[k] ? sprintf("%.0f", 100 * answered[k] / n[k]) : "-",
            answered[k] ? sprintf("%.2f", sum[k] / answered[k]) : "-",
            answered[k] ? sprintf("%.1f", 100 * wrong[k] / answered[k]) : "-",
            n[k] ? sprintf("%.2f", all[k] / n[k]) : "-",
            nulls[k] ? sprintf("%d of %d", caught[k], nulls[k]) : "-", 100 * faces[k] / clips[k]
    }
}
AWK
table()
{
    echo
    echo "| $1 | clips | readings | answered % | error of the answered /min | more than 5 off % | error of all /min | answered without a pulse | face found % |"
    echo "|---|---|---|---|---|---|---|---|---|"
    awk -v "field=$2" -v "values=$3" -v "method=${4:-}" -f "$out/table.awk" "$out/windows.txt"
}

echo "## Synthetic faces: $(find "$clips" -name '*.mp4' | wc -l) clips of 15 s"
table method 1 "$methods"
echo
echo "By condition, method POS:"
table "melanin %" 2 "$skins" pos
table light 3 "$lights flicker" pos
table motion 4 "$motions photograph" pos
table codec-quality 5 "$codecs" pos

echo
echo "## Finding skin, by reflectance"
echo
echo "| melanin % | red | green | blue | face found, % of readings |"
echo "|---|---|---|---|---|"
for skin in $skins; do
    face=$(awk -v "s=$skin" '$1 == "pos" && $2 == s && $9 != "-" { f += $9; n++ }
        END { if (n) printf "%.0f", 100 * f / n }' "$out/windows.txt")
    awk -F , -v "s=$skin" -v "face=$face" '/^[0-9]/ { r += $2; g += $3; b += $4; n++ }
        END { printf "| %s | %.0f | %.0f | %.0f | %s |\n", s, r / n, g / n, b / n, face }' \
        "$runs/skin_$skin.csv"
done
echo
echo "Red, green and blue: mean level (0-255) of that skin in the bright light."

# ---- Risk against coverage
cat >"$out/risk.awk" <<'AWK'
{ json($0, v) }
END { for (i = 0; i < v["summary.risk_coverage.length"]; i++) {
          at = "summary.risk_coverage." i "."
          print "Error when the least sure readings are left out|share of readings kept|mean absolute error (/min)," \
                method "," v[at 0] "," v[at 1]
      } }
AWK
if [ -x "$BENCH/bench_lines" ]; then
    for method in $methods; do
        [ ! -s "$runs/$method.json" ] || tail -n 1 "$runs/$method.json" |
            awk -v "method=$method" -f "$root/bench/json.awk" -f "$out/risk.awk"
    done | "$BENCH/bench_lines" "$out/risk.png" "Synthetic faces" &&
        echo && echo "![Error against the share of readings kept](risk.png)"
else
    echo "physics: no $BENCH/bench_lines, so no plot" >&2
fi
echo
echo "Without abstention the error is that at share 1; what pleth abstains from is in the first table."
