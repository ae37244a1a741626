#!/bin/sh
# pleth measure from outside: traces and pipes of known content, its outputs, its failures.
set -u
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "failed: $*"
    failures=$((failures + 1))
}

# value LINE KEY: the value of a vital in a JSON line, empty if it is null
value()
{
    echo "$1" | sed -n "s/.*\"$2\":{\"value\":\([0-9.]*\),.*/\1/p"
}

# within VALUE LOW HIGH
within()
{
    awk -v v="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(v != "" && v >= lo && v <= hi) }'
}

# json FILE: JSON Lines as far as a shell can tell, and nothing that is no number
json()
{
    grep -vE '^\{.*\}$' "$1" && fail "$1: lines that are no objects"
    grep -iE '[:,[](-?nan|-?inf)' "$1" && fail "$1: not a number"
    tail -n 1 "$1" | grep -q '^{"summary":{"duration_s":' || fail "$1: no summary at its end"
    test "$(grep -c '"summary"' "$1")" -eq 1 || fail "$1: more than one summary"
}

# trace RATE AMPLITUDE SECONDS: colours of skin at 30 Hz; awk's own noise, the same each time
trace()
{
    awk -v hz="$1" -v a="$2" -v n="$3" 'BEGIN {
        seed = 1
        print "time_s,r,g,b"
        for (i = 0; i < 30 * n; i++) {
            for (c = 0; c < 3; c++) {
                noise[c] = -6
                for (k = 0; k < 12; k++) {
                    seed = (seed * 16807) % 2147483647
                    noise[c] += seed / 2147483647
                }
            }
            p = a * sin(2 * 3.141592653589793 * hz / 60 * i / 30)
            printf "%.6f,%.5f,%.5f,%.5f\n", i / 30, 160 * (1 + 0.33 * p) + 0.05 * noise[0],
                110 * (1 + 0.77 * p) + 0.05 * noise[1], 90 * (1 + 0.53 * p) + 0.05 * noise[2]
        }
    }'
}

# ---- a pulse that is there, and one that is not

trace 72 0.01 30 >pulse.csv
"$PLETH" measure pulse.csv --json >out 2>err || fail "status: $(cat err)"
test -s err && fail "diagnostics: $(cat err)"
json out
summary=$(tail -n 1 out)
within "$(value "$summary" heart_rate)" 71 73 || fail "72 /min: $summary"
echo "$summary" | grep -q '"oxygen_saturation":null' || fail "oxygen: $summary"
echo "$summary" | grep -q '"oxygen_saturation":\["not_measurable_here"\]' || fail "reason: $summary"
echo "$summary" | grep -q '"duration_s":30,' || fail "duration: $summary"
grep -q '"face":null' out || fail "a trace has no face"
awk -F '[:,]' '/^{"time_s"/ { if ($2 <= last) exit 1; last = $2 }' out || fail "times do not increase"
head -n 1 out | grep -q '"heart_rate":null.*"warming_up"' || fail "first reading: $(head -n 1 out)"
cp out first
"$PLETH" measure pulse.csv --json >out || fail "status of the second run"
cmp out first || fail "two runs differ"

for method in pos chrom green lgi pbv omit ica; do
    "$PLETH" measure pulse.csv --json --method $method >out || fail "status with $method"
    within "$(value "$(tail -n 1 out)" heart_rate)" 70 74 || fail "$method: $(tail -n 1 out)"
done

trace 72 0 30 >noise.csv
"$PLETH" measure noise.csv --json --best-guess >out || fail "status of noise"
json out
tail -n 1 out | grep -q '"heart_rate":null' || fail "noise has a pulse: $(tail -n 1 out)"
tail -n 1 out | grep -q '"reasons":{"heart_rate":\["' || fail "no reason: $(tail -n 1 out)"
test "$(grep -c '"guess":{"heart_rate":' out)" -eq "$(wc -l <out)" || fail "guesses are missing"

trace 72 0.01 2 >short.csv
"$PLETH" measure short.csv --json >out || fail "status of a short trace"
json out
tail -n 1 out | grep -q '"heart_rate":\["too_short"\]' || fail "short: $(tail -n 1 out)"

# ---- options

"$PLETH" measure pulse.csv --json --from-s 10 --to-s 22 >out || fail "status of a part"
tail -n 1 out | grep -q '"duration_s":12,' || fail "part: $(tail -n 1 out)"
head -n 1 out | grep -q '^{"time_s":11,' || fail "part: $(head -n 1 out)"
grep -q '^{"time_s":20,"window_s":\[10,20\]' out || fail "part: no window from its start"
"$PLETH" measure pulse.csv --json --every-s 5 >out || fail "status of --every-s"
test "$(grep -c '^{"time_s"' out)" -le 7 || fail "--every-s 5: $(wc -l <out) lines"
cut -d , -f 2-4 pulse.csv >bare.csv
"$PLETH" measure bare.csv --json --rate-hz 30 >out || fail "status of --rate-hz"
within "$(value "$(tail -n 1 out)" heart_rate)" 71 73 || fail "--rate-hz: $(tail -n 1 out)"
"$PLETH" measure bare.csv --rate-hz 60 --range 100,200 --json >out || fail "status of --range"
within "$(value "$(tail -n 1 out)" heart_rate)" 142 146 || fail "--range: $(tail -n 1 out)"
PLETH_CPU=c "$PLETH" measure pulse.csv --json >out || fail "status with PLETH_CPU=c"
within "$(value "$(tail -n 1 out)" heart_rate)" 71 73 || fail "PLETH_CPU=c: $(tail -n 1 out)"

