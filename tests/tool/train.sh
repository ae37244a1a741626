#!/bin/sh
# pleth train and pleth distill: what they make and tell, people held apart, training that is killed
# and goes on, and what is refused.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
status=0
fail()
{
    echo "train: $*"
    status=1
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
    [ "$(wc -l <err)" -eq 1 ] || fail "$*: not one line: $(cat err)"
    grep -qe "$words" err || fail "$*: \"$(cat err)\" does not say \"$words\""
    [ ! -s out ] || fail "$*: prints all the same"
}

# people FILE: who was tested, of a line of JSON
people()
{
    grep -o '"person":"[^"]*"' "$1" | sed 's/.*:"\(.*\)"/\1/' | sort
}

# Eight people at steady rates; labels every 2 s.
mkdir set other
for i in 1 2 3 4 5 6 7 8; do
    rate=$((50 + 12 * i))
    "$PLETH" synth --ppg set/p$i.json --seed $i --duration-s 40 --heart-rate-per-min $rate \
        --rsa-ms 0 --wander-ms 0 >/dev/null
    awk -v rate=$rate 'BEGIN {
        print "t_start_s,bpm_ref"
        for (t = 0; t <= 32; t += 2)
            print t "," rate
    }' >set/p${i}_ref.csv
    rm -f set/p$i.truth.csv set/p$i.beats.csv
done
cp set/p1.json set/p1.bin set/p1_ref.csv other

train="train neutral set --blocks 1 --width 8 --batch 16 --validation 3"

# ---- What is made and told -------------------------------------------------------------------

"$PLETH" $train --folds 2 --fold 0 --epochs 3 --out a.safetensors --curve a.jsonl --json >a.json
[ "$(wc -l <a.json)" -eq 1 ] || fail "not one line of JSON"
for key in '"network":"resnet1d"' '"blocks":1' '"parameters":2372' '"macs":' '"strategy":"scratch"' \
    '"fold":0' '"folds":2' '"seed":1' '"epochs":3' '"mae":[0-9]' '"mae_interval":\[[0-9]' \
    '"mae_int8":[0-9]' '"windows":68' '"people":\[' '"seconds":'; do
    grep -q "$key" a.json || fail "no $key in $(cat a.json)"
done
[ "$(wc -l <a.jsonl)" -eq 3 ] && grep -q '^{"epoch":3,"rate":.*"loss":.*"mae":' a.jsonl ||
    fail "the curve: $(cat a.jsonl)"
[ ! -e a.safetensors.checkpoint ] || fail "a checkpoint is left"
if [ -c /dev/full ]; then
    # what came of it can not be told: it need not be learned again
    ! "$PLETH" $train --epochs 1 --out full.safetensors >/dev/full 2>err || fail "a full disk"
    [ -s full.safetensors.checkpoint ] || fail "no checkpoint, and no result"
    "$PLETH" $train --epochs 1 --resume --out full.safetensors >/dev/null
    [ ! -e full.safetensors.checkpoint ] || fail "a checkpoint is left when it is told"
fi
"$PLETH" info a.safetensors >info
grep -q 'resnet1d' info && grep -q 'data  *set' info && grep -q 'error  *[0-9.]* /min' info ||
    fail "pleth info: $(cat info)"
"$PLETH" $train --folds 2 --fold 0 --epochs 3 --out b.safetensors --json >b.json
cmp a.safetensors b.safetensors || fail "not the same twice"
if "$PLETH" $train --epochs 2 --out c.safetensors --plot c.svg >c.txt 2>err; then
    grep -q '</svg>' c.svg || fail "the plot"
else
    grep -q 'built without cairo' err || fail "--plot: $(cat err)"
