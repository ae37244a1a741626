#!/bin/sh
# Every command of README.md works as written: on a synthetic face called my.mp4 and a synthetic
# trace; its C program builds by its one line and measures. Cameras are not there: their lines are
# only held against --help.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
if ! "$PLETH" synth my.mp4 --duration-s 20 2>log; then
    case $(ldd "$PLETH") in
    *libavformat*)
        cat log
        exit 1
        ;;
    esac
    echo "skipped: a build without FFmpeg writes no my.mp4"
    exit 77
fi

# lines of the blocks of one language
blocks()
{
    awk -v fence="\`\`\`$1" '/^```/ { on = $0 == fence; next } on' "$SRC/README.md"
}
blocks sh >commands
blocks c >yours.c

# the trace of a pulse of 72 /min, once as text and once as float32
cat >trace.c <<'C'
#include <math.h>
#include <stdio.h>
int main(void)
{
    FILE *text = fopen("trace.csv", "w"), *binary = fopen("trace.bin", "wb");
    fprintf(text, "time_s,r,g,b\n");
    for (int i = 0; i < 900; i++) {
        double pulse = sin(2 * 3.141592653589793 * 1.2 * i / 30);
        float rgb[3] = {(float)(160 * (1 + 0.0033 * pulse)), (float)(110 * (1 + 0.0077 * pulse)),
                        (float)(90 * (1 + 0.0053 * pulse))};
        fprintf(text, "%.6f,%.5f,%.5f,%.5f\n", i / 30.0, rgb[0], rgb[1], rgb[2]);
        fwrite(rgb, sizeof(float), 3, binary);
    }
    return fclose(text) || fclose(binary);
}
C
"$CC" trace.c -lm -o trace
./trace

pleth()
{
    "$PLETH" "$@"
}

# options LINE: every long option of a pleth line is in its verb's help
options()
{
    verb=$(echo "$1" | sed 's/^pleth \([a-z]*\).*/\1/')
    pleth "$verb" --help >help
    for option in $(echo "$1" | grep -oE -e '--[a-z][a-z-]*' || true); do
        if ! grep -q -e "$option" help; then
            echo "README.md: $1: $option is not in pleth $verb --help"
            exit 1
        fi
    done
}

# published weights under the README's name, where they are
golden=${PLETH_SHARED:-$SRC/../shared}/golden/tscan36_published/weights.safetensors
if [ -e "$golden" ]; then
    "$PLETH" convert "$golden" tscan.safetensors --net tscan --metadata frames=10 >log
fi

ran=0
while read -r line <&3; do
    echo "\$ $line"
    case $line in
    make\ *)
        make -C "$SRC" -n "${line#make }" >log
        continue
        ;;
    build/release/pleth\ *)
        line=${line#build/release/}
        ;;
    cc\ *)
        line="(cd '$SRC' && $CC ${line#cc }) "
        line=$(echo "$line" | sed "s|yours\.c|$tmp/yours.c|; s|-o yours|-o $tmp/yours|")
        ;;
    *)
        ;;
    esac
    case $line in
    pleth\ *) options "$line" ;;
    esac
    case $line in
    */dev/video*) continue ;;
    *tscan.safetensors*) [ -e tscan.safetensors ] || continue ;;
    ffmpeg\ *) command -v ffmpeg >/dev/null || continue ;;
    esac
    if ! eval "$line" >log 2>&1; then
        cat log
        echo "README.md: failed: $line"
        exit 1
    fi
    ran=$((ran + 1))
done 3<commands
echo "$ran commands ran"
test "$ran" -ge 8

if command -v ffmpeg >/dev/null; then
    ffmpeg -loglevel error -i my.mp4 -f rawvideo -pix_fmt rgb24 -vf scale=640:480,fps=30 - |
        ./yours >log
    tail -n 1 log
    grep -q '/min$' log
fi
for file in $(grep -oE '\]\([A-Za-z/]+\.?[a-z0-9]*\)' "$SRC/README.md" | tr -d '()]'); do
    if [ ! -e "$SRC/$file" ]; then
        echo "README.md points to $file, which is not there"
        exit 1
    fi
done
