#!/bin/sh
# The README's picture: a synthetic face with its readings drawn in, beside the page of its
# measurement. No real person is in it.
#
#     bench/picture.sh [OUT.png]          docs/picture.png without OUT
#
# PLETH: the tool. Needs the ffmpeg command to put the two side by side.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
out=${1:-$root/docs/picture.png}
command -v ffmpeg >/dev/null || {
    echo "picture: no ffmpeg command; on Debian and Ubuntu: apt-get install ffmpeg" >&2
    exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$PLETH" synth "$tmp/synthetic face.mp4" --seed 3 --duration-s 60 --heart-rate-per-min 66..78 \
    --breathing-rate-per-min 14
"$PLETH" measure "$tmp/synthetic face.mp4" --plot "$tmp/page.png" --annotate "$tmp/seen.mp4" |
    tail -n 5

# the newest frame but one second, where all that can be known is known; 256 colours keep it small
ffmpeg -v error -y -sseof -1 -i "$tmp/seen.mp4" -i "$tmp/page.png" -frames:v 1 -filter_complex "
    [0]scale=600:-2:flags=lanczos,pad=640:750:20:(oh-ih)/2:white[face];
    [1]scale=1000:750:flags=lanczos[page];
    [face][page]hstack,split[a][b];[a]palettegen=stats_mode=single[colours];
    [b][colours]paletteuse=dither=none" -update 1 "$tmp/picture.png"
mv "$tmp/picture.png" "$out"
echo "$out: $(wc -c <"$out") bytes"