fi
"$PLETH" $train --folds 2 --fold 0 --epochs 3 --out b.safetensors --seed 2 >b.txt
! cmp -s a.safetensors b.safetensors || fail "the same by another seed"
grep -q 'tested by  *4 people, 68 windows' b.txt || fail "in words: $(cat b.txt)"
"$PLETH" $train --epochs 2 --net mlp --hidden 8 --out c.safetensors >c.txt
grep -q 'tested by  *nobody' c.txt || fail "in words: $(cat c.txt)"
"$PLETH" $train --epochs 2 --net tcn --out c.safetensors --test-on neutral:other --json >c.json
[ "$(people c.json)" = "other/p1" ] || fail "--test-on: $(people c.json)"
"$PLETH" $train --epochs 2 --out c.safetensors --leave-out p5 --json >c.json
[ "$(people c.json)" = "set/p5" ] || fail "--leave-out: $(people c.json)"

# ---- Data that is only learned from ----------------------------------------------------------

# the first half of the people, as data of their own; the same folds are tested as without
mkdir half beside
for i in 1 2 3 4; do
    cp set/p$i.json set/p$i.bin set/p${i}_ref.csv half
    j=$((i + 4))
    cp set/p$j.json set/p$j.bin set/p${j}_ref.csv beside
done
half="train neutral half --blocks 1 --width 8 --batch 16 --epochs 2 --validation 2"
for fold in 0 1; do
    "$PLETH" $half --folds 2 --fold $fold --out c.safetensors --json >c.json
    "$PLETH" $half --folds 2 --fold $fold --with neutral:beside --out d.safetensors \
        --json >d.json
    [ "$(people c.json)" = "$(people d.json)" ] || fail "--with is tested: $(people d.json)"
    grep -q '"learned_from":{"people":1,"windows":17},"validated_by":1,"only_learned_from":\[\]' \
        c.json || fail "without --with: $(cat c.json)"
    grep -q '"learned_from":{"people":5,"windows":85},"validated_by":1,"only_learned_from":\["beside"\]' \
        d.json || fail "--with: $(cat d.json)"
done
"$PLETH" info d.safetensors | grep -q 'half, beside (only learned from)' || fail "info of --with"
"$PLETH" $half --leave-out p1 --with neutral:beside --with neutral:other --out d.safetensors \
    --json >d.json
[ "$(people d.json)" = "half/p1" ] || fail "--leave-out with --with: $(people d.json)"
"$PLETH" $half --test-on neutral:other --with neutral:beside --out d.safetensors --json >d.json
[ "$(people d.json)" = "other/p1" ] || fail "--test-on with --with: $(people d.json)"
# what is tested here and learned from there: by another path, by one recording alone
ln -s half again
mkdir -p linked
ln half/p1.json half/p1.bin half/p1_ref.csv linked
refused 1 'p1.json: in data set half and in linked' $half --with neutral:linked --out d2.safetensors
mkdir -p light
ln half/p1.bin half/p1_ref.csv light
sed 's/"subject"[^,]*,/"subject": "else",/' half/p1.json >light/p1.json
refused 1 'p1.json: in data set half and in light' $half --with neutral:light --out d2.safetensors
for other in half again half/.; do
    refused 1 'half: two data sets of that name' $half --with neutral:$other --out d2.safetensors
done
refused 2 'it must be DATASET:DIR' $half --with beside --out d2.safetensors
refused 1 'absent' $half --with neutral:absent --out d2.safetensors
[ -z "$(ls d2.safetensors* 2>/dev/null)" ] || fail "left: $(ls d2.safetensors*)"
# ---- Int8 ------------------------------------------------------------------------------------

# value FILE KEY: the first of that key
value()
{
    grep -o "\"$2\":[0-9.]*" "$1" | head -n 1
}
"$PLETH" quantize a.safetensors q.safetensors --calibrate-on neutral:set --json >q.json
[ "$(wc -l <q.json)" -eq 1 ] && grep -q '"calibrated_on":{"people":4,"windows":68},"tested_by":{"people":4,"windows":68}' q.json ||
    fail "quantize --calibrate-on: $(cat q.json)"
"$PLETH" info q.safetensors | grep -q 'bytes, int8' || fail "not int8"
# the same network as the one that was tested: to the last digit
[ -n "$(value a.json mae_int8)" ] && [ "$(value a.json mae_int8)" = "$(value q.json mae_int8)" ] ||
    fail "int8: $(value a.json mae_int8) and $(value q.json mae_int8)"
