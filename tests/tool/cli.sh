#!/bin/sh
# The command line of all verbs: help, versions, exit status, and what info and bench say.
set -u
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "failed: $*"
    failures=$((failures + 1))
}

"$PLETH" --help >out 2>err || fail "status of --help"
test -s err && fail "--help on standard error"
for verb in measure watch synth evaluate convert run quantize info train distill sweep scaling bench; do
    grep -q "^  $verb " out || fail "--help does not name $verb"
    "$PLETH" $verb --help >help 2>err || fail "status of $verb --help"
    head -n 1 help | grep -q "^usage: pleth $verb" || fail "$verb --help: $(head -n 1 help)"
    test -s err && fail "$verb --help on standard error: $(cat err)"
    "$PLETH" $verb --no-such-option >out2 2>err
    test $? -eq 2 || fail "status of $verb --no-such-option"
    test -s out2 && fail "$verb --no-such-option on standard output"
    test "$(cat err)" = "pleth $verb: unknown option --no-such-option; see pleth $verb --help" ||
        fail "$verb --no-such-option: $(cat err)"
    for wrong in -xh --help=1 "--no$(printf 'such\noption')" --json=1; do
        "$PLETH" $verb "$wrong" >out2 2>err
        test $? -eq 2 || fail "status of $verb $wrong"
        test "$(wc -l <err)" -eq 1 || fail "$verb $wrong in more than one line: $(cat err)"
        grep -q "^pleth $verb: .*; see pleth $verb --help\$" err || fail "$verb $wrong: $(cat err)"
    done
    "$PLETH" $verb -h | cmp -s - help || fail "$verb -h"
done

version=$(awk '/#define PLETH_VERSION_(MAJOR|MINOR|PATCH) [0-9]/ { v = v dot $3; dot = "." }
    END { print v }' "$SRC/include/pleth/pleth.h")
test "$("$PLETH" --version)" = "pleth $version" || fail "--version: $("$PLETH" --version)"

"$PLETH" >out 2>err
test $? -eq 2 || fail "status without a verb"
grep -q '^usage' err || fail "no usage without a verb"
"$PLETH" divine >out 2>err
test $? -eq 2 || fail "status of an unknown verb"
grep -q 'divine' err || fail "unknown verb: $(cat err)"

"$PLETH" info >out || fail "status of info"
grep -q "^pleth $version\$" out || fail "info: no version"
grep -q 'pos chrom green lgi pbv omit ica' out || fail "info: no methods"
"$PLETH" info --json >out || fail "status of info --json"
grep -q "^{\"version\":\"$version\",.*\"stream_bytes\":[1-9][0-9]*}\$" out || fail "info: $(cat out)"
printf 'r,g,b\n3,2,1\n5,2,1\n4,2,1\n' >trace.csv
"$PLETH" info trace.csv --rate-hz 2 --json >out || fail "status of info on a trace"
grep -q '"samples":3,"rate_hz":2,"duration_s":1,"mean_rgb":\[4,2,1\]}$' out || fail "info: $(cat out)"
"$PLETH" info absent.csv >out 2>err
test $? -eq 1 || fail "status of info on nothing"
for verb in measure watch synth evaluate info; do
    "$PLETH" $verb x --rate-hz >out 2>err
    test $? -eq 2 || fail "status of $verb without the value of --rate-hz"
    test "$(cat err)" = "pleth $verb: a value is missing after --rate-hz; see pleth $verb --help" ||
        fail "$verb without the value of --rate-hz: $(cat err)"
    "$PLETH" $verb x --rate-hz fast >out 2>err
    test $? -eq 2 || fail "status of $verb --rate-hz fast"
    grep -q "^pleth $verb: .*fast.*; see pleth $verb --help\$" err || fail "$verb: $(cat err)"
    test "$(wc -l <err)" -eq 1 || fail "$verb --rate-hz fast in more than one line: $(cat err)"
done
"$PLETH" info one two >out 2>err
test $? -eq 2 || fail "status of info on two files"
"$PLETH" info trace.csv --rate-hz none >out 2>err
test $? -eq 2 || fail "status of info with a bad rate"

"$PLETH" bench one two >out 2>err
test $? -eq 2 || fail "status of bench on two files"
"$PLETH" bench - >out 2>err
test $? -eq 2 || fail "status of bench on a pipe"
"$PLETH" bench absent.mp4 >out 2>err
test $? -eq 1 || fail "status of bench on nothing"
PLETH_CPU=abacus "$PLETH" bench absent.mp4 >out 2>err
test $? -eq 2 || fail "status of bench with a bad PLETH_CPU"

case $("$PLETH" info) in
*FFmpeg*)
    # two seconds of grey, 32 x 32
    {
        echo 'YUV4MPEG2 W32 H32 F30:1 C420jpeg'
        i=0
        while [ $i -lt 60 ]; do
            echo FRAME
            head -c 1536 /dev/zero | tr '\0' '\200'
            i=$((i + 1))
        done
    } >grey.y4m
    "$PLETH" info grey.y4m >out || fail "status of info on a video"
    grep -q 'grey.y4m: rawvideo, 32 x 32, 30 Hz, 2.00 s' out || fail "info: $(cat out)"
    PLETH_CPU=c "$PLETH" bench grey.y4m --json >out || fail "status of bench"
    grep -q '"kernels":"c",.*"frames":60,"length_s":2,.*"peak_kb":[1-9][0-9]*}$' out ||
        fail "bench: $(cat out)"
    grep -qi 'nan\|inf' out && fail "bench: $(cat out)"
    "$PLETH" bench grey.y4m | grep -q 'frames/s' || fail "bench without figures"
    ;;
*)
    echo "without FFmpeg: no videos in this test"
    ;;
esac

test $failures -eq 0
