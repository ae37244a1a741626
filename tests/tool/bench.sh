#!/bin/sh
# pleth bench: what it says of networks and of whole runs, in both forms; counts against pleth info
# and what is published; bad arguments in one line. No times: those are the machine's.
set -u
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "failed: $*"
    failures=$((failures + 1))
}

# field FILE PATH: one value of a JSON object
field()
{
    # shellcheck disable=SC2016
    echo '{ json($0, v); print v[path] }' >field.awk
    awk -v "path=$2" -f "$SRC/bench/json.awk" -f field.awk "$1"
}

# positive FILE PATH...
positive()
{
    file=$1
    shift
    for path; do
        awk -v v="$(field "$file" "$path")" 'BEGIN { exit !(v + 0 > 0) }' ||
            fail "$path is \"$(field "$file" "$path")\": $(cat "$file")"
    done
}

# refused STATUS ARGUMENTS: one line that tells why, and nothing else
refused()
{
    expected=$1
    shift
    "$PLETH" bench "$@" >out 2>err
    status=$?
    test $status -eq "$expected" || fail "status $status for: $*"
    test ! -s out && test "$(wc -l <err)" -eq 1 || fail "not one line for: $*"
}

refused 2 one two
refused 2 tscan mttscan
refused 2 tscan --frames 0
refused 2 tscan --frames many
refused 2 tscan --method pos
refused 2 tscan --net tscan
refused 2 absent.mp4 --frames 10
refused 2 absent.mp4 --net tscan
refused 2 absent.mp4 --method tscan --net tscan
refused 2 absent.mp4 --method divination
refused 2 - --method tscan
refused 2 sensor --method pos
refused 2 sensor --frames 10
refused 1 absent.mp4
refused 1 absent.mp4 --method ./absent.safetensors
refused 1 absent.mp4 --method resnet1d
refused 1 absent.safetensors
head -c 100 /dev/zero >zeros.safetensors
refused 1 zeros.safetensors
PLETH_CPU=abacus refused 2 tscan

# ---- networks ----

# a segment of TS-CAN as published, 51.24 M multiply-accumulates a frame
"$PLETH" bench tscan --json >tscan.json || fail "status of bench tscan"
test "$(field tscan.json network) $(field tscan.json weights) $(field tscan.json frames) $(field tscan.json delay)" = \
    "tscan random 10 4" || fail "bench tscan: $(cat tscan.json)"
test "$(field tscan.json macs)" = 512423040 || fail "bench tscan: $(field tscan.json macs) MACs"
for numbers in float int8; do
    positive tscan.json $numbers.median_ms $numbers.lowest_ms $numbers.lower_quartile_ms \
        $numbers.upper_quartile_ms $numbers.frame_ms $numbers.gops
    awk -v a="$(field tscan.json $numbers.lowest_ms)" -v b="$(field tscan.json $numbers.lower_quartile_ms)" \
        -v c="$(field tscan.json $numbers.median_ms)" -v d="$(field tscan.json $numbers.upper_quartile_ms)" \
        -v f="$(field tscan.json $numbers.frame_ms)" -v g="$(field tscan.json $numbers.gops)" 'BEGIN {
            ok = a <= b && b <= c && c <= d && f / c > 0.0999 && f / c < 0.1001
            ok = ok && g * c / 1024.846 > 0.999 && g * c / 1024.846 < 1.001
            exit !ok }' || fail "bench tscan, $numbers: $(cat tscan.json)"
done
test "$(field tscan.json int8.bytes)" -lt "$(field tscan.json float.bytes)" || fail "int8 is not smaller"

"$PLETH" bench tscan --frames 20 --json >twenty.json || fail "status of --frames"
test "$(field twenty.json frames) $(field twenty.json macs)" = "20 1024846080" ||
    fail "--frames 20: $(cat twenty.json)"

# an instruction set whose peak is not known; no int8 form
PLETH_CPU=c "$PLETH" bench resnet1d --json >resnet1d.json || fail "status of bench resnet1d"
test "$(field resnet1d.json kernels),$(field resnet1d.json peak_gflops),$(field resnet1d.json float.share_of_peak)" = \
    c,, || fail "PLETH_CPU=c: $(cat resnet1d.json)"
"$PLETH" bench biomoe --json >biomoe.json || fail "status of bench biomoe"
grep -q '"int8":null}$' biomoe.json || fail "bench biomoe: $(cat biomoe.json)"
"$PLETH" bench biomoe >out || fail "status of bench biomoe"
grep -q 'biomoe has no int8 form' out || fail "bench biomoe does not say why: $(cat out)"