grep -q ' /min in int8' b.txt || fail "in words: $(cat b.txt)"
"$PLETH" quantize b.safetensors q.safetensors --calibrate-on neutral:set >q.txt
grep -q 'error  *[0-9.]* /min in int8, [0-9.]* in float: [-+][0-9.]*' q.txt || fail "$(cat q.txt)"
# people whom it has not seen calibrate it where nobody else is there
mkdir strange
cp other/* strange
"$PLETH" quantize a.safetensors q2.safetensors --calibrate-on neutral:strange >q.txt
grep -q 'calibrated on  17 of 17 windows of 1 people' q.txt && grep -q 'tested by  *nobody' q.txt ||
    fail "strangers: $(cat q.txt)"
rm -f q2.safetensors
refused 2 'DATASET:DIR' quantize a.safetensors q2.safetensors --calibrate-on set
refused 2 'it takes one of' quantize a.safetensors q2.safetensors --calibrate-on neutral:set \
    --weights-only
refused 1 'not a data set that is known' quantize a.safetensors q2.safetensors \
    --calibrate-on nonsense:set
refused 1 'int8 already' quantize q.safetensors q2.safetensors --calibrate-on neutral:set
[ ! -e q2.safetensors ] || fail "left: q2.safetensors"

# windows are taken as they were for training: of one channel, with a lag; also of a data set that is new
"$PLETH" $train --folds 2 --fold 0 --epochs 1 --channels 1 --lag-s -3 --sigma-bpm 2 --out l.safetensors \
    --json >l.json
"$PLETH" quantize l.safetensors lq.safetensors --calibrate-on neutral:set --json >lq.json
[ -n "$(value l.json mae_int8)" ] && [ "$(value l.json mae_int8)" = "$(value lq.json mae_int8)" ] || fail "--lag-s: $(cat l.json lq.json)"
for file in l.json lq.json; do
    grep -q '"windows_taken":"set lag_s -3 channels 1"' $file || fail "as trained: $(cat $file)"
done
grep -q '"validation":3,"recipe":"strategy=scratch epochs=1 seed=1 .* sigma=2 .* noise=0.2 ' l.json || fail "the recipe: $(cat l.json)"
"$PLETH" info lq.safetensors >info
grep -q '  split  *fold 0 of 2, validation 3$' info && grep -q '  recipe  *strategy=scratch .* sigma=2 ' info &&
    grep -q '  windows  *set lag_s -3 channels 1$' info || fail "pleth info: $(cat info)"
"$PLETH" quantize l.safetensors lq.safetensors --calibrate-on neutral:strange >q.txt
grep -q 'as trained  *windows of strange: of 1 channels, labels 0 s late' q.txt || fail "of strangers: $(cat q.txt)"

"$PLETH" convert l.safetensors bad.safetensors --metadata 'windows=set lag_s 3600 channels 1' >/dev/null
refused 1 'can not be read: set lag_s 3600' quantize bad.safetensors q2.safetensors --calibrate-on neutral:set

# a sensor's stream has room for it, more in float than in int8
for model in a q; do
    "$PLETH" bench sensor --method $model.safetensors --json >$model.bench || fail "bench sensor --method"
done
bytes() { value "$1" stream_bytes | sed 's/.*://'; }
[ "$(bytes a.bench)" -gt "$(bytes q.bench)" ] || fail "bytes: $(bytes a.bench) and $(bytes q.bench)"

# ---- Splits of pleth evaluate ----------------------------------------------------------------

"$PLETH" evaluate neutral set --write-split split.csv --folds 2 --seed 3 >/dev/null
"$PLETH" $train --epochs 1 --split split.csv --fold 2 --out c.safetensors --json >c.json
[ "$(people c.json)" = "$(sed -n 's/^\(.*\),2$/set\/\1/p' split.csv | sort)" ] ||
    fail "--split: $(people c.json)"

# those of a fold as a file: the same people, the same network, and whom pleth evaluate measures
"$PLETH" $train --epochs 1 --folds 2 --fold 0 --write-split who.csv --out c.safetensors --json >c.json
[ "$(sed -n 's/,test$//p' who.csv | sort)" = "$(people c.json)" ] || fail "--write-split: $(cat who.csv)"
[ "$(grep -c ',train$' who.csv)" -eq 4 ] || fail "--write-split, who trains: $(cat who.csv)"
"$PLETH" $train --epochs 1 --split who.csv --out d.safetensors --json >d.json
for file in c d; do
    sed 's/.*"mae_validation"/"mae_validation"/; s/,"seconds".*//' $file.json >$file.same
