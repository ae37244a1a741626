#!/bin/sh
# The kept heart-rate networks: trains them, and prints the tables of their cards and of
# docs/DISTILLATION.md, of as many as there are.
#
#     bench/models.sh OUT [free|research SIZE]...
#
# Makes OUT/free/ppg-hr-SIZE.safetensors, of recordings that may be passed on and of synthetic people
# alone, and OUT/ppg-hr-SIZE.safetensors, of recordings that may not beside these; and of each NAME.json,
# what `pleth train --json` says: the error on others, of each of them, in float and in int8. Of the free
# ones all wrists are tested, as nobody of them was learned from; of the others nobody is left. SIZE is
# about their parameters: 16k, 126k, 509k, each of the network that errs least at its size and, where a
# single teacher seems to gain, taught in the way that errs least (docs/DISTILLATION.md); the free ones of
# the mix that bench/free.sh chooses. Without a list: all of both, the small ones first.
#
# Goes on where it was stopped: what has both files is not trained again, what has a checkpoint goes on
# from there; so of the teachers, OUT/teacher and OUT/free/teacher. To replace a model, remove its files;
# to keep it, copy it to models/ or models/free/ and bring its card there up to date. PLETH: the tool.
# PLETH_DATA: the folder that holds ppg/ (docs/DATA.md). CELLS: those of docs/results/distillation.plan
# (docs/results/cells), whose students of the same networks and ways are those that are not free, tested
# on people whom they have not seen.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
shared=${PLETH_SHARED:-$root/../shared}
ppg=${PLETH_DATA:-$shared/data}/ppg
if [ $# -lt 1 ] || [ $(($# % 2)) = 0 ]; then
    echo "usage: models.sh OUT [free|research SIZE]..." >&2
    exit 2
fi
if [ ! -d "$ppg/bidmc" ]; then
    echo "models.sh: no recordings in $ppg: docs/DATA.md says where they are from" >&2
    exit 1
fi
CELLS=${CELLS:-$root/docs/results/cells}
out=$1
shift
[ $# -gt 0 ] || set -- free 16k research 16k free 126k research 126k free 509k research 509k
mkdir -p "$out/free"

# make NAME VERB ARGUMENT...: OUT/NAME, by train or distill
make()
{
    name=$1
    verb=$2
    shift 2
    # stopped between the two, the model is there, its figures are not: they come of training it again
    [ ! -e "$out/$name.safetensors" ] || [ ! -e "$out/$name.json" ] || return 0
    [ ! -e "$out/$name.safetensors.checkpoint" ] || set -- "$@" --resume
    case $name in
    free/*)
        [ -e "$out/people/person30384.json" ] || PLETH=$PLETH "$root/bench/people.sh" "$out/people" 384
        set -- --flip neutral "$ppg/bidmc" neutral "$ppg/uw_oximetry" neutral "$ppg/welltory" \
            neutral "$out/people" \
            --test-on "neutral:$ppg/spc2015" --test-on "neutral:$ppg/bami1" \
            --test-on "neutral:$ppg/wrist_exercise" --test-on "neutral:$ppg/dalia_s6_stairs" "$@"
        ;;
    *)
        set -- neutral "$ppg/spc2015" neutral "$ppg/bami1" neutral "$ppg/bidmc" neutral "$ppg/uw_oximetry" "$@"
        ;;
    esac
    # 20 epochs are more steps than 40 of a fold of two of these data sets; the order of the data sets, the seed
    # and the thread fix every bit on one instruction set
    "$PLETH" "$verb" "$@" --validation 0 --epochs 20 --seed 1 --threads 1 --out "$out/$name.safetensors" --json \
        >"$out/$name.json.new"
    mv "$out/$name.json.new" "$out/$name.json"
}

# taught SIZE ARGUMENT...: by the teacher of its folder
taught()
{
    size=$1
    shift
    make "${folder}teacher" train --blocks 12
    make "${folder}ppg-hr-$size" distill --teacher "$out/${folder}teacher.safetensors" "$@"
}

while [ $# -gt 0 ]; do
    case $1 in
    free) folder=free/ ;;
    research) folder= ;;
    *)
        echo "models.sh: $1: it may be free or research" >&2
        exit 2
        ;;
    esac
    case $2 in
    16k) make "${folder}ppg-hr-16k" train --net tcn --blocks 6 --width 20 ;;
    126k) taught 126k --strategy dkd --blocks 6 ;;
    509k) taught 509k --strategy soft --blocks 10 ;;
    *)
        echo "models.sh: $2: it may be 16k, 126k or 509k" >&2
        exit 2
        ;;
    esac
    shift 2
done

# ---- Tables: errors in /min, standard errors over people --------------------------------------

cat "$root/bench/json.awk" - >"$out/tables.awk" <<'AWK'
# n, mae and mae_int8 of each person of a file
function take(file)
{
    json_file(file, r)
    people = r["people.length"]
}

# The people of a set ("": all) in e[person], n[person]: mean over windows, and its standard error as
# that of a ratio of two sums over people.
function mean(e, n, set,   p, sum, all, count, square)
{
    sum = all = count = square = 0
    for (p in e)
        if (set == "" || index(p, set "/") == 1) {
            sum += e[p] * n[p]
            all += n[p]
            count++
        }
    average = all ? sum / all : 0
    for (p in e)
        if (set == "" || index(p, set "/") == 1)
            square += (n[p] * (e[p] - average)) ^ 2
    windows = all
    counted = count
    se = count > 1 ? sqrt(count / (count - 1) * square) / all : -1
}

function told(   text)
{
    text = sprintf("%.2f", average)
    return se < 0 ? text : text sprintf(" ± %.2f", se)
}

function clear(a,   p)
{
    for (p in a)
        delete a[p]
}

BEGIN {
    sizes = split("16k 126k 509k", size, " ")
    split("tcn-01-scratch resnet1d-06-dkd-t12 resnet1d-10-soft-t12", cell, " ")
    sets = split("spc2015 bami1 wrist_exercise dalia_s6_stairs", set, " ")
    print "| model | parameters | windows learned from | tested on | people | windows | float | int8 |"
    print "|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= sizes; i++) {
        take(out "/free/ppg-hr-" size[i] ".json")
        clear(e)
        clear(n)
        clear(e8)
        for (k = 0; k < people; k++) {
            p = r["people." k ".person"]
            n[p] = r["people." k ".n"]
            e[p] = free[i, p] = r["people." k ".mae"]
            e8[p] = free8[i, p] = r["people." k ".mae_int8"]
            had[i, p] = n[p]
        }
        for (s = 1; s <= sets && people; s++) {
            mean(e, n, set[s])
            float = told()
            mean(e8, n, set[s])
            printf "| ppg-hr-%s | %d | %d | %s | %d | %d | %s | %s |\n", size[i], r["parameters"],
                   r["learned_from.windows"], set[s], counted, windows, float, told()
        }
    }

    print "\n| model | parameters | windows learned from |"
    print "|---|---|---|"
    for (i = 1; i <= sizes; i++) {
        take(out "/ppg-hr-" size[i] ".json")
        if (r["parameters"])
            printf "| ppg-hr-%s | %d | %d |\n", size[i], r["parameters"], r["learned_from.windows"]
    }

    print "\n| model | tested on | people | windows | free | free, int8 | not free, cross-validated | the same, int8 | seeds | free less not free |"
    print "|---|---|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= sizes; i++) {
        clear(e)
        clear(e8)
        clear(n)
        seeds = 0
        for (seed = 1; seed <= 3; seed++) {
            name = sprintf("%s/%s-f%%d-s%d.json", cells, cell[i], seed)
            whole = 1
            for (fold = 0; fold < 2; fold++) {
                take(sprintf(name, fold))
                whole = whole && people > 0
            }
            if (!whole)
                continue
            seeds++
            for (fold = 0; fold < 2; fold++) {
                take(sprintf(name, fold))
                for (k = 0; k < people; k++) {
                    p = r["people." k ".person"]
                    n[p] = r["people." k ".n"]
                    e[p] += r["people." k ".mae"]
                    e8[p] += r["people." k ".mae_int8"]
                }
            }
        }
        for (s = 1; s <= 2; s++) {
            clear(f)
            clear(f8)
            clear(c)
            clear(c8)
            clear(d)
            clear(w)
            for (p in n)
                if (seeds && had[i, p] == n[p]) {
                    w[p] = n[p]
                    f[p] = free[i, p]
                    f8[p] = free8[i, p]
                    c[p] = e[p] / seeds
                    c8[p] = e8[p] / seeds
                    d[p] = f[p] - c[p]
                } else if ((i, p) in had) {
                    print "not the same windows: " p >"/dev/stderr"
                }
            mean(f, w, set[s])
            if (!windows)
                continue
            row = sprintf("| ppg-hr-%s | %s | %d | %d | %s |", size[i], set[s], counted, windows, told())
            mean(f8, w, set[s])
            row = row " " told() " |"
            mean(c, w, set[s])
            row = row " " told() " |"
            mean(c8, w, set[s])
            row = row " " told() " | " seeds " |"
            mean(d, w, set[s])
            print row sprintf(" %+.2f ± %.2f |", average, se)
        }
    }
}
AWK
awk -v out="$out" -v cells="$CELLS" -f "$out/tables.awk" /dev/null
rm -f "$out/tables.awk"
