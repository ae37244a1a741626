#!/bin/sh
# pleth sweep and pleth scaling from outside: plans, reports and laws of cells that this test writes,
# whose law is known, and one small sweep of real training.
set -u
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "failed: $*"
    failures=$((failures + 1))
}

# refused STATUS WORDS ARGUMENTS...: one line on standard error that has the words
refused()
{
    wanted=$1 words=$2
    shift 2
    "$PLETH" "$@" >out 2>err
    status=$?
    [ "$status" = "$wanted" ] || fail "$*: status $status"
    [ "$(wc -l <err)" = 1 ] || fail "$*: $(cat err)"
    grep -q -e "$words" err || fail "$*: not \"$words\": $(cat err)"
}

# value FILE KEY: the last number of that key
value()
{
    sed -n "s/.*\"$2\":\\([-0-9.e+]*\\).*/\\1/p" "$1" | tail -n 1
}

# within NUMBER LOW HIGH
within()
{
    awk -v v="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(v != "" && v >= a && v <= b) }'
}

# ---- Cells of a known law: E = 5 + 60000 N^-0.95, six people who differ, a little noise
cells()
{
    mkdir -p "$1"
    awk -v to="$1" -v strategy="$2" -v teacher="$3" -v less="$4" 'BEGIN {
        split("1 2 3 4 5 6 8 10", blocks, " ")
        split("16628 27060 37492 47924 84788 126132 208820 508596", size, " ")
        split("2.086 3.110 4.134 4.646 6.188 7.212 8.768 11.524", macs, " ")
        for (i = 1; i <= 8; i++) for (fold = 0; fold < 2; fold++) for (seed = 1; seed <= 3; seed++) {
            name = sprintf("resnet1d-%02d-%s%s-f%d-s%d", blocks[i], strategy,
                           teacher ? sprintf("-t%02d", teacher) : "", fold, seed)
            # seeds differ by 0.05 either way, in an order that changes
            noise = 0.05 * ((seed + i) % 3 - 1)
            people = ""; sum = 0
            for (k = 0; k < 3; k++) {
                mae = 5 + 60000 * size[i] ^ -0.95 - less + noise + (k + fold / 2 - 1.25)
                people = people sprintf("%s{\"person\":\"p%d\",\"n\":100,\"mae\":%.6f}", k ? "," : "",
                                        2 * k + fold, mae)
                sum += mae / 3
            }
            printf("{\"network\":\"resnet1d\",\"blocks\":%d,\"parameters\":%d,\"macs\":%.0f," \
                   "\"strategy\":\"%s\",\"teacher_blocks\":%s,\"data\":\"nowhere\",\"recipe\":\"\",\"fold\":%d," \
                   "\"folds\":2,\"seed\":%d,\"epochs\":40,\"validation\":5,\"mae\":%.6f,\"windows\":300," \
                   "\"people\":[%s],\"seconds\":60}\n", blocks[i], size[i], 1e6 * macs[i], strategy,
                   teacher ? teacher : "null", fold, seed, sum, people) > (to "/" name ".json")
        }
    }'
}
cells law scratch 0 0
"$PLETH" scaling law >out 2>err || fail "scaling: $(cat err)"
grep -q '\*\*power law with floor' out || fail "the law: $(cat out)"
"$PLETH" scaling law --json >out 2>err || fail "scaling --json: $(cat err)"
[ "$(wc -l <out)" = 1 ] || fail "one object a curve: $(cat out)"
grep -q '"best":"power-floor"' out || fail "best: $(cat out)"
sed 's/.*"law":"power-floor",\([^}]*\)}.*/{"law":"power-floor",\1}/' out >floor
within "$(value floor E0)" 4.8 5.2 || fail "E0: $(cat floor)"
within "$(value floor rate)" 0.85 1.05 || fail "rate: $(cat floor)"
within "$(value floor r2)" 0.99 1 || fail "R2: $(cat floor)"
# A N^-b = 0.1 at 1.2 million parameters
within "$(value out saturates_at)" 8e5 2e6 || fail "saturation: $(cat out)"

