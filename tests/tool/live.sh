#!/bin/sh
# A face of known pulse, frame by frame at its own speed through a FIFO, as a camera would give it:
# readings come while the frames do, each about what lies behind it, and the pulse is right.
set -u
case $("$PLETH" info) in
*FFmpeg*) ;;
*)
    echo "skipped: a build without FFmpeg reads no y4m"
    exit 77
    ;;
esac
work=$(mktemp -d) && cd "$work" || exit 1
pid=
trap 'rm -rf "$work"; [ -z "$pid" ] || kill $pid 2>/dev/null' EXIT

fail()
{
    echo "failed: $*"
    cat err
    tail -n 3 live
    exit 1
}

rate=78 frames=420 first=300
"$PLETH" synth face.y4m --size 160x120 --duration-s 14 --heart-rate-per-min $rate --face-percent 80 \
    >log || exit 1
header=$(head -n 1 face.y4m | wc -c)
bytes=$((6 + 160 * 120 * 3 / 2))

# paced N: the next N frames of descriptor 4, 30 a second at most
paced()
{
    n=0
    while [ $n -lt "$1" ]; do
        dd bs=$bytes count=1 <&4 2>/dev/null
        sleep 0.033
        n=$((n + 1))
    done
}

# wait_for PATTERN: at most a minute, then it has failed
wait_for()
{
    n=0
    until grep -q -e "$1" live; do
        n=$((n + 1))
        [ $n -lt 600 ] || return 1
        sleep 0.1
    done
}

: >live
mkfifo pipe
"$PLETH" measure - --json <pipe >>live 2>err &
pid=$!
exec 3>pipe 4<face.y4m
dd bs="$header" count=1 <&4 >&3 2>/dev/null
paced $first >&3
# The pipe stays open and the rest is still here: what is asked for can not come from the end.
wait_for '"time_s":9,' || fail "no reading of second 9 although 10 s have been sent"
grep -q '"summary"' live && fail "a summary before the end"
# nobody can measure frames that were not sent yet
grep '^{"time_s"' live | sed 's/^{"time_s":\([0-9.]*\),.*/\1/' |
    awk '$1 > 10 || $1 <= last { exit 1 } { last = $1 } END { exit NR < 8 }' ||
    fail "not one reading a second"
early=$(grep -c '^{"time_s"' live)
paced $((frames - first)) >&3
exec 3>&-
wait $pid || fail "status"
pid=
echo "$early readings before the last $(((frames - first) / 30)) s were sent, $(grep -c '^{"time_s"' live) in all"
[ "$(grep -c '^{"time_s"' live)" -gt "$early" ] || fail "no reading of what came later"
tail -n 1 live | grep -q '^{"summary":{"duration_s":14,' || fail "summary"
tail -n 1 live | sed -n 's/.*"heart_rate":{"value":\([0-9.]*\),.*/\1/p' |
    awk -v truth=$rate '{ print "pulse", $1 " /min, true " truth; ok = $1 > truth - 2 && $1 < truth + 2 }
        END { exit !ok }' || fail "the pulse is not $rate /min"
