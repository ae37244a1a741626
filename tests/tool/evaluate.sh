#!/bin/sh
# pleth evaluate: published protocols to the printed digit, hand-worked tables, folders, and what it
# says to bad input.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail()
{
    echo "failed: $*"
    exit 1
}

# field FILE PATH: one value of the last line
field()
{
    tail -n 1 "$1" >"$tmp/last"
    # shellcheck disable=SC2016
    echo '{ json($0, v); print v[path] }' >"$tmp/field.awk"
    awk -v "path=$2" -f "$SRC/bench/json.awk" -f "$tmp/field.awk" "$tmp/last"
}

# near FILE PATH TRUTH TOLERANCE
near()
{
    got=$(field "$1" "$2")
    awk -v a="$got" -v b="$3" -v t="$4" \
        'BEGIN { exit !(a != "" && a - b <= t + 0 && b - a <= t + 0) }' ||
        fail "$1: $2 is \"$got\", not $3"
}

# refused STATUS WORDS ARGUMENT...: ends with the status and one line on standard error
refused()
{
    want=$1
    words=$2
    shift 2
    status=0
    "$PLETH" evaluate "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
    [ "$status" = "$want" ] || fail "evaluate $*: status $status, not $want"
    [ "$(wc -l <"$tmp/err")" = 1 ] || fail "evaluate $*: not one line: $(cat "$tmp/err")"
    grep -q -e "$words" "$tmp/err" || fail "evaluate $*: $(cat "$tmp/err")"
}

# ---- The field's protocols, as printed in the table beside the waves
waves=${PLETH_DATA:-${PLETH_SHARED:-$SRC/../shared}/data}/video/ubfc_deepphys
protocol()
{
    mae=$1 mae_se=$2 rmse=$3 rmse_se=$4 mape=$5 pearson=$6 snr=$7 macc=$8 n=$9
    shift 9
    "$PLETH" evaluate waves "$waves" --profile toolbox --json "$@" >"$tmp/p"
    near "$tmp/p" summary.n "$n" 0
    near "$tmp/p" summary.mae.value "$mae" 0.00005
    near "$tmp/p" summary.mae.se "$mae_se" 0.00005
    near "$tmp/p" summary.rmse "$rmse" 0.00005
    near "$tmp/p" summary.rmse_se "$rmse_se" 0.00005
    near "$tmp/p" summary.mape "$mape" 0.00005
    near "$tmp/p" summary.pearson "$pearson" 0.00005
    near "$tmp/p" summary.snr "$snr" 0.0001
    near "$tmp/p" summary.macc "$macc" 0.00005
}
if [ -r "$waves/index.csv" ]; then
    protocol 2.6576 1.6737 11.1677 10.7791 2.6253 0.8314 0.3257 0.8153 42
    protocol 4.9835 1.3391 10.0072 8.0075 5.1486 0.8326 0.3181 0.8153 42 --rates peak
    protocol 1.5775 0.4985 5.6178 4.0525 1.4697 0.9450 1.3853 0.8346 117 --window-s 30
    protocol 1.6633 0.4418 7.5654 4.7272 1.7211 0.9143 1.9392 0.8376 279 --window-s 10
    protocol 0.9835 0.3792 2.6472 1.9040 1.1255 0.9899 0.6379 0.8387 42 --band-hz 0.75,2.5
else
    echo "no published waves here: their protocols are not tested"
fi

