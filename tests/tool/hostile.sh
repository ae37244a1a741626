#!/bin/sh
# What is no video, half a video or a video of nothing; full disks and killed runs: one line that
# says why and status 1, or what there is to measure and status 0; never half a file under a final
# name.
# shellcheck disable=SC2086 # $measure is a command with its option
set -u
case $("$PLETH" info) in
*FFmpeg*) ;;
*)
    echo "skipped: a build without FFmpeg reads no videos"
    exit 77
    ;;
esac
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "failed: $*"
    failures=$((failures + 1))
}

# refused WHAT WORD COMMAND...: status 1, one line with WORD on standard error, nothing else
refused()
{
    what=$1 word=$2
    shift 2
    timeout 60 "$@" >out 2>err
    status=$?
    test $status -eq 1 || fail "$what: status $status: $(tail -n 3 err)"
    test "$(wc -l <err)" -eq 1 || fail "$what: not one line: $(cat err)"
    grep -q -e "$word" err || fail "$what: no word of $word: $(cat err)"
    test -s out && fail "$what: wrote to standard output: $(head -n 3 out)"
}

# measured WHAT COMMAND...: status 0 and a summary in JSON
measured()
{
    what=$1
    shift
    timeout 60 "$@" >out 2>err
    status=$?
    test $status -eq 0 || fail "$what: status $status: $(tail -n 3 err)"
    tail -n 1 out | grep -q '^{"summary":{' || fail "$what: no summary: $(tail -n 1 out)"
}

no_pulse()
{
    tail -n 1 out | grep -q '"heart_rate":null' || fail "$what: a pulse: $(tail -n 1 out)"
}

# the length that the summary tells is within A..B seconds
length_within()
{
    length=$(tail -n 1 out | sed -n 's/.*"duration_s":\([0-9.]*\).*/\1/p')
    echo "${length:--1} $1 $2" | awk '{ exit !($1 >= $2 && $1 <= $3) }' ||
        fail "$what: $length s, not $1..$2"
}

warned()
{
    test "$(wc -l <err)" -eq 1 || fail "$what: not one line of warning: $(cat err)"
}

measure="$PLETH measure --json"

# ---- no videos ------------------------------------------------------------------------------

mkdir folder.mp4
: >empty.mp4
: >empty.csv
echo 'This is no video.' >text.mp4
echo 'This is no table.' >text.csv
head -c 20000 "$PLETH" >program.mp4
ln -s loop.mp4 loop.mp4
refused "a missing file" missing.mp4 $measure missing.mp4
refused "a missing trace" missing.csv $measure missing.csv
refused "a folder" folder.mp4 $measure folder.mp4
refused "an empty file" empty.mp4 $measure empty.mp4
refused "an empty trace" empty.csv $measure empty.csv
refused "a text" text.mp4 $measure text.mp4
refused "a text as a trace" text.csv $measure text.csv
refused "a program" program.mp4 $measure program.mp4
refused "a loop of links" loop.mp4 $measure loop.mp4
refused "nothing on a pipe" 'standard input' $measure - </dev/null
refused "a text on a pipe" 'standard input' $measure - <text.mp4
export PLETH
# shellcheck disable=SC2016 # for the inner shell
refused "no standard input" 'standard input' sh -c 'exec "$PLETH" measure --json - <&-'

refused "a URL" network $measure http://127.0.0.1:9/face.mp4

# ---- odd videos -----------------------------------------------------------------------------

# y4m HEADER BYTES FRAMES
y4m()
{
    printf 'YUV4MPEG2 %s\n' "$1"
    n=0
    while [ $n -lt "$3" ]; do
        echo FRAME
        head -c "$2" /dev/zero | tr '\0' '\200'
        n=$((n + 1))
    done
}

y4m 'W1 H1 F30:1 C420jpeg' 3 90 >pixel.y4m
y4m 'W32 H32 F30:1 C420jpeg' 1536 90 >grey.y4m
y4m 'W32 H32 F30:1 C420jpeg' 1536 0 >header.y4m
y4m 'W0 H0 F30:1 C420jpeg' 1 1 >nothing.y4m
y4m 'W99999 H99999 F30:1 C420jpeg' 10 1 >huge.y4m
for how in file pipe; do
    if [ $how = file ]; then
        on() { $measure --roi all "$1"; }
    else
        on() { $measure --roi all - <"$1"; }
    fi
    what="one pixel, $how"
    on pixel.y4m >out 2>err || fail "$what: status"
    no_pulse
    length_within 2.9 3.1
    for input in header nothing huge; do
        on $input.y4m >out 2>err
        test $? -eq 1 || fail "$input.y4m, $how: status"
        test "$(wc -l <err)" -eq 1 || fail "$input.y4m, $how: not one line: $(cat err)"
    done
    head -c 100000 grey.y4m >cut.y4m
    what="a cut y4m, $how"
    on cut.y4m >out 2>err || fail "$what: status"
    no_pulse
    length_within 1.9 2.3
done
refused "a region outside the picture" 500,500,20,20 $measure --roi 500,500,20,20 grey.y4m
measured "a face in a grey picture" $measure grey.y4m
no_pulse

# ---- odd traces -----------------------------------------------------------------------------

