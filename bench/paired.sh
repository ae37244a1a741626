#!/bin/sh
# Two sweeps of the same people compared person by person: how much more or less the second errs.
#
#     bench/paired.sh CELLS CELLS
#
# Each a folder of cells that `pleth sweep` made, of one student (docs/results/vary-noise). Prints the
# people, their windows, both errors over windows in /min, and their difference with its standard
# error over people, as that of a ratio of two sums.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -ne 2 ]; then
    echo "usage: paired.sh CELLS CELLS" >&2
    exit 2
fi
awk -f "$root/bench/json.awk" -f - "$1"/*.json THEN "$2"/*.json <<'AWK'
# the people of one cell, in n and e (summed over windows) of sweep s
function take(file, s,   k, p)
{
    json_file(file, r)
    for (k = 0; k < r["people.length"]; k++) {
        p = r["people." k ".person"]
        n[s, p] += r["people." k ".n"]
        e[s, p] += r["people." k ".n"] * r["people." k ".mae"]
        person[p] = 1
    }
}

BEGIN {
    s = 1
    for (i = 1; i < ARGC; i++)
        if (ARGV[i] == "THEN")
            s = 2
        else
            take(ARGV[i], s)
    for (p in person) {
        if (n[1, p] != n[2, p]) {
            print "not the same windows: " p >"/dev/stderr"
            exit 1
        }
        people++
        windows += n[1, p]
        sum[1] += e[1, p]
        sum[2] += e[2, p]
    }
    if (people < 2) {
        print "no two people in these cells" >"/dev/stderr"
        exit 1
    }
    mean = (sum[2] - sum[1]) / windows
    for (p in person)
        square += (e[2, p] - e[1, p] - n[1, p] * mean) ^ 2
    printf "%d people, %d windows: %.2f, %.2f, %+.2f ± %.2f\n", people, windows, sum[1] / windows,
           sum[2] / windows, mean, sqrt(people / (people - 1) * square) / windows
}
AWK