# ---- Rates
cat >"$tmp/rates.csv" <<'END'
person,recording,time_s,reference,estimate,answered,quality
anna,a1,10,60,62,1,0.9
anna,a1,20,80,76,1,0.8
bert,b1,10,50,,0,
bert,b2,10,90,96,0,0.4
END
"$PLETH" evaluate rates "$tmp/rates.csv" --json >"$tmp/r"
[ "$(wc -l <"$tmp/r")" = 4 ] || fail "three recordings and a summary"
near "$tmp/r" summary.people 2 0
near "$tmp/r" summary.mae.value 6.75 1e-9
near "$tmp/r" summary.mae_answered 3 1e-9
near "$tmp/r" summary.coverage 0.5 0
near "$tmp/r" summary.missing 0.25 0
near "$tmp/r" summary.risk_coverage.9.1 6.75 1e-9
"$PLETH" evaluate rates "$tmp/rates.csv" >"$tmp/text"
grep -q "mean absolute error  *6.7500" "$tmp/text" || fail "text: $(cat "$tmp/text")"
# as a spreadsheet writes it, with a byte order mark
{ printf '\357\273\277' && cat "$tmp/rates.csv"; } >"$tmp/mark.csv"
"$PLETH" evaluate rates "$tmp/mark.csv" --json | cmp - "$tmp/r" || fail "a byte order mark"
# as one set to German writes it; and tabs
sed 's/,/;/g; s/\./,/g' "$tmp/rates.csv" >"$tmp/semicolons.csv"
"$PLETH" evaluate rates "$tmp/semicolons.csv" --json | cmp - "$tmp/r" || fail "semicolons"
tr , '\t' <"$tmp/rates.csv" >"$tmp/tabs.csv"
"$PLETH" evaluate rates "$tmp/tabs.csv" --json | cmp - "$tmp/r" || fail "tabs"
# the separator in quotes is part of a name
cat >"$tmp/quoted.csv" <<'END'
"person","recording","reference","estimate"
"Smith, Anna","the ""first""",60,62
"Smith, Bert",b1,"70","71"
END
"$PLETH" evaluate rates "$tmp/quoted.csv" --json >"$tmp/q"
near "$tmp/q" summary.people 2 0
near "$tmp/q" summary.mae.value 1.5 1e-9
head -n 1 "$tmp/q" >"$tmp/first"
grep -q '"Smith, Anna"' "$tmp/first" || fail "a quoted name: $(cat "$tmp/first")"
grep -q 'the \\"first\\"' "$tmp/first" || fail "quotes in quotes: $(cat "$tmp/first")"

# how sure: an sd of 2 in every row; and who walks at which cadence
cat >"$tmp/sure.csv" <<'END'
person,recording,time_s,reference,estimate,sd,cadence,activity,light
anna,a1,10,60,61,2,0,rest,lamp
anna,a1,40,80,77,2,0,rest,lamp
bert,b1,10,100,90,2,90,walk,sun
bert,b1,40,100,104,2,,walk,
END
"$PLETH" evaluate rates "$tmp/sure.csv" --json --group activity --groups 77,100 --group person \
    --group light >"$tmp/s"
near "$tmp/s" summary.intervals.n 4 0
near "$tmp/s" summary.intervals.coverage_50 0.25 1e-9
near "$tmp/s" summary.intervals.coverage_90 0.5 1e-9
near "$tmp/s" summary.intervals.width_90 6.579415 1e-5
near "$tmp/s" summary.risk.100 4.5 1e-9
near "$tmp/s" summary.risk.70 4.5 1e-9
[ "$(field "$tmp/s" summary.risk.by)" = sd ] || fail "sure by sd"
near "$tmp/s" summary.cadence_lock.n 1 0
near "$tmp/s" summary.cadence_lock.share 1 0
near "$tmp/s" summary.start_up.first.mae 5.5 1e-9
near "$tmp/s" summary.start_up.rest.mae 3.5 1e-9
# group NAME VALUE KEY TRUTH
group()
{
    grep "\"name\":\"$1\",\"value\":\"$2\"" "$tmp/s" >"$tmp/g" || fail "no group $1 $2"
    near "$tmp/g" "group.$3" "$4" 1e-9
}
group activity rest mae.value 2
group activity walk mae.value 7
group activity walk n 2
group true_rate "<77" n 1
group true_rate 77-100 n 1
group true_rate ">=100" mae.value 7
group person bert people 1
group light lamp n 2
group light sun n 1
[ "$(grep -c '"group":' "$tmp/s")" = 9 ] || fail "groups: $(cat "$tmp/s")"
"$PLETH" evaluate rates "$tmp/sure.csv" --group activity >"$tmp/text"
grep -q "^  walk  *2  *1  *100%  *7.00" "$tmp/text" || fail "groups in words: $(cat "$tmp/text")"