# a size that is held out lies within its interval, which is narrow; another one that breaks the law
# does not
"$PLETH" scaling law --hold-out 6 --json >out 2>err || fail "--hold-out: $(cat err)"
tail -n 1 out >held
within "$(value held measured)" "$(sed 's/.*"interval":\[\([^,]*\),.*/\1/' held)" \
    "$(sed 's/.*"interval":\[[^,]*,\([^]]*\)\].*/\1/' held)" || fail "held out: $(cat held)"
within "$(value held expected)" 5.6 6 || fail "held out: $(cat held)"
"$PLETH" scaling law --hold-out 6 | grep -q '6 blocks, held out: 5\.8.*: within$' ||
    fail "held out in words"
mkdir odd
cp law/* odd/
for f in odd/resnet1d-06-*; do
    awk '{ while (match($0, /"mae":[0-9.]+/)) {
        printf "%s\"mae\":%.6f", substr($0, 1, RSTART - 1), substr($0, RSTART + 6, RLENGTH - 6) + 2
        $0 = substr($0, RSTART + RLENGTH) } print }' "$f" >t && mv t "$f"
done
"$PLETH" scaling odd --hold-out 6 | grep -q 'outside' || fail "a size that breaks the law"
refused 1 "hold-out 7: no series" scaling law --hold-out 7

# by MACs, and one law alone
"$PLETH" scaling law --axis macs --law power --json >out 2>err || fail "--axis macs: $(cat err)"
grep -q '"axis":"macs".*"best":"power"' out || fail "by MACs: $(cat out)"

# ---- A student for a device
"$PLETH" scaling law --max-flash-kb 100 --json >out 2>err || fail "a plan: $(cat err)"
tail -n 1 out >choice
grep -q '"choice":{"network":"resnet1d","strategy":"scratch","teacher_blocks":null' choice ||
    fail "choice: $(cat choice)"
within "$(value choice flash_kb)" 10 100 || fail "flash: $(cat choice)"
within "$(value choice expected_mae)" 5 8 || fail "expected: $(cat choice)"
blocks=$(value choice blocks)
# the next size does not fit
"$PLETH" scaling law --target-mae 5.9 --json >out 2>err || fail "a target: $(cat err)"
tail -n 1 out >choice
within "$(value choice expected_mae)" 5.5 5.9 || fail "target: $(cat choice)"
[ "$(value choice blocks)" = 6 ] || fail "the smallest for the target: $(cat choice)"
[ "$blocks" -lt 6 ] || [ "$(value choice flash_kb)" != "" ] || fail "sizes"
"$PLETH" scaling law --max-flash-kb 5 >out 2>err || fail "no plan: $(cat err)"
grep -q 'choice: none; --max-flash-kb 5 fails: 1 block of resnet1d' out || fail "none: $(cat out)"
"$PLETH" scaling law --max-ms 1 --macs-per-ms 1e6 --json | grep -q '"choice":null,"fails":\["--max-ms"\]' ||
    fail "none by time"
"$PLETH" scaling law --max-ms 5 --macs-per-ms 1e6 --json | tail -n 1 >choice
[ "$(value choice blocks)" = 4 ] || fail "4.6 M MACs in 5 ms: $(cat choice)"
"$PLETH" scaling law --target-mae 5 >out || fail "a target below the floor"
grep -q 'choice: none; --target-mae 5 fails: of those that fit, 10 blocks' out || fail "$(cat out)"

# ---- Broken folders and command lines
refused 1 "no folder" scaling absent
mkdir empty
refused 1 "no cells" scaling empty
echo '{"network":"resnet1d"}' >empty/x.json
refused 1 "empty/x.json: no cell of a sweep: no \"strategy\"" scaling empty
cp -r law mixed
sed 's/"epochs":40/"epochs":41/' law/resnet1d-10-scratch-f1-s3.json >mixed/resnet1d-10-scratch-f1-s3.json
refused 1 "f1-s3.json: of other training.* epochs 41, not 40" scaling mixed
cp -r law twice
cp law/resnet1d-10-scratch-f1-s3.json "twice/resnet1d-10-scratch-f1-s3 (copy).json"
refused 1 "twice/resnet1d-10-scratch-f1-s3.json: the same cell as twice/resnet1d-10-scratch-f1-s3 (copy)" \
    scaling twice
refused 1 "law: no cells of --strategy soft --teacher 12" scaling law --strategy soft --teacher 12
refused 2 "resnet1d, mlp, tcn" scaling law --network tscan
mkdir few
cp law/resnet1d-01-* law/resnet1d-02-* few/
refused 1 "three are needed" scaling few
refused 2 "it takes one DIR" scaling
refused 2 "above 0" scaling law --max-ms 0
refused 2 "1..16" scaling law --hold-out 17
refused 2 "power-floor" scaling law --law none
refused 1 "absent" sweep absent.plan
refused 2 "one PLAN" sweep
refused 2 "goes with --report" sweep x.plan --plot p
refused 2 "goes with --report" sweep x.plan --json

# series of one fold beside those of two are of other people: they are named, and not compared
mkdir one
cells one scratch 0 0
cells one soft 12 2
rm one/*-soft-t12-f1-*
cells one dkd 12 0.3
rm one/resnet1d-03-dkd-t12-f0-*
"$PLETH" scaling one --target-mae 5.9 >out 2>err || fail "two kinds of folds: $(cat err)"
grep -q '^Sizes: 8, folds 0, 1, seeds: 3, people: 6, windows: 600\.$' out || fail "extent: $(cat out)"
grep -q '^Sizes: 7, folds 0, 1' out || fail "a size without a fold: $(cat out)"
grep -q '^Left out, as of other folds than folds 0, 1 .*: resnet1d, soft, teacher of 12 blocks (1, 2, .* 10 blocks of fold 0), resnet1d, dkd, teacher of 12 blocks (3 blocks of fold 1)\.$' out ||
    fail "left out: $(cat out)"
grep -q '^choice: [0-9]* blocks of resnet1d, dkd' out || fail "the choice of one fold: $(cat out)"
"$PLETH" scaling one --json >out 2>err || fail "two kinds of folds: $(cat err)"
[ "$(grep -c '"left_out"' out)" = 9 ] || fail "left out in JSON: $(cat out)"
grep -q '"left_out":{"network":"resnet1d","strategy":"dkd","teacher_blocks":12,"blocks":3,"folds":\[1\]}' out ||
    fail "left out in JSON: $(cat out)"
"$PLETH" scaling one --strategy soft | grep -q '^Sizes: 8, fold 0, seeds: 3, people: 3,' ||
    fail "one fold alone"

# ---- A report
cat >table.plan <<'END'
data spc nowhere
seeds 1-3
students 1-6 8 10
strategies scratch dkd
teachers 8 10
networks resnet1d
cells
END
"$PLETH" sweep table.plan --list >out || fail "--list"
[ "$(wc -l <out)" = 144 ] || fail "cells: $(wc -l <out)"
refused 1 "no cell of this plan is there yet" sweep table.plan --report
cells table scratch 0 0
"$PLETH" sweep table.plan --report >out 2>err || fail "a part of a report: $(cat err)"
grep -q '^96 of them are not there yet' out || fail "what lacks: $(head -n 5 out)"
cells table dkd 10 0.5
cells table dkd 8 0.4
"$PLETH" sweep table.plan --report >out 2>err || fail "--report: $(cat err)"
"$PLETH" sweep table.plan --report --json >cells.jsonl 2>err || fail "--json: $(cat err)"
[ "$(wc -l <cells.jsonl)" = "$("$PLETH" sweep table.plan --list | wc -l)" ] &&
    [ "$(grep -c '^{"network":"resnet1d",.*"people":\[{.*}\],"seconds":[0-9.]*}$' cells.jsonl)" = "$(wc -l <cells.jsonl)" ] ||
    fail "--json: $(cat cells.jsonl)"
# 5 + 60000 27060^-.95 = 8.69 (people's shares are -1 and so on about 0), seeds 0.05 about it
grep -q '^| 2 blocks, 27060 | 8\.69 ± 0\.05 ([0-9.]*) | 8\.19 ± 0\.05' out || fail "table: $(cat out)"
grep -q '^| 2 blocks, 27060 | -0\.50 (-0\.50 to -0\.50) \*\*better\*\* |' out ||
    fail "differences: $(cat out)"
# cells of before int8 was measured
grep -q 'In int8' out && fail "int8 out of nothing: $(cat out)"
grep -q '^| 8 blocks | 5.53 ± 0.05 (.*) | 10.47 ± 0.05 (.*) | 8.29 ± 0.05' out || fail "map: $(cat out)"
grep -q '^| none | - | 10.87 ± 0.05 (.*) | 8.69 ± 0.05' out || fail "map: $(cat out)"
grep -q '^| resnet1d, 6 blocks | 126132 | 7[0-9]* | [0-9]* | [0-9]* | [0-9]* | 60 |' out ||
    fail "costs: $(cat out)"
# two networks are compared at the sizes that both have: a size of one alone, of one fold, cuts nothing
mkdir nets
cells nets scratch 0 0
rm nets/resnet1d-10-scratch-f1-*
for f in nets/resnet1d-0[12]-*; do
    sed 's/"resnet1d"/"mlp"/' "$f" >"nets/mlp${f#nets/resnet1d}"
done
sed 's/networks resnet1d/networks resnet1d mlp/; s/scratch dkd/scratch/' table.plan >nets.plan
"$PLETH" sweep nets.plan --report >out 2>err || fail "two networks: $(cat err)"
sed -n '/^## Networks of the same size: scratch/,/^## Error/p' out >same
grep -q '^Of folds 0, 1, seeds: 3, people: 6\.$' same || fail "two networks: $(cat same)"
grep -q '^| 2 blocks | 8\.69 ± 0\.05 (.*) | 8\.69 ± 0\.05' same || fail "two networks: $(cat same)"
[ "$(grep -c '^| [0-9]* block' same)" = 2 ] || fail "two networks: $(cat same)"
# where a teacher has one fold, the map is of the people of that fold: p0, p2 and p4 err by -1.25,
# -0.25 and 0.75, the others by half a beat more
mkdir kept
mv table/resnet1d-*-dkd-t08-f1-* kept/
"$PLETH" sweep table.plan --report >out 2>err || fail "one fold: $(cat err)"
grep -q '^| 8 blocks | 5.28 ± 0.05 (.*) | 10.22 ± 0.05 (.*) | 8.04 ± 0.05' out || fail "one fold: $(cat out)"
grep -q '^| 10 blocks | 4.98 ± 0.05 (.*) | 10.12 ± 0.05 (.*) | 7.94 ± 0.05' out || fail "one fold: $(cat out)"
grep -q '^| none | - | 10.62 ± 0.05 (.*) | 8.44 ± 0.05' out || fail "one fold: $(cat out)"
grep -q '^| 2 blocks, 27060 | 8\.69 ± 0\.05 ([0-9.]*) | 8\.19 ± 0\.05' out || fail "both: $(cat out)"
mv kept/* table/
# differences are of seeds that both have: without seed 3, whose 2 blocks err by 0.05 more, the mean
# of the others is 0.025 lower
mv table/resnet1d-02-dkd-t10-*-s3* kept/
"$PLETH" sweep table.plan --report >out2 2>err || fail "two seeds: $(cat err)"
grep -q '^| 2 blocks, 27060 | 8\.69 ± 0\.05 ([0-9.]*) | 8\.17 ± 0\.04' out2 || fail "two seeds: $(cat out2)"
[ "$(grep -c '^| 2 blocks, 27060 | -0\.50 (-0\.50 to -0\.50)' out2)" = 1 ] || fail "two seeds: $(cat out2)"
grep -q '^Of 8 comparisons one in twenty' out2 || fail "comparisons: $(cat out2)"
mv kept/* table/
if "$PLETH" sweep table.plan --report --plot plots >out2 2>err; then
    test "$(head -c 4 plots/law-parameters.png | tail -c 3)" = PNG || fail "no plot"
    test "$(head -c 4 plots/map-resnet1d-dkd.png | tail -c 3)" = PNG || fail "no map"
    grep -q '!\[\](law-parameters.png)' out2 || fail "the plot is not named"
    test -s plots/law-resnet1d-parameters.png || fail "no plot of strategies"
    grep -q '^Not drawn: resnet1d, dkd, teacher of 8 blocks\.$' out2 || fail "not drawn: $(cat out2)"
    "$PLETH" scaling law --plot curve.svg >out2 2>err || fail "--plot: $(cat err)"
    grep -q '</svg>' curve.svg || fail "no curve"
else
    grep -q 'without cairo' err || fail "--plot: $(cat err)"
fi

# ---- A transfer matrix of known errors: rows a and b, columns a, b and c, two seeds that differ by 2
cat >matrix.plan <<'END'
data spc nowhere/a
data spc b
data spc c
with spc people
folds 2
seeds 1 2
networks resnet1d
students 2
strategies scratch
transfer a b
cells
END
"$PLETH" sweep matrix.plan --list >out || fail "--list of transfer"
[ "$(wc -l <out)" = 12 ] && grep -q '^resnet1d-02-scratch-on-a-s2$' out &&
    grep -q '^resnet1d-02-scratch-on-b-f1-s1$' out || fail "cells of transfer: $(cat out)"
mkdir matrix
# cell ON FOLD SEED PERSON:WINDOWS:ERROR...: always answering the median errs 20 on b, else 10
cell()
{
    on=$1 fold=$2 seed=$3
    shift 3
    case $fold in null) part= ;; *) part=-f$fold ;; esac
    echo "$@" | tr ' ' '\n' | awk -F: -v on="$on" -v fold="$fold" -v seed="$seed" '{
            mae = $3 + 2 * (seed - 1)
            people = people sprintf("%s{\"person\":\"%s\",\"n\":%d,\"mae\":%.6f,\"mae_constant\":%d}",
                                    NR > 1 ? "," : "", $1, $2, mae, $1 ~ /^b/ ? 20 : 10)
            windows += $2
            sum += $2 * mae
        } END {
            printf("{\"network\":\"resnet1d\",\"blocks\":2,\"parameters\":27060,\"macs\":3110000," \
                   "\"strategy\":\"scratch\",\"teacher_blocks\":null,\"data\":\"a+b+c with people\"," \
                   "\"recipe\":\"\",\"trained_on\":\"%s\",\"fold\":%s,\"folds\":2,\"seed\":%d," \
                   "\"epochs\":40,\"validation\":5,\"mae\":%.6f,\"windows\":%d,\"people\":[%s]," \
                   "\"seconds\":60}\n", on, fold, seed, sum / windows, windows, people)
        }' >"matrix/resnet1d-02-scratch-on-$on$part-s$seed.json"
}
for seed in 1 2; do
    cell a null $seed b/p0:100:4 b/p1:100:6 b/p2:200:8 c/p0:50:3
    cell b null $seed a/p0:300:1 a/p1:100:3 c/p0:50:4
    cell a 0 $seed a/p0:300:2
    cell a 1 $seed a/p1:100:6
    cell b 0 $seed b/p0:100:1 b/p1:100:2
done
cell b 1 1 b/p2:200:3
"$PLETH" sweep matrix.plan --report >out 2>err || fail "a matrix: $(cat err)"
grep -q '^1 of them are not there yet' out || fail "what the matrix lacks: $(cat out)"
grep -q '^| trained on | a, 2 people, 400 windows | b, 3 people, 400 windows | c, 1 people, 50 windows |$' out ||
    fail "the matrix: $(cat out)"
# a on b: (400 + 600 + 1600) / 400 and the other seed; a on a: (600 + 600) / 400; b on b of seed 1
# alone, which has both folds; one person has no standard error
grep -q '^| a | 4\.00 ± [0-9.]* | 7\.50 ± [0-9.]* | 4\.00 |$' out || fail "the matrix: $(cat out)"
grep -q '^| b | 2\.50 ± [0-9.]* | 2\.25 ± [0-9.]* | 5\.00 |$' out || fail "the matrix: $(cat out)"
grep -q '^| its own median, always | 10\.00 ± 0\.00 | 20\.00 ± 0\.00 | 10\.00 |$' out ||
    fail "the matrix: $(cat out)"
grep -q '^| resnet1d, 2 blocks | 27060 |' out || fail "its costs: $(cat out)"
refused 1 "on-a-f0-s1.json: learned from one data set alone" scaling matrix
refused 1 "a matrix, of which nothing is drawn" sweep matrix.plan --report --plot plots
sed 's/"mae_constant":[0-9]*/"x":1/' matrix/resnet1d-02-scratch-on-a-s1.json >t
mv t matrix/resnet1d-02-scratch-on-a-s1.json
refused 1 'on-a-s1.json: no cell of a sweep: no "mae_constant"' sweep matrix.plan --report