"$PLETH" measure pulse.csv --out text --waveform wave.csv >out || fail "status of --waveform"
test -s out && fail "--out and something on standard output"
grep -q 'Pulse  *7[123]\.[0-9] ' text || fail "text: $(cat text)"
grep -q 'Not a medical device' text || fail "text: no word of what it is not"
head -n 1 wave.csv | grep -qx 'time_s,pulse,breathing' || fail "wave: $(head -n 1 wave.csv)"
"$PLETH" measure pulse.csv --out text --waveform - >out || fail "status of --waveform -"
cmp out wave.csv || fail "the wave on standard output differs"
test "$(wc -l <wave.csv)" -gt 800 || fail "wave: $(wc -l <wave.csv) lines"
"$PLETH" measure pulse.csv --out text --waveform wave.hea >out || fail "status of --waveform .hea"
samples=$(($(wc -l <wave.csv) - 1))
grep -qx "wave 2 30 $samples" wave.hea || fail "WFDB: $(head -n 1 wave.hea)"
grep -q '^wave\.dat 16 .* pulse$' wave.hea || fail "WFDB: $(cat wave.hea)"
test "$(wc -c <wave.dat)" -eq $((4 * samples)) || fail "WFDB: $(wc -c <wave.dat) bytes"
if "$PLETH" measure pulse.csv --out text --waveform wave.edf 2>err; then
    head -c 8 wave.edf | grep -qx '0       ' || fail "the EDF is none"
else
    grep -q 'without EDF' err || fail "EDF: $(cat err)"
fi
for file in *.part*; do
    test -e "$file" && fail "left behind: $file"
done
if "$PLETH" measure pulse.csv --out text --plot plot.svg 2>err; then
    grep -q '<svg' plot.svg || fail "the plot is none"
else
    grep -q 'without cairo' err || fail "plot: $(cat err)"
fi

# ---- what can not be done: one line, and the status that says so

# refuse STATUS WORD ARGUMENTS
refuse()
{
    wanted=$1
    word=$2
    shift 2
    "$PLETH" measure "$@" >out 2>err </dev/null
    status=$?
    test $status -eq "$wanted" || fail "status $status, not $wanted: measure $*"
    grep -q -e "$word" err || fail "measure $*: $(cat err)"
    test "$(wc -l <err)" -le 2 || fail "measure $*: more than one line"
}
refuse 1 'absent.mp4' absent.mp4
refuse 1 'absent.csv' absent.csv
refuse 1 'rate-hz' bare.csv
printf 'time_s,u,v\n0,1,2\n0.1,1,3\n' >other.csv
refuse 1 'r, g and b' other.csv
refuse 1 'nothing in the part' pulse.csv --from-s 1000
refuse 1 'no picture for a box' pulse.csv --roi 0,0,9,9
refuse 1 'cannot write' pulse.csv --out nowhere/out
refuse 2 'no INPUT'
refuse 2 'more than one' pulse.csv pulse.csv
refuse 2 'method' pulse.csv --method magic
refuse 2 'roi' pulse.csv --roi 1,2,3
refuse 2 'is the input' pulse.csv --out ./pulse.csv
refuse 2 'two outputs' pulse.csv --out both --waveform both
refuse 2 'standard output' pulse.csv --waveform -
refuse 2 'leave one out' pulse.mp4 --smooth --annotate seen.mp4
refuse 2 '^pleth measure: --raw is for' pulse.csv --raw rgb24
refuse 2 '^pleth measure: --size is for' pulse.csv --size 64x64
refuse 2 '^pleth measure: --size is for' - --size 64x64
refuse 2 'range' pulse.csv --range 200,100
refuse 2 'range' pulse.csv --range nan,100
refuse 2 'every-s' pulse.csv --every-s 0
refuse 2 'from-s' pulse.csv --from-s -1
refuse 2 'help' pulse.csv --no-such-option
PLETH_CPU=abacus "$PLETH" measure pulse.csv >out 2>err
test $? -eq 2 || fail "status with an unknown PLETH_CPU"
grep -q 'abacus' err || fail "PLETH_CPU: $(cat err)"
echo 'no video' >text.mp4
case $("$PLETH" info) in
*FFmpeg*)
    refuse 1 'text.mp4' text.mp4
    refuse 1 'not y4m' -
    videos=1
    ;;