# what was read comes out again
"$PLETH" evaluate rates "$tmp/sure.csv" --json --group activity --group light --groups 77,100 \
    --group person --out-rates "$tmp/again.csv" >"$tmp/s"
"$PLETH" evaluate rates "$tmp/again.csv" --json --group activity --group light --groups 77,100 \
    --group person | cmp - "$tmp/s" || fail "a table that was written does not read the same"

# ---- Two methods on the same windows, by hand: three people's mean errors differ by 1, -3 and 0
cat >"$tmp/a.csv" <<'END'
person,recording,time_s,reference,estimate,answered
anna,a,10,60,62,1
anna,a,20,60,58,1
bert,b,10,80,81,1
carl,c,10,70,70,1
carl,c,20,70,71,0
carl,c,30,70,72,1
carl,c,40,70,99,1
END
# in another order, without carl's last window and with one that the first table lacks
cat >"$tmp/b.csv" <<'END'
reference,estimate,time_s,recording
80,84,10,b
70,68,30,c
70,70,10,c
70,69,20,c
60,61,10,a
60,61,20,a
60,61,90,a
END
"$PLETH" evaluate rates "$tmp/a.csv" "$tmp/b.csv" --json >"$tmp/c"
[ "$(wc -l <"$tmp/c")" = 1 ] || fail "one comparison: $(cat "$tmp/c")"
near "$tmp/c" comparison.n 6 0
near "$tmp/c" comparison.people 3 0
near "$tmp/c" comparison.only_a 1 0
near "$tmp/c" comparison.only_b 1 0
near "$tmp/c" comparison.a.mae.value 1.33333333 1e-8
near "$tmp/c" comparison.b.mae.value 1.5 1e-8
near "$tmp/c" comparison.a.mae_answered 1.4 1e-8
near "$tmp/c" comparison.difference.value -0.166666667 1e-8
near "$tmp/c" comparison.difference.low -3 1e-8
near "$tmp/c" comparison.difference.high 1 1e-8
near "$tmp/c" comparison.people_better.a 1 0
near "$tmp/c" comparison.people_better.b 1 0
near "$tmp/c" comparison.people_better.equal 1 0
near "$tmp/c" comparison.sign_p 1 0
near "$tmp/c" comparison.wilcoxon_p 1 0
near "$tmp/c" comparison.answered_by_both.n 5 0
near "$tmp/c" comparison.answered_by_both.a 1.4 1e-8
near "$tmp/c" comparison.answered_by_both.b 1.6 1e-8
"$PLETH" evaluate rates "$tmp/a.csv" "$tmp/b.csv" >"$tmp/text"
grep -q "1 that only A has, 1 that only B has" "$tmp/text" || fail "words: $(cat "$tmp/text")"
grep -q "1 of 3 with A, 1 with B, 1 equal" "$tmp/text" || fail "words: $(cat "$tmp/text")"
refused 1 "no window in common" rates "$tmp/a.csv" "$tmp/rates.csv"
sed 's/,20,/,10,/' "$tmp/a.csv" >"$tmp/twice.csv"
refused 1 "has two rows at 10 s" rates "$tmp/twice.csv" "$tmp/b.csv"
refused 1 "no time_s" rates "$tmp/quoted.csv" "$tmp/b.csv"
refused 2 "only rates are compared" folder "$tmp" "$tmp"
refused 2 "without --group" rates "$tmp/a.csv" "$tmp/b.csv" --group person

# ---- Waves of one's own: 20 s at 25 Hz, the estimate turned and noisy
awk 'BEGIN { srand(1); print "time_s,prediction,label"; w = 2 * 3.14159265 * 1.25
    for (t = 0; t < 19.99; t += 0.04)
        printf "%.4f,%.6f,%.6f\n", t, 0.3 * rand() - sin(w * t + 1), sin(w * t) }' \
    >"$tmp/waves.csv"
