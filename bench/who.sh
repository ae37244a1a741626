#!/bin/sh
# Who carries the error: students of a sweep, person by person.
#
#     bench/who.sh CELLS STUDENT...
#
# CELLS: a folder of cells that `pleth sweep` made; STUDENT: their names as far as -f, as resnet1d-06-scratch.
# Errors in /min, window by window, means over seeds. The ten people who have the largest shares of the
# first student's error, with the share of all from the top; then for each data set the error over windows,
# that of the median person, and how many people err by less than 5.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -lt 2 ] || [ ! -d "$1" ]; then
    echo "usage: who.sh CELLS STUDENT..." >&2
    exit 2
fi
cells=$1
shift
for student; do
    if [ ! -e "$cells/$student-f0-s1.json" ]; then
        echo "who.sh: $cells: no $student-f0-s1.json" >&2
        exit 1
    fi
    set -- "$@" "$student" "$cells/$student"-f*.json
    shift
done
awk -f "$root/bench/json.awk" -f - "$@" <<'AWK'
# all cells of student s, in error[s, person] and windows[person]
function take(file, s,   k, p)
{
    json_file(file, r)
    for (k = 0; k < r["people.length"]; k++) {
        p = r["people." k ".person"]
        windows[p] = r["people." k ".n"]
        sum[s, p] += r["people." k ".mae"]
        seeds[s, p]++
    }
}

# the median person's error by student s, of a data set ("": of all)
function median(s, set,   p, i, n, v, x)
{
    n = 0
    for (p in windows)
        if (index(p, set) == 1) {
            x = error[s, p]
            for (i = n++; i > 0 && v[i - 1] > x; i--)
                v[i] = v[i - 1]
            v[i] = x
        }
    return n % 2 ? v[(n - 1) / 2] : (v[n / 2 - 1] + v[n / 2]) / 2
}

function line(set,   s, p, n, people, e, good, text)
{
    for (s = 1; s <= students; s++) {
        n = people = e = good = 0
        for (p in windows)
            if (index(p, set) == 1) {
                people++
                n += windows[p]
                e += windows[p] * error[s, p]
                good += error[s, p] < 5
            }
        text = text sprintf(" %.2f, %.2f, %d |", e / n, median(s, set), good)
    }
    printf "| %s | %d | %d |%s\n", set == "" ? "all" : substr(set, 1, length(set) - 1), people, n, text
}

BEGIN {
    for (i = 1; i < ARGC; i++)
        if (ARGV[i] ~ /\.json$/)
            take(ARGV[i], students)
        else
            name[++students] = ARGV[i]
    for (p in windows) {
        set = p
        sub(/\/.*/, "/", set)
        sets[set] = 1
        for (s = 1; s <= students; s++) {
            if (!seeds[s, p]) {
                print "not by " name[s] ": " p >"/dev/stderr"
                exit 1
            }
            error[s, p] = sum[s, p] / seeds[s, p]
        }
        all += windows[p] * error[1, p]
    }

    head = rule = ""
    for (s = 1; s <= students; s++) {
        head = head " " name[s] " |"
        rule = rule "---|"
    }
    print "| person | windows |" head " share, from the top |"
    print "|---|---|" rule "---|"
    for (i = 0; i < 10; i++) {
        most = ""
        for (p in windows)
            if (!told[p] && (most == "" || windows[p] * error[1, p] > windows[most] * error[1, most]))
                most = p
        if (most == "")
            break
        told[most] = 1
        share += windows[most] * error[1, most] / all
        text = ""
        for (s = 1; s <= students; s++)
            text = text sprintf(" %.1f |", error[s, most])
        printf "| %s | %d |%s %.0f %% |\n", most, windows[most], text, 100 * share
    }

    print "\nOver windows, of the median person, people below 5:\n"
    print "| data set | people | windows |" head
    print "|---|---|---|" rule
    for (set in sets)
        line(set)
    line("")
}
AWK