# ---- a sensor's stream ----

# a day has a reading every two seconds, and leaves no more memory behind than an hour
"$PLETH" bench sensor --json >sensor.json || fail "status of bench sensor"
positive sensor.json sensors.0.times_real_time sensors.1.us_per_second day.s
test "$(field sensor.json sensors.0.channels) $(field sensor.json sensors.1.channels)" = "1 2" ||
    fail "bench sensor: $(cat sensor.json)"
test "$(field sensor.json day.readings)" -ge 43198 || fail "readings of a day: $(cat sensor.json)"
awk -v hour="$(field sensor.json day.hour_kb)" -v day="$(field sensor.json day.day_kb)" \
    'BEGIN { exit !(hour > 1000 && day <= hour + 1000) }' || fail "memory: $(cat sensor.json)"
# what a watch has to spare for it
awk -v one="$(field sensor.json sensors.0.stream_bytes)" \
    -v two="$(field sensor.json sensors.1.stream_bytes)" \
    'BEGIN { exit !(one > 0 && one < two && two <= 131072) }' || fail "stream: $(cat sensor.json)"
"$PLETH" bench sensor >out || fail "status of bench sensor"
grep -q 'light 2, axes 3: .* times real time' out || fail "bench sensor as text: $(cat out)"
! "$PLETH" bench sensor --method tscan >out 2>err || fail "bench sensor --method tscan runs"
grep -q "heart-rate network's file" err || fail "bench sensor --method tscan: $(cat err)"

# ---- whole runs ----

case $("$PLETH" info) in
*FFmpeg*)
    "$PLETH" synth face.mp4 --duration-s 8 --size 160x160 >log || fail "no video"
    for method in pos tscan; do
        "$PLETH" bench face.mp4 --method $method --json >run.json || fail "status of --method $method"
        test "$(field run.json method)" = $method || fail "--method $method: $(cat run.json)"
        positive run.json decode_us_per_frame push_us_per_frame parts.face.us_per_frame \
            parts.wave.us_per_frame parts.wave.percent_of_length
        awk -v a="$(field run.json parts.face.percent)" -v b="$(field run.json parts.wave.percent)" \
            -v c="$(field run.json parts.rates.percent)" -v x="$(field run.json parts.face.us_per_frame)" \
            -v y="$(field run.json parts.wave.us_per_frame)" -v z="$(field run.json parts.rates.us_per_frame)" \
            -v all="$(field run.json push_us_per_frame)" 'BEGIN {
                sum = a + b + c; us = x + y + z
                exit !(sum > 99.9 && sum < 100.1 && us > 0.999 * all && us < 1.001 * all) }' ||
            fail "parts of $method do not add up: $(cat run.json)"
        "$PLETH" bench face.mp4 --method $method >out || fail "status of --method $method"
        test "$(grep -c '% of measuring$' out)" -eq 3 && grep -q "pulse wave ($method)" out ||
            fail "--method $method as text: $(cat out)"
    done
    positive run.json bytes prepared_bytes
    test "$(field run.json weights),$(field run.json int8)" = random,false || fail "weights: $(cat run.json)"
    ;;
*)
    echo "without FFmpeg: no videos in this test"
    ;;
esac

# ---- a model file ----

model=${PLETH_SHARED:-$SRC/../shared}/golden/tscan36_published/weights.safetensors
if [ -r "$model" ]; then
    "$PLETH" bench "$model" --net tscan --json >file.json || fail "status of bench MODEL"
    "$PLETH" info "$model" --net tscan --json >info.json
    for key in bytes prepared_bytes state_bytes; do
        test "$(field file.json float.$key)" = "$(field info.json $key)" || fail "$key: $(cat file.json)"
    done
    test "$(field file.json weights)" = file || fail "weights: $(cat file.json)"
    "$PLETH" quantize "$model" narrow.safetensors --net tscan \
        --calibrate "${model%weights.safetensors}x.npy" >log || fail "quantize"
    "$PLETH" bench narrow.safetensors --json >narrow.json || fail "status of bench on int8"
    grep -q '"float":null' narrow.json || fail "bench on int8: $(cat narrow.json)"
    positive narrow.json int8.median_ms
else
    echo "no golden vectors: no model file in this test; set PLETH_SHARED"
    [ $failures -gt 0 ] || exit 77
fi

test $failures -eq 0