"$PLETH" evaluate waves "$tmp/waves.csv" --json >"$tmp/w"
near "$tmp/w" summary.mae.value 0 0.2
near "$tmp/w" summary.macc 1 0.05
"$PLETH" evaluate waves "$tmp/waves.csv" --window-s 6 --json >"$tmp/w"
near "$tmp/w" summary.n 3 0
"$PLETH" evaluate waves "$tmp/waves.csv" --window-s 6 --profile toolbox --json >"$tmp/w"
near "$tmp/w" summary.n 4 0

# ---- A folder: traces of two people, pulse 66 and 84 /min, and one of a picture
# trace NAME RATE: 30 s at 30 Hz
trace()
{
    mkdir -p "$(dirname "$tmp/set/$1")"
    awk -v bpm="$2" 'BEGIN { srand(bpm + 1); print "time_s,r,g,b"; for (i = 0; i < 900; i++) { t = i / 30
        p = bpm ? 0.01 * sin(2 * 3.14159265 * bpm / 60 * t) : 0
        printf "%.4f,%.4f,%.4f,%.4f\n", t, 180 * (1 + 0.33 * p) + 0.1 * rand(),
            130 * (1 + 0.77 * p) + 0.1 * rand(), 105 * (1 + 0.53 * p) + 0.1 * rand() } }' \
        >"$tmp/set/$1.csv"
    awk -v bpm="$2" 'BEGIN { print "time_s,heart_rate,pulse"; for (i = 0; i <= 600; i++) { t = i / 20
        print t "," bpm "," sin(2 * 3.14159265 * bpm / 60 * t) } }' >"$tmp/set/$1.truth.csv"
}
trace anna/sitting 66
trace bert/sitting 84
trace bert/picture 0
"$PLETH" evaluate folder "$tmp/set" --json >"$tmp/f"
[ "$(wc -l <"$tmp/f")" = 4 ] || fail "three recordings and a summary: $(cat "$tmp/f")"
near "$tmp/f" summary.people 2 0
near "$tmp/f" summary.mae_answered 0 1
near "$tmp/f" summary.coverage 1 0.2
near "$tmp/f" summary.null_answered 0 0
[ "$(field "$tmp/f" summary.null_windows)" -gt 10 ] || fail "the picture does not count"
near "$tmp/f" summary.macc 1 0.1
"$PLETH" evaluate folder "$tmp/set" --profile toolbox --window-s 10 --json >"$tmp/f"
near "$tmp/f" summary.mae.value 0 0
near "$tmp/f" summary.mae.se 0 0
near "$tmp/f" summary.coverage 1 0
echo "anna" >"$tmp/split"
"$PLETH" evaluate folder "$tmp/set" --split "$tmp/split" --json >"$tmp/f"
near "$tmp/f" summary.people 1 0
printf 'anna,train\nbert,test\n' >"$tmp/split"
"$PLETH" evaluate folder "$tmp/set" --split "$tmp/split" >"$tmp/f"
grep -q bert/sitting "$tmp/f" || fail "split by parts"
if grep -q anna "$tmp/f"; then
    fail "split keeps what is for training"
fi
# names with a separator or a blank in them
cp -r "$tmp/set/anna" "$tmp/set/Smith, Anna"
cp -r "$tmp/set/bert" "$tmp/set/Bert Smith"
echo '"Smith, Anna"' >"$tmp/split"
"$PLETH" evaluate folder "$tmp/set" --split "$tmp/split" --json >"$tmp/f"
near "$tmp/f" summary.people 1 0
grep -q '"Smith, Anna' "$tmp/f" || fail "split by a quoted name: $(cat "$tmp/f")"
echo 'Bert Smith' >"$tmp/split"
"$PLETH" evaluate folder "$tmp/set" --split "$tmp/split" --json >"$tmp/f"
grep -q '"Bert Smith' "$tmp/f" || fail "split by a name of two words: $(cat "$tmp/f")"
rm -r "$tmp/set/Smith, Anna" "$tmp/set/Bert Smith"