# ---- The first sweep of docs/SCALING.md, as it stands there
block()
{
    awk -v n="$1" '/^```/ { k++; next } k == 2 * n - 1' "$SRC/docs/SCALING.md"
}
mkdir first
block 1 >first/tiny.plan
block 2 >first/commands
(
    cd first && ln -s "$SRC/bench" bench && export PLETH || exit 1
    pleth()
    {
        "$PLETH" "$@"
    }
    set -e
    . ./commands
) >out 2>err || fail "the first sweep: $(cat err)"
grep -q '^### resnet1d, teacher of 3 blocks' first/report.md || fail "the first report"
grep -q '^Sizes: 3, folds 0, 1, seeds: 1, people: 12' out || fail "the first law: $(cat out)"

# ---- Training itself: one-block students of a two-block teacher on four people at steady rates
mkdir set
for i in 1 2 3 4; do
    rate=$((50 + 20 * i))
    "$PLETH" synth --ppg set/p$i.json --seed $i --duration-s 40 --heart-rate-per-min $rate \
        --rsa-ms 0 --wander-ms 0 >/dev/null || fail "synth"
    awk -v rate=$rate 'BEGIN {
        print "t_start_s,bpm_ref"
        for (t = 0; t <= 32; t += 2)
            print t "," rate
    }' >set/p${i}_ref.csv
    rm -f set/p$i.truth.csv set/p$i.beats.csv