printf 'time_s,r,g,b\n0,100,90,80\n' >one.csv
printf 'time_s,r,g,b\n3,100,90,80\n2,100,90,80\n1,100,90,80\n0,100,90,80\n' >backwards.csv
printf 'time_s,r,g,b\n0,nan,90,80\n0.03,inf,90,80\n0.06,-1,90,80\n' >no-colour.csv
printf 'r,g,b\n1,2,3\n' >no-time.csv
printf 'abc' >short.bin
awk 'BEGIN { print "time_s,r,g,b"; for (i = 0; i < 900; i++) print i / 30 ",1e29,1e-37,1" }' \
    >wild.csv
measured "a trace of one row" $measure one.csv
no_pulse
measured "a trace whose time runs back" $measure backwards.csv
no_pulse
measured "a trace of wild values" $measure wild.csv
no_pulse
refused "a trace without a colour" no-colour.csv $measure no-colour.csv
refused "a trace without time" rate-hz $measure no-time.csv
refused "a trace without a rate" rate-hz $measure short.bin
refused "a trace of three bytes" short.bin $measure --rate-hz 30 short.bin

# ---- cut and damaged videos -----------------------------------------------------------------

# bytes FILE: its size
bytes()
{
    wc -c <"$1"
}

if ! "$PLETH" synth face.mkv --duration-s 8 --size 160x120 >log 2>&1; then
    fail "synth: $(cat log)"
fi
if [ -s face.mkv ]; then
    half=$(($(bytes face.mkv) / 2))
    dd if=face.mkv of=half.mkv bs=1 count=$half 2>log
    measured "half a video" $measure half.mkv
    warned
    length_within 2 6
    cp face.mkv damaged.mkv
    head -c 300 /dev/zero | dd of=damaged.mkv bs=1 seek=$half conv=notrunc 2>log
    measured "a damaged video" $measure damaged.mkv
    dd if=face.mkv of=head.mkv bs=1 count=300 2>log
    refused "the head of a video" head.mkv $measure head.mkv
fi
if command -v ffmpeg >log && [ -s face.mkv ] &&
    ffmpeg -v error -i face.mkv -c copy -movflags +faststart face.mp4 2>log; then
    half=$(($(bytes face.mp4) / 2))
    dd if=face.mp4 of=half.mp4 bs=1 count=$half 2>log
    measured "half an mp4" $measure half.mp4
    warned
    length_within 2 6
    ffmpeg -v error -i face.mkv -c copy last.mp4 2>log
    dd if=last.mp4 of=no-index.mp4 bs=1 count=$half 2>log
    refused "an mp4 without its index" no-index.mp4 $measure no-index.mp4
else
    echo "without ffmpeg(1) no mp4 was cut"
fi

# ---- full disks -----------------------------------------------------------------------------

# Files beyond 4 kB fail as on a full disk; the signal that would say so is ignored.
small_disk()
{
    (
        trap '' XFSZ
        ulimit -f 8
        exec "$@"
    )
}

# nothing new may be left in the folder `disk`
full()
{
    what=$1
    shift
    rm -rf disk
    mkdir disk
    small_disk timeout 60 "$@" >out 2>err
    status=$?
    test $status -eq 1 || fail "$what: status $status: $(cat err)"
    test "$(wc -l <err)" -eq 1 || fail "$what: not one line: $(cat err)"
    test -z "$(ls -A disk)" || fail "$what: left $(ls -A disk)"
}

if [ -s face.mkv ]; then
    # standard error is a file too, and the limit is per file
    full "synth on a full disk" "$PLETH" synth disk/face.mkv --duration-s 8 --size 160x120
    full "a trace on a full disk" "$PLETH" synth disk/face.csv --duration-s 30
    full "samples on a full disk" "$PLETH" synth --ppg disk/wrist.json --duration-s 600
    full "a waveform on a full disk" $measure face.mkv --waveform disk/wave.csv
    if "$PLETH" measure face.mkv --plot plot.svg >log 2>&1; then
        full "a plot on a full disk" $measure face.mkv --plot disk/plot.svg
    fi
    if [ -w /dev/full ]; then
        $measure face.mkv >/dev/full 2>err
        test $? -eq 1 || fail "a full standard output: status"
        test "$(wc -l <err)" -eq 1 || fail "a full standard output: not one line: $(cat err)"
    fi
fi

# ---- killed runs ----------------------------------------------------------------------------

# killed SIGNAL FINAL COMMAND...: is killed once it has begun to write in the folder `disk`
killed()
{
    signal=$1 final=$2
    shift 2
    rm -rf disk
    mkdir disk
    "$@" >out 2>err &
    pid=$!
    n=0
    while [ -z "$(ls -A disk)" ] && [ $n -lt 300 ] && kill -0 $pid 2>log; do
        sleep 0.1
        n=$((n + 1))
    done
    kill -s "$signal" $pid 2>log || fail "$signal, $final: it had ended: $(cat err)"
    wait $pid 2>log
    test ! -e "disk/$final" || fail "$signal, $final: half a file is left"
    test "$signal" = KILL || test -z "$(ls -A disk)" || fail "$signal, $final: left $(ls -A disk)"
}

for signal in KILL TERM; do
    killed $signal face.mkv "$PLETH" synth disk/face.mkv --duration-s 3000
    killed $signal face.csv "$PLETH" synth disk/face.csv --duration-s 3000
    killed $signal wrist.csv "$PLETH" synth --ppg disk/wrist.csv --duration-s 86400 --rate-hz 200
done

test $failures -eq 0 && echo "all as it should be"
exit $((failures != 0))
