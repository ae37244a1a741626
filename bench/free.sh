#!/bin/sh
# What a free heart-rate network should learn from: mixes of freely licensed recordings and of drawn
# people, each tried on a data set that it has not seen and on other drawn people. Nobody of SPC 2015 or
# BAMI-1, on whom free networks are reported, has a say.
#
#     PLETH_DATA=DATA bench/free.sh OUT
#
# DATA: the folder that holds ppg/bidmc, ppg/uw_oximetry and ppg/welltory in the neutral format. OUT is
# filled, and what is there is not trained again. A line a mix: errors in /min of ResNets of 2 blocks on
# each, and their mean, by which models/free is made (bench/models.sh). PLETH: the tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
if [ $# -ne 1 ] || [ ! -d "${PLETH_DATA:-}/ppg/bidmc" ]; then
    echo "usage: PLETH_DATA=DATA bench/free.sh OUT" >&2
    exit 2
fi
ppg=$PLETH_DATA/ppg
out=$1
mkdir -p "$out/many" "$out/few" "$out/others"

# 384 to learn from, of whom the first 96 are few, and 48 others
if [ ! -e "$out/drawn" ]; then
    PLETH=$PLETH "$root/bench/people.sh" "$out/many" 432
    for i in $(seq 30385 30432); do
        mv "$out/many/person$i"* "$out/others"
    done
    for i in $(seq 30001 30096); do
        ln -f "$out/many/person$i"* "$out/few"
    done
    : >"$out/drawn"
fi

# train MIX LEFT-OUT ARGUMENT...
train()
{
    name=$out/$1-$2
    left=$2
    shift 2
    [ -e "$name.json" ] || "$PLETH" train "$@" --test-on "neutral:$ppg/$left" --test-on "neutral:$out/others" \
        --blocks 2 --epochs 20 --validation 0 --threads 1 --out "$name.safetensors" --json >"$name.new"
    [ -e "$name.json" ] || mv "$name.new" "$name.json"
}

# try MIX DRAWN REAL OPTION...: DRAWN people (few, many or none), and the real ones or none
try()
{
    mix=$1
    drawn=${2#none}
    real=${3#none}
    shift 3
    for left in bidmc uw_oximetry; do
        other=bidmc
        [ $left = uw_oximetry ] || other=uw_oximetry
        train "$mix" $left ${real:+neutral "$ppg/$other" neutral "$ppg/welltory"} \
            ${drawn:+neutral "$out/$drawn"} "$@"
    done
}

try real none real
try few few none
try many many none
try both-few few real
try both-many many real
try both-many-flip many real --flip
try both-many-stretch many real --stretch 1.3

cat "$root/bench/json.awk" - >"$out/table.awk" <<'AWK'
# error over the windows of a data set
function error(file, set,   k, sum, n)
{
    json_file(file, r)
    for (k = 0; k < r["people.length"]; k++)
        if (index(r["people." k ".person"], set "/") == 1) {
            sum += r["people." k ".mae"] * r["people." k ".n"]
            n += r["people." k ".n"]
        }
    return sum / n
}

BEGIN {
    print "| mix | bidmc | uw_oximetry | drawn | mean |"
    print "|---|---|---|---|---|"
    mixes = split("real few many both-few both-many both-many-flip both-many-stretch", mix, " ")
    for (i = 1; i <= mixes; i++) {
        a = out "/" mix[i] "-bidmc.json"
        b = out "/" mix[i] "-uw_oximetry.json"
        bidmc = error(a, "bidmc")
        uw = error(b, "uw_oximetry")
        others = (error(a, "others") + error(b, "others")) / 2
        printf "| %s | %.2f | %.2f | %.2f | %.2f |\n", mix[i], bidmc, uw, others, (bidmc + uw + others) / 3
    }
}
AWK
awk -v out="$out" -f "$out/table.awk"
rm -f "$out/table.awk"