done
cat >small.plan <<'END'
data neutral set
networks resnet1d
students 1
teachers 2
strategies scratch soft
epochs 2
validation 0
cells
END
# people are known by the folder's own name, which a link would hide
ln -s set link
sed 's/neutral set/neutral link/' small.plan >named.plan
"$PLETH" sweep named.plan 2>err && fail "a data set by another name"
grep -q 'data set "link" is the folder set' err || fail "a data set by another name: $(cat err)"
rm -rf link named named.plan
"$PLETH" sweep small.plan >out 2>err || fail "a sweep: $(cat err)"
grep -q '0 cells were there, 6 trained, 0 failed' err || fail "a sweep: $(cat err)"
test -s out && fail "a sweep prints: $(cat out)"
[ "$(find small -name '*.json' | wc -l)" = 6 ] || fail "cells: $(ls small)"
[ "$(find small -name '*.safetensors' | wc -l)" = 2 ] || fail "teachers: $(ls small)"
[ "$(find small -name '*.checkpoint*' | wc -l)" = 0 ] || fail "checkpoints: $(ls small)"
"$PLETH" sweep small.plan 2>err || fail "a sweep that is done: $(cat err)"
grep -q '6 cells were there, 0 trained, 0 failed' err || fail "a sweep that is done: $(cat err)"
"$PLETH" sweep small.plan --report >report 2>err || fail "its report: $(cat err)"
grep -q 'teacher of 2 blocks (27060 parameters' report || fail "its report: $(cat report)"
grep -q '^| resnet1d, scratch | 2 blocks, 27060 | 2 | 1 | [0-9.]* | [0-9.]* | [+-][0-9.]* ' report ||
    fail "in int8: $(cat report)"
