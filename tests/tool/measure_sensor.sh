#!/bin/sh
# pleth measure and pleth evaluate neutral on recordings of a sensor whose truth is known.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
status=0
fail()
{
    echo "measure_sensor: $*"
    status=1
}

# value LINE KEY: the value of a vital in a JSON line, empty if it is null
value()
{
    echo "$1" | sed -n "s/.*\"$2\":{\"value\":\([0-9.]*\),.*/\1/p"
}

# number LINE KEY: of a bare number
number()
{
    echo "$1" | sed -n "s/.*\"$2\":\([-0-9.e]*\)[,}].*/\1/p"
}

# within VALUE LOW HIGH
within()
{
    awk -v v="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(v != "" && v >= lo && v <= hi) }'
}

# refused STATUS WORDS ARGUMENT...: ends with the status and one line on standard error
refused()
{
    want=$1
    words=$2
    shift 2
    code=0
    "$PLETH" "$@" >out 2>err || code=$?
    [ "$code" = "$want" ] || fail "$*: status $code, not $want"
    [ "$(wc -l <err)" = 1 ] && [ ! -s out ] || fail "$*: not one line: $(cat err out)"
    grep -q -e "$words" err || fail "$*: $(cat err)"
}

"$PLETH" synth --ppg rest.csv --duration-s 60 --heart-rate-per-min 72 >said
"$PLETH" synth --ppg walk.csv --duration-s 60 --heart-rate-per-min 120 --cadence-per-min 160 >said

# ---- at rest

"$PLETH" measure rest.csv >text 2>err || fail "status at rest: $(cat err)"
[ -s err ] && fail "diagnostics at rest: $(cat err)"
grep -q '^rest.csv: 60.0 s at 50 Hz, csv$' text || fail "what it is: $(cat text)"
within "$(sed -n 's/^  Pulse  *\([0-9.]*\) .*/\1/p' text)" 70.5 74 || fail "pulse: $(cat text)"
within "$(sed -n 's/^  Breathing  *\([0-9.]*\) .*/\1/p' text)" 14 16.5 || fail "breath: $(cat text)"
grep -q '^Not a medical device' text || fail "text: no word of what it is not"

"$PLETH" measure rest.csv --json >rest || fail "status of --json"
# a reading every two seconds, and one at the end
[ "$(grep -c '^{"time_s":' rest)" = 30 ] || fail "$(grep -c time_s rest) readings of a minute"
grep '^{"time_s":' rest | awk -F '[:,]' '{ if ($2 - 2 * NR > 0.05 || 2 * NR - $2 > 0.05) exit 1 }' ||
    fail "readings are not two seconds apart"
head -n 1 rest | grep -q '"heart_rate":null,.*"heart_rate":\["warming_up"\]' ||
    fail "first reading: $(head -n 1 rest)"
line=$(grep '^{"time_s":40,' rest)
echo "$line" | grep -q '"window_s":\[24,40\]' || fail "window: $line"
within "$(value "$line" heart_rate)" 69 76 || fail "reading: $line"
within "$(number "$line" motion)" 0 0.02 || fail "motion at rest: $line"
[ "$(number "$line" cadence_per_min)" = 0 ] || fail "cadence at rest: $line"
echo "$line" | grep -q '"face":null,"rate_hz":50,' || fail "reading: $line"
summary=$(tail -n 1 rest)
within "$(value "$summary" heart_rate)" 70.5 74 || fail "summary: $summary"
within "$(value "$summary" breathing_rate)" 14 16.5 || fail "summary: $summary"
echo "$summary" | grep -q '"oxygen_saturation":null' || fail "oxygen: $summary"

# what these stand for when they are not given
"$PLETH" measure rest.csv --json --best-guess >default
"$PLETH" measure rest.csv --json --best-guess --range 30,220 --every-s 2 | cmp - default ||
    fail "another range or interval than 30 to 220 /min and 2 s"
"$PLETH" measure rest.csv --json --best-guess --range 40,220 | cmp -s - default &&
    fail "--range changes nothing"
