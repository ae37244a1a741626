#!/bin/sh
# The tables of docs/DISTILLATION.md are what its commands print of the cells that are kept.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
doc=$SRC/docs/DISTILLATION.md
cells=$SRC/docs/results/cells

# each line of standard input stands in the page; there are as many as $1
stand()
{
    sort -u >lines
    [ "$(wc -l <lines)" -eq "$1" ] || {
        echo "$(wc -l <lines) lines in place of $1"
        cat lines
        exit 1
    }
    while read -r line; do
        grep -qF -- "$line" "$doc" || {
            echo "docs/DISTILLATION.md has no: $line"
            exit 1
        }
    done <lines
}

"$PLETH" sweep "$SRC/docs/results/table2.plan" --out "$cells" --report >report
# students of the four sizes, then their differences, without the parameters
sed -n '/^| student, parameters | scratch | hard/,/^$/p' report | grep 'block' | stand 4
sed -n '/^| student, parameters | hard/,/^$/p' report | grep 'block' | sed 's/, [0-9]*//' | stand 4
sed -n 's/^All cells together: \(.*\)\.$/\1/p' report | stand 1

scaling()
{
    "$PLETH" scaling "$cells" --network resnet1d --strategy scratch "$@" >report
}
scaling
grep 'E = ' report | stand 4
for blocks in 2 3 4 5 6 8 10; do
    scaling --hold-out $blocks
    sed -n 's/^\([0-9]*\) blocks, held out: \(.*\) expected (\(.* to [0-9.]*\),.*), \(.*\) measured: \([a-z]*\).*/| \1 | \2 (\3) | \4 | \5 |/p' report
done | stand 7
scaling --max-flash-kb 100 --max-ram-kb 32 --max-ms 200 --macs-per-ms 29000
sed -n 's/^choice: \([0-9]* blocks\).*scratch: \([0-9.]* expected ([0-9.]* to [0-9.]*\),.*/names \1: \2/p' report | stand 1

"$SRC/bench/who.sh" "$cells" resnet1d-06-scratch resnet1d-06-dkd-t12 resnet1d-12-scratch resnet1d-01-scratch |
    grep '^| [a-z].*[0-9]' | grep -v resnet | stand 13

"$PLETH" sweep "$SRC/docs/results/distillation.plan" --out "$cells" --report >report
# six teachers and three of one, and none, of soft labels and DKD
sed -n '/^## Teachers and students/,/^## Networks/p' report | grep '^| [0-9n].*[0-9]' | stand 14
sed -n '/^## Networks of the same size/,/^## Error/p' report | grep '^| [0-9]' | stand 8
sed -n '/^### resnet1d, 3 teachers/,/^Diff/s/^| 6 blocks.*| \([0-9.]* ± [0-9.]*\) .*/\1/p' report | stand 1
sed -n '/^### resnet1d, teacher of 12/,/^### resnet1d, 3/p' report |
    awk -F '|' '/block/ && NF == 9 { was[$2] = "|" $2 "|" $3 "|" $8 "|" }
        /block/ && NF == 8 && $7 != " - " { print was[$2] $7 "|" }' | stand 2

"$SRC/bench/fields.sh" "$SRC/docs/results/fields" | grep '^| [0-9]' | stand 9
for plan in transfer transfer-welltory transfer-flip; do
    "$PLETH" sweep "$SRC/docs/results/$plan.plan" --out "$SRC/docs/results/$plan" --report |
        sed -n '/^| trained on/,/^$/p' | grep ' ± '
done >rows
grep -v 'always' rows | stand 13
"$SRC/bench/epochs.sh" "$SRC/docs/results/epochs" | grep '^| [0-9]' | stand 9

for plan in "$SRC"/docs/results/search/*.plan; do
    "$PLETH" sweep "$plan" --out "${plan%.plan}" --report |
        awk -F '|' -v strategy="$(sed -n 's/^strategies //p' "$plan")" -v recipe="$(sed -n 's/^recipe  *//p' "$plan")" '
            /^\| 2 blocks/ && !told++ { print "| " strategy " | " (recipe == "" ? "-" : recipe) " |" $(NF - 1) "|" }'
done | stand 16