# a teacher of other epochs in its place is not learned from: it is trained again, and its file, that
# says the same but how long it took, stays
sed 's/epochs 2/epochs 3/' small.plan >longer.plan
"$PLETH" sweep longer.plan --weights small 2>err || fail "weights of two plans: $(cat err)"
cp -p small/resnet1d-02-scratch-f0-s1.json before.json
cp small/resnet1d-01-soft-t02-f0-s1.json taught.json
rm small/resnet1d-01-soft-t02-f0-s1.json
"$PLETH" sweep small.plan 2>err || fail "another plan's teacher: $(cat err)"
grep -q 'resnet1d-02-scratch-f0-s1: its model does not say that it is of this plan.s' err ||
    fail "another plan's teacher: $(cat err)"
grep -q '4 cells were there, 2 trained, 0 failed' err || fail "another plan's teacher: $(cat err)"
cmp -s before.json small/resnet1d-02-scratch-f0-s1.json || fail "the teacher's file is written anew"
sed 's/"seconds".*//' taught.json >a
sed 's/"seconds".*//' small/resnet1d-01-soft-t02-f0-s1.json | cmp -s - a || fail "taught by another"
# a checkpoint of something else is nobody's work
rm small/resnet1d-01-soft-t02-f0-s1.json
echo x >small/resnet1d-01-soft-t02-f0-s1.checkpoint
"$PLETH" sweep small.plan 2>err || fail "another checkpoint: $(cat err)"
grep -q 'resnet1d-01-soft-t02-f0-s1: its checkpoint is of another training' err ||
    fail "another checkpoint: $(cat err)"
