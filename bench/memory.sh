#!/bin/sh
# Peak memory of `pleth measure` after a minute and after an hour of video, in kB, and the difference.
# PLETH: the tool; needs the ffmpeg command (to repeat a minute sixty times) and GNU time.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$PLETH" synth "$tmp/minute.mp4" --duration-s 60 --size 160x120 >"$tmp/log"
ffmpeg -nostdin -v error -stream_loop 59 -i "$tmp/minute.mp4" -c copy "$tmp/hour.mp4"
peak()
{
    command time -f %M "$PLETH" measure "$1" --json 2>&1 >"$tmp/out" | tail -n 1
}
minute=$(peak "$tmp/minute.mp4")
hour=$(peak "$tmp/hour.mp4")
echo "| after a minute | after an hour | more |"
echo "|---|---|---|"
echo "| $minute kB | $hour kB | $((hour - minute)) kB |"