# the same bytes whatever the number of threads, or of processes that share the recordings
"$PLETH" evaluate folder "$tmp/set" --json --groups 77,90 --jobs 1 >"$tmp/one"
"$PLETH" evaluate folder "$tmp/set" --json --groups 77,90 --jobs 3 | cmp - "$tmp/one" ||
    fail "three threads say something else than one"
for rank in 2 1; do
    OMPI_COMM_WORLD_RANK=$rank OMPI_COMM_WORLD_SIZE=3 "$PLETH" evaluate folder "$tmp/set" --json \
        --groups 77,90 --share "$tmp/ranks" >"$tmp/rank$rank" &
done
OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=3 "$PLETH" evaluate folder "$tmp/set" --json \
    --groups 77,90 --share "$tmp/ranks" | cmp - "$tmp/one" || fail "three ranks say something else"
wait
cat "$tmp/rank1" "$tmp/rank2" >"$tmp/others"
[ ! -s "$tmp/others" ] || fail "a rank that does not report printed"
[ ! -e "$tmp/ranks" ] || fail "the ranks' folder is left"
mkdir "$tmp/ranks"
status=0
PMI_RANK=0 PMI_SIZE=2 "$PLETH" evaluate folder "$tmp/set" --share "$tmp/ranks" 2>"$tmp/err" ||
    status=$?
[ "$status" = 1 ] || fail "a folder of another run is taken"
grep -q "not there yet" "$tmp/err" || fail "a folder of another run: $(cat "$tmp/err")"
refused 1 "has no rank" folder "$tmp/set" --share "$tmp/none"

# windows of recordings come out and read the same; sd and quality with them
"$PLETH" evaluate folder "$tmp/set" --out-rates "$tmp/out.csv" --json >"$tmp/f"
"$PLETH" evaluate rates "$tmp/out.csv" --json >"$tmp/r"
for key in n mae.value mae_answered intervals.crps risk.80 start_up.first.mae; do
    near "$tmp/r" summary.$key "$(field "$tmp/f" summary.$key)" 1e-6
done

# labels of people as groups
printf 'person,skin\nanna,light\nbert,dark\n' >"$tmp/labels.csv"
"$PLETH" evaluate folder "$tmp/set" --json --labels "$tmp/labels.csv" --group skin >"$tmp/s"
near "$tmp/s" summary.people 2 0
group skin dark people 1
group skin light recordings 1

# what is done while it is measured, and steps: the first half of a recording at rest
mkdir -p "$tmp/moving/dora"
cp "$tmp/set/bert/sitting.csv" "$tmp/moving/dora/"
awk -F , 'NR == 1 { print $0 ",cadence,activity"; next }
    { print $0 ($1 < 15 ? ",0,rest" : ",100,walk") }' "$tmp/set/bert/sitting.truth.csv" \
    >"$tmp/moving/dora/sitting.truth.csv"
"$PLETH" evaluate folder "$tmp/moving" --json --group activity --out-rates "$tmp/out.csv" >"$tmp/s"
[ "$(grep -c '"group":' "$tmp/s")" = 2 ] || fail "activities: $(cat "$tmp/s")"
group activity rest people 1
windows=$(field "$tmp/s" summary.n)
# cadences are means over windows, so those that begin before 15 s have some
awk -F , 'NR > 1 { n += $9 > 0; high += $9 == 100; low += $9 == 0 } END { exit !(n && high && low) }' \
    "$tmp/out.csv" || fail "cadences: $(cat "$tmp/out.csv")"
near "$tmp/s" summary.cadence_lock.n "$(awk -F , '$9 > 0' "$tmp/out.csv" | sed 1d | wc -l)" 0
near "$tmp/s" summary.cadence_lock.locked 0 0
"$PLETH" evaluate rates "$tmp/out.csv" --json --group activity >"$tmp/r"
near "$tmp/r" summary.n "$windows" 0
for what in rest walk; do
    n=$(grep "\"value\":\"$what\"" "$tmp/s" | sed 's/.*"n":\([0-9]*\).*/\1/')
    grep -q "\"value\":\"$what\",\"n\":$n," "$tmp/r" || fail "activities in a table: $(cat "$tmp/r")"