sed 's/"seconds".*//' small/resnet1d-01-soft-t02-f0-s1.json | cmp -s - a || fail "begun anew, and not the same"
# the mean of two teachers: the second is of another seed than any student
sed 's/^students 1/students 1\nensemble 2/; s/scratch soft/soft/' small.plan >two.plan
"$PLETH" sweep two.plan --out small 2>err || fail "an ensemble: $(cat err)"
grep -q '1 cells were there, 5 trained, 0 failed' err || fail "an ensemble: $(cat err)"
grep -q '"teacher_blocks":2,"ensemble":2' small/resnet1d-01-soft-t02x2-f0-s1.json || fail "no ensemble"
sed 's/"seconds".*//; s/,"ensemble":2//' small/resnet1d-01-soft-t02x2-f0-s1.json | cmp -s - a &&
    fail "an ensemble that is one teacher"
"$PLETH" sweep two.plan --out small --report >report 2>err || fail "its report: $(cat err)"
grep -q '^### resnet1d, 2 teachers of 2 blocks (27060 parameters each' report || fail "its report: $(cat report)"
"$PLETH" sweep small.plan --report >report 2>err || fail "beside an ensemble: $(cat err)"
# beside data that is only learned from: the same people are tested, by other cells
mkdir beside
for f in set/p1*; do cp "$f" beside; done
{ echo "data neutral set"; echo "with neutral beside"; sed 1d small.plan; } >with.plan
"$PLETH" sweep with.plan 2>err || fail "with other data: $(cat err)"
for f in with/*.json; do
    f=small/${f#with/}
    grep -q '"data":"set with beside"' "with/${f#small/}" || fail "with other data: $f"
    grep -o '"person":"[^"]*","n":[0-9]*' "$f" >a
    grep -o '"person":"[^"]*","n":[0-9]*' "with/${f#small/}" | cmp -s - a ||
        fail "others are tested with other data: $f"
done
# where nobody who is tested has a label, there is no error: it fails, and no file is left
mkdir silent
cp set/p1.json set/p1.bin silent
printf 't_start_s,bpm_ref\n0,0\n' >silent/p1_ref.csv
cat >silent.plan <<'END'
data neutral set
data neutral silent
networks mlp
students 1
strategies scratch
epochs 1
validation 0
transfer set
cells
END
"$PLETH" sweep silent.plan --out mute 2>err && fail "tested by nobody, and well"
grep -q 'mlp-01-scratch-on-set-s1: silent: nobody who is tested has a window' err || fail "silent: $(cat err)"
[ "$(ls mute)" = mlp-01-scratch-on-set-s1.failed ] || fail "silent: $(ls mute)"
refused 1 '--out: data set with beside, not set' sweep small.plan --out with
# transfer: each row is tested on the others' people and, by folds, on its own
for i in 5 6 7; do
    mkdir -p third
    cp set/p1.json third/p$i.json && cp set/p1.bin third/p$i.bin && cp set/p1_ref.csv third/p${i}_ref.csv
done
cat >rows.plan <<'END'
data neutral set
data neutral beside
data neutral third
networks resnet1d
students 1
strategies scratch
epochs 30
validation 0
folds 2
transfer set third
cells
END
"$PLETH" sweep rows.plan 2>err || fail "transfer: $(cat err)"
grep -q '0 cells were there, 6 trained, 0 failed' err || fail "transfer: $(cat err)"
tested()
{
    grep -ho '"person":"[^"]*"' "$@" | sed 's/.*:"\(.*\)"/\1/' | sort | tr '\n' ' '
}
row=rows/resnet1d-01-scratch-on
[ "$(tested $row-set-s1.json)" = "beside/p1 third/p5 third/p6 third/p7 " ] ||
    fail "set on others: $(tested $row-set-s1.json)"
[ "$(tested $row-set-f0-s1.json $row-set-f1-s1.json)" = "set/p1 set/p2 set/p3 set/p4 " ] ||
    fail "set on itself: $(tested $row-set-f?-s1.json)"
[ "$(tested $row-third-s1.json)" = "beside/p1 set/p1 set/p2 set/p3 set/p4 " ] ||
    fail "third on others: $(tested $row-third-s1.json)"
"$PLETH" sweep rows.plan --report >report 2>err || fail "its matrix: $(cat err)"
# all of beside and third beat at one rate: to always answer it errs nothing there
grep -q '^| its own median, always | [0-9.]* ± [0-9.]* | 0\.00 | 0\.00 ± 0\.00 |$' report ||
    fail "its matrix: $(cat report)"
# killed in the middle of a cell, it goes on to the same matrix
for try in 1 2 3; do
    "$PLETH" sweep rows.plan --out cut --jobs 1 2>err &
    cells=$(find cut -name '*.json' 2>/dev/null | wc -l)
    while kill -0 $! 2>/dev/null && [ "$(find cut -name '*.json' 2>/dev/null | wc -l)" = "$cells" ]; do
        sleep 0.05
    done
    while kill -0 $! 2>/dev/null && ! find cut -name '*.checkpoint' 2>err | grep -q .; do
        sleep 0.05
    done
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
done
"$PLETH" sweep rows.plan --out cut 2>err || fail "the end of a cut one: $(cat err)"
"$PLETH" sweep rows.plan --out cut --report >again 2>err || fail "a cut one's matrix: $(cat err)"
sed '/^## Cost/,$d' report >a
sed '/^## Cost/,$d' again | cmp -s - a || fail "cut, and not the same: $(cat again)"
sed 's/^folds 2/folds 4/' rows.plan >other.plan
refused 1 "--out: folds 2, not 4" sweep other.plan --out rows
# shares of ranks, in a folder of their own: the same cells
for rank in 1 0; do
    OMPI_COMM_WORLD_RANK=$rank OMPI_COMM_WORLD_SIZE=2 "$PLETH" sweep small.plan --out ranks \
        2>err$rank &
done
wait
for f in ranks/*.json; do
    f=small/${f#ranks/}
    sed 's/"seconds".*//' "$f" >a
    sed 's/"seconds".*//' "ranks/${f#small/}" | cmp -s - a || fail "ranks say something else: $f"
