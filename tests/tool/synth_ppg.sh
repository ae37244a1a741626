#!/bin/sh
# pleth synth --ppg as a command: samples, truth and beats that belong together, both formats, the
# same bytes for the same seed, one line and the right status for what can not be.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
status=0
fail()
{
    echo "synth --ppg: $*"
    status=1
}

moves="--heart-rate-per-min 60/90 --cadence-per-min 0:0,10:0,10:110 --duration-s 20"
# shellcheck disable=SC2086
{
    "$PLETH" synth a.csv --ppg $moves >a.out
    "$PLETH" synth --ppg b.csv $moves --json >b.out
    "$PLETH" synth --ppg c.csv $moves --seed 2 >c.out
    "$PLETH" synth --ppg - $moves >piped.csv 2>piped.out
}
cmp -s a.csv b.csv && cmp -s a.truth.csv b.truth.csv && cmp -s a.beats.csv b.beats.csv ||
    fail "one seed, two recordings"
cmp -s a.csv piped.csv || fail "a pipe differs from a file"
cmp -s a.csv c.csv && fail "two seeds, one recording"
[ "$(wc -l <a.out)" -eq 1 ] || fail "more than one line about a recording"
[ "$(head -n 1 a.csv)" = "time_s,ppg_green,acc_x,acc_y,acc_z" ] || fail "columns of a recording"
[ "$(wc -l <a.csv)" -eq 1001 ] || fail "length of a recording"
grep -v '^#' a.truth.csv | head -n 1 |
    grep -qx 'time_s,heart_rate,breathing_rate,pulse,breathing,cadence,motion,on_wrist' ||
    fail "columns of a truth"
cut -d, -f1 a.csv >times
grep -v '^#' a.truth.csv | cut -d, -f1 | cmp -s times - || fail "times of recording and truth"
# 10 s at 60 and 10 s at 90 /min; steps from the tenth second on
grep -v '^#' a.truth.csv | awk -F, '
    NR > 1 { n++; rate += $2; if (($6 > 0) != ($1 > 10.001) && $1 != 10) bad = 1 }
    END { mean = rate / n; exit !(n == 1000 && !bad && mean > 72 && mean < 78) }' ||
    fail "truth of a step from 60 to 90 /min"
awk 'NR > 1 { n++; if ($1 <= last) bad = 1; last = $1 } END { exit !(n >= 23 && n <= 27 && !bad) }' \
    a.beats.csv || fail "beats of a step from 60 to 90 /min"
grep -q '^{"out":"b.csv","samples":1000,"beats":2[3-7],"heart_rate":7[2-8].*"heart_rate_per_min":"0:60,10:60,10:90"' b.out ||
    fail "--json: $(cat b.out)"

# the parameters in a truth, put on a command line, give the same recording
"$PLETH" synth --ppg d.csv --draw --seed 12 --duration-s 30 --channels green,red,infrared >d.out
[ "$(head -n 1 d.csv)" = "time_s,ppg_green,ppg_red,ppg_infrared,acc_x,acc_y,acc_z" ] ||
    fail "columns of three channels"
"$PLETH" synth --ppg e.csv --draw --seed 12 --duration-s 30 --level 0.123 --gaps 10:5 >e.out
grep -q '^# seed=12 .* level=0.123 .* gaps=10:5 ' e.truth.csv || fail "--draw with options given"
awk -F, 'NR > 1 && $1 >= 10 && $1 < 15 { exit 1 }' e.csv || fail "samples in a gap"
given=$(head -n 1 d.truth.csv | awk '{
    for (i = 2; i <= NF; i++) {
        key = value = $i
        sub(/=.*/, "", key)
        sub(/[^=]*=/, "", value)
        gsub(/_/, "-", key)
        if (key == "inverted")
            flags = value == 1 ? "--inverted" : ""
        else if (value != "")
            print "--" key " " value
    }
    print flags
}')
# shellcheck disable=SC2086
"$PLETH" synth --ppg again.csv $given >again.out
# parameters have nine digits
[ "$(wc -l <d.csv)" -gt 1000 ] && [ "$(wc -l <d.csv)" -eq "$(wc -l <again.csv)" ] &&
    awk -F, 'NR == FNR { light[FNR] = $2; next }
             FNR > 1 && ($2 - light[FNR]) ^ 2 > 1 { exit 1 }' d.csv again.csv ||
    fail "a truth's parameters make another recording"

# the neutral format: the same numbers as float32
# shellcheck disable=SC2086
"$PLETH" synth --ppg n.json $moves >n.out
[ "$(wc -c <n.bin)" -eq $((1000 * 4 * 4)) ] || fail "size of n.bin"
cmp -s a.truth.csv n.truth.csv && cmp -s a.beats.csv n.beats.csv || fail "truth beside n.json"
grep -q '"n_samples": 1000,' n.json && grep -q '"fs_hz": 50,' n.json &&
    grep -q '"channels": \["ppg_green", "acc_x", "acc_y", "acc_z"\]' n.json || fail "header n.json"
od -An -v -tf4 -w16 n.bin | awk 'NR == FNR { for (i = 1; i <= 4; i++) v[NR, i] = $i; next }
    FNR > 1 { split($0, c, ","); for (i = 1; i <= 4; i++) if ((v[FNR - 1, i] - c[i + 1]) ^ 2 > 1e-9) exit 1 }' \
    - a.csv || fail "n.bin differs from a.csv"
