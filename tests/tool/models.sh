#!/bin/sh
# Kept models: found by their names, by every verb that takes a model; and those that are in models/:
# each opens and has a card that says what its file says.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
status=0
fail()
{
    echo "models: $*"
    status=1
}
unset PLETH_MODELS

# ---- Lookup ---------------------------------------------------------------------------------

# a tool that is installed, and models of one and two blocks: their parameters tell them apart
mkdir -p prefix/bin prefix/share/pleth/models/research named set
cp "$PLETH" prefix/bin/pleth
installed=$tmp/prefix/bin/pleth
for i in 1 2 3; do
    "$PLETH" synth --ppg "set/p$i.json" --labels --seed $i --duration-s 40 --rate-hz 25 >out
done
for blocks in 1 2; do
    "$PLETH" train neutral set --blocks $blocks --width 4 --batch 16 --validation 0 --epochs 1 \
        --out $blocks.safetensors >out
done
parameters()
{
    sed -n 's/.*"parameters":\([0-9]*\),"unread.*/\1/p' "$1"
}
for blocks in 1 2; do
    "$PLETH" info $blocks.safetensors --json >$blocks.json
done
one=$(parameters 1.json)
two=$(parameters 2.json)
[ "$one" != "$two" ] && [ -n "$one" ] || fail "both have $one parameters"
cp 1.safetensors prefix/share/pleth/models/mine.safetensors
cp 1.safetensors prefix/share/pleth/models/research/other.safetensors
cp 2.safetensors named/mine.safetensors

# is PARAMETERS WHAT
is()
{
    [ "$(parameters info)" = "$1" ] || fail "$2: $(head -c 200 info err)"
}
"$installed" info mine --json >info 2>err || :
is "$one" "in the prefix"
"$installed" info research/other --json >info 2>err || :
is "$one" "in a folder of the prefix"
PLETH_MODELS=$tmp/named "$installed" info mine --json >info 2>err || :
is "$two" "PLETH_MODELS goes before the prefix"
PLETH_MODELS=$tmp/set "$installed" info mine --json >info 2>err || :
is "$one" "what PLETH_MODELS lacks"
(
    cd named
    cp ../1.safetensors tscan # a file, of a name that has no dot
    PLETH_MODELS=$tmp/named "$installed" run ./tscan --in ../none.npy --out ../y >../info 2>../err || :
)
grep -q 'none.npy' err || fail "a file goes before what is kept: $(cat err)"

# every verb that takes a model
export PLETH_MODELS="$tmp/named"
quiet()
{
    "$PLETH" "$@" >out 2>err || fail "$*: $(cat err)"
}
quiet measure set/p1.json --method mine
quiet evaluate neutral set --method mine
quiet quantize mine q.safetensors --weights-only
quiet quantize mine q.safetensors --calibrate-on neutral:set
quiet convert mine c.safetensors
cmp -s c.safetensors q.safetensors && fail "convert wrote what quantize wrote"
quiet bench mine --json
quiet train neutral set --blocks 2 --width 4 --batch 16 --validation 0 --epochs 1 --start mine \
    --out s.safetensors
quiet distill neutral set --blocks 1 --width 4 --batch 16 --validation 0 --epochs 1 --teacher mine \
    --out d.safetensors
unset PLETH_MODELS

# nowhere: one line that says where was looked
refused()
{
    want=$1
    shift
    code=0
    "$@" >out 2>err || code=$?
    [ "$code" = "$want" ] || fail "$*: status $code, not $want"
    [ "$(wc -l <err)" = 1 ] || fail "$*: not one line: $(cat err)"
    grep -q "no absent.safetensors in $tmp/named, $tmp/prefix/share/pleth/models" err ||
        fail "$*: $(cat err)"
}
PLETH_MODELS=$tmp/named
export PLETH_MODELS
refused 2 "$installed" measure set/p1.json --method absent
refused 1 "$installed" run absent --in x.npy --out y
refused 1 "$installed" convert absent c.onnx
refused 1 "$installed" quantize absent n.safetensors --weights-only
refused 1 "$installed" train neutral set --validation 0 --start absent --out n.safetensors
[ ! -e n.safetensors ] && [ ! -e c.onnx ] || fail "something was written"
unset PLETH_MODELS

