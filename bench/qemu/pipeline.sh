#!/bin/sh
# A whole run in three parts, in instructions a frame of a 64-bit Arm core in QEMU: the face (finding
# and following it, colours, motion, a network's crops), the pulse wave (network or method), and all
# after it (rates, breathing, waves, readings). They are not cycles, but repeat exactly.
#
#     bench/qemu/pipeline.sh VIDEO [MODEL.safetensors[:NET]]...
#
# POS first, then each network. The parts are what streams save that leave them out (tool/split.h), on
# all frames of the video, as `pleth bench VIDEO --method MODEL` has them in time; starting is
# subtracted. CPU: cortex-a53 unless set. Needs the ffmpeg command, gcc-aarch64-linux-gnu, qemu-user
# and gcc.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
video=$1
shift
CPU=${CPU:-cortex-a53}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

gcc -O2 -shared -fPIC "$src/bench/qemu/insn.c" -o "$tmp/insn.so"
# shellcheck disable=SC2046 # a list of files
aarch64-linux-gnu-gcc -static -O3 -std=c11 -ffp-contract=off -I"$src/include" -I"$src/src" \
    -I"$src/tool" "$src/bench/qemu/pipeline.c" "$src/tool/split.c" $(find "$src/src" -name '*.c') -lm \
    -o "$tmp/pipeline"
ffmpeg -nostdin -v error -i "$video" -pix_fmt yuv420p -f yuv4mpegpipe "$tmp/clip.y4m"

# count FRAMES RUN [MODEL [NET]]: instructions; what the program prints is left in $tmp/out
count()
{
    qemu-aarch64 -cpu "$CPU" -plugin "$tmp/insn.so" "$tmp/pipeline" "$tmp/clip.y4m" "$@" \
        2>"$tmp/log" >"$tmp/out" || {
        cat "$tmp/log" >&2
        return 1
    }
    sed -n 's/^insns //p' "$tmp/log"
}

# pushed RUN [MODEL [NET]]: without what starting takes
pushed()
{
    start=$(count 0 "$@") && all=$(count 1000000 "$@") && echo "$((all - start))"
}

# row NAME NETWORK WHOLE NO-LOOK OTHER: OTHER is without a network's steps, or with a method's waves twice
row()
{
    awk -v name="$1" -v network="$2" -v whole="$3" -v no_look="$4" -v other="$5" \
        -v frames="$(sed 's/ .*//' "$tmp/out")" 'BEGIN {
            wave = network ? no_look - other : other - whole
            rates = whole - no_look - (network ? 0 : wave)
            face = whole - wave - rates
            printf "| %s | %.3f (%.1f %%) | %.3f (%.1f %%) | %.3f (%.1f %%) | %.3f |\n", name,
                face / frames / 1e6, 100 * face / whole, wave / frames / 1e6, 100 * wave / whole,
                rates / frames / 1e6, 100 * rates / whole, whole / frames / 1e6 }'
}

echo "| M instructions a frame, $CPU | face | pulse wave | rates and readings | whole |"
echo "|---|---|---|---|---|"
whole=$(pushed whole)
no_look=$(pushed no-look)
waves=$(pushed waves)
row pos 0 "$whole" "$no_look" "$waves"
for model; do
    file=${model%%:*}
    net=${model#"$file"}
    net=${net#:}
    set -- "$file" ${net:+"$net"}
    whole=$(pushed whole "$@")
    no_look=$(pushed no-look "$@")
    no_steps=$(pushed no-steps "$@")
    row "${file##*/}" 1 "$whole" "$no_look" "$no_steps"
done