done
cmp c.same d.same || fail "--split of --write-split is another network"
"$PLETH" evaluate neutral set --split who.csv --out-rates rates.csv >/dev/null
[ "$(sed -n 's/,test$//p' who.csv | sed 's/.*\///' | sort)" = \
    "$(sed 1d rates.csv | cut -d , -f 1 | sort -u)" ] || fail "evaluate --split: $(cut -c1-40 rates.csv | sort -u)"
refused 1 'nowhere' $train --folds 2 --fold 0 --write-split nowhere/who.csv --out d.safetensors

# ---- Killed, and going on --------------------------------------------------------------------

long="$train --folds 2 --fold 1 --epochs 150"
"$PLETH" $long --out whole.safetensors --curve whole.jsonl >/dev/null
for signal in KILL INT KILL TERM; do
    "$PLETH" $long --resume --out k.safetensors --curve k.jsonl >k.txt 2>k.err &
    pid=$!
    lines=$(cat k.jsonl 2>/dev/null | wc -l)
    # until two more epochs are done
    while kill -0 $pid 2>/dev/null && [ "$(cat k.jsonl 2>/dev/null | wc -l)" -lt $((lines + 2)) ]; do
        sleep 0.01
    done
    kill -$signal $pid 2>/dev/null || true
    code=0
    wait $pid || code=$?
    # a machine that was busy elsewhere may come too late with later signals
    if [ $code -eq 0 ]; then
        break
    fi
    [ ! -e k.safetensors ] || fail "$signal: a model of half a training"
    [ -s k.safetensors.checkpoint ] || fail "$signal: no checkpoint"
    refused 1 'a checkpoint of another training; remove it' $long --rate 1e-2 --resume --out k.safetensors
    refused 1 'k.safetensors.checkpoint is of a training that was broken off: --resume' $long --out k.safetensors
    if [ $signal = KILL ]; then
        # what it was writing
        rm -f k.*.part-*-"$pid"
    else
        [ $code -eq 1 ] || fail "$signal: status $code"
        grep -q 'stopped after [0-9]* of 150 epochs; --resume' k.err || fail "$signal: $(cat k.err)"
    fi
done
"$PLETH" $long --resume --out k.safetensors --curve k.jsonl >/dev/null
cmp whole.safetensors k.safetensors || fail "a training that was killed ends otherwise"
cmp whole.jsonl k.jsonl || fail "the curve of one that was killed"
[ -z "$(ls | grep -e '\.part-' -e checkpoint || true)" ] || fail "left: $(ls)"

# ---- Distillation ----------------------------------------------------------------------------

