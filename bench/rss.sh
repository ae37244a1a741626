#!/bin/sh
# Peak memory of programs linked to libpleth alone, and the library's size.
#
#     bench/rss.sh BUILD GOLDEN
#
# BUILD: a build folder (build/release); GOLDEN: the folder of recorded networks.
set -eu
build=$1
golden=$2
src=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cc -O2 -std=c11 -I"$src/include" "$src/bench/rss/run.c" "$build/libpleth.a" -lm -o "$tmp/run"
for case in tscan36:20 tscan72:20 bigsmall:3 r1d/b01:1 r1d/b06:1 r1d/b12:1 biomoe:1; do
    "$tmp/run" "$golden/${case%:*}/weights.safetensors" "${case#*:}"
done
"$build/pleth" quantize "$golden/tscan36/weights.safetensors" "$tmp/tscan36.safetensors" \
    --calibrate "$golden/tscan36/x.npy" >"$tmp/log"
"$build/pleth" quantize "$golden/r1d/b01/weights.safetensors" "$tmp/r1d.safetensors" \
    --calibrate "$golden/r1d/x.npy" >"$tmp/log"
"$tmp/run" "$tmp/tscan36.safetensors" 20
"$tmp/run" "$tmp/r1d.safetensors" 1

strip -o "$tmp/libpleth.so" "$build"/libpleth.so.?
echo "libpleth.so, stripped: $(wc -c <"$tmp/libpleth.so") bytes"
for model in "$golden/tscan36/weights" "$tmp/tscan36"; do
    echo "${model##*/golden/}.safetensors: $(wc -c <"$model.safetensors") bytes"
done | sed "s|$tmp/|int8 |"
