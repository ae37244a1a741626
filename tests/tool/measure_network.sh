#!/bin/sh
# pleth measure --method MODEL: published networks on recordings with a pulse and without one.
set -u
shared=${PLETH_SHARED:-$SRC/../shared}
video=${PLETH_DATA:-$shared/data}/video
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "failed: $*"
    failures=$((failures + 1))
}

# within VALUE LOW HIGH
within()
{
    awk -v v="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(v != "" && v >= lo && v <= hi) }'
}

# refused STATUS ARGUMENTS: one line that tells why, and nothing else
refused()
{
    expected=$1
    shift
    "$PLETH" measure "$@" >out 2>err
    status=$?
    test $status -eq "$expected" || fail "status $status for: $*"
    test ! -s out && test "$(wc -l <err)" -eq 1 || fail "not one line for: $*"
}

echo "time_s,r,g,b" >colours.csv
echo "none" >broken.safetensors
touch clip.y4m
refused 2 clip.y4m --method nothing
refused 2 clip.y4m --net tscan
refused 2 colours.csv --method broken.safetensors
refused 1 clip.y4m --method broken.safetensors
refused 1 clip.y4m --method ./absent.safetensors

can="$shared/golden/tscan36_published/weights.safetensors"
mtts="$shared/golden/mtts36_published/weights.safetensors"
small="$shared/weights/bigsmall_pth/BP4D_Small_Heart_Clip3_Split1_Epoch4.pth"
if [ ! -r "$can" ] || [ ! -r "$video/face.mp4" ]; then
    echo "skipped the rest: no recordings or no published weights"
    exit $((failures ? 1 : 77))
fi
if ! "$PLETH" measure "$video/face.mp4" --to-s 1 >/dev/null 2>&1; then
    echo "skipped the rest: built without FFmpeg"
    exit $((failures ? 1 : 77))
fi

# rate CLIP ARGUMENTS: the summary's pulse, empty if it is not known
rate()
{
    "$PLETH" measure "$@" --json >json 2>err || fail "$* ($(cat err))"
    tail -n 1 json | sed -n 's/.*"heart_rate":{"value":\([0-9.]*\),.*/\1/p'
}

# another kind of network
refused 1 "$video/face.mp4" --method "$shared/golden/r1d/b01/weights.safetensors" --net resnet1d

for network in tscan mttscan bigsmall; do
    case $network in
    tscan) model=$can ;;
    mttscan) model=$mtts ;;
    bigsmall) model=$small ;;
    esac
    found=$(rate "$video/face.mp4" --method "$model" --net $network)
    within "$found" 52.1 53.5 || fail "$network: face.mp4 $found /min"
    for null in still still_noise noise bigsmall_ex1 baby; do
        found=$(rate "$video/$null.mp4" --method "$model" --net $network)
        test -z "$found" || fail "$network: $null.mp4 $found /min, which is none"
    done
done

# the same face, faster
for factor in 1.5 2.5; do
    "$PLETH" synth --retime $factor "$video/face.mp4" fast.mp4 --duration-s 20 >/dev/null ||
        fail "synth --retime $factor"
    found=$(rate fast.mp4 --method "$can" --net tscan)
    found=$(echo "${found:-0}" | awk -v k=$factor '{ print $1 / k }')
    within "$found" 50.9 54.6 || fail "$factor times as fast: $found times that /min"
done

test $failures -eq 0