# with times where they are uneven
"$PLETH" synth --ppg u.json --duration-s 20 --drop-percent 20 >u.out
grep -q '"channels": \["t_ms", "ppg_green",' u.json || fail "times of uneven samples"
rows=$(sed -n 's/.*"n_samples": \([0-9]*\),/\1/p' u.json)
[ "$rows" -gt 700 ] && [ "$rows" -lt 900 ] && [ "$(wc -c <u.bin)" -eq $((rows * 5 * 4)) ] ||
    fail "$rows uneven samples"

# labels of windows instead of the truth: its mean over each 8 s, none where a part is off the wrist
worn="--heart-rate-per-min 60..120 --duration-s 61 --off-wrist 30:3 --gaps 50:2"
# shellcheck disable=SC2086
{
    "$PLETH" synth --ppg t.json $worn >t.out
    "$PLETH" synth --ppg l.json $worn --labels >l.out
}
cmp -s t.bin l.bin || fail "other samples with labels"
[ ! -e l.truth.csv ] && [ ! -e l.beats.csv ] || fail "a truth beside labels"
[ "$(head -n 1 l_ref.csv)" = t_start_s,bpm_ref ] || fail "columns of labels"
grep -v '^#' t.truth.csv | awk -F, 'FNR == NR { time[NR] = $1; rate[NR] = $2; n = NR; next }
    FNR > 1 { k++; sum = m = 0
        for (i = 2; i <= n; i++) if (time[i] >= $1 && time[i] < $1 + 8) { sum += rate[i]; m++ }
        if ((sum / m - $2) ^ 2 > 1e-4 || ($1 > 22 && $1 < 33)) exit 1 }
    # 0, 2, ..., 52 without 24, 26, ..., 32
    END { exit k != 22 }' - l_ref.csv || fail "labels: $(cat l_ref.csv)"
"$PLETH" synth --ppg l.json --duration-s 21 --pulse-percent 0 --labels >l.out
[ "$(cat l_ref.csv)" = "$(printf 't_start_s,bpm_ref\n0,0\n2,0\n4,0\n6,0\n8,0\n10,0\n12,0')" ] ||
    fail "labels without a pulse: $(cat l_ref.csv)"

# people to learn from: a data set, the same twice
"$SRC/bench/people.sh" crowd 2
"$SRC/bench/people.sh" again 2
diff -r crowd again || fail "people of one number differ"
[ "$(ls crowd)" = "$(for i in 1 2; do
    printf 'person3000%d.bin\nperson3000%d.json\nperson3000%d_ref.csv\n' $i $i $i
done)" ] || fail "people: $(ls crowd)"
awk -F, 'FNR > 1 && $2 > 0 { n++; if ($2 < 25 || $2 > 215) wrong = 1 }
    END { exit wrong || n <= 100 }' crowd/*_ref.csv ||
    fail "rates of people: $(head -n 2 crowd/*_ref.csv)"
rm -r crowd again

# no pulse, nobody there: the truth says so
"$PLETH" synth --ppg z.csv --duration-s 5 --pulse-percent 0 >z.out
grep -v '^#' z.truth.csv | awk -F, 'NR > 1 && ($2 != 0 || $4 != 0) { exit 1 }' || fail "a pulse of 0 %"
grep -q 'no pulse' z.out && [ "$(cat z.beats.csv)" = time_s ] || fail "what is said about no pulse"
"$PLETH" synth --ppg z.csv --duration-s 5 --off-wrist 1:2 >z.out
[ "$(grep -v '^#' z.truth.csv | grep -c ',0$')" -eq 100 ] || fail "2 s off the wrist"

"$PLETH" synth --help | grep -q -e '--ppg' || fail "synth --help is silent about --ppg"

mkdir none
# refused WANTED-STATUS ARGUMENTS: one line, nothing written
refused()
{
    wanted=$1
    shift
    code=0
    (cd none && "$PLETH" synth --ppg "$@") >out 2>err || code=$?
    [ "$code" -eq "$wanted" ] || fail "status $code for: $*"
    [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ] || fail "not one line for: $*"
}
refused 2
refused 2 x.csv y.csv
refused 2 x.mp4
refused 2 x
refused 2 x.csv --no-such-option
refused 2 x.csv --melanin-percent 5
refused 2 x.csv --rate-hz 10
refused 2 x.csv --rate-hz inf
refused 2 x.csv --duration-s 1e9
refused 2 x.csv --heart-rate-per-min 20
refused 2 x.csv --heart-rate-per-min 10:60,5:70
refused 2 x.csv --cadence-per-min 10
refused 2 x.csv --cadence-per-min fast
refused 2 x.csv --channels blue
refused 2 x.csv --channels green,green
refused 2 x.csv --channels green,
refused 2 x.csv --gaps 5
refused 2 x.csv --gaps 5:0
refused 2 x.csv --gaps 5:1,
refused 2 x.csv --off-wrist=-1:4
refused 2 x.csv --adc-bits 7
refused 2 x.csv --adc-bits 12.5
refused 2 x.csv --ratio nan
refused 2 x.csv --seed -1
refused 2 x.csv --labels
refused 2 - --labels
refused 2 x.json --duration-s 4000 --jitter-ms 1
refused 1 no/such/folder/x.csv
refused 1 no/such/folder/x.json
mkdir none/x.bin
refused 1 x.json
rmdir none/x.bin
[ -z "$(ls none)" ] || fail "left behind: $(ls none)"
exit $status