*)
    refuse 1 'without FFmpeg' text.mp4
    videos=0
    ;;
esac
if [ -c /dev/full ]; then
    "$PLETH" measure pulse.csv --json >/dev/full 2>err
    test $? -eq 1 || fail "status with a full disk"
    grep -q 'disk full\|cannot write' err || fail "full disk: $(cat err)"
fi

# ---- live: readings come while the frames do

if [ $videos = 1 ]; then
    # grey frames of 32 x 32 at 30 Hz; `paced` keeps to that
    header='YUV4MPEG2 W32 H32 F30:1 C420jpeg'
    head -c 1536 /dev/zero | tr '\0' '\200' >pixels
    frames()
    {
        i=0
        while [ $i -lt "$1" ]; do
            echo FRAME
            cat pixels
            i=$((i + 1))
            [ "$2" = 0 ] || sleep "$2"
        done
    }
    # wait_for PATTERN FILE: at most a minute, then it has failed
    wait_for()
    {
        tries=0
        until grep -q -e "$1" "$2" 2>/dev/null; do
            tries=$((tries + 1))
            [ $tries -lt 600 ] || return 1
            sleep 0.1
        done
    }
    mkfifo pipe

    "$PLETH" measure - --json --roi all <pipe >live 2>err &
    pid=$!
    exec 3>pipe
    { echo "$header" && frames 75 0.033; } >&3
    # the pipe stays open: what is asked for here can not come from its end
    wait_for '"time_s":2,' live || fail "no reading while frames come: $(cat live err)"
    grep -q summary live && fail "a summary before the end"
    exec 3>&-
    wait $pid || fail "status of a pipe: $(cat err)"
    json live
    tail -n 1 live | grep -q '"duration_s":2.5,' || fail "pipe: $(tail -n 1 live)"

    # interrupted: what was measured is kept
    "$PLETH" measure - --json --roi all --waveform live.csv --out live.json <pipe 2>err &
    pid=$!
    exec 3>pipe
    { echo "$header" && frames 75 0; } >&3
    wait_for '"time_s":2,' "live.json.part-$(uname -n)-$pid" || fail "no reading in the file being written"
    test -e live.json && fail "a result has its name before it is whole"
    kill -TERM $pid
    wait $pid || fail "status of an interrupted pipe: $(cat err)"
    exec 3>&-
    json live.json
    test -s live.csv || fail "no wave after an interruption"
    rm -f live.json live.csv

    # killed: nothing has a final name
    "$PLETH" measure - --json --roi all --out live.json <pipe 2>err &
    pid=$!
    exec 3>pipe
    { echo "$header" && frames 75 0; } >&3
    wait_for '"time_s":2,' "live.json.part-$(uname -n)-$pid" || fail "no reading in the file being written"
    kill -KILL $pid
    wait $pid 2>/dev/null
    exec 3>&-
    test -e live.json && fail "a killed run left a half result"

    # raw frames say nothing about themselves
    cat pixels pixels pixels >raw
    "$PLETH" measure - --raw gray --size 32x48 --rate-hz 30 --json --roi all <raw >out 2>err ||
        fail "raw: $(cat err)"
    json out
    tail -n 1 out | grep -q '"duration_s":0.1,' || fail "raw: $(tail -n 1 out)"
    refuse 1 'width, height and rate' - --raw gray
    refuse 1 'pixel format' - --raw puce --size 32x32 --rate-hz 30
fi

# ---- real recordings, where they are

video=${PLETH_DATA:-${PLETH_SHARED:-$SRC/../shared}/data}/video
if [ $videos = 1 ] && [ -r "$video/face.mp4" ]; then
    "$PLETH" measure "$video/face.mp4" --json --waveform wave.csv >out || fail "status of face.mp4"
    json out
    within "$(value "$(tail -n 1 out)" heart_rate)" 51.5 54.5 || fail "face: $(tail -n 1 out)"
    "$PLETH" measure "$video/still.mp4" --json >out || fail "status of still.mp4"
    tail -n 1 out | grep -q '"heart_rate":null' || fail "still: $(tail -n 1 out)"
    "$PLETH" measure "$video/ubfc_sample/vid.avi" --json >out || fail "status of ubfc_sample"
    tail -n 1 out | grep -q '"heart_rate":\["too_short"' || fail "ubfc: $(tail -n 1 out)"
    head -c 100000 "$video/ubfc_sample/vid.avi" >cut.avi
    "$PLETH" measure cut.avi --json >out 2>err || fail "status of a cut video"
    json out
    grep -q 'cut' err || fail "no warning of a cut video: $(cat err)"
    "$PLETH" measure "$video/face.mp4" --roi 500,500,100,100 >out 2>err
    test $? -eq 1 || fail "status of a box outside"
    grep -q 'within the picture of 528 x 592' err || fail "box: $(cat err)"
else
    echo "without the recordings: measured traces and pipes only"
fi

test $failures -eq 0
