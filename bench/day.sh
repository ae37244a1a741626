#!/bin/sh
# Peak memory of `pleth measure` for ten minutes and for a whole day of a wearable sensor, in kB, and
# the difference. PLETH: the tool; needs GNU time, and 200 MB in TMPDIR.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$PLETH" synth --ppg "$tmp/day.json" --duration-s 86400 --rate-hz 25 >"$tmp/log"
peak()
{
    command time -f %M "$PLETH" measure "$tmp/day.json" --json "$@" 2>&1 >"$tmp/out" | tail -n 1
}
minutes=$(peak --to-s 600)
day=$(peak)
echo "| ten minutes | a day | more |"
echo "|---|---|---|"
echo "| $minutes kB | $day kB | $((day - minutes)) kB |"