[ "$("$PLETH" measure rest.csv --json --every-s 5 | grep -c '^{"time_s":')" = 12 ] ||
    fail "--every-s 5"

# ---- walking

"$PLETH" measure walk.csv --json >walk || fail "status of walking"
summary=$(tail -n 1 walk)
within "$(value "$summary" heart_rate)" 117 123 || fail "walking: $summary"
echo "$summary" | grep -q '"breathing_rate":\["motion"\]' || fail "breathing of one who walks: $summary"
line=$(grep '^{"time_s":40,' walk)
within "$(number "$line" motion)" 0.2 2 || fail "motion of walking: $line"
# steps, or the arm that swings half as often
cadence=$(number "$line" cadence_per_min)
within "$cadence" 156 164 || within "$cadence" 77 83 || fail "cadence: $line"

"$PLETH" measure walk.csv --no-motion --json >without || fail "status of --no-motion"
grep -q '"motion"\|"cadence_per_min"' without && fail "motion in spite of --no-motion"
cmp -s walk without && fail "--no-motion changes nothing"
cut -d, -f1,2 walk.csv >light.csv
"$PLETH" measure light.csv --json | cmp - without || fail "--no-motion differs from light alone"
"$PLETH" measure walk.csv --smooth --json >smooth || fail "status of --smooth"
within "$(value "$(tail -n 1 smooth)" heart_rate)" 117 123 || fail "--smooth: $(tail -n 1 smooth)"

# ---- oxygen: by a curve, of red and infrared light

curve=94.845,30.354,-45.060
for percent in 72 85 97; do
    "$PLETH" synth --ppg oxygen.csv --channels red,infrared --saturation-percent $percent \
        --oxygen-curve $curve --seed $percent >said
    "$PLETH" measure oxygen.csv --oxygen-curve $curve --json >oxygen || fail "status of oxygen"
    summary=$(tail -n 1 oxygen)
    within "$(value "$summary" oxygen_saturation)" $((percent - 1)) $((percent + 1)) ||
        fail "oxygen of $percent %: $summary"
    echo "$summary" | grep -q '"oxygen_saturation":{"value":[0-9.]*,"unit":"%",.*"validated":false}' ||
        fail "no word that oxygen is not validated: $summary"
    grep '^{"time_s":40,' oxygen | grep -q '"oxygen_saturation":{' || fail "oxygen of a reading"
done
"$PLETH" measure oxygen.csv --oxygen-curve $curve | grep -q '^  Oxygen  *9[678].*NOT VALIDATED' ||
    fail "text: no word that oxygen is not validated"
# without a curve, without red light, in motion
"$PLETH" measure oxygen.csv --json | tail -n 1 |
    grep -q '"oxygen_saturation":null.*"oxygen_saturation":\["not_measurable_here"\]' ||
    fail "oxygen without a curve"
"$PLETH" measure rest.csv --oxygen-curve $curve >text
grep -q '^  Oxygen  *not known.  This input can not carry' text || fail "oxygen of green light: $(cat text)"
"$PLETH" synth --ppg moved.csv --channels red,infrared --cadence-per-min 110 >said
"$PLETH" measure moved.csv --oxygen-curve $curve --json | tail -n 1 |
    grep -q '"oxygen_saturation":null.*"oxygen_saturation":\["motion"' || fail "oxygen in motion"
for wrong in 1,2 a,b,c 0,0,0 1,2,nan; do
    refused 2 'oxygen-curve' measure oxygen.csv --oxygen-curve $wrong
done
refused 2 'go together' synth --ppg no.csv --saturation-percent 90
refused 2 'does not fall through' synth --ppg no.csv --saturation-percent 100 --oxygen-curve $curve

# ---- variability: of the beats that are there, less a tenth: longer intervals make wider pulses

"$PLETH" synth --ppg beats.csv --duration-s 120 --heart-rate-per-min 65 --rsa-ms 60 --wander-ms 30 >said
"$PLETH" measure beats.csv --json >beats
summary=$(tail -n 1 beats)
for key in sdnn_ms rmssd_ms; do
    truth=$(sed -n "s/^# beats.* $key=\([0-9.]*\).*/\1/p" beats.truth.csv)
    is=$(number "$summary" $key)
    awk -v is="$is" -v truth="$truth" 'BEGIN { exit !(is > 0.83 * truth && is < 1.05 * truth) }' ||
        fail "$key $is, not $truth: $summary"