done
# a cell that is killed in the middle goes on from its checkpoint, to the same end
sed 's/epochs 2/epochs 40/; s/scratch soft/scratch/; s/^students 1/students 4/' small.plan >long.plan
"$PLETH" sweep long.plan --out unbroken 2>err || fail "an unbroken one: $(cat err)"
for try in 1 2 3; do
    "$PLETH" sweep long.plan --out broken --jobs 1 2>err &
    while kill -0 $! 2>/dev/null && ! find broken -name '*.checkpoint' 2>err | grep -q .; do
        sleep 0.05
    done
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
done
"$PLETH" sweep long.plan --out broken 2>err || fail "the end of a broken one: $(cat err)"
for f in unbroken/*.json; do
    sed 's/"seconds".*//' "$f" >a
    sed 's/"seconds".*//' "broken/${f#unbroken/}" | cmp -s - a || fail "broken, and not the same: $f"
done
[ "$(find broken -name '*.checkpoint' | wc -l)" = 0 ] || fail "checkpoints are left: $(ls broken)"
refused 1 "cannot make the folder" sweep small.plan --out small.plan/y
sed 's/epochs 2/epochs 3/' small.plan >other.plan
refused 1 "--out: epochs 2, not 3" sweep other.plan --out small
{ echo "recipe tau=4 loss=ce"; cat small.plan; } >other.plan
refused 1 '--out: recipe none, not loss=ce' sweep other.plan --out small
"$PLETH" sweep other.plan 2>err || fail "a recipe: $(cat err)"
cmp -s small/resnet1d-02-scratch-f0-s1.safetensors other/resnet1d-02-scratch-f0-s1.safetensors &&
    fail "a recipe changes nothing"
"$PLETH" sweep other.plan --report | grep -q '^Recipe: loss=ce\.$' || fail "the recipe is not told"
"$PLETH" sweep other.plan --report | grep -q '^Of a teacher: tau=4\.$' || fail "the recipe is not told"
sed 's/neutral set/neutral absent/' small.plan >other.plan
refused 1 absent sweep other.plan

[ "$failures" = 0 ] && echo "all is as it should be"
exit $((failures > 0))
