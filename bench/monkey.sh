#!/bin/sh
# Pulse of rhesus monkeys from colour traces against their reference, in the 15 s around the middle of
# every reference segment, band 85-260 /min. Twice: "stream" measures the session once and takes the
# reading at the end of the window, so that it also knows what came before; "alone" measures each
# window as a recording of its own, and takes its last reading. Prints a Markdown table.
#
#     bench/monkey.sh [OPTION OF pleth measure ...]
#
# PLETH: the tool; PLETH_DATA: recordings (docs/DATA.md). The columns "POS" are the errors of the
# plain method of that name on the same windows, as published with the traces' description. Status 1
# if the median error of the stream is worse in any session.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
data=${PLETH_DATA:-$root/../shared/data}/video/monkey_rgb
if [ ! -r "$data/Session1/Session1.bin" ]; then
    echo "monkey: no traces in $data; see docs/DATA.md" >&2
    exit 1
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# a line of JSON: time, value or best guess, answered, quality
cat >"$tmp/reading.awk" <<'AWK'
{ json($0, v)
  at = v["summary.duration_s"] != "" ? "summary." : ""
  value = v[at "heart_rate.value"]
  answered = value != ""
  where = answered ? at "heart_rate." : at "guess.heart_rate."
  print at == "" ? v["time_s"] : "summary", v[where "value"], answered, v[where "quality"] }
AWK
# readings (first file) and windows: from, to, reference -> the reading nearest to the window's end
cat >"$tmp/nearest.awk" <<'AWK'
FILENAME == ARGV[1] { if ($1 != "summary") { time[++n] = $1; row[n] = $2 "," $3 "," $4 }; next }
{ best = 1
  for (i = 1; i <= n; i++)
      if ((time[i] - $2) ^ 2 < (time[best] - $2) ^ 2)
          best = i
  print session "," $3 "," row[best] }
AWK
cat >"$tmp/summary.awk" <<'AWK'
{ json($0, v) }
END { printf "%s %.1f %.2f %.0f\n", v["summary.n"], v["summary.mae.value"],
          v["summary.median_error"], 100 * v["summary.coverage"] }
AWK

measure()
{
    "$PLETH" measure "$name.bin" --rate-hz "$rate" --range 85,260 --best-guess --json "$@" </dev/null |
        awk -f "$root/bench/json.awk" -f "$tmp/reading.awk"
}

score()
{
    "$PLETH" evaluate rates "$1" --json | tail -n 1 |
        awk -f "$root/bench/json.awk" -f "$tmp/summary.awk"
}

echo "| session | Hz | windows | stream: MAE | median | answered % | alone: MAE | median | answered % | POS: MAE | median | stream no worse |"
echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
status=0
while read -r session rate segment pos_mae pos_median; do
    name=$data/Session$session/Session$session
    tr ',' '\n' <"${name}_REF.csv" | awk -v s="$segment" 'NF { m = (k++ + 0.5) * s
        print (m > 7.5 ? m - 7.5 : 0), m + 7.5, $1 }' >"$tmp/windows"

    measure "$@" >"$tmp/readings"
    echo "recording,reference,estimate,answered,quality" | tee "$tmp/stream.csv" >"$tmp/alone.csv"
    awk -v "session=$session" -f "$tmp/nearest.awk" "$tmp/readings" "$tmp/windows" >>"$tmp/stream.csv"
    while read -r from to reference; do
        measure --from-s "$from" --to-s "$to" "$@" | tail -n 2 | head -n 1 | tr ' ' ',' |
            sed "s/^[^,]*,/$session,$reference,/" >>"$tmp/alone.csv"
    done <"$tmp/windows"

    score "$tmp/stream.csv" >"$tmp/s"
    score "$tmp/alone.csv" >"$tmp/a"
    read -r n mae median coverage <"$tmp/s"
    read -r n mae_alone median_alone coverage_alone <"$tmp/a"
    verdict=$(awk -v a="$median" -v b="$pos_median" 'BEGIN { print a <= b ? "yes" : "**no**" }')
    [ "$verdict" = yes ] || status=1
    echo "| $session | $rate | $n | $mae | $median | $coverage |" \
        "$mae_alone | $median_alone | $coverage_alone | $pos_mae | $pos_median | $verdict |"
done <<'END'
1 30 8.5 5.6 2.6
3 50 5 7.0 2.7
4 100 5 5.4 3.0
5 50 5 6.1 2.9
6 50 5 15.8 4.2
7 50 5 9.1 6.8
END
exit $status
