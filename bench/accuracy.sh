#!/bin/sh
# The figures of docs/ACCURACY.md from real footage: prints Markdown with pass or fail against what
# pleth promises there.
#
#     bench/accuracy.sh [OUT]        OUT: clips, results and plots (out/accuracy)
#
# PLETH: the tool; BENCH: folder of bench_lines (cmake --build build/release -t bench_lines);
# PLETH_DATA: recordings (docs/DATA.md); JOBS: processes at a time (2). Clips and results that exist
# are used again; results belong to one build of the tool. Status 1 if anything failed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
BENCH=${BENCH:-$root/build/release}
data=${PLETH_DATA:-$root/../shared/data}/video
out=${1:-$root/out/accuracy}
clips=$out/clips
runs=$out/results-$(cksum <"$PLETH" | cut -d ' ' -f 1)
mkdir -p "$clips/face" "$clips/still_noise" "$runs"
if [ ! -r "$data/face.mp4" ]; then
    echo "accuracy: no recordings in $data; see docs/DATA.md" >&2
    exit 1
fi
export PLETH
factors="1.2 1.35 1.5 1.65 1.8 1.95 2.1 2.3 2.5"
rates="45 60 75 90 105 120 150 180"
levels="-6 -3 0 3 6 12 18"
# rate of face.mp4 (docs/DATA.md)
face_rate=52.7
tab=$(printf '\t')

# ---- Clips
{
    for k in $factors; do
        echo "$clips/face_x$k.mp4$tab\"\$PLETH\" synth --retime $k '$data/face.mp4' \"\$PART/face_x$k.mp4\""
    done
    for base in still_noise face; do
        for rate in $rates; do
            for level in $levels; do
                name=${rate}_${level}.mp4
                echo "$clips/$base/$name$tab\"\$PLETH\" synth --inject $rate --snr-db $level" \
                    "'$data/$base.mp4' \"\$PART/$name\""
            done
        done
    done
    # the pictures without a pulse, a minute long, made as the ten-second ones were
    if command -v ffmpeg >/dev/null; then
        quiet="ffmpeg -nostdin -v error"
        still="$quiet -i '$data/face.mp4' -frames:v 1 \"\$PART/first.png\" &&
            $quiet -loop 1 -framerate 30 -i \"\$PART/first.png\" -t 60"
        end="-pix_fmt yuv420p -bitexact"
        echo "$clips/still_60s.mp4$tab$still -c:v libx264 -preset slow -crf 18 $end \"\$PART/still_60s.mp4\"" |
            tr '\n' ' '
        echo
        echo "$clips/still_noise_60s.mp4$tab$still" \
            "-vf scale=264:296,noise=alls=8:allf=t:all_seed=1234 -c:v libx264 -preset medium -crf 22" \
            "$end \"\$PART/still_noise_60s.mp4\"" | tr '\n' ' '
        echo
        echo "$clips/noise_60s.mp4$tab$quiet -f lavfi -i color=c=0x9a7a6a:s=160x160:r=30:d=60" \
            "-vf noise=alls=24:allf=t:all_seed=77 -c:v libx264 -preset fast -crf 26" \
            "$end \"\$PART/noise_60s.mp4\""
    fi
} | sh "$root/bench/cells.sh" || echo "accuracy: not all clips could be made" >&2