done

# folds of people: nobody in two, and each is used once
"$PLETH" evaluate folder "$tmp/set" --write-split "$tmp/folds" --folds 2
sort "$tmp/folds" | cut -d , -f 1 | tr '\n' ' ' >"$tmp/names"
[ "$(cat "$tmp/names")" = "anna bert name " ] || fail "folds: $(cat "$tmp/folds")"
for fold in 1 2; do
    "$PLETH" evaluate folder "$tmp/set" --split "$tmp/folds" --fold $fold --json | tail -n 1
done >"$tmp/f"
near "$tmp/f" summary.people 1 0
refused 1 "2 people do not make 3 folds" folder "$tmp/set" --write-split "$tmp/folds" --folds 3
refused 1 "as 3" folder "$tmp/set" --split "$tmp/folds" --fold 3
awk 'BEGIN { print "person,reference,estimate"; for (i = 1; i <= 10; i++) print "p" i ",70,70" }' \
    >"$tmp/ten.csv"
"$PLETH" evaluate rates "$tmp/ten.csv" --write-split "$tmp/ten1" --folds 5
"$PLETH" evaluate rates "$tmp/ten.csv" --write-split "$tmp/ten2" --folds 5 --seed 2
for fold in 1 2 3 4 5; do
    [ "$(grep -c ",$fold\$" "$tmp/ten1")" = 2 ] || fail "folds are not equal: $(cat "$tmp/ten1")"
done
if cmp -s "$tmp/ten1" "$tmp/ten2"; then
    fail "two seeds, one order"
fi

# from random instants: 60 s or what there is, from the first reading on, by time since the start
"$PLETH" evaluate folder "$tmp/set" --starts 2 --json >"$tmp/s"
[ "$(grep -c '"recording":' "$tmp/s")" = 6 ] || fail "two starts of three: $(cat "$tmp/s")"
near "$tmp/s" summary.recordings 4 0
group since_start_s "<5" recordings 4
"$PLETH" evaluate folder "$tmp/set" --starts 2 --json --jobs 2 | cmp - "$tmp/s" ||
    fail "random starts differ"

# ---- UBFC's layouts, from a synthetic face
mkdir -p "$tmp/ubfc1/1-face" "$tmp/ubfc2/subject1" "$tmp/ubfc2/notes"
if "$PLETH" synth "$tmp/ubfc1/1-face/vid.avi" --duration-s 12 --size 160x120 --face-percent 80 \
    --heart-rate-per-min 75 >"$tmp/out" 2>"$tmp/err"; then
    mv "$tmp/ubfc1/1-face/vid.truth.csv" "$tmp/truth.csv"
    cp "$tmp/ubfc1/1-face/vid.avi" "$tmp/ubfc2/subject1/"
    # time in ms, a display that lags, saturation, wave
    grep '^[0-9]' "$tmp/truth.csv" | awk -F , '{ printf "%.0f,70,98,%s\n", 1000 * $1, $4 }' \
        >"$tmp/ubfc1/1-face/gtdump.xmp"
    for column in 4 2 1; do
        grep '^[0-9]' "$tmp/truth.csv" | cut -d , -f $column | tr '\n' ' '
        echo
    done >"$tmp/ubfc2/subject1/ground_truth.txt"
    for kind in ubfc1 ubfc2; do
        "$PLETH" evaluate $kind "$tmp/$kind" --json >"$tmp/u"
        [ "$(wc -l <"$tmp/u")" = 2 ] || fail "$kind: one recording and a summary: $(cat "$tmp/u")"
        [ "$(field "$tmp/u" summary.n)" -ge 1 ] || fail "$kind: no windows"
        # by the wave, not by the display
        head -n 1 "$tmp/u" >"$tmp/first"
        near "$tmp/first" windows.0.reference 75 2.5
    done
else
    grep -q -i ffmpeg "$tmp/err" || fail "synth: $(cat "$tmp/err")"
    echo "built without FFmpeg: UBFC's layouts are not tested"