done
within "$(number "$summary" noise_ms)" 0.1 20 || fail "noise of beats: $summary"

# ---- refused

printf 'time_s,r,g,b\n0,100,90,80\n0.03,101,91,81\n' >trace.csv
refused 1 'trace.csv has none' measure trace.csv --no-motion
refused 1 'no picture (--roi)' measure rest.csv --roi all
refused 1 'no picture (--roi)' measure rest.csv --roi 1,2,30,40
refused 2 '--method makes waves of pictures' measure rest.csv --method chrom
cut -d, -f1,3- rest.csv >motion.csv
code=0
"$PLETH" measure motion.csv >out 2>err || code=$?
[ $code = 1 ] && [ "$(wc -l <err)" = 1 ] || fail "acceleration alone: $code, $(cat err)"

# ---- the neutral data set

# labels DURATION <TRUTH: the beats of windows of 8 s, every 2 s
labels()
{
    awk -F, -v length_s="$1" '/^#/ || $1 == "time_s" { next } { t[n] = $1; rate[n++] = $2 }
        END {
            print "t_start_s,bpm_ref"
            for (s = 0; s + 8 <= length_s; s += 2) {
                sum = count = 0
                for (i = 0; i < n; i++)
                    if (t[i] >= s && t[i] < s + 8) { sum += rate[i]; count++ }
                print s "," sum / count
            }
        }'
}

# summary PATH ARGUMENT...: a value of the last line of pleth evaluate neutral
# shellcheck disable=SC2016
echo '{ json($0, v); print v["summary." path] }' >field.awk
summary()
{
    path=$1
    shift
    "$PLETH" evaluate neutral "$@" --json | tail -n 1 >last
    awk -v "path=$path" -f "$SRC/bench/json.awk" -f field.awk last
}

mkdir -p set/below
"$PLETH" synth --ppg set/a.json --duration-s 60 --heart-rate-per-min 66 --seed 1 >said
labels 60 <set/a.truth.csv >set/a_ref.csv
"$PLETH" synth --ppg set/below/b.json --duration-s 41 --heart-rate-per-min 95 --seed 2 >said
labels 41 <set/below/b.truth.csv >set/below/b_ref.csv
# no reference: left out
"$PLETH" synth --ppg set/c.json --duration-s 20 >said
"$PLETH" evaluate neutral set >text 2>err || fail "status of evaluate: $(cat err)"
grep -q '1 recordings have no reference' err || fail "no word of what is left out: $(cat err)"
rm set/c.*
grep -q '^a  *27 ' text && grep -q '^below/b  *17 ' text || fail "windows: $(cat text)"
[ "$(summary n set)" = 44 ] || fail "$(summary n set) windows of 27 and 17"
within "$(summary mae_answered set)" 0 1.5 || fail "error: $(summary mae_answered set)"
within "$(summary coverage set)" 0.8 1 || fail "answered: $(summary coverage set)"
# each label once, however many readings fall to it, and only those that have one
for every in 0.1 0.5 1 2; do
    [ "$(summary n set --every-s $every)" = 44 ] || fail "labels counted twice every $every s"
done
[ "$(summary n set --every-s 4)" = 23 ] || fail "$(summary n set --every-s 4) windows every 4 s"
# what came after a reading makes it better
awk -v a="$(summary mae.value set)" -v b="$(summary mae.value set --smooth)" \
    'BEGIN { exit !(b > 0 && b < a) }' || fail "--smooth does not make it better"
# a label belongs to the window that it starts: half the labels, half the windows
awk 'NR % 2' set/a_ref.csv >half && mv half set/a_ref.csv
[ "$(summary n set)" = 30 ] || fail "$(summary n set) windows of 13 and 17"
# instants of an ECG instead
{ echo t_s,hr_ecg_bpm,resp_rate_bpm && grep -v '^#' set/a.truth.csv | awk -F, 'NR > 1 && NR % 50 == 2 {
    print $1 "," $2 "," $3 }'; } >set/a_ref.csv