# ---- What is kept -----------------------------------------------------------------------------

# text KEY: of the metadata of the file that $header is the beginning of
text()
{
    LC_ALL=C sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" header
}
for model in "$SRC"/models/*.safetensors "$SRC"/models/free/*.safetensors; do
    [ -e "$model" ] || continue
    name=$(basename "$model" .safetensors)
    card=$(dirname "$model")/CARD.md
    "$PLETH" info "$model" --json >info || fail "$model does not open"
    LC_ALL=C tr '}' '\n' <"$model" | head -n 1 | tr -d '\000' >header
    [ -n "$(text trained_on)" ] || fail "$model: no trained_on"
    ! grep -qE '/(hom[e]|wor[k]|tm[p]|ro[o]t)/' header || fail "$model holds a path of a machine"
    # each data set has a row of its own in the card
    text data | sed 's/, /\n/g' >sets
    [ -s sets ] || fail "$model: no data"
    while read -r set only; do
        case $only in
        *tested*) grep -q "^| $name |.*| $set |" "$card" || fail "$card: $name on $set" ;;
        *) grep -q "^| .$set. |.*|.*|" "$card" || fail "$card: $set has no row" ;;
        esac
    done <sets
    # parameters are those that are read
    unread=$(sed -n 's/.*"unread_parameters":\([0-9]*\).*/\1/p' info)
    grep -q "^| $name | $(($(parameters info) - unread)) | [1-9]" "$card" || fail "$card: $name"
    # whom it has seen is of what the card says; the free ones' error is the mean of the card's rows
    text trained_on | sed 's/; /\n/g' | sed 's,/.*,,' | sort -u >seen
    grep -v 'only tested' sets | sort -u >learned
    case $model in
    */free/*)
        cmp -s seen learned || fail "$model: has seen $(cat seen), not $(cat learned)"
        ! grep -qE 'spc|bami|wrist|dalia' seen || fail "$model: has seen $(cat seen)"
        text error >error
        grep "^| $name |" "$card" | awk -F '|' -v said="$(cat error)" '
            function far(a, b) { return a - b > 0.006 || b - a > 0.006 }
            { windows += $7; sum += $7 * $8; sum8 += $7 * $9; people += $6 }
            END {
                float = said + 0
                sub(/.*int8 /, "", said)
                exit far(sum / windows, float) || far(sum8 / windows, said + 0) ||
                     !index(said, " on " people " other people (" windows " windows)")
            }' || fail "$card: not the error of $name: $(cat error)"
        ;;
    esac
done
# bench/models.sh with a tool that only writes: figures that are lost come again, every size has a row
mkdir -p data/ppg/bidmc
cat >stub <<'END'
#!/bin/sh
echo "$*" >>calls
while [ $# -gt 1 ]; do
    [ "$1" != --out ] || : >"$2"
    shift
done
echo '{"parameters":5,"learned_from":{"people":2,"windows":7},"people":[]}'
END
chmod +x stub
bench()
{
    PLETH=$tmp/stub PLETH_DATA=$tmp/data sh "$SRC/bench/models.sh" made research 16k >rows 2>err || fail "models.sh: $(cat err)"
    grep -q '^| ppg-hr-16k | 5 | 7 |$' rows || fail "models.sh: $(cat rows)"
    [ "$(grep -c 'train' calls)" = "$1" ] || fail "models.sh $1: $(cat calls)"
}
bench 1
bench 1
rm made/ppg-hr-16k.json
bench 2
# what the card of the free ones says is tuned to a sensor of one's own
mkdir MINE
cp set/* MINE
tune=$(sed -n 's/^    pleth \(train .*\)$/\1/p' "$SRC/models/free/CARD.md")
[ -n "$tune" ] || fail "models/free/CARD.md tunes nothing"
PLETH_MODELS=$SRC/models/free "$PLETH" $tune >out 2>err || fail "$tune: $(cat err)"
[ -s mine.safetensors ] || fail "$tune made nothing"
[ -e "$SRC/models/NOTICE.md" ] || fail "no notice"
exit $status