# ---- Measurements
# run NAME FILE [OPTION ...]: a cell
run()
{
    name=$1
    file=$2
    shift 2
    echo "$runs/$name.json$tab\"\$PLETH\" measure '$file' --best-guess --json $*"
}
nulls="still still_noise noise noise_all bigsmall_ex1 still_60s still_noise_60s noise_60s noise_60s_all"
{
    run face "$data/face.mp4"
    run face_all "$data/face.mp4" --roi all
    for k in $factors; do
        run "face_x$k" "$clips/face_x$k.mp4"
    done
    for name in still still_noise noise bigsmall_ex1 turned_head_rotated baby; do
        run $name "$data/$name.mp4"
    done
    run noise_all "$data/noise.mp4" --roi all
    run wrist_all "$data/wrist.mp4" --roi all
    run ubfc_sample "$data/ubfc_sample/vid.avi"
    for name in still_60s still_noise_60s noise_60s; do
        [ ! -e "$clips/$name.mp4" ] || run $name "$clips/$name.mp4"
    done
    [ ! -e "$clips/noise_60s.mp4" ] || run noise_60s_all "$clips/noise_60s.mp4" --roi all
    for file in "$data"/bias_eval/*.avi; do
        run "$(basename "$file" .avi)_all" "$file" --roi all
    done
    for base in still_noise face; do
        echo "$runs/inject_$base.json$tab\"\$PLETH\" evaluate folder '$clips/$base' --json"
    done
} | sh "$root/bench/cells.sh" || echo "accuracy: not everything could be measured" >&2

# ---- Tables
status=0
# one run's lines as: time, value, quality, guess, guess's quality; then
# summary, value, quality, guess, guess's quality, sd, breathing value, reasons
cat >"$out/lines.awk" <<'AWK'
{ json($0, v)
  last = v["summary.duration_s"] != ""
  at = last ? "summary." : ""
  line = (last ? "summary" : v["time_s"])
  n = split("heart_rate.value heart_rate.quality guess.heart_rate.value guess.heart_rate.quality" \
            (last ? " heart_rate.sd breathing_rate.value" : ""), key, " ")
  for (i = 1; i <= n; i++)
      line = line " " (v[at key[i]] == "" ? "-" : v[at key[i]])
  if (last) {
      line = line " "
      for (i = 0; i < v["summary.reasons.heart_rate.length"]; i++)
          line = line (i ? "," : "") v["summary.reasons.heart_rate." i]
  }
  print line }
AWK
lines()
{
    awk -f "$root/bench/json.awk" -f "$out/lines.awk" "$runs/$1.json"
}
# the summary as $value $quality $sd $breathing $reasons
summary()
{
    if [ ! -s "$runs/$1.json" ]; then
        value=- quality=- sd=- breathing=- reasons="not measured"
        return
    fi
    lines "$1" | tail -n 1 >"$out/last"
    read -r _ value quality _ _ sd breathing reasons <"$out/last"
}
# verdict EXPRESSION-OF-AWK: sets $verdict
verdict()
{
    if awk "BEGIN { exit !($1) }"; then
        verdict=pass
    else
        verdict="**fail**"
        status=1
    fi
}

echo "## A face of known rate"
echo
echo "| clip | true /min | measured /min | sd | quality | error % | within | |"
echo "|---|---|---|---|---|---|---|---|"
summary face
verdict "\"$value\" != \"-\" && ($value - 53) ^ 2 <= 1.5 ^ 2"
echo "| face.mp4 | $face_rate | $value | $sd | $quality | $(awk "BEGIN { printf \"%.1f\", ($value + 0) / $face_rate * 100 - 100 }") | 53 +- 1.5 | $verdict |"
for k in $factors; do
    summary "face_x$k"
    truth=$(awk "BEGIN { printf \"%.1f\", $k * $face_rate }")
    error=-
    if [ "$value" != - ]; then
        error=$(awk "BEGIN { printf \"%.1f\", 100 * ($value / ($k * $face_rate) - 1) }")
        verdict "($error) ^ 2 <= 3.5 ^ 2"
    else
        verdict 0
    fi
    echo "| $k times as fast | $truth | $value | $sd | $quality | $error | 3.5 % | $verdict |"
done

echo
echo "## Injected pulses"
echo
echo "Rates $rates /min in ten-second clips; every reading counts. face.mp4 has a pulse of its own, of"
echo "$face_rate /min: the last column says how often that one was the answer."
echo
echo "| clip | SNR dB | readings | answered % | error of the answered /min | error of all /min | answered and more than 5 off % | of these, the clip's own pulse % |"
echo "|---|---|---|---|---|---|---|---|"
cat >"$out/inject.awk" <<'AWK'
{ json($0, v)
  if (v["recording"] == "")
      next
  split(v["recording"], part, "_")
  level = part[2]
  for (i = 0; i < v["windows.length"]; i++) {
      w = "windows." i "."
      error = v[w "estimate"] - v[w "reference"]
      error = v[w "estimate"] == "" ? 20 : error < 0 ? -error : error
      n[level]++
      all[level] += error
      if (v[w "answered"] == "true") {
          answered[level]++
          sum[level] += error
          wrong[level] += error > 5
          own[level] += error > 5 && base == "face" && (v[w "estimate"] - own_rate) ^ 2 < 25
      }
  } }
END { for (level = -6; level <= 18; level += 3)
          if (n[level])
              print base, level, n[level], 100 * answered[level] / n[level],
                  answered[level] ? sum[level] / answered[level] : "-", all[level] / n[level],
                  answered[level] ? 100 * wrong[level] / answered[level] : "-",
                  wrong[level] ? 100 * own[level] / wrong[level] : "-" }
AWK
for base in still_noise face; do
    [ ! -s "$runs/inject_$base.json" ] || awk -v "base=$base" -v "own_rate=$face_rate" -f "$root/bench/json.awk" \
        -f "$out/inject.awk" "$runs/inject_$base.json"
done >"$out/inject.txt"
awk '{ printf "| %s | %+d | %d | %.0f | %s | %.1f | %s | %s |\n", $1, $2, $3, $4,
       $5 == "-" ? "-" : sprintf("%.2f", $5), $6, $7 == "-" ? "-" : sprintf("%.1f", $7),
       $8 == "-" ? "-" : sprintf("%.0f", $8) }' "$out/inject.txt"
if [ -x "$BENCH/bench_lines" ]; then
    awk '{ print "Error|SNR (dB)|mean absolute error (/min)," $1 ": all," $2 "," $6
           if ($5 != "-") print "Error|SNR (dB)|mean absolute error (/min)," $1 ": answered," $2 "," $5
           print "Coverage|SNR (dB)|answered (%)," $1 "," $2 "," $4 }' "$out/inject.txt" |
        "$BENCH/bench_lines" "$out/inject.png" "Injected pulses, 45 to 180 /min" &&
        echo && echo "![Error and coverage against SNR](inject.png)"
else
    echo "accuracy: no $BENCH/bench_lines, so no plot" >&2
fi

echo
echo "## No pulse, no number"
echo
# the first instant at which face.mp4 gives a value
first()
{
    lines "$1" | awk '$1 != "summary" && $2 != "-" { print $1; exit }'
}
first_face=$(first face)
first_all=$(first face_all)
echo "Readings count from the first instant at which face.mp4 gives a value with the same settings:"
echo "${first_face:-never} s, with \`--roi all\` ${first_all:-never} s (at most 6 s)."
echo
verdict "${first_face:-99} <= 6"
echo "| clip | readings | null % | largest quality | of best guesses | summary | reasons | >= 90 % null, quality <= 0.5, summary null |"
echo "|---|---|---|---|---|---|---|---|"
for name in $nulls $(for file in "$data"/bias_eval/*.avi; do echo "$(basename "$file" .avi)_all"; done); do
    [ -s "$runs/$name.json" ] || continue
    summary "$name"
    from=${first_face:-6}
    case $name in
    *_all) from=${first_all:-6} ;;
    esac
    lines "$name" | awk -v "from=$from" '$1 == "summary" || $1 < from - 1e-6 { next }
        { n++; null += $2 == "-"; if ($3 != "-" && $3 > q) q = $3; if ($5 != "-" && $5 > g) g = $5 }
        END { printf "%d %.1f %.2f %.2f\n", n, n ? 100 * null / n : 100, q, g }' >"$out/last"
    read -r n share largest guess_largest <"$out/last"
    null=1
    [ "$value" = - ] || null=0
    verdict "$share >= 90 && $largest <= 0.5 && $null"
    [ "$value" = - ] && value=null
    echo "| $name | $n | $share | $largest | $guess_largest | $value | $reasons | $verdict |"
done

echo
echo "## Other clips"
echo
echo "| clip | must | summary /min | quality | breathing /min | reasons | |"
echo "|---|---|---|---|---|---|---|"
summary wrist_all
surest=$(lines wrist_all | awk '$3 != "-" && $3 > q { q = $3 } END { print q + 0 }')
if [ "$value" = - ]; then
    verdict "$surest < 0.9"
else
    verdict "($value - 56) ^ 2 <= 4 ^ 2 && $surest < 0.9"
fi
echo "| wrist.mp4 --roi all | about 56 or null, no reading with quality from 0.9 (largest: $surest) | $value | $quality | $breathing | $reasons | $verdict |"
summary ubfc_sample
verdict "\"$value\" == \"-\" && index(\"$reasons\", \"too_short\")"
echo "| ubfc_sample | too short | $value | $quality | $breathing | $reasons | $verdict |"
summary baby
verdict "\"$value\" == \"-\" && (\"$breathing\" == \"-\" || (\"$breathing\" + 0 >= 30 && \"$breathing\" + 0 <= 33))"
echo "| baby.mp4 | no pulse; breathing 31-32 or null | $value | $quality | $breathing | $reasons | $verdict |"
summary turned_head_rotated
# upright the picture is 576 wide and 1024 high; the face lies at x 158..427, y 350..619
cat >"$out/box.awk" <<'AWK'
{ json($0, v)
  x = v["face.0"] + v["face.2"] / 2
  y = v["face.1"] + v["face.3"] / 2
  n += x > 158 && x < 427 && y > 300 && y < 669
  if (v["rate_hz"] != "" && v["time_s"] != "")
      rate = v["rate_hz"] }
END { printf "%d %.1f\n", n, rate }
AWK
awk -f "$root/bench/json.awk" -f "$out/box.awk" "$runs/turned_head_rotated.json" >"$out/last"
read -r boxes rate <"$out/last"
verdict "$boxes > 0"
echo "| turned_head_rotated.mp4 | rotation obeyed: face found upright ($boxes readings, $rate Hz) | $value | $quality | $breathing | $reasons | $verdict |"

echo
echo "## The field's own figures"
echo
echo "| protocol | windows | MAE | RMSE | MAPE % | Pearson | SNR dB | MACC |"
echo "|---|---|---|---|---|---|---|---|"
cat >"$out/waves.awk" <<'AWK'
{ json($0, v) }
END { printf "| %s | %d | %.4f +- %.4f | %.4f | %.4f | %.4f | %.4f | %.4f |\n", name, v["summary.n"],
          v["summary.mae.value"], v["summary.mae.se"], v["summary.rmse"], v["summary.mape"],
          v["summary.pearson"], v["summary.snr"], v["summary.macc"] }
AWK
for options in "" "--rates peak" "--window-s 30" "--window-s 10" "--band-hz 0.75,2.5"; do
    # the options are meant to be split
    # shellcheck disable=SC2086
    "$PLETH" evaluate waves "$data/ubfc_deepphys" --profile toolbox --json $options | tail -n 1 |
        awk -v "name=${options:-whole recordings, FFT}" -f "$root/bench/json.awk" -f "$out/waves.awk"
done

echo
echo "## Monkeys"
echo
sh "$root/bench/monkey.sh" || status=1
exit $status