rm -r set/below
[ "$(summary n set)" -ge 26 ] && within "$(summary mae.value set)" 0 2 || fail "instants: $(summary n set)"
printf 't_start_s,pulse\n0,60\n' >set/a_ref.csv
code=0
"$PLETH" evaluate neutral set >out 2>err || code=$?
[ $code = 1 ] && grep -q 'set/a_ref.csv: no rows of t_start_s,bpm_ref' err ||
    fail "columns of another kind: $code, $(cat err)"
rm set/a_ref.csv
refused 1 'NAME_ref.csv' evaluate neutral set

# variability: of beats beside the labels, or of a strap's intervals on a clock of its own
"$PLETH" synth --ppg set/a.json --duration-s 120 --heart-rate-per-min 66 --rsa-ms 60 --seed 3 >said
labels 120 <set/a.truth.csv >set/a_ref.csv
sed 's/time_s/t_beat_s/' set/a.beats.csv >set/a_beats.csv
sdnn=$(sed -n 's/^# beats.* sdnn_ms=\([0-9.]*\).*/\1/p' set/a.truth.csv)
"$PLETH" evaluate neutral set --json >both || fail "status of beats beside a recording"
reference=$(sed -n '1s/.*"reference":{"intervals":[0-9]*,"coverage":1,"sdnn_ms":\([0-9.]*\),.*/\1/p' both)
within "$reference" "$(echo "$sdnn - 0.01" | bc)" "$(echo "$sdnn + 0.01" | bc)" ||
    fail "SDNN $reference of beats of $sdnn"
within "$(summary hrv.sdnn_ms.mae set)" 0 6 || fail "SDNN: $(tail -n 1 both)"
[ "$(summary hrv.coverage set)" = 1 ] && [ "$(summary hrv.rmssd_ms.n set)" = 1 ] &&
    [ "$(summary n set)" = 57 ] || fail "beats and labels: $(tail -n 1 both)"
awk 'NR > 2 { print $1 - first "," 1000 * ($1 - last) } NR == 1 { print "t_cum_s,rr_ms" }
     NR == 2 { first = $1 } { last = $1 }' set/a.beats.csv >set/a_ref.csv
rm set/a_beats.csv
[ "$(summary n set)" = 0 ] && within "$(summary hrv.sdnn_ms.mae set)" 0 6 ||
    fail "intervals of a strap: $(cat last)"
"$PLETH" evaluate neutral set | grep -q '^a  *0  SDNN [0-9.]*, RMSSD [0-9.]* ms: [0-9.]*, [0-9.]*$' ||
    fail "text of a strap's intervals"
# what moves is not answered
"$PLETH" synth --ppg set/a.json --duration-s 120 --heart-rate-per-min 90 --cadence-per-min 110 --seed 3 >said
labels 120 <set/a.truth.csv >set/a_ref.csv
cp set/a.beats.csv set/a_beats.csv
[ "$(summary hrv.coverage set)" = 0 ] && "$PLETH" evaluate neutral set --json |
    grep -q '"hrv":{"answered":false,.*"reasons":\["motion"\]}' || fail "variability in motion"
echo 'no times' >set/a_beats.csv
code=0
"$PLETH" evaluate neutral set >out 2>err || code=$?
[ $code = 1 ] && grep -q 'set/a_beats.csv: no column of times' err || fail "broken beats: $(cat err)"

# ---- a real recording, where it is

stairs=${PLETH_DATA:-${PLETH_SHARED:-$SRC/../shared}/data}/ppg/dalia_s6_stairs
if [ -r "$stairs/S6_stairs.json" ]; then
    [ "$(summary n "$stairs")" = 215 ] || fail "$(summary n "$stairs") windows of stairs"
    within "$(summary mae.value "$stairs" --smooth)" 0 1 ||
        fail "stairs: $(summary mae.value "$stairs" --smooth)"
else
    echo "without the recordings: synthetic ones only"
fi
exit $status