for strategy in hard soft dkd feature ordered; do
    "$PLETH" distill ${train#train} --folds 2 --fold 0 --epochs 2 --teacher a.safetensors \
        --strategy $strategy --out d.safetensors --json >d.json
    grep -q "\"strategy\":\"$strategy\"" d.json || fail "$strategy: $(cat d.json)"
done
"$PLETH" run d.safetensors --help >/dev/null
refused 1 'trained on set/p.*, who is tested here' distill ${train#train} --folds 2 --fold 1 \
    --epochs 2 --teacher a.safetensors --out d.safetensors
# the last --strategy counts, also where it is abbreviated
"$PLETH" distill ${train#train} --folds 2 --fold 0 --epochs 2 --teacher a.safetensors --strategy hard \
    --out d.safetensors >/dev/null
for strategy in '--strat hard' '--strategy soft --strat=hard'; do
    "$PLETH" distill ${train#train} --folds 2 --fold 0 --epochs 2 --teacher a.safetensors $strategy \
        --out d2.safetensors >/dev/null
    cmp d.safetensors d2.safetensors || fail "$strategy is not --strategy hard"
done
for tune in tune tun; do
    "$PLETH" $train --folds 2 --fold 0 --start a.safetensors --$tune 0 --out $tune.safetensors >/dev/null
done
cmp tune.safetensors tun.safetensors || fail "--tun is not --tune"
rm -f d2.safetensors
refused 2 'it may be hard' distill ${train#train} --strat scratch --out d.safetensors
refused 2 'no --teacher' distill ${train#train} --out d.safetensors
refused 2 'it may be hard' distill ${train#train} --strategy best --out d.safetensors
refused 1 'nowhere' distill ${train#train} --teacher nowhere.safetensors --out d.safetensors

# ---- Optimisers, schedules, the average --------------------------------------------------------

"$PLETH" $train --folds 2 --fold 0 --epochs 1 --optimiser sgd --schedule constant --clip 0.5 --average 0.9 \
    --out c.safetensors --json >c.json
grep -q '"recipe":".* optimiser=sgd schedule=constant rate=0.003 decay=0.01 clip=0.5 average=0.9 ' c.json ||
    fail "choices: $(cat c.json)"
refused 2 '--optimiser lion: it must be adam, adamw, sgd' $train --optimiser lion --out x.safetensors
refused 2 '--schedule step: it must be one-cycle, cosine, constant' $train --schedule step --out x.safetensors
refused 2 '--average 1: it must be a number, 0..0.99999' $train --average 1 --out x.safetensors
refused 2 '--clip 0: it must be a number, 0.001..1e+06' $train --clip 0 --out x.safetensors

# ---- A model tuned, and to one person --------------------------------------------------------

"$PLETH" $train --start a.safetensors --tune 0 --epochs 1 --folds 2 --fold 0 --out t.safetensors --json >t.json
grep -q '"parameters":2372' t.json || fail "--tune: $(cat t.json)"
! cmp -s a.safetensors t.safetensors || fail "--tune: nothing was learned"
fold="neutral set --blocks 1 --width 8 --folds 2 --fold 0"
for tune in '' '--tune 1'; do
    "$PLETH" train $fold --start a.safetensors --personal 0.3 $tune --json >t.json
    [ "$(people t.json)" = "$(people a.json)" ] || fail "--personal $tune: $(cat t.json)"
    # windows from 0 to 10 s on end within 18 s, or moved by a second those to 8 s; those from 18 to
    # 32 s on begin after them
    tuned=6
    [ -z "$tune" ] || tuned=5
    [ "$(grep -o "\"tuned\":$tuned,\"n\":8," t.json | wc -l)" -eq 4 ] || fail "--personal $tune: $(cat t.json)"
    "$PLETH" train $fold --start a.safetensors --personal 0.3 $tune >t.txt
    grep -q '^4 people, 0.3 minutes each: [-+][0-9.]* .* /min, better for [0-4]$' t.txt ||
        fail "--personal $tune, in words: $(cat t.txt)"
done
refused 1 'this model was trained on set/p' train $fold --fold 1 --start a.safetensors --personal 0.3
refused 1 'another shape' train $fold --blocks 2 --start a.safetensors --personal 0.3
refused 1 'nobody has windows' train $fold --start a.safetensors --personal 5
refused 2 'need --start' train $fold --personal 2
refused 2 'need --start' train $fold --tune 0 --out x.safetensors
refused 2 'makes no model' train $fold --start a.safetensors --personal 2 --out x.safetensors
refused 1 'resnet1d has 1' $train --start a.safetensors --tune 2 --out x.safetensors
for option in '--start a.safetensors' '--tune 0' '--personal 1'; do
    refused 2 'are of pleth train' distill ${train#train} $option --teacher a.safetensors --out d.safetensors
done
# the shape is the model's where no option says one
"$PLETH" train neutral set --folds 2 --fold 0 --start a.safetensors --personal 0.3 --json >t2.json
"$PLETH" train $fold --start a.safetensors --personal 0.3 --json >t.json
cmp t.json t2.json || fail "--start: $(cat t2.json)"
"$PLETH" train neutral set --epochs 1 --net mlp --hidden 9 --out m.safetensors >/dev/null
"$PLETH" train neutral set --epochs 1 --start m.safetensors --out m2.safetensors --json >m.json
grep -q '"network":"mlp","hidden":9,' m.json || fail "--start: $(cat m.json)"
# names of people by escapes, which are not compared: not taken for nobody
LC_ALL=C sed 's,"trained_on":"set/p[0-9],"trained_on":"\\u00e9,' a.safetensors >escapes.safetensors
! cmp -s a.safetensors escapes.safetensors || fail "no trained_on in a.safetensors"
refused 1 'trained_on) can not be read' train neutral set --validation 0 --start escapes.safetensors --epochs 1 --out x.safetensors
refused 1 'another shape' train neutral set --net mlp --start m.safetensors --epochs 1 --out x.safetensors

# ---- What is refused -------------------------------------------------------------------------

refused 2 'no DATASET DIR' train --out x.safetensors
refused 2 'without a DIR' train neutral --out x.safetensors
refused 2 'no --out' train neutral set
refused 1 'not a data set that is known' train nonsense set --out x.safetensors
refused 1 'absent' train neutral absent --out x.safetensors
refused 2 'it may be resnet1d, mlp, tcn' train neutral set --net tscan --out x.safetensors
refused 2 'whole number, 1..24' train neutral set --blocks 25 --out x.safetensors
refused 2 'whole number, 0..1' train neutral set --folds 2 --fold 2 --out x.safetensors
refused 2 'int8-epochs 4: at most the 3' $train --epochs 3 --int8-epochs 4 --out x.safetensors
refused 2 'tunes in float' train neutral set --start a.safetensors --personal 1 --int8-epochs 1
feature="distill neutral set --strategy feature --teacher a.safetensors --out x.safetensors"
refused 2 'of one --teacher, not of 2' $feature --teacher a.safetensors
refused 2 'an mlp has none' $feature --net mlp
refused 2 'tau: --strategy feature does not read it' $feature --tau 2
refused 2 'beta: --strategy soft does not read it' $feature --strategy soft --beta 2
refused 2 'needs --fold' train neutral set --folds 2 --out x.safetensors
refused 2 'only one of' train neutral set --folds 2 --fold 1 --leave-out p1 --out x.safetensors
refused 1 '9 folds' train neutral set --folds 9 --fold 1 --out x.safetensors
refused 1 'of 4 people .* with validation 0' train neutral set --folds 2 --fold 0 --validation 5 \
    --out x.safetensors
refused 1 'p9: nobody' train neutral set --leave-out p9 --out x.safetensors
refused 2 'unknown option' train neutral set --teacher a.safetensors --out x.safetensors
refused 2 'number, ' train neutral set --rate nan --out x.safetensors
refused 2 'no data set ends' train neutral set --lag-s else=1 --out x.safetensors
refused 1 'cannot write' $train --epochs 1 --out nowhere/x.safetensors
refused 1 'cannot write' $train --epochs 1 --curve nowhere/x --out x.safetensors
refused 1 'cannot write\|without cairo' $train --epochs 1 --plot nowhere/x.svg --out x.safetensors
# a curve that is there outlives what can not begin
echo before >kept.jsonl
refused 1 'absent' train neutral absent --curve kept.jsonl --out x.safetensors
[ "$(cat kept.jsonl)" = before ] || fail "--curve was emptied"
refused 2 'must end with .svg' $train --plot x.pdf --out x.safetensors
refused 2 'other: that is a folder' $train --epochs 1 --out other
export TMPDIR="$tmp/nowhere"
refused 1 'TMPDIR names the folder' $train --epochs 1 --out x.safetensors
unset TMPDIR
[ -z "$(ls x.safetensors* 2>/dev/null)" ] || fail "left: $(ls x.safetensors*)"
exit $status
