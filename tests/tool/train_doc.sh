#!/bin/sh
# The commands that docs/TRAIN.md begins with work as written.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
export PLETH

pleth()
{
    "$PLETH" "$@"
}

awk '/^```/ { if (on) exit; on = $0 == "```sh"; next } on' "$SRC/docs/TRAIN.md" >commands
ran=0
while read -r line <&3; do
    case $line in
    bench/*) line="'$SRC'/$line" ;;
    esac
    if ! eval "$line" >log 2>&1; then
        cat log
        echo "docs/TRAIN.md: failed: $line"
        exit 1
    fi
    ran=$((ran + 1))
done 3<commands
# of twelve people one of three folds is tested
"$PLETH" info out/b-int8.safetensors >log
grep -q 'int8' log && grep -q 'error .* on 4 other people' log || {
    cat log
    exit 1
}
[ "$ran" -ge 5 ]

# what it says of how windows vary, by what it says to run
row()
{
    "$SRC/bench/paired.sh" "$SRC/docs/results/vary-$1" "$SRC/docs/results/vary-$2" >log
    difference=$(sed 's/.*, //' log)
    grep -qF "to \`vary-$1\` $difference |" "$SRC/docs/TRAIN.md" || {
        echo "docs/TRAIN.md: vary-$2 to vary-$1 is $difference"
        exit 1
    }
}
row one-channel channels
row channels noise
row noise stretch
row noise flip

# scripts without arguments say what they take
for script in people search paired who; do
    code=0
    sh "$SRC/bench/$script.sh" >out.txt 2>log || code=$?
    [ $code -eq 2 ] && grep -q "^usage: $script.sh [OC]" log || {
        echo "bench/$script.sh without arguments: status $code, $(cat log)"
        exit 1
    }
done
