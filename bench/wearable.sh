#!/bin/sh
# The tables of docs/ACCURACY.md on wearable sensors: prints Markdown.
#
#     bench/wearable.sh [OUT]        OUT: synthetic recordings (out/wearable); they are used again
#
# PLETH: the tool; BENCH: folder of bench_faults; PLETH_DATA: recordings (docs/DATA.md). Seeds 4001 to
# 4120: none of them fixed a constant.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
BENCH=${BENCH:-$root/build/release}
data=${PLETH_DATA:-$root/../shared/data}/ppg
out=${1:-$root/out/wearable}
mkdir -p "$out"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/table.awk" <<'END'
function round(x, digits) { return x == "" ? "-" : sprintf("%." digits "f", x) }
function error(path)
{
    return round(s[path ".mae.value"], 2) (s[path ".mae.se"] == "" ? "" : " +- " round(s[path ".mae.se"], 2))
}
function risk(path)
{
    return round(s[path ".risk.100"], 2) " / " round(s[path ".risk.90"], 2) " / " round(s[path ".risk.80"], 2) \
        " / " round(s[path ".risk.70"], 2)
}
END
# summary AWK-STATEMENTS: runs them with the last JSON line of standard input in s[]
summary()
{
    echo "{ json(\$0, s) } END { $1 }" >"$tmp/row.awk"
    tail -n 1 | awk -f "$root/bench/json.awk" -f "$tmp/table.awk" -f "$tmp/row.awk"
}

# ---- Recordings
for name in $(cd "$data/spc2015" && ls TEST_*.json 2>/dev/null); do
    echo "${name%.json},test"
done >"$tmp/test10.csv"
{
    echo "recording,kind"
    for name in $(cd "$data/wrist_exercise" && ls ./*.json 2>/dev/null); do
        name=$(basename "$name" .json)
        case $name in
        *walk*) echo "$name,walking" ;;
        *run*) echo "$name,running" ;;
        *) echo "$name,cycling" ;;
        esac
    done
} >"$tmp/kinds.csv"

make()
{
    at=$out/$1/$2.csv
    mkdir -p "$out/$1"
    shift 2
    [ -e "$at" ] || "$PLETH" synth --ppg "$at" "$@" >"$tmp/log"
}
for seed in $(seq 4001 4024); do
    make drawn "$seed" --draw --seed "$seed" --duration-s 200
done
for seed in $(seq 4101 4120); do
    make none "$seed" --draw --seed "$seed" --duration-s 200 --pulse-percent 0
done
for rate in 35 38 42 48 55; do
    make slow "$rate" --heart-rate-per-min "$rate" --dicrotic 0.35 --duration-s 90
done

# ---- Recordings of people
echo "| set, options | windows | people | error of all | mean over recordings | answered % | error of the answered | of the surest 100 / 90 / 80 / 70 % |"
echo "|---|---|---|---|---|---|---|---|"
row()
{
    set=$1
    shift
    [ -d "$data/$set" ] || return 0
    "$PLETH" evaluate neutral "$data/$set" "$@" --json |
        NAME="$set${*:+ $(echo "$*" | sed "s|$tmp/||")}" summary '
            print "| `" ENVIRON["NAME"] "` | " s["summary.n"] " | " s["summary.people"] " | " error("summary") " | " \
                round(s["summary.mae_recordings"], 2) " | " round(100 * s["summary.coverage"], 0) " | " \
                round(s["summary.mae_answered"], 2) " | " risk("summary") " |"'
}
for options in "" --smooth --no-motion; do
    # shellcheck disable=SC2086
    row spc2015 $options
done
for options in "" --smooth --no-motion; do
    # shellcheck disable=SC2086
    row spc2015 --split "$tmp/test10.csv" $options
done
for set in bami1 dalia_s6_stairs wrist_exercise; do
    for options in "" --smooth --no-motion; do
        # shellcheck disable=SC2086
        row $set $options
    done
done
for set in bidmc uw_oximetry; do
    for options in "" --smooth; do
        # shellcheck disable=SC2086
        row $set $options
    done
done
echo

if [ -d "$data/wrist_exercise" ]; then
    echo "| kind | windows | people | answered % | error of all | error of the answered |"
    echo "|---|---|---|---|---|---|"
    for kind in cycling running walking; do
        awk -F, -v k=$kind 'NR > 1 && $2 == k { print $1 }' "$tmp/kinds.csv" >"$tmp/kind.csv"
        "$PLETH" evaluate neutral "$data/wrist_exercise" --split "$tmp/kind.csv" --json |
            NAME=$kind summary '
                print "| " ENVIRON["NAME"] " | " s["summary.n"] " | " s["summary.people"] " | " \
                    round(100 * s["summary.coverage"], 0) " | " error("summary") " | " \
                    round(s["summary.mae_answered"], 2) " |"'
    done
    echo
fi

# ---- Synthetic wearers
echo "| options | windows | error of all | answered % | error of the answered | with steps | wrong | locked | no pulse: answered |"
echo "|---|---|---|---|---|---|---|---|---|"
for options in "" --smooth --no-motion; do
    # shellcheck disable=SC2086
    "$PLETH" evaluate folder "$out/none" $options --json | summary '
        print s["summary.null_answered"] " of " s["summary.null_windows"]' >"$tmp/none"
    # shellcheck disable=SC2086
    "$PLETH" evaluate folder "$out/drawn" $options --json |
        NAME=${options:-online} NONE=$(cat "$tmp/none") summary '
            print "| " ENVIRON["NAME"] " | " s["summary.n"] " | " error("summary") " | " \
                round(100 * s["summary.coverage"], 0) " | " round(s["summary.mae_answered"], 2) " | " \
                s["summary.cadence_lock.n"] " | " s["summary.cadence_lock.wrong"] " | " \
                s["summary.cadence_lock.locked"] " | " ENVIRON["NONE"] " |"'
done
echo
echo "| true pulse /min | summary /min | answered % | mean of estimate - truth | error of all |"
echo "|---|---|---|---|---|"
for rate in 35 38 42 48 55; do
    "$PLETH" measure "$out/slow/$rate.csv" --json | summary '
        v = s["summary.heart_rate.value"]
        print v == "" ? "none" : round(v, 1) " +- " round(s["summary.heart_rate.sd"], 1)' >"$tmp/told"
    echo "$rate" >"$tmp/one.csv"
    "$PLETH" evaluate folder "$out/slow" --split "$tmp/one.csv" --json | RATE=$rate TOLD=$(cat "$tmp/told") summary '
        print "| " ENVIRON["RATE"] " | " ENVIRON["TOLD"] " | " round(100 * s["summary.coverage"], 0) " | " \
            round(s["summary.bias"], 2) " | " round(s["summary.mae.value"], 2) " |"'
done
echo

# ---- Faults
"$BENCH/bench_faults" folder "$out/drawn"
[ ! -d "$data/uw_oximetry" ] || { echo; "$BENCH/bench_faults" neutral "$data/uw_oximetry"; }
