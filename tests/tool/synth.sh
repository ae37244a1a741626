#!/bin/sh
# pleth synth as a command: truth beside the recording, the same bytes for the same seed, one line
# and the right status for what can not be.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
status=0
fail()
{
    echo "synth: $*"
    status=1
}

# traces need no FFmpeg
"$PLETH" synth a.csv --duration-s 20 --heart-rate-per-min 60/90 --jitter-ms 4 >a.out
"$PLETH" synth b.csv --duration-s 20 --heart-rate-per-min 60/90 --jitter-ms 4 --json >b.out
cmp -s a.csv b.csv && cmp -s a.truth.csv b.truth.csv || fail "one seed, two recordings"
"$PLETH" synth c.csv --duration-s 20 --heart-rate-per-min 60/90 --jitter-ms 4 --seed 2 >c.out
cmp -s a.csv c.csv && fail "two seeds, one recording"
[ "$(wc -l <a.out)" -eq 1 ] || fail "more than one line about a trace"
[ "$(head -n 1 a.csv)" = "time_s,r,g,b" ] || fail "columns of a trace"
[ "$(wc -l <a.csv)" -eq 601 ] || fail "length of a trace"
grep -v '^#' a.truth.csv | head -n 1 | grep -qx 'time_s,heart_rate,breathing_rate,pulse,breathing,beat' ||
    fail "columns of a truth"
# the same instants, beats and mean rates that belong together: 10 s at 60 and 10 s at 90 /min
grep -v '^#' a.truth.csv | awk -F, '
    NR > 1 { n++; rate += $2; beats += $6; if ($4 > 1.3 || $4 < -1.3) bad = 1 }
    END { mean = rate / n; exit !(n == 600 && !bad && mean > 72 && mean < 78 && beats >= 23 && beats <= 27) }' ||
    fail "truth of a step from 60 to 90 /min"
cut -d, -f1 a.csv >times
grep -v '^#' a.truth.csv | cut -d, -f1 | cmp -s times - || fail "times of trace and truth"
grep -q '^{"out":"b.csv","truth":"b.truth.csv","frames":600,.*"heart_rate":7[2-8]' b.out ||
    fail "--json of a trace"

# what is drawn can be overridden, and is named
"$PLETH" synth d.csv --draw --seed 9 --melanin-percent 12.5 --duration-s 5 --json >d.out
grep -q '"seed":9,.*"melanin_percent":12.5,' d.out || fail "--draw with an option given"
head -n 1 d.truth.csv | grep -q 'melanin_percent=12.5 ' || fail "parameters in the truth"

# no pulse: the truth says so
for option in --frozen "--pulse-percent 0"; do
    # shellcheck disable=SC2086
    "$PLETH" synth e.csv --duration-s 5 $option >e.out
    grep -v '^#' e.truth.csv | awk -F, 'NR > 1 && ($2 != 0 || $4 != 0 || $6 != 0) { exit 1 }' ||
        fail "a pulse with $option"
    grep -q 'no pulse' e.out || fail "what is said about $option"
done

# wrong command lines: status 2, one line, nothing written
mkdir none
refused()
{
    code=0
    (cd none && "$PLETH" synth "$@") >out 2>err || code=$?
    [ "$code" -eq 2 ] || fail "status $code for: $*"
    [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ] || fail "not one line for: $*"
}
refused
refused x.csv y.csv
refused x.csv --no-such-option
refused x.csv --melanin-percent 90
refused x.csv --melanin-percent nan
refused x.csv --melanin-percent 3%
refused x.csv --heart-rate-per-min fast
refused x.csv --heart-rate-per-min 60,70
refused x.csv --heart-rate-per-min 10:60,5:70
refused x.csv --heart-rate-per-min 600
refused x.csv --motion flying
refused x.csv --size 640
refused x.mp4 --size 641x480
refused x.csv --seed -1
refused x.csv --rate-hz 0
refused x.csv --duration-s
refused x.y4m --drop-percent 5
refused x.mp4 --retime 2
refused x.mp4 --retime 0 y.mp4
refused x.mp4 --inject 70 --retime 2 y.mp4
refused x.mp4 --inject 700 y.mp4
refused x.mp4 --inject 70 y.csv
refused x.mp4 --inject 70 x.mp4
refused x.mp4 --retime 2 x.mkv
refused x.mp4 --inject 70 --draw y.mp4
# options without an effect
refused x.csv --snr-db 3
refused x.csv --roi all
refused --retime 2 --motion talking x.mp4 y.mp4
refused --retime 2 --snr-db 3 x.mp4 y.mp4
refused --inject 70 --light 1 x.mp4 y.mp4
refused --inject 70 --heart-rate-per-min 60 x.mp4 y.mp4

# work that can not be done: status 1, one line
failed()
{
    code=0
    (cd none && "$PLETH" synth "$@") >out 2>err || code=$?
    [ "$code" -eq 1 ] || fail "status $code for: $*"
    [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ] || fail "not one line for: $*"
}
failed no/such/folder/x.csv
failed --retime 2 absent.mp4 y.mp4
failed --inject 70 absent.mp4 y.mp4
[ -z "$(ls none)" ] || fail "left behind: $(ls none)"

if "$PLETH" synth v.y4m --size 160x120 --duration-s 2 >v.out 2>err; then
    "$PLETH" synth w.y4m --size 160x120 --duration-s 2 >w.out
    cmp -s v.y4m w.y4m || fail "one seed, two videos"
    "$PLETH" synth - --size 160x120 --duration-s 2 >w.y4m 2>w.out
    cmp -s v.y4m w.y4m || fail "a pipe differs from a file"
    # header, and a word and 1.5 bytes a pixel for each of 60 frames
    size=$(($(wc -c <v.y4m) - $(head -n 1 v.y4m | wc -c)))
    [ "$size" -eq $((60 * (6 + 160 * 120 * 3 / 2))) ] || fail "$size bytes of frames"
    [ "$(grep -cv '^#' v.truth.csv)" -eq 61 ] || fail "truth of a video"
    for out in m.mp4 j.avi f.mkv; do
        case $out in
        *.avi) codec=mjpeg ;;
        *.mkv) codec=ffv1 ;;
        *) codec=libx264 ;;
        esac
        "$PLETH" synth $out --size 160x120 --duration-s 1 --motion talking --codec $codec >v.out ||
            fail "$codec in $out"
        [ -s $out ] || fail "$out is empty"
    done
    failed y.nonsense --duration-s 1
    failed y.mp4 --codec nonsense --duration-s 1
    failed --inject 70 ../v.y4m --roi 100,100,100,100 y.mp4
    # pictures that change their size on the way
    if command -v ffmpeg >v.out && ffmpeg -v error -i v.y4m -c:v mjpeg -f mjpeg small.mjpeg &&
        ffmpeg -v error -i v.y4m -vf scale=640:480 -c:v mjpeg -f mjpeg large.mjpeg; then
        cat small.mjpeg large.mjpeg >sizes.mjpeg
        failed --retime 2 ../sizes.mjpeg y.mp4
        grep -q 'change their size' err || fail "pictures of two sizes: $(cat err)"
    fi
    [ -z "$(ls none)" ] || fail "left behind: $(ls none)"
else
    grep -q 'without FFmpeg' err || fail "no video: $(cat err)"
fi
exit $status
