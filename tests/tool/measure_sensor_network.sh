#!/bin/sh
# A heart-rate network in pleth measure and pleth evaluate: trained here, on a few synthetic
# recordings, and then asked about others; and networks that do not suit.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
status=0
fail()
{
    echo "measure_sensor_network: $*"
    status=1
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

# person NAME SEED RATE: a recording at a steady rate, labelled every 2 s
person()
{
    "$PLETH" synth --ppg "$1.json" --seed "$2" --duration-s 40 --heart-rate-per-min "$3" \
        --rsa-ms 0 --wander-ms 0 >said
    awk -v rate="$3" 'BEGIN {
        print "t_start_s,bpm_ref"
        for (t = 0; t <= 32; t += 2)
            print t "," rate
    }' >"$1_ref.csv"
    rm -f "$1.truth.csv" "$1.beats.csv"
}

mkdir set others
for i in 1 2 3 4 5 6 7 8; do
    person "set/p$i" $i $((52 + 10 * i))
done
person others/q1 21 77
person others/q2 22 106

"$PLETH" train neutral set --blocks 2 --width 8 --batch 16 --validation 0 --epochs 30 \
    --out net.safetensors >trained || fail "no network: $(cat trained)"
"$PLETH" info net.safetensors >info
grep -q 'pleth measure RECORDING --method' info || fail "pleth info: $(cat info)"

# ---- a clean pulse is read right, by all who measure

"$PLETH" measure others/q1.json --method net.safetensors --json >with 2>err || fail "$(cat err)"
within "$(value "$(tail -n 1 with)" heart_rate)" 76 78 || fail "clean: $(tail -n 1 with)"
"$PLETH" measure others/q1.json --json >without
! cmp -s with without || fail "the network changes nothing"
"$PLETH" measure others/q1.json --method net.safetensors | grep -q '^q1.*, resnet1d$' ||
    fail "the network is not told"
"$PLETH" measure others/q1.json --method net.safetensors --smooth --json >smooth
within "$(value "$(tail -n 1 smooth)" heart_rate)" 76 78 || fail "--smooth: $(tail -n 1 smooth)"
"$PLETH" evaluate neutral others --method net.safetensors --json >all || fail "status of evaluate"
within "$(tail -n 1 all | sed -n 's/^{"summary".*"mae":{"value":\([0-9.]*\),.*/\1/p')" 0 1.5 ||
    fail "evaluate: $(tail -n 1 all)"

# ---- where there is no pulse there is no value, whatever the network says

for seed in 31 32 33; do
    "$PLETH" synth --ppg none.csv --seed $seed --duration-s 60 --pulse-percent 0 >said
    "$PLETH" measure none.csv --method net.safetensors --json >none || fail "status without a pulse"
    tail -n 1 none | grep -q '"heart_rate":null' || fail "no pulse, seed $seed: $(tail -n 1 none)"
done

# ---- what does not suit

"$PLETH" train neutral set --net mlp --hidden 8 --batch 16 --validation 0 --epochs 1 \
    --out mlp.safetensors >trained
"$PLETH" measure others/q1.json --method mlp.safetensors --json >mlp || fail "status of an mlp"
printf 'time_s,r,g,b\n0,100,90,80\n0.03,101,91,81\n' >trace.csv
refused 2 'no pictures for a network' measure trace.csv --method net.safetensors
if "$PLETH" synth face.y4m --duration-s 1 --size 96x64 >said 2>err; then
    refused 1 'resnet1d makes no pulse wave' measure face.y4m --method net.safetensors
fi
refused 1 'nowhere' measure others/q1.json --method ./nowhere.safetensors
refused 2 'takes a network.s file' measure others/q1.json --method chrom
exit $status