fi

# ---- Plots
if "$PLETH" evaluate rates "$tmp/rates.csv" --plot "$tmp/plots" >"$tmp/out" 2>"$tmp/err"; then
    for name in scatter bland_altman risk_coverage calibration strips-01; do
        [ -s "$tmp/plots/$name.png" ] || fail "no $name.png"
    done
else
    grep -q "without cairo" "$tmp/err" || fail "plots: $(cat "$tmp/err")"
fi

# ---- Bad input
refused 2 "expected a kind" folder
refused 2 "not imagenet" imagenet "$tmp"
refused 2 "band-hz is A,B" waves "$tmp" --band-hz 3,1
refused 2 "profile is plain or toolbox" waves "$tmp" --profile none
refused 2 "split is for recordings" waves "$tmp" --split list
refused 2 "starts is for recordings" rates "$tmp" --starts 3
refused 2 "jobs is a whole number" folder "$tmp" --jobs 0
refused 2 "groups is A,B" rates "$tmp" --groups 90,77
refused 2 "fold needs --split" folder "$tmp" --fold 1
refused 2 "this data set knows motion|task" pure "$tmp/set" --group skin
refused 1 "NN-NN.json" pure "$tmp/set" --group motion
refused 2 "needs --labels" folder "$tmp" --group skin
refused 1 "no column skin" rates "$tmp/rates.csv" --group skin
refused 1 "no column skin" folder "$tmp/set" --group skin --labels "$tmp/sure.csv"
refused 2 "unknown option" waves "$tmp" --bond-hz 1,3
refused 2 "is missing after" waves "$tmp" --band-hz
refused 1 "No such file" waves "$tmp/nowhere.csv"
mkdir "$tmp/empty"
refused 1 "no recording with a reference" folder "$tmp/empty"
refused 1 "does not fit" waves "$tmp/waves.csv" --band-hz 1,13
refused 1 "no columns reference and estimate" rates "$tmp/waves.csv"
printf 'reference,estimate\n70,abc\n' >"$tmp/bad.csv"
refused 1 'bad.csv:2: "abc" is not a number' rates "$tmp/bad.csv"
printf 'reference;estimate\n\n70;71\n70;7,1,1\n' >"$tmp/bad.csv"
refused 1 'bad.csv:4: "7,1,1" is not a number' rates "$tmp/bad.csv"
printf 'reference,estimate\n# note\n70,71,72\n' >"$tmp/bad.csv"
refused 1 'bad.csv:3: 3 columns where the first row has 2' rates "$tmp/bad.csv"
printf 'reference,estimate\n"70,71\n' >"$tmp/bad.csv"
refused 1 'bad.csv:2: 1 columns' rates "$tmp/bad.csv"
printf 'r\0e\0f\0' >"$tmp/bad.csv"
refused 1 'not a text table' rates "$tmp/bad.csv"
printf 'nobody\n' >"$tmp/split"
refused 1 "names no recording" folder "$tmp/set" --split "$tmp/split"
mkdir "$tmp/short"
printf 'recording,n_samples,fs_hz,offset_pred_bytes,offset_label_bytes\na,100,30,0,400\n' \
    >"$tmp/short/index.csv"
printf '1234' >"$tmp/short/waves.bin"
refused 1 "does not hold 100" waves "$tmp/short"

# one broken recording does not take the others along
mkdir "$tmp/set/carl"
echo "no video" >"$tmp/set/carl/clip.mp4"
cp "$tmp/set/anna/sitting.truth.csv" "$tmp/set/carl/clip.truth.csv"
status=0
"$PLETH" evaluate folder "$tmp/set" --json >"$tmp/f" 2>"$tmp/err" || status=$?
[ "$status" = 1 ] || fail "a broken recording: status $status"
near "$tmp/f" summary.failed 1 0
near "$tmp/f" summary.people 2 0
grep -q "carl/clip" "$tmp/err" || fail "which one is broken: $(cat "$tmp/err")"
echo "evaluate: as expected"
