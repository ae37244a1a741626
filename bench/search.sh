#!/bin/sh
# How much of a teacher, and at which temperature: settings of each strategy of distillation, tried
# inside each fold's training people (docs/TRAIN.md), so that nobody who is tested has a say.
#
#     PLETH_DATA=DATA bench/search.sh OUT
#
# DATA: the folder that holds ppg/spc2015 and ppg/bami1 in the neutral format. OUT/NAME is a sweep of each setting;
# what is there is not trained again, and teachers are trained once. Prints a line a setting: error
# of students of 2 blocks and its standard error over people, /min. PLETH: the tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
if [ $# -ne 1 ]; then
    echo "usage: search.sh OUT" >&2
    exit 2
fi
out=$1
mkdir -p "$out/weights"

# try NAME STRATEGY SETTING...
try()
{
    name=$1
    strategy=$2
    shift 2
    mkdir -p "$out/$name"
    cat >"$out/$name.plan" <<END
data neutral ppg/spc2015
data neutral ppg/bami1
folds 2
inner 2
epochs 30
validation 0
networks resnet1d
students 2
teachers 12
recipe${*:+ $*}
strategies $strategy
cells
END
    for teacher in "$out"/weights/*.json; do
        [ ! -e "$teacher" ] || cp "$teacher" "$out/$name"
    done
    "$PLETH" sweep "$out/$name.plan" --out "$out/$name" --weights "$out/weights"
    for teacher in "$out/$name"/*-12-scratch-*.json; do
        [ ! -e "$teacher" ] || cp "$teacher" "$out/weights"
    done
    "$PLETH" sweep "$out/$name.plan" --out "$out/$name" --report |
        awk -F'|' -v name="$name" -v what="$strategy $*" '
            /^\| 2 blocks/ && !told { told = 1; printf "%-12s %-40s%s\n", name, what, $(NF - 1) }'
}

try scratch scratch
try hard hard
try hard-half hard ce-weight=0.5 alpha=0.5
try soft soft
try soft-1 soft tau=1
try soft-4 soft tau=4
try soft-half soft ce-weight=0.5 alpha=0.5
try dkd dkd
try dkd-2 dkd beta=2
try dkd-4-4 dkd beta=4 tau=4
try dkd-half dkd alpha=0.5 beta=1 tau=4
try feature feature
try feature-10 feature alpha=10
try feature-0.1 feature alpha=0.1
try ordered ordered
try ordered-1 ordered alpha=1
